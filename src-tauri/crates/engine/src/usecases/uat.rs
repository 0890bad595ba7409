//! Rounds of user acceptance testing: begin, change, invite, say, sign. Each step is an audit event.

use super::{valid_name, valid_reason};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::Write;
use crate::ports::uat_store::{FeedbackFilter, UatRoundFilter};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pilothouse_domain::release::Release;
use pilothouse_domain::uat::{
    Changes, ExitCriteria, Invitation, InvitationFault, MAX_REMARK, Outcome, OutcomeWord, RoundEvent, Scenario, Standing, Step, Tester,
    UatRound, again, apply, continued, standing, token_digest, valid_scenarios,
};
use pilothouse_domain::{Actor, EnvironmentId, ReleaseId, TesterId, Timestamp, UatRoundId, UatScenarioId};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;

/// How often a change is tried again when somebody else was faster: testers answer at the same time.
const MAX_CONFLICTS: u8 = 20;
/// The longest that an invitation may open the form.
const MAX_INVITATION: Duration = Duration::from_secs(90 * 24 * 3_600);

/// A round to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRound {
    /// The release.
    pub release: ReleaseId,
    /// The environment in which people test.
    pub environment: EnvironmentId,
    /// The paths that the release changes since the version before, where they are known.
    pub changed_paths: Option<Vec<String>>,
}

/// A scenario as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewScenario {
    /// Its id; none for a new one.
    pub id: Option<UatScenarioId>,
    /// In a line.
    pub title: String,
    /// Steps: what is done, and what should come of it.
    pub steps: Vec<Step>,
    /// Whether it holds the release up.
    pub is_required: bool,
    /// Patterns of paths.
    pub paths: Vec<String>,
    /// Scopes of commits.
    pub labels: Vec<String>,
}

/// A round as somebody changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundEdit {
    /// The revision that was looked at; another one is refused.
    pub revision: u32,
    /// In Markdown.
    pub instructions: String,
    /// What is tested.
    pub scenarios: Vec<NewScenario>,
    /// When it is enough.
    pub criteria: ExitCriteria,
    /// Who signs.
    pub signatories: Vec<String>,
    /// When testers should be done.
    pub due: Option<Timestamp>,
}

/// A round, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UatRoundView {
    /// The round.
    pub round: UatRound,
    /// How far.
    pub standing: Standing,
    /// False once the release is about another version or commit.
    pub counts: bool,
    /// How much feedback of each standing.
    pub feedback: Vec<(String, u32)>,
}

impl Engine {
    /// The rounds of a release, last begun first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_uat_rounds(&self, release: ReleaseId) -> Result<Vec<UatRoundView>, EngineError> {
        let release = self.store().release(release).await?;
        let of_release = UatRoundFilter { release: Some(release.id), ..UatRoundFilter::default() };
        let mut views = Vec::new();
        for round in self.store().uat_rounds(&of_release).await? {
            views.push(self.uat_view(round, &release).await?);
        }
        Ok(views)
    }

    /// A round, and how far it is.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn uat_round_view(&self, id: UatRoundId) -> Result<UatRoundView, EngineError> {
        let round = self.store().uat_round(id).await?;
        let release = self.store().release(round.release_id).await?;
        self.uat_view(round, &release).await
    }

    async fn uat_view(&self, round: UatRound, release: &Release) -> Result<UatRoundView, EngineError> {
        let standing = self.round_standing(&round).await?;
        let feedback = self.store().feedback_counts(round.id).await?;
        Ok(UatRoundView { counts: round.is_about(release), standing, feedback, round })
    }

    async fn round_standing(&self, round: &UatRound) -> Result<Standing, EngineError> {
        let feedback = self.open_feedback(FeedbackFilter { round: Some(round.id), ..FeedbackFilter::default() }).await?;
        Ok(standing(round, &feedback))
    }

    /// Begins a round for the version that the release is now. It continues the last one in that environment. Where there is a round for
    /// this very version already, that is returned.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the release is closed, or the environment isn't in its plan.
    pub async fn begin_uat_round(&self, actor: &Actor, new: NewRound) -> Result<UatRound, EngineError> {
        let release = self.store().release(new.release).await?;
        let environment = self.store().environment(new.environment).await?;
        if release.state.is_terminal() {
            let message = format!("{} is {}", release.version, release.state.label());
            return Err(EngineError::invalid("release", message, "Begin a round for a release that is still on its way."));
        }
        if environment.product_id != release.product_id || (release.plan.is_some() && release.planned(environment.id).is_none()) {
            let message = format!("{} is not in the plan of {}", environment.name, release.version);
            return Err(EngineError::invalid("environment", message, "Choose an environment of the plan."));
        }
        let here = self.uat_rounds_of(release.product_id).await?;
        let mut here = here.into_iter().filter(|round| round.environment_id == environment.id && round.given_up.is_none());
        let last = here.next();
        if let Some(same) = last.as_ref().filter(|round| round.is_about(&release)) {
            return Ok(same.clone());
        }
        let mut round = UatRound {
            id: self.new_id(UatRoundId::new),
            revision: 0,
            product_id: release.product_id,
            release_id: release.id,
            environment_id: environment.id,
            environment: environment.name.clone(),
            version: release.version.clone(),
            commit: release.source.commit.clone(),
            instructions: String::new(),
            scenarios: Vec::new(),
            testers: Vec::new(),
            outcomes: Vec::new(),
            criteria: ExitCriteria::default(),
            signatories: Vec::new(),
            sign_offs: Vec::new(),
            since: None,
            due: None,
            begun_by: actor.clone(),
            begun_at: self.now(),
            tracker: None,
            given_up: None,
        };
        if let Some(last) = &last {
            let feedback = self.open_feedback(FeedbackFilter { round: Some(last.id), ..FeedbackFilter::default() }).await?;
            let since = self.changes_since(&release, last).await?;
            let (commits, paths) = match &since {
                Some((commits, paths)) => (Some(commits.as_slice()), paths.as_deref()),
                None => (None, None),
            };
            let changes = Changes { commits, paths: new.changed_paths.as_deref().or(paths) };
            round = continued(round, last, again(last, &feedback, changes));
        }
        let mut change = self.change(actor);
        let after = last.map(|last| format!(", after that for {}", last.version)).unwrap_or_default();
        let summary = format!("Began UAT of {} in {}{after}", round.version, round.environment);
        change.audit_uat_round("uat_round.begun", &round, summary, told(&round));
        let id = round.id;
        change.write(Write::UatRound(round));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().uat_round(id).await?)
    }

    /// Changes what is tested, and when it is enough.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for scenarios or names that can't be kept; a conflict where somebody else changed it.
    pub async fn edit_uat_round(&self, actor: &Actor, id: UatRoundId, edit: RoundEdit) -> Result<UatRound, EngineError> {
        let scenarios = edit.scenarios.into_iter().map(|new| Scenario {
            id: new.id.unwrap_or_else(|| self.new_id(UatScenarioId::new)),
            title: new.title,
            steps: new.steps,
            is_required: new.is_required,
            paths: new.paths,
            labels: new.labels,
        });
        let scenarios = valid_scenarios(scenarios.collect())
            .map_err(|fault| EngineError::invalid("scenarios", fault.to_string(), "Correct the scenario."))?;
        if edit.instructions.chars().count() > 20_000 {
            return Err(EngineError::invalid("instructions", "they are longer than 20,000 characters", "Link to a document instead."));
        }
        let mut signatories: Vec<String> = Vec::new();
        for name in edit.signatories.iter().filter(|name| !name.trim().is_empty()).take(20) {
            let name = valid_name("signatories", name, 120)?;
            if !signatories.iter().any(|other| other.to_lowercase() == name.to_lowercase()) {
                signatories.push(name);
            }
        }
        let round = self.store().uat_round(id).await?;
        if round.revision != edit.revision {
            return Err(StoreError::Conflict { kind: "uat_round", id: id.to_string() }.into());
        }
        let (instructions, criteria, due) = (edit.instructions.trim().to_owned(), edit.criteria, edit.due);
        let event = RoundEvent::Edited { instructions, scenarios, criteria, signatories, due };
        let next = apply(&round, &self.round_standing(&round).await?, event, self.now())?;
        let mut change = self.change(actor);
        let place = place(&next);
        change.audit_uat_round("uat_round.edited", &next, format!("Changed {place}"), told(&next));
        change.write(Write::UatRound(next));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().uat_round(id).await?)
    }

    /// Adds somebody who tests.
    ///
    /// # Errors
    /// [`EngineError::Round`] where somebody of that name tests already.
    pub async fn add_tester(&self, actor: &Actor, id: UatRoundId, name: &str) -> Result<UatRound, EngineError> {
        let tester = Tester { id: self.new_id(TesterId::new), name: valid_name("name", name, 120)?, invitation: None };
        let what = format!("{} tests", tester.name);
        self.change_round(actor, id, RoundEvent::TesterAdded(tester), "tester_added", &what).await
    }

    /// Takes somebody away who tests, with what they said. Their feedback stays.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_tester(&self, actor: &Actor, id: UatRoundId, tester: TesterId) -> Result<UatRound, EngineError> {
        let name = self.tester_name(id, tester).await?;
        self.change_round(actor, id, RoundEvent::TesterRemoved(tester), "tester_removed", &format!("{name} tests no more")).await
    }

    /// Makes an invitation for a tester, in place of the last. The token is told once, and never again.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for no time at all, or more than 90 days.
    pub async fn invite_tester(
        &self,
        actor: &Actor,
        id: UatRoundId,
        tester: TesterId,
        lasts: Duration,
    ) -> Result<(UatRound, SecretString), EngineError> {
        if lasts.is_zero() || lasts > MAX_INVITATION {
            return Err(EngineError::invalid("hours", "an invitation lasts at most 90 days", "Choose 1 to 2,160 hours."));
        }
        let token = new_token()?;
        let now = self.now();
        let token_digest = token_digest(token.expose_secret());
        let invitation = Invitation { token_digest, made_at: now, expires_at: now.plus(lasts), is_withdrawn: false };
        let what = format!("Invited {} until {}", self.tester_name(id, tester).await?, invitation.expires_at);
        let round = self.change_round(actor, id, RoundEvent::Invited { tester, invitation }, "invited", &what).await?;
        Ok((round, token))
    }

    /// Takes a tester's invitation back: it opens nothing any more.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn withdraw_invitation(&self, actor: &Actor, id: UatRoundId, tester: TesterId) -> Result<UatRound, EngineError> {
        let what = format!("Took the invitation of {} back", self.tester_name(id, tester).await?);
        self.change_round(actor, id, RoundEvent::InvitationWithdrawn(tester), "invitation_withdrawn", &what).await
    }

    /// The tester whom a token lets in, and the round. A round that was given up, and a release that is closed, let nobody in.
    ///
    /// # Errors
    /// `None` in the answer stands for a token that is not known; [`InvitationFault::Expired`] for one that is too old.
    pub async fn admitted_tester(
        &self,
        id: UatRoundId,
        token: &SecretString,
    ) -> Result<Result<(UatRound, Tester), InvitationFault>, EngineError> {
        let round = match self.store().uat_round(id).await {
            Ok(round) => round,
            Err(StoreError::NotFound { .. }) => return Ok(Err(InvitationFault::Unknown)),
            Err(error) => return Err(error.into()),
        };
        let now = self.now();
        let invited = |tester: &&Tester| {
            tester.invitation.as_ref().is_some_and(|i| !matches!(i.admits(token.expose_secret(), now), Err(InvitationFault::Unknown)))
        };
        let Some(tester) = round.testers.iter().find(invited).cloned() else { return Ok(Err(InvitationFault::Unknown)) };
        let admits = tester.invitation.as_ref().map_or(Err(InvitationFault::Unknown), |i| i.admits(token.expose_secret(), now));
        if let Err(fault) = admits {
            return Ok(Err(fault));
        }
        let release = self.store().release(round.release_id).await?;
        if round.given_up.is_some() || release.state.is_terminal() || !round.is_about(&release) {
            return Ok(Err(InvitationFault::Expired));
        }
        Ok(Ok((round, tester)))
    }

    /// Records what a tester says of a scenario; `None` takes it back.
    ///
    /// # Errors
    /// [`EngineError::Round`] for a scenario or tester that isn't there.
    pub async fn record_outcome(
        &self,
        actor: &Actor,
        id: UatRoundId,
        scenario: UatScenarioId,
        tester: TesterId,
        said: Option<(OutcomeWord, &str)>,
    ) -> Result<UatRound, EngineError> {
        let round = self.store().uat_round(id).await?;
        let title = round.scenario(scenario).map(|scenario| scenario.title.clone()).unwrap_or_default();
        let name = round.tester(tester).map(|tester| tester.name.clone()).unwrap_or_default();
        let (event, action, what) = match said {
            Some((word, remark)) => {
                let remark = valid_remark(remark)?;
                let what = format!("“{title}” {} for {name}", word.word());
                let (by, at) = (actor.clone(), self.now());
                let outcome = Outcome { scenario_id: scenario, tester_id: tester, word, remark, by, at };
                (RoundEvent::Said(outcome), "outcome_recorded", what)
            }
            None => (RoundEvent::Unsaid(scenario, tester), "outcome_withdrawn", format!("Took back what {name} said of “{title}”")),
        };
        self.change_round(actor, id, event, action, &what).await
    }

    /// Signs a round.
    ///
    /// # Errors
    /// [`EngineError::Round`] with what isn't met, or where somebody else signs.
    pub async fn sign_off_round(&self, actor: &Actor, id: UatRoundId, remark: &str) -> Result<UatRound, EngineError> {
        let remark = valid_remark(remark)?;
        let round = self.store().uat_round(id).await?;
        let release = self.store().release(round.release_id).await?;
        if !round.is_about(&release) {
            let message = format!("the round was for {}, and the release is another version now", round.version);
            return Err(EngineError::invalid("round", message, "Begin a round for the version as it is."));
        }
        let what = if remark.is_empty() { "Signed".to_owned() } else { format!("Signed: {remark}") };
        self.change_round(actor, id, RoundEvent::SignedOff { by: actor.clone(), remark }, "signed_off", &what).await
    }

    /// Takes one's own signature back.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn withdraw_sign_off(&self, actor: &Actor, id: UatRoundId) -> Result<UatRound, EngineError> {
        let event = RoundEvent::SignOffWithdrawn(actor.clone());
        self.change_round(actor, id, event, "sign_off_withdrawn", "Took the signature back").await
    }

    /// Gives a round up: it holds nothing any more.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] without a reason.
    pub async fn give_up_round(&self, actor: &Actor, id: UatRoundId, reason: &str) -> Result<UatRound, EngineError> {
        let reason = valid_reason(reason)?;
        let what = format!("Gave it up: {reason}");
        self.change_round(actor, id, RoundEvent::GivenUp { by: actor.clone(), reason }, "given_up", &what).await
    }

    async fn tester_name(&self, id: UatRoundId, tester: TesterId) -> Result<String, EngineError> {
        let round = self.store().uat_round(id).await?;
        Ok(round.tester(tester).map(|tester| tester.name.clone()).unwrap_or_default())
    }

    pub(super) async fn change_round(
        &self,
        actor: &Actor,
        id: UatRoundId,
        event: RoundEvent,
        action: &str,
        what: &str,
    ) -> Result<UatRound, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let round = self.store().uat_round(id).await?;
            let next = apply(&round, &self.round_standing(&round).await?, event.clone(), self.now())?;
            let mut change = self.change(actor);
            let summary = format!("{what}: {}", place(&next));
            change.audit_uat_round(&format!("uat_round.{action}"), &next, summary, told(&next));
            if !round.sign_offs.is_empty() && next.sign_offs.is_empty() && !matches!(event, RoundEvent::SignOffWithdrawn(_)) {
                let summary = format!("The signatures don't hold any more: {}", place(&next));
                change.audit_uat_round("uat_round.sign_off_lapsed", &next, summary, serde_json::json!({ "sign_offs": round.sign_offs }));
            }
            change.write(Write::UatRound(next));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().uat_round(id).await?),
                // Somebody else said something meanwhile.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "uat_round", id: id.to_string() }.into())
    }
}

fn place(round: &UatRound) -> String {
    format!("UAT of {} in {}", round.version, round.environment)
}

/// The round as the audit has it: who is invited until when, but not the digest of what lets them in.
fn told(round: &UatRound) -> serde_json::Value {
    let mut round = round.clone();
    for invitation in round.testers.iter_mut().filter_map(|tester| tester.invitation.as_mut()) {
        invitation.token_digest.clear();
    }
    serde_json::json!(round)
}

fn valid_remark(text: &str) -> Result<String, EngineError> {
    let remark = text.trim();
    if remark.chars().count() > MAX_REMARK {
        let message = format!("the remark is longer than {MAX_REMARK} characters");
        return Err(EngineError::invalid("remark", message, "Say it shorter, or write it as feedback."));
    }
    Ok(remark.to_owned())
}

/// 256 random bits, as they stand in a link.
fn new_token() -> Result<SecretString, EngineError> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        EngineError::invalid("invitation", format!("the computer gave no random numbers: {error}"), "Try again in a moment.")
    })?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes)))
}
