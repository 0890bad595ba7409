//! The Test Anything Protocol, versions 12 to 14 (testanything.org). Subtests are told by the test that they stand before. Must not take
//! a stream that breaks off for a complete one.

use super::{Case, CaseOutcome, KEPT_MESSAGE, ReportFault, TestReport};

/// Whether a line says that this is TAP.
pub(super) fn is_line(line: &str) -> bool {
    line.starts_with("TAP version ") || plan(line).is_some() || test(line).is_some()
}

pub(super) fn read(text: &str) -> Result<TestReport, ReportFault> {
    let mut report = TestReport::default();
    let mut planned: Option<u32> = None;
    let mut bailed: Option<&str> = None;
    let mut open: Option<(Test<'_>, String)> = None;
    let mut in_diagnosis = false;
    for (index, raw) in text.lines().enumerate() {
        let line = raw.trim_end();
        let fault = |message: &str| ReportFault { line: u32::try_from(index + 1).ok(), message: message.to_owned() };
        if in_diagnosis {
            match line.trim_start() {
                "..." => in_diagnosis = false,
                told => note(&mut open, told),
            }
        } else if line.trim_start() == "---" && line.starts_with(' ') {
            in_diagnosis = true;
        } else if let Some(reason) = line.strip_prefix("Bail out!") {
            bailed = Some(reason.trim());
            break;
        } else if let Some(tests) = plan(line) {
            if planned.replace(tests).is_some() {
                return Err(fault("there are two plans"));
            }
        } else if let Some(test) = test(line) {
            finish(open.replace((test, String::new())), &mut report)?;
        } else if let Some(told) = line.strip_prefix('#') {
            note(&mut open, told.trim_start());
        }
        // Anything else is what the tests printed, or a subtest.
    }
    finish(open, &mut report)?;
    let seen = report.tests();
    let incomplete = match (bailed, planned) {
        (Some(reason), _) => {
            Some(("the run", if reason.is_empty() { "it bailed out".to_owned() } else { format!("it bailed out: {reason}") }))
        }
        (None, Some(planned)) if planned > seen => Some(("the plan", format!("{planned} tests were planned, {seen} ran"))),
        (None, Some(planned)) if planned < seen => Some(("the plan", format!("{planned} tests were planned, {seen} ran"))),
        (None, None) => Some(("the plan", "there is no plan: it may have broken off".to_owned())),
        (None, Some(_)) => None,
    };
    if let Some((name, message)) = incomplete {
        report.count(Case { group: "", name, outcome: CaseOutcome::Errored, message: &message })?;
    }
    Ok(report)
}

struct Test<'t> {
    name: &'t str,
    outcome: CaseOutcome,
}

fn finish(open: Option<(Test<'_>, String)>, report: &mut TestReport) -> Result<(), ReportFault> {
    let Some((test, message)) = open else { return Ok(()) };
    report.count(Case { group: "", name: test.name, outcome: test.outcome, message: &message })
}

fn note(open: &mut Option<(Test<'_>, String)>, told: &str) {
    if let Some((_, message)) = open.as_mut().filter(|(_, message)| message.len() < KEPT_MESSAGE) {
        message.extend(told.chars().take(KEPT_MESSAGE));
        message.push('\n');
    }
}

/// `1..7`; `1..0 # SKIP why` plans none.
fn plan(line: &str) -> Option<u32> {
    let rest = line.strip_prefix("1..")?;
    rest.split([' ', '#']).next()?.parse().ok()
}

/// `ok 3 - name # SKIP why`.
fn test(line: &str) -> Option<Test<'_>> {
    let (is_ok, rest) = match line.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok")?),
    };
    if !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let rest = rest.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let rest = rest.strip_prefix("- ").unwrap_or(rest);
    let (name, directive) = rest.rsplit_once(" #").or_else(|| rest.strip_prefix('#').map(|d| ("", d))).unwrap_or((rest, ""));
    let directive = directive.trim_start().to_ascii_lowercase();
    let outcome = match is_ok {
        _ if directive.starts_with("skip") => CaseOutcome::Skipped,
        // What is still to do may fail.
        false if directive.starts_with("todo") => CaseOutcome::Skipped,
        true => CaseOutcome::Passed,
        false => CaseOutcome::Failed,
    };
    Some(Test { name: name.trim(), outcome })
}
