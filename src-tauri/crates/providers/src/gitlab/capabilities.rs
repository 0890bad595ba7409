//! What GitLab can and can't do. Must not promise what this adapter doesn't carry out.

use pilothouse_engine::ports::provider::{Capabilities, Capability as C, Support as S};

pub(crate) const GITLAB: Capabilities = Capabilities::new(
    "GitLab",
    &[
        (C::Source, S::Full),
        (C::TypedInputs, S::Limited("`spec:inputs` need GitLab 17.10 or later; variables are free text unless the file lists options")),
        (C::NamesRun, S::Full),
        (C::Stages, S::Limited("stages and jobs; what a job does step by step is in its log")),
        (C::Logs, S::Limited("until a job's log is erased at GitLab; a downstream pipeline's job has none of its own")),
        (C::LiveLogs, S::Full),
        (C::Artifacts, S::Limited("of each job; test reports as GitLab has read them")),
        (C::Cancel, S::Full),
        (C::ForceCancel, S::Lacking("a pipeline can't be stopped without its jobs' clean-up; single jobs can, at GitLab")),
        (C::Rerun, S::Lacking("GitLab repeats what failed or was cancelled, never a whole pipeline; start a new one")),
        (C::RerunFailed, S::Limited("failed and cancelled jobs; each repeated job counts as an attempt of its pipeline")),
        (C::RecentRuns, S::Limited("without those of pushes and merge requests: the one pipeline of a project runs for each")),
        (
            C::Gates,
            S::Limited("manual jobs that a pipeline waits for, and blocked deployments; a manual job that may be left out isn't waiting"),
        ),
        (C::RejectGate, S::Limited("deployment approvals; a manual job can only be left alone, or its pipeline cancelled")),
        (C::GateComment, S::Limited("deployment approvals; a manual job keeps none")),
        (C::Deployments, S::Full),
        (C::NativeRollback, S::Limited("runs the earlier deployment's job again, as long as GitLab keeps it and lets it")),
        (C::CreateTag, S::Full),
        (C::Releases, S::Limited("it has no mark for a pre-release")),
        (C::GeneratedNotes, S::Limited("from commits with a `Changelog` trailer")),
        (C::Hold, S::Limited("a deploy freeze, which tells jobs of itself and stops nothing")),
        (C::Issues, S::Limited("the project has them switched on")),
    ],
);
