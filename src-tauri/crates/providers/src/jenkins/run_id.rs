//! How a run is named: by its job and its place in the queue, `shop/deploy#q17`. A run is in the queue first and has no number yet, and
//! its build keeps the queue's number, so that the name holds from the trigger to the end. Builds that were made before Jenkins kept
//! it are named by their own number: `shop/deploy#12`.

use super::place::Place;
use super::wire::Build;
use crate::failure::failure;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind};

/// A run's name within a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunId {
    /// The job's full name from the repository on.
    pub(super) job: String,
    pub(super) which: Which,
}

/// Which run of its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// By its number in the queue.
    Queued(u64),
    /// By the build's own number.
    Numbered(u64),
}

impl RunId {
    /// Reads a name.
    pub(super) fn parse(text: &str) -> Result<Self, ProviderError> {
        let read = || {
            let (job, number) = text.rsplit_once('#')?;
            let which = match number.strip_prefix('q') {
                Some(queue) => Which::Queued(queue.parse().ok()?),
                None => Which::Numbered(number.parse().ok()?),
            };
            (!job.is_empty()).then(|| Self { job: job.to_owned(), which })
        };
        read().ok_or_else(|| {
            let shown: String = text.chars().take(100).flat_map(char::escape_debug).collect();
            failure(Kind::NotFound, format!("`{shown}` names no run of Jenkins."), "Look for the run at Jenkins.")
        })
    }

    /// The name of a run that is in the queue.
    pub(super) fn queued(job: String, queue: u64) -> Self {
        Self { job, which: Which::Queued(queue) }
    }

    /// The name of a build.
    pub(super) fn of(job: String, build: &Build) -> Self {
        let which = match build.queue_id.and_then(|id| u64::try_from(id).ok()) {
            Some(queue) => Which::Queued(queue),
            None => Which::Numbered(build.number),
        };
        Self { job, which }
    }

    /// Where its job is.
    pub(super) fn place(&self, repository: &str) -> Result<Place, ProviderError> {
        Place::repository(repository)?.below(&self.job)
    }
}

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.which {
            Which::Queued(queue) => write!(f, "{}#q{queue}", self.job),
            Which::Numbered(number) => write!(f, "{}#{number}", self.job),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        for text in ["deploy/feature%2Fx#q17", "a b/deploy#12"] {
            assert_eq!(RunId::parse(text).unwrap().to_string(), text);
        }
        for bad in ["1", "deploy", "deploy#", "deploy#x1", "#q1", "deploy#q", "deploy#-1"] {
            assert_eq!(RunId::parse(bad).unwrap_err().kind, Kind::NotFound, "{bad}");
        }
    }

    #[test]
    fn an_old_build_is_named_by_its_number() {
        let of = |queue_id| RunId::of("x".into(), &Build { number: 3, queue_id, ..Build::default() }).to_string();
        assert_eq!((of(Some(9)), of(Some(-1)), of(None)), ("x#q9".into(), "x#3".into(), "x#3".into()));
    }
}
