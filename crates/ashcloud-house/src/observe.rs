//! State over time: snapshots at given moments, second moments of the state, busy periods.

use ashcloud_core::{Span, Time};

/// What to watch.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Moments at which to look, ascending.
    pub at: Vec<Time>,
    /// Integrals of the state and of its square, and busy periods, over this window.
    pub moments: Option<(Time, Time)>,
}

/// The house at one moment, after everything that happens then.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// When.
    pub at: Time,
    /// First attempts so far, backlog excluded.
    pub arrived: u64,
    /// Answers so far.
    pub answered: u64,
    /// Attempts given up so far.
    pub left: u64,
    /// Attempts blocked so far.
    pub blocked: u64,
    /// Waiting now.
    pub waiting: u64,
    /// In work now.
    pub in_work: u64,
    /// Between attempts now.
    pub orbit: u64,
    /// Agents of fixed teams on duty now.
    pub on_duty: u64,
    /// Age of the comment that waits longest.
    pub oldest: Span,
}

/// Integral over the window of a level and of its square, in level x seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Of the level.
    pub first: f64,
    /// Of its square.
    pub second: f64,
}

/// Watches one replication after another.
#[derive(Clone, Debug)]
pub struct Observer {
    watch: Watch,
    /// Looks so far, and when the next is.
    next: usize,
    next_at: Time,
    now: Time,
    /// One per moment looked at.
    pub snapshots: Vec<Snapshot>,
    /// Number in the house (waiting or in work), over the window.
    pub house: Moments,
    /// Number in work per team, over the window.
    pub teams: Vec<Moments>,
    /// Number waiting per routing class, over the window.
    pub queues: Vec<Moments>,
    /// Busy periods (somebody in the house) begun and ended in the window: count, sum of lengths and of squared lengths
    /// in seconds.
    pub busy_periods: (u64, f64, f64),
    /// When the house was first empty after having been in use, where every event is followed.
    pub cleared: Option<Time>,
    busy_since: Option<Time>,
    pub(crate) arrived: u64,
    pub(crate) answered: u64,
    pub(crate) left: u64,
    pub(crate) blocked: u64,
    pub(crate) orbit: u64,
    pub(crate) busy: Vec<u64>,
    /// Waiting now, per routing class.
    pub(crate) queued: Vec<u64>,
    on_duty: u64,
    waiting: u64,
    in_work: u64,
    /// Every event counts, not only the moments at which somebody looks.
    pub(crate) follows: bool,
}

impl Observer {
    pub(crate) fn new(watch: Watch, until_clear: bool, teams: usize, classes: usize) -> Observer {
        Observer {
            follows: until_clear || watch.moments.is_some(),
            next_at: watch.at.first().copied().unwrap_or(Time::NEVER),
            watch,
            next: 0,
            now: Time::ZERO,
            snapshots: Vec::new(),
            house: Moments::default(),
            teams: vec![Moments::default(); teams],
            queues: vec![Moments::default(); classes],
            busy_periods: (0, 0.0, 0.0),
            cleared: None,
            busy_since: None,
            arrived: 0,
            answered: 0,
            left: 0,
            blocked: 0,
            orbit: 0,
            busy: vec![0; teams],
            queued: vec![0; classes],
            on_duty: 0,
            waiting: 0,
            in_work: 0,
        }
    }

    pub(crate) fn begin(&mut self) {
        let watch = std::mem::take(&mut self.watch);
        let (teams, classes, follows) = (self.teams.len(), self.queues.len(), self.follows);
        let snapshots = std::mem::take(&mut self.snapshots);
        *self = Observer {
            snapshots,
            ..Observer::new(watch, follows, teams, classes)
        };
        self.snapshots.clear();
    }

    /// Comments that came into the house so far, or out of it where those are more (a backlog).
    pub fn seen(&self) -> u64 {
        self.arrived.max(self.answered + self.left)
    }

    /// When it wants to look next.
    #[inline(always)]
    pub fn next_look(&self) -> Time {
        self.next_at
    }

    pub(crate) fn look(&mut self, now: Time, oldest_since: Option<Time>) {
        self.next += 1;
        self.next_at = self.watch.at.get(self.next).copied().unwrap_or(Time::NEVER);
        self.snapshots.push(Snapshot {
            at: now,
            arrived: self.arrived,
            answered: self.answered,
            left: self.left,
            blocked: self.blocked,
            waiting: self.waiting,
            in_work: self.in_work,
            orbit: self.orbit,
            on_duty: self.on_duty,
            oldest: oldest_since.map_or(Span::ZERO, |since| now.since(since)),
        });
    }

    pub(crate) fn duty(&mut self, on: bool) {
        if on {
            self.on_duty += 1;
        } else {
            self.on_duty -= 1;
        }
    }

    /// The clock moves on to `now`: the state so far lasted until here.
    #[inline]
    pub(crate) fn advance(&mut self, now: Time) {
        if let Some((from, to)) = self.watch.moments {
            let seconds = now.min(to).since(self.now.max(from)).seconds();
            if seconds > 0.0 {
                self.house.add((self.waiting + self.in_work) as f64, seconds);
                for (team, &busy) in self.teams.iter_mut().zip(&self.busy) {
                    team.add(busy as f64, seconds);
                }
                for (queue, &waiting) in self.queues.iter_mut().zip(&self.queued) {
                    queue.add(waiting as f64, seconds);
                }
            }
        }
        self.now = now;
    }

    /// The state after an event.
    #[inline]
    pub(crate) fn in_house(&mut self, now: Time, waiting: u64, in_work: u64) {
        (self.waiting, self.in_work) = (waiting, in_work);
        if !self.follows {
            return;
        }
        if waiting + in_work > 0 {
            self.busy_since.get_or_insert(now);
        } else if let Some(since) = self.busy_since.take() {
            self.cleared.get_or_insert(now);
            if let Some((from, to)) = self.watch.moments
                && since >= from
                && now < to
            {
                let length = now.since(since).seconds();
                self.busy_periods.0 += 1;
                self.busy_periods.1 += length;
                self.busy_periods.2 += length * length;
            }
        }
    }

    /// The replication is over: moments not reached show the last state.
    pub(crate) fn finish(&mut self, end: Time) {
        self.advance(end);
        while self.next < self.watch.at.len() {
            let at = self.watch.at[self.next];
            self.look(at, None);
        }
    }
}

impl Moments {
    fn add(&mut self, level: f64, seconds: f64) {
        self.first += level * seconds;
        self.second += level * level * seconds;
    }
}
