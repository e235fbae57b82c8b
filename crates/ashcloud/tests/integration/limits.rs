//! Where attention, consults and blended phones have exact answers. Each estimate is asked to be as sharp as its test says and
//! within 4.3 standard errors of the exact value: 2e-5 of true builds would fail one of these checks.

use std::fs;

use serde_json::Value;

use crate::document;

/// Runs a scenario of 40 replications.
fn result(text: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("limit.toml"), text).unwrap();
    document(folder.path(), &["run", "limit.toml", "--replications", "40"])
}

fn row<'a>(result: &'a Value, measure: &str, class: &str) -> &'a Value {
    let rows = result["estimates"].as_array().unwrap();
    let of = |row: &&Value| row["measure"] == measure && row["class"] == class && row["team"] == "all";
    rows.iter()
        .find(of)
        .unwrap_or_else(|| panic!("{measure} of {class}"))
}

/// The estimate is `exact`, its 95 % half-width at most `sharp` of it.
fn check(result: &Value, (measure, class): (&str, &str), exact: f64, sharp: f64) {
    let row = row(result, measure, class);
    let number = |key: &str| row[key].as_f64().unwrap();
    let half_width = (number("upper") - number("lower")) / 2.0;
    // Student's quantile of 39 degrees of freedom.
    let z = (number("value") - exact) / (half_width / 2.0227);
    println!(
        "{measure} of {class}: {} for {exact}, z {z:.2}, half-width {half_width:.4}",
        number("value")
    );
    assert!(
        half_width <= sharp * exact,
        "{measure}: half-width {half_width} is too wide"
    );
    assert!(
        z.abs() <= 4.3,
        "{measure} of {class}: {} instead of {exact}, z = {z}",
        number("value")
    );
}

/// It is this to the nanosecond.
fn check_constant(result: &Value, measure: &str, exact: f64) {
    let value = row(result, measure, "all")["value"].as_f64().unwrap();
    assert!(
        (value - exact).abs() < 1e-6,
        "{measure}: {value} instead of {exact}"
    );
}

pub(crate) const HOURS: [f64; 24] = [
    0.35, 0.2, 0.12, 0.1, 0.12, 0.25, 0.5, 0.8, 1.0, 1.15, 1.25, 1.3, 1.3, 1.25, 1.25, 1.25, 1.25, 1.25,
    1.25, 1.3, 1.4, 1.4, 1.1, 0.7,
];

/// Mean minutes until a desk is open that is open in these hours of the week, with arrivals by hour of the week.
pub(crate) fn minutes_to_opening(open: impl Fn(usize) -> bool) -> f64 {
    let weight = |hour: usize| HOURS[hour % 24] * if hour < 120 { 1.06 } else { 0.85 };
    let mut waited = 0.0;
    for hour in (0..168).filter(|&h| !open(h)) {
        let next = (hour..hour + 168).find(|h| open(h % 168)).unwrap();
        // Arrivals are even within the hour: half an hour to its end on average.
        waited += weight(hour) * (60.0 * (next - hour) as f64 - 30.0);
    }
    waited / (0..168).map(weight).sum::<f64>()
}

#[test]
fn a_desk_that_answers_everything_takes_the_time_to_its_opening() {
    let office = |hour: usize| hour < 120 && (9..17).contains(&(hour % 24));
    let late = |hour: usize| {
        if hour < 120 {
            (8..20).contains(&(hour % 24))
        } else {
            (10..18).contains(&(hour % 24))
        }
    };
    let cases = [
        (minutes_to_opening(office), r#"{ mon-fri = "09:00-17:00" }"#),
        (
            minutes_to_opening(late),
            r#"{ mon-fri = "08:00-20:00", sat-sun = "10:00-18:00" }"#,
        ),
    ];
    assert!(
        (cases[0].0 - 852.4).abs() < 0.05,
        "MODEL 5 says 852.4, this is {}",
        cases[0].0
    );
    for (minutes, hours) in cases {
        let text = format!(
            r#"
horizon = "8w"
follow_up = "7d"
[[arrivals]]
rate = "100 per day"
profile = {HOURS:?}
weekdays = {{ mon-fri = 1.06, sat-sun = 0.85 }}
[classes.question]
handling = "0s"
[[teams]]
name = "desk"
agents = 1
hours = {hours}
"#
        );
        check(&result(&text), ("wait_mean", "all"), 60.0 * minutes, 0.01);
    }
}

#[test]
fn a_consult_round_the_clock_takes_its_mean() {
    let text = r#"
horizon = "4w"
follow_up = "7d"
[[arrivals]]
rate = "100 per day"
[classes.question]
handling = "5m"
[[teams]]
name = "desk"
agents = "unlimited"
knows_answer = 0.0
consults = "back office"
mail = "1m"
write_up = "2m"
[departments."back office"]
reply = { lognormal = { mean = "75m", cv = 1.2 } }
"#;
    check(&result(text), ("first_response_mean", "all"), 60.0 * 78.0, 0.01);
    // Half of the answers known: half take the handling alone.
    let half = text.replace("knows_answer = 0.0", "knows_answer = 0.5");
    let half = result(&half);
    check(
        &half,
        ("first_response_mean", "all"),
        60.0 * (78.0 + 5.0) / 2.0,
        0.015,
    );
    check(&half, ("consulted_share", "all"), 0.5, 0.01);
}

#[test]
fn a_department_answers_in_its_own_opening_time() {
    // Friday 16:00: the mail is sent at 16:01, 59 minutes before closing; 61 more on Monday; two minutes to write it up.
    let text = r#"
start = 2013-04-01T00:00:00
horizon = "5d"
follow_up = "7d"
[[arrivals]]
at = [2013-04-05T16:00:00]
[[teams]]
name = "desk"
agents = 1
knows_answer = 0.0
consults = "back office"
mail = "1m"
write_up = "2m"
[departments."back office"]
hours = { mon-fri = "09:00-17:00" }
reply = "2h"
"#;
    let until_monday = 2.0 * 86_400.0 + 18.0 * 3_600.0 + 3.0 * 60.0;
    check_constant(&result(text), "first_response_mean", until_monday);
    let holiday = format!("holidays = [2013-04-08]\n{text}");
    check_constant(&result(&holiday), "first_response_mean", until_monday + 86_400.0);
}

#[test]
fn a_team_that_is_asked_answers_through_its_own_queue() {
    // Asked at 1 min, begun at once, answered after the comment's five minutes, written up in two. The second comment
    // comes at 1 min and is asked about at 2 min: the officer is busy until 6 min.
    let text = r#"
horizon = "1h"
follow_up = "1h"
[[arrivals]]
at = ["0s", "1m"]
[classes.question]
handling = "5m"
[[teams]]
name = "desk"
agents = 2
knows_answer = 0.0
consults = "officer"
mail = "1m"
write_up = "2m"
[[teams]]
name = "officer"
skills = []
agents = 1
"#;
    check_constant(
        &result(text),
        "first_response_mean",
        60.0 * f64::midpoint(8.0, 12.0),
    );
}

#[test]
fn scrolling_past_and_propensity_decide_the_response_rate() {
    let text = r#"
horizon = "4w"
[[arrivals]]
rate = "200 per day"
[classes.question]
handling = "1m"
[[teams]]
name = "officer"
agents = 1
attention = { gap = { exponential = "30m" }, pick = { at_once = 0.7 } }
"#;
    let picked = result(text);
    check(&picked, ("response_rate", "all"), 0.7, 0.01);
    check(&picked, ("scrolled_past_share", "all"), 0.3, 0.01);
    let taken = result(&format!("{text}[routing]\nanswers = 0.5\n"));
    check(&taken, ("ignored_share", "all"), 0.5, 0.01);
    check(&taken, ("response_rate", "all"), 0.35, 0.02);
    // Gaps of exactly an hour and instant work: at a look, a comment's age is even on (0, 1 h), and with a fading time of
    // one hour (1 - 1/e) of all are picked.
    let fading = text
        .replace("{ exponential = \"30m\" }", "\"1h\"")
        .replace(
            "{ at_once = 0.7 }",
            "{ at_once = 1.0, fades = \"1h\", scan = \"0s\" }",
        )
        .replace("handling = \"1m\"", "handling = \"0s\"");
    check(
        &result(&fading),
        ("response_rate", "all"),
        1.0 - 1.0 / std::f64::consts::E,
        0.01,
    );
}

const PHONE: &str = r#"
horizon = "8w"
follow_up = "1d"
[phone]
rate = "1.02 per min"
handling = { exponential = "5m" }
[[teams]]
name = "agents"
agents = 6
takes_phone = true
"#;

/// Probability of waiting of M/M/c (Erlang 1917), by the recursion of his loss formula.
fn erlang_c(load: f64, agents: u32) -> f64 {
    let mut blocked = 1.0;
    for n in 1..=agents {
        blocked = load * blocked / (f64::from(n) + load * blocked);
    }
    let agents = f64::from(agents);
    agents * blocked / (agents - load * (1.0 - blocked))
}

#[test]
fn a_blended_team_without_comments_is_the_queue_of_erlang() {
    let (load, agents) = (5.1, 6.0);
    let waits = erlang_c(load, 6);
    let mean_wait = waits * 300.0 / (agents - load);
    for reserve in ["", "reserve = 2\n"] {
        let calls = result(&format!("{PHONE}{reserve}"));
        check(&calls, ("wait_mean", "call"), mean_wait, 0.03);
    }
}

#[test]
fn calls_come_first_and_interrupt_nobody() {
    // Two classes with the same exponential work, non-preemptive priority (Cobham 1954; Kella and Yechiali 1985).
    let (calls, comments, agents) = (3.0, 1.5, 6.0);
    let load = calls + comments;
    let waits = erlang_c(load, 6);
    let first = waits * 300.0 / (agents - calls);
    let second = first / (1.0 - load / agents);
    let text = PHONE.replace("1.02 per min", "0.6 per min")
        + r#"
[[arrivals]]
poisson = "0.3 per min"
[classes.question]
handling = { exponential = "5m" }
"#;
    let both = result(&text);
    check(&both, ("wait_mean", "call"), first, 0.02);
    check(&both, ("wait_mean", "all"), second, 0.04);
}

#[test]
fn calls_count_while_somebody_takes_them() {
    // 8-20 every day: half of the calls, which come evenly over the day, find the line closed. The others are all taken, or wait
    // at closing and are sent away.
    let text = PHONE.replace(
        "takes_phone = true",
        "takes_phone = true\nhours = { daily = \"08:00-20:00\" }",
    );
    let result = result(&text);
    let calls = 1.02 * 60.0 * 24.0 * 56.0;
    check(&result, ("calls_closed", "call"), calls / 2.0, 0.01);
    check(&result, ("offered", "call"), calls / 2.0, 0.01);
    let share = |measure: &str| row(&result, measure, "call")["value"].as_f64().unwrap();
    assert!((share("response_rate") + share("dismissed_share") - 1.0).abs() < 1e-9);
    assert!(share("dismissed_share") > 0.0005);
}

#[test]
fn patience_does_not_run_out_while_a_team_is_asked() {
    // Asked at 1 min, long before the officer comes at 9:00; begun then, answered after five minutes, and the desk, which is free,
    // takes the answer at once: two minutes.
    let text = r#"
horizon = "1h"
follow_up = "1d"
[[arrivals]]
at = ["0s"]
[classes.question]
handling = "5m"
tolerance = "10m"
[[teams]]
name = "desk"
agents = 1
knows_answer = 0.0
consults = "officer"
mail = "1m"
write_up = "2m"
[[teams]]
name = "officer"
skills = []
agents = 1
hours = { daily = "09:00-17:00" }
"#;
    check_constant(&result(text), "first_response_mean", 60.0 * (9.0 * 60.0 + 7.0));
}

#[test]
fn half_a_mail_is_of_no_use_to_who_knows_the_answer() {
    // The first team begins a mail of twenty minutes at 9:50 and goes at 10:00; the second knows the answer: five minutes.
    let text = r#"
horizon = "10h"
follow_up = "1d"
[[arrivals]]
at = ["9h50m"]
[classes.question]
handling = "5m"
[[teams]]
name = "early"
agents = 1
hours = { daily = "08:00-10:00" }
late_finish = "hand-back"
knows_answer = 0.0
consults = "back office"
mail = "20m"
[[teams]]
name = "late"
agents = 1
hours = { daily = "10:00-12:00" }
[departments."back office"]
reply = "1h"
"#;
    let result = result(text);
    check_constant(&result, "first_response_mean", 60.0 * 15.0);
    check_constant(&result, "consulted_share", 0.0);
}
