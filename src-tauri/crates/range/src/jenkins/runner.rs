//! Moves a build from its first stage to its result, one step per `pace`: builds a version, asks before a protected environment,
//! deploys to the fleet one instance after the other, and looks at it afterwards.

use std::sync::Arc;

use chrono::Utc;
use tokio_util::sync::CancellationToken;

use super::state::{Build, Input, Item, Stage, Work};
use crate::faults::{Fault, bare};
use crate::fleet::{self, InstanceState};
use crate::lock::lock;
use crate::people::NAME;
use crate::site::Site;

/// How a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    Failed,
    Aborted,
}

/// Starts to move a build.
pub(super) fn start(site: &Arc<Site>, job: String, number: u64) {
    let found = {
        let jenkins = lock(&site.jenkins);
        jenkins.item(&job).and_then(|item: &Item| {
            let build = item.builds.iter().find(|build| build.number == number)?;
            Some((item.work, build.cancel.clone()))
        })
    };
    let Some((work, cancel)) = found else { return };
    let running = Running { site: Arc::clone(site), job, number, cancel };
    let stop = site.stop.clone();
    site.tasks.spawn(async move {
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = running.drive(work) => {}
        }
    });
}

struct Running {
    site: Arc<Site>,
    job: String,
    number: u64,
    cancel: CancellationToken,
}

impl Running {
    async fn drive(&self, work: Work) {
        self.say(&format!("Started by user {NAME}"));
        let outcome = match work {
            Work::Deploy { asks_for_ticket } => self.deploy_all(asks_for_ticket).await,
            Work::Verify => self.verify().await,
            Work::None => Outcome::Done,
        };
        let result = match outcome {
            Outcome::Done => "SUCCESS",
            Outcome::Failed => "FAILURE",
            Outcome::Aborted => "ABORTED",
        };
        self.say(&format!("Finished: {result}"));
        self.change(|build| {
            build.result = Some(result);
            build.ended_at = Some(Utc::now());
        });
    }

    async fn deploy_all(&self, asks_for_ticket: bool) -> Outcome {
        self.say("[Pipeline] Start of Pipeline");
        let environment = self.value("ENVIRONMENT");
        let mut outcome = self.stage("Build", self.build()).await;
        if outcome == Outcome::Done && self.site.is_protected(&environment) {
            outcome = self.stage("Approve", self.approval(&environment, asks_for_ticket)).await;
        }
        if outcome == Outcome::Done {
            outcome = self.stage("Deploy", self.deploy(&environment)).await;
        }
        if outcome == Outcome::Done {
            outcome = self.stage("Verify", self.verify()).await;
        }
        self.say("[Pipeline] End of Pipeline");
        outcome
    }

    async fn stage(&self, name: &'static str, work: impl Future<Output = Outcome>) -> Outcome {
        self.say(&format!("[Pipeline] stage\n[Pipeline] {{ ({name})"));
        self.change(|build| {
            build.stages.push(Stage { name, status: "IN_PROGRESS", started_at: Utc::now(), ended_at: None });
        });
        let outcome = work.await;
        self.change(|build| {
            if let Some(stage) = build.stages.last_mut() {
                stage.ended_at = Some(Utc::now());
                stage.status = match outcome {
                    Outcome::Done => "SUCCESS",
                    Outcome::Failed => "FAILED",
                    Outcome::Aborted => "ABORTED",
                };
            }
        });
        self.say("[Pipeline] }\n[Pipeline] // stage");
        outcome
    }

    async fn build(&self) -> Outcome {
        let version = self.value("VERSION");
        if !self.pause().await {
            return Outcome::Aborted;
        }
        if let Some(failed) = self.ordered("build") {
            return self.fail(&failed);
        }
        let repository = &self.site.repository;
        let mut commit = None;
        for name in [format!("v{}", bare(&version)), version.clone(), "main".to_owned()] {
            if let (None, Ok(Some(found))) = (&commit, repository.resolve(&name).await) {
                commit = Some(found);
            }
        }
        let Some(commit) = commit else { return self.fail("the repository has no main") };
        self.say(&format!("building checkout {version} from {commit}"));
        lock(&self.site.actions).built(&version, &commit);
        Outcome::Done
    }

    /// Waits until somebody proceeds or aborts.
    async fn approval(&self, environment: &str, asks_for_ticket: bool) -> Outcome {
        let message = format!("Deploy to {environment}?");
        self.say(&format!("[Pipeline] input\n{message}\nProceed or Abort"));
        self.change(|build| {
            build.input = Some(Input { id: "Go-live".to_owned(), message, asks_for_ticket, verdict: None });
            if let Some(stage) = build.stages.last_mut() {
                stage.status = "PAUSED_PENDING_INPUT";
            }
        });
        let mut changes = self.site.changed.subscribe();
        let settled = async {
            loop {
                let verdict = self.look(|build| build.input.as_ref().and_then(|input| input.verdict)).flatten();
                if verdict.is_some() || changes.changed().await.is_err() {
                    return verdict;
                }
            }
        };
        let verdict = tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            verdict = settled => verdict,
        };
        self.change(|build| build.input = None);
        match verdict {
            Some(true) => {
                self.say(&format!("Approved by {NAME}"));
                Outcome::Done
            }
            Some(false) => {
                self.say(&format!("Rejected by {NAME}"));
                Outcome::Aborted
            }
            None => Outcome::Aborted,
        }
    }

    async fn deploy(&self, environment: &str) -> Outcome {
        let (version, is_dry) = (self.value("VERSION"), self.value("DRY_RUN") == "true");
        let Some(place) = self.site.fleet.environment(environment) else {
            return self.fail(&format!("there is no environment {environment}"));
        };
        let Some(commit) = lock(&self.site.actions).image(&version).cloned() else {
            return self.fail(&format!("there is no image of version {version}"));
        };
        let reach = match self.ordered_fault("deploy") {
            Some(Fault::FailJob { after_instances, .. }) => after_instances,
            _ => usize::MAX,
        };
        let count = place.instances.len();
        for (turn, instance) in place.instances.iter().enumerate() {
            if turn >= reach {
                return self.fail(&format!("{} refused the image: manifest unknown", instance.name()));
            }
            self.say(&format!("[{}/{count}] {} -> {version}", turn + 1, instance.name()));
            if !self.pause().await {
                return Outcome::Aborted;
            }
            if is_dry {
                continue;
            }
            if let Err(error) = instance.start(&version, &commit, instance.startup()).await {
                return self.fail(&error.to_string());
            }
            self.site.bump();
            if !self.wait(instance.startup()).await {
                return Outcome::Aborted;
            }
            match instance.state() {
                InstanceState::Healthy => self.say(&format!("{} is healthy", instance.name())),
                state => return self.fail(&format!("{} did not become healthy: {state:?}", instance.name())),
            }
        }
        Outcome::Done
    }

    async fn verify(&self) -> Outcome {
        let environment = self.value("ENVIRONMENT");
        let Some(place) = self.site.fleet.environment(&environment) else {
            return self.fail(&format!("there is no environment {environment}"));
        };
        if !self.pause().await {
            return Outcome::Aborted;
        }
        if let Some(failed) = self.ordered("smoke") {
            return self.fail(&failed);
        }
        for instance in &place.instances {
            match fleet::get(instance.port(), "/healthz").await {
                Ok(health) if health.status() == 200 => self.say(&format!("{}: healthy", instance.name())),
                Ok(health) => return self.fail(&format!("{} /healthz answered {}", instance.name(), health.status())),
                Err(error) => return self.fail(&format!("{}: {error}", instance.name())),
            }
        }
        Outcome::Done
    }

    /// The words of an ordered failure of a part of the build.
    fn ordered(&self, part: &str) -> Option<String> {
        self.ordered_fault(part).map(|_| "ordered on the practice range: this step fails".to_owned())
    }

    fn ordered_fault(&self, part: &str) -> Option<Fault> {
        let here = self.value("ENVIRONMENT");
        let strikes = |fault: &Fault| match fault {
            Fault::FailJob { job, environment, .. } => job == part && environment.as_ref().is_none_or(|place| *place == here),
            _ => false,
        };
        self.site.faults.take_for_run(strikes).map(|(_, fault)| fault)
    }

    fn fail(&self, why: &str) -> Outcome {
        self.say(&format!("ERROR: {why}"));
        Outcome::Failed
    }

    fn value(&self, name: &str) -> String {
        self.look(|build| build.parameters.get(name).cloned()).flatten().unwrap_or_default()
    }

    async fn pause(&self) -> bool {
        self.wait(self.site.options.pace).await
    }

    /// Lets time pass; `false` where the build was stopped meanwhile.
    async fn wait(&self, time: std::time::Duration) -> bool {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => {
                self.say("Aborted");
                false
            }
            () = tokio::time::sleep(time) => true,
        }
    }

    fn say(&self, text: &str) {
        self.change(|build| build.say(text));
    }

    fn change(&self, change: impl FnOnce(&mut Build)) {
        if let Some(build) = lock(&self.site.jenkins).build_mut(&self.job, self.number) {
            change(build);
        }
        self.site.bump();
    }

    fn look<T>(&self, question: impl FnOnce(&Build) -> T) -> Option<T> {
        lock(&self.site.jenkins).build(&self.job, self.number).map(question)
    }
}
