//! An experiment: every staffing model through the same replications, until the answer is as sharp as was asked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ashcloud_core::Time;
use ashcloud_house::{Snapshot, Watch};
use ashcloud_scenario::spec::{Compiled, Model, Target, TargetMeasure};
use ashcloud_stats::compare::{Direction, Verdict, bonferroni, paired_difference, unpaired_difference};
use ashcloud_stats::estimate::ratio;
use ashcloud_stats::{Estimate, Fraction, Interval, Measure, Recorder, Recording};

pub use crate::catalogue::{Item, Unit};
use crate::catalogue::{ages, catalogue, comments, has_badge, target_item, thresholds, usize_of};
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
    /// No replication is begun after this.
    pub deadline: Option<Instant>,
    /// Every model meets storms of its own.
    pub independent: bool,
    /// Only these models, by index, in this order; empty: all.
    pub models: Vec<usize>,
    /// Asked before every replication: stop?
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
    /// Every measure.
    pub estimates: Vec<Row>,
    /// One per target of the scenario.
    pub verdicts: Vec<Judgement>,
    /// States over time; empty where nothing was watched.
    pub timeline: Vec<Moment>,
    /// Distributions of waits and first responses.
    pub distributions: Recorder,
}

/// An estimate with its name and place.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name and place.
    pub item: Item,
    /// The value, and how sure.
    pub estimate: Estimate,
    /// Its interval at the scenario's confidence; `None` where there is too little to tell.
    pub interval: Option<Interval>,
}

/// A target, judged.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Index of the target.
    pub target: usize,
    /// Met, missed or undecided, at the scenario's confidence.
    pub verdict: Verdict,
    /// Its measure; `None` where nothing was measured.
    pub estimate: Option<Estimate>,
    /// Its interval.
    pub interval: Option<Interval>,
    /// What it is a target on.
    pub item: Item,
}

/// One difference between two models.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Index of the first model.
    pub a: usize,
    /// Index of the second.
    pub b: usize,
    /// What is compared.
    pub item: Item,
    /// a - b.
    pub value: f64,
    /// Simultaneous over all differences of the outcome.
    pub interval: Option<Interval>,
    /// Over the same storms, replication by replication.
    pub paired: bool,
}

/// State at one moment, over replications.
#[derive(Clone, Debug)]
pub struct Moment {
    /// When.
    pub at: Time,
    /// First attempts since the last moment of the timeline.
    pub arrived: Band,
    /// Waiting.
    pub waiting: Band,
    /// In work.
    pub in_work: Band,
    /// On duty.
    pub on_duty: Band,
    /// Age in seconds of the comment that waits longest.
    pub oldest: Band,
}

/// Mean and quantiles over replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Mean.
    pub mean: f64,
    /// 10 % of replications are below (type 1 quantile: an observed value).
    pub p10: f64,
    /// 90 % are below.
    pub p90: f64,
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
            badge: has_badge(world),
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
    let mut gathered: Vec<Gathered> = items.iter().map(|items| Gathered::new(items.len())).collect();

    let fixed = scenario.experiment.replications;
    let mut goal = fixed.unwrap_or(AUTO.0);
    let mut from = 0;
    let mut round = options.threads.clamp(1, 64) as u32;
    let mut precise = None;
    let done = AtomicU64::new(0);
    let stop = || (options.stop)() || options.deadline.is_some_and(|at| Instant::now() >= at);
    let complete = loop {
        let total = u64::from(goal) * chosen.len() as u64;
        // In rounds, so that a run that is stopped has finished as many replications of every model.
        while from < goal && !stop() {
            let begun = Instant::now();
            let mut to = goal.min(from + round.max(from / 16));
            for (i, pool) in pools.iter().enumerate() {
                let model = &scenario.models[chosen[i]];
                let look = |r: crate::replicate::Replication<'_>| {
                    let row: Vec<Fraction> = items[i]
                        .iter()
                        .map(|item| item.fraction(r.recorder, model))
                        .collect();
                    let states = r
                        .observer
                        .filter(|_| (r.number as usize) < KEPT_STATES)
                        .map(|o| o.snapshots.clone());
                    (options.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                    (row, states.unwrap_or_default(), offered(r.recorder, scenario))
                };
                // The first model may be stopped within a round; the others then run as many, so that all results are
                // those of the same replications.
                let going_on = || false;
                let made = pool.run(from, to, if i == 0 { &stop } else { &going_on }, &look);
                to = from + made.len() as u32;
                for (row, states, comments) in made {
                    gathered[i].add(&row, states, comments);
                }
            }
            from = to;
            if begun.elapsed() < ROUND {
                round *= 2;
            }
        }
        let fewest = gathered.iter().map(|g| g.replications).min().unwrap_or(0);
        if fewest < goal {
            break false;
        }
        if fixed.is_some() {
            break true;
        }
        let needed = needed(scenario, &items, &gathered, &mut pools, goal);
        precise = Some(needed <= goal);
        if needed <= goal || goal >= AUTO.1 {
            break true;
        }
        goal = needed.clamp(goal + goal.div_ceil(4), goal * 8).min(AUTO.1);
    };
    let replications = gathered.iter().map(|g| g.replications).min().unwrap_or(0);
    let comments = gathered.iter().map(|g| g.comments).sum();
    let distributions: Vec<Recorder> = pools.into_iter().map(Pool::into_distributions).collect();
    let differences = differences(
        scenario,
        &chosen,
        &items,
        &gathered,
        &distributions,
        options.independent,
    );
    let confidence = scenario.experiment.confidence;
    let models = distributions.into_iter().enumerate().map(|(i, distributions)| {
        let of = Evidence {
            items: &items[i],
            gathered: &gathered[i],
            distributions: &distributions,
        };
        let estimates = of.estimates(confidence);
        let verdicts = of.verdicts(scenario, &scenario.models[chosen[i]]);
        let timeline = timeline(&gathered[i].states);
        ModelOutcome {
            model: chosen[i],
            estimates,
            verdicts,
            timeline,
            distributions,
        }
    });
    let models: Vec<ModelOutcome> = models.collect();
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

/// What the replications of one model left behind.
struct Gathered {
    replications: u32,
    /// Per item, one per replication; empty for items that are not ratios.
    fractions: Vec<Vec<Fraction>>,
    states: Vec<Vec<Snapshot>>,
    comments: u64,
}

impl Gathered {
    fn new(items: usize) -> Gathered {
        Gathered {
            replications: 0,
            fractions: vec![Vec::new(); items],
            states: Vec::new(),
            comments: 0,
        }
    }

    fn add(&mut self, row: &[Fraction], states: Vec<Snapshot>, comments: u64) {
        self.replications += 1;
        self.comments += comments;
        for (column, value) in self.fractions.iter_mut().zip(row) {
            column.push(*value);
        }
        if !states.is_empty() {
            self.states.push(states);
        }
    }
}

/// One model's items with what was gathered for them.
struct Evidence<'a> {
    items: &'a [Item],
    gathered: &'a Gathered,
    distributions: &'a Recorder,
}

impl Evidence<'_> {
    fn estimate(&self, i: usize) -> Option<Estimate> {
        match self.items[i].q() {
            Some(q) => self.items[i].sections(self.distributions)?.quantile(q),
            None => ratio(&self.gathered.fractions[i]),
        }
    }

    fn estimates(&self, confidence: f64) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut i = 0;
        while i < self.items.len() {
            // Quantiles of one distribution stand together and are made together.
            let run = self.items[i..]
                .iter()
                .take_while(|item| item.is_quantile_beside(&self.items[i]))
                .count();
            let estimates: Vec<Option<Estimate>> = match (run, self.items[i].sections(self.distributions)) {
                (1.., Some(sections)) => {
                    let qs: Vec<f64> = self.items[i..i + run].iter().filter_map(Item::q).collect();
                    sections.quantiles(&qs)
                }
                _ => vec![self.estimate(i)],
            };
            for estimate in estimates {
                if let Some(estimate) = estimate {
                    let item = self.items[i].clone();
                    rows.push(Row {
                        item,
                        estimate,
                        interval: estimate.interval(confidence),
                    });
                }
                i += 1;
            }
        }
        rows
    }

    /// Judges every target; one of calls only where somebody takes them.
    fn verdicts(&self, scenario: &Compiled, model: &Model) -> Vec<Judgement> {
        let of_calls = |target: &Target| {
            let names = &scenario.names;
            let class = names.calls.map(|calls| names.arrivals[usize_of(calls)].0);
            target.class.is_some() && target.class == class
        };
        let judge = |(t, target): (usize, &Target)| {
            let item = target_item(scenario, t);
            let estimate = self
                .items
                .iter()
                .position(|i| *i == item)
                .and_then(|i| self.estimate(i));
            let interval = estimate.and_then(|e| e.interval(scenario.experiment.confidence));
            let (threshold, direction) = bound(target);
            let verdict = Verdict::of(interval.as_ref(), threshold, direction);
            Judgement {
                target: t,
                verdict,
                estimate,
                interval,
                item,
            }
        };
        let applies = |(_, target): &(usize, &Target)| model.service.takes_calls || !of_calls(target);
        scenario
            .targets
            .iter()
            .enumerate()
            .filter(applies)
            .map(judge)
            .collect()
    }
}

/// What a target compares with, and which side is good.
pub fn bound(target: &Target) -> (f64, Direction) {
    let direction = match target.measure {
        TargetMeasure::AnsweredWithin(..)
        | TargetMeasure::StartedWithin(..)
        | TargetMeasure::ResponseRate
        | TargetMeasure::Daily(..)
        | TargetMeasure::BadgeDays => Direction::AtLeast,
        TargetMeasure::MeanResponse
        | TargetMeasure::MeanWait
        | TargetMeasure::ResponseQuantile(_)
        | TargetMeasure::WaitQuantile(_) => Direction::AtMost,
    };
    (target.threshold, direction)
}

fn offered(recorder: &Recorder, scenario: &Compiled) -> u64 {
    recorder
        .value(Measure::Offered, &comments(&scenario.names))
        .numerator as u64
}

/// How many replications it takes until every target's measure has the half-width asked for, as far as these tell.
fn needed(
    scenario: &Compiled,
    items: &[Vec<Item>],
    gathered: &[Gathered],
    pools: &mut [Pool<'_>],
    n: u32,
) -> u32 {
    let experiment = &scenario.experiment;
    let mut needed = 1.0f64;
    for i in 0..items.len() {
        let mut asked: Vec<Item> = (0..scenario.targets.len())
            .map(|t| target_item(scenario, t))
            .collect();
        if asked.is_empty() {
            asked.extend(
                items[i]
                    .iter()
                    .find(|item| item.measure == "first_response_mean")
                    .cloned(),
            );
        }
        let distributions = pools[i].distributions();
        let of = Evidence {
            items: &items[i],
            gathered: &gathered[i],
            distributions,
        };
        for item in asked {
            let Some(estimate) = items[i]
                .iter()
                .position(|x| *x == item)
                .and_then(|x| of.estimate(x))
            else {
                continue;
            };
            let goal = match item.unit {
                Unit::Share => experiment.half_width,
                _ => experiment.half_width * estimate.value.abs(),
            };
            let Some(interval) = estimate.interval(experiment.confidence) else {
                return AUTO.1.min(n * 2).max(n + 1);
            };
            if interval.half_width > goal {
                let factor = if goal > 0.0 {
                    interval.half_width / goal
                } else {
                    8.0
                };
                needed = needed.max(f64::from(n) * factor * factor * 1.05);
            }
        }
    }
    needed.ceil().min(f64::from(u32::MAX)) as u32
}

/// Differences between every two models of the same world, on the targets' measures and the headline ones.
fn differences(
    scenario: &Compiled,
    chosen: &[usize],
    items: &[Vec<Item>],
    gathered: &[Gathered],
    distributions: &[Recorder],
    independent: bool,
) -> Vec<Difference> {
    let mut pairs = Vec::new();
    for i in 0..chosen.len() {
        for j in i + 1..chosen.len() {
            if scenario.models[chosen[i]].world_id == scenario.models[chosen[j]].world_id {
                pairs.push((i, j));
            }
        }
    }
    let mut found = Vec::new();
    for (i, j) in pairs {
        let headline = |name: &str| {
            let whole = |item: &&Item| item.measure == name && item.class == "all" && item.channel == "all";
            items[i].iter().find(whole).cloned()
        };
        let of_targets = (0..scenario.targets.len()).map(|t| target_item(scenario, t));
        let headlines = ["response_rate", "first_response_mean", "staff_cost"];
        let mut asked: Vec<Item> = Vec::new();
        for item in of_targets.chain(headlines.into_iter().filter_map(headline)) {
            if !asked.contains(&item) {
                asked.push(item);
            }
        }
        for item in asked {
            let place = |items: &[Item]| items.iter().position(|x| *x == item);
            let (Some(p), Some(q)) = (place(&items[i]), place(&items[j])) else {
                continue;
            };
            let estimate = if let Some(level) = item.q() {
                let of = (item.sections(&distributions[i]), item.sections(&distributions[j]));
                let (Some(of_a), Some(of_b)) = of else { continue };
                if independent {
                    of_a.quantile(level)
                        .zip(of_b.quantile(level))
                        .and_then(|(a, b)| unpaired_difference(&a, &b))
                } else {
                    of_a.quantile_differences(&of_b, &[level])
                        .into_iter()
                        .next()
                        .flatten()
                }
            } else {
                let (of_a, of_b) = (&gathered[i].fractions[p], &gathered[j].fractions[q]);
                if independent {
                    ratio(of_a)
                        .zip(ratio(of_b))
                        .and_then(|(a, b)| unpaired_difference(&a, &b))
                } else {
                    paired_difference(of_a, of_b)
                }
            };
            if let Some(estimate) = estimate {
                found.push((chosen[i], chosen[j], item, estimate));
            }
        }
    }
    let confidence = bonferroni(scenario.experiment.confidence, found.len());
    let difference = |(a, b, item, estimate): (usize, usize, Item, Estimate)| {
        let interval = estimate.interval(confidence);
        Difference {
            a,
            b,
            item,
            value: estimate.value,
            interval,
            paired: !independent,
        }
    };
    found.into_iter().map(difference).collect()
}

fn timeline(states: &[Vec<Snapshot>]) -> Vec<Moment> {
    let Some(first) = states.first() else {
        return Vec::new();
    };
    let band = |i: usize, of: &dyn Fn(&[Snapshot], usize) -> f64| {
        let mut values: Vec<f64> = states.iter().filter(|s| i < s.len()).map(|s| of(s, i)).collect();
        values.sort_by(f64::total_cmp);
        let at = |q: f64| values[((values.len() as f64 * q).ceil() as usize).clamp(1, values.len()) - 1];
        Band {
            mean: values.iter().sum::<f64>() / values.len() as f64,
            p10: at(0.1),
            p90: at(0.9),
        }
    };
    let moment = |i: usize| Moment {
        at: first[i].at,
        arrived: band(i, &|s, i| {
            (s[i].arrived - if i == 0 { 0 } else { s[i - 1].arrived }) as f64
        }),
        waiting: band(i, &|s, i| s[i].waiting as f64),
        in_work: band(i, &|s, i| s[i].in_work as f64),
        on_duty: band(i, &|s, i| s[i].on_duty as f64),
        oldest: band(i, &|s, i| s[i].oldest.seconds()),
    };
    (0..first.len()).map(moment).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ashcloud_core::{CHANCES, ClassId, DoorChange};
    use ashcloud_scenario::spec::{Charged, Clock};

    use super::*;

    /// Three classes, of which the third is called "call" and made the calls' own where asked.
    fn compiled(calls: bool, takes_calls: bool) -> Compiled {
        let text = r#"
            horizon = "8h"
            follow_up = "8h"
            [[arrivals]]
            name = "everyday"
            rate = "30 per h"
            classes = { question = 0.5, complaint = 0.2, praise = 0.3 }
            [[teams]]
            name = "desk"
            agents = 4
            cost_per_hour = 20
            [[teams]]
            name = "back"
            agents = 1
            cost_per_hour = 50
            [experiment]
            replications = 3
        "#;
        let (mut compiled, _) = match ashcloud_scenario::load_str("t.toml", text, Path::new("."), &[]) {
            Ok(compiled) => compiled,
            Err(faults) => panic!("{faults}"),
        };
        let class = compiled.names.classes.iter().position(|name| name == "praise");
        compiled.names.classes[class.unwrap()] = "call".into();
        if calls {
            let of = compiled
                .names
                .arrivals
                .iter()
                .position(|(c, _)| Some(*c) == class);
            compiled.names.calls = of.map(|c| ClassId(c as u16));
            assert!(compiled.names.calls.is_some());
        }
        for model in &mut compiled.models {
            model.service.takes_calls = takes_calls;
        }
        compiled
    }

    fn outcome(scenario: &Compiled) -> Outcome {
        let options = Options {
            threads: 1,
            deadline: None,
            independent: false,
            models: Vec::new(),
            stop: &|| false,
            progress: &|_, _| {},
        };
        run(scenario, &options)
    }

    fn find(outcome: &Outcome, measure: &str, class: &str, team: &str) -> Option<f64> {
        let rows = &outcome.models[0].estimates;
        let here =
            |row: &&Row| row.item.measure == measure && row.item.class == class && row.item.team == team;
        rows.iter()
            .find(|row| here(row) && row.item.channel == "all")
            .map(|row| row.estimate.value)
    }

    #[test]
    fn calls_are_no_comments() {
        let plain = outcome(&compiled(false, false));
        let other = outcome(&compiled(true, true));
        let offered = |o: &Outcome, class: &str| find(o, "offered", class, "all").unwrap();
        for class in ["question", "complaint", "call"] {
            assert_eq!(offered(&plain, class), offered(&other, class));
        }
        let calls = offered(&plain, "call");
        assert!(calls > 0.0);
        assert!((offered(&plain, "all") - calls - offered(&other, "all")).abs() < 1e-9);
        assert_eq!(plain.comments - other.comments, (3.0 * calls).round() as u64);
        for measure in ["response_rate", "wait_mean", "wait_p90"] {
            assert!(find(&other, measure, "call", "all").is_some(), "{measure}");
        }
        assert_eq!(find(&other, "first_response_mean", "call", "all"), None);
        assert_eq!(find(&plain, "dismissed_share", "call", "all"), None);
        // The answers that are paid for are comments.
        let each = |o: &Outcome| {
            find(o, "staff_cost", "all", "all").unwrap() / find(o, "cost_per_answer", "all", "all").unwrap()
        };
        let answered = |o: &Outcome| offered(o, "all") * find(o, "response_rate", "all", "all").unwrap();
        for o in [&plain, &other] {
            assert!(
                (each(o) - answered(o)).abs() < 1e-6,
                "{} {}",
                each(o),
                answered(o)
            );
        }
    }

    #[test]
    fn calls_that_nobody_takes_have_no_rows() {
        let outcome = outcome(&compiled(true, false));
        let rows = &outcome.models[0].estimates;
        assert!(rows.iter().all(|row| row.item.class != "call"));
        assert!(rows.iter().any(|row| row.item.class == "question"));
    }

    #[test]
    fn a_class_beside_calls_is_all_comments() {
        let mut scenario = compiled(true, true);
        let question = scenario.names.classes.iter().position(|name| name == "question");
        for (class, _) in &mut scenario.names.arrivals {
            if scenario.names.classes[*class] == "complaint" {
                *class = question.unwrap();
            }
        }
        let target = |class: &str| Target {
            name: class.into(),
            measure: TargetMeasure::ResponseRate,
            threshold: 0.5,
            class: scenario.names.classes.iter().position(|name| name == class),
            clock: Clock::Wall,
        };
        scenario.targets = vec![target("question"), target("call")];
        let outcome = outcome(&scenario);
        assert_eq!(find(&outcome, "offered", "question", "all"), None);
        let on = |t: usize| outcome.models[0].verdicts[t].item.class.as_str();
        assert_eq!((on(0), on(1)), ("all", "call"));
        assert!(outcome.models[0].verdicts.iter().all(|v| v.estimate.is_some()));
    }

    #[test]
    fn the_page_pays_for_what_is_charged_to_it() {
        let mut scenario = compiled(true, true);
        let hours = |o: &Outcome, measure: &str, team: &str| find(o, measure, "all", team).unwrap();
        let full = outcome(&scenario);
        assert!((hours(&full, "page_hours", "all") - 40.0).abs() < 1e-9);
        assert!((find(&full, "staff_cost", "all", "all").unwrap() - 8.0 * (4.0 * 20.0 + 50.0)).abs() < 1e-9);

        scenario.models[0].charged[0] = Charged::AtWork;
        let shared = outcome(&scenario);
        assert!((hours(&shared, "staff_hours", "all") - 40.0).abs() < 1e-9);
        assert!((hours(&shared, "page_hours", "back") - 8.0).abs() < 1e-9);
        let desk = hours(&shared, "page_hours", "desk");
        // Busy with calls too, but those are not the page's.
        let busy = 32.0 * hours(&shared, "occupancy", "desk");
        assert!(desk > 0.0 && desk < busy, "{desk} {busy}");
        let every_class = outcome(&{
            let mut scenario = scenario.clone();
            scenario.names.calls = None;
            scenario
        });
        assert!((hours(&every_class, "page_hours", "desk") - busy).abs() < 1e-6);
        assert!((hours(&shared, "page_hours", "all") - desk - 8.0).abs() < 1e-9);
        let cost = find(&shared, "staff_cost", "all", "all").unwrap();
        assert!((cost - desk * 20.0 - 8.0 * 50.0).abs() < 1e-6, "{cost}");
    }

    #[test]
    fn ages_go_no_further_than_the_follow_up() {
        let mut scenario = compiled(true, true);
        let outcome = outcome(&scenario);
        let rate = find(&outcome, "response_rate", "question", "all").unwrap();
        let by = |age: &str| find(&outcome, &format!("answered_by_{age}"), "question", "all");
        assert!(by("5m").unwrap() > 0.0);
        assert!(by("15m").unwrap() >= by("5m").unwrap() && by("8h").unwrap() <= rate);
        assert_eq!(by("12h"), None);
        // Nobody here has reason to go, and the day is too short for a badge.
        for none in ["gone_by_5m", "badge_days_share"] {
            assert_eq!(find(&outcome, none, "all", "all"), None);
        }
        assert_eq!(find(&outcome, "answered_by_5m", "call", "all"), None);
        scenario.observe.responses = false;
        assert_eq!(setup(&scenario, 0).recording.incidence, []);
    }

    #[test]
    fn the_badge_is_watched_from_eight_days_on() {
        let text = |days: u32, follow_up: &str| {
            format!(
                r#"
                horizon = "{days}d"
                follow_up = "{follow_up}"
                [[arrivals]]
                rate = "2 per h"
                classes = {{ question = 1.0 }}
                [[teams]]
                name = "desk"
                agents = 2
                [experiment]
                replications = 2
                "#
            )
        };
        let badge = |days, follow_up| {
            let text = text(days, follow_up);
            let scenario = match ashcloud_scenario::load_str("t.toml", &text, Path::new("."), &[]) {
                Ok((scenario, _)) => scenario,
                Err(faults) => panic!("{faults}"),
            };
            find(&outcome(&scenario), "badge_days_share", "all", "all")
        };
        // Answered at once but for the handling: every midnight shows it.
        assert_eq!(badge(9, "1d"), Some(1.0));
        assert_eq!(badge(7, "1d"), None);
        assert_eq!(badge(9, "0s"), None);
    }

    #[test]
    fn what_cannot_happen_has_no_row() {
        let mut scenario = compiled(true, true);
        let never = [
            "ignored_share",
            "scrolled_past_share",
            "consulted_share",
            "forgotten_share",
        ];
        let rows = |scenario: &Compiled| -> Vec<(String, String)> {
            catalogue(scenario, &scenario.models[0])
                .iter()
                .filter(|item| never.contains(&item.measure.as_str()))
                .map(|item| (item.measure.clone(), item.class.clone()))
                .collect()
        };
        assert_eq!(rows(&scenario), []);
        let place = |name: &str| {
            let class = scenario.names.classes.iter().position(|n| n == name);
            let arrivals = &scenario.names.arrivals;
            arrivals.iter().position(|(c, _)| Some(*c) == class).unwrap()
        };
        let (question, call) = (place("question"), place("call"));
        let model = &mut scenario.models[0];
        model.plan.classes[question].taken_on = CHANCES / 2;
        model.plan.classes[call].taken_on = CHANCES / 2;
        // Only calls find all lines taken, or the door closed.
        let at = Time(3_600_000_000_000);
        let (class, open) = (ClassId(call as u16), false);
        model.plan.doors.push(DoorChange { at, class, open });
        model.plan.classes[call].lines = Some(3);
        let blocked = |class: &str| {
            let here = |item: &&Item| {
                item.measure == "blocked_share" && item.class == class && item.channel == "all"
            };
            catalogue(&scenario, &scenario.models[0])
                .iter()
                .find(here)
                .is_some()
        };
        assert_eq!(
            (blocked("call"), blocked("all"), blocked("question")),
            (true, false, false)
        );
        let of = |measure: &str, class: &str| (measure.to_string(), class.to_string());
        assert_eq!(
            rows(&scenario),
            [of("ignored_share", "all"), of("ignored_share", "question")]
        );
    }
}
