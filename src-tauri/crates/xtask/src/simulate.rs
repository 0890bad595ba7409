//! `cargo xtask simulate`: the engine's deterministic simulation, optimised, through as many seeds as wanted, or one seed again.

use crate::command::Cmd;
use crate::error::Result;
use crate::test::locked;
use crate::workspace::Workspace;

/// How many seeds `cargo xtask test` runs through.
pub(crate) const SEEDS: u64 = 10_000;

/// What `cargo xtask simulate` was asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct SimulateArgs {
    /// How many seeds to run through.
    #[arg(long, value_name = "N", default_value_t = SEEDS)]
    pub(crate) seeds: u64,
    /// The first of them.
    #[arg(long, value_name = "S", default_value_t = 0)]
    first: u64,
    /// Run this one seed and print what happens.
    #[arg(long, value_name = "S", conflicts_with_all = ["seeds", "first"])]
    seed: Option<u64>,
}

impl SimulateArgs {
    /// So many seeds from the first.
    pub(crate) fn of(seeds: u64) -> Self {
        Self { seeds, first: 0, seed: None }
    }
}

/// Runs the simulation.
pub(crate) fn run(workspace: &Workspace, args: &SimulateArgs) -> Result<()> {
    command(workspace, args).run()
}

/// How the simulation is built and run.
pub(crate) fn command(workspace: &Workspace, args: &SimulateArgs) -> Cmd {
    let test = workspace.cargo().args(["test", "--profile", "simulation", "--package", "pilothouse-engine", "--test", "simulation"]);
    let cmd = locked(workspace, test).args(["--", "--nocapture"]);
    match args.seed {
        Some(seed) => cmd.env("PILOTHOUSE_SIM_SEED", seed.to_string()),
        None => cmd.env("PILOTHOUSE_SIM_SEEDS", args.seeds.to_string()).env("PILOTHOUSE_SIM_FIRST", args.first.to_string()),
    }
}
