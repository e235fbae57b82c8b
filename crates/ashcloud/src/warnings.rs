//! Warnings as people and tools read them: of the files, and of what a run found.

use ashcloud_report::{Place, Warning, numbers};
use ashcloud_scenario::Fault;
use ashcloud_scenario::spec::Compiled;
use ashcloud_sim::load::{Behind, Load};
use ashcloud_sim::warning;

/// A warning of the loader.
pub(crate) fn of_file(fault: &Fault) -> Warning {
    Warning {
        code: fault.code.into(),
        message: fault.sentence().replace('\n', " "),
        help: fault.suggestion.as_ref().map(|help| help.replace('\n', " ")),
        place: Some(Place {
            file: fault.file.clone(),
            line: fault.line,
            column: fault.column,
        }),
        model: None,
    }
}

/// A finding of a run, or of what can be said before it.
pub(crate) fn of_run(scenario: &Compiled, found: &warning::Warning) -> Warning {
    let (code, model, message, help) = match found {
        warning::Warning::NothingArrived { model } => (
            "nothing-arrived",
            *model,
            "nothing arrived in any replication while it was measured, so its figures say nothing".to_owned(),
            "look at `horizon`, `warm_up` and the rates or times of the arrivals".to_owned(),
        ),
        warning::Warning::NoSteadyState { model, load } => (
            "no-steady-state",
            *model,
            format!(
                "no steady state: {}, and nobody leaves, so waits grow as long as the run goes on",
                offered(load)
            ),
            "more agents, less work, `patience`, or a `capacity`; else read the figures as those of this horizon"
                .to_owned(),
        ),
        warning::Warning::FallsBehind { model, behind } => (
            "falls-behind",
            *model,
            falls_behind(behind),
            "more agents or shifts, or a longer `follow_up`; what still waits counts as not answered".to_owned(),
        ),
        warning::Warning::LeftOut { model, target, share } => (
            "unanswered-left-out",
            *model,
            format!(
                "`{}` is of the answered alone, and {} of the comments are not answered",
                scenario.targets[*target].name,
                numbers::share(*share, 1)
            ),
            "ask for `response_rate` as well, or for a share of the offered: answered_within with share".to_owned(),
        ),
    };
    Warning {
        code: code.into(),
        message,
        help: Some(help),
        place: None,
        model: Some(scenario.models[model].name.clone()),
    }
}

/// "offered load 25 on 20 agents".
pub(crate) fn offered(load: &Load) -> String {
    let several = if load.capacity > f64::from(load.agents) {
        format!(
            ", who hold several at once and do the work of {}",
            numbers::count(load.capacity)
        )
    } else {
        String::new()
    };
    format!(
        "offered load {} on {} {}{several}",
        numbers::count(load.offered),
        numbers::count(f64::from(load.agents)),
        if load.agents == 1 { "agent" } else { "agents" },
    )
}

fn falls_behind(behind: &Behind) -> String {
    let clear = match behind.clear {
        Some(seconds) => format!(
            "they would be done about {} later, with the same staffing",
            numbers::duration(seconds)
        ),
        None => "with the same staffing they would never be done".to_owned(),
    };
    format!(
        "{} {} behind: when the run ends, about {} comments ({} of work) wait; {clear}",
        behind.teams.join(", "),
        if behind.teams.len() == 1 { "falls" } else { "fall" },
        numbers::count(behind.comments.round()),
        numbers::duration(behind.work),
    )
}
