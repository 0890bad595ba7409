//! `pilothouse product`.

use crate::commands::Ran;
use crate::commands::publishing::{self, CloneArguments};
use crate::exit::Exit;
use crate::session::Session;
use crate::text::{table_or, word};
use crate::{input, names};
use clap::Subcommand;
use pilothouse_api::{
    Api, ApiError, BindingDto, EnvironmentDto, IdRequest, ProbeDto, ProductDto, ProductSuggestion, ProductView, RefRuleDto,
    RepositoryRequest,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ProductCommand {
    /// Add a product from a JSON document, as `suggest` and `show --json` print it
    Add {
        /// The document; - for standard input. Its connection may be a name
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Propose a product from a repository: prints the document for `add`
    Suggest {
        /// Through which connection: name or id
        connection: String,
        /// The repository: owner/name
        repository: String,
    },
    /// All of them
    List,
    /// One of them, with environments, pipelines, rules and checks
    Show {
        /// Name or id
        product: String,
    },
    /// Change a product to what the document says
    Change {
        /// Name or id
        product: String,
        /// The document; - for standard input
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Name, show or forget the clone of its repository on this computer
    Clone(CloneArguments),
    /// Take a product away that has no releases
    Remove {
        /// Name or id
        product: String,
    },
}

pub(crate) async fn run(command: ProductCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        ProductCommand::Add { file } => {
            let product = api.add_product(document(api, &file).await?).await?;
            session.screen.show(&product, detail);
        }
        ProductCommand::Suggest { connection, repository } => {
            let connection_id = names::connection(api, &connection).await?.id;
            let suggestion = api.suggest_product(RepositoryRequest { connection_id, repository }).await?;
            show_suggestion(&suggestion, session);
        }
        ProductCommand::List => session.screen.show(&api.list_products().await?, |views| list(views)),
        ProductCommand::Show { product } => {
            let id = names::product(api, &product).await?.id;
            session.screen.show(&api.get_product(IdRequest { id }).await?, detail);
        }
        ProductCommand::Change { product, file } => {
            let id = names::product(api, &product).await?.id;
            let document = ProductDto { id: Some(id), ..document(api, &file).await? };
            session.screen.show(&api.change_product(document).await?, detail);
        }
        ProductCommand::Clone(arguments) => return publishing::clone(arguments, session).await,
        ProductCommand::Remove { product } => {
            let view = names::product(api, &product).await?;
            api.remove_product(IdRequest { id: view.id.clone() }).await?;
            session.screen.show(&view, |view| format!("Removed {}.", view.name));
        }
    }
    Ok(Exit::Done)
}

async fn document(api: &Api, file: &std::path::Path) -> Result<ProductDto, ApiError> {
    let mut product: ProductDto = input::json(file)?;
    if !names::is_id(&product.connection_id) {
        product.connection_id = names::connection(api, &product.connection_id).await?.id;
    }
    Ok(product)
}

/// The document alone goes to standard output, so that it can be written to a file and edited.
fn show_suggestion(suggestion: &ProductSuggestion, session: &Session<'_>) {
    if session.screen.is_json() {
        session.screen.document(suggestion);
        return;
    }
    session.screen.document(&suggestion.product);
    for note in &suggestion.notes {
        session.screen.say(&format!("note: {note}"));
    }
}

fn list(views: &[ProductView]) -> String {
    let rows = views.iter().map(|v| {
        let environments: Vec<&str> = v.environments.iter().map(|e| e.name.as_str()).collect();
        vec![
            v.name.clone(),
            v.repository.clone(),
            environments.join(" > "),
            v.last_version.clone().unwrap_or_default(),
            v.connection.clone(),
        ]
    });
    let empty = "No products. Propose one with `pilothouse product suggest CONNECTION OWNER/NAME`.";
    table_or(&["NAME", "REPOSITORY", "ENVIRONMENTS", "LAST RELEASE", "CONNECTION"], rows.collect(), empty)
}

fn detail(product: &ProductDto) -> String {
    let mut text = format!(
        "{}  {}  tags {}1.2.3\nid {}\n",
        product.name,
        product.repository,
        product.tag_prefix,
        product.id.clone().unwrap_or_default()
    );
    for environment in &product.environments {
        text.push('\n');
        text.push_str(&environment_text(environment));
    }
    text
}

fn environment_text(environment: &EnvironmentDto) -> String {
    let rules = &environment.rules;
    let rollback = match (&environment.rollback, &environment.native_rollback) {
        (Some(own), _) => binding(own),
        (None, Some(native)) => {
            let named = native.environment.as_ref().map(|name| format!(" ({name} there)")).unwrap_or_default();
            format!("the provider's own way{named}")
        }
        (None, None) => "the deploy pipeline".to_owned(),
    };
    let mut text = format!("{}\n  deploy    {}\n  rollback  {rollback}\n", environment.name, binding(&environment.deploy));
    let approvals = match rules.required_approvals {
        0 => "no approval".to_owned(),
        1 => "1 approval".to_owned(),
        more => format!("{more} approvals"),
    };
    let by = if rules.required_approvers.is_empty() { String::new() } else { format!(" by {} too", rules.required_approvers.join(", ")) };
    let lasting = if rules.approval_hours == 0 { String::new() } else { format!(", good for {} h", rules.approval_hours) };
    let upstream = if rules.needs_upstream { "verified in the one before" } else { "on its own" };
    let reasons = if rules.needs_reasons { ", a reason for each run started elsewhere" } else { "" };
    text.push_str(&format!(
        "  rules     {approvals}{by}{lasting}, {upstream}, soak {} min, verified within {} s{reasons}\n",
        rules.soak_minutes, rules.verify_seconds
    ));
    if !rules.required_roles.is_empty() {
        text.push_str(&format!("            approved by somebody of {}\n", rules.required_roles.join(", ")));
    }
    if rules.is_optional {
        text.push_str("            optional: what comes after it doesn't ask for it\n");
    }
    if rules.is_beside {
        text.push_str("            beside the environment before it\n");
    }
    if rules.upstream_at_least > 0 {
        text.push_str(&format!("            {} of those before it are enough\n", rules.upstream_at_least));
    }
    if rules.max_commits > 0 {
        text.push_str(&format!("            not more than {} commits at once\n", rules.max_commits));
    }
    if let Some(path) = &rules.hotfix {
        let skipped = if path.is_skipped { "left out, " } else { "" };
        let approvals = path.required_approvals;
        text.push_str(&format!("  hotfix    {skipped}{approvals} approvals, soak {} min\n", path.soak_minutes));
    }
    for check in &environment.checks {
        let what = match &check.probe {
            ProbeDto::Http { url, .. } => url.clone(),
            ProbeDto::RunningVersion { urls, .. } => format!("version at {}", urls.join(", ")),
        };
        text.push_str(&format!("  check     {} every {} s: {what}\n", check.name, check.interval_seconds));
    }
    text
}

fn binding(binding: &BindingDto) -> String {
    let git_ref = match &binding.git_ref {
        RefRuleDto::ReleaseTag => " at the release's tag".to_owned(),
        RefRuleDto::Fixed { name } => format!(" at {name}"),
        RefRuleDto::OfPipeline => String::new(),
    };
    let place = binding.place.as_ref().map(|place| format!(" in {}", place.repository)).unwrap_or_default();
    let inputs: Vec<String> = binding.inputs.iter().map(|i| format!("{}={}", i.name, input_word(&i.value))).collect();
    format!("{}{place}{git_ref} {}", binding.pipeline, inputs.join(" "))
}

fn input_word(value: &pilothouse_api::InputValueDto) -> String {
    match value {
        pilothouse_api::InputValueDto::Literal { text } => format!("\"{text}\""),
        other => word(serde_json::to_value(other).ok().and_then(|v| v.get("from").cloned()).unwrap_or_default()),
    }
}
