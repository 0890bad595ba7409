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
use pilothouse_domain::{Actor, Version};
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
        ConnectionForm { default_base_url: "https://provider.example", fields: &[], needs: &[], secret_may_hold_spaces: false }
    }
}

/// A product at a provider, with an environment for each run, and the runs.
async fn deploy_everywhere(engine: &Engine, store: &dyn Store, number: usize) {
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
        environments: (0..RUNS_EACH).map(place).collect(),
    };
    let product = engine.add_product(&mira, product).await.unwrap();
    engine.observe_once().await.unwrap();
    let version = Version::new(1, 0, 0);
    let new = NewRelease { product_id: product.id, source_name: "v1.0.0".into(), version, source_kind: SourceKind::Tag, notes: None };
    let release = engine.draft_release(&mira, new).await.unwrap();
    let release = engine.plan_release(&mira, release.id, &[], "").await.unwrap();
    for environment in store.environments(Some(product.id)).await.unwrap() {
        engine.deploy(&mira, release.id, environment.id).await.unwrap();
    }
}

#[tokio::test]
async fn two_hundred_runs_are_followed_within_what_four_providers_answer() {
    let world = World::new(7, false);
    let services = Services::new(Arc::clone(&world));
    let providers: Vec<_> =
        (0..PROVIDERS).map(|_| SimProvider::limited(Arc::clone(&world), Arc::clone(&services), CALLS_AN_HOUR)).collect();
    let store: Arc<dyn Store> = Arc::new(MemoryDatabase::default().open(StoreOptions::default()));
    let ports = Ports {
        store: Arc::clone(&store),
        providers: Arc::new(Four(providers.clone())),
        keychain: Arc::clone(&world) as _,
        notifier: Arc::clone(&world) as _,
        prober: services,
        clock: Arc::clone(&world) as _,
        ids: Arc::clone(&world) as _,
    };
    let engine = Engine::new(ports, Pacing::default());
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
