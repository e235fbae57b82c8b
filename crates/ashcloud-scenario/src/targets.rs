//! What is asked: targets, and how much is run to judge them.

use std::collections::BTreeSet;

use ashcloud_core::{Span, Time};

use crate::calendar::Calendar;
use crate::classes::{ArrivalClasses, CALL, PHONE};
use crate::fault::did_you_mean;
use crate::file::{
    ClockWord, Experiment as ExperimentShape, Observe as ObserveShape, OfWord, Target as Shape,
};
use crate::law::exactly_one;
use crate::quantity::{Duration, write_span};
use crate::reader::Reader;
use crate::shape::{Either, Field, Flag, Share};
use crate::spec::{Clock, Experiment, Observe, Of, Target, TargetMeasure, World};
use crate::traffic::instant_time;
use crate::tree::Origin;
use crate::world::WorldDraft;

/// Most replications.
const REPLICATION_LIMIT: u64 = 10_000;
/// The platform's badge is judged at midnights seven days after the measured start and later: one at least must be there.
const BADGE_FROM: Span = Span(8 * 24 * Span::HOUR.0);

/// Compiles the targets; faults are noted. A target may be restricted to one class; without that it is of every class
/// but calls.
pub(crate) fn targets(
    reader: &mut Reader,
    shapes: &[Shape],
    arrivals: &ArrivalClasses,
    worlds: &[WorldDraft],
    calls_taken: bool,
) -> Vec<Target> {
    let classes = arrivals.classes.as_slice();
    let only_calls = arrivals.calls().is_some() && arrivals.page_classes().next().is_none();
    let mut out: Vec<Target> = Vec::new();
    let mut seen = BTreeSet::new();
    for shape in shapes {
        let class = shape.class.at().and_then(|(name, at)| {
            let found = classes.iter().position(|c| *c == name.0);
            if found.is_none() && reader.is_undeclared(&name.0) {
                return None;
            }
            if found.is_none() {
                let known: Vec<&str> = classes.iter().map(String::as_str).collect();
                let help = match name.0.as_str() {
                    PHONE if arrivals.calls().is_some() => Some(format!("did you mean `{CALL}`?")),
                    CALL | PHONE if arrivals.calls().is_none() => {
                        Some("calls come by [phone], and the scenario has none".into())
                    }
                    _ => did_you_mean(&name.0, &known),
                };
                reader
                    .error(at, format!("no stream of arrivals has the class `{}`", name.0))
                    .suggestion = help;
            } else if name.0 == CALL && arrivals.calls().is_some() && !calls_taken {
                let message = "this target is of calls, and no staffing model takes the phone";
                reader
                    .warning(at, message)
                    .code("target-of-calls-untaken")
                    .help("takes_phone = true in a team");
            }
            found
        });
        if only_calls && !shape.class.given() {
            let message = "this target is of comments, and only calls arrive";
            reader
                .warning(shape.here, message)
                .code("target-of-comments-without-any")
                .help("class = \"call\"");
        }
        let Some((measure, threshold, terms)) = measure(reader, shape, worlds) else {
            continue;
        };
        let clock = clock(shape);
        let mut name = match shape.name.get() {
            Some(name) => name.0.clone(),
            None => terms,
        };
        if !shape.name.given() {
            if clock == Clock::Business {
                name.push_str(", business hours");
            }
            if let Some(class) = class {
                name.push_str(&format!(", {}", classes[class]));
            }
        }
        if !seen.insert(name.clone()) {
            let fault = reader.error(
                shape.name.place_or(shape.here),
                format!("two targets are named `{name}`"),
            );
            fault.help("give each a `name` of its own");
        }
        out.push(Target {
            name,
            measure,
            threshold,
            class,
            clock,
        });
    }
    out
}

/// What is measured, the threshold, and the terms in words.
fn measure(reader: &mut Reader, s: &Shape, worlds: &[WorldDraft]) -> Option<(TargetMeasure, f64, String)> {
    let forms = [
        ("answered_within", s.answered_within.given()),
        ("taken_up_within", s.taken_up_within.given()),
        ("mean_response_at_most", s.mean_response_at_most.given()),
        ("mean_wait_at_most", s.mean_wait_at_most.given()),
        ("quantile", s.quantile.given()),
        ("response_rate", s.response_rate.given()),
        ("badge_days", s.badge_days.given()),
    ];
    let form = exactly_one(reader, s.here, "a target", &forms)?;
    refuse_strangers(reader, s, form);
    match form {
        "answered_within" if s.daily_share.given() || s.days.given() => {
            let daily = required(reader, &s.daily_share, s.here, "daily_share");
            let days = required(reader, &s.days, s.here, "days");
            if s.of.given() {
                let fault = reader.error(s.of.place_or(s.here), "a daily share is of offered comments");
                fault.help("leave out `of`");
            }
            let span = positive(reader, &s.answered_within)?;
            let (daily, days) = (daily?, days?);
            let terms = format!(
                "on {} of days {} answered within {}",
                percent(days),
                percent(daily),
                write_span(span)
            );
            Some((TargetMeasure::Daily(span, daily), days, terms))
        }
        "answered_within" | "taken_up_within" => {
            let answered = form == "answered_within";
            let share = required(reader, &s.share, s.here, "share");
            let of = of(s);
            let leaving = matches!(of, Of::OfferedLeftCounted | Of::OfferedLeftExcluded);
            if leaving && s.clock.get() == Some(&ClockWord::Business) {
                let message = "who leaves is answered by no team, so there are no opening hours to count";
                let fault = reader.error(s.clock.place_or(s.here), message);
                fault.help("of = \"offered\" or \"answered\", or the wall clock");
            }
            // Taken up within 0s: at once.
            let span = if answered {
                positive(reader, &s.answered_within)?
            } else {
                s.taken_up_within.get()?.span
            };
            let share = share?;
            let verb = if answered { "answered" } else { "taken up" };
            let terms = format!(
                "{} {verb} within {} of {}",
                percent(share),
                write_span(span),
                of_words(of)
            );
            let measure = if answered {
                TargetMeasure::AnsweredWithin(span, of)
            } else {
                TargetMeasure::StartedWithin(span, of)
            };
            Some((measure, share, terms))
        }
        "mean_response_at_most" => {
            let span = positive(reader, &s.mean_response_at_most)?;
            Some((
                TargetMeasure::MeanResponse,
                span.seconds(),
                format!("mean response at most {}", write_span(span)),
            ))
        }
        "mean_wait_at_most" => {
            let span = positive(reader, &s.mean_wait_at_most)?;
            Some((
                TargetMeasure::MeanWait,
                span.seconds(),
                format!("mean wait at most {}", write_span(span)),
            ))
        }
        "quantile" => quantile(reader, s),
        "badge_days" => {
            let (days, at) = s.badge_days.at()?;
            check_badge(reader, s, worlds, at);
            let terms = format!("badge shown on {} of days", percent(days.0));
            Some((TargetMeasure::BadgeDays, days.0, terms))
        }
        _ => {
            let rate = s.response_rate.get()?.0;
            Some((
                TargetMeasure::ResponseRate,
                rate,
                format!("response rate at least {}", percent(rate)),
            ))
        }
    }
}

/// The badge is the page's, and looks back seven days.
fn check_badge(reader: &mut Reader, s: &Shape, worlds: &[WorldDraft], at: Origin) {
    if s.class.given() {
        let fault = reader.error(
            s.class.place_or(s.here),
            "the badge is of all comments: it has no `class`",
        );
        fault.help("leave out `class`");
    }
    let short = |w: &World| w.horizon.since(w.warm_up) < BADGE_FROM;
    // Where the clock itself is faulty nothing is known of the days.
    let known = || worlds.iter().filter(|w| w.clock_known);
    if known().any(|w| short(&w.world)) {
        let fault = reader.error(
            at,
            "the badge looks back seven days: at least eight days must be measured",
        );
        fault.help("a longer `horizon`");
    } else if known().any(|w| w.world.end <= w.world.horizon) {
        let fault = reader.error(
            at,
            "the badge needs a `follow_up`: comments of the last day are answered in it",
        );
        fault.help("follow_up = \"1d\"");
    }
}

fn quantile(reader: &mut Reader, s: &Shape) -> Option<(TargetMeasure, f64, String)> {
    let forms = [
        ("response_at_most", s.response_at_most.given()),
        ("wait_at_most", s.wait_at_most.given()),
    ];
    let form = exactly_one(reader, s.here, "a target of a quantile", &forms)?;
    let (quantile, at) = s.quantile.at()?;
    let q = quantile.0;
    if q <= 0.0 || q >= 1.0 {
        reader
            .error(at, "a quantile lies strictly between 0 and 1")
            .found(q.to_string());
        return None;
    }
    let name = format!("p{}", (q * 1e6).round() / 1e4);
    if form == "response_at_most" {
        let span = positive(reader, &s.response_at_most)?;
        let terms = format!("{name} of the response at most {}", write_span(span));
        return Some((TargetMeasure::ResponseQuantile(q), span.seconds(), terms));
    }
    let span = positive(reader, &s.wait_at_most)?;
    let terms = format!("{name} of the wait at most {}", write_span(span));
    Some((TargetMeasure::WaitQuantile(q), span.seconds(), terms))
}

/// Fields that belong to another kind of target.
fn refuse_strangers(reader: &mut Reader, s: &Shape, form: &str) {
    let shares = ["answered_within", "taken_up_within"];
    let fields: [(&str, bool, Origin, &[&str]); 7] = [
        ("share", s.share.given(), s.share.place_or(s.here), &shares),
        ("of", s.of.given(), s.of.place_or(s.here), &shares),
        (
            "daily_share",
            s.daily_share.given(),
            s.daily_share.place_or(s.here),
            &["answered_within"],
        ),
        (
            "days",
            s.days.given(),
            s.days.place_or(s.here),
            &["answered_within"],
        ),
        (
            "response_at_most",
            s.response_at_most.given(),
            s.response_at_most.place_or(s.here),
            &["quantile"],
        ),
        (
            "wait_at_most",
            s.wait_at_most.given(),
            s.wait_at_most.place_or(s.here),
            &["quantile"],
        ),
        (
            "clock",
            s.clock.get() == Some(&ClockWord::Business),
            s.clock.place_or(s.here),
            &shares,
        ),
    ];
    for (name, given, at, owners) in fields {
        if given && !owners.contains(&form) {
            let owners: Vec<String> = owners.iter().map(|o| format!("`{o}`")).collect();
            reader.error(
                at,
                format!("`{name}` goes with {}, not with `{form}`", owners.join(" or ")),
            );
        }
    }
    if s.share.given() && s.daily_share.given() {
        reader.error(
            s.share.place_or(s.here),
            "`share` and `daily_share` exclude each other",
        );
    }
}

fn required(reader: &mut Reader, field: &Field<Share>, here: Origin, name: &str) -> Option<f64> {
    if !field.given() {
        reader.missing(here, name, "this target", "a share from 0 to 1");
    }
    field.get().map(|s| s.0)
}

fn positive(reader: &mut Reader, field: &Field<Duration>) -> Option<Span> {
    let (duration, at) = field.at()?;
    if duration.span == Span::ZERO {
        reader.error(at, "a target's time must be longer than 0");
        return None;
    }
    Some(duration.span)
}

fn of(s: &Shape) -> Of {
    match s.of.get() {
        None | Some(OfWord::Offered) => Of::Offered,
        Some(OfWord::Answered) => Of::Answered,
        Some(OfWord::LeavingCounted) => Of::OfferedLeftCounted,
        Some(OfWord::LeavingExcluded) => Of::OfferedLeftExcluded,
    }
}

fn of_words(of: Of) -> &'static str {
    match of {
        Of::Offered => "offered",
        Of::Answered => "answered",
        Of::OfferedLeftCounted => "offered, leaving counted",
        Of::OfferedLeftExcluded => "offered, leaving excluded",
    }
}

fn clock(s: &Shape) -> Clock {
    match s.clock.get() {
        Some(ClockWord::Business) => Clock::Business,
        _ => Clock::Wall,
    }
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1e6).round() / 1e4)
}

/// How much is run.
pub(crate) fn experiment(reader: &mut Reader, shape: Option<&ExperimentShape>) -> Experiment {
    let mut out = Experiment {
        replications: None,
        half_width: 0.05,
        seed: 1,
        confidence: 0.95,
    };
    let Some(shape) = shape else { return out };
    if let Some((Either::A(number), at)) = shape.replications.at() {
        if !(1..=REPLICATION_LIMIT).contains(&number.0) {
            let fault = reader.error(at, "replications are a number from 1 to 10,000, or \"auto\"");
            fault.found(number.0.to_string());
        }
        out.replications = Some(number.0.min(REPLICATION_LIMIT) as u32);
    }
    if let Some(half_width) = shape.half_width.get() {
        out.half_width = half_width.0;
    }
    if let Some(seed) = shape.seed.get() {
        out.seed = seed.0;
    }
    if let Some((confidence, at)) = shape.confidence.at() {
        if confidence.0 <= 0.0 || confidence.0 >= 1.0 {
            let fault = reader.error(at, "confidence lies strictly between 0 and 1");
            fault.found(confidence.0.to_string());
        }
        out.confidence = confidence.0;
    }
    out
}

/// Moments at which one run may be looked at.
const MOMENTS: u64 = 10_000;

/// What is measured beside the targets.
pub(crate) fn observe(
    reader: &mut Reader,
    shape: Option<&ObserveShape>,
    calendar: &Calendar,
    worlds: Option<&Vec<WorldDraft>>,
) -> Observe {
    let Some(shape) = shape else {
        return Observe::default();
    };
    let ends = || worlds.into_iter().flatten().map(|w| w.world.end);
    let (first_end, last_end) = (ends().min(), ends().max());
    let mut at = Vec::new();
    for instant in shape.at.get().map_or(&[][..], |list| list.as_slice()) {
        let time = instant_time(reader, calendar, instant.value, instant.at);
        if time.zip(first_end).is_some_and(|(time, end)| time > end) {
            reader.error(instant.at, "nobody can look after the end of the run");
        }
        at.extend(time);
    }
    at.sort();
    at.dedup();
    let every = shape.every.at().and_then(|(every, place)| {
        if every.span == Span::ZERO {
            reader.error(place, "a bin must be longer than 0");
            return None;
        }
        Some(every.span)
    });
    let bins = |end: Time| every.map_or(0, |every| end.0 / every.0);
    let moments = at.len() as u64 + last_end.map_or(0, bins);
    if moments > MOMENTS {
        let place = shape.every.place_or(shape.at.place_or(shape.here));
        let fault = reader.error(place, "more than 10,000 moments to look at");
        fault
            .found(moments.to_string())
            .help("longer bins, or fewer instants");
    }
    if shape.moments.get().is_some_and(|flag| flag.0) {
        let message = "second moments and busy periods are measured, but no report shows them yet";
        let fault = reader.warning(shape.moments.place_or(shape.here), message);
        fault
            .code("not-reported-yet")
            .help("leave out `moments`: without it the run is faster");
    }
    let flag = |field: &Field<Flag>, default: bool| field.get().map_or(default, |f| f.0);
    Observe {
        at,
        every,
        moments: flag(&shape.moments, false),
        until_clear: flag(&shape.until_clear, false),
        waits: flag(&shape.waits, true),
        responses: flag(&shape.responses, true),
    }
}
