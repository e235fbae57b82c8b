//! Large and faulty files: refused in a time that grows as they do, with few lines.
//!
//! Each file is of a size that a reading in the square of its length would take minutes for, as one did once; the bound of
//! half a minute is wide enough for a slow machine under a debug build, which takes about a second.

use std::path::Path;
use std::time::{Duration, Instant};

use ashcloud_scenario::{Override, load, load_str};

const BOUND: Duration = Duration::from_secs(30);
const STREAM: &str = "[[arrivals]]\nname = \"a\"\npoisson = \"9 per h\"\n";
const TEAM: &str = "[[teams]]\nname = \"t\"\nagents = 2\n";

/// The lines of a file's faults, after no more than the bound.
fn lines(what: &str, text: &str) -> Vec<String> {
    let begun = Instant::now();
    let faults = match load_str("x.toml", text, Path::new(""), &[]) {
        Ok((_, warnings)) => ashcloud_scenario::plain(&warnings),
        Err(faults) => faults.plain(),
    };
    assert!(begun.elapsed() < BOUND, "{what} took {:?}", begun.elapsed());
    faults.lines().map(str::to_owned).collect()
}

fn many(number: usize, one: impl Fn(usize) -> String) -> String {
    (0..number).map(one).collect()
}

#[test]
fn a_file_with_many_faults_is_refused_in_linear_time_with_twenty_and_a_count() {
    let head = format!("horizon = \"7d\"\n{STREAM}{TEAM}");
    let at = |list: String| format!("horizon = \"7d\"\n[[arrivals]]\nat = [{list}]\n{TEAM}");
    let files = [
        ("broken lines", format!("{head}{}", "x = 7d\n".repeat(150_000))),
        (
            "keys given twice",
            format!("{head}{}", "agents = 7\n".repeat(150_000)),
        ),
        ("instants without unit", at("7, ".repeat(300_000))),
        ("instants after the end", at("\"9000d\", ".repeat(150_000))),
        (
            "unknown fields",
            format!("{head}{}", many(100_000, |i| format!("k{i} = 1\n"))),
        ),
        (
            "unknown classes in one line",
            format!(
                "{head}[routing]\npriorities = [{}]\n",
                "\"questoin\", ".repeat(100_000)
            ),
        ),
        (
            "shifts that overlap",
            format!(
                "horizon = \"100d\"\n{STREAM}[[teams]]\nname = \"t\"\nshifts = [{}]\n",
                many(50_000, |i| format!(
                    "{{ at = \"{i}m\", for = \"1h\", agents = 3 }},"
                ))
            ),
        ),
    ];
    for (what, text) in files {
        let lines = lines(what, &text);
        assert_eq!(lines.len(), 21, "{what}: {lines:#?}");
        assert!(lines[20].contains(" more "), "{what}: {}", lines[20]);
    }
}

#[test]
fn too_many_of_a_kind_are_one_fault_before_they_are_read() {
    let head = format!("horizon = \"7d\"\n{STREAM}");
    let files = [
        (
            "classes",
            format!(
                "{head}{TEAM}{}",
                many(50_000, |i| format!("[classes.k{i}]\nhandling = \"1m\"\n"))
            ),
            "at most 1,000 classes, found 50000",
        ),
        (
            "topics",
            format!(
                "{head}{TEAM}[routing]\norder = \"weighted-score\"\nscore = {{ age = 1, topics = {{ {} }} }}\n",
                many(100_000, |i| format!("t{i} = 1,"))
            ),
            "a table of at most 10,000 entries was expected, found 100000",
        ),
        (
            "teams",
            format!(
                "{head}{}",
                many(50_000, |i| format!("[[teams]]\nname = \"t{i}\"\nagents = 1\n"))
            ),
            "at most 1,000 teams, found 50000",
        ),
        (
            "single shifts of many agents",
            format!(
                "horizon = \"8000d\"\n{STREAM}[[teams]]\nname = \"t\"\nshifts = [{}]\n",
                many(20_000, |i| format!(
                    "{{ at = \"{i}h\", for = \"30m\", agents = 100000 }},"
                ))
            ),
            "more than 50,000,000 days of shifts",
        ),
    ];
    for (what, text, says) in files {
        let lines = lines(what, &text);
        assert!(lines.len() == 1 && lines[0].contains(says), "{what}: {lines:#?}");
    }
}

#[test]
fn a_log_with_a_fault_in_every_row_is_refused_in_linear_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    let scenario = format!("horizon = \"7d\"\n[[arrivals]]\ntrace = \"log.csv\"\n{TEAM}");
    std::fs::write(&file, scenario).unwrap();
    let refused = |row: &dyn Fn(usize) -> String| {
        let log = format!("time,class\n{}", many(50_000, |i| row(i) + ",question\n"));
        std::fs::write(folder.path().join("log.csv"), log).unwrap();
        let begun = Instant::now();
        let faults = load(&file, &[]).unwrap_err().plain();
        assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
        faults.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let backwards = refused(&|i| format!("2024-01-01T{:02}:{:02}:00", 23 - i / 2_500, 59 - i % 60));
    assert!(
        backwards.len() == 1 && backwards[0].contains("in order of time"),
        "{backwards:#?}"
    );
    let no_times = refused(&|i| format!("soon {i}"));
    assert_eq!(no_times.len(), 21, "{no_times:#?}");
    assert!(
        no_times[20].ends_with("log.csv: 49980 more faults in this file"),
        "{}",
        no_times[20]
    );
}

#[test]
fn a_path_without_end_is_refused() {
    let deep = format!("{}=1", vec!["a"; 200_000].join("."));
    let fault = Override::parse(&deep).unwrap_err();
    assert_eq!(fault.message, "a path has at most 32 keys");
    let text = format!(
        "horizon = \"7d\"\n{STREAM}[experiment]\nmodels = [{{ staffing = \"x.toml\", set = {{ \"{}\" = 1 }} }}]\n",
        vec!["a"; 200_000].join(".")
    );
    assert!(!lines("a path in a file", &text).is_empty());
    for nested in [
        "[".repeat(200_000),
        "{ a = ".repeat(200_000),
        format!("{}1", "a.".repeat(200_000)),
    ] {
        let text = format!("horizon = \"7d\"\n{STREAM}{TEAM}x = {nested}");
        assert!(!lines("nested values", &text).is_empty());
        let text = format!("horizon = \"7d\"\n[{}]\n", nested.trim_end_matches('1'));
        assert!(!lines("nested headers", &text).is_empty());
    }
}

#[test]
fn a_long_word_is_cut_where_it_is_shown() {
    let word = "k".repeat(2_000_000);
    for text in [
        format!("horizon = \"7d\"\n{STREAM}{TEAM}{word} = 1\n"),
        format!("horizon = \"7d\"\n{STREAM}{TEAM}[routing]\norder = \"{word}\"\n"),
        format!(
            "horizon = \"7d\"\n[[arrivals]]\nclasses = {{ \"{word}\" = 1.0 }}\npoisson = \"1 per h\"\n{TEAM}"
        ),
    ] {
        let lines = lines("a long word", &text);
        assert!(
            lines.iter().all(|line| line.len() < 2_000) && !lines.is_empty(),
            "{lines:#?}"
        );
        let faults = load_str("x.toml", &text, Path::new(""), &[]).unwrap_err();
        let drawn = faults.graphical();
        assert!(drawn.lines().all(|line| line.len() < 1_000), "{drawn}");
    }
}
