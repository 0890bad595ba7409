//! What GitHub can and can't do. Must not promise what this adapter doesn't carry out.

use pilothouse_engine::ports::provider::{Capabilities, Capability as C, Support as S};

const NOT_HERE: &str = "Pilothouse doesn't use it yet";

pub(crate) const GITHUB: Capabilities = Capabilities::new(
    "GitHub",
    &[
        (C::Source, S::Full),
        (C::TypedInputs, S::Full),
        (C::NamesRun, S::Limited("an Enterprise Server before 3.20 doesn't; there the run is looked up")),
        (C::Stages, S::Limited("jobs and steps; it has no stages")),
        (C::Logs, S::Limited("kept for 90 days where nothing else is set")),
        (C::LiveLogs, S::Lacking("a job's log comes when the job has ended")),
        (C::Cancel, S::Full),
        (C::ForceCancel, S::Full),
        (C::Rerun, S::Limited("for 30 days, and 50 times")),
        (C::RerunFailed, S::Limited("for 30 days, and 50 times")),
        (C::RecentRuns, S::Lacking(NOT_HERE)),
        (C::Gates, S::Lacking(NOT_HERE)),
        (C::RejectGate, S::Lacking(NOT_HERE)),
        (C::GateComment, S::Lacking(NOT_HERE)),
        (C::Deployments, S::Lacking(NOT_HERE)),
        (C::NativeRollback, S::Lacking(NOT_HERE)),
        (C::CreateTag, S::Lacking(NOT_HERE)),
        (C::Releases, S::Lacking(NOT_HERE)),
        (C::GeneratedNotes, S::Lacking(NOT_HERE)),
        (C::Hold, S::Lacking(NOT_HERE)),
    ],
);
