//! The page a report is written on: its width, its characters, its lines.

use crate::document::{Document, Model, Verdict};
use crate::numbers;

/// How text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns; fewer than 40 count as 40.
    pub width: usize,
    /// Whether block characters may be used, or ASCII only.
    pub unicode: bool,
    /// Whether verdicts and headings are coloured. Nothing is told by colour alone.
    pub colour: bool,
}

impl Style {
    /// For files: 80 columns, blocks, no colour.
    pub const FILE: Style = Style {
        width: 80,
        unicode: true,
        colour: false,
    };
}

impl Style {
    /// A name as it stands in a sentence: names may hold commas.
    pub(crate) fn quoted(self, name: &str) -> String {
        if self.unicode {
            format!("“{name}”")
        } else {
            format!("\"{name}\"")
        }
    }

    /// Names in a sentence: “PR team”, “marketing” and “hub”.
    pub(crate) fn listed<'a>(self, names: impl IntoIterator<Item = &'a str>) -> String {
        let names: Vec<String> = names.into_iter().map(|name| self.quoted(name)).collect();
        crate::words::listed(&names)
    }
}

/// Lines written one after another.
pub(crate) struct Page {
    pub(crate) style: Style,
    text: String,
}

/// Room for the names of figures.
const LABEL: usize = 21;

impl Page {
    pub(crate) fn new(style: Style) -> Page {
        Page {
            style: Style {
                width: style.width.max(40),
                ..style
            },
            text: String::new(),
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line as it is; it may hold colours.
    pub(crate) fn line(&mut self, line: &str) {
        self.text += line.trim_end();
        self.text.push('\n');
    }

    /// The last line, in bold where there is colour. It is not wrapped: whoever cuts it off has all of it.
    pub(crate) fn last(&mut self, text: &str) {
        self.blank();
        let text = self.bold(text);
        self.line(&text);
    }

    /// A heading with a rule under it.
    pub(crate) fn heading(&mut self, text: &str) {
        let rule = if self.style.unicode { "─" } else { "-" };
        for line in wrap(text, self.style.width, 0) {
            let bold = self.bold(&line);
            self.line(&bold);
        }
        self.line(&rule.repeat(text.chars().count().min(self.style.width)));
    }

    /// A paragraph, later lines indented by two more; a verdict at its end is coloured.
    pub(crate) fn sentence(&mut self, indent: usize, text: &str) {
        let lines = wrap(text, self.style.width - indent, 2);
        for line in lines {
            let line = self.colour_verdict(&line);
            self.line(&format!("{}{line}", " ".repeat(indent)));
        }
    }

    /// A named figure.
    pub(crate) fn figure(&mut self, label: &str, text: &str) {
        debug_assert!(label.chars().count() < LABEL, "{label} has no room");
        let room = self.style.width.saturating_sub(LABEL + 2);
        for (i, line) in wrap(text, room, 0).iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            self.line(&format!("  {label:LABEL$}{line}"));
        }
    }

    pub(crate) fn bold(&self, text: &str) -> String {
        if self.style.colour {
            format!("\x1b[1m{text}\x1b[0m")
        } else {
            text.into()
        }
    }

    /// A verdict's word, green, red or yellow.
    pub(crate) fn paint(&self, verdict: Verdict, text: &str) -> String {
        let code = match verdict {
            Verdict::Met => 32,
            Verdict::Missed => 31,
            Verdict::Undecided => 33,
        };
        if self.style.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.into()
        }
    }

    fn colour_verdict(&self, line: &str) -> String {
        for verdict in [Verdict::Met, Verdict::Missed, Verdict::Undecided] {
            let end = format!("{}.", verdict.word());
            if let Some(start) = line.strip_suffix(&end)
                && (start.is_empty() || start.ends_with(' '))
            {
                return format!("{start}{}", self.paint(verdict, &end));
            }
        }
        line.into()
    }
}

/// What stands above every report: the question, how much was run, and what is not as it was asked.
pub(crate) fn header(page: &mut Page, document: &Document) {
    let title = page.bold(&document.scenario.title);
    page.line(&title);
    let confidence = numbers::bare_share(document.confidence, 3);
    let confidence = confidence.trim_end_matches('0').trim_end_matches('.');
    let brackets = if document.replications > 1 {
        format!("; in brackets {confidence} % intervals")
    } else {
        String::new()
    };
    let period = document
        .period()
        .map_or(String::new(), |period| format!("{period}, "));
    let facts = format!(
        "{}: {period}{} of each staffing model, seed {}{}{brackets}.",
        document.scenario.file,
        numbers::counted(document.replications.into(), "replication"),
        document.seed,
        volume(document),
    );
    page.sentence(0, &facts);
    if !document.complete {
        page.sentence(0, &incomplete(document));
    } else if let (Some(asked), Some(reached)) = (document.precision.asked, document.precision.reached)
        && reached > asked
    {
        let text = format!(
            "The precision asked for was not reached: the half-width is {}, {} was asked.",
            half_width(reached),
            half_width(asked)
        );
        page.sentence(0, &text);
    }
    if let Some(text) = exactness(document, page.style) {
        page.sentence(0, &text);
    }
    if document.replications == 1 && !document.is_exact() {
        page.sentence(
            0,
            "One replication has no interval: nothing can be decided by it. More give one (--replications 20).",
        );
    }
}

/// Which models leave nothing to chance.
fn exactness(document: &Document, style: Style) -> Option<String> {
    let exact: Vec<&str> = document
        .models
        .iter()
        .filter(|model| model.exact)
        .map(|model| model.name.as_str())
        .collect();
    if exact.is_empty() || document.replications == 0 {
        return None;
    }
    let who = if document.is_exact() {
        "here".to_string()
    } else {
        format!("with {}", style.listed(exact))
    };
    Some(format!(
        "Nothing is left to chance {who}: one replication is exact and needs no interval."
    ))
}

/// ", 1,460 comments and 74,012 calls in each": of one model in one replication, as counted.
fn volume(document: &Document) -> String {
    let counts = |of: &dyn Fn(&Model) -> Option<f64>, things: &str| {
        let counts: Vec<f64> = document.models.iter().filter_map(of).collect();
        let most = counts.iter().copied().fold(0.0, f64::max);
        let least = counts.iter().copied().fold(f64::INFINITY, f64::min);
        let (most, least) = (numbers::count(most), numbers::count(least));
        match counts.is_empty() {
            true => None,
            false if most == least => Some(format!("{most} {things}")),
            false => Some(format!("{least} to {most} {things}")),
        }
    };
    let value = |e: &crate::document::Estimate| e.value;
    let comments = counts(&|m| document.whole(&m.name, "offered").map(value), "comments");
    let calls = counts(&|m| document.of_calls(&m.name, "offered").map(value), "calls");
    let known = [comments.filter(|_| !document.is_calls_only()), calls];
    let known: Vec<String> = known.into_iter().flatten().collect();
    let each = match (known.len(), document.replications) {
        (0, _) => return String::new(),
        (_, 1) => "",
        _ => " in each",
    };
    format!(", {}{each}", known.join(" and "))
}

/// What its reader must know before using the figures: a line each, with its place and what to do. Nothing where there is
/// nothing.
pub(crate) fn warnings(page: &mut Page, document: &Document) {
    if document.warnings.is_empty() {
        return;
    }
    page.blank();
    page.line(match document.warnings.len() {
        1 => "Warning:",
        _ => "Warnings:",
    });
    for warning in &document.warnings {
        let about = match &warning.model {
            Some(model) => format!("{}: ", page.style.quoted(model)),
            None => String::new(),
        };
        page.sentence(2, &format!("- {about}{warning}"));
    }
}

/// What was reached before the end came.
fn incomplete(document: &Document) -> String {
    if document.replications == 0 {
        return "INCOMPLETE: stopped before every model had finished one replication, so there is nothing to report. \
                Give it more time, or make the horizon shorter."
            .into();
    }
    let reached = document
        .precision
        .reached
        .map_or("not known yet".into(), half_width);
    let asked = document.precision.asked.map_or(String::new(), |asked| {
        format!(" ({} was asked)", half_width(asked))
    });
    format!("INCOMPLETE: stopped early. The half-width reached is {reached}{asked}.")
}

fn half_width(value: f64) -> String {
    numbers::share(value, 1)
}

/// Lines of at most `width` characters (a longer word stands alone), all but the first indented by `hang`. A number is
/// not parted from its unit.
pub(crate) fn wrap(text: &str, width: usize, hang: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let room = width.saturating_sub(if lines.is_empty() { 0 } else { hang });
        let used = line.chars().count();
        if !line.is_empty() && used + 1 + piece.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += &piece;
    }
    lines.push(line);
    for line in lines.iter_mut().skip(1) {
        line.insert_str(0, &" ".repeat(hang));
    }
    lines
}

/// A text in lines no wider than the page: a longer one is broken between words, and goes on two columns further in.
pub fn wrapped(text: &str, style: Style) -> String {
    let width = style.width.max(40);
    let mut out = String::new();
    for line in text.lines() {
        let indent = line.chars().take_while(|&c| c == ' ').count();
        if line.chars().count() <= width {
            out += line;
            out.push('\n');
            continue;
        }
        for part in wrap(line, width.saturating_sub(indent), 2) {
            out += &format!("{}{part}\n", " ".repeat(indent));
        }
    }
    out
}

/// Words, with units joined to their numbers.
pub(crate) fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_end_matches([',', '.', ':', ';', ')']);
        let unit = matches!(
            bare,
            "%" | "us"
                | "ms"
                | "s"
                | "min"
                | "h"
                | "d"
                | "week"
                | "weeks"
                | "day"
                | "days"
                | "hour"
                | "hours"
                | "million"
                | "billion"
        );
        let digits = word.starts_with(|c: char| c.is_ascii_digit());
        match pieces.last_mut() {
            Some(last)
                if (unit && last.ends_with(|c: char| c.is_ascii_digit()))
                    || (digits && [" d", " h", " min"].iter().any(|unit| last.ends_with(unit))) =>
            {
                last.push(' ');
                last.push_str(word);
            }
            _ => pieces.push(word.into()),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_but_not_before_units() {
        assert_eq!(
            wrap("a mean of 45 min asked", 14, 2),
            ["a mean of", "  45 min asked"]
        );
        assert_eq!(wrap("unbreakably long", 4, 0), ["unbreakably", "long"]);
        assert_eq!(wrap("", 10, 0), [""]);
    }

    #[test]
    fn a_verdict_is_coloured_only_where_colour_is_on() {
        let sentence = "1 h asked: met.";
        let mut plain = Page::new(Style {
            colour: false,
            ..Style::FILE
        });
        plain.sentence(0, sentence);
        assert_eq!(plain.finish(), "1 h asked: met.\n");
        let mut coloured = Page::new(Style {
            colour: true,
            ..Style::FILE
        });
        coloured.sentence(0, sentence);
        assert_eq!(coloured.finish(), "1 h asked: \x1b[32mmet.\x1b[0m\n");
    }
}
