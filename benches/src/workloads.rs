//! The workloads, as scenario texts.

use anyhow::{Result, anyhow};
use ashcloud_scenario::spec::Compiled;
use ashcloud_sim::{Pool, experiment};
use ashcloud_stats::{Level, Measure};
use serde::Serialize;

use crate::floors::Queue;

/// A queue that is known exactly, with unit mean service, and the speed asked of it.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its name in tables and JSON.
    pub name: &'static str,
    /// What it stresses.
    pub stresses: &'static str,
    /// The queue.
    pub queue: Queue,
    /// How the organisation in front of it is written.
    pub form: Form,
    /// Mean wait of all, by theory.
    pub exact: f64,
    /// Customers of a full run.
    pub customers: u64,
    /// The floor it is judged by.
    pub against: Floor,
    /// Least ratio to that floor.
    pub asked: f64,
}

/// How a queue is written as a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `[queue]`, leaving found when the head of the queue is looked at.
    Plain,
    /// The same with a capacity that never binds: a rule that reads the live queue, so expiry is an event that acts.
    /// It costs one comparison per arrival; a moment to observe, which selects the same, would attach a watch as well.
    Exact,
    /// The same load as three classes in equal shares to two teams of half the servers each, with preferences of their
    /// own: team 0 takes the oldest, team 1 in the order of classes. Work conserving, so the mean wait of all is that
    /// of the one queue.
    Multi,
}

/// A hand-written floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Floor {
    /// [`crate::floors::event_loop`].
    Loop,
    /// [`crate::floors::flat`].
    Flat,
}

const W1: Queue = Queue {
    servers: 1,
    rate: 0.9,
    patience: f64::INFINITY,
};
const W2: Queue = Queue {
    servers: 20,
    rate: 18.0,
    patience: f64::INFINITY,
};
const W3: Queue = Queue {
    servers: 20,
    rate: 22.0,
    patience: 1.0,
};
const W4: Queue = Queue {
    servers: 20,
    rate: 20_000.0,
    patience: 50.0,
};

/// The workloads in their order; those of one queue stand together. Mean waits: W1 rho/(mu - lambda); W2 Erlang C; W3 and
/// W4 Erlang A (Palm 1957), where P(leave) = 1 - throughput/arrivals and E\[wait\] = P(leave) x mean patience.
pub const WORKLOADS: [Workload; 7] = [
    Workload {
        name: "W1",
        stresses: "cost of one event",
        queue: W1,
        form: Form::Plain,
        exact: 9.0,
        customers: 10_000_000,
        against: Floor::Loop,
        asked: 0.60,
    },
    Workload {
        name: "W2",
        stresses: "the event list",
        queue: W2,
        form: Form::Plain,
        exact: 0.275_381,
        customers: 10_000_000,
        against: Floor::Flat,
        asked: 0.70,
    },
    Workload {
        name: "W2-multi",
        stresses: "routing: 3 classes, 2 teams",
        queue: W2,
        form: Form::Multi,
        exact: 0.275_381,
        customers: 10_000_000,
        against: Floor::Flat,
        asked: 0.50,
    },
    Workload {
        name: "W3",
        stresses: "leaving",
        queue: W3,
        form: Form::Plain,
        exact: 0.136_62,
        customers: 10_000_000,
        against: Floor::Flat,
        asked: 0.70,
    },
    Workload {
        name: "W3-exact",
        stresses: "leaving as an event that acts",
        queue: W3,
        form: Form::Exact,
        exact: 0.136_62,
        customers: 10_000_000,
        against: Floor::Flat,
        asked: 0.45,
    },
    Workload {
        name: "W4",
        stresses: "the storm: a million waiting",
        queue: W4,
        form: Form::Plain,
        exact: 49.95,
        customers: 20_000_000,
        against: Floor::Flat,
        asked: 0.75,
    },
    Workload {
        name: "W4-exact",
        stresses: "the storm, every leaving acts",
        queue: W4,
        form: Form::Exact,
        exact: 49.95,
        customers: 20_000_000,
        against: Floor::Flat,
        asked: 0.25,
    },
];

/// The workload of this name.
///
/// # Errors
/// If there is none.
pub fn named(name: &str) -> Result<&'static Workload> {
    WORKLOADS
        .iter()
        .find(|w| w.name == name)
        .ok_or_else(|| anyhow!("no workload is called {name}"))
}

/// What one run through the real path gave.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Customers that arrived.
    pub customers: u64,
    /// Mean wait in service times.
    pub mean_wait: f64,
    /// Most that waited at a moment that was looked at; `None` where nobody looked.
    pub most_waiting: Option<u64>,
}

impl Workload {
    /// The scenario file of so many customers: waits, the four service levels and time integrals are on.
    pub fn scenario(&self, customers: u64) -> String {
        let Queue {
            servers,
            rate,
            patience,
        } = self.queue;
        let arriving = (customers as f64 / rate).max(1.0).round();
        // A million still wait when the storm's arrivals end: it is run until they are gone, as the floors are.
        let drain = if patience > 1.0 && patience.is_finite() {
            (patience * 20.0).round()
        } else {
            0.0
        };
        let arrivals = if drain > 0.0 {
            format!("{{ pieces = [{{ for = \"{arriving}s\", rate = \"{rate} per s\" }}] }}")
        } else {
            format!("{{ poisson = \"{rate} per s\" }}")
        };
        let patience = if patience.is_finite() {
            format!("patience = {{ exponential = \"{patience}s\" }}\n")
        } else {
            String::new()
        };
        let queue = |rest: &str| {
            format!(
                "[queue]\narrivals = {arrivals}\nservice = {{ exponential = \"1s\" }}\nagents = {servers}\n{patience}{rest}"
            )
        };
        let organisation = match self.form {
            Form::Plain => queue(""),
            Form::Exact => queue("capacity = 4_000_000_000\n"),
            Form::Multi => multi(rate, servers),
        };
        let mut targets = String::new();
        for of in [
            "offered",
            "answered",
            "offered, leaving counted",
            "offered, leaving excluded",
        ] {
            targets += &format!("[[targets]]\ntaken_up_within = \"0.5s\"\nof = \"{of}\"\nshare = 0.8\n");
        }
        format!(
            "title = \"{}\"\nhorizon = \"{arriving}s\"\nfollow_up = \"{drain}s\"\n{organisation}{targets}[observe]\n\
             responses = false\n[experiment]\nreplications = 1\n",
            self.name
        )
    }

    /// Compiles the scenario.
    ///
    /// # Errors
    /// If the text has faults: the format changed under it.
    pub fn compile(&self, customers: u64) -> Result<Compiled> {
        self.compiled(&self.scenario(customers))
    }

    /// The same, looked at every second.
    ///
    /// # Errors
    /// If the text has faults: the format changed under it.
    pub fn compile_watched(&self, customers: u64) -> Result<Compiled> {
        let text = self.scenario(customers);
        self.compiled(&text.replace("[observe]\n", "[observe]\nevery = \"1s\"\n"))
    }

    fn compiled(&self, text: &str) -> Result<Compiled> {
        ashcloud_scenario::load_str(self.name, text, std::path::Path::new("."), &[])
            .map(|(compiled, _)| compiled)
            .map_err(|faults| anyhow!("{}: {faults}", self.name))
    }

    /// Customers of a run at this scale.
    pub fn scaled(&self, scale: f64) -> u64 {
        (self.customers as f64 * scale).max(1000.0) as u64
    }
}

/// Three classes and two teams: a and c prefer team 0, b team 1.
fn multi(rate: f64, servers: usize) -> String {
    let mut text = format!(
        "[[arrivals]]\nname = \"posts\"\npoisson = \"{rate} per s\"\nclasses = {{ a = 0.3333333333, b = 0.3333333333, c = \
         0.3333333334 }}\n"
    );
    for class in ["a", "b", "c"] {
        text += &format!("[classes.{class}]\nhandling = {{ exponential = \"1s\" }}\n");
    }
    let half = servers / 2;
    text += &format!(
        "[[teams]]\nname = \"first\"\nagents = {half}\nskills = [{{ class = \"a\" }}, {{ class = \"b\", rank = 2 }}, {{ class = \
         \"c\" }}]\n[[teams]]\nname = \"second\"\nagents = {half}\nskills = [{{ class = \"a\", rank = 2, prefer = 3 }}, {{ class = \
         \"b\", prefer = 2 }}, {{ class = \"c\", rank = 2, prefer = 1 }}]\n[routing]\nbetween = \"oldest\"\n"
    );
    text
}

/// Runs replications of a compiled workload, file, router and recorder as users run them; memory is used again from one
/// to the next.
pub struct Runner<'a> {
    pool: Pool<'a>,
    classes: Vec<usize>,
}

impl<'a> Runner<'a> {
    /// Nothing is built before the first run.
    pub fn new(compiled: &'a Compiled, seed: u64, threads: usize) -> Runner<'a> {
        let mut setup = experiment::setup(compiled, 0);
        setup.seed = seed;
        Runner {
            classes: (0..setup.recording.classes).collect(),
            pool: Pool::new(setup, threads),
        }
    }

    /// Replications `from..to`, in their order.
    pub fn run(&self, from: u32, to: u32) -> Vec<Run> {
        self.pool.run(from, to, &|| false, &|r| {
            let value = |measure| r.recorder.value(measure, &self.classes);
            // Everything a user would read is read, so that nothing is optimised away.
            let levels = [
                Level::Offered,
                Level::Done,
                Level::LeftCounted,
                Level::LeftExcluded,
            ];
            let levels: f64 = levels
                .iter()
                .map(|&level| value(Measure::Within(0, level)).numerator)
                .sum();
            std::hint::black_box(
                levels + value(Measure::Waiting).numerator + value(Measure::Occupancy(0)).numerator,
            );
            let wait = value(Measure::WaitMean);
            Run {
                customers: value(Measure::Offered).numerator as u64,
                mean_wait: wait.numerator / wait.denominator,
                most_waiting: r
                    .observer
                    .and_then(|o| o.snapshots.iter().map(|s| s.waiting).max()),
            }
        })
    }
}

/// One replication with memory of its own.
///
/// # Errors
/// If nothing was run.
pub fn run(compiled: &Compiled, seed: u64) -> Result<Run> {
    let runs = Runner::new(compiled, seed, 1).run(0, 1);
    runs.first().copied().ok_or_else(|| anyhow!("nothing was run"))
}

#[cfg(test)]
mod tests {
    use ashcloud_core::Expiry;

    use super::*;

    /// Every form is what it is called, and its mean wait is near theory (within a tenth: the exact check is `verify`'s).
    #[test]
    fn workloads_are_what_they_are_called() -> Result<()> {
        for workload in &WORKLOADS {
            let name = workload.name;
            let compiled = workload.compile(200_000)?;
            let plan = &compiled.models[0].plan;
            let expiry = if workload.form == Form::Exact {
                Expiry::Exact
            } else {
                Expiry::Silent
            };
            assert_eq!(plan.expiry, expiry, "{name}");
            let (classes, teams) = if workload.form == Form::Multi {
                (3, 2)
            } else {
                (1, 1)
            };
            assert_eq!((plan.classes.len(), plan.teams.len()), (classes, teams), "{name}");
            let run = run(&compiled, 1)?;
            // The storm of so few customers does not reach its steady state; W1's queue is known to 3 % only after millions.
            let (from, to) = match name {
                "W4" | "W4-exact" => (0.0, 1.0),
                "W1" => (0.7, 1.3),
                _ => (0.9, 1.1),
            };
            let ratio = run.mean_wait / workload.exact;
            assert!(
                from < ratio && ratio < to,
                "{name}: {} by {}",
                run.mean_wait,
                workload.exact
            );
        }
        Ok(())
    }
}
