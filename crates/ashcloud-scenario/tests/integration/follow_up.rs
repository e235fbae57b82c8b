//! How long a run goes on after its last measured arrival.

use std::path::Path;

use ashcloud_core::{Span, Time};
use ashcloud_scenario::spec::Compiled;
use ashcloud_scenario::{load_str, plain};

const HOUR: u64 = Span::HOUR.0;

fn read(text: &str) -> Result<(Compiled, String), String> {
    match load_str("s.toml", text, Path::new(""), &[]) {
        Ok((compiled, warnings)) => Ok((compiled, plain(&warnings))),
        Err(faults) => Err(faults.plain()),
    }
}

/// Hours from the horizon to the end, and all warnings but those of holidays that the end leaves out.
#[track_caller]
fn follow_up(text: &str) -> (f64, String) {
    let (c, warnings) = read(text).unwrap_or_else(|faults| panic!("{faults}"));
    let world = &c.models[0].world;
    let of_holidays = |line: &&str| !line.contains("lie outside the run");
    let warnings = warnings
        .lines()
        .filter(of_holidays)
        .map(|line| line.to_owned() + "\n");
    (
        world.end.since(world.horizon).seconds() / 3600.0,
        warnings.collect(),
    )
}

/// From Monday 30 March 2026, before Easter, four days; a team from nine to five.
fn easter(follow_up: &str, target: &str, team: &str) -> String {
    format!(
        "{follow_up}\nstart = 2026-03-30T00:00:00\ntimezone = \"Europe/London\"\nholidays = [2026-04-03, 2026-04-06]\n\
         horizon = \"4d\"\n[[arrivals]]\npoisson = \"1 per h\"\n[[targets]]\nshare = 0.9\n{target}\n\
         [[teams]]\nname = \"desk\"\n{team}\n"
    )
}

const DESK: &str = "agents = 1\nhours = { mon-fri = \"09:00-17:00\" }";

#[test]
fn a_time_in_opening_hours_is_counted_beyond_weekend_and_holidays() {
    let target = "answered_within = \"1h\"\nclock = \"business\"";
    // From Good Friday 00:00 to the Tuesday after Easter, 10:00.
    let (hours, warnings) = follow_up(&easter("", target, DESK));
    assert!((hours - 106.0).abs() < 1e-9, "{hours}");
    assert_eq!(warnings, "");
    // Forty hours are five working days: Monday to Friday of the next week would be, and on to Monday 13 April, 17:00.
    let (hours, _) = follow_up(&easter(
        "",
        "answered_within = \"40h\"\nclock = \"business\"",
        DESK,
    ));
    assert!((hours - (10.0 * 24.0 + 17.0)).abs() < 1e-9, "{hours}");
    // On the wall clock the least of 72 h is enough.
    assert!((follow_up(&easter("", "answered_within = \"40h\"", DESK)).0 - 72.0).abs() < 1e-9);
    assert!((follow_up(&easter("", "answered_within = \"100h\"", DESK)).0 - 100.0).abs() < 1e-9);
}

#[test]
fn the_hours_are_those_of_the_teams_that_may_answer() {
    let target = "answered_within = \"1h\"\nclock = \"business\"\nclass = \"question\"";
    let rest =
        "[[teams]]\nname = \"rare\"\nskills = [\"praise\"]\nagents = 1\nhours = { sat = \"09:00-09:10\" }";
    let text = easter("", target, &format!("{DESK}\n{rest}")).replace(
        "poisson = \"1 per h\"",
        "poisson = \"1 per h\"\nclasses = { question = 0.5, praise = 0.5 }",
    );
    let (hours, _) = follow_up(&text);
    assert!((hours - 106.0).abs() < 1e-9, "{hours}");
    // Of praise the other may answer too: the hour takes six Saturdays.
    let (hours, _) = follow_up(&text.replace("class = \"question\"", "class = \"praise\""));
    assert!((hours - (36.0 * 24.0 + 9.0 + 1.0 / 6.0)).abs() < 1e-6, "{hours}");
}

#[test]
fn models_in_one_world_are_followed_alike_and_as_long_as_the_slowest_asks() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, hours) in [
        ("early", "mon-fri = \"09:00-17:00\""),
        ("late", "wed = \"10:00-10:30\""),
    ] {
        let text = format!("[[teams]]\nname = \"{name}\"\nagents = 1\nhours = {{ {hours} }}\n");
        std::fs::write(folder.join(format!("{name}.toml")), text).expect("a staffing file");
    }
    let text = "start = 2026-03-02T00:00:00\nhorizon = \"4d\"\n[[arrivals]]\npoisson = \"1 per h\"\n[[targets]]\nshare = 0.9\n\
                answered_within = \"1h\"\nclock = \"business\"\n[experiment]\nmodels = [\"early.toml\", \"late.toml\"]\n";
    let (c, _) = load_str("s.toml", text, folder, &[]).expect("no fault");
    // From Friday to the Wednesday after the next: half an hour each.
    let end = Time((4 + 12) * 24 * HOUR + 10 * HOUR + HOUR / 2);
    for model in &c.models {
        assert_eq!(model.world.end, end);
        // The hours are known to the new end.
        let last = model.team_hours[0].intervals().last().map(|last| last.1);
        assert!(last > Some(Time(14 * 24 * HOUR)), "{last:?}");
    }
}

#[test]
fn a_queue_in_short_form_is_followed_where_a_target_asks() {
    let queue = "horizon = \"30m\"\n[queue]\narrivals = { poisson = \"200 per h\" }\nservice = { exponential = \"15m\" }\n\
                 agents = 60\n";
    assert!(follow_up(queue).0.abs() < 1e-9);
    let asked = |target: &str| follow_up(&format!("{queue}[[targets]]\n{target}\n")).0;
    // Twenty medians of the service, 20 x 15 min x ln 2, so that the mean of the answered is the mean.
    let service = 5.0 * std::f64::consts::LN_2;
    assert!((asked("answered_within = \"1h\"\nshare = 0.9") - service).abs() < 1e-6);
    assert!((asked("answered_within = \"9h\"\nshare = 0.9") - 9.0).abs() < 1e-9);
}

#[test]
fn a_follow_up_that_is_too_short_is_said_with_both_times() {
    let (hours, warnings) = follow_up(&easter(
        "follow_up = \"3d\"",
        "answered_within = \"1h\"\nclock = \"business\"",
        DESK,
    ));
    assert!((hours - 72.0).abs() < 1e-9);
    assert_eq!(
        warnings,
        "s.toml:1:13: warning: the follow-up of 3d is too short for the target `answered_within = \"1h\"`, which takes 4d10h after \
         the last measured arrival, in the opening hours of `desk` until 2026-04-07 10:00; help: follow_up = \"4d10h\", or leave \
         it out\n"
    );
    let (_, warnings) = follow_up(&easter("follow_up = \"0s\"", "answered_within = \"1h\"", DESK));
    assert!(
        warnings.contains(
            "the follow-up of 0s is too short for the target `answered_within = \"1h\"`, which takes 1h"
        ),
        "{warnings}"
    );
    let (_, warnings) = follow_up(&easter("follow_up = \"1h\"", "answered_within = \"1h\"", DESK));
    assert!(!warnings.contains("too short"), "{warnings}");
}

#[test]
fn a_clock_that_never_comes_to_the_time_is_a_fault() {
    let target = "answered_within = \"40h\"\nclock = \"business\"";
    let once = "shifts = [{ at = 2026-04-01T09:00:00, for = \"8h\", agents = 1 }]";
    let faults = read(&easter("", target, once)).unwrap_err();
    assert!(
        faults.contains("the opening hours of `desk` never come to 40h: this target could not be missed"),
        "{faults}"
    );
    // Hours that only end too soon leave some unanswered: that is said.
    let target = "answered_within = \"2h\"\nclock = \"business\"";
    let (_, warnings) = read(&easter("", target, once)).unwrap();
    assert!(
        warnings.contains(
            "after the last measured arrival the opening hours of `desk` do not come to 2h any more"
        ),
        "{warnings}"
    );
}

#[test]
fn a_follow_up_of_years_is_said() {
    // Ten minutes a week: 40 hours of them take 240 weeks.
    let team = "agents = 1\nhours = { mon = \"09:00-09:10\" }";
    let target = "answered_within = \"40h\"\nclock = \"business\"";
    let (hours, warnings) = follow_up(&easter("", target, team));
    assert!(
        hours > 240.0 * 7.0 * 24.0 && hours < 290.0 * 7.0 * 24.0,
        "{hours}"
    );
    assert!(
        warnings.contains("days after its horizon, for so long may the opening hours take"),
        "{warnings}"
    );
    let (_, warnings) = follow_up(&easter("follow_up = \"14d\"", target, team));
    assert!(!warnings.contains("for so long may"), "{warnings}");
}
