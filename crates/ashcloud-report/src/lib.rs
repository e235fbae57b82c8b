//! What people and tools read: the result document, and the same as text.
//!
//! A [`Document`] holds everything a run found; [`run`] and [`compare`] write it for people. Nothing here computes a
//! statistic: the text says what the document says.
//!
//! Architecture invariant: the text is a function of the document and of [`Style`] alone, so a stored `result.json` reads
//! as it did on the day it was made.

#![forbid(unsafe_code)]

mod choice;
mod comparison;
mod conclusion;
mod document;
mod lines;
pub mod numbers;
mod overview;
mod page;
mod picture;
mod printable;
mod single;
mod table;
mod words;

#[cfg(test)]
mod sample;

pub use choice::standing;
pub use comparison::compare;
pub use document::{
    Asks, Band, Basis, Charged, Curve, Difference, Document, Estimate, Model, Moment, OfferedLoad, Place,
    Precision, Reason, ReasonKind, SCHEMA, Scenario, Target, Team, Timeline, Verdict, VerdictRow, WallClock,
    Warning,
};
pub use page::{Style, wrapped};
pub use picture::sparkline;
pub use printable::one_line;
pub use single::run;
pub use table::table_of;
pub use words::verdict_in_brief;
