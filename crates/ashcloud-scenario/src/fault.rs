//! What is wrong with a file, said so that it can be mended: where, what stands there, what was expected, what may have
//! been meant.

use std::borrow::Cow;
use std::fmt;
use std::io::IsTerminal;
use std::ops::Range;
use std::sync::Arc;

use crate::excerpt::Excerpt;

/// Whether a fault stops the scenario from running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// The scenario runs, but probably not as meant.
    Warning,
}

/// One thing wrong in a scenario file, a staffing file, a CSV file or an override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file as it was named (`--set path=value` for an override).
    pub file: String,
    /// Line, from 1; 0 where the fault concerns the file as a whole.
    pub line: usize,
    /// Column in characters, from 1; 0 where the fault concerns the file as a whole.
    pub column: usize,
    /// Bytes of the file that are at fault.
    pub span: Range<usize>,
    /// What is wrong and what was expected: one sentence without full stop.
    pub message: String,
    /// What stands in the file, where that helps.
    pub found: Option<String>,
    /// What to do about it.
    pub suggestion: Option<String>,
    /// Error or warning.
    pub severity: Severity,
    /// What kind of warning it is, in kebab-case: stable, for tools. Empty for an error.
    pub code: &'static str,
    /// The file's text, for the picture; `None` where it could not be read.
    pub(crate) text: Option<Arc<str>>,
}

/// Faults of one file that are shown; the rest is counted.
pub(crate) const SHOWN: usize = 20;
/// Characters of a message, of what was found and of a suggestion.
const CLIPPED: usize = 600;
/// Characters of a name in a list of names.
const NAME: usize = 60;
/// The longest word for which a near one is looked for, in bytes.
const WORD: usize = 200;
/// Words among which a near one is looked for.
const CANDIDATES: usize = 1_000;

/// A text whose middle is left out where it is long.
pub(crate) fn clip(text: &str) -> String {
    clip_to(text, CLIPPED)
}

fn clip_to(text: &str, limit: usize) -> String {
    if text.len() <= limit || text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let (head, tail) = (limit - limit / 4, limit / 4);
    let skipped = text.chars().count() - tail;
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(skipped).collect();
    format!("{head}...{tail}")
}

/// A character that moves the cursor, colours what follows or turns the direction of writing.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A text as one line that a terminal may be sent: line breaks and tabs are spaces, other control characters are escaped.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            c if is_control(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

impl Fault {
    /// A fault of a file as a whole.
    pub(crate) fn of_file(file: &str, message: String, severity: Severity) -> Fault {
        Fault {
            file: file.to_owned(),
            line: 0,
            column: 0,
            span: 0..0,
            message,
            found: None,
            suggestion: None,
            severity,
            code: match severity {
                Severity::Error => "",
                Severity::Warning => "scenario",
            },
            text: None,
        }
    }

    /// What the suggestion line says.
    pub(crate) fn help(&mut self, suggestion: impl Into<String>) -> &mut Fault {
        self.suggestion = Some(clip(&suggestion.into()));
        self
    }

    /// What kind of warning it is, for tools.
    pub(crate) fn code(&mut self, code: &'static str) -> &mut Fault {
        self.code = code;
        self
    }

    /// What stands there.
    pub(crate) fn found(&mut self, found: impl Into<String>) -> &mut Fault {
        self.found = Some(clip(&found.into()));
        self
    }

    /// The message with what was found, without place or suggestion.
    pub fn sentence(&self) -> String {
        let sentence = match &self.found {
            Some(found) => format!("{}, found {found}", self.message),
            None => self.message.clone(),
        };
        one_line(&sentence).into_owned()
    }
}

/// `file:line:column: message; help: suggestion`, on one line.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", one_line(&self.file))?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        if self.severity == Severity::Warning {
            f.write_str(" warning:")?;
        }
        write!(f, " {}", self.sentence())?;
        match &self.suggestion {
            Some(help) => write!(f, "; help: {}", one_line(help)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

/// Everything that is wrong, by file and place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.plain())]
pub struct Faults {
    /// Errors and warnings, in the order of files and lines; at least one error.
    pub faults: Vec<Fault>,
    /// The scenario file itself could not be read at all (a caller may want another exit code).
    pub unreadable: bool,
}

impl Faults {
    /// One line per fault: `file:line:column: message; help: ...`.
    pub fn plain(&self) -> String {
        plain(&self.faults)
    }

    /// With the lines of the file and marks under them; see [`render`].
    pub fn graphical(&self) -> String {
        render(&self.faults)
    }
}

/// One line per fault: `file:line:column: message; help: ...`.
pub fn plain(faults: &[Fault]) -> String {
    let mut out = String::new();
    for fault in faults {
        out.push_str(&fault.to_string());
        out.push('\n');
    }
    out
}

/// Faults with the lines of the file and marks under them, for people: in colour where standard error is a terminal
/// and `NO_COLOR` is not set, in plain characters where it is no terminal.
pub fn render(faults: &[Fault]) -> String {
    let colour_refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let theme = match (std::io::stderr().is_terminal(), colour_refused) {
        (true, false) => miette::GraphicalTheme::unicode(),
        (true, true) => miette::GraphicalTheme::unicode_nocolor(),
        (false, _) => miette::GraphicalTheme::none(),
    };
    let handler = miette::GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(110);
    let mut out = String::new();
    for fault in faults {
        let picture = Picture {
            fault,
            excerpt: fault.text.as_ref().map(|text| Excerpt::of(fault, text)),
        };
        if handler.render_report(&mut out, &picture).is_err() {
            out.push_str(&fault.to_string());
        }
        out.push('\n');
    }
    out
}

/// A fault as miette draws it.
#[derive(Debug)]
struct Picture<'a> {
    fault: &'a Fault,
    excerpt: Option<Excerpt>,
}

impl fmt::Display for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.excerpt.is_none() {
            write!(f, "{}: ", one_line(&self.fault.file))?;
        }
        f.write_str(&self.fault.sentence())
    }
}

impl std::error::Error for Picture<'_> {}

impl miette::Diagnostic for Picture<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.fault.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.fault
            .suggestion
            .as_ref()
            .map(|help| Box::new(one_line(help)) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.excerpt
            .as_ref()
            .map(|excerpt| excerpt as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let span = self.excerpt.as_ref()?.span.clone();
        Some(Box::new(std::iter::once(miette::LabeledSpan::new_with_span(
            None, span,
        ))))
    }
}

/// The nearest of `known` to `word`, where it is near enough to be a slip of the pen.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |s: &str| s.to_lowercase().replace(['_', ' '], "-");
    if word.len() > WORD {
        return None;
    }
    let word = plain(word);
    let allowed = (word.chars().count() / 3).max(1);
    let known: Vec<&str> = known.into_iter().filter(|k| k.len() <= WORD).collect();
    // The beginning of a word stands for it, where only one begins so.
    let begun: Vec<&str> = known
        .iter()
        .copied()
        .filter(|k| word.len() >= 3 && plain(k).starts_with(&word))
        .collect();
    if let [only] = begun.as_slice() {
        return Some(only);
    }
    known
        .into_iter()
        .take(CANDIDATES)
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .filter(|&(distance, _)| distance <= allowed)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", or what there is to choose from.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> Option<String> {
    let known: Vec<&str> = known.iter().copied().filter(|k| !k.is_empty()).collect();
    if let Some(near) = nearest(word, known.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    // Names with a comma in them could not be told apart.
    let marked = known.iter().any(|k| k.contains(','));
    let names: Vec<String> = known
        .iter()
        .take(40)
        .map(|k| clip_to(k, NAME))
        .map(|k| if marked { format!("`{k}`") } else { k })
        .collect();
    match known.len() {
        0 => None,
        1..=40 => Some(format!("known here: {}", names.join(", "))),
        more => Some(format!("known here: {} and {} more", names.join(", "), more - 40)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault() -> Fault {
        Fault {
            file: "x.toml".into(),
            line: 2,
            column: 5,
            span: 7..10,
            message: "expected a duration".into(),
            found: Some("7".into()),
            suggestion: Some("write \"7s\"".into()),
            severity: Severity::Error,
            code: "",
            text: Some("a = 1\nb = 777\n".into()),
        }
    }

    #[test]
    fn a_fault_is_one_plain_line() {
        assert_eq!(
            fault().to_string(),
            "x.toml:2:5: expected a duration, found 7; help: write \"7s\""
        );
        let warning = Fault {
            severity: Severity::Warning,
            suggestion: None,
            line: 0,
            ..fault()
        };
        assert_eq!(
            warning.to_string(),
            "x.toml: warning: expected a duration, found 7"
        );
    }

    #[test]
    fn the_picture_shows_line_and_help() {
        let drawn = render(&[fault()]);
        assert!(drawn.contains("expected a duration, found 7"), "{drawn}");
        assert!(
            drawn.contains("b = 777") && drawn.contains("write \"7s\"") && drawn.contains("x.toml:2"),
            "{drawn}"
        );
    }

    #[test]
    fn control_characters_are_escaped_and_a_long_text_is_cut_in_the_middle() {
        let red = Fault {
            message: "unknown field `\u{1b}[31mred\r\u{202e}`".into(),
            found: Some("a\nb\tc".into()),
            file: "\u{7}x.toml".into(),
            ..fault()
        };
        let written = red.to_string();
        assert!(!written.contains(is_control), "{written:?}");
        assert!(
            written.contains("`\\u{1b}[31mred\\u{d}\\u{202e}`, found a b c"),
            "{written}"
        );
        let drawn = render(&[red]);
        assert!(!drawn.replace('\n', "").contains(is_control), "{drawn:?}");
        let long = clip(&("a".repeat(1_000) + "end"));
        assert!(
            long.len() < 610 && long.starts_with("aaa") && long.ends_with("end"),
            "{long}"
        );
    }

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        assert_eq!(nearest("agent", ["agents", "hours"]), Some("agents"));
        assert_eq!(
            nearest("oldest_first", ["oldest-first", "newest-first"]),
            Some("oldest-first")
        );
        assert_eq!(nearest("class", ["name", "classes", "channels"]), Some("classes"));
        assert_eq!(nearest("zebra", ["agents", "hours"]), None);
        assert_eq!(
            did_you_mean("zebra", &["a", "b"]).as_deref(),
            Some("known here: a, b")
        );
    }
}
