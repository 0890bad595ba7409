//! What GitHub can and can't do. Must not promise what this adapter doesn't carry out.

use pilothouse_engine::ports::provider::{Capabilities, Capability as C, Support as S};

pub(crate) const GITHUB: Capabilities = Capabilities::new(
    "GitHub",
    &[
        (C::Source, S::Full),
        (C::TypedInputs, S::Full),
        (C::NamesRun, S::Limited("an Enterprise Server before 3.20 doesn't; there the run is looked up")),
        (C::Stages, S::Limited("jobs and steps; it has no stages")),
        (C::Logs, S::Limited("kept for 90 days where nothing else is set")),
        (C::LiveLogs, S::Lacking("a job's log comes when the job has ended")),
        (C::Artifacts, S::Limited("kept for 90 days where nothing else is set")),
        (C::Cancel, S::Full),
        (C::ForceCancel, S::Full),
        (C::Rerun, S::Limited("for 30 days, and 50 times")),
        (C::RerunFailed, S::Limited("for 30 days, and 50 times")),
        (C::RecentRuns, S::Full),
        (C::Gates, S::Limited("deployments to environments with required reviewers; a wait timer or an app's rule waits for no person")),
        (C::RejectGate, S::Full),
        (C::GateComment, S::Full),
        (C::Deployments, S::Limited("of workflows that name an environment, and of tools that record theirs")),
        (C::NativeRollback, S::Limited("runs the earlier run again, for 30 days, with the ref and the rights that it had")),
        (C::CreateTag, S::Full),
        (C::Releases, S::Full),
        (C::GeneratedNotes, S::Full),
        (C::Hold, S::Limited("a whole workflow, and new runs only: those under way go on")),
        (C::Issues, S::Limited("the repository has them switched on, and a fine-grained token has Issues: read and write")),
    ],
);
