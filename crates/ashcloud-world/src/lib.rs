//! What happens to the organisation: arrivals, tolerance, work content, by cause.
//!
//! [`Traffic`] gives the next comment and answers every question about one by its id. Architecture invariants: a random
//! number is a function of (master seed, replication, purpose, stream, entity) and never of the order of events; no value
//! passes through the platform's mathematics, so equal seeds give equal bits everywhere.

#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "expected values may be computed by the platform"
    )
)]

#[cfg(test)]
mod check;
mod contagion;
pub mod counts;
mod ids;
mod intensity;
mod lanes;
pub mod laws;
pub mod moments;
pub mod rng;
mod sources;
pub mod special;
mod storm;
mod traffic;
pub mod volume;
mod ziggurat;

pub use ids::{is_offspring, stream_of};
pub use laws::Sampler;
pub use rng::{Draw, Key, Purpose};
pub use traffic::{Arrived, Brings, Traffic};
