//! The past of a range that starts with a version running: an execution of each deploying pipeline that went all the way.

use std::collections::BTreeMap;

use chrono::{Duration, Utc};

use super::execution::{ActionRun, ActionStatus, ExecutionStatus, NewExecution};
use super::keys::Caller;
use crate::error::RangeError;
use crate::faults::bare;
use crate::lock::lock;
use crate::site::Site;

/// Makes the initial version one that was deployed some days ago. It counts as no dispatch.
pub(crate) async fn remember(site: &Site, version: &str) -> Result<(), RangeError> {
    let commit = site.repository.resolve(&format!("v{}", bare(version))).await?;
    let commit = match commit {
        Some(commit) => commit,
        None => site.repository.resolve("main").await?.unwrap_or_default(),
    };
    let mut pipelines = lock(&site.pipelines);
    for (days, definition) in [9, 8].into_iter().zip(pipelines.definitions.clone()) {
        let at = Utc::now() - Duration::days(days);
        let variables = [("VERSION", version), ("PILOTHOUSE_RUN", "none"), ("DRY_RUN", "false")];
        let variables: BTreeMap<String, String> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let trigger = ("StartPipelineExecution", Caller::Full.arn());
        let pipeline = definition.name.clone();
        let id = pipelines.enter(NewExecution { pipeline, variables, wanted: Some(commit.clone()), trigger, back_to: None, at });
        for stage in &definition.stages {
            pipelines.occupy(&definition.name, stage.name, &id, "Succeeded");
        }
        let Some(execution) = pipelines.execution_mut(&id) else { continue };
        execution.status = ExecutionStatus::Succeeded;
        execution.updated = at + Duration::minutes(4);
        execution.revision = Some((commit.clone(), format!("checkout {version}")));
        for (stage, action) in definition.stages.iter().flat_map(|stage| stage.actions.iter().map(move |action| (stage, action))) {
            execution.passed.insert(stage.name.to_owned());
            let began = at + Duration::minutes(execution.actions.len().try_into().unwrap_or(0));
            execution.actions.push(ActionRun {
                id: uuid::Uuid::now_v7().to_string(),
                stage: stage.name.to_owned(),
                action: action.name.to_owned(),
                status: ActionStatus::Succeeded,
                started: began,
                updated: began + Duration::minutes(1),
                summary: String::new(),
                url: None,
                token: None,
                by: None,
            });
        }
    }
    Ok(())
}
