//! The room of those who leave at their exact time: a table for a few, lists for a crowd.

use crate::crowd::{Crowd, Record};
use crate::plan::{ClassId, CommentId, Order};
use crate::room::{Head, QueueId, Room, RoomKind, Taken, left, taken};
use crate::router::Sink;
use crate::time::Time;
use crate::{Arrival, Ticket};

/// Places of the table of a few: bits of a word.
const FEW: usize = 64;

/// First-come and last-come queues whose comments leave at their exact time.
#[derive(Clone)]
pub struct Lists {
    queues: Vec<Queue>,
    waiting: u64,
    left: u64,
    /// The earliest deadline.
    soonest: Time,
    /// More have waited since the room was last empty than the table of a few holds: all are in `crowd`.
    crowded: bool,
    few: Few,
    crowd: Crowd,
}

#[derive(Clone)]
struct Queue {
    newest_first: bool,
    /// Who waits in it.
    len: usize,
    /// Its places in the table of a few.
    few: u64,
}

/// Up to [`FEW`] in the order of filing. The earliest deadline is found by looking at all of them.
#[derive(Clone)]
struct Few {
    places: [Place; FEW],
    /// Who waits.
    taken: u64,
    /// Where the next is put.
    next: u32,
}

#[derive(Clone, Copy)]
struct Place {
    since: Time,
    leaves: Time,
    id: CommentId,
    queue: u16,
}

impl Room for Lists {
    const KIND: RoomKind = RoomKind::Lists;

    fn new(orders: &[Order]) -> Lists {
        let queue = |order: &Order| Queue {
            newest_first: *order == Order::NewestFirst,
            len: 0,
            few: 0,
        };
        let nobody = Place {
            since: Time::ZERO,
            leaves: Time::NEVER,
            id: CommentId(0),
            queue: 0,
        };
        Lists {
            queues: orders.iter().map(queue).collect(),
            waiting: 0,
            left: 0,
            soonest: Time::NEVER,
            crowded: false,
            few: Few {
                places: [nobody; FEW],
                taken: 0,
                next: 0,
            },
            crowd: Crowd::new(orders.iter().map(|order| *order == Order::NewestFirst)),
        }
    }

    fn clear(&mut self) {
        for queue in &mut self.queues {
            (queue.len, queue.few) = (0, 0);
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
        let place = Place {
            since: now,
            leaves: wake,
            id: arrival.id,
            queue: queue.0 as u16,
        };
        if self.few.next as usize == FEW && !self.crowded {
            self.make_room(now);
        }
        self.waiting += 1;
        self.queues[queue.0 as usize].len += 1;
        self.soonest = self.soonest.min(wake);
        if self.crowded {
            self.put_in_crowd(place);
        } else {
            self.put_among_few(place);
        }
        Ticket::NONE
    }

    #[inline(always)]
    fn head<S: Sink>(&mut self, queue: QueueId, _now: Time, _out: &mut S) -> Option<Head> {
        let of = &self.queues[queue.0 as usize];
        if of.len == 0 {
            return None;
        }
        let since = if self.crowded {
            self.crowd.next_since(queue.0 as u16)
        } else {
            self.few.places[of.first_of_few()].since
        };
        Some(Head { since, key: 0 })
    }

    #[inline(always)]
    fn take(&mut self, queue: QueueId) -> Taken {
        let (id, since) = if self.crowded {
            let Record { since, id, .. } = self.crowd.take_next(queue.0 as u16);
            (id, since)
        } else {
            let i = self.queues[queue.0 as usize].first_of_few();
            let Place { id, since, .. } = self.few.places[i];
            self.vacate(i);
            (id, since)
        };
        self.count_out(queue.0 as usize);
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
        for (queue, of) in self.queues.iter().enumerate() {
            let class = ClassId(queue as u16);
            if self.crowded {
                self.crowd
                    .for_each(queue, |record| f(class, record.id, record.since));
            } else {
                for i in bits(of.few) {
                    f(class, self.few.places[i].id, self.few.places[i].since);
                }
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
        let (at, queue, id, since);
        if self.crowded {
            let gone = self.crowd.take_leaver(now);
            self.soonest = self.crowd.earliest();
            let Some(leaver) = gone else { return };
            (at, queue, id, since) = (leaver.leaves, leaver.queue, leaver.id, leaver.since);
        } else {
            let due = bits(self.few.taken).find(|&i| self.few.places[i].leaves == self.soonest);
            let Some(i) = due else { return };
            let place = self.few.places[i];
            self.vacate(i);
            (at, queue, id, since) = (place.leaves, place.queue, place.id, place.since);
        }
        self.count_out(usize::from(queue));
        self.left += 1;
        out.put(now, left(ClassId(queue), id, since, at));
    }
}

impl Lists {
    #[inline(always)]
    fn put_among_few(&mut self, place: Place) {
        let i = self.few.next as usize % FEW;
        self.few.places[i] = place;
        self.few.taken |= 1 << i;
        self.few.next += 1;
        self.queues[usize::from(place.queue)].few |= 1 << i;
    }

    /// Somebody leaves the table of a few.
    #[inline(always)]
    fn vacate(&mut self, i: usize) {
        let few = &mut self.few;
        let Place { leaves, queue, .. } = few.places[i];
        few.taken &= !(1 << i);
        self.queues[usize::from(queue)].few &= !(1 << i);
        if leaves == self.soonest {
            let deadlines = bits(few.taken).map(|i| few.places[i].leaves);
            self.soonest = deadlines.fold(Time::NEVER, Time::min);
        }
    }

    /// The table of a few has come to its end: it is closed up, or they are a crowd.
    #[cold]
    fn make_room(&mut self, now: Time) {
        let waiting = bits(std::mem::take(&mut self.few.taken));
        for queue in &mut self.queues {
            queue.few = 0;
        }
        self.few.next = 0;
        self.crowded = self.waiting as usize > FEW / 2;
        if self.crowded {
            let leave = waiting.clone().map(|i| self.few.places[i].leaves);
            let (mut leave_in, mut count) = ([0; FEW], 0);
            for leaves in leave.filter(|&leaves| leaves != Time::NEVER) {
                leave_in[count] = leaves.since(now).0;
                count += 1;
            }
            self.crowd.suit(&mut leave_in[..count]);
        }
        for i in waiting {
            let place = self.few.places[i];
            if self.crowded {
                self.put_in_crowd(place);
            } else {
                self.put_among_few(place);
            }
        }
    }

    #[inline(always)]
    fn put_in_crowd(&mut self, place: Place) {
        self.crowd.push(place.since, place.leaves, place.id, place.queue);
    }

    #[inline(always)]
    fn count_out(&mut self, queue: usize) {
        self.queues[queue].len -= 1;
        self.waiting -= 1;
        if self.waiting == 0 {
            self.disperse();
        }
    }

    /// Nobody waits: the next comers are few.
    fn disperse(&mut self) {
        (self.few.taken, self.few.next) = (0, 0);
        self.soonest = Time::NEVER;
        if std::mem::take(&mut self.crowded) {
            self.crowd.clear();
        }
    }
}

impl Queue {
    /// Who is served next, of a few of whom somebody waits here.
    #[inline(always)]
    fn first_of_few(&self) -> usize {
        debug_assert_ne!(self.few, 0);
        let first = if self.newest_first {
            self.few.ilog2()
        } else {
            self.few.trailing_zeros()
        };
        first as usize % FEW
    }
}

/// Which bits are set, lowest first.
#[inline(always)]
pub(crate) fn bits(mut word: u64) -> impl Iterator<Item = usize> + Clone {
    std::iter::from_fn(move || {
        if word == 0 {
            return None;
        }
        let bit = word.trailing_zeros() as usize % 64;
        word &= word - 1;
        Some(bit)
    })
}
