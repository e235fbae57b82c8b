//! Queues with known answers, and the least staffing that meets a level. Rates are per unit of time, times in that unit.
//!
//! Constructors check their arguments and return `None` where the formula does not hold (no steady state, not a number);
//! the figures of what they return are finite.

mod impatience;

pub use impatience::{ErlangA, Patience, ServiceLevels, least_agents_erlang_a};

/// Probability that all `agents` are busy when arrivals that find them so are lost: M/G/c/c with `load` Erlangs offered
/// (Erlang 1917; insensitive to the law of service: Sevastyanov 1957). 1 without agents, unless nothing is offered.
pub fn erlang_b(agents: u32, load: f64) -> Option<f64> {
    if !non_negative(load) {
        return None;
    }
    // The recursion B(c) = a B(c-1) / (c + a B(c-1)) never cancels (Jagerman 1974).
    let mut blocked = if load > 0.0 {
        1.0
    } else {
        f64::from(u8::from(agents == 0))
    };
    for c in 1..=agents {
        blocked = load * blocked / (f64::from(c) + load * blocked);
    }
    Some(blocked)
}

/// M/M/c without limit, first come first served: Erlang C (Erlang 1917).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErlangC {
    arrivals: f64,
    service: f64,
    agents: u32,
    wait_probability: f64,
}

impl ErlangC {
    /// Arrival rate, service rate of one agent, agents. `None` without a steady state.
    pub fn new(arrivals: f64, service: f64, agents: u32) -> Option<ErlangC> {
        if !non_negative(arrivals) || !positive(service) {
            return None;
        }
        let (load, c) = (arrivals / service, f64::from(agents));
        let blocked = erlang_b(agents, load)?;
        ErlangC::from_blocked(arrivals, service, agents, blocked).filter(|_| load < c)
    }

    /// Erlang C from Erlang B: C = c B / (c - a (1 - B)).
    fn from_blocked(arrivals: f64, service: f64, agents: u32, blocked: f64) -> Option<ErlangC> {
        let (load, c) = (arrivals / service, f64::from(agents));
        let wait_probability = c * blocked / (c - load * (1.0 - blocked));
        (load < c).then_some(ErlangC {
            arrivals,
            service,
            agents,
            wait_probability,
        })
    }

    /// Rate at which a backlog clears: c mu - lambda.
    fn slack(&self) -> f64 {
        f64::from(self.agents) * self.service - self.arrivals
    }

    /// Probability that an arrival waits.
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// Mean wait of all.
    pub fn mean_wait(&self) -> f64 {
        self.wait_probability / self.slack()
    }

    /// Variance of the wait of all: C (2 - C) / (c mu - lambda)^2.
    pub fn wait_variance(&self) -> f64 {
        let slack = self.slack();
        self.wait_probability * (2.0 - self.wait_probability) / (slack * slack)
    }

    /// P(wait <= t): 1 - C exp(-(c mu - lambda) t).
    pub fn served_within(&self, t: f64) -> f64 {
        if t < 0.0 {
            0.0
        } else {
            1.0 - self.wait_probability * libm::exp(-self.slack() * t)
        }
    }

    /// Quantile of the wait for 0 <= p < 1: 0 where fewer wait.
    pub fn wait_quantile(&self, p: f64) -> Option<f64> {
        if !(0.0..1.0).contains(&p) {
            return None;
        }
        Some((libm::log(self.wait_probability / (1.0 - p)) / self.slack()).max(0.0))
    }

    /// Mean number waiting (Little 1961).
    pub fn mean_queue(&self) -> f64 {
        self.arrivals * self.mean_wait()
    }

    /// Mean number in the system.
    pub fn mean_number(&self) -> f64 {
        self.mean_queue() + self.arrivals / self.service
    }

    /// Asymptotic variance of the time average of the number waiting (Whitt 1992). `None` where arrivals are 0 or the
    /// states that matter number over 10 million.
    pub fn asymptotic_queue_variance(&self) -> Option<f64> {
        let c = f64::from(self.agents);
        birth_death_asymptotic_variance(self.arrivals, |n| self.service * n.min(c), |n| (n - c).max(0.0))
    }

    /// The same of the number in the system.
    pub fn asymptotic_number_variance(&self) -> Option<f64> {
        let c = f64::from(self.agents);
        birth_death_asymptotic_variance(self.arrivals, |n| self.service * n.min(c), |n| n)
    }
}

/// Asymptotic variance of the time average of a rising f(state) of a birth-death process with constant birth rate:
/// `2 sum_j (sum_{i<=j} (f_i - f) pi_i)^2 / (lambda pi_j)` (Whitt 1992), over the states until what is left is
/// negligible.
fn birth_death_asymptotic_variance(
    birth: f64,
    death: impl Fn(f64) -> f64,
    f: impl Fn(f64) -> f64,
) -> Option<f64> {
    if !positive(birth) {
        return None;
    }
    let (mut weights, mut total, mut largest) = (vec![1.0], 1.0, 1.0f64);
    loop {
        let n = weights.len() as f64;
        let ratio = birth / death(n);
        let weight = weights[weights.len() - 1] * ratio;
        weights.push(weight);
        total += weight;
        largest = largest.max(weight);
        if !total.is_finite() || weights.len() > 10_000_000 {
            return None;
        }
        // The terms fall like n^2 ratio^n; 1e-30 of the largest leaves far below 1e-12.
        if ratio < 1.0 && weight < 1e-30 * largest {
            break;
        }
    }
    let mean = weights
        .iter()
        .enumerate()
        .map(|(n, w)| f(n as f64) * w)
        .sum::<f64>()
        / total;
    // The partial sums from below and from above are each other's negatives. f rises, so up to where it passes its mean
    // the first, and from there on the second, add terms of one sign and keep their relative precision.
    let (mut partial, mut sum) = (0.0, 0.0);
    let passes = (0..weights.len())
        .find(|&n| f(n as f64) > mean)
        .unwrap_or(weights.len());
    for (n, weight) in weights[..passes].iter().enumerate() {
        partial += (f(n as f64) - mean) * weight;
        sum += partial * partial / weight;
    }
    partial = 0.0;
    for n in (passes + 1..weights.len()).rev() {
        partial += (f(n as f64) - mean) * weights[n];
        sum += partial * partial / weights[n - 1];
    }
    Some(2.0 * sum / (birth * total))
}

/// M/M/c/K: Erlang's queue with K places in all, service included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// Probability that an arrival finds no place.
    pub blocked: f64,
    /// Probability that an accepted arrival waits.
    pub wait_probability: f64,
    /// Mean wait of those accepted.
    pub mean_wait: f64,
    /// Mean number in the system, in time.
    pub mean_number: f64,
    /// Mean number waiting, in time.
    pub mean_queue: f64,
}

impl Bounded {
    /// Arrival rate and service rate of one agent (both above 0), agents (at least 1), places (at least `agents`).
    /// (Gross & Harris 1998, 2.5.)
    pub fn new(arrivals: f64, service: f64, agents: u32, places: u32) -> Option<Bounded> {
        if !positive(arrivals) || !positive(service) || agents == 0 || places < agents {
            return None;
        }
        // Weights relative to the state c (all agents busy, nobody waiting): the queue's grow by rho each, and all of
        // the states up to c weigh 1/B(c).
        let (load, c) = (arrivals / service, f64::from(agents));
        let mut below = 1.0; // sum of weights up to c, over the weight of c
        let mut busy = 0.0; // the same of n
        for n in 1..=agents {
            let n = f64::from(n);
            let step = n / load;
            busy = busy * step + n;
            below = below * step + 1.0;
        }
        let (mut waiting_states, mut queue, mut weight, mut scale) = (0.0, 0.0, 1.0, 1.0);
        let rho = load / c;
        for k in 1..=places - agents {
            weight *= rho;
            waiting_states += weight;
            queue += f64::from(k) * weight;
            if weight == 0.0 {
                break;
            }
            if weight > 1e250 {
                // The largest weight rules: all are scaled down together.
                (waiting_states, queue, weight, scale) = (
                    waiting_states * 1e-250,
                    queue * 1e-250,
                    weight * 1e-250,
                    scale * 1e-250,
                );
            }
        }
        let total = below * scale + waiting_states;
        let blocked = weight / total;
        let accepted = 1.0 - blocked;
        let mean_queue = queue / total;
        let bounded = Bounded {
            blocked,
            // Accepted and waiting: states c to K - 1.
            wait_probability: (scale + waiting_states - weight) / total / accepted,
            mean_wait: mean_queue / (arrivals * accepted),
            mean_number: (busy * scale + c * waiting_states) / total + mean_queue,
            mean_queue,
        };
        (bounded.mean_wait.is_finite() && bounded.mean_number.is_finite()).then_some(bounded)
    }
}

/// Mean and variance of the wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaitMoments {
    /// Mean wait.
    pub mean: f64,
    /// Variance of the wait.
    pub variance: f64,
}

/// Wait in M/G/1, first come first served, from the first three moments of service: the formulas of Pollaczek and
/// Khinchine (mean) and Takacs (1962, variance).
pub fn pollaczek_khinchine(arrivals: f64, moments: [f64; 3]) -> Option<WaitMoments> {
    if !non_negative(arrivals) || moments.iter().any(|&m| !non_negative(m)) || arrivals * moments[0] >= 1.0 {
        return None;
    }
    let idle = 1.0 - arrivals * moments[0];
    let mean = arrivals * moments[1] / (2.0 * idle);
    Some(WaitMoments {
        mean,
        variance: mean * mean + arrivals * moments[2] / (3.0 * idle),
    })
}

/// More agents than this are not searched for.
const MOST_AGENTS: u32 = 10_000_000;

/// Least agents for which P(wait <= `within`) reaches `level` (0 <= level < 1) in M/M/c. `None` where the arguments are
/// out of range or it takes more than ten million.
pub fn least_agents_erlang_c(arrivals: f64, service: f64, within: f64, level: f64) -> Option<u32> {
    if !non_negative(arrivals) || !positive(service) || !non_negative(within) || !(0.0..1.0).contains(&level)
    {
        return None;
    }
    let load = arrivals / service;
    let mut blocked = erlang_b(0, load)?;
    for agents in 1..=MOST_AGENTS {
        blocked = load * blocked / (f64::from(agents) + load * blocked);
        let queue = ErlangC::from_blocked(arrivals, service, agents, blocked);
        if queue.is_some_and(|queue| queue.served_within(within) >= level) {
            return Some(agents);
        }
    }
    None
}

/// Counts of a Hawkes process with intensity `baseline` + sum of `jump` exp(-`decay` age) over its past points
/// (Hawkes 1971).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hawkes {
    baseline: f64,
    jump: f64,
    decay: f64,
}

impl Hawkes {
    /// `None` unless the branching ratio jump/decay is below 1.
    pub fn new(baseline: f64, jump: f64, decay: f64) -> Option<Hawkes> {
        (non_negative(baseline) && non_negative(jump) && positive(decay) && jump < decay).then_some(Hawkes {
            baseline,
            jump,
            decay,
        })
    }

    /// Mean number of direct offspring of a point.
    pub fn branching(&self) -> f64 {
        self.jump / self.decay
    }

    /// Stationary rate: baseline/(1 - n).
    pub fn rate(&self) -> f64 {
        self.baseline / (1.0 - self.branching())
    }

    /// Mean count over `t` from an empty past (Dassios & Zhao 2011).
    pub fn mean_from_empty(&self, t: f64) -> f64 {
        let k = self.decay - self.jump;
        self.rate() * t + (self.baseline - self.rate()) * -libm::expm1(-k * t) / k
    }

    /// Variance of the stationary count over `t` (Hawkes 1971; Da Fonseca & Zaatour 2014):
    /// rate (t/(1-n)^2 + (1 - 1/(1-n)^2)(1 - e^{-kt})/k), k = decay - jump.
    pub fn stationary_variance(&self, t: f64) -> f64 {
        let k = self.decay - self.jump;
        let factor = 1.0 / ((1.0 - self.branching()) * (1.0 - self.branching()));
        self.rate() * (t * factor + (1.0 - factor) * -libm::expm1(-k * t) / k)
    }

    /// Mean number of points in a cluster, its immigrant included (Borel's law: Otter 1949).
    pub fn cluster_mean(&self) -> f64 {
        1.0 / (1.0 - self.branching())
    }

    /// Variance of that number: n/(1-n)^3.
    pub fn cluster_variance(&self) -> f64 {
        let m = self.cluster_mean();
        self.branching() * m * m * m
    }
}

fn positive(x: f64) -> bool {
    x.is_finite() && x > 0.0
}

fn non_negative(x: f64) -> bool {
    x.is_finite() && x >= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;
    use proptest::prelude::*;

    // R numbers: entries of the reference file, to the ten digits they claim.
    const TEN: f64 = 2e-10;

    #[test]
    fn erlang_b_matches_the_reference_file() {
        close(erlang_b(5, 3.0).unwrap(), 0.110_054_347_826, TEN); // R0093
        close(erlang_b(10, 10.0).unwrap(), 0.214_582_343_107, TEN); // R0098
        close(erlang_b(100, 110.0).unwrap(), 0.136_114_838_912, TEN); // R0108
        assert_eq!(erlang_b(0, 2.0), Some(1.0));
        assert_eq!(erlang_b(3, 0.0), Some(0.0));
        assert_eq!(erlang_b(3, f64::NAN), None);
        assert!(erlang_b(100_000, 10.0).unwrap() < 1e-300);
    }

    #[test]
    fn erlang_c_matches_the_reference_file() {
        // lambda, c, T and P_wait, Wq, SL(T), p95, Var_Wq, asymptotic variance of Q (from R0041, R0049, R0065, R0073).
        for (lambda, c, t, values) in [
            (
                4.0,
                5,
                0.5,
                [
                    0.554_112_554_113,
                    0.554_112_554_113,
                    0.663_913_746_999,
                    2.405_344_826_95,
                    0.801_184_385_600,
                    298.750_373_893,
                ],
            ),
            (
                9.0,
                10,
                0.2,
                [
                    0.668_731_524_108,
                    0.668_731_524_108,
                    0.452_488_935_660,
                    2.593_359_664_90,
                    0.890_261_196_880,
                    3_138.639_217_58,
                ],
            ),
            (
                95.0,
                100,
                0.05,
                [
                    0.506_456_853_913,
                    0.101_291_370_783,
                    0.605_571_005_581,
                    0.463_083_225_972,
                    0.030_256_606_518_0,
                    4_898.901_370_96,
                ],
            ),
            (
                1.6,
                2,
                1.0,
                [
                    0.711_111_111_111,
                    1.777_777_777_78,
                    0.523_327_967_264,
                    6.637_014_216_46,
                    5.728_395_061_73,
                    829.208_230_453,
                ],
            ),
        ] {
            let queue = ErlangC::new(lambda, 1.0, c).unwrap();
            close(queue.wait_probability(), values[0], TEN);
            close(queue.mean_wait(), values[1], TEN);
            close(queue.served_within(t), values[2], TEN);
            close(queue.wait_quantile(0.95).unwrap(), values[3], TEN);
            close(queue.wait_variance(), values[4], TEN);
            close(queue.asymptotic_queue_variance().unwrap(), values[5], TEN);
        }
        assert_eq!(ErlangC::new(5.0, 1.0, 5), None);
        assert_eq!(ErlangC::new(0.1, 1.0, 1).unwrap().wait_quantile(0.5), Some(0.0));
    }

    #[test]
    fn one_agent_matches_the_reference_file() {
        let queue = ErlangC::new(0.9, 1.0, 1).unwrap();
        close(queue.mean_number(), 9.0, TEN); // R0021
        close(queue.mean_wait(), 9.0, TEN); // R0022
        close(queue.wait_variance(), 99.0, TEN); // R0023
        close(1.0 - queue.served_within(2.0), 0.736_857_677_770, TEN); // R0024
        close(queue.wait_quantile(0.95).unwrap(), 28.903_717_579_0, TEN); // R0025
        close(queue.asymptotic_number_variance().unwrap(), 34_200.0, TEN); // R0027
        // R0007, R0037
        close(
            ErlangC::new(0.5, 1.0, 1)
                .unwrap()
                .asymptotic_number_variance()
                .unwrap(),
            24.0,
            TEN,
        );
        close(
            ErlangC::new(0.95, 1.0, 1)
                .unwrap()
                .asymptotic_number_variance()
                .unwrap(),
            592_800.0,
            TEN,
        );
    }

    #[test]
    fn bounded_queues_match_the_reference_file() {
        for (lambda, c, k, values) in [
            (5.0, 5, 5, [0.284_867_821_331, 3.575_660_893_35, 0.0]), // R0084 to R0086
            (
                20.0,
                10,
                30,
                [0.500_000_033_650, 29.000_001_559_4, 1.900_000_351_10],
            ), // R0087 to R0089
            (0.9, 1, 5, [0.126_022_549_988, 2.194_782_300_63, 1.790_285_951_50]), // R0090 to R0092
        ] {
            let queue = Bounded::new(lambda, 1.0, c, k).unwrap();
            close(queue.blocked, values[0], TEN);
            close(queue.mean_number, values[1], TEN);
            close(queue.mean_wait, values[2], TEN);
        }
        // With hardly a limit it is Erlang C; with no agent to spare and a huge load nothing overflows.
        let (bounded, free) = (
            Bounded::new(4.0, 1.0, 5, 400).unwrap(),
            ErlangC::new(4.0, 1.0, 5).unwrap(),
        );
        close(bounded.wait_probability, free.wait_probability(), 1e-12);
        close(bounded.mean_wait, free.mean_wait(), 1e-12);
        let flooded = Bounded::new(1e6, 1.0, 1, 1000).unwrap();
        close(flooded.blocked, 1.0 - 1e-6, 1e-9);
        assert_eq!(Bounded::new(1.0, 1.0, 5, 4), None);
    }

    #[test]
    fn pollaczek_khinchine_matches_the_reference_file() {
        let e = libm::exp;
        let h2 = |k: i32| {
            // .9 exp(rate 2) + .1 exp(rate 2/11)
            let factorial = f64::from((1..=k).product::<i32>());
            let power = |x: f64| (0..k).fold(1.0, |p, _| p * x);
            factorial * (0.9 * power(0.5) + 0.1 * power(5.5))
        };
        let pareto = |k: f64| 3.5 / (3.5 - k) * libm::pow(5.0 / 7.0, k);
        for (lambda, moments, mean, variance) in [
            (0.8, [1.0, 2.0, 6.0], 4.0, 24.0),             // R0181, R0182
            (0.8, [1.0, 1.0, 1.0], 2.0, 5.333_333_333_33), // R0193, R0194
            (0.5, [1.0, 1.5, 3.0], 0.75, 1.5625),          // R0199, R0200
            (0.8, [1.0, 4.0 / 3.0, 2.0], 2.666_666_666_67, 9.777_777_777_78), // R0217, R0218
            (0.8, [1.0, e(1.0), e(3.0)], 5.436_563_656_92, 56.336_940_293_3), // R0229, R0230
            (0.5, [h2(1), h2(2), h2(3)], 3.25, 44.0625),   // R0247, R0248
            (
                0.8,
                [pareto(1.0), pareto(2.0), pareto(3.0)],
                2.380_952_380_95,
                9.070_294_784_58,
            ), // R0265, R0266
        ] {
            let wait = pollaczek_khinchine(lambda, moments).unwrap();
            close(wait.mean, mean, TEN);
            close(wait.variance, variance, TEN);
        }
        assert_eq!(pollaczek_khinchine(1.0, [1.0, 1.0, 1.0]), None);
    }

    #[test]
    fn least_agents_match_the_reference_file() {
        let patience = Patience::Exponential(1.0 / 120.0);
        // Calls per hour, handling, T, level; agents by Erlang C and A and their levels where the file has them.
        for (calls, handling, t, level, c, level_c, a, level_a) in [
            (
                100.0,
                180.0,
                20.0,
                0.8,
                8,
                Some(0.880_148_310_767),
                7,
                Some(0.845_663_578_339),
            ), // R0523 to R0526
            (360.0, 300.0, 20.0, 0.8, 36, None, 32, None), // R0527, R0529
            (
                1000.0,
                240.0,
                30.0,
                0.9,
                75,
                Some(0.918_186_264_843),
                68,
                Some(0.910_414_952_870),
            ), // R0531 to R0534
            (
                20.0,
                600.0,
                60.0,
                0.8,
                6,
                Some(0.886_476_662_048),
                5,
                Some(0.860_085_580_997),
            ), // R0535 to R0538
        ] {
            let (lambda, mu) = (calls / 3600.0, 1.0 / handling);
            assert_eq!(least_agents_erlang_c(lambda, mu, t, level), Some(c));
            assert_eq!(least_agents_erlang_a(lambda, mu, &patience, t, level), Some(a));
            if let (Some(level_c), Some(level_a)) = (level_c, level_a) {
                close(
                    ErlangC::new(lambda, mu, c).unwrap().served_within(t),
                    level_c,
                    TEN,
                );
                let queue = ErlangA::new(lambda, mu, a, patience.clone()).unwrap();
                close(queue.served_within(t), level_a, TEN);
            }
        }
        assert_eq!(least_agents_erlang_c(1.0, 1.0, 0.0, 1.0), None);
        assert_eq!(least_agents_erlang_a(1.0, 1.0, &patience, 0.0, 1.0), None);
        assert_eq!(least_agents_erlang_c(0.0, 1.0, 0.0, 0.9), Some(1));
    }

    #[test]
    fn hawkes_matches_the_reference_file() {
        let hawkes = Hawkes::new(2.0, 0.8, 1.0).unwrap();
        close(hawkes.rate(), 10.0, TEN); // R0470
        close(hawkes.mean_from_empty(1.0), 2.749_230_123_12, TEN); // R0471
        close(hawkes.stationary_variance(1.0), 32.476_903_693_6, TEN); // R0473
        close(hawkes.stationary_variance(10.0), 1_462.402_339_88, TEN); // R0479
        close(hawkes.mean_from_empty(100.0), 960.000_000_082, TEN); // R0480
        close(hawkes.stationary_variance(100.0), 23_800.000_002_5, TEN); // R0482
        close(hawkes.cluster_mean(), 5.0, TEN); // R0485
        close(hawkes.cluster_variance(), 100.0, TEN); // R0486
        assert_eq!(Hawkes::new(1.0, 1.0, 1.0), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn the_least_is_least(load in 0.1..80.0f64, t in 0.0..1.0f64, level in 0.1..0.99f64) {
            let least = least_agents_erlang_c(load, 1.0, t, level).unwrap();
            prop_assert!(ErlangC::new(load, 1.0, least).unwrap().served_within(t) >= level);
            let fewer = ErlangC::new(load, 1.0, least - 1);
            prop_assert!(fewer.is_none_or(|queue| queue.served_within(t) < level));
            let patience = Patience::Exponential(0.5);
            let least = least_agents_erlang_a(load, 1.0, &patience, t, level).unwrap();
            if least > 1 {
                let fewer = ErlangA::new(load, 1.0, least - 1, patience).unwrap();
                prop_assert!(fewer.served_within(t) < level);
            }
        }
    }
}
