//! Queues whose customers leave when their patience ends.

use super::{MOST_AGENTS, erlang_b, non_negative, positive};
use crate::quadrature::integrate;
use crate::special::gamma_tails;

/// Laws of patience.
#[derive(Clone, Debug, PartialEq)]
pub enum Patience {
    /// With this rate.
    Exponential(f64),
    /// Shares (summing to 1) and rates.
    Hyperexponential(Vec<(f64, f64)>),
    /// So many stages of this rate each.
    Erlang(u32, f64),
}

impl Patience {
    fn is_law(&self) -> bool {
        match self {
            Patience::Exponential(rate) => positive(*rate),
            Patience::Hyperexponential(parts) => {
                parts
                    .iter()
                    .all(|&(share, rate)| non_negative(share) && positive(rate))
                    && (parts.iter().map(|part| part.0).sum::<f64>() - 1.0).abs() < 1e-9
            }
            Patience::Erlang(stages, rate) => *stages > 0 && positive(*rate),
        }
    }

    /// P(patience > x).
    fn survival(&self, x: f64) -> f64 {
        match self {
            Patience::Exponential(rate) => libm::exp(-rate * x),
            Patience::Hyperexponential(parts) => parts
                .iter()
                .map(|&(share, rate)| share * libm::exp(-rate * x))
                .sum(),
            Patience::Erlang(stages, rate) => stage_tails(*stages, rate * x).last().unwrap_or(0.0),
        }
    }

    /// P(patience <= x), precise where it is small.
    fn gone(&self, x: f64) -> f64 {
        match self {
            Patience::Exponential(rate) => -libm::expm1(-rate * x),
            Patience::Hyperexponential(parts) => parts
                .iter()
                .map(|&(share, rate)| -share * libm::expm1(-rate * x))
                .sum(),
            Patience::Erlang(stages, rate) => gamma_tails(f64::from(*stages), rate * x).lower,
        }
    }

    /// The integral of [`Patience::survival`] from 0 to x: the mean of the lesser of patience and x.
    fn mean_until(&self, x: f64) -> f64 {
        match self {
            Patience::Exponential(rate) => -libm::expm1(-rate * x) / rate,
            Patience::Hyperexponential(parts) => parts
                .iter()
                .map(|&(share, rate)| -share * libm::expm1(-rate * x) / rate)
                .sum(),
            Patience::Erlang(stages, rate) => {
                // Each stage adds the probability of having passed it, over its rate.
                (1..=*stages)
                    .map(|j| gamma_tails(f64::from(j), rate * x).lower)
                    .sum::<f64>()
                    / rate
            }
        }
    }
}

/// P(sum of j exponential stages of rate 1 > y) for j = 1, 2, ..., stages.
fn stage_tails(stages: u32, y: f64) -> impl Iterator<Item = f64> {
    let (mut term, mut sum) = (libm::exp(-y), 0.0);
    (1..=stages).map(move |j| {
        sum += term;
        term *= y / f64::from(j);
        sum
    })
}

/// M/M/c+G: Erlang's queue whose customers leave when their patience ends before service begins; with exponential
/// patience Erlang A (Palm 1957). First come first served.
///
/// The density of the offered wait is `v(x) = lambda pi_{c-1} exp(lambda H(x) - c mu x)`, H(x) the integral of the survival
/// function of patience (Baccelli & Hebuterne 1981; Zeltyn & Mandelbaum 2005).
#[derive(Clone, Debug, PartialEq)]
pub struct ErlangA {
    arrivals: f64,
    /// c mu.
    capacity: f64,
    patience: Patience,
    /// Where the exponent lambda H(x) - c mu x is largest, and that value: it is taken out of every integral.
    peak: f64,
    /// Outside this range the density is below e^-60 of its peak.
    support: (f64, f64),
    /// `lambda pi_{c-1} e^peak`.
    scale: f64,
}

/// The four definitions of a service level (shares, 0 to 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceLevels {
    /// Served within T of all.
    pub of_offered: f64,
    /// Served within T of served.
    pub of_served: f64,
    /// (Served within T + left within T) of all.
    pub left_counted: f64,
    /// Served within T of (all - left within T).
    pub left_excluded: f64,
}

impl ErlangA {
    /// Arrival rate and service rate of one agent (both above 0), agents (at least 1), patience.
    pub fn new(arrivals: f64, service: f64, agents: u32, patience: Patience) -> Option<ErlangA> {
        if !positive(arrivals) || !positive(service) || agents == 0 || !patience.is_law() {
            return None;
        }
        // pi_{c-1} = 1/(1/B(c-1) + lambda J), J the integral of the exponential.
        let blocked = erlang_b(agents - 1, arrivals / service)?;
        let capacity = f64::from(agents) * service;
        let mut queue = ErlangA {
            arrivals,
            capacity,
            patience,
            peak: 0.0,
            support: (0.0, 0.0),
            scale: 1.0,
        };
        let top = queue.summit();
        queue.peak = queue.exponent(top);
        queue.support = queue.find_support(top);
        let mass = queue.integral(0.0, f64::INFINITY, |_| 1.0);
        // lambda e^peak / (1/B + lambda e^peak mass), arranged so that neither e^peak nor 1/B overflows alone.
        let rest = if blocked > 0.0 {
            libm::exp(-libm::log(blocked) - queue.peak)
        } else {
            f64::INFINITY
        };
        queue.scale = arrivals / (rest + arrivals * mass);
        queue.scale.is_finite().then_some(queue)
    }

    /// Probability that an arrival does not find an agent free.
    pub fn wait_probability(&self) -> f64 {
        self.offered(0.0, f64::INFINITY, |_| 1.0)
    }

    /// Probability that a customer leaves unserved.
    pub fn left(&self) -> f64 {
        self.offered(0.0, f64::INFINITY, |x| self.patience.gone(x))
    }

    /// Mean wait of all, those who leave included.
    pub fn mean_wait(&self) -> f64 {
        self.offered(0.0, f64::INFINITY, |x| self.patience.mean_until(x))
    }

    /// Mean number waiting (Little 1961).
    pub fn mean_queue(&self) -> f64 {
        self.arrivals * self.mean_wait()
    }

    /// P(served, having waited at most t), of all.
    pub fn served_within(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 0.0;
        }
        let free = 1.0 - self.wait_probability();
        free + self.offered(0.0, t, |x| self.patience.survival(x))
    }

    /// P(left, having waited at most t), of all.
    pub fn left_within(&self, t: f64) -> f64 {
        if t <= 0.0 {
            return 0.0;
        }
        // Gone before both t and the offered wait.
        self.offered(0.0, t, |x| self.patience.gone(x))
            + self.patience.gone(t) * self.offered(t, f64::INFINITY, |_| 1.0)
    }

    /// The four service levels within `t`.
    pub fn service_levels(&self, t: f64) -> ServiceLevels {
        let (served, left_early) = (self.served_within(t), self.left_within(t));
        ServiceLevels {
            of_offered: served,
            of_served: served / (1.0 - self.left()),
            left_counted: served + left_early,
            left_excluded: served / (1.0 - left_early),
        }
    }

    /// lambda H(x) - c mu x: concave.
    fn exponent(&self, x: f64) -> f64 {
        self.arrivals * self.patience.mean_until(x) - self.capacity * x
    }

    /// Where the exponent is largest: lambda times survival falls to c mu, or 0.
    fn summit(&self) -> f64 {
        let rises = |x: f64| self.arrivals * self.patience.survival(x) > self.capacity;
        if !rises(0.0) {
            return 0.0;
        }
        let mut high = 1.0 / self.capacity;
        while rises(high) {
            high *= 2.0;
        }
        let mut low = 0.0;
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if rises(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    fn find_support(&self, top: f64) -> (f64, f64) {
        let outside = |x: f64| self.exponent(x) < self.peak - 60.0;
        let bisect = |mut inside: f64, mut out: f64| {
            for _ in 0..60 {
                let middle = 0.5 * (inside + out);
                if outside(middle) {
                    out = middle;
                } else {
                    inside = middle;
                }
            }
            out
        };
        let mut beyond = top + 1.0 / self.capacity;
        while !outside(beyond) && beyond.is_finite() {
            beyond = top + 2.0 * (beyond - top);
        }
        (
            if outside(0.0) { bisect(top, 0.0) } else { 0.0 },
            bisect(top, beyond),
        )
    }

    /// Integral of `weight` times exp(exponent - peak) over the part of a..b that counts.
    fn integral(&self, a: f64, b: f64, weight: impl Fn(f64) -> f64) -> f64 {
        let (from, to) = (a.max(self.support.0), b.min(self.support.1));
        integrate(from, to, &|x| weight(x) * libm::exp(self.exponent(x) - self.peak))
    }

    /// Integral of `weight` over the density of the offered wait.
    fn offered(&self, a: f64, b: f64, weight: impl Fn(f64) -> f64) -> f64 {
        self.scale * self.integral(a, b, weight)
    }
}

/// Least agents for which the share served within `within` of all reaches `level` (0 <= level < 1) in M/M/c+G. `None`
/// where the arguments are out of range or it takes more than ten million.
pub fn least_agents_erlang_a(
    arrivals: f64,
    service: f64,
    patience: &Patience,
    within: f64,
    level: f64,
) -> Option<u32> {
    if !non_negative(within) || !(0.0..1.0).contains(&level) {
        return None;
    }
    let meets = |agents: u32| {
        let queue = ErlangA::new(arrivals, service, agents, patience.clone())?;
        Some(queue.served_within(within) >= level)
    };
    // The level rises with every agent: double, then halve.
    let mut high = 1;
    while !meets(high)? {
        if high >= MOST_AGENTS {
            return None;
        }
        high *= 2;
    }
    let mut low = high / 2; // does not meet, or is 0
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if meets(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;
    use proptest::prelude::*;

    // R numbers: entries of the reference file, to the ten digits they claim.
    const TEN: f64 = 2e-10;

    #[test]
    fn erlang_a_matches_the_reference_file() {
        // lambda, c, theta, T and the nine values from R0113, R0131, R0140, R0149 on.
        for (lambda, c, theta, t, values) in [
            (
                10.0,
                10,
                0.5,
                0.2,
                [
                    0.619_655_230_884,
                    0.103_913_212_326,
                    0.572_023_238_889,
                    0.049_397_903_984_2,
                    0.207_826_424_653,
                    0.638_356_961_354,
                    0.601_748_345_902,
                    0.621_421_142_873,
                    2.078_264_246_53,
                ],
            ),
            (
                110.0,
                100,
                0.5,
                0.1,
                [
                    0.929_116_125_783,
                    0.094_618_332_252_3,
                    0.238_078_282_956,
                    0.041_652_316_609_5,
                    0.189_236_664_505,
                    0.262_959_027_598,
                    0.248_425_792_729,
                    0.279_730_599_566,
                    20.816_033_095_5,
                ],
            ),
            (
                6.0,
                5,
                2.0,
                0.25,
                [
                    0.626_028_789_630,
                    0.279_942_004_301,
                    0.584_910_229_515,
                    0.197_505_471_546,
                    0.139_971_002_150,
                    0.812_309_887_549,
                    0.728_865_068_578,
                    0.782_415_701_061,
                    0.839_826_012_902,
                ],
            ),
            (
                48.0,
                50,
                0.2,
                0.05,
                [
                    0.542_294_549_688,
                    0.020_749_993_984_0,
                    0.555_836_472_689,
                    0.004_896_983_482_60,
                    0.103_749_969_920,
                    0.567_614_469_517,
                    0.558_571_789_516,
                    0.560_733_456_172,
                    4.979_998_556_17,
                ],
            ),
        ] {
            let queue = ErlangA::new(lambda, 1.0, c, Patience::Exponential(theta)).unwrap();
            let levels = queue.service_levels(t);
            close(queue.wait_probability(), values[0], TEN);
            close(queue.left(), values[1], TEN);
            close(levels.of_offered, values[2], TEN);
            close(queue.left_within(t), values[3], TEN);
            close(queue.mean_wait(), values[4], TEN);
            close(levels.of_served, values[5], TEN);
            close(levels.left_excluded, values[6], TEN);
            close(levels.left_counted, values[7], TEN);
            close(queue.mean_queue(), values[8], TEN);
        }
    }

    #[test]
    fn other_patience_matches_the_reference_file() {
        let h2 = Patience::Hyperexponential(vec![(0.6, 5.0), (0.4, 0.5)]);
        let queue = ErlangA::new(50.0, 1.0, 48, h2).unwrap();
        close(queue.wait_probability(), 0.478_894_459_907, TEN); // R0162
        close(queue.left(), 0.093_854_331_263_0, TEN); // R0163
        close(queue.served_within(0.1), 0.808_009_438_019, TEN); // R0164
        close(queue.mean_wait(), 0.032_150_561_066_0, TEN); // R0165
        let queue = ErlangA::new(50.0, 1.0, 48, Patience::Erlang(2, 2.0)).unwrap();
        close(queue.wait_probability(), 0.768_108_388_606, TEN); // R0166
        close(queue.left(), 0.063_965_140_832_9, TEN); // R0167
        close(queue.served_within(0.1), 0.413_245_358_777, TEN); // R0168
        close(queue.mean_wait(), 0.157_395_294_243, TEN); // R0169
    }

    #[test]
    fn erlang_a_agrees_with_its_birth_death_process() {
        // Number in the system: births lambda, deaths n mu up to c, then c mu + (n - c) theta (Palm 1957).
        for (lambda, c, theta) in [(3.0, 2u32, 0.7), (40.0, 10, 0.1), (1.0, 8, 3.0)] {
            let (mut weight, mut total, mut waiting, mut late) = (1.0, 1.0, 0.0, 0.0);
            for n in 1..5000u32 {
                weight *= lambda / (f64::from(n.min(c)) + f64::from(n.saturating_sub(c)) * theta);
                total += weight;
                waiting += f64::from(n.saturating_sub(c)) * weight;
                late += if n >= c { weight } else { 0.0 };
                (weight, total, waiting, late) = (weight / total, 1.0, waiting / total, late / total);
            }
            let queue = ErlangA::new(lambda, 1.0, c, Patience::Exponential(theta)).unwrap();
            close(queue.mean_queue(), waiting, 1e-10);
            close(queue.wait_probability(), late, 1e-10);
            // Those who leave do so at rate theta each.
            close(queue.left(), theta * waiting / lambda, 1e-10);
        }
    }

    #[test]
    fn extreme_queues_stay_finite() {
        // A flood with great patience: nearly everybody who is served waits, and service goes on at full speed.
        let flood = ErlangA::new(10_000.0, 1.0, 10, Patience::Exponential(1e-4)).unwrap();
        close(flood.left(), 1.0 - 1e-3, 1e-9);
        close(flood.wait_probability(), 1.0, 1e-12);
        let idle = ErlangA::new(1e-3, 1.0, 200, Patience::Exponential(1.0)).unwrap();
        assert_eq!(idle.left(), 0.0);
        assert_eq!(idle.served_within(0.0), 1.0);
        // Beyond what floating point holds there is no answer, and no endless search.
        let endless = ErlangA::new(1e300, 1e-300, 1, Patience::Exponential(1e-300));
        assert!(endless.is_none_or(|queue| queue.left().is_finite()));
        assert_eq!(ErlangA::new(1.0, 1.0, 0, Patience::Exponential(1.0)), None);
        assert_eq!(
            ErlangA::new(1.0, 1.0, 1, Patience::Hyperexponential(vec![(0.5, 1.0)])),
            None
        );
        assert_eq!(ErlangA::new(1.0, 1.0, 1, Patience::Erlang(0, 1.0)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn more_agents_serve_more(load in 0.1..60.0f64, theta in 0.05..5.0f64, c in 1u32..70, t in 0.0..2.0f64) {
            let queue = |c| ErlangA::new(load, 1.0, c, Patience::Exponential(theta)).unwrap();
            let (few, many) = (queue(c), queue(c + 1));
            prop_assert!(few.served_within(t) <= many.served_within(t) + 1e-12);
            prop_assert!(few.left() >= many.left() - 1e-12);
            prop_assert!(many.served_within(t) <= many.served_within(t + 0.1) + 1e-12);
            prop_assert!(few.left_within(t) <= few.left() + 1e-12);
            // Everybody is served or leaves.
            prop_assert!((few.served_within(1e9) + few.left() - 1.0).abs() < 1e-9);
        }
    }
}
