//! The practice range of Pilothouse: the REST APIs of GitHub and GitLab over a real Git repository, a Jenkins and an AWS CodePipeline
//! beside them, and a fleet of small real services that all of them deploy to, on loopback, with faults to order. For rehearsal,
//! training and tests.
//!
//! It depends on no other package of the product, and the product never depends on it: a client reaches it as it reaches
//! GitHub, by an address and a token.
//!
//! ```no_run
//! # async fn example() -> Result<(), pilothouse_range::RangeError> {
//! use pilothouse_range::{Fault, Operation, Order, Range, RangeOptions};
//!
//! let range = Range::start(RangeOptions::fast()).await?;
//! println!("{} {} {}", range.github_url(), range.repository(), range.token());
//! range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::Dispatch))?;
//! // ... drive a client against it ...
//! assert_eq!(range.stats().dispatches_of("deploy.yml", "run-1"), 1);
//! range.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod actions;
mod artifacts;
mod codepipeline;
mod control;
mod deployments;
mod error;
mod faults;
mod fleet;
mod github;
mod gitlab;
mod issues;
mod jenkins;
mod limits;
mod lock;
mod log_store;
mod options;
mod people;
mod range;
mod releases;
mod repository;
mod script;
mod serve;
mod site;
mod stats;
mod tokens;

pub use actions::run::{Conclusion, Status};
pub use actions::{JobView, RunView, StepView};
pub use codepipeline::{AwsKey, AwsKeys, ExecutionStatus, ExecutionView};
pub use error::RangeError;
pub use faults::{ActiveFault, Fault, FaultId, Faults, Operation, Order, Scope, Times};
pub use fleet::{EnvironmentView, InstanceState, InstanceView};
pub use gitlab::{PipelineJobView, PipelineView};
pub use issues::IssueView;
pub use jenkins::{JenkinsAccount, JenkinsAccounts, JenkinsRunView, JenkinsStanding};
pub use options::{Ports, RangeOptions};
pub use range::{Range, RangeSummary};
pub use repository::Push;
pub use stats::{AcceptedDispatch, RequestRecord, StatsSnapshot};
pub use tokens::Tokens;
