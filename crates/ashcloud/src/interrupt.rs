//! Ctrl-C and SIGTERM: the first ends the run, whose finished part is printed; the second ends the command at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::out::{self, Stop};

/// The first signal that came; 0 before.
static HEARD: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Listens from now on.
pub(crate) fn listen() -> Result<(), Stop> {
    let heard = HEARD.get_or_init(Arc::default);
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: a signal ends the command where one came before it.
        flag::register_conditional_shutdown(signal, i32::from(code(signal as usize)), Arc::clone(&again))
            .and_then(|_| flag::register(signal, Arc::clone(&again)))
            .and_then(|_| flag::register_usize(signal, Arc::clone(heard), signal as usize))
            .map_err(|why| Stop::io(format!("cannot listen for Ctrl-C: {why}")))?;
    }
    Ok(())
}

/// Whether the command is to end.
pub(crate) fn asked() -> bool {
    heard() != 0
}

/// The exit code of an interrupted command: 130 after Ctrl-C, 143 after SIGTERM.
pub(crate) fn exit_code() -> u8 {
    match heard() {
        0 => out::INTERRUPTED,
        signal => code(signal),
    }
}

fn heard() -> usize {
    HEARD.get().map_or(0, |heard| heard.load(Ordering::Relaxed))
}

/// 128 and the signal, as a shell says it.
fn code(signal: usize) -> u8 {
    128 + signal as u8
}
