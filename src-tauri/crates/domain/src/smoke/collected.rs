//! Reports that a pipeline's run left behind among its files: which files are meant, of which run they are, and how the reports of several
//! files become one result. Must not read a file, or take a run that left no report for a good one.

use super::report::{KEPT_CASES, ReportFormat, TestCase, TestReport};
use super::run::{SmokeCause, SmokeRun, SmokeRunState, SmokeVerdict};
use crate::paths;
use crate::{ConnectionId, EnvironmentId, Timestamp};
use serde::{Deserialize, Serialize};

/// Files that are taken for reports where nothing else is said.
pub const DEFAULT_PATTERNS: [&str; 3] = ["**/*junit*.xml", "**/TEST-*.xml", "**/*.tap"];

/// Which files of the runs of an environment's pipeline are reports, and what depends on them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRule {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Patterns of paths, such as `**/*junit*.xml`; none for [`DEFAULT_PATTERNS`].
    pub patterns: Vec<String>,
    /// Whether they are imported by themselves once the run of a deployment has ended, well or badly.
    pub automatic: bool,
    /// Whether the release is held until they pass.
    pub required: bool,
}

/// A run whose reports are imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectedRun {
    /// The account through which it is read.
    pub connection_id: ConnectionId,
    /// What holds its pipeline there.
    pub repository: String,
    /// The provider's id of it.
    pub external_id: String,
    /// Which attempt of it.
    pub attempt: u32,
    /// Its page at the provider.
    pub url: String,
}

/// What was found among the files of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// The files that were read as reports, by path.
    pub files: Vec<String>,
    /// What was left out, with the reason.
    pub left_out: Vec<String>,
    /// What they say together; `None` where there was none.
    pub report: Option<TestReport>,
    /// The form of the first.
    pub format: Option<ReportFormat>,
}

impl ReportRule {
    /// What holds for an environment of which nothing was said.
    #[must_use]
    pub const fn of(environment_id: EnvironmentId) -> Self {
        Self { environment_id, patterns: Vec::new(), automatic: false, required: false }
    }

    /// The patterns that hold.
    #[must_use]
    pub fn effective_patterns(&self) -> Vec<String> {
        if self.patterns.is_empty() { DEFAULT_PATTERNS.map(str::to_owned).to_vec() } else { self.patterns.clone() }
    }
}

/// Whether one of the patterns means a file, by its path below where the artifact begins. Capital letters make no difference.
#[must_use]
pub fn is_wanted(patterns: &[String], path: &str) -> bool {
    let lower = |text: &str| text.to_lowercase();
    let patterns: Vec<String> = patterns.iter().map(|pattern| lower(pattern)).collect();
    paths::first_match(&patterns, &[lower(path)]).is_some()
}

impl CollectedRun {
    /// By what it is told from other runs and other attempts.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {} {} {}", self.connection_id, self.repository, self.external_id, self.attempt)
    }
}

impl Collected {
    /// Adds a file that may be a report. One that can't be read tells nothing about the release, and says so as a test that broke off.
    pub fn add(&mut self, path: &str, text: &str) {
        let shown = shown(path);
        let (format, report) = match super::report::read(text) {
            Ok(read) => read,
            Err(fault) => {
                let case = TestCase {
                    group: String::new(),
                    name: shown.clone(),
                    verdict: SmokeVerdict::Errored,
                    message: format!("The file can't be read as a report: {fault}"),
                };
                (ReportFormat::Junit, TestReport { errored: 1, cases: vec![case], ..TestReport::default() })
            }
        };
        self.format.get_or_insert(format);
        self.files.push(shown);
        self.report.get_or_insert_default().add(report);
    }
}

impl Collected {
    /// Notes that something was left out that is, or may hold, a report: without it the others are no good news.
    pub fn lose(&mut self, reason: &str) {
        let shown = shown(reason);
        let case = TestCase {
            group: String::new(),
            name: "A report that could not be read".to_owned(),
            verdict: SmokeVerdict::Errored,
            message: shown.clone(),
        };
        self.report.get_or_insert_default().add(TestReport { errored: 1, cases: vec![case], ..TestReport::default() });
        self.left_out.push(shown);
    }
}

/// A path as it is kept: short, and without characters that no name needs.
#[must_use]
pub fn shown(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).take(300).collect()
}

impl TestReport {
    /// Adds what another one says.
    fn add(&mut self, other: Self) {
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
        self.errored = self.errored.saturating_add(other.errored);
        self.skipped = self.skipped.saturating_add(other.skipped);
        self.took_ms = self.took_ms.saturating_add(other.took_ms);
        let room = KEPT_CASES.saturating_sub(self.cases.len());
        self.cases.extend(other.cases.into_iter().take(room));
    }
}

impl SmokeRun {
    /// What makes it the only one of its kind: the attempt of the run whose reports it has, or is about to have, for its release and
    /// environment. One that got none may be tried again.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        let SmokeCause::Collected { run, .. } = &self.cause else { return None };
        let is_fruitless = matches!(self.state, SmokeRunState::Errored { .. }) && self.report.is_none();
        (!is_fruitless).then(|| format!("{} {} {}", self.release_id, self.environment_id, run.key()))
    }

    /// With what was found among the files of its run. `None` where it isn't under way.
    #[must_use]
    pub fn collected(&self, found: Collected, digest: String, now: Timestamp) -> Option<Self> {
        let SmokeCause::Collected { run, .. } = &self.cause else { return None };
        if !matches!(self.state, SmokeRunState::Running { .. }) {
            return None;
        }
        let state = match &found.report {
            Some(report) => report.state(now),
            None => {
                let more = found.left_out.first().map(|reason| format!(" ({reason})")).unwrap_or_default();
                SmokeRunState::Errored { at: now, reason: format!("the run left no file that is a report{more}") }
            }
        };
        let cause = SmokeCause::Collected { run: run.clone(), files: found.files, left_out: found.left_out, format: found.format };
        Some(Self { cause, report: found.report, digest, state, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn the_files_that_test_tools_write_are_meant() {
        let patterns = DEFAULT_PATTERNS.map(str::to_owned).to_vec();
        for path in ["junit.xml", "out/pytest-JUnit.xml", "target/surefire-reports/TEST-shop.CartTest.xml", "a/b/unit.tap"] {
            assert!(is_wanted(&patterns, path), "{path}");
        }
        for path in ["pom.xml", "TEST-shop.txt", "coverage.xml", "tap"] {
            assert!(!is_wanted(&patterns, path), "{path}");
        }
    }

    #[test]
    fn several_files_are_one_result_and_an_unreadable_one_is_no_good_news() {
        let mut found = Collected::default();
        found.add("a/junit.xml", r#"<testsuite><testcase name="a"/><testcase name="b"/></testsuite>"#);
        found.add("b/unit.tap", "1..1\nok 1 - c\n");
        let at = Timestamp::from_micros(0).unwrap();
        assert_eq!(found.report.as_ref().unwrap().state(at), SmokeRunState::Passed { at });
        found.add("c/junit.xml", "<html/>");
        let report = found.report.as_ref().unwrap();
        assert_eq!((report.passed, report.errored, found.files.len()), (3, 1, 3));
        assert!(report.state(at).reason().contains("1 of 4 tests broke off with an error, first c/junit.xml"), "{report:?}");
        let mut lost = Collected::default();
        lost.add("junit.xml", r#"<testsuite><testcase name="a"/></testsuite>"#);
        lost.lose("b/junit.xml: it is larger than the 1 KiB that may be read of it");
        assert_eq!(lost.report.unwrap().state(at).word(), "errored", "what was not read may have been red");
        found.add("d/junit.xml", r#"<testsuite><testcase name="d"><failure/></testcase></testsuite>"#);
        assert_eq!(found.report.unwrap().state(at).word(), "failed");
    }
}
