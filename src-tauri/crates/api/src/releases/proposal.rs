//! What could be released from a ref.

use crate::Api;
use crate::decode::id;
use crate::error::ApiError;
use crate::lookups::{SourceKindWord, SourceRefView};
use crate::releases::CommitView;
use pilothouse_domain::version::Bump;
use pilothouse_domain::{ProductId, Version};
use pilothouse_engine::ports::store::ReleaseFilter;
use pilothouse_engine::usecases::proposal::ReleaseProposal;
use serde::{Deserialize, Serialize};
use specta::Type;

/// From which ref.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProposeReleaseRequest {
    /// The product's id.
    pub product_id: String,
    /// Which kind of ref.
    pub kind: SourceKindWord,
    /// Its name, or the commit's hash.
    pub name: String,
}

/// What could be released from a ref.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProposalView {
    /// The ref, with its commit.
    pub source: SourceRefView,
    /// What the changelog starts after: a tag, or the commit of the version before where that has no tag.
    pub changes_since: Option<String>,
    /// What it would bring, newest first.
    pub commits: Vec<CommitView>,
    /// How many commits that are; more than `commits` holds where there are too many.
    pub ahead: u32,
    /// The version to build on.
    pub last_version: Option<String>,
    /// The versions that it could have, one of them recommended.
    pub versions: Vec<VersionOption>,
    /// Notes made from the commits, in Markdown.
    pub notes: String,
}

/// A version that a release could have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VersionOption {
    /// The version.
    pub version: String,
    /// How it comes about.
    pub kind: VersionKind,
    /// Why one would take it.
    pub reason: String,
    /// True for the one that the ref and its commits ask for.
    pub recommended: bool,
    /// True where a release of this version exists already.
    pub taken: bool,
}

/// How a version comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum VersionKind {
    /// It stands in the tag.
    Tag,
    /// A fix.
    Patch,
    /// A new feature.
    Minor,
    /// An incompatible change.
    Major,
}

impl Api {
    /// What could be released from a ref: version, changes, notes.
    ///
    /// # Errors
    /// Where the provider can't be asked or doesn't know the ref.
    pub async fn propose_release(&self, request: ProposeReleaseRequest) -> Result<ProposalView, ApiError> {
        let product: ProductId = id("product_id", &request.product_id)?;
        let proposal = self.engine.propose_release(product, request.kind.into(), request.name.trim()).await?;
        let known = ReleaseFilter { product: Some(product), limit: 500, ..ReleaseFilter::default() };
        let known: Vec<Version> = self.store().releases(&known).await?.into_iter().map(|r| r.version).collect();
        Ok(ProposalView {
            source: (&proposal.source).into(),
            changes_since: proposal.changes_since.clone(),
            commits: proposal.commits.iter().map(CommitView::from).collect(),
            ahead: proposal.ahead,
            last_version: proposal.last_version.as_ref().map(ToString::to_string),
            versions: options(&proposal, &known),
            notes: proposal.notes,
        })
    }
}

/// The versions to choose from: the tag's own, else the three that follow the last one.
fn options(proposal: &ReleaseProposal, known: &[Version]) -> Vec<VersionOption> {
    let option = |version: Version, kind, reason: String, recommended| VersionOption {
        taken: known.contains(&version),
        version: version.to_string(),
        kind,
        reason,
        recommended,
    };
    if let Some(tagged) = &proposal.tagged_version {
        return vec![option(tagged.clone(), VersionKind::Tag, format!("The tag {} says so", proposal.source.name), true)];
    }
    // Nothing was released yet: SemVer's own advice is to begin with 0.1.0.
    let base = proposal.last_version.clone().unwrap_or_else(|| Version::new(0, 0, 0));
    let wanted = if proposal.last_version.is_some() { proposal.bump } else { Bump::Minor };
    let breaking = proposal.commits.iter().filter(|c| c.breaking).count();
    [(Bump::Patch, VersionKind::Patch), (Bump::Minor, VersionKind::Minor), (Bump::Major, VersionKind::Major)]
        .into_iter()
        .map(|(bump, kind)| {
            let reason = match (bump, bump == wanted, proposal.last_version.is_some()) {
                (_, true, false) => "The first version".to_owned(),
                (Bump::Major, true, _) if breaking == 1 => "1 commit announces a breaking change".to_owned(),
                (Bump::Major, true, _) => format!("{breaking} commits announce breaking changes"),
                (Bump::Minor, true, _) => "The commits bring new features".to_owned(),
                (Bump::Patch, true, _) => "The commits bring fixes, no feature".to_owned(),
                (Bump::Major, false, _) => "For incompatible changes".to_owned(),
                (Bump::Minor, false, _) => "For new features".to_owned(),
                (Bump::Patch, false, _) => "For fixes".to_owned(),
            };
            option(base.next(bump), kind, reason, bump == wanted)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pilothouse_domain::release::{SourceKind, SourceRef};

    fn proposal(last: Option<Version>, tagged: Option<Version>, bump: Bump) -> ReleaseProposal {
        ReleaseProposal {
            source: SourceRef { kind: SourceKind::Tag, name: "v1.5.0".into(), commit: "abc".into() },
            changes_since: None,
            commits: Vec::new(),
            changed_paths: None,
            ahead: 0,
            last_version: last,
            tagged_version: tagged,
            bump,
            notes: String::new(),
        }
    }

    fn told(options: &[VersionOption]) -> Vec<(&str, bool, bool)> {
        options.iter().map(|o| (o.version.as_str(), o.recommended, o.taken)).collect()
    }

    #[test]
    fn three_versions_follow_the_last_one_and_the_commits_recommend_one() {
        let options = options(&proposal(Some(Version::new(1, 4, 2)), None, Bump::Minor), &[Version::new(1, 4, 3)]);
        assert_eq!(told(&options), [("1.4.3", false, true), ("1.5.0", true, false), ("2.0.0", false, false)]);
    }

    #[test]
    fn a_first_release_is_0_1_0_whatever_its_commits_say() {
        let options = options(&proposal(None, None, Bump::Major), &[]);
        assert_eq!(told(&options), [("0.0.1", false, false), ("0.1.0", true, false), ("1.0.0", false, false)]);
    }

    #[test]
    fn a_tag_that_is_a_version_leaves_no_choice() {
        let options = options(&proposal(Some(Version::new(1, 4, 2)), Some(Version::new(1, 5, 0)), Bump::Patch), &[]);
        assert_eq!(told(&options), [("1.5.0", true, false)]);
    }
}
