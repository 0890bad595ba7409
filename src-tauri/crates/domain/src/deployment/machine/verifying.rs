//! Judging what the service says after its run succeeded. Must not take a missing answer for a good or a bad one.

use super::super::{Instances, Verification, VersionReading};
use super::{D, Effect, P, Question, Reading, Run, Step, Stepped, later};
use std::time::Duration;

impl Step<'_> {
    pub(super) fn service_read(&mut self, reading: &Reading) -> Stepped {
        if !self.in_progress() {
            return self.misfit("a reading of the service");
        }
        let P::Verifying { run, since, good_readings, .. } = self.phase()?.clone() else {
            return self.misfit("a reading of the service");
        };
        let Some(phase) = self.current_phase_mut() else { return self.misfit("a reading of the service") };
        phase.instances = reading.instances.or(phase.instances);
        let weight = phase.weight_percent;
        let Some(missing) = shortfall(reading, weight) else {
            let good_readings = good_readings + 1;
            let is_counted = reading.instances.is_some_and(|instances| instances.of > 1 && weight > 0);
            let verification = match (&reading.version, reading.checks) {
                (VersionReading::AsWanted, _) => Verification::ByService,
                (VersionReading::Other { .. }, _) if is_counted => Verification::ByService,
                (_, 0) => Verification::ByRunOnly,
                _ => Verification::ByChecks,
            };
            // Without a check there is nothing to ask twice.
            if good_readings >= self.pacing.good_readings || verification == Verification::ByRunOnly {
                return self.found_well(run, verification);
            }
            self.set_phase(P::Verifying { run, since, good_readings, missing: String::new() });
            return later(Effect::ReadService, self.pacing.read_service);
        };
        if self.now.since(since) >= Duration::from_secs(self.next.verify_seconds.into()) {
            if missing.is_definite {
                return self.found_bad(format!("The run succeeded, but {}", missing.words));
            }
            self.arrived(since);
            self.set_phase(P::Verifying { run, since, good_readings: 0, missing: missing.words.clone() });
            return self.ask(Question::CannotVerify { message: missing.words });
        }
        self.set_phase(P::Verifying { run, since, good_readings: 0, missing: missing.words });
        later(Effect::ReadService, self.pacing.read_service)
    }

    pub(super) fn pass(&mut self, run: Run, verification: Verification) -> Stepped {
        let succeeded_at = match self.phase()? {
            P::Verifying { since, .. } => *since,
            P::Baking { deployed_at, .. } => *deployed_at,
            _ => self.now,
        };
        self.next.state = D::InProgress;
        self.set_phase(P::Passed { run, verification });
        if self.next.phases.iter().all(super::Phase::is_done) {
            // Where it was asked about meanwhile, that moment is known already, and `since` is when it was read anew.
            self.next.deployed_at.get_or_insert(succeeded_at);
            return self.end(D::Succeeded { at: self.now, verification });
        }
        // The environment has it once the last phase does.
        self.next.deployed_at = None;
        self.ready()
    }
}

struct Shortfall {
    words: String,
    is_definite: bool,
}

/// What a reading lacks for a phase of this share; `None` where it is good.
fn shortfall(reading: &Reading, weight_percent: u8) -> Option<Shortfall> {
    if let Some(words) = wrong_share(reading, weight_percent) {
        return Some(words);
    }
    if let Some(failing) = reading.failing.first() {
        return Some(Shortfall { words: format!("check {failing}"), is_definite: true });
    }
    if let VersionReading::NoData { reason } = &reading.version {
        return Some(Shortfall { words: format!("the running version can't be read: {reason}"), is_definite: false });
    }
    reading.no_data.first().map(|words| Shortfall { words: format!("check {words}"), is_definite: false })
}

/// What is wrong with how many have the version. Where a phase brings it to a share and the instances aren't asked one by one, chance
/// decides who answers: nothing is concluded from it.
fn wrong_share(reading: &Reading, weight_percent: u8) -> Option<Shortfall> {
    let other = match &reading.version {
        VersionReading::Other { seen } => Some(Shortfall { words: format!("the service runs {seen}"), is_definite: true }),
        VersionReading::AsWanted | VersionReading::NotConfigured | VersionReading::NoData { .. } => None,
    };
    if weight_percent == 100 {
        return other;
    }
    let Instances { with, of } = reading.instances.filter(|instances| instances.of > 1)?;
    let exact = u32::from(of) * u32::from(weight_percent);
    let (least, most) = (exact / 100, exact.div_ceil(100).max(u32::from(weight_percent > 0)));
    if u32::from(with) < least.max(u32::from(weight_percent > 0)) {
        return other;
    }
    (u32::from(with) > most)
        .then(|| Shortfall { words: format!("{with} of {of} instances have it, and {weight_percent} % were wanted"), is_definite: false })
}
