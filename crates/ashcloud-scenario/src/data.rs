//! CSV files: numbers and times by column, with the line of every faulty row.

use std::collections::BTreeMap;

use csv::StringRecord;
use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::calendar::Calendar;
use crate::fault::did_you_mean;
use crate::reader::Reader;
use crate::tree::Origin;

/// A CSV file, opened: its header is known and every row has as many fields.
pub(crate) struct Csv {
    source: u32,
    headers: Vec<String>,
    rows: Vec<StringRecord>,
    text_len: usize,
}

/// CSV files already parsed, by source: scenario variants share them.
#[derive(Default)]
pub(crate) struct CsvCache {
    parsed: BTreeMap<u32, Option<std::sync::Arc<Csv>>>,
}

impl CsvCache {
    /// Opens the CSV file that the file at `at` names.
    pub(crate) fn open(
        &mut self,
        reader: &mut Reader,
        path: &str,
        at: Origin,
    ) -> Option<std::sync::Arc<Csv>> {
        let source = reader.csv_file(path, at)?;
        if let Some(known) = self.parsed.get(&source) {
            return known.clone();
        }
        let parsed = Csv::parse(reader, source).map(std::sync::Arc::new);
        self.parsed.insert(source, parsed.clone());
        parsed
    }
}

impl Csv {
    fn parse(reader: &mut Reader, source: u32) -> Option<Csv> {
        let text = reader.text(source);
        let mut csv = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
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
        let mut table = Csv {
            source,
            headers,
            rows: Vec::new(),
            text_len: text.len(),
        };
        for row in csv.into_records() {
            match row {
                Ok(row) if row.len() == table.headers.len() => table.rows.push(row),
                Ok(row) => {
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
        if table.rows.is_empty() {
            reader.error(top, "this file has no rows below its header");
            return None;
        }
        Some(table)
    }

    /// Where a row stands.
    pub(crate) fn place(&self, row: &StringRecord) -> Origin {
        let start = row.position().map_or(0, |p| p.byte() as usize).min(self.text_len);
        // Without quotes a row is as long as its fields and commas; for the mark under it that is near enough.
        let length = row.as_slice().len() + row.len().saturating_sub(1);
        Origin {
            source: self.source,
            start: start as u32,
            end: (start + length).min(self.text_len) as u32,
        }
    }

    /// Rows below the header.
    pub(crate) fn rows(&self) -> &[StringRecord] {
        &self.rows
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

    /// A time in nanoseconds since the scenario's start: with zone or offset an instant, else local. `previous` decides
    /// between the two instants of a repeated hour.
    pub(crate) fn time(
        &self,
        reader: &mut Reader,
        row: &StringRecord,
        column: usize,
        calendar: &Calendar,
        previous: i128,
    ) -> Option<i128> {
        let field = &row[column];
        let at = match parse_time(field) {
            Some(Moment::Absolute(at)) => Some(calendar.absolute_ns(at)),
            Some(Moment::Local(local)) => calendar.local_after(local, previous),
            None => None,
        };
        if at.is_none() {
            let message = format!("column `{}`: expected a date and time", self.headers[column]);
            let fault = reader.error(self.place(row), message);
            fault.found(format!("\"{field}\""));
            fault.help(
                "such as 2015-02-17T07:00:00Z, 2015-02-17 07:00:00+01:00, or without zone for local time",
            );
        }
        at
    }
}

#[derive(Debug, PartialEq)]
enum Moment {
    Absolute(Timestamp),
    Local(DateTime),
}

fn parse_time(text: &str) -> Option<Moment> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(Moment::Absolute(at));
    }
    // "2015-02-24 11:35:52 -0800": jiff wants the offset without a gap.
    if let Some((local, offset)) = text.rsplit_once(' ')
        && local.contains(':')
        && let Ok(at) = format!("{local}{offset}").parse::<Timestamp>()
    {
        return Some(Moment::Absolute(at));
    }
    let local = text.parse::<DateTime>().ok()?;
    Some(Moment::Local(local))
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
            assert_eq!(parse_time(text), Some(Moment::Absolute(noon)), "{text}");
        }
        let local = jiff::civil::datetime(2015, 2, 17, 12, 0, 0, 0);
        for text in ["2015-02-17T12:00:00", "2015-02-17 12:00", "2015-02-17 12:00:00.0"] {
            assert_eq!(parse_time(text), Some(Moment::Local(local)), "{text}");
        }
        for text in ["", "noon", "17/02/2015", "12"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
