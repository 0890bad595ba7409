//! What the tests of this crate stand on: the engine over a store in memory, a clock that is set by hand, and a provider that
//! does as it is told. Must not be compiled into anything else.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod keychain;
mod provider;

pub(crate) use provider::issue;

use crate::*;
use async_trait::async_trait;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::check::{Measurement, Outcome};
use pilothouse_domain::connection::{Account, Connection, ProviderKind};
use pilothouse_domain::deployment::{CancelAnswer, Job, Pacing, Run, RunStatus, Step};
use pilothouse_domain::network::{Certificate, Fingerprint};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_domain::smoke::{Answer, Unanswered};
use pilothouse_domain::{ConnectionId, ProductId, Timestamp};
use pilothouse_engine::Ports;
use pilothouse_engine::ports::prober::{HttpProbe, SmokeRequest};
use pilothouse_engine::ports::provider::{
    Artifact, ArtifactFile, ArtifactFiles, ArtifactLimits, Capabilities, Capability, CertificateFault, CertificateRefusal, Comparison,
    ConnectionFieldKey, ConnectionForm, Gate, GateAnswer, GateOutcome, InputKind, InputSpec, Issue, IssueChange, IssueComment, IssueSearch,
    Issues, LogPart, NativeRollback, NewIssue, NewRelease, NewTag, PipelineDescription, PipelineSummary, ProviderRelease, RateLimit,
    Repository, RollbackOutlook, RunSearch, Secrets, Support, VerifiedAccount, Wanted,
};
use pilothouse_engine::ports::{
    Alert, Clock, IdSource, InstanceVersion, Keychain, Notifier, NotifyError, Prober, Provider, ProviderError, ProviderErrorKind,
    ProviderRegistry, SecretPart, StoreError,
};
use pilothouse_store::memory::MemoryDatabase;
use pilothouse_store::{CommitObserver, StoreOptions};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// The api of Mira, and strings to pull.
pub(crate) struct Rig {
    pub(crate) api: Api,
    pub(crate) world: Arc<World>,
    database: MemoryDatabase,
}

/// What the fakes share.
pub(crate) struct World {
    now: Mutex<Timestamp>,
    ids: Mutex<u64>,
    pub(crate) form: Mutex<ConnectionForm>,
    pub(crate) secrets: Mutex<HashMap<ConnectionId, SecretString>>,
    /// The further secrets of connections.
    pub(crate) parts: Mutex<HashMap<(ConnectionId, SecretPart), SecretString>>,
    smoke_secrets: Mutex<HashMap<(ProductId, String), SecretString>>,
    /// What answers the requests of smoke tests, in turn.
    pub(crate) exchanges: Mutex<VecDeque<Result<Answer, Unanswered>>>,
    /// The requests of smoke tests: method, address, headers of our own, body.
    pub(crate) sent_requests: Mutex<Vec<String>>,
    /// True where such a request is never answered.
    pub(crate) stops_at_exchange: Mutex<bool>,
    /// What the server shows where its certificate is not the trusted one.
    pub(crate) certificate: Mutex<Option<Certificate>>,
    /// How the next run goes.
    pub(crate) run_status: Mutex<RunStatus>,
    /// What every call to the provider answers instead.
    pub(crate) outage: Mutex<Option<ProviderError>>,
    /// What every measurement finds.
    pub(crate) measured: Mutex<Outcome>,
    /// What every instance says it runs.
    pub(crate) running: Mutex<Option<String>>,
    /// The tags of the repository.
    pub(crate) tags: Mutex<Vec<String>>,
    /// What waits for a person at the provider.
    pub(crate) gates: Mutex<Vec<Gate>>,
    /// What comes of the next answer to one.
    pub(crate) outcome: Mutex<Result<GateOutcome, ProviderError>>,
    /// The answers that the provider was told.
    pub(crate) answers: Mutex<Vec<GateAnswer>>,
    /// What was shown on the desktop.
    pub(crate) alerts: Mutex<Vec<Alert>>,
    runs: Mutex<u32>,
    /// Why the provider's own way back is closed, where it is.
    pub(crate) way_back_closed: Mutex<Option<String>>,
    /// How often it was gone.
    pub(crate) ways_back: Mutex<u32>,
    /// Whether the provider creates tags and keeps releases. Then its tags are those in `refs`, and no others.
    pub(crate) publishes: Mutex<bool>,
    /// Where each tag that was created points.
    pub(crate) refs: Mutex<HashMap<String, String>>,
    /// The releases at the provider.
    pub(crate) published: Mutex<Vec<ProviderRelease>>,
    /// The issues at the provider, and the comments on them by number.
    pub(crate) issues: Mutex<Vec<Issue>>,
    pub(crate) comments: Mutex<Vec<(u64, String)>>,
    /// Whether the token may not see them.
    pub(crate) issues_refused: Mutex<bool>,
    /// What becomes of the next mutating call about tags and releases.
    pub(crate) lost: Mutex<Option<Lost>>,
    /// How many of those were sent.
    pub(crate) sent: Mutex<u32>,
    /// What each run leaves behind.
    pub(crate) left_behind: Mutex<Vec<(Artifact, Vec<ArtifactFile>)>>,
    /// The files of the repository, by path; the same at every commit.
    pub(crate) files: Mutex<HashMap<String, String>>,
}

/// What is asked for to connect: the secret alone.
pub(crate) const FORM: ConnectionForm = ConnectionForm {
    default_base_url: "https://provider.example",
    fields: &[],
    replaceable: &[ConnectionFieldKey::Secret],
    needs: &[],
    secret_may_hold_spaces: false,
};

/// A call whose answer is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// It never arrives.
    Before,
    /// It has its effect.
    After,
}

/// A provider that has it all, and one that says why it hasn't.
const PUBLISHES: Capabilities = Capabilities::new(
    "The rig",
    &[
        (Capability::Source, Support::Full),
        (Capability::CreateTag, Support::Full),
        (Capability::Releases, Support::Full),
        (Capability::GeneratedNotes, Support::Full),
        (Capability::Issues, Support::Full),
    ],
);

impl World {
    pub(crate) fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    pub(crate) fn pass(&self, seconds: u64) {
        let mut now = self.now.lock().unwrap();
        *now = now.plus(Duration::from_secs(seconds));
    }

    fn answer<T>(&self, value: T) -> Result<T, ProviderError> {
        match &*self.outage.lock().unwrap() {
            Some(error) => Err(error.clone()),
            None => Ok(value),
        }
    }

    /// A mutating call about tags and releases, counted; its answer may be lost.
    fn mutate(&self, effect: impl FnOnce()) -> Result<(), ProviderError> {
        self.answer(())?;
        *self.sent.lock().unwrap() += 1;
        let lost = self.lost.lock().unwrap().take();
        if lost != Some(Lost::Before) {
            effect();
        }
        let no_answer = ProviderError { kind: ProviderErrorKind::NoAnswer, message: "No answer came.".into(), next_step: String::new() };
        if lost.is_some() { Err(no_answer) } else { Ok(()) }
    }

    fn run(&self) -> Run {
        let status = self.run_status.lock().unwrap().clone();
        let step = Step { name: "Copy files".into(), status: status.clone() };
        let job = Job {
            external_id: "77".into(),
            name: "deploy".into(),
            status: status.clone(),
            url: String::new(),
            started_at: None,
            ended_at: None,
            stage: None,
            steps: vec![step],
        };
        let number = *self.runs.lock().unwrap();
        Run {
            external_id: number.to_string(),
            url: String::new(),
            attempt: 1,
            status,
            title: "Deploy".into(),
            created_at: None,
            started_at: None,
            ended_at: None,
            started_by: None,
            git_ref: None,
            commit: None,
            jobs: vec![job],
        }
    }
}

impl Rig {
    pub(crate) fn new() -> Self {
        let world = Arc::new(World {
            now: Mutex::new(Timestamp::parse("2026-11-24T09:00:00Z").unwrap()),
            ids: Mutex::new(0),
            form: Mutex::new(FORM),
            secrets: Mutex::default(),
            parts: Mutex::default(),
            smoke_secrets: Mutex::default(),
            exchanges: Mutex::default(),
            sent_requests: Mutex::default(),
            stops_at_exchange: Mutex::default(),
            certificate: Mutex::default(),
            run_status: Mutex::new(RunStatus::Succeeded),
            outage: Mutex::new(None),
            measured: Mutex::new(Outcome::Passed),
            running: Mutex::default(),
            tags: Mutex::new(vec!["v1.0.0".into()]),
            gates: Mutex::default(),
            outcome: Mutex::new(Ok(GateOutcome::Taken)),
            answers: Mutex::default(),
            alerts: Mutex::default(),
            runs: Mutex::new(0),
            way_back_closed: Mutex::default(),
            ways_back: Mutex::new(0),
            publishes: Mutex::new(false),
            refs: Mutex::default(),
            published: Mutex::default(),
            issues: Mutex::default(),
            comments: Mutex::default(),
            issues_refused: Mutex::new(false),
            lost: Mutex::new(None),
            sent: Mutex::new(0),
            left_behind: Mutex::default(),
            files: Mutex::default(),
        });
        let database = MemoryDatabase::default();
        let api = host(&world, &database, None);
        Self { api, world, database }
    }

    /// Another host over the same database and provider, as after a restart; the observer may end it at a write.
    pub(crate) async fn restarted(&self, observer: Option<Arc<dyn CommitObserver>>) -> Self {
        let database = self.database.clone();
        let api = host(&self.world, &database, observer);
        let engine = api.engine();
        if let Err(error) = engine.store().take_over(engine.holder()).await {
            assert!(error.to_string().contains("the rig ends here"), "{error}");
        }
        Self { world: Arc::clone(&self.world), api, database }
    }

    /// How often the provider was told to start a pipeline.
    pub(crate) fn started(&self) -> u32 {
        *self.world.runs.lock().unwrap()
    }

    /// The same, as somebody else sees it.
    pub(crate) fn as_person(&self, name: &str) -> Api {
        api_of(Arc::clone(self.api.engine()), name)
    }

    pub(crate) async fn connect(&self) -> ConnectionCheck {
        let token = Token::from(SecretString::from("ghp_of_mira"));
        let request = AddConnectionRequest {
            kind: "github".into(),
            name: "GitHub".into(),
            base_url: String::new(),
            user: None,
            region: None,
            role: None,
            profile: None,
            session_token: None,
            network: None,
            trusted_fingerprint: None,
            token,
        };
        self.api.add_connection(request).await.unwrap()
    }

    /// A product with staging and production, as it is suggested, and one check in each.
    pub(crate) async fn product(&self, change: impl FnOnce(&mut ProductDto)) -> ProductDto {
        let connection_id = self.connect().await.connection.id;
        let request = RepositoryRequest { connection_id, repository: "nordwind/checkout".into() };
        let mut product = self.api.suggest_product(request).await.unwrap().product;
        for environment in &mut product.environments {
            environment.checks.push(http_check());
        }
        change(&mut product);
        self.api.add_product(product).await.unwrap()
    }

    pub(crate) async fn draft(&self, product: &ProductDto, version: &str) -> ReleaseDetail {
        self.draft_as(product, version, None).await.unwrap()
    }

    /// Drafts a release, as a hotfix where there is a reason for that.
    pub(crate) async fn draft_as(&self, product: &ProductDto, version: &str, hotfix: Option<&str>) -> Result<ReleaseDetail, ApiError> {
        let request = DraftReleaseRequest {
            product_id: product.id.clone().unwrap(),
            version: version.into(),
            kind: SourceKindWord::Branch,
            name: "main".into(),
            notes: None,
            hotfix: hotfix.map(Into::into),
        };
        self.api.draft_release(request).await
    }

    pub(crate) async fn plan(&self, release: &ReleaseDetail) -> ReleaseDetail {
        let request = PlanReleaseRequest { id: release.release.id.clone(), environment_ids: Vec::new(), remarks: String::new() };
        self.api.plan_release(request).await.unwrap()
    }

    pub(crate) async fn deploy(&self, release: &ReleaseDetail, environment: usize) -> DeploymentView {
        let request = StartDeploymentRequest {
            release_id: release.release.id.clone(),
            environment_id: release.environments[environment].environment_id.clone(),
        };
        self.api.start_deployment(request).await.unwrap()
    }

    /// Deploys, and carries it to its end.
    pub(crate) async fn deploy_through(&self, release: &ReleaseDetail, environment: usize) {
        self.deploy(release, environment).await;
        self.carry().await;
    }

    pub(crate) async fn again(&self, release: &ReleaseDetail) -> ReleaseDetail {
        self.api.get_release(IdRequest { id: release.release.id.clone() }).await.unwrap()
    }

    /// Lives on until a deployment is so.
    pub(crate) async fn until(&self, id: &str, is_so: impl Fn(&DeploymentView) -> bool) -> DeploymentView {
        for _ in 0..80 {
            let view = self.api.get_deployment(IdRequest { id: id.to_owned() }).await.unwrap();
            if is_so(&view) {
                return view;
            }
            let next = self.api.engine().carry_due().await.unwrap();
            let after = next.map_or(1, |next| next.since(self.world.now()).as_secs() + 1);
            self.world.pass(after.min(20));
        }
        panic!("it never comes to that: {:#?}", self.api.get_deployment(IdRequest { id: id.to_owned() }).await.unwrap());
    }

    /// Does what is due, as time goes by.
    pub(crate) async fn carry(&self) {
        for _ in 0..30 {
            let next = self.api.engine().carry_due().await.unwrap();
            let Some(next) = next else { return };
            let now = self.world.now();
            self.world.pass(next.since(now).as_secs() + 1);
        }
    }
}

/// Ends a host at its n-th write: before it, or after it and before anybody is told.
pub(crate) struct Ends {
    at: u64,
    is_written: bool,
    pub(crate) has_ended: AtomicBool,
}

impl Ends {
    pub(crate) const fn at(at: u64, is_written: bool) -> Self {
        Self { at, is_written, has_ended: AtomicBool::new(false) }
    }

    fn end(&self) -> Result<(), StoreError> {
        self.has_ended.store(true, Ordering::Relaxed);
        Err(StoreError::Unreachable { reason: "the rig ends here".into() })
    }
}

impl CommitObserver for Ends {
    fn before_commit(&self, n: u64) -> Result<(), StoreError> {
        if n > self.at || (n == self.at && !self.is_written) { self.end() } else { Ok(()) }
    }

    fn after_commit(&self, n: u64) -> Result<(), StoreError> {
        if n == self.at && self.is_written { self.end() } else { Ok(()) }
    }
}

/// Jenkins's way: a run runs once.
const CAPABILITIES: Capabilities = Capabilities::new(
    "The rig",
    &[
        (Capability::Cancel, Support::Full),
        (Capability::ForceCancel, Support::Lacking("it stops at its own pace")),
        (Capability::Rerun, Support::Lacking("a run runs once")),
        (Capability::RerunFailed, Support::Full),
        (Capability::Logs, Support::Full),
        (Capability::LiveLogs, Support::Full),
        (Capability::Artifacts, Support::Full),
        (Capability::NativeRollback, Support::Limited("for 30 days")),
    ],
);

/// A phase that is watched for two minutes.
pub(crate) fn watched_phase(name: &str, weight_percent: u8, gates: Vec<PhaseGateDto>) -> PlannedPhaseDto {
    PlannedPhaseDto {
        name: name.into(),
        weight_percent,
        target: None,
        pipeline: None,
        bake_seconds: 120,
        gates,
        limits: LimitsDto::default(),
        dry_run: Vec::new(),
        needs_person: false,
        required: false,
        retries: 0,
    }
}

pub(crate) fn http_check() -> CheckDto {
    CheckDto {
        id: None,
        name: "home".into(),
        probe: ProbeDto::Http { url: "http://127.0.0.1/".into(), status_min: 200, status_max: 299, body_contains: None, slow_ms: None },
        interval_seconds: 10,
        timeout_ms: 1_000,
        failure_threshold: 1,
        recovery_threshold: 1,
        enabled: true,
    }
}

pub(crate) fn version_check() -> CheckDto {
    let probe = ProbeDto::RunningVersion { urls: vec!["http://127.0.0.1/version".into()], pointer: "/version".into() };
    CheckDto { name: "version".into(), probe, ..http_check() }
}

pub(crate) fn text_input(name: &str, required: bool, shown_in_title: bool) -> InputSpec {
    InputSpec {
        name: name.into(),
        description: String::new(),
        kind: InputKind::Text,
        required,
        default: None,
        shown_in_title,
        is_secret: false,
    }
}

fn host(world: &Arc<World>, database: &MemoryDatabase, observer: Option<Arc<dyn CommitObserver>>) -> Api {
    let fakes = Arc::new(Fakes(Arc::clone(world), None));
    let ports = Ports {
        store: Arc::new(database.open(StoreOptions { observer })),
        providers: Arc::clone(&fakes) as Arc<dyn ProviderRegistry>,
        keychain: Arc::clone(&fakes) as Arc<dyn Keychain>,
        notifier: Arc::clone(&fakes) as Arc<dyn Notifier>,
        prober: Arc::clone(&fakes) as Arc<dyn Prober>,
        clock: Arc::clone(&fakes) as Arc<dyn Clock>,
        ids: fakes,
    };
    api_of(Arc::new(Engine::new(ports, Pacing::default())), "Mira Okafor")
}

fn api_of(engine: Arc<Engine>, name: &str) -> Api {
    let database = DatabaseView { kind: DatabaseKind::Sqlite, place: "memory".into() };
    let host = HostInfo { version: "0.1.0".into(), database, log_folder: None, engine: watch::channel(EngineView::stopped()).1 };
    Api::new(engine, Actor::person(name), host)
}

struct Fakes(Arc<World>, Option<Fingerprint>);

#[async_trait]
impl Clock for Fakes {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep_until(&self, _at: Timestamp) {}
}

impl IdSource for Fakes {
    fn uuid(&self) -> Uuid {
        let mut ids = self.0.ids.lock().unwrap();
        *ids += 1;
        Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0000 | *ids)
    }
}

#[async_trait]
impl Notifier for Fakes {
    async fn notify(&self, alert: &Alert) -> Result<(), NotifyError> {
        self.0.alerts.lock().unwrap().push(alert.clone());
        Ok(())
    }
}

#[async_trait]
impl Prober for Fakes {
    async fn http(&self, _request: &HttpProbe<'_>, _timeout: Duration) -> Measurement {
        Measurement { at: self.0.now(), latency_us: Some(900), outcome: self.0.measured.lock().unwrap().clone() }
    }

    async fn running_versions(&self, urls: &[String], _pointer: &str, _timeout: Duration) -> Vec<InstanceVersion> {
        let running = self.0.running.lock().unwrap().clone();
        let version = running.ok_or_else(|| "404 instead of 200".to_owned());
        urls.iter().map(|url| InstanceVersion { url: url.clone(), version: version.clone() }).collect()
    }

    async fn exchange(&self, request: &SmokeRequest<'_>) -> Result<Answer, Unanswered> {
        if *self.0.stops_at_exchange.lock().unwrap() {
            return std::future::pending().await;
        }
        let own = request.headers.iter().filter(|(name, _)| name.starts_with("X-"));
        let own = own.map(|(name, value)| format!(" {name}={}", value.expose_secret())).collect::<String>();
        let body = request.body.map(|body| format!(" {}", body.expose_secret())).unwrap_or_default();
        self.0.sent_requests.lock().unwrap().push(format!("{} {}{own}{body}", request.method, request.url));
        let unasked = || Err(Unanswered { is_ours: true, reason: "the rig has no answer".into(), took_us: 0 });
        self.0.exchanges.lock().unwrap().pop_front().unwrap_or_else(unasked)
    }
}

impl ProviderRegistry for Fakes {
    fn connect_with(&self, connection: &Connection, _secrets: Secrets) -> Result<Arc<dyn Provider>, ProviderError> {
        let trusted = connection.settings.network.trusted.as_ref().map(|trusted| trusted.fingerprint);
        Ok(Arc::new(Self(Arc::clone(&self.0), trusted)))
    }

    fn capabilities(&self, _: ProviderKind) -> Capabilities {
        if *self.0.publishes.lock().unwrap() { PUBLISHES } else { CAPABILITIES }
    }

    fn form(&self, _kind: ProviderKind) -> ConnectionForm {
        *self.0.form.lock().unwrap()
    }
}

pub(crate) fn unreachable() -> ProviderError {
    ProviderError { kind: ProviderErrorKind::NotReached, message: "nobody answers".into(), next_step: "Look at the network.".into() }
}

/// What a provider answers whose certificate is not trusted.
fn untrusted(certificate: Certificate, trusted: Option<Fingerprint>) -> ProviderError {
    let fault = trusted.map_or(CertificateFault::SelfSigned, |trusted| CertificateFault::Changed { trusted });
    let message = format!("git.corp.example shows {}", certificate.fingerprint);
    let refusal = CertificateRefusal { host: "git.corp.example".into(), certificate, fault, can_be_trusted: true };
    ProviderError { kind: ProviderErrorKind::CertificateRefused(Box::new(refusal)), message, next_step: "Compare it.".into() }
}
