//! Following a run to its end, and asking for another attempt of it. Must not take an unknown word for an end.

use super::super::RunStatus;
use super::{Effect, P, Question, Run, Step, Stepped, at_once, capitalised, later, refuse};

/// How often a provider that doesn't take a cancel is asked again.
pub(super) const MAX_CANCEL_TRIES: u16 = 5;

impl Step<'_> {
    pub(super) fn run_observed(&mut self, run: Run) -> Stepped {
        if !self.in_progress() {
            return self.misfit("a run's progress");
        }
        let (known, rerun) = match self.phase()? {
            P::Running { run: known } => (known.clone(), None),
            P::Rerunning { run: known, begun_at: Some(begun_at), .. } => (known.clone(), Some(*begun_at)),
            _ => return self.misfit("a run's progress"),
        };
        if known.external_id != run.external_id {
            return refuse(format!("run {} is not the run {} of this phase", run.external_id, known.external_id));
        }
        self.next.trouble = None;
        if run.attempt < known.attempt {
            // An answer that was overtaken by a newer one.
            return later(Effect::ObserveRun, self.pacing.observe);
        }
        if let Some(begun_at) = rerun
            && run.attempt == known.attempt
            && run.status.is_ended()
        {
            if self.now.since(begun_at) < self.pacing.settle {
                return later(Effect::ObserveRun, self.pacing.observe);
            }
            return self.not_rerun(run, "the re-run did not start".to_owned());
        }
        let status = run.status.clone();
        let failure = run.failure();
        self.set_phase(P::Running { run: run.clone() });
        match status {
            RunStatus::Succeeded if self.next.cancel.is_some() => {
                self.arrived(self.now);
                self.error("The run finished before the cancel reached it: the version is deployed, but was not verified".to_owned())
            }
            RunStatus::Succeeded => {
                self.set_phase(P::Verifying { run, since: self.now, good_readings: 0, missing: String::new() });
                at_once(Effect::ReadService)
            }
            RunStatus::Cancelled | RunStatus::Skipped => self.cancelled(),
            RunStatus::Failed if self.next.cancel.is_some() => self.cancelled(),
            RunStatus::Failed => self.run_failed(failure),
            RunStatus::Queued | RunStatus::InProgress | RunStatus::Waiting | RunStatus::Unknown { .. } => self.keep_following(),
        }
    }

    /// Tries again by itself as often as was planned; then a person is asked.
    fn run_failed(&mut self, message: String) -> Stepped {
        let P::Running { run } = self.phase()?.clone() else { return self.misfit("a failed run") };
        match self.current_phase_mut() {
            Some(phase) if phase.retried < phase.rules.retries => {
                phase.retried += 1;
                self.set_phase(P::Rerunning { run, failed_only: true, begun_at: None });
                at_once(Effect::Rerun)
            }
            _ => self.ask(Question::RunFailed { message }),
        }
    }

    pub(super) fn keep_following(&mut self) -> Stepped {
        let Some(cancel) = &mut self.next.cancel else { return later(Effect::ObserveRun, self.pacing.observe) };
        match cancel.accepted_at {
            None if cancel.tries < MAX_CANCEL_TRIES => at_once(Effect::CancelRun { force: false }),
            Some(at) if !cancel.forced && self.now.since(at) >= self.pacing.force_cancel => {
                cancel.forced = true;
                at_once(Effect::CancelRun { force: true })
            }
            None | Some(_) => later(Effect::ObserveRun, self.pacing.observe),
        }
    }

    pub(super) fn rerun_begun(&mut self) -> Stepped {
        let P::Rerunning { run, failed_only, begun_at: None } = self.phase()?.clone() else { return self.misfit("a re-run") };
        if !self.in_progress() {
            return self.misfit("a re-run");
        }
        self.set_phase(P::Rerunning { run, failed_only, begun_at: Some(self.now) });
        later(Effect::ObserveRun, self.pacing.look_up_after)
    }

    pub(super) fn rerun_answered(&mut self, refusal: Option<String>) -> Stepped {
        let P::Rerunning { run, begun_at: Some(_), .. } = self.phase()?.clone() else { return self.misfit("an answer to a re-run") };
        if !self.in_progress() {
            return self.misfit("an answer to a re-run");
        }
        match refusal {
            Some(message) => self.not_rerun(run, format!("the provider refuses the re-run: {message}")),
            None => at_once(Effect::ObserveRun),
        }
    }

    /// There is no further attempt. Whoever wanted it to stop has what they want; everybody else is asked.
    fn not_rerun(&mut self, run: Run, message: String) -> Stepped {
        let failure = run.failure();
        self.set_phase(P::Running { run });
        if self.next.cancel.is_some() {
            return self.fail(capitalised(&failure));
        }
        self.ask(Question::RunFailed { message })
    }
}
