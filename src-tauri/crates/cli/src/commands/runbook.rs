//! `pilothouse runbook`.

use crate::commands::Ran;
use crate::commands::runbook_text::{attached, run_list, run_text, runbook_text, runbooks};
use crate::exit::Exit;
use crate::input;
use crate::names;
use crate::session::Session;
use clap::{Args, Subcommand, ValueEnum};
use pilothouse_api::{
    AcknowledgeRunbookRequest, ActOnRunbookRequest, Api, ApiError, AttachRunbookRequest, BeginRunbookRequest, ErrorCode, GivenParameter,
    IdRequest, ListRunbookRunsRequest, PublishRunbookRequest, PutRunbookRequest, RunStepStateWord, RunbookContentBody, RunbookDeedBody,
    RunbookKindWord, RunbookRunView, RunbookView, SetRunbookRuleRequest,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum RunbookCommand {
    /// The runbooks of a product
    List {
        /// Product: name or id
        product: String,
    },
    /// A runbook with its steps
    Show {
        #[command(flatten)]
        runbook: Which,
    },
    /// Write a runbook from a JSON document: {"purpose": …, "parameters": […], "steps": […]}. It becomes the draft
    Put {
        #[command(flatten)]
        runbook: Which,
        /// The document; - is standard input
        file: PathBuf,
        /// What a new one is for; an old one stays what it is without it
        #[arg(long, value_enum)]
        kind: Option<Kind>,
        /// Where it may be run; everywhere without it
        #[arg(long = "in", value_name = "ENVIRONMENT")]
        environments: Vec<String>,
        /// Publish it as well
        #[arg(long)]
        publish: bool,
    },
    /// Publish a runbook's draft
    Publish {
        #[command(flatten)]
        runbook: Which,
        /// What is different, in a line
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Take a runbook away; its runs stay, and what releases have attached
    Remove {
        #[command(flatten)]
        runbook: Which,
    },
    /// Begin a run
    Start {
        #[command(flatten)]
        runbook: Which,
        /// In which environment
        environment: String,
        /// For which release: a version of the product, or an id
        #[arg(long, value_name = "VERSION")]
        release: Option<String>,
        /// A parameter: name=value
        #[arg(long = "set", value_name = "NAME=VALUE")]
        parameters: Vec<String>,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// The runs of a product, last begun first
    Runs {
        /// Product: name or id
        product: String,
        /// Only those that are under way
        #[arg(long)]
        running: bool,
    },
    /// A run: each step, planned against actual time
    Run {
        /// The run's id
        run: String,
    },
    /// Do something to the step whose turn it is
    Step {
        /// The run's id
        run: String,
        /// What
        #[arg(value_enum)]
        deed: Deed,
        /// A remark for `done`, the reason for `failed` and `skip`
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Give a run up
    Abort {
        /// The run's id
        run: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Say whether an environment takes releases only with a rollback runbook, and who acknowledges it
    Rule {
        /// The environment: product/environment
        environment: String,
        /// Whether it asks for one
        #[arg(value_enum)]
        asks: Asks,
        /// Who acknowledges it, by name
        #[arg(long = "stakeholder", value_name = "NAME")]
        stakeholders: Vec<String>,
    },
    /// The rollback runbook of a release, and who has acknowledged it
    Attached {
        /// The release: product@version, or id
        release: String,
    },
    /// Attach the last publication of a rollback runbook to a release
    Attach {
        /// The release: product@version, or id
        release: String,
        /// The runbook: its name, or id
        runbook: String,
    },
    /// Take the rollback runbook off a release
    Detach {
        /// The release: product@version, or id
        release: String,
    },
    /// Acknowledge the rollback runbook of a release: you have read it and know your part
    Acknowledge {
        /// The release: product@version, or id
        release: String,
        /// The number that you have read, as `runbook attached` shows it
        number: u32,
        /// A remark
        #[arg(long, value_name = "TEXT", default_value = "")]
        remark: String,
    },
}

/// Which runbook.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Product: name or id
    product: String,
    /// The runbook: its name, or id
    runbook: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// To bring an earlier version back
    Rollback,
    /// To bring a version there
    Deployment,
    /// To come back after an outage or a loss
    Recovery,
    /// Anything else
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deed {
    /// Start it, where it waits for that
    Start,
    /// It is done; of one that failed, all the same
    Done,
    /// It went wrong, or doesn't go on
    Failed,
    /// Begin it anew
    Retry,
    /// Leave it out
    Skip,
    /// Take back what was settled last, for a day also what completed the run; a note may say why
    Undo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Asks {
    /// It does
    On,
    /// It doesn't
    Off,
}

pub(crate) async fn run(command: RunbookCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    let screen = &session.screen;
    match command {
        RunbookCommand::List { product } => {
            let id = names::product(api, &product).await?.id;
            screen.show(&api.list_runbooks(IdRequest { id }).await?, runbooks);
        }
        RunbookCommand::Show { runbook } => screen.show(&find(api, &runbook).await?, runbook_text),
        RunbookCommand::Put { runbook, file, kind, environments, publish } => {
            let content: RunbookContentBody = input::json(&file)?;
            let view = put(api, &runbook, content, kind, &environments).await?;
            let view = if publish && view.is_draft {
                api.publish_runbook(PublishRunbookRequest { id: view.id, note: String::new() }).await?
            } else {
                view
            };
            screen.show(&view, runbook_text);
        }
        RunbookCommand::Publish { runbook, note } => {
            let id = find(api, &runbook).await?.id;
            screen.show(&api.publish_runbook(PublishRunbookRequest { id, note }).await?, runbook_text);
        }
        RunbookCommand::Remove { runbook } => {
            let view = find(api, &runbook).await?;
            api.remove_runbook(IdRequest { id: view.id.clone() }).await?;
            screen.show(&view, |view| format!("Removed “{}”.\n", view.name));
        }
        RunbookCommand::Start { runbook, environment, release, parameters, reason } => {
            let product = names::product(api, &runbook.product).await?;
            let view = find(api, &runbook).await?;
            let release_id = match release {
                Some(text) if names::is_id(&text) || text.contains('@') => Some(names::release(api, &text).await?),
                Some(version) => Some(names::release(api, &format!("{}@{version}", product.name)).await?),
                None => None,
            };
            let request = BeginRunbookRequest {
                runbook_id: view.id,
                environment_id: names::environment(&product, &environment)?.id,
                release_id,
                parameters: parameters.iter().map(|text| named_value(text)).collect::<Result<_, _>>()?,
                reason,
            };
            screen.show(&api.begin_runbook(request).await?, run_text);
        }
        RunbookCommand::Runs { product, running } => {
            let product_id = Some(names::product(api, &product).await?.id);
            let request = ListRunbookRunsRequest { product_id, runbook_id: None, release_id: None, running_only: running, limit: 100 };
            screen.show(&api.list_runbook_runs(request).await?, |runs| run_list(runs));
        }
        RunbookCommand::Run { run } => screen.show(&api.get_runbook_run(IdRequest { id: run }).await?, run_text),
        RunbookCommand::Step { run, deed, note } => screen.show(&step(api, run, deed, note).await?, run_text),
        RunbookCommand::Abort { run, reason } => {
            let request = ActOnRunbookRequest { run_id: run, step_id: None, deed: RunbookDeedBody::Stop { reason } };
            screen.show(&api.act_on_runbook(request).await?, run_text);
        }
        RunbookCommand::Rule { environment, asks, stakeholders } => {
            let (_, environment) = names::place(api, &environment).await?;
            let request = SetRunbookRuleRequest { environment_id: environment.id, needs_rollback: asks == Asks::On, stakeholders };
            screen.show(&api.set_runbook_rule(request).await?, |view| {
                if view.needs_rollback {
                    let by = if view.stakeholders.is_empty() { "nobody in particular".to_owned() } else { view.stakeholders.join(", ") };
                    format!("{} takes releases only with a rollback runbook, acknowledged by {by}.\n", view.environment)
                } else {
                    format!("{} takes releases without a rollback runbook.\n", view.environment)
                }
            });
        }
        RunbookCommand::Attached { release } => {
            let id = names::release(api, &release).await?;
            screen.show(&api.release_runbook(IdRequest { id }).await?, attached);
        }
        RunbookCommand::Attach { release, runbook } => {
            let release_id = names::release(api, &release).await?;
            let known = api.release_runbook(IdRequest { id: release_id.clone() }).await?;
            let which = Which { product: known.product_id, runbook };
            let request = AttachRunbookRequest { release_id, runbook_id: find(api, &which).await?.id };
            screen.show(&api.attach_runbook(request).await?, attached);
        }
        RunbookCommand::Detach { release } => {
            let id = names::release(api, &release).await?;
            screen.show(&api.detach_runbook(IdRequest { id }).await?, attached);
        }
        RunbookCommand::Acknowledge { release, number, remark } => {
            let release_id = names::release(api, &release).await?;
            let known = api.release_runbook(IdRequest { id: release_id.clone() }).await?;
            let runbook_id = known.attached.map(|attached| attached.runbook_id).ok_or_else(|| {
                let message = format!("{} has no rollback runbook", known.version);
                ApiError::new(ErrorCode::NotFound, message, "Attach one with `pilothouse runbook attach`.")
            })?;
            let request = AcknowledgeRunbookRequest { release_id, runbook_id, number, remark };
            screen.show(&api.acknowledge_runbook(request).await?, attached);
        }
    }
    Ok(Exit::Done)
}

async fn put(
    api: &Api,
    which: &Which,
    content: RunbookContentBody,
    kind: Option<Kind>,
    environments: &[String],
) -> Result<RunbookView, ApiError> {
    let product = names::product(api, &which.product).await?;
    let known = match find(api, which).await {
        Ok(view) => Some(view),
        Err(error) if error.code == ErrorCode::NotFound => None,
        Err(error) => return Err(error),
    };
    let kind = kind.map(|kind| match kind {
        Kind::Rollback => RunbookKindWord::Rollback,
        Kind::Deployment => RunbookKindWord::Deployment,
        Kind::Recovery => RunbookKindWord::Recovery,
        Kind::Other => RunbookKindWord::Other,
    });
    let mut environment_ids = known.as_ref().map(|view| view.environment_ids.clone()).unwrap_or_default();
    if !environments.is_empty() {
        environment_ids = environments.iter().map(|text| Ok(names::environment(&product, text)?.id)).collect::<Result<_, ApiError>>()?;
    }
    let request = PutRunbookRequest {
        id: known.as_ref().map(|view| view.id.clone()),
        revision: known.as_ref().map_or(0, |view| view.revision),
        product_id: product.id,
        name: known.as_ref().map_or_else(|| which.runbook.clone(), |view| view.name.clone()),
        kind: kind.or(known.map(|view| view.kind)).unwrap_or(RunbookKindWord::Other),
        environment_ids,
        content: Some(content),
    };
    api.put_runbook(request).await
}

/// Does something to the step whose turn it is, of the run as it is now.
async fn step(api: &Api, run: String, deed: Deed, note: String) -> Result<RunbookRunView, ApiError> {
    let view = api.get_runbook_run(IdRequest { id: run }).await?;
    let is_settled = |word| matches!(word, RunStepStateWord::Done | RunStepStateWord::Skipped);
    let current = view.steps.iter().find(|step| !is_settled(step.state)).map(|step| step.id.clone());
    let step_id = if deed == Deed::Undo { view.undoable_step_id.clone() } else { current };
    let deed = match deed {
        Deed::Start => RunbookDeedBody::Start,
        Deed::Done => RunbookDeedBody::Tick { note },
        Deed::Failed => RunbookDeedBody::Fail { reason: note },
        Deed::Retry => RunbookDeedBody::Retry,
        Deed::Skip => RunbookDeedBody::Skip { reason: note },
        Deed::Undo => RunbookDeedBody::Undo { reason: note },
    };
    api.act_on_runbook(ActOnRunbookRequest { run_id: view.summary.id, step_id, deed }).await
}

async fn find(api: &Api, which: &Which) -> Result<RunbookView, ApiError> {
    let product = names::product(api, &which.product).await?;
    let listed = api.list_runbooks(IdRequest { id: product.id }).await?.runbooks;
    let wanted = which.runbook.trim();
    let lower = wanted.to_lowercase();
    let exact = listed.iter().position(|view| view.id == wanted || view.name == wanted);
    let place = exact.or_else(|| listed.iter().position(|view| view.name.to_lowercase() == lower));
    place.and_then(|at| listed.into_iter().nth(at)).ok_or_else(|| {
        let message = format!("{} has no runbook `{wanted}`", product.name);
        ApiError::new(ErrorCode::NotFound, message, "See `pilothouse runbook list` for those that it has.")
    })
}

fn named_value(text: &str) -> Result<GivenParameter, ApiError> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| ApiError::invalid("set", format!("`{text}` is no parameter"), "Write it as name=value."))?;
    Ok(GivenParameter { name: name.trim().to_owned(), value: value.to_owned() })
}
