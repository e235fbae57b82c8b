//! Work without bound is refused before it runs, by the name of what would do it.

use std::path::Path;

use ashcloud_scenario::load_str;

fn faults(text: &str) -> String {
    match load_str("x.toml", text, Path::new(""), &[]) {
        Ok((_, warnings)) => panic!("no fault: {warnings:?}"),
        Err(faults) => faults.plain(),
    }
}

fn passes(text: &str) {
    if let Err(faults) = load_str("x.toml", text, Path::new(""), &[]) {
        panic!("{}", faults.plain());
    }
}

const TEAM: &str = "[[teams]]\nname = \"t\"\nagents = 2\n";

fn stream(source: &str) -> String {
    format!("horizon = \"7d\"\nfollow_up = \"0s\"\n[[arrivals]]\nname = \"posts\"\n{source}\n{TEAM}")
}

#[test]
fn every_source_has_an_expected_count_that_is_checked() {
    let sources = [
        "poisson = \"1e9 per s\"",
        "decay = { initial = \"1e9 per s\", time = \"7d\" }",
        "renewal = \"2ns\"",
        "renewal = { exponential = \"1ns\" }",
        "renewal = { gamma = { mean = \"5ns\", cv = 0.5 } }",
        "renewal = { points = { \"0s\" = 0.999999999, \"1s\" = 1.0 } }",
        "renewal = { empirical = [\"0s\", \"1ns\"] }",
        "sinusoidal = { mean = \"1e9 per s\", amplitude = 0.5, period = \"1d\" }",
        "mmpp = { rates = [\"1e9 per s\", \"1 per s\"], leave = [\"1 per s\", \"1 per s\"] }",
        "batch = { rate = \"1e6 per s\", size = { fixed = 1000 } }",
        "rate = \"1e9 per s\"\nweekdays = { mon-fri = 1, sat-sun = 2 }",
        "poisson = \"2e5 per s\"\ncontagion = { offspring = 0.9, kernel = { exponential = \"5m\" } }",
    ];
    for source in sources {
        let said = faults(&stream(source));
        assert!(
            said.contains("the stream `posts` is expected to bring") && said.contains("; help: "),
            "{source}: {said}"
        );
    }
    passes(&stream("decay = { initial = \"1e9 per s\", time = \"1s\" }"));
    passes(&stream("poisson = \"1e5 per s\""));
}

#[test]
fn a_rate_that_changes_all_the_time_is_refused() {
    for source in [
        "mmpp = { rates = [\"2 per s\", \"20 per s\"], leave = [\"1e6 per s\", \"1e6 per s\"] }",
        "rate = \"2 per s\"\nbusyness = { cv = 0.2, every = \"1us\" }",
    ] {
        let said = faults(&stream(source));
        assert!(
            said.contains("the rate of the stream `posts` is expected to change 604,800,000,000 times"),
            "{source}: {said}"
        );
    }
}

#[test]
fn customers_who_come_back_without_end_are_refused() {
    let class = |rest: &str| {
        format!(
            "{}[classes.question]\nhandling = \"5m\"\n{rest}\n",
            stream("poisson = \"90 per h\"")
        )
    };
    let ends = "tolerance = \"0s\"\nwhen_tolerance_ends = { retry = 1.0, leave = 0.0 }\n";
    for after in [
        "retry_after = { points = { \"0s\" = 0.99999999, \"1s\" = 1.0 } }",
        "retry_after = { exponential = \"2us\" }",
        "retry_after = \"0s\"\nretries_at_most = 4_000_000_000",
    ] {
        let said = faults(&class(&format!("{ends}{after}")));
        assert!(
            said.contains("customers who give up waiting and come back may try"),
            "{after}: {said}"
        );
    }
    passes(&class(&format!(
        "{ends}retry_after = \"0s\"\nretries_at_most = 4"
    )));
    passes(&class(&format!("{ends}retry_after = \"1s\"")));
    let blocked = class("when_blocked = { retry = 1.0, after = { exponential = \"2us\" } }");
    let said = faults(&format!("{blocked}[routing]\ncapacity = 3\n"));
    assert!(
        said.contains("customers who find no place and come back may try"),
        "{said}"
    );
    // Where there is always room nobody is blocked.
    passes(&blocked);
}

#[test]
fn feedback_that_hardly_ends_is_refused() {
    let queue = |feedback: &str, service: &str| {
        format!(
            "horizon = \"7d\"\n[queue]\narrivals = {{ poisson = \"2 per s\" }}\nservice = {service}\nagents = 3\nfeedback = {feedback}\n"
        )
    };
    let said = faults(&queue("0.9999999", "\"0s\""));
    assert!(
        said.contains("finished work is expected to be handled 12,096,000"),
        "{said}"
    );
    passes(&queue("0.9999999", "\"1s\""));
    passes(&queue("0.5", "\"0s\""));
}

#[test]
fn looks_without_number_are_refused() {
    let team =
        "[[teams]]\nname = \"t\"\nagents = 100000\nattention = { gap = \"0.2s\", session = \"20m\" }\n";
    let said = faults(&format!(
        "horizon = \"7d\"\nfollow_up = \"0s\"\n[[arrivals]]\npoisson = \"1 per h\"\n{team}"
    ));
    assert!(
        said.contains("are expected to look 302,400,000,000 times"),
        "{said}"
    );
}

#[test]
fn moments_of_every_world_and_both_spellings_are_counted() {
    let observed = |observe: &str, world: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.toml"), TEAM).unwrap();
        let text = format!(
            "horizon = \"2h\"\nfollow_up = \"0s\"\n[[arrivals]]\npoisson = \"1 per h\"\n[experiment]\nmodels = [\"t.toml\", {{ \
             staffing = \"t.toml\", name = \"b\", world = {{ {world} }} }}]\n[observe]\n{observe}\n"
        );
        load_str("x.toml", &text, folder.path(), &[]).map_err(|faults| faults.plain())
    };
    assert!(observed("every = \"1s\"", "backlog = 1").is_ok());
    let said = observed("every = \"1s\"", "horizon = \"3h\"").unwrap_err();
    assert!(
        said.contains("more than 10,000 moments to look at, found 10800"),
        "{said}"
    );
    let list: Vec<String> = (0..5_000).map(|i| format!("\"{i}.5s\"")).collect();
    let both = format!("every = \"1s\"\nat = [{}]", list.join(", "));
    let said = observed(&both, "backlog = 1").unwrap_err();
    assert!(said.contains("found 12200"), "{said}");
}

#[test]
fn numbers_of_which_nothing_is_left_are_refused_by_name() {
    let class = |law: &str| {
        format!(
            "{}[classes.question]\nhandling = {law}\n",
            stream("poisson = \"1 per h\"")
        )
    };
    for law in [
        "{ gamma = { mean = \"5m\", cv = 1e-155 } }",
        "{ lognormal = { mean = \"5m\", cv = 1e-155 } }",
        "{ lognormal = { mean = \"5m\", sigma = 1e300 } }",
        "{ weibull = { shape = 1e-200, scale = \"5m\" } }",
        "{ pareto = { alpha = 1e200, minimum = \"5m\" } }",
    ] {
        let said = faults(&class(law));
        assert!(
            said.contains("numbers lie between 1e-12 and 1e15"),
            "{law}: {said}"
        );
    }
    for law in [
        "{ gamma = { mean = \"5m\", cv = 1000 } }",
        "{ gamma = { mean = \"5m\", cv = 1e-9 } }",
        "{ lognormal = { mean = \"5m\", sigma = 1000 } }",
        "{ weibull = { shape = 1e-6, scale = \"5m\" } }",
    ] {
        let said = faults(&class(law));
        assert!(
            said.contains("the numbers of this law are too large or too small"),
            "{law}: {said}"
        );
    }
    let said = faults(&class("\"0.3ns\""));
    assert!(said.contains("shorter than a nanosecond"), "{said}");
    let costly = stream("poisson = \"1 per h\"").replace("agents = 2", "agents = 2\ncost_per_hour = 1e308");
    let said = faults(&costly);
    assert!(said.contains("numbers lie between 1e-12 and 1e15"), "{said}");
    let busy = stream("rate = \"1 per h\"\nbusyness = { cv = 1e-155 }");
    let said = faults(&busy);
    assert!(said.contains("numbers lie between 1e-12 and 1e15"), "{said}");
}
