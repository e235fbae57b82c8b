//! The one place where files are read and faults are kept, so that every fault can name its file and line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::budget::{Budget, Cost};
use crate::elsewhere::elsewhere;
use crate::fault::{Fault, Faults, Severity, clip, did_you_mean, nearest};
use crate::file::Scenario;
use crate::jargon;
use crate::law::PLAIN;
use crate::notes::Notes;
use crate::quantity::DURATION;
use crate::shape::Read as _;
use crate::syntax::{is_left_open, other_language, slips};
use crate::tree::{Entry, Node, Origin, Value, parse};
use crate::unread::{Unread, not_utf8, other_kind};

/// Largest scenario or staffing file, in bytes.
const FILE_LIMIT: u64 = 16 << 20;
/// Largest CSV file, in bytes.
const CSV_LIMIT: u64 = 256 << 20;
/// How the message of a syntax error begins.
const NO_TOML: &str = "this is not TOML";

/// A text that something was read from.
struct Source {
    /// As named in faults.
    name: String,
    /// Relative paths in it start here.
    base: PathBuf,
    text: Arc<str>,
    notes: Notes,
}

/// Keeps texts and faults while a scenario is read.
#[derive(Default)]
pub(crate) struct Reader {
    sources: Vec<Source>,
    /// Faults of files that could not be read.
    of_files: Vec<Fault>,
    /// Errors noted so far, repeated ones too.
    errors: usize,
    /// The fault that was noted last, and its source: what was found and is suggested may be added to it.
    last: Option<(u32, Fault)>,
    /// Files already read, by path.
    by_path: BTreeMap<PathBuf, Option<u32>>,
    /// A syntax error was found: what is missing may merely not have been understood.
    pub(crate) broken_syntax: bool,
    /// The scenario file itself could not be read.
    pub(crate) unreadable: bool,
    /// The law that is being read is of bare numbers, not of times.
    pub(crate) unitless: bool,
    /// Fields under another name: source and first byte of the table, and the field that is meant (empty: not known).
    mistaken: BTreeSet<((u32, u32), String)>,
    /// Classes that are used and not described.
    undeclared: BTreeSet<String>,
    budget: Budget,
}

impl Reader {
    /// Keeps a text and gives its index.
    pub(crate) fn add(&mut self, name: &str, base: &Path, text: Arc<str>) -> u32 {
        self.sources.push(Source {
            name: name.to_owned(),
            base: base.to_owned(),
            text,
            notes: Notes::default(),
        });
        (self.sources.len() - 1) as u32
    }

    /// The text of a source.
    pub(crate) fn text(&self, source: u32) -> Arc<str> {
        self.sources[source as usize].text.clone()
    }

    /// The name of a source.
    pub(crate) fn name(&self, source: u32) -> &str {
        &self.sources[source as usize].name
    }

    /// A path as it is meant in the source where it stands.
    pub(crate) fn resolve(&self, path: &str, at: Origin) -> PathBuf {
        self.sources[at.source as usize].base.join(path)
    }

    /// Notes an error; the result takes what was found and a suggestion.
    pub(crate) fn error(&mut self, at: Origin, message: impl Into<String>) -> &mut Fault {
        self.note(at, &message.into(), Severity::Error)
    }

    /// Notes a warning.
    pub(crate) fn warning(&mut self, at: Origin, message: impl Into<String>) -> &mut Fault {
        self.note(at, &message.into(), Severity::Warning)
    }

    /// Notes an error of a file that cannot be read.
    pub(crate) fn whole_file_error(&mut self, file: &str, message: String, help: Option<String>) {
        self.errors += 1;
        self.of_files.push(Fault {
            suggestion: help,
            ..Fault::of_file(file, message, Severity::Error)
        });
    }

    /// Whatever gives nothing must have noted why: should that ever be forgotten, this is noted. `noted` is the number of
    /// errors before.
    pub(crate) fn must_have_noted(&mut self, noted: usize, at: Origin, what: &str) {
        if self.errors == noted && !self.broken_syntax {
            self.error(at, format!("expected {what}"));
        }
    }

    fn note(&mut self, at: Origin, message: &str, severity: Severity) -> &mut Fault {
        self.settle();
        self.errors += usize::from(severity == Severity::Error);
        let source = &self.sources[at.source as usize];
        let start = (at.start as usize).min(source.text.len());
        let fault = Fault {
            span: start..(at.end as usize).clamp(start, source.text.len()),
            ..Fault::of_file(&source.name, clip(message), severity)
        };
        &mut self.last.insert((at.source, fault)).1
    }

    /// Hands the last fault to its source: nothing more is said of it.
    fn settle(&mut self) {
        if let Some((source, fault)) = self.last.take() {
            let source = &mut self.sources[source as usize];
            let syntax = fault.message.starts_with(NO_TOML);
            source.notes.take(&source.text, fault, syntax);
        }
    }

    /// How many errors have been noted.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// Gives the fault that was noted last another suggestion, if it is at this place.
    pub(crate) fn amend(&mut self, at: Origin, suggestion: String) {
        if let Some((_, fault)) = &mut self.last
            && fault.span.start == at.start as usize
        {
            fault.suggestion = Some(suggestion);
        }
    }

    /// The line on which something stands, from where it stands.
    pub(crate) fn line_at(&self, at: Origin) -> &str {
        let text = &self.sources[at.source as usize].text;
        let rest = text.get(at.start as usize..).unwrap_or("");
        rest.lines().next().unwrap_or("")
    }

    /// Was this field of this table (empty: any that is not known) written under another name? What is missing may be that.
    pub(crate) fn mistaken(&self, table: Origin, key: &str) -> bool {
        self.mistaken
            .contains(&((table.source, table.start), key.to_owned()))
    }

    /// Notes that a class is not described; the first time is worth a fault.
    pub(crate) fn undeclared(&mut self, class: &str) -> bool {
        self.undeclared.insert(class.to_owned())
    }

    /// Is it known that this class is not described?
    pub(crate) fn is_undeclared(&self, class: &str) -> bool {
        self.undeclared.contains(class)
    }

    /// Has any error been noted?
    pub(crate) fn failed(&self) -> bool {
        self.errors > 0
    }

    /// Have more errors been noted of the text where this stands than are shown? What there is to suggest is not looked
    /// for then.
    pub(crate) fn is_full(&self, at: Origin) -> bool {
        self.sources[at.source as usize].notes.is_full()
    }

    /// Takes so much of what all worlds and models may take together; false, with a fault, where that is too much.
    pub(crate) fn spend(&mut self, at: Origin, cost: Cost, amount: u64) -> bool {
        match self.budget.take(cost, amount) {
            Ok(()) => true,
            Err(why) => {
                self.error(at, why)
                    .help("fewer models, worlds or streams, or a shorter run");
                false
            }
        }
    }

    /// Does the text where this stands have so many errors that no more are looked for?
    pub(crate) fn is_hopeless(&mut self, at: Origin) -> bool {
        self.sources[at.source as usize].notes.is_hopeless()
    }

    /// What may have been meant by a word that stands here and is none of these.
    pub(crate) fn did_you_mean(&self, at: Origin, word: &str, known: &[&str]) -> Option<String> {
        if self.is_full(at) {
            return None;
        }
        did_you_mean(word, known)
    }

    /// The warnings, where nothing else was wrong; else everything, in the order of sources and places.
    pub(crate) fn finish(mut self) -> Result<Vec<Fault>, Faults> {
        self.settle();
        let failed = self.failed();
        let mut faults = Vec::new();
        for source in self.sources {
            faults.extend(source.notes.finish(&source.name, &source.text));
        }
        faults.extend(self.of_files);
        if failed {
            Err(Faults {
                faults,
                unreadable: self.unreadable,
            })
        } else {
            Ok(faults)
        }
    }

    /// Reads a TOML file that another file names at `at`; the tree, or `None` where it could not be read (a fault is
    /// noted then).
    pub(crate) fn toml_file(&mut self, path: &str, at: Origin) -> Option<Node> {
        let full = self.resolve(path, at);
        let source = self.file(&full, at, FILE_LIMIT)?;
        let length = self.text(source).len() as u64;
        self.spend(at, Cost::Text, length).then(|| self.tree(source))
    }

    /// Reads a CSV file that another file names at `at`.
    pub(crate) fn csv_file(&mut self, path: &str, at: Origin) -> Option<u32> {
        let full = self.resolve(path, at);
        self.file(&full, at, CSV_LIMIT)
    }

    fn file(&mut self, full: &Path, at: Origin, limit: u64) -> Option<u32> {
        if let Some(&known) = self.by_path.get(full) {
            return known;
        }
        let read = read_text(full, limit);
        let source = match read {
            Ok(text) => {
                let base = full.parent().unwrap_or(Path::new("")).to_owned();
                Some(self.add(&full.display().to_string(), &base, text.into()))
            }
            Err(why) => {
                let message = format!("cannot read {}: {}", full.display(), why.message);
                let relative = "paths are relative to the file they stand in".to_owned();
                self.error(at, message).help(why.help.unwrap_or(relative));
                None
            }
        };
        self.by_path.insert(full.to_owned(), source);
        source
    }

    /// The tree of a source; syntax errors are noted.
    pub(crate) fn tree(&mut self, source: u32) -> Node {
        let text = self.text(source);
        let (tree, syntax) = parse(&text, source);
        let place = |start: usize, end: usize| Origin {
            source,
            start: start as u32,
            end: end as u32,
        };
        if syntax.is_empty() {
            return tree;
        }
        self.broken_syntax = true;
        if let Some((what, help)) = other_language(&text) {
            let top = place(0, 0);
            self.error(top, what).help(help);
            return Node {
                origin: top,
                value: Value::Table(Vec::new()),
            };
        }
        for slip in slips(&text, &syntax) {
            if self.is_hopeless(tree.origin) {
                break;
            }
            let (start, end) = (slip.at.start, slip.at.end);
            let message = format!("{NO_TOML}: {}", slip.message);
            let found = text.get(slip.at).map(str::trim);
            let found = found.filter(|s| !s.is_empty() && s.len() < 40);
            let found = found.map(|s| format!("`{}`", visible(s)));
            let fault = self.error(place(start, end), message);
            (fault.found, fault.suggestion) = (found, slip.help);
        }
        if is_left_open(&text) {
            return Node {
                origin: tree.origin,
                value: Value::Table(Vec::new()),
            };
        }
        tree
    }

    /// Opens a table: its entries, after noting what is not a table, unknown fields and fields not built yet.
    pub(crate) fn open<'n>(
        &mut self,
        node: &'n Node,
        label: &str,
        keys: &[&str],
        later: &[&str],
    ) -> Option<&'n [Entry]> {
        let Value::Table(entries) = &node.value else {
            self.error(node.origin, format!("expected {label}: a table"))
                .found(node.describe());
            return None;
        };
        for entry in entries {
            let key = entry.key.as_str();
            if self.is_hopeless(entry.at) {
                break;
            }
            if later.contains(&key) {
                self.error(entry.at, format!("`{key}` is not built yet"))
                    .help("leave it out for now");
            } else if !keys.contains(&key) {
                self.unknown(node.origin, entry, label, keys);
            }
        }
        Some(entries)
    }

    /// Notes a field that a table does not have, and what may be meant.
    fn unknown(&mut self, table: Origin, entry: &Entry, label: &str, keys: &[&str]) {
        let key = entry.key.as_str();
        if self.is_full(entry.at) {
            self.error(entry.at, format!("unknown field `{key}` in {label}"));
            return;
        }
        let place = (table.source, table.start);
        let inner = match &entry.node.value {
            Value::Table(inner) => inner.as_slice(),
            _ => &[],
        };
        // A table around what stands at the top of a file.
        let enclosed: Vec<&str> = inner
            .iter()
            .map(|e| e.key.as_str())
            .filter(|k| keys.contains(k))
            .collect();
        let slip = nearest(key, keys.iter().copied());
        let meant = slip.or_else(|| jargon::field(key, keys));
        let help = if slip.is_none() && label == Scenario::what() && enclosed.contains(&"horizon") {
            Some(format!(
                "leave out the line [{key}]: these fields stand at the top of the file"
            ))
        } else if label == "a law" {
            jargon::law(key).map(|how| format!("{how}; all laws: {}", keys.join(", ")))
        } else {
            None
        };
        let help = help
            .or_else(|| slip.map(|n| format!("did you mean `{n}`?")))
            .or_else(|| meant.map(|n| format!("it is called `{n}` here{}", jargon::example(n, label))))
            .or_else(|| elsewhere(key, label))
            .or_else(|| did_you_mean(key, keys));
        self.mistaken.insert((place, meant.unwrap_or("").to_owned()));
        for key in enclosed {
            self.mistaken.insert((place, key.to_owned()));
        }
        self.error(entry.at, format!("unknown field `{key}` in {label}"))
            .suggestion = help;
    }

    /// Notes that something required is missing, unless the file could not be understood anyway.
    pub(crate) fn missing(&mut self, at: Origin, key: &str, label: &str, what: &str) {
        if !self.broken_syntax && !self.mistaken(at, key) {
            let what = if self.unitless {
                what.replace(DURATION, PLAIN)
            } else {
                what.to_owned()
            };
            self.error(at, format!("{label} lacks `{key}`"))
                .help(format!("`{key}` takes {what}"));
        }
    }
}

/// A text with its control characters written out.
fn visible(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_debug());
        } else {
            out.push(c);
        }
    }
    out
}

/// The text of a file, or why not, in words.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String, Unread> {
    let refused = |e: std::io::Error| Unread::refused(&e, path);
    let metadata = std::fs::metadata(path).map_err(refused)?;
    if metadata.is_dir() {
        return Err(Unread::plain("it is a folder"));
    }
    if metadata.len() > limit {
        return Err(too_large(limit));
    }
    // Pipes and devices tell no length beforehand.
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(refused)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(refused)?;
    text_of(bytes, limit)
}

fn too_large(limit: u64) -> Unread {
    Unread::plain(format!("it is larger than {} MiB", limit >> 20))
}

/// The text that these bytes of a file are, or why they are none, in words.
fn text_of(bytes: Vec<u8>, limit: u64) -> Result<String, Unread> {
    if bytes.len() as u64 > limit {
        return Err(too_large(limit));
    }
    if let Some(other) = other_kind(&bytes) {
        return Err(other);
    }
    let text = String::from_utf8(bytes).map_err(|e| not_utf8(e.as_bytes(), e.utf8_error().valid_up_to()))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// The text of the scenario file itself, or why not.
pub(crate) fn read_scenario(path: &Path) -> Result<String, Unread> {
    read_text(path, FILE_LIMIT)
}

/// The text of the scenario file itself, whose bytes were read elsewhere.
pub(crate) fn scenario_of(bytes: Vec<u8>) -> Result<String, Unread> {
    text_of(bytes, FILE_LIMIT)
}
