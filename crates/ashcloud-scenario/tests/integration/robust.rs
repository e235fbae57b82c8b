//! Whatever a file holds, it is answered with faults or a scenario, never with a panic.

use std::path::Path;

use ashcloud_scenario::{Override, load_str, schema};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const WHOLE: &str = r#"
title = "Everything"
start = 2010-03-25T00:00:00
timezone = "Europe/Stockholm"
holidays = [2010-04-02]
horizon = "7d"
follow_up = "1d"
backlog = { question = 5 }
[[arrivals]]
name = "everyday"
rate = "240 per day"
profile = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
weekdays = { mon-fri = 1.06, sat-sun = 0.85 }
busyness = [{ cv = 0.2, day_correlation = 0.6 }, { shape = 4, every = "6h" }]
classes = { question = 0.75, complaint = 0.25 }
contagion = { offspring = 0.25, kernel = { lomax = { c = "1s", theta = 0.5 } }, clock = "profile", by_followers = true }
followers = { lognormal = { median = 300, cv = 2 } }
[[arrivals]]
name = "stranded"
storm = { at = 2010-03-26T12:00:00, affected = 100_000, contact = 0.06, lasts = "5d" }
channels = { wall = 0.5, private = 0.5 }
page = "main"
topic = "closed"
[[arrivals]]
name = "chain"
mmpp = { rates = ["2 per h", "20 per h"], leave = ["0.1 per h", "0.4 per h"] }
[[arrivals]]
name = "log"
trace = { file = "trace_2010.csv", class = "kind", from = 2010-03-26T00:00:00 }
[phone]
rate = "6 per h"
weekdays = { mon-fri = 1.06, sat-sun = 0.85 }
handling = { exponential = "5m" }
patience = "9m"
trunks = 8
[classes.question]
handling = { hyperexponential = [{ share = 0.9, mean = "0.5m" }, { share = 0.1, mean = "5m" }] }
tolerance = { points = { "5m" = 0.24, "1h" = 0.5 }, tail = { pareto = { alpha = 2.5, minimum = "1s" } }, cut = "72h" }
when_tolerance_ends = { retry = 0.5, leave = 0.5 }
retry_after = { exponential = "8m" }
[[targets]]
answered_within = "1h"
share = 0.8
[[targets]]
quantile = 0.9
wait_at_most = "2h"
[[teams]]
name = "agents"
shifts = [
  { name = "weekdays", days = "mon-fri", from = "08:00", to = "20:00", agents = 6, break = "30m" },
  { name = "fair", at = 2010-03-27T10:00:00, for = "8h", agents = 2 },
]
skills = ["question", { class = "complaint", rank = 2, after = "10m", reserve = 1, speed = 0.5, prefer = 2 }]
takes_phone = true
reserve = 1
knows_answer = { question = 0.5 }
consults = "office"
mail = "3m"
[[teams]]
name = "desk"
agents = 1
hours = { mon-fri = "09:00-17:00" }
attention = { gap = { exponential = "55m" }, session = "25m", pick = { at_once = 0.92, fades = "16h" }, sofa_check = { share = 0.75, from = "18:30", to = "22:30" } }
knows_answer = 0.5
consults = "agents"
write_up = "4m"
[departments.office]
hours = { mon-fri = "09:00-17:00" }
reply = { exponential = "75m" }
forgets = 0.07
[[teams]]
name = "crowd"
agents = "unlimited"
[routing]
order = "weighted-score"
score = { age = 1, angry = 2, topics = { closed = 2 }, target = "1h" }
priorities = ["complaint", "question"]
answers = { question = 0.9 }
[[hand_over]]
from = "agents"
class = "question"
share = 0.1
to = "crowd"
handling = "5m"
[experiment]
models = ["desk.toml", { staffing = "desk.toml", name = "b", set = { "teams.desk.agents" = 3 }, world = { backlog = 0 } }]
[observe]
at = ["1h"]
every = "1h"
"#;

const SNIPPETS: [&str; 40] = [
    "0",
    "-1",
    "1e308",
    "nan",
    "inf",
    "\"\"",
    "\"0s\"",
    "\"9999999d\"",
    "\"1ns\"",
    "[]",
    "{}",
    "true",
    "[[",
    "]",
    "\n",
    "\"daily\"",
    "\"00:00\"",
    "\"24:00\"",
    "9999-12-31T23:59:59",
    "0001-01-01",
    "1970-01-01T00:00:00Z",
    "\"unlimited\"",
    "18446744073709551615",
    "9223372036854775807",
    "\"1e9 per ns\"",
    "{ exponential = \"0s\" }",
    "\u{1F300}",
    "\0",
    "\"",
    "=",
    ".",
    "#",
    "0.5",
    "\"question\"",
    "\"agents\"",
    "\"1e30s\"",
    "\"Antarctica/Troll\"",
    "\"Pacific/Apia\"",
    "64",
    "300",
];

fn answered(text: &str, overrides: &[Override]) {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    match load_str("any.toml", text, &base, overrides) {
        Ok((compiled, _)) => {
            let plan = &compiled.models[0].plan;
            assert!(
                plan.roster
                    .windows(2)
                    .all(|w| (w[0].at, w[0].agent) < (w[1].at, w[1].agent))
            );
            assert!(
                plan.doors
                    .windows(2)
                    .all(|w| w[0].at < w[1].at && w[0].open != w[1].open)
            );
            let service = &compiled.models[0].service;
            for consult in &service.consults {
                assert!(usize::from(consult.write_up.0) < plan.classes.len());
                assert_eq!(
                    plan.classes[usize::from(consult.write_up.0)].teams[0].team,
                    consult.team
                );
            }
            for sofa in service.attention.iter().flatten().filter_map(|a| a.sofa.as_ref()) {
                assert!(sofa.windows.iter().all(|w| w.0 < w.1));
                assert!(sofa.windows.windows(2).all(|w| w[0].1 <= w[1].0));
            }
            let world = &compiled.models[0].world;
            assert!(world.days.windows(2).all(|w| w[0] < w[1]));
            assert!(world.horizon <= world.end);
        }
        Err(faults) => {
            assert!(!faults.faults.is_empty());
            assert!(faults.plain().lines().count() >= faults.faults.len());
            assert!(!faults.graphical().is_empty());
        }
    }
}

#[test]
fn the_whole_file_is_right() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    match load_str("whole.toml", WHOLE, &base, &[]) {
        Ok((compiled, _)) => assert_eq!(compiled.models.len(), 3),
        Err(faults) => panic!("{}", faults.plain()),
    }
}

#[test]
fn nesting_without_end() {
    answered(&format!("a = {}", "[".repeat(100_000)), &[]);
    answered(
        &format!("a = {}1{}", "{ a = ".repeat(5_000), " }".repeat(5_000)),
        &[],
    );
    answered(&format!("{}a = 1", "a.".repeat(100_000)), &[]);
}

#[test]
fn the_schema_is_json_and_closed() {
    let text = serde_json::to_string(&schema()).expect("JSON");
    assert!(!text.contains("null"), "a definition was never made");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(20_100_415), ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "(?s).{0,300}") {
        answered(&text, &[]);
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        answered(&String::from_utf8_lossy(&bytes), &[]);
    }

    /// Lines left out, doubled, cut, or with a piece put in the place of a value.
    #[test]
    fn any_mutation(
        edits in proptest::collection::vec((0..4_u8, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4)
    ) {
        let mut lines: Vec<String> = WHOLE.lines().map(str::to_owned).collect();
        for (kind, line, what) in edits {
            let place = line.index(lines.len());
            match kind {
                0 => _ = lines.remove(place),
                1 => lines.push(lines[place].clone()),
                2 => {
                    let cut = what.index(lines[place].len() + 1);
                    if lines[place].is_char_boundary(cut) {
                        lines[place].truncate(cut);
                    }
                }
                _ => {
                    let piece = SNIPPETS[what.index(SNIPPETS.len())];
                    if let Some((key, _)) = lines[place].clone().split_once('=') {
                        lines[place] = format!("{key}= {piece}");
                    }
                }
            }
        }
        answered(&lines.join("\n"), &[]);
    }

    /// Any value anywhere.
    #[test]
    fn any_override(path in prop::sample::select(vec![
        "start", "horizon", "warm_up", "follow_up", "backlog", "timezone", "holidays", "arrivals.everyday.rate",
        "arrivals.everyday.profile", "arrivals.everyday.weekdays", "arrivals.stranded.storm.at",
        "arrivals.stranded.storm.affected", "arrivals.chain.mmpp.rates", "arrivals.log.trace.stretch",
        "arrivals.everyday.contagion.offspring", "arrivals.everyday.poisson", "classes.question.handling",
        "classes.question.tolerance.cut", "classes.question.tolerance.tail", "teams.agents.shifts.weekdays.agents",
        "teams.agents.shifts.weekdays.break", "teams.agents.shifts.fair.for", "teams.agents.shifts.fair.at",
        "teams.crowd.agents", "teams.agents.at_once", "routing.order", "routing.capacity", "routing.score.target",
        "experiment.replications", "observe.at", "observe.every", "models.b.teams.desk.agents", "targets.0.share",
        "hand_over.0.share", "title",
        "phone", "phone.rate", "phone.patience", "phone.trunks", "phone.busyness", "departments", "departments.office.hours",
        "departments.office.reply", "teams.desk.attention", "teams.desk.attention.gap", "teams.desk.attention.session",
        "teams.desk.attention.pick", "teams.desk.attention.pick.fades", "teams.desk.attention.sofa_check",
        "teams.desk.attention.sofa_check.from", "teams.desk.attention.sofa_check.to", "teams.desk.hours",
        "teams.desk.takes_phone", "teams.desk.knows_answer", "teams.agents.consults", "teams.agents.reserve",
        "teams.agents.knows_answer", "teams.agents.mail", "routing.answers", "teams.agents.attention", "teams", "arrivals", "experiment.models",
    ]), value in prop::sample::select(SNIPPETS.to_vec())) {
        if let Ok(wanted) = Override::parse(&format!("{path}={value}")) {
            answered(WHOLE, &[wanted]);
        }
    }

    #[test]
    fn any_override_text(text in "\\PC{0,40}") {
        if let Ok(wanted) = Override::parse(&text) {
            answered("horizon = \"1d\"", &[wanted]);
        }
    }
}
