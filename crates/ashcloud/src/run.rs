//! `run` and `compare`: load, simulate, report.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::time::Instant;

use ashcloud_report::{Document, Style, Warning, numbers, one_line};
use ashcloud_scenario::spec::Compiled;
use ashcloud_scenario::{Fault, Faults, Override, plain, render};
use ashcloud_sim::experiment::{self, Options};
use sha2::{Digest as _, Sha256};

use crate::cli::{ProgressKind, Replications, RunArgs};
use crate::gate;
use crate::interrupt;
use crate::memory::Memory;
use crate::out::{self, Folder, Stop};
use crate::progress::Progress;
use crate::result::{self, Provenance};

/// A scenario file may be so large.
const FILE_LIMIT: u64 = 16 << 20;

/// How several files are run or compared: a scenario names its staffing models.
fn one_scenario(args: &RunArgs) -> String {
    let files: Vec<String> = std::iter::once(&args.file)
        .chain(&args.others)
        .map(|file| format!("{:?}", file.display().to_string()))
        .collect();
    format!(
        "error: one scenario at a time. To compare files, name them in one scenario:\n\n  [experiment]\n  models = [{}]\n\n\
         These are staffing files (teams, routing). What differs in the world (arrivals, classes, horizon) is written with the model:\n  \
         {{ staffing = {}, name = \"busier\", world = {{ \"arrivals.posts.rate\" = \"90 per day\" }} }}\n",
        files.join(", "),
        files[0]
    )
}

/// Runs the scenario and prints what `report` makes of the result.
pub(crate) fn execute(args: &RunArgs, report: fn(&Document, Style) -> String) -> Result<u8, Stop> {
    if !args.others.is_empty() {
        return Err(Stop::faulty(one_scenario(args)));
    }
    let overrides = overrides(args)?;
    let Loaded {
        scenario,
        sha256,
        warnings,
    } = load(&args.file, &overrides)?;
    let models = choose(&scenario, &args.model)?;
    if args.fail_on.is_some() {
        gate::has_something_to_judge(&scenario, &models)?;
    }
    let folder = args.out.as_deref().map(Folder::new).transpose()?;

    interrupt::listen()?;
    let begun = Instant::now();
    let memory = Memory::new(args.memory);
    let threads = args.threads.map_or_else(available, usize::from);
    let threads = memory.threads(&scenario, &models, threads)?;
    let stop = || interrupt::asked() || memory.is_over();
    let progress = Progress::new(args.progress, "replications");
    let outcome = experiment::run(
        &scenario,
        &Options {
            threads,
            deadline: args.budget.map(|budget| begun + budget),
            independent: args.independent,
            models,
            stop: &stop,
            progress: &|done, total| progress.tell(done, total),
        },
    );
    progress.finish();
    if ashcloud_sim::threads_were_refused() {
        out::say("The system would not make as many threads as were asked for: the run went on with fewer.");
    }
    if let Some(stop) = memory.stop(outcome.replications) {
        return Err(stop);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let document = result::document(
        &scenario,
        &outcome,
        &Provenance {
            sha256,
            seconds,
            warnings,
        },
    );

    let json = document
        .to_json()
        .map_err(|why| Stop::io(format!("cannot write the result: {why}")))?;
    let printable = document.printable();
    let text = report(&printable, out::style());
    let files = [
        ("result.json", json.as_str()),
        ("report.txt", &report(&printable, Style::FILE)),
    ];
    let kept = folder.map_or(Ok(()), |folder| folder.write(&files));
    if let Err(stop) = &kept {
        out::say(&format!("{}; the result is printed instead", stop.message));
    }
    // Talk goes first: the last line is the report's.
    talk(args, &document);
    let code = ending(args, &printable);
    out::print(if args.json { &json } else { &text })?;
    Ok(kept.map_or_else(|stop| stop.code, |()| code))
}

/// The exit code; a gate gives its reasons on standard error. Where nothing is whole there is no result to stand for.
fn ending(args: &RunArgs, document: &Document) -> u8 {
    match args.fail_on {
        Some(fail_on) => gate::code(fail_on, document),
        None if document.replications == 0 || (interrupt::asked() && !document.complete) => {
            interrupt::exit_code()
        }
        None => out::DONE,
    }
}

/// How long it took, for who watches, and what came of a budget, for all.
fn talk(args: &RunArgs, document: &Document) {
    if args.budget.is_some() && document.replications > 0 && !document.complete && !interrupt::asked() {
        let reached = document
            .precision
            .reached
            .map_or("not known".into(), |h| numbers::share(h, 1));
        out::say(&format!(
            "The budget was used up after {} of each model; the half-width reached is {reached}.",
            numbers::counted(document.replications.into(), "replication")
        ));
    }
    if args.progress == ProgressKind::Auto && std::io::stderr().is_terminal() {
        let seconds = document.wall_clock.seconds;
        let comments = document.wall_clock.comments as f64;
        out::say(&format!(
            "{} comments in {} ({} per second)",
            numbers::count(comments),
            numbers::duration(seconds),
            numbers::count((comments / seconds.max(1e-9)).round())
        ));
    }
}

/// The flags that stand for fields of the scenario, and every `--set`.
fn overrides(args: &RunArgs) -> Result<Vec<Override>, Stop> {
    let mut texts = args.set.clone();
    if let Some(seed) = args.seed {
        texts.push(format!("experiment.seed={seed}"));
    }
    match (args.replications, args.half_width) {
        (Some(Replications::Fixed(_)), Some(_)) => {
            return Err(Stop::faulty(
                "--half-width says when `auto` stops and means nothing with a fixed number of --replications; \
                 give one of the two",
            ));
        }
        (Some(Replications::Fixed(n)), None) => texts.push(format!("experiment.replications={n}")),
        (Some(Replications::Auto), _) | (None, Some(_)) => {
            texts.push("experiment.replications=\"auto\"".into());
        }
        (None, None) => {}
    }
    if let Some(half_width) = args.half_width {
        texts.push(format!("experiment.half_width={half_width:?}"));
    }
    parsed(&texts)
}

/// Overrides as they were written.
pub(crate) fn parsed(texts: &[String]) -> Result<Vec<Override>, Stop> {
    let mut found = Vec::new();
    let mut faults = Vec::new();
    for text in texts {
        match Override::parse(text) {
            Ok(parsed) => found.push(parsed),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(Stop::faulty(written(&faults)))
    }
}

/// A scenario as it was loaded.
pub(crate) struct Loaded {
    pub(crate) scenario: Compiled,
    /// Of its file's bytes, in hexadecimal.
    pub(crate) sha256: String,
    pub(crate) warnings: Vec<Warning>,
}

/// Loads a scenario and says its warnings at once, before a long run; they stand in its result too.
pub(crate) fn load(file: &Path, overrides: &[Override]) -> Result<Loaded, Stop> {
    let bytes = read(file);
    let sha256 = bytes
        .as_deref()
        .map_or(String::new(), |bytes| hex(&Sha256::digest(bytes)));
    let loaded = match bytes {
        // Read once: it may be a pipe, and what is hashed is what is run.
        Ok(bytes) => ashcloud_scenario::load_bytes(file, bytes, overrides),
        // The loader says what is wrong with it.
        Err(_) => ashcloud_scenario::load(file, overrides),
    };
    match loaded {
        Ok((scenario, warnings)) => {
            if !warnings.is_empty() {
                out::say(&written(&warnings));
            }
            Ok(Loaded {
                scenario,
                sha256,
                warnings: warnings.iter().map(crate::warnings::of_file).collect(),
            })
        }
        Err(Faults { faults, unreadable }) => {
            let code = if unreadable { out::IO } else { out::FAULTY };
            Err(Stop {
                code,
                message: written(&faults),
            })
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Faults for standard error: with pictures on a terminal, one line each elsewhere.
fn written(faults: &[Fault]) -> String {
    if std::io::stderr().is_terminal() {
        render(faults)
    } else {
        plain(faults)
    }
}

/// Indices of the models that are named, in the scenario's order; none named is all.
pub(crate) fn choose(scenario: &Compiled, names: &[String]) -> Result<Vec<usize>, Stop> {
    let known: Vec<&str> = scenario.models.iter().map(|model| model.name.as_str()).collect();
    for name in names {
        if !known.contains(&name.as_str()) {
            let near = nearest(name, &known);
            let hint = near.map_or(String::new(), |other| format!("; did you mean \"{other}\"?"));
            let message = format!(
                "no staffing model is named \"{name}\"{hint}\nThe scenario has: \"{}\"",
                known.join("\", \"")
            );
            let lines: Vec<String> = message.lines().map(one_line).collect();
            return Err(Stop::faulty(lines.join("\n")));
        }
    }
    let wanted = |i: &usize| names.is_empty() || names.iter().any(|name| *name == known[*i]);
    Ok((0..known.len()).filter(wanted).collect())
}

/// The known name that was probably meant: few slips away, or the beginning of one.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let length = name.chars().count();
    let slips = |other: &str| {
        let other = other.to_lowercase();
        let beginning: String = other.chars().take(length).collect();
        strsim::damerau_levenshtein(&name, &other).min(strsim::damerau_levenshtein(&name, &beginning) + 1)
    };
    let candidates = known.iter().map(|other| (slips(other), *other));
    candidates
        .filter(|(slips, _)| *slips <= (length / 3).max(usize::from(length > 1)))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, other)| other)
}

/// Threads the machine runs at once.
pub(crate) fn available() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_beginnings_are_recognised() {
        let known = ["call centre, 8 agents", "PR team"];
        assert_eq!(nearest("call center", &known), Some("call centre, 8 agents"));
        assert_eq!(nearest("pr taem", &known), Some("PR team"));
        assert_eq!(nearest("hub", &known), None);
        assert_eq!(nearest("", &known), None);
    }
}
