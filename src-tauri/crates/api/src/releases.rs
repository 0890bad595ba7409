//! Releases: list, look at, propose, draft, edit, plan, vote, complete, abort, mark bad.

mod can;
mod comparison;
mod detail;
mod helm;
mod holds;
mod proposal;
mod publication;
#[cfg(test)]
mod publication_tests;
mod risk;
mod timeline;
mod view;

pub use can::CanView;
pub use comparison::*;
pub use detail::*;
pub use helm::*;
pub use proposal::*;
pub use publication::*;
pub use risk::*;
pub use timeline::TimelineItem;
pub use view::*;

pub(crate) use helm::{helm, next_environment};
pub(crate) use timeline::glyph;
pub(crate) use view::state_at;

use crate::decode::{id, optional_id, version};
use crate::error::ApiError;
use crate::lookups::SourceKindWord;
use crate::scene::Scene;
use crate::{Api, IdRequest};
use pilothouse_domain::approval::Verdict;
use pilothouse_domain::{EnvironmentId, ProductId, ReleaseId};
use pilothouse_engine::ProductFacts;
use pilothouse_engine::ports::store::ReleaseFilter;
use pilothouse_engine::usecases::{NewRelease, ReleaseEdit};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Which releases, last drafted first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListReleasesRequest {
    /// Of this product.
    pub product_id: Option<String>,
    /// Only those that are not closed.
    pub open_only: bool,
    /// Drafted before this one was: the last id of the page before.
    pub after: Option<String>,
    /// At most so many, 1 to 500; 0 means 100.
    pub limit: u32,
}

/// A release by its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FindReleaseRequest {
    /// The product's id; none: the version must be unique among all products.
    pub product_id: Option<String>,
    /// The version: `1.4.0`.
    pub version: String,
}

/// What a new release needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DraftReleaseRequest {
    /// The product's id.
    pub product_id: String,
    /// The version: `1.4.0`.
    pub version: String,
    /// Which kind of ref it is drafted from.
    pub kind: SourceKindWord,
    /// The ref's name, or the commit's hash.
    pub name: String,
    /// Notes; none for those that the commits propose.
    pub notes: Option<String>,
    /// Why it can't wait, where it is a hotfix: it goes the shorter path.
    #[serde(default)]
    pub hotfix: Option<String>,
}

/// What of a release is to be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EditReleaseRequest {
    /// The release's id.
    pub id: String,
    /// Other notes.
    pub notes: Option<String>,
    /// Another version. Takes the plan and the votes away.
    pub version: Option<String>,
}

/// A plan for a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanReleaseRequest {
    /// The release's id.
    pub id: String,
    /// Ids of the environments; none of them means all of the product.
    pub environment_ids: Vec<String>,
    /// What else people should know.
    pub remarks: String,
}

/// A vote on a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VoteRequest {
    /// The release's id.
    pub id: String,
    /// The vote.
    pub verdict: VerdictWord,
    /// Why; may be empty for an approval.
    pub comment: String,
    /// The hash of the content that was looked at.
    pub content_hash: String,
}

/// The record of the review after a hotfix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewHotfixRequest {
    /// The release's id.
    pub id: String,
    /// What was found and what follows from it, never empty.
    pub findings: String,
}

/// Something done to a release, with a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReasonRequest {
    /// The release's id.
    pub id: String,
    /// Why, never empty.
    pub reason: String,
}

/// The day by which a release is meant to be out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetTargetDateRequest {
    /// The release's id.
    pub id: String,
    /// The day: `2026-12-20`; none to take it off.
    pub day: Option<String>,
    /// The zone on whose calendar it is that day: `Europe/Berlin`. Not read where it is taken off.
    #[serde(default)]
    pub time_zone: String,
}

impl Api {
    /// Releases, last drafted first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_releases(&self, request: ListReleasesRequest) -> Result<Vec<ReleaseView>, ApiError> {
        let filter = ReleaseFilter {
            product: optional_id("product_id", request.product_id.as_deref())?,
            open_only: request.open_only,
            after: optional_id("after", request.after.as_deref())?,
            limit: request.limit.min(500),
        };
        let mut known: HashMap<ProductId, ProductFacts> = HashMap::new();
        let mut views = Vec::new();
        for release in self.store().releases(&filter).await? {
            let product = match known.entry(release.product_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.engine.product_facts(release.product_id).await?),
            };
            // A closed release asks for nothing, whoever voted on it.
            let approvals = if release.state.is_terminal() { Vec::new() } else { self.store().approvals(release.id).await? };
            let scene = Scene { release: &release, approvals: &approvals, product };
            views.push(ReleaseView::new(&scene, &self.actor, self.engine.now()));
        }
        Ok(views)
    }

    /// The id of the release of a version.
    ///
    /// # Errors
    /// `not_found`; `invalid` where several products have this version.
    pub async fn find_release(&self, request: FindReleaseRequest) -> Result<IdRequest, ApiError> {
        let wanted = version("version", &request.version)?;
        let mut found = Vec::new();
        let mut filter =
            ReleaseFilter { product: optional_id("product_id", request.product_id.as_deref())?, limit: 500, ..ReleaseFilter::default() };
        // Ends: each page begins after the last one of the page before.
        loop {
            let page = self.store().releases(&filter).await?;
            found.extend(page.iter().filter(|r| r.version == wanted).map(|r| r.id));
            match page.last() {
                Some(last) if found.len() < 2 => filter.after = Some(last.id),
                _ => break,
            }
        }
        match found.as_slice() {
            [] => {
                let message = format!("there is no release {wanted}");
                Err(ApiError::new(crate::ErrorCode::NotFound, message, "Look at the list of releases."))
            }
            [only] => Ok(IdRequest { id: only.to_string() }),
            _ => {
                let message = format!("several products have a release {wanted}");
                Err(ApiError::invalid("version", message, "Name the product too."))
            }
        }
    }

    /// One release, with everything that its screen shows.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_release(&self, request: IdRequest) -> Result<ReleaseDetail, ApiError> {
        self.release_detail(id("id", &request.id)?).await
    }

    /// Drafts a release.
    ///
    /// # Errors
    /// Where the provider doesn't know the ref; `taken` where the version exists.
    pub async fn draft_release(&self, request: DraftReleaseRequest) -> Result<ReleaseDetail, ApiError> {
        let new = NewRelease {
            product_id: id("product_id", &request.product_id)?,
            version: version("version", &request.version)?,
            source_kind: request.kind.into(),
            source_name: request.name.trim().to_owned(),
            notes: request.notes,
            hotfix: request.hotfix,
        };
        let release = self.engine.draft_release(&self.actor, new).await?;
        self.release_detail(release.id).await
    }

    /// Edits notes or version.
    ///
    /// # Errors
    /// `conflict` where it has gone too far.
    pub async fn edit_release(&self, request: EditReleaseRequest) -> Result<ReleaseDetail, ApiError> {
        let release: ReleaseId = id("id", &request.id)?;
        let version = request.version.as_deref().map(|text| version("version", text)).transpose()?;
        self.engine.edit_release(&self.actor, release, ReleaseEdit { notes: request.notes, version }).await?;
        self.release_detail(release).await
    }

    /// Plans a release. Earlier votes are void where the plan differs.
    ///
    /// # Errors
    /// `conflict` where it has gone too far.
    pub async fn plan_release(&self, request: PlanReleaseRequest) -> Result<ReleaseDetail, ApiError> {
        let release = id("id", &request.id)?;
        let environments: Vec<EnvironmentId> =
            request.environment_ids.iter().map(|text| id("environment_ids", text)).collect::<Result<_, _>>()?;
        self.engine.plan_release(&self.actor, release, &environments, &request.remarks).await?;
        self.release_detail(release).await
    }

    /// Asks for votes.
    ///
    /// # Errors
    /// `blocked` where there is no plan, or votes were asked for already.
    pub async fn request_approval(&self, request: IdRequest) -> Result<ReleaseDetail, ApiError> {
        let release = id("id", &request.id)?;
        self.engine.request_approval(&self.actor, release).await?;
        self.release_detail(release).await
    }

    /// Gives a vote, for the content that was looked at.
    ///
    /// # Errors
    /// `blocked` where no vote is open; `invalid` where the content has changed since, or a rejection says no reason.
    pub async fn vote(&self, request: VoteRequest) -> Result<ReleaseDetail, ApiError> {
        let release = id("id", &request.id)?;
        let verdict = Verdict::from(request.verdict);
        self.engine.vote(&self.actor, release, verdict, &request.comment, &request.content_hash).await?;
        self.release_detail(release).await
    }

    /// Closes a release that runs well in its last environment.
    ///
    /// # Errors
    /// `blocked` where it doesn't.
    pub async fn complete_release(&self, request: IdRequest) -> Result<ReleaseDetail, ApiError> {
        let release = id("id", &request.id)?;
        self.engine.complete_release(&self.actor, release).await?;
        self.release_detail(release).await
    }

    /// Gives a release up.
    ///
    /// # Errors
    /// `invalid` while a deployment of it is under way, or without a reason.
    pub async fn abort_release(&self, request: ReasonRequest) -> Result<ReleaseDetail, ApiError> {
        let release = id("id", &request.id)?;
        self.engine.abort_release(&self.actor, release, &request.reason).await?;
        self.release_detail(release).await
    }

    /// Marks a release bad, so that it can't advance.
    ///
    /// # Errors
    /// `invalid` without a reason.
    pub async fn mark_release_bad(&self, request: ReasonRequest) -> Result<ReleaseDetail, ApiError> {
        let release = id("id", &request.id)?;
        self.engine.mark_release(&self.actor, release, Some(&request.reason)).await?;
        self.release_detail(release).await
    }

    /// Records what the review after a hotfix found.
    ///
    /// # Errors
    /// `invalid` without findings, for what is no hotfix, or before it has come to its last environment.
    pub async fn review_hotfix(&self, request: ReviewHotfixRequest) -> Result<ReleaseDetail, ApiError> {
        let release = id("id", &request.id)?;
        self.engine.review_hotfix(&self.actor, release, &request.findings).await?;
        self.release_detail(release).await
    }

    /// Sets the day by which a release is meant to be out, or takes it off.
    ///
    /// # Errors
    /// `invalid` where it is no day, the zone is unknown, or the release is over.
    pub async fn set_target_date(&self, request: SetTargetDateRequest) -> Result<ReleaseDetail, ApiError> {
        let release = id("id", &request.id)?;
        let wanted = request.day.as_deref().map(|day| (day, request.time_zone.as_str()));
        self.engine.set_target_date(&self.actor, release, wanted).await?;
        self.release_detail(release).await
    }

    /// Takes the bad mark back.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn unmark_release(&self, request: IdRequest) -> Result<ReleaseDetail, ApiError> {
        let release = id("id", &request.id)?;
        self.engine.mark_release(&self.actor, release, None).await?;
        self.release_detail(release).await
    }
}
