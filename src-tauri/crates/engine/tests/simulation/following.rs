//! Two hundred runs at four providers, each of which answers only so many calls an hour, over a virtual clock: nobody is asked more
//! often than it answers, every run is looked at again and again, and what others start is found all the same.

use crate::provider::SimProvider;
use crate::scenario::environment;
use crate::service::Services;
use crate::world::World;
use pilothouse_domain::connection::{Connection, ConnectionSettings, ProviderKind};
use pilothouse_domain::deployment::Pacing;
use pilothouse_domain::product::EnvironmentRules;
use pilothouse_domain::release::SourceKind;
use pilothouse_domain::{Actor, ProductId, Version};
use pilothouse_engine::ports::provider::{
    Capabilities, ConnectionForm, NetworkSecrets, Provider, ProviderError, ProviderRegistry, Secrets,
};
use pilothouse_engine::ports::store::{DeploymentFilter, Store, UnplannedRunFilter};
use pilothouse_engine::usecases::{NewConnection, NewEnvironment, NewProduct, NewRelease};
use pilothouse_engine::{Engine, Ports};
use pilothouse_store::StoreOptions;
use pilothouse_store::memory::MemoryDatabase;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

const PROVIDERS: usize = 4;
const RUNS_EACH: usize = 50;
/// Far less than following all of them every five seconds would take.
const CALLS_AN_HOUR: u32 = 400;

/// Hands the providers out by the names of their connections.
struct Four(Vec<Arc<SimProvider>>);

impl ProviderRegistry for Four {
    fn connect_with(&self, connection: &Connection, _: Secrets) -> Result<Arc<dyn Provider>, ProviderError> {
        let number: usize = connection.name.parse().unwrap();
        Ok(Arc::clone(&self.0[number]) as Arc<dyn Provider>)
    }

    fn capabilities(&self, _: ProviderKind) -> Capabilities {
        Capabilities::new("The simulation", &[])
    }

    fn form(&self, _: ProviderKind) -> ConnectionForm {
        ConnectionForm {
            default_base_url: "https://provider.example",
            fields: &[],
            replaceable: &[],
            needs: &[],
            secret_may_hold_spaces: false,
        }
    }
}

/// A product at a provider, with so many environments, watched from here on.
async fn watched(engine: &Engine, number: usize, environments: usize) -> ProductId {
    let mira = Actor::person("Mira Okafor");
    let connection = NewConnection {
        settings: ConnectionSettings::default(),
        kind: ProviderKind::Github,
        name: number.to_string(),
        base_url: String::new(),
        token: SecretString::from("token"),
        session_token: None,
        network: NetworkSecrets::default(),
        trust: None,
    };
    let (connection, _) = engine.add_connection(&mira, connection).await.unwrap();
    let place = |place: usize| NewEnvironment {
        rules: EnvironmentRules { needs_upstream: false, ..EnvironmentRules::default() },
        checks: Vec::new(),
        ..environment(&format!("place-{place}"), 0)
    };
    let product = NewProduct {
        name: format!("Product {number}"),
        connection_id: connection.id,
        repository: "nordwind/checkout".to_owned(),
        tag_prefix: "v".to_owned(),
        team: pilothouse_domain::team::TeamRules::default(),
        settings_source: None,
        environments: (0..environments).map(place).collect(),
    };
    let product = engine.add_product(&mira, product).await.unwrap();
    engine.observe_once().await.unwrap();
    product.id
}

/// The same with an environment for each run, and the runs.
async fn deploy_everywhere(engine: &Engine, store: &dyn Store, number: usize) {
    let mira = Actor::person("Mira Okafor");
    let product_id = watched(engine, number, RUNS_EACH).await;
    let version = Version::new(1, 0, 0);
    let new = NewRelease { product_id, source_name: "v1.0.0".into(), version, source_kind: SourceKind::Tag, notes: None, hotfix: None };
    let release = engine.draft_release(&mira, new).await.unwrap();
    let release = engine.plan_release(&mira, release.id, &[], "").await.unwrap();
    for environment in store.environments(Some(product_id)).await.unwrap() {
        engine.deploy(&mira, release.id, environment.id).await.unwrap();
    }
}

fn engine_over(world: &Arc<World>, services: &Arc<Services>, store: &Arc<dyn Store>, providers: &[Arc<SimProvider>]) -> Engine {
    let ports = Ports {
        store: Arc::clone(store),
        providers: Arc::new(Four(providers.to_vec())),
        keychain: Arc::clone(world) as _,
        notifier: Arc::clone(world) as _,
        prober: Arc::clone(services) as _,
        clock: Arc::clone(world) as _,
        ids: Arc::clone(world) as _,
    };
    Engine::new(ports, Pacing::default())
}

#[tokio::test]
async fn what_began_during_a_long_stop_is_found_and_what_was_too_much_is_told() {
    let world = World::new(11, false);
    let services = Services::new(Arc::clone(&world));
    let provider = SimProvider::limited(Arc::clone(&world), Arc::clone(&services), 1_000_000);
    let store: Arc<dyn Store> = Arc::new(MemoryDatabase::default().open(StoreOptions::default()));
    let engine = engine_over(&world, &services, &store, std::slice::from_ref(&provider));
    watched(&engine, 0, 1).await;
    let begin = |runs: usize| {
        for _ in 0..runs {
            world.pass(Duration::from_secs(60));
            provider.start_in_console();
        }
    };
    let known = async || store.unplanned_runs(&UnplannedRunFilter { limit: 2_000, ..UnplannedRunFilter::default() }).await.unwrap().len();
    let told = async || {
        let events = store.audit_after(0, 10_000).await.unwrap();
        events
            .into_iter()
            .filter(|event| event.entry.action == "unplanned_run.not_all_read")
            .map(|event| event.entry.summary)
            .collect::<Vec<_>>()
    };
    begin(300);
    engine.observe_once().await.unwrap();
    assert_eq!((known().await, told().await.len()), (300, 0), "more than one look asks for at first");
    begin(700);
    engine.observe_once().await.unwrap();
    engine.observe_once().await.unwrap();
    let told = told().await;
    assert_eq!((known().await, told.len()), (800, 1), "as many as are read at once, and the rest is told once");
    assert!(told[0].starts_with("More than 500 runs of deploy.yml"), "{told:?}");
    begin(5);
    engine.observe_once().await.unwrap();
    assert_eq!(known().await, 805, "and on it goes");
}

#[tokio::test]
async fn two_hundred_runs_are_followed_within_what_four_providers_answer() {
    let world = World::new(7, false);
    let services = Services::new(Arc::clone(&world));
    let providers: Vec<_> =
        (0..PROVIDERS).map(|_| SimProvider::limited(Arc::clone(&world), Arc::clone(&services), CALLS_AN_HOUR)).collect();
    let store: Arc<dyn Store> = Arc::new(MemoryDatabase::default().open(StoreOptions::default()));
    let engine = engine_over(&world, &services, &store, &providers);
    for number in 0..PROVIDERS {
        deploy_everywhere(&engine, store.as_ref(), number).await;
    }
    let began = world.elsewhere();
    providers[0].start_in_console();
    while world.elsewhere().since(began) < Duration::from_secs(3 * 3_600) {
        let next = engine.carry_due().await.unwrap().unwrap();
        world.pass(next.since(world.elsewhere()));
    }
    let refused: Vec<u32> = providers.iter().map(|provider| provider.refused()).collect();
    assert_eq!(refused, [0; PROVIDERS], "asked more often than they answer");
    let deployments =
        store.deployments(&DeploymentFilter { active_only: true, limit: 1_000, ..DeploymentFilter::default() }).await.unwrap();
    assert_eq!(deployments.len(), PROVIDERS * RUNS_EACH, "all are under way");
    assert!(deployments.iter().all(|deployment| deployment.trouble.is_none() && deployment.phases[0].state.run().is_some()));
    for provider in &providers {
        let looks = provider.looks();
        assert_eq!(looks.len(), RUNS_EACH);
        let (least, most) = (looks.values().min().unwrap(), looks.values().max().unwrap());
        assert!(*least >= 5 && *most <= 3 * least, "each has its share: between {least} and {most} looks");
    }
    engine.observe_once().await.unwrap();
    let found = store.unplanned_runs(&UnplannedRunFilter::default()).await.unwrap();
    assert_eq!(found.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), ["other-1"]);
}
