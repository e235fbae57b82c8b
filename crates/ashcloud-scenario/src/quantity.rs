//! Durations, rates, instants, days of the week and times of day, as people write them.

use ashcloud_core::{Span, Time};
use jiff::civil;
use serde_json::{Value as Json, json};

use crate::calendar::{explained, placed};
use crate::data::{Moment, parse_suffixed};
use crate::reader::Reader;
use crate::shape::{Defs, Read, define};
use crate::spelling;
use crate::tree::{Node, Value};

/// A length of time: `"1h30m"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Duration {
    /// Rounded to the nanosecond; below 292 years.
    pub(crate) span: Span,
    /// In seconds, as exactly as a number can say it.
    pub(crate) seconds: f64,
}

/// Events per second: `"18 per h"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate(pub(crate) f64);

/// A moment, before the calendar is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Instant {
    /// Local date and time.
    Local(civil::DateTime),
    /// Date and time with offset from UTC.
    Absolute(jiff::Timestamp),
    /// So long after the start.
    After(Span),
}

/// A local date-time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LocalDateTime(pub(crate) civil::DateTime);

/// A date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Date(pub(crate) civil::Date);

/// Days of the week: bit 0 is Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Days(pub(crate) u8);

/// Minutes since midnight, 0 to 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClockTime(pub(crate) u16);

/// From a time of day to another; `to` not after `from` ends the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Begins.
    pub(crate) from: ClockTime,
    /// Ends.
    pub(crate) to: ClockTime,
}

/// Units of time: spellings and nanoseconds.
const UNITS: [(&[&str], u64); 8] = [
    (&["ns", "nanosecond", "nanoseconds"], 1),
    (&["us", "µs", "μs", "microsecond", "microseconds"], 1_000),
    (&["ms", "millisecond", "milliseconds"], 1_000_000),
    (&["s", "sec", "secs", "second", "seconds"], 1_000_000_000),
    (&["m", "min", "mins", "minute", "minutes"], 60_000_000_000),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600_000_000_000),
    (&["d", "day", "days"], 86_400_000_000_000),
    (&["w", "week", "weeks"], 604_800_000_000_000),
];

/// Nanoseconds of a unit of time.
pub(crate) fn unit_ns(word: &str) -> Option<u64> {
    UNITS
        .iter()
        .find(|(words, _)| words.contains(&word))
        .map(|&(_, ns)| ns)
}

pub(crate) const DURATION: &str =
    "a duration: number and unit in quotes, such as \"90s\", \"1h30m\" or \"7d\"";
const RATE: &str = "a rate: number, \"per\" and unit in quotes, such as \"18 per h\" or \"240 per day\"";

/// What is wrong with a text, and what may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// One sentence.
    pub(crate) message: String,
    /// What to write.
    pub(crate) help: Option<String>,
}

impl From<String> for Wrong {
    fn from(message: String) -> Wrong {
        Wrong { message, help: None }
    }
}

impl From<&str> for Wrong {
    fn from(message: &str) -> Wrong {
        message.to_owned().into()
    }
}

impl Wrong {
    /// The same with what is written here instead, where that is known.
    fn or_write(mut self, written: Option<String>) -> Wrong {
        self.help = written.map(|text| format!("write \"{text}\""));
        self
    }
}

/// A duration from its text, or what is wrong with it.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, Wrong> {
    duration(text).map_err(|why| Wrong::from(why).or_write(spelling::duration(text)))
}

/// Is it a duration as it stands?
pub(crate) fn is_duration(text: &str) -> bool {
    duration(text).is_ok()
}

fn duration(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("a duration cannot be empty".into());
    }
    if rest.starts_with('-') {
        return Err("a duration cannot be negative".into());
    }
    let (mut total_ns, mut seconds) = (0_u128, 0.0);
    while !rest.is_empty() {
        let digits_end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits_end);
        let behind = behind.trim_start();
        let unit_end = behind.find(|c: char| !c.is_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit_end);
        let value: f64 = number.parse().map_err(|_| format!("expected {DURATION}"))?;
        if unit.is_empty() && behind.starts_with(':') {
            return Err(format!("expected {DURATION}"));
        }
        if unit.is_empty() {
            return Err(format!(
                "a duration needs a unit, such as \"{number}s\" or \"{number}m\""
            ));
        }
        let Some(ns) = unit_ns(unit) else {
            return Err(format!(
                "`{unit}` is no unit of time; units are ns us ms s m h d w"
            ));
        };
        total_ns = total_ns
            .saturating_add(exact_ns(number, ns).ok_or("a duration of at most 292 years was expected")?);
        let in_seconds = ns as f64 / 1e9;
        seconds += if ns >= 1_000_000_000 {
            value * in_seconds
        } else {
            value / (1e9 / ns as f64)
        };
        rest = behind.trim_start();
    }
    if total_ns == 0 && seconds > 0.0 {
        return Err("a duration shorter than a nanosecond is nothing here".into());
    }
    if total_ns >= u128::from(Time::LIMIT.0) {
        return Err("times end after 292 years".into());
    }
    Ok(Duration {
        span: Span(total_ns as u64),
        seconds,
    })
}

/// Decimal digits times a unit, rounded half up to the nanosecond.
fn exact_ns(number: &str, unit: u64) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() > 20 {
        return None;
    }
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let kept = &fraction[..fraction.len().min(18)];
    let part: u128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let scale = 10_u128.pow(kept.len() as u32);
    Some(whole * u128::from(unit) + (part * u128::from(unit) + scale / 2) / scale)
}

/// A rate from its text, or what is wrong with it.
pub(crate) fn parse_rate(text: &str) -> Result<Rate, Wrong> {
    rate(text).map_err(|why| Wrong::from(why).or_write(spelling::rate(text).filter(|t| rate(t).is_ok())))
}

fn rate(text: &str) -> Result<Rate, String> {
    let Some((number, unit)) = text.split_once(" per ").or_else(|| text.split_once('/')) else {
        return Err(format!("expected {RATE}"));
    };
    let value: f64 = number.trim().parse().map_err(|_| format!("expected {RATE}"))?;
    if !(value >= 0.0 && value.is_finite()) {
        return Err("a rate must be a number of at least 0".into());
    }
    let unit = unit.trim();
    let Some(ns) = unit_ns(unit) else {
        return Err(format!(
            "`{unit}` is no unit of time; units are ns us ms s m h d w"
        ));
    };
    let per_second = value / (ns as f64 / 1e9);
    if per_second > 1e9 {
        return Err("a rate is at most one per nanosecond".into());
    }
    Ok(Rate(per_second))
}

/// A span in the notation it is read in: `1h30m`, `0.5s`.
pub(crate) fn write_span(span: Span) -> String {
    if span == Span::ZERO {
        return "0s".into();
    }
    let mut rest = span.0;
    let mut out = String::new();
    for (name, ns) in [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000_u64),
    ] {
        if rest >= ns {
            let whole = rest / ns;
            rest %= ns;
            if name == "s" && rest > 0 {
                let exact = format!("{whole}.{rest:09}");
                out.push_str(exact.trim_end_matches('0'));
                rest = 0;
            } else {
                out.push_str(&whole.to_string());
            }
            out.push_str(name);
        }
    }
    if rest > 0 {
        let exact = format!("0.{rest:09}");
        out.push_str(exact.trim_end_matches('0'));
        out.push('s');
    }
    out
}

const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Days {
    /// `"mon-fri"`, `"mon,wed,fri"`, `"daily"`; a range may pass the end of the week.
    pub(crate) fn parse(text: &str) -> Result<Days, Wrong> {
        Days::named(text)
            .map_err(|why| Wrong::from(why).or_write(spelling::days(text).filter(|t| Days::named(t).is_ok())))
    }

    fn named(text: &str) -> Result<Days, String> {
        let mut days = 0;
        for part in text.split(',') {
            let part = part.trim().to_lowercase();
            if part == "daily" {
                days |= 0x7f;
                continue;
            }
            let (first, last) = part.split_once('-').unwrap_or((&part, &part));
            let (mut day, last) = (day_index(first.trim())?, day_index(last.trim())?);
            loop {
                days |= 1 << day;
                if day == last {
                    break;
                }
                day = (day + 1) % 7;
            }
        }
        Ok(Days(days))
    }

    /// Does it contain this day (0 is Monday)?
    pub(crate) fn contains(self, day: u8) -> bool {
        self.0 >> day & 1 == 1
    }

    /// The days' names, for faults.
    pub(crate) fn names(self) -> String {
        (0..7)
            .filter(|&d| self.contains(d))
            .map(|d| DAY_NAMES[usize::from(d)])
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Is it a day of the week as it stands?
pub(crate) fn is_day(name: &str) -> bool {
    day_index(name).is_ok()
}

fn day_index(name: &str) -> Result<u8, String> {
    let long = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    (0..7_u8)
        .find(|&d| DAY_NAMES[usize::from(d)] == name || long[usize::from(d)] == name)
        .ok_or_else(|| {
            format!(
                "`{name}` is no day of the week; days are {} or daily",
                DAY_NAMES.join(" ")
            )
        })
}

impl ClockTime {
    fn parse(text: &str) -> Result<ClockTime, Wrong> {
        ClockTime::written(text).map_err(|why| {
            Wrong::from(why).or_write(spelling::clock_time(text).filter(|t| ClockTime::written(t).is_ok()))
        })
    }

    fn written(text: &str) -> Result<ClockTime, String> {
        let wrong = || "expected a time of day such as \"08:00\"".to_string();
        let (hours, minutes) = text.trim().split_once(':').ok_or_else(wrong)?;
        let two = |s: &str| (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
        if !two(hours) || minutes.len() != 2 || !two(minutes) {
            return Err(wrong());
        }
        let (hours, minutes): (u16, u16) = (
            hours.parse().map_err(|_| wrong())?,
            minutes.parse().map_err(|_| wrong())?,
        );
        if minutes > 59 || hours * 60 + minutes > 24 * 60 {
            return Err("a time of day lies between \"00:00\" and \"24:00\"".into());
        }
        Ok(ClockTime(hours * 60 + minutes))
    }
}

impl Window {
    pub(crate) fn parse(text: &str) -> Result<Window, Wrong> {
        Window::written(text).map_err(|why| {
            Wrong::from(why).or_write(spelling::window(text).filter(|t| Window::written(t).is_ok()))
        })
    }

    fn written(text: &str) -> Result<Window, String> {
        let (from, to) = text
            .split_once('-')
            .ok_or("expected opening hours such as \"09:00-17:00\"")?;
        Ok(Window {
            from: ClockTime::written(from)?,
            to: ClockTime::written(to)?,
        })
    }
}

/// Reads text with a parser; a number in its place gets a hint of its own.
fn from_text<T>(
    node: &Node,
    reader: &mut Reader,
    what: &str,
    unitless_help: Option<&str>,
    parse: impl Fn(&str) -> Result<T, Wrong>,
) -> Option<T> {
    let Some(text) = node.as_text() else {
        let fault = reader.error(node.origin, format!("expected {what}"));
        fault.found(node.describe());
        if let (Value::Integer(_) | Value::Float(_), Some(help)) = (&node.value, unitless_help) {
            fault.help(help);
        }
        return None;
    };
    match parse(text) {
        Ok(value) => Some(value),
        Err(why) => {
            let fault = reader.error(node.origin, why.message);
            fault.found(node.describe()).suggestion = why.help;
            None
        }
    }
}

fn pattern(defs: &mut Defs, name: &str, about: &str, pattern: &str) -> Json {
    define(
        defs,
        name,
        |_| json!({ "description": about, "type": "string", "pattern": pattern }),
    )
}

impl Read for Duration {
    fn what() -> String {
        DURATION.into()
    }
    fn fits(node: &Node) -> bool {
        node.as_text().is_some()
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let help = format!(
            "a bare number has no unit: write \"{0}s\", \"{0}m\" or \"{0}h\"",
            node.describe()
        );
        from_text(node, reader, DURATION, Some(&help), parse_duration)
    }
    fn schema(defs: &mut Defs) -> Json {
        pattern(defs, "Duration", DURATION, "^\\s*([0-9.]+\\s*[a-zµμ]+\\s*)+$")
    }
}

impl Read for Rate {
    fn what() -> String {
        RATE.into()
    }
    fn fits(node: &Node) -> bool {
        node.as_text().is_some()
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let help = format!(
            "a bare number has no unit: write \"{0} per h\" or \"{0} per day\"",
            node.describe()
        );
        from_text(node, reader, RATE, Some(&help), parse_rate)
    }
    fn schema(defs: &mut Defs) -> Json {
        pattern(defs, "Rate", RATE, "^\\s*[0-9.eE+-]+\\s*(per|/)\\s*[a-zµμ]+\\s*$")
    }
}

impl Read for Window {
    fn what() -> String {
        "opening hours such as \"09:00-17:00\"".into()
    }
    fn fits(node: &Node) -> bool {
        node.as_text().is_some()
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        from_text(node, reader, &Self::what(), None, Window::parse)
    }
    fn schema(defs: &mut Defs) -> Json {
        pattern(
            defs,
            "Window",
            &Self::what(),
            "^\\s*[0-9]{1,2}:[0-9]{2}\\s*-\\s*[0-9]{1,2}:[0-9]{2}\\s*$",
        )
    }
}

impl Read for ClockTime {
    fn what() -> String {
        "a time of day such as \"08:00\"".into()
    }
    fn fits(node: &Node) -> bool {
        node.as_text().is_some()
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Moment(moment) = &node.value
            && let (None, None, Some(time)) = (moment.date, moment.offset, moment.time)
            && time.second.unwrap_or(0) == 0
        {
            return Some(ClockTime(u16::from(time.hour) * 60 + u16::from(time.minute)));
        }
        from_text(node, reader, &Self::what(), None, ClockTime::parse)
    }
    fn schema(defs: &mut Defs) -> Json {
        pattern(defs, "ClockTime", &Self::what(), "^\\s*[0-9]{1,2}:[0-9]{2}\\s*$")
    }
}

impl Read for Days {
    fn what() -> String {
        "days such as \"mon-fri\", \"mon,wed,fri\" or \"daily\"".into()
    }
    fn fits(node: &Node) -> bool {
        node.as_text().is_some()
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        from_text(node, reader, &Self::what(), None, Days::parse)
    }
    fn schema(defs: &mut Defs) -> Json {
        pattern(defs, "Days", &Self::what(), "^[A-Za-z, -]+$")
    }
}

impl Read for Instant {
    fn what() -> String {
        "an instant: a local date-time such as 2010-04-15T12:00:00, or a duration from the start such as \"2h\"".into()
    }
    fn fits(node: &Node) -> bool {
        matches!(node.value, Value::Moment(_) | Value::Text(_))
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Moment(moment) = &node.value {
            if let Some(local) = local(moment) {
                let Some(minutes) = offset_minutes(moment) else {
                    return Some(Instant::Local(local));
                };
                let offset = jiff::tz::Offset::from_seconds(minutes * 60).ok();
                if let Some(at) = offset.and_then(|offset| offset.to_timestamp(local).ok()) {
                    return Some(Instant::Absolute(at));
                }
                let message = "this instant cannot be reached: dates end with the year 9999";
                reader.error(node.origin, message).found(node.describe());
                return None;
            }
        } else if let Some(Ok(duration)) = node.as_text().map(parse_duration) {
            return Some(Instant::After(duration.span));
        } else if let Some(text) = node.as_text().filter(|text| text.contains('[')) {
            return zoned_instant(node, reader, text).map(Instant::Absolute);
        }
        let fault = reader.error(node.origin, format!("expected {}", Self::what()));
        fault.found(node.describe());
        if node
            .as_text()
            .is_some_and(|t| t.trim().parse::<civil::DateTime>().is_ok())
        {
            fault.help("dates are written without quotes");
        }
        None
    }
    fn schema(defs: &mut Defs) -> Json {
        let about = Self::what();
        define(
            defs,
            "Instant",
            |_| json!({ "description": about, "type": "string" }),
        )
    }
}

/// A date-time with its zone in brackets.
fn zoned_instant(node: &Node, reader: &mut Reader, text: &str) -> Option<jiff::Timestamp> {
    match parse_suffixed(text) {
        Ok(Moment::Absolute(at)) => Some(at),
        Ok(Moment::Zoned(local, zone)) => {
            if let Some(choice) = explained(&zone, local) {
                reader.warning(node.origin, choice).code("clock-change");
            }
            let at = placed(&zone, local).map(|placed| placed.0);
            if at.is_none() {
                let message = "this instant cannot be reached: dates end with the year 9999";
                reader.error(node.origin, message).found(node.describe());
            }
            at
        }
        Ok(Moment::Local(_)) => {
            let fault = reader.error(node.origin, "expected a zone in the brackets");
            fault.found(node.describe());
            fault.help("such as \"2026-03-02T09:00:00[America/New_York]\"");
            None
        }
        Err(why) => {
            reader.error(node.origin, why).found(node.describe());
            None
        }
    }
}

impl Read for LocalDateTime {
    fn what() -> String {
        "a local date-time without quotes, such as 2010-04-15T00:00:00".into()
    }
    fn fits(node: &Node) -> bool {
        matches!(node.value, Value::Moment(_))
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Moment(moment) = &node.value {
            match (local(moment), moment.offset) {
                (Some(local), None) if (1..=9000).contains(&local.year()) => {
                    return Some(LocalDateTime(local));
                }
                (Some(_), Some(_)) => {
                    let fault =
                        reader.error(node.origin, "the start is local: its zone is given by `timezone`");
                    fault.found(node.describe()).help("leave out the offset from UTC");
                    return None;
                }
                _ => {}
            }
        }
        let help = node.as_text().map(spelling::without_quotes);
        let fault = reader.error(node.origin, format!("expected {}", Self::what()));
        fault.found(node.describe()).suggestion = help;
        None
    }
    fn schema(defs: &mut Defs) -> Json {
        let about = Self::what();
        define(
            defs,
            "LocalDateTime",
            |_| json!({ "description": about, "type": "string" }),
        )
    }
}

impl Read for Date {
    fn what() -> String {
        "a date without quotes, such as 2010-04-15".into()
    }
    fn fits(node: &Node) -> bool {
        matches!(node.value, Value::Moment(_))
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Moment(moment) = &node.value
            && let (Some(date), None) = (local(moment), moment.time)
        {
            return Some(Date(date.date()));
        }
        let help = node.as_text().map(spelling::without_quotes);
        let fault = reader.error(node.origin, format!("expected {}", Self::what()));
        fault.found(node.describe()).suggestion = help;
        None
    }
    fn schema(defs: &mut Defs) -> Json {
        let about = Self::what();
        define(
            defs,
            "Date",
            |_| json!({ "description": about, "type": "string" }),
        )
    }
}

/// Date and time of a TOML date-time; a date alone is its midnight.
fn local(moment: &toml::value::Datetime) -> Option<civil::DateTime> {
    let date = moment.date?;
    let date = civil::Date::new(date.year as i16, date.month as i8, date.day as i8).ok()?;
    let time = match moment.time {
        None => civil::Time::midnight(),
        Some(t) => {
            // A leap second is the second before it.
            let second = t.second.unwrap_or(0).min(59);
            let nanosecond = t.nanosecond.unwrap_or(0) as i32;
            civil::Time::new(t.hour as i8, t.minute as i8, second as i8, nanosecond).ok()?
        }
    };
    Some(date.to_datetime(time))
}

fn offset_minutes(moment: &toml::value::Datetime) -> Option<i32> {
    moment.offset.map(|offset| match offset {
        toml::value::Offset::Z => 0,
        toml::value::Offset::Custom { minutes } => i32::from(minutes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, ns: u64, seconds: f64) {
        assert_eq!(
            parse_duration(text),
            Ok(Duration {
                span: Span(ns),
                seconds
            }),
            "{text}"
        );
    }

    #[test]
    fn durations_join_numbers_and_units() {
        check("90s", 90_000_000_000, 90.0);
        check("1h30m", 5_400_000_000_000, 5400.0);
        check("0.5s", 500_000_000, 0.5);
        check(".5s", 500_000_000, 0.5);
        check("12.566s", 12_566_000_000, 12.566);
        check("7 days", 604_800_000_000_000, 604_800.0);
        check("0.1ms", 100_000, 0.0001);
        check("3ns", 3, 3e-9);
        check("2 µs", 2_000, 2e-6);
        check("0s", 0, 0.0);
        check("1w 1d 1 hour 1min 1 sec", 694_861_000_000_000, 694_861.0);
    }

    #[test]
    fn what_is_no_duration_says_why() {
        for (text, why) in [
            ("90", "needs a unit"),
            ("", "empty"),
            ("-5s", "negative"),
            ("5 parsecs", "no unit of time"),
            ("1h30", "needs a unit"),
            ("abc", "expected a duration"),
            ("1.2.3s", "expected a duration"),
            ("300y", "no unit of time"),
            ("200000d", "292 years"),
            ("99999999999999999999999s", "292 years"),
        ] {
            let message = parse_duration(text).unwrap_err().message;
            assert!(message.contains(why), "{text}: {message}");
        }
    }

    #[test]
    fn rates_are_per_second() {
        assert_eq!(parse_rate("18 per h"), Ok(Rate(18.0 / 3600.0)));
        assert_eq!(parse_rate("0.9 per s"), Ok(Rate(0.9)));
        assert_eq!(parse_rate("240 per day"), Ok(Rate(240.0 / 86400.0)));
        assert_eq!(parse_rate("6/min"), Ok(Rate(0.1)));
        for wrong in [
            "18",
            "18 per",
            "18 per year",
            "-1 per s",
            "nan per s",
            "inf per s",
            "x per s",
        ] {
            assert!(parse_rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn spans_are_written_as_they_are_read() {
        for text in ["1h30m", "0.5s", "7d", "1d2h3m4.000000001s", "0s", "1m0.25s"] {
            let span = parse_duration(text).unwrap().span;
            assert_eq!(parse_duration(&write_span(span)).unwrap().span, span, "{text}");
        }
        assert_eq!(write_span(Span(5_400_000_000_000)), "1h30m");
        assert_eq!(write_span(Span(500_000_000)), "0.5s");
        assert_eq!(write_span(Span(1_000_000_000)), "1s");
    }

    #[test]
    fn days_and_hours() {
        assert_eq!(Days::parse("mon-fri"), Ok(Days(0b001_1111)));
        assert_eq!(Days::parse("sat-mon"), Ok(Days(0b110_0001)));
        assert_eq!(Days::parse("mon, Wednesday"), Ok(Days(0b000_0101)));
        assert_eq!(Days::parse("daily"), Ok(Days(127)));
        assert!(Days::parse("mon-fry").unwrap_err().message.contains("`fry`"));
        assert_eq!(ClockTime::parse("08:30"), Ok(ClockTime(510)));
        assert_eq!(ClockTime::parse("24:00"), Ok(ClockTime(1440)));
        for wrong in ["24:01", "8", "08:60", "8:5", "aa:bb", "-1:00", "+8:00"] {
            assert!(ClockTime::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            Window::parse("22:00-06:00"),
            Ok(Window {
                from: ClockTime(1320),
                to: ClockTime(360)
            })
        );
    }
}
