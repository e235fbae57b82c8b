//! The organisation: what it decides, as a pure state machine that is told the time.
//!
//! Architecture invariants: no clock, no random number, no input or output, no hash map; the same code runs in
//! simulated and in real time.

#![forbid(unsafe_code)]

mod chance;
mod crowd;
mod deadlines;
mod hours;
mod idle;
mod lists;
mod plan;
mod rings;
mod room;
mod router;
mod shares;
mod slots;
mod time;

pub use chance::{GOLDEN, mix};
pub use hours::Hours;
pub use lists::Lists;
pub use plan::{
    AgentChoice, AgentId, Attention, Between, CHANCES, ClassId, ClassPlan, CommentId, DoorChange, Expiry,
    LateFinish, LeavesFirst, Order, Plan, Preemption, Preference, RosterChange, Takes, TeamId, TeamPlan,
};
pub use rings::Rings;
pub use room::RoomKind;
pub use router::{Census, Input, Next, Output, Place, Rank, Router, Sink, WaitingRoom, Whereabouts};
pub use slots::Slots;
pub use time::{Span, Time};

/// A comment as the router meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Who it is.
    pub id: CommentId,
    /// Its routing class.
    pub class: ClassId,
    /// The last instant at which it still waits; [`Time::NEVER`] waits for ever.
    pub leaves: Time,
    /// Read by orders that go by a number: see [`Order`] and [`Between`]. Zero where no rule reads it.
    pub key: i64,
    /// A number that the world gave the comment, for rules that leave something to chance: evenly from 0 to below
    /// [`CHANCES`]. Zero where no rule reads it.
    pub chance: u32,
}

/// A comment's place in the house from arrival to answer: small numbers, used again. State kept beside the router is
/// indexed by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(pub u32);

impl Ticket {
    /// Where comments keep no slot.
    pub const NONE: Ticket = Ticket(u32::MAX);
}
