//! The router's oracle: one list of comments, looked through at every step, with no data structure to be wrong about.
//!
//! It knows the rules of docs/MODEL.md and shares no code with the router. An instant goes in order: what is done frees its
//! agents; the roster acts; what is handed back lies in its queues; assignments are made until none can be; patience ends, and
//! more teams open; comments arrive.

use super::tests::Case;
use crate::plan::*;
use crate::time::Span;

#[derive(Clone, PartialEq)]
enum State {
    Waiting,
    InHand(usize),
    Gone,
}

struct Comment {
    class: usize,
    since: u64,
    leaves: u64,
    key: i64,
    left: u64,
    /// When it is done, in hand.
    done: u64,
    state: State,
    /// Place in its queue: the least is at the front.
    place: i64,
    /// How many gates were open when it was filed.
    stage: usize,
}

#[derive(Default)]
struct Person {
    team: usize,
    rostered: bool,
    on_duty: bool,
    idle_since: u64,
    worked: u64,
    busy_since: u64,
    /// Shifts so far, late finishing included: begin and end.
    shifts: Vec<(u64, Option<u64>)>,
}

struct Desk<'a> {
    plan: &'a Plan,
    now: u64,
    comments: Vec<Comment>,
    people: Vec<Person>,
    front: i64,
    back: i64,
    log: Vec<String>,
}

/// What becomes of each comment, a line for each turn of it: "3+0@1" is "at 3, comment 0 is begun by agent 1".
pub(super) fn run(plan: &Plan, cases: &[Case]) -> Vec<String> {
    let mut desk = Desk {
        plan,
        now: 0,
        comments: Vec::new(),
        people: Vec::new(),
        front: 0,
        back: 0,
        log: Vec::new(),
    };
    for (team, of) in plan.teams.iter().enumerate() {
        for _ in 0..of.agents.expect("a fixed team") {
            desk.people.push(Person {
                team,
                rostered: true,
                on_duty: true,
                shifts: vec![(0, None)],
                ..Person::default()
            });
        }
    }
    let mut next = 0;
    let mut begun = None;
    while let Some(now) = desk.next_instant(begun, cases.get(next).map(|case| case.at)) {
        (desk.now, begun) = (now, Some(now));
        let done = desk.finish();
        let changed = desk.change_roster();
        if done || changed {
            desk.assign();
        }
        desk.end_patience_and_widen();
        while cases.get(next).is_some_and(|case| case.at == now) {
            desk.arrive(next, &cases[next]);
            desk.end_patience_and_widen();
            next += 1;
        }
    }
    desk.log
}

impl Desk<'_> {
    fn next_instant(&self, begun: Option<u64>, arrival: Option<u64>) -> Option<u64> {
        let mut next = arrival.into_iter().collect::<Vec<_>>();
        for comment in &self.comments {
            match comment.state {
                State::Waiting => {
                    next.push(comment.leaves);
                    next.extend(self.gates(comment.class).iter().map(|gate| comment.since + gate));
                }
                State::InHand(_) => next.push(comment.done),
                State::Gone => {}
            }
        }
        next.extend(self.plan.roster.iter().map(|change| change.at.0));
        next.into_iter()
            .filter(|&at| begun.is_none_or(|now| at > now))
            .filter(|&at| at < u64::MAX / 4)
            .min()
    }

    fn gates(&self, class: usize) -> Vec<u64> {
        let mut gates: Vec<u64> = self.plan.classes[class].teams.iter().map(|t| t.after.0).collect();
        gates.retain(|&gate| gate > 0);
        gates.sort_unstable();
        gates.dedup();
        gates
    }

    fn stage(&self, class: usize, since: u64) -> usize {
        self.stage_by(class, since, self.now)
    }

    fn stage_by(&self, class: usize, since: u64, by: u64) -> usize {
        let gates = self.gates(class);
        gates.iter().filter(|&&gate| since + gate <= by).count()
    }

    fn held(&self, person: usize) -> Vec<usize> {
        let all = 0..self.comments.len();
        all.filter(|&c| self.comments[c].state == State::InHand(person))
            .collect()
    }

    fn say(&mut self, mark: char, comment: usize) {
        self.log.push(format!("{}{mark}{comment}", self.now));
    }

    fn let_go(&mut self, comment: usize, person: usize) {
        self.comments[comment].state = State::Gone;
        if self.held(person).is_empty() {
            self.people[person].worked += self.now - self.people[person].busy_since;
            self.close_shift(person);
        }
        self.people[person].idle_since = self.now;
    }

    fn close_shift(&mut self, person: usize) {
        let now = self.now;
        let someone = &mut self.people[person];
        if !someone.on_duty
            && let Some((_, end @ None)) = someone.shifts.last_mut()
        {
            *end = Some(now);
        }
    }

    fn finish(&mut self) -> bool {
        let now = self.now;
        let mut any = false;
        for person in 0..self.people.len() {
            for comment in self.held(person) {
                if self.comments[comment].done == now {
                    self.let_go(comment, person);
                    self.say('=', comment);
                    any = true;
                }
            }
        }
        any
    }

    fn change_roster(&mut self) -> bool {
        let mut change = vec![0_i64; self.plan.teams.len()];
        let mut handed_back = Vec::new();
        let mut any = false;
        let (plan, now) = (self.plan, self.now);
        for entry in plan.roster.iter().filter(|entry| entry.at.0 == now) {
            any = true;
            let person = entry.agent.0 as usize;
            if self.people[person].rostered == entry.on {
                continue;
            }
            self.people[person].rostered = entry.on;
            let team = self.people[person].team;
            if self.plan.teams[team].leaves_first == LeavesFirst::Idle {
                change[team] += if entry.on { 1 } else { -1 };
            } else if entry.on {
                self.come(person);
            } else {
                handed_back.extend(self.go(person));
            }
        }
        for (team, change) in change.into_iter().enumerate() {
            let members: Vec<usize> = (0..self.people.len())
                .filter(|&p| self.people[p].team == team)
                .collect();
            for _ in 0..change {
                let comes = members.iter().copied().find(|&p| !self.people[p].on_duty);
                self.come(comes.unwrap());
            }
            for _ in change..0 {
                let on_duty = members.iter().copied().filter(|&p| self.people[p].on_duty);
                let goes = on_duty
                    .min_by_key(|&p| (self.held(p).len(), usize::MAX - p))
                    .unwrap();
                handed_back.extend(self.go(goes));
            }
        }
        self.file_handed_back(handed_back);
        any
    }

    fn come(&mut self, person: usize) {
        let now = self.now;
        let someone = &mut self.people[person];
        (someone.on_duty, someone.idle_since) = (true, now);
        if !matches!(someone.shifts.last(), Some((_, None))) {
            someone.shifts.push((now, None));
        }
    }

    fn go(&mut self, person: usize) -> Vec<usize> {
        self.people[person].on_duty = false;
        let mut back = Vec::new();
        if self.plan.teams[self.people[person].team].late_finish == LateFinish::HandBack {
            back = self.held(person);
            for &comment in &back {
                self.put_back(comment, person);
            }
        }
        if self.held(person).is_empty() {
            self.close_shift(person);
        }
        back
    }

    fn put_back(&mut self, comment: usize, person: usize) {
        self.let_go(comment, person);
        let now = self.now;
        let c = &mut self.comments[comment];
        c.left = c.done - now;
        c.leaves = c.leaves.max(now);
        self.log.push(format!("{now}<{comment}@{person}"));
    }

    /// The oldest at the very front, or under newest-first the youngest.
    fn file_handed_back(&mut self, mut comments: Vec<usize>) {
        comments.sort_by_key(|&c| (self.comments[c].since, c));
        let newest =
            |desk: &Self, c: usize| desk.plan.classes[desk.comments[c].class].order == Order::NewestFirst;
        for &c in &comments {
            if newest(self, c) {
                self.file_by(c, true, self.now.saturating_sub(1));
            }
        }
        for &c in comments.iter().rev() {
            if !newest(self, c) {
                self.file_by(c, true, self.now.saturating_sub(1));
            }
        }
    }

    fn file(&mut self, comment: usize, in_front: bool) {
        self.file_by(comment, in_front, self.now);
    }

    /// By the gates that have opened by then.
    fn file_by(&mut self, comment: usize, in_front: bool, by: u64) {
        let class = self.comments[comment].class;
        let newest = self.plan.classes[class].order == Order::NewestFirst;
        let place = if in_front && !newest {
            self.front -= 1;
            self.front
        } else {
            self.back += 1;
            self.back
        };
        let stage = self.stage_by(class, self.comments[comment].since, by);
        let c = &mut self.comments[comment];
        (c.state, c.place, c.stage) = (State::Waiting, place, stage);
    }

    fn free(&self, team: usize) -> usize {
        (0..self.people.len())
            .filter(|&p| self.people[p].team == team && self.is_free(p))
            .count()
    }

    fn is_free(&self, person: usize) -> bool {
        let at_once = self.plan.teams[self.people[person].team].at_once as usize;
        self.people[person].on_duty && self.held(person).len() < at_once
    }

    /// The first of a queue.
    fn head(&self, class: usize, stage: usize) -> Option<usize> {
        let waiting = (0..self.comments.len()).filter(|&c| {
            let of = &self.comments[c];
            of.state == State::Waiting && of.class == class && of.stage == stage
        });
        waiting.min_by_key(|&c| {
            let of = &self.comments[c];
            match self.plan.classes[class].order {
                Order::OldestFirst => (0, of.place),
                Order::NewestFirst => (0, -of.place),
                Order::SmallestKey | Order::ShortestRemaining => (of.key, of.place),
            }
        })
    }

    /// What a team would take next.
    fn favourite(&self, team: usize) -> Option<usize> {
        let of = &self.plan.teams[team];
        let mut best: Option<(u8, usize)> = None;
        for takes in &of.takes {
            let class = takes.class.0 as usize;
            let Some(option) = self.plan.classes[class]
                .teams
                .iter()
                .find(|t| t.team.0 as usize == team)
            else {
                continue;
            };
            if self.free(team) <= option.reserve as usize {
                continue;
            }
            let gates = self.gates(class);
            let opens = gates.iter().filter(|&&gate| gate <= option.after.0).count();
            let opens = if option.after == Span::ZERO { 0 } else { opens };
            for stage in opens..=gates.len() {
                let Some(head) = self.head(class, stage) else {
                    continue;
                };
                let better = match best {
                    None => true,
                    Some((rank, other)) => {
                        takes.rank < rank || (takes.rank == rank && self.goes_before(of.between, head, other))
                    }
                };
                if better {
                    best = Some((takes.rank, head));
                }
            }
        }
        best.map(|(_, comment)| comment)
    }

    fn goes_before(&self, between: Between, a: usize, b: usize) -> bool {
        let (a, b) = (&self.comments[a], &self.comments[b]);
        match between {
            Between::Oldest => a.since < b.since,
            Between::Newest => a.since > b.since,
            Between::SmallestKey => (a.key, a.since) < (b.key, b.since),
            Between::Accumulating => {
                let priority =
                    |c: &Comment| (self.now as i64 - c.key) * i64::from(self.plan.classes[c.class].slope);
                priority(a) > priority(b) || (priority(a) == priority(b) && a.since < b.since)
            }
        }
    }

    /// Of these teams' people, who takes it.
    fn choose(&self, teams: &[usize]) -> usize {
        let mut best: Option<usize> = None;
        for &team in teams {
            for person in (0..self.people.len()).filter(|&p| self.people[p].team == team && self.is_free(p)) {
                if best.is_none_or(|other| self.stands_before(person, other)) {
                    best = Some(person);
                }
            }
        }
        best.unwrap()
    }

    fn stands_before(&self, a: usize, b: usize) -> bool {
        let load = |p: usize| self.held(p).len();
        if self.plan.choice == AgentChoice::FillUp {
            return load(a) > load(b);
        }
        if load(a) != load(b) {
            return load(a) < load(b);
        }
        match self.plan.choice {
            AgentChoice::LongestIdle => self.people[a].idle_since < self.people[b].idle_since,
            AgentChoice::LeastOccupied => {
                let ((work_a, duty_a), (work_b, duty_b)) = (self.share(a), self.share(b));
                work_a * duty_b.max(1) < work_b * duty_a.max(1)
            }
            AgentChoice::FirstListed | AgentChoice::FillUp | AgentChoice::Random => false,
        }
    }

    fn share(&self, person: usize) -> (u128, u128) {
        let of = &self.people[person];
        let busy = if self.held(person).is_empty() {
            0
        } else {
            self.now - of.busy_since
        };
        let duty: u64 = of
            .shifts
            .iter()
            .map(|(from, to)| to.unwrap_or(self.now) - from)
            .sum();
        (u128::from(of.worked + busy), u128::from(duty))
    }

    fn begin(&mut self, comment: usize, person: usize) {
        if self.held(person).is_empty() {
            self.people[person].busy_since = self.now;
        }
        let now = self.now;
        let c = &mut self.comments[comment];
        (c.state, c.done) = (State::InHand(person), now + c.left);
        self.log.push(format!("{now}+{comment}@{person}"));
    }

    /// Team by team, what it prefers; where several prefer the same, the class's rank and the rule for people decide.
    fn assign(&mut self) {
        for team in 0..self.plan.teams.len() {
            while let Some(comment) = self.favourite(team) {
                let class = &self.plan.classes[self.comments[comment].class];
                let rivals: Vec<&Preference> = class
                    .teams
                    .iter()
                    .filter(|t| self.favourite(t.team.0 as usize) == Some(comment))
                    .collect();
                let best = rivals.iter().map(|t| t.rank).min().unwrap();
                let teams: Vec<usize> = rivals
                    .iter()
                    .filter(|t| t.rank == best)
                    .map(|t| t.team.0 as usize)
                    .collect();
                let person = self.choose(&teams);
                self.begin(comment, person);
            }
        }
    }

    fn end_patience_and_widen(&mut self) {
        let mut widened = Vec::new();
        for c in 0..self.comments.len() {
            let of = &self.comments[c];
            if of.state != State::Waiting {
                continue;
            }
            if of.leaves <= self.now {
                self.say('-', c);
                self.comments[c].state = State::Gone;
            } else if self.stage(of.class, of.since) > of.stage {
                widened.push(c);
            }
        }
        widened.sort_by_key(|&c| (self.comments[c].since, c));
        for &c in &widened {
            self.file(c, false);
        }
        if !widened.is_empty() {
            self.assign();
        }
    }

    /// The team's rank, then the rule for people: who takes a newcomer.
    fn taker(&self, class: usize) -> Option<usize> {
        let open: Vec<&Preference> = self.plan.classes[class]
            .teams
            .iter()
            .filter(|t| t.after == Span::ZERO && self.free(t.team.0 as usize) > t.reserve as usize)
            .collect();
        let best = open.iter().map(|t| t.rank).min()?;
        let teams: Vec<usize> = open
            .iter()
            .filter(|t| t.rank == best)
            .map(|t| t.team.0 as usize)
            .collect();
        Some(self.choose(&teams))
    }

    fn arrive(&mut self, id: usize, case: &Case) {
        let class = case.class as usize;
        self.comments.push(Comment {
            class,
            since: self.now,
            leaves: case.at.saturating_add(case.patience),
            key: case.key,
            left: case.work,
            done: 0,
            state: State::Gone,
            place: 0,
            stage: 0,
        });
        let in_house = self.comments.iter().filter(|c| c.state != State::Gone).count();
        if self
            .plan
            .capacity
            .is_some_and(|places| in_house >= places as usize)
        {
            self.say('!', id);
        } else if let Some(person) = self.taker(class) {
            self.begin(id, person);
        } else if let Some((person, victim)) = self.victim(class) {
            self.put_back(victim, person);
            self.begin(id, person);
            self.replace(victim);
        } else {
            self.file(id, false);
        }
    }

    /// What is interrupted goes to another who is free, or to the front of its queue.
    fn replace(&mut self, victim: usize) {
        let (class, since) = (self.comments[victim].class, self.comments[victim].since);
        let open: Vec<&Preference> = self.plan.classes[class]
            .teams
            .iter()
            .filter(|t| t.after.0 == 0 || since + t.after.0 <= self.now)
            .filter(|t| self.free(t.team.0 as usize) > t.reserve as usize)
            .collect();
        let Some(best) = open.iter().map(|t| t.rank).min() else {
            self.file(victim, true);
            return;
        };
        let teams: Vec<usize> = open
            .iter()
            .filter(|t| t.rank == best)
            .map(|t| t.team.0 as usize)
            .collect();
        let person = self.choose(&teams);
        self.begin(victim, person);
    }

    /// Whose work a newcomer interrupts: in the best team that has such, the worst rank, of several the youngest comment.
    fn victim(&self, class: usize) -> Option<(usize, usize)> {
        if self.plan.preemption != Preemption::BetterRank {
            return None;
        }
        let mut options: Vec<&Preference> = self.plan.classes[class]
            .teams
            .iter()
            .filter(|t| t.after == Span::ZERO)
            .collect();
        options.sort_by_key(|t| t.rank);
        for option in options {
            let team = option.team.0 as usize;
            let rank = |class: usize| {
                let takes = self.plan.teams[team].takes.iter();
                takes
                    .clone()
                    .find(|t| t.class.0 as usize == class)
                    .map(|t| t.rank)
            };
            let mut worst: Option<((u8, u64), usize, usize)> = None;
            for person in (0..self.people.len()).filter(|&p| self.people[p].team == team) {
                let held = self.held(person);
                let &[comment] = &held[..] else { continue };
                let of = &self.comments[comment];
                if !self.people[person].on_duty || rank(of.class) <= rank(class) {
                    continue;
                }
                let badness = (rank(of.class).unwrap(), of.since);
                if worst.is_none_or(|(other, ..)| badness > other) {
                    worst = Some((badness, person, comment));
                }
            }
            if let Some((_, person, comment)) = worst {
                return Some((person, comment));
            }
        }
        None
    }
}
