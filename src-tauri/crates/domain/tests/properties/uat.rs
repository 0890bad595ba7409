//! User acceptance testing: what holds a release, what people may do to a round, what is tested again, and what becomes of feedback.

use crate::samples::{COMMIT, at, environment_id, jonas, mira, release_id, uuid};
use crate::world::{DEPLOY, OURS, ROLL_BACK, World};
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::policy::{Clearance, Gate};
use pilothouse_domain::uat::{
    Changes, ExitCriteria, Feedback, FeedbackRefusal, FeedbackWay, Invitation, InvitationFault, Outcome, OutcomeWord, Resolved, RoundEvent,
    RoundFault, RoundRefusal, Scenario, ScenarioVerdict, Severity, Step, Tester, Triage, TriageWord, UatRound, Unmet, again, apply,
    continued, resolve, standing, token_digest, triaged, valid_scenarios,
};
use pilothouse_domain::{FeedbackId, ProductId, TesterId, UatRoundId, UatScenarioId, Version};

fn scenario_id(number: u128) -> UatScenarioId {
    UatScenarioId::new(uuid(40_000 + number))
}

fn tester_id(number: u128) -> TesterId {
    TesterId::new(uuid(41_000 + number))
}

fn scenario(number: u128, paths: &[&str], labels: &[&str]) -> Scenario {
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Scenario {
        id: scenario_id(number),
        title: format!("Scenario {number}"),
        steps: vec![Step { does: "Pay".into(), expects: "A receipt".into() }],
        is_required: true,
        paths: owned(paths),
        labels: owned(labels),
    }
}

fn tester(number: u128) -> Tester {
    Tester { id: tester_id(number), name: format!("Tester {number}"), invitation: None }
}

pub(crate) fn round(position: u16, scenarios: Vec<Scenario>) -> UatRound {
    UatRound {
        id: UatRoundId::new(uuid(42_000)),
        revision: 1,
        product_id: ProductId::new(uuid(1)),
        release_id: release_id(OURS),
        environment_id: environment_id(position),
        environment: "staging".into(),
        version: crate::samples::release(OURS, None, pilothouse_domain::release::ReleaseState::Draft).version,
        commit: COMMIT.into(),
        instructions: String::new(),
        scenarios,
        testers: vec![tester(1), tester(2)],
        outcomes: Vec::new(),
        criteria: ExitCriteria::default(),
        signatories: Vec::new(),
        sign_offs: Vec::new(),
        since: None,
        due: None,
        begun_by: mira(),
        begun_at: at(0),
        tracker: None,
        given_up: None,
    }
}

pub(crate) fn feedback(number: u128, round: &UatRound) -> Feedback {
    Feedback {
        id: FeedbackId::new(uuid(43_000 + number)),
        revision: 1,
        product_id: round.product_id,
        round_id: round.id,
        release_id: round.release_id,
        environment_id: round.environment_id,
        version: round.version.clone(),
        scenario_id: Some(scenario_id(1)),
        from: "Tester 1".into(),
        tester_id: None,
        title: format!("Feedback {number}"),
        text: String::new(),
        severity: Severity::Major,
        device: String::new(),
        way: FeedbackWay::Window,
        external_key: number.to_string(),
        triage: None,
        resolved: None,
        at_tracker: pilothouse_domain::uat::AtTracker::default(),
        answer: None,
        at: at(1),
    }
}

pub(crate) fn decided(word: TriageWord) -> Option<Triage> {
    Some(Triage { word, duplicate_of: None, reason: String::new(), by: mira(), at: at(2) })
}

fn said(scenario: u128, tester: u128, word: OutcomeWord) -> RoundEvent {
    let (scenario_id, tester_id) = (scenario_id(scenario), tester_id(tester));
    RoundEvent::Said(Outcome { scenario_id, tester_id, word, remark: String::new(), by: mira(), at: at(1) })
}

fn does(round: &UatRound, feedback: &[Feedback], event: RoundEvent) -> Result<UatRound, RoundRefusal> {
    apply(round, &standing(round, feedback), event, at(60))
}

fn signs(remark: &str) -> RoundEvent {
    RoundEvent::SignedOff { by: mira(), remark: remark.into() }
}

#[test]
fn a_round_holds_the_way_onward_until_it_is_signed_for_this_very_version() {
    let mut world = World::before_production();
    world.rounds = vec![round(1, vec![scenario(1, &[], &[])])];
    let blockers = world.evaluate(&DEPLOY, at(600));
    assert_eq!(blockers.len(), 1, "{blockers:#?}");
    assert_eq!((blockers[0].gate, &blockers[0].cleared_by), (Gate::Uat, &Clearance::Accepting { environment: environment_id(1) }));
    assert!(blockers[0].detail.contains("1 required scenario not tested yet: “Scenario 1”"), "{}", blockers[0].detail);
    assert!(!world.gates(&ROLL_BACK, at(600)).contains(&Gate::Uat), "the way back is open");

    let tested = does(&world.rounds[0], &[], said(1, 1, OutcomeWord::Passed)).unwrap();
    world.rounds = vec![does(&tested, &[], signs("")).unwrap()];
    assert_eq!(world.evaluate(&DEPLOY, at(600)), []);
    world.rounds[0].environment_id = environment_id(2);
    world.rounds[0].sign_offs.clear();
    assert_eq!(world.evaluate(&DEPLOY, at(600)), [], "a round in production itself comes after the deployment");
    world.rounds[0].environment_id = environment_id(1);
    world.rounds[0].sign_offs = does(&tested, &[], signs("")).unwrap().sign_offs;

    world.rounds[0].commit = "f".repeat(40);
    assert!(world.evaluate(&DEPLOY, at(600))[0].detail.contains("another commit of it"), "a verdict counts for one commit alone");
    world.rounds[0].release_id = release_id(3);
    world.rounds[0].version = Version::new(1, 3, 0);
    assert!(world.evaluate(&DEPLOY, at(600))[0].title.contains("has no UAT round"), "the next version needs one, too");
    world.rounds[0].criteria.every_version = false;
    assert_eq!(world.evaluate(&DEPLOY, at(600)), []);
}

#[test]
fn a_blocker_holds_also_what_was_signed_before_it() {
    let mut world = World::before_production();
    let mut signed = round(1, Vec::new());
    signed = does(&signed, &[], signs("")).unwrap();
    world.feedback = vec![triaged(&feedback(1, &signed), decided(TriageWord::Blocker), None).unwrap()];
    world.rounds = vec![signed];
    let blockers = world.evaluate(&DEPLOY, at(600));
    assert_eq!(blockers[0].title, "1 UAT blocker is open");
    assert!(blockers[0].detail.contains("“Feedback 1”"), "{}", blockers[0].detail);
    let solved = resolve(&world.feedback[0], Some(Resolved { by: jonas(), at: at(3), note: "a setting".into() })).unwrap();
    world.feedback = vec![solved.clone()];
    assert_eq!(world.evaluate(&DEPLOY, at(600)), []);
    let anew = triaged(&solved, decided(TriageWord::Blocker), None).unwrap();
    assert_eq!(anew.standing_word(), "blocker", "deciding anew opens it again");
    for word in [TriageWord::Later, TriageWord::Wont] {
        world.feedback = vec![triaged(&solved, decided(word), None).unwrap()];
        assert_eq!(world.evaluate(&DEPLOY, at(600)), []);
    }
}

#[test]
fn who_signs_and_what_is_signed_away() {
    let mut open = round(1, vec![scenario(1, &[], &[])]);
    assert!(matches!(does(&open, &[], signs("")), Err(RoundRefusal::NeedsRemark { .. })));
    let signed = does(&open, &[], signs("shop closes at noon")).unwrap();
    assert_eq!(signed.sign_offs[0].despite, ["1 required scenario not tested yet: “Scenario 1”"]);
    assert!(matches!(does(&signed, &[], signs("x")), Err(RoundRefusal::Signed { .. })));
    let blocker = triaged(&feedback(1, &open), decided(TriageWord::Blocker), None).unwrap();
    assert!(matches!(does(&open, &[blocker], signs("all the same")), Err(RoundRefusal::Blockers { .. })), "nobody signs a blocker away");
    open.signatories = vec!["jonas lind".into()];
    assert!(matches!(does(&open, &[], signs("x")), Err(RoundRefusal::NoSignatory { .. })));
    assert!(standing(&signed, &[]).unsigned.is_empty());
    for event in [said(1, 1, OutcomeWord::Failed), said(1, 2, OutcomeWord::Blocked)] {
        assert_eq!(does(&signed, &[], event).unwrap().sign_offs, [], "what was signed is not so any more");
    }
    assert_eq!(does(&signed, &[], said(1, 1, OutcomeWord::Passed)).unwrap().sign_offs.len(), 1);
    let untriaged = standing(&signed, &[feedback(1, &signed)]);
    assert!(untriaged.unmet.contains(&Unmet::Untriaged(1)));
}

#[test]
fn verdicts_of_scenarios() {
    let mut tested = round(1, vec![scenario(1, &[], &[])]);
    tested.criteria.testers_each = 2;
    let verdict = |round: &UatRound| standing(round, &[]).scenarios[0].verdict;
    tested = does(&tested, &[], said(1, 1, OutcomeWord::Passed)).unwrap();
    assert_eq!(verdict(&tested), ScenarioVerdict::Open, "two are asked for");
    assert_eq!(verdict(&does(&tested, &[], said(1, 2, OutcomeWord::Passed)).unwrap()), ScenarioVerdict::Passed);
    assert_eq!(verdict(&does(&tested, &[], said(1, 2, OutcomeWord::Blocked)).unwrap()), ScenarioVerdict::Blocked);
    assert_eq!(verdict(&does(&tested, &[], said(1, 1, OutcomeWord::Failed)).unwrap()), ScenarioVerdict::Failed, "the last word counts");
    assert_eq!(does(&tested, &[], said(9, 1, OutcomeWord::Passed)), Err(RoundRefusal::Unknown { what: "scenario" }));
    assert_eq!(does(&tested, &[], said(1, 9, OutcomeWord::Passed)), Err(RoundRefusal::Unknown { what: "tester" }));
    assert!(matches!(does(&tested, &[], RoundEvent::TesterAdded(tester(1))), Err(RoundRefusal::TesterThere { .. })));
    let without = does(&tested, &[], RoundEvent::TesterRemoved(tester_id(1))).unwrap();
    assert!(without.outcomes.is_empty(), "what they said goes along");
    let given_up = does(&tested, &[], RoundEvent::GivenUp { by: mira(), reason: "moved".into() }).unwrap();
    assert!(matches!(does(&given_up, &[], signs("")), Err(RoundRefusal::GivenUp { .. })));
}

#[test]
fn a_new_version_is_tested_again_where_it_was_touched_and_where_nothing_is_known() {
    let scenarios = vec![
        scenario(1, &["web/basket/**"], &["basket"]),
        scenario(2, &["api/**"], &["search"]),
        scenario(3, &[], &[]),
        scenario(4, &["docs/*.md"], &[]),
        scenario(5, &["api/**"], &["mail"]),
    ];
    let mut earlier = round(1, scenarios);
    for number in 1..=5 {
        let word = if number == 5 { OutcomeWord::Failed } else { OutcomeWord::Passed };
        earlier = does(&earlier, &[], said(number, 1, word)).unwrap();
    }
    let commit = |title: &str| Commit::from_message("a".repeat(40), title, "Mira".into(), None);
    let numbers = |commits: &[Commit], paths: Option<&[String]>| -> Vec<u128> {
        let found = again(&earlier, &[], Changes { commits: Some(commits), paths });
        (1..=5).filter(|number| found.iter().any(|a| a.scenario_id == scenario_id(*number))).collect()
    };
    let fix = [commit("fix(basket): round the sum")];
    assert_eq!(numbers(&fix, None), [1, 3, 4, 5], "4 names paths alone, and they aren't known");
    assert_eq!(numbers(&[commit("tidy up")], None), [1, 2, 3, 4, 5], "a commit without a scope may touch anything");
    assert_eq!(numbers(&[commit("tidy up")], Some(&["api/mail/send.rs".into()])), [2, 3, 5]);
    assert_eq!(numbers(&fix, Some(&["docs/a.md".into()])), [1, 3, 4, 5]);

    let unknown = again(&earlier, &[], Changes { commits: None, paths: None });
    assert_eq!((unknown.len(), unknown[1].reason.as_str()), (5, "what was changed since is not known"));

    let found = again(&earlier, &[], Changes { commits: Some(&fix), paths: None });
    assert_eq!(found[0].reason, "basket was changed: round the sum");
    let next = continued(round(1, Vec::new()), &earlier, found);
    assert_eq!(next.outcomes.iter().map(|o| o.scenario_id).collect::<Vec<_>>(), [scenario_id(2)], "the rest needs no second look");
    assert_eq!((next.scenarios.len(), next.testers.len(), next.sign_offs.len()), (5, 2, 0));
    let held =
        triaged(&Feedback { scenario_id: Some(scenario_id(2)), ..feedback(1, &earlier) }, decided(TriageWord::Blocker), None).unwrap();
    let found = again(&earlier, &[held], Changes { commits: Some(&fix), paths: None });
    assert!(found.iter().any(|a| a.reason.contains("a blocker was found")), "{found:?}");
}

#[test]
fn duplicates_and_what_is_no_blocker() {
    let place = round(1, Vec::new());
    let (one, two) = (feedback(1, &place), feedback(2, &place));
    let duplicate = triaged(&two, decided(TriageWord::Duplicate), Some(&one)).unwrap();
    assert_eq!(duplicate.triage.as_ref().unwrap().duplicate_of, Some(one.id));
    for original in [None, Some(&two), Some(&duplicate)] {
        let refused = triaged(&two, decided(TriageWord::Duplicate), original);
        assert!(matches!(refused, Err(FeedbackRefusal::NoOriginal(_))), "{original:?}");
    }
    assert_eq!(resolve(&one, None), Err(FeedbackRefusal::NoBlocker));
    assert_eq!(triaged(&duplicate, None, None).unwrap().standing_word(), "untriaged");
    assert_eq!((Severity::read(" HIGH "), Severity::read("urgent")), (Some(Severity::Major), None));
}

#[test]
fn an_invitation_admits_its_own_token_in_time() {
    let invitation = Invitation { token_digest: token_digest("right"), made_at: at(0), expires_at: at(60), is_withdrawn: false };
    assert_eq!(invitation.admits("right", at(59)), Ok(()));
    assert_eq!(invitation.admits("right", at(60)), Err(InvitationFault::Expired));
    assert_eq!(invitation.admits("wrong", at(1)), Err(InvitationFault::Unknown));
    assert_eq!(invitation.admits(&invitation.token_digest.clone(), at(1)), Err(InvitationFault::Unknown), "the digest opens nothing");
    let withdrawn = Invitation { is_withdrawn: true, ..invitation };
    assert_eq!(withdrawn.admits("right", at(1)), Err(InvitationFault::Unknown));
}

#[test]
fn scenarios_that_cannot_be_kept() {
    let refused = |change: fn(&mut Scenario)| {
        let mut one = scenario(1, &[], &[]);
        change(&mut one);
        valid_scenarios(vec![one]).unwrap_err()
    };
    assert_eq!(refused(|s| s.title = " ".into()), RoundFault::Title { place: 1 });
    assert!(matches!(refused(|s| s.paths = vec!["a[".into()]), RoundFault::Pattern { .. }));
    assert!(matches!(refused(|s| s.steps = vec![s.steps[0].clone(); 51]), RoundFault::Steps { .. }));
    assert!(matches!(valid_scenarios(vec![scenario(1, &[], &[]); 2]), Err(RoundFault::Twice { .. })));
    let many = (0..301).map(|number| scenario(number, &[], &[])).collect();
    assert_eq!(valid_scenarios(many), Err(RoundFault::TooMany));
    let mut padded = scenario(1, &[" web/** ", ""], &[]);
    padded.steps.push(Step { does: " ".into(), expects: String::new() });
    assert_eq!(valid_scenarios(vec![padded]).unwrap()[0], scenario(1, &["web/**"], &[]));
}
