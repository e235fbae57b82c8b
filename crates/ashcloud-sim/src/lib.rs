//! Simulated time: the event list, the drivers, replications, experiments.

#![forbid(unsafe_code)]

mod catalogue;
pub mod experiment;
pub mod finishes;
mod full;
mod lean;
mod observe;
mod people;
mod replicate;

pub use observe::{Moments, Observer, Snapshot, Watch};
pub use replicate::{Pool, Replication, Setup, decisions};

#[cfg(test)]
mod classic;
#[cfg(test)]
mod tests;
