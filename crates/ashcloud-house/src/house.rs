//! Comments that expire and come back, are interrupted, handed back and handed over; agents who hold several at once;
//! queues watched while they live.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ashcloud_core::{
    AgentId, Arrival, CHANCES, Census, ClassId, CommentId, Input, Next, Output, Place, Rank, Router, Sink,
    Slots, Span, TeamId, Ticket, Time,
};
use ashcloud_scenario::spec::{Key, Model};
use ashcloud_stats::Recorder;
use ashcloud_world::{Arrived, Brings, Purpose, Sampler, Traffic};

use crate::observe::{Observer, Watch};
use crate::people::{Fate, Looks, People, Question, Replies};

/// Those who hold comments until they are done, kept by the driver.
pub trait Agents {
    /// This agent's next comment is done at `at`, unless something else is said before; what was said earlier is void.
    fn hold(&mut self, agent: AgentId, at: Time);
    /// This agent has nothing to be done with.
    fn release(&mut self, agent: AgentId);
}

/// The organisation and its world, one replication after another.
///
/// A driver asks [`House::next`] what comes next by itself, knows when agents are done (it is told through [`Agents`]) and
/// when comments arrive, takes the first of these by time and [`Rank`], and says so: [`House::settle`],
/// [`House::finish`], [`House::arrive`].
pub struct House<A> {
    router: Router<Slots>,
    floor: Floor<A>,
    end: Time,
}

/// What the router's outputs change.
struct Floor<A> {
    traffic: Traffic,
    agents: A,
    recorder: Recorder,
    observer: Observer,
    service: Service,
    people: People,
    looks: Looks,
    replies: Replies,
    /// Indexed by ticket.
    cases: Vec<Case>,
    /// Indexed by agent.
    hands: Vec<Hands>,
    /// The same, up to the last agent of a team whose agents hold several.
    several: Vec<Several>,
    /// Customers between attempts.
    orbit: BinaryHeap<Reverse<Away>>,
    /// When the first of replies, comebacks and looks is due.
    outside: Time,
    /// The arrival whose outputs are being made, until it has a place among the cases.
    arriving: Option<CommentId>,
    /// What is known of it.
    newcomer: Case,
    /// Handed back to classes whose customers find new patience.
    rearm: Vec<Ticket>,
    /// Outputs of the router so far.
    decisions: u64,
    /// Every output, where they are asked for.
    log: Option<Vec<(Time, Output)>>,
}

/// The service, compiled.
struct Service {
    base_class: Vec<u16>,
    slowness: Vec<Vec<f64>>,
    handling: Vec<Option<Sampler>>,
    set_up: Vec<Option<Sampler>>,
    /// `[class][team]`: where to, by cumulative probability.
    hand_over: Vec<Vec<Vec<(f64, ClassId)>>>,
    keys: Vec<Key>,
    /// Some arrivals are not taken on.
    chances: bool,
    /// Teams whose agents hold several: the slowdown.
    sharing: Vec<Option<f64>>,
}

/// What is known of a comment in the house.
#[derive(Clone, Copy)]
struct Case {
    arrived: Time,
    /// Begin of the present wait, or of the present work.
    since: Time,
    /// Work left at speed 1, once it was begun and put back; until then [`Span::FOREVER`].
    left: Span,
    /// Work content of the next service, if that was drawn before; else [`Span::FOREVER`].
    work: Span,
    leaves: Time,
    /// Tries before this one.
    attempt: u32,
    /// How many of them ended because patience did; the others found no place.
    given_up: u32,
    visit: u32,
    hand_backs: u32,
    waiting: bool,
    taken_up: bool,
    /// Somebody was asked about it.
    asked: bool,
    fate: Fate,
}

const _: () = assert!(size_of::<Case>() == 64);

impl Case {
    const NONE: Case = Case {
        arrived: Time::NEVER,
        since: Time::NEVER,
        left: Span::FOREVER,
        work: Span::FOREVER,
        leaves: Time::NEVER,
        attempt: 0,
        given_up: 0,
        visit: 0,
        hand_backs: 0,
        waiting: false,
        taken_up: false,
        asked: false,
        fate: Fate::Answer,
    };
}

/// What went before a customer's try.
#[derive(Clone, Copy)]
struct Before {
    /// Tries so far.
    attempt: u32,
    /// How many of them ended because patience did.
    given_up: u32,
    /// First contact.
    arrived: Time,
    /// Handling had begun in an earlier try.
    taken_up: bool,
    /// Somebody was asked then.
    asked: bool,
}

impl Before {
    fn nothing(now: Time) -> Before {
        Before {
            attempt: 0,
            given_up: 0,
            arrived: now,
            taken_up: false,
            asked: false,
        }
    }
}

/// A customer between attempts, ordered by when they come back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Away {
    back: Time,
    id: u64,
    attempt: u32,
    given_up: u32,
    class: u16,
    /// First contact.
    arrived: Time,
    since: Time,
    taken_up: bool,
    asked: bool,
}

/// What an agent has in hand.
#[derive(Clone, Copy, Default)]
struct Hands {
    team: u16,
    set_ups: u32,
    /// One comment at a time: its ticket and when it is done.
    ticket: u32,
    done: Time,
}

/// What an agent has in hand who may hold several, all progressing alike.
#[derive(Clone, Default)]
struct Several {
    busy_since: Time,
    /// Progress so far, when it was last brought up to date, and what is held by the progress at which it is done. Progress is
    /// in nanoseconds of work; positive doubles order as their bits do.
    progress: f64,
    updated: Time,
    held: BinaryHeap<Reverse<(u64, u32)>>,
}

/// What happens to a model: calls only where somebody takes the phone.
pub fn traffic(model: &Model) -> Traffic {
    let left_out = model.world.phone.filter(|_| !model.service.takes_calls);
    Traffic::new(&model.world).without(left_out)
}

/// A length of time at another speed.
pub fn stretch(work: Span, factor: f64) -> Span {
    if factor == 1.0 {
        work
    } else {
        Span((work.0 as f64 * factor) as u64)
    }
}

impl<A: Agents> House<A> {
    /// An empty house; `agents` hold nothing. `until_clear` has the observer follow every event.
    pub fn new(model: &Model, recorder: Recorder, watch: Watch, until_clear: bool, agents: A) -> House<A> {
        let world = &model.world;
        let staff = model.plan.staff();
        let classes = model.plan.classes.len();
        let service = &model.service;
        let mut hand_over = vec![vec![Vec::new(); model.plan.teams.len()]; classes];
        for entry in &service.hand_over {
            let mut below = 0.0;
            hand_over[entry.class.0 as usize][entry.team.0 as usize] = entry
                .next
                .iter()
                .map(|&(to, probability)| {
                    below += probability;
                    (below, to)
                })
                .collect();
        }
        let sharing = model.plan.teams.iter().zip(&service.slowdown);
        House {
            router: Router::new(&model.plan),
            floor: Floor {
                traffic: traffic(model),
                agents,
                recorder,
                observer: Observer::new(watch, until_clear, model.plan.teams.len(), classes),
                service: Service {
                    base_class: model.base_class.iter().map(|c| c.0).collect(),
                    slowness: service
                        .speed
                        .iter()
                        .map(|t| t.iter().map(|s| 1.0 / s).collect())
                        .collect(),
                    handling: service
                        .handling
                        .iter()
                        .map(|l| l.as_ref().map(Sampler::new))
                        .collect(),
                    set_up: service
                        .set_up
                        .iter()
                        .map(|l| l.as_ref().map(Sampler::new))
                        .collect(),
                    hand_over,
                    keys: service.keys.clone(),
                    chances: model.plan.classes.iter().any(|c| c.taken_on < CHANCES),
                    sharing: sharing
                        .map(|(team, &a)| (team.at_once > 1).then_some(a))
                        .collect(),
                },
                people: People::new(service, classes, world.kinds.len()),
                looks: Looks::new(service, staff as usize),
                replies: Replies::default(),
                cases: Vec::new(),
                hands: Vec::new(),
                several: Vec::new(),
                orbit: BinaryHeap::new(),
                outside: Time::NEVER,
                arriving: None,
                newcomer: Case::NONE,
                rearm: Vec::new(),
                decisions: 0,
                log: None,
            },
            end: world.end,
        }
    }

    /// A replication begins, at time 0: who is on duty then comes, and what waits then is there.
    pub fn begin(&mut self, seed: u64, replication: u64) {
        let House { router, floor, .. } = self;
        floor.traffic.reset(seed, replication);
        router.reset(floor.traffic.salt());
        floor.recorder.begin(replication);
        floor.observer.begin();
        floor.cases.clear();
        floor.hands.clear();
        floor.several.clear();
        floor.orbit.clear();
        floor.looks.reset();
        floor.replies.clear();
        floor.outside = Time::NEVER;
        floor.decisions = 0;
        router.start(floor);
        while router.next_deadline().0 == Time::ZERO {
            router.handle_timeout(Time::ZERO, floor);
        }
        let waiting: Vec<_> = floor.traffic.backlog().collect();
        for (class, id) in waiting {
            let brings = self.floor.not_drawn(class, id, 0);
            self.attempt(Time::ZERO, class, id, Before::nothing(Time::ZERO), brings);
        }
        // A house that begins in use has been in use from the start.
        self.observe(Time::ZERO);
    }

    /// What comes next by itself, and as what it ranks: the router's deadlines, replies, comebacks, looks. Never before `now`.
    #[inline(always)]
    pub fn next(&mut self, now: Time) -> (Time, Rank) {
        let (deadline, rank) = self.router.next_deadline();
        let deadline = deadline.max(now);
        // Of equal times the router's own goes first, by its rank.
        if self.floor.outside < deadline {
            self.floor.next_outside()
        } else {
            (deadline, rank)
        }
    }

    /// The clock moves on to `now`, at which something is about to happen.
    #[inline(always)]
    pub fn advance(&mut self, now: Time) {
        self.floor.observer.advance(now);
    }

    /// What [`House::next`] has just shown happens.
    #[inline(always)]
    pub fn settle(&mut self, now: Time, rank: Rank) {
        match rank {
            Rank::Roster | Rank::Deadline => self.router.handle_timeout(now, &mut self.floor),
            Rank::Reply => self.reply(now),
            Rank::Arrive => self.come_back(now),
            Rank::Look => self.look(now),
            // Not the house's own.
            Rank::Finish | Rank::Observe => {}
        }
    }

    /// After every event: customers find new patience, and who watches is told how many are in the house.
    #[inline(always)]
    pub fn after(&mut self, now: Time) {
        if !self.floor.rearm.is_empty() {
            self.rearm(now);
        }
        if self.floor.observer.follows {
            self.observe(now);
        }
    }

    /// When the next comment arrives for the first time, by the house's own traffic; a driver with a trace asks that.
    #[inline(always)]
    pub fn next_arrival(&self) -> Time {
        self.floor.traffic.next()
    }

    /// Takes that comment.
    #[inline(always)]
    pub fn take_arrival(&mut self) -> Arrived {
        self.floor.traffic.take()
    }

    /// A comment arrives for the first time, and with it what was drawn of it beforehand, if anything was.
    #[inline(always)]
    pub fn arrive(&mut self, now: Time, class: ClassId, id: CommentId, brings: Option<Brings>) {
        self.floor.observer.arrived += 1;
        let brings = brings.unwrap_or_else(|| self.floor.not_drawn(class, id, 0));
        self.attempt(now, class, id, Before::nothing(now), brings);
    }

    /// The state is read, for who watches.
    pub fn look_on(&mut self, now: Time) {
        self.observe(now);
        let oldest = self.router.oldest_waiting();
        self.floor.observer.look(now, oldest);
    }

    fn observe(&mut self, now: Time) {
        let (waiting, in_work) = (self.router.waiting(), self.router.in_work());
        self.floor.observer.in_house(now, waiting, in_work);
    }

    /// The run's last instant.
    pub fn end(&self) -> Time {
        self.end
    }

    /// Nothing that happens from `at` on is recorded.
    pub fn is_over(&self, at: Time) -> bool {
        at > self.end || (self.floor.observer.next_look() == Time::NEVER && self.floor.recorder.is_over(at))
    }

    /// Those who hold comments.
    #[inline(always)]
    pub fn agents(&mut self) -> &mut A {
        &mut self.floor.agents
    }

    /// What is recorded.
    pub fn recorder(&self) -> &Recorder {
        &self.floor.recorder
    }

    /// The same, to gather its distributions.
    pub fn recorder_mut(&mut self) -> &mut Recorder {
        &mut self.floor.recorder
    }

    /// What is watched beside it.
    pub fn observer(&self) -> &Observer {
        &self.floor.observer
    }

    /// Comments waiting now.
    pub fn waiting(&self) -> u64 {
        self.router.waiting()
    }

    /// Counts everybody; nobody may be lost ([`Router::census`]).
    pub fn census(&mut self, now: Time) -> Census {
        let mut ignore = Vec::new();
        let census = self.router.census(now, &mut ignore);
        debug_assert!(ignore.is_empty(), "slots settle every deadline in time");
        census
    }

    /// What the router decided in this replication so far: its outputs.
    pub fn decisions(&self) -> u64 {
        self.floor.decisions
    }

    /// Keeps every decision from now on, until [`House::take_log`].
    pub fn keep_log(&mut self) {
        self.floor.log = Some(Vec::new());
    }

    /// The decisions kept, each with its time: what the router said, in its order.
    pub fn take_log(&mut self) -> Vec<(Time, Output)> {
        self.floor.log.take().unwrap_or_default()
    }

    /// A customer comes back.
    fn come_back(&mut self, now: Time) {
        let Some(Reverse(Away {
            id,
            attempt,
            given_up,
            class,
            arrived,
            since,
            taken_up,
            asked,
            ..
        })) = self.floor.orbit.pop()
        else {
            return;
        };
        let base = self.floor.service.base_class[class as usize] as usize;
        self.floor.look_outside();
        self.floor.recorder.orbited(base, since, now);
        self.floor.observer.orbit -= 1;
        let before = Before {
            attempt,
            given_up,
            arrived,
            taken_up,
            asked,
        };
        let (class, id) = (ClassId(class), CommentId(id));
        let brings = self.floor.not_drawn(class, id, attempt);
        self.attempt(now, class, id, before, brings);
    }

    /// A customer tries, for the first time or again.
    fn attempt(&mut self, now: Time, class: ClassId, id: CommentId, before: Before, brings: Brings) {
        let Before {
            attempt,
            given_up,
            arrived,
            taken_up,
            asked,
        } = before;
        let House { router, floor, .. } = self;
        let base = class.0 as usize;
        if attempt == 0 {
            floor.recorder.offered(base, now);
        }
        floor.recorder.attempted(base, arrived);
        let waiting = || router.waiting_of(class) as usize;
        if floor.traffic.balks(class, id, attempt, waiting) {
            floor.recorder.balked(base, arrived, now);
            return;
        }
        let leaves = now + brings.tolerance;
        let key = floor.key(class, id, now, 0, brings.work);
        floor.newcomer = Case {
            arrived,
            since: now,
            leaves,
            attempt,
            given_up,
            taken_up,
            asked,
            work: brings.work,
            ..Case::NONE
        };
        let chance = if floor.service.chances {
            floor.traffic.chance(id)
        } else {
            0
        };
        floor.arriving = Some(id);
        router.handle(
            now,
            Input::Arrive(Arrival {
                id,
                class,
                leaves,
                key,
                chance,
            }),
            floor,
        );
        floor.arriving = None;
    }

    /// An agent is done with the comment that was due.
    pub fn finish(&mut self, now: Time, agent: AgentId) {
        let House { router, floor, .. } = self;
        let ticket = floor.done(now, agent);
        let slot = router.whereabouts(ticket);
        let (class, id) = (slot.class, slot.id);
        let team = TeamId(floor.hands[agent.0 as usize].team);
        floor.observer.busy[team.0 as usize] -= 1;
        let base = floor.service.base_class[class.0 as usize] as usize;
        let case = &mut floor.cases[ticket.0 as usize];
        floor.recorder.worked(base, team.0 as usize, case.since, now);
        let visit = case.visit;
        let (arrived, leaves) = (case.arrived, case.leaves);
        case.visit += 1;
        (case.left, case.work) = (Span::FOREVER, Span::FOREVER);
        let on = match case.fate {
            Fate::ScrollPast => Err(Next::ScrolledPast),
            Fate::Ask(ask) => floor.ask(now, ask, ticket, id, base, visit),
            Fate::Answer => floor.next_class(class, team, id, visit).ok_or(Next::Answered),
        };
        let next = match on {
            Ok(to) => Next::On {
                class: to,
                key: floor.key(to, id, now, visit + 1, Span::FOREVER),
                leaves: if floor.people.is_mail(to) {
                    Time::NEVER
                } else {
                    leaves
                },
            },
            Err(next) => next,
        };
        if next == Next::Answered {
            floor.recorder.answered(base, team.0 as usize, arrived, now);
            floor.observer.answered += 1;
        } else if next == Next::ScrolledPast {
            floor.recorder.scrolled_past(base, arrived);
        }
        router.handle(now, Input::Finish { agent, ticket, next }, floor);
    }

    /// Somebody else's answer comes back.
    fn reply(&mut self, now: Time) {
        let House { router, floor, .. } = self;
        let Some((id, ticket, ask)) = floor.replies.take() else {
            return;
        };
        floor.look_outside();
        let class = floor.people.asks[usize::from(ask)].write_up;
        let case = &floor.cases[ticket.0 as usize];
        let (leaves, visit) = (case.leaves, case.visit);
        let key = floor.key(class, id, now, visit, Span::FOREVER);
        router.handle(
            now,
            Input::Reply {
                ticket,
                class,
                key,
                leaves,
            },
            floor,
        );
    }

    /// Somebody with part-time attention looks at the page.
    fn look(&mut self, now: Time) {
        let House { router, floor, .. } = self;
        let agent = floor.looks.who();
        let (team, on_duty) = router.duty(agent);
        let until = now + floor.looks.take(agent, team, on_duty);
        floor.look_outside();
        router.handle(now, Input::Look { agent, until }, floor);
    }

    /// Customers whose comments were handed back find new patience, where the scenario says so.
    fn rearm(&mut self, now: Time) {
        while let Some(ticket) = self.floor.rearm.pop() {
            let slot = self.router.whereabouts(ticket);
            let base = ClassId(self.floor.service.base_class[slot.class.0 as usize]);
            let case = &mut self.floor.cases[ticket.0 as usize];
            case.hand_backs += 1;
            // A draw of its own, apart from those of the attempts.
            let ordinal = case.attempt | case.hand_backs << 16;
            let leaves = now + self.floor.traffic.tolerance(base, slot.id, ordinal);
            case.leaves = leaves;
            self.router
                .handle(now, Input::Rearm { ticket, leaves }, &mut self.floor);
        }
    }

    /// The replication is over: what is still open is booked up to the end.
    pub fn close(&mut self, end: Time) {
        self.census(end);
        self.observe(end);
        let House { router, floor, .. } = self;
        let Floor {
            recorder,
            service,
            cases,
            hands,
            several,
            orbit,
            observer,
            ..
        } = floor;
        router.for_each_in_house(|ticket, comment| {
            let case = &cases[ticket.0 as usize];
            let base = service.base_class[comment.class.0 as usize] as usize;
            match comment.place {
                Place::Waiting => recorder.waited(base, case.since, end),
                Place::InWork(team) => recorder.worked(base, team.0 as usize, case.since, end),
                Place::Consulting => {}
            }
        });
        for (hands, several) in hands.iter().zip(several) {
            if !several.held.is_empty() {
                recorder.occupied(usize::from(hands.team), several.busy_since, end);
            }
        }
        for Reverse(Away { class, since, .. }) in orbit.drain() {
            recorder.orbited(service.base_class[class as usize] as usize, since, end);
        }
        recorder.finish(end);
        observer.finish(end);
    }
}

impl<A: Agents> Floor<A> {
    /// What a customer's try brings along where nothing was drawn of it; its work is drawn once somebody begins it.
    #[inline(always)]
    fn not_drawn(&self, class: ClassId, id: CommentId, attempt: u32) -> Brings {
        Brings {
            tolerance: self.traffic.tolerance(class, id, attempt),
            work: Span::FOREVER,
        }
    }

    /// The number that the order in force reads. `work` is that of this visit, if it was drawn before.
    fn key(&self, class: ClassId, id: CommentId, now: Time, visit: u32, work: Span) -> i64 {
        let base = ClassId(self.service.base_class[class.0 as usize]);
        match &self.service.keys[base.0 as usize] {
            Key::None => 0,
            key => self.traffic.order_key(key, id, now, || match work {
                Span::FOREVER => self.work(class, id, visit),
                work => work,
            }),
        }
    }

    /// Work content of a comment's `visit`-th service.
    fn work(&self, class: ClassId, id: CommentId, visit: u32) -> Span {
        match &self.service.handling[class.0 as usize] {
            Some(law) => self.traffic.law_at(law, Purpose::Handling, id.0, visit),
            None => self
                .traffic
                .handling(ClassId(self.service.base_class[class.0 as usize]), id, visit),
        }
    }

    /// A question goes to somebody else: which class it goes on as, or how it leaves the asking hands.
    fn ask(
        &mut self,
        now: Time,
        ask: u16,
        ticket: Ticket,
        id: CommentId,
        base: usize,
        visit: u32,
    ) -> Result<ClassId, Next> {
        let case = &mut self.cases[ticket.0 as usize];
        let arrived = case.arrived;
        if !std::mem::replace(&mut case.asked, true) {
            self.recorder.consulted(base, arrived);
        }
        match self.people.asks[usize::from(ask)].send(now, id, visit, &self.traffic) {
            Question::To(class) => return Ok(class),
            Question::Until(at) => {
                self.replies.expect(at, id, ticket, ask);
                self.outside = self.outside.min(at);
            }
            Question::Unanswered => {}
            Question::Forgotten => self.recorder.forgotten(base, arrived),
        }
        Err(Next::Consult)
    }

    /// What whoever has a comment in hand makes of it, and how long that takes at speed 1.
    fn on_sight(&self, class: ClassId, team: TeamId, id: CommentId, now: Time, case: &Case) -> (Fate, Span) {
        let age = now.since(case.arrived);
        let seen = case.taken_up;
        let fate = self.people.on_sight(class, team, id, age, seen, &self.traffic);
        let mail = match fate {
            Fate::ScrollPast => return (fate, self.people.scan(team)),
            Fate::Ask(ask) => self.people.asks[usize::from(ask)].mail.as_ref(),
            Fate::Answer => None,
        };
        let work = match mail {
            Some(law) => self.traffic.law_at(law, Purpose::Handling, id.0, case.visit),
            None if case.work != Span::FOREVER => case.work,
            None => self.work(class, id, case.visit),
        };
        (fate, work)
    }

    /// Where a comment goes after this service; `None` is answered.
    fn next_class(&self, class: ClassId, team: TeamId, id: CommentId, visit: u32) -> Option<ClassId> {
        let next = &self.service.hand_over[class.0 as usize][team.0 as usize];
        if next.is_empty() {
            return None;
        }
        let u = self.traffic.next_stage(id, visit);
        next.iter().find(|(below, _)| u < *below).map(|&(_, to)| to)
    }

    fn hands(&mut self, agent: AgentId, team: TeamId) -> &mut Hands {
        let i = agent.0 as usize;
        if i >= self.hands.len() {
            self.hands.resize_with(i + 1, Hands::default);
        }
        self.hands[i].team = team.0;
        &mut self.hands[i]
    }

    /// Of an agent who may hold several.
    fn several(&mut self, agent: AgentId) -> &mut Several {
        let i = agent.0 as usize;
        if i >= self.several.len() {
            self.several.resize_with(i + 1, Several::default);
        }
        &mut self.several[i]
    }

    /// A comment comes into an agent's hands; `from` is when handling begins, after any set-up.
    fn take(&mut self, now: Time, from: Time, ticket: Ticket, agent: AgentId, team: TeamId, time: Span) {
        let sharing = self.service.sharing[team.0 as usize];
        let hands = self.hands(agent, team);
        let done = match sharing {
            None => {
                (hands.ticket, hands.done) = (ticket.0, from + time);
                hands.done
            }
            Some(slowdown) => {
                let several = self.several(agent);
                several.advance(now, slowdown);
                if several.held.is_empty() {
                    (several.busy_since, several.progress) = (now, 0.0);
                }
                let until = (several.progress + time.0 as f64).to_bits();
                several.held.push(Reverse((until, ticket.0)));
                several.next_done(slowdown)
            }
        };
        self.agents.hold(agent, done);
    }

    /// A comment is put back: the agent's time it would still have taken.
    fn put_back(&mut self, now: Time, ticket: Ticket, agent: AgentId, team: TeamId) -> Span {
        let Some(slowdown) = self.service.sharing[team.0 as usize] else {
            let left = self.hands(agent, team).done.since(now);
            self.agents.release(agent);
            return left;
        };
        let several = self.several(agent);
        several.advance(now, slowdown);
        let progress = several.progress;
        let mut left = Span::ZERO;
        several.held.retain(|&Reverse((done, held))| {
            if held == ticket.0 {
                left = Span((f64::from_bits(done) - progress).max(0.0) as u64);
            }
            held != ticket.0
        });
        self.go_on(now, agent, team, slowdown);
        left
    }

    /// The agent is done with a comment: which.
    fn done(&mut self, now: Time, agent: AgentId) -> Ticket {
        let Hands { team, ticket, .. } = self.hands[agent.0 as usize];
        let Some(slowdown) = self.service.sharing[usize::from(team)] else {
            return Ticket(ticket);
        };
        let several = &mut self.several[agent.0 as usize];
        let Reverse((progress, ticket)) = several.held.pop().expect("who is done held something");
        (several.updated, several.progress) = (now, f64::from_bits(progress));
        self.go_on(now, agent, TeamId(team), slowdown);
        Ticket(ticket)
    }

    /// After a change in what an agent holds among several: when the next is done.
    fn go_on(&mut self, now: Time, agent: AgentId, team: TeamId, slowdown: f64) {
        let several = &self.several[agent.0 as usize];
        if several.held.is_empty() {
            self.recorder
                .occupied(usize::from(team.0), several.busy_since, now);
            self.agents.release(agent);
        } else {
            let done = several.next_done(slowdown);
            self.agents.hold(agent, done);
        }
    }
}

impl Several {
    /// Brings the progress of those held up to date.
    fn advance(&mut self, now: Time, slowdown: f64) {
        self.progress += now.since(self.updated).0 as f64 / self.slowness(slowdown);
        self.updated = now;
    }

    /// When the first of those held is done, if nothing changes.
    fn next_done(&self, slowdown: f64) -> Time {
        let Some(&Reverse((done, _))) = self.held.peek() else {
            return Time::NEVER;
        };
        let left = (f64::from_bits(done) - self.progress).max(0.0) * self.slowness(slowdown);
        // Rounded up, so that progress never falls short of what it is set to then.
        self.updated + Span(left.ceil() as u64)
    }

    /// An agent who holds k works at rate 1/(1 + a(k-1)) on each; with a = 1 that is equal sharing.
    fn slowness(&self, slowdown: f64) -> f64 {
        1.0 + slowdown * (self.held.len().max(1) - 1) as f64
    }
}

impl<A: Agents> Sink for Floor<A> {
    /// Inlined where each output is made, so that a known one is a plain call.
    #[inline(always)]
    fn put(&mut self, now: Time, output: Output) {
        self.decisions += 1;
        if self.log.is_some() {
            self.keep(now, output);
        }
        match output {
            Output::Started {
                ticket,
                id,
                class,
                agent,
                team,
                cold,
                ..
            } => {
                self.settle_in(ticket, id, false);
                self.started(now, ticket, id, class, (agent, team), cold);
            }
            Output::Queued {
                ticket, id, class, ..
            } => {
                self.settle_in(ticket, id, true);
                self.observer.queued[class.0 as usize] += 1;
                let case = &mut self.cases[ticket.0 as usize];
                (case.since, case.waiting) = (now, true);
            }
            Output::Left {
                ticket,
                id,
                class,
                at,
                ..
            } => self.left(now, ticket, id, class, at),
            Output::Blocked { id, class } => self.blocked(now, id, class),
            Output::Returned {
                ticket,
                class,
                agent,
                interrupted,
                ..
            } => self.returned(now, ticket, class, agent, interrupted),
            Output::Duty { agent, team, on } => {
                self.recorder.duty(team.0 as usize, now, on);
                self.observer.duty(on);
                self.looks.away(now, agent, team, on, &self.traffic);
                self.look_outside();
            }
            Output::Away { agent, team, on_duty } => {
                self.looks.away(now, agent, team, on_duty, &self.traffic);
                self.look_outside();
            }
            Output::Closed { class, .. } => {
                let arrived = self.newcomer.arrived;
                let base = self.service.base_class[class.0 as usize];
                self.recorder.closed(usize::from(base), arrived);
            }
            Output::Ignored { class, .. } => {
                let arrived = self.newcomer.arrived;
                let base = self.service.base_class[class.0 as usize];
                self.recorder.ignored(usize::from(base), arrived);
            }
            Output::Dismissed { ticket, class, .. } => {
                let base = self.service.base_class[class.0 as usize];
                let case = self.cases[ticket.0 as usize];
                self.recorder.waited(usize::from(base), case.since, now);
                self.observer.queued[class.0 as usize] -= 1;
                self.recorder.dismissed(usize::from(base), case.arrived, now);
            }
        }
    }
}

impl<A: Agents> Floor<A> {
    /// What is due first of what the router does not know of; of equal times in the order of ranks.
    #[inline(never)]
    fn next_outside(&mut self) -> (Time, Rank) {
        let back = self.orbit.peek().map_or(Time::NEVER, |Reverse(c)| c.back);
        let mut first = (self.replies.next(), Rank::Reply);
        for (at, rank) in [(back, Rank::Arrive), (self.looks.next(), Rank::Look)] {
            if at < first.0 {
                first = (at, rank);
            }
        }
        first
    }

    /// Something of that came, or changed.
    fn look_outside(&mut self) {
        self.outside = self.next_outside().0;
    }

    #[cold]
    fn keep(&mut self, now: Time, output: Output) {
        if let Some(log) = &mut self.log {
            log.push((now, output));
        }
    }

    /// An agent begins, or goes on with, a comment.
    #[inline(never)]
    fn started(
        &mut self,
        now: Time,
        ticket: Ticket,
        id: CommentId,
        class: ClassId,
        (agent, team): (AgentId, TeamId),
        cold: bool,
    ) {
        let base = self.service.base_class[class.0 as usize] as usize;
        let mut from = now;
        if cold && let Some(law) = &self.service.set_up[team.0 as usize] {
            let ordinal = self.hands.get(agent.0 as usize).map_or(0, |h| h.set_ups);
            from = now + self.traffic.set_up(law, team, agent, ordinal);
            self.hands(agent, team).set_ups += 1;
        }
        let case = &self.cases[ticket.0 as usize];
        let (arrived, first_time) = (case.arrived, !case.taken_up);
        let waited_since = if case.waiting { case.since } else { now };
        self.observer.queued[class.0 as usize] -= u64::from(case.waiting);
        self.recorder.waited(base, waited_since, from);
        let (fate, work) = if case.left != Span::FOREVER && self.people.goes_on(case.fate, class, team) {
            (case.fate, case.left)
        } else {
            self.on_sight(class, team, id, from, case)
        };
        let scrolled_past = fate == Fate::ScrollPast;
        let slowness = self.service.slowness[class.0 as usize][team.0 as usize];
        if first_time && !scrolled_past {
            self.recorder.taken_up(base, team.0 as usize, arrived, from);
        }
        let case = &mut self.cases[ticket.0 as usize];
        (case.since, case.waiting, case.fate) = (from, false, fate);
        case.taken_up |= !scrolled_past;
        self.observer.busy[team.0 as usize] += 1;
        self.take(now, from, ticket, agent, team, stretch(work, slowness));
    }

    /// A waiting customer gave up.
    #[inline(never)]
    fn left(&mut self, now: Time, ticket: Ticket, id: CommentId, class: ClassId, at: Time) {
        let base = ClassId(self.service.base_class[class.0 as usize]);
        let mut case = self.cases[ticket.0 as usize];
        self.recorder.waited(base.0 as usize, case.since, at);
        self.observer.queued[class.0 as usize] -= 1;
        let back = self.traffic.retries(base, id, case.attempt, case.given_up);
        case.given_up += 1;
        self.recorder
            .left(base.0 as usize, case.arrived, at, case.taken_up, back.is_none());
        self.observer.left += 1;
        self.goes_away(now, back, id, base, &case);
    }

    /// A customer found no place.
    #[inline(never)]
    fn blocked(&mut self, now: Time, id: CommentId, class: ClassId) {
        let case = self.newcomer;
        let base = ClassId(self.service.base_class[class.0 as usize]);
        let blocked_before = case.attempt - case.given_up;
        let back = self
            .traffic
            .retries_blocked(base, id, case.attempt, blocked_before);
        self.recorder
            .blocked(base.0 as usize, case.arrived, now, back.is_none());
        self.observer.blocked += 1;
        self.goes_away(now, back, id, base, &case);
    }

    /// Work in hand is put back, unfinished.
    #[inline(never)]
    fn returned(&mut self, now: Time, ticket: Ticket, class: ClassId, agent: AgentId, interrupted: bool) {
        let team = TeamId(self.hands[agent.0 as usize].team);
        let base = self.service.base_class[class.0 as usize];
        let left = self.put_back(now, ticket, agent, team);
        let slowness = self.service.slowness[class.0 as usize][team.0 as usize];
        let case = &mut self.cases[ticket.0 as usize];
        self.recorder
            .worked(base as usize, team.0 as usize, case.since, now);
        case.left = stretch(left, 1.0 / slowness);
        (case.since, case.waiting) = (now, true);
        self.observer.busy[team.0 as usize] -= 1;
        self.observer.queued[class.0 as usize] += 1;
        let anew = !interrupted && self.traffic.tolerance_is_anew(ClassId(base));
        if anew && !self.people.is_mail(class) {
            self.rearm.push(ticket);
        }
    }

    /// The comment that is arriving gets its place among the cases.
    #[inline(always)]
    fn settle_in(&mut self, ticket: Ticket, id: CommentId, waiting: bool) {
        if self.arriving != Some(id) {
            return;
        }
        self.arriving = None;
        let case = Case {
            waiting,
            ..self.newcomer
        };
        let i = ticket.0 as usize;
        if i < self.cases.len() {
            self.cases[i] = case;
        } else {
            debug_assert_eq!(i, self.cases.len(), "tickets are given in order");
            self.cases.push(case);
        }
    }

    /// A customer goes, and may come back.
    fn goes_away(&mut self, now: Time, back: Option<Span>, id: CommentId, class: ClassId, case: &Case) {
        if let Some(after) = back {
            let Case {
                arrived,
                attempt,
                given_up,
                ..
            } = *case;
            let away = Away {
                back: now + after,
                id: id.0,
                attempt: attempt + 1,
                given_up,
                class: class.0,
                arrived,
                since: now,
                taken_up: case.taken_up,
                asked: case.asked,
            };
            self.outside = self.outside.min(away.back);
            self.orbit.push(Reverse(away));
            self.observer.orbit += 1;
        }
    }
}
