//! Which way a rollback goes, and whether the provider's own is open.

use pilothouse_domain::product::RollbackBinding;
use pilothouse_engine::usecases::{NativeStanding, RollbackWay, WayBack};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Which way a rollback is to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RollbackWayChoice {
    /// As the environment is set.
    #[default]
    AsSet,
    /// A start of the deploy pipeline with the earlier version.
    Redeploy,
}

/// How an environment is set to be rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RollbackWayWord {
    /// The deploy pipeline is started with the earlier version.
    Redeploy,
    /// A pipeline of its own is.
    Pipeline,
    /// The provider's own way.
    Native,
}

/// The version to look at the way to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RollbackWayRequest {
    /// The environment's id.
    pub environment_id: String,
    /// The release to go back to.
    pub release_id: String,
}

/// How an environment would go back to a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RollbackWayView {
    /// How it is set.
    pub way: RollbackWayWord,
    /// The pipeline that is started; with the provider's own way that which can be started instead.
    pub pipeline: String,
    /// The provider by name, with its own way.
    pub provider: Option<String>,
    /// Whether that way is open.
    pub standing: WayStandingWord,
    /// What will happen, or why not; empty for a pipeline.
    pub words: String,
    /// What limits that way with this provider.
    pub limit: Option<String>,
}

/// Whether a way back is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum WayStandingWord {
    /// As far as can be known beforehand.
    Open,
    /// Once what is under way there has ended.
    NotYet,
    /// It would be refused.
    Closed,
    /// The provider could not be asked; it is asked again before anything happens.
    Unknown,
}

impl From<RollbackWayChoice> for RollbackWay {
    fn from(choice: RollbackWayChoice) -> Self {
        match choice {
            RollbackWayChoice::AsSet => Self::AsSet,
            RollbackWayChoice::Redeploy => Self::Redeploy,
        }
    }
}

impl From<&RollbackBinding> for RollbackWayWord {
    fn from(binding: &RollbackBinding) -> Self {
        match binding {
            RollbackBinding::Redeploy => Self::Redeploy,
            RollbackBinding::Pipeline { .. } => Self::Pipeline,
            RollbackBinding::Native { .. } => Self::Native,
        }
    }
}

impl RollbackWayView {
    pub(super) fn new(way: WayBack, binding: &RollbackBinding) -> Self {
        let word = RollbackWayWord::from(binding);
        match way {
            WayBack::Pipeline { pipeline } => {
                Self { way: word, pipeline, provider: None, standing: WayStandingWord::Open, words: String::new(), limit: None }
            }
            WayBack::Native { pipeline, provider, limit, standing } => {
                let (standing, words) = match standing {
                    NativeStanding::Open { how } => (WayStandingWord::Open, how),
                    NativeStanding::NotYet { why } => (WayStandingWord::NotYet, why),
                    NativeStanding::Closed { why } => (WayStandingWord::Closed, why),
                    NativeStanding::Unknown { why } => (WayStandingWord::Unknown, why),
                };
                let limit = limit.map(str::to_owned);
                Self { way: word, pipeline, provider: Some(provider.to_owned()), standing, words, limit }
            }
        }
    }
}
