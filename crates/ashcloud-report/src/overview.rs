//! All staffing models side by side: what they reach, what they cost, who is on duty, and what became of the comments.

use crate::choice::{charge, currency};
use crate::document::{CALLS_CLOSED, Charged, Document, Estimate, Model, Target, Team, Verdict};
use crate::numbers;
use crate::page::{Page, Style};
use crate::single::rows;
use crate::table::{Cell, table};
use crate::words::{self, verdict_sentence, what_would_settle};

/// The tables, and what would settle what is undecided.
pub(crate) fn overview(page: &mut Page, document: &Document) {
    summary(page, document);
    if let Some(text) = cost_base(document, page.style) {
        page.blank();
        page.sentence(0, &text);
    }
    people(page, document);
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
                let sentence = verdict_sentence(document, target, row);
                page.sentence(0, &format!("{who}: {sentence}"));
                page.sentence(2, &what_would_settle(document, target, row));
            }
        }
    }
}

/// The one table: models down, figures across; what is charged stands beside what all hours on duty come to.
pub(crate) fn summary(page: &mut Page, document: &Document) {
    let currency = currency(document);
    let mut columns = if document.is_calls_only() {
        let of = |measure| {
            let of_model = |model: &Model| document.of_calls(&model.name, measure);
            words::column(&document.models.iter().map(of_model).collect::<Vec<_>>())
        };
        vec![
            ("calls taken".to_string(), of("response_rate")),
            ("mean wait".into(), of("wait_mean")),
        ]
    } else {
        vec![
            ("response rate".to_string(), column(document, "response_rate")),
            (
                "mean first response".into(),
                column(document, "first_response_mean"),
            ),
        ]
    };
    let before = columns.len();
    let of_money = column(document, currency.measure);
    columns.push((currency.name.to_string() + &document.period_after(", "), of_money));
    let is_apart = |model: &Model| charge(document, currency, model).is_some_and(|(_, all)| all.is_some());
    if currency.is_money() && document.models.iter().any(is_apart) {
        columns.push((
            "cost of all hours on duty".into(),
            column(document, currency.on_duty),
        ));
    }
    let mut heading = vec!["staffing model".to_string()];
    heading.extend(columns[..before].iter().map(|(name, _)| name.clone()));
    heading.extend(document.targets.iter().map(|target| target.name.clone()));
    heading.extend(columns[before..].iter().map(|(name, _)| name.clone()));
    let row = |(i, model): (usize, &Model)| -> Vec<Cell> {
        let cell = |(_, column): &(String, Vec<String>)| Cell::from(column[i].clone());
        let verdicts = document
            .targets
            .iter()
            .map(|target| verdict_cell(document, model, target));
        std::iter::once(Cell::from(model.name.clone()))
            .chain(columns[..before].iter().map(cell))
            .chain(verdicts)
            .chain(columns[before..].iter().map(cell))
            .collect()
    };
    let rows: Vec<Vec<Cell>> = document.models.iter().enumerate().map(row).collect();
    table(page, 0, &heading, &rows);
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

/// Which hours stand in the column of costs, where somebody is charged for a part of them only. The shorter list is named.
fn cost_base(document: &Document, style: Style) -> Option<String> {
    let (at_work, on_duty) = charged(document);
    if at_work.is_empty() || currency(document).measure == "staff_hours" {
        return None;
    }
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
    let subject = if currency(document).is_money() {
        "Cost counts"
    } else {
        "Page hours are"
    };
    if on_duty.is_empty() {
        return Some(if document.is_calls_only() {
            format!("{subject} only hours of work on comments, and only calls come: nothing is charged.")
        } else {
            format!(
                "{subject} only the hours of work on comments: the rest of everybody's day is paid by {rest}."
            )
        });
    }
    Some(if on_duty.len() <= at_work.len() {
        format!(
            "{subject} all hours on duty of {}; of {} only the hours they work on comments: the rest of their day is \
             paid by {rest}.",
            names(&on_duty),
            if at_work.len() == 1 {
                names(&at_work)
            } else {
                "the others".into()
            }
        )
    } else {
        format!(
            "{subject} all hours on duty, but of {} only the hours they work on comments: the rest of their day is \
             paid by {rest}.",
            names(&at_work)
        )
    })
}

/// A small table of hours and calls, where somebody has more to do than answer comments.
fn people(page: &mut Page, document: &Document) {
    let of_calls = |model: &Model| document.of_calls(&model.name, "response_rate");
    let taken: Vec<Option<&Estimate>> = document.models.iter().map(of_calls).collect();
    // Who calls while the line is closed is counted apart.
    let closes = document.estimates.iter().any(|e| e.measure == CALLS_CLOSED);
    let phone = taken.iter().any(Option::is_some);
    if !phone && charged(document).0.is_empty() {
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
    let mut heading = vec!["staffing model", "staff hours on duty"];
    let mut columns = vec![finite("staff_hours")];
    if !document.is_calls_only() {
        heading.push("hours at the page");
        columns.push(finite("page_hours"));
    }
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
