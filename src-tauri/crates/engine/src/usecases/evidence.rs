//! Evidence: attach, take back, look at. What a file is, is found in its content; its name is only kept.

use super::pictures::drawn_anew;
use super::valid_reason;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::checklist_store::EvidenceWrite;
use crate::ports::store::Write;
use pilothouse_domain::checklist::Checklist;
use pilothouse_domain::evidence::{
    ContentDigest, Evidence, EvidenceContent, EvidenceOwner, EvidenceOwnerKind, MAX_FILE_BYTES, MAX_PER_PART, SafeView, Withdrawn,
    plain_name, safe_view,
};
use pilothouse_domain::{
    Actor, ChecklistId, ChecklistItemId, DocumentId, EvidenceId, FeedbackId, ProductId, RunbookRunId, RunbookStepId, TrainingSessionId,
};
use std::sync::Arc;

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;

/// So much of a text is shown.
const SHOWN_TEXT: usize = 200 * 1024;

/// A piece of evidence to attach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewEvidence {
    /// A file.
    File {
        /// The name that it comes with.
        name: String,
        /// Its content.
        content: Vec<u8>,
    },
    /// A page elsewhere.
    Link {
        /// Its address.
        url: String,
        /// What it shows; may be empty.
        title: String,
    },
    /// A remark, in Markdown.
    Note {
        /// Its text.
        text: String,
    },
    /// A time that was measured.
    MeasuredTime {
        /// Of what.
        what: String,
        /// Seconds.
        seconds: u32,
    },
}

/// A file's content as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvidencePreview {
    /// A PNG that was drawn anew from the picture's pixels.
    Picture {
        /// The PNG.
        png: Vec<u8>,
    },
    /// Plain text.
    Text {
        /// The text, or its beginning.
        text: String,
        /// True where there is more.
        is_cut: bool,
    },
    /// It can only be saved.
    SaveOnly {
        /// Why.
        reason: String,
    },
}

impl Engine {
    /// Attaches evidence to a part of something.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a file that is empty or larger than 10 MiB, an address that is none, or where there is too much already.
    pub async fn attach_evidence(&self, actor: &Actor, owner: EvidenceOwner, new: NewEvidence) -> Result<Evidence, EngineError> {
        let (product_id, place) = self.evidence_place(owner).await?;
        let existing = self.store().evidence_of(owner.kind, owner.id).await?;
        if existing.iter().filter(|e| e.is_current() && e.owner.part == owner.part).count() >= MAX_PER_PART {
            let message = format!("there are {MAX_PER_PART} pieces of evidence already");
            return Err(EngineError::invalid("evidence", message, "Take one back that isn't needed, or put several files into one."));
        }
        let (content, bytes) = valid_content(new)?;
        let id = self.new_id(EvidenceId::new);
        let evidence = Evidence { id, revision: 0, product_id, owner, content, by: actor.clone(), at: self.now(), withdrawn: None };
        let mut change = self.change(actor);
        change.audit_evidence("evidence.attached", &evidence, format!("Attached {} to {place}", evidence.words()));
        change.write(Write::Evidence(EvidenceWrite { evidence, content: bytes }));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().evidence(id).await?)
    }

    /// A file as evidence of something, not written yet.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a file that is empty or larger than 10 MiB.
    pub(crate) fn evidence_of_file(
        &self,
        actor: &Actor,
        product_id: ProductId,
        owner: EvidenceOwner,
        name: String,
        content: Vec<u8>,
    ) -> Result<EvidenceWrite, EngineError> {
        let (content, bytes) = valid_content(NewEvidence::File { name, content })?;
        let id = self.new_id(EvidenceId::new);
        let evidence = Evidence { id, revision: 0, product_id, owner, content, by: actor.clone(), at: self.now(), withdrawn: None };
        Ok(EvidenceWrite { evidence, content: bytes })
    }

    /// Takes evidence back. That it was there stays in the audit; the content of a file goes, unless other evidence has the same.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where an item that is ticked needs it.
    pub async fn withdraw_evidence(&self, actor: &Actor, id: EvidenceId, reason: &str) -> Result<Evidence, EngineError> {
        let reason = if reason.trim().is_empty() { String::new() } else { valid_reason(reason)? };
        for _ in 0..MAX_CONFLICTS {
            let mut evidence = self.store().evidence(id).await?;
            if !evidence.is_current() {
                return Ok(evidence);
            }
            let mut change = self.change(actor);
            let (_, place) = self.evidence_place(evidence.owner).await?;
            if let Some(checklist) = self.may_lose(&evidence).await? {
                // Written as it was: whoever ticks the item meanwhile counts again.
                change.write(Write::Checklist(checklist));
            }
            let words = evidence.words();
            evidence.withdrawn = Some(Withdrawn { by: actor.clone(), at: self.now(), reason: reason.clone() });
            change.audit_evidence("evidence.withdrawn", &evidence, format!("Took {words} back from {place}"));
            change.write(Write::Evidence(EvidenceWrite { evidence, content: None }));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().evidence(id).await?),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "evidence", id: id.to_string() }.into())
    }

    /// What a file shows, made safe: a picture drawn anew, text as text, anything else not at all.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for what is no file, or was taken back.
    pub async fn preview_evidence(&self, id: EvidenceId) -> Result<EvidencePreview, EngineError> {
        let (media_type, content) = self.evidence_file(id).await?;
        match safe_view(&media_type) {
            SafeView::Picture => Ok(match tokio::task::spawn_blocking(move || drawn_anew(&content)).await {
                Ok(Ok(png)) => EvidencePreview::Picture { png },
                Ok(Err(reason)) => EvidencePreview::SaveOnly { reason },
                Err(_) => EvidencePreview::SaveOnly { reason: "The picture could not be read.".to_owned() },
            }),
            SafeView::Text => {
                let is_cut = content.len() > SHOWN_TEXT;
                let shown = content.get(..SHOWN_TEXT).unwrap_or(&content);
                Ok(EvidencePreview::Text { text: String::from_utf8_lossy(shown).into_owned(), is_cut })
            }
            SafeView::SaveOnly => Ok(EvidencePreview::SaveOnly {
                reason: format!("Files of the type {media_type} are not shown here. Save it to look at it."),
            }),
        }
    }

    /// A file's name and content, as it was attached.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for what is no file, or was taken back.
    pub async fn evidence_content(&self, id: EvidenceId) -> Result<(String, Vec<u8>), EngineError> {
        let evidence = self.store().evidence(id).await?;
        let EvidenceContent::File { name, .. } = &evidence.content else { return Err(no_file()) };
        Ok((name.clone(), self.evidence_file(id).await?.1))
    }

    async fn evidence_file(&self, id: EvidenceId) -> Result<(String, Vec<u8>), EngineError> {
        let evidence = self.store().evidence(id).await?;
        let EvidenceContent::File { media_type, digest, .. } = evidence.content else { return Err(no_file()) };
        let taken_back = || EngineError::invalid("id", "the file was taken back", "Attach it again if it is needed.");
        if evidence.withdrawn.is_some() {
            return Err(taken_back());
        }
        let content = self.store().evidence_content(&digest).await?.ok_or_else(taken_back)?;
        if ContentDigest::of(&content) != digest {
            let reason = format!("the content of the file {digest} was changed after it was attached");
            return Err(StoreError::Corrupt { reason }.into());
        }
        Ok((media_type, content))
    }

    /// Whose evidence it is, in words.
    async fn evidence_place(&self, owner: EvidenceOwner) -> Result<(ProductId, String), EngineError> {
        let unknown = || EngineError::invalid("owner", "there is nothing such to attach it to", "Choose an item of a checklist.");
        match owner.kind {
            EvidenceOwnerKind::Checklist => {
                let checklist = self.store().checklist(ChecklistId::new(owner.id)).await?;
                let item = owner.part.and_then(|part| checklist.item(ChecklistItemId::new(part))).ok_or_else(unknown)?;
                Ok((checklist.product_id, format!("“{}” of “{}”", item.item.title, checklist.name)))
            }
            EvidenceOwnerKind::Feedback => {
                let feedback = self.store().feedback_one(FeedbackId::new(owner.id)).await?;
                Ok((feedback.product_id, format!("the feedback “{}”", feedback.title)))
            }
            EvidenceOwnerKind::Document => {
                let document = self.store().document(DocumentId::new(owner.id)).await?;
                Ok((document.product_id, format!("the document “{}”", document.title)))
            }
            EvidenceOwnerKind::TrainingSession => {
                let session = self.store().training_session(TrainingSessionId::new(owner.id)).await?;
                let course = self.store().course(session.course_id).await?;
                Ok((session.product_id, format!("a session of “{}”", course.title)))
            }
            EvidenceOwnerKind::RunbookRun => {
                let run = self.store().runbook_run(RunbookRunId::new(owner.id)).await?;
                let step = owner.part.and_then(|part| run.step(RunbookStepId::new(part))).ok_or_else(unknown)?;
                Ok((run.product_id, format!("“{}” of “{}”", step.step.title, run.name)))
            }
            EvidenceOwnerKind::RestoreDrill => Err(unknown()),
        }
    }

    /// Refuses to take away the last evidence of an item that was ticked with it; the checklist, where it has one.
    async fn may_lose(&self, evidence: &Evidence) -> Result<Option<Checklist>, EngineError> {
        if evidence.owner.kind != EvidenceOwnerKind::Checklist {
            return Ok(None);
        }
        let checklist = self.store().checklist(ChecklistId::new(evidence.owner.id)).await?;
        let item = evidence.owner.part.and_then(|part| checklist.item(ChecklistItemId::new(part)));
        let others = self.store().evidence_of(evidence.owner.kind, evidence.owner.id).await?;
        let is_last = !others.iter().any(|e| e.id != evidence.id && e.is_current() && e.owner.part == evidence.owner.part);
        if let Some(item) = item.filter(|item| is_last && item.item.needs_evidence && item.is_done()) {
            let message = format!("“{}” was ticked with it and needs evidence", item.item.title);
            return Err(EngineError::invalid("evidence", message, "Attach other evidence first, or undo the tick."));
        }
        Ok(Some(checklist))
    }
}

fn no_file() -> EngineError {
    EngineError::invalid("id", "this evidence is no file", "Read it where it is listed.")
}

/// What is kept of a piece of evidence, and of a file its content.
type Kept = (EvidenceContent, Option<Arc<[u8]>>);

fn valid_content(new: NewEvidence) -> Result<Kept, EngineError> {
    Ok(match new {
        NewEvidence::File { name, content } => {
            let Some(bytes) = u32::try_from(content.len()).ok().filter(|_| content.len() <= MAX_FILE_BYTES) else {
                let message = format!("{} is larger than 10 MiB", plain_name(&name));
                return Err(EngineError::invalid("file", message, "Attach a part of it, or a link to where it lies."));
            };
            if content.is_empty() {
                return Err(EngineError::invalid("file", format!("{} is empty", plain_name(&name)), "Choose another file."));
            }
            let (name, digest) = (plain_name(&name), ContentDigest::of(&content));
            let media_type = media_type(&content).to_owned();
            (EvidenceContent::File { name, media_type, bytes, digest }, Some(Arc::from(content)))
        }
        NewEvidence::Link { url, title } => (EvidenceContent::Link { url: valid_link(&url)?, title: line(&title, 200) }, None),
        NewEvidence::Note { text } => {
            let text = text.trim();
            if text.is_empty() || text.chars().count() > 10_000 {
                return Err(EngineError::invalid("text", "the note is empty or longer than 10,000 characters", "Write a shorter one."));
            }
            (EvidenceContent::Note { text: text.to_owned() }, None)
        }
        NewEvidence::MeasuredTime { what, seconds } => {
            let what = line(&what, 200);
            if what.is_empty() {
                return Err(EngineError::invalid("what", "what was measured is missing", "Say what took that long."));
            }
            (EvidenceContent::MeasuredTime { what, seconds }, None)
        }
    })
}

/// One line without control characters.
fn line(text: &str, most: usize) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}

pub(super) fn valid_link(text: &str) -> Result<String, EngineError> {
    let url = text.trim();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let is_plain =
        !host.is_empty() && !host.contains('@') && url.len() <= 2_000 && !url.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_plain {
        return Ok(url.to_owned());
    }
    Err(EngineError::invalid(
        "url",
        format!("`{url}` is no address of a page"),
        "Write the whole address, such as https://wiki.example/page.",
    ))
}

/// What a content is, by the content alone.
fn media_type(content: &[u8]) -> &'static str {
    if let Some(known) = infer::get(content) {
        return known.mime_type();
    }
    let is_text =
        std::str::from_utf8(content).is_ok_and(|text| !text.contains(|c: char| c.is_control() && !"\n\r\t\u{c}\u{1b}".contains(c)));
    if is_text { "text/plain" } else { "application/octet-stream" }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn file(name: &str, content: &[u8]) -> Result<EvidenceContent, EngineError> {
        valid_content(NewEvidence::File { name: name.into(), content: content.into() }).map(|(content, _)| content)
    }

    #[test]
    fn a_file_is_what_it_holds_whatever_it_is_called() {
        let type_of = |name, content: &[u8]| match file(name, content).unwrap() {
            EvidenceContent::File { media_type, .. } => media_type,
            other => panic!("{other:?}"),
        };
        assert_eq!(type_of("cat.png", b"<html><script>alert(1)</script></html>"), "text/html");
        assert_eq!(type_of("notes.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png");
        assert_eq!(type_of("log.bin", "12:00 gr\u{fc}n\n".as_bytes()), "text/plain");
        assert_eq!(type_of("log.txt", &[0, 1, 2, 3]), "application/octet-stream");
        assert_eq!(type_of("x.png", b"%PDF-1.7\n"), "application/pdf");
        assert_eq!(safe_view(&type_of("x.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")), SafeView::Text);
    }

    #[test]
    fn what_is_no_evidence_is_refused() {
        assert!(file("x", b"").is_err());
        assert!(file("x", &vec![b'a'; MAX_FILE_BYTES]).is_ok());
        assert!(file("x", &vec![b'a'; MAX_FILE_BYTES + 1]).unwrap_err().to_string().contains("10 MiB"));
        for url in ["javascript:alert(1)", "file:///etc/passwd", "https://", "https://a@b.example/", "//a.example", "https://a b"] {
            let link = NewEvidence::Link { url: url.into(), title: String::new() };
            assert!(valid_content(link).is_err(), "{url}");
        }
        assert!(valid_content(NewEvidence::Note { text: " ".into() }).is_err());
    }
}
