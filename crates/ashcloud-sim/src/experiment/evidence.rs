//! What the replications of a model left behind, and the estimates made of it.

use ashcloud_house::Snapshot;
use ashcloud_scenario::spec::Model;
use ashcloud_stats::estimate::ratio;
use ashcloud_stats::sure::ratio_interval;
use ashcloud_stats::{Estimate, Fraction, Interval, Recorder};

use super::determined::is_determined;
use super::verdicts::{self, Asked};
use crate::catalogue::Item;
use crate::replicate::Replication;

/// An estimate with its name and place.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name and place.
    pub item: Item,
    /// The value, and how sure.
    pub estimate: Estimate,
    /// Its interval at the scenario's confidence; `None` where there is too little to tell.
    pub interval: Option<Interval>,
}

/// What the replications of one model left behind.
pub(super) struct Gathered {
    pub(super) replications: u32,
    /// Per item, one per replication; empty for items that are not ratios. Behind them what is still open, target by target
    /// ([`verdicts::COLUMNS`] each).
    pub(super) fractions: Vec<Vec<Fraction>>,
    pub(super) states: Vec<Vec<Snapshot>>,
    pub(super) comments: u64,
}

impl Gathered {
    pub(super) fn new(items: usize, targets: usize) -> Gathered {
        Gathered {
            replications: 0,
            fractions: vec![Vec::new(); items + verdicts::COLUMNS * targets],
            states: Vec::new(),
            comments: 0,
        }
    }

    pub(super) fn add(&mut self, row: &[Fraction], states: Vec<Snapshot>, comments: u64) {
        self.replications += 1;
        self.comments += comments;
        for (column, value) in self.fractions.iter_mut().zip(row) {
            column.push(*value);
        }
        if !states.is_empty() {
            self.states.push(states);
        }
    }
}

/// What one replication adds to every column.
pub(super) fn row(items: &[Item], asked: &[Asked], of: &Replication<'_>, model: &Model) -> Vec<Fraction> {
    let cleared = of.observer.and_then(|observer| observer.cleared);
    let of_items = items
        .iter()
        .map(|item| item.fraction(of.recorder, model, cleared));
    of_items
        .chain(asked.iter().flat_map(|asked| asked.columns(of.recorder)))
        .collect()
}

/// One model's items with what was gathered for them.
pub(super) struct Evidence<'a> {
    pub(super) items: &'a [Item],
    pub(super) gathered: &'a Gathered,
    pub(super) distributions: &'a Recorder,
    pub(super) model: &'a Model,
    determined: bool,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(
        items: &'a [Item],
        gathered: &'a Gathered,
        distributions: &'a Recorder,
        model: &'a Model,
    ) -> Evidence<'a> {
        Evidence {
            items,
            gathered,
            distributions,
            model,
            determined: is_determined(model),
        }
    }

    /// Where an item stands.
    pub(super) fn place(&self, item: &Item) -> Option<usize> {
        self.items.iter().position(|x| x == item)
    }

    pub(super) fn estimate(&self, i: usize) -> Option<Estimate> {
        match self.items[i].q() {
            Some(q) => self.items[i].sections(self.distributions)?.quantile(q),
            None => ratio(&self.gathered.fractions[i]),
        }
    }

    /// Whether nothing random can change an item's value.
    pub(super) fn is_exact(&self, i: usize) -> bool {
        self.determined || self.items[i].is_fixed(self.model)
    }

    pub(super) fn interval(&self, i: usize, confidence: f64) -> Option<Interval> {
        if self.is_exact(i) {
            return self.estimate(i).map(|e| e.exactly());
        }
        match self.items[i].q() {
            Some(q) => self.items[i]
                .sections(self.distributions)?
                .quantile_intervals(&[q], confidence)
                .pop()
                .flatten(),
            None => self.interval_of(i, i, confidence),
        }
    }

    /// The interval of a column in the range of an item that is a ratio.
    pub(super) fn interval_of(&self, column: usize, item: usize, confidence: f64) -> Option<Interval> {
        let rows = &self.gathered.fractions[column];
        if self.is_exact(item) {
            return ratio(rows).map(|e| e.exactly());
        }
        ratio_interval(rows, self.items[item].range(self.model), confidence)
    }

    pub(super) fn estimates(&self, confidence: f64) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut i = 0;
        while i < self.items.len() {
            // Quantiles of one distribution stand together and are made together.
            let run = self.items[i..]
                .iter()
                .take_while(|item| item.is_quantile_beside(&self.items[i]))
                .count();
            let found = match (run, self.items[i].sections(self.distributions)) {
                (1.., Some(sections)) => {
                    let qs: Vec<f64> = self.items[i..i + run].iter().filter_map(Item::q).collect();
                    let intervals = if self.is_exact(i) {
                        vec![None; qs.len()]
                    } else {
                        sections.quantile_intervals(&qs, confidence)
                    };
                    sections.quantiles(&qs).into_iter().zip(intervals).collect()
                }
                _ => vec![(self.estimate(i), self.interval(i, confidence))],
            };
            for (estimate, interval) in found {
                if let Some(estimate) = estimate {
                    let exactly = self.is_exact(i).then(|| estimate.exactly());
                    rows.push(Row {
                        item: self.items[i].clone(),
                        estimate,
                        interval: exactly.or(interval),
                    });
                }
                i += 1;
            }
        }
        rows
    }
}
