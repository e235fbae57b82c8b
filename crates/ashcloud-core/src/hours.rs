//! Opening hours as a run reads them: intervals on the scenario's clock.

use crate::time::{Span, Time};

/// Sorted, disjoint intervals in which something is open. Made from a calendar when a scenario is compiled; measures
/// business time.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Hours {
    /// Open intervals `[from, to)` with the open time that lies before each.
    open: Vec<(Time, Time, Span)>,
}

impl Hours {
    /// From intervals `[from, to)`, sorted and disjoint; touching ones are joined, empty ones dropped.
    ///
    /// # Panics
    /// If the intervals overlap or are out of order: the compiler of scenarios makes them so that they do not.
    pub fn new(intervals: impl IntoIterator<Item = (Time, Time)>) -> Hours {
        let mut open: Vec<(Time, Time, Span)> = Vec::new();
        for (from, to) in intervals {
            if to <= from {
                continue;
            }
            match open.last_mut() {
                Some(last) if last.1 == from => last.1 = to,
                Some(last) => {
                    assert!(last.1 < from, "opening hours overlap");
                    let before = last.2 + (last.1 - last.0);
                    open.push((from, to, before));
                }
                None => open.push((from, to, Span::ZERO)),
            }
        }
        Hours { open }
    }

    /// The intervals `[from, to)`.
    pub fn intervals(&self) -> impl Iterator<Item = (Time, Time)> {
        self.open.iter().map(|&(from, to, _)| (from, to))
    }

    /// Open time in `[0, at)`.
    pub fn open_before(&self, at: Time) -> Span {
        self.open_in(self.begun(at, self.open.len()), at)
    }

    /// Of the first `among` intervals, those that begin before `at`.
    fn begun(&self, at: Time, among: usize) -> usize {
        self.open[..among].partition_point(|&(from, _, _)| from < at)
    }

    /// Open time in `[0, at)`, before which so many intervals begin.
    fn open_in(&self, begun: usize, at: Time) -> Span {
        begun.checked_sub(1).map_or(Span::ZERO, |last| {
            let (from, to, before) = self.open[last];
            before + (at.min(to) - from)
        })
    }

    /// When so much open time has passed since `from`; `None` where the hours end before. What is done at closing time is
    /// done then, not at the next opening; what takes no time is done at once where it is open, else at the next opening.
    pub fn after(&self, from: Time, open: Span) -> Option<Time> {
        if open == Span::ZERO {
            let next = self.open.partition_point(|&(_, to, _)| to <= from);
            return self.open.get(next).map(|&(begins, ..)| from.max(begins));
        }
        let wanted = Span(self.open_before(from).0.saturating_add(open.0));
        let i = self
            .open
            .partition_point(|&(from, to, before)| before + (to - from) < wanted);
        let &(begins, _, before) = self.open.get(i)?;
        Some(from.max(begins + Span(wanted.0 - before.0)))
    }

    /// Business time between two instants: the part of `[from, to)` that is open.
    pub fn between(&self, from: Time, to: Time) -> Span {
        let by_then = self.begun(to, self.open.len());
        // Most often both lie between the same two openings.
        let before = match by_then.checked_sub(1) {
            Some(last) if self.open[last].0 >= from => self.begun(from, last),
            _ => by_then,
        };
        Span(
            self.open_in(by_then, to)
                .0
                .saturating_sub(self.open_in(before, from).0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours() -> Hours {
        Hours::new([
            (Time(10), Time(20)),
            (Time(20), Time(25)),
            (Time(40), Time(40)),
            (Time(50), Time(60)),
        ])
    }

    #[test]
    fn touching_intervals_join_and_empty_ones_vanish() {
        assert_eq!(
            hours().intervals().collect::<Vec<_>>(),
            [(Time(10), Time(25)), (Time(50), Time(60))]
        );
    }

    #[test]
    fn open_time_counts_only_open_parts() {
        let h = hours();
        assert_eq!(h.open_before(Time(0)), Span(0));
        assert_eq!(h.open_before(Time(12)), Span(2));
        assert_eq!(h.open_before(Time(40)), Span(15));
        assert_eq!(h.open_before(Time(70)), Span(25));
        assert_eq!(h.between(Time(24), Time(52)), Span(3));
        assert_eq!(h.after(Time(0), Span(3)), Some(Time(13)));
        assert_eq!(h.after(Time(24), Span(1)), Some(Time(25)));
        assert_eq!(h.after(Time(24), Span(3)), Some(Time(52)));
        assert_eq!(h.after(Time(0), Span(0)), Some(Time(10)));
        assert_eq!(h.after(Time(15), Span(0)), Some(Time(15)));
        assert_eq!(h.after(Time(30), Span(0)), Some(Time(50)));
        assert_eq!(h.after(Time(60), Span(0)), None);
        assert_eq!(h.after(Time(30), Span(10)), Some(Time(60)));
        assert_eq!(h.after(Time(30), Span(11)), None);
    }
}
