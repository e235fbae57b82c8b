//! Targets that no staffing could meet: where handling alone takes too long, no team is open in time, or too little is
//! taken on. A bound from above: every comment is taken up the moment a team may.

use ashcloud_core::{CHANCES, ClassId, Span, TeamId, Time};

use crate::classes::ArrivalClasses;
use crate::cumulative::at_most;
use crate::file::Target as Shape;
use crate::quantity::write_span;
use crate::reader::Reader;
use crate::spec::{BatchSize, Clock, Kind, Of, Source, Stream, Target, TargetMeasure, World};
use crate::staffing::StaffingDraft;
use crate::tree::Origin;

/// Moments at which arrivals of one stream are looked at.
const MOMENTS: usize = 2_000;
/// Looks in all: many models and targets are looked at less closely.
const MANY: usize = 4_000_000;

/// A staffing model with the world it meets.
pub(crate) struct MetModel<'a> {
    pub(crate) name: &'a str,
    /// Where its teams stand.
    pub(crate) at: Origin,
    pub(crate) world: &'a World,
    pub(crate) staffing: &'a StaffingDraft,
}

/// Models with the worlds they meet, and what is asked of them.
pub(crate) struct Question<'a> {
    /// Who is asked.
    pub(crate) models: Vec<MetModel<'a>>,
    /// What arrives.
    pub(crate) classes: &'a ArrivalClasses,
    /// As they are written, and compiled.
    pub(crate) targets: Vec<(&'a Shape, &'a Target)>,
}

/// Says which targets cannot be met, and why.
pub(crate) fn warn_of_targets(reader: &mut Reader, question: &Question<'_>) {
    let asked_about = question.models.len() * question.targets.len() * question.classes.arrivals.len();
    let moments = (MANY / asked_about.max(1)).clamp(MOMENTS / 40, MOMENTS);
    for (shape, target) in &question.targets {
        let Some(asked) = Asked::of(target, question.classes) else {
            continue;
        };
        let mut told: Vec<(Why, Vec<String>)> = Vec::new();
        for model in &question.models {
            let Some((why, most)) = asked.doubt(model.world, model.staffing, moments) else {
                continue;
            };
            let tenths = (most * 1000.0).round() / 10.0;
            let model = format!("`{}` (at most about {tenths} %)", model.name);
            match told.iter_mut().find(|known| known.0 == why) {
                Some(known) => known.1.push(model),
                None => told.push((why, vec![model])),
            }
        }
        for (why, models) in told {
            let message = format!(
                "this target is out of reach of {}: {}",
                listed(&models),
                why.words(asked.within)
            );
            reader
                .warning(shape.here, message)
                .code("target-out-of-reach")
                .help(why.help());
        }
    }
}

/// Names, as far as they are read.
fn listed(names: &[String]) -> String {
    const READ: usize = 3;
    if names.len() <= READ {
        return names.join(", ");
    }
    format!("{} and {} more", names[..READ].join(", "), names.len() - READ)
}

/// Why a target cannot be met.
#[derive(Clone, Copy, PartialEq)]
enum Why {
    NotTakenOn,
    TooLongInHand,
    NoneOpen,
}

impl Why {
    fn words(self, within: Span) -> String {
        let within = write_span(within);
        match self {
            Why::NotTakenOn => "the rest is never taken on".into(),
            Why::TooLongInHand => format!("the rest is longer in hand than {within}"),
            Why::NoneOpen => format!("the rest arrives when no team opens within {within}"),
        }
    }

    fn help(self) -> &'static str {
        match self {
            Why::NotTakenOn => "more `answers` in [routing], or a smaller share",
            Why::TooLongInHand => "a longer time, or a smaller share",
            Why::NoneOpen => "longer opening hours, a longer time, or clock = \"business\"",
        }
    }
}

/// What a target asks of single comments.
struct Asked {
    within: Span,
    /// Of so many.
    share: f64,
    /// Answered, not only taken up.
    handled: bool,
    /// What is never taken on counts as missed.
    of_all: bool,
    /// Arrival classes it is of.
    classes: Vec<bool>,
}

/// Shares that could be reached: were everything answered at once that is taken on; were it taken up at once; were it taken
/// up when a team opens.
type Bounds = [f64; 3];

impl Asked {
    /// `None` for targets that are no share of comments in time on the wall clock, and for those of calls.
    fn of(target: &Target, classes: &ArrivalClasses) -> Option<Asked> {
        let seconds = || Span::from_seconds(target.threshold);
        let (within, share, handled, of_all) = match target.measure {
            TargetMeasure::AnsweredWithin(within, Of::Offered) => (within, target.threshold, true, true),
            TargetMeasure::StartedWithin(within, Of::Offered) => (within, target.threshold, false, true),
            TargetMeasure::ResponseQuantile(q) => (seconds(), q, true, false),
            TargetMeasure::WaitQuantile(q) => (seconds(), q, false, false),
            _ => return None,
        };
        let of = |(id, arrival): (usize, &(usize, usize, Option<usize>))| {
            !classes.is_calls(id) && target.class.is_none_or(|class| class == arrival.0)
        };
        let classes: Vec<bool> = classes.arrivals.iter().enumerate().map(of).collect();
        let asks = target.clock == Clock::Wall && classes.contains(&true);
        asks.then_some(Asked {
            within,
            share,
            handled,
            of_all,
            classes,
        })
    }

    /// Why the most that could be reached lies below what is asked, and that most; `None` where it does not.
    fn doubt(&self, world: &World, staffing: &StaffingDraft, moments: usize) -> Option<(Why, f64)> {
        // Where customers leave, those who are answered are not like those who come.
        let leave = |(id, kind): (usize, &Kind)| self.classes[id] && kind.tolerance.is_some();
        if !self.of_all && world.kinds.iter().enumerate().any(leave) {
            return None;
        }
        let [taken_on, at_once, open] = self.bounds(world, staffing, moments)?;
        // Openings are looked at now and then only.
        let edge = 4.0 / moments as f64;
        if taken_on + 1e-9 < self.share {
            Some((Why::NotTakenOn, taken_on))
        } else if at_once + 1e-9 < self.share {
            Some((Why::TooLongInHand, at_once))
        } else {
            (open + edge < self.share).then_some((Why::NoneOpen, open))
        }
    }

    /// Bounds over all arrivals that are measured; where it is not known how many a stream brings, the best of all streams.
    fn bounds(&self, world: &World, staffing: &StaffingDraft, moments: usize) -> Option<Bounds> {
        let mut sums = [0.0; 3];
        let mut best = [0.0_f64; 3];
        let (mut mass, mut known) = (0.0, true);
        let streams = world.streams.iter().enumerate();
        let streams = streams.filter(|(place, _)| Some(*place) != world.phone);
        let mut all: Vec<(Arrivals, &[(ClassId, f64)])> = streams
            .map(|(_, stream)| (Arrivals::of(stream, world, moments), stream.mix.as_slice()))
            .collect();
        for &(class, number) in world.backlog.iter().filter(|_| world.warm_up == Time::ZERO) {
            let waiting = Arrivals {
                number: Some(f64::from(number)),
                at: Some(vec![(Time::ZERO, 1.0, Some(class))]),
            };
            all.push((waiting, &[]));
        }
        for (arrivals, mix) in all {
            let (weight, bounds) = self.stream(&arrivals, mix, world, staffing);
            if weight <= 0.0 {
                continue;
            }
            let number = arrivals.number.map(|number| number * weight);
            known &= number.is_some();
            let number = number.unwrap_or(0.0);
            mass += number;
            for place in 0..3 {
                sums[place] += number * bounds[place];
                best[place] = best[place].max(bounds[place]);
            }
        }
        if known && mass > 0.0 {
            return Some(sums.map(|sum| sum / mass));
        }
        (!known).then_some(best)
    }

    /// The share of a stream that the target is of, and the bounds over that.
    fn stream(
        &self,
        arrivals: &Arrivals,
        mix: &[(ClassId, f64)],
        world: &World,
        staffing: &StaffingDraft,
    ) -> (f64, Bounds) {
        let (mut all, mut weight, mut sums) = (0.0, 0.0, [0.0; 3]);
        let unknown = [(Time::ZERO, 1.0, None)];
        for &(at, share, class) in arrivals.at.as_deref().unwrap_or(&unknown) {
            let at = arrivals.at.is_some().then_some(at);
            let own = class.map(|class| [(class, 1.0)]);
            let mix = own.as_ref().map_or(mix, |own| own.as_slice());
            all += share;
            for &(class, part) in mix.iter().filter(|m| self.classes[usize::from(m.0.0)]) {
                let bounds = self.class(class, at, world, staffing);
                weight += share * part;
                for place in 0..3 {
                    sums[place] += share * part * bounds[place];
                }
            }
        }
        if weight <= 0.0 {
            return (0.0, sums);
        }
        (weight / all, sums.map(|sum| sum / weight))
    }

    /// Bounds for a comment of a class that arrives then; at an unknown moment a team is there at once.
    fn class(&self, class: ClassId, at: Option<Time>, world: &World, staffing: &StaffingDraft) -> Bounds {
        let id = usize::from(class.0);
        let taken_on = if self.of_all {
            f64::from(staffing.plan.classes[id].taken_on) / f64::from(CHANCES)
        } else {
            1.0
        };
        let law = staffing.service.handling[id]
            .as_ref()
            .unwrap_or(&world.kinds[id].handling);
        let (mut at_once, mut open) = (0.0_f64, 0.0_f64);
        for preference in &staffing.plan.classes[id].teams {
            let team = preference.team;
            let speed = staffing.service.speed[id][usize::from(team.0)];
            let in_time = |left: Span| {
                if self.handled {
                    at_most(law, left.seconds() * speed)
                } else {
                    1.0
                }
            };
            if preference.after <= self.within {
                at_once = at_once.max(in_time(Span(self.within.0 - preference.after.0)));
            }
            let Some(at) = at else {
                open = at_once;
                continue;
            };
            let waits = opens(staffing, team, at + preference.after).map(|opens| opens.since(at));
            if let Some(waits) = waits.filter(|&waits| waits <= self.within) {
                open = open.max(in_time(Span(self.within.0 - waits.0)));
            }
        }
        [taken_on, taken_on * at_once, taken_on * open]
    }
}

/// When a team may first take something up, from an instant on: while it is open, or looking after hours.
fn opens(staffing: &StaffingDraft, team: TeamId, from: Time) -> Option<Time> {
    let place = usize::from(team.0);
    let hours = staffing.team_hours[place].after(from, Span::ZERO);
    let sofa = staffing.service.attention[place]
        .as_ref()
        .and_then(|attention| attention.sofa.as_ref())
        .and_then(|sofa| sofa.windows.iter().find(|window| window.1 > from))
        .map(|window| window.0.max(from));
    hours.into_iter().chain(sofa).min()
}

/// When the measured comments of a stream arrive, as far as that is known beforehand.
struct Arrivals {
    /// How many are expected.
    number: Option<f64>,
    /// Moments with their weights, and the class where it is given.
    at: Option<Vec<(Time, f64, Option<ClassId>)>>,
}

impl Arrivals {
    fn of(stream: &Stream, world: &World, moments: usize) -> Arrivals {
        let window = world.horizon.since(world.warm_up);
        let seconds = window.seconds();
        let measured = |at: Time| at >= world.warm_up && at < world.horizon;
        let middle = |i: usize| {
            let into = (i as f64 + 0.5) / moments as f64 * seconds;
            world.warm_up + Span::from_seconds(into)
        };
        let evenly = || Some((0..moments).map(|i| (middle(i), 1.0, None)).collect());
        let unknown = Arrivals {
            number: None,
            at: None,
        };
        if stream.contagion.is_some() {
            return unknown;
        }
        match &stream.source {
            Source::Poisson { rate } => Arrivals {
                number: Some(rate * seconds),
                at: evenly(),
            },
            Source::Batch { rate, size } => Arrivals {
                number: Some(
                    rate * seconds
                        * match size {
                            BatchSize::Fixed(n) => f64::from(*n),
                            BatchSize::Geometric(mean) => *mean,
                        },
                ),
                at: evenly(),
            },
            Source::Renewal(_) | Source::Mmpp { .. } => Arrivals {
                number: None,
                at: evenly(),
            },
            Source::Pieces { pieces, .. } => {
                let rate = |at: Time| {
                    let begun = pieces.partition_point(|piece| piece.from <= at);
                    begun.checked_sub(1).map_or(0.0, |piece| pieces[piece].rate)
                };
                let at: Vec<_> = (0..moments).map(|i| (middle(i), rate(middle(i)), None)).collect();
                let mean = at.iter().map(|moment| moment.1).sum::<f64>() / moments as f64;
                Arrivals {
                    number: Some(mean * seconds),
                    at: Some(at),
                }
            }
            Source::Times(times) => {
                let at: Vec<_> = times.iter().filter(|&&at| measured(at)).collect();
                let step = at.len().div_ceil(moments).max(1);
                Arrivals {
                    number: Some(at.len() as f64),
                    at: Some(at.iter().step_by(step).map(|&&at| (at, 1.0, None)).collect()),
                }
            }
            Source::Trace(trace) => {
                let at: Vec<_> = trace.events.iter().filter(|event| measured(event.at)).collect();
                let step = at.len().div_ceil(moments).max(1);
                let looked = at.iter().step_by(step);
                Arrivals {
                    number: Some(at.len() as f64 * trace.keep),
                    at: Some(looked.map(|event| (event.at, 1.0, event.class)).collect()),
                }
            }
            Source::Decay { .. } | Source::Sinusoidal { .. } | Source::Storm { .. } => unknown,
        }
    }
}

/// Says which classes find no team on duty before the horizon.
pub(crate) fn warn_of_empty_desks(reader: &mut Reader, question: &Question<'_>) {
    for &MetModel {
        name,
        at,
        world,
        staffing,
    } in &question.models
    {
        let never = |id: usize| {
            let teams = staffing.plan.classes[id].teams.iter();
            let on_duty = |team: TeamId| {
                opens(staffing, team, world.warm_up).is_some_and(|opens| opens < world.horizon)
            };
            teams.clone().count() > 0 && !teams.clone().any(|preference| on_duty(preference.team))
        };
        let arriving: Vec<usize> = (0..question.classes.arrivals.len()).collect();
        let classes: Vec<usize> = arriving.iter().copied().filter(|&id| never(id)).collect();
        if classes.is_empty() {
            continue;
        }
        let message = if classes.len() == arriving.len() {
            format!("no team of `{name}` is on duty before the horizon")
        } else {
            let names: Vec<String> = classes
                .iter()
                .map(|&id| question.classes.describe(ClassId(id as u16)))
                .collect();
            format!(
                "no team of `{name}` that takes {} is on duty before the horizon",
                names.join(" or ")
            )
        };
        reader
            .warning(at, message)
            .code("none-on-duty")
            .help("look at days, hours and holidays, and at `start` and `horizon`");
    }
}
