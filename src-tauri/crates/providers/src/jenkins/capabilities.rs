//! What Jenkins can and can't do. Must not promise what this adapter doesn't carry out.

use pilothouse_engine::ports::provider::{Capabilities, Capability as C, Support as S};

const NO_SOURCE: &str = "Jenkins keeps no source; its branches and tags are those of the source host: connect that, or a local clone";

pub(crate) const JENKINS: Capabilities = Capabilities::new(
    "Jenkins",
    &[
        (C::Source, S::Lacking(NO_SOURCE)),
        (C::TypedInputs, S::Limited("a Pipeline learns of the parameters in its Jenkinsfile in its first build")),
        (C::NamesRun, S::Limited("by its place in the queue; a replay is looked up")),
        (C::Stages, S::Limited("stages of Pipelines with the plugin Pipeline: REST API, without their steps; other jobs are one")),
        (C::Logs, S::Limited("the build's whole log, whichever stage is asked for; deleted with the build")),
        (C::LiveLogs, S::Full),
        (C::Artifacts, S::Limited("those that a build archives on Jenkins itself")),
        (C::Cancel, S::Full),
        (C::ForceCancel, S::Limited("of Pipelines: the first time it is terminated, the second time killed")),
        (C::Rerun, S::Lacking("a build runs once; start another with the same parameters, or go back by a replay of it")),
        (C::RerunFailed, S::Lacking("a build runs once; start another with the same parameters")),
        (C::RecentRuns, S::Limited("as long as Jenkins keeps the builds")),
        (C::Gates, S::Limited("input steps of Pipelines, with the plugin Pipeline: REST API")),
        (C::RejectGate, S::Limited("it aborts the build")),
        (C::GateComment, S::Lacking("an input step has no place for a comment; Pilothouse keeps it in its own log")),
        (C::Deployments, S::Lacking("Jenkins knows builds, and no environments; what is live follows from the deployments made here")),
        (
            C::NativeRollback,
            S::Limited(
                "a replay of an earlier Pipeline build, with its script, parameters and revision; other jobs are built anew with its parameters",
            ),
        ),
        (C::CreateTag, S::Lacking("Jenkins keeps no source; tags are made at the source host")),
        (C::Releases, S::Lacking("Jenkins keeps no releases; they are made at the source host")),
        (C::GeneratedNotes, S::Lacking("Jenkins writes no notes; they are made from the commits")),
        (
            C::Hold,
            S::Limited(
                "single jobs; not the branches of a multibranch project, and not the whole controller, which its administrators hold with \
                 Prepare for Shutdown",
            ),
        ),
        (C::Issues, S::Lacking("Jenkins keeps no issues; connect the tracker, such as GitHub or GitLab, beside it")),
    ],
);
