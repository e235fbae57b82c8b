//! Limits to how many tables of a kind a file may have, checked before they are read.

use crate::reader::Reader;
use crate::tree::{Node, Value};

/// Tables of a scenario or staffing file, the most there may be, and how a fault names them.
const LIMITS: [(&str, usize, &str); 6] = [
    ("arrivals", 1_000, "at most 1,000 streams of arrivals"),
    ("classes", 1_000, "at most 1,000 classes"),
    ("targets", 1_000, "at most 1,000 targets"),
    ("teams", 1_000, "at most 1,000 teams"),
    ("departments", 1_000, "at most 1,000 departments"),
    ("hand_over", 10_000, "at most 10,000 hand-overs"),
];
/// Lists and tables within these.
const INNER: [(&str, &str, usize, &str); 3] = [
    (
        "arrivals",
        "classes",
        1_000,
        "at most 1,000 classes of one stream",
    ),
    (
        "arrivals",
        "channels",
        1_000,
        "at most 1,000 channels of one stream",
    ),
    ("teams", "skills", 1_000, "at most 1,000 skills of one team"),
];

/// Has a file no more tables of a kind than it may have? Faults are noted; it is not looked at further then.
pub(crate) fn fits(reader: &mut Reader, tree: &Node) -> bool {
    let mut fits = true;
    for (key, limit, message) in LIMITS {
        fits &= tree
            .get(key)
            .is_none_or(|node| within(reader, node, limit, message));
    }
    if !fits {
        return false;
    }
    for (outer, key, limit, message) in INNER {
        let Some(Value::List(tables)) = tree.get(outer).map(|n| &n.value) else {
            continue;
        };
        for node in tables.iter().filter_map(|table| table.get(key)) {
            fits &= within(reader, node, limit, message);
        }
    }
    fits
}

fn within(reader: &mut Reader, node: &Node, limit: usize, message: &str) -> bool {
    let number = match &node.value {
        Value::List(nodes) => nodes.len(),
        Value::Table(entries) => entries.len(),
        _ => 0,
    };
    if number > limit {
        reader.error(node.origin, message).found(number.to_string());
    }
    number <= limit
}
