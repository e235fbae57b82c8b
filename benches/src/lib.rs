//! Speed: the four workloads through the real path, and the hand-written floors they are measured against.

#![forbid(unsafe_code)]

pub mod floors;
pub mod workloads;
