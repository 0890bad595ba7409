//! Finding executions: ours whose trigger's answer was lost, and those that somebody else started.

use super::account;
use super::client::{Call, Client};
use super::facts;
use super::names::{RunName, is_commit};
use super::pipelines::AT_ONCE;
use super::refusal::Refused;
use super::runs;
use super::status::moment;
use super::structure;
use crate::failure::unexpected;
use aws_sdk_codepipeline::types::{PipelineExecutionFilter, PipelineExecutionSummary};
use chrono::TimeDelta;
use futures::{StreamExt, TryStreamExt, stream};
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::Run;
use pilothouse_engine::ports::provider::{ProviderError, RecentRuns, RunSearch};

/// Pages of a hundred executions that are looked through.
const MOST_PAGES: usize = 10;
/// How much before the intent an execution may have begun and still be ours. One that holds our token is ours whenever it began, so
/// that window only bounds the search; without a token it decides, and covers no more than two clocks cut to seconds.
const CORRELATED_MARGIN_S: i64 = 900;
const GUESSED_MARGIN_S: i64 = 5;

/// Executions that began since then, newest first.
pub(super) async fn since(client: &Client, pipeline: &str, earliest: Timestamp) -> Result<Vec<PipelineExecutionSummary>, Refused> {
    let (found, is_cut) = read_since(client, pipeline, earliest, usize::MAX).await?;
    if is_cut {
        let many = MOST_PAGES * 100;
        return Err(unexpected(format!("{pipeline} has had more than {many} executions since."), "Look for the run at AWS.").into());
    }
    Ok(found)
}

/// Executions that began since then, newest first, from as many pages as hold `most` of them; whether there are more.
async fn read_since(
    client: &Client,
    pipeline: &str,
    earliest: Timestamp,
    most: usize,
) -> Result<(Vec<PipelineExecutionSummary>, bool), Refused> {
    // AWS tells milliseconds: what began within one is told as its beginning.
    let earliest = earliest.whole_millis();
    let mut found = Vec::new();
    let began = |summary: &PipelineExecutionSummary| summary.start_time().and_then(moment);
    let is_past = |page: &[PipelineExecutionSummary]| page.last().and_then(began).is_some_and(|at| at < earliest);
    let (mut read, mut is_more) = (0, false);
    let is_done = |page: &[PipelineExecutionSummary]| {
        read += page.len();
        is_more = read > most && !is_past(page);
        is_more || is_past(page)
    };
    let ended = pages(client, pipeline, None, &mut found, is_done).await?;
    // One without a beginning is kept: to leave it out could be to miss ours.
    found.retain(|summary| began(summary).is_none_or(|at| at >= earliest));
    Ok((found, is_more || !ended))
}

/// Reads pages until the list ends or `is_done` says so of a page; false where neither came.
pub(super) async fn pages(
    client: &Client,
    pipeline: &str,
    filter: Option<PipelineExecutionFilter>,
    found: &mut Vec<PipelineExecutionSummary>,
    mut is_done: impl FnMut(&[PipelineExecutionSummary]) -> bool,
) -> Result<bool, Refused> {
    let call = Call::new("ListPipelineExecutions", format!("the executions of {pipeline}"));
    let mut next: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let send = |sdk: &aws_sdk_codepipeline::Client| {
            let list = sdk.list_pipeline_executions().pipeline_name(pipeline).set_filter(filter.clone());
            list.max_results(100).set_next_token(next.clone()).send()
        };
        let page = client.read(&call, send).await?;
        let read = page.pipeline_execution_summaries.unwrap_or_default();
        next = page.next_token.filter(|token| !token.is_empty());
        let is_last = next.is_none() || is_done(&read);
        found.extend(read);
        if is_last {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Runs that may have come of a trigger, newest first.
pub(super) async fn find_runs(client: &Client, search: &RunSearch) -> Result<Vec<Run>, ProviderError> {
    let identity = if search.is_correlated { None } else { Some(account::identity(client).await?) };
    let at_ref = if search.is_correlated { AtRef::Any } else { AtRef::of(client, search).await? };
    let margin = if search.is_correlated { CORRELATED_MARGIN_S } else { GUESSED_MARGIN_S };
    let shift = TimeDelta::try_seconds(client.memory.clock_ahead_s().saturating_sub(margin)).unwrap_or_default();
    let earliest = search.since.as_datetime().checked_add_signed(shift).map_or(search.since, Timestamp::new);
    let candidates = since(client, &search.pipeline, earliest).await?;
    let is_started = |summary: &PipelineExecutionSummary| {
        summary.trigger().and_then(|t| t.trigger_type()).is_none_or(|kind| kind.as_str() == "StartPipelineExecution")
    };
    let by_us = |summary: &PipelineExecutionSummary| {
        let by = summary.trigger().and_then(|trigger| trigger.trigger_detail());
        identity.as_deref().is_none_or(|us| by.is_some_and(|by| is_same(by, us)))
    };
    let candidates = candidates.into_iter().filter(|one| is_started(one) && by_us(one) && at_ref.covers(one));
    let read = with_facts(client, &search.pipeline, candidates.collect()).await?;
    let ours = |(_, facts): &(Run, bool)| *facts;
    let is_ours = |(run, facts): (Run, std::sync::Arc<facts::Facts>)| (run, !search.is_correlated || facts.holds(&search.correlation));
    Ok(read.into_iter().map(is_ours).filter(ours).map(|(run, _)| run).collect())
}

/// Executions that began since then, whoever started them, newest first.
pub(super) async fn recent(client: &Client, pipeline: &str, earliest: Timestamp, most: usize) -> Result<RecentRuns, ProviderError> {
    let (mut found, is_cut) = read_since(client, pipeline, earliest, most).await?;
    let is_cut = is_cut || found.len() > most;
    found.truncate(most);
    let runs = with_facts(client, pipeline, found).await?.into_iter().map(|(run, _)| run).collect();
    Ok(RecentRuns::of(runs, most, is_cut))
}

pub(super) type WithFacts = Vec<(Run, std::sync::Arc<facts::Facts>)>;

/// The list doesn't tell variables: each execution is asked for them, once ever.
pub(super) async fn with_facts(client: &Client, pipeline: &str, found: Vec<PipelineExecutionSummary>) -> Result<WithFacts, ProviderError> {
    let read = |summary: PipelineExecutionSummary| async move {
        let name = RunName::new(pipeline, summary.pipeline_execution_id().unwrap_or_default());
        let facts = facts::of(client, &name).await.map_err(ProviderError::from)?;
        Ok::<_, ProviderError>((runs::listed(client, &name, &summary, &facts), facts))
    };
    stream::iter(found).map(read).buffered(AT_ONCE).try_collect().await
}

/// Which executions were started at a ref, as far as their sources tell.
enum AtRef {
    Any,
    Commit(String),
    None,
}

impl AtRef {
    async fn of(client: &Client, search: &RunSearch) -> Result<Self, ProviderError> {
        let git_ref = search.git_ref.trim();
        if git_ref.is_empty() {
            return Ok(Self::Any);
        }
        if is_commit(git_ref) {
            return Ok(Self::Commit(git_ref.to_owned()));
        }
        let structure = structure::current(client, &search.pipeline).await?;
        // Any other ref could only have been given together with a revision for each source.
        let mut sources = structure.sources().filter(|source| source.takes_commit());
        Ok(if sources.any(|source| source.branch() == Some(git_ref)) { Self::Any } else { Self::None })
    }

    fn covers(&self, summary: &PipelineExecutionSummary) -> bool {
        match self {
            Self::Any => true,
            // Before its source action has run, an execution tells no revision.
            Self::Commit(commit) => {
                let revisions = summary.source_revisions();
                revisions.is_empty() || revisions.iter().any(|revision| revision.revision_id() == Some(commit))
            }
            Self::None => false,
        }
    }
}

/// Whether two ARNs stand for the same one. Of a role, sessions don't matter.
fn is_same(one: &str, other: &str) -> bool {
    fn without_session(arn: &str) -> &str {
        if arn.contains(":assumed-role/") { arn.rsplit_once('/').map_or(arn, |(role, _)| role) } else { arn }
    }
    without_session(one) == without_session(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_the_same_in_another_session() {
        let role = |session: &str| format!("arn:aws:sts::111122223333:assumed-role/Release/{session}");
        assert!(is_same(&role("a"), &role("b")));
        assert!(!is_same(&role("a"), "arn:aws:sts::111122223333:assumed-role/Other/a"));
        assert!(!is_same("arn:aws:iam::111122223333:user/a", "arn:aws:iam::111122223333:user/b"));
    }
}
