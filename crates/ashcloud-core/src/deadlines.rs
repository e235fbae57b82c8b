//! Deadlines of waiting comments: a monotone timing wheel.
//!
//! A storm keeps a million deadlines, of which most are never reached. A heap pays a logarithm of cache misses for each;
//! a wheel puts an entry into a bucket by the highest byte in which its time differs from the base (Varghese and Lauck
//! 1987; the layout is a radix heap's, Ahuja, Mehlhorn, Orlin and Tarjan 1990). Two traps are avoided here: looking
//! never opens a bucket (a far, lone deadline would move the base past the clock and turn every later insertion into a
//! sort), and a bucket is sorted only when it is short in count and in time.
//!
//! Deletion is lazy: whoever pops an entry checks that it still means something, and whoever opens a bucket may have those
//! dropped that do not.

use crate::time::Time;

const LEVELS: usize = 8;
const DIGITS: usize = 256;
const BUCKETS: usize = LEVELS * DIGITS;
/// Entries in a chunk.
const CHUNK: usize = 32;
/// A bucket of more entries is spread over a finer level instead of being sorted.
const SORT_AT_MOST: usize = 512;
/// A bucket of fewer entries is sorted by comparisons.
const SORT_BY_DIGITS: usize = 48;
/// Buckets of level 3 span 2^24 ns (17 ms); longer ones are never sorted as a whole.
const SORT_UP_TO_LEVEL: usize = 3;
const NIL: u32 = u32::MAX;

/// The chunks of a bucket are full, save the first, in which the last were put.
#[derive(Clone)]
struct Chunk {
    entries: [Entry; CHUNK],
    next: u32,
}

#[derive(Clone, Copy)]
struct Bucket {
    min: u64,
    count: u32,
    head: u32,
}

const EMPTY: Bucket = Bucket {
    min: u64::MAX,
    count: 0,
    head: NIL,
};

/// Low and high half of the time, and the ticket: twelve bytes, of which a storm keeps a million.
type Entry = [u32; 3];

fn entry(at: u64, ticket: u32) -> Entry {
    [at as u32, (at >> 32) as u32, ticket]
}

/// (time, ticket) entries, taken in order of time, equal times in order of ticket.
#[derive(Clone)]
pub(crate) struct Deadlines {
    /// Entries at or before `base`, latest first.
    near: Vec<(u64, u32)>,
    /// Memory to sort in.
    sorting: Vec<u64>,
    sorted: Vec<u64>,
    /// Every entry in a bucket is later than this.
    base: u64,
    buckets: Vec<Bucket>,
    /// A bit for each bucket in use, and a bit for each word of them that is not 0.
    occupied: [u64; BUCKETS / 64],
    words: u32,
    /// Lowest bucket in use, `BUCKETS` if none: lower buckets are earlier.
    first: usize,
    pool: Vec<Chunk>,
    free: u32,
}

impl Deadlines {
    pub(crate) fn new() -> Deadlines {
        Deadlines {
            near: Vec::new(),
            sorting: Vec::new(),
            sorted: vec![0; SORT_AT_MOST],
            base: 0,
            buckets: vec![EMPTY; BUCKETS],
            occupied: [0; BUCKETS / 64],
            words: 0,
            first: BUCKETS,
            pool: Vec::new(),
            free: NIL,
        }
    }

    /// Forgets everything but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.restart(Time::ZERO);
    }

    /// The same; most entries to come are later than `base`.
    pub(crate) fn restart(&mut self, base: Time) {
        self.near.clear();
        self.base = base.0;
        if self.first < BUCKETS {
            self.buckets.fill(EMPTY);
            self.occupied = [0; BUCKETS / 64];
            self.words = 0;
            self.first = BUCKETS;
        }
        self.pool.clear();
        self.free = NIL;
    }

    #[inline]
    pub(crate) fn push(&mut self, at: Time, ticket: u32) {
        if at.0 <= self.base {
            let entry = (at.0, ticket);
            let place = self.near.partition_point(|e| *e > entry);
            self.near.insert(place, entry);
        } else {
            self.place(at.0, ticket);
        }
    }

    /// Time of the earliest entry, without moving anything.
    #[inline]
    pub(crate) fn peek(&self) -> Time {
        match self.near.last() {
            Some(entry) => Time(entry.0),
            None if self.first == BUCKETS => Time::NEVER,
            None => Time(self.buckets[self.first].min),
        }
    }

    /// The entries that come first, latest first; perhaps none, though [`Deadlines::pop`] has some.
    #[inline(always)]
    pub(crate) fn near(&self) -> &[(u64, u32)] {
        &self.near
    }

    /// Takes the first entry that means something, if its time has come; what means nothing is dropped on the way.
    #[inline(always)]
    pub(crate) fn pop_due(&mut self, now: Time, means_something: impl Fn(Time, u32) -> bool) -> Option<u32> {
        if self.near.is_empty() {
            self.open_first(&means_something);
        }
        let mut due = None;
        while let Some(&(at, ticket)) = self.near.last() {
            if means_something(Time(at), ticket) {
                if due.is_some() || at > now.0 {
                    break;
                }
                due = Some(ticket);
            }
            self.near.pop();
        }
        due
    }

    #[inline(always)]
    pub(crate) fn pop(&mut self) -> Option<(Time, u32)> {
        if self.near.is_empty() {
            self.open_first(|_, _| true);
        }
        self.near.pop().map(|(at, ticket)| (Time(at), ticket))
    }

    #[inline]
    fn place(&mut self, at: u64, ticket: u32) {
        let level = (63 - ((at ^ self.base) | 1).leading_zeros() as usize) / 8;
        let number = level * DIGITS + ((at >> (8 * level)) & 255) as usize;
        let bucket = &mut self.buckets[number];
        bucket.min = bucket.min.min(at);
        let place = bucket.count as usize % CHUNK;
        bucket.count += 1;
        let mut chunk = bucket.head;
        if place == 0 {
            chunk = self.add_chunk(number);
        }
        self.pool[chunk as usize].entries[place] = entry(at, ticket);
    }

    #[cold]
    fn add_chunk(&mut self, number: usize) -> u32 {
        let next = self.buckets[number].head;
        let fresh = self.free;
        if self.free == NIL {
            self.pool.push(Chunk {
                entries: [[0; 3]; CHUNK],
                next,
            });
            self.buckets[number].head = self.pool.len() as u32 - 1;
        } else {
            self.buckets[number].head = fresh;
            let fresh = &mut self.pool[fresh as usize];
            self.free = std::mem::replace(&mut fresh.next, next);
        }
        self.first = self.first.min(number);
        self.occupied[number / 64] |= 1 << (number % 64);
        self.words |= 1 << (number / 64);
        self.buckets[number].head
    }

    /// Moves the earliest bucket into `near`; of one too long to sort, only those who come first, while the others are spread
    /// over finer levels. Entries that mean nothing any more are dropped; perhaps nobody is left then.
    #[inline(never)]
    pub(crate) fn open_first(&mut self, means_something: impl Fn(Time, u32) -> bool) {
        if self.near.is_empty() && self.first < BUCKETS {
            let bucket = self.first;
            let level = bucket / DIGITS;
            let Bucket { min, count, head } = std::mem::replace(&mut self.buckets[bucket], EMPTY);
            let (count, mut chunk) = (count as usize, head);
            self.occupied[bucket / 64] &= !(1 << (bucket % 64));
            if self.occupied[bucket / 64] == 0 {
                self.words &= !(1 << (bucket / 64));
            }
            self.first = self.lowest_occupied();
            let sort = level == 0 || (count <= SORT_AT_MOST && level <= SORT_UP_TO_LEVEL);
            // All other buckets stay right: they differ from the new base in the same highest byte as before.
            self.base = min;
            let mut len = (count - 1) % CHUNK + 1;
            while chunk != NIL {
                let next = self.pool[chunk as usize].next;
                self.fetch(next);
                for i in 0..len {
                    let [low, high, ticket] = self.pool[chunk as usize].entries[i];
                    let at = u64::from(high) << 32 | u64::from(low);
                    if !means_something(Time(at), ticket) {
                        continue;
                    }
                    if sort || at == min {
                        // Sorted are buckets so short in time that it leaves room for the ticket in one word.
                        self.sorting.push((at - min) << 32 | u64::from(ticket));
                    } else {
                        self.place(at, ticket);
                    }
                }
                self.pool[chunk as usize].next = self.free;
                self.free = chunk;
                (chunk, len) = (next, CHUNK);
            }
            self.sort(if sort { level } else { 0 });
            let entry = |&word: &u64| (min + (word >> 32), word as u32);
            self.near.extend(self.sorting.iter().rev().map(entry));
            self.sorting.clear();
            self.base = self.near.first().map_or(min, |last| last.0);
        }
    }

    /// Sorts the entries of a bucket of this level, of which each begins with the time since the first: many of them by two
    /// digits, which leaves little to do.
    fn sort(&mut self, level: usize) {
        let count = self.sorting.len();
        if count < SORT_BY_DIGITS || level < 2 {
            self.sorting.sort_unstable();
            return;
        }
        let digit = 32 + 8 * level as u32;
        let (words, other) = (&mut self.sorting[..], &mut self.sorted[..count]);
        sort_by_digit(words, other, digit - 16);
        sort_by_digit(other, words, digit - 8);
        let mut steps = 0;
        for i in 1..count {
            let word = words[i];
            let mut to = i;
            while to > 0 && words[to - 1] > word {
                words[to] = words[to - 1];
                to -= 1;
            }
            words[to] = word;
            steps += i - to;
            if steps > 8 * count {
                // Too many at about one time to be sorted by insertion.
                words.sort_unstable();
                return;
            }
        }
    }

    /// Chunks of a bucket lie anywhere in memory: one entry of each of the next one's lines is
    /// read while this one is worked on.
    #[inline(always)]
    fn fetch(&self, chunk: u32) {
        if let Some(chunk) = self.pool.get(chunk as usize) {
            let line = |i: usize| chunk.entries[i][0];
            std::hint::black_box(line(0) ^ line(6) ^ line(11) ^ line(16) ^ line(22) ^ line(27) ^ chunk.next);
        }
    }

    fn lowest_occupied(&self) -> usize {
        match self.words {
            0 => BUCKETS,
            words => {
                let word = words.trailing_zeros() as usize;
                word * 64 + self.occupied[word].trailing_zeros() as usize
            }
        }
    }
}

/// Copies words in the order of eight of their bits; equals stay in their order.
fn sort_by_digit(from: &[u64], to: &mut [u64], shift: u32) {
    let digit = |word: u64| (word >> shift) as usize % DIGITS;
    let mut places = [0_u32; DIGITS];
    for &word in from {
        places[digit(word)] += 1;
    }
    let mut before = 0;
    for place in &mut places {
        before += std::mem::replace(place, before);
    }
    for &word in from {
        let place = &mut places[digit(word)];
        to[*place as usize] = word;
        *place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Runs pushes and pops against an ordered set; times are pushed relative to the last popped, as a clock does.
    fn check(steps: &[(bool, u64)]) {
        let mut wheel = Deadlines::new();
        let mut model = BTreeSet::new();
        let mut now = 0;
        for (ticket, &(push, ahead)) in steps.iter().enumerate() {
            if push {
                let at = now + ahead;
                wheel.push(Time(at), ticket as u32);
                model.insert((at, ticket as u32));
            } else {
                let expected = model.pop_first();
                assert_eq!(wheel.peek(), expected.map_or(Time::NEVER, |e| Time(e.0)));
                assert_eq!(wheel.pop(), expected.map(|e| (Time(e.0), e.1)));
                now = expected.map_or(now, |e| e.0);
            }
        }
        while let Some(expected) = model.pop_first() {
            assert_eq!(wheel.peek(), Time(expected.0));
            assert_eq!(wheel.pop(), Some((Time(expected.0), expected.1)));
        }
        assert_eq!(wheel.pop(), None);
        assert_eq!(wheel.peek(), Time::NEVER);
    }

    /// The same where some entries come to mean nothing before they are due: they never come up, and all others do, in order.
    fn check_dropping(steps: &[(u8, u64)]) {
        let mut wheel = Deadlines::new();
        let mut model = BTreeSet::new();
        let mut now = 0;
        for (ticket, &(step, ahead)) in steps.iter().enumerate() {
            match step {
                0 | 1 => {
                    wheel.push(Time(now + ahead), ticket as u32);
                    model.insert((now + ahead, ticket as u32));
                }
                2 => {
                    let dropped = model.iter().nth(ahead as usize % model.len().max(1)).copied();
                    model.retain(|entry| Some(*entry) != dropped);
                }
                _ => {
                    // As a driver does: woken when the wheel says so, mostly, and sometimes at once.
                    let at = wheel.peek();
                    assert!(
                        model.first().is_none_or(|first| at.0 <= first.0),
                        "nobody is overslept"
                    );
                    if at != Time::NEVER && step == 3 {
                        now = at.0;
                    }
                    let due = model.first().filter(|first| first.0 <= now).copied();
                    let popped = wheel.pop_due(Time(now), |at, ticket| model.contains(&(at.0, ticket)));
                    assert_eq!(popped, due.map(|entry| entry.1));
                    model.retain(|entry| Some(*entry) != due);
                }
            }
        }
        for _ in 0..=steps.len() {
            now = now.max(wheel.peek().0);
            let due = model.first().filter(|first| first.0 <= now).copied();
            let popped = wheel.pop_due(Time(now), |at, ticket| model.contains(&(at.0, ticket)));
            assert_eq!(popped, due.map(|entry| entry.1));
            model.retain(|entry| Some(*entry) != due);
        }
        assert!(model.is_empty());
        assert_eq!(wheel.peek(), Time::NEVER);
    }

    proptest! {
        #[test]
        fn what_means_nothing_never_comes_up(steps in prop::collection::vec((0_u8..5, prop_oneof![0..40_u64, 0..1_u64 << 36, Just(1_u64 << 24), (1_u64 << 45)..(1 << 46)]), 0..300)) {
            check_dropping(&steps);
        }

        #[test]
        fn agrees_with_an_ordered_set(
            steps in prop::collection::vec((any::<bool>(), prop_oneof![0u64..4, 0u64..100_000, 0u64..1 << 40, 0u64..1 << 54]), 0..400)
        ) {
            check(&steps);
        }

        #[test]
        fn agrees_when_thousands_share_a_bucket(
            seed in any::<u64>(), width in 1u64..50_000_000
        ) {
            let mut x = seed;
            let steps: Vec<(bool, u64)> = (0..4000).map(|i| {
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (i < 2000 || x >> 62 != 0, (x >> 20) % width)
            }).collect();
            check(&steps);
        }
    }

    #[test]
    fn a_lone_far_deadline_does_not_move_the_base() {
        let mut wheel = Deadlines::new();
        wheel.push(Time(1 << 50), 0);
        assert_eq!(wheel.peek(), Time(1 << 50));
        for i in 1..1000 {
            wheel.push(Time(i), i as u32);
        }
        assert!(wheel.near.is_empty(), "looking must not open a bucket");
        assert_eq!(wheel.pop(), Some((Time(1), 1)));
    }

    #[test]
    fn clear_forgets_everything() {
        let mut wheel = Deadlines::new();
        for i in 0..1000 {
            wheel.push(Time(i * i), i as u32);
        }
        wheel.pop();
        wheel.clear();
        assert_eq!(wheel.peek(), Time::NEVER);
        wheel.push(Time(5), 1);
        assert_eq!(wheel.pop(), Some((Time(5), 1)));
    }
}
