//! How many replications are missing.

use ashcloud_scenario::spec::Compiled;
use ashcloud_stats::Basis;
use ashcloud_stats::compare::{Verdict, bonferroni};
use ashcloud_stats::sure::SEEN_IN;

use super::AUTO;
use super::evidence::Evidence;
use super::verdicts::{Judgement, Reason, applies, bound};
use crate::catalogue::{Unit, target_item};

/// From so many replications on, what would take more than [`AUTO`]'s most is given up.
const GIVE_UP_FROM: u32 = 1_000;

/// What is missing until the answer is as sharp as was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Nothing,
    /// So many replications in all.
    Replications(u32),
    /// More than are ever run.
    TooMany,
}

/// What is missing after `n` replications until every target's measure has the half-width asked for, and until bets decide
/// every target that they judge, as far as these replications tell.
pub(super) fn missing(scenario: &Compiled, evidence: &[Evidence<'_>], n: u32) -> Missing {
    let mut needed = 1.0f64;
    for of in evidence {
        for place in asked(scenario, of) {
            needed = needed.max(to_half_width(scenario, of, place, n));
        }
        for (t, target) in scenario.targets.iter().enumerate() {
            if applies(scenario, of.model, target) {
                needed = needed.max(to_decide(scenario, of, t, n, evidence.len()));
            }
        }
    }
    if needed <= f64::from(n) {
        Missing::Nothing
    } else if needed > f64::from(AUTO.1) && n >= GIVE_UP_FROM {
        Missing::TooMany
    } else {
        Missing::Replications(needed.ceil().min(f64::from(u32::MAX)) as u32)
    }
}

/// The measures of the targets; of the mean first response without targets.
fn asked(scenario: &Compiled, of: &Evidence<'_>) -> Vec<usize> {
    let of_targets = (0..scenario.targets.len()).filter_map(|t| of.place(&target_item(scenario, t)));
    let mut asked: Vec<usize> = of_targets.collect();
    if scenario.targets.is_empty() {
        asked.extend(
            of.items
                .iter()
                .position(|item| item.measure == "first_response_mean"),
        );
    }
    asked
}

/// How many replications it takes until a measure has the half-width asked for.
fn to_half_width(scenario: &Compiled, of: &Evidence<'_>, place: usize, n: u32) -> f64 {
    let experiment = &scenario.experiment;
    let Some(estimate) = of.estimate(place) else {
        return 0.0;
    };
    let goal = match of.items[place].unit {
        Unit::Share => experiment.half_width,
        _ => experiment.half_width * estimate.value.abs(),
    };
    let n = f64::from(n);
    let interval = of.interval(place, experiment.confidence);
    let Some(interval) = interval.filter(|i| i.half_width.is_finite()) else {
        return f64::from(AUTO.1).min(n * 2.0).max(n + 1.0);
    };
    if interval.half_width <= goal {
        return 0.0;
    }
    let factor = if goal > 0.0 {
        interval.half_width / goal
    } else {
        8.0
    };
    match interval.basis {
        // Until what is seldom was seen often enough for the spread to be trusted, or as bets grow sharper.
        Basis::Betting => n * factor * 1.05,
        _ => n * factor * factor * 1.05,
    }
}

/// How many replications it takes until a target that is decided for one model alone is decided for a choice among so many;
/// or until bets decide it, or until its rarer outcome was seen often enough.
fn to_decide(scenario: &Compiled, of: &Evidence<'_>, t: usize, n: u32, models: usize) -> f64 {
    let judgement = of.judge(scenario, t, models);
    if judgement.verdict != Verdict::Undecided && judgement.jointly == Verdict::Undecided {
        return to_decide_jointly(scenario, of, &judgement, n, models);
    }
    let Some(Reason::Seldom { seen_in }) = judgement.reason else {
        return 0.0;
    };
    let n = f64::from(n);
    let confidence = bonferroni(scenario.experiment.confidence, models);
    let place = of.place(&judgement.item);
    let bets = place.and_then(|i| of.needed(&scenario.targets[t], i, confidence));
    let seen = n * SEEN_IN as f64 / (seen_in as f64).max(0.1);
    bets.unwrap_or(f64::INFINITY).min(seen).max(n + 1.0)
}

/// The interval at the confidence of a choice must shrink until it no longer holds the bound. It is less than twice as wide as
/// the one that decides already, or little more, so that this takes about four times as many at most.
fn to_decide_jointly(
    scenario: &Compiled,
    of: &Evidence<'_>,
    judgement: &Judgement,
    n: u32,
    models: usize,
) -> f64 {
    let confidence = bonferroni(scenario.experiment.confidence, models);
    let (threshold, _) = bound(&scenario.targets[judgement.target]);
    let place = of.place(&judgement.item);
    let (Some(estimate), Some(interval)) =
        (judgement.estimate, place.and_then(|i| of.interval(i, confidence)))
    else {
        return 0.0;
    };
    let factor = interval.half_width / (estimate.value - threshold).abs();
    let n = f64::from(n);
    (n * factor * factor * 1.05).clamp(n + 1.0, 4.0 * n)
}
