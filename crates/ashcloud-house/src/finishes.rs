//! When each agent will be done: a winner tree (Knuth 1973, 5.4.1) with a lane per agent.
//!
//! The list of pending finishes is never longer than the staff, and the lane that comes out is mostly set again at once: a
//! tree of fixed shape then needs one pass from leaf to root where a heap needs two. Keys pack time and lane into one
//! word; the list is chosen so that both fit (a packed key that overflows would run fast and wrong).

use ashcloud_core::{AgentId, Span, Time};
use ashcloud_scenario::spec::Model;

use crate::house::Agents;

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

/// The pending finishes, a lane per agent.
pub trait Pending {
    /// Nothing pending in so many lanes.
    fn new(lanes: usize) -> Self;
    /// Forgets everything.
    fn clear(&mut self);
    /// The lane will be done at `at`; what it had before is forgotten. Times too late to keep are beyond every run's end.
    fn set(&mut self, lane: u32, at: Time);
    /// The earliest finish and its lane; equal times: the lower lane. Where nothing is pending, a time beyond every run's end.
    fn first(&self) -> (Time, u32);
    /// Takes the finish that [`Pending::first`] has just shown. Its lane is mostly set again at once; [`Pending::settle`], before
    /// anything else is asked, clears it if it was not.
    fn take(&mut self, lane: u32);
    /// After [`Pending::take`].
    fn settle(&mut self);
}

const NONE: u32 = u32::MAX;

/// The list for a few agents: `N` nodes, half of them leaves. All its sizes are known when it is compiled.
#[derive(Clone)]
pub struct Few<const N: usize> {
    /// As in [`Many`].
    nodes: [u64; N],
    taken: u32,
}

impl<const N: usize> Few<N> {
    const LEVELS: u32 = N.trailing_zeros() - 1;

    /// Does the list keep so many lanes, and times up to `end` apart from those it cannot keep?
    pub fn suits(lanes: usize, end: Time) -> bool {
        lanes <= N / 2 && end.0 < u64::last(Few::<N>::LEVELS)
    }

    /// The lane has nothing pending.
    #[inline(always)]
    pub fn forget(&mut self, lane: u32) {
        if self.taken == lane {
            self.taken = NONE;
        }
        self.replace(lane, u64::NEVER);
    }

    #[inline(always)]
    fn replace(&mut self, lane: u32, key: u64) {
        let mut i = N / 2 + (lane as usize & (N / 2 - 1));
        let mut least = key;
        self.nodes[i] = key;
        for _ in 0..Few::<N>::LEVELS {
            least = least.min(self.nodes[i ^ 1]);
            i >>= 1;
            self.nodes[i] = least;
        }
    }
}

impl<const N: usize> Pending for Few<N> {
    fn new(lanes: usize) -> Few<N> {
        assert!(N.is_power_of_two() && lanes <= N / 2, "a lane per agent");
        Few {
            nodes: [u64::NEVER; N],
            taken: NONE,
        }
    }

    fn clear(&mut self) {
        self.nodes = [u64::NEVER; N];
        self.taken = NONE;
    }

    #[inline(always)]
    fn set(&mut self, lane: u32, at: Time) {
        if self.taken == lane {
            self.taken = NONE;
        }
        let at = at.0.min(u64::last(Few::<N>::LEVELS));
        self.replace(lane, u64::pack(at, lane, Few::<N>::LEVELS));
    }

    #[inline(always)]
    fn first(&self) -> (Time, u32) {
        let root = self.nodes[1];
        (Time(root.at(Few::<N>::LEVELS)), root.lane(Few::<N>::LEVELS))
    }

    #[inline(always)]
    fn take(&mut self, lane: u32) {
        self.taken = lane;
    }

    #[inline(always)]
    fn settle(&mut self) {
        if self.taken != NONE {
            self.replace(self.taken, u64::NEVER);
            self.taken = NONE;
        }
    }
}

/// The list for any number of agents; with wide words it makes room for more on demand.
#[derive(Clone)]
pub struct Many<W> {
    /// A complete binary tree: leaves from `leaves` on, every inner node the smaller of its children, the root at 1.
    nodes: Vec<W>,
    leaves: usize,
    lane_bits: u32,
    last: u64,
    /// A lane that was taken and whose leaf is still to be cleared, unless it is set again first; `NONE` if none.
    taken: u32,
}

impl<W: Word> Many<W> {
    /// Does the list keep so many lanes, and times up to `end` apart from those it cannot keep?
    pub fn suits(lanes: usize, end: Time) -> bool {
        end.0 < W::last(lane_bits(lanes))
    }

    /// The lane has nothing pending.
    pub fn forget(&mut self, lane: u32) {
        if self.taken == lane {
            self.taken = NONE;
        }
        self.replace(lane, W::NEVER);
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

impl<W: Word> Pending for Many<W> {
    fn new(lanes: usize) -> Many<W> {
        let leaves = lanes.next_power_of_two().max(2);
        let lane_bits = lane_bits(lanes);
        Many {
            nodes: vec![W::NEVER; 2 * leaves],
            leaves,
            lane_bits,
            last: W::last(lane_bits),
            taken: NONE,
        }
    }

    fn clear(&mut self) {
        self.nodes.fill(W::NEVER);
        self.taken = NONE;
    }

    #[inline(always)]
    fn set(&mut self, lane: u32, at: Time) {
        if self.taken == lane {
            self.taken = NONE;
        }
        if lane as usize >= self.leaves {
            self.grow(lane);
        }
        self.replace(lane, W::pack(at.0.min(self.last), lane, self.lane_bits));
    }

    #[inline(always)]
    fn first(&self) -> (Time, u32) {
        let root = self.nodes[1];
        if root == W::NEVER {
            return (Time::NEVER, NONE);
        }
        (Time(root.at(self.lane_bits)), root.lane(self.lane_bits))
    }

    #[inline(always)]
    fn take(&mut self, lane: u32) {
        self.taken = lane;
    }

    #[inline(always)]
    fn settle(&mut self) {
        if self.taken != NONE {
            self.replace(self.taken, W::NEVER);
            self.taken = NONE;
        }
    }
}

/// The list for a whole house: as small as its agents and its length let it be.
#[derive(Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "the short list is the common one, and there is one list"
)]
pub enum Finishes {
    /// Up to 64 agents.
    Few(Few<128>),
    /// Up to 512.
    Hundreds(Box<Few<1024>>),
    /// Any number.
    Narrow(Many<u64>),
    /// The same for unlimited teams, and where agents and length together do not fit a shorter word.
    Wide(Many<u128>),
}

/// The same of whichever list it is.
macro_rules! whichever {
    ($self:ident, $list:ident => $what:expr) => {
        match $self {
            Finishes::Few($list) => $what,
            Finishes::Hundreds($list) => $what,
            Finishes::Narrow($list) => $what,
            Finishes::Wide($list) => $what,
        }
    };
}

impl Finishes {
    /// Nothing pending for anybody of this model.
    pub fn new(model: &Model) -> Finishes {
        let hires = model.plan.teams.iter().any(|team| team.agents.is_none());
        Finishes::of(model.plan.staff() as usize, hires, model.world.end)
    }

    /// Up to `end`, for so many agents, and for more if `hires`.
    fn of(agents: usize, hires: bool, end: Time) -> Finishes {
        // A finish must never seem to come before the run's end because its word was too short.
        let end = end + Span::SECOND;
        if hires {
            Finishes::Wide(Many::new(agents))
        } else if Few::<128>::suits(agents, end) {
            Finishes::Few(Few::new(agents))
        } else if Few::<1024>::suits(agents, end) {
            Finishes::Hundreds(Box::new(Few::new(agents)))
        } else if Many::<u64>::suits(agents, end) {
            Finishes::Narrow(Many::new(agents))
        } else {
            Finishes::Wide(Many::new(agents))
        }
    }

    /// As [`Pending::clear`].
    pub fn clear(&mut self) {
        whichever!(self, list => list.clear());
    }

    /// As [`Pending::first`].
    #[inline(always)]
    pub fn first(&self) -> (Time, AgentId) {
        let (at, lane) = whichever!(self, list => list.first());
        (at, AgentId(lane))
    }

    /// As [`Pending::take`].
    #[inline(always)]
    pub fn take(&mut self, agent: AgentId) {
        whichever!(self, list => list.take(agent.0));
    }

    /// As [`Pending::settle`].
    #[inline(always)]
    pub fn settle(&mut self) {
        whichever!(self, list => list.settle());
    }
}

impl Agents for Finishes {
    #[inline(always)]
    fn hold(&mut self, agent: AgentId, at: Time) {
        whichever!(self, list => list.set(agent.0, at));
    }

    #[inline(always)]
    fn release(&mut self, agent: AgentId) {
        whichever!(self, list => list.forget(agent.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn check<P: Pending>(steps: &[(u8, u32, u64)], lanes: usize, unset: fn(&mut P, u32)) {
        let mut list = P::new(lanes);
        let mut model: BTreeMap<u32, u64> = BTreeMap::new();
        for &(step, lane, at) in steps {
            match step {
                0 => {
                    list.set(lane, Time(at));
                    model.insert(lane, at);
                }
                1 => {
                    unset(&mut list, lane);
                    model.remove(&lane);
                }
                _ => {
                    let Some((at, lane)) = model.iter().map(|(&l, &at)| (at, l)).min() else {
                        assert!(list.first().0 > Time(1 << 50));
                        continue;
                    };
                    assert_eq!(list.first(), (Time(at), lane));
                    list.take(lane);
                    model.remove(&lane);
                    if step == 2 {
                        list.set(lane, Time(at + 1));
                        model.insert(lane, at + 1);
                    }
                    list.settle();
                }
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_map(steps in prop::collection::vec((0u8..5, 0u32..5, 0u64..50), 0..200)) {
            check::<Many<u64>>(&steps, 5, Many::forget);
            check::<Many<u128>>(&steps, 5, Many::forget);
            check::<Few<16>>(&steps, 5, Few::forget);
            let one: Vec<_> = steps.iter().map(|&(step, _, at)| (step, 0, at)).collect();
            check::<Few<2>>(&one, 1, Few::forget);
        }
    }

    #[test]
    fn wide_words_grow() {
        let mut list = Many::<u128>::new(1);
        for lane in 0..1000 {
            list.set(lane, Time(10_000 - u64::from(lane)));
        }
        assert_eq!(list.first(), (Time(9_001), 999));
    }

    #[test]
    fn words_are_as_long_as_they_must_be() {
        let days = |n: u64| Time(n * 24 * Span::HOUR.0);
        // 400 agents take nine bits of 64: the others last 417 days.
        assert!(matches!(Finishes::of(64, false, days(365)), Finishes::Few(_)));
        assert!(matches!(
            Finishes::of(65, false, days(365)),
            Finishes::Hundreds(_)
        ));
        assert!(matches!(
            Finishes::of(400, false, days(416)),
            Finishes::Hundreds(_)
        ));
        assert!(matches!(Finishes::of(400, false, days(418)), Finishes::Wide(_)));
        assert!(matches!(Finishes::of(513, false, days(200)), Finishes::Narrow(_)));
        assert!(matches!(Finishes::of(513, false, days(418)), Finishes::Wide(_)));
        assert!(matches!(Finishes::of(1, true, days(1)), Finishes::Wide(_)));
        let mut list = Finishes::of(400, false, days(418));
        list.hold(AgentId(399), days(417));
        list.hold(AgentId(3), days(418));
        assert_eq!(list.first(), (days(417), AgentId(399)));
        list.release(AgentId(399));
        assert_eq!(list.first(), (days(418), AgentId(3)));
    }

    fn late_times_are_clamped<P: Pending>(lanes: usize) {
        let mut list = P::new(lanes);
        list.set(3, Time(u64::MAX / 2));
        list.set(4, Time(5));
        assert_eq!(list.first(), (Time(5), 4));
        list.take(4);
        list.settle();
        assert!(list.first().0 > Time(1 << 52));
    }

    #[test]
    fn late_times_are_clamped_not_wrapped() {
        late_times_are_clamped::<Many<u64>>(1000);
        late_times_are_clamped::<Few<64>>(20);
    }
}
