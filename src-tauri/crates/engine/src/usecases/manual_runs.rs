//! Runs by hand: what a start would mean, starting one, another attempt, looking again, and stopping a run. Starting only writes the
//! intent; the loop in [`carry`](crate::carry) sends it.

use super::bound::BoundPipeline;
use super::inputs::{self, InputFault};
use super::valid_reason;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::provider::{Capability, InputKind, InputSpec, PipelineDescription, Provider, ProviderError, ProviderErrorKind};
use crate::ports::store::{ManualRunFilter, Write};
use pilothouse_domain::manual_run::{ChangedEnvironment, ManualDeed, ManualRun, ManualRunEffect, ManualRunState, StartedRun};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::policy::Blocker;
use pilothouse_domain::{Actor, ConnectionId, ManualRunId};
use std::time::Duration;

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;
/// Words by which an input tells that it takes a correlation token.
const CORRELATION_WORDS: [&str; 6] = ["correlation", "requestid", "requesttoken", "dispatchid", "pilothouse", "trackingid"];

/// A run as a person fills it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewManualRun {
    /// Through which connection.
    pub connection_id: ConnectionId,
    /// In which repository.
    pub repository: String,
    /// Which pipeline.
    pub pipeline: String,
    /// At which ref; empty for the default branch, or where the provider settles that.
    pub git_ref: String,
    /// Name and value of the inputs; an empty value stands for "not given".
    pub inputs: Vec<(String, String)>,
}

/// What a start would mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// What would be sent, but for what Pilothouse fills in itself.
    pub pipeline: FilledBinding,
    /// The pipeline at that ref.
    pub description: PipelineDescription,
    /// The input that Pilothouse fills in itself, so that the run can be found by it.
    pub correlation_input: Option<String>,
    /// Inputs that can't be sent as they are given.
    pub faults: Vec<InputFault>,
    /// The environments that it would change.
    pub changes: Vec<ChangedEnvironment>,
    /// What stands against it.
    pub blockers: Vec<Blocker>,
}

/// A run at the provider, and why something is to be done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDeed<'a> {
    /// Through which connection.
    pub connection_id: ConnectionId,
    /// In which repository.
    pub repository: &'a str,
    /// Which run.
    pub external_id: &'a str,
    /// The pipeline that it is of, where that is known: tells which environments it changes.
    pub pipeline: &'a str,
    /// Why.
    pub reason: &'a str,
}

impl Engine {
    /// What a start would mean. Asks the provider, changes nothing.
    ///
    /// # Errors
    /// Where the provider can't be asked or doesn't know the pipeline.
    pub async fn manual_run_outlook(&self, new: &NewManualRun) -> Result<Outlook, EngineError> {
        let asked = new.clone();
        let (git_ref, description, known) =
            self.ask_provider(new.connection_id, async move |client| describe(client.as_ref(), &asked).await).await?;
        let bound = self.bound(new.connection_id, &new.repository, Some(&new.pipeline)).await?;
        let given: Vec<(String, String)> = new.inputs.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        let faults = inputs::judge(&description.inputs, &given, &known);
        let changes = changed(&bound, &description.inputs, &given);
        let correlation_input = correlation_input(&bound, &description.inputs, &given);
        let blockers = self.by_hand_blockers(&new.pipeline, &changes).await?;
        let pipeline = FilledBinding { pipeline: new.pipeline.clone(), git_ref, inputs: given, correlation: String::new() };
        Ok(Outlook { pipeline, description, correlation_input, faults, changes, blockers })
    }

    /// Starts a run by hand. Returns once that is written; the loop sends it.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the inputs don't fit or a reason is missing, [`EngineError::Blocked`] where an environment that it
    /// would change is locked or busy. Nothing is sent then.
    pub async fn start_by_hand(&self, actor: &Actor, new: &NewManualRun, reason: &str) -> Result<ManualRun, EngineError> {
        let (run, blockers) = self.prepare_by_hand(actor, new, reason).await?;
        self.request_by_hand(actor, run, blockers).await
    }

    /// The intent to start a run by hand, judged and not yet written, and what stands against it.
    pub(crate) async fn prepare_by_hand(
        &self,
        actor: &Actor,
        new: &NewManualRun,
        reason: &str,
    ) -> Result<(ManualRun, Vec<Blocker>), EngineError> {
        let id = self.new_id(ManualRunId::new);
        let Outlook { mut pipeline, description, correlation_input, faults, changes, blockers } = self.manual_run_outlook(new).await?;
        if let Some(obstacle) = description.obstacle {
            return Err(EngineError::invalid(
                "pipeline",
                format!("{} can't be started by hand: {obstacle}", new.pipeline),
                "Start it at the provider, or choose another ref.",
            ));
        }
        if let Some(fault) = faults.first() {
            let next_step =
                if faults.len() > 1 { format!("{} inputs don't fit. Correct them.", faults.len()) } else { "Correct it.".to_owned() };
            return Err(EngineError::invalid("inputs", format!("{}: {}", fault.input, fault.message), next_step));
        }
        pipeline.correlation = id.to_string();
        if let Some(name) = &correlation_input {
            pipeline.inputs.push((name.clone(), id.to_string()));
        }
        let run = ManualRun {
            id,
            revision: 0,
            connection_id: new.connection_id,
            repository: new.repository.clone(),
            pipeline,
            deed: ManualDeed::Start,
            is_correlated: correlation_input.is_some(),
            reason: given_reason(&changes, reason)?,
            changes,
            state: ManualRunState::Requested,
            requested_by: actor.clone(),
            requested_at: self.now(),
        };
        Ok((run, blockers))
    }

    /// Asks for another attempt of a run by hand.
    ///
    /// # Errors
    /// As [`Engine::start_by_hand`]; also where a deployment follows the run, or the run hasn't ended.
    pub async fn rerun_by_hand(&self, actor: &Actor, deed: &RunDeed<'_>, failed_only: bool) -> Result<ManualRun, EngineError> {
        let wanted = if failed_only { Capability::RerunFailed } else { Capability::Rerun };
        self.must_be_offered(deed.connection_id, wanted).await?;
        self.must_not_be_followed(deed).await?;
        let (repository, external_id) = (deed.repository.to_owned(), deed.external_id.to_owned());
        let seen = self.ask_provider(deed.connection_id, async move |client| client.run(&repository, &external_id).await).await?;
        if !seen.status.is_ended() {
            return Err(EngineError::invalid(
                "run",
                format!("run {} has not ended", deed.external_id),
                "Wait for its end, or cancel it first.",
            ));
        }
        let changes = self.changed_by_run(deed).await?;
        let blockers = self.by_hand_blockers(deed.pipeline, &changes).await?;
        let run = ManualRun {
            id: self.new_id(ManualRunId::new),
            revision: 0,
            connection_id: deed.connection_id,
            repository: deed.repository.to_owned(),
            pipeline: FilledBinding {
                pipeline: deed.pipeline.to_owned(),
                git_ref: seen.git_ref.clone().unwrap_or_default(),
                inputs: Vec::new(),
                correlation: String::new(),
            },
            deed: ManualDeed::Rerun { run: StartedRun::from(&seen), failed_only, attempt: seen.attempt },
            is_correlated: true,
            reason: given_reason(&changes, deed.reason)?,
            changes,
            state: ManualRunState::Requested,
            requested_by: actor.clone(),
            requested_at: self.now(),
        };
        self.request_by_hand(actor, run, blockers).await
    }

    /// The environments that a run changed, and another attempt changes again. Where that isn't known, all that it may be.
    async fn changed_by_run(&self, deed: &RunDeed<'_>) -> Result<Vec<ChangedEnvironment>, EngineError> {
        let pipeline = Some(deed.pipeline).filter(|pipeline| !pipeline.is_empty());
        let mut changes = changed(&self.bound(deed.connection_id, deed.repository, pipeline).await?, &[], &[]);
        let filter = ManualRunFilter {
            connection: Some(deed.connection_id),
            repository: Some(deed.repository.to_owned()),
            external_id: Some(deed.external_id.to_owned()),
            ..ManualRunFilter::default()
        };
        if let Some(by_hand) = self.store().manual_runs(&filter).await?.into_iter().find(|run| run.deed == ManualDeed::Start) {
            return Ok(by_hand.changes);
        }
        if let Some(deployment) = self.deployment_of_run(deed.connection_id, deed.repository, deed.external_id).await? {
            changes.retain(|changed| changed.environment_id == deployment.environment_id);
        }
        Ok(changes)
    }

    async fn request_by_hand(&self, actor: &Actor, run: ManualRun, blockers: Vec<Blocker>) -> Result<ManualRun, EngineError> {
        if !blockers.is_empty() {
            return Err(EngineError::Blocked(blockers));
        }
        let mut change = self.change(actor);
        let changes: Vec<String> = run.changes.iter().map(|c| format!("{} of {}", c.environment, c.product)).collect();
        let outside = if changes.is_empty() { String::new() } else { format!(", outside any release: changes {}", changes.join(", ")) };
        change.audit_manual_run("manual_run.requested", &run, format!("Asked for {}{outside}", run.what()));
        change.write(Write::ManualRun(run.clone()));
        change.schedule_manual_run(&run, Some((ManualRunEffect::Send, Duration::ZERO)));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().manual_run(run.id).await?)
    }

    /// Has a run by hand that may have started looked for once more.
    ///
    /// # Errors
    /// Those of the store. Where it is known what became of it, nothing is done.
    pub async fn look_for_manual_run(&self, actor: &Actor, id: ManualRunId) -> Result<ManualRun, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().manual_run(id).await?;
            let Some(next) = before.looked_for_again() else { return Ok(before) };
            let mut change = self.change(actor);
            change.audit_manual_run("manual_run.look_again", &next, format!("Asked to look again for {}", next.what()));
            change.schedule_manual_run(&next, Some((ManualRunEffect::LookUp, Duration::ZERO)));
            change.write(Write::ManualRun(next));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().manual_run(id).await?),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "manual_run", id: id.to_string() }.into())
    }

    /// Fails with the provider's reason where it lacks a capability.
    pub(super) async fn must_be_offered(&self, id: ConnectionId, wanted: Capability) -> Result<(), EngineError> {
        let connection = self.store().connection(id).await?;
        let capabilities = self.capabilities(connection.kind);
        if capabilities.has(wanted) { Ok(()) } else { Err(capabilities.refusal(wanted).into()) }
    }

    /// Fails where a deployment that hasn't ended follows the run: it is steered there.
    pub(super) async fn must_not_be_followed(&self, deed: &RunDeed<'_>) -> Result<(), EngineError> {
        let followed = self.deployment_of_run(deed.connection_id, deed.repository, deed.external_id).await?;
        match followed.filter(|deployment| !deployment.state.is_terminal()) {
            None => Ok(()),
            Some(deployment) => Err(EngineError::invalid(
                "run",
                format!("run {} is the deployment of {} to {}", deed.external_id, deployment.version, deployment.environment),
                "Steer the deployment instead: its release shows what can be done.",
            )),
        }
    }
}

/// The pipeline at the ref that is meant, and the environments that the provider knows where an input asks for one.
async fn describe(client: &dyn Provider, new: &NewManualRun) -> Result<(String, PipelineDescription, Vec<String>), ProviderError> {
    let git_ref = match new.git_ref.trim() {
        "" => client.repository(&new.repository).await?.default_branch,
        named => named.to_owned(),
    };
    let description = client.describe_pipeline(&new.repository, &new.pipeline, &git_ref).await?;
    let wants_environment = description.inputs.iter().any(|input| input.kind == InputKind::Environment);
    let known = match client.environments(&new.repository).await {
        _ if !wants_environment => Vec::new(),
        Ok(known) => known,
        // Not every account may see them: any name is taken then.
        Err(error) if matches!(error.kind, ProviderErrorKind::Forbidden | ProviderErrorKind::NotFound | ProviderErrorKind::Unsupported) => {
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    Ok((git_ref, description, known))
}

/// Why, which must be said where an environment is changed.
fn given_reason(changes: &[ChangedEnvironment], reason: &str) -> Result<String, EngineError> {
    if changes.is_empty() && reason.trim().is_empty() { Ok(String::new()) } else { valid_reason(reason) }
}

/// The environments that a run changes: of those that the pipeline is bound to, all whose name the inputs don't rule out.
fn changed(bound: &[BoundPipeline], specs: &[InputSpec], given: &[(String, String)]) -> Vec<ChangedEnvironment> {
    let value = |name: &str| {
        let default = || specs.iter().find(|spec| spec.name == name).and_then(|spec| spec.default.as_deref());
        given.iter().find(|(input, _)| input == name).map(|(_, value)| value.as_str()).or_else(default)
    };
    let mut changes: Vec<ChangedEnvironment> = Vec::new();
    for one in bound {
        let named = one.environment_input.as_deref().and_then(value);
        let is_meant = named.is_none_or(|named| named.is_empty() || named == one.changed.environment);
        if is_meant && !changes.contains(&one.changed) {
            changes.push(one.changed.clone());
        }
    }
    changes
}

/// The input that carries the token: the one that a binding names, else one that says so and is shown in the run's title.
fn correlation_input(bound: &[BoundPipeline], specs: &[InputSpec], given: &[(String, String)]) -> Option<String> {
    let is_free = |name: &str| given.iter().all(|(input, _)| input != name);
    let of_binding = bound.iter().find_map(|one| one.correlation_input.clone());
    let says_so = |name: &str| {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        CORRELATION_WORDS.iter().any(|word| name.contains(word))
    };
    let of_pipeline = || {
        let text = specs.iter().filter(|spec| spec.kind == InputKind::Text && spec.shown_in_title && !spec.is_secret);
        text.map(|spec| spec.name.as_str()).find(|name| says_so(name)).map(str::to_owned)
    };
    of_binding.or_else(of_pipeline).filter(|name| is_free(name))
}
