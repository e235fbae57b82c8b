//! The report of `compare`: all staffing models side by side, their differences, and the cheapest that meets.

use crate::choice::{Scales, headline, ranks};
use crate::conclusion::{last_line, reasons};
use crate::document::{Document, Target};
use crate::numbers;
use crate::overview::overview;
use crate::page::{Page, Style, header, warnings};
use crate::words;

/// All models of the document against each other.
pub fn compare(document: &Document, style: Style) -> String {
    let mut page = Page::new(style);
    header(&mut page, document);
    if document.replications > 0 {
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
        reasons(&mut page, document);
    }
    warnings(&mut page, document);
    page.last(&last_line(document, style));
    page.finish()
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
            let things = if document.is_calls_only() {
                "calls"
            } else {
                "comments"
            };
            let comments = if d.paired {
                format!("over the same {things}")
            } else {
                format!("each over {things} of its own")
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

/// The model that others are compared with: the cheapest that meets all targets, else the best by rank.
fn chosen(document: &Document) -> &str {
    let best = || ranks(document).1.first().copied();
    Scales::new(document)
        .choice
        .cheapest
        .first()
        .copied()
        .or_else(best)
        .map_or("", |i| document.models[i].name.as_str())
}

/// Models from best to worst on the first target, or by mean first response.
fn ranked(page: &mut Page, document: &Document) {
    let (target, order) = ranks(document);
    page.blank();
    let quickest = if document.is_calls_only() {
        "mean wait of calls"
    } else {
        "mean first response"
    };
    let by = target.map_or(quickest.to_string(), |t| {
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
            None => headline(document, model).map_or("-".into(), words::estimate),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Verdict, VerdictRow};
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
                // All but the last, which stands alone.
                let (text, _) = text.trim_end().rsplit_once('\n').unwrap();
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
            text.contains("\nUndecided: “call centre” may meet all targets: mean first response 44 min 10 s (42 min to 46 min 20 s) at a response rate of 96.2 %, at most 45 min asked; cost"),
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
            "Missed: no model meets the target; the nearest is “call centre”: 34.0 % (32.0 to 36.0) taken up within 20 s (calls only), 80 % asked; cost 13,184 in 1 week.",
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
            (row.verdict, row.jointly) = (Verdict::Undecided, Verdict::Undecided);
            (row.lower, row.upper) = (None, None);
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
}
