//! JUnit XML, as the tools write it: `testsuites` or `testsuite` at the top, suites in suites, `failure`, `error` and `skipped` in a
//! `testcase`. Counts cases itself, since the counts in the attributes differ from tool to tool.
//!
//! Must not: read a document type (so that no entity can be declared), or go deeper than a report has a reason to.

use super::{Case, CaseOutcome, KEPT_MESSAGE, ReportFault, TestReport};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// The deepest element.
const MAX_DEPTH: usize = 32;

/// A case that is being read.
struct Open {
    group: String,
    name: String,
    outcome: CaseOutcome,
    message: String,
}

pub(super) fn read(text: &str) -> Result<TestReport, ReportFault> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut report = TestReport::default();
    let (mut depth, mut roots) = (0_usize, 0_usize);
    let mut case: Option<Open> = None;
    // The element in a case whose text is its message.
    let mut tells = false;
    let mut seconds = 0.0_f64;
    let fault = |at: u64, message: String| ReportFault { line: line(text, at), message };
    // Ends: each event takes something off the text, and the last is Eof.
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|error| fault(reader.error_position(), format!("this is no XML: {error}")))?;
        let empty = matches!(event, Event::Empty(_));
        match event {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.local_name();
                let name = name.as_ref();
                if depth == 0 {
                    roots += 1;
                    if roots > 1 || !matches!(name, "testsuites" | "testsuite") {
                        return Err(fault(at, format!("a JUnit report begins with testsuites or testsuite, not with {}", short(name))));
                    }
                }
                if depth >= MAX_DEPTH {
                    return Err(fault(at, format!("elements are nested deeper than {MAX_DEPTH}")));
                }
                match (name, &mut case) {
                    ("testcase", None) => {
                        seconds += attribute(&element, "time")
                            .and_then(|time| time.parse::<f64>().ok())
                            .filter(|s| (0.0..1e7).contains(s))
                            .unwrap_or(0.0);
                        case = Some(Open {
                            group: attribute(&element, "classname").unwrap_or_default(),
                            name: attribute(&element, "name").unwrap_or_default(),
                            outcome: CaseOutcome::Passed,
                            message: String::new(),
                        });
                    }
                    ("testcase", Some(_)) => return Err(fault(at, "a testcase stands in a testcase".to_owned())),
                    ("failure" | "error" | "skipped", Some(open)) => {
                        let outcome = match name {
                            "failure" => CaseOutcome::Failed,
                            "error" => CaseOutcome::Errored,
                            _ => CaseOutcome::Skipped,
                        };
                        open.outcome = open.outcome.max(outcome);
                        tells = !empty && open.message.is_empty();
                        if let Some(message) = attribute(&element, "message").filter(|_| open.message.is_empty()) {
                            open.message = message;
                            open.message.push('\n');
                        }
                    }
                    _ => {}
                }
                if empty {
                    close(name, &mut case, &mut report)?;
                } else {
                    depth += 1;
                }
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                let name = element.local_name();
                if matches!(name.as_ref(), "failure" | "error" | "skipped") {
                    tells = false;
                }
                close(name.as_ref(), &mut case, &mut report)?;
            }
            Event::Text(piece) if tells => tell(&mut case, &piece.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(piece) if tells => tell(&mut case, &piece.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten();
                let predefined = quick_xml::escape::resolve_predefined_entity(&reference);
                match (character, predefined) {
                    (Some(c), _) if tells => tell(&mut case, c.encode_utf8(&mut [0; 4])),
                    (None, Some(text)) if tells => tell(&mut case, text),
                    (Some(_), _) | (_, Some(_)) => {}
                    (None, None) => return Err(fault(at, "the report uses an entity of its own, which is not read".to_owned())),
                }
            }
            Event::DocType(_) => return Err(fault(at, "the report declares a document type, which is not read".to_owned())),
            Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if depth > 0 => return Err(fault(at, "the report ends in the middle".to_owned())),
            Event::Eof if roots == 0 => return Err(fault(at, "there is no report in it".to_owned())),
            Event::Eof => break,
        }
    }
    // In range: each is below 1e7 s, and a cast from a float saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is never negative")]
    let took_ms = (seconds * 1_000.0) as u32;
    report.took_ms = took_ms;
    Ok(report)
}

fn close(name: &str, case: &mut Option<Open>, report: &mut TestReport) -> Result<(), ReportFault> {
    if name != "testcase" {
        return Ok(());
    }
    match case.take() {
        Some(open) => report.count(Case { group: &open.group, name: &open.name, outcome: open.outcome, message: &open.message }),
        None => Ok(()),
    }
}

fn tell(case: &mut Option<Open>, text: &str) {
    if let Some(open) = case.as_mut().filter(|open| open.message.len() < KEPT_MESSAGE) {
        open.message.extend(text.chars().take(KEPT_MESSAGE));
    }
}

/// An attribute's value; none where it uses an entity of its own.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok().flatten()?;
    attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(|value| value.chars().take(KEPT_MESSAGE).collect())
}

fn line(text: &str, at: u64) -> Option<u32> {
    let before = text.as_bytes().get(..usize::try_from(at).ok()?)?;
    u32::try_from(before.iter().filter(|byte| **byte == b'\n').count() + 1).ok()
}

fn short(name: &str) -> String {
    name.chars().take(40).collect()
}
