//! What the steps of a job do: the log as GitHub writes it around the script that a step runs.

use std::time::Duration;

use crate::faults::Fault;
use crate::script::{self, Console};
use crate::site::Site;

use super::run::Step;
use super::runner::Work;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Failed,
    Cancelled,
}

/// Runs one step of the job at `index`; `failing` is the fault that makes it fail.
pub(super) async fn run(work: &Work, index: usize, step: &Step, failing: Option<&Fault>) -> Outcome {
    if !step.command.is_empty() {
        work.say(index, &format!("##[group]{}\n{}\n##[endgroup]", step.name, step.command));
    } else {
        work.say(index, &format!("##[group]{}\n##[endgroup]", step.name));
    }
    let done = script::run(&StepConsole { work, index }, &step.command, failing).await;
    match done {
        _ if work.cancel.is_cancelled() => Outcome::Cancelled,
        Some(true) if failing.is_none() => Outcome::Done,
        Some(true) => {
            work.say(index, "##[error]ordered on the practice range: this step fails");
            Outcome::Failed
        }
        Some(false) | None => Outcome::Failed,
    }
}

struct StepConsole<'a> {
    work: &'a Work,
    index: usize,
}

impl Console for StepConsole<'_> {
    fn site(&self) -> &Site {
        &self.work.site
    }

    fn say(&self, text: &str) {
        self.work.say(self.index, text);
    }

    fn complain(&self, text: &str) {
        self.say(&format!("##[error]{text}"));
    }

    fn head(&self) -> (String, String) {
        (self.work.value("github.ref_name"), self.work.value("github.sha"))
    }

    async fn wait(&self, time: Duration) -> bool {
        self.work.wait(time).await
    }
}
