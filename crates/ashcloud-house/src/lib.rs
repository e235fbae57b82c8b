//! The organisation at work in its world: the router, and all that its decisions bring about.
//!
//! [`House`] is told the time and what happened. It asks the router, draws what the decisions need from the world (work
//! content and tolerance, unless comments bring them along; comebacks, looks, replies) and tells the recorder. Who keeps
//! the time and who holds the agents' comments until they are done is the driver's affair: a list of finishes in
//! simulated time, tasks in real time. Both drivers hold the same house.
//!
//! Architecture invariants: no clock, no thread, no random number that is not a function of (seed, replication, purpose,
//! id).

#![forbid(unsafe_code)]

pub mod finishes;
mod house;
mod observe;
mod people;

pub use house::{Agents, House, stretch, traffic};
pub use observe::{Moments, Observer, Snapshot, Watch};
