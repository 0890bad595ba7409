//! Runs of runbooks as they are shown.

use super::RunbookKindWord;
use crate::decode::shown;
use crate::evidence::EvidenceView;
use pilothouse_domain::evidence::Evidence;
use pilothouse_domain::runbook::{Doing, RunStep, RunbookEvent, RunbookRun, RunbookRunState, StepAction, StepState, apply};
use pilothouse_domain::{Actor, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::time::Duration;

/// A run of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunbookRunView {
    /// In short.
    pub summary: RunbookRunSummary,
    /// The product.
    pub product_id: String,
    /// What the runbook is for, in Markdown.
    pub purpose: String,
    /// Why it is run; may be empty.
    pub reason: String,
    /// Its parameters.
    pub parameters: Vec<GivenParameter>,
    /// Its steps, in order.
    pub steps: Vec<RunStepView>,
    /// The step that can be taken back.
    pub undoable_step_id: Option<String>,
    /// Minutes planned for all steps.
    pub planned_minutes: u32,
    /// Minutes planned for the steps that are done.
    pub planned_for_done: u32,
    /// Seconds that those took.
    pub took_seconds: u32,
    /// Seconds from the beginning to the end, or to now.
    pub elapsed_seconds: u32,
    /// Why it was stopped.
    pub stopped_because: Option<String>,
    /// By whom.
    pub stopped_by: Option<String>,
}

/// A run in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunbookRunSummary {
    /// Its id.
    pub id: String,
    /// The runbook.
    pub runbook_id: String,
    /// Its name.
    pub name: String,
    /// The number of its publication.
    pub number: u32,
    /// What it is for.
    pub kind: RunbookKindWord,
    /// The environment.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// The release, where it is run for one.
    pub release_id: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Where it is.
    pub state: RunbookStateWord,
    /// Steps.
    pub steps: u32,
    /// Steps that are settled.
    pub settled: u32,
    /// The title of the step whose turn it is.
    pub current: Option<String>,
    /// Who began it.
    pub begun_by: String,
    /// When.
    pub begun_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunbookStateWord {
    /// Something is done by itself.
    Running,
    /// Nothing goes on without a person.
    Waiting,
    /// A step failed; a person decides.
    Failed,
    /// Each step is settled.
    Completed,
    /// Given up before its end.
    Stopped,
}

/// A parameter with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GivenParameter {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunStepView {
    /// Its id.
    pub id: String,
    /// In a line.
    pub title: String,
    /// How, in Markdown.
    pub instructions: String,
    /// The role or person that does it.
    pub owner: Option<String>,
    /// Minutes that it should take.
    pub planned_minutes: Option<u32>,
    /// Whether it can be ticked only with evidence.
    pub needs_evidence: bool,
    /// True for what Pilothouse does.
    pub is_automatic: bool,
    /// True for one that asks whether to go on.
    pub is_go: bool,
    /// What it does, in words.
    pub what: String,
    /// Where it is.
    pub state: RunStepStateWord,
    /// Who did it, or started it.
    pub by: Option<String>,
    /// When it began.
    pub since: Option<String>,
    /// When it was settled, or went wrong.
    pub at: Option<String>,
    /// Seconds that it took, or takes until now.
    pub seconds: Option<u32>,
    /// What came of it, why it went wrong, or why it was left out.
    pub note: Option<String>,
    /// What can be done about a failure.
    pub next_step: Option<String>,
    /// What it waits for.
    pub waits_for: Option<String>,
    /// Until when it waits, at most.
    pub until: Option<String>,
    /// The page of the pipeline's run.
    pub run_url: Option<String>,
    /// The smoke run.
    pub smoke_run_id: Option<String>,
    /// True where the checklist of the release is what it waits for.
    pub opens_checklist: Option<String>,
    /// How often it went wrong before, oldest first.
    pub failures: Vec<FailedAttemptView>,
    /// Its evidence, oldest first.
    pub evidence: Vec<EvidenceView>,
}

/// A time that a step went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FailedAttemptView {
    /// When.
    pub at: String,
    /// Why.
    pub reason: String,
}

/// Where a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunStepStateWord {
    /// Not its turn yet.
    Pending,
    /// Waits until somebody starts it.
    Ready,
    /// Waits until somebody does it.
    ToDo,
    /// Under way by itself.
    Running,
    /// Done.
    Done,
    /// Went wrong.
    Failed,
    /// Left out.
    Skipped,
}

impl From<&RunbookRun> for RunbookRunSummary {
    fn from(run: &RunbookRun) -> Self {
        let count = |steps: usize| u32::try_from(steps).unwrap_or(u32::MAX);
        let is_failed = run.current().is_some_and(|step| matches!(step.state, StepState::Failed { .. }));
        Self {
            id: run.id.to_string(),
            runbook_id: run.runbook_id.to_string(),
            name: run.name.clone(),
            number: run.number,
            kind: run.kind.into(),
            environment_id: run.environment_id.to_string(),
            environment: run.environment.clone(),
            release_id: run.release_id.map(|id| id.to_string()),
            version: run.version.as_ref().map(ToString::to_string),
            state: match run.state {
                RunbookRunState::Completed { .. } => RunbookStateWord::Completed,
                RunbookRunState::Stopped { .. } => RunbookStateWord::Stopped,
                RunbookRunState::Running if is_failed => RunbookStateWord::Failed,
                RunbookRunState::Running if run.waits_for_person() => RunbookStateWord::Waiting,
                RunbookRunState::Running => RunbookStateWord::Running,
            },
            steps: count(run.steps.len()),
            settled: count(run.steps.iter().filter(|step| step.state.is_settled()).count()),
            current: run.current().map(|step| step.step.title.clone()),
            begun_by: run.begun_by.to_string(),
            begun_at: shown(run.begun_at),
            ended_at: run.state.ended_at().map(shown),
        }
    }
}

impl RunbookRunView {
    pub(super) fn new(run: &RunbookRun, evidence: &[Evidence], now: Timestamp) -> Self {
        let times = run.times(now);
        let undone = apply(run, None, RunbookEvent::Reopened { by: Actor::Engine }, now).ok();
        let undoable = undone.as_ref().and_then(RunbookRun::current).map(|step| step.step.id.to_string());
        let (stopped_because, stopped_by) = match &run.state {
            RunbookRunState::Stopped { by, reason, .. } => (Some(reason.clone()), Some(by.to_string())),
            _ => (None, None),
        };
        Self {
            summary: RunbookRunSummary::from(run),
            product_id: run.product_id.to_string(),
            purpose: run.purpose.clone(),
            reason: run.reason.clone(),
            parameters: run.parameters.iter().map(|(name, value)| GivenParameter { name: name.clone(), value: value.clone() }).collect(),
            steps: run.steps.iter().map(|step| RunStepView::new(step, evidence, now)).collect(),
            undoable_step_id: undoable,
            planned_minutes: times.planned_minutes,
            planned_for_done: times.planned_for_done,
            took_seconds: seconds(times.took),
            elapsed_seconds: seconds(times.elapsed),
            stopped_because,
            stopped_by,
        }
    }
}

impl RunStepView {
    fn new(known: &RunStep, evidence: &[Evidence], now: Timestamp) -> Self {
        let step = &known.step;
        let own = evidence.iter().filter(|evidence| evidence.owner.part == Some(step.id.uuid()));
        let mut view = Self {
            id: step.id.to_string(),
            title: step.title.clone(),
            instructions: step.instructions.clone(),
            owner: step.owner.clone(),
            planned_minutes: step.planned_minutes,
            needs_evidence: step.needs_evidence,
            is_automatic: step.action.is_automatic(),
            is_go: step.action == StepAction::Go,
            what: step.action.words(),
            state: RunStepStateWord::Pending,
            by: None,
            since: None,
            at: None,
            seconds: known.took(now).map(seconds),
            note: None,
            next_step: None,
            waits_for: None,
            until: None,
            run_url: None,
            smoke_run_id: None,
            opens_checklist: None,
            failures: known.failures.iter().map(|f| FailedAttemptView { at: shown(f.at), reason: f.reason.clone() }).collect(),
            evidence: own.map(EvidenceView::from).collect(),
        };
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        match &known.state {
            StepState::Pending => {}
            StepState::Ready { since } => (view.state, view.since) = (RunStepStateWord::Ready, Some(shown(*since))),
            StepState::Running { since, by, doing } => {
                view.state = if *doing == Doing::ByPerson { RunStepStateWord::ToDo } else { RunStepStateWord::Running };
                (view.since, view.by) = (Some(shown(*since)), Some(by.to_string()));
                view.wait_for(doing, &step.action);
            }
            StepState::Done { since, at, by, note } => {
                view.state = RunStepStateWord::Done;
                (view.since, view.at, view.by, view.note) = (Some(shown(*since)), Some(shown(*at)), Some(by.to_string()), some(note));
            }
            StepState::Failed { since, at, by, reason, next_step } => {
                view.state = RunStepStateWord::Failed;
                (view.since, view.at, view.by, view.note) = (Some(shown(*since)), Some(shown(*at)), Some(by.to_string()), some(reason));
                view.next_step = some(next_step);
            }
            StepState::Skipped { at, by, reason } => {
                view.state = RunStepStateWord::Skipped;
                (view.at, view.by, view.note) = (Some(shown(*at)), Some(by.to_string()), some(reason));
            }
        }
        view
    }

    fn wait_for(&mut self, doing: &Doing, action: &StepAction) {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        match doing {
            Doing::ByPerson => {}
            Doing::Asked => self.waits_for = some("is about to begin"),
            Doing::Waiting { until } => self.until = Some(shown(*until)),
            Doing::Triggered { run: None, .. } => self.waits_for = some("is being started at the provider"),
            Doing::Triggered { run: Some(run), .. } => {
                self.waits_for = Some(format!("run {} at the provider", run.external_id));
                self.run_url = some(&run.url);
            }
            Doing::Checking { until, waits_for } => (self.until, self.waits_for) = (Some(shown(*until)), some(waits_for)),
            Doing::Smoking { smoke_run_id } => {
                (self.smoke_run_id, self.waits_for) = (Some(smoke_run_id.to_string()), some("the smoke test to end"));
            }
            Doing::Listed { waits_for, .. } => {
                self.waits_for = some(waits_for);
                if let StepAction::Checklist { template_id, .. } = action {
                    self.opens_checklist = Some(template_id.to_string());
                }
            }
        }
    }
}

fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}
