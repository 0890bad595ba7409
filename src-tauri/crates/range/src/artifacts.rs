//! The reports that jobs leave behind, made of what they wrote to their logs: TAP of the unit tests, JUnit XML of the questions to the
//! fleet. It knows no provider; how a job's files are packed and handed out is theirs.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A file that a job left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    /// Its path below the job's folder.
    pub(crate) path: &'static str,
    pub(crate) content: String,
}

/// The reports of a job, by its log; none of a job that tests nothing.
pub(crate) fn of_log(log: &str) -> Vec<Report> {
    let lines: Vec<String> = log.lines().map(plain).collect();
    let mut reports = Vec::new();
    let tests: Vec<&String> = lines.iter().filter(|line| line.starts_with("ok ") || line.starts_with("not ok ")).collect();
    if !tests.is_empty() {
        let body: String = tests.iter().map(|line| format!("{line}\n")).collect();
        reports.push(Report { path: "reports/unit.tap", content: format!("TAP version 14\n{body}1..{}\n", tests.len()) });
    }
    let from = lines.iter().position(|line| line.contains("./ci/smoke") || line.contains("{ (Verify)"));
    if let Some(from) = from {
        let asked: Vec<(&str, Option<&str>)> = lines[from..].iter().filter_map(|line| answered(line)).collect();
        if !asked.is_empty() {
            reports.push(Report { path: "reports/junit-smoke.xml", content: junit(&asked) });
        }
    }
    reports
}

/// A log's line without the time, colours and marks of the provider that keeps it.
fn plain(line: &str) -> String {
    let rest = match line.split_once(' ') {
        Some((time, rest)) if time.len() > 19 && time.contains('T') && time.ends_with('Z') => rest,
        _ => line,
    };
    let mut text = rest.to_owned();
    for code in ["\u{1b}[31;1m", "\u{1b}[32;1m", "\u{1b}[0;m", "\u{1b}[0K"] {
        text = text.replace(code, "");
    }
    text
}

/// What an instance answered: its name, and what was wrong.
fn answered(line: &str) -> Option<(&str, Option<&str>)> {
    if let Some((name, _)) = line.split_once(": healthy").filter(|(name, _)| !name.contains(' ')) {
        return Some((name, None));
    }
    let wrong = line.strip_prefix("##[error]").or_else(|| line.strip_prefix("ERROR: ")).unwrap_or(line);
    let is_about = ["/healthz answered", " runs ", "this step fails"].iter().any(|words| wrong.contains(words));
    let name = wrong.split([' ', ':']).next().filter(|name| name.contains('-')).unwrap_or("fleet");
    is_about.then_some((name, Some(wrong)))
}

fn junit(asked: &[(&str, Option<&str>)]) -> String {
    let failed = asked.iter().filter(|(_, wrong)| wrong.is_some()).count();
    let case = |(name, wrong): &(&str, Option<&str>)| {
        let inside = wrong.map(|wrong| format!("<failure message=\"{}\"/>", escaped(wrong))).unwrap_or_default();
        format!("    <testcase classname=\"smoke\" name=\"{} answers\" time=\"0.010\">{inside}</testcase>\n", escaped(name))
    };
    let cases: String = asked.iter().map(case).collect();
    let counts = format!("tests=\"{}\" failures=\"{failed}\" errors=\"0\"", asked.len());
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    format!("{head}\n<testsuites {counts}>\n  <testsuite name=\"smoke\" {counts} skipped=\"0\">\n{cases}  </testsuite>\n</testsuites>\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The files as a zip archive.
pub(crate) fn zip(reports: &[Report]) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for report in reports {
        writer.start_file(report.path, stored)?;
        writer.write_all(report.content.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_jobs_log_becomes_its_reports() {
        let github = "2026-11-23T10:00:00.123456Z ##[group]Unit tests\n2026-11-23T10:00:00.123456Z ok 1 - an empty basket\n\
            2026-11-23T10:00:00.123456Z not ok 2 - guest checkout\n";
        assert_eq!(of_log(github)[0].content, "TAP version 14\nok 1 - an empty basket\nnot ok 2 - guest checkout\n1..2\n");
        let gitlab = "\u{1b}[32;1m$ ./ci/smoke staging 1.2.0\u{1b}[0;m\nstaging-1: healthy, runs 1.2.0\n\u{1b}[31;1mstaging-2 /healthz answered 503\u{1b}[0;m\n";
        let smoke = &of_log(gitlab)[0];
        assert!(smoke.content.contains("tests=\"2\" failures=\"1\"") && smoke.content.contains("staging-2 answers"), "{smoke:?}");
        let jenkins = "[Pipeline] { (Verify)\nstaging-1: healthy\n[Pipeline] }";
        assert!(of_log(jenkins)[0].content.contains("failures=\"0\""));
        assert_eq!(of_log("building checkout 1.2.0\nassets ok\n"), []);
        assert!(zip(&of_log(github)).unwrap().starts_with(b"PK"));
    }
}
