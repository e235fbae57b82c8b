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

/// What is said of a trace with this content.
fn said_of_log(log: &[u8]) -> String {
    let folder = std::env::temp_dir().join(format!("ashcloud-log-{}-{}", std::process::id(), log.len()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("log.csv"), log).expect("a file");
    let text = RIGHT.replace(
        "rate = \"80 per day\"",
        "trace = { file = \"log.csv\", time = \"created\" }",
    );
    let said = match load_str("my.toml", &text, &folder, &[]) {
        Ok((_, warnings)) => plain(&warnings),
        Err(faults) => faults.plain(),
    };
    let _ = std::fs::remove_dir_all(&folder);
    said.replace(&format!("{}/", folder.display()), "")
}

/// Logs as other programs write them: what is wrong, and on which line of the file.
#[test]
fn logs_from_elsewhere_are_answered() {
    for (log, part) in [
        (
            &b"id;created\n1;2024-01-01 09:00:00\n"[..],
            "log.csv:1:1: the columns of this file are separated by semicolons",
        ),
        (b"id\tcreated\n1\t2024-01-01 09:00:00\n", "separated by tabs"),
        // Line ends of two signs and empty lines count.
        (
            b"id,created\r\n\r\n1,2024-01-01 09:00:00\r\n\r\n\r\n2,nonsense\r\n",
            "log.csv:6:1: column `created`",
        ),
        (
            b"id,created\n1,2024-01-01 09:00:00\n2,2024-01-01 09:00:00,more\n",
            "log.csv:3:1: this row has 3 fields",
        ),
        (
            b"id,created,text\n1,2024-01-01 09:00:00,\"hello\n2,2024-01-01 09:10:00,b\n",
            "log.csv:2:23: the quote that begins here is never closed",
        ),
        (
            b"id,created,text\n1,2024-01-01 09:00:00,Gr\xfc\xdfe\n",
            "line 2, column 25 is not UTF-8: it looks like Windows-1252 (`\u{fc}`); help: save it as UTF-8",
        ),
        (b"\xff\xfei\0d\0,\0c\0", "it is UTF-16 text"),
        (b"PK\x03\x04\x14\0\x06\0", "it is a spreadsheet or a ZIP archive"),
    ] {
        let said = said_of_log(log);
        assert!(said.contains(part), "{part}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    // A quote within quotes is written twice, and text may go over lines.
    let right =
        b"id,created,text\n1,2024-01-01 09:00:00,\"say \"\"hi\"\"\nand go\"\n2,2024-01-01 09:10:00,\"\"\n";
    assert!(
        !said_of_log(right).contains("error") && !said_of_log(right).contains("quote"),
        "{}",
        said_of_log(right)
    );
}
