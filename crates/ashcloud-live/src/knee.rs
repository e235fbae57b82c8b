//! How many comments a second the driver bears: the knee.

use std::time::Duration;

use ashcloud_scenario::spec::Model;

use crate::driver::OPENING;
use crate::{Clock, Lost, Options, Outcome, Trace, Unfit, replay};

/// What is searched for, and how.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// Comments a second: from, and up to.
    pub rates: (f64, f64),
    /// Within which 99 % are to be decided, counted from the intended arrival.
    pub deadline: Duration,
    /// Every rate is offered so often, at least.
    pub repeats: u32,
}

/// One offered rate, and what came of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Comments a second that were meant to come, evenly.
    pub rate: f64,
    /// What was measured, all passes together.
    pub outcome: Outcome,
    /// As many comments were offered so many times, each time to an empty house.
    pub passes: u32,
    /// Of each pass that decided anything, from the intended arrival, in nanoseconds.
    pub p99_ns: Vec<u64>,
    /// A pass offered the whole trace.
    pub whole: bool,
    /// May it be judged?
    pub fit: Result<(), Unfit>,
    /// The deadline is kept by 99 % of the decisions, and less than one comment of a thousand is refused or dropped.
    pub kept: bool,
}

/// A search for the knee.
#[derive(Clone, Debug)]
pub struct Knee<S = Step> {
    /// Rates tried, ascending.
    pub steps: Vec<S>,
    /// The highest rate up to which every one that can be judged was kept; none if the lowest was not.
    pub rate: Option<f64>,
    /// Half of it, tried apart.
    pub half: Option<S>,
    /// Somebody asked to stop before it was found.
    pub interrupted: bool,
    /// Every rate was kept, or the generator or the host failed before the driver did: the knee lies higher.
    pub beyond: bool,
}

/// Halvings of the interval in which the knee lies, once it is known to a factor of two; one more for a factor of four.
const HALVINGS: u32 = 3;
/// Passes are so long at least, where the trace is.
const SHORTEST: Duration = Duration::from_millis(20);
/// A rate that the generator or the host spoilt is offered so often, at most: it may have been the machine's other work.
const TRIES: u32 = 3;
/// So many rates in a row that were spoilt nevertheless end the search upwards.
const SPOILT: u32 = 2;

/// Offers the lowest rate, twice as many each time up to the highest, until one is not kept, or two in a row cannot be
/// judged; then narrows down. Takes about `options.duration` in all, more with very many repeats or where rates were spoilt.
/// `told` hears every step. The policy should be one that refuses what it cannot take: one that blocks holds the generator
/// up instead.
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
    sweep: Sweep,
    told: &mut dyn FnMut(&Step),
    stop: fn() -> bool,
) -> Result<Knee, Lost> {
    let (from, to) = sweep.rates;
    let ladder = (to / from).log2().ceil().max(0.0) as u32 + 1;
    let each = options.duration / (ladder + HALVINGS + 1);
    let trace = trace.evenly();
    let attempt = |rate: f64| {
        let offer = || at_rate(model, &trace, options, (rate, each), sweep, stop);
        let mut step = offer()?;
        for _ in 1..TRIES {
            if step.fit.is_ok() || stop() {
                break;
            }
            step = offer()?;
        }
        told(&step);
        let judged = match (step.kept, step.fit) {
            (true, _) => Judged::Kept,
            (false, Ok(())) => Judged::Broken,
            (false, Err(_)) => Judged::NotOffered,
        };
        Ok((step, judged))
    };
    let mut knee = search(sweep.rates, attempt, stop)?;
    knee.steps.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    Ok(knee)
}

/// What became of a rate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judged {
    Kept,
    Broken,
    NotOffered,
}

/// The search itself, whatever a step is.
fn search<S, E>(
    (from, to): (f64, f64),
    mut attempt: impl FnMut(f64) -> Result<(S, Judged), E>,
    stop: impl Fn() -> bool,
) -> Result<Knee<S>, E> {
    let mut knee = Knee {
        steps: Vec::new(),
        rate: None,
        half: None,
        interrupted: false,
        beyond: false,
    };
    let (mut good, mut bad, mut spoilt) = (None, None, 0);
    let mut rate = from;
    loop {
        let (step, judged) = attempt(rate)?;
        if stop() {
            knee.interrupted = true;
            return Ok(knee);
        }
        knee.steps.push(step);
        match judged {
            Judged::Kept => (good, spoilt) = (Some(rate), 0),
            Judged::Broken => bad = Some(rate),
            // Nothing is known of it; the next may tell.
            Judged::NotOffered => spoilt += 1,
        }
        if bad.is_some() || good.is_none() || spoilt >= SPOILT || rate >= to {
            break;
        }
        rate = (2.0 * rate).min(to);
    }
    knee.beyond = bad.is_none();
    if let (Some(mut low), Some(mut high)) = (good, bad) {
        // Where a rate was passed over, twice as much lies between them.
        for _ in 0..HALVINGS + spoilt {
            let middle = (low * high).sqrt();
            let (step, judged) = attempt(middle)?;
            if stop() {
                knee.interrupted = true;
                return Ok(knee);
            }
            match judged {
                Judged::Kept => low = middle,
                Judged::Broken => high = middle,
                Judged::NotOffered => break,
            }
            knee.steps.push(step);
        }
        good = Some(low);
    }
    knee.half = good
        .map(|rate| attempt(rate / 2.0))
        .transpose()?
        .map(|(step, _)| step);
    knee.rate = good;
    knee.interrupted = stop();
    Ok(knee)
}

/// Offers the comments of a trace at this rate for so long, in as many passes as asked for or, where the trace is short,
/// more: all of the same length. The scenario runs as many times faster as the rate asks for.
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
    sweep: Sweep,
    stop: fn() -> bool,
) -> Result<Step, Lost> {
    let Sweep {
        deadline, repeats, ..
    } = sweep;
    let speed = rate / trace.rate();
    let whole = Duration::try_from_secs_f64(trace.end.seconds() / speed).unwrap_or(Duration::MAX);
    let share = (lasts / repeats).saturating_sub(OPENING).max(SHORTEST);
    let pass = Options {
        clock: Clock::Paced(speed),
        duration: whole.min(share),
        ..options.clone()
    };
    let passes = (lasts.as_secs_f64() / (pass.duration + OPENING).as_secs_f64()) as u32;
    let mut outcome = replay(model, trace, &pass, stop)?;
    let p99 = |outcome: &Outcome| outcome.from_intended.quantile(0.99);
    let mut p99_ns: Vec<u64> = p99(&outcome).into_iter().collect();
    let mut done = 1;
    while done < passes.max(repeats) && !trace.comments.is_empty() && !stop() {
        done += 1;
        let another = replay(model, trace, &pass, stop)?;
        p99_ns.extend(p99(&another));
        outcome.merge(&another);
    }
    let fit = outcome.fit(deadline);
    let late = p99(&outcome).unwrap_or(0);
    let lost = outcome.shed + outcome.deflected + outcome.expired + outcome.waiting();
    let kept = fit.is_ok()
        && u128::from(late) <= deadline.as_nanos()
        && (lost as f64) < 1e-3 * outcome.offered as f64;
    Ok(Step {
        rate,
        outcome,
        passes: done,
        p99_ns,
        whole: whole <= share,
        fit,
        kept,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A driver that bears up to `bears` a second, and a generator that can offer up to `offers`.
    fn found(range: (f64, f64), bears: f64, offers: f64) -> (Option<f64>, bool, Vec<f64>, Option<f64>) {
        let attempt = |rate: f64| {
            let judged = if rate > offers {
                Judged::NotOffered
            } else if rate > bears {
                Judged::Broken
            } else {
                Judged::Kept
            };
            Ok::<_, ()>((rate, judged))
        };
        let knee = search(range, attempt, || false).unwrap();
        (knee.rate, knee.beyond, knee.steps, knee.half)
    }

    #[test]
    fn a_knee_is_narrowed_down() {
        let (rate, beyond, steps, half) = found((1e3, 1e6), 50e3, f64::INFINITY);
        let rate = rate.unwrap();
        // An eighth of a doubling.
        assert!(rate <= 50e3 && rate > 50e3 / 2_f64.powf(0.126), "{rate}");
        assert!(!beyond);
        assert_eq!(steps.len(), 7 + HALVINGS as usize);
        assert_eq!(half, Some(rate / 2.0));
    }

    #[test]
    fn a_knee_beyond_what_is_offered_is_not_named() {
        // The last rate is the highest asked for, not a doubling.
        let (rate, beyond, steps, half) = found((1e3, 5e3), 50e3, f64::INFINITY);
        assert_eq!((rate, beyond, half), (Some(5e3), true, Some(2.5e3)));
        assert_eq!(steps, [1e3, 2e3, 4e3, 5e3]);
        // It was the generator that failed.
        let (rate, beyond, ..) = found((1e3, 1e6), 50e3, 20e3);
        assert_eq!((rate, beyond), (Some(16e3), true));
    }

    #[test]
    fn a_rate_that_was_spoilt_is_passed_over() {
        let tried = Cell::new(false);
        let attempt = |rate: f64| {
            let judged = match rate {
                ..=3e3 => Judged::Kept,
                ..=5e3 => Judged::NotOffered,
                ..=20e3 => Judged::Kept,
                _ => Judged::Broken,
            };
            Ok::<_, ()>((rate, judged))
        };
        let knee = search((1e3, 1e6), attempt, || false).unwrap();
        let rate = knee.rate.unwrap();
        assert!((16e3..=20e3).contains(&rate), "{rate}");
        assert!(!knee.beyond);
        assert_eq!(knee.steps[..6], [1e3, 2e3, 4e3, 8e3, 16e3, 32e3]);
        // Just before the first that is not kept.
        let attempt = |rate: f64| {
            let judged = match rate {
                ..=3e3 => Judged::Kept,
                4e3 if tried.replace(true) => Judged::Kept,
                4e3 => Judged::NotOffered,
                _ => Judged::Broken,
            };
            Ok::<_, ()>((rate, judged))
        };
        let knee = search((1e3, 1e6), attempt, || false).unwrap();
        assert_eq!(knee.steps[..5], [1e3, 2e3, 4e3, 8e3, 4e3]);
        assert_eq!(knee.rate, Some(4e3));
        // The lowest.
        let knee = search(
            (1e3, 1e6),
            |rate| Ok::<_, ()>((rate, Judged::NotOffered)),
            || false,
        )
        .unwrap();
        assert_eq!((knee.rate, knee.steps, knee.beyond), (None, vec![1e3], true));
    }

    /// What was found by then holds.
    #[test]
    fn a_generator_that_fails_on_the_way_down() {
        let attempt = |rate: f64| {
            let judged = match rate {
                ..=8e3 => Judged::Kept,
                16e3.. => Judged::Broken,
                _ => Judged::NotOffered,
            };
            Ok::<_, ()>((rate, judged))
        };
        let knee = search((1e3, 1e6), attempt, || false).unwrap();
        assert_eq!((knee.rate, knee.beyond), (Some(8e3), false));
        assert_eq!(knee.steps, [1e3, 2e3, 4e3, 8e3, 16e3]);
    }

    #[test]
    fn not_even_the_lowest() {
        let (rate, beyond, steps, half) = found((1e3, 1e6), 10.0, f64::INFINITY);
        assert_eq!((rate, beyond, half), (None, false, None));
        assert_eq!(steps, [1e3]);
    }

    #[test]
    fn an_interrupted_search_finds_nothing() {
        let asked = Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() >= 3
        };
        let knee = search((1e3, 1e6), |rate| Ok::<_, ()>((rate, Judged::Kept)), stop).unwrap();
        assert!(knee.interrupted);
        assert_eq!((knee.rate, knee.steps), (None, vec![1e3, 2e3]));
    }
}
