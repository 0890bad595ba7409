//! The log: a file a day in the data folder, and standard error where wanted, everything redacted on its way out, panics too.
//! Must not be used for anything that a person has to act on: that is shown, not logged.

use crate::redact::Redactor;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

/// The environment variable that says what is logged, as in
/// [`EnvFilter`](https://docs.rs/tracing-subscriber/latest/tracing_subscriber/filter/struct.EnvFilter.html): `debug`,
/// `pilothouse_engine=trace`.
pub const FILTER_VAR: &str = "PILOTHOUSE_LOG";

/// How many daily files are kept.
const KEPT_FILES: usize = 14;
const DEFAULT_FILTER: &str = "info,zbus=warn,sqlx=warn,hyper=warn,tao=warn,wry=warn";

/// Where the log goes.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions<'a> {
    /// The folder of the log files; must exist. `None` for no file.
    pub folder: Option<&'a Path>,
    /// Whether it also goes to standard error.
    pub stderr: bool,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file can't be written.
    #[error("no log can be written to {}: {reason}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// This process has a log already.
    #[error("the log was started already")]
    AlreadyStarted,
}

/// Starts the log of this process, and logs panics from now on instead of printing them as they are.
///
/// # Errors
/// [`LogError`]. Panics are redacted and printed even then.
pub fn start(options: LogOptions<'_>, redactor: &Redactor) -> Result<(), LogError> {
    let for_panics = redactor.clone();
    let stderr = options.stderr;
    std::panic::set_hook(Box::new(move |info| log_panic(info, &for_panics, stderr)));

    let (filter, complaint) = filter(std::env::var(FILTER_VAR).ok().as_deref());
    let file = options.folder.map(open).transpose()?;
    let file = file.map(|file| plain_lines(Redacting { inner: file, redactor: redactor.clone() }));
    let stderr = options.stderr.then(|| plain_lines(Redacting { inner: io::stderr, redactor: redactor.clone() }));
    tracing_subscriber::registry().with(file).with(stderr).with(filter).try_init().map_err(|_| LogError::AlreadyStarted)?;
    if let Some(complaint) = complaint {
        tracing::warn!("{FILTER_VAR} is not understood ({complaint}): logging `{DEFAULT_FILTER}`");
    }
    Ok(())
}

/// The filter that is asked for; the usual one where that can't be understood, and why not.
fn filter(asked: Option<&str>) -> (EnvFilter, Option<String>) {
    match asked.filter(|text| !text.trim().is_empty()).map(EnvFilter::try_new) {
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => (EnvFilter::new(DEFAULT_FILTER), Some(error.to_string())),
        None => (EnvFilter::new(DEFAULT_FILTER), None),
    }
}

fn open(folder: &Path) -> Result<RollingFileAppender, LogError> {
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("pilothouse")
        .filename_suffix("log")
        .max_log_files(KEPT_FILES)
        .build(folder)
        .map_err(|error| LogError::Folder { folder: folder.to_owned(), reason: with_sources(&error) })
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source()).take(8);
    sources.fold(error.to_string(), |words, source| format!("{words}: {source}"))
}

/// One line an event, without colours: their codes would tear a secret apart, and so hide it from the redaction.
fn plain_lines<S, W>(writer: W) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer)
}

/// Makes writers that redact. The formatter hands over each event in one piece, so a secret is never cut in two.
struct Redacting<M> {
    inner: M,
    redactor: Redactor,
}

struct RedactingWriter<'a, W> {
    inner: W,
    redactor: &'a Redactor,
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Redacting<M> {
    type Writer = RedactingWriter<'a, M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactingWriter { inner: self.inner.make_writer(), redactor: &self.redactor }
    }
}

impl<W: Write> Write for RedactingWriter<'_, W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        self.inner.write_all(self.redactor.redact(&text).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Takes the place of the standard hook, which would print the message as it is.
fn log_panic(info: &PanicHookInfo<'_>, redactor: &Redactor, stderr_is_logged: bool) {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    let backtrace = std::backtrace::Backtrace::capture();
    let words = format!("thread '{}' panicked at {place}: {message}", thread.name().unwrap_or("unnamed"));
    if !stderr_is_logged || !tracing::enabled!(tracing::Level::ERROR) {
        // Standard error may be closed; there is nobody left to tell then.
        let _ = writeln!(io::stderr(), "{}", redactor.redact(&words));
    }
    match backtrace.status() {
        std::backtrace::BacktraceStatus::Captured => tracing::error!("{words}\n{backtrace}"),
        _ => tracing::error!("{words}"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use secrecy::SecretString;
    use std::process::Command;

    /// Set in the child process that logs for real: the log and the panic hook are the process's own.
    const CHILD_VAR: &str = "PILOTHOUSE_TEST_LOG_CHILD";

    #[test]
    fn a_filter_that_is_not_understood_is_told_and_replaced() {
        assert!(filter(Some("pilothouse_engine=loud")).1.is_some());
        assert!(filter(Some("pilothouse_engine=debug,warn")).1.is_none());
        assert_eq!(filter(Some(" ")).0.to_string(), filter(None).0.to_string());
    }

    #[test]
    fn a_folder_that_is_missing_is_told_with_its_path() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = open(&file.path().join("logs")).unwrap_err();
        assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
    }

    /// Runs in a process of its own; as a test of this one it does nothing.
    #[test]
    fn child_logs_and_panics() {
        let Some(folder) = std::env::var_os(CHILD_VAR) else { return };
        let redactor = Redactor::new();
        start(LogOptions { folder: Some(Path::new(&folder)), stderr: true }, &redactor).unwrap();
        assert!(matches!(start(LogOptions { folder: None, stderr: false }, &redactor), Err(LogError::AlreadyStarted)));
        redactor.register(&SecretString::from("hunter2-of-mira"));
        tracing::info!(token = "hunter2-of-mira", "signed in with hunter2-of-mira");
        tracing::info!("then with ghp_abcdefghijklmnopqrstuvwxyz012345");
        tracing::debug!("too quiet to be seen");
        assert!(std::panic::catch_unwind(|| panic!("lost hunter2-of-mira on the way")).is_err());
    }

    #[test]
    fn the_file_and_standard_error_hold_no_secret_and_panics_are_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "log::tests::child_logs_and_panics", "--nocapture"])
            .env(CHILD_VAR, folder.path())
            .env_remove(FILTER_VAR)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&child.stderr).into_owned();
        assert!(child.status.success(), "{stderr}");
        let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [file] = files.as_slice() else { panic!("one file is written, not {files:?}") };
        for text in [std::fs::read_to_string(file).unwrap(), stderr] {
            assert!(text.contains("signed in with [redacted]"), "{text}");
            assert!(text.contains("then with [redacted]"), "{text}");
            assert!(text.contains("lost [redacted] on the way"), "{text}");
            assert!(!text.contains("hunter2") && !text.contains("ghp_"), "{text}");
            assert!(!text.contains("too quiet"), "{text}");
        }
    }
}
