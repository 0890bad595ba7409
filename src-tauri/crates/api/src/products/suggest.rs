//! Proposes a product from what a repository shows: its environments, its deploy pipeline, what each input wants. Must not keep
//! anything: a person looks at it first. The rules are pure functions of what the provider said.

use super::{BindingDto, EnvironmentDto, InputDto, InputValueDto, ProductDto, RefRuleDto, RulesDto};
use crate::Api;
use crate::decode::id;
use crate::error::ApiError;
use crate::lookups::RepositoryRequest;
use pilothouse_domain::Version;
use pilothouse_domain::product::EnvironmentRules;
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_engine::ports::provider::{InputKind, InputSpec, PipelineDescription, PipelineSummary, Repository};
use pilothouse_engine::ports::{Provider, ProviderError, ProviderErrorKind};
use serde::{Deserialize, Serialize};
use specta::Type;

/// At most so many pipelines are read to propose from.
const MAX_PIPELINES: usize = 20;

/// A product as it could be, and what a person should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProductSuggestion {
    /// The product. May be incomplete: an empty pipeline is still to be chosen.
    pub product: ProductDto,
    /// What could not be found out, or wants a second look.
    pub notes: Vec<String>,
}

/// What the provider said about a repository.
struct Seen {
    repository: Repository,
    environments: Vec<String>,
    pipelines: Vec<(PipelineSummary, PipelineDescription)>,
    refs: Vec<SourceRef>,
}

impl Api {
    /// Proposes a product from a repository.
    ///
    /// # Errors
    /// Where the provider can't be asked.
    pub async fn suggest_product(&self, request: RepositoryRequest) -> Result<ProductSuggestion, ApiError> {
        let connection = id("connection_id", &request.connection_id)?;
        let seen = self.engine.ask_provider(connection, async move |client| look(client.as_ref(), &request.repository).await).await?;
        Ok(suggest(&request.connection_id, &seen))
    }
}

async fn look(client: &dyn Provider, repository: &str) -> Result<Seen, ProviderError> {
    let repository = client.repository(repository).await?;
    let name = &repository.full_name;
    let environments = match client.environments(name).await {
        Ok(environments) => environments,
        // Not every account may see them, and not every repository has any.
        Err(error) if matches!(error.kind, ProviderErrorKind::Forbidden | ProviderErrorKind::NotFound) => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut pipelines = Vec::new();
    for summary in client.pipelines(name).await?.into_iter().filter(|p| p.is_active).take(MAX_PIPELINES) {
        let described = match client.describe_pipeline(name, &summary.pipeline, &repository.default_branch).await {
            Ok(described) => described,
            // One that can't be read is shown as such, and doesn't hide the others.
            Err(error)
                if matches!(error.kind, ProviderErrorKind::NotFound | ProviderErrorKind::Invalid | ProviderErrorKind::Unexpected) =>
            {
                PipelineDescription { obstacle: Some(error.message), inputs: Vec::new() }
            }
            Err(error) => return Err(error),
        };
        pipelines.push((summary, described));
    }
    let refs = match client.refs(name).await {
        Ok(refs) => refs,
        // One that keeps no source has pipelines to propose all the same.
        Err(error) if error.kind == ProviderErrorKind::Unsupported => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(Seen { environments, pipelines, refs, repository })
}

fn suggest(connection_id: &str, seen: &Seen) -> ProductSuggestion {
    let mut notes = Vec::new();
    let names = environment_names(seen, &mut notes);
    let last = names.len().saturating_sub(1);
    let environments = names
        .into_iter()
        .enumerate()
        .map(|(position, name)| environment(seen, name, position > 0 && position == last, &mut notes))
        .collect();
    notes.push("Add a health check to each environment, so that a deployment is verified by the service itself.".to_owned());
    notes.dedup();
    let product = ProductDto {
        team: crate::TeamDto::default(),
        settings_source: None,
        id: None,
        name: seen.repository.full_name.rsplit('/').next().unwrap_or_default().to_owned(),
        connection_id: connection_id.to_owned(),
        repository: seen.repository.full_name.clone(),
        tag_prefix: tag_prefix(&seen.refs),
        environments,
    };
    if seen.repository.can_write == Some(false) {
        notes.push("This account may not start pipelines in the repository.".to_owned());
    }
    ProductSuggestion { product, notes }
}

fn environment_names(seen: &Seen, notes: &mut Vec<String>) -> Vec<String> {
    let mut names = seen.environments.clone();
    if names.is_empty() {
        names = seen.pipelines.iter().flat_map(|(_, described)| &described.inputs).find_map(environment_choices).unwrap_or_default();
    }
    if names.is_empty() {
        notes.push("The provider knows no environments of this repository: staging and production are a guess.".to_owned());
        return vec!["staging".to_owned(), "production".to_owned()];
    }
    // Stable: what the ranks don't tell apart keeps the provider's order.
    names.sort_by_key(|name| rank(name));
    names
}

fn environment_choices(input: &InputSpec) -> Option<Vec<String>> {
    match &input.kind {
        InputKind::Choice(choices) if wants_environment(input) && !choices.is_empty() => Some(choices.clone()),
        _ => None,
    }
}

/// How far along the promotion path an environment of this name usually stands.
fn rank(name: &str) -> u8 {
    let name = plain(name);
    let stages: [(&[&str], u8); 6] = [
        (&["preprod", "preproduction", "preview"], 3),
        (&["dev", "local", "sandbox"], 0),
        (&["test", "qa", "integration"], 1),
        (&["stag", "stage"], 2),
        (&["uat", "accept"], 3),
        (&["prod", "live"], 5),
    ];
    stages.iter().find(|(words, _)| words.iter().any(|word| name.contains(word))).map_or(4, |(_, rank)| *rank)
}

fn environment(seen: &Seen, name: String, is_last: bool, notes: &mut Vec<String>) -> EnvironmentDto {
    let deploy = deploy_pipeline(seen, &name);
    if deploy.is_none() {
        notes.push("No pipeline looks as if it deploys and can be started by hand: choose one.".to_owned());
    }
    let rollback = seen.pipelines.iter().find(|(summary, described)| is_rollback(summary) && described.obstacle.is_none());
    let rules = EnvironmentRules { required_approvals: u8::from(is_last), ..EnvironmentRules::default() };
    EnvironmentDto {
        id: None,
        deploy: deploy.map_or_else(|| no_binding(seen), |(summary, described)| binding(seen, summary, described, notes)),
        native_rollback: None,
        rollback: rollback.map(|(summary, described)| binding(seen, summary, described, notes)),
        rules: RulesDto::from(&rules),
        rollout: crate::RolloutDto::default(),
        checks: Vec::new(),
        name,
    }
}

/// The pipeline that deploys to an environment: one that names it before one that doesn't, one that can be started by hand only.
fn deploy_pipeline<'a>(seen: &'a Seen, environment: &str) -> Option<&'a (PipelineSummary, PipelineDescription)> {
    let words = |summary: &PipelineSummary| plain(&format!("{} {}", summary.pipeline, summary.title));
    let usable: Vec<_> =
        seen.pipelines.iter().filter(|(summary, described)| described.obstacle.is_none() && !is_rollback(summary)).collect();
    let by_name = usable
        .iter()
        .copied()
        .filter_map(|candidate| {
            let words = words(&candidate.0);
            let deploys = ["deploy", "release", "publish", "promote", "ship"].iter().position(|word| words.contains(word))?;
            let names_it = words.contains(&plain(environment));
            let names_another = !names_it && seen.environments.iter().any(|other| words.contains(&plain(other)));
            Some(((names_another, !names_it, deploys), candidate))
        })
        .min_by_key(|(order, _)| *order)
        .map(|(_, candidate)| candidate);
    // Where a repository has one pipeline for everything its name tells nothing: that it takes a version does.
    by_name.or_else(|| match usable[..] {
        [only] if only.1.inputs.iter().any(|input| known_value(input) == Some(InputValueDto::Version)) => Some(only),
        _ => None,
    })
}

fn is_rollback(summary: &PipelineSummary) -> bool {
    let words = plain(&format!("{} {}", summary.pipeline, summary.title));
    ["rollback", "revert", "undo"].iter().any(|word| words.contains(word))
}

fn no_binding(seen: &Seen) -> BindingDto {
    BindingDto { place: None, pipeline: String::new(), git_ref: usual_ref(seen), inputs: Vec::new() }
}

/// Where a pipeline starts that is told its version: at the default branch; where there is none, as it is settled there.
fn usual_ref(seen: &Seen) -> RefRuleDto {
    match seen.repository.default_branch.as_str() {
        "" => RefRuleDto::OfPipeline,
        branch => RefRuleDto::Fixed { name: branch.to_owned() },
    }
}

fn binding(seen: &Seen, summary: &PipelineSummary, described: &PipelineDescription, notes: &mut Vec<String>) -> BindingDto {
    let correlation = correlation_input(&described.inputs);
    if correlation.is_none() {
        notes.push(format!(
            "{} has no input that its runs show in their title: a run whose start gets no answer has to be found by time and account.",
            summary.pipeline
        ));
    }
    let inputs: Vec<InputDto> = described
        .inputs
        .iter()
        .filter_map(|input| {
            let value = if correlation == Some(input.name.as_str()) {
                Some(InputValueDto::Correlation)
            } else {
                value_for(input, &summary.pipeline, notes)
            };
            Some(InputDto { name: input.name.clone(), value: value? })
        })
        .collect();
    let carries = inputs.iter().any(|i| matches!(i.value, InputValueDto::Version | InputValueDto::Tag | InputValueDto::Commit));
    let git_ref = if carries { usual_ref(seen) } else { RefRuleDto::ReleaseTag };
    if !carries {
        notes.push(format!("{} has no input for a version: it is started at the release's tag.", summary.pipeline));
    }
    BindingDto { place: None, pipeline: summary.pipeline.clone(), git_ref, inputs }
}

/// The input for the correlation token: one that says so, before one that a run merely shows in its title.
fn correlation_input(inputs: &[InputSpec]) -> Option<&str> {
    let free = || inputs.iter().filter(|i| i.kind == InputKind::Text);
    let says_so = |input: &&InputSpec| {
        let name = plain(&input.name);
        ["correlation", "requestid", "requesttoken", "dispatchid", "deploymentid", "pilothouse", "trackingid", "uuid"]
            .iter()
            .any(|word| name.contains(word))
    };
    let shown = free().find(|i| says_so(i) && i.shown_in_title);
    let shown = shown.or_else(|| free().find(|i| i.shown_in_title && known_value(i).is_none()));
    shown.or_else(|| free().find(says_so)).map(|i| i.name.as_str())
}

fn value_for(input: &InputSpec, pipeline: &str, notes: &mut Vec<String>) -> Option<InputValueDto> {
    if let Some(value) = known_value(input) {
        return Some(value);
    }
    // An input that has a value of its own, or needs none, is left to the pipeline.
    if !input.required || input.default.is_some() {
        return None;
    }
    let text = match &input.kind {
        InputKind::Boolean => "false".to_owned(),
        InputKind::Choice(choices) => choices.first().cloned().unwrap_or_default(),
        InputKind::Text | InputKind::Number | InputKind::Environment => String::new(),
    };
    notes.push(format!("The input {} of {pipeline} must be given: see whether “{text}” is right.", input.name));
    Some(InputValueDto::Literal { text })
}

fn known_value(input: &InputSpec) -> Option<InputValueDto> {
    let name = plain(&input.name);
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if wants_environment(input) {
        Some(InputValueDto::Environment)
    } else if matches!(input.kind, InputKind::Text | InputKind::Number) && is(&["weight", "percent", "trafficshare"]) {
        Some(InputValueDto::Weight)
    } else if input.kind != InputKind::Text {
        None
    } else if is(&["version"]) {
        Some(InputValueDto::Version)
    } else if name == "tag" || is(&["releasetag", "imagetag", "gittag"]) {
        Some(InputValueDto::Tag)
    } else if name == "sha" || is(&["commit", "gitsha", "revision"]) {
        Some(InputValueDto::Commit)
    } else if name == "ref" || is(&["gitref"]) {
        Some(InputValueDto::Tag)
    } else {
        None
    }
}

fn wants_environment(input: &InputSpec) -> bool {
    let name = plain(&input.name);
    input.kind == InputKind::Environment
        || (matches!(input.kind, InputKind::Text | InputKind::Choice(_))
            && (["environment", "stage", "deployto"].iter().any(|word| name.contains(word)) || name == "env" || name == "target"))
}

/// What stands before the version in most tags of the repository; `v` where there are none.
fn tag_prefix(refs: &[SourceRef]) -> String {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for tag in refs.iter().filter(|r| r.kind == SourceKind::Tag) {
        let starts = tag.name.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(index, _)| index);
        let Some(prefix) = starts.map(|index| &tag.name[..index]).find(|prefix| Version::from_tag(&tag.name, prefix).is_some()) else {
            continue;
        };
        match counted.iter_mut().find(|(known, _)| known == prefix) {
            Some((_, count)) => *count += 1,
            None => counted.push((prefix.to_owned(), 1)),
        }
    }
    // The first among equals: tags come newest first.
    let most = counted.iter().map(|(_, count)| *count).max();
    counted.into_iter().find(|(_, count)| Some(*count) == most).map_or_else(|| "v".to_owned(), |(prefix, _)| prefix)
}

/// Letters and digits in lower case: `request_id`, `requestId` and `request-id` are one word.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
#[path = "suggest_tests.rs"]
mod tests;
