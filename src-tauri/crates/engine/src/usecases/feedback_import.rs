//! Feedback that comes as a table or as an e-mail. What is good is taken, what is broken is told with its line and why, and nothing is
//! taken twice: a row is known by its `id`, or by the digest of what it says; an e-mail by its Message-ID.

use super::feedback::plain;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::checklist_store::EvidenceWrite;
use crate::ports::store::Write;
use crate::usecases::NewFeedback;
use csv::ByteRecord;
use mail_parser::{MessageParser, MimeHeaders as _};
use pilothouse_domain::evidence::{ContentDigest, EvidenceOwner, EvidenceOwnerKind};
use pilothouse_domain::uat::{Feedback, FeedbackWay, Severity, UatRound};
use pilothouse_domain::{Actor, Timestamp, UatRoundId, UatScenarioId};
use std::collections::HashSet;

/// The longest file, in bytes: 16 MiB.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// So many rows are read.
const MAX_ROWS: usize = 50_000;
/// So many are written in one transaction.
const CHUNK: usize = 500;

/// What feedback is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackSource {
    /// A table with a head: `title`, and as it likes `text`, `severity`, `from`, `device`, `scenario`, `at`, `id`.
    Csv,
    /// An e-mail (RFC 5322).
    Email,
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedbackImport {
    /// How many are new.
    pub added: u32,
    /// How many were there already, or stand in the file twice.
    pub already_there: u32,
    /// What can't be taken.
    pub faults: Vec<UntakenFeedback>,
}

/// What was read, before it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedFeedback {
    /// Where it stands, from 1.
    pub line: u64,
    /// What it says.
    pub new: NewFeedback,
    /// Screenshots: names and contents.
    pub screenshots: Vec<(String, Vec<u8>)>,
}

/// What can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntakenFeedback {
    /// Where it stands, from 1.
    pub line: u64,
    /// Why not.
    pub reason: String,
}

/// A piece of feedback that is to be kept, with its screenshots.
type Wanted = (Feedback, Vec<EvidenceWrite>);

type Read = Result<ImportedFeedback, UntakenFeedback>;

impl Engine {
    /// Reads feedback into a round.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where nothing of it can be read: no head, no `title`, no e-mail.
    pub async fn import_feedback(
        &self,
        actor: &Actor,
        round: UatRoundId,
        source: FeedbackSource,
        content: &[u8],
    ) -> Result<FeedbackImport, EngineError> {
        if content.len() > MAX_BYTES {
            return Err(EngineError::invalid("file", "the file is larger than 16 MiB", "Split it."));
        }
        let round = self.store().uat_round(round).await?;
        let read = match source {
            FeedbackSource::Csv => table(&round, content)?,
            FeedbackSource::Email => vec![Ok(email(&round, content)?)],
        };
        let mut known: HashSet<String> = self.store().feedback_keys(round.id).await?.into_iter().collect();
        let mut report = FeedbackImport::default();
        let mut wanted: Vec<Wanted> = Vec::new();
        for row in read {
            let ImportedFeedback { line, new, screenshots } = match row {
                Ok(row) => row,
                Err(fault) => {
                    report.faults.push(fault);
                    continue;
                }
            };
            if new.external_key.as_ref().is_some_and(|key| known.contains(key)) {
                report.already_there += 1;
                continue;
            }
            match self.valid_feedback(&round, new) {
                Ok(feedback) => {
                    known.insert(feedback.external_key.clone());
                    let screenshots = self.screenshots(actor, &feedback, screenshots, &mut report.faults)?;
                    wanted.push((feedback, screenshots));
                }
                Err(EngineError::Invalid { message, .. }) => report.faults.push(UntakenFeedback { line, reason: message }),
                Err(error) => return Err(error),
            }
        }
        while !wanted.is_empty() {
            let chunk: Vec<Wanted> = wanted.drain(..wanted.len().min(CHUNK)).collect();
            let all = chunk.len();
            let written = self.write_chunk(actor, &round, chunk).await?;
            report.added += u32::try_from(written).unwrap_or(u32::MAX);
            report.already_there += u32::try_from(all - written).unwrap_or(u32::MAX);
        }
        Ok(report)
    }

    /// The screenshots of a piece of feedback, as they are kept; what can't be is told.
    fn screenshots(
        &self,
        actor: &Actor,
        feedback: &Feedback,
        screenshots: Vec<(String, Vec<u8>)>,
        faults: &mut Vec<UntakenFeedback>,
    ) -> Result<Vec<EvidenceWrite>, EngineError> {
        let owner = EvidenceOwner { kind: EvidenceOwnerKind::Feedback, id: feedback.id.uuid(), part: None };
        let mut kept = Vec::with_capacity(screenshots.len());
        for (name, content) in screenshots {
            match self.evidence_of_file(actor, feedback.product_id, owner, name, content) {
                Ok(write) => kept.push(write),
                Err(EngineError::Invalid { message, .. }) => faults.push(UntakenFeedback { line: 1, reason: message }),
                Err(error) => return Err(error),
            }
        }
        Ok(kept)
    }

    /// Writes rows with their screenshots in one transaction, so that neither is there without the other; how many. Where somebody else
    /// reads the same file, what they have written is left out.
    async fn write_chunk(&self, actor: &Actor, round: &UatRound, mut rows: Vec<Wanted>) -> Result<usize, EngineError> {
        for _ in 0..3 {
            if rows.is_empty() {
                return Ok(0);
            }
            let mut change = self.change(actor);
            let summary = format!("Read {} pieces of feedback into UAT of {} in {}", rows.len(), round.version, round.environment);
            let all: Vec<&Feedback> = rows.iter().map(|(row, _)| row).collect();
            let ids: Vec<_> = all.iter().map(|row| row.id).collect();
            let digest = ContentDigest::of(serde_json::json!(all).to_string().as_bytes());
            change.audit_uat_round("uat_round.feedback_imported", round, summary, serde_json::json!({ "ids": ids, "digest": digest }));
            for (row, screenshots) in &rows {
                change.write(Write::Feedback(row.clone()));
                for screenshot in screenshots {
                    let words = screenshot.evidence.words();
                    let summary = format!("Attached {words} to the feedback “{}”", row.title);
                    change.audit_evidence("evidence.attached", &screenshot.evidence, summary);
                    change.write(Write::Evidence(screenshot.clone()));
                }
            }
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(rows.len()),
                Err(StoreError::Taken { .. }) => {
                    let there: HashSet<String> = self.store().feedback_keys(round.id).await?.into_iter().collect();
                    rows.retain(|(row, _)| !there.contains(&row.external_key));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "uat_round", id: round.id.to_string() }.into())
    }
}

/// Where the columns of a table stand.
struct Columns {
    count: usize,
    title: usize,
    text: Option<usize>,
    severity: Option<usize>,
    from: Option<usize>,
    device: Option<usize>,
    scenario: Option<usize>,
    at: Option<usize>,
    id: Option<usize>,
}

impl Columns {
    fn of(head: &ByteRecord) -> Option<Self> {
        let names: Vec<String> =
            head.iter().map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').trim().to_ascii_lowercase()).collect();
        let place = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
        Some(Self {
            count: names.len(),
            title: place(&["title", "summary", "subject"])?,
            text: place(&["text", "description", "comment", "feedback"]),
            severity: place(&["severity", "priority"]),
            from: place(&["from", "tester", "name", "author"]),
            device: place(&["device", "browser", "environment"]),
            scenario: place(&["scenario"]),
            at: place(&["at", "date", "created"]),
            id: place(&["id", "key"]),
        })
    }
}

fn table(round: &UatRound, content: &[u8]) -> Result<Vec<Read>, EngineError> {
    let first = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if first.contains(&b';') && !first.contains(&b',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).delimiter(delimiter).from_reader(content);
    let mut records = reader.byte_records();
    let head = records.next().and_then(Result::ok).unwrap_or_default();
    let columns = Columns::of(&head).ok_or_else(|| {
        let next = "Begin the table with a line that names its columns: title, text, severity, from, device, scenario, at, id.";
        EngineError::invalid("file", "the table has no column `title`", next)
    })?;
    let mut rows = Vec::new();
    for record in records.take(MAX_ROWS + 1) {
        if rows.len() == MAX_ROWS {
            return Err(EngineError::invalid("file", format!("the table has more than {MAX_ROWS} rows"), "Split it."));
        }
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                rows.push(of_row(round, &columns, &record, line).map_err(|reason| UntakenFeedback { line, reason }));
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                rows.push(Err(UntakenFeedback { line, reason: error.to_string() }));
            }
        }
    }
    Ok(rows)
}

fn of_row(round: &UatRound, columns: &Columns, record: &ByteRecord, line: u64) -> Result<ImportedFeedback, String> {
    if record.len() != columns.count {
        return Err(format!("it has {} columns, and the head has {}", record.len(), columns.count));
    }
    let text_at = |at: usize| -> Result<String, String> {
        let bytes = record.get(at).unwrap_or_default();
        std::str::from_utf8(bytes).map(plain).map_err(|_| "it is not written in UTF-8".to_owned())
    };
    let text_of = |at: Option<usize>| at.map_or_else(|| Ok(String::new()), text_at);
    let (title, text, from) = (text_at(columns.title)?, text_of(columns.text)?, text_of(columns.from)?);
    if title.is_empty() {
        return Err("it has no title".to_owned());
    }
    let severity = match text_of(columns.severity)? {
        word if word.is_empty() => Severity::Minor,
        word => Severity::read(&word).ok_or_else(|| format!("`{}` is no severity", short(&word)))?,
    };
    let at = match text_of(columns.at)? {
        word if word.is_empty() => None,
        word => Some(moment(&word).ok_or_else(|| format!("`{}` is no time", short(&word)))?),
    };
    let scenario = match text_of(columns.scenario)? {
        word if word.is_empty() => None,
        word => Some(scenario(round, &word).ok_or_else(|| format!("the round has no scenario `{}`", short(&word)))?),
    };
    let external_key = match text_of(columns.id)? {
        id if id.is_empty() => {
            let said = [title.as_str(), &text, &from, severity.word(), &at.map(|at| at.to_string()).unwrap_or_default()].join("\u{1f}");
            format!("csv:{}", ContentDigest::of(said.as_bytes()))
        }
        id if id.len() > 200 => return Err("its id is longer than 200 bytes".to_owned()),
        id => format!("csv:{id}"),
    };
    let new = NewFeedback {
        round: round.id,
        scenario,
        from: if from.is_empty() { "unknown".to_owned() } else { from },
        title,
        text,
        severity,
        device: text_of(columns.device)?,
        way: FeedbackWay::Csv,
        external_key: Some(external_key),
        at,
    };
    Ok(ImportedFeedback { line, new, screenshots: Vec::new() })
}

fn email(round: &UatRound, content: &[u8]) -> Result<ImportedFeedback, EngineError> {
    let unread = || EngineError::invalid("file", "this is no e-mail", "Save the e-mail as a file that ends in .eml, and read that.");
    let message = MessageParser::default().parse(content).ok_or_else(unread)?;
    let address = message.from().and_then(|from| from.first()).ok_or_else(unread)?;
    let from = address.name().or_else(|| address.address()).unwrap_or("unknown");
    let text = plain(&message.body_text(0).unwrap_or_default());
    let subject = plain(message.subject().unwrap_or_default()).replace(['\n', '\t'], " ");
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let title = if subject.is_empty() { first } else { &subject };
    let key = message.message_id().map_or_else(|| ContentDigest::of(content).to_string(), ToOwned::to_owned);
    let at = message.date().and_then(|date| Timestamp::from_micros(date.to_timestamp().checked_mul(1_000_000)?));
    let is_picture = |content: &[u8]| infer::is_image(content);
    let screenshots = message
        .attachments()
        .filter(|part| is_picture(part.contents()))
        .take(10)
        .map(|part| (part.attachment_name().unwrap_or("screenshot").to_owned(), part.contents().to_vec()))
        .collect();
    let new = NewFeedback {
        round: round.id,
        scenario: None,
        from: plain(from).replace('\n', " ").chars().take(120).collect(),
        title: title.chars().take(200).collect(),
        text: text.chars().take(pilothouse_domain::uat::MAX_FEEDBACK_TEXT).collect(),
        severity: Severity::Minor,
        device: String::new(),
        way: FeedbackWay::Email,
        external_key: Some(format!("mail:{}", key.chars().take(300).collect::<String>())),
        at,
    };
    Ok(ImportedFeedback { line: 1, new, screenshots })
}

fn scenario(round: &UatRound, word: &str) -> Option<UatScenarioId> {
    let is_meant = |title: &str| title.eq_ignore_ascii_case(word);
    round.scenarios.iter().find(|s| is_meant(&s.title) || s.id.to_string() == word).map(|s| s.id)
}

/// A time, or a day, which begins at midnight UTC.
fn moment(word: &str) -> Option<Timestamp> {
    Timestamp::parse(word).or_else(|| Timestamp::parse(&format!("{word}T00:00:00Z")))
}

fn short(word: &str) -> String {
    word.chars().take(40).collect()
}
