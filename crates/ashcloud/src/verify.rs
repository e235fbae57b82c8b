//! This build against exact queueing theory: every entry of a reference becomes a scenario text, is compiled as a user's
//! file is, simulated, and compared with its exact value.
//!
//! An entry passes when its 95 % half-width keeps the bound of its kind (1 % of the value for means and quantiles, 2 % for
//! probabilities, 3 % for variances and second moments, 10 % for asymptotic variances; five times these in the quick run)
//! and the estimate is within 4.3 standard errors of the exact value, as the normal score of a t statistic over at least
//! 100 replications tells (variances on the logarithmic scale): a right build fails an entry with probability 1.7e-5.
//! Probabilities below .001 are counted with the exact binomial at the same level; a value of exactly 0 is met exactly.

mod families;
mod formula;
mod group;
mod law;
mod reading;
mod reference;
mod report;
mod scene;
#[cfg(test)]
mod tests;

use std::time::Instant;

use ashcloud_scenario::spec::Compiled;

use self::families::Way;
use self::group::{Answer, Ask, Found, Group};
use self::reading::{Bound, Kind};
use self::reference::Entry;
pub use self::report::{Report, ReportRow, Status, WallClock};

/// The reference values that come with the build.
pub const REFERENCE: &str = include_str!("../reference/exact.json");

/// Largest normal score that passes.
const LARGEST_Z: f64 = 4.3;

/// How to verify.
pub struct Options<'a> {
    /// Full half-widths, rather than five times those.
    pub full: bool,
    /// At most so many threads; never changes a result.
    pub threads: usize,
    /// Master seed.
    pub seed: u64,
    /// Only entries whose name, family or quantity contains this.
    pub only: Option<&'a str>,
    /// Changes every compiled scenario before it runs: a mutation that must be noticed.
    pub tamper: Option<&'a (dyn Fn(&mut Compiled) + Sync)>,
    /// Asked before every replication; once it says yes, what is left is not run.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Told before each simulation: how many are done, and of how many.
    pub progress: &'a dyn Fn(usize, usize),
}

/// A reference that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a JSON document with a list `entries`.
    #[error("the reference is not a JSON document with a list `entries`: {0}")]
    Json(#[source] serde_json::Error),
    /// An entry lacks something.
    #[error("entry {number} of the reference ({id}): {fault}")]
    Entry {
        /// Its place, from 1.
        number: usize,
        /// Its name.
        id: String,
        /// What is wrong.
        #[source]
        fault: serde_json::Error,
    },
}

/// Verifies against a reference: JSON text with `entries` of `id`, `model`, `params`, `quantity`, `value` and `digits`.
/// Entries of the same scenario share one simulation; simulations follow each other, each on all threads.
///
/// # Errors
/// Where the reference cannot be read. Everything else is told in the report.
pub fn run(reference: &str, options: &Options<'_>) -> Result<Report, Error> {
    let begun = Instant::now();
    let mut entries = reference::parse(reference)?;
    if let Some(only) = options.only {
        entries.retain(|e| {
            [&e.id, &e.model, &e.quantity]
                .into_iter()
                .any(|text| text.contains(only))
        });
    }
    let ways: Vec<Way> = entries
        .iter()
        .map(|entry| families::way(entry, options.full))
        .collect();
    let (groups, places) = groups(&entries, &ways);
    let mut answers = Vec::with_capacity(groups.len());
    let mut seconds = Vec::with_capacity(groups.len());
    for (i, group) in groups.iter().enumerate() {
        (options.progress)(i, groups.len());
        let begun = Instant::now();
        answers.push(group.run(options));
        seconds.push(begun.elapsed().as_secs_f64());
    }
    (options.progress)(groups.len(), groups.len());
    let mut rows = Vec::with_capacity(entries.len());
    let mut wall_clock = WallClock::default();
    for ((entry, way), places) in entries.iter().zip(&ways).zip(&places) {
        let answers: Vec<_> = places.iter().map(|&(group, ask)| &answers[group][ask]).collect();
        rows.push(row(entry, way, &answers, options.full));
        wall_clock
            .rows
            .push(places.iter().map(|&(group, _)| seconds[group]).sum());
    }
    wall_clock.seconds = begun.elapsed().as_secs_f64();
    Ok(Report::new(rows, options.full, options.seed, wall_clock))
}

/// Readings of the same family and scenario together, and for each entry where its readings are.
fn groups(entries: &[Entry], ways: &[Way]) -> (Vec<Group>, Vec<Vec<(usize, usize)>>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut places = Vec::with_capacity(entries.len());
    for (entry, way) in entries.iter().zip(ways) {
        let tasks = if let Way::Simulate(tasks) = way {
            tasks.as_slice()
        } else {
            &[]
        };
        let place = tasks.iter().map(|task| {
            let known = groups
                .iter()
                .position(|g| g.family == entry.model && g.scene.agrees(&task.scene));
            let i = known.unwrap_or_else(|| {
                groups.push(Group {
                    family: entry.model.clone(),
                    scene: task.scene.clone(),
                    asks: Vec::new(),
                });
                groups.len() - 1
            });
            let group = &mut groups[i];
            group.scene.join(&task.scene);
            let reading = task.reading.moved(&task.scene, &group.scene);
            group.asks.push(Ask {
                reading,
                kind: task.kind,
                value: entry.value,
            });
            (i, group.asks.len() - 1)
        });
        places.push(place.collect());
    }
    (groups, places)
}

/// The row of an entry, from its way and the answers of its simulations: the worst of them where there are several.
fn row(entry: &Entry, way: &Way, answers: &[&Answer], full: bool) -> ReportRow {
    let formula = |value: f64, within: f64, reason: &str, good: Status| {
        let agrees = (value - entry.value).abs() <= within;
        let mut row = ReportRow::new(entry, if agrees { good } else { Status::Failed }, reason);
        if !agrees {
            row.reason = format!("the formula gives {value}, {within:e} is allowed");
        }
        row.estimate = Some(value);
        row
    };
    let tasks = match way {
        Way::Formula(value, within, reason) => return formula(*value, *within, reason, Status::FormulaOnly),
        Way::NotSimulatable(value, within, reason) => {
            return formula(*value, *within, reason, Status::NotSimulatable);
        }
        Way::NotCovered(reason) => return ReportRow::new(entry, Status::NotCovered, reason.as_str()),
        Way::Simulate(tasks) => tasks,
    };
    let judged = tasks
        .iter()
        .zip(answers)
        .map(|(task, answer)| judge(entry, task.kind, task.note, answer, full));
    let severity = |row: &ReportRow| match row.status {
        Status::Failed => 3,
        Status::NotRun => 2,
        Status::TooDear => 1,
        _ => 0,
    };
    let worse = |a: ReportRow, b: ReportRow| {
        let z = |row: &ReportRow| row.z.map_or(f64::INFINITY, f64::abs);
        if (severity(&b), z(&b)) > (severity(&a), z(&a)) {
            b
        } else {
            a
        }
    };
    judged
        .reduce(worse)
        .unwrap_or_else(|| ReportRow::new(entry, Status::NotCovered, "nothing to simulate"))
}

fn judge(entry: &Entry, kind: Kind, note: &str, answer: &Answer, full: bool) -> ReportRow {
    let far = |found: &Found| found.z.is_nan() || found.z.abs() > LARGEST_Z;
    match answer {
        Answer::Fault(why) => ReportRow::new(entry, Status::Failed, why.as_str()),
        Answer::NotRun => ReportRow::new(entry, Status::NotRun, "stopped before"),
        // Far off is far off, however rough.
        Answer::TooDear(cost, found) if !far(found) => {
            let reason = format!(
                "about {cost:.0} CPU-seconds in the full run, {} is the most",
                group::DEAREST
            );
            ReportRow::new(entry, Status::TooDear, reason).with(found)
        }
        Answer::TooDear(_, found) | Answer::Done(found) => {
            let slack = if full { 1.0 } else { group::SLACK };
            let wide = match kind.bound(entry.value, slack) {
                Bound::HalfWidth(bound) => found.half_width.is_none_or(|half_width| half_width > bound),
                _ => false,
            };
            let (status, reason) = if far(found) {
                (Status::Failed, format!("{:.1} standard errors off", found.z))
            } else if wide {
                (Status::Failed, "no interval as narrow as it must be".to_owned())
            } else {
                (Status::Passed, note.to_owned())
            };
            ReportRow::new(entry, status, reason).with(found)
        }
    }
}
