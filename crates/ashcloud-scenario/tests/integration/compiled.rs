//! Whole files and what they become.

use std::path::Path;

use ashcloud_core::{
    AgentChoice, Between, ClassId, Expiry, LateFinish, Order, Preemption, Preference, RosterChange, Span,
    Takes, TeamId, Time,
};
use ashcloud_scenario::spec::{
    Clock, Compiled, Contagion, HandOver, Kernel, Key, Law, Of, Piece, Retry, Source, Start, TargetMeasure,
};
use ashcloud_scenario::{Override, load_str};

const HOUR: u64 = Span::HOUR.0;

#[track_caller]
fn compile(text: &str) -> Compiled {
    compile_with(text, &[])
}

#[track_caller]
fn compile_with(text: &str, overrides: &[&str]) -> Compiled {
    let overrides: Vec<Override> = overrides
        .iter()
        .map(|o| Override::parse(o).expect("an override"))
        .collect();
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    match load_str("scenario.toml", text, &base, &overrides) {
        Ok((compiled, _)) => compiled,
        Err(faults) => panic!("{}", faults.plain()),
    }
}

#[test]
fn a_queue_in_short_form() {
    let c = compile(
        r#"
        horizon = "10h"
        warm_up = "1h"
        [queue]
        arrivals = { poisson = "18 per h" }
        service = { exponential = "1h" }
        agents = 20
        patience = { exponential = "30m" }
        retry = { retry = 0.5, after = { exponential = "8m" }, at_most = 4 }
        "#,
    );
    let model = &c.models[0];
    let world = &model.world;
    assert_eq!(c.title, "scenario");
    assert_eq!(c.names.classes, ["comment"]);
    assert_eq!(world.streams[0].source, Source::Poisson { rate: 18.0 / 3600.0 });
    assert_eq!(world.streams[0].mix, [(ClassId(0), 1.0)]);
    assert_eq!(world.kinds[0].handling, Law::Exponential(3600.0));
    let tolerance = world.kinds[0].tolerance.as_ref().unwrap();
    assert_eq!(tolerance.law, Law::Exponential(1800.0));
    assert_eq!(
        tolerance.retry,
        Some(Retry {
            probability: 0.5,
            after: Law::Exponential(480.0),
            at_most: Some(4)
        })
    );
    assert_eq!(
        (world.warm_up, world.horizon, world.end),
        (Time(HOUR), Time(10 * HOUR), Time(10 * HOUR))
    );
    assert_eq!(model.plan.teams[0].agents, Some(20));
    assert_eq!(model.plan.expiry, Expiry::Exact);
    assert!(model.plan.roster.is_empty());
    assert_eq!(model.team_names, ["agents"]);
    assert_eq!(c.experiment.replications, None);
}

#[test]
fn sharing_feedback_and_capacity_in_short_form() {
    let c = compile(
        r#"
        horizon = "1h"
        [queue]
        arrivals = { renewal = { erlang = { mean = "4s", shape = 2 } } }
        service = "1s"
        sharing = true
        feedback = 0.25
        capacity = 10
        backlog = 3
        set_up = { exponential = "1s" }
        "#,
    );
    let model = &c.models[0];
    let team = &model.plan.teams[0];
    assert_eq!((team.agents, team.at_once), (Some(1), u32::MAX));
    assert_eq!(model.service.slowdown, [1.0]);
    assert_eq!(model.service.set_up, [Some(Law::Exponential(1.0))]);
    assert_eq!(model.plan.capacity, Some(10));
    let again = HandOver {
        class: ClassId(0),
        team: TeamId(0),
        next: vec![(ClassId(0), 0.25)],
    };
    assert_eq!(model.service.hand_over, [again]);
    assert_eq!(model.world.backlog, [(ClassId(0), 3)]);
    assert_eq!(model.plan.expiry, Expiry::Silent);
}

const STORM: &str = r#"
title = "Ash cloud"
start = 2010-04-15T00:00:00
timezone = "Europe/Stockholm"
horizon = "7d"
[[arrivals]]
name = "everyday"
rate = "240 per day"
weekdays = { mon-fri = 1.06, sat-sun = 0.85 }
busyness = { cv = 0.2, day_correlation = 0.6 }
classes = { question = 0.75, complaint = 0.25 }
[[arrivals]]
name = "stranded"
storm = { at = 2010-04-15T12:00:00, affected = 100_000, contact = 0.06, lasts = "5d", rise = "20m", decay = "48h" }
channels = { wall = 0.5, private = 0.5 }
classes = { question = 0.5, complaint = 0.5 }
topic = "airspace closed"
contagion = { offspring = 0.25, kernel = { power = 1.23, flat = "300s", cut = "7d" } }
[classes.question]
tolerance = { points = { "5m" = 0.24, "1h" = 0.50, "24h" = 0.79 }, tail = { lognormal = { median = "36h", cv = 1.0 } }, cut = "96h" }
[[targets]]
answered_within = "1h"
share = 0.80
[[targets]]
answered_within = "30m"
clock = "business"
share = 0.80
of = "offered, leaving excluded"
[[targets]]
quantile = 0.9
response_at_most = "2h"
class = "question"
[[targets]]
response_rate = 0.65
[[targets]]
answered_within = "1h"
daily_share = 0.8
days = 0.9
[[teams]]
name = "agents"
shifts = [
  { name = "weekdays", days = "mon-fri", from = "08:00", to = "20:00", agents = 6, break = "30m" },
  { name = "weekend", days = "sat-sun", from = "10:00", to = "18:00", agents = 6 },
]
cost_per_hour = 32.0
"#;

#[test]
fn a_storm() {
    let c = compile(STORM);
    let model = &c.models[0];
    assert_eq!(c.names.arrivals, [(0, 0), (1, 0), (0, 1), (1, 1)]);
    let stranded = &model.world.streams[1];
    let Source::Storm {
        at,
        affected,
        contact,
        rise,
        decay,
        lasts,
        tail,
    } = stranded.source
    else {
        panic!()
    };
    assert_eq!((at, affected, contact), (Time(12 * HOUR), 100_000, 0.06));
    assert_eq!((rise, decay, lasts, tail), (1200.0, 172_800.0, 432_000.0, 5400.0));
    assert_eq!(stranded.mix.iter().map(|m| m.1).collect::<Vec<_>>(), [0.25; 4]);
    let kernel = Kernel::Power {
        flat: 300.0,
        exponent: 1.23,
        cut: 604_800.0,
    };
    assert_eq!(
        stranded.contagion,
        Some(Contagion {
            offspring: 0.25,
            kernel,
            start: Start::Empty,
            clock: None,
            by_followers: false
        })
    );
    // The tolerance's cut is longer than 72 h.
    assert_eq!(model.world.end, Time((7 * 24 + 96) * HOUR));
    let names: Vec<&str> = c.targets.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "80 % answered within 1h of offered",
            "80 % answered within 30m of offered, leaving excluded, business hours",
            "p90 of the response at most 2h, question",
            "response rate at least 65 %",
            "on 90 % of days 80 % answered within 1h",
        ]
    );
    assert_eq!(
        c.targets[1].measure,
        TargetMeasure::AnsweredWithin(Span(HOUR / 2), Of::OfferedLeftExcluded)
    );
    assert_eq!(
        (c.targets[1].clock, c.targets[2].class),
        (Clock::Business, Some(0))
    );
    assert_eq!(c.targets[4].measure, TargetMeasure::Daily(Span(HOUR), 0.8));
    assert_eq!(c.targets[4].threshold, 0.9);
    assert_eq!(model.cost_per_hour, [32.0]);
}

/// The scenarios that come with the project.
#[test]
fn the_projects_own_scenarios_have_no_faults() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut seen = 0;
    for folder in [root.clone(), root.join("theory")] {
        for entry in std::fs::read_dir(folder).expect("the folder of scenarios") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|e| e == "toml") {
                seen += 1;
                match ashcloud_scenario::load(&path, &[]) {
                    Ok((_, warnings)) => {
                        assert!(warnings.is_empty(), "{}", ashcloud_scenario::plain(&warnings))
                    }
                    Err(faults) => panic!("{}", faults.plain()),
                }
            }
        }
    }
    assert!(seen >= 10);
}
