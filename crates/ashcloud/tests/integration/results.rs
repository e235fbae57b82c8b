//! Figures that are kept: the KPI baselines of results/kpi, and the retailer's real day.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::document;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn kept(document: &Value) -> String {
    serde_json::to_string_pretty(document).unwrap() + "\n"
}

/// Every KPI of the scenario is what results/kpi says, to the last byte. `UPDATE_BASELINES=1` remakes the file instead.
#[test]
fn kpi_baselines_hold() {
    for scenario in ["airline-storm-2015", "retailer-day", "who-answers"] {
        let file = format!("scenarios/{scenario}.toml");
        let fresh = kept(&document(
            &root(),
            &["run", &file, "--replications", "40", "--seed", "1"],
        ));
        let baseline = root().join(format!("results/kpi/{scenario}.json"));
        if std::env::var_os("UPDATE_BASELINES").is_some() {
            fs::write(&baseline, fresh).unwrap();
            continue;
        }
        let known = fs::read_to_string(&baseline).unwrap();
        let differs = known
            .lines()
            .zip(fresh.lines())
            .enumerate()
            .find(|(_, (a, b))| a != b);
        if let Some((line, (a, b))) = differs {
            panic!(
                "{} line {}: was {a}, is {b}. If the change is meant, say why in CHANGELOG.md and remake the file: \
                 UPDATE_BASELINES=1 cargo test -p ashcloud --test integration kpi",
                baseline.display(),
                line + 1
            );
        }
        assert_eq!(known.lines().count(), fresh.lines().count());
    }
}

/// Seconds of a trace's time stamp "2016-07-04T16:01:27.981Z" since the first of July.
fn seconds(stamp: &str) -> f64 {
    let number = |range: std::ops::Range<usize>| stamp[range].parse::<f64>().unwrap();
    let (day, hour, minute) = (number(8..10), number(11..13), number(14..16));
    day * 86_400.0
        + hour * 3_600.0
        + minute * 60.0
        + stamp[17..].trim_end_matches('Z').parse::<f64>().unwrap()
}

/// Simulated against observed first responses of the real twelve hours: the table of docs/RETAILER-DAY.md. The bounds are what
/// that page claims: p50 and p90 within 10 %, p95 within 20 %, the shares within 3 points.
#[test]
fn the_retailers_day() {
    let log = root().join("../shared/data/retailer_replies_2016-07-04.csv");
    let Ok(text) = fs::read_to_string(&log) else {
        eprintln!("skipped: {} is not here", log.display());
        return;
    };
    let mut observed: Vec<f64> = text
        .lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.split(',');
            let (posted, answered) = (fields.next().unwrap(), fields.next().unwrap());
            seconds(answered) - seconds(posted)
        })
        .collect();
    observed.sort_by(f64::total_cmp);
    let n = observed.len() as f64;
    // The value below which a share q lies (type 1).
    let quantile = |q: f64| observed[((q * n).ceil() as usize).max(1) - 1];
    let within = |limit: f64| observed.iter().filter(|r| **r <= limit).count() as f64 / n;
    let replay = format!("arrivals.posts.trace=\"{}\"", log.display());
    let args = [
        "run",
        "scenarios/retailer-day.toml",
        "--set",
        &replay,
        "--replications",
        "200",
    ];
    let result = document(&root(), &args);
    let simulated = |measure: &str| {
        let rows = result["estimates"].as_array().unwrap();
        let row = rows
            .iter()
            .find(|row| row["measure"] == measure && row["class"] == "all" && row["team"] == "all");
        let row = row.unwrap_or_else(|| panic!("{measure} is estimated"));
        let number = |key: &str| row[key].as_f64().unwrap();
        (number("value"), (number("upper") - number("lower")) / 2.0)
    };
    println!("| first response | observed | simulated | half-width |");
    println!("|---|---|---|---|");
    let mean = observed.iter().sum::<f64>() / n;
    let (value, half) = simulated("first_response_mean");
    println!(
        "| mean, min | {:.1} | {:.1} | {:.1} |",
        mean / 60.0,
        value / 60.0,
        half / 60.0
    );
    let without = observed[..observed.len() - 1].iter().sum::<f64>() / (n - 1.0);
    println!(
        "| mean without the post of 1 July, min | {:.1} | | |",
        without / 60.0
    );
    let mut wrong = Vec::new();
    for (q, name) in [(0.5, "p50"), (0.9, "p90"), (0.95, "p95"), (0.99, "p99")] {
        let (value, half) = simulated(&format!("first_response_{name}"));
        println!(
            "| {name}, min | {:.1} | {:.1} | {:.1} |",
            quantile(q) / 60.0,
            value / 60.0,
            half / 60.0
        );
        let bound = if q < 0.95 { 0.1 } else { 0.2 };
        if q <= 0.95 && (value / quantile(q) - 1.0).abs() > bound {
            wrong.push(name);
        }
    }
    for (limit, measure) in [
        (1800.0, "within_30m_of_offered"),
        (3600.0, "within_1h_of_offered"),
    ] {
        let (value, half) = simulated(measure);
        println!("| {measure} | {:.3} | {value:.3} | {half:.3} |", within(limit));
        if (value - within(limit)).abs() > 0.03 {
            wrong.push(measure);
        }
    }
    assert!(
        wrong.is_empty(),
        "further from the log than docs/RETAILER-DAY.md says: {wrong:?}"
    );
}
