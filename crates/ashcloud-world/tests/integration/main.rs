//! The sources against closed forms, through the public interface. Every normal score is bounded by 4.9 (a true value is
//! rejected once in a million); seeds are fixed.

#![allow(
    clippy::disallowed_methods,
    reason = "expected values may be computed by the platform"
)]

use std::sync::Arc;

use ashcloud_core::{ClassId, CommentId, Span, Time};
use ashcloud_scenario::spec::{
    BatchSize, Blocks, Busyness, Contagion, Kernel, Kind, Law, LocalDay, Piece, Source, Start, Stream, Trace,
    TraceEvent, World,
};
use ashcloud_world::{Arrived, Traffic, is_offspring, stream_of};

const SECOND: u64 = 1_000_000_000;

fn at(seconds: f64) -> Time {
    Time((seconds * 1e9).round() as u64)
}

fn stream(source: Source) -> Stream {
    Stream {
        name: "stream".into(),
        source,
        mix: vec![(ClassId(0), 1.0)],
        contagion: None,
        angry: 0.0,
        followers: None,
        thread: None,
        topic_weight: 0.0,
    }
}

fn world(streams: Vec<Stream>, end: f64) -> World {
    let kind = Kind {
        handling: Law::Lognormal { mu: 5.0, sigma: 0.6 },
        tolerance: None,
        when_blocked: None,
        balks: vec![],
    };
    World {
        streams,
        kinds: vec![kind; 3],
        backlog: vec![],
        warm_up: Time::ZERO,
        horizon: at(end),
        end: at(end),
        days: vec![Time::ZERO],
        phone: None,
    }
}

fn arrivals(traffic: &mut Traffic, seed: u64, replication: u64) -> Vec<Arrived> {
    traffic.reset(seed, replication);
    let mut all = Vec::new();
    while traffic.next() != Time::NEVER {
        let next = traffic.next();
        let arrived = traffic.take();
        assert_eq!(arrived.at, next);
        all.push(arrived);
    }
    assert_eq!(traffic.take().at, Time::NEVER);
    assert!(all.is_sorted_by_key(|a| a.at));
    all
}

/// Arrivals in `[from, to)` seconds, over replications.
fn counts(world: &World, from: f64, to: f64, replications: u64) -> Vec<f64> {
    let mut traffic = Traffic::new(world);
    (0..replications)
        .map(|r| {
            let all = arrivals(&mut traffic, 1, r);
            all.iter().filter(|a| a.at >= at(from) && a.at < at(to)).count() as f64
        })
        .collect()
}

/// Normal scores of mean and, from the sample's fourth moment, variance.
fn check(name: &str, sample: &[f64], mean: f64, variance: f64) {
    let n = sample.len() as f64;
    let m = sample.iter().sum::<f64>() / n;
    let central = |k: i32| sample.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
    let v = central(2);
    let z = (m - mean) / (variance / n).sqrt();
    assert!(z.abs() < 4.9, "{name}: mean {m}, not {mean} (z {z})");
    let z = (v - variance) / ((central(4) - v * v) / n).sqrt();
    assert!(z.abs() < 4.9, "{name}: variance {v}, not {variance} (z {z})");
}

/// Normal score of the mean, with the sample's own spread.
fn check_mean(name: &str, sample: &[f64], mean: f64) {
    let n = sample.len() as f64;
    let m = sample.iter().sum::<f64>() / n;
    let spread = sample.iter().map(|x| (x - m).powi(2)).sum::<f64>() / n;
    let z = (m - mean) / (spread / n).sqrt();
    assert!(z.abs() < 4.9, "{name}: mean {m}, not {mean} (z {z})");
}

/// Integral by Simpson's rule.
fn integral(f: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    let n = 20_000;
    let h = (to - from) / f64::from(n);
    let sum: f64 = (0..=n)
        .map(|i| {
            let weight = if i == 0 || i == n {
                1.0
            } else {
                f64::from(2 + 2 * (i % 2))
            };
            weight * f(from + h * f64::from(i))
        })
        .sum();
    sum * h / 3.0
}

fn pieces(rates: &[(f64, f64)]) -> Arc<[Piece]> {
    rates
        .iter()
        .map(|&(from, rate)| Piece { from: at(from), rate })
        .collect()
}

#[test]
fn poisson_counts() {
    let w = world(vec![stream(Source::Poisson { rate: 50.0 })], 3.0);
    check("poisson", &counts(&w, 0.0, 3.0, 4000), 150.0, 150.0);
    check("its middle", &counts(&w, 1.0, 1.5, 4000), 25.0, 25.0);
}

#[test]
fn several_streams_merge_in_order() {
    let streams = (1..=5)
        .map(|i| stream(Source::Poisson { rate: f64::from(i) }))
        .collect();
    let w = world(streams, 10.0);
    let mut traffic = Traffic::new(&w);
    let all: Vec<Vec<Arrived>> = (0..1000).map(|r| arrivals(&mut traffic, 1, r)).collect();
    for s in 0..5_u16 {
        let sample: Vec<f64> = all
            .iter()
            .map(|a| a.iter().filter(|a| a.stream == s).count() as f64)
            .collect();
        let expected = 10.0 * f64::from(s + 1);
        check("one of five", &sample, expected, expected);
    }
}

#[test]
fn of_equal_instants_the_stream_listed_first_comes_first() {
    let times: Arc<[Time]> = [1, 1, 2, 5].map(|s| Time(s * SECOND)).into();
    let w = world(
        vec![stream(Source::Times(times.clone())), stream(Source::Times(times))],
        5.0,
    );
    let all = arrivals(&mut Traffic::new(&w), 1, 0);
    let seen: Vec<(u64, u16, u64)> = all
        .iter()
        .map(|a| (a.at.0 / SECOND, a.stream, a.id.0 & 0xffff))
        .collect();
    // Nothing at the end itself.
    assert_eq!(
        seen,
        [(1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1), (2, 0, 2), (2, 1, 2)]
    );
}

#[test]
fn renewal_gaps() {
    let w = world(vec![stream(Source::Renewal(Law::Constant(0.25)))], 3.0);
    let all = arrivals(&mut Traffic::new(&w), 1, 0);
    assert_eq!(all.len(), 11);
    assert!(
        all.iter()
            .enumerate()
            .all(|(i, a)| a.at == at(0.25 * (i + 1) as f64))
    );
    // Gaps Erlang(2) of mean 1: from a point on, N(t) is half the number of exponential phases of rate 2, rounded down.
    let w = world(
        vec![stream(Source::Renewal(Law::Erlang { shape: 2, mean: 1.0 }))],
        10.0,
    );
    let mean = 10.0 - 0.25 * (1.0 - (-40.0_f64).exp());
    // Var of floor(P/2), P Poisson(20), by summation.
    let mut p = (-20.0_f64).exp();
    let mut second = 0.0;
    for k in 0..200 {
        second += p * f64::from(k / 2).powi(2);
        p *= 20.0 / f64::from(k + 1);
    }
    check(
        "erlang renewal",
        &counts(&w, 0.0, 10.0, 8000),
        mean,
        second - mean * mean,
    );
}

#[test]
fn pieces_follow_their_table() {
    let table = pieces(&[(0.0, 0.0), (1.0, 40.0), (3.0, 0.0), (4.0, 7.5)]);
    let w = world(
        vec![stream(Source::Pieces {
            pieces: table,
            busyness: vec![],
        })],
        8.0,
    );
    for (from, to) in [(0.0, 1.0), (3.0, 4.0)] {
        assert!(counts(&w, from, to, 100).iter().all(|&n| n == 0.0));
    }
    check("high", &counts(&w, 1.0, 3.0, 4000), 80.0, 80.0);
    check("last", &counts(&w, 4.0, 8.0, 4000), 30.0, 30.0);
}

#[test]
fn busyness_makes_counts_negative_binomial() {
    for (shape, correlation) in [(2.0, 0.0), (2.0, 0.6), (10.0, 0.0)] {
        let busyness = vec![Busyness {
            shape,
            blocks: Blocks::Every(Span::SECOND),
            correlation,
        }];
        let source = Source::Pieces {
            pieces: pieces(&[(0.0, 100.0)]),
            busyness,
        };
        let w = world(vec![stream(source)], 3.0);
        // Mean m, variance m + m^2/shape (Jongbloed and Koole, 2001), in every block.
        for block in [0.0, 2.0] {
            let sample = counts(&w, block, block + 1.0, 6000);
            check("busyness", &sample, 100.0, 100.0 + 1e4 / shape);
        }
    }
    // Two factors multiply; days are blocks too.
    let busyness = vec![
        Busyness {
            shape: 4.0,
            blocks: Blocks::Days,
            correlation: 0.0,
        },
        Busyness {
            shape: 8.0,
            blocks: Blocks::Every(Span(SECOND / 2)),
            correlation: 0.3,
        },
    ];
    let mut w = world(
        vec![stream(Source::Pieces {
            pieces: pieces(&[(0.0, 100.0)]),
            busyness,
        })],
        2.0,
    );
    w.days = vec![at(0.0), at(0.5), at(1.5)];
    let second = (1.0 + 1.0 / 4.0) * (1.0 + 1.0 / 8.0);
    check(
        "two factors",
        &counts(&w, 0.5, 1.0, 6000),
        50.0,
        50.0 + 2500.0 * (second - 1.0),
    );
}

#[test]
fn decay_and_sinusoid_have_their_integrals() {
    let w = world(
        vec![stream(Source::Decay {
            initial: 100.0,
            time: 0.5,
        })],
        20.0,
    );
    let expected = 50.0 * (1.0 - (-2.0_f64).exp());
    check("decay begins", &counts(&w, 0.0, 1.0, 4000), expected, expected);
    let expected = 50.0 * ((-2.0_f64).exp() - (-40.0_f64).exp());
    check("decay ends", &counts(&w, 1.0, 20.0, 4000), expected, expected);

    let (amplitude, period, phase) = (0.8, 4.0, 0.7);
    let w = world(
        vec![stream(Source::Sinusoidal {
            mean: 20.0,
            amplitude,
            period,
            phase,
        })],
        7.0,
    );
    for (from, to) in [(0.0, 1.0), (1.0, 3.5), (6.0, 7.0)] {
        let turn = std::f64::consts::TAU / period;
        let expected = integral(
            |t| 20.0 * (1.0 + amplitude * (turn * (t - phase)).sin()),
            from,
            to,
        );
        check("sinusoid", &counts(&w, from, to, 4000), expected, expected);
    }
}

#[test]
fn markov_modulated_counts() {
    // l1 2, l2 20, q12 .1, q21 .4: rate 5.6 and Var N(1), N(10) (Fischer and Meier-Hellstern, 1993).
    let switching = vec![vec![0.0, 0.1], vec![0.4, 0.0]];
    let source = Source::Mmpp {
        rates: vec![2.0, 20.0],
        switching,
        start: Start::Stationary,
    };
    let w = world(vec![stream(source)], 20.0);
    check("mmpp 1", &counts(&w, 0.0, 1.0, 8000), 5.6, 49.780_395_196_023_335);
    check(
        "mmpp 10",
        &counts(&w, 10.0, 20.0, 8000),
        56.0,
        1_717.674_361_379_460_8,
    );
    // Started in state 0: the mean rate relaxes exponentially with q12 + q21.
    let switching = vec![vec![0.0, 0.1], vec![0.4, 0.0]];
    let source = Source::Mmpp {
        rates: vec![2.0, 20.0],
        switching,
        start: Start::Empty,
    };
    let w = world(vec![stream(source)], 2.0);
    let expected = integral(|t| 5.6 - 3.6 * (-0.5 * t).exp(), 0.0, 2.0);
    let sample = counts(&w, 0.0, 2.0, 8000);
    check_mean("mmpp from its first state", &sample, expected);
    // Three states in a ring: 1 -> 2 -> 3 -> 1, so each has a share in proportion to its sojourn.
    let switching = vec![vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 2.0], vec![4.0, 0.0, 0.0]];
    let source = Source::Mmpp {
        rates: vec![4.0, 16.0, 64.0],
        switching,
        start: Start::Stationary,
    };
    let w = world(vec![stream(source)], 0.05);
    let mean = (4.0 + 8.0 + 16.0) / 1.75;
    let sample = counts(&w, 0.0, 0.05, 20_000);
    check_mean("ring", &sample, 0.05 * mean);
}

#[test]
fn batches() {
    let w = world(
        vec![stream(Source::Batch {
            rate: 2.0,
            size: BatchSize::Fixed(15),
        })],
        10.0,
    );
    check("fixed", &counts(&w, 0.0, 10.0, 4000), 300.0, 20.0 * 225.0);
    // Geometric on 1, 2, ... with mean 2: second moment 6.
    let w = world(
        vec![stream(Source::Batch {
            rate: 2.0,
            size: BatchSize::Geometric(2.0),
        })],
        10.0,
    );
    check("geometric", &counts(&w, 0.0, 10.0, 8000), 40.0, 20.0 * 6.0);
    let all = arrivals(&mut Traffic::new(&w), 1, 0);
    assert!(all.windows(2).all(|p| p[0].id < p[1].id));
}

#[test]
fn storms_have_binomial_size_and_their_density() {
    let (rise, decay, lasts, tail) = (1200.0, 14_400.0, 20_000.0, 5400.0);
    let storm = Source::Storm {
        at: at(100.0),
        affected: 20_000,
        contact: 0.02,
        rise,
        decay,
        lasts,
        tail,
    };
    let w = world(vec![stream(storm)], 1e6);
    check("size", &counts(&w, 0.0, 1e6, 4000), 400.0, 400.0 * 0.98);
    // Density of the file format, by numerical integration.
    let g = |u: f64| (1.0 - (-u / rise).exp()) * (-u / decay).exp();
    let density = |u: f64| {
        if u <= lasts {
            g(u)
        } else {
            g(lasts) * (-(u - lasts) / tail).exp()
        }
    };
    let both = |f: &dyn Fn(f64) -> f64| {
        integral(|u| f(u) * density(u), 0.0, lasts)
            + integral(|u| f(u) * density(u), lasts, lasts + 60.0 * tail)
    };
    let total = both(&|_| 1.0);
    let mean = both(&|u| u) / total;
    let variance = both(&|u| (u - mean) * (u - mean)) / total;
    let mut traffic = Traffic::new(&w);
    let times: Vec<f64> = (0..200)
        .flat_map(|r| arrivals(&mut traffic, 1, r))
        .map(|a| a.at.seconds() - 100.0)
        .collect();
    check("times", &times, mean, variance);
    for (from, to) in [
        (0.0, 60.0),
        (0.0, 1200.0),
        (10_000.0, 19_999.0),
        (19_999.0, 20_100.0),
        (30_000.0, 1e9),
    ] {
        let inside = |u: f64| f64::from(u8::from(u >= from && u < to));
        let p = if to > 1e8 {
            integral(density, from, lasts + 60.0 * tail) / total
        } else if from < lasts && to > lasts {
            (integral(density, from, lasts) + integral(density, lasts, to)) / total
        } else {
            integral(density, from, to) / total
        };
        let sample: Vec<f64> = times.iter().map(|&u| inside(u)).collect();
        check_mean("share", &sample, p);
    }
}

/// The day that begins so many days after the start, without a change of clocks.
fn plain_day(days: i64) -> LocalDay {
    const DAY: i64 = 86_400 * SECOND as i64;
    LocalDay {
        from: days * DAY,
        to: (days + 1) * DAY,
        opens: 0,
        changes: i64::MAX,
        by: 0,
    }
}

#[test]
fn days_of_a_log_are_moved_by_what_the_clock_shows() {
    const HOUR: i64 = 3600 * SECOND as i64;
    // A day, one of 25 hours whose clock goes back at 3, one of 23 hours whose clock goes on at 2: an event at 9:30 on each,
    // and one at 2:30, which the last day does not have: it is the instant of the change there.
    let change = |from: i64, lasts: i64, changes: i64, by: i64| LocalDay {
        from: from * HOUR,
        to: (from + lasts) * HOUR,
        opens: 0,
        changes: changes * HOUR,
        by: by * HOUR,
    };
    let days: Arc<[LocalDay]> = [plain_day(0), change(24, 25, 3, -1), change(49, 23, 2, 1)].into();
    let half_past = |day: usize, clock: i64| {
        let day: &LocalDay = &days[day];
        day.from + day.elapsed(clock * HOUR + HOUR / 2)
    };
    let events = [(0, 2), (0, 9), (1, 2), (1, 9), (2, 9)].map(|(day, clock)| TraceEvent {
        at: Time(half_past(day, clock) as u64),
        class: None,
    });
    let trace = Trace {
        events: events.into(),
        keep: 1.0,
        bootstrap: Some(days.clone()),
    };
    let mut traffic = Traffic::new(&world(vec![stream(Source::Trace(trace))], 72.0 * 3600.0));
    let mut early = 0;
    for r in 0..50 {
        let all = arrivals(&mut traffic, 1, r);
        for (place, day) in days.iter().enumerate() {
            let in_day = |a: &&Arrived| (day.from..day.to).contains(&(a.at.0 as i64));
            let clock: Vec<i64> = all
                .iter()
                .filter(in_day)
                .map(|a| day.clock(a.at.0 as i64 - day.from))
                .collect();
            assert_eq!(clock.last(), Some(&(9 * HOUR + HOUR / 2)));
            if clock.len() == 2 {
                early += 1;
                let expected = if place == 2 { 3 * HOUR } else { 2 * HOUR + HOUR / 2 };
                assert_eq!(clock[0], expected);
            }
        }
    }
    assert!(early > 0);
}

#[test]
fn traces_are_replayed_thinned_and_shuffled_by_day() {
    const DAY: u64 = 86_400 * SECOND;
    // On day d (0 to 3) d + 1 events, at 1 h, 2 h, ...; the class of the third is named.
    let events: Arc<[TraceEvent]> = (0..4)
        .flat_map(|d| (0..=d).map(move |k| (d, k)))
        .map(|(d, k)| TraceEvent {
            at: Time(d * DAY + (k + 1) * 3600 * SECOND),
            class: (k == 2).then_some(ClassId(2)),
        })
        .collect();
    let trace = |keep, by_day: bool| {
        let trace = Trace {
            events: events.clone(),
            keep,
            bootstrap: by_day.then(|| (0..4).map(plain_day).collect()),
        };
        let mut w = world(vec![stream(Source::Trace(trace))], 4.0 * 86_400.0);
        w.days = (0..4).map(|d| Time(d * DAY)).collect();
        w
    };
    let all = arrivals(&mut Traffic::new(&trace(1.0, false)), 1, 0);
    assert_eq!(
        all.iter().map(|a| a.at).collect::<Vec<_>>(),
        events.iter().map(|e| e.at).collect::<Vec<_>>()
    );
    assert_eq!(all.iter().filter(|a| a.class == ClassId(2)).count(), 2);

    check(
        "kept",
        &counts(&trace(0.3, false), 0.0, 4.0 * 86_400.0, 4000),
        3.0,
        2.1,
    );

    let w = trace(1.0, true);
    // The first day of the shuffle has 1 to 4 events, equally likely; so has the last.
    for day in [0.0, 3.0] {
        check(
            "shuffled",
            &counts(&w, day * 86_400.0, (day + 1.0) * 86_400.0, 4000),
            2.5,
            1.25,
        );
    }
    let mut traffic = Traffic::new(&w);
    for r in 0..50 {
        let all = arrivals(&mut traffic, 1, r);
        for day in 0..4 {
            let hours: Vec<u64> = all
                .iter()
                .filter(|a| a.at.0 / DAY == day)
                .map(|a| a.at.0 % DAY / (3600 * SECOND))
                .collect();
            assert!(
                hours.iter().enumerate().all(|(i, &h)| h == i as u64 + 1),
                "{hours:?}"
            );
            assert!((1..=4).contains(&hours.len()));
        }
        let ids: std::collections::BTreeSet<CommentId> = all.iter().map(|a| a.id).collect();
        assert_eq!(ids.len(), all.len());
        assert!(
            all.iter()
                .all(|a| (a.class == ClassId(2)) == (a.at.0 % DAY == 3 * 3600 * SECOND))
        );
    }
}

fn hawkes(rate: f64, offspring: f64, kernel: Kernel, start: Start) -> Stream {
    let contagion = Contagion {
        offspring,
        kernel,
        start,
        clock: None,
        by_followers: false,
    };
    Stream {
        contagion: Some(contagion),
        ..stream(Source::Poisson { rate })
    }
}

#[test]
fn contagion_from_an_empty_history() {
    // Baseline 10, alpha 1.5, beta 2: mean by closed form, variance by the moment equations (Dassios and Zhao, 2011).
    let kernel = Kernel::Exponential { mean: 0.5 };
    let w = world(vec![hawkes(10.0, 0.75, kernel, Start::Empty)], 10.0);
    check(
        "empty, 1",
        &counts(&w, 0.0, 1.0, 4000),
        16.391_839_582_758_006,
        42.202_118_131_517_89,
    );
    check(
        "empty, 10",
        &counts(&w, 0.0, 10.0, 4000),
        340.404_276_819_945_15,
        3_944.288_186_358_632_6,
    );
}

#[test]
fn contagion_from_a_stationary_history() {
    // Mean 40 T; variance in closed form (Hawkes, 1971).
    let kernel = Kernel::Exponential { mean: 0.5 };
    let w = world(vec![hawkes(10.0, 0.75, kernel, Start::Stationary)], 10.0);
    check(
        "stationary, first",
        &counts(&w, 0.0, 1.0, 4000),
        40.0,
        167.836_791_655_160_1,
    );
    check(
        "stationary, later",
        &counts(&w, 9.0, 10.0, 4000),
        40.0,
        167.836_791_655_160_1,
    );
    check(
        "stationary, 10",
        &counts(&w, 0.0, 10.0, 4000),
        400.0,
        5_208.085_536_398_902,
    );
    // A kernel with a cut: the rate is the long-run rate at once.
    let kernel = Kernel::Power {
        flat: 0.2,
        exponent: 1.23,
        cut: 5.0,
    };
    let w = world(vec![hawkes(5.0, 0.5, kernel, Start::Stationary)], 1.0);
    let sample = counts(&w, 0.0, 1.0, 4000);
    check_mean("stationary with a cut", &sample, 10.0);
}

#[test]
fn contagion_with_a_heavy_tail() {
    // Baseline 1, n .6, c 1, theta .5: E N(5), E N(20) from the Volterra equation (Ogata, 1988).
    let w = world(
        vec![hawkes(
            1.0,
            0.6,
            Kernel::Lomax { c: 1.0, theta: 0.5 },
            Start::Empty,
        )],
        20.0,
    );
    for (to, expected) in [(5.0, 6.617_449_543_514_946), (20.0, 32.118_425_415_391_954)] {
        let sample = counts(&w, 0.0, to, 8000);
        check_mean("lomax", &sample, expected);
    }
}

/// One comment at the start, and all that comes of it.
fn cluster(contagion: Contagion) -> Stream {
    let times: Arc<[Time]> = [Time::ZERO].into();
    Stream {
        contagion: Some(contagion),
        ..stream(Source::Times(times))
    }
}

#[test]
fn clusters_have_borel_sizes_and_their_kernel() {
    let spread = |kernel| Contagion {
        offspring: 0.75,
        kernel,
        start: Start::Empty,
        clock: None,
        by_followers: false,
    };
    let (flat, exponent, cut) = (300.0, 1.23, 604_800.0);
    let steep: f64 = exponent - 1.0;
    let total = flat + flat / steep * (1.0 - (cut / flat).powf(-steep));
    let power = move |t: f64| {
        if t <= flat {
            t / total
        } else {
            (flat + flat / steep * (1.0 - (t / flat).powf(-steep))) / total
        }
    };
    let kernels: [(Kernel, &dyn Fn(f64) -> f64); 3] = [
        (Kernel::Exponential { mean: 300.0 }, &|t| 1.0 - (-t / 300.0).exp()),
        (Kernel::Power { flat, exponent, cut }, &power),
        (Kernel::Lomax { c: 60.0, theta: 1.5 }, &|t| {
            1.0 - (60.0 / (t + 60.0)).powf(1.5)
        }),
    ];
    for (kernel, cdf) in kernels {
        let w = world(vec![cluster(spread(kernel))], 9e9);
        let mut traffic = Traffic::new(&w);
        let all: Vec<Vec<Arrived>> = (0..20_000).map(|r| arrivals(&mut traffic, 1, r)).collect();
        let sizes: Vec<f64> = all.iter().map(|a| a.len() as f64).collect();
        // Mean 1/(1-n), variance n/(1-n)^3 (Borel, 1942; Otter, 1949).
        check("cluster", &sizes, 4.0, 48.0);
        let five: Vec<f64> = sizes.iter().map(|&s| f64::from(u8::from(s == 5.0))).collect();
        let p = 0.038_756_050_910_171_26;
        check_mean("five", &five, p);
        // Clusters of two: one delay, by its distribution function.
        let delays = all.iter().filter(|a| a.len() == 2).map(|a| a[1].at.seconds());
        let shares: Vec<f64> = delays.map(cdf).collect();
        check("delay", &shares, 0.5, 1.0 / 12.0);
        assert!(
            all.iter()
                .flatten()
                .all(|a| is_offspring(a.id) != (a.at == Time::ZERO))
        );
        assert!(all.iter().flatten().all(|a| stream_of(a.id) == Some(0)));
    }
}

#[test]
fn the_profile_clock_moves_offspring_but_makes_none() {
    let kernel = Kernel::Exponential { mean: 300.0 };
    let contagion = |clock| Contagion {
        offspring: 0.9,
        kernel,
        start: Start::Empty,
        clock,
        by_followers: false,
    };
    // Half of every two hours asleep.
    let table: Vec<(f64, f64)> = (0..500)
        .map(|h| (3600.0 * f64::from(h), f64::from(2 * (h % 2))))
        .collect();
    let wall = world(vec![cluster(contagion(None))], 1.8e6);
    let profile = world(vec![cluster(contagion(Some(pieces(&table))))], 1.8e6);
    let (mut wall, mut profile) = (Traffic::new(&wall), Traffic::new(&profile));
    for r in 0..300 {
        let (a, b) = (arrivals(&mut wall, 1, r), arrivals(&mut profile, 1, r));
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(&b).skip(1) {
            assert_eq!(a.id, b.id);
            // Activity since the start is the delay of the wall clock.
            let (hours, rest) = (b.at.0 / (3600 * SECOND), b.at.0 % (3600 * SECOND));
            assert_eq!(hours % 2, 1, "asleep at {:?}", b.at);
            let active = (hours / 2) as f64 * 7200.0 + 2.0 * rest as f64 * 1e-9;
            assert!((active - a.at.seconds()).abs() < 1e-5, "{active}, not {:?}", a.at);
        }
    }
}

#[test]
fn offspring_by_followers_keep_the_branching_ratio() {
    let kernel = Kernel::Exponential { mean: 300.0 };
    let contagion = Contagion {
        offspring: 0.5,
        kernel,
        start: Start::Empty,
        clock: None,
        by_followers: true,
    };
    let followers = Some(Law::Gamma {
        shape: 2.0,
        scale: 150.0,
    });
    let w = world(
        vec![Stream {
            followers,
            ..cluster(contagion)
        }],
        1e9,
    );
    // Children: mean n, variance n + n^2/2; total progeny has mean 1/(1-n), variance sigma^2/(1-n)^3 (Harris, 1963).
    check(
        "by followers",
        &counts(&w, 0.0, 1e9, 20_000),
        2.0,
        (0.5 + 0.125) / 0.125,
    );
}

#[test]
fn a_stream_does_not_feel_what_changes_elsewhere() {
    let kernel = Kernel::Exponential { mean: 5.0 };
    let third = || Stream {
        mix: vec![(ClassId(1), 0.4), (ClassId(2), 0.6)],
        ..hawkes(3.0, 0.5, kernel, Start::Empty)
    };
    let one = world(vec![stream(Source::Poisson { rate: 7.0 }), third()], 50.0);
    let mut two = world(vec![hawkes(1.0, 0.8, kernel, Start::Stationary), third()], 50.0);
    two.kinds[0].handling = Law::Gamma {
        shape: 0.3,
        scale: 9.0,
    };
    let (mut a, mut b) = (Traffic::new(&one), Traffic::new(&two));
    for r in 0..5 {
        let of_third = |t: &mut Traffic| -> Vec<(Arrived, Span)> {
            let all = arrivals(t, 1, r).into_iter().filter(|a| a.stream == 1);
            all.map(|a| (a, t.handling(a.class, a.id, 0))).collect()
        };
        let (x, y) = (of_third(&mut a), of_third(&mut b));
        assert!(x.len() > 100);
        assert_eq!(x, y);
    }
}

#[test]
fn a_replication_can_be_repeated_and_differs_from_others() {
    let kernel = Kernel::Exponential { mean: 5.0 };
    let busyness = vec![Busyness {
        shape: 4.0,
        blocks: Blocks::Every(Span::SECOND),
        correlation: 0.5,
    }];
    let w = world(
        vec![
            hawkes(3.0, 0.5, kernel, Start::Stationary),
            stream(Source::Pieces {
                pieces: pieces(&[(0.0, 5.0)]),
                busyness,
            }),
            stream(Source::Batch {
                rate: 1.0,
                size: BatchSize::Geometric(3.0),
            }),
        ],
        20.0,
    );
    let mut traffic = Traffic::new(&w);
    let first = arrivals(&mut traffic, 1, 0);
    let other = arrivals(&mut traffic, 1, 1);
    assert_ne!(first, other);
    assert_ne!(first, arrivals(&mut traffic, 2, 0));
    assert_eq!(first, arrivals(&mut traffic, 1, 0));
    assert_eq!(other, arrivals(&mut Traffic::new(&w), 1, 1));
}

#[test]
fn classes_come_in_their_shares() {
    let mix = vec![(ClassId(0), 0.5), (ClassId(1), 0.3), (ClassId(2), 0.2)];
    let w = world(
        vec![Stream {
            mix,
            ..stream(Source::Poisson { rate: 100.0 })
        }],
        300.0,
    );
    let mut traffic = Traffic::new(&w);
    let all = arrivals(&mut traffic, 1, 0);
    for (class, p) in [(0, 0.5), (1, 0.3), (2, 0.2)] {
        let sample: Vec<f64> = all
            .iter()
            .map(|a| f64::from(u8::from(a.class == ClassId(class))))
            .collect();
        check_mean("share", &sample, p);
    }
    assert!(all.iter().all(|a| traffic.class_of(a.id) == Some(a.class)));
}

#[test]
fn nothing_arrives_where_nothing_can() {
    let sources = [
        Source::Poisson { rate: 0.0 },
        Source::Renewal(Law::Constant(0.0)),
        Source::Pieces {
            pieces: pieces(&[(0.0, 0.0)]),
            busyness: vec![],
        },
        Source::Pieces {
            pieces: pieces(&[]),
            busyness: vec![],
        },
        Source::Decay {
            initial: 0.0,
            time: 1.0,
        },
        Source::Sinusoidal {
            mean: 0.0,
            amplitude: 1.0,
            period: 1.0,
            phase: 0.0,
        },
        Source::Mmpp {
            rates: vec![0.0],
            switching: vec![vec![0.0]],
            start: Start::Stationary,
        },
        Source::Batch {
            rate: 0.0,
            size: BatchSize::Fixed(3),
        },
        Source::Batch {
            rate: 1.0,
            size: BatchSize::Fixed(0),
        },
        Source::Storm {
            at: at(1.0),
            affected: 0,
            contact: 0.5,
            rise: 1.0,
            decay: 1.0,
            lasts: 9.0,
            tail: 1.0,
        },
        Source::Times([].into()),
        Source::Trace(Trace {
            events: [].into(),
            keep: 1.0,
            bootstrap: Some([plain_day(0)].into()),
        }),
    ];
    for source in sources {
        let w = world(vec![stream(source.clone())], 10.0);
        assert_eq!(arrivals(&mut Traffic::new(&w), 1, 0), [], "{source:?}");
    }
    assert_eq!(arrivals(&mut Traffic::new(&world(vec![], 10.0)), 1, 0), []);
}

/// First arrivals of every source: (nanoseconds, ordinal). A change here changes every published result.
#[test]
fn sources_keep_their_values() {
    let busyness = |correlation| {
        vec![Busyness {
            shape: 4.0,
            blocks: Blocks::Every(Span::SECOND),
            correlation,
        }]
    };
    let switching = vec![vec![0.0, 1.0], vec![4.0, 0.0]];
    let events: Arc<[TraceEvent]> = (0..20)
        .map(|i| TraceEvent {
            at: Time(i * SECOND),
            class: None,
        })
        .collect();
    let sources = [
        Source::Poisson { rate: 10.0 },
        Source::Renewal(Law::Lognormal { mu: -2.0, sigma: 0.5 }),
        Source::Pieces {
            pieces: pieces(&[(0.0, 2.0), (1.0, 10.0)]),
            busyness: busyness(0.0),
        },
        Source::Pieces {
            pieces: pieces(&[(0.0, 2.0), (1.0, 10.0)]),
            busyness: busyness(0.6),
        },
        Source::Decay {
            initial: 10.0,
            time: 5.0,
        },
        Source::Sinusoidal {
            mean: 10.0,
            amplitude: 0.5,
            period: 2.0,
            phase: 0.1,
        },
        Source::Mmpp {
            rates: vec![2.0, 20.0],
            switching,
            start: Start::Stationary,
        },
        Source::Batch {
            rate: 2.0,
            size: BatchSize::Geometric(2.0),
        },
        Source::Storm {
            at: at(1.0),
            affected: 10_000,
            contact: 0.02,
            rise: 20.0,
            decay: 240.0,
            lasts: 500.0,
            tail: 90.0,
        },
        Source::Trace(Trace {
            events,
            keep: 0.5,
            bootstrap: None,
        }),
    ];
    let mut streams: Vec<Stream> = sources.into_iter().map(stream).collect();
    streams.push(hawkes(
        2.0,
        0.5,
        Kernel::Exponential { mean: 1.0 },
        Start::Stationary,
    ));
    streams.push(hawkes(
        2.0,
        0.5,
        Kernel::Power {
            flat: 1.0,
            exponent: 1.23,
            cut: 100.0,
        },
        Start::Empty,
    ));
    streams.push(hawkes(
        2.0,
        0.5,
        Kernel::Lomax { c: 1.0, theta: 1.5 },
        Start::Stationary,
    ));
    let values: Vec<[(u64, u64); 3]> = streams
        .into_iter()
        .map(|s| {
            let all = arrivals(&mut Traffic::new(&world(vec![s], 20.0)), 1, 0);
            [0, 1, 4].map(|i| (all[i].at.0, all[i].id.0))
        })
        .collect();
    let pinned: &[[(u64, u64); 3]] = &[
        [(13_462_753, 0), (87_370_737, 1), (214_206_265, 4)],
        [(116_144_863, 0), (211_474_584, 1), (543_996_323, 4)],
        [(82_734_274, 0), (536_929_891, 1), (1_067_483_017, 4)],
        [(152_168_860, 0), (987_547_312, 1), (1_209_107_137, 4)],
        [(13_480_910, 0), (88_143_112, 1), (218_930_106, 4)],
        [(8_975_169, 0), (97_317_710, 1), (212_605_525, 4)],
        [(6_731_376, 0), (43_685_368, 1), (196_823_656, 4)],
        [(67_313_764, 0), (67_313_764, 1), (669_770_840, 4)],
        [(3_385_081_982, 0), (7_311_938_897, 1), (11_257_902_468, 4)],
        [(1_000_000_000, 1), (2_000_000_000, 2), (7_000_000_000, 7)],
        [
            (39_312_360, 9_224_759_241_438_761_944),
            (67_313_764, 0),
            (669_770_840, 2),
        ],
        [(67_313_764, 0), (436_853_682, 1), (1_071_031_321, 4)],
        [(67_313_764, 0), (436_853_682, 1), (990_812_950, 3)],
    ];
    assert_eq!(values, pinned, "{values:?}");
}
