//! The families this build knows: for each entry, what is simulated and what is read, or why not.

mod queues;
mod streams;

use ashcloud_stats::{Level, Measure};

use super::reading::{Kind, Reading, SIDE};
use super::reference::Entry;
use super::scene::{Length, Scene};

/// What is done about an entry.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// All of these are simulated; the entry passes when each does.
    Simulate(Vec<Task>),
    /// The formula is evaluated: this is its value here, and how far it may be from the entry's.
    Formula(f64, f64, &'static str),
    /// A simulation could tell nothing; the formula's value here, and how far it may be from the entry's.
    NotSimulatable(f64, f64, &'static str),
    /// Not done.
    NotCovered(String),
}

/// One simulation and one reading of it.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) scene: Scene,
    pub(crate) reading: Reading,
    pub(crate) kind: Kind,
    /// Said in the report.
    pub(crate) note: &'static str,
}

/// What is done about an entry; `full`: for the long run.
pub(crate) fn way(entry: &Entry, full: bool) -> Way {
    let pace = Pace { full };
    let found = super::formula::way(entry)
        .or_else(|| queues::way(entry, pace))
        .or_else(|| streams::way(entry, pace))
        .unwrap_or_else(|| Err("a family this build does not know".to_owned()));
    found.unwrap_or_else(Way::NotCovered)
}

/// How long replications are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    full: bool,
}

impl Pace {
    /// A steady state that forgets its start like exp(-t/relaxation), and where work begun is done within `after`
    /// seconds. The warm-up of ten relaxation times leaves 5e-5 of the first deviation. The window of 100 (30 in the quick
    /// run) keeps small what its ends do to the variance of an average: that falls short by .65 relaxation times over
    /// the window (Poisson's equation of M/M/c, solved numerically), .7 % (2 %) where 10 % (50 %) is asked.
    fn steady(self, relaxation: f64, after: f64) -> Length {
        self.steady_after(10.0 * relaxation, relaxation, after)
    }

    /// The same with a warm-up of its own.
    fn steady_after(self, warm_up: f64, relaxation: f64, after: f64) -> Length {
        let windows = if self.full { 100.0 } else { 30.0 };
        Length::Steady {
            warm_up,
            window: windows * relaxation,
            follow_up: after,
        }
    }
}

/// Relaxation time in service times of a queue with `servers` and utilisation `rho`: that of M/M/c where the walk to the
/// origin decides (Karlin & `McGregor` 1958), at least one service time, times the variability of gaps and services
/// (`scv`: mean of both squared coefficients of variation; Kingman 1962).
fn relaxation(servers: f64, rho: f64, scv: f64) -> f64 {
    let gap = servers.sqrt() * (1.0 - rho.sqrt());
    (scv.max(0.5) / (gap * gap)).max(2.0)
}

/// A quantity that any queue with one class may be asked for, read off `scene`; `None` where it is not one of these.
fn usual(entry: &Entry, scene: Scene) -> Option<Result<Task, String>> {
    usual_task(entry, scene).transpose()
}

fn usual_task(entry: &Entry, mut scene: Scene) -> Result<Option<Task>, String> {
    use Kind::{Asymptotic, Mean, Probability, Second};
    use Reading::{Complement, Ratio};
    let quantity = entry.quantity.as_str();
    let at_once = 0.0;
    let mut within = |t: f64, taken_up: bool| {
        scene.thresholds.push((t, taken_up));
        scene.thresholds.len() - 1
    };
    let (reading, kind) = match quantity {
        "L" => (Ratio(Measure::InHouse), Mean),
        "Lq" => (Ratio(Measure::Waiting), Mean),
        "Wq" | "Wq_all" | "Wq_accepted" => (Ratio(Measure::WaitMean), Mean),
        "E[Wq^2]" => (Ratio(Measure::WaitSquare), Second),
        "Var_Wq" => (Reading::Variance { response: false }, Second),
        "T_mean" | "T_total" | "T_network" => (Ratio(Measure::ResponseMean), Mean),
        "T_var" => (Reading::Variance { response: true }, Second),
        "P_wait" | "sigma (P wait seen by arrivals)" => (
            Complement(Measure::Within(within(at_once, true), Level::Offered)),
            Probability,
        ),
        "P(Wq=0)" => (
            Ratio(Measure::Within(within(at_once, true), Level::Offered)),
            Probability,
        ),
        "P_block" | "P_call_block" => (Ratio(Measure::Blocked), Probability),
        "P_abandon" => (Ratio(Measure::Left), Probability),
        "P_abandon_per_attempt" => (Ratio(Measure::LeftPerAttempt), Probability),
        "P_served_per_fresh" => (Ratio(Measure::ResponseRate), Probability),
        "E[orbit]" | "E_orbit" => (Ratio(Measure::InOrbit), Mean),
        "asymptotic_variance_of_time_average_L" => (Reading::Asymptotic(Measure::InHouse), Asymptotic),
        "asymptotic_variance_of_time_average_Q" => (Reading::Asymptotic(Measure::Waiting), Asymptotic),
        "abandoned_in_T_over_all" => (
            Ratio(Measure::LeftWithin(within(entry.number("T")?, true))),
            Probability,
        ),
        "P(Wq<=t)" => {
            let t = entry.number("t")?;
            (
                Ratio(Measure::Within(within(t, true), Level::Offered)),
                Probability,
            )
        }
        _ => {
            if let Some(level) = service_level(quantity) {
                let t = entry.number("T").or_else(|_| entry.number("T_s"))?;
                (Ratio(Measure::Within(within(t, true), level)), Probability)
            } else if let Some((wait, t)) = longer_than(quantity) {
                (
                    Complement(Measure::Within(within(t, wait), Level::Offered)),
                    Probability,
                )
            } else if let Some((wait, q)) = quantile(quantity) {
                let exact = entry.value;
                let thresholds = [exact, exact * (1.0 - SIDE), exact * (1.0 + SIDE)].map(|t| within(t, wait));
                scene.waits |= wait;
                scene.responses |= !wait;
                (
                    Reading::Quantile {
                        q,
                        response: !wait,
                        exact,
                        thresholds,
                    },
                    Mean,
                )
            } else {
                return Ok(None);
            }
        }
    };
    Ok(Some(Task {
        scene,
        reading,
        kind,
        note: "",
    }))
}

/// `SL_...`: which of the four.
fn service_level(quantity: &str) -> Option<Level> {
    Some(match quantity {
        "service_level P(Wq<=T)" | "SL_at_min" | "SL_served_in_T_over_all" => Level::Offered,
        "SL_served_in_T_over_served" => Level::Done,
        "SL_excl_short_abandons" => Level::LeftExcluded,
        "SL_incl_short_abandons" => Level::LeftCounted,
        _ => return None,
    })
}

/// `P(Wq>2)`, `P(T>5)`: whether of the wait, and the time.
fn longer_than(quantity: &str) -> Option<(bool, f64)> {
    let (what, t) = quantity.strip_prefix("P(")?.strip_suffix(')')?.split_once('>')?;
    let wait = match what {
        "Wq" => true,
        "T" => false,
        _ => return None,
    };
    Some((wait, t.parse().ok()?))
}

/// `Wq_p95`, `sojourn_p99`: whether of the wait, and the probability.
fn quantile(quantity: &str) -> Option<(bool, f64)> {
    let (what, percent) = quantity.split_once("_p")?;
    let wait = match what {
        "Wq" => true,
        "sojourn" => false,
        _ => return None,
    };
    let percent: f64 = percent.parse().ok()?;
    (0.0 < percent && percent < 100.0).then_some((wait, percent / 100.0))
}

/// One simulation.
fn one(task: Result<Task, String>) -> Result<Way, String> {
    Ok(Way::Simulate(vec![task?]))
}

/// The refusal of a quantity that the family does not have.
fn no_quantity(entry: &Entry) -> String {
    format!("no quantity `{}` in family `{}`", entry.quantity, entry.model)
}
