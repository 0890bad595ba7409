//! Releases and deployments: pages, filters, and what the policy asks for.

use crate::fixtures::{World, approval, at, deployment, failed, product, put, release, succeeded};
use crate::lab::Lab;
use pilothouse_domain::deployment::DeploymentState;
use pilothouse_domain::release::ReleaseState;
use pilothouse_domain::signature::Signature;
use pilothouse_engine::ports::store::{DeploymentFilter, ReleaseFilter, StoreError, Write};

pub(crate) async fn pages_join_to_the_whole_list(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    // Many are drafted in the same moment: the id decides.
    let mut drafted: Vec<_> = (0..700).map(|n| release(world.product.id, &format!("1.0.{n}"), n / 50)).collect();
    for batch in drafted.chunks(100) {
        put(&*store, batch.iter().cloned().map(Write::Release).collect()).await.unwrap();
    }
    drafted.sort_by_key(|release| std::cmp::Reverse((release.drafted_at, release.id)));
    let expected: Vec<_> = drafted.iter().map(|release| release.id).collect();
    for product in [None, Some(world.product.id)] {
        let mut read = Vec::new();
        let mut filter = ReleaseFilter { product, limit: 33, ..ReleaseFilter::default() };
        loop {
            let page = store.releases(&filter).await.unwrap();
            let Some(last) = page.last() else { break };
            assert!(page.len() <= 33);
            filter.after = Some(last.id);
            read.extend(page.into_iter().map(|release| release.id));
        }
        assert_eq!(read, expected);
    }
    assert_eq!(store.releases(&ReleaseFilter::default()).await.unwrap().len(), 100, "0 means 100");
}

pub(crate) async fn filters_hold_together(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let other = product(world.connection.id, "Other");
    put(&*store, vec![Write::Product(other.clone())]).await.unwrap();
    let states = [
        ReleaseState::Draft,
        ReleaseState::Planned,
        ReleaseState::Approved { at: at(1) },
        ReleaseState::InProgress { since: at(1) },
        ReleaseState::Verifying { since: at(1) },
        ReleaseState::Completed { at: at(1) },
        ReleaseState::RolledBack { at: at(1) },
        ReleaseState::Aborted { at: at(1), reason: "No".into() },
    ];
    let mut writes = vec![Write::Release(release(other.id, "9.0.0", 99))];
    for (n, state) in (0..).zip(states) {
        writes.push(Write::Release(pilothouse_domain::release::Release { state, ..release(world.product.id, &format!("1.{n}.0"), n) }));
    }
    put(&*store, writes).await.unwrap();
    let versions = |releases: Vec<pilothouse_domain::release::Release>| releases.iter().map(|r| r.version.to_string()).collect::<Vec<_>>();
    let open = ReleaseFilter { product: Some(world.product.id), open_only: true, ..ReleaseFilter::default() };
    assert_eq!(versions(store.releases(&open).await.unwrap()), ["1.4.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0"]);
    let everywhere = ReleaseFilter { open_only: true, limit: 2, ..ReleaseFilter::default() };
    assert_eq!(versions(store.releases(&everywhere).await.unwrap()), ["9.0.0", "1.4.0"]);

    let all = store.releases(&ReleaseFilter { product: Some(world.product.id), ..ReleaseFilter::default() }).await.unwrap();
    let (one, two) = (&all[0], &all[1]);
    let d = [
        deployment(one, &world.staging, 1, succeeded(2)),
        deployment(one, &world.production, 3, DeploymentState::InProgress),
        deployment(two, &world.staging, 4, DeploymentState::Queued { waits_for: None }),
        deployment(two, &world.staging, 5, failed(6)),
        deployment(one, &world.staging, 5, DeploymentState::Cancelled { at: at(7), reason: "No".into() }),
    ];
    put(&*store, d.iter().cloned().map(Write::Deployment).collect()).await.unwrap();
    let found = async |filter: DeploymentFilter| {
        let found = store.deployments(&filter).await.unwrap();
        found.iter().map(|row| d.iter().position(|known| known.id == row.id).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found(DeploymentFilter::default()).await, [4, 3, 2, 1, 0]);
    assert_eq!(found(DeploymentFilter { release: Some(one.id), ..Default::default() }).await, [4, 1, 0]);
    assert_eq!(found(DeploymentFilter { environment: Some(world.staging.id), ..Default::default() }).await, [4, 3, 2, 0]);
    assert_eq!(found(DeploymentFilter { active_only: true, ..Default::default() }).await, [2, 1]);
    assert_eq!(found(DeploymentFilter { product: Some(other.id), ..Default::default() }).await, [] as [usize; 0]);
    assert_eq!(found(DeploymentFilter { after: Some(d[3].id), limit: 2, ..Default::default() }).await, [2, 1]);
    let narrow = DeploymentFilter {
        product: Some(world.product.id),
        release: Some(two.id),
        environment: Some(world.staging.id),
        active_only: true,
        after: Some(d[3].id),
        limit: 5,
    };
    assert_eq!(found(narrow).await, [2]);
}

pub(crate) async fn votes_come_oldest_first(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (one, two) = (world.release(&*store, "1.1.0", 1).await, world.release(&*store, "1.2.0", 1).await);
    let votes = [approval(one.id, 30), approval(two.id, 10), approval(one.id, 20)];
    put(&*store, votes.iter().cloned().map(Write::Approval).collect()).await.unwrap();
    assert_eq!(store.approvals(one.id).await.unwrap(), [votes[2].clone(), votes[0].clone()]);
}

pub(crate) async fn votes_on_all_releases_come_in_pages(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (one, two) = (world.release(&*store, "1.1.0", 1).await, world.release(&*store, "1.2.0", 1).await);
    let mut votes = [approval(one.id, 30), approval(two.id, 10), approval(one.id, 20)];
    votes[1].signature = Some(Signature { public_key: "ab".repeat(32), signature: "cd".repeat(64) });
    put(&*store, votes.iter().cloned().map(Write::Approval).collect()).await.unwrap();
    votes.sort_by_key(|vote| vote.id);
    assert_eq!(store.approvals_after(None, 2).await.unwrap(), votes[..2]);
    assert_eq!(store.approvals_after(Some(votes[1].id), 2).await.unwrap(), votes[2..]);
    assert_eq!(store.approvals_after(Some(votes[2].id), 2).await.unwrap(), []);
}

pub(crate) async fn the_policy_gets_what_it_asks_for(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (one, two) = (world.release(&*store, "1.1.0", 1).await, world.release(&*store, "1.2.0", 1).await);
    let mut d = vec![
        deployment(&one, &world.staging, 1, succeeded(2)), // verified, but not the latest verified
        deployment(&one, &world.staging, 3, succeeded(4)), // the latest verified
        deployment(&one, &world.staging, 5, failed(6)),    // the latest deployed
        deployment(&one, &world.staging, 7, failed(8)),    // never deployed
        deployment(&one, &world.production, 9, succeeded(10)), // latest of both kinds
        deployment(&two, &world.staging, 11, failed(12)),  // deployed, earlier
        deployment(&two, &world.staging, 13, failed(14)),  // deployed, latest
        deployment(&two, &world.staging, 15, DeploymentState::Queued { waits_for: None }),
        deployment(&two, &world.production, 17, DeploymentState::InProgress),
        deployment(&two, &world.production, 19, succeeded(20)), // verified without a time of its own
        deployment(&one, &world.production, 21, failed(22)),    // never deployed, but the last requested there
        deployment(&two, &world.production, 20, failed(21)),    // never deployed, but requested since what runs there
    ];
    for (n, deployed) in [(0, 2), (1, 4), (2, 6), (4, 10), (5, 12), (6, 14)] {
        d[n].deployed_at = Some(at(deployed));
    }
    put(&*store, d.iter().cloned().map(Write::Deployment).collect()).await.unwrap();
    let found = store.policy_deployments(world.product.id).await.unwrap();
    let found: Vec<_> = found.iter().map(|row| d.iter().position(|known| known.id == row.id).unwrap()).collect();
    assert_eq!(found, [10, 11, 9, 8, 7, 6, 4, 2, 1]);
    let other = product(world.connection.id, "Other");
    assert_eq!(store.policy_deployments(other.id).await.unwrap(), []);
}

pub(crate) async fn one_deployment_at_a_time_holds_an_environment(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let one = world.release(&*store, "1.1.0", 1).await;
    let mut first = deployment(&one, &world.staging, 1, DeploymentState::InProgress);
    let mut second = deployment(&one, &world.staging, 2, DeploymentState::Queued { waits_for: Some(first.id) });
    put(&*store, vec![Write::Deployment(first.clone()), Write::Deployment(second.clone())]).await.unwrap();
    (first.revision, second.revision) = (1, 1);
    second.state = DeploymentState::InProgress;
    let taken = put(&*store, vec![Write::Deployment(second.clone())]).await;
    assert!(matches!(taken, Err(StoreError::Taken { constraint, .. }) if constraint == "deployment_environment_active_key"));
    first.state = succeeded(3);
    put(&*store, vec![Write::Deployment(first), Write::Deployment(second)]).await.unwrap();
}
