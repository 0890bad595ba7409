//! Gathers what policy needs to know. Must not judge: that is [`pilothouse_domain::policy::evaluate`].

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::checklist_store::ChecklistFilter;
use crate::ports::store::IncidentFilter;
use crate::ports::uat_store::{FeedbackFilter, UatRoundFilter};
use pilothouse_domain::approval::Approval;
use pilothouse_domain::arriving::ReleaseChanges;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::check::{CheckState, Health, HealthCheck, Probe, worst};
use pilothouse_domain::checklist::{Checklist, ChecklistTemplate, EnvironmentReadings, RunningReading};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::document::Document;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::lock::Lock;
use pilothouse_domain::policy::{Action, Blocker, Facts, evaluate};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::runbook::{AttachedRunbook, RunbookRule};
use pilothouse_domain::smoke::{SmokeRun, SmokeScenario};
use pilothouse_domain::training::{Course, TrainingRecord};
use pilothouse_domain::uat::{Feedback, UatRound};
use pilothouse_domain::unplanned::UnplannedRun;
use pilothouse_domain::{CheckId, EnvironmentId, ProductId, ReleaseId, Timestamp};
use std::collections::HashMap;

/// What is known about a product: the part of the [`Facts`] that all its releases share.
pub struct ProductFacts {
    /// The product.
    pub product: Product,
    /// Its environments in promotion order, the product's rules merged into theirs: to judge by, not to store.
    pub environments: Vec<Environment>,
    /// Its deployments, as far as policy needs them.
    pub deployments: Vec<Deployment>,
    /// Its locks, and those over everything, that were not lifted.
    pub locks: Vec<Lock>,
    /// The freezes and change windows of all products.
    pub windows: Vec<CalendarWindow>,
    /// The latest overrides of freezes for its releases.
    pub overrides: Vec<FreezeOverride>,
    /// Its open incidents; where an environment asks for a soak, the latest that are over, too.
    pub incidents: Vec<Incident>,
    /// Its unplanned runs: those that are open, and the latest of the others.
    pub unplanned: Vec<UnplannedRun>,
    /// The checklists of its releases that are not closed; of a [`ReleaseFacts`] those of its release, too.
    pub checklists: Vec<Checklist>,
    /// The templates of its checklists.
    pub templates: Vec<ChecklistTemplate>,
    /// What automatic items of checklists look at, in each environment.
    pub readings: Vec<EnvironmentReadings>,
    /// Its newest rounds of user acceptance testing; of a [`ReleaseFacts`] those of its release, too.
    pub rounds: Vec<UatRound>,
    /// Of its feedback the blockers that aren't solved, and what is untriaged.
    pub feedback: Vec<Feedback>,
    /// What its newest releases change; empty where no environment asks for documents or training.
    pub releases: Vec<ReleaseChanges>,
    /// Its documents.
    pub documents: Vec<Document>,
    /// Its courses.
    pub courses: Vec<Course>,
    /// What shows who was trained in them, the newest.
    pub training: Vec<TrainingRecord>,
    /// Health of each of its environments that has checks.
    pub health: Vec<(EnvironmentId, Health)>,
    /// The connection to its source.
    pub connection: Connection,
    /// Every connection: its pipelines may live elsewhere.
    pub connections: Vec<Connection>,
    /// Its smoke scenarios.
    pub smoke_scenarios: Vec<SmokeScenario>,
    /// Smoke runs of its open releases: of each environment and subject, the latest. Where one release is asked for, those of that one.
    pub smoke_runs: Vec<SmokeRun>,
    /// Where it asks for rollback runbooks.
    pub runbook_rules: Vec<RunbookRule>,
    /// The rollback runbooks of its open releases; of a [`ReleaseFacts`] that of its release, too.
    pub attached_runbooks: Vec<AttachedRunbook>,
}

/// What is known about a release: [`Facts`], owned.
pub struct ReleaseFacts {
    /// The release.
    pub release: Release,
    /// Votes on it.
    pub approvals: Vec<Approval>,
    /// What is known about its product.
    pub product: ProductFacts,
}

impl ReleaseFacts {
    /// What doesn't hold for an action in an environment.
    #[must_use]
    pub fn blockers(&self, action: &Action, environment: Option<EnvironmentId>, now: Timestamp) -> Vec<Blocker> {
        evaluate(action, &self.facts(environment), now)
    }

    /// As policy wants them.
    #[must_use]
    pub fn facts(&self, environment: Option<EnvironmentId>) -> Facts<'_> {
        Facts {
            release: &self.release,
            approvals: &self.approvals,
            environment: environment.and_then(|id| self.product.environments.iter().find(|e| e.id == id)),
            environments: &self.product.environments,
            deployments: &self.product.deployments,
            locks: &self.product.locks,
            windows: &self.product.windows,
            overrides: &self.product.overrides,
            incidents: &self.product.incidents,
            unplanned: &self.product.unplanned,
            checklists: &self.product.checklists,
            templates: &self.product.templates,
            readings: &self.product.readings,
            rounds: &self.product.rounds,
            feedback: &self.product.feedback,
            releases: &self.product.releases,
            documents: &self.product.documents,
            courses: &self.product.courses,
            training: &self.product.training,
            health: &self.product.health,
            connection: &self.product.connection,
            connections: &self.product.connections,
            smoke_scenarios: &self.product.smoke_scenarios,
            smoke_runs: &self.product.smoke_runs,
            runbook_rules: &self.product.runbook_rules,
            attached_runbooks: &self.product.attached_runbooks,
        }
    }

    /// An environment of the product.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the product has no such environment.
    pub fn environment(&self, id: EnvironmentId) -> Result<&Environment, EngineError> {
        self.product.environments.iter().find(|e| e.id == id).ok_or_else(|| {
            EngineError::invalid(
                "environment",
                format!("{} has no such environment", self.product.product.name),
                "Choose one of the product's environments.",
            )
        })
    }
}

/// So many checklists of a product's open releases, or of one release, are looked at.
const MOST_CHECKLISTS: u32 = 1_000;

/// So many of a product's latest incidents are looked at for what interrupted a soak.
const LATEST_INCIDENTS: u32 = 100;

/// So many rounds of a product are looked at.
const MOST_ROUNDS: u32 = 200;
/// So many open blockers are looked at, and so many untriaged pieces of feedback.
const MOST_FEEDBACK: u32 = 500;

impl Engine {
    /// The newest rounds of user acceptance testing of a product.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn uat_rounds_of(&self, product: ProductId) -> Result<Vec<UatRound>, EngineError> {
        let newest = UatRoundFilter { product: Some(product), limit: MOST_ROUNDS, ..UatRoundFilter::default() };
        Ok(self.store().uat_rounds(&newest).await?)
    }

    /// Of the feedback that a filter means: the blockers that aren't solved, and what is untriaged.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn open_feedback(&self, of: FeedbackFilter) -> Result<Vec<Feedback>, EngineError> {
        let with = |word| FeedbackFilter { standing: Some(word), limit: MOST_FEEDBACK, ..of };
        let mut found = self.store().feedback(&with("blocker")).await?;
        found.extend(self.store().feedback(&with("untriaged")).await?);
        Ok(found)
    }

    /// The checklists of a product's releases that are not closed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn open_checklists(&self, product: ProductId) -> Result<Vec<Checklist>, EngineError> {
        let of_product = ChecklistFilter { product: Some(product), open_only: true, limit: MOST_CHECKLISTS, ..ChecklistFilter::default() };
        Ok(self.store().checklists(&of_product).await?)
    }

    /// The incidents of a product that policy looks at: those that are open, and where an environment asks for a soak the latest that
    /// may have interrupted it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn incidents_for(&self, id: ProductId, environments: &[Environment]) -> Result<Vec<Incident>, EngineError> {
        let filter = IncidentFilter { product: Some(id), open_only: true, ..IncidentFilter::default() };
        let mut found = self.store().incidents(&filter).await?;
        let soaks = |e: &Environment| e.rules.soak_minutes > 0 || e.rules.hotfix.as_ref().is_some_and(|path| path.soak_minutes > 0);
        if environments.iter().any(soaks) {
            let latest = IncidentFilter { open_only: false, limit: LATEST_INCIDENTS, ..filter };
            found.extend(self.store().incidents(&latest).await?.into_iter().filter(|incident| !incident.is_open()));
        }
        Ok(found)
    }

    /// What is known about a product.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn product_facts(&self, id: ProductId) -> Result<ProductFacts, EngineError> {
        let store = self.store();
        let product = store.product(id).await?;
        let connections = store.connections().await?;
        let connection = store.connection(product.connection_id).await?;
        let environments = merged(store.environments(Some(id)).await?, &product);
        let checks: Vec<HealthCheck> = store.checks(None).await?.into_iter().filter(|c| c.product_id == id).collect();
        let states: HashMap<CheckId, CheckState> = store.check_states().await?.into_iter().collect();
        let health = environment_health(&environments, &checks, &states);
        let readings = environment_readings(&environments, &checks, &states);
        let incidents = self.incidents_for(id, &environments).await?;
        Ok(ProductFacts {
            deployments: store.policy_deployments(id).await?,
            unplanned: self.unplanned_facts(id).await?,
            checklists: self.open_checklists(id).await?,
            templates: store.checklist_templates(Some(id)).await?,
            readings,
            rounds: self.uat_rounds_of(id).await?,
            feedback: self.open_feedback(FeedbackFilter { product: Some(id), ..FeedbackFilter::default() }).await?,
            releases: self.release_changes_for(id, &environments).await?,
            documents: store.documents(id).await?,
            courses: store.courses(id).await?,
            training: self.training_records_of(id).await?,
            locks: store.locks(Some(id)).await?,
            windows: store.calendar_windows().await?,
            overrides: self.freeze_overrides_of(id).await?,
            smoke_scenarios: store.smoke_scenarios(id).await?,
            smoke_runs: store.latest_smoke_runs(id, None).await?,
            runbook_rules: store.runbook_rules(id).await?,
            attached_runbooks: store.attached_runbooks(id).await?,
            product,
            environments,
            incidents,
            health,
            connection,
            connections,
        })
    }

    /// What is known about a release.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_facts(&self, id: ReleaseId) -> Result<ReleaseFacts, EngineError> {
        let release = self.store().release(id).await?;
        let mut product = self.product_facts(release.product_id).await?;
        if release.state.is_terminal() {
            let of_release = ChecklistFilter { release: Some(id), limit: MOST_CHECKLISTS, ..ChecklistFilter::default() };
            product.checklists.extend(self.store().checklists(&of_release).await?);
            product.attached_runbooks.extend(self.store().attached_runbook(id).await?);
            product.smoke_runs = self.store().latest_smoke_runs(release.product_id, Some(id)).await?;
        }
        let of_release = UatRoundFilter { release: Some(id), ..UatRoundFilter::default() };
        for round in self.store().uat_rounds(&of_release).await? {
            if !product.rounds.iter().any(|known| known.id == round.id) {
                product.rounds.push(round);
            }
        }
        let approvals = self.store().approvals(id).await?;
        Ok(ReleaseFacts { release, approvals, product })
    }
}

/// Environments with the product's rules merged into theirs.
#[must_use]
pub fn merged(environments: Vec<Environment>, product: &Product) -> Vec<Environment> {
    let merge = |e: Environment| Environment { rules: e.rules.merged_with(&product.team), ..e };
    environments.into_iter().map(merge).collect()
}

/// What automatic items of checklists look at, in each environment.
#[must_use]
pub fn environment_readings(
    environments: &[Environment],
    checks: &[HealthCheck],
    states: &HashMap<CheckId, CheckState>,
) -> Vec<EnvironmentReadings> {
    let of = |environment: &Environment| {
        let own: Vec<_> = checks.iter().filter(|c| c.enabled && c.environment_id == environment.id).collect();
        let state = |check: &HealthCheck| states.get(&check.id);
        let not_healthy = own.iter().filter(|c| state(c).is_none_or(|s| s.health != Health::Healthy));
        let reading = own.iter().filter(|c| matches!(c.probe, Probe::RunningVersion { .. }));
        EnvironmentReadings {
            environment_id: environment.id,
            checks: u32::try_from(own.len()).unwrap_or(u32::MAX),
            not_healthy: not_healthy.map(|c| (c.name.clone(), state(c).map(|s| s.reason.clone()).unwrap_or_default())).collect(),
            running: reading
                .map(|c| {
                    // What was read before it could not be read any more is old.
                    let fresh = state(c).filter(|s| s.health != Health::NoData);
                    RunningReading { check: c.name.clone(), versions: fresh.map(|s| s.versions.clone()).unwrap_or_default() }
                })
                .collect(),
        }
    };
    environments.iter().map(of).collect()
}

/// Health of each environment that has enabled checks.
#[must_use]
pub fn environment_health(
    environments: &[Environment],
    checks: &[HealthCheck],
    states: &HashMap<CheckId, CheckState>,
) -> Vec<(EnvironmentId, Health)> {
    environments
        .iter()
        .filter_map(|environment| {
            let mut own = checks.iter().filter(|c| c.enabled && c.environment_id == environment.id).peekable();
            own.peek()?;
            let health = worst(own.map(|c| states.get(&c.id).map_or(Health::NoData, |s| s.health)));
            Some((environment.id, health))
        })
        .collect()
}
