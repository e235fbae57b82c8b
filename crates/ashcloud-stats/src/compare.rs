//! Comparing staffing models, and judging them against a target.

use crate::estimate::{Estimate, Fraction, Interval, ratio_residuals};

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The measure must reach the threshold (shares, rates).
    AtLeast,
    /// The measure must not pass the threshold (times, costs).
    AtMost,
}

/// A target's outcome at the confidence of the interval it was judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval is on the good side (its end may lie on the threshold).
    Met,
    /// The whole interval is on the bad side.
    Missed,
    /// The threshold lies inside, or there is no interval.
    Undecided,
}

impl Verdict {
    /// Judges an interval against a threshold.
    pub fn of(interval: Option<&Interval>, threshold: f64, direction: Direction) -> Verdict {
        let Some(interval) = interval else {
            return Verdict::Undecided;
        };
        let (met, missed) = match direction {
            Direction::AtLeast => (interval.lower >= threshold, interval.upper < threshold),
            Direction::AtMost => (interval.upper <= threshold, interval.lower > threshold),
        };
        if met {
            Verdict::Met
        } else if missed {
            Verdict::Missed
        } else {
            Verdict::Undecided
        }
    }

    /// Several targets together: missed if one is missed, met if all are met (also if there are none).
    pub fn all(verdicts: &[Verdict]) -> Verdict {
        if verdicts.contains(&Verdict::Missed) {
            Verdict::Missed
        } else if verdicts.contains(&Verdict::Undecided) {
            Verdict::Undecided
        } else {
            Verdict::Met
        }
    }
}

/// Indices from best to worst. Equal values keep their order; what is not known (or NaN) comes last.
pub fn ranking(values: &[Option<f64>], direction: Direction) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let key = |i: usize| {
        let value = values[i].filter(|v| !v.is_nan());
        match direction {
            Direction::AtLeast => value.map_or(f64::INFINITY, |v| -v),
            Direction::AtMost => value.unwrap_or(f64::INFINITY),
        }
    };
    let known = |i: usize| values[i].is_some_and(|v| !v.is_nan());
    order.sort_by(|&a, &b| known(b).cmp(&known(a)).then(key(a).total_cmp(&key(b))));
    order
}

/// Difference of a ratio measure between two models, `a` less `b`, over the same replications: the delta method on each
/// replication's difference of residuals, n - 1 degrees of freedom, so that what both storms share cancels. `None` where
/// a ratio is not defined or the numbers of replications differ.
pub fn paired_difference(a: &[Fraction], b: &[Fraction]) -> Option<Estimate> {
    if a.len() != b.len() {
        return None;
    }
    let n = a.len();
    let ((ratio_a, residuals_a), (ratio_b, residuals_b)) = (ratio_residuals(a)?, ratio_residuals(b)?);
    let squares: f64 = residuals_a
        .iter()
        .zip(&residuals_b)
        .map(|(a, b)| (a - b) * (a - b))
        .sum();
    let error = (n >= 2).then(|| (squares / (n as f64 * (n - 1) as f64)).sqrt());
    Estimate::new(ratio_a - ratio_b, error, n as f64 - 1.0, n)
}

/// Difference of two independent estimates, `a` less `b` (Welch 1947): the degrees of freedom are Satterthwaite's, `n`
/// is the smaller of the two. Without spread in either there is an interval of width 0.
pub fn unpaired_difference(a: &Estimate, b: &Estimate) -> Option<Estimate> {
    let n = a.n.min(b.n);
    let (Some(error_a), Some(error_b)) = (a.standard_error, b.standard_error) else {
        return Estimate::new(a.value - b.value, None, 0.0, n);
    };
    let (va, vb) = (error_a * error_a, error_b * error_b);
    let sum = va + vb;
    let degrees = if sum > 0.0 {
        // The shares, not the squares of variances, so that tiny ones do not underflow.
        let (sa, sb) = (va / sum, vb / sum);
        1.0 / (sa * sa / a.degrees + sb * sb / b.degrees)
    } else {
        a.degrees.min(b.degrees)
    };
    Estimate::new(a.value - b.value, Some(sum.sqrt()), degrees, n)
}

/// The confidence each of `m` intervals needs so that all of them together hold with `confidence` (Bonferroni 1936).
pub fn bonferroni(confidence: f64, m: usize) -> f64 {
    1.0 - (1.0 - confidence) / m.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::{mean, ratio};
    use crate::special;
    use crate::testing::{Stream, close};
    use proptest::prelude::*;

    fn interval(lower: f64, upper: f64) -> Interval {
        let (value, half_width) = (0.5 * (lower + upper), 0.5 * (upper - lower));
        Interval {
            value,
            lower,
            upper,
            half_width,
            confidence: 0.95,
            n: 10,
            basis: crate::Basis::Student,
        }
    }

    #[test]
    fn verdicts() {
        use Direction::{AtLeast, AtMost};
        let check = |lower, upper, direction, expected| {
            assert_eq!(
                Verdict::of(Some(&interval(lower, upper)), 0.8, direction),
                expected
            );
        };
        check(0.8, 0.9, AtLeast, Verdict::Met);
        check(0.7, 0.79, AtLeast, Verdict::Missed);
        check(0.7, 0.8, AtLeast, Verdict::Undecided);
        check(0.7, 0.8, AtMost, Verdict::Met);
        check(0.81, 0.9, AtMost, Verdict::Missed);
        check(0.8, 0.9, AtMost, Verdict::Undecided);
        assert_eq!(Verdict::of(None, 0.8, AtMost), Verdict::Undecided);
    }

    #[test]
    fn rankings() {
        let values = [Some(2.0), None, Some(3.0), Some(2.0), Some(f64::NAN)];
        assert_eq!(ranking(&values, Direction::AtLeast), [2, 0, 3, 1, 4]);
        assert_eq!(ranking(&values, Direction::AtMost), [0, 3, 2, 1, 4]);
        assert_eq!(ranking(&[None, Some(f64::INFINITY)], Direction::AtMost), [1, 0]);
    }

    #[test]
    fn welch_by_hand() {
        let (a, b) = (mean(&[1.0, 2.0, 3.0]).unwrap(), mean(&[0.0, 4.0]).unwrap());
        let d = unpaired_difference(&a, &b).unwrap();
        // Variances of the means 1/3 and 4: df = (13/3)^2 / ((1/3)^2/2 + 4^2/1).
        assert_eq!(d.value, 0.0);
        close(d.standard_error.unwrap(), (13.0f64 / 3.0).sqrt(), 1e-14);
        close(d.degrees, (169.0 / 9.0) / (1.0 / 18.0 + 16.0), 1e-14);
        assert_eq!(
            unpaired_difference(&a, &mean(&[1.0]).unwrap())
                .unwrap()
                .interval(0.95),
            None
        );
        close(bonferroni(0.95, 10), 0.995, 1e-15);
        assert_eq!(bonferroni(0.95, 0), 0.95);
    }

    #[test]
    fn paired_intervals_cover_and_are_narrower() {
        // 2,000 experiments of 40 replications; both models meet the same storm (a shared factor), the true difference
        // is 0.1. A true coverage between .93 and .97 fails with probability below 1e-6 (two tails).
        let mut stream = Stream::new(31);
        let (n, mut hits, mut hits_welch, mut narrower) = (2000, 0, 0, 0);
        for _ in 0..n {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            for _ in 0..40 {
                let (storm, size) = (stream.normal(), 10.0 + stream.exponential());
                let row = |share, own: f64| Fraction {
                    numerator: size * (share + 0.1 * storm + 0.03 * own),
                    denominator: size,
                };
                a.push(row(0.7, stream.normal()));
                b.push(row(0.6, stream.normal()));
            }
            let paired = paired_difference(&a, &b).unwrap().interval(0.95).unwrap();
            let welch = unpaired_difference(&ratio(&a).unwrap(), &ratio(&b).unwrap()).unwrap();
            let welch = welch.interval(0.95).unwrap();
            hits += u64::from(paired.covers(0.1));
            hits_welch += u64::from(welch.covers(0.1));
            narrower += u64::from(paired.half_width < welch.half_width);
        }
        assert!(special::binomial_tails(hits, n, 0.93).0 > 5e-7, "{hits}");
        assert!(special::binomial_tails(hits, n, 0.97).1 > 5e-7, "{hits}");
        // Ignoring what is shared is safe, and wasteful.
        assert!(hits_welch > 1990, "{hits_welch}");
        assert_eq!(narrower, n);
    }

    #[test]
    fn welch_intervals_cover() {
        // 2,000 experiments of unequal sizes and spreads; as above.
        let mut stream = Stream::new(32);
        let (n, mut hits) = (2000, 0);
        for _ in 0..n {
            let a: [f64; 8] = core::array::from_fn(|_| 5.0 * stream.normal());
            let b: [f64; 30] = core::array::from_fn(|_| 1.0 + stream.normal());
            let difference = unpaired_difference(&mean(&a).unwrap(), &mean(&b).unwrap()).unwrap();
            hits += u64::from(difference.interval(0.95).unwrap().covers(-1.0));
        }
        assert!(special::binomial_tails(hits, n, 0.93).0 > 5e-7, "{hits}");
        assert!(special::binomial_tails(hits, n, 0.97).1 > 5e-7, "{hits}");
    }

    proptest! {
        #[test]
        fn a_model_does_not_differ_from_itself(
            rows in proptest::collection::vec((0.0..10.0f64, 1.0..10.0f64), 2..30),
        ) {
            let rows: Vec<Fraction> =
                rows.iter().map(|&(numerator, denominator)| Fraction { numerator, denominator }).collect();
            let difference = paired_difference(&rows, &rows).unwrap();
            prop_assert_eq!((difference.value, difference.standard_error), (0.0, Some(0.0)));
        }

        #[test]
        fn swapping_models_swaps_the_sign(
            rows in proptest::collection::vec((0.0..10.0f64, 1.0..10.0f64, 0.0..10.0f64), 2..30),
        ) {
            let a: Vec<Fraction> =
                rows.iter().map(|r| Fraction { numerator: r.0, denominator: r.1 }).collect();
            let b: Vec<Fraction> =
                rows.iter().map(|r| Fraction { numerator: r.2, denominator: r.1 }).collect();
            let (ab, ba) = (paired_difference(&a, &b).unwrap(), paired_difference(&b, &a).unwrap());
            prop_assert_eq!(ab.value, -ba.value);
            prop_assert_eq!(ab.standard_error, ba.standard_error);
        }
    }
}
