//! How many comments a second the driver bears: the knee.

use std::time::{Duration, Instant};

use ashcloud_scenario::spec::Model;

use crate::{Clock, Lost, Options, Outcome, Trace, Unfit, replay};

/// One offered rate, and what came of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Comments a second that were meant to come, evenly.
    pub rate: f64,
    /// What was measured, all passes together.
    pub outcome: Outcome,
    /// The comments of the trace were offered so many times over, each time to an empty house.
    pub passes: u32,
    /// May it be judged?
    pub fit: Result<(), Unfit>,
    /// The deadline is kept by 99 % of the decisions, and less than one comment of a thousand is refused or dropped.
    pub kept: bool,
}

/// A search for the knee.
#[derive(Clone, Debug)]
pub struct Knee {
    /// Rates tried, ascending.
    pub steps: Vec<Step>,
    /// The highest rate up to which every one tried was kept; none if the lowest was not.
    pub rate: Option<f64>,
    /// Half of it, tried apart.
    pub half: Option<Step>,
    /// Somebody asked to stop before it was found.
    pub interrupted: bool,
    /// Every rate was kept, or the generator failed before the driver did: the knee lies higher.
    pub beyond: bool,
}

/// Halvings of the interval in which the knee lies, once it is known to a factor of two.
const HALVINGS: u32 = 3;
/// A rate that the generator spoilt is offered so often, at most: it may have been the machine's other work.
const TRIES: u32 = 3;

/// With a policy that refuses what it cannot take: one that blocks holds the generator up instead. Offers rates from `from` on, twice as many each time up to `to`, until one is not kept; then narrows down. Takes about
/// `options.duration` in all. `told` hears every step.
///
/// # Errors
/// If comments were lost.
///
/// # Panics
/// As [`replay`].
pub fn knee(
    model: &Model,
    trace: Trace,
    options: &Options,
    (from, to): (f64, f64),
    deadline: Duration,
    told: &mut dyn FnMut(&Step),
    stop: fn() -> bool,
) -> Result<Knee, Lost> {
    let ladder = (to / from).log2().ceil().max(0.0) as u32 + 1;
    let each = options.duration / (ladder + HALVINGS + 1);
    let trace = trace.evenly();
    let mut steps: Vec<Step> = Vec::new();
    let mut attempt = |rate: f64| {
        let offer = || at_rate(model, &trace, options, (rate, each), deadline, stop);
        let mut step = offer()?;
        for _ in 1..TRIES {
            if step.fit.is_ok() || stop() {
                break;
            }
            step = offer()?;
        }
        told(&step);
        Ok(step)
    };
    let interrupted = |steps| {
        Ok(Knee {
            steps,
            rate: None,
            half: None,
            interrupted: true,
            beyond: false,
        })
    };
    let (mut good, mut bad) = (None, None);
    let mut rate = from;
    loop {
        let step = attempt(rate)?;
        if stop() {
            return interrupted(steps);
        }
        let (kept, fit) = (step.kept, step.fit.is_ok());
        steps.push(step);
        if kept {
            good = Some(rate);
        } else {
            bad = fit.then_some(rate);
            break;
        }
        if rate >= to {
            break;
        }
        rate = (2.0 * rate).min(to);
    }
    let beyond = bad.is_none();
    if let (Some(mut low), Some(mut high)) = (good, bad) {
        for _ in 0..HALVINGS {
            let middle = (low * high).sqrt();
            let step = attempt(middle)?;
            if stop() {
                return interrupted(steps);
            }
            if step.fit.is_err() {
                break;
            }
            if step.kept {
                low = middle;
            } else {
                high = middle;
            }
            steps.push(step);
        }
        good = Some(low);
    }
    let half = good.map(|rate| attempt(rate / 2.0)).transpose()?;
    steps.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    Ok(Knee {
        steps,
        rate: good,
        half,
        interrupted: stop(),
        beyond,
    })
}

/// Offers the comments of a trace at this rate for so long, over and over if it is short. The scenario runs as many times
/// faster as that takes.
///
/// # Errors
/// If comments were lost.
///
/// # Panics
/// As [`replay`].
fn at_rate(
    model: &Model,
    trace: &Trace,
    options: &Options,
    (rate, lasts): (f64, Duration),
    deadline: Duration,
    stop: fn() -> bool,
) -> Result<Step, Lost> {
    let begun = Instant::now();
    let mut all: Option<Outcome> = None;
    let mut passes = 0;
    loop {
        passes += 1;
        let pass = Options {
            clock: Clock::Paced(rate / trace.rate()),
            duration: lasts
                .saturating_sub(begun.elapsed())
                .max(Duration::from_millis(20)),
            ..options.clone()
        };
        let outcome = replay(model, trace, &pass, stop)?;
        match &mut all {
            None => all = Some(outcome),
            Some(all) => all.merge(&outcome),
        }
        if begun.elapsed() >= lasts || trace.comments.is_empty() || stop() {
            break;
        }
    }
    let outcome = all.expect("there was a pass");
    let fit = outcome.fit(deadline);
    let late = outcome.from_intended.quantile(0.99).unwrap_or(0);
    let lost = outcome.shed + outcome.deflected + outcome.expired + outcome.waiting();
    let kept = fit.is_ok()
        && u128::from(late) <= deadline.as_nanos()
        && (lost as f64) < 1e-3 * outcome.offered as f64;
    Ok(Step {
        rate,
        outcome,
        passes,
        fit,
        kept,
    })
}
