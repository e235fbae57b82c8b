//! The report of `compare`: all staffing models side by side, their differences, and the cheapest that meets.

use ashcloud_stats::compare::{Candidate, Direction, cheapest_that_meets, ranking};

use crate::document::{Asks, CALLS_CLOSED, Charged, Document, Estimate, Model, Target, Team, Verdict};
use crate::numbers;
use crate::page::{Page, Style, header, warnings};
use crate::single::rows;
use crate::table::{Cell, table};
use crate::words::{self, verdict_sentence, what_would_settle};

/// All models of the document against each other.
pub fn compare(document: &Document, style: Style) -> String {
    let mut page = Page::new(style);
    header(&mut page, document);
    if document.replications == 0 {
        warnings(&mut page, document);
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
    warnings(&mut page, document);
    page.blank();
    conclusion(&mut page, document);
    page.finish()
}

/// The one table: models down, figures across; and what its figures are made of.
fn overview(page: &mut Page, document: &Document) {
    let mut heading = vec![
        "staffing model".to_string(),
        "response rate".into(),
        "mean first response".into(),
    ];
    heading.extend(document.targets.iter().map(|target| target.name.clone()));
    let (money, name) = currency(document);
    heading.push(name.to_string() + &document.period_after(", "));
    let measures = ["response_rate", "first_response_mean", money].map(|measure| column(document, measure));
    let rows: Vec<Vec<Cell>> = document
        .models
        .iter()
        .enumerate()
        .map(|(i, model)| {
            let [rate, mean, cost] = [0, 1, 2].map(|column: usize| Cell::from(measures[column][i].clone()));
            let verdicts = document
                .targets
                .iter()
                .map(|target| verdict_cell(document, model, target));
            [Cell::from(model.name.clone()), rate, mean]
                .into_iter()
                .chain(verdicts)
                .chain([cost])
                .collect()
        })
        .collect();
    table(page, 0, &heading, &rows);
    let (at_work, on_duty) = charged(document);
    if !at_work.is_empty() && !on_duty.is_empty() {
        page.blank();
        page.sentence(0, &cost_counts(document, &at_work, &on_duty, page.style));
    }
    people(page, document, !at_work.is_empty());
    fates(page, document);
    if !document.decides() {
        return;
    }
    for model in &document.models {
        for target in &document.targets {
            let row = document.verdict(&model.name, &target.name);
            if let Some(row) = row.filter(|row| row.verdict == Verdict::Undecided) {
                page.blank();
                let who = page.style.quoted(&model.name);
                let sentence = verdict_sentence(document, model, target, row);
                page.sentence(0, &format!("{who}: {sentence}"));
                page.sentence(2, &what_would_settle(document, target, row));
            }
        }
    }
}

/// A measure of all models, with decimals alike.
fn column(document: &Document, measure: &str) -> Vec<String> {
    let of = |model: &Model| document.whole(&model.name, measure);
    words::column(&document.models.iter().map(of).collect::<Vec<_>>())
}

/// Who is charged for the hours at work, and who for all hours on duty: models, or teams of those that have both.
type Charges<'a> = Vec<(&'a Model, Option<&'a Team>)>;

fn charged(document: &Document) -> (Charges<'_>, Charges<'_>) {
    let (mut at_work, mut on_duty) = (Vec::new(), Vec::new());
    for model in &document.models {
        let is_both = model
            .teams
            .iter()
            .any(|team| Some(team.charged) != model.teams.first().map(|first| first.charged));
        for team in &model.teams {
            let side = match team.charged {
                Charged::AtWork => &mut at_work,
                Charged::OnDuty => &mut on_duty,
            };
            let entry = (model, is_both.then_some(team));
            if !side.contains(&entry) {
                side.push(entry);
            }
        }
    }
    (at_work, on_duty)
}

/// Which hours stand in the column of costs. The shorter list is named.
fn cost_counts(document: &Document, at_work: &Charges, on_duty: &Charges, style: Style) -> String {
    let names = |charges: &Charges| {
        let name = |(model, team): &(&Model, Option<&Team>)| match team {
            Some(team) => format!(
                "the team {} of {}",
                style.quoted(&team.name),
                style.quoted(&model.name)
            ),
            None => style.quoted(&model.name),
        };
        words::listed(&charges.iter().map(name).collect::<Vec<_>>())
    };
    let phone = document
        .models
        .iter()
        .any(|model| document.of_calls(&model.name, "offered").is_some());
    let rest = if phone {
        "other duties or the phone"
    } else {
        "other duties"
    };
    let subject = match currency(document).0 {
        "staff_cost" => "Cost counts",
        _ => "Page hours are",
    };
    if on_duty.len() <= at_work.len() {
        format!(
            "{subject} all hours on duty of {}; of {} only the hours they work on comments: the rest of their day is \
             paid by {rest}.",
            names(on_duty),
            if at_work.len() == 1 {
                names(at_work)
            } else {
                "the others".into()
            }
        )
    } else {
        format!(
            "{subject} all hours on duty, but of {} only the hours they work on comments: the rest of their day is \
             paid by {rest}.",
            names(at_work)
        )
    }
}

/// A small table of hours and calls, where somebody has more to do than answer comments.
fn people(page: &mut Page, document: &Document, at_work: bool) {
    let taken: Vec<Option<&Estimate>> = document
        .models
        .iter()
        .map(|model| document.of_calls(&model.name, "response_rate"))
        .collect();
    // Who calls while the line is closed is counted apart.
    let closes = document.estimates.iter().any(|e| e.measure == CALLS_CLOSED);
    let phone = taken.iter().any(Option::is_some);
    if !phone && !at_work {
        return;
    }
    let finite = |measure: &str| {
        let of = |model: &Model| {
            document
                .whole(&model.name, measure)
                .filter(|_| model.teams.iter().all(|team| team.agents.is_some()))
        };
        words::column(&document.models.iter().map(of).collect::<Vec<_>>())
    };
    let mut columns = vec![finite("staff_hours"), finite("page_hours")];
    let mut heading = vec!["staffing model", "staff hours on duty", "hours at the page"];
    if phone {
        columns.push(words::column(&taken));
        heading.push(if closes {
            "calls taken while open"
        } else {
            "calls taken"
        });
    }
    let names: Vec<&str> = document.models.iter().map(|m| m.name.as_str()).collect();
    let heading: Vec<String> = heading.into_iter().map(String::from).collect();
    page.blank();
    let title = if phone { "People and phone" } else { "People" };
    page.line(&format!("{title}{}:", document.period_after(", ")));
    page.blank();
    table(page, 0, &heading, &rows(&names, &columns));
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
    let quick = quick(document);
    let fates: Vec<Vec<(&str, f64)>> = document
        .models
        .iter()
        .enumerate()
        .map(|(i, m)| {
            fate(
                document,
                m,
                quick.as_ref().map(|(name, by)| (name.as_str(), by[i])),
            )
        })
        .collect();
    let names = ["answered"]
        .into_iter()
        .chain(quick.as_ref().map(|(name, _)| name.as_str()))
        .chain(["answered later"])
        .chain(NEVER.map(|(name, _)| name))
        .chain(["gone", "still open"]);
    let shown = |name: &str| {
        let here = |(what, share): &(&str, f64)| *what == name && *share >= HARDLY;
        fates.iter().flatten().any(here)
    };
    let names: Vec<&str> = names.filter(|name| shown(name)).collect();
    let columns: Vec<Vec<String>> = names
        .iter()
        .map(|name| {
            let cell = |fate: &Vec<(&str, f64)>| {
                fate.iter()
                    .find(|(what, share)| what == name && *share >= HARDLY)
                    .map_or("-".to_string(), |(_, share)| numbers::share(*share, 1))
            };
            fates.iter().map(cell).collect()
        })
        .collect();
    let models: Vec<&str> = document.models.iter().map(|m| m.name.as_str()).collect();
    let mut heading = vec!["staffing model".to_string()];
    heading.extend(names.iter().map(|name| (*name).to_string()));
    page.blank();
    page.line("What became of the comments:");
    page.blank();
    table(page, 0, &heading, &rows(&models, &columns));
}

/// What "quick" means here, and each model's share of it: the time of the first target that asks for one, else an hour.
fn quick(document: &Document) -> Option<(String, Vec<f64>)> {
    let of_target = |target: &Target| {
        let is_one = target.class == "all"
            && target.clock == "wall"
            && target.measure.starts_with("within_")
            && target.measure.ends_with("_of_offered");
        let reached = |model: &Model| document.verdict(&model.name, &target.name)?.value;
        let all: Option<Vec<f64>> = document.models.iter().map(reached).collect();
        all.filter(|_| is_one).map(|all| (target.words.clone(), all))
    };
    let hour = || {
        let reached = |model: &Model| document.whole(&model.name, "answered_by_1h").map(|e| e.value);
        let all: Option<Vec<f64>> = document.models.iter().map(reached).collect();
        all.map(|all| ("answered within 1 h".to_string(), all))
    };
    document.targets.iter().find_map(of_target).or_else(hour)
}

/// Shares of all comments of a model that add up to one; `quick` are those answered in time.
fn fate<'a>(document: &Document, model: &Model, quick: Option<(&'a str, f64)>) -> Vec<(&'a str, f64)> {
    let share = |measure: &str| document.whole(&model.name, measure).map(|e| e.value);
    let Some(rate) = share("response_rate") else {
        return Vec::new();
    };
    let unanswered = share("unanswered_share").unwrap_or(0.0);
    let mut fate = match quick {
        Some((name, quick)) => vec![(name, quick), ("answered later", rate - quick)],
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
    let figure = words::bare_figure(document, target, row);
    Cell {
        text: format!("{figure}, {}", row.verdict.word()),
        verdict: Some(row.verdict),
    }
}

/// So many models are compared two by two; of more, each is compared with the one that would be chosen.
const ALL_PAIRS_UP_TO: usize = 3;

/// Models that met the same world, two by two.
fn differences(page: &mut Page, document: &Document) {
    let chosen = (document.models.len() > ALL_PAIRS_UP_TO).then(|| chosen(document));
    let mut pair = None;
    let mut sure = false;
    for d in &document.differences {
        if chosen.is_some_and(|name| d.a != name && d.b != name) {
            continue;
        }
        if pair != Some((&d.a, &d.b)) {
            pair = Some((&d.a, &d.b));
            page.blank();
            let comments = if d.paired {
                "over the same comments"
            } else {
                "each over comments of its own"
            };
            let [a, b] = [&d.a, &d.b].map(|name| page.style.quoted(name));
            page.sentence(0, &format!("{a} against {b}, {comments}:"));
        }
        page.sentence(2, &format!("{}.", words::difference(document, d)));
        sure |= d.lower.is_some();
    }
    if sure {
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
            let (met, them) = match apart.len() {
                1 => ("met a world of its own", "it"),
                _ => ("each met a world of their own", "them"),
            };
            format!(
                "{} {met}, so no paired difference with {them} is printed.",
                page.style.listed(apart)
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
    // What no target applies to is not in the running.
    let is_idle = |model: &Model| {
        !document.targets.is_empty() && !document.verdicts.iter().any(|row| row.model == model.name)
    };
    let candidate = |model: &Model| Candidate {
        cost: document
            .whole(&model.name, money)
            .filter(|_| !unpriced(model) && !is_idle(model))
            .map(|e| e.value),
        verdicts: document
            .targets
            .iter()
            .filter_map(|t| judged(document, model, t))
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
        format!("the target {}", page.style.quoted(&t.name))
    });
    let worlds = document
        .models
        .iter()
        .any(|m| m.world != document.models[0].world);
    if worlds {
        let against = if target.is_some() {
            "each with the target only"
        } else {
            "what each reached in its own"
        };
        page.sentence(
            0,
            &format!(
                "Ranking by {by}, best first. The models met different worlds: this compares {against}."
            ),
        );
    } else {
        page.sentence(0, &format!("Ranking by {by}, best first:"));
    }
    for (place, &i) in order.iter().enumerate() {
        let model = &document.models[i];
        let name = page.style.quoted(&model.name);
        let figure = match target {
            Some(target) => {
                let Some(row) = document.verdict(&model.name, &target.name) else {
                    page.sentence(2, &format!("- {name}: the target does not apply"));
                    continue;
                };
                format!("{}, {}", words::figure(document, target, row), row.verdict.word())
            }
            None => document
                .whole(&model.name, "first_response_mean")
                .map_or("-".into(), words::estimate),
        };
        let near = order
            .get(place + 1)
            .filter(|&&next| !told_apart(document, i, next, target));
        let note = near.map_or(String::new(), |&next| {
            let next = page.style.quoted(&document.models[next].name);
            format!("; no difference shown to {next}")
        });
        page.sentence(2, &format!("{}. {name}: {figure}{note}", place + 1));
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
    // Without an interval nothing is said of them.
    found.is_none_or(|d| !matches!((d.lower, d.upper), (Some(low), Some(high)) if low <= 0.0 && high >= 0.0))
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
    let style = page.style;
    let (money, unit) = currency(document);
    let candidates = candidates(document);
    let choice = cheapest_that_meets(&candidates);
    let name = |i: usize| style.quoted(&document.models[i].name);
    let names = |which: &[usize]| style.listed(which.iter().map(|&i| document.models[i].name.as_str()));
    let (all, they) = match document.targets.len() {
        1 => ("the target", "it"),
        // What does not apply has no row.
        n if document.verdicts.len() < n * document.models.len() => ("all targets that apply", "them"),
        _ => ("all targets", "them"),
    };
    let price = |i: usize| match (candidates[i].cost, money) {
        (Some(value), "staff_cost") => format!("cost {}", numbers::money(value)),
        (Some(value), _) => {
            let hours = words::value_text("h", value, 0);
            format!("{} {unit}", hours.trim_end_matches(" h"))
        }
        (None, _) => "cost not known".into(),
    };
    // What it reached, and for how much.
    let how = |i: usize| {
        let reached = document.targets.iter().filter_map(|target| {
            let row = document.verdict(&document.models[i].name, &target.name)?;
            Some(words::reached(document, target, row))
        });
        let reached: Vec<String> = reached.collect();
        let cost = candidates[i].cost.map_or(String::new(), |_| {
            format!("; {}{}", price(i), document.period_after(" in "))
        });
        format!("{}{cost}", reached.join(", "))
    };
    let (cheapest, cheaper) = if money == "staff_cost" {
        (format!("The cheapest that meets {all}"), "be cheaper".to_string())
    } else {
        (
            format!("The model that meets {all} with the fewest {unit}"),
            format!("need fewer {unit}"),
        )
    };
    let which = |is: &dyn Fn(&Candidate) -> bool| -> Vec<usize> {
        (0..candidates.len()).filter(|&i| is(&candidates[i])).collect()
    };
    let unknown = which(&|c| c.cost.is_none() && !c.verdicts.is_empty());
    let idle = which(&|c| c.verdicts.is_empty());
    if document.models.len() > 1 && !unknown.is_empty() {
        let text = format!(
            "Left out of the choice, because the cost is not known: {}.",
            names(&unknown)
        );
        page.sentence(0, &text);
    }
    if !idle.is_empty() {
        let text = format!(
            "Left out of the choice, because no target applies: {}.",
            names(&idle)
        );
        page.sentence(0, &text);
    }
    let met = which(&|c| is_judged(c, ashcloud_stats::Verdict::Met));
    let others = |i: usize| -> String {
        let others: Vec<String> = met
            .iter()
            .filter(|&&other| other != i)
            .map(|&other| format!("{} ({})", name(other), price(other)))
            .collect();
        match others.len() {
            0 => String::new(),
            1 => format!(" {} meets {they} too.", others[0]),
            _ => format!(" {} meet {they} too.", words::listed(&others)),
        }
    };
    let text = if !document.decides() {
        "No model is chosen: one replication decides nothing.".to_string()
    } else if let [only] = &candidates[..] {
        match ashcloud_stats::Verdict::all(&only.verdicts) {
            _ if only.verdicts.is_empty() => "There is nothing to decide.".to_string(),
            ashcloud_stats::Verdict::Met => format!("{} meets {all}: {}.", name(0), how(0)),
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
            (Some(i), true) if met.len() == 1 => {
                let undecided = which(&|c| is_judged(c, ashcloud_stats::Verdict::Undecided));
                let surely = if undecided.is_empty() { "" } else { "surely " };
                format!("Only {} {surely}meets {all}: {}.", name(i), how(i))
            }
            (Some(i), true) => format!("{cheapest} is {}: {}.{}", name(i), how(i), others(i)),
            (Some(i), false) => format!(
                "{} meets {all}: {}. {} would {cheaper}, but {} undecided: what would settle it stands above.{}",
                name(i),
                how(i),
                names(&choice.open),
                if choice.open.len() == 1 { "is" } else { "are" },
                others(i)
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

/// `None` where the target does not apply to the model.
fn judged(document: &Document, model: &Model, target: &Target) -> Option<ashcloud_stats::Verdict> {
    let row = document.verdict(&model.name, &target.name)?;
    Some(match row.verdict {
        Verdict::Met => ashcloud_stats::Verdict::Met,
        Verdict::Missed => ashcloud_stats::Verdict::Missed,
        Verdict::Undecided => ashcloud_stats::Verdict::Undecided,
    })
}

/// How all targets that apply came out, where some do.
fn is_judged(candidate: &Candidate, verdict: ashcloud_stats::Verdict) -> bool {
    !candidate.verdicts.is_empty() && ashcloud_stats::Verdict::all(&candidate.verdicts) == verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::VerdictRow;
    use crate::sample;

    const ONE_LINE: Style = Style {
        width: 400,
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
            text.contains("It is undecided whether “call centre” meets all targets"),
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
        let text = compare(&document, ONE_LINE);
        assert!(
            text.ends_with(
                "with the fewest staff hours is “PR team”: 12.0 % (11.0 to 13.0) answered within 1 h, mean first response 10 h \
                 (9 h 43 min to 10 h 17 min); 12.9 staff hours in 1 week. “call centre” (412 staff hours) meets them too.\n"
            ),
            "{text}"
        );
        let at_work = |e: &&mut crate::document::Estimate| {
            e.model == "call centre" && e.measure == "page_hours" && e.team == "all"
        };
        document.estimates.iter_mut().find(at_work).unwrap().value = 5.0;
        let text = compare(&document, ONE_LINE);
        assert!(
            text.ends_with("; 5 page hours in 1 week. “PR team” (12.9 page hours) meets them too.\n"),
            "{text}"
        );
    }

    /// Nobody but the call centre takes calls.
    #[test]
    fn a_target_that_does_not_apply_is_left_out() {
        let mut document = sample::who_answers();
        let mut calls = document.targets[0].clone();
        (calls.name, calls.class) = ("phone".into(), "call".into());
        (calls.measure, calls.words) = (
            "taken_up_within_20s_of_offered".into(),
            "taken up within 20 s".into(),
        );
        document.targets = vec![calls];
        document.verdicts = vec![VerdictRow {
            target: "phone".into(),
            ..document.verdicts[2].clone()
        }];
        let text = compare(&document, ONE_LINE);
        for line in [
            "  1. “call centre”: 34.0 % (32.0 to 36.0), missed",
            "  - “PR team”: the target does not apply",
            "Left out of the choice, because no target applies: “PR team”.",
            "No model meets the target.",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        let text = crate::run(&document, ONE_LINE);
        assert!(
            text.contains("“phone”: does not apply, nobody here takes calls.")
                && text.contains(
                    "34.0 % (32.0 to 36.0) taken up within 20 s (calls only); the target is 80 %: missed."
                ),
            "{text}"
        );
    }

    #[test]
    fn one_replication_says_once_that_it_decides_nothing() {
        let mut document = sample::two_models();
        document.replications = 1;
        for row in &mut document.verdicts {
            (row.verdict, row.lower, row.upper) = (Verdict::Undecided, None, None);
        }
        for row in &mut document.estimates {
            (row.lower, row.upper, row.n) = (None, None, 1);
        }
        for d in &mut document.differences {
            (d.lower, d.upper) = (None, None);
        }
        for text in [compare(&document, ONE_LINE), crate::run(&document, ONE_LINE)] {
            assert_eq!(text.matches("interval").count(), 1, "{text}");
            assert!(
                !text.contains("confidence") && !text.contains("no difference"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_conclusion_follows_the_verdicts() {
        use Verdict::{Met, Missed, Undecided};
        let conclude = |verdicts: [Verdict; 4]| {
            let mut document = sample::two_models();
            for (row, verdict) in document.verdicts.iter_mut().zip(verdicts) {
                row.verdict = verdict;
            }
            compare(&document, ONE_LINE)
                .lines()
                .last()
                .unwrap_or_default()
                .to_string()
        };
        let text = conclude([Missed, Met, Met, Met]);
        assert_eq!(
            text,
            "Only “call centre” meets all targets: 83.0 % (81.0 to 85.0) answered within 1 h, mean first response \
             44 min 10 s (42 min to 46 min 20 s); cost 13,184 in 1 week."
        );
        let text = conclude([Met, Met, Met, Met]);
        assert!(
            text.starts_with(
                "The cheapest that meets all targets is “PR team”: 12.0 % (11.0 to 13.0) answered"
            ) && text.ends_with("; cost 412.00 in 1 week. “call centre” (cost 13,184) meets them too."),
            "{text}"
        );
        assert_eq!(
            conclude([Missed, Met, Met, Missed]),
            "No model meets all targets."
        );
        let text = conclude([Undecided, Met, Met, Met]);
        assert!(
            text.starts_with("“call centre” meets all targets: 83.0 % ")
                && text.ends_with(
                    "; cost 13,184 in 1 week. “PR team” would be cheaper, but is undecided: what would settle it stands \
                     above."
                ),
            "{text}"
        );
        let text = conclude([Missed, Met, Met, Undecided]);
        assert!(
            text.starts_with(
                "No model surely meets all targets, but “call centre” may: what would settle it stands above."
            ),
            "{text}"
        );
    }
}
