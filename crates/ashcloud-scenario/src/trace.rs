//! Logs of events, replayed.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use ashcloud_core::{ClassId, Time};

use crate::data::{Csv, RowTimes};
use crate::file::{Stream as Shape, TraceFile};
use crate::reader::Reader;
use crate::shape::{Either, Text};
use crate::spec::{LocalDay, Source, Trace, TraceEvent};
use crate::traffic::TrafficCompiler;
use crate::tree::Origin;

/// A row of a log: nanoseconds from the start, and its arrival class where it names one.
type Row = (i128, Option<ClassId>);

impl TrafficCompiler<'_> {
    /// The events of a log between start and end.
    pub(crate) fn trace(&mut self, shape: &Shape) -> Option<Source> {
        let (trace, at) = shape.trace.at()?;
        let file = trace_file(trace);
        let path = trace_path(trace, at)?;
        let csv = self.csv.open(self.reader, path.0, path.1)?;
        let columns = TraceColumns::find(self.reader, &csv, file, path.1)?;
        warn_of_repeated_tickets(self.reader, &csv, path.1);
        let from = match file.and_then(|f| f.from.at()) {
            Some((&from, place)) => Some(self.calendar.instant_ns(self.reader, from, place)?),
            None => None,
        };
        let sort = file.and_then(|f| f.sort.get()).is_some_and(|sort| sort.0);
        let mut rows = self.trace_rows(shape, &csv, &columns, sort, path.1)?;
        if let Some(from) = from {
            rows.retain(|&(time, _)| time >= from);
        }
        let stretch = file.and_then(|f| f.stretch.get()).map_or(1.0, |s| s.0);
        let stretched = |time: i128| {
            if stretch == 1.0 {
                time as f64
            } else {
                time as f64 * stretch
            }
        };
        let end = self.end.0 as f64;
        let mut events: Vec<TraceEvent> = rows
            .iter()
            .filter(|&&(time, _)| time >= 0 && stretched(time) < end)
            .map(|&(time, class)| TraceEvent {
                at: Time(if stretch == 1.0 {
                    time as u64
                } else {
                    stretched(time) as u64
                }),
                class,
            })
            .collect();
        let before = rows.iter().filter(|row| row.0 < 0).count();
        self.rows_outside(path, &rows, before, events.len())?;
        let bootstrap = file.is_some_and(|f| f.bootstrap.given()).then(|| {
            let days = self.calendar.local_days(self.end);
            by_local_time(&mut events, &days);
            days.into()
        });
        Some(Source::Trace(Trace {
            events: events.into(),
            keep: file.and_then(|f| f.keep.get()).map_or(1.0, |k| k.0),
            bootstrap,
        }))
    }

    /// Every row in order of time; a fault where the file is not and need not be sorted.
    fn trace_rows(
        &mut self,
        shape: &Shape,
        csv: &Csv,
        columns: &TraceColumns,
        sort: bool,
        at: Origin,
    ) -> Option<Vec<Row>> {
        let mut times = RowTimes::new(self.calendar, columns.time, false);
        let mut rows: Vec<Row> = Vec::with_capacity(csv.len());
        let mut whole = true;
        let mut previous = i128::MIN;
        let mut back: Option<(Origin, usize)> = None;
        let mut read = csv.rows(self.reader, at)?;
        while let Some(row) = read.next() {
            let Some((time, _)) = times.read(self.reader, csv, row, previous) else {
                whole = false;
                continue;
            };
            if time < previous {
                let first = back.map_or_else(|| csv.place(row), |b| b.0);
                back = Some((first, back.map_or(1, |b| b.1 + 1)));
            }
            // Rows that are sorted here tell nothing of the order within a repeated hour.
            if !sort {
                previous = time;
            }
            rows.push((time, self.classes.of_row(shape, columns.names(row))));
        }
        times.tell(self.reader, at);
        if let Some((first, number)) = back {
            let others = match number - 1 {
                0 => String::new(),
                1 => ", and one more so".into(),
                n => format!(", and {n} more so"),
            };
            let message =
                format!("this row lies before the row above it{others}: a trace must be in order of time");
            self.reader
                .error(first, message)
                .help("sort the file, or write trace = { file = \"...\", sort = true }");
            return None;
        }
        rows.sort_by_key(|row| row.0);
        whole.then_some(rows)
    }

    /// Says how many rows the run leaves out; a fault where it leaves out all.
    fn rows_outside(
        &mut self,
        (path, at): (&str, Origin),
        rows: &[Row],
        before: usize,
        inside: usize,
    ) -> Option<()> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            self.reader
                .error(at, format!("every row of {path} lies before `from`"));
            return None;
        };
        let written = |ns: i128| self.calendar.written(ns);
        let run = format!("{} to {}", written(0), written(i128::from(self.end.0)));
        let after = rows.len() - before - inside;
        if inside == 0 {
            let message = format!(
                "no event of {path} lies between the start and the end of the run ({run}): they run from {} to {}",
                written(first.0),
                written(last.0)
            );
            self.reader
                .error(at, message)
                .help("`start` is the local time at which the clock is 0");
            return None;
        }
        if before + after > 0 {
            let parts: Vec<String> = [(before, "before its start"), (after, "after its end")]
                .into_iter()
                .filter(|part| part.0 > 0)
                .map(|(number, side)| format!("{number} {side}"))
                .collect();
            let message = format!(
                "of {} events of {path} the run ({run}) leaves out {}",
                rows.len(),
                parts.join(" and ")
            );
            self.reader
                .warning(at, message)
                .code("rows-outside-the-run")
                .help("another `start`, `horizon` or `follow_up`, or `from` in the trace if that is meant");
        }
        Some(())
    }
}

/// Puts events where the local time of their day has them: those of the second pass of a repeated hour into the first.
fn by_local_time(events: &mut [TraceEvent], days: &[LocalDay]) {
    for event in events.iter_mut() {
        let at = event.at.0 as i64;
        let place = days.partition_point(|day| day.from <= at).saturating_sub(1);
        if let Some(day) = days.get(place) {
            event.at = Time((day.from + day.elapsed(day.clock(at - day.from))).max(0) as u64);
        }
    }
    events.sort_by_key(|event| event.at);
}

/// Headers of columns that name a ticket.
const TICKETS: [&str; 15] = [
    "id",
    "ticket",
    "ticket id",
    "ticket number",
    "ticket no",
    "case",
    "case id",
    "case number",
    "incident",
    "incident id",
    "incident number",
    "issue key",
    "unique key",
    "conversation id",
    "tweet id",
];

/// A log of what happened to tickets names each several times, and every row is an arrival.
fn warn_of_repeated_tickets(reader: &mut Reader, csv: &Csv, at: Origin) {
    let letters = |column: usize| {
        let mut rows = csv.all();
        rows.next()
            .is_some_and(|row| row[column].contains(char::is_alphabetic))
    };
    let names_ticket = |&(column, header): &(usize, &String)| {
        let header = words(header).join(" ");
        TICKETS.contains(&header.as_str()) || header == "number" && letters(column)
    };
    let Some((column, header)) = csv.headers().iter().enumerate().find(names_ticket) else {
        return;
    };
    let mut seen: HashSet<u64> = HashSet::new();
    let mut named = 0;
    let mut rows = csv.all();
    while let Some(row) = rows.next() {
        if !row[column].is_empty() {
            named += 1;
            let mut hasher = DefaultHasher::new();
            row[column].hash(&mut hasher);
            seen.insert(hasher.finish());
        }
    }
    if seen.len() < named {
        let message = format!(
            "{named} rows name {} different tickets in `{header}`: every row is an arrival",
            seen.len()
        );
        reader
            .warning(at, message)
            .code("repeated-tickets")
            .help("if the file logs what happened to tickets, keep the first row of each");
    }
}

/// Words of a header: `sys_createdAt` has three.
fn words(header: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut small = false;
    for c in header.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && small {
            out.push(String::new());
        }
        small = c.is_lowercase();
        if c.is_alphanumeric()
            && let Some(word) = out.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

/// Headers that tell when a row was written, in words.
const WRITTEN: [&str; 3] = ["created", "opened", "submitted"];
/// Headers that may tell it.
const CAME: [&str; 5] = ["posted", "arrived", "received", "arrival", "reported"];
/// Headers that tell it only if they say nothing else.
const PLAIN_TIMES: [&str; 5] = ["time", "timestamp", "date", "datetime", "date time"];

/// The column that tells when the rows of a file were written: of the columns of one kind there must be only one.
fn time_column(reader: &mut Reader, csv: &Csv, at: Origin) -> Option<usize> {
    let by_word = |list: &[&str]| -> Vec<usize> {
        let tells = |header: &String| {
            let words = words(header);
            let has = |word: &&str| words.iter().any(|w| w == word);
            list.iter().any(has) && !has(&"by")
        };
        let headers = csv.headers().iter().enumerate();
        headers.filter(|h| tells(h.1)).map(|h| h.0).collect()
    };
    let mut found = by_word(&WRITTEN);
    if found.is_empty() {
        found = by_word(&CAME);
        let plain = |header: &String| {
            let mut words = words(header);
            words.retain(|word| !["utc", "local", "gmt"].contains(&word.as_str()));
            PLAIN_TIMES.contains(&words.join(" ").as_str())
        };
        let headers = csv.headers().iter().enumerate();
        found.extend(headers.filter(|h| plain(h.1)).map(|h| h.0));
    }
    match found.as_slice() {
        [] => {
            let message = "no column of this file tells when its rows were written";
            let fault = reader.error(at, message);
            fault.help("name the column: { file = \"...\", time = \"...\" }");
            None
        }
        [only] => {
            let others = csv.columns_of_times(*only);
            if !others.is_empty() {
                let message = format!(
                    "the time of an event is taken from the column `{}`",
                    csv.headers()[*only]
                );
                let help = format!("time = \"...\" if another is meant: {}", others.join(", "));
                reader.warning(at, message).code("time-column").help(help);
            }
            Some(*only)
        }
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|&c| format!("`{}`", csv.headers()[c]))
                .collect();
            let message = format!(
                "several columns may tell when a row was written: {}",
                names.join(", ")
            );
            let help = format!(
                "name one: {{ file = \"...\", time = \"{}\" }}",
                csv.headers()[several[0]]
            );
            reader.error(at, message).help(help);
            None
        }
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
            time_column(reader, csv, at)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_fall_into_words() {
        for (header, expected) in [
            ("u_major_timestamp", "u major timestamp"),
            ("sys_createdAt", "sys created at"),
            ("Created Date", "created date"),
            ("TIME", "time"),
            ("posted (UTC)", "posted utc"),
            ("", ""),
        ] {
            assert_eq!(words(header).join(" "), expected, "{header}");
        }
    }
}
