//! Puts comments into the mailbox: by the clock, or as fast as they are taken.

use std::time::Duration;

use ashcloud_stats::latency::Latencies;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::figures::INTERVALS;
use crate::timeline::{Timeline, real_ns};
use crate::trace::Comment;
use crate::{Clock, Overload, Trace};

/// A comment in the mailbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letter {
    pub(crate) comment: Comment,
    /// When it was sent, in this machine's nanoseconds since the start.
    pub(crate) sent_ns: u64,
}

/// What the generator did.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// Its time came before the generator stopped.
    pub(crate) offered: u64,
    pub(crate) sent: u64,
    pub(crate) shed: u64,
    pub(crate) deflected: u64,
    /// How late it was by its own fault.
    pub(crate) lag: Latencies,
    /// Offered, and refused, in each interval of the run.
    pub(crate) intervals: [(u64, u64); INTERVALS],
}

/// Looks this often whether anybody still listens.
const GLANCE: Duration = Duration::from_millis(50);
/// Whoever sleeps is woken late, now and then by milliseconds. Shorter times are waited for awake where another processor is
/// left for the driver.
const AWAKE: Duration = Duration::from_millis(2);
/// The same where there is none.
const AWAKE_ALONE: Duration = Duration::from_micros(400);

/// Before a full mailbox, where the system wakes whoever naps after some 70 us.
const NAP: Duration = Duration::from_micros(20);
/// A mailbox of so many comments keeps the driver busy for longer than that.
const LASTS: usize = 512;

/// The paced generator, on a thread of its own: an open loop, which sends what is due whatever became of what was sent before,
/// and stops after `duration`. Intervals are of a run of `length_ns`.
pub(crate) fn pace(
    trace: &Trace,
    mailbox: &mpsc::Sender<Letter>,
    timeline: Timeline,
    (clock, overload): (Clock, Overload),
    duration: Duration,
    length_ns: u64,
) -> Sent {
    let mut sent = Sent::nothing();
    let end_ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let awake = match std::thread::available_parallelism() {
        Ok(n) if n.get() > 1 => AWAKE,
        _ => AWAKE_ALONE,
    };
    // When it came back from the last sending: until then a full mailbox held it up.
    let mut free_ns = 0;
    for &comment in &trace.comments {
        let intended_ns = match clock {
            Clock::Paced(speed) => real_ns(comment.at, speed),
            Clock::Flood | Clock::Virtual => 0,
        };
        if intended_ns.max(free_ns) > end_ns {
            break;
        }
        let mut now_ns = intended_ns;
        if let Clock::Paced(_) = clock {
            if !wait_until(intended_ns, awake, &timeline, mailbox) {
                break;
            }
            now_ns = timeline.elapsed_ns();
            sent.lag.record(now_ns - intended_ns.max(free_ns).min(now_ns));
        }
        let letter = Letter {
            comment,
            sent_ns: now_ns,
        };
        let interval = interval_of(intended_ns, length_ns);
        match overload {
            Overload::Block => {
                if !send(letter, clock, mailbox) {
                    break;
                }
                sent.sent += 1;
                if let Clock::Paced(_) = clock {
                    free_ns = timeline.elapsed_ns();
                }
            }
            Overload::Shed | Overload::Expire(_) | Overload::Deflect => match mailbox.try_send(letter) {
                Ok(()) => sent.sent += 1,
                Err(TrySendError::Closed(_)) => break,
                Err(TrySendError::Full(_)) => {
                    sent.intervals[interval].1 += 1;
                    if overload == Overload::Deflect {
                        sent.deflected += 1;
                    } else {
                        sent.shed += 1;
                    }
                }
            },
        }
    }
    sent.count_offered(trace, clock, timeline.elapsed_ns().min(end_ns), length_ns);
    sent
}

/// The generator of virtual time, a task: nothing can be late there.
pub(crate) async fn deliver(trace: Trace, mailbox: mpsc::Sender<Letter>, timeline: Timeline) -> Sent {
    let mut sent = Sent::nothing();
    for &comment in &trace.comments {
        if timeline.now() < comment.at {
            tokio::select! {
                biased;
                () = mailbox.closed() => break,
                () = timeline.sleep_until(comment.at) => {}
            }
        }
        let letter = Letter {
            comment,
            sent_ns: comment.at.0,
        };
        if mailbox.send(letter).await.is_err() {
            break;
        }
        sent.sent += 1;
    }
    sent.offered = sent.sent;
    sent
}

/// The interval of the run into which an instant falls.
pub(crate) fn interval_of(ns: u64, length_ns: u64) -> usize {
    let each = (length_ns / INTERVALS as u64).max(1);
    ((ns / each) as usize).min(INTERVALS - 1)
}

/// Waits for a place and sends; `false` if nobody listens any more. A driver that has to wake its generator pays a call of the
/// system for it, so in a flood a generator whose mailbox lasts longer than a nap looks again by itself first. On this
/// machine's clock a nap too long would be the generator's fault.
fn send(letter: Letter, clock: Clock, mailbox: &mpsc::Sender<Letter>) -> bool {
    match mailbox.try_send(letter) {
        Ok(()) => true,
        Err(TrySendError::Closed(_)) => false,
        Err(TrySendError::Full(_)) => {
            if clock == Clock::Flood && mailbox.max_capacity() >= LASTS {
                std::thread::sleep(NAP);
            }
            mailbox.blocking_send(letter).is_ok()
        }
    }
}

/// Waits; `false` if nobody listens any more.
fn wait_until(ns: u64, awake: Duration, timeline: &Timeline, mailbox: &mpsc::Sender<Letter>) -> bool {
    loop {
        let now_ns = timeline.elapsed_ns();
        if now_ns >= ns {
            return true;
        }
        let left = Duration::from_nanos(ns - now_ns);
        if left > awake {
            if mailbox.is_closed() {
                return false;
            }
            std::thread::sleep(left.saturating_sub(awake).min(GLANCE));
        } else {
            std::hint::spin_loop();
        }
    }
}

impl Sent {
    fn nothing() -> Sent {
        Sent {
            offered: 0,
            sent: 0,
            shed: 0,
            deflected: 0,
            lag: Latencies::new(),
            intervals: [(0, 0); INTERVALS],
        }
    }

    /// Everything whose time came, whether or not the generator got round to it.
    fn count_offered(&mut self, trace: &Trace, clock: Clock, stopped_ns: u64, length_ns: u64) {
        let Clock::Paced(speed) = clock else {
            self.offered = self.sent + self.shed + self.deflected;
            return;
        };
        let due = trace
            .comments
            .partition_point(|comment| real_ns(comment.at, speed) <= stopped_ns);
        self.offered = (due as u64).max(self.sent + self.shed + self.deflected);
        for comment in &trace.comments[..self.offered as usize] {
            self.intervals[interval_of(real_ns(comment.at, speed), length_ns)].0 += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instant_has_its_interval() {
        assert_eq!(
            [0, 19, 20, 999].map(|ns| interval_of(ns, 1000)),
            [0, 0, 1, INTERVALS - 1]
        );
        // The end, and what comes after it, belong to the last.
        assert_eq!(
            [1000, u64::MAX].map(|ns| interval_of(ns, 1000)),
            [INTERVALS - 1; 2]
        );
        assert_eq!([0, u64::MAX].map(|ns| interval_of(ns, 0)), [0, INTERVALS - 1]);
    }
}
