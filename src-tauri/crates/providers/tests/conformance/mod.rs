//! What every adapter must do, shown against a server that is not ours to fool: one suite over all of them. To add a provider,
//! write its [`fixture::Fixture`] and name it in a `conformance!` line.

pub(crate) mod codepipeline;
pub(crate) mod fixture;
mod github;
pub(crate) mod gitlab;
pub(crate) mod jenkins;
mod suite_artifacts;
mod suite_delivery;
mod suite_faults;
mod suite_gates;
mod suite_issues;
mod suite_reading;
mod suite_runs;

/// A test each.
macro_rules! suite {
    ($fixture:ty: $($suite:ident::{$($test:ident),+ $(,)?}),+ $(,)?) => {$($(
        #[tokio::test]
        async fn $test() {
            crate::conformance::$suite::$test::<$fixture>().await;
        }
    )+)+};
}

/// Runs the whole suite over a fixture, a test each.
macro_rules! conformance {
    ($($over:ident: $fixture:ty;)+) => {$(mod $over {
        suite! { $fixture:
            suite_reading::{
                the_account_is_verified,
                a_refused_token_is_told_from_a_weak_one,
                repositories_environments_and_pipelines_are_found,
                inputs_are_those_at_the_ref,
                names_point_at_commits,
                a_comparison_is_newest_first,
            },
            suite_runs::{
                a_run_is_started_followed_and_read,
                failed_jobs_run_again_under_the_same_id,
                a_run_is_stopped_once,
                a_run_that_waits_for_a_person_says_so,
                an_uncorrelated_run_is_found_by_who_when_and_where,
                wrong_requests_start_nothing,
            },
            suite_artifacts::{
                the_reports_of_a_run_are_listed_and_read,
            },
            suite_gates::{
                a_gate_is_listed_and_approved,
                a_gate_is_rejected,
            },
            suite_delivery::{
                deployments_tell_what_is_live,
                the_providers_own_way_back_is_looked_at_and_taken,
                a_tag_is_created_once,
                a_release_is_published_once_with_notes,
                what_can_be_held_is_held_and_released,
                recent_runs_tell_who_and_what,
            },
            suite_issues::{
                issues_are_read_written_and_answered,
            },
            suite_faults::{
                a_trigger_is_sent_once_and_its_failure_is_honest,
                a_late_answer_is_no_answer,
                a_read_survives_a_hiccup,
                an_unreachable_provider_was_not_reached,
            },
        }
    })+};
}

conformance! {
    over_github: crate::conformance::github::GitHubRange;
    over_gitlab: crate::conformance::gitlab::GitLabRange;
    over_jenkins: crate::conformance::jenkins::JenkinsRange;
    over_codepipeline: crate::conformance::codepipeline::CodePipelineRange;
}
