//! Work that goes on: routing classes made from arrival classes by hand-over and by asking others.

use std::collections::BTreeMap;

use ashcloud_core::{ClassId, Preference, Span, TeamId};

use crate::classes::ArrivalClasses;
use crate::consult::{Asks, Consulting};
use crate::file::Staffing;
use crate::reader::Reader;
use crate::spec::{Asked, Consult, HandOver, Law};
use crate::staffing::{HandOverFacts, TeamFacts};

/// Most routing classes, stages included.
const STAGE_LIMIT: usize = 10_000;

/// A routing class: an arrival class, or a later stage of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stage {
    /// The arrival class it comes from.
    pub(crate) base: ClassId,
    /// Who may take it.
    pub(crate) teams: Vec<Preference>,
    /// Its own time in hand, where it differs.
    pub(crate) handling: Option<Law>,
    /// What is done there.
    pub(crate) role: Role,
}

/// What is done in a routing class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A comment or a call is answered.
    Answer,
    /// The reply to a mail is written up.
    WriteUp,
    /// A mail of another team is answered.
    Mail,
}

/// All routing classes and where their finished work goes.
pub(crate) struct Chain {
    /// Arrival classes first.
    pub(crate) stages: Vec<Stage>,
    /// Where to.
    pub(crate) hand_over: Vec<HandOver>,
    /// Where somebody is asked.
    pub(crate) consults: Vec<Consult>,
}

impl Chain {
    /// Follows hand-overs and consults from the arrival classes until no new stage arises; faults are noted, `None` where
    /// the stages are too many. Calls are answered and done.
    pub(crate) fn build(
        reader: &mut Reader,
        staffing: &Staffing,
        rules: &[HandOverFacts],
        preferences: &[Vec<Preference>],
        classes: &ArrivalClasses,
        teams: &[TeamFacts],
        consulting: &[Option<Consulting>],
    ) -> Option<Chain> {
        check_shares(reader, rules, classes);
        let mut stages: Vec<Stage> = preferences
            .iter()
            .enumerate()
            .map(|(class, teams)| Stage {
                base: ClassId(class as u16),
                teams: teams.clone(),
                handling: None,
                role: Role::Answer,
            })
            .collect();
        let arrivals = stages.len();
        let mut hand_over = Vec::new();
        let mut consults = Vec::new();
        // Where write-ups and mails go on: no rule of their own says it.
        let mut settled: BTreeMap<usize, Vec<(ClassId, f64)>> = BTreeMap::new();
        let mut id = 0;
        while id < stages.len() {
            let stage = stages[id].clone();
            let name = classes.arrivals[usize::from(stage.base.0)].0;
            let of_page = !classes.is_calls(id);
            for served_by in stage.teams.iter().map(|p| p.team).filter(|_| of_page) {
                let next = match settled.get(&id) {
                    Some(next) => next.clone(),
                    None => follow(reader, rules, served_by, name, id, arrivals, &mut stages, teams)?,
                };
                let asker = consulting[usize::from(served_by.0)].as_ref();
                if let Some(asker) = asker
                    && asker.knows[name] < 1.0
                    && stage.role != Role::WriteUp
                {
                    let write_up = stages.len();
                    stages.push(Stage {
                        base: stage.base,
                        teams: vec![only(served_by, None, teams)],
                        handling: asker.write_up.clone().or_else(|| stage.handling.clone()),
                        role: Role::WriteUp,
                    });
                    settled.insert(write_up, next.clone());
                    let (asked, forgets) = match &asker.asks {
                        Asks::Department {
                            reply,
                            hours,
                            forgets,
                        } => {
                            let (reply, hours) = (reply.clone(), hours.clone());
                            (Asked::Department { reply, hours }, *forgets)
                        }
                        Asks::Team(team) => {
                            let mail = stages.len();
                            stages.push(Stage {
                                base: stage.base,
                                teams: vec![only(*team, None, teams)],
                                handling: None,
                                role: Role::Mail,
                            });
                            settled.insert(mail, vec![(ClassId(write_up as u16), 1.0)]);
                            (Asked::Team(ClassId(mail as u16)), 0.0)
                        }
                    };
                    if stages.len() > STAGE_LIMIT {
                        let message = "asking others makes more than 10,000 classes of work";
                        reader.error(asker.at, message);
                        return None;
                    }
                    consults.push(Consult {
                        class: ClassId(id as u16),
                        team: served_by,
                        knows: asker.knows[name],
                        mail: asker.mail.clone(),
                        forgets,
                        asked,
                        write_up: ClassId(write_up as u16),
                    });
                }
                if !next.is_empty() {
                    hand_over.push(HandOver {
                        class: ClassId(id as u16),
                        team: served_by,
                        next,
                    });
                }
            }
            id += 1;
        }
        let chain = Chain {
            stages,
            hand_over,
            consults,
        };
        if let Some(rule) = rules.first()
            && !teams.is_empty()
            && !chain.ends()
        {
            let at = staffing.hand_over.place_or(rule.at);
            reader.error(at, "these hand-overs never end: some work is passed on for ever");
        }
        Some(chain)
    }

    /// Does a team take anything?
    pub(crate) fn taken_by(&self, team: TeamId) -> bool {
        self.stages.iter().any(|s| s.teams.iter().any(|p| p.team == team))
    }

    /// Can all work come to an end?
    fn ends(&self) -> bool {
        let mut good = vec![false; self.stages.len()];
        let by_stage: BTreeMap<(u16, u16), &HandOver> = self
            .hand_over
            .iter()
            .map(|h| ((h.class.0, h.team.0), h))
            .collect();
        let next = |stage: usize, team: TeamId| by_stage.get(&(stage as u16, team.0));
        loop {
            let mut changed = false;
            for stage in 0..self.stages.len() {
                let answered = |p: &Preference| match next(stage, p.team) {
                    None => true,
                    Some(h) => {
                        h.next.iter().map(|n| n.1).sum::<f64>() < 1.0 - 1e-9
                            || h.next.iter().any(|n| n.1 > 0.0 && good[usize::from(n.0.0)])
                    }
                };
                let teams = &self.stages[stage].teams;
                if !good[stage] && (teams.is_empty() || teams.iter().all(answered)) {
                    good[stage] = true;
                    changed = true;
                }
            }
            if !changed {
                return good.into_iter().all(|g| g);
            }
        }
    }
}

/// Where the finished work of a stage goes by the rules, with new stages where it needs them; `None` where these are
/// too many.
#[allow(
    clippy::too_many_arguments,
    reason = "what the rules read, and the stages they make"
)]
fn follow(
    reader: &mut Reader,
    rules: &[HandOverFacts],
    served_by: TeamId,
    name: usize,
    id: usize,
    arrivals: usize,
    stages: &mut Vec<Stage>,
    teams: &[TeamFacts],
) -> Option<Vec<(ClassId, f64)>> {
    let mut next: Vec<(ClassId, f64)> = Vec::new();
    for rule in rules
        .iter()
        .filter(|r| r.from == served_by && r.class.is_none_or(|c| c == name))
    {
        let stage = &stages[id];
        // Feedback to the only team that takes the class is the class itself, come again.
        let itself = rule.handling.is_none()
            && stage.handling.is_none()
            && stage.teams.len() == 1
            && stage.teams[0].team == rule.to;
        let to = if itself {
            id
        } else {
            let wanted = Stage {
                base: stage.base,
                teams: vec![only(rule.to, Some(stage.base), teams)],
                handling: rule.handling.clone(),
                role: Role::Answer,
            };
            let known = stages[arrivals..].iter().position(|s| *s == wanted);
            known.map_or_else(
                || {
                    stages.push(wanted);
                    stages.len() - 1
                },
                |place| arrivals + place,
            )
        };
        if stages.len() > STAGE_LIMIT {
            reader.error(rule.at, "these hand-overs make more than 10,000 classes of work");
            return None;
        }
        let to = ClassId(to as u16);
        match next.iter_mut().find(|n| n.0 == to) {
            Some(known) => known.1 += rule.share,
            None => next.push((to, rule.share)),
        }
    }
    Some(next)
}

/// The one team that takes a later stage, with the agents that it keeps free: for calls, and from a class that is handed over to it.
fn only(team: TeamId, handed_over: Option<ClassId>, teams: &[TeamFacts]) -> Preference {
    let reserve = |facts: &TeamFacts| {
        let skill = handed_over.and_then(|class| *facts.matches.get(usize::from(class.0))?);
        facts.reserve.max(skill.map_or(0, |found| found.reserve))
    };
    Preference {
        team,
        rank: 0,
        after: Span::ZERO,
        reserve: teams.get(usize::from(team.0)).map_or(0, reserve),
    }
}

/// Shares of one team and class sum to at most 1.
fn check_shares(reader: &mut Reader, rules: &[HandOverFacts], classes: &ArrivalClasses) {
    for class in 0..classes.classes.len() {
        let mut done: Vec<TeamId> = Vec::new();
        for rule in rules.iter().filter(|r| r.class.is_none_or(|c| c == class)) {
            if done.contains(&rule.from) {
                continue;
            }
            done.push(rule.from);
            let of_team = rules
                .iter()
                .filter(|r| r.from == rule.from && r.class.is_none_or(|c| c == class));
            let sum: f64 = of_team.map(|r| r.share).sum();
            if sum > 1.0 + 1e-9 {
                let message = format!(
                    "the shares of `{}` that this team hands over sum to more than 1",
                    classes.classes[class]
                );
                reader
                    .error(rule.at, message)
                    .found(format!("{}", (sum * 1e10).round() / 1e10));
            }
        }
    }
}
