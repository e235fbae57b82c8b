//! What an entry reads off a replication, and how an estimate comes of many.
//!
//! Every reading is a smooth function of the means of at most four numbers per replication, so one estimator serves all:
//! the jackknife over replications (or over equal groups of consecutive ones), less its bias.

use ashcloud_core::Time;
use ashcloud_scenario::spec::Compiled;
use ashcloud_sim::{Replication, Snapshot};
use ashcloud_stats::estimate::jackknife;
use ashcloud_stats::{Estimate, Level, Measure, Recording, Threshold};

use super::law::span;
use super::scene::Scene;

/// The numbers one replication gives to a reading; the first is what it counts, where it counts.
pub(crate) type Row = [f64; 4];

/// What an entry reads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    /// A ratio of sums; thresholds are indices of the scene's.
    Ratio(Measure),
    /// 1 less a ratio of sums.
    Complement(Measure),
    /// The same of one class by name.
    OfClass(Measure, String),
    /// Variance of the wait (`false`) or of the first response.
    Variance {
        /// Of the response.
        response: bool,
    },
    /// Quantile `q` of the wait or the response, at its exact value: thresholds are the value and a little to each side.
    Quantile {
        /// 0 to 1.
        q: f64,
        /// Of the response.
        response: bool,
        /// Its exact value in seconds.
        exact: f64,
        /// Indices of three thresholds: exact, below, above.
        thresholds: [usize; 3],
    },
    /// Variance of the average of a measure over the window, times the window.
    Asymptotic(Measure),
    /// A number read at a moment: its mean.
    At(f64, Field),
    /// Its variance over replications.
    VarianceAt(f64, Field),
    /// How often it is this.
    IsAt(f64, Field, u64),
    /// The ratio of two numbers at a moment.
    RatioAt(f64, Field, Field),
    /// Answers per second between two moments.
    Departures(f64, f64),
    /// Mean number of comments that arrive.
    Arrived,
    /// Mean number per second.
    ArrivedPerSecond,
    /// Its variance.
    ArrivedVariance,
    /// How often it is this.
    ArrivedIs(u64),
    /// When the house was first empty: mean.
    Cleared,
    /// Its variance.
    ClearedVariance,
    /// Number at work in a team over time: mean.
    TeamMean(usize),
    /// Its variance over time.
    TeamVariance(usize),
    /// Variance over mean.
    TeamPeakedness(usize),
    /// Of those whom the first team could not take, the share that the second could not take either.
    BlockedOfOverflow,
    /// Mean number waiting or in work at a team.
    AtTeam(usize),
}

/// A number in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// Waiting or in work.
    InHouse,
    /// In work.
    InWork,
    /// Arrived so far.
    Arrived,
    /// Gone so far.
    Left,
}

impl Field {
    fn of(self, snapshot: &Snapshot) -> f64 {
        (match self {
            Field::InHouse => snapshot.waiting + snapshot.in_work,
            Field::InWork => snapshot.in_work,
            Field::Arrived => snapshot.arrived,
            Field::Left => snapshot.left,
        }) as f64
    }
}

/// How exact an entry must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A mean or a quantile: 1 % of the value.
    Mean,
    /// A probability: 2 %, counted below .001.
    Probability,
    /// A variance or a second moment: 3 %.
    Second,
    /// An asymptotic variance: 10 %.
    Asymptotic,
}

/// When an estimate will do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound {
    /// 95 % half-width at most this, in the value's unit.
    HalfWidth(f64),
    /// A rare event of this probability, counted.
    Count(f64),
    /// Never anything else than 0.
    Zero,
}

impl Kind {
    /// The bound for a value; `slack` times as wide.
    pub(crate) fn bound(self, value: f64, slack: f64) -> Bound {
        let share = match self {
            _ if value == 0.0 => return Bound::Zero,
            Kind::Probability if value.abs() < 0.001 => return Bound::Count(value),
            Kind::Mean => 0.01,
            Kind::Probability => 0.02,
            Kind::Second => 0.03,
            Kind::Asymptotic => 0.10,
        };
        Bound::HalfWidth(share * slack * value.abs())
    }
}

/// A reading with names and indices of the compiled scenario.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    reading: Reading,
    /// The recording's index of each threshold of the scene.
    thresholds: Vec<usize>,
    /// The classes that count.
    classes: Vec<usize>,
    /// Routing classes that only the team of the reading serves.
    queues: Vec<usize>,
    /// Length of the window in seconds.
    window: f64,
}

impl Reading {
    /// Finds what the reading names in the compiled scenario.
    ///
    /// # Errors
    /// Says what is not there.
    pub(crate) fn reader(
        &self,
        scene: &Scene,
        scenario: &Compiled,
        recording: &Recording,
    ) -> Result<Reader, String> {
        let index = |&(within, taken_up): &(f64, bool)| {
            let within = ashcloud_core::Span((within * 1e9).round() as u64);
            let wanted = Threshold {
                within,
                taken_up,
                business: false,
                daily: false,
            };
            let found = recording.thresholds.iter().position(|t| *t == wanted);
            found.ok_or_else(|| format!("no target {} in the compiled scenario", span(within.seconds())))
        };
        let thresholds = scene
            .thresholds
            .iter()
            .map(index)
            .collect::<Result<Vec<_>, _>>()?;
        let classes: Vec<usize> = match self {
            Reading::OfClass(_, name) => {
                let names = &scenario.names;
                (0..recording.classes)
                    .filter(|&c| names.classes[names.arrivals[c].0] == *name)
                    .collect()
            }
            _ => (0..recording.classes).collect(),
        };
        if classes.is_empty() {
            return Err(format!("no class for {self:?} in the compiled scenario"));
        }
        let model = &scenario.models[0];
        let queues = match self {
            Reading::AtTeam(team) => {
                let serves =
                    |c: &ashcloud_core::ClassPlan| c.teams.iter().all(|p| usize::from(p.team.0) == *team);
                let plans = model.plan.classes.iter().enumerate();
                plans
                    .filter(|(_, c)| !c.teams.is_empty() && serves(c))
                    .map(|(i, _)| i)
                    .collect()
            }
            _ => Vec::new(),
        };
        let window = recording.horizon.since(recording.warm_up).seconds();
        Ok(Reader {
            reading: self.clone(),
            thresholds,
            classes,
            queues,
            window,
        })
    }
}

impl Reader {
    /// What a replication adds.
    pub(crate) fn read(&self, replication: &Replication<'_>) -> Row {
        let value = |measure: Measure| replication.recorder.value(self.resolve(measure), &self.classes);
        let pair = |measure: Measure| {
            let fraction = value(measure);
            [fraction.numerator, fraction.denominator, 0.0, 0.0]
        };
        let number = |x: f64| [x, 1.0, x * x, 0.0];
        let indicator = |yes: bool| [f64::from(u8::from(yes)), 1.0, 0.0, 0.0];
        let at = |at: f64, field: Field| snapshot(replication, at).map_or(f64::NAN, |s| field.of(s));
        let arrived = || value(Measure::Offered).numerator;
        let cleared = || {
            let cleared = replication.observer.and_then(|o| o.cleared);
            number(cleared.map_or(f64::NAN, Time::seconds))
        };
        let team = |team: usize| {
            let moments = replication
                .observer
                .and_then(|o| o.teams.get(team))
                .copied()
                .unwrap_or_default();
            [moments.first, self.window, moments.second, 0.0]
        };
        match &self.reading {
            Reading::Ratio(measure) | Reading::Complement(measure) | Reading::OfClass(measure, _) => {
                pair(*measure)
            }
            Reading::Variance { response } => {
                let (mean, square) = if *response {
                    (Measure::ResponseMean, Measure::ResponseSquare)
                } else {
                    (Measure::WaitMean, Measure::WaitSquare)
                };
                let (mean, square) = (value(mean), value(square));
                [mean.numerator, mean.denominator, square.numerator, 0.0]
            }
            Reading::Quantile { thresholds, .. } => {
                let [exact, below, above] = thresholds.map(|i| value(Measure::Within(i, Level::Done)));
                [
                    exact.numerator,
                    exact.denominator,
                    above.numerator - below.numerator,
                    0.0,
                ]
            }
            Reading::Asymptotic(measure) => {
                let fraction = value(*measure);
                number(fraction.numerator / fraction.denominator)
            }
            Reading::At(t, field) | Reading::VarianceAt(t, field) => number(at(*t, *field)),
            Reading::IsAt(t, field, n) => indicator(at(*t, *field) == *n as f64),
            Reading::RatioAt(t, above, below) => [at(*t, *above), at(*t, *below), 0.0, 0.0],
            Reading::Departures(from, to) => {
                let answered = |t: f64| snapshot(replication, t).map_or(f64::NAN, |s| s.answered as f64);
                [answered(*to) - answered(*from), to - from, 0.0, 0.0]
            }
            Reading::Arrived | Reading::ArrivedVariance => number(arrived()),
            Reading::ArrivedPerSecond => [arrived(), self.window, 0.0, 0.0],
            Reading::ArrivedIs(n) => indicator(arrived() == *n as f64),
            Reading::Cleared | Reading::ClearedVariance => cleared(),
            Reading::TeamMean(i) | Reading::TeamVariance(i) | Reading::TeamPeakedness(i) => team(*i),
            Reading::BlockedOfOverflow => {
                let blocked = value(Measure::Blocked).numerator;
                [
                    blocked,
                    blocked + value(Measure::ShareOfTeam(1)).numerator,
                    0.0,
                    0.0,
                ]
            }
            Reading::AtTeam(i) => {
                let queues = replication.observer.map(|o| &o.queues);
                let waiting: f64 = self
                    .queues
                    .iter()
                    .filter_map(|&c| queues?.get(c))
                    .map(|m| m.first)
                    .sum();
                [team(*i)[0] + waiting, self.window, 0.0, 0.0]
            }
        }
    }

    /// The estimate from equally many replications per row, with its standard error; `None` where there is none.
    pub(crate) fn estimate(&self, rows: &[Row]) -> Option<Estimate> {
        let found = jackknife(rows, |means| self.function(means))?;
        Some(found.corrected())
    }

    /// Normal score of the distance from `exact`; `None` where there is none. Estimated variances are skewed and large where
    /// their errors are, so they are compared on the logarithmic scale (Miller 1968, Jackknifing variances).
    pub(crate) fn score(&self, rows: &[Row], exact: f64) -> Option<f64> {
        if self.is_variance() && exact > 0.0 {
            let log = |means: &Row| self.function(means).filter(|x| *x > 0.0).map(libm::log);
            jackknife(rows, log)?.corrected().normal_score(libm::log(exact))
        } else {
            self.estimate(rows)?.normal_score(exact)
        }
    }

    fn is_variance(&self) -> bool {
        matches!(
            self.reading,
            Reading::Variance { .. }
                | Reading::VarianceAt(..)
                | Reading::ArrivedVariance
                | Reading::ClearedVariance
                | Reading::TeamVariance(_)
                | Reading::TeamPeakedness(_)
                | Reading::Asymptotic(_)
        )
    }

    /// Whether each replication says yes or no only, so that the spread is known beforehand.
    pub(crate) fn is_indicator(&self) -> bool {
        matches!(self.reading, Reading::IsAt(..) | Reading::ArrivedIs(_))
    }

    /// For a rare event or one that never is: how often it was, and out of how many.
    pub(crate) fn count(&self, rows: &[Row]) -> (u64, u64) {
        let counted: f64 = rows.iter().map(|row| row[0]).sum();
        let of: f64 = rows.iter().map(|row| row[1]).sum();
        let complement = matches!(self.reading, Reading::Complement(_));
        let counted = if complement { of - counted } else { counted };
        (counted as u64, of as u64)
    }

    fn function(&self, &[x, y, z, _]: &Row) -> Option<f64> {
        let variance = || z / y - x / y * (x / y);
        let value = match &self.reading {
            Reading::Complement(_) => 1.0 - x / y,
            Reading::Variance { .. }
            | Reading::VarianceAt(..)
            | Reading::ArrivedVariance
            | Reading::ClearedVariance
            | Reading::TeamVariance(_) => variance(),
            Reading::Asymptotic(_) => self.window * variance(),
            Reading::TeamPeakedness(_) => variance() / (x / y),
            Reading::Quantile { q, exact, .. } => {
                // Bahadur's (1966) first order: the distribution function read at the exact value, over the density there.
                let density = z / y / (2.0 * SIDE * exact);
                exact - (x / y - q) / density
            }
            _ => x / y,
        };
        value.is_finite().then_some(value)
    }

    /// The recording's own indices of thresholds.
    fn resolve(&self, measure: Measure) -> Measure {
        match measure {
            Measure::Within(i, level) => Measure::Within(self.thresholds[i], level),
            Measure::LeftWithin(i) => Measure::LeftWithin(self.thresholds[i]),
            other => other,
        }
    }
}

/// The state at a moment.
fn snapshot<'r>(replication: &Replication<'r>, at: f64) -> Option<&'r Snapshot> {
    let at = Time((at * 1e9).round() as u64);
    replication.observer?.snapshots.iter().find(|s| s.at == at)
}

/// How far to each side of a quantile its density is read, as a share of it.
pub(crate) const SIDE: f64 = 0.02;

impl Reading {
    /// The same reading where the thresholds of `from` stand elsewhere in `to`.
    pub(crate) fn moved(&self, from: &Scene, to: &Scene) -> Reading {
        let place = |i: usize| {
            to.thresholds
                .iter()
                .position(|t| *t == from.thresholds[i])
                .unwrap_or(i)
        };
        let moved = |measure: &Measure| match *measure {
            Measure::Within(i, level) => Measure::Within(place(i), level),
            Measure::LeftWithin(i) => Measure::LeftWithin(place(i)),
            other => other,
        };
        match self {
            Reading::Ratio(measure) => Reading::Ratio(moved(measure)),
            Reading::Complement(measure) => Reading::Complement(moved(measure)),
            Reading::OfClass(measure, class) => Reading::OfClass(moved(measure), class.clone()),
            Reading::Quantile {
                q,
                response,
                exact,
                thresholds,
            } => Reading::Quantile {
                q: *q,
                response: *response,
                exact: *exact,
                thresholds: thresholds.map(place),
            },
            other => other.clone(),
        }
    }
}
