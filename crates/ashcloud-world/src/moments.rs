//! Survival functions and means of laws.

use ashcloud_scenario::spec::{Law, Points};

use crate::laws::Knots;
use crate::special::{gamma_tail, normal_cdf};

/// Mean of a law; infinite where it has none.
pub fn mean(law: &Law) -> f64 {
    match law {
        Law::Constant(value) => *value,
        Law::Exponential(mean) | Law::Erlang { mean, .. } => *mean,
        Law::Hyperexponential(branches) => branches.iter().map(|(share, mean)| share * mean).sum(),
        Law::Uniform { low, high } => 0.5 * (low + high),
        Law::Triangular { low, mode, high } => (low + mode + high) / 3.0,
        Law::Least(laws) => least_mean(laws),
        Law::Lognormal { mu, sigma } => libm::exp(mu + 0.5 * sigma * sigma),
        Law::Gamma { shape, scale } => shape * scale,
        Law::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
        Law::Pareto { alpha, minimum } => {
            if *alpha > 1.0 {
                alpha * minimum / (alpha - 1.0)
            } else {
                f64::INFINITY
            }
        }
        Law::Empirical(values) => values.iter().sum::<f64>() / values.len().max(1) as f64,
        Law::Points(points) => points_mean(points),
    }
}

/// P(X > x).
pub fn survival(law: &Law, x: f64) -> f64 {
    if x < 0.0 {
        return 1.0;
    }
    match law {
        Law::Constant(value) => f64::from(u8::from(*value > x)),
        Law::Exponential(mean) => libm::exp(-x / mean),
        Law::Erlang { shape, mean } => gamma_tail(f64::from(*shape), x * f64::from(*shape) / mean),
        Law::Hyperexponential(branches) => branches
            .iter()
            .map(|(share, mean)| share * libm::exp(-x / mean))
            .sum(),
        Law::Uniform { low, high } => {
            if x < *low {
                1.0
            } else if x >= *high {
                0.0
            } else {
                (high - x) / (high - low)
            }
        }
        Law::Triangular { low, mode, high } => {
            if x < *low {
                1.0
            } else if x < *mode {
                1.0 - (x - low) * (x - low) / ((high - low) * (mode - low))
            } else if x < *high {
                (high - x) * (high - x) / ((high - low) * (high - mode))
            } else {
                0.0
            }
        }
        Law::Least(laws) => laws.iter().map(|law| survival(law, x)).product(),
        Law::Lognormal { mu, sigma } => normal_cdf((mu - libm::log(x)) / sigma),
        Law::Gamma { shape, scale } => gamma_tail(*shape, x / scale),
        Law::Weibull { shape, scale } => libm::exp(-libm::pow(x / scale, *shape)),
        Law::Pareto { alpha, minimum } => {
            if x <= *minimum {
                1.0
            } else {
                libm::pow(minimum / x, *alpha)
            }
        }
        Law::Empirical(values) => {
            values.iter().filter(|&&v| v > x).count() as f64 / values.len().max(1) as f64
        }
        Law::Points(points) => points_survival(points, x),
    }
}

fn points_survival(points: &Points, x: f64) -> f64 {
    let knots = Knots::new(points);
    let above = knots.points.partition_point(|k| k.0 <= x);
    let (x0, p0) = knots.points[above.saturating_sub(1)];
    if let Some(&(x1, p1)) = knots.points.get(above) {
        return 1.0 - (p0 + (p1 - p0) * ((x - x0) / (x1 - x0)));
    }
    let rest = 1.0 - p0;
    match &knots.tail {
        Some(tail) if x < tail.cut && tail.survival.0 > tail.survival.1 => {
            rest * (survival(&tail.law, x) - tail.survival.1) / (tail.survival.0 - tail.survival.1)
        }
        _ => {
            if x < points.cut {
                rest
            } else {
                0.0
            }
        }
    }
}

/// Trapezoids below the last knot, the area under the survival function of the tail behind it.
fn points_mean(points: &Points) -> f64 {
    let Knots {
        points: knots,
        tail,
        cut,
    } = Knots::new(points);
    let mut sum = 0.0;
    for pair in knots.windows(2) {
        sum += 0.5 * (pair[0].0 + pair[1].0) * (pair[1].1 - pair[0].1);
    }
    let rest = 1.0 - knots[knots.len() - 1].1;
    if rest <= 0.0 {
        return sum;
    }
    let Some(tail) = tail else { return sum + rest * cut };
    let (from, to) = tail.survival;
    if from.is_nan() || to.is_nan() || from <= to {
        return sum + rest * if cut.is_finite() { cut } else { tail.low };
    }
    if !cut.is_finite() && tail_exponent(&tail.law) <= 1.0 {
        return f64::INFINITY;
    }
    let curve = Curve::new(&tail.law);
    let mut steps = vec![cut];
    curve.steps(&mut steps);
    let area = area(tail.low, &mut steps, |x| curve.survival(x) - to);
    sum + rest * (tail.low + area / (from - to))
}

/// The area under the product of the survival functions.
fn least_mean(laws: &[Law]) -> f64 {
    if laws.iter().map(tail_exponent).sum::<f64>() <= 1.0 {
        return f64::INFINITY;
    }
    let curves: Vec<Curve<'_>> = laws.iter().map(Curve::new).collect();
    let mut steps = Vec::new();
    for curve in &curves {
        curve.steps(&mut steps);
    }
    area(0.0, &mut steps, |x| {
        curves.iter().map(|curve| curve.survival(x)).product()
    })
}

/// How fast P(X > x) falls: as x to the minus this; infinite where it falls faster.
fn tail_exponent(law: &Law) -> f64 {
    match law {
        Law::Pareto { alpha, .. } => *alpha,
        Law::Points(points) if points.cut.is_infinite() => {
            points.tail.as_ref().map_or(f64::INFINITY, tail_exponent)
        }
        Law::Least(laws) => laws.iter().map(tail_exponent).sum(),
        _ => f64::INFINITY,
    }
}

/// A survival function that is asked often.
enum Curve<'a> {
    Law(&'a Law),
    /// Equally likely values, ascending.
    Values(Vec<f64>),
    Least(Vec<Curve<'a>>),
}

impl Curve<'_> {
    fn new(law: &Law) -> Curve<'_> {
        match law {
            Law::Empirical(values) => {
                let mut values = values.to_vec();
                values.sort_by(f64::total_cmp);
                Curve::Values(values)
            }
            Law::Least(laws) => Curve::Least(laws.iter().map(Curve::new).collect()),
            law => Curve::Law(law),
        }
    }

    fn survival(&self, x: f64) -> f64 {
        match self {
            Curve::Law(law) => survival(law, x),
            Curve::Values(values) => {
                let above = values.len() - values.partition_point(|&v| v <= x);
                above as f64 / values.len().max(1) as f64
            }
            Curve::Least(curves) => curves.iter().map(|curve| curve.survival(x)).product(),
        }
    }

    /// Adds the places at which it jumps or bends.
    fn steps(&self, out: &mut Vec<f64>) {
        match self {
            Curve::Values(values) => out.extend(values),
            Curve::Least(curves) => curves.iter().for_each(|curve| curve.steps(out)),
            Curve::Law(Law::Constant(value)) => out.push(*value),
            Curve::Law(Law::Pareto { minimum, .. }) => out.push(*minimum),
            Curve::Law(Law::Uniform { low, high }) => out.extend([*low, *high]),
            Curve::Law(Law::Triangular { low, mode, high }) => out.extend([*low, *mode, *high]),
            Curve::Law(Law::Points(points)) => {
                out.extend(points.knots.iter().map(|k| k.0));
                out.push(points.cut);
            }
            Curve::Law(_) => {}
        }
    }
}

/// Area under a function that falls to 0 and is smooth between the steps, from `from` on; `NaN`s and negative values count as 0.
/// It is integrated over the logarithm of x, so that no scale is missed, by 4-point Gauss-Legendre panels.
fn area(from: f64, steps: &mut Vec<f64>, height: impl Fn(f64) -> f64) -> f64 {
    // What lies below a thousandth of a nanosecond is nothing; beyond 1e300 no law has a mean.
    const SMALLEST: f64 = 1e-12;
    const LARGEST: f64 = 1e300;
    const PANEL: f64 = 1.0 / 8.0;
    /// Nodes and weights (Abramowitz and Stegun 1964, table 25.4); each node also stands for its mirror image.
    const RULE: [(f64, f64); 2] = [
        (0.339_981_043_584_856_3, 0.652_145_154_862_546_1),
        (0.861_136_311_594_052_6, 0.347_854_845_137_453_9),
    ];
    let start = from.max(SMALLEST);
    steps.push(LARGEST);
    steps.retain(|x| *x > start && *x <= LARGEST);
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let mut sum = (start - from) * height(from).max(0.0);
    let mut low = libm::log(start);
    for step in steps {
        let high = libm::log(*step);
        let panels = libm::ceil((high - low) / PANEL).max(1.0);
        let half = 0.5 * (high - low) / panels;
        for i in 0..panels as u32 {
            let middle = low + half * (2.0 * f64::from(i) + 1.0);
            let at = |y: f64| libm::exp(y) * height(libm::exp(y)).max(0.0);
            for (node, weight) in RULE {
                sum += weight * half * (at(middle - half * node) + at(middle + half * node));
            }
        }
        low = high;
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn points(tail: Law) -> Law {
        let knots = vec![(300.0, 0.24), (3600.0, 0.5), (86_400.0, 0.79)];
        let (tail, cut) = (Some(tail), f64::INFINITY);
        Law::Points(Arc::new(Points { knots, tail, cut }))
    }

    #[test]
    fn means_that_need_quadrature_are_exact() {
        let close = |name: &str, law: &Law, exact: f64| {
            let found = mean(law);
            assert!(
                (found - exact).abs() <= 1e-9 * exact,
                "{name}: {found}, not {exact}"
            );
        };
        let least = |laws: &[Law]| Law::Least(laws.into());
        let exponential = Law::Exponential(300.0);
        close(
            "rates add up",
            &least(&[exponential.clone(), Law::Exponential(100.0)]),
            75.0,
        );
        // Integral of exp(-x/300) up to 60.
        let bounded = least(&[exponential.clone(), Law::Constant(60.0)]);
        close("up to a bound", &bounded, -300.0 * libm::expm1(-0.2));
        let uniform = Law::Uniform { low: 0.0, high: 1.0 };
        close(
            "of three uniforms",
            &least(&[uniform.clone(), uniform.clone(), uniform]),
            0.25,
        );
        let pareto = |alpha| Law::Pareto { alpha, minimum: 2.0 };
        // Neither has a mean by itself; the least is a Pareto variate with alpha 1.6.
        close(
            "of two without mean",
            &least(&[pareto(0.9), pareto(0.7)]),
            1.6 * 2.0 / 0.6,
        );
        assert_eq!(mean(&least(&[pareto(0.5), pareto(0.5)])), f64::INFINITY);
        let values = Law::Empirical([6.0, 1.0, 2.0].into());
        // All nine pairs: 1 in five of them, 2 in three, 6 in one.
        close("of two samples", &least(&[values.clone(), values]), 17.0 / 9.0);
        let weibull = |scale| Law::Weibull { shape: 0.5, scale };
        // sqrt(x) (1 + 1/2) is sqrt(x/(4/9)): shape 1/2 has mean 2 x scale.
        close("of Weibulls", &least(&[weibull(1.0), weibull(4.0)]), 8.0 / 9.0);
        close("one in another", &least(&[least(&[exponential])]), 300.0);
        // Behind 86,400 an exponential tail goes on as it began.
        let tail = Law::Exponential(50_000.0);
        let below = 0.12 * 300.0 + 0.13 * 3900.0 + 0.145 * 90_000.0;
        close("tail", &points(tail), below + 0.21 * 136_400.0);
        let tail = Law::Pareto {
            alpha: 1.5,
            minimum: 1.0,
        };
        close("heavy tail", &points(tail), below + 0.21 * 3.0 * 86_400.0);
    }
}
