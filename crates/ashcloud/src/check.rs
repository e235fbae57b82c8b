//! `check`: every fault of every file.

use std::io::IsTerminal as _;

use ashcloud_scenario::spec::Compiled;
use ashcloud_scenario::{Fault, plain, render};
use ashcloud_sim::load::loads;
use ashcloud_sim::warning;

use crate::cli::CheckArgs;
use crate::out::{self, Stop};
use crate::warnings;

/// Checks all files, even after a fault. Warnings alone are no failure.
pub(crate) fn execute(args: &CheckArgs) -> Result<u8, Stop> {
    let mut text = String::new();
    let mut code = out::DONE;
    for file in &args.files {
        let (faults, foreseen, worst) = match ashcloud_scenario::load(file, &[]) {
            Ok((scenario, warnings)) => (
                warnings,
                foreseen(&file.display().to_string(), &scenario),
                out::DONE,
            ),
            Err(faults) => {
                let worst = if faults.unreadable { out::IO } else { out::FAULTY };
                (faults.faults, Foreseen::default(), worst)
            }
        };
        code = code.max(worst);
        text += &written(&faults);
        text += &foreseen.warnings;
        let name = file.display();
        if worst == out::DONE {
            text += &foreseen.loads;
            let warnings = match faults.len() + foreseen.count {
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

/// What is known of a scenario without running it.
#[derive(Default)]
struct Foreseen {
    /// A line for each warning.
    warnings: String,
    /// How many.
    count: usize,
    /// A line for each model and group of teams with a steady load.
    loads: String,
}

fn foreseen(name: &str, scenario: &Compiled) -> Foreseen {
    let mut out = Foreseen::default();
    for (index, model) in scenario.models.iter().enumerate() {
        for found in warning::foreseen(scenario, index) {
            let said = warnings::of_run(scenario, &found);
            let help = said.help.map_or(String::new(), |help| format!("; help: {help}"));
            out.warnings += &format!("{name}: warning: \"{}\": {}{help}\n", model.name, said.message);
            out.count += 1;
        }
        for load in loads(model) {
            let teams = if model.team_names.len() > 1 {
                format!(" ({})", load.teams.join(", "))
            } else {
                String::new()
            };
            out.loads += &format!(
                "{name}: \"{}\"{teams}: {}\n",
                model.name,
                warnings::offered(&load)
            );
        }
    }
    out
}

/// With pictures on a terminal, one line per fault elsewhere.
fn written(faults: &[Fault]) -> String {
    if std::io::stdout().is_terminal() {
        render(faults)
    } else {
        plain(faults)
    }
}
