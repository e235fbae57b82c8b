//! What is said of files that can be run but may not mean what they say.

use std::path::PathBuf;

use ashcloud_core::Span;
use ashcloud_scenario::spec::{Compiled, Source};
use ashcloud_scenario::{load_str, plain};

const MINUTE: u64 = 60 * Span::SECOND.0;

/// The scenario with its warnings, or all that is wrong.
fn read(text: &str, log: Option<(&str, &str)>) -> Result<(Compiled, String), String> {
    let base = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    if let Some((name, rows)) = log {
        std::fs::write(base.join(name), rows).expect("a log");
    }
    match load_str("s.toml", text, &base, &[]) {
        Ok((compiled, warnings)) => Ok((compiled, plain(&warnings))),
        Err(faults) => Err(faults.plain()),
    }
}

/// A scenario of one day that replays a log.
fn replaying(trace: &str) -> String {
    format!(
        "start = 2026-03-02T00:00:00\nhorizon = \"1d\"\nfollow_up = \"1d\"\n[[arrivals]]\ntrace = {trace}\n\
         [[teams]]\nname = \"desk\"\nagents = 3\n"
    )
}

fn minutes(c: &Compiled) -> Vec<u64> {
    match &c.models[0].world.streams[0].source {
        Source::Trace(trace) => trace.events.iter().map(|e| e.at.0 / MINUTE).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_column_that_says_opened_is_the_time_and_not_one_that_contains_the_word() {
    let rows = "number,opened_at,priority,sys_updated_on,u_major_timestamp,resolved_at\n\
                INC1,2026-03-02T09:10:00Z,P2,2026-03-02T15:00:00Z,2026-03-02T09:30:00Z,2026-03-02T15:00:00Z\n\
                INC2,2026-03-02T09:40:00Z,P3,2026-03-03T15:00:00Z,2026-03-02T10:45:00Z,2026-03-03T15:00:00Z\n";
    let (c, warnings) = read(&replaying("\"opened.csv\""), Some(("opened.csv", rows))).unwrap();
    assert_eq!(minutes(&c), [550, 580]);
    assert_eq!(
        warnings,
        "s.toml:5:9: warning: the time of an event is taken from the column `opened_at`; help: time = \"...\" if another is \
         meant: `sys_updated_on`, `u_major_timestamp`, `resolved_at`\n"
    );
    // Where it is named, or there is no choice, nothing is said.
    let named = "{ file = \"opened.csv\", time = \"opened_at\" }";
    assert_eq!(read(&replaying(named), None).unwrap().1, "");
    let rows = "created_at,kind\n2026-03-02 09:10,a\n";
    assert_eq!(
        read(&replaying("\"one.csv\""), Some(("one.csv", rows)))
            .unwrap()
            .1,
        ""
    );
}

#[test]
fn several_columns_of_one_kind_are_a_fault_and_none_as_well() {
    let rows = "number,opened_at,sys_created_by,sys_created_at\nT1,2026-03-02 01:16,me,2026-03-02 01:23\n";
    let faults = read(&replaying("\"two.csv\""), Some(("two.csv", rows))).unwrap_err();
    assert!(
        faults.contains("several columns may tell when a row was written: `opened_at`, `sys_created_at`"),
        "{faults}"
    );
    assert!(faults.contains("time = \"opened_at\""), "{faults}");
    let rows = "Ticket_ID,Date_of_Purchase,First_Response_Time,Time_to_Resolution\n3,2020-07-14,2026-03-02 11:14,2026-03-02 18:05\n";
    let faults = read(&replaying("\"none.csv\""), Some(("none.csv", rows))).unwrap_err();
    assert!(
        faults.contains("no column of this file tells when its rows were written"),
        "{faults}"
    );
}

#[test]
fn a_log_out_of_order_is_one_fault_or_sorted_by_wish() {
    let rows = "created\n2026-03-02 12:00\n2026-03-02 11:00\n2026-03-02 10:00\n2026-03-02 10:30\n";
    let faults = read(&replaying("\"down.csv\""), Some(("down.csv", rows))).unwrap_err();
    assert_eq!(faults.lines().count(), 1, "{faults}");
    assert!(
        faults.contains("down.csv:3:1: this row lies before the row above it, and one more so")
            && faults.contains("sort = true"),
        "{faults}"
    );
    let (c, _) = read(&replaying("{ file = \"down.csv\", sort = true }"), None).unwrap();
    assert_eq!(minutes(&c), [600, 630, 660, 720]);
}

#[test]
fn rows_outside_the_run_are_counted() {
    let rows =
        "created\n2026-03-01 12:00\n2026-03-02 11:00\n2026-03-03 10:00\n2026-03-04 00:00\n2026-03-05 10:30\n";
    let (c, warnings) = read(&replaying("\"wide.csv\""), Some(("wide.csv", rows))).unwrap();
    assert_eq!(minutes(&c), [660, 2040]);
    assert!(
        warnings.contains(
            "of 5 events of wide.csv the run (2026-03-02 00:00 to 2026-03-04 00:00) leaves out 1 before its start and 2 after \
             its end"
        ),
        "{warnings}"
    );
    // What `from` leaves out is meant.
    let from = "{ file = \"wide.csv\", from = 2026-03-02T00:00:00 }";
    let (_, warnings) = read(&replaying(from), None).unwrap();
    assert!(warnings.contains("of 4 events of wide.csv"), "{warnings}");
    let rows = "created\n2025-03-01 12:00\n2025-03-02 11:00\n";
    let faults = read(&replaying("\"year.csv\""), Some(("year.csv", rows))).unwrap_err();
    assert!(
        faults.contains("they run from 2025-03-01 12:00 to 2025-03-02 11:00"),
        "{faults}"
    );
}

#[test]
fn tickets_named_in_several_rows_are_counted() {
    let rows = "number,opened_at\nT1,2026-03-02 01:16\nT1,2026-03-02 02:16\nT2,2026-03-02 03:16\n";
    let (c, warnings) = read(&replaying("\"steps.csv\""), Some(("steps.csv", rows))).unwrap();
    assert_eq!(minutes(&c).len(), 3);
    assert!(
        warnings.contains("3 rows name 2 different tickets in `number`: every row is an arrival"),
        "{warnings}"
    );
    // A number may be a number.
    let rows = "created,number\n2026-03-02 01:16,4\n2026-03-02 02:16,4\n";
    assert_eq!(
        read(&replaying("\"plain.csv\""), Some(("plain.csv", rows)))
            .unwrap()
            .1,
        ""
    );
}
