//! Which interval a measure gets: t where the replications tell enough, bets where an outcome is seldom or never seen.

use crate::betting::Bets;
use crate::compare::{paired_difference, unpaired_difference};
use crate::estimate::{Basis, Estimate, Fraction, Interval, ratio};

/// In so many replications the rarer outcome must be seen before the spread between them is trusted.
pub const SEEN_IN: usize = 10;

/// What values a ratio can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// From 0 to 1.
    Share,
    /// From 0 up to this: the length of the run for a mean time.
    UpTo(f64),
    /// From 0 on.
    Open,
}

impl Range {
    /// The largest value; `None` where nothing bounds it.
    pub fn most(self) -> Option<f64> {
        match self {
            Range::Share => Some(1.0),
            Range::UpTo(most) => Some(most),
            Range::Open => None,
        }
    }
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
    match range.most() {
        Some(most) if is_within(most) && rows.len() >= 2 && is_seldom(rows, most) => {
            bets(&estimate, rows, most, confidence)
        }
        Some(most) if is_within(most) => {
            let score = || score(&estimate, confidence).filter(|_| range == Range::Share);
            score().or_else(t).map(|interval| interval.within(0.0, most))
        }
        _ if estimate.standard_error == Some(0.0) => None,
        _ => t().map(|interval| interval.within(0.0, f64::INFINITY)),
    }
}

/// So many cases of the rarer outcome, as many as independent ones would tell as much, make the two ends of a t interval
/// alike enough.
const CASES: f64 = 100.0;

/// The t interval of a share whose rarer outcome is not frequent: its ends are where the share, with the spread it would have
/// there, is as far from what was seen as t allows (Wilson 1927; for dependent cases Korn and Graubard 1998). `None` where
/// the outcome is frequent, or without an error.
fn score(estimate: &Estimate, confidence: f64) -> Option<Interval> {
    let interval = estimate.interval(confidence)?;
    let (p, error) = (estimate.value, estimate.standard_error?);
    let n = p * (1.0 - p) / (error * error);
    if !(n.is_finite() && n * p.min(1.0 - p) < CASES) {
        return None;
    }
    let t = interval.half_width / error;
    let (t2, middle) = (t * t, p + t * t / (2.0 * n));
    let reach = t * (p * (1.0 - p) / n + t2 / (4.0 * n * n)).sqrt();
    let (lower, upper) = (
        (middle - reach) / (1.0 + t2 / n),
        (middle + reach) / (1.0 + t2 / n),
    );
    Some(Interval {
        lower: lower.min(p),
        upper: upper.max(p),
        half_width: 0.5 * (upper - lower),
        ..interval
    })
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
    let interval = match range.most() {
        _ if is_told => estimate.interval(confidence),
        Some(_) if a.len() >= 2 => bets_on_difference(&estimate, a, b, range, confidence),
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
    let interval = match range.most() {
        Some(most) if a.len().min(b.len()) >= 2 && seldom(most) => apart(&estimate, a, b, range, confidence),
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
    match range.most() {
        Some(most) => interval.within(-most, most),
        None => interval,
    }
}

fn bets_on_difference(
    estimate: &Estimate,
    a: &[Fraction],
    b: &[Fraction],
    range: Range,
    confidence: f64,
) -> Option<Interval> {
    let most = range.most()?;
    let together = |(a, b): (&Fraction, &Fraction)| Fraction {
        numerator: a.numerator - b.numerator + most * a.denominator,
        denominator: a.denominator,
    };
    if a.iter().zip(b).any(|(a, b)| a.denominator != b.denominator) {
        return apart(estimate, a, b, range, confidence);
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
    range: Range,
    confidence: f64,
) -> Option<Interval> {
    let of = |rows| ratio_interval(rows, range, 0.5 + 0.5 * confidence);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special;
    use crate::testing::Stream;

    fn rows(shares: &[(f64, f64)]) -> Vec<Fraction> {
        let row = |&(numerator, denominator): &(f64, f64)| Fraction {
            numerator,
            denominator,
        };
        shares.iter().map(row).collect()
    }

    const SHARE: Range = Range::Share;

    #[test]
    fn no_failure_seen_is_no_certainty() {
        let of = |n: usize| ratio_interval(&rows(&vec![(10.0, 10.0); n]), SHARE, 0.95);
        let twenty = of(20).unwrap();
        assert_eq!(
            (twenty.value, twenty.upper, twenty.basis),
            (1.0, 1.0, Basis::Betting)
        );
        assert!((0.82..0.835).contains(&twenty.lower), "{twenty:?}");
        assert_eq!(of(1), None);
        // Times that were all alike are no more certain; where nothing bounds them there is no interval.
        let times = rows(&vec![(600.0, 1.0); 20]);
        let day = ratio_interval(&times, Range::UpTo(86_400.0), 0.95).unwrap();
        assert!(day.lower < 600.0 && day.upper > 10_000.0, "{day:?}");
        assert_eq!(ratio_interval(&times, Range::Open, 0.95), None);
    }

    #[test]
    fn both_outcomes_often_seen_are_judged_by_their_spread() {
        let mut stream = Stream::new(61);
        let mut all: Vec<(f64, f64)> = (0..40)
            .map(|_| ((5.0 + 4.0 * stream.uniform()).floor(), 10.0))
            .collect();
        let interval = ratio_interval(&rows(&all), SHARE, 0.95).unwrap();
        assert_eq!(interval.basis, Basis::Student);
        // Few replications, every one with both.
        assert_eq!(
            ratio_interval(&rows(&all[..5]), SHARE, 0.95).unwrap().basis,
            Basis::Student
        );
        all.iter_mut().skip(9).for_each(|row| row.0 = 10.0);
        assert_eq!(
            ratio_interval(&rows(&all), SHARE, 0.95).unwrap().basis,
            Basis::Betting
        );
        // Alike by chance.
        let alike = rows(&[(9.0, 10.0); 3]);
        assert_eq!(ratio_interval(&alike, SHARE, 0.95).unwrap().basis, Basis::Betting);
    }

    #[test]
    fn ends_stay_where_shares_can_be() {
        let mut wild = vec![(0.0, 10.0); 12];
        wild.extend([(10.0, 10.0); 11]);
        wild.extend([(1.0, 10.0); 2]);
        for confidence in [0.9, 0.999, 0.999_999_999] {
            let interval = ratio_interval(&rows(&wild), SHARE, confidence).unwrap();
            assert!(interval.lower >= 0.0 && interval.upper <= 1.0, "{interval:?}");
        }
    }

    #[test]
    fn the_same_in_every_replication_is_no_certainty() {
        let a = rows(&vec![(8.0, 10.0); 20]);
        let compared = paired(&a, &a, SHARE, 0.95).unwrap();
        let interval = compared.interval.unwrap();
        assert!(compared.same && compared.value == 0.0);
        // As of twenty replications without a miss.
        assert!(
            (interval.upper - 0.171_6).abs() < 1e-3 && interval.lower == -interval.upper,
            "{interval:?}"
        );
        let other = unpaired(&a, &a, SHARE, 0.95).unwrap();
        assert!(other.interval.unwrap().upper > interval.upper);
        assert_eq!(paired(&a, &a, Range::Open, 0.95).unwrap().interval, None);
    }

    /// 1,000 experiments of 100 days: the second desk fails wholly on one day in 50, the first never. The true difference is
    /// held in at least 94 % (a true coverage below that passes with probability below 1e-3).
    #[test]
    fn differences_cover_where_one_day_in_50_fails() {
        let mut stream = Stream::new(62);
        let (n, mut missed) = (1_000, 0);
        for _ in 0..n {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            for _ in 0..100 {
                let size = 10.0 + (5.0 * stream.uniform()).floor();
                a.push((size, size));
                b.push((if stream.uniform() < 0.02 { 0.0 } else { size }, size));
            }
            let compared = paired(&rows(&a), &rows(&b), SHARE, 0.95).unwrap();
            missed += u64::from(!compared.interval.unwrap().covers(0.02));
        }
        assert!(
            special::binomial_tails(missed, n, 0.06).0 < 1e-3,
            "{missed} of {n}"
        );
    }

    /// The same of one desk's share, at fixed numbers of days on both sides of the change from bets to t: 4,000 experiments
    /// each; a true coverage below 94 % passes with probability below 1e-3.
    #[test]
    fn shares_cover_where_one_day_in_50_fails() {
        let mut stream = Stream::new(63);
        for days in [20, 200, 500, 600, 1_000, 2_000] {
            let (n, mut missed) = (4_000, 0);
            for _ in 0..n {
                let day = |_| {
                    let size = 10.0 + (5.0 * stream.uniform()).floor();
                    (if stream.uniform() < 0.02 { 0.0 } else { size }, size)
                };
                let all: Vec<(f64, f64)> = (0..days).map(day).collect();
                let interval = ratio_interval(&rows(&all), SHARE, 0.95).unwrap();
                missed += u64::from(!interval.covers(0.98));
            }
            assert!(
                special::binomial_tails(missed, n, 0.06).0 < 1e-3,
                "{days}: {missed} of {n}"
            );
        }
    }
}
