//! Reports of other tools' tests: JUnit XML (pytest, Maven Surefire, Jest, Go) and TAP. A report comes from outside: it is read within
//! bounds, and what is kept of it is text.
//!
//! Must not: resolve an entity, follow a reference, or take a report without a test for a good one.

mod junit;
mod tap;

use super::redaction::cut;
use super::run::{SmokeRunState, SmokeVerdict};
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// The largest report, in bytes.
pub const MAX_REPORT: usize = 16 * 1024 * 1024;
/// The most tests of a report.
pub const MAX_CASES: u32 = 100_000;
/// Cases that didn't pass of which more than the number is kept.
pub(super) const KEPT_CASES: usize = 200;
/// Bytes of a case's name that are kept.
const KEPT_NAME: usize = 300;
/// Bytes of a case's message that are kept.
const KEPT_MESSAGE: usize = 2_000;

/// Forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// JUnit XML.
    Junit,
    /// Test Anything Protocol, versions 12 to 14.
    Tap,
}

/// What a report says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
    /// Tests that broke off before they could tell.
    pub errored: u32,
    /// Tests that were left out.
    pub skipped: u32,
    /// Milliseconds that all of them took, where that is told.
    pub took_ms: u32,
    /// Of the tests that failed or broke off, the first 200.
    pub cases: Vec<TestCase>,
}

/// A test that didn't pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCase {
    /// Where it belongs: a suite, a class; may be empty.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Failed or errored.
    pub verdict: SmokeVerdict,
    /// What it said.
    pub message: String,
}

/// Why a report can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct ReportFault {
    /// The line, from 1, where it is known.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
}

impl ReportFault {
    fn whole(message: impl Into<String>) -> Self {
        Self { line: None, message: message.into() }
    }
}

impl ReportFormat {
    /// Its name, as people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Junit => "JUnit XML",
            Self::Tap => "TAP",
        }
    }

    /// The form of a text, by what it begins with.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with('<') {
            return Some(Self::Junit);
        }
        let is_tap = |line: &str| tap::is_line(line);
        text.lines().take(50).any(is_tap).then_some(Self::Tap)
    }
}

/// Reads a report.
///
/// # Errors
/// [`ReportFault`] where it isn't one, is damaged, too large, or holds what a report has no use for.
pub fn read(text: &str) -> Result<(ReportFormat, TestReport), ReportFault> {
    if text.len() > MAX_REPORT {
        return Err(ReportFault::whole(format!("the report is larger than {} MiB", MAX_REPORT / 1024 / 1024)));
    }
    let format = ReportFormat::of(text).ok_or_else(|| ReportFault::whole("this is neither JUnit XML nor TAP"))?;
    let report = match format {
        ReportFormat::Junit => junit::read(text)?,
        ReportFormat::Tap => tap::read(text)?,
    };
    Ok((format, report))
}

impl TestReport {
    /// How many tests there are.
    #[must_use]
    pub const fn tests(&self) -> u32 {
        self.passed.saturating_add(self.failed).saturating_add(self.errored).saturating_add(self.skipped)
    }

    /// What it says about what was tested. A test that broke off tells nothing; neither does a report in which none ran.
    #[must_use]
    pub fn state(&self, at: Timestamp) -> SmokeRunState {
        let plural = |n: u32| if n == 1 { "test" } else { "tests" };
        let first =
            |verdict: SmokeVerdict| self.cases.iter().find(|case| case.verdict == verdict).map(|case| format!(", first {}", case.name));
        if self.failed > 0 {
            let (n, first) = (self.failed, first(SmokeVerdict::Failed).unwrap_or_default());
            SmokeRunState::Failed { at, reason: format!("{n} of {} {} failed{first}", self.tests(), plural(self.tests())) }
        } else if self.errored > 0 {
            let (n, first) = (self.errored, first(SmokeVerdict::Errored).unwrap_or_default());
            SmokeRunState::Errored {
                at,
                reason: format!("{n} of {} {} broke off with an error{first}", self.tests(), plural(self.tests())),
            }
        } else if self.passed == 0 {
            let reason = if self.skipped > 0 { "every test in it was skipped" } else { "there is no test in it" };
            SmokeRunState::Errored { at, reason: reason.to_owned() }
        } else {
            SmokeRunState::Passed { at }
        }
    }

    /// Counts a test, and keeps what it said where it didn't pass.
    fn count(&mut self, case: Case<'_>) -> Result<(), ReportFault> {
        if self.tests() >= MAX_CASES {
            return Err(ReportFault::whole(format!("the report holds more than {MAX_CASES} tests")));
        }
        let verdict = match case.outcome {
            CaseOutcome::Passed => {
                self.passed += 1;
                return Ok(());
            }
            CaseOutcome::Skipped => {
                self.skipped += 1;
                return Ok(());
            }
            CaseOutcome::Failed => {
                self.failed += 1;
                SmokeVerdict::Failed
            }
            CaseOutcome::Errored => {
                self.errored += 1;
                SmokeVerdict::Errored
            }
        };
        if self.cases.len() < KEPT_CASES {
            let kept = |text: &str, most| cut(text.trim(), most).0.replace('\0', "\u{fffd}");
            let (group, name) = (kept(case.group, KEPT_NAME), kept(case.name, KEPT_NAME));
            self.cases.push(TestCase { group, name, verdict, message: kept(case.message, KEPT_MESSAGE) });
        }
        Ok(())
    }
}

/// A test as it was read.
struct Case<'t> {
    group: &'t str,
    name: &'t str,
    outcome: CaseOutcome,
    message: &'t str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum CaseOutcome {
    Passed,
    Skipped,
    Errored,
    Failed,
}

#[cfg(test)]
mod tests;
