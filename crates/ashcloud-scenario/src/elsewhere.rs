//! Where a field stands that was written into another table.

use crate::file::{
    AttentionShape, Class, Department, Experiment, HandOverShape, ModelTable, Observe, Phone, PickShape,
    Queue, Routing, Scenario, Score, Shift, Skill, SofaShape, Staffing, Stream, Target, Team,
};
use crate::shape::Read;

/// What a table says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    WhoAnswers,
    WhatIsAsked,
    Both,
}

/// A table of a file.
struct Place {
    /// What faults call it.
    label: String,
    /// How it is written.
    written: &'static str,
    keys: &'static [&'static str],
    /// What it says; a table that repeats others (the short form) is asked last.
    says: Says,
}

fn places() -> Vec<Place> {
    fn place<T: Read>(written: &'static str, keys: &'static [&'static str], says: Says) -> Place {
        Place {
            label: T::what(),
            written,
            keys,
            says,
        }
    }
    use Says::{Both, WhatIsAsked, WhoAnswers};
    vec![
        place::<Team>("[[teams]]", Team::KEYS, WhoAnswers),
        place::<Routing>("[routing]", Routing::KEYS, WhoAnswers),
        place::<Department>("[departments.NAME]", Department::KEYS, WhoAnswers),
        place::<HandOverShape>("[[hand_over]]", HandOverShape::KEYS, WhoAnswers),
        place::<AttentionShape>("a team's `attention`", AttentionShape::KEYS, WhoAnswers),
        place::<PickShape>("`pick` of a team's `attention`", PickShape::KEYS, WhoAnswers),
        place::<SofaShape>(
            "`sofa_check` of a team's `attention`",
            SofaShape::KEYS,
            WhoAnswers,
        ),
        place::<Shift>("a team's `shifts`", Shift::KEYS, WhoAnswers),
        place::<Skill>("a team's `skills`", Skill::KEYS, WhoAnswers),
        place::<Score>("`score` of [routing]", Score::KEYS, WhoAnswers),
        place::<Staffing>("the staffing file, above its tables", Staffing::KEYS, WhoAnswers),
        place::<Stream>("[[arrivals]]", Stream::KEYS, WhatIsAsked),
        place::<Phone>("[phone]", Phone::KEYS, WhatIsAsked),
        place::<Class>("[classes.NAME]", Class::KEYS, WhatIsAsked),
        place::<Target>("[[targets]]", Target::KEYS, WhatIsAsked),
        place::<Experiment>("[experiment]", Experiment::KEYS, WhatIsAsked),
        place::<ModelTable>("`models` of [experiment]", ModelTable::KEYS, WhatIsAsked),
        place::<Observe>("[observe]", Observe::KEYS, WhatIsAsked),
        place::<Queue>("[queue]", Queue::KEYS, Both),
        place::<Scenario>("the scenario file, above its tables", Scenario::KEYS, WhatIsAsked),
    ]
}

/// Says where a field stands that the table `label` does not have, where another has it: first a table that says the same
/// kind of thing (who answers; what arrives and what is asked), else any.
pub(crate) fn elsewhere(key: &str, label: &str) -> Option<String> {
    let places = places();
    let begins = |place: &Place| place.label.split(", such as ").next() == Some(label);
    let here = places.iter().find(|p| begins(p))?;
    if here.label == Phone::what() && matches!(key, "hours" | "shifts") {
        return Some("calls come at all hours and are taken while a team that takes them is open".into());
    }
    let of = |says: Says| -> Vec<&str> {
        let has = |p: &&Place| p.says == says && p.keys.contains(&key);
        places.iter().filter(has).map(|p| p.written).collect()
    };
    let (first, second) = match here.says {
        Says::WhoAnswers => (Says::WhoAnswers, Says::WhatIsAsked),
        Says::WhatIsAsked | Says::Both => (Says::WhatIsAsked, Says::WhoAnswers),
    };
    let mut found = of(first);
    if found.is_empty() {
        found = of(second);
    }
    if found.is_empty() || here.label == Scenario::what() {
        found.extend(of(Says::Both));
    }
    let last = found.pop()?;
    match found.as_slice() {
        [] => Some(format!("`{key}` stands in {last}")),
        [first] => Some(format!("`{key}` stands in {first} or {last}")),
        // What many have says nothing.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_sent_where_it_stands() {
        for (key, label, said) in [
            ("answers", "a team", Some("`answers` stands in [routing]")),
            ("order", "a team", Some("`order` stands in [routing]")),
            (
                "order",
                "the scenario file",
                Some("`order` stands in [routing] or [queue]"),
            ),
            (
                "horizon",
                "a team",
                Some("`horizon` stands in the scenario file, above its tables"),
            ),
            (
                "hours",
                "`phone`",
                Some("calls come at all hours and are taken while a team that takes them is open"),
            ),
            (
                "scan",
                "a table of attention",
                Some("`scan` stands in `pick` of a team's `attention`"),
            ),
            (
                "agents",
                "a target",
                Some("`agents` stands in [[teams]] or a team's `shifts`"),
            ),
            ("capacity", "a target", Some("`capacity` stands in [routing]")),
            ("service", "a class", Some("`service` stands in [queue]")),
            ("name", "`routing`", None),
            ("zebra", "a team", None),
            ("answers", "a law", None),
        ] {
            assert_eq!(elsewhere(key, label).as_deref(), said, "{key} in {label}");
        }
    }
}
