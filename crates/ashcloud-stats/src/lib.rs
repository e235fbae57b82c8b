//! What is measured, and how sure it is.
//!
//! The replication is the unit of every estimate: within one replication comments depend on each other, between
//! replications nothing does. An [`Estimate`] carries its standard error and degrees of freedom; an [`Interval`] or a
//! [`Verdict`] is made from it at a stated confidence. What cannot be estimated is `None`, never NaN.
//!
//! Every logarithm, exponential and power comes from `libm`, so that results are the same on every platform.

#![forbid(unsafe_code)]

mod betting;
pub mod choice;
pub mod compare;
pub mod distribution;
pub mod estimate;
pub mod gof;
pub mod latency;
mod quadrature;
pub mod recorder;
pub mod risks;
pub mod sections;
pub mod selection;
pub mod special;
pub mod sure;
pub mod theory;

pub use choice::{Candidate, Choice};
pub use compare::{Direction, Verdict};
pub use distribution::Distribution;
pub use estimate::{Basis, Estimate, Fraction, Interval, Jackknife};
pub use recorder::{Level, Measure, Recorder, Recording, Threshold};
pub use sections::Sections;

#[cfg(test)]
mod testing;
