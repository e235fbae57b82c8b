//! `check`: every fault of every file.

use std::io::IsTerminal as _;

use ashcloud_scenario::{Fault, plain, render};

use crate::cli::CheckArgs;
use crate::out::{self, Stop};

/// Checks all files, even after a fault. Warnings alone are no failure.
pub(crate) fn execute(args: &CheckArgs) -> Result<u8, Stop> {
    let mut text = String::new();
    let mut code = out::DONE;
    for file in &args.files {
        let (faults, worst) = match ashcloud_scenario::load(file, &[]) {
            Ok((_, warnings)) => (warnings, out::DONE),
            Err(faults) => {
                let worst = if faults.unreadable { out::IO } else { out::FAULTY };
                (faults.faults, worst)
            }
        };
        code = code.max(worst);
        text += &written(&faults);
        let name = file.display();
        if worst == out::DONE {
            let warnings = match faults.len() {
                0 => String::new(),
                1 => ", 1 warning".into(),
                n => format!(", {n} warnings"),
            };
            text += &format!("{name}: no faults{warnings}\n");
        }
    }
    out::print(&text)?;
    Ok(code)
}

/// With pictures on a terminal, one line per fault elsewhere.
fn written(faults: &[Fault]) -> String {
    if std::io::stdout().is_terminal() {
        render(faults)
    } else {
        plain(faults)
    }
}
