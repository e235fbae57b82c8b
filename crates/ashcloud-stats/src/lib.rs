//! What is measured, and how sure it is.

#![forbid(unsafe_code)]
