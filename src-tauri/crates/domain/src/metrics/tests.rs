//! What the delivery metrics count, and what they leave out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use crate::changelog::Commit;
use crate::deployment::{DeploymentKind, DeploymentState, Verification};
use crate::pipeline::{PipelineBinding, RefRule};
use crate::release::{ReleaseState, SourceKind, SourceRef};
use crate::rollout::OnFailure;
use crate::{Actor, DeploymentId, IncidentId, ProductId, ReleaseId, Version};
use uuid::Uuid;

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

fn at(seconds: u64) -> Timestamp {
    Timestamp::parse("2026-01-01T00:00:00Z").unwrap().plus(Duration::from_secs(seconds))
}

fn id(n: u64) -> Uuid {
    Uuid::from_u64_pair(0, n)
}

/// A release whose commits were written so many hours after the year began.
fn release(n: u64, commits: &[u64]) -> Release {
    let commit = |hours: &u64| Commit::from_message("a".repeat(40), "fix: it", "Aiko".into(), Some(at(hours * HOUR)));
    Release {
        changed_paths: None,
        id: ReleaseId::new(id(n)),
        revision: 1,
        product_id: ProductId::new(id(1)),
        version: "1.0.0".parse::<Version>().unwrap(),
        tag: "v1.0.0".into(),
        tag_state: Default::default(),
        publication: Default::default(),
        source: SourceRef { kind: SourceKind::Tag, name: "v1.0.0".into(), commit: "a".repeat(40) },
        notes: String::new(),
        changes_since: None,
        changelog: commits.iter().map(commit).collect(),
        plan: None,
        state: ReleaseState::Draft,
        approval_requested_by: None,
        hotfix: None,
        coordinated_release: None,
        target: None,
        marked_bad: None,
        drafted_by: Actor::person("Mira"),
        drafted_at: at(0),
    }
}

fn deployment(n: u64, release: u64, state: DeploymentState) -> Deployment {
    let pipeline = PipelineBinding { place: None, pipeline: "deploy.yml".into(), git_ref: RefRule::ReleaseTag, inputs: Vec::new() };
    Deployment {
        id: DeploymentId::new(id(n)),
        revision: 1,
        product_id: ProductId::new(id(1)),
        environment_id: EnvironmentId::new(id(2)),
        environment: "production".into(),
        release_id: ReleaseId::new(id(release)),
        version: "1.0.0".parse().unwrap(),
        tag: "v1.0.0".into(),
        commit: "a".repeat(40),
        kind: DeploymentKind::Deploy,
        repository: "acme/checkout".into(),
        pipeline,
        native: None,
        native_given_up: None,
        overridden: Vec::new(),
        coordinated_run: None,
        verify_seconds: 60,
        phases: Vec::new(),
        on_failure: OnFailure::End,
        phase_changes: Vec::new(),
        paused: None,
        deployed_at: state.ended_at(),
        requested_at: state.ended_at().unwrap_or_else(|| at(0)),
        state,
        cancel: None,
        trouble: None,
        requested_by: Actor::person("Mira"),
    }
}

fn good(n: u64, release: u64, seconds: u64) -> Deployment {
    deployment(n, release, DeploymentState::Succeeded { at: at(seconds), verification: Verification::ByService })
}

fn bad(n: u64, release: u64, seconds: u64) -> Deployment {
    deployment(n, release, DeploymentState::Failed { at: at(seconds), reason: "no".into() })
}

fn back(n: u64, of: u64, seconds: u64) -> Deployment {
    let kind = DeploymentKind::Rollback { parent: Some(DeploymentId::new(id(of))), reason: "bad".into() };
    Deployment { kind, requested_at: at(seconds - HOUR), ..good(n, 90, seconds) }
}

fn incident(n: u64, of: Option<u64>, opened: u64, closed: Option<u64>) -> Incident {
    Incident {
        id: IncidentId::new(id(n)),
        revision: 1,
        number: 1,
        product_id: ProductId::new(id(1)),
        environment_id: EnvironmentId::new(id(2)),
        checks: Vec::new(),
        deployment_id: of.map(|n| DeploymentId::new(id(n))),
        opened_at: at(opened),
        acknowledged: None,
        closed_at: closed.map(at),
    }
}

fn measured(metric: Metric, releases: &[Release], deployments: &[Deployment], incidents: &[Incident]) -> Measure {
    let facts = DeliveryFacts { environment_id: EnvironmentId::new(id(2)), releases, deployments, incidents };
    let window = Window { from: at(0), to: at(28 * DAY) };
    measure(&facts, window).into_iter().find(|measure| measure.metric == metric).unwrap()
}

#[test]
fn too_little_is_no_zero() {
    for metric in Metric::ALL {
        let nothing = measured(metric, &[], &[], &[]);
        assert_eq!((nothing.value, nothing.sample), (None, 0), "{metric:?}");
        assert!(!nothing.missing.is_empty(), "{metric:?} says what is missing");
        assert_eq!(nothing.points.len(), 4);
    }
    let one = measured(Metric::ChangeFailureRate, &[release(7, &[])], &[good(1, 7, DAY)], &[]);
    assert_eq!(one.missing, "1 deployment in this time, 3 needed");
}

#[test]
fn the_lead_time_is_the_median_of_the_commits_that_came_first() {
    let releases = [release(7, &[0, 10]), release(8, &[24])];
    // 1.0.0 again, later: its commits count as of the first time.
    let deployments = [good(1, 7, DAY), good(2, 7, 3 * DAY), good(3, 8, 2 * DAY), bad(4, 9, DAY)];
    let lead = measured(Metric::LeadTime, &releases, &deployments, &[]);
    assert_eq!(lead.sample, 3);
    assert_eq!(lead.value, Some((24 * HOUR) as f64), "of 14, 24 and 24 hours");
    assert_eq!(Metric::LeadTime.words(lead.value.unwrap()), "1 d");
}

#[test]
fn the_frequency_counts_from_the_first_deployment_that_is_known() {
    let deployments = [good(1, 7, 14 * DAY), good(2, 7, 15 * DAY), good(3, 7, 27 * DAY), back(4, 3, 27 * DAY + HOUR), bad(5, 7, 20 * DAY)];
    let frequency = measured(Metric::DeploymentFrequency, &[], &deployments, &[]);
    assert_eq!((frequency.sample, frequency.value), (3, Some(1.5)), "three in the two weeks since the first");
    assert_eq!(frequency.points.iter().map(|point| point.sample).collect::<Vec<_>>(), [0, 0, 2, 1]);
    let young = measured(Metric::DeploymentFrequency, &[], &[good(1, 7, 25 * DAY)], &[]);
    assert_eq!((young.value, young.sample), (None, 1), "less than a week is no rhythm");
}

#[test]
fn failures_are_runs_that_failed_rollbacks_incidents_and_releases_marked_bad() {
    let mut marked = release(8, &[]);
    marked.marked_bad = Some(crate::release::MarkedBad { reason: "leaks".into(), by: Actor::person("Mira"), at: at(DAY) });
    let cancelled = deployment(6, 7, DeploymentState::Cancelled { at: at(DAY), reason: String::new() });
    let errored = deployment(7, 7, DeploymentState::Errored { at: at(DAY), reason: String::new() });
    let deployments = [
        good(1, 7, DAY),
        bad(2, 7, DAY),
        good(3, 7, 2 * DAY),
        back(9, 3, 3 * DAY),
        good(4, 7, 4 * DAY),
        good(5, 8, 5 * DAY),
        cancelled,
        errored,
    ];
    let incidents = [incident(1, Some(4), 4 * DAY + HOUR, None)];
    let rate = measured(Metric::ChangeFailureRate, &[release(7, &[]), marked], &deployments, &incidents);
    assert_eq!((rate.sample, rate.value), (5, Some(0.8)));
    assert_eq!(Metric::ChangeFailureRate.words(0.8), "80 %");
}

#[test]
fn what_is_still_open_is_told_and_does_not_count() {
    let incidents = [
        incident(1, Some(1), DAY, Some(DAY + HOUR)),
        incident(2, None, 2 * DAY, Some(2 * DAY + 3 * HOUR)),
        incident(3, None, 5 * DAY, None),
    ];
    // Rolled back without an incident: from its beginning, an hour before, to its end. The first has an incident of its own.
    let deployments = [good(1, 7, DAY), good(3, 7, 3 * DAY), back(4, 3, 4 * DAY), back(5, 1, DAY + HOUR), bad(6, 7, 27 * DAY)];
    let restore = measured(Metric::TimeToRestore, &[], &deployments, &incidents);
    assert_eq!((restore.sample, restore.still_open), (3, 2), "the last deployment failed, and nothing came after it");
    assert_eq!(restore.value, Some(HOUR as f64), "of 1, 3 and 1 hours");
}

#[test]
fn what_lies_outside_of_the_window_does_not_count() {
    let deployments = [good(1, 7, 28 * DAY), good(2, 7, 40 * DAY)];
    assert_eq!(measured(Metric::ChangeFailureRate, &[], &deployments, &[]).sample, 0);
    assert_eq!(Window::last_weeks(4, at(28 * DAY)), Window { from: at(0), to: at(28 * DAY) });
}
