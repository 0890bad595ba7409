//! The rules of Pilothouse as plain data and pure functions: what a release, a deployment, a check and a lock are, how they
//! change, what is allowed, and how the audit chain is built.
//!
//! Must not: do I/O, read a clock, make an id, be async, or know a database, a provider's wire format or the window. Time and
//! ids come in as arguments, so that every rule can be replayed.

pub mod actor;
pub mod approval;
pub mod arriving;
pub mod audit;
pub mod calendar;
pub mod canonical;
pub mod changelog;
pub mod check;
pub mod checklist;
pub mod connection;
pub mod coordinated_release;
pub mod deployment;
pub mod document;
pub mod evidence;
pub mod gate;
pub mod hotfix;
pub mod ids;
pub mod incident;
pub mod lock;
pub mod manual_run;
pub mod metrics;
pub mod network;
pub mod paths;
pub mod pipeline;
pub mod plan_difference;
pub mod policy;
pub mod product;
pub mod publication;
pub mod record;
pub mod rehearsal;
pub mod release;
pub mod review;
pub mod risk;
pub mod rollout;
pub mod runbook;
pub mod scheduled_start;
pub mod settings;
pub mod signature;
pub mod smoke;
pub mod strict_yaml;
pub mod target_date;
pub mod team;
pub mod time;
pub mod train;
pub mod training;
pub mod uat;
pub mod unplanned;
pub mod version;

pub use actor::Actor;
pub use ids::*;
pub use time::Timestamp;
pub use version::Version;
