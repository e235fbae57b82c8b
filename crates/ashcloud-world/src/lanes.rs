//! The earliest of several streams: a winner tree. Of equal times the first lane wins.

/// One time per lane, and who is first.
#[derive(Clone, Debug)]
pub(crate) struct Lanes {
    /// A complete binary tree of times, each with its lane below: one leaf per lane in its second half, padded to a power of
    /// two with times that never come; every inner node the smaller of its children, the root at 1.
    nodes: Vec<u128>,
    /// The time at the root.
    earliest: u64,
}

const LANE_BITS: u32 = 32;

impl Lanes {
    pub(crate) fn new(lanes: usize) -> Lanes {
        let size = lanes.max(1).next_power_of_two();
        let mut tree = Lanes {
            nodes: vec![u128::MAX; 2 * size],
            earliest: u64::MAX,
        };
        for lane in 0..size {
            tree.set(lane, u64::MAX);
        }
        tree
    }

    /// The lane with the earliest time.
    #[inline(always)]
    pub(crate) fn first(&self) -> usize {
        self.nodes[1] as u32 as usize
    }

    /// The earliest time.
    #[inline(always)]
    pub(crate) fn earliest(&self) -> u64 {
        self.earliest
    }

    /// Changes the time of the only lane there is, which nobody compares.
    #[inline(always)]
    pub(crate) fn set_only(&mut self, time: u64) {
        debug_assert_eq!(self.nodes.len(), 2);
        self.earliest = time;
    }

    /// Changes one lane's time.
    #[inline]
    pub(crate) fn set(&mut self, lane: usize, time: u64) {
        let nodes = &mut self.nodes[..];
        // There are a power of two of them: masked, an index needs no check.
        let mask = nodes.len() - 1;
        let mut node = (lane + nodes.len() / 2) & mask;
        let mut least = u128::from(time) << LANE_BITS | lane as u128;
        nodes[node] = least;
        while node > 1 {
            least = least.min(nodes[(node ^ 1) & mask]);
            node = (node >> 1) & mask;
            nodes[node] = least;
        }
        self.earliest = (least >> LANE_BITS) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::mix;

    #[test]
    fn the_earliest_wins_and_of_equals_the_first() {
        for lanes in 1..20 {
            let mut tree = Lanes::new(lanes);
            let mut times = vec![u64::MAX; lanes];
            for step in 0..500 {
                let word = mix(step * 31 + lanes as u64);
                let (lane, time) = ((word >> 32) as usize % lanes, word % 7);
                tree.set(lane, time);
                times[lane] = time;
                let expected = (0..lanes).min_by_key(|&l| (times[l], l));
                assert_eq!(Some(tree.first()), expected);
                assert_eq!(tree.earliest(), times[tree.first()]);
            }
        }
    }
}
