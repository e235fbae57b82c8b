//! The storm: each affected contact writes with some probability, at a time with density
//! g(u) proportional to (1 - exp(-u/rise)) exp(-u/decay) up to `lasts`, falling exponentially from there.

use ashcloud_core::Time;

use crate::counts::binomial;
use crate::laws::nanoseconds;
use crate::rng::Key;
use crate::ziggurat::Exponential;

/// The writers' times as order statistics, made one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Storm {
    at: u64,
    affected: u64,
    contact: f64,
    shape: Shape,
    /// Writers, and how many have come.
    writers: u64,
    come: u64,
    /// Integrated hazard of g at the last writer: -ln P(U > u).
    hazard: f64,
    last: f64,
    gap: Key,
}

impl Storm {
    /// `times`: rise, decay, lasts and tail in seconds.
    pub(crate) fn new(at: Time, affected: u64, contact: f64, times: [f64; 4]) -> Storm {
        let shape = Shape::new(times);
        let gap = Key::default();
        Storm {
            at: at.0,
            affected,
            contact,
            shape,
            writers: 0,
            come: 0,
            hazard: 0.0,
            last: 0.0,
            gap,
        }
    }

    /// Back to the beginning with other draws; `count` tells how many write.
    pub(crate) fn reset(&mut self, gap: Key, count: Key) {
        self.writers = binomial(&mut count.draw(0), self.affected, self.contact);
        (self.come, self.hazard, self.last, self.gap) = (0, 0.0, 0.0, gap);
    }

    /// The next writer's instant and ordinal.
    pub(crate) fn next(&mut self) -> Option<(u64, u64)> {
        if self.come >= self.writers {
            return None;
        }
        // Order statistics of exponentials by their spacings (Renyi, 1953).
        let spacing = Exponential::tables().sample(&mut self.gap.draw(self.come));
        self.hazard += spacing / (self.writers - self.come) as f64;
        self.last = self.shape.quantile(self.hazard, self.last);
        self.come += 1;
        Some((self.at.saturating_add(nanoseconds(self.last)), self.come - 1))
    }
}

/// The density g before it is normalised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    rise: f64,
    decay: f64,
    /// 1/(1/rise + 1/decay).
    both: f64,
    lasts: f64,
    tail: f64,
    /// Integral of g up to `lasts`, and beyond.
    body: f64,
    beyond: f64,
}

impl Shape {
    /// From rise, decay, lasts and tail in seconds.
    pub(crate) fn new([rise, decay, lasts, tail]: [f64; 4]) -> Shape {
        let both = if rise > 0.0 {
            1.0 / (1.0 / rise + 1.0 / decay)
        } else {
            0.0
        };
        let mut shape = Shape {
            rise,
            decay,
            both,
            lasts,
            tail,
            body: 0.0,
            beyond: 0.0,
        };
        shape.body = shape.below(lasts);
        shape.beyond = shape.density(lasts) * tail;
        shape
    }

    /// g at `u` seconds, for u up to `lasts`.
    fn density(&self, u: f64) -> f64 {
        let risen = if self.rise > 0.0 {
            -libm::expm1(-u / self.rise)
        } else {
            1.0
        };
        risen * libm::exp(-u / self.decay)
    }

    /// Integral of g from 0 to `u`, for u up to `lasts`.
    fn below(&self, u: f64) -> f64 {
        let rising = if self.both > 0.0 {
            self.both * libm::expm1(-u / self.both)
        } else {
            0.0
        };
        rising - self.decay * libm::expm1(-u / self.decay)
    }

    /// Integral of g from `u`, up to `lasts`, to infinity.
    fn above(&self, u: f64) -> f64 {
        let fall = |scale: f64| {
            if scale > 0.0 {
                scale * (libm::exp(-u / scale) - libm::exp(-self.lasts / scale))
            } else {
                0.0
            }
        };
        fall(self.decay) - fall(self.both) + self.beyond
    }

    /// The u at which the integrated hazard is `hazard`; `from` is a lower bound.
    pub(crate) fn quantile(&self, hazard: f64, from: f64) -> f64 {
        let total = self.body + self.beyond;
        let survival = libm::exp(-hazard);
        let rest = survival * total;
        if rest <= self.beyond {
            return self
                .lasts
                .max(from)
                .max(self.lasts - self.tail * libm::log(rest / self.beyond));
        }
        let come = -libm::expm1(-hazard) * total;
        let (mut low, mut high) = (from, self.lasts);
        // The next writer is near: a step along the density at the last one, or along its rise at the very beginning.
        let density = self.density(from);
        let ahead = come - self.below(from);
        let mut u = if density > 0.0 {
            from + ahead / density
        } else {
            libm::sqrt(2.0 * self.rise * come)
        };
        for _ in 0..200 {
            if !(u > low && u < high) {
                // An endless body is searched by doubling first.
                u = if high.is_finite() {
                    0.5 * (low + high)
                } else {
                    2.0 * low + self.decay
                };
            }
            // Above zero where u is too large; computed from the side that keeps its digits.
            let miss = if survival > 0.5 {
                self.below(u) - come
            } else {
                rest - self.above(u)
            };
            if miss > 0.0 {
                high = u;
            } else {
                low = u;
            }
            let next = u - miss / self.density(u);
            let moved = (next - u).abs();
            if moved <= 1e-10 || high - low <= 1e-10 || (moved <= 1e-14 * u) {
                return next.clamp(low, high);
            }
            u = next;
        }
        u.clamp(low, high)
    }
}
