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
    match ProgressStyle::with_template(&template(things)) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

/// The bar takes the room that the words leave: whole at 60 columns too.
fn template(things: &str) -> String {
    format!("{{wide_bar}} {{human_pos}} of {{human_len}} {things}, {{eta}} left")
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::io;
    use std::sync::Arc;

    use indicatif::TermLike;

    use super::*;

    /// A terminal of 60 columns that remembers what is written.
    #[derive(Clone, Debug, Default)]
    struct Narrow(Arc<Mutex<String>>);

    impl TermLike for Narrow {
        fn width(&self) -> u16 {
            60
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_bar_is_whole_at_sixty_columns() {
        let terminal = Narrow::default();
        let bar = bar("replications");
        bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        bar.set_length(20_000);
        bar.set_position(12_345);
        bar.force_draw();
        let drawn = terminal.0.lock().unwrap().clone();
        assert!(
            drawn.contains("=> ") && drawn.contains(" 12,345 of 20,000 replications, "),
            "{drawn}"
        );
        for line in drawn.split_inclusive(" left") {
            assert_eq!(line.chars().count(), 60, "{line}");
        }
    }
}
