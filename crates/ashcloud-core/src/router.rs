//! The router: every decision of the organisation, as a state machine that is told the time.

use crate::chance::number_of;
use crate::idle::{Available, part_of, standing};
use crate::plan::{
    AgentChoice, AgentId, Attention, Between, CHANCES, ClassId, CommentId, DoorChange, LateFinish,
    LeavesFirst, Order, Plan, Preemption, RosterChange, TeamId,
};
use crate::room::{Head, QueueId, Room, RoomKind, Taken, next_gate};
use crate::slots::State;
use crate::time::{Span, Time};
use crate::{Arrival, Ticket};

mod keeping;
mod shift;

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

/// Order of events at one instant, part of the model: finishes free agents; then the roster acts, all of it: agents come
/// and go, what they hand back lies in its queues, lines open and close, and assignments are made until no more can start; a
/// customer whose patience ends at this very instant may still be among them. Customers who leave make room before the next
/// arrive; people who look see what has come; observers see what is left when all is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Work is finished.
    Finish,
    /// All agents of this instant come or go, all classes open or close; agents who are free take what waits.
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
    doors: Vec<DoorChange>,
    next_door: usize,
    /// When the roster or a door changes next, or assignments are due.
    next_turn_at: Time,
    /// From then on a finish leaves assignments to the next turn: that turn's instant, or at once where it `defers`.
    finishes_wait_from: Time,
    defers: bool,
    turn: Turn,
    /// The world's, for [`AgentChoice::Random`].
    salt: u64,
    /// Available agents of all teams; with an unlimited team, one more: somebody can always be had.
    available: u64,
    choice: AgentChoice,
    preemption: Preemption,
    capacity: u64,
    census: Census,
}

/// What is gathered of one instant until its assignments are made.
#[derive(Clone, Default)]
struct Turn {
    /// Teams whose agents may have something to take.
    teams: Vec<u16>,
    /// Agents who finished something at this instant.
    freed: Vec<AgentId>,
    /// Work that is handed back, or to which more teams open.
    handed_back: Vec<Ticket>,
    /// By how many the number on duty changes, of teams that let the idle go first; and which teams those are.
    change: Vec<i64>,
    changed: Vec<u16>,
    /// Teams that could take a comment, for the rule to choose between.
    candidates: Vec<Route>,
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
    order: Order,
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
    leaves_first: LeavesFirst,
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
    class: ClassId,
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
    /// The roster has the place that bears this agent's number filled.
    rostered: bool,
    /// Finished something at this instant: goes on without set-up.
    warm: bool,
    /// Part-time attention: at the page, and until when new work is begun; 0 away from it.
    at_page_until: Time,
    pub(crate) listed: bool,
    pub(crate) load: u32,
    pub(crate) prev: u32,
    pub(crate) next: u32,
    holds: Ticket,
    /// The last finish, or coming on duty.
    pub(crate) idle_since: Time,
    /// Since when it holds something.
    pub(crate) busy_since: Time,
    /// Nanoseconds at work so far, up to `busy_since`.
    pub(crate) worked: u64,
    /// Off duty, nanoseconds on duty so far; on duty, the clock less that.
    duty: u64,
}

impl Plan {
    /// Agents of all fixed teams: those who may ever be on duty, unlimited teams apart.
    pub fn staff(&self) -> u32 {
        self.teams.iter().filter_map(|team| team.agents).sum()
    }

    /// Whether a finish leaves the assignments to the turn at the end of all finishes of its instant: where several may be done at
    /// once, and with reserves, where an agent idle before may take what a finish lets go.
    fn defers(&self) -> bool {
        let simple = self.classes.len() == 1 && self.teams.len() == 1 && self.teams[0].at_once == 1;
        let mut preferences = self.classes.iter().flat_map(|class| &class.teams);
        preferences.any(|team| team.reserve > 0) || (self.finishes_may_tie && !simple)
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
            || self.defers()
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
                order: class.order,
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
                            class: entry.class,
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
                leaves_first: team.leaves_first,
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
            defers: plan.defers(),
            turn: Turn {
                change: vec![0; teams.len()],
                ..Turn::default()
            },
            salt: 0,
            next_turn_at: first_turn(&plan.roster, &plan.doors),
            finishes_wait_from: Time::ZERO,
            classes,
            teams,
            fixed_agents: agents.len(),
            agents,
            roster: plan.roster.clone(),
            next_change: 0,
            doors: plan.doors.clone(),
            next_door: 0,
            available: 0,
            choice: plan.choice,
            preemption: plan.preemption,
            capacity: plan.capacity.map_or(u64::MAX, u64::from),
            census: Census::default(),
        }
    }

    /// Back to the state of [`Router::new`]; memory is kept. `salt` is the world's: [`AgentChoice::Random`] reads it together
    /// with a comment's id.
    pub fn reset(&mut self, salt: u64) {
        self.salt = salt;
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
        (self.next_change, self.next_door) = (0, 0);
        self.next_turn_at = first_turn(&self.roster, &self.doors);
        self.finishes_wait_from = self.first_to_wait();
        self.turn.teams.clear();
        self.turn.freed.clear();
        self.census = Census::default();
    }

    /// Agents of fixed teams come on duty, all of them; those whose roster begins later are sent off by its first
    /// changes, at time 0.
    pub fn start<S: Sink>(&mut self, out: &mut S) {
        // Nothing waits yet: there is nothing to assign.
        self.finishes_wait_from = self.first_to_wait();
        self.available = u64::from(self.teams.iter().any(|team| team.unlimited));
        for i in 0..self.fixed_agents as u32 {
            self.agents[i as usize].rostered = true;
            self.come(Time::ZERO, AgentId(i), out);
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
        let deadline = self.room.next_deadline();
        if self.next_turn_at <= deadline {
            (self.next_turn_at, Rank::Roster)
        } else {
            (deadline, Rank::Deadline)
        }
    }

    /// Settles one deadline that is due, or all that the roster does at this instant.
    #[inline(always)]
    pub fn handle_timeout<S: Sink>(&mut self, now: Time, out: &mut S) {
        if R::LIVE && !R::KEEPS && self.next_turn_at > now {
            self.room.expire(now, out);
        } else {
            self.handle_timeout_of_any_kind(now, out);
        }
    }

    #[inline(never)]
    fn handle_timeout_of_any_kind<S: Sink>(&mut self, now: Time, out: &mut S) {
        match self.next_deadline() {
            (at, _) if at > now => {}
            (_, Rank::Roster) => self.take_turn(now, out),
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
        if let Some(agent) = self.available_agent(now, arrival.class, 0, arrival.id) {
            let taken = self.room.admit(now, arrival);
            if R::KEEPS {
                self.engage(now, agent);
                self.begin(now, taken, agent, true, out);
            } else {
                self.begin_in_rings(now, taken, agent, true, out);
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
        let at_turn = self.finishes_wait_from <= now;
        match next {
            Next::Answered | Next::ScrolledPast => self.room.slots_mut().release(ticket),
            Next::Consult => self.room.slots_mut().send_out(ticket),
            Next::On { class, key, leaves } => {
                self.hand_over(now, ticket, class, key, leaves, at_turn, out);
            }
        }
        match next {
            Next::Answered => self.census.answered += 1,
            Next::ScrolledPast => self.census.scrolled_past += 1,
            Next::Consult => self.census.consulting += 1,
            Next::On { .. } => {}
        }
        if at_turn {
            self.free(now, agent, out);
        } else {
            self.go_on(now, agent, out);
        }
    }

    /// An agent who has finished something at this instant takes what is next, at once.
    #[inline(always)]
    fn go_on<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
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
            self.offer(now, agent, out);
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
        if self.finishes_wait_from <= now {
            self.census.in_work -= 1;
            let state = &mut self.agents[agent.0 as usize];
            (state.load, state.idle_since) = (0, now);
            self.free(now, agent, out);
            return;
        }
        if on_duty && let Some(taken) = self.take_next(team, now, out) {
            out.put(now, started(taken, agent, TeamId(team), false));
            return;
        }
        self.census.in_work -= 1;
        let state = &mut self.agents[agent.0 as usize];
        state.load = 0;
        if on_duty {
            state.idle_since = now;
            self.list(team, agent, now);
        } else {
            self.tell_duty(now, agent, out);
        }
    }

    /// An agent with a free place takes what waits, or becomes available.
    #[inline(always)]
    fn offer<S: Sink>(&mut self, now: Time, agent: AgentId, out: &mut S) {
        let team = self.agents[agent.0 as usize].team;
        let at_once = self.teams[team as usize].at_once;
        while self.agents[agent.0 as usize].load < at_once {
            let Some(taken) = self.take_next(team, now, out) else {
                break;
            };
            self.begin(now, taken, agent, false, out);
        }
        let state = &self.agents[agent.0 as usize];
        if state.load < at_once && !state.listed {
            self.list(team, agent, now);
        } else if state.load >= at_once && state.listed {
            self.unlist(team, agent, now);
        }
    }

    /// What an agent of this team takes next, where no reserve forbids it: from the queue of best rank that has somebody, and
    /// within it by the rule.
    #[inline(always)]
    fn take_next<S: Sink>(&mut self, team: u16, now: Time, out: &mut S) -> Option<Taken> {
        if self.room.waiting() == 0 {
            return None;
        }
        let taken = if let Some(line) = &self.teams[team as usize].only {
            self.room.next(line.queue, now, out)
        } else {
            let best = self.best_of_several(team, u32::MAX, now, out);
            best.map(|queue| self.room.take(queue))
        };
        if !R::LIVE {
            self.census.left += self.room.count_left();
        }
        taken
    }

    /// The queue that a team with so many free agents serves next.
    #[inline(always)]
    fn best_of_several<S: Sink>(&mut self, team: u16, free: u32, now: Time, out: &mut S) -> Option<QueueId> {
        let Team { takes, between, .. } = &self.teams[team as usize];
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
    fn available_agent(&mut self, now: Time, class: ClassId, stage: usize, id: CommentId) -> Option<AgentId> {
        if self.available == 0 {
            return None;
        }
        let options = &self.classes[class.0 as usize];
        if options.ties {
            return self.available_agent_of_tied(now, class, stage, id);
        }
        let can = |option: &&Route| {
            let team = &self.teams[option.team as usize];
            option.stage as usize <= stage && (team.available.count > option.reserve || team.unlimited)
        };
        let first = *options.teams.iter().find(can)?;
        self.available_in(now, first, id)
    }

    /// The same where teams share a rank.
    #[inline(never)]
    fn available_agent_of_tied(
        &mut self,
        now: Time,
        class: ClassId,
        stage: usize,
        id: CommentId,
    ) -> Option<AgentId> {
        let mut candidates = std::mem::take(&mut self.turn.candidates);
        let mut open = self.classes[class.0 as usize].teams.iter().filter(|option| {
            let team = &self.teams[option.team as usize];
            option.stage as usize <= stage && (team.available.count > option.reserve || team.unlimited)
        });
        candidates.extend(open.next());
        let best = candidates.first().map(|option| option.rank);
        candidates.extend(open.take_while(|option| Some(option.rank) == best));
        let agent = self.choose(now, &candidates, id);
        candidates.clear();
        self.turn.candidates = candidates;
        agent
    }

    /// The agent who takes a comment that these teams of equal rank could take: the rule decides between their candidates.
    #[inline(never)]
    fn choose(&mut self, now: Time, candidates: &[Route], id: CommentId) -> Option<AgentId> {
        let mut best: Option<AgentId> = None;
        for option in candidates {
            let Some(agent) = self.available_in(now, *option, id) else {
                continue;
            };
            let state = |agent: AgentId| &self.agents[agent.0 as usize];
            if best.is_none_or(|other| standing(self.choice, now, state(agent), state(other)).is_lt()) {
                best = Some(agent);
            }
        }
        let best = best?;
        if self.choice != AgentChoice::Random {
            return Some(best);
        }
        let load = self.agents[best.0 as usize].load;
        let fewest = candidates.iter().map(|option| {
            let fewest = self.teams[option.team as usize].available.fewest();
            let as_few = fewest
                .first()
                .is_some_and(|&a| self.agents[a as usize].load == load);
            if as_few { fewest } else { &[] }
        });
        let mut place = part_of(number_of(id, self.salt), fewest.clone().map(<[u32]>::len).sum());
        for team in fewest {
            match team.get(place) {
                Some(&agent) => return Some(AgentId(agent)),
                None => place -= team.len(),
            }
        }
        Some(best)
    }

    /// The available agent of a team for a class, if enough stay free; unlimited teams hire.
    #[inline(always)]
    fn available_in(&mut self, now: Time, option: Route, id: CommentId) -> Option<AgentId> {
        let salt = self.salt;
        let team = &mut self.teams[option.team as usize];
        if team.available.count > option.reserve {
            return team.available.best(now, || number_of(id, salt));
        }
        if !team.unlimited {
            return None;
        }
        let agent = AgentId(self.agents.len() as u32);
        self.agents.push(Agent {
            on_duty: true,
            told_on_duty: true,
            idle_since: now,
            duty: now.0,
            ..Agent::new(option.team)
        });
        self.list(option.team, agent, now);
        Some(agent)
    }

    /// An agent is available from now on.
    #[inline(always)]
    fn list(&mut self, team: u16, agent: AgentId, now: Time) {
        self.available += 1;
        self.teams[team as usize]
            .available
            .add(&mut self.agents, agent, now);
    }

    /// An agent is available no more.
    #[inline(always)]
    fn unlist(&mut self, team: u16, agent: AgentId, now: Time) {
        self.available -= 1;
        self.teams[team as usize]
            .available
            .remove(&mut self.agents, agent, now);
    }

    /// An available agent is about to get a comment: no longer available, if that fills their hands.
    #[inline(always)]
    fn engage(&mut self, now: Time, agent: AgentId) {
        let &Agent { team, load, .. } = &self.agents[agent.0 as usize];
        if load + 1 >= self.teams[team as usize].at_once {
            self.unlist(team, agent, now);
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
            self.teams[team.0 as usize]
                .available
                .renew(&mut self.agents, agent, now);
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
    fn begin_in_rings<S: Sink>(&mut self, now: Time, taken: Taken, agent: AgentId, cold: bool, out: &mut S) {
        self.census.in_work += 1;
        let state = &mut self.agents[agent.0 as usize];
        (state.load, state.busy_since) = (1, now);
        let team = state.team;
        self.unlist(team, agent, now);
        out.put(now, started(taken, agent, TeamId(team), cold));
    }

    /// An agent has one comment less in hand.
    #[inline(always)]
    fn unburden(&mut self, now: Time, agent: AgentId) {
        let state = &mut self.agents[agent.0 as usize];
        state.load -= 1;
        state.idle_since = now;
        if state.load == 0 {
            state.worked += now.since(state.busy_since).0;
        }
        if state.listed {
            let team = state.team as usize;
            self.teams[team].available.renew(&mut self.agents, agent, now);
        }
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
            rostered: false,
            warm: false,
            at_page_until: Time::ZERO,
            listed: false,
            load: 0,
            prev: NIL,
            next: NIL,
            holds: Ticket::NONE,
            idle_since: Time::ZERO,
            busy_since: Time::ZERO,
            worked: 0,
            duty: 0,
        }
    }

    /// Says, from now on, that it is on duty, or gone.
    pub(crate) fn tell(&mut self, now: Time, on: bool) {
        self.told_on_duty = on;
        self.duty = now.0 - self.duty;
    }

    /// Nanoseconds at work by now.
    pub(crate) fn worked_by(&self, now: Time) -> u128 {
        let busy = if self.load > 0 {
            now.since(self.busy_since).0
        } else {
            0
        };
        u128::from(self.worked) + u128::from(busy)
    }

    /// Nanoseconds on duty by now.
    pub(crate) fn on_duty_by(&self, now: Time) -> u128 {
        let duty = if self.told_on_duty {
            now.0 - self.duty
        } else {
            self.duty
        };
        u128::from(duty)
    }
}

/// When a roster and doors change first.
fn first_turn(roster: &[RosterChange], doors: &[DoorChange]) -> Time {
    let change = roster.first().map_or(Time::NEVER, |change| change.at);
    doors.first().map_or(change, |door| change.min(door.at))
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
mod naive;
#[cfg(test)]
mod tests;
