//! Distribution functions of laws: how likely a time is over by then.

use crate::spec::{Law, Points};

/// Probability that a value of the law is at most `x`.
pub(crate) fn at_most(law: &Law, x: f64) -> f64 {
    if x < 0.0 {
        return 0.0;
    }
    match law {
        Law::Constant(value) => f64::from(u8::from(*value <= x)),
        Law::Exponential(mean) => -libm::expm1(-x / mean),
        Law::Erlang { shape, mean } => gamma_below(f64::from(*shape), x * f64::from(*shape) / mean),
        Law::Hyperexponential(branches) => branches
            .iter()
            .map(|(share, mean)| share * -libm::expm1(-x / mean))
            .sum(),
        Law::Uniform { low, high } => {
            if high > low {
                ((x - low) / (high - low)).clamp(0.0, 1.0)
            } else {
                f64::from(u8::from(*low <= x))
            }
        }
        Law::Triangular { low, mode, high } => triangular(*low, *mode, *high, x),
        Law::Lognormal { mu, sigma } => {
            let score = (libm::log(x) - mu) / sigma;
            0.5 * libm::erfc(-score / std::f64::consts::SQRT_2)
        }
        Law::Gamma { shape, scale } => gamma_below(*shape, x / scale),
        Law::Weibull { shape, scale } => -libm::expm1(-libm::pow(x / scale, *shape)),
        Law::Pareto { alpha, minimum } => {
            if x > *minimum {
                1.0 - libm::pow(minimum / x, *alpha)
            } else {
                0.0
            }
        }
        Law::Empirical(values) => {
            values.iter().filter(|&&value| value <= x).count() as f64 / values.len().max(1) as f64
        }
        Law::Points(points) => by_points(points, x),
        Law::Least(laws) => 1.0 - laws.iter().map(|law| 1.0 - at_most(law, x)).product::<f64>(),
    }
}

fn triangular(low: f64, mode: f64, high: f64, x: f64) -> f64 {
    if x <= low {
        0.0
    } else if x >= high {
        1.0
    } else if x <= mode {
        (x - low) * (x - low) / ((high - low) * (mode - low))
    } else {
        1.0 - (high - x) * (high - x) / ((high - low) * (high - mode))
    }
}

/// Straight between the points; behind the last the tail, given that it lies between there and the cut.
fn by_points(points: &Points, x: f64) -> f64 {
    if x >= points.cut {
        return 1.0;
    }
    let mut before = (0.0, 0.0);
    for &(value, below) in &points.knots {
        if x < value {
            let step = (x - before.0) / (value - before.0);
            return before.1 + (below - before.1) * step;
        }
        before = (value, below);
    }
    let Some(tail) = &points.tail else {
        return 1.0;
    };
    let reached = at_most(tail, before.0);
    let most = if points.cut.is_finite() {
        at_most(tail, points.cut)
    } else {
        1.0
    };
    if most <= reached {
        return before.1;
    }
    let share = ((at_most(tail, x) - reached) / (most - reached)).clamp(0.0, 1.0);
    before.1 + (1.0 - before.1) * share
}

/// The regularised lower incomplete gamma function: its series below shape + 1, the continued fraction of its complement
/// above (Abramowitz and Stegun 1964, 6.5.29 and 6.5.31; Lentz's evaluation).
fn gamma_below(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = libm::exp(shape * libm::log(x) - x - libm::lgamma(shape));
    if x < shape + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / shape, 1.0 / shape, shape);
        for _ in 0..10_000 {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * 1e-15 {
                break;
            }
        }
        return (front * sum).min(1.0);
    }
    let mut b = x + 1.0 - shape;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let a = -i * (i - shape);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    (1.0 - front * fraction).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(law: &Law, x: f64, expected: f64) {
        let found = at_most(law, x);
        assert!((found - expected).abs() < 1e-9, "{law:?} at {x}: {found}");
    }

    /// Closed forms, and values of the gamma and normal laws by scipy 1.14.
    #[test]
    fn distribution_functions_have_known_values() {
        check(&Law::Constant(3.0), 2.9, 0.0);
        check(&Law::Constant(3.0), 3.0, 1.0);
        check(&Law::Exponential(2.0), 2.0, 1.0 - (-1.0_f64).exp());
        let two = Law::Erlang { shape: 2, mean: 2.0 };
        check(&two, 1.0, 1.0 - 2.0 * (-1.0_f64).exp());
        check(&two, 9.0, 1.0 - 10.0 * (-9.0_f64).exp());
        let half = Law::Gamma {
            shape: 0.5,
            scale: 2.0,
        };
        // The square of a normal score.
        check(&half, 1.0, 0.682_689_492_137_085_9);
        check(&half, 4.0, 0.954_499_736_103_641_6);
        check(&Law::Lognormal { mu: 1.0, sigma: 0.5 }, 1.0_f64.exp(), 0.5);
        check(
            &Law::Lognormal { mu: 0.0, sigma: 1.0 },
            1.96_f64.exp(),
            0.975_002_104_851_779_5,
        );
        let weibull = Law::Weibull {
            shape: 2.0,
            scale: 3.0,
        };
        check(&weibull, 3.0, 1.0 - (-1.0_f64).exp());
        let pareto = Law::Pareto {
            alpha: 2.0,
            minimum: 1.0,
        };
        check(&pareto, 2.0, 0.75);
        check(&Law::Uniform { low: 1.0, high: 3.0 }, 1.5, 0.25);
        let triangle = Law::Triangular {
            low: 0.0,
            mode: 1.0,
            high: 2.0,
        };
        check(&triangle, 1.0, 0.5);
        check(&triangle, 1.5, 0.875);
        let empirical = Law::Empirical([1.0, 2.0, 2.0, 5.0].into());
        check(&empirical, 2.0, 0.75);
        let least = Law::Least([Law::Exponential(2.0), Law::Exponential(2.0)].into());
        check(&least, 1.0, 1.0 - (-1.0_f64).exp());
    }

    #[test]
    fn points_are_joined_by_lines_and_followed_by_their_tail() {
        let points = Law::Points(
            Points {
                knots: vec![(2.0, 0.4), (4.0, 0.8)],
                tail: Some(Law::Exponential(1.0)),
                cut: 5.0,
            }
            .into(),
        );
        check(&points, 1.0, 0.2);
        check(&points, 3.0, 0.6);
        check(&points, 5.0, 1.0);
        let half_way = (1.0 - (-0.5_f64).exp()) / (1.0 - (-1.0_f64).exp());
        check(&points, 4.5, 0.8 + 0.2 * half_way);
    }
}
