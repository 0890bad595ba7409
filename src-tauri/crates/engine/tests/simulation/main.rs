//! A deterministic simulation of the engine: a virtual clock, a simulated provider and service, and a store that can crash at
//! every write, all driven by one seed. After every step the invariants must hold. Beside it, the loops over a clock moved by hand.
//!
//! `cargo xtask simulate` runs it optimised: `--seeds N` for so many, `--seed S` to replay one and print what happens. A plain test
//! run takes 20 seeds. The ports are in-process traits, so a simulated network
//! (turmoil, madsim) would have nothing to carry: the faults are drawn at the ports themselves.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod following;
mod invariants;
mod native;
mod provider;
mod rephasing;
mod scenario;
mod service;
mod trackers;
mod watching;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

fn run_seed(seed: u64, verbose: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(scenario::run(seed, verbose));
}

#[test]
fn the_invariants_hold_for_every_seed() {
    if let Ok(seed) = std::env::var("PILOTHOUSE_SIM_SEED") {
        return run_seed(seed.parse().expect("PILOTHOUSE_SIM_SEED is a number"), true);
    }
    let seeds: u64 = std::env::var("PILOTHOUSE_SIM_SEEDS").map_or(20, |n| n.parse().expect("PILOTHOUSE_SIM_SEEDS is a number"));
    let first: u64 = std::env::var("PILOTHOUSE_SIM_FIRST").map_or(0, |n| n.parse().expect("PILOTHOUSE_SIM_FIRST is a number"));
    let next = AtomicU64::new(first);
    let failed = AtomicU64::new(u64::MAX);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds || failed.load(Ordering::Relaxed) != u64::MAX {
                        return;
                    }
                    if catch_unwind(AssertUnwindSafe(|| run_seed(seed, false))).is_err() {
                        failed.fetch_min(seed, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    assert_eq!(failed, u64::MAX, "seed {failed} breaks an invariant. Replay: cargo xtask simulate --seed {failed}");
    println!("{seeds} seeds, no invariant broken");
}
