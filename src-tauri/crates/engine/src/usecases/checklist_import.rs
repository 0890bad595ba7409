//! Reads items of a checklist from what people have already: task lists in Markdown (also the text of an issue), and tables as CSV. What
//! can't be read is told with its line; the rest is taken.

use crate::error::EngineError;
use csv::{ReaderBuilder, Trim};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// No list is longer, in bytes.
const MAX_BYTES: usize = 1024 * 1024;
/// So many faults are told.
const MAX_FAULTS: usize = 100;

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    /// Markdown with a task list: `- [ ] Back up the ledger`. Also the text of an issue.
    Markdown,
    /// Comma-separated values with a line of names: `title` and, where they are there, `instructions`, `required`, `evidence`, `assignee`,
    /// `due_hours`, `minutes`.
    Csv,
}

/// A part of a list that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFault {
    /// Its line, from 1.
    pub line: u32,
    /// What is wrong.
    pub reason: String,
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The titles of the items that are new.
    pub added: Vec<String>,
    /// Those that were there already.
    pub already_there: Vec<String>,
    /// What can't be read.
    pub faults: Vec<ImportFault>,
}

/// An item as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImportedItem {
    pub(super) title: String,
    pub(super) instructions: String,
    pub(super) is_required: bool,
    pub(super) needs_evidence: bool,
    pub(super) assignee: Option<String>,
    pub(super) due_hours: Option<u32>,
    pub(super) planned_minutes: Option<u32>,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) items: Vec<ImportedItem>,
    pub(super) faults: Vec<ImportFault>,
}

impl Read {
    fn fault(&mut self, line: u64, reason: impl Into<String>) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(ImportFault { line: u32::try_from(line).unwrap_or(u32::MAX), reason: reason.into() });
        }
    }
}

/// The items of a list.
///
/// # Errors
/// [`EngineError::Invalid`] where there is nothing that could be one.
pub(super) fn read_items(format: ImportFormat, text: &str) -> Result<Read, EngineError> {
    if text.len() > MAX_BYTES {
        return Err(EngineError::invalid("text", "the list is larger than 1 MiB", "Import it in parts."));
    }
    let text = text.trim_start_matches('\u{feff}');
    let read = match format {
        ImportFormat::Markdown => markdown(text),
        ImportFormat::Csv => table(text)?,
    };
    if read.items.is_empty() && read.faults.is_empty() {
        let (message, next_step) = match format {
            ImportFormat::Markdown => ("there is no task list in the text", "Write each item as `- [ ] Title`."),
            ImportFormat::Csv => ("there is no row in the table", "Write a line of names with `title`, then a line for each item."),
        };
        return Err(EngineError::invalid("text", message, next_step));
    }
    Ok(read)
}

/// An item of a list in Markdown that is being read.
struct Open {
    is_task: bool,
    /// Where the item begins.
    place: usize,
    /// Where its text does.
    begins: usize,
    /// Where its own text ends: before the first task below it.
    ends: Option<usize>,
}

fn markdown(text: &str) -> Read {
    let mut read = Read::default();
    let mut open: Vec<Open> = Vec::new();
    let mut found: Vec<(usize, ImportedItem)> = Vec::new();
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TASKLISTS | Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Item) => {
                open.push(Open { is_task: false, place: range.start, begins: range.start, ends: None });
            }
            Event::TaskListMarker(_) => {
                let Some((item, above)) = open.split_last_mut() else { continue };
                (item.is_task, item.begins) = (true, range.end);
                for above in above.iter_mut().filter(|above| above.ends.is_none()) {
                    above.ends = Some(line_start(text, item.place));
                }
            }
            Event::End(TagEnd::Item) => {
                let Some(item) = open.pop().filter(|item| item.is_task) else { continue };
                let ends = item.ends.unwrap_or(range.end).max(item.begins);
                let own = text.get(item.begins..ends).unwrap_or_default();
                let (title, rest) = own.trim().split_once('\n').unwrap_or((own.trim(), ""));
                match titled(title) {
                    Ok(title) => found.push((item.place, plain(title, dedented(rest)))),
                    Err(reason) => read.fault(line_of(text, item.place), reason),
                }
            }
            _ => {}
        }
    }
    found.sort_by_key(|(place, _)| *place);
    read.items = found.into_iter().map(|(_, item)| item).collect();
    read
}

fn plain(title: String, instructions: String) -> ImportedItem {
    ImportedItem { title, instructions, is_required: true, needs_evidence: false, assignee: None, due_hours: None, planned_minutes: None }
}

/// A title without the marks of Markdown around the whole of it.
fn titled(text: &str) -> Result<String, String> {
    let unmarked = |text: &str, mark: &str| {
        let inner = text.strip_prefix(mark)?.strip_suffix(mark)?.trim();
        (!inner.contains(mark)).then(|| inner.to_owned())
    };
    let text = text.trim();
    let bare = ["**", "__", "~~", "*", "_", "`"].iter().find_map(|mark| unmarked(text, mark)).unwrap_or_else(|| text.to_owned());
    if bare.is_empty() {
        return Err("the item has no title".to_owned());
    }
    if bare.chars().count() > 200 {
        return Err("the item's title is longer than 200 characters".to_owned());
    }
    Ok(bare.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
}

/// Lines without the indentation that they share.
fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let shared = text.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = text.lines().map(|line| line.get(shared..).unwrap_or_default()).collect();
    lines.join("\n").trim().to_owned()
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

fn line_of(text: &str, at: usize) -> u64 {
    let newlines = text.get(..at).map_or(0, |before| before.matches('\n').count());
    u64::try_from(newlines).unwrap_or(u64::MAX).saturating_add(1)
}

fn table(text: &str) -> Result<Read, EngineError> {
    let first = text.lines().next().unwrap_or_default();
    // Spreadsheets write semicolons where the comma is the decimal sign.
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| first.bytes().filter(|b| b == d).count()).unwrap_or(b',');
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let names = reader.headers().cloned().unwrap_or_default();
    let column = |name: &str| names.iter().position(|known| known.to_lowercase().replace([' ', '-'], "_") == name);
    let Some(title) = column("title") else {
        return Err(EngineError::invalid(
            "text",
            "the table has no column `title`",
            "Name the columns in the first line; `title` is needed.",
        ));
    };
    let [instructions, required, evidence, assignee, due, minutes] =
        ["instructions", "required", "evidence", "assignee", "due_hours", "minutes"].map(column);
    let mut read = Read::default();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                read.fault(line, format!("the line can't be read: {error}"));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let row = || -> Result<ImportedItem, String> {
            let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
            let mut item = plain(titled(cell(Some(title)))?, cell(instructions).to_owned());
            item.is_required = yes_or_no(cell(required), "required")?.unwrap_or(true);
            item.needs_evidence = yes_or_no(cell(evidence), "evidence")?.unwrap_or(false);
            item.assignee = Some(cell(assignee).to_owned()).filter(|name| !name.is_empty());
            item.due_hours = number(cell(due), "due_hours", 8_760)?;
            item.planned_minutes = number(cell(minutes), "minutes", 10_080)?;
            Ok(item)
        };
        match row() {
            _ if record.iter().all(str::is_empty) => {}
            Ok(item) => read.items.push(item),
            Err(reason) => read.fault(line, reason),
        }
    }
    Ok(read)
}

fn yes_or_no(text: &str, name: &str) -> Result<Option<bool>, String> {
    match text.to_lowercase().as_str() {
        "" => Ok(None),
        "yes" | "y" | "true" | "1" | "x" | "required" => Ok(Some(true)),
        "no" | "n" | "false" | "0" | "optional" => Ok(Some(false)),
        _ => Err(format!("`{text}` in `{name}` is neither yes nor no")),
    }
}

fn number(text: &str, name: &str, most: u32) -> Result<Option<u32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse::<u32>().ok().filter(|number| (1..=most).contains(number));
    number.map(Some).ok_or_else(|| format!("`{text}` in `{name}` is no number from 1 to {most}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn titles(read: &Read) -> Vec<&str> {
        read.items.iter().map(|item| item.title.as_str()).collect()
    }

    #[test]
    fn a_task_list_of_an_issue() {
        let text = "# Go-live\n\nSee [x] above.\n\n- [ ] **Back up the ledger**\n  Use `pg_dump`:\n\n  ```sh\n  - [ ] no item\n  ```\n- [x] Tell support\n  - not a task\n  - [ ] by mail\n    with the notes\n- plain\n\n1. [ ] Watch the *graphs*\n- [ ] \n";
        let read = read_items(ImportFormat::Markdown, text).unwrap();
        assert_eq!(titles(&read), ["Back up the ledger", "Tell support", "by mail", "Watch the *graphs*"]);
        assert_eq!(read.items[0].instructions, "Use `pg_dump`:\n\n```sh\n- [ ] no item\n```");
        assert_eq!((read.items[1].instructions.as_str(), read.items[2].instructions.as_str()), ("- not a task", "with the notes"));
        assert!(read.items.iter().all(|item| item.is_required && !item.needs_evidence));
        assert!(read_items(ImportFormat::Markdown, "no list").is_err());
    }

    #[test]
    fn a_table_with_broken_rows() {
        let text = "Title;required;Evidence;Assignee;minutes;Instructions\nBack up;yes;x;Jonas;15;\"line 1\nline 2\"\n;yes;;;;\nTell support;maybe;;;;\nLook;no;;;soon;\n;;;;;\nLast;optional;;;;\n";
        let read = read_items(ImportFormat::Csv, text).unwrap();
        assert_eq!(titles(&read), ["Back up", "Last"]);
        let first = &read.items[0];
        assert!(first.is_required && first.needs_evidence && !read.items[1].is_required);
        assert_eq!(
            (first.assignee.as_deref(), first.planned_minutes, first.instructions.as_str()),
            (Some("Jonas"), Some(15), "line 1\nline 2")
        );
        let faults: Vec<_> = read.faults.iter().map(|fault| (fault.line, fault.reason.as_str())).collect();
        assert_eq!(
            faults,
            [
                (4, "the item has no title"),
                (5, "`maybe` in `required` is neither yes nor no"),
                (6, "`soon` in `minutes` is no number from 1 to 10080")
            ]
        );
        assert!(read_items(ImportFormat::Csv, "name,x\na,b\n").unwrap_err().to_string().contains("title"));
    }
}
