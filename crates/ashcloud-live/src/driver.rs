//! The driver of real time: drains what has come, sorts it, applies it to the house.

use std::sync::Arc;
use std::time::Duration;

use ashcloud_core::{Rank, Span, Time};
use ashcloud_house::{House, Watch};
use ashcloud_scenario::spec::Model;
use ashcloud_stats::latency::Latencies;
use ashcloud_stats::{Recorder, Recording};
use cpu_time::{ProcessTime, ThreadTime};
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::figures::{INTERVALS, Interval, Outcome, resident, stolen};
use crate::generator::{Letter, Sent, deliver, interval_of, pace};
use crate::staff::{Report, Staff};
use crate::timeline::{Timeline, real_ns};
use crate::trace::Comment;
use crate::{Clock, Fault, Lost, Options, Overload, Trace};

/// Comments drained from the mailbox at once, at most: what waits longer can still expire there.
pub(crate) const BATCH: usize = 1024;
/// The house opens so long before the clock starts.
pub(crate) const OPENING: Duration = Duration::from_millis(50);
/// A paced driver asks this often whether it is to stop.
const GLANCE: Duration = Duration::from_millis(100);
/// So does every driver after so many events.
const GLANCE_EVENTS: u32 = 4096;
/// A mailbox holds so many at most.
const MOST: usize = 1 << 26;

pub(crate) fn run(
    model: &Model,
    trace: &Trace,
    options: &Options,
    stop: fn() -> bool,
) -> Result<Outcome, Lost> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    if options.clock != Clock::Flood {
        runtime.enable_time();
    }
    let runtime = runtime
        .start_paused(options.clock == Clock::Virtual)
        .build()
        .expect("a runtime without input and output needs nothing of the system");
    let (mailbox, comments) = mpsc::channel(options.queue.clamp(1, MOST));
    let process = ProcessTime::now();
    let stolen_before = stolen();
    let (driver, sent, cpu) = std::thread::scope(|scope| {
        runtime.block_on(async {
            let timeline = match options.clock {
                Clock::Virtual => Timeline::jumping(),
                Clock::Paced(speed) => Timeline::paced(speed, OPENING),
                Clock::Flood => Timeline::paced(1.0, Duration::ZERO),
            };
            let driver = Driver::new(model, trace, options, timeline, comments);
            let cpu = ThreadTime::now();
            // A task among tasks: when it yields, everybody who is ready has a turn.
            let (driver, sent) = if options.clock == Clock::Virtual {
                let generator = tokio::spawn(deliver(trace.clone(), mailbox, timeline));
                let driver = tokio::spawn(driver.run(stop)).await;
                (driver, generator.await.expect("the generator does not panic"))
            } else {
                let how = (options.clock, options.overload);
                let length_ns = options.length_ns(trace);
                let work = move || pace(trace, &mailbox, timeline, how, options.duration, length_ns);
                let generator = std::thread::Builder::new().name("generator".into());
                let generator = generator.spawn_scoped(scope, work).expect("a thread can be made");
                let driver = tokio::spawn(driver.run(stop)).await;
                (driver, generator.join().expect("the generator does not panic"))
            };
            (driver, sent, cpu.elapsed())
        })
    });
    let driver = driver.expect("the driver does not panic");
    let mut outcome = driver.outcome(sent, cpu, process.elapsed());
    outcome.stolen = stolen()
        .zip(stolen_before)
        .map(|(after, before)| after.saturating_sub(before));
    outcome.conserve()?;
    Ok(outcome)
}

/// No more than tells when a simulation would be over, where that matters: how soon customers are answered is measured by the
/// simulator.
fn recording(model: &Model, ends_as_simulated: bool) -> Recording {
    Recording {
        classes: model.world.kinds.len(),
        teams: model.plan.teams.len(),
        warm_up: if ends_as_simulated {
            model.world.warm_up
        } else {
            model.world.horizon
        },
        horizon: model.world.horizon,
        end: model.world.end,
        thresholds: Vec::new(),
        days: Arc::default(),
        hours: Arc::default(),
        sharing: model.plan.teams.iter().map(|team| team.at_once > 1).collect(),
        wait_distribution: false,
        response_distribution: false,
        incidence: Vec::new(),
        badge: false,
        squares: false,
        calls: model
            .world
            .phone
            .map(|line| usize::from(model.world.streams[line].mix[0].0.0)),
    }
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each may be so whatever the others are"
)]
struct Driver {
    house: House<Staff>,
    options: Options,
    /// With the last measured comment, not with the last of all.
    ends_as_simulated: bool,
    timeline: Timeline,
    comments: mpsc::Receiver<Letter>,
    reports: mpsc::UnboundedReceiver<Report>,
    /// Drained from the mailbox and not yet applied: in order of time, from `next` on.
    inbox: Vec<Letter>,
    next: usize,
    /// Drained and not yet sorted in.
    heard: Vec<Report>,
    /// No more comments come.
    closed: bool,
    /// The time that the house was last told.
    now: Time,
    /// When the middle comment of the trace comes, something goes wrong, if asked for.
    halfway: Time,
    fault: Option<Fault>,
    decided: u64,
    expired: u64,
    in_mailbox: u64,
    /// Times that everybody who was ready had a turn.
    rounds: u64,
    shut_down: bool,
    /// Nothing that comes is recorded.
    over: bool,
    from_intended: Latencies,
    from_send: Latencies,
    intervals: [Interval; INTERVALS],
    /// Intended length of the run, and when the last decision was made, in this machine's nanoseconds.
    length_ns: u64,
    last_ns: u64,
}

/// Where the next event comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Agent,
    House,
    Mailbox,
}

impl Driver {
    fn new(
        model: &Model,
        trace: &Trace,
        options: &Options,
        timeline: Timeline,
        comments: mpsc::Receiver<Letter>,
    ) -> Driver {
        let clock = (options.clock != Clock::Flood).then_some(timeline);
        let (staff, reports) = Staff::new(model, clock);
        let ends_as_simulated = match options.clock {
            Clock::Virtual => true,
            Clock::Flood => options.log,
            Clock::Paced(_) => false,
        };
        let recorder = Recorder::new(recording(model, ends_as_simulated));
        let mut house = House::new(model, recorder, Watch::default(), false, staff);
        if options.log {
            house.keep_log();
        }
        Driver {
            house,
            options: options.clone(),
            ends_as_simulated,
            timeline,
            comments,
            reports,
            inbox: Vec::with_capacity(BATCH),
            next: 0,
            heard: Vec::with_capacity(BATCH),
            closed: false,
            now: Time::ZERO,
            halfway: trace
                .comments
                .get(trace.comments.len() / 2)
                .map_or(Time::NEVER, |c| c.at),
            fault: options.fault,
            decided: 0,
            expired: 0,
            in_mailbox: 0,
            rounds: 0,
            shut_down: false,
            over: false,
            from_intended: Latencies::new(),
            from_send: Latencies::new(),
            intervals: [Interval::default(); INTERVALS],
            length_ns: options.length_ns(trace),
            last_ns: 0,
        }
    }

    /// Until the scenario is over (virtual time), or all is decided that was sent.
    async fn run(mut self, stop: fn() -> bool) -> Driver {
        let begun = std::time::Instant::now();
        self.house.begin(self.options.seed, self.options.replication);
        loop {
            self.wait().await;
            self.drain().await;
            self.apply(stop).await;
            self.house.agents().count_lost();
            self.shut_down |= stop();
            let all_decided = self.closed && self.next == self.inbox.len();
            let time_is_up = self.options.clock == Clock::Virtual && begun.elapsed() >= self.options.duration;
            self.shut_down |= time_is_up;
            if self.over || self.shut_down || (all_decided && self.options.clock != Clock::Virtual) {
                break;
            }
        }
        self.close().await;
        // Who was told something last may have panicked at it.
        yield_now().await;
        self.house.agents().count_lost();
        self
    }

    /// Sleeps until something comes, or is due in the house.
    async fn wait(&mut self) {
        let done = self.house.agents().first_done().0;
        let own = self.house.next(self.now).0.min(done);
        let end = self.house.end();
        let wake = match self.options.clock {
            Clock::Flood => None,
            Clock::Virtual => Some(self.timeline.instant(own.min(end + Span(1)))),
            Clock::Paced(_) => {
                let glance = Instant::now() + GLANCE;
                // What the house would do after the scenario's end is not waited for.
                Some(if own > end {
                    glance
                } else {
                    self.timeline.instant(own).min(glance)
                })
            }
        };
        let asleep = async {
            match wake {
                Some(wake) => tokio::time::sleep_until(wake).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            came = self.comments.recv_many(&mut self.inbox, BATCH), if !self.closed => self.closed = came == 0,
            _ = self.reports.recv_many(&mut self.heard, BATCH) => {}
            () = asleep => {}
        }
    }

    /// Takes what has come, after everybody who is ready has had a turn. In virtual time the clock stands still meanwhile: a
    /// round in which nothing comes is the last.
    async fn drain(&mut self) {
        loop {
            self.rounds += 1;
            yield_now().await;
            let some_came = self.collect().await;
            if !some_came || self.options.clock != Clock::Virtual {
                break;
            }
        }
        let tick = match self.options.clock {
            Clock::Virtual | Clock::Paced(_) => self.timeline.now(),
            Clock::Flood if self.closed => Time::NEVER,
            Clock::Flood => self.inbox.last().map_or(Time::ZERO, |last| last.comment.at),
        };
        self.house.agents().horizon = tick;
        if self.options.clock == Clock::Flood {
            return;
        }
        let depth = (self.inbox.len() - self.next + self.comments.len()) as u64;
        let waiting = self.house.waiting();
        let interval = self.interval();
        interval.deepest = interval.deepest.max(depth);
        interval.waiting = interval.waiting.max(waiting);
    }

    /// Takes what the mailbox holds, up to a batch, and hears the reports; did anything come?
    async fn collect(&mut self) -> bool {
        let heard = self.hear().await;
        let room = BATCH.saturating_sub(self.inbox.len() - self.next);
        if self.closed || room == 0 {
            return heard;
        }
        let came = tokio::select! {
            biased;
            came = self.comments.recv_many(&mut self.inbox, room) => {
                self.closed = came == 0;
                came
            }
            () = std::future::ready(()) => 0,
        };
        heard || came > 0
    }

    /// Hears the reports that have come; were there any?
    async fn hear(&mut self) -> bool {
        let mut any = false;
        loop {
            let heard = tokio::select! {
                biased;
                heard = self.reports.recv_many(&mut self.heard, BATCH) => heard,
                () = std::future::ready(()) => 0,
            };
            any |= !self.heard.is_empty();
            for report in self.heard.drain(..) {
                self.house.agents().hear(report);
            }
            if heard < BATCH {
                return any;
            }
        }
    }

    /// Applies what is due.
    async fn apply(&mut self, stop: fn() -> bool) {
        if self.house.agents().horizon >= self.halfway {
            match self.fault.take() {
                None => {}
                Some(Fault::Stalls(time)) => std::thread::sleep(time.min(self.options.duration)),
                Some(Fault::ShutsDown) => self.shut_down = true,
                agents_fault => self.house.agents().fault = agents_fault,
            }
        }
        while !self.shut_down && self.apply_up_to_a_report(stop) {
            self.hear_the_expected().await;
        }
        let end = self.house.end();
        self.over |= self.options.clock == Clock::Virtual && self.house.agents().horizon > end;
        if self.next == self.inbox.len() {
            self.inbox.clear();
            self.next = 0;
        }
        if self.options.clock == Clock::Flood {
            self.last_ns = self.timeline.elapsed_ns();
        }
    }

    /// Applies what is due in the order of times and ranks, until nothing is (`false`), or an agent must be heard first.
    fn apply_up_to_a_report(&mut self, stop: fn() -> bool) -> bool {
        let flood = self.options.clock == Clock::Flood;
        for event in 1_u32.. {
            let (done, agent) = self.house.agents().first_done();
            let (own, own_rank) = self.house.next(self.now);
            let mut first = (done, Rank::Finish);
            let mut from = Origin::Agent;
            // Who comes back goes before who comes for the first time.
            if (own, own_rank) < first {
                (first, from) = ((own, own_rank), Origin::House);
            }
            let comes = self.inbox.get(self.next).map(|letter| letter.comment.at);
            if let Some(comes) = comes
                && (comes, Rank::Arrive) < first
            {
                (first, from) = ((comes, Rank::Arrive), Origin::Mailbox);
            }
            let (at, rank) = first;
            // Agents may be done before: nothing overtakes them where the order is to be exact.
            let staff = self.house.agents();
            if staff.expected > 0 && staff.first_expected <= at {
                return true;
            }
            // In a flood the mailbox alone says how far time has come.
            let unknown = flood && !self.closed && comes.is_none();
            if at > staff.horizon || unknown {
                break;
            }
            // Comments that nobody measures are load all the same.
            let over = if self.ends_as_simulated {
                self.house.is_over(at)
            } else {
                at > self.house.end()
            };
            if over {
                // On this machine's clock, the run ends with the last comment.
                self.over = !matches!(self.options.clock, Clock::Paced(_));
                break;
            }
            if event.is_multiple_of(GLANCE_EVENTS) && stop() {
                self.shut_down = true;
                break;
            }
            self.now = self.now.max(at);
            self.house.advance(self.now);
            match from {
                Origin::Agent => {
                    self.house.agents().take(agent);
                    self.house.finish(self.now, agent);
                }
                Origin::Mailbox => self.decide(),
                Origin::House => self.house.settle(self.now, rank),
            }
            self.house.after(self.now);
        }
        false
    }

    /// Waits for the reports of agents who are due before the horizon. That nobody is heard proves nothing: the generator's
    /// thread may have called this task back before they had their turn.
    async fn hear_the_expected(&mut self) {
        while self.house.agents().expected > 0 {
            self.rounds += 1;
            yield_now().await;
            self.hear().await;
        }
    }

    /// The house meets the next comment.
    fn decide(&mut self) {
        let Letter { comment, sent_ns } = self.inbox[self.next];
        self.next += 1;
        let Clock::Paced(speed) = self.options.clock else {
            self.meet(&comment);
            return;
        };
        let intended_ns = real_ns(comment.at, speed);
        let interval = interval_of(intended_ns, self.length_ns);
        if let Overload::Expire(limit) = self.options.overload
            && u128::from(self.timeline.elapsed_ns().saturating_sub(intended_ns)) > limit.as_nanos()
        {
            self.expired += 1;
            self.intervals[interval].expired += 1;
            return;
        }
        self.meet(&comment);
        self.last_ns = self.timeline.elapsed_ns();
        let since_intended = self.last_ns.saturating_sub(intended_ns);
        self.from_intended.record(since_intended);
        self.from_send.record(self.last_ns.saturating_sub(sent_ns));
        let interval = &mut self.intervals[interval];
        interval.decided += 1;
        interval.slowest_ns = interval.slowest_ns.max(since_intended);
    }

    fn meet(&mut self, comment: &Comment) {
        let Comment {
            id, class, brings, ..
        } = *comment;
        self.house.arrive(self.now, class, id, Some(brings));
        self.decided += 1;
    }

    /// The interval in which we are.
    fn interval(&mut self) -> &mut Interval {
        let place = interval_of(self.timeline.elapsed_ns(), self.length_ns);
        &mut self.intervals[place]
    }

    /// Nothing more is taken; what is still in the mailbox is counted. A comment whose place there is taken is waited for: its
    /// sender counts it as sent.
    async fn close(&mut self) {
        self.comments.close();
        self.in_mailbox = (self.inbox.len() - self.next) as u64;
        while self.comments.recv().await.is_some() {
            self.in_mailbox += 1;
        }
    }

    fn outcome(mut self, sent: Sent, cpu: Duration, cpu_process: Duration) -> Outcome {
        let census = self.house.census(self.now);
        for (interval, (offered, refused)) in self.intervals.iter_mut().zip(sent.intervals) {
            (interval.offered, interval.refused) = (offered, refused);
        }
        Outcome {
            offered: sent.offered,
            sent: sent.sent,
            decided: self.decided,
            shed: sent.shed,
            deflected: sent.deflected,
            expired: self.expired,
            in_mailbox: self.in_mailbox,
            rounds: self.rounds,
            router_decisions: self.house.decisions(),
            census,
            lost_agents: self.house.agents().lost,
            elapsed: Duration::from_nanos(self.last_ns),
            shut_down: self.shut_down,
            fault: self.options.fault,
            spared: self.fault.is_some() || self.house.agents().fault.is_some(),
            from_intended: self.from_intended,
            from_send: self.from_send,
            lag: sent.lag,
            cpu,
            cpu_process,
            resident: resident(),
            stolen: None,
            intervals: self.intervals,
            interval: Duration::from_nanos(self.length_ns / INTERVALS as u64),
            decisions: self.house.take_log(),
        }
    }
}
