//! How long this process has been running, for `ui.ready`. Must not be used to decide anything.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

static FIRST_ASKED: OnceLock<Instant> = OnceLock::new();

/// Remembers now as the start, where the system doesn't tell it.
pub(crate) fn note_start() {
    FIRST_ASKED.get_or_init(Instant::now);
}

/// Since this process was started: by the kernel's account on Linux (in steps of 10 ms), else since [`note_start`].
pub(crate) fn age() -> Duration {
    by_the_kernel().unwrap_or_else(|| FIRST_ASKED.get_or_init(Instant::now).elapsed())
}

#[cfg(target_os = "linux")]
fn by_the_kernel() -> Option<Duration> {
    let read = |path| std::fs::read_to_string(path).ok();
    age_from(&read("/proc/self/stat")?, &read("/proc/uptime")?)
}

#[cfg(not(target_os = "linux"))]
fn by_the_kernel() -> Option<Duration> {
    None
}

/// From proc(5): `starttime`, the 22nd field, counts ticks of 1/100 s since boot, and so does the first field of `uptime`, in
/// seconds. The 2nd field is the program's name in brackets and may hold anything.
#[cfg(target_os = "linux")]
fn age_from(stat: &str, uptime: &str) -> Option<Duration> {
    let ticks: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let now: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64((now - ticks / 100.0).max(0.0)).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_the_time_since_the_kernel_started_the_process() {
        let stat = "42 (pilot (house) x) S 1 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 123456 1 1";
        let age = age_from(stat, "1240.06 99.00\n").map(|age| age.as_millis());
        assert_eq!(age, Some(5500));
        assert_eq!(age_from(stat, "1.00 1.00"), Some(Duration::ZERO));
        assert_eq!(age_from("", "1.00 1.00"), None);
    }

    #[test]
    fn this_process_has_an_age() {
        assert!(by_the_kernel().is_some());
        assert!(age() < Duration::from_secs(24 * 60 * 60));
    }
}
