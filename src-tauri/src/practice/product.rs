//! The product to practise on: what the product's own wizard would propose, with checks on the range's services. Must not know more
//! about the range than a person at its control page sees.

use pilothouse_api::{Api, ApiError, CheckDto, EnvironmentDto, ProbeDto, ProductDto, RepositoryRequest};
use pilothouse_range::{EnvironmentView, Range};

/// Seconds between two measurements: a person who practises wants to see what happens.
const INTERVAL_SECONDS: u32 = 5;
/// Seconds within which a deployment must be verified.
const VERIFY_SECONDS: u32 = 120;

/// The proposal for the range's repository.
pub(super) async fn suggested(api: &Api, range: &Range, connection_id: String) -> Result<ProductDto, ApiError> {
    let request = RepositoryRequest { connection_id, repository: range.repository() };
    let mut product = api.suggest_product(request).await?.product;
    product.name = format!("{} (practice)", product.name);
    for environment in &mut product.environments {
        if let Some(place) = range.environments().into_iter().find(|place| place.name == environment.name) {
            prepare(environment, &place);
        }
    }
    Ok(product)
}

fn prepare(environment: &mut EnvironmentDto, place: &EnvironmentView) {
    // Who practises is alone: their own approval counts, and nobody waits for a soak.
    environment.rules.self_approval = true;
    environment.rules.soak_minutes = 0;
    environment.rules.verify_seconds = VERIFY_SECONDS;
    let health = ProbeDto::Http {
        url: format!("{}/healthz", place.url),
        status_min: 200,
        status_max: 299,
        body_contains: None,
        slow_ms: Some(1_000),
    };
    let versions = ProbeDto::RunningVersion {
        urls: place.instances.iter().map(|instance| format!("{}/version", instance.url)).collect(),
        pointer: "/version".to_owned(),
    };
    environment.checks = vec![check("Health", health), check("Running version", versions)];
}

fn check(name: &str, probe: ProbeDto) -> CheckDto {
    CheckDto {
        id: None,
        name: name.to_owned(),
        probe,
        interval_seconds: INTERVAL_SECONDS,
        timeout_ms: 2_000,
        failure_threshold: 2,
        recovery_threshold: 2,
        enabled: true,
    }
}
