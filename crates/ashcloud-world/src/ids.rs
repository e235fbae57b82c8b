//! Who a comment is: its stream in the upper bits, what it is within the stream below.
//!
//! ```text
//! bit 63     1 for offspring
//! bits 52-62 stream; 0x7ff is the backlog
//! bits 0-51  ordinal in the stream; of offspring a hash of (parent, ordinal among its children)
//! ```
//! The hash makes a comment's draws depend on its ancestors alone. Two of a million offspring in one stream share an id
//! with probability 1e-4; they then share their draws, and nothing else happens.

use ashcloud_core::CommentId;

use crate::rng::{GOLDEN, mix};

/// Bits of the ordinal.
const ORDINAL_BITS: u32 = 52;
const ORDINAL: u64 = (1 << ORDINAL_BITS) - 1;
const OFFSPRING: u64 = 1 << 63;
/// Ordinals of comments before the start.
const HISTORY: u64 = 1 << (ORDINAL_BITS - 1);
/// The stream of comments that wait at time 0.
pub(crate) const BACKLOG: u64 = 0x7ff;

/// Id of ordinal 0 of a stream; ordinals are added.
pub(crate) fn first_of(stream: u64) -> u64 {
    (stream & BACKLOG) << ORDINAL_BITS
}

/// Id of a comment before the start.
pub(crate) fn before_start(stream: u64, ordinal: u64) -> u64 {
    first_of(stream) | HISTORY | ordinal
}

/// Id of a child.
pub(crate) fn child(parent: u64, ordinal: u64) -> u64 {
    let hash = mix(mix(parent).wrapping_add((ordinal + 1).wrapping_mul(GOLDEN)));
    OFFSPRING | (parent & !ORDINAL) | (hash & ORDINAL)
}

/// Ordinal of an id, a hash for offspring.
pub(crate) fn ordinal(id: CommentId) -> u64 {
    id.0 & ORDINAL
}

/// Index of the stream that a comment belongs to, [`None`] for the backlog. Offspring belong to their parent's.
pub fn stream_of(id: CommentId) -> Option<usize> {
    let stream = (id.0 >> ORDINAL_BITS) & BACKLOG;
    (stream != BACKLOG).then_some(stream as usize)
}

/// Was it made by another comment?
pub fn is_offspring(id: CommentId) -> bool {
    id.0 & OFFSPRING != 0
}
