//! What a run measured.

use std::time::Duration;

use ashcloud_core::{Census, Output, Time};
use ashcloud_stats::latency::Latencies;

use crate::{Fault, Lost};

/// A run is told in so many equal intervals of its intended length.
pub const INTERVALS: usize = 50;

/// One interval of a run, by the time at which comments were meant to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Comments whose time came.
    pub offered: u64,
    /// Refused at the mailbox: shed or deflected.
    pub refused: u64,
    /// Dropped unread.
    pub expired: u64,
    /// Decided.
    pub decided: u64,
    /// Most comments found in the mailbox at once.
    pub deepest: u64,
    /// Most comments that waited for an agent.
    pub waiting: u64,
    /// Longest time from intended arrival to decision, in nanoseconds.
    pub slowest_ns: u64,
}

/// A run and what it measured.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Comments whose time came before the generator stopped.
    pub offered: u64,
    /// Put into the mailbox.
    pub sent: u64,
    /// The house decided what to do with them.
    pub decided: u64,
    /// Refused by a full mailbox.
    pub shed: u64,
    /// Sent away with a standing answer by a full mailbox.
    pub deflected: u64,
    /// Dropped unread after too long in the mailbox.
    pub expired: u64,
    /// Left in the mailbox at the end.
    pub in_mailbox: u64,
    /// Times that the driver let everybody who was ready have a turn, and heard them.
    pub rounds: u64,
    /// What the router decided: its outputs, of which a comment has one or more.
    pub router_decisions: u64,
    /// Where every comment of the house is.
    pub census: Census,
    /// Agents whose tasks panicked; what they had in hand stays in hand.
    pub lost_agents: u32,
    /// From the first intended arrival to the last decision.
    pub elapsed: Duration,
    /// The run was shut down before its end.
    pub shut_down: bool,
    /// What was to go wrong.
    pub fault: Option<Fault>,
    /// The run ended before it did.
    pub spared: bool,
    /// From the intended arrival to the decision. This and the following are empty in virtual time.
    pub from_intended: Latencies,
    /// From the sending to the decision.
    pub from_send: Latencies,
    /// How late the generator was by its own fault.
    pub lag: Latencies,
    /// CPU time of the deciding thread.
    pub cpu: Duration,
    /// CPU time of the whole process.
    pub cpu_process: Duration,
    /// Resident memory at the end, in bytes, where the system says.
    pub resident: Option<u64>,
    /// Time that a host took away from this machine's processors meanwhile, where the system says; known to 10 ms.
    pub stolen: Option<Duration>,
    /// The run in intervals.
    pub intervals: [Interval; INTERVALS],
    /// Length of an interval.
    pub interval: Duration,
    /// Every decision, where they are asked for.
    pub decisions: Vec<(Time, Output)>,
}

/// Why a run's latencies must not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The generator itself was late.
    #[error("the generator lagged: in one case of a hundred by over a tenth of the deadline")]
    Lag,
    /// The generator did not get round to enough of the comments.
    #[error("less than 99 % of the comments came as far as the mailbox in time")]
    Short,
    /// The deadline was missed while this machine was not its own.
    #[error("the host took over a hundredth of the time away, and the deadline was missed")]
    Host,
    /// Nothing came.
    #[error("no comment came in this time")]
    Nothing,
}

impl Outcome {
    /// Comments that came as far as the mailbox.
    pub fn presented(&self) -> u64 {
        self.sent + self.shed + self.deflected
    }

    /// Offered, and not yet decided, refused or dropped: in the mailbox, or with a generator that was held up.
    pub fn waiting(&self) -> u64 {
        self.in_mailbox + (self.offered - self.presented())
    }

    /// Adds what another run of the same length measured; decisions and the census stay this run's.
    pub(crate) fn merge(&mut self, other: &Outcome) {
        self.offered += other.offered;
        self.sent += other.sent;
        self.decided += other.decided;
        self.shed += other.shed;
        self.deflected += other.deflected;
        self.expired += other.expired;
        self.in_mailbox += other.in_mailbox;
        self.rounds += other.rounds;
        self.router_decisions += other.router_decisions;
        self.lost_agents += other.lost_agents;
        self.elapsed += other.elapsed;
        self.shut_down |= other.shut_down;
        self.spared |= other.spared;
        self.from_intended.merge(&other.from_intended);
        self.from_send.merge(&other.from_send);
        self.lag.merge(&other.lag);
        self.cpu += other.cpu;
        self.cpu_process += other.cpu_process;
        self.resident = self.resident.max(other.resident);
        self.stolen = self.stolen.zip(other.stolen).map(|(a, b)| a + b);
        for (mine, others) in self.intervals.iter_mut().zip(&other.intervals) {
            mine.offered += others.offered;
            mine.refused += others.refused;
            mine.expired += others.expired;
            mine.decided += others.decided;
            mine.deepest = mine.deepest.max(others.deepest);
            mine.waiting = mine.waiting.max(others.waiting);
            mine.slowest_ns = mine.slowest_ns.max(others.slowest_ns);
        }
    }

    /// Every comment that was offered is somewhere, once.
    ///
    /// # Errors
    /// If not: how many are where.
    pub(crate) fn conserve(&self) -> Result<(), Lost> {
        let accounted = self.decided + self.shed + self.deflected + self.expired + self.in_mailbox;
        if accounted == self.presented() && self.presented() <= self.offered {
            return Ok(());
        }
        Err(Lost {
            presented: self.presented(),
            decided: self.decided,
            shed: self.shed,
            deflected: self.deflected,
            expired: self.expired,
            waiting: self.in_mailbox,
        })
    }

    /// May the latencies be used, for a deadline of this length? The generator's lag at the 99th percentile is at most a tenth
    /// of it, and at least 99 % of what was offered was presented. Where a host took over 1 % of the run's time away from the
    /// processors, a run in which nothing was to go wrong is fit only if 99 % were decided within the deadline all the same.
    ///
    /// # Errors
    /// Why not.
    pub fn fit(&self, deadline: Duration) -> Result<(), Unfit> {
        if self.offered == 0 {
            return Err(Unfit::Nothing);
        }
        if self.lag.quantile(0.99).unwrap_or(0) > deadline.as_nanos() as u64 / 10 {
            return Err(Unfit::Lag);
        }
        if (self.presented() as f64) < 0.99 * self.offered as f64 {
            return Err(Unfit::Short);
        }
        let in_time = self.good(deadline) as f64 >= 0.99 * self.offered as f64;
        if self.fault.is_none() && !in_time && self.stolen.is_some_and(|stolen| stolen > self.elapsed / 100) {
            return Err(Unfit::Host);
        }
        Ok(())
    }

    /// Comments decided a second.
    pub fn rate(&self) -> f64 {
        self.decided as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Decided within the deadline, counted from the intended arrival.
    pub fn good(&self, deadline: Duration) -> u64 {
        self.from_intended.within(deadline.as_nanos() as u64)
    }

    /// In this interval something was refused or dropped, or decided after the deadline.
    fn is_behind(&self, interval: usize, deadline: Duration) -> bool {
        let interval = &self.intervals[interval];
        interval.refused + interval.expired > 0 || u128::from(interval.slowest_ns) > deadline.as_nanos()
    }

    /// Length of all intervals in which something was refused, or decided after the deadline.
    pub fn behind(&self, deadline: Duration) -> Duration {
        let behind = (0..INTERVALS).filter(|&i| self.is_behind(i, deadline)).count();
        self.interval * behind as u32
    }

    /// Time from the end of the interval in which most comments came until the last in which the driver is behind; `None` if
    /// that is the run's last.
    pub fn recovery(&self, deadline: Duration) -> Option<Duration> {
        let peak = (0..INTERVALS).rev().max_by_key(|&i| self.intervals[i].offered)?;
        match (peak..INTERVALS).rev().find(|&i| self.is_behind(i, deadline)) {
            None => Some(Duration::ZERO),
            Some(i) if i + 1 == INTERVALS => None,
            Some(i) => Some(self.interval * (i - peak) as u32),
        }
    }

    /// Most comments found in the mailbox at once.
    pub fn deepest(&self) -> u64 {
        self.intervals.iter().map(|i| i.deepest).max().unwrap_or(0)
    }
}

/// Time that a host has taken away from this machine's processors since it started, where the system says (Linux in a
/// virtual machine): the eighth number after "cpu", in hundredths of a second.
pub(crate) fn stolen() -> Option<Duration> {
    let statistics = std::fs::read_to_string("/proc/stat").ok()?;
    let ticks: u64 = statistics
        .lines()
        .next()?
        .split_whitespace()
        .nth(8)?
        .parse()
        .ok()?;
    Some(Duration::from_millis(10 * ticks))
}

/// Resident memory of this process in bytes, where the system says (Linux).
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;
    const DEADLINE: Duration = Duration::from_millis(5);

    /// A second of a comment per interval, each decided after a millisecond and sent in time.
    fn smooth() -> Outcome {
        let mut outcome = Outcome {
            offered: INTERVALS as u64,
            sent: INTERVALS as u64,
            decided: INTERVALS as u64,
            shed: 0,
            deflected: 0,
            expired: 0,
            in_mailbox: 0,
            rounds: 1,
            router_decisions: 1,
            census: Census::default(),
            lost_agents: 0,
            elapsed: Duration::from_secs(1),
            shut_down: false,
            fault: None,
            spared: false,
            from_intended: Latencies::new(),
            from_send: Latencies::new(),
            lag: Latencies::new(),
            cpu: Duration::ZERO,
            cpu_process: Duration::ZERO,
            resident: None,
            stolen: Some(Duration::from_millis(10)),
            intervals: [Interval {
                offered: 1,
                decided: 1,
                slowest_ns: MS,
                ..Interval::default()
            }; INTERVALS],
            interval: Duration::from_millis(20),
            decisions: Vec::new(),
        };
        for _ in 0..INTERVALS {
            outcome.from_intended.record(MS);
            outcome.lag.record(1000);
        }
        outcome
    }

    #[test]
    fn a_run_is_fit_while_its_generator_is() {
        let mut run = smooth();
        assert_eq!(run.fit(DEADLINE), Ok(()));
        // One in fifty was late by more than a tenth of the deadline.
        run.lag.record(MS);
        assert_eq!(run.fit(DEADLINE), Err(Unfit::Lag));
        assert_eq!(run.fit(Duration::from_millis(20)), Ok(()));

        // A hundredth of a second of one second is not too much, more is, unless the deadline is kept all the same.
        let mut run = smooth();
        run.from_intended.record(6 * MS);
        run.offered += 1;
        run.sent += 1;
        assert_eq!(run.fit(DEADLINE), Ok(()));
        run.stolen = Some(Duration::from_millis(11));
        assert_eq!(run.fit(DEADLINE), Err(Unfit::Host));
        assert_eq!(run.fit(Duration::from_millis(6)), Ok(()));
        // Whoever asks for a fault asks for that.
        run.fault = Some(Fault::Hangs);
        assert_eq!(run.fit(DEADLINE), Ok(()));

        let mut run = smooth();
        (run.offered, run.sent) = (1000, 990);
        assert_eq!(run.fit(DEADLINE), Ok(()));
        // What was refused came as far as the mailbox.
        (run.sent, run.shed, run.deflected) = (900, 80, 10);
        assert_eq!(run.fit(DEADLINE), Ok(()));
        run.shed -= 1;
        assert_eq!(run.fit(DEADLINE), Err(Unfit::Short));
        run.offered = 0;
        assert_eq!(run.fit(DEADLINE), Err(Unfit::Nothing));
    }

    #[test]
    fn recovery_lasts_from_the_peak_to_the_last_interval_behind() {
        let mut run = smooth();
        run.intervals[20].offered = 9;
        assert_eq!(
            (run.behind(DEADLINE), run.recovery(DEADLINE)),
            (Duration::ZERO, Some(Duration::ZERO))
        );
        // Before the peak is not after it.
        run.intervals[3].slowest_ns = 6 * MS;
        assert_eq!(run.behind(DEADLINE), Duration::from_millis(20));
        assert_eq!(run.recovery(DEADLINE), Some(Duration::ZERO));
        // At the peak, refused; after it, late, and dropped.
        run.intervals[20].refused = 1;
        run.intervals[22].slowest_ns = 5 * MS;
        run.intervals[23].slowest_ns = 5 * MS + 1;
        run.intervals[30].expired = 1;
        assert_eq!(run.behind(DEADLINE), Duration::from_millis(80));
        assert_eq!(run.recovery(DEADLINE), Some(Duration::from_millis(200)));
        run.intervals[INTERVALS - 1].refused = 1;
        assert_eq!(run.recovery(DEADLINE), None);
        // Of equal peaks the first.
        run.intervals[10].offered = 9;
        run.intervals[INTERVALS - 1].refused = 0;
        assert_eq!(run.recovery(DEADLINE), Some(Duration::from_millis(400)));
    }

    #[test]
    fn runs_add_up() {
        let (mut run, mut other) = (smooth(), smooth());
        other.intervals[7].slowest_ns = 9 * MS;
        other.intervals[7].deepest = 5;
        other.from_intended.record(9 * MS);
        (other.offered, other.sent, other.expired) = (51, 51, 1);
        run.merge(&other);
        assert_eq!(
            (run.offered, run.presented(), run.decided, run.expired),
            (101, 101, 100, 1)
        );
        assert_eq!(run.conserve(), Ok(()));
        assert_eq!((run.from_intended.count(), run.good(DEADLINE)), (101, 100));
        assert_eq!(
            (run.intervals[7].slowest_ns, run.intervals[7].offered),
            (9 * MS, 2)
        );
        assert_eq!(run.stolen, Some(Duration::from_millis(20)));
        assert_eq!((run.deepest(), run.elapsed), (5, Duration::from_secs(2)));
        run.decided -= 1;
        assert!(run.conserve().is_err());
    }
}
