//! The drivers against queueing theory and against each other. Every check is at 4.3 standard errors: a true build fails
//! one in 60,000.

use ashcloud_core::{Expiry, Order, Preemption, Span, Time};
use ashcloud_scenario::spec::{BatchSize, Blocks, HandOver, Law, Model, Retry, Source};
use ashcloud_stats::estimate::ratio;
use ashcloud_stats::{Estimate, Measure};

use crate::classic::{model, setup};
use crate::replicate::{Pool, Setup};

fn estimate(setup: Setup<'_>, measure: Measure) -> Estimate {
    let pool = Pool::new(setup, 2);
    let rows = pool.run(0, 100, &|| false, &|r| r.recorder.value(measure, &[0]));
    assert_eq!(rows.len(), 100);
    ratio(&rows).expect("something was measured")
}

fn check(model: &Model, measure: Measure, exact: f64) {
    let estimate = estimate(setup(model, 1), measure);
    let z = estimate.normal_score(exact).expect("100 replications");
    assert!(
        z.abs() < 4.3,
        "{measure:?}: {} where theory says {exact}, z = {z}",
        estimate.value
    );
}

#[test]
fn one_agent() {
    let m = model(0.8, Some(1), None, 20_000);
    check(&m, Measure::WaitMean, 4.0);
    check(&m, Measure::Waiting, 3.2);
    check(&m, Measure::Occupancy(0), 0.8);
    check(&m, Measure::Delayed, 0.8);
}

#[test]
fn twenty_agents() {
    check(
        &model(18.0, Some(20), None, 2_000),
        Measure::WaitMean,
        0.275_377_2,
    );
}

/// Erlang A at W3: P(abandon) = E[W] as patience and service have the same mean.
#[test]
fn impatience_silent_and_exact() {
    let mut m = model(22.0, Some(20), Some(1.0), 2_000);
    check(&m, Measure::Left, 0.136_62);
    check(&m, Measure::WaitMean, 0.136_62);
    let silent = estimate(setup(&m, 7), Measure::WaitMean);
    m.plan.expiry = Expiry::Exact;
    check(&m, Measure::Left, 0.136_62);
    // The same comments, the same decisions: the two drivers agree to the last bit.
    assert_eq!(silent, estimate(setup(&m, 7), Measure::WaitMean));
    // So does the driver for everything, to which somebody who looks is reason enough; with a full house as well.
    for capacity in [None, Some(24)] {
        m.plan.capacity = capacity;
        for measure in [
            Measure::WaitMean,
            Measure::Left,
            Measure::Blocked,
            Measure::Waiting,
            Measure::Occupancy(0),
            Measure::ResponseMean,
            Measure::Unanswered,
        ] {
            let mut watched = setup(&m, 7);
            watched.watch.at = vec![Time(1)];
            let (fast, full) = (estimate(setup(&m, 7), measure), estimate(watched, measure));
            assert_eq!(fast, full, "{measure:?} {capacity:?}");
        }
    }
}

#[test]
fn threads_change_nothing() {
    let m = model(22.0, Some(20), Some(1.0), 200);
    let run = |threads| {
        let pool = Pool::new(setup(&m, 3), threads);
        let rows = pool.run(0, 37, &|| false, &|r| r.recorder.value(Measure::WaitMean, &[0]));
        (rows, pool.into_distributions().waits(0).cloned())
    };
    assert_eq!(run(1), run(2));
    assert_eq!(run(1), run(5));
}

#[test]
fn stopping_leaves_no_gaps() {
    let m = model(0.8, Some(1), None, 100);
    let pool = Pool::new(setup(&m, 3), 2);
    let begun = std::sync::atomic::AtomicU32::new(0);
    let stop = || begun.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= 10;
    let numbers = pool.run(0, 1000, &stop, &|r| r.number);
    assert_eq!(numbers, (0..numbers.len() as u32).collect::<Vec<_>>());
    assert!(numbers.len() <= 10);
}

/// A replication of this house takes some 400,000 events: the 20th question falls into the middle of the first, after one that
/// is asked before it and one every 4,096 events.
#[test]
fn a_replication_is_stopped_in_its_middle_and_dropped() {
    let m = model(22.0, Some(20), Some(1.0), 10_000);
    let mut watched = setup(&m, 3);
    watched.watch.at = vec![Time(1)];
    for setup in [setup(&m, 3), watched] {
        let pool = Pool::new(setup.clone(), 1);
        let asked = std::sync::atomic::AtomicU32::new(0);
        let stop = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= 19;
        let made = pool.run(0, 5, &stop, &|r| r.number);
        assert_eq!((made, asked.into_inner()), (vec![], 20));

        // What was dropped leaves nothing behind.
        let mut pool = Pool::new(setup.clone(), 1);
        let wait = |r: crate::Replication<'_>| r.recorder.value(Measure::WaitMean, &[0]);
        let first = pool.run(0, 1, &|| false, &wait);
        pool.distributions();
        let asked = std::sync::atomic::AtomicU32::new(0);
        let stop = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= 19;
        assert_eq!(pool.run(1, 5, &stop, &wait), []);
        pool.discard();
        let second = pool.run(1, 2, &|| false, &wait);
        let both = Pool::new(setup, 1);
        assert_eq!(both.run(0, 2, &|| false, &wait), [first, second].concat());
        assert_eq!(
            pool.into_distributions().waits(0),
            both.into_distributions().waits(0)
        );
    }
}

/// Insensitivity (Sevast'yanov 1957): Erlang's loss formula holds for every law of service.
#[test]
fn loss_does_not_depend_on_the_law() {
    for law in [
        Law::Exponential(1.0),
        Law::Constant(1.0),
        Law::Lognormal { mu: -0.5, sigma: 1.0 },
    ] {
        let mut m = model(3.0, Some(5), None, 5_000);
        m.plan.capacity = Some(5);
        let mut world = (*m.world).clone();
        world.kinds[0].handling = law;
        m.world = world.into();
        check(&m, Measure::Blocked, 0.110_054_347_826);
    }
}

#[test]
fn newest_first_changes_the_second_moment_alone() {
    let mut m = model(4.0, Some(5), None, 10_000);
    check(&m, Measure::WaitMean, 0.554_112_554_1);
    m.plan.classes[0].order = Order::NewestFirst;
    check(&m, Measure::WaitMean, 0.554_112_554_1);
    check(&m, Measure::WaitSquare, 5.541_125_541);
}

/// Processor sharing: mean sojourn 1/(mu - lambda), whatever the law (Kleinrock 1967).
#[test]
fn equal_sharing() {
    for law in [Law::Exponential(1.0), Law::Constant(1.0)] {
        let mut m = model(0.8, Some(1), None, 20_000);
        m.plan.teams[0].at_once = u32::MAX;
        m.service.slowdown = vec![1.0];
        let mut world = (*m.world).clone();
        world.kinds[0].handling = law;
        world.end = Time(world.horizon.0 + 500 * Span::SECOND.0);
        m.world = world.into();
        check(&m, Measure::ResponseMean, 5.0);
        check(&m, Measure::InHouse, 4.0);
        let mut setup = setup(&m, 1);
        setup.recording.sharing = vec![true];
        let z = estimate(setup, Measure::Occupancy(0)).normal_score(0.8).unwrap();
        assert!(
            z.abs() < 4.3,
            "occupancy is the agent's, not the comments': z = {z}"
        );
    }
}

#[test]
fn newest_first_preemptive_resume() {
    let mut m = model(0.5, Some(1), None, 20_000);
    m.plan.classes[0].order = Order::NewestFirst;
    m.plan.preemption = Preemption::Newest;
    check(&m, Measure::ResponseMean, 2.0);
}

#[test]
fn feedback() {
    let mut m = model(0.5, Some(1), None, 20_000);
    m.service.hand_over = vec![HandOver {
        class: ashcloud_core::ClassId(0),
        team: ashcloud_core::TeamId(0),
        next: vec![(ashcloud_core::ClassId(0), 0.3)],
    }];
    check(&m, Measure::ResponseMean, 5.0);
    check(&m, Measure::InHouse, 2.5);
}

#[test]
fn set_up_before_the_first_after_idling() {
    let mut m = model(0.5, Some(1), None, 20_000);
    m.service.set_up = vec![Some(Law::Constant(2.0))];
    check(&m, Measure::WaitMean, 2.5);
}

#[test]
fn those_who_leave_come_back() {
    let mut m = model(22.0, Some(20), Some(1.0), 4_000);
    m.plan.expiry = Expiry::Exact;
    let mut world = (*m.world).clone();
    let tolerance = world.kinds[0].tolerance.as_mut().unwrap();
    tolerance.retry = Some(Retry {
        probability: 0.5,
        after: Law::Exponential(2.0),
        at_most: None,
    });
    m.world = world.into();
    check(&m, Measure::Waiting, 5.073_244_313_06);
    check(&m, Measure::InOrbit, 5.073_244_313_06);
    check(&m, Measure::LeftPerAttempt, 0.206_762_132_159);
}

#[test]
fn batches() {
    let mut m = model(1.0, Some(1), None, 40_000);
    let mut world = (*m.world).clone();
    world.streams[0].source = Source::Batch {
        rate: 0.25,
        size: BatchSize::Geometric(2.0),
    };
    m.world = world.into();
    check(&m, Measure::WaitMean, 3.0);
}

#[test]
fn unlimited_agents() {
    let m = model(20.0, None, None, 1_000);
    check(&m, Measure::InHouse, 20.0);
    assert_eq!(estimate(setup(&m, 1), Measure::WaitMean).value, 0.0);
}

/// A change of the staffing model changes no exogenous draw: arrivals and work content are functions of the comment.
#[test]
fn every_model_meets_the_same_storm() {
    let total_work = |agents, order| {
        let mut m = model(2.0, Some(agents), None, 500);
        let mut world = (*m.world).clone();
        world.streams[0].source = Source::Pieces {
            pieces: vec![ashcloud_scenario::spec::Piece {
                from: Time::ZERO,
                rate: 2.0,
            }]
            .into(),
            busyness: vec![ashcloud_scenario::spec::Busyness {
                shape: 4.0,
                blocks: Blocks::Every(Span(50 * Span::SECOND.0)),
                correlation: 0.0,
            }],
        };
        world.warm_up = Time::ZERO;
        world.end = Time(Span::HOUR.0 * 10);
        m.world = world.into();
        m.plan.classes[0].order = order;
        let pool = Pool::new(setup(&m, 11), 1);
        pool.run(0, 5, &|| false, &|r| {
            let value = |measure| r.recorder.value(measure, &[0]).numerator;
            (
                value(Measure::Offered),
                value(Measure::ResponseMean) - value(Measure::WaitMean),
            )
        })
    };
    let few = total_work(3, Order::OldestFirst);
    for other in [
        total_work(30, Order::OldestFirst),
        total_work(3, Order::NewestFirst),
    ] {
        for (a, b) in few.iter().zip(&other) {
            assert_eq!(a.0, b.0, "the same comments arrive");
            assert!((a.1 - b.1).abs() < 1e-6, "with the same work: {a:?} and {b:?}");
        }
    }
}
