//! Simulated time: the event list, the drivers, replications, experiments.

#![forbid(unsafe_code)]

mod catalogue;
pub mod experiment;
mod full;
mod lean;
pub mod load;
mod replicate;
pub mod warning;

pub use ashcloud_house::{Moments, Observer, Snapshot, Watch};
pub use replicate::{Pool, Replication, Setup, decisions};

#[cfg(test)]
mod classic;
#[cfg(test)]
mod tests;
