//! How long a run goes on after its last measured arrival: long enough for everything that is asked of it.

use ashcloud_core::{Span, Time};

use crate::calendar::Calendar;
use crate::classes::{CALL, ClassFacts};
use crate::file::{ClockWord, Scenario, Staffing, Target, Team};
use crate::law::{cut, median};
use crate::quantity::{Duration, write_span};
use crate::reader::Reader;
use crate::roster::{self, Reach};
use crate::shape::{Either, Field};

/// Without a shorter form the run goes on for so long at least.
const LEAST: Span = Span(72 * Span::HOUR.0);
/// A queue in short form is followed for so many medians of its service, where a target asks.
const MEDIANS: f64 = 20.0;

/// What is asked in a world, and of whom.
pub(crate) struct Asked<'a> {
    /// Targets of the scenario.
    pub(crate) targets: &'a [Target],
    /// Staffing models that meet this world.
    pub(crate) staffings: Vec<&'a Staffing>,
    /// The scenario was written as `[queue]`.
    pub(crate) short: bool,
}

/// How long one target asks to go on after the horizon.
struct Need {
    span: Span,
    /// The team whose opening hours take so long; `None` on the wall clock.
    team: Option<String>,
}

/// The follow-up of a world: as given, else the least that everything asked of it can be judged with. Clocks that never
/// reach what is asked, and a follow-up that is too short, are noted. `None` where it is faulty.
pub(crate) fn follow_up(
    reader: &mut Reader,
    calendar: &Calendar,
    scenario: &Scenario,
    facts: &[Option<ClassFacts>],
    horizon: Time,
    asked: &Asked<'_>,
) -> Option<Span> {
    let given = scenario.follow_up.at();
    if given.is_none() && scenario.follow_up.given() {
        return None;
    }
    let mut longest = match (asked.short, asked.targets.is_empty()) {
        (true, true) => Span::ZERO,
        (true, false) => of_service(facts),
        (false, _) => LEAST.max(longest_cut(facts)),
    };
    for target in asked.targets {
        let Some(need) = need(reader, calendar, horizon, target, asked) else {
            continue;
        };
        longest = longest.max(need.span);
        if let Some((follow_up, at)) = given
            && follow_up.span < need.span
        {
            let until = need.team.as_ref().map_or_else(String::new, |team| {
                let end = calendar.written(i128::from((horizon + need.span).0));
                format!(", in the opening hours of `{team}` until {end}")
            });
            let message = format!(
                "the follow-up of {} is too short for the target {}, which takes {} after the last measured arrival{until}",
                write_span(follow_up.span),
                named(target),
                write_span(need.span)
            );
            let help = format!("follow_up = \"{}\", or leave it out", write_span(need.span));
            reader.warning(at, message).code("follow-up-too-short").help(help);
        }
    }
    warn_of_long_follow_up(reader, horizon, longest, given.is_none(), asked);
    Some(given.map_or(longest, |(follow_up, _)| follow_up.span))
}

/// Opening hours of minutes a week make a day of business time last for years.
fn warn_of_long_follow_up(reader: &mut Reader, horizon: Time, span: Span, own: bool, asked: &Asked<'_>) {
    const YEAR: Span = Span(365 * 24 * Span::HOUR.0);
    let Some(target) = asked.targets.first().filter(|_| own) else {
        return;
    };
    if span < YEAR || span.0 / 10 < horizon.0 {
        return;
    }
    let message = format!(
        "the run goes on for {} days after its horizon, for so long may the opening hours take to come to what the targets ask",
        span.0 / (24 * Span::HOUR.0)
    );
    reader
        .warning(target.here, message)
        .code("long-follow-up")
        .help("a `follow_up`, if sooner is enough; look at the hours of every team that may answer");
}

/// A target as messages name it.
fn named(target: &Target) -> String {
    if let Some(name) = target.name.get() {
        return format!("`{}`", name.0);
    }
    let (form, time) = times(target)
        .into_iter()
        .find_map(|(form, field)| field.get().map(|time| (form, time.span)))
        .unwrap_or(("", Span::ZERO));
    format!("`{form} = \"{}\"`", in_hours(time))
}

/// Whole hours as hours: a day of opening hours is none of 24.
fn in_hours(span: Span) -> String {
    if span.0 > 0 && span.0.is_multiple_of(Span::HOUR.0) {
        return format!("{}h", span.0 / Span::HOUR.0);
    }
    write_span(span)
}

/// The times that a target may ask for.
fn times(target: &Target) -> [(&'static str, &Field<Duration>); 6] {
    [
        ("answered_within", &target.answered_within),
        ("taken_up_within", &target.taken_up_within),
        ("mean_response_at_most", &target.mean_response_at_most),
        ("mean_wait_at_most", &target.mean_wait_at_most),
        ("response_at_most", &target.response_at_most),
        ("wait_at_most", &target.wait_at_most),
    ]
}

/// How long a target asks to go on; `None` where it asks for no time.
fn need(
    reader: &mut Reader,
    calendar: &Calendar,
    horizon: Time,
    target: &Target,
    asked: &Asked<'_>,
) -> Option<Need> {
    let asked_for = times(target).into_iter().filter_map(|(_, field)| field.get());
    let span = asked_for.map(|time| time.span).max()?;
    if target.clock.get() != Some(&ClockWord::Business) {
        return Some(Need { span, team: None });
    }
    let mut longest = Need { span, team: None };
    for staffing in &asked.staffings {
        let need = business_need(reader, calendar, horizon, target, span, staffing);
        if let Some(need) = need
            && need.span > longest.span
        {
            longest = need;
        }
    }
    Some(longest)
}

/// The longest time in which the opening hours of a team that may answer come to `span` after the horizon.
fn business_need(
    reader: &mut Reader,
    calendar: &Calendar,
    horizon: Time,
    target: &Target,
    span: Span,
    staffing: &Staffing,
) -> Option<Need> {
    let class = target.class.get().map(|name| name.0.as_str());
    let teams = staffing.teams.get().map_or(&[][..], |t| t.as_slice());
    let mut longest: Option<Need> = None;
    let mut ended: Vec<(&Team, Span)> = Vec::new();
    for team in teams.iter().filter(|team| may_answer(staffing, team, class)) {
        let need = match roster::reach(reader, calendar, team, horizon, span)? {
            Reach::At(time) => time.since(horizon),
            Reach::Ends(last) => {
                ended.push((team, last.max(horizon).since(horizon)));
                continue;
            }
        };
        if longest.as_ref().is_none_or(|longest| longest.span < need) {
            longest = Some(Need {
                span: need,
                team: Some(name_of(team)),
            });
        }
    }
    if longest.is_some() || ended.is_empty() {
        return longest;
    }
    let team = name_of(ended[0].0);
    let never = ended.iter().all(|(team, _)| {
        matches!(
            roster::reach(reader, calendar, team, Time::ZERO, span),
            Some(Reach::Ends(_))
        )
    });
    let at = target
        .answered_within
        .place_or(target.taken_up_within.place_or(target.here));
    if never {
        let message = format!(
            "the opening hours of `{team}` never come to {}: this target could not be missed",
            in_hours(span)
        );
        reader
            .error(at, message)
            .help("a shorter time, clock = \"wall\", or longer hours");
        return None;
    }
    let message = format!(
        "after the last measured arrival the opening hours of `{team}` do not come to {} any more: what arrives last may stay \
         unanswered, and counts as missed",
        in_hours(span)
    );
    reader
        .warning(at, message)
        .code("clock-ends")
        .help("shifts beyond the horizon, or an earlier `horizon`");
    let span = ended.into_iter().map(|e| e.1).max()?;
    Some(Need {
        span,
        team: Some(team),
    })
}

fn name_of(team: &Team) -> String {
    team.name.get().map_or_else(String::new, |name| name.0.clone())
}

/// May a team answer comments of this class (of any where none is named)? Those that are handed work may.
fn may_answer(staffing: &Staffing, team: &Team, class: Option<&str>) -> bool {
    let Some(class) = class else { return true };
    if class == CALL {
        return team.takes_phone.given() && team.takes_phone.get().is_none_or(|takes| takes.0);
    }
    let skilled = team.skills.get().is_none_or(|skills| {
        skills.iter().any(|skill| match &skill.value {
            Either::A(name) => name.0 == class,
            Either::B(skill) => skill.class.get().is_none_or(|name| name.0 == class),
        })
    });
    let handed = staffing.hand_over.get().map_or(&[][..], |list| list.as_slice());
    let own = team.name.get().map(|name| name.0.as_str());
    skilled
        || handed.iter().any(|entry| {
            entry.to.get().map(|to| to.0.as_str()) == own
                && entry.class.get().is_none_or(|name| name.0 == class)
        })
}

/// Time in which a service is over nearly always.
fn of_service(facts: &[Option<ClassFacts>]) -> Span {
    let seconds = facts.iter().flatten().map(|facts| median(&facts.handling));
    let longest = MEDIANS * seconds.fold(0.0, f64::max);
    if longest < LEAST.seconds() {
        Span::from_seconds(longest)
    } else {
        LEAST
    }
}

/// The longest cut of the tolerances.
fn longest_cut(facts: &[Option<ClassFacts>]) -> Span {
    let mut longest = Span::ZERO;
    for facts in facts.iter().flatten() {
        if let Some(tolerance) = &facts.tolerance
            && let Some(cut) = cut(&tolerance.law)
        {
            longest = longest.max(Span::from_seconds(cut));
        }
    }
    longest
}
