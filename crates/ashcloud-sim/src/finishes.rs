//! When each agent will be done: a winner tree (Knuth 1973, 5.4.1) with a lane per agent.
//!
//! The list of pending finishes is never longer than the staff, and the lane that comes out is mostly set again at once: a
//! tree of fixed shape then needs one pass from leaf to root where a heap needs two. Keys pack time and lane into one
//! word; the word is chosen so that both fit (a packed key that overflows would run fast and wrong).

use ashcloud_core::Time;

/// A word that holds a time and a lane, ordered by time, then lane.
pub trait Word: Copy + Ord {
    /// After every time.
    const NEVER: Self;
    /// Joins a time in nanoseconds and a lane.
    fn pack(at: u64, lane: u32, lane_bits: u32) -> Self;
    /// The time.
    fn at(self, lane_bits: u32) -> u64;
    /// The lane.
    fn lane(self, lane_bits: u32) -> u32;
    /// The latest time that can be packed.
    fn last(lane_bits: u32) -> u64;
}

impl Word for u64 {
    const NEVER: u64 = u64::MAX;
    #[inline(always)]
    fn pack(at: u64, lane: u32, lane_bits: u32) -> u64 {
        at << lane_bits | u64::from(lane)
    }
    #[inline(always)]
    fn at(self, lane_bits: u32) -> u64 {
        self >> lane_bits
    }
    #[inline(always)]
    fn lane(self, lane_bits: u32) -> u32 {
        (self & ((1 << lane_bits) - 1)) as u32
    }
    fn last(lane_bits: u32) -> u64 {
        (u64::MAX >> lane_bits) - 1
    }
}

impl Word for u128 {
    const NEVER: u128 = u128::MAX;
    #[inline(always)]
    fn pack(at: u64, lane: u32, _lane_bits: u32) -> u128 {
        u128::from(at) << 32 | u128::from(lane)
    }
    #[inline(always)]
    fn at(self, _lane_bits: u32) -> u64 {
        (self >> 32) as u64
    }
    #[inline(always)]
    fn lane(self, _lane_bits: u32) -> u32 {
        self as u32
    }
    fn last(_lane_bits: u32) -> u64 {
        u64::MAX - 1
    }
}

/// Bits that a lane number takes among so many lanes.
pub fn lane_bits(lanes: usize) -> u32 {
    lanes.next_power_of_two().max(2).trailing_zeros()
}

/// The pending finishes.
#[derive(Clone)]
pub struct Finishes<W> {
    /// A complete binary tree: leaves from `leaves` on, every inner node the smaller of its children, the root at 1.
    nodes: Vec<W>,
    leaves: usize,
    lane_bits: u32,
    last: u64,
    /// A lane that was taken and whose leaf is still to be cleared, unless it is set again first; `NONE` if none.
    taken: u32,
}

const NONE: u32 = u32::MAX;

impl<W: Word> Finishes<W> {
    /// Nothing pending in so many lanes; wide words make room for more on demand.
    pub fn new(lanes: usize) -> Finishes<W> {
        let leaves = lanes.next_power_of_two().max(2);
        let lane_bits = lane_bits(lanes);
        Finishes {
            nodes: vec![W::NEVER; 2 * leaves],
            leaves,
            lane_bits,
            last: W::last(lane_bits),
            taken: NONE,
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.nodes.fill(W::NEVER);
        self.taken = NONE;
    }

    /// The lane will be done at `at`; what it had before is forgotten. Times too late to pack are beyond every run's end.
    #[inline(always)]
    pub fn set(&mut self, lane: u32, at: Time) {
        if self.taken == lane {
            self.taken = NONE;
        }
        if lane as usize >= self.leaves {
            self.grow(lane);
        }
        self.replace(lane, W::pack(at.0.min(self.last), lane, self.lane_bits));
    }

    /// The lane has nothing pending.
    pub fn unset(&mut self, lane: u32) {
        if self.taken == lane {
            self.taken = NONE;
        }
        self.replace(lane, W::NEVER);
    }

    /// The earliest finish and its lane; `Time::NEVER` if none. Equal times: the lower lane.
    #[inline(always)]
    pub fn first(&mut self) -> (Time, u32) {
        if self.taken != NONE {
            let lane = std::mem::replace(&mut self.taken, NONE);
            self.replace(lane, W::NEVER);
        }
        let root = self.nodes[1];
        if root == W::NEVER {
            return (Time::NEVER, NONE);
        }
        (Time(root.at(self.lane_bits)), root.lane(self.lane_bits))
    }

    /// Takes the finish that [`Finishes::first`] has just shown.
    #[inline(always)]
    pub fn take(&mut self, lane: u32) {
        self.taken = lane;
    }

    #[inline(always)]
    fn replace(&mut self, lane: u32, key: W) {
        let nodes = &mut self.nodes[..];
        if nodes.is_empty() {
            return;
        }
        // There are a power of two of them: masked, an index needs no check.
        let mask = nodes.len() - 1;
        let mut i = (self.leaves + lane as usize) & mask;
        let mut least = key;
        nodes[i] = key;
        while i > 1 {
            least = least.min(nodes[(i ^ 1) & mask]);
            i = (i >> 1) & mask;
            nodes[i] = least;
        }
    }

    #[cold]
    fn grow(&mut self, lane: u32) {
        assert!(size_of::<W>() == 16, "only wide words have room for more lanes");
        let leaves = (lane as usize + 1).next_power_of_two();
        let mut nodes = vec![W::NEVER; 2 * leaves];
        nodes[leaves..leaves + self.leaves].copy_from_slice(&self.nodes[self.leaves..]);
        for i in (1..leaves).rev() {
            nodes[i] = nodes[2 * i].min(nodes[2 * i + 1]);
        }
        self.nodes = nodes;
        self.leaves = leaves;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn check<W: Word>(steps: &[(u8, u32, u64)], lanes: usize) {
        let mut list = Finishes::<W>::new(lanes);
        let mut model: BTreeMap<u32, u64> = BTreeMap::new();
        for &(step, lane, at) in steps {
            match step {
                0 => {
                    list.set(lane, Time(at));
                    model.insert(lane, at);
                }
                1 => {
                    list.unset(lane);
                    model.remove(&lane);
                }
                _ => {
                    let expected = model.iter().map(|(&l, &at)| (at, l)).min();
                    let (at, lane) = list.first();
                    assert_eq!((at.0, lane), expected.unwrap_or((u64::MAX, NONE)));
                    if expected.is_some() {
                        list.take(lane);
                        model.remove(&lane);
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_map(steps in prop::collection::vec((0u8..4, 0u32..5, 0u64..50), 0..200)) {
            check::<u64>(&steps, 5);
            check::<u128>(&steps, 5);
        }
    }

    #[test]
    fn wide_words_grow() {
        let mut list = Finishes::<u128>::new(1);
        for lane in 0..1000 {
            list.set(lane, Time(10_000 - u64::from(lane)));
        }
        assert_eq!(list.first(), (Time(9_001), 999));
    }

    #[test]
    fn late_times_are_clamped_not_wrapped() {
        let mut list = Finishes::<u64>::new(1000);
        list.set(3, Time(u64::MAX / 2));
        list.set(4, Time(5));
        assert_eq!(list.first(), (Time(5), 4));
        list.take(4);
        assert!(list.first().0 > Time(1 << 52));
    }
}
