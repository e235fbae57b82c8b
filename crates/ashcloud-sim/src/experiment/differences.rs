//! Differences between models that met the same storms.

use ashcloud_scenario::spec::Compiled;
use ashcloud_stats::Interval;
use ashcloud_stats::compare::{bonferroni, unpaired_difference};
use ashcloud_stats::sure::{Compared, paired, unpaired};

use super::evidence::Evidence;
use crate::catalogue::{Item, target_item};

/// One difference between two models.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Index of the first model.
    pub a: usize,
    /// Index of the second.
    pub b: usize,
    /// What is compared.
    pub item: Item,
    /// a - b.
    pub value: f64,
    /// Simultaneous over all differences of the outcome.
    pub interval: Option<Interval>,
    /// Both were the same in every replication: a fact about these replications, and no more.
    pub same: bool,
    /// Over the same storms, replication by replication.
    pub paired: bool,
}

/// Differences between every two models of the same world, on the targets' measures and the headline ones.
pub(super) fn differences(
    scenario: &Compiled,
    chosen: &[usize],
    evidence: &[Evidence<'_>],
    independent: bool,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for i in 0..chosen.len() {
        for j in i + 1..chosen.len() {
            if scenario.models[chosen[i]].world_id != scenario.models[chosen[j]].world_id {
                continue;
            }
            for item in compared(scenario, &evidence[i]) {
                if let (Some(p), Some(q)) = (evidence[i].place(&item), evidence[j].place(&item)) {
                    found.push((i, j, p, q, item));
                }
            }
        }
    }
    // Those that rosters fix are certain, and take nothing from the others.
    let is_exact = |&(i, j, p, q, _): &(usize, usize, usize, usize, Item)| {
        evidence[i].is_exact(p) && evidence[j].is_exact(q)
    };
    let uncertain = found.iter().filter(|d| !is_exact(d)).count();
    let confidence = bonferroni(scenario.experiment.confidence, uncertain);
    let mut differences = Vec::new();
    for (i, j, p, q, item) in found {
        let of = (&evidence[i], p, &evidence[j], q);
        if let Some(compared) = difference(of, independent, confidence) {
            differences.push(Difference {
                a: chosen[i],
                b: chosen[j],
                item,
                value: compared.value,
                interval: compared.interval,
                same: compared.same,
                paired: !independent,
            });
        }
    }
    differences
}

/// What is compared of a model with others: what targets ask, and the headline measures.
fn compared(scenario: &Compiled, of: &Evidence<'_>) -> Vec<Item> {
    let headline = |name: &str| {
        let whole = |item: &&Item| {
            item.measure == name && item.class == "all" && item.channel == "all" && item.team == "all"
        };
        of.items.iter().find(whole).cloned()
    };
    let of_targets = (0..scenario.targets.len()).map(|t| target_item(scenario, t));
    // What a choice goes by: money, or the hours that are charged.
    let priced = of.items.iter().any(|item| item.measure == "staff_cost");
    let charge = if priced { "staff_cost" } else { "page_hours" };
    let headlines = ["response_rate", "first_response_mean", charge];
    let mut asked: Vec<Item> = Vec::new();
    for item in of_targets.chain(headlines.into_iter().filter_map(headline)) {
        if !asked.contains(&item) {
            asked.push(item);
        }
    }
    asked
}

/// The difference of an item between two models, each with the item's place.
fn difference(
    (a, p, b, q): (&Evidence<'_>, usize, &Evidence<'_>, usize),
    independent: bool,
    confidence: f64,
) -> Option<Compared> {
    if a.is_exact(p) && b.is_exact(q) {
        let (of_a, of_b) = (a.estimate(p)?, b.estimate(q)?);
        let difference = ashcloud_stats::Estimate {
            value: of_a.value - of_b.value,
            ..of_a
        };
        return Some(Compared {
            value: difference.value,
            interval: Some(difference.exactly()),
            same: difference.value == 0.0,
        });
    }
    if let Some(level) = a.items[p].q() {
        let (of_a, of_b) = (
            a.items[p].sections(a.distributions)?,
            b.items[q].sections(b.distributions)?,
        );
        let estimate = if independent {
            unpaired_difference(&of_a.quantile(level)?, &of_b.quantile(level)?)?
        } else {
            of_a.quantile_differences(&of_b, &[level]).pop().flatten()?
        };
        // The sections' spread says nothing where either quantile lies among values that few of them have.
        let is_told = |sections: &ashcloud_stats::Sections| {
            let intervals = sections.quantile_intervals(&[level], confidence);
            intervals[0].is_some_and(|i| i.basis == ashcloud_stats::Basis::Student)
        };
        let told = estimate.standard_error != Some(0.0) && is_told(&of_a) && is_told(&of_b);
        return Some(Compared {
            value: estimate.value,
            interval: if told { estimate.interval(confidence) } else { None },
            same: estimate.standard_error == Some(0.0) && estimate.value == 0.0,
        });
    }
    let (of_a, of_b) = (&a.gathered.fractions[p], &b.gathered.fractions[q]);
    let range = a.items[p].difference_range();
    if independent {
        unpaired(of_a, of_b, range, confidence)
    } else {
        paired(of_a, of_b, range, confidence)
    }
}
