//! Replications in parallel, results in their order.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ashcloud_core::{Lists, Output, Rings, RoomKind, Slots, Span, Time};
use ashcloud_house::finishes::{Few, Many};
use ashcloud_house::{Observer, Watch};
use ashcloud_scenario::spec::Model;
use ashcloud_stats::{Recorder, Recording};

use crate::full::Full;
use crate::lean::Lean;

/// What one model's replications need.
#[derive(Clone)]
pub struct Setup<'a> {
    /// The model and its world.
    pub model: &'a Model,
    /// What is recorded.
    pub recording: Recording,
    /// What is watched beside it.
    pub watch: Watch,
    /// Each replication ends when the house is first empty.
    pub until_clear: bool,
    /// Master seed.
    pub seed: u64,
}

/// A driver, with the memory that it uses again from replication to replication.
pub(crate) trait Driver: Send {
    /// Runs one replication. False where `patience` came to an end first: what was recorded of it then means nothing, and
    /// the distributions hold a part of it.
    fn run(&mut self, seed: u64, replication: u64, patience: Patience<'_>) -> bool;
    /// What was recorded of it; distributions are of all so far.
    fn recorder(&self) -> &Recorder;
    fn recorder_mut(&mut self) -> &mut Recorder;
    /// What was watched beside it.
    fn observer(&self) -> Option<&Observer> {
        None
    }
}

/// After so many events a driver asks whether to stop.
pub(crate) const EVENTS: u32 = 4096;

/// Asks now and then whether to stop, for a driver that tells of every event.
pub(crate) struct Patience<'s> {
    left: u32,
    stop: &'s dyn Fn() -> bool,
}

impl<'s> Patience<'s> {
    pub(crate) fn new(stop: &'s dyn Fn() -> bool) -> Patience<'s> {
        Patience { left: EVENTS, stop }
    }

    /// One more event: is it time to stop?
    #[inline(always)]
    pub(crate) fn ends(&mut self) -> bool {
        self.left -= 1;
        self.left == 0 && self.is_over()
    }

    /// Is it time to stop? For a driver that counts its events itself.
    #[cold]
    pub(crate) fn is_over(&mut self) -> bool {
        self.left = EVENTS;
        (self.stop)()
    }
}

type Engine = Box<dyn Driver>;

/// Engines that are used again from call to call, one per thread at most; distributions gather in them.
pub struct Pool<'a> {
    setup: Setup<'a>,
    idle: Mutex<Vec<Engine>>,
    threads: usize,
    /// Nanoseconds that a replication took of late; zero before the first.
    pace: AtomicU64,
    gathered: Recorder,
}

/// The system would not make a thread, in some call.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// Has the system ever refused to make a thread? The work is done all the same, by fewer.
pub fn threads_were_refused() -> bool {
    REFUSED.load(Ordering::Relaxed)
}

/// The thread that was made, if it was.
fn make<T>(made: std::io::Result<T>) -> Option<T> {
    if made.is_err() {
        REFUSED.store(true, Ordering::Relaxed);
    }
    made.ok()
}

/// Work for which a thread is worth its making.
const PORTION: Duration = Duration::from_micros(300);

/// One finished replication, as the caller may look at it.
pub struct Replication<'r> {
    /// Its number, from 0.
    pub number: u32,
    /// Its sums.
    pub recorder: &'r Recorder,
    /// Its states over time, where something is watched or the model needs the full driver.
    pub observer: Option<&'r Observer>,
}

impl<'a> Pool<'a> {
    /// A pool of at most `threads` engines (at least one).
    pub fn new(setup: Setup<'a>, threads: usize) -> Pool<'a> {
        Pool {
            idle: Mutex::new(Vec::new()),
            threads: threads.max(1),
            pace: AtomicU64::new(0),
            gathered: Recorder::new(setup.recording.clone()),
            setup,
        }
    }

    /// Runs replications `from..to` and returns what `look` makes of each, in their order. Asks `stop` before each and every few
    /// thousand events; once it says yes no more are begun, those that run are dropped, and the result is shorter: always the
    /// first ones, without gaps. The distributions of a call that was stopped hold parts of what was dropped:
    /// [`Pool::discard`] takes them away.
    pub fn run<T: Send>(
        &self,
        from: u32,
        to: u32,
        stop: &(dyn Fn() -> bool + Sync),
        look: &(dyn Fn(Replication<'_>) -> T + Sync),
    ) -> Vec<T> {
        let next = AtomicU32::new(from);
        let work = || {
            let mut engine = self.engine();
            let mut made = Vec::new();
            while !stop() {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= to {
                    break;
                }
                if !engine.run(self.setup.seed, u64::from(number), Patience::new(&stop)) {
                    break;
                }
                let replication = Replication {
                    number,
                    recorder: engine.recorder(),
                    observer: engine.observer(),
                };
                made.push((number, look(replication)));
            }
            self.put_away(engine);
            made
        };
        let threads = self.worthwhile(to.saturating_sub(from));
        let begun = Instant::now();
        // This thread works too.
        let mut made = std::thread::scope(|scope| {
            let left = || next.load(Ordering::Relaxed) < to;
            let others: Vec<_> = (1..threads)
                .take_while(|_| left())
                .map_while(|_| make(std::thread::Builder::new().spawn_scoped(scope, work)))
                .collect();
            let mut all = work();
            for other in others {
                match other.join() {
                    Ok(made) => all.extend(made),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        });
        if !made.is_empty() {
            let each = begun.elapsed().as_nanos() as u64 * threads as u64 / made.len() as u64;
            self.pace.store(each.max(1), Ordering::Relaxed);
        }
        made.sort_by_key(|(number, _)| *number);
        // Of those that ran side by side a later one may be whole where an earlier one was dropped.
        let whole = (from..)
            .zip(made)
            .take_while(|(next, (number, _))| next == number);
        whole.map(|(_, (_, made))| made).collect()
    }

    /// The distributions of all replications run so far, in a recorder whose sums mean nothing.
    pub fn distributions(&mut self) -> &Recorder {
        for engine in self.idle.get_mut().unwrap_or_else(PoisonError::into_inner) {
            self.gathered.take_distributions(engine.recorder_mut());
        }
        &self.gathered
    }

    /// Forgets the distributions of all replications since [`Pool::distributions`] was last asked.
    pub fn discard(&mut self) {
        self.idle
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The same, once and for all.
    pub fn into_distributions(mut self) -> Recorder {
        self.distributions();
        self.gathered
    }

    /// How many threads so many replications are worth: all there may be where nothing is known of them.
    fn worthwhile(&self, replications: u32) -> usize {
        let most = self.threads.min(replications as usize).max(1);
        match self.pace.load(Ordering::Relaxed) {
            0 => most,
            each => {
                let work = u128::from(each) * u128::from(replications);
                most.min((work / PORTION.as_nanos()) as usize + 1)
            }
        }
    }

    fn engine(&self) -> Engine {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| engine(&self.setup))
    }

    fn put_away(&self, engine: Engine) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(engine);
    }
}

/// Every decision of one replication, with its time: what the router said, in its order. `None` where `stop`, which is asked
/// every few thousand events, says yes first.
pub fn decisions(
    setup: &Setup<'_>,
    replication: u64,
    stop: &dyn Fn() -> bool,
) -> Option<Vec<(Time, Output)>> {
    let recorder = Recorder::new(setup.recording.clone());
    let mut driver = Full::new(setup.model, recorder, setup.watch.clone(), setup.until_clear);
    driver.log(setup.seed, replication, Patience::new(stop))
}

/// The fastest driver that can do what the model needs.
fn engine(setup: &Setup<'_>) -> Engine {
    let Setup {
        model,
        recording,
        watch,
        until_clear,
        ..
    } = setup;
    let recorder = Recorder::new(recording.clone());
    let watching = !watch.at.is_empty() || watch.moments.is_some() || *until_clear;
    if watching || !Lean::<Many<u128>, Slots>::suits(model) {
        return Box::new(Full::new(model, recorder, watch.clone(), *until_clear));
    }
    let agents = model.plan.staff();
    // A finish must never seem to come before the run's end because its word was too short.
    let (agents, end) = (agents as usize, model.world.end + Span::SECOND);
    let (one, few) = (Few::<2>::suits(agents, end), Few::<64>::suits(agents, end));
    match model.plan.room() {
        RoomKind::Rings if one => Box::new(Lean::<Few<2>, Rings>::new(model, recorder)),
        RoomKind::Rings if few => Box::new(Lean::<Few<64>, Rings>::new(model, recorder)),
        RoomKind::Rings if Many::<u64>::suits(agents, end) => {
            Box::new(Lean::<Many<u64>, Rings>::new(model, recorder))
        }
        RoomKind::Rings => Box::new(Lean::<Many<u128>, Rings>::new(model, recorder)),
        RoomKind::Lists if few => Box::new(Lean::<Few<64>, Lists>::new(model, recorder)),
        RoomKind::Lists => Box::new(Lean::<Many<u128>, Lists>::new(model, recorder)),
        RoomKind::Slots => Box::new(Lean::<Many<u128>, Slots>::new(model, recorder)),
    }
}
