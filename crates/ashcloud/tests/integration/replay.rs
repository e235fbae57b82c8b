//! `replay`, from outside.

use std::fs;

use serde_json::Value;

use crate::{folder, run};

#[test]
fn a_check_counts_what_it_compared() {
    let folder = folder();
    let (code, stdout, stderr) = run(
        folder.path(),
        &["replay", "page.toml", "--check", "--replications", "3"],
    );
    assert_eq!((code, stderr.as_str()), (0, ""));
    let last = stdout.lines().last().unwrap();
    let compared: u64 = last.strip_suffix(" decisions compared").unwrap().parse().unwrap();
    assert!(compared > 100, "{stdout}");
    assert!(
        stdout.contains("alone: ") && stdout.contains("four: "),
        "{stdout}"
    );
    let (_, json, _) = run(
        folder.path(),
        &["replay", "page.toml", "--check", "--replications", "3", "--json"],
    );
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["decisions_compared"], compared);
}

/// Nobody is ever on duty or off, and nobody comes: there is nothing to compare, and a check that compares nothing has failed.
#[test]
fn a_check_of_nothing_fails() {
    let folder = folder();
    let empty = "horizon = \"1h\"\n[queue]\narrivals = { at = [\"90m\"] }\nservice = \"1s\"\nagents = \"unlimited\"\n";
    fs::write(folder.path().join("empty.toml"), empty).unwrap();
    let (code, stdout, _) = run(folder.path(), &["replay", "empty.toml", "--check"]);
    assert_eq!((code, stdout.lines().last()), (1, Some("0 decisions compared")));
    let (code, stdout, _) = run(folder.path(), &["replay", "empty.toml", "--duration", "100ms"]);
    assert!(
        code == 1 && stdout.contains("no comment came in this time"),
        "{stdout}"
    );
}

/// Where nothing comes, every way of replaying says so, none prints a number that is none, and none exits with 0.
#[test]
fn nothing_to_replay_is_said() {
    let folder = folder();
    let empty = "horizon = \"1h\"\n[queue]\narrivals = { at = [\"90m\"] }\nservice = \"1s\"\nagents = 2\n";
    fs::write(folder.path().join("empty.toml"), empty).unwrap();
    for how in [
        &["--speed", "max", "--repeats", "1"][..],
        &["--sweep", "rate=100..200", "--repeats", "1"],
        &["--repeats", "1"],
    ] {
        let args = [&["replay", "empty.toml", "--duration", "300ms"], how].concat();
        let (code, stdout, stderr) = run(folder.path(), &args);
        assert_eq!(code, 1, "{how:?} {stdout}{stderr}");
        assert!(!stdout.contains("NaN") && !stdout.contains("inf"), "{stdout}");
        let (_, json, _) = run(folder.path(), &[&args[..], &["--json"]].concat());
        assert!(
            serde_json::from_str::<Value>(&json).is_ok() && !json.contains("\"median\": null"),
            "{json}"
        );
    }
}

#[test]
fn a_replay_is_no_wider_than_the_page() {
    let folder = folder();
    for how in [
        &["--repeats", "2"][..],
        &["--sweep", "rate=100..200"],
        &["--speed", "max"],
    ] {
        let args = [
            &["replay", "page.toml", "--model", "alone", "--duration", "600ms"],
            how,
        ]
        .concat();
        let output = crate::ashcloud(folder.path(), &args)
            .env("COLUMNS", "60")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().count() > 5, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    }
}

#[test]
fn a_check_stops_when_it_is_interrupted() {
    let folder = folder();
    let args = [
        "replay",
        "page.toml",
        "--check",
        "--replications",
        "10000",
        "--progress",
        "json",
        "--set",
        "horizon=1000h",
    ];
    let mut child = crate::ashcloud(folder.path(), &args)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = std::io::BufReader::new(child.stderr.take().unwrap());
    assert!(std::io::BufRead::read_line(&mut said, &mut line).unwrap() > 0);
    crate::send("INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_replay_conserves_and_is_kept() {
    let folder = folder();
    let args = [
        "replay",
        "page.toml",
        "--duration",
        "1s",
        "--repeats",
        "2",
        "--overload",
        "block",
        "--json",
        "--out",
        "kept",
    ];
    let (code, json, stderr) = run(folder.path(), &args);
    // On a shared machine the generator may be late; then the run says so and the gate is 1.
    assert!(code == 0 || code == 1, "{code} {stderr}");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "ashcloud.replay/2");
    let mut runs = 0;
    for model in json["models"].as_array().unwrap() {
        for run in model["runs"].as_array().unwrap() {
            let n = |name: &str| run[name].as_u64().unwrap();
            assert!(n("offered") > 20);
            assert_eq!(
                n("offered"),
                n("decided") + n("shed") + n("deflected") + n("expired") + n("waiting")
            );
            assert_eq!(run["from_intended"]["count"], n("decided"));
            assert_eq!(run["valid"].as_bool().unwrap(), run["invalid_because"].is_null());
            runs += 1;
        }
    }
    assert_eq!(runs, 4);
    let kept = |name: &str| fs::read_to_string(folder.path().join("kept").join(name)).unwrap();
    assert!(
        kept("latency.hlog").starts_with("#ashcloud replay"),
        "{}",
        kept("latency.hlog")
    );
    assert!(kept("latency.hlog").contains("Tag=alone-1-from-intended,"));
    assert!(kept("report.txt").contains("from intended arrival"));
    assert_eq!(
        serde_json::from_str::<Value>(&kept("replay.json")).unwrap()["schema"],
        json["schema"]
    );
}

#[test]
fn a_sweep_a_race_and_a_fault() {
    let folder = folder();
    let alone = ["replay", "page.toml", "--model", "alone", "--duration", "1s"];
    let with = |more: &[&str]| run(folder.path(), &[&alone[..], more].concat());
    let (code, stdout, stderr) = with(&["--sweep", "rate=100..400"]);
    assert!(code == 0 && stdout.contains("offered/s"), "{stdout}{stderr}");
    let (code, stdout, stderr) = with(&["--speed", "max", "--repeats", "1"]);
    assert!(
        code == 0 && stdout.contains("a bare echo of the messages"),
        "{stdout}{stderr}"
    );
    let (_, stdout, stderr) = with(&["--fault", "shutdown", "--repeats", "1"]);
    assert!(stdout.contains("shut down before its end"), "{stdout}{stderr}");
    let (code, _, stderr) = with(&["--clock", "virtual", "--speed", "60"]);
    assert!(
        code == 2 && stderr.contains("a jumping clock has no speed"),
        "{stderr}"
    );
    let (code, _, stderr) = with(&["--overload", "drop"]);
    assert!(
        code == 2 && stderr.contains("expected block, shed, deflect"),
        "{stderr}"
    );
}
