//! What may be written on the command line.

use std::path::PathBuf;
use std::time::Duration;

use ashcloud_live::{Fault, Overload};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Simulates comment storms: who should answer a company's social page, and with how many people.
#[derive(Debug, Parser)]
#[command(name = "ashcloud", version, after_help = EXIT_CODES, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 a gate failed; 2 usage, or a faulty file; 3 undecided, or stopped early, under a gate;
4 cannot read or write, or not enough memory; 130 interrupted by Ctrl-C, 143 by SIGTERM, and 130 where a budget ended
before one replication was whole (what is finished is printed, marked incomplete; under a gate it is 3).";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Reports every fault of scenario files, and runs nothing.
    #[command(after_help = "Example: ashcloud check scenarios/*.toml")]
    Check(CheckArgs),
    /// Runs each staffing model of a scenario: distributions, targets, verdicts.
    #[command(after_help = "Example: ashcloud run storm.toml --model \"call centre\" --half-width 2%")]
    Run(RunArgs),
    /// Runs all staffing models of a scenario against the same comments: differences, ranking, the cheapest that meets.
    #[command(after_help = "Example: ashcloud compare storm.toml --replications 200 --out results/storm")]
    Compare(RunArgs),
    /// Verifies this build against exact queueing theory: value, estimate, half-width and z of every entry.
    #[command(after_help = "Example: ashcloud verify --only M/M/c")]
    Verify(VerifyArgs),
    /// Replays a scenario in real time: the same organisation under tokio, as a load test, or as a check of its decisions.
    #[command(after_help = REPLAY)]
    Replay(ReplayArgs),
    /// Prints the JSON Schema of scenario and staffing files.
    #[command(after_help = "Example: ashcloud schema > scenario.schema.json")]
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Scenario file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Further files: it is said how they are compared.
    #[arg(hide = true, value_name = "FILE")]
    pub(crate) others: Vec<PathBuf>,

    /// Master seed: equal seeds give equal results; the default stands in the scenario.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub(crate) seed: Option<u64>,

    /// Replications of each model: a number up to 10000, or `auto` to go on until the targets are precise.
    #[arg(long, value_name = "N|auto", value_parser = replications)]
    pub(crate) replications: Option<Replications>,

    /// Half-width at which `auto` stops: relative for times and money, absolute for shares; implies `auto`.
    #[arg(long, value_name = "SHARE", value_parser = half_width)]
    pub(crate) half_width: Option<f64>,

    /// Stops after this time, such as 30s or 2m, also within a replication, which is dropped; says which precision was reached.
    #[arg(long, value_name = "TIME", value_parser = budget)]
    pub(crate) budget: Option<Duration>,

    /// Threads at most; the results do not depend on it [default: as many as the machine runs at once].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// Memory that may be taken at most, such as 8G or 512M: a run that would take more is refused, one that does is stopped, both
    /// with exit code 4 [default: half of the machine's or the container's].
    #[arg(long, value_name = "SIZE", value_parser = crate::memory::size)]
    pub(crate) memory: Option<u64>,

    /// Overrides a field of the scenario, such as arrivals.stranded.storm.contact=0.03; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,

    /// Runs only this staffing model; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Vec<String>,

    /// Gives each model comments of its own instead of the same ones.
    #[arg(long)]
    pub(crate) independent: bool,

    /// Writes result.json and report.txt into this folder, which is made if it is absent.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Prints one JSON document instead of the report.
    #[arg(long)]
    pub(crate) json: bool,

    /// Shows progress on standard error: a bar on a terminal, never, or lines of JSON.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) progress: ProgressKind,

    /// Exits with 1 if any model that was run misses a target (`--model NAME` gates one alone), with 3 if the run was
    /// stopped early; `undecided` also exits with 3 if a target stays undecided; `none-meets` asks for one model that meets all
    /// its targets: 1 if none does, 3 if none surely does.
    #[arg(long, value_enum, value_name = "GATE")]
    pub(crate) fail_on: Option<FailOn>,
}

const REPLAY: &str = "\
Examples:
  ashcloud replay storm.toml --check                   the same decisions as the simulator?
  ashcloud replay storm.toml --duration 30s            the whole scenario in half a minute, open loop
  ashcloud replay storm.toml --sweep rate=1k..200k     how many comments a second it bears
  ashcloud replay storm.toml --speed max               decisions a second, beside an echo and the simulator
A paced run is invalid, and exits with 1, where the generator itself was late: its lag at the 99th percentile over a tenth
of the deadline, or under 99 % of the comments brought in time.";

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Scenario file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Seconds of the scenario in a second, or `max`: as fast as it goes [default: the whole scenario in the time there is].
    #[arg(long, value_name = "N|max", value_parser = speed)]
    pub(crate) speed: Option<Speed>,

    /// Whose time it is: this machine's, or one that jumps to whatever comes next (deterministic, as fast as it goes).
    #[arg(long, value_enum, default_value = "paced", value_name = "CLOCK")]
    pub(crate) clock: ClockKind,

    /// The mailbox holds so many comments.
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) queue: u32,

    /// When the mailbox is full: `block` the generator, `shed` the comment, `deflect` it with a standing answer, or shed it and
    /// drop unread what waited longer than this (`expire:20ms`).
    #[arg(long, value_name = "POLICY", default_value = "shed", value_parser = overload)]
    pub(crate) overload: Overload,

    /// Real time for everything, models and repeats together, up to 1h [default: 30s; without limit on a jumping clock].
    #[arg(long, value_name = "TIME", value_parser = real_time)]
    pub(crate) duration: Option<Duration>,

    /// Decisions should be made within this time, counted from when the comment should have come.
    #[arg(long, value_name = "TIME", default_value = "5ms", value_parser = real_time)]
    pub(crate) deadline: Duration,

    /// Repeats of every measurement, of each rate in a sweep; with more than one their spread gives intervals.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) repeats: u32,

    /// Offers comments at an even pace, ever more a second, and finds the knee: up to where the deadline is kept by 99 %
    /// and under one of a thousand is refused.
    #[arg(long, value_name = "rate=FROM..TO", value_parser = sweep, conflicts_with = "speed")]
    pub(crate) sweep: Option<(f64, f64)>,

    /// Compares every decision on the jumping clock with the simulator's; exits with 1 at the first that differs. The last
    /// line is how many were compared.
    #[arg(long, conflicts_with_all = [
        "speed", "sweep", "fault", "duration", "out", "repeats", "overload", "queue", "deadline",
    ])]
    pub(crate) check: bool,

    /// Makes something go wrong halfway: an agent who `hang`s or `panic`s, a driver who stands still (`stall:200ms`), or is
    /// shut down (`shutdown`). Nobody may be lost whatever happens.
    #[arg(long, value_name = "FAULT", value_parser = fault, conflicts_with = "sweep")]
    pub(crate) fault: Option<Fault>,

    /// Master seed: the same comments as in a simulation with this seed; the default stands in the scenario.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub(crate) seed: Option<u64>,

    /// Replications that `--check` compares.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000), requires = "check")]
    pub(crate) replications: u32,

    /// Overrides a field of the scenario, such as arrivals.stranded.storm.contact=0.03; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,

    /// Replays only this staffing model; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Vec<String>,

    /// Writes replay.json, report.txt and latency.hlog into this folder, which is made if it is absent.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Prints one JSON document instead of the report.
    #[arg(long)]
    pub(crate) json: bool,

    /// Shows progress on standard error: a bar on a terminal, never, or lines of JSON.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) progress: ProgressKind,
}

/// How fast a replay goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// So many seconds of the scenario a second.
    Times(f64),
    /// As fast as it goes.
    Max,
}

/// Whose time a replay goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockKind {
    /// This machine's.
    Paced,
    /// Tokio's paused clock.
    Virtual,
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    match text.replace('_', "").parse::<f64>() {
        Ok(times) if times > 0.0 && times <= 1e12 => Ok(Speed::Times(times)),
        _ => Err("expected a number above 0 such as 1, 60 or 3600, or max".into()),
    }
}

fn overload(text: &str) -> Result<Overload, String> {
    match text {
        "block" => Ok(Overload::Block),
        "shed" => Ok(Overload::Shed),
        "deflect" => Ok(Overload::Deflect),
        _ => match text.strip_prefix("expire:") {
            Some(time) => Ok(Overload::Expire(real_time(time)?)),
            None => Err("expected block, shed, deflect, or expire:TIME such as expire:20ms".into()),
        },
    }
}

fn fault(text: &str) -> Result<Fault, String> {
    match text {
        "hang" => Ok(Fault::Hangs),
        "panic" => Ok(Fault::Panics),
        "shutdown" => Ok(Fault::ShutsDown),
        _ => match text.strip_prefix("stall:") {
            Some(time) => Ok(Fault::Stalls(real_time(time)?)),
            None => Err("expected hang, panic, shutdown, or stall:TIME such as stall:200ms".into()),
        },
    }
}

/// A real time up to an hour.
fn real_time(text: &str) -> Result<Duration, String> {
    match budget(text) {
        Ok(time) if time.is_zero() || time > Duration::from_hours(1) => {
            Err("expected a time above 0 and up to 1h".into())
        }
        other => other,
    }
}

/// "rate=1k..200k", in comments a second.
fn sweep(text: &str) -> Result<(f64, f64), String> {
    let number = |text: &str| {
        let (digits, scale) = match text.strip_suffix('k') {
            Some(digits) => (digits, 1e3),
            None => (text, 1.0),
        };
        let value = digits.replace('_', "").parse::<f64>().ok()? * scale;
        (1.0..=1e7).contains(&value).then_some(value)
    };
    text.strip_prefix("rate=")
        .and_then(|range| range.split_once(".."))
        .and_then(|(from, to)| Some((number(from)?, number(to)?)))
        .filter(|(from, to)| from <= to)
        .ok_or_else(|| {
            "expected rate=FROM..TO in comments a second from 1 to 10000k, such as rate=1k..200k".into()
        })
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Simulates to the full precision, which takes minutes, instead of five times its half-widths.
    #[arg(long)]
    pub(crate) full: bool,

    /// Reads the exact values from this JSON file instead of those that come with the command.
    #[arg(long, value_name = "FILE")]
    pub(crate) reference: Option<PathBuf>,

    /// Verifies only entries with this text in their name, family or quantity.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,

    /// Prints one JSON document instead of the table.
    #[arg(long)]
    pub(crate) json: bool,

    /// Master seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Threads at most; the results do not depend on it [default: as many as the machine runs at once].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// Shows progress on standard error: a bar on a terminal, never, or lines of JSON.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) progress: ProgressKind,
}

/// How many replications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replications {
    /// Until precise.
    Auto,
    /// So many.
    Fixed(u32),
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressKind {
    /// A bar, on a terminal.
    Auto,
    /// Not at all.
    Never,
    /// One JSON object a line.
    Json,
}

/// Which verdicts fail a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// A missed target.
    Missed,
    /// A missed or an undecided target.
    Undecided,
    /// No model that meets all its targets.
    NoneMeets,
}

fn replications(text: &str) -> Result<Replications, String> {
    if text == "auto" {
        return Ok(Replications::Auto);
    }
    match text.replace('_', "").parse() {
        Ok(n @ 1..=10_000) => Ok(Replications::Fixed(n)),
        _ => Err("expected a number from 1 to 10000, or auto".into()),
    }
}

fn half_width(text: &str) -> Result<f64, String> {
    let (number, scale) = match text.strip_suffix('%') {
        Some(number) => (number.trim_end(), 0.01),
        None => (text, 1.0),
    };
    match number.parse::<f64>().map(|value| value * scale) {
        Ok(value) if value > 0.0 && value < 1.0 => Ok(value),
        _ => Err("expected a share between 0 and 1, such as 2% or 0.02".into()),
    }
}

/// Number and unit, joined where there are several: "30s", "1m30s".
fn budget(text: &str) -> Result<Duration, String> {
    let fault = || "expected a time with its unit, such as 500ms, 30s, 2m, 1h30m".to_string();
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return Err(fault());
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(fault)?;
        let number: f64 = rest[..digits].parse().map_err(|_| fault())?;
        rest = rest[digits..].trim_start();
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return Err(fault()),
        };
        rest = rest[letters..].trim_start();
        seconds += number * unit;
    }
    // Beyond a year the clock of the machine could overflow; nobody waits for it.
    if seconds > 31_536_000.0 {
        return Err("a budget is at most 365d".into());
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_commands_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn budgets_have_units() {
        let good = [
            ("30s", 30.0),
            ("1m30s", 90.0),
            ("500ms", 0.5),
            ("1h 30min", 5_400.0),
            ("0s", 0.0),
            ("0.5m", 30.0),
        ];
        for (text, seconds) in good {
            assert_eq!(budget(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "30", "s", "-1s", "1x", "1e400s", "1..5s", "400d", "30sm"] {
            assert!(budget(text).is_err(), "{text}");
        }
    }

    #[test]
    fn half_widths_are_shares_or_percentages() {
        assert_eq!(half_width("2%"), Ok(0.02));
        assert_eq!(half_width("0.02"), Ok(0.02));
        for text in ["2", "0", "100%", "-1%", "NaN", "inf", "two"] {
            assert!(half_width(text).is_err(), "{text}");
        }
    }

    #[test]
    fn speeds_policies_faults_and_sweeps() {
        assert_eq!(speed("max"), Ok(Speed::Max));
        assert_eq!(speed("3_600"), Ok(Speed::Times(3600.0)));
        assert_eq!(
            overload("expire:20ms"),
            Ok(Overload::Expire(Duration::from_millis(20)))
        );
        assert_eq!(fault("stall:1s"), Ok(Fault::Stalls(Duration::from_secs(1))));
        assert_eq!(sweep("rate=1k..200k"), Ok((1e3, 2e5)));
        assert_eq!(sweep("rate=500..500"), Ok((500.0, 500.0)));
        for text in ["0", "-1", "NaN", "inf", "fast"] {
            assert!(speed(text).is_err(), "{text}");
        }
        for text in ["expire", "expire:", "expire:2h", "drop"] {
            assert!(overload(text).is_err(), "{text}");
        }
        for text in ["1k..2k", "rate=2k..1k", "rate=0..1", "rate=1k", "rate=1k..2m"] {
            assert!(sweep(text).is_err(), "{text}");
        }
        assert!(fault("stall:0s").is_err());
    }

    #[test]
    fn replications_are_numbers_or_auto() {
        assert_eq!(replications("auto"), Ok(Replications::Auto));
        assert_eq!(replications("10_000"), Ok(Replications::Fixed(10_000)));
        for text in ["0", "10001", "-3", "many", ""] {
            assert!(replications(text).is_err(), "{text}");
        }
    }
}
