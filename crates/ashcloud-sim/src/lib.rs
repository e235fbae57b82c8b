//! Simulated time: event list, driver, replications, experiments.

#![forbid(unsafe_code)]
