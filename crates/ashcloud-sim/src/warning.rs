//! What a run finds that its reader must know before using its figures.

use ashcloud_scenario::spec::Compiled;

use crate::experiment::ModelOutcome;

/// One finding. The command's module `warnings` gives it its code and its words.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// Nothing that a model answers arrived while it was measured, in any replication.
    NothingArrived {
        /// Index in [`Compiled::models`].
        model: usize,
    },
}

/// Everything found in these outcomes, model by model.
pub(crate) fn found(_scenario: &Compiled, models: &[ModelOutcome]) -> Vec<Warning> {
    let mut found = Vec::new();
    for outcome in models {
        let offered = |row: &&crate::experiment::Row| row.item.measure == "offered";
        let mut counts = outcome.estimates.iter().filter(offered).peekable();
        if counts.peek().is_some() && counts.all(|row| row.estimate.value == 0.0) {
            found.push(Warning::NothingArrived { model: outcome.model });
        }
    }
    found
}
