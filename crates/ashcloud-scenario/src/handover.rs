//! Work that goes on: routing classes made from arrival classes by hand-over.

use ashcloud_core::{ClassId, Preference, Span, TeamId};

use crate::classes::ArrivalClasses;
use crate::file::Staffing;
use crate::reader::Reader;
use crate::spec::{HandOver, Law};
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
}

/// All routing classes and where their finished work goes.
pub(crate) struct Chain {
    /// Arrival classes first.
    pub(crate) stages: Vec<Stage>,
    /// Where to.
    pub(crate) hand_over: Vec<HandOver>,
}

impl Chain {
    /// Follows hand-overs from the arrival classes until no new stage arises; faults are noted, `None` where the stages
    /// are too many.
    pub(crate) fn build(
        reader: &mut Reader,
        staffing: &Staffing,
        rules: &[HandOverFacts],
        preferences: &[Vec<Preference>],
        classes: &ArrivalClasses,
        teams: &[TeamFacts],
    ) -> Option<Chain> {
        check_shares(reader, rules, classes);
        let mut stages: Vec<Stage> = preferences
            .iter()
            .enumerate()
            .map(|(class, teams)| Stage {
                base: ClassId(class as u16),
                teams: teams.clone(),
                handling: None,
            })
            .collect();
        let arrivals = stages.len();
        let mut hand_over = Vec::new();
        let mut id = 0;
        while id < stages.len() {
            let stage = stages[id].clone();
            let name = classes.arrivals[usize::from(stage.base.0)].0;
            for served_by in stage.teams.iter().map(|p| p.team) {
                let mut next: Vec<(ClassId, f64)> = Vec::new();
                for rule in rules
                    .iter()
                    .filter(|r| r.from == served_by && r.class.is_none_or(|c| c == name))
                {
                    let only = [Preference {
                        team: rule.to,
                        rank: 0,
                        after: Span::ZERO,
                        reserve: 0,
                    }];
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
                            teams: only.to_vec(),
                            handling: rule.handling.clone(),
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
        let chain = Chain { stages, hand_over };
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
        let next = |stage: usize, team: TeamId| {
            self.hand_over
                .iter()
                .find(|h| usize::from(h.class.0) == stage && h.team == team)
        };
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
