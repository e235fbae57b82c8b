//! Models built by hand for tests: one class, one team.

use std::sync::Arc;

use ashcloud_core::{
    AgentChoice, Attention, Between, CHANCES, ClassId, ClassPlan, Expiry, Hours, LateFinish, LeavesFirst,
    Order, Plan, Preemption, Preference, Span, Takes, TeamId, TeamPlan, Time,
};
use ashcloud_house::Watch;
use ashcloud_scenario::spec::{Charged, Key, Kind, Law, Model, Service, Source, Stream, Tolerance, World};
use ashcloud_stats::Recording;

use crate::replicate::Setup;

/// M/M/c with rate per second, unit service, and patience of this mean.
pub(crate) fn model(rate: f64, agents: Option<u32>, patience: Option<f64>, seconds: u64) -> Model {
    let horizon = Time(seconds * Span::SECOND.0);
    let world = World {
        streams: vec![Stream {
            name: "all".into(),
            source: Source::Poisson { rate },
            mix: vec![(ClassId(0), 1.0)],
            contagion: None,
            angry: 0.0,
            followers: None,
            thread: None,
            topic_weight: 0.0,
        }],
        kinds: vec![Kind {
            handling: Law::Exponential(1.0),
            tolerance: patience.map(|mean| Tolerance {
                law: Law::Exponential(mean),
                retry: None,
                anew_after_hand_back: false,
            }),
            when_blocked: None,
            balks: vec![],
        }],
        backlog: vec![],
        warm_up: Time(horizon.0 / 20),
        horizon,
        end: horizon,
        days: vec![Time::ZERO],
        phone: None,
    };
    Model {
        name: "classic".into(),
        plan: Plan {
            classes: vec![ClassPlan {
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
            }],
            teams: vec![TeamPlan {
                agents,
                at_once: 1,
                takes: vec![Takes {
                    class: ClassId(0),
                    rank: 0,
                }],
                between: Between::Oldest,
                leaves_first: LeavesFirst::Idle,
                late_finish: LateFinish::Finish,
                attention: Attention::Full,
            }],
            roster: vec![],
            doors: vec![],
            choice: AgentChoice::LongestIdle,
            finishes_may_tie: false,
            preemption: Preemption::Never,
            capacity: None,
            expiry: Expiry::Silent,
        },
        service: Service {
            speed: vec![vec![1.0]],
            handling: vec![None],
            slowdown: vec![0.35],
            set_up: vec![None],
            hand_over: vec![],
            keys: vec![Key::None],
            attention: vec![None],
            consults: vec![],
            takes_calls: false,
        },
        world: Arc::new(world),
        world_id: 0,
        team_names: vec!["agents".into()],
        team_hours: vec![Hours::new([(Time::ZERO, horizon)])],
        cost_per_hour: vec![0.0],
        charged: vec![Charged::OnDuty],
        base_class: vec![ClassId(0)],
    }
}

pub(crate) fn setup(model: &Model, seed: u64) -> Setup<'_> {
    let World {
        warm_up,
        horizon,
        end,
        ..
    } = *model.world;
    let recording = Recording {
        classes: 1,
        teams: model.plan.teams.len(),
        warm_up,
        horizon,
        end,
        wait_distribution: true,
        squares: true,
        ..Recording::default()
    };
    Setup {
        model,
        recording,
        watch: Watch::default(),
        until_clear: false,
        seed,
    }
}
