//! What holds of the risk score under any facts, and each of its parts by itself.

use crate::config;
use crate::samples::{at, release_id, uuid};
use crate::uat::{decided, feedback, round};
use crate::world::{OURS, World, deployed, unfinished, world};
use pilothouse_domain::DeploymentId;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::deployment::{DeploymentKind, DeploymentState};
use pilothouse_domain::risk::{Risk, RiskKind, RiskLevel, assess};
use pilothouse_domain::uat::TriageWord;
use proptest::prelude::*;

const NOON: i64 = 12 * 3_600;

fn points(world: &World, kind: RiskKind) -> (u8, String) {
    let risk = assess(&world.facts(), at(NOON));
    let part = risk.parts.into_iter().find(|part| part.kind == kind).unwrap();
    (part.points, part.detail)
}

fn commits(count: usize) -> Vec<Commit> {
    (0..count)
        .map(|n| Commit::from_message(format!("{n:040}"), "feat: more", "Mira Okafor".to_owned(), Some(at(NOON - 3 * 86_400))))
        .collect()
}

fn paths(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

/// A later version whose changes are known.
fn later() -> World {
    let mut world = World::calm();
    world.release.changes_since = Some("v1.3.0".to_owned());
    world.release.changelog = commits(5);
    world.release.changed_paths = paths(&["src/basket.rs"]);
    world
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_score_is_the_sum_of_its_parts_and_each_keeps_its_bounds(world in world(), now in 0i64..20_000) {
        let Risk { score, level, parts } = assess(&world.facts(), at(now));
        prop_assert_eq!(parts.iter().map(|part| part.kind).collect::<Vec<_>>(), RiskKind::ALL);
        prop_assert!(parts.iter().all(|part| part.points <= part.kind.most() && part.detail.ends_with('.')));
        prop_assert_eq!(parts.iter().map(|part| u32::from(part.points)).sum::<u32>(), u32::from(score));
        prop_assert!(score <= 100);
        prop_assert_eq!(level, RiskLevel::of(score));
    }

    #[test]
    fn a_further_commit_or_file_takes_no_points_away(count in 0usize..80, file in "[a-z]{1,4}/[a-z]{1,4}\\.(sql|rs|tf)") {
        let mut few = later();
        few.release.changelog = commits(count);
        let mut more = few.clone();
        more.release.changelog = commits(count + 1);
        more.release.changed_paths.as_mut().unwrap().push(file);
        for kind in [RiskKind::Size, RiskKind::Paths, RiskKind::Age] {
            prop_assert!(points(&more, kind).0 >= points(&few, kind).0);
        }
    }
}

#[test]
fn size_paths_and_age_say_what_they_found() {
    let mut world = later();
    assert_eq!(points(&world, RiskKind::Size), (2, "5 commits in 1 file.".to_owned()));
    assert_eq!(points(&world, RiskKind::Paths), (0, "No migrations, infrastructure or dependencies.".to_owned()));
    assert_eq!(points(&world, RiskKind::Age), (1, "Its oldest change is 3 days old.".to_owned()));

    world.release.changed_paths = paths(&["db/migrations/7.sql", "Cargo.lock", "Dockerfile", "deploy/web.yml"]);
    let found = "Changes 1 database migration, 2 files of infrastructure or pipelines, 1 list of dependencies.";
    assert_eq!(points(&world, RiskKind::Paths), (25, found.to_owned()));

    world.release.changed_paths = None;
    assert_eq!(points(&world, RiskKind::Paths).0, 13);
    world.release.changes_since = None;
    assert_eq!(points(&world, RiskKind::Size), (20, "The first release: everything in it is new.".to_owned()));
}

#[test]
fn releases_that_failed_or_were_taken_back_count() {
    let mut world = later();
    assert_eq!(points(&world, RiskKind::History), (5, "0 releases came to production before: too few to tell.".to_owned()));
    world.deployments = (10..14).map(|number| deployed(2, number, i64::try_from(number).unwrap())).collect();
    assert_eq!(points(&world, RiskKind::History), (0, "0 of the last 4 releases to production failed or were rolled back.".to_owned()));

    let failed = DeploymentState::Failed { at: at(2_000), reason: "it crashed".to_owned() };
    world.deployments.push(unfinished(2, 15, 77, failed));
    let mut back = deployed(2, 12, 30);
    back.id = DeploymentId::new(uuid(123_456));
    back.kind = DeploymentKind::Rollback { parent: Some(world.deployments[3].id), reason: "slow".to_owned() };
    world.deployments.push(back);
    assert_eq!(points(&world, RiskKind::History), (16, "2 of the last 5 releases to production failed or were rolled back.".to_owned()));

    // What the release itself did before is no history of others.
    let own = world.deployments.iter().filter(|d| d.release_id == release_id(OURS)).count();
    world.deployments.push(deployed(2, OURS, 90));
    assert_eq!((own, points(&world, RiskKind::History).0), (0, 16));
}

#[test]
fn people_who_tested_count_for_this_very_version() {
    let mut world = later();
    assert_eq!(points(&world, RiskKind::Uat), (5, "Nobody was asked to test it.".to_owned()));
    let mut asked = round(1, Vec::new());
    (asked.release_id, asked.version, asked.commit) =
        (world.release.id, world.release.version.clone(), world.release.source.commit.clone());
    world.rounds = vec![asked.clone()];
    assert_eq!(points(&world, RiskKind::Uat), (5, "User acceptance testing is not signed off.".to_owned()));
    let mut blocker = feedback(1, &asked);
    blocker.triage = decided(TriageWord::Blocker);
    world.feedback = vec![blocker];
    assert_eq!(points(&world, RiskKind::Uat).0, 10);
    world.release.source.commit = "f".repeat(40);
    assert_eq!(points(&world, RiskKind::Uat).0, 5, "a round about another commit says nothing");
}
