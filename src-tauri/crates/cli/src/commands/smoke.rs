//! `pilothouse smoke`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::screen::Screen;
use crate::session::Session;
use crate::signals::asked_to_stop;
use crate::text::{age, clean, table_or, word};
use crate::token::TokenSource;
use crate::{input, names};
use clap::{Args, Subcommand};
use futures::StreamExt as _;
use pilothouse_api::{
    Api, ApiError, CheckedSmokeView, CollectReportsRequest, EngineRole, EngineView, ErrorCode, IdRequest, ImportReportRequest,
    PutSmokeScenarioRequest, RunSmokeRequest, SetReportRuleRequest, SetSmokeSecretRequest, SetSmokeTargetRequest, SmokePanelView,
    SmokeRunSummary, SmokeRunView, SmokeRunWord, SmokeScenarioDto, SmokeScenariosView, SmokeSourceDto, SmokeTriggerWord, check_smoke_text,
    smoke_schema,
};
use std::path::{Path, PathBuf};

/// No report is longer.
const MAX_REPORT: u64 = 16 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum SmokeCommand {
    /// Run smoke tests for a release in an environment, and wait for what they say
    Run {
        /// Release: product@version, or id
        release: String,
        /// Environment: name or id
        environment: String,
        /// Only this test: name or id; may be repeated
        #[arg(long, value_name = "NAME")]
        test: Vec<String>,
        /// Don't wait
        #[arg(long)]
        detach: bool,
    },
    /// How smoke tests stand: of a release, or the scenarios of a product
    List {
        /// Release: product@version, or id; or a product: name or id
        what: String,
    },
    /// A run with what was sent and what came back
    Show {
        /// The run's id, as `smoke list` prints it
        run: String,
    },
    /// Stop a run
    Cancel {
        /// The run's id
        run: String,
    },
    /// Import reports of other tools, JUnit XML or TAP: a file, or what a run at the provider left behind
    Import {
        /// Release: product@version, or id
        release: String,
        /// Environment: name or id
        environment: String,
        /// The report; - for standard input
        #[arg(required_unless_present = "run", conflicts_with = "run")]
        file: Option<PathBuf>,
        /// What the run of the release's last deployment there left behind, or a run that was started by hand: its id
        #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "")]
        run: Option<String>,
        /// What was tested; another report of this name takes its place. The file's name where nothing is said
        #[arg(long, value_name = "NAME", conflicts_with = "run")]
        name: Option<String>,
        /// Hold the release until it passes
        #[arg(long, conflicts_with = "run")]
        required: bool,
    },
    /// Say which files that runs leave behind are reports, and whether they are imported after each deployment
    Reports {
        /// Environment: name, product/name, or id
        environment: String,
        /// A pattern of paths, as **/*junit*.xml; may be repeated. The usual ones where nothing is said
        #[arg(long = "pattern", value_name = "PATTERN")]
        patterns: Vec<String>,
        /// Import them by themselves once the run of a deployment has ended
        #[arg(long)]
        automatic: bool,
        /// Hold the release until they pass
        #[arg(long)]
        required: bool,
    },
    /// Say what is wrong with a scenario's file
    Check {
        /// The file; - for standard input
        file: PathBuf,
    },
    /// Print the form of a scenario's file as a JSON Schema, for editors
    Schema,
    /// Add a scenario, or change the one of its name
    Put {
        /// Product: name or id
        product: String,
        #[command(flatten)]
        scenario: ScenarioArguments,
    },
    /// Take a scenario away; its runs stay
    Remove {
        /// Product: name or id
        product: String,
        /// The scenario: name or id
        scenario: String,
    },
    /// Say where smoke tests reach an environment: the value of {{base_url}}
    Target {
        /// Environment: name, product/name, or id
        environment: String,
        /// The address
        base_url: String,
    },
    /// Keep a secret of a product's smoke tests in this computer's keychain
    Secret {
        /// Product: name or id
        product: String,
        /// Its name, as in {{secret.NAME}}
        name: String,
        /// Forget it
        #[arg(long)]
        forget: bool,
        #[command(flatten)]
        value: TokenSource,
    },
}

/// A scenario, and when it runs.
#[derive(Debug, Args)]
pub(crate) struct ScenarioArguments {
    /// A file with its text, which is kept in Pilothouse; - for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "path")]
    file: Option<PathBuf>,
    /// A file in the product's repository, which is read at each release's commit
    #[arg(long, value_name = "PATH", conflicts_with = "file", requires = "name")]
    path: Option<String>,
    /// What it is called, instead of the name in the file
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only in this environment: name or id; may be repeated
    #[arg(long = "in", value_name = "ENVIRONMENT")]
    environments: Vec<String>,
    /// Run it only by hand, not after each deployment
    #[arg(long)]
    by_hand: bool,
    /// Don't hold releases by it
    #[arg(long)]
    optional: bool,
}

pub(crate) async fn run(command: SmokeCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        SmokeCommand::Run { release, environment, test, detach } => return run_tests(session, &release, &environment, &test, detach).await,
        SmokeCommand::List { what } if what.contains('@') || names::is_id(&what) && is_release(api, &what).await => {
            let id = names::release(api, &what).await?;
            session.screen.show(&api.smoke_panel(IdRequest { id }).await?, panel);
        }
        SmokeCommand::List { what } => {
            let id = names::product(api, &what).await?.id;
            session.screen.show(&api.smoke_scenarios(IdRequest { id }).await?, scenarios);
        }
        SmokeCommand::Show { run } => session.screen.show(&api.get_smoke_run(IdRequest { id: run }).await?, shown),
        SmokeCommand::Cancel { run } => {
            session.screen.show(&api.cancel_smoke_run(IdRequest { id: run }).await?, |run| runs(std::slice::from_ref(run)));
        }
        SmokeCommand::Import { release, environment, run: Some(run), .. } => return collect(session, &release, &environment, &run).await,
        SmokeCommand::Import { release, environment, file, name, required, .. } => {
            let file = file.unwrap_or_else(|| PathBuf::from("-"));
            let text = input::long_text(&file, MAX_REPORT)?;
            let source = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let (release_id, environment_id) = place(api, &release, &environment).await?;
            let name = name.unwrap_or_else(|| source.clone());
            let run = api.import_report(ImportReportRequest { release_id, environment_id, name, source, text, required }).await?;
            session.screen.show(&run, shown);
            return Ok(exit(&[run.summary]));
        }
        SmokeCommand::Check { file } => return check(&file, session.screen),
        SmokeCommand::Schema => return schema(session.screen),
        SmokeCommand::Put { product, scenario } => {
            let product = names::product(api, &product).await?;
            let environment_ids = scenario.environments.iter().map(|name| Ok(names::environment(&product, name)?.id));
            let environment_ids = environment_ids.collect::<Result<Vec<_>, ApiError>>()?;
            let known = api.smoke_scenarios(IdRequest { id: product.id.clone() }).await?.scenarios;
            let put = scenario.decode(environment_ids, &known)?;
            let put = api.put_smoke_scenario(PutSmokeScenarioRequest { product_id: product.id, scenario: put }).await?;
            session.screen.show(&put, |put| format!("{} is a smoke test of {}.", put.name, product.name));
        }
        SmokeCommand::Remove { product, scenario } => {
            let product = names::product(api, &product).await?;
            let known = api.smoke_scenarios(IdRequest { id: product.id.clone() }).await?.scenarios;
            let scenario = find(&known, &scenario)?.clone();
            api.remove_smoke_scenario(IdRequest { id: scenario.id.clone().unwrap_or_default() }).await?;
            session.screen.show(&scenario, |scenario| format!("Removed {} of {}.", scenario.name, product.name));
        }
        SmokeCommand::Target { environment, base_url } => {
            let (product, place) = names::place(api, &environment).await?;
            api.set_smoke_target(SetSmokeTargetRequest { environment_id: place.id, base_url }).await?;
            session.screen.show(&api.smoke_scenarios(IdRequest { id: product.id }).await?, scenarios);
        }
        SmokeCommand::Reports { environment, patterns, automatic, required } => {
            let (product, place) = names::place(api, &environment).await?;
            api.set_report_rule(SetReportRuleRequest { environment_id: place.id, patterns, automatic, required }).await?;
            session.screen.show(&api.smoke_scenarios(IdRequest { id: product.id }).await?, scenarios);
        }
        SmokeCommand::Secret { product, name, forget, value } => {
            let product = names::product(api, &product).await?;
            let secret = if forget { None } else { Some(value.read()?) };
            api.set_smoke_secret(SetSmokeSecretRequest { product_id: product.id.clone(), name, secret }).await?;
            session.screen.show(&api.smoke_scenarios(IdRequest { id: product.id }).await?, scenarios);
        }
    }
    Ok(Exit::Done)
}

/// Says what is wrong with a scenario's file. Needs no data folder: a pipeline may do it.
pub(crate) fn check(file: &Path, screen: &Screen) -> Ran {
    let checked = check_smoke_text(&input::text(file)?);
    screen.show(&checked, |checked| faults(checked, file));
    Ok(if checked.faults.is_empty() { Exit::Done } else { Exit::Failed })
}

/// Prints the form of a scenario's file. Needs no data folder either.
pub(crate) fn schema(screen: &Screen) -> Ran {
    let schema = serde_json::from_str::<serde_json::Value>(smoke_schema()).unwrap_or_default();
    screen.show(&schema, |_| smoke_schema().trim_end().to_owned());
    Ok(Exit::Done)
}

impl ScenarioArguments {
    fn decode(self, environment_ids: Vec<String>, known: &[SmokeScenarioDto]) -> Result<SmokeScenarioDto, ApiError> {
        let (source, named) = match (self.file, self.path) {
            (Some(file), _) => {
                let text = input::text(&file)?;
                let named = check_smoke_text(&text).name;
                (SmokeSourceDto::Written { text }, named)
            }
            (None, path) => (SmokeSourceDto::Repository { path: path.unwrap_or_default() }, None),
        };
        let name = self.name.or(named).unwrap_or_else(|| "smoke".to_owned());
        Ok(SmokeScenarioDto {
            id: known.iter().find(|scenario| scenario.name == name).and_then(|scenario| scenario.id.clone()),
            name,
            source,
            environment_ids,
            trigger: if self.by_hand { SmokeTriggerWord::ByHand } else { SmokeTriggerWord::AfterDeployment },
            required: !self.optional,
        })
    }
}

async fn is_release(api: &Api, id: &str) -> bool {
    api.smoke_panel(IdRequest { id: id.to_owned() }).await.is_ok()
}

async fn place(api: &Api, release: &str, environment: &str) -> Result<(String, String), ApiError> {
    let id = names::release(api, release).await?;
    let release = api.get_release(IdRequest { id }).await?;
    let product = names::product(api, &release.release.product_id).await?;
    Ok((release.release.id, names::environment(&product, environment)?.id))
}

fn find<'a>(known: &'a [SmokeScenarioDto], text: &str) -> Result<&'a SmokeScenarioDto, ApiError> {
    known.iter().find(|scenario| scenario.name == text || scenario.id.as_deref() == Some(text)).ok_or_else(|| {
        ApiError::new(
            ErrorCode::NotFound,
            format!("there is no smoke test `{text}`"),
            "See `pilothouse smoke list PRODUCT` for what there is.",
        )
    })
}

/// Asks for the runs, and stays until they have ended: as a guest of whoever runs the engine, or running it for that long.
async fn run_tests(session: &Session<'_>, release: &str, environment: &str, tests: &[String], detach: bool) -> Ran {
    let api = session.api();
    let (release_id, environment_id) = place(api, release, environment).await?;
    let mut scenario_ids = Vec::with_capacity(tests.len());
    if !tests.is_empty() {
        let product_id = api.smoke_panel(IdRequest { id: release_id.clone() }).await?.product_id;
        let known = api.smoke_scenarios(IdRequest { id: product_id }).await?.scenarios;
        for test in tests {
            scenario_ids.extend(find(&known, test)?.id.clone());
        }
    }
    let after = api.last_change().await?;
    let mut asked = api.run_smoke(RunSmokeRequest { release_id, environment_id, scenario_ids }).await?;
    if !detach {
        wait(session, after, &mut asked).await?;
    }
    session.screen.show(&asked, |asked| runs(asked));
    Ok(exit(&asked))
}

/// Asks for the reports that a run left behind, and stays until they are read.
async fn collect(session: &Session<'_>, release: &str, environment: &str, run: &str) -> Ran {
    let api = session.api();
    let (release_id, environment_id) = place(api, release, environment).await?;
    let manual_run_id = (!run.is_empty()).then(|| run.to_owned());
    let after = api.last_change().await?;
    let mut asked = vec![api.collect_reports(CollectReportsRequest { release_id, environment_id, manual_run_id }).await?];
    wait(session, after, &mut asked).await?;
    let read = api.get_smoke_run(IdRequest { id: asked[0].id.clone() }).await?;
    session.screen.show(&read, shown);
    Ok(exit(&asked))
}

/// Stays until runs have ended: as a guest of whoever runs the engine, or running it for that long.
async fn wait(session: &Session<'_>, after: u32, asked: &mut [SmokeRunSummary]) -> Result<(), ApiError> {
    let api = session.api();
    if !asked.iter().all(has_ended) {
        if let EngineView { role: EngineRole::OtherHost, who } = session.host.start_engine().await {
            session.screen.say(&format!("{} runs the engine; this command follows.", who.unwrap_or_default()));
        }
        let (changes, stop) = (api.follow(after), asked_to_stop());
        tokio::pin!(changes, stop);
        // Ends: once every run has, or somebody asks to stop waiting.
        while asked.iter().any(|run| !has_ended(run)) {
            tokio::select! {
                () = &mut stop => {
                    session.screen.say("Stopped waiting. The runs go on with the engine.");
                    break;
                }
                changed = changes.next() => if changed.is_none() { break },
            }
            for run in asked.iter_mut() {
                if !has_ended(run) {
                    *run = api.get_smoke_run(IdRequest { id: run.id.clone() }).await?.summary;
                }
            }
        }
    }
    Ok(())
}

const fn has_ended(run: &SmokeRunSummary) -> bool {
    !matches!(run.state, SmokeRunWord::Requested | SmokeRunWord::Running)
}

fn exit(runs: &[SmokeRunSummary]) -> Exit {
    if runs.iter().any(|run| matches!(run.state, SmokeRunWord::Failed | SmokeRunWord::Errored)) { Exit::Failed } else { Exit::Done }
}

fn runs(runs: &[SmokeRunSummary]) -> String {
    let row = |run: &SmokeRunSummary| {
        vec![
            run.name.clone(),
            run.environment.clone(),
            run.version.clone(),
            word(run.state),
            age(&run.requested_at),
            run.id.clone(),
            clean(&run.reason),
        ]
    };
    table_or(&["TEST", "ENVIRONMENT", "VERSION", "STATE", "AGE", "RUN", ""], runs.iter().map(row).collect(), "No runs.")
}

fn panel(panel: &SmokePanelView) -> String {
    let mut rows = Vec::new();
    for environment in &panel.environments {
        for test in &environment.tests {
            let run = test.runs.first();
            rows.push(vec![
                environment.environment.clone(),
                test.name.clone(),
                if test.required { "required" } else { "optional" }.to_owned(),
                word(test.standing),
                run.map(|run| age(&run.requested_at)).unwrap_or_default(),
                run.map(|run| run.id.clone()).unwrap_or_default(),
                clean(&[test.reason.as_str(), test.flaky.as_deref().unwrap_or_default()].join(" ")),
            ]);
        }
    }
    table_or(&["ENVIRONMENT", "TEST", "", "STATE", "AGE", "RUN", ""], rows, "No smoke tests.")
}

fn scenarios(view: &SmokeScenariosView) -> String {
    let row = |scenario: &SmokeScenarioDto| {
        let name = |id: &String| view.targets.iter().find(|target| target.environment_id == *id).map(|target| target.environment.clone());
        let places: Vec<String> = scenario.environment_ids.iter().filter_map(name).collect();
        vec![
            scenario.name.clone(),
            if places.is_empty() { "everywhere".to_owned() } else { places.join(", ") },
            word(scenario.trigger),
            if scenario.required { "required" } else { "optional" }.to_owned(),
            match &scenario.source {
                SmokeSourceDto::Written { .. } => "written here".to_owned(),
                SmokeSourceDto::Repository { path } => path.clone(),
            },
            scenario.id.clone().unwrap_or_default(),
        ]
    };
    let mut text = table_or(&["TEST", "IN", "RUNS", "", "FROM", "ID"], view.scenarios.iter().map(row).collect(), "No smoke tests.");
    for target in &view.targets {
        text.push_str(&format!("\n{}: {}", target.environment, target.base_url.as_deref().unwrap_or("no base URL")));
    }
    for rule in &view.report_rules {
        let patterns = if rule.patterns.is_empty() { &rule.usual_patterns } else { &rule.patterns };
        let when = if rule.automatic { "imported after each deployment" } else { "imported when asked" };
        let held = if rule.required { ", required" } else { "" };
        text.push_str(&format!("\nreports of {}: {} ({when}{held})", rule.environment, patterns.join(", ")));
    }
    for secret in &view.secrets {
        text.push_str(&format!("\nsecret {}: {}", secret.name, if secret.is_there { "in the keychain" } else { "missing" }));
    }
    text
}

fn shown(run: &SmokeRunView) -> String {
    let mut text =
        format!("{} in {} for {}: {}\n", run.summary.name, run.summary.environment, run.summary.version, word(run.summary.state));
    if !run.summary.reason.is_empty() {
        text.push_str(&format!("  {}\n", clean(&run.summary.reason)));
    }
    for step in &run.steps {
        let verdict = step.verdict.map_or_else(|| "not reached".to_owned(), word);
        text.push_str(&format!("\n{} — {verdict}, {} ms\n", clean(&step.name), step.took_us / 1_000));
        for exchange in &step.exchanges {
            let answer = exchange.status.map_or_else(|| exchange.fault.clone().unwrap_or_default(), |status| status.to_string());
            text.push_str(&format!("  {} {} → {}\n", exchange.method, clean(&exchange.url), clean(&answer)));
        }
        for judged in &step.judged {
            text.push_str(&format!("  {} {}: {}\n", word(judged.verdict), clean(&judged.expected), clean(&judged.found)));
        }
    }
    if let Some(from) = &run.collected {
        text.push_str(&format!("\nRun {}, attempt {}: {}\n", clean(&from.external_id), from.attempt, clean(&from.url)));
        from.files.iter().for_each(|file| text.push_str(&format!("  read {}\n", clean(file))));
        from.left_out.iter().for_each(|reason| text.push_str(&format!("  left out {}\n", clean(reason))));
    }
    if let Some(report) = &run.report {
        let words = format!("{} passed, {} failed, {} broke off, {} skipped", report.passed, report.failed, report.errored, report.skipped);
        let of = if report.source.is_empty() { String::new() } else { format!(" of {}", clean(&report.source)) };
        text.push_str(&format!("\n{}{of}: {words}\n", report.format));
        for case in &report.cases {
            let first = case.message.lines().next().unwrap_or_default();
            text.push_str(&format!("  {} {} {}: {}\n", word(case.verdict), clean(&case.group), clean(&case.name), clean(first)));
        }
    }
    text
}

fn faults(checked: &CheckedSmokeView, file: &Path) -> String {
    if checked.faults.is_empty() {
        return format!("{} is well formed: {} steps.", file.display(), checked.steps.len());
    }
    let fault = |fault: &pilothouse_api::ScenarioFaultView| {
        let place = match (fault.line, fault.column) {
            (Some(line), Some(column)) => format!(":{line}:{column}"),
            _ => String::new(),
        };
        let field = if fault.field.is_empty() { String::new() } else { format!(" {}:", fault.field) };
        format!("{}{place}:{field} {}", file.display(), clean(&fault.message))
    };
    checked.faults.iter().map(fault).collect::<Vec<_>>().join("\n")
}
