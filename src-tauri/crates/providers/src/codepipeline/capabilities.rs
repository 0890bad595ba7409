//! What CodePipeline can and can't do. Must not promise what this adapter doesn't carry out.

use pilothouse_engine::ports::provider::{Capabilities, Capability as C, Support as S};

const NO_SOURCE: &str = "it keeps no source; the host of the repository does, and a run tells the commit that it took from there";

pub(crate) const CODEPIPELINE: Capabilities = Capabilities::new(
    "AWS CodePipeline",
    &[
        (C::Source, S::Lacking(NO_SOURCE)),
        (C::TypedInputs, S::Limited("variables of pipelines of type V2, as text, and source revisions; V1 takes no variables")),
        (C::NamesRun, S::Full),
        (C::Stages, S::Limited("stages and actions; an action has no steps")),
        (C::Logs, S::Limited("it keeps none itself; each action links to where its log is")),
        (C::LiveLogs, S::Lacking("it keeps no logs; the page of the action has them")),
        (
            C::Artifacts,
            S::Lacking(
                "its artifacts lie in a bucket of S3 that it only hands to its own actions; let the pipeline call `pilothouse smoke import`",
            ),
        ),
        (C::Cancel, S::Limited("actions under way are finished first")),
        (C::ForceCancel, S::Limited("actions under way are abandoned, and may go on where they run")),
        (C::Rerun, S::Limited("the stage that failed, as long as no later run has reached it")),
        (C::RerunFailed, S::Limited("the failed actions of a stage, as long as no later run has reached it")),
        (C::RecentRuns, S::Limited("of the last 12 months")),
        (C::Gates, S::Full),
        (C::RejectGate, S::Full),
        (C::GateComment, S::Limited("of at most 512 characters")),
        (C::Deployments, S::Limited("an environment is a stage; what it runs is what last went through it")),
        (C::NativeRollback, S::Limited("pipelines of type V2, to a run that went through the stage in the pipeline's present structure")),
        (C::CreateTag, S::Lacking(NO_SOURCE)),
        (C::Releases, S::Lacking(NO_SOURCE)),
        (C::GeneratedNotes, S::Lacking(NO_SOURCE)),
        (C::Hold, S::Limited("the way into a stage: runs wait before it, and go on when it is released")),
        (C::Issues, S::Lacking("AWS keeps no issues; connect the tracker, such as GitHub or GitLab, beside it")),
    ],
);
