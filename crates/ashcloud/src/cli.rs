//! What may be written on the command line.

use std::path::PathBuf;
use std::time::Duration;

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
4 cannot read or write; 130 interrupted (what is finished is printed, marked incomplete).";

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

    /// Master seed: equal seeds give equal results; the default stands in the scenario.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub(crate) seed: Option<u64>,

    /// Replications of each model: a number up to 10000, or `auto` to go on until the targets are precise.
    #[arg(long, value_name = "N|auto", value_parser = replications)]
    pub(crate) replications: Option<Replications>,

    /// Half-width at which `auto` stops: relative for times and money, absolute for shares; implies `auto`.
    #[arg(long, value_name = "SHARE", value_parser = half_width)]
    pub(crate) half_width: Option<f64>,

    /// Stops after this time, such as 30s or 2m, and says which precision was reached.
    #[arg(long, value_name = "TIME", value_parser = budget)]
    pub(crate) budget: Option<Duration>,

    /// Threads at most; the results do not depend on it [default: as many as the machine runs at once].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

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
    /// stopped early; `undecided` also exits with 3 if a target stays undecided.
    #[arg(long, value_enum, value_name = "GATE")]
    pub(crate) fail_on: Option<FailOn>,
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
    fn replications_are_numbers_or_auto() {
        assert_eq!(replications("auto"), Ok(Replications::Auto));
        assert_eq!(replications("10_000"), Ok(Replications::Fixed(10_000)));
        for text in ["0", "10001", "-3", "many", ""] {
            assert!(replications(text).is_err(), "{text}");
        }
    }
}
