//! Runs the four workloads through the real path beside the hand-written floors, interleaved in one process, and prints
//! ratios. Bare times mean little on another machine; ratios hold.

use std::time::Duration;

use anyhow::Result;
use ashcloud_benches::floors::{event_loop, flat};
use ashcloud_benches::workloads::{WORKLOADS, Workload, run};
use clap::Parser;
use cpu_time::ProcessTime;
use serde::Serialize;

/// The four workloads against their floors, in customers per CPU-second, one thread.
#[derive(Parser)]
struct Arguments {
    /// One JSON document instead of the table.
    #[arg(long)]
    json: bool,
    /// Interleaved runs of each; medians are shown.
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// Customers relative to a full run.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Only this workload.
    #[arg(long)]
    only: Option<String>,
}

#[derive(Serialize)]
struct Document {
    workloads: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    customers: u64,
    customers_per_cpu_s: f64,
    floor_loop: f64,
    floor_flat: f64,
    ratio_loop: f64,
    ratio_flat: f64,
    peak_mib: Option<f64>,
    mean_wait: f64,
    exact: f64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let chosen = WORKLOADS
        .iter()
        .filter(|w| arguments.only.as_ref().is_none_or(|o| o == w.name));
    let mut rows = Vec::new();
    for workload in chosen {
        rows.push(measure(workload, &arguments)?);
    }
    if arguments.json {
        println!("{}", serde_json::to_string(&Document { workloads: rows })?);
        return Ok(());
    }
    println!(
        "Million customers per CPU-second, one thread, median of {} interleaved runs",
        arguments.runs
    );
    println!(
        "{:<4}{:>10}{:>12}{:>12}{:>9}{:>9}{:>10}{:>12}{:>12}",
        "", "ashcloud", "floor loop", "floor flat", "/loop", "/flat", "peak MiB", "mean wait", "exact"
    );
    for row in &rows {
        let peak = row.peak_mib.map_or("?".into(), |p| format!("{p:.1}"));
        println!(
            "{:<4}{:>10.2}{:>12.2}{:>12.2}{:>9.3}{:>9.3}{:>10}{:>12.5}{:>12.5}",
            row.name,
            row.customers_per_cpu_s / 1e6,
            row.floor_loop / 1e6,
            row.floor_flat / 1e6,
            row.ratio_loop,
            row.ratio_flat,
            peak,
            row.mean_wait,
            row.exact,
        );
    }
    Ok(())
}

fn measure(workload: &Workload, arguments: &Arguments) -> Result<Row> {
    let customers = (workload.customers as f64 * arguments.scale).max(1000.0) as u64;
    let compiled = workload.compile(customers)?;
    let (mut ours, mut loops, mut flats, mut waits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    forget_peak();
    let mut peak = None;
    for seed in 1..=u64::from(arguments.runs.max(1)) {
        let begin = ProcessTime::now();
        let result = run(&compiled, seed)?;
        ours.push(result.customers as f64 / seconds(begin.elapsed()));
        waits.push(result.mean_wait);
        peak = peak.or_else(peak_mib);
        let begin = ProcessTime::now();
        std::hint::black_box(event_loop(workload.queue, customers, seed));
        loops.push(customers as f64 / seconds(begin.elapsed()));
        let begin = ProcessTime::now();
        std::hint::black_box(flat(workload.queue, customers, seed));
        flats.push(customers as f64 / seconds(begin.elapsed()));
    }
    let ratios = |floor: &[f64]| median(ours.iter().zip(floor).map(|(a, b)| a / b).collect());
    let (ratio_loop, ratio_flat) = (ratios(&loops), ratios(&flats));
    Ok(Row {
        name: workload.name,
        customers,
        customers_per_cpu_s: median(ours),
        floor_loop: median(loops),
        floor_flat: median(flats),
        ratio_loop,
        ratio_flat,
        peak_mib: peak,
        mean_wait: waits.iter().sum::<f64>() / waits.len() as f64,
        exact: workload.exact,
    })
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64().max(1e-9)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

/// Linux: begin a new peak of resident memory.
fn forget_peak() {
    // Where this cannot be done the peak is that of the process so far, which is an upper bound.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Linux: peak of resident memory since the last call of `forget_peak`.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}
