//! The store: everything that Pilothouse remembers. Reads are plain; every write goes through [`Store::commit`], which puts
//! state, audit events, outbox and change notices on disk together or not at all.

use crate::ports::calendar_store::CalendarStore;
use crate::ports::checklist_store::{ChecklistStore, EvidenceWrite};
use crate::ports::coordination_store::CoordinationStore;
use crate::ports::document_store::{DocumentStore, TrainingStore};
pub use crate::ports::outbox::{OutboxEffect, OutboxEntry, OutboxSubject, OutboxWrite};
use crate::ports::provider::RateLimit;
use crate::ports::review_store::ReviewStore;
use crate::ports::runbook_store::RunbookStore;
use crate::ports::uat_store::UatStore;
use async_trait::async_trait;
use pilothouse_domain::approval::Approval;
use pilothouse_domain::audit::{AuditEntry, AuditEvent, ChainHead};
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::check::{CheckState, HealthCheck, Measurement};
use pilothouse_domain::checklist::{Checklist, ChecklistTemplate};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::coordinated_release::{CoordinatedRelease, CoordinatedRun};
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::document::{Document, DocumentVersion};
use pilothouse_domain::gate::Gate;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::lock::Lock;
use pilothouse_domain::manual_run::ManualRun;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::review::Review;
use pilothouse_domain::runbook::{AttachedRunbook, Runbook, RunbookRule, RunbookRun};
use pilothouse_domain::scheduled_start::ScheduledStart;
use pilothouse_domain::smoke::{Exchange, ReportRule, SmokeRun, SmokeScenario, SmokeSubject, SmokeTarget};
use pilothouse_domain::train::Train;
use pilothouse_domain::training::{Course, TrainingRecord, TrainingSession};
use pilothouse_domain::uat::{Feedback, UatRound};
use pilothouse_domain::unplanned::{PipelineMark, UnplannedRun};
use pilothouse_domain::{
    ApprovalId, CheckId, ConnectionId, DeploymentId, EnvironmentId, GateId, IncidentId, ManualRunId, ProductId, ReleaseId, SmokeRunId,
    SmokeScenarioId, Timestamp, UnplannedRunId,
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Everything that Pilothouse remembers.
#[async_trait]
pub trait Store:
    ChecklistStore + UatStore + DocumentStore + TrainingStore + RunbookStore + ReviewStore + CalendarStore + CoordinationStore + Send + Sync
{
    /// Writes a change: all of it in one transaction, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a revision has moved on; [`StoreError::Taken`] where a unique name is in use.
    async fn commit(&self, change: ChangeSet) -> Result<Committed, StoreError>;

    /// A number that moves whenever anybody commits to this database: this process, another one, another desktop.
    fn commits(&self) -> watch::Receiver<u64>;

    /// A number that moves when measurements were kept, by this process or another one. Now and then it moves for nothing.
    fn measured(&self) -> watch::Receiver<u64>;

    /// Change notices after `seq`, oldest first, at most `limit`. The store keeps at least the last 10,000.
    async fn changes_after(&self, seq: u32, limit: u32) -> Result<Vec<ChangeNotice>, StoreError>;
    /// The number of the last change notice; 0 before the first.
    async fn last_change(&self) -> Result<u32, StoreError>;

    /// All connections, by name.
    async fn connections(&self) -> Result<Vec<Connection>, StoreError>;
    /// One connection.
    async fn connection(&self, id: ConnectionId) -> Result<Connection, StoreError>;

    /// All products, by name.
    async fn products(&self) -> Result<Vec<Product>, StoreError>;
    /// One product.
    async fn product(&self, id: ProductId) -> Result<Product, StoreError>;
    /// Environments in promotion order, of one product or (products by name) of all.
    async fn environments(&self, product: Option<ProductId>) -> Result<Vec<Environment>, StoreError>;
    /// One environment.
    async fn environment(&self, id: EnvironmentId) -> Result<Environment, StoreError>;

    /// Checks by name, of one environment or of all.
    async fn checks(&self, environment: Option<EnvironmentId>) -> Result<Vec<HealthCheck>, StoreError>;
    /// One check.
    async fn check(&self, id: CheckId) -> Result<HealthCheck, StoreError>;
    /// The state of every check that was ever measured.
    async fn check_states(&self) -> Result<Vec<(CheckId, CheckState)>, StoreError>;
    /// A check's state; `None` where it was never measured.
    async fn check_state(&self, check: CheckId) -> Result<Option<CheckState>, StoreError>;
    /// A check's measurements before a moment, newest first, at most `limit`.
    async fn measurements(&self, check: CheckId, before: Timestamp, limit: u32) -> Result<Vec<Measurement>, StoreError>;
    /// Keeps measurements. Not audited: nobody decided anything. Moves [`Store::commits`] for nobody.
    async fn record_measurements(&self, measured: &[(CheckId, Measurement)]) -> Result<(), StoreError>;
    /// Forgets measurements before a moment, at most `limit` of them; how many it were.
    async fn prune_measurements(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError>;

    /// Releases, last drafted first.
    async fn releases(&self, filter: &ReleaseFilter) -> Result<Vec<Release>, StoreError>;
    /// One release.
    async fn release(&self, id: ReleaseId) -> Result<Release, StoreError>;
    /// Votes on a release, oldest first.
    async fn approvals(&self, release: ReleaseId) -> Result<Vec<Approval>, StoreError>;
    /// Votes on any release after one of them (keyset paging), by id, at most `limit`: for verifying.
    async fn approvals_after(&self, after: Option<ApprovalId>, limit: u32) -> Result<Vec<Approval>, StoreError>;

    /// Deployments, last requested first.
    async fn deployments(&self, filter: &DeploymentFilter) -> Result<Vec<Deployment>, StoreError>;
    /// One deployment.
    async fn deployment(&self, id: DeploymentId) -> Result<Deployment, StoreError>;
    /// What [`Facts::deployments`](pilothouse_domain::policy::Facts) asks for: a product's deployments that haven't ended, each
    /// environment's last requested one and all that were requested there since what it has, and of each environment and release
    /// the latest with a `deployed_at` and the latest verified (succeeded) one. Each once, any order.
    async fn policy_deployments(&self, product: ProductId) -> Result<Vec<Deployment>, StoreError>;

    /// Runs that people started by hand from here, last requested first. Whether a run of a provider is one of them: ask for its
    /// connection, repository and `external_id`.
    async fn manual_runs(&self, filter: &ManualRunFilter) -> Result<Vec<ManualRun>, StoreError>;
    /// One of them.
    async fn manual_run(&self, id: ManualRunId) -> Result<ManualRun, StoreError>;

    /// Locks that were not lifted, of one product with those over everything, or all; a lock whose time is over may be among them.
    async fn locks(&self, product: Option<ProductId>) -> Result<Vec<Lock>, StoreError>;

    /// Unplanned runs, last seen first.
    async fn unplanned_runs(&self, filter: &UnplannedRunFilter) -> Result<Vec<UnplannedRun>, StoreError>;
    /// One unplanned run.
    async fn unplanned_run(&self, id: UnplannedRunId) -> Result<UnplannedRun, StoreError>;
    /// Where watching the pipelines at a place has come to, by pipeline.
    async fn pipeline_marks(&self, connection: ConnectionId, repository: &str) -> Result<Vec<PipelineMark>, StoreError>;
    /// The budgets of calls that were told last, by connection.
    async fn connection_budgets(&self) -> Result<Vec<ConnectionBudget>, StoreError>;

    /// Incidents, last opened first.
    async fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError>;
    /// One incident.
    async fn incident(&self, id: IncidentId) -> Result<Incident, StoreError>;
    /// The number of the last incident; 0 before the first.
    async fn last_incident_number(&self) -> Result<u32, StoreError>;

    /// Gates, last seen first.
    async fn gates(&self, filter: &GateFilter) -> Result<Vec<Gate>, StoreError>;
    /// One gate.
    async fn gate(&self, id: GateId) -> Result<Gate, StoreError>;

    /// Smoke scenarios of a product, by name; at most 1,000.
    async fn smoke_scenarios(&self, product: ProductId) -> Result<Vec<SmokeScenario>, StoreError>;
    /// One smoke scenario.
    async fn smoke_scenario(&self, id: SmokeScenarioId) -> Result<SmokeScenario, StoreError>;
    /// Where smoke tests reach the environments of a product, as far as that is known.
    async fn smoke_targets(&self, product: ProductId) -> Result<Vec<SmokeTarget>, StoreError>;
    /// Which files of runs are reports, for the environments of a product of which something was said.
    async fn report_rules(&self, product: ProductId) -> Result<Vec<ReportRule>, StoreError>;
    /// Smoke runs and imported reports, last requested first.
    async fn smoke_runs(&self, filter: &SmokeRunFilter) -> Result<Vec<SmokeRun>, StoreError>;
    /// Of each environment and subject, the last requested run for a release of a product, or for each of its releases that are open.
    async fn latest_smoke_runs(&self, product: ProductId, release: Option<ReleaseId>) -> Result<Vec<SmokeRun>, StoreError>;
    /// One smoke run.
    async fn smoke_run(&self, id: SmokeRunId) -> Result<SmokeRun, StoreError>;
    /// What a smoke run sent and what came back, in order.
    async fn smoke_exchanges(&self, run: SmokeRunId) -> Result<Vec<Exchange>, StoreError>;

    /// Takes outbox entries that are due, each for `holder` alone until `lease_until`: entries under another holder's running
    /// lease stay with that one. At most `limit`, longest due first. Entries that were written more than a minute after `now` show
    /// that the clock was set back: they wait from now on, for as long as they were to.
    async fn claim_due(&self, holder: &str, now: Timestamp, lease_until: Timestamp, limit: u32) -> Result<Vec<OutboxEntry>, StoreError>;
    /// When the next outbox entry is due that isn't under another holder's running lease.
    async fn next_due(&self, holder: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;
    /// Takes a lease that is no entry's, or renews it, until a moment: unless another holder's is running. Moves
    /// [`Store::commits`] for nobody.
    async fn claim_lease(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<Claimed, StoreError>;
    /// Gives such a lease up, where this holder has it.
    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError>;
    /// Ends the leases of every other holder. For a host that knows itself alone: on SQLite, with the engine's file lock held.
    async fn take_over(&self, holder: &str) -> Result<(), StoreError>;

    /// Audit events before a number, newest first.
    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEvent>, StoreError>;
    /// Audit events after a number, oldest first, at most `limit`: for verifying.
    async fn audit_after(&self, seq: u32, limit: u32) -> Result<Vec<AuditEvent>, StoreError>;
    /// The head of the audit chain.
    async fn audit_head(&self) -> Result<ChainHead, StoreError>;

    /// A setting's value.
    async fn setting(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Puts the database away in order. Whatever is asked from here on is answered with [`StoreError::Unreachable`]. A process that
    /// ends without it loses nothing that was committed.
    async fn close(&self);
}

/// What is written together.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet {
    /// Rows.
    pub writes: Vec<Write>,
    /// What happened, in order. A change without any is refused unless it only moves check states, marks, budgets or the outbox.
    pub audit: Vec<AuditEntry>,
    /// What is to be done.
    pub outbox: Vec<OutboxWrite>,
}

/// One row to write. An entity comes with the revision that was read; 0 makes a new row. The row is stored with the next
/// revision.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a change holds few writes, and each is moved once")]
pub enum Write {
    /// A connection.
    Connection(Connection),
    /// Takes a connection away.
    RemoveConnection(Connection),
    /// A product.
    Product(Product),
    /// Takes a product away, with its environments and checks. Refused where it has releases.
    RemoveProduct(Product),
    /// An environment.
    Environment(Environment),
    /// Takes an environment away, with its checks. Refused where it has deployments.
    RemoveEnvironment(Environment),
    /// A check.
    Check(HealthCheck),
    /// Takes a check away, with its state and measurements.
    RemoveCheck(HealthCheck),
    /// A check's state, in place of the one that was read.
    CheckState {
        /// The check.
        check: CheckId,
        /// The state that was read; `None` where there was none.
        before: Option<CheckState>,
        /// The state from now on.
        after: CheckState,
    },
    /// A release.
    Release(Release),
    /// A vote; never changed.
    Approval(Approval),
    /// A deployment.
    Deployment(Deployment),
    /// A run by hand.
    ManualRun(ManualRun),
    /// A lock.
    Lock(Lock),
    /// A run that Pilothouse did not start.
    UnplannedRun(UnplannedRun),
    /// Where watching a pipeline has come to, in place of where it was. Told to nobody.
    PipelineMark(PipelineMark),
    /// A budget of calls, in place of the one that was known. Told to nobody.
    ConnectionBudget(ConnectionBudget),
    /// An incident.
    Incident(Incident),
    /// A gate.
    Gate(Gate),
    /// A template of checklists.
    ChecklistTemplate(ChecklistTemplate),
    /// Takes a template away. The checklists that were made from it stay.
    RemoveChecklistTemplate(ChecklistTemplate),
    /// A checklist.
    Checklist(Checklist),
    /// A piece of evidence, with its content.
    Evidence(EvidenceWrite),
    /// A smoke scenario.
    SmokeScenario(SmokeScenario),
    /// Takes a smoke scenario away. Its runs stay.
    RemoveSmokeScenario(SmokeScenario),
    /// Where smoke tests reach an environment, in place of what was known.
    SmokeTarget(SmokeTarget),
    /// Which files of an environment's runs are reports, in place of what was said.
    ReportRule(ReportRule),
    /// A smoke run. While it is under way, nothing needs to be told of it in the audit.
    SmokeRun(SmokeRun),
    /// What a smoke run sent and what came back; never changed. Told to nobody: the run is.
    SmokeExchange {
        /// The run.
        run: SmokeRunId,
        /// The exchange.
        exchange: Exchange,
    },
    /// Forgets what older runs of the same subject in the same environment have sent and got back. Told to nobody; their results stay.
    ForgetSmokeExchanges {
        /// The run.
        of: SmokeRunId,
        /// Of so many, the latest, they are kept.
        latest: u32,
    },
    /// A round of user acceptance testing.
    UatRound(UatRound),
    /// A tester's feedback.
    Feedback(Feedback),
    /// A document.
    Document(Document),
    /// A version of a document.
    DocumentVersion(DocumentVersion),
    /// A course.
    Course(Course),
    /// A session of a course.
    TrainingSession(TrainingSession),
    /// What shows that somebody was trained.
    TrainingRecord(TrainingRecord),
    /// A runbook.
    Runbook(Runbook),
    /// Takes a runbook away. Its runs stay, and what releases have attached.
    RemoveRunbook(Runbook),
    /// A run of a runbook. While it is under way, not every look of its needs to be told of in the audit.
    RunbookRun(RunbookRun),
    /// What an environment asks for.
    RunbookRule(RunbookRule),
    /// The rollback runbook of a release.
    AttachedRunbook(AttachedRunbook),
    /// Takes the rollback runbook off a release.
    RemoveAttachedRunbook(AttachedRunbook),
    /// A review of a release.
    Review(Review),
    /// A freeze or a change window.
    CalendarWindow(CalendarWindow),
    /// An override of freezes.
    FreezeOverride(FreezeOverride),
    /// A start that is set for a time.
    ScheduledStart(ScheduledStart),
    /// A release train.
    Train(Train),
    /// A coordinated release.
    CoordinatedRelease(CoordinatedRelease),
    /// A coordinated release on its way to an environment.
    CoordinatedRun(CoordinatedRun),
    /// A setting.
    Setting {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
}

/// The budget of calls that a provider told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionBudget {
    /// The connection.
    pub connection_id: ConnectionId,
    /// What was told.
    pub rate_limit: RateLimit,
    /// When.
    pub told_at: Timestamp,
}

/// Whose a lease is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The asker's.
    Ours,
    /// Another holder's.
    Theirs {
        /// Until when, unless it is renewed.
        until: Timestamp,
    },
}

/// What a commit brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The notices of this change, in order.
    pub changes: Vec<ChangeNotice>,
}

/// That something has changed. Whoever shows it reads it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeNotice {
    /// Counts the notices of this database, from 1, without gaps.
    pub seq: u32,
    /// The kind of thing: `release`, `deployment`, `check_state`, …; the table's name.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The product that it belongs to, where it does.
    pub product_id: Option<ProductId>,
}

/// Which releases.
#[derive(Clone, Debug, Default)]
pub struct ReleaseFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Only those that are not closed.
    pub open_only: bool,
    /// Drafted before this release was (keyset paging).
    pub after: Option<ReleaseId>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Which deployments.
#[derive(Clone, Debug, Default)]
pub struct DeploymentFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this release.
    pub release: Option<ReleaseId>,
    /// To this environment.
    pub environment: Option<EnvironmentId>,
    /// Only those that haven't ended.
    pub active_only: bool,
    /// Requested before this one was (keyset paging).
    pub after: Option<DeploymentId>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Which unplanned runs.
#[derive(Clone, Debug, Default)]
pub struct UnplannedRunFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Seen through this account.
    pub connection: Option<ConnectionId>,
    /// At this place of the account.
    pub repository: Option<String>,
    /// Only those that ask for a reason.
    pub open_only: bool,
    /// Only those that were first seen since.
    pub since: Option<Timestamp>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Which runs by hand.
#[derive(Clone, Debug, Default)]
pub struct ManualRunFilter {
    /// Through this connection.
    pub connection: Option<ConnectionId>,
    /// In this repository.
    pub repository: Option<String>,
    /// Of this pipeline.
    pub pipeline: Option<String>,
    /// The run with this id at the provider.
    pub external_id: Option<String>,
    /// Requested before this one was (keyset paging).
    pub after: Option<ManualRunId>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Which smoke runs.
#[derive(Clone, Debug, Default)]
pub struct SmokeRunFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// For this release.
    pub release: Option<ReleaseId>,
    /// In this environment.
    pub environment: Option<EnvironmentId>,
    /// Of this subject.
    pub subject: Option<SmokeSubject>,
    /// Requested before this one was (keyset paging).
    pub after: Option<SmokeRunId>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Which incidents.
#[derive(Clone, Debug, Default)]
pub struct IncidentFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// In this environment.
    pub environment: Option<EnvironmentId>,
    /// Only those that are open.
    pub open_only: bool,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Which gates.
#[derive(Clone, Debug, Default)]
pub struct GateFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Whose run is of this deployment.
    pub deployment: Option<DeploymentId>,
    /// Seen through this account.
    pub connection: Option<ConnectionId>,
    /// At this place of the account.
    pub repository: Option<String>,
    /// Only those that wait, or whose answer is under way.
    pub open_only: bool,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Which audit events.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// About this subject's id.
    pub subject_id: Option<String>,
    /// Before this number (keyset paging); `None` from the newest.
    pub before: Option<u32>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Why the store can't do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It isn't there.
    #[error("there is no {kind} {id}")]
    NotFound {
        /// The kind of thing.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// Somebody else was faster.
    #[error("the {kind} {id} was changed by somebody else meanwhile")]
    Conflict {
        /// The kind of thing.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// A unique name or place is in use.
    #[error("{what} is taken already")]
    Taken {
        /// The constraint's name: `product_name_key`.
        constraint: String,
        /// What it protects, in words.
        what: String,
    },
    /// Something else still needs it.
    #[error("{what} is still in use")]
    InUse {
        /// What, in words.
        what: String,
    },
    /// The disk is full, or the database may not grow.
    #[error("the database can't grow: {reason}")]
    Full {
        /// What the database said.
        reason: String,
    },
    /// The database can't be reached or didn't answer in time.
    #[error("the database can't be reached: {reason}")]
    Unreachable {
        /// What was said.
        reason: String,
    },
    /// What is stored can't be read: written by a newer version, or damaged.
    #[error("the database holds something that can't be read: {reason}")]
    Corrupt {
        /// What and where.
        reason: String,
    },
    /// Anything else.
    #[error("the database failed: {reason}")]
    Failed {
        /// What it said.
        reason: String,
    },
}
