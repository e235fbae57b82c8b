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
}

impl Available {
    pub(crate) fn new(choice: AgentChoice, first_agent: u32) -> Available {
        let order = match choice {
            AgentChoice::LongestIdle | AgentChoice::LeastOccupied => By::List { head: NIL, tail: NIL },
            AgentChoice::FirstListed => By::Bits {
                first_agent,
                words: Vec::new(),
            },
        };
        Available { count: 0, order }
    }

    pub(crate) fn clear(&mut self) {
        self.count = 0;
        match &mut self.order {
            By::List { head, tail } => (*head, *tail) = (NIL, NIL),
            By::Bits { words, .. } => words.clear(),
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
            By::Bits { first_agent, words } => {
                // An unlimited team's agents come from the end of the table: far apart, but few words.
                let bit = agent.0.wrapping_sub(*first_agent);
                let word = bit as usize / 64;
                if word >= words.len() {
                    words.resize(word + 1, 0);
                }
                words[word] |= 1 << (bit % 64);
            }
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
            By::Bits { first_agent, words } => {
                let bit = agent.0.wrapping_sub(*first_agent);
                words[bit as usize / 64] &= !(1 << (bit % 64));
            }
        }
    }

    /// Who would take the next comment. Agents who hold fewer comments go first; then the rule decides.
    #[inline(always)]
    pub(crate) fn best(&self, agents: &[Agent], choice: AgentChoice, sharing: bool) -> Option<AgentId> {
        match &self.order {
            By::List { head, .. } if choice == AgentChoice::LongestIdle && !sharing => {
                (self.count > 0).then_some(AgentId(*head))
            }
            _ => self.best_of_all(agents, choice, sharing),
        }
    }

    #[inline(never)]
    fn best_of_all(&self, agents: &[Agent], choice: AgentChoice, sharing: bool) -> Option<AgentId> {
        if self.count == 0 {
            return None;
        }
        match (&self.order, choice) {
            (By::List { head, .. }, _) => {
                let standing = |i: u32| {
                    let agent = &agents[i as usize];
                    let worked = if choice == AgentChoice::LeastOccupied {
                        agent.worked
                    } else {
                        0
                    };
                    (agent.load, worked)
                };
                let (mut best, mut i) = (*head, agents[*head as usize].next);
                while i != NIL {
                    if standing(i) < standing(best) {
                        best = i;
                    }
                    i = agents[i as usize].next;
                }
                Some(AgentId(best))
            }
            (By::Bits { first_agent, words }, _) => {
                let mut all = words.iter().enumerate().flat_map(|(w, &word)| {
                    Bits(word).map(move |bit| first_agent.wrapping_add(w as u32 * 64 + bit))
                });
                if sharing {
                    all.min_by_key(|&i| (agents[i as usize].load, i)).map(AgentId)
                } else {
                    all.next().map(AgentId)
                }
            }
        }
    }
}

/// The positions of set bits, lowest first.
struct Bits(u64);

impl Iterator for Bits {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        let bit = self.0.trailing_zeros();
        (bit < 64).then(|| {
            self.0 &= self.0 - 1;
            bit
        })
    }
}
