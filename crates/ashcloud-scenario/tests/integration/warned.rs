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

#[track_caller]
fn warnings(text: &str) -> String {
    read(text, None).unwrap_or_else(|faults| panic!("{faults}")).1
}

/// A week from a Monday, with a team and a target.
fn week(arrivals: &str, target: &str, team: &str) -> String {
    format!(
        "start = 2026-03-02T00:00:00\nhorizon = \"7d\"\n[[arrivals]]\n{arrivals}\n[[targets]]\n{target}\n\
         [[teams]]\nname = \"desk\"\n{team}\n"
    )
}

#[test]
fn a_target_that_handling_alone_puts_out_of_reach_is_named() {
    let week = |target: &str| {
        let text = week("poisson = \"1 per h\"", target, "agents = 9");
        warnings(&(text + "[classes.question]\nhandling = { exponential = \"1h\" }\n"))
    };
    // 1 - exp(-1) of the services are over within an hour.
    let said = week("answered_within = \"1h\"\nshare = 0.64");
    assert_eq!(
        said,
        "s.toml:5:1: warning: this target is out of reach of `s` (at most about 63.2 %): the rest is longer in hand than 1h; help: a \
         longer time, or a smaller share\n"
    );
    assert_eq!(week("answered_within = \"1h\"\nshare = 0.63"), "");
    assert!(week("quantile = 0.9\nresponse_at_most = \"2h\"").contains("at most about 86.5 %"));
    assert_eq!(week("quantile = 0.9\nresponse_at_most = \"3h\""), "");
    // Handling is no part of a wait.
    assert_eq!(week("taken_up_within = \"1s\"\nshare = 0.99"), "");
}

#[test]
fn a_target_that_closed_hours_put_out_of_reach_is_named() {
    let hours = "agents = 9\nhours = { mon-fri = \"09:00-17:00\" }";
    let said = |target: &str, hours: &str| warnings(&week("poisson = \"1 per h\"", target, hours));
    // Open, or about to open within an hour: 45 of 168 hours.
    let text = said("taken_up_within = \"1h\"\nshare = 0.3", hours);
    assert!(
        text.contains("out of reach of `s` (at most about 26.8 %)")
            && text.contains("arrives when no team opens within 1h"),
        "{text}"
    );
    assert_eq!(said("taken_up_within = \"1h\"\nshare = 0.25", hours), "");
    assert_eq!(
        said(
            "answered_within = \"8h\"\nshare = 0.9\nclock = \"business\"",
            hours
        ),
        ""
    );
    assert_eq!(said("taken_up_within = \"1s\"\nshare = 1.0", "agents = 9"), "");
    // Due before the desk opens.
    let early = week(
        "at = [2026-03-03T06:00:00, 2026-03-03T06:30:00]",
        "answered_within = \"2h\"\nshare = 0.1",
        hours,
    );
    assert!(
        warnings(&early).contains("(at most about 0 %)"),
        "{}",
        warnings(&early)
    );
    // A look after hours is a chance.
    let sofa = "agents = 9\nhours = { mon-fri = \"09:00-17:00\" }\n\
                attention = { gap = \"1m\", sofa_check = { share = 0.5, from = \"00:00\", to = \"24:00\" } }";
    assert_eq!(said("taken_up_within = \"1h\"\nshare = 0.9", sofa), "");
}

#[test]
fn a_target_beyond_what_is_taken_on_is_named() {
    let text = week(
        "poisson = \"1 per h\"",
        "answered_within = \"8h\"\nshare = 0.8",
        "agents = 9\n[routing]\nanswers = 0.5",
    );
    let said = warnings(&text);
    assert!(
        said.contains("(at most about 50 %): the rest is never taken on"),
        "{said}"
    );
}

#[test]
fn a_horizon_in_which_no_team_comes_is_named() {
    let text = |team: &str| {
        format!(
            "start = 2026-03-07T00:00:00\nhorizon = \"1d\"\n[[arrivals]]\npoisson = \"1 per h\"\nclasses = {{ question = 0.5, praise = 0.5 \
             }}\n[[teams]]\nname = \"desk\"\nagents = 1\n{team}\n"
        )
    };
    let weekdays = "hours = { mon-fri = \"09:00-17:00\" }";
    assert_eq!(
        warnings(&text(weekdays)),
        "s.toml:6:1: warning: no team of `s` is on duty before the horizon; help: look at days, hours and holidays, and at \
         `start` and `horizon`\n"
    );
    let weekend = format!(
        "skills = [\"praise\"]\n{weekdays}\n[[teams]]\nname = \"weekend\"\nagents = 1\nskills = [\"question\"]\nhours = {{ sat = \
         \"09:00-12:00\" }}"
    );
    assert!(
        warnings(&text(&weekend))
            .contains("no team of `s` that takes `praise` is on duty before the horizon")
    );
    assert_eq!(warnings(&text("hours = { sat = \"23:00-24:00\" }")), "");
}

#[test]
fn weekday_weights_of_another_mean_say_the_rate_by_day() {
    let text = |weekdays: &str| {
        format!(
            "start = 2026-03-02T00:00:00\nhorizon = \"7d\"\n[[arrivals]]\nrate = \"80 per day\"\nweekdays = {weekdays}\n\
             [[teams]]\nname = \"desk\"\nagents = 1\n"
        )
    };
    assert_eq!(
        warnings(&text("{ mon-fri = 1, sat-sun = 0 }")),
        "s.toml:5:12: warning: the rate is the mean over the week, and the mean of these weights is 0.714: 80 per day are 112 on \
         mon, tue, wed, thu, fri and 0 on sat, sun; help: if 80 per day was meant for a day of weight 1, write a rate of \
         \"57.143 per day\"\n"
    );
    assert_eq!(warnings(&text("{ mon-fri = 1.06, sat-sun = 0.85 }")), "");
}

#[test]
fn a_storm_beyond_the_horizon_says_how_many_are_measured() {
    let text = |at: &str| {
        format!(
            "start = 2026-03-02T00:00:00\nhorizon = \"1d\"\nfollow_up = \"3d\"\n[[arrivals]]\nstorm = {{ at = \"{at}\", affected = 100_000, contact = \
             0.02, lasts = \"5d\", rise = \"1ns\", decay = \"24h\" }}\n[[teams]]\nname = \"desk\"\nagents = 1\n"
        )
    };
    // (1 - exp(-1/2)) of an exponential that is cut at five days, with a tail of 90 minutes behind it.
    let all = 1.0 - (-5.0_f64).exp() + (-5.0_f64).exp() / 16.0;
    let inside = 2000.0 * (1.0 - (-0.5_f64).exp()) / all;
    let said = warnings(&text("12h"));
    assert!(
        said.contains(&format!(
            "goes on beyond the horizon: of 100000 affected about 2000 write, {inside:.1} of them before"
        )),
        "{said}"
    );
    assert!(
        warnings(&text("2d"))
            .contains("breaks after the horizon: of 100000 affected about 2000 write, 0 of them")
    );
    assert!(warnings(&text("6d")).contains("breaks after the horizon"));
    let short = text("1h")
        .replace("decay = \"24h\"", "decay = \"1h\"")
        .replace("5d", "6h");
    assert_eq!(warnings(&short), "");
}

#[test]
fn holidays_outside_the_run_are_named() {
    let text = |holidays: &str| {
        format!(
            "start = 2025-12-23T00:00:00\nholidays = [{holidays}]\nhorizon = \"4d\"\nfollow_up = \"1d\"\n[[arrivals]]\n\
             poisson = \"1 per h\"\n[[teams]]\nname = \"desk\"\nagents = 1\n"
        )
    };
    assert_eq!(
        warnings(&text("2025-12-25, 2024-12-26")),
        "s.toml:2:12: warning: of 2 holidays 1 lie outside the run, which goes from 2025-12-23 to 2025-12-27: 2024-12-26; help: \
         they change nothing; look at the year\n"
    );
    assert_eq!(warnings(&text("2025-12-25, 2025-12-26, 2025-12-27")), "");
    let many = "2026-12-25, 2026-12-26, 2026-12-31, 2026-01-01, 2025-12-25";
    assert!(warnings(&text(many)).contains("of 5 holidays 4 lie outside the run"));
}
