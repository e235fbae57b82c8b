//! What is wrong with a file, said so that it can be mended: where, what stands there, what was expected, what may have
//! been meant.

use std::fmt;
use std::io::IsTerminal;
use std::ops::Range;
use std::sync::Arc;

/// Whether a fault stops the scenario from running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

impl Fault {
    /// What the suggestion line says.
    pub(crate) fn help(&mut self, suggestion: impl Into<String>) -> &mut Fault {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// What kind of warning it is, for tools.
    pub(crate) fn code(&mut self, code: &'static str) -> &mut Fault {
        self.code = code;
        self
    }

    /// What stands there.
    pub(crate) fn found(&mut self, found: impl Into<String>) -> &mut Fault {
        self.found = Some(found.into());
        self
    }

    /// The message with what was found, without place or suggestion.
    pub fn sentence(&self) -> String {
        match &self.found {
            Some(found) => format!("{}, found {found}", self.message),
            None => self.message.clone(),
        }
    }
}

/// `file:line:column: message; help: suggestion`, on one line.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        if self.severity == Severity::Warning {
            f.write_str(" warning:")?;
        }
        write!(f, " {}", self.sentence().replace('\n', " "))?;
        match &self.suggestion {
            Some(help) => write!(f, "; help: {}", help.replace('\n', " ")),
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
            source: fault
                .text
                .as_ref()
                .map(|text| miette::NamedSource::new(&fault.file, text.clone())),
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
    source: Option<miette::NamedSource<Arc<str>>>,
}

impl fmt::Display for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source.is_none() {
            write!(f, "{}: ", self.fault.file)?;
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
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source
            .as_ref()
            .map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        self.source.as_ref()?;
        let span = self.fault.span.clone();
        Some(Box::new(std::iter::once(miette::LabeledSpan::new_with_span(
            None, span,
        ))))
    }
}

/// The nearest of `known` to `word`, where it is near enough to be a slip of the pen.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |s: &str| s.to_lowercase().replace(['_', ' '], "-");
    let word = plain(word);
    let allowed = (word.chars().count() / 3).max(1);
    let known: Vec<&str> = known.into_iter().collect();
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
        .map(|k| if marked { format!("`{k}`") } else { (*k).to_owned() })
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
