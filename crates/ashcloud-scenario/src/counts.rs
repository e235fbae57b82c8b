//! Expected numbers by time, from a CSV file, compiled to a rate.

use ashcloud_core::Time;

use crate::calendar::Reading;
use crate::data::{Csv, RowTimes};
use crate::file::Stream as Shape;
use crate::spec::{Piece, Source};
use crate::traffic::TrafficCompiler;
use crate::tree::Origin;

/// A row: nanoseconds from the start, and the number expected until the next.
type Row = (i128, f64);

impl TrafficCompiler<'_> {
    /// The rate of a stream's counts; faults are noted.
    pub(crate) fn counts(&mut self, shape: &Shape) -> Option<Source> {
        let busyness = self.busyness(&shape.busyness);
        let counts = shape.counts.get()?;
        let (path, at) = counts.file.at()?;
        let csv = self.csv.open(self.reader, &path.0, at)?;
        let time = counts
            .time
            .at()
            .and_then(|(name, at)| csv.column(self.reader, &name.0, at));
        let count = counts
            .count
            .at()
            .and_then(|(name, at)| csv.column(self.reader, &name.0, at));
        let scale = counts.scale.get().map_or(1.0, |s| s.0);
        let rows = self.rows_of_counts(&csv, time?, count?, at)?;
        let pieces = pieces(&rows, scale, i128::from(self.end.0));
        if pieces.is_empty() {
            self.reader.error(
                at,
                "none of these counts lies between the start and the end of the run",
            );
            return None;
        }
        Some(Source::Pieces {
            pieces: pieces.into(),
            busyness: busyness?,
        })
    }

    /// The rows of a file, two at least, each later than the one before.
    fn rows_of_counts(&mut self, csv: &Csv, time: usize, count: usize, at: Origin) -> Option<Vec<Row>> {
        let mut rows: Vec<Row> = Vec::with_capacity(csv.len());
        let mut whole = true;
        let mut times = RowTimes::new(self.calendar, time, true);
        let mut skipped = false;
        let mut table = csv.rows(self.reader, at)?;
        while let Some(row) = table.next() {
            let previous = rows.last().map_or(i128::MIN, |r| r.0);
            let time = times.read(self.reader, csv, row, previous);
            let number = csv.number(self.reader, row, count);
            let (Some((time, reading)), Some(number)) = (time, number) else {
                whole = false;
                continue;
            };
            // A row of the hour that the clocks skip lasts no time.
            if time == previous
                && skipped
                && let Some((_, lost)) = rows.pop()
                && lost > 0.0
            {
                let message = format!("the {lost} before this row fall into an hour that the clocks skip");
                self.reader
                    .warning(csv.place(row), message)
                    .code("clock-change")
                    .help("they are left out");
            }
            let previous = rows.last().map_or(i128::MIN, |r| r.0);
            skipped = reading == Reading::Skipped;
            if time <= previous {
                self.reader
                    .error(csv.place(row), "the times of counts must rise from row to row");
                whole = false;
                continue;
            }
            rows.push((time, number));
        }
        times.tell(self.reader, at);
        if whole && rows.len() < 2 {
            self.reader
                .error(at, "counts need two rows at least: a row lasts until the next");
        }
        (whole && rows.len() >= 2).then_some(rows)
    }
}

/// Constant rates from row to row, between the start and the end of the run; the last row lasts as long as the one before.
fn pieces(rows: &[Row], scale: f64, end: i128) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let [.., before, last] = rows else {
        return pieces;
    };
    let over = last.0 + (last.0 - before.0);
    for (i, &(from, number)) in rows.iter().enumerate() {
        let to = rows.get(i + 1).map_or(over, |next| next.0);
        if to <= 0 || from >= end {
            continue;
        }
        let rate = scale * number / ((to - from) as f64 / 1e9);
        if pieces.is_empty() && from > 0 {
            pieces.push(Piece {
                from: Time::ZERO,
                rate: 0.0,
            });
        }
        pieces.push(Piece {
            from: Time(from.max(0) as u64),
            rate,
        });
    }
    if !pieces.is_empty() && over < end {
        pieces.push(Piece {
            from: Time(over as u64),
            rate: 0.0,
        });
    }
    pieces
}
