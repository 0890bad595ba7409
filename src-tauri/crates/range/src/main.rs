//! The binary `pilothouse-range`: starts one range, says where everything is, and runs until it is told to stop.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use pilothouse_range::{Range, RangeError, RangeOptions, RangeSummary};

/// The practice range: GitHub's REST API over a real repository, and a fleet that its workflows deploy to, on loopback.
#[derive(Debug, Parser)]
#[command(name = "pilothouse-range", version)]
struct Arguments {
    /// Fixed ports: GitHub at P, its log store P+1, the control page P+2, GitLab P+3, Jenkins P+4, CodePipeline P+5, staging from P+10, production from P+20. Without it, free ones.
    #[arg(long, value_name = "P", value_parser = clap::value_parser!(u16).range(1024..=65_000))]
    port_base: Option<u16>,
    /// How long one step of a workflow job takes, in milliseconds.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pace_ms: u64,
    /// How long an instance answers 503 after a deploy, in milliseconds; without it, most of one pace.
    #[arg(long, value_name = "N")]
    startup_ms: Option<u64>,
    /// The version that runs at the start.
    #[arg(long, value_name = "VERSION", default_value = "1.1.0", conflicts_with = "empty")]
    initial_version: String,
    /// Nothing was ever deployed.
    #[arg(long)]
    empty: bool,
    /// Behave like Enterprise Server 3.17 to 3.19: dispatch answers 204 only.
    #[arg(long)]
    enterprise_server: bool,
    /// Deployments to this environment wait for an approval at GitHub; may be repeated.
    #[arg(long, value_name = "ENVIRONMENT", value_parser = ["staging", "production"])]
    protect: Vec<String>,
    /// Requests per hour before the primary rate limit refuses.
    #[arg(long, value_name = "N", default_value_t = 15_000)]
    rate_limit: u32,
    /// Print one line of JSON with all addresses and tokens when everything answers, and nothing else.
    #[arg(long)]
    json: bool,
    /// Also write that JSON to a file that only its owner can read; it is removed at the end.
    #[arg(long, value_name = "FILE")]
    state_file: Option<PathBuf>,
    /// End when standard input is closed: whoever started it has gone.
    #[arg(long)]
    until_stdin_closes: bool,
}

impl Arguments {
    fn options(&self) -> RangeOptions {
        let pace = Duration::from_millis(self.pace_ms);
        RangeOptions {
            pace,
            startup: self.startup_ms.map_or(pace * 4 / 5, Duration::from_millis),
            port_base: self.port_base,
            initial_version: (!self.empty).then(|| self.initial_version.clone()),
            enterprise_server: self.enterprise_server,
            protected_environments: self.protect.clone(),
            rate_limit: self.rate_limit,
            ..RangeOptions::default()
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::WARN).init();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; the exit code says the same.
            let _ = writeln!(std::io::stderr(), "pilothouse-range: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), RangeError> {
    // Before anything is said: whoever reads that the range is ready may tell it to stop at once.
    let stop = told_to_stop(arguments.until_stdin_closes);
    let range = Range::start(arguments.options()).await?;
    let summary = range.summary();
    let line = serde_json::to_string(&summary).unwrap_or_default();
    if let Some(file) = &arguments.state_file {
        write_private(file, &line).map_err(|source| RangeError::Folder { path: file.clone(), source })?;
    }
    let text = if arguments.json { line + "\n" } else { describe(&summary) };
    let mut output = std::io::stdout();
    // Whoever closed the pipe does not want to know; the range runs on until it is told to stop.
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    stop.await;
    range.shutdown().await;
    if let Some(file) = &arguments.state_file {
        std::fs::remove_file(file).map_err(|source| RangeError::Folder { path: file.clone(), source })?;
    }
    Ok(())
}

fn describe(summary: &RangeSummary) -> String {
    let mut text = format!(
        "The practice range is open.\n\n  repository    {}\n  GitHub        {}\n  its token     {}\n  GitLab        {}\n  its token     {}\n  Jenkins       {}\n  its user      {}, token {}\n  control       {}/\n  git           {}\n  CodePipeline  {} in {}, access key {}\n",
        summary.repository,
        summary.github_url,
        summary.token,
        summary.gitlab_url,
        summary.gitlab_token,
        summary.jenkins_url,
        summary.jenkins_user,
        summary.jenkins_token,
        summary.control_url,
        summary.repository_path.display(),
        summary.codepipeline_url,
        summary.aws_region,
        summary.aws_keys.full.access_key_id,
    );
    for environment in &summary.environments {
        text += &format!("\n  {:<13} {}\n", environment.name, environment.url);
        for instance in &environment.instances {
            text += &format!("    {:<15} {}\n", instance.name, instance.url);
        }
    }
    text + "\nOther tokens: read-only, without the scope repo, and expired ones are on the control page. Ctrl-C ends the range.\n"
}

/// Writes beside the file and renames: a reader sees all of it or nothing.
fn write_private(file: &Path, line: &str) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(line.as_bytes())?;
    temporary.persist(file)?;
    Ok(())
}

/// Listens from now on for Ctrl-C, SIGTERM, or the end of standard input where that was asked for.
fn told_to_stop(watch_stdin: bool) -> impl Future<Output = ()> {
    #[cfg(unix)]
    let (interrupted, terminated) = {
        use tokio::signal::unix::SignalKind;
        (signalled(SignalKind::interrupt()), signalled(SignalKind::terminate()))
    };
    #[cfg(not(unix))]
    let (interrupted, terminated) = (tokio::signal::ctrl_c(), std::future::pending::<()>());
    let (closed, stdin_closed) = tokio::sync::oneshot::channel::<()>();
    // Kept while nobody watches: a dropped sender would count as closed.
    let mut kept = Some(closed);
    if let Some(closed) = kept.take_if(|_| watch_stdin) {
        // A thread of its own: a blocked read must not keep the runtime from ending.
        std::thread::spawn(move || {
            let mut buffer = [0u8; 256];
            while matches!(std::io::stdin().read(&mut buffer), Ok(read) if read > 0) {}
            let _ = closed.send(());
        });
    }
    async move {
        let _kept = kept;
        tokio::select! {
            _ = interrupted => {}
            () = terminated => {}
            _ = stdin_closed => {}
        }
    }
}

/// The signal is caught from the call on, not only from the first time somebody waits.
#[cfg(unix)]
fn signalled(kind: tokio::signal::unix::SignalKind) -> impl Future<Output = ()> {
    let signal = tokio::signal::unix::signal(kind);
    async move {
        match signal {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    }
}
