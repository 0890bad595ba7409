//! `pilothouse apply`, and `pilothouse settings`: a product's settings as a file.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::screen::Screen;
use crate::session::Session;
use crate::{input, names};
use clap::{Args, Subcommand};
use pilothouse_api::{
    ApiError, ApplySettingsRequest, IdRequest, KeepSettingsRequest, LookAtSettingsRequest, RepositorySettingsRequest, SettingsChangeView,
    SettingsLookView, settings_schema,
};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

/// No settings file is longer.
const MAX_FILE: u64 = 1024 * 1024;

/// Shows what a settings file would change, and applies it
#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// The file; - for standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Onto this product: name or id. Else the one of the name that the file says, or a new one
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    #[command(flatten)]
    decision: Decision,
}

/// Whether what is shown is applied.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Decision {
    /// Only show: exit 0 where nothing would change, 1 where something would
    #[arg(long, conflicts_with = "yes")]
    check: bool,
    /// Apply without asking. Needed where nobody can be asked
    #[arg(long, short)]
    yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// Print a product's settings as a file in YAML
    Export {
        /// Name or id
        product: String,
    },
    /// Apply a file of the product's repository, and keep it as where its settings come from
    Keep {
        /// Name or id
        product: String,
        /// The file's path from the root of the repository
        #[arg(long, value_name = "PATH", default_value = "pilothouse.yaml")]
        path: String,
        /// The branch
        #[arg(long, value_name = "BRANCH", default_value = "main")]
        branch: String,
        #[command(flatten)]
        decision: Decision,
    },
    /// Apply the file that a product's settings come from as it is now
    Refresh {
        /// Name or id
        product: String,
        #[command(flatten)]
        decision: Decision,
    },
    /// Let go of the file that a product's settings come from
    LetGo {
        /// Name or id
        product: String,
    },
    /// Print the JSON Schema of settings files, by which editors complete them
    Schema,
}

pub(crate) fn schema(screen: &Screen) -> Ran {
    let schema = settings_schema();
    screen.show(&schema, |schema| serde_json::to_string_pretty(schema).unwrap_or_default());
    Ok(Exit::Done)
}

pub(crate) async fn apply(arguments: ApplyArguments, session: &Session<'_>) -> Ran {
    let (api, screen) = (session.api(), session.screen);
    let text = input::long_text(&arguments.file, MAX_FILE)?;
    let product_id = match &arguments.product {
        Some(product) => Some(names::product(api, product).await?.id),
        None => None,
    };
    let look = api.look_at_settings(LookAtSettingsRequest { text: text.clone(), product_id: product_id.clone() }).await?;
    match decided(&look, arguments.decision, screen)? {
        Some(exit) => Ok(exit),
        None => {
            let seen = Some(look.seen.clone());
            done(&api.apply_settings(ApplySettingsRequest { text, product_id, seen }).await?, screen)
        }
    }
}

pub(crate) async fn run(command: SettingsCommand, session: &Session<'_>) -> Ran {
    let (api, screen) = (session.api(), session.screen);
    match command {
        SettingsCommand::Schema => return schema(screen),
        SettingsCommand::Export { product } => {
            let id = names::product(api, &product).await?.id;
            screen.show(&api.settings_text(IdRequest { id }).await?, |view| view.text.trim_end().to_owned());
        }
        SettingsCommand::Keep { product, path, branch, decision } => {
            let product_id = names::product(api, &product).await?.id;
            return keep(RepositorySettingsRequest { product_id, path, branch }, decision, session).await;
        }
        SettingsCommand::Refresh { product, decision } => {
            let product_id = names::product(api, &product).await?.id;
            let Some(source) = api.get_product(IdRequest { id: product_id.clone() }).await?.settings_source else {
                let message = format!("the settings of {product} come from no file");
                return Err(ApiError::invalid("product", message, "Name one with `pilothouse settings keep`."));
            };
            return keep(RepositorySettingsRequest { product_id, path: source.path, branch: source.branch }, decision, session).await;
        }
        SettingsCommand::LetGo { product } => {
            let view = names::product(api, &product).await?;
            api.set_settings_here(IdRequest { id: view.id.clone() }).await?;
            screen.show(&view, |view| format!("The settings of {} are changed in Pilothouse again.", view.name));
        }
    }
    Ok(Exit::Done)
}

async fn keep(request: RepositorySettingsRequest, decision: Decision, session: &Session<'_>) -> Ran {
    let (api, screen) = (session.api(), session.screen);
    let found = api.look_at_repository_settings(request.clone()).await?;
    if let Some(exit) = decided(&found.look, decision, screen)? {
        return Ok(exit);
    }
    let RepositorySettingsRequest { product_id, path, branch } = request;
    let kept = KeepSettingsRequest { product_id, path, branch, commit: found.commit, seen: Some(found.look.seen) };
    done(&api.keep_settings_in_repository(kept).await?, screen)
}

/// Shows what would change and asks. With an answer that isn't yes: how the command ends.
fn decided(look: &SettingsLookView, decision: Decision, screen: &Screen) -> Result<Option<Exit>, ApiError> {
    if decision.check {
        screen.show(look, difference);
        return Ok(Some(if look.product_id.is_some() && look.changes.is_empty() { Exit::Done } else { Exit::Failed }));
    }
    if decision.yes || (look.product_id.is_some() && look.changes.is_empty()) {
        return Ok(None);
    }
    screen.say(&difference(look));
    if !std::io::stdin().is_terminal() {
        let next = "Give --yes to apply without a question, or --check to look only.";
        return Err(ApiError::invalid("yes", "nobody can be asked here whether to apply it", next));
    }
    Ok((!is_wanted()).then_some(Exit::Failed))
}

fn is_wanted() -> bool {
    eprint!("Apply? [y/N] ");
    let mut answer = String::new();
    // A question that can't be put or read is a no.
    std::io::stderr().flush().is_ok()
        && std::io::stdin().lock().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

fn done(look: &SettingsLookView, screen: &Screen) -> Ran {
    screen.show(look, |look| format!("{}\nApplied.", difference(look)));
    Ok(Exit::Done)
}

fn difference(look: &SettingsLookView) -> String {
    if look.product_id.is_none() {
        return format!("Adds the product {}.", look.name);
    }
    if look.changes.is_empty() {
        return format!("{} is set as the file says.", look.name);
    }
    look.changes.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(change: &SettingsChangeView) -> String {
    let place = change.path.join(" > ");
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("~ {place}: {before} -> {after}"),
        (None, Some(after)) => format!("+ {place}: {after}"),
        (Some(before), None) => format!("- {place}: {before}"),
        (None, None) => format!("~ {place}"),
    }
}
