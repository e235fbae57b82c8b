//! Time as the whole project counts it: nanoseconds from the scenario's start.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

/// An instant: nanoseconds since the scenario's start. `u64` lasts 584 years; plans are checked to end within
/// [`Time::LIMIT`] when they are compiled, so that adding a [`Span`] below the same limit cannot wrap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub u64);

/// A length of time in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub u64);

impl Time {
    /// The scenario's start.
    pub const ZERO: Time = Time(0);
    /// Later than every instant that can be reached: "no such moment".
    pub const NEVER: Time = Time(u64::MAX);
    /// The last instant a plan may name: 292 years.
    pub const LIMIT: Time = Time(1 << 63);

    /// Seconds since the start.
    pub fn seconds(self) -> f64 {
        self.0 as f64 * 1e-9
    }

    /// The span from `earlier` to `self`, zero where `earlier` is later.
    #[inline(always)]
    pub fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// Longer than every span that can pass.
    pub const FOREVER: Span = Span(u64::MAX);
    /// One second.
    pub const SECOND: Span = Span(1_000_000_000);
    /// One hour.
    pub const HOUR: Span = Span(3_600_000_000_000);

    /// A span from seconds, rounded down to the nanosecond. Negative and undefined values give zero, values beyond
    /// 292 years the limit: samplers may return anything.
    #[inline(always)]
    pub fn from_seconds(seconds: f64) -> Span {
        // `as` saturates and sends NaN to zero.
        let ns = (seconds * 1e9) as u64;
        Span(if ns < Time::LIMIT.0 { ns } else { Time::LIMIT.0 })
    }

    /// The length in seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 * 1e-9
    }
}

impl Add<Span> for Time {
    type Output = Time;
    /// Saturates at [`Time::NEVER`], so that "now + forever" is never.
    #[inline(always)]
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    #[inline(always)]
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Time> for Time {
    type Output = Span;
    #[inline(always)]
    fn sub(self, earlier: Time) -> Span {
        debug_assert!(earlier <= self, "a span cannot be negative");
        Span(self.0.wrapping_sub(earlier.0))
    }
}

impl Add<Span> for Span {
    type Output = Span;
    #[inline(always)]
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Time::NEVER {
            f.write_str("never")
        } else {
            write!(f, "{}s", self.seconds())
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.seconds())
    }
}
