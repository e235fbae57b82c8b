//! The built command, from outside: exit codes, bytes, streams.

mod bounds;
mod limits;
mod replay;
mod results;
mod times;
mod who_answers;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Two staffing models of a small queue; the first misses what is asked, the second meets it.
const SCENARIO: &str = r#"
title = "A small page"
horizon = "1h"
follow_up = "2h"

[[arrivals]]
name = "posts"
poisson = "30 per h"

[[targets]]
name = "within ten minutes"
answered_within = "10m"
share = 0.8

[experiment]
replications = 20
models = ["alone.toml", "four.toml"]
"#;

const ALONE: &str = "name = \"alone\"\n[[teams]]\nname = \"agents\"\nagents = 1\ncost_per_hour = 10\n";
const FOUR: &str = "name = \"four\"\n[[teams]]\nname = \"agents\"\nagents = 4\ncost_per_hour = 10\n";

/// A folder with the scenario in it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("page.toml"), SCENARIO).unwrap();
    fs::write(folder.path().join("alone.toml"), ALONE).unwrap();
    fs::write(folder.path().join("four.toml"), FOUR).unwrap();
    folder
}

fn ashcloud(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ashcloud"));
    command
        .args(args)
        .current_dir(folder)
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL")
        .env_remove("COLUMNS");
    command
}

fn output(folder: &Path, args: &[&str]) -> Output {
    ashcloud(folder, args).output().unwrap()
}

/// The exit code, and both streams as text.
fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = output(folder, args);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The result document without what may differ.
fn document(folder: &Path, args: &[&str]) -> Value {
    let mut args = args.to_vec();
    args.push("--json");
    let (code, stdout, stderr) = run(folder, &args);
    assert_eq!(code, 0, "{stderr}");
    let mut document: Value = serde_json::from_str(&stdout).unwrap();
    document.as_object_mut().unwrap().remove("wall_clock");
    document
}

#[test]
fn run_and_compare_report_on_standard_output_only() {
    let folder = folder();
    for command in ["run", "compare"] {
        let (code, stdout, stderr) = run(folder.path(), &[command, "page.toml"]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{command}");
        assert!(
            stdout.starts_with("A small page\npage.toml: 1 hour, 20 replications"),
            "{stdout}"
        );
        // The last line stands alone, and is not wrapped.
        let (wrapped, last) = stdout.trim_end().rsplit_once("\n\n").unwrap();
        assert!(wrapped.lines().all(|line| line.chars().count() <= 80), "{stdout}");
        assert!(last.starts_with("Met: only “four” meets the target: "), "{last}");
        assert!(
            last.ends_with(" answered within 10 min; cost 40.00 in 1 hour."),
            "{last}"
        );
        assert!(!stdout.contains('\x1b'), "{stdout}");
    }
    let (_, stdout, _) = run(folder.path(), &["run", "page.toml"]);
    let words: Vec<&str> = stdout.split_whitespace().collect();
    assert!(
        stdout.contains("\nalone: 1 on duty at a time\n")
            && words
                .join(" ")
                .contains("answered within 10 min; the target is 80 %: missed.")
    );
    let (_, stdout, _) = run(folder.path(), &["compare", "page.toml"]);
    assert!(
        stdout.contains("“alone” against “four”, over the same comments:"),
        "{stdout}"
    );
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let folder = folder();
    let one = output(folder.path(), &["run", "page.toml", "--threads", "1"]);
    let two = output(folder.path(), &["run", "page.toml", "--threads", "2"]);
    assert!(one.stdout == two.stdout);
    let documents =
        ["1", "2"].map(|n| document(folder.path(), &["compare", "page.toml", "--threads", n]).to_string());
    assert_eq!(documents[0], documents[1]);
    let other = document(folder.path(), &["compare", "page.toml", "--seed", "2"]).to_string();
    assert_ne!(documents[0], other);
}

#[test]
fn the_document_has_its_fields() {
    let folder = folder();
    let (_, stdout, _) = run(folder.path(), &["compare", "page.toml", "--json", "--seed", "7"]);
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["schema"], "ashcloud.result/1");
    assert_eq!(document["scenario"]["title"], "A small page");
    assert_eq!(document["scenario"]["file"], "page.toml");
    let digest: Vec<u8> = <sha2::Sha256 as sha2::Digest>::digest(SCENARIO.as_bytes()).to_vec();
    let written = document["scenario"]["sha256"].as_str().unwrap();
    let read = (0..written.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&written[i..i + 2], 16).unwrap());
    assert_eq!(read.collect::<Vec<u8>>(), digest);
    assert_eq!(document["seed"], 7);
    assert_eq!(document["replications"], 20);
    assert_eq!(document["complete"], true);
    assert_eq!(document["horizon_s"], 3600.0);
    assert!(document["wall_clock"]["seconds"].as_f64().unwrap() > 0.0);
    assert!(document["wall_clock"]["comments"].as_u64().unwrap() > 100);
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<String>>()
    };
    let estimate = keys(&document["estimates"][0]);
    for key in [
        "model", "measure", "class", "team", "channel", "clock", "unit", "value", "lower", "upper", "n",
    ] {
        assert!(estimate.iter().any(|known| known == key), "{key}");
    }
    let difference = keys(&document["differences"][0]);
    for key in [
        "a",
        "b",
        "measure",
        "value",
        "lower",
        "upper",
        "paired",
        "correction",
    ] {
        assert!(difference.iter().any(|known| known == key), "{key}");
    }
    assert_eq!(document["verdicts"][0]["verdict"], "missed");
    assert_eq!(document["verdicts"][1]["verdict"], "met");
    assert!(document["configuration"].as_str().unwrap().contains("seed = 7"));
}

#[test]
fn flags_override_the_scenario() {
    let folder = folder();
    let base = document(
        folder.path(),
        &["run", "page.toml", "--replications", "7", "--model", "four"],
    );
    assert_eq!(base["replications"], 7);
    assert_eq!(base["models"].as_array().unwrap().len(), 1);
    let offered = |document: &Value| document["estimates"][0]["value"].as_f64().unwrap();
    let set = document(
        folder.path(),
        &[
            "run",
            "page.toml",
            "--replications",
            "7",
            "--model",
            "four",
            "--set",
            "arrivals.posts.poisson=300 per h",
        ],
    );
    assert!(
        offered(&set) > 5.0 * offered(&base),
        "{} {}",
        offered(&set),
        offered(&base)
    );
    assert!(set["configuration"].as_str().unwrap().contains("300 per h"));
    let precise = document(
        folder.path(),
        &["run", "page.toml", "--half-width", "2%", "--model", "four"],
    );
    assert_eq!(precise["precision"]["asked"], 0.02);
    assert!(precise["precision"]["reached"].as_f64().unwrap() <= 0.02);
    let apart = document(folder.path(), &["compare", "page.toml", "--independent"]);
    assert_eq!(apart["differences"][0]["paired"], false);
}

#[test]
fn gates_decide_the_exit_code() {
    let folder = folder();
    let code = |args: &[&str]| {
        let mut all = vec!["run", "page.toml"];
        all.extend(args);
        let (code, _, stderr) = run(folder.path(), &all);
        (code, stderr)
    };
    assert_eq!(code(&[]).0, 0);
    let (missed, why) = code(&["--fail-on", "missed"]);
    assert_eq!(missed, 1);
    // Value, interval and target.
    let rest = why
        .strip_prefix("gate: \"alone\": \"within ten minutes\" is missed: ")
        .unwrap();
    let (value, rest) = rest.split_once(" % (").unwrap();
    let (interval, rest) = rest.split_once(") ").unwrap();
    let (lower, upper) = interval.split_once(" to ").unwrap();
    let [lower, value, upper] = [lower, value, upper].map(|n| n.parse::<f64>().unwrap());
    assert!(lower < value && value < upper && upper < 80.0, "{why}");
    assert_eq!(rest, "answered within 10 min; the target is 80 %\n");
    assert_eq!(code(&["--fail-on", "missed", "--model", "four"]).0, 0);
    assert_eq!(code(&["--fail-on", "undecided", "--model", "four"]).0, 0);
    assert_eq!(code(&["--fail-on", "undecided"]).0, 1);
    // One replication decides nothing.
    assert_eq!(code(&["--fail-on", "undecided", "--replications", "1"]).0, 3);
    assert_eq!(code(&["--fail-on", "missed", "--replications", "1"]).0, 0);
    // One that meets is enough.
    assert_eq!(code(&["--fail-on", "none-meets"]), (0, String::new()));
    let (none, why) = code(&["--fail-on", "none-meets", "--model", "alone"]);
    assert_eq!(none, 1);
    assert!(
        why.contains("\"alone\": \"within ten minutes\" is missed: ")
            && why.ends_with("gate: no model meets all its targets\n"),
        "{why}"
    );
    assert_eq!(code(&["--fail-on", "none-meets", "--replications", "1"]).0, 3);
}

#[test]
fn a_gate_without_anything_to_judge_is_refused() {
    let folder = folder();
    let (head, rest) = SCENARIO.split_once("[[targets]]").unwrap();
    let (_, experiment) = rest.split_once("[experiment]").unwrap();
    fs::write(
        folder.path().join("free.toml"),
        format!("{head}[experiment]{experiment}"),
    )
    .unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["run", "free.toml", "--fail-on", "missed"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.contains("the scenario has none: add [[targets]]"),
        "{stderr}"
    );
    // Nor is a target of calls one for people who take none.
    let calls = SCENARIO.replace("share = 0.8", "share = 0.8\nclass = \"call\"")
        + "[phone]\nrate = \"5 per h\"\nhandling = \"1m\"\n";
    fs::write(folder.path().join("calls.toml"), calls).unwrap();
    let (code, _, stderr) = run(folder.path(), &["run", "calls.toml", "--fail-on", "missed"]);
    assert!(
        code == 2 && stderr.contains("none applies to the models that are run"),
        "{code} {stderr}"
    );
}

/// Twelve desks of one to twelve people.
#[test]
fn the_last_line_of_twelve_models_stands_alone() {
    let folder = folder();
    let models: Vec<String> = (1..=12)
        .map(|n| format!("{{ staffing = \"four.toml\", name = \"desk of {n}\", set = {{ \"teams.agents.agents\" = {n} }} }}"))
        .collect();
    let twelve = SCENARIO.replace("\"alone.toml\", \"four.toml\"", &models.join(", "));
    fs::write(folder.path().join("twelve.toml"), twelve).unwrap();
    for command in ["run", "compare"] {
        let pipe = format!("\"$0\" {command} twelve.toml 2>/dev/null | tail -1");
        let output = Command::new("sh")
            .args(["-c", &pipe, env!("CARGO_BIN_EXE_ashcloud")])
            .current_dir(folder.path())
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        let last = String::from_utf8(output.stdout).unwrap();
        assert!(last.starts_with("Met: “desk of "), "{last}");
        for part in [
            " meets the target: ",
            " % (",
            ") answered within 10 min; cost ",
            " in 1 hour",
        ] {
            assert!(last.contains(part), "{part}\n{last}");
        }
    }
    // A run of many ends with a table of them all.
    let (_, stdout, _) = run(folder.path(), &["run", "twelve.toml"]);
    let (_, table) = stdout.split_once("All staffing models\n").unwrap();
    assert_eq!(
        table.lines().filter(|line| line.starts_with("desk of ")).count(),
        12,
        "{table}"
    );
}

#[test]
fn usage_faults_say_what_to_do() {
    let folder = folder();
    let cases: [(&[&str], i32, &str); 11] = [
        (&[], 2, "Usage"),
        (&["fly"], 2, "unrecognized subcommand"),
        (&["run", "page.toml", "--threads", "0"], 2, "--threads"),
        (&["run", "page.toml", "--budget", "30"], 2, "such as 500ms, 30s"),
        (
            &["run", "page.toml", "--model", "fuor"],
            2,
            "did you mean \"four\"?",
        ),
        (
            &["run", "page.toml", "--replications", "9", "--half-width", "2%"],
            2,
            "give one of the two",
        ),
        (
            &["run", "page.toml", "--set", "horizon"],
            2,
            "expected path=value",
        ),
        (&["run", "page.toml", "--set", "horizn=\"1h\""], 2, "horizon"),
        (
            &["run", "absent.toml"],
            4,
            "absent.toml: cannot be read: there is no such file",
        ),
        (&["run", "pages.toml"], 4, "did you mean page.toml?"),
        (
            &["compare", "alone.toml", "four.toml"],
            2,
            "models = [\"alone.toml\", \"four.toml\"]",
        ),
    ];
    for (args, expected, hint) in cases {
        let (code, stdout, stderr) = run(folder.path(), args);
        assert_eq!(code, expected, "{args:?}: {stderr}");
        assert!(stderr.contains(hint), "{args:?}: {stderr}");
        assert_eq!(stdout, "", "{args:?}");
    }
    for args in [&["--help"][..], &["run", "--help"], &["--version"]] {
        let (code, stdout, stderr) = run(folder.path(), args);
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(!stdout.is_empty());
    }
}

#[test]
fn check_reports_every_fault_of_every_file() {
    let folder = folder();
    fs::write(
        folder.path().join("one.toml"),
        SCENARIO.replace("horizon = \"1h\"", "horizon = 5"),
    )
    .unwrap();
    let two = SCENARIO
        .replace("answered_within", "answerd_within")
        .replace("share = 0.8", "share = 80");
    fs::write(folder.path().join("two.toml"), two).unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["check", "one.toml", "page.toml", "two.toml"]);
    assert_eq!((code, stderr.as_str()), (2, ""));
    assert!(stdout.contains("one.toml:3:"), "{stdout}");
    assert!(stdout.contains("page.toml: no faults, 1 warning\n"), "{stdout}");
    assert!(stdout.matches("two.toml:").count() >= 2, "{stdout}");
    assert!(stdout.contains("`answered_within`"), "{stdout}");
    // Half a comment a minute of 5 min each, on average.
    let (code, stdout, stderr) = run(folder.path(), &["check", "page.toml"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let lines: Vec<&str> = stdout.lines().collect();
    let warned =
        "page.toml: warning: \"alone\": no steady state: offered load 2.5 on 1 agent, and nobody leaves";
    assert!(lines[0].starts_with(warned), "{stdout}");
    assert_eq!(
        lines[1..],
        [
            "page.toml: \"alone\": offered load 2.5 on 1 agent",
            "page.toml: \"four\": offered load 2.5 on 4 agents",
            "page.toml: no faults, 1 warning"
        ]
    );
    assert_eq!(run(folder.path(), &["check", "page.toml", "absent.toml"]).0, 4);
    let (code, stdout, stderr) = run(folder.path(), &["run", "two.toml"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.matches("two.toml:").count() >= 2, "{stderr}");
}

#[test]
fn schema_is_json() {
    let (code, stdout, _) = run(folder().path(), &["schema"]);
    assert_eq!(code, 0);
    let schema: Value = serde_json::from_str(&stdout).unwrap();
    assert!(schema.as_object().unwrap().len() > 1);
}

#[test]
fn results_are_written_aside() {
    let folder = folder();
    let (code, stdout, _) = run(folder.path(), &["compare", "page.toml", "--out", "results/deep"]);
    assert_eq!(code, 0);
    let results = folder.path().join("results/deep");
    let mut names: Vec<String> = fs::read_dir(&results)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["report.txt", "result.json"]);
    assert_eq!(fs::read_to_string(results.join("report.txt")).unwrap(), stdout);
    let document: Value = serde_json::from_slice(&fs::read(results.join("result.json")).unwrap()).unwrap();
    assert_eq!(document["replications"], 20);
    // A folder that cannot be made is told before anything runs.
    let (code, stdout, stderr) = run(folder.path(), &["run", "page.toml", "--out", "page.toml/under"]);
    assert_eq!((code, stdout.as_str()), (4, ""));
    assert!(stderr.contains("page.toml/under"), "{stderr}");
    // A result that cannot take its place leaves nothing beside it.
    let blocked = folder.path().join("blocked");
    fs::create_dir_all(blocked.join("result.json/x")).unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["run", "page.toml", "--out", "blocked"]);
    assert_eq!(code, 4);
    assert_eq!(fs::read_dir(&blocked).unwrap().count(), 1);
    // It is printed instead, and is not lost.
    assert!(stderr.contains("the result is printed instead"), "{stderr}");
    assert!(stdout.contains("Met: only “four” meets the target"), "{stdout}");
    // Both files or none: where the second cannot be written the first stays as it was. Parts of earlier runs go.
    let half = folder.path().join("half");
    fs::create_dir_all(half.join("report.txt/x")).unwrap();
    fs::write(half.join("result.json"), "old").unwrap();
    fs::write(half.join(".result.json.4711.part"), "half").unwrap();
    assert_eq!(run(folder.path(), &["run", "page.toml", "--out", "half"]).0, 4);
    assert_eq!(fs::read_to_string(half.join("result.json")).unwrap(), "old");
    assert_eq!(fs::read_dir(&half).unwrap().count(), 2);
}

#[test]
fn a_closed_pipe_ends_quietly_and_a_full_disk_does_not() {
    let folder = folder();
    let mut child = ashcloud(folder.path(), &["run", "page.toml", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));

    if !Path::new("/dev/full").exists() {
        return;
    }
    for args in [
        &["run", "page.toml"][..],
        &["check", "page.toml"],
        &["schema"],
        &["--help"],
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = ashcloud(folder.path(), args).stdout(full).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{args:?}: {stderr}");
        assert!(stderr.starts_with("cannot write to standard output"), "{stderr}");
    }
    // Nobody hears what is said on a full standard error, and that is no reason to fall over.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = ashcloud(folder.path(), &["run", "absent.toml"])
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(4));
}

#[test]
fn a_budget_stops_in_time_and_says_what_was_reached() {
    let folder = folder();
    let begun = std::time::Instant::now();
    let busy = [
        "run",
        "page.toml",
        "--replications",
        "10000",
        "--set",
        "horizon=1000h",
        "--budget",
        "400ms",
    ];
    let (code, stdout, stderr) = run(folder.path(), &busy);
    // Generous: the machine may be busy. Without a budget it takes minutes.
    assert!(begun.elapsed().as_secs() < 20);
    assert_eq!(code, 0);
    assert!(stdout.contains("INCOMPLETE"), "{stdout}");
    assert!(stderr.contains("The budget was used up after"), "{stderr}");
    assert!(
        stdout
            .lines()
            .last()
            .unwrap()
            .starts_with("INCOMPLETE, stopped after "),
        "{stdout}"
    );
    let (code, stdout, _) = run(folder.path(), &["run", "page.toml", "--budget", "0s"]);
    assert_eq!(code, 130);
    assert!(stdout.contains("nothing to report"), "{stdout}");
    // Under a gate what was stopped early is not decided, whatever was asked of it.
    for (model, gate, expected) in [
        ("four", "missed", 3),
        ("four", "undecided", 3),
        ("alone", "missed", 3),
    ] {
        let args = [
            "run",
            "page.toml",
            "--model",
            model,
            "--fail-on",
            gate,
            "--budget",
            "0s",
        ];
        let (code, _, stderr) = run(folder.path(), &args);
        assert_eq!(code, expected, "{stderr}");
        assert!(
            stderr.contains("gate: the run was stopped before anything was whole"),
            "{stderr}"
        );
    }
    // A miss that is known already stays one.
    let mut gated = busy.to_vec();
    (gated[5], gated[7]) = ("horizon=20h", "1s");
    gated.extend(["--model", "alone", "--fail-on", "missed"]);
    assert_eq!(run(folder.path(), &gated).0, 1);
}

/// Sends a signal: `INT` is what Ctrl-C sends.
fn send(signal: &str, child: &std::process::Child) {
    let status = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// One replication of this takes many seconds, and nobody falls behind in it.
const ENDLESS: [&str; 6] = [
    "--model",
    "four",
    "--set",
    "horizon=2000000h",
    "--set",
    "arrivals.posts.poisson=45 per h",
];

#[test]
fn a_budget_ends_within_a_replication() {
    let folder = folder();
    // The fast driver, and the one for everything, which states over time need.
    for more in [&[][..], &["--set", "observe.every=1000h"]] {
        for (gate, expected) in [(&[][..], 130), (&["--fail-on", "missed"], 3)] {
            let begun = std::time::Instant::now();
            let args = [
                &["compare", "page.toml", "--budget", "300ms"],
                &ENDLESS[..],
                more,
                gate,
            ]
            .concat();
            let (code, stdout, stderr) = run(folder.path(), &args);
            // Generous: the machine may be busy.
            assert!(begun.elapsed().as_secs() < 20);
            assert_eq!(code, expected, "{stdout}{stderr}");
            assert!(
                stdout
                    .lines()
                    .last()
                    .unwrap()
                    .starts_with("INCOMPLETE: stopped before every model had finished"),
                "{stdout}"
            );
        }
    }
}

/// A command with more to do than it will ever finish.
fn busy(folder: &Path, more: &[&str]) -> Command {
    let long = [
        "run",
        "page.toml",
        "--replications",
        "10000",
        "--progress",
        "json",
    ];
    let args = [&long[..], &["--set", "horizon=1000h"], more].concat();
    let mut command = ashcloud(folder, &args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Listens until both models have finished something, and goes on listening.
fn finished_some(child: &mut std::process::Child) -> BufReader<std::process::ChildStderr> {
    let mut said = BufReader::new(child.stderr.take().unwrap());
    loop {
        let mut line = String::new();
        assert!(said.read_line(&mut line).unwrap() > 0);
        let progress: Value = serde_json::from_str(&line).unwrap();
        if progress["done"].as_u64().unwrap() > 10 {
            assert_eq!(progress["total"], 20_000);
            return said;
        }
    }
}

#[test]
fn an_interruption_prints_what_is_finished() {
    let folder = folder();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut child = busy(folder.path(), &[]).spawn().unwrap();
        let mut said = finished_some(&mut child);
        send(signal, &child);
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        let mut stdout = String::new();
        child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(
            stdout
                .lines()
                .last()
                .unwrap()
                .starts_with("INCOMPLETE, stopped after "),
            "{stdout}"
        );
        assert!(
            rest.lines().last().unwrap().contains("\"finished\":true"),
            "{rest}"
        );
    }
}

#[test]
fn an_interruption_ends_a_replication() {
    let folder = folder();
    let args = [&["run", "page.toml", "--progress", "json"], &ENDLESS[..]].concat();
    let mut child = ashcloud(folder.path(), &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    assert!(said.read_line(&mut line).unwrap() > 0);
    // Said after it began to listen.
    send("INT", &child);
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(stdout.contains("nothing to report"), "{stdout}");
}

/// Nobody reads what is printed after the first signal, and a pipe holds but 64 KiB of it.
#[test]
fn a_second_interruption_ends_at_once() {
    let folder = folder();
    let mut child = busy(folder.path(), &["--json", "--set", "observe.every=1h"])
        .spawn()
        .unwrap();
    let mut said = finished_some(&mut child);
    send("INT", &child);
    let mut rest = String::new();
    while !rest.contains("\"finished\":true") {
        assert!(said.read_line(&mut rest).unwrap() > 0);
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(child.try_wait().unwrap(), None);
    send("TERM", &child);
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn plain_characters_where_the_locale_knows_no_others() {
    let folder = folder();
    let output = ashcloud(folder.path(), &["run", "page.toml"])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    assert!(output.stdout.is_ascii());
    let output = ashcloud(folder.path(), &["run", "page.toml"])
        .env("TERM", "dumb")
        .output()
        .unwrap();
    assert!(output.stdout.is_ascii());
}

#[test]
fn one_model_can_be_compared() {
    let (code, stdout, _) = run(folder().path(), &["compare", "page.toml", "--model", "four"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("There is one staffing model"), "{stdout}");
}

/// References of one entry: the mean wait of M/M/1 at load 0.5, which is 1, or something nobody knows.
fn reference(model: &str, value: f64) -> String {
    let entry = serde_json::json!({
        "id": "X1", "model": model, "params": { "lam": 0.5, "mu": 1 }, "quantity": "Wq", "value": value, "digits": 10
    });
    serde_json::json!({ "entries": [entry] }).to_string()
}

#[test]
fn verify_exits_by_what_it_found() {
    let folder = folder();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("right.json", &reference("M/M/1", 1.0));
    write("wrong.json", &reference("M/M/1", 1.2));
    write("strange.json", &reference("Z/Z/1", 1.0));
    write("broken.json", "[");
    let verify = |args: &[&str]| {
        let mut all = vec!["verify", "--reference"];
        all.extend(args);
        run(folder.path(), &all)
    };
    let (code, stdout, stderr) = verify(&["right.json", "--json"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        [&report["entries"], &report["covered"], &report["passed"]],
        [1, 1, 1],
        "{stdout}"
    );
    assert!(
        stdout.starts_with("{\n  \"entries\": 1,\n  \"families\": 1,\n  \"covered\": 1,"),
        "{stdout}"
    );
    let (code, stdout, _) = verify(&["wrong.json"]);
    assert_eq!(code, 1);
    assert!(stdout.contains("FAILED"), "{stdout}");
    let (code, stdout, _) = verify(&["strange.json"]);
    assert_eq!(code, 0);
    assert!(
        stdout.contains("Not covered") && stdout.contains("Z/Z/1"),
        "{stdout}"
    );
    assert_eq!(verify(&["broken.json"]).0, 2);
    assert_eq!(verify(&["absent.json"]).0, 4);
    let (code, _, stderr) = verify(&["right.json", "--only", "nowhere"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("nothing was verified"), "{stderr}");
}

/// A class that never comes is warned of, by the loader, and a horizon without any comment, by the run.
#[test]
fn warnings_stand_in_the_document_and_in_the_report() {
    let folder = folder();
    let odd = SCENARIO.replace("poisson = \"30 per h\"", "at = [\"4h\"]")
        + "\n[classes.parcel]\nhandling = \"1m\"\n";
    fs::write(folder.path().join("odd.toml"), odd).unwrap();
    let json = document(folder.path(), &["run", "odd.toml"]);
    let warnings = json["warnings"].as_array().unwrap();
    let codes: Vec<&str> = warnings.iter().map(|w| w["code"].as_str().unwrap()).collect();
    assert_eq!(
        codes,
        [
            "arrival-after-the-end",
            "unknown-class",
            "nothing-arrived",
            "nothing-arrived"
        ]
    );
    assert_eq!(warnings[1]["place"]["file"], "odd.toml");
    assert_eq!(warnings[1]["place"]["line"], 19);
    assert_eq!(warnings[3]["model"], "four");
    for command in ["run", "compare"] {
        let (_, text, stderr) = run(folder.path(), &[command, "odd.toml"]);
        assert!(
            stderr.contains("no stream of arrivals has the class `parcel`"),
            "{stderr}"
        );
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for line in [
            "Warnings: - odd.toml, line 8: this instant lies after the end of the run",
            "- odd.toml, line 19: no stream of arrivals has the class `parcel`.",
            "- “four”: nothing arrived in any replication while it was measured",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
    // Without a warning there is an empty list, and no block.
    assert_eq!(
        document(folder.path(), &["run", "page.toml", "--model", "four"])["warnings"],
        Value::Array(vec![])
    );
    // One person cannot do the work of two and a half; the document says how much it is.
    let json = document(folder.path(), &["run", "page.toml"]);
    assert_eq!(json["warnings"][0]["code"], "no-steady-state");
    assert_eq!(json["warnings"][0]["model"], "alone");
    let erlangs = json["models"][0]["offered_load"][0]["erlangs"].as_f64();
    assert!(
        erlangs.is_some_and(|load| (load - 2.5).abs() < 1e-9),
        "{erlangs:?}"
    );
    assert_eq!(json["models"][0]["offered_load"][0]["agents"], 1);
}

/// Six or five people for the phone, the six listed first; both meet what is asked. Charged for the time at work on comments both
/// cost nothing, and five are on duty for fewer hours; charged for their hours on duty five cost 5 days x 24 h x 5 x 20.
#[test]
fn of_two_desks_that_meet_the_smaller_is_chosen_however_they_are_charged() {
    let folder = folder();
    let model = |n: u32| {
        format!(
            "{{ staffing = \"phone.toml\", name = \"{n} people\", set = {{ \"teams.agents.agents\" = {n} }} }}"
        )
    };
    let calls = format!(
        "horizon = \"5d\"\n[phone]\nrate = \"60 per h\"\nhandling = {{ exponential = \"3m\" }}\npatience = {{ exponential = \"2m\" }}\n\
         [[targets]]\nclass = \"call\"\ntaken_up_within = \"20s\"\nshare = 0.8\n\
         [experiment]\nreplications = 20\nmodels = [{}, {}]\n",
        model(6),
        model(5)
    );
    fs::write(folder.path().join("calls.toml"), calls).unwrap();
    let desk =
        "name = \"desk\"\n[[teams]]\nname = \"agents\"\ntakes_phone = true\nagents = 4\ncost_per_hour = 20\n";
    let last = |desk: &str| {
        fs::write(folder.path().join("phone.toml"), desk).unwrap();
        let (code, stdout, stderr) = run(folder.path(), &["compare", "calls.toml"]);
        assert_eq!(code, 0, "{stderr}");
        for word in [
            "0 comments",
            "hours at the page",
            "badge",
            "over the same comments",
        ] {
            assert!(!stdout.contains(word), "{word}\n{stdout}");
        }
        stdout.lines().last().unwrap().to_string()
    };
    let line = last(desk);
    assert!(
        line.starts_with("Met: “5 people” and “6 people” meet the target and are equally cheap; “5 people” has the fewest hours on duty: ")
            && line.ends_with("; cost 0.00 charged to the page, 12,000 for all hours on duty in 5 days."),
        "{line}"
    );
    let line = last(&format!("{desk}charged = \"on duty\"\n"));
    assert!(
        line.starts_with("Met: “5 people” is the cheapest that meets the target: ")
            && line.ends_with("; cost 12,000 in 5 days."),
        "{line}"
    );
}
