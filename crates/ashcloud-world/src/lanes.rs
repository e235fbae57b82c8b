//! The earliest of several streams: a winner tree. Of equal times the first lane wins.

/// One time per lane, and who is first.
#[derive(Clone, Debug)]
pub(crate) struct Lanes {
    /// Padded to a power of two with times that never come.
    times: Vec<u64>,
    /// `winner[node]`: lane with the earliest time below the node; 1 is the root, leaves are not stored.
    winner: Vec<u32>,
    /// The lane that is first, and its time.
    first: usize,
    earliest: u64,
}

impl Lanes {
    pub(crate) fn new(lanes: usize) -> Lanes {
        let size = lanes.max(1).next_power_of_two();
        let mut tree = Lanes {
            times: vec![u64::MAX; size],
            winner: vec![0; size.max(2)],
            first: 0,
            earliest: u64::MAX,
        };
        for lane in (0..size).rev() {
            tree.set(lane, u64::MAX);
        }
        tree
    }

    /// The lane with the earliest time.
    #[inline(always)]
    pub(crate) fn first(&self) -> usize {
        self.first
    }

    /// The earliest time.
    #[inline(always)]
    pub(crate) fn earliest(&self) -> u64 {
        self.earliest
    }

    /// Changes the time of the only lane there is, which nobody compares.
    #[inline(always)]
    pub(crate) fn set_only(&mut self, time: u64) {
        debug_assert_eq!(self.times.len(), 1);
        self.earliest = time;
    }

    /// Changes one lane's time.
    #[inline]
    pub(crate) fn set(&mut self, lane: usize, time: u64) {
        let size = self.times.len();
        self.times[lane] = time;
        let mut node = (lane + size) >> 1;
        while node >= 1 {
            let (left, right) = (self.below(2 * node), self.below(2 * node + 1));
            let first = if self.times[right as usize] < self.times[left as usize] {
                right
            } else {
                left
            };
            self.winner[node] = first;
            node /= 2;
        }
        self.first = self.winner[1] as usize;
        self.earliest = self.times[self.first];
    }

    /// Winner below a node, which may be a leaf.
    #[inline(always)]
    fn below(&self, node: usize) -> u32 {
        let size = self.times.len();
        if node >= size {
            (node - size) as u32
        } else {
            self.winner[node]
        }
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
