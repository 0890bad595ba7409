//! When an environment may go back by itself. Sources: Kargo, "Auto-Rollback"; GitLab, "Auto Rollback"; both guard against loops and
//! against acting on old news. Must not choose where to: that is a rollback like any other.

use crate::deployment::{Deployment, PhaseState};
use crate::{Actor, Timestamp};
use std::time::Duration;

/// A failure that is older than this is told to a person: the machine slept, or nobody looked.
pub const NEWS: Duration = Duration::from_secs(20 * 60);
/// Within this time an environment goes back by itself once.
pub const ONCE_IN: Duration = Duration::from_secs(60 * 60);

/// Whether an environment may go back from this deployment by itself. `deployments` are those that policy knows.
///
/// # Errors
/// Why not, in words.
pub fn automatic_rollback(deployments: &[Deployment], failing: &Deployment, now: Timestamp) -> Result<(), String> {
    let Some(PhaseState::Failing { rolls_back_at, .. }) = failing.current_phase().map(|phase| &phase.state) else {
        return Err("it was not found bad".to_owned());
    };
    if failing.is_rollback() {
        return Err("a rollback is never rolled back by itself".to_owned());
    }
    if now.since(*rolls_back_at) > NEWS {
        return Err(format!("it should have at {rolls_back_at}, and that is too long ago"));
    }
    let here = || deployments.iter().filter(|d| d.environment_id == failing.environment_id && d.id != failing.id);
    if let Some(other) = here().find(|d| !d.state.is_terminal()) {
        return Err(format!("{} is under way there too", other.version));
    }
    let lately = |d: &&Deployment| d.is_rollback() && d.requested_by == Actor::Engine && now.since(d.requested_at) < ONCE_IN;
    match here().find(lately) {
        Some(before) => {
            Err(format!("{} went back to {} by itself at {} already", failing.environment, before.version, before.requested_at))
        }
        None => Ok(()),
    }
}
