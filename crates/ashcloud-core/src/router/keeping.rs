//! What only a room with slots can do: part-time attention, answers from outside, deadlines that open teams, hand-overs and
//! interruption.

use super::{Output, Router, Sink, WaitingRoom};
use crate::plan::{AgentId, Attention, ClassId, DoorChange, Order, Preemption, TeamId};
use crate::room::{QueueId, Taken, next_gate};
use crate::slots::{Slot, State};
use crate::time::Time;
use crate::{Arrival, Ticket};

#[allow(private_bounds, reason = "sealed: these rooms are all there are")]
impl<R: WaitingRoom> Router<R> {
    /// A class opens, or closes on those who still wait.
    pub(super) fn move_door<S: Sink>(&mut self, now: Time, out: &mut S) {
        let DoorChange { class, open, .. } = self.doors[self.next_door];
        self.next_door += 1;
        let of = &mut self.classes[class.0 as usize];
        of.open = open;
        let queues = of.first_queue..=of.first_queue + of.gates.len() as u32;
        if open {
            return;
        }
        for queue in queues.map(QueueId) {
            while self.room.len(queue) > 0 {
                let taken = self.room.take(queue);
                self.room.slots_mut().release(taken.ticket);
                self.census.dismissed += 1;
                let Taken {
                    ticket,
                    id,
                    class,
                    since,
                } = taken;
                out.put(
                    now,
                    Output::Dismissed {
                        ticket,
                        id,
                        class,
                        since,
                    },
                );
            }
        }
    }

    /// Part-time attention: somebody looks.
    pub(super) fn look<S: Sink>(&mut self, now: Time, agent: AgentId, until: Time, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        if state.load > 0 || state.at_page_until > Time::ZERO {
            return;
        }
        state.at_page_until = until;
        self.attend(now, agent, until, true, out);
    }

    /// Who is at the page takes what is next, or turns away.
    pub(super) fn attend<S: Sink>(
        &mut self,
        now: Time,
        agent: AgentId,
        until: Time,
        just_came: bool,
        out: &mut S,
    ) {
        let team = self.agents[agent.0 as usize].team;
        if now < until {
            if let Some(taken) = self.take_next(team, now, out) {
                self.begin(now, taken, agent, just_came, out);
                return;
            }
            if just_came && self.teams[team as usize].attention == Attention::SessionsOrStay {
                self.agents[agent.0 as usize].idle_since = now;
                self.list(team, agent, now);
                return;
            }
        }
        self.turn_away(now, agent, out);
    }

    pub(super) fn turn_away<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        state.at_page_until = Time::ZERO;
        let (team, on_duty) = (TeamId(state.team), state.on_duty);
        out.put(now, Output::Away { agent, team, on_duty });
    }

    /// An answer from outside: the comment goes on to its write-up.
    pub(super) fn reply<S: Sink>(
        &mut self,
        now: Time,
        ticket: Ticket,
        class: ClassId,
        key: i64,
        leaves: Time,
        out: &mut S,
    ) {
        debug_assert_eq!(self.room.slots().slot(ticket).state, State::Out);
        self.census.consulting -= 1;
        self.hand_over(now, ticket, class, key, leaves, false, out);
    }

    /// Deadlines of waiting comments: some leave; to others more teams open, to all of them before one is assigned.
    pub(super) fn wake<S: Sink>(&mut self, now: Time, out: &mut S) {
        let mut widened = std::mem::take(&mut self.turn.handed_back);
        while let Some(ticket) = self.room.slots_mut().woken(now) {
            let slots = self.room.slots_mut();
            let slot = slots.slot(ticket);
            if slot.leaves <= slot.wake {
                slots.leave(ticket, now, out);
                self.census.left += self.room.count_left();
            } else {
                slots.unfile(ticket);
                widened.push(ticket);
            }
        }
        if let [ticket] = widened[..] {
            self.place(now, ticket, false, out);
        } else if !widened.is_empty() {
            self.sort_by_arrival(&mut widened);
            for &ticket in &widened {
                self.wait(now, ticket, false);
                self.offer_to_teams_of(self.room.slots().slot(ticket).class);
            }
            self.assign(now, out);
        }
        widened.clear();
        self.turn.handed_back = widened;
    }

    /// Those who came at one instant stand in the order of their ids.
    pub(super) fn sort_by_arrival(&self, tickets: &mut [Ticket]) {
        let slots = self.room.slots();
        tickets.sort_by_key(|&ticket| {
            let slot = slots.slot(ticket);
            (slot.since, slot.id)
        });
    }

    /// A waiting comment gets another deadline; the teams that open to it later still do.
    pub(super) fn rearm(&mut self, ticket: Ticket, leaves: Time) {
        let slots = self.room.slots_mut();
        let Some((class, queue, since)) = slots.waits(ticket) else {
            return;
        };
        let class = &self.classes[class.0 as usize];
        let stage = (queue.0 - class.first_queue) as usize;
        slots.rearm(ticket, leaves, next_gate(&class.gates, stage, since));
    }

    /// A comment with a slot goes to an available agent or into its queue: at the end, or in front.
    pub(super) fn place<S: Sink>(&mut self, now: Time, ticket: Ticket, in_front: bool, out: &mut S) {
        let &Slot { class, since, id, .. } = self.room.slots().slot(ticket);
        let stage = self.stage(now, class, since);
        if let Some(agent) = self.available_agent(now, class, stage, id) {
            let taken = self.room.slots().taken(ticket);
            self.engage(now, agent);
            self.begin(now, taken, agent, true, out);
            return;
        }
        self.wait(now, ticket, in_front);
    }

    /// A comment with a slot goes into the queue of the gates that have opened by `by`: at the end, or in front.
    pub(super) fn wait(&mut self, by: Time, ticket: Ticket, in_front: bool) {
        let &Slot {
            class, since, leaves, ..
        } = self.room.slots().slot(ticket);
        let stage = self.stage(by, class, since);
        let class = &self.classes[class.0 as usize];
        let wake = leaves.min(next_gate(&class.gates, stage, since));
        let queue = QueueId(class.first_queue + stage as u32);
        self.room.slots_mut().enqueue(ticket, queue, wake, in_front);
    }

    /// How many gates have opened to a comment that waits since then.
    fn stage(&self, now: Time, class: ClassId, since: Time) -> usize {
        let gates = &self.classes[class.0 as usize].gates;
        gates.partition_point(|&after| since + after <= now)
    }

    /// Finished work goes on to another class: it waits anew there, and is assigned at once, or (`at_turn`) when all finishes of
    /// this instant are done.
    #[expect(clippy::too_many_arguments, reason = "what a hand-over is made of")]
    pub(super) fn hand_over<S: Sink>(
        &mut self,
        now: Time,
        ticket: Ticket,
        class: ClassId,
        key: i64,
        leaves: Time,
        at_turn: bool,
        out: &mut S,
    ) {
        let slot = self.room.slots_mut().slot_mut(ticket);
        // Whoever ran out of patience during the first handling leaves now, unless taken up at this very instant.
        (slot.class, slot.since, slot.key, slot.leaves) = (class, now, key, leaves.max(now));
        let id = slot.id;
        if at_turn {
            self.wait(now, ticket, false);
            self.offer_to_teams_of(class);
            self.next_turn_at = now;
            self.finishes_wait_from = self.first_to_wait();
        } else {
            self.place(now, ticket, false, out);
        }
        if self.room.slots().slot(ticket).state == State::Waiting {
            out.put(now, Output::Queued { ticket, id, class });
        }
    }

    /// Work in hand leaves the agent, unfinished.
    pub(super) fn put_back<S: Sink>(
        &mut self,
        now: Time,
        ticket: Ticket,
        agent: AgentId,
        interrupted: bool,
        out: &mut S,
    ) {
        self.let_go(agent, ticket);
        self.census.in_work -= 1;
        let class = self.room.slots().slot(ticket).class;
        self.classes[class.0 as usize].in_work -= 1;
        let begun = self.agents[agent.0 as usize].busy_since;
        self.unburden(now, agent);
        let slot = self.room.slots_mut().slot_mut(ticket);
        // Whoever ran out of patience meanwhile leaves now, unless taken up again at this very instant.
        slot.leaves = slot.leaves.max(now);
        if self.classes[slot.class.0 as usize].order == Order::ShortestRemaining
            || self.preemption == Preemption::ShorterRemaining
        {
            slot.key -= now.since(begun).0 as i64;
        }
        let (id, class) = (slot.id, slot.class);
        out.put(
            now,
            Output::Returned {
                ticket,
                id,
                class,
                agent,
                interrupted,
            },
        );
    }

    pub(super) fn let_go(&mut self, agent: AgentId, ticket: Ticket) {
        let first = self.agents[agent.0 as usize].holds;
        self.agents[agent.0 as usize].holds = self.room.slots_mut().let_go(ticket, first);
    }

    /// An arrival that finds nobody available interrupts somebody, if the rule lets it. What was interrupted goes to
    /// another available agent, or to the front of its queue; it interrupts nobody in turn.
    pub(super) fn preempt<S: Sink>(&mut self, now: Time, arrival: &Arrival, out: &mut S) -> bool {
        let Some((agent, victim)) = self.victim(now, arrival) else {
            return false;
        };
        self.put_back(now, victim, agent, true, out);
        let taken = self.room.admit(now, arrival);
        self.begin(now, taken, agent, false, out);
        self.place(now, victim, true, out);
        true
    }

    /// Whose work an arrival interrupts: in the best-ranked team that has such, the worst work in hand (worst rank, oldest
    /// comment, or most remaining; among equals, the comment that came last, or under newest-first the one that came
    /// first).
    fn victim(&self, now: Time, arrival: &Arrival) -> Option<(AgentId, Ticket)> {
        for option in self.classes[arrival.class.0 as usize]
            .teams
            .iter()
            .filter(|option| option.stage == 0)
        {
            let team = &self.teams[option.team as usize];
            let mut worst: Option<((i64, u64), AgentId, Ticket)> = None;
            for i in team.members.clone() {
                let agent = &self.agents[i as usize];
                if !agent.on_duty || agent.load != 1 {
                    continue;
                }
                let slot = self.room.slots().slot(agent.holds);
                let badness = match self.preemption {
                    Preemption::Never => continue,
                    Preemption::BetterRank => {
                        let rank = team.ranks[slot.class.0 as usize];
                        if rank <= team.ranks[arrival.class.0 as usize] {
                            continue;
                        }
                        (i64::from(rank), slot.since.0)
                    }
                    Preemption::Newest => (0, u64::MAX - slot.since.0),
                    Preemption::ShorterRemaining => {
                        let remaining = slot.key - now.since(agent.busy_since).0 as i64;
                        if remaining <= arrival.key {
                            continue;
                        }
                        (remaining, slot.since.0)
                    }
                };
                if worst.as_ref().is_none_or(|(other, ..)| badness > *other) {
                    worst = Some((badness, AgentId(i), agent.holds));
                }
            }
            if let Some((_, agent, ticket)) = worst {
                return Some((agent, ticket));
            }
        }
        None
    }
}
