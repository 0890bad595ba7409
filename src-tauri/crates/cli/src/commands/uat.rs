//! `pilothouse uat`.

use crate::commands::Ran;
use crate::commands::uat_issues::{self, IssuesCommand};
use crate::commands::uat_text::{feedback, form, imported, invitation, round, rounds};
use crate::exit::Exit;
use crate::input;
use crate::names;
use crate::session::Session;
use clap::{Args, Subcommand, ValueEnum};
use pilothouse_api::{
    AddTesterRequest, Api, ApiError, BeginUatRoundRequest, EditUatRoundRequest, ErrorCode, ExitCriteriaBody, FeedbackSourceWord,
    GiveFeedbackRequest, GiveUpRoundRequest, IdRequest, ImportFeedbackRequest, InviteTesterRequest, ListFeedbackRequest,
    RecordOutcomeRequest, ResolveFeedbackRequest, ScenarioBody, SetFeedbackFormRequest, SeverityWord, SignOffRequest, TesterRequest,
    TriageBody, TriageFeedbackRequest, UatOutcomeWord, UatRoundBody, UatStateWord,
};
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum UatCommand {
    /// The rounds of a release: what was tested, what isn't met, who has to sign
    Show {
        /// The release: product@version, or id
        release: String,
        /// Only in this environment
        environment: Option<String>,
    },
    /// Begin a round for the release's version; it continues the last one in that environment
    Begin {
        #[command(flatten)]
        place: Place,
        /// The paths that the release changes, one a line, as `git diff --name-only` tells them; - is standard input
        #[arg(long, value_name = "FILE")]
        changed_paths: Option<PathBuf>,
    },
    /// Set what is tested and when it is enough, from a JSON document: {"scenarios": […], "criteria": {…}, "signatories": […]}
    Edit {
        #[command(flatten)]
        place: Place,
        /// The document; - is standard input
        file: PathBuf,
    },
    /// Add testers
    Testers {
        #[command(flatten)]
        place: Place,
        /// Their names
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Invite a tester to the feedback form: prints a link, once. The last link of that tester opens nothing any more
    Invite {
        #[command(flatten)]
        place: Place,
        /// The tester's name
        tester: String,
        /// For how many days the link opens the form, 1 to 90
        #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
        days: u32,
    },
    /// Take a tester's invitation back
    Revoke {
        #[command(flatten)]
        place: Place,
        /// The tester's name
        tester: String,
    },
    /// The feedback form on this computer: show it, turn it on or off. Whoever runs the engine serves it
    Form(FormCommand),
    /// Record what a tester says of a scenario
    Record {
        #[command(flatten)]
        place: Place,
        /// The tester's name
        tester: String,
        /// The scenario: its title, or the beginning of it
        scenario: String,
        /// What came of it
        #[arg(value_enum)]
        outcome: Outcome,
        /// A remark
        #[arg(long, value_name = "TEXT", default_value = "")]
        remark: String,
    },
    /// Write down feedback
    Feedback {
        #[command(flatten)]
        place: Place,
        /// In a line
        title: String,
        /// Whose it is
        #[arg(long, value_name = "NAME")]
        from: String,
        /// The whole
        #[arg(long, value_name = "TEXT", default_value = "")]
        text: String,
        /// How bad it is
        #[arg(long, value_enum, default_value = "minor")]
        severity: Severity,
    },
    /// Read feedback from a table (CSV) or an e-mail (.eml). What is there already is left out
    Import {
        #[command(flatten)]
        place: Place,
        /// The file
        file: PathBuf,
    },
    #[command(flatten)]
    Issues(IssuesCommand),
    /// List feedback, newest first
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Decide about feedback
    Triage {
        /// Ids of feedback
        #[arg(required = true)]
        ids: Vec<String>,
        /// What is decided
        #[arg(long = "decide", value_enum)]
        decision: Decision,
        /// The feedback that a duplicate repeats: its id
        #[arg(long, value_name = "ID")]
        of: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Say that a blocker was put right
    Solve {
        /// The feedback's id
        id: String,
        /// How
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// Sign the round off
    SignOff {
        #[command(flatten)]
        place: Place,
        /// A remark; needed where something isn't met
        #[arg(long, value_name = "TEXT", default_value = "")]
        remark: String,
    },
    /// Give the round up
    GiveUp {
        #[command(flatten)]
        place: Place,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// The feedback form.
#[derive(Debug, Args)]
pub(crate) struct FormCommand {
    /// Turn it on or off; without it, show how it stands
    #[arg(value_enum)]
    turn: Option<Turn>,
    /// An address of this computer: 127.0.0.1 for this computer alone, 0.0.0.0 for all that it has
    #[arg(long, value_name = "IP", requires = "turn")]
    address: Option<String>,
    /// The port
    #[arg(long, value_name = "PORT", requires = "turn")]
    port: Option<u16>,
    /// Under which address testers reach it, where that is another: https://uat.example.com; `none` for no other
    #[arg(long, value_name = "URL", requires = "turn")]
    public_url: Option<String>,
    /// A proxy in front of it that is believed about whom a request comes from (X-Forwarded-For); `none` for nobody
    #[arg(long, value_name = "IP", requires = "turn")]
    trusted_proxy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Turn {
    /// Serve it
    On,
    /// Don't
    Off,
}

/// Where a round is.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The release: product@version, or id
    release: String,
    /// The environment
    environment: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Outcome {
    /// It does what it should
    Passed,
    /// It doesn't
    Failed,
    /// It could not be tested
    Blocked,
    /// Take back what was said
    Open,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Severity {
    /// Work stops, or data is lost
    Critical,
    /// Something important doesn't work
    Major,
    /// There is a way around
    Minor,
    /// A wish
    Suggestion,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Decision {
    /// The version doesn't go on with it
    Blocker,
    /// For a later version
    Later,
    /// It stays as it is
    Wont,
    /// Told already
    Duplicate,
    /// Nothing: it is open again
    Untriaged,
}

/// What `uat edit` reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    instructions: String,
    scenarios: Vec<ScenarioBody>,
    criteria: Option<ExitCriteriaBody>,
    #[serde(default)]
    signatories: Vec<String>,
    due: Option<String>,
}

pub(crate) async fn run(command: UatCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    let screen = &session.screen;
    match command {
        UatCommand::Show { release, environment } => {
            let mut views = of_release(api, &release).await?;
            if let Some(name) = environment {
                views.retain(|view| view.environment.eq_ignore_ascii_case(&name) || view.environment_id == name);
            }
            screen.show(&views, |views| rounds(views));
        }
        UatCommand::Begin { place, changed_paths } => {
            let release_id = names::release(api, &place.release).await?;
            let detail = api.get_release(IdRequest { id: release_id.clone() }).await?;
            let is_meant = |name: &str, id: &str| name.eq_ignore_ascii_case(&place.environment) || id == place.environment;
            let environment = detail.environments.iter().find(|e| is_meant(&e.name, &e.environment_id));
            let environment_id = environment.map(|e| e.environment_id.clone()).ok_or_else(|| {
                let message = format!("the release goes to no environment `{}`", place.environment);
                ApiError::new(ErrorCode::NotFound, message, "See `pilothouse release show` for those that it goes to.")
            })?;
            let lines = |text: String| text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
            let changed_paths = changed_paths.map(|path| input::text(&path)).transpose()?.map(lines);
            screen.show(&api.begin_uat_round(BeginUatRoundRequest { release_id, environment_id, changed_paths }).await?, round);
        }
        UatCommand::Edit { place, file } => {
            let view = current(api, &place).await?;
            let Document { instructions, scenarios, criteria, signatories, due } = input::json(&file)?;
            let criteria = criteria.unwrap_or(view.criteria);
            let request = EditUatRoundRequest { id: view.id, revision: view.revision, instructions, scenarios, criteria, signatories, due };
            screen.show(&api.edit_uat_round(request).await?, round);
        }
        UatCommand::Testers { place, names } => {
            let mut view = current(api, &place).await?;
            for name in names {
                view = api.add_tester(AddTesterRequest { round_id: view.id, name }).await?;
            }
            screen.show(&view, round);
        }
        UatCommand::Invite { place, tester, days } => {
            let view = current(api, &place).await?;
            let request = InviteTesterRequest { tester_id: tester_of(&view, &tester)?, round_id: view.id, hours: days * 24 };
            screen.show(&api.invite_tester(request).await?, invitation);
        }
        UatCommand::Revoke { place, tester } => {
            let view = current(api, &place).await?;
            let request = TesterRequest { tester_id: tester_of(&view, &tester)?, round_id: view.id };
            screen.show(&api.withdraw_invitation(request).await?, round);
        }
        UatCommand::Form(FormCommand { turn, address, port, public_url, trusted_proxy }) => {
            session.host.look_for_engine();
            let now = api.feedback_form().await?;
            let view = match turn {
                None => now,
                Some(turn) => {
                    let request = SetFeedbackFormRequest {
                        is_on: turn == Turn::On,
                        address: address.unwrap_or(now.address),
                        port: port.unwrap_or(now.port),
                        public_url: public_url.map_or(now.public_url, |url| Some(url).filter(|url| url != "none")),
                        trusted_proxy: trusted_proxy.map_or(now.trusted_proxy, |proxy| Some(proxy).filter(|proxy| proxy != "none")),
                    };
                    api.set_feedback_form(request).await?
                }
            };
            screen.show(&view, form);
        }
        UatCommand::Record { place, tester, scenario, outcome, remark } => {
            let view = current(api, &place).await?;
            let (tester_id, scenario_id) = (tester_of(&view, &tester)?, scenario_of(&view, &scenario)?);
            let outcome = match outcome {
                Outcome::Passed => Some(UatOutcomeWord::Passed),
                Outcome::Failed => Some(UatOutcomeWord::Failed),
                Outcome::Blocked => Some(UatOutcomeWord::Blocked),
                Outcome::Open => None,
            };
            let request = RecordOutcomeRequest { round_id: view.id, scenario_id, tester_id, outcome, remark };
            screen.show(&api.record_outcome(request).await?, round);
        }
        UatCommand::Feedback { place, title, from, text, severity } => {
            let round_id = current(api, &place).await?.id;
            let severity = match severity {
                Severity::Critical => SeverityWord::Critical,
                Severity::Major => SeverityWord::Major,
                Severity::Minor => SeverityWord::Minor,
                Severity::Suggestion => SeverityWord::Suggestion,
            };
            let request = GiveFeedbackRequest { round_id, scenario_id: None, from, title, text, severity, device: String::new() };
            screen.show(&api.give_feedback(request).await?, |view| feedback(std::slice::from_ref(view)));
        }
        UatCommand::Import { place, file } => {
            let round_id = current(api, &place).await?.id;
            let is_mail = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("eml"));
            let source = if is_mail { FeedbackSourceWord::Email } else { FeedbackSourceWord::Csv };
            let request = ImportFeedbackRequest { round_id, source, content: input::base64(&file)? };
            screen.show(&api.import_feedback(request).await?, imported);
        }
        UatCommand::Issues(command) => return uat_issues::run(command, session).await,
        UatCommand::List { place } => {
            let round_id = current(api, &place).await?.id;
            let request = ListFeedbackRequest { round_id, standing: None, after: None, limit: 1_000 };
            screen.show(&api.list_feedback(request).await?, |views| feedback(views));
        }
        UatCommand::Triage { ids, decision, of, reason } => {
            let triage = match decision {
                Decision::Blocker => Some(TriageBody::Blocker),
                Decision::Later => Some(TriageBody::Later),
                Decision::Wont => Some(TriageBody::Wont),
                Decision::Duplicate => Some(TriageBody::Duplicate),
                Decision::Untriaged => None,
            };
            let request = TriageFeedbackRequest { ids, triage, duplicate_of: of, reason };
            screen.show(&api.triage_feedback(request).await?, |views| feedback(views));
        }
        UatCommand::Solve { id, note } => {
            let view = api.resolve_feedback(ResolveFeedbackRequest { id, note: Some(note) }).await?;
            screen.show(&view, |view| feedback(std::slice::from_ref(view)));
        }
        UatCommand::SignOff { place, remark } => {
            let round_id = current(api, &place).await?.id;
            screen.show(&api.sign_off_round(SignOffRequest { round_id, remark }).await?, round);
        }
        UatCommand::GiveUp { place, reason } => {
            let round_id = current(api, &place).await?.id;
            screen.show(&api.give_up_round(GiveUpRoundRequest { round_id, reason }).await?, round);
        }
    }
    Ok(Exit::Done)
}

async fn of_release(api: &Api, release: &str) -> Result<Vec<UatRoundBody>, ApiError> {
    api.release_uat_rounds(IdRequest { id: names::release(api, release).await? }).await
}

/// The round that counts there: the last one that wasn't given up.
pub(super) async fn current(api: &Api, place: &Place) -> Result<UatRoundBody, ApiError> {
    let is_meant =
        |view: &UatRoundBody| view.environment.eq_ignore_ascii_case(&place.environment) || view.environment_id == place.environment;
    let views = of_release(api, &place.release).await?;
    views.into_iter().find(|view| is_meant(view) && view.state != UatStateWord::GivenUp).ok_or_else(|| {
        let message = format!("the release has no UAT round in `{}`", place.environment);
        ApiError::new(ErrorCode::NotFound, message, "Begin one with `pilothouse uat begin`.")
    })
}

fn tester_of(view: &UatRoundBody, text: &str) -> Result<String, ApiError> {
    let found = view.testers.iter().find(|tester| tester.name.to_lowercase() == text.trim().to_lowercase() || tester.id == text);
    found.map(|tester| tester.id.clone()).ok_or_else(|| {
        ApiError::new(ErrorCode::NotFound, format!("nobody called `{text}` tests"), "Add them with `pilothouse uat testers`.")
    })
}

fn scenario_of(view: &UatRoundBody, text: &str) -> Result<String, ApiError> {
    let lower = text.trim().to_lowercase();
    let titled = |wanted: fn(&str, &str) -> bool| -> Vec<String> {
        let own = view.scenarios.iter().map(|view| &view.scenario);
        own.filter(|s| s.id.as_deref() == Some(text) || wanted(&s.title.to_lowercase(), &lower)).filter_map(|s| s.id.clone()).collect()
    };
    let exact = titled(|title, wanted| title == wanted);
    let found = if exact.is_empty() { titled(|title, wanted| !wanted.is_empty() && title.starts_with(wanted)) } else { exact };
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => {
            let message = format!("the round has no scenario `{text}`");
            Err(ApiError::new(ErrorCode::NotFound, message, "See `pilothouse uat show` for those that it has."))
        }
        several => {
            let message = format!("{} scenarios begin with `{text}`", several.len());
            Err(ApiError::invalid("scenario", message, "Write the whole title."))
        }
    }
}
