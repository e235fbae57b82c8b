//! The command.

#![forbid(unsafe_code)]
