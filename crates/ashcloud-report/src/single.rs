//! The report of `run`: each staffing model by itself.

use crate::choice::{charge, currency};
use crate::conclusion::{last_line, reasons};
use crate::document::{CALLS, CALLS_CLOSED, Document, Model, Moment, OfferedLoad, Timeline, Verdict};
use crate::numbers;
use crate::overview::summary;
use crate::page::{Page, Style, header, warnings};
use crate::picture::{histogram, shares, sparkline};
use crate::table::{Cell, table};
use crate::words::{self, estimate, point, staffing, verdict_sentence, what_would_settle};

/// Each model of the document: figures, distributions, state over time, targets.
pub fn run(document: &Document, style: Style) -> String {
    let mut page = Page::new(style);
    header(&mut page, document);
    if document.replications > 0 {
        for model in &document.models {
            page.blank();
            section(&mut page, document, model);
        }
        if document.models.len() > 1 {
            page.blank();
            page.heading("All staffing models");
            summary(&mut page, document);
        }
        reasons(&mut page, document);
    }
    warnings(&mut page, document);
    page.last(&last_line(document, style));
    page.finish()
}

fn section(page: &mut Page, document: &Document, model: &Model) {
    page.heading(&staffing(model));
    figures(page, document, model);
    places(page, document, model);
    let ages = by_age(document, model);
    if !ages.is_empty() {
        page.blank();
        page.line("  Answered, of all comments");
        for line in shares(&ages, page.style) {
            page.line(&line);
        }
    }
    for (measure, title) in [
        ("first_response", "First response of the answered"),
        ("wait", "Wait"),
    ] {
        let curve = document
            .distributions
            .iter()
            .find(|c| c.model == model.name && c.measure == measure);
        // Where every answer ends a wait of its own the second picture adds little.
        let wanted = (measure == "first_response" && ages.is_empty())
            || !document
                .distributions
                .iter()
                .any(|c| c.measure == "first_response");
        if let Some(curve) = curve.filter(|c| wanted && c.count > 0) {
            page.blank();
            page.line(&format!(
                "  {title}, {} values",
                numbers::count(curve.count as f64)
            ));
            for line in histogram(&curve.points, page.style) {
                page.line(&line);
            }
        }
    }
    if let Some(timeline) = document.timeline.iter().find(|t| t.model == model.name) {
        over_time(page, timeline, document.horizon_s);
    }
    if !document.targets.is_empty() {
        page.blank();
        for target in &document.targets {
            let Some(row) = document.verdict(&model.name, &target.name) else {
                page.sentence(2, &words::does_not_apply(target, page.style));
                continue;
            };
            let sentence = verdict_sentence(document, target, row);
            page.sentence(2, &words::capital(&sentence));
            if row.verdict == Verdict::Undecided && document.decides() {
                page.sentence(4, &what_would_settle(document, target, row));
            }
        }
    }
}

/// "18 Erlang on 20 agents: 90 %", of which teams where several are told apart.
fn offered_load(load: &OfferedLoad, several: bool) -> String {
    let who = if several {
        format!("{}: ", load.teams.join(", "))
    } else {
        String::new()
    };
    let at_once = if load.capacity > f64::from(load.agents) {
        format!(
            " who do the work of {}, several at once",
            numbers::count(load.capacity)
        )
    } else {
        String::new()
    };
    let agents = if load.agents == 1 { "agent" } else { "agents" };
    format!(
        "{who}{} on {} {agents}{at_once} ({})",
        numbers::count(load.erlangs),
        numbers::count(f64::from(load.agents)),
        numbers::share(load.erlangs / load.capacity, 1),
    )
}

fn figures(page: &mut Page, document: &Document, model: &Model) {
    // Where nothing but calls comes there is nothing to say of comments.
    let only_calls = document.is_calls_only();
    let whole = |measure: &str| document.whole(&model.name, measure).filter(|_| !only_calls);
    let paid = |measure: &str| document.whole(&model.name, measure);
    let mut figure = |label: &str, text: Option<String>| {
        if let Some(text) = text {
            page.figure(label, &text);
        }
    };
    figure(
        "comments",
        whole("offered").map(|e| format!("{} per replication", words::point(e))),
    );
    for load in &model.offered_load {
        let several = model.offered_load.len() > 1;
        figure("offered load", Some(offered_load(load, several)));
    }
    figure("time to clear", time_to_clear(document, model));
    let rate = whole("response_rate");
    figure("response rate", rate.map(estimate));
    let at_rate = rate.map_or(String::new(), |rate| {
        format!(", at a response rate of {}", point(rate))
    });
    figure(
        "mean first response",
        whole("first_response_mean").map(|e| format!("{}{at_rate}", estimate(e))),
    );
    figure("first response", quantiles(document, model, "first_response"));
    let never = [
        ("never taken on", "ignored_share"),
        ("scrolled past", "scrolled_past_share"),
        ("asked elsewhere", "consulted_share"),
        ("mails forgotten", "forgotten_share"),
    ];
    for (label, measure) in never {
        figure(
            label,
            whole(measure).map(|e| format!("{} of the comments", estimate(e))),
        );
    }
    // Who still waits at the end has no wait yet: a mean must say that it leaves them out.
    let open = whole("unanswered_share").is_some_and(|e| e.value > 0.005);
    let of = if open { ", of those taken up or gone" } else { "" };
    figure(
        "mean wait",
        whole("wait_mean").map(|e| format!("{}{of}", estimate(e))),
    );
    figure("wait", quantiles(document, model, "wait"));
    figure(
        "had to wait",
        whole("delayed_share").map(|e| format!("{}{of}", estimate(e))),
    );
    figure(
        "stayed unanswered",
        whole("unanswered_share").filter(|_| open).map(estimate),
    );
    figure("gave up waiting", whole("left_share").map(estimate));
    figure("blocked", whole("blocked_share").map(estimate));
    figure("turned away", whole("balked_share").map(estimate));
    figure("waiting on average", whole("queue_length_mean").map(estimate));
    let occupancies: Vec<String> = model
        .teams
        .iter()
        .filter_map(|team| {
            let e = document.find(&model.name, "occupancy", "all", &team.name, "all")?;
            Some(if model.teams.len() > 1 {
                format!("{} {}", team.name, estimate(e))
            } else {
                estimate(e)
            })
        })
        .collect();
    figure(
        "occupancy",
        (!occupancies.is_empty()).then(|| occupancies.join(", ")),
    );
    let finite = model.teams.iter().all(|team| team.agents.is_some());
    let period = document.period_after(" in ");
    figure(
        "staff hours",
        paid("staff_hours")
            .filter(|_| finite)
            .map(|e| format!("{}{period}", point(e))),
    );
    let apart = finite && document.is_charged_apart(&model.name);
    figure(
        "hours at the page",
        whole("page_hours").filter(|_| apart).map(estimate),
    );
    figure(
        "cost",
        paid("staff_cost").map(|cost| {
            let each = whole("cost_per_answer").map(|e| format!(", {} per answer", estimate(e)));
            point(cost) + &period + &each.unwrap_or_default()
        }),
    );
    let all_hours = charge(document, currency(document), model).and_then(|(_, all)| all);
    figure(
        "cost of all hours",
        paid("duty_cost")
            .filter(|_| all_hours.is_some())
            .map(|e| point(e) + &period),
    );
    figure(
        "badge shown",
        whole("badge_days_share").map(|e| format!("{} of days", estimate(e))),
    );
    figure("calls", calls(document, model));
}

/// When the house was first empty, which ends each replication: "7 h 30 min (7 h 10 min to 7 h 50 min) from the start".
fn time_to_clear(document: &Document, model: &Model) -> Option<String> {
    let cleared = document.whole(&model.name, "cleared_share")?;
    let Some(time) = document
        .whole(&model.name, "time_to_clear_mean")
        .filter(|_| cleared.value > 0.0)
    else {
        return Some("never before the end of the run".into());
    };
    let text = format!("{} from the start", estimate(time));
    Some(if cleared.value < 1.0 {
        format!(
            "{text}, in {} of the replications; in the others not before the end",
            estimate(cleared)
        )
    } else {
        text
    })
}

/// "taken 97.0 % of 74,000 per replication, mean wait 1 min 3 s, given up 2.0 %, found all lines taken 1.0 %, sent away at
/// closing 0.3 %; 22,000 found the line closed"
fn calls(document: &Document, model: &Model) -> Option<String> {
    let figure = |measure: &str| {
        document
            .of_calls(&model.name, measure)
            .and_then(|e| words::column(&[Some(e)]).pop())
    };
    let mut text = format!(
        "taken {} of {} per replication",
        figure("response_rate")?,
        figure("offered")?
    );
    let rest = [
        ("mean wait", "wait_mean"),
        ("given up", "left_share"),
        ("found all lines taken", "blocked_share"),
        ("sent away at closing", "dismissed_share"),
    ];
    for (words, measure) in rest {
        if let Some(value) = figure(measure) {
            text += &format!(", {words} {value}");
        }
    }
    if let Some(closed) = figure(CALLS_CLOSED) {
        text += &format!("; {closed} more found the line closed");
    }
    Some(text)
}

/// From this response rate on hardly anybody is missing among the answered.
const NEARLY_ALL: f64 = 0.95;

/// How many of all comments are answered by when, and how many never: a picture of the answered alone hides those. Empty
/// where nearly all are answered.
fn by_age(document: &Document, model: &Model) -> Vec<(String, f64)> {
    let whole = |measure: &str| document.whole(&model.name, measure).map(|e| e.value);
    let Some(rate) = whole("response_rate").filter(|&rate| rate < NEARLY_ALL) else {
        return Vec::new();
    };
    let ages = [
        ("15m", 900.0),
        ("1h", 3_600.0),
        ("4h", 14_400.0),
        ("1d", 86_400.0),
        ("3d", 259_200.0),
    ];
    let by = ages.iter().filter_map(|(name, seconds)| {
        let share = whole(&format!("answered_by_{name}"))?;
        Some((format!("within {}", numbers::duration(*seconds)), share))
    });
    let mut rows: Vec<(String, f64)> = by.collect();
    if rows.is_empty() {
        return rows;
    }
    // Where hardly anything comes later the last age says it.
    let written = |share| numbers::share(share, 0);
    if rows
        .last()
        .is_none_or(|(_, share)| written(*share) != written(rate))
    {
        rows.push(("in the end".into(), rate));
    }
    rows.push(("not at all".into(), 1.0 - rate));
    rows
}

fn quantiles(document: &Document, model: &Model, of: &str) -> Option<String> {
    let parts: Vec<String> = ["p50", "p90", "p95", "p99"]
        .iter()
        .filter_map(|q| {
            document
                .whole(&model.name, &format!("{of}_{q}"))
                .map(|e| format!("{q} {}", point(e)))
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Tables by class, channel and team, where there are several.
fn places(page: &mut Page, document: &Document, model: &Model) {
    let of_model = || {
        document
            .estimates
            .iter()
            .filter(|e| e.model == model.name && e.clock == "wall")
    };
    let mut classes: Vec<&str> = Vec::new();
    let mut channels: Vec<&str> = Vec::new();
    // Calls have figures of their own.
    let phone = document.of_calls(&model.name, "offered").is_some();
    for e in of_model().filter(|e| e.measure == "offered" && !(phone && e.class == CALLS)) {
        if e.class != "all" {
            classes.push(&e.class);
        }
        if e.channel != "all" {
            channels.push(&e.channel);
        }
    }
    let figure = |measure: &str, class: &str, team: &str, channel: &str| {
        document.find(&model.name, measure, class, team, channel)
    };
    let columns = [
        "offered",
        "response_rate",
        "first_response_mean",
        "first_response_p50",
        "first_response_p90",
    ];
    let names = ["comments", "response rate", "mean first response", "p50", "p90"];
    for (title, places, is_class) in [("class", classes, true), ("channel", channels, false)] {
        if places.len() < 2 {
            continue;
        }
        let heading: Vec<String> = std::iter::once(title).chain(names).map(String::from).collect();
        let figures = columns.map(|measure| {
            let of = |place: &&str| {
                if is_class {
                    figure(measure, place, "all", "all")
                } else {
                    figure(measure, "all", "all", place)
                }
            };
            words::column(&places.iter().map(of).collect::<Vec<_>>())
        });
        page.blank();
        table(page, 2, &heading, &rows(&places, &figures));
    }
    if model.teams.len() > 1 {
        let mut heading = [
            "team",
            "takes up",
            "first response p50",
            "p90",
            "occupancy",
            "staff hours",
        ]
        .map(String::from)
        .to_vec();
        let mut columns = vec![
            "taken_up_share",
            "first_response_p50",
            "first_response_p90",
            "occupancy",
            "staff_hours",
        ];
        if document.is_charged_apart(&model.name) {
            heading.push("hours at the page".into());
            columns.push("page_hours");
        }
        let teams: Vec<&str> = model.teams.iter().map(|team| team.name.as_str()).collect();
        let figures: Vec<Vec<String>> = columns
            .iter()
            .map(|measure| {
                let of = |team: &&str| figure(measure, "all", team, "all");
                words::column(&teams.iter().map(of).collect::<Vec<_>>())
            })
            .collect();
        page.blank();
        table(page, 2, &heading, &rows(&teams, &figures));
    }
}

/// Rows of a table: their names, and the columns behind them.
pub(crate) fn rows(names: &[&str], columns: &[Vec<String>]) -> Vec<Vec<Cell>> {
    let row = |(i, name): (usize, &&str)| {
        let cells = columns.iter().map(|column| Cell::from(column[i].clone()));
        std::iter::once(Cell::from((*name).to_string()))
            .chain(cells)
            .collect()
    };
    names.iter().enumerate().map(row).collect()
}

/// The backlog over time as a line, up to the horizon: what arrives later is not measured.
fn over_time(page: &mut Page, timeline: &Timeline, horizon_s: f64) {
    let moments: Vec<&Moment> = timeline.moments.iter().filter(|m| m.at_s <= horizon_s).collect();
    let levels: Vec<f64> = moments.iter().map(|m| m.waiting.mean).collect();
    // Of equal peaks the first.
    let peak = moments
        .iter()
        .rev()
        .max_by(|a, b| a.waiting.mean.total_cmp(&b.waiting.mean));
    let (Some(first), Some(peak), Some(last)) = (moments.first(), peak, moments.last()) else {
        return;
    };
    page.blank();
    let text = format!(
        "Waiting over time, mean of the replications: at most {} {} (80 % of replications: {} to {} then).",
        numbers::count(peak.waiting.mean),
        match &peak.local {
            Some(local) => format!("at {local}"),
            None => format!("after {}", numbers::duration(peak.at_s)),
        },
        numbers::count(peak.waiting.p10),
        numbers::count(peak.waiting.p90),
    );
    page.sentence(2, &text);
    let line = sparkline(&levels, page.style.width - 4, page.style.unicode);
    page.line(&format!("  {line}"));
    let [from, to] = [first, last].map(|moment| {
        let elapsed = || numbers::duration(moment.at_s);
        moment.local.clone().unwrap_or_else(elapsed)
    });
    let gap = line
        .chars()
        .count()
        .saturating_sub(from.chars().count() + to.chars().count())
        .max(1);
    page.line(&format!("  {from}{}{to}", " ".repeat(gap)));
    let oldest = moments
        .iter()
        .rev()
        .max_by(|a, b| a.oldest_s.mean.total_cmp(&b.oldest_s.mean));
    if let Some(oldest) = oldest.filter(|oldest| oldest.oldest_s.mean > 0.0) {
        let text = format!(
            "The oldest that waits: at most {} old after {} (80 % of replications: {} to {} then).",
            numbers::duration(oldest.oldest_s.mean),
            numbers::duration(oldest.at_s),
            numbers::duration(oldest.oldest_s.p10),
            numbers::duration(oldest.oldest_s.p90),
        );
        page.sentence(2, &text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const PLAIN: Style = Style::FILE;

    #[test]
    fn a_report_in_eighty_columns() {
        insta::assert_snapshot!(run(&sample::two_models(), PLAIN));
    }

    /// Part-time attention, questions to others, a phone line: where most is never answered.
    #[test]
    fn who_answers() {
        let text = run(&sample::who_answers(), PLAIN);
        let (wrapped, _) = text.trim_end().rsplit_once('\n').unwrap();
        assert!(wrapped.lines().all(|line| line.chars().count() <= 80), "{text}");
        // Calls stand in a line of their own, in no table of comments.
        assert_eq!(
            text.matches("call ").count(),
            text.matches("call centre").count(),
            "{text}"
        );
        insta::assert_snapshot!(text);
    }

    /// The axis is the clock on the wall where the scenario says when it starts, else the time since then.
    #[test]
    fn a_picture_over_time_stands_on_local_time() {
        let mut document = sample::two_models();
        let axis = |document: &Document| {
            let text = run(document, PLAIN);
            let lines: Vec<&str> = text.lines().collect();
            let picture = lines.iter().position(|line| line.contains("▁▁")).unwrap();
            lines[picture + 1]
                .split_whitespace()
                .map(String::from)
                .collect::<Vec<_>>()
        };
        assert_eq!(axis(&document), ["1", "h", "2", "d"]);
        for (hour, moment) in document.timeline[0].moments.iter_mut().enumerate() {
            moment.local = Some(format!(
                "2010-04-{} {:02}:00",
                15 + (hour + 1) / 24,
                (hour + 1) % 24
            ));
        }
        assert_eq!(axis(&document), ["2010-04-15", "01:00", "2010-04-17", "00:00"]);
    }

    #[test]
    fn a_report_in_ascii_and_in_colour() {
        let text = run(
            &sample::two_models(),
            Style {
                unicode: false,
                width: 60,
                ..PLAIN
            },
        );
        assert!(text.is_ascii(), "{text}");
        let (wrapped, _) = text.trim_end().rsplit_once('\n').unwrap();
        assert!(wrapped.lines().all(|line| line.len() <= 60), "{text}");
        let coloured = run(
            &sample::two_models(),
            Style {
                colour: true,
                ..PLAIN
            },
        );
        let stripped = coloured.replace("\x1b[0m", "").replace("\x1b[1m", "");
        let stripped = [31, 32, 33]
            .iter()
            .fold(stripped, |text, c| text.replace(&format!("\x1b[{c}m"), ""));
        assert_eq!(stripped, run(&sample::two_models(), PLAIN));
        assert!(coloured.contains("\x1b[31mmissed.\x1b[0m"));
    }

    #[test]
    fn a_mean_never_stands_without_its_response_rate() {
        let text = run(&sample::two_models(), Style { width: 200, ..PLAIN });
        for line in text
            .lines()
            .filter(|line| line.contains("mean first response") && line.contains(" min"))
        {
            assert!(line.contains("response rate of"), "{line}\n");
        }
        assert!(text.contains("mean first response  44 min 10 s"));
    }

    #[test]
    fn what_was_stopped_says_so() {
        let mut document = sample::two_models();
        document.complete = false;
        let text = run(&document, PLAIN);
        assert!(
            text.contains("INCOMPLETE: stopped early. The half-width reached is 4.9 % (2.0 % was asked)."),
            "{text}"
        );
        document.replications = 0;
        assert!(run(&document, PLAIN).contains("nothing to report"));
    }
}
