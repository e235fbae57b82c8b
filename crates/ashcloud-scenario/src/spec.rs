//! The run shape: what a scenario file becomes. Numbers and indices only; names are kept beside them for reports.

use std::sync::Arc;

use ashcloud_core::{ClassId, Hours, Plan, Span, TeamId, Time};

use crate::calendar::LocalClock;

/// A scenario, compiled: everything a run, a comparison and a report need.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The question, in the file's words.
    pub title: String,
    /// The file as named on the command line, for reports.
    pub file: String,
    /// The staffing models under comparison, in the file's order; at least one.
    pub models: Vec<Model>,
    /// What is asked of each.
    pub targets: Vec<Target>,
    /// How much is run.
    pub experiment: Experiment,
    /// What is measured.
    pub observe: Observe,
    /// Places where names stand for indices.
    pub names: Names,
    /// The local clock of each world, by [`Model::world_id`]; `None` where the file names no start.
    pub clocks: Vec<Option<LocalClock>>,
    /// The whole configuration as it was understood, overrides applied: canonical TOML, for the result document.
    pub configuration: String,
}

/// One staffing model and the world it meets.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// What it decides.
    pub plan: Plan,
    /// How its people work.
    pub service: Service,
    /// What happens to it. Models that meet the same world share it; `world_id` tells.
    pub world: Arc<World>,
    /// Equal for models that meet the same world; only those are compared in pairs.
    pub world_id: u32,
    /// Names of its teams, indexed by [`TeamId`].
    pub team_names: Vec<String>,
    /// Opening hours of each team (its shifts, breaks included), indexed by [`TeamId`]; always open for a team without hours.
    pub team_hours: Vec<Hours>,
    /// Pay per agent-hour of each team, indexed by [`TeamId`]; zero where the file names none.
    pub cost_per_hour: Vec<f64>,
    /// Which hours of each team the page pays for, indexed by [`TeamId`].
    pub charged: Vec<Charged>,
    /// The arrival class that each routing class of the plan belongs to (itself, or where it came from by hand-over),
    /// indexed by [`ClassId`]. The first `names.arrivals.len()` routing classes are the arrival classes.
    pub base_class: Vec<ClassId>,
}

/// Which hours of a team the page pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charged {
    /// All hours on duty: the team does nothing else.
    OnDuty,
    /// The hours its people work on comments: the rest of their day is paid for by other duties.
    AtWork,
}

/// Names of arrival classes and where each belongs.
#[derive(Clone, Debug)]
pub struct Names {
    /// Classes as the file names them ("question").
    pub classes: Vec<String>,
    /// Channels ("wall", "private").
    pub channels: Vec<String>,
    /// Arrival classes: index in `classes`, index in `channels`. Pages tell further classes apart: a pair may stand here
    /// more than once.
    pub arrivals: Vec<(usize, usize)>,
    /// The arrival class of calls, where the scenario has a phone line. Calls are no comments: measures of "all" leave
    /// them out.
    pub calls: Option<ClassId>,
}

/// What happens: arrivals, tolerance, work content, on one clock.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// Streams of arrivals.
    pub streams: Vec<Stream>,
    /// Indexed by [`ClassId`], arrival classes only.
    pub kinds: Vec<Kind>,
    /// Waiting at time 0, in this order.
    pub backlog: Vec<(ClassId, u32)>,
    /// Comments that arrive before this are not measured (steady-state scenarios only).
    pub warm_up: Time,
    /// Comments that arrive from here on are not measured.
    pub horizon: Time,
    /// The run ends here: horizon and follow-up.
    pub end: Time,
    /// Local midnights from the start to the end, the first at or before 0 clipped to 0.
    pub days: Vec<Time>,
    /// Index of the stream of calls, where there is a phone line.
    pub phone: Option<usize>,
}

/// A stream of arrivals.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Its name in the file.
    pub name: String,
    /// When.
    pub source: Source,
    /// Which arrival class, with probabilities that sum to 1.
    pub mix: Vec<(ClassId, f64)>,
    /// Offspring.
    pub contagion: Option<Contagion>,
    /// Share of angry comments.
    pub angry: f64,
    /// Followers of the writer.
    pub followers: Option<Law>,
    /// Posts in the thread.
    pub thread: Option<Law>,
    /// Weight of its topic.
    pub topic_weight: f64,
}

/// When comments of a stream arrive. Rates are per second.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Constant rate.
    Poisson {
        /// Arrivals per second.
        rate: f64,
    },
    /// Piecewise-constant rate (profiles, counts, schedules), times random factors of mean 1.
    Pieces {
        /// `from` ascending, the first at 0; the last lasts until the world's end.
        pieces: Arc<[Piece]>,
        /// Random factors, multiplied.
        busyness: Vec<Busyness>,
    },
    /// `initial * exp(-t / time)`.
    Decay {
        /// Arrivals per second at the start.
        initial: f64,
        /// Seconds.
        time: f64,
    },
    /// `mean * (1 + amplitude * sin(2 pi (t - phase) / period))`.
    Sinusoidal {
        /// Arrivals per second.
        mean: f64,
        /// 0 to 1.
        amplitude: f64,
        /// Seconds.
        period: f64,
        /// Seconds by which the sine is shifted to the right.
        phase: f64,
    },
    /// Independent gaps.
    Renewal(Law),
    /// A Poisson process whose rate follows a Markov chain.
    Mmpp {
        /// Arrivals per second in each state.
        rates: Vec<f64>,
        /// `switching[i][j]`: rate from i to j per second; the diagonal is ignored.
        switching: Vec<Vec<f64>>,
        /// Start in the stationary law, or in state 0.
        start: Start,
    },
    /// Batches at the points of a Poisson process.
    Batch {
        /// Batches per second.
        rate: f64,
        /// Comments in each.
        size: BatchSize,
    },
    /// Each of `affected` contacts with probability `contact`, at a time with density g (MODEL 3).
    Storm {
        /// When it breaks.
        at: Time,
        /// Contacts that could be hit.
        affected: u64,
        /// Probability that one writes.
        contact: f64,
        /// Seconds: density (1-exp(-u/rise))exp(-u/decay) up to `lasts`, then exponential with mean `tail`.
        rise: f64,
        /// Seconds.
        decay: f64,
        /// Seconds.
        lasts: f64,
        /// Seconds.
        tail: f64,
    },
    /// Fixed instants, ascending.
    Times(Arc<[Time]>),
    /// A log, replayed.
    Trace(Trace),
}

/// From `from` on, this rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// When it begins.
    pub from: Time,
    /// Arrivals per second.
    pub rate: f64,
}

/// A random factor of mean 1, constant over a block: Gamma(shape, 1/shape).
#[derive(Clone, Debug, PartialEq)]
pub struct Busyness {
    /// Shape; the coefficient of variation is `1/sqrt(shape)`.
    pub shape: f64,
    /// Block starts.
    pub blocks: Blocks,
    /// Correlation of the normal scores of neighbouring blocks (Gaussian copula, AR(1)); 0 is independent.
    pub correlation: f64,
}

/// Where blocks begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Blocks {
    /// At local midnights: [`World::days`].
    Days,
    /// Every so often from the start.
    Every(Span),
}

/// Whether a process starts in its stationary law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// In its long-run law.
    Stationary,
    /// With no history.
    Empty,
}

/// Comments in a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BatchSize {
    /// Always so many.
    Fixed(u32),
    /// Geometric on 1, 2, ... with this mean.
    Geometric(f64),
}

/// A replayed log.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Ascending by time.
    pub events: Arc<[TraceEvent]>,
    /// Probability that an event is kept.
    pub keep: f64,
    /// The local days of the run, where whole days are taken in random order, with replacement, instead of as they came.
    /// The events of each day are in the order of its clock then.
    pub bootstrap: Option<Arc<[LocalDay]>>,
}

/// A local day on the scenario's clock, with what the clocks on its walls show. Nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalDay {
    /// It begins; before 0 for the day in which the run starts.
    pub from: i64,
    /// The next one begins.
    pub to: i64,
    /// What the clock shows when it begins: 0, unless midnight was skipped.
    pub opens: i64,
    /// The clock is changed so long after the day has begun; `i64::MAX` for never.
    pub changes: i64,
    /// By so much, forward where positive.
    pub by: i64,
}

impl LocalDay {
    /// What the clock shows so long after the day has begun.
    pub fn clock(&self, elapsed: i64) -> i64 {
        let by = if elapsed >= self.changes { self.by } else { 0 };
        self.opens + elapsed + by
    }

    /// How long after its beginning the clock shows this: for the first time where it does so twice, at the change where it
    /// never does.
    pub fn elapsed(&self, clock: i64) -> i64 {
        let before = clock - self.opens;
        if before < self.changes {
            before.max(0)
        } else {
            (before - self.by).max(self.changes)
        }
    }
}

/// One event of a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TraceEvent {
    /// When, on the scenario's clock.
    pub at: Time,
    /// Its arrival class where the log names one; otherwise the stream's mix decides.
    pub class: Option<ClassId>,
}

/// Hawkes: every comment has a Poisson number of offspring.
#[derive(Clone, Debug, PartialEq)]
pub struct Contagion {
    /// Mean offspring of a comment (branching ratio), below 1.
    pub offspring: f64,
    /// Delay from parent to child.
    pub kernel: Kernel,
    /// From an empty history or stationary.
    pub start: Start,
    /// Relative activity over time (mean 1) in which delays are counted; `None` is the wall clock.
    pub clock: Option<Arc<[Piece]>>,
    /// Offspring are proportional to the writer's followers (over their mean).
    pub by_followers: bool,
}

/// Density of the delay from parent to child. Seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    /// Exponential.
    Exponential {
        /// Mean delay.
        mean: f64,
    },
    /// Constant up to `flat`, then falling as `t^-exponent`, cut at `cut`, renormalised.
    Power {
        /// Seconds of constant density.
        flat: f64,
        /// Above 1.
        exponent: f64,
        /// Seconds after which nothing comes.
        cut: f64,
    },
    /// `theta c^theta / (t + c)^(1 + theta)` (Omori, Lomax).
    Lomax {
        /// Seconds.
        c: f64,
        /// Above 0.
        theta: f64,
    },
}

/// A law of a non-negative quantity; times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// Always this.
    Constant(f64),
    /// Exponential with this mean.
    Exponential(f64),
    /// Sum of `shape` exponentials.
    Erlang {
        /// Number of phases.
        shape: u32,
        /// Mean of the sum.
        mean: f64,
    },
    /// One of several exponentials: (probability, mean); probabilities sum to 1.
    Hyperexponential(Vec<(f64, f64)>),
    /// Between two values.
    Uniform {
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
    },
    /// A density that rises in a straight line from the least value to the mode and falls in one to the largest.
    Triangular {
        /// Smallest.
        low: f64,
        /// Most likely.
        mode: f64,
        /// Largest; above `low`.
        high: f64,
    },
    /// exp of a normal.
    Lognormal {
        /// Mean of the logarithm (of seconds).
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Gamma.
    Gamma {
        /// Shape.
        shape: f64,
        /// Scale.
        scale: f64,
    },
    /// Weibull.
    Weibull {
        /// Shape.
        shape: f64,
        /// Scale.
        scale: f64,
    },
    /// Pareto: P(X > x) = (minimum/x)^alpha.
    Pareto {
        /// Tail exponent.
        alpha: f64,
        /// Smallest value.
        minimum: f64,
    },
    /// One of these, each equally likely.
    Empirical(Arc<[f64]>),
    /// A distribution function by points, straight between them (from (0,0)), with a tail behind the last.
    Points(Arc<Points>),
    /// The least of independent values of these laws, of which there is at least one.
    Least(Arc<[Law]>),
}

impl Law {
    /// Does some value come with a probability of its own, so that two draws may be equal?
    pub fn has_atoms(&self) -> bool {
        match self {
            Law::Constant(_) | Law::Empirical(_) => true,
            Law::Uniform { low, high } => low == high,
            // A first point at 0 is an atom there.
            Law::Points(points) => {
                let steps = |pair: &[(f64, f64)]| pair[0].0 == pair[1].0;
                points.knots.first().is_some_and(|knot| knot.0 == 0.0)
                    || points.knots.windows(2).any(steps)
                    || points.tail.as_ref().is_some_and(Law::has_atoms)
            }
            Law::Least(laws) => laws.iter().any(Law::has_atoms),
            _ => false,
        }
    }
}

/// A law given by points of its distribution function.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// (value, probability of at most it), both ascending.
    pub knots: Vec<(f64, f64)>,
    /// The rest: this law, given that it lies between the last knot and the cut.
    pub tail: Option<Law>,
    /// Nothing lies beyond; infinity where there is no cut.
    pub cut: f64,
}

/// What the world knows of one arrival class.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind {
    /// Work content: time in hand of an agent of speed 1 who holds nothing else.
    pub handling: Law,
    /// How long a customer waits, and what happens then; `None` waits for ever.
    pub tolerance: Option<Tolerance>,
    /// A blocked customer tries again so.
    pub when_blocked: Option<Retry>,
    /// `balks[n]`: probability of turning away on seeing n waiting; the last entry holds beyond. Empty: never.
    pub balks: Vec<f64>,
}

/// The number that [`ashcloud_core::Arrival::key`] carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// No rule reads it: 0.
    None,
    /// A uniform random number: random order.
    Random,
    /// Arrival plus this: earliest deadline.
    Due(Span),
    /// The work content in nanoseconds: shortest work, shortest remaining.
    Work,
    /// A virtual arrival time: arrival minus `seconds_per_point` times the score's points that do not change while
    /// waiting (accumulating priority has no points: the arrival itself).
    Score {
        /// Points for an angry comment.
        angry: f64,
        /// Points per log10(1 + followers).
        followers: f64,
        /// Points per unit of the topic's weight.
        topic: f64,
        /// Points per post in the thread.
        thread: f64,
        /// Seconds of waiting that are worth one point (target / weight of age).
        seconds_per_point: f64,
    },
    /// Minus the points alone, scaled by 1e6: a score without age.
    Points {
        /// Points for an angry comment.
        angry: f64,
        /// Points per log10(1 + followers).
        followers: f64,
        /// Points per unit of the topic's weight.
        topic: f64,
        /// Points per post in the thread.
        thread: f64,
    },
}

/// How long a customer waits, and then.
#[derive(Clone, Debug, PartialEq)]
pub struct Tolerance {
    /// The law.
    pub law: Law,
    /// Coming back after leaving.
    pub retry: Option<Retry>,
    /// After a hand-back at the end of a shift, tolerance starts anew (drawn again) instead of keeping its deadline.
    pub anew_after_hand_back: bool,
}

/// Coming back.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Probability.
    pub probability: f64,
    /// After how long.
    pub after: Law,
    /// At most so many times; `None` is without limit.
    pub at_most: Option<u32>,
}

/// How a model's people work.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// `speed[class][team]`: work done per unit of time, 1 is normal. Indexed by routing class of the plan.
    pub speed: Vec<Vec<f64>>,
    /// Handling of routing classes made by hand-over where it differs from the arrival class's; indexed by routing
    /// class.
    pub handling: Vec<Option<Law>>,
    /// Slowdown `a` of each team: an agent who holds k works at rate 1/(1 + a(k-1)) on each; 1 is equal sharing.
    pub slowdown: Vec<f64>,
    /// Set-up before the first work after idling, per team.
    pub set_up: Vec<Option<Law>>,
    /// Where finished work goes next.
    pub hand_over: Vec<HandOver>,
    /// Number that the model's order reads, per arrival class (an order is the organisation's, so it is not the world's).
    pub keys: Vec<Key>,
    /// When the people of each team look at the page, and what they pick; `None` is full-time attention. Indexed by
    /// [`TeamId`].
    pub attention: Vec<Option<Attention>>,
    /// Comments whose answer is not known to who has them in hand.
    pub consults: Vec<Consult>,
    /// Does a team take the phone? Where none does, calls are somebody else's and are left out.
    pub takes_calls: bool,
}

/// Part-time attention: away, then a session at the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Attention {
    /// How long a person stays away, counted from coming on duty or from the end of a session.
    pub gap: Law,
    /// Nothing new is begun once a session has lasted this long; [`Span::FOREVER`] goes on until nothing waits.
    pub session: Span,
    /// What is answered on first sight; `None` answers everything.
    pub pick: Option<Pick>,
    /// Looks after hours.
    pub sofa: Option<Sofa>,
}

/// A comment of age `a` on first sight is picked with probability `at_once * exp(-a / fades)`, else scrolled past for ever.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// Probability at age 0.
    pub at_once: f64,
    /// Seconds in which interest falls by a factor e; infinity where it does not fall.
    pub fades: f64,
    /// What scrolling past takes.
    pub scan: Span,
}

/// With some probability a day, one look after hours.
#[derive(Clone, Debug, PartialEq)]
pub struct Sofa {
    /// Probability of a look on a day.
    pub probability: f64,
    /// Nothing new is begun once the look has lasted this long.
    pub session: Span,
    /// It begins evenly in `[from, to)`, one window per local day, ascending and disjoint.
    pub windows: Arc<[(Time, Time)]>,
}

/// Work that is known on first sight to need somebody else's answer: a mail is written (first service), the asked answers,
/// and the same team writes it up (service as routing class `write_up`).
#[derive(Clone, Debug, PartialEq)]
pub struct Consult {
    /// Routing class in hand.
    pub class: ClassId,
    /// Team that has it.
    pub team: TeamId,
    /// Probability of knowing the answer; decided by the comment's own draw, so who knows more knows what others know.
    pub knows: f64,
    /// Time in hand for the mail; `None` takes the handling of a comment.
    pub mail: Option<Law>,
    /// Probability that the mail is never answered.
    pub forgets: f64,
    /// Who is asked.
    pub asked: Asked,
    /// Routing class of the write-up, taken by `team` alone; its time in hand is [`Service::handling`]'s.
    pub write_up: ClassId,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// A department that is not simulated: it answers after so much of its own opening time.
    Department {
        /// Law of the delay, in opening time.
        reply: Law,
        /// Its opening hours up to the world's end.
        hours: Arc<Hours>,
    },
    /// A team of this model, through its own queue: the routing class of the mail there, which only that team takes. A
    /// [`HandOver`] leads from it to the write-up.
    Team(ClassId),
}

/// After service of `class` by `team`, with this probability on to the routing class `to`; else it is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct HandOver {
    /// Routing class just served.
    pub class: ClassId,
    /// By this team.
    pub team: TeamId,
    /// Where to, with probabilities that sum to at most 1.
    pub next: Vec<(ClassId, f64)>,
}

/// What is asked of each model.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its name; made from its terms where the file gives none.
    pub name: String,
    /// What is measured.
    pub measure: TargetMeasure,
    /// Reached when the measure is at least (shares) or at most (times) this: a share, or seconds.
    pub threshold: f64,
    /// Only this class (index in [`Names::classes`]).
    pub class: Option<usize>,
    /// Wall or business time.
    pub clock: Clock,
}

/// What a target measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TargetMeasure {
    /// Share answered within.
    AnsweredWithin(Span, Of),
    /// Share taken up (handling begun) within.
    StartedWithin(Span, Of),
    /// Mean first response.
    MeanResponse,
    /// Mean wait until handling begins.
    MeanWait,
    /// Quantile (0 to 1) of the first response of answered comments.
    ResponseQuantile(f64),
    /// Quantile (0 to 1) of the wait of all comments.
    WaitQuantile(f64),
    /// Answered of those that needed it.
    ResponseRate,
    /// Share of days on which the share answered within the span, of offered, is at least this.
    Daily(Span, f64),
    /// Share of days on which the platform's badge shows. Of all comments, on the wall clock.
    BadgeDays,
}

/// The four service levels (MODEL 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// answered in time / offered.
    Offered,
    /// answered in time / answered.
    Answered,
    /// (answered in time + left in time) / offered.
    OfferedLeftCounted,
    /// answered in time / (offered - left in time).
    OfferedLeftExcluded,
}

/// Whose time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// Every hour counts.
    Wall,
    /// Opening hours of the team that answers count.
    Business,
}

/// How much is run.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// Fixed number, or `None`: until precise.
    pub replications: Option<u32>,
    /// Half-width asked for: relative for times, absolute for shares.
    pub half_width: f64,
    /// Master seed.
    pub seed: u64,
    /// Confidence of intervals and verdicts.
    pub confidence: f64,
}

/// What is measured beside the targets.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "switches of a file, not states")]
pub struct Observe {
    /// State at these times, ascending.
    pub at: Vec<Time>,
    /// State over time in bins of this length; `None` is off.
    pub every: Option<Span>,
    /// Second moments of the state over time, and busy periods.
    pub moments: bool,
    /// Each replication ends when the house is first empty.
    pub until_clear: bool,
    /// Keep the distribution of waits.
    pub waits: bool,
    /// Keep the distribution of first responses.
    pub responses: bool,
}

impl Default for Observe {
    fn default() -> Observe {
        Observe {
            at: Vec::new(),
            every: None,
            moments: false,
            until_clear: false,
            waits: true,
            responses: true,
        }
    }
}
