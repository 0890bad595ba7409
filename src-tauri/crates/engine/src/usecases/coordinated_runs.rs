//! Coordinated releases on their way: what stands in the way of each member, the start, the answers of people, and the joint rollback with
//! its verdict for each member. Only intents are written here; the loop in [`carry`](crate::carry) starts deployments and rollbacks.

use super::rollbacks::RollbackTarget;
use super::valid_reason;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::facts::ReleaseFacts;
use crate::ports::StoreError;
use crate::ports::notifier::{Alert, AlertSubject, Urgency};
use crate::ports::store::Write;
use pilothouse_domain::approval::content_hash;
use pilothouse_domain::calendar::Withdrawn;
use pilothouse_domain::coordinated_release::{
    CoordinatedMember, CoordinatedRelease, CoordinatedRun, CoordinatedRunEvent, CoordinatedRunState, RunMember, RunMemberState,
    WayBackChoice, apply, same_environment,
};
use pilothouse_domain::deployment::{Deployment, DeploymentKind};
use pilothouse_domain::policy::{Action, Blocker, Gate, cautions};
use pilothouse_domain::release::Release;
use pilothouse_domain::{Actor, CoordinatedReleaseId, CoordinatedRunId, DeploymentId, EnvironmentId, ReleaseId, Version};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;

/// How a member stands before its coordinated release goes to an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberOutlook {
    /// The member.
    pub member: CoordinatedMember,
    /// Its product's name.
    pub product: String,
    /// Its version.
    pub version: Version,
    /// The hash of its version, source and plan.
    pub content: String,
    /// The product's environment of that name; `None` where it has none.
    pub environment: Option<(EnvironmentId, String)>,
    /// True where it is there already.
    pub is_there: bool,
    /// What policy refuses; empty where it may go, is there already, or is skipped.
    pub blockers: Vec<Blocker>,
    /// What a person is warned of who deploys it there.
    pub cautions: Vec<String>,
}

/// A person's word about a member that waits for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberAnswer {
    /// Go on without it.
    GoOnWithout {
        /// Why.
        reason: String,
    },
    /// Try again.
    TryAgain,
    /// Try its rollback again.
    TryBackAgain {
        /// To another release; `None`: to the same.
        to: Option<ReleaseId>,
        /// True to start the deploy pipeline with it.
        redeploy: bool,
    },
    /// It stays as it is.
    Stays {
        /// Why.
        reason: String,
    },
}

/// What a joint rollback would do to a member.
pub struct MemberWayBack {
    /// The member.
    pub member: RunMember,
    /// Whether it can go back.
    pub verdict: BackVerdict,
}

/// Whether a member can go back.
pub enum BackVerdict {
    /// It can, to one of these at least.
    Open {
        /// Where it could go, the last verified version first.
        targets: Vec<RollbackTarget>,
    },
    /// It can't: a person says why it stays.
    Closed {
        /// Why not.
        why: String,
        /// What stands against each version.
        targets: Vec<RollbackTarget>,
    },
    /// There is nothing to take back.
    Nothing {
        /// Why.
        why: String,
        /// What has taken it back already.
        rollback: Option<DeploymentId>,
    },
}

/// What a person wants of a member in a joint rollback. Who isn't named goes to the first version that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackChoice {
    /// The member.
    pub release_id: ReleaseId,
    /// Where it goes.
    pub to: Option<ReleaseId>,
    /// True to start the deploy pipeline with it.
    pub redeploy: bool,
    /// Why it stays, where it does.
    pub stays: Option<String>,
}

impl Engine {
    /// How each member stands before a coordinated release goes to an environment: in one look, what policy says of each.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn coordinated_outlook(&self, id: CoordinatedReleaseId, environment: &str) -> Result<Vec<MemberOutlook>, EngineError> {
        let coordinated = self.store().coordinated_release(id).await?;
        let mut found = Vec::new();
        for member in coordinated.members {
            let facts = self.release_facts(member.release_id).await?;
            found.push(self.member_outlook(member, &facts, environment));
        }
        Ok(found)
    }

    /// The same for every environment that its products have, by their names in common, in promotion order.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn coordinated_outlooks(&self, coordinated: &CoordinatedRelease) -> Result<Vec<(String, Vec<MemberOutlook>)>, EngineError> {
        let mut known = Vec::new();
        for member in &coordinated.members {
            known.push((*member, self.release_facts(member.release_id).await?));
        }
        let mut names: Vec<(u16, String)> = Vec::new();
        for environment in known.iter().flat_map(|(_, facts)| &facts.product.environments) {
            match names.iter_mut().find(|(_, name)| same_environment(name, &environment.name)) {
                // One that comes later in some product comes later for all.
                Some((position, _)) => *position = environment.position.max(*position),
                None => names.push((environment.position, environment.name.clone())),
            }
        }
        names.sort_by_key(|(position, _)| *position);
        let outlooks = |name: &str| known.iter().map(|(member, facts)| self.member_outlook(*member, facts, name)).collect();
        Ok(names.into_iter().map(|(_, name)| (name.clone(), outlooks(&name))).collect())
    }

    fn member_outlook(&self, member: CoordinatedMember, facts: &ReleaseFacts, environment: &str) -> MemberOutlook {
        let target = facts.product.environments.iter().find(|known| same_environment(&known.name, environment));
        let mut outlook = MemberOutlook {
            member,
            product: facts.product.product.name.clone(),
            version: facts.release.version.clone(),
            content: content_of(&facts.release),
            environment: target.map(|target| (target.id, target.name.clone())),
            is_there: false,
            blockers: Vec::new(),
            cautions: Vec::new(),
        };
        if let Some(target) = target {
            let blockers = facts.blockers(&Action::Deploy { deployment: None }, Some(target.id), self.now());
            outlook.is_there = blockers.iter().any(|blocker| blocker.gate == Gate::AlreadyThere);
            if !outlook.is_there {
                outlook.blockers = blockers;
                outlook.cautions = cautions(&facts.facts(Some(target.id)), target);
            }
        }
        outlook
    }

    /// Sets a coordinated release on its way to an environment: only where nothing stands in the way of any member, but for those that
    /// are left out for a reason. The intent is written; the loop starts the members.
    ///
    /// # Errors
    /// [`EngineError::Blocked`] with what policy refuses of which member; [`EngineError::Invalid`] where nothing would go;
    /// [`StoreError::Taken`] where it is on its way there already.
    pub async fn start_coordinated_run(
        &self,
        actor: &Actor,
        id: CoordinatedReleaseId,
        environment: &str,
        left_out: &[(ReleaseId, String)],
    ) -> Result<CoordinatedRun, EngineError> {
        let coordinated = self.open_coordinated_release(id).await?;
        for (release, _) in left_out {
            if coordinated.member(*release).is_none() {
                let message = format!("that release is no part of “{}”", coordinated.name);
                return Err(EngineError::invalid("left_out", message, "Look at its members again."));
            }
        }
        let outlook = self.coordinated_outlook(id, environment).await?;
        let Some(name) = outlook.iter().find_map(|member| member.environment.as_ref().map(|(_, name)| name.clone())) else {
            let message = format!("none of its products has an environment called “{}”", environment.trim());
            return Err(EngineError::invalid("environment", message, "Name one that its products have."));
        };
        let now = self.now();
        let (mut members, mut blocked) = (Vec::new(), Vec::new());
        for found in outlook {
            let why = left_out.iter().find(|(release, _)| *release == found.member.release_id).map(|(_, why)| why);
            let state = match why {
                _ if found.environment.is_none() => RunMemberState::Skipped,
                Some(why) => RunMemberState::LeftOut(Withdrawn { by: actor.clone(), at: now, reason: valid_reason(why)? }),
                None if found.is_there => RunMemberState::ThereAlready,
                None => RunMemberState::Waiting,
            };
            if state == RunMemberState::Waiting {
                let who = format!("{} {}", found.product, found.version);
                blocked
                    .extend(found.blockers.iter().map(|blocker| Blocker { title: format!("{who}: {}", blocker.title), ..blocker.clone() }));
            }
            members.push(RunMember {
                product_id: found.member.product_id,
                product: found.product,
                release_id: found.member.release_id,
                version: found.version,
                content: found.content,
                wanted_at: now,
                environment_id: found.environment.map(|(id, _)| id),
                stage: found.member.stage,
                state,
                deployments: Vec::new(),
                back: None,
            });
        }
        if !blocked.is_empty() {
            return Err(EngineError::Blocked(blocked));
        }
        if members.iter().all(RunMember::is_over) {
            let message = format!("no member of “{}” would go to {name}", coordinated.name);
            return Err(EngineError::invalid("environment", message, "They are there, are left out, or have no such environment."));
        }
        let run = CoordinatedRun {
            id: self.new_id(CoordinatedRunId::new),
            revision: 0,
            coordinated_release_id: id,
            name: coordinated.name.clone(),
            environment: name,
            members,
            started_by: actor.clone(),
            started_at: now,
            state: CoordinatedRunState::UnderWay,
            back: None,
        };
        let mut change = self.change(actor);
        let without: Vec<String> =
            run.members.iter().filter(|m| matches!(m.state, RunMemberState::LeftOut(_))).map(RunMember::words).collect();
        let without = if without.is_empty() { String::new() } else { format!(", without {}", without.join(", ")) };
        change.audit_coordinated_run("coordinated_run.started", &run, format!("“{}” goes to {}{without}", run.name, run.environment));
        change.schedule_coordinated_run(run.id, Some(now));
        let id = run.id;
        change.write(Write::CoordinatedRun(run));
        // Whoever changes the members meanwhile learns of it, and the other way round.
        change.write(Write::CoordinatedRelease(CoordinatedRelease { runs: coordinated.runs.saturating_add(1), ..coordinated }));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().coordinated_run(id).await?)
    }

    /// Lets nothing further start. What is deployed stays, and what is under way goes on by itself.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] without a reason; [`EngineError::CoordinatedRun`] where it is settled.
    pub async fn cancel_coordinated_run(&self, actor: &Actor, id: CoordinatedRunId, reason: &str) -> Result<CoordinatedRun, EngineError> {
        let reason = valid_reason(reason)?;
        let event = CoordinatedRunEvent::Cancelled { by: actor.clone(), reason: reason.clone() };
        self.tell_coordinated_run(actor, id, &event, "coordinated_run.cancelled", |run| {
            format!("Nothing further of “{}” starts in {}: {reason}", run.name, run.environment)
        })
        .await
    }

    /// Says what becomes of a member that waits for a person.
    ///
    /// # Errors
    /// [`EngineError::CoordinatedRun`] where it doesn't; [`EngineError::Invalid`] without a reason where one is asked for.
    pub async fn answer_coordinated_run(
        &self,
        actor: &Actor,
        id: CoordinatedRunId,
        release: ReleaseId,
        answer: MemberAnswer,
    ) -> Result<CoordinatedRun, EngineError> {
        let by = actor.clone();
        let (event, what) = match answer {
            MemberAnswer::GoOnWithout { reason } => {
                let reason = valid_reason(&reason)?;
                (CoordinatedRunEvent::LeftOut { release, by, reason: reason.clone() }, format!("goes on without it: {reason}"))
            }
            MemberAnswer::TryAgain => {
                let known = self.store().release(release).await?;
                let (content, version) = (content_of(&known), known.version);
                (CoordinatedRunEvent::TriedAgain { release, version, content }, "is tried again".to_owned())
            }
            MemberAnswer::TryBackAgain { to, redeploy } => {
                let to = self.way_back_again(id, release, to, redeploy).await?;
                let what = format!("tries its way back to {} again", to.version);
                (CoordinatedRunEvent::BackTriedAgain { release, to }, what)
            }
            MemberAnswer::Stays { reason } => {
                let reason = valid_reason(&reason)?;
                (CoordinatedRunEvent::Stays { release, by, reason: reason.clone() }, format!("stays as it is: {reason}"))
            }
        };
        self.tell_coordinated_run(actor, id, &event, "coordinated_run.answered", |run| {
            let member = run.member(release).map(RunMember::words).unwrap_or_default();
            format!("“{}” in {}: {member} {what}", run.name, run.environment)
        })
        .await
    }

    async fn way_back_again(
        &self,
        id: CoordinatedRunId,
        release: ReleaseId,
        to: Option<ReleaseId>,
        redeploy: bool,
    ) -> Result<WayBackChoice, EngineError> {
        use pilothouse_domain::coordinated_release::MemberBack;
        if let Some(to) = to {
            return Ok(WayBackChoice { release_id: to, version: self.store().release(to).await?.version, redeploy });
        }
        let run = self.store().coordinated_run(id).await?;
        match run.member(release).and_then(|member| member.back.clone()) {
            Some(MemberBack::Held { to, .. }) => Ok(WayBackChoice { redeploy, ..to }),
            _ => Err(EngineError::invalid("release", "it doesn’t wait for a person on its way back", "Look at it again.")),
        }
    }

    /// What a joint rollback would do to each member that a run has deployed, in the order in which they go back.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn joint_rollback_outlook(&self, id: CoordinatedRunId) -> Result<Vec<MemberWayBack>, EngineError> {
        let run = self.store().coordinated_run(id).await?;
        let mut found = Vec::new();
        for member in run.to_go_back() {
            found.push(MemberWayBack { verdict: self.back_verdict(member).await?, member: member.clone() });
        }
        Ok(found)
    }

    /// Whether a member can go back now. Only what this run has brought is taken back.
    pub(crate) async fn back_verdict(&self, member: &RunMember) -> Result<BackVerdict, EngineError> {
        let Some(environment) = member.environment_id else {
            return Ok(BackVerdict::Nothing { why: "Its product has no such environment".to_owned(), rollback: None });
        };
        let options = self.rollback_options(environment).await?;
        if !options.from.as_ref().is_some_and(|from| is_of(member, from)) {
            let rollback = options.from.as_ref().filter(|from| takes_back(member, from)).map(|from| from.id);
            let name = &options.environment.name;
            let why = match (&options.from, rollback) {
                (Some(from), Some(_)) => format!("{name} went back to {} already", from.version),
                (Some(from), None) => format!("{name} runs {}, which this did not bring", from.version),
                (None, _) => format!("Nothing of it came to {name}"),
            };
            return Ok(BackVerdict::Nothing { why, rollback });
        }
        let why = match options.targets.as_slice() {
            [] => format!("No earlier version was verified in {}", options.environment.name),
            targets if targets.iter().any(|target| target.blockers.is_empty()) => {
                return Ok(BackVerdict::Open { targets: options.targets });
            }
            [first, ..] => first.blockers.first().map(|blocker| blocker.title.clone()).unwrap_or_default(),
        };
        Ok(BackVerdict::Closed { why, targets: options.targets })
    }

    /// Takes back together what a run has deployed, the last stage first.
    ///
    /// # Errors
    /// [`EngineError::Blocked`] where policy refuses what is wanted of a member; [`EngineError::CoordinatedRun`] where nothing is there to
    /// go back, or it isn't said what becomes of one that can't; [`EngineError::Invalid`] without a reason.
    pub async fn roll_back_coordinated_run(
        &self,
        actor: &Actor,
        id: CoordinatedRunId,
        reason: &str,
        choices: &[BackChoice],
    ) -> Result<CoordinatedRun, EngineError> {
        let reason = valid_reason(reason)?;
        let (mut ways, mut stay) = (Vec::new(), Vec::new());
        for found in self.joint_rollback_outlook(id).await? {
            let release = found.member.release_id;
            let choice = choices.iter().find(|choice| choice.release_id == release);
            let wanted = choice.and_then(|choice| choice.to);
            let redeploy = choice.is_some_and(|choice| choice.redeploy);
            let stays = choice.and_then(|choice| choice.stays.as_deref());
            match (found.verdict, stays) {
                (_, Some(why)) => stay.push((release, valid_reason(why)?)),
                (BackVerdict::Nothing { why, .. }, None) => stay.push((release, why)),
                (BackVerdict::Closed { .. }, None) => {}
                (BackVerdict::Open { targets }, None) => {
                    let fits = |target: &&RollbackTarget| match wanted {
                        Some(wanted) => target.deployment.release_id == wanted,
                        None => target.blockers.is_empty(),
                    };
                    let Some(target) = targets.iter().find(fits) else {
                        let message = format!("{} can’t go back to that release", found.member.words());
                        return Err(EngineError::invalid("to", message, "Choose one of the versions that are offered."));
                    };
                    if !target.blockers.is_empty() {
                        return Err(EngineError::Blocked(target.blockers.clone()));
                    }
                    let version = target.deployment.version.clone();
                    ways.push((release, WayBackChoice { release_id: target.deployment.release_id, version, redeploy }));
                }
            }
        }
        let event = CoordinatedRunEvent::RollbackWanted { by: actor.clone(), reason: reason.clone(), ways, stay };
        self.tell_coordinated_run(actor, id, &event, "coordinated_run.rollback_wanted", |run| {
            format!("Takes “{}” back in {}: {reason}", run.name, run.environment)
        })
        .await
    }

    async fn tell_coordinated_run(
        &self,
        actor: &Actor,
        id: CoordinatedRunId,
        event: &CoordinatedRunEvent,
        action: &str,
        summary: impl Fn(&CoordinatedRun) -> String,
    ) -> Result<CoordinatedRun, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().coordinated_run(id).await?;
            let next = apply(&before, event.clone(), self.now())?;
            let mut change = self.change(actor);
            let told = summary(&next);
            self.write_coordinated_run(&mut change, &before, next, action, told);
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().coordinated_run(id).await?),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "coordinated_run", id: id.to_string() }.into())
    }

    /// Writes the next state of a run with its event, what is to be done about it, and the alert where it newly asks or is settled.
    pub(crate) fn write_coordinated_run(
        &self,
        change: &mut Change,
        before: &CoordinatedRun,
        next: CoordinatedRun,
        action: &str,
        summary: String,
    ) {
        if let Some((title, body, urgency)) = told(before, &next) {
            let concerns = Some(next.back.as_ref().map_or(&next.started_by, |back| &back.by).clone());
            let about = Some(AlertSubject::CoordinatedRelease(next.coordinated_release_id));
            change.alert_coordinated_run(&next, Alert { about, title, body, urgency, at: self.now(), concerns });
        }
        change.audit_coordinated_run(action, &next, summary);
        change.schedule_coordinated_run(next.id, next.is_open().then(|| self.now()));
        change.write(Write::CoordinatedRun(next));
    }
}

/// What people are told of a change: that somebody newly waits for them, or that it is over. Cancelling is a person's own word.
fn told(before: &CoordinatedRun, next: &CoordinatedRun) -> Option<(String, String, Urgency)> {
    let what = format!("“{}” in {}", next.name, next.environment);
    let was_held = |member: &RunMember| before.held().any(|known| known.release_id == member.release_id);
    if let Some(member) = next.held().find(|member| !was_held(member)) {
        let body = format!(
            "{}: {} Nothing further starts until somebody says what becomes of it.",
            member.words(),
            sentence(&held_because(member))
        );
        return Some((format!("{what} waits for a person"), body, Urgency::Critical));
    }
    if !before.is_open() {
        return None;
    }
    match &next.state {
        CoordinatedRunState::Done { .. } => {
            let arrived = next.members.iter().filter(|m| matches!(m.state, RunMemberState::Arrived { .. })).count();
            let body = format!("{arrived} of {} members were deployed and verified.", next.members.len());
            Some((format!("{what} is done"), body, Urgency::Normal))
        }
        CoordinatedRunState::RolledBack { .. } => {
            Some((format!("{what} is rolled back"), "The versions before are back, but for what was to stay.".to_owned(), Urgency::Normal))
        }
        _ => None,
    }
}

/// Why a member waits for a person, in words.
fn held_because(member: &RunMember) -> String {
    use pilothouse_domain::coordinated_release::MemberBack;
    match (&member.back, &member.state) {
        (Some(MemberBack::Held { message, .. }), _) => message.clone(),
        (_, RunMemberState::Held { reason, .. }) => reason.words(),
        _ => String::new(),
    }
}

fn content_of(release: &Release) -> String {
    content_hash(&release.version, &release.source, release.plan.as_ref())
}

fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

/// True where the deployment is one of those that were started for the member.
pub(crate) fn is_of(member: &RunMember, deployment: &Deployment) -> bool {
    member.deployments.contains(&deployment.id)
}

/// True where the deployment is a rollback that has undone one of the member's.
fn takes_back(member: &RunMember, deployment: &Deployment) -> bool {
    deployment.is_verified()
        && matches!(&deployment.kind, DeploymentKind::Rollback { parent: Some(parent), .. } if member.deployments.contains(parent))
}
