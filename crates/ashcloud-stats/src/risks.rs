//! Competing events: how many cases are answered, leave, are deflected... within a time, when the end of follow-up cuts
//! some short.

use ashcloud_core::Span;

/// Times to the first of `C` competing events, counted in bins, for the Aalen-Johansen estimator of cumulative incidence
/// (Aalen & Johansen 1978). Only the end of follow-up censors; it is taken to fall at the end of its bin, after the bin's
/// events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risks<const C: usize> {
    /// Upper ends of the bins, ascending.
    edges: Vec<Span>,
    /// Per bin and cause; one more bin than edges, for what comes later.
    events: Vec<[u64; C]>,
    /// Per bin.
    censored: Vec<u64>,
}

/// The curves at the end of one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiskPoint<const C: usize> {
    /// End of the bin.
    pub time: Span,
    /// Probability that each event has come first by then.
    pub incidence: [f64; C],
    /// Probability that none has: 1 minus the sum of the others.
    pub open: f64,
}

impl<const C: usize> Risks<C> {
    /// Bins that end at these times (sorted here, repeats dropped); the first begins at 0, the last is followed by
    /// an open one that only counts who was still at risk.
    pub fn new(mut edges: Vec<Span>) -> Risks<C> {
        edges.sort_unstable();
        edges.dedup();
        let bins = edges.len() + 1;
        Risks {
            edges,
            events: vec![[0; C]; bins],
            censored: vec![0; bins],
        }
    }

    /// The first event of a case was `cause` (below `C`; another counts as censoring), `after` its start.
    pub fn event(&mut self, cause: usize, after: Span) {
        let bin = self.bin(after);
        match self.events[bin].get_mut(cause) {
            Some(count) => *count += 1,
            None => self.censored[bin] += 1,
        }
    }

    /// Follow-up of a case ended without any event, `after` its start.
    pub fn censor(&mut self, after: Span) {
        let bin = self.bin(after);
        self.censored[bin] += 1;
    }

    /// Adds the counts of another with the same bins.
    ///
    /// # Errors
    /// Bins that differ; nothing is added then.
    pub fn merge(&mut self, other: &Risks<C>) -> Result<(), DifferentBins> {
        if self.edges != other.edges {
            return Err(DifferentBins);
        }
        for (ours, theirs) in self
            .events
            .iter_mut()
            .flatten()
            .zip(other.events.iter().flatten())
        {
            *ours += theirs;
        }
        for (ours, theirs) in self.censored.iter_mut().zip(&other.censored) {
            *ours += theirs;
        }
        Ok(())
    }

    /// Cases counted.
    pub fn count(&self) -> u64 {
        self.events.iter().flatten().sum::<u64>() + self.censored.iter().sum::<u64>()
    }

    /// The curves at the end of every bin while anybody was at risk; empty without cases.
    pub fn curves(&self) -> Vec<RiskPoint<C>> {
        let mut at_risk = self.count();
        let (mut open, mut incidence) = (1.0, [0.0; C]);
        let mut curves = Vec::with_capacity(self.edges.len());
        for ((&time, events), censored) in self.edges.iter().zip(&self.events).zip(&self.censored) {
            if at_risk == 0 {
                break;
            }
            // F_k rises by S(t-) d_k / Y, S falls by the sum.
            let all: u64 = events.iter().sum();
            for (share, &count) in incidence.iter_mut().zip(events) {
                *share += open * (count as f64 / at_risk as f64);
            }
            open *= (at_risk - all) as f64 / at_risk as f64;
            at_risk -= all + censored;
            curves.push(RiskPoint {
                time,
                incidence,
                open,
            });
        }
        curves
    }

    fn bin(&self, after: Span) -> usize {
        self.edges.partition_point(|&edge| edge < after)
    }
}

/// Two sets of bins that cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("times were counted in different bins")]
pub struct DifferentBins;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Stream, close};
    use proptest::prelude::*;

    fn edges(n: u64) -> Vec<Span> {
        (1..=n).map(Span).collect()
    }

    #[test]
    fn a_published_style_example_by_hand() {
        // Ten cases: two answered at 1, one left at 2, one censored at 2, two answered at 3, four later.
        let mut risks = Risks::<2>::new(edges(3));
        risks.event(0, Span(1));
        risks.event(0, Span(1));
        risks.event(1, Span(2));
        risks.censor(Span(2));
        risks.event(0, Span(3));
        risks.event(0, Span(3));
        for _ in 0..4 {
            risks.censor(Span(100));
        }
        let curves = risks.curves();
        assert_eq!(curves.len(), 3);
        close(curves[0].incidence[0], 0.2, 1e-15);
        close(curves[1].incidence[1], 0.8 / 8.0, 1e-14);
        // At 3 six are at risk and 0.7 is still open.
        close(curves[2].incidence[0], 0.2 + 0.7 * 2.0 / 6.0, 1e-14);
        close(curves[2].open, 0.7 * 4.0 / 6.0, 1e-14);
        assert!(Risks::<2>::new(edges(3)).curves().is_empty());
        assert_eq!(risks.merge(&Risks::new(edges(2))), Err(DifferentBins));
    }

    #[test]
    fn censoring_does_not_bias() {
        // Two exponential events with rates 1 and 0.5, censoring uniform on (0, 2); the truth at 1 is
        // (2/3)(1 - exp(-1.5)). 20,000 cases: a standard error below 0.0045; six of them fail with probability 2e-9.
        let mut stream = Stream::new(51);
        let unit = 1_000_000.0;
        let mut risks = Risks::<2>::new((1..=2000).map(|i| Span(i * 1000)).collect());
        for _ in 0..20_000 {
            let (a, b, c) = (
                stream.exponential(),
                2.0 * stream.exponential(),
                2.0 * stream.uniform(),
            );
            let first = a.min(b);
            let at = |t: f64| Span((t * unit) as u64);
            if c < first {
                risks.censor(at(c));
            } else {
                risks.event(usize::from(b < a), at(first));
            }
        }
        let point = risks
            .curves()
            .into_iter()
            .find(|p| p.time == Span(1_000_000))
            .unwrap();
        let truth = 2.0 / 3.0 * (1.0 - libm::exp(-1.5));
        assert!(
            (point.incidence[0] - truth).abs() < 0.027,
            "{} {truth}",
            point.incidence[0]
        );
        assert!((point.incidence[1] - 0.5 * truth).abs() < 0.027);
    }

    proptest! {
        #[test]
        fn without_censoring_it_is_the_plain_share(
            times in proptest::collection::vec((0usize..3, 0u64..12), 1..60),
        ) {
            let mut risks = Risks::<3>::new(edges(10));
            for &(cause, after) in &times {
                risks.event(cause, Span(after));
            }
            for point in risks.curves() {
                for cause in 0..3 {
                    let count = times.iter().filter(|&&(k, t)| k == cause && t <= point.time.0).count();
                    prop_assert!((point.incidence[cause] - count as f64 / times.len() as f64).abs() < 1e-12);
                }
            }
        }

        #[test]
        fn the_shares_sum_to_one_and_rise(
            times in proptest::collection::vec((0usize..3, 0u64..12), 1..60),
        ) {
            let (mut risks, mut half) = (Risks::<2>::new(edges(10)), Risks::<2>::new(edges(10)));
            for (i, &(cause, after)) in times.iter().enumerate() {
                let into = if i % 2 == 0 { &mut risks } else { &mut half };
                if cause == 2 { into.censor(Span(after)) } else { into.event(cause, Span(after)) }
            }
            risks.merge(&half).unwrap();
            prop_assert_eq!(risks.count(), times.len() as u64);
            let mut last = [0.0; 2];
            for point in risks.curves() {
                prop_assert!((point.incidence.iter().sum::<f64>() + point.open - 1.0).abs() < 1e-12);
                prop_assert!(point.incidence.iter().zip(&last).all(|(now, then)| now >= then));
                last = point.incidence;
            }
        }
    }
}
