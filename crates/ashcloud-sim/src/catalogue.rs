//! What is measured of a model: every item with its name and place, and where its number comes from.

use std::borrow::Cow;

use ashcloud_core::{CHANCES, ClassId, ClassPlan, LateFinish, Span, TeamPlan, Time};
use ashcloud_scenario::spec::{
    Attention, Charged, Clock, Compiled, Model, Names, Of, Target, TargetMeasure, World,
};
use ashcloud_stats::sure::Range;
use ashcloud_stats::{Fraction, Level, Measure, Recorder, Sections, Threshold};

/// Quantiles that are always reported.
const QUANTILES: [(f64, &str); 5] = [
    (0.5, "p50"),
    (0.9, "p90"),
    (0.95, "p95"),
    (0.99, "p99"),
    (0.999, "p999"),
];

/// Ages in minutes by which it is told how many are answered and how many are gone.
const AGES: [u64; 12] = [5, 15, 30, 60, 120, 240, 480, 720, 1_440, 2_880, 4_320, 10_080];
/// The badge is watched where so long is measured: it looks back seven days.
const BADGE_FROM: Span = Span(8 * 24 * Span::HOUR.0);

/// What a number is the number of.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// In snake case, the statistic last.
    pub measure: String,
    /// A class of the scenario, or "all".
    pub class: String,
    /// A team of the model, or "all".
    pub team: String,
    /// A channel, or "all".
    pub channel: String,
    /// Wall or business time.
    pub clock: Clock,
    /// Its unit.
    pub unit: Unit,
    source: Source,
}

/// Units of measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// A share, 0 to 1.
    Share,
    /// A number of things.
    Count,
    /// Agent-hours.
    Hours,
    /// Money, in the unit of `cost_per_hour`.
    Money,
}

impl Unit {
    /// As written in result documents.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Seconds => "s",
            Unit::Share => "share",
            Unit::Count => "count",
            Unit::Hours => "h",
            Unit::Money => "money",
        }
    }
}

/// Where an item's number comes from. Classes are arrival classes.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    Measure(Measure, Vec<usize>),
    /// When the house was first empty, in replications in which it was.
    TimeToClear,
    /// Whether it was before the end.
    Cleared,
    StaffHours,
    /// Hours charged to the page: of a team, or of all. Comments are what they are worked on.
    PageHours {
        team: Option<usize>,
        comments: Vec<usize>,
    },
    /// What those hours cost.
    StaffCost(Vec<usize>),
    /// What all hours on duty cost, whoever pays for them.
    DutyCost,
    CostPerAnswer(Vec<usize>),
    Quantile {
        waits: bool,
        of: Pick,
        q: f64,
    },
}

#[derive(Clone, Debug, PartialEq)]
enum Pick {
    Classes(Vec<usize>),
    Team(usize),
}

impl Item {
    /// Which quantile, if it is one.
    pub(crate) fn q(&self) -> Option<f64> {
        if let Source::Quantile { q, .. } = self.source {
            Some(q)
        } else {
            None
        }
    }

    /// What a replication adds to it, unless it is a quantile; `cleared`: when its house was first empty.
    pub(crate) fn fraction(&self, recorder: &Recorder, model: &Model, cleared: Option<Time>) -> Fraction {
        let teams = 0..model.plan.teams.len();
        let worked =
            |t: usize, classes: &[usize]| recorder.value(Measure::Busy(t), classes).numerator / 3600.0;
        // Of an unlimited team, the hours worked are the hours paid.
        let on_duty = |t: usize| {
            if model.plan.teams[t].agents.is_some() {
                recorder.value(Measure::StaffHours(t), &[]).numerator
            } else {
                worked(t, &recorder.all_classes())
            }
        };
        let charged = |t: usize, comments: &[usize]| match model.charged[t] {
            Charged::OnDuty => on_duty(t),
            Charged::AtWork => worked(t, comments),
        };
        let cost = |comments: &[usize]| {
            teams
                .clone()
                .map(|t| charged(t, comments) * model.cost_per_hour[t])
                .sum()
        };
        let (numerator, denominator) = match &self.source {
            Source::Measure(measure, classes) => return recorder.value(*measure, classes),
            Source::TimeToClear => (
                cleared.map_or(0.0, Time::seconds),
                f64::from(u8::from(cleared.is_some())),
            ),
            Source::Cleared => (f64::from(u8::from(cleared.is_some())), 1.0),
            Source::StaffHours => (teams.clone().map(on_duty).sum(), 1.0),
            Source::PageHours {
                team: Some(team),
                comments,
            } => (charged(*team, comments), 1.0),
            Source::PageHours { team: None, comments } => {
                (teams.clone().map(|t| charged(t, comments)).sum(), 1.0)
            }
            Source::StaffCost(comments) => (cost(comments), 1.0),
            Source::DutyCost => {
                let each = teams.clone().map(|t| on_duty(t) * model.cost_per_hour[t]);
                (each.sum(), 1.0)
            }
            Source::CostPerAnswer(comments) => {
                let answered = recorder.value(Measure::ResponseRate, comments).numerator;
                (cost(comments), answered)
            }
            Source::Quantile { .. } => return Fraction::default(),
        };
        Fraction {
            numerator,
            denominator,
        }
    }

    /// What values its ratio can have. A mean time lies below the length of the run.
    pub(crate) fn range(&self, model: &Model) -> Range {
        match (&self.source, self.unit) {
            (Source::Measure(..) | Source::Cleared, Unit::Share) => Range::Share,
            (Source::Measure(..) | Source::TimeToClear, Unit::Seconds) => {
                Range::UpTo(model.world.end.0 as f64 * 1e-9)
            }
            _ => Range::Open,
        }
    }

    /// The same for differences: between times whose spread says too little nothing narrower is known than the run is long.
    pub(crate) fn difference_range(&self) -> Range {
        match (&self.source, self.unit) {
            (Source::Measure(..), Unit::Share) => Range::Share,
            _ => Range::Open,
        }
    }

    /// Whether rosters alone make its value: hours on duty, and what they cost.
    pub(crate) fn is_fixed(&self, model: &Model) -> bool {
        let all = 0..model.plan.teams.len();
        let on_duty = |t: usize| has_fixed_hours(model, t);
        let charged = |t: usize| on_duty(t) && model.charged[t] == Charged::OnDuty;
        match &self.source {
            Source::StaffHours | Source::DutyCost => all.into_iter().all(on_duty),
            Source::Measure(Measure::StaffHours(team), _) => on_duty(*team),
            Source::PageHours { team: Some(team), .. } => charged(*team),
            Source::PageHours { team: None, .. } => all.into_iter().all(charged),
            Source::StaffCost(_) => all
                .into_iter()
                .all(|t| charged(t) || model.cost_per_hour[t] == 0.0),
            _ => false,
        }
    }

    /// Are both quantiles of one distribution?
    pub(crate) fn is_quantile_beside(&self, other: &Item) -> bool {
        match (&self.source, &other.source) {
            (Source::Quantile { waits: x, of: f, .. }, Source::Quantile { waits: y, of: g, .. }) => {
                x == y && f == g
            }
            _ => false,
        }
    }

    /// The distribution this is a quantile of, over the sections.
    pub(crate) fn sections<'a>(&self, distributions: &'a Recorder) -> Option<Cow<'a, Sections>> {
        let Source::Quantile { waits, of, .. } = &self.source else {
            return None;
        };
        let classes = match of {
            Pick::Team(team) => return distributions.team_responses(*team).map(Cow::Borrowed),
            Pick::Classes(classes) => classes,
        };
        let mut all: Option<Cow<'_, Sections>> = None;
        for &class in classes {
            let of_class = if *waits {
                distributions.waits(class)
            } else {
                distributions.responses(class)
            }?;
            match &mut all {
                None => all = Some(Cow::Borrowed(of_class)),
                Some(all) => all.to_mut().merge(of_class),
            }
        }
        all
    }
}

/// Whether the roster alone makes a team's hours on duty: who goes leaves at once, with nothing in hand to finish late.
fn has_fixed_hours(model: &Model, team: usize) -> bool {
    let agents = |t: &TeamPlan| t.agents.unwrap_or(0);
    let first: u32 = model.plan.teams[..team].iter().map(agents).sum();
    let of_team = &model.plan.teams[team];
    let members = first..first + agents(of_team);
    let goes = |change: &ashcloud_core::RosterChange| {
        members.contains(&change.agent.0) && !change.on && change.at > Time::ZERO
    };
    of_team.agents.is_some()
        && (of_team.late_finish == LateFinish::HandBack || !model.plan.roster.iter().any(goes))
}

/// Ages up to which every measured comment is followed; none where nobody is followed, or no response is kept.
pub(crate) fn ages(scenario: &Compiled, world: &World) -> Vec<Span> {
    let follow_up = world.end.since(world.horizon);
    let ages = AGES
        .into_iter()
        .map(|minutes| Span(minutes * 60 * Span::SECOND.0));
    ages.filter(|&age| scenario.observe.responses && age <= follow_up)
        .collect()
}

/// Whether the platform's badge is watched: on a page (queues of theory follow nobody up) over long enough a time that no
/// replication cuts short.
pub(crate) fn has_badge(scenario: &Compiled, world: &World) -> bool {
    world.end > world.horizon
        && world.horizon.since(world.warm_up) >= BADGE_FROM
        && !scenario.observe.until_clear
}

pub(crate) fn usize_of(class: ClassId) -> usize {
    usize::from(class.0)
}

/// Every arrival class but that of calls.
pub(crate) fn comments(names: &Names) -> Vec<usize> {
    (0..names.arrivals.len())
        .filter(|&c| names.calls.is_none_or(|calls| usize_of(calls) != c))
        .collect()
}

/// Where comments stand: the classes of the file or its channels (`of` picks which), with their arrival classes.
fn places(names: &Names, of: fn(&(usize, usize)) -> usize) -> Vec<(usize, Vec<usize>)> {
    let mut places: Vec<(usize, Vec<usize>)> = Vec::new();
    for c in comments(names) {
        let place = of(&names.arrivals[c]);
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, classes)) => classes.push(c),
            None => places.push((place, vec![c])),
        }
    }
    places.sort_unstable_by_key(|(place, _)| *place);
    places
}

fn threshold(target: &Target) -> Option<Threshold> {
    let (within, taken_up, daily) = match target.measure {
        TargetMeasure::AnsweredWithin(within, _) => (within, false, false),
        TargetMeasure::StartedWithin(within, _) => (within, true, false),
        TargetMeasure::Daily(within, _) => (within, false, true),
        _ => return None,
    };
    Some(Threshold {
        within,
        taken_up,
        business: target.clock == Clock::Business,
        daily,
    })
}

/// The thresholds of all targets, each once.
pub(crate) fn thresholds(scenario: &Compiled) -> Vec<Threshold> {
    let mut all = Vec::new();
    for threshold in scenario.targets.iter().filter_map(threshold) {
        if !all.contains(&threshold) {
            all.push(threshold);
        }
    }
    all
}

/// A place for which measures are reported.
struct Scope {
    class: String,
    channel: String,
    /// Its arrival classes.
    classes: Vec<usize>,
}

impl Scope {
    fn item(&self, measure: &str, unit: Unit, source: Source) -> Item {
        Item {
            measure: measure.into(),
            class: self.class.clone(),
            team: "all".into(),
            channel: self.channel.clone(),
            clock: Clock::Wall,
            unit,
            source,
        }
    }

    fn plain(&self, measure: &str, unit: Unit, source: Measure) -> Item {
        self.item(measure, unit, Source::Measure(source, self.classes.clone()))
    }

    fn quantiles(&self, waits: bool) -> impl Iterator<Item = Item> {
        let name = if waits { "wait" } else { "first_response" };
        QUANTILES.into_iter().map(move |(q, digits)| {
            let of = Pick::Classes(self.classes.clone());
            self.item(
                &format!("{name}_{digits}"),
                Unit::Seconds,
                Source::Quantile { waits, of, q },
            )
        })
    }

    /// Does this routing class come from here?
    fn holds(&self, model: &Model, class: ClassId) -> bool {
        self.classes
            .contains(&usize_of(model.base_class[usize_of(class)]))
    }
}

/// Everything that is estimated of a model.
pub(crate) fn catalogue(scenario: &Compiled, model: &Model) -> Vec<Item> {
    let names = &scenario.names;
    let all = "all".to_string();
    let whole = Scope {
        class: all.clone(),
        channel: all.clone(),
        classes: comments(names),
    };
    let mut scopes = Vec::new();
    for (of_class, texts) in [(true, &names.classes), (false, &names.channels)] {
        let found = places(names, if of_class { |p| p.0 } else { |p| p.1 });
        if found.len() < 2 {
            continue;
        }
        scopes.extend(found.into_iter().map(|(i, classes)| {
            let text = texts[i].clone();
            let (class, channel) = if of_class {
                (text, all.clone())
            } else {
                (all.clone(), text)
            };
            Scope {
                class,
                channel,
                classes,
            }
        }));
    }
    let mut items = of_comments(scenario, model, &whole);
    if scenario.observe.until_clear {
        items.push(whole.item("time_to_clear_mean", Unit::Seconds, Source::TimeToClear));
        items.push(whole.item("cleared_share", Unit::Share, Source::Cleared));
    }
    if has_badge(scenario, &model.world) {
        items.push(whole.plain("badge_days_share", Unit::Share, Measure::BadgeDays));
    }
    for scope in &scopes {
        items.extend(of_comments(scenario, model, scope));
    }
    if let Some(calls) = names.calls.map(usize_of).filter(|_| model.service.takes_calls) {
        let (class, channel) = names.arrivals[calls];
        for (class, channel) in [
            (names.classes[class].clone(), all.clone()),
            (all.clone(), names.channels[channel].clone()),
        ] {
            let classes = vec![calls];
            let scope = Scope {
                class,
                channel,
                classes,
            };
            items.extend(of_calls(scenario, model, &scope));
        }
    }
    for team in 0..model.plan.teams.len() {
        items.extend(of_team(scenario, model, team));
    }
    let comments = || whole.classes.clone();
    items.push(whole.item("staff_hours", Unit::Hours, Source::StaffHours));
    let page_hours = Source::PageHours {
        team: None,
        comments: comments(),
    };
    items.push(whole.item("page_hours", Unit::Hours, page_hours));
    if model.cost_per_hour.iter().any(|&c| c > 0.0) {
        items.push(whole.item("staff_cost", Unit::Money, Source::StaffCost(comments())));
        items.push(whole.item("duty_cost", Unit::Money, Source::DutyCost));
        items.push(whole.item("cost_per_answer", Unit::Money, Source::CostPerAnswer(comments())));
    }
    for target in 0..scenario.targets.len() {
        let item = target_item(scenario, target);
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items
}

/// May who writes or calls here give up?
fn is_impatient(model: &Model, scope: &Scope) -> bool {
    let mut kinds = scope.classes.iter().map(|&c| &model.world.kinds[c]);
    kinds.any(|kind| kind.tolerance.is_some())
}

/// May who writes or calls here find no place?
fn is_blocked(model: &Model, scope: &Scope) -> bool {
    let full = |(c, class): (usize, &ClassPlan)| {
        (class.queue_capacity.is_some() || class.lines.is_some()) && scope.holds(model, ClassId(c as u16))
    };
    model.plan.capacity.is_some() || model.plan.classes.iter().enumerate().any(full)
}

/// What is estimated of comments of a place.
fn of_comments(scenario: &Compiled, model: &Model, scope: &Scope) -> Vec<Item> {
    let mut items = vec![
        scope.plain("offered", Unit::Count, Measure::Offered),
        scope.plain("response_rate", Unit::Share, Measure::ResponseRate),
        scope.plain("first_response_mean", Unit::Seconds, Measure::ResponseMean),
    ];
    if scenario.observe.responses {
        items.extend(scope.quantiles(false));
    }
    items.push(scope.plain("wait_mean", Unit::Seconds, Measure::WaitMean));
    if scenario.observe.waits {
        items.extend(scope.quantiles(true));
    }
    let mut share = |name, measure, applies: bool| {
        if applies {
            items.push(scope.plain(name, Unit::Share, measure));
        }
    };
    let mut balking = scope.classes.iter().map(|&c| &model.world.kinds[c].balks);
    let picky = |(attention, team): (&Option<Attention>, &TeamPlan)| {
        attention.as_ref().is_some_and(|a| a.pick.is_some())
            && team.takes.iter().any(|takes| scope.holds(model, takes.class))
    };
    let mut attention = model.service.attention.iter().zip(&model.plan.teams);
    let consults = || {
        model
            .service
            .consults
            .iter()
            .filter(|c| scope.holds(model, c.class))
    };
    let selective =
        |(c, class): (usize, &ClassPlan)| class.taken_on < CHANCES && scope.holds(model, ClassId(c as u16));
    let mut classes = model.plan.classes.iter().enumerate();
    share("delayed_share", Measure::Delayed, true);
    share("left_share", Measure::Left, is_impatient(model, scope));
    share("blocked_share", Measure::Blocked, is_blocked(model, scope));
    share("balked_share", Measure::Balked, balking.any(|b| !b.is_empty()));
    share("ignored_share", Measure::Ignored, classes.any(selective));
    share("scrolled_past_share", Measure::ScrolledPast, attention.any(picky));
    share("consulted_share", Measure::Consulted, consults().next().is_some());
    share(
        "forgotten_share",
        Measure::Forgotten,
        consults().any(|c| c.forgets > 0.0),
    );
    share("unanswered_share", Measure::Unanswered, true);
    items.push(scope.plain("queue_length_mean", Unit::Count, Measure::Waiting));
    if scope.channel == "all" {
        items.extend(by_age(scenario, model, scope));
    }
    items
}

/// The cumulative incidence: how many are answered by each age, and gone by it where anybody may go.
fn by_age(scenario: &Compiled, model: &Model, scope: &Scope) -> Vec<Item> {
    let mut kinds = scope.classes.iter().map(|&c| &model.world.kinds[c]);
    let goes =
        is_impatient(model, scope) || is_blocked(model, scope) || kinds.any(|kind| !kind.balks.is_empty());
    let ages = ages(scenario, &model.world);
    let row = |what: &str, measure: fn(usize) -> Measure| -> Vec<Item> {
        let rows = ages.iter().enumerate();
        rows.map(|(i, &age)| scope.plain(&format!("{what}_by_{}", short(age)), Unit::Share, measure(i)))
            .collect()
    };
    let mut items = row("answered", Measure::AnsweredBy);
    if goes {
        items.extend(row("gone", Measure::GoneBy));
    }
    items
}

/// What is estimated of calls: they are answered while somebody waits on the line, so what counts is the wait.
fn of_calls(scenario: &Compiled, model: &Model, scope: &Scope) -> Vec<Item> {
    let mut items = vec![
        scope.plain("offered", Unit::Count, Measure::Offered),
        scope.plain("response_rate", Unit::Share, Measure::ResponseRate),
        scope.plain("wait_mean", Unit::Seconds, Measure::WaitMean),
    ];
    if scenario.observe.waits {
        items.extend(scope.quantiles(true));
    }
    if is_impatient(model, scope) {
        items.push(scope.plain("left_share", Unit::Share, Measure::Left));
    }
    if !model.plan.doors.is_empty() {
        items.push(scope.plain("dismissed_share", Unit::Share, Measure::Dismissed));
        items.push(scope.plain("calls_closed", Unit::Count, Measure::Closed));
    }
    if is_blocked(model, scope) {
        items.push(scope.plain("blocked_share", Unit::Share, Measure::Blocked));
    }
    items
}

/// What is estimated of a team.
fn of_team(scenario: &Compiled, model: &Model, team: usize) -> Vec<Item> {
    let all: Vec<usize> = (0..scenario.names.arrivals.len()).collect();
    let comments = comments(&scenario.names);
    let item = |measure: &str, unit, source| Item {
        measure: measure.into(),
        class: "all".into(),
        team: model.team_names[team].clone(),
        channel: "all".into(),
        clock: Clock::Wall,
        unit,
        source,
    };
    let mut items = Vec::new();
    if model.plan.teams[team].agents.is_some() {
        // Whoever has a call in hand is busy too.
        let occupancy = Source::Measure(Measure::Occupancy(team), all);
        items.push(item("occupancy", Unit::Share, occupancy));
        let hours = Source::Measure(Measure::StaffHours(team), comments.clone());
        items.push(item("staff_hours", Unit::Hours, hours));
    }
    let hours = Source::PageHours {
        team: Some(team),
        comments: comments.clone(),
    };
    items.push(item("page_hours", Unit::Hours, hours));
    if model.team_names.len() > 1 {
        let taken = Source::Measure(Measure::ShareOfTeam(team), comments);
        items.push(item("taken_up_share", Unit::Share, taken));
        if scenario.observe.responses {
            items.extend(QUANTILES.into_iter().map(|(q, name)| {
                let of = Pick::Team(team);
                let source = Source::Quantile { waits: false, of, q };
                item(&format!("first_response_{name}"), Unit::Seconds, source)
            }));
        }
    }
    items
}

/// The arrival classes that a target asks about.
pub(crate) fn target_classes(scenario: &Compiled, target: &Target) -> Vec<usize> {
    let names = &scenario.names;
    let comments = comments(names);
    let of_class = |class| -> Vec<usize> {
        let mut classes = comments.clone();
        classes.retain(|&c| names.arrivals[c].0 == class);
        // Nothing but calls has their class.
        if classes.is_empty() {
            classes.extend(
                names
                    .calls
                    .map(usize_of)
                    .filter(|&c| names.arrivals[c].0 == class),
            );
        }
        classes
    };
    target.class.map_or(comments.clone(), of_class)
}

/// Which of the thresholds that are recorded a target is about.
pub(crate) fn target_threshold(scenario: &Compiled, index: usize) -> Option<usize> {
    let of = threshold(&scenario.targets[index])?;
    thresholds(scenario).iter().position(|t| *t == of)
}

/// What a target is a target on.
pub(crate) fn target_item(scenario: &Compiled, index: usize) -> Item {
    let target = &scenario.targets[index];
    let names = &scenario.names;
    let classes = target_classes(scenario, target);
    let i = target_threshold(scenario, index).unwrap_or(0);
    let level = |of| match of {
        Of::Offered => (Level::Offered, "offered"),
        Of::Answered => (Level::Done, "answered"),
        Of::OfferedLeftCounted => (Level::LeftCounted, "offered_left_counted"),
        Of::OfferedLeftExcluded => (Level::LeftExcluded, "offered_left_excluded"),
    };
    let measured = |measure| Source::Measure(measure, classes.clone());
    let (measure, unit, source) = match target.measure {
        TargetMeasure::AnsweredWithin(within, of) => {
            let (level, of) = level(of);
            (
                format!("within_{}_of_{of}", short(within)),
                Unit::Share,
                measured(Measure::Within(i, level)),
            )
        }
        TargetMeasure::StartedWithin(within, of) => {
            let (level, of) = level(of);
            (
                format!("taken_up_within_{}_of_{of}", short(within)),
                Unit::Share,
                measured(Measure::Within(i, level)),
            )
        }
        TargetMeasure::MeanResponse => (
            "first_response_mean".into(),
            Unit::Seconds,
            measured(Measure::ResponseMean),
        ),
        TargetMeasure::MeanWait => ("wait_mean".into(), Unit::Seconds, measured(Measure::WaitMean)),
        TargetMeasure::ResponseQuantile(q) | TargetMeasure::WaitQuantile(q) => {
            let waits = matches!(target.measure, TargetMeasure::WaitQuantile(_));
            let name = if waits { "wait" } else { "first_response" };
            let source = Source::Quantile {
                waits,
                of: Pick::Classes(classes.clone()),
                q,
            };
            (format!("{name}_p{}", percent(q)), Unit::Seconds, source)
        }
        TargetMeasure::ResponseRate => (
            "response_rate".into(),
            Unit::Share,
            measured(Measure::ResponseRate),
        ),
        TargetMeasure::Daily(within, share) => (
            format!(
                "days_within_{}_of_offered_at_least_{}",
                short(within),
                percent(share)
            ),
            Unit::Share,
            measured(Measure::Days(i, share)),
        ),
        TargetMeasure::BadgeDays => (
            "badge_days_share".into(),
            Unit::Share,
            measured(Measure::BadgeDays),
        ),
    };
    // The only class of comments is all of them.
    let told_apart = classes != comments(names);
    let class = target
        .class
        .filter(|_| told_apart)
        .map_or("all".to_string(), |c| names.classes[c].clone());
    Item {
        measure,
        class,
        team: "all".into(),
        channel: "all".into(),
        clock: target.clock,
        unit,
        source,
    }
}

/// A share as it stands in a measure's name, in percent: "90", "999" is 99.9, and below 10 with a point: "9.5", "0.5". No two
/// shares have the same name.
fn percent(share: f64) -> String {
    if share >= 1.0 {
        return format!("{}", share * 100.0);
    }
    // Shifted in decimals, as the share is written: without rounding.
    let decimals = format!("{share:.2}").len().max(format!("{share}").len()) - 2;
    let text = format!("{share:.decimals$}");
    let (whole, rest) = text["0.".len()..].split_at(2);
    match whole.strip_prefix('0') {
        Some(unit) if !rest.is_empty() => format!("{unit}.{rest}"),
        Some(unit) => unit.into(),
        None => format!("{whole}{rest}"),
    }
}

/// A span as it stands in a measure's name: "1h", "30m", "1h30m", "20s", "250ms".
fn short(span: Span) -> String {
    let units = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
        (1, "ns"),
    ];
    let mut rest = span.0;
    let mut text = String::new();
    for (size, unit) in units {
        if rest >= size && (unit != "d" || span.0.is_multiple_of(size)) {
            text += &format!("{}{unit}", rest / size);
            rest %= size;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_shares_have_one_name() {
        let names = [
            0.5, 0.05, 0.95, 0.095, 0.995, 0.999, 0.01, 0.001, 0.125, 0.0125, 0.000_01,
        ]
        .map(percent);
        let expected = [
            "50", "5", "95", "9.5", "995", "999", "1", "0.1", "125", "1.25", "0.001",
        ];
        assert_eq!(names, expected);
        assert_eq!((percent(1.0).as_str(), percent(0.57).as_str()), ("100", "57"));
    }
}
