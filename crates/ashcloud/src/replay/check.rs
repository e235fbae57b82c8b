//! `replay --check`: are the decisions under tokio the simulator's, one by one?

use ashcloud_report::numbers;
use ashcloud_scenario::spec::Compiled;
use serde::Serialize;

use crate::cli::ReplayArgs;
use crate::interrupt;
use crate::out::{self, Stop};
use crate::progress::Progress;

use super::{setup, whole_trace};

/// What was compared.
#[derive(Serialize)]
struct Checked {
    schema: &'static str,
    version: &'static str,
    seed: u64,
    replications: u32,
    models: Vec<Model>,
    /// The first decision that differs.
    difference: Option<Difference>,
    decisions_compared: u64,
}

#[derive(Serialize)]
struct Model {
    model: String,
    decisions: u64,
}

#[derive(Serialize)]
struct Difference {
    model: String,
    replication: u64,
    /// From 0.
    decision: usize,
    simulator: Option<String>,
    live: Option<String>,
}

/// Compares every decision of every model asked for.
pub(super) fn execute(args: &ReplayArgs, scenario: &Compiled, models: &[usize]) -> Result<u8, Stop> {
    interrupt::listen()?;
    let progress = Progress::new(args.progress, "comparisons");
    let total = models.len() as u64 * u64::from(args.replications);
    let mut checked = Checked {
        schema: "ashcloud.check/1",
        version: env!("CARGO_PKG_VERSION"),
        seed: scenario.experiment.seed,
        replications: args.replications,
        models: Vec::new(),
        difference: None,
        decisions_compared: 0,
    };
    'all: for &model in models {
        let setup = setup(scenario, model);
        let mut row = Model {
            model: scenario.models[model].name.clone(),
            decisions: 0,
        };
        for replication in 0..u64::from(args.replications) {
            if interrupt::asked() {
                break 'all;
            }
            progress.tell(
                checked.models.len() as u64 * u64::from(args.replications) + replication,
                total,
            );
            let Some(simulated) = ashcloud_sim::decisions(&setup, replication, &interrupt::asked) else {
                break 'all;
            };
            let trace = whole_trace(&setup, replication)?;
            let stop = interrupt::asked;
            let live = ashcloud_live::decisions(setup.model, &trace, setup.seed, replication, stop);
            let live = live.map_err(|why| Stop {
                code: out::GATE,
                message: why.to_string(),
            })?;
            // What was stopped differs from what was not.
            if interrupt::asked() {
                break 'all;
            }
            let same = simulated.iter().zip(&live).take_while(|(a, b)| a == b).count();
            row.decisions += same as u64;
            checked.decisions_compared += same as u64;
            if same < simulated.len().max(live.len()) {
                let told = |log: &[(ashcloud_core::Time, ashcloud_core::Output)]| {
                    let (at, output) = log.get(same)?;
                    Some(format!("after {} s: {output:?}", at.seconds()))
                };
                checked.difference = Some(Difference {
                    model: row.model,
                    replication,
                    decision: same,
                    simulator: told(&simulated),
                    live: told(&live),
                });
                break 'all;
            }
        }
        checked.models.push(row);
    }
    progress.finish();
    if args.json {
        let json = serde_json::to_string_pretty(&checked)
            .map_err(|why| Stop::io(format!("cannot write the result: {why}")))?;
        out::print(&format!("{json}\n"))?;
    } else {
        out::print(&text(&checked))?;
    }
    if interrupt::asked() {
        return Ok(interrupt::exit_code());
    }
    let failed = checked.difference.is_some() || checked.decisions_compared == 0;
    Ok(if failed { out::GATE } else { out::DONE })
}

fn text(checked: &Checked) -> String {
    let mut text = String::new();
    for Model { model, decisions } in &checked.models {
        text += &format!(
            "{model}: {} decisions, the same in real time as simulated\n",
            numbers::grouped(*decisions as f64, 0)
        );
    }
    if let Some(found) = &checked.difference {
        let or_none = |told: &Option<String>| told.clone().unwrap_or_else(|| "nothing more".into());
        text += &format!(
            "{}: decision {} of replication {} differs\n  simulator: {}\n  real time: {}\n",
            found.model,
            numbers::grouped((found.decision + 1) as f64, 0),
            found.replication,
            or_none(&found.simulator),
            or_none(&found.live),
        );
    }
    if checked.decisions_compared == 0 {
        text += "Nothing was compared: the organisation had nothing to decide.\n";
    }
    text += &format!(
        "{} decisions compared\n",
        numbers::grouped(checked.decisions_compared as f64, 0)
    );
    text
}
