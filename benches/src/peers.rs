//! The workloads' queues on other engines, in turn with ashcloud and the hand-written floors: `scripts/peers` installs and
//! builds the others. Every run is one in a process of its own, in memory that is not yet used; its clock starts when
//! everything is loaded.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

use crate::floors::{Queue, event_loop, flat};
use crate::measure::{median, seconds, status_kib, status_kib_of};
use crate::page;
use crate::workloads::{Workload, named, run};

/// The workloads that every engine can be asked for.
const QUEUES: [&str; 4] = ["W1", "W2", "W3", "W4"];
/// A run that takes longer is stopped, in seconds of wall time; of a smaller run a part of it, at least `LEAST_LIMIT_S`.
const LIMIT_S: f64 = 60.0;
const LEAST_LIMIT_S: f64 = 10.0;
/// A run whose resident memory is larger is stopped.
const LIMIT_GIB: f64 = 8.0;
/// A mean wait is flagged where it is off theory by more than this share and by more than so many standard errors.
const OFF: f64 = 0.1;
const OFF_ERRORS: f64 = 4.0;
/// The standard error comes from so many runs of the flat floor of so many customers.
const ERROR_RUNS: u64 = 64;
const ERROR_CUSTOMERS: u64 = 100_000;
/// Of the storm the fewest customers that make nearly a million wait: three times as many as wait in the end.
const STORM: u64 = 3_000_000;

/// An engine, and the customers of its runs of W1 to W4: what takes it some seconds.
struct Engine {
    name: &'static str,
    program: Program,
    customers: [u64; 4],
}

/// What runs an engine.
enum Program {
    /// This program, with `--alone`.
    Own,
    /// `NAME_queue` of benches/peers/rust.
    Rust,
    /// `NAME_queue.py` of benches/peers/python.
    Python,
}

/// Ashcloud is the first: it is what the others are divided by.
const ENGINES: [Engine; 9] = [
    Engine {
        name: "ashcloud",
        program: Program::Own,
        customers: [10_000_000, 10_000_000, 10_000_000, 20_000_000],
    },
    Engine {
        name: "floor-flat",
        program: Program::Own,
        customers: [20_000_000, 20_000_000, 20_000_000, 20_000_000],
    },
    Engine {
        name: "floor-loop",
        program: Program::Own,
        customers: [20_000_000, 10_000_000, 5_000_000, STORM],
    },
    Engine {
        name: "simrs",
        program: Program::Rust,
        customers: [10_000_000, 10_000_000, 5_000_000, STORM],
    },
    Engine {
        name: "nexosim",
        program: Program::Rust,
        customers: [2_000_000, 2_000_000, 2_000_000, STORM],
    },
    Engine {
        name: "cimba",
        program: Program::Python,
        customers: [8_000_000, 4_000_000, 500_000, STORM],
    },
    Engine {
        name: "simpy",
        program: Program::Python,
        customers: [200_000, 200_000, 100_000, STORM],
    },
    Engine {
        name: "ciw",
        program: Program::Python,
        customers: [100_000, 100_000, 50_000, STORM],
    },
    Engine {
        name: "salabim",
        program: Program::Python,
        customers: [5_000, 5_000, 5_000, STORM],
    },
];

/// What an engine's program prints.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Alone {
    /// Of the engine; none of a floor.
    pub version: Option<String>,
    /// Customers that arrived.
    pub customers: u64,
    /// CPU seconds of the simulation.
    pub cpu_s: f64,
    /// Mean wait of all in service times.
    pub mean_wait: f64,
    /// Peak of resident memory of the process, where the system tells.
    pub peak_mib: Option<f64>,
}

/// One run of ashcloud or of a floor, in this process.
///
/// # Errors
/// If there is no such engine, or the workload does not compile.
pub fn alone(engine: &str, workload: &Workload, customers: u64, seed: u64) -> Result<Alone> {
    let mut alone = Alone {
        version: None,
        customers,
        cpu_s: 0.0,
        mean_wait: 0.0,
        peak_mib: None,
    };
    let floor = match engine {
        "floor-loop" => Some(event_loop as fn(Queue, u64, u64) -> f64),
        "floor-flat" => Some(flat as fn(Queue, u64, u64) -> f64),
        "ashcloud" => None,
        _ => bail!("{engine} is not ashcloud, floor-loop or floor-flat"),
    };
    let begin;
    if let Some(floor) = floor {
        begin = ProcessTime::now();
        alone.mean_wait = floor(workload.queue, customers, seed);
        alone.cpu_s = seconds(begin.elapsed());
    } else {
        let compiled = workload.compile(customers)?;
        begin = ProcessTime::now();
        let run = run(&compiled, seed)?;
        alone.cpu_s = seconds(begin.elapsed());
        alone.version = Some(env!("CARGO_PKG_VERSION").into());
        (alone.customers, alone.mean_wait) = (run.customers, run.mean_wait);
    }
    alone.peak_mib = status_kib("VmHWM").map(|kib| kib / 1024.0);
    Ok(alone)
}

/// What is compared.
pub struct Peers<'a> {
    /// Where `scripts/peers` installed and built: `venv` and `rust`.
    pub place: &'a Path,
    /// Rounds.
    pub rounds: u32,
    /// Customers relative to a full run.
    pub scale: f64,
    /// Only this engine, beside ashcloud and the floors.
    pub only: Option<&'a str>,
    /// Engines that are not here, as `NAME=WHY`.
    pub missing: &'a [String],
}

/// Everything that was measured.
pub struct Table {
    rounds: u32,
    limit_s: f64,
    engines: Vec<&'static Engine>,
    columns: Vec<Column>,
}

/// A workload on all engines.
struct Column {
    workload: &'static Workload,
    /// Relative standard error of the mean wait of a single customer: divided by the root of their number it is that of a run.
    error: f64,
    cells: Vec<Cell>,
}

/// An engine's runs of a workload, one a round.
enum Cell {
    Ran(Vec<Alone>),
    /// Stopped, or ended with a fault: outermost how it ended, behind it what it said.
    Failed(Error),
    /// Not here.
    Missing(String),
}

impl Peers<'_> {
    /// Runs every workload on every engine, in turn, round by round. A peer that fails once is not asked for that workload
    /// again.
    ///
    /// # Errors
    /// If an engine's name is unknown or ashcloud itself does not run.
    pub fn measure(&self) -> Result<Table> {
        let known = |name: &str| ENGINES.iter().any(|e| e.name == name);
        let mut missing = Vec::new();
        for text in self.missing {
            let (name, why) = text.split_once('=').context("--missing NAME=WHY")?;
            ensure!(known(name), "no engine is called {name}");
            missing.push((name, why));
        }
        if let Some(only) = self.only {
            ensure!(known(only), "no engine is called {only}");
        }
        let chosen =
            |e: &&Engine| matches!(e.program, Program::Own) || self.only.is_none_or(|only| only == e.name);
        let mut table = Table {
            rounds: self.rounds.max(1),
            limit_s: (LIMIT_S * self.scale).clamp(LEAST_LIMIT_S, LIMIT_S),
            engines: ENGINES.iter().filter(chosen).collect(),
            columns: Vec::new(),
        };
        for (number, name) in QUEUES.into_iter().enumerate() {
            let workload = named(name)?;
            let mut cells: Vec<Cell> = Vec::new();
            for engine in &table.engines {
                let why = missing.iter().find(|(name, _)| *name == engine.name);
                cells.push(why.map_or(Cell::Ran(Vec::new()), |(_, why)| Cell::Missing((*why).into())));
            }
            for round in 1..=table.rounds {
                for (engine, cell) in table.engines.iter().zip(&mut cells) {
                    let Cell::Ran(runs) = cell else {
                        continue;
                    };
                    let customers = (engine.customers[number] as f64 * self.scale).max(1000.0) as u64;
                    eprint!("{name} round {round}: {} ... ", engine.name);
                    match self.run(engine, workload, customers, round, table.limit_s) {
                        Ok(run) => {
                            eprintln!("{:.2} s, mean wait {:.5}", run.cpu_s, run.mean_wait);
                            runs.push(run);
                        }
                        Err(why) if engine.name == "ashcloud" => return Err(why),
                        Err(why) => {
                            eprintln!("failed: {why:#}");
                            *cell = Cell::Failed(why);
                        }
                    }
                }
            }
            table.columns.push(Column {
                workload,
                error: error_of_one(workload),
                cells,
            });
        }
        Ok(table)
    }

    /// One run, in a process of its own.
    fn run(
        &self,
        engine: &Engine,
        workload: &Workload,
        customers: u64,
        round: u32,
        limit_s: f64,
    ) -> Result<Alone> {
        let program = format!("{}_queue", engine.name);
        let mut command = match engine.program {
            Program::Own => Command::new(std::env::current_exe()?),
            Program::Rust => Command::new(self.place.join("rust/release").join(program)),
            Program::Python => {
                let mut python = Command::new(self.place.join("venv/bin/python"));
                // Its own packages only, and nothing is left behind in the source tree.
                python.args(["-E", "-s", "-B"]);
                python.arg(format!("benches/peers/python/{program}.py"));
                python
            }
        };
        let (customers, round) = (customers.to_string(), round.to_string());
        if matches!(engine.program, Program::Own) {
            command.args(["--alone", engine.name, workload.name]);
            command.args(["--customers", &customers, "--seed", &round]);
        } else {
            let Queue {
                servers,
                rate,
                patience,
            } = workload.queue;
            command.args([servers.to_string(), rate.to_string(), patience.to_string()]);
            command.args([customers, round]);
        }
        let errors = self.place.join("stderr");
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors)?)
            .spawn()
            .context("it is not there")?;
        let (status, said) = watch(child, limit_s)?;
        if !status.success() {
            return Err(anyhow!(last_line(&errors)).context(status));
        }
        serde_json::from_str(&said).context("it printed something else")
    }
}

/// Waits for the end of a process and what it printed; stops it beyond the limits.
fn watch(mut child: Child, limit_s: f64) -> Result<(ExitStatus, String)> {
    let begin = Instant::now();
    let process = child.id().to_string();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let gib = status_kib_of(&process, "VmRSS").unwrap_or(0.0) / 1024.0 / 1024.0;
        let over = if begin.elapsed() > Duration::from_secs_f64(limit_s) {
            Some(format!("over {limit_s} s"))
        } else {
            (gib > LIMIT_GIB).then(|| format!("over {LIMIT_GIB} GiB"))
        };
        if let Some(over) = over {
            child.kill()?;
            child.wait()?;
            bail!(over);
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let mut said = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut said)?;
    }
    Ok((status, said))
}

/// What a program said last, on one line.
fn last_line(file: &Path) -> String {
    let text = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().rfind(|line| !line.trim().is_empty());
    let words: Vec<&str> = line.unwrap_or("it said nothing").split_whitespace().collect();
    words.join(" ")
}

/// Relative standard error of the mean wait, times the root of the customers.
fn error_of_one(workload: &Workload) -> f64 {
    let runs = ERROR_RUNS as f64;
    let waits: Vec<f64> = (1..=ERROR_RUNS)
        .map(|seed| flat(workload.queue, ERROR_CUSTOMERS, seed))
        .collect();
    let mean = waits.iter().sum::<f64>() / runs;
    let squares: f64 = waits.iter().map(|w| (w - mean) * (w - mean)).sum();
    (squares / (runs - 1.0) * ERROR_CUSTOMERS as f64).sqrt() / mean
}

impl Column {
    /// CPU time per customer of ashcloud by that of this engine, round by round; none where it did not run.
    fn ratios(&self, engine: usize) -> Vec<f64> {
        let each = |run: &Alone| run.cpu_s / run.customers.max(1) as f64;
        match (&self.cells[0], &self.cells[engine]) {
            (Cell::Ran(ours), Cell::Ran(theirs)) => {
                let pairs = ours.iter().zip(theirs);
                pairs.map(|(ours, theirs)| each(ours) / each(theirs)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Mean wait over the rounds, and whether it is off; none where the engine did not run.
    fn wait(&self, engine: usize) -> Option<(f64, bool)> {
        let Cell::Ran(runs) = &self.cells[engine] else {
            return None;
        };
        let customers: u64 = runs.iter().map(|r| r.customers).sum();
        let wait = runs.iter().map(|r| r.mean_wait).sum::<f64>() / runs.len() as f64;
        let error = self.error / (customers as f64).sqrt();
        Some((wait, is_off(wait, self.workload.exact, error)))
    }

    /// Largest peak of an engine's runs, in MiB.
    fn peak(&self, engine: usize) -> Option<f64> {
        let Cell::Ran(runs) = &self.cells[engine] else {
            return None;
        };
        runs.iter().filter_map(|r| r.peak_mib).max_by(f64::total_cmp)
    }
}

fn mib(peak: Option<f64>) -> String {
    peak.map_or("-".into(), |peak| format!("{peak:.1}"))
}

/// Whether a mean wait is not that of the queue; `error` is its relative standard error.
fn is_off(wait: f64, exact: f64, error: f64) -> bool {
    let by = (wait / exact - 1.0).abs();
    by.is_nan() || by > OFF.max(OFF_ERRORS * error)
}

/// A ratio as a decimal, or as a fraction of two digits where it is small.
fn fraction(ratio: f64) -> String {
    if ratio < 0.095 {
        format!("1/{:.0}", two_digits(1.0 / ratio))
    } else {
        format!("{ratio:.2}")
    }
}

/// A number of customers, as 1e6: how many Poisson arrivals came of those asked for tells nobody anything.
fn customers(runs: &[Alone]) -> String {
    page::customers(two_digits(runs[0].customers as f64) as u64)
}

fn two_digits(number: f64) -> f64 {
    let digit = 10f64.powf(number.log10().floor() - 1.0);
    (number / digit).round() * digit
}

impl Table {
    /// For the terminal, with speeds.
    pub fn terminal(&self) -> String {
        let mut text = format!(
            "One thread, median of {} interleaved rounds\n{:<4}{:<16}{:>11}{:>11}{:>11}{:>10}{:>11}{:>9}\n",
            self.rounds, "", "", "customers", "M/CPU-s", "/ashcloud", "peak MiB", "mean wait", "theory"
        );
        for column in &self.columns {
            for (number, cell) in column.cells.iter().enumerate() {
                let title = self.title(number);
                let _ = write!(text, "{:<4}{title:<16}", column.workload.name);
                match cell {
                    Cell::Failed(why) => text += &format!("  failed: {why:#}\n"),
                    Cell::Missing(why) => text += &format!("  missing: {why}\n"),
                    Cell::Ran(runs) => {
                        let speed = |r: &Alone| r.customers as f64 / r.cpu_s / 1e6;
                        let (wait, off) = column.wait(number).unwrap_or((f64::NAN, true));
                        let _ = writeln!(
                            text,
                            "{:>11}{:>11.4}{:>11}{:>10}{wait:>11.5}{:>9.5}{}",
                            customers(runs),
                            median(runs.iter().map(speed).collect()),
                            fraction(median(column.ratios(number))),
                            mib(column.peak(number)),
                            column.workload.exact,
                            if off { "  OFF" } else { "" }
                        );
                    }
                }
            }
        }
        text + &self.rule()
    }

    /// Puts the tables between the marks of the page.
    ///
    /// # Errors
    /// If the page cannot be read or written, or has no marks.
    pub fn write(&self, file: &Path) -> Result<()> {
        page::put(file, "scripts/peers", &self.markdown())
    }

    /// For a page: ratios, memory and mean waits.
    fn markdown(&self) -> String {
        let mut text = format!(
            "\nMedian of {} interleaved rounds; in brackets the customers of a run. In a round a ratio lies within {:.0} % of \
             that median.\n\n| customers per CPU-second / ashcloud's | {} | MiB, W1 to W3 | MiB, W4 |\n|---|---|---|---|---|---|---|\n",
            self.rounds,
            self.spread() * 100.0,
            QUEUES.join(" | "),
        );
        for number in 0..self.engines.len() {
            let cells: Vec<String> = self.columns.iter().map(|c| Table::cell(c, number)).collect();
            let peaks = |columns: &[Column]| {
                mib(columns
                    .iter()
                    .filter_map(|c| c.peak(number))
                    .max_by(f64::total_cmp))
            };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                self.title(number),
                cells.join(" | "),
                peaks(&self.columns[..3]),
                peaks(&self.columns[3..]),
            );
        }
        let _ = writeln!(
            text,
            "\n| mean wait | {} |\n|---|---|---|---|---|",
            QUEUES.join(" | ")
        );
        let exact: Vec<String> = self
            .columns
            .iter()
            .map(|c| c.workload.exact.to_string())
            .collect();
        let _ = writeln!(text, "| theory | {} |", exact.join(" | "));
        for number in 0..self.engines.len() {
            let waits = self.columns.iter().map(|c| match c.wait(number) {
                Some((wait, off)) => format!("{wait:.5}{}", if off { " **off**" } else { "" }),
                None => "-".into(),
            });
            let waits: Vec<String> = waits.collect();
            let _ = writeln!(text, "| {} | {} |", self.title(number), waits.join(" | "));
        }
        text + "\n" + &self.rule() + "\n"
    }

    /// The engine's name with its version, where a run told it.
    fn title(&self, engine: usize) -> String {
        let cells = self.columns.iter().map(|c| &c.cells[engine]);
        let version = cells.into_iter().find_map(|cell| match cell {
            Cell::Ran(runs) => runs.first()?.version.as_deref(),
            _ => None,
        });
        format!("{} {}", self.engines[engine].name, version.unwrap_or(""))
            .trim_end()
            .into()
    }

    /// A cell of the page.
    fn cell(column: &Column, engine: usize) -> String {
        match &column.cells[engine] {
            Cell::Failed(why) => format!("failed: {why}"),
            Cell::Missing(why) => format!("missing: {why}"),
            Cell::Ran(runs) => format!(
                "{} ({})",
                fraction(median(column.ratios(engine))),
                customers(runs)
            ),
        }
    }

    /// How far a round's ratio is from the median of its cell, at most, as a share of it.
    fn spread(&self) -> f64 {
        let mut spread: f64 = 0.0;
        for column in &self.columns {
            for engine in 0..column.cells.len() {
                let ratios = column.ratios(engine);
                for ratio in &ratios {
                    spread = spread.max((ratio / median(ratios.clone()) - 1.0).abs());
                }
            }
        }
        spread
    }

    fn rule(&self) -> String {
        format!(
            "A run is stopped after {} s or above {LIMIT_GIB} GiB. A mean wait is flagged as off where it differs from theory by more \
             than {:.0} % and by more than {OFF_ERRORS} standard errors of so many customers, from {ERROR_RUNS} runs of the flat \
             floor.\n",
            self.limit_s,
            OFF * 100.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_ratios_are_fractions() {
        assert_eq!(fraction(1.876), "1.88");
        assert_eq!(fraction(0.0952), "0.10");
        assert_eq!(fraction(0.0849), "1/12");
        assert_eq!(fraction(1.0 / 187.3), "1/190");
        assert_eq!(fraction(1.0 / 3949.0), "1/3900");
    }

    #[test]
    fn another_queue_is_off() {
        assert!(!is_off(9.8, 9.0, 0.0));
        assert!(is_off(9.95, 9.0, 0.0));
        assert!(is_off(8.05, 9.0, 0.0));
        assert!(!is_off(8.05, 9.0, 0.03), "within the errors of so few customers");
        assert!(is_off(f64::NAN, 9.0, 0.03));
    }

    fn shell(script: &str, limit_s: f64) -> Result<(ExitStatus, String)> {
        let mut command = Command::new("sh");
        watch(
            command.args(["-c", script]).stdout(Stdio::piped()).spawn()?,
            limit_s,
        )
    }

    #[test]
    fn a_program_beyond_the_limit_is_stopped() -> Result<()> {
        let stopped = shell("exec sleep 60", 0.1).map_err(|why| why.to_string());
        assert_eq!(stopped.err().as_deref(), Some("over 0.1 s"));
        let (status, said) = shell("echo said; exit 3", 60.0)?;
        assert_eq!((status.code(), said.as_str()), (Some(3), "said\n"));
        Ok(())
    }

    /// Ashcloud at half the speed in one round of three, and a peer that was stopped.
    #[test]
    fn ratios_are_those_of_their_rounds() -> Result<()> {
        let run = |customers: u64, cpu_s: f64, mean_wait: f64| Alone {
            version: Some("1.0".into()),
            customers,
            cpu_s,
            mean_wait,
            peak_mib: Some(2.0),
        };
        let column = |name: &str, other: Cell| -> Result<Column> {
            let workload = named(name)?;
            let ours = [1.0, 2.0, 1.0].map(|cpu_s| run(1_000_000, cpu_s, workload.exact));
            Ok(Column {
                workload,
                error: 1.0,
                cells: vec![Cell::Ran(ours.into()), other],
            })
        };
        let theirs = |wait: f64| Cell::Ran([2.0, 4.0, 2.0].map(|cpu_s| run(100_000, cpu_s, wait)).into());
        let table = Table {
            rounds: 3,
            limit_s: LIMIT_S,
            engines: vec![&ENGINES[0], &ENGINES[3]],
            columns: vec![
                column("W1", theirs(9.0))?,
                column("W2", theirs(0.5))?,
                column("W3", Cell::Missing("no network".into()))?,
                column("W4", Cell::Failed(anyhow!("said").context("over 60 s")))?,
            ],
        };
        assert!(table.spread() < 1e-12, "every round has the same ratio");
        let page = table.markdown();
        for line in [
            "| ashcloud 1.0 | 1.00 (1e6) | 1.00 (1e6) | 1.00 (1e6) | 1.00 (1e6) | 2.0 | 2.0 |",
            "| simrs 1.0 | 1/20 (1e5) | 1/20 (1e5) | missing: no network | failed: over 60 s | 2.0 | - |",
            "| simrs 1.0 | 9.00000 | 0.50000 **off** | - | - |",
        ] {
            assert!(page.lines().any(|l| l == line), "{line} in {page}");
        }
        Ok(())
    }
}
