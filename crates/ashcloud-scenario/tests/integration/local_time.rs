//! Local times where the clocks are changed, nights and holidays, dates that the calendar cannot reach.

use std::path::PathBuf;

use ashcloud_core::Span;
use ashcloud_scenario::spec::{Compiled, Source};
use ashcloud_scenario::{Fault, Faults, load_str, plain};

const MINUTE: u64 = 60 * Span::SECOND.0;

/// Compiles a text beside one log of this name.
fn load(text: &str, log: Option<(&str, &str)>) -> Result<(Compiled, Vec<Fault>), Faults> {
    let base = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    if let Some((name, rows)) = log {
        std::fs::write(base.join(name), rows).expect("a log");
    }
    load_str("scenario.toml", text, &base, &[])
}

#[track_caller]
fn compiled(text: &str, log: Option<(&str, &str)>) -> (Compiled, String) {
    match load(text, log) {
        Ok((compiled, warnings)) => (compiled, plain(&warnings)),
        Err(faults) => panic!("{}", faults.plain()),
    }
}

/// Opening hours of the first team, in minutes from the start.
fn hours(c: &Compiled) -> Vec<(u64, u64)> {
    let hours = c.models[0].team_hours[0].intervals();
    hours.map(|(a, b)| (a.0 / MINUTE, b.0 / MINUTE)).collect()
}

/// Events of the first stream, in minutes from the start.
fn events(c: &Compiled) -> Vec<u64> {
    match &c.models[0].world.streams[0].source {
        Source::Trace(trace) => trace.events.iter().map(|e| e.at.0 / MINUTE).collect(),
        Source::Times(times) => times.iter().map(|at| at.0 / MINUTE).collect(),
        other => panic!("{other:?}"),
    }
}

fn desk(start: &str, zone: &str, days: u64, arrivals: &str, team: &str) -> String {
    format!(
        "start = {start}\ntimezone = \"{zone}\"\nhorizon = \"{days}d\"\nfollow_up = \"0s\"\n[[arrivals]]\n{arrivals}\n\
         [[teams]]\nname = \"desk\"\n{team}\n"
    )
}

#[test]
fn hours_that_end_in_the_skipped_hour_end_when_it_is_skipped() {
    let text = desk(
        "2025-03-29T00:00:00",
        "Europe/Berlin",
        2,
        "poisson = \"1 per h\"",
        "agents = 1\nhours = { daily = [\"17:00-02:30\", \"03:00-05:00\"] }",
    );
    let (c, warnings) = compiled(&text, None);
    // The night before the first day until 02:30; from 17:00 to the change, and on; the day has 23 hours.
    assert_eq!(hours(&c), [(0, 150), (180, 300), (1020, 1680), (2400, 2880)]);
    assert!(
        warnings.contains(
            "2025-03-30 02:30 does not exist in Europe/Berlin: the clocks go from 02:00 to 03:00, and 03:00 is taken"
        ),
        "{warnings}"
    );
}

#[test]
fn shifts_that_end_in_the_skipped_hour_do_not_overlap() {
    let text = desk(
        "2026-03-07T00:00:00",
        "America/New_York",
        2,
        "poisson = \"1 per h\"",
        "shifts = [\n{ name = \"late\", days = \"daily\", from = \"18:00\", to = \"02:15\", agents = 2 },\n\
         { name = \"early\", days = \"daily\", from = \"03:00\", to = \"11:00\", agents = 1 }]",
    );
    let (c, warnings) = compiled(&text, None);
    assert_eq!(hours(&c), [(0, 135), (180, 660), (1080, 2040), (2460, 2880)]);
    assert_eq!(warnings.matches("does not exist").count(), 1, "{warnings}");
}

#[test]
fn departments_have_their_skipped_hour_too() {
    let text = desk(
        "2025-03-28T00:00:00",
        "Europe/London",
        7,
        "poisson = \"1 per h\"",
        "agents = 1\nknows_answer = 0.5\nconsults = \"carrier\"\n[departments.carrier]\n\
         hours = { daily = [\"20:00-01:30\", \"02:00-06:00\"] }\nreply = \"30m\"",
    );
    let (_, warnings) = compiled(&text, None);
    assert!(warnings.contains("2025-03-30 01:30 does not exist"), "{warnings}");
}

#[test]
fn a_window_is_clipped_by_the_skipped_hour_and_swallowed_in_it() {
    for (window, expected) in [
        ("02:30-03:30", vec![(120, 150)]),
        ("01:30-02:30", vec![(90, 120)]),
        ("02:10-02:50", vec![]),
    ] {
        let text = desk(
            "2025-03-30T00:00:00",
            "Europe/Berlin",
            1,
            "poisson = \"1 per h\"",
            &format!("agents = 1\nhours = {{ sun = \"{window}\", mon = \"00:00-00:30\" }}"),
        );
        let (c, _) = compiled(&text, None);
        let monday = (23 * 60, 23 * 60 + 30);
        let expected: Vec<(u64, u64)> = expected.into_iter().chain([monday]).collect();
        assert_eq!(hours(&c), expected, "{window}");
    }
}

#[test]
fn in_the_repeated_hour_hours_go_by_its_first_pass() {
    let text = desk(
        "2025-10-26T00:00:00",
        "Europe/Berlin",
        1,
        "poisson = \"1 per h\"",
        "agents = 1\nhours = { daily = [\"01:00-02:30\", \"02:40-03:30\"] }",
    );
    let (c, warnings) = compiled(&text, None);
    assert_eq!(hours(&c), [(60, 150), (160, 270)]);
    assert!(
        warnings.contains(
            "2025-10-26 02:30 comes twice in Europe/Berlin: the clocks go back from 03:00 to 02:00"
        ),
        "{warnings}"
    );
}

#[test]
fn a_start_in_the_gap_is_the_end_of_the_gap() {
    let text = desk(
        "2025-03-30T02:30:00",
        "Europe/Berlin",
        1,
        "at = [2025-03-30T04:00:00]",
        "agents = 1",
    );
    let (c, warnings) = compiled(&text, None);
    assert_eq!(events(&c), [60]);
    assert!(
        warnings.contains("scenario.toml:1:9: warning: 2025-03-30 02:30 does not exist"),
        "{warnings}"
    );
}

#[test]
fn equal_minutes_in_the_repeated_hour_stay_equal() {
    let trace = |name: &str| {
        desk(
            "2025-10-26T00:00:00",
            "Europe/Berlin",
            1,
            &format!("trace = \"{name}\""),
            "agents = 1",
        )
    };
    let rows = "created_at\n2025-10-26 01:30\n2025-10-26 02:10\n2025-10-26 02:10\n2025-10-26 02:50\n";
    let (c, warnings) = compiled(&trace("equal.csv"), Some(("equal.csv", rows)));
    assert_eq!(events(&c), [90, 130, 130, 170]);
    assert!(
        warnings.contains("3 rows lie in an hour that the clocks repeat: 2025-10-26 02:10 comes twice"),
        "{warnings}"
    );
    // Once they go back they are in the second pass.
    let rows = "created_at\n2025-10-26 01:30\n2025-10-26 02:10\n2025-10-26 02:10\n2025-10-26 02:05\n2025-10-26 02:20\n";
    let (c, _) = compiled(&trace("back.csv"), Some(("back.csv", rows)));
    assert_eq!(events(&c), [90, 130, 130, 185, 200]);
    // Instants of the file alike.
    let list = "at = [2025-10-26T02:10:00, 2025-10-26T02:10:00, 2025-10-26T02:05:00]";
    let text = desk("2025-10-26T00:00:00", "Europe/Berlin", 1, list, "agents = 1");
    let (c, warnings) = compiled(&text, None);
    assert_eq!(events(&c), [130, 130, 185]);
    assert!(warnings.contains("2025-10-26T02:10:00+01:00"), "{warnings}");
}

#[test]
fn local_times_of_the_skipped_hour_stay_in_order() {
    let rows = "created_at\n2025-03-30 01:59\n2025-03-30 02:10\n2025-03-30 02:50\n2025-03-30 03:05\n";
    let text = desk(
        "2025-03-30T00:00:00",
        "Europe/Berlin",
        1,
        "trace = \"gap.csv\"",
        "agents = 1",
    );
    let (c, warnings) = compiled(&text, Some(("gap.csv", rows)));
    assert_eq!(events(&c), [119, 120, 120, 125]);
    assert!(
        warnings.contains("2 rows lie in an hour that the clocks skip: 2025-03-30 02:10 does not exist"),
        "{warnings}"
    );
    let list = "at = [2025-03-30T02:30:00, 2025-03-30T03:00:00]";
    let text = desk("2025-03-30T00:00:00", "Europe/Berlin", 1, list, "agents = 1");
    assert_eq!(events(&compiled(&text, None).0), [120, 120]);
}

#[test]
fn counts_of_the_skipped_hour_last_no_time() {
    let rows = "hour,n\n2025-03-30 00:00,1\n2025-03-30 01:00,2\n2025-03-30 02:00,4\n2025-03-30 03:00,3\n2025-03-30 04:00,5\n";
    let stream = "counts = { file = \"spring.csv\", time = \"hour\", count = \"n\" }";
    let text = desk("2025-03-30T00:00:00", "Europe/Berlin", 1, stream, "agents = 1");
    let (c, warnings) = compiled(&text, Some(("spring.csv", rows)));
    let Source::Pieces { pieces, .. } = &c.models[0].world.streams[0].source else {
        panic!()
    };
    let written: Vec<(u64, u64)> = pieces
        .iter()
        .map(|p| (p.from.0 / MINUTE, (p.rate * 3600.0).round() as u64))
        .collect();
    assert_eq!(written, [(0, 1), (60, 2), (120, 3), (180, 5), (240, 0)]);
    assert!(
        warnings.contains("the 4 before this row fall into an hour"),
        "{warnings}"
    );
    // The repeated hour has two rows of one name.
    let rows = "hour,n\n2025-10-26 01:00,2\n2025-10-26 02:00,4\n2025-10-26 02:00,6\n2025-10-26 03:00,3\n";
    let stream = "counts = { file = \"autumn.csv\", time = \"hour\", count = \"n\" }";
    let text = desk("2025-10-26T00:00:00", "Europe/Berlin", 1, stream, "agents = 1");
    let (c, _) = compiled(&text, Some(("autumn.csv", rows)));
    let Source::Pieces { pieces, .. } = &c.models[0].world.streams[0].source else {
        panic!()
    };
    let from: Vec<u64> = pieces.iter().map(|p| p.from.0 / MINUTE).collect();
    assert_eq!(from, [0, 60, 120, 180, 240, 300]);
}

#[test]
fn a_zone_in_brackets_is_read_in_that_zone() {
    let rows =
        "created_at\n2026-03-02T09:00:00[America/New_York]\n2026-03-02T15:30:00+01:00[Europe/Berlin]\n";
    let text = desk(
        "2026-03-02T00:00:00",
        "Europe/Berlin",
        1,
        "trace = \"zones.csv\"",
        "agents = 1",
    );
    let (c, _) = compiled(&text, Some(("zones.csv", rows)));
    assert_eq!(events(&c), [15 * 60, 15 * 60 + 30]);
}

#[test]
fn a_day_that_never_was_is_no_fault() {
    let text = desk(
        "2011-12-29T00:00:00",
        "Pacific/Apia",
        2,
        "poisson = \"1 per h\"",
        "shifts = [\n{ name = \"day\", days = \"daily\", from = \"09:00\", to = \"17:00\", agents = 1 },\n\
         { name = \"night\", days = \"daily\", from = \"22:00\", to = \"06:00\", agents = 1 }]",
    );
    let (c, _) = compiled(&text, None);
    // Thursday the 29th is followed by Saturday the 31st.
    assert_eq!(
        hours(&c),
        [(0, 360), (540, 1020), (1320, 1800), (1980, 2460), (2760, 2880)]
    );
    assert_eq!(c.models[0].world.days.len(), 2);
}

#[test]
fn a_night_shift_belongs_to_the_day_on_which_it_begins() {
    let text = |team: &str| {
        desk(
            "2025-12-23T00:00:00",
            "Europe/Berlin",
            4,
            "poisson = \"1 per h\"",
            team,
        )
        .replacen("horizon", "holidays = [2025-12-25]\nhorizon", 1)
    };
    let (c, warnings) = compiled(&text("agents = 2\nhours = { daily = \"22:00-06:00\" }"), None);
    let day = 24 * 60;
    // On the holiday until 06:00, and none on the morning after.
    assert_eq!(
        hours(&c),
        [
            (0, 360),
            (1320, day + 360),
            (day + 1320, 2 * day + 360),
            (3 * day + 1320, 4 * day)
        ]
    );
    assert!(
        warnings.contains(
            "these hours belong to the day of the beginning: what begins the day before reaches into the holiday \
             2025-12-25 until 06:00; none begins on the holiday 2025-12-25, so that 2025-12-26 is without it until 06:00"
        ),
        "{warnings}"
    );
    let shift =
        "shifts = [{ name = \"night\", days = \"mon-wed\", from = \"22:00\", to = \"06:00\", agents = 2 }]";
    let (_, warnings) = compiled(&text(shift), None);
    assert!(
        warnings.contains("the shift `night` belongs") && !warnings.contains("none begins"),
        "{warnings}"
    );
    // Day shifts, shifts that end at midnight and shifts worked on holidays surprise no reader.
    for team in [
        "agents = 2\nhours = { daily = \"08:00-24:00\" }",
        "agents = 2\nhours = { daily = \"16:00-00:00\" }",
        "shifts = [{ days = \"daily\", from = \"22:00\", to = \"06:00\", agents = 2, holidays = true }]",
    ] {
        assert_eq!(compiled(&text(team), None).1, "", "{team}");
    }
}

#[test]
fn dates_beyond_the_calendar_are_faults() {
    for (arrivals, team) in [
        ("at = [9999-12-31T23:30:00]", "agents = 1"),
        ("at = [9999-12-31T23:30:00-12:00]", "agents = 1"),
        (
            "poisson = \"1 per h\"",
            "shifts = [{ at = 9999-12-31T23:30:00, for = \"1h\", agents = 1 }]",
        ),
        (
            "storm = { at = 9999-12-31T23:30:00, affected = 9, lasts = \"1d\" }",
            "agents = 1",
        ),
    ] {
        let text = desk("2025-10-26T00:00:00", "UTC", 1, arrivals, team);
        let faults = load(&text, None).expect_err(arrivals);
        assert!(
            faults.plain().contains("dates end with the year 9999"),
            "{}",
            faults.plain()
        );
    }
}

#[test]
fn an_instant_may_name_its_zone() {
    let text = |at: &str| {
        desk(
            "2026-03-02T00:00:00",
            "Europe/Berlin",
            7,
            &format!("at = [{at}]"),
            "agents = 1",
        )
    };
    let (c, warnings) = compiled(&text("\"2026-03-02T09:00:00[America/New_York]\""), None);
    assert_eq!((events(&c), warnings.as_str()), (vec![15 * 60], ""));
    let (c, warnings) = compiled(&text("\"2026-03-08T02:30:00[America/New_York]\""), None);
    assert_eq!(events(&c), [6 * 24 * 60 + 8 * 60]);
    assert!(
        warnings.contains("2026-03-08 02:30 does not exist in America/New_York"),
        "{warnings}"
    );
    for (wrong, why) in [
        (
            "2026-03-02T09:00:00-04:00[America/New_York]",
            "is not the zone's at that time",
        ),
        ("2026-03-02T09:00:00[Mars/Olympus]", "this zone is unknown"),
        (
            "2026-03-02T09:00:00[u-ca=gregory]",
            "expected a zone in the brackets",
        ),
    ] {
        let faults = load(&text(&format!("\"{wrong}\"")), None)
            .expect_err(wrong)
            .plain();
        assert!(faults.contains(why), "{faults}");
    }
}

#[test]
fn looks_after_hours_are_clipped_by_the_skipped_hour() {
    let team = "agents = 1\nhours = { daily = \"09:00-17:00\" }\n\
                attention = { gap = \"10m\", sofa_check = { share = 0.5, from = \"01:30\", to = \"02:30\" } }";
    let text = desk(
        "2025-03-30T00:00:00",
        "Europe/Berlin",
        2,
        "poisson = \"1 per h\"",
        team,
    );
    let (c, warnings) = compiled(&text, None);
    let attention = c.models[0].service.attention[0].as_ref().unwrap();
    let windows = attention.sofa.as_ref().unwrap().windows.iter();
    let windows: Vec<(u64, u64)> = windows.map(|w| (w.0.0 / MINUTE, w.1.0 / MINUTE)).collect();
    assert_eq!(windows, [(90, 120), (24 * 60 + 30, 25 * 60 + 30)]);
    assert_eq!(
        warnings.matches("2025-03-30 02:30 does not exist").count(),
        1,
        "{warnings}"
    );
}
