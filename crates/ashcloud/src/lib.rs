//! What the command does beyond parsing its words.

#![forbid(unsafe_code)]

pub mod verify;
