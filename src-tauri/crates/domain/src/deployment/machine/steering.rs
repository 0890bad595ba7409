//! A person's hand on a rollout: pause, resume, leave a phase out, go to the end. Each with a reason that stays with the phase. Must
//! not trigger anything itself, nor let a required phase be left out.

use super::super::{Pause, PhaseDecision, Verification};
use super::{Actor, D, Effect, P, Question, Schedule, Step, Stepped, refuse};
use crate::PhaseId;
use std::time::Duration;

impl Step<'_> {
    pub(super) fn paused(&mut self, by: Actor, reason: String) -> Stepped {
        if let Some(pause) = &self.next.paused {
            return refuse(format!("{} has paused it already", pause.by));
        }
        if self.next.cancel.is_some() {
            return refuse("it is being cancelled already".to_owned());
        }
        self.next.paused = Some(Pause { by, reason, since: self.now });
        Ok(if self.in_progress() && *self.phase()? == P::Ready { Schedule::Nothing } else { Schedule::Keep })
    }

    pub(super) fn resumed(&mut self) -> Stepped {
        if self.next.paused.take().is_none() {
            return refuse("it is not paused".to_owned());
        }
        if self.in_progress() && *self.phase()? == P::Ready { self.trigger_after(Duration::ZERO) } else { Ok(Schedule::Keep) }
    }

    pub(super) fn skipped(&mut self, by: Actor, id: PhaseId, reason: String) -> Stepped {
        let index = self.next.phases.iter().position(|phase| phase.id == id);
        let Some((index, phase)) = index.and_then(|index| Some((index, self.next.phases.get(index)?))) else {
            return refuse("it has no such phase".to_owned());
        };
        if self.next.cancel.is_some() {
            return refuse("it is being cancelled".to_owned());
        }
        if phase.rules.required {
            return refuse(format!("{} is required: it can't be skipped", phase.rules.name));
        }
        let is_current = self.next.current_phase().is_some_and(|current| current.id == id);
        let decided = PhaseDecision { by, reason, at: self.now };
        match &phase.state {
            P::Pending | P::Ready if index + 1 >= self.next.phases.len() => {
                refuse("the last phase brings it to everybody: it can't be skipped".to_owned())
            }
            P::Pending | P::Ready if is_current && !matches!(self.next.state, D::Queued { .. }) => {
                self.leave_out(decided);
                self.ready()
            }
            P::Pending | P::Ready => {
                if let Some(phase) = self.next.phases.get_mut(index) {
                    phase.state = P::LeftOut { run: None };
                    phase.decided = Some(decided);
                }
                Ok(Schedule::Keep)
            }
            P::Baking { .. } if is_current => self.end_watch(decided),
            P::Passed { .. } | P::LeftOut { .. } | P::Ended { .. } => refuse("that phase is over".to_owned()),
            _ => refuse("its run is under way: it can be cancelled, but not skipped".to_owned()),
        }
    }

    pub(super) fn promoted_fully(&mut self, by: &Actor, reason: &str) -> Stepped {
        if self.next.cancel.is_some() {
            return refuse("it is being cancelled".to_owned());
        }
        if matches!(self.phase()?, P::Failing { .. }) {
            return refuse("its phase was found bad, and the version before is about to come back".to_owned());
        }
        let current = self.next.current_index();
        let last = self.next.phases.len().saturating_sub(1);
        let is_watched = matches!(self.phase()?, P::Baking { .. });
        if current >= last && !is_watched {
            return refuse("there is no phase left to go past".to_owned());
        }
        let is_before_start = matches!(self.phase()?, P::Pending | P::Ready);
        let from = if is_before_start || is_watched { current } else { current + 1 };
        let passed_over = |index: usize| (from..last).contains(&index) || (is_watched && index == current);
        let required = self.next.phases.iter().enumerate().find(|(index, phase)| passed_over(*index) && phase.rules.required);
        if let Some((_, phase)) = required {
            return refuse(format!("{} is required: it can't be skipped", phase.rules.name));
        }
        let decided = PhaseDecision { by: by.clone(), reason: reason.to_owned(), at: self.now };
        for phase in self.next.phases.get_mut(current + 1..last).unwrap_or_default() {
            phase.state = P::LeftOut { run: None };
            phase.decided = Some(decided.clone());
        }
        if is_watched {
            return self.end_watch(decided);
        }
        if is_before_start {
            let is_queued = matches!(self.next.state, D::Queued { .. });
            self.leave_out(decided);
            return if is_queued { Ok(Schedule::Keep) } else { self.ready() };
        }
        Ok(Schedule::Keep)
    }

    /// The watch of the current phase ends by a person's word.
    pub(super) fn end_watch(&mut self, decided: PhaseDecision) -> Stepped {
        let Some(run) = self.phase()?.run().cloned() else { return self.misfit("a verdict") };
        if let Some(phase) = self.current_phase_mut() {
            phase.decided = Some(decided);
        }
        self.pass(run, Verification::ByPerson)
    }

    /// The current phase is left out; the next one is current then.
    pub(super) fn leave_out(&mut self, decided: PhaseDecision) {
        if let Some(phase) = self.current_phase_mut() {
            phase.state = P::LeftOut { run: phase.state.run().cloned() };
            phase.decided = Some(decided);
        }
    }

    /// Somebody takes on what is asked.
    pub(super) fn taken(&mut self, by: Actor) -> Stepped {
        let D::AwaitingDecision { asked_of, taken, .. } = &mut self.next.state else {
            return refuse("it doesn't wait for a decision".to_owned());
        };
        (*asked_of, *taken) = (by, true);
        Ok(Schedule::Keep)
    }

    /// The trigger comes when nobody has paused it.
    pub(super) fn trigger_after(&self, after: Duration) -> Stepped {
        Ok(if self.next.paused.is_some() { Schedule::Nothing } else { Schedule::Next { effect: Effect::Trigger, after } })
    }
}

impl Question {
    /// True where it is about a phase that has deployed.
    pub(super) const fn is_about_phase(&self) -> bool {
        matches!(self, Self::PhaseFailed { .. } | Self::PhaseUndecided { .. } | Self::PhaseErrored { .. } | Self::GoOn { .. })
    }
}
