//! What can keep the range from starting, each with the way out. Faults a person orders are not errors: see `faults`.

use std::path::PathBuf;
use std::time::Duration;

/// Why the range could not start or do what its own control was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// No `git` on the PATH: the repository is a real one, made by the command line.
    #[error("git was not found: install git (Debian: apt install git) and start the range again")]
    GitMissing,
    /// A git command answered with an error.
    #[error("git {command} failed: {detail}")]
    Git {
        /// The command, without its input.
        command: String,
        /// What git wrote to its standard error, or its exit status where it wrote nothing.
        detail: String,
    },
    /// A git command did not end in time and was killed.
    #[error("git {command} did not end within {} s and was stopped", limit.as_secs())]
    GitTimeout {
        /// The command, without its input.
        command: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// A loopback port could not be taken.
    #[error("port {port} for {what} could not be opened on 127.0.0.1: {source}. Choose another --port-base, or none for free ports")]
    Port {
        /// Who wanted to listen there.
        what: String,
        /// The port asked for; 0 means any free one.
        port: u16,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A folder or file of the range could not be made.
    #[error("{} could not be written: {source}", path.display())]
    Folder {
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A fault was ordered that makes no sense here.
    #[error("this fault can't be ordered: {0}")]
    Order(String),
    /// Something waited for did not happen in time.
    #[error("{what} did not happen within {} ms", limit.as_millis())]
    Waited {
        /// What was waited for.
        what: String,
        /// For how long.
        limit: Duration,
    },
    /// A commit or tag that the control was asked to add has an unusable name or path.
    #[error("this push can't be made: {0}")]
    Push(String),
}
