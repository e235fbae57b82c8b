//! The room where every comment has a slot from arrival to answer.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::deadlines::Deadlines;
use crate::plan::{AgentId, ClassId, CommentId, Order};
use crate::room::{Head, QueueId, Room, RoomKind, Taken};
use crate::router::{Output, Sink};
use crate::time::Time;
use crate::{Arrival, Ticket};

const NIL: u32 = u32::MAX;

/// A slot per comment in the house, from arrival to answer.
#[derive(Clone)]
pub struct Slots {
    slots: Vec<Slot>,
    /// Since when the comment in each slot waits; never, if it does not. By itself, so that all can be looked through.
    waits_since: Vec<Time>,
    free: u32,
    queues: Vec<Queue>,
    deadlines: Deadlines,
    /// The earliest of them.
    soonest: Time,
    waiting: u64,
    left: u64,
    /// Numbers for keyed queues: upwards in the order of filing, and downwards for what is put in front.
    last_filed: u64,
    first_filed: u64,
}

/// Filing numbers begin in the middle.
const MIDDLE: u64 = 1 << 63;

/// One line of memory.
#[derive(Clone)]
#[repr(align(64))]
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
    /// The queue in which it waits, or the agent who has it in hand.
    at: u32,
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
struct Queue {
    /// Comments that wait in it.
    len: usize,
    file: File,
}

#[derive(Clone)]
enum File {
    List {
        newest_first: bool,
        head: u32,
        tail: u32,
    },
    /// (key, filing number, slot)
    Keyed(BinaryHeap<Reverse<(i64, u64, u32)>>),
}

impl Room for Slots {
    const KIND: RoomKind = RoomKind::Slots;

    fn new(orders: &[Order]) -> Slots {
        let queue = |order: &Order| Queue {
            len: 0,
            file: match order {
                Order::OldestFirst | Order::NewestFirst => File::List {
                    newest_first: *order == Order::NewestFirst,
                    head: NIL,
                    tail: NIL,
                },
                Order::SmallestKey | Order::ShortestRemaining => File::Keyed(BinaryHeap::new()),
            },
        };
        Slots {
            slots: Vec::new(),
            waits_since: Vec::new(),
            free: NIL,
            queues: orders.iter().map(queue).collect(),
            deadlines: Deadlines::new(),
            soonest: Time::NEVER,
            waiting: 0,
            left: 0,
            last_filed: MIDDLE,
            first_filed: MIDDLE,
        }
    }

    fn clear(&mut self) {
        self.slots.clear();
        self.waits_since.clear();
        self.free = NIL;
        for queue in &mut self.queues {
            queue.len = 0;
            match &mut queue.file {
                File::List { head, tail, .. } => (*head, *tail) = (NIL, NIL),
                File::Keyed(heap) => heap.clear(),
            }
        }
        self.deadlines.clear();
        self.soonest = Time::NEVER;
        self.waiting = 0;
        self.left = 0;
        (self.last_filed, self.first_filed) = (MIDDLE, MIDDLE);
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

    #[inline(always)]
    fn head<S: Sink>(&mut self, queue: QueueId, now: Time, _out: &mut S) -> Option<Head> {
        if self.queues[queue.0 as usize].len == 0 {
            return None;
        }
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

    #[inline(always)]
    fn len(&self, queue: QueueId) -> usize {
        self.queues[queue.0 as usize].len
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
        self.soonest
    }

    fn expire<S: Sink>(&mut self, _now: Time, _out: &mut S) {
        unreachable!("the router settles deadlines: they may open more teams")
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

const _: () = assert!(size_of::<Slot>() == 64);

impl Slot {
    /// Who has it in hand: asked only of what is in work.
    pub(crate) fn agent(&self) -> AgentId {
        debug_assert_eq!(self.state, State::InWork);
        AgentId(self.at)
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
        let filed = if in_front {
            self.first_filed -= 1;
            self.first_filed
        } else {
            self.last_filed += 1;
            self.last_filed
        };
        self.waiting += 1;
        let i = ticket.0;
        let slot = &mut self.slots[i as usize];
        slot.state = State::Waiting;
        self.waits_since[i as usize] = slot.since;
        slot.at = queue.0;
        slot.wake = wake;
        slot.filed = filed;
        let of = &mut self.queues[queue.0 as usize];
        of.len += 1;
        match &mut of.file {
            File::List {
                newest_first,
                head,
                tail,
            } => {
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
            File::Keyed(heap) => {
                // Equal keys: what was begun goes before what was not.
                heap.push(Reverse((slot.key, filed, i)));
                if heap.len() > 64 + 4 * of.len {
                    let slots = &self.slots;
                    heap.retain(|Reverse(entry)| is_current(slots, queue, *entry));
                }
            }
        }
        self.set_deadline(i, wake);
    }

    /// Takes a waiting comment out of its queue; it keeps its slot.
    pub(crate) fn unfile(&mut self, ticket: Ticket) {
        let &Slot {
            at: queue,
            next,
            prev,
            ..
        } = &self.slots[ticket.0 as usize];
        self.slots[ticket.0 as usize].state = State::InWork;
        self.waits_since[ticket.0 as usize] = Time::NEVER;
        self.waiting -= 1;
        let of = &mut self.queues[queue as usize];
        of.len -= 1;
        match &mut of.file {
            File::List { head, tail, .. } => {
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
            File::Keyed(_) => {}
        }
    }

    /// A waiting comment has a new deadline; the entry of the old one goes stale.
    pub(crate) fn rearm(&mut self, ticket: Ticket, leaves: Time, gate: Time) {
        let slot = &mut self.slots[ticket.0 as usize];
        slot.leaves = leaves;
        slot.wake = leaves.min(gate);
        let wake = slot.wake;
        self.set_deadline(ticket.0, wake);
    }

    /// Class, queue and since when, of a comment that waits.
    pub(crate) fn waits(&self, ticket: Ticket) -> Option<(ClassId, QueueId, Time)> {
        let slot = &self.slots[ticket.0 as usize];
        (slot.state == State::Waiting).then_some((slot.class, QueueId(slot.at), slot.since))
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
        slot.at = agent.0;
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

    /// Since when the comment that waits longest waits; never, if nobody does.
    pub(crate) fn oldest_waiting(&self) -> Time {
        let times = self.waits_since.iter();
        times.fold(Time::NEVER, |oldest, &since| oldest.min(since))
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

    /// The comment whose deadline has come up, if any.
    pub(crate) fn woken(&mut self, now: Time) -> Option<Ticket> {
        let slots = &self.slots;
        let waits_for = |at: Time, ticket: u32| {
            let slot = &slots[ticket as usize];
            slot.state == State::Waiting && slot.wake == at
        };
        let due = self.deadlines.pop_due(now, waits_for);
        self.soonest = self.deadlines.peek();
        due.map(Ticket)
    }

    #[inline(always)]
    fn set_deadline(&mut self, ticket: u32, wake: Time) {
        if wake != Time::NEVER {
            self.deadlines.push(wake, ticket);
            self.soonest = self.soonest.min(wake);
        }
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
            at: NIL,
            class: arrival.class,
            state: State::InWork,
        };
        match self.free {
            NIL => {
                self.slots.push(slot);
                self.waits_since.push(Time::NEVER);
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
        match &mut self.queues[queue.0 as usize].file {
            File::List {
                newest_first,
                head,
                tail,
            } => {
                let first = if *newest_first { *tail } else { *head };
                (first != NIL).then_some(first)
            }
            File::Keyed(heap) => loop {
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
    slot.state == State::Waiting && slot.at == queue.0 && slot.filed == filed && slot.key == key
}
