//! Overrides: `path=value` changes the tree of a file before it is read.

use std::path::Path;

use crate::fault::{Fault, Severity, did_you_mean};
use crate::file::{AttentionShape, LawTable, PickShape, ProfileFile, SofaShape, TraceFile};
use crate::reader::Reader;
use crate::traffic::{MODIFIERS, SOURCES};
use crate::tree::{Entry, Node, Origin, Value, parse_value, write_inline, write_key};

/// Most keys of a path: no field lies nearly so deep.
const DEPTH_LIMIT: usize = 32;

/// One field and the value it is to have, as given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// As it was given: `path=value`.
    text: String,
    /// The path's keys.
    path: Vec<Segment>,
    /// Where the value begins.
    value_at: usize,
}

/// One key of a path and its bytes in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) key: String,
    start: usize,
    end: usize,
}

impl Override {
    /// Parses `path=value`. The path is dotted, keys with dots or spaces in quotes; lists are addressed by the `name` of
    /// an entry or by index from 0. The value is TOML; what is no TOML is a string.
    ///
    /// # Errors
    /// A fault where there is no `=`, or the path is empty or not closed.
    #[allow(clippy::result_large_err, reason = "once per override on the command line")]
    pub fn parse(text: &str) -> Result<Override, Fault> {
        let fault = |start: usize, message: &str| Fault {
            file: format!("--set {text}"),
            line: 1,
            column: text[..start].chars().count() + 1,
            span: start..text.len(),
            message: message.to_owned(),
            found: None,
            suggestion: Some("such as --set experiment.seed=5 or --set 'teams.\"the desk\".agents=7'".into()),
            severity: Severity::Error,
            code: "",
            text: Some(text.into()),
        };
        let (path, end) = split_path(text).map_err(|(at, why)| fault(at, why))?;
        if text.as_bytes().get(end) != Some(&b'=') {
            return Err(fault(end, "expected path=value"));
        }
        Ok(Override {
            text: text.to_owned(),
            path,
            value_at: end + 1,
        })
    }

    /// The first key of the path.
    pub(crate) fn first(&self) -> &str {
        &self.path[0].key
    }

    /// The second key of the path, and what the rest addresses.
    pub(crate) fn model(&self) -> Option<(&str, &[Segment])> {
        if self.path.len() < 3 {
            None
        } else {
            Some((&self.path[1].key, &self.path[2..]))
        }
    }

    /// How the rest of the path, from this key on, and the value were given.
    pub(crate) fn text_from(&self, segment: usize) -> Option<String> {
        let first = self.path.get(segment)?;
        // A path in one pair of quotes, as `set` has it, is meant as a path.
        let last = segment + 1 == self.path.len();
        if last && first.key.contains('.') {
            return Some(format!("{}{}", first.key, &self.text[first.end..]));
        }
        Some(self.text[first.start..].to_owned())
    }

    /// The whole path.
    pub(crate) fn path(&self) -> &[Segment] {
        &self.path
    }

    /// Makes the override a source of its own, so that faults name it; gives that source and the value.
    pub(crate) fn source(&self, reader: &mut Reader, directory: &Path) -> (u32, Node) {
        let source = reader.add(
            &format!("--set {}", self.text),
            directory,
            self.text.as_str().into(),
        );
        let text = &self.text[self.value_at..];
        let at = Origin {
            source,
            start: self.value_at as u32,
            end: self.text.len() as u32,
        };
        let value =
            parse_value(text, source, self.value_at as u32).unwrap_or_else(|| Node::text(text.trim(), at));
        (source, value)
    }

    /// Where a key of the path stands.
    pub(crate) fn place(source: u32, segment: &Segment) -> Origin {
        Origin {
            source,
            start: segment.start as u32,
            end: segment.end as u32,
        }
    }
}

/// A path from a key of `set` or `world`; `None` where it is no path.
pub(crate) fn path_of_key(key: &str) -> Option<Vec<Segment>> {
    match split_path(key) {
        Ok((path, end)) if end == key.len() => Some(path),
        _ => None,
    }
}

/// Keys of a dotted path up to `=` or the end, and where that is.
fn split_path(text: &str) -> Result<(Vec<Segment>, usize), (usize, &'static str)> {
    let bytes = text.as_bytes();
    let mut path = Vec::new();
    let mut at = 0;
    loop {
        while bytes.get(at) == Some(&b' ') {
            at += 1;
        }
        let start = at;
        let key = if let Some(&quote @ (b'"' | b'\'')) = bytes.get(at) {
            let close = text[at + 1..]
                .find(quote as char)
                .ok_or((at, "this quote is not closed"))?;
            at += close + 2;
            text[start + 1..at - 1].to_owned()
        } else {
            while !matches!(bytes.get(at), None | Some(b'.' | b'=')) {
                at += 1;
            }
            text[start..at].trim_end().to_owned()
        };
        if key.is_empty() {
            return Err((start, "a key of the path is empty"));
        }
        if path.len() == DEPTH_LIMIT {
            return Err((start, "a path has at most 32 keys"));
        }
        path.push(Segment { key, start, end: at });
        while bytes.get(at) == Some(&b' ') {
            at += 1;
        }
        if bytes.get(at) == Some(&b'.') {
            at += 1;
        } else {
            return Ok((path, at));
        }
    }
}

/// Puts a value at a path of a tree. Missing tables arise (and unknown fields are found when the tree is read); a list
/// without the entry named is a fault at that key. `place` says where a key of the path stands.
pub(crate) fn set(
    reader: &mut Reader,
    tree: &mut Node,
    path: &[Segment],
    value: Node,
    place: &dyn Fn(&Segment) -> Origin,
) {
    replace_source(tree, path);
    let mut node = tree;
    let mut described = String::new();
    for (depth, segment) in path.iter().enumerate() {
        let last = depth + 1 == path.len();
        let at = place(segment);
        if !matches!(node.value, Value::Table(_) | Value::List(_)) {
            described = node.describe();
        }
        let next = match &mut node.value {
            Value::Table(entries) => {
                let found = entries
                    .iter()
                    .position(|e| e.key == segment.key)
                    .unwrap_or_else(|| {
                        let node = Node {
                            origin: at,
                            value: Value::Table(Vec::new()),
                        };
                        entries.push(Entry {
                            key: segment.key.clone(),
                            at,
                            node,
                        });
                        entries.len() - 1
                    });
                if last {
                    // The new key is the override's, so that what is wrong with it is said there.
                    entries[found].at = at;
                }
                &mut entries[found].node
            }
            Value::List(nodes) => {
                let name = |n: &'_ Node| n.get("name").and_then(Node::as_text).map(str::to_owned);
                let by_name = nodes
                    .iter()
                    .position(|n| n.get("name").and_then(Node::as_text) == Some(&segment.key));
                let by_index = segment.key.parse::<usize>().ok().filter(|&i| i < nodes.len());
                let Some(found) = by_name.or(by_index) else {
                    let names: Vec<String> = nodes.iter().filter_map(name).collect();
                    let known: Vec<&str> = names.iter().map(String::as_str).collect();
                    let help = did_you_mean(&segment.key, &known)
                        .unwrap_or_else(|| format!("there are {} entries, counted from 0", nodes.len()));
                    let list = path
                        .get(depth.wrapping_sub(1))
                        .map_or("the list", |s| s.key.as_str());
                    reader
                        .error(at, format!("`{list}` has no entry `{}`", segment.key))
                        .help(help);
                    return;
                };
                &mut nodes[found]
            }
            _ => {
                let parent = path
                    .get(depth.wrapping_sub(1))
                    .map_or("the file", |s| s.key.as_str());
                let help = in_full(parent, &described, &path[depth..], &value);
                let fault = reader.error(
                    at,
                    format!("`{parent}` is a value and has no field `{}`", segment.key),
                );
                fault.found(described).suggestion = help;
                return;
            }
        };
        node = next;
    }
    *node = value;
}

/// Fields that are a value in their short form and a table in full, with the keys of that table (any, where it names
/// classes, days or hours).
fn full_form(field: &str) -> Option<&'static [&'static str]> {
    Some(match field {
        "attention" => AttentionShape::KEYS,
        "pick" => PickShape::KEYS,
        "sofa_check" => SofaShape::KEYS,
        "trace" => TraceFile::KEYS,
        "profile" => ProfileFile::KEYS,
        "knows_answer" | "answers" | "queue_capacity" | "backlog" | "hours" => &[],
        "handling" | "service" | "tolerance" | "patience" | "gap" | "reply" | "mail" | "write_up"
        | "set_up" | "retry_after" | "after" | "renewal" | "followers" | "thread" | "tail" => LawTable::KEYS,
        _ => return None,
    })
}

/// How a field that is written in its short form would have to be written to hold the value at the rest of a path.
fn in_full(field: &str, short: &str, rest: &[Segment], value: &Node) -> Option<String> {
    let keys = full_form(field)?;
    let first = rest.first()?;
    if !keys.is_empty() && !keys.contains(&first.key.as_str()) {
        return None;
    }
    let mut inner = String::new();
    write_inline(&mut inner, value);
    for segment in rest.iter().skip(1).rev() {
        let mut key = String::new();
        write_key(&mut key, &segment.key);
        inner = format!("{{ {key} = {inner} }}");
    }
    let mut key = String::new();
    write_key(&mut key, &first.key);
    // What the table must have beside: as the short form says it.
    let beside = match (field, first.key.as_str()) {
        ("attention", "gap") | ("pick", "at_once") | ("sofa_check", "share") => String::new(),
        ("attention", _) => "gap = \"40m\", ".to_owned(),
        ("pick", _) => "at_once = 1.0, ".to_owned(),
        ("sofa_check", _) => format!("share = {short}, "),
        _ => String::new(),
    };
    Some(format!(
        "`{field}` is written in its short form here: write {field} = {{ {beside}{key} = {inner} }}"
    ))
}

/// A source put into a stream takes the place of the one it had, with the fields that belong to that alone.
fn replace_source(tree: &mut Node, path: &[Segment]) {
    let stream = match path {
        [list, name, source, ..] if list.key == "arrivals" => entry_mut(tree, "arrivals")
            .and_then(|list| named_mut(list, &name.key))
            .map(|s| (s, source)),
        [queue, list, source, ..] if queue.key == "queue" && list.key == "arrivals" => {
            entry_mut(tree, "queue")
                .and_then(|q| entry_mut(q, "arrivals"))
                .map(|s| (s, source))
        }
        _ => None,
    };
    let Some((stream, source)) = stream else { return };
    let source = source.key.as_str();
    if !SOURCES.contains(&source) {
        return;
    }
    if let Value::Table(entries) = &mut stream.value
        && !entries.iter().any(|e| e.key == source)
    {
        let foreign = |key: &str| {
            SOURCES.contains(&key)
                || MODIFIERS
                    .iter()
                    .any(|(name, owners)| *name == key && !owners.contains(&source))
        };
        entries.retain(|e| !foreign(&e.key));
    }
}

fn entry_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::Table(entries) => entries.iter_mut().find(|e| e.key == key).map(|e| &mut e.node),
        _ => None,
    }
}

fn named_mut<'n>(node: &'n mut Node, name: &str) -> Option<&'n mut Node> {
    let Value::List(nodes) = &mut node.value else {
        return None;
    };
    let named = nodes
        .iter()
        .position(|n| n.get("name").and_then(Node::as_text) == Some(name));
    let place = named.or_else(|| name.parse().ok())?;
    nodes.get_mut(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        Override::parse(text)
            .unwrap()
            .path
            .into_iter()
            .map(|s| s.key)
            .collect()
    }

    #[test]
    fn paths_are_dotted_and_quoted() {
        assert_eq!(keys("experiment.seed=5"), ["experiment", "seed"]);
        assert_eq!(
            keys("models.\"call centre\".teams.agents.shifts.weekdays.agents=7"),
            [
                "models",
                "call centre",
                "teams",
                "agents",
                "shifts",
                "weekdays",
                "agents"
            ]
        );
        assert_eq!(keys("a.'b.c' . d = 1"), ["a", "b.c", "d"]);
    }

    #[test]
    fn what_is_no_override_says_where() {
        for (text, column) in [
            ("seed", 5),
            ("=5", 1),
            ("a..b=1", 3),
            ("a.\"b=1", 3),
            ("", 1),
            ("a.\"b\"c=1", 6),
        ] {
            let fault = Override::parse(text).unwrap_err();
            assert_eq!(fault.column, column, "{text}: {fault}");
        }
    }

    fn apply(toml: &str, text: &str) -> (String, Result<Vec<Fault>, crate::fault::Faults>) {
        let mut reader = Reader::default();
        let file = reader.add("x.toml", Path::new(""), toml.into());
        let mut tree = reader.tree(file);
        let wanted = Override::parse(text).unwrap();
        let (source, value) = wanted.source(&mut reader, Path::new(""));
        set(&mut reader, &mut tree, wanted.path(), value, &|s| {
            Override::place(source, s)
        });
        (tree.to_toml(), reader.finish())
    }

    #[test]
    fn values_are_toml_and_bare_words_are_strings() {
        for (value, written) in [
            ("5", "a = 5\n"),
            ("2h", "a = \"2h\"\n"),
            ("oldest-first", "a = \"oldest-first\"\n"),
            ("\"x y\"", "a = \"x y\"\n"),
            ("{ b = [1, 2] }", "\n[a]\nb = [1, 2]\n"),
            ("2010-04-15T00:00:00", "a = 2010-04-15T00:00:00\n"),
        ] {
            let (tree, faults) = apply("a = 1\n", &format!("a={value}"));
            assert_eq!(tree, written);
            assert!(faults.is_ok());
        }
    }

    #[test]
    fn lists_are_addressed_by_name_or_index() {
        let toml = "[[teams]]\nname = \"a\"\nagents = 1\n[[teams]]\nname = \"b\"\nagents = 2\n";
        assert!(
            apply(toml, "teams.b.agents=9")
                .0
                .ends_with("name = \"b\"\nagents = 9\n")
        );
        assert!(
            apply(toml, "teams.0.agents=9")
                .0
                .starts_with("\n[[teams]]\nname = \"a\"\nagents = 9\n")
        );
        let faults = apply(toml, "teams.c.agents=9").1.unwrap_err();
        assert_eq!(
            faults.plain(),
            "--set teams.c.agents=9:1:7: `teams` has no entry `c`; help: did you mean `a`?\n"
        );
        let faults = apply(toml, "teams.a.agents.x=9").1.unwrap_err();
        assert!(
            faults
                .plain()
                .contains("`agents` is a value and has no field `x`, found 1"),
            "{faults}"
        );
    }

    #[test]
    fn a_source_takes_the_place_of_another() {
        let toml = "[[arrivals]]\nname = \"posts\"\ncounts = { file = \"a.csv\" }\nbusyness = { cv = 0.2 }\nangry = 0.1\n";
        let (tree, _) = apply(toml, "arrivals.posts.trace=\"b.csv\"");
        assert_eq!(
            tree,
            "\n[[arrivals]]\nname = \"posts\"\nangry = 0.1\ntrace = \"b.csv\"\n"
        );
        let (tree, _) = apply(toml, "arrivals.posts.counts.scale=2");
        assert!(
            tree.contains("file = \"a.csv\"\nscale = 2") && tree.contains("busyness"),
            "{tree}"
        );
        let (tree, _) = apply(toml, "arrivals.posts.rate=\"1 per h\"");
        assert!(tree.contains("busyness") && !tree.contains("counts"), "{tree}");
        let (tree, _) = apply(
            "[queue]\narrivals = { poisson = \"1 per s\" }\n",
            "queue.arrivals.renewal=\"2s\"",
        );
        assert_eq!(tree, "\n[queue]\n\n[queue.arrivals]\nrenewal = \"2s\"\n");
    }
}
