//! What mechanisms, volume, skills, seeds and odd deadlines cost: ratios of CPU times per comment.

use anyhow::{Result, anyhow};
use ashcloud_scenario::spec::Compiled;
use ashcloud_sim::{Pool, experiment};
use ashcloud_stats::Measure;
use cpu_time::ProcessTime;
use serde::Serialize;
use std::fmt::Write as _;
use std::hint::black_box;

use crate::floors::flat;
use crate::measure::{median, seconds};
use crate::workloads::named;

/// A ratio and what is asked of it.
#[derive(Debug, Serialize)]
pub struct Breadth {
    /// What against what.
    pub what: String,
    /// Median over the rounds, or the worst where seeds are compared.
    pub ratio: f64,
    /// The bound.
    pub asked: f64,
    /// Is the bound the least, rather than the most?
    pub at_least: bool,
    /// Whether it was kept.
    pub met: bool,
}

impl Breadth {
    fn most(what: impl Into<String>, ratio: f64, asked: f64) -> Breadth {
        let what = what.into();
        Breadth {
            what,
            ratio,
            asked,
            at_least: false,
            met: ratio <= asked,
        }
    }
}

/// All ratios; each of so many interleaved runs.
///
/// # Errors
/// If a scenario does not compile: the format changed under it.
pub fn breadth(runs: u32, scale: f64) -> Result<Vec<Breadth>> {
    let runs = runs.max(1);
    let mut found = everything(runs, scale)?;
    found.push(skills(runs, scale)?);
    found.extend(seeds(scale)?);
    found.push(far_deadline(runs, scale)?);
    Ok(found)
}

fn everything(runs: u32, scale: f64) -> Result<Vec<Breadth>> {
    const VOLUME: u32 = 100;
    /// The machine is not always as fast: file and floor take turns.
    const TURNS: u32 = 5;
    let (one, many) = (compile(&everything_at(1))?, compile(&everything_at(VOLUME))?);
    let floor = named("W3")?;
    let replications = (f64::from(VOLUME / TURNS) * scale).ceil() as u32;
    let (mut against_floor, mut against_one) = (Vec::new(), Vec::new());
    for seed in 1..=u64::from(runs) {
        let mut small = Warm::new(&one, seed);
        let customers = floor.scaled(0.2 * scale);
        let mut on_floor = 0.0;
        let mut large = None;
        for turn in 0..TURNS {
            if turn == TURNS / 2 && scale >= 0.5 {
                large = Some(per_contact(&many, seed, 1));
            }
            small.run(replications);
            let begin = ProcessTime::now();
            black_box(flat(floor.queue, customers, seed));
            on_floor += seconds(begin.elapsed());
        }
        against_floor.push(on_floor / (f64::from(TURNS) * customers as f64) / small.per_contact());
        against_one.extend(large.map(|large| large / small.per_contact()));
    }
    let ratio = median(against_floor);
    let mut found = vec![Breadth {
        what: "a file with every mechanism, against floor flat's W3".into(),
        ratio,
        asked: 0.10,
        at_least: true,
        met: ratio >= 0.10,
    }];
    if !against_one.is_empty() {
        let what = format!("time per comment of that file at {VOLUME} times the volume, against once");
        found.push(Breadth::most(what, median(against_one), 1.5));
    }
    Ok(found)
}

fn everything_at(volume: u32) -> String {
    let pieces = include_str!("everything.toml").split('@');
    let piece = |piece: &str| match piece.replace('_', "").parse::<u64>() {
        Ok(number) => (number * u64::from(volume)).to_string(),
        Err(_) => piece.into(),
    };
    pieces.map(piece).collect()
}

/// Groups of 25 agents who take three of twenty classes each, in an order of preference of their own, against one group of
/// twenty with one class; both at load 0.9.
fn skills(runs: u32, scale: f64) -> Result<Breadth> {
    const GROUPS: usize = 20;
    let customers = 1e6 * scale;
    let horizon = |rate: f64| {
        format!(
            "horizon = \"{}s\"\nfollow_up = \"0s\"\n",
            (customers / rate).ceil()
        )
    };
    let stream = |rate: f64, classes: &str| {
        format!("[[arrivals]]\npoisson = \"{rate} per s\"\nclasses = {{ {classes} }}\n")
    };
    let class = |name: &str| format!("[classes.{name}]\nhandling = {{ exponential = \"1s\" }}\n");
    let one =
        horizon(18.0) + &stream(18.0, "c0 = 1") + &class("c0") + "[[teams]]\nname = \"every\"\nagents = 20\n";
    let shares = (0..GROUPS).map(|c| format!("c{c} = 0.05")).collect::<Vec<_>>();
    let mut many = horizon(450.0) + &stream(450.0, &shares.join(", "));
    for c in 0..GROUPS {
        many += &class(&format!("c{c}"));
    }
    for group in 0..GROUPS {
        let skill = |rank: usize| {
            format!(
                "{{ class = \"c{}\", rank = {1}, prefer = {1} }}",
                (group + rank) % GROUPS,
                rank + 1
            )
        };
        let _ = write!(
            many,
            "[[teams]]\nname = \"t{group}\"\nagents = 25\nskills = [{}, {}, {}]\n",
            skill(0),
            skill(1),
            skill(2)
        );
    }
    many += "[routing]\nbetween = \"oldest\"\n";
    let (one, many) = (compile(&one)?, compile(&many)?);
    let ratios = (1..=u64::from(runs)).map(|seed| per_contact(&many, seed, 2) / per_contact(&one, seed, 2));
    let what = "time per comment, 500 agents in 20 skill groups against 20 in one";
    Ok(Breadth::most(what, median(ratios.collect()), 3.0))
}

/// The slowest of several seeds against the fastest.
fn seeds(scale: f64) -> Result<Vec<Breadth>> {
    let mut found = Vec::new();
    for name in ["W2", "W3-exact", "W4", "W4-exact"] {
        let workload = named(name)?;
        let compiled = workload.compile(workload.scaled(0.1 * scale))?;
        let times: Vec<f64> = (1..=8).map(|seed| per_contact(&compiled, seed, 1)).collect();
        let slowest = times.iter().copied().fold(0.0, f64::max);
        let fastest = times.iter().copied().fold(f64::INFINITY, f64::min);
        let what = format!("{name}, the slowest of 8 seeds against the fastest");
        found.push(Breadth::most(what, slowest / fastest, 2.0));
    }
    Ok(found)
}

/// The storm whose every leaving acts, with somebody who waits from the beginning and would wait for a year, against the
/// same with somebody who soon leaves.
fn far_deadline(runs: u32, scale: f64) -> Result<Breadth> {
    let lasts = (100.0 * scale).ceil();
    let storm = |patience: &str| {
        format!(
            "horizon = \"{lasts}s\"\nfollow_up = \"600s\"\n[[arrivals]]\nname = \"storm\"\npieces = [{{ for = \"{lasts}s\", rate = \"20000 per s\" }}]\n\
             classes = {{ comment = 1 }}\n[[arrivals]]\nname = \"lone\"\nat = [\"1s\"]\nclasses = {{ lone = 1 }}\n\
             [classes.comment]\nhandling = {{ exponential = \"1s\" }}\ntolerance = {{ exponential = \"50s\" }}\n\
             [classes.lone]\nhandling = \"1s\"\ntolerance = \"{patience}\"\n\
             [[teams]]\nname = \"agents\"\nagents = 20\n[routing]\npriorities = [\"comment\", \"lone\"]\ncapacity = 4_000_000_000\n"
        )
    };
    let (far, near) = (compile(&storm("365d"))?, compile(&storm("10s"))?);
    let ratios = (1..=u64::from(runs)).map(|seed| per_contact(&far, seed, 1) / per_contact(&near, seed, 1));
    let what = "W4-exact with a lone deadline a year ahead, against one soon";
    Ok(Breadth::most(what, median(ratios.collect()), 2.0))
}

fn compile(text: &str) -> Result<Compiled> {
    ashcloud_scenario::load_str("breadth", text, std::path::Path::new("."), &[])
        .map(|(compiled, _)| compiled)
        .map_err(|faults| anyhow!("{faults}"))
}

/// CPU seconds per comment or call that came, in memory that a replication has used before.
fn per_contact(compiled: &Compiled, seed: u64, replications: u32) -> f64 {
    let mut warm = Warm::new(compiled, seed);
    warm.run(replications);
    warm.per_contact()
}

/// A model whose memory a replication has used before, and what its replications took since.
struct Warm<'a> {
    pool: Pool<'a>,
    classes: Vec<usize>,
    /// The next replication.
    next: u32,
    contacts: f64,
    seconds: f64,
}

impl<'a> Warm<'a> {
    fn new(compiled: &'a Compiled, seed: u64) -> Warm<'a> {
        let mut setup = experiment::setup(compiled, 0);
        setup.seed = seed;
        let mut warm = Warm {
            classes: (0..setup.recording.classes).collect(),
            pool: Pool::new(setup, 1),
            next: 0,
            contacts: 0.0,
            seconds: 0.0,
        };
        warm.run(1);
        (warm.contacts, warm.seconds) = (0.0, 0.0);
        warm
    }

    fn run(&mut self, replications: u32) {
        let from = self.next;
        self.next += replications;
        let begin = ProcessTime::now();
        let contacts = self.pool.run(from, self.next, &|| false, &|r| {
            let of = |measure| r.recorder.value(measure, &self.classes).numerator;
            of(Measure::Offered) + of(Measure::Closed)
        });
        self.seconds += seconds(begin.elapsed());
        self.contacts += contacts.iter().sum::<f64>();
    }

    fn per_contact(&self) -> f64 {
        self.seconds / self.contacts.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every scenario compiles, and every ratio is a number.
    #[test]
    fn all_can_be_measured() -> Result<()> {
        let found = breadth(1, 0.01)?;
        assert_eq!(found.len(), 7);
        assert!(
            found.iter().all(|b| b.ratio.is_finite() && b.ratio > 0.0),
            "{found:?}"
        );
        compile(&everything_at(100))?;
        Ok(())
    }
}
