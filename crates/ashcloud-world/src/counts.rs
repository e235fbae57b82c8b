//! Random whole numbers: geometric, Poisson, binomial. Small means by inversion of one word; large ones are split
//! exactly through gamma and beta variates, so the cost grows with the logarithm of the mean.

use crate::laws::gamma;
use crate::rng::Draw;
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

/// Poisson with this mean; 0 for a mean that is not above 0, and the mean of at most 1e15.
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
    let mut term = libm::exp(-mean);
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
