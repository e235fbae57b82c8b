//! What people write who come from elsewhere, and what they are told: one snapshot, to be read aloud.

use std::fmt::Write as _;
use std::path::Path;

use ashcloud_scenario::{load_str, plain};

/// A scenario without a fault.
const RIGHT: &str = r#"horizon = "5d"
[[arrivals]]
rate = "80 per day"
[classes.question]
handling = "5m"
[[teams]]
name = "desk"
agents = 3
hours = { mon-fri = "09:00-17:00" }
[[targets]]
answered_within = "1h"
share = 0.8
clock = "business"
"#;

/// What of the scenario is written otherwise, and how.
const WRITTEN: &[(&str, &str)] = &[
    ("[[arrivals]]", "[arrivals]"),
    ("[[teams]]", "[teams]"),
    ("[[targets]]", "[targets]"),
    ("[classes.question]", "[[classes]]\nname = \"question\""),
    (
        "[[arrivals]]\nrate = \"80 per day\"",
        "[[queue]]\narrivals = { poisson = \"18 per h\" }",
    ),
    ("agents = 3", "agents = 3\nskills = \"question\""),
    ("\"5d\"", "\"5d\"\nholidays = \"2024-01-01\""),
    (
        "agents = 3",
        "shifts = { name = \"a\", days = \"daily\", from = \"8:00\", to = \"16:00\", agents = 3 }",
    ),
    ("\"5m\"", "{ normal = { mean = \"5m\", std = \"1m\" } }"),
    ("\"5m\"", "{ lognormal = { mean = \"5m\", std = \"1m\" } }"),
    ("\"5m\"", "{ constant = \"5m\" }"),
    ("\"5m\"", "{ cauchy = \"5m\" }"),
    ("\"5m\"", "{ exponential = { mean = \"5m\" } }"),
    ("\"5m\"", "{ uniform = { min = \"2m\", max = \"8m\" } }"),
    ("\"5m\"", "{ triangular = [\"2m\", \"4m\", \"9m\"] }"),
    (
        "\"5m\"",
        "{ triangular = { min = \"2m\", mode = \"4m\", max = \"9m\" } }",
    ),
    ("\"5m\"", "\"exponential(5m)\""),
    (
        "handling = \"5m\"",
        "handling = \"5m\"\npatience = { exponential = \"10m\" }",
    ),
    ("handling = \"5m\"", "aht = \"5m\""),
    ("rate = \"80 per day\"", "lambda = \"80 per day\""),
    ("agents = 3", "servers = 3"),
    (
        "[[targets]]\nanswered_within = \"1h\"\nshare = 0.8",
        "[sla]\nwithin = \"1h\"\npercent = 80",
    ),
    (
        "answered_within = \"1h\"\nshare = 0.8",
        "within = \"1h\"\npercent = 80",
    ),
    ("\"5d\"", "\"5d\"\nexperiment = { runs = 50 }"),
    (
        "rate = \"80 per day\"",
        "rate = \"80 per day\"\nclasses = { de = 0.6, en = 0.4 }",
    ),
    (
        "rate = \"80 per day\"",
        "rate = \"80 per day\"\nclasses = { call = 1 }",
    ),
    ("horizon", "[scenario]\nhorizon"),
    ("horizon", "Horizon"),
    ("[[teams]]", "[[Teams]]"),
    (
        "\"09:00-17:00\" }",
        "\"09:00-17:00\" }\n[routing]\norder = \"fifo\"\nagent_choice = \"round robin\"\npreempt = true",
    ),
    (
        "\"09:00-17:00\" }",
        "\"09:00-17:00\" }\n[routing]\norder = \"LIFO\"\ncapacity = \"unlimited\"",
    ),
    (
        "mon-fri = \"09:00-17:00\"",
        "Mo-Fr = \"9am-5pm\", Sa = \"09:00 bis 12:00\"",
    ),
    ("mon-fri = \"09:00-17:00\"", "weekdays = \"09:00\u{2013}17:00\""),
    (
        "hours = { mon-fri = \"09:00-17:00\" }\n",
        "hours = \"09:00-17:00\"\n",
    ),
    (
        "agents = 3\nhours = { mon-fri = \"09:00-17:00\" }",
        "shifts = [{ name = \"a\", days = \"Mo-Fr\", from = \"8\", to = \"5pm\", agents = \"3\" }]",
    ),
    (
        "rate = \"80 per day\"",
        "rate = \"80 per day\"\nweekdays = { Montag = 1.2, Tue-Thu = 1, fri = 0.9, weekend = 0 }",
    ),
    ("\"80 per day\"", "80"),
    ("\"80 per day\"", "\"80 calls per hour\""),
    ("\"5m\"", "\"00:05:00\""),
    ("\"5m\"", "\"5 Min\""),
    ("\"5m\"", "\"1,5 h\""),
    ("\"5m\"", "\"300\""),
    ("\"5m\"", "300"),
    ("\"1h\"", "\"P1D\""),
    ("\"1h\"", "\"1 Std\""),
    ("agents = 3", "agents = \"3\""),
    ("agents = 3", "agents = 3.5"),
    ("agents = 3", "agents = \"infinite\""),
    (
        "agents = 3",
        "agents = 3\ntakes_phone = \"yes\"\ncost_per_hour = \"€32\"",
    ),
    ("share = 0.8", "share = \"80%\""),
    ("share = 0.8", "share = 80"),
    ("horizon", "start = \"2025-03-01\"\nhorizon"),
    (
        "horizon",
        "start = \"01.03.2025\"\nholidays = [\"25.12.2025\"]\nhorizon",
    ),
    ("horizon", "timezone = \"Berlin\"\nhorizon"),
    ("horizon", "timezone = \"IST\"\nhorizon"),
    ("horizon", "timezone = \"GMT+1\"\nhorizon"),
    ("horizon", "timezone = \"EST\"\nhorizon"),
    ("share = 0.8", "share = 0,8"),
    ("share = 0.8", "share = 80%"),
    ("\"5d\"", "5d"),
    ("\"desk\"", "\"desk"),
    ("\"desk\"", "\u{201e}desk\u{201c}"),
    ("horizon = ", "start = 01.03.2025\nhorizon: "),
    ("agents = 3", "agents = 3\nskills = [\"question\""),
    (
        "rate = \"80 per day\"\n[classes.question]",
        "rate = \"80 per day\"\nclasses = { de = 1 }\n[classes.question]",
    ),
];

fn said(text: &str) -> String {
    match load_str("my.toml", text, Path::new("."), &[]) {
        Ok((_, warnings)) => plain(&warnings),
        Err(faults) => faults.plain(),
    }
}

#[test]
fn what_newcomers_write_is_answered() {
    assert_eq!(said(RIGHT), "");
    let mut all = String::new();
    for (right, written) in WRITTEN {
        assert!(RIGHT.contains(right), "{right}");
        let said = said(&RIGHT.replace(right, written));
        assert!(!said.is_empty(), "nothing is said of {written}");
        let _ = write!(all, "--- {written}\n{said}");
    }
    insta::assert_snapshot!(all);
}
