//! When the comments of one stream arrive: every [`spec::Source`], made ahead in blocks.
//!
//! What belongs to an arrival is drawn under its ordinal, so that the n-th arrival of a stream has the same random
//! numbers whatever else changes.

use std::sync::Arc;

use ashcloud_core::Time;
use ashcloud_scenario::spec::{self, BatchSize, LocalDay, Piece, Start, TraceEvent};

use crate::counts::geometric;
use crate::intensity::Intensity;
use crate::laws::{BLOCK, Sampler, nanoseconds};
use crate::moments::mean;
use crate::rng::{Key, Purpose};
use crate::storm::Storm;
use crate::ziggurat::Exponential;

/// Arrivals made ahead, ascending; behind the last stands [`Time::NEVER`].
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Nanoseconds.
    pub(crate) at: [u64; BLOCK + 1],
    /// Ordinal in the stream.
    pub(crate) ordinal: [u64; BLOCK + 1],
    len: usize,
}

impl Block {
    pub(crate) fn new() -> Block {
        Block {
            at: [Time::NEVER.0; BLOCK + 1],
            ordinal: [0; BLOCK + 1],
            len: 0,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
        self.at[0] = Time::NEVER.0;
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn is_full(&self) -> bool {
        self.len == BLOCK
    }

    #[inline(always)]
    fn push(&mut self, at: u64, ordinal: u64) {
        self.put(self.len, at, ordinal);
    }

    /// The last arrival stands at `place`, which is below [`BLOCK`].
    #[inline(always)]
    pub(crate) fn put(&mut self, place: usize, at: u64, ordinal: u64) {
        self.at[place] = at;
        self.ordinal[place] = ordinal;
        self.len = place + 1;
        self.at[place + 1] = Time::NEVER.0;
    }
}

/// A source with its constants worked out and where it stands.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Nothing,
    Renewal(Renewal),
    Intensity(Box<Intensity>),
    Decay(Decay),
    Sinusoidal(Sinusoidal),
    Batch(Batch),
    Storm(Box<Storm>),
    Times(Times),
    Trace(Box<Trace>),
}

impl Source {
    /// Compiles a source. A rate that is not above 0, or gaps below a nanosecond on average, give no arrivals at all.
    pub(crate) fn new(source: &spec::Source, world: &spec::World) -> Source {
        match source {
            spec::Source::Poisson { rate } => Source::renewal(&spec::Law::Exponential(1.0 / rate)),
            spec::Source::Renewal(law) => Source::renewal(law),
            spec::Source::Pieces { pieces, busyness } => {
                Source::Intensity(Box::new(Intensity::pieces(pieces, busyness, &world.days)))
            }
            spec::Source::Mmpp {
                rates,
                switching,
                start,
            } => Source::Intensity(Box::new(Intensity::chain(
                rates,
                switching,
                *start == Start::Stationary,
            ))),
            spec::Source::Decay { initial, time } => Source::Decay(Decay {
                expected: initial * time,
                time: *time,
                sum: 0.0,
                ordinal: 0,
                gap: Key::default(),
            }),
            spec::Source::Sinusoidal {
                mean,
                amplitude,
                period,
                phase,
            } if *mean > 0.0 => Source::Sinusoidal(Sinusoidal {
                peak_gap: 1.0 / (mean * (1.0 + amplitude)),
                amplitude: *amplitude,
                period: *period,
                phase: *phase,
                at: 0,
                ordinal: 0,
                gap: Key::default(),
            }),
            spec::Source::Batch { rate, size } if *rate > 0.0 => Source::Batch(Batch {
                gap_law: Sampler::new(&spec::Law::Exponential(1.0 / rate)),
                size: *size,
                at: 0,
                left: 0,
                epoch: 0,
                ordinal: 0,
                gap: Key::default(),
                sizes: Key::default(),
            }),
            spec::Source::Sinusoidal { .. } | spec::Source::Batch { .. } => Source::Nothing,
            spec::Source::Storm {
                at,
                affected,
                contact,
                rise,
                decay,
                lasts,
                tail,
            } => Source::Storm(Box::new(Storm::new(
                *at,
                *affected,
                *contact,
                [*rise, *decay, *lasts, *tail],
            ))),
            spec::Source::Times(times) => Source::Times(Times {
                times: Arc::clone(times),
                next: 0,
            }),
            spec::Source::Trace(trace) => Source::Trace(Box::new(Trace::new(trace, world))),
        }
    }

    fn renewal(law: &spec::Law) -> Source {
        // Finite, too: a rate of 0 is a mean of infinity.
        let mean = mean(law);
        let never = matches!(law, spec::Law::Exponential(mean) if !mean.is_finite());
        if never || mean.is_nan() || mean < 1e-9 {
            return Source::Nothing;
        }
        Source::Renewal(Renewal {
            law: Sampler::new(law),
            at: 0,
            ordinal: 0,
            gap: Key::default(),
        })
    }

    /// Back to time 0 with other draws; `key` gives the family of each purpose for this stream.
    pub(crate) fn reset(&mut self, key: impl Fn(Purpose) -> Key) {
        let gap = key(Purpose::Gap);
        match self {
            Source::Nothing => {}
            Source::Renewal(r) => (r.at, r.ordinal, r.gap) = (0, 0, gap),
            Source::Intensity(i) => i.reset(key),
            Source::Decay(d) => (d.sum, d.ordinal, d.gap) = (0.0, 0, gap),
            Source::Sinusoidal(s) => (s.at, s.ordinal, s.gap) = (0, 0, gap),
            Source::Batch(b) => {
                (b.at, b.left, b.epoch, b.ordinal) = (0, 0, 0, 0);
                (b.gap, b.sizes) = (gap, key(Purpose::BatchSize));
            }
            Source::Storm(s) => s.reset(gap, key(Purpose::StormCount)),
            Source::Times(t) => t.next = 0,
            Source::Trace(t) => t.reset(key(Purpose::Keep), key(Purpose::Bootstrap)),
        }
    }

    /// Appends the next arrivals before `end`; a block left empty means that none is left.
    pub(crate) fn fill(&mut self, end: u64, block: &mut Block) {
        match self {
            Source::Nothing => {}
            Source::Renewal(r) => r.fill(end, block),
            Source::Intensity(i) => i.fill(end, block),
            Source::Decay(d) => fill(block, end, || d.next()),
            Source::Sinusoidal(s) => fill(block, end, || s.next(end)),
            Source::Batch(b) => fill(block, end, || b.next(end)),
            Source::Storm(s) => fill(block, end, || s.next()),
            Source::Times(t) => fill(block, end, || t.next()),
            Source::Trace(t) => fill(block, end, || t.next(end)),
        }
    }

    /// Do arrivals bring their class along?
    pub(crate) fn names_classes(&self) -> bool {
        matches!(self, Source::Trace(_))
    }

    /// The class that a log names for this ordinal.
    pub(crate) fn named_class(&self, ordinal: u64) -> Option<ashcloud_core::ClassId> {
        match self {
            // The low half of a trace's ordinal is the place of the event in the log.
            Source::Trace(t) => t
                .events
                .get((ordinal & 0xffff_ffff) as usize)
                .and_then(|e| e.class),
            _ => None,
        }
    }
}

/// Appends what `next` gives (instant, ordinal) until the block is full or the end is reached.
fn fill(block: &mut Block, end: u64, mut next: impl FnMut() -> Option<(u64, u64)>) {
    while !block.is_full() {
        match next() {
            Some((at, ordinal)) if at < end => block.push(at, ordinal),
            _ => return,
        }
    }
}

/// Independent gaps; the Poisson process, too.
#[derive(Clone, Debug)]
pub(crate) struct Renewal {
    law: Sampler,
    at: u64,
    ordinal: u64,
    gap: Key,
}

impl Renewal {
    /// Fills an empty block.
    fn fill(&mut self, end: u64, block: &mut Block) {
        let mut gaps = [0; BLOCK];
        self.law.fill_ns(self.gap, self.ordinal, &mut gaps);
        let mut at = self.at;
        let mut len = 0;
        for (place, gap) in gaps.iter().enumerate() {
            at = at.saturating_add(*gap);
            if at >= end {
                break;
            }
            block.at[place] = at;
            block.ordinal[place] = self.ordinal + place as u64;
            len = place + 1;
        }
        block.at[len] = Time::NEVER.0;
        block.len = len;
        (self.at, self.ordinal) = (at, self.ordinal + len as u64);
    }
}

/// Poisson with rate `initial exp(-t/time)`: unit-exponential gaps through the inverse of its integral.
#[derive(Clone, Debug)]
pub(crate) struct Decay {
    /// Expected arrivals in all.
    expected: f64,
    time: f64,
    sum: f64,
    ordinal: u64,
    gap: Key,
}

impl Decay {
    fn next(&mut self) -> Option<(u64, u64)> {
        self.sum += Exponential::tables().sample(&mut self.gap.draw(self.ordinal));
        self.ordinal += 1;
        // Nothing where the expected number is not above 0.
        (self.sum < self.expected).then(|| {
            (
                nanoseconds(-self.time * libm::log1p(-self.sum / self.expected)),
                self.ordinal - 1,
            )
        })
    }
}

/// Poisson with a sinusoidal rate, by thinning (Lewis and Shedler, 1979); rejected candidates use the sub-stream of the
/// arrival they lead to.
#[derive(Clone, Debug)]
pub(crate) struct Sinusoidal {
    /// Mean gap at the highest rate.
    peak_gap: f64,
    amplitude: f64,
    period: f64,
    phase: f64,
    at: u64,
    ordinal: u64,
    gap: Key,
}

impl Sinusoidal {
    fn next(&mut self, end: u64) -> Option<(u64, u64)> {
        let unit = Exponential::tables();
        let mut draw = self.gap.draw(self.ordinal);
        loop {
            self.at = self
                .at
                .saturating_add(nanoseconds(unit.sample(&mut draw) * self.peak_gap));
            if self.at >= end {
                return None;
            }
            let turns = (Time(self.at).seconds() - self.phase) / self.period;
            let turn = turns - libm::floor(turns);
            let rate = 1.0 + self.amplitude * libm::sin(core::f64::consts::TAU * turn);
            if draw.uniform() * (1.0 + self.amplitude) < rate {
                self.ordinal += 1;
                return Some((self.at, self.ordinal - 1));
            }
        }
    }
}

/// Batches at the points of a Poisson process.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    gap_law: Sampler,
    size: BatchSize,
    at: u64,
    left: u64,
    epoch: u64,
    ordinal: u64,
    gap: Key,
    sizes: Key,
}

impl Batch {
    fn next(&mut self, end: u64) -> Option<(u64, u64)> {
        while self.left == 0 {
            self.at = self
                .at
                .saturating_add(self.gap_law.sample_ns(&mut self.gap.draw(self.epoch)).max(1));
            if self.at >= end {
                return None;
            }
            self.left = match self.size {
                BatchSize::Fixed(size) => u64::from(size),
                BatchSize::Geometric(mean) => geometric(&mut self.sizes.draw(self.epoch), mean),
            };
            self.epoch += 1;
        }
        self.left -= 1;
        self.ordinal += 1;
        Some((self.at, self.ordinal - 1))
    }
}

/// Fixed instants.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    times: Arc<[Time]>,
    next: usize,
}

impl Times {
    fn next(&mut self) -> Option<(u64, u64)> {
        let at = self.times.get(self.next)?.0;
        self.next += 1;
        Some((at, self.next as u64 - 1))
    }
}

/// A log, as it was or with its days shuffled; the ordinal is the place of the event in the log, below bit 32, and above
/// it the day on which it is replayed.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    events: Arc<[TraceEvent]>,
    keep: f64,
    kept: Key,
    days: Option<Days>,
    next: usize,
}

/// Whole days drawn with replacement.
#[derive(Clone, Debug)]
struct Days {
    /// The local days of the run.
    days: Arc<[LocalDay]>,
    /// Days of the log that may be drawn.
    candidates: Vec<usize>,
    chosen: Key,
    /// The day of the run, and the day of the log that is replayed in it.
    slot: usize,
    day: usize,
    /// Behind the last event of the day that was drawn.
    stop: usize,
}

impl Trace {
    fn new(trace: &spec::Trace, world: &spec::World) -> Trace {
        let days = trace
            .bootstrap
            .as_ref()
            .map(|days| Days::new(&trace.events, days, world.end));
        Trace {
            events: Arc::clone(&trace.events),
            keep: trace.keep,
            kept: Key::default(),
            days,
            next: 0,
        }
    }

    fn reset(&mut self, kept: Key, chosen: Key) {
        self.kept = kept;
        self.next = 0;
        if let Some(days) = &mut self.days {
            days.chosen = chosen;
            days.slot = 0;
            self.next = days.open(&self.events);
        }
    }

    fn next(&mut self, end: u64) -> Option<(u64, u64)> {
        loop {
            let (at, ordinal) = match &mut self.days {
                None => {
                    let at = self.events.get(self.next)?.at.0;
                    self.next += 1;
                    (at, self.next as u64 - 1)
                }
                Some(days) => {
                    if self.next >= days.stop {
                        days.slot += 1;
                        if days.slot >= days.days.len() {
                            days.slot = days.days.len();
                            return None;
                        }
                        self.next = days.open(&self.events);
                        continue;
                    }
                    let at = days.moved(self.events[self.next].at);
                    self.next += 1;
                    // The first day may begin before the start.
                    if at < 0 || at >= days.days[days.slot].to {
                        continue;
                    }
                    (at as u64, (days.slot as u64) << 32 | (self.next as u64 - 1))
                }
            };
            if at >= end {
                return None;
            }
            if self.keep >= 1.0 || self.kept.uniform(ordinal) < self.keep {
                return Some((at, ordinal));
            }
        }
    }
}

impl Days {
    fn new(events: &[TraceEvent], days: &Arc<[LocalDay]>, end: Time) -> Days {
        let end = end.0 as i64;
        let day_of = |at: Time| days.partition_point(|d| d.from <= at.0 as i64).saturating_sub(1);
        let logged = match (events.first(), events.last()) {
            (Some(first), Some(last)) => day_of(first.at)..day_of(last.at) + 1,
            _ => 0..1,
        };
        let whole = |&d: &usize| days[d].from >= 0 && days[d].to <= end;
        let mut candidates: Vec<usize> = logged.clone().filter(whole).collect();
        if candidates.is_empty() {
            candidates = logged.collect();
        }
        Days {
            days: Arc::clone(days),
            candidates,
            chosen: Key::default(),
            slot: 0,
            day: 0,
            stop: 0,
        }
    }

    /// Draws the day that is replayed in the present slot; returns the place of its first event.
    fn open(&mut self, events: &[TraceEvent]) -> usize {
        let pick = (u128::from(self.chosen.word(self.slot as u64)) * self.candidates.len() as u128) >> 64;
        self.day = self.candidates[pick as usize];
        let place = |from: i64| events.partition_point(|e| (e.at.0 as i64) < from);
        self.stop = place(self.days[self.day].to);
        place(self.days[self.day].from)
    }

    /// When an event of the drawn day happens in the present slot: at the same local time.
    fn moved(&self, at: Time) -> i64 {
        let (drawn, slot) = (&self.days[self.day], &self.days[self.slot]);
        slot.from + slot.elapsed(drawn.clock(at.0 as i64 - drawn.from))
    }
}

/// Rate of a table of pieces at 0, for what came before.
pub(crate) fn rate_at_start(pieces: &[Piece]) -> f64 {
    pieces
        .iter()
        .take_while(|p| p.from == Time::ZERO)
        .last()
        .map_or(0.0, |p| p.rate)
}
