//! The compiled organisation: indices and integers, no strings, no laws. A scenario file becomes a [`Plan`] once,
//! before anything runs; the router only reads it.

use crate::time::{Span, Time};

/// A routing class: one combination of class, channel and page that the rules can tell apart, or a later stage of
/// one (after a hand-over).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClassId(pub u16);

/// A team of interchangeable agents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TeamId(pub u16);

/// One person (or, in an unlimited team, one of as many as are needed). Agents of a team are numbered together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AgentId(pub u32);

/// Who a comment is, for ever: its cause, not its moment. Every random number about it is a function of this.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CommentId(pub u64);

/// The organisation as the router reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Indexed by [`ClassId`].
    pub classes: Vec<ClassPlan>,
    /// Indexed by [`TeamId`].
    pub teams: Vec<TeamPlan>,
    /// Comings and goings, by time; agents not named here are on duty from the start.
    pub roster: Vec<RosterChange>,
    /// Classes that open and close, by time; those not named here are open from the start.
    pub doors: Vec<DoorChange>,
    /// Which agent of several available ones takes a comment.
    pub choice: AgentChoice,
    /// Several agents may be done at one instant: some work has a given length. Where all lengths are spread continuously
    /// it is `false`, and the router need not wait for others who are done at the same instant.
    pub finishes_may_tie: bool,
    /// Who may interrupt whose work.
    pub preemption: Preemption,
    /// Places in all, waiting and in work together; an arrival that finds them taken is blocked.
    pub capacity: Option<u32>,
    /// How impatience is settled.
    pub expiry: Expiry,
}

/// How one routing class queues, and who may take it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassPlan {
    /// Order within the class.
    pub order: Order,
    /// Teams that may take it, best first: ascending by rank. Equal ranks are settled by [`AgentChoice`].
    pub teams: Vec<Preference>,
    /// Priority gained per second of waiting, for [`Between::Accumulating`].
    pub slope: u32,
    /// Most that may wait; an arrival beyond it is blocked.
    pub queue_capacity: Option<u32>,
    /// Most that may be in the house, waiting and in work together (the lines of a switchboard); an arrival beyond it is
    /// blocked.
    pub lines: Option<u32>,
    /// Taken on are arrivals whose [`crate::Arrival::chance`] is below this; [`CHANCES`] takes all on. The others are
    /// ignored: they never join the queue.
    pub taken_on: u32,
}

/// One more than the largest [`crate::Arrival::chance`].
pub const CHANCES: u32 = 1 << 31;

/// One team in a class's list of preferences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preference {
    /// The team.
    pub team: TeamId,
    /// 0 is best.
    pub rank: u8,
    /// The team may take it only once it has waited this long (overflow, widening).
    pub after: Span,
    /// Agents of the team kept free: this class may take one only while more than this many are idle.
    pub reserve: u32,
}

/// A team and what it may take.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamPlan {
    /// Agents; `None` is as many as are ever needed.
    pub agents: Option<u32>,
    /// Comments one agent may hold at once; `u32::MAX` is without limit.
    pub at_once: u32,
    /// Classes in the order the team prefers them: ascending by rank.
    pub takes: Vec<Takes>,
    /// Which of several queues of equal rank is served first.
    pub between: Between,
    /// Who goes when the number on duty falls.
    pub leaves_first: LeavesFirst,
    /// What happens to work in hand when the shift ends.
    pub late_finish: LateFinish,
    /// When its agents look at what waits.
    pub attention: Attention,
}

/// When agents of a team look at what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// All the time they are on duty.
    Full,
    /// From [`crate::Input::Look`] on, until nothing waits or the session is over; then they turn away.
    Sessions,
    /// The same, but who looks and finds nothing stays until something comes.
    SessionsOrStay,
}

/// One class in a team's list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Takes {
    /// The class.
    pub class: ClassId,
    /// 0 is best: static priority.
    pub rank: u8,
}

/// Order within one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// First come, first served.
    OldestFirst,
    /// Last come, first served.
    NewestFirst,
    /// Smallest [`crate::Arrival::key`] first: random order, earliest deadline, shortest work, weighted score: all are
    /// a number known on arrival. Equal keys: oldest first.
    SmallestKey,
    /// Smallest remaining work first; the key is the work in nanoseconds and shrinks as it is done.
    ShortestRemaining,
}

/// Which of several queues of equal rank an agent serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// The head that came first.
    Oldest,
    /// The head that came last.
    Newest,
    /// The head with the smallest key.
    SmallestKey,
    /// The head whose waiting time since [`crate::Arrival::key`] (a virtual arrival time in nanoseconds, which may be
    /// negative) times its class's slope is largest (accumulating priority; weighted score).
    Accumulating,
}

/// Which of several available agents takes a comment, within a team and between teams of equal rank.
///
/// Every rule but [`AgentChoice::FillUp`] first asks who holds the fewest comments. Among equals the rule decides, and
/// where the rule sees no difference, the agent listed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentChoice {
    /// The agent whose last finish, or coming on duty, lies longest ago.
    LongestIdle,
    /// The agent with the smallest occupancy so far: time with something in hand over time on duty.
    LeastOccupied,
    /// The agent listed first.
    FirstListed,
    /// The agent who holds the most comments and has room for another.
    FillUp,
    /// Each with the same chance, by the comment's own number ([`Router::reset`](crate::Router::reset)).
    Random,
}

/// Who may interrupt whose work. Interrupted work resumes where it stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preemption {
    /// Nobody: work once begun is finished.
    Never,
    /// A class of strictly better rank in the team's list.
    BetterRank,
    /// Every newcomer.
    Newest,
    /// A comment with strictly less work than remains.
    ShorterRemaining,
}

/// Who goes when the number of a team's agents on duty falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeavesFirst {
    /// An agent with empty hands, of several the one listed last; where all hold something, the agent who holds least, of
    /// several the one listed last. The roster then says how many are on duty, not who: when their number rises, those
    /// listed first come.
    Idle,
    /// The agents whom the roster names, busy or not.
    LastListed,
}

/// What happens to work in hand when the shift ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateFinish {
    /// It is finished; the agent leaves then.
    Finish,
    /// It goes back to the head of its queue with its remaining work.
    HandBack,
}

/// How impatience is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It may wait until the comment reaches the head of its queue, and is dated back to its true moment. Cheap, and
    /// exact in every measure but a live queue length.
    Silent,
    /// At its exact time, as an event that acts.
    Exact,
}

/// A class opens or closes: a closed one takes nobody on, and who still waits at closing is sent away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoorChange {
    /// When.
    pub at: Time,
    /// Which.
    pub class: ClassId,
    /// Open from here, or closed.
    pub open: bool,
}

/// An agent comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterChange {
    /// When.
    pub at: Time,
    /// Who.
    pub agent: AgentId,
    /// On duty from here, or off.
    pub on: bool,
}
