//! Agents as tasks: each holds a comment until it is done, and reports.

use ashcloud_core::{AgentId, Time};
use ashcloud_house::Agents;
use ashcloud_house::finishes::Finishes;
use ashcloud_scenario::spec::Model;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Fault;
use crate::timeline::Timeline;

/// What an agent is told. Small, for most of what a comment costs is the way of its messages through memory.
#[derive(Clone, Copy, Debug)]
struct Order {
    /// Done then; never, with nothing in hand.
    until: Time,
    /// Counts what this agent was told; a report names what it answers.
    number: u32,
    fate: Fate,
}

/// What becomes of an agent who is told something.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Works,
    Hangs,
    Panics,
}

/// An agent is done with what this order gave them, and was so when it said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    agent: AgentId,
    number: u32,
}

/// An agent as the driver knows them.
struct Post {
    orders: mpsc::UnboundedSender<Order>,
    /// Of the last order: its number, and when it is done.
    number: u32,
    until: Time,
    /// Has something in hand that is due before the horizon, and has not reported: will as soon as they have a turn.
    expected: bool,
    /// Has reported, and the report was not yet applied.
    reported: bool,
    /// Hangs or panicked, and never reports again.
    gone: bool,
}

/// All agents.
pub(crate) struct Staff {
    /// By number, up to the highest of those who were ever given something.
    posts: Vec<Post>,
    tasks: JoinSet<()>,
    reports: mpsc::UnboundedSender<Report>,
    /// Whose time it is; without one agents are done at once.
    timeline: Option<Timeline>,
    /// Reports that came and were not yet applied.
    done: Finishes,
    /// Events up to here are about to be applied.
    pub(crate) horizon: Time,
    /// Agents who are due before the horizon and have not reported, and when the first of them is due.
    pub(crate) expected: u32,
    pub(crate) first_expected: Time,
    /// Goes with the next order.
    pub(crate) fault: Option<Fault>,
    /// Agents whose tasks ended by a panic.
    pub(crate) lost: u32,
}

impl Staff {
    pub(crate) fn new(model: &Model, timeline: Option<Timeline>) -> (Staff, mpsc::UnboundedReceiver<Report>) {
        let (reports, receive) = mpsc::unbounded_channel();
        let staff = Staff {
            posts: Vec::new(),
            tasks: JoinSet::new(),
            reports,
            timeline,
            done: Finishes::new(model),
            horizon: Time::ZERO,
            expected: 0,
            first_expected: Time::NEVER,
            fault: None,
            lost: 0,
        };
        (staff, receive)
    }

    /// The first report that was not yet applied: who is done, and when. Of equal times the lower number.
    #[inline]
    pub(crate) fn first_done(&self) -> (Time, AgentId) {
        self.done.first()
    }

    /// That report is about to be applied.
    pub(crate) fn take(&mut self, agent: AgentId) {
        self.done.release(agent);
        self.posts[agent.0 as usize].reported = false;
    }

    /// A report came; one that answers an order since withdrawn is void.
    pub(crate) fn hear(&mut self, Report { agent, number }: Report) {
        let post = &mut self.posts[agent.0 as usize];
        if number != post.number {
            return;
        }
        post.reported = true;
        self.expected -= u32::from(std::mem::take(&mut post.expected));
        if self.expected == 0 {
            self.first_expected = Time::NEVER;
        }
        self.done.hold(agent, post.until);
    }

    /// Notices agents who panicked.
    pub(crate) fn count_lost(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            self.lost += u32::from(ended.is_err());
        }
    }

    /// Agents up to this one come to their posts.
    #[cold]
    fn man(&mut self, agent: AgentId) {
        for agent in (self.posts.len() as u32..=agent.0).map(AgentId) {
            let (orders, receive) = mpsc::unbounded_channel();
            let reports = self.reports.clone();
            match self.timeline {
                Some(timeline) => self.tasks.spawn(attend(agent, receive, reports, timeline)),
                None => self.tasks.spawn(attend_at_once(agent, receive, reports)),
            };
            self.posts.push(Post {
                orders,
                number: 0,
                until: Time::NEVER,
                expected: false,
                reported: false,
                gone: false,
            });
        }
    }

    /// Tells an agent something, which voids what they were told before.
    fn tell(&mut self, agent: AgentId, until: Time) {
        if agent.0 as usize >= self.posts.len() {
            self.man(agent);
        }
        let fate = match self.fault {
            Some(Fault::Hangs) if until != Time::NEVER => Fate::Hangs,
            Some(Fault::Panics) if until != Time::NEVER => Fate::Panics,
            _ => Fate::Works,
        };
        let post = &mut self.posts[agent.0 as usize];
        if !matches!(fate, Fate::Works) {
            self.fault = None;
            post.gone = true;
        }
        // Without a clock they report at once, whenever they are due.
        let reports = until != Time::NEVER && !post.gone;
        let due = reports && (self.timeline.is_none() || until <= self.horizon);
        let number = post.number.wrapping_add(1);
        (post.number, post.until) = (number, until);
        self.expected += u32::from(due);
        self.expected -= u32::from(std::mem::replace(&mut post.expected, due));
        if self.expected == 0 {
            self.first_expected = Time::NEVER;
        } else if due {
            self.first_expected = self.first_expected.min(until);
        }
        if std::mem::take(&mut post.reported) {
            self.done.release(agent);
        }
        // An agent whose task is gone hears nothing, and never reports.
        let _ = post.orders.send(Order { until, number, fate });
    }
}

impl Agents for Staff {
    fn hold(&mut self, agent: AgentId, until: Time) {
        self.tell(agent, until);
    }

    fn release(&mut self, agent: AgentId) {
        self.tell(agent, Time::NEVER);
    }
}

/// One agent's day: holds what it is told to hold until it is done, and reports; new orders void old ones.
async fn attend(
    agent: AgentId,
    mut orders: mpsc::UnboundedReceiver<Order>,
    reports: mpsc::UnboundedSender<Report>,
    timeline: Timeline,
) {
    let mut told = orders.recv().await;
    while let Some(Order { until, number, fate }) = told {
        fate.befall().await;
        if until != Time::NEVER {
            tokio::select! {
                biased;
                other = orders.recv() => {
                    told = other;
                    continue;
                }
                () = timeline.sleep_until(until) => {}
            }
            if reports.send(Report { agent, number }).is_err() {
                return;
            }
        }
        told = orders.recv().await;
    }
}

/// The same without a clock.
async fn attend_at_once(
    agent: AgentId,
    mut orders: mpsc::UnboundedReceiver<Order>,
    reports: mpsc::UnboundedSender<Report>,
) {
    while let Some(Order { until, number, fate }) = orders.recv().await {
        fate.befall().await;
        if until != Time::NEVER && reports.send(Report { agent, number }).is_err() {
            return;
        }
    }
}

impl Fate {
    async fn befall(self) {
        match self {
            Fate::Works => {}
            Fate::Hangs => std::future::pending().await,
            Fate::Panics => panic!("an agent panics, as was asked for"),
        }
    }
}
