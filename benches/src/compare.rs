//! Two builds against each other: interleaved runs, the median ratio of their times, a bootstrap interval.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::floors::Stream;
use crate::measure::{Bare, median};
use crate::workloads::{WORKLOADS, Workload};

/// A change is refused where even the better end of its interval is slower by more than this.
pub const LIMIT: f64 = 0.05;
const RESAMPLES: usize = 10_000;
const SEED: u64 = 1;
/// Of each run; the first makes the memory, the fastest of the others counts.
const REPLICATIONS: &str = "9";

/// Ratios of the times of two builds on one workload, HEAD / BASE: above 1 is slower.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Of all pairs.
    pub median: f64,
    /// 95 % by the percentile bootstrap of the median.
    pub interval: [f64; 2],
}

impl Ratio {
    /// The median of these pairs' ratios. The same pairs give the same interval.
    pub fn of(pairs: &[f64]) -> Ratio {
        let mut random = Stream::new(SEED);
        let mut medians: Vec<f64> = (0..RESAMPLES)
            .map(|_| median(pairs.iter().map(|_| pairs[random.below(pairs.len())]).collect()))
            .collect();
        medians.sort_by(f64::total_cmp);
        let at = |q: f64| medians[(q * (RESAMPLES - 1) as f64).round() as usize];
        Ratio {
            median: median(pairs.to_vec()),
            interval: [at(0.025), at(0.975)],
        }
    }

    /// Slower beyond doubt, by more than the limit.
    pub fn is_red(&self) -> bool {
        self.interval[0] > 1.0 + LIMIT
    }
}

/// What is compared.
pub struct Comparison<'a> {
    /// The `workloads` of the older build.
    pub base: &'a Path,
    /// The `workloads` of the newer one.
    pub head: &'a Path,
    /// Pairs per workload, at least 10.
    pub pairs: u32,
    /// Customers relative to a full run.
    pub scale: f64,
    /// This much of the newer build's time is burnt on top: a test of the gate.
    pub slow: Option<f64>,
    /// Only this workload.
    pub only: Option<&'a str>,
}

/// Runs A B B A and so on, workload by workload in every round, prints a line per workload, and says how many are red.
///
/// # Errors
/// If a build does not run.
pub fn compare(comparison: &Comparison<'_>) -> Result<usize> {
    ensure!(comparison.pairs >= 10, "at least 10 pairs");
    let chosen: Vec<&Workload> = WORKLOADS
        .iter()
        .filter(|w| comparison.only.is_none_or(|only| only == w.name))
        .collect();
    ensure!(!chosen.is_empty(), "no such workload");
    let mut ratios: Vec<Vec<f64>> = vec![Vec::new(); chosen.len()];
    for pair in 0..comparison.pairs {
        for (workload, ratios) in chosen.iter().zip(&mut ratios) {
            let base = || time(comparison.base, workload, comparison.scale, None);
            let head = || time(comparison.head, workload, comparison.scale, comparison.slow);
            let (base, head) = if pair % 2 == 0 {
                (base()?, head()?)
            } else {
                let head = head()?;
                (base()?, head)
            };
            ratios.push(head / base);
        }
    }
    println!(
        "CPU time, HEAD / BASE, median of {} interleaved pairs (95 % bootstrap); red above {:.2} at its better end",
        comparison.pairs,
        1.0 + LIMIT
    );
    let mut red = 0;
    for (workload, ratios) in chosen.iter().zip(&ratios) {
        let ratio = Ratio::of(ratios);
        red += usize::from(ratio.is_red());
        println!(
            "{:<9} {:.3} ({:.3} to {:.3}){}",
            workload.name,
            ratio.median,
            ratio.interval[0],
            ratio.interval[1],
            if ratio.is_red() { "  RED" } else { "" }
        );
    }
    Ok(red)
}

/// CPU time per customer of one build.
fn time(build: &Path, workload: &Workload, scale: f64, slow: Option<f64>) -> Result<f64> {
    let mut command = Command::new(build);
    command.args(["--bare", workload.name, "--scale", &scale.to_string()]);
    command.args(["--replications", REPLICATIONS]);
    command.env_remove("ASHCLOUD_BENCH_SLOW");
    if let Some(share) = slow {
        command.env("ASHCLOUD_BENCH_SLOW", share.to_string());
    }
    let out = command.output().with_context(|| build.display().to_string())?;
    let error = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "{}: {error}", build.display());
    let bare: Bare = serde_json::from_slice(&out.stdout)?;
    Ok(bare.cpu_s_per_customer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slowdown_beyond_doubt_is_red_and_noise_is_not() {
        let around = |middle: f64, noise: f64| -> Vec<f64> {
            (0..12)
                .map(|i| middle + noise * (f64::from(i) - 5.5) / 5.5)
                .collect()
        };
        assert!(Ratio::of(&around(1.10, 0.04)).is_red());
        assert!(!Ratio::of(&around(1.00, 0.04)).is_red());
        assert!(!Ratio::of(&around(1.06, 0.20)).is_red(), "too noisy to say");
        assert!(
            !Ratio::of(&around(1.04, 0.001)).is_red(),
            "slower, but within the limit"
        );
        let ratio = Ratio::of(&around(1.10, 0.04));
        assert!((ratio.median - 1.10).abs() < 1e-12);
        assert!(ratio.interval[0] < 1.10 && 1.10 < ratio.interval[1]);
        assert_eq!(ratio, Ratio::of(&around(1.10, 0.04)), "the seed is fixed");
    }
}
