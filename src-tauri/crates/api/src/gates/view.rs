//! A gate as it is shown.

use crate::blockers::{BlockerView, shown_blockers};
use crate::decode::shown;
use crate::lookups::{InputKindWord, InputView};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::gate::{Gate, GateInput, GateInputKind, GateKind, GateState, GateVerdict, GivenAnswer, GoneCause};
use pilothouse_domain::policy::Blocker;
use pilothouse_domain::product::{Environment, Product};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Something at a provider that waits, or waited, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GateView {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub state: GateStateWord,
    /// That in a sentence; empty while it simply waits.
    pub state_reason: String,
    /// What to do about that; mostly empty.
    pub next_step: String,
    /// What to do, the verb first: "Let Checkout 1.4.0 go to production".
    pub heading: String,
    /// What kind of gate it is.
    pub kind: GateKindWord,
    /// What it is called at the provider.
    pub title: String,
    /// What its author says about it; may be empty.
    pub message: String,
    /// The connection through which it is seen.
    pub connection_id: String,
    /// That connection's name.
    pub connection: String,
    /// The provider's name.
    pub provider: String,
    /// The repository, project, folder or region.
    pub repository: String,
    /// The pipeline.
    pub pipeline: String,
    /// The provider's id of the run.
    pub run: String,
    /// Its page at the provider; may be empty.
    pub url: String,
    /// Who started the run there, where the provider tells.
    pub started_by: Option<String>,
    /// Since when it waits.
    pub since: String,
    /// When it gives up waiting, where it does.
    pub expires_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// The product's id.
    pub product_id: Option<String>,
    /// The product's name.
    pub product: Option<String>,
    /// The environment's id.
    pub environment_id: Option<String>,
    /// The environment's name; the provider's where it is none of ours.
    pub environment: Option<String>,
    /// The release that is on its way.
    pub release_id: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The deployment whose run waits.
    pub deployment_id: Option<String>,
    /// Who asked for that deployment.
    pub requested_by: Option<String>,
    /// What is to be filled in to approve.
    pub inputs: Vec<GateInputView>,
    /// Why it can't be approved; none where it can.
    pub approve_obstacle: Option<String>,
    /// Why it can't be rejected; none where it can.
    pub reject_obstacle: Option<String>,
    /// The rules that stand against approving it.
    pub blockers: Vec<BlockerView>,
    /// Whether the provider keeps a comment; else only Pilothouse does.
    pub takes_comment: bool,
    /// Whether approving is to be asked twice: it goes to the last environment, or nobody knows where.
    pub needs_confirmation: bool,
    /// The answer that was given last.
    pub answer: Option<GateAnswerView>,
    /// An answer that was taken before it waited again, or still for somebody else.
    pub answered_before: Option<GateAnswerView>,
    /// The answer was taken, and the provider still shows it: until then that is taken for lateness.
    #[serde(default)]
    pub lingers_until: Option<String>,
}

/// Something to be filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GateInputView {
    /// What it is.
    pub input: InputView,
    /// True where its value must not be shown.
    pub hidden: bool,
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GateAnswerView {
    /// The answer.
    pub verdict: GateVerdictWord,
    /// Why; may be empty for an approval.
    pub comment: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
}

/// Where a gate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum GateStateWord {
    /// Waits for a person.
    Waiting,
    /// An answer is under way.
    Answering,
    /// Whether the answer has arrived isn't known yet.
    AnswerUnknown,
    /// Our answer was taken.
    Answered,
    /// Somebody was faster.
    TooLate,
    /// It waits no more.
    Gone,
}

/// Kinds of gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum GateKindWord {
    /// A deployment to a protected environment.
    Deployment,
    /// A job that somebody must start.
    ManualJob,
    /// A question in the middle of a run.
    Input,
    /// A step whose purpose is an approval.
    Approval,
}

/// Answers to a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdictWord {
    /// Go on.
    Approve,
    /// Don't.
    Reject,
}

impl From<GateVerdictWord> for GateVerdict {
    fn from(word: GateVerdictWord) -> Self {
        match word {
            GateVerdictWord::Approve => Self::Approve,
            GateVerdictWord::Reject => Self::Reject,
        }
    }
}

impl From<GateVerdict> for GateVerdictWord {
    fn from(verdict: GateVerdict) -> Self {
        match verdict {
            GateVerdict::Approve => Self::Approve,
            GateVerdict::Reject => Self::Reject,
        }
    }
}

impl From<GateKind> for GateKindWord {
    fn from(kind: GateKind) -> Self {
        match kind {
            GateKind::Deployment => Self::Deployment,
            GateKind::ManualJob => Self::ManualJob,
            GateKind::Input => Self::Input,
            GateKind::Approval => Self::Approval,
        }
    }
}

impl From<&GateState> for GateStateWord {
    fn from(state: &GateState) -> Self {
        match state {
            GateState::Waiting { .. } => Self::Waiting,
            GateState::Answering { .. } => Self::Answering,
            GateState::AnswerUnknown { .. } => Self::AnswerUnknown,
            GateState::Answered { .. } => Self::Answered,
            GateState::TooLate { .. } => Self::TooLate,
            GateState::Gone { .. } => Self::Gone,
        }
    }
}

impl From<&GivenAnswer> for GateAnswerView {
    fn from(answer: &GivenAnswer) -> Self {
        Self { verdict: answer.verdict.into(), comment: answer.comment.clone(), by: answer.by.to_string(), at: shown(answer.at) }
    }
}

impl From<&GateInput> for GateInputView {
    fn from(input: &GateInput) -> Self {
        let (kind, choices) = match &input.kind {
            GateInputKind::Text => (InputKindWord::Text, Vec::new()),
            GateInputKind::Choice { options } => (InputKindWord::Choice, options.clone()),
            GateInputKind::Boolean => (InputKindWord::Boolean, Vec::new()),
            GateInputKind::Number => (InputKindWord::Number, Vec::new()),
        };
        let view = InputView {
            name: input.name.clone(),
            description: input.description.clone(),
            kind,
            choices,
            required: input.required,
            default_value: input.default.clone(),
            shown_in_title: !input.hidden,
            is_secret: input.hidden,
        };
        Self { input: view, hidden: input.hidden }
    }
}

/// What is known about what a gate belongs to.
pub(crate) struct Known<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) product: Option<&'a Product>,
    /// The product's, in promotion order.
    pub(crate) environments: &'a [Environment],
    pub(crate) deployment: Option<&'a Deployment>,
}

impl GateView {
    pub(crate) fn new(gate: &Gate, known: &Known<'_>, blockers: &[Blocker]) -> Self {
        let (seen, belongs) = (&gate.seen, &gate.belongs);
        let environment = known.environments.iter().find(|environment| Some(environment.id) == belongs.environment_id);
        let name = environment.map(|environment| environment.name.clone()).or_else(|| seen.environment.clone());
        let provider = known.connection.kind.name();
        let obstacle = obstacle(gate, provider);
        let cannot_reject = (!seen.can_reject).then(|| format!("{provider} can't reject this: it can only be approved or left alone."));
        let (state_reason, next_step) = reason(gate, provider);
        let not_taken = match &gate.state {
            GateState::Waiting { not_taken } => not_taken.as_ref().map(|not| &not.answer),
            _ => None,
        };
        Self {
            id: gate.id.to_string(),
            state: (&gate.state).into(),
            state_reason,
            next_step,
            heading: gate_heading(gate, known.product, environment, known.deployment),
            kind: seen.kind.into(),
            title: seen.title.clone(),
            message: seen.message.clone(),
            connection_id: gate.connection_id.to_string(),
            connection: known.connection.name.clone(),
            provider: provider.to_owned(),
            repository: gate.repository.clone(),
            pipeline: gate.pipeline.clone(),
            run: gate.run.clone(),
            url: seen.url.clone(),
            started_by: seen.started_by.clone(),
            since: shown(gate.waits_since()),
            expires_at: seen.expires_at.map(shown),
            ended_at: gate.state.ended_at().map(shown),
            product_id: belongs.product_id.map(|id| id.to_string()),
            product: known.product.map(|product| product.name.clone()),
            environment_id: belongs.environment_id.map(|id| id.to_string()),
            needs_confirmation: is_grave(name.as_deref(), environment, known.environments),
            environment: name,
            release_id: belongs.release_id.map(|id| id.to_string()),
            version: known.deployment.map(|deployment| deployment.version.to_string()),
            deployment_id: belongs.deployment_id.map(|id| id.to_string()),
            requested_by: known.deployment.map(|deployment| deployment.requested_by.to_string()),
            inputs: seen.inputs.iter().map(GateInputView::from).collect(),
            approve_obstacle: obstacle.clone().or_else(|| blockers.first().map(|blocker| format!("{}.", blocker.title))),
            reject_obstacle: obstacle.or(cannot_reject),
            blockers: shown_blockers(blockers),
            takes_comment: seen.takes_comment,
            answer: gate.state.answer().or(not_taken).map(GateAnswerView::from),
            answered_before: gate.answered_before.as_ref().map(GateAnswerView::from),
            lingers_until: gate.lingers_until.map(shown),
        }
    }
}

/// What to do about a gate, the verb first.
pub(crate) fn gate_heading(
    gate: &Gate,
    product: Option<&Product>,
    environment: Option<&Environment>,
    deployment: Option<&Deployment>,
) -> String {
    let title = &gate.seen.title;
    let whose = match (product, deployment) {
        (Some(product), Some(deployment)) => format!("{} {}", product.name, deployment.version),
        (Some(product), None) => product.name.clone(),
        (None, _) => gate.pipeline.clone(),
    };
    let place = environment.map_or(title, |environment| &environment.name);
    match (gate.seen.kind, environment) {
        (GateKind::Deployment, _) => format!("Let {whose} go to {place}"),
        (GateKind::Approval, Some(_)) => format!("Let {whose} go to {place}: {title}"),
        (GateKind::Approval, None) => format!("Approve {title} of {whose}"),
        (GateKind::ManualJob, _) => format!("Start {title} of {whose}"),
        (GateKind::Input, _) => format!("Answer {title} of {whose}"),
    }
}

/// Why it can't be answered at all.
fn obstacle(gate: &Gate, provider: &str) -> Option<String> {
    match &gate.state {
        GateState::Waiting { .. } if gate.seen.can_answer == Some(false) => Some(match gate.seen.message.as_str() {
            "" => format!("{provider} doesn't let your account answer this."),
            message => format!("{provider} doesn't let your account answer this. {message}"),
        }),
        GateState::Waiting { .. } => None,
        GateState::Answering { answer } | GateState::AnswerUnknown { answer, .. } => Some(format!("{} is answering it.", answer.by)),
        GateState::Answered { answer, .. } if gate.lingers_until.is_some() => Some(format!("{} has answered it.", answer.by)),
        GateState::Answered { .. } | GateState::TooLate { .. } | GateState::Gone { .. } => Some("It waits no more.".to_owned()),
    }
}

/// The state in a sentence, and what to do about it.
fn reason(gate: &Gate, provider: &str) -> (String, String) {
    let verb = |answer: &GivenAnswer| match answer.verdict {
        GateVerdict::Approve => "approved",
        GateVerdict::Reject => "rejected",
    };
    let sentence = match &gate.state {
        GateState::Waiting { not_taken: Some(not) } => return (not.message.clone(), not.next_step.clone()),
        GateState::Waiting { not_taken: None } => match &gate.answered_before {
            Some(answer) => {
                let said = format!("{} {} it before, and {provider} took that, yet it waits", answer.by, verb(answer));
                let next = format!("Look at {provider} whose answer is missing, or answer it again.");
                return (format!("{said}: again, or still for somebody else."), next);
            }
            None => String::new(),
        },
        GateState::Answering { answer } => format!("{} {} it; the provider hasn't answered yet.", answer.by, verb(answer)),
        GateState::AnswerUnknown { answer, cause } => {
            let cause = cause.trim_end_matches('.');
            format!(
                "{} {} it, but the provider's answer was lost: {cause}. Pilothouse looks whether it has arrived.",
                answer.by,
                verb(answer)
            )
        }
        GateState::Answered { answer, .. } if gate.lingers_until.is_some() => format!(
            "{} {} it, and {provider} still shows it. That is taken for lateness for a while; if it lasts, it comes back here as waiting.",
            answer.by,
            verb(answer)
        ),
        GateState::Answered { answer, confirmed: true, .. } => format!("{} {} it.", answer.by, verb(answer)),
        GateState::Answered { answer, .. } => {
            format!("{} {} it. The provider's answer was lost, but it waits no more.", answer.by, verb(answer))
        }
        GateState::TooLate { answer, .. } => {
            format!("The answer of {} came too late: it was answered elsewhere, or its run had ended.", answer.by)
        }
        GateState::Gone { cause, .. } => match cause {
            GoneCause::Elsewhere => "It was answered elsewhere, or its run has ended.".to_owned(),
            GoneCause::Expired => "Its time was over before anybody answered.".to_owned(),
            GoneCause::Unwatched => "No product is bound to it any more, so nobody looks there.".to_owned(),
        },
    };
    (sentence, String::new())
}

/// Whether approving it is to be asked twice: it goes to the last environment of a product, to one that is called like production,
/// or nobody knows where.
fn is_grave(name: Option<&str>, environment: Option<&Environment>, environments: &[Environment]) -> bool {
    let is_called_so = name.is_some_and(|name| name.to_ascii_lowercase().contains("prod"));
    match environment {
        Some(environment) => is_called_so || environments.last().is_some_and(|last| last.id == environment.id),
        None => is_called_so || name.is_none(),
    }
}
