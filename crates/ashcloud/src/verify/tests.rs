//! Verification of the verification: it passes a right build, notices wrong ones, and skips nothing in silence.

use std::cell::Cell;
use std::sync::Arc;

use ashcloud_core::Order;
use ashcloud_scenario::spec::{Compiled, Law};

use super::*;

/// Options of a quick run on one thread.
fn quick() -> Options<'static> {
    Options {
        full: false,
        threads: 1,
        seed: 1,
        only: None,
        tamper: None,
        stop: &|| false,
        progress: &|_, _| {},
    }
}

/// The reference with these entries only.
fn only(ids: &[&str]) -> String {
    let mut document: serde_json::Value = serde_json::from_str(REFERENCE).unwrap();
    let entries = document["entries"].as_array_mut().unwrap();
    entries.retain(|entry| ids.contains(&entry["id"].as_str().unwrap()));
    assert_eq!(entries.len(), ids.len());
    document.to_string()
}

/// Runs these entries untouched, when they pass, and tampered with, when each of them fails. All are from the quick run,
/// where a right entry fails with probability 1.7e-5; the seed is the one of the command.
#[track_caller]
fn check_noticed(ids: &[&str], tamper: &(dyn Fn(&mut Compiled) + Sync)) {
    let reference = only(ids);
    let right = run(&reference, &quick()).unwrap();
    assert!(
        right.all_passed() && right.passed == ids.len(),
        "{}",
        right.table()
    );
    let wrong = run(
        &reference,
        &Options {
            tamper: Some(tamper),
            ..quick()
        },
    )
    .unwrap();
    assert!(
        !wrong.all_passed() && wrong.failed == ids.len(),
        "{}",
        wrong.table()
    );
}

#[test]
fn newest_first_is_noticed() {
    // P(wait > 2) and the variance of the wait; the mean is the same in both orders.
    check_noticed(&["R0003", "R0004"], &|scenario| {
        for model in &mut scenario.models {
            for class in &mut model.plan.classes {
                class.order = Order::NewestFirst;
            }
        }
    });
}

#[test]
fn a_service_mean_two_percent_too_long_is_noticed() {
    check_noticed(&["R0021", "R0022"], &|scenario| {
        for model in &mut scenario.models {
            for kind in &mut Arc::make_mut(&mut model.world).kinds {
                if let Law::Exponential(mean) = &mut kind.handling {
                    *mean *= 1.02;
                }
            }
        }
    });
}

#[test]
fn one_place_too_many_is_noticed() {
    check_noticed(&["R0084", "R0090"], &|scenario| {
        for model in &mut scenario.models {
            model.plan.capacity = model.plan.capacity.map(|places| places + 1);
        }
    });
}

#[test]
fn customers_who_never_leave_are_noticed() {
    check_noticed(&["R0115", "R0121"], &|scenario| {
        for model in &mut scenario.models {
            for kind in &mut Arc::make_mut(&mut model.world).kinds {
                kind.tolerance = None;
            }
        }
    });
}

#[test]
fn a_part_of_many_families_passes() {
    let ids = [
        "R0001", "R0008", "R0010", "R0043", "R0044", "R0086", "R0093", "R0099", "R0102", "R0113", "R0119",
        "R0162", "R0180", "R0191", "R0215", "R0275", "R0284", "R0298", "R0301", "R0332", "R0333", "R0357",
        "R0358", "R0368", "R0384", "R0387", "R0390", "R0391", "R0406", "R0409", "R0410", "R0411", "R0429",
        "R0432", "R0452", "R0468", "R0469", "R0510", "R0518", "R0524", "R0541", "R0551", "R0558", "R0582",
        "R0598", "R0610", "R0613", "R0628", "R0644", "R0649",
    ];
    let report = run(&only(&ids), &quick()).unwrap();
    assert!(
        report.all_passed() && report.passed == ids.len(),
        "{}",
        report.table()
    );
    assert!(report.families_covered >= 43, "{}", report.families_covered);
}

#[test]
fn every_scenario_compiles_and_every_reading_finds_its_place() {
    let entries = reference::parse(REFERENCE).unwrap();
    for full in [false, true] {
        let ways: Vec<Way> = entries.iter().map(|entry| families::way(entry, full)).collect();
        let (groups, places) = groups(&entries, &ways);
        let simulated: Vec<_> = entries
            .iter()
            .zip(&places)
            .filter(|(_, places)| !places.is_empty())
            .collect();
        let families: std::collections::BTreeSet<_> =
            simulated.iter().map(|(entry, _)| &entry.model).collect();
        assert_eq!((simulated.len(), families.len()), (435, 54));
        for group in &groups {
            let text = group.scene.toml(&group.family);
            let compiled = ashcloud_scenario::load_str("verify", &text, std::path::Path::new(""), &[]);
            let (scenario, _) = compiled.unwrap_or_else(|faults| panic!("{text}\n{faults}"));
            let setup = ashcloud_sim::experiment::setup(&scenario, 0);
            for ask in &group.asks {
                ask.reading
                    .reader(&group.scene, &scenario, &setup.recording)
                    .unwrap();
            }
        }
    }
}

#[test]
fn formulas_agree_and_cover_nothing() {
    let models = ["Rinott", "KN constants", "Student t", "OCBA"];
    let mut formulas = 0;
    for model in models {
        let report = run(
            REFERENCE,
            &Options {
                only: Some(model),
                ..quick()
            },
        )
        .unwrap();
        assert!(
            report.rows.iter().all(|row| row.status == Status::FormulaOnly),
            "{}",
            report.table()
        );
        assert_eq!((report.covered, report.not_covered), (0, report.formula_only));
        formulas += report.formula_only;
    }
    assert_eq!(formulas, 19);
    let report = run(&only(&["R0259", "R0260", "R0265", "R0266"]), &quick()).unwrap();
    assert_eq!(
        (report.not_simulatable, report.failed, report.covered),
        (4, 0, 0),
        "{}",
        report.table()
    );
    // And they are compared: a wrong value fails.
    let wrong = only(&["R0663"]).replace("2.262157162798205", "2.262157163798205");
    assert_eq!(run(&wrong, &quick()).unwrap().failed, 1);
}

#[test]
fn what_is_not_known_is_listed() {
    let reference = r#"{"entries": [
        {"id": "X1", "model": "M/M/1", "params": {"lam": 0.5}, "quantity": "L", "value": 1},
        {"id": "X2", "model": "a queue nobody knows", "params": {}, "quantity": "L", "value": 1},
        {"model": "M/M/1", "params": {"lam": 0.5, "mu": 1}, "quantity": "colour", "value": 1}
    ]}"#;
    let report = run(reference, &quick()).unwrap();
    assert_eq!(
        (report.entries, report.not_covered, report.covered, report.failed),
        (3, 3, 0, 0)
    );
    let reasons: Vec<_> = report
        .rows
        .iter()
        .map(|row| (row.id.as_str(), row.reason.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("X1", "no parameter `mu`"),
            ("X2", "a family this build does not know"),
            ("#3", "no quantity `colour` in family `M/M/1`")
        ]
    );
    let table = report.table();
    assert!(
        table.contains("Not covered") && table.contains("a queue nobody knows"),
        "{table}"
    );
}

#[test]
fn a_faulty_reference_says_where() {
    let error = |text: &str| run(text, &quick()).unwrap_err().to_string();
    assert!(error("{").starts_with("the reference is not a JSON document with a list `entries`: EOF"));
    assert!(error("{}").contains("missing field `entries`"));
    let lacks = r#"{"entries": [{"id": "A", "model": "M/M/1", "params": {}, "quantity": "L"}]}"#;
    assert_eq!(
        error(lacks),
        "entry 1 of the reference (A): missing field `value`"
    );
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let reference = only(&["R0005", "R0085", "R0469", "R0599"]);
    let text = |threads: usize| {
        let mut report = run(&reference, &Options { threads, ..quick() }).unwrap();
        report.wall_clock = WallClock::default();
        serde_json::to_string(&report).unwrap()
    };
    assert_eq!(text(1), text(3));
}

#[test]
fn a_stopped_run_says_what_it_did_not_do() {
    let begun = Cell::new(0);
    let report = run(
        &only(&["R0001", "R0093", "R0652"]),
        &Options {
            stop: &|| true,
            progress: &|i, n| begun.set(begun.get() + usize::from(i < n)),
            ..quick()
        },
    );
    let report = report.unwrap();
    assert!(!report.complete && !report.all_passed() && report.covered == 0 && begun.get() == 6);
    assert!(report.table().contains("INCOMPLETE"));
}
