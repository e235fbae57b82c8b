//! Speed: the workloads through the real path, the hand-written floors they are measured against, and what is done with
//! the figures.

#![forbid(unsafe_code)]

pub mod breadth;
pub mod compare;
pub mod floors;
pub mod instructions;
pub mod measure;
pub mod page;
pub mod peers;
pub mod workloads;
