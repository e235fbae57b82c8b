//! What happens: one world of a scenario, from its file's shape to streams, classes and the clock's limits.

use std::collections::BTreeSet;

use ashcloud_core::{ClassId, Span, Time};
use jiff::civil::{DateTime, datetime};
use jiff::tz::TimeZone;

use crate::budget::Cost;
use crate::calendar::{Calendar, explained};
use crate::classes::{ArrivalClasses, ClassFacts, PHONE, class_facts};
use crate::data::CsvCache;
use crate::file::{Phone, Scenario, Stream};
use crate::follow_up::{Asked, follow_up};
use crate::reader::Reader;
use crate::shape::Either;
use crate::spec::{Kind, Law, World};
use crate::traffic::{TrafficCompiler, calls_are_stationary, is_stationary, only_source};
use crate::work::check_streams;
use crate::zones::suggestion;

/// Most comments that wait at time 0.
const BACKLOG_LIMIT: u64 = 100_000_000;

/// A world with what staffing models need to know of it.
pub(crate) struct WorldDraft {
    /// The world, topic weights not yet filled in.
    pub(crate) world: World,
    /// Local time.
    pub(crate) calendar: Calendar,
    /// What is known of each class; `None` where that is faulty.
    pub(crate) facts: Vec<Option<ClassFacts>>,
    /// The topic of each stream.
    pub(crate) topics: Vec<Option<String>>,
    /// Are horizon and end the scenario's? Where they are faulty the rest is checked on a clock of a week.
    pub(crate) clock_known: bool,
    /// Lines of the phone, where they are limited.
    pub(crate) trunks: Option<u32>,
}

/// Compiles one world. Every fault in it is noted; after a fault the draft serves only to check the rest.
pub(crate) fn compile_world(
    reader: &mut Reader,
    csv: &mut CsvCache,
    scenario: &Scenario,
    classes: &ArrivalClasses,
    asked: &Asked<'_>,
) -> WorldDraft {
    let calendar = calendar(reader, scenario);
    let facts = class_facts(reader, csv, scenario, classes);
    let streams = scenario.arrivals.get().map_or(&[][..], |a| a.as_slice());
    check_names(reader, scenario, streams);
    let end = run_end(reader, &calendar, scenario, &facts, asked);
    check_warm_up(reader, scenario, streams);
    let backlog = backlog(reader, scenario, classes);
    // Where the clock itself is faulty the rest is checked on another.
    let week = Time(7 * 24 * Span::HOUR.0);
    let at = scenario.horizon.place_or(scenario.here);
    let days = |end: Time| end.0 / (24 * Span::HOUR.0);
    let end = end.filter(|(_, end)| reader.spend(at, Cost::Pieces, days(*end)));
    let clock_known = end.is_some();
    let (horizon, end) = end.unwrap_or((week, week));
    if clock_known {
        warn_of_holidays(reader, scenario, &calendar, end);
    }
    let mut traffic = TrafficCompiler {
        reader,
        csv,
        calendar: &calendar,
        classes,
        horizon,
        end,
        clock_known,
    };
    let mut compiled = traffic.streams(streams);
    let mut topics: Vec<Option<String>> = streams
        .iter()
        .map(|s| s.topic.get().map(|t| t.0.clone()))
        .collect();
    let mut phone = None;
    if let (Some(shape), Some(calls)) = (scenario.phone.get(), classes.calls()) {
        topics.push(None);
        if let Some(stream) = traffic.calls(shape, calls) {
            phone = Some(compiled.len());
            compiled.push(stream);
        }
    }
    let trunks = scenario.phone.get().and_then(|p| trunks(reader, p));
    let arrivals_at = scenario.arrivals.place_or(scenario.phone.place_or(scenario.here));
    check_streams(reader, arrivals_at, &compiled, end);
    WorldDraft {
        world: World {
            streams: compiled,
            kinds: classes
                .arrivals
                .iter()
                .map(|&(class, _, _)| kind(facts[class].as_ref()))
                .collect(),
            backlog,
            warm_up: Time::ZERO + scenario.warm_up.get().map_or(Span::ZERO, |w| w.span),
            horizon,
            end,
            days: calendar.days(end),
            phone,
        },
        calendar,
        facts,
        topics,
        trunks,
        clock_known,
    }
}

/// Lines of the phone.
fn trunks(reader: &mut Reader, phone: &Phone) -> Option<u32> {
    let (trunks, at) = phone.trunks.at()?;
    match u32::try_from(trunks.0) {
        Ok(n) if n > 0 => Some(n),
        _ => {
            let fault = reader.error(at, "a phone line has 1 to 4,294,967,295 trunks");
            fault
                .found(trunks.0.to_string())
                .help("leave `trunks` out for no limit");
            None
        }
    }
}

fn kind(facts: Option<&ClassFacts>) -> Kind {
    match facts {
        Some(facts) => Kind {
            handling: facts.handling.clone(),
            tolerance: facts.tolerance.clone(),
            when_blocked: facts.when_blocked.clone(),
            balks: facts.balks.clone(),
        },
        // Stands in for a class with a fault; a scenario with faults is never run.
        None => Kind {
            handling: Law::Constant(0.0),
            tolerance: None,
            when_blocked: None,
            balks: Vec::new(),
        },
    }
}

fn calendar(reader: &mut Reader, scenario: &Scenario) -> Calendar {
    let zone = match scenario.timezone.at() {
        None => None,
        Some((name, at)) => {
            let zone = Calendar::zone(&name.0);
            if zone.is_none() {
                let message = format!("unknown time zone \"{}\"", name.0);
                reader.error(at, message).help(suggestion(&name.0));
            }
            if let "EST" | "MST" | "HST" = name.0.as_str() {
                let message = format!(
                    "\"{}\" keeps standard time all year: clocks do not change in it",
                    name.0
                );
                let help = "for daylight saving time write the place, such as \"America/New_York\" or \"America/Denver\"";
                reader
                    .warning(at, message)
                    .code("zone-without-summer-time")
                    .help(help);
            }
            zone
        }
    };
    // Monday, so that weeks are weeks.
    let new_year: DateTime = datetime(2024, 1, 1, 0, 0, 0, 0);
    let start = scenario.start.get().map_or(new_year, |start| start.0);
    let zone = zone.unwrap_or(TimeZone::UTC);
    if let Some((start, at)) = scenario.start.at()
        && let Some(choice) = explained(&zone, start.0)
    {
        reader
            .warning(at, choice)
            .code("clock-change")
            .help("a start at another hour leaves no doubt");
    }
    let holidays: BTreeSet<_> = scenario
        .holidays
        .get()
        .map_or_else(BTreeSet::new, |list| list.iter().map(|d| d.value.0).collect());
    Calendar::new(zone, start, holidays)
}

/// Says which holidays lie outside the run: another year may be meant.
fn warn_of_holidays(reader: &mut Reader, scenario: &Scenario, calendar: &Calendar, end: Time) {
    let Some((holidays, at)) = scenario.holidays.at() else {
        return;
    };
    let (first, last) = (calendar.first_date(), calendar.last_date(end));
    let outside: Vec<String> = holidays
        .iter()
        .filter(|day| day.value.0 < first || day.value.0 > last)
        .map(|day| day.value.0.to_string())
        .collect();
    let which = match outside.as_slice() {
        [] => return,
        [first, .., last] if outside.len() > 3 => format!("from {first} to {last}"),
        few => few.join(", "),
    };
    let message = format!(
        "of {} holidays {} lie outside the run, which goes from {first} to {last}: {which}",
        holidays.len(),
        outside.len()
    );
    reader
        .warning(at, message)
        .code("holidays-outside")
        .help("they change nothing; look at the year");
}

/// Horizon and end of the run.
fn run_end(
    reader: &mut Reader,
    calendar: &Calendar,
    scenario: &Scenario,
    facts: &[Option<ClassFacts>],
    asked: &Asked<'_>,
) -> Option<(Time, Time)> {
    let (horizon, at) = scenario.horizon.at()?;
    if horizon.span == Span::ZERO {
        reader.error(at, "the horizon must be longer than 0");
        return None;
    }
    if let Some((warm_up, place)) = scenario.warm_up.at()
        && warm_up.span >= horizon.span
    {
        reader.error(
            place,
            "the warm-up must end before the horizon: nothing would be measured",
        );
    }
    let horizon = Time::ZERO + horizon.span;
    let follow_up = follow_up(reader, calendar, scenario, facts, horizon, asked)?;
    let end = horizon + follow_up;
    if end >= Time::LIMIT {
        reader.error(at, "horizon and follow-up must end within 292 years");
        return None;
    }
    Some((horizon, end))
}

fn check_names(reader: &mut Reader, scenario: &Scenario, streams: &[Stream]) {
    let arriving = [
        !streams.is_empty(),
        scenario.backlog.given(),
        scenario.queue.given(),
        scenario.phone.given(),
    ];
    let mistaken = ["arrivals", "queue", "phone", "backlog"]
        .iter()
        .any(|key| reader.mistaken(scenario.here, key));
    if !arriving.contains(&true) && !reader.broken_syntax && !mistaken {
        let at = scenario.arrivals.place_or(scenario.here);
        if scenario.arrivals.get().is_some() || !scenario.arrivals.given() {
            reader.error(
                at,
                "nothing arrives: the scenario needs `[[arrivals]]`, `[queue]`, `[phone]` or a `backlog`",
            );
        }
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for stream in streams {
        match stream.name.at() {
            None if streams.len() > 1 && !stream.name.given() => {
                reader.missing(
                    stream.here,
                    "name",
                    "one of several streams of arrivals",
                    "text in quotes",
                );
            }
            Some((name, at)) if !seen.insert(&name.0) => {
                reader.error(at, format!("two streams of arrivals are named `{}`", name.0));
            }
            Some((name, at)) if name.0 == PHONE && scenario.phone.given() => {
                reader
                    .error(at, "the stream of calls of `[phone]` is named `phone`")
                    .help("give this stream another name");
            }
            _ => {}
        }
    }
}

/// A warm-up makes sense only where everything is stationary.
fn check_warm_up(reader: &mut Reader, scenario: &Scenario, streams: &[Stream]) {
    let Some((warm_up, at)) = scenario.warm_up.at() else {
        return;
    };
    if warm_up.span == Span::ZERO {
        return;
    }
    for stream in streams {
        if let Some(form) = only_source(stream)
            && !is_stationary(form, stream)
        {
            let name = stream.name.get().map_or("arrivals", |n| n.0.as_str());
            let message = format!("a warm-up needs stationary sources, and the stream `{name}` is not");
            let fault = reader.error(at, message);
            fault.help("leave out `warm_up`, or use poisson, renewal, mmpp, batch or sinusoidal arrivals");
        }
    }
    if let Some(phone) = scenario.phone.get()
        && !calls_are_stationary(phone)
    {
        let fault = reader.error(at, "a warm-up needs stationary sources, and `[phone]` is not");
        fault.help("leave out `warm_up`, or the phone's `profile`, `weekdays` and `busyness`");
    }
    if scenario.backlog.given() {
        reader.error(
            at,
            "a warm-up and a backlog exclude each other: the backlog would not be measured",
        );
    }
}

fn backlog(reader: &mut Reader, scenario: &Scenario, classes: &ArrivalClasses) -> Vec<(ClassId, u32)> {
    let mut out = Vec::new();
    let mut add = |reader: &mut Reader, id: Option<ClassId>, number: u64, at| {
        if number > BACKLOG_LIMIT {
            reader
                .error(at, "a backlog of at most 100,000,000 comments")
                .found(number.to_string());
        } else if let Some(id) = id
            && number > 0
        {
            out.push((id, number as u32));
        }
    };
    match scenario.backlog.at() {
        Some((Either::A(number), at)) => {
            let first = classes.arrivals.first().map(|_| ClassId(0));
            let first = first.filter(|first| Some(*first) != classes.calls());
            if first.is_none() && number.0 > 0 {
                let fault = reader.error(at, "there is no first class for this backlog");
                fault.help("name the class: backlog = { question = 50 }");
            }
            add(reader, first, number.0, at);
        }
        Some((Either::B(table), _)) => {
            for entry in &table.0 {
                if let Some(number) = &entry.value {
                    add(reader, classes.first_of(&entry.key), number.0, entry.at);
                }
            }
        }
        None => {}
    }
    out
}
