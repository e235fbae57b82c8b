//! What a run finds that its reader must know before using its figures.

use ashcloud_scenario::spec::{Compiled, Of, TargetMeasure};

use crate::experiment::ModelOutcome;
use crate::load::{Behind, Load, behind, loads};

/// One finding. The command's module `warnings` gives it its code and its words.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// Nothing that a model answers arrived while it was measured, in any replication.
    NothingArrived {
        /// Index in [`Compiled::models`].
        model: usize,
    },
    /// More work than the people can do comes for ever, and nobody leaves.
    NoSteadyState {
        /// Index in [`Compiled::models`].
        model: usize,
        /// Of which teams, and how much.
        load: Load,
    },
    /// More work than the people can do comes up to the end of the run, and nobody leaves.
    FallsBehind {
        /// Index in [`Compiled::models`].
        model: usize,
        /// Of which teams, and how much.
        behind: Behind,
    },
    /// A target is of the answered, and many are never answered.
    LeftOut {
        /// Index in [`Compiled::models`].
        model: usize,
        /// Index in [`Compiled::targets`].
        target: usize,
        /// Share of the offered who were not answered.
        share: f64,
    },
}

/// Where more than this share of the offered is never answered, what is of the answered says little of all.
const MANY: f64 = 0.05;

/// What can be said of a model before anything is run.
pub fn foreseen(scenario: &Compiled, model: usize) -> Vec<Warning> {
    let of = &scenario.models[model];
    let overloaded = loads(of).into_iter().filter(|load| load.overloaded);
    let mut found: Vec<Warning> = overloaded
        .map(|load| Warning::NoSteadyState { model, load })
        .collect();
    found.extend(
        behind(of)
            .into_iter()
            .map(|behind| Warning::FallsBehind { model, behind }),
    );
    found
}

/// Everything found in these outcomes, model by model.
pub(crate) fn found(scenario: &Compiled, models: &[ModelOutcome]) -> Vec<Warning> {
    let mut found = Vec::new();
    for outcome in models {
        found.extend(foreseen(scenario, outcome.model));
        let offered = |row: &&crate::experiment::Row| row.item.measure == "offered";
        let mut counts = outcome.estimates.iter().filter(offered).peekable();
        if counts.peek().is_some() && counts.all(|row| row.estimate.value == 0.0) {
            found.push(Warning::NothingArrived { model: outcome.model });
        }
        found.extend(left_out(scenario, outcome));
    }
    found
}

/// Targets of the answered where many are not.
fn left_out(scenario: &Compiled, outcome: &ModelOutcome) -> Vec<Warning> {
    let mut found = Vec::new();
    for judgement in &outcome.verdicts {
        let of_answered = matches!(
            scenario.targets[judgement.target].measure,
            TargetMeasure::ResponseQuantile(_)
                | TargetMeasure::MeanResponse
                | TargetMeasure::AnsweredWithin(_, Of::Answered)
        );
        let answered = outcome
            .estimates
            .iter()
            .find(|row| row.item.measure == "response_rate" && row.item.class == judgement.item.class)
            .map(|row| row.estimate.value);
        if let (true, Some(answered)) = (of_answered, answered)
            && answered < 1.0 - MANY
        {
            found.push(Warning::LeftOut {
                model: outcome.model,
                target: judgement.target,
                share: 1.0 - answered,
            });
        }
    }
    found
}
