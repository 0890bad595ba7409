//! `pilothouse rollout`: in which phases releases go out in an environment.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::session::Session;
use crate::text::{duration, table_or};
use crate::{input, names};
use clap::{Args, Subcommand, ValueEnum};
use pilothouse_api::{
    Api, ApiError, ErrorCode, IdRequest, OnFailureDto, PhaseGateDto, PlannedPhaseDto, RolloutDto, RolloutTemplateView, RolloutTemplateWord,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum RolloutCommand {
    /// The phases of an environment
    Show {
        /// Environment: name, product/name, or id
        environment: String,
    },
    /// Set them, for plans that are made from now on
    Set(SetArguments),
    /// Rollouts to begin with
    Templates,
}

#[derive(Debug, Args)]
pub(crate) struct SetArguments {
    /// Environment: name, product/name, or id
    environment: String,
    #[command(flatten)]
    from: SetFrom,
}

/// Where the phases come from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct SetFrom {
    /// A rollout to begin with
    #[arg(long)]
    template: Option<TemplateArgument>,
    /// A JSON document, as `show --json` prints it; - for standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Well-known shapes of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TemplateArgument {
    /// Everything in one phase
    AllAtOnce,
    /// A small share first, then half, then all
    Canary,
    /// Equal steps
    Linear,
    /// Groups one after the other
    Rings,
    /// Beside the old one, then everybody
    BlueGreen,
}

pub(crate) async fn run(command: RolloutCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        RolloutCommand::Show { environment } => {
            let (product, place) = names::place(api, &environment).await?;
            let product = api.get_product(IdRequest { id: product.id }).await?;
            let found = product.environments.into_iter().find(|e| e.id.as_ref() == Some(&place.id)).ok_or_else(|| gone(&place.name))?;
            session.screen.show(&found.rollout, text);
        }
        RolloutCommand::Set(arguments) => set(arguments, api, session).await?,
        RolloutCommand::Templates => session.screen.show(&api.rollout_templates(), |templates| list(templates)),
    }
    Ok(Exit::Done)
}

async fn set(arguments: SetArguments, api: &Api, session: &Session<'_>) -> Result<(), ApiError> {
    let (product, place) = names::place(api, &arguments.environment).await?;
    let rollout: RolloutDto = match (&arguments.from.file, arguments.from.template) {
        (Some(file), _) => input::json(file)?,
        (None, Some(template)) => {
            let found = api.rollout_templates().into_iter().find(|view| view.template == template.into());
            found.map(|view| view.rollout).unwrap_or_default()
        }
        (None, None) => RolloutDto::default(),
    };
    let mut product = api.get_product(IdRequest { id: product.id }).await?;
    let environment = product.environments.iter_mut().find(|e| e.id.as_ref() == Some(&place.id)).ok_or_else(|| gone(&place.name))?;
    environment.rollout = rollout;
    let changed = api.change_product(product).await?;
    let set = changed.environments.into_iter().find(|e| e.id.as_ref() == Some(&place.id)).ok_or_else(|| gone(&place.name))?;
    session.screen.show(&set.rollout, text);
    Ok(())
}

fn gone(environment: &str) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("{environment} is gone"), "Somebody has just removed it. See `pilothouse product show`.")
}

impl From<TemplateArgument> for RolloutTemplateWord {
    fn from(template: TemplateArgument) -> Self {
        match template {
            TemplateArgument::AllAtOnce => Self::AllAtOnce,
            TemplateArgument::Canary => Self::Canary,
            TemplateArgument::Linear => Self::Linear,
            TemplateArgument::Rings => Self::Rings,
            TemplateArgument::BlueGreen => Self::BlueGreen,
        }
    }
}

/// Phases as a table.
pub(crate) fn phase_table(phases: &[PlannedPhaseDto]) -> String {
    let rows = phases.iter().map(|phase| {
        vec![
            phase.name.clone(),
            format!("{} %", phase.weight_percent),
            phase.target.clone().unwrap_or_default(),
            if phase.bake_seconds == 0 { String::new() } else { duration(phase.bake_seconds) },
            asked(phase),
        ]
    });
    table_or(&["PHASE", "SHARE", "GROUP", "WATCHED", "ASKS"], rows.collect(), "All at once, without a watch.")
}

fn text(rollout: &RolloutDto) -> String {
    let mut text = phase_table(&rollout.phases);
    let bad = match rollout.on_failure {
        OnFailureDto::End => "the deployment has failed".to_owned(),
        OnFailureDto::Ask => "a person is asked".to_owned(),
        OnFailureDto::RollBack { countdown_seconds: 0 } => "it goes back by itself at once".to_owned(),
        OnFailureDto::RollBack { countdown_seconds } => format!("it goes back by itself after {}", duration(countdown_seconds)),
    };
    text.push_str(&format!("A phase that is bad: {bad}.\n"));
    text
}

/// "health, smoke, a person".
fn asked(phase: &PlannedPhaseDto) -> String {
    let gates = phase.gates.iter().map(|gate| match gate {
        PhaseGateDto::Health => "health".to_owned(),
        PhaseGateDto::Smoke => "smoke".to_owned(),
        PhaseGateDto::Uat => "UAT".to_owned(),
        PhaseGateDto::External { url } => url.clone(),
        PhaseGateDto::Provider { name } => format!("gate {name}"),
    });
    let person = phase.needs_person.then(|| "a person".to_owned());
    gates.chain(person).collect::<Vec<_>>().join(", ")
}

fn list(templates: &[RolloutTemplateView]) -> String {
    let rows = templates.iter().map(|view| {
        let shares: Vec<String> = view.rollout.phases.iter().map(|phase| phase.weight_percent.to_string()).collect();
        let shares = if shares.is_empty() { "100".to_owned() } else { shares.join(" > ") };
        vec![view.title.clone(), format!("{shares} %"), view.says.clone()]
    });
    table_or(&["TEMPLATE", "SHARES", ""], rows.collect(), "")
}
