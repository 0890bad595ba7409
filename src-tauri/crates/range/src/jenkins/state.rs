//! What the range's Jenkins holds: folders and jobs, the queue, builds. No time passes here; the runner moves it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::access::Sessions;

/// Kinds of item, by their Java class.
pub(super) const FOLDER: &str = "com.cloudbees.hudson.plugins.folder.Folder";
pub(super) const MULTIBRANCH: &str = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject";
pub(super) const PIPELINE: &str = "org.jenkinsci.plugins.workflow.job.WorkflowJob";
pub(super) const FREESTYLE: &str = "hudson.model.FreeStyleProject";
pub(super) const EXTERNAL: &str = "hudson.model.ExternalJob";

/// A declared parameter.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// E.g. `StringParameterDefinition`.
    pub(super) kind: &'static str,
    pub(super) description: &'static str,
    pub(super) choices: &'static [&'static str],
    pub(super) default: &'static str,
}

/// What a build of a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Builds a version, asks before a protected environment, deploys it and looks at it afterwards.
    Deploy { asks_for_ticket: bool },
    /// Looks at what runs.
    Verify,
    /// Nothing that can be built.
    None,
}

/// A folder, project or job.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Names from the root on, joined by slashes, as Jenkins has them: `nordwind/checkout/deploy/feature%2Fx`.
    pub(super) full_name: String,
    pub(super) class: &'static str,
    pub(super) description: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) work: Work,
    pub(super) disabled: bool,
    /// Its Jenkinsfile declares the parameters: unknown before the first build.
    pub(super) learns: bool,
    /// Ascending by number.
    pub(super) builds: Vec<Build>,
}

/// A build.
#[derive(Debug, Clone)]
pub(super) struct Build {
    pub(super) number: u64,
    pub(super) queue_id: u64,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) cause: Cause,
    pub(super) started_at: DateTime<Utc>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    pub(super) result: Option<&'static str>,
    pub(super) stages: Vec<Stage>,
    pub(super) input: Option<Input>,
    pub(super) log: String,
    pub(super) cancel: CancellationToken,
}

/// Why a build was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    User(String),
    Replay { by: String, of: u64 },
}

/// A stage that has begun.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) status: &'static str,
    pub(super) started_at: DateTime<Utc>,
    pub(super) ended_at: Option<DateTime<Utc>>,
}

/// An input step that waits.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) id: String,
    pub(super) message: String,
    pub(super) asks_for_ticket: bool,
    pub(super) verdict: Option<bool>,
}

/// Something in the queue, or that was there a moment ago.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) id: u64,
    pub(super) job: String,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) cause: Cause,
    pub(super) since: DateTime<Utc>,
    pub(super) left_at: Option<Instant>,
    pub(super) build: Option<u64>,
    pub(super) cancel: CancellationToken,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Jenkins {
    /// The root URL that it is configured with, and that its own addresses begin with.
    pub(super) root: String,
    pub(super) items: Vec<Item>,
    pub(super) queue: Vec<Waiting>,
    pub(super) queued: u64,
    pub(super) is_quiet: bool,
    pub(super) sessions: Sessions,
}

impl Item {
    pub(super) fn name(&self) -> &str {
        self.full_name.rsplit('/').next().unwrap_or(&self.full_name)
    }

    pub(super) fn is_parent(&self) -> bool {
        matches!(self.class, FOLDER | MULTIBRANCH)
    }

    /// The parameters that Jenkins knows of.
    pub(super) fn known_parameters(&self) -> &[Parameter] {
        if self.learns && self.builds.is_empty() { &[] } else { &self.parameters }
    }
}

impl Build {
    pub(super) fn say(&mut self, text: &str) {
        for line in text.lines() {
            self.log.push_str(line);
            self.log.push('\n');
        }
    }
}

impl Jenkins {
    pub(super) fn item(&self, full_name: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.full_name == full_name)
    }

    pub(super) fn item_mut(&mut self, full_name: &str) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.full_name == full_name)
    }

    /// The items directly in a folder; of the root for "".
    pub(super) fn children<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a Item> {
        self.items.iter().filter(move |item| {
            let parent = item.full_name.rsplit_once('/').map_or("", |(parent, _)| parent);
            parent == folder
        })
    }

    pub(super) fn build(&self, job: &str, number: u64) -> Option<&Build> {
        self.item(job)?.builds.iter().find(|build| build.number == number)
    }

    pub(super) fn build_mut(&mut self, job: &str, number: u64) -> Option<&mut Build> {
        self.item_mut(job)?.builds.iter_mut().find(|build| build.number == number)
    }

    pub(super) fn waiting(&self, id: u64) -> Option<&Waiting> {
        self.queue.iter().find(|waiting| waiting.id == id)
    }

    pub(super) fn waiting_mut(&mut self, id: u64) -> Option<&mut Waiting> {
        self.queue.iter_mut().find(|waiting| waiting.id == id)
    }
}
