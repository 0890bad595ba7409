//! Runs by hand: in and out, found by the run at the provider, in pages, with what is to be done about them.

use crate::fixtures::{at, audited, connection, mira, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::manual_run::{ChangedEnvironment, ManualDeed, ManualRun, ManualRunEffect, ManualRunState, StartedRun};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::{ConnectionId, EnvironmentId, ManualRunId, ProductId};
use pilothouse_engine::ports::store::{ManualRunFilter, OutboxEffect, OutboxEntry, OutboxSubject, OutboxWrite, StoreError, Write};

/// A run that somebody asked for so many seconds in.
pub(crate) fn requested(connection: ConnectionId, repository: &str, at_second: i64) -> ManualRun {
    ManualRun {
        id: ManualRunId::new(uuid()),
        revision: 0,
        connection_id: connection,
        repository: repository.into(),
        pipeline: FilledBinding {
            pipeline: "deploy.yml".into(),
            git_ref: "main".into(),
            inputs: vec![("a".into(), "ü\0".into())],
            correlation: String::new(),
        },
        deed: ManualDeed::Start,
        is_correlated: true,
        changes: vec![ChangedEnvironment {
            product_id: ProductId::new(uuid()),
            product: "Checkout".into(),
            environment_id: EnvironmentId::new(uuid()),
            environment: "staging".into(),
        }],
        reason: "config only".into(),
        state: ManualRunState::Requested,
        requested_by: mira(),
        requested_at: at(at_second),
    }
}

pub(crate) async fn a_run_by_hand_is_found_by_its_run(lab: &Lab) {
    let store = lab.open().await;
    let account = connection();
    let mut one = requested(account.id, "acme/checkout", 1);
    let other = requested(account.id, "acme/ledger", 2);
    let (subject, effect) = (OutboxSubject::ManualRun(one.id), OutboxEffect::ManualRun(ManualRunEffect::Send));
    let mut change = audited(vec![Write::ManualRun(one.clone()), Write::ManualRun(other.clone())]);
    change.outbox.push(OutboxWrite::Schedule { subject, effect: effect.clone(), written_at: at(1), due_at: at(1) });
    let committed = store.commit(change).await.unwrap();
    assert_eq!(committed.changes[0].kind, "manual_run");
    assert_eq!(committed.changes[0].product_id, one.product());
    assert_eq!(store.claim_due("me", at(5), at(60), 10).await.unwrap(), [OutboxEntry { subject, effect, due_at: at(1) }]);

    one.revision = 1;
    assert_eq!(store.manual_run(one.id).await.unwrap(), one, "though its connection was never kept");
    let missing = store.manual_run(ManualRunId::new(uuid())).await.unwrap_err();
    assert!(matches!(missing, StoreError::NotFound { kind: "manual_run", .. }), "{missing:?}");

    let of_run = |external_id: &str, repository: &str| ManualRunFilter {
        connection: Some(account.id),
        repository: Some(repository.into()),
        external_id: Some(external_id.into()),
        ..ManualRunFilter::default()
    };
    assert_eq!(store.manual_runs(&of_run("4711", "acme/checkout")).await.unwrap(), []);
    let run = StartedRun { external_id: "4711".into(), url: String::new() };
    one.state = ManualRunState::Started { run: run.clone(), at: at(3), was_found: false };
    put(&*store, vec![Write::ManualRun(one.clone())]).await.unwrap();
    let stale = put(&*store, vec![Write::ManualRun(one.clone())]).await.unwrap_err();
    assert!(matches!(stale, StoreError::Conflict { .. }), "{stale:?}");
    one.revision = 2;
    assert_eq!(store.manual_runs(&of_run("4711", "acme/checkout")).await.unwrap(), [one.clone()]);
    assert_eq!(store.manual_runs(&of_run("4711", "acme/ledger")).await.unwrap(), []);

    let deed = ManualDeed::Rerun { run, failed_only: true, attempt: 1 };
    let again = ManualRun { deed, state: ManualRunState::Requested, ..requested(account.id, "acme/checkout", 9) };
    put(&*store, vec![Write::ManualRun(again.clone())]).await.unwrap();
    let both = store.manual_runs(&of_run("4711", "acme/checkout")).await.unwrap();
    assert_eq!(both.iter().map(|run| run.id).collect::<Vec<_>>(), [again.id, one.id], "another attempt is of the same run");
}

pub(crate) async fn runs_by_hand_come_in_pages(lab: &Lab) {
    let store = lab.open().await;
    let account = ConnectionId::new(uuid());
    let mut runs: Vec<ManualRun> = (0..7).map(|n| requested(account, "acme/checkout", n / 2)).collect();
    put(&*store, runs.iter().cloned().map(Write::ManualRun).collect()).await.unwrap();
    runs.sort_by_key(|run| std::cmp::Reverse((run.requested_at, run.id)));
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.manual_runs(&ManualRunFilter { after, limit: 3, ..ManualRunFilter::default() }).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        found.extend(page.into_iter().map(|run| run.id));
    }
    assert_eq!(found, runs.iter().map(|run| run.id).collect::<Vec<_>>());
    let other = ManualRunFilter { pipeline: Some("other.yml".into()), ..ManualRunFilter::default() };
    assert_eq!(store.manual_runs(&other).await.unwrap(), []);
}
