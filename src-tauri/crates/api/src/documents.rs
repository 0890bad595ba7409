//! Documents of a product: list and search, write, take in, review, read; and what a release must update.

use crate::decode::{id, optional_id, shown};
use crate::error::ApiError;
use crate::evidence::EvidenceView;
use crate::{Api, IdRequest};
use pilothouse_domain::document::{DocumentKind, DocumentSource, DocumentVersion, Review, unread};
use pilothouse_domain::{DocumentId, ProductId};
use pilothouse_engine::usecases::{DocumentEdit, DocumentPage, ListedDocument, NewVersion, ReleaseDocument};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Documents to list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListDocumentsRequest {
    /// The product.
    pub product_id: String,
    /// Words that are all in title, owner or text; empty for every document.
    pub query: String,
}

/// A document as somebody sets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PutDocumentRequest {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// The revision that was looked at.
    pub revision: u32,
    /// The product.
    pub product_id: String,
    /// What kind.
    pub kind: DocumentKindWord,
    /// Its title, unique in the product.
    pub title: String,
    /// Who sees to it; may be empty.
    pub owner: String,
    /// Where its text lies.
    pub source: DocumentSourceBody,
    /// Patterns of paths whose change asks to review it.
    pub paths: Vec<String>,
    /// After so many days it must be reviewed again.
    pub review_days: Option<u16>,
    /// Who has to read each version.
    pub readers: Vec<String>,
}

/// Where a document's text lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DocumentSourceBody {
    /// Here.
    Written,
    /// In a file of the repository.
    Repository {
        /// The file's path.
        path: String,
    },
    /// On a page elsewhere.
    Link {
        /// Its address.
        url: String,
    },
}

/// Kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKindWord {
    /// For those who use the product.
    UserGuide,
    /// For those who operate it.
    OperationsManual,
    /// What to do when something fails.
    Troubleshooting,
    /// What a release brings.
    ReleaseNotes,
    /// Anything else.
    Other,
}

/// A version to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WriteDocumentRequest {
    /// The document.
    pub id: String,
    /// The number of the version that it was written over; 0 for the first.
    pub base: u32,
    /// The text, in Markdown; empty for a page elsewhere.
    pub text: String,
    /// What changed; may be empty.
    pub remark: String,
    /// The release that it was written for: it counts as reviewed for it.
    pub release_id: Option<String>,
}

/// A document to take in from the repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TakeDocumentRequest {
    /// The document.
    pub id: String,
    /// The release at whose commit it is read; none for the newest of the main branch.
    pub release_id: Option<String>,
}

/// A version of a document to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GetDocumentRequest {
    /// The document.
    pub id: String,
    /// The version's number; none for the current one.
    pub number: Option<u32>,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewDocumentRequest {
    /// The document.
    pub id: String,
    /// The version that was reviewed.
    pub number: u32,
    /// The release that it was reviewed for.
    pub release_id: Option<String>,
    /// A remark; may be empty.
    pub remark: String,
}

/// That somebody has read a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConfirmReadingRequest {
    /// The document.
    pub id: String,
    /// The version that was read.
    pub number: u32,
    /// Who; none for oneself.
    pub person: Option<String>,
}

/// Something to take out of use, or into use again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RetireRequest {
    /// Its id.
    pub id: String,
    /// True to take it out of use.
    pub is_retired: bool,
    /// Why; may be empty.
    pub reason: String,
}

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DocumentView {
    /// Its id.
    pub id: String,
    /// Counts the writes.
    pub revision: u32,
    /// The product.
    pub product_id: String,
    /// What kind.
    pub kind: DocumentKindWord,
    /// Its title.
    pub title: String,
    /// Who sees to it; may be empty.
    pub owner: String,
    /// Where its text lies.
    pub source: DocumentSourceBody,
    /// The number of its current version; 0 before the first.
    pub number: u32,
    /// Patterns of paths whose change asks to review it.
    pub paths: Vec<String>,
    /// After so many days it must be reviewed again.
    pub review_days: Option<u16>,
    /// Who has to read each version.
    pub readers: Vec<String>,
    /// Who has not read the current one.
    pub unread: Vec<String>,
    /// The last review of the current version.
    pub last_review: Option<DocumentReviewView>,
    /// Why it has grown old; empty where it is as it should be.
    pub stale: Vec<String>,
    /// Where the words that were looked for stand.
    pub excerpt: Option<String>,
    /// Set where it is out of use: why, which may be empty.
    pub retired: Option<String>,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DocumentReviewView {
    /// The document's version.
    pub number: u32,
    /// The release's version that it was for.
    pub release: Option<String>,
    /// A remark; may be empty.
    pub remark: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
}

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DocumentVersionView {
    /// Its number.
    pub number: u32,
    /// What changed; may be empty.
    pub remark: String,
    /// The commit that it was read at.
    pub commit: Option<String>,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: String,
}

/// That somebody has read a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DocumentReadingView {
    /// The document's version.
    pub number: u32,
    /// Who.
    pub person: String,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: String,
}

/// A document with a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DocumentPageView {
    /// The document.
    pub document: DocumentView,
    /// The version whose text this is; none where there is none yet.
    pub version: Option<DocumentVersionView>,
    /// The text, in Markdown.
    pub text: String,
    /// The newest versions, newest first.
    pub versions: Vec<DocumentVersionView>,
    /// Reviews, newest first.
    pub reviews: Vec<DocumentReviewView>,
    /// Who has read what, newest first.
    pub readings: Vec<DocumentReadingView>,
    /// What is attached to it, oldest first.
    pub evidence: Vec<EvidenceView>,
}

/// How a document stands for a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReleaseDocumentView {
    /// The document.
    pub document: DocumentView,
    /// Why the release must update it; none where it needn't.
    pub asked: Option<String>,
    /// The review for this release, of the current version.
    pub review: Option<DocumentReviewView>,
    /// Since when its review is overdue.
    pub overdue_since: Option<String>,
    /// Whether nothing is missing.
    pub is_met: bool,
}

impl From<DocumentKind> for DocumentKindWord {
    fn from(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::UserGuide => Self::UserGuide,
            DocumentKind::OperationsManual => Self::OperationsManual,
            DocumentKind::Troubleshooting => Self::Troubleshooting,
            DocumentKind::ReleaseNotes => Self::ReleaseNotes,
            DocumentKind::Other => Self::Other,
        }
    }
}

impl From<DocumentKindWord> for DocumentKind {
    fn from(word: DocumentKindWord) -> Self {
        match word {
            DocumentKindWord::UserGuide => Self::UserGuide,
            DocumentKindWord::OperationsManual => Self::OperationsManual,
            DocumentKindWord::Troubleshooting => Self::Troubleshooting,
            DocumentKindWord::ReleaseNotes => Self::ReleaseNotes,
            DocumentKindWord::Other => Self::Other,
        }
    }
}

impl From<&DocumentSource> for DocumentSourceBody {
    fn from(source: &DocumentSource) -> Self {
        match source {
            DocumentSource::Written => Self::Written,
            DocumentSource::Repository { path } => Self::Repository { path: path.clone() },
            DocumentSource::Link { url } => Self::Link { url: url.clone() },
        }
    }
}

impl From<DocumentSourceBody> for DocumentSource {
    fn from(body: DocumentSourceBody) -> Self {
        match body {
            DocumentSourceBody::Written => Self::Written,
            DocumentSourceBody::Repository { path } => Self::Repository { path },
            DocumentSourceBody::Link { url } => Self::Link { url },
        }
    }
}

impl From<&Review> for DocumentReviewView {
    fn from(review: &Review) -> Self {
        Self {
            number: review.number,
            release: review.release.as_ref().map(|release| release.version.to_string()),
            remark: review.remark.clone(),
            by: review.by.to_string(),
            at: shown(review.at),
        }
    }
}

impl From<&DocumentVersion> for DocumentVersionView {
    fn from(version: &DocumentVersion) -> Self {
        let DocumentVersion { number, remark, commit, by, at, .. } = version;
        Self { number: *number, remark: remark.clone(), commit: commit.clone(), by: by.to_string(), at: shown(*at) }
    }
}

impl From<&ListedDocument> for DocumentView {
    fn from(listed: &ListedDocument) -> Self {
        let document = &listed.document;
        Self {
            id: document.id.to_string(),
            revision: document.revision,
            product_id: document.product_id.to_string(),
            kind: document.kind.into(),
            title: document.title.clone(),
            owner: document.owner.clone(),
            source: (&document.source).into(),
            number: document.number,
            paths: document.paths.clone(),
            review_days: document.review_days,
            readers: document.readers.clone(),
            unread: unread(document).into_iter().map(str::to_owned).collect(),
            last_review: document.last_review().map(Into::into),
            stale: listed.stale.clone(),
            excerpt: listed.excerpt.clone(),
            retired: document.retired.as_ref().map(|retired| retired.reason.clone()),
        }
    }
}

impl From<&DocumentPage> for DocumentPageView {
    fn from(page: &DocumentPage) -> Self {
        let document = &page.listed.document;
        let reading = |reading: &pilothouse_domain::document::Reading| DocumentReadingView {
            number: reading.number,
            person: reading.person.clone(),
            by: reading.by.to_string(),
            at: shown(reading.at),
        };
        Self {
            document: (&page.listed).into(),
            version: page.version.as_ref().map(Into::into),
            text: page.version.as_ref().map(|version| version.text.clone()).unwrap_or_default(),
            versions: page.versions.iter().map(Into::into).collect(),
            reviews: document.reviews.iter().rev().map(Into::into).collect(),
            readings: document.readings.iter().rev().map(reading).collect(),
            evidence: page.evidence.iter().map(EvidenceView::from).collect(),
        }
    }
}

impl From<ReleaseDocument> for ReleaseDocumentView {
    fn from(known: ReleaseDocument) -> Self {
        let ReleaseDocument { document, asked, review, overdue_since, unread } = known;
        let is_met = (asked.is_none() || review.is_some()) && overdue_since.is_none() && unread.is_empty();
        let listed = ListedDocument { document, stale: Vec::new(), excerpt: None };
        Self { document: (&listed).into(), asked, review: review.as_ref().map(Into::into), overdue_since: overdue_since.map(shown), is_met }
    }
}

impl Api {
    /// The documents of a product, by title.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_documents(&self, request: ListDocumentsRequest) -> Result<Vec<DocumentView>, ApiError> {
        let product: ProductId = id("product_id", &request.product_id)?;
        Ok(self.engine.list_documents(product, &request.query).await?.iter().map(DocumentView::from).collect())
    }

    /// A document with a text.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_document(&self, request: GetDocumentRequest) -> Result<DocumentPageView, ApiError> {
        Ok((&self.engine.document_page(id("id", &request.id)?, request.number).await?).into())
    }

    /// How each document of a product stands for a release.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn release_documents(&self, request: IdRequest) -> Result<Vec<ReleaseDocumentView>, ApiError> {
        let known = self.engine.release_documents(id("id", &request.id)?).await?;
        Ok(known.into_iter().map(ReleaseDocumentView::from).collect())
    }

    /// Adds or changes a document.
    ///
    /// # Errors
    /// `invalid` for what can't be kept; `taken` for a title in use; `conflict` where somebody else changed it.
    pub async fn put_document(&self, request: PutDocumentRequest) -> Result<DocumentPageView, ApiError> {
        let product: ProductId = id("product_id", &request.product_id)?;
        let known: Option<DocumentId> = optional_id("id", request.id.as_deref())?;
        let edit = DocumentEdit {
            kind: request.kind.into(),
            title: request.title,
            owner: request.owner,
            source: request.source.into(),
            paths: request.paths,
            review_days: request.review_days,
            readers: request.readers,
        };
        let document = match known {
            Some(known) => self.engine.edit_document(&self.actor, known, request.revision, edit).await?,
            None => self.engine.add_document(&self.actor, product, edit).await?,
        };
        self.document_page(document.id).await
    }

    /// Writes a version.
    ///
    /// # Errors
    /// `invalid` for a text that can't be kept; `conflict` where somebody else wrote one meanwhile.
    pub async fn write_document(&self, request: WriteDocumentRequest) -> Result<DocumentPageView, ApiError> {
        let release = optional_id("release_id", request.release_id.as_deref())?;
        let new = NewVersion { base: request.base, text: request.text, remark: request.remark, release };
        let document = self.engine.write_document(&self.actor, id("id", &request.id)?, new).await?;
        self.document_page(document.id).await
    }

    /// Takes a document in from the repository.
    ///
    /// # Errors
    /// Those of the provider; `invalid` where it is kept elsewhere.
    pub async fn take_document(&self, request: TakeDocumentRequest) -> Result<DocumentPageView, ApiError> {
        let release = optional_id("release_id", request.release_id.as_deref())?;
        let document = self.engine.take_document(&self.actor, id("id", &request.id)?, release).await?;
        self.document_page(document.id).await
    }

    /// Says that the current version is right.
    ///
    /// # Errors
    /// `invalid` where another version is current.
    pub async fn review_document(&self, request: ReviewDocumentRequest) -> Result<DocumentPageView, ApiError> {
        let release = optional_id("release_id", request.release_id.as_deref())?;
        let document = id("id", &request.id)?;
        let document = self.engine.review_document(&self.actor, document, request.number, release, &request.remark).await?;
        self.document_page(document.id).await
    }

    /// Records that somebody has read the current version.
    ///
    /// # Errors
    /// `invalid` where another version is current.
    pub async fn confirm_reading(&self, request: ConfirmReadingRequest) -> Result<DocumentPageView, ApiError> {
        let document = id("id", &request.id)?;
        let document = self.engine.confirm_reading(&self.actor, document, request.number, request.person.as_deref()).await?;
        self.document_page(document.id).await
    }

    /// Takes a document out of use, or into use again.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn retire_document(&self, request: RetireRequest) -> Result<DocumentPageView, ApiError> {
        let reason = request.is_retired.then_some(request.reason.as_str());
        let document = self.engine.retire_document(&self.actor, id("id", &request.id)?, reason).await?;
        self.document_page(document.id).await
    }

    async fn document_page(&self, id: DocumentId) -> Result<DocumentPageView, ApiError> {
        Ok((&self.engine.document_page(id, None).await?).into())
    }
}
