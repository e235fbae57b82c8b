//! Classes of comments: which there are, and what is known of each.

use std::collections::BTreeSet;

use ashcloud_core::{ClassId, Span};

use crate::data::CsvCache;
use crate::fault::nearest;
use crate::file::{AfterHandBack, Class, Phone, RetryTable, Scenario, Stream as Shape, Target};
use crate::law::{sums_to_one, support, time_law};
use crate::reader::Reader;
use crate::shape::{Either, Field, Whole};
use crate::spec::{Law, Names, Retry, Tolerance};
use crate::trace::{TraceColumns, trace_file, trace_path};
use crate::tree::{Origin, write_key};

/// Classes whose handling is known without being written.
pub(crate) const BUILT_IN: [&str; 8] = [
    "question",
    "complaint",
    "praise",
    "abuse",
    "personal-data",
    "spam",
    "campaign-entry",
    "comment",
];

/// What results call all classes, teams or channels together: nothing else may be named so.
pub(crate) const ALL: &str = "all";
/// Class of a call.
pub(crate) const CALL: &str = "call";
/// Channel and stream of calls.
pub(crate) const PHONE: &str = "phone";

/// Most combinations of class, channel and page.
const CLASS_LIMIT: usize = 64;
/// Beyond so many combinations no more are counted.
const CROWD: usize = 1_000;
/// Class of a stream that names none.
const DEFAULT_CLASS: &str = "question";
/// Channel of a stream that names none.
const DEFAULT_CHANNEL: &str = "wall";

/// Every combination of class, channel and page that arrives in any world of the scenario.
#[derive(Debug, Default)]
pub(crate) struct ArrivalClasses {
    /// Classes by name.
    pub(crate) classes: Vec<String>,
    /// Channels by name.
    pub(crate) channels: Vec<String>,
    /// Pages by name.
    pub(crate) pages: Vec<String>,
    /// Indices of class, channel and page; the position is the [`ClassId`].
    pub(crate) arrivals: Vec<(usize, usize, Option<usize>)>,
    /// Streams (by place) whose logs name the class of every event: any of these, for a mix that is never drawn.
    named_by_log: Vec<(Origin, ClassId)>,
    /// Rows of logs that name the channel of calls.
    phone_in_log: Option<Origin>,
    /// Rows of logs that name a channel as all together are named.
    all_in_log: Option<Origin>,
    /// The arrival class of calls, where a world has a phone line: the last.
    calls: Option<ClassId>,
}

impl ArrivalClasses {
    /// Adds what arrives in one world; unknown classes are faults.
    pub(crate) fn collect(&mut self, reader: &mut Reader, csv: &mut CsvCache, scenario: &Scenario) {
        let described: Vec<&str> = scenario
            .classes
            .get()
            .map_or(Vec::new(), |c| c.0.iter().map(|e| e.key.as_str()).collect());
        let known: Vec<&str> = described
            .iter()
            .copied()
            .chain(BUILT_IN.into_iter().filter(|b| !described.contains(b)))
            .collect();
        for stream in scenario.arrivals.get().map_or(&[][..], |a| a.as_slice()) {
            if let Some(classes) = stream.classes.get() {
                for entry in classes.0.iter().filter(|e| e.key != CALL) {
                    check_known(reader, &entry.key, entry.key_at, &known);
                }
            }
            if !self.collect_log(reader, csv, stream, &known) {
                for (class, _) in class_shares(stream).into_iter().filter(|s| known.contains(&s.0)) {
                    for (channel, _) in channel_shares(stream) {
                        if self.arrivals.len() <= CROWD {
                            self.insert(class, channel, page(stream));
                        }
                    }
                }
            }
        }
        if let Some((Either::B(backlog), _)) = scenario.backlog.at() {
            for entry in &backlog.0 {
                if entry.key == CALL {
                    reader.error(entry.key_at, "calls do not wait at time 0: the line opens empty");
                    continue;
                }
                check_known(reader, &entry.key, entry.key_at, &known);
                if known.contains(&entry.key.as_str()) && !self.classes.contains(&entry.key) {
                    self.insert(&entry.key, DEFAULT_CHANNEL, None);
                }
            }
        }
        if self.arrivals.len() > CLASS_LIMIT {
            let at = scenario.arrivals.place_or(scenario.here);
            let fault = reader.error(
                at,
                format!("at most {CLASS_LIMIT} combinations of class, channel and page"),
            );
            fault.found(match self.arrivals.len() {
                many @ ..=CROWD => many.to_string(),
                _ => format!("more than {CROWD}"),
            });
        }
    }

    /// Classes and channels that go by the name of all together are faults: in results nothing would tell them apart.
    pub(crate) fn refuse_all(&self, reader: &mut Reader, scenarios: &[&Scenario]) {
        for scenario in scenarios {
            let streams = scenario.arrivals.get().map_or(&[][..], |a| a.as_slice());
            let of_streams = streams.iter().filter_map(|s| s.classes.get()).flat_map(|c| &c.0);
            let described = scenario.classes.get().map_or(&[][..], |c| c.0.as_slice());
            let mut classes: Vec<Origin> = described
                .iter()
                .filter(|e| e.key == ALL)
                .map(|e| e.key_at)
                .collect();
            if classes.is_empty() {
                classes.extend(of_streams.filter(|e| e.key == ALL).map(|e| e.key_at));
            }
            let channels = streams.iter().filter_map(|s| s.channels.get()).flat_map(|c| &c.0);
            let channels = channels
                .filter(|e| e.key == ALL)
                .map(|e| e.key_at)
                .chain(self.all_in_log);
            let found = classes.into_iter().map(|at| (at, "class", "classes"));
            for (at, one, many) in found.chain(channels.map(|at| (at, "channel", "channels"))) {
                let message = format!("`all` stands for all {many} together in every result");
                reader
                    .error(at, message)
                    .help(format!("give this {one} another name"));
            }
        }
    }

    /// Adds calls where any world has a phone line; after this nothing may be added. A class of the page that goes by
    /// their name is a fault.
    pub(crate) fn collect_calls(&mut self, reader: &mut Reader, scenarios: &[&Scenario]) {
        let by_phone = scenarios.iter().any(|s| s.phone.given());
        for scenario in scenarios {
            let streams = scenario.arrivals.get().map_or(&[][..], |a| a.as_slice());
            let of_streams = streams.iter().filter_map(|s| s.classes.get()).flat_map(|c| &c.0);
            let mut places: Vec<Origin> = of_streams.filter(|e| e.key == CALL).map(|e| e.key_at).collect();
            let described = scenario.classes.get().map_or(&[][..], |c| c.0.as_slice());
            places.extend(described.iter().filter(|e| e.key == CALL).map(|e| e.key_at));
            for at in places {
                let message = "`call` is the class of what comes by `[phone]`";
                let help = if by_phone {
                    "give this class another name; what is known of calls stands in `[phone]`"
                } else {
                    "for calls write [phone] with `rate` and `handling`; a class of the page needs another name"
                };
                reader.error(at, message).help(help);
            }
            let channels = streams.iter().filter_map(|s| s.channels.get()).flat_map(|c| &c.0);
            let named = channels.filter(|e| e.key == PHONE).map(|e| e.key_at);
            for at in named.chain(self.phone_in_log) {
                reader
                    .error(at, "`phone` is the channel of what comes by `[phone]`")
                    .help("give this channel another name");
            }
        }
        if by_phone && !self.classes.iter().any(|c| c == CALL) {
            self.calls = self.insert(CALL, PHONE, None);
        }
    }

    /// The arrival class of calls, where there is a phone line.
    pub(crate) fn calls(&self) -> Option<ClassId> {
        self.calls
    }

    /// Is it the arrival class of calls?
    pub(crate) fn is_calls(&self, class: usize) -> bool {
        self.calls.is_some_and(|calls| usize::from(calls.0) == class)
    }

    /// Classes of the page by name: all but calls.
    pub(crate) fn page_classes(&self) -> impl Iterator<Item = &str> {
        let calls = self.calls.is_some();
        self.classes
            .iter()
            .map(String::as_str)
            .filter(move |c| !(calls && *c == CALL))
    }

    /// Classes and channels that a stream's log names; true where it names them for every event.
    fn collect_log(
        &mut self,
        reader: &mut Reader,
        csv: &mut CsvCache,
        stream: &Shape,
        known: &[&str],
    ) -> bool {
        let Some((trace, at)) = stream.trace.at() else {
            return false;
        };
        let Some((path, at)) = trace_path(trace, at) else {
            return false;
        };
        let Some(file) = trace_file(trace) else {
            return false;
        };
        let Some(table) = csv.open(reader, path, at) else {
            return false;
        };
        let Some(columns) = TraceColumns::find(reader, &table, Some(file), at) else {
            return false;
        };
        if !columns.has_names() {
            return false;
        }
        let mut every = true;
        let mut first = None;
        let mut unknown: BTreeSet<String> = BTreeSet::new();
        let Some(mut rows) = table.rows(reader, at) else {
            return false;
        };
        while let Some(row) = rows.next() {
            let (class, channel) = columns.names(row);
            let only = |shares: Vec<(&str, f64)>| {
                if shares.len() == 1 {
                    Some(shares[0].0.to_owned())
                } else {
                    None
                }
            };
            let names_channel = channel.is_some();
            let (class, channel) = match (class, channel) {
                (None, None) => {
                    every = false;
                    continue;
                }
                (class, channel) => (
                    class.map(str::to_owned).or_else(|| only(class_shares(stream))),
                    channel
                        .map(str::to_owned)
                        .or_else(|| only(channel_shares(stream))),
                ),
            };
            let (Some(class), Some(channel)) = (class, channel) else {
                let message =
                    "this row names only one of class and channel, and the stream has several of the other";
                reader.error(table.place(row), message);
                continue;
            };
            if !known.contains(&class.as_str()) {
                if !unknown.contains(&class) && !reader.is_full(table.place(row)) {
                    check_known(reader, &class, table.place(row), known);
                    unknown.insert(class);
                }
                continue;
            }
            if channel == PHONE && names_channel {
                self.phone_in_log.get_or_insert_with(|| table.place(row));
            }
            if channel == ALL && names_channel {
                self.all_in_log.get_or_insert_with(|| table.place(row));
            }
            let id = self.insert(&class, &channel, page(stream));
            first = first.or(id);
            if self.arrivals.len() > CLASS_LIMIT {
                break;
            }
        }
        if let (true, Some(id)) = (every, first) {
            self.named_by_log.push((stream.here, id));
        }
        every && first.is_some()
    }

    fn insert(&mut self, class: &str, channel: &str, page: Option<&str>) -> Option<ClassId> {
        let class = position_or_push(&mut self.classes, class);
        let channel = position_or_push(&mut self.channels, channel);
        let page = page.map(|p| position_or_push(&mut self.pages, p));
        let key = (class, channel, page);
        let place = self.arrivals.iter().position(|&a| a == key).unwrap_or_else(|| {
            self.arrivals.push(key);
            self.arrivals.len() - 1
        });
        u16::try_from(place).ok().map(ClassId)
    }

    fn id(&self, class: &str, channel: &str, page: Option<&str>) -> Option<ClassId> {
        let class = self.classes.iter().position(|c| c == class)?;
        let channel = self.channels.iter().position(|c| c == channel)?;
        let page = match page {
            Some(page) => Some(self.pages.iter().position(|p| p == page)?),
            None => None,
        };
        let place = self.arrivals.iter().position(|&a| a == (class, channel, page))?;
        u16::try_from(place).ok().map(ClassId)
    }

    /// The class that a row of a log names, if it names one.
    pub(crate) fn of_row(&self, stream: &Shape, names: (Option<&str>, Option<&str>)) -> Option<ClassId> {
        if names == (None, None) {
            return None;
        }
        let class = names.0.or_else(|| class_shares(stream).first().map(|s| s.0))?;
        let channel = names.1.or_else(|| channel_shares(stream).first().map(|s| s.0))?;
        self.id(class, channel, page(stream))
    }

    /// The arrival classes of a stream with their probabilities: class and channel are independent.
    pub(crate) fn mix(&self, stream: &Shape) -> Vec<(ClassId, f64)> {
        if let Some(&(_, id)) = self.named_by_log.iter().find(|(here, _)| *here == stream.here) {
            return vec![(id, 1.0)];
        }
        let mut mix = Vec::new();
        if self.arrivals.len() > CLASS_LIMIT {
            return mix;
        }
        for (class, share) in class_shares(stream) {
            for (channel, part) in channel_shares(stream) {
                if let Some(id) = self.id(class, channel, page(stream)) {
                    mix.push((id, share * part));
                }
            }
        }
        mix
    }

    /// The first arrival class of this class, over channels and pages.
    pub(crate) fn first_of(&self, class: &str) -> Option<ClassId> {
        let class = self.classes.iter().position(|c| c == class)?;
        self.arrivals
            .iter()
            .position(|a| a.0 == class)
            .map(|p| ClassId(p as u16))
    }

    /// The class name of an arrival class.
    pub(crate) fn class_name(&self, id: ClassId) -> &str {
        self.arrivals
            .get(usize::from(id.0))
            .map_or("", |a| &self.classes[a.0])
    }

    /// How a fault names an arrival class.
    pub(crate) fn describe(&self, id: ClassId) -> String {
        let Some(&(class, channel, page)) = self.arrivals.get(usize::from(id.0)) else {
            return String::new();
        };
        let mut out = format!("`{}`", self.classes[class]);
        if self.channels.len() > 1 {
            out.push_str(&format!(" on channel `{}`", self.channels[channel]));
        }
        if let Some(page) = page {
            out.push_str(&format!(" of page `{}`", self.pages[page]));
        }
        out
    }

    /// Names for reports.
    pub(crate) fn names(&self) -> Names {
        Names {
            classes: self.classes.clone(),
            channels: self.channels.clone(),
            arrivals: self.arrivals.iter().map(|a| (a.0, a.1)).collect(),
            calls: self.calls,
        }
    }
}

/// What is known of a class, apart from the number its order reads.
#[derive(Clone, Debug)]
pub(crate) struct ClassFacts {
    /// Time in hand.
    pub(crate) handling: Law,
    /// Patience.
    pub(crate) tolerance: Option<Tolerance>,
    /// When blocked.
    pub(crate) when_blocked: Option<Retry>,
    /// On seeing 0, 1, ... waiting.
    pub(crate) balks: Vec<f64>,
    /// Deadline after arrival.
    pub(crate) due: Span,
    /// Priority gained per second.
    pub(crate) weight: u32,
}

/// What is known of each class that arrives, in the order of [`ArrivalClasses::classes`]; `None` where that is faulty.
pub(crate) fn class_facts(
    reader: &mut Reader,
    csv: &mut CsvCache,
    scenario: &Scenario,
    classes: &ArrivalClasses,
) -> Vec<Option<ClassFacts>> {
    let targets = scenario.targets.get().map_or(&[][..], |t| t.as_slice());
    let mut out: Vec<Option<ClassFacts>> = vec![None; classes.classes.len()];
    let described = scenario.classes.get().map_or(&[][..], |c| c.0.as_slice());
    for entry in described {
        let used = classes.classes.iter().position(|c| *c == entry.key);
        let facts = entry
            .value
            .as_ref()
            .and_then(|shape| one_class(reader, csv, &entry.key, shape, targets));
        match used {
            Some(place) => out[place] = facts,
            None if !BUILT_IN.contains(&entry.key.as_str()) => {
                let known: Vec<&str> = classes.classes.iter().map(String::as_str).collect();
                let near = (!reader.is_full(entry.key_at))
                    .then(|| nearest(&entry.key, known))
                    .flatten()
                    .map(|n| format!("did you mean `{n}`?"));
                let message = format!("no stream of arrivals has the class `{}`", entry.key);
                reader
                    .warning(entry.key_at, message)
                    .code("unknown-class")
                    .suggestion = near;
            }
            None => {}
        }
    }
    for (place, name) in classes.classes.iter().enumerate() {
        if classes.calls.is_some() && name == CALL {
            out[place] = call_facts(reader, csv, scenario.phone.get(), targets);
            continue;
        }
        if described.iter().any(|e| e.key == *name) {
            continue;
        }
        match default_handling(name) {
            Some(handling) => {
                out[place] = Some(ClassFacts {
                    handling,
                    tolerance: None,
                    when_blocked: None,
                    balks: Vec::new(),
                    due: default_due(targets, name),
                    weight: 1,
                });
            }
            None if BUILT_IN.contains(&name.as_str()) => {
                let message = format!("the class `{name}` has no default: it needs `handling`");
                let help = format!("[classes.{name}] handling = {{ exponential = \"5m\" }}");
                reader
                    .error(scenario.arrivals.place_or(scenario.here), message)
                    .help(help);
            }
            // A class that is not known was a fault when the classes were collected.
            None => {}
        }
    }
    out
}

/// What is known of calls; in a world without a phone line nobody calls.
fn call_facts(
    reader: &mut Reader,
    csv: &mut CsvCache,
    phone: Option<&Phone>,
    targets: &[Target],
) -> Option<ClassFacts> {
    let (handling, patience) = match phone {
        Some(phone) => {
            let patience = time_law(reader, csv, &phone.patience);
            (time_law(reader, csv, &phone.handling)?, patience)
        }
        None => (Law::Constant(0.0), None),
    };
    Some(ClassFacts {
        handling,
        tolerance: patience.map(|law| Tolerance {
            law,
            retry: None,
            anew_after_hand_back: false,
        }),
        when_blocked: None,
        balks: Vec::new(),
        due: default_due(targets, CALL),
        weight: 1,
    })
}

fn one_class(
    reader: &mut Reader,
    csv: &mut CsvCache,
    name: &str,
    shape: &Class,
    targets: &[Target],
) -> Option<ClassFacts> {
    let handling = if shape.handling.given() {
        time_law(reader, csv, &shape.handling)
    } else {
        let default = default_handling(name);
        if default.is_none() {
            reader.missing(
                shape.here,
                "handling",
                &format!("the class `{name}`"),
                "a law of the time in hand",
            );
        }
        default
    };
    let tolerance = time_law(reader, csv, &shape.tolerance);
    let retry = tolerance_ends(reader, csv, shape);
    if !shape.tolerance.given() {
        for (name, place) in [
            (
                "when_tolerance_ends",
                shape
                    .when_tolerance_ends
                    .given()
                    .then(|| shape.when_tolerance_ends.place_or(shape.here)),
            ),
            (
                "tolerance_after_hand_back",
                shape
                    .tolerance_after_hand_back
                    .given()
                    .then(|| shape.tolerance_after_hand_back.place_or(shape.here)),
            ),
        ] {
            if let Some(at) = place {
                let fault = reader.error(
                    at,
                    format!("`{name}` says what becomes of a `tolerance`, and there is none"),
                );
                fault.help("give the class a `tolerance`");
            }
        }
    }
    let when_blocked = shape
        .when_blocked
        .get()
        .and_then(|table| retry_table(reader, csv, table));
    let weight = match shape.weight.at() {
        None => 1,
        Some((weight, _)) if (1..=1_000_000).contains(&weight.0) => weight.0 as u32,
        Some((weight, at)) => {
            reader
                .error(at, "a weight is a whole number from 1 to 1,000,000")
                .found(weight.0.to_string());
            1
        }
    };
    if let Some((balks, at)) = shape.balks.at()
        && balks.is_empty()
    {
        reader.error(at, "`balks` needs at least one probability");
    }
    Some(ClassFacts {
        handling: handling?,
        tolerance: tolerance.map(|law| Tolerance {
            law,
            retry,
            anew_after_hand_back: shape.tolerance_after_hand_back.get() == Some(&AfterHandBack::DrawnAnew),
        }),
        when_blocked,
        balks: shape
            .balks
            .get()
            .map_or(Vec::new(), |list| list.iter().map(|b| b.value.0).collect()),
        due: shape
            .due
            .get()
            .map_or_else(|| default_due(targets, name), |due| due.span),
        weight,
    })
}

/// Coming back after leaving.
fn tolerance_ends(reader: &mut Reader, csv: &mut CsvCache, shape: &Class) -> Option<Retry> {
    let after = time_law(reader, csv, &shape.retry_after);
    let at_most = limit(reader, &shape.retries_at_most);
    takes_time(
        reader,
        after.as_ref(),
        at_most,
        shape.retry_after.place_or(shape.here),
    );
    let ends = shape.when_tolerance_ends.get();
    let probability = ends.and_then(|e| e.retry.get()).map_or(0.0, |p| p.0);
    if let Some(ends) = ends
        && (!ends.retry.given() || ends.retry.get().is_some())
        && (!ends.leave.given() || ends.leave.get().is_some())
    {
        let shares = [&ends.leave, &ends.retry].map(|f| f.get().map_or(0.0, |s| s.0));
        sums_to_one(
            reader,
            ends.here,
            "shares of `when_tolerance_ends`",
            shares.into_iter(),
        );
    }
    if probability > 0.0 {
        if !shape.retry_after.given() {
            reader.missing(
                shape.here,
                "retry_after",
                "a class whose customers retry",
                "a law, such as { exponential = \"8m\" }",
            );
        }
        return Some(Retry {
            probability,
            after: after?,
            at_most,
        });
    }
    for (name, field) in [
        (
            "retry_after",
            shape
                .retry_after
                .given()
                .then(|| shape.retry_after.place_or(shape.here)),
        ),
        (
            "retries_at_most",
            shape
                .retries_at_most
                .given()
                .then(|| shape.retries_at_most.place_or(shape.here)),
        ),
    ] {
        if let Some(at) = field
            && !ends.is_some_and(|e| e.retry.given())
        {
            let fault = reader.error(at, format!("`{name}` is of no use: nobody retries"));
            fault.help("when_tolerance_ends = { retry = 0.5, leave = 0.5 }");
        }
    }
    None
}

/// A retry written as one table.
fn retry_table(reader: &mut Reader, csv: &mut CsvCache, table: &RetryTable) -> Option<Retry> {
    let after = time_law(reader, csv, &table.after);
    let at_most = limit(reader, &table.at_most);
    takes_time(reader, after.as_ref(), at_most, table.after.place_or(table.here));
    Some(Retry {
        probability: table.retry.get()?.0,
        after: after?,
        at_most,
    })
}

/// Coming back at once and without limit would stop the clock.
fn takes_time(reader: &mut Reader, after: Option<&Law>, at_most: Option<u32>, at: Origin) {
    if at_most.is_none() && after.is_some_and(|law| support(law).1 < 1e-6) {
        let fault = reader.error(
            at,
            "who comes back without limit must take at least a microsecond",
        );
        fault.help("a longer law, or a limit to the attempts");
    }
}

fn limit(reader: &mut Reader, field: &Field<Whole>) -> Option<u32> {
    let (whole, at) = field.at()?;
    let limit = u32::try_from(whole.0).ok();
    if limit.is_none() {
        reader
            .error(at, "at most 4,294,967,295; leave it out for no limit")
            .found(whole.0.to_string());
    }
    limit
}

/// The first `answered_within` target that concerns the class, else an hour.
fn default_due(targets: &[Target], class: &str) -> Span {
    targets
        .iter()
        .filter(|t| t.class.get().is_none_or(|c| c.0 == class))
        .find_map(|t| t.answered_within.get())
        .map_or(Span::HOUR, |d| d.span)
}

/// Documented defaults of the time in hand.
fn default_handling(class: &str) -> Option<Law> {
    let lognormal = |mean: f64| {
        let sigma = libm::sqrt(libm::log1p(0.6 * 0.6));
        Some(Law::Lognormal {
            mu: libm::log(mean) - sigma * sigma / 2.0,
            sigma,
        })
    };
    match class {
        "question" | "complaint" => lognormal(300.0),
        "praise" | "campaign-entry" => lognormal(60.0),
        "personal-data" => lognormal(420.0),
        "abuse" | "spam" => Some(Law::Constant(30.0)),
        _ => None,
    }
}

/// Notes a fault where a class is neither built in nor described.
fn check_known(reader: &mut Reader, class: &str, at: Origin, known: &[&str]) {
    // Once: where it is described every other use of it is right, too.
    if !known.contains(&class) && reader.undeclared(class) {
        let mut key = String::new();
        write_key(&mut key, class);
        let near = (!reader.is_full(at))
            .then(|| nearest(class, known.iter().copied()))
            .flatten();
        let help = match near {
            Some(near) => format!("did you mean `{near}`? Else write [classes.{key}] with handling = \"5m\""),
            None => format!("write [classes.{key}] with handling = \"5m\""),
        };
        let message = format!("the class `{class}` is neither built in nor described");
        reader.error(at, message).help(help);
    }
}

fn class_shares(stream: &Shape) -> Vec<(&str, f64)> {
    match stream.classes.get() {
        Some(classes) => classes
            .0
            .iter()
            .map(|e| (e.key.as_str(), e.value.map_or(0.0, |v| v.0)))
            .collect(),
        None => vec![(DEFAULT_CLASS, 1.0)],
    }
}

fn channel_shares(stream: &Shape) -> Vec<(&str, f64)> {
    match stream.channels.get() {
        Some(channels) => channels
            .0
            .iter()
            .map(|e| (e.key.as_str(), e.value.map_or(0.0, |v| v.0)))
            .collect(),
        None => vec![(DEFAULT_CHANNEL, 1.0)],
    }
}

fn page(stream: &Shape) -> Option<&str> {
    stream.page.get().map(|p| p.0.as_str())
}

fn position_or_push(list: &mut Vec<String>, name: &str) -> usize {
    list.iter().position(|n| n == name).unwrap_or_else(|| {
        list.push(name.to_owned());
        list.len() - 1
    })
}
