//! A build's log, read on from where it was. Jenkins counts the bytes of the log as it keeps it and not those that it sends, so only
//! its own word tells where to go on. Of a part that is too long the end is kept.

use super::client::Client;
use super::queue::{self, Standing};
use super::route::Route;
use super::run_id::RunId;
use super::view::JOB_MARK;
use crate::failure::failure;
use pilothouse_engine::ports::provider::{LogPart, ProviderError, ProviderErrorKind as Kind};

/// The log of a job from there on; `None` while its build is in the queue.
pub(super) async fn job_log(client: &Client, repository: &str, job: &str, from: u64) -> Result<Option<LogPart>, ProviderError> {
    let Some((run, _)) = job.rsplit_once(JOB_MARK) else {
        let shown: String = job.chars().take(100).flat_map(char::escape_debug).collect();
        return Err(failure(Kind::NotFound, format!("`{shown}` names no job of Jenkins."), "Look for the build at Jenkins."));
    };
    let id = RunId::parse(run)?;
    let place = id.place(repository)?;
    let number = match queue::standing(client, &place, &id).await? {
        Standing::Built(number) => number,
        Standing::Queued(_) | Standing::Cancelled(_) => return Ok(None),
    };
    let mut route = Route::build(&place, number, "logText/progressiveText");
    route.subject = format!("the log of {}", route.subject);
    let part = part(client, &route, from).await?;
    // Beyond the end Jenkins sends nothing or everything, by its version. The log is another one then: from its beginning.
    if from > 0 && part.next < from && part.text.is_empty() {
        return self::part(client, &route, 0).await.map(Some);
    }
    Ok(Some(part))
}

async fn part(client: &Client, route: &Route, from: u64) -> Result<LogPart, ProviderError> {
    let (answer, left_out) = client.download(&route.clone().query("start", &from.to_string())).await?;
    if answer.wants_login() || !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    let sent = answer.body.len() as u64 + left_out;
    let next = answer.header("x-text-size").and_then(|size| size.trim().parse().ok()).unwrap_or(from.saturating_add(sent));
    let is_complete = !answer.header("x-more-data").is_some_and(|more| more.trim().eq_ignore_ascii_case("true"));
    let mut text = answer.text();
    if left_out > 0 {
        text = format!("[{left_out} bytes of this log are left out here.]\n{text}");
    }
    Ok(LogPart { text, next, is_complete, elsewhere: None })
}
