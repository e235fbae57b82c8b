//! CSV files: numbers and times by column, with the line of every faulty row.

use std::collections::BTreeMap;
use std::sync::Arc;

use csv::StringRecord;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::{DateTimeParser, Pieces};
use jiff::tz::TimeZone;

use crate::budget::Cost;
use crate::calendar::{Calendar, Reading, ZONES, explained};
use crate::fault::did_you_mean;
use crate::reader::Reader;
use crate::tree::Origin;

/// Rows that are looked at to tell what a column holds.
const LOOKED_AT: usize = 1_000;

/// A CSV file, opened: its header is known, and how many rows have as many fields. The rows themselves are read again
/// whenever they are asked for: kept apart they would take ten times the room of the text.
pub(crate) struct Csv {
    source: u32,
    headers: Vec<String>,
    text: Arc<str>,
    rows: usize,
}

/// Rows of a CSV file that have as many fields as its header, one after the other.
pub(crate) struct Rows<'a> {
    reader: csv::Reader<&'a [u8]>,
    row: StringRecord,
    width: usize,
}

impl Rows<'_> {
    /// The next row.
    pub(crate) fn next(&mut self) -> Option<&StringRecord> {
        loop {
            match self.reader.read_record(&mut self.row) {
                Ok(true) if self.row.len() == self.width => return Some(&self.row),
                // Rows of another width were noted when the file was opened.
                Ok(true) => {}
                Err(why) if !matches!(why.kind(), csv::ErrorKind::Io(_)) => {}
                Ok(false) | Err(_) => return None,
            }
        }
    }
}

/// What separates the columns where the header is one column that is full of another sign.
fn other_separator(headers: &[String]) -> Option<&'static str> {
    let [one] = headers else { return None };
    [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")]
        .into_iter()
        .find(|(sign, _)| one.contains(sign))
        .map(|(_, name)| name)
}

/// Where the field begins whose quote is open at the end of the text.
fn open_quote(text: &str) -> Option<usize> {
    if !text.contains('"') {
        return None;
    }
    let bytes = text.as_bytes();
    let (mut open, mut begins) = (None, true);
    for (at, &b) in bytes.iter().enumerate() {
        match (open, b) {
            // A quote in quotes is written twice: it closes and opens again.
            (Some(_), b'"') => open = None,
            (None, b'"') if begins || at > 0 && bytes[at - 1] == b'"' => open = Some(at),
            _ => {}
        }
        begins = open.is_none() && (matches!(b, b',' | b'\n') || begins && b.is_ascii_whitespace());
    }
    // The beginning of the field, not the last of its double quotes.
    let mut start = open?;
    while start >= 2 && bytes[start - 1] == b'"' {
        start = text[..start - 1].rfind('"')?;
    }
    Some(start)
}

fn reader_of(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes())
}

/// CSV files already parsed, by source: scenario variants share them.
#[derive(Default)]
pub(crate) struct CsvCache {
    parsed: BTreeMap<u32, Option<Arc<Csv>>>,
}

impl CsvCache {
    /// Opens the CSV file that the file at `at` names.
    pub(crate) fn open(&mut self, reader: &mut Reader, path: &str, at: Origin) -> Option<Arc<Csv>> {
        let source = reader.csv_file(path, at)?;
        if let Some(known) = self.parsed.get(&source) {
            return known.clone();
        }
        let parsed = Csv::parse(reader, source).map(Arc::new);
        self.parsed.insert(source, parsed.clone());
        parsed
    }
}

impl Csv {
    fn parse(reader: &mut Reader, source: u32) -> Option<Csv> {
        let text = reader.text(source);
        let mut csv = reader_of(&text);
        let top = Origin {
            source,
            start: 0,
            end: 0,
        };
        let headers: Vec<String> = match csv.headers() {
            Ok(headers) => headers.iter().map(str::to_owned).collect(),
            Err(error) => {
                reader.error(top, format!("this is not CSV: {error}"));
                return None;
            }
        };
        if let Some(separator) = other_separator(&headers) {
            let message = format!("the columns of this file are separated by {separator}, not by commas");
            reader
                .error(top, message)
                .help("save it as CSV separated by commas");
            return None;
        }
        if let Some(start) = open_quote(&text) {
            let at = Origin {
                source,
                start: start as u32,
                end: start as u32 + 1,
            };
            let message = "the quote that begins here is never closed: all that follows stands in this field";
            reader
                .error(at, message)
                .help("close it; a quote within a field is written twice");
            return None;
        }
        let mut table = Csv {
            source,
            headers,
            text: text.clone(),
            rows: 0,
        };
        let mut row = StringRecord::new();
        loop {
            match csv.read_record(&mut row) {
                Ok(false) => break,
                Ok(true) if row.len() == table.headers.len() => table.rows += 1,
                Ok(true) => {
                    let (found, expected) = (row.len(), table.headers.len());
                    let message = format!("this row has {found} fields, the header {expected}");
                    reader.error(table.place(&row), message);
                }
                Err(error) => {
                    let start = error.position().map_or(0, |p| p.byte() as u32);
                    reader.error(
                        Origin {
                            source,
                            start,
                            end: start,
                        },
                        "this row is not CSV",
                    );
                }
            }
        }
        if table.rows == 0 {
            reader.error(top, "this file has no rows below its header");
            return None;
        }
        Some(table)
    }

    /// Where a row stands.
    pub(crate) fn place(&self, row: &StringRecord) -> Origin {
        let start = row
            .position()
            .map_or(0, |p| p.byte() as usize)
            .min(self.text.len());
        // The reader stands behind the sign that ended the row before; line ends and empty lines follow it.
        let blank = self.text.as_bytes()[start..].iter();
        let start = start + blank.take_while(|b| matches!(b, b'\r' | b'\n')).count();
        // Without quotes a row is as long as its fields and commas; for the mark under it that is near enough.
        let length = row.as_slice().len() + row.len().saturating_sub(1);
        Origin {
            source: self.source,
            start: start as u32,
            end: (start + length).min(self.text.len()) as u32,
        }
    }

    /// Rows below the header; `None`, with a fault at `at`, where CSV files have been read too often.
    pub(crate) fn rows(&self, reader: &mut Reader, at: Origin) -> Option<Rows<'_>> {
        reader
            .spend(at, Cost::Csv, self.text.len() as u64)
            .then(|| self.all())
    }

    /// The rows, once more.
    pub(crate) fn all(&self) -> Rows<'_> {
        Rows {
            reader: reader_of(&self.text),
            row: StringRecord::new(),
            width: self.headers.len(),
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// Names of the columns.
    pub(crate) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Columns but one whose first entry is a date and time, as a file names them.
    pub(crate) fn columns_of_times(&self, but: usize) -> Vec<String> {
        let mut is_time: Vec<Option<bool>> = vec![None; self.headers.len()];
        let mut rows = self.all();
        for _ in 0..LOOKED_AT {
            let Some(row) = rows.next() else { break };
            for (known, field) in is_time.iter_mut().zip(row) {
                if known.is_none() && !field.is_empty() {
                    *known = Some(parse_time(field).is_ok());
                }
            }
        }
        let columns = self.headers.iter().zip(is_time).enumerate();
        let others = columns.filter(|&(column, (_, is_time))| column != but && is_time == Some(true));
        others.map(|(_, (header, _))| format!("`{header}`")).collect()
    }

    /// Number of columns.
    pub(crate) fn width(&self) -> usize {
        self.headers.len()
    }

    /// The column of this name; a fault at `at` where there is none.
    pub(crate) fn column(&self, reader: &mut Reader, name: &str, at: Origin) -> Option<usize> {
        let found = self.headers.iter().position(|h| h == name);
        if found.is_none() {
            let known: Vec<&str> = self.headers.iter().map(String::as_str).collect();
            let message = format!("{} has no column `{name}`", reader.name(self.source));
            reader.error(at, message).suggestion = did_you_mean(name, &known);
        }
        found
    }

    /// The first column whose header contains one of these words.
    pub(crate) fn column_containing(&self, words: &[&str]) -> Option<usize> {
        self.headers
            .iter()
            .position(|h| words.iter().any(|w| h.to_lowercase().contains(w)))
    }

    /// A number of at least 0; a fault in its row otherwise.
    pub(crate) fn number(&self, reader: &mut Reader, row: &StringRecord, column: usize) -> Option<f64> {
        let field = &row[column];
        match field.parse::<f64>() {
            Ok(x) if x >= 0.0 && x.is_finite() => Some(x),
            _ => {
                let message = format!(
                    "column `{}`: expected a number of at least 0",
                    self.headers[column]
                );
                reader
                    .error(self.place(row), message)
                    .found(format!("\"{field}\""));
                None
            }
        }
    }
}

/// Reads the times of a file's rows, one row after the other.
pub(crate) struct RowTimes<'a> {
    calendar: &'a Calendar,
    column: usize,
    /// Two rows are never at one instant.
    strictly: bool,
    /// How many local times the clocks skip, and the first of them in words.
    skipped: (usize, String),
    /// How many they repeat.
    repeated: (usize, String),
}

impl<'a> RowTimes<'a> {
    /// Times of a column.
    pub(crate) fn new(calendar: &'a Calendar, column: usize, strictly: bool) -> RowTimes<'a> {
        RowTimes {
            calendar,
            column,
            strictly,
            skipped: (0, String::new()),
            repeated: (0, String::new()),
        }
    }

    /// The time of a row in nanoseconds since the scenario's start: with zone or offset an instant, else local. `previous`
    /// decides between the two instants of a repeated hour. A fault is noted where there is none.
    pub(crate) fn read(
        &mut self,
        reader: &mut Reader,
        csv: &Csv,
        row: &StringRecord,
        previous: i128,
    ) -> Option<(i128, Reading)> {
        let field = &row[self.column];
        let (zone, local) = match parse_time(field) {
            Ok(Moment::Absolute(at)) => return Some((self.calendar.absolute_ns(at), Reading::Once)),
            Ok(Moment::Local(local)) => (self.calendar.own_zone().clone(), local),
            Ok(Moment::Zoned(local, zone)) => (zone, local),
            Err(why) => {
                let message = format!("column `{}`: {why}", csv.headers[self.column]);
                let fault = reader.error(csv.place(row), message);
                fault.found(format!("\"{field}\""));
                fault.help(
                    "such as 2015-02-17T07:00:00Z, 2015-02-17 07:00:00+01:00, or without zone for local time",
                );
                return None;
            }
        };
        let read = self.calendar.row_ns(&zone, local, previous, self.strictly);
        let Some((at, reading)) = read else {
            let message = format!(
                "column `{}`: dates end with the year 9999",
                csv.headers[self.column]
            );
            reader
                .error(csv.place(row), message)
                .found(format!("\"{field}\""));
            return None;
        };
        let seen = match reading {
            Reading::Once => return Some((at, reading)),
            Reading::Skipped => &mut self.skipped,
            Reading::Repeated => &mut self.repeated,
        };
        seen.0 += 1;
        if seen.0 == 1 {
            seen.1 = explained(&zone, local).unwrap_or_default();
        }
        Some((at, reading))
    }

    /// Says what was made of local times that the clocks skip or repeat.
    pub(crate) fn tell(&self, reader: &mut Reader, at: Origin) {
        let (skipped, first) = &self.skipped;
        if *skipped > 0 {
            let message = format!("{} in an hour that the clocks skip: {first}", rows_lie(*skipped));
            let fault = reader.warning(at, message);
            fault
                .code("clock-change")
                .help("name the zone of the file in its times (a Z or an offset), or `timezone`");
        }
        let (repeated, first) = &self.repeated;
        if *repeated > 0 {
            let message = format!(
                "{} in an hour that the clocks repeat: {first}, or the second in a row that goes back",
                rows_lie(*repeated)
            );
            let fault = reader.warning(at, message);
            fault
                .code("clock-change")
                .help("times with an offset from UTC, such as 2025-10-26T02:30:00+01:00, leave no doubt");
        }
    }
}

fn rows_lie(number: usize) -> String {
    match number {
        1 => "1 row lies".into(),
        n => format!("{n} rows lie"),
    }
}

#[derive(Debug, PartialEq)]
pub(crate) enum Moment {
    Absolute(Timestamp),
    Local(DateTime),
    Zoned(DateTime, TimeZone),
}

/// A date and time, or what is wrong with it.
fn parse_time(text: &str) -> Result<Moment, String> {
    if text.contains('[') {
        return parse_suffixed(text);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Moment::Absolute(at));
    }
    // "2015-02-24 11:35:52 -0800": jiff wants the offset without a gap.
    if let Some((local, offset)) = text.rsplit_once(' ')
        && local.contains(':')
        && let Ok(at) = format!("{local}{offset}").parse::<Timestamp>()
    {
        return Ok(Moment::Absolute(at));
    }
    text.parse::<DateTime>()
        .map(Moment::Local)
        .map_err(|_| NO_TIME.into())
}

const NO_TIME: &str = "expected a date and time";

/// A time with suffixes as RFC 9557 writes them: `2026-03-08T01:30:00[America/New_York]`, with or without an offset.
pub(crate) fn parse_suffixed(text: &str) -> Result<Moment, String> {
    let pieces = Pieces::parse(text).map_err(|_| NO_TIME)?;
    let plain = text.split('[').next().unwrap_or(text);
    if pieces.time_zone_annotation().is_none() {
        return parse_time(plain);
    }
    let unknown = "this zone is unknown";
    let zone = pieces
        .to_time_zone_with(&ZONES)
        .map_err(|_| unknown)?
        .ok_or(unknown)?;
    if pieces.offset().is_none() {
        return plain
            .trim()
            .parse::<DateTime>()
            .map(|local| Moment::Zoned(local, zone))
            .map_err(|_| NO_TIME.into());
    }
    let zoned = DateTimeParser::new().parse_zoned_with(&ZONES, text);
    let disagree = |_| "the offset from UTC is not the zone's at that time".to_owned();
    zoned.map(|at| Moment::Absolute(at.timestamp())).map_err(disagree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_zone() {
        let noon: Timestamp = "2015-02-17T12:00:00Z".parse().unwrap();
        for text in [
            "2015-02-17T12:00:00Z",
            "2015-02-17T12:00:00.000Z",
            "2015-02-17 12:00:00+00:00",
            "2015-02-17 04:00:00 -0800",
            "2015-02-17T13:00:00+01:00",
        ] {
            assert_eq!(parse_time(text), Ok(Moment::Absolute(noon)), "{text}");
        }
        let local = jiff::civil::datetime(2015, 2, 17, 12, 0, 0, 0);
        for text in ["2015-02-17T12:00:00", "2015-02-17 12:00", "2015-02-17 12:00:00.0"] {
            assert_eq!(parse_time(text), Ok(Moment::Local(local)), "{text}");
        }
        for text in ["", "noon", "17/02/2015", "12"] {
            assert_eq!(parse_time(text), Err(NO_TIME.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_zone_in_brackets_is_the_zone_of_the_time() {
        let instant = |text: &str| match parse_time(text) {
            Ok(Moment::Zoned(local, zone)) => zone.to_timestamp(local).unwrap().to_string(),
            Ok(Moment::Absolute(at)) => at.to_string(),
            other => format!("{other:?}"),
        };
        for text in [
            "2026-03-02T09:00:00[America/New_York]",
            "2026-03-02 09:00[America/New_York]",
            "2026-03-02T09:00:00-05:00[America/New_York]",
            "2026-03-02T14:00:00Z[America/New_York]",
            "2026-03-02T14:00:00Z[u-ca=gregory]",
        ] {
            assert_eq!(instant(text), "2026-03-02T14:00:00Z", "{text}");
        }
        for (text, why) in [
            ("2026-03-02T09:00:00[Europe/Berln]", "this zone is unknown"),
            (
                "2026-03-02T09:00:00-04:00[America/New_York]",
                "the offset from UTC is not the zone's at that time",
            ),
            ("noon[Europe/Berlin]", NO_TIME),
        ] {
            assert_eq!(parse_time(text), Err(why.to_owned()), "{text}");
        }
    }
}
