//! Agents of a team who can take a comment, and which of them the rule chooses.

use std::cmp::Ordering;

use crate::plan::{AgentChoice, AgentId};
use crate::router::Agent;
use crate::shares::Shares;
use crate::time::Time;

const NIL: u32 = u32::MAX;

/// The available agents of one team.
#[derive(Clone)]
pub(crate) struct Available {
    pub(crate) count: u32,
    order: By,
}

#[derive(Clone)]
enum By {
    /// Longest available first, for agents who hold one comment at a time: a list through the agents.
    List { head: u32, tail: u32 },
    /// By what they hold, and then by a number that only an event changes.
    Standing(Standings),
    /// By what they hold, and then by their occupancy, which time changes.
    Shares(Shares),
    /// By what they hold, and then by chance.
    Random(Buckets),
}

impl Available {
    /// `sharing`: its agents hold several at once.
    pub(crate) fn new(choice: AgentChoice, sharing: bool, first_agent: u32) -> Available {
        let order = match choice {
            AgentChoice::LongestIdle if !sharing => By::List { head: NIL, tail: NIL },
            AgentChoice::LongestIdle | AgentChoice::FirstListed | AgentChoice::FillUp => {
                By::Standing(Standings::new(choice, first_agent))
            }
            AgentChoice::LeastOccupied => By::Shares(Shares::new(first_agent)),
            AgentChoice::Random => By::Random(Buckets::default()),
        };
        Available { count: 0, order }
    }

    pub(crate) fn clear(&mut self) {
        self.count = 0;
        match &mut self.order {
            By::List { head, tail } => (*head, *tail) = (NIL, NIL),
            By::Standing(standings) => standings.clear(),
            By::Shares(shares) => shares.clear(),
            By::Random(buckets) => buckets.clear(),
        }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, agents: &mut [Agent], agent: AgentId, now: Time) {
        self.count += 1;
        agents[agent.0 as usize].listed = true;
        let By::List { head, tail } = &mut self.order else {
            self.renew(agents, agent, now);
            return;
        };
        let i = agent.0;
        (agents[i as usize].prev, agents[i as usize].next) = (*tail, NIL);
        match std::mem::replace(tail, i) {
            NIL => *head = i,
            old => agents[old as usize].next = i,
        }
    }

    /// The same for one of several who may be free from the same instant on: of these the one listed first goes first.
    #[inline(never)]
    pub(crate) fn add_in_order(&mut self, agents: &mut [Agent], agent: AgentId, now: Time) {
        let By::List { head, tail } = &mut self.order else {
            self.add(agents, agent, now);
            return;
        };
        self.count += 1;
        agents[agent.0 as usize].listed = true;
        let i = agent.0;
        let mut before = *tail;
        while before != NIL && before > i && agents[before as usize].idle_since == now {
            before = agents[before as usize].prev;
        }
        let after = match before {
            NIL => std::mem::replace(head, i),
            other => std::mem::replace(&mut agents[other as usize].next, i),
        };
        match after {
            NIL => *tail = i,
            other => agents[other as usize].prev = i,
        }
        (agents[i as usize].prev, agents[i as usize].next) = (before, after);
    }

    #[inline(always)]
    pub(crate) fn remove(&mut self, agents: &mut [Agent], agent: AgentId, now: Time) {
        self.count -= 1;
        agents[agent.0 as usize].listed = false;
        let By::List { head, tail } = &mut self.order else {
            self.forget(agents, agent, now);
            return;
        };
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

    #[inline(never)]
    fn forget(&mut self, agents: &mut [Agent], agent: AgentId, now: Time) {
        match &mut self.order {
            By::List { .. } => {}
            By::Standing(standings) => standings.set(agent, AWAY),
            By::Shares(shares) => shares.set(agent, None, now),
            By::Random(buckets) => buckets.remove(agents, agent),
        }
    }

    /// An agent is available from now on, or has begun or finished something as such.
    #[inline(never)]
    pub(crate) fn renew(&mut self, agents: &mut [Agent], agent: AgentId, now: Time) {
        match &mut self.order {
            // Its agents are available with empty hands only.
            By::List { .. } => {}
            By::Standing(standings) => standings.add(agent, &agents[agent.0 as usize]),
            By::Shares(shares) => shares.set(agent, Some(&agents[agent.0 as usize]), now),
            By::Random(buckets) => {
                buckets.remove(agents, agent);
                buckets.add(agents, agent);
            }
        }
    }

    /// Who takes the next comment, whose own number is `number`.
    #[inline(always)]
    pub(crate) fn best(&mut self, now: Time, number: impl FnOnce() -> u64) -> Option<AgentId> {
        if self.count == 0 {
            return None;
        }
        if let By::List { head, .. } = &self.order {
            return Some(AgentId(*head));
        }
        Some(self.best_by_rule(now, number()))
    }

    #[inline(never)]
    fn best_by_rule(&mut self, now: Time, number: u64) -> AgentId {
        match &mut self.order {
            By::List { head, .. } => AgentId(*head),
            By::Standing(standings) => standings.best(),
            By::Shares(shares) => shares.best(now),
            By::Random(buckets) => {
                let fewest = buckets.fewest();
                AgentId(fewest[part_of(number, fewest.len())])
            }
        }
    }

    /// Under the rule of chance: the agents who hold fewest, in no order.
    pub(crate) fn fewest(&self) -> &[u32] {
        match &self.order {
            By::Random(buckets) if self.count > 0 => buckets.fewest(),
            _ => &[],
        }
    }
}

/// The place among so many that a number from 0 to below 2^64 stands for.
pub(crate) fn part_of(number: u64, among: usize) -> usize {
    ((u128::from(number) * among as u128) >> 64) as usize
}

/// Which of two available agents of different teams the rule would rather give the next comment: `Less` is the first. Chance
/// sees no difference but in what they hold.
pub(crate) fn standing(choice: AgentChoice, now: Time, a: &Agent, b: &Agent) -> Ordering {
    let fewest = a.load.cmp(&b.load);
    match choice {
        AgentChoice::LongestIdle => fewest.then(a.idle_since.cmp(&b.idle_since)),
        AgentChoice::LeastOccupied => {
            // Who has just come for the first time has done nothing yet: 0 of 1.
            let share = |of: &Agent, other: &Agent| of.worked_by(now) * other.on_duty_by(now).max(1);
            fewest.then_with(|| share(a, b).cmp(&share(b, a)))
        }
        AgentChoice::FirstListed | AgentChoice::Random => fewest,
        AgentChoice::FillUp => fewest.reverse(),
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
}

/// The smallest takes the next comment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    load: u32,
    /// No two agents have the same.
    agent: u32,
    idle_since: Time,
}

const AWAY: Standing = Standing {
    load: u32::MAX,
    agent: u32::MAX,
    idle_since: Time::NEVER,
};

impl Standing {
    #[inline(always)]
    fn order(self) -> (u32, Time, u32) {
        (self.load, self.idle_since, self.agent)
    }
}

impl Standings {
    fn new(choice: AgentChoice, first_agent: u32) -> Standings {
        Standings {
            choice,
            first_agent,
            nodes: vec![AWAY; 4],
        }
    }

    fn clear(&mut self) {
        self.nodes.fill(AWAY);
    }

    #[inline(never)]
    fn add(&mut self, agent: AgentId, state: &Agent) {
        let standing = Standing {
            load: match self.choice {
                AgentChoice::FillUp => u32::MAX - 1 - state.load,
                _ => state.load,
            },
            agent: agent.0,
            idle_since: match self.choice {
                AgentChoice::LongestIdle => state.idle_since,
                _ => Time::ZERO,
            },
        };
        self.set(agent, standing);
    }

    #[inline(never)]
    fn best(&self) -> AgentId {
        AgentId(self.nodes[1].agent)
    }

    #[inline(never)]
    fn set(&mut self, agent: AgentId, standing: Standing) {
        let leaf = (agent.0 - self.first_agent) as usize;
        if leaf >= self.nodes.len() / 2 {
            self.grow(leaf);
        }
        let mut i = self.nodes.len() / 2 + leaf;
        let mut least = standing;
        self.nodes[i] = standing;
        while i > 1 {
            let other = self.nodes[i ^ 1];
            least = if other.order() < least.order() {
                other
            } else {
                least
            };
            i /= 2;
            self.nodes[i] = least;
        }
    }

    #[cold]
    fn grow(&mut self, leaf: usize) {
        let old = self.nodes.split_off(self.nodes.len() / 2);
        self.nodes = vec![AWAY; 2 * (leaf + 1).next_power_of_two()];
        for standing in old.into_iter().filter(|standing| *standing != AWAY) {
            self.set(AgentId(standing.agent), standing);
        }
    }
}

/// Agents by how many they hold; each knows its bucket and its place there in the two words that lists use.
#[derive(Clone, Default)]
struct Buckets {
    by_load: Vec<Vec<u32>>,
}

impl Buckets {
    fn clear(&mut self) {
        self.by_load.iter_mut().for_each(Vec::clear);
    }

    fn add(&mut self, agents: &mut [Agent], agent: AgentId) {
        let state = &mut agents[agent.0 as usize];
        let load = state.load as usize;
        if load >= self.by_load.len() {
            self.by_load.resize_with(load + 1, Vec::new);
        }
        let bucket = &mut self.by_load[load];
        (state.prev, state.next) = (bucket.len() as u32, state.load);
        bucket.push(agent.0);
    }

    /// Takes it out of its bucket, if it is in one.
    fn remove(&mut self, agents: &mut [Agent], agent: AgentId) {
        let &Agent {
            prev: place, next, ..
        } = &agents[agent.0 as usize];
        let bucket = match self.by_load.get_mut(next as usize) {
            Some(bucket) if bucket.get(place as usize) == Some(&agent.0) => bucket,
            _ => return,
        };
        bucket.swap_remove(place as usize);
        if let Some(&moved) = bucket.get(place as usize) {
            agents[moved as usize].prev = place;
        }
    }

    fn fewest(&self) -> &[u32] {
        let first = self.by_load.iter().find(|bucket| !bucket.is_empty());
        first.map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn choices() -> impl Strategy<Value = AgentChoice> {
        prop::sample::select(vec![
            AgentChoice::LongestIdle,
            AgentChoice::LeastOccupied,
            AgentChoice::FirstListed,
            AgentChoice::FillUp,
            AgentChoice::Random,
        ])
    }

    proptest! {
        /// Against looking through all who are listed.
        #[test]
        fn the_best_is_the_least_of_all(
            first_agent in 0_u32..3,
            choice in choices(),
            sharing in any::<bool>(),
            steps in prop::collection::vec((0_u32..20, 0_u32..3, 0_u64..4, any::<u64>()), 1..200),
        ) {
            let mut available = Available::new(choice, sharing, first_agent);
            let mut agents = vec![Agent::new(0); 23];
            for agent in &mut agents {
                agent.tell(Time::ZERO, true);
            }
            let mut now = Time::ZERO;
            for (member, load, pause, number) in steps {
                now = Time(now.0 + pause);
                let agent = AgentId(first_agent + member);
                let state = &mut agents[agent.0 as usize];
                if state.listed && load == 0 && pause > 1 {
                    available.remove(&mut agents, agent, now);
                } else {
                    let was_listed = state.listed;
                    let load = if sharing { load } else { 0 };
                    if load > 0 && state.load == 0 {
                        state.busy_since = now;
                    }
                    if load == 0 && state.load > 0 {
                        state.worked += now.since(state.busy_since).0;
                    }
                    state.load = load;
                    if !was_listed {
                        state.worked += pause;
                        state.idle_since = now;
                        available.add_in_order(&mut agents, agent, now);
                    } else if sharing {
                        state.idle_since = now;
                        available.renew(&mut agents, agent, now);
                    }
                }
                let listed: Vec<AgentId> = (0..23).map(AgentId).filter(|a| agents[a.0 as usize].listed).collect();
                prop_assert_eq!(available.count as usize, listed.len());
                let of = |a: &AgentId| &agents[a.0 as usize];
                // Of equals the first.
                let least = listed.iter().copied().min_by(|a, b| standing(choice, now, of(a), of(b)));
                let best = available.best(now, || number);
                if choice == AgentChoice::Random {
                    prop_assert_eq!(best.map(|a| of(&a).load), least.map(|a| of(&a).load));
                    let fewest = listed.iter().filter(|a| Some(of(a).load) == least.map(|l| of(&l).load)).count();
                    prop_assert_eq!(available.fewest().len(), fewest);
                } else {
                    prop_assert_eq!(best, least);
                }
            }
        }
    }
}
