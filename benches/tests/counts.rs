//! What the workloads do, in counts that are the same on every machine: events, decisions, allocations per comment.
//!
//! The counts are kept in `results/bench/counts.json`; `UPDATE_BASELINES=1 cargo test -p ashcloud-benches --test counts`
//! remakes them. Linking `allocation-counter` makes its allocator this test's.

#![allow(missing_docs, reason = "a test")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use ashcloud_benches::workloads::{Form, Runner, WORKLOADS, Workload};
use ashcloud_core::Output;
use ashcloud_sim::{decisions, experiment};
use serde::Serialize;

const CUSTOMERS: u64 = 100_000;

/// Per comment that arrived, over one replication of seed 1.
#[derive(Serialize)]
struct Counts {
    arrivals: u64,
    /// Each sets one agent's lane in the event list, and takes it out at its finish.
    started: u64,
    /// Had to wait.
    queued: u64,
    left: u64,
    /// Arrivals, starts whose finish follows, and expiries where these act.
    events: u64,
    allocations_per_comment: f64,
}

/// Allocations of a replication in memory that the same one has used before, so no queue grows beyond what it had.
fn allocations(workload: &Workload, customers: u64) -> Result<(u64, u64)> {
    let compiled = workload.compile(customers)?;
    let runner = Runner::new(&compiled, 1, 1);
    runner.run(0, 1);
    let mut arrived = 0;
    let info = allocation_counter::measure(|| {
        arrived = runner.run(0, 1).iter().map(|run| run.customers).sum();
    });
    Ok((info.count_total, arrived))
}

/// Twice the customers need not one allocation more. What a replication allocates whatever its length (the list of results)
/// is in both.
#[test]
fn nothing_is_allocated_in_the_steady_loop() -> Result<()> {
    // The counter counts: else zero would mean nothing.
    let one = allocation_counter::measure(|| drop(std::hint::black_box(vec![0_u8; 100])));
    assert_eq!(one.count_total, 1);
    for name in ["W1", "W2", "W2-multi", "W3", "W3-exact"] {
        let workload = ashcloud_benches::workloads::named(name)?;
        let (once, _) = allocations(workload, CUSTOMERS)?;
        let (twice, _) = allocations(workload, 2 * CUSTOMERS)?;
        assert_eq!(
            once, twice,
            "{name}: allocations of {CUSTOMERS} customers, of twice as many"
        );
    }
    Ok(())
}

fn counts(workload: &Workload) -> Result<Counts> {
    let compiled = workload.compile(CUSTOMERS)?;
    let (mut started, mut queued, mut left) = (0, 0, 0);
    let log = decisions(&experiment::setup(&compiled, 0), 0, &|| false);
    for (_, output) in log.expect("nothing stops it") {
        match output {
            Output::Started { .. } => started += 1,
            Output::Queued { .. } => queued += 1,
            Output::Left { .. } => left += 1,
            _ => {}
        }
    }
    let arrivals = Runner::new(&compiled, 1, 1).run(0, 1)[0].customers;
    let (once, arrived) = allocations(workload, CUSTOMERS)?;
    let (twice, arrived_twice) = allocations(workload, 2 * CUSTOMERS)?;
    let expiries = if workload.form == Form::Exact { left } else { 0 };
    let more = twice as f64 - once as f64;
    Ok(Counts {
        arrivals,
        started,
        queued,
        left,
        events: arrivals + started + expiries,
        allocations_per_comment: more / (arrived_twice - arrived) as f64,
    })
}

#[test]
fn counts_are_those_that_are_kept() -> Result<()> {
    let counts: Vec<(&str, Counts)> = WORKLOADS
        .iter()
        .map(|w| Ok((w.name, counts(w)?)))
        .collect::<Result<_>>()?;
    let fresh: BTreeMap<_, _> = counts.into_iter().collect();
    let fresh = serde_json::to_string_pretty(&fresh)? + "\n";
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../results/bench/counts.json");
    if std::env::var_os("UPDATE_BASELINES").is_some() {
        std::fs::write(&file, &fresh)?;
    }
    let kept = std::fs::read_to_string(&file).context("results/bench/counts.json")?;
    assert_eq!(
        kept.replace("\r\n", "\n"),
        fresh,
        "meant to differ? UPDATE_BASELINES=1 cargo test -p ashcloud-benches --test counts, and a word in CHANGELOG.md"
    );
    Ok(())
}
