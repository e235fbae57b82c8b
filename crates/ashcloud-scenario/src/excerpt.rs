//! The few lines around a fault, as a terminal may be sent them.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::fault::Fault;

/// Bytes of a line that are shown at most, about the fault.
const WIDTH: usize = 240;
/// Lines that are shown at most.
const HEIGHT: usize = 12;

/// Lines of a text around a fault. Long lines are cut, and what a terminal would act on is replaced.
#[derive(Debug)]
pub(crate) struct Excerpt {
    name: String,
    text: String,
    /// The fault within the excerpt.
    pub(crate) span: Range<usize>,
    /// Lines of the file before the excerpt.
    skipped: usize,
    /// Columns of the file before the fault.
    column: usize,
}

impl Excerpt {
    /// The fault's lines, the one before and the one after.
    pub(crate) fn of(fault: &Fault, text: &str) -> Excerpt {
        let bytes = text.as_bytes();
        let is_break = |&b: &u8| b == b'\n';
        let start = fault.span.start.min(text.len());
        let begins = bytes[..start].iter().rposition(is_break).map_or(0, |p| p + 1);
        let (mut from, mut skipped) = (begins, fault.line.saturating_sub(1));
        if begins > 0 {
            from = bytes[..begins - 1]
                .iter()
                .rposition(is_break)
                .map_or(0, |p| p + 1);
            skipped = skipped.saturating_sub(1);
        }
        let mut excerpt = Excerpt {
            name: crate::fault::one_line(&fault.file).into_owned(),
            text: String::new(),
            span: 0..0,
            skipped,
            column: fault.column.saturating_sub(1),
        };
        let mut last = None;
        for _ in 0..HEIGHT {
            let length = bytes[from..].iter().position(is_break);
            let to = length.map_or(text.len(), |l| from + l);
            excerpt.line(text, from..to, &fault.span);
            from = to + 1;
            let behind = to >= fault.span.end.max(start);
            if length.is_none() || last.is_some() {
                break;
            }
            // One line after the fault's last.
            last = (behind && to >= start).then_some(to);
        }
        excerpt.span.end = excerpt.span.end.max(excerpt.span.start);
        excerpt
    }

    /// Adds one line, cut to what is about the fault, and finds the fault's ends in it.
    fn line(&mut self, text: &str, line: Range<usize>, fault: &Range<usize>) {
        let holds = |at: usize| line.start <= at && at <= line.end;
        let about = if holds(fault.start) {
            fault.start
        } else {
            line.start
        };
        let from = text.floor_char_boundary(about.saturating_sub(WIDTH / 3).max(line.start));
        let to = text.floor_char_boundary((from + WIDTH).min(line.end));
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        if from > line.start {
            self.text.push_str("...");
        }
        let begins = self.text.len();
        let place = |at: usize| begins + at.clamp(from, to) - from;
        if holds(fault.start) {
            self.span = place(fault.start)..place(fault.start);
        }
        if fault.start <= line.end && fault.end >= line.start {
            self.span.end = place(fault.end.min(line.end));
        }
        for c in text[from..to].chars() {
            self.text.push(visible(c));
        }
        if to < line.end {
            self.text.push_str("...");
        }
    }
}

/// A character of as many bytes that moves nothing on a terminal.
fn visible(c: char) -> char {
    if !crate::fault::is_control(c) {
        return c;
    }
    match c.len_utf8() {
        1 => ' ',
        2 => '\u{b7}',
        _ => '\u{fffd}',
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.as_str().read_span(span, before, after)?;
        let column = if inner.column() > 0 { self.column } else { 0 };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line() + self.skipped,
            column,
            inner.line_count(),
        )))
    }
}
