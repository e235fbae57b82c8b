//! From what came out of an experiment to the document that is written.

use ashcloud_report::{
    Asks, Band, Basis, Charged, Curve, Difference, Document, Estimate, Model, Moment, OfferedLoad, Precision,
    SCHEMA, Scenario, Target, Team, Timeline, Verdict, VerdictRow, WallClock, Warning, numbers,
};
use ashcloud_scenario::LocalClock;
use ashcloud_scenario::spec::{self, Clock, Compiled, Of, TargetMeasure};
use ashcloud_sim::experiment::{self, ModelOutcome, Outcome, Unit, bound};
use ashcloud_sim::load::loads;
use ashcloud_stats::{Direction, Distribution, Interval};

use crate::{reason, warnings};

/// Points of a distribution function.
const POINTS: usize = 200;

/// What the experiment itself does not know.
pub(crate) struct Provenance {
    /// Of the scenario file's bytes, in hexadecimal.
    pub(crate) sha256: String,
    /// How long it took.
    pub(crate) seconds: f64,
    /// Warnings of the files.
    pub(crate) warnings: Vec<Warning>,
}

/// The document of an outcome.
///
/// # Panics
/// Where two figures have one name. The compiler of scenarios refuses names that would lead there.
pub(crate) fn document(scenario: &Compiled, outcome: &Outcome, provenance: &Provenance) -> Document {
    let name = |model: usize| scenario.models[model].name.clone();
    let mut estimates = Vec::new();
    let mut verdicts = Vec::new();
    let mut distributions = Vec::new();
    let mut timeline = Vec::new();
    for model in &outcome.models {
        estimates.extend(
            model
                .estimates
                .iter()
                .map(|row| estimate(scenario, &name(model.model), row)),
        );
        verdicts.extend(
            model
                .verdicts
                .iter()
                .map(|judgement| verdict(scenario, &name(model.model), judgement)),
        );
        distributions.extend(curves(scenario, model));
        if !model.timeline.is_empty() {
            timeline.push(Timeline {
                model: name(model.model),
                moments: model
                    .timeline
                    .iter()
                    .map(|at| moment(at, clock_of(scenario, model.model)))
                    .collect(),
            });
        }
    }
    let horizon = outcome
        .models
        .first()
        .map_or(0.0, |m| seconds(scenario.models[m.model].world.horizon));
    let found = outcome
        .warnings
        .iter()
        .map(|found| warnings::of_run(scenario, found));
    let document = Document {
        schema: SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        scenario: Scenario {
            title: scenario.title.clone(),
            file: scenario.file.clone(),
            sha256: provenance.sha256.clone(),
        },
        seed: scenario.experiment.seed,
        replications: outcome.replications,
        complete: outcome.complete,
        warnings: provenance.warnings.iter().cloned().chain(found).collect(),
        confidence: scenario.experiment.confidence,
        precision: Precision {
            asked: scenario
                .experiment
                .replications
                .is_none()
                .then_some(scenario.experiment.half_width),
            reached: reached(outcome),
        },
        horizon_s: horizon,
        wall_clock: WallClock {
            seconds: provenance.seconds,
            comments: outcome.comments,
        },
        models: outcome.models.iter().map(|m| model(scenario, m)).collect(),
        targets: (0..scenario.targets.len())
            .map(|i| target(scenario, outcome, i))
            .collect(),
        estimates,
        differences: outcome
            .differences
            .iter()
            .map(|d| difference(scenario, d))
            .collect(),
        verdicts,
        distributions,
        timeline,
        configuration: scenario.configuration.clone(),
    };
    assert_eq!(document.colliding(), None, "two figures have one name");
    document
}

fn estimate(scenario: &Compiled, model: &str, row: &experiment::Row) -> Estimate {
    let (lower, upper) = ends(row.interval.as_ref());
    Estimate {
        model: model.into(),
        measure: row.item.measure.clone(),
        class: row.item.class.clone(),
        team: row.item.team.clone(),
        channel: row.item.channel.clone(),
        clock: clock(row.item.clock).into(),
        unit: row.item.unit.name().into(),
        value: row.estimate.value,
        lower,
        upper,
        confidence: scenario.experiment.confidence,
        n: row.estimate.n,
        basis: basis(row.interval.as_ref(), row.estimate.standard_error == Some(0.0)),
    }
}

fn verdict(scenario: &Compiled, model: &str, judgement: &experiment::Judgement) -> VerdictRow {
    let (lower, upper) = ends(judgement.interval.as_ref());
    VerdictRow {
        model: model.into(),
        target: scenario.targets[judgement.target].name.clone(),
        verdict: word(judgement.verdict),
        jointly: word(judgement.jointly),
        value: judgement.estimate.map(|e| e.value),
        lower,
        upper,
        basis: basis(judgement.interval.as_ref(), false),
        open: judgement.open,
        replications_needed: judgement.needed.map(|n| n.ceil() as u64),
        reason: reason::of(judgement),
    }
}

fn word(verdict: ashcloud_stats::Verdict) -> Verdict {
    match verdict {
        ashcloud_stats::Verdict::Met => Verdict::Met,
        ashcloud_stats::Verdict::Missed => Verdict::Missed,
        ashcloud_stats::Verdict::Undecided => Verdict::Undecided,
    }
}

/// How an interval was made; `same`: every replication came out alike.
fn basis(interval: Option<&Interval>, same: bool) -> Basis {
    match interval.map(|interval| interval.basis) {
        Some(ashcloud_stats::Basis::Exact) => Basis::Exact,
        Some(ashcloud_stats::Basis::Student) => Basis::T,
        Some(ashcloud_stats::Basis::Betting) => Basis::Betting,
        None if same => Basis::Same,
        None => Basis::None,
    }
}

fn difference(scenario: &Compiled, d: &experiment::Difference) -> Difference {
    let (lower, upper) = ends(d.interval.as_ref());
    Difference {
        a: scenario.models[d.a].name.clone(),
        b: scenario.models[d.b].name.clone(),
        measure: d.item.measure.clone(),
        class: d.item.class.clone(),
        clock: clock(d.item.clock).into(),
        unit: d.item.unit.name().into(),
        value: d.value,
        lower,
        upper,
        basis: basis(d.interval.as_ref(), d.same),
        same: d.same,
        paired: d.paired,
        correction: "bonferroni".into(),
    }
}

fn ends(interval: Option<&Interval>) -> (Option<f64>, Option<f64>) {
    let finite = |end: f64| Some(end).filter(|end| end.is_finite());
    (
        interval.and_then(|i| finite(i.lower)),
        interval.and_then(|i| finite(i.upper)),
    )
}

fn clock(clock: Clock) -> &'static str {
    match clock {
        Clock::Wall => "wall",
        Clock::Business => "business",
    }
}

/// The distributions of a model over all its classes but calls.
fn curves(scenario: &Compiled, model: &ModelOutcome) -> Vec<Curve> {
    let calls = scenario.names.calls.map(|calls| usize::from(calls.0));
    let classes = (0..scenario.names.arrivals.len()).filter(|&class| Some(class) != calls);
    let mut curves = Vec::new();
    for measure in ["first_response", "wait"] {
        let mut all = Distribution::new();
        for class in classes.clone() {
            let sections = match measure {
                "wait" => model.distributions.waits(class),
                _ => model.distributions.responses(class),
            };
            if let Some(sections) = sections {
                all.absorb(sections.merged());
            }
        }
        if all.count() > 0 {
            curves.push(Curve {
                model: scenario.models[model.model].name.clone(),
                measure: measure.into(),
                count: all.count(),
                points: all
                    .cdf(POINTS)
                    .iter()
                    .map(|point| (point.seconds, point.share))
                    .collect(),
            });
        }
    }
    curves
}

/// The local clock of a model's world.
fn clock_of(scenario: &Compiled, model: usize) -> Option<&LocalClock> {
    scenario
        .clocks
        .get(scenario.models[model].world_id as usize)?
        .as_ref()
}

fn moment(moment: &experiment::Moment, local: Option<&LocalClock>) -> Moment {
    let band = |band: experiment::Band| Band {
        mean: band.mean,
        p10: band.p10,
        p90: band.p90,
    };
    Moment {
        at_s: seconds(moment.at),
        local: local.map(|clock| clock.at(moment.at)),
        arrived: band(moment.arrived),
        waiting: band(moment.waiting),
        in_work: band(moment.in_work),
        on_duty: band(moment.on_duty),
        oldest_s: band(moment.oldest),
    }
}

/// Seconds, rounded once: an hour is 3600.
fn seconds(time: ashcloud_core::Time) -> f64 {
    time.0 as f64 / 1e9
}

fn model(scenario: &Compiled, outcome: &ModelOutcome) -> Model {
    let model = &scenario.models[outcome.model];
    let mut first = 0;
    let mut teams = Vec::new();
    for ((team, name), charged) in model.plan.teams.iter().zip(&model.team_names).zip(&model.charged) {
        let agents = first..first + team.agents.unwrap_or(0);
        first = agents.end;
        let (most, constant) = most_on_duty(&model.plan.roster, agents);
        teams.push(Team {
            name: name.clone(),
            agents: team.agents.map(|_| most),
            constant,
            charged: match charged {
                spec::Charged::OnDuty => Charged::OnDuty,
                spec::Charged::AtWork => Charged::AtWork,
            },
        });
    }
    Model {
        name: model.name.clone(),
        world: model.world_id,
        exact: outcome.determined,
        measured_s: if scenario.observe.until_clear {
            0.0
        } else {
            seconds(model.world.horizon) - seconds(model.world.warm_up)
        },
        teams,
        offered_load: loads(model)
            .into_iter()
            .map(|load| OfferedLoad {
                teams: load.teams,
                erlangs: load.offered,
                agents: load.agents,
                capacity: load.capacity,
            })
            .collect(),
    }
}

/// Most of these agents on duty at once, and whether as many are at all times. All are on duty at first; changes at one
/// instant count together.
fn most_on_duty(roster: &[ashcloud_core::RosterChange], agents: std::ops::Range<u32>) -> (u32, bool) {
    let mut on_duty = i64::from(agents.end - agents.start);
    let (mut most, mut least) = (None, None);
    let mut on = vec![true; agents.len()];
    let changes: Vec<_> = roster
        .iter()
        .filter(|change| agents.contains(&change.agent.0))
        .collect();
    let mut next = 0;
    let mut now = ashcloud_core::Time::ZERO;
    loop {
        while let Some(change) = changes.get(next).filter(|change| change.at == now) {
            let was = &mut on[(change.agent.0 - agents.start) as usize];
            on_duty += i64::from(change.on) - i64::from(*was);
            *was = change.on;
            next += 1;
        }
        most = most.max(Some(on_duty));
        least = Some(least.map_or(on_duty, |least: i64| least.min(on_duty)));
        match changes.get(next) {
            Some(change) => now = change.at,
            None => return (most.unwrap_or(0).max(0) as u32, most == least),
        }
    }
}

fn target(scenario: &Compiled, outcome: &Outcome, index: usize) -> Target {
    let target = &scenario.targets[index];
    // A target on calls applies only to who takes some.
    let judged = outcome
        .models
        .iter()
        .find_map(|m| m.verdicts.iter().find(|v| v.target == index));
    let class = || {
        target
            .class
            .map_or("all", |class| scenario.names.classes[class].as_str())
    };
    let (threshold, direction) = bound(target);
    Target {
        name: target.name.clone(),
        measure: judged.map_or_else(String::new, |v| v.item.measure.clone()),
        class: judged.map_or_else(|| class().into(), |v| v.item.class.clone()),
        clock: clock(target.clock).into(),
        unit: judged.map_or(Unit::Share, |v| v.item.unit).name().into(),
        asks: match direction {
            Direction::AtLeast => Asks::AtLeast,
            Direction::AtMost => Asks::AtMost,
        },
        threshold,
        words: words(target),
    }
}

/// What a target measures, in words that follow a share ("83 % answered within 1 h") or precede a time.
fn words(target: &spec::Target) -> String {
    let hours = if target.clock == Clock::Business {
        " (in opening hours)"
    } else {
        ""
    };
    let within = |span: ashcloud_core::Span| match span {
        ashcloud_core::Span::ZERO => "at once".to_string(),
        _ => format!("within {}{hours}", numbers::duration(span.seconds())),
    };
    let service = |done: &str, span, of| match of {
        Of::Offered => format!("{done} {}", within(span)),
        Of::Answered => format!("of those {done} were {done} {}", within(span)),
        Of::OfferedLeftCounted => format!("{done} or gone {}", within(span)),
        Of::OfferedLeftExcluded => format!("{done} {}, those gone by then left out,", within(span)),
    };
    match target.measure {
        TargetMeasure::AnsweredWithin(span, of) => service("answered", span, of),
        TargetMeasure::StartedWithin(span, of) => service("taken up", span, of),
        TargetMeasure::MeanResponse => "mean first response".into(),
        TargetMeasure::MeanWait => "mean wait".into(),
        TargetMeasure::ResponseQuantile(q) => format!("time in which {} of the answers came", percent(q)),
        TargetMeasure::WaitQuantile(q) => format!("time in which {} of the waits were over", percent(q)),
        TargetMeasure::ResponseRate => "answered".into(),
        TargetMeasure::Daily(span, share) => {
            format!(
                "of days had at least {} answered {},",
                percent(share),
                within(span)
            )
        }
        TargetMeasure::BadgeDays => "of days showed the badge,".into(),
    }
}

fn percent(share: f64) -> String {
    let text = numbers::bare_share(share, 3);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The widest half-width of the targets' measures (of the mean first response without targets): absolute for shares,
/// relative for others. `None` where one is not known.
fn reached(outcome: &Outcome) -> Option<f64> {
    let of = |unit: Unit, interval: Option<Interval>| {
        let interval = interval?;
        match unit {
            Unit::Share => Some(interval.half_width),
            _ if interval.half_width == 0.0 => Some(0.0),
            _ => interval.relative_half_width(),
        }
        .filter(|half_width| half_width.is_finite())
    };
    let mut widest = None;
    for model in &outcome.models {
        let headline = || {
            model
                .estimates
                .iter()
                .find(|row| row.item.measure == "first_response_mean")
        };
        let found: Vec<Option<f64>> = if model.verdicts.is_empty() {
            vec![headline().and_then(|row| of(row.item.unit, row.interval))]
        } else {
            model
                .verdicts
                .iter()
                .map(|v| of(v.item.unit, v.interval))
                .collect()
        };
        for half_width in found {
            let half_width = half_width?;
            widest = Some(widest.map_or(half_width, |known: f64| known.max(half_width)));
        }
    }
    widest
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashcloud_core::{AgentId, RosterChange, Span, Time};

    #[test]
    fn changes_at_one_instant_count_together() {
        let change = |at, agent, on| RosterChange {
            at: Time(at),
            agent: AgentId(agent),
            on,
        };
        assert_eq!(most_on_duty(&[], 0..7), (7, true));
        // Agents 0 and 1 by day, 2 by night: one hands over to the other two.
        let roster = [
            change(0, 2, false),
            change(5, 0, false),
            change(5, 1, false),
            change(5, 2, true),
        ];
        assert_eq!(most_on_duty(&roster, 0..3), (2, false));
        assert_eq!(most_on_duty(&roster, 3..5), (2, true));
        assert_eq!(most_on_duty(&[], 0..0), (0, true));
    }

    #[test]
    fn targets_in_words() {
        let target = |measure, clock| {
            words(&spec::Target {
                name: String::new(),
                measure,
                threshold: 0.8,
                class: None,
                clock,
            })
        };
        let hour = Span::HOUR;
        assert_eq!(
            target(TargetMeasure::AnsweredWithin(hour, Of::Offered), Clock::Wall),
            "answered within 1 h"
        );
        assert_eq!(
            target(
                TargetMeasure::StartedWithin(Span(20 * Span::SECOND.0), Of::Offered),
                Clock::Business
            ),
            "taken up within 20 s (in opening hours)"
        );
        assert_eq!(
            target(TargetMeasure::ResponseQuantile(0.995), Clock::Wall),
            "time in which 99.5 % of the answers came"
        );
        assert_eq!(
            target(TargetMeasure::Daily(hour, 0.8), Clock::Wall),
            "of days had at least 80 % answered within 1 h,"
        );
    }
}
