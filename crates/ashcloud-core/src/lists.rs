//! The room of those who leave at their exact time: a place for every comment as long as it waits.

use crate::deadlines::Deadlines;
use crate::plan::{ClassId, CommentId, Order};
use crate::room::{Head, QueueId, Room, RoomKind, Taken, left, taken};
use crate::router::Sink;
use crate::time::Time;
use crate::{Arrival, Ticket};

const NIL: u32 = u32::MAX;
/// Up to so many places, the earliest deadline is found by looking at all who wait: nothing is ever stale.
const FEW: usize = 64;
/// Places of a block.
const BLOCK: usize = 512;

/// First-come and last-come queues whose comments leave at their exact time.
#[derive(Clone)]
pub struct Lists {
    places: Places,
    queues: Vec<Row>,
    waiting: u64,
    left: u64,
    /// A bit for each of the first [`FEW`] places that is taken.
    few: u64,
    /// The earliest deadline.
    soonest: Time,
    /// More than [`FEW`] have waited since the room was last empty: deadlines are in `deadlines`, free places in a list.
    crowd: bool,
    deadlines: Deadlines,
    free: u32,
}

/// A comment that waits. A storm keeps a million; two fill a line of the cache.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Place {
    since: Time,
    /// [`Time::NEVER`] in a free place, too: no entry of `deadlines` has that time.
    leaves: Time,
    id: CommentId,
    /// Where in its queue's row its ticket stands; in a free place of a crowd, the next free one.
    at: u32,
}

/// Places in blocks, so that none ever moves.
#[derive(Clone)]
struct Places {
    blocks: Vec<Box<[Place; BLOCK]>>,
    /// The queue of each, where there are several.
    queue: Vec<u16>,
    /// Places ever used.
    len: usize,
}

/// A queue: a row of tickets in the order of filing, with gaps where somebody was taken out. So whoever leaves touches no
/// neighbour, which in a crowd lies far away in memory.
#[derive(Clone)]
struct Row {
    newest_first: bool,
    /// A ring of a power of two of them.
    tickets: Vec<u32>,
    /// A bit for each: nobody stands here any more.
    gaps: Vec<u64>,
    /// Where the row begins, modulo the size of the ring, and how far it goes.
    begin: usize,
    span: usize,
    /// Who stands in it.
    len: usize,
}

impl Room for Lists {
    const KIND: RoomKind = RoomKind::Lists;

    fn new(orders: &[Order]) -> Lists {
        Lists {
            places: Places {
                blocks: Vec::new(),
                queue: Vec::new(),
                len: 0,
            },
            queues: orders.iter().copied().map(Row::new).collect(),
            waiting: 0,
            left: 0,
            few: 0,
            soonest: Time::NEVER,
            crowd: false,
            deadlines: Deadlines::new(),
            free: NIL,
        }
    }

    fn clear(&mut self) {
        for row in &mut self.queues {
            row.clear();
        }
        (self.waiting, self.left) = (0, 0);
        self.disperse();
    }

    #[inline(always)]
    fn admit(&mut self, now: Time, arrival: &Arrival) -> Taken {
        taken(arrival.class, arrival.id, now)
    }

    #[inline(always)]
    fn file(&mut self, now: Time, arrival: &Arrival, queue: QueueId, wake: Time) -> Ticket {
        let row = &mut self.queues[queue.0 as usize];
        if row.span == row.tickets.len() {
            row.make_room(&mut self.places);
        }
        let place = Place {
            since: now,
            leaves: wake,
            id: arrival.id,
            at: row.end(),
        };
        self.waiting += 1;
        let i = if self.crowd {
            self.place_in_crowd(place)
        } else {
            self.place_among_few(place)
        };
        if self.queues.len() > 1 {
            self.places.queue[i as usize] = queue.0 as u16;
        }
        self.queues[queue.0 as usize].push(i);
        Ticket::NONE
    }

    #[inline(always)]
    fn head<S: Sink>(&mut self, queue: QueueId, _now: Time, _out: &mut S) -> Option<Head> {
        let first = self.queues[queue.0 as usize].first()?;
        let since = self.places.at(first).since;
        Some(Head { since, key: 0 })
    }

    #[inline(always)]
    fn take(&mut self, queue: QueueId) -> Taken {
        let first = self.queues[queue.0 as usize].first();
        let first = first.expect("a head was shown");
        let Place { since, id, .. } = self.vacate(first, queue.0 as u16);
        taken(ClassId(queue.0 as u16), id, since)
    }

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
        for (queue, row) in self.queues.iter().enumerate() {
            for i in row.iter() {
                let place = self.places.at(i);
                f(ClassId(queue as u16), place.id, place.since);
            }
        }
    }

    #[inline(always)]
    fn next_deadline(&self) -> Time {
        self.soonest
    }

    #[inline(always)]
    fn expire<S: Sink>(&mut self, now: Time, out: &mut S) {
        if self.soonest > now {
            return;
        }
        let gone = if self.crowd {
            self.expired_in_crowd()
        } else {
            self.earliest_of_few()
        };
        let Some(i) = gone else { return };
        let queue = self.places.queue.get(i as usize).copied().unwrap_or(0);
        let Place {
            since, leaves, id, ..
        } = self.vacate(i, queue);
        self.left += 1;
        out.put(now, left(ClassId(queue), id, since, leaves));
    }
}

impl Lists {
    /// Takes a comment out of its queue and its place.
    #[inline(always)]
    fn vacate(&mut self, i: u32, queue: u16) -> Place {
        let there = self.places.at_mut(i);
        let place = *there;
        if self.crowd {
            (there.leaves, there.at) = (Time::NEVER, self.free);
            self.free = i;
        }
        self.queues[usize::from(queue)].leave_gap(place.at);
        self.waiting -= 1;
        if !self.crowd {
            self.few &= !(1 << i);
            if place.leaves == self.soonest {
                self.soonest = self.earliest();
            }
        } else if self.waiting == 0 {
            self.disperse();
        }
        place
    }

    #[inline(always)]
    fn place_among_few(&mut self, place: Place) -> u32 {
        let i = (!self.few).trailing_zeros();
        if i as usize == FEW {
            self.crowd();
            return self.place_in_crowd(place);
        }
        self.few |= 1 << i;
        self.soonest = self.soonest.min(place.leaves);
        if i as usize == self.places.len {
            self.places.add(self.queues.len() > 1);
        }
        *self.places.at_mut(i) = place;
        i
    }

    #[inline(always)]
    fn place_in_crowd(&mut self, place: Place) -> u32 {
        let mut i = self.free;
        if i == NIL {
            i = self.places.len as u32;
            self.places.add(self.queues.len() > 1);
        } else {
            self.free = self.places.at(i).at;
        }
        *self.places.at_mut(i) = place;
        if place.leaves != Time::NEVER {
            self.soonest = self.soonest.min(place.leaves);
            self.deadlines.push(place.leaves, i);
        }
        i
    }

    /// The earliest deadline of a few.
    #[inline(always)]
    fn earliest(&self) -> Time {
        let mut earliest = Time::NEVER;
        let mut few = self.few;
        while few != 0 {
            earliest = earliest.min(self.places.at(few.trailing_zeros()).leaves);
            few &= few - 1;
        }
        earliest
    }

    /// Whose deadline that is; of equals, whoever has the lowest place.
    #[inline(always)]
    fn earliest_of_few(&self) -> Option<u32> {
        let mut few = self.few;
        while few != 0 {
            let i = few.trailing_zeros();
            if self.places.at(i).leaves == self.soonest {
                return Some(i);
            }
            few &= few - 1;
        }
        None
    }

    /// Whoever the earliest deadline of a crowd was made for, if they still wait.
    #[inline(always)]
    fn expired_in_crowd(&mut self) -> Option<u32> {
        if self.deadlines.near().is_empty() {
            self.deadlines.open_first(|_, _| true);
            self.fetch();
        }
        let (at, i) = self.deadlines.pop()?;
        self.soonest = self.deadlines.peek();
        (self.places.at(i).leaves == at).then_some(i)
    }

    /// In a crowd, places lie anywhere in memory, and so do gaps. Read some time before they are needed, they come many at a
    /// time.
    fn fetch(&self) {
        let near = self.deadlines.near();
        let places = near.iter().map(|&(_, i)| self.places.at(i));
        std::hint::black_box(places.fold(0, |read, place| read ^ place.at));
        if let [row] = &self.queues[..] {
            let gaps = near
                .iter()
                .map(|&(_, i)| row.gaps.get(self.places.at(i).at as usize / 64));
            std::hint::black_box(gaps.fold(0, |read, gap| read ^ gap.copied().unwrap_or(0)));
        }
    }

    /// There are too many to look at all of them.
    #[cold]
    fn crowd(&mut self) {
        self.crowd = true;
        debug_assert_eq!(self.places.len, FEW);
        for i in 0..FEW as u32 {
            let leaves = self.places.at(i).leaves;
            if leaves != Time::NEVER {
                self.deadlines.push(leaves, i);
            }
        }
    }

    /// Nobody waits: the next comers are few.
    #[cold]
    fn disperse(&mut self) {
        self.places.len = 0;
        self.deadlines.clear();
        (self.crowd, self.free) = (false, NIL);
        (self.few, self.soonest) = (0, Time::NEVER);
    }
}

impl Places {
    #[inline(always)]
    fn at(&self, i: u32) -> &Place {
        &self.blocks[i as usize / BLOCK][i as usize % BLOCK]
    }

    #[inline(always)]
    fn at_mut(&mut self, i: u32) -> &mut Place {
        &mut self.blocks[i as usize / BLOCK][i as usize % BLOCK]
    }

    /// One place more.
    #[cold]
    fn add(&mut self, several_queues: bool) {
        let nobody = Place {
            since: Time::ZERO,
            leaves: Time::NEVER,
            id: CommentId(0),
            at: NIL,
        };
        if self.len == self.blocks.len() * BLOCK {
            self.blocks.push(Box::new([nobody; BLOCK]));
        }
        self.len += 1;
        if several_queues && self.queue.len() < self.len {
            self.queue.push(0);
        }
    }
}

impl Row {
    fn new(order: Order) -> Row {
        Row {
            newest_first: order == Order::NewestFirst,
            tickets: vec![NIL; FEW],
            gaps: vec![0; FEW / 64],
            begin: 0,
            span: 0,
            len: 0,
        }
    }

    fn clear(&mut self) {
        self.gaps.fill(0);
        (self.begin, self.span, self.len) = (0, 0, 0);
    }

    /// Place of the `n`-th of the row, gaps included.
    #[inline(always)]
    fn place(&self, n: usize) -> usize {
        self.begin.wrapping_add(n) & (self.tickets.len() - 1)
    }

    /// Where the next will stand.
    #[inline(always)]
    fn end(&self) -> u32 {
        self.place(self.span) as u32
    }

    /// Somebody joins; there must be room.
    #[inline(always)]
    fn push(&mut self, ticket: u32) {
        let end = self.place(self.span);
        self.tickets[end] = ticket;
        self.span += 1;
        self.len += 1;
    }

    #[inline(always)]
    fn leave_gap(&mut self, at: u32) {
        self.gaps[at as usize / 64] |= 1 << (at % 64);
        self.len -= 1;
    }

    #[inline(always)]
    fn is_gap(&self, at: usize) -> bool {
        self.gaps[at / 64] >> (at % 64) & 1 != 0
    }

    /// Who is served next; gaps in front are closed.
    #[inline(always)]
    fn first(&mut self) -> Option<u32> {
        while self.span > 0 {
            let at = self.place(if self.newest_first { self.span - 1 } else { 0 });
            if !self.is_gap(at) {
                return Some(self.tickets[at]);
            }
            self.gaps[at / 64] &= !(1 << (at % 64));
            self.span -= 1;
            self.begin += usize::from(!self.newest_first);
        }
        None
    }

    /// Closes all gaps, and doubles the ring if that gives too little.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, places: &mut Places) {
        let size = self.tickets.len();
        let mut kept = 0;
        // Seldom enough: three leave for every ticket that is moved.
        if self.len > size / 4 {
            let mut tickets = vec![0; 2 * size];
            for i in self.iter() {
                tickets[kept] = i;
                places.at_mut(i).at = kept as u32;
                kept += 1;
            }
            self.tickets = tickets;
            self.gaps = vec![0; 2 * size / 64];
            self.begin = 0;
        } else {
            // Rows begin anywhere, words of gaps do not.
            for n in 0..self.span {
                let at = self.place(n);
                let to = self.place(kept);
                self.tickets[to] = self.tickets[at];
                kept += usize::from(!self.is_gap(at));
            }
            for n in 0..kept {
                let at = self.place(n);
                places.at_mut(self.tickets[at]).at = at as u32;
            }
            self.gaps.fill(0);
        }
        self.span = kept;
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        let places = (0..self.span).map(|n| self.place(n));
        places.filter(|&at| !self.is_gap(at)).map(|at| self.tickets[at])
    }
}
