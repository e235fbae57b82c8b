//! A document with every part, for tests of what is read.

use crate::document::{
    Asks, Band, Basis, Charged, Curve, Difference, Document, Estimate, Model, Moment, Precision, SCHEMA,
    Scenario, Target, Team, Timeline, Verdict, VerdictRow, WallClock,
};

pub(crate) fn two_models() -> Document {
    let model = |name: &str, agents| Model {
        name: name.into(),
        world: 0,
        exact: false,
        measured_s: 604_800.0,
        teams: vec![Team {
            name: "agents".into(),
            agents: Some(agents),
            constant: true,
            charged: Charged::OnDuty,
        }],
        offered_load: Vec::new(),
    };
    let targets = vec![
        Target {
            name: "within the hour".into(),
            measure: "within_1h_of_offered".into(),
            class: "all".into(),
            clock: "wall".into(),
            unit: "share".into(),
            asks: Asks::AtLeast,
            threshold: 0.8,
            words: "answered within 1 h".into(),
        },
        Target {
            name: "mean".into(),
            measure: "first_response_mean".into(),
            class: "all".into(),
            clock: "wall".into(),
            unit: "s".into(),
            asks: Asks::AtMost,
            threshold: 2_700.0,
            words: "mean first response".into(),
        },
    ];
    let mut estimates = figures("PR team", 0.62, 36_000.0, 412.0);
    estimates.extend(figures("call centre", 0.962, 2_650.0, 13_184.0));
    let verdict = |model: &str, target: usize, verdict, value: f64, lower, upper| VerdictRow {
        model: model.into(),
        target: targets[target].name.clone(),
        verdict,
        jointly: verdict,
        value: Some(value),
        lower: Some(lower),
        upper: Some(upper),
        basis: Basis::T,
        open: 0.0,
        replications_needed: None,
        reason: None,
    };
    let difference = |measure: &str, unit: &str, value: f64, half: f64| Difference {
        a: "PR team".into(),
        b: "call centre".into(),
        measure: measure.into(),
        class: "all".into(),
        clock: "wall".into(),
        unit: unit.into(),
        value,
        lower: Some(value - half),
        upper: Some(value + half),
        basis: Basis::T,
        same: false,
        paired: true,
        correction: "bonferroni".into(),
    };
    let verdicts = vec![
        verdict("PR team", 0, Verdict::Missed, 0.12, 0.11, 0.13),
        verdict("PR team", 1, Verdict::Missed, 36_000.0, 35_000.0, 37_000.0),
        verdict("call centre", 0, Verdict::Met, 0.83, 0.81, 0.85),
        verdict("call centre", 1, Verdict::Undecided, 2_650.0, 2_520.0, 2_780.0),
    ];
    Document {
        schema: SCHEMA.into(),
        version: "0.1.0".into(),
        scenario: Scenario {
            title: "Ash cloud, April 2010".into(),
            file: "storm.toml".into(),
            sha256: "0".repeat(64),
        },
        seed: 1,
        replications: 200,
        complete: true,
        warnings: Vec::new(),
        confidence: 0.95,
        precision: Precision {
            asked: Some(0.02),
            reached: Some(0.049),
        },
        horizon_s: 604_800.0,
        wall_clock: WallClock {
            seconds: 1.9,
            comments: 12_345_678,
        },
        models: vec![model("PR team", 1), model("call centre", 7)],
        targets,
        estimates,
        differences: vec![
            difference("within_1h_of_offered", "share", -0.71, 0.012),
            difference("first_response_mean", "s", 33_350.0, 900.0),
            difference("response_rate", "share", -0.001, 0.004),
            difference("staff_cost", "money", -12_772.0, 0.0),
        ],
        verdicts,
        distributions: vec![Curve {
            model: "call centre".into(),
            measure: "first_response".into(),
            count: 1_234_567,
            points: vec![
                (30.0, 0.0),
                (300.0, 0.2),
                (900.0, 0.45),
                (1_800.0, 0.65),
                (3_600.0, 0.83),
                (14_400.0, 0.97),
                (40_000.0, 1.0),
            ],
        }],
        timeline: vec![Timeline {
            model: "call centre".into(),
            moments: (1..=48).map(moment).collect(),
        }],
        configuration: "title = \"Ash cloud, April 2010\"\n".into(),
    }
}

fn moment(hour: u32) -> Moment {
    let level = f64::from(if hour < 20 {
        hour * hour
    } else {
        400 - (hour - 20) * 14
    });
    let band = Band {
        mean: level,
        p10: level * 0.5,
        p90: level * 1.5,
    };
    Moment {
        at_s: f64::from(hour) * 3_600.0,
        local: None,
        arrived: band,
        waiting: band,
        in_work: band,
        on_duty: band,
        oldest_s: band,
    }
}

fn figures(model: &str, rate: f64, mean: f64, cost: f64) -> Vec<Estimate> {
    let row = |measure: &str, unit: &str, value: f64, half: f64| Estimate {
        model: model.into(),
        measure: measure.into(),
        class: "all".into(),
        team: "all".into(),
        channel: "all".into(),
        clock: "wall".into(),
        unit: unit.into(),
        value,
        lower: Some(value - half),
        upper: Some(value + half),
        confidence: 0.95,
        n: 200,
        basis: Basis::T,
    };
    let mut rows = vec![
        row("offered", "count", 6_172.8, 10.0),
        row("response_rate", "share", rate, 0.004),
        row("first_response_mean", "s", mean, 130.0),
        row("first_response_p50", "s", mean * 0.5, 60.0),
        row("first_response_p90", "s", mean * 2.0, 200.0),
        row("first_response_p95", "s", mean * 3.0, 300.0),
        row("first_response_p99", "s", mean * 6.0, 900.0),
        row("wait_mean", "s", mean - 300.0, 130.0),
        row("delayed_share", "share", 0.91, 0.02),
        row("queue_length_mean", "count", 21.37, 0.5),
        row("staff_hours", "h", cost / 32.0, 0.0),
        row("page_hours", "h", cost / 32.0, 0.0),
        row("staff_cost", "money", cost, 0.0),
        row("duty_cost", "money", cost, 0.0),
        row("cost_per_answer", "money", cost / 6_000.0, 0.01),
    ];
    rows.push(Estimate {
        team: "agents".into(),
        ..row("occupancy", "share", 0.71, 0.012)
    });
    for (class, share) in [("question", 0.6), ("complaint", 0.4)] {
        let of_class = |e: Estimate| Estimate {
            class: class.into(),
            ..e
        };
        rows.push(of_class(row("offered", "count", 6_172.8 * share, 10.0)));
        rows.push(of_class(row("response_rate", "share", rate, 0.006)));
        rows.push(of_class(row("first_response_mean", "s", mean, 150.0)));
        rows.push(of_class(row("first_response_p50", "s", mean * 0.5, 70.0)));
        rows.push(of_class(row("first_response_p90", "s", mean * 2.0, 210.0)));
    }
    rows
}

/// Two desks that answer a part of what comes: a PR team that looks in now and then, and a call centre with a phone.
pub(crate) fn who_answers() -> Document {
    let mut document = two_models();
    document.scenario.title = "Who answered in 2013".into();
    document.distributions[0].model = "PR team".into();
    document.timeline.clear();
    // The precision is another test's.
    document.precision = Precision {
        asked: None,
        reached: None,
    };
    document
        .estimates
        .retain(|e| e.class == "all" && !matches!(e.measure.as_str(), "response_rate" | "offered"));
    let row = |model: &str, measure: &str, unit: &str, value: f64| Estimate {
        model: model.into(),
        measure: measure.into(),
        class: "all".into(),
        team: "all".into(),
        channel: "all".into(),
        clock: "wall".into(),
        unit: unit.into(),
        value,
        lower: Some(value * 0.97),
        upper: Some(value * 1.03),
        confidence: 0.95,
        n: 200,
        basis: Basis::T,
    };
    let share = |model: &str, measure: &str, value: f64| row(model, measure, "share", value);
    let mut rows = vec![
        row("call centre", "offered", "count", 3_285.0),
        row("PR team", "offered", "count", 1_460.0),
        share("PR team", "response_rate", 0.62),
        share("call centre", "response_rate", 0.82),
        share("call centre", "ignored_share", 0.18),
        share("call centre", "unanswered_share", 0.18),
        share("PR team", "scrolled_past_share", 0.331),
        share("PR team", "consulted_share", 0.35),
        share("PR team", "forgotten_share", 0.023),
        share("PR team", "left_share", 0.021),
        share("PR team", "unanswered_share", 0.359),
        share("PR team", "badge_days_share", 0.12),
    ];
    let ages = ["15m", "1h", "4h", "1d", "3d"];
    for (model, by) in [
        ("PR team", [0.053, 0.12, 0.29, 0.55, 0.618]),
        ("call centre", [0.19, 0.34, 0.51, 0.78, 0.82]),
    ] {
        let age = |(age, value): (&str, f64)| share(model, &format!("answered_by_{age}"), value);
        rows.extend(ages.into_iter().zip(by).map(age));
    }
    let call = |measure: &str, unit: &str, value: f64| Estimate {
        class: "call".into(),
        ..row("call centre", measure, unit, value)
    };
    rows.extend([
        call("offered", "count", 74_012.0),
        call("response_rate", "share", 0.637),
        call("blocked_share", "share", 0.34),
        call("wait_mean", "s", 63.0),
        call("left_share", "share", 0.02),
        call("dismissed_share", "share", 0.003),
        call("calls_closed", "count", 21_500.0),
    ]);
    document.estimates.extend(rows);
    let within = &mut document.verdicts[2];
    (within.verdict, within.jointly) = (Verdict::Missed, Verdict::Missed);
    within.value = Some(0.34);
    (within.lower, within.upper) = (Some(0.32), Some(0.36));
    let between = &mut document.differences[0];
    (between.value, between.lower, between.upper) = (-0.22, Some(-0.232), Some(-0.208));
    // The PR team's day is paid for by other duties.
    document.models[0].teams[0].charged = Charged::AtWork;
    let page_hours = |e: &&mut Estimate| e.model == "PR team" && e.measure == "page_hours";
    if let Some(hours) = document.estimates.iter_mut().find(page_hours) {
        hours.value = 4.0;
    }
    let duty_cost = |e: &&mut Estimate| e.model == "PR team" && e.measure == "duty_cost";
    if let Some(cost) = document.estimates.iter_mut().find(duty_cost) {
        cost.value = 1_280.0;
    }
    document
}
