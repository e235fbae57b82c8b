//! A TOML file as a tree that remembers where everything stood; overrides change it before anything is read.

use std::fmt::Write as _;

use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

/// Where something stands: bytes `start..end` of one source (a file or an override).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    /// Which source, an index kept by the reader.
    pub(crate) source: u32,
    /// First byte.
    pub(crate) start: u32,
    /// Behind the last byte.
    pub(crate) end: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Where.
    pub(crate) origin: Origin,
    /// What.
    pub(crate) value: Value,
}

/// A TOML value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with fraction or exponent.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A date, a time, or both.
    Moment(Datetime),
    /// An array.
    List(Vec<Node>),
    /// A table, in the order of the file.
    Table(Vec<Entry>),
}

/// One entry of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// The key without quotes.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) at: Origin,
    /// Its value.
    pub(crate) node: Node,
}

/// The longest key, in bytes: headers of nested tables repeat it.
const KEY_LIMIT: usize = 1_000;
/// Bytes of a file that are tried before the whole.
const HEAD: usize = 256 << 10;
/// A tree that takes more bytes when written out is written in part only.
const WRITTEN_LIMIT: usize = 256 << 20;

/// Syntax errors that are told of one text.
const SYNTAX_LIMIT: usize = 2_000;

/// A syntax error: bytes and message.
pub(crate) type Syntax = (std::ops::Range<usize>, String);

/// Parses a whole file; what could be understood, and every syntax error.
pub(crate) fn parse(text: &str, source: u32) -> (Node, Vec<Syntax>) {
    let (table, errors) = parse_head(text).unwrap_or_else(|| DeTable::parse_recoverable(text));
    let mut syntax: Vec<Syntax> = errors
        .iter()
        .take(SYNTAX_LIMIT)
        .map(|e| (e.span().unwrap_or(0..0), e.message().to_string()))
        .collect();
    let origin = Origin {
        source,
        start: 0,
        end: 0,
    };
    let value = table_from(table.into_inner(), source, &mut syntax);
    (Node { origin, value }, syntax)
}

/// The beginning of a large file that is no TOML at all: it is not read to its end, for errors are kept one by one.
fn parse_head(text: &str) -> Option<(toml::Spanned<DeTable<'_>>, Vec<toml::de::Error>)> {
    if text.len() <= HEAD {
        return None;
    }
    let head = &text[..text.floor_char_boundary(HEAD)];
    let head = &head[..head.rfind('\n').map_or(0, |end| end + 1)];
    let parsed = DeTable::parse_recoverable(head);
    (parsed.1.len() > SYNTAX_LIMIT).then_some(parsed)
}

/// Parses one value (the right-hand side of an override).
pub(crate) fn parse_value(text: &str, source: u32, offset: u32) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    let mut syntax = Vec::new();
    let mut node = node_from(value, source, &mut syntax);
    shift(&mut node, offset);
    syntax.is_empty().then_some(node)
}

impl Node {
    /// A string that stands at `origin`.
    pub(crate) fn text(text: impl Into<String>, origin: Origin) -> Node {
        Node {
            origin,
            value: Value::Text(text.into()),
        }
    }

    /// The entry of a table with this key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.node),
            _ => None,
        }
    }

    /// The string, where it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// How a fault names what it found: the value where it is short, else its kind.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Moment(_) => {
                let mut out = String::new();
                write_inline(&mut out, self);
                if out.chars().count() > 60 {
                    format!("{}...", out.chars().take(60).collect::<String>())
                } else {
                    out
                }
            }
            Value::List(_) => "a list".into(),
            Value::Table(_) => "a table".into(),
        }
    }

    /// The tree as TOML: scalars first, then tables under their headers; the same tree gives the same text.
    pub(crate) fn to_toml(&self) -> String {
        let mut out = String::new();
        if let Value::Table(entries) = &self.value {
            write_table(&mut out, "", entries);
        }
        out
    }
}

fn shift(node: &mut Node, offset: u32) {
    node.origin.start += offset;
    node.origin.end += offset;
    match &mut node.value {
        Value::List(nodes) => nodes.iter_mut().for_each(|n| shift(n, offset)),
        Value::Table(entries) => {
            for entry in entries {
                entry.at.start += offset;
                entry.at.end += offset;
                shift(&mut entry.node, offset);
            }
        }
        _ => {}
    }
}

fn origin(source: u32, span: &std::ops::Range<usize>) -> Origin {
    Origin {
        source,
        start: span.start as u32,
        end: span.end as u32,
    }
}

fn table_from(table: DeTable<'_>, source: u32, syntax: &mut Vec<Syntax>) -> Value {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            at: origin(source, &key.span()),
            key: key.into_inner().into_owned(),
            node: node_from(value, source, syntax),
        })
        .collect();
    for entry in entries.iter().filter(|e| e.key.len() > KEY_LIMIT) {
        let span = entry.at.start as usize..entry.at.end as usize;
        syntax.push((span, "a key has at most 1,000 bytes".into()));
    }
    // The parser sorts by name; people read in the order they wrote.
    entries.sort_by_key(|e| (e.at.start, e.node.origin.start));
    Value::Table(entries)
}

fn node_from(node: toml::Spanned<DeValue<'_>>, source: u32, syntax: &mut Vec<Syntax>) -> Node {
    let span = node.span();
    let value = match node.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(digits) => {
            if let Ok(n) = i64::from_str_radix(digits.as_str(), digits.radix()) {
                Value::Integer(n)
            } else {
                syntax.push((span.clone(), "this whole number is too large".into()));
                Value::Integer(0)
            }
        }
        DeValue::Float(digits) => {
            if let Ok(x) = digits.as_str().parse() {
                Value::Float(x)
            } else {
                syntax.push((span.clone(), "this is not a number".into()));
                Value::Float(0.0)
            }
        }
        DeValue::Boolean(b) => Value::Bool(b),
        DeValue::Datetime(moment) => Value::Moment(moment),
        DeValue::Array(nodes) => {
            Value::List(nodes.into_iter().map(|n| node_from(n, source, syntax)).collect())
        }
        DeValue::Table(table) => table_from(table, source, syntax),
    };
    Node {
        origin: origin(source, &span),
        value,
    }
}

fn is_table(node: &Node) -> bool {
    matches!(node.value, Value::Table(_))
}

/// A list that is written as `[[key]]`: not empty, tables only.
fn is_table_list(node: &Node) -> bool {
    matches!(&node.value, Value::List(nodes) if !nodes.is_empty() && nodes.iter().all(is_table))
}

fn write_table(out: &mut String, path: &str, entries: &[Entry]) {
    for entry in entries
        .iter()
        .filter(|e| !is_table(&e.node) && !is_table_list(&e.node))
    {
        write_key(out, &entry.key);
        out.push_str(" = ");
        write_inline(out, &entry.node);
        out.push('\n');
    }
    let holds_tables = |e: &&Entry| is_table(&e.node) || is_table_list(&e.node);
    for entry in entries.iter().filter(holds_tables) {
        if out.len() > WRITTEN_LIMIT {
            return;
        }
        let mut header = String::from(path);
        if !path.is_empty() {
            header.push('.');
        }
        write_key(&mut header, &entry.key);
        match &entry.node.value {
            Value::Table(inner) => {
                let _ = writeln!(out, "\n[{header}]");
                write_table(out, &header, inner);
            }
            Value::List(nodes) if is_table_list(&entry.node) => {
                for node in nodes {
                    if let Value::Table(inner) = &node.value {
                        let _ = writeln!(out, "\n[[{header}]]");
                        write_table(out, &header, inner);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A value on one line.
pub(crate) fn write_inline(out: &mut String, node: &Node) {
    match &node.value {
        Value::Text(text) => write_text(out, text),
        Value::Integer(n) => _ = write!(out, "{n}"),
        Value::Float(x) if x.is_nan() => out.push_str("nan"),
        Value::Float(x) if x.is_infinite() => out.push_str(if *x > 0.0 { "inf" } else { "-inf" }),
        Value::Float(x) => _ = write!(out, "{x:?}"),
        Value::Bool(b) => _ = write!(out, "{b}"),
        Value::Moment(moment) => _ = write!(out, "{moment}"),
        Value::List(nodes) => {
            out.push('[');
            for (i, node) in nodes.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_inline(out, node);
            }
            out.push(']');
        }
        Value::Table(entries) => {
            out.push_str("{ ");
            for (i, entry) in entries.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_key(out, &entry.key);
                out.push_str(" = ");
                write_inline(out, &entry.node);
            }
            out.push_str(" }");
        }
    }
}

/// A key, in quotes where TOML needs them.
pub(crate) fn write_key(out: &mut String, key: &str) {
    let bare = !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare {
        out.push_str(key);
    } else {
        write_text(out, key);
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => _ = write!(out, "\\u{:04X}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_the_order_of_the_file_and_their_place() {
        let text = "z = 1\na = \"two\"\n[t]\nb = [1, 2.5]\n";
        let (tree, syntax) = parse(text, 3);
        assert!(syntax.is_empty());
        let Value::Table(entries) = &tree.value else {
            panic!("a file is a table")
        };
        let keys: Vec<&str> = entries.iter().map(|e| e.key.as_str()).collect();
        assert_eq!(keys, ["z", "a", "t"]);
        let a = tree.get("a").unwrap();
        assert_eq!(&text[a.origin.start as usize..a.origin.end as usize], "\"two\"");
        assert_eq!(a.origin.source, 3);
    }

    #[test]
    fn written_out_and_read_again_it_is_the_same() {
        let text = "x = 1e300\ny = \"a\\\"b\\n\\u0001\"\nwhen = 2010-04-15T00:00:00\n[a.\"b c\"]\nlist = [{ k = 1 }, { k = 2 }]\nmixed = [1, { k = 2 }]\n[[a.rows]]\nn = 1\n[[a.rows]]\n";
        let (tree, syntax) = parse(text, 0);
        assert!(syntax.is_empty());
        let written = tree.to_toml();
        let (again, syntax) = parse(&written, 0);
        assert!(syntax.is_empty(), "{written}");
        assert_eq!(again.to_toml(), written);
        assert_eq!(
            again.get("a").unwrap().get("rows").map(Node::describe),
            Some("a list".into())
        );
    }

    #[test]
    fn every_syntax_error_is_kept() {
        let (_, syntax) = parse("a = 7d\nb = \nc = 1\nc = 2\n", 0);
        assert!(syntax.len() >= 3, "{syntax:?}");
    }
}
