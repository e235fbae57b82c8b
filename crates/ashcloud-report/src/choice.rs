//! The choice among the staffing models: what each costs and reaches, and which is the cheapest that meets.

use ashcloud_stats::choice::{Candidate, Choice, choose};
use ashcloud_stats::compare::{Direction, ranking};

use crate::document::{Asks, Basis, CALLS, Document, Estimate, Model, Target, Verdict};

/// What models are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Currency {
    /// The measure of what is charged.
    pub(crate) measure: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// The same measure over all hours on duty, whoever pays for them.
    pub(crate) on_duty: &'static str,
}

impl Currency {
    pub(crate) fn is_money(self) -> bool {
        self.measure == "staff_cost"
    }
}

/// Money where there is any, else the hours charged to the page, which are staff hours where nobody has other duties.
pub(crate) fn currency(document: &Document) -> Currency {
    let priced = document.estimates.iter().any(|e| e.measure == "staff_cost");
    let apart = |model: &Model| document.is_charged_apart(&model.name);
    let (measure, name, on_duty) = if priced {
        ("staff_cost", "cost", "duty_cost")
    } else if document.is_calls_only() {
        ("staff_hours", "staff hours", "staff_hours")
    } else if document.models.iter().any(apart) {
        ("page_hours", "page hours", "staff_hours")
    } else {
        ("page_hours", "staff hours", "staff_hours")
    };
    Currency {
        measure,
        name,
        on_duty,
    }
}

/// The choice, and what it is made from.
pub(crate) struct Scales {
    pub(crate) currency: Currency,
    /// By model, with the verdicts that a choice rests on.
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) choice: Choice,
}

impl Scales {
    pub(crate) fn new(document: &Document) -> Scales {
        let currency = currency(document);
        let candidates = candidates(document, currency);
        let choice = choose(&candidates, &|a, b| apart(document, currency, a, b));
        Scales {
            currency,
            candidates,
            choice,
        }
    }

    /// Models whose targets came out so together; without those to which none applies.
    pub(crate) fn which(&self, verdict: Verdict) -> Vec<usize> {
        let is = |&i: &usize| together(&self.candidates[i]) == Some(verdict);
        (0..self.candidates.len()).filter(is).collect()
    }
}

fn candidates(document: &Document, currency: Currency) -> Vec<Candidate> {
    let order = ranks(document).1;
    let is_finite = |model: &Model| model.teams.iter().all(|team| team.agents.is_some());
    // A cost in hours is not known of a model with unlimited teams.
    let is_known = |model: &Model| currency.is_money() || is_finite(model);
    let candidate = |(i, model): (usize, &Model)| {
        let whole = |measure| document.whole(&model.name, measure).map(|e| e.value);
        Candidate {
            cost: whole(currency.measure).filter(|_| is_known(model)),
            hours: whole("staff_hours").filter(|_| is_finite(model)),
            rank: order.iter().position(|&at| at == i).unwrap_or(order.len()),
            verdicts: document
                .verdicts
                .iter()
                .filter(|row| row.model == model.name)
                .map(|row| of_statistics(row.jointly))
                .collect(),
        }
    };
    document.models.iter().enumerate().map(candidate).collect()
}

fn of_statistics(verdict: Verdict) -> ashcloud_stats::Verdict {
    match verdict {
        Verdict::Met => ashcloud_stats::Verdict::Met,
        Verdict::Missed => ashcloud_stats::Verdict::Missed,
        Verdict::Undecided => ashcloud_stats::Verdict::Undecided,
    }
}

/// How all targets that apply came out; `None` where none does.
fn together(candidate: &Candidate) -> Option<Verdict> {
    let all = ashcloud_stats::Verdict::all(&candidate.verdicts);
    (!candidate.verdicts.is_empty()).then_some(match all {
        ashcloud_stats::Verdict::Met => Verdict::Met,
        ashcloud_stats::Verdict::Missed => Verdict::Missed,
        ashcloud_stats::Verdict::Undecided => Verdict::Undecided,
    })
}

/// How all targets that apply to a model came out together, at the confidence that a choice among all models needs; `None`
/// where none applies.
pub fn standing(document: &Document, model: &str) -> Option<Verdict> {
    let place = document.models.iter().position(|m| m.name == model)?;
    together(&candidates(document, currency(document))[place])
}

/// The ends between which the charge of one model less that of another lies.
fn apart(document: &Document, currency: Currency, a: usize, b: usize) -> Option<(f64, f64)> {
    let (a, b) = (&document.models[a], &document.models[b]);
    let of = |model: &Model| document.whole(&model.name, currency.measure);
    let (of_a, of_b) = (of(a)?, of(b)?);
    // Where only calls come, nothing is charged but by rosters.
    let is_fixed = |e: &Estimate| e.basis == Basis::Exact || document.is_calls_only();
    if is_fixed(of_a) && is_fixed(of_b) {
        let difference = of_a.value - of_b.value;
        // Sums in another order differ in their last digits.
        let same = difference.abs() <= 1e-9 * of_a.value.abs().max(of_b.value.abs());
        return Some(if same {
            (0.0, 0.0)
        } else {
            (difference, difference)
        });
    }
    let between = |d: &&crate::document::Difference| {
        d.measure == currency.measure
            && ((d.a == a.name && d.b == b.name) || (d.a == b.name && d.b == a.name))
    };
    let ends = |e: &Estimate| e.lower.zip(e.upper);
    if let Some(d) = document.differences.iter().find(between) {
        let (low, high) = d.lower.zip(d.upper)?;
        return Some(if d.a == a.name { (low, high) } else { (-high, -low) });
    }
    // Of models that met different worlds each has an interval of its own.
    let ((low_a, high_a), (low_b, high_b)) = (ends(of_a)?, ends(of_b)?);
    Some((low_a - high_b, high_a - low_b))
}

/// What a model is charged, and what all its hours on duty come to where that is another number.
pub(crate) fn charge(document: &Document, currency: Currency, model: &Model) -> Option<(f64, Option<f64>)> {
    let charged = document.whole(&model.name, currency.measure)?.value;
    let finite = model.teams.iter().all(|team| team.agents.is_some());
    let all = document
        .whole(&model.name, currency.on_duty)
        .map(|e| e.value)
        .filter(|all| finite && (all - charged).abs() > 1e-9 * all.abs().max(charged.abs()));
    Some((charged, all))
}

/// The first target, and the models from best to worst on it; without targets by mean first response, or, where only calls
/// come, by their mean wait.
pub(crate) fn ranks(document: &Document) -> (Option<&Target>, Vec<usize>) {
    let target = document.targets.first();
    let value = |model: &Model| match target {
        Some(target) => document.verdict(&model.name, &target.name)?.value,
        None => headline(document, model).map(|e| e.value),
    };
    let values: Vec<Option<f64>> = document.models.iter().map(value).collect();
    let direction = match target.map(|t| t.asks) {
        Some(Asks::AtLeast) => Direction::AtLeast,
        _ => Direction::AtMost,
    };
    (target, ranking(&values, direction))
}

/// What a model without a target is ranked by.
pub(crate) fn headline<'a>(document: &'a Document, model: &Model) -> Option<&'a Estimate> {
    if document.is_calls_only() {
        document.find(&model.name, "wait_mean", CALLS, "all", "all")
    } else {
        document.whole(&model.name, "first_response_mean")
    }
}
