//! Distributions of times: a histogram with known error, and quantiles with intervals over replications.

use ashcloud_core::Span;

/// A distribution of spans: exact count, mean, least and greatest; everything between from a histogram whose buckets are
/// 1024 ns wide up to 2 ms and at most 0.1 % of the value above (three significant digits). It holds every [`Span`].
///
/// It grows with what is recorded: from nothing while empty to about 150 KiB, and a little more where over 65,535 values
/// share a bucket.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// By bucket, up to somewhat beyond the last that holds anything. Small, as several classes and teams in many sections
    /// have many: what no longer fits goes round to 0.
    counts: Vec<u16>,
    /// How often the counts of buckets went round: those that did, ascending.
    rounds: Vec<(u32, u64)>,
    sum_ns: u128,
    min_ns: u64,
    max_ns: u64,
}

/// The values from `from_ns` up to but without `to_ns` that were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Where it begins, in nanoseconds.
    pub from_ns: u64,
    /// Where the next begins, in nanoseconds.
    pub to_ns: u64,
    /// Values in it, at least 1.
    pub count: u64,
}

/// A point of a distribution function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CdfPoint {
    /// Time in seconds.
    pub seconds: f64,
    /// Share of values up to it, 0 to 1.
    pub share: f64,
}

/// A gap is wide where it ends at more than so many times its beginning: of a nanosecond and 292 years fewer than 200 are.
const WIDE: f64 = 1.25;

/// Smallest difference that is told apart, in nanoseconds.
const UNIT_NS: u64 = 1024;

impl Distribution {
    /// Nothing recorded; takes no memory.
    pub fn new() -> Distribution {
        Distribution::default()
    }

    /// Records one span.
    #[inline(always)]
    pub fn record(&mut self, span: Span) {
        let bucket = bucket(span.0);
        self.sum_ns += u128::from(span.0);
        // Rarely so: a branch is cheaper than storing the same again.
        if span.0 < self.min_ns {
            self.min_ns = span.0;
        }
        if span.0 > self.max_ns {
            self.max_ns = span.0;
        }
        match self.counts.get_mut(bucket) {
            Some(count) => {
                *count = count.wrapping_add(1);
                if *count == 0 {
                    self.go_round(bucket, 1);
                }
            }
            None => self.grow(bucket),
        }
    }

    #[cold]
    fn grow(&mut self, bucket: usize) {
        self.counts.resize(bucket + 1 + bucket / 4, 0);
        self.counts[bucket] = 1;
        self.rounds.reserve(FEW_ROUNDS);
    }

    #[cold]
    fn go_round(&mut self, bucket: usize, times: u64) {
        let bucket = bucket as u32;
        match self.rounds.binary_search_by_key(&bucket, |of| of.0) {
            Ok(place) => self.rounds[place].1 += times,
            Err(place) => self.rounds.insert(place, (bucket, times)),
        }
    }

    /// Adds everything `other` holds. The order of merging never shows in any result.
    pub fn merge(&mut self, other: &Distribution) {
        self.sum_ns += other.sum_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        let pieces = self.counts.chunks_mut(PIECE).zip(other.counts.chunks(PIECE));
        let mut full = Vec::new();
        for (i, (ours, theirs)) in pieces.enumerate() {
            let mut any_full = false;
            for (ours, &theirs) in ours.iter_mut().zip(theirs) {
                *ours = ours.wrapping_add(theirs);
                any_full |= *ours < theirs;
            }
            if any_full {
                let piece = i * PIECE..;
                let went = piece
                    .zip(ours.iter().zip(theirs))
                    .filter(|(_, (ours, theirs))| ours < theirs);
                full.extend(went.map(|(bucket, _)| bucket));
            }
        }
        for bucket in full {
            self.go_round(bucket, 1);
        }
        for &(bucket, times) in &other.rounds {
            self.go_round(bucket as usize, times);
        }
    }

    /// The same, where `other` is needed no more.
    pub fn absorb(&mut self, mut other: Distribution) {
        if self.counts.len() < other.counts.len() {
            std::mem::swap(self, &mut other);
        }
        self.merge(&other);
    }

    /// Spans held.
    pub fn count(&self) -> u64 {
        self.buckets().map(|bucket| bucket.count).sum()
    }

    /// Mean in seconds, exact. `None` while empty.
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.sum_ns as f64 / count as f64 * 1e-9)
    }

    /// Sum in seconds, exact up to its rounding.
    pub fn sum(&self) -> f64 {
        self.sum_ns as f64 * 1e-9
    }

    /// The least span, exact.
    pub fn min(&self) -> Option<Span> {
        (self.min_ns <= self.max_ns).then_some(Span(self.min_ns))
    }

    /// The greatest span, exact.
    pub fn max(&self) -> Option<Span> {
        (self.min_ns <= self.max_ns).then_some(Span(self.max_ns))
    }

    /// Quantile in seconds for 0 <= q <= 1: where the distribution function, taken as straight within each bucket,
    /// reaches `q`, kept between the least and the greatest value. `None` while empty or for another `q`.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        quantile_ns(&steps(self), &[], q).map(|ns| self.clamp_ns(ns) * 1e-9)
    }

    /// Points of the distribution function for a plot, neither coordinate falling, about `points` rises of it (at least
    /// the least value and the greatest). It is level over what holds nothing: before a rise the lower edge of its first
    /// bucket is a point too, and so is each end of a wide gap (`WIDE`). Empty while nothing is recorded.
    pub fn cdf(&self, points: usize) -> Vec<CdfPoint> {
        let total = self.count();
        let mut curve = Vec::new();
        if total == 0 {
            return curve;
        }
        let point = |ns: u64, upto: u64| CdfPoint {
            seconds: self.clamp_ns(ns as f64) * 1e-9,
            share: upto as f64 / total as f64,
        };
        let rise = 1.0 / points.max(1) as f64;
        curve.push(point(self.min_ns, 0));
        // Up to where values are told of, and how many lie below.
        let (mut told_ns, mut below) = (self.min_ns, 0);
        for bucket in self.buckets() {
            let next = point(bucket.to_ns, below + bucket.count);
            let known = |curve: &[CdfPoint]| curve[curve.len() - 1];
            let is_kept = below + bucket.count == total || next.share - known(&curve).share >= rise;
            let is_wide = bucket.from_ns as f64 > WIDE * told_ns as f64;
            if bucket.from_ns > told_ns && (is_kept || is_wide) {
                for edge in [point(told_ns, below), point(bucket.from_ns, below)] {
                    if edge != known(&curve) {
                        curve.push(edge);
                    }
                }
            }
            if is_kept {
                curve.push(next);
            }
            (told_ns, below) = (bucket.to_ns, below + bucket.count);
        }
        curve
    }

    /// The buckets that hold anything, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        let mut rounds = self.rounds.iter().peekable();
        let pieces = self.counts.chunks(PIECE).zip((0..).step_by(PIECE));
        pieces.flat_map(move |(piece, from)| {
            let went_round = rounds.peek().is_some_and(|of| (of.0 as usize) < from + PIECE);
            // Most are empty, and are passed over by the piece.
            let holds = went_round || piece.iter().fold(0, |any, count| any | count) > 0;
            let piece = if holds { piece } else { &[] };
            let mut held = [0; PIECE];
            for (held, &count) in held.iter_mut().zip(piece) {
                *held = u64::from(count);
            }
            while let Some(&(bucket, times)) = rounds.next_if(|of| (of.0 as usize) < from + PIECE) {
                held[bucket as usize - from] += times << u16::BITS;
            }
            let held = (from..from + piece.len()).zip(held);
            held.filter(|&(_, count)| count > 0)
                .map(|(bucket, count)| Bucket {
                    from_ns: lowest(bucket),
                    to_ns: lowest(bucket + 1),
                    count,
                })
        })
    }

    /// The least and the greatest value in nanoseconds; the wrong way round while empty.
    pub(crate) fn ends_ns(&self) -> (u64, u64) {
        (self.min_ns, self.max_ns)
    }

    pub(crate) fn clamp_ns(&self, ns: f64) -> f64 {
        ns.max(self.min_ns as f64).min(self.max_ns as f64)
    }
}

impl Default for Distribution {
    fn default() -> Distribution {
        Distribution {
            counts: Vec::new(),
            rounds: Vec::new(),
            sum_ns: 0,
            min_ns: u64::MAX,
            max_ns: 0,
        }
    }
}

/// Equal where they hold the same values, whatever their memory.
impl PartialEq for Distribution {
    fn eq(&self, other: &Distribution) -> bool {
        (self.sum_ns, self.min_ns, self.max_ns) == (other.sum_ns, other.min_ns, other.max_ns)
            && self.buckets().eq(other.buckets())
    }
}

/// Values that share the first buckets: 2048 of one unit each; from there on 1024 buckets to every doubling.
const FINEST: u64 = 2048 * UNIT_NS - 1;
const HALF_BITS: u32 = 10;
/// Memory for so many buckets that go round is there from the beginning.
const FEW_ROUNDS: usize = 4;
/// So many buckets are looked at together.
const PIECE: usize = 32;

/// The bucket of a value (the layout of `HdrHistogram`, Tene 2012).
#[inline(always)]
fn bucket(ns: u64) -> usize {
    let doublings = FINEST.leading_zeros() - (ns | FINEST).leading_zeros();
    let within = ns >> (doublings + UNIT_NS.trailing_zeros());
    ((u64::from(doublings) << HALF_BITS) + within) as usize
}

/// The least value of a bucket; what would come behind the last is taken as the greatest of all.
fn lowest(bucket: usize) -> u64 {
    let half = 1 << HALF_BITS;
    let doublings = (bucket as u64 / half).saturating_sub(1);
    let ns =
        u128::from(bucket as u64 - doublings * half) << (doublings + u64::from(UNIT_NS.trailing_zeros()));
    u64::try_from(ns).unwrap_or(u64::MAX)
}

/// A step of a distribution function: a bucket that holds anything.
pub(crate) struct Step {
    pub(crate) from_ns: u64,
    pub(crate) to_ns: u64,
    /// Values up to its end.
    pub(crate) upto: u64,
}

pub(crate) fn steps(of: &Distribution) -> Vec<Step> {
    let mut upto = 0;
    let step = |bucket: Bucket| {
        upto += bucket.count;
        Step {
            from_ns: bucket.from_ns,
            to_ns: bucket.to_ns,
            upto,
        }
    };
    of.buckets().map(step).collect()
}

/// Where the steps, those left out not counted, reach `q` of what they hold, in nanoseconds. What is left out is among them.
pub(crate) fn quantile_ns(steps: &[Step], left_out: &[Step], q: f64) -> Option<f64> {
    let held = |steps: &[Step]| steps.last().map_or(0, |step| step.upto);
    let total = held(steps) - held(left_out);
    if total == 0 || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let rank = q * total as f64;
    let upto = |step: &Step| {
        let out = left_out.partition_point(|out| out.from_ns <= step.from_ns);
        (step.upto - held(&left_out[..out])) as f64
    };
    // Not in front of the least value.
    let at = steps.partition_point(|step| upto(step) < rank.max(1.0));
    let step = steps.get(at)?;
    // Less than the resolution is no time at all: who did not wait did not wait a part of a microsecond.
    if step.from_ns == 0 {
        return Some(0.0);
    }
    let below = at.checked_sub(1).map_or(0.0, |before| upto(&steps[before]));
    let (from, end) = (step.from_ns as f64, step.to_ns as f64);
    Some(from + (rank - below) / (upto(step) - below) * (end - from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sections::Sections;
    use crate::testing::close;
    use ashcloud_core::Time;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Distribution {
        let mut d = Distribution::new();
        for &ns in values {
            d.record(Span(ns));
        }
        d
    }

    /// However often a bucket goes round, in one histogram or when two are added.
    #[test]
    fn counts_go_round() {
        let counts = |of: &Distribution| of.buckets().map(|bucket| bucket.count).collect::<Vec<_>>();
        // Twice or three times 60,000 goes round only when it is added; 65,536 leaves nothing but the round.
        for n in [60_000, 1 << 16, 200_000] {
            let mut sections = Sections::new();
            for replication in [0, 1, 32] {
                sections.begin(replication);
                for _ in 0..n {
                    sections.record(Span::ZERO);
                    sections.record(Span::FOREVER);
                }
                sections.finish();
            }
            assert_eq!(counts(&sections.sections[0]), [2 * n; 2]);
            assert_eq!(counts(&sections.sections[1]), [n; 2]);
            let merged = sections.merged();
            assert_eq!(counts(&merged), [3 * n; 2]);
            assert_eq!((merged.count(), merged.max()), (6 * n, Some(Span::FOREVER)));
            assert_eq!(merged.buckets().last().map(|bucket| bucket.to_ns), Some(u64::MAX));
            let mut taken = Sections::new();
            taken.take(&mut sections);
            assert_eq!(taken.merged(), merged);
        }
    }

    #[test]
    fn known_values() {
        let d = of(&[0, 1_000_000_000, 2_000_000_000, 3_000_000_000]);
        assert_eq!(d.count(), 4);
        assert_eq!(d.mean(), Some(1.5));
        assert_eq!(d.quantile(0.0), Some(0.0));
        assert_eq!(d.quantile(1.0), Some(3.0));
        close(d.quantile(0.5).unwrap(), 1.0, 1e-3);
        assert_eq!(of(&[777_777]).quantile(0.3), Some(777_777.0 * 1e-9));
    }

    #[test]
    fn empty_has_no_figures() {
        let d = Distribution::new();
        assert_eq!(
            (d.mean(), d.quantile(0.5), d.min(), d.max()),
            (None, None, None, None)
        );
        assert!(d.cdf(10).is_empty());
        assert_eq!(of(&[1]).quantile(1.5), None);
        assert_eq!(of(&[1]).quantile(f64::NAN), None);
        assert_eq!(Sections::new().quantile(0.5), None);
    }

    proptest! {
        /// The buckets are those of an independent histogram.
        #[test]
        fn buckets_are_hdr_histograms(values in prop::collection::vec(prop_oneof![
            0u64..5_000_000,
            (0u32..63).prop_flat_map(|bits| (1u64 << bits)..(1u64 << bits) + 3),
            0..=Time::LIMIT.0,
        ], 1..200)) {
            let mut oracle = hdrhistogram::Histogram::<u64>::new_with_bounds(UNIT_NS, Time::LIMIT.0, 3).unwrap();
            for &ns in &values {
                oracle.record(ns).unwrap();
            }
            let expected = oracle.iter_recorded().map(|step| Bucket {
                from_ns: oracle.lowest_equivalent(step.value_iterated_to()),
                to_ns: oracle.next_non_equivalent(step.value_iterated_to()),
                count: step.count_at_value(),
            });
            prop_assert_eq!(of(&values).buckets().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }

    /// Half the values at 10 minutes and half at two days: nothing lies between.
    #[test]
    fn a_gap_between_values_is_level() {
        let (short, long) = (600_000_000_000, 172_800_000_000_000);
        let d = of(&[short, long]);
        let at = |curve: &[CdfPoint], seconds: f64| {
            let after = curve.partition_point(|p| p.seconds <= seconds);
            let (a, b) = (curve[after - 1], curve[after]);
            a.share + (b.share - a.share) * (seconds - a.seconds) / (b.seconds - a.seconds)
        };
        for seconds in [601.0, 3_600.0, 86_400.0, 172_600.0] {
            assert_eq!(at(&d.cdf(200), seconds), 0.5, "{seconds}");
        }
        close(d.quantile(0.5).unwrap(), 600.0, 1e-3);
        close(d.quantile(0.51).unwrap(), 172_800.0, 1e-3);
        // One in a thousand at two days is less than the rise of a point, and still is at two days.
        let mut rare = vec![short; 999];
        rare.extend([long, 2 * long]);
        let curve = of(&rare).cdf(200);
        assert_eq!(at(&curve, 86_400.0), 999.0 / 1001.0);
        assert_eq!(at(&curve, 200_000.0), 1000.0 / 1001.0);
    }

    #[test]
    fn interpolation_inside_a_bucket() {
        // 100,000 values spread evenly over 1 s: every quantile to a tenth of the bucket's 0.1 %.
        let d = of(&(0..100_000)
            .map(|i| 1_000_000_000 + i * 10_000)
            .collect::<Vec<_>>());
        for q in [0.01, 0.1234, 0.5, 0.9, 0.999] {
            close(d.quantile(q).unwrap(), 1.0 + q, 1e-4);
        }
    }

    fn values() -> impl Strategy<Value = Vec<u64>> {
        // From nanoseconds to 292 years, on a logarithmic scale.
        proptest::collection::vec((0u32..63, 0u64..1 << 62).prop_map(|(s, v)| v >> s), 0..40)
    }

    proptest! {
        #[test]
        fn merging_is_recording_in_any_order(a in values(), b in values(), c in values()) {
            let (da, db, dc) = (of(&a), of(&b), of(&c));
            let (mut left, mut right) = (da.clone(), dc.clone());
            left.merge(&db);
            left.merge(&dc);
            right.merge(&db);
            right.merge(&da);
            let together = of(&[a, b, c].concat());
            prop_assert_eq!(&left, &right);
            prop_assert_eq!(&left, &together);
            for q in [0.0, 0.1, 0.5, 0.99, 1.0] {
                prop_assert_eq!(left.quantile(q), right.quantile(q));
            }
        }

        #[test]
        fn quantiles_rise_and_are_within_a_bucket(mut v in values(), q in 0.0..1.0f64, d in 0.0..0.2f64) {
            prop_assume!(!v.is_empty());
            let held = of(&v);
            let low = held.quantile(q).unwrap();
            prop_assert!(low <= held.quantile((q + d).min(1.0)).unwrap());
            v.sort_unstable();
            // The order statistic of that rank, up to the width of a bucket.
            let rank = ((q * v.len() as f64).ceil() as usize).max(1) - 1;
            let exact = v[rank] as f64;
            prop_assert!((low * 1e9 - exact).abs() <= 1024.0 + exact * 1.1e-3, "{} {}", low, exact);
        }

        #[test]
        fn the_cdf_rises_from_zero_to_one(v in values(), points in 1usize..50) {
            prop_assume!(!v.is_empty());
            let held = of(&v);
            let curve = held.cdf(points);
            prop_assert_eq!(curve[0].share, 0.0);
            prop_assert_eq!(curve[curve.len() - 1].share, 1.0);
            prop_assert!(curve.windows(2).all(|w| w[0] != w[1] && w[0].share <= w[1].share && w[0].seconds <= w[1].seconds));
            prop_assert!(curve.len() <= 3 * points + 400);
            // No value is invented: where it rises, it rises within buckets that hold something, but for less than a point's rise.
            let full: Vec<(f64, f64)> = held.buckets().map(|b| (b.from_ns as f64 * 1e-9, b.to_ns as f64 * 1e-9)).collect();
            for w in curve.windows(2) {
                let holds = |&&(from, to): &&(f64, f64)| from < w[1].seconds && to > w[0].seconds;
                let covered: f64 = full.iter().filter(holds).map(|&(from, to)| to.min(w[1].seconds) - from.max(w[0].seconds)).sum();
                let steep = w[1].share - w[0].share >= 1.0 / points as f64;
                let length = w[1].seconds - w[0].seconds;
                prop_assert!(!steep || full.iter().filter(holds).count() > 1 || covered >= length * (1.0 - 1e-9), "{:?} {:?}", w, covered);
            }
        }
    }
}
