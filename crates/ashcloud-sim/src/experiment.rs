//! An experiment: every staffing model through the same replications, until the answer is as sharp as was asked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ashcloud_core::Time;
use ashcloud_house::Watch;
use ashcloud_scenario::spec::{Compiled, TargetMeasure};
use ashcloud_stats::{Measure, Recorder, Recording};

mod determined;
mod differences;
mod evidence;
mod precision;
#[cfg(test)]
mod tests;
mod timeline;
mod verdicts;

pub use self::determined::is_determined;
pub use self::differences::Difference;
use self::differences::differences;
pub use self::evidence::Row;
use self::evidence::{Evidence, Gathered};
use self::precision::{Missing, missing};
use self::timeline::timeline;
pub use self::timeline::{Band, Moment};
use self::verdicts::Asked;
pub use self::verdicts::{Judgement, Reason, applies, bound};
pub use crate::catalogue::{Item, Unit};
use crate::catalogue::{ages, catalogue, comments, has_badge, thresholds, usize_of};
use crate::replicate::{Pool, Setup};
use crate::warning::{self, Warning};

/// Fewest and most replications of `auto`.
pub const AUTO: (u32, u32) = (20, 10_000);
/// Replications whose states over time are kept for bands.
pub const KEPT_STATES: usize = 1_000;
/// A round of replications of every model is made larger while it takes less than this.
const ROUND: Duration = Duration::from_millis(50);

/// How an experiment is run; what is asked stands in the scenario.
pub struct Options<'a> {
    /// Threads at most.
    pub threads: usize,
    /// After this no replication is begun, and those that run are dropped.
    pub deadline: Option<Instant>,
    /// Every model meets storms of its own.
    pub independent: bool,
    /// Only these models, by index, in this order; empty: all.
    pub models: Vec<usize>,
    /// Asked before every replication and every few thousand events: stop?
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Told after every replication: how many are done and how many there will be, as far as is known, over all models.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
}

/// What came out.
pub struct Outcome {
    /// Replications of each model.
    pub replications: u32,
    /// False where a deadline or an interruption came first.
    pub complete: bool,
    /// Whether every target has the half-width asked for; `None` where the number of replications was fixed.
    pub precise: Option<bool>,
    /// Comments that arrived (calls are none), over all models and replications.
    pub comments: u64,
    /// One per model.
    pub models: Vec<ModelOutcome>,
    /// Differences between models that met the same storms, with simultaneous intervals.
    pub differences: Vec<Difference>,
    /// What the reader must know before using the figures.
    pub warnings: Vec<Warning>,
}

/// One model's results.
pub struct ModelOutcome {
    /// Index in [`Compiled::models`].
    pub model: usize,
    /// Nothing random can change its results: one replication is exact.
    pub determined: bool,
    /// Every measure.
    pub estimates: Vec<Row>,
    /// One per target of the scenario.
    pub verdicts: Vec<Judgement>,
    /// States over time; empty where nothing was watched.
    pub timeline: Vec<Moment>,
    /// Distributions of waits and first responses.
    pub distributions: Recorder,
}

/// What one model's replications of the scenario record and watch.
pub fn setup(scenario: &Compiled, model: usize) -> Setup<'_> {
    let m = &scenario.models[model];
    let world = &m.world;
    let asks = |of: fn(&TargetMeasure) -> bool| scenario.targets.iter().any(|target| of(&target.measure));
    let mut at = scenario.observe.at.clone();
    if let Some(every) = scenario.observe.every {
        let bins = world.end.0 / every.0.max(1);
        at.extend((1..=bins).map(|i| Time(i * every.0)));
        at.sort_unstable();
        at.dedup();
    }
    Setup {
        model: m,
        recording: Recording {
            classes: scenario.names.arrivals.len(),
            teams: m.plan.teams.len(),
            warm_up: world.warm_up,
            horizon: world.horizon,
            end: world.end,
            thresholds: thresholds(scenario),
            days: world.days.clone().into(),
            hours: m.team_hours.clone().into(),
            sharing: m.plan.teams.iter().map(|t| t.at_once > 1).collect(),
            wait_distribution: scenario.observe.waits
                || asks(|m| matches!(m, TargetMeasure::WaitQuantile(_))),
            response_distribution: scenario.observe.responses
                || asks(|m| matches!(m, TargetMeasure::ResponseQuantile(_))),
            incidence: ages(scenario, world),
            badge: has_badge(scenario, world),
            squares: false,
            calls: scenario.names.calls.map(usize_of),
        },
        watch: Watch {
            at,
            moments: scenario.observe.moments.then_some((world.warm_up, world.horizon)),
        },
        until_clear: scenario.observe.until_clear,
        seed: scenario.experiment.seed,
    }
}

/// Runs every model.
pub fn run(scenario: &Compiled, options: &Options<'_>) -> Outcome {
    let chosen: Vec<usize> = if options.models.is_empty() {
        (0..scenario.models.len()).collect()
    } else {
        options.models.clone()
    };
    let items: Vec<Vec<Item>> = chosen
        .iter()
        .map(|&m| catalogue(scenario, &scenario.models[m]))
        .collect();
    let setups = chosen.iter().map(|&m| {
        let setup = setup(scenario, m);
        let apart = if options.independent {
            (m as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        } else {
            0
        };
        Setup {
            seed: setup.seed.wrapping_add(apart),
            ..setup
        }
    });
    let mut pools: Vec<Pool<'_>> = setups.map(|setup| Pool::new(setup, options.threads)).collect();
    let asked: Vec<Vec<Asked>> = chosen
        .iter()
        .map(|&m| verdicts::asked(scenario, &scenario.models[m]))
        .collect();
    let mut gathered: Vec<Gathered> = items
        .iter()
        .zip(&asked)
        .map(|(items, asked)| Gathered::new(items.len(), asked.len()))
        .collect();

    let fixed = scenario.experiment.replications;
    // Where nothing random can change a result one replication tells everything.
    let determined: Vec<bool> = chosen
        .iter()
        .map(|&m| is_determined(&scenario.models[m]))
        .collect();
    let fewest = if determined.iter().all(|&is| is) {
        1
    } else {
        AUTO.0
    };
    let mut goal = fixed.unwrap_or(fewest);
    let mut from = 0;
    let mut round = options.threads.clamp(1, 64) as u32;
    let mut precise = None;
    let done = AtomicU64::new(0);
    let stop = || (options.stop)() || options.deadline.is_some_and(|at| Instant::now() >= at);
    let complete = loop {
        let total = u64::from(goal) * chosen.len() as u64;
        // In rounds: one that is stopped is dropped whole, so that all results are those of the same replications.
        while from < goal {
            let begun = Instant::now();
            let to = goal.min(from + round.max(from / 16));
            let mut made = Vec::new();
            for (i, pool) in pools.iter().enumerate() {
                let model = &scenario.models[chosen[i]];
                let look = |r: crate::replicate::Replication<'_>| {
                    let row = evidence::row(&items[i], &asked[i], &r, model);
                    let states = r
                        .observer
                        .filter(|_| (r.number as usize) < KEPT_STATES)
                        .map(|o| o.snapshots.clone());
                    (options.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                    (row, states.unwrap_or_default(), offered(r.recorder, scenario))
                };
                made.push(pool.run(from, to, &stop, &look));
                if made[i].len() < (to - from) as usize {
                    break;
                }
            }
            let is_whole = made.iter().map(Vec::len).sum::<usize>() == pools.len() * (to - from) as usize;
            if !is_whole {
                pools.iter_mut().for_each(Pool::discard);
                break;
            }
            for ((made, gathered), pool) in made.into_iter().zip(&mut gathered).zip(&mut pools) {
                pool.distributions();
                for (row, states, comments) in made {
                    gathered.add(&row, states, comments);
                }
            }
            from = to;
            if begun.elapsed() < ROUND {
                round *= 2;
            }
        }
        if from < goal {
            break false;
        }
        if fixed.is_some() {
            break true;
        }
        let evidence = items.iter().zip(&gathered).zip(&mut pools).zip(&chosen);
        let evidence: Vec<Evidence<'_>> = evidence
            .map(|(((items, gathered), pool), &m)| {
                Evidence::new(items, gathered, pool.distributions(), &scenario.models[m])
            })
            .collect();
        let missing = missing(scenario, &evidence, goal);
        precise = Some(missing == Missing::Nothing);
        let Missing::Replications(needed) = missing else {
            break true;
        };
        if goal >= AUTO.1 {
            break true;
        }
        goal = needed.clamp(goal + goal.div_ceil(4), goal * 8).min(AUTO.1);
    };
    let replications = from;
    let comments = gathered.iter().map(|g| g.comments).sum();
    let distributions: Vec<Recorder> = pools.into_iter().map(Pool::into_distributions).collect();
    let evidence = items.iter().zip(&gathered).zip(&distributions).zip(&chosen);
    let evidence: Vec<Evidence<'_>> = evidence
        .map(|(((items, gathered), of), &m)| Evidence::new(items, gathered, of, &scenario.models[m]))
        .collect();
    let differences = differences(scenario, &chosen, &evidence, options.independent);
    let found: Vec<_> = evidence
        .iter()
        .map(|of| {
            let estimates = of.estimates(scenario.experiment.confidence);
            (
                estimates,
                of.verdicts(scenario, chosen.len()),
                timeline(&of.gathered.states),
            )
        })
        .collect();
    let models = found.into_iter().zip(distributions).zip(&chosen).zip(determined);
    let models: Vec<ModelOutcome> = models
        .map(
            |((((estimates, verdicts, timeline), distributions), &model), determined)| ModelOutcome {
                model,
                determined,
                estimates,
                verdicts,
                timeline,
                distributions,
            },
        )
        .collect();
    let warnings = if replications > 0 {
        warning::found(scenario, &models)
    } else {
        Vec::new()
    };
    Outcome {
        replications,
        complete,
        precise,
        comments,
        models,
        differences,
        warnings,
    }
}

fn offered(recorder: &Recorder, scenario: &Compiled) -> u64 {
    recorder
        .value(Measure::Offered, &comments(&scenario.names))
        .numerator as u64
}
