//! Figures and verdicts in words that can be read aloud.

use crate::document::{Asks, Difference, Document, Estimate, Model, Target, VerdictRow};
use crate::numbers;

/// Most replications a scenario may ask for.
const MOST_REPLICATIONS: f64 = 10_000.0;

/// "call centre, 7 agents: 83 % (81 to 85) answered within 1 h; at least 80 % was asked: met."
pub fn verdict_sentence(document: &Document, model: &Model, target: &Target, row: &VerdictRow) -> String {
    let asked = value_text(&target.unit, target.threshold, 3);
    let verdict = row.verdict.word();
    let who = staffing(model);
    let Some(value) = row.value else {
        return format!("{who}: {}: nothing was measured: {verdict}.", target.words);
    };
    let figure = interval(&target.unit, value, row.lower, row.upper, Some(target.threshold));
    let class = if target.class == "all" {
        String::new()
    } else {
        format!(" ({} only)", target.class)
    };
    let words = target.words.trim_end_matches(',');
    match target.asks {
        Asks::AtLeast => format!("{who}: {figure} {words}{class}; at least {asked} was asked: {verdict}."),
        Asks::AtMost => {
            // A mean is over the answered: it says nothing without their share.
            let rate = document
                .find(&model.name, "response_rate", &target.class, "all", "all")
                .filter(|_| target.measure == "first_response_mean")
                .map_or(String::new(), |rate| {
                    format!(" at a response rate of {}", point(rate))
                });
            format!("{who}: the {words}{class} is {figure}{rate}; at most {asked} was asked: {verdict}.")
        }
    }
}

/// What more replications could do for an undecided verdict.
pub(crate) fn what_would_settle(document: &Document, target: &Target, row: &VerdictRow) -> String {
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

/// "call centre, 7 agents"; "hub, up to 13 agents in 2 teams".
pub(crate) fn staffing(model: &Model) -> String {
    let teams = match model.teams.len() {
        0 | 1 => String::new(),
        n => format!(" in {n} teams"),
    };
    let known: Option<u32> = model.teams.iter().map(|team| team.agents).sum();
    let agents = match known {
        None => "as many agents as are needed".to_string(),
        Some(1) => "1 agent".to_string(),
        Some(n) if model.teams.iter().all(|team| team.constant) => {
            format!("{} agents", numbers::grouped(n.into(), 0))
        }
        Some(n) => format!("up to {} agents", numbers::grouped(n.into(), 0)),
    };
    format!("{}, {agents}{teams}", model.name)
}

/// An estimate with its interval: "82.1 % (81.4 to 82.8)".
pub(crate) fn estimate(e: &Estimate) -> String {
    interval(&e.unit, e.value, e.lower, e.upper, None)
}

/// An estimate without its interval, with the digits the interval bears.
pub(crate) fn point(e: &Estimate) -> String {
    value_text(
        &e.unit,
        e.value,
        numbers::share_decimals(half_width(e.lower, e.upper)),
    )
}

/// A value with its interval in brackets. Shares get as many decimals as tell the ends from `against`.
pub(crate) fn interval(
    unit: &str,
    value: f64,
    lower: Option<f64>,
    upper: Option<f64>,
    against: Option<f64>,
) -> String {
    let (Some(low), Some(high)) = (lower, upper) else {
        return format!("{} (no interval)", value_text(unit, value, 1));
    };
    if low == high {
        // No spread: the value says it all.
        return value_text(unit, value, 3);
    }
    let mut decimals = numbers::share_decimals(half_width(lower, upper));
    if let Some(threshold) = against.filter(|_| unit == "share") {
        let alike = |end: f64, d| {
            end != threshold && numbers::bare_share(end, d) == numbers::bare_share(threshold, d)
        };
        while decimals < 4 && (alike(low, decimals) || alike(high, decimals)) {
            decimals += 1;
        }
    }
    let ends = match unit {
        "share" => format!(
            "{} to {}",
            numbers::bare_share(low.max(0.0), decimals),
            numbers::bare_share(high.min(1.0), decimals)
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
    format!("{} ({ends})", value_text(unit, value, decimals))
}

fn half_width(lower: Option<f64>, upper: Option<f64>) -> Option<f64> {
    Some(0.5 * (upper? - lower?))
}

/// A value in its unit; `decimals` matter for shares only, where zeros at the end of a round number are left out.
pub(crate) fn value_text(unit: &str, value: f64, decimals: usize) -> String {
    match unit {
        "share" if decimals == 3 && numbers::bare_share(value, 3).ends_with('0') => {
            let bare = numbers::bare_share(value, 3);
            format!("{} %", bare.trim_end_matches('0').trim_end_matches('.'))
        }
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
    let (Some(low), Some(high)) = (d.lower, d.upper) else {
        return format!(
            "{words}: {}{points} apart, no interval",
            size(&d.unit, d.value.abs(), 1)
        );
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
        return format!("{words}: the same in every storm");
    }
    if low <= 0.0 && high >= 0.0 {
        let (low, high) = (size(&d.unit, low, decimals), size(&d.unit, high, decimals));
        return format!("{words}: no difference shown ({low} to {high}{points})");
    }
    let more = match (d.unit.as_str(), d.value > 0.0) {
        ("s", true) => "longer",
        ("s", false) => "shorter",
        ("money", true) => "dearer",
        ("money", false) => "cheaper",
        (_, true) => "more",
        (_, false) => "less",
    };
    let (near, far) = if d.value > 0.0 { (low, high) } else { (-high, -low) };
    let value = size(&d.unit, d.value.abs(), decimals);
    if near == far {
        return format!("{words}: {value}{points} {more} in every storm");
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
    if class == "all" {
        words
    } else {
        format!("{words} ({class} only)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Team, Verdict};
    use crate::sample;

    #[test]
    fn a_verdict_reads_as_a_sentence() {
        let document = sample::two_models();
        let (model, target, row) = (
            &document.models[1],
            &document.targets[0],
            document.verdicts[2].clone(),
        );
        assert_eq!(
            verdict_sentence(&document, model, target, &row),
            "call centre, 7 agents: 83 % (81 to 85) answered within 1 h; at least 80 % was asked: met."
        );
        let mean = &document.targets[1];
        let row = &document.verdicts[3];
        assert_eq!(
            verdict_sentence(&document, model, mean, row),
            "call centre, 7 agents: the mean first response is 44 min 10 s (42 min to 46 min 20 s) at a response rate of \
             96.2 %; at most 45 min was asked: undecided."
        );
    }

    #[test]
    fn the_ends_are_told_from_what_was_asked() {
        assert_eq!(
            interval("share", 0.82, Some(0.800_4), Some(0.84), Some(0.8)),
            "82.00 % (80.04 to 84.00)"
        );
        assert_eq!(
            interval("share", 0.82, Some(0.8), Some(0.84), Some(0.8)),
            "82 % (80 to 84)"
        );
        assert_eq!(interval("share", 0.5, None, None, None), "50.0 % (no interval)");
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
            "answered within 1 h: no difference shown (-5 to 1 points)"
        );
        (d.value, d.lower, d.upper) = (0.0, Some(0.0), Some(0.0));
        assert_eq!(
            difference(&document, &d),
            "answered within 1 h: the same in every storm"
        );
    }

    #[test]
    fn settling_takes_the_square_of_the_ratio() {
        let document = sample::two_models();
        let row = VerdictRow {
            model: "m".into(),
            target: "t".into(),
            verdict: Verdict::Undecided,
            value: Some(0.78),
            lower: Some(0.75),
            upper: Some(0.81),
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
        };
        let model = |teams| Model {
            name: "hub".into(),
            world: 0,
            teams,
        };
        assert_eq!(staffing(&model(vec![team(Some(1), true)])), "hub, 1 agent");
        assert_eq!(
            staffing(&model(vec![team(Some(6), false), team(Some(7), true)])),
            "hub, up to 13 agents in 2 teams"
        );
        assert_eq!(
            staffing(&model(vec![team(None, true)])),
            "hub, as many agents as are needed"
        );
    }
}
