//! Random whole numbers: geometric, Poisson, binomial. Small means by inversion of one word; large ones are split
//! exactly through gamma and beta variates, so the cost grows with the logarithm of the mean.

use crate::laws::gamma;
use crate::rng::Draw;
use crate::special::exp;
use crate::ziggurat::Exponential;

/// Below this mean a count is found by walking up its distribution function.
const WALK: f64 = 12.0;

/// Geometric on 1, 2, 3, ... with this mean (at least 1).
pub fn geometric(draw: &mut Draw, mean: f64) -> u64 {
    if mean <= 1.0 {
        return 1;
    }
    // A rounded-down exponential is geometric (Devroye, 1986, X.2).
    let x = Exponential::tables().sample(draw) / -libm::log1p(-1.0 / mean);
    1_u64.saturating_add(x as u64)
}

/// Poisson with this mean; 0 for a mean that is not above 0. A mean above 1e15 is taken as 1e15.
pub fn poisson(draw: &mut Draw, mean: f64) -> u64 {
    if mean.is_nan() || mean <= 0.0 {
        return 0;
    }
    let mut mean = mean.min(1e15);
    let mut count = 0;
    while mean > WALK {
        // The m-th point of a unit Poisson process is Gamma(m): before it lie m - 1 points, behind it a fresh process
        // (Ahrens and Dieter, 1974).
        let m = (mean * 0.875) as u64;
        let x = gamma(draw, m as f64);
        if x > mean {
            return count + binomial(draw, m - 1, mean / x);
        }
        count += m;
        mean -= x;
    }
    let u = draw.uniform();
    // exp(-x) is at least 1 - x, so that small means mostly do without it.
    if u < 1.0 - mean {
        return count;
    }
    let mut term = exp(-mean);
    let mut below = term;
    let mut k = 0_u64;
    while u >= below {
        k += 1;
        term *= mean / k as f64;
        if below + term == below {
            break;
        }
        below += term;
    }
    count + k
}

/// Successes in `n` trials of probability `p`; `p` outside 0 to 1 is taken as the nearer end.
pub fn binomial(draw: &mut Draw, mut n: u64, mut p: f64) -> u64 {
    let mut count = 0;
    loop {
        if n == 0 || p.is_nan() || p <= 0.0 {
            return count;
        }
        if p >= 1.0 {
            return count + n;
        }
        if n as f64 * p.min(1.0 - p) <= WALK {
            break;
        }
        // A success is a uniform number below p: where the median of n uniform numbers (a beta variate) falls tells half
        // of them (Ahrens and Dieter, 1974; Devroye, 1986, X.4.4).
        let i = n.div_ceil(2);
        let a = gamma(draw, i as f64);
        let b = gamma(draw, (n + 1 - i) as f64);
        let median = a / (a + b);
        if median <= p {
            count += i;
            n -= i;
            p = (p - median) / (1.0 - median);
        } else {
            n = i - 1;
            p /= median;
        }
    }
    let flipped = p > 0.5;
    let q = if flipped { 1.0 - p } else { p };
    let odds = q / (1.0 - q);
    let u = draw.uniform();
    let mut term = libm::exp(n as f64 * libm::log1p(-q));
    let mut below = term;
    let mut k = 0_u64;
    while u >= below && k < n {
        term *= odds * (n - k) as f64 / (k + 1) as f64;
        k += 1;
        if below + term == below {
            break;
        }
        below += term;
    }
    count + if flipped { n - k } else { k }
}

#[cfg(test)]
mod tests {
    use rand_distr::Distribution;

    use super::*;
    use crate::check::{moments, same_counts};
    use crate::rng::{Key, Purpose};

    const N: u64 = 20_000;

    /// Against an independent implementation (chi-square, error rate 1e-6) and against mean and variance (2e-6).
    fn check(
        name: &str,
        ours: impl Fn(&mut Draw) -> u64,
        theirs: impl Fn(&mut Draw) -> f64,
        mean: f64,
        variance: f64,
    ) {
        let (a, b) = (
            Key::new(1, 0, Purpose::Offspring, 0),
            Key::new(1, 0, Purpose::StormCount, 0),
        );
        let a: Vec<u64> = (0..N).map(|i| ours(&mut a.draw(i))).collect();
        let b: Vec<u64> = (0..N).map(|i| theirs(&mut b.draw(i)) as u64).collect();
        if mean < 1e5 {
            same_counts(name, &a, &b);
        }
        moments(
            name,
            &a.iter().map(|&x| x as f64).collect::<Vec<_>>(),
            mean,
            variance,
        );
    }

    #[test]
    fn poisson_is_poisson() {
        for mean in [0.01, 0.25, 1.0, 7.5, 12.0, 12.5, 40.0, 1000.0, 1e7] {
            let theirs = rand_distr::Poisson::new(mean).unwrap();
            check("poisson", |d| poisson(d, mean), |d| theirs.sample(d), mean, mean);
        }
        let mut draw = Key::default().draw(0);
        assert_eq!(
            (
                poisson(&mut draw, 0.0),
                poisson(&mut draw, -1.0),
                poisson(&mut draw, f64::NAN)
            ),
            (0, 0, 0)
        );
    }

    #[test]
    fn binomial_is_binomial() {
        for (n, p) in [
            (1, 0.3),
            (10, 0.5),
            (20, 0.9),
            (1000, 0.01),
            (1000, 0.02),
            (1000, 0.5),
            (5000, 0.999),
            (100_000, 0.02),
        ] {
            let theirs = rand_distr::Binomial::new(n, p).unwrap();
            let (mean, variance) = (n as f64 * p, n as f64 * p * (1.0 - p));
            check(
                "binomial",
                |d| binomial(d, n, p),
                |d| theirs.sample(d) as f64,
                mean,
                variance,
            );
        }
        let mut draw = Key::default().draw(0);
        assert_eq!(
            (
                binomial(&mut draw, 9, 0.0),
                binomial(&mut draw, 9, 1.0),
                binomial(&mut draw, 0, 0.5)
            ),
            (0, 9, 0)
        );
        assert_eq!(binomial(&mut draw, 9, f64::NAN), 0);
    }

    #[test]
    fn geometric_is_geometric() {
        for mean in [1.01, 2.0, 2.5, 15.0] {
            let p = 1.0 / mean;
            let theirs = rand_distr::Geometric::new(p).unwrap();
            check(
                "geometric",
                |d| geometric(d, mean),
                |d| theirs.sample(d) as f64 + 1.0,
                mean,
                (1.0 - p) / (p * p),
            );
        }
        assert_eq!(geometric(&mut Key::default().draw(0), 1.0), 1);
    }

    #[test]
    fn counts_keep_their_values() {
        let values = |f: &dyn Fn(&mut Draw) -> u64| {
            let key = Key::new(1, 0, Purpose::Offspring, 0);
            [f(&mut key.draw(0)), f(&mut key.draw(1)), f(&mut key.draw(2))]
        };
        assert_eq!(values(&|d| poisson(d, 0.75)), [0, 1, 1]);
        assert_eq!(values(&|d| poisson(d, 1e6)), [999_846, 998_783, 999_498]);
        assert_eq!(values(&|d| binomial(d, 100_000, 0.02)), [1_996, 1_994, 2_073]);
        assert_eq!(values(&|d| geometric(d, 2.5)), [1, 4, 2]);
    }
}
