//! What of the tests was asked for: everything, some steps, some packages.

use crate::error::{Error, Result};

/// The steps of `cargo xtask test`, as `--only` takes them.
pub(crate) const TEST_STEPS: [&str; 6] = ["bindings", "tests", "window-tests", "simulation", "doctests", "ui-tests"];
/// What every package's name begins with; left out on the command line.
const PREFIX: &str = "pilothouse-";
/// The package of the window's tests.
pub(crate) const JOURNEYS: &str = "pilothouse-tests";
/// The packages whose tests drive the built programs.
const DRIVERS: [&str; 2] = [JOURNEYS, "pilothouse-cli"];

/// What to test.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    steps: Vec<String>,
    /// Full names; empty for all.
    packages: Vec<String>,
}

impl Selection {
    /// Reads `--only`; `packages` are all packages of the workspace.
    pub(crate) fn parse(only: &[String], packages: &[String]) -> Result<Self> {
        let mut selection = Self { steps: Vec::new(), packages: Vec::new() };
        for name in only {
            let full = format!("{PREFIX}{}", name.trim_start_matches(PREFIX));
            // "tests" is a step and a package; the journeys' package is asked for by its full name.
            if TEST_STEPS.contains(&name.as_str()) {
                selection.steps.push(name.clone());
            } else if packages.contains(&full) {
                selection.packages.push(full);
            } else {
                let packages: Vec<_> = packages
                    .iter()
                    .map(|package| match package.trim_start_matches(PREFIX) {
                        "tests" => package,
                        short => short,
                    })
                    .collect();
                return Err(Error::Unmet(format!(
                    "--only {name}: no such step or package. Steps: {}. Packages: {}",
                    TEST_STEPS.join(", "),
                    packages.join(", ")
                )));
            }
        }
        if selection.steps.is_empty() && !selection.packages.is_empty() {
            selection.steps.push("tests".to_owned());
            if selection.packages.iter().any(|package| package == JOURNEYS) {
                selection.steps.push("window-tests".to_owned());
            }
        }
        Ok(selection)
    }

    /// Whether a step is to run.
    pub(crate) fn has(&self, step: &str) -> bool {
        self.steps.is_empty() || self.steps.iter().any(|name| name == step)
    }

    /// The packages to test; empty for all.
    pub(crate) fn packages(&self) -> &[String] {
        &self.packages
    }

    /// Whether the built programs are driven, and so must be built first.
    pub(crate) fn drives_programs(&self) -> bool {
        let all = self.packages.is_empty();
        self.has("window-tests") || self.has("tests") && (all || self.packages.iter().any(|package| DRIVERS.contains(&package.as_str())))
    }

    /// Whether the desktop host is compiled, which takes in the built pages.
    pub(crate) fn compiles_host(&self) -> bool {
        let host = self.packages.iter().any(|package| package == "pilothouse-desktop");
        self.has("bindings") || self.has("doctests") || self.drives_programs() || self.has("tests") && host
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn parse(only: &[&str]) -> Result<Selection> {
        let packages = ["pilothouse-store", "pilothouse-tests"].map(str::to_owned);
        let only: Vec<_> = only.iter().map(|name| (*name).to_owned()).collect();
        Selection::parse(&only, &packages)
    }

    #[test]
    fn nothing_asked_for_is_everything() {
        let all = parse(&[]).unwrap();
        assert!(TEST_STEPS.iter().all(|step| all.has(step)));
        assert!(all.drives_programs());
    }

    #[test]
    fn a_package_is_its_tests_alone() {
        let store = parse(&["store"]).unwrap();
        assert_eq!(store.packages(), ["pilothouse-store"]);
        assert!(store.has("tests") && !store.has("ui-tests"));
        assert!(!store.drives_programs() && !store.compiles_host());
        assert!(!store.has("window-tests"));
        let journeys = parse(&["pilothouse-tests"]).unwrap();
        assert!(journeys.has("window-tests") && journeys.drives_programs());
    }

    #[test]
    fn steps_can_be_picked_and_mistakes_are_named() {
        let window = parse(&["ui-tests"]).unwrap();
        assert!(window.has("ui-tests") && !window.has("tests"));
        let window = parse(&["window-tests"]).unwrap();
        assert!(!window.has("tests") && window.drives_programs() && window.compiles_host());
        let error = parse(&["stroe"]).unwrap_err().to_string();
        assert!(error.contains("stroe") && error.contains("doctests"), "{error}");
    }
}
