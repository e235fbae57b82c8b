//! `verify`: this build against exact queueing theory.

use std::fs;

use ashcloud::verify::{self, Options};

use crate::cli::VerifyArgs;
use crate::interrupt;
use crate::out::{self, Stop};
use crate::progress::Progress;
use crate::run::available;

/// Verifies, and prints every entry.
pub(crate) fn execute(args: &VerifyArgs) -> Result<u8, Stop> {
    let given = match &args.reference {
        Some(file) => Some(
            fs::read_to_string(file)
                .map_err(|why| Stop::io(format!("cannot read {}: {why}", file.display())))?,
        ),
        None => None,
    };
    interrupt::listen()?;
    let progress = Progress::new(args.progress, "simulations");
    let options = Options {
        full: args.full,
        threads: args.threads.map_or_else(available, usize::from),
        seed: args.seed,
        only: args.only.as_deref(),
        tamper: None,
        stop: &interrupt::asked,
        progress: &|done, total| progress.tell(done as u64, total as u64),
    };
    let report = verify::run(given.as_deref().unwrap_or(verify::REFERENCE), &options)
        .map_err(|why| Stop::faulty(why.to_string()))?;
    progress.finish();
    if let (0, Some(only)) = (report.entries, &args.only) {
        let message = format!(
            "no entry of the reference has \"{only}\" in its name, family or quantity; nothing was verified"
        );
        return Err(Stop::faulty(message));
    }
    if args.json {
        let json = serde_json::to_string_pretty(&report)
            .map_err(|why| Stop::io(format!("cannot write the report: {why}")))?;
        out::print(&format!("{json}\n"))?;
    } else {
        out::print(&report.table())?;
    }
    if interrupt::asked() && !report.complete {
        return Ok(interrupt::exit_code());
    }
    Ok(if report.all_passed() { out::DONE } else { out::GATE })
}
