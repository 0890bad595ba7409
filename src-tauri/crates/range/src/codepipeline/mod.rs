//! AWS CodePipeline (JSON 1.1) as far as a release tool uses it, and the two calls of AWS's token service that come with it. Its
//! pipelines deploy to the same fleet as the workflows of the range's GitHub, and take from the same repository.

mod definition;
pub(crate) mod error;
mod execution;
mod gate;
mod history;
mod keys;
mod reads;
mod request;
mod runner;
mod shapes;
mod token_service;
mod work;
mod writes;

use std::sync::Arc;

use axum::Router;
use chrono::Utc;

use crate::lock::lock;
use crate::site::Site;
pub(crate) use execution::Pipelines;
pub use execution::{ExecutionStatus, ExecutionView};
pub(crate) use history::remember;
pub(crate) use keys::REGION;
pub use keys::{AwsKey, AwsKeys};

/// The one address of it.
pub(crate) fn router(site: &Arc<Site>) -> Router {
    Router::new().fallback(gate::gate).with_state(Arc::clone(site))
}

/// Changes a pipeline's structure: a new version, in this execution mode (`SUPERSEDED`, `QUEUED`, `PARALLEL`). `false`: there is no
/// such pipeline or mode.
pub(crate) fn change_pipeline(site: &Site, name: &str, mode: &str) -> bool {
    let mode = ["SUPERSEDED", "QUEUED", "PARALLEL"].into_iter().find(|known| *known == mode);
    let mut pipelines = lock(&site.pipelines);
    let (Some(mode), Some(definition)) = (mode, pipelines.definition_mut(name)) else { return false };
    definition.mode = mode;
    definition.version += 1;
    drop(pipelines);
    site.bump();
    true
}

/// Puts an approval before the deployment to an environment, or takes it away: another structure version of its pipeline.
pub(crate) fn protect(site: &Site, environment: &str, is_protected: bool) {
    for definition in lock(&site.pipelines).definitions.iter_mut().filter(|definition| definition.environment() == environment) {
        definition.protect(is_protected);
    }
}

/// Lets the time of every approval that waits run out: each fails, and its token is good for nothing any more.
pub(crate) fn expire_approvals(site: &Site) {
    let mut pipelines = lock(&site.pipelines);
    for run in pipelines.executions.iter_mut().flat_map(|execution| &mut execution.actions) {
        if run.token.take().is_some() && run.status == execution::ActionStatus::InProgress {
            run.status = execution::ActionStatus::Failed;
            run.summary = "The approval has run out of time".to_owned();
            run.updated = Utc::now();
        }
    }
    drop(pipelines);
    site.bump();
}
