//! The least occupied of a team's available agents: a kinetic tournament (Basch, Guibas and Hershberger 1999).
//!
//! An agent's share of time at work falls while it is idle and rises while it holds something, so who is least occupied
//! changes without an event. Every inner node of the winner tree therefore keeps until when its winner wins.

use crate::plan::AgentId;
use crate::router::Agent;
use crate::time::Time;

const NIL: u32 = u32::MAX;

#[derive(Clone)]
pub(crate) struct Shares {
    /// Leaf 0 is this agent's.
    first_agent: u32,
    leaves: Vec<Leaf>,
    /// The root at 1; leaf k is node `leaves.len() + k`.
    nodes: Vec<Node>,
}

/// What an agent's share is made of: (worked + now if it holds something) / (now - came).
#[derive(Clone, Copy)]
struct Leaf {
    load: u32,
    worked: i128,
    came: i128,
}

#[derive(Clone, Copy)]
struct Node {
    winner: u32,
    until: Time,
}

const AWAY: Leaf = Leaf {
    load: 0,
    worked: 0,
    came: 0,
};
const EMPTY: Node = Node {
    winner: NIL,
    until: Time::NEVER,
};

impl Shares {
    pub(crate) fn new(first_agent: u32) -> Shares {
        Shares {
            first_agent,
            leaves: vec![AWAY; 2],
            nodes: vec![EMPTY; 4],
        }
    }

    pub(crate) fn clear(&mut self) {
        self.nodes.fill(EMPTY);
    }

    /// The agent is available as `state` says, or no more.
    #[inline(never)]
    pub(crate) fn set(&mut self, agent: AgentId, state: Option<&Agent>, now: Time) {
        let leaf = (agent.0 - self.first_agent) as usize;
        if leaf >= self.leaves.len() {
            self.grow(leaf);
        }
        let mut i = self.leaves.len() + leaf;
        self.nodes[i].winner = NIL;
        if let Some(state) = state {
            self.nodes[i].winner = leaf as u32;
            let begun = if state.load > 0 { state.busy_since.0 } else { 0 };
            self.leaves[leaf] = Leaf {
                load: state.load,
                worked: i128::from(state.worked) - i128::from(begun),
                came: i128::from(now.0) - state.on_duty_by(now) as i128,
            };
        }
        while i > 1 {
            self.refresh(i ^ 1, now);
            i /= 2;
            self.play(i, now);
        }
    }

    /// Who is least occupied at `now`; of equals the one listed first. Asked only where some agent is available.
    #[inline(never)]
    pub(crate) fn best(&mut self, now: Time) -> AgentId {
        self.refresh(1, now);
        AgentId(self.first_agent + self.nodes[1].winner)
    }

    fn refresh(&mut self, i: usize, now: Time) {
        if self.nodes[i].until > now {
            return;
        }
        self.refresh(2 * i, now);
        self.refresh(2 * i + 1, now);
        self.play(i, now);
    }

    /// The winner of two children that are up to date.
    fn play(&mut self, i: usize, now: Time) {
        let (a, b) = (self.nodes[2 * i], self.nodes[2 * i + 1]);
        let (winner, until) = match (a.winner, b.winner) {
            (NIL, NIL) => (NIL, Time::NEVER),
            (one, NIL) | (NIL, one) => (one, Time::NEVER),
            // The left one is listed first.
            (first, second) => self.duel(first, second, now),
        };
        self.nodes[i] = Node {
            winner,
            until: until.min(a.until).min(b.until),
        };
    }

    /// Which of two is less occupied, and until when. The lead of the first, `(worked_b + now) (now - came_a)` less
    /// `(worked_a + now) (now - came_b)`, is linear in time: the squares cancel.
    fn duel(&self, first: u32, second: u32, now: Time) -> (u32, Time) {
        let (a, b) = (self.leaves[first as usize], self.leaves[second as usize]);
        if a.load != b.load {
            return (if a.load < b.load { first } else { second }, Time::NEVER);
        }
        let rises = i128::from(a.load > 0);
        let slope = b.worked - a.worked + rises * (b.came - a.came);
        let at_zero = a.worked * b.came - b.worked * a.came;
        let time = i128::from(now.0);
        if a.came == time || b.came == time {
            // An agent who has just come for the first time has done nothing: its share is 0, and formed anew from now on.
            let done = |leaf: Leaf| leaf.came < time && leaf.worked + rises * time > 0;
            let winner = if done(a) && !done(b) { second } else { first };
            return (winner, Time(now.0 + 1));
        }
        let lead = slope * time + at_zero;
        let instant = |t: i128| u64::try_from(t).map_or(Time::NEVER, Time);
        if lead >= 0 {
            // It loses from the first instant on at which its lead is negative.
            let until = if slope < 0 {
                instant(at_zero.div_euclid(-slope) + 1)
            } else {
                Time::NEVER
            };
            (first, until)
        } else {
            let until = if slope > 0 {
                instant(-at_zero.div_euclid(slope))
            } else {
                Time::NEVER
            };
            (second, until)
        }
    }

    #[cold]
    fn grow(&mut self, leaf: usize) {
        let (old, size) = (self.leaves.len(), (leaf + 1).next_power_of_two());
        self.leaves.resize(size, AWAY);
        let present: Vec<u32> = self.nodes[old..].iter().map(|node| node.winner).collect();
        self.nodes = vec![EMPTY; 2 * size];
        for (node, winner) in self.nodes[size..].iter_mut().zip(present) {
            node.winner = winner;
        }
        // All inner nodes are out of date.
        for node in &mut self.nodes[1..size] {
            node.until = Time::ZERO;
        }
    }
}
