//! Transients, unlimited agents, and counts of arrivals.

use super::{Pace, Task, Way, no_quantity, one};
use crate::verify::law::{Law, span};
use crate::verify::reading::{Field, Kind, Reading};
use crate::verify::reference::Entry;
use crate::verify::scene::{Length, Scene, poisson, queue};

/// What is done about an entry of these families; `None` for another family.
pub(super) fn way(entry: &Entry, _: Pace) -> Option<Result<Way, String>> {
    Some(match entry.model.as_str() {
        "M/M/1 transient from empty" => transient(entry),
        "M/M/c/c transient from empty" => loss_transient(entry),
        "Mt/M/ct+M rectangular storm with schedule" => storm(entry),
        "M/G/inf from empty, lognormal(mean1,sigma=1)" => entry
            .number("lam")
            .and_then(|lam| unlimited(entry, &poisson(lam), &Law::lognormal(1.0, 1.0), 0.0, false)),
        "Mt/M/inf sinusoidal, started in infinite past" => sinusoidal(entry, true),
        "Mt/D/inf sinusoidal" => sinusoidal(entry, false),
        "Mt/M/inf sinusoidal, departure rate" => departures(entry),
        "Mt/M/inf rectangular storm from empty" => rectangle(entry),
        "Mt/M/inf exponentially decaying storm A exp(-t/tau), from empty" => decay(entry),
        "Hawkes exp kernel, stationary" => hawkes(entry, "stationary"),
        "Hawkes exp kernel, lambda(0)=baseline" => hawkes(entry, "empty"),
        "Hawkes Omori kernel, empty history" => omori(entry),
        "Hawkes/M/inf from empty" => hawkes_served(entry, "empty"),
        "Hawkes/M/inf steady state" => hawkes_served(entry, "stationary"),
        "Hawkes cluster size (Borel)" => cluster(entry),
        "MMPP(2) stationary" => mmpp(entry),
        "Cox: Poisson with Gamma busyness factor (mean 1)" => cox(entry),
        _ => return None,
    })
}

fn task(scene: Scene, reading: Reading, kind: Kind) -> Result<Way, String> {
    one(Ok(Task {
        scene,
        reading,
        kind,
        note: "",
    }))
}

/// The state of a queue that begins empty, at a moment.
fn from_empty(entry: &Entry, base: String) -> Result<Way, String> {
    let t = entry.number("t")?;
    let scene = Scene::new(base, Length::Transient { horizon: t }).look(t);
    let (reading, kind) = match entry.quantity.as_str() {
        "E[L(t)]" | "E[N(t)]" => (Reading::At(t, Field::InHouse), Kind::Mean),
        "P(L(t)=0)" => (Reading::IsAt(t, Field::InHouse, 0), Kind::Probability),
        "P_block(t)" => (
            Reading::IsAt(t, Field::InWork, u64::from(entry.count("c")?)),
            Kind::Probability,
        ),
        _ => return Err(no_quantity(entry)),
    };
    task(scene, reading, kind)
}

fn transient(entry: &Entry) -> Result<Way, String> {
    let (lam, mu) = (entry.number("lam")?, entry.number("mu")?);
    from_empty(
        entry,
        queue(&poisson(lam), &Law::exponential(1.0 / mu).toml, "1", ""),
    )
}

fn loss_transient(entry: &Entry) -> Result<Way, String> {
    let (lam, mu, c) = (entry.number("lam")?, entry.number("mu")?, entry.count("c")?);
    let law = Law::exponential(1.0 / mu);
    from_empty(
        entry,
        queue(
            &poisson(lam),
            &law.toml,
            &c.to_string(),
            &format!("capacity = {c}\n"),
        ),
    )
}

fn storm(entry: &Entry) -> Result<Way, String> {
    let (mu, theta) = (entry.number("mu")?, entry.number("theta")?);
    let text = entry.text("segments")?;
    let unknown = || format!("unknown segments `{text}`");
    if entry.text("c_drop")? != "preempt: excess customers return to head of queue"
        || entry.text("start")? != "empty"
    {
        return Err("unknown rule".to_owned());
    }
    let (_, list) = text.split_once(": ").ok_or_else(unknown)?;
    let segment = |words: &str| {
        let numbers: Option<Vec<f64>> = words.split(',').map(|x| x.trim().parse().ok()).collect();
        numbers.filter(|n| n.len() == 3)
    };
    let list = list
        .strip_prefix('[')
        .and_then(|l| l.strip_suffix(']'))
        .ok_or_else(unknown)?;
    let segments: Vec<Vec<f64>> = list
        .split("],[")
        .map(segment)
        .collect::<Option<_>>()
        .ok_or_else(unknown)?;
    let (mut pieces, mut shifts, mut from) = (Vec::new(), Vec::new(), 0.0);
    for s in &segments {
        pieces.push(format!("{{ for = {}, rate = \"{} per s\" }}", span(s[0]), s[1]));
        shifts.push(format!(
            "{{ at = {}, for = {}, agents = {} }}",
            span(from),
            span(s[0]),
            s[2]
        ));
        from += s[0];
    }
    // Those who wait at the end are taken up or leave in this time: who was delayed on arrival is then known.
    let after = 40.0 / theta;
    shifts.push(format!(
        "{{ at = {}, for = {}, agents = {} }}",
        span(from),
        span(after),
        segments[segments.len() - 1][2]
    ));
    let base = format!(
        "[[arrivals]]\npieces = [{}]\nclasses = {{ comment = 1 }}\n\n\
         [classes.comment]\nhandling = {}\ntolerance = {}\ntolerance_after_hand_back = \"drawn-anew\"\n\n\
         [[teams]]\nname = \"agents\"\nlate_finish = \"hand-back\"\nshifts = [{}]\n\n[routing]\norder = \"oldest-first\"\n",
        pieces.join(", "),
        Law::exponential(1.0 / mu).toml,
        Law::exponential(1.0 / theta).toml,
        shifts.join(", ")
    );
    let length = Length::Transient {
        horizon: from + after,
    };
    if entry.quantity.starts_with("fraction_abandoned_over_horizon") {
        let scene = Scene::new(base, length).look(from);
        return task(
            scene,
            Reading::RatioAt(from, Field::Left, Field::Arrived),
            Kind::Probability,
        );
    }
    if entry.quantity.starts_with("fraction_delayed_on_arrival") {
        use ashcloud_stats::{Level, Measure};
        let mut scene = Scene::new(base, length).look(from);
        scene.thresholds.push((0.0, true));
        return task(
            scene,
            Reading::Complement(Measure::Within(0, Level::Offered)),
            Kind::Probability,
        );
    }
    let t = entry.number("t")?;
    let scene = Scene::new(base, length).look(t);
    let (reading, kind) = match entry.quantity.as_str() {
        "E[N(t)]" => (Reading::At(t, Field::InHouse), Kind::Mean),
        "Var[N(t)]" => (Reading::VarianceAt(t, Field::InHouse), Kind::Second),
        "E[abandoned in (0,t]]" => (Reading::At(t, Field::Left), Kind::Mean),
        _ => return Err(no_quantity(entry)),
    };
    task(scene, reading, kind)
}

/// The number in work with unlimited agents, at `start` plus the entry's `t`; `poisson`: its variance is its mean.
fn unlimited(entry: &Entry, arrivals: &str, law: &Law, start: f64, poisson: bool) -> Result<Way, String> {
    let t = start + entry.number("t")?;
    let base = queue(arrivals, &law.toml, "\"unlimited\"", "");
    let scene = Scene::new(base, Length::Transient { horizon: t }).look(t);
    let mean = Task {
        scene,
        reading: Reading::At(t, Field::InWork),
        kind: Kind::Mean,
        note: "",
    };
    let mut tasks = vec![mean];
    match entry.quantity.as_str() {
        "E[N(t)]" => {}
        "E[N(t)]=Var" | "E[N(t)]=Var[N(t)]" if poisson => {
            let note = "mean and variance";
            let variance = Reading::VarianceAt(t, Field::InWork);
            tasks.push(Task {
                reading: variance,
                kind: Kind::Second,
                note,
                ..tasks[0].clone()
            });
            tasks[0].note = note;
        }
        _ => return Err(no_quantity(entry)),
    }
    Ok(Way::Simulate(tasks))
}

/// The infinite past: 30 service times.
const PAST: f64 = 30.0;

/// 20 (1 + beta sin(gamma t)), shifted to begin in the past.
fn wave(entry: &Entry, past: f64) -> Result<String, String> {
    let text = entry.text("lam")?;
    let mean = text
        .strip_suffix("(1+beta sin(gamma t))")
        .and_then(|mean| mean.parse::<f64>().ok());
    let mean = mean.ok_or_else(|| format!("unknown rate `{text}`"))?;
    let (beta, gamma) = (entry.number("beta")?, entry.number("gamma")?);
    let period = core::f64::consts::TAU / gamma;
    Ok(format!(
        "{{ sinusoidal = {{ mean = \"{mean} per s\", amplitude = {beta}, period = {}, phase = {} }} }}",
        span(period),
        span(past)
    ))
}

fn sinusoidal(entry: &Entry, exponential: bool) -> Result<Way, String> {
    let law = if exponential {
        Law::exponential(1.0 / entry.number("mu")?)
    } else {
        Law::constant(entry.number("D")?)
    };
    let past = PAST * law.mean;
    unlimited(entry, &wave(entry, past)?, &law, past, exponential)
}

fn departures(entry: &Entry) -> Result<Way, String> {
    /// Width of the window in which answers are counted, centred on t.
    const WIDTH: f64 = 0.05;
    if entry.quantity != "delta(t)" {
        return Err(no_quantity(entry));
    }
    let law = Law::exponential(1.0 / entry.number("mu")?);
    let past = PAST * law.mean;
    let t = past + entry.number("t")?;
    let (from, to) = (t - 0.5 * WIDTH, t + 0.5 * WIDTH);
    let base = queue(&wave(entry, past)?, &law.toml, "\"unlimited\"", "");
    let scene = Scene::new(base, Length::Transient { horizon: to })
        .look(from)
        .look(to);
    // delta'' is at most mean beta gamma^2/sqrt(1 + gamma^2), so the window's bias is at most WIDTH^2/24 of that: .003.
    let note = "counted in .05 around t: a bias of at most .003";
    one(Ok(Task {
        scene,
        reading: Reading::Departures(from, to),
        kind: Kind::Mean,
        note,
    }))
}

fn rectangle(entry: &Entry) -> Result<Way, String> {
    let (base, spike, window) = (
        entry.number("base")?,
        entry.number("spike")?,
        entry.numbers("window")?,
    );
    let &[from, to] = window.as_slice() else {
        return Err("`window` has not two ends".to_owned());
    };
    let piece = |length: f64, rate: f64| format!("{{ for = {}, rate = \"{rate} per s\" }}", span(length));
    let pieces = [piece(from, base), piece(to - from, spike), piece(1e4, base)];
    let law = Law::exponential(1.0 / entry.number("mu")?);
    unlimited(
        entry,
        &format!("{{ pieces = [{}] }}", pieces.join(", ")),
        &law,
        0.0,
        true,
    )
}

fn decay(entry: &Entry) -> Result<Way, String> {
    let (initial, tau) = (entry.number("A")?, entry.number("tau")?);
    let arrivals = format!(
        "{{ decay = {{ initial = \"{initial} per s\", time = {} }} }}",
        span(tau)
    );
    unlimited(
        entry,
        &arrivals,
        &Law::exponential(1.0 / entry.number("mu")?),
        0.0,
        true,
    )
}

/// Arrivals that nobody waits for: one agent and next to no work, so that the fast driver counts them.
fn counted(arrivals: &str, seconds: f64) -> Scene {
    Scene::new(
        queue(arrivals, "\"1ns\"", "1", ""),
        Length::Transient { horizon: seconds },
    )
}

/// Counts over `[0, T]`.
fn count(entry: &Entry, arrivals: &str, seconds: f64) -> Result<Way, String> {
    let scene = counted(arrivals, seconds);
    let (reading, kind) = match entry.quantity.as_str() {
        "rate" => (Reading::ArrivedPerSecond, Kind::Mean),
        "E[N(T)]" => (Reading::Arrived, Kind::Mean),
        "Var[N(0,T]]" | "Var[N(T)]" | "Var[N]" => (Reading::ArrivedVariance, Kind::Second),
        "P(N(1)=0)" | "P(N=0)" => (Reading::ArrivedIs(0), Kind::Probability),
        _ => return Err(no_quantity(entry)),
    };
    task(scene, reading, kind)
}

/// Poisson immigrants and their descendants, with an exponential kernel.
fn exponential_hawkes(entry: &Entry, start: &str) -> Result<String, String> {
    let (baseline, alpha, beta) = (
        entry.number("baseline")?,
        entry.number("alpha")?,
        entry.number("beta")?,
    );
    Ok(format!(
        "{{ poisson = \"{baseline} per s\", contagion = {{ offspring = {}, kernel = {{ exponential = {} }}, start = \"{start}\" }} }}",
        alpha / beta,
        span(1.0 / beta)
    ))
}

fn hawkes(entry: &Entry, start: &str) -> Result<Way, String> {
    // A rate has no T: any will do.
    let seconds = if entry.quantity == "rate" {
        100.0
    } else {
        entry.number("T")?
    };
    count(entry, &exponential_hawkes(entry, start)?, seconds)
}

fn omori(entry: &Entry) -> Result<Way, String> {
    let (baseline, n) = (entry.number("baseline")?, entry.number("branching")?);
    let (c, theta) = (entry.number("c")?, entry.number("theta")?);
    let arrivals = format!(
        "{{ poisson = \"{baseline} per s\", contagion = {{ offspring = {n}, kernel = {{ lomax = {{ c = {}, theta = {theta} }} }} }} }}",
        span(c)
    );
    count(entry, &arrivals, entry.number("T")?)
}

fn hawkes_served(entry: &Entry, start: &str) -> Result<Way, String> {
    let law = Law::exponential(1.0 / entry.number("mu")?);
    // The steady state: 25 service times after it began empty among stationary arrivals, 1e-11 of it is missing.
    let t = if start == "empty" {
        entry.number("T")?
    } else {
        25.0 * law.mean
    };
    let base = queue(&exponential_hawkes(entry, start)?, &law.toml, "\"unlimited\"", "");
    let scene = Scene::new(base, Length::Transient { horizon: t }).look(t);
    let (reading, kind) = match entry.quantity.as_str() {
        "E[Q(T)]" | "E[Q]" => (Reading::At(t, Field::InWork), Kind::Mean),
        "Var[Q(T)]" | "Var[Q]" => (Reading::VarianceAt(t, Field::InWork), Kind::Second),
        _ => return Err(no_quantity(entry)),
    };
    task(scene, reading, kind)
}

fn cluster(entry: &Entry) -> Result<Way, String> {
    let n = entry.number("branching")?;
    let arrivals = format!(
        "{{ at = [\"0s\"], contagion = {{ offspring = {n}, kernel = {{ exponential = \"1s\" }} }} }}"
    );
    // The chance that a line of descent lasts longer than this falls like n^generations.
    let scene = counted(&arrivals, 1000.0 / (1.0 - n));
    let (reading, kind) = match entry.quantity.as_str() {
        "mean" => (Reading::Arrived, Kind::Mean),
        "var" => (Reading::ArrivedVariance, Kind::Second),
        "P(size=5)" => (Reading::ArrivedIs(5), Kind::Probability),
        _ => return Err(no_quantity(entry)),
    };
    task(scene, reading, kind)
}

fn mmpp(entry: &Entry) -> Result<Way, String> {
    let [l1, l2, q12, q21] = [
        entry.number("l1")?,
        entry.number("l2")?,
        entry.number("q12")?,
        entry.number("q21")?,
    ];
    let arrivals = format!(
        "{{ mmpp = {{ rates = [\"{l1} per s\", \"{l2} per s\"], leave = [\"{q12} per s\", \"{q21} per s\"] }} }}"
    );
    let seconds = if entry.quantity == "rate" {
        100.0
    } else {
        entry.number("T")?
    };
    count(entry, &arrivals, seconds)
}

fn cox(entry: &Entry) -> Result<Way, String> {
    let (mean, shape) = (entry.number("mean")?, entry.number("shape")?);
    let arrivals =
        format!("{{ rate = \"{mean} per day\", busyness = [{{ shape = {shape}, every = \"day\" }}] }}");
    count(entry, &arrivals, 86_400.0)
}
