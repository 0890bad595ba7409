//! Accepting a new pipeline: every rule that GitLab checks before it creates one. Nothing is created unless all hold.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use serde_json::{Map, Value};

use super::ci_file::CiFile;
use super::error::ApiError;
use super::state::NewPipeline;
use super::{CONFIG, runner};
use crate::faults::Fault;
use crate::lock::lock;
use crate::site::Site;
use crate::stats::AcceptedDispatch;

/// Checks and accepts a pipeline; it is on its way when this returns.
pub(super) async fn accept(
    site: &Arc<Site>,
    reference: &str,
    variables: Vec<(String, String)>,
    given: &Map<String, Value>,
) -> Result<u64, ApiError> {
    let found = site.repository.branch_or_tag(reference).await?.ok_or_else(|| ApiError::base("Reference not found"))?;
    let text = site.repository.file_at(&found.commit, CONFIG).await?.ok_or_else(|| ApiError::base("Missing CI config file"))?;
    let file = CiFile::read(&text).map_err(ApiError::base)?;
    let inputs = file.check(given).map_err(ApiError::base)?;
    let ref_name = found.branch().or(found.tag()).unwrap_or(reference).to_owned();
    let predefined =
        [("CI_COMMIT_SHA", found.commit.clone()), ("CI_COMMIT_REF_NAME", ref_name.clone()), ("CI_PIPELINE_SOURCE", "api".to_owned())];
    let plan = file.fill(&inputs, &variables, &predefined);
    if plan.jobs.is_empty() {
        return Err(ApiError::base(
            "Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline.",
        ));
    }
    let new = NewPipeline {
        ref_name,
        is_tag: found.tag().is_some(),
        sha: found.commit,
        plan,
        variables: variables.clone(),
        inputs: inputs.clone(),
        at: Utc::now(),
    };
    let id = lock(&site.gitlab.state).enter(new, &site.protected());
    site.stats.dispatched(AcceptedDispatch {
        run_id: id,
        workflow: CONFIG.to_owned(),
        reference: reference.to_owned(),
        inputs: inputs.into_iter().chain(variables).collect(),
        at: Utc::now(),
    });
    if let Some((_, Fault::DelayedListing { delay_ms })) = site.faults.take_for_run(|fault| matches!(fault, Fault::DelayedListing { .. })) {
        let from = tokio::time::Instant::now() + Duration::from_millis(delay_ms);
        if let Some(pipeline) = lock(&site.gitlab.state).pipelines.get_mut(&id) {
            pipeline.listed_from = Some(from);
        }
    }
    runner::start(site, id);
    Ok(id)
}
