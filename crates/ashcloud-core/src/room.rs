//! The waiting room: where comments wait, and in which order they are handed out.
//!
//! Three rooms keep the same promises, and what a plan needs says which is used ([`crate::Plan::room`]). [`crate::Rings`] holds
//! first-come and last-come queues of comments that nobody needs to find again: three words each, impatience settled when a
//! comment comes to the head. In [`crate::Lists`] every comment is kept by when it leaves, and leaves at its exact time.
//! [`crate::Slots`] gives it a slot from arrival to answer, so that it can be interrupted, handed back or handed over, and queue
//! by a number.

use crate::plan::{ClassId, CommentId, Order};
use crate::router::{Output, Sink};
use crate::slots::Slots;
use crate::time::{Span, Time};
use crate::{Arrival, Ticket};

/// The waiting rooms, each able to do all that those before it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoomKind {
    /// Comments that nobody needs to find: who has left is noticed at the head of the queue.
    Rings,
    /// Comments that leave at their exact time: the live queue can be read.
    Lists,
    /// Comments with a slot, and so tickets, until they are answered: anything may be done with them.
    Slots,
}

/// A queue: one class at one stage of widening.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct QueueId(pub(crate) u32);

/// What the rules may compare of the first in a queue.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    pub(crate) since: Time,
    pub(crate) key: i64,
}

/// A comment on its way to an agent.
#[derive(Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) ticket: Ticket,
    pub(crate) id: CommentId,
    pub(crate) class: ClassId,
    pub(crate) since: Time,
}

/// What the router asks of a waiting room.
pub(crate) trait Room {
    /// Which it is.
    const KIND: RoomKind;
    /// Comments keep a slot until they are answered.
    const KEEPS: bool = matches!(Self::KIND, RoomKind::Slots);
    /// Whoever waits, waits still: deadlines act at their exact time.
    const LIVE: bool = !matches!(Self::KIND, RoomKind::Rings);
    /// `orders[q]` is the order of queue `q`.
    fn new(orders: &[Order]) -> Self;
    fn clear(&mut self);
    /// A comment that goes straight to an agent.
    fn admit(&mut self, now: Time, arrival: &Arrival) -> Taken;
    /// A comment that waits. It is woken at `wake`, if that comes first.
    fn file(&mut self, now: Time, arrival: &Arrival, queue: QueueId, wake: Time) -> Ticket;
    /// The first in the queue; in a room that settles impatience here, those who left before `now` are let go first.
    fn head<S: Sink>(&mut self, queue: QueueId, now: Time, out: &mut S) -> Option<Head>;
    /// Takes the first, which [`Room::head`] has just shown.
    fn take(&mut self, queue: QueueId) -> Taken;
    /// Shows the first and takes it.
    #[inline(always)]
    fn next<S: Sink>(&mut self, queue: QueueId, now: Time, out: &mut S) -> Option<Taken> {
        self.head(queue, now, out)?;
        Some(self.take(queue))
    }
    /// Comments in the queue, unsettled leavers included.
    fn len(&self, queue: QueueId) -> usize;
    /// Comments in all queues, unsettled leavers included.
    fn waiting(&self) -> u64;
    /// How many left since the last call.
    fn count_left(&mut self) -> u64;
    /// Lets go, wherever they stand, all who left before `now`.
    fn settle<S: Sink>(&mut self, now: Time, out: &mut S);
    /// Shows every comment that waits: class, who, since when.
    fn for_each_waiting(&self, f: &mut impl FnMut(ClassId, CommentId, Time));
    /// When the next waiting comment must be looked at.
    fn next_deadline(&self) -> Time;
    /// Lets go whoever a deadline that is due was made for, if they still wait: in a live room without slots.
    fn expire<S: Sink>(&mut self, now: Time, out: &mut S);
    /// The slots, in a room that has them; the router asks no other.
    fn slots(&self) -> &Slots {
        unreachable!("this room has no slots")
    }
    fn slots_mut(&mut self) -> &mut Slots {
        unreachable!("this room has no slots")
    }
}

/// When a comment that waits since `since` must be looked at again, given that stages open `gates` after `since`.
pub(crate) fn next_gate(gates: &[Span], stage: usize, since: Time) -> Time {
    gates.get(stage).map_or(Time::NEVER, |&after| since + after)
}

/// On its way to an agent, without a slot.
#[inline(always)]
pub(crate) fn taken(class: ClassId, id: CommentId, since: Time) -> Taken {
    Taken {
        ticket: Ticket::NONE,
        id,
        class,
        since,
    }
}

/// Gone, without a slot.
#[inline(always)]
pub(crate) fn left(class: ClassId, id: CommentId, since: Time, at: Time) -> Output {
    Output::Left {
        ticket: Ticket::NONE,
        id,
        class,
        since,
        at,
    }
}
