//! What people and tools read: the result document and terminal tables.

#![forbid(unsafe_code)]
