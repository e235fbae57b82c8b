//! A number of a comment's own, for decisions that the organisation leaves to chance.

use crate::plan::CommentId;

/// Increment of `SplitMix64`: 2^64 divided by the golden ratio, odd.
pub const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Output function of `SplitMix64` (Steele, Lea and Flood 2014): a bijection of 64-bit words in which every input bit reaches
/// every output bit.
#[inline(always)]
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number from 0 to below 2^64 that depends on the comment and on the salt that the world gave the run, and on nothing else.
pub(crate) fn number_of(id: CommentId, salt: u64) -> u64 {
    mix(salt.wrapping_add(id.0.wrapping_add(1).wrapping_mul(GOLDEN)))
}
