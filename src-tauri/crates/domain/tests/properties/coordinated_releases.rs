//! Coordinated releases under any sequence of events: the order of stages holds, nothing starts after a stop, nothing starts twice.

use pilothouse_domain::coordinated_release::{
    CoordinatedRun, CoordinatedRunDue as Due, CoordinatedRunEvent as E, CoordinatedRunState, HeldMember, MemberBack, RunMember,
    RunMemberState, WayBackChoice, apply,
};
use pilothouse_domain::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

const fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn at(step: usize) -> Timestamp {
    Timestamp::from_micros(step as i64 * 1_000_000).unwrap()
}

fn run(stages: &[u16]) -> CoordinatedRun {
    let member = |(n, stage): (u128, &u16)| RunMember {
        product_id: ProductId::new(id(n)),
        product: format!("product {n}"),
        release_id: ReleaseId::new(id(n)),
        version: Version::new(1, 2, 0),
        content: "c0ffee".into(),
        wanted_at: at(0),
        environment_id: Some(EnvironmentId::new(id(n))),
        stage: *stage,
        state: if *stage == 9 { RunMemberState::Skipped } else { RunMemberState::Waiting },
        deployments: Vec::new(),
        back: None,
    };
    CoordinatedRun {
        id: CoordinatedRunId::new(id(900)),
        revision: 1,
        coordinated_release_id: CoordinatedReleaseId::new(id(901)),
        name: "Autumn".into(),
        environment: "production".into(),
        members: (1..).zip(stages).map(member).collect(),
        started_by: Actor::Engine,
        started_at: at(0),
        state: CoordinatedRunState::UnderWay,
        back: None,
    }
}

/// An event of any kind about any member: most of them don't fit.
fn event(kind: u8, member: usize, run: &CoordinatedRun, step: usize) -> E {
    let about = &run.members[member % run.members.len()];
    let release = about.release_id;
    let by = Actor::person("Mira");
    let reason = "so it is".to_owned();
    let to = || WayBackChoice { release_id: ReleaseId::new(id(800)), version: Version::new(1, 1, 0), redeploy: false };
    let fresh = DeploymentId::new(id(1_000 + step as u128));
    let known = about.deployment().unwrap_or(fresh);
    let rollback = about.rollback().unwrap_or(fresh);
    match kind % 14 {
        0 | 1 => E::Started { release, deployment: fresh },
        2 => E::NotStarted { release, reason: HeldMember::NotStarted { message: reason } },
        3 | 4 => E::Arrived { deployment: known },
        5 => E::EndedOtherwise { deployment: known, message: reason },
        6 => E::LeftOut { release, by, reason },
        7 => E::TriedAgain { release, version: Version::new(1, 2, 0), content: reason },
        8 if step.is_multiple_of(5) => E::Cancelled { by, reason },
        8 | 9 => {
            let ways = run.to_go_back().iter().map(|member| (member.release_id, to())).collect();
            E::RollbackWanted { by, reason, ways, stay: Vec::new() }
        }
        10 => E::BackStarted { release, rollback: fresh },
        11 => E::BackArrived { release, rollback },
        12 => E::BackEndedOtherwise { rollback, message: reason },
        _ => E::BackTriedAgain { release, to: to() },
    }
}

fn waits_back(member: &RunMember) -> bool {
    !matches!(member.back, None | Some(MemberBack::Done { .. } | MemberBack::Stays(_)))
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn the_order_of_stages_holds_and_nothing_starts_after_a_stop(
        stages in prop::collection::vec(1_u16..5, 1..6),
        events in prop::collection::vec((0_u8..14, 0_usize..6), 0..80),
    ) {
        let mut run = run(&stages);
        let mut starts = BTreeSet::new();
        for (step, (kind, member)) in events.into_iter().enumerate() {
            let event = event(kind, member, &run, step);
            let Ok(next) = apply(&run, event.clone(), at(step)) else { continue };
            match &event {
                E::Started { release, deployment } => {
                    let own = run.member(*release).unwrap();
                    prop_assert_eq!(&run.state, &CoordinatedRunState::UnderWay);
                    prop_assert!(!run.asks(), "nothing starts while a person is asked");
                    prop_assert!(run.members.iter().filter(|m| m.stage < own.stage).all(RunMember::is_over));
                    prop_assert_eq!(&own.state, &RunMemberState::Waiting);
                    prop_assert!(starts.insert(*deployment));
                }
                E::BackStarted { release, .. } => {
                    let own = run.member(*release).unwrap();
                    prop_assert_eq!(&run.state, &CoordinatedRunState::RollingBack);
                    prop_assert!(!run.asks());
                    prop_assert!(!run.members.iter().any(|m| m.stage > own.stage && waits_back(m)), "the last stage goes back first");
                    prop_assert!(!own.deployments.is_empty(), "only what it deployed");
                }
                _ => {}
            }
            // A member is started once for each time that it waited: the deployments that it has are those starts.
            prop_assert_eq!(next.members.iter().map(|m| m.deployments.len()).sum::<usize>(), starts.len());
            if !run.is_open() {
                let reopens = matches!(event, E::RollbackWanted { .. });
                prop_assert!(reopens, "what is settled only goes back");
            }
            run = next;
        }
    }

    /// Whoever does what is due, and answers what is asked, comes to an end: everything arrives, and goes back in the reverse order.
    #[test]
    fn what_is_due_leads_to_an_end_and_back(stages in prop::collection::vec(prop_oneof![1_u16..4, Just(9)], 1..7)) {
        let mut run = run(&stages);
        run.members.push(RunMember { state: RunMemberState::Waiting, release_id: ReleaseId::new(id(99)), stage: 2, ..run.members[0].clone() });
        let (mut there, mut back) = (Vec::new(), Vec::new());
        for step in 0..100 {
            let event = match run.due() {
                Due::Start(release) => E::Started { release, deployment: DeploymentId::new(id(1_000 + step as u128)) },
                Due::GoBack(release) => E::BackStarted { release, rollback: DeploymentId::new(id(1_000 + step as u128)) },
                Due::Watch(watched) if run.state == CoordinatedRunState::UnderWay => {
                    there.push(run.member(watched[0].0).unwrap().stage);
                    E::Arrived { deployment: watched[0].1 }
                }
                Due::Watch(watched) => {
                    back.push(run.member(watched[0].0).unwrap().stage);
                    E::BackArrived { release: watched[0].0, rollback: watched[0].1 }
                }
                Due::Nothing if run.back.is_none() => event(9, 0, &run, step),
                Due::Nothing => break,
                Due::Ask => panic!("nobody was asked"),
            };
            run = apply(&run, event, at(step)).unwrap();
        }
        let is_back = matches!(run.state, CoordinatedRunState::RolledBack { .. });
        prop_assert!(is_back);
        prop_assert!(there.is_sorted());
        there.reverse();
        prop_assert_eq!(there, back);
    }
}
