//! Intervals that assume no distribution: bets on a bounded measure, the replication as unit.
//!
//! Against every value `m` that the measure might have a fortune is staked, replication after replication, on its being
//! larger, and another on its being smaller. If `m` is the true value neither fortune grows on average, so it passes
//! `2 / (1 - confidence)` with probability `(1 - confidence) / 2` at most, however often it is looked at (Ville 1939).
//! The interval holds the values against which no fortune has passed that (Waudby-Smith and Ramdas 2024).
//!
//! A measure is a ratio: what is counted above the line lies between 0 and `most` for each unit below. A replication's
//! gain against `m` is x - m y, so that large replications weigh as much as they do in the ratio. How much may be
//! staked depends on how large `y` can be: it is taken as the largest that was seen. Where all are alike the interval is
//! that of the replications' own shares; where sizes differ it is wider by about the ratio of the largest to the mean.

use crate::estimate::Fraction;

/// Shares of the most that may be staked, and which part of the fortune is staked so. Nine tenths go all in: without a
/// single miss in n replications the lower end at 95 % lies between .0225^(1/n) and .025^(1/n). The rest outlives replications that fail wholly.
const BETS: [(f64, f64); 18] = [
    (1.0, 0.9),
    (0.937_5, 0.012_5),
    (0.875, 0.012_5),
    (0.75, 0.012_5),
    (0.5, 0.012_5),
    (0.25, 0.05 / 13.0),
    (0.125, 0.05 / 13.0),
    (0.062_5, 0.05 / 13.0),
    (0.031_25, 0.05 / 13.0),
    (0.015_625, 0.05 / 13.0),
    (0.007_812_5, 0.05 / 13.0),
    (0.003_906_25, 0.05 / 13.0),
    (0.001_953_125, 0.05 / 13.0),
    (0.000_976_562_5, 0.05 / 13.0),
    (0.000_488_281_25, 0.05 / 13.0),
    (0.000_244_140_625, 0.05 / 13.0),
    (0.000_122_070_312_5, 0.05 / 13.0),
    (0.000_061_035_156_25, 0.05 / 13.0),
];
/// Halvings of the range in which an end lies: to a part in 10^12.
const HALVINGS: u32 = 40;

/// Which way is bet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// That the measure is larger than the value: its lower end.
    Larger,
    /// That it is smaller: its upper end.
    Smaller,
}

/// Replications as the bets see them.
pub(crate) struct Bets {
    /// Above the line (over `most`) and below it, over the largest below; how many replications are so.
    rows: Vec<(f64, f64, f64)>,
    replications: usize,
    most: f64,
    /// The ratio over `most`.
    value: f64,
    /// Logarithm of the fortune that tells.
    enough: f64,
}

impl Bets {
    /// Bets on replications whose numerators lie between 0 and `most` times their denominators, at a confidence
    /// strictly between 0 and 1. `None` where nothing is below the line.
    pub(crate) fn new(rows: &[Fraction], most: f64, confidence: f64) -> Option<Bets> {
        let largest = rows.iter().map(|row| row.denominator).fold(0.0, f64::max);
        let (above, below) = rows.iter().fold((0.0, 0.0), |sum, row| {
            (sum.0 + row.numerator, sum.1 + row.denominator)
        });
        if !(largest > 0.0 && most > 0.0) {
            return None;
        }
        let scaled = |row: &Fraction| {
            let below = row.denominator / largest;
            ((row.numerator / most / largest).clamp(0.0, below), below)
        };
        let mut sorted: Vec<(f64, f64)> = rows.iter().map(scaled).collect();
        sorted.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.total_cmp(&b.0)));
        let alike = |chunk: &[(f64, f64)]| (chunk[0].0, chunk[0].1, chunk.len() as f64);
        Some(Bets {
            rows: sorted.chunk_by(|a, b| a == b).map(alike).collect(),
            replications: rows.len(),
            most,
            value: (above / below / most).clamp(0.0, 1.0),
            enough: libm::log(2.0 / (1.0 - confidence)),
        })
    }

    /// Lower and upper end, between 0 and `most`.
    pub(crate) fn ends(&self) -> (f64, f64) {
        let (mut lower, mut upper) = (0.0, 1.0);
        if self.value > 0.0 {
            let (mut inside, mut outside) = (self.value, 0.0);
            for _ in 0..HALVINGS {
                let m = 0.5 * (inside + outside);
                if self.tells(Side::Larger, m) {
                    outside = m;
                } else {
                    inside = m;
                }
            }
            lower = outside;
        }
        if self.value < 1.0 {
            let (mut inside, mut outside) = (self.value, 1.0);
            for _ in 0..HALVINGS {
                let m = 0.5 * (inside + outside);
                if self.tells(Side::Smaller, m) {
                    outside = m;
                } else {
                    inside = m;
                }
            }
            upper = outside;
        }
        (lower * self.most, upper * self.most)
    }

    /// Does the measure lie surely beyond `value` on this side?
    pub(crate) fn is_beyond(&self, side: Side, value: f64) -> bool {
        let m = value / self.most;
        match side {
            Side::Larger if m <= 0.0 => m < 0.0,
            Side::Smaller if m >= 1.0 => m > 1.0,
            _ if !(0.0..=1.0).contains(&m) => false,
            _ => self.tells(side, m),
        }
    }

    /// Has the fortune staked against `m` (0 to 1) grown enough?
    fn tells(&self, side: Side, m: f64) -> bool {
        log_of_sum(self.logs(side, m, 1.0)) >= self.enough
    }

    /// How many replications like these it takes until the fortune staked against `value` tells; `None` where none would.
    pub(crate) fn needed(&self, value: f64) -> Option<f64> {
        let m = value / self.most;
        let side = if self.value > m {
            Side::Larger
        } else {
            Side::Smaller
        };
        let grown = |times: f64| log_of_sum(self.logs(side, m, times));
        let (mut few, mut many) = (0.0, 1.0);
        while grown(many) < self.enough {
            (few, many) = (many, many * 2.0);
            if many > 1e9 {
                return None;
            }
        }
        for _ in 0..HALVINGS {
            let middle = 0.5 * (few + many);
            if grown(middle) < self.enough {
                few = middle;
            } else {
                many = middle;
            }
        }
        Some(many * self.replications as f64)
    }

    /// Logarithms of the parts of the fortune, were every replication seen so many times.
    fn logs(&self, side: Side, m: f64, times: f64) -> [f64; BETS.len()] {
        let stake = match side {
            Side::Larger => 1.0 / m,
            Side::Smaller => -1.0 / (1.0 - m),
        };
        BETS.map(|(share, part)| {
            let (mut log, mut product) = (0.0, 1.0);
            for &(above, below, count) in &self.rows {
                let factor = (1.0 + share * stake * (above - m * below)).max(0.0);
                if count > 1.0 {
                    log += count * libm::log(factor);
                    continue;
                }
                product *= factor;
                if !(1e-200..1e200).contains(&product) {
                    log += libm::log(product);
                    product = 1.0;
                }
            }
            libm::log(part) + times * (log + libm::log(product))
        })
    }
}

/// ln(sum of exp).
fn log_of_sum(logs: [f64; BETS.len()]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + libm::log(logs.iter().map(|log| libm::exp(log - largest)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special;
    use crate::testing::{Stream, close};
    use proptest::prelude::*;

    fn shares(shares: &[f64]) -> Vec<Fraction> {
        shares
            .iter()
            .map(|&numerator| Fraction {
                numerator,
                denominator: 1.0,
            })
            .collect()
    }

    fn ends(rows: &[Fraction], confidence: f64) -> (f64, f64) {
        Bets::new(rows, 1.0, confidence).unwrap().ends()
    }

    #[test]
    fn parts_of_the_fortune_add_up() {
        close(BETS.iter().map(|(_, part)| part).sum::<f64>(), 1.0, 1e-12);
    }

    /// .025^(1/n) were all staked all in; here nine tenths are.
    #[test]
    fn no_miss_in_n() {
        for n in [20, 200, 3_800] {
            let (low, high) = ends(&shares(&vec![1.0; n]), 0.95);
            let all_in = |p: f64| libm::pow(p, 1.0 / n as f64);
            assert!(all_in(0.022_5) < low && low < all_in(0.025), "{low}");
            assert_eq!(high, 1.0);
            let (none_low, none_high) = ends(&shares(&vec![0.0; n]), 0.95);
            close(none_high, 1.0 - low, 1e-9);
            assert_eq!(none_low, 0.0);
        }
        let needed = Bets::new(&shares(&[1.0; 20]), 1.0, 0.95).unwrap().needed(0.999);
        // 3,688 all in.
        assert!((3_688.0..3_800.0).contains(&needed.unwrap()), "{needed:?}");
    }

    #[test]
    fn a_miss_does_not_lose_everything() {
        let mut rows = vec![1.0; 199];
        rows.push(0.0);
        let (low, high) = ends(&shares(&rows), 0.95);
        assert!(low > 0.94 && low < 0.975, "{low}");
        assert!(high < 1.0 && high > 0.999, "{high}");
    }

    #[test]
    fn large_replications_weigh_more() {
        let row = |numerator, denominator| Fraction {
            numerator,
            denominator,
        };
        let alike = vec![row(10.0, 10.0); 40];
        let mut apart = vec![row(5.0, 5.0); 20];
        apart.extend(vec![row(15.0, 15.0); 20]);
        let (alike, apart) = (ends(&alike, 0.95).0, ends(&apart, 0.95).0);
        // The day that is not seen may be as large as the largest: about half as much again is missed.
        assert!(
            apart < alike && 1.0 - apart < 1.6 * (1.0 - alike),
            "{alike} {apart}"
        );
    }

    /// The wealth of single bets, multiplied out in the plainest way: another program for the same definition.
    #[test]
    fn the_ends_are_where_the_fortune_passes() {
        let mut stream = Stream::new(51);
        for n in [2, 7, 31] {
            let rows: Vec<Fraction> = (0..n)
                .map(|_| {
                    let denominator = (1.0 + 9.0 * stream.uniform()).floor();
                    let share = (1.0 - 0.2 * stream.exponential()).max(0.0);
                    Fraction {
                        numerator: (denominator * share).round(),
                        denominator,
                    }
                })
                .collect();
            let largest = rows.iter().map(|r| r.denominator).fold(0.0, f64::max);
            let fortune = |m: f64, up: bool| {
                let of = |bet: f64| {
                    let most = if up {
                        bet / (m * largest)
                    } else {
                        -bet / ((1.0 - m) * largest)
                    };
                    rows.iter()
                        .map(|r| 1.0 + most * (r.numerator - m * r.denominator))
                        .product::<f64>()
                };
                BETS.iter().map(|&(bet, part)| part * of(bet)).sum::<f64>()
            };
            let (low, high) = ends(&rows, 0.95);
            if low > 0.0 {
                close(fortune(low, true), 40.0, 1e-4);
            }
            if high < 1.0 {
                close(fortune(high, false), 40.0, 1e-4);
            }
        }
    }

    /// Whole days fail, one in 50, and the interval is looked at after every batch until 400 days: it holds the true share
    /// at every look in at least 94 % of 1,000 runs. A true coverage below .94 passes with probability below 1e-3.
    #[test]
    fn bets_cover_at_every_look_where_one_day_in_50_fails() {
        let mut stream = Stream::new(52);
        let n = 1_000;
        let mut missed = 0;
        for _ in 0..n {
            let mut rows = Vec::new();
            let mut covers = true;
            for look in [20, 50, 100, 200, 400] {
                while rows.len() < look {
                    let denominator = 20.0 + (11.0 * stream.uniform()).floor();
                    let fails = stream.uniform() < 0.02;
                    rows.push(Fraction {
                        numerator: if fails { 0.0 } else { denominator },
                        denominator,
                    });
                }
                let (low, high) = ends(&rows, 0.95);
                covers &= low <= 0.98 && 0.98 <= high;
            }
            missed += u64::from(!covers);
        }
        assert!(
            special::binomial_tails(missed, n, 0.06).0 < 1e-3,
            "{missed} of {n}"
        );
    }

    proptest! {
        #[test]
        fn ends_hold_the_value(rows in proptest::collection::vec((0u32..=20, 0u32..=20), 1..60), confidence in 0.5..0.999f64) {
            let rows: Vec<Fraction> = rows
                .iter()
                .map(|&(a, b)| Fraction { numerator: f64::from(a.min(b)), denominator: f64::from(b) })
                .collect();
            let Some(bets) = Bets::new(&rows, 1.0, confidence) else { return Ok(()) };
            let (low, high) = bets.ends();
            prop_assert!(0.0 <= low && low <= bets.value && bets.value <= high && high <= 1.0);
            prop_assert!(!bets.is_beyond(Side::Larger, low + 1e-9) && !bets.is_beyond(Side::Smaller, high - 1e-9));
            // Surer is wider.
            let (wide_low, wide_high) = Bets::new(&rows, 1.0, 0.5 + 0.5 * confidence).unwrap().ends();
            prop_assert!(wide_low <= low && high <= wide_high);
        }
    }
}
