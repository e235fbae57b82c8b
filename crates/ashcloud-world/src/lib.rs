//! What happens to the organisation: arrivals, tolerance, work content, by cause.

#![forbid(unsafe_code)]
