//! `[queue]`, the short form, written out in full: every node keeps the place it was written at.

use crate::file::Queue;
use crate::reader::Reader;
use crate::shape::Either;
use crate::tree::{Entry, Node, Origin, Value};

/// Fields that the short form stands for or has no room for.
const REPLACED: [&str; 7] = [
    "arrivals",
    "phone",
    "classes",
    "teams",
    "routing",
    "hand_over",
    "departments",
];

/// The scenario with its `[queue]` written out as arrivals, class, team, routing and hand-over.
pub(crate) fn in_full(reader: &mut Reader, tree: &Node, queue: &Queue) -> Node {
    for key in REPLACED {
        if let Some(other) = tree.get(key) {
            reader.error(other.origin, format!("`[queue]` and `{key}` exclude each other"));
        }
    }
    let Some(short) = tree.get("queue") else {
        return tree.clone();
    };
    refuse(reader, queue);
    let place = short.origin;
    let mut full = Builder { short, place };
    let arrivals = full.arrivals();
    let class = full.class(queue);
    let team = full.team(queue);
    let routing = full.fields(&[
        ("order", "order"),
        ("preempt", "preempt"),
        ("capacity", "capacity"),
    ]);
    let mut entries: Vec<Entry> = match &tree.value {
        Value::Table(entries) => entries.clone(),
        _ => Vec::new(),
    };
    entries.retain(|e| e.key != "queue" && !REPLACED.contains(&e.key.as_str()));
    entries.push(entry("arrivals", full.list(vec![arrivals])));
    entries.push(entry("classes", full.table(vec![entry("comment", class)])));
    entries.push(entry("teams", full.list(vec![team])));
    entries.push(entry("routing", full.table(routing)));
    if let Some((share, at)) = queue.feedback.at()
        && share.0 > 0.0
    {
        let mut rule = vec![
            entry("from", Node::text("agents", at)),
            entry("class", Node::text("comment", at)),
            entry("to", Node::text("agents", at)),
        ];
        rule.extend(full.fields(&[("feedback", "share")]));
        let rule = Node {
            origin: at,
            value: Value::Table(rule),
        };
        entries.push(entry(
            "hand_over",
            Node {
                origin: at,
                value: Value::List(vec![rule]),
            },
        ));
    }
    // The backlog of the queue; one beside it would say the same thing twice.
    if let Some(backlog) = short.get("backlog") {
        if let Some(other) = tree.get("backlog") {
            reader.error(other.origin, "the backlog stands in `[queue]` already");
        }
        entries.retain(|e| e.key != "backlog");
        entries.push(entry("backlog", backlog.clone()));
    }
    Node {
        origin: tree.origin,
        value: Value::Table(entries),
    }
}

/// What the short form does not take although its parts would.
fn refuse(reader: &mut Reader, queue: &Queue) {
    if let Some(stream) = queue.arrivals.get() {
        for (name, place) in [
            (
                "name",
                stream.name.given().then(|| stream.name.place_or(stream.here)),
            ),
            (
                "classes",
                stream
                    .classes
                    .given()
                    .then(|| stream.classes.place_or(stream.here)),
            ),
            (
                "channels",
                stream
                    .channels
                    .given()
                    .then(|| stream.channels.place_or(stream.here)),
            ),
            (
                "page",
                stream.page.given().then(|| stream.page.place_or(stream.here)),
            ),
        ] {
            if let Some(at) = place {
                let fault = reader.error(at, format!("`[queue]` has one class on one channel: no `{name}`"));
                fault.help("write `[[arrivals]]`, `[classes]` and `[[teams]]` instead");
            }
        }
    }
    let sharing = queue.sharing.get().is_some_and(|s| s.0);
    match queue.agents.at() {
        Some((Either::A(agents), at)) if sharing && agents.0 != 1 => {
            let fault = reader.error(at, "sharing means one agent who serves all at once");
            fault.found(agents.0.to_string()).help("agents = 1");
        }
        Some((Either::B(_), at)) if sharing => {
            reader
                .error(at, "sharing means one agent who serves all at once")
                .help("agents = 1");
        }
        None if !queue.agents.given() && !queue.shifts.given() && !sharing => {
            reader.missing(queue.here, "agents", "`queue`", "a number or \"unlimited\"");
        }
        _ => {}
    }
    if let Some(retry) = queue.retry.get()
        && !queue.patience.given()
    {
        reader.error(
            retry.here,
            "`retry` is for customers who left, and without `patience` nobody leaves",
        );
    }
    if let Some(blocked) = queue.when_blocked.get()
        && !queue.capacity.given()
    {
        reader
            .warning(blocked.here, "without `capacity` nobody is blocked")
            .code("never-blocked");
    }
}

fn entry(key: &str, node: Node) -> Entry {
    Entry {
        key: key.to_owned(),
        at: node.origin,
        node,
    }
}

/// Makes nodes that stand where the queue stands.
struct Builder<'a> {
    short: &'a Node,
    place: Origin,
}

impl Builder<'_> {
    fn node(&self, value: Value) -> Node {
        Node {
            origin: self.place,
            value,
        }
    }

    fn list(&self, nodes: Vec<Node>) -> Node {
        self.node(Value::List(nodes))
    }

    fn table(&self, entries: Vec<Entry>) -> Node {
        self.node(Value::Table(entries))
    }

    /// Fields of the queue under the names they have in full.
    fn fields(&self, names: &[(&str, &str)]) -> Vec<Entry> {
        names
            .iter()
            .filter_map(|(short, full)| self.short.get(short).map(|n| entry(full, n.clone())))
            .collect()
    }

    fn arrivals(&mut self) -> Node {
        let Some(Node {
            origin,
            value: Value::Table(entries),
        }) = self.short.get("arrivals")
        else {
            // In place of what is missing, which was noted.
            return self.table(vec![entry("renewal", Node::text("1s", self.place))]);
        };
        let mut entries = entries.clone();
        entries.retain(|e| !["name", "classes", "channels", "page"].contains(&e.key.as_str()));
        let all = Node {
            origin: *origin,
            value: Value::Float(1.0),
        };
        let classes = Node {
            origin: *origin,
            value: Value::Table(vec![entry("comment", all)]),
        };
        entries.push(entry("classes", classes));
        Node {
            origin: *origin,
            value: Value::Table(entries),
        }
    }

    fn class(&self, queue: &Queue) -> Node {
        let mut entries = self.fields(&[
            ("service", "handling"),
            ("patience", "tolerance"),
            ("when_blocked", "when_blocked"),
        ]);
        if !queue.service.given() {
            // In place of what is missing, which was noted.
            entries.push(entry("handling", Node::text("1s", self.place)));
        }
        if let Some(retry) = queue.retry.get()
            && let Some(node) = self.short.get("retry")
            && let (Some((share, at)), true) = (retry.retry.at(), queue.patience.given())
        {
            let leave = Node {
                origin: at,
                value: Value::Float(1.0 - share.0),
            };
            let mut ends = vec![entry("leave", leave)];
            ends.extend(node.get("retry").map(|n| entry("retry", n.clone())));
            entries.push(entry(
                "when_tolerance_ends",
                Node {
                    origin: at,
                    value: Value::Table(ends),
                },
            ));
            if share.0 > 0.0 {
                entries.extend(node.get("after").map(|n| entry("retry_after", n.clone())));
                entries.extend(node.get("at_most").map(|n| entry("retries_at_most", n.clone())));
            }
        }
        self.table(entries)
    }

    fn team(&self, queue: &Queue) -> Node {
        let mut entries = vec![entry("name", Node::text("agents", self.place))];
        if !queue.agents.given() && !queue.shifts.given() {
            // One agent who shares; or in place of what is missing, which was noted.
            entries.push(entry(
                "agents",
                Node {
                    origin: self.place,
                    value: Value::Integer(1),
                },
            ));
        }
        entries.extend(self.fields(&[
            ("agents", "agents"),
            ("shifts", "shifts"),
            ("set_up", "set_up"),
            ("leaves_first", "leaves_first"),
            ("late_finish", "late_finish"),
        ]));
        if let Some((sharing, at)) = queue.sharing.at()
            && sharing.0
        {
            entries.push(entry("at_once", Node::text("unlimited", at)));
            entries.push(entry("slowdown", Node::text("equal sharing", at)));
        }
        self.table(entries)
    }
}
