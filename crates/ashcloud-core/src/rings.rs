//! The room of those whom nobody needs to find again.

use crate::plan::{ClassId, CommentId, Order};
use crate::room::{Head, QueueId, Room, RoomKind, Taken, left, taken};
use crate::router::Sink;
use crate::time::Time;
use crate::{Arrival, Ticket};

/// First-come and last-come queues; impatience is settled at the head.
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
    /// Those places that were ever used: memory that nobody waits in is not touched.
    places: Vec<Waiting>,
    /// The number of all places, less one.
    mask: usize,
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
        Ring {
            class,
            newest_first: order == Order::NewestFirst,
            places: Vec::with_capacity(64),
            mask: 63,
            oldest: 0,
            len: 0,
        }
    }

    /// The `n`-th oldest.
    #[inline(always)]
    fn at(&self, n: usize) -> &Waiting {
        &self.places[self.oldest.wrapping_add(n) & self.mask]
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
        if self.len > self.mask {
            self.grow();
        }
        let at = self.oldest.wrapping_add(self.len) & self.mask;
        match self.places.get_mut(at) {
            Some(place) => *place = waiting,
            None => self.places.push(waiting),
        }
        self.len += 1;
    }

    /// Twice the places: those before the oldest go on behind the last.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.oldest &= self.mask;
        self.places.reserve_exact(self.mask + 1);
        self.places.extend_from_within(..self.oldest);
        self.mask = 2 * self.mask + 1;
    }

    fn clear(&mut self) {
        (self.oldest, self.len) = (0, 0);
    }

    fn retain(&mut self, mut keep: impl FnMut(&Waiting) -> bool) {
        let mut kept = 0;
        for n in 0..self.len {
            let waiting = *self.at(n);
            if keep(&waiting) {
                self.places[self.oldest.wrapping_add(kept) & self.mask] = waiting;
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
    const KIND: RoomKind = RoomKind::Rings;

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
        taken(arrival.class, arrival.id, now)
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
            out.put(now, left(ring.class, id, since, leaves));
        }
    }

    #[inline(always)]
    fn take(&mut self, queue: QueueId) -> Taken {
        let ring = &mut self.rings[queue.0 as usize];
        let &Waiting { since, id, .. } = ring.first().expect("a head was shown");
        ring.drop_first();
        self.waiting -= 1;
        taken(ring.class, id, since)
    }

    #[inline(always)]
    fn next<S: Sink>(&mut self, queue: QueueId, now: Time, out: &mut S) -> Option<Taken> {
        let ring = &mut self.rings[queue.0 as usize];
        if ring.newest_first {
            self.head(queue, now, out)?;
            return Some(self.take(queue));
        }
        // In a storm this loop runs for nearly every comment: what it changes is written when it is over.
        let &mut Ring {
            class,
            ref places,
            mask,
            mut oldest,
            mut len,
            ..
        } = ring;
        let waited = len;
        let mut found = None;
        while len > 0 && found.is_none() {
            let Waiting { since, leaves, id } = places[oldest & mask];
            oldest = oldest.wrapping_add(1);
            len -= 1;
            if leaves >= now {
                found = Some(taken(class, id, since));
            } else {
                out.put(now, left(class, id, since, leaves));
            }
        }
        (ring.oldest, ring.len) = (oldest, len);
        let gone = (waited - len) as u64;
        self.waiting -= gone;
        self.left += gone - u64::from(found.is_some());
        found
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
                    out.put(now, left(class, id, since, leaves));
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

    fn expire<S: Sink>(&mut self, _now: Time, _out: &mut S) {}
}
