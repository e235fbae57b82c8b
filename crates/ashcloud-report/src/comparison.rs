//! The report of `compare`: all staffing models side by side, their differences, and the cheapest that meets.

use ashcloud_stats::compare::{Candidate, Direction, cheapest_that_meets, ranking};

use crate::document::{Asks, Difference, Document, Model, Target, Verdict};
use crate::numbers;
use crate::page::{Page, Style, header};
use crate::table::{Cell, table};
use crate::words::{self, point, verdict_sentence, what_would_settle};

/// All models of the document against each other.
pub fn compare(document: &Document, style: Style) -> String {
    let mut page = Page::new(style);
    header(&mut page, document);
    if document.replications == 0 {
        return page.finish();
    }
    page.blank();
    overview(&mut page, document);
    if document.models.len() < 2 {
        page.blank();
        page.sentence(
            0,
            "There is one staffing model, so there is no other to compare it with.",
        );
    } else {
        ranked(&mut page, document);
        differences(&mut page, document);
    }
    page.blank();
    conclusion(&mut page, document);
    page.finish()
}

/// The one table: models down, figures across.
fn overview(page: &mut Page, document: &Document) {
    let mut heading = vec![
        "staffing model".to_string(),
        "response rate".into(),
        "mean first response".into(),
    ];
    heading.extend(document.targets.iter().map(|target| target.name.clone()));
    let (money, name) = currency(document);
    heading.push(name.into());
    let whole = |model: &Model, measure: &str| document.whole(&model.name, measure).map_or("-".into(), point);
    let rows: Vec<Vec<Cell>> = document
        .models
        .iter()
        .map(|model| {
            let mut row: Vec<Cell> = vec![model.name.clone().into()];
            row.extend(["response_rate", "first_response_mean"].map(|m| Cell::from(whole(model, m))));
            row.extend(
                document
                    .targets
                    .iter()
                    .map(|target| verdict_cell(document, model, target)),
            );
            row.push(whole(model, money).into());
            row
        })
        .collect();
    table(page, 0, &heading, &rows);
    fates(page, document);
    for model in &document.models {
        for target in &document.targets {
            let row = document.verdict(&model.name, &target.name);
            if let Some(row) = row.filter(|row| row.verdict == Verdict::Undecided) {
                page.blank();
                page.sentence(0, &verdict_sentence(document, model, target, row));
                page.sentence(2, &what_would_settle(document, target, row));
            }
        }
    }
}

/// Measures of comments that nobody will answer, and how they are headed.
const NEVER: [(&str, &str); 3] = [
    ("scrolled past", "scrolled_past_share"),
    ("never taken on", "ignored_share"),
    ("forgotten", "forgotten_share"),
];
/// What is less everywhere needs no column.
const HARDLY: f64 = 0.000_5;

/// A small table of what became of the comments, where some are not even read or are forgotten.
fn fates(page: &mut Page, document: &Document) {
    let is_never = |measure: &str| NEVER.iter().any(|(_, never)| *never == measure);
    if !document.estimates.iter().any(|e| is_never(&e.measure)) {
        return;
    }
    let fates: Vec<Vec<(&str, f64)>> = document.models.iter().map(|m| fate(document, m)).collect();
    let names = ["answered", "answered within 1 h", "answered later"]
        .into_iter()
        .chain(NEVER.map(|(name, _)| name))
        .chain(["gone", "still open"]);
    let shown = |name: &str| {
        let here = |(what, share): &(&str, f64)| *what == name && *share >= HARDLY;
        fates.iter().flatten().any(here)
    };
    let names: Vec<&str> = names.filter(|name| shown(name)).collect();
    let mut rows = Vec::new();
    for (model, fate) in document.models.iter().zip(&fates) {
        let mut row = vec![Cell::from(model.name.clone())];
        for name in &names {
            let share = fate.iter().find(|(what, share)| what == name && *share >= HARDLY);
            row.push(
                share
                    .map_or("-".to_string(), |(_, share)| numbers::share(*share, 1))
                    .into(),
            );
        }
        rows.push(row);
    }
    let mut heading = vec!["staffing model".to_string()];
    heading.extend(names.iter().map(|name| (*name).to_string()));
    page.blank();
    page.line("What became of the comments:");
    page.blank();
    table(page, 0, &heading, &rows);
}

/// Shares of all comments of a model that add up to one.
fn fate<'a>(document: &Document, model: &Model) -> Vec<(&'a str, f64)> {
    let share = |measure: &str| document.whole(&model.name, measure).map(|e| e.value);
    let Some(rate) = share("response_rate") else {
        return Vec::new();
    };
    let unanswered = share("unanswered_share").unwrap_or(0.0);
    let all_quick = |m: &Model| document.whole(&m.name, "answered_by_1h").is_some();
    let mut fate = match share("answered_by_1h").filter(|_| document.models.iter().all(all_quick)) {
        Some(quick) => vec![("answered within 1 h", quick), ("answered later", rate - quick)],
        None => vec![("answered", rate)],
    };
    let mut open = unanswered;
    for (name, measure) in NEVER {
        let never = share(measure).unwrap_or(0.0);
        fate.push((name, never));
        open -= never;
    }
    fate.push(("gone", 1.0 - rate - unanswered));
    fate.push(("still open", open));
    fate
}

fn verdict_cell(document: &Document, model: &Model, target: &Target) -> Cell {
    let Some(row) = document.verdict(&model.name, &target.name) else {
        return "-".to_string().into();
    };
    let figure = row.value.map_or("-".into(), |value| {
        let text = words::interval(&target.unit, value, row.lower, row.upper, Some(target.threshold));
        text.split(" (").next().unwrap_or_default().to_string()
    });
    Cell {
        text: format!("{figure} {}", row.verdict.word()),
        verdict: Some(row.verdict),
    }
}

/// So many models are compared two by two; of more, each is compared with the one that would be chosen.
const ALL_PAIRS_UP_TO: usize = 3;

/// Models that met the same world, two by two.
fn differences(page: &mut Page, document: &Document) {
    let chosen = (document.models.len() > ALL_PAIRS_UP_TO).then(|| chosen(document));
    let mut pair = None;
    let mut told = false;
    let nothing = |d: &Difference| d.lower == Some(0.0) && d.upper == Some(0.0);
    for d in &document.differences {
        if chosen.is_some_and(|name| d.a != name && d.b != name) {
            continue;
        }
        let of_pair = |other: &&Difference| other.a == d.a && other.b == d.b;
        // What is the same in every storm is left out, unless everything is.
        if nothing(d) && !document.differences.iter().filter(of_pair).all(nothing) {
            continue;
        }
        if pair != Some((&d.a, &d.b)) {
            pair = Some((&d.a, &d.b));
            page.blank();
            let storms = if d.paired {
                "over the same storms"
            } else {
                "each over storms of its own"
            };
            page.sentence(0, &format!("{} against {}, {storms}:", d.a, d.b));
        }
        page.sentence(2, &format!("{}.", words::difference(document, d)));
        told = true;
    }
    if told {
        page.blank();
        let share = numbers::bare_share(document.confidence, 3);
        let share = share.trim_end_matches('0').trim_end_matches('.');
        page.sentence(
            0,
            &format!(
                "All these differences{} together hold with {share} % confidence (Bonferroni).",
                if chosen.is_some() {
                    ", and those between the other models (in --json),"
                } else {
                    ""
                }
            ),
        );
    }
    let apart: Vec<&str> = document
        .models
        .iter()
        .filter(|m| {
            !document
                .models
                .iter()
                .any(|other| other.name != m.name && other.world == m.world)
        })
        .map(|m| m.name.as_str())
        .collect();
    if !apart.is_empty() {
        page.blank();
        let text = if apart.len() == document.models.len() {
            "No two models met the same world, so no paired difference is printed.".to_string()
        } else {
            format!(
                "{} met a world of {} own, so no paired difference with {} is printed.",
                apart.join(", "),
                if apart.len() == 1 { "its" } else { "their" },
                if apart.len() == 1 { "it" } else { "them" }
            )
        };
        page.sentence(0, &text);
    }
}

/// What each model costs and reaches. A cost in hours is not known of a model with unlimited teams.
fn candidates(document: &Document) -> Vec<Candidate> {
    let (money, _) = currency(document);
    let unpriced =
        |model: &Model| money != "staff_cost" && model.teams.iter().any(|team| team.agents.is_none());
    let candidate = |model: &Model| Candidate {
        cost: document
            .whole(&model.name, money)
            .filter(|_| !unpriced(model))
            .map(|e| e.value),
        verdicts: document
            .targets
            .iter()
            .map(|t| judged(document, model, t))
            .collect(),
    };
    document.models.iter().map(candidate).collect()
}

/// The model that others are compared with: the cheapest that meets all targets, else the best by rank.
fn chosen(document: &Document) -> &str {
    let cheapest = cheapest_that_meets(&candidates(document))
        .cheapest
        .filter(|_| !document.targets.is_empty());
    let best = || ranks(document).1.first().copied();
    cheapest
        .or_else(best)
        .map_or("", |i| document.models[i].name.as_str())
}

/// Models from best to worst on the first target, or by mean first response.
fn ranked(page: &mut Page, document: &Document) {
    let (target, order) = ranks(document);
    page.blank();
    let by = target.map_or("mean first response".to_string(), |t| {
        format!("the target \"{}\"", t.name)
    });
    page.sentence(0, &format!("Ranking by {by}, best first:"));
    for (place, &i) in order.iter().enumerate() {
        let model = &document.models[i];
        let figure = match target {
            Some(target) => verdict_cell(document, model, target).text,
            None => document
                .whole(&model.name, "first_response_mean")
                .map_or("-".into(), point),
        };
        let near = order
            .get(place + 1)
            .filter(|&&next| !told_apart(document, i, next, target));
        let note = near.map_or(String::new(), |&next| {
            format!("; no difference shown to {}", document.models[next].name)
        });
        page.sentence(2, &format!("{}. {}: {figure}{note}", place + 1, model.name));
    }
}

/// The first target, and the models from best to worst on it; without targets by mean first response.
fn ranks(document: &Document) -> (Option<&Target>, Vec<usize>) {
    let target = document.targets.first();
    let values: Vec<Option<f64>> = document
        .models
        .iter()
        .map(|model| match target {
            Some(target) => document
                .verdict(&model.name, &target.name)
                .and_then(|row| row.value),
            None => document
                .whole(&model.name, "first_response_mean")
                .map(|e| e.value),
        })
        .collect();
    let direction = match target.map(|t| t.asks) {
        Some(Asks::AtLeast) => Direction::AtLeast,
        _ => Direction::AtMost,
    };
    (target, ranking(&values, direction))
}

/// Whether the difference of two models on this target (the mean first response without one) is surely not 0. Models of
/// different worlds are never told apart by a paired difference; their rank stands on their own figures.
fn told_apart(document: &Document, i: usize, j: usize, target: Option<&Target>) -> bool {
    let (a, b) = (&document.models[i].name, &document.models[j].name);
    let found = document.differences.iter().find(|d| {
        let pair = (&d.a == a && &d.b == b) || (&d.a == b && &d.b == a);
        pair && target.map_or(d.measure == "first_response_mean", |t| {
            d.measure == t.measure && d.class == t.class && d.clock == t.clock
        })
    });
    found.is_none_or(|d| matches!((d.lower, d.upper), (Some(low), Some(high)) if low > 0.0 || high < 0.0))
}

/// What costs are counted in: money where there is any, else the hours charged to the page, which are staff hours where
/// nobody has other duties.
fn currency(document: &Document) -> (&'static str, &'static str) {
    let priced = document.estimates.iter().any(|e| e.measure == "staff_cost");
    let apart = |model: &Model| document.is_charged_apart(&model.name);
    if priced {
        ("staff_cost", "cost")
    } else if document.models.iter().any(apart) {
        ("page_hours", "page hours")
    } else {
        ("page_hours", "staff hours")
    }
}

/// The cheapest that meets all targets, that none does, or what is still open.
fn conclusion(page: &mut Page, document: &Document) {
    if document.targets.is_empty() {
        page.sentence(
            0,
            "The scenario asks for nothing ([[targets]]), so no model is chosen.",
        );
        return;
    }
    let (money, unit) = currency(document);
    let candidates = candidates(document);
    let cost = |i: usize| candidates[i].cost;
    let choice = cheapest_that_meets(&candidates);
    let name = |i: usize| document.models[i].name.as_str();
    let names = |which: &[usize]| which.iter().map(|&i| name(i)).collect::<Vec<&str>>().join(", ");
    let all = if document.targets.len() == 1 {
        "the target"
    } else {
        "all targets"
    };
    let price = |i: usize| match (cost(i), money) {
        (Some(value), "staff_cost") => format!(" (cost {})", numbers::money(value)),
        (Some(value), _) => format!(" ({})", words::value_text("h", value, 0)),
        (None, _) => String::new(),
    };
    let (cheapest, cheaper) = if money == "staff_cost" {
        (format!("The cheapest that meets {all}"), "be cheaper".to_string())
    } else {
        (
            format!("The model that meets {all} with the fewest {unit}"),
            format!("need fewer {unit}"),
        )
    };
    let unknown: Vec<usize> = (0..candidates.len())
        .filter(|&i| candidates[i].cost.is_none())
        .collect();
    if document.models.len() > 1 && !unknown.is_empty() {
        let text = format!(
            "Left out of the choice, because the cost is not known: {}.",
            names(&unknown)
        );
        page.sentence(0, &text);
    }
    let text = if let [only] = &candidates[..] {
        match ashcloud_stats::Verdict::all(&only.verdicts) {
            ashcloud_stats::Verdict::Met => format!("{} meets {all}{}.", name(0), price(0)),
            ashcloud_stats::Verdict::Missed => format!("{} does not meet {all}.", name(0)),
            ashcloud_stats::Verdict::Undecided => {
                format!(
                    "It is undecided whether {} meets {all}: what would settle it stands above.",
                    name(0)
                )
            }
        }
    } else {
        match (choice.cheapest, choice.open.is_empty()) {
            (Some(i), true) => format!("{cheapest} is {}{}.", name(i), price(i)),
            (Some(i), false) => format!(
                "{}{} meets {all}. {} would {cheaper}, but {} undecided: what would settle it stands above.",
                name(i),
                price(i),
                names(&choice.open),
                if choice.open.len() == 1 { "is" } else { "are" }
            ),
            (None, false) => format!(
                "No model surely meets {all}, but {} may: what would settle it stands above.",
                names(&choice.open)
            ),
            (None, true) if unknown.is_empty() => format!("No model meets {all}."),
            (None, true) => format!("No model whose cost is known meets {all}."),
        }
    };
    let bold = page.style.colour;
    if bold {
        for line in crate::page::wrap(&text, page.style.width, 2) {
            let line = page.bold(&line);
            page.line(&line);
        }
    } else {
        page.sentence(0, &text);
    }
}

fn judged(document: &Document, model: &Model, target: &Target) -> ashcloud_stats::Verdict {
    match document.verdict(&model.name, &target.name).map(|row| row.verdict) {
        Some(Verdict::Met) => ashcloud_stats::Verdict::Met,
        Some(Verdict::Missed) => ashcloud_stats::Verdict::Missed,
        Some(Verdict::Undecided) | None => ashcloud_stats::Verdict::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const WIDE: Style = Style {
        width: 200,
        ..Style::FILE
    };

    #[test]
    fn two_models_side_by_side() {
        insta::assert_snapshot!(compare(&sample::two_models(), Style::FILE));
    }

    #[test]
    fn what_became_of_the_comments() {
        insta::assert_snapshot!(compare(&sample::who_answers(), Style::FILE));
    }

    #[test]
    fn every_width_holds() {
        for width in [40, 60, 80, 120] {
            for document in [sample::two_models(), sample::who_answers()] {
                let text = compare(&document, Style { width, ..Style::FILE });
                assert!(
                    text.lines().all(|line| line.chars().count() <= width),
                    "{width}\n{text}"
                );
            }
        }
    }

    #[test]
    fn one_model_is_said_to_be_one() {
        let mut document = sample::two_models();
        document.models.remove(0);
        document.differences.clear();
        let text = compare(&document, Style::FILE);
        assert!(text.contains("There is one staffing model"), "{text}");
        assert!(
            text.contains("It is undecided whether call centre meets all targets"),
            "{text}"
        );
    }

    #[test]
    fn other_worlds_get_no_difference() {
        let mut document = sample::two_models();
        document.models[0].world = 1;
        document.differences.clear();
        let text = compare(&document, Style::FILE);
        assert!(
            text.contains("No two models met the same world, so no paired difference is printed."),
            "{text}"
        );
    }

    #[test]
    fn without_money_hours_are_counted() {
        let mut document = sample::two_models();
        document.estimates.retain(|e| e.measure != "staff_cost");
        for row in &mut document.verdicts {
            row.verdict = Verdict::Met;
        }
        let text = compare(&document, WIDE);
        assert!(
            text.ends_with(
                "The model that meets all targets with the fewest staff hours is PR team (12.9 h).\n"
            ),
            "{text}"
        );
        let at_work = |e: &&mut crate::document::Estimate| {
            e.model == "call centre" && e.measure == "page_hours" && e.team == "all"
        };
        document.estimates.iter_mut().find(at_work).unwrap().value = 5.0;
        let text = compare(&document, WIDE);
        assert!(
            text.ends_with(
                "The model that meets all targets with the fewest page hours is call centre (5 h).\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn the_conclusion_follows_the_verdicts() {
        use Verdict::{Met, Missed, Undecided};
        let conclude = |verdicts: [Verdict; 4]| {
            let mut document = sample::two_models();
            for (row, verdict) in document.verdicts.iter_mut().zip(verdicts) {
                row.verdict = verdict;
            }
            compare(&document, WIDE)
                .lines()
                .last()
                .unwrap_or_default()
                .to_string()
        };
        let text = conclude([Missed, Met, Met, Met]);
        assert_eq!(
            text,
            "The cheapest that meets all targets is call centre (cost 13,184)."
        );
        assert_eq!(
            conclude([Missed, Met, Met, Missed]),
            "No model meets all targets."
        );
        let text = conclude([Undecided, Met, Met, Met]);
        assert!(
            text.starts_with(
                "call centre (cost 13,184) meets all targets. PR team would be cheaper, but is undecided: "
            ),
            "{text}"
        );
        let text = conclude([Missed, Met, Met, Undecided]);
        assert!(
            text.starts_with(
                "No model surely meets all targets, but call centre may: what would settle it stands above."
            ),
            "{text}"
        );
    }
}
