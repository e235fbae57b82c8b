//! The router under a small driver of its own: fixed work, everything checked after every event.

use super::*;
use crate::plan::{Attention, CHANCES, ClassPlan, Expiry, Preference, Takes, TeamPlan};
use crate::{Lists, Rings, RoomKind, Slots};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A comment of a test: when, which class, how patient, key, work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) at: u64,
    pub(super) class: u16,
    pub(super) patience: u64,
    pub(super) key: i64,
    pub(super) work: u64,
    fate: Fate,
    chance: u32,
}

/// What whoever has it in hand makes of it at first.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Answer,
    ScrollPast,
    /// Somebody outside is asked, who answers after so long; then the same class takes it again.
    Ask(u64),
}

/// Gap and session of part-time attention in these tests.
const GAP: u64 = 7;
const SESSION: u64 = 20;

fn case(at: u64, class: u16, work: u64) -> Case {
    Case {
        at,
        class,
        patience: u64::MAX / 2,
        key: work as i64,
        work,
        fate: Fate::Answer,
        chance: 0,
    }
}

fn class(teams: &[u16]) -> ClassPlan {
    let teams = teams.iter().enumerate();
    let preference = |(i, &t): (usize, &u16)| Preference {
        team: TeamId(t),
        rank: i as u8,
        after: Span::ZERO,
        reserve: 0,
    };
    ClassPlan {
        order: Order::OldestFirst,
        teams: teams.map(preference).collect(),
        slope: 1,
        queue_capacity: None,
        lines: None,
        taken_on: CHANCES,
    }
}

fn team(agents: u32, classes: &[u16]) -> TeamPlan {
    let takes = classes
        .iter()
        .enumerate()
        .map(|(i, &c)| Takes {
            class: ClassId(c),
            rank: i as u8,
        })
        .collect();
    TeamPlan {
        agents: Some(agents),
        at_once: 1,
        takes,
        between: Between::Oldest,
        leaves_first: LeavesFirst::LastListed,
        late_finish: LateFinish::Finish,
        attention: Attention::Full,
    }
}

fn plan(classes: Vec<ClassPlan>, teams: Vec<TeamPlan>) -> Plan {
    Plan {
        classes,
        teams,
        roster: vec![],
        doors: vec![],
        choice: AgentChoice::LongestIdle,
        finishes_may_tie: true,
        preemption: Preemption::Never,
        capacity: None,
        expiry: Expiry::Silent,
    }
}

/// What became of each comment, in the words of the log: "3+0@1" is "at 3, comment 0 was begun by agent 1".
#[derive(Default)]
struct Run {
    now: u64,
    log: Vec<String>,
    /// Waiting: id -> (class, since, leaves).
    waiting: BTreeMap<u64, (u16, u64, u64)>,
    /// In work: agent -> (id, finish); one each.
    work: BTreeMap<u32, Vec<(u64, Ticket, u64)>>,
    left_of: BTreeMap<u64, u64>,
    on_duty: BTreeMap<u32, bool>,
    /// Agents with part-time attention who look now.
    at_page: BTreeMap<u32, u64>,
    /// Agents with part-time attention, and when those who are away look again.
    part_time: BTreeMap<u32, Option<u64>>,
    /// Answers from outside on their way: when, which comment, its ticket.
    replies: Vec<(u64, u64, Ticket)>,
    asked: Vec<u64>,
    /// Since when those wait who came back with an answer from outside.
    anew: BTreeMap<u64, u64>,
    /// Returns since the last look.
    returned: Vec<u64>,
    cases: Vec<Case>,
}

impl Sink for Run {
    fn put(&mut self, now: Time, output: Output) {
        assert_eq!(now.0, self.now);
        let now = now.0;
        match output {
            Output::Started {
                id, agent, ticket, ..
            } => {
                let case = self.cases[id.0 as usize];
                assert!(
                    now <= case.at.saturating_add(case.patience),
                    "{id:?} was begun after it had left"
                );
                self.waiting.remove(&id.0);
                assert!(
                    !self.part_time.contains_key(&agent.0) || self.at_page.contains_key(&agent.0),
                    "who is away begins nothing"
                );
                let left = self.left_of.get(&id.0).copied().unwrap_or(case.work);
                self.work
                    .entry(agent.0)
                    .or_default()
                    .push((id.0, ticket, now + left));
                self.log.push(format!("{now}+{}@{}", id.0, agent.0));
            }
            Output::Queued { id, class, .. } => {
                let case = self.cases[id.0 as usize];
                self.waiting
                    .insert(id.0, (class.0, now, case.at.saturating_add(case.patience)));
                self.log.push(format!("{now}?{}", id.0));
            }
            Output::Left { id, at, .. } => {
                let case = self.cases[id.0 as usize];
                assert_eq!(at.0, case.at + case.patience, "it leaves when its patience ends");
                assert!(self.waiting.remove(&id.0).is_some());
                self.log.push(format!("{}-{}", at.0, id.0));
            }
            Output::Blocked { id, .. } => self.log.push(format!("{now}!{}", id.0)),
            Output::Returned { id, agent, class, .. } => {
                let held = self.work.get_mut(&agent.0).unwrap();
                let i = held.iter().position(|h| h.0 == id.0).unwrap();
                let (_, _, finish) = held.remove(i);
                self.left_of.insert(id.0, finish - now);
                let case = &mut self.cases[id.0 as usize];
                case.patience = case.patience.max(now - case.at);
                let since = self.anew.get(&id.0).copied().unwrap_or(case.at);
                self.waiting
                    .insert(id.0, (class.0, since, case.at.saturating_add(case.patience)));
                self.returned.push(id.0);
                self.log.push(format!("{now}<{}@{}", id.0, agent.0));
            }
            Output::Duty { agent, on, .. } => {
                self.on_duty.insert(agent.0, on);
                if let Some(look) = self.part_time.get_mut(&agent.0) {
                    *look = on.then_some(now + GAP);
                }
                if !on {
                    self.at_page.remove(&agent.0);
                }
            }
            Output::Closed { id, .. } => self.log.push(format!("{now}|{}", id.0)),
            Output::Ignored { id, .. } => self.log.push(format!("{now}~{}", id.0)),
            Output::Dismissed { id, .. } => {
                assert!(self.waiting.remove(&id.0).is_some());
                self.log.push(format!("{now}x{}", id.0));
            }
            Output::Away { agent, on_duty, .. } => {
                assert_eq!(self.on_duty[&agent.0], on_duty);
                self.at_page.remove(&agent.0);
                if on_duty {
                    self.part_time.insert(agent.0, Some(now + GAP));
                }
                self.log.push(format!("{now}>@{}", agent.0));
            }
        }
    }
}

/// Runs all cases to the end; `after_each` sees every state between events.
fn drive<R: WaitingRoom>(
    plan: &Plan,
    cases: &[Case],
    mut after_each: impl FnMut(&mut Router<R>, &mut Run),
) -> Vec<String> {
    let mut router = Router::<R>::new(plan);
    let mut run = Run {
        cases: cases.to_vec(),
        ..Run::default()
    };
    for (agent, team) in router.agents.iter().enumerate() {
        if plan.teams[team.team as usize].attention != Attention::Full {
            run.part_time.insert(agent as u32, None);
        }
    }
    router.start(&mut run);
    let mut next = 0;
    loop {
        let finish = run
            .work
            .iter()
            .flat_map(|(&a, held)| held.iter().map(move |h| (h.2, a, h.0)))
            .min();
        let (deadline, rank) = router.next_deadline();
        let arrival = cases.get(next).map(|c| c.at);
        let reply = run.replies.iter().copied().min_by_key(|r| (r.0, r.1));
        let look = run
            .part_time
            .iter()
            .filter_map(|(&a, look)| look.map(|at| (at, a)))
            .min();
        // Looking at nothing goes on for ever: looks stop when all else has.
        let waits = arrival.is_some() || reply.is_some() || !run.waiting.is_empty();
        let candidates = [
            reply.map(|r| (r.0, Rank::Reply)),
            look.filter(|_| waits).map(|l| (l.0.max(run.now), Rank::Look)),
            finish.map(|f| (f.0, Rank::Finish)),
            (deadline != Time::NEVER).then_some((deadline.0, rank)),
            arrival.map(|at| (at, Rank::Arrive)),
        ];
        let Some((at, rank)) = candidates.into_iter().flatten().min() else {
            break;
        };
        assert!(at >= run.now, "time never runs back");
        run.now = at;
        let now = Time(at);
        match rank {
            Rank::Finish => {
                let (_, agent, id) = finish.unwrap();
                let held = run.work.get_mut(&agent).unwrap();
                let i = held.iter().position(|h| h.0 == id).unwrap();
                let (_, ticket, _) = held.remove(i);
                let next = match run.cases[id as usize].fate {
                    Fate::Ask(after) if !run.asked.contains(&id) => {
                        run.asked.push(id);
                        run.replies.push((at + after, id, ticket));
                        Next::Consult
                    }
                    Fate::ScrollPast => Next::ScrolledPast,
                    _ => Next::Answered,
                };
                let mark = match next {
                    Next::Consult => '@',
                    Next::ScrolledPast => '/',
                    _ => '=',
                };
                run.log.push(format!("{at}{mark}{id}"));
                let agent = AgentId(agent);
                router.handle(now, Input::Finish { agent, ticket, next }, &mut run);
            }
            Rank::Reply => {
                let (_, id, ticket) = reply.unwrap();
                run.replies.retain(|r| r.1 != id);
                run.anew.insert(id, at);
                let case = run.cases[id as usize];
                // An answer too late finds nobody: patience is over at this very instant.
                let patience = case.patience.max(at - case.at);
                run.cases[id as usize].patience = patience;
                router.handle(
                    now,
                    Input::Reply {
                        ticket,
                        class: ClassId(case.class),
                        key: case.key,
                        leaves: Time(case.at.saturating_add(patience)),
                    },
                    &mut run,
                );
            }
            Rank::Look => {
                let (_, agent) = look.unwrap();
                run.part_time.insert(agent, None);
                run.at_page.insert(agent, at + SESSION);
                let until = Time(at + SESSION);
                router.handle(
                    now,
                    Input::Look {
                        agent: AgentId(agent),
                        until,
                    },
                    &mut run,
                );
            }
            Rank::Arrive => {
                let c = cases[next];
                let leaves = Time(c.at.saturating_add(c.patience));
                let arrival = Arrival {
                    id: CommentId(next as u64),
                    class: ClassId(c.class),
                    leaves,
                    key: c.key,
                    chance: c.chance,
                };
                next += 1;
                router.handle(now, Input::Arrive(arrival), &mut run);
            }
            _ => router.handle_timeout(now, &mut run),
        }
        after_each(&mut router, &mut run);
    }
    let now = Time(run.now);
    let census = router.census(now, &mut run);
    assert_eq!(census.arrived, cases.len() as u64);
    run.log
}

fn check(plan: &Plan, cases: &[Case], expected: &str) {
    let log = drive::<Slots>(plan, cases, |_, _| ());
    assert_eq!(log.join(" "), expected);
    if plan.room() <= RoomKind::Lists {
        same_decisions(log.clone(), drive::<Lists>(plan, cases, |_, _| ()));
    }
    if plan.room() == RoomKind::Rings {
        same_decisions(log, drive::<Rings>(plan, cases, |_, _| ()));
    }
}

/// The same in two rooms, save that those who leave at one instant may do so in another order, and that rings notice silent
/// leavers late (and date them back).
fn same_decisions(mut slots: Vec<String>, mut rings: Vec<String>) {
    let decisions = |log: &[String]| {
        log.iter()
            .filter(|l| !l.contains('-'))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(decisions(&slots), decisions(&rings));
    slots.sort();
    rings.sort();
    assert_eq!(slots, rings);
}

/// The same became of every comment.
fn as_naive(log: Vec<String>, plan: &Plan, cases: &[Case]) {
    let mut log: Vec<String> = log.into_iter().filter(|line| !line.contains('?')).collect();
    let mut naive = super::naive::run(plan, cases);
    log.sort();
    naive.sort();
    assert_eq!(log, naive);
}

#[test]
fn oldest_first() {
    let p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    let cases = [case(0, 0, 10), case(1, 0, 1), case(2, 0, 1)];
    check(&p, &cases, "0+0@0 1?1 2?2 10=0 10+1@0 11=1 11+2@0 12=2");
}

#[test]
fn newest_first() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.classes[0].order = Order::NewestFirst;
    let cases = [case(0, 0, 10), case(1, 0, 1), case(2, 0, 1)];
    check(&p, &cases, "0+0@0 1?1 2?2 10=0 10+2@0 11=2 11+1@0 12=1");
}

#[test]
fn smallest_key_then_oldest() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.classes[0].order = Order::SmallestKey;
    let cases = [case(0, 0, 10), case(1, 0, 3), case(2, 0, 1), case(3, 0, 3)];
    check(
        &p,
        &cases,
        "0+0@0 1?1 2?2 3?3 10=0 10+2@0 11=2 11+1@0 14=1 14+3@0 17=3",
    );
}

#[test]
fn static_priority_goes_by_rank_and_never_interrupts() {
    let p = plan(vec![class(&[0]), class(&[0])], vec![team(1, &[1, 0])]);
    let cases = [case(0, 0, 10), case(1, 0, 1), case(2, 1, 1), case(3, 1, 1)];
    check(
        &p,
        &cases,
        "0+0@0 1?1 2?2 3?3 10=0 10+2@0 11=2 11+3@0 12=3 12+1@0 13=1",
    );
}

#[test]
fn better_rank_interrupts_and_the_interrupted_resumes() {
    let mut p = plan(vec![class(&[0]), class(&[0])], vec![team(1, &[1, 0])]);
    p.preemption = Preemption::BetterRank;
    let cases = [case(0, 0, 10), case(4, 1, 3), case(5, 1, 1)];
    check(&p, &cases, "0+0@0 4<0@0 4+1@0 5?2 7=1 7+2@0 8=2 8+0@0 14=0");
}

#[test]
fn newest_interrupts() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.classes[0].order = Order::NewestFirst;
    p.preemption = Preemption::Newest;
    let cases = [case(0, 0, 10), case(4, 0, 3), case(5, 0, 1)];
    check(
        &p,
        &cases,
        "0+0@0 4<0@0 4+1@0 5<1@0 5+2@0 6=2 6+1@0 8=1 8+0@0 14=0",
    );
}

#[test]
fn shortest_remaining_interrupts_only_for_strictly_less() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.classes[0].order = Order::ShortestRemaining;
    p.preemption = Preemption::ShorterRemaining;
    let cases = [case(0, 0, 10), case(4, 0, 6), case(5, 0, 2)];
    check(&p, &cases, "0+0@0 4?1 5<0@0 5+2@0 7=2 7+0@0 12=0 12+1@0 18=1");
}

#[test]
fn accumulating_priority_compares_age_times_slope() {
    let mut p = plan(vec![class(&[0]), class(&[0])], vec![team(1, &[0, 1])]);
    p.teams[0].between = Between::Accumulating;
    p.teams[0].takes[1].rank = 0;
    p.classes[1].slope = 3;
    // At 10: 9 x 1 against 2 x 3; at 11: 3 x 3 = 9 against 10 had it stayed.
    let cases = [
        Case {
            key: 0,
            ..case(0, 0, 10)
        },
        Case {
            key: 1,
            ..case(1, 0, 1)
        },
        Case {
            key: 8,
            ..case(8, 1, 1)
        },
    ];
    check(&p, &cases, "0+0@0 1?1 8?2 10=0 10+1@0 11=1 11+2@0 12=2");
    p.classes[1].slope = 5;
    check(&p, &cases, "0+0@0 1?1 8?2 10=0 10+2@0 11=2 11+1@0 12=1");
}

#[test]
fn who_has_been_idle_longest_takes_it() {
    let p = plan(vec![class(&[0])], vec![team(2, &[0])]);
    let cases = [case(0, 0, 1), case(2, 0, 1), case(4, 0, 1)];
    check(&p, &cases, "0+0@0 1=0 2+1@1 3=1 4+2@0 5=2");
}

#[test]
fn the_first_listed_takes_it() {
    let mut p = plan(vec![class(&[0])], vec![team(2, &[0])]);
    p.choice = AgentChoice::FirstListed;
    let cases = [case(0, 0, 1), case(2, 0, 9), case(4, 0, 1)];
    check(&p, &cases, "0+0@0 1=0 2+1@0 4+2@1 5=2 11=1");
}

#[test]
fn the_least_occupied_takes_it() {
    let mut p = plan(vec![class(&[0])], vec![team(2, &[0])]);
    p.choice = AgentChoice::LeastOccupied;
    let cases = [case(0, 0, 5), case(6, 0, 1), case(8, 0, 1), case(10, 0, 1)];
    check(&p, &cases, "0+0@0 5=0 6+1@1 7=1 8+2@1 9=2 10+3@1 11=3");
}

#[test]
fn overflow_goes_to_the_second_team() {
    let p = plan(vec![class(&[0, 1])], vec![team(1, &[0]), team(1, &[0])]);
    let cases = [case(0, 0, 5), case(1, 0, 5), case(2, 0, 5)];
    check(&p, &cases, "0+0@0 1+1@1 2?2 5=0 5+2@0 6=1 10=2");
}

#[test]
fn a_second_team_opens_only_after_a_delay() {
    let mut p = plan(vec![class(&[0, 1])], vec![team(1, &[0]), team(1, &[0])]);
    p.classes[0].teams[1].after = Span(4);
    let cases = [case(0, 0, 9), case(1, 0, 5), case(3, 0, 5)];
    check(&p, &cases, "0+0@0 1?1 3?2 5+1@1 9=0 9+2@0 10=1 14=2");
}

#[test]
fn a_reserve_is_kept_free() {
    let mut p = plan(vec![class(&[0]), class(&[0])], vec![team(2, &[0, 1])]);
    p.classes[1].teams[0].reserve = 1;
    let cases = [case(0, 1, 5), case(1, 1, 5), case(2, 0, 1)];
    check(&p, &cases, "0+0@0 1?1 2+2@1 3=2 5=0 5+1@1 10=1");
}

#[test]
fn capacity_blocks() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.capacity = Some(2);
    let cases = [case(0, 0, 5), case(1, 0, 5), case(2, 0, 5), case(5, 0, 1)];
    check(&p, &cases, "0+0@0 1?1 2!2 5=0 5+1@0 5?3 10=1 10+3@0 11=3");
}

#[test]
fn unlimited_teams_hire() {
    let mut p = plan(vec![class(&[0, 1])], vec![team(1, &[0]), team(0, &[0])]);
    p.teams[1].agents = None;
    let cases = [
        case(0, 0, 5),
        case(1, 0, 5),
        case(2, 0, 5),
        case(7, 0, 1),
        case(7, 0, 1),
    ];
    check(&p, &cases, "0+0@0 1+1@1 2+2@2 5=0 6=1 7=2 7+3@0 7+4@1 8=3 8=4");
}

#[test]
fn impatience_exact_and_silent_agree() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    let cases = [
        case(0, 0, 10),
        Case {
            patience: 3,
            ..case(1, 0, 1)
        },
        Case {
            patience: 8,
            ..case(2, 0, 1)
        },
        case(3, 0, 1),
    ];
    // 2 leaves at 10 at the earliest: at that very instant it is still taken.
    check(&p, &cases, "0+0@0 1?1 2?2 3?3 4-1 10=0 10+2@0 11=2 11+3@0 12=3");
    p.expiry = Expiry::Exact;
    check(&p, &cases, "0+0@0 1?1 2?2 3?3 4-1 10=0 10+2@0 11=2 11+3@0 12=3");
}

fn change(at: u64, agent: u32, on: bool) -> RosterChange {
    RosterChange {
        at: Time(at),
        agent: AgentId(agent),
        on,
    }
}

#[test]
fn shifts_with_late_finish() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.roster = vec![
        change(0, 0, false),
        change(2, 0, true),
        change(5, 0, false),
        change(20, 0, true),
    ];
    let cases = [case(1, 0, 2), case(3, 0, 4), case(4, 0, 1)];
    check(&p, &cases, "1?0 2+0@0 3?1 4=0 4+1@0 4?2 8=1 20+2@0 21=2");
}

#[test]
fn shifts_with_hand_back_resume_at_the_head() {
    let mut p = plan(vec![class(&[0])], vec![team(2, &[0])]);
    p.teams[0].late_finish = LateFinish::HandBack;
    p.roster = vec![change(5, 1, false)];
    let cases = [case(0, 0, 7), case(1, 0, 9), case(2, 0, 1)];
    check(&p, &cases, "0+0@0 1+1@1 2?2 5<1@1 7=0 7+1@0 12=1 12+2@0 13=2");
}

/// Under shortest-remaining, work that is handed back queues by what remains of it, whether or not anybody may interrupt.
#[test]
fn handed_back_work_queues_by_what_remains() {
    let mut p = plan(vec![class(&[0])], vec![team(2, &[0])]);
    p.classes[0].order = Order::ShortestRemaining;
    p.teams[0].late_finish = LateFinish::HandBack;
    p.roster = vec![change(8, 1, false)];
    let cases = [case(0, 0, 9), case(0, 0, 10), case(1, 0, 5)];
    check(&p, &cases, "0+0@0 0+1@1 1?2 8<1@1 9=0 9+1@0 11=1 11+2@0 16=2");
}

#[test]
fn handed_back_work_goes_on_at_once_where_somebody_is_idle() {
    let mut p = plan(vec![class(&[0])], vec![team(2, &[0])]);
    p.teams[0].late_finish = LateFinish::HandBack;
    p.roster = vec![change(5, 1, false)];
    let cases = [case(0, 0, 1), case(1, 0, 9)];
    check(&p, &cases, "0+0@0 1=0 1+1@1 5<1@1 5+1@0 10=1");
}

#[test]
fn agents_hold_several_at_once() {
    let mut p = plan(vec![class(&[0])], vec![team(2, &[0])]);
    p.teams[0].at_once = 2;
    let cases = [
        case(0, 0, 9),
        case(0, 0, 9),
        case(1, 0, 9),
        case(1, 0, 9),
        case(2, 0, 1),
    ];
    check(
        &p,
        &cases,
        "0+0@0 0+1@1 1+2@0 1+3@1 2?4 9=0 9=1 9+4@0 10=2 10=4 10=3",
    );
}

#[test]
fn work_is_handed_over_and_fed_back() {
    let p = Plan {
        expiry: Expiry::Exact,
        finishes_may_tie: false,
        ..plan(vec![class(&[0]), class(&[1])], vec![team(1, &[0]), team(1, &[1])])
    };
    let mut router = Router::<Slots>::new(&p);
    let mut out = Vec::new();
    router.start(&mut out);
    let arrival = Arrival {
        id: CommentId(7),
        class: ClassId(0),
        leaves: Time::NEVER,
        key: 0,
        chance: 0,
    };
    router.handle(Time(0), Input::Arrive(arrival), &mut out);
    let Some(&Output::Started { ticket, agent, .. }) = out.last() else {
        panic!("not begun")
    };
    out.clear();
    let on = |class| Next::On {
        class: ClassId(class),
        key: 0,
        leaves: Time::NEVER,
    };
    router.handle(
        Time(3),
        Input::Finish {
            agent,
            ticket,
            next: on(1),
        },
        &mut out,
    );
    let begun = |agent, class, team, now| Output::Started {
        ticket,
        id: CommentId(7),
        class: ClassId(class),
        agent: AgentId(agent),
        team: TeamId(team),
        since: Time(now),
        cold: true,
    };
    assert_eq!(out, [begun(1, 1, 1, 3)]);
    out.clear();
    // Fed back to its own class, it waits behind nobody, and the same agent goes on with it.
    router.handle(
        Time(5),
        Input::Finish {
            agent: AgentId(1),
            ticket,
            next: on(1),
        },
        &mut out,
    );
    let queued = Output::Queued {
        ticket,
        id: CommentId(7),
        class: ClassId(1),
    };
    let Output::Started { .. } = begun(1, 1, 1, 5) else {
        unreachable!()
    };
    assert_eq!(out[0], queued);
    assert!(matches!(
        out[1],
        Output::Started {
            agent: AgentId(1),
            cold: false,
            ..
        }
    ));
    router.handle(
        Time(6),
        Input::Finish {
            agent: AgentId(1),
            ticket,
            next: Next::Answered,
        },
        &mut out,
    );
    assert_eq!(router.census(Time(6), &mut out).answered, 1);
}

/// Patience that ran out during the first handling ends at the hand-over, not before it.
#[test]
fn whoever_ran_out_of_patience_in_work_leaves_at_the_hand_over() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.expiry = Expiry::Exact;
    let mut router = Router::<Slots>::new(&p);
    let mut out = Vec::new();
    router.start(&mut out);
    for (now, id, leaves) in [(0, 1, Time(5)), (1, 2, Time::NEVER)] {
        let arrival = Arrival {
            id: CommentId(id),
            class: ClassId(0),
            leaves,
            key: 0,
            chance: 0,
        };
        router.handle(Time(now), Input::Arrive(arrival), &mut out);
    }
    let on = Next::On {
        class: ClassId(0),
        key: 0,
        leaves: Time(5),
    };
    router.handle(
        Time(9),
        Input::Finish {
            agent: AgentId(0),
            ticket: Ticket(0),
            next: on,
        },
        &mut out,
    );
    assert!(matches!(
        out.last(),
        Some(Output::Started { id: CommentId(2), .. })
    ));
    assert_eq!(router.next_deadline(), (Time(9), Rank::Deadline));
    router.handle_timeout(Time(9), &mut out);
    assert!(matches!(
        out.last(),
        Some(Output::Left {
            id: CommentId(1),
            at: Time(9),
            ..
        })
    ));
}

/// New patience after a hand-back keeps the teams that open later.
#[test]
fn rearming_keeps_the_gate() {
    let mut p = plan(vec![class(&[0, 1])], vec![team(1, &[0]), team(1, &[0])]);
    p.expiry = Expiry::Exact;
    p.classes[0].teams[1].after = Span(20);
    p.teams[0].late_finish = LateFinish::HandBack;
    p.roster = vec![change(10, 0, false)];
    let mut router = Router::<Slots>::new(&p);
    let mut out = Vec::new();
    router.start(&mut out);
    let arrival = Arrival {
        id: CommentId(1),
        class: ClassId(0),
        leaves: Time(5),
        key: 0,
        chance: 0,
    };
    router.handle(Time(0), Input::Arrive(arrival), &mut out);
    router.handle_timeout(Time(10), &mut out);
    router.handle(
        Time(10),
        Input::Rearm {
            ticket: Ticket(0),
            leaves: Time(100),
        },
        &mut out,
    );
    // The entry of the old deadline is stale and idle; the gate at 20 is not.
    while router.next_deadline().0 <= Time(20) {
        let (at, _) = router.next_deadline();
        router.handle_timeout(at.max(Time(10)), &mut out);
    }
    assert!(
        matches!(
            out.last(),
            Some(Output::Started {
                agent: AgentId(1),
                ..
            })
        ),
        "{out:?}"
    );
}

#[test]
fn events_at_one_instant_have_an_order() {
    assert!(Rank::Finish < Rank::Roster && Rank::Roster < Rank::Deadline);
    assert!(Rank::Deadline < Rank::Reply && Rank::Reply < Rank::Arrive);
    assert!(Rank::Arrive < Rank::Look && Rank::Look < Rank::Observe);
}

/// Comments that are all answered when they have been in hand.
fn cases(classes: u16) -> impl Strategy<Value = Vec<Case>> {
    eventful_cases(classes).prop_map(|mut cases| {
        for case in &mut cases {
            (case.fate, case.chance) = (Fate::Answer, 0);
        }
        cases
    })
}

fn eventful_cases(classes: u16) -> impl Strategy<Value = Vec<Case>> {
    let one = (
        0u64..12,
        0..classes,
        prop_oneof![Just(u64::MAX / 2), 0u64..40],
        0i64..50,
        1u64..30,
        prop_oneof![
            Just(Fate::Answer),
            Just(Fate::ScrollPast),
            (0u64..60).prop_map(Fate::Ask)
        ],
        0..CHANCES,
    );
    prop::collection::vec(one, 1..60).prop_map(|raw| {
        let mut at = 0;
        let case = |(gap, class, patience, _, work, fate, chance)| {
            at += gap;
            Case {
                at,
                class,
                patience,
                key: work as i64,
                work,
                fate,
                chance,
            }
        };
        raw.into_iter().map(case).collect()
    })
}

/// Up to some hundreds of comments, close together, with pauses in which everybody goes.
fn crowded_cases(classes: u16) -> impl Strategy<Value = Vec<Case>> {
    let one = (
        prop_oneof![40 => 0u64..2, 1 => 300u64..3000],
        0..classes,
        prop_oneof![1 => Just(u64::MAX / 2), 6 => 0u64..900],
        1u64..9,
    );
    prop::collection::vec(one, 1..500).prop_map(|raw| {
        let mut at = 0;
        let case = |(gap, class, patience, work)| {
            at += gap;
            Case {
                at,
                class,
                patience,
                key: 0,
                work,
                fate: Fate::Answer,
                chance: 0,
            }
        };
        raw.into_iter().map(case).collect()
    })
}

/// The same without what needs more than rings.
fn for_rings(mut plan: Plan) -> Plan {
    plan.preemption = Preemption::Never;
    plan.capacity = None;
    plan.expiry = Expiry::Silent;
    plan.finishes_may_tie = false;
    for class in &mut plan.classes {
        (class.teams[1].after, class.teams[1].reserve) = (Span::ZERO, 0);
        if class.order == Order::SmallestKey {
            class.order = Order::OldestFirst;
        }
    }
    for team in &mut plan.teams {
        team.at_once = 1;
        team.late_finish = LateFinish::Finish;
        if !matches!(team.between, Between::Newest) {
            team.between = Between::Oldest;
        }
    }
    plan
}

/// The same on a finer clock, and works of lengths that never end together.
fn without_ties(mut plan: Plan, cases: &[Case]) -> (Plan, Vec<Case>) {
    const FINER: u32 = 30;
    for change in &mut plan.roster {
        change.at = Time(change.at.0 << FINER);
    }
    let finer = |(id, case): (usize, &Case)| Case {
        at: case.at << FINER,
        patience: case.patience.min(1 << 20) << FINER,
        work: (case.work << FINER) + (crate::mix(id as u64) >> (64 - FINER)),
        ..*case
    };
    (plan, cases.iter().enumerate().map(finer).collect())
}

/// Plans of two classes and two teams with every rule drawn at random.
fn plans() -> impl Strategy<Value = Plan> {
    let order = prop_oneof![
        Just(Order::OldestFirst),
        Just(Order::NewestFirst),
        Just(Order::SmallestKey)
    ];
    let choice = prop_oneof![
        Just(AgentChoice::LongestIdle),
        Just(AgentChoice::LeastOccupied),
        Just(AgentChoice::FirstListed),
        Just(AgentChoice::FillUp)
    ];
    let between = prop_oneof![
        Just(Between::Oldest),
        Just(Between::Newest),
        Just(Between::SmallestKey),
        Just(Between::Accumulating)
    ];
    let roster = prop::collection::vec((0u64..300, 0u32..4, any::<bool>()), 0..12);
    let ranks = prop::array::uniform4(0u8..2);
    let gate = prop_oneof![Just(0u64), 1u64..30];
    (
        (order.clone(), order, choice, between, any::<bool>()),
        (roster, ranks, gate, 0u32..2, any::<bool>()),
        (prop::option::of(4u32..10), any::<bool>(), 1u32..3, any::<bool>()),
    )
        .prop_map(
            |(
                (o1, o2, choice, between, idle_first),
                (roster, ranks, gate, reserve, exact),
                (capacity, back, at_once, better),
            )| {
                let mut p = plan(
                    vec![class(&[0, 1]), class(&[1, 0])],
                    vec![team(2, &[0, 1]), team(2, &[1, 0])],
                );
                p.classes[0].order = o1;
                p.classes[1].order = o2;
                p.classes[1].slope = 3;
                p.choice = choice;
                (p.classes[0].teams[1].rank, p.classes[1].teams[1].rank) = (ranks[0], ranks[1]);
                (p.teams[0].takes[1].rank, p.teams[1].takes[1].rank) = (ranks[2], ranks[3]);
                for class in &mut p.classes {
                    class.teams[1].after = Span(gate);
                    class.teams[1].reserve = reserve;
                }
                for team in &mut p.teams {
                    team.between = between;
                    team.at_once = at_once;
                    team.leaves_first = if idle_first {
                        LeavesFirst::Idle
                    } else {
                        LeavesFirst::LastListed
                    };
                    team.late_finish = if back {
                        LateFinish::HandBack
                    } else {
                        LateFinish::Finish
                    };
                }
                let mut roster: Vec<_> = roster
                    .into_iter()
                    .map(|(at, agent, on)| change(at, agent, on))
                    .collect();
                roster.sort_by_key(|c| c.at);
                roster.extend((0..4).map(|agent| change(400, agent, true)));
                p.roster = roster;
                p.capacity = capacity;
                p.expiry = if exact { Expiry::Exact } else { Expiry::Silent };
                if better && at_once == 1 {
                    p.preemption = Preemption::BetterRank;
                }
                p
            },
        )
}

/// Nobody who may be served waits while somebody who may serve them is available above the reserve.
fn nobody_waits_in_vain(plan: &Plan, router: &mut Router<Slots>, run: &mut Run) {
    let now = run.now;
    for (id, &(class, since, leaves)) in &run.waiting {
        if leaves < now {
            continue; // left silently, not yet settled
        }
        for option in &plan.classes[class as usize].teams {
            let free = router.teams[option.team.0 as usize].available.count;
            assert!(
                free <= option.reserve || since + option.after.0 > now,
                "at {now} comment {id} waits though team {} has {free} available",
                option.team.0
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn conserves_and_never_idles_in_vain(plan in plans(), cases in eventful_cases(2)) {
        drive::<Slots>(&plan, &cases, |router, run| {
            let now = run.now;
            // A change or deadline still due at this instant comes first.
            if router.next_deadline().0 > Time(now) {
                nobody_waits_in_vain(&plan, router, run);
            }
            let available: u32 = (0..4).filter(|&a| {
                *run.on_duty.get(&a).unwrap_or(&false)
                    && router.agents[a as usize].on_duty
                    && (run.work.get(&a).map_or(0, Vec::len) as u32) < plan.teams[0].at_once
            }).count() as u32;
            assert_eq!(available, router.teams.iter().map(|t| t.available.count).sum::<u32>());
        });
    }

    /// The router in every room against one list that is looked through again and again.
    #[test]
    fn decides_as_one_list_does(plan in plans(), cases in cases(2)) {
        as_naive(drive::<Slots>(&plan, &cases, |_, _| ()), &plan, &cases);
        let lists = Plan { finishes_may_tie: true, expiry: Expiry::Exact, capacity: Some(6), ..for_rings(plan.clone()) };
        as_naive(drive::<Lists>(&lists, &cases, |_, _| ()), &lists, &cases);
        let (rings, cases) = without_ties(for_rings(plan), &cases);
        as_naive(drive::<Rings>(&rings, &cases, |_, _| ()), &rings, &cases);
    }

    #[test]
    fn rings_decide_as_slots_do(plan in plans(), cases in cases(2)) {
        let plan = for_rings(plan);
        prop_assert_eq!(plan.room(), RoomKind::Rings);
        same_decisions(drive::<Slots>(&plan, &cases, |_, _| ()), drive::<Rings>(&plan, &cases, |_, _| ()));
    }

    /// Cases come so close that a few become a crowd, and a crowd disperses.
    #[test]
    fn lists_decide_as_slots_do(
        plan in plans(), cases in crowded_cases(2), capacity in prop::option::of(1u32..300), places in prop::option::of(0u32..200)
    ) {
        let mut plan = for_rings(plan);
        plan.expiry = Expiry::Exact;
        plan.capacity = capacity;
        plan.classes[1].queue_capacity = places;
        prop_assert_eq!(plan.room(), RoomKind::Lists);
        let (slots, lists) = (drive::<Slots>(&plan, &cases, |_, _| ()), drive::<Lists>(&plan, &cases, |_, _| ()));
        same_decisions(slots, lists);
    }

    /// Part-time attention, doors, lines and answers from outside: everybody is somewhere, and who looks works.
    #[test]
    fn who_looks_works(
        (plan, cases) in (plans(), eventful_cases(2)),
        (stay, lines) in (any::<bool>(), prop::option::of(1u32..5)),
        doors in prop::collection::vec((0u64..300, any::<bool>()), 0..6),
    ) {
        let mut plan = plan;
        plan.preemption = Preemption::Never;
        plan.expiry = Expiry::Exact;
        plan.classes[0].taken_on = CHANCES / 2;
        plan.classes[1].lines = lines;
        plan.doors = doors.into_iter().map(|(at, open)| DoorChange { at: Time(at), class: ClassId(1), open }).collect();
        plan.doors.sort_by_key(|d| d.at);
        plan.doors.push(DoorChange { at: Time(400), class: ClassId(1), open: true });
        for class in &mut plan.classes {
            class.teams[1].reserve = 0;
        }
        for team in &mut plan.teams {
            (team.at_once, team.late_finish) = (1, LateFinish::Finish);
        }
        plan.teams[1].attention = if stay { Attention::SessionsOrStay } else { Attention::Sessions };
        drive::<Slots>(&plan, &cases, |router, run| {
            router.census(Time(run.now), &mut Vec::new());
            if router.next_deadline().0 <= Time(run.now) {
                return;
            }
            for agent in run.at_page.keys() {
                let busy = run.work.get(agent).is_some_and(|held| !held.is_empty());
                assert!(busy || router.agents[*agent as usize].listed, "who looks works, or stays and is there");
            }
            {
                let full = Plan { teams: vec![plan.teams[0].clone()], ..plan.clone() };
                let mut of_full = full.clone();
                for class in &mut of_full.classes {
                    class.teams.retain(|t| t.team.0 == 0);
                }
                nobody_waits_in_vain(&of_full, router, run);
                let open = plan.doors.iter().rev().find(|d| d.at.0 <= run.now).is_none_or(|d| d.open);
                // Answers from outside come back even when the class is closed.
                let shut_out = run.waiting.iter().any(|(id, w)| w.0 == 1 && !run.asked.contains(id));
                assert!(open || !shut_out, "nobody waits at a closed door");
            }
        });
    }

    /// One class, one team: the next begun is the first by the order among all who wait.
    #[test]
    fn the_order_is_kept(cases in cases(1), order in 0u8..3, exact in any::<bool>(), agents in 1u32..4) {
        let mut p = plan(vec![class(&[0])], vec![team(agents, &[0])]);
        p.classes[0].order = [Order::OldestFirst, Order::NewestFirst, Order::SmallestKey][order as usize];
        p.expiry = if exact { Expiry::Exact } else { Expiry::Silent };
        let mut before: BTreeMap<u64, (u16, u64, u64)> = BTreeMap::new();
        drive::<Slots>(&p, &cases, |_, run| {
            let begun: Vec<u64> = before.keys().filter(|id| {
                !run.waiting.contains_key(id) && run.work.values().flatten().any(|w| w.0 == **id)
            }).copied().collect();
            for id in begun {
                let place = |id: u64| {
                    let c = run.cases[id as usize];
                    match p.classes[0].order {
                        Order::OldestFirst => (c.at as i64, id as i64),
                        Order::NewestFirst => (-(c.at as i64), -(id as i64)),
                        _ => (c.key, id as i64),
                    }
                };
                for (&other, &(_, _, leaves)) in &before {
                    if leaves >= run.now && run.waiting.contains_key(&other) {
                        assert!(place(id) < place(other), "{id} was begun before {other}");
                    }
                }
            }
            before = run.waiting.clone();
        });
    }

    /// Exact expiry happens at its time, not when somebody looks.
    #[test]
    fn deadlines_are_never_missed(plan in plans(), cases in cases(2)) {
        let plan = Plan { expiry: Expiry::Exact, ..plan };
        drive::<Slots>(&plan, &cases, |router, run| {
            if router.next_deadline().0 > Time(run.now) {
                for (id, &(_, _, leaves)) in &run.waiting {
                    assert!(leaves > run.now, "comment {id} should have left at {leaves}");
                }
            }
        });
    }

    #[test]
    fn reset_forgets_everything(plan in plans(), cases in cases(2)) {
        let mut router = Router::<Slots>::new(&plan);
        let mut logs = Vec::new();
        for _ in 0..2 {
            let mut out: Vec<Output> = Vec::new();
            router.reset(7);
            router.start(&mut out);
            for (i, c) in cases.iter().enumerate() {
                while router.next_deadline().0 <= Time(c.at) {
                    let at = router.next_deadline().0;
                    router.handle_timeout(at, &mut out);
                }
                let leaves = Time(c.at.saturating_add(c.patience));
                let arrival = Arrival { id: CommentId(i as u64), class: ClassId(c.class), leaves, key: c.key, chance: 0 };
                router.handle(Time(c.at), Input::Arrive(arrival), &mut out);
            }
            logs.push(out);
        }
        prop_assert_eq!(&logs[0], &logs[1]);
    }
}

#[test]
fn who_is_away_looks_works_and_turns_away() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.teams[0].attention = Attention::Sessions;
    p.classes[0].order = Order::NewestFirst;
    // The first look is at 7: newest first until nothing waits; 4 comes while 3 is in hand.
    let cases = [case(1, 0, 3), case(2, 0, 3), case(8, 0, 5), case(30, 0, 1)];
    check(
        &p,
        &cases,
        "1?0 2?1 7+1@0 8?2 10=1 10+2@0 15=2 15+0@0 18=0 18>@0 25>@0 30?3 32+3@0 33=3 33>@0",
    );
}

#[test]
fn a_session_ends_and_work_in_hand_is_finished() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.teams[0].attention = Attention::Sessions;
    let cases = [case(0, 0, 12), case(0, 0, 12), case(0, 0, 12)];
    // Looks at 7, may begin until 27: the third waits for the next look at 31 + 7.
    check(
        &p,
        &cases,
        "0?0 0?1 0?2 7+0@0 19=0 19+1@0 31=1 31>@0 38+2@0 50=2 50>@0",
    );
}

#[test]
fn who_stays_takes_the_next_at_once() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.teams[0].attention = Attention::SessionsOrStay;
    let cases = [case(20, 0, 3), case(21, 0, 3), case(40, 0, 1)];
    check(&p, &cases, "20+0@0 21?1 23=0 23+1@0 26=1 26>@0 40+2@0 41=2 41>@0");
}

#[test]
fn an_answer_from_outside_comes_back_to_the_queue() {
    let p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    let ask = Case {
        fate: Fate::Ask(10),
        ..case(0, 0, 4)
    };
    let log = drive::<Slots>(&p, &[ask, case(1, 0, 20)], |router, run| {
        let census = router.census(Time(run.now), &mut Vec::new());
        assert_eq!(census.consulting, u64::from((4..14).contains(&run.now)));
    });
    assert_eq!(log.join(" "), "0+0@0 1?1 4@0 4+1@0 14?0 24=1 24+0@0 28=0");
}

#[test]
fn what_is_not_taken_on_or_scrolled_past_is_gone() {
    let mut p = plan(vec![class(&[0])], vec![team(1, &[0])]);
    p.classes[0].taken_on = 100;
    let cases = [
        Case {
            chance: 100,
            ..case(0, 0, 4)
        },
        Case {
            chance: 99,
            ..case(0, 0, 4)
        },
        Case {
            fate: Fate::ScrollPast,
            ..case(1, 0, 1)
        },
    ];
    check(&p, &cases, "0~0 0+1@0 1?2 4=1 4+2@0 5/2");
}

#[test]
fn closing_sends_away_and_turns_away() {
    let mut p = plan(vec![class(&[0]), class(&[0])], vec![team(1, &[0, 1])]);
    p.classes[0].lines = Some(2);
    let door = |at, open| DoorChange {
        at: Time(at),
        class: ClassId(0),
        open,
    };
    p.doors = vec![door(10, false), door(20, true)];
    let cases = [
        case(0, 0, 12),
        case(1, 1, 1),
        case(2, 0, 1),
        case(3, 0, 1),
        case(11, 0, 1),
        case(20, 0, 1),
    ];
    // Two lines: the call at 3 is blocked. At 10 the waiting call is sent away, the one in hand is finished; the comment waits on.
    check(
        &p,
        &cases,
        "0+0@0 1?1 2?2 3!3 10x2 11|4 12=0 12+1@0 13=1 20+5@0 21=5",
    );
}
