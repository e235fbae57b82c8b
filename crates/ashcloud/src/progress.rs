//! Progress on standard error: a bar on a terminal, lines of JSON, or nothing.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::ProgressKind;
use crate::out;

/// What takes less time shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two lines of JSON.
const INTERVAL: Duration = Duration::from_millis(250);

/// Told of everything that is done, from any thread.
pub(crate) struct Progress {
    begun: Instant,
    shown: Shown,
}

enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

/// What was last written, and what was last heard.
struct Lines {
    written: Instant,
    done: u64,
    total: u64,
}

impl Progress {
    /// Of replications, or of other things.
    pub(crate) fn new(kind: ProgressKind, things: &str) -> Progress {
        let begun = Instant::now();
        let shown = match kind {
            ProgressKind::Json => Shown::Lines(Mutex::new(Lines {
                written: begun,
                done: 0,
                total: 0,
            })),
            ProgressKind::Auto if std::io::stderr().is_terminal() => Shown::Bar(bar(things)),
            ProgressKind::Auto | ProgressKind::Never => Shown::Nothing,
        };
        let progress = Progress { begun, shown };
        // A first line, so that who listens knows it is running.
        if let Shown::Lines(lines) = &progress.shown {
            progress.line(
                &lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
                false,
            );
        }
        progress
    }

    /// So many are done of so many, as far as is known.
    pub(crate) fn tell(&self, done: u64, total: u64) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                if bar.is_hidden() && self.begun.elapsed() > PATIENCE {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_length(total);
                // Threads may tell in any order.
                bar.set_position(done.max(bar.position()));
            }
            Shown::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                (lines.done, lines.total) = (done.max(lines.done), total);
                if lines.written.elapsed() >= INTERVAL {
                    lines.written = Instant::now();
                    self.line(&lines, false);
                }
            }
        }
    }

    /// It is over.
    pub(crate) fn finish(&self) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.finish_and_clear(),
            Shown::Lines(lines) => {
                self.line(
                    &lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
                    true,
                );
            }
        }
    }

    fn line(&self, lines: &Lines, finished: bool) {
        let seconds = self.begun.elapsed().as_secs_f64();
        let line = serde_json::json!({
            "done": lines.done, "total": (lines.total > 0).then_some(lines.total), "seconds": seconds, "finished": finished
        });
        out::say(&line.to_string());
    }
}

fn bar(things: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    let template = format!("{{bar:24}} {{human_pos}} of {{human_len}} {things}, {{per_sec}}, {{eta}} left");
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
