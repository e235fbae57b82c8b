//! Orders: which rule picks the next comment, and which number each class carries for it.

use ashcloud_core::{Between, Order, Preemption, Span};

use crate::classes::ClassFacts;
use crate::file::{BetweenWord, OrderWord, PreemptWord, Routing, Score};
use crate::reader::Reader;
use crate::spec::Key;
use crate::tree::Origin;

/// The rules of a staffing model, per class name.
pub(crate) struct Rules {
    /// Order within each class.
    pub(crate) orders: Vec<OrderWord>,
    /// Across classes of equal rank.
    pub(crate) between: Between,
    /// Who may interrupt.
    pub(crate) preemption: Preemption,
    /// The number each class carries.
    pub(crate) keys: Vec<Key>,
    /// Priority gained per second, for [`Between::Accumulating`].
    pub(crate) slopes: Vec<u32>,
    /// Where the order stands.
    pub(crate) order_at: Origin,
    /// Where the rule of interruption stands, else the order.
    pub(crate) preempt_at: Origin,
    /// Does the order of any class take speeds other than 1 amiss?
    pub(crate) by_remaining: bool,
}

/// Reads the rules for these classes; faults are noted. Calls (a class by its place) are taken oldest first, unless
/// remaining work decides who is interrupted.
pub(crate) fn rules(
    reader: &mut Reader,
    routing: Option<&Routing>,
    here: Origin,
    names: &[String],
    facts: &[Option<ClassFacts>],
    calls: Option<usize>,
) -> Rules {
    let general = routing
        .and_then(|r| r.order.get())
        .copied()
        .unwrap_or(OrderWord::OldestFirst);
    let order_at = routing.map_or(here, |r| r.order.place_or(r.here));
    let mut orders = vec![general; names.len()];
    if let Some(own) = routing.and_then(|r| r.orders.get()) {
        for entry in &own.0 {
            if let (Some(class), Some(order)) = (names.iter().position(|n| *n == entry.key), entry.value) {
                orders[class] = order;
            }
        }
    }
    let by_work = general == OrderWord::ShortestRemaining
        || routing.is_some_and(|r| r.preempt.get() == Some(&PreemptWord::ShorterRemaining));
    if let (Some(calls), false) = (calls, by_work) {
        orders[calls] = OrderWord::OldestFirst;
    }
    let score = routing.and_then(|r| r.score.get());
    let points = Points::new(score);
    let weighted = orders.contains(&OrderWord::WeightedScore) || general == OrderWord::WeightedScore;
    if let (Some(score), false) = (score, weighted) {
        let fault = reader
            .warning(score.here, "only the order \"weighted-score\" reads `score`")
            .code("score-unread");
        fault.help("order = \"weighted-score\"");
    }
    if weighted && points.is_nothing() {
        let at = score.map_or(order_at, |s| s.here);
        reader.error(at, "a weighted score needs at least one weight above 0");
    }
    let target = score.and_then(|s| s.target.at());
    if let Some((target, at)) = target
        && target.span == Span::ZERO
    {
        reader.error(at, "the score's target must be longer than 0");
    }
    let between = between(routing, general, &points);
    let targets: Vec<f64> = facts
        .iter()
        .map(|f| {
            let due = f.as_ref().map_or(Span::HOUR, |f| f.due);
            target.map_or(due, |t| t.0.span).seconds().max(1e-9)
        })
        .collect();
    let keys = (0..names.len())
        .map(|class| {
            key(
                orders[class],
                between,
                &points,
                targets[class],
                facts[class].as_ref(),
            )
        })
        .collect();
    let slopes = slopes(&orders, &targets, facts);
    let (preemption, preempt_at) = preemption(reader, routing, general, &orders, order_at);
    Rules {
        by_remaining: orders.contains(&OrderWord::ShortestRemaining)
            || preemption == Preemption::ShorterRemaining,
        orders,
        between,
        preemption,
        keys,
        slopes,
        order_at,
        preempt_at,
    }
}

/// Weights of a score.
#[derive(Clone, Copy)]
struct Points {
    age: f64,
    angry: f64,
    followers: f64,
    topic: f64,
    thread: f64,
}

impl Points {
    /// Of the table; without one, age alone.
    fn new(score: Option<&Score>) -> Points {
        let Some(s) = score else {
            return Points {
                age: 1.0,
                angry: 0.0,
                followers: 0.0,
                topic: 0.0,
                thread: 0.0,
            };
        };
        let weight = |field: &crate::shape::Field<crate::shape::Number>, default: f64| {
            field.get().map_or(default, |n| n.0)
        };
        Points {
            age: weight(&s.age, 1.0),
            angry: weight(&s.angry, 0.0),
            followers: weight(&s.followers, 0.0),
            topic: weight(&s.topic, 0.0),
            thread: weight(&s.thread, 0.0),
        }
    }

    fn is_nothing(&self) -> bool {
        [self.age, self.angry, self.followers, self.topic, self.thread]
            .iter()
            .all(|w| *w == 0.0)
    }
}

fn between(routing: Option<&Routing>, general: OrderWord, points: &Points) -> Between {
    match routing.and_then(|r| r.between.get()) {
        Some(BetweenWord::Oldest) => Between::Oldest,
        Some(BetweenWord::Newest) => Between::Newest,
        Some(BetweenWord::SmallestKey) => Between::SmallestKey,
        Some(BetweenWord::Accumulating) => Between::Accumulating,
        None => match general {
            OrderWord::OldestFirst => Between::Oldest,
            OrderWord::NewestFirst => Between::Newest,
            OrderWord::AccumulatingPriority => Between::Accumulating,
            OrderWord::WeightedScore if points.age > 0.0 => Between::Accumulating,
            _ => Between::SmallestKey,
        },
    }
}

fn key(order: OrderWord, between: Between, p: &Points, target: f64, facts: Option<&ClassFacts>) -> Key {
    // A virtual arrival time without points: the arrival itself.
    let arrival = Key::Score {
        angry: 0.0,
        followers: 0.0,
        topic: 0.0,
        thread: 0.0,
        seconds_per_point: 1.0,
    };
    match order {
        OrderWord::Random => Key::Random,
        OrderWord::EarliestDeadline => Key::Due(facts.map_or(Span::HOUR, |f| f.due)),
        OrderWord::ShortestWork | OrderWord::ShortestRemaining => Key::Work,
        OrderWord::AccumulatingPriority => arrival,
        OrderWord::WeightedScore if p.age > 0.0 => Key::Score {
            angry: p.angry,
            followers: p.followers,
            topic: p.topic,
            thread: p.thread,
            seconds_per_point: target / p.age,
        },
        OrderWord::WeightedScore => Key::Points {
            angry: p.angry,
            followers: p.followers,
            topic: p.topic,
            thread: p.thread,
        },
        OrderWord::OldestFirst | OrderWord::NewestFirst if between == Between::Accumulating => arrival,
        OrderWord::OldestFirst | OrderWord::NewestFirst => Key::None,
    }
}

/// Weights; under a weighted score age/target, scaled so that the shortest target has 1,000,000 (1 where all are equal).
fn slopes(orders: &[OrderWord], targets: &[f64], facts: &[Option<ClassFacts>]) -> Vec<u32> {
    let scored = || {
        orders
            .iter()
            .zip(targets)
            .filter(|(o, _)| **o == OrderWord::WeightedScore)
            .map(|(_, t)| *t)
    };
    let shortest = scored().fold(f64::INFINITY, f64::min);
    let longest = scored().fold(0.0, f64::max);
    let slope = |class: usize| {
        if orders[class] != OrderWord::WeightedScore {
            facts[class].as_ref().map_or(1, |f| f.weight)
        } else if shortest == longest {
            1
        } else {
            ((shortest / targets[class] * 1e6).round() as u32).max(1)
        }
    };
    (0..orders.len()).map(slope).collect()
}

fn preemption(
    reader: &mut Reader,
    routing: Option<&Routing>,
    general: OrderWord,
    orders: &[OrderWord],
    order_at: Origin,
) -> (Preemption, Origin) {
    let Some((word, at)) = routing.and_then(|r| r.preempt.at()) else {
        let default = match general {
            OrderWord::ShortestRemaining => Preemption::ShorterRemaining,
            _ => Preemption::Never,
        };
        return (default, order_at);
    };
    let rule = match word {
        PreemptWord::Never => Preemption::Never,
        PreemptWord::BetterRank => Preemption::BetterRank,
        PreemptWord::Newest => Preemption::Newest,
        PreemptWord::ShorterRemaining => Preemption::ShorterRemaining,
    };
    let by_work = |o: &OrderWord| matches!(o, OrderWord::ShortestWork | OrderWord::ShortestRemaining);
    if rule == Preemption::ShorterRemaining && !orders.iter().all(by_work) {
        let message = "to interrupt by remaining work, every class must be ordered by work";
        reader
            .error(at, message)
            .help("order = \"shortest-remaining\" or \"shortest-work\"");
    }
    (rule, at)
}

impl Rules {
    /// The order of a class as the router knows it.
    pub(crate) fn order(&self, class: usize) -> Order {
        match self.orders[class] {
            OrderWord::OldestFirst | OrderWord::AccumulatingPriority => Order::OldestFirst,
            OrderWord::NewestFirst => Order::NewestFirst,
            OrderWord::ShortestRemaining => Order::ShortestRemaining,
            _ => Order::SmallestKey,
        }
    }

    /// Can these two classes be compared where an agent chooses between them?
    pub(crate) fn comparable(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.keys[a], &self.keys[b]);
        match self.between {
            Between::Oldest | Between::Newest => true,
            Between::SmallestKey => {
                std::mem::discriminant(a) == std::mem::discriminant(b) && !matches!(a, Key::None)
            }
            Between::Accumulating => matches!((a, b), (Key::Score { .. }, Key::Score { .. })),
        }
    }
}

/// Notes a fault where a rule names a class that is not known anywhere.
pub(crate) fn check_class(reader: &mut Reader, class: &str, at: Origin, known: &[&str]) {
    if !known.contains(&class) && !reader.is_undeclared(class) {
        let help = reader.did_you_mean(at, class, known);
        reader.error(at, format!("unknown class `{class}`")).suggestion = help;
    }
}
