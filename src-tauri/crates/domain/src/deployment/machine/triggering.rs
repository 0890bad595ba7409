//! From a deployment's turn to the run that is followed: the trigger, its answer, and the search for a run whose answer was lost.
//! Must not lead to a second trigger without a person's word or a definite no.

use super::{D, Effect, IN_DOUBT, P, Question, Run, Schedule, Step, Stepped, at_once, later};
use std::time::Duration;

impl Step<'_> {
    pub(super) fn turn_came(&mut self) -> Stepped {
        if !matches!(self.next.state, D::Queued { .. }) {
            return self.misfit("its turn");
        }
        self.ready()
    }

    pub(super) fn blocked(&mut self, reasons: Vec<String>) -> Stepped {
        if !(self.in_progress() && *self.phase()? == P::Ready) {
            return self.misfit("a refusal at the start");
        }
        self.ask(Question::BlockedAtStart { reasons })
    }

    pub(super) fn trigger_begun(&mut self) -> Stepped {
        if self.next.native.is_some() || self.next.paused.is_some() {
            return self.misfit("a trigger");
        }
        self.begun()
    }

    pub(super) fn native_begun(&mut self, how: String, mark: String) -> Stepped {
        if self.next.paused.is_some() {
            return self.misfit("a way back of the provider's own");
        }
        let Some(native) = &mut self.next.native else { return self.misfit("a way back of the provider's own") };
        native.how = how;
        if native.first_mark.is_empty() {
            native.first_mark.clone_from(&mark);
        }
        native.mark = mark;
        self.begun()
    }

    pub(super) fn native_closed(&mut self, why: String, next_step: String) -> Stepped {
        if !(self.next.native.is_some() && self.in_progress() && *self.phase()? == P::Ready) {
            return self.misfit("a closed way back");
        }
        self.ask(Question::TriggerRefused { message: why, next_step })
    }

    fn begun(&mut self) -> Stepped {
        if !(self.in_progress() && *self.phase()? == P::Ready) {
            return self.misfit("a trigger");
        }
        let index = self.next.current_index();
        if let Some(phase) = self.next.phases.get_mut(index) {
            phase.triggers += 1;
        }
        self.set_phase(P::Triggering { begun_at: self.now });
        later(Effect::LookUpRun, self.pacing.look_up_after)
    }

    pub(super) fn trigger_accepted(&mut self, run: Option<Run>) -> Stepped {
        let P::Triggering { begun_at } = *self.phase()? else { return self.misfit("an accepted trigger") };
        self.next.trouble = None;
        match run {
            Some(run) => self.follow(run),
            None => {
                let cause = "the provider accepted it without naming the run".to_owned();
                self.set_phase(P::Reconciling { begun_at, accepted: true, cause });
                at_once(Effect::LookUpRun)
            }
        }
    }

    pub(super) fn trigger_refused(&mut self, message: String, next_step: String) -> Stepped {
        if !matches!(self.phase()?, P::Triggering { .. }) {
            return self.misfit("a refused trigger");
        }
        // Nothing was started, so the phase may be triggered again once a person says so.
        self.set_phase(P::Ready);
        if self.next.cancel.is_some() {
            return self.cancelled();
        }
        self.ask(Question::TriggerRefused { message, next_step })
    }

    pub(super) fn trigger_postponed(&mut self, message: String, after: Duration) -> Stepped {
        match self.phase()? {
            // The provider was not even asked: no secret, no client.
            P::Ready if self.in_progress() => {}
            // The provider provably started nothing: this trigger doesn't count.
            P::Triggering { .. } => {
                let index = self.next.current_index();
                if let Some(phase) = self.next.phases.get_mut(index) {
                    phase.triggers = phase.triggers.saturating_sub(1);
                }
            }
            _ => return self.misfit("a postponed trigger"),
        }
        self.set_phase(P::Ready);
        // A definite answer, however late, answers what a person was asked about it.
        self.next.state = D::InProgress;
        if self.next.cancel.is_some() {
            return self.cancelled();
        }
        match self.trouble(message) {
            Some(question) => self.ask(question),
            None => self.trigger_after(after),
        }
    }

    pub(super) fn trigger_unknown(&mut self, message: String) -> Stepped {
        let P::Triggering { begun_at } = *self.phase()? else { return self.misfit("a lost answer") };
        self.set_phase(P::Reconciling { begun_at, accepted: false, cause: message });
        if !self.in_progress() {
            // A person is asked already; their answer decides whether it is looked up.
            return Ok(Schedule::Keep);
        }
        later(Effect::LookUpRun, self.pacing.look_up)
    }

    pub(super) fn looked_up(&mut self, mut runs: Vec<Run>) -> Stepped {
        let (begun_at, cause) = match self.phase()? {
            P::Triggering { begun_at } => (*begun_at, "Pilothouse stopped while it was asking".to_owned()),
            P::Reconciling { begun_at, cause, .. } => (*begun_at, cause.clone()),
            _ => return self.misfit("a lookup"),
        };
        if !self.in_progress() {
            return self.misfit("a lookup");
        }
        self.next.trouble = None;
        if matches!(self.phase()?, P::Triggering { .. }) {
            self.set_phase(P::Reconciling { begun_at, accepted: false, cause: cause.clone() });
        }
        if runs.len() > 1 {
            return self.ask(Question::RunAmbiguous { candidates: runs });
        }
        if let Some(run) = runs.pop() {
            return self.follow(run);
        }
        if self.now.since(begun_at) >= self.pacing.settle {
            if self.next.cancel.is_some() {
                return self.error(IN_DOUBT.to_owned());
            }
            return self.ask(Question::RunNotFound { asked_at: begun_at, cause });
        }
        later(Effect::LookUpRun, self.pacing.look_up)
    }

    pub(super) fn asking_failed(&mut self, message: String, after: Option<Duration>) -> Stepped {
        let effect = match self.phase()? {
            P::Triggering { .. } | P::Reconciling { .. } => Effect::LookUpRun,
            P::Running { .. } | P::Rerunning { begun_at: Some(_), .. } => Effect::ObserveRun,
            P::Rerunning { begun_at: None, .. } => Effect::Rerun,
            P::Pending
            | P::Ready
            | P::Verifying { .. }
            | P::Baking { .. }
            | P::Failing { .. }
            | P::Passed { .. }
            | P::LeftOut { .. }
            | P::Ended { .. } => return self.misfit("a failed call"),
        };
        if !self.in_progress() {
            return self.misfit("a failed call");
        }
        match self.trouble(message) {
            Some(question) => self.ask(question),
            None => later(effect, after.unwrap_or(self.pacing.retry)),
        }
    }

    pub(super) fn follow(&mut self, run: Run) -> Stepped {
        self.next.state = D::InProgress;
        self.next.trouble = None;
        let cancel = self.next.cancel.is_some();
        let ended = run.status.is_ended();
        self.set_phase(P::Running { run });
        if cancel && !ended { at_once(Effect::CancelRun { force: false }) } else { at_once(Effect::ObserveRun) }
    }
}
