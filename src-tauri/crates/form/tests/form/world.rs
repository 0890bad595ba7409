//! A product with a release that people test, two rounds of it, and the form in front of them.

use crate::wire::{BOUNDARY, Part, Reply, multipart, raw, request};
use pilothouse_domain::audit::AuditEntry;
use pilothouse_domain::connection::{Account, Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::pipeline::{PipelineBinding, RefRule};
use pilothouse_domain::product::{Environment, EnvironmentRules, Product, RollbackBinding};
use pilothouse_domain::publication::{Publication, TagState};
use pilothouse_domain::release::{Release, ReleaseState, SourceKind, SourceRef};
use pilothouse_domain::uat::{ExitCriteria, Feedback, UatRound};
use pilothouse_domain::{Actor, ConnectionId, EnvironmentId, ProductId, ReleaseId, TesterId, UatRoundId, Version};
use pilothouse_engine::Engine;
use pilothouse_engine::ports::FormSettings;
use pilothouse_engine::ports::store::{ChangeSet, Write};
use pilothouse_engine::ports::uat_store::FeedbackFilter;
use pilothouse_engine::usecases::{NewRound, NewScenario, RoundEdit};
use pilothouse_form::{Limits, serve};
use pilothouse_host::{Host, HostOptions};
use pilothouse_platform::HostKind;
use secrecy::ExposeSecret as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) struct World {
    host: Host,
    pub(crate) at: SocketAddr,
    pub(crate) release: Release,
    pub(crate) staging: EnvironmentId,
    pub(crate) production: EnvironmentId,
    _stop: DropGuard,
    _data: TempDir,
}

/// A browser of a tester: what it knows after it has opened the link.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    pub(crate) at: SocketAddr,
    pub(crate) round: UatRoundId,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

pub(crate) fn mira() -> Actor {
    Actor::person("Mira Okafor")
}

/// A round with a scenario, a tester, and the tester's token.
pub(crate) struct Invited {
    pub(crate) round: UatRound,
    pub(crate) tester: TesterId,
    pub(crate) token: String,
}

impl World {
    pub(crate) async fn open() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut options = HostOptions::new(HostKind::Agent);
        options.data_dir = Some(data.path().to_owned());
        options.actor = Some(mira());
        let host = Host::open(options).await.unwrap();
        let id = Uuid::now_v7;
        let now = host.engine().now();
        let connection = Connection {
            id: ConnectionId::new(id()),
            revision: 0,
            kind: ProviderKind::Github,
            name: "GitHub".into(),
            base_url: "https://api.github.com".into(),
            settings: ConnectionSettings::default(),
            status: ConnectionStatus::Valid { account: Account { login: "mira".into(), scopes: Vec::new(), expires_at: None } },
            created_at: now,
        };
        let product = Product {
            id: ProductId::new(id()),
            revision: 0,
            name: "Checkout".into(),
            connection_id: connection.id,
            repository: "acme/checkout".into(),
            tag_prefix: "v".into(),
            team: pilothouse_domain::team::TeamRules::default(),
            settings_source: None,
            created_at: now,
        };
        let pipeline = PipelineBinding {
            place: None,
            pipeline: "deploy.yml".into(),
            git_ref: RefRule::Fixed { name: "main".into() },
            inputs: Vec::new(),
        };
        let environment = |name: &str, position| Environment {
            id: EnvironmentId::new(id()),
            revision: 0,
            product_id: product.id,
            name: name.into(),
            position,
            deploy: pipeline.clone(),
            rollback: RollbackBinding::Redeploy,
            rules: EnvironmentRules::default(),
            rollout: pilothouse_domain::rollout::Rollout::default(),
        };
        let (staging, production) = (environment("staging", 0), environment("production", 1));
        let version = Version::new(1, 2, 0);
        let release = Release {
            id: ReleaseId::new(id()),
            revision: 0,
            product_id: product.id,
            tag: version.to_tag("v"),
            tag_state: TagState::There,
            publication: Publication::Unpublished,
            source: SourceRef { kind: SourceKind::Branch, name: "main".into(), commit: "0123456789abcdef".into() },
            notes: String::new(),
            changes_since: None,
            changelog: Vec::new(),
            changed_paths: None,
            plan: None,
            state: ReleaseState::Draft,
            approval_requested_by: None,
            hotfix: None,
            coordinated_release: None,
            target: None,
            marked_bad: None,
            drafted_by: mira(),
            drafted_at: now,
            version,
        };
        let entry = AuditEntry {
            at: now,
            actor: mira(),
            action: "test.began".into(),
            subject_kind: "test".into(),
            subject_id: String::new(),
            product_id: release.product_id.to_string(),
            summary: "Began a test".into(),
            data: serde_json::Value::Null,
        };
        let (staging_id, production_id) = (staging.id, production.id);
        let writes = vec![
            Write::Connection(connection),
            Write::Product(product),
            Write::Environment(staging),
            Write::Environment(production),
            Write::Release(release.clone()),
        ];
        host.engine().store().commit(ChangeSet { writes, audit: vec![entry], outbox: Vec::new() }).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let settings = FormSettings { is_on: true, port: at.port(), ..FormSettings::default() };
        let cancel = CancellationToken::new();
        let (engine, stop) = (Arc::clone(host.engine()), cancel.clone());
        tokio::spawn(async move { serve(listener, engine, &settings, limits, stop).await.unwrap() });
        let (staging, production) = (staging_id, production_id);
        Self { host, at, release, staging, production, _stop: cancel.drop_guard(), _data: data }
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.host.engine()
    }

    /// A round in an environment with one scenario, whose tester is invited for an hour.
    pub(crate) async fn invited(&self, environment: EnvironmentId, tester: &str, scenario: &str) -> Invited {
        let new = NewRound { release: self.release.id, environment, changed_paths: None };
        let mut round = self.engine().begin_uat_round(&mira(), new).await.unwrap();
        if round.scenarios.is_empty() {
            let steps = vec![pilothouse_domain::uat::Step { does: "Pay with the test card".into(), expects: "A receipt comes".into() }];
            let scenario =
                NewScenario { id: None, title: scenario.into(), steps, is_required: true, paths: Vec::new(), labels: Vec::new() };
            let edit = RoundEdit {
                revision: round.revision,
                instructions: "Use the **test cards**. <script>alert(1)</script>".into(),
                scenarios: vec![scenario],
                criteria: ExitCriteria::default(),
                signatories: Vec::new(),
                due: None,
            };
            round = self.engine().edit_uat_round(&mira(), round.id, edit).await.unwrap();
        }
        let round = self.engine().add_tester(&mira(), round.id, tester).await.unwrap();
        let tester = round.testers.last().unwrap().id;
        let (round, token) = self.engine().invite_tester(&mira(), round.id, tester, HOUR).await.unwrap();
        Invited { round, tester, token: token.expose_secret().to_owned() }
    }

    /// Opens a link.
    pub(crate) async fn open_link(&self, round: UatRoundId, token: &str) -> Reply {
        self.get(&format!("/i/{round}/{token}"), "").await
    }

    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Reply {
        let headers: &[(&str, &str)] = if cookie.is_empty() { &[] } else { &[("Cookie", cookie)] };
        raw(self.at, &request(&format!("GET {path}"), &self.at.to_string(), headers, b"")).await
    }

    /// The browser of somebody who was invited, with the form open.
    pub(crate) async fn browser(&self, invited: &Invited) -> Browser {
        let reply = self.open_link(invited.round.id, &invited.token).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
        let page = self.get(reply.header("location"), &cookie).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let csrf = value_of(&page.body, "csrf");
        Browser { at: self.at, round: invited.round.id, cookie, csrf }
    }

    /// Everything that was told in a round.
    pub(crate) async fn feedback(&self, round: UatRoundId) -> Vec<Feedback> {
        let filter = FeedbackFilter { round: Some(round), limit: 1_000, ..FeedbackFilter::default() };
        self.engine().store().feedback(&filter).await.unwrap()
    }
}

/// The value of the first hidden field of that name.
pub(crate) fn value_of(page: &str, name: &str) -> String {
    let (_, after) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    after.split('"').next().unwrap().to_owned()
}

impl Browser {
    pub(crate) async fn page(&self) -> Reply {
        let host = self.at.to_string();
        raw(self.at, &request(&format!("GET /r/{}", self.round), &host, &[("Cookie", &self.cookie)], b"")).await
    }

    /// Sends feedback that a page of this name holds.
    pub(crate) async fn give(&self, page: &str, title: &str, pictures: &[(&str, &[u8])]) -> Reply {
        let csrf = self.csrf.clone();
        let mut parts = vec![
            Part::Text("csrf", &csrf),
            Part::Text("page", page),
            Part::Text("title", title),
            Part::Text("text", "By a cent."),
            Part::Text("severity", "major"),
            Part::Text("device", "Chrome on Android"),
        ];
        parts.extend(pictures.iter().map(|(name, content)| Part::File(name, content)));
        self.post("feedback", &multipart(&parts), &[]).await
    }

    pub(crate) async fn say(&self, scenario: &str, word: &str, remark: &str) -> Reply {
        let body = format!("csrf={}&scenario={scenario}&word={word}&remark={remark}", self.csrf);
        self.post("outcome", body.as_bytes(), &[]).await
    }

    /// Sends a body to one of the two places, as a page of the form would, with these headers in place of or beside its own.
    pub(crate) async fn post(&self, place: &str, body: &[u8], other: &[(&str, &str)]) -> Reply {
        raw(self.at, &self.post_bytes(place, body, other)).await
    }

    pub(crate) fn post_bytes(&self, place: &str, body: &[u8], other: &[(&str, &str)]) -> Vec<u8> {
        let (host, origin) = (self.at.to_string(), format!("http://{}", self.at));
        let form = format!("multipart/form-data; boundary={BOUNDARY}");
        let kind = if place == "feedback" { form.as_str() } else { "application/x-www-form-urlencoded" };
        let own =
            [("Cookie", self.cookie.as_str()), ("Origin", origin.as_str()), ("Content-Type", kind), ("Sec-Fetch-Site", "same-origin")];
        let mut headers: Vec<(&str, &str)> = own.into_iter().filter(|(name, _)| !other.iter().any(|(known, _)| known == name)).collect();
        headers.extend(other.iter().filter(|(_, value)| !value.is_empty()));
        request(&format!("POST /r/{}/{place}", self.round), &host, &headers, body)
    }
}
