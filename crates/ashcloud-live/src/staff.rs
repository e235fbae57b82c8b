//! Agents as tasks: each holds a comment until it is done, and reports.

use ashcloud_core::{AgentId, Time};
use ashcloud_house::Agents;
use ashcloud_house::finishes::Finishes;
use ashcloud_scenario::spec::Model;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Fault;
use crate::timeline::Timeline;

/// What an agent was last told.
#[derive(Clone, Copy, Debug)]
struct Order {
    /// Counts what this agent was told; a report names what it answers.
    number: u32,
    /// Done then; nothing in hand is nothing.
    until: Option<Time>,
    fault: Option<Fault>,
}

/// An agent is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    agent: AgentId,
    number: u32,
    at: Time,
}

/// An agent as the driver knows them.
struct Post {
    orders: mpsc::UnboundedSender<Order>,
    number: u32,
    /// Has something in hand that is due before the horizon, and has not reported.
    expected: bool,
    /// Has reported, and the report was not yet applied.
    reported: bool,
}

/// All agents.
pub(crate) struct Staff {
    /// Those who were ever given something, by number.
    posts: Vec<Option<Post>>,
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
        self.post(agent).reported = false;
    }

    /// A report came; one that answers an order since withdrawn is void.
    pub(crate) fn hear(&mut self, report: Report) {
        let post = self.post(report.agent);
        if report.number != post.number {
            return;
        }
        post.reported = true;
        if std::mem::take(&mut post.expected) {
            self.expected -= 1;
        }
        self.done.hold(report.agent, report.at);
    }

    /// Who did not report by now will not: nobody is expected any more.
    pub(crate) fn expect_nobody(&mut self) {
        self.first_expected = Time::NEVER;
        if self.expected > 0 {
            self.expected = 0;
            for post in self.posts.iter_mut().flatten() {
                post.expected = false;
            }
        }
    }

    /// Notices agents who panicked.
    pub(crate) fn count_lost(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            self.lost += u32::from(ended.is_err());
        }
    }

    fn post(&mut self, agent: AgentId) -> &mut Post {
        let i = agent.0 as usize;
        if i >= self.posts.len() {
            self.posts.resize_with(i + 1, || None);
        }
        self.posts[i].get_or_insert_with(|| {
            let (orders, receive) = mpsc::unbounded_channel();
            self.tasks
                .spawn(attend(agent, receive, self.reports.clone(), self.timeline));
            Post {
                orders,
                number: 0,
                expected: false,
                reported: false,
            }
        })
    }

    /// Tells an agent something, which voids what they were told before.
    fn tell(&mut self, agent: AgentId, until: Option<Time>) {
        let fault = until.and_then(|_| self.fault.take());
        // Without a clock they report at once, whenever they are due.
        let due = until.filter(|at| self.timeline.is_none() || *at <= self.horizon);
        let post = self.post(agent);
        post.number = post.number.wrapping_add(1);
        let number = post.number;
        let was_reported = std::mem::take(&mut post.reported);
        let was_expected = std::mem::replace(&mut post.expected, due.is_some());
        // An agent whose task is gone hears nothing, and never reports.
        let _ = post.orders.send(Order { number, until, fault });
        if was_reported {
            self.done.release(agent);
        }
        self.expected += u32::from(due.is_some());
        self.expected -= u32::from(was_expected);
        if let Some(at) = due {
            self.first_expected = self.first_expected.min(at);
        }
    }
}

impl Agents for Staff {
    fn hold(&mut self, agent: AgentId, until: Time) {
        self.tell(agent, Some(until));
    }

    fn release(&mut self, agent: AgentId) {
        self.tell(agent, None);
    }
}

/// One agent's day: holds what it is told to hold until it is done, and reports; new orders void old ones.
async fn attend(
    agent: AgentId,
    mut orders: mpsc::UnboundedReceiver<Order>,
    reports: mpsc::UnboundedSender<Report>,
    timeline: Option<Timeline>,
) {
    let mut told = orders.recv().await;
    while let Some(Order { number, until, fault }) = told {
        match fault {
            Some(Fault::Hangs) => std::future::pending().await,
            Some(Fault::Panics) => panic!("an agent panics, as was asked for"),
            Some(Fault::Stalls(_) | Fault::ShutsDown) | None => {}
        }
        if let Some(at) = until {
            if let Some(timeline) = timeline {
                tokio::select! {
                    biased;
                    other = orders.recv() => {
                        told = other;
                        continue;
                    }
                    () = timeline.sleep_until(at) => {}
                }
            }
            if reports.send(Report { agent, number, at }).is_err() {
                return;
            }
        }
        told = orders.recv().await;
    }
}
