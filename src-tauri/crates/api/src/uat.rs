//! Rounds of user acceptance testing: list, begin, change, invite, say, sign.

mod view;

pub use view::*;

use crate::decode::{id, shown, time};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::UatRoundId;
use pilothouse_domain::uat::{ExitCriteria, RoundRefusal, Step};
use pilothouse_engine::usecases::{NewRound, NewScenario, RoundEdit};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::time::Duration;

/// A round to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BeginUatRoundRequest {
    /// The release.
    pub release_id: String,
    /// The environment in which people test.
    pub environment_id: String,
    /// The paths that the release changes, where they are known.
    pub changed_paths: Option<Vec<String>>,
}

/// A round as somebody changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EditUatRoundRequest {
    /// The round.
    pub id: String,
    /// The revision that was looked at.
    pub revision: u32,
    /// In Markdown.
    pub instructions: String,
    /// What is tested, in order.
    pub scenarios: Vec<ScenarioBody>,
    /// When it is enough.
    pub criteria: ExitCriteriaBody,
    /// Who signs; empty where anybody may.
    pub signatories: Vec<String>,
    /// When testers should be done.
    pub due: Option<String>,
}

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ScenarioBody {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// In a line.
    pub title: String,
    /// Its steps.
    pub steps: Vec<StepBody>,
    /// Whether it holds the release up.
    pub is_required: bool,
    /// Patterns of paths whose change asks to test it again.
    pub paths: Vec<String>,
    /// Scopes of commits whose change asks to test it again.
    pub labels: Vec<String>,
}

/// A step of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StepBody {
    /// What is done.
    pub does: String,
    /// What should come of it; may be empty.
    pub expects: String,
}

/// When a round is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExitCriteriaBody {
    /// So many testers pass each required scenario, at least 1.
    pub testers_each: u8,
    /// No feedback waits for triage.
    pub all_triaged: bool,
    /// Later versions need a round here, too.
    pub every_version: bool,
}

/// Somebody to test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AddTesterRequest {
    /// The round.
    pub round_id: String,
    /// Their name.
    pub name: String,
}

/// A tester of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TesterRequest {
    /// The round.
    pub round_id: String,
    /// The tester.
    pub tester_id: String,
}

/// An invitation to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InviteTesterRequest {
    /// The round.
    pub round_id: String,
    /// The tester.
    pub tester_id: String,
    /// For how long it opens the form, 1 to 2,160 hours.
    pub hours: u32,
}

/// What a tester says of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordOutcomeRequest {
    /// The round.
    pub round_id: String,
    /// The scenario.
    pub scenario_id: String,
    /// The tester.
    pub tester_id: String,
    /// What came of it; none takes back what was said.
    pub outcome: Option<UatOutcomeWord>,
    /// A remark; may be empty.
    pub remark: String,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SignOffRequest {
    /// The round.
    pub round_id: String,
    /// A remark; needed where something isn't met.
    pub remark: String,
}

/// A round to give up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GiveUpRoundRequest {
    /// The round.
    pub round_id: String,
    /// Why, never empty.
    pub reason: String,
}

impl ScenarioBody {
    fn read(self) -> Result<NewScenario, ApiError> {
        let step = |step: StepBody| Step { does: step.does, expects: step.expects };
        Ok(NewScenario {
            id: crate::decode::optional_id("scenarios", self.id.as_deref())?,
            title: self.title,
            steps: self.steps.into_iter().map(step).collect(),
            is_required: self.is_required,
            paths: self.paths,
            labels: self.labels,
        })
    }
}

/// What is told to whoever asks for something that a round doesn't allow.
pub(crate) fn round_refused(refusal: &RoundRefusal) -> ApiError {
    let error = ApiError::new(crate::ErrorCode::Conflict, refusal.to_string(), refusal.next_step());
    match refusal {
        RoundRefusal::NeedsRemark { .. } => ApiError { field: Some("remark".to_owned()), ..error },
        RoundRefusal::TesterThere { .. } => ApiError { field: Some("name".to_owned()), ..error },
        _ => error,
    }
}

impl Api {
    /// The rounds of a release, last begun first.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn release_uat_rounds(&self, request: IdRequest) -> Result<Vec<UatRoundBody>, ApiError> {
        let now = self.engine.now();
        let views = self.engine.release_uat_rounds(id("id", &request.id)?).await?;
        Ok(views.iter().map(|view| UatRoundBody::new(view, now)).collect())
    }

    /// A round.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_uat_round(&self, request: IdRequest) -> Result<UatRoundBody, ApiError> {
        self.round_body(id("id", &request.id)?).await
    }

    /// Begins a round for the version that the release is now; it continues the last one in that environment.
    ///
    /// # Errors
    /// `invalid` where the release is closed, or the environment isn't in its plan.
    pub async fn begin_uat_round(&self, request: BeginUatRoundRequest) -> Result<UatRoundBody, ApiError> {
        let new = NewRound {
            release: id("release_id", &request.release_id)?,
            environment: id("environment_id", &request.environment_id)?,
            changed_paths: request.changed_paths,
        };
        let round = self.engine.begin_uat_round(&self.actor, new).await?;
        self.round_body(round.id).await
    }

    /// Changes what is tested, and when it is enough.
    ///
    /// # Errors
    /// `invalid` for scenarios that can't be kept; `conflict` where somebody else changed it.
    pub async fn edit_uat_round(&self, request: EditUatRoundRequest) -> Result<UatRoundBody, ApiError> {
        let ExitCriteriaBody { testers_each, all_triaged, every_version } = request.criteria;
        let edit = RoundEdit {
            revision: request.revision,
            instructions: request.instructions,
            scenarios: request.scenarios.into_iter().map(ScenarioBody::read).collect::<Result<_, _>>()?,
            criteria: ExitCriteria { testers_each, all_triaged, every_version },
            signatories: request.signatories,
            due: request.due.as_deref().filter(|text| !text.trim().is_empty()).map(|text| time("due", text)).transpose()?,
        };
        let round = self.engine.edit_uat_round(&self.actor, id("id", &request.id)?, edit).await?;
        self.round_body(round.id).await
    }

    /// Adds somebody who tests.
    ///
    /// # Errors
    /// `conflict` where somebody of that name tests already.
    pub async fn add_tester(&self, request: AddTesterRequest) -> Result<UatRoundBody, ApiError> {
        let round = self.engine.add_tester(&self.actor, id("round_id", &request.round_id)?, &request.name).await?;
        self.round_body(round.id).await
    }

    /// Takes somebody away who tests, with what they said.
    ///
    /// # Errors
    /// `conflict` where they don't test.
    pub async fn remove_tester(&self, request: TesterRequest) -> Result<UatRoundBody, ApiError> {
        let (round, tester) = (id("round_id", &request.round_id)?, id("tester_id", &request.tester_id)?);
        let round = self.engine.remove_tester(&self.actor, round, tester).await?;
        self.round_body(round.id).await
    }

    /// Makes an invitation for a tester, in place of the last.
    ///
    /// # Errors
    /// `invalid` for no time at all, or more than 90 days.
    pub async fn invite_tester(&self, request: InviteTesterRequest) -> Result<InvitationView, ApiError> {
        let (round_id, tester) = (id("round_id", &request.round_id)?, id("tester_id", &request.tester_id)?);
        let lasts = Duration::from_secs(u64::from(request.hours) * 3_600);
        let (round, token) = self.engine.invite_tester(&self.actor, round_id, tester, lasts).await?;
        let known = round.tester(tester);
        let form = self.feedback_form().await?;
        let url = format!("{}/i/{}/{}", form.base_url, round.id, token.expose_secret());
        Ok(InvitationView {
            name: known.map(|tester| tester.name.clone()).unwrap_or_default(),
            qr: crate::feedback_form::qr(&url),
            url,
            form,
            expires_at: known.and_then(|tester| tester.invitation.as_ref()).map(|i| shown(i.expires_at)).unwrap_or_default(),
        })
    }

    /// Takes a tester's invitation back.
    ///
    /// # Errors
    /// `conflict` where they don't test.
    pub async fn withdraw_invitation(&self, request: TesterRequest) -> Result<UatRoundBody, ApiError> {
        let (round, tester) = (id("round_id", &request.round_id)?, id("tester_id", &request.tester_id)?);
        let round = self.engine.withdraw_invitation(&self.actor, round, tester).await?;
        self.round_body(round.id).await
    }

    /// Records what a tester says of a scenario.
    ///
    /// # Errors
    /// `conflict` for a scenario or tester that isn't there.
    pub async fn record_outcome(&self, request: RecordOutcomeRequest) -> Result<UatRoundBody, ApiError> {
        let (round, scenario) = (id("round_id", &request.round_id)?, id("scenario_id", &request.scenario_id)?);
        let said = request.outcome.map(|word| (word.into(), request.remark.as_str()));
        let tester = id("tester_id", &request.tester_id)?;
        let round = self.engine.record_outcome(&self.actor, round, scenario, tester, said).await?;
        self.round_body(round.id).await
    }

    /// Signs a round.
    ///
    /// # Errors
    /// `conflict` with what isn't met; its `field` is `remark` where a remark would do.
    pub async fn sign_off_round(&self, request: SignOffRequest) -> Result<UatRoundBody, ApiError> {
        let round = self.engine.sign_off_round(&self.actor, id("round_id", &request.round_id)?, &request.remark).await?;
        self.round_body(round.id).await
    }

    /// Takes one's own signature back.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn withdraw_sign_off(&self, request: IdRequest) -> Result<UatRoundBody, ApiError> {
        let round = self.engine.withdraw_sign_off(&self.actor, id("id", &request.id)?).await?;
        self.round_body(round.id).await
    }

    /// Gives a round up.
    ///
    /// # Errors
    /// `invalid` without a reason.
    pub async fn give_up_round(&self, request: GiveUpRoundRequest) -> Result<UatRoundBody, ApiError> {
        let round = self.engine.give_up_round(&self.actor, id("round_id", &request.round_id)?, &request.reason).await?;
        self.round_body(round.id).await
    }

    async fn round_body(&self, id: UatRoundId) -> Result<UatRoundBody, ApiError> {
        Ok(UatRoundBody::new(&self.engine.uat_round_view(id).await?, self.engine.now()))
    }
}
