//! The tag that carries a release: looked for, and created at the provider. The intent is written before the call, which is sent once;
//! where its answer is lost, what is there is looked at, and never asked for again.

use super::releases::Note;
use super::source::Source;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::{CallOutcome, Capability, NewTag, ProviderError};
use pilothouse_domain::product::Product;
use pilothouse_domain::publication::{TagState, tag_name_fault};
use pilothouse_domain::release::{Release, ReleaseState};
use pilothouse_domain::{Actor, ReleaseId, Timestamp};
use std::time::Duration;

/// How long something that was begun may take to be seen at the provider.
pub(super) const SETTLING: Duration = Duration::from_secs(60);

/// How a release's tag is to be.
#[derive(Clone, Debug, Default)]
pub struct CreateTag {
    /// Its name; `None` for the one that the release has.
    pub name: Option<String>,
    /// Its message, which makes it an annotated tag; `None` for product and version, empty for a lightweight tag.
    pub message: Option<String>,
}

impl Engine {
    /// Looks whether a release's tag is there, and notes it.
    ///
    /// # Errors
    /// Where the source can't be asked.
    pub async fn look_at_tag(&self, id: ReleaseId) -> Result<Release, EngineError> {
        let release = self.store().release(id).await?;
        let product = self.store().product(release.product_id).await?;
        let source = self.source(&product).await?;
        self.look_at_tag_in(&source, &release).await
    }

    pub(super) async fn look_at_tag_in(&self, source: &Source<'_>, release: &Release) -> Result<Release, EngineError> {
        let found = source.tag(&release.tag).await?;
        let seen = TagState::seen(found.as_deref(), &release.source.commit);
        if seen == TagState::Missing && is_settling(&release.tag_state, self.now()) {
            return Ok(release.clone());
        }
        let (action, summary) = match &seen {
            TagState::There => ("release.tag_seen", format!("The tag {} is at the commit of {}", release.tag, release.version)),
            TagState::Elsewhere { commit } => (
                "release.tag_elsewhere",
                format!("The tag {} is at {}, not at the commit of {}", release.tag, short(commit), release.version),
            ),
            _ => ("release.tag_missing", format!("There is no tag {} for {}", release.tag, release.version)),
        };
        // Nobody did this: it was seen.
        self.note_tag(&Actor::Engine, release.id, (action, summary), &release.tag, seen).await
    }

    /// Creates the tag of a release at the provider, at the release's commit. One that is there already, at that commit, is no failure.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a name that Git refuses, or that another commit has; [`EngineError::Provider`] where the provider can't
    /// or won't, or its answer was lost and the tag isn't to be seen yet.
    pub async fn create_tag(&self, actor: &Actor, id: ReleaseId, new: CreateTag) -> Result<Release, EngineError> {
        let release = self.store().release(id).await?;
        let product = self.store().product(release.product_id).await?;
        let tag = new_tag(&release, &product, new)?;
        let source = self.source(&product).await?;
        let capabilities = self.capabilities(source.connection.kind);
        if !capabilities.has(Capability::CreateTag) {
            return Err(capabilities.refusal(Capability::CreateTag).into());
        }
        let client = source.provider()?.clone();
        let seen = TagState::seen(source.tag(&tag.name).await?.as_deref(), &tag.commit);
        match &seen {
            TagState::There => {
                let summary = format!("The tag {} is at the commit of {}", tag.name, release.version);
                return self.note_tag(actor, id, ("release.tag_seen", summary), &tag.name, seen).await;
            }
            TagState::Elsewhere { commit } => {
                let error = elsewhere(&tag, commit);
                if tag.name == release.tag {
                    self.look_at_tag_in(&source, &release).await?;
                }
                return Err(error);
            }
            TagState::Missing | TagState::Unknown | TagState::Creating { .. } => {}
        }
        self.begin_tag(actor, &release, &tag).await?;
        let answer = client.create_tag(source.repository(), &tag).await;
        match self.note_refusal(&source.connection, answer).await {
            Ok(()) => self.note_tag(actor, id, ("release.tag_created", created(&tag, &release)), &tag.name, TagState::There).await,
            Err(error) => self.settle_tag(actor, &source, &release, &tag, error).await,
        }
    }

    /// Writes the intent. Whoever was faster is not disturbed.
    async fn begin_tag(&self, actor: &Actor, release: &Release, tag: &NewTag) -> Result<(), EngineError> {
        if let TagState::Creating { by, .. } = &release.tag_state
            && is_settling(&release.tag_state, self.now())
        {
            let message = format!("{by} is creating the tag {} right now", release.tag);
            return Err(EngineError::invalid("tag", message, "Wait a minute, then look at the release again."));
        }
        let mut begun = release.clone();
        begun.tag.clone_from(&tag.name);
        begun.tag_state = TagState::Creating { begun_at: self.now(), by: actor.clone() };
        let mut change = self.change(actor);
        let data = serde_json::json!({ "tag": tag.name, "commit": tag.commit, "message": tag.message });
        let summary = format!("Creates the tag {} at {} for {}", tag.name, short(&tag.commit), release.version);
        change.audit_release("release.tag_begun", &begun, summary, data);
        change.write(crate::ports::store::Write::Release(begun));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// The call failed: where it may have had its effect, the tag itself tells.
    async fn settle_tag(
        &self,
        actor: &Actor,
        source: &Source<'_>,
        release: &Release,
        tag: &NewTag,
        error: ProviderError,
    ) -> Result<Release, EngineError> {
        let looked = source.tag(&tag.name).await;
        let (event, state, told) = match looked {
            Ok(Some(commit)) if commit == tag.commit => (("release.tag_created", created(tag, release)), TagState::There, None),
            Ok(Some(commit)) => {
                let summary = format!("The tag {} was not created: it is at {}", tag.name, short(&commit));
                (("release.tag_elsewhere", summary), TagState::Elsewhere { commit: commit.clone() }, Some(elsewhere(tag, &commit)))
            }
            // No answer came, and nothing is to be seen: it may still come.
            Ok(None) | Err(_) if error.outcome() == CallOutcome::Unknown => return Err(unsettled(error, &format!("the tag {}", tag.name))),
            Ok(None) | Err(_) => {
                let summary = format!("The tag {} was not created: {}", tag.name, error.message);
                (("release.tag_refused", summary), TagState::Missing, Some(EngineError::Provider(error)))
            }
        };
        let settled = self.note_tag(actor, release.id, event, &tag.name, state).await?;
        told.map_or(Ok(settled), Err)
    }

    /// Notes what is known of a tag; nothing where the release has got another name for it meanwhile and this one isn't there.
    async fn note_tag(
        &self,
        actor: &Actor,
        id: ReleaseId,
        (action, summary): (&str, String),
        tag: &str,
        state: TagState,
    ) -> Result<Release, EngineError> {
        let data = serde_json::json!({ "tag": tag, "tag_state": state });
        let apply = |release: &mut Release| {
            if release.tag == tag || state == TagState::There {
                tag.clone_into(&mut release.tag);
                release.tag_state = state.clone();
            }
        };
        self.note_release(actor, id, Note { action, summary, data, apply: &apply }).await
    }
}

fn is_settling(state: &TagState, now: Timestamp) -> bool {
    matches!(state, TagState::Creating { begun_at, .. } if now < begun_at.plus(SETTLING))
}

/// The tag as it is asked for, where it can be.
fn new_tag(release: &Release, product: &Product, new: CreateTag) -> Result<NewTag, EngineError> {
    if matches!(release.state, ReleaseState::Aborted { .. }) {
        let message = format!("{} was given up", release.version);
        return Err(EngineError::invalid("release", message, "A tag carries a release that goes on. Draft a new one."));
    }
    let name = new.name.as_deref().map_or(release.tag.as_str(), str::trim).to_owned();
    if let Some(fault) = tag_name_fault(&name) {
        let example = release.version.to_tag(&product.tag_prefix);
        return Err(EngineError::invalid("tag", fault, format!("Choose another name, such as {example}.")));
    }
    let message = new.message.unwrap_or_else(|| title(release, product));
    if message.len() > 10_000 {
        return Err(EngineError::invalid(
            "message",
            "the message is longer than 10,000 bytes",
            "Shorten it: the notes hold the long text.",
        ));
    }
    Ok(NewTag { name, commit: release.source.commit.clone(), message: message.trim().to_owned() })
}

/// Product and version.
pub(super) fn title(release: &Release, product: &Product) -> String {
    format!("{} {}", product.name, release.version)
}

fn created(tag: &NewTag, release: &Release) -> String {
    format!("Created the tag {} at {} for {}", tag.name, short(&tag.commit), release.version)
}

fn elsewhere(tag: &NewTag, commit: &str) -> EngineError {
    let message = format!("the tag {} is there already, at another commit ({})", tag.name, short(commit));
    let next = "Choose another name for the tag, or draft a release from that tag. Nothing was changed.";
    EngineError::invalid("tag", message, next)
}

/// A call whose end isn't known, told as such.
pub(super) fn unsettled(error: ProviderError, what: &str) -> EngineError {
    EngineError::Provider(ProviderError {
        message: format!("{} Whether {what} was created isn't known yet.", error.message),
        next_step: "Look at the release again in a minute: it shows whether it is there. It is not created twice.".to_owned(),
        ..error
    })
}

pub(super) fn short(commit: &str) -> String {
    commit.chars().take(7).collect()
}
