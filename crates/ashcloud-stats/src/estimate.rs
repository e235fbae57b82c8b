//! Estimates from independent replications, with their standard errors.
//!
//! A slice here holds one entry per replication, in replication order.

use crate::special;

/// An estimate, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The point estimate, in the unit of the measure; finite.
    pub value: f64,
    /// Its standard error, where there is enough to tell: finite and at least 0.
    pub standard_error: Option<f64>,
    /// Degrees of freedom of the t statistic.
    pub degrees: f64,
    /// Independent units (replications or sections) behind it.
    pub n: usize,
}

/// A two-sided confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The point estimate.
    pub value: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end; infinite where what was seen sets none.
    pub upper: f64,
    /// Half its width, before its ends were kept within what is possible.
    pub half_width: f64,
    /// Probability with which such an interval covers, 0 to 1.
    pub confidence: f64,
    /// Independent units behind it.
    pub n: usize,
    /// How it was made.
    pub basis: Basis,
}

/// How an interval is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Nothing random can change the value: both ends are the value.
    Exact,
    /// From the spread between replications, by Student's t.
    Student,
    /// By bets, without any assumption on the distribution: an outcome was seen in too few replications.
    Betting,
}

/// What one replication adds to a ratio: answered in time over offered, summed response times over answered...
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Fraction {
    /// Above the line.
    pub numerator: f64,
    /// Below the line; 0 where the replication has nothing to say.
    pub denominator: f64,
}

/// A jackknife: the plain estimate with the jackknife's standard error, and the bias the jackknife sees in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jackknife {
    /// f of the means, and the standard error of f.
    pub estimate: Estimate,
    /// Estimated bias of the plain value (Quenouille 1956), of order 1/n; 0 where it cannot be told.
    pub bias: f64,
}

impl Estimate {
    /// An estimate; `None` unless the value is finite. A standard error that is not finite counts as not known.
    pub(crate) fn new(value: f64, standard_error: Option<f64>, degrees: f64, n: usize) -> Option<Estimate> {
        let standard_error = standard_error.filter(|e| e.is_finite() && degrees > 0.0);
        value.is_finite().then_some(Estimate {
            value,
            standard_error,
            degrees,
            n,
        })
    }

    /// The t interval at this confidence. `None` with fewer than two units, without a standard error, or where the
    /// confidence is not strictly between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        if confidence.is_nan() || confidence <= 0.0 || confidence >= 1.0 {
            return None;
        }
        let half_width =
            special::student_quantile(0.5 + 0.5 * confidence, self.degrees) * self.standard_error?;
        let (lower, upper) = (self.value - half_width, self.value + half_width);
        (lower.is_finite() && upper.is_finite()).then_some(Interval {
            value: self.value,
            lower,
            upper,
            half_width,
            confidence,
            n: self.n,
            basis: Basis::Student,
        })
    }

    /// The value as its own interval: nothing random can change it.
    pub fn exactly(&self) -> Interval {
        Interval {
            value: self.value,
            lower: self.value,
            upper: self.value,
            half_width: 0.0,
            confidence: 1.0,
            n: self.n,
            basis: Basis::Exact,
        }
    }

    /// Distance from `exact` as the normal score of the t statistic: standard normal if `exact` is true. Without
    /// spread it is 0 where the value is `exact` and infinite elsewhere.
    pub fn normal_score(&self, exact: f64) -> Option<f64> {
        let (error, distance) = (self.standard_error?, self.value - exact);
        if distance == 0.0 {
            return Some(0.0);
        }
        let t = if error == 0.0 {
            f64::INFINITY.copysign(distance)
        } else {
            distance / error
        };
        Some(special::normal_score(t, self.degrees)).filter(|z| !z.is_nan())
    }

    /// The estimate of `factor` times the measure.
    pub fn scaled(&self, factor: f64) -> Option<Estimate> {
        Estimate::new(
            self.value * factor,
            self.standard_error.map(|e| e * factor.abs()),
            self.degrees,
            self.n,
        )
    }
}

impl Interval {
    /// Half-width relative to the value's size; `None` where the value is 0.
    pub fn relative_half_width(&self) -> Option<f64> {
        Some(self.half_width / self.value.abs()).filter(|r| r.is_finite())
    }

    /// Its ends kept between `least` and `most`, but never beyond the value.
    #[must_use]
    pub fn within(self, least: f64, most: f64) -> Interval {
        Interval {
            lower: self.lower.max(least.min(self.value)),
            upper: self.upper.min(most.max(self.value)),
            ..self
        }
    }

    /// Whether `x` lies in it, ends included.
    pub fn covers(&self, x: f64) -> bool {
        self.lower <= x && x <= self.upper
    }
}

impl Jackknife {
    /// The estimate less its estimated bias.
    pub fn corrected(&self) -> Estimate {
        Estimate {
            value: self.estimate.value - self.bias,
            ..self.estimate
        }
    }
}

/// Mean over replications, n - 1 degrees of freedom. `None` without replications.
pub fn mean(samples: &[f64]) -> Option<Estimate> {
    let (n, mean, squares) = moments(samples)?;
    let error = (n >= 2).then(|| (squares / (n as f64 * (n - 1) as f64)).sqrt());
    Estimate::new(mean, error, n as f64 - 1.0, n)
}

/// Ratio estimator: sum of numerators over sum of denominators, with the delta method's standard error from the
/// residuals x - r y (Cochran 1977, 6.4). `None` where all denominators are 0.
pub fn ratio(rows: &[Fraction]) -> Option<Estimate> {
    let n = rows.len();
    let (value, residuals) = ratio_residuals(rows)?;
    let squares: f64 = residuals.iter().map(|d| d * d).sum();
    let error = (n >= 2).then(|| (squares / (n as f64 * (n - 1) as f64)).sqrt());
    Estimate::new(value, error, n as f64 - 1.0, n)
}

/// The ratio and each replication's residual in the ratio's own unit: (x - r y) / mean(y). Their variance over n is
/// that of the ratio; differences of residuals serve paired comparisons.
pub(crate) fn ratio_residuals(rows: &[Fraction]) -> Option<(f64, Vec<f64>)> {
    let numerator: f64 = rows.iter().map(|row| row.numerator).sum();
    let denominator: f64 = rows.iter().map(|row| row.denominator).sum();
    let value = numerator / denominator;
    if !value.is_finite() {
        return None;
    }
    let mean = denominator / rows.len() as f64;
    Some((
        value,
        rows.iter()
            .map(|row| (row.numerator - value * row.denominator) / mean)
            .collect(),
    ))
}

/// Jackknife of a smooth function of means (Quenouille 1956; Tukey 1958). `f` is given the vector of column means
/// over all replications, then over all but one (from the totals, so the whole costs O(n)); it returns `None` where it
/// is not defined. `None` without replications or where `f` of all of them is not defined; no standard error where
/// some `f` of all but one is not.
pub fn jackknife<const K: usize>(
    rows: &[[f64; K]],
    f: impl Fn(&[f64; K]) -> Option<f64>,
) -> Option<Jackknife> {
    let n = rows.len();
    if n == 0 {
        return None;
    }
    let mut totals = [0.0; K];
    for row in rows {
        for (total, x) in totals.iter_mut().zip(row) {
            *total += x;
        }
    }
    let value = f(&totals.map(|total| total / n as f64))?;
    let mut without = Vec::with_capacity(n);
    if n >= 2 {
        for row in rows {
            let means = core::array::from_fn(|k| (totals[k] - row[k]) / (n - 1) as f64);
            match f(&means).filter(|v| v.is_finite()) {
                Some(v) => without.push(v),
                None => break,
            }
        }
    }
    let complete = n >= 2 && without.len() == n;
    let (error, bias) = if complete {
        leave_one_out(value, &without)
    } else {
        (None, 0.0)
    };
    Some(Jackknife {
        estimate: Estimate::new(value, error, n as f64 - 1.0, n)?,
        bias,
    })
}

/// Standard error and bias from the values without each of the units in turn.
pub(crate) fn leave_one_out(value: f64, without: &[f64]) -> (Option<f64>, f64) {
    let Some((n, mean, squares)) = moments(without) else {
        return (None, 0.0);
    };
    let less = n as f64 - 1.0;
    let bias = less * (mean - value);
    (
        Some((less / n as f64 * squares).sqrt()),
        if bias.is_finite() { bias } else { 0.0 },
    )
}

/// Sample variance (divisor n - 1) of one number per replication, with the jackknife's standard error. `None` below
/// two replications, no standard error below three.
pub fn variance(samples: &[f64]) -> Option<Estimate> {
    let (n, mean, squares) = moments(samples)?;
    if n < 2 {
        return None;
    }
    let size = n as f64;
    let error = (n >= 3).then(|| {
        // Without x the sum of squares falls by n/(n-1) (x - mean)^2.
        let without: Vec<f64> = samples
            .iter()
            .map(|x| (squares - size / (size - 1.0) * (x - mean) * (x - mean)) / (size - 2.0))
            .collect();
        leave_one_out(squares / (size - 1.0), &without).0
    });
    Estimate::new(squares / (size - 1.0), error.flatten(), size - 1.0, n)
}

/// Variance of an observation within and between replications together (the variance of a wait, say), from each
/// replication's `[count, sum, sum of squares]`: a ratio of means, jackknifed, less its bias. Sums about a common
/// origin near the mean keep their digits. `None` where nothing was counted.
pub fn pooled_variance(rows: &[[f64; 3]]) -> Option<Estimate> {
    jackknife(rows, |&[count, sum, squares]| {
        (count > 0.0).then(|| (squares / count - sum / count * (sum / count)).max(0.0))
    })
    .map(|j| j.corrected())
}

/// Asymptotic variance of a time average: `length` times the variance of the averages over independent runs or long
/// batches of that length (batch means: Conway 1963; Schmeiser 1982).
pub fn asymptotic_variance(averages: &[f64], length: f64) -> Option<Estimate> {
    variance(averages)?.scaled(length)
}

/// Count, mean and sum of squared deviations.
fn moments(samples: &[f64]) -> Option<(usize, f64, f64)> {
    if samples.is_empty() {
        return None;
    }
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    let squares = samples.iter().map(|x| (x - mean) * (x - mean)).sum();
    Some((samples.len(), mean, squares))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Stream, close};
    use proptest::prelude::*;

    /// Runs 2,000 experiments and asserts that the coverage of their 95 % intervals is `nominal` up to the binomial
    /// error that a true coverage inside `nominal` +- `slack` exceeds with probability below 1e-6 (two tails).
    #[track_caller]
    fn check_coverage(truth: f64, slack: f64, mut experiment: impl FnMut() -> Option<Estimate>) {
        let n = 2000;
        let mut hits = 0;
        for _ in 0..n {
            hits += u64::from(experiment().unwrap().interval(0.95).unwrap().covers(truth));
        }
        let low = special::binomial_tails(hits, n, 0.95 - slack).0;
        let high = special::binomial_tails(hits, n, (0.95 + slack).min(1.0)).1;
        assert!(low > 5e-7 && high > 5e-7, "covered {hits} of {n}");
    }

    #[test]
    fn the_mean_of_known_numbers() {
        let estimate = mean(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!(estimate.value, 2.5);
        close(
            estimate.standard_error.unwrap(),
            (5.0f64 / 3.0 / 4.0).sqrt(),
            1e-15,
        );
        let interval = estimate.interval(0.95).unwrap();
        // t(3, .975) = 3.182446305 (published tables)
        close(
            interval.half_width,
            3.182_446_305_284_263 * (5.0f64 / 12.0).sqrt(),
            1e-10,
        );
        assert_eq!(interval.n, 4);
        close(
            interval.relative_half_width().unwrap(),
            interval.half_width / 2.5,
            1e-15,
        );
    }

    #[test]
    fn too_little_gives_none_and_never_nan() {
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[1.0]).unwrap().interval(0.95), None);
        assert_eq!(mean(&[f64::NAN, 1.0]), None);
        assert_eq!(ratio(&[]), None);
        assert_eq!(ratio(&[Fraction::default(); 3]), None);
        let one = Fraction {
            numerator: 1.0,
            denominator: 2.0,
        };
        assert_eq!(ratio(&[one]).unwrap().interval(0.95), None);
        assert_eq!(variance(&[1.0]), None);
        assert_eq!(variance(&[1.0, 2.0]).unwrap().interval(0.95), None);
        assert_eq!(pooled_variance(&[[0.0; 3]; 4]), None);
        assert_eq!(mean(&[1.0, 2.0]).unwrap().interval(1.0), None);
        // One denominator alone: without it the ratio is not defined.
        let rows = [[1.0, 2.0], [0.0, 0.0]];
        let jack = jackknife(&rows, |&[x, y]| (y > 0.0).then_some(x / y)).unwrap();
        assert_eq!((jack.estimate.value, jack.estimate.standard_error), (0.5, None));
    }

    #[test]
    fn no_spread_gives_an_interval_of_width_zero() {
        let estimate = mean(&[2.0; 5]).unwrap();
        assert_eq!(estimate.interval(0.95).unwrap().half_width, 0.0);
        assert_eq!(estimate.normal_score(2.0), Some(0.0));
        assert_eq!(estimate.normal_score(1.0), Some(f64::INFINITY));
    }

    #[test]
    fn a_ratio_by_hand() {
        let rows = [(1.0, 2.0), (3.0, 4.0), (2.0, 6.0)].map(|(numerator, denominator)| Fraction {
            numerator,
            denominator,
        });
        let estimate = ratio(&rows).unwrap();
        close(estimate.value, 0.5, 1e-15);
        // Residuals 0, 1, -1; mean denominator 4.
        close(
            estimate.standard_error.unwrap(),
            (2.0f64 / 6.0).sqrt() / 4.0,
            1e-14,
        );
    }

    #[test]
    fn pooled_variance_of_one_number_each_is_the_sample_variance() {
        let samples = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        let rows = samples.map(|x| [1.0, x, x * x]);
        let (pooled, plain) = (pooled_variance(&rows).unwrap(), variance(&samples).unwrap());
        close(pooled.value, plain.value, 1e-12);
        // Leaving one out of n shrinks a plug-in variance by (n-2)/(n-1) more than the sample variance.
        close(
            pooled.standard_error.unwrap() * 7.0 / 6.0,
            plain.standard_error.unwrap(),
            1e-12,
        );
    }

    #[test]
    fn mean_and_ratio_intervals_cover() {
        let mut stream = Stream::new(11);
        check_coverage(3.0, 0.0, || {
            mean(&core::array::from_fn::<f64, 10, _>(|_| 3.0 + stream.normal()))
        });
        // Ratio of sums with a random, correlated denominator; its true value is 0.5. The delta method is asymptotic:
        // at 60 replications it is allowed 1.5 points.
        check_coverage(0.5, 0.015, || {
            let rows: Vec<Fraction> = (0..60)
                .map(|_| {
                    let denominator = 5.0 + stream.exponential();
                    Fraction {
                        numerator: 0.5 * denominator + stream.normal(),
                        denominator,
                    }
                })
                .collect();
            ratio(&rows)
        });
    }

    #[test]
    fn variance_intervals_cover() {
        let mut stream = Stream::new(12);
        // The jackknife of a variance is asymptotic too: 2 points at 100 replications.
        check_coverage(4.0, 0.02, || {
            let samples: Vec<f64> = (0..100).map(|_| 2.0 * stream.normal()).collect();
            variance(&samples)
        });
        check_coverage(1.0, 0.02, || {
            let rows: Vec<[f64; 3]> = (0..100)
                .map(|_| {
                    let mut row = [0.0; 3];
                    for _ in 0..5 {
                        let x = stream.normal();
                        row[0] += 1.0;
                        row[1] += x;
                        row[2] += x * x;
                    }
                    row
                })
                .collect();
            pooled_variance(&rows)
        });
    }

    #[test]
    fn the_asymptotic_variance_of_independent_steps_is_theirs() {
        let mut stream = Stream::new(13);
        let averages: Vec<f64> = (0..400)
            .map(|_| (0..50).map(|_| stream.normal()).sum::<f64>() / 50.0)
            .collect();
        // |z| <= 4.3 fails with probability 2e-5 for a true estimator; the seed is fixed.
        let z = asymptotic_variance(&averages, 50.0)
            .unwrap()
            .normal_score(1.0)
            .unwrap();
        assert!(z.abs() < 4.3, "{z}");
    }

    proptest! {
        #[test]
        fn the_jackknife_of_a_mean_is_the_mean(samples in proptest::collection::vec(-1e3..1e3f64, 2..50)) {
            let rows: Vec<[f64; 1]> = samples.iter().map(|&x| [x]).collect();
            let jack = jackknife(&rows, |&[x]| Some(x)).unwrap();
            let plain = mean(&samples).unwrap();
            prop_assert!((jack.estimate.value - plain.value).abs() < 1e-9);
            prop_assert!((jack.estimate.standard_error.unwrap() - plain.standard_error.unwrap()).abs() < 1e-8);
            prop_assert!(jack.bias.abs() < 1e-8);
        }

        #[test]
        fn the_jackknife_of_a_linear_function_is_exact(
            rows in proptest::collection::vec([0.0..1e2f64, 0.0..1e2f64], 2..50),
        ) {
            let jack = jackknife(&rows, |&[x, y]| Some(2.0 * x - y)).unwrap();
            let combined: Vec<f64> = rows.iter().map(|[x, y]| 2.0 * x - y).collect();
            let plain = mean(&combined).unwrap();
            prop_assert!((jack.estimate.standard_error.unwrap() - plain.standard_error.unwrap()).abs() < 1e-8);
        }

        #[test]
        fn the_jackknife_of_the_plug_in_variance_is_unbiased(
            samples in proptest::collection::vec(-1e2..1e2f64, 3..40),
        ) {
            // The closed form: the corrected plug-in variance is the sample variance (Quenouille 1956).
            let rows: Vec<[f64; 2]> = samples.iter().map(|&x| [x, x * x]).collect();
            let jack = jackknife(&rows, |&[m, s]| Some(s - m * m)).unwrap();
            let plain = variance(&samples).unwrap();
            prop_assert!((jack.corrected().value - plain.value).abs() < 1e-6);
            let n = samples.len() as f64;
            let error = jack.estimate.standard_error.unwrap() * (n - 1.0) / (n - 2.0);
            prop_assert!((error - plain.standard_error.unwrap()).abs() < 1e-6);
        }

        #[test]
        fn a_ratio_of_equal_denominators_is_a_mean(samples in proptest::collection::vec(0.0..10.0f64, 2..50)) {
            let rows: Vec<Fraction> =
                samples.iter().map(|&x| Fraction { numerator: x, denominator: 4.0 }).collect();
            let (ratio, mean) = (ratio(&rows).unwrap(), mean(&samples).unwrap());
            prop_assert!((4.0 * ratio.value - mean.value).abs() < 1e-9);
            prop_assert!((4.0 * ratio.standard_error.unwrap() - mean.standard_error.unwrap()).abs() < 1e-9);
        }

        #[test]
        fn more_confidence_is_wider(samples in proptest::collection::vec(-10.0..10.0f64, 2..20), c in 0.5..0.98f64) {
            let estimate = mean(&samples).unwrap();
            let (narrow, wide) = (estimate.interval(c).unwrap(), estimate.interval(c + 0.01).unwrap());
            prop_assert!(narrow.half_width <= wide.half_width);
            prop_assert!(narrow.lower <= narrow.value && narrow.value <= narrow.upper);
        }
    }
}
