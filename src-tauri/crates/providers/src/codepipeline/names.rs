//! The names by which runs, jobs, gates and environments are known outside of this adapter, and their pages in the console. A
//! pipeline's, stage's or action's name holds no slash, so slashes part them.

use crate::failure::failure;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};

/// `PIPELINE/EXECUTION`: every call about an execution names its pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunName {
    pub(super) pipeline: String,
    pub(super) execution: String,
}

/// `PIPELINE/EXECUTION/STAGE/ACTION`. Stays the same when the action runs again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JobName {
    pub(super) run: RunName,
    pub(super) stage: String,
    pub(super) action: String,
}

/// `STAGE/ACTION/ACTION-EXECUTION` of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GateName {
    pub(super) stage: String,
    pub(super) action: String,
    pub(super) action_execution: String,
}

/// True for what CodePipeline takes as the name of a pipeline, stage or action.
pub(super) fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '@' | '-' | '_'))
}

/// True for the id of an execution: a UUID in lower case.
pub(super) fn is_execution(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// True for a whole commit id.
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.chars().all(|c| c.is_ascii_hexdigit())
}

impl RunName {
    pub(super) fn new(pipeline: &str, execution: &str) -> Self {
        Self { pipeline: pipeline.to_owned(), execution: execution.to_owned() }
    }

    pub(super) fn parse(text: &str) -> Result<Self, ProviderError> {
        match text.split_once('/') {
            Some((pipeline, execution)) if is_name(pipeline) && is_execution(execution) => Ok(Self::new(pipeline, execution)),
            _ => Err(absent("run", text)),
        }
    }

    pub(super) fn job(&self, stage: &str, action: &str) -> JobName {
        JobName { run: self.clone(), stage: stage.to_owned(), action: action.to_owned() }
    }
}

impl JobName {
    pub(super) fn parse(text: &str) -> Result<Self, ProviderError> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [pipeline, execution, stage, action] if is_name(pipeline) && is_execution(execution) && is_name(stage) && is_name(action) => {
                Ok(RunName::new(pipeline, execution).job(stage, action))
            }
            _ => Err(absent("job", text)),
        }
    }
}

impl GateName {
    pub(super) fn parse(text: &str) -> Result<Self, ProviderError> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [stage, action, id] if is_name(stage) && is_name(action) => {
                Ok(Self { stage: (*stage).to_owned(), action: (*action).to_owned(), action_execution: (*id).to_owned() })
            }
            _ => Err(absent("gate", text)),
        }
    }
}

impl std::fmt::Display for RunName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.pipeline, self.execution)
    }
}

impl std::fmt::Display for JobName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.run, self.stage, self.action)
    }
}

impl std::fmt::Display for GateName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.stage, self.action, self.action_execution)
    }
}

/// The failure of a name that can't be one of CodePipeline's.
pub(super) fn absent(what: &str, name: &str) -> ProviderError {
    let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    failure(ProviderErrorKind::NotFound, format!("CodePipeline has no {what} `{name}`."), "Choose it from the list again.")
}

/// The environment's name of a stage: stages of different pipelines may be called alike.
pub(super) fn environment(pipeline: &str, stage: &str) -> String {
    format!("{pipeline}/{stage}")
}

/// A region and the addresses that follow from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region(String);

impl Region {
    /// Checks a region's name; `None` where it can't be one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_good = (4..=30).contains(&text.len()) && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        is_good.then(|| Self(text.to_owned()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// The domain of the services.
    pub(super) fn domain(&self) -> &'static str {
        if self.0.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    fn console(&self) -> String {
        match self.0.as_str() {
            name if name.starts_with("cn-") => "https://console.amazonaws.cn".to_owned(),
            name if name.starts_with("us-gov-") => "https://console.amazonaws-us-gov.com".to_owned(),
            name => format!("https://{name}.console.aws.amazon.com"),
        }
    }

    /// The page of an execution.
    pub(super) fn run_page(&self, run: &RunName) -> String {
        let RunName { pipeline, execution } = run;
        format!("{}/codesuite/codepipeline/pipelines/{pipeline}/executions/{execution}/timeline?region={}", self.console(), self.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    const ID: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    #[test]
    fn names_survive_being_written_and_read() {
        let run = RunName::new("check.out@1-a_b", ID);
        assert_eq!(RunName::parse(&run.to_string()).unwrap(), run);
        let job = run.job("Production", "Deploy");
        assert_eq!(JobName::parse(&job.to_string()).unwrap(), job);
        let gate = GateName { stage: "Production".into(), action: "Approve".into(), action_execution: ID.into() };
        assert_eq!(GateName::parse(&gate.to_string()).unwrap(), gate);
    }

    #[test]
    fn what_can_be_no_name_is_not_found() {
        for bad in ["", "1", "a/b", "a/0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0", "a b/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "/", "a/b/c"] {
            assert_eq!(RunName::parse(bad).unwrap_err().kind, ProviderErrorKind::NotFound, "{bad}");
            assert_eq!(JobName::parse(bad).unwrap_err().kind, ProviderErrorKind::NotFound, "{bad}");
        }
        for bad in ["", "EU", "eu-central-1.evil.example", "eu_central_1"] {
            assert_eq!(Region::parse(bad), None, "{bad}");
        }
    }
}
