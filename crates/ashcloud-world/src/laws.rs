//! Laws of durations and sizes, compiled for sampling.
//!
//! Every value is a function of the words of one [`Draw`]. Logarithms, exponentials and powers come from `libm`, so that
//! all platforms and all feature combinations give the same bits.

use std::sync::Arc;

use ashcloud_scenario::spec::{Law, Points};

use crate::moments::survival;
use crate::rng::{Draw, Key};
use crate::special::exp;
use crate::ziggurat::{Exponential, Normal};

/// Arrivals are made ahead in blocks of this many.
pub(crate) const BLOCK: usize = 64;

/// Sums of more exponentials than this are drawn as a gamma variate.
const LONGEST_SUM: u32 = 16;

/// Below this probability of acceptance a conditioned tail is inverted instead of rejected.
const REJECTS_TOO_MUCH: f64 = 1.0 / 16.0;

/// A law, ready to be sampled: [`Law`] with its constants worked out.
#[derive(Clone, Debug)]
pub struct Sampler(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// Mean in seconds and in nanoseconds.
    Exponential {
        mean: f64,
        mean_ns: f64,
        unit: &'static Exponential,
    },
    Constant(f64),
    /// Number of phases, mean of each.
    Erlang {
        shape: u32,
        phase: f64,
        unit: &'static Exponential,
    },
    /// Cumulative probability and mean of each branch.
    Hyperexponential {
        branches: Vec<(f64, f64)>,
        unit: &'static Exponential,
    },
    Uniform {
        low: f64,
        width: f64,
    },
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    Lognormal {
        mu: f64,
        sigma: f64,
        unit: &'static Normal,
    },
    Gamma {
        shape: f64,
        scale: f64,
    },
    Weibull {
        power: f64,
        scale: f64,
        unit: &'static Exponential,
    },
    Pareto {
        rate: f64,
        minimum: f64,
        unit: &'static Exponential,
    },
    Empirical(Arc<[f64]>),
    Points(Box<Knots>),
    Least(Vec<Sampler>),
}

/// A law by points, with its tail.
#[derive(Clone, Debug)]
pub(crate) struct Knots {
    /// From (0, 0): value, probability of at most it.
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) tail: Option<Tail>,
    pub(crate) cut: f64,
}

/// A law given that it lies in `(low, cut]`.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    pub(crate) law: Law,
    sampler: Sampler,
    pub(crate) low: f64,
    pub(crate) cut: f64,
    /// P(X > low) and P(X > cut).
    pub(crate) survival: (f64, f64),
}

impl Sampler {
    /// Works out the constants of a law. Its parameters are within the ranges that [`Law`] documents; others give useless
    /// values but neither panic nor hang.
    pub fn new(law: &Law) -> Sampler {
        let unit = Exponential::tables();
        Sampler(match law {
            Law::Constant(value) => Kind::Constant(*value),
            Law::Exponential(mean) => Kind::Exponential {
                mean: *mean,
                mean_ns: *mean * 1e9,
                unit,
            },
            Law::Erlang { shape, mean } if *shape <= LONGEST_SUM => Kind::Erlang {
                shape: *shape,
                phase: *mean / f64::from((*shape).max(1)),
                unit,
            },
            Law::Erlang { shape, mean } => Kind::Gamma {
                shape: f64::from(*shape),
                scale: *mean / f64::from(*shape),
            },
            Law::Hyperexponential(branches) => {
                let mut sum = 0.0;
                let branches = branches.iter().map(|&(share, mean)| {
                    sum += share;
                    (sum, mean)
                });
                Kind::Hyperexponential {
                    branches: branches.collect(),
                    unit,
                }
            }
            Law::Uniform { low, high } => Kind::Uniform {
                low: *low,
                width: *high - *low,
            },
            Law::Triangular { low, mode, high } => Kind::Triangular {
                low: *low,
                mode: *mode,
                high: *high,
            },
            Law::Lognormal { mu, sigma } => Kind::Lognormal {
                mu: *mu,
                sigma: *sigma,
                unit: Normal::tables(),
            },
            Law::Gamma { shape, scale } => Kind::Gamma {
                shape: *shape,
                scale: *scale,
            },
            Law::Weibull { shape, scale } => Kind::Weibull {
                power: 1.0 / *shape,
                scale: *scale,
                unit,
            },
            Law::Pareto { alpha, minimum } => Kind::Pareto {
                rate: 1.0 / *alpha,
                minimum: *minimum,
                unit,
            },
            Law::Empirical(values) => Kind::Empirical(Arc::clone(values)),
            Law::Points(points) => Kind::Points(Box::new(Knots::new(points))),
            Law::Least(laws) => Kind::Least(laws.iter().map(Sampler::new).collect()),
        })
    }

    /// One value: seconds for times, or the bare number. A law by points that ends below 1 without tail or cut gives
    /// infinity for the rest.
    pub fn sample(&self, draw: &mut Draw) -> f64 {
        match &self.0 {
            Kind::Exponential { mean, unit, .. } => unit.sample(draw) * mean,
            Kind::Constant(value) => *value,
            Kind::Erlang { shape, phase, unit } => {
                let mut sum = 0.0;
                for _ in 0..*shape {
                    sum += unit.sample(draw);
                }
                sum * phase
            }
            Kind::Hyperexponential { branches, unit } => {
                let u = draw.uniform();
                let last = branches.last().map_or(0.0, |b| b.1);
                let mean = branches.iter().find(|b| u < b.0).map_or(last, |b| b.1);
                unit.sample(draw) * mean
            }
            Kind::Uniform { low, width } => low + width * draw.uniform(),
            // Inversion: below the mode the distribution function is (x - low)^2/((high - low)(mode - low)).
            Kind::Triangular { low, mode, high } => {
                let (u, width) = (draw.uniform(), high - low);
                if u * width < mode - low {
                    low + libm::sqrt(u * width * (mode - low))
                } else {
                    high - libm::sqrt((1.0 - u) * width * (high - mode))
                }
            }
            Kind::Lognormal { mu, sigma, unit } => exp(mu + sigma * unit.sample(draw)),
            Kind::Gamma { shape, scale } => gamma(draw, *shape) * scale,
            // Inversion of an exponential instead of a uniform: P(X > x) = exp(-(x/scale)^shape).
            Kind::Weibull { power, scale, unit } => scale * libm::pow(unit.sample(draw), *power),
            // The logarithm of X/minimum is exponential with mean 1/alpha.
            Kind::Pareto { rate, minimum, unit } => minimum * exp(unit.sample(draw) * rate),
            Kind::Empirical(values) => {
                // Multiply and shift: equally likely up to 2^-64 of their number.
                let index = (u128::from(draw.word()) * values.len() as u128) >> 64;
                values.get(index as usize).copied().unwrap_or(0.0)
            }
            Kind::Points(knots) => knots.sample(draw),
            // Each from draws of its own: how many words one takes shifts no other.
            Kind::Least(laws) => {
                let branch = draw.branches();
                let values = (0..).zip(laws).map(|(i, law)| law.sample(&mut branch(i)));
                values.fold(f64::INFINITY, f64::min)
            }
        }
    }

    /// One value in whole nanoseconds, rounded to the nearest; values beyond 292 years give 2^63 - 1.
    #[inline(always)]
    pub fn sample_ns(&self, draw: &mut Draw) -> u64 {
        match &self.0 {
            Kind::Exponential { mean_ns, unit, .. } => whole(unit.sample(draw) * mean_ns),
            Kind::Constant(value) => nanoseconds(*value),
            _ => self.sample_ns_general(draw),
        }
    }

    #[inline(never)]
    fn sample_ns_general(&self, draw: &mut Draw) -> u64 {
        nanoseconds(self.sample(draw))
    }

    /// The values of entities `first`, `first + 1`, ... under `key`, as [`Sampler::sample_ns`] gives them.
    pub(crate) fn fill_ns(&self, key: Key, first: u64, out: &mut [u64; BLOCK]) {
        if let Kind::Exponential { mean_ns, unit, .. } = &self.0 {
            for (entity, out) in (first..).zip(out) {
                *out = whole(unit.sample(&mut key.draw(entity)) * mean_ns);
            }
        } else {
            for (entity, out) in (first..).zip(out) {
                *out = nanoseconds(self.sample(&mut key.draw(entity)));
            }
        }
    }
}

impl Knots {
    pub(crate) fn new(points: &Points) -> Knots {
        let mut knots = vec![(0.0, 0.0)];
        knots.extend(points.knots.iter().copied());
        let low = knots[knots.len() - 1].0;
        let tail = points.tail.as_ref().map(|law| Tail::new(law, low, points.cut));
        if tail.is_none() && points.cut.is_finite() {
            knots.push((points.cut, 1.0));
        }
        Knots {
            points: knots,
            tail,
            cut: points.cut,
        }
    }

    fn sample(&self, draw: &mut Draw) -> f64 {
        let u = draw.uniform();
        let above = self.points.partition_point(|k| k.1 <= u);
        if above == 0 {
            return 0.0;
        }
        let Some(&(x1, p1)) = self.points.get(above) else {
            return match &self.tail {
                Some(tail) => tail.sample(draw),
                None => self.cut,
            };
        };
        let (x0, p0) = self.points[above - 1];
        x0 + (x1 - x0) * ((u - p0) / (p1 - p0))
    }
}

impl Tail {
    fn new(law: &Law, low: f64, cut: f64) -> Tail {
        let beyond = if cut.is_finite() { survival(law, cut) } else { 0.0 };
        Tail {
            law: law.clone(),
            sampler: Sampler::new(law),
            low,
            cut,
            survival: (survival(law, low), beyond),
        }
    }

    fn sample(&self, draw: &mut Draw) -> f64 {
        let (from, to) = self.survival;
        let inside = from - to;
        if inside >= REJECTS_TOO_MUCH {
            loop {
                let x = self.sampler.sample(draw);
                if x > self.low && x <= self.cut {
                    return x;
                }
            }
        }
        if inside.is_nan() || inside <= 0.0 {
            // The law has nothing there: the nearest value that is allowed.
            return if self.cut.is_finite() { self.cut } else { self.low };
        }
        self.invert(from - inside * draw.open())
    }

    /// The x between low and cut with P(X > x) = `target`, by bisection.
    fn invert(&self, target: f64) -> f64 {
        let mut low = self.low;
        let mut high = self.cut;
        if !high.is_finite() {
            high = 2.0 * low + 1.0;
            while survival(&self.law, high) > target && high < 1e300 {
                low = high;
                high *= 2.0;
            }
        }
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if survival(&self.law, middle) > target {
                low = middle;
            } else {
                high = middle;
            }
            if high - low <= 1e-12 * high {
                break;
            }
        }
        high
    }
}

/// Gamma with this shape (above 0) and scale 1: rejection from a cubed normal (Marsaglia and Tsang, 2000).
pub fn gamma(draw: &mut Draw, shape: f64) -> f64 {
    if !(shape > 0.0 && shape < 1e300) {
        return if shape > 0.0 { shape } else { 0.0 };
    }
    if shape < 1.0 {
        // Gamma(shape) is Gamma(shape + 1) times U^(1/shape) (the same, section 6).
        let larger = gamma(draw, shape + 1.0);
        return larger * libm::pow(draw.open(), 1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    let unit = Normal::tables();
    loop {
        let x = unit.sample(draw);
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let u = draw.open();
        let squared = x * x;
        if u < 1.0 - 0.0331 * squared * squared || libm::log(u) < 0.5 * squared + d * (1.0 - v + libm::log(v))
        {
            return d * v;
        }
    }
}

/// Whole nanoseconds from seconds, rounded to the nearest, saturating; negative and undefined values give 0.
#[inline(always)]
pub(crate) fn nanoseconds(seconds: f64) -> u64 {
    whole(seconds * 1e9)
}

/// The nearest whole number, at most 2^63 - 1; negative and undefined values give 0.
#[inline(always)]
pub(crate) fn whole(ns: f64) -> u64 {
    // Added to 2^52 a number below it leaves its rounded value in the lowest bits: cheaper than a saturating cast.
    // Everything else (52 days, negative, undefined) fails the comparison.
    const SHIFT: f64 = (1_u64 << 52) as f64;
    let low = (ns + SHIFT).to_bits().wrapping_sub(SHIFT.to_bits());
    if low < 1 << 52 {
        low
    } else {
        (ns as i64).max(0) as u64
    }
}

#[cfg(test)]
mod tests {
    use rand_distr::Distribution;

    use super::*;
    use crate::check::{has_law, moments, same_law};
    use crate::moments::mean;
    use crate::rng::Purpose;
    use crate::special::normal_cdf;

    const N: u64 = 20_000;

    fn points(tail: Option<Law>, cut: f64) -> Law {
        let knots = vec![(300.0, 0.24), (3600.0, 0.5), (86_400.0, 0.79)];
        Law::Points(Arc::new(Points { knots, tail, cut }))
    }

    /// Every law with its variance.
    fn laws() -> Vec<(Law, f64)> {
        vec![
            (Law::Exponential(300.0), 9e4),
            (Law::Erlang { shape: 3, mean: 6.0 }, 12.0),
            (Law::Erlang { shape: 40, mean: 6.0 }, 0.9),
            (
                Law::Hyperexponential(vec![(0.9, 0.5), (0.1, 5.5)]),
                2.0 * (0.9 * 0.25 + 0.1 * 30.25) - 1.0,
            ),
            (Law::Uniform { low: 1.0, high: 3.0 }, 1.0 / 3.0),
            (
                Law::Lognormal { mu: 5.5, sigma: 0.6 },
                (0.36_f64.exp() - 1.0) * (11.36_f64).exp(),
            ),
            (
                Law::Gamma {
                    shape: 0.3,
                    scale: 2.0,
                },
                1.2,
            ),
            (
                Law::Gamma {
                    shape: 25.0,
                    scale: 0.04,
                },
                0.04,
            ),
            (
                Law::Weibull {
                    shape: 2.0,
                    scale: 3.0,
                },
                9.0 * (1.0 - std::f64::consts::PI / 4.0),
            ),
            // Its fourth moment exists.
            (
                Law::Pareto {
                    alpha: 9.0,
                    minimum: 2.0,
                },
                9.0 * 4.0 / (64.0 * 7.0),
            ),
            (Law::Empirical(vec![1.0, 2.0, 6.0].into()), 14.0 / 3.0),
            (
                Law::Triangular {
                    low: 2.0,
                    mode: 3.0,
                    high: 8.0,
                },
                (4.0 + 9.0 + 64.0 - 6.0 - 16.0 - 24.0) / 18.0,
            ),
            // The least of exponentials is exponential, the rates summed.
            (
                Law::Least([Law::Exponential(300.0), Law::Exponential(150.0)].into()),
                1e4,
            ),
        ]
    }

    fn sample(law: &Law) -> Vec<f64> {
        let (sampler, key) = (Sampler::new(law), Key::new(1, 0, Purpose::Handling, 0));
        (0..N).map(|i| sampler.sample(&mut key.draw(i))).collect()
    }

    /// Two-sample Kolmogorov-Smirnov, error rate 1e-6 per law.
    fn check_oracle(law: &Law, theirs: impl Distribution<f64>) {
        let key = Key::new(1, 0, Purpose::Tolerance, 0);
        let theirs = (0..N).map(|i| theirs.sample(&mut key.draw(i))).collect();
        same_law(&format!("{law:?}"), sample(law), theirs);
    }

    #[test]
    fn samplers_agree_with_an_independent_implementation() {
        check_oracle(
            &Law::Exponential(300.0),
            rand_distr::Exp::new(1.0 / 300.0).unwrap(),
        );
        check_oracle(
            &Law::Erlang { shape: 3, mean: 6.0 },
            rand_distr::Gamma::new(3.0, 2.0).unwrap(),
        );
        check_oracle(
            &Law::Erlang { shape: 40, mean: 6.0 },
            rand_distr::Gamma::new(40.0, 0.15).unwrap(),
        );
        check_oracle(
            &Law::Lognormal { mu: 5.5, sigma: 0.6 },
            rand_distr::LogNormal::new(5.5, 0.6).unwrap(),
        );
        for shape in [0.04, 0.3, 1.0, 2.5, 25.0, 1e4] {
            check_oracle(
                &Law::Gamma { shape, scale: 2.0 },
                rand_distr::Gamma::new(shape, 2.0).unwrap(),
            );
        }
        for shape in [0.5, 1.0, 2.0] {
            check_oracle(
                &Law::Weibull { shape, scale: 3.0 },
                rand_distr::Weibull::new(3.0, shape).unwrap(),
            );
        }
        for mode in [2.0, 3.0, 8.0] {
            let (low, high) = (2.0, 8.0);
            check_oracle(
                &Law::Triangular { low, mode, high },
                rand_distr::Triangular::new(low, high, mode).unwrap(),
            );
        }
        for alpha in [0.8, 3.5] {
            check_oracle(
                &Law::Pareto { alpha, minimum: 2.0 },
                rand_distr::Pareto::new(2.0, alpha).unwrap(),
            );
        }
    }

    #[test]
    fn ziggurats_have_their_laws_in_the_far_tail_too() {
        let n = 2_000_000;
        let key = Key::new(1, 0, Purpose::Gap, 0);
        let (exponential, normal) = (Exponential::tables(), Normal::tables());
        let tail = |values: &dyn Fn(u64) -> f64, p: f64, name: &str| {
            let hits = (0..n).filter(|&i| values(i) > 0.0).count() as f64;
            let z = (hits - n as f64 * p) / (n as f64 * p * (1.0 - p)).sqrt();
            assert!(z.abs() < crate::check::Z, "{name}: {hits} of {n}, z {z}");
        };
        // Behind the lowest layers' ends, 7.69 and 3.65; error rate 1e-6 each.
        tail(
            &|i| exponential.sample(&mut key.draw(i)) - 8.0,
            (-8.0_f64).exp(),
            "exponential",
        );
        tail(
            &|i| normal.sample(&mut key.draw(i)) - 3.7,
            normal_cdf(-3.7),
            "normal above",
        );
        tail(
            &|i| -3.7 - normal.sample(&mut key.draw(i)),
            normal_cdf(-3.7),
            "normal below",
        );
        let draws = |i| exponential.sample(&mut key.draw(i));
        has_law("exponential", (0..200_000).map(draws).collect(), |x| {
            -libm::expm1(-x)
        });
        let draws = |i| normal.sample(&mut key.draw(i));
        has_law("normal", (0..200_000).map(draws).collect(), normal_cdf);
    }

    /// Error rate 3e-6 per law.
    #[test]
    fn samplers_have_the_mean_the_variance_and_the_distribution_function_of_their_law() {
        for (law, variance) in laws() {
            let name = format!("{law:?}");
            moments(&name, &sample(&law), mean(&law), variance);
            if !matches!(law, Law::Empirical(_)) {
                has_law(&name, sample(&law), |x| 1.0 - survival(&law, x));
            }
        }
    }

    #[test]
    fn laws_by_points_follow_their_knots_and_their_tail() {
        let lognormal = Law::Lognormal { mu: 11.7, sigma: 0.8 };
        let cut = 259_200.0;
        for (name, law) in [
            ("tail and cut", points(Some(lognormal.clone()), cut)),
            ("tail", points(Some(lognormal), f64::INFINITY)),
            ("straight to the cut", points(None, cut)),
            // So little of it lies between the last knot and the cut that it is inverted.
            ("rare tail", points(Some(Law::Exponential(8000.0)), cut)),
        ] {
            let values = sample(&law);
            has_law(name, values.clone(), |x| 1.0 - survival(&law, x));
            let m = values.iter().sum::<f64>() / N as f64;
            let spread = values.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / N as f64;
            let z = (m - mean(&law)) / (spread / N as f64).sqrt();
            assert!(
                z.abs() < crate::check::Z,
                "{name}: mean {m}, not {} (z {z})",
                mean(&law)
            );
            if name != "tail" {
                assert!(values.iter().all(|&x| x <= cut), "{name}: beyond the cut");
            }
        }
        assert_eq!(survival(&points(None, 1e5), 300.0), 0.76);
        let endless = sample(&points(None, f64::INFINITY));
        assert!(endless.iter().any(|x| x.is_infinite()) && endless.iter().any(|x| *x < 1.0));
    }

    #[test]
    fn a_tail_that_is_not_there_gives_the_nearest_allowed_value() {
        let law = points(Some(Law::Constant(5.0)), 259_200.0);
        assert!(sample(&law).iter().all(|&x| x <= 86_400.0 || x == 259_200.0));
    }

    /// Of a lognormal and a Weibull variate drawn apart, the smaller: two-sample Kolmogorov-Smirnov, error rate 1e-6.
    #[test]
    fn the_least_of_several_laws_is_the_least_of_independent_draws() {
        let members = [
            Law::Lognormal { mu: 5.5, sigma: 0.6 },
            Law::Weibull {
                shape: 0.5,
                scale: 200.0,
            },
            Law::Constant(500.0),
        ];
        let least = sample(&Law::Least(members.clone().into()));
        let (first, second) = (Sampler::new(&members[0]), Sampler::new(&members[1]));
        let (a, b) = (
            Key::new(1, 0, Purpose::Tolerance, 0),
            Key::new(1, 0, Purpose::RetryDelay, 0),
        );
        let apart = (0..N).map(|i| {
            first
                .sample(&mut a.draw(i))
                .min(second.sample(&mut b.draw(i)))
                .min(500.0)
        });
        same_law("least", least.clone(), apart.collect());
        assert!(least.iter().all(|x| *x <= 500.0) && least.contains(&500.0));
        // Of one law alone it is that law.
        let alone = Law::Least([Law::Exponential(7.0)].into());
        has_law("least of one", sample(&alone), |x| 1.0 - libm::exp(-x / 7.0));
    }

    /// A least within a tail that is drawn until it fits: every try is another one.
    #[test]
    fn a_least_in_a_tail_has_its_law() {
        let least = Law::Least([Law::Exponential(2e5), Law::Exponential(2e5)].into());
        for cut in [259_200.0, f64::INFINITY] {
            let law = points(Some(least.clone()), cut);
            has_law("least in a tail", sample(&law), |x| 1.0 - survival(&law, x));
        }
    }

    /// A point at 0 is an atom; what lies behind the last point is the tail's law, given that it passes that point (and not the cut).
    #[test]
    fn points_take_their_tail_conditionally() {
        let law = |cut| {
            let knots = vec![(0.0, 0.3), (60.0, 0.5)];
            let tail = Some(Law::Exponential(120.0));
            Law::Points(Arc::new(Points { knots, tail, cut }))
        };
        assert_eq!(survival(&law(f64::INFINITY), 0.0), 0.7);
        let zeros = sample(&law(300.0)).iter().filter(|x| **x == 0.0).count() as f64;
        let z = (zeros - 0.3 * N as f64) / (0.21 * N as f64).sqrt();
        assert!(z.abs() < crate::check::Z, "{zeros} zeros of {N}, z {z}");
        // Without memory: behind 60 the exponential begins anew.
        let half = 60.0 + 120.0 * core::f64::consts::LN_2;
        let close = |x: f64, y: f64| assert!((x - y).abs() < 1e-12, "{x}, not {y}");
        close(survival(&law(f64::INFINITY), half), 0.25);
        // Cut at twice that: the three quarters that lie below are all there is.
        let cut = 60.0 + 240.0 * core::f64::consts::LN_2;
        close(survival(&law(cut), half), 0.5 * (1.0 - 0.5 / 0.75));
        assert!(sample(&law(cut)).iter().all(|x| *x <= cut));
    }

    #[test]
    fn nanoseconds_are_rounded_and_saturate() {
        assert_eq!(nanoseconds(0.3), 300_000_000);
        assert_eq!(nanoseconds(1.4e-9), 1);
        assert_eq!(nanoseconds(-1.0), 0);
        assert_eq!(nanoseconds(f64::NAN), 0);
        assert_eq!(nanoseconds(f64::INFINITY), i64::MAX as u64);
    }

    #[test]
    fn blocks_hold_what_single_draws_give() {
        let key = Key::new(9, 9, Purpose::Gap, 1);
        for (law, _) in laws() {
            let sampler = Sampler::new(&law);
            let mut block = [0; BLOCK];
            sampler.fill_ns(key, 1000, &mut block);
            for (entity, value) in (1000..).zip(block) {
                assert_eq!(sampler.sample_ns(&mut key.draw(entity)), value, "{law:?}");
            }
        }
    }

    #[test]
    fn samplers_keep_their_values() {
        let key = Key::new(1, 0, Purpose::Handling, 0);
        let mut laws: Vec<Law> = laws().into_iter().map(|l| l.0).collect();
        let newer = laws.split_off(11);
        laws.push(points(Some(Law::Lognormal { mu: 11.7, sigma: 0.8 }), 259_200.0));
        laws.extend(newer);
        let values: Vec<[u64; 3]> = laws
            .iter()
            .map(|law| [0, 1, 7].map(|entity| Sampler::new(law).sample(&mut key.draw(entity)).to_bits()))
            .collect();
        let pinned: &[[u64; 3]] = &[
            [
                0x4083_5b7d_c9b4_67b4,
                0x406e_0abe_0eaa_01f4,
                0x405b_b751_82b9_07a9,
            ],
            [
                0x4022_73c4_71fc_0ae8,
                0x400b_3460_c1f8_2502,
                0x4014_0481_4e30_a914,
            ],
            [
                0x4012_1c9d_71a3_dd78,
                0x4015_5013_5862_45d5,
                0x4015_a5be_c106_a5bb,
            ],
            [
                0x3f83_07c8_b6c4_6c5b,
                0x3fd5_923c_1904_99a5,
                0x3fd0_c8dc_0acd_5764,
            ],
            [
                0x4006_01b4_bd96_e2a4,
                0x3ffc_c608_95f6_434c,
                0x4006_3ae1_1337_b99c,
            ],
            [
                0x4056_cf50_eb67_2ac6,
                0x4064_4ef0_4f80_8bb8,
                0x4065_7f4e_b11b_203d,
            ],
            [
                0x3f95_3af6_b9e7_3b50,
                0x3fc0_5baa_b802_0e32,
                0x3fe7_87cf_83b8_9f3e,
            ],
            [
                0x3fe6_3b5e_7927_aa15,
                0x3feb_6e15_0a92_eaf5,
                0x3feb_fb87_256b_f94a,
            ],
            [
                0x4011_3e45_45d5_ee3a,
                0x4005_7b33_e03d_3f54,
                0x3ffd_2dee_155d_88ee,
            ],
            [
                0x4004_203d_b85d_7d34,
                0x4001_7d51_4c2c_deb5,
                0x4000_abaf_9d2c_edb9,
            ],
            [
                0x4018_0000_0000_0000,
                0x4000_0000_0000_0000,
                0x4018_0000_0000_0000,
            ],
            [
                0x40fd_2119_cc43_10dc,
                0x40a2_2092_3861_7161,
                0x40f6_77d8_f000_9a1e,
            ],
            [
                0x4018_4456_c6ec_6672,
                0x400e_0917_d9b9_681c,
                0x4018_b688_67cc_d763,
            ],
            [
                0x4051_16ab_531c_fab6,
                0x405d_2241_1098_9adc,
                0x4022_82de_a0e0_b980,
            ],
        ];
        assert_eq!(values, pinned, "{values:#x?}");
    }
}
