//! Executions as data, and what the pipelines remember of them. No time passes here; the runner moves them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::definition::{self, Definition};
use super::keys::AwsKey;

/// Where an execution is, in CodePipeline's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ExecutionStatus {
    /// Runs, or waits before a stage.
    InProgress,
    /// Was asked to stop, and finishes what is under way.
    Stopping,
    /// Was stopped.
    Stopped,
    /// Went all the way.
    Succeeded,
    /// An action failed.
    Failed,
    /// A newer execution overtook it before a stage.
    Superseded,
}

/// How an action goes, in CodePipeline's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ActionStatus {
    InProgress,
    Succeeded,
    Failed,
    Abandoned,
}

/// An execution of a pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Execution {
    /// Counts up over all pipelines.
    pub(crate) number: u64,
    pub(crate) id: String,
    pub(crate) pipeline: String,
    pub(crate) version: u64,
    pub(crate) status: ExecutionStatus,
    pub(crate) variables: BTreeMap<String, String>,
    /// The commit that was asked for.
    pub(crate) wanted: Option<String>,
    /// The commit that the source action took, and its title.
    pub(crate) revision: Option<(String, String)>,
    pub(crate) started: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) trigger: (&'static str, String),
    /// Set for a rollback: the execution that it goes back to.
    pub(crate) back_to: Option<String>,
    pub(crate) actions: Vec<ActionRun>,
    /// The stages that it went through.
    pub(crate) passed: BTreeSet<String>,
    /// The stage before which it waits.
    pub(crate) waits_before: Option<String>,
    pub(crate) stop_reason: Option<String>,
    /// Cancelled when what is under way is to be abandoned.
    pub(crate) abandon: CancellationToken,
    /// Until then it is in no list (a fault).
    pub(crate) listed_from: Option<tokio::time::Instant>,
}

/// One execution of an action.
#[derive(Debug, Clone)]
pub(crate) struct ActionRun {
    pub(crate) id: String,
    pub(crate) stage: String,
    pub(crate) action: String,
    pub(crate) status: ActionStatus,
    pub(crate) started: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) summary: String,
    pub(crate) url: Option<String>,
    /// Of an approval while it waits.
    pub(crate) token: Option<String>,
    pub(crate) by: Option<String>,
}

/// What a stage is busy with, or was last.
#[derive(Debug, Clone)]
pub(crate) struct Occupied {
    pub(crate) execution: String,
    /// In CodePipeline's words.
    pub(crate) status: &'static str,
    pub(crate) is_rollback: bool,
}

/// All that CodePipeline remembers.
#[derive(Debug)]
pub(crate) struct Pipelines {
    pub(crate) definitions: Vec<Definition>,
    /// Oldest first.
    pub(crate) executions: Vec<Execution>,
    /// By pipeline and stage.
    pub(crate) stages: BTreeMap<(String, String), Occupied>,
    /// By pipeline and request token.
    pub(crate) requested: BTreeMap<(String, String), String>,
    /// Keys that the role has lent.
    pub(crate) lent: Vec<AwsKey>,
}

/// What a new execution is started with.
#[derive(Debug)]
pub(crate) struct NewExecution {
    pub(crate) pipeline: String,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) wanted: Option<String>,
    pub(crate) trigger: (&'static str, String),
    pub(crate) back_to: Option<String>,
    pub(crate) at: DateTime<Utc>,
}

impl Pipelines {
    pub(crate) fn new(protected: &[String]) -> Self {
        Self {
            definitions: definition::all(protected, Utc::now()),
            executions: Vec::new(),
            stages: BTreeMap::new(),
            requested: BTreeMap::new(),
            lent: Vec::new(),
        }
    }

    pub(crate) fn definition(&self, name: &str) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.name == name)
    }

    pub(crate) fn definition_mut(&mut self, name: &str) -> Option<&mut Definition> {
        self.definitions.iter_mut().find(|definition| definition.name == name)
    }

    pub(crate) fn execution(&self, id: &str) -> Option<&Execution> {
        self.executions.iter().find(|execution| execution.id == id)
    }

    pub(crate) fn execution_mut(&mut self, id: &str) -> Option<&mut Execution> {
        self.executions.iter_mut().find(|execution| execution.id == id)
    }

    pub(crate) fn occupied(&self, pipeline: &str, stage: &str) -> Option<&Occupied> {
        self.stages.get(&(pipeline.to_owned(), stage.to_owned()))
    }

    pub(crate) fn occupy(&mut self, pipeline: &str, stage: &str, execution: &str, status: &'static str) {
        let is_rollback = self.execution(execution).is_some_and(|execution| execution.back_to.is_some());
        let occupied = Occupied { execution: execution.to_owned(), status, is_rollback };
        self.stages.insert((pipeline.to_owned(), stage.to_owned()), occupied);
    }

    /// Enters an execution, and gives its id.
    pub(crate) fn enter(&mut self, new: NewExecution) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        let version = self.definition(&new.pipeline).map_or(1, |definition| definition.version);
        self.executions.push(Execution {
            number: self.executions.len() as u64 + 1,
            id: id.clone(),
            pipeline: new.pipeline,
            version,
            status: ExecutionStatus::InProgress,
            variables: new.variables,
            wanted: new.wanted,
            revision: None,
            started: new.at,
            updated: new.at,
            trigger: new.trigger,
            back_to: new.back_to,
            actions: Vec::new(),
            passed: BTreeSet::new(),
            waits_before: None,
            stop_reason: None,
            abandon: CancellationToken::new(),
            listed_from: None,
        });
        id
    }
}

impl Execution {
    /// The last execution of an action.
    pub(crate) fn last(&self, stage: &str, action: &str) -> Option<&ActionRun> {
        self.actions.iter().rev().find(|run| run.stage == stage && run.action == action)
    }

    pub(crate) fn is_listed(&self) -> bool {
        self.listed_from.is_none_or(|from| from <= tokio::time::Instant::now())
    }

    fn waits_for_approval(&self) -> bool {
        self.actions.iter().any(|run| run.status == ActionStatus::InProgress && run.token.is_some())
    }
}

impl ExecutionStatus {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_ended(self) -> bool {
        !matches!(self, Self::InProgress | Self::Stopping)
    }
}

/// An execution of a pipeline as it is now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExecutionView {
    /// Its id.
    pub id: String,
    /// Its pipeline.
    pub pipeline: String,
    /// Where it is.
    pub status: ExecutionStatus,
    /// Its variables, defaults filled in.
    pub variables: BTreeMap<String, String>,
    /// Whether a manual approval of it waits.
    pub waits_for_approval: bool,
    /// The stage before which it waits.
    pub waits_before: Option<String>,
}

impl ExecutionView {
    pub(crate) fn of(execution: &Execution) -> Self {
        Self {
            id: execution.id.clone(),
            pipeline: execution.pipeline.clone(),
            status: execution.status,
            variables: execution.variables.clone(),
            waits_for_approval: execution.waits_for_approval(),
            waits_before: execution.waits_before.clone(),
        }
    }
}
