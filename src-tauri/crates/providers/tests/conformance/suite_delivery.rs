//! What a provider itself keeps and does: deployments, its own way back, tags, releases, holds, runs of others. What it lacks fails
//! as unsupported, and says why.

use crate::conformance::fixture::{Fixture, Setup, Token, now};
use crate::conformance::suite_runs::start;
use pilothouse_domain::release::SourceKind;
use pilothouse_engine::ports::provider::{
    CallOutcome, Capability, DeliveryStatus, HoldTarget, NativeRollback, NewRelease, NewTag, Provider, ProviderError, ProviderErrorKind,
    RollbackOutlook, RollbackSearch,
};

/// True where the provider has it; else the call must have been refused as unsupported, with the table's own reason.
fn has<T: std::fmt::Debug>(provider: &dyn Provider, capability: Capability, answer: Result<T, ProviderError>) -> bool {
    if provider.capabilities().has(capability) {
        return true;
    }
    let error = answer.unwrap_err();
    assert_eq!(error, provider.capabilities().refusal(capability));
    assert_eq!(error.kind, ProviderErrorKind::Unsupported);
    false
}

pub(crate) async fn deployments_tell_what_is_live<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let staging = facts.environments[0];
    let before = provider.deployments(&facts.repository, staging, 10).await;
    if !has(&*provider, Capability::Deployments, before.clone()) {
        return;
    }
    let before = before.unwrap().len();
    let mut runs = Vec::new();
    for correlation in ["live-1", "live-2"] {
        let id = start(&*provider, &facts.repository, &stand_in.deploy("staging", correlation), correlation).await.external_id;
        stand_in.ended(&id).await;
        runs.insert(0, id);
    }
    let all = provider.deployments(&facts.repository, staging, 100).await.unwrap();
    assert_eq!(all.len(), before + 2, "{all:?}");
    assert_eq!(all.iter().take(2).map(|one| one.run.clone()).collect::<Vec<_>>(), runs.iter().cloned().map(Some).collect::<Vec<_>>());
    assert_eq!(all.iter().filter(|one| one.status == DeliveryStatus::Live).count(), 1, "{all:?}");
    assert_eq!((&all[0].status, &all[1].status), (&DeliveryStatus::Live, &DeliveryStatus::Replaced));
    assert!(all.iter().all(|one| one.environment == staging && one.at.is_some()), "{all:?}");
    assert_eq!(provider.deployments(&facts.repository, staging, 1).await.unwrap(), all[..1]);

    stand_in.order_failed_job();
    let failed = start(&*provider, &facts.repository, &stand_in.deploy("staging", "live-3"), "live-3").await.external_id;
    stand_in.ended(&failed).await;
    let all = provider.deployments(&facts.repository, staging, 2).await.unwrap();
    assert_eq!((all[0].run.as_deref(), &all[0].status), (Some(failed.as_str()), &DeliveryStatus::Failed));
    assert_eq!(all[1].status, DeliveryStatus::Live, "what failed replaces nothing");
}

pub(crate) async fn the_providers_own_way_back_is_looked_at_and_taken<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let pipeline = stand_in.deploy("staging", "x").pipeline;
    let back = |run: &str| NativeRollback {
        pipeline: pipeline.clone(),
        environment: facts.environments[0].to_owned(),
        target_run: run.to_owned(),
    };
    if !has(&*provider, Capability::NativeRollback, provider.rollback_outlook(&facts.repository, &back("1")).await) {
        assert!(!has(&*provider, Capability::NativeRollback, provider.roll_back(&facts.repository, &back("1")).await));
        return;
    }
    let mut runs = Vec::new();
    for correlation in ["back-1", "back-2"] {
        let id = start(&*provider, &facts.repository, &stand_in.deploy("staging", correlation), correlation).await.external_id;
        stand_in.ended(&id).await;
        runs.push(id);
    }
    match provider.rollback_outlook(&facts.repository, &back("1")).await {
        Ok(outlook) => assert!(matches!(outlook, RollbackOutlook::Closed { .. }), "{outlook:?}"),
        Err(error) => assert_eq!(error.kind, ProviderErrorKind::NotFound, "{error:?}"),
    }
    let refused = provider.roll_back(&facts.repository, &back("1")).await.unwrap_err();
    assert_eq!(refused.outcome(), CallOutcome::Refused, "{refused:?}");

    let outlook = provider.rollback_outlook(&facts.repository, &back(&runs[0])).await.unwrap();
    let RollbackOutlook::Open { how, mark } = outlook else { panic!("{outlook:?}") };
    assert!(!how.is_empty());
    let search = RollbackSearch { rollback: back(&runs[0]), mark, since: now() };
    let before = provider.find_rollbacks(&facts.repository, &search).await.unwrap();
    assert_eq!(before, vec![], "nothing has come of what was not asked for");
    // One that is accepted without a name is looked for.
    let named = provider.roll_back(&facts.repository, &back(&runs[0])).await.unwrap();
    let found = provider.find_rollbacks(&facts.repository, &search).await.unwrap();
    let [run] = &found[..] else { panic!("{found:?}") };
    assert!(named.is_none_or(|named| named.external_id == run.external_id && named.attempt == run.attempt), "{run:?}");
    stand_in.ended(&run.external_id).await;
    // A lost answer: it is found by the mark, and what was found before is not taken for it.
    let outlook = provider.rollback_outlook(&facts.repository, &back(&runs[0])).await.unwrap();
    let RollbackOutlook::Open { mark, .. } = outlook else { panic!("{outlook:?}") };
    let search = RollbackSearch { rollback: back(&runs[0]), mark, since: now() };
    assert_eq!(provider.find_rollbacks(&facts.repository, &search).await.unwrap(), vec![]);
    stand_in.order_lost_way_back();
    let lost = provider.roll_back(&facts.repository, &back(&runs[0])).await.unwrap_err();
    assert_eq!(lost.outcome(), CallOutcome::Unknown, "{lost:?}");
    let found = provider.find_rollbacks(&facts.repository, &search).await.unwrap();
    let [again] = &found[..] else { panic!("{found:?}") };
    assert!(again.external_id != run.external_id || again.attempt > run.attempt, "{again:?}");
    stand_in.ended(&again.external_id).await;
    let run = again;
    if provider.capabilities().has(Capability::Deployments) {
        let all = provider.deployments(&facts.repository, facts.environments[0], 10).await.unwrap();
        let live = all.iter().find(|one| one.status == DeliveryStatus::Live).unwrap();
        assert_eq!(live.run.as_deref(), Some(run.external_id.as_str()), "{all:?}");
        assert_ne!(live.run.as_ref(), Some(&runs[1]), "what was deployed last is no longer live");
    }
}

pub(crate) async fn a_tag_is_created_once<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let head = provider.resolve(&facts.repository, SourceKind::Branch, facts.default_branch).await;
    let commit = |at: &str| at.to_owned();
    let tag = |commit: String| NewTag { name: "v9.0.0".into(), commit, message: "nine".into() };
    if !provider.capabilities().has(Capability::CreateTag) {
        let refused = provider.create_tag(&facts.repository, &tag(commit("0123456789"))).await;
        assert!(!has(&*provider, Capability::CreateTag, refused));
        return;
    }
    let head = head.unwrap().commit;
    let weak = stand_in.client(Token::ReadOnly).create_tag(&facts.repository, &tag(head.clone())).await.unwrap_err();
    assert_eq!(weak.kind, ProviderErrorKind::Forbidden, "{weak:?}");
    provider.create_tag(&facts.repository, &tag(head.clone())).await.unwrap();
    assert_eq!(provider.resolve(&facts.repository, SourceKind::Tag, "v9.0.0").await.unwrap().commit, head);
    provider.create_tag(&facts.repository, &tag(head)).await.unwrap();
    let earlier = provider.resolve(&facts.repository, SourceKind::Tag, facts.tags[0]).await.unwrap().commit;
    let error = provider.create_tag(&facts.repository, &tag(earlier)).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.outcome()), (ProviderErrorKind::Conflict, CallOutcome::Refused), "{error:?}");
    let nowhere = NewTag { name: "v9.0.1".into(), commit: "0".repeat(40), message: String::new() };
    let error = provider.create_tag(&facts.repository, &nowhere).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::Refused, "{error:?}");
}

pub(crate) async fn a_release_is_published_once_with_notes<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let release = |tag: &str| NewRelease { tag: tag.into(), title: "Nine".into(), notes: "## What is new\n".into(), is_prerelease: false };
    if !provider.capabilities().has(Capability::Releases) {
        assert!(!has(&*provider, Capability::Releases, provider.create_release(&facts.repository, &release("v9.0.0")).await));
        assert!(!has(&*provider, Capability::Releases, provider.release(&facts.repository, "v9.0.0").await));
        return;
    }
    let commit = provider.resolve(&facts.repository, SourceKind::Branch, facts.default_branch).await.unwrap().commit;
    let tag = NewTag { name: "v9.0.0".into(), commit, message: String::new() };
    let missing = provider.create_release(&facts.repository, &release(&tag.name)).await.unwrap_err();
    assert_eq!(missing.outcome(), CallOutcome::Refused, "a release makes no tag by itself: {missing:?}");
    provider.create_tag(&facts.repository, &tag).await.unwrap();
    assert_eq!(provider.release(&facts.repository, &tag.name).await.unwrap(), None);
    let made = provider.create_release(&facts.repository, &release(&tag.name)).await.unwrap();
    assert_eq!((made.tag.as_str(), made.title.as_str(), made.notes.as_str()), ("v9.0.0", "Nine", "## What is new\n"));
    assert!(made.published_at.is_some() && !made.url.is_empty() && !made.external_id.is_empty(), "{made:?}");
    assert_eq!(provider.release(&facts.repository, &tag.name).await.unwrap(), Some(made));
    let again = provider.create_release(&facts.repository, &release(&tag.name)).await.unwrap_err();
    assert_eq!((again.kind.clone(), again.outcome()), (ProviderErrorKind::Conflict, CallOutcome::Refused), "{again:?}");
    let hidden = provider.release("nobody/nothing", "v1.0.0").await.unwrap_err();
    assert_eq!(hidden.kind, ProviderErrorKind::NotFound, "{hidden:?}");

    let notes = provider.generate_notes(&facts.repository, &tag, Some(facts.tags[0])).await;
    if has(&*provider, Capability::GeneratedNotes, notes.clone()) {
        assert!(!notes.unwrap().is_empty());
    }
}

pub(crate) async fn what_can_be_held_is_held_and_released<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let holds = provider.holds(&facts.repository).await;
    if !has(&*provider, Capability::Hold, holds.clone()) {
        assert!(!has(&*provider, Capability::Hold, provider.set_hold(&facts.repository, &HoldTarget::Freeze, true, "x").await));
        return;
    }
    let holds = holds.unwrap();
    assert!(!holds.is_empty());
    let target = holds[0].target.clone();
    for held in [true, true, false, false] {
        provider.set_hold(&facts.repository, &target, held, "quarter's end").await.unwrap();
        let now = provider.holds(&facts.repository).await.unwrap();
        let one = now.iter().find(|one| one.target == target).unwrap();
        assert_eq!(one.is_held, held);
        assert!(!one.stops.is_empty() && !one.title.is_empty());
    }
    let weak = stand_in.client(Token::ReadOnly).set_hold(&facts.repository, &target, true, "x").await.unwrap_err();
    assert_eq!(weak.kind, ProviderErrorKind::Forbidden, "{weak:?}");
}

pub(crate) async fn recent_runs_tell_who_and_what<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let (deploy, since) = (stand_in.deploy("staging", "recent-1"), now());
    let none = provider.recent_runs(&facts.repository, &deploy.pipeline, since, 100).await;
    if !has(&*provider, Capability::RecentRuns, none.clone()) {
        return;
    }
    assert_eq!(none.unwrap().runs, vec![]);
    let id = start(&*provider, &facts.repository, &deploy, "recent-1").await.external_id;
    // What still waits in a queue needs not be listed.
    stand_in.ended(&id).await;
    let found = provider.recent_runs(&facts.repository, &deploy.pipeline, since, 100).await.unwrap().runs;
    assert_eq!(found.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    let me = provider.verify().await.unwrap().account.login;
    assert_eq!(found[0].started_by.as_deref(), Some(me.as_str()));
    if provider.capabilities().has(Capability::Source) {
        assert_eq!(found[0].git_ref.as_deref(), Some(deploy.git_ref.as_str()));
    }
    assert!(found[0].commit.is_some() && found[0].created_at.is_some() && !found[0].url.is_empty(), "{found:?}");
    let later = since.plus(std::time::Duration::from_secs(3600));
    assert_eq!(provider.recent_runs(&facts.repository, &deploy.pipeline, later, 100).await.unwrap().runs, vec![]);
    assert_eq!(provider.recent_runs(&facts.repository, &deploy.pipeline, since, 1).await.unwrap().cut_at, None, "that is all");
    let second = start(&*provider, &facts.repository, &stand_in.deploy("staging", "recent-2"), "recent-2").await.external_id;
    stand_in.ended(&second).await;
    let newest = provider.recent_runs(&facts.repository, &deploy.pipeline, since, 1).await.unwrap();
    assert_eq!(newest.runs.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), [second.as_str()]);
    assert_eq!(
        (newest.cut_at, newest.newest),
        (newest.runs[0].created_at, newest.runs[0].created_at),
        "there are older ones, and it says so"
    );
    let other = provider.recent_runs(&facts.repository, "no-such-pipeline.yml", since, 100).await;
    assert!(other.as_ref().map_or_else(|error| error.kind == ProviderErrorKind::NotFound, |recent| recent.runs.is_empty()), "{other:?}");
}
