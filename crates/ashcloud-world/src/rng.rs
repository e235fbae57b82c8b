//! Randomness by cause: every word is a function of (master seed, replication, purpose, stream, entity).
//!
//! The generator is `SplitMix64` (Steele, Lea and Flood, 2014) read at a position instead of stepped: the word of
//! entity `e` under a [`Key`] is the `e`-th output of `SplitMix64` seeded with the key. Samplers that need more than one
//! word go on in a sub-stream that belongs to the entity alone, so that a rejection never shifts anybody else's draws.

use core::convert::Infallible;

pub use ashcloud_core::{GOLDEN, mix};
use rand::TryRng;

/// Turns the first word of a draw into the start of its sub-stream.
const SUB_STREAM: u64 = 0xA5A5_5A5A_1234_8765;

/// Turns a word of a draw into the starts of draws of its own.
const BRANCH: u64 = 0x5A5A_A5A5_8765_1234;

/// 2^-53: spacing of the uniform numbers.
const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;

/// What a random number is for. The numbers are part of every result: never change or reuse one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Purpose {
    /// Gaps between arrivals, or their unit-exponential counterparts; entity: ordinal in the stream.
    Gap = 1,
    /// Arrival class of a comment; entity: comment.
    Class = 2,
    /// Work content; entity: comment and visit.
    Handling = 3,
    /// How long a customer waits; entity: comment and attempt.
    Tolerance = 4,
    /// Whether a customer who left comes back; entity: comment and attempt.
    Retry = 5,
    /// After how long; entity: comment and attempt.
    RetryDelay = 6,
    /// Whether a blocked customer tries again; entity: comment and attempt.
    Blocked = 7,
    /// After how long; entity: comment and attempt.
    BlockedDelay = 8,
    /// Turning away on seeing a queue; entity: comment and attempt.
    Balk = 9,
    /// Random order of service; entity: comment.
    Order = 10,
    /// Whether the writer is angry; entity: comment.
    Angry = 11,
    /// Followers of the writer; entity: comment.
    Followers = 12,
    /// Posts in the thread; entity: comment.
    Thread = 13,
    /// Where finished work goes next; entity: comment and visit.
    NextStage = 14,
    /// Set-up before work; entity: agent and ordinal.
    SetUp = 15,
    /// Work content at a later stage; entity: comment and visit.
    HandOver = 16,
    /// Random factor of a rate; entity: block.
    Busyness = 17,
    /// Sojourn of a modulating chain; entity: ordinal of the sojourn.
    Sojourn = 18,
    /// Where a modulating chain goes; entity: ordinal of the sojourn it leaves.
    Switch = 19,
    /// First state of a modulating chain; entity: 0.
    Start = 20,
    /// Size of a batch; entity: ordinal of the batch.
    BatchSize = 21,
    /// How many of the affected write; entity: 0.
    StormCount = 22,
    /// Whether a logged event is kept; entity: ordinal.
    Keep = 23,
    /// Which day of a log is replayed; entity: the day it is replayed on.
    Bootstrap = 24,
    /// Number of offspring; entity: comment.
    Offspring = 25,
    /// Delay from parent to child; entity: the child.
    OffspringDelay = 26,
    /// Gaps between the comments before the start; entity: ordinal.
    History = 27,
    /// What rules that leave something to chance read; entity: comment.
    Chance = 28,
    /// Whether a comment catches the eye; entity: comment.
    Pick = 29,
    /// How hard a question is to answer alone; entity: comment.
    Knowledge = 30,
    /// How long somebody else takes to answer; entity: comment and visit.
    Reply = 31,
    /// Whether somebody else forgets to; entity: comment and visit.
    Forgets = 32,
    /// How long a person stays away from the page; entity: agent and ordinal.
    Absence = 33,
    /// Whether and when a person looks after hours; entity: agent and day.
    Sofa = 34,
    /// Which of several available agents takes a comment; entity: comment. The core reads it.
    Agent = 35,
}

/// Number of purposes and one: purposes index a table.
pub(crate) const PURPOSES: usize = 36;

impl Purpose {
    /// Every purpose in numerical order.
    pub(crate) const ALL: [Purpose; PURPOSES - 1] = [
        Purpose::Gap,
        Purpose::Class,
        Purpose::Handling,
        Purpose::Tolerance,
        Purpose::Retry,
        Purpose::RetryDelay,
        Purpose::Blocked,
        Purpose::BlockedDelay,
        Purpose::Balk,
        Purpose::Order,
        Purpose::Angry,
        Purpose::Followers,
        Purpose::Thread,
        Purpose::NextStage,
        Purpose::SetUp,
        Purpose::HandOver,
        Purpose::Busyness,
        Purpose::Sojourn,
        Purpose::Switch,
        Purpose::Start,
        Purpose::BatchSize,
        Purpose::StormCount,
        Purpose::Keep,
        Purpose::Bootstrap,
        Purpose::Offspring,
        Purpose::OffspringDelay,
        Purpose::History,
        Purpose::Chance,
        Purpose::Pick,
        Purpose::Knowledge,
        Purpose::Reply,
        Purpose::Forgets,
        Purpose::Absence,
        Purpose::Sofa,
        Purpose::Agent,
    ];
}

/// One family of draws: all entities of one purpose (and stream) in one replication.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Key(u64);

impl Key {
    /// The family as one number: the salt that the router reads.
    pub const fn salt(self) -> u64 {
        self.0
    }

    /// The family of `purpose` for `stream` in one replication under a master seed. Purposes whose entity is a comment
    /// use stream 0: the comment's id tells its stream.
    pub const fn new(seed: u64, replication: u64, purpose: Purpose, stream: u64) -> Key {
        // Each step is a bijection of what came before and of what it absorbs.
        let h = mix(seed.wrapping_add(GOLDEN));
        let h = mix((h ^ replication).wrapping_add(GOLDEN));
        let h = mix((h ^ purpose as u64).wrapping_add(GOLDEN));
        Key(mix((h ^ stream).wrapping_add(GOLDEN)))
    }

    /// The first word of an entity.
    #[inline(always)]
    pub const fn word(self, entity: u64) -> u64 {
        mix(self.0.wrapping_add(entity.wrapping_add(1).wrapping_mul(GOLDEN)))
    }

    /// The draw that belongs to an entity: its word, then its sub-stream.
    #[inline(always)]
    pub const fn draw(self, entity: u64) -> Draw {
        Draw {
            word: self.word(entity),
            used: 0,
        }
    }

    /// A uniform number in `[0, 1)`, multiple of 2^-53: the entity's first word.
    #[inline(always)]
    pub const fn uniform(self, entity: u64) -> f64 {
        (self.word(entity) >> 11) as f64 * UNIT
    }
}

/// The `n`-th repetition of something about an entity (visit, attempt) as an entity of its own; the first (0) is the
/// entity itself.
#[inline(always)]
pub(crate) const fn again(entity: u64, n: u32) -> u64 {
    if n == 0 {
        entity
    } else {
        mix(mix(entity).wrapping_add((n as u64).wrapping_mul(GOLDEN)))
    }
}

/// The random words of one (purpose, entity). As a generator it never fails and never ends.
#[derive(Clone, Debug)]
pub struct Draw {
    word: u64,
    used: u64,
}

impl Draw {
    /// The next word: the entity's own, then those of its sub-stream.
    #[inline(always)]
    pub fn word(&mut self) -> u64 {
        let used = self.used;
        self.used = used.wrapping_add(1);
        if used == 0 {
            self.word
        } else {
            // Mixed twice: a sub-stream must not look like a stretch of the streams it starts from.
            mix(mix(
                (self.word ^ SUB_STREAM).wrapping_add(used.wrapping_mul(GOLDEN))
            ))
        }
    }

    /// Draws that are independent of each other and of what this one gives later: of the `i`-th, 0 is the first. It takes one
    /// word.
    pub fn branches(&mut self) -> impl Fn(u64) -> Draw + use<> {
        let root = self.word() ^ BRANCH;
        move |i| Draw {
            word: mix(mix(root.wrapping_add(i.wrapping_add(1).wrapping_mul(GOLDEN)))),
            used: 0,
        }
    }

    /// A uniform number in `[0, 1)`, multiple of 2^-53.
    #[inline(always)]
    pub fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 * UNIT
    }

    /// A uniform number in the open interval `(0, 1)`: an odd multiple of 2^-53, never 0 nor 1.
    #[inline(always)]
    pub fn open(&mut self) -> f64 {
        ((self.word() >> 12) as f64 + 0.5) * (2.0 * UNIT)
    }
}

impl TryRng for Draw {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.word() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.word())
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(8) {
            let bytes = self.word().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::check::chi_square;

    /// Bound of a normal score at 2e-9: with fewer than 500 scores per test, one in a million per test.
    const Z: f64 = 6.0;
    const N: u64 = 20_000;

    /// Two families of words are uncorrelated, bit by bit and as numbers.
    fn check_unrelated(name: &str, a: impl Fn(u64) -> u64, b: impl Fn(u64) -> u64) {
        let unit = |w: u64| (w >> 11) as f64 * UNIT - 0.5;
        let sum: f64 = (0..N).map(|i| unit(a(i)) * unit(b(i))).sum();
        let z = sum * 12.0 / (N as f64).sqrt();
        assert!(z.abs() < Z, "{name}: correlation {z}");
        // Agreeing bits of 64 N: half of them, were they tossed.
        let agree: u64 = (0..N).map(|i| u64::from((!(a(i) ^ b(i))).count_ones())).sum();
        let z = (agree as f64 - 32.0 * N as f64) / (16.0 * N as f64).sqrt();
        assert!(z.abs() < Z, "{name}: agreeing bits {z}");
    }

    #[test]
    fn words_are_the_published_outputs_of_splitmix64() {
        // Seed 1234567, first five outputs (Vigna's reference implementation).
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        for (entity, word) in (0..).zip(published) {
            assert_eq!(Key(1_234_567).word(entity), word);
        }
    }

    #[test]
    fn purposes_are_unrelated() {
        for (i, &p) in Purpose::ALL.iter().enumerate() {
            assert_eq!(p as usize, i + 1);
            for &q in &Purpose::ALL[..i] {
                let (a, b) = (Key::new(1, 0, p, 0), Key::new(1, 0, q, 0));
                let unit = |k: Key, i| k.uniform(i) - 0.5;
                let z = (0..2000).map(|i| unit(a, i) * unit(b, i)).sum::<f64>() * 12.0 / 2000_f64.sqrt();
                assert!(z.abs() < Z, "{p:?} and {q:?}: {z}");
            }
        }
    }

    #[test]
    fn seeds_replications_streams_and_entities_are_unrelated() {
        let gap = Purpose::Gap;
        for d in [1, 2, 3, 64, 1 << 32, 1 << 63] {
            let base = Key::new(1, 0, gap, 0);
            for (name, other) in [
                ("seed", Key::new(1 + d, 0, gap, 0)),
                ("replication", Key::new(1, d, gap, 0)),
                ("stream", Key::new(1, 0, gap, d)),
            ] {
                check_unrelated(name, |i| base.word(i), |i| other.word(i));
            }
            check_unrelated("entity", |i| base.word(i), |i| base.word(i.wrapping_add(d)));
            check_unrelated(
                "entity in upper bits",
                |i| base.word(i << 48),
                |i| base.word((i << 48) ^ d),
            );
            // One entity in successive replications and seeds.
            check_unrelated(
                "one entity",
                |i| Key::new(1, i, gap, 0).word(7),
                |i| Key::new(1, i + d, gap, 0).word(7),
            );
            check_unrelated(
                "seeds",
                |i| Key::new(i, 0, gap, 0).word(7),
                |i| Key::new(i, d, gap, 0).word(7),
            );
        }
    }

    #[test]
    fn sub_streams_are_unrelated_to_their_words_and_neighbours() {
        let nth = |entity: u64, n: usize| {
            let mut draw = Key::new(1, 0, Purpose::Handling, 0).draw(entity);
            (0..n).for_each(|_| _ = draw.word());
            draw.word()
        };
        for n in 0..6 {
            for m in 0..6 {
                if n != m {
                    check_unrelated("within", |i| nth(i, n), |i| nth(i, m));
                }
                check_unrelated("neighbours", |i| nth(i, n), |i| nth(i + 1, m));
            }
        }
        for n in 1..6 {
            let key = Key::new(1, 0, Purpose::Handling, 0);
            check_unrelated("again", |i| key.word(i), |i| key.word(again(i, n)));
        }
    }

    #[test]
    fn bits_are_balanced() {
        for purpose in [Purpose::Gap, Purpose::Handling, Purpose::History] {
            let key = Key::new(3, 5, purpose, 1);
            for bit in 0..64 {
                let ones: u64 = (0..N).map(|i| key.word(i) >> bit & 1).sum();
                let z = (ones as f64 - 0.5 * N as f64) / (0.25 * N as f64).sqrt();
                assert!(z.abs() < Z, "{purpose:?} bit {bit}: {z}");
            }
        }
    }

    /// Pairs of words fill a square of 32 x 32 cells evenly; error rate 1e-6.
    fn check_square(name: &str, pair: impl Fn(u64) -> (u64, u64)) {
        let n = 200_000;
        let mut cells = vec![0.0; 1024];
        for i in 0..n {
            let (a, b) = pair(i);
            cells[(a >> 59 << 5 | b >> 59) as usize] += 1.0;
        }
        chi_square(name, &cells, &vec![n as f64 / 1024.0; 1024]);
    }

    #[test]
    fn pairs_fill_the_square() {
        let key = Key::new(1, 0, Purpose::Tolerance, 0);
        let other = Key::new(1, 0, Purpose::Handling, 0);
        check_square("neighbours", |i| (key.word(i), key.word(i + 1)));
        check_square("purposes", |i| (key.word(i), other.word(i)));
        check_square("low bits", |i| (key.word(i) << 56, other.word(i) << 56));
        check_square("draw", |i| {
            let mut draw = key.draw(i);
            (draw.word(), draw.word())
        });
    }

    #[test]
    fn the_generator_trait_reads_the_same_words() {
        let draw = Key::new(1, 2, Purpose::Class, 3).draw(4);
        let (mut a, mut b, mut c) = (draw.clone(), draw.clone(), draw);
        let words = [a.word(), a.word(), a.word()];
        assert_eq!(words, [b.next_u64(), b.next_u64(), b.next_u64()]);
        let mut bytes = [0; 20];
        c.fill_bytes(&mut bytes);
        assert_eq!(bytes[..8], words[0].to_le_bytes());
        assert_eq!(bytes[16..], words[2].to_le_bytes()[..4]);
        assert_eq!(u64::from(b.next_u32()), a.word() >> 32);
    }

    #[test]
    fn keys_and_words_keep_their_values() {
        assert_eq!(Key::new(1, 0, Purpose::Gap, 0).word(0), 4_090_401_640_416_951_868);
        assert_eq!(
            Key::new(42, 7, Purpose::Handling, 3).word(1 << 52),
            13_439_085_817_091_660_636
        );
        let mut draw = Key::new(42, 7, Purpose::Tolerance, 0).draw(9);
        assert_eq!(
            [draw.word(), draw.word(), draw.word()],
            [
                9_934_037_097_132_901_261,
                354_015_200_715_000_365,
                11_833_771_558_506_148_488
            ]
        );
        assert_eq!(again(5, 0), 5);
        assert_eq!(again(5, 1), 7_687_626_429_108_956_431);
    }
}
