//! The past of a range that starts with a version running: a completed run and a successful deployment per environment.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Duration, Utc};

use super::run::{Conclusion, Status};
use super::{FOLDER, NewRun, workflow};
use crate::deployments::DeploymentState;
use crate::error::RangeError;
use crate::faults::bare;
use crate::lock::lock;
use crate::site::Site;

/// Makes the initial version run everywhere, as if it had been deployed some days ago. It counts as no dispatch.
pub(crate) async fn remember(site: &Arc<Site>, version: &str) -> Result<(), RangeError> {
    let main = site.repository.resolve("main").await?.unwrap_or_default();
    let tag = format!("v{}", bare(version));
    let commit = site.repository.resolve(&tag).await?.unwrap_or_else(|| main.clone());
    let path = format!("{FOLDER}/deploy.yml");
    let text = site.repository.file_at(&commit, &path).await?.unwrap_or_default();
    let plan = workflow::parse(&path, &text).map_err(|invalid| RangeError::Push(invalid.to_string()))?;
    let plan = Arc::new(plan);
    lock(&site.actions).built(version, &commit);
    for (days, environment) in [(9, "staging"), (8, "production")] {
        let at = Utc::now() - Duration::days(days);
        let inputs = [("environment", environment), ("version", version), ("dry_run", "false")];
        let run_id = {
            let mut actions = lock(&site.actions);
            let known = actions.workflow(&path, at);
            let run_id = actions.enter(NewRun {
                workflow_id: known.id,
                path: path.clone(),
                plan: Arc::clone(&plan),
                event: "workflow_dispatch",
                ref_name: "main".to_owned(),
                sha: commit.clone(),
                title: plan.name.clone(),
                inputs: inputs.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
                at,
            });
            if let Some(attempt) = actions.runs.get_mut(&run_id).and_then(|run| run.attempts.last_mut()) {
                attempt.status = Status::Completed;
                attempt.conclusion = Some(Conclusion::Success);
                attempt.updated_at = at + Duration::minutes(2);
                for job in &mut attempt.jobs {
                    job.started_at = Some(at);
                    job.steps.iter_mut().for_each(|step| step.started_at = Some(at));
                    job.say(&format!("{} of version {version}", job.name.clone()), at);
                    job.complete(Conclusion::Success, at + Duration::minutes(2));
                }
            }
            run_id
        };
        let page = format!("{}/actions/runs/{run_id}", site.repository_page());
        let mut deployments = lock(&site.deployments);
        let id = deployments.create_at(environment, &commit, "main", "deploy", at);
        deployments.add_status_at(id, DeploymentState::Success, String::new(), &page, true, at);
    }
    for environment in site.fleet.environments() {
        for instance in &environment.instances {
            instance.start(version, &commit, std::time::Duration::ZERO).await?;
        }
    }
    Ok(())
}
