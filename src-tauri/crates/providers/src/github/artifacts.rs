//! What a workflow run uploaded. An artifact is a zip archive that GitHub hands out by a redirect to a signed address elsewhere; the token
//! must not go there.

use super::client::Client;
use super::route::Route;
use crate::archive;
use crate::download::{Store, gone, too_large};
use crate::paging::has_next;
use http::header::LOCATION;
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::Run;
use pilothouse_engine::ports::provider::{Artifact, ArtifactFiles, ArtifactLimits, ProviderError, Wanted};
use serde::Deserialize;

/// Pages of a hundred artifacts that are read.
const MOST_PAGES: u32 = 5;

/// `GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts`.
#[derive(Debug, Deserialize)]
struct Listed {
    artifacts: Vec<Wire>,
}

#[derive(Debug, Deserialize)]
struct Wire {
    id: u64,
    name: String,
    size_in_bytes: Option<u64>,
    #[serde(default)]
    expired: bool,
    created_at: Option<String>,
    expires_at: Option<String>,
}

pub(super) async fn list(client: &Client, repository: &str, run: &Run) -> Result<Vec<Artifact>, ProviderError> {
    let id = &run.external_id;
    let subject = format!("the artifacts of run {id} of {repository}");
    let route = Route::repo(repository, "/actions/runs/{}/artifacts", &[id], subject)?.query("per_page", "100");
    let mut listed: Vec<Artifact> = Vec::new();
    for page in 1..=MOST_PAGES {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        let read: Listed = answer.json(&client.secret)?;
        let is_last = read.artifacts.is_empty() || !has_next(&answer.headers);
        listed.extend(read.artifacts.into_iter().map(|wire| artifact(wire, run)));
        if is_last {
            break;
        }
    }
    Ok(listed)
}

/// GitHub lists what all attempts of a run uploaded, and doesn't say which: by the time at which it was made.
fn artifact(wire: Wire, run: &Run) -> Artifact {
    let created = wire.created_at.as_deref().and_then(Timestamp::parse);
    let is_earlier = run.attempt > 1 && created.zip(run.started_at).is_some_and(|(created, began)| created < began);
    Artifact {
        id: wire.id.to_string(),
        name: wire.name,
        is_archive: true,
        bytes: wire.size_in_bytes,
        expires_at: wire.expires_at.as_deref().and_then(Timestamp::parse),
        why_not: match (wire.expired, is_earlier) {
            (true, _) => Some("its time to be kept is over".to_owned()),
            (false, true) => Some("it is of an earlier attempt".to_owned()),
            (false, false) => None,
        },
    }
}

pub(super) async fn files(
    client: &Client,
    repository: &str,
    _run: &Run,
    artifact: &Artifact,
    wanted: Wanted<'_>,
    limits: &ArtifactLimits,
) -> Result<ArtifactFiles, ProviderError> {
    let subject = format!("artifact {} of {repository}", artifact.name);
    let route = Route::repo(repository, "/actions/artifacts/{}/zip", &[&artifact.id], subject.clone())?;
    let answer = client.probe_unfollowed(&route).await?;
    let bytes = match answer.status.as_u16() {
        200..=299 if answer.body.len() > limits.download_bytes => return Err(too_large(&subject, limits.download_bytes)),
        200..=299 => answer.body.to_vec(),
        301 | 302 | 303 | 307 | 308 => {
            let store = Store { http: &client.http, base: &client.base, options: &client.options, secret: &client.secret };
            store.fetch(answer.header(LOCATION.as_str()).unwrap_or_default(), &subject, limits.download_bytes).await?
        }
        410 => return Err(gone(&subject)),
        _ => return Err(client.refusal(&answer)),
    };
    archive::files(&bytes, &subject, wanted, limits)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use pilothouse_domain::deployment::RunStatus;

    #[test]
    fn what_an_earlier_attempt_uploaded_is_not_taken_for_this_ones() {
        let run = Run {
            external_id: "1".to_owned(),
            url: String::new(),
            attempt: 2,
            status: RunStatus::Succeeded,
            title: String::new(),
            created_at: None,
            started_at: Timestamp::parse("2026-11-23T10:00:00Z"),
            ended_at: None,
            started_by: None,
            git_ref: None,
            commit: None,
            jobs: Vec::new(),
        };
        let made = |created: &str, expired: bool| {
            let text =
                format!(r#"{{"id":7,"name":"junit","size_in_bytes":9,"expired":{expired},"created_at":"{created}","expires_at":null}}"#);
            artifact(serde_json::from_str(&text).unwrap(), &run)
        };
        assert_eq!(made("2026-11-23T10:03:00Z", false).why_not, None);
        assert!(made("2026-11-23T09:59:00Z", false).why_not.unwrap().contains("earlier attempt"));
        assert!(made("2026-11-23T10:03:00Z", true).why_not.unwrap().contains("is over"));
        let first = Run { attempt: 1, ..run.clone() };
        let text = r#"{"id":7,"name":"junit","created_at":"2026-11-23T09:59:00Z"}"#;
        assert_eq!(artifact(serde_json::from_str(text).unwrap(), &first).why_not, None, "clocks may differ at the first");
    }
}
