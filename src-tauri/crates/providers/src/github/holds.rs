//! Workflows that are switched off and on. GitHub has no freeze of its own
//! (<https://docs.github.com/en/actions/managing-workflow-runs-and-deployments/managing-workflow-runs/disabling-and-enabling-a-workflow>).

use super::client::Client;
use super::pipelines;
use super::route::Route;
use super::wire;
use crate::failure::invalid;
use pilothouse_engine::ports::provider::{Hold, HoldTarget, ProviderError, ProviderErrorKind};

/// What switching a workflow off does, for people.
const STOPS: &str =
    "Nobody and nothing starts a new run of the workflow: no person, no event, no schedule. Runs that were started before go on.";

/// The workflows of a repository, and whether each is switched off.
pub(super) async fn list(client: &Client, repository: &str) -> Result<Vec<Hold>, ProviderError> {
    let mut holds: Vec<Hold> = pipelines::workflows(client, repository).await?.into_iter().filter_map(hold).collect();
    holds.sort_by_key(|hold| hold.title.to_lowercase());
    Ok(holds)
}

fn hold(workflow: wire::Workflow) -> Option<Hold> {
    let reason = match workflow.state.as_str() {
        "disabled_inactivity" => Some("GitHub switched it off: the repository had no activity for 60 days."),
        "disabled_fork" => Some("GitHub switches workflows off in a fork."),
        _ => None,
    };
    let one = pipelines::summary(workflow)?;
    Some(Hold {
        target: HoldTarget::Pipeline { pipeline: one.pipeline },
        title: one.title,
        is_held: !one.is_active,
        reason: reason.map(str::to_owned),
        stops: STOPS,
    })
}

/// Switches a workflow off or on.
pub(super) async fn set(client: &Client, repository: &str, target: &HoldTarget, held: bool) -> Result<(), ProviderError> {
    let HoldTarget::Pipeline { pipeline } = target else {
        return Err(invalid("GitHub holds whole workflows only.", "Hold the workflow, or protect the environment at GitHub."));
    };
    let template = if held { "/actions/workflows/{}/disable" } else { "/actions/workflows/{}/enable" };
    let about = format!("workflow {pipeline} of {repository}");
    let answer = client.put(&Route::repo(repository, template, &[pipeline], about.clone())?).await?;
    if answer.status.is_success() {
        return Ok(());
    }
    let refusal = client.refusal(&answer);
    // Said of one that is so already, too.
    let may_be_so = matches!(refusal.kind, ProviderErrorKind::Forbidden | ProviderErrorKind::Invalid | ProviderErrorKind::Conflict);
    if may_be_so {
        let read = client.get(&Route::repo(repository, "/actions/workflows/{}", &[pipeline], about)?).await;
        let is_so = |workflow: wire::Workflow| (workflow.state != "active") == held;
        if read.and_then(|answer| answer.json(&client.secret)).is_ok_and(is_so) {
            return Ok(());
        }
    }
    Err(refusal)
}
