//! The rule about the tag that carries the release: a pipeline that is started at a tag needs it there, at the approved commit.

use super::{Blocker, Clearance, Gate};
use crate::pipeline::{PipelineBinding, RefRule};
use crate::publication::TagState;
use crate::release::Release;

pub(super) fn tag(release: &Release, pipeline: &PipelineBinding) -> Option<Blocker> {
    let runs_at_tag = pipeline.git_ref == RefRule::ReleaseTag;
    // A pipeline that is only told the tag's name may well create it; one that finds another commit there deploys that.
    let is_wrong = matches!(release.tag_state, TagState::Elsewhere { .. }) && pipeline.names_tag();
    if runs_at_tag || is_wrong { missing(release, &format!("{} is started at the release's tag.", pipeline.pipeline)) } else { None }
}

/// What stands against publishing a release at its tag: that tag must be there.
#[must_use]
pub fn tag_must_be_there(release: &Release) -> Option<Blocker> {
    missing(release, "A release is published at its tag.")
}

fn missing(release: &Release, what_for: &str) -> Option<Blocker> {
    let (tag, commit) = (&release.tag, short(&release.source.commit));
    let (title, detail) = match &release.tag_state {
        // Where nobody has looked, the engine does before it acts; what the provider says then counts.
        TagState::There | TagState::Unknown => return None,
        TagState::Missing => (format!("The tag {tag} doesn't exist"), format!("{what_for} Create it at {commit}, here or with Git.")),
        TagState::Creating { by, .. } => (
            format!("The tag {tag} is being created"),
            format!("{by} began it, and no answer has come yet. Look again: it counts once it is seen at {commit}."),
        ),
        TagState::Elsewhere { commit: other } => (
            format!("The tag {tag} is at another commit"),
            format!(
                "It points at {}, and {} is {commit}. Choose another name for its tag, or release that commit.",
                short(other),
                release.version
            ),
        ),
    };
    Some(Blocker { gate: Gate::Tag, title, detail, cleared_by: Clearance::CreatingTag })
}

fn short(commit: &str) -> String {
    commit.chars().take(7).collect()
}
