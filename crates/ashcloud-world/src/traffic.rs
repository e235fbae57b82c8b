//! The world as a run meets it: the next arrival, and everything about a comment by its id.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ashcloud_core::{AgentId, ClassId, CommentId, Span, TeamId, Time};
use ashcloud_scenario::spec;

use crate::contagion::Breeding;
use crate::ids;
use crate::intensity::{cumulate, pick};
use crate::lanes::Lanes;
use crate::laws::{BLOCK, Sampler, nanoseconds};
use crate::rng::{Key, PURPOSES, Purpose, again};
use crate::sources::{Block, Source};

/// One replication of what happens, and by cause everything that may be asked about a comment.
///
/// One per worker thread; [`Traffic::reset`] starts the next replication in the same memory. What a comment is (class,
/// tolerance, work...) is a function of (seed, replication, its id): neither order nor other streams change it.
///
/// ```
/// use ashcloud_core::{ClassId, Time};
/// use ashcloud_scenario::spec::{Kind, Law, Source, Stream, World};
/// use ashcloud_world::Traffic;
///
/// let world = World {
///     streams: vec![Stream {
///         name: "everyday".into(),
///         source: Source::Poisson { rate: 0.01 },
///         mix: vec![(ClassId(0), 1.0)],
///         contagion: None,
///         angry: 0.0,
///         followers: None,
///         thread: None,
///         topic_weight: 0.0,
///     }],
///     kinds: vec![Kind {
///         handling: Law::Exponential(300.0),
///         tolerance: None,
///         when_blocked: None,
///         balks: vec![],
///     }],
///     backlog: vec![],
///     warm_up: Time(0),
///     horizon: Time(86_400_000_000_000),
///     end: Time(86_400_000_000_000),
///     days: vec![Time(0)],
///     phone: None,
/// };
/// let mut traffic = Traffic::new(&world);
/// traffic.reset(1, 0);
/// let mut comments = 0;
/// while traffic.next() != Time::NEVER {
///     let comment = traffic.take();
///     let work = traffic.handling(comment.class, comment.id, 0);
///     assert!(comment.at < world.end && work.seconds() < 20_000.0);
///     comments += 1;
/// }
/// assert!((750..1000).contains(&comments)); // Poisson with mean 864
/// ```
#[derive(Clone, Debug)]
pub struct Traffic {
    streams: Vec<Stream>,
    kinds: Vec<Kind>,
    backlog: Vec<(ClassId, u32)>,
    end: u64,
    /// Families of draws whose entity is a comment or an agent, indexed by [`Purpose`].
    keys: [Key; PURPOSES],
    /// One per stream, and one for offspring where there is contagion.
    lanes: Lanes,
    /// Is there contagion in any stream?
    breeds: bool,
    /// One stream without contagion.
    plain: bool,
    /// Every class waits for ever.
    patient: bool,
    /// A stream that is left out.
    silent: Option<usize>,
    /// Offspring to come: instant, id.
    children: BinaryHeap<Reverse<(u64, u64)>>,
    /// Comments before the start whose offspring are still to be drawn.
    ancestors: Vec<(i64, u64)>,
}

/// A comment arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrived {
    /// When.
    pub at: Time,
    /// Who.
    pub id: CommentId,
    /// Its arrival class.
    pub class: ClassId,
    /// Index of its stream.
    pub stream: u16,
}

/// What a comment brings along on its first try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Brings {
    /// How long its customer waits; [`Span::FOREVER`] without tolerance.
    pub tolerance: Span,
    /// Work content of its first service, time in hand at speed 1; [`Span::FOREVER`] while it is not drawn.
    pub work: Span,
}

impl Traffic {
    /// Compiles a world. Nothing arrives before the first [`Traffic::reset`].
    pub fn new(world: &spec::World) -> Traffic {
        let streams: Vec<Stream> = world
            .streams
            .iter()
            .enumerate()
            .map(|(i, s)| Stream::new(i as u64, s, world))
            .collect();
        let breeds = streams.iter().any(|s| s.contagion.is_some());
        let lanes = Lanes::new(streams.len() + usize::from(breeds));
        Traffic {
            streams,
            kinds: world.kinds.iter().map(Kind::new).collect(),
            backlog: world.backlog.clone(),
            end: world.end.0,
            keys: [Key::default(); PURPOSES],
            lanes,
            breeds,
            plain: !breeds && world.streams.len() == 1,
            patient: world.kinds.iter().all(|kind| kind.tolerance.is_none()),
            silent: None,
            children: BinaryHeap::new(),
            ancestors: Vec::new(),
        }
    }

    /// The same without one of its streams (calls, where nobody takes the phone). Everything else stays as it is: what
    /// happens is a function of its cause.
    #[must_use]
    pub fn without(mut self, stream: Option<usize>) -> Traffic {
        self.silent = stream;
        self
    }

    /// Starts a replication from time 0.
    pub fn reset(&mut self, seed: u64, replication: u64) {
        for purpose in Purpose::ALL {
            self.keys[purpose as usize] = Key::new(seed, replication, purpose, 0);
        }
        self.children.clear();
        for index in 0..self.streams.len() {
            if self.silent == Some(index) {
                continue;
            }
            let key = |purpose| Key::new(seed, replication, purpose, index as u64 + 1);
            let stream = &mut self.streams[index];
            stream.source.reset(key);
            stream.refill(self.end, self.keys[Purpose::Class as usize]);
            self.lanes.set(index, stream.block.at[0]);
            self.past(index, key(Purpose::History));
        }
        self.wait_for_children();
    }

    /// Instant of the next arrival; [`Time::NEVER`] when none is left before the world's end.
    #[inline(always)]
    pub fn next(&self) -> Time {
        Time(self.lanes.earliest())
    }

    /// Takes the next arrival. Of equal instants the stream listed first comes first, then the smaller ordinal; offspring
    /// come last, by id. When none is left the arrival returned is at [`Time::NEVER`].
    #[inline(always)]
    pub fn take(&mut self) -> Arrived {
        if !self.plain {
            return self.take_of_several();
        }
        let stream = &mut self.streams[0];
        let (at, id, class) = stream.take();
        if stream.next >= stream.block.len() {
            stream.refill(self.end, self.keys[Purpose::Class as usize]);
        }
        self.lanes.set_only(stream.block.at[stream.next]);
        Arrived {
            at: Time(at),
            id: CommentId(id),
            class,
            stream: 0,
        }
    }

    #[inline(never)]
    fn take_of_several(&mut self) -> Arrived {
        let lane = self.lanes.first();
        let Some(stream) = self.streams.get_mut(lane) else {
            return self.take_child();
        };
        let (at, id, class) = stream.take();
        if stream.next >= stream.block.len() {
            stream.refill(self.end, self.keys[Purpose::Class as usize]);
        }
        self.lanes.set(lane, stream.block.at[stream.next]);
        if stream.contagion.is_some() && at < self.end {
            self.breed(lane, at, id);
        }
        Arrived {
            at: Time(at),
            id: CommentId(id),
            class,
            stream: lane as u16,
        }
    }

    /// What a comment of this arrival class brings along, for who wants to know before it comes.
    pub fn brings(&self, class: ClassId, id: CommentId) -> Brings {
        Brings {
            tolerance: self.tolerance(class, id, 0),
            work: self.handling(class, id, 0),
        }
    }

    /// Comments that wait at time 0, in their order.
    pub fn backlog(&self) -> impl Iterator<Item = (ClassId, CommentId)> {
        let base = ids::first_of(ids::BACKLOG);
        self.backlog
            .iter()
            .enumerate()
            .flat_map(move |(entry, &(class, count))| {
                (0..u64::from(count)).map(move |i| (class, CommentId(base | (entry as u64) << 32 | i)))
            })
    }

    /// Work content of a comment's `visit`-th service (0 is the first): time in hand at speed 1. `class` is an arrival
    /// class.
    #[inline(always)]
    pub fn handling(&self, class: ClassId, id: CommentId, visit: u32) -> Span {
        let mut draw = self.key(Purpose::Handling).draw(again(id.0, visit));
        Span(self.kinds[usize::from(class.0)].handling.sample_ns(&mut draw))
    }

    /// How long a customer waits, on the `attempt`-th try (0 is the first); [`Span::FOREVER`] without tolerance.
    #[inline(always)]
    pub fn tolerance(&self, class: ClassId, id: CommentId, attempt: u32) -> Span {
        if self.patient {
            return Span::FOREVER;
        }
        match &self.kinds[usize::from(class.0)].tolerance {
            None => Span::FOREVER,
            Some(law) => Span(law.sample_ns(&mut self.key(Purpose::Tolerance).draw(again(id.0, attempt)))),
        }
    }

    /// Does tolerance start anew after a hand-back at the end of a shift?
    pub fn tolerance_is_anew(&self, class: ClassId) -> bool {
        self.kinds[usize::from(class.0)].anew
    }

    /// After how long a customer whose patience ran out on the `attempt`-th try (0 is the first) comes back; patience had run
    /// out `before` times before, and every time the customer came back. [`None`] for one who does not come back.
    pub fn retries(&self, class: ClassId, id: CommentId, attempt: u32, before: u32) -> Option<Span> {
        let retry = self.kinds[usize::from(class.0)].retry.as_ref()?;
        let purposes = (Purpose::Retry, Purpose::RetryDelay);
        self.comes_back(retry, purposes, id, attempt, before)
    }

    /// The same for a customer who was blocked, after having been blocked `before` times before.
    pub fn retries_blocked(&self, class: ClassId, id: CommentId, attempt: u32, before: u32) -> Option<Span> {
        let retry = self.kinds[usize::from(class.0)].blocked.as_ref()?;
        let purposes = (Purpose::Blocked, Purpose::BlockedDelay);
        self.comes_back(retry, purposes, id, attempt, before)
    }

    /// Does a customer turn away on seeing so many waiting, on the `attempt`-th try? Nobody counts them for a class that never
    /// does.
    pub fn balks(
        &self,
        class: ClassId,
        id: CommentId,
        attempt: u32,
        waiting: impl FnOnce() -> usize,
    ) -> bool {
        let balks = &self.kinds[usize::from(class.0)].balks;
        let Some(last) = balks.last() else { return false };
        let probability = balks.get(waiting()).unwrap_or(last);
        self.key(Purpose::Balk).uniform(again(id.0, attempt)) < *probability
    }

    /// The number read by the order in force ([`ashcloud_core::Arrival::key`]) of a comment that arrives at `at` with
    /// this work content, which not every order asks for.
    #[inline]
    pub fn order_key(&self, key: &spec::Key, id: CommentId, at: Time, work: impl FnOnce() -> Span) -> i64 {
        match key {
            spec::Key::None => 0,
            spec::Key::Random => (self.key(Purpose::Order).word(id.0) >> 1) as i64,
            spec::Key::Due(span) => (at + *span).0.min(i64::MAX as u64) as i64,
            spec::Key::Work => work().0.min(i64::MAX as u64) as i64,
            spec::Key::Score {
                angry,
                followers,
                topic,
                thread,
                seconds_per_point,
            } => {
                let points = self.points(id, [*angry, *followers, *topic, *thread]);
                let earlier = (points * seconds_per_point * 1e9) as i64;
                (at.0.min(i64::MAX as u64) as i64).saturating_sub(earlier)
            }
            spec::Key::Points {
                angry,
                followers,
                topic,
                thread,
            } => (-1e6 * self.points(id, [*angry, *followers, *topic, *thread])) as i64,
        }
    }

    /// A uniform number in [0, 1) that tells where a comment goes after its `visit`-th service.
    pub fn next_stage(&self, id: CommentId, visit: u32) -> f64 {
        self.key(Purpose::NextStage).uniform(again(id.0, visit))
    }

    /// What rules that leave something to chance read of a comment: evenly from 0 to below [`ashcloud_core::CHANCES`].
    pub fn chance(&self, id: CommentId) -> u32 {
        (self.key(Purpose::Chance).word(id.0) >> 33) as u32
    }

    /// What the router mixes with a comment's id where an agent is chosen by chance ([`ashcloud_core::Router::reset`]).
    pub fn salt(&self) -> u64 {
        self.key(Purpose::Agent).salt()
    }

    /// Is a comment of this age picked on first sight? One number of the comment's decides for whoever looks, so that who
    /// picks more picks what others pick.
    pub fn is_picked(&self, id: CommentId, age: Span, pick: &spec::Pick) -> bool {
        let interest = pick.at_once * libm::exp(-age.seconds() / pick.fades);
        self.key(Purpose::Pick).uniform(id.0) < interest
    }

    /// How hard a comment is to answer alone, in [0, 1): who knows a share of all answers knows those below it.
    pub fn hardness(&self, id: CommentId) -> f64 {
        self.key(Purpose::Knowledge).uniform(id.0)
    }

    /// Is the question that was asked of somebody else after a comment's `visit`-th service forgotten?
    pub fn forgotten(&self, id: CommentId, visit: u32, probability: f64) -> bool {
        self.key(Purpose::Forgets).uniform(again(id.0, visit)) < probability
    }

    /// How long an agent stays away from the page for the `ordinal`-th time.
    pub fn absence(&self, law: &Sampler, agent: AgentId, ordinal: u32) -> Span {
        self.law_at(law, Purpose::Absence, u64::from(agent.0), ordinal)
    }

    /// Where in a day's window an agent looks after hours, in [0, 1); `None` on days without a look.
    pub fn sofa(&self, agent: AgentId, day: u32, probability: f64) -> Option<f64> {
        let mut draw = self.key(Purpose::Sofa).draw(again(u64::from(agent.0), day));
        (draw.uniform() < probability).then(|| draw.uniform())
    }

    /// An agent's `ordinal`-th set-up time under a law of the service.
    pub fn set_up(&self, law: &Sampler, team: TeamId, agent: AgentId, ordinal: u32) -> Span {
        self.law_at(
            law,
            Purpose::SetUp,
            u64::from(team.0) << 32 | u64::from(agent.0),
            ordinal,
        )
    }

    /// The `ordinal`-th draw of an entity under a law that belongs to the service: hand-over handling, for one.
    #[inline]
    pub fn law_at(&self, law: &Sampler, purpose: Purpose, entity: u64, ordinal: u32) -> Span {
        Span(law.sample_ns(&mut self.key(purpose).draw(again(entity, ordinal))))
    }

    /// Is its writer angry? Comments of the backlog are not.
    pub fn is_angry(&self, id: CommentId) -> bool {
        self.stream(id)
            .is_some_and(|s| self.key(Purpose::Angry).uniform(id.0) < s.angry)
    }

    /// Followers of its writer; 0 where the stream has no law of them.
    pub fn followers(&self, id: CommentId) -> f64 {
        self.attribute(Purpose::Followers, id, |s| s.followers.as_ref())
    }

    /// Posts in its thread; 0 where the stream has no law of them.
    pub fn thread(&self, id: CommentId) -> f64 {
        self.attribute(Purpose::Thread, id, |s| s.thread.as_ref())
    }

    /// Arrival class of a comment of a stream; [`None`] for the backlog.
    pub fn class_of(&self, id: CommentId) -> Option<ClassId> {
        Some(self.stream(id)?.class_of(id, self.key(Purpose::Class)))
    }

    #[inline(always)]
    fn key(&self, purpose: Purpose) -> Key {
        self.keys[purpose as usize]
    }

    fn stream(&self, id: CommentId) -> Option<&Stream> {
        self.streams.get(ids::stream_of(id)?)
    }

    fn attribute<'a>(
        &'a self,
        purpose: Purpose,
        id: CommentId,
        law: impl Fn(&'a Stream) -> Option<&'a Sampler>,
    ) -> f64 {
        self.stream(id)
            .and_then(law)
            .map_or(0.0, |law| law.sample(&mut self.key(purpose).draw(id.0)))
    }

    /// Points of a score that do not change while waiting (MODEL 6).
    fn points(&self, id: CommentId, [angry, followers, topic, thread]: [f64; 4]) -> f64 {
        let mut points = 0.0;
        if angry != 0.0 && self.is_angry(id) {
            points += angry;
        }
        if followers != 0.0 {
            points += followers * libm::log10(1.0 + self.followers(id));
        }
        if topic != 0.0 {
            points += topic * self.stream(id).map_or(0.0, |s| s.topic);
        }
        if thread != 0.0 {
            points += thread * self.thread(id);
        }
        points
    }

    fn comes_back(
        &self,
        retry: &Retry,
        (whether, when): (Purpose, Purpose),
        id: CommentId,
        attempt: u32,
        before: u32,
    ) -> Option<Span> {
        let entity = again(id.0, attempt);
        if before >= retry.at_most || self.key(whether).uniform(entity) >= retry.probability {
            return None;
        }
        Some(Span(retry.after.sample_ns(&mut self.key(when).draw(entity))))
    }

    #[inline(never)]
    fn take_child(&mut self) -> Arrived {
        let Some(Reverse((at, id))) = self.children.pop() else {
            return Arrived {
                at: Time::NEVER,
                id: CommentId(u64::MAX),
                class: ClassId(0),
                stream: u16::MAX,
            };
        };
        let id = CommentId(id);
        let index = ids::stream_of(id).unwrap_or(0);
        let class = self.streams[index].class_of(id, self.key(Purpose::Class));
        self.breed(index, at, id.0);
        Arrived {
            at: Time(at),
            id,
            class,
            stream: index as u16,
        }
    }

    /// Draws the children of a comment that has occurred.
    #[inline(never)]
    fn breed(&mut self, index: usize, at: u64, id: u64) {
        let weight = self.weight(index, id);
        let keys = (self.key(Purpose::Offspring), self.key(Purpose::OffspringDelay));
        if let Some(breeding) = &self.streams[index].contagion {
            let (children, end) = (&mut self.children, self.end);
            breeding.breed(keys, id, weight, at as i64, |at, id| {
                if (at as u64) < end {
                    children.push(Reverse((at as u64, id)));
                }
            });
        }
        self.wait_for_children();
    }

    /// Draws a stationary stream's comments before the start, and keeps those of their offspring that come after it.
    /// All is by cause, so the order in which ancestors are looked at does not matter.
    fn past(&mut self, index: usize, gaps: Key) {
        let Some((rate, length)) = self.streams[index].contagion.as_ref().and_then(|c| c.history) else {
            return;
        };
        let keys = (self.key(Purpose::Offspring), self.key(Purpose::OffspringDelay));
        let gap = Sampler::new(&spec::Law::Exponential(1.0 / rate));
        let mut at = -(nanoseconds(length) as i64);
        for ordinal in 0.. {
            at = at.saturating_add(gap.sample_ns(&mut gaps.draw(ordinal)) as i64);
            if at >= 0 {
                break;
            }
            self.ancestors
                .push((at, ids::before_start(index as u64, ordinal)));
            while let Some((at, id)) = self.ancestors.pop() {
                let weight = self.weight(index, id);
                let Some(breeding) = &self.streams[index].contagion else {
                    break;
                };
                let (children, ancestors, end) = (&mut self.children, &mut self.ancestors, self.end);
                breeding.breed(keys, id, weight, at, |at, id| {
                    if at < 0 {
                        ancestors.push((at, id));
                    } else if (at as u64) < end {
                        children.push(Reverse((at as u64, id)));
                    }
                });
            }
        }
    }

    /// A comment's mean offspring over the stream's.
    fn weight(&self, index: usize, id: u64) -> f64 {
        let per_follower = self.streams[index]
            .contagion
            .as_ref()
            .and_then(|c| c.per_follower);
        per_follower.map_or(1.0, |p| p * self.followers(CommentId(id)))
    }

    fn wait_for_children(&mut self) {
        if self.breeds {
            let next = self.children.peek().map_or(Time::NEVER.0, |c| c.0.0);
            self.lanes.set(self.streams.len(), next);
        }
    }
}

/// A stream of arrivals and what is common to its comments.
#[derive(Clone, Debug)]
struct Stream {
    /// Id of ordinal 0.
    base: u64,
    source: Source,
    block: Block,
    /// Arrival classes of the block.
    classes: [ClassId; BLOCK + 1],
    /// Place of the next arrival in the block.
    next: usize,
    mix: Vec<ClassId>,
    /// Cumulative shares of the mix.
    shares: Vec<f64>,
    contagion: Option<Breeding>,
    angry: f64,
    followers: Option<Sampler>,
    thread: Option<Sampler>,
    topic: f64,
}

impl Stream {
    fn new(index: u64, stream: &spec::Stream, world: &spec::World) -> Stream {
        Stream {
            base: ids::first_of(index),
            source: Source::new(&stream.source, world),
            block: Block::new(),
            classes: [stream.mix.first().map_or(ClassId(0), |m| m.0); BLOCK + 1],
            next: 0,
            mix: stream.mix.iter().map(|m| m.0).collect(),
            shares: cumulate(stream.mix.iter().map(|m| m.1)),
            contagion: stream.contagion.as_ref().map(|c| Breeding::new(c, stream)),
            angry: stream.angry,
            followers: stream.followers.as_ref().map(Sampler::new),
            thread: stream.thread.as_ref().map(Sampler::new),
            topic: stream.topic_weight,
        }
    }

    /// Instant, id and class of the next arrival in the block.
    #[inline(always)]
    fn take(&mut self) -> (u64, u64, ClassId) {
        let place = self.next;
        self.next = place + 1;
        let id = self.base | self.block.ordinal[place];
        (self.block.at[place], id, self.classes[place])
    }

    #[inline(never)]
    fn refill(&mut self, end: u64, class: Key) {
        self.next = 0;
        self.block.clear();
        self.source.fill(end, &mut self.block);
        // With one class there is nothing to draw.
        if self.shares.len() == 1 && !self.source.names_classes() {
            return;
        }
        for place in 0..self.block.len() {
            let id = CommentId(self.base | self.block.ordinal[place]);
            self.classes[place] = self.class_of(id, class);
        }
    }

    fn class_of(&self, id: CommentId, class: Key) -> ClassId {
        if !ids::is_offspring(id)
            && let Some(named) = self.source.named_class(ids::ordinal(id))
        {
            return named;
        }
        if let [only] = self.mix[..] {
            return only;
        }
        self.mix
            .get(pick(&self.shares, class.uniform(id.0)))
            .copied()
            .unwrap_or(ClassId(0))
    }
}

/// What is known of an arrival class.
#[derive(Clone, Debug)]
struct Kind {
    handling: Sampler,
    tolerance: Option<Sampler>,
    anew: bool,
    retry: Option<Retry>,
    blocked: Option<Retry>,
    balks: Vec<f64>,
}

impl Kind {
    fn new(kind: &spec::Kind) -> Kind {
        let tolerance = kind.tolerance.as_ref();
        Kind {
            handling: Sampler::new(&kind.handling),
            tolerance: tolerance.map(|t| Sampler::new(&t.law)),
            anew: tolerance.is_some_and(|t| t.anew_after_hand_back),
            retry: tolerance.and_then(|t| t.retry.as_ref()).map(Retry::new),
            blocked: kind.when_blocked.as_ref().map(Retry::new),
            balks: kind.balks.clone(),
        }
    }
}

/// Coming back.
#[derive(Clone, Debug)]
struct Retry {
    probability: f64,
    after: Sampler,
    /// `u32::MAX` is without limit.
    at_most: u32,
}

impl Retry {
    fn new(retry: &spec::Retry) -> Retry {
        Retry {
            probability: retry.probability,
            after: Sampler::new(&retry.after),
            at_most: retry.at_most.unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use ashcloud_scenario::spec::{Key as OrderKey, Law, Source, World};

    use super::*;
    use crate::check::Z;

    fn kind() -> spec::Kind {
        let retry = |probability, at_most| spec::Retry {
            probability,
            after: Law::Exponential(60.0),
            at_most,
        };
        spec::Kind {
            handling: Law::Exponential(300.0),
            tolerance: Some(spec::Tolerance {
                law: Law::Exponential(600.0),
                retry: Some(retry(0.4, Some(2))),
                anew_after_hand_back: true,
            }),
            when_blocked: Some(retry(1.0, None)),
            balks: vec![0.0, 0.25, 1.0],
        }
    }

    fn world() -> World {
        World {
            streams: vec![spec::Stream {
                name: "everyday".into(),
                source: Source::Poisson { rate: 1.0 },
                mix: vec![(ClassId(0), 1.0)],
                contagion: None,
                angry: 0.3,
                followers: Some(Law::Constant(99.0)),
                thread: Some(Law::Constant(4.0)),
                topic_weight: 2.0,
            }],
            kinds: vec![kind()],
            backlog: vec![(ClassId(0), 2), (ClassId(0), 3)],
            warm_up: Time::ZERO,
            horizon: Time(1_000_000_000_000),
            end: Time(1_000_000_000_000),
            days: vec![Time::ZERO],
            phone: None,
        }
    }

    fn traffic() -> Traffic {
        let mut traffic = Traffic::new(&world());
        assert_eq!(traffic.next(), Time::NEVER);
        traffic.reset(1, 0);
        traffic
    }

    const N: u64 = 20_000;
    const CLASS: ClassId = ClassId(0);

    /// Normal score of a share; error rate 1e-6.
    fn check_share(name: &str, hits: impl Fn(CommentId) -> bool, p: f64) {
        let count = (0..N).filter(|&i| hits(CommentId(i))).count() as f64;
        let z = (count - N as f64 * p) / (N as f64 * p * (1.0 - p)).sqrt();
        assert!(z.abs() < Z, "{name}: {count} of {N}, z {z}");
    }

    #[test]
    fn the_backlog_has_ids_of_its_own() {
        let t = traffic();
        let ids: std::collections::BTreeSet<u64> = t.backlog().map(|b| b.1.0).collect();
        assert_eq!(ids.len(), 5);
        for (_, id) in t.backlog() {
            assert_eq!((ids::stream_of(id), t.class_of(id)), (None, None));
            assert!(!t.is_angry(id) && t.followers(id) == 0.0 && t.handling(CLASS, id, 0) > Span::ZERO);
        }
    }

    #[test]
    fn who_left_comes_back_with_its_probability_and_at_most_so_often() {
        let t = traffic();
        for attempt in 0..2 {
            check_share(
                "retries",
                |id| t.retries(CLASS, id, attempt, attempt).is_some(),
                0.4,
            );
        }
        // Of five tries before, one ended because patience did: one more comeback is allowed.
        check_share("retries", |id| t.retries(CLASS, id, 5, 1).is_some(), 0.4);
        // Attempts are independent of each other.
        let twice = |id| t.retries(CLASS, id, 0, 0).is_some() && t.retries(CLASS, id, 1, 1).is_some();
        check_share("twice", twice, 0.16);
        assert!((0..N).all(|i| t.retries(CLASS, CommentId(i), 2, 2).is_none()));
        let often = 1_000_000;
        assert!((0..N).all(|i| t.retries_blocked(CLASS, CommentId(i), often, often).is_some()));
        assert!(t.tolerance_is_anew(CLASS));
    }

    #[test]
    fn tolerance_work_and_return_are_drawn_apart() {
        let t = traffic();
        let median = |span: Span, mean: f64| span.seconds() > mean * core::f64::consts::LN_2;
        let work = |id, visit| median(t.handling(CLASS, id, visit), 300.0);
        let patience = |id, attempt| median(t.tolerance(CLASS, id, attempt), 600.0);
        let back = |id| median(t.retries_blocked(CLASS, id, 0, 0).unwrap_or(Span::ZERO), 60.0);
        check_share("work", |id| work(id, 0), 0.5);
        check_share("work and second work", |id| work(id, 0) && work(id, 1), 0.25);
        check_share("work and patience", |id| work(id, 0) && patience(id, 0), 0.25);
        check_share("patience twice", |id| patience(id, 0) && patience(id, 1), 0.25);
        check_share("patience and return", |id| patience(id, 0) && back(id), 0.25);
        check_share(
            "next stage",
            |id| t.next_stage(id, 0) < 0.5 && t.next_stage(id, 1) < 0.5,
            0.25,
        );
        check_share("angry", |id| t.is_angry(id), 0.3);
    }

    #[test]
    fn balking_reads_the_last_entry_beyond_the_list() {
        let t = traffic();
        assert!(!(0..N).any(|i| t.balks(CLASS, CommentId(i), 0, || 0)));
        check_share("balks", |id| t.balks(CLASS, id, 0, || 1), 0.25);
        assert!(
            (0..N).all(|i| t.balks(CLASS, CommentId(i), 0, || 2) && t.balks(CLASS, CommentId(i), 0, || 9))
        );
    }

    #[test]
    fn one_draw_decides_for_whoever_looks_or_asks() {
        let t = traffic();
        let pick = |at_once, fades| spec::Pick {
            at_once,
            fades,
            scan: Span::ZERO,
        };
        let hour = Span::HOUR;
        let after_an_hour = pick(0.8, 3600.0);
        check_share(
            "picked at once",
            |id| t.is_picked(id, Span::ZERO, &after_an_hour),
            0.8,
        );
        check_share(
            "picked after an hour",
            |id| t.is_picked(id, hour, &after_an_hour),
            0.8 * (-1.0f64).exp(),
        );
        let always = pick(1.0, f64::INFINITY);
        assert!((0..N).all(|i| t.is_picked(CommentId(i), Span(u64::MAX >> 1), &always)));
        // Who picks less picks nothing that who picks more leaves.
        let fewer = pick(0.5, 3600.0);
        assert!(
            (0..N)
                .map(CommentId)
                .all(|id| { !t.is_picked(id, hour, &fewer) || t.is_picked(id, hour, &after_an_hour) })
        );
        check_share("known", |id| t.hardness(id) < 0.88, 0.88);
        check_share("forgotten", |id| t.forgotten(id, 0, 0.07), 0.07);
        check_share("taken on", |id| t.chance(id) < ashcloud_core::CHANCES / 4, 0.25);
        check_share(
            "known and picked are drawn apart",
            |id| t.hardness(id) < 0.5 && t.is_picked(id, Span::ZERO, &fewer),
            0.25,
        );
        check_share(
            "on the sofa",
            |id| t.sofa(AgentId(3), id.0 as u32, 0.75).is_some(),
            0.75,
        );
        check_share(
            "early on the sofa",
            |id| t.sofa(AgentId(3), id.0 as u32, 0.75).is_some_and(|at| at < 0.5),
            0.375,
        );
    }

    #[test]
    fn without_a_stream_the_others_stay_as_they_are() {
        let mut world = world();
        world.streams.push(world.streams[0].clone());
        let take = |mut t: Traffic| {
            t.reset(7, 3);
            let all: Vec<Arrived> = (0..100).map(|_| t.take()).collect();
            all
        };
        let both = take(Traffic::new(&world));
        let first: Vec<Arrived> = both.into_iter().filter(|a| a.stream == 0).collect();
        let alone = take(Traffic::new(&world).without(Some(1)));
        assert_eq!(first[..], alone[..first.len()]);
    }

    #[test]
    fn order_keys_follow_their_rule() {
        let (at, work) = (Time(5_000_000_000), Span(7_000_000_000));
        let t = traffic();
        let of = |key: OrderKey, id: u64| t.order_key(&key, CommentId(id), at, || work);
        assert_eq!(of(OrderKey::None, 1), 0);
        assert_eq!(of(OrderKey::Due(Span(3)), 1), 5_000_000_003);
        assert_eq!(of(OrderKey::Due(Span::FOREVER), 1), i64::MAX);
        assert_eq!(of(OrderKey::Work, 1), 7_000_000_000);
        let below = |id| t.order_key(&OrderKey::Random, id, at, || work) < i64::MAX / 4;
        check_share("random", below, 0.25);
        // Followers 99 give log10(100) = 2, the topic 2, the thread 4; anger as the comment has it.
        let points = |angry: f64| angry + 0.5 * 2.0 + 0.25 * 2.0 + 0.125 * 4.0;
        for id in 0..20 {
            let angry = if t.is_angry(CommentId(id)) { 1.0 } else { 0.0 };
            let key = OrderKey::Score {
                angry: 1.0,
                followers: 0.5,
                topic: 0.25,
                thread: 0.125,
                seconds_per_point: 60.0,
            };
            assert_eq!(of(key, id), 5_000_000_000 - (points(angry) * 6e10) as i64);
            let key = OrderKey::Points {
                angry: 1.0,
                followers: 0.5,
                topic: 0.25,
                thread: 0.125,
            };
            assert_eq!(of(key, id), (-1e6 * points(angry)) as i64);
        }
    }

    #[test]
    fn service_laws_are_drawn_by_agent_and_ordinal() {
        let t = traffic();
        let law = Sampler::new(&Law::Exponential(10.0));
        let of = |team, agent, ordinal| t.set_up(&law, TeamId(team), AgentId(agent), ordinal);
        let all = [of(0, 0, 0), of(0, 0, 1), of(0, 1, 0), of(1, 0, 0)];
        assert!((1..4).all(|i| !all[..i].contains(&all[i])), "{all:?}");
        assert_eq!(of(0, 1, 0), t.law_at(&law, Purpose::SetUp, 1, 0));
    }

    #[test]
    fn what_is_drawn_keeps_its_value() {
        let t = traffic();
        let id = CommentId(77);
        assert_eq!(
            [
                t.handling(CLASS, id, 0).0,
                t.handling(CLASS, id, 1).0,
                t.tolerance(CLASS, id, 0).0
            ],
            [812_811_751_776, 354_921_336_935, 629_566_601_155]
        );
        let back = (0..2)
            .filter_map(|attempt| t.retries_blocked(CLASS, id, attempt, attempt))
            .map(|s| s.0);
        assert_eq!(back.collect::<Vec<_>>(), [128_792_413_734, 5_178_286_977]);
        let gap = Sampler::new(&Law::Exponential(3300.0));
        assert_eq!(
            (
                t.chance(id),
                t.hardness(id),
                t.absence(&gap, AgentId(1), 2).0,
                t.sofa(AgentId(1), 5, 1.0)
            ),
            (
                1_304_456_365,
                0.670_768_077_631_572,
                537_474_267_347,
                Some(0.002_817_785_841_628_173)
            )
        );
    }
}
