//! What may happen to a run of a coordinated release, and what is to be done next. Forward, a stage waits until all before it are over, and
//! nothing starts while a person is asked; backward, the same the other way round. Each start has one place in which it is allowed.

use super::run::{CoordinatedRun, CoordinatedRunState, HeldMember, JointRollback, MemberBack, RunMember, RunMemberState, WayBackChoice};
use crate::calendar::Withdrawn;
use crate::{Actor, DeploymentId, ReleaseId, Timestamp, Version};

/// What happens to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoordinatedRunEvent {
    /// A member's deployment was started.
    Started {
        /// The member.
        release: ReleaseId,
        /// The deployment.
        deployment: DeploymentId,
    },
    /// A member could not be started at its turn.
    NotStarted {
        /// The member.
        release: ReleaseId,
        /// Why not.
        reason: HeldMember,
    },
    /// A member's deployment has arrived.
    Arrived {
        /// The deployment.
        deployment: DeploymentId,
    },
    /// A member's deployment ended otherwise.
    EndedOtherwise {
        /// The deployment.
        deployment: DeploymentId,
        /// How.
        message: String,
    },
    /// A person goes on without a member.
    LeftOut {
        /// The member.
        release: ReleaseId,
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
    },
    /// A person has a member tried again, as it is now.
    TriedAgain {
        /// The member.
        release: ReleaseId,
        /// Its version.
        version: Version,
        /// The hash of its version, source and plan.
        content: String,
    },
    /// A person lets nothing further start.
    Cancelled {
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
    },
    /// A person wants what was deployed to go back.
    RollbackWanted {
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
        /// Of each member that was deployed: where it goes.
        ways: Vec<(ReleaseId, WayBackChoice)>,
        /// Of those that don't go back: why not.
        stay: Vec<(ReleaseId, String)>,
    },
    /// A member's rollback was started.
    BackStarted {
        /// The member.
        release: ReleaseId,
        /// The rollback.
        rollback: DeploymentId,
    },
    /// A member's rollback could not be started at its turn.
    BackNotStarted {
        /// The member.
        release: ReleaseId,
        /// Why not.
        message: String,
    },
    /// A member is back.
    BackArrived {
        /// The member.
        release: ReleaseId,
        /// What brought it back.
        rollback: DeploymentId,
    },
    /// A member's rollback ended otherwise.
    BackEndedOtherwise {
        /// The rollback.
        rollback: DeploymentId,
        /// How.
        message: String,
    },
    /// A person has a member's rollback tried again, maybe to somewhere else.
    BackTriedAgain {
        /// The member.
        release: ReleaseId,
        /// Where it goes.
        to: WayBackChoice,
    },
    /// A person lets a member stay that can't go back.
    Stays {
        /// The member.
        release: ReleaseId,
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
    },
}

/// What is to be done about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoordinatedRunDue {
    /// See how these deployments go, of these members.
    Watch(Vec<(ReleaseId, DeploymentId)>),
    /// Start the deployment of a member.
    Start(ReleaseId),
    /// Start the rollback of a member.
    GoBack(ReleaseId),
    /// A person is asked.
    Ask,
    /// Nothing any more.
    Nothing,
}

/// Why a run didn't take an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoordinatedRunRefusal {
    /// It is settled.
    #[error("“{name}” is not on its way to {environment} any more")]
    Over {
        /// What went.
        name: String,
        /// Where.
        environment: String,
    },
    /// The release is none of its members.
    #[error("that release is no part of “{name}”")]
    NoMember {
        /// What went.
        name: String,
    },
    /// The member isn't where this could happen to it.
    #[error("{member} {state}")]
    Unfit {
        /// The member.
        member: String,
        /// Where it is.
        state: &'static str,
    },
    /// Nothing of it is deployed.
    #[error("“{name}” has deployed nothing in {environment} that could go back")]
    NothingToGoBack {
        /// What went.
        name: String,
        /// Where.
        environment: String,
    },
    /// It isn't said what becomes of a member that was deployed.
    #[error("it is not said where {member} goes back to, or why it stays")]
    Undecided {
        /// The member.
        member: String,
    },
}

impl CoordinatedRun {
    /// What is to be done about it now. At most one member is started at a time, so that a refusal is known before the next start.
    #[must_use]
    pub fn due(&self) -> CoordinatedRunDue {
        let watched = self.watched();
        match self.state {
            CoordinatedRunState::UnderWay if self.asks() => asked_or(watched),
            CoordinatedRunState::RollingBack if self.asks() => asked_or(watched),
            CoordinatedRunState::UnderWay => match self.startable().first() {
                Some(member) => CoordinatedRunDue::Start(member.release_id),
                None => CoordinatedRunDue::Watch(watched),
            },
            CoordinatedRunState::RollingBack => match self.returnable().first() {
                Some(member) => CoordinatedRunDue::GoBack(member.release_id),
                None => CoordinatedRunDue::Watch(watched),
            },
            _ => CoordinatedRunDue::Nothing,
        }
    }

    /// The members that may start now: those that wait in the first stage that isn't over, while nobody is asked.
    fn startable(&self) -> Vec<&RunMember> {
        if self.state != CoordinatedRunState::UnderWay || self.asks() {
            return Vec::new();
        }
        let Some(stage) = self.members.iter().filter(|member| !member.is_over()).map(|member| member.stage).min() else {
            return Vec::new();
        };
        self.members.iter().filter(|member| member.stage == stage && member.state == RunMemberState::Waiting).collect()
    }

    /// The members that may go back now: those that wait in the last stage of which some have not gone back, while nobody is asked.
    fn returnable(&self) -> Vec<&RunMember> {
        if self.state != CoordinatedRunState::RollingBack || self.asks() {
            return Vec::new();
        }
        let open = |member: &&RunMember| !matches!(member.back, None | Some(MemberBack::Done { .. } | MemberBack::Stays(_)));
        let Some(stage) = self.members.iter().filter(open).map(|member| member.stage).max() else { return Vec::new() };
        self.members.iter().filter(|member| member.stage == stage && matches!(member.back, Some(MemberBack::Waiting { .. }))).collect()
    }

    /// What is under way of it.
    #[must_use]
    pub fn watched(&self) -> Vec<(ReleaseId, DeploymentId)> {
        let of = |member: &RunMember| match (&self.state, &member.state, &member.back) {
            (CoordinatedRunState::UnderWay, RunMemberState::Started { .. }, _) => member.deployment(),
            (CoordinatedRunState::RollingBack, _, Some(MemberBack::Started { rollback, .. })) => Some(*rollback),
            _ => None,
        };
        self.members.iter().filter_map(|member| Some((member.release_id, of(member)?))).collect()
    }
}

fn asked_or(watched: Vec<(ReleaseId, DeploymentId)>) -> CoordinatedRunDue {
    if watched.is_empty() { CoordinatedRunDue::Ask } else { CoordinatedRunDue::Watch(watched) }
}

/// The run after an event.
///
/// # Errors
/// [`CoordinatedRunRefusal`] where it doesn't fit; the run is unchanged then.
pub fn apply(run: &CoordinatedRun, event: CoordinatedRunEvent, now: Timestamp) -> Result<CoordinatedRun, CoordinatedRunRefusal> {
    use CoordinatedRunEvent as E;
    let mut next = run.clone();
    match event {
        E::Started { release, deployment } => {
            let can = run.startable().iter().any(|member| member.release_id == release);
            let member = fit(&mut next, release, can, "may not start now")?;
            member.deployments.push(deployment);
            member.state = RunMemberState::Started { at: now };
        }
        E::NotStarted { release, reason } => {
            let can = run.startable().iter().any(|member| member.release_id == release);
            let member = fit(&mut next, release, can, "may not start now")?;
            member.state = RunMemberState::Held { since: now, reason };
        }
        E::Arrived { deployment } => of_deployment(&mut next, deployment)?.state = RunMemberState::Arrived { at: now },
        E::EndedOtherwise { deployment, message } => {
            of_deployment(&mut next, deployment)?.state = RunMemberState::Held { since: now, reason: HeldMember::Ended { message } };
        }
        E::LeftOut { release, by, reason } => {
            let can = asks_about(run, release);
            fit(&mut next, release, can, NOT_ASKED)?.state = RunMemberState::LeftOut(Withdrawn { by, at: now, reason });
        }
        E::TriedAgain { release, version, content } => {
            let can = asks_about(run, release);
            let member = fit(&mut next, release, can, NOT_ASKED)?;
            *member = RunMember { version, content, wanted_at: now, state: RunMemberState::Waiting, ..member.clone() };
        }
        E::Cancelled { by, reason } => {
            open(run)?;
            next.state = CoordinatedRunState::Cancelled(Withdrawn { by, at: now, reason });
        }
        E::RollbackWanted { by, reason, ways, stay } => want_back(&mut next, JointRollback { by, reason, at: now }, &ways, &stay)?,
        E::BackStarted { release, rollback } => {
            let can = run.returnable().iter().any(|member| member.release_id == release);
            let member = fit(&mut next, release, can, "may not go back now")?;
            if let Some(MemberBack::Waiting { to }) = member.back.clone() {
                member.back = Some(MemberBack::Started { to, rollback });
            }
        }
        E::BackNotStarted { release, message } => {
            let can = run.returnable().iter().any(|member| member.release_id == release);
            let member = fit(&mut next, release, can, "may not go back now")?;
            if let Some(MemberBack::Waiting { to }) = member.back.clone() {
                member.back = Some(MemberBack::Held { to, since: now, message });
            }
        }
        E::BackArrived { release, rollback } => {
            let own = matches!(&run.member(release).and_then(|m| m.back.as_ref()), Some(MemberBack::Started { rollback: own, .. }) if *own == rollback);
            // Somebody else's rollback may have brought it back before its turn.
            let can = own || run.returnable().iter().any(|member| member.release_id == release);
            fit(&mut next, release, can, "is not on its way back")?.back = Some(MemberBack::Done { rollback, at: now });
        }
        E::BackEndedOtherwise { rollback, message } => {
            open(run)?;
            let of = |member: &&mut RunMember| matches!(&member.back, Some(MemberBack::Started { rollback: own, .. }) if *own == rollback);
            let Some(member) = next.members.iter_mut().find(of) else { return Err(no_member(run)) };
            if let Some(MemberBack::Started { to, .. }) = member.back.clone() {
                member.back = Some(MemberBack::Held { to, since: now, message });
            }
        }
        E::BackTriedAgain { release, to } => {
            let can = asks_about_back(run, release);
            fit(&mut next, release, can, NOT_ASKED)?.back = Some(MemberBack::Waiting { to });
        }
        E::Stays { release, by, reason } => {
            let can = asks_about_back(run, release);
            fit(&mut next, release, can, NOT_ASKED)?.back = Some(MemberBack::Stays(Withdrawn { by, at: now, reason }));
        }
    }
    settle(&mut next, now);
    Ok(next)
}

const NOT_ASKED: &str = "doesn’t wait for a person";

/// A run of which nothing is left to do is settled.
fn settle(run: &mut CoordinatedRun, now: Timestamp) {
    match run.state {
        CoordinatedRunState::UnderWay if run.members.iter().all(RunMember::is_over) => run.state = CoordinatedRunState::Done { at: now },
        CoordinatedRunState::RollingBack
            if run.members.iter().all(|m| matches!(m.back, None | Some(MemberBack::Done { .. } | MemberBack::Stays(_)))) =>
        {
            run.state = CoordinatedRunState::RolledBack { at: now };
        }
        _ => {}
    }
}

/// Each member that was deployed goes back, or stays for a reason. What waits for its turn never starts.
fn want_back(
    run: &mut CoordinatedRun,
    back: JointRollback,
    ways: &[(ReleaseId, WayBackChoice)],
    stay: &[(ReleaseId, String)],
) -> Result<(), CoordinatedRunRefusal> {
    if run.state == CoordinatedRunState::RollingBack {
        return Err(CoordinatedRunRefusal::Unfit { member: format!("“{}”", run.name), state: "is on its way back already" });
    }
    if run.to_go_back().is_empty() {
        return Err(CoordinatedRunRefusal::NothingToGoBack { name: run.name.clone(), environment: run.environment.clone() });
    }
    for (release, _) in ways {
        if !run.member(*release).is_some_and(RunMember::is_deployed) {
            return Err(no_member(run));
        }
    }
    for member in run.members.iter_mut().filter(|member| member.is_deployed()) {
        let way = ways.iter().find(|(release, _)| *release == member.release_id).map(|(_, way)| way.clone());
        let stays = stay.iter().find(|(release, _)| *release == member.release_id).map(|(_, reason)| reason.clone());
        member.back = Some(match (way, stays) {
            (Some(to), _) => MemberBack::Waiting { to },
            (None, Some(reason)) => MemberBack::Stays(Withdrawn { by: back.by.clone(), at: back.at, reason }),
            (None, None) => return Err(CoordinatedRunRefusal::Undecided { member: member.words() }),
        });
    }
    run.state = CoordinatedRunState::RollingBack;
    run.back = Some(back);
    Ok(())
}

fn open(run: &CoordinatedRun) -> Result<(), CoordinatedRunRefusal> {
    if run.is_open() { Ok(()) } else { Err(CoordinatedRunRefusal::Over { name: run.name.clone(), environment: run.environment.clone() }) }
}

fn no_member(run: &CoordinatedRun) -> CoordinatedRunRefusal {
    CoordinatedRunRefusal::NoMember { name: run.name.clone() }
}

fn asks_about(run: &CoordinatedRun, release: ReleaseId) -> bool {
    run.state == CoordinatedRunState::UnderWay && run.held().any(|member| member.release_id == release)
}

fn asks_about_back(run: &CoordinatedRun, release: ReleaseId) -> bool {
    run.state == CoordinatedRunState::RollingBack && run.held().any(|member| member.release_id == release)
}

/// A member of an open run, where the event fits it.
fn fit<'a>(
    run: &'a mut CoordinatedRun,
    release: ReleaseId,
    can: bool,
    state: &'static str,
) -> Result<&'a mut RunMember, CoordinatedRunRefusal> {
    open(run)?;
    let refusal = no_member(run);
    let member = run.members.iter_mut().find(|member| member.release_id == release).ok_or(refusal)?;
    if can { Ok(member) } else { Err(CoordinatedRunRefusal::Unfit { member: member.words(), state }) }
}

/// The member of a run forward whose deployment this is.
fn of_deployment(run: &mut CoordinatedRun, deployment: DeploymentId) -> Result<&mut RunMember, CoordinatedRunRefusal> {
    let is_forward = run.state == CoordinatedRunState::UnderWay;
    if !is_forward {
        return Err(CoordinatedRunRefusal::Over { name: run.name.clone(), environment: run.environment.clone() });
    }
    let refusal = no_member(run);
    let of = |member: &&mut RunMember| member.deployment() == Some(deployment) && matches!(member.state, RunMemberState::Started { .. });
    run.members.iter_mut().find(of).ok_or(refusal)
}
