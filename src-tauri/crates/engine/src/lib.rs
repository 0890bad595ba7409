//! The engine: the use cases of Pilothouse, the loop that carries deployments through to their end, and the health monitor.
//! Everything outside is reached through the traits in [`ports`].
//!
//! Must not: name an adapter, a database, a provider or the window; decide what is allowed (that is
//! [`pilothouse_domain::policy`]); or hold anything in memory that would be missed after a crash.

pub mod audit;
mod budgets;
mod carry;
mod change;
mod engine;
mod error;
mod facts;
mod monitor;
mod observe;
pub mod ports;
mod smoke;
mod turn;
pub mod usecases;

pub use audit::{ApprovalReport, ChainReport, FaultyApproval};
pub use engine::{Engine, Ports};
pub use error::EngineError;
pub use facts::{ProductFacts, ReleaseFacts, environment_health, environment_readings, merged};
