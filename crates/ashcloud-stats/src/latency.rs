//! Latencies measured on a clock of this machine: percentiles, and interval logs that other tools read.

use std::io::{self, Write};
use std::time::Duration;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

/// The longest latency that is told apart: an hour. Longer ones count as an hour, and [`Latencies::beyond`] says how many.
pub const LONGEST: Duration = Duration::from_hours(1);

/// Latencies from 1 ns to an hour, each known to 0.1 % (three significant digits). Takes about 270 KiB.
#[derive(Clone, Debug)]
pub struct Latencies {
    histogram: Histogram<u64>,
    beyond: u64,
}

impl Default for Latencies {
    fn default() -> Latencies {
        Latencies::new()
    }
}

impl Latencies {
    /// None yet.
    ///
    /// # Panics
    /// Never: the bounds are constants that fit.
    pub fn new() -> Latencies {
        let bounds = Histogram::new_with_bounds(1, LONGEST.as_nanos() as u64, 3);
        Latencies {
            histogram: bounds.expect("the bounds fit"),
            beyond: 0,
        }
    }

    /// Records one, in nanoseconds.
    #[inline]
    pub fn record(&mut self, ns: u64) {
        self.beyond += u64::from(ns > LONGEST.as_nanos() as u64);
        self.histogram.saturating_record(ns);
    }

    /// Adds everything that `other` holds.
    pub fn merge(&mut self, other: &Latencies) {
        self.beyond += other.beyond;
        // The bounds are the same, so everything fits.
        let merged = self.histogram.add(&other.histogram);
        debug_assert!(merged.is_ok());
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// How many were longer than [`LONGEST`].
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// The least value that at least this share (0 to 1) does not exceed, in nanoseconds; nothing if none was recorded.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        (self.count() > 0).then(|| self.histogram.value_at_quantile(share))
    }

    /// How many exceed the `share`-quantile: what the tail beyond it rests on.
    pub fn beyond_quantile(&self, share: f64) -> u64 {
        let at = self.histogram.value_at_quantile(share);
        self.count() - self.histogram.count_between(0, at)
    }

    /// How many do not exceed this many nanoseconds.
    pub fn within(&self, ns: u64) -> u64 {
        if self.count() == 0 {
            return 0;
        }
        self.histogram.count_between(0, ns)
    }

    /// The greatest, in nanoseconds; nothing if none was recorded.
    pub fn max(&self) -> Option<u64> {
        (self.count() > 0).then(|| self.histogram.max())
    }

    /// The mean, in nanoseconds; nothing if none was recorded.
    pub fn mean(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.histogram.mean())
    }
}

/// An interval of an interval log.
#[derive(Clone, Copy, Debug)]
pub struct LogEntry<'a> {
    /// What was measured; commas, spaces and line ends become dots.
    pub tag: &'a str,
    /// When it began, from the log's start.
    pub from: Duration,
    /// How long it lasted.
    pub lasted: Duration,
    /// What was measured then.
    pub latencies: &'a Latencies,
}

/// Writes an interval log (`.hlog`, version 1.3, compressed V2 histograms), as its tools read it. Values are in
/// nanoseconds; the column of greatest values in milliseconds.
///
/// # Errors
/// If `to` cannot be written.
pub fn write_hlog(to: &mut impl Write, comment: &str, entries: &[LogEntry<'_>]) -> io::Result<()> {
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment(comment)
        .with_max_value_divisor(1e6)
        .begin_log_with(to, &mut serializer)?;
    for entry in entries {
        let tag: String = entry
            .tag
            .chars()
            .map(|c| if c == ',' || c.is_whitespace() { '.' } else { c })
            .collect();
        log.write_histogram(
            &entry.latencies.histogram,
            entry.from,
            entry.lasted,
            Tag::new(&tag),
        )
        .map_err(|why| io::Error::other(format!("{why:?}")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry as Line};

    use super::*;

    fn some() -> Latencies {
        let mut some = Latencies::new();
        for ns in 1..=1000 {
            some.record(ns * 1000);
        }
        some
    }

    #[test]
    fn quantiles_and_counts() {
        let none = Latencies::new();
        assert_eq!((none.quantile(0.5), none.max(), none.within(5)), (None, None, 0));
        let mut some = some();
        let near = |a: Option<u64>, b: u64| (a.unwrap() as f64 / b as f64 - 1.0).abs() < 2e-3;
        assert!(near(some.quantile(0.5), 500_000) && near(some.quantile(0.99), 990_000));
        assert!(near(some.max(), 1_000_000));
        assert_eq!(some.beyond_quantile(0.99), 10);
        assert!(some.within(100_000).abs_diff(100) <= 1);
        some.merge(&some.clone());
        assert_eq!(some.count(), 2000);
        assert_eq!(some.beyond(), 0);
        some.record(u64::MAX);
        assert_eq!(some.beyond(), 1);
    }

    /// What is written is what the own reader of the format finds.
    #[test]
    fn logs_are_read_back() {
        let some = some();
        let mut text = Vec::new();
        let entry = LogEntry {
            tag: "PR team, from send",
            from: Duration::from_secs(2),
            lasted: Duration::from_millis(1500),
            latencies: &some,
        };
        write_hlog(&mut text, "a comment", &[entry]).unwrap();
        let mut found = 0;
        for line in IntervalLogIterator::new(&text) {
            if let Line::Interval(interval) = line.unwrap() {
                assert_eq!(interval.tag().unwrap().as_str(), "PR.team..from.send");
                assert_eq!(interval.duration(), Duration::from_millis(1500));
                let bytes = interval.encoded_histogram();
                let bytes =
                    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, bytes).unwrap();
                let read: Histogram<u64> = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
                assert_eq!(read, some.histogram);
                found += 1;
            }
        }
        assert_eq!(found, 1);
    }
}
