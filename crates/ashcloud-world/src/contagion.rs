//! Contagion: every comment has a Poisson number of offspring (Hawkes and Oakes, 1974), each at a delay drawn under its
//! own identity, so that a cluster is a function of its first comment.

use std::sync::Arc;

use ashcloud_scenario::spec::{self, Kernel, Piece};

use crate::counts::poisson;
use crate::laws::nanoseconds;
use crate::moments::mean;
use crate::rng::Key;
use crate::volume::mean_rate;
use crate::ziggurat::Exponential;

/// Share of the stationary rate that may be missing at the start for want of a longer history.
const MISSING: f64 = 1e-9;

/// Most first comments expected in a history: where the kernel decays exponentially, and where its tail is so heavy that
/// no history is long enough.
const LONGEST: f64 = 1e7;
const LONGEST_HEAVY: f64 = 1e5;

/// How the comments of one stream breed.
#[derive(Clone, Debug)]
pub(crate) struct Breeding {
    offspring: f64,
    kernel: Kernel,
    clock: Option<Activity>,
    /// 1 over the mean number of followers, where offspring are proportional to them.
    pub(crate) per_follower: Option<f64>,
    /// First comments per second before the start, and seconds of them.
    pub(crate) history: Option<(f64, f64)>,
    unit: &'static Exponential,
}

impl Breeding {
    /// Compiles a contagion. A law of followers without a finite, positive mean is ignored.
    ///
    /// The history of a stationary start is made of first comments that come at the source's mean rate (its first rate,
    /// for tables) as a Poisson process. Its length leaves at most 1e-9 of the stationary rate out where the kernel has
    /// an exponential moment: clusters older than T carry at most exp(-theta T) of it, where offspring times
    /// E[exp(theta delay)] is 1 (Lundberg's inequality for the geometric sum of delays); for the exponential kernel
    /// theta = (1 - offspring)/mean. A Lomax kernel leaves out offspring/(1 - offspring) times its tail at T; T is chosen
    /// for 1e-9 but ends at 100,000 expected first comments. Activity before the start is taken as 1.
    pub(crate) fn new(contagion: &spec::Contagion, stream: &spec::Stream) -> Breeding {
        let mean_followers = stream.followers.as_ref().map_or(0.0, mean);
        let known = contagion.by_followers && mean_followers > 0.0 && mean_followers.is_finite();
        let rate = mean_rate(&stream.source);
        let history = (contagion.start == spec::Start::Stationary && rate > 0.0 && contagion.offspring > 0.0)
            .then(|| (rate, history_length(contagion.kernel, contagion.offspring, rate)));
        Breeding {
            offspring: contagion.offspring,
            kernel: contagion.kernel,
            clock: contagion.clock.as_ref().map(Activity::new),
            per_follower: known.then(|| 1.0 / mean_followers),
            history,
            unit: Exponential::tables(),
        }
    }

    /// Gives each child of a comment at `at` (nanoseconds, negative before the start) to `put`: instant and id.
    pub(crate) fn breed(
        &self,
        (count, delay): (Key, Key),
        parent: u64,
        weight: f64,
        at: i64,
        mut put: impl FnMut(i64, u64),
    ) {
        // Ten million children of one comment are enough for any memory.
        let children = poisson(&mut count.draw(parent), self.offspring * weight).min(10_000_000);
        for ordinal in 0..children {
            let child = crate::ids::child(parent, ordinal);
            let ahead = quantile(self.kernel, self.unit.sample(&mut delay.draw(child)));
            let then = match &self.clock {
                None => at.saturating_add(nanoseconds(ahead) as i64),
                Some(activity) => activity.after(at, ahead),
            };
            put(then, child);
        }
    }
}

/// The delay that a share exp(-`e`) of all delays exceeds, in seconds.
fn quantile(kernel: Kernel, e: f64) -> f64 {
    match kernel {
        Kernel::Exponential { mean } => mean * e,
        // 1 - F(t) = (c/(t + c))^theta (Lomax, 1954).
        Kernel::Lomax { c, theta } => c * libm::expm1(e / theta),
        Kernel::Power { flat, exponent, cut } => {
            let flat = flat.min(cut);
            let steep = exponent - 1.0;
            // Integral of min(1, (t/flat)^-exponent) up to the cut; then how much of it lies before t.
            let total = flat + flat / steep * (1.0 - libm::pow(cut / flat, -steep));
            let before = -libm::expm1(-e) * total;
            if before <= flat {
                before
            } else {
                (flat * libm::pow(1.0 - (before - flat) * steep / flat, -1.0 / steep)).min(cut)
            }
        }
    }
}

/// Seconds of history before the start.
fn history_length(kernel: Kernel, offspring: f64, rate: f64) -> f64 {
    let theta = match kernel {
        Kernel::Exponential { mean } => (1.0 - offspring) / mean,
        Kernel::Power { cut, .. } => adjustment(kernel, offspring, cut),
        Kernel::Lomax { c, theta } => {
            let needed = c * libm::pow(offspring / (1.0 - offspring) / MISSING, 1.0 / theta);
            return needed.min(LONGEST_HEAVY / rate);
        }
    };
    (-libm::log(MISSING) / theta).min(LONGEST / rate)
}

/// The theta at which offspring times E[exp(theta delay)] is 1, from below, by bisection.
fn adjustment(kernel: Kernel, offspring: f64, cut: f64) -> f64 {
    const POINTS: u32 = 4096;
    let delays: Vec<f64> = (1..=POINTS)
        .map(|i| quantile(kernel, -libm::log1p(-f64::from(i) / (f64::from(POINTS) + 0.5))))
        .collect();
    let growth =
        |theta: f64| offspring * delays.iter().map(|d| libm::exp(theta * d)).sum::<f64>() / f64::from(POINTS);
    // E[exp(theta delay)] <= exp(theta cut), so theta is at least this.
    let mut low = -libm::log(offspring) / cut;
    let mut high = low;
    while growth(high) < 1.0 && high < 1e12 * low {
        low = high;
        high *= 2.0;
    }
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if growth(middle) < 1.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// A clock that runs at the stream's activity: fast when the page is busy. Before the start it runs at speed 1.
#[derive(Clone, Debug)]
struct Activity {
    pieces: Arc<[Piece]>,
    /// Activity seconds before each piece.
    before: Vec<f64>,
}

impl Activity {
    fn new(pieces: &Arc<[Piece]>) -> Activity {
        let mut sum = 0.0;
        let mut before = Vec::with_capacity(pieces.len());
        for (i, piece) in pieces.iter().enumerate() {
            before.push(sum);
            if let Some(next) = pieces.get(i + 1) {
                sum += (next.from - piece.from).seconds() * piece.rate;
            }
        }
        Activity {
            pieces: Arc::clone(pieces),
            before,
        }
    }

    /// The instant at which `ahead` more activity seconds have passed since `at`.
    fn after(&self, at: i64, ahead: f64) -> i64 {
        if at < 0 {
            let spare = -at as f64 * 1e-9;
            if ahead < spare {
                return at + nanoseconds(ahead) as i64;
            }
            return self.after(0, ahead - spare);
        }
        let mut from = at as u64;
        let mut left = ahead;
        let mut i = self
            .pieces
            .partition_point(|p| p.from.0 <= from)
            .saturating_sub(1);
        // Long delays skip whole pieces by their running sums.
        if let Some(piece) = self.pieces.get(i) {
            let target = self.before[i] + (from - piece.from.0.min(from)) as f64 * 1e-9 * piece.rate + left;
            let j = self.before.partition_point(|&b| b <= target).saturating_sub(1);
            if j > i {
                (i, from, left) = (j, self.pieces[j].from.0, target - self.before[j]);
            }
        }
        let Some(piece) = self.pieces.get(i) else {
            return i64::MAX;
        };
        if left > 0.0 {
            if piece.rate <= 0.0 {
                return i64::MAX;
            }
            from = from.saturating_add(nanoseconds(left / piece.rate));
        }
        from.min(i64::MAX as u64) as i64
    }
}
