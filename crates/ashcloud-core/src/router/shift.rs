//! One instant of the roster: agents come and go, what they hand back lies in its queues, doors move, and then assignments are
//! made until no more can start.

use super::{Output, Router, Sink, WaitingRoom};
use crate::Ticket;
use crate::plan::{AgentId, Attention, ClassId, LateFinish, LeavesFirst, Order, RosterChange, TeamId};
use crate::room::QueueId;
use crate::time::Time;

#[allow(private_bounds, reason = "sealed: these rooms are all there are")]
impl<R: WaitingRoom> Router<R> {
    /// All that the roster does at `now`, and the assignments that finishes of this instant left to it.
    #[inline(never)]
    pub(super) fn take_turn<S: Sink>(&mut self, now: Time, out: &mut S) {
        self.change_roster(now, out);
        if R::KEEPS {
            self.queue_handed_back(now);
            while self.doors.get(self.next_door).is_some_and(|door| door.at <= now) {
                self.move_door(now, out);
            }
        }
        self.assign(now, out);
        let change = self.roster.get(self.next_change).map_or(Time::NEVER, |c| c.at);
        let door = self.doors.get(self.next_door).map_or(Time::NEVER, |d| d.at);
        self.next_turn_at = change.min(door);
        self.finishes_wait_from = self.first_to_wait();
    }

    /// Finishes at this instant and later leave assignments to a turn.
    pub(super) fn first_to_wait(&self) -> Time {
        if self.defers {
            Time::ZERO
        } else {
            self.next_turn_at
        }
    }

    fn change_roster<S: Sink>(&mut self, now: Time, out: &mut S) {
        while let Some(&RosterChange { at, agent, on }) = self.roster.get(self.next_change)
            && at <= now
        {
            self.next_change += 1;
            let state = &mut self.agents[agent.0 as usize];
            if std::mem::replace(&mut state.rostered, on) == on {
                continue;
            }
            let team = state.team;
            match self.teams[team as usize].leaves_first {
                LeavesFirst::LastListed if on => self.come(now, agent, out),
                LeavesFirst::LastListed => self.go(now, agent, out),
                LeavesFirst::Idle => {
                    self.turn.change[team as usize] += if on { 1 } else { -1 };
                    if self.turn.changed.last() != Some(&team) {
                        self.turn.changed.push(team);
                    }
                }
            }
        }
        while let Some(team) = self.turn.changed.pop() {
            let change = std::mem::take(&mut self.turn.change[team as usize]);
            for agent in self.teams[team as usize].members.clone().map(AgentId) {
                if change <= 0 || self.turn.change[team as usize] == change {
                    break;
                }
                if !self.agents[agent.0 as usize].on_duty {
                    self.turn.change[team as usize] += 1;
                    self.come(now, agent, out);
                }
            }
            self.turn.change[team as usize] = 0;
            for _ in change..0 {
                let Some(agent) = self.first_to_leave(team) else {
                    break;
                };
                self.go(now, agent, out);
            }
        }
    }

    /// Of a team that lets the idle go first: the agent on duty who holds least, of several the one listed last.
    fn first_to_leave(&self, team: u16) -> Option<AgentId> {
        let team = &self.teams[team as usize];
        let all_busy = team.available.count == 0 && team.at_once == 1 && team.attention == Attention::Full;
        let least_possible = u32::from(all_busy);
        let mut first: Option<(u32, AgentId)> = None;
        for i in team.members.clone().rev() {
            let agent = &self.agents[i as usize];
            if agent.on_duty && first.is_none_or(|(load, _)| agent.load < load) {
                first = Some((agent.load, AgentId(i)));
                if agent.load == least_possible {
                    break;
                }
            }
        }
        first.map(|(_, agent)| agent)
    }

    /// An agent comes on duty.
    pub(super) fn come<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        (state.on_duty, state.idle_since) = (true, now);
        let (team, load) = (state.team, state.load);
        self.tell_duty(now, agent, out);
        let of = &self.teams[team as usize];
        if of.attention == Attention::Full && load < of.at_once {
            self.list_in_order(team, agent, now);
            self.turn.teams.push(team);
        }
    }

    fn go<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        (state.on_duty, state.at_page_until) = (false, Time::ZERO);
        let (team, listed) = (state.team, state.listed);
        if listed {
            self.unlist(team, agent, now);
        }
        if self.teams[team as usize].late_finish == LateFinish::HandBack {
            self.hand_back(now, agent, out);
        }
        self.tell_duty(now, agent, out);
    }

    /// An agent is available from now on, as others may be who become free at this instant.
    fn list_in_order(&mut self, team: u16, agent: AgentId, now: Time) {
        self.available += 1;
        self.teams[team as usize]
            .available
            .add_in_order(&mut self.agents, agent, now);
    }

    /// An agent who has finished something is free; what it takes next is assigned when all finishes of this instant are
    /// done and the roster has acted.
    #[inline(never)]
    pub(super) fn free<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        let (team, on_duty, listed) = (state.team, state.on_duty, state.listed);
        let full = self.teams[team as usize].attention == Attention::Full;
        if full && !on_duty {
            self.tell_duty(now, agent, out);
            return;
        }
        state.warm = true;
        if full && !listed {
            self.list_in_order(team, agent, now);
        }
        self.turn.freed.push(agent);
        self.turn.teams.push(team);
        self.next_turn_at = now;
        self.finishes_wait_from = self.first_to_wait();
    }

    /// Assignments, until no more can start: team by team in the order of the file, each taking what it prefers. Where several
    /// teams that have become free at this instant prefer the same comment, its class and the rule for agents decide.
    pub(super) fn assign<S: Sink>(&mut self, now: Time, out: &mut S) {
        let mut teams = std::mem::take(&mut self.turn.teams);
        let mut freed = std::mem::take(&mut self.turn.freed);
        teams.sort_unstable();
        teams.dedup();
        freed.sort_unstable();
        freed.dedup();
        for &team in &teams {
            if R::KEEPS && self.teams[team as usize].attention != Attention::Full {
                let members = self.teams[team as usize].members.clone();
                for &agent in freed.iter().filter(|agent| members.contains(&agent.0)) {
                    self.go_on(now, agent, out);
                }
            }
            while let Some(queue) = self.favourite(team, now, out) {
                self.assign_first_of(queue, team, teams.len() > 1, now, out);
            }
        }
        for agent in freed.drain(..) {
            self.agents[agent.0 as usize].warm = false;
        }
        teams.clear();
        (self.turn.teams, self.turn.freed) = (teams, freed);
    }

    /// The queue whose first comment a team would take now, if any of its agents may.
    fn favourite<S: Sink>(&mut self, team: u16, now: Time, out: &mut S) -> Option<QueueId> {
        let of = &self.teams[team as usize];
        let free = if of.unlimited {
            u32::MAX
        } else {
            of.available.count
        };
        if free == 0 || self.room.waiting() == 0 {
            return None;
        }
        let queue = self.best_of_several(team, free, now, out);
        if !R::LIVE {
            self.census.left += self.room.count_left();
        }
        queue
    }

    fn assign_first_of<S: Sink>(
        &mut self,
        queue: QueueId,
        team: u16,
        contested: bool,
        now: Time,
        out: &mut S,
    ) {
        let class = self.class_of(team, queue);
        let stage = queue.0 - self.classes[class.0 as usize].first_queue;
        let mut candidates = std::mem::take(&mut self.turn.candidates);
        for i in 0..self.classes[class.0 as usize].teams.len() {
            let option = self.classes[class.0 as usize].teams[i];
            if u32::from(option.stage) > stage {
                continue;
            }
            if candidates.first().is_some_and(|first| first.rank < option.rank) {
                break;
            }
            if option.team == team || (contested && self.favourite(option.team, now, out) == Some(queue)) {
                candidates.push(option);
            }
        }
        let taken = self.room.take(queue);
        let agent = self
            .choose(now, &candidates, taken.id)
            .expect("a team that prefers a comment has an agent for it");
        candidates.clear();
        self.turn.candidates = candidates;
        if R::KEEPS {
            self.engage(now, agent);
            let cold = !self.agents[agent.0 as usize].warm;
            self.begin(now, taken, agent, cold, out);
        } else {
            let cold = !std::mem::take(&mut self.agents[agent.0 as usize].warm);
            self.begin_in_rings(now, taken, agent, cold, out);
        }
    }

    /// The class whose comments wait in a queue that this team serves.
    fn class_of(&self, team: u16, queue: QueueId) -> ClassId {
        let lines = &self.teams[team as usize].takes;
        let line = lines.iter().find(|line| line.queue == queue);
        line.expect("a team serves the queue that it prefers").class
    }

    /// Says that an agent came on duty, or is gone: once their hands are empty.
    #[inline(never)]
    pub(super) fn tell_duty<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        let on = state.on_duty;
        if on != state.told_on_duty && (on || state.load == 0) {
            state.tell(now, on);
            let team = TeamId(state.team);
            out.put(now, Output::Duty { agent, team, on });
        }
    }

    // What follows is reached only where comments keep slots.

    /// At the end of a shift, all that the agent holds goes back.
    fn hand_back<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let first = self.turn.handed_back.len();
        let mut ticket = self.agents[agent.0 as usize].holds;
        while ticket != Ticket::NONE {
            self.turn.handed_back.push(ticket);
            ticket = self.room.slots().next_held(ticket);
        }
        let mut handed_back = std::mem::take(&mut self.turn.handed_back);
        self.sort_by_arrival(&mut handed_back[first..]);
        for &ticket in &handed_back[first..] {
            self.put_back(now, ticket, agent, false, out);
        }
        self.turn.handed_back = handed_back;
    }

    /// What is handed back at this instant lies in front of its queues, in the order in which they are served.
    fn queue_handed_back(&mut self, now: Time) {
        // What opens at this very instant opens with the deadlines, to all alike.
        let before = Time(now.0.saturating_sub(1));
        let mut handed_back = std::mem::take(&mut self.turn.handed_back);
        self.sort_by_arrival(&mut handed_back);
        let newest_first = |router: &Self, ticket: Ticket| {
            let class = router.room.slots().slot(ticket).class;
            router.classes[class.0 as usize].order == Order::NewestFirst
        };
        for &ticket in &handed_back {
            if newest_first(self, ticket) {
                self.wait(before, ticket, true);
            }
        }
        for &ticket in handed_back.iter().rev() {
            if !newest_first(self, ticket) {
                self.wait(before, ticket, true);
            }
        }
        for ticket in handed_back.drain(..) {
            self.offer_to_teams_of(self.room.slots().slot(ticket).class);
        }
        self.turn.handed_back = handed_back;
    }

    /// Something new waits: every team that may take it is asked in this turn.
    pub(super) fn offer_to_teams_of(&mut self, class: ClassId) {
        let teams = self.classes[class.0 as usize].teams.iter();
        self.turn.teams.extend(teams.map(|option| option.team));
    }
}
