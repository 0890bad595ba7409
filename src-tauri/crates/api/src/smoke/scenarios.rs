//! The smoke scenarios of a product: what they ask, where they are sent, and their secrets.

use super::reports::ReportRuleView;
use super::view::{SmokeStepView, shown_steps};
use crate::decode::{id, optional_id};
use crate::error::ApiError;
use crate::{Api, IdRequest, Token};
use pilothouse_domain::smoke::{ScenarioSource, SmokeScenario, SmokeTrigger, form};
use pilothouse_domain::strict_yaml::YamlFault;
use pilothouse_domain::{ProductId, SmokeScenarioId};
use pilothouse_engine::usecases::smoke_secret_names;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The smoke scenarios of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeScenariosView {
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product: String,
    /// The scenarios, by name.
    pub scenarios: Vec<SmokeScenarioDto>,
    /// Its environments, in promotion order, and where smoke tests reach them.
    pub targets: Vec<SmokeTargetView>,
    /// Which files of the runs of its environments' pipelines are reports.
    pub report_rules: Vec<ReportRuleView>,
    /// The secrets that the scenarios name.
    pub secrets: Vec<SmokeSecretView>,
    /// Why it isn't known which secrets there are.
    pub keychain_fault: Option<String>,
}

/// A smoke scenario with all that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeScenarioDto {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// The name, unique within the product.
    pub name: String,
    /// Where its text is.
    pub source: SmokeSourceDto,
    /// The environments that it is for; none for all.
    pub environment_ids: Vec<String>,
    /// When it runs.
    pub trigger: SmokeTriggerWord,
    /// Whether a release is held until it has passed.
    pub required: bool,
}

/// Where the text of a scenario is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SmokeSourceDto {
    /// Written in Pilothouse.
    Written {
        /// The text, in YAML.
        text: String,
    },
    /// A file in the product's repository, read at the release's commit.
    Repository {
        /// Its path from the root.
        path: String,
    },
}

/// When a scenario runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SmokeTriggerWord {
    /// By itself once a deployment has succeeded; also by hand.
    AfterDeployment,
    /// Only by hand.
    ByHand,
}

/// Where smoke tests reach an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeTargetView {
    /// The environment.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// The value of `{{base_url}}` there; `None` where it isn't said.
    pub base_url: Option<String>,
}

/// A secret that smoke tests name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeSecretView {
    /// Its name.
    pub name: String,
    /// Whether this computer's keychain holds it.
    pub is_there: bool,
}

/// A scenario to add, or to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PutSmokeScenarioRequest {
    /// The product.
    pub product_id: String,
    /// The scenario; with an id it is changed.
    pub scenario: SmokeScenarioDto,
}

/// Where smoke tests are to reach an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetSmokeTargetRequest {
    /// The environment.
    pub environment_id: String,
    /// The value of `{{base_url}}` there.
    pub base_url: String,
}

/// A secret of a product's smoke tests.
#[derive(Clone, Debug, Deserialize, Type)]
pub struct SetSmokeSecretRequest {
    /// The product.
    pub product_id: String,
    /// The secret's name.
    pub name: String,
    /// Its value; none to forget it.
    pub secret: Option<Token>,
}

/// A scenario's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeTextRequest {
    /// The text, in YAML.
    pub text: String,
}

/// What a scenario's text comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckedSmokeView {
    /// Everything that is wrong with it, in the order of the text.
    pub faults: Vec<ScenarioFaultView>,
    /// Its name, where it can be read.
    pub name: Option<String>,
    /// The names of its steps, where it can be read.
    pub steps: Vec<String>,
    /// The names of the secrets that it uses.
    pub secrets: Vec<String>,
}

/// What is wrong with a scenario's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ScenarioFaultView {
    /// The line, from 1, where it is known.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// Which field; empty for the text as a whole.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub message: String,
}

/// A scenario to try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TrySmokeRequest {
    /// In which environment.
    pub environment_id: String,
    /// The text, in YAML.
    pub text: String,
    /// The last step to send, from 0; none for all.
    pub up_to: Option<u16>,
}

/// What trying a scenario has come to. Nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TriedSmokeView {
    /// The steps, up to the first that did not pass.
    pub steps: Vec<SmokeStepView>,
}

impl From<&SmokeScenario> for SmokeScenarioDto {
    fn from(scenario: &SmokeScenario) -> Self {
        Self {
            id: Some(scenario.id.to_string()),
            name: scenario.name.clone(),
            source: match scenario.source.clone() {
                ScenarioSource::Written { text } => SmokeSourceDto::Written { text },
                ScenarioSource::Repository { path } => SmokeSourceDto::Repository { path },
            },
            environment_ids: scenario.environments.iter().map(ToString::to_string).collect(),
            trigger: match scenario.trigger {
                SmokeTrigger::AfterDeployment => SmokeTriggerWord::AfterDeployment,
                SmokeTrigger::ByHand => SmokeTriggerWord::ByHand,
            },
            required: scenario.required,
        }
    }
}

impl From<&YamlFault> for ScenarioFaultView {
    fn from(fault: &YamlFault) -> Self {
        Self { line: fault.line, column: fault.column, field: fault.field.clone(), message: fault.message.clone() }
    }
}

/// The form of a scenario's text as a JSON Schema (draft 2020-12), for editors and pipelines: what it refuses, the check refuses.
#[must_use]
pub const fn smoke_schema() -> &'static str {
    include_str!("scenario.schema.json")
}

/// What a scenario's text comes to. Asks nobody: the command line checks a file without a product.
#[must_use]
pub fn check_smoke_text(text: &str) -> CheckedSmokeView {
    match form::parse(text) {
        Ok(scenario) => CheckedSmokeView {
            faults: Vec::new(),
            steps: scenario.steps.iter().map(|step| step.name.clone()).collect(),
            secrets: smoke_secret_names(&scenario).into_iter().collect(),
            name: Some(scenario.name),
        },
        Err(faults) => CheckedSmokeView {
            faults: faults.iter().map(ScenarioFaultView::from).collect(),
            name: None,
            steps: Vec::new(),
            secrets: Vec::new(),
        },
    }
}

impl Api {
    /// The smoke scenarios of a product, where they are sent, and their secrets.
    ///
    /// # Errors
    /// Where there is no such product.
    pub async fn smoke_scenarios(&self, request: IdRequest) -> Result<SmokeScenariosView, ApiError> {
        let product = self.store().product(id::<ProductId>("id", &request.id)?).await?;
        let targets = self.store().smoke_targets(product.id).await?;
        let environments = self.store().environments(Some(product.id)).await?;
        let scenarios = self.store().smoke_scenarios(product.id).await?;
        let (secrets, keychain_fault) = match self.engine.smoke_secrets(product.id, &BTreeSet::new()).await {
            Ok(secrets) => (secrets, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Ok(SmokeScenariosView {
            product_id: product.id.to_string(),
            product: product.name,
            scenarios: scenarios.iter().map(SmokeScenarioDto::from).collect(),
            report_rules: self.report_rules(product.id, &environments).await?,
            targets: environments
                .into_iter()
                .map(|environment| SmokeTargetView {
                    environment_id: environment.id.to_string(),
                    base_url: targets.iter().find(|target| target.environment_id == environment.id).map(|target| target.base_url.clone()),
                    environment: environment.name,
                })
                .collect(),
            secrets: secrets.into_iter().map(|secret| SmokeSecretView { name: secret.name, is_there: secret.is_there }).collect(),
            keychain_fault,
        })
    }

    /// Adds a smoke scenario, or changes the one whose id is given.
    ///
    /// # Errors
    /// Where its text can't be read.
    pub async fn put_smoke_scenario(&self, request: PutSmokeScenarioRequest) -> Result<SmokeScenarioDto, ApiError> {
        let product_id = id("product_id", &request.product_id)?;
        let dto = request.scenario;
        let known = match optional_id("id", dto.id.as_deref())? {
            Some(known) => Some(self.store().smoke_scenario(known).await?),
            None => None,
        };
        let scenario = SmokeScenario {
            id: known.as_ref().map_or_else(|| SmokeScenarioId::new(Uuid::nil()), |known| known.id),
            revision: known.map_or(0, |known| known.revision),
            product_id,
            name: dto.name,
            source: match dto.source {
                SmokeSourceDto::Written { text } => ScenarioSource::Written { text },
                SmokeSourceDto::Repository { path } => ScenarioSource::Repository { path },
            },
            environments: dto.environment_ids.iter().map(|environment| id("environment_ids", environment)).collect::<Result<_, _>>()?,
            trigger: match dto.trigger {
                SmokeTriggerWord::AfterDeployment => SmokeTrigger::AfterDeployment,
                SmokeTriggerWord::ByHand => SmokeTrigger::ByHand,
            },
            required: dto.required,
        };
        Ok(SmokeScenarioDto::from(&self.engine.put_smoke_scenario(&self.actor, scenario).await?))
    }

    /// Takes a smoke scenario away. Its runs stay.
    ///
    /// # Errors
    /// Where there is no such scenario.
    pub async fn remove_smoke_scenario(&self, request: IdRequest) -> Result<(), ApiError> {
        Ok(self.engine.remove_smoke_scenario(&self.actor, id("id", &request.id)?).await?)
    }

    /// What is wrong with a scenario's text.
    ///
    /// # Errors
    /// None today.
    pub async fn check_smoke(&self, request: SmokeTextRequest) -> Result<CheckedSmokeView, ApiError> {
        Ok(check_smoke_text(&request.text))
    }

    /// Sends the steps of a scenario's text, and keeps nothing.
    ///
    /// # Errors
    /// Where the text can't be read or a secret is missing.
    pub async fn try_smoke(&self, request: TrySmokeRequest) -> Result<TriedSmokeView, ApiError> {
        let up_to = request.up_to.map(usize::from);
        let tried = self.engine.try_smoke(id("environment_id", &request.environment_id)?, &request.text, up_to).await?;
        let names: Vec<String> = tried.results.iter().map(|result| result.name.clone()).collect();
        Ok(TriedSmokeView { steps: shown_steps(&names, &tried.results, &tried.exchanges) })
    }

    /// Says where smoke tests reach an environment.
    ///
    /// # Errors
    /// Where that is no address.
    pub async fn set_smoke_target(&self, request: SetSmokeTargetRequest) -> Result<(), ApiError> {
        Ok(self.engine.set_smoke_target(&self.actor, id("environment_id", &request.environment_id)?, &request.base_url).await?)
    }

    /// Keeps a secret of a product's smoke tests in this computer's keychain, or forgets it.
    ///
    /// # Errors
    /// Where the keychain can't be used.
    pub async fn set_smoke_secret(&self, request: SetSmokeSecretRequest) -> Result<(), ApiError> {
        let product = id("product_id", &request.product_id)?;
        Ok(self.engine.set_smoke_secret(&self.actor, product, &request.name, request.secret.map(Token::into_secret)).await?)
    }
}
