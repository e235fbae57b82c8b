//! A scenario file: every fault in it reported at once, or a plan and a world to run.

#![forbid(unsafe_code)]

pub mod spec;
