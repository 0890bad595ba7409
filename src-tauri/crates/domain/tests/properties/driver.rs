//! Carries a deployment as the engine does: feeds events, keeps the one outstanding effect, and checks after each step what must
//! always hold.

use crate::samples::at;
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::{
    Decision, Deployment, DeploymentEffect as Effect, DeploymentEvent as Event, DeploymentState as D, Pacing, Phase, PhaseState as P,
    RunStatus, Schedule, apply,
};
use pilothouse_domain::rollout::PlannedPhase;
use proptest::prelude::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};
use std::time::Duration;

pub(crate) struct Driver {
    pub(crate) deployment: Deployment,
    /// The one outstanding effect, and when it is due.
    pub(crate) effect: Option<(Effect, Timestamp)>,
    pub(crate) now: Timestamp,
    pub(crate) pacing: Pacing,
    /// What was taken, for a replay.
    history: Vec<(Event, Timestamp)>,
    start: Deployment,
    /// The phases as they are planned, with what was changed on the way.
    planned: Vec<Phase>,
    /// Whether the current phase may be triggered: once, and again only after a definite no or a person's word.
    licence: bool,
    /// Whether a run was seen to succeed.
    pub(crate) success_seen: bool,
}

impl Driver {
    pub(crate) fn new(start: Deployment) -> Self {
        Self {
            deployment: start.clone(),
            effect: Some((Effect::AwaitTurn, at(0))),
            now: at(0),
            pacing: Pacing::default(),
            history: Vec::new(),
            planned: start.phases.clone(),
            start,
            licence: true,
            success_seen: false,
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.deployment.state.is_terminal()
    }

    pub(crate) fn phase(&self) -> &P {
        &self.deployment.current_phase().unwrap().state
    }

    pub(crate) fn wait(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    /// Feeds an event. `Ok(false)` where it was refused, which must have changed nothing.
    pub(crate) fn feed(&mut self, event: &Event) -> Result<bool, TestCaseError> {
        let before = self.deployment.clone();
        let Ok(transition) = apply(&before, event.clone(), self.now, &self.pacing) else { return Ok(false) };
        prop_assert!(!before.state.is_terminal(), "{event:?} left {:?}", before.state);
        self.check_trigger(&before, event)?;

        self.deployment = transition.next;
        match transition.schedule {
            Schedule::Keep => {}
            Schedule::Next { effect, after } => self.effect = Some((effect, self.now.plus(after))),
            Schedule::Nothing => self.effect = None,
        }
        self.history.push((event.clone(), self.now));
        if let Event::RunObserved { run } = event {
            self.success_seen |= run.status == RunStatus::Succeeded && !matches!(self.phase(), P::Running { .. } | P::Rerunning { .. });
        }
        if let Event::PhasesChanged(change) = event {
            self.check_change(&before, &change.phases)?;
        }
        self.renew_licence(&before, event);
        self.check(event)?;
        Ok(true)
    }

    fn check_trigger(&mut self, before: &Deployment, event: &Event) -> Result<(), TestCaseError> {
        match event {
            Event::TriggerBegun => prop_assert_eq!(&before.native, &None, "the pipeline was started in place of the provider's own way"),
            Event::NativeBegun { .. } => prop_assert!(before.native.is_some(), "the provider's own way was gone without being chosen"),
            _ => return Ok(()),
        }
        prop_assert_eq!(&before.current_phase().unwrap().state, &P::Ready, "triggered from elsewhere");
        prop_assert_eq!(&before.state, &D::InProgress);
        prop_assert!(self.licence, "triggered a second time without a definite no or a person's word: {:?}", self.history);
        prop_assert!(before.paused.is_none(), "triggered while it was paused: {:?}", self.history);
        self.check_weight(before)?;
        prop_assert!(before.cancel.is_none(), "triggered after somebody wanted it to stop: {:?}", self.history);
        self.licence = false;
        Ok(())
    }

    /// A phase brings what was planned for it, and no earlier one is open.
    fn check_weight(&self, before: &Deployment) -> Result<(), TestCaseError> {
        let current = before.current_phase().unwrap();
        let index = before.phases.iter().position(|phase| phase.id == current.id).unwrap();
        let planned = &self.planned[index];
        prop_assert_eq!((current.weight_percent, &current.rules), (planned.weight_percent, &planned.rules));
        prop_assert_eq!(before.filled_pipeline().correlation, current.correlation());
        prop_assert!(before.phases[..index].iter().all(Phase::is_done), "a phase was passed over");
        Ok(())
    }

    /// What has begun, or is over, is as it was; no share shrinks, and the last brings it to everybody.
    fn check_change(&mut self, before: &Deployment, wanted: &[PlannedPhase]) -> Result<(), TestCaseError> {
        let after = &self.deployment;
        let settled = |deployment: &Deployment| deployment.phases.iter().filter(|phase| !phase.is_to_come()).cloned().collect::<Vec<_>>();
        prop_assert_eq!(settled(before), settled(after), "a change touched what has begun");
        prop_assert_eq!(before.current_phase().map(|p| p.is_to_come()), after.current_phase().map(|p| p.is_to_come()));
        prop_assert_eq!(&after.phases.iter().map(Phase::as_planned).collect::<Vec<_>>(), wanted);
        prop_assert!(after.phases.is_sorted_by_key(|phase| phase.weight_percent), "a share shrinks");
        prop_assert_eq!(after.phases.last().map(|phase| phase.weight_percent), Some(100));
        let reached = before.reached_percent();
        prop_assert!(after.phases.iter().filter(|phase| phase.is_to_come()).all(|phase| phase.weight_percent >= reached));
        let mut ids: Vec<_> = after.phases.iter().map(|phase| phase.id).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), after.phases.len(), "two phases with one id");
        self.planned.clone_from(&after.phases);
        Ok(())
    }

    fn renew_licence(&mut self, before: &Deployment, event: &Event) {
        let was_asked_for = matches!(before.current_phase().unwrap().state, P::Triggering { .. });
        let is_another_phase = before.current_phase().unwrap().id != self.deployment.current_phase().unwrap().id;
        self.licence |= is_another_phase
            || matches!(event, Event::TriggerPostponed { .. }) && was_asked_for
            || matches!(event, Event::Decided { decision: Decision::Trigger | Decision::Redeploy, .. });
    }

    fn check(&self, event: &Event) -> Result<(), TestCaseError> {
        let state = &self.deployment.state;
        let effect = self.effect.map(|(effect, _)| effect);
        if state.is_terminal() {
            prop_assert_eq!(effect, None, "{:?} after {:?} still has something to do", state, event);
        } else {
            let asks = matches!(state, D::AwaitingDecision { .. });
            let rests = self.deployment.paused.is_some() && *self.phase() == P::Ready;
            prop_assert!(
                asks != effect.is_some() || (rests && effect.is_none()),
                "{state:?} with {effect:?} after {event:?}: {:?}",
                self.history
            );
        }
        if let Some(effect) = effect {
            prop_assert!(self.fits(effect), "{effect:?} in {state:?} ({:?}) after {event:?}: {:?}", self.phase(), self.history);
        }
        prop_assert_eq!(self.deployment.next_effect().is_some(), effect.is_some(), "recovery would lose, or find, something to do");
        // What is stored is what is known: recovery starts from it.
        let stored = serde_json::to_string(&self.deployment).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Deployment>(&stored).unwrap(), &self.deployment);
        Ok(())
    }

    /// Whether the state takes what comes of the effect.
    fn fits(&self, effect: Effect) -> bool {
        let in_progress = self.deployment.state == D::InProgress;
        match (effect, self.phase()) {
            (Effect::AwaitTurn, _) => matches!(self.deployment.state, D::Queued { .. }),
            (Effect::Trigger, P::Ready) => in_progress,
            (Effect::LookUpRun, P::Triggering { .. } | P::Reconciling { .. }) => in_progress,
            (Effect::ObserveRun, P::Running { .. } | P::Rerunning { begun_at: Some(_), .. }) => in_progress,
            (Effect::CancelRun { .. }, P::Running { .. }) => in_progress && self.deployment.cancel.is_some(),
            (Effect::Rerun, P::Rerunning { begun_at: None, .. }) => in_progress,
            (Effect::ReadService, P::Verifying { .. }) => in_progress,
            (Effect::Judge, P::Baking { .. }) => in_progress,
            (Effect::RollBack, P::Failing { .. }) => in_progress,
            _ => false,
        }
    }

    /// The same events from the same start lead to the same deployment.
    pub(crate) fn check_replay(&self) -> Result<(), TestCaseError> {
        let replayed = self.history.iter().try_fold(self.start.clone(), |deployment, (event, now)| {
            apply(&deployment, event.clone(), *now, &self.pacing).map(|transition| transition.next)
        });
        prop_assert_eq!(replayed.as_ref(), Ok(&self.deployment));
        Ok(())
    }
}
