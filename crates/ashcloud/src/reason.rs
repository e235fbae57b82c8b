//! Why a target is undecided, in words.

use ashcloud_report::{Reason, ReasonKind, numbers};
use ashcloud_sim::experiment::{self, AUTO, Judgement, Unit};

/// Why a target is undecided; `None` where it is decided.
pub(crate) fn of(judgement: &Judgement) -> Option<Reason> {
    let (kind, words) = match judgement.reason? {
        experiment::Reason::Nothing => (ReasonKind::Nothing, "nothing was measured".into()),
        experiment::Reason::NoInterval => (
            ReasonKind::NoInterval,
            "there is no interval yet: more replications give one (--replications 20)".into(),
        ),
        experiment::Reason::Open { missed, met } => {
            let words = format!(
                "{}: with all of them missed it is {}, with all of them met {}; a longer follow_up tells",
                open(judgement),
                numbers::share(missed, 1),
                numbers::share(met, 1)
            );
            (ReasonKind::Open, words)
        }
        experiment::Reason::TimesOpen => {
            let words = format!(
                "{}, and their times are not in the figure; a longer follow_up tells",
                open(judgement)
            );
            (ReasonKind::Open, words)
        }
        experiment::Reason::Seldom { seen_in } => (ReasonKind::Seldom, seldom(judgement, seen_in)),
        experiment::Reason::BeyondLargest => (
            ReasonKind::BeyondLargest,
            "even the largest time seen may lie below it, so that it has no upper end yet: more replications give one"
                .into(),
        ),
        experiment::Reason::Near => (ReasonKind::Near, "what is asked lies within the interval".into()),
    };
    Some(Reason { kind, words })
}

fn open(judgement: &Judgement) -> String {
    format!(
        "{} of the comments were still open when the run ended",
        numbers::share(judgement.open, 1)
    )
}

/// What was seen too seldom, and how many replications are missing.
fn seldom(judgement: &Judgement, seen_in: usize) -> String {
    let n = judgement.estimate.map_or(0, |e| e.n);
    let grouped = |n: usize| numbers::grouped(n as f64, 0);
    let is_share = judgement.item.unit == Unit::Share;
    let seen = if seen_in == n {
        format!(
            "all {} replications came out alike, which says little of others",
            grouped(n)
        )
    } else if seen_in == 0 && is_share {
        format!(
            "none of the {} replications came out otherwise, which says little of others",
            grouped(n)
        )
    } else if seen_in == 0 {
        format!(
            "in none of the {} replications it was more than 0, which says little of others",
            grouped(n)
        )
    } else {
        format!(
            "only {} of {} replications had {}, too few to go by",
            grouped(seen_in),
            grouped(n),
            if is_share { "both outcomes" } else { "more than 0" }
        )
    };
    let settle = match judgement.needed {
        Some(needed) if needed <= f64::from(AUTO.1) => format!(
            "about {} replications like these settle it",
            numbers::grouped(two_digits(needed), 0)
        ),
        Some(needed) => format!(
            "about {} replications like these would settle it, more than a run may have ({})",
            numbers::grouped(two_digits(needed), 0),
            numbers::grouped(f64::from(AUTO.1), 0)
        ),
        None => "more replications tell how often it is so".into(),
    };
    format!("{seen}; {settle}")
}

/// Rounded up to two digits that mean something.
fn two_digits(x: f64) -> f64 {
    let mut step = 1.0;
    while x / step >= 100.0 {
        step *= 10.0;
    }
    (x / step).ceil() * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replications_are_rounded_up() {
        assert_eq!(
            [12.2, 99.0, 367.1, 3_745.0].map(two_digits),
            [13.0, 99.0, 370.0, 3_800.0]
        );
    }
}
