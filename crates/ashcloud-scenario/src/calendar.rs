//! Local time: which instant of the scenario's clock a date and time of day is, from the bundled zone database.

use std::collections::BTreeSet;

use ashcloud_core::Time;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::quantity::{ClockTime, Instant};
use crate::spec::Piece;

/// The calendar of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
    /// Nanoseconds of the start since 1970.
    start_ns: i128,
    /// Local date of the start.
    first: Date,
    /// Nobody works on these.
    holidays: BTreeSet<Date>,
}

const HOUR_NS: i128 = 3_600_000_000_000;

impl Calendar {
    /// A calendar whose clock is 0 at a local date-time. A start that a change of clocks skips is moved behind the gap;
    /// of two that it repeats the first counts. The start lies in the years 1 to 9000.
    pub(crate) fn new(zone: TimeZone, start: DateTime, holidays: BTreeSet<Date>) -> Calendar {
        // Between these years every local time has an instant.
        let at = zone
            .to_ambiguous_timestamp(start)
            .compatible()
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let first = zone.to_datetime(at).date();
        Calendar {
            zone,
            start_ns: at.as_nanosecond(),
            first,
            holidays,
        }
    }

    /// A zone of the bundled database by name.
    pub(crate) fn zone(name: &str) -> Option<TimeZone> {
        jiff::tz::TimeZoneDatabase::bundled().get(name).ok()
    }

    /// Every zone name of the bundled database.
    pub(crate) fn zone_names() -> Vec<String> {
        jiff::tz::TimeZoneDatabase::bundled()
            .available()
            .map(|name| name.as_str().to_owned())
            .collect()
    }

    /// Nanoseconds from the start to a local date-time; negative before it.
    pub(crate) fn local_ns(&self, local: DateTime) -> Option<i128> {
        let at = self.zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(at.as_nanosecond() - self.start_ns)
    }

    /// As [`Calendar::local_ns`], but of two instants that a change of clocks gives the same name the later, where the
    /// earlier is not after `previous`: rows of a log that run through the repeated hour.
    pub(crate) fn local_after(&self, local: DateTime, previous: i128) -> Option<i128> {
        let first = self.local_ns(local)?;
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        if first <= previous && ambiguous.is_ambiguous() {
            return Some(ambiguous.later().ok()?.as_nanosecond() - self.start_ns);
        }
        Some(first)
    }

    /// Nanoseconds from the start to an instant of universal time.
    pub(crate) fn absolute_ns(&self, at: Timestamp) -> i128 {
        at.as_nanosecond() - self.start_ns
    }

    /// Nanoseconds from the start to an instant as the file writes it.
    pub(crate) fn instant_ns(&self, instant: Instant) -> Option<i128> {
        match instant {
            Instant::Local(local) => self.local_ns(local),
            Instant::Absolute(at) => Some(self.absolute_ns(at)),
            Instant::After(span) => Some(i128::from(span.0)),
        }
    }

    /// Local date of the start.
    pub(crate) fn first_date(&self) -> Date {
        self.first
    }

    /// Is it a holiday?
    pub(crate) fn is_holiday(&self, date: Date) -> bool {
        self.holidays.contains(&date)
    }

    /// Nanoseconds from the start to a time of day on a date; 24:00 is the next midnight.
    pub(crate) fn on(&self, date: Date, time: ClockTime) -> Option<i128> {
        if time.0 == 24 * 60 {
            return self.on(date.tomorrow().ok()?, ClockTime(0));
        }
        self.local_ns(date.at((time.0 / 60) as i8, (time.0 % 60) as i8, 0, 0))
    }

    /// The start, then every local midnight before `end`.
    pub(crate) fn days(&self, end: Time) -> Vec<Time> {
        let mut days = vec![Time::ZERO];
        let mut date = self.first;
        while let Ok(next) = date.tomorrow() {
            date = next;
            let Some(at) = self.on(date, ClockTime(0)) else {
                break;
            };
            if at >= i128::from(end.0) {
                break;
            }
            // A zone that skips a whole day gives two dates the same instant.
            if days.last().is_some_and(|last| i128::from(last.0) < at) {
                days.push(Time(at as u64));
            }
        }
        days
    }

    /// A rate that follows 168 weights, Monday 0 to 1 first, constant within each local hour; from 0 to `end`.
    pub(crate) fn hourly(&self, weights: &[f64; 168], rate: f64, end: Time) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut at: i128 = 0;
        while at < i128::from(end.0) {
            let Ok(now) = Timestamp::from_nanosecond(self.start_ns + at) else {
                break;
            };
            let local = self.zone.to_datetime(now);
            let day = local.weekday().to_monday_zero_offset() as usize;
            let value = rate * weights[day * 24 + local.hour() as usize];
            if pieces.last().is_none_or(|last| last.rate != value) {
                pieces.push(Piece {
                    from: Time(at as u64),
                    rate: value,
                });
            }
            let into_hour = (i128::from(local.minute()) * 60 + i128::from(local.second())) * 1_000_000_000
                + i128::from(local.subsec_nanosecond());
            let mut next = at + HOUR_NS - into_hour;
            // A change of clocks within the hour begins another one.
            let change = now
                .checked_sub(1.nanosecond())
                .ok()
                .and_then(|before| self.zone.following(before).next());
            if let Some(change) = change {
                let change = change.timestamp().as_nanosecond() - self.start_ns;
                if change > at && change < next {
                    next = change;
                }
            }
            at = next;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};

    const HOUR: u64 = HOUR_NS as u64;

    fn stockholm(start: DateTime) -> Calendar {
        Calendar::new(
            Calendar::zone("Europe/Stockholm").unwrap(),
            start,
            BTreeSet::new(),
        )
    }

    #[test]
    fn the_day_the_clocks_go_forward_has_23_hours() {
        let calendar = stockholm(datetime(2010, 3, 27, 0, 0, 0, 0));
        let days = calendar.days(Time(72 * HOUR));
        assert_eq!(days, [Time(0), Time(24 * HOUR), Time(47 * HOUR), Time(71 * HOUR)]);
    }

    #[test]
    fn the_day_the_clocks_go_back_has_25_hours() {
        let calendar = stockholm(datetime(2010, 10, 30, 12, 0, 0, 0));
        let days = calendar.days(Time(48 * HOUR));
        assert_eq!(days, [Time(0), Time(12 * HOUR), Time(37 * HOUR)]);
    }

    #[test]
    fn local_times_around_a_change() {
        let calendar = stockholm(datetime(2010, 3, 28, 0, 0, 0, 0));
        // 02:30 does not exist: half past the gap.
        assert_eq!(
            calendar.local_ns(datetime(2010, 3, 28, 2, 30, 0, 0)),
            Some(5 * HOUR_NS / 2)
        );
        assert_eq!(
            calendar.on(date(2010, 3, 28), ClockTime(9 * 60)),
            Some(8 * HOUR_NS)
        );
        assert_eq!(
            calendar.on(date(2010, 3, 28), ClockTime(24 * 60)),
            Some(23 * HOUR_NS)
        );
        let calendar = stockholm(datetime(2010, 10, 31, 0, 0, 0, 0));
        let twice = datetime(2010, 10, 31, 2, 0, 0, 0);
        assert_eq!(calendar.local_after(twice, HOUR_NS), Some(2 * HOUR_NS));
        assert_eq!(calendar.local_after(twice, 2 * HOUR_NS), Some(3 * HOUR_NS));
    }

    #[test]
    fn hours_of_a_profile_follow_local_time() {
        let mut weights = [1.0; 168];
        // Sundays, 3 to 4 in the morning.
        weights[6 * 24 + 3] = 5.0;
        let forward = stockholm(datetime(2010, 3, 28, 0, 0, 0, 0)).hourly(&weights, 2.0, Time(24 * HOUR));
        let at = |h: u64, rate: f64| Piece {
            from: Time(h * HOUR),
            rate,
        };
        assert_eq!(forward, [at(0, 2.0), at(2, 10.0), at(3, 2.0)]);
        let back = stockholm(datetime(2010, 10, 31, 0, 0, 0, 0)).hourly(&weights, 2.0, Time(24 * HOUR));
        assert_eq!(back, [at(0, 2.0), at(4, 10.0), at(5, 2.0)]);
        // The hour from 2 to 3 is lived twice.
        weights[6 * 24 + 2] = 7.0;
        let back = stockholm(datetime(2010, 10, 31, 0, 0, 0, 0)).hourly(&weights, 1.0, Time(24 * HOUR));
        assert_eq!(back, [at(0, 1.0), at(2, 7.0), at(4, 5.0), at(5, 1.0)]);
    }

    #[test]
    fn a_change_of_half_an_hour_splits_the_hour() {
        let zone = Calendar::zone("Australia/Lord_Howe").unwrap();
        // Clocks go from 02:00 to 02:30 on 3 October 2010.
        let start = datetime(2010, 10, 3, 0, 0, 0, 0);
        let calendar = Calendar::new(zone, start, BTreeSet::new());
        let mut weights = [0.0; 168];
        for (i, w) in weights.iter_mut().enumerate() {
            *w = (i % 24) as f64;
        }
        let pieces = calendar.hourly(&weights, 1.0, Time(4 * HOUR));
        let at: Vec<u64> = pieces.iter().map(|p| p.from.0).collect();
        assert_eq!(at, [0, HOUR, 2 * HOUR, 5 * HOUR / 2, 7 * HOUR / 2]);
    }

    #[test]
    fn a_start_within_the_hour() {
        let calendar = stockholm(datetime(2010, 1, 4, 7, 30, 0, 0));
        let mut weights = [1.0; 168];
        weights[8] = 3.0;
        let pieces = calendar.hourly(&weights, 1.0, Time(3 * HOUR));
        let from: Vec<u64> = pieces.iter().map(|p| p.from.0).collect();
        assert_eq!(from, [0, HOUR / 2, 3 * HOUR / 2]);
    }
}
