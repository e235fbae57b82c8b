//! Poisson processes whose rate is a step function: tables of rates with random factors, and Markov-modulated ones.
//!
//! The n-th arrival is where the integral of the rate has grown by the n-th unit-exponential gap since the one before.

use std::sync::Arc;

use ashcloud_core::Time;
use ashcloud_scenario::spec::{Blocks, Busyness, Piece};

use crate::laws::{BLOCK, gamma, nanoseconds};
use crate::rng::{Key, Purpose};
use crate::sources::Block;
use crate::special::{gamma_quantile, normal_cdf, normal_quantile};
use crate::ziggurat::Exponential;

/// A step function as it unfolds, and where on it the process stands.
#[derive(Clone, Debug)]
pub(crate) struct Intensity {
    path: Path,
    /// Present instant, nanoseconds.
    at: u64,
    /// Rate per second from `at` to `until`.
    rate: f64,
    until: u64,
    /// Before this, [`FAR`] more are expected until the rate changes.
    far: u64,
    ordinal: u64,
    gap: Key,
    unit: &'static Exponential,
}

#[derive(Clone, Debug)]
enum Path {
    Pieces {
        pieces: Arc<[Piece]>,
        next: usize,
        level: f64,
        factors: Vec<Factor>,
    },
    Chain(Chain),
}

/// More than a gap ever is, in expected arrivals, but for once in 10^26.
const FAR: f64 = 64.0;

impl Intensity {
    /// A table of rates times random factors that change at their blocks' beginnings (`days` where those are days).
    pub(crate) fn pieces(pieces: &Arc<[Piece]>, busyness: &[Busyness], days: &[Time]) -> Intensity {
        let factors = busyness
            .iter()
            .enumerate()
            .map(|(i, b)| Factor::new(i as u64, b, days))
            .collect();
        Intensity::new(Path::Pieces {
            pieces: Arc::clone(pieces),
            next: 0,
            level: 0.0,
            factors,
        })
    }

    /// A Markov chain with a rate in each state.
    pub(crate) fn chain(rates: &[f64], switching: &[Vec<f64>], stationary: bool) -> Intensity {
        Intensity::new(Path::Chain(Chain::new(rates, switching, stationary)))
    }

    fn new(path: Path) -> Intensity {
        let unit = Exponential::tables();
        Intensity {
            path,
            at: 0,
            rate: 0.0,
            until: 0,
            far: 0,
            ordinal: 0,
            gap: Key::default(),
            unit,
        }
    }

    /// Back to time 0 with other draws.
    pub(crate) fn reset(&mut self, key: impl Fn(Purpose) -> Key) {
        (self.at, self.until, self.far, self.ordinal) = (0, 0, 0, 0);
        self.gap = key(Purpose::Gap);
        match &mut self.path {
            Path::Pieces {
                next, level, factors, ..
            } => {
                (*next, *level) = (0, 0.0);
                for factor in factors {
                    factor.reset(key(Purpose::Busyness));
                }
            }
            Path::Chain(chain) => {
                chain.reset(key(Purpose::Start), key(Purpose::Sojourn), key(Purpose::Switch));
            }
        }
    }

    /// Fills an empty block with the next arrivals before `end`.
    pub(crate) fn fill(&mut self, end: u64, block: &mut Block) {
        let (first, mut at) = (self.ordinal, self.at);
        for place in 0..BLOCK {
            let ordinal = first + place as u64;
            let left = self.unit.sample(&mut self.gap.draw(ordinal));
            // With room for rounding on both sides.
            at = if at < self.far && left < FAR - 4.0 {
                self.after(at, left)
            } else {
                self.at = at;
                self.near_a_change(left, end)
            };
            if at >= end {
                return;
            }
            block.put(place, at, ordinal);
            (self.at, self.ordinal) = (at, ordinal + 1);
        }
    }

    /// The same where the rate may change before.
    #[inline(never)]
    fn near_a_change(&mut self, left: f64, end: u64) -> u64 {
        let here = self.rate * ((self.until - self.at) as f64 * 1e-9);
        if here > left {
            return self.after(self.at, left);
        }
        self.across(left, here, end)
    }

    /// When so much of the expected number has come since `at`, at the present rate.
    #[inline(always)]
    fn after(&self, at: u64, left: f64) -> u64 {
        let at = at.saturating_add(nanoseconds(left / self.rate));
        at.min(self.until)
    }

    /// The same across changes of the rate; `here` comes before the first. [`Time::NEVER`] if not before `end`.
    #[cold]
    #[inline(never)]
    fn across(&mut self, mut left: f64, mut here: f64, end: u64) -> u64 {
        loop {
            left -= here;
            self.at = self.until;
            if self.at >= end {
                return Time::NEVER.0;
            }
            (self.rate, self.until) = self.path.step(self.at);
            self.far = self.until.saturating_sub(nanoseconds(FAR / self.rate));
            here = self.rate * ((self.until - self.at) as f64 * 1e-9);
            if here > left {
                return self.after(self.at, left);
            }
        }
    }
}

impl Path {
    /// The rate from `at` on, and until when it holds; `at` never goes back.
    fn step(&mut self, at: u64) -> (f64, u64) {
        match self {
            Path::Pieces {
                pieces,
                next,
                level,
                factors,
            } => {
                while let Some(piece) = pieces.get(*next)
                    && piece.from.0 <= at
                {
                    *level = piece.rate;
                    *next += 1;
                }
                let mut until = pieces.get(*next).map_or(Time::NEVER.0, |p| p.from.0);
                let mut rate = *level;
                for factor in factors {
                    while factor.until <= at {
                        factor.advance();
                    }
                    rate *= factor.value;
                    until = until.min(factor.until);
                }
                (rate, until)
            }
            Path::Chain(chain) => chain.step(),
        }
    }
}

/// A random factor of mean 1, constant over blocks.
#[derive(Clone, Debug)]
struct Factor {
    /// Which of a stream's factors.
    index: u64,
    shape: f64,
    correlation: f64,
    /// Beginnings of the blocks, or empty where they come `every` so often.
    starts: Vec<u64>,
    every: u64,
    key: Key,
    /// The next block, and the end of the present one.
    block: u64,
    until: u64,
    value: f64,
    /// Normal score of the present block.
    score: f64,
}

impl Factor {
    fn new(index: u64, busyness: &Busyness, days: &[Time]) -> Factor {
        let (starts, every) = match busyness.blocks {
            Blocks::Days => (days.iter().map(|d| d.0).collect(), u64::MAX),
            Blocks::Every(span) => (Vec::new(), span.0.max(1)),
        };
        let (shape, correlation) = (busyness.shape, busyness.correlation.clamp(-1.0, 1.0));
        Factor {
            index,
            shape,
            correlation,
            starts,
            every,
            key: Key::default(),
            block: 0,
            until: 0,
            value: 1.0,
            score: 0.0,
        }
    }

    fn reset(&mut self, key: Key) {
        (self.key, self.block, self.until) = (key, 0, 0);
    }

    /// On to the next block.
    fn advance(&mut self) {
        let mut draw = self.key.draw(self.index << 48 | self.block);
        self.value = if self.correlation == 0.0 {
            gamma(&mut draw, self.shape) / self.shape
        } else {
            // Normal scores follow a stationary autoregression; each is carried over to the gamma law through its
            // distribution function (a Gaussian copula; Cario and Nelson, 1996).
            let fresh = normal_quantile(draw.open());
            let kept = self.correlation;
            self.score = if self.block == 0 {
                fresh
            } else {
                kept * self.score + libm::sqrt(1.0 - kept * kept) * fresh
            };
            gamma_quantile(self.shape, normal_cdf(self.score), normal_cdf(-self.score)) / self.shape
        };
        self.block += 1;
        self.until = if self.starts.is_empty() {
            self.every.saturating_mul(self.block)
        } else {
            self.starts.get(self.block as usize).map_or(Time::NEVER.0, |&s| s)
        };
    }
}

/// A Markov chain in continuous time.
#[derive(Clone, Debug)]
struct Chain {
    rates: Vec<f64>,
    /// Cumulative probabilities of the next state, from each state.
    jumps: Vec<Vec<f64>>,
    /// Mean sojourns in seconds; infinite in a state that is never left.
    sojourns: Vec<f64>,
    /// Cumulative law of the first state.
    first: Vec<f64>,
    state: usize,
    ordinal: u64,
    until: u64,
    start: Key,
    sojourn: Key,
    switch: Key,
    unit: &'static Exponential,
}

impl Chain {
    fn new(rates: &[f64], switching: &[Vec<f64>], stationary: bool) -> Chain {
        let n = rates.len().min(switching.len());
        let rate = |i: usize, j: usize| {
            if i == j {
                0.0
            } else {
                switching[i].get(j).copied().unwrap_or(0.0)
            }
        };
        let mut jumps = Vec::with_capacity(n);
        let mut sojourns = Vec::with_capacity(n);
        for i in 0..n {
            let total: f64 = (0..n).map(|j| rate(i, j)).sum();
            sojourns.push(if total > 0.0 { 1.0 / total } else { f64::INFINITY });
            jumps.push(cumulate((0..n).map(|j| rate(i, j))));
        }
        let first = if stationary {
            stationary_law(n, rate)
        } else {
            vec![1.0]
        };
        Chain {
            rates: rates[..n].to_vec(),
            jumps,
            sojourns,
            first: cumulate(first),
            state: 0,
            ordinal: 0,
            until: 0,
            start: Key::default(),
            sojourn: Key::default(),
            switch: Key::default(),
            unit: Exponential::tables(),
        }
    }

    fn reset(&mut self, start: Key, sojourn: Key, switch: Key) {
        (self.start, self.sojourn, self.switch) = (start, sojourn, switch);
        (self.ordinal, self.until) = (0, 0);
    }

    /// The next sojourn: its rate and its end.
    fn step(&mut self) -> (f64, u64) {
        self.state = if self.ordinal == 0 {
            pick(&self.first, self.start.uniform(0))
        } else {
            pick(&self.jumps[self.state], self.switch.uniform(self.ordinal - 1))
        };
        let Some(&sojourn) = self.sojourns.get(self.state) else {
            return (0.0, Time::NEVER.0);
        };
        let stay = if sojourn.is_finite() {
            nanoseconds(self.unit.sample(&mut self.sojourn.draw(self.ordinal)) * sojourn)
        } else {
            Time::NEVER.0
        };
        self.until = self.until.saturating_add(stay);
        self.ordinal += 1;
        (self.rates[self.state], self.until)
    }
}

/// Running sums divided by their total.
pub(crate) fn cumulate(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums: Vec<f64> = weights
        .into_iter()
        .map(|w| {
            sum += w;
            sum
        })
        .collect();
    for s in &mut sums {
        *s /= sum;
    }
    sums
}

/// The first place whose running sum exceeds `u`, for `u` in [0, 1).
#[inline]
pub(crate) fn pick(sums: &[f64], u: f64) -> usize {
    // Counted to the end: where it stops is anybody's guess, and guesses cost more than the rest of a few sums.
    let below = sums.iter().filter(|&&s| s <= u).count();
    below.min(sums.len().saturating_sub(1))
}

/// Stationary law of a chain with these rates, without subtractions (Grassmann, Taksar and Heyman, 1985). Where the chain
/// falls into parts that do not meet it is the law of the part with the first state.
pub(crate) fn stationary_law(n: usize, rate: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let mut q: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| rate(i, j)).collect()).collect();
    for k in (1..n).rev() {
        let out: f64 = q[k][..k].iter().sum();
        for i in 0..k {
            q[i][k] = if out > 0.0 { q[i][k] / out } else { 0.0 };
            for j in 0..k {
                q[i][j] += q[i][k] * q[k][j];
            }
        }
    }
    let mut law = vec![1.0; n.min(1)];
    for k in 1..n {
        let weight = law.iter().zip(&q).map(|(p, row)| p * row[k]).sum();
        law.push(weight);
    }
    law
}

#[cfg(test)]
mod tests {
    use ashcloud_core::Span;

    use super::*;
    use crate::check::{has_law, moments};
    use crate::special::gamma_cdf;

    #[test]
    fn factors_are_gamma_and_their_scores_follow_an_autoregression() {
        for (shape, correlation) in [(25.0, 0.6), (2.0, -0.4), (25.0, 0.0)] {
            let busyness = Busyness {
                shape,
                blocks: Blocks::Every(Span::SECOND),
                correlation,
            };
            let mut factor = Factor::new(0, &busyness, &[]);
            factor.reset(Key::new(1, 0, Purpose::Busyness, 1));
            let values: Vec<f64> = (0..40_000)
                .map(|_| {
                    factor.advance();
                    factor.value
                })
                .collect();
            let score = |x: f64| normal_quantile(gamma_cdf(shape, shape * x));
            // Every tenth is as good as independent: 0.6^10 = 0.006.
            let apart: Vec<f64> = values.iter().step_by(10).copied().collect();
            has_law("factor", apart.clone(), |x| gamma_cdf(shape, shape * x));
            moments("factor", &apart, 1.0, 1.0 / shape);
            // Innovations are independent standard normals.
            let fresh: Vec<f64> = values
                .windows(2)
                .map(|w| {
                    (score(w[1]) - correlation * score(w[0])) / libm::sqrt(1.0 - correlation * correlation)
                })
                .collect();
            moments("innovation", &fresh, 0.0, 1.0);
            let with_last: Vec<f64> = fresh.iter().zip(&values).map(|(f, &x)| f * score(x)).collect();
            moments("innovation and last", &with_last, 0.0, 1.0);
        }
    }

    #[test]
    fn the_stationary_law_is_balanced() {
        let q = [[0.0, 1.0, 3.0], [0.5, 0.0, 0.25], [2.0, 7.0, 0.0]];
        let law = stationary_law(3, |i, j| q[i][j]);
        for j in 0..3 {
            let flow_in: f64 = (0..3).map(|i| law[i] * q[i][j]).sum();
            let flow_out: f64 = law[j] * q[j].iter().sum::<f64>();
            assert!((flow_in / flow_out - 1.0).abs() < 1e-14);
        }
        // Parts that do not meet.
        assert_eq!(stationary_law(2, |_, _| 0.0), [1.0, 0.0]);
    }
}
