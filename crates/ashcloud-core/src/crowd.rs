//! A crowd that waits: a million in a storm, of whom most may leave before anybody has time for them.
//!
//! Memory far away is what a crowd costs. So everybody is written down once, in a list of those who leave within the same part
//! of time, and read again when that part has come and is small enough to lie near; only then are they sorted by when they
//! leave. Parts are the buckets of a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan 1990): the nearest are fine, later ones ever
//! coarser, and spread over finer ones when they come first. In a list all stand in the order of filing, so who is served
//! next is the first of the firsts of a queue's lists: the winner of a tournament among them.

use crate::deadlines::Deadlines;
use crate::lists::bits;
use crate::plan::CommentId;
use crate::time::Time;

/// Fine parts, and parts of each of four coarser levels.
const FINE_PARTS: usize = 1024;
const DIGITS: usize = 256;
const PARTS: usize = FINE_PARTS + 4 * DIGITS;
/// Binary logarithm of the nanoseconds of a fine part: at least 4 ms, so that four levels last for ever, and at most 4 s.
const FINEST: u32 = 22;
const COARSEST: u32 = 32;
/// In so many fine parts half of those leave who were there when the crowd began.
const HALF_LEAVE_WITHIN: u64 = 64;
/// Records in a chunk, chunks in a block.
const CHUNK: u32 = 64;
const CHUNKS: u32 = 8;
const NIL: u32 = u32::MAX;

/// Who waits. A storm keeps a million; two fill a line of the cache.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Record {
    pub(crate) since: Time,
    pub(crate) leaves: Time,
    pub(crate) id: CommentId,
    /// Low and high digits of the number under which it was filed: no replication has 2^40 comments.
    number: u32,
    era: u8,
    pub(crate) queue: u16,
    /// Served, or has left; in the open part only.
    gone: bool,
}

/// All who wait, in first-come and last-come queues.
#[derive(Clone)]
pub(crate) struct Crowd {
    /// One for each queue, of each part in turn.
    lists: Vec<List>,
    tournaments: Vec<Tournament>,
    parts: Vec<Part>,
    /// A bit for each part in which somebody may wait, the open one apart.
    used: [u64; PARTS.div_ceil(64)],
    /// The first of them, or `PARTS`.
    first: usize,
    /// The parts are those of times as seen from this one.
    base: u64,
    /// The part whose deadlines are sorted, or `PARTS`.
    open: usize,
    deadlines: Deadlines,
    /// Binary logarithm of the nanoseconds of a fine part.
    fine: u32,
    /// Filed so far.
    filed: u64,
    /// Blocks never move; `chunks` of their chunks were ever used since the crowd began.
    blocks: Vec<Box<Block>>,
    chunks: u32,
    free: u32,
}

#[derive(Clone, Copy)]
struct Part {
    /// Its earliest deadline, or one that has been served.
    earliest: Time,
    /// A bit for each queue of which somebody was in it, modulo 64.
    queues: u64,
}

/// Records in chunks, each with those before and after it in its list.
#[derive(Clone)]
struct Block {
    records: [Record; (CHUNK * CHUNKS) as usize],
    next: [u32; CHUNKS as usize],
    prev: [u32; CHUNKS as usize],
}

/// Records of a queue and a part, in the order of filing, named by their number in the blocks.
#[derive(Clone, Copy)]
struct List {
    /// The first chunk.
    begin: u32,
    /// The last record.
    end: u32,
    /// Who is served next: the first record, or where the newest are served, the last. In the open part those who are gone keep
    /// their records.
    next: u32,
}

const VACANT: Record = Record {
    since: Time::ZERO,
    leaves: Time::NEVER,
    id: CommentId(0),
    number: 0,
    era: 0,
    queue: 0,
    gone: true,
};

const VACANT_BLOCK: Block = Block {
    records: [VACANT; (CHUNK * CHUNKS) as usize],
    next: [NIL; CHUNKS as usize],
    prev: [NIL; CHUNKS as usize],
};

const UNUSED: Part = Part {
    earliest: Time::NEVER,
    queues: 0,
};

const EMPTY: List = List {
    begin: NIL,
    end: NIL,
    next: NIL,
};

/// Which part has who is served next of a queue.
#[derive(Clone)]
struct Tournament {
    newest_first: bool,
    /// Since when the winner of all waits.
    since: Time,
    /// By when whoever is next in each part was filed; least is served first.
    keys: Vec<u64>,
    /// Who wins at each node of a binary tree: one of those who won at nodes 2 n and 2 n + 1. Beyond [`PARTS`] they are leaves.
    winners: Vec<u16>,
}

const NOBODY: u64 = u64::MAX;

impl Crowd {
    /// `newest_first` of each queue.
    pub(crate) fn new(newest_first: impl Iterator<Item = bool>) -> Crowd {
        let tournaments: Vec<_> = newest_first.map(Tournament::new).collect();
        Crowd {
            lists: vec![EMPTY; tournaments.len() * PARTS],
            tournaments,
            parts: vec![UNUSED; PARTS],
            used: [0; PARTS.div_ceil(64)],
            first: PARTS,
            base: 0,
            open: PARTS,
            deadlines: Deadlines::new(),
            fine: FINEST,
            filed: 0,
            blocks: Vec::new(),
            chunks: 0,
            free: NIL,
        }
    }

    /// Before anybody waits: makes parts that suit people who leave in so many nanoseconds.
    pub(crate) fn suit(&mut self, leave_in: &mut [u64]) {
        leave_in.sort_unstable();
        let half = leave_in.get(leave_in.len() / 2).copied().unwrap_or(0);
        let part = (half / HALF_LEAVE_WITHIN).max(1 << FINEST);
        self.fine = part.ilog2().min(COARSEST);
    }

    /// Forgets everybody but keeps the memory.
    pub(crate) fn clear(&mut self) {
        while self.first < PARTS {
            let part = self.first;
            self.forget(part);
            self.first = self.first_used();
        }
        if self.open < PARTS {
            self.forget(self.open);
            self.open = PARTS;
        }
        self.deadlines.clear();
        (self.chunks, self.free) = (0, NIL);
        (self.base, self.filed) = (0, 0);
    }

    /// Somebody comes, and waits from `since` until `leaves`, which is not before somebody left already.
    #[inline(always)]
    pub(crate) fn push(&mut self, since: Time, leaves: Time, id: CommentId, queue: u16) {
        self.filed += 1;
        self.put(since, leaves, id, self.filed, queue);
    }

    /// Since when who is served next in a queue waits; somebody must.
    #[inline(always)]
    pub(crate) fn next_since(&self, queue: u16) -> Time {
        self.tournaments[usize::from(queue)].since
    }

    /// Takes who is served next in a queue; somebody must wait.
    #[inline(always)]
    pub(crate) fn take_next(&mut self, queue: u16) -> Record {
        let part = self.tournaments[usize::from(queue)].winner();
        let list = self.lists[self.at(queue, part)];
        let record = *self.record(list.next);
        self.record_mut(list.next).gone = true;
        self.pass(queue, part);
        record
    }

    /// The earliest deadline, or one of somebody who was served.
    #[inline(always)]
    pub(crate) fn earliest(&self) -> Time {
        if let Some(&(at, _)) = self.deadlines.near().last() {
            return Time(at);
        }
        let opened = self.deadlines.peek();
        match self.parts.get(self.first) {
            Some(later) => opened.min(later.earliest),
            None => opened,
        }
    }

    /// Takes whoever leaves first, if their time has come and they still wait.
    #[inline(always)]
    pub(crate) fn take_leaver(&mut self, now: Time) -> Option<Record> {
        if self.deadlines.near().is_empty() && !self.look_ahead(now) {
            return None;
        }
        let (at, i) = self.deadlines.pop()?;
        debug_assert!(at <= now, "nobody leaves early");
        let leaver = *self.record(i);
        if leaver.gone {
            return None;
        }
        self.record_mut(i).gone = true;
        if self.lists[self.at(leaver.queue, self.open)].next == i {
            self.pass(leaver.queue, self.open);
        }
        Some(leaver)
    }

    /// Shows everybody who waits in a queue, in any order.
    pub(crate) fn for_each(&self, queue: usize, mut show: impl FnMut(&Record)) {
        for list in self.lists.iter().skip(queue).step_by(self.tournaments.len()) {
            let mut i = list.oldest(self.tournaments[queue].newest_first);
            while i != NIL {
                let record = self.record(i);
                if !record.gone {
                    show(record);
                }
                i = self.after_in(list, i);
            }
        }
    }

    /// Where the list of a queue and a part is.
    #[inline(always)]
    fn at(&self, queue: u16, part: usize) -> usize {
        part * self.tournaments.len() + usize::from(queue)
    }

    /// The part of those who leave then.
    #[inline(always)]
    fn part(&self, leaves: Time) -> usize {
        let (at, base) = (leaves.0 >> self.fine, self.base >> self.fine);
        let differs = (at ^ base) / FINE_PARTS as u64;
        if differs == 0 {
            at as usize % FINE_PARTS
        } else {
            let level = differs.ilog2() / DIGITS.ilog2();
            let digit = (at / FINE_PARTS as u64) >> (level * DIGITS.ilog2());
            FINE_PARTS + (level as usize * DIGITS + digit as usize % DIGITS) % (PARTS - FINE_PARTS)
        }
    }

    #[inline(always)]
    fn put(&mut self, since: Time, leaves: Time, id: CommentId, number: u64, queue: u16) {
        let part = self.part(leaves);
        let at = self.at(queue, part);
        let list = &mut self.lists[at];
        let mut i = list.end.wrapping_add(1);
        if i.is_multiple_of(CHUNK) {
            i = self.add_chunk(queue, part);
        } else {
            list.end = i;
        }
        // Field by field: a record made elsewhere and moved here would be read before its parts are written.
        let record = self.record_mut(i);
        (record.since, record.leaves, record.id) = (since, leaves, id);
        (record.number, record.era) = (number as u32, (number >> 32) as u8);
        (record.queue, record.gone) = (queue, false);
        if part == self.open {
            self.deadlines.push(leaves, i);
        } else {
            let earliest = &mut self.parts[part].earliest;
            *earliest = leaves.min(*earliest);
        }
        let tournament = &self.tournaments[usize::from(queue)];
        if tournament.newest_first || self.lists[at].next == NIL {
            self.lists[at].next = i;
            self.set_next(queue, part, i);
        }
    }

    /// Somebody else is next in a list, or nobody.
    #[inline(always)]
    fn set_next(&mut self, queue: u16, part: usize, next: u32) {
        let key = match next {
            NIL => NOBODY,
            next => self.tournaments[usize::from(queue)].key(self.record(next).number()),
        };
        self.tournaments[usize::from(queue)].set(part, key);
        let winner = self.tournaments[usize::from(queue)].winner();
        let next = self.lists[self.at(queue, winner)].next;
        if next != NIL {
            self.tournaments[usize::from(queue)].since = self.record(next).since;
        }
    }

    /// One more chunk for a list; returns where the next record goes.
    #[cold]
    fn add_chunk(&mut self, queue: u16, part: usize) -> u32 {
        let at = self.at(queue, part);
        let prev = match self.lists[at].end {
            NIL => NIL,
            end => end / CHUNK,
        };
        let mut chunk = self.free;
        if chunk == NIL {
            chunk = self.chunks;
            self.chunks += 1;
            if chunk == CHUNKS * self.blocks.len() as u32 {
                self.blocks.push(Box::new(VACANT_BLOCK));
            }
        } else {
            self.free = self.next_chunk(chunk);
        }
        *self.prev_chunk_mut(chunk) = prev;
        if prev == NIL {
            self.lists[at].begin = chunk;
            self.parts[part].queues |= 1 << (queue % 64);
        } else {
            *self.next_chunk_mut(prev) = chunk;
        }
        self.lists[at].end = chunk * CHUNK;
        if part != self.open {
            self.used[part / 64] |= 1 << (part % 64);
            self.first = self.first.min(part);
        }
        chunk * CHUNK
    }

    /// Whoever was next in a list is served, or has left.
    #[inline(always)]
    fn pass(&mut self, queue: u16, part: usize) {
        let at = self.at(queue, part);
        let newest_first = self.tournaments[usize::from(queue)].newest_first;
        let list = self.lists[at];
        let mut next = list.next;
        loop {
            next = if newest_first {
                self.before_in(&list, next)
            } else {
                self.after_in(&list, next)
            };
            if next == NIL || !self.record(next).gone {
                break;
            }
        }
        if part == self.open {
            self.lists[at].next = next;
        } else {
            self.give_back(at, next, newest_first);
        }
        self.set_next(queue, part, next);
    }

    /// A list gets another next, and loses the chunk that is not used any more.
    #[inline(always)]
    fn give_back(&mut self, at: usize, next: u32, newest_first: bool) {
        let list = &mut self.lists[at];
        let was = list.next / CHUNK;
        if next == NIL {
            *list = EMPTY;
        } else {
            list.next = next;
            if newest_first {
                list.end = next;
            }
            if next / CHUNK == was {
                return;
            }
            if !newest_first {
                list.begin = next / CHUNK;
            }
        }
        *self.next_chunk_mut(was) = self.free;
        self.free = was;
    }

    /// Has the next deadlines sorted: those of the open part, or when it is over, of the next. Whether somebody is due.
    #[cold]
    #[inline(never)]
    fn look_ahead(&mut self, now: Time) -> bool {
        if self.deadlines.peek() == Time::NEVER {
            self.close();
            while self.open == PARTS && self.earliest() <= now {
                self.open_first();
            }
        }
        let due = self.deadlines.peek() <= now;
        if due {
            self.deadlines.open_first(|_, _| true);
        }
        due
    }

    /// The open part is over: nobody waits in it.
    fn close(&mut self) {
        if self.open == PARTS {
            return;
        }
        for queue in self.queues_in(self.open) {
            let at = self.at(queue, self.open);
            let list = std::mem::replace(&mut self.lists[at], EMPTY);
            debug_assert_eq!(list.next, NIL);
            if list.begin != NIL {
                *self.next_chunk_mut(list.end / CHUNK) = self.free;
                self.free = list.begin;
            }
        }
        self.parts[self.open] = UNUSED;
        self.open = PARTS;
    }

    /// Opens the first part, if it is a fine one; another is spread over finer ones.
    fn open_first(&mut self) {
        let part = self.first;
        // All other parts stay right: they differ from the new base in the same highest digit as before.
        self.base = self.parts[part].earliest.0;
        self.used[part / 64] &= !(1 << (part % 64));
        self.first = self.first_used();
        if part < FINE_PARTS {
            self.open = part;
            self.deadlines.restart(Time(self.base >> self.fine << self.fine));
        }
        for queue in self.queues_in(part) {
            let at = self.at(queue, part);
            let list = self.lists[at];
            let tournament = &mut self.tournaments[usize::from(queue)];
            let oldest = list.oldest(tournament.newest_first);
            if part < FINE_PARTS {
                self.sort(list, oldest);
            } else {
                self.lists[at] = EMPTY;
                tournament.set(part, NOBODY);
                // Whoever was next still is, but stands elsewhere.
                self.spread(list, oldest);
            }
        }
        if part >= FINE_PARTS {
            self.parts[part] = UNUSED;
        }
    }

    /// Has the deadlines of a list sorted, from this record on.
    fn sort(&mut self, list: List, mut i: u32) {
        while i != NIL {
            self.deadlines.push(self.record(i).leaves, i);
            i = self.after_in(&list, i);
        }
    }

    /// Moves the records of a list, from this one on, to those of finer parts.
    fn spread(&mut self, list: List, mut i: u32) {
        while i != NIL {
            let record = *self.record(i);
            let (chunk, after) = (i / CHUNK, self.after_in(&list, i));
            self.put(
                record.since,
                record.leaves,
                record.id,
                record.number(),
                record.queue,
            );
            if after == NIL || after / CHUNK != chunk {
                *self.next_chunk_mut(chunk) = self.free;
                self.free = chunk;
            }
            i = after;
        }
    }

    /// Forgets who is in a part; the chunks are forgotten elsewhere.
    fn forget(&mut self, part: usize) {
        self.used[part / 64] &= !(1 << (part % 64));
        for queue in self.queues_in(part) {
            let at = self.at(queue, part);
            self.lists[at] = EMPTY;
            self.tournaments[usize::from(queue)].set(part, NOBODY);
        }
        self.parts[part] = UNUSED;
    }

    /// The queues that may have a list in a part.
    fn queues_in(&self, part: usize) -> impl Iterator<Item = u16> + use<> {
        let (queues, count) = (self.parts[part].queues, self.tournaments.len());
        let queues = bits(queues).flat_map(move |first| (first..count).step_by(64));
        queues.map(|queue| queue as u16)
    }

    fn first_used(&self) -> usize {
        let words = self.used.iter().zip((0..).step_by(64));
        let used = words.filter(|(word, _)| **word != 0);
        let mut parts = used.map(|(word, at)| at + word.trailing_zeros() as usize);
        parts.next().unwrap_or(PARTS)
    }

    #[inline(always)]
    fn record(&self, i: u32) -> &Record {
        const BLOCK: u32 = CHUNK * CHUNKS;
        &self.blocks[(i / BLOCK) as usize].records[(i % BLOCK) as usize]
    }

    #[inline(always)]
    fn record_mut(&mut self, i: u32) -> &mut Record {
        const BLOCK: u32 = CHUNK * CHUNKS;
        &mut self.blocks[(i / BLOCK) as usize].records[(i % BLOCK) as usize]
    }

    /// The chunk after this one in its list, or among the free.
    #[inline(always)]
    fn next_chunk(&self, chunk: u32) -> u32 {
        self.blocks[(chunk / CHUNKS) as usize].next[(chunk % CHUNKS) as usize]
    }

    #[inline(always)]
    fn next_chunk_mut(&mut self, chunk: u32) -> &mut u32 {
        &mut self.blocks[(chunk / CHUNKS) as usize].next[(chunk % CHUNKS) as usize]
    }

    #[inline(always)]
    fn prev_chunk(&self, chunk: u32) -> u32 {
        self.blocks[(chunk / CHUNKS) as usize].prev[(chunk % CHUNKS) as usize]
    }

    #[inline(always)]
    fn prev_chunk_mut(&mut self, chunk: u32) -> &mut u32 {
        &mut self.blocks[(chunk / CHUNKS) as usize].prev[(chunk % CHUNKS) as usize]
    }

    /// The record after this one of a list. Chunks lie anywhere in memory: when one is entered, the one after it is read, a line
    /// after the other, before it is needed.
    #[inline(always)]
    fn after_in(&self, list: &List, i: u32) -> u32 {
        if i == list.end {
            NIL
        } else if (i + 1).is_multiple_of(CHUNK) {
            let chunk = self.next_chunk(i / CHUNK);
            self.fetch(self.next_chunk(chunk));
            chunk * CHUNK
        } else {
            i + 1
        }
    }

    /// The record before this one of a list that is served from its end.
    #[inline(always)]
    fn before_in(&self, list: &List, i: u32) -> u32 {
        if i == list.begin * CHUNK {
            NIL
        } else if i.is_multiple_of(CHUNK) {
            self.prev_chunk(i / CHUNK) * CHUNK + CHUNK - 1
        } else {
            i - 1
        }
    }

    #[inline(always)]
    fn fetch(&self, chunk: u32) {
        if let Some(block) = self.blocks.get((chunk / CHUNKS) as usize) {
            let records = &block.records[(chunk % CHUNKS * CHUNK) as usize..][..CHUNK as usize];
            let lines = records.iter().step_by(64 / size_of::<Record>());
            std::hint::black_box(lines.fold(0, |read, record| read ^ record.number));
        }
    }
}

impl List {
    fn oldest(&self, newest_first: bool) -> u32 {
        match self.begin {
            NIL => NIL,
            begin if newest_first => begin * CHUNK,
            _ => self.next,
        }
    }
}

impl Record {
    #[inline(always)]
    fn number(&self) -> u64 {
        u64::from(self.era) << 32 | u64::from(self.number)
    }
}

impl Tournament {
    fn new(newest_first: bool) -> Tournament {
        let mut tournament = Tournament {
            newest_first,
            since: Time::NEVER,
            keys: vec![NOBODY; PARTS],
            winners: vec![0; 2 * PARTS],
        };
        for part in 0..PARTS {
            tournament.winners[PARTS + part] = part as u16;
        }
        for node in (1..PARTS).rev() {
            tournament.winners[node] = tournament.winners[2 * node];
        }
        tournament
    }

    #[inline(always)]
    fn winner(&self) -> usize {
        usize::from(self.winners[1])
    }

    #[inline(always)]
    fn key(&self, number: u64) -> u64 {
        if self.newest_first { !number } else { number }
    }

    /// Somebody else is next in this part, or nobody.
    #[inline]
    fn set(&mut self, part: usize, key: u64) {
        self.keys[part] = key;
        let (mut node, mut winner, mut best) = (PARTS + part, part as u16, key);
        while node > 1 {
            let other = self.winners[node ^ 1];
            let key = self.keys[usize::from(other)];
            if key < best {
                (winner, best) = (other, key);
            }
            node /= 2;
            if std::mem::replace(&mut self.winners[node], winner) == winner && usize::from(winner) != part {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        /// Comes to a queue, and leaves so much later.
        Come(u16, u64),
        /// Comes to a queue, and never leaves.
        Stay(u16),
        Serve(u16),
        Pass(u64),
    }

    fn spans() -> impl Strategy<Value = u64> {
        prop_oneof![
            0u64..40,
            Just(1 << 24),
            0u64..1 << 30,
            0u64..1 << 38,
            (1u64 << 45)..(1 << 46),
            0u64..1 << 60
        ]
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            8 => (0u16..3, spans()).prop_map(|(queue, span)| Step::Come(queue, span)),
            1 => (0u16..3).prop_map(Step::Stay),
            4 => (0u16..3).prop_map(Step::Serve),
            2 => spans().prop_map(Step::Pass),
        ];
        prop::collection::vec(step, 0..600)
    }

    /// Against a list in the order of filing that is looked through every time. The second queue serves the newest.
    fn check(crowd: &mut Crowd, steps: &[Step], mut suits: Vec<u64>) {
        crowd.suit(&mut suits);
        let mut waiting: Vec<(u16, Time, Time, CommentId)> = Vec::new();
        let mut now = Time::ZERO;
        for (step, id) in steps.iter().zip(0..) {
            let came = match *step {
                Step::Come(queue, span) => Some((queue, Time(now.0 + span))),
                Step::Stay(queue) => Some((queue, Time::NEVER)),
                _ => None,
            };
            if let Some((queue, leaves)) = came {
                crowd.push(now, leaves, CommentId(id), queue);
                waiting.push((queue, now, leaves, CommentId(id)));
            } else if let Step::Serve(queue) = *step {
                let of = |one: &(u16, Time, Time, CommentId)| one.0 == queue;
                let next = match queue {
                    1 => waiting.iter().rposition(of),
                    _ => waiting.iter().position(of),
                };
                if let Some(next) = next {
                    let (_, since, _, id) = waiting.remove(next);
                    assert_eq!(crowd.next_since(queue), since);
                    assert_eq!(crowd.take_next(queue).id, id);
                }
            } else if let Step::Pass(span) = *step {
                now = Time(now.0.saturating_add(span).min(1 << 61));
            }
            while crowd.earliest() <= now {
                if let Some(leaver) = crowd.take_leaver(now) {
                    let soonest = waiting.iter().map(|one| one.2).min();
                    assert_eq!(soonest, Some(leaver.leaves), "in the order of their deadlines");
                    let gone = waiting.iter().position(|one| one.3 == leaver.id).unwrap();
                    let gone = waiting.remove(gone);
                    assert_eq!(gone, (leaver.queue, leaver.since, leaver.leaves, leaver.id));
                }
            }
            let soonest = waiting.iter().map(|one| one.2).min().unwrap_or(Time::NEVER);
            assert!(soonest > now, "nobody is overslept");
        }
        let mut shown = Vec::new();
        for queue in 0..3 {
            crowd.for_each(queue, |r| shown.push((r.queue, r.since, r.leaves, r.id)));
        }
        shown.sort_by_key(|one| one.3);
        assert_eq!(shown, waiting);
    }

    proptest! {
        /// Twice, the second time in memory that was used.
        #[test]
        fn agrees_with_a_plain_list(
            (first, second) in (steps(), steps()), suits in prop::collection::vec(0u64..1 << 50, 0..9)
        ) {
            let mut crowd = Crowd::new([false, true, false].into_iter());
            check(&mut crowd, &first, suits.clone());
            crowd.clear();
            check(&mut crowd, &second, suits);
        }
    }

    /// Enough for chunks that are passed over, given back and used again, in parts that are spread.
    #[test]
    fn agrees_in_a_storm() {
        let mut x = 7_u64;
        let mut random = |below: u64| {
            x = x
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (x >> 20) % below
        };
        let steps: Vec<Step> = (0..20_000)
            .map(|_| match (random(16), random(3) as u16) {
                (0..10, queue) => Step::Come(queue, random(3) * random(1 << 36)),
                (10..13, queue) => Step::Serve(queue),
                _ => Step::Pass(random(1 << 25)),
            })
            .collect();
        let mut crowd = Crowd::new([false, true, false].into_iter());
        for suits in [1, 1 << 33, 1 << 45] {
            check(&mut crowd, &steps, vec![suits]);
            crowd.clear();
        }
    }

    #[test]
    fn chunks_are_used_again() {
        let mut crowd = Crowd::new([false, true].into_iter());
        for i in 0..100_000 {
            crowd.push(Time(i), Time(i + (1 << 40)), CommentId(i), (i % 2) as u16);
            if i >= 1000 {
                crowd.take_next((i % 2) as u16);
            }
        }
        assert!(
            crowd.chunks < 4 * 1000 / CHUNK,
            "{} chunks for 1000 who wait",
            crowd.chunks
        );
    }
}
