//! How many comments are expected, without drawing any.

use ashcloud_core::Time;
use ashcloud_scenario::spec::{BatchSize, Source, Stream};

use crate::intensity::stationary_law;
use crate::moments::mean;
use crate::sources::rate_at_start;
use crate::storm::Shape;

/// Comments per second in the long run, offspring included; `None` where the stream is not stationary.
pub fn long_run_rate(stream: &Stream) -> Option<f64> {
    let rate = match &stream.source {
        Source::Pieces { pieces, .. } if pieces.len() != 1 => return None,
        Source::Decay { .. } | Source::Storm { .. } | Source::Times(_) | Source::Trace(_) => return None,
        source => mean_rate(source),
    };
    Some(rate * family(stream))
}

/// A comment and all that come of it, in expectation (Hawkes and Oakes 1974).
fn family(stream: &Stream) -> f64 {
    stream
        .contagion
        .as_ref()
        .map_or(1.0, |c| 1.0 / (1.0 - c.offspring))
}

/// Long-run arrivals per second of a source; of a table its first rate; 0 where there is no long run.
pub(crate) fn mean_rate(source: &Source) -> f64 {
    match source {
        Source::Poisson { rate } => *rate,
        Source::Renewal(law) => 1.0 / mean(law),
        Source::Pieces { pieces, .. } => rate_at_start(pieces),
        Source::Sinusoidal { mean, .. } => *mean,
        Source::Batch { rate, size } => {
            rate * match size {
                BatchSize::Fixed(size) => f64::from(*size),
                BatchSize::Geometric(mean) => *mean,
            }
        }
        Source::Mmpp { rates, switching, .. } => {
            let n = rates.len().min(switching.len());
            let law = stationary_law(n, |i, j| {
                if i == j {
                    0.0
                } else {
                    switching[i].get(j).copied().unwrap_or(0.0)
                }
            });
            let total: f64 = law.iter().sum();
            law.iter().zip(rates).map(|(p, r)| p / total * r).sum()
        }
        Source::Decay { .. } | Source::Storm { .. } | Source::Times(_) | Source::Trace(_) => 0.0,
    }
}

/// Adds the comments that a stream is expected to bring in each of these equal parts of the time up to `end`. Offspring are counted
/// where their ancestors come.
pub fn expected_by_part(stream: &Stream, end: Time, parts: &mut [f64]) {
    let width = end.seconds() / parts.len().max(1) as f64;
    let family = family(stream);
    let at = |part: usize| width * part as f64;
    // Of what can be told as a number up to a time.
    let mut by_sum = |up_to: &dyn Fn(f64) -> f64| {
        let mut before = up_to(0.0);
        for (part, count) in parts.iter_mut().enumerate() {
            let so_far = up_to(at(part + 1));
            *count += family * (so_far - before);
            before = so_far;
        }
    };
    match &stream.source {
        Source::Pieces { pieces, .. } => {
            for (i, piece) in pieces.iter().enumerate() {
                let from = piece.from.seconds();
                let to = pieces
                    .get(i + 1)
                    .map_or(end.seconds(), |next| next.from.seconds());
                let first = (from / width) as usize;
                for (part, count) in parts.iter_mut().enumerate().skip(first) {
                    let overlap = to.min(at(part + 1)) - from.max(at(part));
                    if overlap <= 0.0 {
                        break;
                    }
                    *count += family * piece.rate * overlap;
                }
            }
        }
        Source::Decay { initial, time } => by_sum(&|t| -initial * time * libm::expm1(-t / time)),
        Source::Storm {
            at: breaks,
            affected,
            contact,
            rise,
            decay,
            lasts,
            tail,
        } => {
            let shape = Shape::new([*rise, *decay, *lasts, *tail]);
            let writers = *affected as f64 * contact;
            by_sum(&|t| writers * shape.share_by(t - breaks.seconds()));
        }
        Source::Times(times) => by_sum(&|t| times.partition_point(|x| x.seconds() <= t) as f64),
        Source::Trace(trace) => {
            by_sum(&|t| trace.keep * trace.events.partition_point(|e| e.at.seconds() <= t) as f64);
        }
        source => {
            let rate = mean_rate(source);
            by_sum(&|t| rate * t);
        }
    }
}

#[cfg(test)]
mod tests {
    use ashcloud_core::ClassId;
    use ashcloud_scenario::spec::{Contagion, Kernel, Piece, Start};

    use super::*;

    fn stream(source: Source) -> Stream {
        Stream {
            name: "s".into(),
            source,
            mix: vec![(ClassId(0), 1.0)],
            contagion: None,
            angry: 0.0,
            followers: None,
            thread: None,
            topic_weight: 0.0,
        }
    }

    fn parts(source: Source) -> Vec<f64> {
        let mut parts = vec![0.0; 4];
        expected_by_part(&stream(source), Time(100_000_000_000), &mut parts);
        parts
    }

    #[track_caller]
    fn close(found: &[f64], exact: &[f64]) {
        assert!(
            found
                .iter()
                .zip(exact)
                .all(|(a, b)| (a - b).abs() < 1e-9 * b.abs().max(1.0)),
            "{found:?}, not {exact:?}"
        );
    }

    #[test]
    fn expected_numbers_by_part() {
        close(&parts(Source::Poisson { rate: 2.0 }), &[50.0; 4]);
        let piece = |from: u64, rate| Piece {
            from: Time(from * 1_000_000_000),
            rate,
        };
        let pieces = vec![piece(0, 1.0), piece(10, 0.0), piece(60, 2.0)].into();
        let busyness = Vec::new();
        close(
            &parts(Source::Pieces { pieces, busyness }),
            &[10.0, 0.0, 30.0, 50.0],
        );
        let (initial, time) = (1.0, 25.0);
        let fallen = |k: i32| 25.0 * (f64::from(-k).exp() - f64::from(-k - 1).exp());
        close(
            &parts(Source::Decay { initial, time }),
            &[fallen(0), fallen(1), fallen(2), fallen(3)],
        );
        let times = [0, 25, 26, 99].map(|s| Time(s * 1_000_000_000));
        close(
            &parts(Source::Times(times.as_slice().into())),
            &[1.0, 1.0, 0.0, 1.0],
        );
        // 1,000 writers; without rise, exponential decay of 25 s that is cut at 50 s without tail.
        let storm = Source::Storm {
            at: Time(25_000_000_000),
            affected: 2_000,
            contact: 0.5,
            rise: 0.0,
            decay: 25.0,
            lasts: 50.0,
            tail: 0.0,
        };
        let e = core::f64::consts::E;
        let first = 1000.0 * e / (1.0 + e);
        close(&parts(storm), &[0.0, first, 1000.0 - first, 0.0]);
    }

    #[test]
    fn long_run_rates_count_offspring() {
        let mut hawkes = stream(Source::Poisson { rate: 3.0 });
        hawkes.contagion = Some(Contagion {
            offspring: 0.25,
            kernel: Kernel::Exponential { mean: 5.0 },
            start: Start::Stationary,
            clock: None,
            by_followers: false,
        });
        assert_eq!(long_run_rate(&hawkes), Some(4.0));
        assert_eq!(
            long_run_rate(&stream(Source::Decay {
                initial: 1.0,
                time: 1.0
            })),
            None
        );
    }
}
