//! The waiting room: where comments wait, and in which order they are handed out.
//!
//! Two rooms keep the same promises. [`Rings`] holds first-come and last-come queues of comments that nobody needs to
//! find again: three words each, nothing to look up, impatience settled when a comment comes to the head. [`Slots`] gives every comment a slot from arrival to answer, so that
//! it can expire at its exact time, be interrupted, handed back or handed over, and queue by a number.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::deadlines::Deadlines;
use crate::plan::{AgentId, ClassId, CommentId, Order};
use crate::router::{Output, Sink};
use crate::time::{Span, Time};
use crate::{Arrival, Ticket};

const NIL: u32 = u32::MAX;

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
    /// Comments keep a slot until they are answered.
    const KEEPS: bool;
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
    /// The slots, in a room that has them.
    fn slots(&self) -> &Slots;
    fn slots_mut(&mut self) -> &mut Slots;
}

/// First-come and last-come queues without slots; impatience is settled at the head. For plans that need no slots:
/// [`crate::Plan::needs_slots`].
#[derive(Clone)]
pub struct Rings {
    rings: Vec<Ring>,
    waiting: u64,
    left: u64,
}

/// A queue in a ring of a power of two of places.
#[derive(Clone)]
struct Ring {
    class: ClassId,
    newest_first: bool,
    places: Vec<Waiting>,
    /// Place of the oldest, modulo their number.
    oldest: usize,
    len: usize,
}

/// A comment that waits in a ring.
#[derive(Clone, Copy)]
struct Waiting {
    since: Time,
    leaves: Time,
    id: CommentId,
}

impl Ring {
    fn new(class: ClassId, order: Order) -> Ring {
        let nobody = Waiting {
            since: Time::ZERO,
            leaves: Time::ZERO,
            id: CommentId(0),
        };
        Ring {
            class,
            newest_first: order == Order::NewestFirst,
            places: vec![nobody; 4],
            oldest: 0,
            len: 0,
        }
    }

    /// The `n`-th oldest.
    #[inline(always)]
    fn at(&self, n: usize) -> &Waiting {
        // Masked, an index into a power of two of places needs no check.
        &self.places[self.oldest.wrapping_add(n) & (self.places.len() - 1)]
    }

    #[inline(always)]
    fn first(&self) -> Option<&Waiting> {
        if self.len == 0 {
            return None;
        }
        Some(self.at(if self.newest_first { self.len - 1 } else { 0 }))
    }

    /// Takes out the first, which there must be.
    #[inline(always)]
    fn drop_first(&mut self) {
        self.len -= 1;
        if !self.newest_first {
            self.oldest = self.oldest.wrapping_add(1);
        }
    }

    #[inline(always)]
    fn push(&mut self, waiting: Waiting) {
        if self.len == self.places.len() {
            self.grow();
        }
        let mask = self.places.len() - 1;
        self.places[self.oldest.wrapping_add(self.len) & mask] = waiting;
        self.len += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let places = self.places.len();
        self.places.rotate_left(self.oldest & (places - 1));
        self.oldest = 0;
        self.places.resize(2 * places, self.places[0]);
    }

    fn clear(&mut self) {
        (self.oldest, self.len) = (0, 0);
    }

    fn retain(&mut self, mut keep: impl FnMut(&Waiting) -> bool) {
        let mask = self.places.len() - 1;
        let mut kept = 0;
        for n in 0..self.len {
            let waiting = *self.at(n);
            if keep(&waiting) {
                self.places[self.oldest.wrapping_add(kept) & mask] = waiting;
                kept += 1;
            }
        }
        self.len = kept;
    }

    fn iter(&self) -> impl Iterator<Item = &Waiting> {
        (0..self.len).map(|n| self.at(n))
    }
}

impl Room for Rings {
    const KEEPS: bool = false;

    fn new(orders: &[Order]) -> Rings {
        let ring = |(i, order): (usize, &Order)| Ring::new(ClassId(i as u16), *order);
        Rings {
            rings: orders.iter().enumerate().map(ring).collect(),
            waiting: 0,
            left: 0,
        }
    }

    fn clear(&mut self) {
        for ring in &mut self.rings {
            ring.clear();
        }
        self.waiting = 0;
        self.left = 0;
    }

    #[inline(always)]
    fn admit(&mut self, now: Time, arrival: &Arrival) -> Taken {
        Taken {
            ticket: Ticket::NONE,
            id: arrival.id,
            class: arrival.class,
            since: now,
        }
    }

    #[inline(always)]
    fn file(&mut self, now: Time, arrival: &Arrival, queue: QueueId, _wake: Time) -> Ticket {
        self.rings[queue.0 as usize].push(Waiting {
            since: now,
            leaves: arrival.leaves,
            id: arrival.id,
        });
        self.waiting += 1;
        Ticket::NONE
    }

    #[inline(always)]
    fn head<S: Sink>(&mut self, queue: QueueId, now: Time, out: &mut S) -> Option<Head> {
        let ring = &mut self.rings[queue.0 as usize];
        loop {
            let &Waiting { since, leaves, id } = ring.first()?;
            if leaves >= now {
                return Some(Head { since, key: 0 });
            }
            ring.drop_first();
            self.waiting -= 1;
            self.left += 1;
            out.put(
                now,
                Output::Left {
                    ticket: Ticket::NONE,
                    id,
                    class: ring.class,
                    since,
                    at: leaves,
                },
            );
        }
    }

    #[inline(always)]
    fn take(&mut self, queue: QueueId) -> Taken {
        let ring = &mut self.rings[queue.0 as usize];
        let &Waiting { since, id, .. } = ring.first().expect("a head was shown");
        ring.drop_first();
        self.waiting -= 1;
        Taken {
            ticket: Ticket::NONE,
            id,
            class: ring.class,
            since,
        }
    }

    fn len(&self, queue: QueueId) -> usize {
        self.rings[queue.0 as usize].len
    }

    #[inline(always)]
    fn waiting(&self) -> u64 {
        self.waiting
    }

    #[inline(always)]
    fn count_left(&mut self) -> u64 {
        std::mem::take(&mut self.left)
    }

    fn settle<S: Sink>(&mut self, now: Time, out: &mut S) {
        for ring in &mut self.rings {
            let class = ring.class;
            let before = ring.len;
            ring.retain(|&Waiting { since, leaves, id }| {
                if leaves < now {
                    out.put(
                        now,
                        Output::Left {
                            ticket: Ticket::NONE,
                            id,
                            class,
                            since,
                            at: leaves,
                        },
                    );
                }
                leaves >= now
            });
            let gone = (before - ring.len) as u64;
            self.waiting -= gone;
            self.left += gone;
        }
    }

    fn for_each_waiting(&self, f: &mut impl FnMut(ClassId, CommentId, Time)) {
        for ring in &self.rings {
            for &Waiting { since, id, .. } in ring.iter() {
                f(ring.class, id, since);
            }
        }
    }

    #[inline(always)]
    fn next_deadline(&self) -> Time {
        Time::NEVER
    }

    fn slots(&self) -> &Slots {
        unreachable!("rings have no slots")
    }

    fn slots_mut(&mut self) -> &mut Slots {
        unreachable!("rings have no slots")
    }
}

/// A slot per comment in the house, from arrival to answer.
#[derive(Clone)]
pub struct Slots {
    slots: Vec<Slot>,
    free: u32,
    queues: Vec<Queue>,
    pub(crate) deadlines: Deadlines,
    waiting: u64,
    left: u64,
    /// Filing order, for keyed queues.
    filed: u64,
}

#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) id: CommentId,
    /// Since when it waits in this class: kept when it is interrupted or handed back.
    pub(crate) since: Time,
    pub(crate) leaves: Time,
    /// When it must be looked at while it waits: it leaves, or may go to more teams.
    pub(crate) wake: Time,
    pub(crate) key: i64,
    /// Number under which it was filed; entries of keyed queues with another number are stale.
    filed: u64,
    /// Neighbours in a list queue, or in the list of what an agent holds.
    next: u32,
    prev: u32,
    pub(crate) agent: AgentId,
    queue: QueueId,
    pub(crate) class: ClassId,
    pub(crate) state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Free,
    Waiting,
    InWork,
    /// Somebody outside was asked.
    Out,
}

#[derive(Clone)]
enum Queue {
    List {
        newest_first: bool,
        head: u32,
        tail: u32,
        len: usize,
    },
    /// (key, filing number, slot)
    Keyed {
        heap: BinaryHeap<Reverse<(i64, u64, u32)>>,
        len: usize,
    },
}

impl Room for Slots {
    const KEEPS: bool = true;

    fn new(orders: &[Order]) -> Slots {
        let queue = |order: &Order| match order {
            Order::OldestFirst | Order::NewestFirst => Queue::List {
                newest_first: *order == Order::NewestFirst,
                head: NIL,
                tail: NIL,
                len: 0,
            },
            Order::SmallestKey | Order::ShortestRemaining => Queue::Keyed {
                heap: BinaryHeap::new(),
                len: 0,
            },
        };
        Slots {
            slots: Vec::new(),
            free: NIL,
            queues: orders.iter().map(queue).collect(),
            deadlines: Deadlines::new(),
            waiting: 0,
            left: 0,
            filed: 0,
        }
    }

    fn clear(&mut self) {
        self.slots.clear();
        self.free = NIL;
        for queue in &mut self.queues {
            match queue {
                Queue::List { head, tail, len, .. } => (*head, *tail, *len) = (NIL, NIL, 0),
                Queue::Keyed { heap, len } => {
                    heap.clear();
                    *len = 0;
                }
            }
        }
        self.deadlines.clear();
        self.waiting = 0;
        self.left = 0;
        self.filed = 0;
    }

    #[inline]
    fn admit(&mut self, now: Time, arrival: &Arrival) -> Taken {
        let ticket = self.allocate(now, arrival);
        Taken {
            ticket,
            id: arrival.id,
            class: arrival.class,
            since: now,
        }
    }

    #[inline]
    fn file(&mut self, now: Time, arrival: &Arrival, queue: QueueId, wake: Time) -> Ticket {
        let ticket = self.allocate(now, arrival);
        self.enqueue(ticket, queue, wake, false);
        ticket
    }

    #[inline]
    fn head<S: Sink>(&mut self, queue: QueueId, now: Time, _out: &mut S) -> Option<Head> {
        let ticket = self.first(queue)?;
        let slot = &self.slots[ticket as usize];
        debug_assert!(
            slot.leaves >= now,
            "deadlines are settled before anything later happens"
        );
        Some(Head {
            since: slot.since,
            key: slot.key,
        })
    }

    #[inline]
    fn take(&mut self, queue: QueueId) -> Taken {
        let ticket = Ticket(self.first(queue).expect("a head was shown"));
        self.unfile(ticket);
        self.taken(ticket)
    }

    fn len(&self, queue: QueueId) -> usize {
        match &self.queues[queue.0 as usize] {
            Queue::List { len, .. } | Queue::Keyed { len, .. } => *len,
        }
    }

    #[inline(always)]
    fn waiting(&self) -> u64 {
        self.waiting
    }

    #[inline(always)]
    fn count_left(&mut self) -> u64 {
        std::mem::take(&mut self.left)
    }

    fn settle<S: Sink>(&mut self, _now: Time, _out: &mut S) {
        // Deadlines are events here: nobody who has left is still in a queue.
    }

    fn for_each_waiting(&self, f: &mut impl FnMut(ClassId, CommentId, Time)) {
        for slot in self.slots.iter().filter(|slot| slot.state == State::Waiting) {
            f(slot.class, slot.id, slot.since);
        }
    }

    #[inline(always)]
    fn next_deadline(&self) -> Time {
        self.deadlines.peek()
    }

    #[inline(always)]
    fn slots(&self) -> &Slots {
        self
    }

    #[inline(always)]
    fn slots_mut(&mut self) -> &mut Slots {
        self
    }
}

impl Slots {
    pub(crate) fn slot(&self, ticket: Ticket) -> &Slot {
        &self.slots[ticket.0 as usize]
    }

    pub(crate) fn slot_mut(&mut self, ticket: Ticket) -> &mut Slot {
        &mut self.slots[ticket.0 as usize]
    }

    pub(crate) fn taken(&self, ticket: Ticket) -> Taken {
        let slot = self.slot(ticket);
        Taken {
            ticket,
            id: slot.id,
            class: slot.class,
            since: slot.since,
        }
    }

    /// Puts a comment that has a slot into a queue: at the end, or (`in_front`) where it is served next.
    pub(crate) fn enqueue(&mut self, ticket: Ticket, queue: QueueId, wake: Time, in_front: bool) {
        self.filed += 1;
        self.waiting += 1;
        let i = ticket.0;
        let slot = &mut self.slots[i as usize];
        slot.state = State::Waiting;
        slot.queue = queue;
        slot.wake = wake;
        slot.filed = self.filed;
        match &mut self.queues[queue.0 as usize] {
            Queue::List {
                newest_first,
                head,
                tail,
                len,
            } => {
                *len += 1;
                // Newest first serves the tail, so that "in front" is there where every newcomer goes.
                if in_front && !*newest_first {
                    (slot.prev, slot.next) = (NIL, *head);
                    match std::mem::replace(head, i) {
                        NIL => *tail = i,
                        old => self.slots[old as usize].prev = i,
                    }
                } else {
                    (slot.prev, slot.next) = (*tail, NIL);
                    match std::mem::replace(tail, i) {
                        NIL => *head = i,
                        old => self.slots[old as usize].next = i,
                    }
                }
            }
            Queue::Keyed { heap, len } => {
                *len += 1;
                // Equal keys: what was begun goes before what was not.
                let filed = if in_front { 0 } else { slot.filed };
                slot.filed = filed;
                heap.push(Reverse((slot.key, filed, i)));
                if heap.len() > 64 + 4 * *len {
                    let slots = &self.slots;
                    heap.retain(|Reverse(entry)| is_current(slots, queue, *entry));
                }
            }
        }
        if wake != Time::NEVER {
            self.deadlines.push(wake, i);
        }
    }

    /// Takes a waiting comment out of its queue; it keeps its slot.
    pub(crate) fn unfile(&mut self, ticket: Ticket) {
        let &Slot {
            queue, next, prev, ..
        } = &self.slots[ticket.0 as usize];
        self.slots[ticket.0 as usize].state = State::InWork;
        self.waiting -= 1;
        match &mut self.queues[queue.0 as usize] {
            Queue::List { head, tail, len, .. } => {
                *len -= 1;
                match prev {
                    NIL => *head = next,
                    prev => self.slots[prev as usize].next = next,
                }
                match next {
                    NIL => *tail = prev,
                    next => self.slots[next as usize].prev = prev,
                }
            }
            // Its entry goes stale and is dropped when it comes up.
            Queue::Keyed { len, .. } => *len -= 1,
        }
    }

    /// A waiting comment has a new deadline; the entry of the old one goes stale.
    pub(crate) fn rearm(&mut self, ticket: Ticket, leaves: Time, gate: Time) {
        let slot = &mut self.slots[ticket.0 as usize];
        slot.leaves = leaves;
        slot.wake = leaves.min(gate);
        if slot.wake != Time::NEVER {
            self.deadlines.push(slot.wake, ticket.0);
        }
    }

    /// Class, queue and since when, of a comment that waits.
    pub(crate) fn waits(&self, ticket: Ticket) -> Option<(ClassId, QueueId, Time)> {
        let slot = &self.slots[ticket.0 as usize];
        (slot.state == State::Waiting).then_some((slot.class, slot.queue, slot.since))
    }

    /// A waiting comment leaves.
    pub(crate) fn leave<S: Sink>(&mut self, ticket: Ticket, now: Time, out: &mut S) {
        self.unfile(ticket);
        let &Slot {
            id,
            class,
            since,
            leaves,
            ..
        } = self.slot(ticket);
        self.release(ticket);
        self.left += 1;
        out.put(
            now,
            Output::Left {
                ticket,
                id,
                class,
                since,
                at: leaves,
            },
        );
    }

    /// Gives the slot back.
    pub(crate) fn release(&mut self, ticket: Ticket) {
        let slot = &mut self.slots[ticket.0 as usize];
        slot.state = State::Free;
        slot.next = self.free;
        self.free = ticket.0;
    }

    /// A comment that was in work waits for somebody outside.
    pub(crate) fn send_out(&mut self, ticket: Ticket) {
        self.slots[ticket.0 as usize].state = State::Out;
    }

    /// Adds a comment in work to the list of what an agent holds, whose first entry is `first`.
    pub(crate) fn hold(&mut self, ticket: Ticket, agent: AgentId, first: Ticket) {
        let slot = &mut self.slots[ticket.0 as usize];
        slot.state = State::InWork;
        slot.agent = agent;
        slot.prev = NIL;
        slot.next = first.0;
        if first != Ticket::NONE {
            self.slots[first.0 as usize].prev = ticket.0;
        }
    }

    /// Takes it out of that list; returns the list's first entry, given what it was.
    pub(crate) fn let_go(&mut self, ticket: Ticket, first: Ticket) -> Ticket {
        let &Slot { next, prev, .. } = &self.slots[ticket.0 as usize];
        if next != NIL {
            self.slots[next as usize].prev = prev;
        }
        if prev == NIL {
            debug_assert_eq!(first, ticket);
            Ticket(next)
        } else {
            self.slots[prev as usize].next = next;
            first
        }
    }

    /// The next held by the same agent.
    pub(crate) fn next_held(&self, ticket: Ticket) -> Ticket {
        Ticket(self.slots[ticket.0 as usize].next)
    }

    /// Tickets of all in the house, in order.
    pub(crate) fn in_house(&self) -> impl Iterator<Item = Ticket> {
        let used = self
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.state != State::Free);
        used.map(|(i, _)| Ticket(i as u32))
    }

    /// A deadline came up: the comment it still means, if any.
    pub(crate) fn woken(&self, at: Time, ticket: u32) -> Option<Ticket> {
        let slot = &self.slots[ticket as usize];
        (slot.state == State::Waiting && slot.wake == at).then_some(Ticket(ticket))
    }

    fn allocate(&mut self, now: Time, arrival: &Arrival) -> Ticket {
        let slot = Slot {
            id: arrival.id,
            since: now,
            leaves: arrival.leaves,
            wake: Time::NEVER,
            key: arrival.key,
            filed: 0,
            next: NIL,
            prev: NIL,
            agent: AgentId(NIL),
            queue: QueueId(NIL),
            class: arrival.class,
            state: State::InWork,
        };
        match self.free {
            NIL => {
                self.slots.push(slot);
                Ticket(self.slots.len() as u32 - 1)
            }
            free => {
                self.free = self.slots[free as usize].next;
                self.slots[free as usize] = slot;
                Ticket(free)
            }
        }
    }

    fn first(&mut self, queue: QueueId) -> Option<u32> {
        match &mut self.queues[queue.0 as usize] {
            Queue::List {
                newest_first,
                head,
                tail,
                ..
            } => {
                let first = if *newest_first { *tail } else { *head };
                (first != NIL).then_some(first)
            }
            Queue::Keyed { heap, .. } => loop {
                let Reverse(entry) = *heap.peek()?;
                if is_current(&self.slots, queue, entry) {
                    return Some(entry.2);
                }
                heap.pop();
            },
        }
    }
}

/// Does this entry of the keyed queue still stand for a waiting comment?
fn is_current(slots: &[Slot], queue: QueueId, (key, filed, slot): (i64, u64, u32)) -> bool {
    let slot = &slots[slot as usize];
    slot.state == State::Waiting && slot.queue == queue && slot.filed == filed && slot.key == key
}

/// When a comment that waits since `since` must be looked at again, given that stages open `gates` after `since`.
pub(crate) fn next_gate(gates: &[Span], stage: usize, since: Time) -> Time {
    gates.get(stage).map_or(Time::NEVER, |&after| since + after)
}
