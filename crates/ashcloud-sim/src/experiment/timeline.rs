//! State over time, over replications.

use ashcloud_core::Time;
use ashcloud_house::Snapshot;

/// State at one moment, over replications.
#[derive(Clone, Debug)]
pub struct Moment {
    /// When.
    pub at: Time,
    /// First attempts since the last moment of the timeline.
    pub arrived: Band,
    /// Waiting.
    pub waiting: Band,
    /// In work.
    pub in_work: Band,
    /// On duty.
    pub on_duty: Band,
    /// Age in seconds of the comment that waits longest.
    pub oldest: Band,
}

/// Mean and quantiles over replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Mean.
    pub mean: f64,
    /// 10 % of replications are below (type 1 quantile: an observed value).
    pub p10: f64,
    /// 90 % are below.
    pub p90: f64,
}

/// The moments of a timeline, over the replications that were kept.
pub(super) fn timeline(states: &[Vec<Snapshot>]) -> Vec<Moment> {
    let Some(first) = states.first() else {
        return Vec::new();
    };
    let band = |i: usize, of: &dyn Fn(&[Snapshot], usize) -> f64| {
        let mut values: Vec<f64> = states.iter().filter(|s| i < s.len()).map(|s| of(s, i)).collect();
        values.sort_by(f64::total_cmp);
        let at = |q: f64| values[((values.len() as f64 * q).ceil() as usize).clamp(1, values.len()) - 1];
        Band {
            mean: values.iter().sum::<f64>() / values.len() as f64,
            p10: at(0.1),
            p90: at(0.9),
        }
    };
    let moment = |i: usize| Moment {
        at: first[i].at,
        arrived: band(i, &|s, i| {
            (s[i].arrived - if i == 0 { 0 } else { s[i - 1].arrived }) as f64
        }),
        waiting: band(i, &|s, i| s[i].waiting as f64),
        in_work: band(i, &|s, i| s[i].in_work as f64),
        on_duty: band(i, &|s, i| s[i].on_duty as f64),
        oldest: band(i, &|s, i| s[i].oldest.seconds()),
    };
    (0..first.len()).map(moment).collect()
}
