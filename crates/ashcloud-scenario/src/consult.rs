//! Who asks whom: teams that do not know every answer, and the departments that are asked.

use std::sync::Arc;

use ashcloud_core::{Hours, TeamId, Time};

use crate::data::CsvCache;
use crate::file::{Department, SharePerClass, Staffing, Team};
use crate::law::time_law;
use crate::reader::Reader;
use crate::roster;
use crate::shape::{Either, Field, NamedEntry};
use crate::spec::Law;
use crate::staffing::{Setting, check_page_class, known_classes};
use crate::tree::Origin;

/// What a team does with what it does not know.
pub(crate) struct Consulting {
    /// Probability of knowing the answer, by class name.
    pub(crate) knows: Vec<f64>,
    /// Who is asked.
    pub(crate) asks: Asks,
    /// Time in hand for the mail.
    pub(crate) mail: Option<Law>,
    /// Time in hand for the write-up.
    pub(crate) write_up: Option<Law>,
    /// Where the file says so.
    pub(crate) at: Origin,
}

/// Who is asked.
#[derive(Clone)]
pub(crate) enum Asks {
    /// A department that is not simulated.
    Department {
        /// Law of the delay, in opening time.
        reply: Law,
        /// Opening hours.
        hours: Arc<Hours>,
        /// Probability that the mail is never answered.
        forgets: f64,
    },
    /// A team of the model.
    Team(TeamId),
}

/// Reads who asks whom, one entry per team; `None` for a team that asks nobody. Faults are noted.
pub(crate) fn consulting(
    reader: &mut Reader,
    csv: &mut CsvCache,
    staffing: &Staffing,
    shapes: &[Team],
    team_names: &[String],
    setting: &Setting<'_>,
) -> Vec<Option<Consulting>> {
    let departments = staffing.departments.get().map_or(&[][..], |d| d.0.as_slice());
    let asked: Vec<Option<Asks>> = departments
        .iter()
        .map(|entry| department(reader, csv, entry, team_names, setting))
        .collect();
    let mut named = vec![false; departments.len()];
    let mut out = Vec::new();
    for (place, shape) in shapes.iter().enumerate() {
        let knows = per_class(reader, &shape.knows_answer, setting);
        let mail = time_law(reader, csv, &shape.mail);
        let write_up = time_law(reader, csv, &shape.write_up);
        if !shape.consults.given() {
            for (name, given, at) in [
                ("mail", shape.mail.given(), shape.mail.place_or(shape.here)),
                (
                    "write_up",
                    shape.write_up.given(),
                    shape.write_up.place_or(shape.here),
                ),
            ] {
                if given {
                    let message =
                        format!("`{name}` is for teams that ask somebody, and this one has no `consults`");
                    let fault = reader.error(at, message);
                    fault.help("consults = the name of a department or of another team");
                }
            }
            if lacks_answers(&shape.knows_answer) {
                let at = shape.knows_answer.place_or(shape.here);
                let fault = reader.error(
                    at,
                    "who does not know every answer must ask somebody: this team lacks `consults`",
                );
                fault.help("consults = the name of a department or of another team");
            }
            out.push(None);
            continue;
        }
        let Some((name, at)) = shape.consults.at() else {
            out.push(None);
            continue;
        };
        if !shape.faulty
            && !lacks_answers(&shape.knows_answer)
            && (shape.knows_answer.get().is_some() || !shape.knows_answer.given())
        {
            // Set to 1 on the command line or by the list of models, beside the file's `consults`: that is meant.
            let set = shape.knows_answer.place_or(at).source != at.source;
            let fault = reader
                .warning(at, "nobody is ever asked: this team knows every answer")
                .code("nobody-is-asked");
            fault.help(if set {
                "`consults` has no effect now"
            } else {
                "knows_answer = a share below 1"
            });
        }
        let department = departments.iter().position(|d| d.key == name.0);
        let team = team_names.iter().position(|t| *t == name.0);
        let asks = match (department, team) {
            (Some(found), _) => {
                named[found] = true;
                if let Some(shape) = &departments[found].value
                    && !shape.reply.given()
                {
                    reader.missing(
                        shape.here,
                        "reply",
                        &format!("the department `{}`", name.0),
                        "a law, such as { lognormal = { mean = \"75m\", cv = 1.2 } }",
                    );
                }
                asked[found].clone()
            }
            (None, Some(team)) if team == place => {
                let fault = reader.error(at, "a team cannot ask itself");
                fault.help("name a department, or another team");
                None
            }
            (None, Some(team)) => Some(Asks::Team(TeamId(team as u16))),
            (None, None) => {
                let known: Vec<&str> = departments
                    .iter()
                    .map(|d| d.key.as_str())
                    .chain(
                        team_names
                            .iter()
                            .enumerate()
                            .filter(|t| t.0 != place)
                            .map(|t| t.1.as_str()),
                    )
                    .collect();
                let help = reader
                    .did_you_mean(at, &name.0, &known)
                    .unwrap_or_else(|| format!("write [departments.\"{}\"], with `reply`", name.0));
                reader
                    .error(at, format!("no department or team is named `{}`", name.0))
                    .help(help);
                None
            }
        };
        out.push(asks.map(|asks| Consulting {
            knows,
            asks,
            mail,
            write_up,
            at,
        }));
    }
    for (entry, named) in departments.iter().zip(named) {
        if !named {
            reader
                .warning(
                    entry.key_at,
                    format!("no team asks the department `{}`", entry.key),
                )
                .code("department-never-asked");
        }
    }
    refuse_circles(reader, &mut out, team_names);
    out
}

/// What is known of a department; `None` where it cannot be asked.
fn department(
    reader: &mut Reader,
    csv: &mut CsvCache,
    entry: &NamedEntry<Department>,
    team_names: &[String],
    setting: &Setting<'_>,
) -> Option<Asks> {
    if team_names.contains(&entry.key) {
        let message = format!("a department and a team are both named `{}`", entry.key);
        reader
            .error(entry.key_at, message)
            .help("`consults` could mean either: give one of them another name");
    }
    let shape = entry.value.as_ref()?;
    let reply = time_law(reader, csv, &shape.reply);
    let end = setting.world.world.end;
    let hours = match shape.hours.at() {
        Some((Either::A(hours), at)) => {
            let hours = roster::hours_alone(reader, &setting.world.calendar, end, hours, at);
            if hours.as_ref().is_some_and(|h| h.intervals().next().is_none()) {
                let message = "this department is never open within the run: nobody gets a reply";
                reader.warning(at, message).code("department-never-open");
            }
            hours
        }
        _ => Some(Hours::new([(Time::ZERO, end)])),
    };
    Some(Asks::Department {
        reply: reply?,
        hours: Arc::new(hours?),
        forgets: shape.forgets.get().map_or(0.0, |f| f.0),
    })
}

/// A share of each class name; 1 where the field or the class is absent.
pub(crate) fn per_class(
    reader: &mut Reader,
    field: &Field<SharePerClass>,
    setting: &Setting<'_>,
) -> Vec<f64> {
    let names = &setting.classes.classes;
    match field.get() {
        None => vec![1.0; names.len()],
        Some(Either::A(share)) => vec![share.0; names.len()],
        Some(Either::B(table)) => {
            let known = known_classes(setting);
            for entry in &table.0 {
                check_page_class(reader, &entry.key, entry.key_at, setting, &known);
            }
            let share = |name: &String| table.0.iter().find(|e| e.key == *name).and_then(|e| e.value);
            names
                .iter()
                .map(|name| share(name).map_or(1.0, |s| s.0))
                .collect()
        }
    }
}

/// Does the file leave any answer unknown?
fn lacks_answers(field: &Field<SharePerClass>) -> bool {
    match field.get() {
        None => false,
        Some(Either::A(share)) => share.0 < 1.0,
        Some(Either::B(table)) => table.0.iter().any(|e| e.value.is_some_and(|s| s.0 < 1.0)),
    }
}

/// Teams that ask each other in a circle: a mail would never be answered. The circle is cut where it was noted.
fn refuse_circles(reader: &mut Reader, teams: &mut [Option<Consulting>], names: &[String]) {
    for first in 0..teams.len() {
        let mut circle = vec![first];
        let mut at = first;
        // Who is not back after as many steps as there are teams runs into another circle, which is noted there.
        for _ in 0..teams.len() {
            let next = match &teams[at] {
                Some(c) if c.knows.iter().any(|k| *k < 1.0) => match c.asks {
                    Asks::Team(team) => usize::from(team.0),
                    Asks::Department { .. } => break,
                },
                _ => break,
            };
            if next == first {
                let mut all: Vec<String> = circle.iter().map(|t| format!("`{}`", names[*t])).collect();
                let last = all.pop().unwrap_or_default();
                let message = format!("{} and {last} ask each other in a circle", all.join(", "));
                if let Some(consulting) = teams[first].take() {
                    reader
                        .error(consulting.at, message)
                        .help("let one of them know every answer, or ask a department");
                }
                break;
            }
            circle.push(next);
            at = next;
        }
    }
}
