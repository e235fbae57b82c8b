//! The fast driver: one service per comment, no state beside the router's.
//!
//! For plans whose comments keep no slot, and for those that keep one only to leave, or to find more teams, at the exact
//! time. A comment's whole story is known when it is taken up (its work is a function of
//! its id), so it is told to the recorder at once, and what is pending is one finish per busy agent and one arrival per
//! stream.

use ashcloud_core::{
    Arrival, Attention, CHANCES, ClassId, Input, LateFinish, Next, Output, Preemption, RoomKind, Router,
    Sink, Ticket, Time, WaitingRoom,
};
use ashcloud_house::finishes::Pending;
use ashcloud_house::{stretch, traffic};
use ashcloud_scenario::spec::{Key, Model};
use ashcloud_stats::Recorder;
use ashcloud_world::Traffic;

use crate::replicate::{Driver, EVENTS, Patience};

/// One replication after another through a router of either room.
pub(crate) struct Lean<P, R: WaitingRoom> {
    router: Router<R>,
    floor: Floor<P>,
    backlog: bool,
    end: Time,
}

/// What the router's outputs change.
struct Floor<P> {
    traffic: Traffic,
    finishes: P,
    /// What each agent has in hand, where comments keep slots; else empty.
    tickets: Vec<Ticket>,
    recorder: Recorder,
    /// `1 / speed` by routing class and team, where some speed is not 1.
    slowness: Option<Vec<Vec<f64>>>,
}

impl<P: Pending> Sink for Floor<P> {
    #[inline(always)]
    fn put(&mut self, now: Time, output: Output) {
        match output {
            Output::Started {
                ticket,
                id,
                class,
                agent,
                team,
                since,
                ..
            } => {
                let mut work = self.traffic.handling(class, id, 0);
                if let Some(slowness) = &self.slowness {
                    work = stretch(work, slowness[class.0 as usize][team.0 as usize]);
                }
                let done = now + work;
                self.finishes.set(agent.0, done);
                if ticket != Ticket::NONE {
                    self.tickets[agent.0 as usize] = ticket;
                }
                let (class, team) = (class.0 as usize, team.0 as usize);
                self.recorder.served(class, team, since, now, done);
            }
            Output::Left { class, since, at, .. } => {
                self.recorder.given_up(class.0 as usize, since, at);
            }
            Output::Duty { team, on, .. } => self.recorder.duty(team.0 as usize, now, on),
            Output::Queued { .. } => {}
            Output::Blocked { class, .. } => self.recorder.blocked(class.0 as usize, now, now, true),
            Output::Returned { .. }
            | Output::Ignored { .. }
            | Output::Closed { .. }
            | Output::Dismissed { .. }
            | Output::Away { .. } => {
                unreachable!("only where a comment's story has more turns")
            }
        }
    }
}

impl<P: Pending, R: WaitingRoom> Lean<P, R> {
    const SLOTS: bool = matches!(<R as WaitingRoom>::KIND, RoomKind::Slots);
    const LIVE: bool = !matches!(<R as WaitingRoom>::KIND, RoomKind::Rings);

    /// Whether this driver can run the model: everything that needs a comment's state beside the router's is absent.
    pub(crate) fn suits(model: &Model) -> bool {
        let (service, plan) = (&model.service, &model.plan);
        <R as WaitingRoom>::KIND >= plan.room()
            && plan.preemption == Preemption::Never
            && plan.doors.is_empty()
            && plan.classes.iter().all(|class| class.taken_on == CHANCES)
            && plan.teams.iter().all(|team| {
                team.at_once == 1
                    && team.late_finish == LateFinish::Finish
                    && team.attention == Attention::Full
            })
            && service.keys.iter().all(|key| *key == Key::None)
            && service.hand_over.is_empty()
            && service.consults.is_empty()
            && service.set_up.iter().all(Option::is_none)
            && model.plan.teams.iter().all(|team| team.agents.is_some())
            && model.world.kinds.iter().all(|kind| {
                kind.balks.is_empty()
                    && kind.when_blocked.is_none()
                    && kind.tolerance.as_ref().is_none_or(|t| t.retry.is_none())
            })
    }

    pub(crate) fn new(model: &Model, recorder: Recorder) -> Lean<P, R> {
        let world = &model.world;
        let agents = model.plan.staff();
        let speed = &model.service.speed;
        let slowness = || {
            speed
                .iter()
                .map(|teams| teams.iter().map(|s| 1.0 / s).collect())
                .collect()
        };
        let uneven = speed.iter().flatten().any(|&s| s != 1.0);
        Lean {
            router: Router::new(&model.plan),
            floor: Floor {
                traffic: traffic(model),
                finishes: P::new(agents as usize),
                tickets: vec![Ticket::NONE; if Self::SLOTS { agents as usize } else { 0 }],
                recorder,
                slowness: uneven.then(slowness),
            },
            backlog: !world.backlog.is_empty(),
            end: world.end,
        }
    }
}

impl<P: Pending + Send, R: WaitingRoom + Send> Driver for Lean<P, R> {
    fn run(&mut self, seed: u64, replication: u64, mut patience: Patience<'_>) -> bool {
        let Lean {
            router, floor, end, ..
        } = self;
        let end = *end;
        floor.traffic.reset(seed, replication);
        router.reset(floor.traffic.salt());
        floor.finishes.clear();
        floor.recorder.begin(replication);
        router.start(floor);
        if self.backlog {
            // Who is off duty at the start leaves before anybody looks at the backlog.
            while router.next_deadline().0 == Time::ZERO {
                router.handle_timeout(Time::ZERO, floor);
            }
            let waiting: Vec<_> = floor.traffic.backlog().collect();
            for (class, id) in waiting {
                if patience.ends() {
                    return false;
                }
                arrive(router, floor, Time::ZERO, class, id);
            }
        }
        let mut arrival = floor.traffic.next();
        let mut change = router.next_deadline().0;
        let mut next = arrival.min(change);
        // Before this the run cannot be over.
        let watch = floor.recorder.horizon().min(end);
        'run: loop {
            for _ in 0..EVENTS {
                // Equal times go by `Rank`: finishes, then the roster and deadlines, then arrivals.
                let (done, agent) = floor.finishes.first();
                if done <= next {
                    if done > end {
                        break 'run;
                    }
                    floor.finishes.take(agent);
                    let ticket = if Self::SLOTS {
                        floor.tickets[agent as usize]
                    } else {
                        Ticket::NONE
                    };
                    let agent = ashcloud_core::AgentId(agent);
                    router.handle(
                        done,
                        Input::Finish {
                            agent,
                            ticket,
                            next: Next::Answered,
                        },
                        floor,
                    );
                    floor.finishes.settle();
                } else if change <= arrival {
                    if change > end {
                        break 'run;
                    }
                    router.handle_timeout(change, floor);
                    change = router.next_deadline().0;
                    next = arrival.min(change);
                    continue;
                } else {
                    if arrival >= watch && (arrival > end || floor.recorder.is_over(arrival)) {
                        break 'run;
                    }
                    let arrived = floor.traffic.take();
                    arrival = floor.traffic.next();
                    next = arrival.min(change);
                    arrive(router, floor, arrived.at, arrived.class, arrived.id);
                }
                // Where no deadline acts and no assignment is put off, only a timeout brings another.
                if Self::LIVE {
                    change = router.next_deadline().0;
                    next = arrival.min(change);
                }
            }
            if patience.is_over() {
                return false;
            }
        }
        router.census(end, floor);
        let recorder = &mut floor.recorder;
        router.for_each_waiting(|class, _, since| recorder.waited(class.0 as usize, since, end));
        recorder.finish(end);
        true
    }

    fn recorder(&self) -> &Recorder {
        &self.floor.recorder
    }

    fn recorder_mut(&mut self) -> &mut Recorder {
        &mut self.floor.recorder
    }
}

#[inline(always)]
fn arrive<P: Pending, R: WaitingRoom>(
    router: &mut Router<R>,
    floor: &mut Floor<P>,
    now: Time,
    class: ClassId,
    id: ashcloud_core::CommentId,
) {
    floor.recorder.offered(class.0 as usize, now);
    let leaves = now + floor.traffic.tolerance(class, id, 0);
    router.handle(
        now,
        Input::Arrive(Arrival {
            id,
            class,
            leaves,
            key: 0,
            chance: 0,
        }),
        floor,
    );
}
