//! Speed: criterion benches, the four workloads and their hand-written floors.

#![forbid(unsafe_code)]
