//! Agents of a team who can take a comment, in the order in which they are chosen.

use crate::plan::{AgentChoice, AgentId};
use crate::router::Agent;

const NIL: u32 = u32::MAX;

/// The available agents of one team.
#[derive(Clone)]
pub(crate) struct Available {
    pub(crate) count: u32,
    order: By,
}

#[derive(Clone)]
enum By {
    /// Longest available first: a list through the agents.
    List { head: u32, tail: u32 },
    /// By what they hold, and then by the rule.
    Standing(Standings),
}

impl Available {
    /// `sharing`: its agents hold several at once.
    pub(crate) fn new(choice: AgentChoice, sharing: bool, first_agent: u32) -> Available {
        let order = if choice == AgentChoice::LongestIdle && !sharing {
            By::List { head: NIL, tail: NIL }
        } else {
            By::Standing(Standings::new(choice, first_agent))
        };
        Available { count: 0, order }
    }

    pub(crate) fn clear(&mut self) {
        self.count = 0;
        match &mut self.order {
            By::List { head, tail } => (*head, *tail) = (NIL, NIL),
            By::Standing(standings) => standings.clear(),
        }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, agents: &mut [Agent], agent: AgentId) {
        self.count += 1;
        agents[agent.0 as usize].listed = true;
        match &mut self.order {
            By::List { head, tail } => {
                let i = agent.0;
                (agents[i as usize].prev, agents[i as usize].next) = (*tail, NIL);
                match std::mem::replace(tail, i) {
                    NIL => *head = i,
                    old => agents[old as usize].next = i,
                }
            }
            By::Standing(standings) => standings.add(agent, &agents[agent.0 as usize]),
        }
    }

    #[inline(always)]
    pub(crate) fn remove(&mut self, agents: &mut [Agent], agent: AgentId) {
        self.count -= 1;
        agents[agent.0 as usize].listed = false;
        match &mut self.order {
            By::List { head, tail } => {
                let &Agent { prev, next, .. } = &agents[agent.0 as usize];
                match prev {
                    NIL => *head = next,
                    prev => agents[prev as usize].next = next,
                }
                match next {
                    NIL => *tail = prev,
                    next => agents[next as usize].prev = prev,
                }
            }
            By::Standing(standings) => standings.remove(agent),
        }
    }

    /// An available agent has more or less in hand than before.
    pub(crate) fn shift(&mut self, agents: &[Agent], agent: AgentId) {
        if let By::Standing(standings) = &mut self.order {
            standings.shift(agent, &agents[agent.0 as usize]);
        }
    }

    /// Who would take the next comment. Agents who hold fewer comments go first; then the rule decides.
    #[inline(always)]
    pub(crate) fn best(&self) -> Option<AgentId> {
        if self.count == 0 {
            return None;
        }
        match &self.order {
            By::List { head, .. } => Some(AgentId(*head)),
            By::Standing(standings) => Some(standings.best()),
        }
    }
}

/// A winner tree (Knuth 1973, 5.4.1) over a team's agents: three hundred who hold several each are no list to look through.
#[derive(Clone)]
struct Standings {
    choice: AgentChoice,
    /// Leaf 0 is this agent's. An unlimited team's other agents come from the end of the table.
    first_agent: u32,
    /// Leaves from the middle on, every inner node the smaller of its children, the root at 1.
    nodes: Vec<Standing>,
    /// Counts listings: who was listed first goes first.
    listed: u64,
}

/// The smallest takes the next comment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    load: u32,
    /// Nanoseconds at work, where the rule reads them.
    worked: u64,
    /// No two agents have the same.
    number: u64,
}

const AWAY: Standing = Standing {
    load: u32::MAX,
    worked: u64::MAX,
    number: u64::MAX,
};

impl Standings {
    fn new(choice: AgentChoice, first_agent: u32) -> Standings {
        Standings {
            choice,
            first_agent,
            nodes: vec![AWAY; 4],
            listed: 0,
        }
    }

    fn clear(&mut self) {
        self.nodes.fill(AWAY);
        self.listed = 0;
    }

    #[inline(never)]
    fn add(&mut self, agent: AgentId, state: &Agent) {
        let leaf = self.leaf(agent);
        if leaf >= self.nodes.len() / 2 {
            self.grow(leaf);
        }
        self.listed += 1;
        let number = match self.choice {
            AgentChoice::LongestIdle | AgentChoice::LeastOccupied => self.listed,
            AgentChoice::FirstListed => u64::from(agent.0),
        };
        self.set(leaf, self.standing(state, number));
    }

    #[inline(never)]
    fn remove(&mut self, agent: AgentId) {
        self.set(self.leaf(agent), AWAY);
    }

    fn shift(&mut self, agent: AgentId, state: &Agent) {
        let leaf = self.leaf(agent);
        let number = self.nodes[self.nodes.len() / 2 + leaf].number;
        self.set(leaf, self.standing(state, number));
    }

    #[inline(never)]
    fn best(&self) -> AgentId {
        let (best, leaves) = (self.nodes[1], self.nodes.len() / 2);
        let mut i = 1;
        while i < leaves {
            i = 2 * i + usize::from(self.nodes[2 * i] != best);
        }
        AgentId(self.first_agent + (i - leaves) as u32)
    }

    fn leaf(&self, agent: AgentId) -> usize {
        (agent.0 - self.first_agent) as usize
    }

    fn standing(&self, agent: &Agent, number: u64) -> Standing {
        Standing {
            load: agent.load,
            worked: match self.choice {
                AgentChoice::LeastOccupied => agent.worked,
                AgentChoice::LongestIdle | AgentChoice::FirstListed => 0,
            },
            number,
        }
    }

    fn set(&mut self, leaf: usize, standing: Standing) {
        let mut i = self.nodes.len() / 2 + leaf;
        let mut least = standing;
        self.nodes[i] = standing;
        while i > 1 {
            least = least.min(self.nodes[i ^ 1]);
            i /= 2;
            self.nodes[i] = least;
        }
    }

    #[cold]
    fn grow(&mut self, leaf: usize) {
        let (old, leaves) = (self.nodes.len() / 2, (leaf + 1).next_power_of_two());
        let mut nodes = vec![AWAY; 2 * leaves];
        nodes[leaves..leaves + old].copy_from_slice(&self.nodes[old..]);
        for i in (1..leaves).rev() {
            nodes[i] = nodes[2 * i].min(nodes[2 * i + 1]);
        }
        self.nodes = nodes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against looking through all who are listed, in the order in which they were.
        #[test]
        fn the_best_is_the_least_of_all(
            first_agent in 0_u32..3,
            choice in prop::sample::select(vec![AgentChoice::LongestIdle, AgentChoice::LeastOccupied, AgentChoice::FirstListed]),
            steps in prop::collection::vec((0_u32..20, 0_u32..3, 0_u64..3), 1..200),
        ) {
            let mut available = Available::new(choice, true, first_agent);
            let mut agents = vec![Agent::new(0); 23];
            let mut listed: Vec<AgentId> = Vec::new();
            for (member, load, worked) in steps {
                let agent = AgentId(first_agent + member);
                let state = &mut agents[agent.0 as usize];
                let (same, is_listed) = (state.load == load, state.listed);
                (state.load, state.worked) = (load, worked);
                if !is_listed {
                    available.add(&mut agents, agent);
                    listed.push(agent);
                } else if same {
                    available.remove(&mut agents, agent);
                    listed.retain(|&other| other != agent);
                } else {
                    available.shift(&agents, agent);
                }
                let standing = |agent: &&AgentId| {
                    let state = &agents[agent.0 as usize];
                    match choice {
                        AgentChoice::LongestIdle => (state.load, 0),
                        AgentChoice::LeastOccupied => (state.load, state.worked),
                        AgentChoice::FirstListed => (state.load, u64::from(agent.0)),
                    }
                };
                prop_assert_eq!(available.best(), listed.iter().min_by_key(standing).copied());
                prop_assert_eq!(available.count as usize, listed.len());
            }
        }
    }
}
