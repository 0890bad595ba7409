//! What the jobs of a pipeline left behind: their archives, and the test report that GitLab has read from files that jobs declare as
//! `artifacts:reports:junit` (those are in no archive). A download may be a redirect to a store elsewhere; the token must not go there.

use super::client::Client;
use super::route::Route;
use super::runs::about;
use super::test_report;
use crate::answer::Answer;
use crate::archive;
use crate::download::{Store, bounded, gone};
use http::header::LOCATION;
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::Run;
use pilothouse_engine::ports::provider::{Artifact, ArtifactFile, ArtifactFiles, ArtifactLimits, ProviderError, Wanted};
use serde::Deserialize;

/// Pages of a hundred jobs that are read.
const MOST_PAGES: u32 = 5;
/// The id of the test report among artifacts.
const REPORT: &str = "test_report";
/// What the test report is called as a file: it is asked for whatever files are wanted, so that the patterns mean it as well.
const REPORT_FILE: &str = "TEST-pipeline-junit.xml";

#[derive(Debug, Deserialize)]
struct Job {
    id: u64,
    #[serde(default)]
    name: String,
    artifacts_file: Option<File>,
    artifacts_expire_at: Option<String>,
    #[serde(default)]
    artifacts: Vec<Part>,
}

#[derive(Debug, Deserialize)]
struct File {
    size: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Part {
    file_type: Option<String>,
}

pub(super) async fn list(client: &Client, repository: &str, run: &Run) -> Result<Vec<Artifact>, ProviderError> {
    let pipeline = &run.external_id;
    let route = Route::project(repository, "/pipelines/{}/jobs", &[pipeline], format!("the jobs of {}", about(repository, pipeline)))?;
    // Without those that were repeated: another took their place.
    let jobs: Vec<Job> = client.read_all(&route, MOST_PAGES).await?;
    let has_report = |job: &Job| job.artifacts.iter().any(|part| part.file_type.as_deref() == Some("junit"));
    let mut listed = Vec::new();
    if jobs.iter().any(has_report) {
        listed.push(Artifact {
            id: REPORT.to_owned(),
            name: "test report of the pipeline".to_owned(),
            is_archive: true,
            bytes: None,
            expires_at: None,
            why_not: None,
        });
    }
    for job in jobs {
        // The same tests would be counted twice.
        let is_covered = has_report(&job);
        let Some(file) = job.artifacts_file else { continue };
        listed.push(Artifact {
            id: job.id.to_string(),
            name: job.name,
            is_archive: true,
            bytes: file.size,
            expires_at: job.artifacts_expire_at.as_deref().and_then(Timestamp::parse),
            why_not: is_covered.then(|| "its tests are in the test report of the pipeline".to_owned()),
        });
    }
    Ok(listed)
}

pub(super) async fn files(
    client: &Client,
    repository: &str,
    run: &Run,
    artifact: &Artifact,
    wanted: Wanted<'_>,
    limits: &ArtifactLimits,
) -> Result<ArtifactFiles, ProviderError> {
    if artifact.id == REPORT {
        let subject = format!("the test report of {}", about(repository, &run.external_id));
        let route = Route::project(repository, "/pipelines/{}/test_report", &[&run.external_id], subject)?;
        let text = client.read::<test_report::Report>(&route).await?.into_junit();
        return Ok(ArtifactFiles { files: vec![ArtifactFile { path: REPORT_FILE.to_owned(), text }], left_out: Vec::new() });
    }
    let subject = format!("the artifacts of job {} of {repository}", artifact.name);
    let route = Route::project(repository, "/jobs/{}/artifacts", &[&artifact.id], subject.clone())?;
    let response = client.open(&route, client.options.download_timeout).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = match status.as_u16() {
        200..=299 => bounded(response, &subject, limits.download_bytes).await?.map_err(|error| client.no_answer(&error))?,
        301 | 302 | 303 | 307 | 308 => {
            let location = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let store = Store { http: &client.http, base: &client.base, options: &client.options, secret: &client.secret };
            store.fetch(location, &subject, limits.download_bytes).await?
        }
        404 => return Err(gone(&subject)),
        _ => {
            let body = bounded(response, &subject, 1024 * 1024).await?.unwrap_or_default();
            let answer = Answer { status, headers, body: body.into(), subject };
            client.note(&answer);
            return Err(client.refusal(&answer));
        }
    };
    archive::files(&bytes, &subject, wanted, limits)
}
