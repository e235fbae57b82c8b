//! Streams of arrivals: from the sources people write to rates and instants on the scenario's clock.

use ashcloud_core::{ClassId, Span, Time};

use crate::budget::Cost;
use crate::calendar::{Calendar, Reading};
use crate::classes::{ArrivalClasses, PHONE};
use crate::data::CsvCache;
use crate::file::{
    BusynessShape, ContagionClock, Mmpp, MmppStart, Phone, ProfileShape, Storm, Stream as Shape,
};
use crate::law::{exactly_one, plain_law, sums_to_one, support, time_law};
use crate::quantity::{Days, Instant, Rate, parse_duration};
use crate::reader::Reader;
use crate::shape::{Either, Field, Named, Number, OneOrMany, Text};
use crate::spec::{BatchSize, Blocks, Busyness, Piece, Source, Start, Stream};
use crate::surprises::{StormFacts, warn_of_weekdays};
use crate::tree::Origin;
use crate::work::check_stream;

/// Most pieces of a rate in one stream.
const PIECE_LIMIT: u64 = 10_000_000;

/// The sources a stream may have; an override that names one replaces the others.
pub(crate) const SOURCES: [&str; 12] = [
    "poisson",
    "rate",
    "counts",
    "renewal",
    "pieces",
    "decay",
    "sinusoidal",
    "mmpp",
    "batch",
    "storm",
    "at",
    "trace",
];
/// Fields that belong to some sources only, and to which.
pub(crate) const MODIFIERS: [(&str, &[&str]); 4] = [
    ("profile", &["rate"]),
    ("weekdays", &["rate"]),
    ("busyness", &["rate", "counts"]),
    ("repeat", &["pieces"]),
];

/// A rate with what modulates it: of a stream, or of the phone line.
#[derive(Clone, Copy)]
struct Modulated<'a> {
    here: Origin,
    rate: &'a Field<Rate>,
    profile: &'a Field<ProfileShape>,
    weekdays: &'a Field<Named<Number>>,
    busyness: &'a Field<OneOrMany<BusynessShape>>,
}

impl<'a> From<&'a Shape> for Modulated<'a> {
    fn from(s: &'a Shape) -> Self {
        Modulated {
            here: s.here,
            rate: &s.rate,
            profile: &s.profile,
            weekdays: &s.weekdays,
            busyness: &s.busyness,
        }
    }
}

impl<'a> From<&'a Phone> for Modulated<'a> {
    fn from(s: &'a Phone) -> Self {
        Modulated {
            here: s.here,
            rate: &s.rate,
            profile: &s.profile,
            weekdays: &s.weekdays,
            busyness: &s.busyness,
        }
    }
}

/// Compiles the streams of one world.
pub(crate) struct TrafficCompiler<'a> {
    pub(crate) reader: &'a mut Reader,
    pub(crate) csv: &'a mut CsvCache,
    pub(crate) calendar: &'a Calendar,
    pub(crate) classes: &'a ArrivalClasses,
    /// Arrivals are measured up to here.
    pub(crate) horizon: Time,
    /// The run ends here.
    pub(crate) end: Time,
    /// Are these the scenario's?
    pub(crate) clock_known: bool,
}

impl TrafficCompiler<'_> {
    /// All streams; those with faults are left out after these are noted.
    pub(crate) fn streams(&mut self, shapes: &[Shape]) -> Vec<Stream> {
        let stream = |shape: &Shape| {
            let stream = self.stream(shape);
            // A field that could not be read was noted when it was, and so was a file that another stream names too.
            if stream.is_none() && !shape.faulty {
                self.reader
                    .must_have_noted(0, shape.here, "a stream of arrivals that can be read");
            }
            stream
        };
        shapes.iter().filter_map(stream).collect()
    }

    /// The stream of calls.
    pub(crate) fn calls(&mut self, phone: &Phone, calls: ClassId) -> Option<Stream> {
        let weights = self.weights(phone.into());
        let source = self.rate(phone.into(), weights.as_ref());
        let stream = Stream {
            name: PHONE.to_owned(),
            source: source?,
            mix: vec![(calls, 1.0)],
            contagion: None,
            angry: 0.0,
            followers: None,
            thread: None,
            topic_weight: 0.0,
        };
        check_stream(self.reader, phone.rate.place_or(phone.here), &stream, self.end);
        Some(stream)
    }

    fn stream(&mut self, shape: &Shape) -> Option<Stream> {
        let form = source_form(self.reader, shape);
        let weights = self.weights(shape.into());
        let mix = self.mix(shape);
        let source = form.and_then(|form| self.source(form, shape, weights.as_ref()));
        let contagion = shape
            .contagion
            .get()
            .map(|contagion| self.contagion(contagion, shape, form, weights.as_ref()));
        let followers = plain_law(self.reader, self.csv, &shape.followers);
        let thread = plain_law(self.reader, self.csv, &shape.thread);
        let contagion = match contagion {
            Some(read) => Some(read?),
            None => None,
        };
        let stream = Stream {
            name: shape
                .name
                .get()
                .map_or_else(|| "arrivals".to_owned(), |n| n.0.clone()),
            source: source?,
            mix: mix?,
            contagion,
            angry: shape.angry.get().map_or(0.0, |s| s.0),
            followers,
            thread,
            topic_weight: 0.0,
        };
        check_stream(self.reader, shape.here, &stream, self.end);
        Some(stream)
    }

    fn source(&mut self, form: &str, shape: &Shape, weights: Option<&[f64; 168]>) -> Option<Source> {
        match form {
            "poisson" => Some(Source::Poisson {
                rate: shape.poisson.get()?.0,
            }),
            "rate" => self.rate(shape.into(), weights),
            "counts" => self.counts(shape),
            "renewal" => {
                let law = time_law(self.reader, self.csv, &shape.renewal)?;
                if support(&law).1 <= 0.0 {
                    self.reader.error(
                        shape.renewal.place_or(shape.here),
                        "gaps between arrivals must not all be 0",
                    );
                    return None;
                }
                Some(Source::Renewal(law))
            }
            "pieces" => self.pieces(shape),
            "decay" => {
                let decay = shape.decay.get()?;
                let time = self.positive(&decay.time);
                Some(Source::Decay {
                    initial: decay.initial.get()?.0,
                    time: time?,
                })
            }
            "sinusoidal" => {
                let sine = shape.sinusoidal.get()?;
                let period = self.positive(&sine.period);
                Some(Source::Sinusoidal {
                    mean: sine.mean.get()?.0,
                    amplitude: sine.amplitude.get()?.0,
                    period: period?,
                    phase: sine.phase.get().map_or(0.0, |p| p.seconds),
                })
            }
            "mmpp" => self.mmpp(shape.mmpp.get()?),
            "batch" => {
                let batch = shape.batch.get()?;
                let size = batch.size.get().and_then(|size| {
                    let forms = [
                        ("fixed", size.fixed.given()),
                        ("geometric", size.geometric.given()),
                    ];
                    exactly_one(self.reader, size.here, "a batch size", &forms)?;
                    if let Some((fixed, at)) = size.fixed.at() {
                        return match u32::try_from(fixed.0) {
                            Ok(n) if (1..=1_000_000).contains(&n) => Some(BatchSize::Fixed(n)),
                            _ => {
                                let message = "a batch holds 1 to 1,000,000 comments";
                                self.reader.error(at, message).found(fixed.0.to_string());
                                None
                            }
                        };
                    }
                    let (mean, at) = size.geometric.at()?;
                    if !(1.0..=1e6).contains(&mean.0) {
                        let message = "the mean of a geometric batch lies between 1 and 1,000,000";
                        self.reader.error(at, message).found(mean.0.to_string());
                        return None;
                    }
                    Some(BatchSize::Geometric(mean.0))
                });
                Some(Source::Batch {
                    rate: batch.rate.get()?.0,
                    size: size?,
                })
            }
            "storm" => self.storm(shape.storm.get()?),
            "at" => self.times(shape),
            _ => self.trace(shape),
        }
    }

    /// Weights of the 168 hours of the week, mean 1; `None` where the stream has none.
    fn weights(&mut self, shape: Modulated<'_>) -> Option<[f64; 168]> {
        if !shape.profile.given() && !shape.weekdays.given() {
            return None;
        }
        let mut weights = [1.0; 168];
        if let Some((profile, at)) = shape.profile.at() {
            let list = match profile {
                Either::A(path) => self.profile_file(&path.0, at, None, None),
                Either::B(Either::A(list)) => Some(list.iter().map(|n| n.value.0).collect()),
                Either::B(Either::B(file)) => {
                    let (path, at) = file.file.at()?;
                    self.profile_file(&path.0, at, file.hour.at(), file.weight.at())
                }
            }?;
            if list.len() != 24 && list.len() != 168 {
                let fault = self
                    .reader
                    .error(at, "a profile has 24 hours of the day or 168 hours of the week");
                fault.found(format!("{} weights", list.len()));
                return None;
            }
            for (hour, weight) in weights.iter_mut().enumerate() {
                *weight = list[hour % list.len()];
            }
        }
        let mut by_day = None;
        if let Some((weekdays, at)) = shape.weekdays.at() {
            let factors = self.weekdays(weekdays, at)?;
            by_day = Some((factors, at));
            for (hour, weight) in weights.iter_mut().enumerate() {
                *weight *= factors[hour / 24];
            }
        }
        let mean = weights.iter().sum::<f64>() / 168.0;
        if !(mean > 0.0 && mean.is_finite()) {
            let at = shape.profile.place_or(shape.weekdays.place_or(shape.here));
            self.reader
                .error(at, "the weights of a profile must not all be 0");
            return None;
        }
        let weights = weights.map(|w| w / mean);
        if let (Some((factors, at)), Some(rate)) = (by_day, shape.rate.get()) {
            warn_of_weekdays(self.reader, at, rate.0, &factors, &weights);
        }
        Some(weights)
    }

    fn weekdays(&mut self, table: &Named<Number>, at: Origin) -> Option<[f64; 7]> {
        let mut factors = [None; 7];
        for entry in &table.0 {
            let days = match Days::parse(&entry.key) {
                Ok(days) => days,
                Err(why) => {
                    self.reader.error(entry.key_at, why.message).suggestion = why.help;
                    return None;
                }
            };
            for (day, factor) in factors
                .iter_mut()
                .enumerate()
                .filter(|(d, _)| days.contains(*d as u8))
            {
                if factor.is_some() {
                    let message = format!("{} has two weights", Days(1 << day).names());
                    self.reader.error(entry.key_at, message);
                    return None;
                }
                *factor = Some(entry.value?.0);
            }
        }
        let lacking = (0..7)
            .filter(|&d| factors[d].is_none())
            .fold(0, |days, d| days | 1 << d);
        if lacking != 0 {
            let message = "every day of the week needs a weight";
            self.reader
                .error(at, message)
                .help(format!("no weight for {}", Days(lacking).names()));
            return None;
        }
        Some(factors.map(|f| f.unwrap_or(1.0)))
    }

    fn profile_file(
        &mut self,
        path: &str,
        at: Origin,
        hour: Option<(&Text, Origin)>,
        weight: Option<(&Text, Origin)>,
    ) -> Option<Vec<f64>> {
        let csv = self.csv.open(self.reader, path, at)?;
        let weight = match weight {
            Some((name, at)) => csv.column(self.reader, &name.0, at)?,
            None => csv.width() - 1,
        };
        let hour = match hour {
            Some((name, at)) => Some(csv.column(self.reader, &name.0, at)?),
            None => csv.column_containing(&["hour"]).filter(|&h| h != weight),
        };
        let mut list = Vec::new();
        let mut whole = true;
        let mut rows = csv.rows(self.reader, at)?;
        let mut hours = 0..;
        while let Some((row, expected)) = rows.next().zip(hours.next()) {
            match csv.number(self.reader, row, weight) {
                Some(w) => list.push(w),
                None => whole = false,
            }
            if let Some(hour) = hour
                && row[hour].parse::<usize>() != Ok(expected)
            {
                let fault = self
                    .reader
                    .error(csv.place(row), "the hours of a profile count 0, 1, 2, ...");
                fault.found(format!("\"{}\" in place of {expected}", &row[hour]));
                whole = false;
            }
        }
        whole.then_some(list)
    }

    fn rate(&mut self, shape: Modulated<'_>, weights: Option<&[f64; 168]>) -> Option<Source> {
        let busyness = self.busyness(shape.busyness);
        let rate = shape.rate.get()?.0;
        let modulated = shape.profile.given() || shape.weekdays.given();
        if !modulated && !shape.busyness.given() {
            return Some(Source::Poisson { rate });
        }
        let pieces = if modulated {
            self.spend_hours(shape.here)?;
            self.calendar.hourly(weights?, rate, self.end)
        } else {
            vec![Piece {
                from: Time::ZERO,
                rate,
            }]
        };
        Some(Source::Pieces {
            pieces: pieces.into(),
            busyness: busyness?,
        })
    }

    /// Random factors of a rate; faults are noted.
    pub(crate) fn busyness(&mut self, field: &Field<OneOrMany<BusynessShape>>) -> Option<Vec<Busyness>> {
        let Some(list) = field.get() else {
            return (!field.given()).then(Vec::new);
        };
        let mut out = Vec::new();
        for entry in &list.0 {
            let b = &entry.value;
            exactly_one(
                self.reader,
                b.here,
                "`busyness`",
                &[("cv", b.cv.given()), ("shape", b.shape.given())],
            )?;
            let shape = match (b.cv.get(), b.shape.get()) {
                (Some(cv), _) => 1.0 / (cv.0 * cv.0),
                (None, shape) => shape?.0,
            };
            let blocks = match b.every.at() {
                None => Blocks::Days,
                Some((every, _)) if every.0 == "day" => Blocks::Days,
                Some((every, at)) => match parse_duration(&every.0) {
                    Ok(d) if d.span > Span::ZERO => Blocks::Every(d.span),
                    Ok(_) => {
                        self.reader.error(at, "a block of time must be longer than 0");
                        return None;
                    }
                    Err(_) => {
                        let fault = self
                            .reader
                            .error(at, "expected \"day\" or a duration such as \"6h\"");
                        fault.found(format!("\"{}\"", every.0));
                        return None;
                    }
                },
            };
            if let (Some(_), Some((_, at))) = (b.correlation.at(), b.day_correlation.at()) {
                self.reader.error(
                    at,
                    "`day_correlation` is `correlation`: only one of them can be given",
                );
            }
            let given = if b.correlation.given() {
                &b.correlation
            } else {
                &b.day_correlation
            };
            let correlation = given.get().map_or(0.0, |c| c.0);
            if correlation.abs() >= 1.0 {
                let message = "a correlation lies strictly between -1 and 1";
                self.reader
                    .error(given.place_or(b.here), message)
                    .found(correlation.to_string());
                return None;
            }
            out.push(Busyness {
                shape,
                blocks,
                correlation,
            });
        }
        Some(out)
    }

    fn pieces(&mut self, shape: &Shape) -> Option<Source> {
        let (list, at) = shape.pieces.at()?;
        if list.is_empty() {
            self.reader.error(at, "at least one piece is needed");
            return None;
        }
        let mut cycle = Vec::new();
        let mut length = Span::ZERO;
        for piece in list {
            let (span, rate) = (piece.value.length.get()?.span, piece.value.rate.get()?.0);
            if span == Span::ZERO {
                self.reader.error(
                    piece.value.length.place_or(piece.at),
                    "a piece must last longer than 0",
                );
                return None;
            }
            cycle.push((length, rate));
            length = length + span;
        }
        let repeats = shape.repeat.get().is_some_and(|r| r.0);
        let rounds = if repeats { self.end.0.div_ceil(length.0) } else { 1 };
        if rounds.saturating_mul(cycle.len() as u64) > PIECE_LIMIT {
            self.reader.error(
                at,
                "these pieces repeat more than 10,000,000 times before the end",
            );
            return None;
        }
        let number = rounds * cycle.len() as u64;
        if !self.reader.spend(at, Cost::Pieces, number) {
            return None;
        }
        let mut pieces = Vec::new();
        for round in 0..rounds {
            for &(from, rate) in &cycle {
                let from = Time(round * length.0) + from;
                if from < self.end {
                    pieces.push(Piece { from, rate });
                }
            }
        }
        if !repeats && Time::ZERO + length < self.end {
            pieces.push(Piece {
                from: Time::ZERO + length,
                rate: 0.0,
            });
        }
        Some(Source::Pieces {
            pieces: pieces.into(),
            busyness: Vec::new(),
        })
    }

    fn mmpp(&mut self, mmpp: &Mmpp) -> Option<Source> {
        let (rates, at) = mmpp.rates.at()?;
        let n = rates.len();
        if !(2..=100).contains(&n) {
            self.reader
                .error(at, "a modulated process has 2 to 100 states")
                .found(format!("{n} rates"));
            return None;
        }
        let forms = [
            ("leave", mmpp.leave.given()),
            ("switching", mmpp.switching.given()),
        ];
        exactly_one(self.reader, mmpp.here, "`mmpp`", &forms)?;
        let switching = if let Some((leave, at)) = mmpp.leave.at() {
            if n != 2 || leave.len() != 2 {
                let fault = self
                    .reader
                    .error(at, "`leave` is for two states, one rate for each");
                fault.found(format!("{} rates for {n} states", leave.len()));
                fault.help("for more states give `switching`, a row of rates for each");
                return None;
            }
            vec![vec![0.0, leave[0].value.0], vec![leave[1].value.0, 0.0]]
        } else {
            let (rows, at) = mmpp.switching.at()?;
            if rows.len() != n || rows.iter().any(|row| row.value.len() != n) {
                self.reader
                    .error(at, format!("`switching` needs {n} rows of {n} rates"));
                return None;
            }
            rows.iter()
                .map(|row| row.value.iter().map(|r| r.value.0).collect())
                .collect()
        };
        for from in 0..n {
            if !reaches_all(&switching, from) {
                let at = mmpp.leave.place_or(mmpp.switching.place_or(mmpp.here));
                self.reader
                    .error(at, "every state must be reachable from every other");
                return None;
            }
        }
        let start = match mmpp.start.get() {
            Some(MmppStart::First) => Start::Empty,
            _ => Start::Stationary,
        };
        Some(Source::Mmpp {
            rates: rates.iter().map(|r| r.value.0).collect(),
            switching,
            start,
        })
    }

    fn storm(&mut self, storm: &Storm) -> Option<Source> {
        let at = storm.at.at().and_then(|(&at, place)| self.instant(at, place));
        let lasts = self.positive(&storm.lasts);
        let mut scale = |field: &Field<crate::quantity::Duration>, default: f64| {
            if field.given() {
                self.positive(field)
            } else {
                Some(default)
            }
        };
        let rise = scale(&storm.rise, 20.0 * 60.0);
        let decay = scale(&storm.decay, 240.0 * 60.0);
        let tail = scale(&storm.tail, 90.0 * 60.0);
        let at = at?;
        let (affected, affected_at) = storm.affected.at()?;
        if affected.0 > 1_000_000_000 {
            let fault = self
                .reader
                .error(affected_at, "a storm can affect at most 1,000,000,000");
            fault.found(affected.0.to_string());
        }
        let facts = StormFacts {
            at,
            affected: affected.0,
            contact: storm.contact.get().map_or(0.02, |c| c.0),
            rise: rise?,
            decay: decay?,
            lasts: lasts?,
            tail: tail?,
        };
        if self.clock_known {
            facts.warn(self.reader, storm.at.place_or(storm.here), self.horizon);
        }
        Some(Source::Storm {
            at,
            affected: facts.affected,
            contact: facts.contact,
            rise: facts.rise,
            decay: facts.decay,
            lasts: facts.lasts,
            tail: facts.tail,
        })
    }

    fn times(&mut self, shape: &Shape) -> Option<Source> {
        let mut times: Vec<Time> = Vec::new();
        let mut previous = i128::MIN;
        for instant in shape.instants.get()? {
            let ns = self.next_instant(instant.value, instant.at, previous)?;
            if ns < previous {
                self.reader
                    .error(instant.at, "these instants must be in order")
                    .help("sort them");
                return None;
            }
            previous = ns;
            let at = within_limits(self.reader, ns, instant.at)?;
            if at >= self.end {
                self.reader
                    .warning(instant.at, "this instant lies after the end of the run")
                    .code("arrival-after-the-end");
                continue;
            }
            times.push(at);
        }
        Some(Source::Times(times.into()))
    }

    /// An instant of a list: one that goes back within the hour that the clocks repeat is the second of the two.
    fn next_instant(&mut self, instant: Instant, place: Origin, previous: i128) -> Option<i128> {
        if let Instant::Local(local) = instant
            && let Some((at, Reading::Repeated)) =
                self.calendar
                    .row_ns(self.calendar.own_zone(), local, previous, false)
            && self.calendar.local_ns(local) != Some(at)
        {
            return Some(at);
        }
        self.calendar.instant_ns(self.reader, instant, place)
    }

    /// Arrival classes with probabilities.
    fn mix(&mut self, shape: &Shape) -> Option<Vec<(ClassId, f64)>> {
        for (field, what) in [
            (&shape.classes, "shares of classes"),
            (&shape.channels, "shares of channels"),
        ] {
            if let Some((table, at)) = field.at() {
                let shares: Option<Vec<f64>> = table.0.iter().map(|e| e.value.map(|v| v.0)).collect();
                sums_to_one(self.reader, at, what, shares?.into_iter())?;
            } else if field.given() {
                return None;
            }
        }
        Some(self.classes.mix(shape))
    }

    /// Takes the hours of a rate that may change in each.
    pub(crate) fn spend_hours(&mut self, at: Origin) -> Option<()> {
        let hours = self.end.0 / Span::HOUR.0;
        self.reader.spend(at, Cost::Pieces, hours).then_some(())
    }

    fn instant(&mut self, instant: Instant, place: Origin) -> Option<Time> {
        instant_time(self.reader, self.calendar, instant, place)
    }

    /// Seconds of a duration; a fault where it is 0.
    pub(crate) fn positive(&mut self, field: &Field<crate::quantity::Duration>) -> Option<f64> {
        let (duration, at) = field.at()?;
        if duration.seconds > 0.0 {
            return Some(duration.seconds);
        }
        self.reader.error(at, "this must be longer than 0");
        None
    }
}

/// An instant on the scenario's clock; a fault where it lies before the start or beyond 292 years.
pub(crate) fn instant_time(
    reader: &mut Reader,
    calendar: &Calendar,
    instant: Instant,
    place: Origin,
) -> Option<Time> {
    let ns = calendar.instant_ns(reader, instant, place)?;
    within_limits(reader, ns, place)
}

/// Nanoseconds from the start as a time; a fault where they lie before it or beyond 292 years.
fn within_limits(reader: &mut Reader, ns: i128, place: Origin) -> Option<Time> {
    if ns < 0 {
        reader.error(place, "this lies before the start of the scenario");
        return None;
    }
    if ns >= i128::from(Time::LIMIT.0) {
        reader.error(place, "times end after 292 years");
        return None;
    }
    Some(Time(ns as u64))
}

/// Is the rate of calls constant?
pub(crate) fn calls_are_stationary(phone: &Phone) -> bool {
    !phone.profile.given() && !phone.weekdays.given() && !phone.busyness.given()
}

/// Is the stream's source stationary, so that a warm-up makes sense?
pub(crate) fn is_stationary(form: &str, shape: &Shape) -> bool {
    match form {
        "poisson" | "renewal" | "mmpp" | "batch" | "sinusoidal" => true,
        "rate" => !shape.profile.given() && !shape.weekdays.given() && !shape.busyness.given(),
        _ => false,
    }
}

/// Which source a stream has; faults for none, several, and fields that belong to others.
fn source_form(reader: &mut Reader, shape: &Shape) -> Option<&'static str> {
    let form = exactly_one(reader, shape.here, "a stream of arrivals", &given_sources(shape))?;
    let own_clock = shape
        .contagion
        .get()
        .is_some_and(|c| c.clock.get() == Some(&ContagionClock::Profile));
    let modifiers = [
        (
            shape.profile.given() && !own_clock,
            shape.profile.place_or(shape.here),
        ),
        (
            shape.weekdays.given() && !own_clock,
            shape.weekdays.place_or(shape.here),
        ),
        (shape.busyness.given(), shape.busyness.place_or(shape.here)),
        (shape.repeat.given(), shape.repeat.place_or(shape.here)),
    ];
    for ((name, owners), (given, at)) in MODIFIERS.iter().zip(modifiers) {
        if given && !owners.contains(&form) {
            let owners: Vec<String> = owners.iter().map(|o| format!("`{o}`")).collect();
            reader.error(
                at,
                format!("`{name}` goes with {}, not with `{form}`", owners.join(" or ")),
            );
        }
    }
    Some(form)
}

/// The source of a stream that has exactly one.
pub(crate) fn only_source(shape: &Shape) -> Option<&'static str> {
    let mut given = given_sources(shape).into_iter().filter(|f| f.1);
    given.next().filter(|_| given.next().is_none()).map(|f| f.0)
}

fn given_sources(s: &Shape) -> [(&'static str, bool); 12] {
    let given = [
        s.poisson.given(),
        s.rate.given(),
        s.counts.given(),
        s.renewal.given(),
        s.pieces.given(),
        s.decay.given(),
        s.sinusoidal.given(),
        s.mmpp.given(),
        s.batch.given(),
        s.storm.given(),
        s.instants.given(),
        s.trace.given(),
    ];
    std::array::from_fn(|i| (SOURCES[i], given[i]))
}

fn reaches_all(switching: &[Vec<f64>], from: usize) -> bool {
    let mut seen = vec![false; switching.len()];
    let mut open = vec![from];
    seen[from] = true;
    while let Some(state) = open.pop() {
        for (next, &rate) in switching[state].iter().enumerate() {
            if next != state && rate > 0.0 && !seen[next] {
                seen[next] = true;
                open.push(next);
            }
        }
    }
    seen.into_iter().all(|s| s)
}
