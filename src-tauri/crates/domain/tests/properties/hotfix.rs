//! The path of hotfixes, gate by gate, and the promotion order: what is asked, what is left out, and what interrupts a soak.

use crate::samples::{at, jonas, mira};
use crate::world::{DEPLOY, OURS, World, deployed, incident, lock, window, world};
use pilothouse_domain::approval::Verdict;
use pilothouse_domain::calendar::WindowEffect;
use pilothouse_domain::check::Health;
use pilothouse_domain::hotfix::{Hotfix, HotfixReview, HotfixRules};
use pilothouse_domain::lock::LockStrength;
use pilothouse_domain::policy::{Action, Clearance, Gate, required_before, to_override};
use pilothouse_domain::product::EnvironmentRules;
use pilothouse_domain::release::{Release, ReleaseState};
use proptest::prelude::*;

fn hotfix() -> Option<Hotfix> {
    Some(Hotfix { reason: "Card payments fail".into(), by: mira(), at: at(0), review: None })
}

/// A path that shortens nothing.
fn same_as(rules: &EnvironmentRules) -> HotfixRules {
    HotfixRules {
        is_skipped: false,
        required_approvals: rules.required_approvals,
        required_approvers: rules.required_approvers.clone(),
        soak_minutes: rules.soak_minutes,
        needs_documents: true,
        needs_training: true,
    }
}

#[track_caller]
fn gates(world: &World, expected: &[Gate]) {
    assert_eq!(world.gates(&DEPLOY, at(600)), expected, "{:#?}", world.evaluate(&DEPLOY, at(600)));
}

#[test]
fn approvals_and_soak_are_those_of_the_path_for_a_hotfix_alone() {
    let mut world = World::before_production();
    world.rules().required_approvals = 2;
    world.rules().soak_minutes = 60;
    world.rules().hotfix =
        Some(HotfixRules { required_approvals: 1, required_approvers: vec!["Jonas Lind".into()], ..HotfixRules::default() });
    gates(&world, &[Gate::Approvals, Gate::Soak]);
    world.release.hotfix = hotfix();
    gates(&world, &[Gate::Approvals]);
    let said = world.evaluate(&DEPLOY, at(600))[0].detail.clone();
    assert!(said.contains("on its path for hotfixes") && said.contains("Jonas Lind has to give it"), "{said}");
    world.vote(jonas(), Verdict::Approved);
    gates(&world, &[]);
    // An environment without a path of its own judges hotfixes like every release.
    world.rules().hotfix = None;
    gates(&world, &[Gate::Approvals, Gate::Soak]);
}

#[test]
fn what_a_path_skips_is_not_asked_for_and_what_it_does_not_name_still_holds() {
    let mut world = World::before_production();
    world.deployments.clear();
    world.environments[0].rules.hotfix = Some(HotfixRules::default());
    world.environments[1].rules.hotfix = Some(HotfixRules { is_skipped: true, ..HotfixRules::default() });
    gates(&world, &[Gate::Upstream]);
    assert_eq!(required_before(&world.facts(), &world.environments[2])[0].name, "staging");
    world.release.hotfix = hotfix();
    let cleared = world.evaluate(&DEPLOY, at(600)).remove(0).cleared_by;
    assert_eq!(cleared, Clearance::Deploying { environment: world.environments[0].id }, "development comes right before then");
    world.environments[0].rules.hotfix = Some(HotfixRules { is_skipped: true, ..HotfixRules::default() });
    gates(&world, &[]);
    world.locks = vec![lock(1, Some(2), LockStrength::Stops)];
    world.windows = vec![window(1, WindowEffect::Deny, 9, 20)];
    gates(&world, &[Gate::Freeze, Gate::Lock]);
}

#[test]
fn hotfixes_pass_the_freezes_and_locks_that_say_so() {
    let mut world = World::calm();
    world.locks = vec![lock(1, None, LockStrength::Stops)];
    world.windows = vec![window(1, WindowEffect::Deny, 9, 20)];
    world.release.hotfix = hotfix();
    gates(&world, &[Gate::Freeze, Gate::Lock]);
    world.locks[0].hotfixes_pass = true;
    world.windows[0].hotfixes_pass = true;
    gates(&world, &[]);
    assert!(to_override(&world.windows, &world.release, &world.environments[0], at(600)).is_empty(), "nothing is left to override");
    world.release.hotfix = None;
    gates(&world, &[Gate::Freeze, Gate::Lock]);
    assert!(world.evaluate(&DEPLOY, at(600)).iter().all(|b| b.detail.contains("Hotfixes pass")));
}

#[test]
fn a_hotfix_need_not_wait_for_change_windows_where_all_of_them_say_so() {
    let mut world = World::calm();
    world.release.hotfix = hotfix();
    world.windows = vec![window(1, WindowEffect::Allow, 20, 30), window(2, WindowEffect::Allow, 40, 50)];
    world.windows[0].hotfixes_pass = true;
    gates(&world, &[Gate::Freeze]);
    world.windows[1].hotfixes_pass = true;
    gates(&world, &[]);
    // A window that is open stays open for hotfixes, whatever it says.
    world.windows = vec![window(1, WindowEffect::Allow, 9, 30), window(2, WindowEffect::Allow, 40, 50)];
    world.windows[0].hotfixes_pass = true;
    gates(&world, &[]);
}

#[test]
fn a_hotfix_is_completed_once_its_review_is_recorded() {
    let mut world = World::before_production();
    world.release.hotfix = hotfix();
    assert!(!world.release.awaits_hotfix_review(), "before it has come there is nothing to look back on");
    world.release.state = ReleaseState::Verifying { since: at(0) };
    let [blocker] = world.evaluate(&Action::Complete, at(600)).try_into().unwrap();
    assert_eq!((blocker.gate, blocker.cleared_by), (Gate::HotfixReview, Clearance::Reviewing));
    let review = Some(HotfixReview { findings: "The test was missing".into(), by: jonas(), at: at(1) });
    world.release.hotfix = hotfix().map(|hotfix| Hotfix { review, ..hotfix });
    assert_eq!(world.evaluate(&Action::Complete, at(600)), []);
}

#[test]
fn the_path_is_told_in_words() {
    let mut rules = EnvironmentRules { required_approvals: 2, soak_minutes: 60, ..EnvironmentRules::default() };
    let release = Release { hotfix: hotfix(), ..World::calm().release };
    assert_eq!(rules.path_words(&release, "production").unwrap(), "production has no path for hotfixes: the usual rules hold");
    rules.hotfix = Some(HotfixRules { required_approvals: 1, ..HotfixRules::default() });
    assert_eq!(rules.path_words(&release, "production").unwrap(), "Judged on the hotfix path of production: 1 approval, no soak");
    assert_eq!(rules.path_words(&World::calm().release, "production"), None);
}

#[test]
fn optional_environments_are_asked_for_by_nobody() {
    let mut world = World::before_production();
    world.deployments = vec![deployed(0, OURS, 1)];
    gates(&world, &[Gate::Upstream]);
    world.environments[1].rules.is_optional = true;
    gates(&world, &[]);
    world.environments[0].rules.is_optional = true;
    world.deployments.clear();
    gates(&world, &[]);
}

#[test]
fn of_environments_beside_each_other_all_or_at_least_some_are_asked() {
    let mut world = World::before_production();
    world.environments[1].rules.is_beside = true;
    // Staging alone is verified; development stands beside it.
    gates(&world, &[Gate::Upstream]);
    world.rules().upstream_at_least = 1;
    gates(&world, &[]);
    world.deployments.clear();
    let blockers = world.evaluate(&DEPLOY, at(600));
    assert_eq!(blockers.len(), 2, "each that could do is named: {blockers:?}");
    assert!(blockers.iter().all(|b| b.detail.contains("1 of development, staging is enough.")), "{blockers:?}");
    // One that isn't well doesn't count as one that does.
    world.deployments = vec![deployed(0, OURS, 1), deployed(1, OURS, 1)];
    world.rules().upstream_at_least = 2;
    world.incidents = vec![incident(1)];
    world.health = vec![(world.environments[1].id, Health::Failing)];
    gates(&world, &[Gate::UpstreamHealth]);
    world.rules().upstream_at_least = 1;
    gates(&world, &[]);
    // Neither of the two waits for the other.
    world.target = 1;
    world.deployments.clear();
    gates(&world, &[]);
}

#[test]
fn an_incident_lets_a_soak_begin_anew() {
    let mut world = World::before_production();
    world.rules().soak_minutes = 5;
    gates(&world, &[]);
    let mut broke = incident(1);
    broke.closed_at = None;
    world.incidents = vec![broke.clone()];
    let [blocker] = world.evaluate(&DEPLOY, at(600)).try_into().unwrap();
    assert_eq!((blocker.gate, blocker.cleared_by), (Gate::Soak, Clearance::Incident { incident: broke.id }));
    broke.closed_at = Some(at(500));
    world.incidents = vec![broke.clone()];
    let [blocker] = world.evaluate(&DEPLOY, at(600)).try_into().unwrap();
    assert_eq!((blocker.gate, &blocker.cleared_by), (Gate::Soak, &Clearance::Time { at: at(800) }));
    assert!(blocker.detail.contains("began anew"), "{blocker:?}");
    // One that was over before the deployment, and one elsewhere, are none of its business.
    broke.closed_at = Some(at(60));
    let mut elsewhere = incident(0);
    elsewhere.closed_at = None;
    world.incidents = vec![broke, elsewhere];
    gates(&world, &[]);
}

#[test]
fn another_version_lets_a_soak_begin_anew() {
    let mut world = World::before_production();
    world.rules().soak_minutes = 5;
    world.deployments = vec![deployed(1, OURS, 1), deployed(1, 3, 3)];
    gates(&world, &[Gate::Upstream]);
    world.deployments.push(deployed(1, OURS, 8));
    assert_eq!(world.evaluate(&DEPLOY, at(600)).remove(0).cleared_by, Clearance::Time { at: at(8 * 60 + 5 * 60) });
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_path_that_shortens_nothing_changes_nothing(world in world(), seconds in 0i64..1_000_000) {
        let usual = world.gates(&DEPLOY, at(seconds));
        let mut marked = world;
        marked.release.hotfix = hotfix();
        prop_assert_eq!(&usual, &marked.gates(&DEPLOY, at(seconds)), "without a path");
        for environment in &mut marked.environments {
            environment.rules.hotfix = Some(same_as(&environment.rules));
        }
        prop_assert_eq!(&usual, &marked.gates(&DEPLOY, at(seconds)), "with the same path");
    }

    #[test]
    fn a_path_never_adds_a_gate_that_it_does_not_ask_for(world in world(), skips in any::<[bool; 3]>(), seconds in 0i64..1_000_000) {
        let usual = world.gates(&DEPLOY, at(seconds));
        let mut hot = world;
        hot.release.hotfix = hotfix();
        for (environment, is_skipped) in hot.environments.iter_mut().zip(skips) {
            environment.rules.hotfix = Some(HotfixRules { is_skipped, ..HotfixRules::default() });
        }
        // What is skipped lets an earlier environment be the one that is asked: its gates are those of the order.
        let of_order = [Gate::Upstream, Gate::Soak, Gate::UpstreamHealth, Gate::Checklist, Gate::Smoke, Gate::Uat];
        for gate in hot.gates(&DEPLOY, at(seconds)) {
            prop_assert!(usual.contains(&gate) || of_order.contains(&gate), "{gate:?} is new");
        }
    }

    #[test]
    fn the_more_are_optional_the_less_is_asked(world in world(), optional in any::<[bool; 3]>(), seconds in 0i64..1_000_000) {
        let mut lax = world;
        for (environment, is_optional) in lax.environments.iter_mut().zip(optional) {
            environment.rules.is_optional = is_optional;
        }
        let environment = &lax.environments[usize::from(lax.target)];
        let asked = required_before(&lax.facts(), environment);
        prop_assert!(asked.iter().all(|e| !e.rules.is_optional && e.position < environment.position));
        if optional.iter().all(|is| *is) {
            let gates = lax.gates(&DEPLOY, at(seconds));
            prop_assert!(asked.is_empty());
            prop_assert!(!gates.contains(&Gate::Upstream) && !gates.contains(&Gate::Soak) && !gates.contains(&Gate::UpstreamHealth));
        }
    }

    #[test]
    fn asking_for_fewer_never_blocks_more(world in world(), beside in any::<[bool; 3]>(), few in 1u8..4, seconds in 0i64..1_000_000) {
        let mut world = world;
        for (environment, is_beside) in world.environments.iter_mut().zip(beside) {
            environment.rules.is_beside = is_beside;
        }
        world.rules().upstream_at_least = 0;
        let all = world.evaluate(&DEPLOY, at(seconds)).len();
        world.rules().upstream_at_least = few;
        let some = world.evaluate(&DEPLOY, at(seconds)).len();
        prop_assert!(some <= all, "{some} instead of {all}");
    }
}
