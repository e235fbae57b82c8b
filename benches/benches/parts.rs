//! The parts of the hot path, one by one: router, event list, samplers, recorder. Under `cargo test --benches` each runs once.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::hint::black_box;

use ashcloud_benches::floors::Stream;
use ashcloud_core::{
    AgentChoice, AgentId, Arrival, Attention, Between, CHANCES, ClassId, ClassPlan, CommentId, Expiry, Input,
    LateFinish, LeavesFirst, Lists, Next, Order, Output, Plan, Preemption, Preference, Rings, Router, Sink,
    Slots, Span, Takes, TeamId, TeamPlan, Ticket, Time, WaitingRoom,
};
use ashcloud_house::finishes::{Few, Many, Pending};
use ashcloud_scenario::spec::Law;
use ashcloud_stats::{Recorder, Recording, Threshold};
use ashcloud_world::{Key, Purpose, Sampler};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const N: u64 = 10_000;

/// Keeps what the driver must know: who is at work.
#[derive(Default)]
struct AtWork(Vec<(AgentId, Ticket)>);

impl Sink for AtWork {
    #[inline]
    fn put(&mut self, _now: Time, output: Output) {
        if let Output::Started { agent, ticket, .. } = output {
            self.0.push((agent, ticket));
        }
    }
}

fn plan(expiry: Expiry) -> Plan {
    let class = ClassPlan {
        order: Order::OldestFirst,
        teams: vec![Preference {
            team: TeamId(0),
            rank: 0,
            after: Span::ZERO,
            reserve: 0,
        }],
        slope: 1,
        queue_capacity: None,
        lines: None,
        taken_on: CHANCES,
    };
    let team = TeamPlan {
        agents: Some(20),
        at_once: 1,
        takes: vec![Takes {
            class: ClassId(0),
            rank: 0,
        }],
        between: Between::Oldest,
        leaves_first: LeavesFirst::Idle,
        late_finish: LateFinish::Finish,
        attention: Attention::Full,
    };
    Plan {
        classes: vec![class],
        teams: vec![team],
        roster: vec![],
        doors: vec![],
        choice: AgentChoice::LongestIdle,
        finishes_may_tie: false,
        preemption: Preemption::Never,
        capacity: None,
        expiry,
    }
}

/// An arrival and a finish per step, a queue of about a hundred.
fn route<R: WaitingRoom>(router: &mut Router<R>) -> u64 {
    let mut at_work = AtWork::default();
    router.reset(0);
    router.start(&mut at_work);
    for i in 0..N {
        let now = Time(i * 1000);
        while router.next_deadline().0 <= now {
            router.handle_timeout(now, &mut at_work);
        }
        let leaves = Time(i * 1000 + 150_000 + i * 7919 % 100_000);
        let arrival = Arrival {
            id: CommentId(i),
            class: ClassId(0),
            leaves,
            key: 0,
            chance: 0,
        };
        router.handle(now, Input::Arrive(arrival), &mut at_work);
        if i > 100
            && let Some((agent, ticket)) = at_work.0.pop()
        {
            router.handle(
                now,
                Input::Finish {
                    agent,
                    ticket,
                    next: Next::Answered,
                },
                &mut at_work,
            );
        }
    }
    router.waiting()
}

fn routers(c: &mut Criterion) {
    let mut group = c.benchmark_group("router");
    group.throughput(Throughput::Elements(N));
    let mut rings = Router::<Rings>::new(&plan(Expiry::Silent));
    group.bench_function("silent", |b| b.iter(|| route(&mut rings)));
    let mut lists = Router::<Lists>::new(&plan(Expiry::Exact));
    group.bench_function("exact, in lists", |b| b.iter(|| route(&mut lists)));
    let mut slots = Router::<Slots>::new(&plan(Expiry::Exact));
    group.bench_function("exact, in slots", |b| b.iter(|| route(&mut slots)));
    group.finish();
}

/// Arrivals whom nobody serves: all that is done for them is to let them go at their time.
fn expire<R: WaitingRoom>(router: &mut Router<R>, longest: u64) -> u64 {
    let mut at_work = AtWork::default();
    router.reset(0);
    for i in 0..N {
        let now = Time(i * 1000);
        while router.next_deadline().0 <= now {
            router.handle_timeout(now, &mut at_work);
        }
        let arrival = Arrival {
            id: CommentId(i),
            class: ClassId(0),
            leaves: now + Span(1 + i.wrapping_mul(0x9E37_79B9_7F4A_7C15) % longest),
            key: 0,
            chance: 0,
        };
        router.handle(now, Input::Arrive(arrival), &mut at_work);
    }
    router.waiting()
}

fn expiry(c: &mut Criterion) {
    let mut group = c.benchmark_group("expiry");
    group.throughput(Throughput::Elements(N));
    let mut lists = Router::<Lists>::new(&plan(Expiry::Exact));
    let mut slots = Router::<Slots>::new(&plan(Expiry::Exact));
    for (name, longest) in [("a few", 20_000), ("a crowd", 8_000_000)] {
        group.bench_function(format!("lists, {name}"), |b| {
            b.iter(|| expire(&mut lists, longest));
        });
        group.bench_function(format!("slots, {name}"), |b| {
            b.iter(|| expire(&mut slots, longest));
        });
    }
    group.finish();
}

/// The hold model: take the first, set the same lane again.
fn hold<P: Pending>(list: &mut P, lanes: u32, gaps: &[u64]) -> u64 {
    for lane in 0..lanes {
        list.set(lane, Time(gaps[lane as usize % gaps.len()]));
    }
    let mut last = 0;
    for gap in gaps {
        let (at, lane) = list.first();
        list.take(lane);
        list.set(lane, at + Span(*gap));
        list.settle();
        last = at.0;
    }
    last
}

fn event_lists(c: &mut Criterion) {
    let mut stream = Stream::new(1);
    let gaps: Vec<u64> = (0..N).map(|_| (stream.exponential() * 1e9) as u64).collect();
    let mut group = c.benchmark_group("event list");
    group.throughput(Throughput::Elements(N));
    let mut few = Few::<64>::new(20);
    group.bench_function("few, 20 agents", |b| {
        b.iter(|| hold(&mut few, 20, &gaps));
    });
    for lanes in [1, 20, 1000] {
        let mut narrow = Many::<u64>::new(lanes as usize);
        group.bench_function(format!("narrow, {lanes} agents"), |b| {
            b.iter(|| hold(&mut narrow, lanes, &gaps));
        });
        let mut wide = Many::<u128>::new(lanes as usize);
        group.bench_function(format!("wide, {lanes} agents"), |b| {
            b.iter(|| hold(&mut wide, lanes, &gaps));
        });
    }
    group.finish();
}

fn samplers(c: &mut Criterion) {
    let laws = [
        ("exponential", Law::Exponential(1.0)),
        ("lognormal", Law::Lognormal { mu: 0.0, sigma: 1.0 }),
        (
            "gamma",
            Law::Gamma {
                shape: 2.5,
                scale: 1.0,
            },
        ),
        (
            "weibull",
            Law::Weibull {
                shape: 1.5,
                scale: 1.0,
            },
        ),
        (
            "pareto",
            Law::Pareto {
                alpha: 2.5,
                minimum: 1.0,
            },
        ),
        ("erlang 3", Law::Erlang { shape: 3, mean: 1.0 }),
    ];
    let key = Key::new(1, 0, Purpose::Handling, 0);
    let mut group = c.benchmark_group("sampler");
    group.throughput(Throughput::Elements(N));
    for (name, law) in laws {
        let sampler = Sampler::new(&law);
        group.bench_function(name, |b| {
            b.iter(|| {
                (0..N)
                    .map(|id| sampler.sample_ns(&mut key.draw(id)))
                    .fold(0, u64::wrapping_add)
            });
        });
    }
    group.finish();
}

fn recorders(c: &mut Criterion) {
    let threshold = Threshold {
        within: Span::SECOND,
        taken_up: true,
        business: false,
        daily: false,
    };
    let recording = |wait_distribution| Recording {
        classes: 1,
        teams: 1,
        horizon: Time(u64::MAX / 2),
        end: Time(u64::MAX / 2),
        thresholds: vec![threshold],
        wait_distribution,
        ..Recording::default()
    };
    let mut group = c.benchmark_group("recorder");
    group.throughput(Throughput::Elements(N));
    for (name, distribution) in [("sums", false), ("sums and distribution", true)] {
        let mut recorder = Recorder::new(recording(distribution));
        group.bench_function(name, |b| {
            b.iter(|| {
                recorder.begin(0);
                for i in 0..N {
                    let (from, to) = (Time(i * 1000), Time(i * 1000 + i * 7919 % 5_000_000));
                    recorder.offered(0, from);
                    recorder.served(0, 0, from, to, to + Span(500));
                }
                recorder.finish(Time(N * 1000));
                black_box(&recorder);
            });
        });
    }
    group.finish();
}

criterion_group!(parts, routers, expiry, event_lists, samplers, recorders);
criterion_main!(parts);
