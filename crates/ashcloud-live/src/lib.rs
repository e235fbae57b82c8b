//! Real time: the house that the simulator runs, driven by tokio.
//!
//! Comments come from a [`Trace`] made beforehand by the world; a generator puts them into a bounded mailbox; agents are
//! tasks that hold a comment for its handling time and report. The driver drains what has come, sorts it by time and
//! [`ashcloud_core::Rank`], and applies it to the unchanged house. Everything is stamped by who sends it, so what is applied
//! late still counts from when it happened.
//!
//! Architecture invariants: this crate decides nothing and draws nothing; it and the simulator are strangers. No traffic
//! leaves the process. Every run is bounded in count and time.

#![forbid(unsafe_code)]

mod driver;
mod echo;
mod figures;
mod generator;
mod knee;
mod staff;
mod timeline;
mod trace;

use std::time::Duration;

use ashcloud_core::{Output, Time};
use ashcloud_scenario::spec::Model;

pub use echo::echo;
pub use figures::{INTERVALS, Interval, Outcome, Unfit};
pub use knee::{Knee, Step, Sweep, knee};
pub use trace::{Comment, Trace};

/// How one replay goes.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whose time it is.
    pub clock: Clock,
    /// The mailbox holds so many comments, at least 1.
    pub queue: usize,
    /// What happens to comments that the mailbox cannot hold, or held too long.
    pub overload: Overload,
    /// Master seed.
    pub seed: u64,
    /// Replication: which traffic of that seed.
    pub replication: u64,
    /// In this machine's time: after it a paced generator stops, and in virtual time the run.
    pub duration: Duration,
    /// What goes wrong on purpose, halfway through the trace.
    pub fault: Option<Fault>,
    /// Keep every decision. A flood then ends where a simulation does: with the last measured comment.
    pub log: bool,
}

/// Whose time it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clock {
    /// Tokio's paused clock, which jumps to whatever comes next: deterministic, to the scenario's end.
    Virtual,
    /// This machine's clock, at so many seconds of the scenario a second; the generator is a thread of its own.
    Paced(f64),
    /// No pace: the generator sends as fast as the mailbox takes, to the end of the trace, and agents are done at once on the
    /// scenario's clock. There are no latencies: nothing is ever meant to come at a time.
    Flood,
}

/// What happens to comments that the mailbox cannot hold, or held too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overload {
    /// The generator waits for a place.
    Block,
    /// They are refused.
    Shed,
    /// They are refused; and on a paced clock those that waited longer than this since they were intended are dropped unread.
    Expire(Duration),
    /// They get a standing answer at the door, and are counted apart.
    Deflect,
}

/// What goes wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The next agent who is given a comment never returns.
    Hangs,
    /// The next agent who is given a comment panics.
    Panics,
    /// The driver stands still for so long.
    Stalls(Duration),
    /// The driver is shut down.
    ShutsDown,
}

impl Options {
    /// How long the generator is meant to send, in this machine's nanoseconds.
    fn length_ns(&self, trace: &Trace) -> u64 {
        let ns = match self.clock {
            Clock::Paced(speed) => timeline::real_ns(trace.end, speed),
            Clock::Virtual | Clock::Flood => trace.end.0,
        };
        ns.min(u64::try_from(self.duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

/// Comments were lost, or counted twice: a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a bug: of {presented} comments that came to the mailbox, {decided} were decided, {shed} shed, {deflected} deflected, \
     {expired} expired and {waiting} wait: that does not add up"
)]
pub struct Lost {
    /// Came to the mailbox.
    pub presented: u64,
    /// The house has decided.
    pub decided: u64,
    /// Refused.
    pub shed: u64,
    /// Sent away with a standing answer.
    pub deflected: u64,
    /// Dropped unread.
    pub expired: u64,
    /// Still in the mailbox.
    pub waiting: u64,
}

/// Replays a trace. `stop` is asked now and then; once it says yes the run is shut down.
///
/// # Errors
/// If comments were lost.
///
/// # Panics
/// If the runtime or the generator's thread cannot be made, or the router lost somebody, which would be a bug.
pub fn replay(model: &Model, trace: &Trace, options: &Options, stop: fn() -> bool) -> Result<Outcome, Lost> {
    driver::run(model, trace, options, stop)
}

/// Every decision of a replay of this traffic in virtual time, which are the simulator's; fewer where `stop`, which is asked now
/// and then, says yes.
///
/// # Errors
/// If comments were lost.
///
/// # Panics
/// As [`replay`].
pub fn decisions(
    model: &Model,
    trace: &Trace,
    seed: u64,
    replication: u64,
    stop: fn() -> bool,
) -> Result<Vec<(Time, Output)>, Lost> {
    let options = Options {
        clock: Clock::Virtual,
        queue: 1024,
        overload: Overload::Block,
        seed,
        replication,
        duration: Duration::MAX,
        fault: None,
        log: true,
    };
    replay(model, trace, &options, stop).map(|outcome| outcome.decisions)
}
