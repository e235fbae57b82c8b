//! Scenario texts through the whole path: event logs kept by hash, and what a change of the staffing model may not change.

mod instants;

use std::collections::BTreeMap;
use std::path::Path;

use ashcloud_core::{Output, Time};
use ashcloud_scenario::spec::Compiled;
use ashcloud_sim::experiment::setup;
use ashcloud_sim::{Pool, decisions};
use ashcloud_stats::Measure;
use proptest::prelude::*;

fn compile(text: &str) -> Compiled {
    match ashcloud_scenario::load_str("test.toml", text, Path::new("."), &[]) {
        Ok((compiled, _)) => compiled,
        Err(faults) => panic!("{faults}\n{text}"),
    }
}

/// FNV-1a over the log as text: the log itself is printed where the hash differs.
fn check(name: &str, text: &str, expected: u64) {
    let compiled = compile(text);
    let log = decisions(&setup(&compiled, 0), 0, &|| false).unwrap();
    let lines: Vec<String> = log
        .iter()
        .map(|(at, output)| format!("{} {output:?}", at.0))
        .collect();
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in lines.join("\n").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    assert!(lines.len() > 20, "{name}: a log worth keeping");
    assert_eq!(
        hash,
        expected,
        "{name}: the log changed; it is now 0x{hash:016x}:\n{}",
        lines.join("\n")
    );
}

#[test]
fn log_of_an_impatient_queue() {
    let text = r#"
        horizon = "20s"
        [queue]
        arrivals = { poisson = "3 per s" }
        service = { lognormal = { mean = "1s", cv = 0.8 } }
        agents = 2
        patience = { exponential = "1s" }
        retry = { retry = 0.5, after = { exponential = "1s" } }
    "#;
    check("impatient", text, IMPATIENT);
}

#[test]
fn log_of_a_roster_with_hand_back() {
    let text = r#"
        horizon = "60m"
        follow_up = "20m"
        [[arrivals]]
        rate = "30 per h"
        classes = { question = 0.7, complaint = 0.3 }
        [[teams]]
        name = "day"
        skills = [{ class = "complaint" }, { class = "question", after = "2m" }]
        late_finish = "hand-back"
        shifts = [{ name = "a", at = "0s", for = "30m", agents = 2 }, { name = "b", at = "40m", for = "40m", agents = 1 }]
        [[teams]]
        name = "back"
        agents = 1
        skills = ["question"]
        [routing]
        priorities = ["complaint"]
        preempt = "better-rank"
        [[hand_over]]
        from = "day"
        class = "question"
        share = 0.5
        to = "back"
    "#;
    check("roster", text, ROSTER);
}

#[test]
fn log_of_a_contagious_storm() {
    let text = r#"
        horizon = "2h"
        follow_up = "0s"
        [[arrivals]]
        storm = { at = "10m", affected = 1000, contact = 0.02, lasts = "1h", rise = "5m", decay = "20m", tail = "10m" }
        classes = { question = 1.0 }
        contagion = { offspring = 0.5, kernel = { power = 1.23, flat = "60s", cut = "1h" } }
        [[teams]]
        name = "hub"
        agents = 2
        at_once = 3
        [routing]
        order = "random"
    "#;
    check("storm", text, STORM);
}

/// Everybody who looks, asks and takes the phone: an officer with part-time attention who asks a department, agents who take the
/// phone and ask the officer.
fn people(officer: &str, agents: &str, routing: &str) -> String {
    format!(
        r#"
        start = 2013-04-01T06:00:00
        horizon = "2d"
        follow_up = "3d"
        [[arrivals]]
        rate = "40 per day"
        classes = {{ question = 0.7, complaint = 0.3 }}
        [classes.question]
        tolerance = {{ exponential = "20h" }}
        [phone]
        rate = "5 per h"
        handling = {{ exponential = "8m" }}
        patience = {{ exponential = "10m" }}
        trunks = 5
        [[teams]]
        name = "officer"
        agents = 1
        hours = {{ mon-fri = "09:00-17:00" }}
        skills = ["complaint"]
        {officer}
        knows_answer = 0.6
        consults = "legal"
        mail = "3m"
        write_up = "4m"
        [[teams]]
        name = "agents"
        shifts = [{{ name = "day", days = "daily", from = "08:00", to = "20:00", agents = 2, break = "30m" }}]
        skills = ["question", {{ class = "complaint", after = "2h" }}]
        {agents}
        knows_answer = {{ question = 0.8 }}
        consults = "officer"
        [departments.legal]
        hours = {{ mon-fri = "10:00-16:00" }}
        reply = {{ lognormal = {{ mean = "2h", cv = 1.2 }} }}
        forgets = 0.1
        [routing]
        answers = {{ question = 0.9 }}
        {routing}
    "#
    )
}

const OFFICER: &str = r#"attention = { gap = { exponential = "50m" }, session = "20m", pick = { at_once = 0.9, fades = "10h" }, sofa_check = 0.5 }"#;

#[test]
fn log_of_people_who_look_and_ask() {
    check(
        "people",
        &people(OFFICER, "takes_phone = true\nreserve = 1", ""),
        PEOPLE,
    );
}

const PEOPLE: u64 = 0xc6f7_1d3d_b640_7e9e;
const IMPATIENT: u64 = 0x5c85_10a1_1f90_94df;
const ROSTER: u64 = 0x2c5d_7fda_a3c4_bf30;
const STORM: u64 = 0xd490_d00c_0d62_fe77;

/// A staffing model of one team with rules drawn at random; the world is always the same.
fn scenario(agents: u32, order: &str, choice: &str, at_once: u32, set_up: bool) -> String {
    let set_up = if set_up { "set_up = \"20s\"\n" } else { "" };
    format!(
        r#"
        horizon = "4h"
        follow_up = "400h"
        [[arrivals]]
        name = "everyday"
        rate = "40 per h"
        classes = {{ question = 0.6, complaint = 0.4 }}
        busyness = {{ cv = 0.5, every = "30m" }}
        contagion = {{ offspring = 0.3, kernel = {{ exponential = "3m" }} }}
        [[arrivals]]
        name = "storm"
        storm = {{ at = "1h", affected = 500, contact = 0.1, lasts = "2h", rise = "5m", decay = "30m", tail = "10m" }}
        classes = {{ complaint = 1.0 }}
        [[teams]]
        name = "desk"
        agents = {agents}
        at_once = {at_once}
        slowdown = 0.0
        {set_up}
        [routing]
        order = "{order}"
        agent_choice = "{choice}"
    "#
    )
}

/// What the world gave: who arrived when, in which class, and how much work each was.
type Exogenous = BTreeMap<u64, (Time, u16, u64)>;

fn exogenous(text: &str, replication: u64) -> Exogenous {
    let compiled = compile(text);
    let mut traffic = ashcloud_world::Traffic::new(&compiled.models[0].world);
    traffic.reset(compiled.experiment.seed, replication);
    let mut found = Exogenous::new();
    for (_, output) in decisions(&setup(&compiled, 0), replication, &|| false).unwrap() {
        if let Output::Started { id, class, since, .. } = output {
            found.insert(id.0, (since, class.0, traffic.handling(class, id, 0).0));
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Common random numbers: whatever the organisation decides, the same comments arrive at the same instants, of the same
    /// class, with the same work.
    #[test]
    fn a_staffing_model_changes_no_exogenous_draw(
        agents in 1u32..20,
        order in prop::sample::select(vec!["oldest-first", "newest-first", "random", "shortest-work", "earliest-deadline"]),
        choice in prop::sample::select(vec!["longest-idle", "least-occupied", "first-listed"]),
        at_once in 1u32..4,
        set_up in any::<bool>(),
        replication in 0u64..1000,
    ) {
        let plain = exogenous(&scenario(50, "oldest-first", "longest-idle", 1, false), replication);
        let other = exogenous(&scenario(agents, order, choice, at_once, set_up && at_once == 1), replication);
        prop_assert!(!plain.is_empty());
        // A small desk may not reach everybody before the run is over; whoever it reaches is the same comment.
        for (id, facts) in &other {
            if let Some(same) = plain.get(id) {
                prop_assert_eq!(same, facts);
            } else {
                prop_assert!(facts.0 >= Time(4 * 3600 * 1_000_000_000), "only unmeasured comments may be missing");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whoever looks, asks and takes the phone, and by whatever rules: nothing is lost (the router asserts it), every comment
    /// ends once, and who has no phone hears no calls.
    #[test]
    fn every_comment_ends_once(
        order in prop::sample::select(vec!["oldest-first", "newest-first", "random", "earliest-deadline"]),
        attention in prop::sample::select(vec![
            "",
            "attention = { gap = \"30m\" }",
            "attention = { gap = { exponential = \"2h\" }, when_nothing_waits = \"stay\" }",
            OFFICER,
        ]),
        phone in prop::sample::select(vec!["", "takes_phone = true", "takes_phone = true\nreserve = 1"]),
        hand_back in any::<bool>(),
        replication in 0u64..1000,
    ) {
        let late = if hand_back && phone.is_empty() { "late_finish = \"hand-back\"\n" } else { "" };
        let text = people(attention, &format!("{late}{phone}"), &format!("order = \"{order}\""));
        let compiled = compile(&text);
        let mut ends: BTreeMap<u64, u32> = BTreeMap::new();
        let mut calls = 0;
        let call = compiled.names.calls.unwrap();
        for (_, output) in decisions(&setup(&compiled, 0), replication, &|| false).unwrap() {
            match output {
                Output::Ignored { id, .. } | Output::Blocked { id, .. } | Output::Closed { id, .. } => *ends.entry(id.0).or_default() += 1,
                Output::Left { id, .. } | Output::Dismissed { id, .. } => {
                    prop_assert!(ends.insert(id.0, 1).is_none(), "{id:?} had ended before");
                }
                Output::Started { id, class, .. } => {
                    prop_assert!(!ends.contains_key(&id.0), "{id:?} is begun after its end");
                    calls += u32::from(class == call);
                }
                _ => {}
            }
        }
        prop_assert!(ends.values().all(|&n| n == 1));
        prop_assert_eq!(calls > 0, !phone.is_empty());
    }
}

/// The same bits for any number of threads, with everything on.
#[test]
fn threads_change_nothing() {
    let texts = [
        scenario(3, "random", "least-occupied", 2, false),
        people(OFFICER, "takes_phone = true\nreserve = 1", ""),
    ];
    for text in texts {
        let compiled = compile(&text);
        let run = |threads| {
            let pool = Pool::new(setup(&compiled, 0), threads);
            let rows = pool.run(0, 20, &|| false, &|r| {
                r.recorder.value(Measure::ResponseMean, &[0, 1])
            });
            (rows, pool.into_distributions().responses(1).cloned())
        };
        assert_eq!(run(1), run(2));
    }
}

/// How often the one caller is answered (0 or 1), and after how many whole seconds since the first contact.
fn one_caller(at: &str, caller: &str) -> (f64, f64) {
    let compiled = compile(&format!(
        r#"
        horizon = "1h"
        follow_up = "5h"
        [[arrivals]]
        name = "a"
        at = ["0s", "0s", "0s"]
        classes = {{ long = 1 }}
        [[arrivals]]
        name = "x"
        at = ["{at}"]
        classes = {{ caller = 1 }}
        [classes.long]
        handling = "20m"
        [classes.caller]
        handling = "1m"
        tolerance = "2m"
        when_tolerance_ends = {{ retry = 1.0 }}
        {caller}
        [[teams]]
        name = "desk"
        agents = 1
        [routing]
        capacity = 3
        [experiment]
        replications = 1
    "#
    ));
    let pool = Pool::new(setup(&compiled, 0), 1);
    let rows = pool.run(0, 1, &|| false, &|r| {
        r.recorder.value(Measure::ResponseMean, &[1])
    });
    (rows[0].denominator, rows[0].numerator.round())
}

/// The desk is full up to 20 min and busy up to 1 h. The caller of minute 1 is blocked, comes back at 22 min, waits in vain up
/// to 24 min, comes back at 64 min and is answered at 65 min: 64 min after the first contact.
#[test]
fn a_comeback_after_being_blocked_leaves_the_one_after_waiting_in_vain() {
    let limits = |patience: u32, blocked: u32| {
        one_caller(
            "1m",
            &format!(
                "retry_after = \"40m\"\nretries_at_most = {patience}\n\
                 when_blocked = {{ retry = 1.0, after = \"21m\", at_most = {blocked} }}"
            ),
        )
    };
    assert_eq!(limits(1, 1), (1.0, 64.0 * 60.0));
    assert_eq!(limits(0, 1), (0.0, 0.0));
    assert_eq!(limits(1, 0), (0.0, 0.0));
}

/// The caller of minute 1 finds no place at 1, 7, 13 and 19 min and one at 25 min; waits in vain up to 27, and again from 45 to
/// 47 min; is answered at 66 min. Four comebacks of one kind and two of the other are needed.
#[test]
fn every_limit_counts_its_own_comebacks() {
    let limits = |patience: u32, blocked: u32| {
        one_caller(
            "1m",
            &format!(
                "retry_after = \"18m\"\nretries_at_most = {patience}\n\
                 when_blocked = {{ retry = 1.0, after = \"6m\", at_most = {blocked} }}"
            ),
        )
    };
    assert_eq!(limits(2, 4), (1.0, 65.0 * 60.0));
    assert_eq!(limits(2, 3), (0.0, 0.0));
    assert_eq!(limits(1, 4), (0.0, 0.0));
}
