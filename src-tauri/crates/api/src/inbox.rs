//! What waits for this person: decisions, incidents, votes, the next step of their releases, tokens. Asks the same policy and the
//! same helm as the release's own screen.

use crate::Api;
use crate::decode::shown;
use crate::deployments::state_line;
use crate::error::ApiError;
use crate::gates::gate_heading;
use crate::releases::{HelmAction, HelmView, helm, state_at};
use crate::scene::{Everything, Scene};
use pilothouse_domain::approval::Approval;
use pilothouse_domain::calendar::in_zone;
use pilothouse_domain::connection::{Connection, ConnectionStatus};
use pilothouse_domain::coordinated_release::{CoordinatedRun, CoordinatedRunState, MemberBack, RunMember, RunMemberState};
use pilothouse_domain::deployment::{Deployment, DeploymentState};
use pilothouse_domain::gate::{Gate, GateState};
use pilothouse_domain::incident::Incident;
use pilothouse_domain::product::Environment;
use pilothouse_domain::release::Release;
use pilothouse_domain::scheduled_start::{ScheduledStart, ScheduledStartState};
use pilothouse_domain::train::{DepartureState, Train};
use pilothouse_domain::unplanned::UnplannedRun;
use pilothouse_domain::{Actor, Timestamp};
use pilothouse_engine::ProductFacts;
use pilothouse_engine::ports::coordination_store::CoordinatedRunFilter;
use pilothouse_engine::ports::store::{GateFilter, ReleaseFilter};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::time::Duration;

/// How many open releases of a product are looked at.
const MAX_RELEASES: u32 = 100;
/// How many gates are listed.
const MAX_GATES: u32 = 500;
/// How many coordinated releases on their way are listed.
const MAX_RUNS: u32 = 200;
/// A token that expires within this time is asked to be replaced.
const EXPIRES_SOON: Duration = Duration::from_secs(7 * 24 * 3600);

/// Something that waits for this person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InboxItem {
    /// What kind of thing it is.
    pub kind: InboxKind,
    /// How soon it wants to be done.
    pub due: InboxDue,
    /// What to do, the verb first: "Approve checkout 1.4.0".
    pub title: String,
    /// What one should know before doing it.
    pub context: String,
    /// Since when it waits, where that is known.
    pub since: Option<String>,
    /// The release that it is about.
    pub release_id: Option<String>,
    /// The deployment that it is about.
    pub deployment_id: Option<String>,
    /// The environment that it is about.
    pub environment_id: Option<String>,
    /// The incident that it is about.
    pub incident_id: Option<String>,
    /// The connection that it is about.
    pub connection_id: Option<String>,
    /// The gate that it is about.
    #[serde(default)]
    pub gate_id: Option<String>,
    /// When it gives up waiting, where it does.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// The unplanned run that it is about.
    #[serde(default)]
    pub unplanned_run_id: Option<String>,
    /// The scheduled start that it is about.
    #[serde(default)]
    pub start_id: Option<String>,
    /// The release train that it is about.
    #[serde(default)]
    pub train_id: Option<String>,
    /// The coordinated release that it is about.
    #[serde(default)]
    pub coordinated_release_id: Option<String>,
}

/// Kinds of things that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum InboxKind {
    /// An incident that nobody takes care of.
    Incident,
    /// A deployment's question.
    Decision,
    /// Something at a provider that waits for a person.
    Gate,
    /// A run that somebody started elsewhere and that has no reason.
    UnplannedRun,
    /// A token that is refused, lacks something, or expires soon.
    Token,
    /// A scheduled start that did not start.
    Start,
    /// A departure of a release train that did not take place.
    Departure,
    /// A coordinated release that can't go on.
    CoordinatedRelease,
    /// A vote.
    Approval,
    /// A release that may be deployed.
    Deployment,
    /// A release that may be completed.
    Completion,
    /// The review after a hotfix.
    HotfixReview,
    /// A draft or plan of this person's own.
    Draft,
}

/// How soon something wants to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum InboxDue {
    /// Something stands still or fails.
    Now,
    /// Somebody waits.
    Today,
    /// Nobody waits.
    Later,
}

/// An open release with its votes.
pub(crate) struct OpenRelease {
    pub(crate) release: Release,
    pub(crate) approvals: Vec<Approval>,
}

impl OpenRelease {
    pub(crate) fn scene<'a>(&'a self, product: &'a ProductFacts) -> Scene<'a> {
        Scene { release: &self.release, approvals: &self.approvals, product }
    }
}

/// What is open of all that may wait for somebody.
pub(crate) struct OpenThings {
    pub(crate) releases: Vec<OpenRelease>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) gates: Vec<Gate>,
    pub(crate) starts: Vec<ScheduledStart>,
    pub(crate) trains: Vec<Train>,
    pub(crate) coordinated_runs: Vec<CoordinatedRun>,
}

impl InboxItem {
    fn new(kind: InboxKind, due: InboxDue, title: String, context: String, since: Option<Timestamp>) -> Self {
        Self {
            kind,
            due,
            title,
            context,
            since: since.map(shown),
            release_id: None,
            deployment_id: None,
            environment_id: None,
            incident_id: None,
            connection_id: None,
            gate_id: None,
            expires_at: None,
            unplanned_run_id: None,
            start_id: None,
            train_id: None,
            coordinated_release_id: None,
        }
    }
}

impl Api {
    /// What waits for this person, most pressing first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn inbox(&self) -> Result<Vec<InboxItem>, ApiError> {
        let everything = self.everything().await?;
        let open = self.open_things().await?;
        Ok(waiting(&everything, &open, &self.actor, self.engine.now()))
    }

    /// What is open of all that may wait for somebody.
    pub(crate) async fn open_things(&self) -> Result<OpenThings, ApiError> {
        Ok(OpenThings {
            releases: self.open_releases().await?,
            connections: self.store().connections().await?,
            gates: self.open_gates().await?,
            starts: self.engine.open_starts(None).await?,
            trains: self.store().trains(None).await?,
            coordinated_runs: self.open_coordinated_runs().await?,
        })
    }

    /// The coordinated releases that are on their way.
    async fn open_coordinated_runs(&self) -> Result<Vec<CoordinatedRun>, ApiError> {
        let filter = CoordinatedRunFilter { open_only: true, limit: MAX_RUNS, ..CoordinatedRunFilter::default() };
        Ok(self.store().coordinated_runs(&filter).await?)
    }

    /// What waits at the providers.
    async fn open_gates(&self) -> Result<Vec<Gate>, ApiError> {
        Ok(self.store().gates(&GateFilter { open_only: true, limit: MAX_GATES, ..GateFilter::default() }).await?)
    }

    /// Every release that is not closed, with its votes; last drafted first.
    async fn open_releases(&self) -> Result<Vec<OpenRelease>, ApiError> {
        let mut open = Vec::new();
        for product in self.store().products().await? {
            let filter = ReleaseFilter { product: Some(product.id), open_only: true, limit: MAX_RELEASES, ..ReleaseFilter::default() };
            for release in self.store().releases(&filter).await? {
                open.push(OpenRelease { approvals: self.store().approvals(release.id).await?, release });
            }
        }
        Ok(open)
    }
}

/// What waits for a person, most pressing first; of equally pressing things the one that waits longest.
pub(crate) fn waiting(everything: &Everything, open: &OpenThings, actor: &Actor, now: Timestamp) -> Vec<InboxItem> {
    let mut items: Vec<InboxItem> = open.connections.iter().filter_map(|c| of_connection(c, now)).collect();
    items.extend(open.gates.iter().map(|gate| of_gate(gate, everything, &open.connections)));
    for product in &everything.products {
        items.extend(product.incidents.iter().filter_map(|i| of_incident(i, product)));
        items.extend(product.deployments.iter().filter_map(|d| of_decision(d, product)));
        items.extend(product.unplanned.iter().filter_map(|run| of_unplanned(run, product)));
        let own = open.releases.iter().filter(|o| o.release.product_id == product.product.id);
        items.extend(own.filter_map(|o| of_release(&o.scene(product), actor, now)));
    }
    // What starts by itself need not be started.
    items.retain(|item| item.kind != InboxKind::Deployment || !open.starts.iter().any(|start| is_about(item, start)));
    items.retain(|item| item.kind != InboxKind::Deployment || !open.coordinated_runs.iter().any(|run| brings(run, item)));
    items.extend(open.starts.iter().filter_map(|start| of_start(start, everything)));
    items.extend(open.trains.iter().filter_map(|train| of_train(train, everything)));
    items.extend(open.coordinated_runs.iter().flat_map(of_coordinated_run));
    items.sort_by(|a, b| (a.due, &a.since, &a.title).cmp(&(b.due, &b.since, &b.title)));
    items
}

fn of_connection(connection: &Connection, now: Timestamp) -> Option<InboxItem> {
    let title = format!("Replace the token of {}", connection.name);
    let item = match &connection.status {
        ConnectionStatus::Refused { reason, since } => InboxItem::new(InboxKind::Token, InboxDue::Now, title, reason.clone(), Some(*since)),
        ConnectionStatus::Limited { missing, .. } => {
            InboxItem::new(InboxKind::Token, InboxDue::Today, title, format!("It lacks {}", missing.join(", ")), None)
        }
        ConnectionStatus::Valid { account } => {
            let expires = account.expires_at.filter(|at| *at <= now.plus(EXPIRES_SOON))?;
            let days = expires.since(now).as_secs() / (24 * 3600);
            let context = match (expires <= now, days) {
                (true, _) => "It has expired".to_owned(),
                (false, 0) => "It expires within a day".to_owned(),
                (false, 1) => "It expires in 1 day".to_owned(),
                (false, days) => format!("It expires in {days} days"),
            };
            InboxItem::new(InboxKind::Token, InboxDue::Later, title, context, None)
        }
        ConnectionStatus::Unverified => return None,
    };
    Some(InboxItem { connection_id: Some(connection.id.to_string()), ..item })
}

fn of_gate(gate: &Gate, everything: &Everything, connections: &[Connection]) -> InboxItem {
    let belongs = &gate.belongs;
    let product = everything.products.iter().find(|product| Some(product.product.id) == belongs.product_id);
    let deployment = product.and_then(|p| p.deployments.iter().find(|d| Some(d.id) == belongs.deployment_id));
    let environment = product.and_then(|p| p.environments.iter().find(|e| Some(e.id) == belongs.environment_id));
    let title = gate_heading(gate, product.map(|product| &product.product), environment, deployment);
    let connection = connections.iter().find(|connection| connection.id == gate.connection_id);
    let mut context = vec![connection.map_or_else(|| gate.repository.clone(), |c| c.name.clone())];
    let who = deployment.map(|d| d.requested_by.to_string()).or_else(|| gate.seen.started_by.clone());
    context.extend(who.map(|who| format!("asked by {who}")));
    context.extend(match &gate.state {
        GateState::Waiting { not_taken: Some(not) } => Some(format!("an answer was not taken: {}", not.message)),
        GateState::Answering { answer } | GateState::AnswerUnknown { answer, .. } => Some(format!("{} is answering it", answer.by)),
        _ => None,
    });
    // Nobody asked for what nobody's product is; what is answered only waits for its confirmation.
    let due = match (&gate.state, product) {
        (GateState::Waiting { .. }, Some(_)) if deployment.is_some() => InboxDue::Now,
        (GateState::Waiting { .. }, Some(_)) => InboxDue::Today,
        _ => InboxDue::Later,
    };
    InboxItem {
        gate_id: Some(gate.id.to_string()),
        release_id: belongs.release_id.map(|id| id.to_string()),
        deployment_id: belongs.deployment_id.map(|id| id.to_string()),
        environment_id: belongs.environment_id.map(|id| id.to_string()),
        connection_id: Some(gate.connection_id.to_string()),
        expires_at: gate.seen.expires_at.map(shown),
        ..InboxItem::new(InboxKind::Gate, due, title, context.join(", "), Some(gate.waits_since()))
    }
}

fn of_incident(incident: &Incident, product: &ProductFacts) -> Option<InboxItem> {
    if !incident.is_open() || incident.acknowledged.is_some() {
        return None;
    }
    let environment = product.environments.iter().find(|e| e.id == incident.environment_id)?;
    let failing = incident.checks.iter().find(|c| c.recovered_at.is_none());
    let title = format!("Look after {} in {}", product.product.name, environment.name);
    let context = match failing {
        Some(check) => format!("Incident {}: {}, {}", incident.number, check.name, check.reason),
        None => format!("Incident {}", incident.number),
    };
    Some(InboxItem {
        incident_id: Some(incident.id.to_string()),
        environment_id: Some(environment.id.to_string()),
        deployment_id: incident.deployment_id.map(|id| id.to_string()),
        ..InboxItem::new(InboxKind::Incident, InboxDue::Now, title, context, Some(incident.opened_at))
    })
}

fn of_unplanned(run: &UnplannedRun, product: &ProductFacts) -> Option<InboxItem> {
    if !run.is_open() {
        return None;
    }
    let who = run.started_by.as_deref().unwrap_or("Somebody");
    let touched: Vec<&Environment> = product.environments.iter().filter(|e| run.touches(e.id)).collect();
    let names: Vec<&str> = touched.iter().map(|e| e.name.as_str()).collect();
    let what = if run.rerun_of.is_some() { "ran a deployment again with" } else { "started" };
    let context = match names.as_slice() {
        [] => format!("{who} {what} it at the provider"),
        names => format!("{who} {what} it at the provider; it may have changed {}", names.join(" or ")),
    };
    let title = format!("Say why {} of {} ran", run.pipeline, product.product.name);
    Some(InboxItem {
        unplanned_run_id: Some(run.id.to_string()),
        environment_id: touched.first().map(|e| e.id.to_string()),
        deployment_id: run.rerun_of.map(|id| id.to_string()),
        ..InboxItem::new(InboxKind::UnplannedRun, InboxDue::Today, title, context, Some(run.began()))
    })
}

fn is_about(item: &InboxItem, start: &ScheduledStart) -> bool {
    item.release_id.as_deref() == Some(&start.release_id.to_string())
        && item.environment_id.as_deref() == Some(&start.environment_id.to_string())
}

fn of_start(start: &ScheduledStart, everything: &Everything) -> Option<InboxItem> {
    let ScheduledStartState::Held { since, reason } = &start.state else { return None };
    let product = everything.products.iter().find(|product| product.product.id == start.product_id)?;
    let title = format!("Say when {} {} starts in {}", product.product.name, start.version, start.environment);
    let when = in_zone(start.at, start.time_zone.parse().unwrap_or_default());
    let context = format!("It did not start at {when}: {}", reason.words());
    Some(InboxItem {
        start_id: Some(start.id.to_string()),
        release_id: Some(start.release_id.to_string()),
        environment_id: Some(start.environment_id.to_string()),
        ..InboxItem::new(InboxKind::Start, InboxDue::Now, title, context, Some(*since))
    })
}

fn of_train(train: &Train, everything: &Everything) -> Option<InboxItem> {
    let departure = train.held()?;
    let DepartureState::Held { since, reason } = &departure.state else { return None };
    let product = everything.products.iter().find(|product| product.product.id == train.product_id)?;
    let title = format!("Let the train “{}” of {} leave, or stay", train.name, product.product.name);
    let context = format!("It did not leave at {}: {reason}", in_zone(departure.at, train.times.zone()));
    let item = InboxItem::new(InboxKind::Departure, InboxDue::Today, title, context, Some(*since));
    Some(InboxItem { train_id: Some(train.id.to_string()), ..item })
}

/// True where the member that could be deployed waits for its turn.
fn brings(run: &CoordinatedRun, item: &InboxItem) -> bool {
    run.members.iter().any(|member| {
        run.state == CoordinatedRunState::UnderWay
            && !member.is_over()
            && item.release_id.as_deref() == Some(&member.release_id.to_string())
            && item.environment_id == member.environment_id.map(|id| id.to_string())
    })
}

/// One for each member that can't go on.
fn of_coordinated_run(run: &CoordinatedRun) -> Vec<InboxItem> {
    let item = |member: &RunMember| {
        let (since, context, back) = match (&member.back, &member.state) {
            (Some(MemberBack::Held { since, message, .. }), _) => (*since, message.clone(), "’s way back"),
            (_, RunMemberState::Held { since, reason }) => (*since, reason.words(), ""),
            _ => (run.started_at, String::new(), ""),
        };
        let title = format!("Say what becomes of {}{back} in {}", member.words(), run.environment);
        InboxItem {
            coordinated_release_id: Some(run.coordinated_release_id.to_string()),
            release_id: Some(member.release_id.to_string()),
            environment_id: member.environment_id.map(|id| id.to_string()),
            ..InboxItem::new(InboxKind::CoordinatedRelease, InboxDue::Now, title, format!("“{}”: {context}", run.name), Some(since))
        }
    };
    run.held().map(item).collect()
}

fn of_decision(deployment: &Deployment, product: &ProductFacts) -> Option<InboxItem> {
    let DeploymentState::AwaitingDecision { since, .. } = &deployment.state else { return None };
    let what = if deployment.is_rollback() { "the rollback to" } else { "the deployment of" };
    let title = format!("Decide about {what} {} {} in {}", product.product.name, deployment.version, deployment.environment);
    Some(InboxItem {
        deployment_id: Some(deployment.id.to_string()),
        release_id: Some(deployment.release_id.to_string()),
        environment_id: Some(deployment.environment_id.to_string()),
        ..InboxItem::new(InboxKind::Decision, InboxDue::Now, title, state_line(deployment), Some(*since))
    })
}

/// The helm of a release, where it is in this person's hands.
fn of_release(scene: &Scene<'_>, actor: &Actor, now: Timestamp) -> Option<InboxItem> {
    let (release, name) = (scene.release, &scene.product.product.name);
    if release.awaits_hotfix_review() && release.marked_bad.is_none() {
        return Some(hotfix_review(scene));
    }
    let helm = helm(scene, actor, now);
    if !helm.enabled {
        return None;
    }
    let is_own = release.drafted_by == *actor;
    let item = match helm.action {
        HelmAction::Vote => {
            let drafter = format!("Drafted by {}", release.drafted_by);
            let context = helm.blockers.first().map_or(drafter, |b| b.title.clone());
            InboxItem::new(InboxKind::Approval, InboxDue::Today, format!("Vote on {name} {}", release.version), context, state_at(release))
        }
        HelmAction::Deploy => InboxItem::new(
            InboxKind::Deployment,
            InboxDue::Today,
            format!("Deploy {name} {}", helm.object),
            "Every rule holds".to_owned(),
            state_at(release),
        ),
        HelmAction::Complete => InboxItem::new(
            InboxKind::Completion,
            InboxDue::Today,
            format!("Complete {name} {}", release.version),
            "It runs well in the last environment of its plan".to_owned(),
            state_at(release),
        ),
        HelmAction::Plan if is_own => draft(format!("Plan {name} {}", release.version), scene),
        HelmAction::RequestApproval if is_own => draft(format!("Ask for approval of {name} {}", release.version), scene),
        // Its deployment has an item of its own.
        HelmAction::Decide | HelmAction::Plan | HelmAction::RequestApproval | HelmAction::Wait | HelmAction::None => return None,
    };
    let HelmView { environment_id, deployment_id, .. } = helm;
    Some(InboxItem { release_id: Some(release.id.to_string()), environment_id, deployment_id, ..item })
}

/// A hotfix asks to be looked back on.
fn hotfix_review(scene: &Scene<'_>) -> InboxItem {
    let (release, name) = (scene.release, &scene.product.product.name);
    let why = release.hotfix.as_ref().map(|hotfix| hotfix.reason.clone()).unwrap_or_default();
    let title = format!("Review the hotfix {name} {}", release.version);
    let item = InboxItem::new(InboxKind::HotfixReview, InboxDue::Today, title, why, state_at(release));
    InboxItem { release_id: Some(release.id.to_string()), ..item }
}

fn draft(title: String, scene: &Scene<'_>) -> InboxItem {
    let context = format!("You drafted it from {}", scene.release.source.name);
    InboxItem::new(InboxKind::Draft, InboxDue::Later, title, context, Some(scene.release.drafted_at))
}
