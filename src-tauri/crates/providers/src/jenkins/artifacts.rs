//! What a build archived: single files, listed by path. Must not leave the build's own `artifact/` with a path that Jenkins names.

use super::answer::Answer;
use super::client::Client;
use super::place::{Place, encode};
use super::queue::{self, Standing};
use super::route::Route;
use super::run_id::RunId;
use crate::download::{gone, too_large};
use crate::failure::{invalid, unexpected};
use pilothouse_domain::deployment::Run;
use pilothouse_engine::ports::provider::{Artifact, ArtifactFile, ArtifactFiles, ArtifactLimits, ProviderError, Wanted};
use serde::Deserialize;

/// Artifacts that are listed.
const MOST: usize = 500;

#[derive(Debug, Deserialize)]
struct Listed {
    #[serde(default)]
    artifacts: Vec<Wire>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    relative_path: String,
}

pub(super) async fn list(client: &Client, repository: &str, run: &Run) -> Result<Vec<Artifact>, ProviderError> {
    let Some((place, number)) = build(client, repository, run).await? else { return Ok(Vec::new()) };
    let mut route = Route::build(&place, number, "api/json").tree(&format!("artifacts[relativePath]{{0,{MOST}}}"));
    route.subject = format!("the artifacts of {}", route.subject);
    let answer: Answer = client.probe(&route).await?;
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    let read: Listed = answer.told(&client.secret)?;
    let artifact = |wire: Wire| Artifact {
        id: wire.relative_path.clone(),
        name: wire.relative_path,
        is_archive: false,
        bytes: None,
        expires_at: None,
        why_not: None,
    };
    Ok(read.artifacts.into_iter().take(MOST).map(artifact).collect())
}

pub(super) async fn files(
    client: &Client,
    repository: &str,
    run: &Run,
    artifact: &Artifact,
    wanted: Wanted<'_>,
    limits: &ArtifactLimits,
) -> Result<ArtifactFiles, ProviderError> {
    let mut found = ArtifactFiles::default();
    if !wanted(&artifact.name) {
        return Ok(found);
    }
    let subject = format!("artifact {} of {}", artifact.name.escape_debug(), run.external_id);
    let Some((place, number)) = build(client, repository, run).await? else { return Err(gone(&subject)) };
    let path = format!("{}{number}/artifact/{}", place.path(), below(&artifact.id, &subject)?);
    let (answer, left_out) = client.download(&Route { template: "{job}{}/artifact/{}", path, subject: subject.clone() }).await?;
    let most = limits.download_bytes.min(limits.file_bytes);
    match answer.status.as_u16() {
        _ if answer.wants_login() => return Err(client.refusal(&answer)),
        200..=299 if left_out > 0 || answer.body.len() > most => return Err(too_large(&subject, most)),
        200..=299 => found.files.push(ArtifactFile { path: artifact.name.clone(), text: answer.text() }),
        301 | 302 | 303 | 307 | 308 => {
            let next_step = "Archive reports on Jenkins itself, or let the build call `pilothouse smoke import`.";
            return Err(unexpected(format!("Jenkins keeps {subject} elsewhere."), next_step));
        }
        404 => return Err(gone(&subject)),
        _ => return Err(client.refusal(&answer)),
    }
    Ok(found)
}

/// The build of a run; `None` where there never was one.
async fn build(client: &Client, repository: &str, run: &Run) -> Result<Option<(Place, u64)>, ProviderError> {
    let id = RunId::parse(&run.external_id)?;
    let place = id.place(repository)?;
    match queue::standing(client, &place, &id).await? {
        Standing::Built(number) => Ok(Some((place, number))),
        Standing::Queued(_) | Standing::Cancelled(_) => Ok(None),
    }
}

/// A path below `artifact/`, name by name.
fn below(path: &str, subject: &str) -> Result<String, ProviderError> {
    let names: Vec<&str> = path.split('/').collect();
    if names.iter().any(|name| matches!(*name, "" | "." | "..")) || path.len() > 2000 {
        return Err(invalid(format!("{subject} has no path that a file can have."), "Look at the build at Jenkins."));
    }
    Ok(names.into_iter().map(encode).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_path_stays_below_the_build() {
        assert_eq!(below("target/TEST-a b.xml", "x").unwrap(), "target/TEST-a%20b.xml");
        assert_eq!(below("a?b#c%2F.xml", "x").unwrap(), "a%3Fb%23c%252F.xml");
        for bad in ["../x", "a//b", "/etc/passwd", "a/./b", ""] {
            assert!(below(bad, "x").is_err(), "{bad}");
        }
    }
}
