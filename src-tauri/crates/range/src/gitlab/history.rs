//! The past of a range that starts with a version running: a pipeline and a successful deployment per environment.

use chrono::{Duration, Utc};
use serde_json::{Map, json};

use super::CONFIG;
use super::ci_file::CiFile;
use super::state::{NewPipeline, Status};
use crate::error::RangeError;
use crate::faults::bare;
use crate::lock::lock;
use crate::site::Site;

/// Makes the initial version look as if it had been deployed some days ago. It counts as no trigger.
pub(crate) async fn remember(site: &Site, version: &str) -> Result<(), RangeError> {
    let tag = format!("v{}", bare(version));
    let (ref_name, commit) = match site.repository.resolve(&tag).await? {
        Some(commit) => (tag, commit),
        None => ("main".to_owned(), site.repository.resolve("main").await?.unwrap_or_default()),
    };
    let text = site.repository.file_at(&commit, CONFIG).await?.unwrap_or_default();
    let file = CiFile::read(&text).map_err(RangeError::Push)?;
    for (days, environment) in [(9, "staging"), (8, "production")] {
        let at = Utc::now() - Duration::days(days);
        let given = Map::from_iter([("environment".to_owned(), json!(environment)), ("version".to_owned(), json!(version))]);
        let inputs = file.check(&given).map_err(RangeError::Push)?;
        let plan = file.fill(&inputs, &[], &[]);
        let is_tag = ref_name != "main";
        let new = NewPipeline { ref_name: ref_name.clone(), is_tag, sha: commit.clone(), plan, variables: Vec::new(), inputs, at };
        let mut state = lock(&site.gitlab.state);
        let id = state.enter(new, &[]);
        let Some(pipeline) = state.pipelines.get_mut(&id) else { continue };
        pipeline.updated_at = at + Duration::minutes(2);
        for job in &mut pipeline.jobs {
            job.opens(at);
            job.say(&format!("{} of version {version}", job.plan.name));
            job.closes(true, at);
            job.status = Status::Success;
            job.started_at = Some(at);
            job.finished_at = Some(at + Duration::minutes(2));
        }
    }
    Ok(())
}
