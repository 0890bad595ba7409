//! What is read: accounts, repositories, pipelines, refs, commits.

use crate::conformance::fixture::{Fixture, Setup, Token, assert_lacking};
use pilothouse_domain::release::SourceKind;
use pilothouse_engine::ports::provider::{CallOutcome, Capability, InputKind, ProviderErrorKind};

pub(crate) async fn the_account_is_verified<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let verified = stand_in.client(Token::Full).verify().await.unwrap();
    assert!(!verified.account.login.is_empty());
    assert_eq!(verified.missing, Vec::<String>::new());
    assert!(verified.rate_limit.is_none_or(|limit| limit.remaining <= limit.limit));
}

pub(crate) async fn a_refused_token_is_told_from_a_weak_one<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let facts = stand_in.facts();
    let expired = stand_in.client(Token::Expired).verify().await.unwrap_err();
    assert_eq!(expired.kind, ProviderErrorKind::Unauthorized, "{expired:?}");

    let blind = stand_in.client(Token::Blind);
    assert_ne!(blind.verify().await.unwrap().missing, Vec::<String>::new());
    let error = blind.repository(&facts.repository).await.unwrap_err();
    assert!(matches!(error.kind, ProviderErrorKind::NotFound | ProviderErrorKind::Forbidden), "{error:?}");

    let reader = stand_in.client(Token::ReadOnly);
    reader.pipelines(&facts.repository).await.unwrap();
    let error = reader.trigger(&facts.repository, &stand_in.deploy("staging", "weak")).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.outcome()), (ProviderErrorKind::Forbidden, CallOutcome::Refused), "{error:?}");
    assert!(error.next_step.contains("permission") || error.next_step.contains("scope"), "says what is missing: {error:?}");
    assert_eq!(stand_in.started("weak"), 0);
}

pub(crate) async fn repositories_environments_and_pipelines_are_found<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let found = provider.repositories(facts.query).await.unwrap();
    assert!(found.iter().any(|repository| repository.full_name == facts.repository), "{found:?}");
    assert_eq!(provider.repositories("no such name").await.unwrap(), vec![]);
    let one = provider.repository(&facts.repository).await.unwrap();
    assert_eq!(one.default_branch, facts.default_branch);
    assert_ne!(one.can_write, Some(false));
    let environments = provider.environments(&facts.repository).await.unwrap();
    for wanted in facts.environments {
        assert!(environments.iter().any(|name| name == wanted), "{environments:?}");
    }
    let pipelines = provider.pipelines(&facts.repository).await.unwrap();
    let deploy = stand_in.deploy("staging", "x").pipeline;
    assert!(pipelines.iter().any(|pipeline| pipeline.pipeline == deploy && pipeline.is_active), "{pipelines:?}");
    let error = provider.repository("nobody/nothing").await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound, "{error:?}");
}

pub(crate) async fn inputs_are_those_at_the_ref<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let deploy = stand_in.deploy("staging", "x");
    let now = provider.describe_pipeline(&facts.repository, &deploy.pipeline, facts.default_branch).await.unwrap();
    assert_eq!(now.obstacle, None);
    for (name, _) in &deploy.inputs {
        assert!(now.inputs.iter().any(|input| input.name == *name), "{name}: {now:?}");
    }
    let correlation = now.inputs.iter().find(|input| input.name == facts.correlation_input).unwrap();
    assert!(correlation.shown_in_title && correlation.kind == InputKind::Text, "{correlation:?}");
    if !facts.tag_without_correlation.is_empty() {
        let then = provider.describe_pipeline(&facts.repository, &deploy.pipeline, facts.tag_without_correlation).await.unwrap();
        assert!(!then.inputs.is_empty() && !then.inputs.iter().any(|input| input.name == facts.correlation_input), "{then:?}");
    }
    if !facts.unstartable.is_empty() {
        let other = provider.describe_pipeline(&facts.repository, facts.unstartable, facts.default_branch).await.unwrap();
        assert!(other.obstacle.is_some(), "{other:?}");
    }
    let absent = provider.describe_pipeline(&facts.repository, "no-such-pipeline.yml", facts.default_branch).await;
    assert!(absent.as_ref().map_or(true, |described| described.obstacle.is_some()), "{absent:?}");
    if facts.tag_without_correlation.is_empty() {
        let same = provider.describe_pipeline(&facts.repository, &deploy.pipeline, facts.other_branch).await.unwrap();
        return assert_eq!(same, now, "the same at any ref");
    }
    let error = provider.describe_pipeline(&facts.repository, &deploy.pipeline, "no-such-ref").await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound, "{error:?}");
}

pub(crate) async fn names_point_at_commits<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    if !provider.capabilities().has(Capability::Source) {
        assert_lacking(provider.refs(&facts.repository).await);
        assert_lacking(provider.commits(&facts.repository, facts.default_branch, 1).await);
        assert_lacking(provider.resolve(&facts.repository, SourceKind::Branch, facts.default_branch).await);
        return;
    }
    let refs = provider.refs(&facts.repository).await.unwrap();
    let names = |kind| refs.iter().filter(|r| r.kind == kind).map(|r| r.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names(SourceKind::Tag), facts.tags);
    assert_eq!(names(SourceKind::Branch)[0], facts.default_branch);
    assert!(names(SourceKind::Branch).contains(&facts.other_branch));
    for listed in &refs {
        let resolved = provider.resolve(&facts.repository, listed.kind, &listed.name).await.unwrap();
        assert_eq!(resolved, *listed, "the list and the single name agree, annotated tags too");
        let short = provider.resolve(&facts.repository, SourceKind::Commit, &listed.commit[..8]).await.unwrap();
        assert_eq!(short.commit, listed.commit);
        let newest = provider.commits(&facts.repository, &listed.name, 1).await.unwrap();
        assert_eq!((newest.len(), &newest[0].sha), (1, &listed.commit));
    }
    for (kind, name) in [(SourceKind::Tag, "no-such-tag"), (SourceKind::Branch, "no-such-branch"), (SourceKind::Commit, "0123456789abcdef")]
    {
        let error = provider.resolve(&facts.repository, kind, name).await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::NotFound, "{name}: {error:?}");
    }
    let commit = provider.resolve(&facts.repository, SourceKind::Branch, facts.default_branch).await.unwrap().commit;
    let file = provider.file(&facts.repository, &commit, "README.md").await.unwrap();
    assert!(file.contains('#'), "{file}");
    let missing = provider.file(&facts.repository, &commit, "no/such file.yml").await.unwrap_err();
    assert_eq!(missing.kind, ProviderErrorKind::NotFound, "{missing:?}");
}

pub(crate) async fn a_comparison_is_newest_first<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let (base, head, titles) = facts.compared;
    if !provider.capabilities().has(Capability::Source) {
        return assert_lacking(provider.compare(&facts.repository, base, head).await);
    }
    let there = provider.compare(&facts.repository, base, head).await.unwrap();
    assert_eq!(there.commits.iter().map(|commit| commit.title.as_str()).collect::<Vec<_>>(), titles);
    assert_eq!((there.ahead as usize, there.behind), (titles.len(), 0));
    assert!(there.commits.iter().all(|commit| commit.at.is_some() && !commit.author.is_empty()));
    assert!(there.paths.as_ref().is_some_and(|paths| !paths.is_empty() && paths.is_sorted()), "{:?}", there.paths);
    let back = provider.compare(&facts.repository, head, base).await.unwrap();
    assert_eq!((back.ahead, back.behind as usize, back.commits.len()), (0, titles.len(), 0));
    provider.compare(&facts.repository, base, facts.other_branch).await.unwrap();
    let error = provider.compare(&facts.repository, base, "no-such-ref").await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound, "{error:?}");
}
