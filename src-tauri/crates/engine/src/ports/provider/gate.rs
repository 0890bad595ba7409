//! What waits for a person at a provider: GitHub's deployment reviews, GitLab's manual jobs and deployment approvals, Jenkins's
//! input steps, CodePipeline's manual approvals.

use super::catalogue::{InputKind, InputSpec};
use pilothouse_domain::Timestamp;
use pilothouse_domain::gate as domain;

/// Something that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// What [`GateAnswer::gate`] names it by. Unique in its repository while it waits; only its adapter reads it. Holds no secret.
    pub external_id: String,
    /// The run that waits.
    pub run: String,
    /// The pipeline of that run, as in [`PipelineSummary::pipeline`](super::PipelineSummary).
    pub pipeline: String,
    /// What kind of gate it is.
    pub kind: GateKind,
    /// What it is called there: the environment's, job's, step's or action's name.
    pub title: String,
    /// What its author says about it; empty where nothing.
    pub message: String,
    /// The environment behind it, where the provider knows.
    pub environment: Option<String>,
    /// Who started the run, where the provider tells.
    pub started_by: Option<String>,
    /// Since when it waits, where the provider tells.
    pub since: Option<Timestamp>,
    /// When it gives up waiting, where it does.
    pub expires_at: Option<Timestamp>,
    /// Its page at the provider.
    pub url: String,
    /// What must be filled in to approve.
    pub inputs: Vec<InputSpec>,
    /// Whether our account may answer, where the provider tells beforehand.
    pub can_answer: Option<bool>,
    /// False where it can only be approved or left alone.
    pub can_reject: bool,
    /// Whether an answer keeps a comment.
    pub takes_comment: bool,
}

/// Kinds of gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// A deployment to a protected environment.
    Deployment,
    /// A job that somebody must start.
    ManualJob,
    /// A question in the middle of a run.
    Input,
    /// A step whose purpose is an approval.
    Approval,
}

/// An answer to a gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateAnswer {
    /// Its run.
    pub run: String,
    /// Which gate: [`Gate::external_id`].
    pub gate: String,
    /// The answer.
    pub verdict: GateVerdict,
    /// Why. Kept where the provider has a place for it.
    pub comment: String,
    /// Name and value of what was to be filled in.
    pub inputs: Vec<(String, String)>,
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateVerdict {
    /// Go on.
    Approve,
    /// Don't.
    Reject,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateOutcome {
    /// It was taken.
    Taken,
    /// Somebody else had answered before, or the gate is gone; ours changed nothing.
    TooLate,
}

impl Gate {
    /// Its names (its own, its run's, its pipeline's), and what it says, as they are kept.
    #[must_use]
    pub fn into_seen(self) -> ((String, String, String), domain::GateDetails) {
        let details = domain::GateDetails {
            kind: self.kind.into(),
            title: self.title,
            message: self.message,
            environment: self.environment,
            started_by: self.started_by,
            since: self.since,
            expires_at: self.expires_at,
            url: self.url,
            inputs: self.inputs.into_iter().map(Into::into).collect(),
            can_answer: self.can_answer,
            can_reject: self.can_reject,
            takes_comment: self.takes_comment,
        };
        ((self.external_id, self.run, self.pipeline), details)
    }
}

impl From<GateKind> for domain::GateKind {
    fn from(kind: GateKind) -> Self {
        match kind {
            GateKind::Deployment => Self::Deployment,
            GateKind::ManualJob => Self::ManualJob,
            GateKind::Input => Self::Input,
            GateKind::Approval => Self::Approval,
        }
    }
}

impl From<domain::GateVerdict> for GateVerdict {
    fn from(verdict: domain::GateVerdict) -> Self {
        match verdict {
            domain::GateVerdict::Approve => Self::Approve,
            domain::GateVerdict::Reject => Self::Reject,
        }
    }
}

impl From<InputSpec> for domain::GateInput {
    fn from(spec: InputSpec) -> Self {
        Self {
            name: spec.name,
            description: spec.description,
            kind: match spec.kind {
                InputKind::Text | InputKind::Environment => domain::GateInputKind::Text,
                InputKind::Choice(options) => domain::GateInputKind::Choice { options },
                InputKind::Boolean => domain::GateInputKind::Boolean,
                InputKind::Number => domain::GateInputKind::Number,
            },
            required: spec.required,
            default: spec.default,
            // What a provider doesn't show anywhere is not shown here either.
            hidden: spec.is_secret,
        }
    }
}
