//! Instructions per comment: valid on every machine that runs the same code, so they can be kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::measure::Bare;
use crate::workloads::WORKLOADS;

/// Instructions per comment by workload.
type Counts = BTreeMap<String, f64>;

/// What counts.
enum Counter {
    Callgrind,
    Perf,
}

/// Counts every workload and keeps the counts in `file` under `key`; prints them beside those kept before. False, with a
/// word about it, where nothing here can count.
///
/// # Errors
/// If a run fails or the file cannot be written.
pub fn keep(file: &Path, key: &str, scale: f64) -> Result<bool> {
    let Some(counter) = counter() else {
        println!("skipped: neither valgrind nor perf with hardware counters is here");
        return Ok(false);
    };
    let mut kept: BTreeMap<String, Counts> = match std::fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).with_context(|| file.display().to_string())?,
        Err(_) => BTreeMap::new(),
    };
    let before = kept.remove(key).unwrap_or_default();
    let mut counts = Counts::new();
    println!("Instructions per comment, {key}");
    for workload in &WORKLOADS {
        let customers = workload.scaled(scale);
        let count = |replications: u32| counter.count(workload.name, customers, replications);
        // The third replication alone: loading, and memory that grows only once, cancel out.
        let ((two, _), (three, last)) = (count(2)?, count(3)?);
        let per_comment = three.saturating_sub(two) as f64 / last.max(1) as f64;
        let per_comment = (per_comment * 10.0).round() / 10.0;
        let change = before.get(workload.name).map_or(String::new(), |before| {
            format!(
                "  before {before:.1}, {:+.1} %",
                (per_comment / before - 1.0) * 100.0
            )
        });
        println!("{:<9}{per_comment:>8.1}{change}", workload.name);
        counts.insert(workload.name.into(), per_comment);
    }
    kept.insert(key.into(), counts);
    std::fs::write(file, serde_json::to_string_pretty(&kept)? + "\n")?;
    Ok(true)
}

fn counter() -> Option<Counter> {
    let works = |command: &mut Command| {
        let out = command.stdin(Stdio::null()).output().ok()?;
        out.status.success().then_some(out)
    };
    if works(Command::new("valgrind").arg("--version")).is_some() {
        return Some(Counter::Callgrind);
    }
    let out = works(Command::new("perf").args(["stat", "-x,", "-e", "instructions:u", "true"]))?;
    perf_count(&String::from_utf8_lossy(&out.stderr)).map(|_| Counter::Perf)
}

/// The first field of perf's line; there is no number where the machine does not count.
fn perf_count(stderr: &str) -> Option<u64> {
    let line = stderr.lines().find(|line| line.contains("instructions"))?;
    line.split(',').next()?.parse().ok()
}

/// The number after `Collected :` in callgrind's summary.
fn callgrind_count(stderr: &str) -> Option<u64> {
    let (_, rest) = stderr.split_once("Collected :")?;
    rest.split_whitespace().next()?.parse().ok()
}

impl Counter {
    /// Instructions of the whole process, and the customers of its last replication.
    fn count(&self, name: &str, customers: u64, replications: u32) -> Result<(u64, u64)> {
        let mut command = match self {
            Counter::Callgrind => {
                let mut command = Command::new("valgrind");
                command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
                command
            }
            Counter::Perf => {
                let mut command = Command::new("perf");
                command.args(["stat", "-x,", "-e", "instructions:u"]);
                command
            }
        };
        let out = command
            .arg(std::env::current_exe()?)
            .args(["--bare", name, "--customers", &customers.to_string()])
            .args(["--replications", &replications.to_string()])
            .env_remove("ASHCLOUD_BENCH_SLOW")
            .output()?;
        let error = String::from_utf8_lossy(&out.stderr);
        ensure!(out.status.success(), "{name}: {error}");
        let count = match self {
            Counter::Callgrind => callgrind_count(&error),
            Counter::Perf => perf_count(&error),
        };
        let bare: Bare = serde_json::from_slice(&out.stdout)?;
        let count = count.with_context(|| format!("{name}: no count in: {error}"))?;
        Ok((count, bare.customers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        let callgrind = "==7== Events    : Ir\n==7== Collected : 123456\n==7==\n";
        assert_eq!(callgrind_count(callgrind), Some(123_456));
        assert_eq!(
            perf_count("654321,,instructions:u,12345,100.00,,\n"),
            Some(654_321)
        );
        assert_eq!(perf_count("<not supported>,,instructions:u,0,100.00,,\n"), None);
    }
}
