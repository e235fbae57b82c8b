//! The simulator and the driver of real time, on a clock that jumps, decision by decision.

use std::time::Duration;

use ashcloud_house::Watch;
use ashcloud_live::{Clock, Options, Overload, Trace, replay};
use ashcloud_sim::experiment::setup;

use crate::compile;

/// Seeds of every comparison, as they come.
const SEEDS: u64 = 20;
/// Floods meet their generator's thread differently each time.
const FLOODS: u64 = 1000;

/// Compares every decision and returns how many there were.
fn compare(name: &str, text: &str) -> usize {
    let scenario = compile(text);
    let mut compared = 0;
    for seed in 1..=SEEDS {
        let mut setup = setup(&scenario, 0);
        (setup.seed, setup.watch, setup.until_clear) = (seed, Watch::default(), false);
        let simulated = ashcloud_sim::decisions(&setup, 0, &|| false).unwrap();
        let live =
            ashcloud_live::decisions(setup.model, &Trace::new(setup.model, seed, 0), seed, 0, || false)
                .expect("nobody is lost");
        for (i, pair) in simulated.iter().zip(&live).enumerate() {
            assert_eq!(pair.0, pair.1, "{name}, seed {seed}: decision {i}");
        }
        assert_eq!(simulated.len(), live.len(), "{name}, seed {seed}");
        assert!(live.len() > 50, "{name}, seed {seed}: decisions worth comparing");
        compared += live.len();
    }
    compared
}

/// A flood goes by the scenario's clock too, and a generator on a thread of its own, a small mailbox and a million comments a
/// second change no decision, in whatever order the two threads get on.
#[test]
fn a_flood_decides_the_same() {
    let text = desk(
        "agents = 3",
        "agents = 1",
        "order = \"newest-first\"\npreempt = \"newest\"",
        "",
    );
    let scenario = compile(&text);
    for seed in 1..=FLOODS {
        let mut setup = setup(&scenario, 0);
        setup.seed = seed;
        let options = Options {
            clock: Clock::Flood,
            queue: 16,
            overload: Overload::Block,
            seed,
            replication: 0,
            duration: Duration::from_mins(1),
            fault: None,
            log: true,
        };
        let trace = Trace::new(setup.model, seed, 0);
        let live = replay(setup.model, &trace, &options, || false).expect("nobody is lost");
        assert_eq!(
            ashcloud_sim::decisions(&setup, 0, &|| false).unwrap(),
            live.decisions,
            "seed {seed}"
        );
    }
}

/// Longer than tokio sleeps at once.
#[test]
fn years() {
    let text = r#"
        horizon = "900d"
        [queue]
        arrivals = { pieces = [{ for = "1d", rate = "3 per h" }, { for = "800d", rate = "0 per h" }, { for = "1d", rate = "3 per h" }] }
        service = { exponential = "1h" }
        agents = 2
    "#;
    compare("years", text);
}

/// Two teams and three classes, short of people for an hour of storm, so that every rule has something to decide.
fn desk(desk: &str, back: &str, routing: &str, more: &str) -> String {
    format!(
        r#"
        start = 2015-02-02T00:00:00
        horizon = "4h"
        follow_up = "2h"
        [[arrivals]]
        name = "everyday"
        rate = "20 per h"
        classes = {{ question = 0.6, complaint = 0.2, praise = 0.2 }}
        angry = 0.3
        followers = {{ lognormal = {{ median = 300, cv = 2 }} }}
        topic = "ash"
        [[arrivals]]
        name = "storm"
        storm = {{ at = 2015-02-02T01:00:00, affected = 400, contact = 0.2, lasts = "1h", rise = "5m", decay = "20m", tail = "10m" }}
        classes = {{ question = 0.5, complaint = 0.5 }}
        [classes.question]
        tolerance = {{ exponential = "40m" }}
        when_tolerance_ends = {{ retry = 0.5, leave = 0.5 }}
        retry_after = {{ exponential = "20m" }}
        retries_at_most = 3
        [classes.complaint]
        tolerance = {{ exponential = "1h" }}
        balks = [0, 0, 0, 0.1]
        when_blocked = {{ retry = 0.5, after = {{ exponential = "10m" }}, at_most = 4 }}
        [classes.praise]
        tolerance = {{ exponential = "2h" }}
        due = "30m"
        weight = 2
        {more}
        [[teams]]
        name = "desk"
        {desk}
        [[teams]]
        name = "back"
        {back}
        [routing]
        {routing}
        "#
    )
}

#[test]
fn every_order() {
    let orders = [
        "oldest-first",
        "newest-first",
        "random",
        "earliest-deadline",
        "shortest-work",
        "shortest-remaining",
        "accumulating-priority",
        "weighted-score",
    ];
    for order in orders {
        let routing = format!(
            "order = \"{order}\"\nscore = {{ age = 1.0, angry = 1.0, followers = 0.2, topics = {{ ash = 2 }} }}"
        );
        let routing = if order == "weighted-score" {
            routing
        } else {
            format!("order = \"{order}\"")
        };
        compare(order, &desk("agents = 3", "agents = 1", &routing, ""));
    }
    let mixed = "order = \"oldest-first\"\norders = { complaint = \"newest-first\", praise = \"random\" }";
    compare("orders by class", &desk("agents = 3", "agents = 1", mixed, ""));
}

#[test]
fn every_choice_between_queues_and_agents() {
    for (between, order) in [
        ("oldest", "oldest-first"),
        ("newest", "newest-first"),
        ("smallest-key", "earliest-deadline"),
        ("accumulating", "accumulating-priority"),
    ] {
        let routing = format!("between = \"{between}\"\norder = \"{order}\"");
        compare(between, &desk("agents = 3", "agents = 1", &routing, ""));
    }
    for choice in [
        "longest-idle",
        "least-occupied",
        "first-listed",
        "most-specialised",
        "cheapest",
    ] {
        let routing = format!("agent_choice = \"{choice}\"");
        let back = "agents = 2\ncost_per_hour = 9\nskills = [\"question\"]";
        compare(
            choice,
            &desk("agents = 3\ncost_per_hour = 20", back, &routing, ""),
        );
    }
    let skills = r#"
        agents = 3
        skills = [{ class = "complaint", prefer = 1 }, { class = "question", prefer = 2, reserve = 1 }, { class = "praise", rank = 2, after = "20m" }]
    "#;
    compare(
        "ranks, reserve, widening",
        &desk(skills, "agents = 1\nspeed = 1.4", "", ""),
    );
    let first = "priorities = [\"complaint\", \"question\"]";
    compare("priorities", &desk("agents = 3", "agents = 1", first, ""));
}

#[test]
fn every_interruption() {
    for rule in ["better-rank", "newest", "shorter-remaining"] {
        let order = if rule == "shorter-remaining" {
            "order = \"shortest-remaining\"\n"
        } else {
            ""
        };
        let routing = format!("{order}preempt = \"{rule}\"\npriorities = [\"complaint\", \"question\"]");
        compare(rule, &desk("agents = 3", "agents = 1", &routing, ""));
    }
}

#[test]
fn every_limit() {
    compare("capacity", &desk("agents = 3", "agents = 1", "capacity = 9", ""));
    let places = "queue_capacity = { complaint = 2, question = 5 }\nanswers = { praise = 0.5 }";
    compare(
        "waiting places, answers",
        &desk("agents = 3", "agents = 1", places, ""),
    );
    let lines = r#"
        [phone]
        rate = "1 per min"
        handling = { exponential = "4m" }
        patience = { exponential = "3m" }
        trunks = 6
    "#;
    let phone = "shifts = [{ name = \"day\", days = \"daily\", from = \"00:30\", to = \"03:30\", agents = 5, break = \"30m\" }]\n\
                 takes_phone = true\nreserve = 1";
    compare("phone", &desk(phone, "agents = 1", "", lines));
    let nobody_waits = "agents = \"unlimited\"\nset_up = { exponential = \"1m\" }";
    compare("unlimited", &desk(nobody_waits, "agents = 1", "", ""));
}

#[test]
fn everything_that_agents_do() {
    for at_once in [
        "3\nslowdown = 0.35",
        "\"unlimited\"\nslowdown = \"equal sharing\"",
    ] {
        compare(
            at_once,
            &desk(&format!("agents = 2\nat_once = {at_once}"), "agents = 1", "", ""),
        );
    }
    let shifts = r#"
        shifts = [
          { name = "early", days = "daily", from = "00:00", to = "01:30", agents = 4, break = "10m" },
          { name = "late", days = "daily", from = "01:30", to = "05:00", agents = 2 },
        ]
        late_finish = "LATE"
    "#;
    for late in ["finish", "hand-back"] {
        compare(late, &desk(&shifts.replace("LATE", late), "agents = 1", "", ""));
    }
    let anew = "[classes.comment]\nhandling = { exponential = \"5m\" }";
    let text = desk(&shifts.replace("LATE", "hand-back"), "agents = 1", "", anew).replace(
        "tolerance = { exponential = \"1h\" }",
        "tolerance = { exponential = \"1h\" }\ntolerance_after_hand_back = \"drawn-anew\"",
    );
    compare("patience drawn anew", &text);
    let looks = [
        "attention = { gap = \"10m\" }",
        "attention = { gap = { exponential = \"20m\" }, when_nothing_waits = \"stay\" }",
        "hours = { daily = \"00:00-02:00\" }\nattention = { gap = { exponential = \"15m\" }, session = \"20m\", \
         pick = { at_once = 0.9, fades = \"2h\" }, sofa_check = { share = 0.9, session = \"20m\", from = \"02:30\", to = \"03:30\" } }",
    ];
    for look in looks {
        compare(look, &desk(&format!("agents = 4\n{look}"), "agents = 1", "", ""));
    }
}

#[test]
fn everything_that_comments_go_through() {
    let department = r#"
        agents = 4
        knows_answer = 0.6
        consults = "warehouse"
        mail = { lognormal = { mean = "1m", cv = 0.6 } }
    "#;
    let warehouse = "[departments.warehouse]\nhours = { mon-fri = \"00:30-03:00\" }\nreply = { exponential = \"10m\" }\nforgets = 0.1";
    compare("departments", &desk(department, "agents = 1", "", warehouse));
    let colleagues =
        "agents = 4\nknows_answer = 0.5\nconsults = \"back\"\nwrite_up = { exponential = \"1m\" }";
    compare("colleagues", &desk(colleagues, "agents = 1", "", ""));
    let on = r#"
        [[hand_over]]
        from = "desk"
        class = "complaint"
        share = 0.4
        to = "back"
        handling = { exponential = "3m" }
        [[hand_over]]
        from = "back"
        share = 0.2
        to = "back"
    "#;
    compare(
        "hand-over and feedback",
        &desk("agents = 3", "agents = 2", "", on),
    );
    let backlog = desk("agents = 3", "agents = 1", "", "").replace(
        "horizon = \"4h\"",
        "horizon = \"4h\"\nbacklog = { question = 20 }",
    );
    compare("backlog", &backlog);
}

/// Constant times and batches: many events at the same instant, whose order is a rule.
#[test]
fn ties() {
    for (service, order) in [("1s", "oldest-first"), ("2s", "newest-first"), ("1ms", "random")] {
        let text = format!(
            r#"
            horizon = "300s"
            [queue]
            arrivals = {{ renewal = "1s" }}
            service = "{service}"
            agents = 1
            patience = "5s"
            capacity = 4
            order = "{order}"
            retry = {{ retry = 0.5, after = "1s" }}
            "#
        );
        compare("ties", &text);
    }
    let batches = r#"
        horizon = "300s"
        [queue]
        arrivals = { batch = { rate = "0.5 per s", size = { fixed = 15 } } }
        service = "250ms"
        agents = 3
        patience = "1s"
        preempt = "newest"
        order = "newest-first"
    "#;
    compare("batches", batches);
    let sharing = r#"
        horizon = "300s"
        [queue]
        arrivals = { batch = { rate = "0.2 per s", size = { fixed = 3 } } }
        service = "1s"
        sharing = true
    "#;
    compare("batches that share", sharing);
}

/// More agents than tokio polls between two looks at its timers, and times far below its millisecond.
#[test]
fn many_agents_and_short_times() {
    let text = r#"
        horizon = "1s"
        [queue]
        arrivals = { poisson = "3000 per s" }
        service = { exponential = "90ms" }
        agents = 300
        patience = { exponential = "2ms" }
    "#;
    assert!(compare("300 agents", text) > 50_000);
}
