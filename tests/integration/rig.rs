//! A practice range and a host beside it, with a connection, a product and releases: what a journey starts from. Waits for events
//! of the store, never for a time.

use pilothouse_api::{
    AddConnectionRequest, Api, CheckDto, DecideRequest, DecisionDto, DeploymentStateWord, DeploymentView, DraftReleaseRequest,
    EnvironmentDto, IdRequest, IncidentView, ListIncidentsRequest, PlanReleaseRequest, ProbeDto, ProductDto, ReleaseDetail,
    RepositoryRequest, SourceKindWord, StartDeploymentRequest, VerdictWord, VoteRequest,
};
use pilothouse_domain::deployment::Pacing;
use pilothouse_domain::{Actor, Timestamp};
use pilothouse_host::{Host, HostOptions};
use pilothouse_platform::HostKind;
use pilothouse_range::{Operation, Range, RangeOptions, RequestRecord};
use secrecy::SecretString;
use std::future::Future;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than any step takes, also where a call hangs until its own time-out.
const PATIENCE: Duration = Duration::from_secs(150);

pub(super) struct Rig {
    pub(super) range: Range,
    pub(super) host: Host,
    pub(super) product: ProductDto,
    pub(super) connection: String,
    pub(super) data: TempDir,
}

/// Followed as fast as tests want it; every time is a share of the real one.
pub(super) fn pacing() -> Pacing {
    Pacing {
        observe: Duration::from_millis(20),
        look_up_after: Duration::from_secs(40),
        look_up: Duration::from_millis(50),
        settle: Duration::from_millis(1_500),
        retry: Duration::from_millis(100),
        unreachable: Duration::from_secs(2),
        force_cancel: Duration::from_secs(1),
        read_service: Duration::from_millis(20),
        good_readings: 3,
    }
}

/// False, said aloud, where there is no keychain of the test's own.
pub(super) fn has_session(test: &str) -> bool {
    let has = std::env::var_os("PILOTHOUSE_TEST_SESSION").is_some();
    if !has {
        eprintln!("skipped: {test} needs a keychain of its own. Run `cargo xtask test --only pilothouse-tests`");
    }
    has
}

impl Rig {
    /// With the engine in this process.
    pub(super) async fn start() -> Self {
        Self::start_on(RangeOptions::fast()).await
    }

    /// With the engine in this process, over a range of one's own.
    pub(super) async fn start_on(options: RangeOptions) -> Self {
        let rig = Self::guest_on(options).await;
        rig.host.start_engine().await;
        rig
    }

    /// Without an engine: somebody else runs it, or nobody.
    pub(super) async fn start_as_guest() -> Self {
        Self::guest_on(RangeOptions::fast()).await
    }

    async fn guest_on(options: RangeOptions) -> Self {
        let range = Range::start(options).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let mut options = HostOptions::new(HostKind::Agent);
        options.data_dir = Some(data.path().to_owned());
        options.actor = Some(Actor::person("Mira Okafor"));
        options.pacing = pacing();
        let host = Host::open(options).await.unwrap();
        let api = host.api();
        let added = api
            .add_connection(AddConnectionRequest {
                kind: "github".to_owned(),
                name: "Range".to_owned(),
                base_url: range.github_url(),
                user: None,
                region: None,
                role: None,
                profile: None,
                session_token: None,
                network: None,
                trusted_fingerprint: None,
                token: SecretString::from(range.token().to_owned()).into(),
            })
            .await
            .unwrap();
        let connection = added.connection.id;
        let request = RepositoryRequest { connection_id: connection.clone(), repository: range.repository() };
        let mut product = api.suggest_product(request).await.unwrap().product;
        for environment in &mut product.environments {
            watch(environment, &range);
        }
        let product = api.add_product(product).await.unwrap();
        Self { range, host, product, connection, data }
    }

    pub(super) fn api(&self) -> &Api {
        self.host.api()
    }

    pub(super) fn environment(&self, name: &str) -> String {
        self.product.environments.iter().find(|e| e.name == name).unwrap().id.clone().unwrap()
    }

    /// A release of a tag, planned and approved.
    pub(super) async fn release(&self, version: &str) -> ReleaseDetail {
        self.release_of(&self.product, version).await
    }

    /// The same of another product.
    pub(super) async fn release_of(&self, product: &ProductDto, version: &str) -> ReleaseDetail {
        let api = self.api();
        let draft = DraftReleaseRequest {
            product_id: product.id.clone().unwrap(),
            version: version.to_owned(),
            kind: SourceKindWord::Tag,
            name: format!("v{version}"),
            notes: None,
            hotfix: None,
        };
        let id = api.draft_release(draft).await.unwrap().release.id;
        let plan = PlanReleaseRequest { id: id.clone(), environment_ids: Vec::new(), remarks: String::new() };
        let planned = api.plan_release(plan).await.unwrap();
        let vote =
            VoteRequest { id, verdict: VerdictWord::Approved, comment: "Looks right".to_owned(), content_hash: planned.content_hash };
        api.vote(vote).await.unwrap()
    }

    /// Starts a deployment.
    pub(super) async fn start_deployment(&self, release: &ReleaseDetail, environment: &str) -> DeploymentView {
        let request = StartDeploymentRequest { release_id: release.release.id.clone(), environment_id: self.environment(environment) };
        self.api().start_deployment(request).await.unwrap()
    }

    /// Deploys and sees it succeed.
    pub(super) async fn deploy(&self, release: &ReleaseDetail, environment: &str) -> DeploymentView {
        let started = self.start_deployment(release, environment).await;
        self.ends(&started.id, DeploymentStateWord::Succeeded).await
    }

    pub(super) async fn decide(&self, deployment: &str, decision: DecisionDto) {
        self.api().decide(DecideRequest { id: deployment.to_owned(), decision }).await.unwrap();
    }

    /// Waits until a deployment rests: ended, or asking a person. It must be in that state then.
    pub(super) async fn ends(&self, deployment: &str, state: DeploymentStateWord) -> DeploymentView {
        let resting = self.rests(deployment).await;
        assert_eq!(resting.state, state, "{resting:#?}");
        resting
    }

    /// Waits until a deployment rests, in whatever state.
    pub(super) async fn rests(&self, deployment: &str) -> DeploymentView {
        self.until(|| async {
            let seen = self.api().get_deployment(IdRequest { id: deployment.to_owned() }).await.unwrap();
            let moving = matches!(seen.state, DeploymentStateWord::Queued | DeploymentStateWord::InProgress);
            (!moving).then_some(seen)
        })
        .await
    }

    /// Waits until a deployment follows a run.
    pub(super) async fn has_a_run(&self, deployment: &str) {
        self.until(|| async {
            let seen = self.api().get_deployment(IdRequest { id: deployment.to_owned() }).await.unwrap();
            seen.phases[0].run.as_ref().map(drop)
        })
        .await;
    }

    /// Waits until an incident is open in an environment in which this check fails: the first check to fail opens it, others join.
    pub(super) async fn incident(&self, environment: &str, check: &str) -> IncidentView {
        self.until(|| async {
            let open = self.api().list_incidents(open_incidents()).await.unwrap();
            let mut there = open.into_iter().filter(|incident| incident.environment == environment);
            there.find(|incident| incident.checks.iter().any(|failing| failing.name == check))
        })
        .await
    }

    /// Asks again at each commit until there is an answer.
    pub(super) async fn until<T, F: Future<Output = Option<T>>>(&self, question: impl Fn() -> F) -> T {
        let mut commits = self.host.engine().store().commits();
        let answered = tokio::time::timeout(PATIENCE, async {
            loop {
                commits.mark_unchanged();
                if let Some(answer) = question().await {
                    return answer;
                }
                commits.changed().await.unwrap();
            }
        });
        answered.await.expect("what is waited for does not happen")
    }

    /// How often a provider was asked to go back in its own way.
    pub(super) fn ways_back(&self) -> usize {
        self.range.requests().iter().filter(|seen| seen.method == "POST" && seen.operation == Operation::Rerun).count()
    }

    /// How many runs the provider really started for the deployment. One that goes back in the provider's own way carries no token: it is
    /// told by when it was asked for.
    pub(super) fn runs_of(&self, deployment: &DeploymentView) -> usize {
        if deployment.native.is_some() {
            let since = Timestamp::parse(&deployment.requested_at).unwrap();
            let until = deployment.ended_at.as_deref().and_then(Timestamp::parse);
            let is_its = |at: Timestamp| at >= since && until.is_none_or(|until| at <= until);
            let asked =
                |seen: &RequestRecord| seen.method == "POST" && seen.operation == Operation::Rerun && is_its(Timestamp::new(seen.at));
            return self.range.requests().iter().filter(|seen| asked(seen)).count();
        }
        self.runs_of_phase(&deployment.phases[0].id)
    }

    /// How many runs GitHub really started for a phase.
    pub(super) fn runs_of_phase(&self, phase: &str) -> usize {
        let dispatches = self.range.stats().dispatches;
        dispatches.iter().filter(|d| d.inputs.values().any(|value| value.starts_with(phase))).count()
    }

    pub(super) async fn stop(self) {
        self.host.shutdown().await;
        let connection = self.connection.parse().unwrap();
        self.host.engine().keychain().remove(connection).await.unwrap();
        self.range.shutdown().await;
    }
}

/// Asks for the incidents that are open.
pub(super) fn open_incidents() -> ListIncidentsRequest {
    ListIncidentsRequest { product_id: None, environment_id: None, open_only: true, limit: 10 }
}

fn watch(environment: &mut EnvironmentDto, range: &Range) {
    let places = range.environments();
    let place = places.iter().find(|p| p.name == environment.name).unwrap();
    environment.rules.verify_seconds = 10;
    let health =
        ProbeDto::Http { url: format!("{}/healthz", place.url), status_min: 200, status_max: 299, body_contains: None, slow_ms: None };
    let versions = ProbeDto::RunningVersion {
        urls: place.instances.iter().map(|i| format!("{}/version", i.url)).collect(),
        pointer: "/version".to_owned(),
    };
    environment.checks = vec![check("Health", health), check("Running version", versions)];
}

fn check(name: &str, probe: ProbeDto) -> CheckDto {
    CheckDto {
        id: None,
        name: name.to_owned(),
        probe,
        interval_seconds: 1,
        timeout_ms: 2_000,
        failure_threshold: 2,
        recovery_threshold: 1,
        enabled: true,
    }
}
