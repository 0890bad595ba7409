//! Smoke scenarios, their runs, and what was sent and came back.

use crate::fixtures::{World, at, audited, deployment, mira, put, succeeded, uuid};
use crate::lab::Lab;
use pilothouse_domain::release::{Release, ReleaseState};
use pilothouse_domain::smoke::{
    CollectedRun, Exchange, RecordedRequest, ReportRule, ScenarioSource, SmokeCause, SmokeRun, SmokeRunState, SmokeScenario, SmokeSubject,
    SmokeTarget, SmokeTrigger,
};
use pilothouse_domain::{SmokeRunId, SmokeScenarioId};
use pilothouse_engine::ports::store::{ChangeSet, OutboxEffect, OutboxSubject, OutboxWrite, SmokeRunFilter, StoreError, Write};

fn scenario(world: &World, name: &str) -> SmokeScenario {
    SmokeScenario {
        id: SmokeScenarioId::new(uuid()),
        revision: 0,
        product_id: world.product.id,
        name: name.into(),
        source: ScenarioSource::Written { text: "name: A\nsteps: []\n\0".into() },
        environments: vec![world.staging.id],
        trigger: SmokeTrigger::AfterDeployment,
        required: true,
    }
}

fn run(world: &World, release: &Release, scenario: &SmokeScenario, at_second: i64) -> SmokeRun {
    SmokeRun {
        id: SmokeRunId::new(uuid()),
        revision: 0,
        product_id: world.product.id,
        environment_id: world.staging.id,
        environment: "staging".into(),
        release_id: release.id,
        version: release.version.clone(),
        commit: release.source.commit.clone(),
        subject: SmokeSubject::Scenario { scenario_id: scenario.id },
        name: scenario.name.clone(),
        required: true,
        deployment_id: None,
        cause: SmokeCause::ByHand,
        digest: String::new(),
        steps: Vec::new(),
        results: Vec::new(),
        report: None,
        state: SmokeRunState::Requested,
        requested_by: mira(),
        requested_at: at(at_second),
    }
}

fn exchange(step: u16, attempt: u16) -> Exchange {
    let request = RecordedRequest { method: "GET".into(), url: "http://shop/ü".into(), headers: Vec::new(), body: None };
    Exchange { step, attempt, at: at(1), request, response: None, fault: Some("connection refused".into()), took_us: 7 }
}

pub(crate) async fn scenarios_and_targets_are_kept(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (mut one, other) = (scenario(&world, "Orders"), scenario(&world, "Checkout"));
    put(&*store, vec![Write::SmokeScenario(one.clone()), Write::SmokeScenario(other.clone())]).await.unwrap();
    let names: Vec<String> = store.smoke_scenarios(world.product.id).await.unwrap().into_iter().map(|s| s.name).collect();
    assert_eq!(names, ["Checkout", "Orders"]);
    let twice = put(&*store, vec![Write::SmokeScenario(scenario(&world, "Orders"))]).await.unwrap_err();
    assert!(matches!(&twice, StoreError::Taken { constraint, .. } if constraint == "smoke_scenario_product_name_key"), "{twice:?}");
    one.revision = 1;
    assert_eq!(store.smoke_scenario(one.id).await.unwrap(), one);
    put(&*store, vec![Write::RemoveSmokeScenario(one.clone())]).await.unwrap();
    assert!(matches!(store.smoke_scenario(one.id).await, Err(StoreError::NotFound { kind: "smoke_scenario", .. })));

    let target = |base_url: &str| SmokeTarget { environment_id: world.staging.id, base_url: base_url.into() };
    let told = put(&*store, vec![Write::SmokeTarget(target("http://a"))]).await.unwrap();
    assert_eq!((told.changes[0].kind.as_str(), told.changes[0].product_id), ("smoke_target", Some(world.product.id)));
    put(&*store, vec![Write::SmokeTarget(target("http://b"))]).await.unwrap();
    assert_eq!(store.smoke_targets(world.product.id).await.unwrap(), [target("http://b")]);
    put(&*store, vec![Write::RemoveEnvironment(world.staging.clone())]).await.unwrap();
    assert_eq!(store.smoke_targets(world.product.id).await.unwrap(), []);
}

pub(crate) async fn the_latest_run_of_each_subject_counts(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let (orders, checkout) = (scenario(&world, "Orders"), scenario(&world, "Checkout"));
    let runs = [run(&world, &release, &orders, 1), run(&world, &release, &orders, 5), run(&world, &release, &checkout, 3)];
    put(&*store, runs.iter().cloned().map(Write::SmokeRun).collect()).await.unwrap();
    let ids = |runs: Vec<SmokeRun>| -> Vec<SmokeRunId> { runs.into_iter().map(|run| run.id).collect() };
    let open = store.latest_smoke_runs(world.product.id, None).await.unwrap();
    assert_eq!(ids(open), [runs[1].id, runs[2].id]);
    let of_orders = SmokeRunFilter { subject: Some(runs[0].subject.clone()), release: Some(release.id), ..SmokeRunFilter::default() };
    assert_eq!(ids(store.smoke_runs(&of_orders).await.unwrap()), [runs[1].id, runs[0].id]);
    let older = SmokeRunFilter { after: Some(runs[2].id), ..SmokeRunFilter::default() };
    assert_eq!(ids(store.smoke_runs(&older).await.unwrap()), [runs[0].id]);

    let mut closed = store.release(release.id).await.unwrap();
    closed.state = ReleaseState::Completed { at: at(9) };
    put(&*store, vec![Write::Release(closed)]).await.unwrap();
    assert_eq!(store.latest_smoke_runs(world.product.id, None).await.unwrap(), [], "of open releases");
    assert_eq!(store.latest_smoke_runs(world.product.id, Some(release.id)).await.unwrap().len(), 2);
}

pub(crate) async fn a_run_is_written_step_by_step(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let mut one = run(&world, &release, &scenario(&world, "Orders"), 1);
    let unaudited = ChangeSet { writes: vec![Write::SmokeRun(one.clone())], ..ChangeSet::default() };
    assert!(store.commit(unaudited).await.is_err(), "that it was asked for is told");
    let (subject, effect) = (OutboxSubject::SmokeRun(one.id), OutboxEffect::RunSmoke);
    let mut change = audited(vec![Write::SmokeRun(one.clone())]);
    change.outbox.push(OutboxWrite::Schedule { subject, effect, written_at: at(1), due_at: at(1) });
    store.commit(change).await.unwrap();
    one.revision = 1;
    one.state = SmokeRunState::Running { begun_at: at(2) };
    let exchanges = [(1, 1), (0, 2), (0, 1)].map(|(step, attempt)| Write::SmokeExchange { run: one.id, exchange: exchange(step, attempt) });
    let step = ChangeSet { writes: [Write::SmokeRun(one.clone())].into_iter().chain(exchanges).collect(), ..ChangeSet::default() };
    let committed = store.commit(step).await.unwrap();
    assert_eq!(committed.changes.len(), 1, "a step is no event of the audit, and one change");
    one.revision = 2;
    assert_eq!(store.smoke_run(one.id).await.unwrap(), one);
    assert_eq!(store.smoke_exchanges(one.id).await.unwrap(), [exchange(0, 1), exchange(0, 2), exchange(1, 1)]);
    let stale = put(&*store, vec![Write::SmokeRun(SmokeRun { revision: 1, ..one.clone() })]).await.unwrap_err();
    assert!(matches!(stale, StoreError::Conflict { .. }), "{stale:?}");
    let nobodys = put(&*store, vec![Write::SmokeExchange { run: SmokeRunId::new(uuid()), exchange: exchange(0, 1) }]).await.unwrap_err();
    assert!(matches!(nobodys, StoreError::NotFound { kind: "smoke_run", .. }), "{nobodys:?}");
    let claimed: Vec<_> = store.claim_due("me", at(5), at(60), 9).await.unwrap().into_iter().map(|entry| entry.subject).collect();
    assert_eq!(claimed, [subject]);
}

pub(crate) async fn old_exchanges_are_forgotten(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (first, second) = (world.release(&*store, "1.1.0", 1).await, world.release(&*store, "1.2.0", 2).await);
    let (orders, checkout) = (scenario(&world, "Orders"), scenario(&world, "Checkout"));
    let runs = [
        run(&world, &first, &orders, 1),
        run(&world, &first, &orders, 2),
        run(&world, &second, &orders, 3),
        run(&world, &first, &checkout, 1),
    ];
    put(&*store, runs.iter().cloned().map(Write::SmokeRun).collect()).await.unwrap();
    put(&*store, runs.iter().map(|run| Write::SmokeExchange { run: run.id, exchange: exchange(0, 1) }).collect()).await.unwrap();
    put(&*store, vec![Write::ForgetSmokeExchanges { of: runs[2].id, latest: 2 }]).await.unwrap();
    let mut kept = Vec::new();
    for run in &runs {
        kept.push(store.smoke_exchanges(run.id).await.unwrap().len());
    }
    assert_eq!(kept, [0, 1, 1, 1], "the oldest of the scenario's runs, whatever its release, and no other scenario's");
}

pub(crate) async fn runs_go_with_their_environment(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let one = run(&world, &release, &scenario(&world, "Orders"), 1);
    let subject = OutboxSubject::SmokeRun(one.id);
    let mut change =
        audited(vec![Write::SmokeRun(one.clone()), Write::Deployment(deployment(&release, &world.production, 1, succeeded(2)))]);
    change.outbox.push(OutboxWrite::Schedule { subject, effect: OutboxEffect::RunSmoke, written_at: at(1), due_at: at(1) });
    store.commit(change).await.unwrap();
    put(&*store, vec![Write::SmokeExchange { run: one.id, exchange: exchange(0, 1) }, Write::RemoveEnvironment(world.staging.clone())])
        .await
        .unwrap();
    assert!(matches!(store.smoke_run(one.id).await, Err(StoreError::NotFound { .. })));
    assert_eq!(store.smoke_exchanges(one.id).await.unwrap(), []);
    assert_eq!(store.claim_due("me", at(9), at(60), 9).await.unwrap(), []);
}

pub(crate) async fn reports_of_a_run_are_kept_once(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let collected = |attempt: u32| {
        let from = CollectedRun {
            connection_id: world.connection.id,
            repository: "acme/shop".into(),
            external_id: "7".into(),
            attempt,
            url: String::new(),
        };
        SmokeRun {
            subject: SmokeSubject::Report { name: "Tests of deploy.yml".into() },
            cause: SmokeCause::Collected { run: from, files: Vec::new(), left_out: Vec::new(), format: None },
            ..run(&world, &release, &scenario(&world, "Orders"), 1)
        }
    };
    let mut first = collected(1);
    put(&*store, vec![Write::SmokeRun(first.clone()), Write::SmokeRun(collected(2))]).await.unwrap();
    let twice = put(&*store, vec![Write::SmokeRun(collected(1))]).await.unwrap_err();
    assert!(matches!(&twice, StoreError::Taken { constraint, .. } if constraint == "smoke_run_origin_key"), "{twice:?}");
    first.revision = 1;
    first.state = SmokeRunState::Errored { at: at(2), reason: "GitHub can't be reached".into() };
    put(&*store, vec![Write::SmokeRun(first)]).await.unwrap();
    put(&*store, vec![Write::SmokeRun(collected(1))]).await.unwrap();

    let rule = |patterns: &[&str]| ReportRule {
        environment_id: world.staging.id,
        patterns: patterns.iter().map(|&pattern| pattern.to_owned()).collect(),
        automatic: true,
        required: false,
    };
    let told = put(&*store, vec![Write::ReportRule(rule(&["a/*.xml"]))]).await.unwrap();
    assert_eq!((told.changes[0].kind.as_str(), told.changes[0].product_id), ("report_rule", Some(world.product.id)));
    put(&*store, vec![Write::ReportRule(rule(&[]))]).await.unwrap();
    assert_eq!(store.report_rules(world.product.id).await.unwrap(), [rule(&[])]);
}
