//! What would take too much memory, or write to the terminal what it should not, ends with a sentence and an exit code.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::{folder, run};

const DESK: &str = "[[teams]]\nname = \"t\"\nagents = 1\n";

#[test]
fn a_rate_per_second_instead_of_per_day_is_refused_with_its_cause() {
    let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios");
    let text = fs::read_to_string(format!("{scenarios}/who-answers.toml")).unwrap();
    assert!(text.contains("per day"), "the scenario has a rate by day");
    let stream = text.split("[[arrivals]]").nth(1).unwrap();
    let name = stream.lines().find_map(|line| line.trim().strip_prefix("name"));
    let name = name.unwrap().trim_matches([' ', '=', '"']);
    let set = format!("arrivals.{name}.rate=9 per s");
    let (code, out, err) = run(
        scenarios.as_ref(),
        &["run", "who-answers.toml", "--set", &set, "--memory", "2G"],
    );
    assert_eq!(code, 4, "{err}");
    assert!(out.is_empty(), "{out}");
    assert!(
        err.contains("\"hub of two\" falls behind by 780,000 comments a day") && err.contains("--memory"),
        "{err}"
    );
}

#[test]
fn where_all_threads_do_not_fit_fewer_run() {
    let folder = folder();
    fs::write(
        folder.path().join("x.toml"),
        format!(
            "horizon = \"1h\"\nfollow_up = \"0s\"\nbacklog = 1_000_000\n[[arrivals]]\npoisson = \"9 per h\"\n{DESK}\
             [experiment]\nreplications = 3\n"
        ),
    )
    .unwrap();
    let (code, out, err) = run(
        folder.path(),
        &["run", "x.toml", "--threads", "3", "--memory", "90M"],
    );
    assert_eq!(code, 0, "{err}");
    assert!(!out.is_empty());
    assert!(err.contains("Runs on 2 of 3 threads"), "{err}");
}

/// What the estimate cannot see, for the law of patience hides it: nearly everybody is gone at once, and comes back late.
#[test]
#[cfg(target_os = "linux")]
fn a_crowd_that_grows_in_hiding_is_stopped() {
    let folder = folder();
    // A slow source by its slowest state; it is in the fast one nearly all the time.
    fs::write(
        folder.path().join("x.toml"),
        format!(
            "horizon = \"7d\"\nfollow_up = \"0s\"\n[[arrivals]]\nmmpp = {{ rates = [\"2000 per s\", \"0 per s\"], \
             leave = [\"1e-6 per s\", \"10 per s\"] }}\n{DESK}[routing]\norder = \"random\"\n\
             [experiment]\nreplications = 1\n"
        ),
    )
    .unwrap();
    let (code, out, err) = run(folder.path(), &["run", "x.toml", "--memory", "200M"]);
    assert_eq!(code, 4, "{err}");
    assert!(out.is_empty(), "{out}");
    assert!(
        err.contains("took more than the 210 MB it may take (--memory), after 0 replications"),
        "{err}"
    );
}

#[test]
fn control_characters_of_a_file_reach_no_terminal() {
    let folder = folder();
    let text = "title = \"red \\u001b[31m\\u0007\\nline\"\nhorizon = \"1h\"\n[[arrivals]]\npoisson = \"9 per h\"\n[[teams]]\n\
                name = \"t\\u001b[2J\"\nagents = 1\n[experiment]\nreplications = 2\n";
    fs::write(folder.path().join("x.toml"), text).unwrap();
    for command in ["run", "compare"] {
        let (code, out, err) = run(folder.path(), &[command, "x.toml", "--out", "kept"]);
        assert_eq!(code, 0, "{err}");
        let kept = fs::read_to_string(folder.path().join("kept/report.txt")).unwrap();
        for shown in [&out, &err, &kept] {
            assert!(!shown.contains(['\u{1b}', '\u{7}']), "{command}: {shown:?}");
        }
        assert!(out.contains("red \\u{1b}[31m\\u{7} line"), "{out}");
    }
    let (_, json, _) = run(folder.path(), &["run", "x.toml", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["scenario"]["title"], "red \u{1b}[31m\u{7}\nline");
}

#[test]
#[cfg(unix)]
fn a_pipe_is_read_once() {
    let folder = folder();
    fs::write(folder.path().join("t.toml"), DESK).unwrap();
    let text = "horizon = \"1h\"\n[[arrivals]]\npoisson = \"9 per h\"\n[experiment]\nreplications = 2\nmodels = [\"t.toml\"]\n";
    for command in ["check", "run"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ashcloud"))
            .args([command, "/dev/stdin"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        assert!(!done.stdout.is_empty());
    }
}
