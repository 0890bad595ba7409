//! What could be released from a ref: which version comes next, and what it would bring. Must not write anything.

use super::source::Source;
use crate::ports::{ProviderError, ProviderErrorKind};
use pilothouse_domain::Version;
use pilothouse_domain::changelog::{Commit, propose_notes, proposed_bump};
use pilothouse_domain::product::Product;
use pilothouse_domain::release::{Release, ReleaseState, SourceKind, SourceRef};
use pilothouse_domain::version::Bump;

/// What could be released from a ref.
#[derive(Clone, Debug)]
pub struct ReleaseProposal {
    /// The ref, with its commit.
    pub source: SourceRef,
    /// What the changelog starts after: the tag of the version before, or its commit where it has no tag; `None` where there is no
    /// earlier version.
    pub changes_since: Option<String>,
    /// What it would bring, newest first.
    pub commits: Vec<Commit>,
    /// The paths that it would change; `None` where they aren't known.
    pub changed_paths: Option<Vec<String>>,
    /// How many commits that are; more than `commits` holds where there are too many.
    pub ahead: u32,
    /// The version to build on: the highest that has a tag or a release here.
    pub last_version: Option<Version>,
    /// The version in the source tag, where it is one.
    pub tagged_version: Option<Version>,
    /// Which number the commits ask to raise.
    pub bump: Bump,
    /// Notes made from the commits.
    pub notes: String,
}

/// A version that changes can be counted from.
struct Base {
    version: Version,
    /// A tag, or a commit.
    at: String,
}

pub(super) async fn propose(
    source_of: &Source<'_>,
    product: &Product,
    earlier: &[Release],
    kind: SourceKind,
    name: &str,
) -> Result<ReleaseProposal, ProviderError> {
    let source = source_of.resolve(kind, name).await?;
    let tagged_version = (kind == SourceKind::Tag).then(|| Version::from_tag(name, &product.tag_prefix)).flatten();
    let comes_before = |version: &Version| tagged_version.as_ref().is_none_or(|tagged| version < tagged);
    let refs = source_of.refs().await?;
    let tags = refs.iter().filter(|r| r.kind == SourceKind::Tag);
    let tagged = tags.filter_map(|r| Version::from_tag(&r.name, &product.tag_prefix).map(|version| Base { version, at: r.name.clone() }));
    let mut bases: Vec<Base> = tagged.filter(|base| comes_before(&base.version)).collect();
    // What was given up has brought nothing, so that its changes are still to come.
    for release in earlier.iter().filter(|r| comes_before(&r.version) && !matches!(r.state, ReleaseState::Aborted { .. })) {
        if bases.iter().all(|base| base.version != release.version) {
            bases.push(Base { version: release.version.clone(), at: release.source.commit.clone() });
        }
    }
    bases.sort_by(|one, other| other.version.cmp(&one.version));
    let taken = earlier.iter().map(|r| &r.version).filter(|version| comes_before(version));
    let last_version = bases.iter().map(|base| &base.version).chain(taken).max().cloned();
    let Changes { since: changes_since, commits, ahead, paths: changed_paths } = changes(source_of, bases, &source.commit).await?;
    Ok(ReleaseProposal {
        source,
        changes_since,
        bump: proposed_bump(&commits),
        notes: propose_notes(&commits),
        commits,
        changed_paths,
        ahead,
        last_version,
        tagged_version,
    })
}

/// What came since an earlier version.
struct Changes {
    since: Option<String>,
    commits: Vec<Commit>,
    ahead: u32,
    paths: Option<Vec<String>>,
}

/// What came since the highest version that the repository still knows: a commit may be gone after a forced push.
async fn changes(source_of: &Source<'_>, bases: Vec<Base>, head: &str) -> Result<Changes, ProviderError> {
    /// Beyond these the changelog would say little.
    const TRIES: usize = 3;
    for base in bases.into_iter().take(TRIES) {
        match source_of.compare(&base.at, head).await {
            Ok(compared) => {
                let (commits, ahead, paths) = (compared.commits, compared.ahead, compared.paths);
                return Ok(Changes { since: Some(base.at), commits, ahead, paths });
            }
            Err(error) if error.kind == ProviderErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    let commits = source_of.commits(head, 100).await?;
    let ahead = u32::try_from(commits.len()).unwrap_or(u32::MAX);
    Ok(Changes { since: None, commits, ahead, paths: None })
}
