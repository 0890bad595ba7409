//! What waits for a person: deployments to environments with required reviewers
//! (<https://docs.github.com/en/actions/managing-workflow-runs-and-deployments/managing-deployments/reviewing-deployments>). A wait timer
//! and an app's rule hold deployments up too, but wait for no person.

use super::client::Client;
use super::pipelines::file_name;
use super::route::Route;
use super::wire;
use super::wire_delivery::{Approval, PendingDeployment};
use crate::failure::invalid;
use futures::future::try_join_all;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{Gate, GateAnswer, GateKind, GateOutcome, GateVerdict, ProviderError, ProviderErrorKind};
use serde_json::json;
use std::time::Duration;

/// Pages of a hundred waiting runs that are read.
const MOST_PAGES: u32 = 2;
/// How many runs are asked at the same time what they wait for.
const AT_ONCE: usize = 6;
/// After this GitHub fails a job that nobody has approved.
const PATIENCE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Everything in a repository that waits for a person now.
pub(super) async fn list(client: &Client, repository: &str) -> Result<Vec<Gate>, ProviderError> {
    let route = Route::repo(repository, "/actions/runs", &[], format!("the waiting runs of {repository}"))?;
    let route = route.query("status", "waiting").query("per_page", "100");
    let pages: Vec<wire::Runs> = client.pages(&route, MOST_PAGES).await?;
    let runs: Vec<wire::Run> = pages.into_iter().flat_map(|page| page.workflow_runs).collect();
    let mut gates = Vec::new();
    for some in runs.chunks(AT_ONCE) {
        let pending = try_join_all(some.iter().map(|run| pending(client, repository, run.id.to_string()))).await?;
        for (run, pending) in some.iter().zip(pending) {
            let mut waiting: Vec<PendingDeployment> = pending.into_iter().filter(is_for_a_person).collect();
            // Approved, and held up by its timer, it is listed still.
            if waiting.iter().any(has_timer) {
                let approved = approved(client, repository, &run.id.to_string()).await?;
                waiting.retain(|one| !has_timer(one) || !approved.contains(&one.environment.id));
            }
            gates.extend(waiting.iter().map(|one| gate(run, one)));
        }
    }
    Ok(gates)
}

/// The deployments of a run that wait; none where it doesn't wait any more.
async fn pending(client: &Client, repository: &str, run: String) -> Result<Vec<PendingDeployment>, ProviderError> {
    let subject = format!("the waiting deployments of run {run} of {repository}");
    let route = Route::repo(repository, "/actions/runs/{}/pending_deployments", &[&run], subject)?;
    let answer = client.probe(&route).await?;
    // Deleted since it was listed.
    if answer.status.as_u16() == 404 {
        return Ok(Vec::new());
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    answer.json(&client.secret)
}

fn is_for_a_person(one: &PendingDeployment) -> bool {
    !one.reviewers.is_empty() || one.current_user_can_approve == Some(true)
}

fn has_timer(one: &PendingDeployment) -> bool {
    one.wait_timer.is_some_and(|minutes| minutes > 0)
}

/// The environments to which a deployment of a run was answered.
async fn approved(client: &Client, repository: &str, run: &str) -> Result<Vec<u64>, ProviderError> {
    let subject = format!("the approvals of run {run} of {repository}");
    let answer = client.get(&Route::repo(repository, "/actions/runs/{}/approvals", &[run], subject)?).await?;
    let approvals: Vec<Approval> = answer.json(&client.secret)?;
    Ok(approvals.iter().flat_map(|one| &one.environments).map(|environment| environment.id).collect())
}

fn gate(run: &wire::Run, one: &PendingDeployment) -> Gate {
    let since = one.wait_timer_started_at.as_deref().and_then(Timestamp::parse);
    let starter = run.triggering_actor.as_ref().or(run.actor.as_ref());
    Gate {
        external_id: format!("{}-{}", run.id, one.environment.id),
        run: run.id.to_string(),
        pipeline: run.path.as_deref().and_then(file_name).unwrap_or_default().to_owned(),
        kind: GateKind::Deployment,
        title: one.environment.name.clone(),
        message: rules(one),
        environment: Some(one.environment.name.clone()),
        started_by: starter.map(|actor| actor.login.clone()),
        since,
        expires_at: since.map(|since| since.plus(PATIENCE)),
        url: run.html_url.clone(),
        inputs: Vec::new(),
        can_answer: one.current_user_can_approve,
        can_reject: true,
        takes_comment: true,
    }
}

/// The environment's rules in words: who may answer, and what comes after it.
fn rules(one: &PendingDeployment) -> String {
    let name = |who: &super::wire_delivery::UserOrTeam| match (&who.login, &who.slug) {
        (Some(login), _) => Some(login.clone()),
        (None, Some(slug)) => Some(format!("team {slug}")),
        (None, None) => None,
    };
    let names: Vec<String> = one.reviewers.iter().filter_map(|one| one.reviewer.as_ref().and_then(name)).collect();
    let mut words = if names.is_empty() { String::new() } else { format!("Reviewers: {}.", names.join(", ")) };
    if let Some(minutes) = one.wait_timer.filter(|minutes| *minutes > 0) {
        let space = if words.is_empty() { "" } else { " " };
        words.push_str(&format!("{space}Besides, a timer holds it up for {minutes} min."));
    }
    words
}

/// Answers a gate.
pub(super) async fn answer(client: &Client, repository: &str, answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
    let run = &answer.run;
    let of_run = answer.gate.strip_prefix(run.as_str()).and_then(|rest| rest.strip_prefix('-'));
    let Some(environment) = of_run.and_then(|id| id.parse::<u64>().ok()) else {
        return Err(invalid(format!("`{}` is no gate of run {run} at GitHub.", answer.gate), "Read the list of gates again."));
    };
    let state = match answer.verdict {
        GateVerdict::Approve => "approved",
        GateVerdict::Reject => "rejected",
    };
    // All three must be there, the comment too if it is empty.
    let body = json!({ "environment_ids": [environment], "state": state, "comment": answer.comment });
    let subject = format!("the deployment of run {run} of {repository}");
    let route = Route::repo(repository, "/actions/runs/{}/pending_deployments", &[run], subject)?;
    let sent = client.post(&route, Some(&body)).await?;
    if sent.status.is_success() {
        return Ok(GateOutcome::Taken);
    }
    let mut refusal = client.refusal(&sent);
    // GitHub says 422 to every reason: too late, not a reviewer, one's own deployment.
    if refusal.kind == ProviderErrorKind::Invalid {
        match state_of(client, repository, run, environment).await {
            Ok(State::Gone) => return Ok(GateOutcome::TooLate),
            Ok(State::NotOurs(who)) => {
                refusal.kind = ProviderErrorKind::Forbidden;
                refusal.next_step = if who.is_empty() {
                    "Ask one of the environment's reviewers (Settings, Environments). Some environments let nobody approve what they started."
                        .to_owned()
                } else {
                    format!("{who} Some environments let nobody approve what they started.")
                };
            }
            // It waits still, or that can't be told: refused it was in any case.
            Ok(State::Waiting) | Err(_) => {}
        }
    }
    Err(refusal)
}

/// What is known of a gate after its answer was refused.
enum State {
    /// It doesn't wait for an answer any more.
    Gone,
    /// It waits, for others than us: who, in words.
    NotOurs(String),
    /// It waits.
    Waiting,
}

async fn state_of(client: &Client, repository: &str, run: &str, environment: u64) -> Result<State, ProviderError> {
    let pending = pending(client, repository, run.to_owned()).await?;
    let Some(one) = pending.into_iter().find(|one| one.environment.id == environment) else { return Ok(State::Gone) };
    // Approved, and held up by its timer, it is listed still.
    if has_timer(&one) && approved(client, repository, run).await?.contains(&environment) {
        return Ok(State::Gone);
    }
    if one.current_user_can_approve == Some(false) {
        return Ok(State::NotOurs(rules(&one)));
    }
    Ok(State::Waiting)
}
