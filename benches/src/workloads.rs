//! The four workloads, as scenario texts.

use anyhow::{Result, anyhow};
use ashcloud_scenario::spec::Compiled;
use ashcloud_sim::{Pool, experiment};
use ashcloud_stats::{Fraction, Level, Measure};

use crate::floors::Queue;

/// A classic queue that is known exactly, with unit mean service.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// W1 to W4.
    pub name: &'static str,
    /// What it stresses.
    pub stresses: &'static str,
    /// The queue.
    pub queue: Queue,
    /// Mean wait of all, by theory.
    pub exact: f64,
    /// Customers of a full run.
    pub customers: u64,
}

/// The workloads in their order. Mean waits: W1 rho/(mu - lambda); W2 Erlang C; W3 and W4 Erlang A (Palm 1957), where
/// P(leave) = 1 - throughput/arrivals and E\[wait\] = P(leave) x mean patience.
pub const WORKLOADS: [Workload; 4] = [
    Workload {
        name: "W1",
        stresses: "cost of one event",
        queue: Queue {
            servers: 1,
            rate: 0.9,
            patience: f64::INFINITY,
        },
        exact: 9.0,
        customers: 10_000_000,
    },
    Workload {
        name: "W2",
        stresses: "the event list",
        queue: Queue {
            servers: 20,
            rate: 18.0,
            patience: f64::INFINITY,
        },
        exact: 0.275_381,
        customers: 10_000_000,
    },
    Workload {
        name: "W3",
        stresses: "leaving",
        queue: Queue {
            servers: 20,
            rate: 22.0,
            patience: 1.0,
        },
        exact: 0.136_62,
        customers: 10_000_000,
    },
    Workload {
        name: "W4",
        stresses: "the storm: a million waiting",
        queue: Queue {
            servers: 20,
            rate: 20_000.0,
            patience: 50.0,
        },
        exact: 49.95,
        customers: 20_000_000,
    },
];

/// What one run through the real path gave.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Customers that arrived.
    pub customers: u64,
    /// Mean wait in service times.
    pub mean_wait: f64,
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
            "title = \"{}\"\nhorizon = \"{arriving}s\"\nfollow_up = \"{drain}s\"\n[queue]\narrivals = {arrivals}\nservice = \
             {{ exponential = \"1s\" }}\nagents = {servers}\n{patience}{targets}[observe]\nresponses = false\n\
             [experiment]\nreplications = 1\n",
            self.name
        )
    }

    /// Compiles the scenario.
    ///
    /// # Errors
    /// If the text has faults: the format changed under it.
    pub fn compile(&self, customers: u64) -> Result<Compiled> {
        let text = self.scenario(customers);
        ashcloud_scenario::load_str(self.name, &text, std::path::Path::new("."), &[])
            .map(|(compiled, _)| compiled)
            .map_err(|faults| anyhow!("{}: {faults}", self.name))
    }
}

/// One replication of a compiled workload: file, router and recorder as users run them.
///
/// # Errors
/// If nothing was run.
pub fn run(compiled: &Compiled, seed: u64) -> Result<Run> {
    let mut setup = experiment::setup(compiled, 0);
    setup.seed = seed;
    let pool = Pool::new(setup, 1);
    let rows = pool.run(0, 1, &|| false, &|r| {
        let value = |measure| r.recorder.value(measure, &[0]);
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
        (value(Measure::Offered), value(Measure::WaitMean))
    });
    let (offered, wait): (Fraction, Fraction) = rows
        .into_iter()
        .next()
        .ok_or_else(|| anyhow!("nothing was run"))?;
    Ok(Run {
        customers: offered.numerator as u64,
        mean_wait: wait.numerator / wait.denominator,
    })
}
