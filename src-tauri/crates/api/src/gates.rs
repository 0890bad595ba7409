//! What waits for a person at a provider: list it, look at one with everything that one should know, answer it.

mod view;

pub use view::*;

pub(crate) use view::gate_heading;

use crate::decode::{id, optional_id};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::gate::Gate;
use pilothouse_engine::ports::store::GateFilter;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Which gates, last seen first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListGatesRequest {
    /// Of this product.
    pub product_id: Option<String>,
    /// Whose run is of this deployment.
    pub deployment_id: Option<String>,
    /// Only those that wait, whose answer is under way, or that the provider still shows although they were answered.
    pub open_only: bool,
    /// At most so many, 1 to 500; 0 means 100.
    pub limit: u32,
}

/// An answer to a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AnswerGateRequest {
    /// The gate's id.
    pub id: String,
    /// The answer.
    pub verdict: GateVerdictWord,
    /// Why; must be there to reject.
    pub comment: String,
    /// What was to be filled in. What is left out has its default.
    pub inputs: Vec<GateInputValue>,
}

/// Something that was filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GateInputValue {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A place that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UnseenPlaceView {
    /// The repository, project, folder or region.
    pub repository: String,
    /// Why not.
    pub error: ApiError,
}

impl Api {
    /// Gates, last seen first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_gates(&self, request: ListGatesRequest) -> Result<Vec<GateView>, ApiError> {
        let filter = GateFilter {
            product: optional_id("product_id", request.product_id.as_deref())?,
            deployment: optional_id("deployment_id", request.deployment_id.as_deref())?,
            open_only: request.open_only,
            limit: request.limit.min(500),
            ..GateFilter::default()
        };
        let mut gates = self.store().gates(&filter).await?;
        if filter.open_only {
            let newest = self.store().gates(&GateFilter { open_only: false, ..filter }).await?;
            let now = self.engine.now();
            gates.extend(newest.into_iter().filter(|gate| gate.lingers_until.is_some_and(|until| now < until)));
            gates.sort_by_key(|gate| std::cmp::Reverse((gate.first_seen_at, gate.id)));
        }
        let mut views = Vec::new();
        for gate in gates {
            views.push(self.gate_view(&gate).await?);
        }
        Ok(views)
    }

    /// One gate.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_gate(&self, request: IdRequest) -> Result<GateView, ApiError> {
        let gate = self.store().gate(id("id", &request.id)?).await?;
        self.gate_view(&gate).await
    }

    /// Answers a gate. Returns once the provider has said something, or its answer was lost: the gate's state tells which.
    ///
    /// # Errors
    /// `blocked` where policy is against approving; `conflict` where it waits no more or is being answered; `invalid`; or the
    /// provider's refusal, after which the gate still waits.
    pub async fn answer_gate(&self, request: AnswerGateRequest) -> Result<GateView, ApiError> {
        let inputs: Vec<(String, String)> = request.inputs.into_iter().map(|input| (input.name, input.value)).collect();
        let gate = id("id", &request.id)?;
        let gate = self.engine.answer_gate(&self.actor, gate, request.verdict.into(), &request.comment, &inputs).await?;
        self.gate_view(&gate).await
    }

    /// Looks at every provider what waits there now. Places that could not be looked at are named.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn look_at_gates(&self) -> Result<Vec<UnseenPlaceView>, ApiError> {
        let failures = self.engine.look_at_gates().await?;
        Ok(failures.into_iter().map(|(repository, error)| UnseenPlaceView { repository, error: error.into() }).collect())
    }

    async fn gate_view(&self, gate: &Gate) -> Result<GateView, ApiError> {
        let belongs = &gate.belongs;
        let connection = self.store().connection(gate.connection_id).await?;
        let product = match belongs.product_id {
            Some(id) => Some(self.store().product(id).await?),
            None => None,
        };
        let environments = match belongs.product_id {
            Some(id) => self.store().environments(Some(id)).await?,
            None => Vec::new(),
        };
        let deployment = match belongs.deployment_id {
            Some(id) => Some(self.store().deployment(id).await?),
            None => None,
        };
        let blockers = if gate.is_waiting() { self.engine.gate_blockers(gate).await? } else { Vec::new() };
        let known =
            Known { connection: &connection, product: product.as_ref(), environments: &environments, deployment: deployment.as_ref() };
        Ok(GateView::new(gate, &known, &blockers))
    }
}

#[cfg(test)]
mod phase_tests;
#[cfg(test)]
mod tests;
