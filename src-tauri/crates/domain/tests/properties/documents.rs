//! Documents and training: what holds a deployment where an environment asks for them, and what doesn't count.

use crate::config;
use crate::samples::{at, mira, uuid};
use crate::world::{DEPLOY, ROLL_BACK, World};
use pilothouse_domain::document::{
    Document, DocumentKind, DocumentSource, MAX_KEPT, Reading, Retired, Review, ReviewedRelease, for_release, overdue, stale, unread,
};
use pilothouse_domain::policy::{Blocker, Clearance, Gate};
use pilothouse_domain::release::{MarkedBad, Release, ReleaseState};
use pilothouse_domain::training::{Course, Part, Proof, Question, Quiz, QuizFault, Trainee, TrainingRecord, course, mark, valid_quiz};
use pilothouse_domain::{CourseId, DocumentId, ProductId, Timestamp, TrainingRecordId, TrainingSessionId, Version};
use proptest::prelude::*;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3_600);

pub(crate) fn manual() -> Document {
    Document {
        id: DocumentId::new(uuid(60_000)),
        revision: 1,
        product_id: ProductId::new(uuid(1)),
        kind: DocumentKind::OperationsManual,
        title: "Operations".into(),
        owner: "Jonas".into(),
        source: DocumentSource::Written,
        number: 2,
        paths: vec!["deploy/**".into()],
        review_days: None,
        readers: Vec::new(),
        reviews: Vec::new(),
        readings: Vec::new(),
        added_by: mira(),
        added_at: at(0),
        retired: None,
    }
}

fn review(number: u32, release: Option<&Release>, second: i64) -> Review {
    Review { number, release: release.map(ReviewedRelease::of), remark: String::new(), by: mira(), at: at(second) }
}

pub(crate) fn runbook_course() -> Course {
    let people = ["Aiko", "Jonas"].map(|name| Trainee { name: name.into(), email: None });
    Course {
        id: CourseId::new(uuid(61_000)),
        revision: 1,
        product_id: ProductId::new(uuid(1)),
        title: "The new basket".into(),
        description: String::new(),
        material: Vec::new(),
        audience: people.into(),
        paths: Vec::new(),
        each_release: false,
        needs_attendance: true,
        needs_acknowledgement: false,
        quiz: None,
        valid_days: None,
        edition: 1,
        added_by: mira(),
        added_at: at(0),
        retired: None,
    }
}

pub(crate) fn record(number: u128, person: &str, proof: Proof, second: i64) -> TrainingRecord {
    TrainingRecord {
        id: TrainingRecordId::new(uuid(62_000 + number)),
        revision: 1,
        product_id: ProductId::new(uuid(1)),
        course_id: CourseId::new(uuid(61_000)),
        edition: 1,
        person: person.into(),
        proof,
        release: None,
        by: mira(),
        at: at(second),
        withdrawn: None,
    }
}

fn attended() -> Proof {
    Proof::Attended { session_id: TrainingSessionId::new(uuid(63_000)) }
}

fn held(world: &World, now: Timestamp) -> Vec<Blocker> {
    let of = |blocker: &Blocker| matches!(blocker.gate, Gate::Documents | Gate::Training);
    world.evaluate(&DEPLOY, now).into_iter().filter(of).collect()
}

#[test]
fn a_touched_document_holds_until_its_version_is_reviewed_for_the_release_as_it_is() {
    let mut world = World::calm();
    world.release.changed_paths = Some(vec!["deploy/values.yaml".into()]);
    world.documents = vec![manual()];
    assert_eq!(held(&world, at(1)), [], "an environment has to ask for it");
    world.rules().needs_documents = true;
    let [blocker] = &held(&world, at(1))[..] else { panic!("one blocker") };
    assert_eq!((blocker.gate, blocker.title.as_str()), (Gate::Documents, "“Operations” is not reviewed for 1.4.0"));
    assert_eq!(blocker.detail, "deploy/values.yaml was changed. Jonas brings it up to date, or says that it is.");
    assert_eq!(blocker.cleared_by, Clearance::Documenting { document: manual().id });

    let mut other = world.release.clone();
    other.source.commit = "another".into();
    for (lapsed, why) in [
        (review(1, Some(&world.release), 1), "an older version"),
        (review(2, Some(&other), 1), "another commit"),
        (review(2, None, 1), "no release"),
    ] {
        world.documents = vec![manual().reviewed(lapsed)];
        assert_eq!(held(&world, at(2)).len(), 1, "a review of {why} doesn't count");
    }
    world.documents = vec![manual().reviewed(review(2, Some(&world.release), 1))];
    assert_eq!(held(&world, at(2)), []);

    world.documents = vec![manual()];
    world.release.changed_paths = Some(vec!["web/basket.ts".into()]);
    assert_eq!(held(&world, at(1)), [], "untouched");
    world.release.changed_paths = None;
    assert!(held(&world, at(1))[0].detail.starts_with("Which paths were changed is not known."));
    world.documents[0].retired = Some(Retired { by: mira(), at: at(1), reason: String::new() });
    assert_eq!(held(&world, at(1)), []);
}

#[test]
fn each_version_is_read_by_those_who_have_to() {
    let mut world = World::calm();
    world.rules().needs_documents = true;
    world.release.changed_paths = Some(Vec::new());
    let names: Vec<String> = ["Aiko", "Jonas", "Lea", "Tom", "Uma"].map(str::to_owned).into();
    let mut document = Document { readers: names, ..manual() };
    let reading = |number, person: &str| Reading { number, person: person.into(), by: mira(), at: at(1) };
    document = document.read(reading(2, "aiko ")).read(reading(1, "Jonas")).read(reading(2, "Aiko"));
    assert_eq!(document.readings.len(), 2, "once for each version");
    world.documents = vec![document];
    let [blocker] = &held(&world, at(1))[..] else { panic!("one blocker") };
    assert_eq!(blocker.title, "4 people have not read “Operations”");
    assert_eq!(blocker.detail, "Version 2 is to be read by Jonas, Lea, Tom, and 1 more.");
    world.documents[0].number = 0;
    assert_eq!(unread(&world.documents[0]).len(), 5);
    assert!(held(&world, at(1))[0].title.contains("has no text yet"));
}

#[test]
fn a_document_grows_old_by_time_and_by_what_releases_changed() {
    let mut document = Document { review_days: Some(30), ..manual() };
    let (month, now) = (at(0).plus(DAY * 30), at(0).plus(DAY * 29));
    assert_eq!((overdue(&document, now), overdue(&document, month)), (None, Some(month)));
    let release = |number: u64, second: i64, paths: &[&str]| {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Release { changed_paths: Some(paths), drafted_at: at(second), ..crate::samples::release(number, None, ReleaseState::Planned) }
    };
    let mut releases = vec![release(1, 10, &["deploy/a"]), release(2, 20, &["web/b"]), release(3, 30, &["deploy/c"])];
    assert_eq!(stale(&document, &releases, now), ["1.1.0: deploy/a was changed", "1.3.0: deploy/c was changed"]);
    releases[2].state = ReleaseState::Aborted { at: at(31), reason: "x".into() };
    assert_eq!(stale(&document, &releases, now).len(), 1, "what was given up has changed nothing");
    document = document.reviewed(review(2, Some(&releases[1]), 40));
    assert_eq!(stale(&document, &releases, now), Vec::<String>::new(), "a later release covers the earlier ones");
    assert_eq!(stale(&document, &[], month.plus(DAY)), ["it is to be reviewed every 30 days"]);
    let many = (0..MAX_KEPT + 7).fold(document, |document, _| document.reviewed(review(2, None, 50)));
    assert_eq!(many.reviews.len(), MAX_KEPT);
}

#[test]
fn an_untrained_audience_holds_and_is_named() {
    let mut world = World::calm();
    world.courses = vec![runbook_course()];
    assert_eq!(held(&world, at(1)), []);
    world.rules().needs_training = true;
    let [blocker] = &held(&world, at(1))[..] else { panic!("one blocker") };
    assert_eq!((blocker.gate, blocker.title.as_str()), (Gate::Training, "2 people are not trained in “The new basket”"));
    assert_eq!(blocker.detail, "Aiko has not attended; Jonas has not attended. For 1.4.0, each release asks for it.");
    world.training = vec![record(1, "AIKO", attended(), 1), record(2, "Jonas", Proof::Acknowledged, 1)];
    assert_eq!(held(&world, at(2))[0].title, "1 person is not trained in “The new basket”");
    world.training.push(record(3, "Jonas", attended(), 1));
    assert_eq!(held(&world, at(2)), []);

    world.courses[0].edition = 2;
    assert_eq!(held(&world, at(2)).len(), 1, "everybody is to be trained anew");
    world.courses[0].edition = 1;
    world.courses[0].each_release = true;
    assert_eq!(held(&world, at(2)).len(), 1, "each release needs a training of its own");
    let of = ReviewedRelease::of(&world.release);
    world.training.iter_mut().for_each(|record| record.release = Some(of.clone()));
    assert_eq!(held(&world, at(2)), []);
    world.training[0].withdrawn = Some(Retired { by: mira(), at: at(2), reason: String::new() });
    assert_eq!(held(&world, at(2)).len(), 1);
    world.courses[0].paths = vec!["web/**".into()];
    world.release.changed_paths = Some(vec!["deploy/x".into()]);
    assert_eq!(held(&world, at(2)), [], "this release doesn't ask for it");
}

#[test]
fn a_training_ends_and_the_missing_parts_are_told() {
    let quiz = Quiz { questions: vec![question(&[0])], pass_percent: 100 };
    let known = Course { valid_days: Some(10), quiz: Some(quiz), needs_acknowledgement: true, ..runbook_course() };
    let passed = |passed| Proof::Quiz { right: u32::from(passed), of: 1, passed };
    let records = [
        record(1, "Aiko", attended(), 0),
        record(2, "Aiko", passed(true), 100),
        record(3, "Aiko", Proof::Acknowledged, 200),
        record(4, "Jonas", passed(false), 100),
    ];
    let early = course(&known, &records, None, at(300));
    assert_eq!((early[0].missing.len(), early[0].valid_until), (0, Some(at(0).plus(DAY * 10))));
    assert_eq!(early[1].missing.iter().map(|m| m.part).collect::<Vec<_>>(), [Part::Attendance, Part::Quiz, Part::Acknowledgement]);
    let late = course(&known, &records, None, at(0).plus(DAY * 10));
    assert_eq!(late[0].missing.iter().map(pilothouse_domain::training::Missing::words).collect::<Vec<_>>(), ["attended too long ago"]);
}

#[test]
fn a_rollback_waits_for_neither() {
    let mut world = World::before_production();
    world.documents = vec![manual()];
    world.courses = vec![runbook_course()];
    for environment in &mut world.environments {
        (environment.rules.needs_documents, environment.rules.needs_training) = (true, true);
    }
    assert_eq!(held(&world, at(5)).len(), 2);
    world.release.marked_bad = Some(MarkedBad { reason: "x".into(), by: mira(), at: at(1) });
    let gates = world.gates(&ROLL_BACK, at(5));
    assert!(!gates.contains(&Gate::Documents) && !gates.contains(&Gate::Training), "{gates:?}");
}

fn question(right: &[u8]) -> Question {
    Question { text: " Which? ".into(), options: vec!["a".into(), "b".into(), "c".into()], right: right.into() }
}

#[test]
fn what_is_no_quiz_is_told() {
    let quiz = |questions, pass_percent| valid_quiz(Quiz { questions, pass_percent });
    assert_eq!(quiz(vec![], 50), Err(QuizFault::Count));
    assert_eq!(quiz(vec![question(&[0])], 0), Err(QuizFault::PassMark));
    assert_eq!(quiz(vec![question(&[0]), question(&[])], 50), Err(QuizFault::Right { place: 2 }));
    assert_eq!(quiz(vec![question(&[3])], 50), Err(QuizFault::Right { place: 1 }));
    assert_eq!(quiz(vec![Question { options: vec!["a".into()], ..question(&[0]) }], 50), Err(QuizFault::Options { place: 1 }));
    assert_eq!(quiz(vec![Question { text: " ".into(), ..question(&[0]) }], 50), Err(QuizFault::Text { place: 1 }));
    let kept = quiz(vec![question(&[2, 0, 2])], 50).unwrap();
    assert_eq!((kept.questions[0].right.clone(), kept.questions[0].text.as_str()), (vec![0, 2], "Which?"));
    let marked = mark(&kept, &[vec![2, 0]]);
    assert!(marked.passed && marked.wrong.is_empty());
    assert!(!mark(&kept, &[vec![0]]).passed, "half an answer is wrong");
}

#[test]
fn what_counts_is_what_the_environment_gets() {
    use crate::world::deployed;
    use pilothouse_domain::arriving::ReleaseChanges;
    let mut world = World::before_production();
    world.environments[2].rules.needs_documents = true;
    world.documents = vec![Document { title: "Deploying".into(), ..manual() }];
    world.release.changes_since = Some("v1.3.0".into());
    world.release.changed_paths = Some(vec!["src/main.rs".into()]);
    assert_eq!(world.gates(&DEPLOY, at(600)), [], "its own changes touch nothing, and nothing was there before");
    // Production has 1.2; what 1.3 has changed comes to it with this one, though 1.3 was never there.
    let paths = |path: &str| Some(vec![path.to_owned()]);
    let mut earlier = deployed(2, 2, 1);
    (earlier.tag, earlier.commit) = ("v1.2.0".into(), "c2".into());
    world.deployments.push(earlier);
    let of = |number: u64, since: &str, path: &str| ReleaseChanges {
        release_id: crate::samples::release_id(number),
        tag: format!("v1.{number}.0"),
        commit: format!("c{number}"),
        since: Some(since.into()),
        paths: paths(path),
        commits: 1,
    };
    world.releases = vec![of(2, "v1.1.0", "deploy/old.yaml"), of(3, "v1.2.0", "deploy/values.yaml")];
    let blockers = world.evaluate(&DEPLOY, at(600));
    assert!(blockers.len() == 1 && blockers[0].detail.contains("deploy/values.yaml was changed"), "{blockers:#?}");
    world.releases[1].paths = paths("src/lib.rs");
    assert_eq!(world.gates(&DEPLOY, at(600)), [], "what production had already counts no more");
    world.releases.remove(1);
    assert!(world.evaluate(&DEPLOY, at(600))[0].detail.contains("not known"), "a gap is not taken for unchanged");
    // Production has one of another line, which has changed the deployment since they parted.
    world.release.changes_since = Some("v1.2.0".into());
    world.releases = vec![of(2, "v1.1.0", "x"), of(3, "v1.2.0", "deploy/hotfix.yaml")];
    let mut other = deployed(2, 3, 2);
    (other.tag, other.commit) = ("v1.3.0".into(), "c3".into());
    world.deployments.push(other);
    assert!(world.evaluate(&DEPLOY, at(600))[0].detail.contains("deploy/hotfix.yaml was changed"));
}

proptest! {
    #![proptest_config(config())]

    /// Right answers are enough exactly where they are the share that is asked for; answers that don't belong to a question change nothing.
    #[test]
    fn a_quiz_is_passed_by_the_share_of_right_answers(rights in prop::collection::vec(any::<bool>(), 1..20), pass in 1u8..=100, more in 0usize..3) {
        let quiz = Quiz { questions: rights.iter().map(|_| question(&[1])).collect(), pass_percent: pass };
        let mut answers: Vec<Vec<u8>> = rights.iter().map(|right| vec![u8::from(*right)]).collect();
        answers.extend(std::iter::repeat_n(vec![1], more));
        let marked = mark(&quiz, &answers);
        let right = rights.iter().filter(|right| **right).count();
        prop_assert_eq!(marked.right as usize, right);
        prop_assert_eq!(marked.wrong.len() + right, rights.len());
        prop_assert_eq!(marked.passed, right as f64 / rights.len() as f64 * 100.0 + 1e-9 >= f64::from(pass));
    }

    /// A review for a release clears it for exactly that release; it holds whatever else was reviewed.
    #[test]
    fn a_review_clears_its_release_alone(number in 1u64..4, reviewed in prop::collection::vec((1u64..4, 1u32..4), 0..5)) {
        let of = |number| Release { changed_paths: None, ..crate::samples::release(number, None, ReleaseState::Planned) };
        let document = reviewed.iter().fold(manual(), |document, (release, version)| document.reviewed(review(*version, Some(&of(*release)), 1)));
        let standing_met = !for_release(&document, &of(number), at(2)).needs_review();
        prop_assert_eq!(standing_met, reviewed.contains(&(number, 2)));
    }
}

#[test]
fn a_version_that_was_edited_needs_its_own_review() {
    let release = crate::samples::release(1, None, ReleaseState::Planned);
    let document = manual().reviewed(review(2, Some(&release), 1));
    let edited = Release { version: Version::new(9, 0, 0), ..release.clone() };
    assert!(for_release(&document, &edited, at(1)).needs_review() && !for_release(&document, &release, at(1)).needs_review());
}

#[test]
fn what_is_stored_comes_back_and_older_forms_are_read() {
    let release = crate::samples::release(1, None, ReleaseState::Planned);
    let document = Document { source: DocumentSource::Link { url: "https://wiki.example".into() }, ..manual() };
    let document =
        document.reviewed(review(2, Some(&release), 1)).read(Reading { number: 2, person: "Aiko".into(), by: mira(), at: at(2) });
    let text = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<Document>(&text).unwrap(), document);
    let known = Course { quiz: Some(Quiz { questions: vec![question(&[0])], pass_percent: 70 }), ..runbook_course() };
    assert_eq!(serde_json::from_value::<Course>(serde_json::to_value(&known).unwrap()).unwrap(), known);
    let passed = record(1, "Aiko", Proof::Quiz { right: 1, of: 2, passed: false }, 3);
    assert_eq!(serde_json::from_value::<TrainingRecord>(serde_json::to_value(&passed).unwrap()).unwrap(), passed);
    // A release and an environment that were written before they knew of paths and of these rules.
    let mut old = serde_json::to_value(&release).unwrap();
    assert!(old.as_object_mut().unwrap().remove("changed_paths").is_none(), "what isn't known isn't written");
    assert_eq!(serde_json::from_value::<Release>(old).unwrap(), release);
    let mut rules = serde_json::to_value(pilothouse_domain::product::EnvironmentRules::default()).unwrap();
    rules.as_object_mut().unwrap().retain(|name, _| name != "needs_documents" && name != "needs_training");
    let read: pilothouse_domain::product::EnvironmentRules = serde_json::from_value(rules).unwrap();
    assert!(!read.needs_documents && !read.needs_training);
}
