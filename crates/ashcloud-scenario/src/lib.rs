//! A scenario file: every fault in it reported at once, or a plan and a world to run.
//!
//! A text is parsed once to a tree that remembers places ([`load`]); overrides change the tree; every table is read by
//! the declaration that also makes its JSON Schema ([`schema`]); what was read is compiled to [`spec::Compiled`].
//! Faults are collected on the way and never stop the search for more.

#![forbid(unsafe_code)]

mod attention;
mod budget;
mod calendar;
mod classes;
mod consult;
mod contagion;
mod counts;
mod crowds;
mod cumulative;
mod data;
mod elsewhere;
mod excerpt;
mod fault;
mod file;
mod follow_up;
mod handover;
mod jargon;
mod law;
mod load;
mod notes;
mod overrides;
mod quantity;
mod queue;
mod reachable;
mod reader;
mod roster;
mod rules;
mod schema;
mod shape;
pub mod spec;
mod spelling;
mod staffing;
mod surprises;
mod syntax;
mod targets;
mod trace;
mod traffic;
mod tree;
mod unread;
mod work;
mod world;
mod zones;

pub use calendar::LocalClock;
pub use fault::{Fault, Faults, Severity, plain, render};
pub use load::{load, load_bytes, load_str};
pub use overrides::Override;
pub use schema::schema;
