//! How much one replication is expected to do: every source and loop is counted before it runs, so that none runs for ever.

use ashcloud_core::Time;

use crate::file::{Scenario, Staffing};
use crate::reader::Reader;
use crate::spec::{BatchSize, Blocks, Kind, Law, Retry, Source, Stream};
use crate::staffing::StaffingDraft;
use crate::tree::Origin;
use crate::world::WorldDraft;

/// The most comments, changes of a rate, tries and visits of one replication: hours of work for one core.
const MOST: f64 = 1e11;
/// The same in words.
const MOST_WORDS: &str = "more than 100,000,000,000";
/// Rounds in which expected visits are added up before the rest is taken as a geometric series.
const ROUNDS: usize = 200;

/// Mean of a law, in seconds: of a tail behind the last point not more than the point, of the least of several laws not
/// more than any of them has. Infinite where it has none.
pub(crate) fn mean(law: &Law) -> f64 {
    match law {
        Law::Constant(value) => *value,
        Law::Exponential(mean) | Law::Erlang { mean, .. } => *mean,
        Law::Hyperexponential(branches) => branches.iter().map(|(share, mean)| share * mean).sum(),
        Law::Uniform { low, high } => f64::midpoint(*low, *high),
        Law::Triangular { low, mode, high } => (low + mode + high) / 3.0,
        Law::Least(laws) => laws.iter().map(mean).fold(f64::INFINITY, f64::min),
        Law::Lognormal { mu, sigma } => libm::exp(mu + 0.5 * sigma * sigma),
        Law::Gamma { shape, scale } => shape * scale,
        Law::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
        Law::Pareto { alpha, minimum } if *alpha > 1.0 => alpha * minimum / (alpha - 1.0),
        Law::Pareto { .. } => f64::INFINITY,
        Law::Empirical(values) => values.iter().sum::<f64>() / values.len().max(1) as f64,
        Law::Points(points) => {
            let mut sum = 0.0;
            let mut before = (0.0, 0.0);
            for &(value, below) in &points.knots {
                sum += f64::midpoint(before.0, value) * (below - before.1);
                before = (value, below);
            }
            sum + before.0 * (1.0 - before.1)
        }
    }
}

/// Expected comments of a source up to the end, without offspring.
fn arrivals(source: &Source, end: Time) -> f64 {
    let seconds = end.seconds();
    match source {
        Source::Poisson { rate } => rate * seconds,
        Source::Sinusoidal { mean, .. } => mean * seconds,
        Source::Batch { rate, size } => {
            let size = match size {
                BatchSize::Fixed(n) => f64::from(*n),
                BatchSize::Geometric(mean) => *mean,
            };
            rate * size * seconds
        }
        Source::Mmpp { rates, .. } => rates.iter().copied().fold(0.0, f64::max) * seconds,
        Source::Renewal(law) => seconds / mean(law),
        Source::Decay { initial, time } => -initial * time * libm::expm1(-seconds / time),
        Source::Pieces { pieces, .. } => {
            let lasts = pieces.iter().skip(1).map(|p| p.from).chain([end]);
            let counts = pieces
                .iter()
                .zip(lasts)
                .map(|(p, to)| p.rate * to.since(p.from).seconds());
            counts.sum()
        }
        Source::Storm {
            affected, contact, ..
        } => *affected as f64 * contact,
        Source::Times(times) => times.len() as f64,
        Source::Trace(trace) => {
            let events = trace.events.len() as f64 * trace.keep;
            let (Some(days), Some(first), Some(last)) =
                (&trace.bootstrap, trace.events.first(), trace.events.last())
            else {
                return events;
            };
            // Days are drawn anew: as many events a day as the log has.
            let logged = (last.at.since(first.at).seconds() / 86_400.0).max(1.0);
            events * days.len() as f64 / logged
        }
    }
}

/// Expected comments of a stream, offspring included.
pub(crate) fn comments(stream: &Stream, end: Time) -> f64 {
    // From 1 on it is a fault by itself.
    let offspring = stream.contagion.as_ref().map_or(0.0, |c| c.offspring);
    let offspring = if offspring < 1.0 { offspring } else { 0.0 };
    arrivals(&stream.source, end) / (1.0 - offspring)
}

/// How often the rate of a source changes at random before the end, and what to do where that is too often.
fn changes(source: &Source, end: Time) -> (f64, &'static str) {
    match source {
        Source::Mmpp { switching, .. } => {
            let leave = |(state, row): (usize, &Vec<f64>)| -> f64 {
                let others = row.iter().enumerate().filter(|(to, _)| *to != state);
                others.map(|(_, rate)| rate).sum()
            };
            let fastest = switching.iter().enumerate().map(leave).fold(0.0, f64::max);
            (
                fastest * end.seconds(),
                "let it switch more slowly, or shorten the run",
            )
        }
        Source::Pieces { busyness, .. } => {
            let of = |blocks: Blocks| match blocks {
                Blocks::Days => 0.0,
                Blocks::Every(span) => end.seconds() / span.seconds(),
            };
            let all = busyness.iter().map(|b| of(b.blocks)).sum();
            (all, "give `busyness` a longer `every`, or shorten the run")
        }
        _ => (0.0, ""),
    }
}

/// A number as a fault writes it.
fn written(number: f64) -> String {
    if number.is_finite() && number < 1e15 {
        let digits = format!("{number:.0}");
        let groups: Vec<&str> = digits
            .as_bytes()
            .rchunks(3)
            .rev()
            .filter_map(|group| std::str::from_utf8(group).ok())
            .collect();
        groups.join(",")
    } else if number.is_finite() {
        format!("{number:.0e}")
    } else {
        "endlessly many".into()
    }
}

/// Notes a fault where a stream brings too much, or its rate changes too often.
pub(crate) fn check_stream(reader: &mut Reader, at: Origin, stream: &Stream, end: Time) {
    let name = &stream.name;
    let brought = comments(stream, end);
    if brought > MOST || brought.is_nan() {
        let help = match &stream.source {
            Source::Renewal(_) => "longer gaps, or a shorter run",
            Source::Storm { .. } => "fewer `affected`, or a smaller `contact`",
            Source::Batch { .. } => "a lower rate, smaller batches, or a shorter run",
            Source::Decay { .. } => "a lower `initial` rate, or a shorter `time`",
            _ => "a lower rate, or a shorter run",
        };
        let message = format!(
            "the stream `{name}` is expected to bring {} comments in one replication, {MOST_WORDS}",
            written(brought)
        );
        reader.error(at, message).help(help);
    }
    let (changed, help) = changes(&stream.source, end);
    if changed > MOST {
        let message = format!(
            "the rate of the stream `{name}` is expected to change {} times in one replication, {MOST_WORDS}",
            written(changed)
        );
        reader.error(at, message).help(help);
    }
}

/// Notes a fault where all streams together bring too much, and none does alone.
pub(crate) fn check_streams(reader: &mut Reader, at: Origin, streams: &[Stream], end: Time) {
    let each = streams.iter().map(|stream| comments(stream, end));
    let (sum, largest) = each.fold((0.0, 0.0), |(sum, largest): (f64, f64), n| {
        (sum + n, largest.max(n))
    });
    if sum > MOST && largest <= MOST {
        let message = format!(
            "all streams together are expected to bring {} comments in one replication, {MOST_WORDS}",
            written(sum)
        );
        reader.error(at, message).help("lower rates, or a shorter run");
    }
}

/// Tries of one customer: as many as there is time for, as chance allows, and as the limit does.
fn tries(retry: &Retry, wait: f64, end: Time) -> f64 {
    let by_time = 1.0 + end.seconds() / (wait + mean(&retry.after));
    let by_chance = 1.0 / (1.0 - retry.probability);
    let by_limit = retry
        .at_most
        .map_or(f64::INFINITY, |limit| f64::from(limit) + 1.0);
    by_time.min(by_chance).min(by_limit)
}

/// Notes a fault for each class of a world whose customers come back too often. `blocked` says that some model has room
/// for so many only.
pub(crate) fn check_retries(reader: &mut Reader, scenario: &Scenario, draft: &WorldDraft, blocked: bool) {
    let world = &draft.world;
    let mut brought = vec![0.0; world.kinds.len()];
    for stream in &world.streams {
        let comments = comments(stream, world.end);
        for &(class, share) in &stream.mix {
            brought[usize::from(class.0)] += comments * share;
        }
    }
    for &(class, number) in &world.backlog {
        brought[usize::from(class.0)] += f64::from(number);
    }
    let at = scenario.classes.place_or(scenario.queue.place_or(scenario.here));
    for (kind, brought) in world.kinds.iter().zip(brought) {
        let loops = [
            (patience_tries(kind, world.end), "give up waiting and come back"),
            (
                kind.when_blocked
                    .as_ref()
                    .filter(|_| blocked)
                    .map(|retry| tries(retry, 0.0, world.end)),
                "find no place and come back",
            ),
        ];
        for (tries, what) in loops {
            let all = brought * tries.unwrap_or(0.0);
            if all > MOST {
                let message = format!(
                    "customers who {what} may try {} times in one replication, {MOST_WORDS}",
                    written(all)
                );
                reader
                    .error(at, message)
                    .help("let them come back later, less surely, or so many times at most");
            }
        }
    }
}

fn patience_tries(kind: &Kind, end: Time) -> Option<f64> {
    let tolerance = kind.tolerance.as_ref()?;
    let retry = tolerance.retry.as_ref()?;
    Some(tries(retry, mean(&tolerance.law), end))
}

/// Notes a fault where the finished work of a staffing model comes back too often, or its people look too often.
pub(crate) fn check_model(
    reader: &mut Reader,
    staffing: &Staffing,
    model: &StaffingDraft,
    draft: &WorldDraft,
) {
    let world = &draft.world;
    let end = world.end;
    let brought: f64 = world.streams.iter().map(|stream| comments(stream, end)).sum();
    let staff: f64 = model
        .plan
        .teams
        .iter()
        .map(|t| f64::from(t.agents.unwrap_or(0)))
        .sum();
    let unlimited = model.plan.teams.iter().any(|team| team.agents.is_none());
    let servers = if unlimited { brought } else { staff };
    let shortest = shortest_handling(model, world.kinds.as_slice());
    let visits = (brought * expected_visits(model)).min(servers * end.seconds() / shortest + brought);
    if visits > MOST {
        let message = format!(
            "finished work is expected to be handled {} times in one replication, {MOST_WORDS}",
            written(visits)
        );
        reader
            .error(staffing.hand_over.place_or(staffing.here), message)
            .help("hand over or feed back a smaller share");
    }
    for (team, attention) in model.plan.teams.iter().zip(&model.service.attention) {
        let Some(attention) = attention else { continue };
        let looks = f64::from(team.agents.unwrap_or(1)) * end.seconds() / mean(&attention.gap);
        if looks > MOST {
            let message = format!(
                "the people of a team are expected to look {} times in one replication, {MOST_WORDS}",
                written(looks)
            );
            reader
                .error(staffing.teams.place_or(staffing.here), message)
                .help("longer gaps in its `attention`, fewer agents, or a shorter run");
        }
    }
}

/// The shortest mean time in hand of any class of work that is handed over.
fn shortest_handling(model: &StaffingDraft, kinds: &[Kind]) -> f64 {
    let of = |class: usize| {
        let base = usize::from(model.base_class[class].0);
        let law = model.service.handling[class]
            .as_ref()
            .or(kinds.get(base).map(|kind| &kind.handling));
        law.map_or(f64::INFINITY, mean)
    };
    let handed = model.service.hand_over.iter();
    handed
        .flat_map(|h| std::iter::once(h.class).chain(h.next.iter().map(|n| n.0)))
        .map(|class| of(usize::from(class.0)))
        .fold(f64::INFINITY, f64::min)
}

/// The most visits that a comment of any class is expected to make.
fn expected_visits(model: &StaffingDraft) -> f64 {
    let mut visits = vec![1.0_f64; model.base_class.len()];
    let (mut step, mut before) = (0.0_f64, f64::INFINITY);
    for _ in 0..ROUNDS {
        let mut next = vec![1.0_f64; visits.len()];
        for hand_over in &model.service.hand_over {
            let onward: f64 = hand_over
                .next
                .iter()
                .map(|&(class, share)| share * visits[usize::from(class.0)])
                .sum();
            let place = &mut next[usize::from(hand_over.class.0)];
            *place = place.max(1.0 + onward);
        }
        let grown = next.iter().zip(&visits).map(|(n, v)| n - v).fold(0.0, f64::max);
        (before, step, visits) = (step, grown, next);
        if step < 1e-9 {
            break;
        }
    }
    let most = visits.iter().copied().fold(1.0, f64::max);
    let ratio = if before > 0.0 { step / before } else { 0.0 };
    if step < 1e-9 {
        most
    } else if ratio < 1.0 {
        most + step * ratio / (1.0 - ratio)
    } else {
        f64::INFINITY
    }
}
