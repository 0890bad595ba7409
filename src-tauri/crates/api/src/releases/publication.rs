//! A release's tag and its release at the provider: how they stand, create, publish, and notes that are written for it.

use crate::clones::SignatureView;
use crate::decode::{id, shown};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::ReleaseId;
use pilothouse_domain::publication::{Publication, TagState};
use pilothouse_domain::release::Release;
use pilothouse_engine::ports::provider::{Capabilities, Capability, ReleaseAsset, Support};
use pilothouse_engine::usecases::{CreateTag, NotesWriter, PublicationReport, Publish};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A tag for a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CreateTagRequest {
    /// The release's id.
    pub id: String,
    /// Its name; none for the one that the release has.
    pub name: Option<String>,
    /// Its message, which makes it an annotated tag; none for product and version, empty for a lightweight tag.
    pub message: Option<String>,
}

/// A release to publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PublishReleaseRequest {
    /// The release's id.
    pub id: String,
    /// Its title; none for product and version.
    pub title: Option<String>,
    /// Whether it is marked as not ready for everybody; none: as its version says.
    pub is_prerelease: Option<bool>,
}

/// Who is to write notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GenerateNotesRequest {
    /// The release's id.
    pub id: String,
    /// Who writes them.
    pub by: NotesWriterWord,
}

/// Who writes notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum NotesWriterWord {
    /// The provider, where it can; else from the commits.
    Provider,
    /// From the commits, by their conventional types.
    Commits,
}

/// Notes that were written. Nothing is kept until the release is edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GeneratedNotesView {
    /// The notes, Markdown.
    pub notes: String,
    /// Who wrote them.
    pub by: NotesWriterWord,
    /// Why the provider didn't, where it was to.
    pub instead: Option<String>,
}

/// How a release stands at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PublicationView {
    /// The release's id.
    pub id: String,
    /// The provider, as people know it.
    pub provider: String,
    /// Its tag.
    pub tag: TagView,
    /// Its release there.
    pub published: PublishedView,
    /// Why the provider writes no notes; none where it does.
    pub notes_refused: Option<String>,
    /// Why it could not be looked at now; what is told is from before then.
    pub trouble: Option<String>,
}

/// The tag of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TagView {
    /// Its name.
    pub name: String,
    /// Whether it is there.
    pub state: TagStateWord,
    /// That in a sentence.
    pub line: String,
    /// The name by the product's style.
    pub proposed_name: String,
    /// The message that it would have.
    pub proposed_message: String,
    /// The commit that it gets.
    pub commit: String,
    /// Why it can't be created here; none where it can.
    pub refused: Option<String>,
    /// How it is signed, as the clone on this computer tells.
    pub signature: Option<SignatureView>,
}

/// Whether a tag is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TagStateWord {
    /// Nobody has looked.
    Unknown,
    /// It points at the release's commit.
    There,
    /// There is none.
    Missing,
    /// It points at another commit.
    Elsewhere,
    /// It is being created.
    Creating,
}

/// The release at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PublishedView {
    /// Whether it is there.
    pub state: PublicationWord,
    /// That in a sentence.
    pub line: String,
    /// Its page.
    pub url: Option<String>,
    /// Since when.
    pub at: Option<String>,
    /// Its title there.
    pub title: Option<String>,
    /// Its files.
    pub assets: Vec<AssetView>,
    /// True where its notes there are others than here.
    pub notes_differ: bool,
    /// The title that it would have.
    pub proposed_title: String,
    /// Whether it would be marked as not ready for everybody.
    pub proposed_prerelease: bool,
    /// What the provider doesn't keep of it: a mark for pre-releases.
    pub limit: Option<String>,
    /// Why it can't be published; none where it can.
    pub refused: Option<String>,
}

/// Whether a release is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PublicationWord {
    /// It isn't.
    Unpublished,
    /// It is being published.
    Publishing,
    /// It is.
    Published,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AssetView {
    /// Its name.
    pub name: String,
    /// Where it can be had.
    pub url: String,
    /// Its size in KiB, rounded up, where that is told.
    pub size_kib: Option<u32>,
}

impl Api {
    /// How a release's tag and its release at the provider stand: looked at now, as far as that can be.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn release_publication(&self, request: IdRequest) -> Result<PublicationView, ApiError> {
        self.publication_of(id("id", &request.id)?).await
    }

    /// Creates the tag of a release at the provider, at the release's commit. Sent once; one that is there already is no failure.
    ///
    /// # Errors
    /// `invalid` for a name that Git refuses or another commit has; `provider_*` where the provider can't, won't, or didn't answer.
    pub async fn create_release_tag(&self, request: CreateTagRequest) -> Result<PublicationView, ApiError> {
        let release: ReleaseId = id("id", &request.id)?;
        self.engine.create_tag(&self.actor, release, CreateTag { name: request.name, message: request.message }).await?;
        self.publication_of(release).await
    }

    /// Publishes a release at the provider. Sent once; one that is published already is no failure, and stays as it is.
    ///
    /// # Errors
    /// `blocked` where its tag isn't there; `provider_*` where the provider can't, won't, or didn't answer.
    pub async fn publish_release(&self, request: PublishReleaseRequest) -> Result<PublicationView, ApiError> {
        let release: ReleaseId = id("id", &request.id)?;
        let wanted = Publish { title: request.title, is_prerelease: request.is_prerelease };
        self.engine.publish_release(&self.actor, release, wanted).await?;
        self.publication_of(release).await
    }

    /// Writes notes for a release, and keeps nothing.
    ///
    /// # Errors
    /// `provider_*` where the provider can't be asked.
    pub async fn generate_notes(&self, request: GenerateNotesRequest) -> Result<GeneratedNotesView, ApiError> {
        let by = match request.by {
            NotesWriterWord::Provider => NotesWriter::Provider,
            NotesWriterWord::Commits => NotesWriter::Commits,
        };
        let written = self.engine.generate_notes(id("id", &request.id)?, by).await?;
        let by = match written.by {
            NotesWriter::Provider => NotesWriterWord::Provider,
            NotesWriter::Commits => NotesWriterWord::Commits,
        };
        Ok(GeneratedNotesView { notes: written.notes, by, instead: written.instead })
    }

    async fn publication_of(&self, release: ReleaseId) -> Result<PublicationView, ApiError> {
        let report = self.engine.publication(release).await?;
        // A clone that can't be read takes nothing from what the provider tells; the product's settings say why.
        let signature = self.engine.tag_signature(release).await.ok().flatten();
        Ok(PublicationView {
            id: release.to_string(),
            provider: report.provider.to_owned(),
            tag: tag(&report, signature.as_ref().map(SignatureView::from)),
            published: published(&report),
            notes_refused: lacking(report.capabilities, Capability::GeneratedNotes),
            trouble: report.trouble.map(|error| ApiError::from(error).message),
        })
    }
}

fn lacking(capabilities: Capabilities, capability: Capability) -> Option<String> {
    (!capabilities.has(capability)).then(|| capabilities.refusal(capability).message)
}

fn tag(report: &PublicationReport, signature: Option<SignatureView>) -> TagView {
    let release = &report.release;
    let (state, line) = match &release.tag_state {
        TagState::Unknown => (TagStateWord::Unknown, "Nobody has looked whether it is there.".to_owned()),
        TagState::There => (TagStateWord::There, format!("It is at {}, the release's commit.", short(&release.source.commit))),
        TagState::Missing => (TagStateWord::Missing, "It doesn't exist yet.".to_owned()),
        TagState::Elsewhere { commit } => {
            (TagStateWord::Elsewhere, format!("It is at {}; the release's commit is {}.", short(commit), short(&release.source.commit)))
        }
        TagState::Creating { by, .. } => (TagStateWord::Creating, format!("{by} is creating it; no answer has come yet.")),
    };
    let refused = match state {
        TagStateWord::There => Some("It is there already.".to_owned()),
        _ if release.state.word() == "aborted" => Some("The release was given up.".to_owned()),
        _ => lacking(report.capabilities, Capability::CreateTag),
    };
    TagView {
        name: release.tag.clone(),
        state,
        line,
        proposed_name: report.proposed_tag.clone(),
        proposed_message: title(report),
        commit: release.source.commit.clone(),
        refused,
        signature,
    }
}

fn published(report: &PublicationReport) -> PublishedView {
    let release = &report.release;
    let (state, line, url, at) = match &release.publication {
        Publication::Unpublished => (PublicationWord::Unpublished, "Not published.".to_owned(), None, None),
        Publication::Publishing { by, .. } => {
            (PublicationWord::Publishing, format!("{by} is publishing it; no answer has come yet."), None, None)
        }
        Publication::Published { at, url } => {
            (PublicationWord::Published, format!("Published at {}.", report.provider), Some(url.clone()).filter(|u| !u.is_empty()), *at)
        }
    };
    let there = report.published.as_ref();
    PublishedView {
        state,
        line,
        url,
        at: at.map(shown),
        title: there.map(|there| there.title.clone()),
        assets: there.map(|there| there.assets.iter().map(asset).collect()).unwrap_or_default(),
        notes_differ: there.is_some_and(|there| plain(&there.notes) != plain(&release.notes)),
        proposed_title: title(report),
        proposed_prerelease: release.version.is_prerelease(),
        limit: match report.capabilities.of(Capability::Releases) {
            Support::Limited(limit) => Some(format!("{}: {limit}.", report.provider)),
            Support::Full | Support::Lacking(_) => None,
        },
        refused: unpublishable(report, release),
    }
}

fn unpublishable(report: &PublicationReport, release: &Release) -> Option<String> {
    if let Some(why) = lacking(report.capabilities, Capability::Releases) {
        return Some(why);
    }
    if release.state.word() == "aborted" {
        return Some("The release was given up.".to_owned());
    }
    if release.marked_bad.is_some() {
        return Some("The release is marked bad. Take the mark back first.".to_owned());
    }
    match (&release.publication, &release.tag_state) {
        (Publication::Published { .. }, _) => Some("It is published already.".to_owned()),
        (_, TagState::There | TagState::Unknown) => None,
        (_, TagState::Missing | TagState::Creating { .. }) => Some("A release is published at its tag. Create the tag first.".to_owned()),
        (_, TagState::Elsewhere { .. }) => Some("Its tag is at another commit.".to_owned()),
    }
}

fn asset(asset: &ReleaseAsset) -> AssetView {
    let size_kib = asset.size.map(|bytes| u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX));
    AssetView { name: asset.name.clone(), url: asset.url.clone(), size_kib }
}

fn title(report: &PublicationReport) -> String {
    format!("{} {}", report.product, report.release.version)
}

/// Providers keep other line ends than they were given.
fn plain(notes: &str) -> String {
    notes.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

pub(super) fn short(commit: &str) -> String {
    commit.chars().take(7).collect()
}
