//! Targets, judged: by the interval of their measure, and by what was still open when the run ended.

use ashcloud_core::{Hours, Span, Time};
use ashcloud_scenario::spec::{Clock, Compiled, Model, Of, Target, TargetMeasure};
use ashcloud_stats::compare::{Direction, Verdict, bonferroni};
use ashcloud_stats::estimate::ratio;
use ashcloud_stats::sure::{rarer_in, replications_needed};
use ashcloud_stats::{Basis, Estimate, Fraction, Interval, Level, Measure, Recorder};

use super::evidence::Evidence;
use crate::catalogue::{Item, target_classes, target_item, target_threshold, usize_of};

/// Of times of the answered (or taken up) so many of the comments may still be open before "met" is undecided.
const OPEN_AT_MOST: f64 = 0.01;

/// A target, judged.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Index of the target.
    pub target: usize,
    /// Met, missed or undecided, at the scenario's confidence.
    pub verdict: Verdict,
    /// The same at the confidence each model needs for all that were run to hold together: what a choice among them rests on.
    pub jointly: Verdict,
    /// Its measure; `None` where nothing was measured.
    pub estimate: Option<Estimate>,
    /// Its interval.
    pub interval: Option<Interval>,
    /// What it is a target on.
    pub item: Item,
    /// Share of the comments that were still open when the run ended, and might change what is measured.
    pub open: f64,
    /// Replications that would settle it, were they like those that were run; `None` where that is not told here.
    pub needed: Option<f64>,
    /// Why it is undecided; `None` where it is decided.
    pub reason: Option<Reason>,
}

/// Why a target is undecided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// Nothing was measured.
    Nothing,
    /// There is no interval: too few replications.
    NoInterval,
    /// Comments still open when the run ended decide: the share with all of them counted as missed, and as met.
    Open {
        /// All missed.
        missed: f64,
        /// All met.
        met: f64,
    },
    /// More than 1 % of the comments were still open: how long they take is not in the figure.
    TimesOpen,
    /// The rarer outcome was seen in so few replications that only bets bear an interval, and it holds the threshold.
    Seldom {
        /// In how many.
        seen_in: usize,
    },
    /// Even the largest value seen may lie below the quantile.
    BeyondLargest,
    /// The threshold lies in the interval.
    Near,
}

/// Columns that a target has beside its measure: the share with what is open missed, the same with it met, and what is open of
/// offered.
pub(super) const COLUMNS: usize = 3;

/// A target as a replication is asked about it.
pub(super) struct Asked {
    classes: Vec<usize>,
    what: What,
}

enum What {
    /// A service level. `settled`: whoever is open at the end has missed it.
    Within {
        threshold: usize,
        level: Level,
        taken_up: bool,
        settled: bool,
    },
    Rate,
    Daily {
        threshold: usize,
        share: f64,
        settled: bool,
    },
    /// Midnights are judged by what lies before them.
    Badge,
    /// Times of the answered.
    Responses,
    /// Times of those taken up or gone.
    Waits,
}

/// Every target of the scenario, as this model's replications are asked.
pub(super) fn asked(scenario: &Compiled, model: &Model) -> Vec<Asked> {
    let of = |index: usize| {
        let target = &scenario.targets[index];
        let threshold = target_threshold(scenario, index).unwrap_or(0);
        let what = match target.measure {
            TargetMeasure::AnsweredWithin(within, of) | TargetMeasure::StartedWithin(within, of) => {
                What::Within {
                    threshold,
                    level: level(of),
                    taken_up: matches!(target.measure, TargetMeasure::StartedWithin(..)),
                    settled: is_settled(scenario, model, within, target.clock),
                }
            }
            TargetMeasure::ResponseRate => What::Rate,
            TargetMeasure::Daily(within, share) => What::Daily {
                threshold,
                share,
                settled: is_settled(scenario, model, within, target.clock),
            },
            TargetMeasure::BadgeDays => What::Badge,
            TargetMeasure::MeanResponse | TargetMeasure::ResponseQuantile(_) => What::Responses,
            TargetMeasure::MeanWait | TargetMeasure::WaitQuantile(_) => What::Waits,
        };
        Asked {
            classes: target_classes(scenario, target),
            what,
        }
    };
    (0..scenario.targets.len()).map(of).collect()
}

fn level(of: Of) -> Level {
    match of {
        Of::Offered => Level::Offered,
        Of::Answered => Level::Done,
        Of::OfferedLeftCounted => Level::LeftCounted,
        Of::OfferedLeftExcluded => Level::LeftExcluded,
    }
}

/// Whether the run goes on so long behind the last measured arrival that whoever is open then has missed the target: the
/// time passed on the clock of every team that might answer.
fn is_settled(scenario: &Compiled, model: &Model, within: Span, clock: Clock) -> bool {
    if scenario.observe.until_clear {
        // Who comes back later is still open when the house is first empty.
        return false;
    }
    let (from, to) = (model.world.horizon, model.world.end);
    match clock {
        Clock::Wall => to.since(from) >= within,
        Clock::Business => model
            .team_hours
            .iter()
            .all(|hours| has_passed(hours, from, to, within)),
    }
}

/// On these hours more than `within` passes from `from` to whatever comes after `to`.
fn has_passed(hours: &Hours, from: Time, to: Time, within: Span) -> bool {
    let passed = hours.between(from, to);
    let is_open = hours
        .intervals()
        .any(|(opens, closes)| opens <= to && to < closes);
    passed > within || passed == within && is_open
}

impl Asked {
    /// What a replication adds: the share with what is open missed, the same with it met, and what is open of offered.
    pub(super) fn columns(&self, recorder: &Recorder) -> [Fraction; COLUMNS] {
        let value = |measure| recorder.value(measure, &self.classes);
        let of_all = |taken_up| {
            value(if taken_up {
                Measure::NotTakenUp
            } else {
                Measure::StillOpen
            })
        };
        let none = |open: Fraction| Fraction {
            numerator: 0.0,
            ..open
        };
        let plus = |a: Fraction, numerator: f64, denominator: f64| Fraction {
            numerator: a.numerator + numerator,
            denominator: a.denominator + denominator,
        };
        match self.what {
            What::Within {
                threshold,
                level,
                taken_up,
                settled,
            } => {
                let plain = value(Measure::Within(threshold, level));
                let open = of_all(taken_up);
                let undecided = if settled { 0.0 } else { open.numerator };
                // Of the answered, who is still open is not among them yet.
                let (late, met) = match level {
                    Level::Done => (open.numerator, undecided),
                    _ => (0.0, 0.0),
                };
                let told = if level == Level::Done {
                    open
                } else {
                    Fraction {
                        numerator: undecided,
                        ..open
                    }
                };
                [plus(plain, 0.0, late), plus(plain, undecided, met), told]
            }
            What::Rate => {
                let (plain, open) = (value(Measure::ResponseRate), of_all(false));
                [plain, plus(plain, open.numerator, 0.0), open]
            }
            What::Daily {
                threshold,
                share,
                settled,
            } => {
                let plain = value(Measure::Days(threshold, share));
                let open = of_all(false);
                if settled || open.numerator == 0.0 {
                    [plain, plain, none(open)]
                } else {
                    // On which days they came is not kept: all may have been good.
                    let good = Fraction {
                        numerator: plain.denominator,
                        ..plain
                    };
                    [plain, good, open]
                }
            }
            What::Badge => {
                let plain = value(Measure::BadgeDays);
                [plain, plain, none(of_all(false))]
            }
            What::Responses => [Fraction::default(), Fraction::default(), of_all(false)],
            What::Waits => [Fraction::default(), Fraction::default(), of_all(true)],
        }
    }
}

/// Whether a target is asked of a model: one of calls only where somebody takes them.
pub fn applies(scenario: &Compiled, model: &Model, target: &Target) -> bool {
    let names = &scenario.names;
    let calls = names.calls.map(|calls| names.arrivals[usize_of(calls)].0);
    model.service.takes_calls || target.class.is_none() || target.class != calls
}

/// What a target compares with, and which side is good.
pub fn bound(target: &Target) -> (f64, Direction) {
    let direction = match target.measure {
        TargetMeasure::AnsweredWithin(..)
        | TargetMeasure::StartedWithin(..)
        | TargetMeasure::ResponseRate
        | TargetMeasure::Daily(..)
        | TargetMeasure::BadgeDays => Direction::AtLeast,
        TargetMeasure::MeanResponse
        | TargetMeasure::MeanWait
        | TargetMeasure::ResponseQuantile(_)
        | TargetMeasure::WaitQuantile(_) => Direction::AtMost,
    };
    (target.threshold, direction)
}

impl Evidence<'_> {
    /// Judges every target that applies, for itself and for a choice among so many models.
    pub(super) fn verdicts(&self, scenario: &Compiled, models: usize) -> Vec<Judgement> {
        let targets = scenario.targets.iter().enumerate();
        targets
            .filter(|(_, target)| applies(scenario, self.model, target))
            .map(|(t, _)| self.judge(scenario, t, models))
            .collect()
    }

    /// Judges one target.
    pub(super) fn judge(&self, scenario: &Compiled, t: usize, models: usize) -> Judgement {
        let target = &scenario.targets[t];
        let item = target_item(scenario, t);
        let confidence = scenario.experiment.confidence;
        let place = self.place(&item);
        let estimate = place.and_then(|i| self.estimate(i));
        let Some(i) = place.filter(|_| estimate.is_some()) else {
            return Judgement {
                target: t,
                verdict: Verdict::Undecided,
                jointly: Verdict::Undecided,
                estimate: None,
                interval: None,
                item,
                open: 0.0,
                needed: None,
                reason: Some(Reason::Nothing),
            };
        };
        let (verdict, reason) = self.verdict(target, t, i, confidence);
        let (jointly, _) = self.verdict(target, t, i, bonferroni(confidence, models));
        Judgement {
            target: t,
            verdict,
            jointly,
            estimate,
            interval: self.interval(i, confidence),
            open: self.column(t, 2).map_or(0.0, |e| e.value),
            needed: match reason {
                Some(Reason::Seldom { .. }) => self.needed(target, i, confidence),
                _ => None,
            },
            reason,
            item,
        }
    }

    fn column(&self, t: usize, column: usize) -> Option<Estimate> {
        ratio(&self.gathered.fractions[self.items.len() + COLUMNS * t + column])
    }

    /// How a target (the item at `i`) comes out at this confidence, and why it is undecided.
    fn verdict(&self, target: &Target, t: usize, i: usize, confidence: f64) -> (Verdict, Option<Reason>) {
        let (threshold, direction) = bound(target);
        let interval = self.interval(i, confidence);
        let judged = |interval: Option<Interval>| Verdict::of(interval.as_ref(), threshold, direction);
        let plain = judged(interval);
        let open = self.column(t, 2).map_or(0.0, |e| e.value);
        if open > 0.0 && direction == Direction::AtLeast {
            let of = |column| self.interval_of(self.items.len() + COLUMNS * t + column, i, confidence);
            let (missed, met) = (judged(of(0)), judged(of(1)));
            // What more replications would settle is said first.
            if missed == met && missed != Verdict::Undecided {
                return (missed, None);
            }
            if plain != Verdict::Undecided || missed != met {
                let value = |column| self.column(t, column).map_or(0.0, |e| e.value);
                let reason = Reason::Open {
                    missed: value(0),
                    met: value(1),
                };
                return (Verdict::Undecided, Some(reason));
            }
        }
        if plain == Verdict::Met && direction == Direction::AtMost && open > OPEN_AT_MOST {
            return (Verdict::Undecided, Some(Reason::TimesOpen));
        }
        let reason = (plain == Verdict::Undecided).then(|| self.why(i, interval));
        (plain, reason)
    }

    /// Why an interval decides nothing.
    fn why(&self, i: usize, interval: Option<Interval>) -> Reason {
        match interval {
            None => Reason::NoInterval,
            Some(interval) if interval.upper == f64::INFINITY => Reason::BeyondLargest,
            Some(interval) if interval.basis == Basis::Betting && self.items[i].q().is_none() => {
                let rows = &self.gathered.fractions[i];
                let most = self.items[i].range(self.model).most();
                let seen_in = most.map_or(0, |most| rarer_in(rows, most));
                Reason::Seldom { seen_in }
            }
            Some(_) => Reason::Near,
        }
    }

    /// How many replications like these it takes until bets decide a target; `None` where none would.
    pub(super) fn needed(&self, target: &Target, i: usize, confidence: f64) -> Option<f64> {
        let most = self.items[i].range(self.model).most()?;
        replications_needed(&self.gathered.fractions[i], most, confidence, target.threshold)
    }
}
