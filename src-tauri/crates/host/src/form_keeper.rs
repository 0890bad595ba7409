//! Serves the feedback form while the engine runs here, as the settings say: they are kept in a file, which the window, the command line and
//! the agent share, and are looked at every second. Must not decide who is let in; nor take the engine down with it.

use pilothouse_engine::Engine;
use pilothouse_engine::ports::form_book::{FormOutcome, FormServed, FormSettings};
use pilothouse_form::Limits;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Between two looks at the settings.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Looks between two tries to open a port that is taken.
const TRY_AGAIN: u32 = 5;

/// A form that is served.
struct Serving {
    cancel: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

/// Keeps the form as the settings say, until cancelled.
pub(crate) async fn keep(engine: Arc<Engine>, cancel: CancellationToken) {
    let mut known: Option<FormSettings> = None;
    let mut serving: Option<Serving> = None;
    let mut looks = 0_u32;
    while !cancel.is_cancelled() {
        let wanted = engine.form_book().settings();
        let is_over = serving.as_ref().is_some_and(|serving| serving.task.is_finished());
        let has_failed = wanted.is_on && serving.is_none();
        looks = looks.wrapping_add(1);
        if known.as_ref() != Some(&wanted) || is_over || (has_failed && looks.is_multiple_of(TRY_AGAIN)) {
            stop(serving.take()).await;
            let (outcome, begun) = start(&engine, &wanted, &cancel).await;
            serving = begun;
            say(&engine, wanted.clone(), outcome);
            known = Some(wanted);
        }
        tokio::select! {
            () = cancel.cancelled() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
    stop(serving).await;
    say(&engine, engine.form_book().settings(), FormOutcome::Stopped);
}

async fn start(engine: &Arc<Engine>, settings: &FormSettings, cancel: &CancellationToken) -> (FormOutcome, Option<Serving>) {
    if !settings.is_on {
        return (FormOutcome::Stopped, None);
    }
    let listener = match TcpListener::bind((settings.address, settings.port)).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(%error, place = settings.place(), "the feedback form can't be served");
            return (FormOutcome::Failed { reason: words(&error, settings) }, None);
        }
    };
    let port = listener.local_addr().map_or(settings.port, |address| address.port());
    tracing::info!(place = settings.place(), "the feedback form is served");
    let (engine, settings, cancel) = (Arc::clone(engine), settings.clone(), cancel.child_token());
    let stop = cancel.clone();
    // A task of its own: what breaks down in it breaks nothing else.
    let task = tokio::spawn(async move { pilothouse_form::serve(listener, engine, &settings, Limits::default(), stop).await });
    (FormOutcome::Listening { port }, Some(Serving { cancel, task }))
}

async fn stop(serving: Option<Serving>) {
    let Some(Serving { cancel, task }) = serving else { return };
    cancel.cancel();
    match task.await {
        Ok(Ok(())) => tracing::info!("the feedback form is not served any more"),
        Ok(Err(error)) => tracing::error!(%error, "the feedback form ended by itself"),
        Err(error) => tracing::error!(%error, "the feedback form broke down"),
    }
}

fn say(engine: &Engine, settings: FormSettings, outcome: FormOutcome) {
    let book = engine.form_book();
    let served = FormServed { settings, outcome };
    if book.served().as_ref() == Some(&served) {
        return;
    }
    if let Err(error) = book.set_served(&served) {
        tracing::warn!(%error, "what came of the feedback form can't be written down");
    }
}

/// Why a port can't be opened, as people read it.
fn words(error: &std::io::Error, settings: &FormSettings) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => format!("Another program has port {}. Choose another port, or end that program.", settings.port),
        std::io::ErrorKind::AddrNotAvailable => {
            format!("This computer doesn't have the address {} now. Choose one that it has.", settings.address)
        }
        std::io::ErrorKind::PermissionDenied => format!("This person may not open port {}. Choose one from 1024 on.", settings.port),
        _ => format!("It can't be served on {}: {error}.", settings.place()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use crate::{Host, HostOptions};
    use pilothouse_api::{FeedbackFormState, SetFeedbackFormRequest};
    use pilothouse_platform::HostKind;
    use tokio::net::{TcpListener, TcpStream};

    fn set(is_on: bool, port: u16) -> SetFeedbackFormRequest {
        SetFeedbackFormRequest { is_on, address: "127.0.0.1".into(), port, public_url: None, trusted_proxy: None }
    }

    #[tokio::test]
    async fn the_form_is_served_while_the_engine_runs_and_it_is_turned_on() {
        let dir = tempfile::tempdir().unwrap();
        let mut options = HostOptions::new(HostKind::Agent);
        options.data_dir = Some(dir.path().to_owned());
        let host = Host::open(options).await.unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_eq!(host.api().set_feedback_form(set(true, port)).await.unwrap().state, FeedbackFormState::NoEngine);

        host.start_engine().await;
        let view = host.api().set_feedback_form(set(true, port)).await.unwrap();
        assert_eq!(view.state, FeedbackFormState::Failed);
        assert!(view.problem.unwrap().contains("Another program has port"));
        // Off and on again, now that the port is free: nobody waits for the next try.
        drop(taken);
        assert_eq!(host.api().set_feedback_form(set(false, port)).await.unwrap().state, FeedbackFormState::Off);
        let view = host.api().set_feedback_form(set(true, port)).await.unwrap();
        assert_eq!(view.state, FeedbackFormState::Listening, "{:?}", view.problem);
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_ok());

        assert_eq!(host.api().set_feedback_form(set(false, port)).await.unwrap().state, FeedbackFormState::Off);
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "the port is closed");
        host.api().set_feedback_form(set(true, port)).await.unwrap();
        host.stop_engine().await;
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "nobody serves it any more");
        assert_eq!(host.api().feedback_form().await.unwrap().state, FeedbackFormState::NoEngine);
    }
}
