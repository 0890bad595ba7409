//! `pilothouse check`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::session::Session;
use crate::text::{age_or, fields, moment, table_or, word};
use crate::{input, names};
use clap::{Args, Subcommand};
use pilothouse_api::{
    Api, ApiError, CheckDto, CheckHistoryRequest, CheckView, ErrorCode, HealthView, HealthWord, IdRequest, MeasurementView, ProbeDto,
    PutCheckRequest, TriedCheckView,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum CheckCommand {
    /// All checks and how they go, with the open incidents
    List,
    /// Add a check to an environment; or change one, with its name or --id
    Put {
        /// Environment: name, product/name, or id
        environment: String,
        #[command(flatten)]
        check: CheckArguments,
    },
    /// Measure once without keeping anything
    Try {
        #[command(flatten)]
        check: CheckArguments,
    },
    /// Take a check away, with its history
    Remove {
        /// Its id, or its name where it is unique
        check: String,
    },
    /// Measure a check now
    Measure {
        /// Its id, or its name where it is unique
        check: String,
    },
    /// A check's measurements, newest first
    History {
        /// Its id, or its name where it is unique
        check: String,
        /// Only those before this time
        #[arg(long, value_name = "TIME")]
        before: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=5_000))]
        limit: u32,
    },
}

/// What a check measures and how.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// A JSON document, as `product show --json` prints it; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["http", "version_url"])]
    file: Option<PathBuf>,
    /// Change the check with this id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Its name
    #[arg(long, value_name = "NAME", default_value = "health")]
    name: String,
    /// Ask this address
    #[arg(long, value_name = "URL", conflicts_with = "version_url")]
    http: Option<String>,
    /// The statuses that pass
    #[arg(long, value_name = "MIN-MAX", default_value = "200-299")]
    status: String,
    /// Text that must stand in the answer
    #[arg(long, value_name = "TEXT")]
    contains: Option<String>,
    /// Milliseconds above which the answer is degraded
    #[arg(long, value_name = "MS")]
    slow_ms: Option<u32>,
    /// Read the running version here; may be repeated, one for each instance
    #[arg(long, value_name = "URL")]
    version_url: Vec<String>,
    /// Where the version stands in the JSON answer: /version. Without it, the answer is the version
    #[arg(long, value_name = "POINTER", default_value = "")]
    pointer: String,
    /// Seconds between two measurements
    #[arg(long, value_name = "S", default_value_t = 30)]
    interval: u32,
    /// Milliseconds after which a measurement has failed
    #[arg(long, value_name = "MS", default_value_t = 5_000)]
    timeout_ms: u32,
    /// Failures in a row that make it failing
    #[arg(long, value_name = "N", default_value_t = 3)]
    failures: u16,
    /// Passes in a row that make it healthy again
    #[arg(long, value_name = "N", default_value_t = 2)]
    recoveries: u16,
    /// Add it switched off
    #[arg(long)]
    disabled: bool,
}

pub(crate) async fn run(command: CheckCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        CheckCommand::List => session.screen.show(&api.health().await?, list),
        CheckCommand::Put { environment, check } => {
            let place = names::place(api, &environment).await?;
            let mut check = check.decode()?;
            if check.id.is_none() {
                check.id =
                    api.health().await?.checks.into_iter().find(|c| c.environment_id == place.1.id && c.name == check.name).map(|c| c.id);
            }
            let put = api.put_check(PutCheckRequest { environment_id: place.1.id, check }).await?;
            session.screen.show(&put, |put| format!("{} is checked every {} s in {}.", put.name, put.interval_seconds, environment));
        }
        CheckCommand::Try { check } => {
            let tried = api.try_check(check.decode()?).await?;
            session.screen.show(&tried, tried_text);
            let passed = matches!(tried.measurement.outcome, pilothouse_api::OutcomeWord::Passed | pilothouse_api::OutcomeWord::Degraded);
            return Ok(if passed { Exit::Done } else { Exit::Failed });
        }
        CheckCommand::Remove { check } => {
            let view = find(api, &check).await?;
            api.remove_check(IdRequest { id: view.id.clone() }).await?;
            session.screen.show(&view, |view| format!("Removed {} of {}/{}.", view.name, view.product, view.environment));
        }
        CheckCommand::Measure { check } => {
            let id = find(api, &check).await?.id;
            let view = api.measure_now(IdRequest { id }).await?;
            session.screen.show(&view, measured_text);
            return Ok(if view.health == HealthWord::Failing { Exit::Failed } else { Exit::Done });
        }
        CheckCommand::History { check, before, limit } => {
            let check_id = find(api, &check).await?.id;
            let history = api.check_history(CheckHistoryRequest { check_id, before, limit }).await?;
            session.screen.show(&history, |history| history_text(history));
        }
    }
    Ok(Exit::Done)
}

impl CheckArguments {
    fn decode(self) -> Result<CheckDto, ApiError> {
        if let Some(file) = &self.file {
            let mut check: CheckDto = input::json(file)?;
            check.id = self.id.or(check.id);
            return Ok(check);
        }
        let probe = match self.http {
            Some(url) => {
                let (status_min, status_max) = statuses(&self.status)?;
                ProbeDto::Http { url, status_min, status_max, body_contains: self.contains, slow_ms: self.slow_ms }
            }
            None if !self.version_url.is_empty() => ProbeDto::RunningVersion { urls: self.version_url, pointer: self.pointer },
            None => {
                return Err(ApiError::invalid(
                    "probe",
                    "nothing is said about what to measure",
                    "Give --http URL, --version-url URL, or --file.",
                ));
            }
        };
        Ok(CheckDto {
            id: self.id,
            name: self.name,
            probe,
            interval_seconds: self.interval,
            timeout_ms: self.timeout_ms,
            failure_threshold: self.failures,
            recovery_threshold: self.recoveries,
            enabled: !self.disabled,
        })
    }
}

fn statuses(text: &str) -> Result<(u16, u16), ApiError> {
    let (min, max) = text.split_once('-').unwrap_or((text, text));
    match (min.trim().parse(), max.trim().parse()) {
        (Ok(min), Ok(max)) => Ok((min, max)),
        _ => Err(ApiError::invalid("status", format!("`{text}` is no range of statuses"), "Write 200 or 200-299.")),
    }
}

async fn find(api: &Api, text: &str) -> Result<CheckView, ApiError> {
    let mut found: Vec<CheckView> = api.health().await?.checks.into_iter().filter(|c| c.id == text || c.name == text).collect();
    match found.len() {
        1 => found.pop().ok_or_else(|| missing(text)),
        0 => Err(missing(text)),
        several => Err(ApiError::invalid(
            "check",
            format!("{several} checks are called `{text}`"),
            "Give the id, as `pilothouse check list` prints it.",
        )),
    }
}

fn missing(text: &str) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("there is no check `{text}`"), "See `pilothouse check list` for what there is.")
}

fn list(health: &HealthView) -> String {
    let rows = health.checks.iter().map(|c| {
        let state = if c.enabled { word(c.health) } else { "switched off".to_owned() };
        vec![format!("{}/{}", c.product, c.environment), c.name.clone(), state, age_or(c.since.as_ref()), c.reason.clone(), c.id.clone()]
    });
    let mut text = table_or(&["ENVIRONMENT", "CHECK", "STATE", "SINCE", "", "ID"], rows.collect(), "No checks.");
    for incident in &health.incidents {
        text.push_str(&format!("\nIncident {} in {}/{}: {}\n", incident.number, incident.product, incident.environment, incident.summary));
    }
    text
}

fn measurement(view: &MeasurementView) -> Vec<String> {
    let latency = view.latency_us.map(|us| format!("{} ms", us / 1_000)).unwrap_or_default();
    vec![moment(&view.at), word(view.outcome), latency, view.reason.clone().unwrap_or_default()]
}

fn history_text(history: &[MeasurementView]) -> String {
    table_or(&["WHEN", "OUTCOME", "LATENCY", ""], history.iter().map(measurement).collect(), "Not measured yet.")
}

fn measured_text(view: &CheckView) -> String {
    let last = view.recent.first().map(|m| measurement(m).join("  ")).unwrap_or_default();
    format!("{} of {}/{}: {}\n{}", view.name, view.product, view.environment, word(view.health), fields(&[("measured", last)]))
}

fn tried_text(tried: &TriedCheckView) -> String {
    let mut text = format!("{}\n", measurement(&tried.measurement).join("  "));
    for instance in &tried.versions {
        let said = instance.version.clone().or_else(|| instance.reason.clone()).unwrap_or_default();
        text.push_str(&format!("  {}: {said}\n", instance.url));
    }
    text
}
