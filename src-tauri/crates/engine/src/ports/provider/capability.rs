//! What a provider can and can't do, as data: the window shows it, the engine asks it, and nothing branches on a provider's name.

use super::failure::{ProviderError, ProviderErrorKind};

/// Something that a provider may be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// It lists tags, branches and commits, and compares them.
    Source,
    /// It tells a pipeline's inputs with their types.
    TypedInputs,
    /// A trigger answers with the run's id.
    NamesRun,
    /// Its runs have stages, jobs and steps that can be followed.
    Stages,
    /// Logs can be read.
    Logs,
    /// Logs can be had while a job runs.
    LiveLogs,
    /// The files that a run left behind can be read.
    Artifacts,
    /// A run can be stopped.
    Cancel,
    /// A run can be stopped without waiting for clean-up.
    ForceCancel,
    /// A run can be run again as the same run.
    Rerun,
    /// A run's failed jobs alone can be run again.
    RerunFailed,
    /// Runs that somebody else started can be found.
    RecentRuns,
    /// What waits for a person can be listed and answered.
    Gates,
    /// A gate can be rejected, and not only left alone.
    RejectGate,
    /// An answer to a gate carries a comment.
    GateComment,
    /// It keeps deployments by environment, and so knows what is live.
    Deployments,
    /// It has a way back of its own.
    NativeRollback,
    /// It creates tags.
    CreateTag,
    /// It keeps releases with notes and files.
    Releases,
    /// It writes notes from what has changed.
    GeneratedNotes,
    /// A pipeline or a stage can be held, so that nothing passes.
    Hold,
    /// It keeps issues, which can be read, written, commented, labelled and closed.
    Issues,
}

impl Capability {
    /// All of them, in the order in which they are shown.
    pub const ALL: &'static [Self] = &[
        Self::Source,
        Self::TypedInputs,
        Self::NamesRun,
        Self::Stages,
        Self::Logs,
        Self::LiveLogs,
        Self::Artifacts,
        Self::Cancel,
        Self::ForceCancel,
        Self::Rerun,
        Self::RerunFailed,
        Self::RecentRuns,
        Self::Gates,
        Self::RejectGate,
        Self::GateComment,
        Self::Deployments,
        Self::NativeRollback,
        Self::CreateTag,
        Self::Releases,
        Self::GeneratedNotes,
        Self::Hold,
        Self::Issues,
    ];

    /// The word by which hosts know it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::TypedInputs => "typed_inputs",
            Self::NamesRun => "names_run",
            Self::Stages => "stages",
            Self::Logs => "logs",
            Self::LiveLogs => "live_logs",
            Self::Artifacts => "artifacts",
            Self::Cancel => "cancel",
            Self::ForceCancel => "force_cancel",
            Self::Rerun => "rerun",
            Self::RerunFailed => "rerun_failed",
            Self::RecentRuns => "recent_runs",
            Self::Gates => "gates",
            Self::RejectGate => "reject_gate",
            Self::GateComment => "gate_comment",
            Self::Deployments => "deployments",
            Self::NativeRollback => "native_rollback",
            Self::CreateTag => "create_tag",
            Self::Releases => "releases",
            Self::GeneratedNotes => "generated_notes",
            Self::Hold => "hold",
            Self::Issues => "issues",
        }
    }

    /// What it is about, in words for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Source => "Tags, branches, commits, compare",
            Self::TypedInputs => "Typed inputs of a pipeline",
            Self::NamesRun => "A trigger names its run",
            Self::Stages => "Stages, jobs and steps",
            Self::Logs => "Logs",
            Self::LiveLogs => "Logs while a job runs",
            Self::Artifacts => "Files that a run left behind",
            Self::Cancel => "Cancel a run",
            Self::ForceCancel => "Cancel without waiting for clean-up",
            Self::Rerun => "Run again as the same run",
            Self::RerunFailed => "Run only what failed again",
            Self::RecentRuns => "Find runs started by others",
            Self::Gates => "Answer what waits for a person",
            Self::RejectGate => "Reject, not only approve",
            Self::GateComment => "A comment with the answer",
            Self::Deployments => "Deployments by environment",
            Self::NativeRollback => "A way back of its own",
            Self::CreateTag => "Create tags",
            Self::Releases => "Releases with notes",
            Self::GeneratedNotes => "Notes written by the provider",
            Self::Hold => "Hold a pipeline or a stage",
            Self::Issues => "Issues: read, write, answer, close",
        }
    }
}

/// How far a provider has a capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It has it.
    Full,
    /// It has it, with this limit.
    Limited(&'static str),
    /// It lacks it; why, and what serves instead.
    Lacking(&'static str),
}

/// What a provider can and can't do: every [`Capability`], with how far it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    provider: &'static str,
    table: &'static [(Capability, Support)],
}

impl Capabilities {
    /// What `provider` (its name as people know it) can do. `table` names every capability once.
    #[must_use]
    pub const fn new(provider: &'static str, table: &'static [(Capability, Support)]) -> Self {
        Self { provider, table }
    }

    /// How far it goes.
    #[must_use]
    pub fn of(&self, capability: Capability) -> Support {
        let known = self.table.iter().find(|(known, _)| *known == capability);
        known.map_or(Support::Lacking("not built for this provider"), |(_, support)| *support)
    }

    /// Whether it is there, if with limits.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        !matches!(self.of(capability), Support::Lacking(_))
    }

    /// The failure of a call that needs what is lacking.
    #[must_use]
    pub fn refusal(&self, capability: Capability) -> ProviderError {
        let why = match self.of(capability) {
            Support::Lacking(why) | Support::Limited(why) => why,
            Support::Full => "not in this way",
        };
        ProviderError {
            kind: ProviderErrorKind::Unsupported,
            message: format!("{} doesn't offer this ({}): {why}.", self.provider, capability.title()),
            next_step: format!("Do it at {} itself, or in another way.", self.provider),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Capabilities =
        Capabilities::new("Somebody", &[(Capability::Logs, Support::Full), (Capability::Gates, Support::Lacking("it has no gates"))]);

    #[test]
    fn what_is_lacking_is_refused_with_its_reason() {
        assert!(TABLE.has(Capability::Logs));
        assert!(!TABLE.has(Capability::Gates) && !TABLE.has(Capability::Hold));
        let refusal = TABLE.refusal(Capability::Gates);
        assert_eq!(refusal.kind, ProviderErrorKind::Unsupported);
        assert!(refusal.message.contains("it has no gates"), "{refusal}");
    }
}
