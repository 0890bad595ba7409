//! A Jenkins as far as a release tool uses it, over the same fleet as the range's GitHub: folders, a multibranch project, jobs with
//! parameters, a queue that folds and forgets, input steps, crumbs. It lives below a context path, and may be configured with another root
//! URL than the one that clients use, as many are.

mod access;
mod decisions;
mod gate;
mod layout;
mod pages;
mod queue;
mod routes;
mod runner;
mod shapes;
mod state;
mod tree;
mod view;

use std::sync::Arc;

use axum::Router;

pub use access::{JenkinsAccount, JenkinsAccounts};
pub(crate) use layout::make;
pub(crate) use shapes::FOREIGN_ROOT;
pub(crate) use state::Jenkins;
pub use view::{JenkinsRunView, JenkinsStanding};

use crate::lock::lock;
use crate::site::Site;

/// The context path.
pub(crate) const CONTEXT: &str = "/jenkins";

/// Everything below the context path.
pub(crate) fn router(site: &Arc<Site>) -> Router {
    Router::new().fallback(gate::serve).with_state(Arc::clone(site))
}

/// Ends all sessions, as a restart does: crumbs are worth nothing any more.
pub(crate) fn end_sessions(site: &Site) {
    lock(&site.jenkins).sessions.end_all();
}
