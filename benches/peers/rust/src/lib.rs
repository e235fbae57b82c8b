//! What the peers' programs share: the queue asked for, the queue's own bookkeeping, and the line that is printed. An engine
//! brings the event list, the clock and the way an event reaches its model.

use std::collections::VecDeque;
use std::process::exit;
use std::str::FromStr;
use std::time::Duration;

use cpu_time::ProcessTime;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp1};

/// A service time in nanoseconds of the engine's clock.
const SERVICE: f64 = 1e9;

/// The queue asked for: Poisson arrivals, exponential service with mean 1, exponential patience.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    /// Servers.
    pub servers: u64,
    /// Arrivals per service time.
    pub rate: f64,
    /// Mean patience in service times; infinite waits for ever.
    pub patience: f64,
    /// Customers that arrive.
    pub customers: u64,
    /// Of the random stream.
    pub seed: u64,
}

impl Queue {
    /// From the arguments of the program: servers, rate, patience or `inf`, customers, seed. Ends the program where they are
    /// not these.
    pub fn from_arguments() -> Queue {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [servers, rate, patience, customers, seed] = arguments.as_slice() else {
            eprintln!("usage: SERVERS RATE PATIENCE CUSTOMERS SEED");
            exit(2)
        };
        Queue {
            servers: number(servers),
            rate: number(rate),
            patience: number(patience),
            customers: number(customers),
            seed: number(seed),
        }
    }
}

fn number<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| {
        eprintln!("{text} is no number");
        exit(2)
    })
}

/// What becomes of a customer who arrives.
pub enum Fate {
    /// A server is free: the service ends after this.
    Served(Duration),
    /// Waits under this number, with this patience where it ends.
    Waits(u64, Option<Duration>),
}

/// Servers and the line in front of them. Times are nanoseconds of the engine's clock.
pub struct Station {
    queue: Queue,
    random: SmallRng,
    busy: u64,
    arrived: u64,
    waited: u64,
    /// When those who wait arrived, by number; one who gave up leaves a gap.
    line: VecDeque<Option<u64>>,
    /// Number of the first of the line.
    first: u64,
}

impl Station {
    /// Empty, and nobody has arrived.
    pub fn new(queue: Queue) -> Station {
        Station {
            queue,
            random: SmallRng::seed_from_u64(queue.seed),
            busy: 0,
            arrived: 0,
            waited: 0,
            line: VecDeque::new(),
            first: 0,
        }
    }

    /// An exponential time; never zero, which engines refuse.
    fn exponential(&mut self, mean: f64) -> Duration {
        let x: f64 = Exp1.sample(&mut self.random);
        Duration::from_nanos((x * mean * SERVICE) as u64 + 1)
    }

    /// Until the next arrival; `None` after the last.
    pub fn gap(&mut self) -> Option<Duration> {
        (self.arrived < self.queue.customers).then(|| self.exponential(1.0 / self.queue.rate))
    }

    /// A customer arrives.
    pub fn arrive(&mut self, now: u64) -> Fate {
        self.arrived += 1;
        if self.busy < self.queue.servers {
            self.busy += 1;
            return Fate::Served(self.exponential(1.0));
        }
        let number = self.first + self.line.len() as u64;
        self.line.push_back(Some(now));
        let patience = self.queue.patience;
        Fate::Waits(number, patience.is_finite().then(|| self.exponential(patience)))
    }

    /// A service ends: that of the next customer, where one waits.
    pub fn depart(&mut self, now: u64) -> Option<Duration> {
        while let Some(head) = self.line.pop_front() {
            self.first += 1;
            if let Some(since) = head {
                self.waited += now - since;
                return Some(self.exponential(1.0));
            }
        }
        self.busy -= 1;
        None
    }

    /// The patience of this customer ends, who may have been served long ago.
    pub fn give_up(&mut self, number: u64, now: u64) {
        let place = number.checked_sub(self.first);
        let waiting = place.and_then(|place| self.line.get_mut(place as usize));
        if let Some(since) = waiting.and_then(Option::take) {
            self.waited += now - since;
        }
    }

    /// All have come and gone.
    pub fn is_over(&self) -> bool {
        self.arrived == self.queue.customers && self.busy == 0
    }

    /// Mean wait of all, in service times.
    pub fn mean_wait(&self) -> f64 {
        self.waited as f64 / SERVICE / self.queue.customers as f64
    }
}

/// Runs `simulate`, which gives the mean wait of all, and prints its CPU seconds and the process's peak memory with the
/// engine's version.
pub fn report(engine: &str, queue: Queue, simulate: impl FnOnce() -> f64) {
    let begin = ProcessTime::now();
    let mean_wait = simulate();
    let cpu = begin.elapsed().as_secs_f64();
    let peak = peak_mib().map_or("null".into(), |mib| mib.to_string());
    println!(
        "{{\"version\": \"{}\", \"customers\": {}, \"cpu_s\": {cpu}, \"mean_wait\": {mean_wait}, \"peak_mib\": {peak}}}",
        version(engine),
        queue.customers
    );
}

/// Of a package, as this program was built.
fn version(package: &str) -> &'static str {
    let name = format!("name = \"{package}\"\nversion = \"");
    let found = include_str!("../Cargo.lock").split_once(&name);
    found.and_then(|(_, rest)| rest.split('"').next()).unwrap_or("?")
}

/// Peak of resident memory of this process; Linux only.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}
