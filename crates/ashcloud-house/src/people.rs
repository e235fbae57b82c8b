//! How people are: when they look at the page, what they pick there, and whom they ask.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use ashcloud_core::{AgentId, ClassId, CommentId, Hours, Span, TeamId, Ticket, Time};
use ashcloud_scenario::spec::{self, Asked, Pick, Service};
use ashcloud_world::{Purpose, Sampler, Traffic};

use crate::finishes::{Many, Pending};

/// Who looks when: part-time attention.
pub(crate) struct Looks {
    /// Indexed by team.
    habits: Vec<Option<Habit>>,
    /// The next look of each agent: of one on duty the end of the gap, of one off duty the next look from the sofa.
    next: Many<u128>,
    /// Times each agent has gone away so far.
    absences: Vec<u32>,
}

struct Habit {
    gap: Sampler,
    session: Span,
    sofa: Option<spec::Sofa>,
}

impl Looks {
    pub(crate) fn new(service: &Service, agents: usize) -> Looks {
        let habit = |a: &spec::Attention| Habit {
            gap: Sampler::new(&a.gap),
            session: a.session,
            sofa: a.sofa.clone().filter(|sofa| sofa.probability > 0.0),
        };
        let habits: Vec<Option<Habit>> = service.attention.iter().map(|a| a.as_ref().map(habit)).collect();
        let agents = if habits.iter().any(Option::is_some) {
            agents
        } else {
            0
        };
        Looks {
            habits,
            next: Many::new(agents),
            absences: vec![0; agents],
        }
    }

    pub(crate) fn reset(&mut self) {
        self.next.clear();
        self.absences.fill(0);
    }

    /// When somebody next looks.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Time {
        if self.absences.is_empty() {
            return Time::NEVER;
        }
        self.next.first().0
    }

    /// Who looks next.
    pub(crate) fn who(&mut self) -> AgentId {
        AgentId(self.next.first().1)
    }

    /// Takes the look that was just shown: how long this agent of this team stays, `on_duty` or on the sofa.
    pub(crate) fn take(&mut self, agent: AgentId, team: TeamId, on_duty: bool) -> Span {
        self.next.take(agent.0);
        self.next.settle();
        match &self.habits[usize::from(team.0)] {
            Some(Habit { session, .. }) if on_duty => *session,
            Some(Habit { sofa: Some(sofa), .. }) => sofa.session,
            _ => Span::ZERO,
        }
    }

    /// An agent goes away from the page, or comes on duty, or goes off: when do they look again?
    pub(crate) fn away(&mut self, now: Time, agent: AgentId, team: TeamId, on_duty: bool, traffic: &Traffic) {
        let Some(habit) = &self.habits[usize::from(team.0)] else {
            return;
        };
        if on_duty {
            let times = &mut self.absences[agent.0 as usize];
            let gap = traffic.absence(&habit.gap, agent, *times);
            *times += 1;
            self.next.set(agent.0, now + gap);
        } else {
            match habit
                .sofa
                .as_ref()
                .and_then(|sofa| next_look(sofa, now, agent, traffic))
            {
                Some(at) => self.next.set(agent.0, at),
                None => self.next.forget(agent.0),
            }
        }
    }
}

/// The first look from the sofa behind `now`.
fn next_look(sofa: &spec::Sofa, now: Time, agent: AgentId, traffic: &Traffic) -> Option<Time> {
    let first = sofa.windows.partition_point(|window| window.1 <= now);
    sofa.windows[first..]
        .iter()
        .zip(first..)
        .find_map(|(&(from, to), day)| {
            let place = traffic.sofa(agent, day as u32, sofa.probability)?;
            let at = from + Span((to.since(from).0 as f64 * place) as u64);
            (at > now).then_some(at)
        })
}

/// What somebody makes of a comment on first sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is answered.
    #[default]
    Answer,
    /// It is scrolled past.
    ScrollPast,
    /// Somebody else is asked: index in [`People::asks`].
    Ask(u16),
}

/// What people pick, and whom they ask.
pub(crate) struct People {
    /// What is picked, indexed by team.
    picks: Vec<Option<Pick>>,
    /// Classes that are looked at for the first time: arrival classes.
    fresh: usize,
    /// `[class][team]`: index in `asks`.
    ask: Vec<Vec<Option<u16>>>,
    pub(crate) asks: Vec<Ask>,
    /// Indexed by routing class: a mail in the queue of the team that is asked.
    mails: Vec<bool>,
    /// Everything that is seen is answered.
    plain: bool,
}

/// A question to somebody else.
pub(crate) struct Ask {
    knows: f64,
    /// Time in hand for the mail, where it has a law of its own.
    pub(crate) mail: Option<Sampler>,
    forgets: f64,
    pub(crate) write_up: ClassId,
    whom: Whom,
}

enum Whom {
    Department(Sampler, Arc<Hours>),
    Team(ClassId),
}

/// What becomes of a question.
pub(crate) enum Question {
    /// It goes to another team's queue as this class.
    To(ClassId),
    /// The answer comes then.
    Until(Time),
    /// No answer comes before the run ends.
    Unanswered,
    /// It is forgotten.
    Forgotten,
}

impl People {
    pub(crate) fn new(service: &Service, classes: usize, arrivals: usize) -> People {
        let teams = service.attention.len();
        let mut ask = vec![vec![None; teams]; classes];
        let mut asks = Vec::new();
        let mut mails = vec![false; classes];
        for consult in &service.consults {
            ask[usize::from(consult.class.0)][usize::from(consult.team.0)] = Some(asks.len() as u16);
            if let Asked::Team(class) = consult.asked {
                mails[usize::from(class.0)] = true;
            }
            asks.push(Ask {
                knows: consult.knows,
                mail: consult.mail.as_ref().map(Sampler::new),
                forgets: consult.forgets,
                write_up: consult.write_up,
                whom: match &consult.asked {
                    Asked::Department { reply, hours } => {
                        Whom::Department(Sampler::new(reply), hours.clone())
                    }
                    Asked::Team(class) => Whom::Team(*class),
                },
            });
        }
        let pick = |a: &Option<spec::Attention>| a.as_ref().and_then(|a| a.pick);
        let plain = asks.is_empty() && service.attention.iter().all(|a| pick(a).is_none());
        People {
            plain,
            picks: service.attention.iter().map(pick).collect(),
            fresh: arrivals,
            ask,
            asks,
            mails,
        }
    }

    /// Is this a mail that waits for an answer? Its writer asks; the customer's patience does not run out meanwhile.
    pub(crate) fn is_mail(&self, class: ClassId) -> bool {
        self.mails[usize::from(class.0)]
    }

    /// Can a team go on with what another began with this in mind? A question is the question of who asks.
    pub(crate) fn goes_on(&self, fate: Fate, class: ClassId, team: TeamId) -> bool {
        match fate {
            Fate::Ask(i) => self.ask[usize::from(class.0)][usize::from(team.0)] == Some(i),
            Fate::Answer | Fate::ScrollPast => true,
        }
    }

    /// How long a team takes to scroll past a comment.
    pub(crate) fn scan(&self, team: TeamId) -> Span {
        self.picks[usize::from(team.0)].map_or(Span::ZERO, |pick| pick.scan)
    }

    /// What somebody of this team makes of a comment of this age that they have in hand; `seen` before, it is not scrolled
    /// past any more.
    pub(crate) fn on_sight(
        &self,
        class: ClassId,
        team: TeamId,
        id: CommentId,
        age: Span,
        seen: bool,
        traffic: &Traffic,
    ) -> Fate {
        if self.plain {
            return Fate::Answer;
        }
        if let Some(pick) = &self.picks[usize::from(team.0)]
            && !seen
            && usize::from(class.0) < self.fresh
            && !traffic.is_picked(id, age, pick)
        {
            return Fate::ScrollPast;
        }
        match self.ask[usize::from(class.0)][usize::from(team.0)] {
            Some(i) if traffic.hardness(id) >= self.asks[usize::from(i)].knows => Fate::Ask(i),
            _ => Fate::Answer,
        }
    }
}

impl Ask {
    /// A question is sent at `now`, after a comment's `visit`-th service.
    pub(crate) fn send(&self, now: Time, id: CommentId, visit: u32, traffic: &Traffic) -> Question {
        match &self.whom {
            Whom::Team(class) => Question::To(*class),
            Whom::Department(..) if traffic.forgotten(id, visit, self.forgets) => Question::Forgotten,
            Whom::Department(reply, hours) => {
                let takes = traffic.law_at(reply, Purpose::Reply, id.0, visit);
                hours
                    .after(now, takes)
                    .map_or(Question::Unanswered, Question::Until)
            }
        }
    }
}

/// Answers on their way, by when they come, then by comment.
#[derive(Default)]
pub(crate) struct Replies(BinaryHeap<Reverse<(Time, u64, u32, u16)>>);

impl Replies {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn expect(&mut self, at: Time, id: CommentId, ticket: Ticket, ask: u16) {
        self.0.push(Reverse((at, id.0, ticket.0, ask)));
    }

    pub(crate) fn next(&self) -> Time {
        self.0.peek().map_or(Time::NEVER, |Reverse(first)| first.0)
    }

    /// Ticket and question of the next.
    pub(crate) fn take(&mut self) -> Option<(CommentId, Ticket, u16)> {
        self.0
            .pop()
            .map(|Reverse((_, id, ticket, ask))| (CommentId(id), Ticket(ticket), ask))
    }
}
