//! What the work asks of the people, before anything is simulated: offered load, and desks that fall behind.

use ashcloud_core::{Attention, CHANCES, ClassId, Preference, Time};
use ashcloud_scenario::spec::{Law, Model, Retry, Source, Stream};
use ashcloud_world::moments::mean;
use ashcloud_world::volume::{expected_by_part, long_run_rate};

/// Teams that share classes, directly or through others, and all that they take: one queueing system in the long run.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Names of the teams.
    pub teams: Vec<String>,
    /// Work that comes per unit of time, in agents kept busy (Erlang).
    pub offered: f64,
    /// Agents.
    pub agents: u32,
    /// Agents who hold one comment at a time and could do as much; more than `agents` where several are held at once.
    pub capacity: f64,
    /// Nobody leaves and nobody is turned away, and the work is as much as the agents can do, or more: waits grow without end.
    pub overloaded: bool,
}

/// A desk whose work is more than its people can do up to the end of the run, by expected numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Behind {
    /// Names of the teams.
    pub teams: Vec<String>,
    /// Comments that wait when the run ends.
    pub comments: f64,
    /// Their work, in seconds of one agent.
    pub work: f64,
    /// Seconds after the end until they are done, with the staffing of the run; `None` where no time is left over for them.
    pub clear: Option<f64>,
}

/// Teams and routing classes that belong together.
struct Pool {
    teams: Vec<usize>,
    classes: Vec<usize>,
}

/// The load of every stationary queueing system of a model: where arrivals go on alike, all people are always on duty and always
/// look, and nobody is asked elsewhere. Unlimited teams have none.
pub fn loads(model: &Model) -> Vec<Load> {
    if !is_plain(model) || !model.plan.roster.is_empty() {
        return Vec::new();
    }
    let streams = streams(model);
    let Some(rates) = streams
        .iter()
        .map(|s| long_run_rate(s))
        .collect::<Option<Vec<f64>>>()
    else {
        return Vec::new();
    };
    let mut arrivals = vec![0.0; model.plan.classes.len()];
    for (stream, rate) in streams.iter().zip(&rates) {
        for (class, share) in &stream.mix {
            arrivals[usize::from(class.0)] += rate * share;
        }
    }
    let flow = flow(model, &arrivals);
    let fixed = streams
        .iter()
        .all(|s| matches!(s.source, Source::Renewal(Law::Constant(_))));
    let mut out = Vec::new();
    for pool in pools(model) {
        let offered: f64 = pool.classes.iter().map(|&c| flow[c] * work(model, c)).sum();
        let Some((agents, capacity)) = capacity(model, &pool) else {
            continue;
        };
        let constant = |c: &usize| matches!(handling(model, *c), Law::Constant(_));
        // Regular arrivals of constant work may fill the time wholly.
        let full = if fixed && pool.classes.iter().all(constant) {
            offered > capacity * (1.0 + 1e-9)
        } else {
            offered >= capacity * (1.0 - 1e-9)
        };
        if offered > 0.0 && agents > 0 {
            out.push(Load {
                teams: names(model, &pool),
                offered,
                agents,
                capacity,
                overloaded: full && !loses(model, &pool),
            });
        }
    }
    out
}

/// Desks that fall behind, where arrivals or staffing change over time and nobody leaves or is turned away.
pub fn behind(model: &Model) -> Vec<Behind> {
    const PARTS: usize = 2_048;
    if !is_plain(model) || !loads(model).is_empty() {
        return Vec::new();
    }
    let end = model.world.end;
    let mut arrivals = vec![vec![0.0; PARTS]; model.world.kinds.len()];
    let mut one = vec![0.0; PARTS];
    for stream in streams(model) {
        one.fill(0.0);
        expected_by_part(stream, end, &mut one);
        for (class, share) in &stream.mix {
            for (sum, count) in arrivals[usize::from(class.0)].iter_mut().zip(&one) {
                *sum += share * count;
            }
        }
    }
    for &(class, count) in &model.world.backlog {
        arrivals[usize::from(class.0)][0] += f64::from(count);
    }
    let lasting = lasting_share(model, &arrivals, end);
    let pools = pools(model).into_iter().filter(|pool| !loses(model, pool));
    pools
        .filter_map(|pool| pool_behind(model, &pool, &arrivals, lasting))
        .collect()
}

/// Work and time on duty of one pool, part by part.
fn pool_behind(model: &Model, pool: &Pool, arrivals: &[Vec<f64>], lasting: f64) -> Option<Behind> {
    let parts = arrivals.first()?.len();
    let end = model.world.end;
    let width = end.seconds() / parts as f64;
    let able = able_by_part(model, pool, parts)?;
    // Work of one comment of each arrival class in this pool, all its visits counted.
    let each: Vec<f64> = (0..arrivals.len())
        .map(|class| {
            let mut one = vec![0.0; model.plan.classes.len()];
            one[class] = 1.0;
            let flow = flow(model, &one);
            pool.classes.iter().map(|&c| flow[c] * work(model, c)).sum()
        })
        .collect();
    // The last week, or the second half of a shorter run.
    let week = (7.0 * 86_400.0 / width) as usize;
    let since = parts - week.clamp(1, parts / 2);
    let (mut waiting, mut least, mut come, mut comments) = (0.0_f64, f64::INFINITY, 0.0, 0.0);
    for part in 0..parts {
        let work: f64 = each.iter().zip(arrivals).map(|(w, a)| w * a[part]).sum();
        come += work;
        comments += each
            .iter()
            .zip(arrivals)
            .filter(|(w, _)| **w > 0.0)
            .map(|(_, a)| a[part])
            .sum::<f64>();
        waiting = (waiting + work - able[part]).max(0.0);
        // At night work gathers that is done the next morning.
        if part >= since && able[part] > 0.0 {
            least = least.min(waiting);
        }
    }
    let worth_saying = least.is_finite() && least > 0.01 * come && least > 0.0;
    if !worth_saying || !come.is_finite() {
        return None;
    }
    let spare = (able.iter().sum::<f64>() - lasting * come) / end.seconds();
    Some(Behind {
        teams: names(model, pool),
        comments: waiting / (come / comments),
        work: waiting,
        clear: (spare > 1e-9).then(|| waiting / spare),
    })
}

/// Share of the comments that come of streams that go on as they are.
fn lasting_share(model: &Model, arrivals: &[Vec<f64>], end: Time) -> f64 {
    let all: f64 = arrivals.iter().flatten().sum();
    let mut lasting = [0.0];
    for stream in streams(model) {
        if !matches!(
            stream.source,
            Source::Storm { .. } | Source::Decay { .. } | Source::Times(_) | Source::Trace(_)
        ) {
            expected_by_part(stream, end, &mut lasting);
        }
    }
    if all > 0.0 { lasting[0] / all } else { 0.0 }
}

/// Can the work be reckoned with from outside? Not where people look now and then, ask others, or close a line.
fn is_plain(model: &Model) -> bool {
    let all_the_time = |team: &ashcloud_core::TeamPlan| team.attention == Attention::Full;
    model.plan.doors.is_empty()
        && model.service.consults.is_empty()
        && model.plan.teams.iter().all(all_the_time)
}

/// Streams that the model meets: without calls where nobody takes the phone.
fn streams(model: &Model) -> Vec<&Stream> {
    let left_out = model.world.phone.filter(|_| !model.service.takes_calls);
    let streams = model.world.streams.iter().enumerate();
    streams
        .filter(|(i, _)| Some(*i) != left_out)
        .map(|(_, s)| s)
        .collect()
}

/// The team that a class goes to first.
fn first_team(model: &Model, class: usize) -> Option<usize> {
    let teams = &model.plan.classes[class].teams;
    let best = |a: &&Preference, b: &&Preference| (a.after, a.rank).cmp(&(b.after, b.rank));
    teams.iter().min_by(best).map(|p| usize::from(p.team.0))
}

/// Visits to every routing class that arrivals bring, hand-overs and feedback counted: x = arrivals + x P (Jackson 1957).
fn flow(model: &Model, arrivals: &[f64]) -> Vec<f64> {
    let classes = &model.plan.classes;
    let taken = |class: usize, x: f64| x * f64::from(classes[class].taken_on) / f64::from(CHANCES);
    let first: Vec<f64> = arrivals.iter().enumerate().map(|(c, x)| taken(c, *x)).collect();
    let mut flow = first.clone();
    for _ in 0..10_000 {
        let mut next = first.clone();
        for rule in &model.service.hand_over {
            let from = usize::from(rule.class.0);
            if first_team(model, from) == Some(usize::from(rule.team.0)) {
                for &(ClassId(to), share) in &rule.next {
                    next[usize::from(to)] += flow[from] * share;
                }
            }
        }
        let moved = next
            .iter()
            .zip(&flow)
            .any(|(a, b)| (a - b).abs() > 1e-12 * b.abs());
        flow = next;
        if !moved {
            break;
        }
    }
    flow
}

fn handling(model: &Model, class: usize) -> &Law {
    let base = usize::from(model.base_class[class].0);
    model.service.handling[class]
        .as_ref()
        .unwrap_or(&model.world.kinds[base].handling)
}

/// Mean time in hand of a visit to a class, in seconds, by the team that it goes to first.
fn work(model: &Model, class: usize) -> f64 {
    match first_team(model, class) {
        Some(team) => mean(handling(model, class)) / model.service.speed[class][team],
        None => 0.0,
    }
}

/// How much an agent of a team does who holds as many as allowed, against one who holds one: k/(1 + a(k - 1)).
fn together(model: &Model, team: usize) -> f64 {
    let slowdown = model.service.slowdown[team];
    let k = f64::from(model.plan.teams[team].at_once);
    if k <= 1.0 || slowdown >= 1.0 {
        1.0
    } else {
        k / (1.0 + slowdown * (k - 1.0))
    }
}

/// Agents of a pool and how many they are worth; `None` where a team is unlimited.
fn capacity(model: &Model, pool: &Pool) -> Option<(u32, f64)> {
    let (mut agents, mut worth) = (0, 0.0);
    for &team in &pool.teams {
        let n = model.plan.teams[team].agents?;
        agents += n;
        worth += f64::from(n) * together(model, team);
    }
    Some((agents, worth))
}

/// Seconds of work that the people of a pool can do in each part of the run; `None` where a team is unlimited.
fn able_by_part(model: &Model, pool: &Pool, parts: usize) -> Option<Vec<f64>> {
    let end = model.world.end.seconds();
    let width = end / parts as f64;
    let mut worth = Vec::new();
    for (team, plan) in model.plan.teams.iter().enumerate() {
        let in_pool = pool.teams.contains(&team);
        let each = if in_pool { together(model, team) } else { 0.0 };
        match plan.agents {
            Some(n) => worth.extend(std::iter::repeat_n(each, n as usize)),
            None if in_pool => return None,
            None => {}
        }
    }
    // All are on duty at first; changes are in the order of their times.
    let mut on = vec![true; worth.len()];
    let mut rate: f64 = worth.iter().sum();
    let mut able = vec![0.0; parts];
    let mut now = 0.0;
    let mut add = |from: f64, to: f64, rate: f64| {
        let mut from = from;
        while from < to {
            let part = ((from / width) as usize).min(parts - 1);
            let until = if part + 1 == parts {
                to
            } else {
                to.min(width * (part + 1) as f64)
            };
            // Rounding may leave nothing of a part.
            let until = if until > from { until } else { to.min(from + width) };
            able[part] += rate * (until - from);
            from = until;
        }
    };
    for change in &model.plan.roster {
        let at = change.at.seconds().min(end);
        add(now, at, rate.max(0.0));
        now = now.max(at);
        let was = &mut on[change.agent.0 as usize];
        if *was != change.on {
            rate += if change.on {
                worth[change.agent.0 as usize]
            } else {
                -worth[change.agent.0 as usize]
            };
            *was = change.on;
        }
    }
    add(now, end, rate.max(0.0));
    // What sums of differences leave of nobody is nothing.
    for x in &mut able {
        if *x < 1e-9 * width {
            *x = 0.0;
        }
    }
    Some(able)
}

/// Does anybody leave for good, or find no place?
fn loses(model: &Model, pool: &Pool) -> bool {
    let returns = |retry: &Option<Retry>| {
        retry
            .as_ref()
            .is_some_and(|r| r.probability >= 1.0 && r.at_most.is_none())
    };
    model.plan.capacity.is_some()
        || pool.classes.iter().any(|&class| {
            let plan = &model.plan.classes[class];
            let kind = &model.world.kinds[usize::from(model.base_class[class].0)];
            let leaves = kind.tolerance.as_ref().is_some_and(|t| !returns(&t.retry));
            leaves
                || plan.queue_capacity.is_some()
                || plan.lines.is_some()
                || kind.balks.iter().any(|p| *p > 0.0)
        })
}

fn names(model: &Model, pool: &Pool) -> Vec<String> {
    pool.teams.iter().map(|&t| model.team_names[t].clone()).collect()
}

/// Groups of teams that share classes.
fn pools(model: &Model) -> Vec<Pool> {
    let teams = model.plan.teams.len();
    let mut group: Vec<usize> = (0..teams).collect();
    let mut join = |a: usize, b: usize| {
        let (from, to) = (group[a].max(group[b]), group[a].min(group[b]));
        for g in &mut group {
            if *g == from {
                *g = to;
            }
        }
    };
    for class in &model.plan.classes {
        for pair in class.teams.windows(2) {
            join(usize::from(pair[0].team.0), usize::from(pair[1].team.0));
        }
    }
    (0..teams)
        .filter(|&g| group[g] == g)
        .map(|g| Pool {
            teams: (0..teams).filter(|&t| group[t] == g).collect(),
            classes: (0..model.plan.classes.len())
                .filter(|&c| first_team(model, c).is_some_and(|t| group[t] == g))
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ashcloud_core::Span;
    use ashcloud_scenario::spec::{HandOver, Tolerance};

    use super::*;
    use crate::classic::model;

    fn only(model: &Model) -> Load {
        let mut loads = loads(model);
        assert_eq!(loads.len(), 1);
        loads.remove(0)
    }

    #[test]
    fn the_offered_load_is_rate_times_work() {
        let load = only(&model(25.0, Some(20), None, 1_000));
        assert_eq!((load.offered, load.agents, load.capacity), (25.0, 20, 20.0));
        assert!(load.overloaded);
        assert!(!only(&model(18.0, Some(20), None, 1_000)).overloaded);
        // Who waits in vain leaves: there is a steady state.
        assert!(!only(&model(25.0, Some(20), Some(1.0), 1_000)).overloaded);
        assert!(loads(&model(25.0, None, None, 1_000)).is_empty());
    }

    #[test]
    fn those_who_always_come_back_do_not_help() {
        let mut m = model(25.0, Some(20), Some(1.0), 1_000);
        let mut world = (*m.world).clone();
        let retry = |at_most| Retry {
            probability: 1.0,
            after: Law::Constant(5.0),
            at_most,
        };
        let law = Law::Constant(1.0);
        for (at_most, overloaded) in [(None, true), (Some(3), false)] {
            world.kinds[0].tolerance = Some(Tolerance {
                law: law.clone(),
                retry: Some(retry(at_most)),
                anew_after_hand_back: false,
            });
            m.world = world.clone().into();
            assert_eq!(only(&m).overloaded, overloaded);
        }
    }

    #[test]
    fn feedback_speed_and_several_at_once_count() {
        let mut m = model(0.5, Some(1), None, 1_000);
        m.service.hand_over = vec![HandOver {
            class: ClassId(0),
            team: ashcloud_core::TeamId(0),
            next: vec![(ClassId(0), 0.5)],
        }];
        let load = only(&m);
        assert!((load.offered - 1.0).abs() < 1e-9 && load.overloaded);
        m.service.speed[0][0] = 2.0;
        let load = only(&m);
        assert!((load.offered - 0.5).abs() < 1e-9 && !load.overloaded);
        m.plan.teams[0].at_once = 3;
        m.service.slowdown[0] = 0.35;
        assert!((only(&m).capacity - 3.0 / 1.7).abs() < 1e-12);
    }

    #[test]
    fn regular_arrivals_of_constant_work_may_fill_the_time() {
        let mut m = model(1.0, Some(1), None, 1_000);
        assert!(only(&m).overloaded);
        let mut world = (*m.world).clone();
        world.streams[0].source = Source::Renewal(Law::Constant(1.0));
        world.kinds[0].handling = Law::Constant(1.0);
        m.world = world.into();
        assert!(!only(&m).overloaded);
    }

    /// 1,000 comments at once, of a second each, for one agent, and nothing after them: 400 s are there, so 600 wait at the end, and
    /// are done 600 s later.
    #[test]
    fn a_storm_that_is_too_much_says_when_it_would_be_over() {
        let mut m = model(1.0, Some(1), None, 1_000);
        let mut world = (*m.world).clone();
        world.streams[0].source = Source::Times(vec![Time::ZERO + Span(1); 1_000].into());
        world.kinds[0].handling = Law::Constant(1.0);
        (world.horizon, world.end) = (Time(400 * Span::SECOND.0), Time(400 * Span::SECOND.0));
        m.world = world.clone().into();
        let found = behind(&m);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].comments - 600.0).abs() < 1.0 && (found[0].work - 600.0).abs() < 1.0);
        assert!((found[0].clear.unwrap() - 600.0).abs() < 1.0);
        // In time enough it is done.
        (world.horizon, world.end) = (Time(2_400 * Span::SECOND.0), Time(2_400 * Span::SECOND.0));
        m.world = world.into();
        assert!(behind(&m).is_empty());
    }
}
