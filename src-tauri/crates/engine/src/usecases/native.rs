//! The provider's own way back: which run it would take up again, and whether it is open. Asks the provider and changes nothing; must
//! never choose another way by itself.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::facts::ReleaseFacts;
use crate::ports::provider::{Capability, DeliveryStatus, NativeRollback, RollbackOutlook, Support};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::{Deployment, NativeWay};
use pilothouse_domain::policy::{Action, Blocker, Clearance, Gate, brought, connection_of};
use pilothouse_domain::product::{Environment, RollbackBinding};
use pilothouse_domain::{EnvironmentId, ReleaseId};

/// How many of the provider's deployments are looked through for one of the wanted version.
const MOST_DEPLOYMENTS: u8 = 50;
/// What to do where the provider's own way is closed.
pub(crate) const OTHER_WAY: &str = "Start the deploy pipeline with the earlier version instead, or choose another version.";

/// Which way a rollback is to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RollbackWay {
    /// As the environment is set.
    #[default]
    AsSet,
    /// A start of the deploy pipeline with the earlier version, however it is set.
    Redeploy,
}

/// How an environment would go back to a release, as it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayBack {
    /// A pipeline is started with the earlier version.
    Pipeline {
        /// Its name at the provider.
        pipeline: String,
    },
    /// The provider's own way.
    Native {
        /// The pipeline whose run is taken up again; started with the earlier version where a person chooses that instead.
        pipeline: String,
        /// The provider's name, as people know it.
        provider: &'static str,
        /// What limits that way with this provider.
        limit: Option<&'static str>,
        /// Whether it is open.
        standing: NativeStanding,
    },
}

/// Whether the provider's own way back is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NativeStanding {
    /// As far as can be known beforehand.
    Open {
        /// What will happen.
        how: String,
    },
    /// Once what is under way there has ended.
    NotYet {
        /// What that is.
        why: String,
    },
    /// It would be refused.
    Closed {
        /// Why.
        why: String,
    },
    /// The provider could not be asked. It is asked again before anything happens.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// The provider's own way back with the run that it would take up; none where it is closed before one is known.
struct Looked {
    way: Option<NativeWay>,
    standing: NativeStanding,
}

impl Engine {
    /// How an environment would go back to a release. Asks the provider where its own way is taken.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn way_back(&self, environment: EnvironmentId, to: ReleaseId) -> Result<WayBack, EngineError> {
        let facts = self.release_facts(to).await?;
        let environment = facts.environment(environment)?;
        let pipeline = environment.rollback_pipeline().pipeline.clone();
        let RollbackBinding::Native { .. } = &environment.rollback else { return Ok(WayBack::Pipeline { pipeline }) };
        let connection = deploying(&facts, environment)?;
        let limit = match self.capabilities(connection.kind).of(Capability::NativeRollback) {
            Support::Limited(limit) => Some(limit),
            Support::Full | Support::Lacking(_) => None,
        };
        let standing = self.look(&facts, environment, connection).await.standing;
        Ok(WayBack::Native { pipeline, provider: connection.kind.name(), limit, standing })
    }

    /// The provider's own way, where an environment is set to it and it is not known to be closed; `None` where it is set to a pipeline.
    ///
    /// # Errors
    /// [`EngineError::Blocked`] where it is closed, or policy refuses to go back at all.
    pub(super) async fn native_way(&self, environment: EnvironmentId, to: ReleaseId) -> Result<Option<NativeWay>, EngineError> {
        let facts = self.release_facts(to).await?;
        let environment = facts.environment(environment)?;
        if !matches!(environment.rollback, RollbackBinding::Native { .. }) {
            return Ok(None);
        }
        let blockers = facts.blockers(&Action::RollBack { deployment: None, forced: true }, Some(environment.id), self.now());
        if !blockers.is_empty() {
            return Err(EngineError::Blocked(blockers));
        }
        let connection = deploying(&facts, environment)?;
        let closed = |detail: String| {
            let title = format!("{}'s own way back to {} is closed", connection.kind.name(), facts.release.version);
            let detail = format!("{detail} {OTHER_WAY}");
            EngineError::Blocked(vec![Blocker { gate: Gate::WayBack, title, detail, cleared_by: Clearance::Redeploying }])
        };
        let looked = self.look(&facts, environment, connection).await;
        match (looked.standing, looked.way) {
            (NativeStanding::Closed { why } | NativeStanding::Unknown { why }, None) | (NativeStanding::Closed { why }, Some(_)) => {
                Err(closed(why))
            }
            (NativeStanding::Open { how }, Some(way)) => Ok(Some(NativeWay { how, ..way })),
            // Asked again right before it is gone.
            (_, way) => Ok(way),
        }
    }

    async fn look(&self, facts: &ReleaseFacts, environment: &Environment, connection: &Connection) -> Looked {
        let nowhere = |standing| Looked { way: None, standing };
        let capabilities = self.capabilities(connection.kind);
        if !capabilities.has(Capability::NativeRollback) {
            return nowhere(NativeStanding::Closed { why: capabilities.refusal(Capability::NativeRollback).message });
        }
        let name = match &environment.rollback {
            RollbackBinding::Native { environment: Some(name) } => name.clone(),
            _ => environment.name.clone(),
        };
        let target_run = match own_run(facts, environment) {
            Ok(run) => run,
            Err(why) if !capabilities.has(Capability::Deployments) => return nowhere(NativeStanding::Closed { why }),
            Err(why) => match self.run_known_there(facts, environment, connection, &name).await {
                Ok(Some(run)) => run,
                Ok(None) => return nowhere(NativeStanding::Closed { why }),
                Err(error) => return nowhere(NativeStanding::Unknown { why: error.to_string() }),
            },
        };
        let way = NativeWay { environment: name, target_run, how: String::new(), mark: String::new(), first_mark: String::new() };
        let repository = environment.deploy.repository(&facts.product.product.repository).to_owned();
        let rollback = native_rollback(&environment.deploy.pipeline, &way);
        let outlook = self.ask_provider(connection.id, async move |client| client.rollback_outlook(&repository, &rollback).await).await;
        let standing = match outlook {
            Ok(RollbackOutlook::Open { how, .. }) => NativeStanding::Open { how },
            Ok(RollbackOutlook::NotYet { why }) => NativeStanding::NotYet { why },
            Ok(RollbackOutlook::Closed { why }) => NativeStanding::Closed { why },
            Err(error) => NativeStanding::Unknown { why: error.to_string() },
        };
        Looked { way: Some(way), standing }
    }

    /// A run that deployed the release there, as far as the provider itself keeps deployments.
    async fn run_known_there(
        &self,
        facts: &ReleaseFacts,
        environment: &Environment,
        connection: &Connection,
        name: &str,
    ) -> Result<Option<String>, EngineError> {
        let repository = environment.deploy.repository(&facts.product.product.repository).to_owned();
        let name = name.to_owned();
        let asked =
            async move |client: std::sync::Arc<dyn crate::ports::Provider>| client.deployments(&repository, &name, MOST_DEPLOYMENTS).await;
        let known = self.ask_provider(connection.id, asked).await?;
        let release = &facts.release;
        let found = known.into_iter().find(|one| {
            let is_wanted = one.commit.as_deref() == Some(&release.source.commit) || one.git_ref == release.tag;
            is_wanted && one.run.is_some() && matches!(one.status, DeliveryStatus::Live | DeliveryStatus::Replaced)
        });
        Ok(found.and_then(|one| one.run))
    }
}

/// What the port is asked for.
pub(crate) fn native_rollback(pipeline: &str, way: &NativeWay) -> NativeRollback {
    NativeRollback { pipeline: pipeline.to_owned(), environment: way.environment.clone(), target_run: way.target_run.clone() }
}

fn deploying<'a>(facts: &'a ReleaseFacts, environment: &Environment) -> Result<&'a Connection, EngineError> {
    connection_of(&facts.facts(Some(environment.id)), &environment.deploy).ok_or_else(|| {
        let message = format!("the connection of {} is gone", environment.deploy.pipeline);
        EngineError::invalid("connection", message, "Choose another one for this pipeline in the product's settings.")
    })
}

/// The run of our last verified deployment of the release there; why there is none that could be taken up again.
fn own_run(facts: &ReleaseFacts, environment: &Environment) -> Result<String, String> {
    let verified = |d: &&Deployment| d.environment_id == environment.id && brought(d, &facts.release) && d.is_verified();
    let last = facts.product.deployments.iter().filter(verified).max_by_key(|d| (d.deployed_at, d.id));
    let version = &facts.release.version;
    let Some(last) = last else { return Err(format!("No run is known that has deployed {version} to {}.", environment.name)) };
    let source = &facts.product.product;
    let is_here = last.pipeline.pipeline == environment.deploy.pipeline
        && last.repository == environment.deploy.repository(&source.repository)
        && last.pipeline.connection(source.connection_id) == environment.deploy.connection(source.connection_id);
    if !is_here {
        let (then, now) = (&last.pipeline.pipeline, &environment.deploy.pipeline);
        return Err(format!("{version} came to {} by {then} of {}, and {now} deploys there now.", environment.name, last.repository));
    }
    // What went back natively is the run of then, taken up again; some providers refuse to go back to what itself went back.
    let run = last.native.as_ref().map(|way| way.target_run.clone());
    let run = run.or_else(|| last.phases.last().and_then(|phase| phase.state.run()).map(|run| run.external_id.clone()));
    run.ok_or_else(|| format!("The deployment of {version} to {} has no run.", environment.name))
}
