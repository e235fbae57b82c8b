//! How the scenario's time and this machine's go together.

use std::time::Duration;

use ashcloud_core::Time;
use tokio::time::Instant;

/// The scenario began at `start` and runs `speed` times as fast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    start: Instant,
    speed: f64,
    /// Sleepers are woken so much early, for tokio's timers are as coarse.
    early: Duration,
}

/// Nothing sleeps longer at once.
const YEAR: Duration = Duration::from_hours(24 * 365);
/// No scenario lasts longer.
const FAR: Duration = Duration::from_hours(24 * 365 * 300);
/// Tokio's timers go by the millisecond.
const TICK: Duration = Duration::from_millis(1);

impl Timeline {
    /// On a clock that jumps, at the scenario's own speed.
    pub(crate) fn jumping() -> Timeline {
        Timeline {
            start: Instant::now(),
            speed: 1.0,
            early: Duration::ZERO,
        }
    }

    /// On this machine's clock, from `after` now on; until then it is the start.
    pub(crate) fn paced(speed: f64, after: Duration) -> Timeline {
        Timeline {
            start: Instant::now() + after,
            speed,
            early: TICK,
        }
    }

    /// The scenario's time now.
    pub(crate) fn now(&self) -> Time {
        let ns = self.start.elapsed().as_nanos() as u64;
        Time(if self.speed == 1.0 {
            ns
        } else {
            (ns as f64 * self.speed) as u64
        })
    }

    /// The first instant at which the scenario's time is not before `at`; far ones come early, to be asked again.
    pub(crate) fn instant(&self, at: Time) -> Instant {
        (self.start + Duration::from_nanos(real_ns(at, self.speed)).min(FAR)).min(Instant::now() + YEAR)
    }

    /// Sleeps until the scenario's time is not before `at`, or would not be a tick of tokio's timers later.
    pub(crate) async fn sleep_until(&self, at: Time) {
        while self.start.elapsed() + self.early < Duration::from_nanos(real_ns(at, self.speed)) {
            tokio::time::sleep_until(self.instant(at) - self.early).await;
        }
    }

    /// This machine's nanoseconds since the start.
    pub(crate) fn elapsed_ns(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }
}

/// Nanoseconds of this machine until the scenario's time is not before `at`.
pub(crate) fn real_ns(at: Time, speed: f64) -> u64 {
    if speed == 1.0 {
        at.0
    } else {
        (at.0 as f64 / speed).ceil() as u64
    }
}
