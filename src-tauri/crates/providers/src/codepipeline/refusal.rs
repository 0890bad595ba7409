//! What CodePipeline's refusals mean, in words for a person: by the code of the error, never by its words
//! (<https://docs.aws.amazon.com/codepipeline/latest/APIReference/CommonErrors.html> and the errors of each operation).

use super::client::{Call, Client};
use super::keys::Keys;
use crate::failure::failure;
use crate::transport;
use aws_sdk_codepipeline::config::http::HttpResponse;
use aws_sdk_codepipeline::error::{ProvideErrorMetadata, SdkError};
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind};
use std::time::Duration;

/// How far the clocks may differ before AWS refuses a signature, in seconds.
const SIGNATURES_HOLD_S: i64 = 300;
/// How long to wait where a pipeline is busy, and where it has as many executions as it may.
const BUSY: Duration = Duration::from_secs(10);
const FULL: Duration = Duration::from_secs(60);

/// A call that failed, with the code of the error for who can go on from it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: ProviderError,
    code: Option<String>,
    status: Option<u16>,
}

impl Refused {
    /// Whether CodePipeline answered with this code.
    pub(super) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the same read may well succeed a moment later.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.error.kind, Kind::NoAnswer | Kind::NotReached) || self.status.is_some_and(|status| matches!(status, 500 | 502..=504))
    }
}

impl From<ProviderError> for Refused {
    fn from(error: ProviderError) -> Self {
        Self { error, code: None, status: None }
    }
}

impl From<Refused> for ProviderError {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

/// What a failed call means.
pub(super) fn classify<E>(client: &Client, keys: &Keys, call: &Call, error: &SdkError<E, HttpResponse>) -> Refused
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let host = client.base.host();
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let Some(code) = service.err().code().filter(|code| is_code(code)) else {
                return without_code(&host, status, call);
            };
            let said = keys.clean(service.err().message().unwrap_or_default());
            Refused { error: by_code(client, call, code, &said, status), code: Some(code.to_owned()), status: Some(status) }
        }
        SdkError::ResponseError(response) => without_code(&host, response.raw().status().as_u16(), call),
        SdkError::ConstructionFailure(_) => failure(
            Kind::Invalid,
            format!("No request can be made for {}.", call.subject),
            "Check the names and values in it; nothing was sent.",
        )
        .into(),
        other if transport::find::<http_body_util::LengthLimitError>(other).is_some() => transport::too_large(&host).into(),
        other => transport::no_answer(other, &host, &client.options, keys.secret()).into(),
    }
}

/// An answer that is none of CodePipeline's: a proxy's page, a gateway's, another server's.
fn without_code(host: &str, status: u16, call: &Call) -> Refused {
    let error = match status {
        500..=599 => failure(
            Kind::Unavailable,
            format!("CodePipeline is not available at {host} (status {status})."),
            "Look at https://health.aws.amazon.com, and at the proxy if there is one.",
        ),
        407 => failure(Kind::Unexpected, format!("A proxy before {host} wants to know who we are."), "Check the system's proxy settings."),
        429 => throttled(FULL),
        _ => failure(
            Kind::Unexpected,
            format!("The answer of {host} about {} can't be read (status {status}).", call.subject),
            "Check that the base URL is that of CodePipeline, and that no log-in page or proxy stands before it.",
        ),
    };
    Refused { error, code: None, status: Some(status) }
}

/// What an answer of AWS's token service means.
pub(super) fn of_answer(client: &Client, call: &Call, code: Option<&str>, said: &str, status: u16) -> ProviderError {
    match code.filter(|code| is_code(code)) {
        Some(code) => by_code(client, call, code, said, status),
        None => without_code(&client.base.host(), status, call).error,
    }
}

/// Whether this is the name of an error, and not something broken.
fn is_code(code: &str) -> bool {
    !code.is_empty() && code.len() <= 128 && code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '#' | '_'))
}

/// Too many calls.
pub(super) fn throttled(wait: Duration) -> ProviderError {
    let seconds = wait.as_secs_f32().ceil().max(1.0);
    failure(
        Kind::RateLimited { retry_after: wait },
        format!("AWS takes no more calls from this account for about {seconds} s."),
        "Wait: Pilothouse goes on by itself. Everything that uses the same account and region shares its limits.",
    )
}

fn by_code(client: &Client, call: &Call, code: &str, said: &str, status: u16) -> ProviderError {
    let Call { operation, subject } = call;
    let quote = quote(said);
    match code {
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "PriorRequestNotComplete" => throttled(client.memory.note_throttled()),
        "ConcurrentPipelineExecutionsLimitExceededException" => failure(
            Kind::RateLimited { retry_after: FULL },
            format!("{} has as many executions under way as it may.", capital(subject)),
            "Wait until one has ended, or stop one.",
        ),
        "ConflictException" | "ConcurrentModificationException" => failure(
            Kind::RateLimited { retry_after: BUSY },
            format!("CodePipeline is busy with {subject} and took nothing on.{quote}"),
            "Try again in a moment.",
        ),
        _ if is_about_keys(code) => unauthorized(client, code, said),
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" => forbidden(operation, subject, said),
        "ValidationException"
        | "ValidationError"
        | "InvalidParameterValue"
        | "MissingParameter"
        | "InvalidNextTokenException"
        | "InvalidClientTokenException"
        | "InvalidStructureException"
        | "SerializationException"
        | "InvalidArnException" => failure(
            Kind::Invalid,
            format!("CodePipeline refuses the request for {subject}.{quote}"),
            match field(said) {
                Some(field) => format!("Correct `{field}` and try again."),
                None => "Correct what CodePipeline names and try again.".to_owned(),
            },
        ),
        "PipelineNotFoundException"
        | "PipelineExecutionNotFoundException"
        | "PipelineVersionNotFoundException"
        | "StageNotFoundException"
        | "ActionNotFoundException"
        | "ActionExecutionNotFoundException"
        | "ResourceNotFoundException" => failure(
            Kind::NotFound,
            format!("CodePipeline doesn't know {subject} in {}.{quote}", client.region.name()),
            "Check the spelling, the region and the account of the connection. What is older than 12 months is forgotten there.",
        ),
        "UnknownOperationException" | "InvalidAction" | "UnsupportedOperation" | "NotImplemented" => failure(
            Kind::Unsupported,
            format!("The server at {} doesn't know {operation}.", client.base.host()),
            "Check that the base URL is that of CodePipeline.",
        ),
        "NotLatestPipelineExecutionException" => failure(
            Kind::Conflict,
            format!("A later run has reached the stage of {subject}: this one can't be repeated."),
            "Start a new run.",
        ),
        "StageNotRetryableException" => failure(
            Kind::Conflict,
            format!("The stage of {subject} can't be repeated: nothing in it failed, or the pipeline was changed since."),
            "Start a new run.",
        ),
        "UnableToRollbackStageException" | "PipelineExecutionOutdatedException" => failure(
            Kind::Conflict,
            format!("CodePipeline can't roll back {subject}.{quote}"),
            "The pipeline may have been changed since, or the stage be at work. Deploy the earlier version by a new run instead.",
        ),
        "PipelineExecutionNotStoppableException"
        | "DuplicatedStopRequestException"
        | "ApprovalAlreadyCompletedException"
        | "InvalidApprovalTokenException" => {
            failure(Kind::Conflict, format!("The state of {subject} doesn't allow this.{quote}"), "Look at its page at AWS.")
        }
        _ if status >= 500 => failure(
            Kind::Unavailable,
            format!("CodePipeline is not available ({code}).{quote}"),
            "Look at https://health.aws.amazon.com, and try again.",
        ),
        // Any other refusal of a request is one: it had no effect.
        _ if (400..500).contains(&status) => failure(
            Kind::Invalid,
            format!("CodePipeline refuses the request for {subject} ({code}).{quote}"),
            "Correct what CodePipeline names and try again.",
        ),
        _ => failure(
            Kind::Unexpected,
            format!("CodePipeline answered about {subject} with {code} (status {status}).{quote}"),
            "Look at the pipeline's page at AWS.",
        ),
    }
}

fn is_about_keys(code: &str) -> bool {
    matches!(
        code,
        "UnrecognizedClientException"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "ExpiredTokenException"
            | "ExpiredToken"
            | "RequestExpired"
            | "InvalidClientTokenId"
            | "InvalidAccessKeyId"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "AuthFailure"
            | "OptInRequired"
            | "NotAuthorizedException"
    )
}

/// The keys are refused; also where the clock is what is wrong.
pub(super) fn unauthorized(client: &Client, code: &str, said: &str) -> ProviderError {
    let ahead_s = client.memory.clock_ahead_s();
    if matches!(code, "InvalidSignatureException" | "SignatureDoesNotMatch" | "RequestExpired") && ahead_s.abs() > SIGNATURES_HOLD_S {
        let minutes = ahead_s.abs() / 60;
        let way = if ahead_s > 0 { "slow" } else { "fast" };
        return failure(
            Kind::Unauthorized,
            format!("AWS refuses the signature: this computer's clock is {minutes} min {way}."),
            "Set the clock; the keys may well be right.",
        );
    }
    let message = match code {
        "ExpiredTokenException" | "ExpiredToken" => "The session token has expired.".to_owned(),
        "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            format!("AWS refuses the signature: the secret access key doesn't belong to {}.{}", client.keys.access_key_id, quote(said))
        }
        "OptInRequired" => format!("The account has no access to {}.{}", client.region.name(), quote(said)),
        _ => format!("AWS refuses the keys of {}: they are wrong, switched off or deleted.{}", client.keys.access_key_id, quote(said)),
    };
    let next_step = match code {
        "ExpiredTokenException" | "ExpiredToken" => "Get new temporary keys, and enter them in the connection.",
        "OptInRequired" => "Enable the region for the account at AWS, or choose another.",
        _ => "Enter the access key id and secret access key again, or make new ones at AWS (IAM, the user, Security credentials).",
    };
    failure(Kind::Unauthorized, message, next_step)
}

fn forbidden(operation: &str, subject: &str, said: &str) -> ProviderError {
    let words: Vec<&str> = said.split_whitespace().collect();
    let after = |word: &str| {
        let at = words.windows(2).position(|pair| pair[0] == word)?;
        words.get(at + 1).map(|found| found.trim_end_matches(['.', ',', ';']))
    };
    let action = after("perform:").map_or_else(|| format!("codepipeline:{operation}"), str::to_owned);
    let resource = after("resource:").map(|found| format!(" on {found}")).unwrap_or_default();
    let by_policy = if said.contains("explicit deny") { " A policy denies it in so many words." } else { "" };
    failure(
        Kind::Forbidden,
        format!("The keys may not do this with {subject}.{by_policy}"),
        format!("Give them the IAM permission {action}{resource}."),
    )
}

/// The field that a validation message names: `… at 'variables.1.member.value' failed to satisfy constraint: …`.
fn field(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once(" at '")?;
    let (field, _) = rest.split_once('\'')?;
    (!field.is_empty()).then_some(field)
}

fn quote(said: &str) -> String {
    match said.trim() {
        "" => String::new(),
        said if said.ends_with(['.', '!', '?', '…']) => format!(" AWS says: {said}"),
        said => format!(" AWS says: {said}."),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
