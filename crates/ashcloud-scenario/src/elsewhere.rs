//! Where a field stands that was written into another table.

use crate::file::{
    AttentionShape, Class, Department, Experiment, HandOverShape, ModelTable, Observe, Phone, PickShape, Queue,
    Routing, Scenario, Score, Shift, Skill, SofaShape, Staffing, Stream, Target, Team,
};
use crate::shape::Read;

/// A table of a file.
struct Place {
    /// What faults call it.
    label: String,
    /// How it is written.
    written: &'static str,
    keys: &'static [&'static str],
    /// Does it say who answers, or what arrives and what is asked?
    staffing: bool,
}

fn places() -> Vec<Place> {
    fn place<T: Read>(written: &'static str, keys: &'static [&'static str], staffing: bool) -> Place {
        Place {
            label: T::what(),
            written,
            keys,
            staffing,
        }
    }
    vec![
        place::<Team>("[[teams]]", Team::KEYS, true),
        place::<Routing>("[routing]", Routing::KEYS, true),
        place::<Department>("[departments.NAME]", Department::KEYS, true),
        place::<HandOverShape>("[[hand_over]]", HandOverShape::KEYS, true),
        place::<AttentionShape>("a team's `attention`", AttentionShape::KEYS, true),
        place::<PickShape>("`pick` of a team's `attention`", PickShape::KEYS, true),
        place::<SofaShape>("`sofa_check` of a team's `attention`", SofaShape::KEYS, true),
        place::<Shift>("a team's `shifts`", Shift::KEYS, true),
        place::<Skill>("a team's `skills`", Skill::KEYS, true),
        place::<Score>("`score` of [routing]", Score::KEYS, true),
        place::<Staffing>("the staffing file, above its tables", Staffing::KEYS, true),
        place::<Stream>("[[arrivals]]", Stream::KEYS, false),
        place::<Phone>("[phone]", Phone::KEYS, false),
        place::<Class>("[classes.NAME]", Class::KEYS, false),
        place::<Target>("[[targets]]", Target::KEYS, false),
        place::<Experiment>("[experiment]", Experiment::KEYS, false),
        place::<ModelTable>("`models` of [experiment]", ModelTable::KEYS, false),
        place::<Observe>("[observe]", Observe::KEYS, false),
        place::<Queue>("[queue]", Queue::KEYS, false),
        place::<Scenario>("the scenario file, above its tables", Scenario::KEYS, false),
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
    let of = |staffing: bool| -> Vec<&str> {
        places
            .iter()
            .filter(|p| p.staffing == staffing && p.keys.contains(&key))
            .map(|p| p.written)
            .collect()
    };
    let mut found = of(here.staffing);
    if found.is_empty() || here.label == Scenario::what() {
        found.extend(of(!here.staffing));
    }
    let last = found.pop()?;
    match found.as_slice() {
        [] => Some(format!("`{key}` stands in {last}")),
        [_] | [_, _] => Some(format!("`{key}` stands in {} or {last}", found.join(", "))),
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
            ("order", "the scenario file", Some("`order` stands in [queue] or [routing]")),
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
            ("scan", "a table of attention", Some("`scan` stands in `pick` of a team's `attention`")),
            ("name", "`routing`", None),
            ("zebra", "a team", None),
            ("answers", "a law", None),
        ] {
            assert_eq!(elsewhere(key, label).as_deref(), said, "{key} in {label}");
        }
    }
}
