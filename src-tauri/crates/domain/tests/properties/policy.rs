//! What holds of the policy under any facts. Each gate by itself is in `gates`.

use crate::config;
use crate::samples::{at, jonas};
use crate::world::{DEPLOY, ROLL_BACK, World, approval, deployed, lock, some_lock, world};
use pilothouse_domain::approval::{Verdict, tally};
use pilothouse_domain::lock::LockStrength;
use pilothouse_domain::policy::{Action, Blocker, Clearance, Gate, rollback_candidates};
use pilothouse_domain::product::EnvironmentRules;
use pilothouse_domain::release::MarkedBad;
use pilothouse_domain::{Actor, Timestamp, Version};
use proptest::prelude::*;

fn action() -> impl Strategy<Value = Action> {
    let verdict = any::<bool>().prop_map(|yes| if yes { Verdict::Approved } else { Verdict::Rejected });
    prop_oneof![
        6 => Just(DEPLOY),
        4 => any::<bool>().prop_map(|forced| Action::RollBack { deployment: None, forced }),
        1 => Just(Action::RequestApproval),
        1 => verdict.prop_map(|verdict| Action::Vote { by: jonas(), verdict }),
        1 => Just(Action::Complete),
    ]
}

fn now() -> impl Strategy<Value = Timestamp> {
    (0i64..20_000).prop_map(at)
}

/// Every gate of `fewer` is among those of `more`, as often.
fn covers(more: &[Gate], fewer: &[Gate]) -> bool {
    let count = |gates: &[Gate], gate| gates.iter().filter(|other| **other == gate).count();
    fewer.iter().all(|gate| count(more, *gate) >= count(fewer, *gate))
}

/// What a list of blockers says, whatever its order. Which of several deployments is named as the one under way is left out.
fn in_any_order(blockers: &[Blocker]) -> Vec<String> {
    let words = |b: &Blocker| match b.cleared_by {
        Clearance::EndOfDeployment { .. } => format!("{:?}", b.gate),
        _ => format!("{:?} {:?}", b.gate, b.cleared_by),
    };
    let mut said: Vec<String> = blockers.iter().map(words).collect();
    said.sort();
    said
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_further_lock_takes_no_blocker_away(world in world(), action in action(), now in now(), lock in some_lock()) {
        let before = world.gates(&action, now);
        let mut locked = world;
        locked.locks.push(lock);
        prop_assert!(covers(&locked.gates(&action, now), &before));
    }

    #[test]
    fn a_lock_that_holds_stops_every_deployment_and_no_rollback(world in world(), now in now(), everywhere in any::<bool>()) {
        let mut locked = world.clone();
        locked.locks.push(lock(99, (!everywhere).then_some(world.target), LockStrength::Stops));
        prop_assert!(locked.gates(&DEPLOY, now).contains(&Gate::Lock));
        prop_assert_eq!(locked.evaluate(&ROLL_BACK, now), world.evaluate(&ROLL_BACK, now));
    }

    #[test]
    fn a_rejection_takes_no_blocker_away_from_a_deployment(world in world(), now in now()) {
        let before = world.gates(&DEPLOY, now);
        let mut rejected = world;
        rejected.vote(Actor::person("Somebody Else"), Verdict::Rejected);
        prop_assert!(covers(&rejected.gates(&DEPLOY, now), &before));
        prop_assert!(rejected.gates(&DEPLOY, now).contains(&Gate::Approvals), "one no is enough, also where no vote is asked for");
        prop_assert!(!rejected.gates(&ROLL_BACK, now).contains(&Gate::Approvals), "and holds no rollback up");
    }

    #[test]
    fn an_approval_less_takes_no_blocker_away_from_a_deployment(world in world(), now in now(), index in any::<prop::sample::Index>()) {
        let approved: Vec<usize> =
            (0..world.approvals.len()).filter(|i| world.approvals[*i].verdict == Verdict::Approved).collect();
        prop_assume!(!approved.is_empty());
        let before = world.gates(&DEPLOY, now);
        let mut fewer = world;
        fewer.approvals.remove(approved[index.index(approved.len())]);
        prop_assert!(covers(&fewer.gates(&DEPLOY, now), &before));
    }

    #[test]
    fn votes_on_another_content_never_count(world in world(), now in now(), votes in 0usize..6) {
        let mut changed = world;
        for n in 0..votes {
            changed.approvals.push(approval(100 + n, "of an earlier plan", Actor::person(format!("Voter {n}")), Verdict::Approved));
        }
        let hash = changed.hash();
        let current: Vec<_> = changed.approvals.iter().filter(|a| a.content_hash == hash).cloned().collect();
        for self_approval in [false, true] {
            let rules = EnvironmentRules { self_approval, ..EnvironmentRules::default() };
            let (all, of_this) = (tally(&changed.approvals, &hash, &changed.release, &rules, now), tally(&current, &hash, &changed.release, &rules, now));
            prop_assert_eq!((all.counted, all.rejection), (of_this.counted, of_this.rejection));
        }
        // Any change of what was looked at voids every vote.
        changed.release.version = Version::new(9, 9, 9);
        changed.rules().required_approvals = 1;
        prop_assert!(changed.gates(&DEPLOY, now).contains(&Gate::Approvals));
    }

    #[test]
    fn what_is_marked_bad_goes_nowhere(world in world(), now in now(), forced in any::<bool>()) {
        let mut bad = world;
        bad.release.marked_bad = Some(MarkedBad { reason: "loses orders".into(), by: jonas(), at: at(0) });
        prop_assert!(bad.gates(&DEPLOY, now).contains(&Gate::MarkedBad));
        let back = Action::RollBack { deployment: None, forced };
        prop_assert!(bad.gates(&back, now).contains(&Gate::MarkedBad));
    }

    #[test]
    fn a_rollback_goes_only_to_what_was_verified_there(world in world(), now in now(), forced in any::<bool>()) {
        let environment = world.environments[usize::from(world.target)].id;
        let verified = world
            .deployments
            .iter()
            .any(|d| d.environment_id == environment && d.release_id == world.release.id && d.version == world.release.version && d.is_verified());
        let gates = world.gates(&Action::RollBack { deployment: None, forced }, now);
        prop_assert_eq!(!verified, gates.contains(&Gate::VerifiedBefore));
    }

    #[test]
    fn the_order_of_what_is_known_does_not_matter(world in world(), action in action(), now in now(), turn in 0usize..8) {
        let before = in_any_order(&world.evaluate(&action, now));
        let mut turned = world;
        turned.approvals.reverse();
        turned.deployments.reverse();
        turned.locks.reverse();
        turned.incidents.reverse();
        turned.health.reverse();
        if !turned.deployments.is_empty() {
            let by = turn % turned.deployments.len();
            turned.deployments.rotate_left(by);
        }
        prop_assert_eq!(before, in_any_order(&turned.evaluate(&action, now)));
    }

    #[test]
    fn blockers_come_sorted_and_say_something(world in world(), action in action(), now in now()) {
        let blockers = world.evaluate(&action, now);
        prop_assert!(blockers.is_sorted_by_key(|b| b.gate));
        for blocker in &blockers {
            prop_assert!(!blocker.title.is_empty() && !blocker.detail.is_empty(), "{blocker:?}");
            prop_assert!(!blocker.title.ends_with('.'), "a title is no sentence: {blocker:?}");
            if let Clearance::Time { at } = blocker.cleared_by {
                prop_assert!(at > now, "what clears by itself clears later: {blocker:?}");
            }
        }
    }

    #[test]
    fn a_soak_ends_at_its_minute_exactly(minutes in 1u32..10_000, early in 1i64..1_000_000) {
        let mut world = World::before_production();
        world.rules().soak_minutes = minutes;
        let ends = at(60 + i64::from(minutes) * 60);
        let soaks = |now| world.gates(&DEPLOY, now).contains(&Gate::Soak);
        prop_assert!(!soaks(ends));
        prop_assert!(soaks(Timestamp::from_micros(ends.as_micros() - early).unwrap()));
    }

    #[test]
    fn what_can_be_gone_back_to_is_listed_and_nothing_else(world in world(), now in now()) {
        let environment = world.environments[usize::from(world.target)].id;
        let candidates = rollback_candidates(&world.deployments, environment);
        for candidate in &candidates {
            prop_assert!(candidate.is_verified() && candidate.environment_id == environment);
        }
        let versions: Vec<_> = candidates.iter().map(|d| &d.version).collect();
        prop_assert!(versions.iter().enumerate().all(|(n, v)| !versions[..n].contains(v)), "each version once");
        let gates = world.gates(&ROLL_BACK, now);
        let possible = !gates.contains(&Gate::VerifiedBefore) && !gates.contains(&Gate::AlreadyThere);
        let listed = candidates.iter().any(|d| d.release_id == world.release.id);
        prop_assert!(!listed || possible, "{gates:?}");
    }
}

#[test]
fn a_newer_deployment_elsewhere_is_in_nobodys_way() {
    let mut world = World::before_production();
    world.deployments.push(deployed(0, 5, 2));
    assert_eq!(world.gates(&DEPLOY, at(1_000)), []);
}

#[test]
fn a_deployment_to_nowhere_is_refused() {
    let mut world = World::calm();
    world.target = 9;
    for action in [DEPLOY, ROLL_BACK] {
        assert_eq!(world.gates(&action, at(0)), [Gate::Plan]);
    }
}
