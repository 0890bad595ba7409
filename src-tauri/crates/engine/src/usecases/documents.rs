//! Documents of a product: add, write versions, take them in from the repository, review, read, search. Each step is an audit event.

use super::evidence::valid_link;
use super::valid_name;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::{ReleaseFilter, Write};
use pilothouse_domain::document::{
    Document, DocumentKind, DocumentSource, DocumentVersion, MAX_DOCUMENTS, MAX_READERS, MAX_TEXT, Reading, Retired, Review,
    ReviewedRelease, excerpt, for_changes, for_release, is_same_person, stale, terms,
};
use pilothouse_domain::evidence::{Evidence, EvidenceOwnerKind};
use pilothouse_domain::paths::{MAX_PATTERNS, valid_patterns};
use pilothouse_domain::release::Release;
use pilothouse_domain::smoke::repository_path;
use pilothouse_domain::{Actor, DocumentId, DocumentVersionId, ProductId, ReleaseId, Timestamp};

/// How often a change is tried again when somebody else was faster: people confirm at the same time.
const MAX_CONFLICTS: u8 = 20;
/// So many of the newest releases are looked at: for what a document has missed, and for what comes to an environment.
const RELEASES: u32 = 30;
/// A search finds at most so many documents.
const MOST_FOUND: u32 = 100;
/// The newest versions that are listed with a document.
const VERSIONS: u32 = 50;

/// A document as somebody sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentEdit {
    /// What kind.
    pub kind: DocumentKind,
    /// Its title.
    pub title: String,
    /// Who sees to it; may be empty.
    pub owner: String,
    /// Where its text lies.
    pub source: DocumentSource,
    /// Patterns of paths whose change asks to review it.
    pub paths: Vec<String>,
    /// After so many days it must be reviewed again.
    pub review_days: Option<u16>,
    /// Who has to read each version.
    pub readers: Vec<String>,
}

/// A version to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// The number of the version that it was written over; another one is refused.
    pub base: u32,
    /// The text, in Markdown; empty for a page elsewhere.
    pub text: String,
    /// What changed; may be empty.
    pub remark: String,
    /// The release that it was written for: it counts as reviewed for it.
    pub release: Option<ReleaseId>,
}

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDocument {
    /// The document.
    pub document: Document,
    /// Why it has grown old, in words; empty where it is as it should be.
    pub stale: Vec<String>,
    /// Where the words that were looked for stand in its text.
    pub excerpt: Option<String>,
}

/// A document with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentPage {
    /// The document, as in a list.
    pub listed: ListedDocument,
    /// The version that is shown; `None` where there is none yet.
    pub version: Option<DocumentVersion>,
    /// The newest versions, newest first, without their texts.
    pub versions: Vec<DocumentVersion>,
    /// What is attached to it, oldest first, without what was taken back.
    pub evidence: Vec<Evidence>,
}

/// How a document stands for a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseDocument {
    /// The document.
    pub document: Document,
    /// Why the release must update it.
    pub asked: Option<String>,
    /// The review for this release.
    pub review: Option<Review>,
    /// Since when its review is overdue.
    pub overdue_since: Option<Timestamp>,
    /// Who has not read the current version.
    pub unread: Vec<String>,
}

impl Engine {
    /// The documents of a product by title; with a query those that have all its words in title, owner or text.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_documents(&self, product: ProductId, query: &str) -> Result<Vec<ListedDocument>, EngineError> {
        let releases = self.newest_releases(product).await?;
        let terms = terms(query);
        let listed = |document: Document, excerpt| {
            let stale = stale(&document, &releases, self.now());
            ListedDocument { document, stale, excerpt }
        };
        if terms.is_empty() {
            return Ok(self.store().documents(product).await?.into_iter().map(|document| listed(document, None)).collect());
        }
        let found = self.store().find_documents(Some(product), &terms, MOST_FOUND).await?;
        Ok(found.into_iter().map(|found| listed(found.document, Some(excerpt(&found.text, &terms)))).collect())
    }

    /// A document with the text of a version; of the current one where none is named.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn document_page(&self, id: DocumentId, number: Option<u32>) -> Result<DocumentPage, EngineError> {
        let document = self.store().document(id).await?;
        let number = number.unwrap_or(document.number);
        let version = if number == 0 { None } else { Some(self.store().document_version(id, number).await?) };
        let mut versions = self.store().document_versions(id, VERSIONS).await?;
        versions.iter_mut().for_each(|version| version.text.clear());
        let stale = stale(&document, &self.newest_releases(document.product_id).await?, self.now());
        let mut evidence = self.store().evidence_of(EvidenceOwnerKind::Document, id.uuid()).await?;
        evidence.retain(Evidence::is_current);
        Ok(DocumentPage { listed: ListedDocument { document, stale, excerpt: None }, version, versions, evidence })
    }

    /// How each document of a release's product stands for it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_documents(&self, release: ReleaseId) -> Result<Vec<ReleaseDocument>, EngineError> {
        let release = self.store().release(release).await?;
        let documents = self.store().documents(release.product_id).await?;
        let now = self.now();
        let coming = self.arriving(&release, |environment| environment.rules.needs_documents).await?;
        let standing = |document: Document| {
            // What it changes itself; else what an environment gets with it that asks for documents.
            let own = release.changed_paths.as_deref();
            let changed = std::iter::once(own).chain(coming.iter().map(Option::as_deref));
            let mut all = changed.map(|changed| for_changes(&document, &release, changed, now));
            let known = all.find(|known| known.asked.is_some()).unwrap_or_else(|| for_release(&document, &release, now));
            let (asked, review, overdue_since) = (known.asked.clone(), known.review.cloned(), known.overdue_since);
            let unread = known.unread.iter().map(|name| (*name).to_owned()).collect();
            ReleaseDocument { document, asked, review, overdue_since, unread }
        };
        Ok(documents.into_iter().filter(|document| document.retired.is_none()).map(standing).collect())
    }

    /// Adds a document.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for what can't be kept; [`StoreError::Taken`] for a title in use.
    pub async fn add_document(&self, actor: &Actor, product: ProductId, edit: DocumentEdit) -> Result<Document, EngineError> {
        let product = self.store().product(product).await?;
        if self.store().documents(product.id).await?.len() >= MAX_DOCUMENTS {
            let message = format!("{} has {MAX_DOCUMENTS} documents already", product.name);
            return Err(EngineError::invalid("title", message, "Put some of them together."));
        }
        let DocumentEdit { kind, title, owner, source, paths, review_days, readers } = valid_edit(edit)?;
        let document = Document {
            id: self.new_id(DocumentId::new),
            revision: 0,
            product_id: product.id,
            kind,
            title,
            owner,
            source,
            number: 0,
            paths,
            review_days,
            readers,
            reviews: Vec::new(),
            readings: Vec::new(),
            added_by: actor.clone(),
            added_at: self.now(),
            retired: None,
        };
        let summary = format!("Added the {} “{}” to {}", document.kind.word(), document.title, product.name);
        self.keep_document(actor, document, "added", summary).await
    }

    /// Changes what a document is, not what it says.
    ///
    /// # Errors
    /// As [`Engine::add_document`]; a conflict where somebody else changed it.
    pub async fn edit_document(&self, actor: &Actor, id: DocumentId, revision: u32, edit: DocumentEdit) -> Result<Document, EngineError> {
        let mut document = self.store().document(id).await?;
        if document.revision != revision {
            return Err(conflict(id));
        }
        let DocumentEdit { kind, title, owner, source, paths, review_days, readers } = valid_edit(edit)?;
        document = Document { kind, title, owner, source, paths, review_days, readers, ..document };
        let summary = format!("Changed the document “{}”", document.title);
        self.keep_document(actor, document, "changed", summary).await
    }

    /// Takes a document out of use, or with `None` takes it in again. What was written and read stays.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a reason that is too long.
    pub async fn retire_document(&self, actor: &Actor, id: DocumentId, reason: Option<&str>) -> Result<Document, EngineError> {
        let retired = reason.map(|reason| self.retired(actor, reason)).transpose()?;
        let (action, verb) = if retired.is_some() { ("retired", "Took out of use") } else { ("restored", "Took into use again") };
        self.change_document(actor, id, action, |document| {
            document.retired.clone_from(&retired);
            Ok(format!("{verb}: “{}”", document.title))
        })
        .await
    }

    /// Writes a version.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a text that is too long, or the same as before; a conflict where somebody else wrote one meanwhile.
    pub async fn write_document(&self, actor: &Actor, id: DocumentId, new: NewVersion) -> Result<Document, EngineError> {
        let document = self.store().document(id).await?;
        if matches!(document.source, DocumentSource::Repository { .. }) {
            let message = format!("“{}” is written in the repository", document.title);
            return Err(EngineError::invalid("text", message, "Change it there, and take it in again."));
        }
        if document.number != new.base {
            return Err(conflict(id));
        }
        let review_for = match new.release {
            Some(release) => Some(self.release_of(&document, release).await?),
            None => None,
        };
        self.keep_version(actor, document, Text { text: new.text, remark: new.remark, commit: None }, review_for.as_ref()).await
    }

    /// Takes a document in from the repository: as it is at the release's commit, or where none is named at the newest of the main branch.
    /// Where the text is the same, nothing is written.
    ///
    /// # Errors
    /// Where the file can't be read, or the document lies elsewhere.
    pub async fn take_document(&self, actor: &Actor, id: DocumentId, release: Option<ReleaseId>) -> Result<Document, EngineError> {
        let document = self.store().document(id).await?;
        let DocumentSource::Repository { path } = &document.source else {
            let message = format!("“{}” is not kept in the repository", document.title);
            return Err(EngineError::invalid("id", message, "Write a version of it."));
        };
        let product = self.store().product(document.product_id).await?;
        let source = self.source(&product).await?;
        let commit = match release {
            Some(release) => self.release_of(&document, release).await?.source.commit,
            None => self.main_branch(&product, &source).await?.commit,
        };
        let text = source.file(&commit, path).await?;
        if let Ok(current) = self.store().document_version(id, document.number).await
            && current.text == text.trim()
        {
            return Ok(document);
        }
        let remark = format!("{path} at {}", commit.get(..7).unwrap_or(&commit));
        self.keep_version(actor, document, Text { text, remark, commit: Some(commit) }, None).await
    }

    /// Says that the current version is right; for a release where one is named.
    ///
    /// # Errors
    /// A conflict where another version is current; [`EngineError::Invalid`] where there is none.
    pub async fn review_document(
        &self,
        actor: &Actor,
        id: DocumentId,
        number: u32,
        release: Option<ReleaseId>,
        remark: &str,
    ) -> Result<Document, EngineError> {
        let remark = valid_text("remark", remark, 2_000)?;
        let release = match release {
            Some(release) => Some(self.release_of(&self.store().document(id).await?, release).await?),
            None => None,
        };
        let (by, at) = (actor.clone(), self.now());
        self.change_document(actor, id, "reviewed", |document| {
            is_current(document, number)?;
            let of = release.as_ref().map(ReviewedRelease::of);
            let whom = of.as_ref().map(|of| format!(" for {}", of.version)).unwrap_or_default();
            *document = document.clone().reviewed(Review { number, release: of, remark: remark.clone(), by: by.clone(), at });
            Ok(format!("Reviewed version {number} of “{}”{whom}", document.title))
        })
        .await
    }

    /// Records that somebody has read a version: oneself where nobody is named.
    ///
    /// # Errors
    /// A conflict where another version is current.
    pub async fn confirm_reading(&self, actor: &Actor, id: DocumentId, number: u32, person: Option<&str>) -> Result<Document, EngineError> {
        let person = person_or_self(actor, person)?;
        let (by, at) = (actor.clone(), self.now());
        self.change_document(actor, id, "read", |document| {
            is_current(document, number)?;
            let listed = document.readers.iter().find(|name| is_same_person(name, &person)).unwrap_or(&person).clone();
            let summary = format!("{listed} has read version {number} of “{}”", document.title);
            *document = document.clone().read(Reading { number, person: listed, by: by.clone(), at });
            Ok(summary)
        })
        .await
    }

    pub(crate) fn retired(&self, actor: &Actor, reason: &str) -> Result<Retired, EngineError> {
        Ok(Retired { by: actor.clone(), at: self.now(), reason: valid_text("reason", reason, 2_000)? })
    }

    pub(super) async fn newest_releases(&self, product: ProductId) -> Result<Vec<Release>, EngineError> {
        let newest = ReleaseFilter { product: Some(product), limit: RELEASES, ..ReleaseFilter::default() };
        Ok(self.store().releases(&newest).await?)
    }

    async fn release_of(&self, document: &Document, release: ReleaseId) -> Result<Release, EngineError> {
        let release = self.store().release(release).await?;
        if release.product_id != document.product_id {
            return Err(EngineError::invalid("release", "the release is another product's", "Choose one of the document's product."));
        }
        Ok(release)
    }

    async fn keep_version(
        &self,
        actor: &Actor,
        mut document: Document,
        new: Text,
        review_for: Option<&Release>,
    ) -> Result<Document, EngineError> {
        let text = valid_text("text", &new.text, MAX_TEXT)?;
        let remark = valid_text("remark", &new.remark, 500)?;
        let is_link = matches!(document.source, DocumentSource::Link { .. });
        if text.is_empty() && !is_link {
            return Err(EngineError::invalid("text", "the text is empty", "Write what the document says."));
        }
        if is_link && remark.is_empty() {
            return Err(EngineError::invalid(
                "remark",
                "what is new there is missing",
                "Say what the page says now, so that readers know.",
            ));
        }
        if document.number > 0 && !is_link && self.store().document_version(document.id, document.number).await?.text == text {
            let message = format!("it is the same as version {}", document.number);
            return Err(EngineError::invalid("text", message, "Change the text, or say that it is right with a review."));
        }
        document.number = document.number.saturating_add(1);
        let version = DocumentVersion {
            id: self.new_id(DocumentVersionId::new),
            revision: 0,
            product_id: document.product_id,
            document_id: document.id,
            number: document.number,
            title: document.title.clone(),
            text,
            remark,
            commit: new.commit,
            by: actor.clone(),
            at: self.now(),
        };
        if let Some(release) = review_for {
            let of = Some(ReviewedRelease::of(release));
            let (by, at, remark) = (actor.clone(), version.at, version.remark.clone());
            document = document.reviewed(Review { number: version.number, release: of, remark, by, at });
        }
        let mut change = self.change(actor);
        let whom = review_for.map(|release| format!(" for {}", release.version)).unwrap_or_default();
        let summary = format!("Wrote version {} of “{}”{whom}", version.number, document.title);
        change.audit_document("document.written", &document, summary, Some(&version));
        let id = document.id;
        change.write(Write::Document(document));
        change.write(Write::DocumentVersion(version));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().document(id).await?)
    }

    async fn keep_document(&self, actor: &Actor, document: Document, action: &str, summary: String) -> Result<Document, EngineError> {
        let mut change = self.change(actor);
        change.audit_document(&format!("document.{action}"), &document, summary, None);
        let id = document.id;
        change.write(Write::Document(document));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().document(id).await?)
    }

    async fn change_document(
        &self,
        actor: &Actor,
        id: DocumentId,
        action: &str,
        mut edit: impl FnMut(&mut Document) -> Result<String, EngineError> + Send,
    ) -> Result<Document, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().document(id).await?;
            let mut document = before.clone();
            let summary = edit(&mut document)?;
            if document == before {
                return Ok(before);
            }
            match self.keep_document(actor, document, action, summary).await {
                Err(EngineError::Store(StoreError::Conflict { .. })) => {}
                done => return done,
            }
        }
        Err(conflict(id))
    }
}

/// What a version says.
struct Text {
    text: String,
    remark: String,
    commit: Option<String>,
}

fn conflict(id: DocumentId) -> EngineError {
    StoreError::Conflict { kind: "document", id: id.to_string() }.into()
}

fn is_current(document: &Document, number: u32) -> Result<(), EngineError> {
    if document.number == 0 {
        return Err(EngineError::invalid("number", format!("“{}” has no text yet", document.title), "Write its first version."));
    }
    if document.number != number {
        let message = format!("version {} of “{}” is current, not {number}", document.number, document.title);
        return Err(EngineError::invalid("number", message, "Look at the current version."));
    }
    Ok(())
}

/// The one who acts, where nobody else is named.
pub(super) fn person_or_self(actor: &Actor, person: Option<&str>) -> Result<String, EngineError> {
    match (person.map(str::trim).filter(|name| !name.is_empty()), actor) {
        (Some(name), _) => valid_name("person", name, 120),
        (None, Actor::Person { name }) => Ok(name.clone()),
        (None, Actor::Engine) => Err(EngineError::invalid("person", "nobody is named", "Say who it was.")),
    }
}

/// A text that may be empty: trimmed, with at most so many characters.
pub(super) fn valid_text(field: &'static str, text: &str, most: usize) -> Result<String, EngineError> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(EngineError::invalid(field, format!("it is longer than {most} characters"), "Say it shorter, or in another place."));
    }
    Ok(text.to_owned())
}

/// Names, each once.
fn valid_people(field: &'static str, names: &[String], most: usize) -> Result<Vec<String>, EngineError> {
    let mut kept: Vec<String> = Vec::new();
    for name in names.iter().filter(|name| !name.trim().is_empty()) {
        let name = valid_name(field, name, 120)?;
        if !kept.iter().any(|other| is_same_person(other, &name)) {
            kept.push(name);
        }
    }
    if kept.len() > most {
        return Err(EngineError::invalid(field, format!("there are more than {most} people"), "Name fewer."));
    }
    Ok(kept)
}

/// Patterns as they are kept.
pub(super) fn valid_paths(paths: &[String]) -> Result<Vec<String>, EngineError> {
    valid_patterns(paths).map_err(|pattern| {
        let message = format!("“{pattern}” is no pattern of paths, is too long, or is more than {MAX_PATTERNS}");
        EngineError::invalid("paths", message, "Write them as `deploy/**` or `*.yaml`.")
    })
}

fn valid_edit(edit: DocumentEdit) -> Result<DocumentEdit, EngineError> {
    let source = match edit.source {
        DocumentSource::Written => DocumentSource::Written,
        DocumentSource::Repository { path } => DocumentSource::Repository {
            path: repository_path(&path)
                .map_err(|reason| EngineError::invalid("path", reason, "Write it as Git shows it: docs/operations.md, for example."))?,
        },
        DocumentSource::Link { url } => DocumentSource::Link { url: valid_link(&url)? },
    };
    if edit.review_days == Some(0) {
        return Err(EngineError::invalid("review_days", "0 days are no interval", "Choose at least 1, or none."));
    }
    Ok(DocumentEdit {
        title: valid_name("title", &edit.title, 200)?,
        owner: if edit.owner.trim().is_empty() { String::new() } else { valid_name("owner", &edit.owner, 120)? },
        source,
        paths: valid_paths(&edit.paths)?,
        readers: valid_people("readers", &edit.readers, MAX_READERS)?,
        ..edit
    })
}
