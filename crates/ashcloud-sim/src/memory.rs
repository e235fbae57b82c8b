//! How much memory the replications of a model are expected to take, told before they run.
//!
//! What grows without bound is the crowd that waits. It is reckoned as a fluid: comments flow in at the rates of the streams
//! and out as fast as everybody on duty works (in every team, at what it may hold at once) and as patience ends. Where
//! anything is doubtful the fluid flows out faster, so that what is refused would surely not have fitted.

use ashcloud_core::{CHANCES, RoomKind, Slots, Time};
use ashcloud_house::finishes::Many;
use ashcloud_scenario::spec::{BatchSize, Compiled, Law, Model, Source, Stream};
use ashcloud_world::moments::mean;

use crate::lean::Lean;

/// Steps of the fluid.
const STEPS: usize = 500;
/// What happens in each step.
type Steps = [f64; STEPS];
/// So fast that nobody waits.
const AT_ONCE: f64 = 1e18;
/// Bytes of an engine with nobody in it, and of each agent in it.
const BARE: f64 = 2e6;
const AGENT: f64 = 200.0;

/// What one replication of a model is expected to take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need {
    /// Most comments that wait, or are between two tries, at any time.
    pub waiting: f64,
    /// Comments a day by which more come than are answered or leave, over the run; 0 where the crowd ends by itself.
    pub behind_a_day: f64,
    /// Bytes of an engine, one of which every thread has for every model.
    pub bytes: f64,
}

/// Reckons what one replication of a model takes.
pub fn need(scenario: &Compiled, model: &Model) -> Need {
    let world = &model.world;
    let end = world.end.seconds().max(1e-9);
    let streams: Vec<&Stream> = world
        .streams
        .iter()
        .enumerate()
        .filter(|(place, _)| world.phone != Some(*place))
        .map(|(_, stream)| stream)
        .collect();
    let flow = Flow::of(model, &streams);
    let on_duty = on_duty(model);
    let dt = end / STEPS as f64;
    let capacity = model.plan.capacity.map_or(f64::INFINITY, f64::from);
    let backlog: f64 = world.backlog.iter().map(|b| f64::from(b.1)).sum();
    let mut waiting = backlog;
    let mut most = waiting;
    let arrivals: Vec<Steps> = streams.iter().map(|stream| arrivals(stream, end)).collect();
    for step in 0..STEPS {
        let came: f64 = arrivals.iter().map(|a| a[step]).sum();
        let done = on_duty[step] * flow.answered_by_one;
        waiting = ((waiting + came * flow.taken_on - done) / (1.0 + dt * flow.leaving)).clamp(0.0, capacity);
        most = most.max(waiting);
    }
    let grown = (waiting - backlog).max(0.0);
    let behind_a_day = if waiting > 0.5 * most {
        grown / end * 86_400.0
    } else {
        0.0
    };
    Need {
        waiting: most,
        behind_a_day,
        bytes: BARE + AGENT * f64::from(model.plan.staff()) + most * each(scenario, model),
    }
}

/// Bytes that one who waits takes in the room of the driver that a model needs (measured, with room to grow).
fn each(scenario: &Compiled, model: &Model) -> f64 {
    let observe = &scenario.observe;
    let watched = !observe.at.is_empty() || observe.every.is_some() || observe.moments || observe.until_clear;
    let lean = !watched && Lean::<Many<u128>, Slots>::suits(model);
    match model.plan.room() {
        RoomKind::Rings if lean => 40.0,
        RoomKind::Lists if lean => 50.0,
        _ => 220.0,
    }
}

/// How fast comments flow through a model.
struct Flow {
    /// Comments a second that one on duty answers.
    answered_by_one: f64,
    /// Share of those who wait who leave in a second.
    leaving: f64,
    /// Share of what comes that is taken on.
    taken_on: f64,
}

impl Flow {
    fn of(model: &Model, streams: &[&Stream]) -> Flow {
        let world = &model.world;
        let mut shares = vec![0.0; world.kinds.len()];
        for stream in streams {
            let comments: f64 = arrivals(stream, world.end.seconds()).iter().sum();
            for &(class, share) in &stream.mix {
                shares[usize::from(class.0)] += comments * share;
            }
        }
        for &(class, number) in &world.backlog {
            shares[usize::from(class.0)] += f64::from(number);
        }
        let all: f64 = shares.iter().sum();
        let weighted = |of: &dyn Fn(usize) -> f64| -> f64 {
            let parts = shares.iter().enumerate().filter(|s| *s.1 > 0.0);
            parts.map(|(class, share)| share / all * of(class)).sum()
        };
        let work = weighted(&|class| finite_mean(&world.kinds[class].handling));
        let leaving = weighted(&|class| {
            let Some(tolerance) = &world.kinds[class].tolerance else {
                return 0.0;
            };
            // Who comes back is kept in mind until then.
            let goes = 1.0 - tolerance.retry.as_ref().map_or(0.0, |retry| retry.probability);
            goes / finite_mean(&tolerance.law).max(1e-9)
        });
        let taken_on = weighted(&|class| {
            let plan = model.plan.classes.get(class);
            plan.map_or(1.0, |c| f64::from(c.taken_on) / f64::from(CHANCES))
        });
        let fastest = model.service.speed.iter().flatten().copied().fold(0.0, f64::max);
        // What is picked or not leaves the queue as fast as it is seen.
        let picks = model
            .service
            .attention
            .iter()
            .flatten()
            .any(|attention| attention.pick.is_some());
        let answered_by_one = if picks || work <= 0.0 {
            AT_ONCE
        } else {
            fastest / work
        };
        Flow {
            answered_by_one,
            leaving,
            taken_on,
        }
    }
}

/// A mean that ends: of a law without one, of what lies below a year.
fn finite_mean(law: &Law) -> f64 {
    let mean = mean(law);
    if mean.is_finite() { mean } else { 365.0 * 86_400.0 }
}

/// Puts `rate` a second between two times into the steps of a run of `end` seconds.
fn spread(steps: &mut Steps, (from, to): (f64, f64), rate: f64, end: f64) {
    let width = end / STEPS as f64;
    let (from, to) = (from.max(0.0) / width, (to / width).min(STEPS as f64));
    let mut at = from;
    while at < to {
        let next = (at.floor() + 1.0).min(to);
        steps[(at as usize).min(STEPS - 1)] += (next - at) * width * rate;
        at = next;
    }
}

/// Seconds of work that is done side by side, by step: agents on duty, each for as many as the team may hold at once.
fn on_duty(model: &Model) -> Steps {
    let mut total = [0.0; STEPS];
    let mut side_by_side: Vec<f64> = Vec::new();
    for (team, slowdown) in model.plan.teams.iter().zip(&model.service.slowdown) {
        let Some(agents) = team.agents else {
            return [AT_ONCE; STEPS];
        };
        let held = f64::from(team.at_once.max(1));
        let each = held / (1.0 + slowdown * (held - 1.0));
        side_by_side.extend(std::iter::repeat_n(each.max(1.0), agents as usize));
    }
    let end = model.world.end.seconds();
    // On duty since; everybody is at the start unless the roster says otherwise there.
    let mut since = vec![Some(0.0); side_by_side.len()];
    for change in &model.plan.roster {
        let agent = change.agent.0 as usize;
        let at = change.at.seconds();
        match (change.on, since[agent]) {
            (false, Some(from)) => {
                spread(&mut total, (from, at), side_by_side[agent], end);
                since[agent] = None;
            }
            (true, None) => since[agent] = Some(at),
            _ => {}
        }
    }
    for (since, each) in since.iter().zip(&side_by_side) {
        if let Some(from) = since {
            spread(&mut total, (*from, end), *each, end);
        }
    }
    total
}

/// Comments of a stream that are expected in each step of a run of `end` seconds, offspring with their parents.
fn arrivals(stream: &Stream, end: f64) -> Steps {
    let mut steps = [0.0; STEPS];
    let step_of = |at: Time| ((at.seconds() / end * STEPS as f64) as usize).min(STEPS - 1);
    match &stream.source {
        Source::Poisson { rate } => spread(&mut steps, (0.0, end), *rate, end),
        Source::Sinusoidal { mean, .. } => spread(&mut steps, (0.0, end), *mean, end),
        Source::Batch { rate, size } => {
            let size = match size {
                BatchSize::Fixed(n) => f64::from(*n),
                BatchSize::Geometric(mean) => *mean,
            };
            spread(&mut steps, (0.0, end), rate * size, end);
        }
        // At least: as if it stayed in the slowest state.
        Source::Mmpp { rates, .. } => {
            let slowest = rates.iter().copied().fold(f64::INFINITY, f64::min);
            spread(&mut steps, (0.0, end), slowest, end);
        }
        Source::Renewal(law) => spread(&mut steps, (0.0, end), 1.0 / mean(law), end),
        Source::Decay { initial, time } => {
            let width = end / STEPS as f64;
            for (place, step) in steps.iter_mut().enumerate() {
                let from = place as f64 * width;
                *step = initial * time * ((-from / time).exp() - (-(from + width) / time).exp());
            }
        }
        Source::Pieces { pieces, .. } => {
            let lasts = pieces.iter().skip(1).map(|p| p.from.seconds()).chain([end]);
            for (piece, to) in pieces.iter().zip(lasts) {
                spread(&mut steps, (piece.from.seconds(), to), piece.rate, end);
            }
        }
        // As if evenly until it ends: later than it comes.
        Source::Storm {
            at,
            affected,
            contact,
            lasts,
            ..
        } => {
            let from = at.seconds();
            let rate = *affected as f64 * contact / lasts;
            spread(&mut steps, (from, from + lasts), rate, end);
        }
        Source::Times(times) => times.iter().for_each(|&at| steps[step_of(at)] += 1.0),
        Source::Trace(trace) => {
            for event in trace.events.iter() {
                steps[step_of(event.at)] += trace.keep;
            }
        }
    }
    let offspring = stream.contagion.as_ref().map_or(0.0, |c| c.offspring);
    steps.map(|step| step / (1.0 - offspring))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn need_of(text: &str) -> Need {
        let (scenario, _) = ashcloud_scenario::load_str("x.toml", text, Path::new(""), &[]).unwrap();
        need(&scenario, &scenario.models[0])
    }

    #[test]
    fn who_falls_behind_waits_at_the_end() {
        // One agent answers 288 of 1,000 comments a day: 712 are left of each.
        let need = need_of(
            "horizon = \"10d\"\nfollow_up = \"0s\"\n[[arrivals]]\npoisson = \"1000 per day\"\n[classes.question]\nhandling = \"5m\"\n\
             [[teams]]\nname = \"t\"\nagents = 1\n",
        );
        assert!((need.waiting - 7_120.0).abs() < 1.0, "{need:?}");
        assert!((need.behind_a_day - 712.0).abs() < 0.1, "{need:?}");
        assert!(
            (need.bytes - BARE - AGENT - 40.0 * need.waiting).abs() < 1.0,
            "{need:?}"
        );
    }

    #[test]
    fn who_keeps_up_falls_behind_only_while_the_desk_is_closed() {
        let need = need_of(
            "start = 2024-01-01T00:00:00\nhorizon = \"4w\"\nfollow_up = \"0s\"\n[[arrivals]]\npoisson = \"100 per day\"\n\
             [classes.question]\nhandling = \"1m\"\n[[teams]]\nname = \"t\"\nagents = 1\nhours = { mon-fri = \"09:00-17:00\" }\n",
        );
        // From Friday at 17 to Monday at 9 are 64 hours.
        let weekend = 100.0 * 64.0 / 24.0;
        // A step may be half closed at either end.
        let step = 100.0 * 28.0 / STEPS as f64;
        assert!((need.waiting - weekend).abs() < 2.0 * step, "{need:?}");
        assert!(need.behind_a_day < 10.0, "{need:?}");
    }

    #[test]
    fn patience_and_room_bound_the_crowd() {
        let text = |class: &str, routing: &str| {
            format!(
                "horizon = \"30d\"\nfollow_up = \"0s\"\n[[arrivals]]\npoisson = \"1 per s\"\n[classes.question]\nhandling = \"1h\"\n{class}\n\
                 [[teams]]\nname = \"t\"\nagents = 1\n{routing}\n"
            )
        };
        // Arrivals times patience.
        let patient = need_of(&text("tolerance = { exponential = \"1h\" }", ""));
        assert!((patient.waiting - 3_600.0).abs() < 20.0, "{patient:?}");
        let small = need_of(&text("", "[routing]\ncapacity = 70"));
        assert_eq!(small.waiting, 70.0, "{small:?}");
        let without_end = need_of(&text("", ""));
        assert!(
            (without_end.waiting - 30.0 * 86_400.0).abs() < 1_000.0,
            "{without_end:?}"
        );
    }
}
