//! The faults of one text as they are noted: each once, the first of them kept, the rest counted, so that a file with a
//! million faults takes as long to refuse as it takes to read.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use crate::fault::{Fault, SHOWN, Severity, clip};

/// Faults of each severity that are kept of one text (after as many errors no more are looked for), so that the first [`SHOWN`] by place are among them where faults
/// are noted out of order.
const KEPT: usize = 1_000;
/// Bytes between two counts of lines.
const STRIDE: usize = 512;

/// How many lines a text has before each of its strides.
struct Lines {
    before: Vec<u32>,
}

impl Lines {
    fn of(text: &[u8]) -> Lines {
        let mut count = 0;
        let counted = text.chunks(STRIDE).map(|stride| {
            let before = count;
            count += breaks(stride);
            before
        });
        Lines {
            before: counted.collect(),
        }
    }

    /// The line in which this byte stands, from 1.
    fn line(&self, text: &[u8], at: usize) -> usize {
        let stride = (at / STRIDE).min(self.before.len().saturating_sub(1));
        let before = self.before.get(stride).copied().unwrap_or(0);
        (before + breaks(&text[(stride * STRIDE).min(at)..at])) as usize + 1
    }
}

#[allow(clippy::naive_bytecount, reason = "of half a kilobyte")]
fn breaks(text: &[u8]) -> u32 {
    text.iter().filter(|&&b| b == b'\n').count() as u32
}

/// The faults of one text.
#[derive(Default)]
pub(crate) struct Notes {
    /// Their lines and columns are counted at the end.
    kept: Vec<Fault>,
    seen: HashSet<u64>,
    errors: usize,
    warnings: usize,
    /// Lines that are not TOML: what they were taken for says nothing about them.
    broken: BTreeSet<usize>,
    lines: Option<Lines>,
    /// Somebody stopped looking for more.
    cut: bool,
}

impl Notes {
    /// Takes a fault of this text, unless it was noted before, or stands on a line that is no TOML; `syntax` says that it is
    /// that line's.
    pub(crate) fn take(&mut self, text: &str, fault: Fault, syntax: bool) {
        if syntax || !self.broken.is_empty() {
            let lines = self.lines.get_or_insert_with(|| Lines::of(text.as_bytes()));
            let line = lines.line(text.as_bytes(), fault.span.start);
            if syntax {
                self.broken.insert(line);
            } else if self.broken.contains(&line) {
                return;
            }
        }
        let mut hasher = DefaultHasher::new();
        (fault.span.start, &fault.message, fault.severity).hash(&mut hasher);
        (&fault.found, &fault.suggestion).hash(&mut hasher);
        // Scenario and staffing files are read once per world and model: the same fault may be found many times.
        if !self.seen.insert(hasher.finish()) {
            return;
        }
        let count = match fault.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= KEPT {
            self.kept.push(fault);
        }
    }

    /// Are there already more errors than are shown, or many more warnings? Suggestions are not looked for then.
    pub(crate) fn is_full(&self) -> bool {
        self.errors > SHOWN || self.warnings > 5 * SHOWN
    }

    /// Are there so many errors that no more are looked for?
    pub(crate) fn is_hopeless(&mut self) -> bool {
        self.cut |= self.errors > KEPT;
        self.cut
    }

    /// The first faults in the order of their places, errors before warnings where both are too many, and a line that
    /// counts the rest.
    pub(crate) fn finish(mut self, name: &str, text: &Arc<str>) -> Vec<Fault> {
        let (errors, warnings) = (self.errors, self.warnings);
        let by_place = |a: &Fault, b: &Fault| {
            let place = |f: &Fault| f.span.start;
            place(a).cmp(&place(b)).then_with(|| a.message.cmp(&b.message))
        };
        self.kept
            .sort_by(|a, b| a.severity.cmp(&b.severity).then_with(|| by_place(a, b)));
        self.kept.truncate(SHOWN);
        self.kept.sort_by(by_place);
        let mut shown = self.kept;
        let lines = self.lines.unwrap_or_else(|| {
            if shown.is_empty() {
                Lines { before: Vec::new() }
            } else {
                Lines::of(text.as_bytes())
            }
        });
        for fault in &mut shown {
            let start = fault.span.start;
            let begins = text.as_bytes()[..start].iter().rposition(|&b| b == b'\n');
            fault.line = lines.line(text.as_bytes(), start);
            let before = &text.as_bytes()[begins.map_or(0, |p| p + 1)..start];
            fault.column = String::from_utf8_lossy(before).chars().count() + 1;
            fault.found = fault.found.take().map(|found| clip(&found));
            fault.suggestion = fault.suggestion.take().map(|help| clip(&help));
            fault.text = Some(text.clone());
        }
        let rest = (errors + warnings).saturating_sub(shown.len());
        if rest > 0 {
            let severity = if errors > SHOWN {
                Severity::Error
            } else {
                Severity::Warning
            };
            let thing = match severity {
                Severity::Error => "fault",
                Severity::Warning => "warning",
            };
            let plural = if rest == 1 { "" } else { "s" };
            let more = if self.cut { "at least " } else { "" };
            let message = format!("{more}{rest} more {thing}{plural} in this file");
            shown.push(Fault::of_file(name, message, severity));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_the_nearest_stride() {
        let text = "a\n".repeat(2_000) + &"b".repeat(2_000) + "\nc";
        let lines = Lines::of(text.as_bytes());
        for at in [0, 1, 2, 511, 512, 513, 3_999, 4_000, 5_999, 6_001, text.len()] {
            let counted = text[..at].matches('\n').count() + 1;
            assert_eq!(lines.line(text.as_bytes(), at), counted, "byte {at}");
        }
        assert_eq!(Lines::of(b"").line(b"", 0), 1);
    }
}
