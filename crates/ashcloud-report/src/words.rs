//! Figures and verdicts in words that can be read aloud.

use crate::document::{
    Asks, Basis, CALLS, Difference, Document, Estimate, Model, ReasonKind, Target, VerdictRow,
};
use crate::numbers;
use crate::page::Style;

/// Most replications a scenario may ask for.
const MOST_REPLICATIONS: f64 = 10_000.0;

/// "83.0 % (81.2 to 84.8) answered within 1 h; the target is 80 %: met."
pub(crate) fn verdict_sentence(document: &Document, target: &Target, row: &VerdictRow) -> String {
    let asked = asked(&target.unit, target.threshold);
    let verdict = row.verdict.word();
    let words = of_class(&target.words, &target.class);
    if row.value.is_none() {
        return format!(
            "{}: nothing was measured: {verdict}.",
            words.trim_end_matches(',')
        );
    }
    match target.asks {
        Asks::AtLeast => format!(
            "{}; the target is {asked}: {verdict}.",
            reached(document, target, row)
        ),
        Asks::AtMost => {
            let (figure, rate) = (figure(document, target, row), at_rate(document, target, row));
            format!("the {words} is {figure}{rate}; the target is at most {asked}: {verdict}.")
        }
    }
}

/// " at a response rate of 96.2 %": a mean is over the answered, and says nothing without their share.
fn at_rate(document: &Document, target: &Target, row: &VerdictRow) -> String {
    document
        .find(&row.model, "response_rate", &target.class, "all", "all")
        .filter(|_| target.measure == "first_response_mean" && row.value.is_some())
        .map_or(String::new(), |rate| {
            format!(" at a response rate of {}", point(rate))
        })
}

/// "83.0 % (81.2 to 84.8) answered within 1 h", "mean first response 44 min 10 s (42 min to 46 min 20 s)".
pub(crate) fn reached(document: &Document, target: &Target, row: &VerdictRow) -> String {
    let words = of_class(&target.words, &target.class);
    let words = words.trim_end_matches(',');
    let figure = figure(document, target, row);
    match target.asks {
        Asks::AtLeast => format!("{figure} {words}"),
        Asks::AtMost => format!("{words} {figure}{}", at_rate(document, target, row)),
    }
}

/// What a model reached on a target, with its interval; "-" where nothing was measured.
pub(crate) fn figure(document: &Document, target: &Target, row: &VerdictRow) -> String {
    let Some(value) = row.value else {
        return "-".into();
    };
    let decimals = target_decimals(document, target);
    let text = interval(&target.unit, value, row.lower, row.upper, decimals);
    if document.replications > 1 && row.lower.is_none() {
        format!("{text}{}", no_interval(row.basis))
    } else {
        text
    }
}

/// The same without its interval.
pub(crate) fn bare_figure(document: &Document, target: &Target, row: &VerdictRow) -> String {
    row.value.map_or("-".into(), |value| {
        value_text(&target.unit, value, target_decimals(document, target))
    })
}

/// Decimals of a target's shares, alike for all models: as many as tell the ends of every interval from what is asked.
fn target_decimals(document: &Document, target: &Target) -> usize {
    let rows: Vec<&VerdictRow> = document
        .verdicts
        .iter()
        .filter(|row| row.target == target.name && row.value.is_some())
        .collect();
    let shares = rows.iter().map(|row| {
        (
            row.value.unwrap_or(0.0),
            own_decimals(row.lower, row.upper, row.value),
        )
    });
    let mut decimals = column_decimals(&shares.collect::<Vec<(f64, usize)>>());
    let alike = |end: f64, d| {
        end != target.threshold && numbers::bare_share(end, d) == numbers::bare_share(target.threshold, d)
    };
    while decimals < 4
        && rows
            .iter()
            .flat_map(|row| [row.lower, row.upper])
            .flatten()
            .any(|end| alike(end, decimals))
    {
        decimals += 1;
    }
    decimals
}

/// Decimals that shares in one column have: one, or more where a share would read "under" or "over" and bears more.
fn column_decimals(shares: &[(f64, usize)]) -> usize {
    let hidden = |&(value, own): &(f64, usize), decimals| {
        own > decimals && numbers::share(value, decimals).starts_with(['u', 'o'])
    };
    let mut decimals = 1;
    while shares.iter().any(|share| hidden(share, decimals)) {
        decimals += 1;
    }
    decimals
}

/// Estimates of one measure as they stand below each other, without their intervals and with decimals alike; "-" is none.
pub(crate) fn column(estimates: &[Option<&Estimate>]) -> Vec<String> {
    let known = || estimates.iter().flatten();
    let shares: Vec<(f64, usize)> = known()
        .map(|e| (e.value, own_decimals(e.lower, e.upper, Some(e.value))))
        .collect();
    let share = column_decimals(&shares);
    let largest = known().map(|e| e.value.abs()).fold(0.0, f64::max);
    let text = |e: &Estimate| match e.unit.as_str() {
        "share" => numbers::share(e.value, share),
        "h" => {
            let whole = largest >= 99.95 || known().all(|e| e.value == e.value.trunc());
            format!("{} h", small_or(e.value, usize::from(!whole)))
        }
        "money" => small_or(e.value, if largest < 999.995 { 2 } else { 0 }),
        _ => point(e),
    };
    estimates.iter().map(|e| e.map_or("-".into(), text)).collect()
}

/// Rounded to so many decimals; what is not 0 is not written as 0.
fn small_or(value: f64, decimals: usize) -> String {
    let text = numbers::grouped(value, decimals);
    if value > 0.0 && decimals == 0 && text == "0" {
        "under 1".into()
    } else {
        text
    }
}

/// "a, b and c".
pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A sentence begins with a capital.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// "taken up within 20 s (calls only, in opening hours)"
fn of_class(words: &str, class: &str) -> String {
    let only = match class {
        "all" => return words.into(),
        CALLS => "calls only".to_string(),
        other => format!("{other} only"),
    };
    if words.contains("(in opening hours)") {
        words.replace("(in opening hours)", &format!("({only}, in opening hours)"))
    } else if let Some(words) = words.strip_suffix(',') {
        format!("{words} ({only}),")
    } else {
        format!("{words} ({only})")
    }
}

/// "Within 20 s": does not apply, nobody here takes calls.
pub(crate) fn does_not_apply(target: &Target, style: Style) -> String {
    let why = if target.class == CALLS {
        ", nobody here takes calls"
    } else {
        ""
    };
    format!("{}: does not apply{why}.", style.quoted(&target.name))
}

/// `"hub": "within the hour" is missed: 63.1 % (61.9 to 64.3) answered within 1 h; the target is 80 %`: one verdict in one line, for
/// a log.
pub fn verdict_in_brief(document: &Document, row: &VerdictRow) -> String {
    let target = document.targets.iter().find(|t| t.name == row.target);
    let word = row.verdict.word();
    let about = format!("\"{}\": \"{}\" is {word}", row.model, row.target);
    let Some(target) = target else {
        return about;
    };
    let sentence = verdict_sentence(document, target, row);
    let sentence = sentence.strip_suffix(&format!(": {word}.")).unwrap_or(&sentence);
    format!("{about}: {sentence}")
}

/// Why a verdict is undecided, and what would settle it.
pub(crate) fn what_would_settle(document: &Document, target: &Target, row: &VerdictRow) -> String {
    if let Some(reason) = row
        .reason
        .as_ref()
        .filter(|reason| reason.kind != ReasonKind::Near)
    {
        return format!("{}.", capital(&reason.words));
    }
    let (Some(value), Some(lower), Some(upper)) = (row.value, row.lower, row.upper) else {
        return "There is no interval yet: more replications give one (--replications 20).".into();
    };
    let (half, distance) = (0.5 * (upper - lower), (value - target.threshold).abs());
    let factor = if distance > 0.0 {
        half / distance
    } else {
        f64::INFINITY
    };
    let needed = f64::from(document.replications) * factor * factor * 1.1;
    if needed <= MOST_REPLICATIONS {
        // Two digits that mean something.
        let needed = (needed.ceil() as u64).max(u64::from(document.replications) + 1);
        let step = if needed < 100 {
            1
        } else {
            10u64.pow(needed.ilog10() - 1)
        };
        let needed = (needed.div_ceil(step) * step).min(MOST_REPLICATIONS as u64);
        format!(
            "About {} replications should settle it (--replications {needed}).",
            numbers::grouped(needed as f64, 0)
        )
    } else {
        "It lies so near to what is asked that more than 10,000 replications would be needed to settle it."
            .into()
    }
}

/// "call centre: 7 on duty at a time"; "hub: up to 13 on duty, in 2 teams".
pub(crate) fn staffing(model: &Model) -> String {
    let teams = match model.teams.len() {
        0 | 1 => String::new(),
        n => format!(", in {n} teams"),
    };
    let known: Option<u32> = model.teams.iter().map(|team| team.agents).sum();
    let agents = match known {
        None => "as many on duty as are needed".to_string(),
        Some(n) if n == 1 || model.teams.iter().all(|team| team.constant) => {
            format!("{} on duty at a time", numbers::grouped(n.into(), 0))
        }
        Some(n) => format!("up to {} on duty", numbers::grouped(n.into(), 0)),
    };
    format!("{}: {agents}{teams}", model.name)
}

/// An estimate with its interval: "82.1 % (81.4 to 82.8)".
pub(crate) fn estimate(e: &Estimate) -> String {
    let decimals = own_decimals(e.lower, e.upper, Some(e.value));
    let text = interval(&e.unit, e.value, e.lower, e.upper, decimals);
    // Of one replication there is none anywhere, which is said once.
    if e.lower.is_none() && e.n > 1 {
        format!("{text}{}", no_interval(e.basis))
    } else {
        text
    }
}

/// What stands in the place of an interval.
fn no_interval(basis: Basis) -> &'static str {
    match basis {
        Basis::Same => " (the same in every replication)",
        _ => " (no interval)",
    }
}

/// An estimate without its interval, with the digits the interval bears.
pub(crate) fn point(e: &Estimate) -> String {
    value_text(&e.unit, e.value, own_decimals(e.lower, e.upper, Some(e.value)))
}

/// A value with its interval in brackets, where there is one; shares with so many decimals.
fn interval(unit: &str, value: f64, lower: Option<f64>, upper: Option<f64>, decimals: usize) -> String {
    let text = value_text(unit, value, decimals);
    let (low, high) = match (lower, upper) {
        (Some(low), Some(high)) => (low, high),
        // What was seen sets no upper end.
        (Some(low), None) => return format!("{text} (at least {})", value_text(unit, low, decimals)),
        _ => return text,
    };
    if low == high {
        // No spread: the value says it all.
        return text;
    }
    let ends = match unit {
        "share" => format!(
            "{} to {}",
            numbers::bare_share(low.max(0.0), decimals),
            // A share ends at 1; an occupancy with work after hours may not.
            numbers::bare_share(if value <= 1.0 { high.min(1.0) } else { high }, decimals)
        ),
        "s" => format!(
            "{} to {}",
            numbers::duration(low.max(0.0)),
            numbers::duration(high)
        ),
        _ => format!(
            "{} to {}",
            value_text(unit, low.max(0.0), 0),
            value_text(unit, high, 0)
        ),
    };
    format!("{text} ({ends})")
}

/// Decimals that a share with this interval bears; without spread those it has, up to three.
fn own_decimals(lower: Option<f64>, upper: Option<f64>, value: Option<f64>) -> usize {
    let half_width = lower.zip(upper).map(|(low, high)| 0.5 * (high - low));
    match (half_width, value) {
        (Some(0.0), Some(value)) => {
            let bare = numbers::bare_share(value, 3);
            bare.trim_end_matches('0')
                .split('.')
                .nth(1)
                .map_or(1, |rest| rest.len().max(1))
        }
        _ => numbers::share_decimals(half_width),
    }
}

/// What is asked, without zeros at the end: "80 %", "45 min".
pub(crate) fn asked(unit: &str, value: f64) -> String {
    if unit == "share" {
        let bare = numbers::bare_share(value, 3);
        return format!("{} %", bare.trim_end_matches('0').trim_end_matches('.'));
    }
    value_text(unit, value, 1)
}

/// A value in its unit; `decimals` matter for shares only.
pub(crate) fn value_text(unit: &str, value: f64, decimals: usize) -> String {
    match unit {
        "share" => numbers::share(value, decimals),
        "s" => numbers::duration(value),
        "h" => format!(
            "{} h",
            numbers::grouped(value, usize::from(value.abs() < 99.95 && value != value.trunc()))
        ),
        "money" => numbers::money(value),
        _ => numbers::count(value),
    }
}

/// "answered within 1 h: 23.1 points less (22.5 to 23.7)"
pub(crate) fn difference(document: &Document, d: &Difference) -> String {
    let words = measure(document, &d.measure, &d.class, &d.clock);
    let points = if d.unit == "share" { " points" } else { "" };
    let more = match (d.unit.as_str(), d.value > 0.0) {
        ("s", true) => "longer",
        ("s", false) => "shorter",
        ("money", true) => "dearer",
        ("money", false) => "cheaper",
        (_, true) => "more",
        (_, false) => "less",
    };
    let (Some(low), Some(high)) = (d.lower, d.upper) else {
        let none = if document.replications > 1 {
            " (no interval)"
        } else {
            ""
        };
        return if d.same {
            format!("{words}: the same in every replication")
        } else if d.value == 0.0 {
            format!("{words}: the same{none}")
        } else {
            format!(
                "{words}: {}{points} {more}{none}",
                size(&d.unit, d.value.abs(), 1)
            )
        };
    };
    let mut decimals = numbers::share_decimals(Some(0.5 * (high - low)));
    // An end that is not 0 is not written as 0.
    while decimals < 4
        && [low, high]
            .iter()
            .any(|&end| end != 0.0 && reads_zero(end, decimals))
    {
        decimals += 1;
    }
    if low == 0.0 && high == 0.0 {
        return format!("{words}: the same in every replication");
    }
    if d.same {
        let most = size(&d.unit, high.max(-low), decimals);
        return format!(
            "{words}: the same in every replication, which bears up to {most}{points} either way"
        );
    }
    if low <= 0.0 && high >= 0.0 {
        let (low, high) = (size(&d.unit, low, decimals), size(&d.unit, high, decimals));
        return format!("{words}: no difference shown ({low} to {high}{points})");
    }
    let (near, far) = if d.value > 0.0 { (low, high) } else { (-high, -low) };
    let value = size(&d.unit, d.value.abs(), decimals);
    if near == far {
        return format!("{words}: {value}{points} {more} in every replication");
    }
    let (near, far) = (size(&d.unit, near, decimals), size(&d.unit, far, decimals));
    format!("{words}: {value}{points} {more} ({near} to {far})")
}

/// The size of a difference, without sign of percent.
fn size(unit: &str, x: f64, decimals: usize) -> String {
    if unit == "share" {
        numbers::bare_share(x, decimals)
    } else {
        value_text(unit, x, 1)
    }
}

fn reads_zero(share: f64, decimals: usize) -> bool {
    numbers::bare_share(share, decimals) == numbers::bare_share(0.0, decimals)
}

/// A measure in words: a target's, or a name as it is said.
pub(crate) fn measure(document: &Document, name: &str, class: &str, clock: &str) -> String {
    let target = document
        .targets
        .iter()
        .find(|t| t.measure == name && t.class == class && t.clock == clock);
    let words = match (target, name) {
        (_, "response_rate") => "response rate".to_string(),
        (_, "staff_cost") => "cost".to_string(),
        (_, "staff_hours") => "staff hours".to_string(),
        (_, "page_hours") => "page hours".to_string(),
        (_, "first_response_mean") => "mean first response".to_string(),
        (Some(target), _) => target.words.trim_end_matches(',').to_string(),
        (None, other) => other.replace('_', " "),
    };
    of_class(&words, class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Team, Verdict};
    use crate::sample;

    #[test]
    fn a_verdict_reads_as_a_sentence() {
        let document = sample::two_models();
        let (target, row) = (&document.targets[0], document.verdicts[2].clone());
        assert_eq!(
            verdict_sentence(&document, target, &row),
            "83.0 % (81.0 to 85.0) answered within 1 h; the target is 80 %: met."
        );
        let mean = &document.targets[1];
        let row = &document.verdicts[3];
        assert_eq!(
            verdict_sentence(&document, mean, row),
            "the mean first response is 44 min 10 s (42 min to 46 min 20 s) at a response rate of 96.2 %; the target is at \
             most 45 min: undecided."
        );
        assert_eq!(
            reached(&document, mean, row),
            "mean first response 44 min 10 s (42 min to 46 min 20 s) at a response rate of 96.2 %"
        );
    }

    #[test]
    fn the_ends_are_told_from_what_was_asked() {
        let mut document = sample::two_models();
        let target = document.targets[0].clone();
        let row = &mut document.verdicts[2];
        (row.value, row.lower, row.upper) = (Some(0.82), Some(0.800_4), Some(0.84));
        let row = row.clone();
        assert_eq!(figure(&document, &target, &row), "82.00 % (80.04 to 84.00)");
        // Alike for all models.
        assert_eq!(bare_figure(&document, &target, &document.verdicts[0]), "12.00 %");
        document.verdicts[2].lower = Some(0.8);
        assert_eq!(
            figure(&document, &target, &document.verdicts[2]),
            "82.0 % (80.0 to 84.0)"
        );
        document.verdicts[2].lower = None;
        assert_eq!(
            figure(&document, &target, &document.verdicts[2]),
            "82.0 % (no interval)"
        );
    }

    #[test]
    fn a_column_has_one_precision() {
        let document = sample::two_models();
        let row = |unit: &str, value: f64, half: f64| Estimate {
            unit: unit.into(),
            value,
            lower: Some(value - half),
            upper: Some(value + half),
            ..document.estimates[0].clone()
        };
        let text = |rows: &[Estimate]| column(&rows.iter().map(Some).collect::<Vec<_>>());
        assert_eq!(
            text(&[
                row("share", 0.61, 0.02),
                row("share", 0.900_1, 0.000_5),
                row("share", 1.0, 0.0)
            ]),
            ["61.0 %", "90.0 %", "100.0 %"]
        );
        // More where it tells a share from all.
        assert_eq!(
            text(&[row("share", 0.61, 0.02), row("share", 0.999_7, 0.000_2)]),
            ["61.00 %", "99.97 %"]
        );
        assert_eq!(
            text(&[row("money", 32.1, 0.0), row("money", 13_184.0, 0.0)]),
            ["32", "13,184"]
        );
        assert_eq!(
            text(&[row("h", 31.4, 0.0), row("h", 40.0, 0.0)]),
            ["31.4 h", "40.0 h"]
        );
        assert_eq!(column(&[None]), ["-"]);
    }

    #[test]
    fn classes_and_hours_share_their_brackets() {
        let words = "taken up within 20 s (in opening hours)";
        assert_eq!(of_class(words, "all"), words);
        assert_eq!(
            of_class(words, "call"),
            "taken up within 20 s (calls only, in opening hours)"
        );
        assert_eq!(of_class("mean wait", "complaint"), "mean wait (complaint only)");
    }

    #[test]
    fn a_difference_that_is_shown_does_not_read_as_none() {
        let document = sample::two_models();
        let mut d = document.differences[0].clone();
        (d.value, d.lower, d.upper) = (-0.02, Some(-0.039), Some(-0.001));
        assert_eq!(
            difference(&document, &d),
            "answered within 1 h: 2.0 points less (0.1 to 3.9)"
        );
        (d.lower, d.upper) = (Some(-0.05), Some(0.01));
        assert_eq!(
            difference(&document, &d),
            "answered within 1 h: no difference shown (-5.0 to 1.0 points)"
        );
        (d.value, d.lower, d.upper) = (0.0, Some(0.0), Some(0.0));
        assert_eq!(
            difference(&document, &d),
            "answered within 1 h: the same in every replication"
        );
        let mut document = document;
        document.replications = 1;
        (d.value, d.lower, d.upper) = (-0.02, None, None);
        assert_eq!(difference(&document, &d), "answered within 1 h: 2.0 points less");
        (d.unit, d.value) = ("money".into(), 12.5);
        assert!(difference(&document, &d).ends_with(": 12.50 dearer"));
    }

    #[test]
    fn settling_takes_the_square_of_the_ratio() {
        let document = sample::two_models();
        let row = VerdictRow {
            verdict: Verdict::Undecided,
            value: Some(0.78),
            lower: Some(0.75),
            upper: Some(0.81),
            ..document.verdicts[0].clone()
        };
        // 200 x (0.03 / 0.02)^2 x 1.1 = 495, in two digits.
        let text = what_would_settle(&document, &document.targets[0], &row);
        assert!(text.contains("--replications 500"), "{text}");
        let on_it = VerdictRow {
            value: Some(0.8),
            ..row
        };
        assert!(what_would_settle(&document, &document.targets[0], &on_it).contains("more than 10,000"));
    }

    #[test]
    fn staffing_says_what_varies() {
        let team = |agents, constant| Team {
            name: "t".into(),
            agents,
            constant,
            charged: crate::document::Charged::OnDuty,
        };
        let model = |teams| Model {
            name: "hub".into(),
            world: 0,
            exact: false,
            measured_s: 0.0,
            teams,
            offered_load: Vec::new(),
        };
        assert_eq!(
            staffing(&model(vec![team(Some(1), true)])),
            "hub: 1 on duty at a time"
        );
        assert_eq!(
            staffing(&model(vec![team(Some(6), false), team(Some(7), true)])),
            "hub: up to 13 on duty, in 2 teams"
        );
        assert_eq!(
            staffing(&model(vec![team(None, true)])),
            "hub: as many on duty as are needed"
        );
    }
}
