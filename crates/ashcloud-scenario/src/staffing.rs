//! Who answers: one staffing model, from its file's shape to a plan and the way its people work.

use std::collections::{BTreeMap, BTreeSet};

use ashcloud_core::{
    AgentChoice, Attention, Between, CHANCES, ClassId, ClassPlan, DoorChange, Expiry, Hours, LateFinish,
    LeavesFirst, Plan, Preemption, Preference, RosterChange, Span, Takes, TeamId, TeamPlan, Time,
};

use crate::attention::{self, PartTime};
use crate::classes::{ALL, ArrivalClasses, BUILT_IN, CALL, PHONE};
use crate::consult;
use crate::data::CsvCache;
use crate::file::{
    ChargedWord, ChoiceWord, HandOverShape, LateFinishWord, LeavesFirstWord, Observe, OrderWord, PerClass,
    Routing, Staffing, Team,
};
use crate::handover::{Chain, Role};
use crate::law::time_law;
use crate::reader::Reader;
use crate::roster;
use crate::rules::{Rules, check_class, rules};
use crate::shape::{Either, Field};
use crate::spec::{Charged, Kind, Law, Service};
use crate::tree::Origin;
use crate::world::WorldDraft;

/// Channels that are known even where nothing arrives on them.
const CHANNELS: [&str; 5] = ["wall", "private", "phone", "mail", "chat"];

/// Who takes calls, for faults.
const TAKES_CALLS: &str = "a team with takes_phone = true takes calls, oldest first and before anything else";

/// A staffing model, compiled, with what it asks of the world.
pub(crate) struct StaffingDraft {
    /// What it decides.
    pub(crate) plan: Plan,
    /// How its people work.
    pub(crate) service: Service,
    /// Names of teams.
    pub(crate) team_names: Vec<String>,
    /// Opening hours of teams.
    pub(crate) team_hours: Vec<Hours>,
    /// Pay per agent-hour of teams.
    pub(crate) cost_per_hour: Vec<f64>,
    /// Hours of teams that are paid for.
    pub(crate) charged: Vec<Charged>,
    /// Arrival class of each routing class.
    pub(crate) base_class: Vec<ClassId>,
    /// Weight of the topic of each stream.
    pub(crate) topic_weights: Vec<f64>,
}

/// What a staffing model is compiled against.
pub(crate) struct Setting<'a> {
    /// The world it meets.
    pub(crate) world: &'a WorldDraft,
    /// What arrives.
    pub(crate) classes: &'a ArrivalClasses,
    /// Classes that the scenario describes.
    pub(crate) described: Vec<&'a str>,
    /// Extra measures.
    pub(crate) observe: Option<&'a Observe>,
    /// Does the scenario have a phone line?
    pub(crate) phone: bool,
}

/// A team with its fields read.
pub(crate) struct TeamFacts {
    pub(crate) agents: Option<u32>,
    pub(crate) at_once: u32,
    pub(crate) at_once_at: Origin,
    speed: f64,
    speed_at: Origin,
    leaves_first: LeavesFirst,
    pub(crate) late_finish: LateFinish,
    slowdown: f64,
    set_up: Option<Law>,
    cost: f64,
    hours: Hours,
    roster: Vec<RosterChange>,
    /// When it looks, where that is not all the time.
    part_time: Option<PartTime>,
    /// Does it take calls?
    pub(crate) takes_phone: bool,
    /// Agents kept free for them.
    pub(crate) reserve: u32,
    charged: Charged,
    /// What it may take of the page, per arrival class.
    pub(crate) matches: Vec<Option<Match>>,
}

/// What a team's skill says of an arrival class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match {
    rank: u64,
    after: Span,
    pub(crate) reserve: u32,
    pub(crate) speed: f64,
    prefer: u64,
    at: Origin,
}

/// Compiles a staffing model. Every fault in it is noted; `None` only where too little is left to go on with.
pub(crate) fn compile_staffing(
    reader: &mut Reader,
    csv: &mut CsvCache,
    staffing: &Staffing,
    setting: &Setting<'_>,
) -> Option<StaffingDraft> {
    let classes = setting.classes;
    let shapes = staffing.teams.get()?;
    let teams_at = staffing.teams.place_or(staffing.here);
    if shapes.is_empty() {
        reader.error(teams_at, "at least one team is needed");
    }
    let team_names = team_names(reader, shapes);
    let mut teams = Vec::new();
    let mut first_agent = 0_u32;
    let mut changes = 0;
    for shape in shapes {
        let team = team_facts(reader, csv, shape, setting, first_agent, changes);
        if let Some(team) = &team {
            first_agent += team.agents.unwrap_or(0);
            changes += team.roster.len();
        }
        teams.push(team);
    }
    if u64::from(first_agent) > roster::AGENT_LIMIT {
        reader
            .error(teams_at, "at most 100,000 agents in all teams")
            .found(first_agent.to_string());
    }
    let routing = staffing.routing.get();
    if let Some(routing) = routing {
        check_routing_names(reader, routing, setting);
    }
    let rules = rules(
        reader,
        routing,
        staffing.here,
        &classes.classes,
        &setting.world.facts,
        classes
            .calls()
            .map(|calls| classes.arrivals[usize::from(calls.0)].0),
    );
    let topic_weights = topic_weights(reader, routing, &setting.world.topics);
    let hand_overs = staffing.hand_over.get().map_or(&[][..], |h| h.as_slice());
    let hand_overs = read_hand_overs(reader, csv, hand_overs, &team_names, setting);
    let consulting = consult::consulting(reader, csv, staffing, shapes, &team_names, setting);
    let taken_on = taken_on(reader, routing, setting);
    let teams: Option<Vec<TeamFacts>> = teams.into_iter().collect();
    let (teams, team_names) = (teams?, team_names);
    check_rules_and_teams(reader, shapes, &teams, &rules);

    let preferences: Vec<Vec<Preference>> = (0..classes.arrivals.len())
        .map(|class| preferences(reader, class, classes.is_calls(class), &teams, routing, teams_at))
        .collect();
    for (class, preferences) in preferences.iter().enumerate() {
        if preferences.is_empty() && !teams.is_empty() && !classes.is_calls(class) {
            let message = format!("no team takes {}", classes.describe(ClassId(class as u16)));
            reader
                .error(teams_at, message)
                .help("name the class in the `skills` of a team");
        }
    }
    let chain = Chain::build(
        reader,
        staffing,
        &hand_overs,
        &preferences,
        classes,
        &teams,
        &consulting,
    )?;
    for (team, shape) in shapes.iter().enumerate() {
        if !chain.taken_by(TeamId(team as u16)) && !classes.arrivals.is_empty() {
            let name = &team_names[team];
            let fault = reader
                .warning(
                    shape.skills.place_or(shape.here),
                    format!("nothing that arrives is for the team `{name}`"),
                )
                .code("idle-team");
            fault.help(if shape.skills.given() {
                "its `skills` match no class of the scenario"
            } else {
                "only calls arrive, and it does not take the phone"
            });
        }
    }
    warn_of_picking(reader, shapes, &teams, &team_names);
    let on_the_phone = shapes.iter().zip(&teams).find(|(_, team)| team.takes_phone);
    if let Some((shape, _)) = on_the_phone.filter(|_| !setting.phone) {
        let message = "this team takes the phone, but no calls come: the scenario has no [phone]";
        reader
            .warning(shape.takes_phone.place_or(shape.here), message)
            .code("no-calls-for-the-phone");
    }
    let queue_limits = queue_limits(routing, classes, &chain);
    let takes_calls = teams.iter().any(|t| t.takes_phone);
    let trunks = setting.world.trunks.filter(|_| takes_calls);
    let class_plans: Vec<ClassPlan> = chain
        .stages
        .iter()
        .enumerate()
        .map(|(id, stage)| {
            let name = classes.arrivals[usize::from(stage.base.0)].0;
            ClassPlan {
                order: rules.order(name),
                teams: stage.teams.clone(),
                slope: rules.slopes[name],
                queue_capacity: queue_limits[id],
                lines: trunks.filter(|_| classes.is_calls(id)),
                taken_on: taken_on.get(id).copied().unwrap_or(CHANCES),
            }
        })
        .collect();
    let takes: Vec<Vec<Takes>> = (0..teams.len())
        .map(|team| {
            takes(
                reader,
                TeamId(team as u16),
                &chain,
                &teams,
                routing,
                classes,
                &rules,
            )
        })
        .collect();
    if let (Some(routing), Preemption::BetterRank) = (routing, rules.preemption)
        && takes.iter().all(|t| t.iter().all(|t| t.rank == 0))
    {
        let fault = reader
            .warning(
                routing.preempt.place_or(routing.here),
                "no class has a better rank than another",
            )
            .code("no-better-rank");
        fault.help("give `priorities`, or `prefer` in the skills");
    }
    let capacity = capacity(reader, routing);
    let doors = doors(classes, &teams, setting.world.world.end);
    let acting = !doors.is_empty() || teams.iter().any(|t| t.part_time.is_some());
    let expiry = expiry(
        setting,
        &rules,
        &class_plans,
        capacity.is_some() || acting,
        takes_calls,
    );
    let mut roster: Vec<RosterChange> = teams.iter().flat_map(|t| t.roster.iter().copied()).collect();
    roster::sort(&mut roster);
    check_capacity(reader, routing, &teams, &roster);
    let plan = Plan {
        classes: class_plans,
        teams: teams
            .iter()
            .zip(takes)
            .map(|(team, takes)| TeamPlan {
                agents: team.agents,
                at_once: team.at_once,
                takes,
                between: rules.between,
                leaves_first: team.leaves_first,
                late_finish: team.late_finish,
                attention: match &team.part_time {
                    None => Attention::Full,
                    Some(part_time) if part_time.stay => Attention::SessionsOrStay,
                    Some(_) => Attention::Sessions,
                },
            })
            .collect(),
        roster,
        doors,
        choice: match routing.and_then(|r| r.agent_choice.get()) {
            Some(ChoiceWord::LeastOccupied) => AgentChoice::LeastOccupied,
            Some(ChoiceWord::FirstListed) => AgentChoice::FirstListed,
            Some(ChoiceWord::FillUp) => AgentChoice::FillUp,
            Some(ChoiceWord::Random) => AgentChoice::Random,
            // The other two are ranks by now; within a team the longest idle.
            _ => AgentChoice::LongestIdle,
        },
        finishes_may_tie: finishes_may_tie(setting, &chain),
        preemption: rules.preemption,
        capacity,
        expiry,
    };
    let service = Service {
        speed: chain
            .stages
            .iter()
            .map(|stage| {
                let skill =
                    |team: &TeamFacts| team.matches[usize::from(stage.base.0)].map_or(1.0, |m| m.speed);
                teams.iter().map(|team| team.speed * skill(team)).collect()
            })
            .collect(),
        handling: chain.stages.iter().map(|stage| stage.handling.clone()).collect(),
        slowdown: teams.iter().map(|t| t.slowdown).collect(),
        set_up: teams.iter().map(|t| t.set_up.clone()).collect(),
        hand_over: chain.hand_over,
        keys: classes.arrivals.iter().map(|a| rules.keys[a.0].clone()).collect(),
        attention: teams
            .iter()
            .map(|t| t.part_time.as_ref().map(|p| p.attention.clone()))
            .collect(),
        consults: chain.consults,
        takes_calls,
    };
    if let Some(observe) = setting.observe
        && observe.until_clear.get().is_some_and(|flag| flag.0)
        && !service.consults.is_empty()
    {
        let fault = reader.error(
            observe.until_clear.place_or(observe.here),
            "a house is not seen to be empty while others are asked outside it",
        );
        fault.help("leave out `until_clear`, or the consults");
    }
    Some(StaffingDraft {
        plan,
        service,
        team_names,
        cost_per_hour: teams.iter().map(|t| t.cost).collect(),
        charged: teams.iter().map(|t| t.charged).collect(),
        team_hours: teams.into_iter().map(|t| t.hours).collect(),
        base_class: chain.stages.iter().map(|s| s.base).collect(),
        topic_weights,
    })
}

fn team_names(reader: &mut Reader, shapes: &[Team]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for shape in shapes {
        let name = shape.name.get().map_or_else(String::new, |n| n.0.clone());
        if shape.name.get().is_some() && !seen.insert(name.clone()) {
            reader.error(
                shape.name.place_or(shape.here),
                format!("two teams are named `{name}`"),
            );
        }
        if name == ALL {
            let at = shape.name.place_or(shape.here);
            let fault = reader.error(at, "`all` stands for all teams together in every result");
            fault.help("give this team another name");
        }
        names.push(name);
    }
    names
}

fn team_facts(
    reader: &mut Reader,
    csv: &mut CsvCache,
    shape: &Team,
    setting: &Setting<'_>,
    first_agent: u32,
    changes: usize,
) -> Option<TeamFacts> {
    let set_up = time_law(reader, csv, &shape.set_up);
    let (at_once, at_once_at) = at_once(reader, shape);
    let matches = matches(reader, shape, setting);
    let part_time = attention::attention(
        reader,
        csv,
        shape,
        &setting.world.calendar,
        setting.world.world.end,
    );
    let takes_phone = shape.takes_phone.given() && shape.takes_phone.get().is_none_or(|t| t.0);
    let reserve = reserve(reader, shape, takes_phone);
    let leaves_first = match shape.leaves_first.get() {
        Some(LeavesFirstWord::LastListed) => LeavesFirst::LastListed,
        _ => LeavesFirst::Idle,
    };
    let late_finish = match shape.late_finish.get() {
        Some(LateFinishWord::HandBack) => LateFinish::HandBack,
        _ => LateFinish::Finish,
    };
    let unlimited = matches!(shape.agents.get(), Some(Either::B(_)));
    if unlimited {
        for (name, place) in [
            (
                "shifts",
                shape.shifts.given().then(|| shape.shifts.place_or(shape.here)),
            ),
            (
                "hours",
                matches!(shape.hours.get(), Some(Either::A(_))).then(|| shape.hours.place_or(shape.here)),
            ),
        ] {
            if let Some(at) = place {
                let fault = reader.error(
                    at,
                    format!("an unlimited team has no `{name}`: its agents come as needed"),
                );
                fault.help("give a number of agents");
            }
        }
        if late_finish == LateFinish::HandBack {
            let at = shape.late_finish.place_or(shape.here);
            reader.error(
                at,
                "an unlimited team never goes off duty: there is nothing to hand back",
            );
        }
    } else if shape.shifts.given() && shape.agents.given() {
        let fault = reader.error(
            shape.agents.place_or(shape.here),
            "`agents` and `shifts` exclude each other",
        );
        fault.help("each shift has its own number of agents");
    }
    if shape.shifts.given() && shape.hours.given() {
        let fault = reader.error(
            shape.hours.place_or(shape.here),
            "`hours` and `shifts` exclude each other",
        );
        fault.help("write the hours as shifts");
    }
    if !shape.agents.given() && !shape.shifts.given() {
        reader.missing(
            shape.here,
            "agents",
            "a team without `shifts`",
            "a number or \"unlimited\"",
        );
        return None;
    }
    let number = match shape.agents.at() {
        Some((Either::A(number), at)) => Some(roster::agents_within(reader, number.0, at)?),
        _ => None,
    };
    let (end, calendar) = (setting.world.world.end, &setting.world.calendar);
    let duties = if unlimited {
        None
    } else {
        roster::duties(reader, calendar, end, shape)
    };
    let always = Hours::new([(Time::ZERO, end)]);
    let (agents, hours, roster) = match (&duties, unlimited) {
        (_, true) => (None, always, Vec::new()),
        (Some(duties), _) => {
            let most = roster::most_agents(duties, end);
            let Some(roster) = roster::changes(duties, most, first_agent, end, changes) else {
                reader.error(
                    shape.here,
                    "the roster has more than 10,000,000 comings and goings",
                );
                return None;
            };
            (Some(most), roster::opening_hours(duties, end), roster)
        }
        // Faulty shifts and hours were noted.
        (None, _) if shape.shifts.given() || matches!(shape.hours.get(), Some(Either::A(_))) => return None,
        (None, _) => (Some(number?), always, Vec::new()),
    };
    if agents == Some(0) {
        let at = shape.agents.place_or(shape.shifts.place_or(shape.here));
        reader
            .error(at, "nobody of this team is ever on duty")
            .help("at least one agent, within start and end of the run");
    }
    let slowdown = match shape.slowdown.get() {
        None => 0.35,
        Some(Either::A(a)) => a.0,
        Some(Either::B(_)) => 1.0,
    };
    for skill in matches.iter().flatten() {
        if let Some(agents) = agents
            && skill.reserve >= agents
            && agents > 0
        {
            let message = "with this `reserve` the team never takes the class: no agent is left";
            reader
                .warning(skill.at, message)
                .code("reserve-takes-all")
                .found(format!("reserve {} of {agents} agents", skill.reserve));
        }
    }
    if let (Some((_, at)), Some(agents)) = (shape.reserve.at(), agents)
        && reserve >= agents
        && agents > 0
    {
        let message = "with this `reserve` the team takes nothing but calls: no agent is left";
        reader
            .warning(at, message)
            .code("reserve-takes-all")
            .found(format!("reserve {reserve} of {agents} agents"));
    }
    let charged = match shape.charged.get() {
        Some(ChargedWord::AtWork) => Charged::AtWork,
        None if takes_phone || matches!(shape.attention.get(), Some(Either::B(_))) => Charged::AtWork,
        None | Some(ChargedWord::OnDuty) => Charged::OnDuty,
    };
    Some(TeamFacts {
        agents,
        at_once,
        at_once_at,
        speed: shape.speed.get().map_or(1.0, |s| s.0),
        speed_at: shape.speed.place_or(shape.here),
        leaves_first,
        late_finish,
        slowdown,
        set_up,
        cost: shape.cost_per_hour.get().map_or(0.0, |c| c.0),
        hours,
        roster,
        part_time,
        takes_phone,
        reserve,
        charged,
        matches,
    })
}

/// What a team that picks scrolls past nobody looks at again: another team that takes the same and would answer all of
/// it never sees that.
fn warn_of_picking(reader: &mut Reader, shapes: &[Team], teams: &[TeamFacts], names: &[String]) {
    let picks = |team: &TeamFacts| team.part_time.as_ref().is_some_and(PartTime::scrolls_past);
    for (place, (shape, team)) in shapes.iter().zip(teams).enumerate() {
        if !picks(team) {
            continue;
        }
        let shares = |other: &TeamFacts| {
            let both = team.matches.iter().zip(&other.matches);
            both.into_iter().any(|(a, b)| a.is_some() && b.is_some())
        };
        let lost: Vec<String> = teams
            .iter()
            .zip(names)
            .enumerate()
            .filter(|&(other, (facts, _))| other != place && !picks(facts) && shares(facts))
            .map(|(_, (_, name))| format!("`{name}`"))
            .collect();
        let Some((last, before)) = lost.split_last() else {
            continue;
        };
        let losers = if before.is_empty() {
            last.clone()
        } else {
            format!("{} and {last}", before.join(", "))
        };
        let message = format!("what `{}` scrolls past is lost for {losers} too", names[place]);
        reader
            .warning(attention::pick_place(shape), message)
            .code("scrolled-past-is-lost")
            .help("give them different skills, or pick = \"everything\"");
    }
}

/// May the works of two comments end at one instant? Not where all their lengths are spread continuously.
fn finishes_may_tie(setting: &Setting<'_>, chain: &Chain) -> bool {
    let kinds = setting.world.world.kinds.iter().map(|kind| &kind.handling);
    let stages = chain.stages.iter().filter_map(|stage| stage.handling.as_ref());
    let mails = chain.consults.iter().filter_map(|consult| consult.mail.as_ref());
    kinds.chain(stages).chain(mails).any(Law::has_atoms)
}

/// Agents of a team kept free for calls.
fn reserve(reader: &mut Reader, shape: &Team, takes_phone: bool) -> u32 {
    let Some((reserve, at)) = shape.reserve.at() else {
        return 0;
    };
    if !takes_phone {
        let message = "a team's `reserve` keeps agents free for calls, and this team does not take the phone";
        let help =
            "takes_phone = true, or `reserve` in a skill: skills = [{ class = \"praise\", reserve = 1 }]";
        reader.error(at, message).help(help);
        return 0;
    }
    roster::agents_within(reader, reserve.0, at).unwrap_or(0)
}

/// Chances below which arrivals are taken on, per arrival class.
fn taken_on(reader: &mut Reader, routing: Option<&Routing>, setting: &Setting<'_>) -> Vec<u32> {
    let classes = setting.classes;
    let Some(routing) = routing else {
        return Vec::new();
    };
    let shares = consult::per_class(reader, &routing.answers, setting);
    let of = |class: usize| {
        if classes.is_calls(class) {
            CHANCES
        } else {
            (shares[classes.arrivals[class].0] * f64::from(CHANCES)).round() as u32
        }
    };
    let chances: Vec<u32> = (0..classes.arrivals.len()).map(of).collect();
    let of_page = || (0..chances.len()).filter(|class| !classes.is_calls(*class));
    if of_page().next().is_some() && of_page().all(|class| chances[class] == 0) {
        let at = routing.answers.place_or(routing.here);
        reader
            .error(
                at,
                "nobody would ever be answered: `answers` is 0 for every class",
            )
            .help("a share above 0");
    }
    chances
}

/// Calls are taken while any team that takes them is open.
fn doors(classes: &ArrivalClasses, teams: &[TeamFacts], end: Time) -> Vec<DoorChange> {
    let Some(class) = classes.calls() else {
        return Vec::new();
    };
    let mut hours: Vec<(Time, Time)> = teams
        .iter()
        .filter(|t| t.takes_phone)
        .flat_map(|t| t.hours.intervals())
        .collect();
    if !teams.iter().any(|t| t.takes_phone) {
        return Vec::new();
    }
    hours.sort_unstable();
    let mut open: Vec<(Time, Time)> = Vec::new();
    for (from, to) in hours {
        match open.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => open.push((from, to)),
        }
    }
    let mut doors = Vec::new();
    let mut change = |at: Time, open: bool| doors.push(DoorChange { at, class, open });
    if open.first().is_none_or(|first| first.0 > Time::ZERO) {
        change(Time::ZERO, false);
    }
    for (from, to) in open {
        if from > Time::ZERO {
            change(from, true);
        }
        if to < end {
            change(to, false);
        }
    }
    doors
}

fn at_once(reader: &mut Reader, shape: &Team) -> (u32, Origin) {
    match shape.at_once.at() {
        None => (1, shape.here),
        Some((Either::B(_), at)) => (u32::MAX, at),
        Some((Either::A(n), at)) => match u32::try_from(n.0) {
            Ok(n) if n > 0 => (n, at),
            _ => {
                let fault = reader.error(at, "an agent holds at least one comment at once");
                fault.found(n.0.to_string()).help("\"unlimited\" for no limit");
                (1, at)
            }
        },
    }
}

/// Which arrival classes a team takes: the first skill that matches holds.
fn matches(reader: &mut Reader, shape: &Team, setting: &Setting<'_>) -> Vec<Option<Match>> {
    let classes = setting.classes;
    let plain = |at| Match {
        rank: 1,
        after: Span::ZERO,
        reserve: 0,
        speed: 1.0,
        prefer: 1,
        at,
    };
    let Some(skills) = shape.skills.get() else {
        let of_page = |class: usize| !classes.is_calls(class);
        return (0..classes.arrivals.len())
            .map(|class| of_page(class).then(|| plain(shape.here)))
            .collect();
    };
    let known = known_classes(setting);
    let mut out = vec![None; classes.arrivals.len()];
    for skill in skills {
        let mut found = plain(skill.at);
        let (mut class, mut channel, mut page) = (None, None, None);
        match &skill.value {
            Either::A(name) => {
                check_page_class(reader, &name.0, skill.at, setting, &known);
                class = Some(name.0.as_str());
            }
            Either::B(table) => {
                if let Some((name, at)) = table.class.at() {
                    check_page_class(reader, &name.0, at, setting, &known);
                    class = Some(name.0.as_str());
                }
                if let Some((name, at)) = table.channel.at() {
                    let known: Vec<&str> = classes
                        .channels
                        .iter()
                        .map(String::as_str)
                        .chain(
                            CHANNELS
                                .into_iter()
                                .filter(|c| !classes.channels.iter().any(|k| k == c)),
                        )
                        .filter(|c| *c != PHONE || classes.calls().is_none())
                        .collect();
                    if name.0 == PHONE && classes.calls().is_some() {
                        let message =
                            "`phone` is no channel of the page: rules of the page do not concern calls";
                        reader.error(at, message).help(TAKES_CALLS);
                    } else if !known.contains(&name.0.as_str()) {
                        let help = reader.did_you_mean(at, &name.0, &known);
                        reader
                            .error(at, format!("unknown channel `{}`", name.0))
                            .suggestion = help;
                    }
                    channel = Some(name.0.as_str());
                }
                if let Some((name, at)) = table.page.at() {
                    if !classes.pages.contains(&name.0) {
                        let known: Vec<&str> = classes.pages.iter().map(String::as_str).collect();
                        let help = reader.did_you_mean(at, &name.0, &known);
                        reader
                            .warning(at, format!("nothing arrives on the page `{}`", name.0))
                            .code("unknown-page")
                            .suggestion = help;
                    }
                    page = Some(name.0.as_str());
                }
                for (field, name) in [(&table.rank, "rank"), (&table.prefer, "prefer")] {
                    if let Some((value, at)) = field.at()
                        && !(1..=200).contains(&value.0)
                    {
                        let fault =
                            reader.error(at, format!("`{name}` is a whole number from 1 (best) to 200"));
                        fault.found(value.0.to_string());
                    }
                }
                if let Some((value, at)) = table.reserve.at() {
                    found.reserve = roster::agents_within(reader, value.0, at).unwrap_or(0);
                    found.at = at;
                }
                found.rank = table.rank.get().map_or(1, |r| r.0);
                found.prefer = table.prefer.get().map_or(1, |p| p.0);
                found.after = table.after.get().map_or(Span::ZERO, |a| a.span);
                found.speed = table.speed.get().map_or(1.0, |s| s.0);
            }
        }
        for (id, (arrival, place)) in classes.arrivals.iter().zip(&mut out).enumerate() {
            let fits = class.is_none_or(|c| classes.classes[arrival.0] == c)
                && channel.is_none_or(|c| classes.channels[arrival.1] == c)
                && page.is_none_or(|p| arrival.2.is_some_and(|i| classes.pages[i] == p));
            if fits && place.is_none() && !classes.is_calls(id) {
                *place = Some(found);
            }
        }
    }
    out
}

/// Classes of the page that rules may name.
pub(crate) fn known_classes<'a>(setting: &Setting<'a>) -> Vec<&'a str> {
    let mut known: Vec<&str> = setting.classes.page_classes().collect();
    let mut seen: BTreeSet<&str> = known.iter().copied().collect();
    for class in setting.described.iter().copied().chain(BUILT_IN) {
        if seen.insert(class) {
            known.push(class);
        }
    }
    known
}

/// Notes a fault where a rule of the page names a class that is none of the page.
pub(crate) fn check_page_class(
    reader: &mut Reader,
    class: &str,
    at: Origin,
    setting: &Setting<'_>,
    known: &[&str],
) {
    if class == CALL && setting.classes.calls().is_some() {
        let message = "`call` is no class of the page: rules of the page do not concern calls";
        reader.error(at, message).help(TAKES_CALLS);
    } else {
        check_class(reader, class, at, known);
    }
}

fn check_routing_names(reader: &mut Reader, routing: &Routing, setting: &Setting<'_>) {
    let known = known_classes(setting);
    if let Some(orders) = routing.orders.get() {
        for entry in &orders.0 {
            check_page_class(reader, &entry.key, entry.key_at, setting, &known);
        }
    }
    let mut seen = BTreeSet::new();
    for class in routing.priorities.get().map_or(&[][..], |p| p.as_slice()) {
        check_page_class(reader, &class.value.0, class.at, setting, &known);
        if !seen.insert(class.value.0.as_str()) {
            reader.error(class.at, format!("`{}` stands here twice", class.value.0));
        }
    }
    if let Some(Either::B(capacities)) = routing.queue_capacity.get() {
        for entry in &capacities.0 {
            check_page_class(reader, &entry.key, entry.key_at, setting, &known);
        }
    }
}

/// What some rules refuse in some teams.
fn check_rules_and_teams(reader: &mut Reader, shapes: &[Team], teams: &[TeamFacts], rules: &Rules) {
    for (shape, team) in shapes.iter().zip(teams) {
        attention::refuse_beside(reader, shape, team, rules);
        refuse_on_the_phone(reader, shape, team, rules);
        refuse_several_at_work(reader, shape, team);
        refuse_mails_by_work(reader, shape, rules);
        let hurried = if team.at_once > 1 {
            Some("agents who hold several comments")
        } else if rules.preemption != Preemption::Never {
            Some("work that is interrupted")
        } else {
            (team.late_finish == LateFinish::HandBack).then_some("work that is handed back")
        };
        if let Some(what) = hurried.filter(|_| team.set_up.is_some()) {
            let fault = reader.error(
                shape.set_up.place_or(shape.here),
                format!("set-up times and {what} do not go together"),
            );
            fault.help("leave `set_up` out, or count it into the handling");
        }
        if rules.preemption != Preemption::Never && team.at_once > 1 {
            let fault = reader.error(
                rules.preempt_at,
                "work cannot be interrupted where an agent holds several comments",
            );
            let name = shape.name.get().map_or("", |n| n.0.as_str());
            fault.help(format!(
                "at_once = 1 for the team `{name}`, or preempt = \"never\""
            ));
        }
        if rules.by_remaining {
            let refuse = "shortest remaining work is for teams of speed 1: elsewhere work is not time";
            if team.speed != 1.0 {
                reader
                    .error(team.speed_at, refuse)
                    .found(format!("speed {}", team.speed));
            }
            for skill in team.matches.iter().flatten().filter(|m| m.speed != 1.0) {
                reader
                    .error(skill.at, refuse)
                    .found(format!("speed {}", skill.speed));
            }
            if team.at_once > 1 && rules.preemption == Preemption::Never {
                let message = "shortest remaining work is for agents who hold one comment at a time";
                reader.error(team.at_once_at, message);
            }
        }
    }
}

/// A call is one conversation: it is not put aside, held beside others or handed back.
fn refuse_on_the_phone(reader: &mut Reader, shape: &Team, team: &TeamFacts, rules: &Rules) {
    if !team.takes_phone {
        return;
    }
    let mut refused: Vec<(&str, Origin, &str)> = Vec::new();
    if team.late_finish == LateFinish::HandBack {
        let at = shape.late_finish.place_or(shape.here);
        refused.push(("handed back", at, "late_finish = \"finish\""));
    }
    if team.at_once != 1 {
        refused.push(("held beside other work", team.at_once_at, "at_once = 1"));
    }
    if rules.preemption != Preemption::Never {
        refused.push(("interrupted", rules.preempt_at, "preempt = \"never\""));
    }
    for (what, at, help) in refused {
        reader
            .error(at, format!("a call is not {what}, and this team takes the phone"))
            .help(help);
    }
}

/// Hours at work are told of agents who hold one comment at a time.
fn refuse_several_at_work(reader: &mut Reader, shape: &Team, team: &TeamFacts) {
    if team.at_once > 1 && team.charged == Charged::AtWork && !team.takes_phone {
        let at = shape.charged.place_or(team.at_once_at);
        let fault = reader.error(
            at,
            "hours at work are counted where an agent holds one comment at a time",
        );
        fault.help("charged = \"on duty\", or at_once = 1");
    }
}

/// Orders by work know the handling, not how long a mail takes.
fn refuse_mails_by_work(reader: &mut Reader, shape: &Team, rules: &Rules) {
    let by_work = |o: &OrderWord| matches!(o, OrderWord::ShortestWork | OrderWord::ShortestRemaining);
    if !rules.by_remaining && !rules.orders.iter().any(by_work) {
        return;
    }
    for (name, field) in [("mail", &shape.mail), ("write_up", &shape.write_up)] {
        if field.given() {
            let fault = reader.error(
                field.place_or(shape.here),
                format!("orders by work go by the handling: `{name}` cannot take another time"),
            );
            fault.help(format!("leave out `{name}`, or use another order"));
        }
    }
}

/// The teams that may take an arrival class, best first.
fn preferences(
    reader: &mut Reader,
    class: usize,
    calls: bool,
    teams: &[TeamFacts],
    routing: Option<&Routing>,
    at: Origin,
) -> Vec<Preference> {
    let choice = routing.and_then(|r| r.agent_choice.get());
    // Most specialised: who takes the fewest classes; cheapest: who costs least. Both are ranks within the file's ranks.
    let second = |team: &TeamFacts| match choice {
        Some(ChoiceWord::MostSpecialised) => team.matches.iter().flatten().count() as f64,
        Some(ChoiceWord::Cheapest) => team.cost,
        _ => 0.0,
    };
    let distinct = matches!(choice, Some(ChoiceWord::MostSpecialised | ChoiceWord::Cheapest));
    // Calls are taken by flag, not by skill: rank, delay and reserve.
    let skill = |team: &TeamFacts| match team.matches[class] {
        _ if calls => team.takes_phone.then_some((1, Span::ZERO, 0)),
        found => found.map(|m| (m.rank, m.after, m.reserve.max(team.reserve))),
    };
    let mut found: Vec<(u64, f64, usize, Span, u32)> = teams
        .iter()
        .enumerate()
        .filter_map(|(place, team)| {
            skill(team).map(|(rank, after, reserve)| (rank, second(team), place, after, reserve))
        })
        .collect();
    found.sort_by(|a, b| (a.0).cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut out: Vec<Preference> = Vec::new();
    let mut rank = 0_usize;
    for (i, &(file_rank, _, place, after, reserve)) in found.iter().enumerate() {
        if i > 0 && (distinct || found[i - 1].0 != file_rank) {
            rank += 1;
        }
        let Ok(rank) = u8::try_from(rank) else {
            reader.error(at, "at most 256 teams can be ranked for one class");
            return out;
        };
        out.push(Preference {
            team: TeamId(place as u16),
            rank,
            after,
            reserve,
        });
    }
    out
}

/// The classes a team takes, most urgent first: calls, then what comes of asking others, then the page.
fn takes(
    reader: &mut Reader,
    team: TeamId,
    chain: &Chain,
    teams: &[TeamFacts],
    routing: Option<&Routing>,
    classes: &ArrivalClasses,
    rules: &Rules,
) -> Vec<Takes> {
    let priorities = routing
        .and_then(|r| r.priorities.get())
        .map_or(&[][..], |p| p.as_slice());
    let mut found: Vec<((usize, usize, u64), usize)> = Vec::new();
    for (id, stage) in chain.stages.iter().enumerate() {
        if !stage.teams.iter().any(|p| p.team == team) {
            continue;
        }
        let name = classes.class_name(stage.base);
        let urgency = priorities
            .iter()
            .position(|p| p.value.0 == name)
            .unwrap_or(priorities.len());
        let prefer = teams[usize::from(team.0)].matches[usize::from(stage.base.0)].map_or(1, |m| m.prefer);
        let kind = match stage.role {
            _ if classes.is_calls(id) => 0,
            Role::WriteUp | Role::Mail => 1,
            Role::Answer => 2,
        };
        found.push(((kind, urgency, prefer), id));
    }
    found.sort_unstable();
    let mut out: Vec<Takes> = Vec::new();
    let mut rank = 0_usize;
    for (i, (urgency, id)) in found.iter().enumerate() {
        if i > 0 && found[i - 1].0 != *urgency {
            rank += 1;
        } else if i > 0 {
            let (a, b) = (
                stage_class(chain, classes, found[i - 1].1),
                stage_class(chain, classes, *id),
            );
            if a != b && !rules.comparable(a, b) {
                let (a, b) = (&classes.classes[a], &classes.classes[b]);
                let message =
                    format!("`{a}` and `{b}` have equal rank but orders whose numbers cannot be compared");
                let fault = reader.error(rules.order_at, message);
                fault.help("give `priorities`, one order for both, or between = \"oldest\"");
            }
        }
        // At most 64 classes by 200 preferences, but never more than there are classes: 64 of the page, twice, and calls.
        out.push(Takes {
            class: ClassId(*id as u16),
            rank: rank.min(255) as u8,
        });
    }
    out
}

fn stage_class(chain: &Chain, classes: &ArrivalClasses, stage: usize) -> usize {
    classes.arrivals[usize::from(chain.stages[stage].base.0)].0
}

/// Waiting places of each routing class; later stages have none of their own.
fn queue_limits(routing: Option<&Routing>, classes: &ArrivalClasses, chain: &Chain) -> Vec<Option<u32>> {
    let limits: Option<&PerClass> = routing.and_then(|r| r.queue_capacity.get());
    let within = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    (0..chain.stages.len())
        .map(|id| {
            // Calls have their trunks instead.
            if id >= classes.arrivals.len() || classes.is_calls(id) {
                return None;
            }
            match limits? {
                Either::A(number) => Some(within(number.0)),
                Either::B(table) => {
                    let name = classes.class_name(ClassId(id as u16));
                    table
                        .0
                        .iter()
                        .find(|e| e.key == name)
                        .and_then(|e| e.value)
                        .map(|n| within(n.0))
                }
            }
        })
        .collect()
}

fn capacity(reader: &mut Reader, routing: Option<&Routing>) -> Option<u32> {
    let (capacity, at) = routing.and_then(|r| r.capacity.at())?;
    if capacity.0 == 0 {
        reader
            .error(at, "a capacity of 0 lets nothing in")
            .help("places in all, in service included: at least 1");
    }
    u32::try_from(capacity.0).ok()
}

/// Warns where there are fewer places than people on duty.
fn check_capacity(
    reader: &mut Reader,
    routing: Option<&Routing>,
    teams: &[TeamFacts],
    roster: &[RosterChange],
) {
    let Some((capacity, at)) = routing.and_then(|r| r.capacity.at()) else {
        return;
    };
    // As many as are needed are as many as there are places.
    let Some(agents) = teams.iter().map(|t| t.agents).sum::<Option<u32>>() else {
        return;
    };
    let mut on = vec![true; agents as usize];
    let mut on_duty = u64::from(agents);
    let mut most = 0;
    let mut now = Time::ZERO;
    for change in roster {
        if change.at > now {
            most = most.max(on_duty);
            now = change.at;
        }
        let was = &mut on[change.agent.0 as usize];
        on_duty = on_duty + u64::from(change.on) - u64::from(*was);
        *was = change.on;
    }
    most = most.max(on_duty);
    if capacity.0 < most && capacity.0 > 0 {
        let message = format!(
            "a capacity below the {most} agents on duty: places count those in work, too, so some never have any"
        );
        let fault = reader.warning(at, message).code("capacity-below-agents");
        fault.found(capacity.0.to_string());
        fault.help("`capacity` is agents and waiting places together");
    }
}

/// Impatience is settled at its exact time wherever something reads the live queue.
/// `acting` says that something beside the classes does; calls count only where they are taken.
fn expiry(
    setting: &Setting<'_>,
    rules: &Rules,
    classes: &[ClassPlan],
    acting: bool,
    takes_calls: bool,
) -> Expiry {
    let kinds: Vec<&Kind> = setting
        .world
        .world
        .kinds
        .iter()
        .enumerate()
        .filter(|(class, _)| takes_calls || !setting.classes.is_calls(*class))
        .map(|(_, kind)| kind)
        .collect();
    if kinds.iter().all(|k| k.tolerance.is_none()) {
        return Expiry::Silent;
    }
    let limited = |c: &ClassPlan| c.queue_capacity.is_some() || c.lines.is_some() || c.taken_on < CHANCES;
    let limited = acting || classes.iter().any(limited);
    let balking = kinds.iter().any(|k| !k.balks.is_empty());
    let retrying = kinds
        .iter()
        .any(|k| k.tolerance.as_ref().is_some_and(|t| t.retry.is_some()));
    let observed = setting.observe.is_some_and(|o| o.at.given() || o.every.given());
    let by_key = matches!(rules.between, Between::SmallestKey | Between::Accumulating)
        || classes.iter().any(|c| {
            matches!(
                c.order,
                ashcloud_core::Order::SmallestKey | ashcloud_core::Order::ShortestRemaining
            )
        });
    let gated = classes
        .iter()
        .any(|c| c.teams.iter().any(|p| p.after > Span::ZERO || p.reserve > 0));
    let preempting = rules.preemption != Preemption::Never;
    if limited || balking || retrying || observed || by_key || gated || preempting {
        Expiry::Exact
    } else {
        Expiry::Silent
    }
}

fn topic_weights(reader: &mut Reader, routing: Option<&Routing>, topics: &[Option<String>]) -> Vec<f64> {
    let table = routing.and_then(|r| r.score.get()).and_then(|s| s.topics.get());
    let entries = table.map_or(&[][..], |t| t.0.as_slice());
    let streams: BTreeSet<&str> = topics.iter().flatten().map(String::as_str).collect();
    for entry in entries {
        if !streams.contains(entry.key.as_str()) {
            let known: Vec<&str> = topics.iter().flatten().map(String::as_str).collect();
            let help = reader.did_you_mean(entry.key_at, &entry.key, &known);
            reader
                .warning(entry.key_at, format!("no stream has the topic `{}`", entry.key))
                .code("unknown-topic")
                .suggestion = help;
        }
    }
    let weights: BTreeMap<&str, f64> = entries
        .iter()
        .filter_map(|e| Some((e.key.as_str(), e.value?.0)))
        .collect();
    let weight = |topic: &str| weights.get(topic).copied().unwrap_or(0.0);
    topics
        .iter()
        .map(|topic| topic.as_deref().map_or(0.0, weight))
        .collect()
}

/// A hand-over with its names resolved.
pub(crate) struct HandOverFacts {
    pub(crate) from: TeamId,
    /// The class name's index; every class where `None`.
    pub(crate) class: Option<usize>,
    pub(crate) share: f64,
    pub(crate) to: TeamId,
    pub(crate) handling: Option<Law>,
    pub(crate) at: Origin,
}

fn read_hand_overs(
    reader: &mut Reader,
    csv: &mut CsvCache,
    shapes: &[HandOverShape],
    teams: &[String],
    setting: &Setting<'_>,
) -> Vec<HandOverFacts> {
    let names: Vec<&str> = teams.iter().map(String::as_str).collect();
    let known = known_classes(setting);
    let mut out = Vec::new();
    for shape in shapes {
        let mut team = |field: &Field<crate::shape::Text>| {
            let (name, at) = field.at()?;
            let found = names.iter().position(|n| *n == name.0);
            if found.is_none() {
                let help = reader.did_you_mean(at, &name.0, &names);
                reader.error(at, format!("unknown team `{}`", name.0)).suggestion = help;
            }
            found.map(|t| TeamId(t as u16))
        };
        let (from, to) = (team(&shape.from), team(&shape.to));
        let handling = time_law(reader, csv, &shape.handling);
        let mut matches_nothing = false;
        let class = shape.class.at().and_then(|(name, at)| {
            check_page_class(reader, &name.0, at, setting, &known);
            let found = setting.classes.page_classes().position(|c| c == name.0);
            matches_nothing = found.is_none();
            found
        });
        if let (Some(from), Some(to), Some(share), false) = (from, to, shape.share.get(), matches_nothing) {
            out.push(HandOverFacts {
                from,
                class,
                share: share.0,
                to,
                handling,
                at: shape.here,
            });
        }
    }
    out
}
