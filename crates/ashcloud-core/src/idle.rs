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
    /// Lowest number first: a bit per agent of the team.
    Bits { first_agent: u32, words: Vec<u64> },
    /// By what they hold, and then by the rule.
    Standing { first_agent: u32, standings: Standings },
}

impl Available {
    /// `sharing`: its agents hold several at once.
    pub(crate) fn new(choice: AgentChoice, sharing: bool, first_agent: u32) -> Available {
        let order = match choice {
            AgentChoice::LongestIdle if !sharing => By::List { head: NIL, tail: NIL },
            AgentChoice::FirstListed if !sharing => By::Bits {
                first_agent,
                words: Vec::new(),
            },
            _ => By::Standing {
                first_agent,
                standings: Standings::new(choice),
            },
        };
        Available { count: 0, order }
    }

    pub(crate) fn clear(&mut self) {
        self.count = 0;
        match &mut self.order {
            By::List { head, tail } => (*head, *tail) = (NIL, NIL),
            By::Bits { words, .. } => words.clear(),
            By::Standing { standings, .. } => standings.clear(),
        }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, agents: &mut [Agent], agent: AgentId) {
        self.count += 1;
        agents[agent.0 as usize].listed = true;
        if let By::List { head, tail } = &mut self.order {
            let i = agent.0;
            (agents[i as usize].prev, agents[i as usize].next) = (*tail, NIL);
            match std::mem::replace(tail, i) {
                NIL => *head = i,
                old => agents[old as usize].next = i,
            }
        } else {
            self.add_unlisted(agents, agent);
        }
    }

    /// The same where there is no list.
    #[inline(never)]
    fn add_unlisted(&mut self, agents: &[Agent], agent: AgentId) {
        match &mut self.order {
            By::List { .. } => {}
            By::Bits { first_agent, words } => {
                // An unlimited team's agents come from the end of the table: far apart, but few words.
                let bit = agent.0.wrapping_sub(*first_agent);
                let word = bit as usize / 64;
                if word >= words.len() {
                    words.resize(word + 1, 0);
                }
                words[word] |= 1 << (bit % 64);
            }
            By::Standing {
                first_agent,
                standings,
            } => standings.add(agent.0.wrapping_sub(*first_agent), &agents[agent.0 as usize]),
        }
    }

    #[inline(always)]
    pub(crate) fn remove(&mut self, agents: &mut [Agent], agent: AgentId) {
        self.count -= 1;
        agents[agent.0 as usize].listed = false;
        if let By::List { head, tail } = &mut self.order {
            let &Agent { prev, next, .. } = &agents[agent.0 as usize];
            match prev {
                NIL => *head = next,
                prev => agents[prev as usize].next = next,
            }
            match next {
                NIL => *tail = prev,
                next => agents[next as usize].prev = prev,
            }
        } else {
            self.remove_unlisted(agent);
        }
    }

    /// The same where there is no list.
    #[inline(never)]
    fn remove_unlisted(&mut self, agent: AgentId) {
        match &mut self.order {
            By::List { .. } => {}
            By::Bits { first_agent, words } => {
                let bit = agent.0.wrapping_sub(*first_agent);
                words[bit as usize / 64] &= !(1 << (bit % 64));
            }
            By::Standing {
                first_agent,
                standings,
            } => standings.remove(agent.0.wrapping_sub(*first_agent)),
        }
    }

    /// An available agent has more or less in hand than before.
    pub(crate) fn shift(&mut self, agents: &[Agent], agent: AgentId) {
        if let By::Standing {
            first_agent,
            standings,
        } = &mut self.order
        {
            standings.shift(agent.0.wrapping_sub(*first_agent), &agents[agent.0 as usize]);
        }
    }

    /// Who would take the next comment. Agents who hold fewer comments go first; then the rule decides.
    #[inline(always)]
    pub(crate) fn best(&self) -> Option<AgentId> {
        match &self.order {
            By::List { head, .. } => (self.count > 0).then_some(AgentId(*head)),
            By::Bits { .. } | By::Standing { .. } => self.best_unlisted(),
        }
    }

    /// The same where there is no list.
    #[inline(never)]
    fn best_unlisted(&self) -> Option<AgentId> {
        if self.count == 0 {
            return None;
        }
        match &self.order {
            By::List { .. } => None,
            By::Bits { first_agent, words } => {
                let (w, word) = words.iter().enumerate().find(|(_, word)| **word != 0)?;
                Some(AgentId(
                    first_agent.wrapping_add(w as u32 * 64 + word.trailing_zeros()),
                ))
            }
            By::Standing {
                first_agent,
                standings,
            } => Some(AgentId(first_agent.wrapping_add(standings.best()))),
        }
    }
}

/// A winner tree (Knuth 1973, 5.4.1) over a team's agents: three hundred who hold several each are no list to look through.
#[derive(Clone)]
struct Standings {
    choice: AgentChoice,
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
    fn new(choice: AgentChoice) -> Standings {
        Standings {
            choice,
            nodes: vec![AWAY; 4],
            listed: 0,
        }
    }

    fn clear(&mut self) {
        self.nodes.fill(AWAY);
        self.listed = 0;
    }

    fn add(&mut self, member: u32, agent: &Agent) {
        if member as usize >= self.nodes.len() / 2 {
            self.grow(member);
        }
        self.listed += 1;
        let number = match self.choice {
            AgentChoice::LongestIdle | AgentChoice::LeastOccupied => self.listed,
            AgentChoice::FirstListed => u64::from(member),
        };
        self.set(member, self.standing(agent, number));
    }

    fn remove(&mut self, member: u32) {
        self.set(member, AWAY);
    }

    fn shift(&mut self, member: u32, agent: &Agent) {
        let number = self.nodes[self.nodes.len() / 2 + member as usize].number;
        self.set(member, self.standing(agent, number));
    }

    fn best(&self) -> u32 {
        let (best, leaves) = (self.nodes[1], self.nodes.len() / 2);
        let mut i = 1;
        while i < leaves {
            i = 2 * i + usize::from(self.nodes[2 * i] != best);
        }
        (i - leaves) as u32
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

    fn set(&mut self, member: u32, standing: Standing) {
        let mut i = self.nodes.len() / 2 + member as usize;
        let mut least = standing;
        self.nodes[i] = standing;
        while i > 1 {
            least = least.min(self.nodes[i ^ 1]);
            i /= 2;
            self.nodes[i] = least;
        }
    }

    #[cold]
    fn grow(&mut self, member: u32) {
        let (old, leaves) = (self.nodes.len() / 2, (member as usize + 1).next_power_of_two());
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
