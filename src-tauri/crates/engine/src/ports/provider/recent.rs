//! What began at a pipeline since a moment, and how far back it was read.

use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::Run;

/// Runs that began since a moment, whoever started them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentRuns {
    /// Newest first, without jobs.
    pub runs: Vec<Run>,
    /// When the newest that was read began, also where it is none of `runs`: some lists hold what the code started by itself.
    pub newest: Option<Timestamp>,
    /// Those of that time that began before this were not read; `None` where all were.
    pub cut_at: Option<Timestamp>,
}

impl RecentRuns {
    /// Of `runs`, newest first, at most so many. `is_cut` where there may be older ones of that time.
    #[must_use]
    pub fn of(mut runs: Vec<Run>, most: usize, is_cut: bool) -> Self {
        let is_cut = is_cut || runs.len() > most;
        runs.truncate(most);
        let began = || runs.iter().filter_map(|run| run.created_at);
        let (newest, oldest) = (began().max(), began().min());
        Self { newest, cut_at: oldest.filter(|_| is_cut), runs }
    }
}
