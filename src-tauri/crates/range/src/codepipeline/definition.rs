//! The pipelines of the range: `checkout-staging` and `checkout-production` deploy a version to the fleet, `checkout-nightly` is
//! one of the old type. Data only.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// A pipeline as it is now.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// Counts its structures.
    pub(crate) version: u64,
    /// `V1` or `V2`.
    pub(crate) kind: &'static str,
    /// `SUPERSEDED`, `QUEUED` or `PARALLEL`.
    pub(crate) mode: &'static str,
    pub(crate) variables: Vec<Variable>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) created: DateTime<Utc>,
    /// Ways into stages that are or were held, by stage.
    pub(crate) transitions: BTreeMap<String, Transition>,
}

#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) default: Option<&'static str>,
    pub(crate) description: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// In the order in which they run.
    pub(crate) actions: Vec<Action>,
}

#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) configuration: &'static [(&'static str, &'static str)],
}

/// The way into a stage.
#[derive(Debug, Clone)]
pub(crate) struct Transition {
    pub(crate) enabled: bool,
    pub(crate) reason: Option<String>,
    pub(crate) by: String,
    pub(crate) at: DateTime<Utc>,
}

const SOURCE: Action = Action {
    name: "Source",
    category: "Source",
    provider: "CodeStarSourceConnection",
    configuration: &[("FullRepositoryId", "nordwind/checkout"), ("BranchName", "main"), ("DetectChanges", "false")],
};
const BUILD: Action =
    Action { name: "Build", category: "Build", provider: "CodeBuild", configuration: &[("ProjectName", "checkout-build")] };
const APPROVE: Action = Action {
    name: "Approve",
    category: "Approval",
    provider: "Manual",
    configuration: &[("CustomData", "Look at staging before this goes to customers.")],
};
const DEPLOY: Action =
    Action { name: "Deploy", category: "Deploy", provider: "CodeDeploy", configuration: &[("ApplicationName", "checkout")] };
const SMOKE: Action =
    Action { name: "Smoke", category: "Test", provider: "CodeBuild", configuration: &[("ProjectName", "checkout-smoke")] };

impl Definition {
    pub(crate) fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    pub(crate) fn is_open(&self, stage: &str) -> bool {
        self.transitions.get(stage).is_none_or(|transition| transition.enabled)
    }

    /// The environment that it deploys to: the name of its last stage in small letters.
    pub(crate) fn environment(&self) -> String {
        self.stages.last().map(|stage| stage.name.to_lowercase()).unwrap_or_default()
    }

    /// Has its last stage wait for an approval, or not.
    pub(crate) fn protect(&mut self, is_protected: bool) {
        if let Some(stage) = self.stages.last_mut() {
            stage.actions = deploying(is_protected);
            self.version += 1;
        }
    }
}

/// The actions of a stage that deploys.
fn deploying(is_protected: bool) -> Vec<Action> {
    is_protected.then_some(APPROVE).into_iter().chain([DEPLOY, SMOKE]).collect()
}

/// All pipelines, with an approval before what is protected.
pub(crate) fn all(protected: &[String], now: DateTime<Utc>) -> Vec<Definition> {
    let deploy = |stage: &'static str, mode| {
        let environment = stage.to_lowercase();
        let actions = deploying(protected.contains(&environment));
        Definition {
            name: format!("checkout-{environment}"),
            version: 1,
            kind: "V2",
            mode,
            variables: vec![
                Variable { name: "VERSION", default: None, description: "The version to deploy, e.g. 1.2.0" },
                Variable { name: "PILOTHOUSE_RUN", default: Some("none"), description: "Set by Pilothouse to find its run again" },
                Variable { name: "DRY_RUN", default: Some("false"), description: "true: build and check, but change nothing" },
            ],
            stages: vec![
                Stage { name: "Source", actions: vec![SOURCE] },
                Stage { name: "Build", actions: vec![BUILD] },
                Stage { name: stage, actions },
            ],
            created: now,
            transitions: BTreeMap::new(),
        }
    };
    let nightly = Definition {
        name: "checkout-nightly".to_owned(),
        version: 1,
        kind: "V1",
        mode: "SUPERSEDED",
        variables: Vec::new(),
        stages: vec![Stage { name: "Source", actions: vec![SOURCE] }, Stage { name: "Build", actions: vec![BUILD] }],
        created: now,
        transitions: BTreeMap::new(),
    };
    // The default mode is the one in which executions overtake each other.
    vec![deploy("Staging", "SUPERSEDED"), deploy("Production", "QUEUED"), nightly]
}
