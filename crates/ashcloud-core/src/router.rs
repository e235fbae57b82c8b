//! The router: every decision of the organisation, as a state machine that is told the time.

use crate::idle::Available;
use crate::plan::{
    AgentChoice, AgentId, Attention, Between, CHANCES, ClassId, CommentId, DoorChange, LateFinish, Order,
    Plan, Preemption, RosterChange, TeamId,
};
use crate::room::{Head, QueueId, Room, RoomKind, Taken, next_gate};
use crate::slots::State;
use crate::time::{Span, Time};
use crate::{Arrival, Ticket};

const NIL: u32 = u32::MAX;

/// What happens to the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// An agent is done with a comment.
    Finish {
        /// Who.
        agent: AgentId,
        /// With which: the ticket of [`Output::Started`].
        ticket: Ticket,
        /// And then.
        next: Next,
    },
    /// A comment arrives.
    Arrive(Arrival),
    /// Somebody else's answer to a question about a comment comes back ([`Next::Consult`]).
    Reply {
        /// Which comment.
        ticket: Ticket,
        /// The routing class that takes it from here: the write-up.
        class: ClassId,
        /// Its key there.
        key: i64,
        /// Until when the customer still waits.
        leaves: Time,
    },
    /// An agent of a team with part-time attention looks at what waits. Nothing happens if they are at it already.
    Look {
        /// Who.
        agent: AgentId,
        /// Nothing new is begun from here on.
        until: Time,
    },
    /// A customer whose comment was handed back finds new patience. Said at once after [`Output::Returned`]; unsaid, the
    /// old deadline holds.
    Rearm {
        /// Which comment; nothing happens if it waits no more.
        ticket: Ticket,
        /// Until when it waits now.
        leaves: Time,
    },
}

/// Where finished work goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The customer has the answer.
    Answered,
    /// It was seen and not picked, and will not be looked at again.
    ScrolledPast,
    /// Somebody outside this house is asked; [`Input::Reply`] brings the answer, if one comes.
    Consult,
    /// Another routing class takes it from here (hand-over, feedback).
    On {
        /// Which.
        class: ClassId,
        /// Its key there.
        key: i64,
        /// Until when the customer still waits, should it wait again.
        leaves: Time,
    },
}

/// Order of events at one instant, part of the model: who finishes is free for who arrives; who comes on duty takes
/// whoever would leave at this very instant, and who waits at closing time is sent away before they can leave; who leaves
/// makes room before the next arrives; who looks sees what has come; observers see what is left when all is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Work is finished.
    Finish,
    /// An agent comes or goes; then, a class opens or closes.
    Roster,
    /// A waiting comment leaves, or may go to more teams.
    Deadline,
    /// An answer from outside comes back.
    Reply,
    /// A comment arrives (again).
    Arrive,
    /// Somebody with part-time attention looks.
    Look,
    /// The state is read.
    Observe,
}

/// What the organisation decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// An agent begins, or goes on with, a comment. When it is done the driver says [`Input::Finish`].
    Started {
        /// For the finish; [`Ticket::NONE`] where comments keep no slot.
        ticket: Ticket,
        /// The comment.
        id: CommentId,
        /// Its routing class.
        class: ClassId,
        /// Who.
        agent: AgentId,
        /// Of which team.
        team: TeamId,
        /// Since when it waited in this class.
        since: Time,
        /// The agent was idle: set-up applies.
        cold: bool,
    },
    /// A comment waits.
    Queued {
        /// Its slot.
        ticket: Ticket,
        /// The comment.
        id: CommentId,
        /// Its routing class.
        class: ClassId,
    },
    /// A waiting comment's customer gave up.
    Left {
        /// Its slot, free from now on.
        ticket: Ticket,
        /// The comment.
        id: CommentId,
        /// Its routing class.
        class: ClassId,
        /// Since when it waited.
        since: Time,
        /// When it left: now, or earlier where impatience is settled silently.
        at: Time,
    },
    /// An arrival found no place.
    Blocked {
        /// The comment.
        id: CommentId,
        /// Its routing class.
        class: ClassId,
    },
    /// An arrival is not taken on: it never joins the queue.
    Ignored {
        /// The comment.
        id: CommentId,
        /// Its routing class.
        class: ClassId,
    },
    /// It waited when its class closed, and is sent away.
    Dismissed {
        /// Its slot, free from now on.
        ticket: Ticket,
        /// The comment.
        id: CommentId,
        /// Its routing class.
        class: ClassId,
        /// Since when it waited.
        since: Time,
    },
    /// An agent with part-time attention turns away: the world says when they look again.
    Away {
        /// Who.
        agent: AgentId,
        /// Of which team.
        team: TeamId,
        /// Are they on duty still?
        on_duty: bool,
    },
    /// An arrival finds its class closed, and is turned away.
    Closed {
        /// The comment.
        id: CommentId,
        /// Its routing class.
        class: ClassId,
    },
    /// Work in hand is put back, unfinished: the driver keeps its remaining work and forgets its finish.
    Returned {
        /// Its slot.
        ticket: Ticket,
        /// The comment.
        id: CommentId,
        /// Its routing class.
        class: ClassId,
        /// Who had it.
        agent: AgentId,
        /// Interrupted, or handed back at the end of a shift.
        interrupted: bool,
    },
    /// An agent comes on duty or is gone (late finishing included). Not said of unlimited teams.
    Duty {
        /// Who.
        agent: AgentId,
        /// Of which team.
        team: TeamId,
        /// Comes, or is gone.
        on: bool,
    },
}

/// Takes outputs as they are made. Generic, so that it inlines in simulated time; a `Vec` collects them in real time.
pub trait Sink {
    /// One output, at `now`.
    fn put(&mut self, now: Time, output: Output);
}

impl Sink for Vec<Output> {
    fn put(&mut self, _now: Time, output: Output) {
        self.push(output);
    }
}

/// Where every comment is. `arrived` is the sum of all others, asserted when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Census {
    /// Comments that arrived.
    pub arrived: u64,
    /// Waiting now.
    pub waiting: u64,
    /// In somebody's hands now.
    pub in_work: u64,
    /// Somebody outside was asked, and has not answered (yet).
    pub consulting: u64,
    /// Answered.
    pub answered: u64,
    /// Gave up.
    pub left: u64,
    /// Found no place.
    pub blocked: u64,
    /// Found their class closed.
    pub closed: u64,
    /// Sent away at closing time.
    pub dismissed: u64,
    /// Not taken on.
    pub ignored: u64,
    /// Seen and not picked.
    pub scrolled_past: u64,
}

/// The organisation at work, in one of three rooms with the same decisions: what a room can do more costs time.
#[derive(Clone)]
pub struct Router<R: WaitingRoom> {
    room: R,
    classes: Vec<Class>,
    teams: Vec<Team>,
    agents: Vec<Agent>,
    /// Agents of fixed teams; those hired by unlimited teams come after.
    fixed_agents: usize,
    roster: Vec<RosterChange>,
    next_change: usize,
    /// When that is.
    next_change_at: Time,
    doors: Vec<DoorChange>,
    next_door: usize,
    next_door_at: Time,
    /// Available agents of all teams; with an unlimited team, one more: somebody can always be had.
    available: u64,
    choice: AgentChoice,
    preemption: Preemption,
    capacity: u64,
    census: Census,
}

/// A waiting room: [`crate::Rings`], [`crate::Lists`] or [`crate::Slots`].
#[allow(private_bounds, reason = "sealed: these rooms are all there are")]
pub trait WaitingRoom: Room {
    /// Which it is.
    const KIND: RoomKind = <Self as Room>::KIND;
}
impl WaitingRoom for crate::Rings {}
impl WaitingRoom for crate::Lists {}
impl WaitingRoom for crate::Slots {}

#[derive(Clone)]
struct Class {
    first_queue: u32,
    /// Waiting times at which more teams open, ascending.
    gates: Vec<Span>,
    teams: Vec<Route>,
    /// Some ranks are equal.
    ties: bool,
    /// The key is the work that remains.
    by_remaining: bool,
    queue_capacity: u64,
    lines: u64,
    taken_on: u32,
    open: bool,
    /// Counted only where comments keep slots.
    in_work: u64,
}

/// A team that a class may go to.
#[derive(Clone, Copy)]
struct Route {
    team: u16,
    rank: u8,
    /// Open from this stage of widening on.
    stage: u16,
    reserve: u32,
}

#[derive(Clone)]
struct Team {
    available: Available,
    /// Sorted by rank.
    takes: Vec<Line>,
    /// The only one of them.
    only: Option<Line>,
    between: Between,
    at_once: u32,
    late_finish: LateFinish,
    attention: Attention,
    unlimited: bool,
    /// Rank of each class in the team's list.
    ranks: Vec<u8>,
    /// Its agents, for a team of fixed size.
    members: std::ops::Range<u32>,
}

/// A queue that a team serves.
#[derive(Clone, Copy)]
struct Line {
    queue: QueueId,
    rank: u8,
    reserve: u32,
    slope: u32,
}

/// One agent, in one line of memory. `prev` and `next` belong to the team's list of the available.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct Agent {
    team: u16,
    on_duty: bool,
    /// The last that was said of their duty: late work is finished on duty.
    told_on_duty: bool,
    /// Part-time attention: at the page, and until when new work is begun; 0 away from it.
    at_page_until: Time,
    pub(crate) listed: bool,
    pub(crate) load: u32,
    pub(crate) prev: u32,
    pub(crate) next: u32,
    holds: Ticket,
    /// Since when available.
    idle_since: Time,
    /// Since when it holds something.
    busy_since: Time,
    /// Nanoseconds at work so far.
    pub(crate) worked: u64,
}

impl Plan {
    /// Agents of all fixed teams: those who may ever be on duty, unlimited teams apart.
    pub fn staff(&self) -> u32 {
        self.teams.iter().filter_map(|team| team.agents).sum()
    }

    /// The least room that can do what this plan needs.
    pub fn room(&self) -> RoomKind {
        let slots = self.preemption != Preemption::Never
            || !self.doors.is_empty()
            || self.classes.iter().any(|class| {
                !matches!(class.order, Order::OldestFirst | Order::NewestFirst)
                    || class.lines.is_some()
                    || class.taken_on < CHANCES
                    || class.teams.iter().any(|team| team.after > Span::ZERO)
            })
            || self.teams.iter().any(|team| {
                team.at_once > 1
                    || team.attention != Attention::Full
                    || team.late_finish == LateFinish::HandBack
                    || !matches!(team.between, Between::Oldest | Between::Newest)
            });
        let live = self.expiry == crate::Expiry::Exact
            || self.capacity.is_some()
            || self.classes.iter().any(|class| class.queue_capacity.is_some());
        match (slots, live) {
            (true, _) => RoomKind::Slots,
            (false, true) => RoomKind::Lists,
            (false, false) => RoomKind::Rings,
        }
    }
}

#[allow(private_bounds, reason = "sealed: these rooms are all there are")]
impl<R: WaitingRoom> Router<R> {
    /// An empty organisation at time 0, before anybody is on duty: say [`Router::start`].
    ///
    /// # Panics
    /// If the plan's indices do not fit together, or it needs another room than `R`; the compiler of scenarios makes plans
    /// that fit.
    pub fn new(plan: &Plan) -> Router<R> {
        assert!(<R as Room>::KIND >= plan.room(), "this plan needs more room");
        let mut orders = Vec::new();
        let mut classes: Vec<Class> = Vec::new();
        for class in &plan.classes {
            let mut gates: Vec<Span> = class
                .teams
                .iter()
                .map(|p| p.after)
                .filter(|a| *a > Span::ZERO)
                .collect();
            gates.sort_unstable();
            gates.dedup();
            let option = |p: &crate::Preference| Route {
                team: p.team.0,
                rank: p.rank,
                stage: gates.partition_point(|gate| *gate <= p.after) as u16
                    * u16::from(p.after > Span::ZERO),
                reserve: p.reserve,
            };
            let mut teams: Vec<Route> = class.teams.iter().map(option).collect();
            teams.sort_by_key(|t| t.rank);
            classes.push(Class {
                first_queue: orders.len() as u32,
                ties: teams.windows(2).any(|pair| pair[0].rank == pair[1].rank),
                teams,
                by_remaining: class.order == Order::ShortestRemaining,
                queue_capacity: class.queue_capacity.map_or(u64::MAX, u64::from),
                lines: class.lines.map_or(u64::MAX, u64::from),
                taken_on: class.taken_on,
                open: true,
                in_work: 0,
                gates,
            });
            let stages = classes[classes.len() - 1].gates.len() + 1;
            orders.extend(std::iter::repeat_n(class.order, stages));
        }
        let mut agents = Vec::new();
        let mut teams = Vec::new();
        for (t, team) in plan.teams.iter().enumerate() {
            let mut takes = Vec::new();
            let mut ranks = vec![u8::MAX; plan.classes.len()];
            for entry in &team.takes {
                let c = entry.class.0 as usize;
                ranks[c] = entry.rank;
                for option in classes[c].teams.iter().filter(|option| option.team as usize == t) {
                    for stage in option.stage as usize..=classes[c].gates.len() {
                        takes.push(Line {
                            queue: QueueId(classes[c].first_queue + stage as u32),
                            rank: entry.rank,
                            reserve: option.reserve,
                            slope: plan.classes[c].slope,
                        });
                    }
                }
            }
            takes.sort_by_key(|line| line.rank);
            let first = agents.len() as u32;
            agents.resize_with(agents.len() + team.agents.unwrap_or(0) as usize, || {
                Agent::new(t as u16)
            });
            teams.push(Team {
                available: Available::new(plan.choice, team.at_once > 1, first),
                only: if let [line] = takes[..] { Some(line) } else { None },
                takes,
                between: team.between,
                at_once: team.at_once,
                late_finish: team.late_finish,
                attention: team.attention,
                unlimited: team.agents.is_none(),
                ranks,
                members: first..agents.len() as u32,
            });
        }
        assert!(
            plan.roster.is_sorted_by_key(|change| change.at),
            "the roster is in order of time"
        );
        assert!(
            plan.roster
                .iter()
                .all(|change| (change.agent.0 as usize) < agents.len()),
            "the roster names agents"
        );
        assert!(
            plan.doors.is_sorted_by_key(|change| change.at),
            "doors open and close in order of time"
        );
        Router {
            room: R::new(&orders),
            classes,
            teams,
            fixed_agents: agents.len(),
            agents,
            roster: plan.roster.clone(),
            next_change: 0,
            next_change_at: plan.roster.first().map_or(Time::NEVER, |change| change.at),
            doors: plan.doors.clone(),
            next_door: 0,
            next_door_at: plan.doors.first().map_or(Time::NEVER, |door| door.at),
            available: 0,
            choice: plan.choice,
            preemption: plan.preemption,
            capacity: plan.capacity.map_or(u64::MAX, u64::from),
            census: Census::default(),
        }
    }

    /// Back to the state of [`Router::new`]; memory is kept.
    pub fn reset(&mut self) {
        self.room.clear();
        self.agents.truncate(self.fixed_agents);
        for agent in &mut self.agents {
            *agent = Agent::new(agent.team);
        }
        for team in &mut self.teams {
            team.available.clear();
        }
        self.available = 0;
        for class in &mut self.classes {
            (class.open, class.in_work) = (true, 0);
        }
        self.next_change = 0;
        self.next_change_at = self.roster.first().map_or(Time::NEVER, |change| change.at);
        self.next_door = 0;
        self.next_door_at = self.doors.first().map_or(Time::NEVER, |door| door.at);
        self.census = Census::default();
    }

    /// Agents of fixed teams come on duty, all of them; those whose roster begins later are sent off by its first
    /// changes, at time 0.
    pub fn start<S: Sink>(&mut self, out: &mut S) {
        self.available = u64::from(self.teams.iter().any(|team| team.unlimited));
        for i in 0..self.fixed_agents as u32 {
            let team = self.agents[i as usize].team;
            self.agents[i as usize].on_duty = true;
            self.tell_duty(Time::ZERO, AgentId(i), out);
            if self.teams[team as usize].attention == Attention::Full {
                self.list(team, AgentId(i));
            }
        }
    }

    /// Something happens at `now`, which never goes backwards.
    #[inline(always)]
    pub fn handle<S: Sink>(&mut self, now: Time, input: Input, out: &mut S) {
        match input {
            Input::Finish { agent, ticket, next } => self.finish(now, agent, ticket, next, out),
            Input::Arrive(arrival) => self.arrive(now, &arrival, out),
            Input::Reply {
                ticket,
                class,
                key,
                leaves,
            } if R::KEEPS => self.reply(now, ticket, class, key, leaves, out),
            Input::Look { agent, until } if R::KEEPS => self.look(now, agent, until, out),
            Input::Rearm { ticket, leaves } if R::KEEPS => self.rearm(ticket, leaves),
            Input::Reply { .. } | Input::Look { .. } | Input::Rearm { .. } => {}
        }
    }

    /// When the router next wants to be woken with [`Router::handle_timeout`], and what for. The comment that a deadline
    /// was made for may be gone by then: waking is then idle, but allowed.
    #[inline(always)]
    pub fn next_deadline(&self) -> (Time, Rank) {
        let mut change = self.next_change_at;
        if R::KEEPS {
            change = change.min(self.next_door_at);
        }
        let deadline = self.room.next_deadline();
        if change <= deadline {
            (change, Rank::Roster)
        } else {
            (deadline, Rank::Deadline)
        }
    }

    /// Settles one deadline that is due.
    #[inline(always)]
    pub fn handle_timeout<S: Sink>(&mut self, now: Time, out: &mut S) {
        if R::LIVE && !R::KEEPS && self.next_change_at > now {
            self.room.expire(now, out);
        } else {
            self.handle_timeout_of_any_kind(now, out);
        }
    }

    #[inline(never)]
    fn handle_timeout_of_any_kind<S: Sink>(&mut self, now: Time, out: &mut S) {
        match self.next_deadline() {
            (at, _) if at > now => {}
            // At one instant agents come and go first.
            (at, Rank::Roster) if self.next_change_at > at => {
                self.move_door(now, out);
            }
            (_, Rank::Roster) => {
                let RosterChange { agent, on, .. } = self.roster[self.next_change];
                self.next_change += 1;
                self.next_change_at = self
                    .roster
                    .get(self.next_change)
                    .map_or(Time::NEVER, |change| change.at);
                if on {
                    self.come(now, agent, out);
                } else {
                    self.go(now, agent, out);
                }
            }
            _ if R::KEEPS => self.wake(now, out),
            _ => self.room.expire(now, out),
        }
    }

    /// Comments waiting now. Where impatience is settled silently, some of them have already left.
    #[inline(always)]
    pub fn waiting(&self) -> u64 {
        self.room.waiting()
    }

    /// Comments of a class waiting now.
    pub fn waiting_of(&self, class: ClassId) -> u64 {
        let class = &self.classes[class.0 as usize];
        let queues = class.first_queue..=class.first_queue + class.gates.len() as u32;
        queues.map(|q| self.room.len(QueueId(q)) as u64).sum()
    }

    /// An agent's team, and whether they are on duty.
    pub fn duty(&self, agent: AgentId) -> (TeamId, bool) {
        let agent = &self.agents[agent.0 as usize];
        (TeamId(agent.team), agent.on_duty)
    }

    /// Comments in work now.
    #[inline(always)]
    pub fn in_work(&self) -> u64 {
        self.census.in_work
    }

    /// Counts everybody, after settling all who left before `now`.
    ///
    /// # Panics
    /// If a comment got lost or was counted twice, which would be a bug.
    pub fn census<S: Sink>(&mut self, now: Time, out: &mut S) -> Census {
        self.room.settle(now, out);
        self.census.left += self.room.count_left();
        self.census.waiting = self.room.waiting();
        let Census {
            arrived,
            waiting,
            in_work,
            consulting,
            answered,
            left,
            blocked,
            closed,
            dismissed,
            ignored,
            scrolled_past,
        } = self.census;
        let here = waiting + in_work + consulting;
        assert_eq!(
            arrived,
            here + answered + left + blocked + closed + dismissed + ignored + scrolled_past,
            "every comment is somewhere, once"
        );
        self.census
    }

    /// Every comment that waits: class, who, since when.
    pub fn for_each_waiting(&self, mut f: impl FnMut(ClassId, CommentId, Time)) {
        self.room.for_each_waiting(&mut f);
    }

    #[inline(always)]
    fn arrive<S: Sink>(&mut self, now: Time, arrival: &Arrival, out: &mut S) {
        self.census.arrived += 1;
        if R::KEEPS && arrival.chance >= self.classes[arrival.class.0 as usize].taken_on {
            self.census.ignored += 1;
            out.put(
                now,
                Output::Ignored {
                    id: arrival.id,
                    class: arrival.class,
                },
            );
            return;
        }
        if R::KEEPS && !self.classes[arrival.class.0 as usize].open {
            self.census.closed += 1;
            out.put(
                now,
                Output::Closed {
                    id: arrival.id,
                    class: arrival.class,
                },
            );
            return;
        }
        if R::LIVE && self.is_full(arrival.class) {
            self.census.blocked += 1;
            out.put(
                now,
                Output::Blocked {
                    id: arrival.id,
                    class: arrival.class,
                },
            );
            return;
        }
        if let Some(agent) = self.available_agent(arrival.class, 0) {
            let taken = self.room.admit(now, arrival);
            if R::KEEPS {
                self.engage(agent);
                self.begin(now, taken, agent, true, out);
            } else {
                self.begin_in_rings(now, taken, agent, out);
            }
        } else if R::KEEPS && self.preemption != Preemption::Never && self.preempt(now, arrival, out) {
        } else if R::LIVE && self.has_no_waiting_place(arrival.class) {
            self.census.blocked += 1;
            out.put(
                now,
                Output::Blocked {
                    id: arrival.id,
                    class: arrival.class,
                },
            );
        } else {
            let class = &self.classes[arrival.class.0 as usize];
            let wake = if R::KEEPS {
                arrival.leaves.min(next_gate(&class.gates, 0, now))
            } else {
                arrival.leaves
            };
            let ticket = self.room.file(now, arrival, QueueId(class.first_queue), wake);
            out.put(
                now,
                Output::Queued {
                    ticket,
                    id: arrival.id,
                    class: arrival.class,
                },
            );
        }
    }

    #[inline(always)]
    fn finish<S: Sink>(&mut self, now: Time, agent: AgentId, ticket: Ticket, next: Next, out: &mut S) {
        if !R::KEEPS {
            debug_assert_eq!(next, Next::Answered, "all else needs slots");
            self.finish_in_rings(now, agent, out);
            return;
        }
        self.census.in_work -= 1;
        self.unburden(now, agent);
        self.let_go(agent, ticket);
        let class = self.room.slots().slot(ticket).class;
        self.classes[class.0 as usize].in_work -= 1;
        match next {
            Next::Answered | Next::ScrolledPast => self.room.slots_mut().release(ticket),
            Next::Consult => self.room.slots_mut().send_out(ticket),
            Next::On { class, key, leaves } => self.hand_over(now, ticket, class, key, leaves, out),
        }
        match next {
            Next::Answered => self.census.answered += 1,
            Next::ScrolledPast => self.census.scrolled_past += 1,
            Next::Consult => self.census.consulting += 1,
            Next::On { .. } => {}
        }
        let &Agent {
            team,
            on_duty,
            at_page_until,
            ..
        } = &self.agents[agent.0 as usize];
        if self.teams[team as usize].attention != Attention::Full {
            if at_page_until > Time::ZERO {
                self.attend(now, agent, at_page_until, false, out);
            } else if on_duty {
                self.turn_away(now, agent, out);
            } else {
                self.tell_duty(now, agent, out);
            }
        } else if on_duty {
            self.offer(now, agent, false, out);
        } else {
            self.tell_duty(now, agent, out);
        }
    }

    /// The same where comments keep no slot, so that an agent holds one at a time: what comes next goes into the same hands.
    #[inline(always)]
    fn finish_in_rings<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        self.census.answered += 1;
        let state = &mut self.agents[agent.0 as usize];
        let &mut Agent { team, on_duty, .. } = state;
        if self.choice == AgentChoice::LeastOccupied {
            state.worked += now.since(state.busy_since).0;
            state.busy_since = now;
        }
        if on_duty && let Some(taken) = self.take_next(team, true, now, out) {
            out.put(now, started(taken, agent, TeamId(team), false));
            return;
        }
        self.census.in_work -= 1;
        let state = &mut self.agents[agent.0 as usize];
        state.load = 0;
        if on_duty {
            state.idle_since = now;
            self.list(team, agent);
        } else {
            self.tell_duty(now, agent, out);
        }
    }

    /// Says that an agent came on duty, or is gone: once their hands are empty.
    fn tell_duty<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        let on = state.on_duty;
        if on != state.told_on_duty && (on || state.load == 0) {
            state.told_on_duty = on;
            let team = TeamId(state.team);
            out.put(now, Output::Duty { agent, team, on });
        }
    }

    /// An agent with a free place takes what waits, or becomes available.
    #[inline(always)]
    fn offer<S: Sink>(&mut self, now: Time, agent: AgentId, cold: bool, out: &mut S) {
        let team = self.agents[agent.0 as usize].team;
        let at_once = self.teams[team as usize].at_once;
        let mut cold = cold;
        while self.agents[agent.0 as usize].load < at_once {
            let and_one = !self.agents[agent.0 as usize].listed;
            let Some(taken) = self.take_next(team, and_one, now, out) else {
                break;
            };
            self.begin(now, taken, agent, cold, out);
            cold = false;
        }
        let state = &mut self.agents[agent.0 as usize];
        if state.load < at_once && !state.listed {
            state.idle_since = now;
            self.list(team, agent);
        } else if state.load >= at_once && state.listed {
            self.unlist(team, agent);
        }
    }

    /// What a team takes next: from the queue of best rank that has somebody, and within it by the rule. `and_one`: an agent
    /// who is about to be listed counts as available.
    #[inline(always)]
    fn take_next<S: Sink>(&mut self, team: u16, and_one: bool, now: Time, out: &mut S) -> Option<Taken> {
        if self.room.waiting() == 0 {
            return None;
        }
        let Team { only, available, .. } = &self.teams[team as usize];
        let taken = if let Some(line) = only {
            let free = available.count + u32::from(and_one);
            if free > line.reserve {
                self.room.next(line.queue, now, out)
            } else {
                None
            }
        } else {
            let best = self.best_of_several(team, and_one, now, out);
            best.map(|queue| self.room.take(queue))
        };
        if !R::LIVE {
            self.census.left += self.room.count_left();
        }
        taken
    }

    #[inline(always)]
    fn best_of_several<S: Sink>(
        &mut self,
        team: u16,
        and_one: bool,
        now: Time,
        out: &mut S,
    ) -> Option<QueueId> {
        let Team {
            takes,
            between,
            available,
            ..
        } = &self.teams[team as usize];
        let free = available.count + u32::from(and_one);
        if *between == Between::Oldest {
            // Which is older is anybody's guess: selected, not branched upon.
            let mut first = (Time::NEVER, QueueId(0), u8::MAX);
            for line in takes {
                // So it is with most of many queues.
                if R::KEEPS && self.room.len(line.queue) == 0 {
                    continue;
                }
                if line.rank > first.2 {
                    break;
                }
                let head = if free > line.reserve {
                    self.room.head(line.queue, now, out)
                } else {
                    None
                };
                let since = head.map_or(Time::NEVER, |head| head.since);
                let older = since < first.0;
                first.0 = if older { since } else { first.0 };
                first.1 = if older { line.queue } else { first.1 };
                first.2 = if older { line.rank } else { first.2 };
            }
            return (first.0 < Time::NEVER).then_some(first.1);
        }
        let mut first: Option<(&Line, Head)> = None;
        for line in takes {
            if first.is_some_and(|(of, _)| of.rank < line.rank) {
                break;
            }
            if free <= line.reserve {
                continue;
            }
            if let Some(head) = self.room.head(line.queue, now, out)
                && first.is_none_or(|(of, other)| goes_before(*between, now, (&head, line), (&other, of)))
            {
                first = Some((line, head));
            }
        }
        first.map(|(line, _)| line.queue)
    }

    /// The agent who would take a comment of this class at this stage of widening.
    #[inline(always)]
    fn available_agent(&mut self, class: ClassId, stage: usize) -> Option<AgentId> {
        if self.available == 0 {
            return None;
        }
        let options = &self.classes[class.0 as usize];
        if options.ties {
            return self.available_agent_of_tied(class, stage);
        }
        let can = |option: &&Route| {
            let team = &self.teams[option.team as usize];
            option.stage as usize <= stage && (team.available.count > option.reserve || team.unlimited)
        };
        let first = *options.teams.iter().find(can)?;
        self.available_in(first)
    }

    /// The same where teams share a rank: the rule for agents decides between the teams' candidates.
    #[inline(never)]
    fn available_agent_of_tied(&mut self, class: ClassId, stage: usize) -> Option<AgentId> {
        let mut best: Option<(u8, AgentId)> = None;
        for i in 0..self.classes[class.0 as usize].teams.len() {
            let option = self.classes[class.0 as usize].teams[i];
            if best.is_some_and(|(rank, _)| rank < option.rank) {
                break;
            }
            if option.stage as usize > stage {
                continue;
            }
            let Some(agent) = self.available_in(option) else {
                continue;
            };
            let standing = |agent: AgentId| {
                let agent = &self.agents[agent.0 as usize];
                match self.choice {
                    AgentChoice::LongestIdle => (agent.load, agent.idle_since.0),
                    AgentChoice::LeastOccupied => (agent.load, agent.worked),
                    AgentChoice::FirstListed => (0, 0),
                }
            };
            if best.is_none_or(|(_, other)| standing(agent) < standing(other)) {
                best = Some((option.rank, agent));
            }
        }
        best.map(|(_, agent)| agent)
    }

    /// The available agent of a team for a class, if enough stay free; unlimited teams hire.
    #[inline(always)]
    fn available_in(&mut self, option: Route) -> Option<AgentId> {
        let team = &mut self.teams[option.team as usize];
        if team.available.count > option.reserve {
            return team.available.best();
        }
        if !team.unlimited {
            return None;
        }
        let agent = AgentId(self.agents.len() as u32);
        self.agents.push(Agent {
            on_duty: true,
            ..Agent::new(option.team)
        });
        self.list(option.team, agent);
        Some(agent)
    }

    /// An agent is available from now on.
    #[inline(always)]
    fn list(&mut self, team: u16, agent: AgentId) {
        self.available += 1;
        self.teams[team as usize].available.add(&mut self.agents, agent);
    }

    /// An agent is available no more.
    #[inline(always)]
    fn unlist(&mut self, team: u16, agent: AgentId) {
        self.available -= 1;
        self.teams[team as usize]
            .available
            .remove(&mut self.agents, agent);
    }

    /// An available agent is about to get a comment: no longer available, if that fills their hands.
    #[inline(always)]
    fn engage(&mut self, agent: AgentId) {
        let &Agent { team, load, .. } = &self.agents[agent.0 as usize];
        if load + 1 >= self.teams[team as usize].at_once {
            self.unlist(team, agent);
        }
    }

    #[inline(always)]
    fn begin<S: Sink>(&mut self, now: Time, taken: Taken, agent: AgentId, cold: bool, out: &mut S) {
        self.census.in_work += 1;
        let state = &mut self.agents[agent.0 as usize];
        let cold = cold && state.load == 0;
        state.load += 1;
        if state.load == 1 {
            state.busy_since = now;
        }
        let team = TeamId(state.team);
        if state.listed {
            self.teams[team.0 as usize].available.shift(&self.agents, agent);
        }
        if R::KEEPS {
            self.classes[taken.class.0 as usize].in_work += 1;
            let first = std::mem::replace(&mut self.agents[agent.0 as usize].holds, taken.ticket);
            self.room.slots_mut().hold(taken.ticket, agent, first);
        }
        out.put(now, started(taken, agent, team, cold));
    }

    /// An available agent takes a comment into empty hands.
    #[inline(always)]
    fn begin_in_rings<S: Sink>(&mut self, now: Time, taken: Taken, agent: AgentId, out: &mut S) {
        self.census.in_work += 1;
        let state = &mut self.agents[agent.0 as usize];
        (state.load, state.busy_since) = (1, now);
        let team = state.team;
        self.unlist(team, agent);
        out.put(now, started(taken, agent, TeamId(team), true));
    }

    /// An agent has one comment less in hand.
    #[inline(always)]
    fn unburden(&mut self, now: Time, agent: AgentId) {
        let state = &mut self.agents[agent.0 as usize];
        state.load -= 1;
        if state.load == 0 {
            state.worked += now.since(state.busy_since).0;
        }
        if state.listed {
            let team = state.team as usize;
            self.teams[team].available.shift(&self.agents, agent);
        }
    }

    fn come<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        if state.on_duty {
            return;
        }
        state.on_duty = true;
        let team = state.team;
        self.tell_duty(now, agent, out);
        if self.teams[team as usize].attention == Attention::Full {
            self.offer(now, agent, true, out);
        }
    }

    fn go<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        if !state.on_duty {
            return;
        }
        (state.on_duty, state.at_page_until) = (false, Time::ZERO);
        let (team, listed) = (state.team, state.listed);
        if listed {
            self.unlist(team, agent);
        }
        if self.teams[team as usize].late_finish == LateFinish::HandBack {
            self.hand_back(now, agent, out);
        }
        self.tell_duty(now, agent, out);
    }

    /// Does a newcomer of this class find no place?
    #[inline(always)]
    fn is_full(&self, class: ClassId) -> bool {
        let of = &self.classes[class.0 as usize];
        self.room.waiting() + self.census.in_work >= self.capacity
            || (of.lines != u64::MAX && self.waiting_of(class) + of.in_work >= of.lines)
    }

    #[inline(always)]
    fn has_no_waiting_place(&self, class: ClassId) -> bool {
        let places = self.classes[class.0 as usize].queue_capacity;
        places != u64::MAX && self.waiting_of(class) >= places
    }

    // What follows is reached only where comments keep slots.

    /// A class opens, or closes on those who still wait.
    fn move_door<S: Sink>(&mut self, now: Time, out: &mut S) {
        let DoorChange { class, open, .. } = self.doors[self.next_door];
        self.next_door += 1;
        self.next_door_at = self.doors.get(self.next_door).map_or(Time::NEVER, |door| door.at);
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
    fn look<S: Sink>(&mut self, now: Time, agent: AgentId, until: Time, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        if state.load > 0 || state.at_page_until > Time::ZERO {
            return;
        }
        state.at_page_until = until;
        self.attend(now, agent, until, true, out);
    }

    /// Who is at the page takes what is next, or turns away.
    fn attend<S: Sink>(&mut self, now: Time, agent: AgentId, until: Time, just_came: bool, out: &mut S) {
        let team = self.agents[agent.0 as usize].team;
        if now < until {
            if let Some(taken) = self.take_next(team, true, now, out) {
                self.begin(now, taken, agent, just_came, out);
                return;
            }
            if just_came && self.teams[team as usize].attention == Attention::SessionsOrStay {
                self.agents[agent.0 as usize].idle_since = now;
                self.list(team, agent);
                return;
            }
        }
        self.turn_away(now, agent, out);
    }

    fn turn_away<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let state = &mut self.agents[agent.0 as usize];
        state.at_page_until = Time::ZERO;
        let (team, on_duty) = (TeamId(state.team), state.on_duty);
        out.put(now, Output::Away { agent, team, on_duty });
    }

    /// An answer from outside: the comment goes on to its write-up.
    fn reply<S: Sink>(
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
        self.hand_over(now, ticket, class, key, leaves, out);
    }

    /// A waiting comment's deadline: it leaves, or may go to more teams.
    fn wake<S: Sink>(&mut self, now: Time, out: &mut S) {
        let slots = self.room.slots_mut();
        let Some(ticket) = slots.woken(now) else {
            return;
        };
        let slot = slots.slot(ticket);
        if slot.leaves <= slot.wake {
            slots.leave(ticket, now, out);
            self.census.left += self.room.count_left();
            return;
        }
        slots.unfile(ticket);
        self.place(now, ticket, false, out);
    }

    /// A waiting comment gets another deadline; the teams that open to it later still do.
    fn rearm(&mut self, ticket: Ticket, leaves: Time) {
        let slots = self.room.slots_mut();
        let Some((class, queue, since)) = slots.waits(ticket) else {
            return;
        };
        let class = &self.classes[class.0 as usize];
        let stage = (queue.0 - class.first_queue) as usize;
        slots.rearm(ticket, leaves, next_gate(&class.gates, stage, since));
    }

    /// A comment with a slot goes to an available agent or into its queue: at the end, or in front.
    fn place<S: Sink>(&mut self, now: Time, ticket: Ticket, in_front: bool, out: &mut S) {
        let slot = self.room.slots().slot(ticket);
        let (class, since, leaves) = (slot.class, slot.since, slot.leaves);
        let gates = &self.classes[class.0 as usize].gates;
        let stage = gates.partition_point(|&after| since + after <= now);
        if let Some(agent) = self.available_agent(class, stage) {
            let taken = self.room.slots().taken(ticket);
            self.engage(agent);
            self.begin(now, taken, agent, true, out);
            return;
        }
        let class = &self.classes[class.0 as usize];
        let wake = leaves.min(next_gate(&class.gates, stage, since));
        let queue = QueueId(class.first_queue + stage as u32);
        self.room.slots_mut().enqueue(ticket, queue, wake, in_front);
    }

    /// Finished work goes on to another class: it waits anew there.
    fn hand_over<S: Sink>(
        &mut self,
        now: Time,
        ticket: Ticket,
        class: ClassId,
        key: i64,
        leaves: Time,
        out: &mut S,
    ) {
        let slot = self.room.slots_mut().slot_mut(ticket);
        // Whoever ran out of patience during the first handling leaves now, unless taken up at this very instant.
        (slot.class, slot.since, slot.key, slot.leaves) = (class, now, key, leaves.max(now));
        let id = slot.id;
        self.place(now, ticket, false, out);
        if self.room.slots().slot(ticket).state == State::Waiting {
            out.put(now, Output::Queued { ticket, id, class });
        }
    }

    /// At the end of a shift, all that the agent holds goes back, the oldest to the very front.
    fn hand_back<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let mut held = Vec::new();
        let mut ticket = self.agents[agent.0 as usize].holds;
        while ticket != Ticket::NONE {
            held.push(ticket);
            ticket = self.room.slots().next_held(ticket);
        }
        held.sort_by_key(|&ticket| std::cmp::Reverse(self.room.slots().slot(ticket).since));
        for &ticket in &held {
            self.put_back(now, ticket, agent, false, out);
        }
        for &ticket in &held {
            self.place(now, ticket, true, out);
        }
    }

    /// Work in hand leaves the agent, unfinished.
    fn put_back<S: Sink>(
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
        if self.classes[slot.class.0 as usize].by_remaining || self.preemption == Preemption::ShorterRemaining
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

    fn let_go(&mut self, agent: AgentId, ticket: Ticket) {
        let first = self.agents[agent.0 as usize].holds;
        self.agents[agent.0 as usize].holds = self.room.slots_mut().let_go(ticket, first);
    }

    /// An arrival that finds nobody available interrupts somebody, if the rule lets it. What was interrupted goes to
    /// another available agent, or to the front of its queue; it interrupts nobody in turn.
    fn preempt<S: Sink>(&mut self, now: Time, arrival: &Arrival, out: &mut S) -> bool {
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

/// Where a comment with a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The comment.
    pub id: CommentId,
    /// Its routing class.
    pub class: ClassId,
    /// What is going on.
    pub place: Place,
}

/// What is going on with a comment in the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It waits.
    Waiting,
    /// This team has it in hand.
    InWork(TeamId),
    /// Somebody outside was asked.
    Consulting,
}

impl Router<crate::Slots> {
    /// Where a comment in the house is.
    pub fn whereabouts(&self, ticket: Ticket) -> Whereabouts {
        let slot = self.room.slot(ticket);
        let place = match slot.state {
            State::InWork => Place::InWork(TeamId(self.agents[slot.agent().0 as usize].team)),
            State::Out => Place::Consulting,
            State::Waiting | State::Free => Place::Waiting,
        };
        Whereabouts {
            id: slot.id,
            class: slot.class,
            place,
        }
    }

    /// Every comment in the house.
    pub fn for_each_in_house(&self, mut f: impl FnMut(Ticket, Whereabouts)) {
        for ticket in self.room.in_house() {
            f(ticket, self.whereabouts(ticket));
        }
    }

    /// Since when the comment that waits longest waits in its class. Looks at all that wait.
    pub fn oldest_waiting(&self) -> Option<Time> {
        let oldest = self.room.oldest_waiting();
        (oldest < Time::NEVER).then_some(oldest)
    }
}

const _: () = assert!(size_of::<Agent>() == 64);

impl Agent {
    pub(crate) fn new(team: u16) -> Agent {
        Agent {
            team,
            on_duty: false,
            told_on_duty: false,
            at_page_until: Time::ZERO,
            listed: false,
            load: 0,
            prev: NIL,
            next: NIL,
            holds: Ticket::NONE,
            idle_since: Time::ZERO,
            busy_since: Time::ZERO,
            worked: 0,
        }
    }
}

/// An agent takes a comment.
#[inline(always)]
fn started(taken: Taken, agent: AgentId, team: TeamId, cold: bool) -> Output {
    let Taken {
        ticket,
        id,
        class,
        since,
    } = taken;
    Output::Started {
        ticket,
        id,
        class,
        agent,
        team,
        since,
        cold,
    }
}

/// Is the first head served before the second, both of equal rank in the team's list?
#[inline(always)]
fn goes_before(
    between: Between,
    now: Time,
    (head, line): (&Head, &Line),
    (other, of): (&Head, &Line),
) -> bool {
    match between {
        Between::Oldest => head.since < other.since,
        Between::Newest => head.since > other.since,
        Between::SmallestKey => (head.key, head.since) < (other.key, other.since),
        Between::Accumulating => {
            let priority = |head: &Head, line: &Line| {
                (i128::from(now.0) - i128::from(head.key)) * i128::from(line.slope)
            };
            let (a, b) = (priority(head, line), priority(other, of));
            a > b || (a == b && head.since < other.since)
        }
    }
}

#[cfg(test)]
mod tests;
