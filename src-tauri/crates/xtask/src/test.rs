//! `cargo xtask test`: every test of the product on this machine, with the surroundings that they need.

use std::ffi::OsString;

use crate::command::{Cmd, which};
use crate::error::Result;
use crate::postgres::Postgres;
use crate::rehearsal::DISPLAY_SIZE;
use crate::selection::Selection;
use crate::session::Session;
use crate::sessions::Sessions;
use crate::setup::{self, Purpose};
use crate::simulate::{self, SEEDS, SimulateArgs};
use crate::steps::Steps;
use crate::tools::TAURI_DRIVER;
use crate::workspace::{BuildFor, Workspace};
use crate::{bindings, window};

/// What `cargo xtask test` was asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct TestArgs {
    /// Only these steps (bindings, tests, window-tests, simulation, doctests, ui-tests) or packages (domain, store, pilothouse-tests, …).
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
    /// How many seeds the simulation of the engine runs through.
    #[arg(long, value_name = "N", default_value_t = SEEDS)]
    seeds: u64,
    /// What follows goes to the test runner, for example a test's name.
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<OsString>,
}

impl TestArgs {
    /// Everything, as CI wants it.
    pub(crate) fn everything() -> Self {
        Self { only: Vec::new(), seeds: SEEDS, args: Vec::new() }
    }
}

/// Sets up, builds, and runs the tests that were asked for.
pub(crate) fn run(workspace: &Workspace, steps: &mut Steps, args: &TestArgs) -> Result<()> {
    let selection = Selection::parse(&args.only, &workspace.packages()?)?;
    steps.rerun_with("cargo xtask test --only");
    steps.run("setup", || setup::run(workspace, Purpose::Test))?;
    let driver = if selection.drives_programs() && cfg!(target_os = "linux") {
        Some(steps.run("tauri-driver", || TAURI_DRIVER.ensure(workspace))?)
    } else {
        None
    };
    if selection.compiles_host() {
        steps.run("ui-build", || window::build(workspace))?;
    }
    if selection.drives_programs() || selection.has("bindings") {
        // With the test targets, so that the programs have the features that the tests' own build gives their crates,
        // and everything is built once.
        steps.run("build", || {
            let build = workspace.cargo().args(["build", "--workspace", "--all-targets"]);
            locked(workspace, build).args(workspace.feature_args(BuildFor::Test)?).run()
        })?;
    }
    if selection.has("bindings") {
        steps.run("bindings", || bindings::compare(workspace))?;
    }
    let mut env = vec![("PILOTHOUSE_BIN_DIR".to_owned(), workspace.programs(false).into_os_string())];
    if let Some(driver) = driver {
        env.push(("PILOTHOUSE_TAURI_DRIVER".to_owned(), driver.into()));
    }
    if let Some(driver) = which("WebKitWebDriver") {
        env.push(("PILOTHOUSE_WEBDRIVER".to_owned(), driver.into()));
    }
    // Most tests are waited for more than they compute, those of the window above all: the simulation takes what is left of the machine.
    let mut simulation = None;
    if selection.has("simulation") && (selection.has("tests") || selection.has("window-tests")) {
        simulation = Some(simulate::command(workspace, &SimulateArgs::of(args.seeds)).behind_others().beside()?);
    }
    if selection.has("tests") {
        steps.run("tests", || {
            let (session, postgres) = surroundings()?;
            let env = env.iter().cloned().chain(session.iter().flat_map(|session| session.env().iter().cloned()));
            let env: Vec<_> = env.chain(postgres.iter().map(Postgres::env)).collect();
            let tests = tests(workspace, &selection, Part::AllButWindow, &env, &args.args)?;
            if has_nextest() { tests.arg(test_threads()).run() } else { tests.run() }
        })?;
    }
    if selection.has("window-tests") {
        steps.run("window-tests", || window_tests(workspace, &selection, &env, &args.args))?;
    }
    if selection.has("simulation") {
        steps.run("simulation", || match simulation.take() {
            Some(started) => started.finish(),
            None => simulate::run(workspace, &SimulateArgs::of(args.seeds)),
        })?;
    }
    if selection.has("doctests") {
        steps.run("doctests", || {
            let doc = locked(workspace, workspace.cargo().args(["test", "--workspace", "--doc"]));
            doc.args(workspace.feature_args(BuildFor::Test)?).run()
        })?;
    }
    if selection.has("ui-tests") {
        steps.run("ui-tests", || window::script(workspace, "test"))?;
    }
    Ok(())
}

/// What tests need around them. Where the system can't offer it, tests that need it report themselves as skipped.
fn surroundings() -> Result<(Option<Session>, Option<Postgres>)> {
    if cfg!(target_os = "linux") {
        return Ok((Some(Session::start(DISPLAY_SIZE)?), Some(Postgres::start()?)));
    }
    eprintln!("tests of the window, the keychain and notifications run on Linux only");
    let postgres = match Postgres::start() {
        Ok(postgres) => Some(postgres),
        Err(error) if error.is_interrupt() => return Err(error),
        Err(error) => {
            eprintln!("no tests on PostgreSQL: {error}");
            None
        }
    };
    Ok((None, postgres))
}

/// In how many desktop sessions the tests of the window run: a window is waited for more than it computes.
const WINDOW_SESSIONS: usize = 2;

/// Runs the tests of the window: in each session one at a time, the sessions beside each other.
fn window_tests(workspace: &Workspace, selection: &Selection, env: &[(String, OsString)], args: &[OsString]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if has_nextest() {
        let sessions = Sessions::start(WINDOW_SESSIONS, DISPLAY_SIZE)?;
        let env: Vec<_> = env.iter().cloned().chain([sessions.env()]).collect();
        let threads = format!("--test-threads={}", sessions.count());
        return tests(workspace, selection, Part::Window, &env, args)?.arg(threads).run();
    }
    let session = Session::start(DISPLAY_SIZE)?;
    let env: Vec<_> = env.iter().chain(session.env()).cloned().collect();
    tests(workspace, selection, Part::Window, &env, args)?.run()
}

/// The tests of the window have desktop sessions of their own: the other tests' alerts would stand in front of theirs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    AllButWindow,
    Window,
}

/// What the names of the window's tests begin with.
const WINDOW_TESTS: &str = "desktop::";

/// One test more at a time than there are cores: the longest are those of processes that die and are waited for.
fn test_threads() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("--test-threads={}", cores + 1)
}

fn has_nextest() -> bool {
    Cmd::cargo().args(["nextest", "--version"]).output().is_ok()
}

/// How a part of the tests is run.
fn tests(workspace: &Workspace, selection: &Selection, part: Part, env: &[(String, OsString)], args: &[OsString]) -> Result<Cmd> {
    let nextest = has_nextest();
    let run = if nextest { &["nextest", "run", "--profile", part.profile()][..] } else { &["test"] };
    let mut cmd = locked(workspace, workspace.cargo().args(run));
    let packages = if part == Part::AllButWindow { selection.packages() } else { &[][..] };
    if packages.is_empty() || nextest && selection.drives_programs() {
        // The whole workspace even for one package that drives programs: its build is the one they come from.
        cmd = cmd.arg("--workspace").args(workspace.feature_args(BuildFor::Test)?);
        for package in packages.iter().filter(|_| nextest) {
            cmd = cmd.args(["-E", &format!("package({package})")]);
        }
    } else {
        for package in packages {
            cmd = cmd.args(["--package", package]);
        }
        cmd = cmd.args(workspace.feature_args_of(BuildFor::Test, packages)?);
    }
    cmd = match (nextest, part) {
        (true, _) => cmd.args(["--no-fail-fast", "--no-tests=warn"]),
        (false, Part::AllButWindow) => cmd.args(["--no-fail-fast", "--all-targets", "--", "--skip", WINDOW_TESTS]),
        (false, Part::Window) => cmd.args(["--test", "product", "--", WINDOW_TESTS, "--test-threads=1"]),
    };
    Ok(cmd.args(args).envs(env).env_remove("WAYLAND_DISPLAY"))
}

impl Part {
    /// The test runner's profile (.config/nextest.toml).
    fn profile(self) -> &'static str {
        match self {
            Self::AllButWindow => "default",
            Self::Window => "window",
        }
    }
}

/// CI takes the lock file as it is.
pub(crate) fn locked(workspace: &Workspace, cmd: Cmd) -> Cmd {
    if workspace.ci { cmd.arg("--locked") } else { cmd }
}
