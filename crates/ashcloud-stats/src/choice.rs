//! Which staffing model to choose: the cheapest that meets what is asked, or all of which none is shown to be cheaper.

use crate::compare::Verdict;

/// A staffing model on the scales.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it costs; `None` where that is not known.
    pub cost: Option<f64>,
    /// Hours on duty; `None` where they are not known.
    pub hours: Option<f64>,
    /// Its place among all on the target, 0 for the best.
    pub rank: usize,
    /// Its verdict on every target that applies to it.
    pub verdicts: Vec<Verdict>,
}

/// The cheapest models that meet every target, and what stands in the way of certainty.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Those that meet all targets and are not shown dearer than the one of least estimated cost: by hours on duty, then by
    /// rank. One is the cheapest; several are equally cheap, as far as is shown; none meets where there is none.
    pub cheapest: Vec<usize>,
    /// How far the costs of these may still lie from the least estimated one; infinite where it is not known.
    pub apart: f64,
    /// Undecided ones that are not shown dearer (all, where none meets), cheapest first.
    pub open: Vec<usize>,
}

/// The cheapest candidates that meet all their targets. `apart(a, b)` gives the ends between which the cost of a less that of b
/// lies, both the same where costs are fixed. Candidates without a cost or without a target are left out. The order in which
/// candidates are listed decides nothing unless they are alike in cost, hours and rank.
pub fn choose(candidates: &[Candidate], apart: &dyn Fn(usize, usize) -> Option<(f64, f64)>) -> Choice {
    let cost = |i: usize| candidates[i].cost.unwrap_or(f64::INFINITY);
    let hours = |i: usize| candidates[i].hours.unwrap_or(f64::INFINITY);
    let rank = |i: usize| candidates[i].rank;
    let mut judged: Vec<usize> = (0..candidates.len())
        .filter(|&i| cost(i) < f64::INFINITY && !candidates[i].verdicts.is_empty())
        .collect();
    judged.sort_by(|&a, &b| hours(a).total_cmp(&hours(b)).then(rank(a).cmp(&rank(b))));
    let which = |verdict| -> Vec<usize> {
        let is = |i: &usize| Verdict::all(&candidates[*i].verdicts) == verdict;
        judged.iter().copied().filter(is).collect()
    };
    let (mut cheapest, mut open) = (which(Verdict::Met), which(Verdict::Undecided));
    open.sort_by(|&a, &b| cost(a).total_cmp(&cost(b)));
    let mut widest = 0.0f64;
    // The first of equals: it has the fewest hours.
    if let Some(least) = cheapest
        .iter()
        .copied()
        .min_by(|&a, &b| cost(a).total_cmp(&cost(b)))
    {
        let from_least = |i: usize| {
            if i == least {
                Some((0.0, 0.0))
            } else {
                apart(i, least)
            }
        };
        let is_dearer = |i: usize| from_least(i).is_some_and(|(low, _)| low > 0.0);
        cheapest.retain(|&i| !is_dearer(i));
        open.retain(|&i| !is_dearer(i));
        for &i in &cheapest {
            let (low, high) = from_least(i).unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
            widest = widest.max(low.abs()).max(high.abs());
        }
    }
    Choice {
        cheapest,
        apart: widest,
        open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Met, Missed, Undecided};

    fn candidate(cost: Option<f64>, hours: f64, rank: usize, verdicts: &[Verdict]) -> Candidate {
        Candidate {
            cost,
            hours: Some(hours),
            rank,
            verdicts: verdicts.to_vec(),
        }
    }

    /// Costs known to within this.
    fn within(candidates: &[Candidate], error: f64) -> Choice {
        let value = |i: usize| candidates[i].cost.unwrap();
        choose(candidates, &|a, b| {
            let d = value(a) - value(b);
            Some((d - error, d + error))
        })
    }

    #[test]
    fn the_cheapest_that_meets() {
        let candidates = [
            candidate(Some(9.0), 9.0, 0, &[Met, Met]),
            candidate(Some(1.0), 1.0, 1, &[Met, Missed]),
            candidate(Some(3.0), 3.0, 2, &[Met, Undecided]),
            candidate(Some(5.0), 5.0, 3, &[Met, Met]),
            candidate(Some(7.0), 7.0, 4, &[Undecided]),
            candidate(None, 1.0, 5, &[Met]),
            candidate(Some(0.5), 1.0, 6, &[]),
        ];
        let choice = within(&candidates, 0.0);
        assert_eq!(
            (choice.cheapest, choice.apart, choice.open),
            (vec![3], 0.0, vec![2])
        );
        let none = within(&candidates[1..3], 0.0);
        assert_eq!((none.cheapest, none.open), (vec![], vec![1]));
        assert_eq!(within(&[], 0.0).cheapest, []);
    }

    #[test]
    fn of_equal_costs_the_fewest_hours_whatever_the_order() {
        let six = candidate(Some(0.0), 720.0, 0, &[Met]);
        let five = candidate(Some(0.0), 600.0, 1, &[Met]);
        assert_eq!(within(&[six.clone(), five.clone()], 0.0).cheapest, [1, 0]);
        assert_eq!(within(&[five.clone(), six], 0.0).cheapest, [0, 1]);
        // Alike in hours too: the better on the target.
        let better = candidate(Some(0.0), 600.0, 0, &[Met]);
        assert_eq!(within(&[five, better], 0.0).cheapest, [1, 0]);
    }

    /// 10, 14 and 18 with an error of 5 in every difference: 18 is shown dearer than 10, though not than 14.
    #[test]
    fn equally_cheap_is_no_chain() {
        let costs = [18.0, 14.0, 10.0].map(|cost| candidate(Some(cost), cost, 0, &[Met]));
        let choice = within(&costs, 5.0);
        assert_eq!((choice.cheapest, choice.apart), (vec![2, 1], 9.0));
        // An undecided one that is shown dearer is out of the running, one that is not is open.
        let mut costs = costs.to_vec();
        costs[0].verdicts = vec![Undecided];
        assert_eq!(within(&costs, 5.0).open, []);
        assert_eq!(within(&costs, 9.0).open, [0]);
    }

    #[test]
    fn what_is_not_known_is_not_shown() {
        let costs = [10.0, 14.0].map(|cost| candidate(Some(cost), cost, 0, &[Met]));
        let choice = choose(&costs, &|_, _| None);
        assert_eq!((choice.cheapest, choice.apart), (vec![0, 1], f64::INFINITY));
    }
}
