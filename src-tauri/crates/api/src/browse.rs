//! Browsing a provider: which repositories, their pipelines and what these are bound to, their runs with jobs and logs, and what may be
//! done to a run, with the reason where it may not.

use crate::Api;
use crate::connections::CapabilityView;
use crate::decode::id;
use crate::deployments::RunView;
use crate::error::ApiError;
use crate::lookups::{PipelineView, RepositoriesRequest, RepositoryRequest, RepositoryView};
use crate::manual_runs::ChangedEnvironmentView;
use pilothouse_domain::ConnectionId;
use pilothouse_domain::deployment::{Deployment, Run};
use pilothouse_engine::ports::provider::{Capabilities, Capability, ProviderErrorKind, Support};
use pilothouse_engine::ports::store::ManualRunFilter;
use pilothouse_engine::usecases::{BoundPipeline, deployment_runs};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::time::Duration;

/// How many runs by hand are looked through for repositories that were used lately.
const LATELY: u32 = 50;
/// Bytes of a log in one answer; a longer part is cut at a line, and the next begins there.
const MOST_LOG: usize = 4 * 1024 * 1024;
/// How far back runs are looked for at most, in days.
const MOST_DAYS: u32 = 365;

/// Repositories to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RepositoryChoices {
    /// Those of products, with the products' names, and those in which somebody started a run by hand lately. Known without asking the
    /// provider.
    pub known: Vec<KnownRepository>,
    /// What the provider has; at most 100.
    pub found: Vec<RepositoryView>,
}

/// A repository that is in use here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct KnownRepository {
    /// Its full name.
    pub full_name: String,
    /// The products whose pipelines it holds; none where it was only used by hand.
    pub products: Vec<String>,
}

/// The pipelines of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RepositoryPipelines {
    /// By title.
    pub pipelines: Vec<BrowsedPipeline>,
    /// What the provider can and can't do.
    pub capabilities: Vec<CapabilityView>,
    /// Why runs that others started can't be listed; `None` where they can.
    pub runs_lacking: Option<String>,
    /// Why nothing can be held; `None` where something can.
    pub holds_lacking: Option<String>,
}

/// A pipeline, and what it is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BrowsedPipeline {
    /// The pipeline.
    pub pipeline: PipelineView,
    /// The environments that it changes.
    pub bound: Vec<BoundView>,
}

/// An environment that a pipeline is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BoundView {
    /// The environment.
    pub environment: ChangedEnvironmentView,
    /// False where it only brings earlier versions back.
    pub is_deploy: bool,
}

/// Which runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PipelineRunsRequest {
    /// Through which connection.
    pub connection_id: String,
    /// In which repository.
    pub repository: String,
    /// Of which pipeline.
    pub pipeline: String,
    /// Of how many days, 1 to 365; 0 means 30.
    pub days: u32,
}

/// The runs of a pipeline, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PipelineRuns {
    /// At most 100. Without jobs.
    pub runs: Vec<BrowsedRun>,
    /// Of how many days they are.
    pub days: u32,
    /// True where there may be older ones in that time, as the provider gave as many as it does at most.
    pub is_cut: bool,
}

/// A run, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BrowsedRun {
    /// The run.
    pub run: RunView,
    /// Where it comes from.
    pub origin: RunOrigin,
}

/// Where a run comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum RunOrigin {
    /// A deployment of a release.
    Deployment {
        /// The deployment's id.
        deployment_id: String,
        /// The release's id.
        release_id: String,
        /// In words: "1.4.0 to production".
        what: String,
        /// True where the deployment hasn't ended: the run is steered there.
        is_open: bool,
    },
    /// Somebody started it by hand from Pilothouse.
    ByHand {
        /// The run by hand.
        manual_run_id: String,
        /// Who.
        by: String,
        /// Why; may be empty.
        reason: String,
    },
    /// Not from here.
    Elsewhere,
}

/// Which run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PipelineRunRequest {
    /// Through which connection.
    pub connection_id: String,
    /// In which repository.
    pub repository: String,
    /// The provider's id of the run.
    pub run_id: String,
}

/// A run with its jobs, and what may be done to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PipelineRunDetail {
    /// The run.
    pub run: RunView,
    /// Where it comes from.
    pub origin: RunOrigin,
    /// Stop it.
    pub cancel: Offer,
    /// Stop it without waiting for clean-up.
    pub force_cancel: Offer,
    /// Run all of it again.
    pub rerun: Offer,
    /// Run again only what failed.
    pub rerun_failed: Offer,
    /// Read a job's log.
    pub log: Offer,
}

/// Whether something may be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Offer {
    /// True where it may.
    pub is_offered: bool,
    /// The reason where it may not; where it may, its limit or nothing.
    pub note: String,
}

/// Which part of a job's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunLogRequest {
    /// Through which connection.
    pub connection_id: String,
    /// In which repository.
    pub repository: String,
    /// The job's id at the provider.
    pub job_id: String,
    /// Where the part begins: empty for the beginning, else the `next` of an earlier part.
    pub from: String,
}

/// A part of a job's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunLogView {
    /// The text, with the terminal's escape sequences; none while there is none.
    pub text: Option<String>,
    /// Where the next part begins.
    pub next: String,
    /// True where nothing more will come.
    pub is_complete: bool,
    /// True where the beginning was left out because the log is too long.
    pub truncated: bool,
    /// Where the log is to be read instead, where the provider doesn't hand it out.
    pub elsewhere: Option<String>,
}

impl Api {
    /// Repositories to choose from: those in use here, and what the provider finds by part of the name.
    ///
    /// # Errors
    /// Where the provider can't be asked.
    pub async fn browse_repositories(&self, request: RepositoriesRequest) -> Result<RepositoryChoices, ApiError> {
        let connection: ConnectionId = id("connection_id", &request.connection_id)?;
        let known = self.known_repositories(connection).await?;
        let wanted = request.query.trim().to_lowercase();
        let known = known.into_iter().filter(|one| one.full_name.to_lowercase().contains(&wanted)).collect();
        let found = self.repositories(request).await?;
        Ok(RepositoryChoices { known, found })
    }

    async fn known_repositories(&self, connection: ConnectionId) -> Result<Vec<KnownRepository>, ApiError> {
        let products = self.store().products().await?;
        let mut known: Vec<KnownRepository> = Vec::new();
        let mut add = |full_name: &str, product: Option<&str>| {
            if !known.iter().any(|one| one.full_name == full_name) {
                known.push(KnownRepository { full_name: full_name.to_owned(), products: Vec::new() });
            }
            if let Some((one, product)) = known.iter_mut().find(|one| one.full_name == full_name).zip(product)
                && !one.products.iter().any(|name| name == product)
            {
                one.products.push(product.to_owned());
            }
        };
        for environment in self.store().environments(None).await? {
            let Some(product) = products.iter().find(|p| p.id == environment.product_id) else { continue };
            for (binding, _) in environment.pipelines().into_iter().filter(|(b, _)| b.connection(product.connection_id) == connection) {
                add(binding.repository(&product.repository), Some(&product.name));
            }
        }
        let filter = ManualRunFilter { connection: Some(connection), limit: LATELY, ..ManualRunFilter::default() };
        for run in self.store().manual_runs(&filter).await? {
            add(&run.repository, None);
        }
        Ok(known)
    }

    /// The pipelines of a repository with what they are bound to.
    ///
    /// # Errors
    /// Where the provider can't be asked.
    pub async fn browse_pipelines(&self, request: RepositoryRequest) -> Result<RepositoryPipelines, ApiError> {
        let connection: ConnectionId = id("connection_id", &request.connection_id)?;
        let capabilities = self.capabilities_of(connection).await?;
        let bound = self.engine.bound(connection, &request.repository, None).await?;
        let mut pipelines: Vec<BrowsedPipeline> = self
            .pipelines(request)
            .await?
            .into_iter()
            .map(|pipeline| {
                let bound = bound.iter().filter(|one| one.pipeline == pipeline.pipeline).map(BoundView::from).collect();
                BrowsedPipeline { pipeline, bound }
            })
            .collect();
        pipelines.sort_by_key(|one| (!one.pipeline.is_active, one.pipeline.title.to_lowercase()));
        Ok(RepositoryPipelines {
            pipelines,
            runs_lacking: lacking(capabilities, Capability::RecentRuns),
            holds_lacking: lacking(capabilities, Capability::Hold),
            capabilities: Capability::ALL.iter().map(|&c| CapabilityView::new(c, capabilities.of(c))).collect(),
        })
    }

    /// The runs of a pipeline, whoever started them.
    ///
    /// # Errors
    /// Where the provider lacks it or can't be asked.
    pub async fn pipeline_runs(&self, request: PipelineRunsRequest) -> Result<PipelineRuns, ApiError> {
        /// How many are shown at most.
        const MOST: usize = 100;
        let connection: ConnectionId = id("connection_id", &request.connection_id)?;
        let PipelineRunsRequest { repository, pipeline, days, .. } = request;
        let days = if days == 0 { 30 } else { days.min(MOST_DAYS) };
        let ago = i64::try_from(Duration::from_secs(u64::from(days) * 24 * 3600).as_micros()).unwrap_or(i64::MAX);
        let since =
            pilothouse_domain::Timestamp::from_micros(self.engine.now().as_micros().saturating_sub(ago)).unwrap_or(self.engine.now());
        let asked = (repository.clone(), pipeline.clone());
        let found =
            self.engine.ask_provider(connection, async move |client| client.recent_runs(&asked.0, &asked.1, since, MOST).await).await?;
        let origins = self.origins(connection, &repository).await?;
        let runs: Vec<BrowsedRun> =
            found.runs.iter().map(|run| BrowsedRun { run: run.into(), origin: origins.of(&run.external_id) }).collect();
        Ok(PipelineRuns { is_cut: found.cut_at.is_some(), runs, days })
    }

    /// A run with its jobs, and what may be done to it.
    ///
    /// # Errors
    /// Where the provider can't be asked or doesn't know the run.
    pub async fn pipeline_run(&self, request: PipelineRunRequest) -> Result<PipelineRunDetail, ApiError> {
        let connection: ConnectionId = id("connection_id", &request.connection_id)?;
        let PipelineRunRequest { repository, run_id, .. } = request;
        let asked = (repository.clone(), run_id);
        let run = self.engine.ask_provider(connection, async move |client| client.run(&asked.0, &asked.1).await).await?;
        let capabilities = self.capabilities_of(connection).await?;
        let origin = self.origins(connection, &repository).await?.of(&run.external_id);
        Ok(detail(&run, origin, capabilities))
    }

    /// A part of a job's log.
    ///
    /// # Errors
    /// Where the provider can't be asked or has none.
    pub async fn run_log(&self, request: RunLogRequest) -> Result<RunLogView, ApiError> {
        let connection: ConnectionId = id("connection_id", &request.connection_id)?;
        let from: u64 = match request.from.trim() {
            "" => 0,
            text => text
                .parse()
                .map_err(|_| ApiError::invalid("from", format!("`{text}` is no place in a log"), "Take the `next` of an earlier part."))?,
        };
        let (repository, job) = (request.repository, request.job_id);
        let asked = self.engine.ask_provider(connection, async move |client| client.job_log(&repository, &job, from).await).await;
        let part = match asked {
            // A log that isn't there yet is no failure.
            Err(pilothouse_engine::EngineError::Provider(error)) if error.kind == ProviderErrorKind::NotFound && from > 0 => None,
            other => other?,
        };
        let Some(part) = part else {
            return Ok(RunLogView { text: None, next: from.to_string(), is_complete: false, truncated: false, elsewhere: None });
        };
        let whole = part.text.len();
        let text = crate::deployments::tail(&part.text, MOST_LOG).to_owned();
        Ok(RunLogView {
            truncated: text.len() < whole,
            text: Some(text),
            next: part.next.to_string(),
            is_complete: part.is_complete,
            elsewhere: part.elsewhere,
        })
    }

    pub(crate) async fn capabilities_of(&self, connection: ConnectionId) -> Result<Capabilities, ApiError> {
        Ok(self.engine.capabilities(self.store().connection(connection).await?.kind))
    }

    async fn origins(&self, connection: ConnectionId, repository: &str) -> Result<Origins, ApiError> {
        let filter = ManualRunFilter {
            connection: Some(connection),
            repository: Some(repository.to_owned()),
            limit: 500,
            ..ManualRunFilter::default()
        };
        Ok(Origins {
            deployments: self.engine.deployments_at(connection, repository).await?,
            by_hand: self.store().manual_runs(&filter).await?,
        })
    }
}

/// What is known of the runs of a repository.
struct Origins {
    deployments: Vec<Deployment>,
    by_hand: Vec<pilothouse_domain::manual_run::ManualRun>,
}

impl Origins {
    fn of(&self, external_id: &str) -> RunOrigin {
        if let Some(deployment) = self.deployments.iter().find(|d| deployment_runs(d).any(|id| id == external_id)) {
            return RunOrigin::Deployment {
                deployment_id: deployment.id.to_string(),
                release_id: deployment.release_id.to_string(),
                what: format!("{} to {}", deployment.version, deployment.environment),
                is_open: !deployment.state.is_terminal(),
            };
        }
        match self.by_hand.iter().find(|by_hand| by_hand.run().is_some_and(|run| run.external_id == external_id)) {
            Some(by_hand) => RunOrigin::ByHand {
                manual_run_id: by_hand.id.to_string(),
                by: by_hand.requested_by.to_string(),
                reason: by_hand.reason.clone(),
            },
            None => RunOrigin::Elsewhere,
        }
    }
}

impl From<&BoundPipeline> for BoundView {
    fn from(bound: &BoundPipeline) -> Self {
        Self { environment: (&bound.changed).into(), is_deploy: bound.is_deploy }
    }
}

/// Why something is lacking; `None` where it isn't.
pub(crate) fn lacking(capabilities: Capabilities, wanted: Capability) -> Option<String> {
    match capabilities.of(wanted) {
        Support::Lacking(why) => Some(why.to_owned()),
        Support::Full | Support::Limited(_) => None,
    }
}

fn detail(run: &Run, origin: RunOrigin, capabilities: Capabilities) -> PipelineRunDetail {
    let followed = match &origin {
        RunOrigin::Deployment { what, is_open: true, .. } => Some(format!("It is the deployment of {what}: steer it there.")),
        RunOrigin::Deployment { .. } | RunOrigin::ByHand { .. } | RunOrigin::Elsewhere => None,
    };
    let ended = run.status.is_ended();
    let offer = |capability: Capability, against: Option<String>| match (capabilities.of(capability), against) {
        (Support::Lacking(why), _) => Offer { is_offered: false, note: why.to_owned() },
        (_, Some(why)) => Offer { is_offered: false, note: why },
        (Support::Limited(limit), None) => Offer { is_offered: true, note: limit.to_owned() },
        (Support::Full, None) => Offer { is_offered: true, note: String::new() },
    };
    let is_over = ended.then(|| "It has ended.".to_owned());
    let goes_on = (!ended).then(|| "It has not ended.".to_owned());
    let none_failed = (run.status == pilothouse_domain::deployment::RunStatus::Succeeded).then(|| "Nothing in it failed.".to_owned());
    PipelineRunDetail {
        cancel: offer(Capability::Cancel, is_over.clone().or_else(|| followed.clone())),
        force_cancel: offer(Capability::ForceCancel, is_over.or_else(|| followed.clone())),
        rerun: offer(Capability::Rerun, goes_on.clone().or_else(|| followed.clone())),
        rerun_failed: offer(Capability::RerunFailed, goes_on.or(none_failed).or(followed)),
        log: offer(Capability::Logs, None),
        run: run.into(),
        origin,
    }
}
