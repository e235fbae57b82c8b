//! What is simulated for some entries: a scenario text, and how long each replication lasts.

use std::fmt::Write;

use super::law::span;

/// A scenario in the making: what it is about, and what its entries want to see of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    /// The scenario without its times, targets and observations.
    pub(crate) base: String,
    /// How long a replication lasts.
    pub(crate) length: Length,
    /// Times within which comments should be taken up (`true`) or answered.
    pub(crate) thresholds: Vec<(f64, bool)>,
    /// Moments to look at, seconds.
    pub(crate) at: Vec<f64>,
    /// Second moments of the state over time.
    pub(crate) moments: bool,
    /// Keep the distribution of waits.
    pub(crate) waits: bool,
    /// Keep the distribution of first responses.
    pub(crate) responses: bool,
}

/// How long a replication lasts; seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Length {
    /// In its long-run law after `warm_up`; then measured for `window`; then nothing new is measured for `follow_up`, in
    /// which what was begun ends.
    Steady {
        /// Not measured.
        warm_up: f64,
        /// Measured.
        window: f64,
        /// To the end.
        follow_up: f64,
    },
    /// From time 0 for so long; moments looked at are not later.
    Transient {
        /// To the end.
        horizon: f64,
    },
    /// Until the house is first empty; `limit` is never reached.
    UntilClear {
        /// Far beyond.
        limit: f64,
    },
}

impl Scene {
    /// A scene that shows nothing yet.
    pub(crate) fn new(base: impl Into<String>, length: Length) -> Scene {
        Scene {
            base: base.into(),
            length,
            thresholds: Vec::new(),
            at: Vec::new(),
            moments: false,
            waits: false,
            responses: false,
        }
    }

    /// Also look at this moment.
    pub(crate) fn look(mut self, at: f64) -> Scene {
        self.at.push(at);
        self
    }

    /// Whether one run can serve both.
    pub(crate) fn agrees(&self, other: &Scene) -> bool {
        self.base == other.base && self.moments == other.moments && self.length == other.length
    }

    /// Shows what `other` shows as well.
    pub(crate) fn join(&mut self, other: &Scene) {
        for threshold in &other.thresholds {
            if !self.thresholds.contains(threshold) {
                self.thresholds.push(*threshold);
            }
        }
        for at in &other.at {
            if !self.at.contains(at) {
                self.at.push(*at);
            }
        }
        self.at.sort_by(f64::total_cmp);
        self.waits |= other.waits;
        self.responses |= other.responses;
    }

    /// The scenario file.
    pub(crate) fn toml(&self, title: &str) -> String {
        let mut text = format!("title = {title:?}\n");
        match self.length {
            Length::Steady {
                warm_up,
                window,
                follow_up,
            } => {
                let _ = writeln!(
                    text,
                    "warm_up = {}\nhorizon = {}",
                    span(warm_up),
                    span(warm_up + window)
                );
                let _ = writeln!(text, "follow_up = {}", span(follow_up));
            }
            Length::Transient { horizon: end } | Length::UntilClear { limit: end } => {
                let _ = writeln!(text, "horizon = {}\nfollow_up = \"0s\"", span(end));
            }
        }
        // Tables come after the top level's own fields; what stands first in the base belongs to the top level.
        text.push_str(&self.base);
        text.push('\n');
        for (within, taken_up) in &self.thresholds {
            let field = if *taken_up {
                "taken_up_within"
            } else {
                "answered_within"
            };
            let _ = writeln!(text, "\n[[targets]]\n{field} = {}\nshare = 0.5", span(*within));
        }
        let at: Vec<_> = self.at.iter().map(|at| span(*at)).collect();
        let _ = writeln!(
            text,
            "\n[observe]\nwaits = {}\nresponses = {}",
            self.waits, self.responses
        );
        if !at.is_empty() {
            let _ = writeln!(text, "at = [{}]", at.join(", "));
        }
        if self.moments {
            text.push_str("moments = true\n");
        }
        if matches!(self.length, Length::UntilClear { .. }) {
            text.push_str("until_clear = true\n");
        }
        text
    }
}

/// `[queue]`: source, service and agents as the file writes them, then more lines.
pub(crate) fn queue(arrivals: &str, service: &str, agents: &str, more: &str) -> String {
    format!("[queue]\narrivals = {arrivals}\nservice = {service}\nagents = {agents}\n{more}")
}

/// A Poisson source of `rate` per second.
pub(crate) fn poisson(rate: f64) -> String {
    format!("{{ poisson = \"{rate} per s\" }}")
}
