//! Judging what the service says after its run succeeded. Must not take a missing answer for a good or a bad one.

use super::super::{Verification, VersionReading};
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
        let Some(missing) = shortfall(reading) else {
            let good_readings = good_readings + 1;
            let verification = match (&reading.version, reading.checks) {
                (VersionReading::AsWanted, _) => Verification::ByService,
                (_, 0) => Verification::ByRunOnly,
                _ => Verification::ByChecks,
            };
            // Without a check there is nothing to ask twice.
            if good_readings >= self.pacing.good_readings || verification == Verification::ByRunOnly {
                return self.pass(run, verification);
            }
            self.set_phase(P::Verifying { run, since, good_readings, missing: String::new() });
            return later(Effect::ReadService, self.pacing.read_service);
        };
        if self.now.since(since) >= Duration::from_secs(self.next.verify_seconds.into()) {
            self.next.deployed_at = Some(since);
            if missing.is_definite {
                return self.fail(format!("The run succeeded, but {}", missing.words));
            }
            self.set_phase(P::Verifying { run, since, good_readings: 0, missing: missing.words.clone() });
            return self.ask(Question::CannotVerify { message: missing.words });
        }
        self.set_phase(P::Verifying { run, since, good_readings: 0, missing: missing.words });
        later(Effect::ReadService, self.pacing.read_service)
    }

    pub(super) fn pass(&mut self, run: Run, verification: Verification) -> Stepped {
        let succeeded_at = match self.phase()? {
            P::Verifying { since, .. } => *since,
            _ => self.now,
        };
        self.next.state = D::InProgress;
        self.set_phase(P::Passed { run, verification });
        if self.next.phases.iter().all(|p| matches!(p.state, P::Passed { .. })) {
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

/// What a reading lacks; `None` where it is good.
fn shortfall(reading: &Reading) -> Option<Shortfall> {
    if let VersionReading::Other { seen } = &reading.version {
        return Some(Shortfall { words: format!("the service runs {seen}"), is_definite: true });
    }
    if let Some(failing) = reading.failing.first() {
        return Some(Shortfall { words: format!("check {failing}"), is_definite: true });
    }
    if let VersionReading::NoData { reason } = &reading.version {
        return Some(Shortfall { words: format!("the running version can't be read: {reason}"), is_definite: false });
    }
    reading.no_data.first().map(|words| Shortfall { words: format!("check {words}"), is_definite: false })
}
