//! Smoke tests in the policy: the latest run of a required test decides, and nothing else.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::samples::{at, environment_id, mira, uuid};
use crate::world::World;
use pilothouse_domain::checklist::{AutomaticItem, AutomaticVerdict};
use pilothouse_domain::policy::{Action, Gate};
use pilothouse_domain::smoke::{
    Interruption, ScenarioSource, SmokeCause, SmokeRun, SmokeRunState, SmokeScenario, SmokeSubject, SmokeTrigger, SmokeVerdict, StepResult,
    digest, flakiness,
};
use pilothouse_domain::{SmokeRunId, SmokeScenarioId};
use proptest::prelude::*;

const TEXT: &str = "name: A";
const DEPLOY: Action = Action::Deploy { deployment: None };

fn scenario(required: bool) -> SmokeScenario {
    SmokeScenario {
        id: SmokeScenarioId::new(uuid(700)),
        revision: 1,
        product_id: World::calm().release.product_id,
        name: "Checkout".into(),
        source: ScenarioSource::Written { text: TEXT.into() },
        environments: vec![environment_id(1)],
        trigger: SmokeTrigger::AfterDeployment,
        required,
    }
}

fn run(world: &World, seconds: i64, state: SmokeRunState) -> SmokeRun {
    SmokeRun {
        id: SmokeRunId::new(uuid(u128::try_from(seconds).unwrap() + 800)),
        revision: 1,
        product_id: world.release.product_id,
        environment_id: environment_id(1),
        environment: "staging".into(),
        release_id: world.release.id,
        version: world.release.version.clone(),
        commit: world.release.source.commit.clone(),
        subject: SmokeSubject::Scenario { scenario_id: SmokeScenarioId::new(uuid(700)) },
        name: "Checkout".into(),
        required: true,
        deployment_id: None,
        cause: SmokeCause::ByHand,
        digest: digest(TEXT),
        steps: vec!["one".into(), "two".into()],
        results: Vec::new(),
        report: None,
        state,
        requested_by: mira(),
        requested_at: at(1_000_000 + seconds),
    }
}

fn some_state() -> impl Strategy<Value = SmokeRunState> {
    prop_oneof![
        Just(SmokeRunState::Requested),
        Just(SmokeRunState::Running { begun_at: at(1) }),
        Just(SmokeRunState::Passed { at: at(1) }),
        Just(SmokeRunState::Failed { at: at(1), reason: "503".into() }),
        Just(SmokeRunState::Errored { at: at(1), reason: "no network".into() }),
    ]
}

fn result(verdict: SmokeVerdict, attempts: u16) -> StepResult {
    StepResult { name: "one".into(), verdict, attempts, took_us: 1, judged: Vec::new(), captured: Vec::new(), fault: None }
}

proptest! {
    #[test]
    fn the_latest_run_of_a_required_test_decides(states in prop::collection::vec(some_state(), 0..6), required in any::<bool>(), turn in any::<prop::sample::Index>()) {
        let mut world = World::before_production();
        world.smoke_scenarios = vec![scenario(required)];
        world.smoke_runs = (0..).zip(states.clone()).map(|(n, state)| run(&world, n, state)).collect();
        if !world.smoke_runs.is_empty() {
            let middle = turn.index(world.smoke_runs.len());
            world.smoke_runs.rotate_left(middle);
        }
        let has_passed = matches!(states.last(), Some(SmokeRunState::Passed { .. }));
        let gates = world.gates(&DEPLOY, at(2_000_000));
        prop_assert_eq!(gates.contains(&Gate::Smoke), required && !has_passed, "{:?}", gates);
        let back = Action::RollBack { deployment: None, forced: false };
        prop_assert!(!world.gates(&back, at(2_000_000)).contains(&Gate::Smoke), "a rollback is never held by it");
    }

    #[test]
    fn a_verdict_says_nothing_about_another_text_or_an_earlier_deployment(other_text in any::<bool>()) {
        let mut world = World::before_production();
        world.smoke_scenarios = vec![scenario(true)];
        let mut passed = run(&world, 0, SmokeRunState::Passed { at: at(1) });
        if other_text { passed.digest = digest("name: B") } else { passed.requested_at = at(0) }
        world.smoke_runs = vec![passed];
        let blocker = world.evaluate(&DEPLOY, at(2_000_000)).into_iter().find(|blocker| blocker.gate == Gate::Smoke).unwrap();
        prop_assert!(blocker.title.contains("out of date"), "{:?}", blocker);
    }

    #[test]
    fn a_run_ends_once_and_never_goes_on(verdicts in prop::collection::vec(prop_oneof![Just(SmokeVerdict::Passed), Just(SmokeVerdict::Failed), Just(SmokeVerdict::Errored)], 1..4)) {
        let world = World::before_production();
        let mut now = run(&world, 0, SmokeRunState::Requested).begun(digest(TEXT), vec!["one".into(), "two".into()], at(5)).unwrap();
        for verdict in verdicts {
            match now.stepped(result(verdict, 1), at(6)) {
                Some(next) => {
                    prop_assert!(!now.state.is_ended());
                    now = next;
                }
                None => prop_assert!(now.state.is_ended()),
            }
        }
        let stopped = now.interrupted(&Interruption::Stopped, at(7));
        prop_assert_eq!(stopped.is_none(), now.state.is_ended());
        if let Some(stopped) = stopped {
            prop_assert_eq!(stopped.state.word(), "errored");
            prop_assert!(stopped.stepped(result(SmokeVerdict::Passed, 1), at(8)).is_none());
        }
        prop_assert!(now.begun(String::new(), Vec::new(), at(9)).is_none());
    }
}

#[test]
fn an_item_of_a_checklist_says_what_the_smoke_tests_say() {
    let mut world = World::before_production();
    let says = |world: &World| world.automatic_sight().judge(&AutomaticItem::SmokeTestsPass, environment_id(1));
    assert!(matches!(says(&world), AutomaticVerdict::NoData { reason } if reason.contains("No smoke test is required")));
    world.smoke_scenarios = vec![scenario(true)];
    assert_eq!(says(&world), AutomaticVerdict::NoData { reason: "Checkout has not run".into() });
    world.smoke_runs = vec![run(&world, 1, SmokeRunState::Failed { at: at(1), reason: "503.".into() })];
    assert_eq!(says(&world), AutomaticVerdict::Failed { reason: "Checkout failed: 503".into() });
    world.smoke_runs.push(run(&world, 2, SmokeRunState::Passed { at: at(1_000_002) }));
    assert_eq!(says(&world), AutomaticVerdict::Passed { evidence: "Checkout passed".into() });
    world.smoke_scenarios = vec![scenario(false)];
    assert!(!says(&world).has_passed(), "what nobody requires proves nothing");
}

#[test]
fn a_test_that_contradicts_itself_is_flaky() {
    let world = World::before_production();
    let passed = || run(&world, 1, SmokeRunState::Passed { at: at(1) });
    let failed = || run(&world, 2, SmokeRunState::Failed { at: at(1), reason: String::new() });
    let errored = || run(&world, 3, SmokeRunState::Errored { at: at(1), reason: String::new() });
    assert_eq!(flakiness(&[passed(), passed(), errored()]), None, "what could not be told says nothing");
    assert_eq!(flakiness(&[failed(), failed()]), None);
    assert!(flakiness(&[passed(), failed()]).is_some());
    let retried = SmokeRun { results: vec![result(SmokeVerdict::Passed, 2)], ..passed() };
    assert_eq!(flakiness(&[retried]).unwrap().retried, 1);
}
