//! The wish to stop: Ctrl-C, and SIGTERM where there is one.

/// Returns when the process is asked to stop. Listens from the moment it is called; must be called within the runtime.
pub(crate) fn asked_to_stop() -> impl Future<Output = ()> + Send {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        async move {
            match signals {
                (Ok(mut interrupted), Ok(mut terminated)) => {
                    tokio::select! {
                        _ = interrupted.recv() => {}
                        _ = terminated.recv() => {}
                    }
                }
                // The system's own way of ending a process is left then.
                _ => std::future::pending().await,
            }
        }
    }
    #[cfg(not(unix))]
    async move {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
