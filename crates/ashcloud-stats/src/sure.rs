//! Which interval a measure gets: t where the replications tell enough, bets where an outcome is seldom or never seen.

use crate::betting::Bets;
use crate::compare::{paired_difference, unpaired_difference};
use crate::estimate::{Basis, Estimate, Fraction, Interval, ratio};

/// In so many replications the rarer outcome must be seen before the spread between them is trusted.
pub const SEEN_IN: usize = 10;

/// What values a ratio can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// From 0 up to this: 1 for shares, the length of the run for a mean time.
    UpTo(f64),
    /// From 0 on.
    Open,
}

/// How many replications contain the outcome that fewer contain: some of what is counted, or less than all of it.
pub fn rarer_in(rows: &[Fraction], most: f64) -> usize {
    let some = rows.iter().filter(|row| row.numerator > 0.0).count();
    let not_all = rows
        .iter()
        .filter(|row| row.numerator < most * row.denominator)
        .count();
    some.min(not_all)
}

/// Whether the spread between these replications says too little: the rarer outcome is in fewer than [`SEEN_IN`] of them (and
/// not in all), or they are all alike.
pub fn is_seldom(rows: &[Fraction], most: f64) -> bool {
    let told = rows.iter().filter(|row| row.denominator > 0.0).count();
    let rarer = rarer_in(rows, most);
    (rarer < SEEN_IN && rarer < told) || ratio(rows).is_some_and(|e| e.standard_error == Some(0.0))
}

/// The interval of a ratio at this confidence: t, or bets ([`is_seldom`]) where its values have a bound. `None` with fewer
/// than two replications, and without a bound where all are alike.
pub fn ratio_interval(rows: &[Fraction], range: Range, confidence: f64) -> Option<Interval> {
    let estimate = ratio(rows)?;
    let t = || estimate.interval(confidence);
    let is_within = |most: f64| rows.iter().all(|row| row.numerator <= most * row.denominator);
    match range {
        Range::UpTo(most) if is_within(most) => {
            if rows.len() >= 2 && is_seldom(rows, most) {
                bets(&estimate, rows, most, confidence)
            } else {
                t().map(|interval| interval.within(0.0, most))
            }
        }
        _ if estimate.standard_error == Some(0.0) => None,
        _ => t().map(|interval| interval.within(0.0, f64::INFINITY)),
    }
}

/// How many replications like these it takes until the interval leaves out `value`; `None` where that cannot be told.
pub fn replications_needed(rows: &[Fraction], most: f64, confidence: f64, value: f64) -> Option<f64> {
    Bets::new(rows, most, confidence)?.needed(value)
}

fn bets(estimate: &Estimate, rows: &[Fraction], most: f64, confidence: f64) -> Option<Interval> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let (lower, upper) = Bets::new(rows, most, confidence)?.ends();
    Some(Interval {
        value: estimate.value,
        lower: lower.min(estimate.value),
        upper: upper.max(estimate.value),
        half_width: 0.5 * (upper - lower),
        confidence,
        n: estimate.n,
        basis: Basis::Betting,
    })
}

/// How a difference came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// The first less the second.
    pub value: f64,
    /// Its interval; `None` where too little is told.
    pub interval: Option<Interval>,
    /// Both were the same in every replication: a fact about these replications, and no more.
    pub same: bool,
}

/// The difference of two ratios over the same replications, `a` less `b`. Of shares that differ in fewer than [`SEEN_IN`]
/// replications the interval is made by bets: on each replication's difference where the denominators are the same, else
/// from the two intervals apart, at half the risk each. `None` where a ratio is not defined.
pub fn paired(a: &[Fraction], b: &[Fraction], range: Range, confidence: f64) -> Option<Compared> {
    let estimate = paired_difference(a, b)?;
    let differing = a.iter().zip(b).filter(|(a, b)| a != b).count();
    let is_told = differing >= SEEN_IN.min(a.len()) && estimate.standard_error != Some(0.0);
    let interval = match range {
        _ if is_told => estimate.interval(confidence),
        Range::UpTo(most) if a.len() >= 2 => bets_on_difference(&estimate, a, b, most, confidence),
        _ => None,
    };
    Some(Compared {
        value: estimate.value,
        interval: interval.map(|interval| kept(interval, range)),
        same: differing == 0 && a.len() >= 2,
    })
}

/// The same over replications of their own (Welch 1947), or from the two intervals apart where either is made by bets.
pub fn unpaired(a: &[Fraction], b: &[Fraction], range: Range, confidence: f64) -> Option<Compared> {
    let estimate = unpaired_difference(&ratio(a)?, &ratio(b)?)?;
    let seldom = |most: f64| is_seldom(a, most) || is_seldom(b, most);
    let interval = match range {
        Range::UpTo(most) if a.len().min(b.len()) >= 2 && seldom(most) => {
            apart(&estimate, a, b, most, confidence)
        }
        _ if estimate.standard_error == Some(0.0) => None,
        _ => estimate.interval(confidence),
    };
    Some(Compared {
        value: estimate.value,
        interval: interval.map(|interval| kept(interval, range)),
        same: false,
    })
}

/// No difference is larger than the range.
fn kept(interval: Interval, range: Range) -> Interval {
    match range {
        Range::UpTo(most) => interval.within(-most, most),
        Range::Open => interval,
    }
}

fn bets_on_difference(
    estimate: &Estimate,
    a: &[Fraction],
    b: &[Fraction],
    most: f64,
    confidence: f64,
) -> Option<Interval> {
    let together = |(a, b): (&Fraction, &Fraction)| Fraction {
        numerator: a.numerator - b.numerator + most * a.denominator,
        denominator: a.denominator,
    };
    if a.iter().zip(b).any(|(a, b)| a.denominator != b.denominator) {
        return apart(estimate, a, b, most, confidence);
    }
    let rows: Vec<Fraction> = a.iter().zip(b).map(together).collect();
    let (lower, upper) = Bets::new(&rows, 2.0 * most, confidence)?.ends();
    Some(joined(estimate, lower - most, upper - most, confidence))
}

/// From the intervals of both, at half the risk each.
fn apart(
    estimate: &Estimate,
    a: &[Fraction],
    b: &[Fraction],
    most: f64,
    confidence: f64,
) -> Option<Interval> {
    let of = |rows| ratio_interval(rows, Range::UpTo(most), 0.5 + 0.5 * confidence);
    let (a, b) = (of(a)?, of(b)?);
    Some(joined(estimate, a.lower - b.upper, a.upper - b.lower, confidence))
}

fn joined(estimate: &Estimate, lower: f64, upper: f64, confidence: f64) -> Interval {
    Interval {
        value: estimate.value,
        lower: lower.min(estimate.value),
        upper: upper.max(estimate.value),
        half_width: 0.5 * (upper - lower),
        confidence,
        n: estimate.n,
        basis: Basis::Betting,
    }
}
