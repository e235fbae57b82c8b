//! The measurements. Bare times mean little on another machine; ratios of interleaved runs hold.

use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

use crate::breadth::Breadth;
use crate::floors::{event_loop, flat};
use crate::workloads::{Floor, Runner, WORKLOADS, Workload, named, run};

/// Everything that was measured; what was not asked for is left out.
#[derive(Debug, Default, Serialize)]
pub struct Document {
    /// Against the floors.
    pub workloads: Vec<Row>,
    /// Mechanisms, volume, skills, seeds and odd deadlines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breadth: Vec<Breadth>,
    /// Peaks of resident memory.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub memory: Vec<Peak>,
    /// Two threads against one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<Threads>,
    /// From exec to exit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_up: Option<StartUp>,
}

/// A workload against its floors, in customers per CPU-second.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The workload.
    pub name: &'static str,
    /// Customers of a run.
    pub customers: u64,
    /// Median.
    pub customers_per_cpu_s: f64,
    /// Median of the event loop.
    pub floor_loop: f64,
    /// Median of the flat loop.
    pub floor_flat: f64,
    /// Median ratio to the event loop of the same round.
    pub ratio_loop: f64,
    /// Median ratio to the flat loop of the same round.
    pub ratio_flat: f64,
    /// The floor it is judged by.
    pub against: Floor,
    /// Median ratio to that floor.
    pub ratio: f64,
    /// Smallest and largest ratio of a round to that floor.
    pub spread: [f64; 2],
    /// Least ratio asked.
    pub asked: f64,
    /// Whether it was reached.
    pub met: bool,
    /// Peak of resident memory of the first run.
    pub peak_mib: Option<f64>,
    /// Mean wait over the runs.
    pub mean_wait: f64,
    /// By theory.
    pub exact: f64,
}

/// Peak of resident memory of one run in a process of its own.
#[derive(Debug, Serialize)]
pub struct Peak {
    /// The workload.
    pub name: &'static str,
    /// Customers.
    pub customers: u64,
    /// Of the whole process.
    pub peak_mib: f64,
    /// Most that waited, looked at every second; where it is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_waiting: Option<u64>,
    /// Peak less what the process had before the run, by the most that waited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_waiting: Option<f64>,
    /// At most so many MiB, or bytes per waiting comment where these are given.
    pub asked: f64,
    /// Whether it was kept.
    pub met: bool,
}

/// Customers per second of wall time with two threads, against one.
#[derive(Debug, Serialize)]
pub struct Threads {
    /// The workload.
    pub workload: &'static str,
    /// Replications of each run.
    pub replications: u32,
    /// With one thread.
    pub one: f64,
    /// With two.
    pub two: f64,
    /// Median ratio of interleaved runs.
    pub ratio: f64,
    /// The same of the flat floor, which shares nothing between threads: what the machine had to give.
    pub floor: f64,
    /// Least ratio asked.
    pub asked: f64,
    /// Whether it was reached.
    pub met: bool,
}

/// `ashcloud run` of a tiny scenario.
#[derive(Debug, Serialize)]
pub struct StartUp {
    /// Runs.
    pub runs: usize,
    /// Median of wall milliseconds.
    pub median_ms: f64,
    /// The fastest: what else runs on the machine only ever adds.
    pub least_ms: f64,
    /// At most.
    pub asked: f64,
    /// Whether it was kept.
    pub met: bool,
}

/// The chosen workloads against their floors. Those of one queue are run in turn with the floors, round by round.
///
/// # Errors
/// If a workload does not compile.
pub fn rows(chosen: &[&'static Workload], runs: u32, scale: f64) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for group in chosen.chunk_by(|a, b| a.queue == b.queue) {
        rows.extend(group_rows(group, runs.max(1), scale)?);
    }
    Ok(rows)
}

fn group_rows(group: &[&'static Workload], runs: u32, scale: f64) -> Result<Vec<Row>> {
    #[derive(Default)]
    struct Ours {
        speeds: Vec<f64>,
        waits: Vec<f64>,
        peak: Option<f64>,
    }
    let customers = group[0].scaled(scale);
    let queue = group[0].queue;
    let mut ours: Vec<Ours> = group.iter().map(|_| Ours::default()).collect();
    let (mut loops, mut flats) = (Vec::new(), Vec::new());
    for seed in 1..=u64::from(runs) {
        for (workload, ours) in group.iter().zip(&mut ours) {
            let compiled = workload.compile(customers)?;
            forget_peak();
            let begin = ProcessTime::now();
            let result = run(&compiled, seed)?;
            ours.speeds
                .push(result.customers as f64 / seconds(begin.elapsed()));
            ours.waits.push(result.mean_wait);
            ours.peak = ours.peak.or_else(|| Some(status_kib("VmHWM")? / 1024.0));
        }
        let begin = ProcessTime::now();
        black_box(event_loop(queue, customers, seed));
        loops.push(customers as f64 / seconds(begin.elapsed()));
        let begin = ProcessTime::now();
        black_box(flat(queue, customers, seed));
        flats.push(customers as f64 / seconds(begin.elapsed()));
    }
    let rows = group.iter().zip(ours).map(|(workload, ours)| {
        let ratios =
            |floor: &[f64]| -> Vec<f64> { ours.speeds.iter().zip(floor).map(|(a, b)| a / b).collect() };
        let judged = ratios(match workload.against {
            Floor::Loop => &loops,
            Floor::Flat => &flats,
        });
        let spread = [
            judged.iter().copied().fold(f64::INFINITY, f64::min),
            judged.iter().copied().fold(0.0, f64::max),
        ];
        let ratio = median(judged);
        Row {
            name: workload.name,
            customers,
            floor_loop: median(loops.clone()),
            floor_flat: median(flats.clone()),
            ratio_loop: median(ratios(&loops)),
            ratio_flat: median(ratios(&flats)),
            against: workload.against,
            ratio,
            spread,
            asked: workload.asked,
            met: ratio >= workload.asked,
            peak_mib: ours.peak,
            mean_wait: ours.waits.iter().sum::<f64>() / ours.waits.len() as f64,
            exact: workload.exact,
            customers_per_cpu_s: median(ours.speeds),
        }
    });
    Ok(rows.collect())
}

/// What a child says of its memory, in KiB.
#[derive(Deserialize, Serialize)]
struct Child {
    baseline: f64,
    peak: f64,
}

/// In a process of its own: one run, and the peak of resident memory, in JSON.
///
/// # Errors
/// If the workload does not compile, or the system does not tell.
pub fn memory_child(workload: &Workload, customers: u64) -> Result<String> {
    let unknown = "resident memory is read from /proc, which is not here";
    let compiled = workload.compile(customers)?;
    let baseline = status_kib("VmRSS").context(unknown)?;
    forget_peak();
    black_box(run(&compiled, 1)?);
    let peak = status_kib("VmHWM").context(unknown)?;
    Ok(serde_json::to_string(&Child { baseline, peak })?)
}

/// Peaks of resident memory: W1 to W3 at a million and a hundred million customers (with `huge` also a thousand million),
/// W4-exact by waiting comment.
///
/// # Errors
/// If a child fails.
pub fn memory(huge: bool) -> Result<Vec<Peak>> {
    const MOST_MIB: f64 = 16.0;
    const MOST_BYTES: f64 = 64.0;
    let sizes = [1_000_000, 100_000_000, 1_000_000_000];
    let sizes = &sizes[..if huge { 3 } else { 2 }];
    let mut peaks = Vec::new();
    for name in ["W1", "W2", "W3"] {
        let workload = named(name)?;
        let mut least = f64::INFINITY;
        for &customers in sizes {
            let peak_mib = child_memory(workload, customers)?.peak / 1024.0;
            least = least.min(peak_mib);
            peaks.push(Peak {
                name,
                customers,
                peak_mib,
                most_waiting: None,
                bytes_per_waiting: None,
                asked: MOST_MIB,
                // The same at every size, but for the longest queue that was met.
                met: peak_mib <= MOST_MIB && peak_mib <= least + 1.0,
            });
        }
    }
    for workload in WORKLOADS.iter().filter(|w| w.name == "W4-exact") {
        let customers = workload.customers;
        let child = child_memory(workload, customers)?;
        let watched = workload.compile_watched(customers)?;
        let most = run(&watched, 1)?.most_waiting.unwrap_or(0);
        let bytes = (child.peak - child.baseline) * 1024.0 / most as f64;
        peaks.push(Peak {
            name: workload.name,
            customers,
            peak_mib: child.peak / 1024.0,
            most_waiting: Some(most),
            bytes_per_waiting: Some(bytes),
            asked: MOST_BYTES,
            met: bytes <= MOST_BYTES,
        });
    }
    Ok(peaks)
}

fn child_memory(workload: &Workload, customers: u64) -> Result<Child> {
    let out = Command::new(std::env::current_exe()?)
        .args([
            "--memory-of",
            workload.name,
            "--customers",
            &customers.to_string(),
        ])
        .output()?;
    let error = String::from_utf8_lossy(&out.stderr);
    ensure!(
        out.status.success(),
        "{} was not measured: {error}",
        workload.name
    );
    Ok(serde_json::from_slice(&out.stdout)?)
}

/// Two threads against one, W2, eight replications a run.
///
/// # Errors
/// If the workload does not compile.
pub fn threads(runs: u32, scale: f64) -> Result<Threads> {
    const ASKED: f64 = 1.85;
    const REPLICATIONS: u32 = 8;
    let workload = named("W2")?;
    let compiled = workload.compile(workload.scaled(scale) / 4)?;
    let speed = |threads: usize, seed: u64| {
        let runner = Runner::new(&compiled, seed, threads);
        let begin = Instant::now();
        let customers: u64 = runner.run(0, REPLICATIONS).iter().map(|r| r.customers).sum();
        customers as f64 / seconds(begin.elapsed())
    };
    let floor = |threads: u64, seed: u64| {
        let customers = workload.scaled(scale);
        let begin = Instant::now();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                scope.spawn(move || black_box(flat(workload.queue, customers, seed + thread)));
            }
        });
        (threads * customers) as f64 / seconds(begin.elapsed())
    };
    let (mut one, mut two, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 1..=u64::from(runs.max(1)) {
        one.push(speed(1, seed));
        two.push(speed(2, seed));
        let alone = floor(1, seed);
        floors.push(floor(2, seed) / alone);
    }
    let ratio = median(one.iter().zip(&two).map(|(one, two)| two / one).collect());
    Ok(Threads {
        workload: workload.name,
        replications: REPLICATIONS,
        one: median(one),
        two: median(two),
        ratio,
        floor: median(floors),
        asked: ASKED,
        met: ratio >= ASKED,
    })
}

/// A day of one agent, twenty replications.
const TINY: &str = "horizon = \"1d\"\n[queue]\narrivals = { poisson = \"9 per h\" }\nservice = { exponential = \"6m\" }\nagents = 1\n\
                    [experiment]\nreplications = 20\n";

/// From exec to exit of `ashcloud run` on a tiny scenario; nothing where the command does not lie beside this one.
///
/// # Errors
/// If it fails.
pub fn start_up() -> Result<Option<StartUp>> {
    const ASKED: f64 = 15.0;
    const RUNS: usize = 20;
    let Some(command) = beside("ashcloud")? else {
        return Ok(None);
    };
    let file = std::env::temp_dir().join(format!("tiny-{}.toml", std::process::id()));
    std::fs::write(&file, TINY)?;
    let mut times = Vec::new();
    let mut failed = None;
    for _ in 0..RUNS {
        let begin = Instant::now();
        let done = Command::new(&command)
            .arg("run")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        times.push(seconds(begin.elapsed()) * 1e3);
        if !done.success() {
            failed = Some(done);
        }
    }
    std::fs::remove_file(&file)?;
    if let Some(status) = failed {
        return Err(anyhow!("ashcloud run of a tiny scenario: {status}"));
    }
    let least_ms = times.iter().copied().fold(f64::INFINITY, f64::min);
    let median_ms = median(times);
    Ok(Some(StartUp {
        runs: RUNS,
        median_ms,
        least_ms,
        asked: ASKED,
        met: median_ms <= ASKED,
    }))
}

fn beside(name: &str) -> Result<Option<PathBuf>> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::current_exe()?.with_file_name(name);
    Ok(path.is_file().then_some(path))
}

/// Replications in reused memory, alone.
#[derive(Debug, Deserialize, Serialize)]
pub struct Bare {
    /// Customers of the last replication.
    pub customers: u64,
    /// CPU time per customer of the fastest but the first: what else runs on the machine only ever adds.
    pub cpu_s_per_customer: f64,
}

/// Runs so many replications one after another and times all but the first, which makes the memory. Where
/// `ASHCLOUD_BENCH_SLOW` is set to a share, that much of the time is burnt on top: so a gate is seen to go red.
///
/// # Errors
/// If the workload does not compile or the share is no number.
pub fn bare(workload: &Workload, customers: u64, replications: u32) -> Result<Bare> {
    let slow = match std::env::var("ASHCLOUD_BENCH_SLOW") {
        Ok(share) => share.parse::<f64>().context("ASHCLOUD_BENCH_SLOW")?,
        Err(_) => 0.0,
    };
    ensure!(
        replications >= 2,
        "the first replication is not timed: at least 2"
    );
    let compiled = workload.compile(customers)?;
    let runner = Runner::new(&compiled, 1, 1);
    black_box(runner.run(0, 1));
    let mut bare = Bare {
        customers: 0,
        cpu_s_per_customer: f64::INFINITY,
    };
    for number in 1..replications {
        let begin = ProcessTime::now();
        let runs = runner.run(number, number + 1);
        let until = begin.elapsed().mul_f64(1.0 + slow.max(0.0));
        while slow > 0.0 && begin.elapsed() < until {
            std::hint::spin_loop();
        }
        bare.customers = runs.first().context("nothing was run")?.customers;
        let each = seconds(begin.elapsed()) / bare.customers.max(1) as f64;
        bare.cpu_s_per_customer = bare.cpu_s_per_customer.min(each);
    }
    Ok(bare)
}

pub(crate) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64().max(1e-9)
}

/// The middle value, or the mean of the two in the middle.
///
/// # Panics
/// Without values.
pub fn median(mut values: Vec<f64>) -> f64 {
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

/// Linux: a field of this process's status, in KiB. `VmHWM` is the peak of resident memory since the last call of
/// `forget_peak`.
pub(crate) fn status_kib(field: &str) -> Option<f64> {
    status_kib_of("self", field)
}

/// Linux: a field of a process's status, in KiB.
pub(crate) fn status_kib_of(process: &str, field: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
