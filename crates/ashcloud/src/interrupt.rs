//! Ctrl-C: the first stops after the running replications, the second at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::out::{self, Stop};

static STOP: AtomicBool = AtomicBool::new(false);

/// Listens from now on.
pub(crate) fn listen() -> Result<(), Stop> {
    let heard = || {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(out::INTERRUPTED));
        }
        out::say("Stopping after the replications that are running; press Ctrl-C again to stop at once.");
    };
    ctrlc::set_handler(heard).map_err(|why| Stop::io(format!("cannot listen for Ctrl-C: {why}")))
}

/// Whether somebody wants it to stop.
pub(crate) fn asked() -> bool {
    STOP.load(Ordering::Relaxed)
}
