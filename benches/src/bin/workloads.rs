//! Runs the workloads beside the hand-written floors, interleaved in one process, and prints ratios. Bare times mean
//! little on another machine; ratios hold. It never fails for being slow: who wants a gate runs `scripts/bench-compare`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use ashcloud_benches::breadth::breadth;
use ashcloud_benches::compare::{Comparison, compare};
use ashcloud_benches::measure::{Document, bare, memory, memory_child, rows, start_up, threads};
use ashcloud_benches::peers::{Peers, alone};
use ashcloud_benches::workloads::{WORKLOADS, named};
use ashcloud_benches::{instructions, page};
use clap::Parser;

/// The workloads against their floors, in customers per CPU-second, one thread.
#[derive(Parser)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
struct Arguments {
    /// One JSON document instead of the table.
    #[arg(long)]
    json: bool,
    /// Interleaved runs of each; medians are shown.
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// Customers relative to a full run.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Only this workload.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Peaks of resident memory instead.
    #[arg(long)]
    memory: bool,
    /// With --memory: also at a thousand million customers.
    #[arg(long)]
    huge: bool,
    /// What mechanisms, volume, skills, seeds and odd deadlines cost instead.
    #[arg(long)]
    breadth: bool,
    /// Two threads against one instead.
    #[arg(long)]
    threads: bool,
    /// The time of a tiny `ashcloud run` instead, where the command lies beside this one.
    #[arg(long)]
    start_up: bool,
    /// Everything, and its tables between the marks of this page.
    #[arg(long, value_name = "PAGE")]
    write: Option<PathBuf>,
    /// One workload alone, several replications in the same memory: CPU time per customer of the fastest, in JSON.
    #[arg(long, value_name = "NAME", help_heading = "For scripts")]
    bare: Option<String>,
    /// One run and its memory, in JSON.
    #[arg(long, value_name = "NAME", help_heading = "For scripts")]
    memory_of: Option<String>,
    /// One run of ashcloud, floor-loop or floor-flat in new memory, in JSON.
    #[arg(long, num_args = 2, value_names = ["ENGINE", "NAME"], help_heading = "For scripts")]
    alone: Option<Vec<String>>,
    /// Seed of --alone.
    #[arg(long, default_value_t = 1, help_heading = "For scripts")]
    seed: u64,
    /// The engines that scripts/peers left in this directory, beside ashcloud and the floors; --write PAGE is for their
    /// tables.
    #[arg(long, value_name = "DIR", help_heading = "For scripts")]
    peers: Option<PathBuf>,
    /// With --peers: only this one.
    #[arg(long, value_name = "NAME", help_heading = "For scripts")]
    engine: Option<String>,
    /// With --peers: one that is not there.
    #[arg(long, value_name = "NAME=WHY", help_heading = "For scripts")]
    missing: Vec<String>,
    /// Customers of --bare, --alone and --memory-of instead of --scale.
    #[arg(long, help_heading = "For scripts")]
    customers: Option<u64>,
    /// Replications of --bare.
    #[arg(long, default_value_t = 2, help_heading = "For scripts")]
    replications: u32,
    /// Two builds of this program against each other; ends with 1 where HEAD is slower beyond doubt.
    #[arg(long, num_args = 2, value_names = ["BASE", "HEAD"], help_heading = "For scripts")]
    compare: Option<Vec<PathBuf>>,
    /// Interleaved pairs of --compare.
    #[arg(long, default_value_t = 12, help_heading = "For scripts")]
    pairs: u32,
    /// With --compare: burn this share of HEAD's time on top.
    #[arg(long, value_name = "SHARE", help_heading = "For scripts")]
    slow: Option<f64>,
    /// Counts instructions per comment and keeps them in this file.
    #[arg(long, value_name = "FILE", help_heading = "For scripts")]
    instructions: Option<PathBuf>,
    /// What --instructions are kept under: compiler and target.
    #[arg(long, default_value = "here", help_heading = "For scripts")]
    key: String,
}

/// 0; 1 where a comparison is red; 2 for faults, so that none is taken for a verdict.
fn main() -> ExitCode {
    work().unwrap_or_else(|fault| {
        eprintln!("{fault:#}");
        ExitCode::from(2)
    })
}

fn work() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(done) = for_scripts(&arguments)? {
        return Ok(done);
    }
    let all = arguments.write.is_some();
    let besides = arguments.breadth || arguments.memory || arguments.threads || arguments.start_up;
    let mut document = Document::default();
    if all || !besides {
        let chosen: Vec<_> = WORKLOADS
            .iter()
            .filter(|w| arguments.only.as_ref().is_none_or(|o| o == w.name))
            .collect();
        ensure!(!chosen.is_empty(), "no such workload");
        document.workloads = rows(&chosen, arguments.runs, arguments.scale)?;
    }
    if all || arguments.breadth {
        document.breadth = breadth(arguments.runs, arguments.scale)?;
    }
    if all || arguments.memory {
        document.memory = memory(arguments.huge)?;
    }
    if all || arguments.threads {
        document.threads = Some(threads(arguments.runs, arguments.scale)?);
    }
    if all || arguments.start_up {
        document.start_up = start_up()?;
        if document.start_up.is_none() {
            eprintln!("start-up is left out: build the command first (cargo build --release)");
        }
    }
    if let Some(file) = &arguments.write {
        page::write(file, &document, arguments.runs)?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string(&document)?);
    } else {
        print!("{}", page::terminal(&document, arguments.runs));
    }
    Ok(ExitCode::SUCCESS)
}

fn for_scripts(arguments: &Arguments) -> Result<Option<ExitCode>> {
    if let Some(name) = &arguments.bare {
        let workload = named(name)?;
        let customers = arguments.customers.unwrap_or(workload.scaled(arguments.scale));
        let bare = bare(workload, customers, arguments.replications)?;
        println!("{}", serde_json::to_string(&bare)?);
    } else if let Some(name) = &arguments.memory_of {
        let workload = named(name)?;
        let customers = arguments.customers.unwrap_or(workload.scaled(arguments.scale));
        println!("{}", memory_child(workload, customers)?);
    } else if let Some([engine, name]) = arguments.alone.as_deref() {
        let workload = named(name)?;
        let customers = arguments.customers.unwrap_or(workload.scaled(arguments.scale));
        let alone = alone(engine, workload, customers, arguments.seed)?;
        println!("{}", serde_json::to_string(&alone)?);
    } else if let Some(place) = &arguments.peers {
        let peers = Peers {
            place,
            rounds: arguments.runs,
            scale: arguments.scale,
            only: arguments.engine.as_deref(),
            missing: &arguments.missing,
        };
        let table = peers.measure()?;
        print!("{}", table.terminal());
        if let Some(page) = &arguments.write {
            table.write(page)?;
        }
    } else if let Some([base, head]) = arguments.compare.as_deref() {
        let red = compare(&Comparison {
            base,
            head,
            pairs: arguments.pairs,
            scale: arguments.scale,
            slow: arguments.slow,
            only: arguments.only.as_deref(),
        })?;
        return Ok(Some(ExitCode::from(u8::from(red > 0))));
    } else if let Some(file) = &arguments.instructions {
        instructions::keep(file, &arguments.key, arguments.scale)?;
    } else {
        return Ok(None);
    }
    Ok(Some(ExitCode::SUCCESS))
}
