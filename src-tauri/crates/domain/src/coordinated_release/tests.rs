//! The order of stages, what asks a person, and the way back in reverse.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::CoordinatedRunDue as Due;
use super::CoordinatedRunEvent as E;
use super::*;
use crate::*;
use uuid::Uuid;

const fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

const fn release(n: u128) -> ReleaseId {
    ReleaseId::new(id(n))
}

const fn deployment(n: u128) -> DeploymentId {
    DeploymentId::new(id(n))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn run(stages: &[u16]) -> CoordinatedRun {
    let member = |(n, stage): (u128, &u16)| RunMember {
        product_id: ProductId::new(id(n)),
        product: format!("product {n}"),
        release_id: release(n),
        version: Version::new(1, 2, 0),
        content: "c0ffee".into(),
        wanted_at: at(0),
        environment_id: Some(EnvironmentId::new(id(n))),
        stage: *stage,
        state: RunMemberState::Waiting,
        deployments: Vec::new(),
        back: None,
    };
    CoordinatedRun {
        id: CoordinatedRunId::new(id(900)),
        revision: 1,
        coordinated_release_id: CoordinatedReleaseId::new(id(901)),
        name: "Autumn".into(),
        environment: "Production".into(),
        members: (1..).zip(stages).map(member).collect(),
        started_by: Actor::person("Mira"),
        started_at: at(0),
        state: CoordinatedRunState::UnderWay,
        back: None,
    }
}

fn go(run: &CoordinatedRun, events: Vec<E>) -> CoordinatedRun {
    events.into_iter().fold(run.clone(), |run, event| apply(&run, event, at(9)).unwrap())
}

fn started(n: u128) -> E {
    E::Started { release: release(n), deployment: deployment(n) }
}

fn arrived(n: u128) -> E {
    E::Arrived { deployment: deployment(n) }
}

fn to() -> WayBackChoice {
    WayBackChoice { release_id: release(77), version: Version::new(1, 1, 0), redeploy: false }
}

fn back(members: &[u128]) -> E {
    let ways = members.iter().map(|n| (release(*n), to())).collect();
    E::RollbackWanted { by: Actor::person("Mira"), reason: "prices are wrong".into(), ways, stay: Vec::new() }
}

#[test]
fn a_stage_goes_side_by_side_and_the_next_waits_for_it() {
    let run = run(&[1, 1, 2]);
    assert_eq!(run.due(), Due::Start(release(1)));
    assert!(apply(&run, started(3), at(1)).is_err(), "its stage has not come");
    let run = go(&run, vec![started(1)]);
    assert_eq!(run.due(), Due::Start(release(2)));
    assert!(apply(&run, started(1), at(1)).is_err(), "once");
    let run = go(&run, vec![started(2), arrived(1)]);
    assert_eq!(run.due(), Due::Watch(vec![(release(2), deployment(2))]));
    let run = go(&run, vec![arrived(2)]);
    assert_eq!(run.due(), Due::Start(release(3)));
    let run = go(&run, vec![started(3), arrived(3)]);
    assert_eq!((run.due(), run.state), (Due::Nothing, CoordinatedRunState::Done { at: at(9) }));
}

#[test]
fn a_failed_member_asks_and_nothing_starts_until_it_is_answered() {
    let failed = E::EndedOtherwise { deployment: deployment(1), message: "its run failed".into() };
    let run = go(&run(&[1, 1, 2]), vec![started(1), failed]);
    assert_eq!((run.asks(), run.due()), (true, Due::Ask));
    assert!(apply(&run, started(2), at(1)).is_err());
    let again = go(&run, vec![E::TriedAgain { release: release(1), version: Version::new(1, 2, 1), content: "cafe".into() }]);
    assert_eq!((again.due(), again.members[0].version.to_string().as_str()), (Due::Start(release(1)), "1.2.1"), "as it is now");
    assert_eq!(again.members[0].wanted_at, at(9));
    let second = E::Started { release: release(1), deployment: deployment(50) };
    assert_eq!(go(&again, vec![second]).members[0].deployments, [deployment(1), deployment(50)]);
    let out = go(&run, vec![E::LeftOut { release: release(1), by: Actor::person("Jonas"), reason: "next week".into() }]);
    assert_eq!(out.due(), Due::Start(release(2)));
    assert_eq!(out.to_go_back().len(), 1, "what it left half done goes back with the others");
}

#[test]
fn it_goes_back_in_the_reverse_order_and_asks_about_what_cant() {
    let run = go(&run(&[1, 2, 3]), vec![started(1), arrived(1), started(2), arrived(2)]);
    assert_eq!(
        apply(&run, back(&[2]), at(1)).unwrap_err().to_string(),
        "it is not said where product 1 1.2.0 goes back to, or why it stays"
    );
    let run = go(&run, vec![back(&[1, 2])]);
    assert_eq!(run.due(), Due::GoBack(release(2)));
    assert!(apply(&run, started(3), at(1)).is_err(), "nothing goes forward any more");
    let early = E::BackStarted { release: release(1), rollback: deployment(61) };
    assert!(apply(&run, early.clone(), at(1)).is_err());
    let run = go(&run, vec![E::BackStarted { release: release(2), rollback: deployment(62) }]);
    assert_eq!(run.due(), Due::Watch(vec![(release(2), deployment(62))]));
    let run = go(&run, vec![E::BackEndedOtherwise { rollback: deployment(62), message: "its run failed".into() }]);
    assert_eq!(run.due(), Due::Ask);
    let kept = E::Stays { release: release(2), by: Actor::person("Mira"), reason: "repaired by hand".into() };
    let run = go(&run, vec![kept, early]);
    let run = go(&run, vec![E::BackArrived { release: release(1), rollback: deployment(61) }]);
    assert_eq!((run.due(), run.state), (Due::Nothing, CoordinatedRunState::RolledBack { at: at(9) }));
}

#[test]
fn a_cancelled_run_starts_nothing_and_may_still_go_back() {
    let cancel = E::Cancelled { by: Actor::person("Mira"), reason: "later".into() };
    let run = go(&run(&[1, 2]), vec![started(1), cancel.clone()]);
    assert_eq!((run.due(), run.is_open()), (Due::Nothing, false));
    assert!(apply(&run, cancel, at(1)).is_err());
    assert!(apply(&run, arrived(1), at(1)).is_err());
    assert_eq!(go(&run, vec![back(&[1])]).due(), Due::GoBack(release(1)));
    assert!(apply(&super::tests::run(&[1]), back(&[]), at(1)).is_err(), "nothing is deployed");
}

#[test]
fn environments_are_the_same_by_what_people_read() {
    assert!(same_environment("Production ", "production"));
    assert!(!same_environment("production-eu", "production"));
}
