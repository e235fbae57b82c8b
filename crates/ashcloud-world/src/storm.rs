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
    here: Here,
    gap: Key,
}

/// Where on the density the last writer was.
#[derive(Clone, Copy, Debug)]
struct Here {
    u: f64,
    /// exp(-u/decay) and exp(-u/both); their difference is the density.
    falling: f64,
    rising: f64,
    /// Integral of the density from u on.
    rest: f64,
    /// Small steps since these were computed afresh.
    steps: u32,
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
            here: shape.here(0.0, 0.0),
            gap,
        }
    }

    /// Back to the beginning with other draws; `count` tells how many write.
    pub(crate) fn reset(&mut self, gap: Key, count: Key) {
        self.writers = binomial(&mut count.draw(0), self.affected, self.contact);
        (self.come, self.hazard, self.here, self.gap) = (0, 0.0, self.shape.here(0.0, 0.0), gap);
    }

    /// The next writer's instant and ordinal.
    pub(crate) fn next(&mut self) -> Option<(u64, u64)> {
        if self.come >= self.writers {
            return None;
        }
        // Order statistics of exponentials by their spacings (Renyi, 1953).
        let spacing = Exponential::tables().sample(&mut self.gap.draw(self.come));
        let more = spacing / (self.writers - self.come) as f64;
        self.hazard += more;
        self.come += 1;
        if !self.shape.step(&mut self.here, more) {
            let u = self.shape.quantile(self.hazard, self.here.u);
            self.here = self.shape.here(u, self.hazard);
        }
        Some((self.at.saturating_add(nanoseconds(self.here.u)), self.come - 1))
    }
}

/// Largest argument of [`shortfall`].
const SMALL: f64 = 0.02;

/// 1 - exp(-z) for z in 0 to 0.02, to a relative 1e-16.
#[inline(always)]
fn shortfall(z: f64) -> f64 {
    let series = 1.0 - z * (1.0 / 5.0) * (1.0 - z * (1.0 / 6.0) * (1.0 - z * (1.0 / 7.0)));
    z * (1.0 - z * 0.5 * (1.0 - z * (1.0 / 3.0) * (1.0 - z * 0.25 * series)))
}

/// The density g before it is normalised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    rise: f64,
    decay: f64,
    /// 1/(1/rise + 1/decay).
    both: f64,
    per_decay: f64,
    per_both: f64,
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
            per_decay: 1.0 / decay,
            per_both: if both > 0.0 { 1.0 / both } else { 0.0 },
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

    /// Share of the writers who have written by `u` seconds.
    pub(crate) fn share_by(&self, u: f64) -> f64 {
        let total = self.body + self.beyond;
        if u <= 0.0 || total <= 0.0 {
            0.0
        } else if u < self.lasts {
            self.below(u) / total
        } else if self.tail > 0.0 {
            1.0 - self.beyond * libm::exp(-(u - self.lasts) / self.tail) / total
        } else {
            1.0
        }
    }

    /// The place at `u`, where the integrated hazard is `hazard`.
    fn here(&self, u: f64, hazard: f64) -> Here {
        let rising = if self.both > 0.0 {
            libm::exp(-u / self.both)
        } else {
            0.0
        };
        let rest = (self.body + self.beyond) * libm::exp(-hazard);
        Here {
            u,
            falling: libm::exp(-u / self.decay),
            rising,
            rest,
            steps: 0,
        }
    }

    /// Moves on by `more` integrated hazard where that is a small step within the body: the integral of the density over
    /// a step d is decay exp(-u/decay)(1 - exp(-d/decay)) less the same for `both`, by short series. False where it is
    /// not, or where rounding errors of many steps have to be cleared.
    #[inline]
    fn step(&self, here: &mut Here, more: f64) -> bool {
        let density = here.falling - here.rising;
        // Largest step, in units of the faster scale, at which the series below are exact.
        let limit = SMALL * self.both;
        if here.steps >= 64 || more >= SMALL || density * limit <= here.rest * more {
            return false;
        }
        let mass = here.rest * shortfall(more);
        // Second order in the mass; then Newton.
        let first = mass / density;
        let bend = (here.rising * self.per_both - here.falling * self.per_decay) / density;
        let mut d = first * (1.0 - 0.5 * bend * first);
        for _ in 0..8 {
            if !(d > 0.0 && d < limit) {
                return false;
            }
            let (fallen, risen) = (shortfall(d * self.per_decay), shortfall(d * self.per_both));
            let miss = self.decay * here.falling * fallen - self.both * here.rising * risen - mass;
            let slope = here.falling * (1.0 - fallen) - here.rising * (1.0 - risen);
            let correction = miss / slope;
            d -= correction;
            if correction.abs() <= 1e-10 {
                let u = here.u + d;
                if !(d > 0.0 && u < self.lasts) {
                    return false;
                }
                here.falling *= 1.0 - shortfall(d * self.per_decay);
                here.rising *= 1.0 - shortfall(d * self.per_both);
                (here.u, here.rest, here.steps) = (u, here.rest - mass, here.steps + 1);
                return true;
            }
        }
        false
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    fn storm(affected: u64, times: [f64; 4]) -> Storm {
        let mut storm = Storm::new(Time::ZERO, affected, 0.5, times);
        storm.reset(
            Key::new(1, 0, Purpose::Gap, 1),
            Key::new(1, 0, Purpose::StormCount, 1),
        );
        storm
    }

    #[test]
    fn shortfall_is_one_minus_exp() {
        for i in 1..=1000 {
            let z = SMALL * f64::from(i) / 1000.0;
            assert!((shortfall(z) / -libm::expm1(-z) - 1.0).abs() < 4e-16, "{z}");
        }
    }

    #[test]
    fn quantiles_invert_the_integral_of_the_density() {
        for times in [
            [1200.0, 14_400.0, 20_000.0, 5400.0],
            [1200.0, 14_400.0, 432_000.0, 5400.0],
            [0.0, 10.0, 5.0, 1.0],
        ] {
            let shape = Shape::new(times);
            let total = shape.body + shape.beyond;
            for i in 1..400 {
                let u = shape.lasts * f64::from(i) / 400.0;
                let share = shape.below(u) / total;
                let hazard = -libm::log1p(-share);
                if hazard < 30.0 {
                    let found = shape.quantile(hazard, 0.0);
                    assert!(
                        (shape.below(found) / total - share).abs() < 1e-12,
                        "{found}, not {u}"
                    );
                }
            }
        }
    }

    #[test]
    fn small_steps_end_where_the_inverse_does() {
        for times in [
            [1200.0, 14_400.0, 20_000.0, 5400.0],
            [30.0, 14_400.0, 432_000.0, 5400.0],
            [0.0, 50.0, 90.0, 10.0],
        ] {
            let mut storm = storm(200_000, times);
            let mut small = 0;
            while let Some((at, _)) = storm.next() {
                small += u32::from(storm.here.steps > 0);
                let exact = storm.shape.quantile(storm.hazard, 0.0);
                // Far out, where hardly anything is left of the density, a time is known less well than its share.
                let density = storm.shape.density(exact).max(1e-9);
                let bound = 2e-9 + 1e-12 * storm.shape.body / density;
                assert!((at as f64 * 1e-9 - exact).abs() < bound, "{at} ns, not {exact} s");
            }
            assert!(times[0] == 0.0 || small > 50_000, "{small}");
        }
    }

    #[test]
    fn storms_keep_their_values() {
        let mut storm = storm(1000, [1200.0, 14_400.0, 20_000.0, 5400.0]);
        assert_eq!(storm.writers, 496);
        let first: Vec<u64> = (0..3).filter_map(|_| storm.next()).map(|a| a.0).collect();
        assert_eq!(first, [86_013_382_912, 224_085_351_592, 279_954_485_642]);
        let last = std::iter::from_fn(|| storm.next()).last();
        assert_eq!(last, Some((36_567_476_579_457, 495)));
    }
}
