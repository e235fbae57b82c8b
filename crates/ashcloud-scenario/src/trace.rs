//! Logs of events, replayed.

use ashcloud_core::Time;

use crate::data::Csv;
use crate::file::{Stream as Shape, TraceFile};
use crate::reader::Reader;
use crate::shape::{Either, Text};
use crate::spec::{Source, Trace, TraceEvent};
use crate::traffic::TrafficCompiler;
use crate::tree::Origin;

impl TrafficCompiler<'_> {
    /// The events of a log between start and end.
    pub(crate) fn trace(&mut self, shape: &Shape) -> Option<Source> {
        let (trace, at) = shape.trace.at()?;
        let file = trace_file(trace);
        let path = trace_path(trace, at)?;
        let csv = self.csv.open(self.reader, path.0, path.1)?;
        let columns = TraceColumns::find(self.reader, &csv, file, path.1)?;
        let from = match file.and_then(|f| f.from.at()) {
            Some((&from, place)) => self.calendar.instant_ns(from).or_else(|| {
                self.reader.error(place, "this instant cannot be reached");
                None
            })?,
            None => 0,
        };
        let stretch = file.and_then(|f| f.stretch.get()).map_or(1.0, |s| s.0);
        let mut events = Vec::new();
        let mut whole = true;
        let mut previous = i128::MIN;
        for row in csv.rows() {
            let Some(time) = csv.time(self.reader, row, columns.time, self.calendar, previous) else {
                whole = false;
                continue;
            };
            if time < previous {
                self.reader
                    .error(csv.place(row), "the events of a trace must be in order of time");
                whole = false;
                continue;
            }
            previous = time;
            if time < from.max(0) {
                continue;
            }
            let at = if stretch == 1.0 {
                time as f64
            } else {
                time as f64 * stretch
            };
            if at >= self.end.0 as f64 {
                continue;
            }
            let at = if stretch == 1.0 {
                Time(time as u64)
            } else {
                Time(at as u64)
            };
            events.push(TraceEvent {
                at,
                class: self.classes.of_row(shape, columns.names(row)),
            });
        }
        if !whole {
            return None;
        }
        if events.is_empty() {
            let message = format!(
                "no event of {} lies between the start and the end of the run",
                path.0
            );
            self.reader
                .error(path.1, message)
                .help("`start` is the local time at which the clock is 0");
            return None;
        }
        Some(Source::Trace(Trace {
            events: events.into(),
            keep: file.and_then(|f| f.keep.get()).map_or(1.0, |k| k.0),
            bootstrap_days: file.is_some_and(|f| f.bootstrap.given()),
        }))
    }
}

/// The table form of a trace, if it has one.
pub(crate) fn trace_file(trace: &Either<Text, TraceFile>) -> Option<&TraceFile> {
    match trace {
        Either::A(_) => None,
        Either::B(file) => Some(file),
    }
}

/// The path of a trace and where it stands.
pub(crate) fn trace_path(trace: &Either<Text, TraceFile>, at: Origin) -> Option<(&str, Origin)> {
    match trace {
        Either::A(path) => Some((&path.0, at)),
        Either::B(file) => file.file.at().map(|(path, at)| (path.0.as_str(), at)),
    }
}

/// Columns of a trace.
pub(crate) struct TraceColumns {
    time: usize,
    class: Option<usize>,
    channel: Option<usize>,
}

impl TraceColumns {
    /// Finds them by the names given, the time also by its usual names.
    pub(crate) fn find(
        reader: &mut Reader,
        csv: &Csv,
        file: Option<&TraceFile>,
        at: Origin,
    ) -> Option<TraceColumns> {
        let time = if let Some((name, at)) = file.and_then(|f| f.time.at()) {
            csv.column(reader, &name.0, at)
        } else {
            let found = csv.column_containing(&["time", "posted", "arrived", "created"]);
            if found.is_none() {
                let fault = reader.error(at, "no column of this file looks like a time");
                fault.help("name it: { file = \"...\", time = \"...\" }");
            }
            found
        };
        let mut named = |field: Option<(&Text, Origin)>| match field {
            Some((name, at)) => csv.column(reader, &name.0, at).map(Some),
            None => Some(None),
        };
        let class = named(file.and_then(|f| f.class.at()));
        let channel = named(file.and_then(|f| f.channel.at()));
        Some(TraceColumns {
            time: time?,
            class: class?,
            channel: channel?,
        })
    }

    /// Class and channel that a row names; empty fields name none.
    pub(crate) fn names<'r>(&self, row: &'r csv::StringRecord) -> (Option<&'r str>, Option<&'r str>) {
        let field = |column: Option<usize>| column.map(|c| &row[c]).filter(|text| !text.is_empty());
        (field(self.class), field(self.channel))
    }

    /// Does it name classes or channels at all?
    pub(crate) fn has_names(&self) -> bool {
        self.class.is_some() || self.channel.is_some()
    }
}
