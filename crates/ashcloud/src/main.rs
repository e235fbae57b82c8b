//! The `ashcloud` command: data on standard output, talk on standard error, and an exit code that can be relied on.

#![forbid(unsafe_code)]

mod check;
mod cli;
mod gate;
mod interrupt;
mod memory;
mod out;
mod progress;
mod reason;
mod replay;
mod result;
mod run;
mod theory;
mod warnings;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};
use out::Stop;

fn main() -> ExitCode {
    let done = match Cli::try_parse() {
        Ok(cli) => dispatch(&cli.command),
        Err(message) => out::usage(&message),
    };
    ExitCode::from(done.unwrap_or_else(|stop| {
        out::say(&stop.message);
        stop.code
    }))
}

fn dispatch(command: &Command) -> Result<u8, Stop> {
    match command {
        Command::Check(args) => check::execute(args),
        Command::Run(args) => run::execute(args, ashcloud_report::run),
        Command::Compare(args) => run::execute(args, ashcloud_report::compare),
        Command::Verify(args) => theory::execute(args),
        Command::Replay(args) => replay::execute(args),
        Command::Schema => schema(),
    }
}

/// The JSON Schema of scenario and staffing files.
fn schema() -> Result<u8, Stop> {
    let text = serde_json::to_string_pretty(&ashcloud_scenario::schema())
        .map_err(|why| Stop::io(format!("cannot write the schema: {why}")))?;
    out::print(&format!("{text}\n"))?;
    Ok(out::DONE)
}
