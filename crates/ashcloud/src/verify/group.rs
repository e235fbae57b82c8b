//! One scenario and all that is read off it: replications until every reading is as exact as it must be.

use std::path::Path;

use ashcloud_sim::{Pool, Replication, experiment};
use ashcloud_stats::special::{binomial_p_value, normal_quantile};
use ashcloud_stats::{Estimate, Recorder};

use super::Options;
use super::reading::{Bound, Kind, Reader, Reading, Row};
use super::scene::{Length, Scene};

/// A scenario and its readings.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// For the scenario's title and its seed.
    pub(crate) family: String,
    pub(crate) scene: Scene,
    pub(crate) asks: Vec<Ask>,
}

/// One reading of a group.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) reading: Reading,
    pub(crate) kind: Kind,
    /// What it should be.
    pub(crate) value: f64,
}

/// What became of a reading.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// As exact as it must be.
    Done(Found),
    /// It would take so many CPU-seconds; what was found on the way.
    TooDear(f64, Found),
    /// The run was stopped before.
    NotRun,
    /// It could not be simulated or read, for this reason.
    Fault(String),
}

/// An estimate and how far it is from the exact value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) estimate: f64,
    /// Of the 95 % interval; `None` for counts and for exact zeros.
    pub(crate) half_width: Option<f64>,
    /// Normal score of the distance from the exact value; infinite where it is impossible.
    pub(crate) z: f64,
    /// Replications behind it.
    pub(crate) n: u64,
}

/// Most CPU-seconds for one entry of the full run.
pub(crate) const DEAREST: f64 = 100.0;
/// The quick run's half-widths are so many times those of the full run.
pub(crate) const SLACK: f64 = 5.0;
/// Fewest replications of a steady state. Time averages in heavy traffic are skewed and their variances more so: with a
/// hundred, the t statistic of a variance is too often far out.
const FEWEST: u64 = 250;
/// Fewest replications that begin afresh: they are short, and their spread is judged from the first of them.
const FEWEST_SHORT: u64 = 2000;
/// A rare event is counted until this many are expected.
const RARE: f64 = 25.0;
/// Most rows that are kept; beyond, neighbours are added up.
const ROWS: usize = 2048;
/// Replications per call of the pool.
const PORTION: u64 = 8192;
/// CPU-seconds of a comment in the two drivers and of a replication, on the machine the caps are meant for.
const LEAN: f64 = 1.2e-7;
const FULL: f64 = 3.5e-7;
const REPLICATION: f64 = 2e-6;

impl Group {
    /// Simulates it: an answer for each of its asks, in their order.
    pub(crate) fn run(&self, options: &Options<'_>) -> Vec<Answer> {
        let fault = |why: String| self.asks.iter().map(|_| Answer::Fault(why.clone())).collect();
        let text = self.scene.toml(&self.family);
        let mut scenario = match ashcloud_scenario::load_str("verify", &text, Path::new(""), &[]) {
            Ok((scenario, _)) => scenario,
            Err(faults) => return fault(format!("the scenario does not compile: {faults}")),
        };
        if let Some(tamper) = options.tamper {
            tamper(&mut scenario);
        }
        let mut setup = experiment::setup(&scenario, 0);
        // A storm of its own for every scenario, whatever else is run.
        setup.seed = options.seed ^ fingerprint(&text);
        setup.recording.squares = true;
        let recording = setup.recording.clone();
        let readers: Result<Vec<_>, _> = self
            .asks
            .iter()
            .map(|ask| ask.reading.reader(&self.scene, &scenario, &recording))
            .collect();
        let readers = match readers {
            Ok(readers) => readers,
            Err(why) => return fault(why),
        };
        let pool = Pool::new(setup, options.threads);
        let mut ledger = Ledger::new(readers.len());
        let mut cost = 0.0;
        let seconds = recording.end.seconds();
        let window = recording.horizon.since(recording.warm_up).seconds();
        let look = |replication: Replication<'_>| {
            let rows: Vec<Row> = readers.iter().map(|reader| reader.read(&replication)).collect();
            (rows, price(&replication, seconds / window))
        };
        let steady = matches!(self.scene.length, Length::Steady { .. });
        let mut goal = if steady { FEWEST } else { FEWEST_SHORT };
        loop {
            goal = goal.next_multiple_of(ledger.row_size(goal));
            while ledger.n < goal {
                let to = goal.min(ledger.n + PORTION);
                let made = pool.run(ledger.n as u32, to as u32, options.stop, &look);
                let whole = made.len() as u64 == to - ledger.n;
                for (rows, price) in made {
                    ledger.push(&rows);
                    cost += price;
                }
                if !whole {
                    return self.asks.iter().map(|_| Answer::NotRun).collect();
                }
            }
            let each = cost / ledger.n as f64;
            let needs: Vec<f64> = (0..self.asks.len())
                .map(|i| self.need(i, &readers[i], &ledger, options))
                .collect();
            let affordable = needs
                .iter()
                .filter(|need| full_price(**need, each, options) <= DEAREST);
            let need = affordable.copied().fold(0.0, f64::max);
            if need <= ledger.n as f64 {
                let distributions = pool.into_distributions();
                let answers = (0..self.asks.len()).map(|i| {
                    let found = self.found(i, &readers[i], &ledger, &distributions);
                    if needs[i] <= ledger.n as f64 {
                        Answer::Done(found)
                    } else {
                        Answer::TooDear(full_price(needs[i], each, options), found)
                    }
                });
                return answers.collect();
            }
            // Early estimates of the spread are rough: approach what is needed in steps, and go a little beyond.
            goal = ((need * 1.08).ceil() as u64)
                .min(8 * ledger.n)
                .max(ledger.n + 1)
                .min(u64::from(u32::MAX / 2));
        }
    }

    /// Replications that reading `i` needs in all, by what is known so far; those there are where they suffice.
    fn need(&self, i: usize, reader: &Reader, ledger: &Ledger, options: &Options<'_>) -> f64 {
        let ask = &self.asks[i];
        let enough = ledger.n as f64;
        match ask.kind.bound(ask.value, if options.full { 1.0 } else { SLACK }) {
            Bound::Zero => enough,
            Bound::Count(p) => {
                let rare = if options.full { RARE } else { RARE / SLACK };
                (rare / p).max(FEWEST as f64)
            }
            Bound::HalfWidth(bound) => {
                let estimate = reader.estimate(&ledger.rows(i));
                let half_width = estimate
                    .and_then(|e| e.interval(0.95))
                    .map(|interval| interval.half_width);
                // A share of replications needs so many, however few there were so far that said otherwise.
                let known = if reader.is_indicator() {
                    let p = ask.value;
                    p * (1.0 - p) * (1.96 / bound) * (1.96 / bound)
                } else {
                    0.0
                };
                match half_width {
                    _ if known > enough => known,
                    Some(half_width) if half_width > bound => {
                        enough * (half_width / bound) * (half_width / bound)
                    }
                    // Where there is no spread to judge by, more will not help.
                    _ => enough,
                }
            }
        }
    }

    fn found(&self, i: usize, reader: &Reader, ledger: &Ledger, distributions: &Recorder) -> Found {
        let ask = &self.asks[i];
        let rows = ledger.rows(i);
        let n = ledger.n;
        match ask.kind.bound(ask.value, 1.0) {
            Bound::Zero => {
                let never = rows.iter().all(|row| row[0] == 0.0);
                let sum: f64 = rows.iter().map(|row| row[0]).sum();
                Found {
                    estimate: sum,
                    half_width: None,
                    z: if never { 0.0 } else { f64::INFINITY },
                    n,
                }
            }
            Bound::Count(p) => {
                let (counted, of) = reader.count(&rows);
                let share = counted as f64 / of as f64;
                let score = -normal_quantile(0.5 * binomial_p_value(counted, of, p));
                Found {
                    estimate: share,
                    half_width: None,
                    z: score.copysign(share - p),
                    n,
                }
            }
            Bound::HalfWidth(_) => {
                let plain = reader.estimate(&rows);
                let estimate = plain.map(|e| self.shown(i, e, distributions));
                let z = match estimate {
                    Some(shown) if estimate != plain => shown.normal_score(ask.value),
                    _ => reader.score(&rows, ask.value),
                };
                Found {
                    estimate: estimate.map_or(f64::NAN, |e| e.value),
                    half_width: estimate
                        .and_then(|e| e.interval(0.95))
                        .map(|interval| interval.half_width),
                    z: z.unwrap_or(f64::INFINITY),
                    n,
                }
            }
        }
    }

    /// A quantile is shown as every report shows it, from the merged distribution; its error is that of the distribution
    /// function there.
    fn shown(&self, i: usize, estimate: Estimate, distributions: &Recorder) -> Estimate {
        let Reading::Quantile { q, response, .. } = self.asks[i].reading else {
            return estimate;
        };
        let sections = if response {
            distributions.responses(0)
        } else {
            distributions.waits(0)
        };
        let value = sections.and_then(|s| s.merged().quantile(q)).unwrap_or(f64::NAN);
        Estimate { value, ..estimate }
    }
}

/// CPU-seconds that `need` replications of the present run amount to in the full run.
fn full_price(need: f64, each: f64, options: &Options<'_>) -> f64 {
    need * each * if options.full { 1.0 } else { SLACK * SLACK }
}

/// CPU-seconds of a replication, by what happened in it. Counts, not clocks: the same on every machine.
fn price(replication: &Replication<'_>, stretch: f64) -> f64 {
    let comment = if replication.observer.is_some() {
        FULL
    } else {
        LEAN
    };
    let all = replication.recorder.all_classes();
    let measured = replication
        .recorder
        .value(ashcloud_stats::Measure::Offered, &all)
        .numerator;
    let seen = match replication.observer {
        Some(observer) => observer.seen() as f64,
        None => measured * stretch,
    };
    REPLICATION + comment * seen.max(measured)
}

/// FNV-1a (Fowler, Noll & Vo 1991).
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// What replications gave, in their order: a row for each, or for as many neighbours as keep the rows few.
struct Ledger {
    readings: usize,
    /// Replications in all.
    n: u64,
    /// Replications per row, a power of 2.
    size: u64,
    /// Row by row, each reading's numbers; the last may be begun only.
    sums: Vec<Row>,
}

impl Ledger {
    fn new(readings: usize) -> Ledger {
        Ledger {
            readings,
            n: 0,
            size: 1,
            sums: Vec::new(),
        }
    }

    /// Replications per row once there are `n`.
    fn row_size(&self, n: u64) -> u64 {
        let mut size = self.size;
        while n.div_ceil(size) > ROWS as u64 {
            size *= 2;
        }
        size
    }

    fn push(&mut self, rows: &[Row]) {
        if self.n.is_multiple_of(self.size) && (self.n / self.size) as usize == ROWS {
            self.halve();
        }
        if self.n.is_multiple_of(self.size) {
            self.sums.extend_from_slice(rows);
        } else {
            let last = self.sums.len() - self.readings;
            for (sum, row) in self.sums[last..].iter_mut().zip(rows) {
                add(sum, row);
            }
        }
        self.n += 1;
    }

    /// Adds up neighbours.
    fn halve(&mut self) {
        let readings = self.readings;
        let pairs = self.sums.chunks_exact(2 * readings).flat_map(|pair| {
            let (a, b) = pair.split_at(readings);
            a.iter().zip(b).map(|(a, b)| {
                let mut sum = *a;
                add(&mut sum, b);
                sum
            })
        });
        self.sums = pairs.collect();
        self.size *= 2;
    }

    /// The rows of a reading.
    fn rows(&self, i: usize) -> Vec<Row> {
        self.sums.iter().skip(i).step_by(self.readings).copied().collect()
    }
}

fn add(sum: &mut Row, row: &Row) {
    for (sum, x) in sum.iter_mut().zip(row) {
        *sum += x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_keeps_sums_and_order() {
        let mut ledger = Ledger::new(2);
        let n = 3 * ROWS as u64;
        for i in 0..n {
            ledger.push(&[[i as f64, 1.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0]]);
        }
        assert_eq!((ledger.n, ledger.size), (n, 4));
        let rows = ledger.rows(0);
        assert_eq!(rows.len() as u64, n / ledger.size);
        assert_eq!(rows[1], [4.0 + 5.0 + 6.0 + 7.0, 4.0, 0.0, 0.0]);
        let total: f64 = rows.iter().map(|row| row[0]).sum();
        assert_eq!(total, (n * (n - 1) / 2) as f64);
        assert!(ledger.rows(1).iter().all(|row| *row == [4.0, 8.0, 0.0, 0.0]));
        assert_eq!(ledger.row_size(100 * ROWS as u64), 128);
    }
}
