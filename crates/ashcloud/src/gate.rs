//! Gates: the exit code that the verdicts mean, with its reasons on standard error.

use ashcloud_report::{Document, Verdict, standing, verdict_in_brief};
use ashcloud_scenario::spec::Compiled;
use ashcloud_sim::experiment;

use crate::cli::FailOn;
use crate::out::{self, Stop};

/// Whether a gate over these models, by index, judges anything.
pub(crate) fn has_something_to_judge(scenario: &Compiled, models: &[usize]) -> Result<(), Stop> {
    if scenario.targets.is_empty() {
        return Err(Stop::faulty(
            "--fail-on judges targets, and the scenario has none: add [[targets]], or leave out --fail-on",
        ));
    }
    let applies = |&model: &usize| {
        let mut targets = scenario.targets.iter();
        targets.any(|target| experiment::applies(scenario, &scenario.models[model], target))
    };
    if models.iter().any(applies) {
        return Ok(());
    }
    Err(Stop::faulty(
        "--fail-on judges targets, and none applies to the models that are run: the targets are of calls, which these models \
         do not take",
    ))
}

/// The exit code of a gate. A run that was stopped early passes none.
pub(crate) fn code(fail_on: FailOn, document: &Document) -> u8 {
    if document.replications == 0 {
        out::say("gate: the run was stopped before anything was whole, so nothing is decided");
        return out::UNDECIDED;
    }
    let code = match fail_on {
        FailOn::Missed => every_target(document, false),
        FailOn::Undecided => every_target(document, true),
        FailOn::NoneMeets => any_model(document),
    };
    if !document.complete && code != out::GATE {
        out::say("gate: the run was stopped early, so nothing is decided");
        return out::UNDECIDED;
    }
    code
}

/// Every target of every model must be met, or, unless `strict`, not missed. A miss outweighs what is undecided.
fn every_target(document: &Document, strict: bool) -> u8 {
    let mut code = out::DONE;
    for row in &document.verdicts {
        let fails = match row.verdict {
            Verdict::Missed => out::GATE,
            Verdict::Undecided if strict => out::UNDECIDED,
            Verdict::Met | Verdict::Undecided => continue,
        };
        out::say(&format!("gate: {}", verdict_in_brief(document, row)));
        code = if code == out::GATE { code } else { fails };
    }
    code
}

/// One model at least must meet all its targets, at the confidence that a choice among all of them needs.
fn any_model(document: &Document) -> u8 {
    let standings: Vec<Verdict> = document
        .models
        .iter()
        .filter_map(|model| standing(document, &model.name))
        .collect();
    if standings.contains(&Verdict::Met) {
        return out::DONE;
    }
    for row in document.verdicts.iter().filter(|row| row.jointly != Verdict::Met) {
        out::say(&format!("gate: {}", verdict_in_brief(document, row)));
    }
    if standings.contains(&Verdict::Undecided) {
        out::say("gate: no model surely meets all its targets");
        out::UNDECIDED
    } else {
        out::say("gate: no model meets all its targets");
        out::GATE
    }
}
