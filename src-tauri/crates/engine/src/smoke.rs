//! Sends the steps of a smoke scenario, one after another, and says what each has come to. What is kept of them holds no secret.
//!
//! Must not: write anything down (see [`carry`](crate::carry)), or let a secret's value leave this module but in a request.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::prober::SmokeRequest;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::smoke::form::{self, Scenario, Step};
use pilothouse_domain::smoke::judge::{Captured, Judged, capture, judge, render, render_json};
use pilothouse_domain::smoke::redaction::Redaction;
use pilothouse_domain::smoke::template::{MissingValue, SECRET, Template};
use pilothouse_domain::smoke::{Answer, Exchange, SmokeVerdict, StepResult, Unanswered};
use pilothouse_domain::strict_yaml::YamlFault;
use pilothouse_domain::{ProductId, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The longest that the steps of a run may take together.
const RUN_LIMIT: Duration = Duration::from_secs(900);
/// Exchanges that are kept of a run.
const KEPT_EXCHANGES: usize = 100;

/// A scenario with all that its steps need.
pub(crate) struct Session {
    pub(crate) scenario: Scenario,
    values: BTreeMap<String, String>,
    secrets: BTreeMap<String, SecretString>,
    redaction: Redaction,
    begun: Timestamp,
    kept: usize,
}

/// What a step has come to, and what was sent for it.
pub(crate) struct Stepped {
    pub(crate) result: StepResult,
    pub(crate) exchanges: Vec<Exchange>,
}

/// A request with all values filled in.
struct Rendered {
    url: String,
    headers: Vec<(String, SecretString)>,
    body: Option<SecretString>,
}

/// What one attempt has come to.
struct Attempt {
    result: StepResult,
    exchange: Option<Exchange>,
    captured: Vec<Captured>,
}

impl Engine {
    /// A scenario's text with the values that hold in an environment and the secrets that it names.
    ///
    /// # Errors
    /// In words: why nothing can be sent.
    pub(crate) async fn smoke_session(
        &self,
        text: &str,
        product: &Product,
        environment: &Environment,
        deployment: Option<&Deployment>,
        run_id: &str,
    ) -> Result<Session, EngineError> {
        let scenario = form::parse(text).map_err(|faults| unreadable(&faults))?;
        let mut values = scenario.variables.clone();
        values.extend(scenario.environments.get(&environment.name).cloned().unwrap_or_default());
        let targets = self.store().smoke_targets(product.id).await?;
        if let Some(target) = targets.into_iter().find(|target| target.environment_id == environment.id) {
            values.insert("base_url".to_owned(), target.base_url);
        }
        let mut built_in =
            vec![("environment", environment.name.clone()), ("product", product.name.clone()), ("run_id", run_id.to_owned())];
        if let Some(deployment) = deployment {
            let tag = self.store().release(deployment.release_id).await?.tag;
            built_in.extend([("version", deployment.version.to_string()), ("commit", deployment.commit.clone()), ("tag", tag)]);
        }
        values.extend(built_in.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let (mut secrets, mut redaction) = (BTreeMap::new(), Redaction::default());
        for name in secret_names(&scenario) {
            let secret = self.smoke_secret(product.id, &product.name, &name).await?;
            redaction.add(secret.expose_secret());
            secrets.insert(format!("{SECRET}{name}"), secret);
        }
        Ok(Session { scenario, values, secrets, redaction, begun: self.now(), kept: 0 })
    }

    async fn smoke_secret(&self, product: ProductId, product_name: &str, name: &str) -> Result<SecretString, EngineError> {
        self.keychain().read_smoke_secret(product, name).await?.ok_or_else(|| {
            EngineError::invalid(
                "secret",
                format!("the keychain of this computer holds no smoke test secret {name} of {product_name}"),
                format!("Give it at the smoke tests of {product_name}, or with `pilothouse smoke secret`."),
            )
        })
    }

    /// Sends a step until it passes or may not be tried again.
    pub(crate) async fn smoke_step(&self, session: &mut Session, index: usize) -> Stepped {
        let mut exchanges = Vec::new();
        let mut attempt = 0_u16;
        // Ends: at the first attempt that passes, or after the last of at most six.
        loop {
            attempt += 1;
            let Some(step) = session.scenario.steps.get(index).cloned() else {
                let result = faulty("", SmokeVerdict::Errored, attempt, "there is no such step".to_owned());
                return Stepped { result, exchanges };
            };
            if self.now().since(session.begun) > RUN_LIMIT {
                let fault = format!("the run took longer than {} minutes", RUN_LIMIT.as_secs() / 60);
                return Stepped { result: faulty(&step.name, SmokeVerdict::Errored, attempt, fault), exchanges };
            }
            let tried = self.smoke_attempt(session, &step, index, attempt).await;
            if let Some(exchange) = tried.exchange.filter(|_| session.kept < KEPT_EXCHANGES) {
                session.kept += 1;
                exchanges.push(exchange);
            }
            if tried.result.verdict == SmokeVerdict::Passed {
                tried.captured.into_iter().for_each(|captured| session.learn(captured));
                return Stepped { result: tried.result, exchanges };
            }
            if attempt > step.retries {
                return Stepped { result: tried.result, exchanges };
            }
            let pause = Duration::from_secs(step.retry_after_seconds.into());
            self.sleep_until(self.now().plus(pause)).await;
        }
    }

    async fn smoke_attempt(&self, session: &Session, step: &Step, index: usize, attempt: u16) -> Attempt {
        let at = self.now();
        let without = |fault: String| Attempt {
            result: faulty(&step.name, SmokeVerdict::Errored, attempt, fault),
            exchange: None,
            captured: Vec::new(),
        };
        let rendered = match session.render(step) {
            Ok(rendered) => rendered,
            Err(missing) => return without(session.missing(&missing)),
        };
        let request = SmokeRequest {
            method: &step.method,
            url: &rendered.url,
            headers: &rendered.headers,
            body: rendered.body.as_ref(),
            timeout: Duration::from_secs(step.timeout_seconds.into()),
            redirects: step.redirects,
        };
        let answer = self.ports.prober.exchange(&request).await;
        session.attempt(step, &rendered, answer, Sent { at, now: self.now(), step: index, attempt })
    }
}

/// When and for what a request was sent.
struct Sent {
    at: Timestamp,
    now: Timestamp,
    step: usize,
    attempt: u16,
}

impl Session {
    /// The value of a name.
    fn value(&self, name: &str) -> Option<&str> {
        self.secrets.get(name).map(|secret| secret.expose_secret()).or_else(|| self.values.get(name).map(String::as_str))
    }

    fn learn(&mut self, captured: Captured) {
        if captured.secret {
            self.redaction.add(&captured.value);
            self.secrets.insert(captured.name, SecretString::from(captured.value));
        } else {
            self.values.insert(captured.name, captured.value);
        }
    }

    fn render(&self, step: &Step) -> Result<Rendered, MissingValue> {
        let value = |name: &str| self.value(name);
        let mut headers: Vec<(String, SecretString)> = Vec::with_capacity(step.headers.len() + 2);
        for (name, text) in &step.headers {
            headers.push((name.clone(), SecretString::from(render(text, &value)?)));
        }
        let mut add = |name: &str, text: &str| {
            if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                headers.push((name.to_owned(), SecretString::from(text)));
            }
        };
        add("User-Agent", concat!("Pilothouse/", env!("CARGO_PKG_VERSION"), " (smoke test)"));
        let body = match (&step.json, &step.body) {
            (Some(json), _) => {
                add("Content-Type", "application/json");
                Some(render_json(json, &value)?.to_string())
            }
            (None, Some(body)) => Some(render(body, &value)?),
            (None, None) => None,
        };
        Ok(Rendered { url: render(&step.url, &value)?, headers, body: body.map(SecretString::from) })
    }

    fn missing(&self, missing: &MissingValue) -> String {
        if missing.0 == "base_url" {
            let place = self.values.get("environment").map_or("this environment", String::as_str);
            return format!("nothing says where {place} is reached: give its base URL at the product's smoke tests, or in the scenario");
        }
        missing.to_string()
    }

    fn attempt(&self, step: &Step, rendered: &Rendered, answer: Result<Answer, Unanswered>, sent: Sent) -> Attempt {
        let shown: Vec<(String, String)> =
            rendered.headers.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect();
        let body = rendered.body.as_ref().map(|body| body.expose_secret());
        // Values that are taken out of the answer as credentials stand in the answer as well.
        let mut redaction = self.redaction.clone();
        let captured: Vec<Result<Captured, String>> = match &answer {
            Ok(answer) => step.capture.iter().map(|wanted| capture(wanted, answer)).collect(),
            Err(_) => Vec::new(),
        };
        for captured in captured.iter().flatten().filter(|captured| captured.secret) {
            redaction.add(&captured.value);
        }
        let (took_us, response, fault) = match &answer {
            Ok(answer) => (answer.took_us, Some(redaction.response(answer)), None),
            Err(unanswered) => (unanswered.took_us, None, Some(redaction.text(&unanswered.reason))),
        };
        let exchange = Exchange {
            step: u16::try_from(sent.step).unwrap_or(u16::MAX),
            attempt: sent.attempt,
            at: sent.at,
            request: redaction.request(&step.method, &rendered.url, &shown, body),
            response,
            fault: fault.clone(),
            took_us,
        };
        let mut result = StepResult {
            name: step.name.clone(),
            verdict: SmokeVerdict::Passed,
            attempts: sent.attempt,
            took_us,
            judged: Vec::new(),
            captured: Vec::new(),
            fault,
        };
        let captured = match answer {
            Err(unanswered) => {
                result.verdict = if unanswered.is_ours { SmokeVerdict::Errored } else { SmokeVerdict::Failed };
                Vec::new()
            }
            Ok(answer) => {
                match judge(&step.expect, &answer, sent.now, |name| self.value(name)) {
                    Ok(judged) => result.judged = judged.into_iter().map(|judged| hidden(&redaction, judged)).collect(),
                    Err(missing) => {
                        result.verdict = SmokeVerdict::Errored;
                        result.fault = Some(self.missing(&missing));
                    }
                }
                let worst = result.judged.iter().map(|judged| judged.verdict).max().unwrap_or(SmokeVerdict::Passed);
                result.verdict = result.verdict.max(worst);
                kept(&mut result, captured, &redaction)
            }
        };
        Attempt { result, exchange: Some(exchange), captured }
    }
}

/// The captures of a step that passes without them; one that finds nothing fails it.
fn kept(result: &mut StepResult, captured: Vec<Result<Captured, String>>, redaction: &Redaction) -> Vec<Captured> {
    let mut found = Vec::new();
    for captured in captured {
        match captured {
            Ok(captured) => {
                let value =
                    if captured.secret { String::new() } else { redaction.text(&captured.value.chars().take(200).collect::<String>()) };
                result.captured.push((captured.name.clone(), value));
                found.push(captured);
            }
            Err(reason) => {
                let judged = Judged { expected: "something to capture".to_owned(), found: reason, verdict: SmokeVerdict::Failed };
                result.judged.push(hidden(redaction, judged));
                result.verdict = result.verdict.max(SmokeVerdict::Failed);
            }
        }
    }
    found
}

fn hidden(redaction: &Redaction, judged: Judged) -> Judged {
    Judged { expected: redaction.text(&judged.expected), found: redaction.text(&judged.found), verdict: judged.verdict }
}

fn faulty(name: &str, verdict: SmokeVerdict, attempts: u16, fault: String) -> StepResult {
    StepResult { name: name.to_owned(), verdict, attempts, took_us: 0, judged: Vec::new(), captured: Vec::new(), fault: Some(fault) }
}

/// A scenario that can't be read, in words.
pub(crate) fn unreadable(faults: &[YamlFault]) -> EngineError {
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    let more = match faults.len() {
        0 | 1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    EngineError::invalid(
        "text",
        format!("{first}{more}"),
        "Correct the scenario. `pilothouse smoke check` tells everything that is wrong with it.",
    )
}

/// The names of the secrets that a scenario uses.
#[must_use]
pub fn secret_names(scenario: &Scenario) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for step in &scenario.steps {
        step.headers.values().chain(step.body.iter()).for_each(|text| add_secrets(text, &mut names));
        if let Some(json) = &step.json {
            add_json_secrets(json, &mut names);
        }
    }
    names
}

fn add_secrets(text: &str, names: &mut BTreeSet<String>) {
    if let Ok(template) = Template::parse(text) {
        names.extend(template.names().filter_map(|name| name.strip_prefix(SECRET)).map(str::to_owned));
    }
}

fn add_json_secrets(json: &Value, names: &mut BTreeSet<String>) {
    match json {
        Value::String(text) => add_secrets(text, names),
        Value::Array(list) => list.iter().for_each(|json| add_json_secrets(json, names)),
        Value::Object(fields) => fields.values().for_each(|json| add_json_secrets(json, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
