//! The release at the provider that keeps the source: its page with notes and files, published once and looked up where the answer is
//! lost; and notes written from what has changed. Must not change a release that somebody else published.

use super::releases::Note;
use super::source::Source;
use super::tags::{SETTLING, title, unsettled};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::ProviderError;
use crate::ports::provider::{CallOutcome, Capabilities, Capability, NewRelease, NewTag, ProviderRelease, Support};
use pilothouse_domain::changelog::propose_notes;
use pilothouse_domain::policy::tag_must_be_there;
use pilothouse_domain::product::Product;
use pilothouse_domain::publication::Publication;
use pilothouse_domain::release::{Release, ReleaseState};
use pilothouse_domain::{Actor, ReleaseId, Timestamp, Version};

/// What is published.
#[derive(Clone, Debug, Default)]
pub struct Publish {
    /// Its title; `None` for product and version.
    pub title: Option<String>,
    /// Whether it is marked as not ready for everybody; `None`: as its version says.
    pub is_prerelease: Option<bool>,
}

/// How a release stands at the provider.
#[derive(Clone, Debug)]
pub struct PublicationReport {
    /// The release, with what is known now.
    pub release: Release,
    /// Its product's name.
    pub product: String,
    /// The name that its tag would have by the product's style.
    pub proposed_tag: String,
    /// The provider's own release, where there is one.
    pub published: Option<ProviderRelease>,
    /// What the provider can do.
    pub capabilities: Capabilities,
    /// The provider's name as people know it.
    pub provider: &'static str,
    /// Why it could not be looked at now; what is told is from before then.
    pub trouble: Option<EngineError>,
}

/// Who writes notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotesWriter {
    /// The provider, where it can; else as [`NotesWriter::Commits`].
    Provider,
    /// Pilothouse, from the commits by their conventional types.
    Commits,
}

/// Notes that were written.
#[derive(Clone, Debug)]
pub struct GeneratedNotes {
    /// The notes, Markdown.
    pub notes: String,
    /// Who wrote them.
    pub by: NotesWriter,
    /// Why the provider didn't, where it was to.
    pub instead: Option<String>,
}

impl Engine {
    /// How a release stands at the provider: looked at now, as far as that can be.
    ///
    /// # Errors
    /// Those of the store. What the provider refuses is part of the report.
    pub async fn publication(&self, id: ReleaseId) -> Result<PublicationReport, EngineError> {
        let release = self.store().release(id).await?;
        let product = self.store().product(release.product_id).await?;
        let connection = self.store().connection(product.connection_id).await?;
        let mut report = PublicationReport {
            proposed_tag: release.version.to_tag(&product.tag_prefix),
            product: product.name.clone(),
            published: None,
            capabilities: self.capabilities(connection.kind),
            provider: connection.kind.name(),
            trouble: None,
            release,
        };
        let looked = self.look_at_publication(&product, &report.release, report.capabilities).await;
        match looked {
            Ok((release, published)) => (report.release, report.published) = (release, published),
            Err(error @ EngineError::Store(_)) => return Err(error),
            Err(error) => report.trouble = Some(error),
        }
        Ok(report)
    }

    async fn look_at_publication(
        &self,
        product: &Product,
        release: &Release,
        capabilities: Capabilities,
    ) -> Result<(Release, Option<ProviderRelease>), EngineError> {
        let source = self.source(product).await?;
        let release = self.look_at_tag_in(&source, release).await?;
        if !capabilities.has(Capability::Releases) {
            return Ok((release, None));
        }
        let found = self.published(&source, &release.tag).await?;
        let release = self.note_publication(&Actor::Engine, &release, found.as_ref()).await?;
        Ok((release, found))
    }

    async fn published(&self, source: &Source<'_>, tag: &str) -> Result<Option<ProviderRelease>, EngineError> {
        let answer = source.provider()?.release(source.repository(), tag).await;
        Ok(self.note_refusal(&source.connection, answer).await?)
    }

    async fn note_publication(&self, actor: &Actor, release: &Release, found: Option<&ProviderRelease>) -> Result<Release, EngineError> {
        let (action, summary, state) = match found {
            Some(found) => {
                let summary = format!("{} is published: {}", release.version, found.url);
                ("release.published", summary, Publication::Published { at: found.published_at, url: found.url.clone() })
            }
            None if is_settling(&release.publication, self.now()) => return Ok(release.clone()),
            None => {
                let summary = format!("{} is not published at the provider", release.version);
                ("release.unpublished", summary, Publication::Unpublished)
            }
        };
        let tag = release.tag.clone();
        let data = serde_json::json!({ "tag": tag, "publication": state });
        let apply = |release: &mut Release| {
            if release.tag == tag {
                release.publication = state.clone();
            }
        };
        self.note_release(actor, release.id, Note { action, summary, data, apply: &apply }).await
    }

    /// Publishes a release at the provider, with its notes. One that is published already is no failure, and stays as it is.
    ///
    /// # Errors
    /// [`EngineError::Blocked`] where its tag isn't there; [`EngineError::Provider`] where the provider can't or won't, or its answer was
    /// lost and the release isn't to be seen yet.
    pub async fn publish_release(&self, actor: &Actor, id: ReleaseId, wanted: Publish) -> Result<Release, EngineError> {
        let release = self.store().release(id).await?;
        let product = self.store().product(release.product_id).await?;
        publishable(&release)?;
        let source = self.source(&product).await?;
        let capabilities = self.capabilities(source.connection.kind);
        if !capabilities.has(Capability::Releases) {
            return Err(capabilities.refusal(Capability::Releases).into());
        }
        let client = source.provider()?.clone();
        let release = self.look_at_tag_in(&source, &release).await?;
        if let Some(blocker) = tag_must_be_there(&release) {
            return Err(EngineError::Blocked(vec![blocker]));
        }
        if let Some(found) = self.published(&source, &release.tag).await? {
            return self.note_publication(actor, &release, Some(&found)).await;
        }
        let new = new_release(&release, &product, wanted)?;
        self.begin_publication(actor, &release, &new).await?;
        let answer = client.create_release(source.repository(), &new).await;
        match self.note_refusal(&source.connection, answer).await {
            Ok(made) => self.note_publication(actor, &release, Some(&made)).await,
            Err(error) => self.settle_publication(actor, &source, &release, error).await,
        }
    }

    /// Writes the intent. Whoever was faster is not disturbed.
    async fn begin_publication(&self, actor: &Actor, release: &Release, new: &NewRelease) -> Result<(), EngineError> {
        if let Publication::Publishing { by, .. } = &release.publication
            && is_settling(&release.publication, self.now())
        {
            let message = format!("{by} is publishing {} right now", release.version);
            return Err(EngineError::invalid("release", message, "Wait a minute, then look at the release again."));
        }
        let mut begun = release.clone();
        begun.publication = Publication::Publishing { begun_at: self.now(), by: actor.clone() };
        let mut change = self.change(actor);
        let data = serde_json::json!({ "tag": new.tag, "title": new.title, "notes": new.notes, "is_prerelease": new.is_prerelease });
        change.audit_release("release.publishing", &begun, format!("Publishes {} as {}", release.version, new.title), data);
        change.write(crate::ports::store::Write::Release(begun));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// The call failed: where it may have had its effect, the provider's list tells.
    async fn settle_publication(
        &self,
        actor: &Actor,
        source: &Source<'_>,
        release: &Release,
        error: ProviderError,
    ) -> Result<Release, EngineError> {
        if let Ok(Some(found)) = self.published(source, &release.tag).await {
            return self.note_publication(actor, release, Some(&found)).await;
        }
        if error.outcome() == CallOutcome::Unknown {
            return Err(unsettled(error, &format!("the release of {}", release.version)));
        }
        let summary = format!("{} was not published: {}", release.version, error.message);
        let data = serde_json::json!({ "tag": release.tag });
        let apply = |release: &mut Release| release.publication = Publication::Unpublished;
        self.note_release(actor, release.id, Note { action: "release.publication_refused", summary, data, apply: &apply }).await?;
        Err(error.into())
    }

    /// Writes notes for a release. Keeps nothing: whoever asked looks at them first.
    ///
    /// # Errors
    /// Where the provider can't be asked.
    pub async fn generate_notes(&self, id: ReleaseId, by: NotesWriter) -> Result<GeneratedNotes, EngineError> {
        let release = self.store().release(id).await?;
        let product = self.store().product(release.product_id).await?;
        let own = |instead| GeneratedNotes { notes: propose_notes(&release.changelog), by: NotesWriter::Commits, instead };
        if by == NotesWriter::Commits {
            return Ok(own(None));
        }
        let connection = self.store().connection(product.connection_id).await?;
        let capabilities = self.capabilities(connection.kind);
        let limit = match capabilities.of(Capability::GeneratedNotes) {
            Support::Lacking(_) => return Ok(own(Some(capabilities.refusal(Capability::GeneratedNotes).message))),
            Support::Limited(limit) => Some(limit),
            Support::Full => None,
        };
        let source = self.source(&product).await?;
        let tag = NewTag { name: release.tag.clone(), commit: release.source.commit.clone(), message: String::new() };
        // Only a tag can be named there.
        let since = release.changes_since.as_deref().filter(|since| Version::from_tag(since, &product.tag_prefix).is_some());
        let answer = source.provider()?.generate_notes(source.repository(), &tag, since).await;
        let notes = self.note_refusal(&source.connection, answer).await?;
        if notes.trim().is_empty() {
            let why = limit.map(|limit| format!(": it writes them {limit}")).unwrap_or_default();
            return Ok(own(Some(format!("{} found nothing to write{why}.", connection.kind.name()))));
        }
        Ok(GeneratedNotes { notes, by: NotesWriter::Provider, instead: None })
    }
}

fn is_settling(publication: &Publication, now: Timestamp) -> bool {
    matches!(publication, Publication::Publishing { begun_at, .. } if now < begun_at.plus(SETTLING))
}

fn publishable(release: &Release) -> Result<(), EngineError> {
    let refused = |message: String, next: &str| Err(EngineError::invalid("release", message, next));
    if let ReleaseState::Aborted { reason, .. } = &release.state {
        return refused(format!("{} was given up: {reason}", release.version), "Publish the release that takes its place.");
    }
    if let Some(bad) = &release.marked_bad {
        return refused(
            format!("{} is marked bad: {}", release.version, bad.reason),
            "Take the mark back first, or publish another release.",
        );
    }
    Ok(())
}

fn new_release(release: &Release, product: &Product, wanted: Publish) -> Result<NewRelease, EngineError> {
    let title = wanted.title.map(|title| title.trim().to_owned()).filter(|t| !t.is_empty()).unwrap_or_else(|| title(release, product));
    if title.chars().count() > 200 || title.chars().any(char::is_control) {
        let message = "the title is longer than 200 characters, or not one line";
        return Err(EngineError::invalid("title", message, "Choose a shorter title in one line."));
    }
    Ok(NewRelease {
        tag: release.tag.clone(),
        title,
        notes: release.notes.clone(),
        is_prerelease: wanted.is_prerelease.unwrap_or_else(|| release.version.is_prerelease()),
    })
}
