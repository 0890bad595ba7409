//! What can go wrong in a developer command, said so that the reader knows the way out.

use std::io;

/// An error of a developer command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Reading, writing or starting something failed.
    #[error("{action}: {source}")]
    Io {
        /// What was tried, with its path or program.
        action: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A program ended with a failure.
    #[error("`{command}` {outcome}")]
    Command {
        /// The command line as a person would type it.
        command: String,
        /// How it ended, for example "ended with exit status: 1".
        outcome: String,
    },
    /// A step of a longer command failed.
    #[error("step \"{step}\" failed: {cause}\n\nonly this step again: {rerun}")]
    Step {
        /// The step's name, as `--only` takes it.
        step: String,
        /// Why.
        cause: Box<Error>,
        /// The command that runs this step alone.
        rerun: String,
    },
    /// A condition doesn't hold; the text says which, and what to do about it.
    #[error("{0}")]
    Unmet(String),
    /// Ctrl-C or a termination signal.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// Attaches what was tried to an I/O error.
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }

    /// Whether the command ended because a person or the system asked it to.
    pub(crate) fn is_interrupt(&self) -> bool {
        match self {
            Self::Interrupted => true,
            Self::Step { cause, .. } => cause.is_interrupt(),
            Self::Io { .. } | Self::Command { .. } | Self::Unmet(_) => false,
        }
    }
}

/// The result of a developer command.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;
