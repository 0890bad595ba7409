//! Each gate by itself: what closes it, what opens it, and that its words name what a person needs to know.

use crate::samples::{COMMIT, at, environment_id, jonas, mira, plan, run, uuid};
use crate::unplanned::unplanned;
use crate::world::{DEPLOY, OURS, ROLL_BACK, World, account, connection, deployed, incident, lock, unfinished, window};
use pilothouse_domain::approval::Verdict;
use pilothouse_domain::calendar::{FreezeOverride, OverriddenWindow, WindowEffect, Withdrawn};
use pilothouse_domain::check::Health;
use pilothouse_domain::connection::{Connection, ConnectionStatus};
use pilothouse_domain::deployment::{Deployment, DeploymentKind, DeploymentState, Question, RunStatus};
use pilothouse_domain::lock::{Lifted, LockStrength};
use pilothouse_domain::pipeline::{InputBinding, InputValue, PipelinePlace, RefRule};
use pilothouse_domain::policy::{Action, Clearance, Gate, pass_gate_of_others};
use pilothouse_domain::publication::TagState;
use pilothouse_domain::release::{MarkedBad, ReleaseState};
use pilothouse_domain::unplanned::{UnplannedRun, UnplannedState};
use pilothouse_domain::{Actor, ConnectionId, DeploymentId, FreezeOverrideId, Version};
use std::time::Duration;

/// The action is refused by this gate alone, with these words in title or detail.
#[track_caller]
fn refused(world: &World, action: &Action, gate: Gate, words: &[&str]) -> Clearance {
    let blockers = world.evaluate(action, at(600));
    let [blocker] = blockers.as_slice() else { panic!("{gate:?} alone is expected, not {blockers:#?}") };
    assert_eq!(blocker.gate, gate, "{blocker:?}");
    let said = format!("{} {}", blocker.title, blocker.detail);
    for word in words {
        assert!(said.contains(word), "“{word}” is missing: {blocker:?}");
    }
    blocker.cleared_by.clone()
}

#[track_caller]
fn allowed(world: &World, action: &Action) {
    assert_eq!(world.evaluate(action, at(600)), []);
}

#[test]
fn the_states_of_a_release_that_can_be_deployed() {
    let mut world = World::calm();
    for (state, word) in [
        (ReleaseState::Draft, Some("draft")),
        (ReleaseState::Planned, None),
        (ReleaseState::InApproval { requested_by: mira(), requested_at: at(0) }, None),
        (ReleaseState::Approved { at: at(0) }, None),
        (ReleaseState::InProgress { since: at(0) }, None),
        (ReleaseState::Verifying { since: at(0) }, None),
        (ReleaseState::Completed { at: at(0) }, None),
        (ReleaseState::RolledBack { at: at(0) }, Some("new version")),
        (ReleaseState::Aborted { at: at(0), reason: "superseded by 1.5.0".into() }, Some("superseded by 1.5.0")),
    ] {
        world.release.state = state;
        match word {
            None => allowed(&world, &DEPLOY),
            Some(word) => {
                refused(&world, &DEPLOY, Gate::ReleaseState, &["1.4.0", word]);
            }
        }
    }
}

#[test]
fn marked_bad() {
    let mut world = World::calm();
    world.release.marked_bad = Some(MarkedBad { reason: "loses orders".into(), by: jonas(), at: at(0) });
    refused(&world, &DEPLOY, Gate::MarkedBad, &["1.4.0", "Jonas Lind", "loses orders"]);
}

#[test]
fn plan_names_the_environment() {
    let mut world = World::calm();
    world.release.plan = Some(plan(&world.environments[1..]));
    assert_eq!(refused(&world, &DEPLOY, Gate::Plan, &["development"]), Clearance::Planning);
}

#[test]
fn a_pipeline_that_runs_at_the_tag_needs_it_there() {
    let mut world = World::calm();
    let states = |world: &mut World, state: &TagState| world.release.tag_state = state.clone();
    let elsewhere = TagState::Elsewhere { commit: "feedfacefeedface".into() };
    let creating = TagState::Creating { begun_at: at(590), by: jonas() };
    // The pipeline runs at a branch: only a tag at another commit that it is told of is in the way.
    let inputs = |world: &mut World, value: Option<InputValue>| {
        let binding = InputBinding { name: "tag".into(), value: value.unwrap_or(InputValue::Version) };
        for planned in world.release.plan.as_mut().unwrap().environments.iter_mut() {
            planned.deploy.git_ref = RefRule::Fixed { name: "main".into() };
            planned.deploy.inputs = vec![binding.clone()];
        }
    };
    inputs(&mut world, None);
    for state in [TagState::Unknown, TagState::There, TagState::Missing, elsewhere.clone(), creating.clone()] {
        states(&mut world, &state);
        allowed(&world, &DEPLOY);
    }
    inputs(&mut world, Some(InputValue::Tag));
    states(&mut world, &TagState::Missing);
    allowed(&world, &DEPLOY);
    states(&mut world, &elsewhere);
    refused(&world, &DEPLOY, Gate::Tag, &["v1.4.0 is at another commit", "feedfac"]);
    for planned in world.release.plan.as_mut().unwrap().environments.iter_mut() {
        planned.deploy.git_ref = RefRule::ReleaseTag;
    }
    refused(&world, &DEPLOY, Gate::Tag, &["v1.4.0 is at another commit"]);
    states(&mut world, &TagState::Missing);
    assert_eq!(refused(&world, &DEPLOY, Gate::Tag, &["v1.4.0 doesn't exist", "Create it at"]), Clearance::CreatingTag);
    states(&mut world, &creating);
    refused(&world, &DEPLOY, Gate::Tag, &["being created", "Jonas Lind"]);
    states(&mut world, &TagState::There);
    allowed(&world, &DEPLOY);
    states(&mut world, &TagState::Unknown);
    allowed(&world, &DEPLOY);
}

#[test]
fn approvals_are_counted_by_person() {
    let mut world = World::calm();
    world.rules().required_approvals = 2;
    assert_eq!(refused(&world, &DEPLOY, Gate::Approvals, &["2 of 2 approvals are missing"]), Clearance::Vote);
    world.vote(jonas(), Verdict::Approved);
    world.vote(jonas(), Verdict::Approved);
    refused(&world, &DEPLOY, Gate::Approvals, &["1 of 2 approvals is missing"]);
    world.vote(mira(), Verdict::Approved);
    allowed(&world, &DEPLOY);
    world.rules().self_approval = false;
    refused(&world, &DEPLOY, Gate::Approvals, &["1 of 2", "Mira Okafor", "drafted"]);
    world.vote(Actor::person("Ana Ruiz"), Verdict::Rejected);
    refused(&world, &DEPLOY, Gate::Approvals, &["Ana Ruiz rejected", "The migration is missing."]);
    world.rules().required_approvals = 0;
    refused(&world, &DEPLOY, Gate::Approvals, &["Ana Ruiz rejected", "The migration is missing."]);
}

#[test]
fn those_who_must_approve_are_named_until_they_have() {
    let mut world = World::calm();
    world.rules().required_approvers = vec!["Ana Ruiz".into()];
    refused(&world, &DEPLOY, Gate::Approvals, &["Approval is missing", "Ana Ruiz has to give it."]);
    world.vote(jonas(), Verdict::Approved);
    refused(&world, &DEPLOY, Gate::Approvals, &["Ana Ruiz has to give it."]);
    world.vote(Actor::person(" ana ruiz"), Verdict::Approved);
    allowed(&world, &DEPLOY);
    world.rules().required_approvals = 3;
    refused(&world, &DEPLOY, Gate::Approvals, &["1 of 3 approvals is missing", "Anybody on the team"]);
    world.rules().required_approvers.push("Li Wei".into());
    refused(&world, &DEPLOY, Gate::Approvals, &["1 of 3 approvals is missing", "Li Wei has to give it."]);
}

#[test]
fn a_plan_that_was_rejected_is_not_asked_about_again_until_it_has_changed() {
    let mut world = World::calm();
    assert_eq!(world.gates(&Action::RequestApproval, at(0)), []);
    world.vote(Actor::person("Ana Ruiz"), Verdict::Rejected);
    let refused = world.evaluate(&Action::RequestApproval, at(0));
    assert!(refused.len() == 1 && refused[0].title == "Ana Ruiz rejected this plan", "{refused:?}");
    world.release.plan.as_mut().unwrap().remarks = "Another plan".into();
    assert_eq!(world.gates(&Action::RequestApproval, at(0)), []);
}

#[test]
fn a_role_is_filled_by_any_of_its_people_and_one_person_may_fill_two() {
    use pilothouse_domain::team::{Role, TeamRules};
    let mut world = World::calm();
    let role = |name: &str, members: &[&str]| Role { name: name.into(), members: members.iter().map(|m| (*m).to_owned()).collect() };
    let team = TeamRules {
        roles: vec![role("QA", &["Ana Ruiz", "Lea"]), role("Owners", &["Ana Ruiz", "Noor"])],
        required_roles: vec!["QA".into()],
        ..TeamRules::default()
    };
    world.rules().required_roles = vec!["owners".into()];
    *world.rules() = world.rules().merged_with(&team);
    let blocker = |world: &World| world.evaluate(&DEPLOY, at(0)).into_iter().find(|b| b.gate == Gate::Approvals);
    let missing = blocker(&world).unwrap();
    assert!(missing.detail.contains("One of Ana Ruiz, Lea has to be among them, as QA."), "{missing:?}");
    assert!(!missing.detail.contains("Anybody"), "{missing:?}");
    world.vote(Actor::person("Lea"), Verdict::Approved);
    let missing = blocker(&world).unwrap();
    assert!(missing.detail.contains("as Owners") && !missing.detail.contains("as QA"), "{missing:?}");
    world.approvals.clear();
    world.vote(Actor::person("ana ruiz"), Verdict::Approved);
    assert_eq!(blocker(&world), None, "one vote for both");
    world.rules().required_approvals = 2;
    let missing = blocker(&world).unwrap();
    assert!(missing.title.starts_with("1 of 2") && missing.detail.ends_with("Anybody on the team can give it."), "{missing:?}");
    world.approvals.clear();
    world.vote(Actor::person("Noor"), Verdict::Approved);
    let missing = blocker(&world).unwrap();
    assert!(
        missing.title.starts_with("1 of 2") && missing.detail.ends_with("as QA."),
        "the one that is missing is spoken for: {missing:?}"
    );
    world.rules().roles[0].members.clear();
    assert!(blocker(&world).unwrap().detail.contains("nobody is yet"));
}

#[test]
fn who_asked_for_votes_may_be_left_out() {
    let mut world = World::calm();
    world.rules().required_approvals = 1;
    world.vote(jonas(), Verdict::Approved);
    world.release.approval_requested_by = Some(jonas());
    allowed(&world, &DEPLOY);
    world.rules().requester_approval = false;
    refused(&world, &DEPLOY, Gate::Approvals, &["Approval is missing", "Anybody but Jonas Lind, who asked for votes, can give it."]);
    world.vote(mira(), Verdict::Approved);
    allowed(&world, &DEPLOY);
}

#[test]
fn an_approval_that_is_too_old_is_told_and_may_be_given_anew() {
    let mut world = World::calm();
    world.rules().required_approvals = 1;
    world.rules().approval_hours = 4;
    world.vote(jonas(), Verdict::Approved);
    let given = world.approvals[0].at;
    let (before, after) = (given.plus(Duration::from_secs(4 * 3_600 - 1)), given.plus(Duration::from_secs(4 * 3_600)));
    assert_eq!(world.gates(&DEPLOY, before), []);
    let blocked = world.evaluate(&DEPLOY, after);
    assert_eq!(blocked.len(), 1);
    assert!(blocked[0].detail.contains("An earlier approval is older than 4 hours."), "{}", blocked[0].detail);
    let again = Action::Vote { by: jonas(), verdict: Verdict::Approved };
    assert_eq!(world.gates(&again, before), [Gate::Approvals]);
    assert_eq!(world.gates(&again, after), []);
}

#[test]
fn approvals_of_an_earlier_content_are_void_and_that_is_told() {
    let mut world = World::calm();
    world.rules().required_approvals = 1;
    world.vote(jonas(), Verdict::Approved);
    allowed(&world, &DEPLOY);
    world.release.source.commit = "fedcba9876543210".into();
    refused(&world, &DEPLOY, Gate::Approvals, &["Approval is missing", "void"]);
    world.release.source.commit = COMMIT.into();
    world.release.notes = "Polished notes void nothing".into();
    allowed(&world, &DEPLOY);
}

#[test]
fn upstream_must_have_it_verified_and_still_run_it() {
    let mut world = World::before_production();
    allowed(&world, &DEPLOY);
    let staging = world.environments[1].id;
    let verified = std::mem::take(&mut world.deployments);
    assert_eq!(
        refused(&world, &DEPLOY, Gate::Upstream, &["Not verified in staging", "1.4.0"]),
        Clearance::Deploying { environment: staging }
    );
    world.deployments = verified;
    world.deployments.push(deployed(1, 5, 2));
    refused(&world, &DEPLOY, Gate::Upstream, &["No longer in staging", "1.5.0"]);
    world.rules().needs_upstream = false;
    allowed(&world, &DEPLOY);
}

#[test]
fn a_version_that_was_edited_is_another_one() {
    let mut world = World::before_production();
    world.release.version = Version::new(1, 4, 1);
    refused(&world, &DEPLOY, Gate::Upstream, &["Not verified in staging", "1.4.1"]);
    world.target = 1;
    refused(&world, &ROLL_BACK, Gate::VerifiedBefore, &["1.4.1 was never verified in staging"]);
    world.rules().needs_upstream = false;
    allowed(&world, &DEPLOY);
}

#[test]
fn an_environment_that_the_plan_leaves_out_is_not_upstream() {
    let mut world = World::calm();
    world.target = 2;
    world.release.plan = Some(plan(&world.environments[2..]));
    allowed(&world, &DEPLOY);
}

#[test]
fn soak_ends_by_itself() {
    let mut world = World::before_production();
    world.rules().soak_minutes = 30;
    let cleared = refused(&world, &DEPLOY, Gate::Soak, &["staging", "30 minutes", "by itself"]);
    assert_eq!(cleared, Clearance::Time { at: at(60 + 30 * 60) });
}

#[test]
fn upstream_health_is_an_open_incident_of_a_failing_environment() {
    let mut world = World::before_production();
    world.incidents = vec![incident(1)];
    world.health = vec![(world.environments[1].id, Health::Failing)];
    let cleared = refused(&world, &DEPLOY, Gate::UpstreamHealth, &["staging is failing", "Incident 7", "home", "503 instead of 200"]);
    assert_eq!(cleared, Clearance::Incident { incident: world.incidents[0].id });
    world.incidents[0].closed_at = Some(at(1));
    allowed(&world, &DEPLOY);
}

#[test]
fn freezes_hold_until_they_end_or_are_overridden_for_this_very_release() {
    let mut world = World::calm();
    world.windows = vec![window(1, WindowEffect::Deny, 9, 20)];
    let words = ["development is frozen: Year end", "The books are closed", "14:33 (UTC)", "next allowed start", "Rollbacks are not held"];
    let cleared = refused(&world, &DEPLOY, Gate::Freeze, &words);
    let environment = world.environments[0].id;
    assert_eq!(cleared, Clearance::Opening { environment, at: Some(at(1_200)), can_override: true });
    world.windows[0].is_enabled = false;
    allowed(&world, &DEPLOY);
    world.windows[0].is_enabled = true;

    let given = FreezeOverride {
        id: FreezeOverrideId::new(uuid(950)),
        revision: 1,
        product_id: world.release.product_id,
        release_id: world.release.id,
        version: world.release.version.clone(),
        commit: world.release.source.commit.clone(),
        environment_id: environment,
        environment: "development".into(),
        windows: vec![OverriddenWindow { id: world.windows[0].id, effect: WindowEffect::Deny, name: "Year end".into() }],
        reason: "Card payments fail".into(),
        by: mira(),
        at: at(500),
        until: at(601),
        withdrawn: None,
    };
    world.overrides = vec![given.clone()];
    allowed(&world, &DEPLOY);
    let elsewhere = FreezeOverride { environment_id: world.environments[1].id, ..given.clone() };
    let other = FreezeOverride { release_id: crate::samples::release_id(3), ..given.clone() };
    let edited = FreezeOverride { commit: "another".into(), ..given.clone() };
    let over = FreezeOverride { until: at(600), ..given.clone() };
    let back = FreezeOverride { withdrawn: Some(Withdrawn { by: jonas(), at: at(599), reason: String::new() }), ..given.clone() };
    for useless in [elsewhere, other, edited, over, back] {
        world.overrides = vec![useless];
        refused(&world, &DEPLOY, Gate::Freeze, &["Year end"]);
    }
    world.overrides = vec![given];
    world.windows.push(window(2, WindowEffect::Deny, 9, 30));
    refused(&world, &DEPLOY, Gate::Freeze, &["is frozen"]);
}

#[test]
fn outside_its_change_windows_a_place_is_closed() {
    let mut world = World::calm();
    world.windows = vec![window(1, WindowEffect::Allow, 20, 30)];
    let cleared = refused(&world, &DEPLOY, Gate::Freeze, &["outside its change window", "“Year end”", "next allowed start", "14:33"]);
    assert!(matches!(cleared, Clearance::Opening { at: Some(opens), .. } if opens == at(1_200)));
    world.windows.push(window(2, WindowEffect::Allow, 5, 15));
    allowed(&world, &DEPLOY);
    world.windows = vec![window(1, WindowEffect::Allow, 1, 2)];
    let cleared = refused(&world, &DEPLOY, Gate::Freeze, &["No start is allowed within a year"]);
    assert!(matches!(cleared, Clearance::Opening { at: None, .. }));
}

#[test]
fn locks_stop_until_they_end_or_are_lifted() {
    let mut world = World::calm();
    world.locks = vec![lock(1, Some(0), LockStrength::Stops)];
    let cleared = refused(&world, &DEPLOY, Gate::Lock, &["development is locked", "Jonas Lind", "Audit week"]);
    assert_eq!(cleared, Clearance::LiftingLock { lock: world.locks[0].id });
    world.locks[0].environment_id = None;
    refused(&world, &DEPLOY, Gate::Lock, &["product is locked"]);
    world.locks[0].product_id = None;
    refused(&world, &DEPLOY, Gate::Lock, &["Everything is locked"]);
    world.locks[0].until = Some(at(601));
    refused(&world, &DEPLOY, Gate::Lock, &[]);
    world.locks[0].until = Some(at(600));
    allowed(&world, &DEPLOY);
    world.locks = vec![lock(1, Some(1), LockStrength::Stops), lock(2, Some(0), LockStrength::Warns)];
    allowed(&world, &DEPLOY);
    world.locks = vec![lock(1, Some(0), LockStrength::Stops)];
    world.locks[0].lifted = Some(Lifted { by: mira(), at: at(1), reason: "Audit is over".into() });
    allowed(&world, &DEPLOY);
}

#[test]
fn one_deployment_at_a_time_but_a_forced_rollback_goes_first() {
    let mut world = World::calm();
    world.deployments = vec![deployed(0, 3, 0), deployed(0, OURS, 1), deployed(0, 5, 2)];
    allowed(&world, &ROLL_BACK);
    let question = Question::RunFailed { message: "job deploy failed".into() };
    for state in [
        DeploymentState::Queued { waits_for: None },
        DeploymentState::InProgress,
        DeploymentState::AwaitingDecision { question, asked_of: mira(), since: at(0), taken: false },
    ] {
        let other = unfinished(0, 5, 77, state);
        world.deployments.push(other.clone());
        let cleared = refused(&world, &ROLL_BACK, Gate::Occupied, &["A deployment is under way in development", "1.5.0", "Mira Okafor"]);
        assert_eq!(cleared, Clearance::EndOfDeployment { deployment: other.id });
        allowed(&world, &Action::RollBack { deployment: None, forced: true });
        allowed(&world, &Action::RollBack { deployment: Some(other.id), forced: false });
        world.deployments.pop();
    }
    let kind = DeploymentKind::Rollback { parent: None, reason: "errors".into() };
    world.deployments.push(Deployment { kind, ..unfinished(0, 3, 78, DeploymentState::InProgress) });
    refused(&world, &Action::RollBack { deployment: None, forced: true }, Gate::Occupied, &["A rollback is under way"]);
}

#[test]
fn an_older_version_goes_back_only_by_a_rollback() {
    let mut world = World::calm();
    world.deployments = vec![deployed(0, 5, 1)];
    refused(&world, &DEPLOY, Gate::Outdated, &["development already runs 1.5.0", "1.4.0", "roll back"]);
    world.deployments[0].state = DeploymentState::Failed { at: at(60), reason: "wrong".into() };
    allowed(&world, &DEPLOY);
    world.deployments[0] = Deployment {
        kind: DeploymentKind::Rollback { parent: Some(DeploymentId::new(uuid(1))), reason: "errors".into() },
        ..deployed(0, 5, 1)
    };
    allowed(&world, &DEPLOY);
}

#[test]
fn nothing_is_deployed_to_where_it_is() {
    let mut world = World::calm();
    world.deployments = vec![deployed(0, OURS, 1)];
    refused(&world, &DEPLOY, Gate::AlreadyThere, &["development runs 1.4.0 already"]);
    refused(&world, &ROLL_BACK, Gate::AlreadyThere, &["nothing would change"]);
    allowed(&world, &Action::Deploy { deployment: Some(world.deployments[0].id) });
}

#[test]
fn the_connection_must_let_us_in() {
    let mut world = World::calm();
    world.connection = connection(ConnectionStatus::Valid { account: account() });
    allowed(&world, &DEPLOY);
    world.connection = connection(ConnectionStatus::Refused { reason: "Bad credentials".into(), since: at(0) });
    assert_eq!(refused(&world, &DEPLOY, Gate::Connection, &["GitHub refuses the token", "Bad credentials"]), Clearance::Token);
    world.connection = connection(ConnectionStatus::Limited { account: account(), missing: vec!["workflow".into()] });
    refused(&world, &DEPLOY, Gate::Connection, &["may not deploy", "workflow"]);
}

#[test]
fn a_pipeline_that_lives_elsewhere_needs_its_own_connection() {
    let mut world = World::calm();
    let elsewhere = Connection { id: ConnectionId::new(uuid(77)), name: "Builds".into(), ..connection(ConnectionStatus::Unverified) };
    let place = PipelinePlace { connection_id: elsewhere.id, repository: "shop".into() };
    for planned in &mut world.release.plan.as_mut().unwrap().environments {
        planned.deploy.place = Some(place.clone());
    }
    refused(&world, &DEPLOY, Gate::Connection, &["is gone"]);
    world.others = vec![elsewhere.clone()];
    allowed(&world, &DEPLOY);
    world.connection = connection(ConnectionStatus::Refused { reason: "Bad credentials".into(), since: at(0) });
    allowed(&world, &DEPLOY);
    world.others[0].status = ConnectionStatus::Refused { reason: "Bad credentials".into(), since: at(0) };
    refused(&world, &DEPLOY, Gate::Connection, &["Builds refuses the token"]);
}

#[test]
fn a_rollback_needs_a_verified_version_and_asks_for_nothing_else() {
    let mut world = World::calm();
    refused(&world, &ROLL_BACK, Gate::VerifiedBefore, &["1.4.0 was never verified in development"]);
    world.deployments = vec![deployed(0, OURS, 1), deployed(0, 5, 2)];
    world.locks = vec![lock(1, None, LockStrength::Stops)];
    world.rules().required_approvals = 5;
    world.release.state = ReleaseState::RolledBack { at: at(0) };
    allowed(&world, &ROLL_BACK);
}

#[test]
fn an_unexplained_run_stops_deployments_where_a_reason_is_asked_for_and_no_rollback() {
    let mut world = World::calm();
    world.unplanned = vec![unplanned(0, 5), unplanned(1, 6)];
    allowed(&world, &DEPLOY);
    world.rules().needs_reasons = true;
    let clearance = refused(&world, &DEPLOY, Gate::UnplannedRun, &["development has no reason", "ops started deploy.yml"]);
    assert_eq!(clearance, Clearance::Explaining { unplanned_run: world.unplanned[0].id });
    world.deployments = vec![deployed(0, OURS, 1), deployed(0, 5, 2)];
    allowed(&world, &ROLL_BACK);
    world.deployments.clear();
    world.unplanned[0].state = UnplannedState::Explained { reason: "a hotfix".into(), by: mira(), at: at(7), release_id: None };
    allowed(&world, &DEPLOY);
}

#[test]
fn what_an_unplanned_run_may_have_changed_is_worth_deploying_over() {
    let mut world = World::calm();
    world.deployments = vec![deployed(0, OURS, 1)];
    let deployed_at = world.deployments[0].deployed_at.unwrap();
    refused(&world, &DEPLOY, Gate::AlreadyThere, &["runs 1.4.0 already"]);
    let mut later = unplanned(0, 0);
    later.started_at = Some(deployed_at.plus(std::time::Duration::from_secs(1)));
    world.unplanned = vec![later.clone()];
    allowed(&world, &DEPLOY);
    for harmless in [
        UnplannedRun { started_at: Some(at(-1_000)), ..later.clone() },
        UnplannedRun { status: RunStatus::Skipped, ..later.clone() },
        UnplannedRun { environments: vec![environment_id(1)], ..later.clone() },
    ] {
        world.unplanned = vec![harmless];
        refused(&world, &DEPLOY, Gate::AlreadyThere, &["runs 1.4.0 already"]);
    }
}

#[test]
fn votes_are_asked_for_once_there_is_a_plan() {
    let mut world = World::calm();
    allowed(&world, &Action::RequestApproval);
    world.release.state = ReleaseState::Draft;
    assert_eq!(refused(&world, &Action::RequestApproval, Gate::Plan, &["no plan"]), Clearance::Planning);
    world.release.state = ReleaseState::InProgress { since: at(0) };
    refused(&world, &Action::RequestApproval, Gate::ReleaseState, &["in progress"]);
}

#[test]
fn a_person_votes_once_on_a_plan() {
    let mut world = World::calm();
    let vote = |verdict| Action::Vote { by: jonas(), verdict };
    allowed(&world, &vote(Verdict::Approved));
    world.vote(jonas(), Verdict::Approved);
    refused(&world, &vote(Verdict::Approved), Gate::Approvals, &["Jonas Lind has voted"]);
    allowed(&world, &vote(Verdict::Rejected));
    world.release.state = ReleaseState::InProgress { since: at(0) };
    refused(&world, &vote(Verdict::Rejected), Gate::ReleaseState, &["in progress"]);
    world.release.version = Version::new(1, 4, 1);
    allowed(&world, &vote(Verdict::Approved));
}

#[test]
fn a_release_is_completed_where_it_ends_and_is_well() {
    let mut world = World::calm();
    refused(&world, &Action::Complete, Gate::ReleaseState, &["planned"]);
    world.release.state = ReleaseState::Verifying { since: at(0) };
    allowed(&world, &Action::Complete);
    world.incidents = vec![incident(1)];
    allowed(&world, &Action::Complete);
    world.incidents = vec![incident(2)];
    refused(&world, &Action::Complete, Gate::Health, &["Incident 7", "production"]);
}

#[test]
fn a_deployment_in_doubt_still_occupies_its_environment() {
    let mut world = World::calm();
    let candidates = vec![run("36", 1, pilothouse_domain::deployment::RunStatus::InProgress)];
    let question = Question::RunAmbiguous { candidates };
    let state = DeploymentState::AwaitingDecision { question, asked_of: mira(), since: at(0), taken: false };
    world.deployments = vec![unfinished(0, 3, 79, state)];
    refused(&world, &DEPLOY, Gate::Occupied, &["1.3.0"]);
}

#[test]
fn what_waits_at_the_provider_is_passed_only_by_what_may_still_go_there() {
    let mut world = World::calm();
    let own = unfinished(0, OURS, 1, DeploymentState::InProgress);
    let pass = Action::PassGate { deployment: own.id };
    world.deployments = vec![own];
    allowed(&world, &pass);
    world.rules().required_approvals = 1;
    assert_eq!(refused(&world, &pass, Gate::Approvals, &["Approval is missing"]), Clearance::Vote);
    world.vote(jonas(), Verdict::Approved);
    allowed(&world, &pass);
    world.locks = vec![lock(1, Some(0), LockStrength::Stops)];
    refused(&world, &pass, Gate::Lock, &["locked"]);
    world.locks = vec![lock(1, Some(0), LockStrength::Warns)];
    world.release.state = ReleaseState::Aborted { at: at(0), reason: "superseded".into() };
    refused(&world, &pass, Gate::ReleaseState, &["superseded"]);
    world.release.state = ReleaseState::Planned;
    world.release.marked_bad = Some(MarkedBad { reason: "loses orders".into(), by: jonas(), at: at(0) });
    refused(&world, &pass, Gate::MarkedBad, &["loses orders"]);
}

#[test]
fn a_rollback_passes_what_waits_at_the_provider_despite_locks_and_votes() {
    let mut world = World::calm();
    let kind = DeploymentKind::Rollback { parent: None, reason: "errors".into() };
    let own = Deployment { kind, ..unfinished(0, OURS, 1, DeploymentState::InProgress) };
    let pass = Action::PassGate { deployment: own.id };
    world.deployments = vec![own];
    world.rules().required_approvals = 2;
    world.locks = vec![lock(1, None, LockStrength::Stops)];
    allowed(&world, &pass);
    let (environment, locks) = (&world.environments[0], &world.locks);
    assert_eq!(pass_gate_of_others(environment, locks, &[], at(600)).len(), 1, "a run that came from elsewhere is held up by it");
    world.windows = vec![window(1, WindowEffect::Deny, 0, 60)];
    allowed(&world, &pass);
    let held = pass_gate_of_others(&world.environments[0], &[], &world.windows, at(600));
    assert!(matches!(held[0].cleared_by, Clearance::Opening { can_override: false, .. }), "nothing overrides it for a run from elsewhere");
}
