//! Warnings as people and tools read them: of the files, and of what a run found.

use ashcloud_report::{Place, Warning};
use ashcloud_scenario::Fault;
use ashcloud_scenario::spec::Compiled;
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

/// A finding of a run.
pub(crate) fn of_run(scenario: &Compiled, found: &warning::Warning) -> Warning {
    let (code, model, message, help) = match *found {
        warning::Warning::NothingArrived { model } => (
            "nothing-arrived",
            Some(model),
            "nothing arrived in any replication while it was measured, so its figures say nothing",
            Some("look at `horizon`, `warm_up` and the rates or times of the arrivals"),
        ),
    };
    Warning {
        code: code.into(),
        message: message.into(),
        help: help.map(String::from),
        place: None,
        model: model.map(|model| scenario.models[model].name.clone()),
    }
}
