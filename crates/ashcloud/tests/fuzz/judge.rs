//! What a file must never do.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longest time for a check, and for a run with a budget of a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// Checks a text and runs it where it has no fault: whether it was run, or what was wrong.
pub(crate) fn judge(text: &str, base: &Path) -> Result<bool, String> {
    let begun = Instant::now();
    let checked = catch_unwind(AssertUnwindSafe(|| {
        match ashcloud_scenario::load_str("fuzzed.toml", text, base, &[]) {
            Ok((_, warnings)) => (true, ashcloud_scenario::plain(&warnings)),
            Err(faults) => (false, faults.plain() + &faults.graphical()),
        }
    }));
    let took = begun.elapsed();
    let (whole, said) = checked.map_err(|_| "check panics".to_owned())?;
    if took > PATIENCE {
        return Err(format!("check took {took:?}"));
    }
    if said.contains(|c: char| c.is_control() && c != '\n') {
        return Err("a fault writes control characters".into());
    }
    if !whole && said.is_empty() {
        return Err("refused without a word".into());
    }
    if whole {
        run(text, base)?;
    }
    Ok(whole)
}

/// Runs it in small.
fn run(text: &str, base: &Path) -> Result<(), String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ashcloud"))
        .args([
            "run",
            "/dev/stdin",
            "--json",
            "--replications",
            "2",
            "--budget",
            "100ms",
        ])
        .args(["--threads", "1", "--memory", "1G", "--progress", "never"])
        .current_dir(base)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|why| format!("cannot be run: {why}"))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let read = |pipe: Option<Box<dyn std::io::Read + Send>>| {
        thread::spawn(move || {
            let mut text = String::new();
            // What is no text is found by who parses it.
            let _ = pipe.map(|mut pipe| pipe.read_to_string(&mut text));
            text
        })
    };
    let out = read(out.map(|pipe| Box::new(pipe) as _));
    let err = read(err.map(|pipe| Box::new(pipe) as _));
    if let Some(mut stdin) = child.stdin.take() {
        stdin
            .write_all(text.as_bytes())
            .map_err(|why| format!("does not read its file: {why}"))?;
    }
    let code = wait(&mut child)?;
    let (out, err) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
    match code {
        0 => {}
        // No replication was whole in the time, or there was no room.
        130 => return Ok(()),
        4 if err.contains("--memory") => return Ok(()),
        other => return Err(format!("run ends with {other}: {err}")),
    }
    let document: Value = serde_json::from_str(&out).map_err(|why| format!("no JSON: {why}"))?;
    sound(&document)
}

fn wait(child: &mut Child) -> Result<i32, String> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.code().ok_or_else(|| format!("run ends by {status}")),
            Ok(None) if begun.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(2)),
            Ok(None) => {
                let _ = child.kill().and_then(|()| child.wait());
                return Err(format!("run takes longer than {PATIENCE:?}"));
            }
            Err(why) => return Err(format!("cannot be waited for: {why}")),
        }
    }
}

/// Every estimate and verdict has a number, and no two rows have one key.
fn sound(document: &Value) -> Result<(), String> {
    let rows = |list: &str| document[list].as_array().cloned().unwrap_or_default();
    let mut seen = BTreeSet::new();
    for row in rows("estimates") {
        let key: Vec<String> = ["model", "measure", "class", "team", "channel", "clock"]
            .iter()
            .map(|field| row[*field].to_string())
            .collect();
        if !row["value"].is_f64() && !row["value"].is_i64() && !row["value"].is_u64() {
            return Err(format!("no number: {row}"));
        }
        if !seen.insert(key) {
            return Err(format!("two rows of one key: {row}"));
        }
    }
    let mut judged = BTreeSet::new();
    for row in rows("verdicts") {
        if !judged.insert((row["model"].to_string(), row["target"].to_string())) {
            return Err(format!("two verdicts of one key: {row}"));
        }
    }
    Ok(())
}
