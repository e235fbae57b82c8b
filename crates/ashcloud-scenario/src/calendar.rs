//! Local time: which instant of the scenario's clock a date and time of day is, from the bundled zone database.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ashcloud_core::Time;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};

use crate::quantity::{ClockTime, Instant};
use crate::reader::Reader;
use crate::spec::{LocalDay, Piece};
use crate::tree::Origin;

/// The bundled zone database.
pub(crate) static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// How often a local time is read off the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Once, as nearly every time.
    Once,
    /// Never: the clocks skip it.
    Skipped,
    /// Twice: the clocks are put back.
    Repeated,
}

/// The instant of a local time. A time that the clocks skip is the instant at which they skip it, so that later local
/// times are never earlier instants; of two that they repeat the first counts. `None` beyond the year 9999.
pub(crate) fn placed(zone: &TimeZone, local: DateTime) -> Option<(Timestamp, Reading)> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => Some((ambiguous.compatible().ok()?, Reading::Once)),
        AmbiguousOffset::Fold { .. } => Some((ambiguous.earlier().ok()?, Reading::Repeated)),
        AmbiguousOffset::Gap { .. } => {
            let change = change_before(zone, ambiguous.later().ok()?)?;
            Some((change, Reading::Skipped))
        }
    }
}

/// The second of two instants that the clocks give the same name.
fn repeated(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(local).later().ok()
}

/// The last change of clocks at or before an instant.
fn change_before(zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
    let behind = at.checked_add(1.nanosecond()).ok()?;
    zone.preceding(behind).next().map(|change| change.timestamp())
}

/// Local time at which an instant would have been reached, had the clocks not been changed at it.
fn clock_before(zone: &TimeZone, change: Timestamp) -> Option<DateTime> {
    let before = change.checked_sub(1.nanosecond()).ok()?;
    zone.to_datetime(before).checked_add(1.nanosecond()).ok()
}

/// Is it the very time at which the clocks are put forward? What ends or begins then does so in any case.
pub(crate) fn begins_gap(zone: &TimeZone, local: DateTime) -> bool {
    placed(zone, local)
        .is_some_and(|(at, reading)| reading == Reading::Skipped && clock_before(zone, at) == Some(local))
}

/// What becomes of a local time that is skipped or repeated, in words; `None` for any other.
pub(crate) fn explained(zone: &TimeZone, local: DateTime) -> Option<String> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let (_, reading) = placed(zone, local)?;
    // Of a repeated hour the change lies between its two instants.
    let change = change_before(zone, ambiguous.later().ok()?)?;
    let (before, after) = (clock_before(zone, change)?, zone.to_datetime(change));
    let name = zone.iana_name().unwrap_or("this zone");
    let short = |at: DateTime| {
        if before.date() == after.date() {
            at.strftime("%H:%M").to_string()
        } else {
            written(at)
        }
    };
    let (from, to) = (short(before), short(after));
    match reading {
        Reading::Once => None,
        Reading::Skipped => Some(format!(
            "{} does not exist in {name}: the clocks go from {from} to {to}, and {to} is taken",
            written(local)
        )),
        Reading::Repeated => Some(format!(
            "{} comes twice in {name}: the clocks go back from {from} to {to}, and the first is taken",
            written(local)
        )),
    }
}

/// A local time to the minute, with seconds where there are any.
pub(crate) fn written(local: DateTime) -> String {
    let format = if local.second() == 0 && local.subsec_nanosecond() == 0 {
        "%Y-%m-%d %H:%M"
    } else {
        "%Y-%m-%d %H:%M:%S"
    };
    local.strftime(format).to_string()
}

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

/// The clock on the wall of a scenario that says when it starts.
#[derive(Clone, Debug)]
pub struct LocalClock(Calendar);

impl LocalClock {
    pub(crate) fn new(calendar: &Calendar) -> LocalClock {
        LocalClock(calendar.clone())
    }

    /// The local date and time, to the minute where it is one: "2016-07-04 17:00".
    pub fn at(&self, time: Time) -> String {
        self.0.written(i128::from(time.0))
    }
}

const HOUR_NS: i128 = 3_600_000_000_000;

impl Calendar {
    /// A calendar whose clock is 0 at a local date-time, placed as [`placed`] says. The start lies in the years 1 to
    /// 9000.
    pub(crate) fn new(zone: TimeZone, start: DateTime, holidays: BTreeSet<Date>) -> Calendar {
        // Between these years every local time has an instant.
        let at = placed(&zone, start).map_or(Timestamp::UNIX_EPOCH, |p| p.0);
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
        ZONES.get(name).ok()
    }

    /// Every zone name of the bundled database.
    pub(crate) fn zone_names() -> Vec<String> {
        ZONES.available().map(|name| name.as_str().to_owned()).collect()
    }

    /// The zone of the scenario.
    pub(crate) fn own_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Nanoseconds from the start to a local date-time; negative before it. Skipped and repeated times as [`placed`].
    pub(crate) fn local_ns(&self, local: DateTime) -> Option<i128> {
        let (at, _) = placed(&self.zone, local)?;
        Some(self.absolute_ns(at))
    }

    /// The local time of one row behind another at `previous`: of two instants that the clocks give the same name the
    /// second, where the first lies before the row before. With `strictly` two rows are never at one instant.
    pub(crate) fn row_ns(
        &self,
        zone: &TimeZone,
        local: DateTime,
        previous: i128,
        strictly: bool,
    ) -> Option<(i128, Reading)> {
        let (at, reading) = placed(zone, local)?;
        let first = self.absolute_ns(at);
        if reading == Reading::Repeated && (first < previous || strictly && first == previous) {
            return Some((self.absolute_ns(repeated(zone, local)?), reading));
        }
        Some((first, reading))
    }

    /// Nanoseconds from the start to an instant of universal time.
    pub(crate) fn absolute_ns(&self, at: Timestamp) -> i128 {
        at.as_nanosecond() - self.start_ns
    }

    /// Nanoseconds from the start to an instant as the file writes it. Beyond the year 9999 a fault is noted, where a change
    /// of clocks skips or repeats it a warning.
    pub(crate) fn instant_ns(&self, reader: &mut Reader, instant: Instant, place: Origin) -> Option<i128> {
        let at = match instant {
            Instant::Local(local) => {
                if let Some(choice) = explained(&self.zone, local) {
                    let second = self.second(local);
                    reader.warning(place, choice).code("clock-change").suggestion = second;
                }
                self.local_ns(local)
            }
            Instant::Absolute(at) => Some(self.absolute_ns(at)),
            Instant::After(span) => Some(i128::from(span.0)),
        };
        if at.is_none() {
            reader.error(
                place,
                "this instant cannot be reached: dates end with the year 9999",
            );
        }
        at
    }

    /// How the second of two instants of the same local time is written.
    fn second(&self, local: DateTime) -> Option<String> {
        let (_, reading) = placed(&self.zone, local)?;
        let later = repeated(&self.zone, local).filter(|_| reading == Reading::Repeated)?;
        let offset = self.zone.to_offset(later);
        Some(format!(
            "the second is written with its offset from UTC: {}",
            later.display_with_offset(offset)
        ))
    }

    /// Local date of the start.
    pub(crate) fn first_date(&self) -> Date {
        self.first
    }

    /// Local date of the last moment before `end`.
    pub(crate) fn last_date(&self, end: Time) -> Date {
        let last = self.start_ns + i128::from(end.0) - 1;
        Timestamp::from_nanosecond(last).map_or(Date::MAX, |at| self.zone.to_datetime(at).date())
    }

    /// Is it a holiday?
    pub(crate) fn is_holiday(&self, date: Date) -> bool {
        self.holidays.contains(&date)
    }

    /// Nanoseconds from the start to a time of day on a date; 24:00 is the next midnight.
    pub(crate) fn on(&self, date: Date, time: ClockTime) -> Option<i128> {
        self.local_ns(on_date(date, time)?)
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

    /// The local day of the start and those that begin before `end`.
    pub(crate) fn local_days(&self, end: Time) -> Vec<LocalDay> {
        let mut days: Vec<LocalDay> = Vec::new();
        let mut date = self.first;
        loop {
            let Ok(next) = date.tomorrow() else { break };
            let midnight = |date: Date| self.on(date, ClockTime(0)).map(|at| at as i64);
            let (Some(from), Some(to)) = (midnight(date), midnight(next)) else {
                break;
            };
            if from >= end.0 as i64 {
                break;
            }
            // A zone that skips a whole day gives it no time.
            if to > from {
                days.extend(self.local_day(date, from, to));
            }
            date = next;
        }
        days
    }

    fn local_day(&self, date: Date, from: i64, to: i64) -> Option<LocalDay> {
        let instant = |ns: i64| Timestamp::from_nanosecond(self.start_ns + i128::from(ns)).ok();
        let begins = instant(from)?;
        let shown = |at: Timestamp| -> Option<i64> {
            let since = self.zone.to_datetime(at).duration_since(date.at(0, 0, 0, 0));
            i64::try_from(since.as_nanos()).ok()
        };
        let mut day = LocalDay {
            from,
            to,
            opens: shown(begins)?,
            changes: i64::MAX,
            by: 0,
        };
        for change in self.zone.following(begins) {
            let at = change.timestamp();
            if at >= instant(to)? {
                break;
            }
            let elapsed = (at.as_nanosecond() - begins.as_nanosecond()) as i64;
            let by = shown(at)? - day.opens - elapsed;
            if by != 0 {
                (day.changes, day.by) = (elapsed, by);
                break;
            }
        }
        Some(day)
    }

    /// An instant as the local clock shows it, to the minute where it is one.
    pub(crate) fn written(&self, ns: i128) -> String {
        Timestamp::from_nanosecond(self.start_ns + ns).map_or_else(
            |_| "the year 10000".to_owned(),
            |at| written(self.zone.to_datetime(at)),
        )
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

/// A time of day on a date; 24:00 is the next midnight.
pub(crate) fn on_date(date: Date, time: ClockTime) -> Option<DateTime> {
    if time.0 == 24 * 60 {
        return Some(date.tomorrow().ok()?.at(0, 0, 0, 0));
    }
    Some(date.at((time.0 / 60) as i8, (time.0 % 60) as i8, 0, 0))
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
        // 02:00 to 03:00 does not exist: all of it is the instant of the change.
        for minute in [0, 30, 59] {
            let skipped = datetime(2010, 3, 28, 2, minute, 0, 0);
            assert_eq!(calendar.local_ns(skipped), Some(2 * HOUR_NS));
        }
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
        let zone = calendar.own_zone().clone();
        let row = |previous, strictly| {
            calendar
                .row_ns(&zone, twice, previous, strictly)
                .map(|(at, reading)| (at / HOUR_NS, reading))
        };
        assert_eq!(row(HOUR_NS, false), Some((2, Reading::Repeated)));
        // Equal minutes stay equal, unless rows must rise.
        assert_eq!(row(2 * HOUR_NS, false), Some((2, Reading::Repeated)));
        assert_eq!(row(2 * HOUR_NS, true), Some((3, Reading::Repeated)));
        assert_eq!(row(2 * HOUR_NS + 1, false), Some((3, Reading::Repeated)));
    }

    #[test]
    fn a_gap_and_a_fold_are_told_in_words() {
        let zone = Calendar::zone("Europe/Berlin").unwrap();
        let said = |local| explained(&zone, local);
        assert_eq!(
            said(datetime(2025, 3, 30, 2, 30, 0, 0)).as_deref(),
            Some(
                "2025-03-30 02:30 does not exist in Europe/Berlin: the clocks go from 02:00 to 03:00, and 03:00 is taken"
            )
        );
        assert_eq!(
            said(datetime(2025, 10, 26, 2, 30, 0, 0)).as_deref(),
            Some(
                "2025-10-26 02:30 comes twice in Europe/Berlin: the clocks go back from 03:00 to 02:00, and the first is taken"
            )
        );
        assert!(begins_gap(&zone, datetime(2025, 3, 30, 2, 0, 0, 0)));
        assert!(!begins_gap(&zone, datetime(2025, 3, 30, 2, 1, 0, 0)));
        for plain in [
            datetime(2025, 3, 30, 1, 59, 0, 0),
            datetime(2025, 3, 30, 3, 0, 0, 0),
            datetime(2025, 10, 26, 1, 59, 0, 0),
            datetime(2025, 10, 26, 3, 0, 0, 0),
        ] {
            assert_eq!(said(plain), None);
        }
        // A whole day that never was.
        let apia = Calendar::zone("Pacific/Apia").unwrap();
        let (at, reading) = placed(&apia, datetime(2011, 12, 30, 9, 0, 0, 0)).unwrap();
        assert_eq!(reading, Reading::Skipped);
        assert_eq!(at.to_string(), "2011-12-30T10:00:00Z");
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
    fn days_show_the_time_on_their_clocks() {
        let hours = |h: i64| h * HOUR as i64;
        let spring = stockholm(datetime(2010, 3, 27, 12, 0, 0, 0)).local_days(Time(35 * HOUR));
        let [eve, day] = spring.as_slice() else {
            panic!("{spring:?}")
        };
        assert_eq!((eve.from, eve.to, eve.changes), (hours(-12), hours(12), i64::MAX));
        assert_eq!((day.from, day.to), (hours(12), hours(35)));
        assert_eq!((day.clock(hours(1)), day.clock(hours(2))), (hours(1), hours(3)));
        assert_eq!(
            (day.elapsed(hours(9)), day.elapsed(hours(2) + 5)),
            (hours(8), hours(2))
        );
        let autumn = stockholm(datetime(2010, 10, 31, 0, 0, 0, 0)).local_days(Time(HOUR));
        let day = autumn[0];
        assert_eq!(day.to, hours(25));
        assert_eq!((day.clock(hours(3)), day.clock(hours(10))), (hours(2), hours(9)));
        assert_eq!(
            (day.elapsed(hours(2)), day.elapsed(hours(9))),
            (hours(2), hours(10))
        );
        // In Beirut the day of the change begins at 01:00.
        let zone = Calendar::zone("Asia/Beirut").unwrap();
        let beirut = Calendar::new(zone, datetime(2024, 3, 30, 0, 0, 0, 0), BTreeSet::new());
        let day = beirut.local_days(Time(30 * HOUR))[1];
        assert_eq!((day.from, day.to, day.opens), (hours(24), hours(47), hours(1)));
        assert_eq!((day.elapsed(hours(9)), day.clock(hours(8))), (hours(8), hours(9)));
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
