//! The comments of a replay, made beforehand.

use ashcloud_core::{ClassId, CommentId, Time};
use ashcloud_house::traffic;
use ashcloud_scenario::spec::Model;
use ashcloud_world::{Arrived, Brings};

/// First attempts in the order of their times; comebacks are the house's.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Who comes when, ascending.
    pub comments: Vec<Comment>,
    /// The scenario's last instant.
    pub end: Time,
}

/// A comment that is to come, and all that the world has to say of its first try.
#[derive(Clone, Copy, Debug)]
pub struct Comment {
    /// When.
    pub at: Time,
    /// Who.
    pub id: CommentId,
    /// What kind.
    pub class: ClassId,
    /// How patient its customer is and how much work it makes.
    pub brings: Brings,
}

/// A trace may be so long: 50 million comments are 2 GB, and on the virtual clock, where it is copied once, 4 GB.
const LONGEST: usize = 50_000_000;

impl Trace {
    /// All traffic of one replication.
    pub fn new(model: &Model, seed: u64, replication: u64) -> Trace {
        let mut traffic = traffic(model);
        traffic.reset(seed, replication);
        let end = model.world.end;
        let mut comments = Vec::new();
        while traffic.next() <= end && comments.len() < LONGEST {
            let Arrived { at, id, class, .. } = traffic.take();
            let brings = traffic.brings(class, id);
            comments.push(Comment {
                at,
                id,
                class,
                brings,
            });
        }
        Trace { comments, end }
    }

    /// Was something left out, because a trace has a greatest length?
    pub fn is_cut(&self) -> bool {
        self.comments.len() >= LONGEST
    }

    /// The same comments in the same order at an even pace: the i-th of n at the middle of the i-th n-th of the time.
    #[must_use]
    pub fn evenly(mut self) -> Trace {
        let (count, end) = (self.comments.len().max(1) as u128, u128::from(self.end.0));
        for (i, comment) in self.comments.iter_mut().enumerate() {
            comment.at = Time(((2 * i as u128 + 1) * end / (2 * count)) as u64);
        }
        self
    }

    /// Comments a second of the scenario's time, over the whole of it.
    pub fn rate(&self) -> f64 {
        self.comments.len() as f64 / Time(self.end.0.max(1)).seconds()
    }
}
