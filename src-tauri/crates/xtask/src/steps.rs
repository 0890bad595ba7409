//! The steps of a longer command: a header for each, its time, and on failure the way to run it alone.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Runs steps and remembers how long each took. Prints the table when it is dropped.
pub(crate) struct Steps {
    /// What comes before a step's name to run it alone, for example `cargo xtask ci --only`.
    rerun: &'static str,
    taken: Vec<Taken>,
}

struct Taken {
    name: &'static str,
    time: Duration,
    passed: bool,
}

impl Steps {
    /// No step has run yet.
    pub(crate) fn new(rerun: &'static str) -> Self {
        Self { rerun, taken: Vec::new() }
    }

    /// Changes how the following steps are run alone.
    pub(crate) fn rerun_with(&mut self, rerun: &'static str) {
        self.rerun = rerun;
    }

    /// Runs a step.
    pub(crate) fn run<T>(&mut self, name: &'static str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        eprintln!("\n==> {name}");
        let start = Instant::now();
        let result = step();
        self.taken.push(Taken { name, time: start.elapsed(), passed: result.is_ok() });
        result.map_err(|cause| Error::Step { step: name.to_owned(), cause: Box::new(cause), rerun: format!("{} {name}", self.rerun) })
    }

    fn table(&self) -> String {
        let width = self.taken.iter().map(|step| step.name.len()).max().unwrap_or(0).max("total".len());
        let mut lines: Vec<_> = self
            .taken
            .iter()
            .map(|step| {
                let end = if step.passed { "" } else { "  failed" };
                format!("{:width$}  {:>9}{end}", step.name, shown(step.time))
            })
            .collect();
        lines.push(format!("{:width$}  {:>9}", "total", shown(self.taken.iter().map(|step| step.time).sum())));
        lines.join("\n")
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        if !self.taken.is_empty() {
            eprintln!("\n{}", self.table());
        }
    }
}

fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 { format!("{seconds:.1} s") } else { format!("{} m {:02} s", time.as_secs() / 60, time.as_secs() % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_step_and_how_to_run_it_alone() {
        let mut steps = Steps::new("cargo xtask ci --only");
        let result: Result<()> = steps.run("clippy", || Err(Error::Unmet("two warnings".to_owned())));
        let text = result.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains("\"clippy\" failed: two warnings"), "{text}");
        assert!(text.contains("cargo xtask ci --only clippy"), "{text}");
        assert!(steps.table().contains("failed"));
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(shown(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(shown(Duration::from_secs(61)), "1 m 01 s");
    }
}
