//! What comes of a run: the reasons, and a last line that stands alone.

use crate::choice::{Scales, charge, headline, ranks};
use crate::document::{Asks, Document, Model, Verdict, VerdictRow};
use crate::numbers;
use crate::page::{Page, Style};
use crate::words;

/// So many names stand in the last line; of more, how many they are.
const NAMES: usize = 3;

/// What the choice rests on, which models were left out of it, and who else would do.
pub(crate) fn reasons(page: &mut Page, document: &Document) {
    if document.targets.is_empty() || !document.decides() {
        return;
    }
    let scales = Scales::new(document);
    let about = About::new(document, &scales, page.style);
    let mut sentences = about.left_out();
    if document.models.len() > 1 {
        sentences.push(format!(
            "The verdicts behind this choice among {} models are at {} confidence each, so that all of them together hold at {}.",
            document.models.len(),
            about.each(),
            percent(document.confidence)
        ));
        sentences.extend(about.decided_alone_only());
        sentences.extend(about.equals());
        sentences.extend(about.others());
    }
    for sentence in sentences {
        page.blank();
        page.sentence(0, &sentence);
    }
}

/// The last line: verdict, model, what it reached, what it costs, and whether the run is whole. It is one line however long,
/// so that it can be cut off by itself.
pub(crate) fn last_line(document: &Document, style: Style) -> String {
    if document.replications == 0 {
        return "INCOMPLETE: stopped before every model had finished one replication, so there is nothing to report."
            .into();
    }
    let scales = Scales::new(document);
    let about = About::new(document, &scales, style);
    let line = if document.targets.is_empty() {
        about.without_targets()
    } else if !document.decides() {
        about.of_one_replication()
    } else if document.models.len() == 1 {
        about.of_one_model()
    } else {
        about.of_many()
    };
    if document.complete {
        line
    } else {
        let done = numbers::counted(document.replications.into(), "replication");
        format!("INCOMPLETE, stopped after {done}. {line}")
    }
}

fn percent(share: f64) -> String {
    let bare = numbers::bare_share(share, 3);
    format!("{} %", bare.trim_end_matches('0').trim_end_matches('.'))
}

/// How the models of a document are spoken of.
struct About<'a> {
    document: &'a Document,
    scales: &'a Scales,
    style: Style,
    /// "the target", "all targets", "all targets that apply".
    all: &'static str,
}

impl<'a> About<'a> {
    fn new(document: &'a Document, scales: &'a Scales, style: Style) -> About<'a> {
        let all = match document.targets.len() {
            1 => "the target",
            // What does not apply has no row.
            n if document.verdicts.len() < n * document.models.len() => "all targets that apply",
            _ => "all targets",
        };
        About {
            document,
            scales,
            style,
            all,
        }
    }

    fn model(&self, i: usize) -> &'a Model {
        &self.document.models[i]
    }

    fn name(&self, i: usize) -> String {
        self.style.quoted(&self.model(i).name)
    }

    fn names(&self, which: &[usize]) -> String {
        self.style
            .listed(which.iter().map(|&i| self.model(i).name.as_str()))
    }

    /// Names, or how many there are.
    fn few(&self, which: &[usize]) -> String {
        if which.len() <= NAMES {
            self.names(which)
        } else {
            format!("{} and {} others", self.name(which[0]), which.len() - 1)
        }
    }

    /// The confidence of each verdict behind a choice.
    fn each(&self) -> String {
        let m = self.document.models.len() as f64;
        let each = 1.0 - (1.0 - self.document.confidence) / m;
        format!("{} %", numbers::bare_share(each, 1))
    }

    fn row(&self, i: usize, target: &str) -> Option<&'a VerdictRow> {
        self.document.verdict(&self.model(i).name, target)
    }

    /// "cost 412.00", "cost 12.00 charged to the page, 13,184 for all hours on duty", "28 page hours of 640 on duty".
    fn price(&self, i: usize) -> String {
        let currency = self.scales.currency;
        let hours = |value: f64| {
            let text = words::value_text("h", value, 0);
            text.trim_end_matches(" h").to_string()
        };
        let known = charge(self.document, currency, self.model(i));
        let known =
            known.filter(|_| self.document.targets.is_empty() || self.scales.candidates[i].cost.is_some());
        match known {
            None => "cost not known".into(),
            Some((charged, None)) if currency.is_money() => format!("cost {}", numbers::money(charged)),
            Some((charged, Some(all))) if currency.is_money() => format!(
                "cost {} charged to the page, {} for all hours on duty",
                numbers::money(charged),
                numbers::money(all)
            ),
            Some((charged, None)) => format!("{} {}", hours(charged), currency.name),
            Some((charged, Some(all))) => {
                format!("{} {} of {} on duty", hours(charged), currency.name, hours(all))
            }
        }
    }

    /// "; cost 412.00 in 1 week"; nothing where it is not known.
    fn at_a_price(&self, i: usize) -> String {
        match self.scales.candidates[i].cost {
            None => String::new(),
            Some(_) => format!("; {}{}", self.price(i), self.document.period_after(" in ")),
        }
    }

    /// What it reached on every target, and at what price.
    fn how(&self, i: usize) -> String {
        let reached = self.document.targets.iter().filter_map(|target| {
            let row = self.row(i, &target.name)?;
            Some(words::reached(self.document, target, row))
        });
        let reached: Vec<String> = reached.collect();
        format!("{}{}", reached.join(", "), self.at_a_price(i))
    }

    /// What it reached on the targets that it does not surely meet, what was asked, and at what price.
    fn how_not(&self, i: usize) -> String {
        let short = self.document.targets.iter().filter_map(|target| {
            let row = self
                .row(i, &target.name)
                .filter(|row| row.jointly != Verdict::Met)?;
            let side = match target.asks {
                Asks::AtLeast => "",
                Asks::AtMost => "at most ",
            };
            let asked = words::asked(&target.unit, target.threshold);
            let reached = words::reached(self.document, target, row);
            Some(format!("{reached}, {side}{asked} asked"))
        });
        let short: Vec<String> = short.collect();
        format!("{}{}", short.join("; "), self.at_a_price(i))
    }

    fn without_targets(&self) -> String {
        let order = ranks(self.document).1;
        let best = order.first().copied().unwrap_or(0);
        let rate = self.document.whole(&self.model(best).name, "response_rate");
        let rate = rate.map_or(String::new(), |rate| {
            format!(" at a response rate of {}", words::estimate(rate))
        });
        let figure = headline(self.document, self.model(best)).map_or("nothing was answered".into(), |e| {
            let what = words::measure(self.document, &e.measure, &e.class, &e.clock);
            format!("{what} {}{rate}", words::estimate(e))
        });
        let who = match order.len() {
            1 => self.name(best),
            _ => format!("the quickest is {}", self.name(best)),
        };
        format!(
            "No verdict, for the scenario asks for nothing ([[targets]]): {who}, {figure}{}.",
            self.at_a_price(best)
        )
    }

    fn of_one_replication(&self) -> String {
        let best = ranks(self.document).1.first().copied().unwrap_or(0);
        format!(
            "Undecided: one replication decides nothing (--replications 20); {} reached {}.",
            self.name(best),
            self.how(best)
        )
    }

    fn of_one_model(&self) -> String {
        let (name, all) = (self.name(0), self.all);
        match ashcloud_stats::Verdict::all(&self.scales.candidates[0].verdicts) {
            _ if self.scales.candidates[0].verdicts.is_empty() => {
                format!("No verdict: no target applies to {name}.")
            }
            ashcloud_stats::Verdict::Met => format!("Met: {name} meets {all}: {}.", self.how(0)),
            ashcloud_stats::Verdict::Missed => {
                format!("Missed: {name} does not meet {all}: {}.", self.how_not(0))
            }
            ashcloud_stats::Verdict::Undecided => {
                format!("Undecided: {name} may meet {all}: {}.", self.how_not(0))
            }
        }
    }

    fn of_many(&self) -> String {
        let (choice, all) = (&self.scales.choice, self.all);
        let met = self.scales.which(Verdict::Met);
        let open = match &choice.open[..] {
            [] => String::new(),
            [one] => format!(
                "; whether {}, which may be no dearer, does is undecided",
                self.name(*one)
            ),
            more => format!(
                "; whether {}, which may be no dearer, do is undecided",
                self.few(more)
            ),
        };
        let least = if self.scales.currency.is_money() {
            "is the cheapest that meets".to_string()
        } else {
            format!(
                "needs the fewest {} of those that meet",
                self.scales.currency.name
            )
        };
        match &choice.cheapest[..] {
            [only] if met.len() == 1 && choice.open.is_empty() => {
                let is_sure = self.scales.which(Verdict::Undecided).is_empty();
                let surely = if is_sure { "" } else { "surely " };
                format!(
                    "Met: only {} {surely}meets {all}: {}.",
                    self.name(*only),
                    self.how(*only)
                )
            }
            [one] if choice.open.is_empty() => {
                format!("Met: {} {least} {all}: {}.", self.name(*one), self.how(*one))
            }
            [one] => format!("Met: {} meets {all}: {}{open}.", self.name(*one), self.how(*one)),
            [first, ..] => format!(
                "Met: {} meet {all} and are equally cheap{}; {} {}: {}{open}.",
                self.few(&choice.cheapest),
                self.at_most_apart(),
                self.name(*first),
                self.why_first(),
                self.how(*first)
            ),
            [] => self.none_meets(),
        }
    }

    fn none_meets(&self) -> String {
        let open = self.scales.which(Verdict::Undecided);
        let order = ranks(self.document).1;
        let nearest = |among: &[usize]| order.iter().copied().find(|i| among.contains(i));
        let missed = self.scales.which(Verdict::Missed);
        // Of those that meet none has a known cost, or they would have been chosen.
        let unknown = self.scales.which(Verdict::Met);
        let all = self.all;
        match (nearest(&unknown), nearest(&open), nearest(&missed)) {
            (Some(i), _, _) => format!(
                "Met: {} meets {all}, at a cost that is not known: {}.",
                self.name(i),
                self.how(i)
            ),
            (None, Some(i), _) => format!(
                "Undecided: no model surely meets {all}; {} may: {}.",
                self.name(i),
                self.how_not(i)
            ),
            (None, None, Some(i)) => format!(
                "Missed: no model meets {all}; the nearest is {}: {}.",
                self.name(i),
                self.how_not(i)
            ),
            (None, None, None) => "No verdict: no target applies to any model.".into(),
        }
    }

    /// How far the costs of the equally cheap may lie apart.
    fn at_most_apart(&self) -> String {
        match self.scales.choice.apart {
            0.0 => String::new(),
            apart if apart.is_finite() => {
                let unit = if self.scales.currency.is_money() {
                    "money"
                } else {
                    "h"
                };
                format!(
                    " as far as is shown (at most {} apart)",
                    words::value_text(unit, apart, 1)
                )
            }
            _ => " as far as is shown".into(),
        }
    }

    /// Why the first of the equally cheap goes first.
    fn why_first(&self) -> &'static str {
        let hours = |i: usize| self.scales.candidates[i].hours;
        match &self.scales.choice.cheapest[..] {
            [first, second, ..] if hours(*first) < hours(*second) || hours(*second).is_none() => {
                "has the fewest hours on duty"
            }
            _ => "is the best on the target",
        }
    }

    /// Who is left out of the choice, and why.
    fn left_out(&self) -> Vec<String> {
        let which = |is: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..self.document.models.len()).filter(|&i| is(i)).collect()
        };
        let candidates = &self.scales.candidates;
        let idle = which(&|i| candidates[i].verdicts.is_empty());
        let unknown = which(&|i| candidates[i].cost.is_none() && !candidates[i].verdicts.is_empty());
        let mut sentences = Vec::new();
        if self.document.models.len() > 1 && !unknown.is_empty() {
            sentences.push(format!(
                "Left out of the choice, because the cost is not known: {}.",
                self.names(&unknown)
            ));
        }
        if !idle.is_empty() {
            sentences.push(format!(
                "Left out of the choice, because no target applies: {}.",
                self.names(&idle)
            ));
        }
        sentences
    }

    /// Verdicts that stand for a model by itself and not for a choice among several, where they matter to it.
    fn decided_alone_only(&self) -> Vec<String> {
        let open: Vec<&str> = self
            .scales
            .which(Verdict::Undecided)
            .into_iter()
            .map(|i| self.model(i).name.as_str())
            .collect();
        let rows = self.document.verdicts.iter();
        let apart = rows.filter(|row| row.verdict != row.jointly && open.contains(&row.model.as_str()));
        apart
            .map(|row| {
                format!(
                    "{} on {}: {} at {}, but undecided at {}; more replications would settle it for the choice.",
                    self.style.quoted(&row.model),
                    self.style.quoted(&row.target),
                    row.verdict.word(),
                    percent(self.document.confidence),
                    self.each()
                )
            })
            .collect()
    }

    /// The equally cheap, each with its price and its hours.
    fn equals(&self) -> Option<String> {
        let cheapest = &self.scales.choice.cheapest;
        if cheapest.len() < 2 {
            return None;
        }
        let one = |&i: &usize| {
            let hours = self.scales.candidates[i].hours;
            let hours = hours.map_or(String::new(), |hours| {
                format!("; {} on duty", words::value_text("h", hours, 1))
            });
            format!("{} ({}{hours})", self.name(i), self.price(i))
        };
        let all: Vec<String> = cheapest.iter().map(one).collect();
        Some(format!(
            "Equally cheap{}, the fewest hours on duty first: {}.",
            self.at_most_apart(),
            words::listed(&all)
        ))
    }

    /// Who meets everything too, but costs more.
    fn others(&self) -> Option<String> {
        if self.scales.choice.cheapest.is_empty() {
            return None;
        }
        let met = self.scales.which(Verdict::Met);
        let dearer = met.iter().filter(|i| !self.scales.choice.cheapest.contains(i));
        let dearer: Vec<String> = dearer
            .map(|&i| format!("{} ({})", self.name(i), self.price(i)))
            .collect();
        let they = match self.document.targets.len() {
            1 => "it",
            _ => "them",
        };
        match dearer.len() {
            0 => None,
            1 => Some(format!("{} meets {they} too.", dearer[0])),
            _ => Some(format!("{} meet {they} too.", words::listed(&dearer))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use Verdict::{Met, Missed, Undecided};

    fn judged(document: &mut Document, verdicts: [Verdict; 4]) {
        for (row, verdict) in document.verdicts.iter_mut().zip(verdicts) {
            (row.verdict, row.jointly) = (verdict, verdict);
        }
    }

    fn conclude(verdicts: [Verdict; 4]) -> String {
        let mut document = sample::two_models();
        judged(&mut document, verdicts);
        last_line(&document, Style::FILE)
    }

    fn set(document: &mut Document, model: &str, measure: &str, value: f64) {
        let here = |e: &&mut crate::document::Estimate| {
            e.model == model && e.measure == measure && e.class == "all" && e.team == "all"
        };
        let row = document.estimates.iter_mut().find(here).unwrap();
        (row.value, row.lower, row.upper) = (value, Some(value), Some(value));
    }

    #[test]
    fn the_last_line_follows_the_verdicts() {
        assert_eq!(
            conclude([Missed, Met, Met, Met]),
            "Met: only “call centre” meets all targets: 83.0 % (81.0 to 85.0) answered within 1 h, mean first response \
             44 min 10 s (42 min to 46 min 20 s) at a response rate of 96.2 %; cost 13,184 in 1 week."
        );
        assert_eq!(
            conclude([Met, Met, Met, Met]),
            "Met: “PR team” is the cheapest that meets all targets: 12.0 % (11.0 to 13.0) answered within 1 h, mean first \
             response 10 h (9 h 43 min to 10 h 17 min) at a response rate of 62.0 %; cost 412.00 in 1 week."
        );
        assert_eq!(
            conclude([Missed, Met, Met, Missed]),
            "Missed: no model meets all targets; the nearest is “call centre”: mean first response 44 min 10 s (42 min to 46 \
             min 20 s) at a response rate of 96.2 %, at most 45 min asked; cost 13,184 in 1 week."
        );
        assert_eq!(
            conclude([Undecided, Met, Met, Met]),
            "Met: “call centre” meets all targets: 83.0 % (81.0 to 85.0) answered within 1 h, mean first response 44 min 10 s \
             (42 min to 46 min 20 s) at a response rate of 96.2 %; cost 13,184 in 1 week; whether “PR team”, which may be no dearer, does is undecided."
        );
        assert_eq!(
            conclude([Missed, Met, Met, Undecided]),
            "Undecided: no model surely meets all targets; “call centre” may: mean first response 44 min 10 s (42 min to 46 \
             min 20 s) at a response rate of 96.2 %, at most 45 min asked; cost 13,184 in 1 week."
        );
    }

    #[test]
    fn the_last_line_says_what_is_not_whole() {
        let mut document = sample::two_models();
        document.complete = false;
        assert!(
            last_line(&document, Style::FILE)
                .starts_with("INCOMPLETE, stopped after 200 replications. Undecided: no model"),
        );
        document.replications = 0;
        assert_eq!(
            last_line(&document, Style::FILE),
            "INCOMPLETE: stopped before every model had finished one replication, so there is nothing to report."
        );
        document.replications = 1;
        document.complete = true;
        assert!(last_line(&document, Style::FILE).starts_with(
            "Undecided: one replication decides nothing (--replications 20); “call centre” reached 83.0 %"
        ));
        document.replications = 200;
        document.targets.clear();
        document.verdicts.clear();
        assert_eq!(
            last_line(&document, Style::FILE),
            "No verdict, for the scenario asks for nothing ([[targets]]): the quickest is “call centre”, mean first response \
             44 min 10 s (42 min to 46 min 20 s) at a response rate of 96.2 % (95.8 to 96.6); cost 13,184 in 1 week."
        );
    }

    /// A choice among two rests on verdicts at 97.5 %.
    #[test]
    fn a_choice_needs_more_than_a_verdict_alone() {
        let mut document = sample::two_models();
        judged(&mut document, [Missed, Missed, Met, Met]);
        document.verdicts[2].jointly = Undecided;
        assert!(
            last_line(&document, Style::FILE).starts_with(
                "Undecided: no model surely meets all targets; “call centre” may: 83.0 % (81.0 to 85.0) answered within 1 h, \
                 80 % asked; cost"
            ),
        );
        let text = crate::compare(
            &document,
            Style {
                width: 400,
                ..Style::FILE
            },
        );
        for sentence in [
            "The verdicts behind this choice among 2 models are at 97.5 % confidence each, so that all of them together hold \
             at 95 %.",
            "“call centre” on “within the hour”: met at 95 %, but undecided at 97.5 %; more replications would settle it for \
             the choice.",
        ] {
            assert!(text.lines().any(|line| line == sentence), "{sentence}\n{text}");
        }
    }

    #[test]
    fn without_money_hours_are_counted() {
        let mut document = sample::two_models();
        document.estimates.retain(|e| !e.measure.contains("cost"));
        judged(&mut document, [Met; 4]);
        assert!(
            last_line(&document, Style::FILE).ends_with(
                "“PR team” needs the fewest staff hours of those that meet all targets: 12.0 % (11.0 to 13.0) answered within \
                 1 h, mean first response 10 h (9 h 43 min to 10 h 17 min) at a response rate of 62.0 %; 12.9 staff hours in 1 week."
            )
        );
        // The call centre's day is paid for by calls: the page needs five hours of it.
        document.models[1].teams[0].charged = crate::document::Charged::AtWork;
        set(&mut document, "call centre", "page_hours", 5.0);
        let text = last_line(&document, Style::FILE);
        assert!(
            text.starts_with(
                "Met: “call centre” needs the fewest page hours of those that meet all targets:"
            ) && text.ends_with("; 5 page hours of 412 on duty in 1 week."),
            "{text}"
        );
    }

    /// Two call centres cost the page the same, one with half as many people again.
    #[test]
    fn headcount_does_not_hide_behind_an_equal_cost() {
        let mut document = sample::two_models();
        judged(&mut document, [Met; 4]);
        for (model, hours) in [("PR team", 600.0), ("call centre", 400.0)] {
            set(&mut document, model, "staff_cost", 1_000.0);
            set(&mut document, model, "staff_hours", hours);
            set(&mut document, model, "duty_cost", hours * 30.0);
        }
        for model in &mut document.models {
            model.teams[0].charged = crate::document::Charged::AtWork;
        }
        let cost = document
            .differences
            .iter_mut()
            .find(|d| d.measure == "staff_cost")
            .unwrap();
        (cost.value, cost.lower, cost.upper) = (0.0, Some(-40.0), Some(40.0));
        assert_eq!(
            last_line(&document, Style::FILE),
            "Met: “call centre” and “PR team” meet all targets and are equally cheap as far as is shown (at most 40.00 apart); \
             “call centre” has the fewest hours on duty: 83.0 % (81.0 to 85.0) answered within 1 h, mean first response \
             44 min 10 s (42 min to 46 min 20 s) at a response rate of 96.2 %; cost 1,000 charged to the page, 12,000 for all hours on duty in 1 week."
        );
        let text = crate::compare(
            &document,
            Style {
                width: 400,
                ..Style::FILE
            },
        );
        assert!(
            text.contains("cost of all\n") && text.contains("18,000\n"),
            "{text}"
        );
        // Beyond what chance can be, one is cheaper.
        let cost = document
            .differences
            .iter_mut()
            .find(|d| d.measure == "staff_cost")
            .unwrap();
        (cost.value, cost.lower, cost.upper) = (-50.0, Some(-90.0), Some(-10.0));
        set(&mut document, "PR team", "staff_cost", 950.0);
        assert!(last_line(&document, Style::FILE).starts_with("Met: “PR team” is the cheapest"));
    }

    #[test]
    fn twelve_models_are_one_line() {
        let mut document = sample::two_models();
        judged(&mut document, [Met; 4]);
        for n in 3..=12 {
            let name = format!("call centre {n}");
            let mut model = document.models[1].clone();
            model.name.clone_from(&name);
            document.models.push(model);
            let of = |model: &str| model == "call centre";
            let rows: Vec<_> = document
                .estimates
                .iter()
                .filter(|e| of(&e.model))
                .cloned()
                .collect();
            document
                .estimates
                .extend(rows.into_iter().map(|e| crate::document::Estimate {
                    model: name.clone(),
                    ..e
                }));
            let rows: Vec<_> = document
                .verdicts
                .iter()
                .filter(|v| of(&v.model))
                .cloned()
                .collect();
            document.verdicts.extend(rows.into_iter().map(|v| VerdictRow {
                model: name.clone(),
                ..v
            }));
        }
        for width in [60, 80, 120] {
            let style = Style { width, ..Style::FILE };
            for text in [crate::run(&document, style), crate::compare(&document, style)] {
                let (rest, last) = text.trim_end().rsplit_once("\n\n").unwrap();
                assert_eq!(last, last_line(&document, style));
                assert_eq!(last.lines().count(), 1);
                assert!(last.starts_with(
                    "Met: “PR team” is the cheapest that meets all targets: 12.0 % (11.0 to 13.0)"
                ));
                assert!(
                    rest.lines().all(|line| line.chars().count() <= width),
                    "{width}\n{rest}"
                );
            }
        }
    }
}
