//! The result of a replay, as tools read it.

use std::time::Duration;

use ashcloud_live::{Interval, Knee, Outcome, Step};
use ashcloud_report::Warning;
use ashcloud_scenario::spec::Compiled;
use ashcloud_stats::estimate;
use ashcloud_stats::latency::Latencies;
use serde::Serialize;

use crate::cli::{ClockKind, ReplayArgs, Speed};

/// One model's measurements.
pub(super) enum Measured {
    /// Repeats, and the speed of a paced clock.
    Runs(Vec<Outcome>, Option<f64>),
    Knee(Box<Knee>),
    Race(Vec<Race>),
}

/// Comments, and the time they took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lap {
    comments: u64,
    time: Duration,
}

impl Lap {
    pub(super) fn add(&mut self, comments: u64, time: Duration) {
        self.comments += comments;
        self.time += time;
    }

    fn rate(self) -> f64 {
        self.comments as f64 / self.time.as_secs_f64().max(1e-9)
    }
}

/// One rate over another; 0 where nothing came.
fn ratio(a: Lap, b: Lap) -> f64 {
    if b.rate() > 0.0 { a.rate() / b.rate() } else { 0.0 }
}

/// The driver, an echo and the simulator over the same comments.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Race {
    pub(super) live: Lap,
    /// Times that the driver let everybody have a turn.
    pub(super) turns: u64,
    /// What the router decided meanwhile, comments having one or more each.
    pub(super) decisions: u64,
    pub(super) echo: Lap,
    pub(super) simulator: Lap,
}

impl Race {
    /// Comments from turn to turn.
    pub(super) fn batch(&self) -> f64 {
        self.live.comments as f64 / self.turns.max(1) as f64
    }
}

/// The whole result.
#[derive(Serialize)]
pub(super) struct Document {
    schema: &'static str,
    version: &'static str,
    pub(super) scenario: Scenario,
    /// What may not be as it was meant in the files.
    pub(super) warnings: Vec<Warning>,
    seed: u64,
    pub(super) queue: u32,
    pub(super) overload: String,
    pub(super) deadline_s: f64,
    pub(super) models: Vec<Model>,
}

#[derive(Serialize)]
pub(super) struct Scenario {
    pub(super) title: String,
    pub(super) file: String,
    sha256: String,
}

/// What was measured of one model: repeats of a replay, or the steps of a sweep, or a race.
#[derive(Serialize)]
pub(super) struct Model {
    pub(super) model: String,
    /// Seconds of the scenario a second, on a paced clock.
    pub(super) speed: Option<f64>,
    pub(super) runs: Vec<Run>,
    /// The valid runs together.
    pub(super) over_runs: Option<OverRuns>,
    pub(super) knee: Option<KneeRow>,
    pub(super) race: Option<RaceRow>,
}

/// Means over the valid runs, which all offer the same comments: what differs is the machine. Times are in seconds.
#[derive(Serialize)]
pub(super) struct OverRuns {
    pub(super) runs: usize,
    /// The 99th percentile from the intended arrival.
    pub(super) p99: Option<Spread>,
    pub(super) comments_per_s: Option<Spread>,
    pub(super) within_deadline: Option<Spread>,
    pub(super) behind_s: Option<Spread>,
    /// None unless every run recovered.
    pub(super) recovery_s: Option<Spread>,
}

/// A mean over repeats, with its 95 % interval where there are several.
#[derive(Serialize)]
pub(super) struct Spread {
    pub(super) value: f64,
    pub(super) lower: Option<f64>,
    pub(super) upper: Option<f64>,
}

impl Spread {
    /// A share is at most 1, and so is where it lies.
    fn of_share(self) -> Spread {
        Spread {
            upper: self.upper.map(|upper| upper.min(1.0)),
            ..self
        }
    }
}

/// One run.
#[derive(Serialize)]
pub(super) struct Run {
    /// Its latencies may be used.
    pub(super) valid: bool,
    pub(super) invalid_because: Option<String>,
    /// Comments a second that were meant to come, in a sweep.
    pub(super) offered_rate: Option<f64>,
    /// In a sweep: as many comments were offered so many times, each time to an empty house.
    pub(super) passes: u32,
    /// In a sweep: the 99th percentile from the intended arrival over the passes, in seconds.
    pub(super) p99_over_passes: Option<Spread>,
    /// In a sweep: every pass offered all comments of the scenario.
    pub(super) whole: Option<bool>,
    /// Kept the deadline, in a sweep.
    pub(super) kept: Option<bool>,
    pub(super) offered: u64,
    pub(super) sent: u64,
    pub(super) decided: u64,
    pub(super) shed: u64,
    pub(super) deflected: u64,
    pub(super) expired: u64,
    pub(super) waiting: u64,
    pub(super) shut_down: bool,
    /// Something was to go wrong, and the run ended before it did.
    pub(super) spared: bool,
    pub(super) lost_agents: u32,
    /// Decided comments are here at the end.
    pub(super) house: House,
    pub(super) elapsed_s: f64,
    /// Comments decided a second.
    pub(super) comments_per_s: f64,
    /// Brought in time by the generator, of what was offered.
    pub(super) presented_of_offered: f64,
    pub(super) from_intended: Option<Percentiles>,
    pub(super) from_send: Option<Percentiles>,
    pub(super) lag: Option<Percentiles>,
    /// Decided within the deadline, of what was offered.
    pub(super) within_deadline: f64,
    /// Length of all fiftieths of the run in which something was refused, dropped or decided after the deadline.
    pub(super) behind_s: f64,
    /// From the end of the fiftieth in which most came until the last such; none if that is the run's last.
    pub(super) recovery_s: Option<f64>,
    pub(super) mailbox_at_most: u64,
    pub(super) cpu_s: f64,
    pub(super) cpu_process_s: f64,
    pub(super) resident_bytes: Option<u64>,
    /// Taken away from this machine's processors by a host.
    pub(super) stolen_s: Option<f64>,
    pub(super) interval_s: f64,
    pub(super) intervals: Vec<IntervalRow>,
}

/// Where the comments of the house are.
#[derive(Serialize)]
pub(super) struct House {
    attempts: u64,
    waiting: u64,
    in_work: u64,
    consulting: u64,
    answered: u64,
    left: u64,
    refused: u64,
}

/// Latencies in seconds; `beyond` counts those the percentile does not cover.
#[derive(Serialize)]
pub(super) struct Percentiles {
    pub(super) count: u64,
    pub(super) mean: f64,
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) p99_9: f64,
    pub(super) p99_99: f64,
    pub(super) max: f64,
    pub(super) beyond: [u64; 5],
    over_an_hour: u64,
}

#[derive(Serialize)]
pub(super) struct IntervalRow {
    offered: u64,
    refused: u64,
    expired: u64,
    decided: u64,
    pub(super) mailbox_at_most: u64,
    waiting_at_most: u64,
    slowest_s: f64,
}

#[derive(Serialize)]
pub(super) struct KneeRow {
    /// Comments a second; none if not even the lowest rate was borne.
    pub(super) rate: Option<f64>,
    /// Somebody asked to stop before it was found.
    pub(super) interrupted: bool,
    /// It lies higher than what was tried, or than the generator can offer.
    pub(super) beyond: bool,
    pub(super) half: Option<Run>,
}

/// Comments a second, the median of the rounds.
#[derive(Serialize)]
pub(super) struct RaceRow {
    pub(super) rounds: usize,
    /// Comments that the driver, and so the echo, passes on before everybody has a turn.
    pub(super) batch: f64,
    pub(super) live_per_s: f64,
    pub(super) echo_per_s: f64,
    pub(super) simulator_per_s: f64,
    /// Outputs of the router a second, which are what `--check` compares.
    pub(super) router_decisions_per_s: f64,
    pub(super) live_to_echo: Ratio,
    pub(super) live_to_simulator: Ratio,
}

/// Ratios within rounds: the median, the smallest and the largest.
#[derive(Serialize)]
pub(super) struct Ratio {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Ratio {
    fn new(ratios: &[f64]) -> Ratio {
        Ratio {
            median: median(ratios.to_vec()),
            least: ratios.iter().copied().fold(f64::INFINITY, f64::min),
            most: ratios.iter().copied().fold(0.0, f64::max),
        }
    }
}

impl Document {
    pub(super) fn new(
        args: &ReplayArgs,
        scenario: &Compiled,
        sha256: String,
        warnings: Vec<Warning>,
        models: &[usize],
        measured: &[Measured],
    ) -> Document {
        let deadline = args.deadline;
        Document {
            schema: "ashcloud.replay/2",
            version: env!("CARGO_PKG_VERSION"),
            scenario: Scenario {
                title: scenario.title.clone(),
                file: scenario.file.clone(),
                sha256,
            },
            warnings,
            seed: scenario.experiment.seed,
            queue: args.queue,
            overload: match args.overload {
                // Nothing is refused where the comments come as fast as they are taken.
                _ if args.speed == Some(Speed::Max) || args.clock == ClockKind::Virtual => "block".into(),
                ashcloud_live::Overload::Block => "block".into(),
                ashcloud_live::Overload::Shed => "shed".into(),
                ashcloud_live::Overload::Deflect => "deflect".into(),
                ashcloud_live::Overload::Expire(time) => format!("expire:{}ms", time.as_secs_f64() * 1e3),
            },
            deadline_s: deadline.as_secs_f64(),
            models: models
                .iter()
                .zip(measured)
                .map(|(&model, measured)| Model::new(&scenario.models[model].name, measured, deadline))
                .collect(),
        }
    }
}

impl Model {
    /// Whether something could not be measured: a run of a replay, every rate of a sweep, or a race without comments.
    pub(super) fn is_invalid(&self) -> bool {
        match (&self.race, &self.knee) {
            (Some(race), _) => race.live_per_s == 0.0,
            (None, Some(_)) => self.runs.iter().all(|run| !run.valid),
            (None, None) => self.runs.iter().any(|run| !run.valid),
        }
    }

    fn new(name: &str, measured: &Measured, deadline: Duration) -> Model {
        let mut model = Model {
            model: name.into(),
            speed: None,
            runs: Vec::new(),
            over_runs: None,
            knee: None,
            race: None,
        };
        match measured {
            Measured::Runs(runs, speed) => {
                model.speed = *speed;
                model.runs = runs
                    .iter()
                    .map(|run| Run::new(run, deadline, speed.is_some()))
                    .collect();
                if speed.is_some() {
                    model.over_runs = OverRuns::new(&model.runs);
                }
            }
            Measured::Knee(knee) => {
                model.runs = knee
                    .steps
                    .iter()
                    .map(|step| Run::of_step(step, deadline))
                    .collect();
                model.knee = Some(KneeRow {
                    rate: knee.rate,
                    interrupted: knee.interrupted,
                    beyond: knee.beyond,
                    half: knee.half.as_ref().map(|step| Run::of_step(step, deadline)),
                });
            }
            Measured::Race(rounds) => {
                let of = |f: &dyn Fn(&Race) -> f64| rounds.iter().map(f).collect::<Vec<f64>>();
                let middle = |f: &dyn Fn(&Race) -> f64| median(of(f));
                model.race = Some(RaceRow {
                    rounds: rounds.len(),
                    batch: middle(&Race::batch),
                    live_per_s: middle(&|r| r.live.rate()),
                    echo_per_s: middle(&|r| r.echo.rate()),
                    simulator_per_s: middle(&|r| r.simulator.rate()),
                    router_decisions_per_s: middle(&|r| {
                        r.live.rate() * r.decisions as f64 / r.live.comments.max(1) as f64
                    }),
                    live_to_echo: Ratio::new(&of(&|r| ratio(r.live, r.echo))),
                    live_to_simulator: Ratio::new(&of(&|r| ratio(r.live, r.simulator))),
                });
            }
        }
        model
    }
}

impl OverRuns {
    fn new(runs: &[Run]) -> Option<OverRuns> {
        let valid: Vec<&Run> = runs.iter().filter(|run| run.valid).collect();
        let of = |f: fn(&Run) -> Option<f64>| {
            let values: Option<Vec<f64>> = valid.iter().map(|run| f(run)).collect();
            spread(&values?)
        };
        (!valid.is_empty()).then(|| OverRuns {
            runs: valid.len(),
            p99: of(|run| run.from_intended.as_ref().map(|p| p.p99)),
            comments_per_s: of(|run| Some(run.comments_per_s)),
            within_deadline: of(|run| Some(run.within_deadline)).map(Spread::of_share),
            behind_s: of(|run| Some(run.behind_s)),
            recovery_s: of(|run| run.recovery_s),
        })
    }
}

impl Run {
    fn of_step(step: &Step, deadline: Duration) -> Run {
        Run {
            offered_rate: Some(step.rate),
            passes: step.passes,
            p99_over_passes: spread(&step.p99_ns.iter().map(|&ns| ns as f64 / 1e9).collect::<Vec<_>>()),
            whole: Some(step.whole),
            kept: Some(step.kept),
            valid: step.fit.is_ok(),
            invalid_because: step.fit.err().map(|why| why.to_string()),
            ..Run::new(&step.outcome, deadline, false)
        }
    }

    fn new(run: &Outcome, deadline: Duration, paced: bool) -> Run {
        let fit = if paced { run.fit(deadline) } else { Ok(()) };
        let census = run.census;
        let of_offered = |n: u64| {
            if run.offered == 0 {
                0.0
            } else {
                n as f64 / run.offered as f64
            }
        };
        Run {
            valid: fit.is_ok(),
            invalid_because: fit.err().map(|why| why.to_string()),
            offered_rate: None,
            passes: 1,
            p99_over_passes: None,
            whole: None,
            kept: None,
            offered: run.offered,
            sent: run.sent,
            decided: run.decided,
            shed: run.shed,
            deflected: run.deflected,
            expired: run.expired,
            waiting: run.waiting(),
            shut_down: run.shut_down,
            spared: run.spared,
            lost_agents: run.lost_agents,
            house: House {
                attempts: census.arrived,
                waiting: census.waiting,
                in_work: census.in_work,
                consulting: census.consulting,
                answered: census.answered,
                left: census.left,
                refused: census.blocked
                    + census.closed
                    + census.dismissed
                    + census.ignored
                    + census.scrolled_past,
            },
            elapsed_s: run.elapsed.as_secs_f64(),
            comments_per_s: run.rate(),
            presented_of_offered: of_offered(run.presented()),
            from_intended: percentiles(&run.from_intended),
            from_send: percentiles(&run.from_send),
            lag: percentiles(&run.lag),
            within_deadline: of_offered(run.good(deadline)),
            behind_s: run.behind(deadline).as_secs_f64(),
            recovery_s: run.recovery(deadline).map(|time| time.as_secs_f64()),
            mailbox_at_most: run.deepest(),
            cpu_s: run.cpu.as_secs_f64(),
            cpu_process_s: run.cpu_process.as_secs_f64(),
            resident_bytes: run.resident,
            stolen_s: run.stolen.map(|time| time.as_secs_f64()),
            interval_s: run.interval.as_secs_f64(),
            intervals: run.intervals.iter().map(IntervalRow::new).collect(),
        }
    }
}

impl IntervalRow {
    fn new(interval: &Interval) -> IntervalRow {
        IntervalRow {
            offered: interval.offered,
            refused: interval.refused,
            expired: interval.expired,
            decided: interval.decided,
            mailbox_at_most: interval.deepest,
            waiting_at_most: interval.waiting,
            slowest_s: interval.slowest_ns as f64 / 1e9,
        }
    }
}

fn seconds(ns: Option<u64>) -> Option<f64> {
    ns.map(|ns| ns as f64 / 1e9)
}

fn percentiles(latencies: &Latencies) -> Option<Percentiles> {
    let at = |share| seconds(latencies.quantile(share));
    Some(Percentiles {
        count: latencies.count(),
        mean: latencies.mean()? / 1e9,
        p50: at(0.5)?,
        p90: at(0.9)?,
        p99: at(0.99)?,
        p99_9: at(0.999)?,
        p99_99: at(0.9999)?,
        max: seconds(latencies.max())?,
        beyond: [0.5, 0.9, 0.99, 0.999, 0.9999].map(|share| latencies.beyond_quantile(share)),
        over_an_hour: latencies.beyond(),
    })
}

/// Mean and 95 % interval over repeats.
fn spread(values: &[f64]) -> Option<Spread> {
    if let [only] = values {
        return Some(Spread {
            value: *only,
            lower: None,
            upper: None,
        });
    }
    let estimate = estimate::mean(values)?;
    let interval = estimate.interval(0.95);
    Some(Spread {
        value: estimate.value,
        lower: interval.map(|i| i.lower.max(0.0)),
        upper: interval.map(|i| i.upper),
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}
