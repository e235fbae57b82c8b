//! Part-time attention: when people look at the page, and what they pick.

use std::sync::Arc;

use ashcloud_core::{LateFinish, Preemption, Span, Time};

use crate::budget::Cost;
use crate::calendar::{Calendar, Reading, begins_gap, explained, on_date, placed};
use crate::data::CsvCache;
use crate::file::{AttentionShape, NothingWaitsWord, PickShape, SofaShape, Team};
use crate::law::{median, time_law};
use crate::quantity::{ClockTime, Duration};
use crate::reader::Reader;
use crate::roster::written_time;
use crate::rules::Rules;
use crate::shape::{Either, Field};
use crate::spec::{Attention, Pick, Sofa};
use crate::staffing::TeamFacts;
use crate::tree::Origin;

/// What scrolling past a comment takes.
const SCAN: Span = Span(18 * Span::SECOND.0);
/// How long a look after hours lasts.
const SOFA_SESSION: Span = Span(20 * 60 * Span::SECOND.0);
/// When looks after hours begin, in minutes of the day.
const SOFA_FROM: ClockTime = ClockTime(18 * 60 + 30);
const SOFA_TO: ClockTime = ClockTime(22 * 60 + 30);

/// How the people of a team look at the page; `None` for full-time attention, and after a fault.
pub(crate) struct PartTime {
    pub(crate) attention: Attention,
    /// Who finds nothing stays.
    pub(crate) stay: bool,
}

impl PartTime {
    /// May a comment be scrolled past?
    pub(crate) fn scrolls_past(&self) -> bool {
        let all = |pick: &Pick| pick.at_once >= 1.0 && pick.fades == f64::INFINITY;
        self.attention.pick.as_ref().is_some_and(|pick| !all(pick))
    }
}

/// Where a team's `pick` stands.
pub(crate) fn pick_place(shape: &Team) -> Origin {
    match shape.attention.get() {
        Some(Either::B(table)) => table.pick.place_or(table.here),
        _ => shape.attention.place_or(shape.here),
    }
}

/// Reads a team's attention; faults are noted.
pub(crate) fn attention(
    reader: &mut Reader,
    csv: &mut CsvCache,
    shape: &Team,
    calendar: &Calendar,
    end: Time,
) -> Option<PartTime> {
    let Some(Either::B(table)) = shape.attention.get() else {
        return None;
    };
    let gap = gap(reader, csv, table);
    let session = if table.session.given() {
        longer_than_0(reader, &table.session, "a session")
    } else {
        Some(Span::FOREVER)
    };
    let pick = match table.pick.get() {
        Some(Either::B(pick)) => Some(read_pick(reader, pick)),
        _ => None,
    };
    let days = end.0 / (24 * Span::HOUR.0);
    let at = table.sofa_check.place_or(table.here);
    let sofa = match table.sofa_check.get() {
        None => None,
        Some(_) if !reader.spend(at, Cost::Changes, days) => None,
        Some(Either::A(share)) => {
            let at = table.sofa_check.place_or(table.here);
            Some(Sofa {
                probability: share.0,
                session: SOFA_SESSION,
                windows: sofa_windows(reader, calendar, end, (SOFA_FROM, SOFA_TO), at),
            })
        }
        Some(Either::B(sofa)) => read_sofa(reader, calendar, end, sofa),
    };
    let stay = table.when_nothing_waits.get() == Some(&NothingWaitsWord::Stay);
    if stay {
        for (name, given, at) in [
            (
                "session",
                table.session.given(),
                table.session.place_or(table.here),
            ),
            (
                "sofa_check",
                table.sofa_check.given(),
                table.sofa_check.place_or(table.here),
            ),
        ] {
            if given {
                let message = format!("`{name}` is for people who leave: with \"stay\" a look has no end");
                let help = format!("leave out `{name}`, or when_nothing_waits = \"leave\"");
                reader.error(at, message).help(help);
            }
        }
    }
    let pick = match pick {
        Some(read) => Some(read?),
        None => None,
    };
    Some(PartTime {
        attention: Attention {
            gap: gap?,
            session: session?,
            pick,
            sofa: sofa.filter(|s| s.probability > 0.0),
        },
        stay,
    })
}

/// The law of being away: were it always 0, the clock would stand still.
fn gap(reader: &mut Reader, csv: &mut CsvCache, table: &AttentionShape) -> Option<crate::spec::Law> {
    let law = time_law(reader, csv, &table.gap)?;
    if median(&law) < SHORTEST_GAP {
        let at = table.gap.place_or(table.here);
        let fault = reader.error(
            at,
            "half of the gaps must last a tenth of a second: who is hardly ever away looks all the time",
        );
        fault.help("a longer `gap`, or attention = \"full\"");
        return None;
    }
    Some(law)
}

/// Shorter gaps are no gaps; seconds.
const SHORTEST_GAP: f64 = 0.1;

fn read_pick(reader: &mut Reader, shape: &PickShape) -> Option<Pick> {
    let fades = match shape.fades.at() {
        None if shape.fades.given() => None,
        None | Some((Either::A(_), _)) => Some(f64::INFINITY),
        Some((Either::B(duration), at)) => {
            if duration.seconds > 0.0 {
                Some(duration.seconds)
            } else {
                let fault = reader.error(at, "interest takes longer than 0 to fade");
                fault.help("fades = \"never\" where age does not matter");
                None
            }
        }
    };
    let scan = match shape.scan.get() {
        None if shape.scan.given() => None,
        None => Some(SCAN),
        Some(duration) => Some(duration.span),
    };
    Some(Pick {
        at_once: shape.at_once.get()?.0,
        fades: fades?,
        scan: scan?,
    })
}

fn read_sofa(reader: &mut Reader, calendar: &Calendar, end: Time, shape: &SofaShape) -> Option<Sofa> {
    let session = if shape.session.given() {
        longer_than_0(reader, &shape.session, "a look after hours")
    } else {
        Some(SOFA_SESSION)
    };
    let time = |field: &Field<ClockTime>, default: ClockTime| match field.get() {
        Some(&time) => Some(time),
        None => (!field.given()).then_some(default),
    };
    let (from, to) = (time(&shape.from, SOFA_FROM)?, time(&shape.to, SOFA_TO)?);
    if to <= from {
        let at = shape.to.place_or(shape.from.place_or(shape.here));
        let fault = reader.error(
            at,
            "the looks after hours end before they begin: `to` must be later than `from`",
        );
        fault.found(format!("\"{}\" to \"{}\"", written_time(from), written_time(to)));
        return None;
    }
    let share = shape.share.get()?.0;
    Some(Sofa {
        probability: share,
        session: session?,
        windows: sofa_windows(reader, calendar, end, (from, to), shape.here),
    })
}

/// One window on every local day that begins within the run. The first that begins or ends at a time that the clocks skip or
/// repeat is named.
fn sofa_windows(
    reader: &mut Reader,
    calendar: &Calendar,
    end: Time,
    (from, to): (ClockTime, ClockTime),
    at: Origin,
) -> Arc<[(Time, Time)]> {
    let mut windows: Vec<(Time, Time)> = Vec::new();
    let mut told: Vec<Reading> = Vec::new();
    let mut date = Some(calendar.first_date());
    while let Some(day) = date {
        let (Some(begins), Some(ends)) = (calendar.on(day, from), calendar.on(day, to)) else {
            break;
        };
        if begins >= i128::from(end.0) {
            break;
        }
        for local in [from, to].into_iter().filter_map(|time| on_date(day, time)) {
            let zone = calendar.own_zone();
            let reading = placed(zone, local).map_or(Reading::Once, |placed| placed.1);
            if reading != Reading::Once && !begins_gap(zone, local) && !told.contains(&reading) {
                told.push(reading);
                let choice = explained(zone, local).unwrap_or_default();
                reader.warning(at, choice).code("clock-change");
            }
        }
        // A change of clocks may swallow a window, a zone that skips a day may give two dates the same one, and the first may
        // have begun before the run: a look is spread over what is left of it.
        let after = windows.last().map_or(0, |last| i128::from(last.1.0));
        let begins = if windows.is_empty() { begins.max(0) } else { begins };
        if begins >= after && ends > begins {
            windows.push((Time(begins as u64), Time(ends as u64)));
        }
        date = day.tomorrow().ok();
    }
    windows.into()
}

fn longer_than_0(reader: &mut Reader, field: &Field<Duration>, what: &str) -> Option<Span> {
    let (duration, at) = field.at()?;
    if duration.span == Span::ZERO {
        reader.error(at, format!("{what} must last longer than 0"));
        return None;
    }
    Some(duration.span)
}

/// What does not go together with part-time attention.
pub(crate) fn refuse_beside(reader: &mut Reader, shape: &Team, team: &TeamFacts, rules: &Rules) {
    if !matches!(shape.attention.get(), Some(Either::B(_))) {
        return;
    }
    let mut refused: Vec<(&str, Origin, &str)> = Vec::new();
    if team.late_finish == LateFinish::HandBack {
        let at = shape.late_finish.place_or(shape.here);
        refused.push(("work that is handed back", at, "late_finish = \"finish\""));
    }
    if team.at_once != 1 {
        refused.push(("several comments at once", team.at_once_at, "at_once = 1"));
    }
    if rules.preemption != Preemption::Never {
        refused.push((
            "work that is interrupted",
            rules.preempt_at,
            "preempt = \"never\"",
        ));
    }
    if team.agents.is_none() {
        let at = shape.agents.place_or(shape.here);
        refused.push(("unlimited agents", at, "give a number of agents"));
    }
    if shape.set_up.given() {
        let at = shape.set_up.place_or(shape.here);
        refused.push(("set-up times", at, "leave out `set_up`"));
    }
    if team.takes_phone {
        let at = shape.takes_phone.place_or(shape.here);
        refused.push((
            "calls, which do not wait until somebody looks,",
            at,
            "let a team with full attention take the phone",
        ));
    }
    for skill in shape.skills.get().map_or(&[][..], |s| s.as_slice()) {
        if let Either::B(table) = &skill.value
            && let Some((reserve, at)) = table.reserve.at()
            && reserve.0 > 0
        {
            refused.push(("agents kept free", at, "leave out `reserve`"));
        }
    }
    for (what, at, help) in refused {
        reader
            .error(at, format!("part-time attention and {what} do not go together"))
            .help(help);
    }
}
