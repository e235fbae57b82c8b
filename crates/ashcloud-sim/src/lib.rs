//! Simulated time: the event list, the drivers, replications, experiments.

#![forbid(unsafe_code)]

mod catalogue;
pub mod experiment;
mod full;
mod lean;
pub mod load;
pub mod memory;
mod replicate;
pub mod warning;

pub use ashcloud_house::{Moments, Observer, Snapshot, Watch};
pub use replicate::{Pool, Replication, Setup, decisions, threads_were_refused};

#[cfg(test)]
mod classic;
#[cfg(test)]
mod tests;
