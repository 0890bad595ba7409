//! `cargo xtask ci`: what must hold before a change is taken, quick checks first, the tests last.

use crate::error::{Error, Result};
use crate::setup::{self, Purpose};
use crate::steps::Steps;
use crate::test::{self, TestArgs, locked};
use crate::tidy;
use crate::tools::CARGO_DENY;
use crate::window;
use crate::workspace::{BuildFor, Workspace};

/// The checks, in their order; `test` is everything of `cargo xtask test`.
const CHECKS: [&str; 8] = ["fmt", "tidy", "svelte-check", "eslint", "contrast", "clippy", "deny", "test"];

/// What `cargo xtask ci` was asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct CiArgs {
    /// Only these checks: fmt, tidy, svelte-check, eslint, contrast, clippy, deny, test.
    #[arg(long, value_name = "CHECK", num_args = 1..)]
    only: Vec<String>,
}

/// Runs the checks that were asked for.
pub(crate) fn run(workspace: &Workspace, args: &CiArgs) -> Result<()> {
    if let Some(unknown) = args.only.iter().find(|name| !CHECKS.contains(&name.as_str())) {
        return Err(Error::Unmet(format!("--only {unknown}: no such check. Checks: {}", CHECKS.join(", "))));
    }
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    let any = |names: &[&str]| names.iter().any(|name| wanted(name));
    let mut steps = Steps::new("cargo xtask ci --only");

    if wanted("fmt") {
        steps.run("fmt", || workspace.cargo().args(["fmt", "--all", "--check"]).run())?;
    }
    if wanted("tidy") {
        steps.run("tidy", || tidy::run(workspace))?;
    }
    if any(&["svelte-check", "eslint", "contrast", "clippy", "test"]) {
        steps.run("setup", || setup::run(workspace, Purpose::Test))?;
    }
    for (check, script) in [("svelte-check", "check"), ("eslint", "lint"), ("contrast", "contrast")] {
        if wanted(check) {
            steps.run(check, || window::script(workspace, script))?;
        }
    }
    if wanted("clippy") {
        // The host takes the built pages in when it is compiled.
        steps.run("ui-build", || window::build(workspace))?;
        steps.run("clippy", || {
            let clippy = workspace.cargo().args(["clippy", "--workspace", "--all-targets"]);
            let clippy = locked(workspace, clippy).args(workspace.feature_args(BuildFor::Test)?);
            clippy.args(["--", "--deny", "warnings"]).run()
        })?;
    }
    if wanted("deny") {
        steps.run("deny", || {
            // Advisories need a network and change without us: the public workflow asks for them.
            let deny = CARGO_DENY.ensure(workspace)?;
            let deny = crate::command::Cmd::new(deny).dir(&workspace.root).args(["--workspace", "--all-features", "--locked"]);
            deny.args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]).run()
        })?;
    }
    if wanted("test") {
        test::run(workspace, &mut steps, &TestArgs::everything())?;
    }
    Ok(())
}
