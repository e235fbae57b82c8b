//! Goodness of fit: does a sample follow a law, do two samples follow the same one?

use core::f64::consts::PI;

use crate::special;

/// A test's outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The test statistic.
    pub statistic: f64,
    /// Probability of a statistic at least as large if the hypothesis holds, 0 to 1.
    pub p_value: f64,
}

/// One-sample Kolmogorov-Smirnov test against a continuous distribution function. Exact up to 500 values, asymptotic with
/// Vrbik's correction beyond (error of the p-value below 0.0002). `None` without values or where some value or
/// probability is NaN.
pub fn kolmogorov_smirnov(sample: &[f64], cdf: impl Fn(f64) -> f64) -> Option<Test> {
    let sorted = ascending(sample)?;
    let n = sorted.len() as f64;
    let mut statistic = 0.0f64;
    for (i, &x) in sorted.iter().enumerate() {
        let p = cdf(x);
        if p.is_nan() {
            return None;
        }
        statistic = statistic.max(p - i as f64 / n).max((i + 1) as f64 / n - p);
    }
    Some(Test {
        statistic,
        p_value: kolmogorov_p_value(sorted.len(), statistic),
    })
}

/// Two-sample Kolmogorov-Smirnov test, asymptotic with Stephens's correction (for 20 values and more each). Ties are
/// allowed and make it conservative. `None` where a sample is empty or holds NaN.
pub fn kolmogorov_smirnov_two(a: &[f64], b: &[f64]) -> Option<Test> {
    let (a, b) = (ascending(a)?, ascending(b)?);
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut statistic) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        while i < a.len() && a[i] <= x {
            i += 1;
        }
        while j < b.len() && b[j] <= x {
            j += 1;
        }
        statistic = statistic.max((i as f64 / n - j as f64 / m).abs());
    }
    Some(Test {
        statistic,
        p_value: stephens(n * m / (n + m), statistic),
    })
}

/// Pearson's chi-square test of counts against expected counts (Pearson 1900), with `fitted` parameters estimated
/// from the same counts. Cells should expect 5 or more: pool them first. `None` where lengths differ, no degree of
/// freedom is left, or an expected count is not positive.
pub fn chi_square(observed: &[u64], expected: &[f64], fitted: usize) -> Option<Test> {
    let degrees = observed.len().checked_sub(1 + fitted).filter(|&d| d > 0)?;
    if observed.len() != expected.len() || !expected.iter().all(|&e| e > 0.0 && e.is_finite()) {
        return None;
    }
    let statistic = observed
        .iter()
        .zip(expected)
        .map(|(&count, e)| (count as f64 - e) * (count as f64 - e) / e)
        .sum();
    Some(Test {
        statistic,
        p_value: special::chi_square_tails(statistic, degrees as f64).upper,
    })
}

/// Anderson-Darling test against a continuous distribution function, sharper in the tails; the p-value's error is
/// below 1e-4 for 8 values and more (Marsaglia & Marsaglia 2004). `None` without values or where some value or
/// probability is NaN.
pub fn anderson_darling(sample: &[f64], cdf: impl Fn(f64) -> f64) -> Option<Test> {
    let sorted = ascending(sample)?;
    let probabilities: Vec<f64> = sorted.iter().map(|&x| cdf(x)).collect();
    if probabilities.iter().any(|p| p.is_nan()) {
        return None;
    }
    let n = probabilities.len() as f64;
    let sum: f64 = probabilities
        .iter()
        .zip(probabilities.iter().rev())
        .enumerate()
        .map(|(i, (&p, &q))| (2 * i + 1) as f64 * (libm::log(p) + libm::log1p(-q)))
        .sum();
    let statistic = -n - sum / n;
    // A value where the law has none makes the statistic infinite.
    let p_value = if statistic.is_finite() {
        1.0 - anderson_darling_cdf(n, statistic)
    } else {
        0.0
    };
    Some(Test {
        statistic,
        p_value: p_value.clamp(0.0, 1.0),
    })
}

/// P(D >= d) of the one-sample Kolmogorov-Smirnov statistic of `n` values.
fn kolmogorov_p_value(n: usize, d: f64) -> f64 {
    let size = n as f64;
    if d <= 0.5 / size {
        1.0
    } else if n > 500 || size * d * d > 18.0 {
        // Beyond 18 the p-value is below 1e-15 either way.
        corrected(size, d)
    } else {
        (1.0 - kolmogorov_cdf(n, d)).clamp(0.0, 1.0)
    }
}

/// Limit law of the one-sample statistic at an argument corrected to the order 1/n (Vrbik 2018).
fn corrected(n: f64, d: f64) -> f64 {
    let x = n.sqrt() * d;
    kolmogorov_limit(x + 1.0 / (6.0 * n.sqrt()) + (x - 1.0) / (4.0 * n))
}

/// Limit law of the two-sample statistic at a corrected argument (Stephens 1970).
fn stephens(n: f64, d: f64) -> f64 {
    let root = n.sqrt();
    kolmogorov_limit((root + 0.12 + 0.11 / root) * d)
}

/// Upper tail of Kolmogorov's limit law (Kolmogorov 1933), by whichever of its two series converges fast.
fn kolmogorov_limit(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let mut sum = 0.0;
    if x < 1.0 {
        for k in 0..10 {
            let odd = f64::from(2 * k + 1);
            sum += libm::exp(-odd * odd * PI * PI / (8.0 * x * x));
        }
        (1.0 - (2.0 * PI).sqrt() / x * sum).clamp(0.0, 1.0)
    } else {
        for k in 1..10 {
            let k = f64::from(k);
            let sign = if k % 2.0 == 0.0 { -1.0 } else { 1.0 };
            sum += sign * libm::exp(-2.0 * k * k * x * x);
        }
        (2.0 * sum).clamp(0.0, 1.0)
    }
}

/// P(D < d) exactly (Marsaglia, Tsang & Wang 2003): an entry of the n-th power of a matrix, times n!/n^n.
fn kolmogorov_cdf(n: usize, d: f64) -> f64 {
    let size = n as f64;
    let k = (size * d).floor() as usize + 1;
    let m = 2 * k - 1;
    let h = k as f64 - size * d;
    let mut powers = vec![1.0; m + 1];
    for i in 1..=m {
        powers[i] = powers[i - 1] * h;
    }
    let mut matrix = vec![0.0; m * m];
    for i in 0..m {
        for j in 0..m {
            matrix[i * m + j] = if i + 1 < j { 0.0 } else { 1.0 };
        }
    }
    for i in 0..m {
        matrix[i * m] -= powers[i + 1];
        matrix[(m - 1) * m + i] -= powers[m - i];
    }
    if 2.0 * h > 1.0 {
        matrix[(m - 1) * m] += (0..m).fold(1.0, |p, _| p * (2.0 * h - 1.0));
    }
    for i in 0..m {
        for j in 0..m.min(i + 1) {
            for g in 1..=i + 1 - j {
                matrix[i * m + j] /= g as f64;
            }
        }
    }
    let (result, mut exponent) = power(&matrix, m, n);
    let mut entry = result[(k - 1) * m + k - 1];
    for i in 1..=n {
        entry *= i as f64 / size;
        if entry < 1e-140 {
            entry *= 1e140;
            exponent -= 140;
        }
    }
    while exponent > 0 {
        entry *= 1e140;
        exponent -= 140;
    }
    while exponent < 0 {
        entry *= 1e-140;
        exponent += 140;
    }
    entry
}

/// The n-th power of an m x m matrix, as a matrix and a decimal exponent.
fn power(matrix: &[f64], m: usize, n: usize) -> (Vec<f64>, i32) {
    if n == 1 {
        return (matrix.to_vec(), 0);
    }
    let (half, exponent) = power(matrix, m, n / 2);
    let mut square = product(&half, &half, m);
    let mut exponent = 2 * exponent;
    if n % 2 == 1 {
        square = product(&square, matrix, m);
    }
    if square[(m / 2) * m + m / 2] > 1e140 {
        for x in &mut square {
            *x *= 1e-140;
        }
        exponent += 140;
    }
    (square, exponent)
}

fn product(a: &[f64], b: &[f64], m: usize) -> Vec<f64> {
    let mut c = vec![0.0; m * m];
    for i in 0..m {
        for k in 0..m {
            let x = a[i * m + k];
            for j in 0..m {
                c[i * m + j] += x * b[k * m + j];
            }
        }
    }
    c
}

/// Distribution function of the Anderson-Darling statistic of `n` values: the limit law, and a correction for finite
/// `n` (Marsaglia & Marsaglia 2004, whose coefficients these are).
fn anderson_darling_cdf(n: f64, z: f64) -> f64 {
    if z <= 0.0 {
        return 0.0;
    }
    let poly = |coefficients: &[f64], x: f64| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    let limit = if z < 2.0 {
        let series = poly(
            &[
                2.00012,
                0.247_105,
                -0.064_982_1,
                0.034_796_2,
                -0.011_672,
                0.001_686_91,
            ],
            z,
        );
        libm::exp(-1.233_714_1 / z) / z.sqrt() * series
    } else {
        let series = poly(
            &[1.0776, -2.30695, 0.43424, -0.082_433, 0.008_056, -0.000_314_6],
            z,
        );
        libm::exp(-libm::exp(series))
    };
    let crossing = 0.01265 + 0.1757 / n;
    let correction = if limit > 0.8 {
        poly(
            &[-130.2137, 745.2337, -1705.091, 1950.646, -1116.360, 255.7844],
            limit,
        ) / n
    } else if limit < crossing {
        let v = limit / crossing;
        v.sqrt() * (1.0 - v) * (49.0 * v - 102.0) * (0.0037 / (n * n) + 0.00078 / n + 0.00006) / n
    } else {
        let v = (limit - crossing) / (0.8 - crossing);
        poly(&[-0.000_226_33, 6.54034, -14.6538, 14.458, -8.259, 1.91864], v) * (0.04213 + 0.01365 / n) / n
    };
    limit + correction
}

fn ascending(sample: &[f64]) -> Option<Vec<f64>> {
    if sample.is_empty() || sample.iter().any(|x| x.is_nan()) {
        return None;
    }
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Stream, close};

    #[test]
    fn kolmogorov_matches_exact_values() {
        // By integrating the law of the order statistics piece by piece in exact fractions.
        close(kolmogorov_cdf(10, 0.274), 0.628_479_615_456_504_3, 1e-13);
        close(kolmogorov_cdf(20, 0.2), 0.647_279_826_376_584, 1e-13);
        close(kolmogorov_cdf(60, 0.15), 0.878_894_650_494_103_5, 1e-13);
        // By hand: P(D_1 < d) = 2d - 1 for d >= 1/2.
        close(kolmogorov_cdf(1, 0.75), 0.5, 1e-15);
        // The limit law (mpmath).
        close(kolmogorov_limit(0.5), 0.963_945_243_664_875, 1e-12);
        close(kolmogorov_limit(1.5), 0.022_217_962_616_525_13, 1e-12);
    }

    #[test]
    fn the_asymptotic_law_continues_the_exact_one() {
        for d in [0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08] {
            let (exact, limit) = (1.0 - kolmogorov_cdf(500, d), corrected(500.0, d));
            assert!((exact - limit).abs() < 0.0002, "{d}: {exact} {limit}");
        }
    }

    #[test]
    fn statistics_by_hand() {
        let test = kolmogorov_smirnov(&[0.5, 0.1], |x| x).unwrap();
        assert_eq!(test.statistic, 0.5);
        // P(D_2 >= 1/2) = 1/2 (from the exact law: 1 - 2 (2d - 1/2)^2 at d = 1/2).
        close(test.p_value, 0.5, 1e-12);
        assert_eq!(
            kolmogorov_smirnov_two(&[1.0, 2.0], &[3.0, 4.0])
                .unwrap()
                .statistic,
            1.0
        );
        assert_eq!(
            kolmogorov_smirnov_two(&[1.0, 2.0], &[1.0, 2.0])
                .unwrap()
                .statistic,
            0.0
        );
        let test = chi_square(&[10, 20, 30], &[20.0, 20.0, 20.0], 0).unwrap();
        assert_eq!(test.statistic, 10.0);
        // Two degrees of freedom: exp(-x/2).
        close(test.p_value, libm::exp(-5.0), 1e-13);
        assert_eq!(chi_square(&[1, 2], &[1.5, 1.5], 1), None);
        assert_eq!(chi_square(&[1, 2], &[3.0, 0.0], 0), None);
        assert_eq!(kolmogorov_smirnov(&[], |x| x), None);
        assert_eq!(kolmogorov_smirnov(&[f64::NAN], |x| x), None);
        assert_eq!(
            anderson_darling(&[0.5, 2.0], |x| x.min(1.0)).unwrap().p_value,
            0.0
        );
    }

    #[test]
    fn anderson_darling_matches_published_percentage_points() {
        // Upper 10, 5 and 1 % points of the limit law (Stephens 1974): 1.933, 2.492, 3.857 (3.878 after Marsaglia).
        for (z, p, within) in [(1.933, 0.10, 2e-4), (2.492, 0.05, 2e-4), (3.878, 0.01, 1e-4)] {
            let upper = 1.0 - anderson_darling_cdf(1e9, z);
            assert!((upper - p).abs() < within, "{z}: {upper}");
        }
    }

    #[test]
    fn p_values_are_uniform_under_the_hypothesis() {
        // 1,000 samples of 20 each; their p-values are tested once more. At 1e-6 each of the three fails by chance with
        // that probability.
        let mut stream = Stream::new(41);
        let (mut one, mut two, mut tails) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..1000 {
            let sample: Vec<f64> = (0..20).map(|_| stream.uniform()).collect();
            let other: Vec<f64> = (0..400).map(|_| stream.uniform()).collect();
            one.push(kolmogorov_smirnov(&sample, |x| x).unwrap().p_value);
            tails.push(anderson_darling(&sample, |x| x).unwrap().p_value);
            two.push(kolmogorov_smirnov_two(&sample, &other).unwrap().p_value);
        }
        for p_values in [one, tails, two] {
            assert!(kolmogorov_smirnov(&p_values, |x| x).unwrap().p_value > 1e-6);
        }
    }

    #[test]
    fn wrong_laws_are_seen() {
        let mut stream = Stream::new(42);
        let sample: Vec<f64> = (0..1000).map(|_| stream.exponential() * 1.3).collect();
        let cdf = |x: f64| -libm::expm1(-x);
        assert!(kolmogorov_smirnov(&sample, cdf).unwrap().p_value < 1e-6);
        assert!(anderson_darling(&sample, cdf).unwrap().p_value < 1e-6);
    }
}
