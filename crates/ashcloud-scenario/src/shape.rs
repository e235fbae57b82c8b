//! How the file's shape is declared: one declaration per table gives its reader, its refusals and its JSON Schema.

use serde_json::{Map, Value as Json, json};

use crate::fault::nearest;
use crate::jargon;
use crate::quantity::{Window, parse_rate};
use crate::reader::Reader;
use crate::tree::{Entry, Node, Origin, Value, write_inline, write_key};

/// Definitions of a JSON Schema, by name.
pub(crate) type Defs = Map<String, Json>;

/// A shape that can be read from a file.
pub(crate) trait Read: Sized {
    /// What a fault says was expected: "a duration such as \"90s\"".
    fn what() -> String;
    /// Does the value have the outward kind of this shape? Decides between alternatives.
    fn fits(node: &Node) -> bool;
    /// Words that stand for themselves, for suggestions.
    fn words() -> Vec<&'static str> {
        Vec::new()
    }
    /// Is it a list, a table, or anything else?
    const KIND: Kind = Kind::Value;
    /// What may have been meant by a value of another kind.
    fn hint(_: &Node) -> Option<String> {
        None
    }
    /// Reads it; notes faults and gives `None` where there is nothing to go on with.
    fn read(node: &Node, reader: &mut Reader) -> Option<Self>;
    /// Its JSON Schema; named shapes go to `defs`.
    fn schema(defs: &mut Defs) -> Json;
}

/// A field of a table: absent, present but faulty, or read.
#[derive(Clone, Debug)]
pub(crate) struct Field<T> {
    /// Where its value stands, if anywhere.
    place: Option<Origin>,
    value: Option<T>,
}

impl<T> Field<T> {
    /// Is it in the file at all, right or wrong?
    pub(crate) fn given(&self) -> bool {
        self.place.is_some()
    }

    /// Its value, if it could be read.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Its value and place.
    pub(crate) fn at(&self) -> Option<(&T, Origin)> {
        self.value.as_ref().zip(self.place)
    }

    /// Its place, or another.
    pub(crate) fn place_or(&self, other: Origin) -> Origin {
        self.place.unwrap_or(other)
    }
}

impl<T: Read> Field<T> {
    /// Reads the field `key` of a table; notes its absence where it is required.
    pub(crate) fn read(
        entries: &[Entry],
        key: &str,
        required: bool,
        label: &str,
        here: Origin,
        reader: &mut Reader,
    ) -> Field<T> {
        if let Some(entry) = entries.iter().find(|e| e.key == key) {
            let value = read_or_noted(&entry.node, reader);
            if value.is_none() {
                let help = if LIMITS.contains(&key) && entry.node.as_text() == Some("unlimited") {
                    Some(format!("leave `{key}` out for no limit"))
                } else {
                    other_kind(reader, key, T::KIND, &entry.node)
                };
                if let Some(help) = help {
                    reader.amend(entry.node.origin, help);
                }
            }
            return Field {
                place: Some(entry.node.origin),
                value,
            };
        }
        if required {
            reader.missing(here, key, label, &T::what());
        }
        Field {
            place: None,
            value: None,
        }
    }
}

/// Reads a value; where it gives nothing, a fault has been noted.
fn read_or_noted<T: Read>(node: &Node, reader: &mut Reader) -> Option<T> {
    let noted = reader.errors();
    let value = T::read(node, reader);
    if value.is_none() {
        reader.must_have_noted(noted, node.origin, &T::what());
    }
    value
}

/// What a shape is outwardly, where a slip between these is common.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A value, or one of several kinds.
    Value,
    /// A list of values.
    List,
    /// A list of tables.
    Tables,
    /// A table.
    Table,
    /// A table of named entries.
    Named,
}

/// How a field is written that was given as a table instead of a list, or the other way round.
fn other_kind(reader: &Reader, key: &str, kind: Kind, node: &Node) -> Option<String> {
    let header = reader.line_at(node.origin).trim();
    let header = header
        .strip_prefix('[')
        .map(|h| h.split('#').next().unwrap_or(h).trim());
    match (kind, &node.value, header) {
        (Kind::Tables, Value::Table(_), Some(header)) if !header.starts_with('[') => {
            let path = header.trim_end_matches(']');
            Some(format!(
                "there may be several: write [[{path}]], with two brackets on each side"
            ))
        }
        (Kind::Tables, Value::Table(_), _) => {
            Some(format!("there may be several: write {key} = [{{ ... }}]"))
        }
        (Kind::List, Value::Table(_), _) if key == "uniform" => {
            Some("write uniform = [\"1m\", \"2m\"]: the least and the greatest value".into())
        }
        (Kind::List, Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Moment(_), _) => {
            let mut value = String::new();
            write_inline(&mut value, node);
            if value.trim_matches('"').parse::<jiff::civil::Date>().is_ok() {
                value = value.trim_matches('"').to_owned();
            }
            (value.len() < 60).then(|| format!("write a list: {key} = [{value}]"))
        }
        (Kind::Table, Value::Text(rate), _) if key == "arrivals" && parse_rate(rate).is_ok() => {
            Some(format!("write arrivals = {{ poisson = \"{rate}\" }}"))
        }
        (_, Value::Text(hours), _) if key == "hours" && Window::parse(hours).is_ok() => {
            Some(format!("say on which days: hours = {{ mon-fri = \"{hours}\" }}"))
        }
        (Kind::Table, Value::List(_), _) if key == "triangular" => {
            Some("write triangular = { minimum = \"2m\", mode = \"4m\", maximum = \"12m\" }".into())
        }
        (Kind::Table, Value::List(_), Some(header)) if header.starts_with('[') => {
            let path = header.trim_matches(['[', ']']);
            Some(format!(
                "there is one only: write [{path}], with one bracket on each side"
            ))
        }
        (Kind::Named, Value::List(nodes), _) => {
            let name = nodes.iter().find_map(|n| n.get("name").and_then(Node::as_text));
            let mut written = String::new();
            write_key(&mut written, name.unwrap_or("NAME"));
            Some(format!("each stands under its name: write [{key}.{written}]"))
        }
        _ => None,
    }
}

/// Limits that are left out where there is none.
const LIMITS: [&str; 5] = [
    "trunks",
    "capacity",
    "queue_capacity",
    "at_most",
    "retries_at_most",
];

/// Declares the table of a file: `such` gives an example for faults; documented fields with their shapes; `= required` where the file must have it; `as "key"`
/// where the key is no Rust name; `later { ... }` for fields documented but not built.
macro_rules! table {
    (
        $(#[doc = $about:literal])*
        $name:ident $label:literal $(such $such:literal)? {
            $( $(#[doc = $doc:literal])* $field:ident $(as $key:literal)? : $type:ty $(= $must:ident)? ),* $(,)?
        }
        $( later { $( $later:literal ),* $(,)? } )?
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug)]
        #[allow(dead_code, reason = "some fields are read from the tree: names, the short form, what another shape repeats")]
        pub(crate) struct $name {
            /// Where the table stands.
            pub(crate) here: $crate::tree::Origin,
            /// Something in it is wrong: what is missing may merely not have been understood.
            pub(crate) faulty: bool,
            $( $(#[doc = $doc])* pub(crate) $field: $crate::shape::Field<$type>, )*
        }

        impl $name {
            /// Keys of its fields.
            pub(crate) const KEYS: &'static [&'static str] = &[$( $crate::shape::key!($field $($key)?) ),*];
            /// Keys that are documented and refused.
            pub(crate) const LATER: &'static [&'static str] = &[$( $( $later ),* )?];
        }

        impl $crate::shape::Read for $name {
            const KIND: $crate::shape::Kind = $crate::shape::Kind::Table;

            fn what() -> String {
                concat!($label $(, ", such as ", $such)?).to_string()
            }

            fn fits(node: &$crate::tree::Node) -> bool {
                matches!(node.value, $crate::tree::Value::Table(_))
            }

            fn read(node: &$crate::tree::Node, reader: &mut $crate::reader::Reader) -> Option<Self> {
                let errors = reader.errors();
                let entries = reader.open(node, $label, Self::KEYS, Self::LATER)?;
                let mut table = $name {
                    here: node.origin,
                    faulty: false,
                    $( $field: $crate::shape::Field::read(
                        entries,
                        $crate::shape::key!($field $($key)?),
                        $crate::shape::required!($($must)?),
                        $label,
                        node.origin,
                        reader,
                    ), )*
                };
                table.faulty = reader.errors() > errors;
                Some(table)
            }

            fn schema(defs: &mut $crate::shape::Defs) -> serde_json::Value {
                $crate::shape::define(defs, stringify!($name), |defs| {
                    let fields: Vec<$crate::shape::FieldSchema> = vec![
                        $( $crate::shape::FieldSchema {
                            key: $crate::shape::key!($field $($key)?),
                            required: $crate::shape::required!($($must)?),
                            about: concat!($($doc),*).trim(),
                            shape: <$type as $crate::shape::Read>::schema(defs),
                        } ),*
                    ];
                    $crate::shape::table_schema(concat!($($about),*).trim(), fields, Self::LATER)
                })
            }
        }
    };
}

/// The key of a field: its name, unless another is given.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

/// Whether a field is marked as required.
macro_rules! required {
    () => {
        false
    };
    (required) => {
        true
    };
}

/// Declares a choice of words.
macro_rules! words {
    ( $(#[doc = $about:literal])* $name:ident $label:literal { $( $variant:ident $word:literal ),* $(,)? } ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $( #[doc = $word] $variant ),*
        }

        impl $crate::shape::Read for $name {
            fn what() -> String {
                let words: &[&str] = &[$($word),*];
                let quoted: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
                if quoted.len() == 1 {
                    return quoted.join("");
                }
                format!("{}: {}", $label, quoted.join(", "))
            }

            fn words() -> Vec<&'static str> {
                vec![$($word),*]
            }

            fn fits(node: &$crate::tree::Node) -> bool {
                node.as_text().is_some_and(|text| [$($word),*].contains(&text))
            }

            fn read(node: &$crate::tree::Node, reader: &mut $crate::reader::Reader) -> Option<Self> {
                match node.as_text() {
                    $( Some($word) => Some($name::$variant), )*
                    _ => {
                        let near = $crate::shape::meant_word(reader, node, &[$($word),*]);
                        let fault = reader.error(node.origin, format!("expected {}", Self::what()));
                        fault.found(node.describe()).suggestion = near;
                        None
                    }
                }
            }

            fn schema(_: &mut $crate::shape::Defs) -> serde_json::Value {
                serde_json::json!({ "enum": [$($word),*] })
            }
        }
    };
}

pub(crate) use {key, required, table, words};

/// "did you mean ...?": a slip of the pen, or a word of the field for one of these.
pub(crate) fn meant_word(reader: &Reader, node: &Node, words: &[&'static str]) -> Option<String> {
    if reader.is_full(node.origin) {
        return None;
    }
    let word = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    let meant = jargon::rule(&word, words).or_else(|| nearest(&word, words.iter().copied()));
    meant.map(|m| format!("did you mean \"{m}\"?"))
}

/// A field as the schema shows it.
pub(crate) struct FieldSchema {
    /// Its key in the file.
    pub(crate) key: &'static str,
    /// Must it be there?
    pub(crate) required: bool,
    /// What it means.
    pub(crate) about: &'static str,
    /// Schema of its value.
    pub(crate) shape: Json,
}

/// Puts a named schema into the definitions once and refers to it.
pub(crate) fn define(defs: &mut Defs, name: &str, make: impl FnOnce(&mut Defs) -> Json) -> Json {
    if !defs.contains_key(name) {
        // The place is taken first: shapes may contain themselves.
        defs.insert(name.to_owned(), Json::Null);
        let made = make(defs);
        defs.insert(name.to_owned(), made);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// The schema of a table.
pub(crate) fn table_schema(about: &str, fields: Vec<FieldSchema>, later: &[&str]) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields {
        if field.required {
            required.push(field.key);
        }
        properties.insert(
            field.key.to_owned(),
            json!({ "description": field.about, "allOf": [field.shape] }),
        );
    }
    for key in later {
        properties.insert(
            (*key).to_owned(),
            json!({ "description": "not built yet", "not": {} }),
        );
    }
    json!({
        "description": about,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A value with the place it stands at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct At<T> {
    /// The value.
    pub(crate) value: T,
    /// Where.
    pub(crate) at: Origin,
}

impl<T: Read> Read for At<T> {
    const KIND: Kind = T::KIND;

    fn what() -> String {
        T::what()
    }
    fn hint(node: &Node) -> Option<String> {
        T::hint(node)
    }
    fn fits(node: &Node) -> bool {
        T::fits(node)
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        T::read(node, reader).map(|value| At {
            value,
            at: node.origin,
        })
    }
    fn schema(defs: &mut Defs) -> Json {
        T::schema(defs)
    }
}

impl<T: Read> Read for Box<T> {
    fn what() -> String {
        T::what()
    }
    fn hint(node: &Node) -> Option<String> {
        T::hint(node)
    }
    fn fits(node: &Node) -> bool {
        T::fits(node)
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        T::read(node, reader).map(Box::new)
    }
    fn schema(defs: &mut Defs) -> Json {
        T::schema(defs)
    }
}

/// A list; `None` where an entry cannot be read at all, so that nothing is concluded from the rest.
impl<T: Read> Read for Vec<T> {
    const KIND: Kind = match T::KIND {
        Kind::Table => Kind::Tables,
        _ => Kind::List,
    };

    fn what() -> String {
        format!("a list, each entry {}", T::what())
    }
    fn fits(node: &Node) -> bool {
        matches!(node.value, Value::List(_))
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::List(nodes) = &node.value else {
            reader
                .error(node.origin, format!("expected {}", Self::what()))
                .found(node.describe());
            return None;
        };
        read_all(nodes, reader)
    }
    fn schema(defs: &mut Defs) -> Json {
        json!({ "type": "array", "items": T::schema(defs) })
    }
}

/// Every entry, with the faults of all.
fn read_all<T: Read>(nodes: &[Node], reader: &mut Reader) -> Option<Vec<T>> {
    let mut read = Vec::with_capacity(nodes.len());
    let mut whole = true;
    for node in nodes {
        if reader.is_hopeless(node.origin) {
            return None;
        }
        match T::read(node, reader) {
            Some(entry) => read.push(entry),
            None => whole = false,
        }
    }
    whole.then_some(read)
}

/// Most entries of a table whose keys are chosen by the writer.
const ENTRY_LIMIT: usize = 10_000;

/// A table whose keys are chosen by the writer, in the order of the file.
#[derive(Clone, Debug)]
pub(crate) struct Named<T>(pub(crate) Vec<NamedEntry<T>>);

/// One entry of [`Named`].
#[derive(Clone, Debug)]
pub(crate) struct NamedEntry<T> {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) key_at: Origin,
    /// Where the value stands.
    pub(crate) at: Origin,
    /// The value, if it could be read.
    pub(crate) value: Option<T>,
}

impl<T: Read> Read for Named<T> {
    const KIND: Kind = Kind::Named;

    fn what() -> String {
        format!("a table, each value {}", T::what())
    }
    fn fits(node: &Node) -> bool {
        matches!(node.value, Value::Table(_))
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Table(entries) = &node.value else {
            reader
                .error(node.origin, format!("expected {}", Self::what()))
                .found(node.describe());
            return None;
        };
        if entries.len() > ENTRY_LIMIT {
            reader
                .error(node.origin, "a table of at most 10,000 entries was expected")
                .found(entries.len().to_string());
            return None;
        }
        let read = |e: &Entry| NamedEntry {
            key: e.key.clone(),
            key_at: e.at,
            at: e.node.origin,
            value: read_or_noted(&e.node, reader),
        };
        Some(Named(entries.iter().map(read).collect()))
    }
    fn schema(defs: &mut Defs) -> Json {
        json!({ "type": "object", "additionalProperties": T::schema(defs) })
    }
}

/// One of two shapes that differ outwardly.
#[derive(Clone, Debug)]
pub(crate) enum Either<A, B> {
    /// The first fits.
    A(A),
    /// The second fits.
    B(B),
}

impl<A: Read, B: Read> Read for Either<A, B> {
    fn what() -> String {
        format!("{}, or {}", A::what(), B::what())
    }
    fn fits(node: &Node) -> bool {
        A::fits(node) || B::fits(node)
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if A::fits(node) {
            A::read(node, reader).map(Either::A)
        } else if B::fits(node) {
            B::read(node, reader).map(Either::B)
        } else {
            let near = meant_word(reader, node, &Self::words());
            let fault = reader.error(node.origin, format!("expected {}", Self::what()));
            fault.found(node.describe()).suggestion = near.or_else(|| Self::hint(node));
            None
        }
    }
    fn hint(node: &Node) -> Option<String> {
        A::hint(node).or_else(|| B::hint(node))
    }
    fn words() -> Vec<&'static str> {
        [A::words(), B::words()].concat()
    }
    fn schema(defs: &mut Defs) -> Json {
        json!({ "anyOf": [A::schema(defs), B::schema(defs)] })
    }
}

/// One, or a list.
#[derive(Clone, Debug)]
pub(crate) struct OneOrMany<T>(pub(crate) Vec<At<T>>);

impl<T: Read> Read for OneOrMany<T> {
    fn what() -> String {
        format!("{}, or a list of these", T::what())
    }
    fn fits(node: &Node) -> bool {
        matches!(node.value, Value::List(_)) || T::fits(node)
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.value {
            Value::List(nodes) => read_all(nodes, reader).map(OneOrMany),
            _ => At::read(node, reader).map(|one| OneOrMany(vec![one])),
        }
    }
    fn schema(defs: &mut Defs) -> Json {
        let one = T::schema(defs);
        json!({ "anyOf": [one.clone(), { "type": "array", "items": one }] })
    }
}

/// Text that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) String);

impl Read for Text {
    fn what() -> String {
        "text in quotes".into()
    }
    fn fits(node: &Node) -> bool {
        node.as_text().is_some()
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match node.as_text() {
            Some(text) if !text.trim().is_empty() => Some(Text(text.to_owned())),
            _ => {
                reader
                    .error(node.origin, "expected text in quotes")
                    .found(node.describe());
                None
            }
        }
    }
    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

/// Declares a number within bounds.
macro_rules! number {
    (
        $(#[doc = $about:literal])*
        $name:ident($inner:ty), $what:literal, $parse:ident, $ok:expr, $schema:tt $(, $hint:ident)?
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(crate) struct $name(pub(crate) $inner);

        impl Read for $name {
            fn what() -> String {
                $what.into()
            }
            fn fits(node: &Node) -> bool {
                matches!(node.value, Value::Integer(_) | Value::Float(_))
            }
            fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
                let allowed: fn(&$inner) -> bool = $ok;
                if let Some(value) = $parse(node).filter(allowed) {
                    return Some($name(value));
                }
                let fault = reader.error(node.origin, concat!("expected ", $what));
                fault.found(node.describe()).suggestion = Self::hint(node);
                None
            }
            fn hint(node: &Node) -> Option<String> {
                $( if let Some(hint) = $hint(node) {
                    return Some(hint);
                } )?
                in_text(node)
            }
            fn schema(_: &mut Defs) -> Json {
                json!($schema)
            }
        }
    };
}

fn as_f64(node: &Node) -> Option<f64> {
    match node.value {
        Value::Integer(n) => Some(n as f64),
        Value::Float(x) => Some(x),
        _ => None,
    }
}

/// A share that was given in per cent: 60, "60%" or "60".
fn per_cent(node: &Node) -> Option<String> {
    let (number, marked) = match node.as_text() {
        Some(text) => {
            let text = text.trim();
            let number = text.strip_suffix('%');
            (number.unwrap_or(text).trim().parse().ok()?, number.is_some())
        }
        None => (as_f64(node)?, false),
    };
    // Little above 1 is more likely a share that was reckoned wrongly.
    let plausible = if marked { 0.0..=100.0 } else { 2.0..=100.0 };
    plausible
        .contains(&number)
        .then(|| format!("{number} % is {}", number / 100.0))
}

/// A number that was written as text: "3", "€32", "1,5".
fn in_text(node: &Node) -> Option<String> {
    let text = node.as_text()?.trim();
    let number = match text.parse::<f64>() {
        Ok(_) => Some(text.to_owned()),
        Err(_) => crate::syntax::number(text),
    };
    number.map(|n| format!("numbers are written without quotes: {n}"))
}

/// True or false in another word.
fn yes_or_no(node: &Node) -> Option<String> {
    let word = match &node.value {
        Value::Text(text) => text.to_lowercase(),
        Value::Integer(n) => n.to_string(),
        _ => return None,
    };
    let meant = match word.as_str() {
        "true" | "yes" | "y" | "on" | "1" | "ja" => "true",
        "false" | "no" | "n" | "off" | "0" | "nein" => "false",
        _ => return None,
    };
    Some(format!("write {meant}, without quotes"))
}

fn as_u64(node: &Node) -> Option<u64> {
    match node.value {
        Value::Integer(n) => u64::try_from(n).ok(),
        _ => None,
    }
}

/// Smallest and largest number that is no 0: products of several still are numbers.
const SMALLEST: f64 = 1e-12;
const LARGEST: f64 = 1e15;

/// Is a number of a size that can be reckoned with?
fn is_sound(x: f64) -> bool {
    x == 0.0 || (SMALLEST..=LARGEST).contains(&x.abs())
}

/// What to say of a number that is none.
fn unsound(node: &Node) -> Option<String> {
    let number = as_f64(node)?;
    (!is_sound(number)).then(|| "numbers lie between 1e-12 and 1e15, or are 0".into())
}

number!(
    /// A number of at least 0.
    Number(f64), "a number of at least 0", as_f64, |x| *x >= 0.0 && is_sound(*x), { "type": "number", "minimum": 0 }, unsound
);
number!(
    /// Any number.
    Signed(f64), "a number", as_f64, |x| is_sound(*x), { "type": "number" }, unsound
);
number!(
    /// A number above 0.
    Positive(f64), "a number above 0", as_f64, |x| *x > 0.0 && is_sound(*x), { "type": "number", "exclusiveMinimum": 0 }, unsound
);
number!(
    /// A share or probability.
    Share(f64), "a share from 0 to 1", as_f64, |x| (0.0..=1.0).contains(x), { "type": "number", "minimum": 0, "maximum": 1 },
    per_cent
);
number!(
    /// A whole number of at least 0.
    Whole(u64), "a whole number of at least 0", as_u64, |_| true, { "type": "integer", "minimum": 0 }
);

/// True or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

impl Read for Flag {
    fn what() -> String {
        "true or false".into()
    }
    fn fits(node: &Node) -> bool {
        matches!(node.value, Value::Bool(_))
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Bool(flag) = node.value {
            return Some(Flag(flag));
        }
        let fault = reader.error(node.origin, "expected true or false");
        fault.found(node.describe()).suggestion = yes_or_no(node);
        None
    }
    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "boolean" })
    }
}

/// Anything at all, kept as it stands (the overrides of a model).
#[derive(Clone, Debug)]
pub(crate) struct Anything(pub(crate) Node);

impl Read for Anything {
    fn what() -> String {
        "any value".into()
    }
    fn fits(_: &Node) -> bool {
        true
    }
    fn read(node: &Node, _: &mut Reader) -> Option<Self> {
        Some(Anything(node.clone()))
    }
    fn schema(_: &mut Defs) -> Json {
        json!(true)
    }
}
