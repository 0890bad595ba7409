//! What actions do: take the source, build, deploy to the fleet one instance after the other, and ask it afterwards.

use super::definition::Action;
use super::runner::Runner;
use crate::faults::{Fault, bare};
use crate::fleet::{self, InstanceState};
use crate::lock::lock;

/// Does an action; what it says about itself, or why it failed.
pub(super) async fn done(run: &Runner, action: &Action) -> Result<String, String> {
    let environment = run.look(|pipelines, run| pipelines.definition(&run.pipeline).map(|d| d.environment())).flatten().unwrap_or_default();
    let failing = run.site.faults.take_for_run(|fault| match fault {
        Fault::FailJob { job, environment: aimed, .. } => {
            job.eq_ignore_ascii_case(action.name) && aimed.as_ref().is_none_or(|aimed| *aimed == environment)
        }
        _ => false,
    });
    tokio::time::sleep(run.site.options.pace).await;
    let work = Work { run, environment };
    let reach = match &failing {
        Some((_, Fault::FailJob { after_instances, .. })) => *after_instances,
        _ => usize::MAX,
    };
    let said = match action.name {
        "Source" => work.source().await?,
        "Build" => work.build().await?,
        "Deploy" => work.deploy(reach).await?,
        _ => work.smoke().await?,
    };
    if failing.is_some() { Err("ordered on the practice range: this action fails".to_owned()) } else { Ok(said) }
}

struct Work<'a> {
    run: &'a Runner,
    environment: String,
}

impl Work<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.run.look(|_, run| run.variables.get(name).cloned()).flatten()
    }

    async fn source(&self) -> Result<String, String> {
        let repository = &self.run.site.repository;
        let wanted = self.run.look(|_, run| run.wanted.clone()).flatten().unwrap_or_else(|| "main".to_owned());
        let sha = repository.resolve(&wanted).await.map_err(|error| error.to_string())?;
        let sha = sha.ok_or_else(|| format!("{wanted} was not found in nordwind/checkout"))?;
        let commit = repository.commit(&sha).await.map_err(|error| error.to_string())?;
        let title = commit.and_then(|commit| commit.message.lines().next().map(str::to_owned)).unwrap_or_default();
        self.run.change(|_, run| run.revision = Some((sha.clone(), title.clone())));
        Ok(title)
    }

    /// The commit that is built: what was asked for, else that of the version's tag, else the head of the branch.
    async fn build(&self) -> Result<String, String> {
        let repository = &self.run.site.repository;
        let (wanted, head) =
            self.run.look(|_, run| (run.wanted.clone(), run.revision.as_ref().map(|(sha, _)| sha.clone()))).unwrap_or_default();
        let head = head.unwrap_or_default();
        let Some(version) = self.variable("VERSION") else { return Ok(format!("built {head}")) };
        let tag = repository.reference(&format!("refs/tags/v{}", bare(&version))).await.map_err(|error| error.to_string())?;
        let commit = wanted.or(tag.map(|tag| tag.commit)).unwrap_or(head);
        lock(&self.run.site.actions).built(&version, &commit);
        Ok(format!("built checkout:{version} of {commit}"))
    }

    async fn deploy(&self, reach: usize) -> Result<String, String> {
        let site = &self.run.site;
        let version = self.variable("VERSION").unwrap_or_default();
        let place = site.fleet.environment(&self.environment).ok_or_else(|| format!("there is no environment {}", self.environment))?;
        let commit = lock(&site.actions).image(&version).cloned().ok_or_else(|| format!("there is no image of version {version}"))?;
        let is_dry = self.variable("DRY_RUN").as_deref() == Some("true");
        for (turn, instance) in place.instances.iter().enumerate() {
            if turn >= reach {
                return Err(format!("{} refused the image: manifest unknown", instance.name()));
            }
            tokio::time::sleep(site.options.pace).await;
            if is_dry {
                continue;
            }
            instance.start(&version, &commit, instance.startup()).await.map_err(|error| error.to_string())?;
            site.bump();
            tokio::time::sleep(instance.startup()).await;
            if instance.state() != InstanceState::Healthy {
                return Err(format!("{} did not become healthy", instance.name()));
            }
        }
        Ok(format!("{} of {} instances run {version}", place.instances.len(), place.instances.len()))
    }

    async fn smoke(&self) -> Result<String, String> {
        let version = self.variable("VERSION").unwrap_or_default();
        let is_dry = self.variable("DRY_RUN").as_deref() == Some("true");
        let Some(place) = self.run.site.fleet.environment(&self.environment) else { return Ok(String::new()) };
        for instance in &place.instances {
            let health = fleet::get(instance.port(), "/healthz").await.map_err(|error| format!("{}: {error}", instance.name()))?;
            if health.status() != 200 {
                return Err(format!("{} /healthz answered {}", instance.name(), health.status()));
            }
            let running = fleet::get(instance.port(), "/version").await.map_err(|error| format!("{}: {error}", instance.name()))?;
            let body: serde_json::Value = serde_json::from_slice(running.body()).unwrap_or_default();
            let said = body.get("version").and_then(|said| said.as_str()).unwrap_or("nothing");
            if said != version && !is_dry {
                return Err(format!("{} runs {said}, not {version}", instance.name()));
            }
        }
        Ok(format!("healthy, runs {version}"))
    }
}
