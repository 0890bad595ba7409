//! GitHub's own record of deployments by environment. A deployment itself says neither how it stands nor which run made it: its
//! statuses do, so that each is asked for them. Unchanged ones cost nothing of the call budget.

use super::client::Client;
use super::route::Route;
use super::wire_delivery::{Deployment, DeploymentStatus};
use futures::future::try_join_all;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{DeliveryStatus, ProviderDeployment, ProviderError};

/// Deployments on a page, GitHub's most.
const ON_A_PAGE: u8 = 100;
/// How many deployments are asked for their statuses at the same time.
const AT_ONCE: usize = 6;

/// A deployment with its statuses, the newest first.
pub(super) struct Recorded {
    deployment: Deployment,
    statuses: Vec<DeploymentStatus>,
}

/// The deployments to an environment, newest first.
pub(super) async fn list(
    client: &Client,
    repository: &str,
    environment: &str,
    limit: u8,
) -> Result<Vec<ProviderDeployment>, ProviderError> {
    let read = recorded(client, repository, environment, None, limit.clamp(1, ON_A_PAGE)).await?;
    let live = live(&read);
    Ok(read.into_iter().map(|one| delivered(one, live)).collect())
}

/// The newest deployments to an environment, of one commit where that is named.
pub(super) async fn recorded(
    client: &Client,
    repository: &str,
    environment: &str,
    commit: Option<&str>,
    limit: u8,
) -> Result<Vec<Recorded>, ProviderError> {
    let route = Route::repo(repository, "/deployments", &[], format!("the deployments of {repository} to {environment}"))?;
    let mut route = route.query("environment", environment).query("per_page", &limit.to_string());
    if let Some(commit) = commit {
        route = route.query("sha", commit);
    }
    let deployments: Vec<Deployment> = client.get(&route).await?.json(&client.secret)?;
    let mut statuses = Vec::new();
    for some in deployments.chunks(AT_ONCE) {
        statuses.extend(try_join_all(some.iter().map(|one| read_statuses(client, repository, one.id))).await?);
    }
    Ok(deployments.into_iter().zip(statuses).map(|(deployment, statuses)| Recorded { deployment, statuses }).collect())
}

async fn read_statuses(client: &Client, repository: &str, id: u64) -> Result<Vec<DeploymentStatus>, ProviderError> {
    let id = id.to_string();
    let subject = format!("the statuses of deployment {id} of {repository}");
    let route = Route::repo(repository, "/deployments/{}/statuses", &[&id], subject)?.query("per_page", "100");
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

impl Recorded {
    /// The run that did it, from the address of its log. What made it inactive was another run.
    pub(super) fn run(&self) -> Option<&str> {
        self.log_urls().find_map(run_in)
    }

    /// Whether it went well, if it was replaced since.
    pub(super) fn has_succeeded(&self) -> bool {
        self.statuses.iter().any(|status| status.state == "success")
    }

    fn log_urls(&self) -> impl Iterator<Item = &str> {
        let own = self.statuses.iter().filter(|status| status.state != "inactive");
        own.flat_map(|status| [&status.log_url, &status.target_url]).flatten().map(String::as_str).filter(|url| !url.is_empty())
    }

    /// When it came to how it stands.
    fn at(&self) -> Option<Timestamp> {
        let newest = self.statuses.first().and_then(|status| status.created_at.as_deref());
        newest.or(self.deployment.created_at.as_deref()).and_then(Timestamp::parse)
    }
}

/// The run's id in `https://github.com/OWNER/NAME/actions/runs/RUN/job/JOB`.
fn run_in(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("/actions/runs/")?;
    let id = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    (!id.is_empty()).then_some(id)
}

/// The deployment that the environment runs: of those that went well the one that did so last. GitHub marks earlier ones as inactive,
/// but not in production environments, nor where a tool wants it otherwise.
fn live(all: &[Recorded]) -> Option<u64> {
    let done = all.iter().filter(|one| one.statuses.first().is_some_and(|status| status.state == "success"));
    done.max_by_key(|one| (one.at(), one.deployment.id)).map(|one| one.deployment.id)
}

fn delivered(one: Recorded, live: Option<u64>) -> ProviderDeployment {
    let status = match one.statuses.first().map(|status| status.state.as_str()) {
        None | Some("pending" | "queued" | "waiting") => DeliveryStatus::Pending,
        Some("in_progress") => DeliveryStatus::InProgress,
        Some("success") if live == Some(one.deployment.id) => DeliveryStatus::Live,
        Some("success") => DeliveryStatus::Replaced,
        // Becoming inactive undoes no failure.
        Some("inactive") if !one.has_succeeded() && one.statuses.iter().any(|status| is_failure(&status.state)) => DeliveryStatus::Failed,
        Some("inactive") => DeliveryStatus::Replaced,
        Some(word) if is_failure(word) => DeliveryStatus::Failed,
        Some(word) => DeliveryStatus::Unknown { word: word.to_owned() },
    };
    let (run, at) = (one.run().map(str::to_owned), one.at());
    let url = one.log_urls().next().unwrap_or_default().to_owned();
    ProviderDeployment {
        external_id: one.deployment.id.to_string(),
        run,
        at,
        url,
        environment: one.deployment.environment,
        git_ref: one.deployment.git_ref,
        commit: one.deployment.sha,
        by: one.deployment.creator.map(|creator| creator.login).filter(|login| !login.is_empty()),
        status,
    }
}

fn is_failure(state: &str) -> bool {
    matches!(state, "failure" | "error")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use serde_json::json;

    /// A deployment with these states, the newest first, each with its minute.
    fn one(id: u64, states: &[(&str, u8)]) -> Recorded {
        let run = |state: &str| if state == "inactive" { 999 } else { 70 + id };
        let status = |(state, minute): &(&str, u8)| {
            let log_url = format!("https://github.com/acme/shop/actions/runs/{}/job/5", run(state));
            json!({"state": state, "log_url": log_url, "created_at": format!("2026-01-01T00:{minute:02}:00Z")})
        };
        Recorded {
            deployment: serde_json::from_value(json!({"id": id, "environment": "staging", "ref": "v1"})).unwrap(),
            statuses: states.iter().map(|one| serde_json::from_value(status(one)).unwrap()).collect(),
        }
    }

    #[test]
    fn what_succeeded_last_is_live_and_only_that() {
        // Deployment 2 was approved late and ended after 3.
        let all = vec![
            one(6, &[("dreaming", 9)]),
            one(5, &[]),
            one(4, &[("inactive", 9), ("error", 8)]),
            one(3, &[("success", 5)]),
            one(2, &[("success", 6), ("in_progress", 1)]),
            one(1, &[("inactive", 5), ("success", 1)]),
        ];
        let live = live(&all);
        let all: Vec<_> = all.into_iter().map(|one| delivered(one, live)).collect();
        let statuses: Vec<_> = all.iter().map(|one| one.status.clone()).collect();
        let unknown = DeliveryStatus::Unknown { word: "dreaming".into() };
        use DeliveryStatus::{Failed, Live, Pending, Replaced};
        assert_eq!(statuses, [unknown, Pending, Failed, Replaced, Live, Replaced]);
        assert_eq!(all[5].run.as_deref(), Some("71"), "not the one that replaced it");
        assert_eq!(all[1].run, None);
    }

    #[test]
    fn a_run_is_read_from_an_address_of_actions_only() {
        assert_eq!(run_in("https://ghe.example/acme/shop/actions/runs/42"), Some("42"));
        assert_eq!(run_in("https://ghe.example/acme/shop/actions/runs/42/job/7?pr=1"), Some("42"));
        assert_eq!(run_in("https://ci.example/actions/runs/"), None);
        assert_eq!(run_in("https://ci.example/builds/7"), None);
    }
}
