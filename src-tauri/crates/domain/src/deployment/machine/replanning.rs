//! Other phases for a deployment under way: what has not begun may be changed, left away, added and put in another order. Must not touch
//! a phase that has begun or is over, nor let the version reach less than it has, nor leave it without a phase that brings it to everybody.

use super::super::PhaseDecision;
use super::{D, DeploymentRefusal, P, Phase, PhasesChange, PlannedPhase, Question, Schedule, Step, Stepped, refuse};
use crate::PhaseId;
use crate::rollout::Rollout;

impl Step<'_> {
    pub(super) fn phases_changed(&mut self, change: PhasesChange) -> Stepped {
        self.may_change_phases(change.seen)?;
        let rollout = Rollout { phases: change.phases, on_failure: self.next.on_failure };
        if rollout.phases.is_empty() {
            return refuse("a rollout that is under way keeps its phases".to_owned());
        }
        if let Err(fault) = rollout.check() {
            return refuse(fault.message);
        }
        let stood_ready = self.next.current_phase().is_some_and(|phase| phase.is_to_come() && phase.state == P::Ready);
        self.next.phases = with_what_comes(&self.next.phases, &rollout.phases, &change.fresh)?;
        if self.next.phases.last().is_some_and(|last| matches!(last.state, P::LeftOut { .. })) {
            return refuse("the last phase brings it to everybody: it can't be one that was left out".to_owned());
        }
        if self.next.phases.iter().all(Phase::is_done) {
            return refuse("nothing would be left to do. Leave one phase that comes, or cancel it".to_owned());
        }
        // Whichever is next now takes the turn of the one that was.
        if stood_ready {
            self.set_phase(P::Ready);
        }
        self.next.phase_changes.push(PhaseDecision { by: change.by, reason: change.reason, at: self.now });
        Ok(Schedule::Keep)
    }

    fn may_change_phases(&self, seen: usize) -> Result<(), DeploymentRefusal> {
        if self.next.is_rollback() {
            return refuse("a way back goes all at once: it has no phases to change".to_owned());
        }
        if self.next.cancel.is_some() {
            return refuse("it is being cancelled".to_owned());
        }
        if matches!(self.phase()?, P::Failing { .. }) {
            return refuse("its phase was found bad, and the version before is about to come back".to_owned());
        }
        if !self.next.phases.iter().any(Phase::is_to_come) {
            return refuse("every phase has begun: none is left to change".to_owned());
        }
        match self.next.phase_changes.last() {
            Some(last) if seen != self.next.phase_changes.len() => {
                refuse(format!("{} has changed its phases meanwhile. Look at them again", last.by))
            }
            _ => Ok(()),
        }
    }

    /// What was approved was changed on the way, and is approved again: what was held by that alone goes on. Who has taken it on has the
    /// word before.
    pub(super) fn approved_anew(&mut self) -> Stepped {
        let is_held = matches!(self.next.state, D::AwaitingDecision { question: Question::BlockedAtStart { .. }, taken: false, .. });
        if !is_held || self.next.phase_changes.is_empty() || self.next.cancel.is_some() {
            return self.misfit("an approval");
        }
        self.ready()
    }
}

/// The phases with what comes as it is planned now. What has begun, and what is over, is found by its name, as it was.
fn with_what_comes(phases: &[Phase], planned: &[PlannedPhase], fresh: &[PhaseId]) -> Result<Vec<Phase>, DeploymentRefusal> {
    let begun = phases.iter().take_while(|phase| !phase.is_to_come()).count();
    let mut fixed = phases.iter().filter(|phase| !phase.is_to_come());
    let mut next = Vec::with_capacity(planned.len());
    for (index, phase) in planned.iter().enumerate() {
        let known = phases.iter().find(|known| called(known, &phase.rules.name));
        if let Some(known) = known.filter(|known| !known.is_to_come()) {
            let is_in_its_place =
                fixed.next().is_some_and(|expected| expected.id == known.id) && (index < begun) == in_first(phases, known, begun);
            if !is_in_its_place || known.as_planned() != *phase {
                return refuse(settled(known));
            }
            next.push(known.clone());
            continue;
        }
        if let Some(expected) = phases.get(index).filter(|_| index < begun) {
            return refuse(settled(expected));
        }
        let id = known.map(|known| known.id).or_else(|| fresh.get(index).copied());
        let Some(id) = id else { return refuse("a new phase has no id".to_owned()) };
        next.push(Phase::planned(id, phase.clone()));
    }
    if let Some(missing) = fixed.next() {
        return refuse(settled(missing));
    }
    let is_kept = |phase: &&Phase| planned.iter().any(|other| called(phase, &other.rules.name) && other.rules.required);
    if let Some(phase) = phases.iter().filter(|phase| phase.is_to_come() && phase.rules.required).find(|phase| !is_kept(phase)) {
        return refuse(format!("{} is required: it stays, and stays required", phase.rules.name));
    }
    Ok(next)
}

fn in_first(phases: &[Phase], phase: &Phase, count: usize) -> bool {
    phases.iter().take(count).any(|other| other.id == phase.id)
}

fn called(phase: &Phase, name: &str) -> bool {
    phase.rules.name.trim().to_lowercase() == name.trim().to_lowercase()
}

/// Why a phase stays as it is.
fn settled(phase: &Phase) -> String {
    let name = &phase.rules.name;
    match phase.state {
        P::LeftOut { .. } => format!("{name} was left out: it stays as it is, in its place"),
        P::Passed { .. } | P::Ended { .. } => format!("{name} is over: it stays as it is, in its place"),
        _ => format!("{name} has begun: it stays as it is, in its place"),
    }
}
