//! What goes wrong on the way: nothing is started twice, and each failure says the truth about its effect.

use crate::conformance::fixture::{Fixture, Setup, Token, Trouble, now, search};
use pilothouse_engine::ports::provider::{CallOutcome, ProviderErrorKind};

pub(crate) async fn a_trigger_is_sent_once_and_its_failure_is_honest<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let facts = stand_in.facts();
    for (n, (trouble, outcome)) in [
        (Trouble::HangsUpBefore, CallOutcome::Unknown),
        (Trouble::HangsUpAfter, CallOutcome::Unknown),
        (Trouble::Fails, CallOutcome::Unknown),
        (Trouble::FailsAfter, CallOutcome::Unknown),
        (Trouble::ProxyPage, CallOutcome::Unknown),
        (Trouble::Limited, CallOutcome::NotStarted),
        (Trouble::TokenRefused, CallOutcome::Refused),
    ]
    .into_iter()
    .enumerate()
    {
        let correlation = format!("trouble-{n}-x");
        let (pipeline, since) = (stand_in.deploy("staging", &correlation), now());
        let before = stand_in.triggers_received();
        stand_in.order(trouble);
        let error = stand_in.client(Token::Full).trigger(&facts.repository, &pipeline).await.unwrap_err();
        assert_eq!(error.outcome(), outcome, "{trouble:?}: {error:?}");
        assert_eq!(stand_in.triggers_received() - before, 1, "{trouble:?}");
        assert_eq!(stand_in.started(&correlation), usize::from(trouble.starts_a_run()), "{trouble:?}");
        // What a search finds is what was started: this is how an unknown outcome becomes known.
        let found = stand_in.client(Token::Full).find_runs(&facts.repository, &search(&pipeline, &correlation, true, since)).await.unwrap();
        assert_eq!(found.len(), usize::from(trouble.starts_a_run()), "{trouble:?}");
    }
}

pub(crate) async fn a_late_answer_is_no_answer<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let facts = stand_in.facts();
    stand_in.order(Trouble::Late);
    let pipeline = stand_in.deploy("staging", "late-1");
    let error = stand_in.hasty_client().trigger(&facts.repository, &pipeline).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NoAnswer, "{error:?}");
    assert_eq!((stand_in.started("late-1"), stand_in.triggers_received()), (1, 1));
}

pub(crate) async fn a_read_survives_a_hiccup<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let facts = stand_in.facts();
    stand_in.order_read_failure();
    stand_in.client(Token::Full).repository(&facts.repository).await.unwrap();
}

pub(crate) async fn an_unreachable_provider_was_not_reached<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let facts = stand_in.facts();
    let lost = stand_in.lost_client();
    let error = lost.trigger(&facts.repository, &stand_in.deploy("staging", "lost-1")).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.outcome()), (ProviderErrorKind::NotReached, CallOutcome::NotStarted), "{error:?}");
    let error = lost.verify().await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotReached, "{error:?}");
}
