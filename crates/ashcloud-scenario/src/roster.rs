//! Who is on duty when: weekly shifts, single shifts and opening hours in local time become intervals on the scenario's
//! clock, and these the comings and goings of agents.

use std::collections::{BTreeMap, BTreeSet};

use ashcloud_core::{AgentId, Hours, RosterChange, Span, Time};
use jiff::civil::{Date, DateTime};

use crate::budget::Cost;
use crate::calendar::{Calendar, Reading, begins_gap, explained, on_date, placed};
use crate::file::{Shift, Team};
use crate::quantity::{ClockTime, Days, Window};
use crate::reader::Reader;
use crate::shape::{At, Either, Named, OneOrMany};
use crate::tree::Origin;

/// Most comings and goings of a staffing model.
const CHANGE_LIMIT: usize = 10_000_000;
/// Most agents of a staffing model.
pub(crate) const AGENT_LIMIT: u64 = 100_000;

/// A stretch in which agents 0 to `agents` of a team are on duty, but for their breaks. Nanoseconds from the start, not
/// clipped: breaks are spread over the whole shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Duty {
    from: i128,
    to: i128,
    agents: u32,
    rest: i128,
    /// Where it was written.
    at: Origin,
}

/// When the people of a team come, before the calendar is asked.
pub(crate) struct Rota {
    weekly: Vec<Weekly>,
    once: Vec<Duty>,
}

/// Shifts or opening hours of a team; `None` where it is always on duty, and after a fault.
pub(crate) fn rota(reader: &mut Reader, calendar: &Calendar, team: &Team) -> Option<Rota> {
    let (mut weekly, mut once) = (Vec::new(), Vec::new());
    if let Some((shifts, at)) = team.shifts.at() {
        if shifts.is_empty() {
            reader.error(at, "at least one shift is needed");
            return None;
        }
        let mut names = BTreeSet::new();
        for shift in shifts {
            if let Some((name, at)) = shift.value.name.at()
                && !names.insert(name.0.as_str())
            {
                reader.error(at, format!("two shifts of this team are named `{}`", name.0));
            }
            match shift_form(reader, shift)? {
                Form::Weekly(shift) => weekly.push(shift),
                Form::Once(from, length, agents, rest) => {
                    let from = calendar.instant_ns(reader, from, shift.value.at.place_or(shift.at))?;
                    once.push(Duty {
                        from,
                        to: from + length,
                        agents,
                        rest,
                        at: shift.at,
                    });
                }
            }
        }
    } else if let (Some(Either::A(hours)), Some(Either::A(agents))) = (team.hours.get(), team.agents.get()) {
        weekly = weekly_hours(reader, hours, agents.0 as u32)?;
    } else {
        return None;
    }
    Some(Rota { weekly, once })
}

/// The duties of a team in order of time; `None` where it is always on duty. Faults are noted.
pub(crate) fn duties(reader: &mut Reader, calendar: &Calendar, end: Time, team: &Team) -> Option<Vec<Duty>> {
    let Rota {
        weekly,
        once: mut out,
    } = rota(reader, calendar, team)?;
    let at = team.shifts.place_or(team.here);
    let days = if weekly.is_empty() {
        0
    } else {
        end.0 / (24 * Span::HOUR.0)
    };
    if !reader.spend(at, Cost::Changes, days) {
        return None;
    }
    let mut surprises = Surprises::default();
    if !expand(calendar, end, &weekly, &mut out, &mut surprises) {
        reader.error(
            team.here,
            "the roster has more than 10,000,000 comings and goings",
        );
        return None;
    }
    surprises.tell(reader, calendar, &weekly);
    let worked: u64 = out.iter().map(|d| u64::from(d.agents)).sum();
    // One at work is a step of a few nanoseconds, a date of a shift some times that.
    let cost = out.len() as u64 + worked / 5;
    if !reader.spend(at, Cost::Changes, cost) {
        return None;
    }
    out.sort_by_key(|d| (d.from, d.to));
    check_overlaps(reader, &out, team);
    check_breaks(reader, &out);
    Some(out)
}

/// When opening hours come to a time.
pub(crate) enum Reach {
    /// Then.
    At(Time),
    /// Never: the last of them end then.
    Ends(Time),
}

/// When the opening hours of a team come to `open` after `from`; `None` after a fault.
pub(crate) fn reach(
    reader: &mut Reader,
    calendar: &Calendar,
    team: &Team,
    from: Time,
    open: Span,
) -> Option<Reach> {
    let open_always = Some(Reach::At(from + open));
    let unlimited = matches!(team.agents.get(), Some(Either::B(_)));
    if unlimited || !team.shifts.given() && !matches!(team.hours.get(), Some(Either::A(_))) {
        return open_always;
    }
    let Rota { mut weekly, once } = rota(reader, calendar, team)?;
    weekly.retain(|shift| shift.agents > 0);
    let mut looked = open + Span(14 * 24 * Span::HOUR.0);
    loop {
        let end = (from + looked).min(Time::LIMIT);
        let mut duties = once.clone();
        if !expand(calendar, end, &weekly, &mut duties, &mut Surprises::default()) {
            return None;
        }
        duties.sort_by_key(|d| (d.from, d.to));
        let hours = opening_hours(&duties, end);
        if let Some(at) = hours.after(from, open) {
            return Some(Reach::At(at));
        }
        let last = hours.intervals().last().map_or(Time::ZERO, |last| last.1);
        if end == Time::LIMIT || weekly.is_empty() && last < end {
            return Some(Reach::Ends(last));
        }
        looked = Span((looked + looked).0.min(Time::LIMIT.0));
    }
}

/// Opening hours of what has no agents of its own (a department), up to the end; `None` where they are faulty.
pub(crate) fn hours_alone(
    reader: &mut Reader,
    calendar: &Calendar,
    end: Time,
    hours: &Named<OneOrMany<Window>>,
    at: Origin,
) -> Option<Hours> {
    let weekly = weekly_hours(reader, hours, 1)?;
    let mut duties = Vec::new();
    let mut surprises = Surprises::default();
    if !expand(calendar, end, &weekly, &mut duties, &mut surprises) {
        reader.error(at, "these hours open and close more than 10,000,000 times");
        return None;
    }
    surprises.tell(reader, calendar, &weekly);
    if !reader.spend(at, Cost::Changes, duties.len() as u64) {
        return None;
    }
    duties.sort_by_key(|d| (d.from, d.to));
    for pair in duties.windows(2) {
        if pair[1].from < pair[0].to {
            reader.error(pair[1].at, "these hours overlap others of the same department");
            return None;
        }
    }
    Some(opening_hours(&duties, end))
}

/// Opening hours as shifts of every week; `None` where they are faulty.
fn weekly_hours(reader: &mut Reader, hours: &Named<OneOrMany<Window>>, agents: u32) -> Option<Vec<Weekly>> {
    let mut weekly = Vec::new();
    for entry in &hours.0 {
        let days = match Days::parse(&entry.key) {
            Ok(days) => days,
            Err(why) => {
                reader.error(entry.key_at, why.message).suggestion = why.help;
                return None;
            }
        };
        for window in &entry.value.as_ref()?.0 {
            weekly.push(Weekly {
                days,
                from: window.value.from,
                to: window.value.to,
                agents,
                rest: 0,
                holidays: None,
                name: None,
                at: window.at,
            });
        }
    }
    Some(weekly)
}

/// A shift that comes back every week.
struct Weekly {
    days: Days,
    from: ClockTime,
    to: ClockTime,
    agents: u32,
    rest: i128,
    /// Is it worked on holidays? Opening hours cannot say so.
    holidays: Option<bool>,
    name: Option<String>,
    at: Origin,
}

enum Form {
    Weekly(Weekly),
    Once(crate::quantity::Instant, i128, u32, i128),
}

fn shift_form(reader: &mut Reader, shift: &At<Shift>) -> Option<Form> {
    let (s, at) = (&shift.value, shift.at);
    let weekly = [
        ("days", s.days.given()),
        ("from", s.from.given()),
        ("to", s.to.given()),
    ];
    let once = [("at", s.at.given()), ("for", s.length.given())];
    let is_once = once.iter().any(|f| f.1);
    if is_once && weekly.iter().any(|f| f.1) {
        let fault = reader.error(
            at,
            "a shift comes every week (`days`, `from`, `to`) or once (`at`, `for`), not both",
        );
        fault.help("write two shifts");
        return None;
    }
    for (name, given) in if is_once { &once[..] } else { &weekly[..] } {
        if !given {
            let what = match *name {
                "days" => "days such as \"mon-fri\" or \"daily\"",
                "at" => "an instant",
                "for" => "a duration such as \"8h\"",
                _ => "a time of day such as \"08:00\"",
            };
            reader.missing(at, name, "a shift", what);
        }
    }
    let agents = agents_within(reader, s.agents.get()?.0, s.agents.place_or(at))?;
    let rest = s.rest.get().map_or(0, |r| i128::from(r.span.0));
    if is_once {
        let (start, length) = (*s.at.get()?, i128::from(s.length.get()?.span.0));
        if length == 0 {
            reader.error(s.length.place_or(at), "a shift must last longer than 0");
            return None;
        }
        return Some(Form::Once(start, length, agents, rest));
    }
    Some(Form::Weekly(Weekly {
        days: *s.days.get()?,
        from: *s.from.get()?,
        to: *s.to.get()?,
        agents,
        rest,
        holidays: Some(s.holidays.get().is_some_and(|h| h.0)),
        name: s.name.get().map(|name| name.0.clone()),
        at,
    }))
}

/// A number of agents within the limit.
pub(crate) fn agents_within(reader: &mut Reader, agents: u64, at: Origin) -> Option<u32> {
    if agents > AGENT_LIMIT {
        reader
            .error(at, "at most 100,000 agents")
            .found(agents.to_string());
        return None;
    }
    Some(agents as u32)
}

/// Weekly shifts on every date from the eve of the start (a night shift may reach into it) to the end; false where they
/// are too many.
fn expand(
    calendar: &Calendar,
    end: Time,
    weekly: &[Weekly],
    out: &mut Vec<Duty>,
    surprises: &mut Surprises,
) -> bool {
    if weekly.is_empty() {
        return true;
    }
    let mut date: Option<Date> = calendar.first_date().yesterday().ok();
    while let Some(day) = date {
        if calendar
            .on(day, ClockTime(0))
            .is_none_or(|midnight| midnight >= i128::from(end.0))
        {
            return true;
        }
        let next = day.tomorrow().ok();
        for shift in weekly {
            let weekday = day.weekday().to_monday_zero_offset() as u8;
            if !shift.days.contains(weekday) {
                continue;
            }
            let last = if shift.to <= shift.from { next } else { Some(day) };
            let (begins, ends) = (
                on_date(day, shift.from),
                last.and_then(|last| on_date(last, shift.to)),
            );
            let place = |local: Option<DateTime>| calendar.local_ns(local?);
            let (Some(from), Some(to)) = (place(begins), place(ends)) else {
                continue;
            };
            let in_run = from < i128::from(end.0) && to > 0;
            let works = !calendar.is_holiday(day) || shift.holidays == Some(true);
            if in_run {
                surprises.night(calendar, shift, day, works);
            }
            if !works {
                continue;
            }
            if in_run {
                surprises.clocks(calendar, shift, begins, ends);
            }
            // A change of clocks may swallow a short shift whole.
            if to > from && to > 0 {
                out.push(Duty {
                    from,
                    to,
                    agents: shift.agents,
                    rest: shift.rest,
                    at: shift.at,
                });
            }
        }
        // Every shift is a coming and a going.
        if out.len() > CHANGE_LIMIT / 2 {
            return false;
        }
        date = next;
    }
    true
}

/// What the calendar makes of weekly shifts where that may surprise: each is told once.
#[derive(Default)]
struct Surprises {
    /// Beginnings and ends that the clocks skip or repeat.
    clocks: Vec<(Origin, Reading, DateTime)>,
    /// First holiday into which a shift reaches from the day before.
    reaches: Vec<(Origin, Date)>,
    /// First holiday on which a shift that would reach into the next day does not begin.
    lacks: Vec<(Origin, Date)>,
}

impl Surprises {
    /// A shift that passes midnight before or on a holiday.
    fn night(&mut self, calendar: &Calendar, shift: &Weekly, day: Date, works: bool) {
        let passes = shift.to <= shift.from && shift.to > ClockTime(0);
        let Some(next) = day
            .tomorrow()
            .ok()
            .filter(|_| passes && shift.holidays != Some(true))
        else {
            return;
        };
        if !works {
            note_first(&mut self.lacks, shift.at, day);
        } else if calendar.is_holiday(next) {
            note_first(&mut self.reaches, shift.at, next);
        }
    }

    /// A shift that begins or ends at a time that the clocks skip or repeat.
    fn clocks(
        &mut self,
        calendar: &Calendar,
        shift: &Weekly,
        begins: Option<DateTime>,
        ends: Option<DateTime>,
    ) {
        let zone = calendar.own_zone();
        for local in [begins, ends].into_iter().flatten() {
            let reading = placed(zone, local).map_or(Reading::Once, |p| p.1);
            if reading != Reading::Once
                && !begins_gap(zone, local)
                && !self.clocks.iter().any(|c| c.0 == shift.at && c.1 == reading)
            {
                self.clocks.push((shift.at, reading, local));
            }
        }
    }

    fn tell(&self, reader: &mut Reader, calendar: &Calendar, weekly: &[Weekly]) {
        for &(at, _, local) in &self.clocks {
            if let Some(choice) = explained(calendar.own_zone(), local) {
                reader.warning(at, choice).code("clock-change");
            }
        }
        for shift in weekly {
            let first = |list: &[(Origin, Date)]| list.iter().find(|n| n.0 == shift.at).map(|n| n.1);
            let (reaches, lacks) = (first(&self.reaches), first(&self.lacks));
            let until = written_time(shift.to);
            let reaches = reaches.map(|holiday| {
                format!("what begins the day before reaches into the holiday {holiday} until {until}")
            });
            let lacks = lacks.and_then(|holiday| {
                let next = holiday.tomorrow().ok()?;
                Some(format!(
                    "none begins on the holiday {holiday}, so that {next} is without it until {until}"
                ))
            });
            let parts: Vec<String> = reaches.into_iter().chain(lacks).collect();
            if parts.is_empty() {
                continue;
            }
            let what = match (&shift.name, shift.holidays) {
                (Some(name), _) => format!("the shift `{name}` belongs"),
                (None, Some(_)) => "this shift belongs".into(),
                (None, None) => "these hours belong".into(),
            };
            let message = format!("{what} to the day of the beginning: {}", parts.join("; "));
            let help = "to tell the days apart, end at 24:00 and begin again at 00:00";
            reader
                .warning(shift.at, message)
                .code("night-and-holiday")
                .help(match shift.holidays {
                    Some(_) => format!("holidays = true if it is worked on holidays; {help}"),
                    None => help.to_owned(),
                });
        }
    }
}

fn note_first(list: &mut Vec<(Origin, Date)>, at: Origin, date: Date) {
    if !list.iter().any(|n| n.0 == at) {
        list.push((at, date));
    }
}

/// A time of day as it is read.
pub(crate) fn written_time(time: ClockTime) -> String {
    format!("{:02}:{:02}", time.0 / 60, time.0 % 60)
}

fn check_overlaps(reader: &mut Reader, duties: &[Duty], team: &Team) {
    let shifts = team.shifts.get().map_or(&[][..], |s| s.as_slice());
    let names: BTreeMap<Origin, &str> = shifts
        .iter()
        .filter_map(|s| Some((s.at, s.value.name.get()?.0.as_str())))
        .collect();
    let mut reported: BTreeSet<(Origin, Origin)> = BTreeSet::new();
    for pair in duties.windows(2) {
        let key = (pair[0].at, pair[1].at);
        let other = (pair[1].at, pair[0].at);
        if pair[1].from < pair[0].to && !reported.contains(&key) && !reported.contains(&other) {
            reported.insert(key);
            let message = match names.get(&pair[0].at) {
                _ if pair[0].at == pair[1].at => {
                    "this shift lasts longer than until it begins again".to_owned()
                }
                Some(other) => format!("this shift overlaps the shift `{other}` of the same team"),
                None => "these hours overlap others of the same team".to_owned(),
            };
            let fault = reader.error(pair[1].at, message);
            fault.help(
                "staffing is the number on duty: write one shift after the other, with the number of each",
            );
        }
    }
}

fn check_breaks(reader: &mut Reader, duties: &[Duty]) {
    let mut reported: BTreeSet<Origin> = BTreeSet::new();
    for duty in duties {
        if duty.rest >= duty.to - duty.from && duty.rest > 0 && !reported.contains(&duty.at) {
            reported.insert(duty.at);
            reader.error(duty.at, "the break is as long as the shift");
        }
    }
}

/// Opening hours of a team: its shifts, breaks included, where anybody works in them.
pub(crate) fn opening_hours(duties: &[Duty], end: Time) -> Hours {
    let mut intervals: Vec<(Time, Time)> = Vec::new();
    for duty in duties.iter().filter(|d| d.agents > 0) {
        let (from, to) = clip(duty.from, duty.to, end);
        // Overlaps are faults, noted before; hours must not.
        let from = intervals.last().map_or(from, |last| from.max(last.1));
        if from < to {
            intervals.push((from, to));
        }
    }
    Hours::new(intervals)
}

/// Most agents of a team at any time before the end.
pub(crate) fn most_agents(duties: &[Duty], end: Time) -> u32 {
    duties
        .iter()
        .filter(|d| d.to > 0 && d.from < i128::from(end.0))
        .map(|d| d.agents)
        .max()
        .unwrap_or(0)
}

/// The comings and goings of a team whose agents are numbered from `first`; `None` where they are too many.
///
/// Agents 0 to n of the team work a shift of n. Agent i's break begins at
/// from + (length - break)(i + 1)/(n + 1), so that breaks are spread evenly. An agent who goes off and on at the same
/// instant stays; one who is off at time 0 has a change there.
pub(crate) fn changes(
    duties: &[Duty],
    agents: u32,
    first: u32,
    end: Time,
    already: usize,
) -> Option<Vec<RosterChange>> {
    let mut out = Vec::new();
    let mut worked: Vec<&Duty> = duties.iter().collect();
    for i in 0..agents {
        worked.retain(|d| d.agents > i);
        let mut on: Vec<(Time, Time)> = Vec::new();
        let mut add = |from: i128, to: i128| {
            let (from, to) = clip(from, to, end);
            match on.last_mut() {
                _ if from >= to => {}
                Some(last) if last.1 >= from => last.1 = last.1.max(to),
                _ => on.push((from, to)),
            }
        };
        for duty in &worked {
            if duty.rest > 0 && duty.rest < duty.to - duty.from {
                let spread =
                    (duty.to - duty.from - duty.rest) * i128::from(i + 1) / i128::from(duty.agents + 1);
                let rest_from = duty.from + spread;
                add(duty.from, rest_from);
                add(rest_from + duty.rest, duty.to);
            } else {
                add(duty.from, duty.to);
            }
        }
        let agent = AgentId(first + i);
        if on.first().is_none_or(|first| first.0 > Time::ZERO) {
            out.push(RosterChange {
                at: Time::ZERO,
                agent,
                on: false,
            });
        }
        for (from, to) in on {
            if from > Time::ZERO {
                out.push(RosterChange {
                    at: from,
                    agent,
                    on: true,
                });
            }
            if to < end {
                out.push(RosterChange {
                    at: to,
                    agent,
                    on: false,
                });
            }
        }
        if already + out.len() > CHANGE_LIMIT {
            return None;
        }
    }
    Some(out)
}

/// By time; at one time in the order of agents.
pub(crate) fn sort(changes: &mut [RosterChange]) {
    changes.sort_by_key(|c| (c.at, c.agent));
}

fn clip(from: i128, to: i128, end: Time) -> (Time, Time) {
    let clip = |ns: i128| Time(ns.clamp(0, i128::from(end.0)) as u64);
    (clip(from), clip(to))
}
