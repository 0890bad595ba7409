//! What must hold of the domain's rules whatever happens: the machines under any sequence of events, the policy under any facts,
//! the stored forms of every type. A failing case is printed with its input and kept nowhere: it becomes a test with a name.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod checklists;
mod cooperation;
mod coordinated_releases;
mod deployment;
mod documents;
mod driver;
mod gates;
mod hotfix;
mod mishaps;
mod policy;
mod provider_gates;
mod release;
mod replanning;
mod risk;
mod rollout;
mod runbooks;
mod samples;
mod scheduling;
mod smoke;
mod stored_forms;
mod uat;
mod unplanned;
mod world;

use proptest::test_runner::Config;

/// `PROPTEST_CASES` sets how many cases are tried.
fn config() -> Config {
    Config { failure_persistence: None, ..Config::default() }
}
