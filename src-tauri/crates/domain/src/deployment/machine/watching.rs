//! Watching a phase after its version runs: from the measurements to the next phase, to a person's question, or back. Must not take
//! a phase that can't be measured for a bad one.

use super::super::{Instances, Verification};
use super::{D, Effect, OnFailure, P, Question, Run, Step, Stepped, Timestamp, at_once, later};
use crate::rollout::analysis::{Outcome, Sample, Tally, Watch, judge, pause};
use std::time::Duration;

impl Step<'_> {
    /// The service was found to run the version: the phase has passed, or is watched.
    pub(super) fn found_well(&mut self, run: Run, verification: Verification) -> Stepped {
        let is_watched = self.next.current_phase().is_some_and(|phase| phase.rules.is_watched());
        if !is_watched {
            return self.pass(run, verification);
        }
        let deployed_at = match self.phase()? {
            P::Verifying { since, .. } => *since,
            _ => self.now,
        };
        self.next.state = D::InProgress;
        self.bake(run, verification, deployed_at)
    }

    fn bake(&mut self, run: Run, verification: Verification, deployed_at: Timestamp) -> Stepped {
        self.set_phase(P::Baking { run, verification, deployed_at, watch: Watch::begin(self.now), tally: Tally::default() });
        at_once(Effect::Judge)
    }

    pub(super) fn judged(&mut self, sample: Sample, instances: Option<Instances>) -> Stepped {
        let P::Baking { run, verification, deployed_at, watch, tally } = self.phase()?.clone() else {
            return self.misfit("a measurement");
        };
        if !self.in_progress() {
            return self.misfit("a measurement");
        }
        let Some(phase) = self.current_phase_mut() else { return self.misfit("a measurement") };
        phase.instances = instances.or(phase.instances);
        let rules = phase.rules.clone();
        let (watch, watched) = watch.look(&rules, self.now);
        let (tally, outcome) = judge(&rules, watched, &tally, sample);
        self.set_phase(P::Baking { run: run.clone(), verification, deployed_at, watch, tally });
        match outcome {
            None => later(Effect::Judge, pause(&rules)),
            // It is watched on until it may go on.
            Some(Outcome::Passed) if self.next.paused.is_some() => later(Effect::Judge, pause(&rules)),
            Some(Outcome::Passed) if rules.needs_person => {
                self.ask(Question::GoOn { message: format!("{} is well, and waits for a person to go on", named(&rules.name)) })
            }
            Some(Outcome::Passed) => self.pass(run, verification),
            Some(Outcome::Failed { reason }) => self.found_bad(reason),
            Some(Outcome::Undecided { reason }) => self.ask(Question::PhaseUndecided { message: reason }),
            Some(Outcome::Errored { reason }) => self.ask(Question::PhaseErrored { message: reason }),
        }
    }

    /// A definite no about what its run has brought.
    pub(super) fn found_bad(&mut self, reason: String) -> Stepped {
        let (run, verification, deployed_at) = match self.phase()?.clone() {
            P::Verifying { run, since, .. } => (run, None, since),
            P::Baking { run, verification, deployed_at, .. } => (run, Some(verification), deployed_at),
            _ => return self.misfit("a verdict"),
        };
        match self.next.on_failure {
            OnFailure::RollBack { countdown_seconds } if !self.next.is_rollback() => {
                let after = Duration::from_secs(countdown_seconds.into());
                self.next.trouble = None;
                self.set_phase(P::Failing { run, verification, deployed_at, reason, rolls_back_at: self.now.plus(after) });
                later(Effect::RollBack, after)
            }
            OnFailure::Ask => {
                self.watch_anew(run, verification, deployed_at);
                self.ask(Question::PhaseFailed { message: reason, held_back: None })
            }
            OnFailure::End | OnFailure::RollBack { .. } => {
                self.arrived(deployed_at);
                self.fail(reason)
            }
        }
    }

    /// A person stops the way back that was about to begin by itself.
    pub(super) fn rollback_held(&mut self, why: String) -> Stepped {
        let P::Failing { run, verification, deployed_at, reason, .. } = self.phase()?.clone() else {
            return self.misfit("a word about the way back");
        };
        if !self.in_progress() {
            return self.misfit("a word about the way back");
        }
        self.watch_anew(run, verification, deployed_at);
        self.ask(Question::PhaseFailed { message: reason, held_back: Some(why) })
    }

    /// Nothing of what was measured counts any more: an old verdict must not decide about a new look.
    pub(super) fn watch_anew(&mut self, run: Run, verification: Option<Verification>, deployed_at: Timestamp) {
        self.set_phase(match verification {
            Some(verification) => P::Baking { run, verification, deployed_at, watch: Watch::begin(self.now), tally: Tally::default() },
            None => P::Verifying { run, since: deployed_at, good_readings: 0, missing: String::new() },
        });
    }

    /// What the environment has, once the phase that brings it to everybody has deployed.
    pub(super) fn arrived(&mut self, at: Timestamp) {
        if self.next.current_phase().is_some_and(|phase| phase.weight_percent == 100) {
            self.next.deployed_at = Some(at);
        }
    }
}

fn named(name: &str) -> &str {
    if name.is_empty() { "The phase" } else { name }
}
