//! The recorder: what one replication adds to every measure. It sees times and indices, never a comment again; it keeps
//! sums and histograms, never samples.
//!
//! Time averages come by identity: the integral of the number waiting is the sum of the waits, that of the number busy is
//! the sum of the work, each clipped to the measured window (Little 1961). So the order in which facts come does not
//! matter, and a leaver who is noticed late is counted right.

use std::sync::Arc;

use ashcloud_core::{Hours, Span, Time};

use crate::estimate::Fraction;
use crate::sections::Sections;

/// What a recorder is asked to record. Classes are arrival classes.
#[derive(Clone, Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "switches of what is recorded, not states"
)]
pub struct Recording {
    /// Number of arrival classes.
    pub classes: usize,
    /// Number of teams.
    pub teams: usize,
    /// Comments that arrive before this are not measured, nor is time before it.
    pub warm_up: Time,
    /// Comments that arrive from here on are not measured, nor is time after it.
    pub horizon: Time,
    /// The run ends here: what is answered later is not answered.
    pub end: Time,
    /// Times within which comments should be answered or taken up.
    pub thresholds: Vec<Threshold>,
    /// Local midnights from the start to the end, where some threshold or the badge is counted day by day.
    pub days: Arc<[Time]>,
    /// Opening hours per team, where some threshold counts business time.
    pub hours: Arc<[Hours]>,
    /// Teams whose agents hold several comments at once: their occupancy is told apart from their work.
    pub sharing: Vec<bool>,
    /// Keep the distribution of waits.
    pub wait_distribution: bool,
    /// Keep the distribution of first responses.
    pub response_distribution: bool,
    /// Ages at which the share answered and the share gone is wanted, ascending: the cumulative incidence. None is above the
    /// follow-up, `end - horizon`: up to there every measured comment is followed.
    pub incidence: Vec<Span>,
    /// Watch the platform's badge day by day.
    pub badge: bool,
    /// Sum squares: second moments of waits and responses are wanted.
    pub squares: bool,
    /// The arrival class of calls. Calls are no comments: what is counted day by day or per team leaves them out.
    pub calls: Option<usize>,
}

impl Recording {
    /// Within which times a story needs no more than sums.
    fn plain(&self) -> Window {
        let sums_do = self.thresholds.iter().all(|t| !t.business && !t.daily)
            && self.incidence.is_empty()
            && !self.badge
            && !self.squares
            && self.calls.is_none();
        let (from, to) = if sums_do {
            (self.warm_up, self.horizon)
        } else {
            (Time::NEVER, Time::ZERO)
        };
        let length = to.since(from).0;
        Window { from, to, length }
    }

    /// The local day of an instant.
    #[inline]
    fn day_of(&self, at: Time) -> usize {
        // Some days last 23 or 25 hours: the right one is next to that of days of 24, if it is not that.
        let days = &self.days;
        let begun = at.since(days[0]).0 / (24 * Span::HOUR.0);
        let mut day = (begun as usize).min(days.len() - 1);
        while day > 0 && days[day] > at {
            day -= 1;
        }
        while days.get(day + 1).is_some_and(|&midnight| midnight <= at) {
            day += 1;
        }
        day
    }

    fn plain_class(&self) -> Plain {
        let limit = |threshold: &Threshold| Limit {
            within: threshold.within,
            taken_up: threshold.taken_up,
            ..Limit::default()
        };
        Plain {
            limits: self.thresholds.iter().map(limit).collect(),
            ..Plain::default()
        }
    }
}

/// A time within which something should happen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The time.
    pub within: Span,
    /// Until handling begins, rather than until the answer.
    pub taken_up: bool,
    /// Counted in the opening hours of the team that answers.
    pub business: bool,
    /// Counted day by day as well.
    pub daily: bool,
}

/// A measure of a replication, as a fraction whose parts add up over replications. Times in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Comments that arrived, per replication.
    Offered,
    /// Answered of offered.
    ResponseRate,
    /// Mean first response of the answered.
    ResponseMean,
    /// Mean square of the first response of the answered.
    ResponseSquare,
    /// Mean wait of all whose wait ended: taken up, or left (their wait until they left).
    WaitMean,
    /// Its mean square.
    WaitSquare,
    /// Share of those whose wait ended that were not taken up at once.
    Delayed,
    /// A service level: index of the threshold, and of what.
    Within(usize, Level),
    /// Share left (for good) of offered.
    Left,
    /// Share left (for good) within a threshold, of offered.
    LeftWithin(usize),
    /// Share of offered blocked for good.
    Blocked,
    /// Share of offered that turned away.
    Balked,
    /// Share of offered that were not taken on. They stay unanswered.
    Ignored,
    /// Share of offered that were scrolled past. They stay unanswered.
    ScrolledPast,
    /// Share of offered about which somebody else was asked, however often.
    Consulted,
    /// Share of offered whose question to somebody else was forgotten. They stay unanswered.
    Forgotten,
    /// Share of offered that were sent away at closing time.
    Dismissed,
    /// Callers who found the line closed, per replication; they are not among the offered.
    Closed,
    /// Share of offered answered by this age (index in [`Recording::incidence`]) since the first contact.
    AnsweredBy(usize),
    /// Share of offered gone by this age: left for good, blocked, turned away or sent away.
    GoneBy(usize),
    /// Share of the judged midnights at which the platform's badge shows ([`BADGE_SHARE`], [`BADGE_MEDIAN`]). Of all
    /// classes but calls, whichever are asked for.
    BadgeDays,
    /// Share of offered neither answered nor gone (left for good, blocked, turned away or sent away) by the end of the run:
    /// still open, ignored, scrolled past or forgotten. They are censored there.
    Unanswered,
    /// Share of offered that may still be answered when the run ends: of the unanswered those that were taken on, not scrolled
    /// past and not forgotten.
    StillOpen,
    /// Share of offered that are still open and were never taken up.
    NotTakenUp,
    /// Attempts that were given up, per attempt.
    LeftPerAttempt,
    /// Mean number waiting in the window.
    Waiting,
    /// Mean number in the house in the window: waiting or in work.
    InHouse,
    /// Mean number in between attempts in the window.
    InOrbit,
    /// Mean number of the team at work in the window, set-up excluded.
    Busy(usize),
    /// Busy time over time on duty of the team (all classes).
    Occupancy(usize),
    /// Hours on duty of the team in the window, per replication.
    StaffHours(usize),
    /// Taken up by this team, of all taken up.
    ShareOfTeam(usize),
    /// Days on which the share within the threshold, of offered, is at least this: share of days with arrivals. Of all
    /// classes but calls, whichever are asked for.
    Days(usize, f64),
}

/// The four service levels (MODEL 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// In time / offered.
    Offered,
    /// In time / answered (or taken up).
    Done,
    /// (In time + left in time) / offered.
    LeftCounted,
    /// In time / (offered - left in time).
    LeftExcluded,
}

/// The badge shows at a local midnight if, of the comments of the last [`BADGE_DAYS`] local days, at least this share
/// (in percent) was answered before it,
pub const BADGE_SHARE: u64 = 90;
/// and of those answered at least half within this time (MODEL 8).
pub const BADGE_MEDIAN: Span = Span(15 * 60 * Span::SECOND.0);
/// How many local days back the badge looks.
pub const BADGE_DAYS: usize = 7;

/// Sums of one replication, and distributions over all that it was given.
#[derive(Clone, Debug)]
pub struct Recorder {
    spec: Recording,
    window: u64,
    /// How much of the window this replication lasted: all of it, unless it ended before the horizon. Every average over time
    /// is over this.
    lasted: u64,
    classes: Vec<OfClass>,
    /// `[class * teams + team]`
    cells: Vec<OfCell>,
    teams: Vec<OfTeam>,
    /// `[class * thresholds + threshold]`: in time.
    reached: Vec<u64>,
    /// The same: left in time.
    left_within: Vec<u64>,
    /// `[day * thresholds + threshold]` and offered per day, where some threshold is daily.
    days: Vec<(u64, Vec<u64>)>,
    /// `[class * ages + age]`: answered and gone at that age, but not at the age before.
    by_age: Vec<(u64, u64)>,
    badge: Vec<Midnight>,
    /// Of stories that begin within these times, and of most that end there as well, nothing is asked but sums: no business
    /// hours, no days, ages, badge or squares. Where something is, there are no such times.
    plain: Window,
    /// What is told within those times, until it is added to the rest: `[class * teams + team]` and `[class]`.
    plain_cells: Vec<Served>,
    plain_classes: Vec<Plain>,
    /// Measured comments whose story is not yet told to its end.
    open: u64,
    waits: Vec<Sections>,
    responses: Vec<Sections>,
    team_responses: Vec<Sections>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    from: Time,
    to: Time,
    /// Nanoseconds.
    length: u64,
}

/// Comments that were taken up and answered. Their sums tell all there is: a response is a wait and its work.
#[derive(Clone, Default, Debug)]
struct Served {
    count: u64,
    delayed: u64,
    wait: u128,
    work: u128,
}

/// Comments that arrived, and those that were given up before anybody took them up.
#[derive(Clone, Default, Debug)]
struct Plain {
    offered: u64,
    given_up: u64,
    wait: u128,
    /// What of that lies behind the window.
    outside: u128,
    limits: Vec<Limit>,
}

impl Plain {
    fn clear(&mut self) {
        (self.offered, self.given_up, self.wait, self.outside) = (0, 0, 0, 0);
        for limit in &mut self.limits {
            (limit.reached, limit.left) = (0, 0);
        }
    }
}

/// A threshold, how many were in time, and how many left in time.
#[derive(Clone, Default, Debug)]
struct Limit {
    within: Span,
    taken_up: bool,
    reached: u64,
    left: u64,
}

#[derive(Clone, Default, Debug)]
struct OfClass {
    offered: u64,
    attempts: u64,
    left: u64,
    left_attempts: u64,
    /// Of those who left, those who had never been taken up; their waits.
    left_untouched: u64,
    left_wait: u128,
    left_wait_square: f64,
    blocked: u64,
    balked: u64,
    dismissed: u64,
    /// Not among the offered.
    closed: u64,
    /// Never answered, but not gone: they stay at risk for ever.
    ignored: u64,
    scrolled_past: u64,
    forgotten: u64,
    consulted: u64,
    /// Integrals in nanoseconds over the window, of all comments.
    waiting: u128,
    orbiting: u128,
}

#[derive(Clone, Default, Debug)]
struct OfCell {
    taken_up: u64,
    delayed: u64,
    wait: u128,
    wait_square: f64,
    answered: u64,
    response: u128,
    response_square: f64,
    /// Integral of the work in nanoseconds over the window, of all comments.
    busy: u128,
}

impl OfCell {
    fn add_squares(&mut self, wait: Option<Span>, response: Option<Span>) {
        let square = |span: Option<Span>| span.map_or(0.0, |s| s.seconds() * s.seconds());
        self.wait_square += square(wait);
        self.response_square += square(response);
    }
}

/// What the badge needs of one local day and of the midnight at its beginning. Counts of answers are differences to the
/// midnight before, so that an answer is booked twice, however many midnights it counts for.
#[derive(Clone, Default, Debug)]
struct Midnight {
    /// Comments of the day.
    offered: u64,
    /// Comments of the [`BADGE_DAYS`] days before that are answered by then.
    answered: i64,
    /// The same within [`BADGE_MEDIAN`].
    quick: i64,
}

#[derive(Clone, Default, Debug)]
struct OfTeam {
    /// Integral of those on duty, over the window, in nanoseconds.
    staffed: u128,
    /// The same of those who hold something, where that is told apart.
    occupied: u128,
    on_duty: u64,
    since: Time,
}

impl Recorder {
    /// An empty recorder.
    pub fn new(spec: Recording) -> Recorder {
        let (classes, teams, thresholds) = (spec.classes, spec.teams, spec.thresholds.len());
        let daily = spec.thresholds.iter().any(|t| t.daily);
        let sections = |on: bool, n: usize| if on { vec![Sections::new(); n] } else { Vec::new() };
        Recorder {
            window: spec.horizon.since(spec.warm_up).0,
            lasted: spec.horizon.since(spec.warm_up).0,
            classes: vec![OfClass::default(); classes],
            cells: vec![OfCell::default(); classes * teams],
            teams: vec![OfTeam::default(); teams],
            reached: vec![0; classes * thresholds],
            left_within: vec![0; classes * thresholds],
            days: if daily {
                vec![(0, vec![0; thresholds]); spec.days.len()]
            } else {
                Vec::new()
            },
            by_age: vec![(0, 0); classes * spec.incidence.len()],
            badge: vec![Midnight::default(); if spec.badge { spec.days.len() } else { 0 }],
            plain: spec.plain(),
            plain_cells: vec![Served::default(); classes * teams],
            plain_classes: vec![spec.plain_class(); classes],
            open: 0,
            waits: sections(spec.wait_distribution, classes),
            responses: sections(spec.response_distribution, classes),
            team_responses: sections(spec.response_distribution && teams > 1, teams),
            spec,
        }
    }

    /// Begins a replication: sums go to zero, distributions go on.
    pub fn begin(&mut self, replication: u64) {
        for sections in [&mut self.waits, &mut self.responses, &mut self.team_responses] {
            for of in sections {
                of.begin(replication);
            }
        }
        self.open = 0;
        self.lasted = self.window;
        self.plain_cells.fill_with(Served::default);
        for plain in &mut self.plain_classes {
            plain.clear();
        }
        self.classes.fill_with(OfClass::default);
        self.cells.fill_with(OfCell::default);
        self.teams.fill_with(OfTeam::default);
        self.reached.fill(0);
        self.left_within.fill(0);
        for (offered, reached) in &mut self.days {
            *offered = 0;
            reached.fill(0);
        }
        self.by_age.fill((0, 0));
        self.badge.fill_with(Midnight::default);
    }

    /// A comment's first attempt.
    #[inline(always)]
    pub fn offered(&mut self, class: usize, at: Time) {
        if at.0.wrapping_sub(self.plain.from.0) < self.plain.length {
            self.plain_classes[class].offered += 1;
            self.open += 1;
        } else {
            self.offered_beside(class, at);
        }
    }

    /// The same of one outside the window, or of which more is asked.
    #[inline(never)]
    fn offered_beside(&mut self, class: usize, at: Time) {
        if !self.is_measured(at) {
            return;
        }
        self.classes[class].offered += 1;
        self.open += 1;
        if Some(class) == self.spec.calls {
            return;
        }
        if self.days.is_empty() && self.badge.is_empty() {
            return;
        }
        let day = self.spec.day_of(at);
        if let Some((offered, _)) = self.days.get_mut(day) {
            *offered += 1;
        }
        if let Some(midnight) = self.badge.get_mut(day) {
            midnight.offered += 1;
        }
    }

    /// An attempt of a comment whose first was at `arrived`.
    #[inline(always)]
    pub fn attempted(&mut self, class: usize, arrived: Time) {
        self.classes[class].attempts += u64::from(self.is_measured(arrived));
    }

    /// Somebody waited from `from` to `to`.
    #[inline(always)]
    pub fn waited(&mut self, class: usize, from: Time, to: Time) {
        self.classes[class].waiting += u128::from(self.clip(from, to));
    }

    /// Somebody was between attempts from `from` to `to`.
    pub fn orbited(&mut self, class: usize, from: Time, to: Time) {
        self.classes[class].orbiting += u128::from(self.clip(from, to));
    }

    /// An agent worked from `from` to `to`.
    #[inline(always)]
    pub fn worked(&mut self, class: usize, team: usize, from: Time, to: Time) {
        let busy = self.clip(from, to);
        self.cells[class * self.spec.teams + team].busy += u128::from(busy);
    }

    /// An agent who may hold several held something from `from` to `to`.
    pub fn occupied(&mut self, team: usize, from: Time, to: Time) {
        self.teams[team].occupied += u128::from(self.clip(from, to));
    }

    /// The whole story of a comment, told when it is taken up at `at`: it arrived at `arrived`, and is answered at `done` in the
    /// same hands.
    #[inline(always)]
    pub fn served(&mut self, class: usize, team: usize, arrived: Time, at: Time, done: Time) {
        let cell = class * self.spec.teams + team;
        if arrived < self.plain.from || done >= self.plain.to {
            self.served_in_part(class, team, arrived, at, done);
            return;
        }
        self.open -= 1;
        let (wait, work) = (at - arrived, done - at);
        let of = &mut self.plain_cells[cell];
        of.count += 1;
        of.delayed += u64::from(wait > Span::ZERO);
        of.wait += u128::from(wait.0);
        of.work += u128::from(work.0);
        for limit in &mut self.plain_classes[class].limits {
            let took = if limit.taken_up { wait } else { done - arrived };
            limit.reached += u64::from(took <= limit.within);
        }
        if let Some(waits) = self.waits.get_mut(class) {
            waits.record(wait);
        }
        if let Some(responses) = self.responses.get_mut(class) {
            responses.record(done - arrived);
            if let Some(responses) = self.team_responses.get_mut(team) {
                responses.record(done - arrived);
            }
        }
    }

    /// The same of a story that does not lie whole within the window, or of which more is asked.
    #[inline(never)]
    fn served_in_part(&mut self, class: usize, team: usize, arrived: Time, at: Time, done: Time) {
        self.waited(class, arrived, at);
        self.worked(class, team, at, done);
        self.taken_up(class, team, arrived, at);
        self.answered(class, team, arrived, done);
    }

    /// The whole story of a comment that nobody took up: it arrived at `arrived`, and its customer left for good at `at`.
    #[inline(always)]
    pub fn given_up(&mut self, class: usize, arrived: Time, at: Time) {
        if arrived.0.wrapping_sub(self.plain.from.0) >= self.plain.length {
            self.given_up_in_part(class, arrived, at);
            return;
        }
        self.open -= 1;
        let wait = at - arrived;
        let of = &mut self.plain_classes[class];
        if at > self.plain.to {
            of.outside += u128::from(at.since(self.plain.to).0);
        }
        of.given_up += 1;
        of.wait += u128::from(wait.0);
        for limit in &mut of.limits {
            limit.left += u64::from(wait <= limit.within);
        }
        if let Some(waits) = self.waits.get_mut(class) {
            waits.record(wait);
        }
    }

    #[inline(never)]
    fn given_up_in_part(&mut self, class: usize, arrived: Time, at: Time) {
        self.waited(class, arrived, at);
        self.left(class, arrived, at, false, true);
    }

    /// Handling of a comment that arrived at `arrived` began for the first time.
    #[inline(always)]
    pub fn taken_up(&mut self, class: usize, team: usize, arrived: Time, at: Time) {
        if !self.is_measured(arrived) {
            return;
        }
        let wait = at - arrived;
        let cell = &mut self.cells[class * self.spec.teams + team];
        cell.taken_up += 1;
        cell.delayed += u64::from(wait > Span::ZERO);
        cell.wait += u128::from(wait.0);
        if self.spec.squares {
            cell.add_squares(Some(wait), None);
        }
        self.reach(true, class, team, arrived, at);
        if let Some(waits) = self.waits.get_mut(class) {
            waits.record(wait);
        }
    }

    /// A comment that arrived at `arrived` was answered.
    #[inline(always)]
    pub fn answered(&mut self, class: usize, team: usize, arrived: Time, at: Time) {
        if !self.is_measured(arrived) {
            return;
        }
        self.open -= 1;
        if at > self.spec.end {
            return;
        }
        let response = at - arrived;
        let cell = &mut self.cells[class * self.spec.teams + team];
        cell.answered += 1;
        cell.response += u128::from(response.0);
        if self.spec.squares {
            cell.add_squares(None, Some(response));
        }
        self.reach(false, class, team, arrived, at);
        if let Some(bin) = self.bin(class, response) {
            self.by_age[bin].0 += 1;
        }
        if !self.badge.is_empty() && Some(class) != self.spec.calls {
            self.badge_answered(arrived, at);
        }
        if let Some(responses) = self.responses.get_mut(class) {
            responses.record(response);
        }
        if let Some(responses) = self.team_responses.get_mut(team)
            && Some(class) != self.spec.calls
        {
            responses.record(response);
        }
    }

    /// A customer gave up waiting; `taken_up`: handling had begun before (and was handed on or back); `last`: for good.
    #[inline(always)]
    pub fn left(&mut self, class: usize, arrived: Time, at: Time, taken_up: bool, last: bool) {
        if !self.is_measured(arrived) {
            return;
        }
        let wait = at - arrived;
        self.classes[class].left_attempts += 1;
        if !last {
            return;
        }
        self.open -= 1;
        self.gone(class, arrived, at);
        let of = &mut self.classes[class];
        of.left += 1;
        let thresholds = self.spec.thresholds.len();
        for (i, threshold) in self.spec.thresholds.iter().enumerate() {
            // Of a comment that was taken up before, only the answer can still be missed.
            let missed = wait <= threshold.within && !(taken_up && threshold.taken_up);
            self.left_within[class * thresholds + i] += u64::from(missed);
        }
        if taken_up {
            return;
        }
        of.left_untouched += 1;
        of.left_wait += u128::from(wait.0);
        if self.spec.squares {
            of.left_wait_square += wait.seconds() * wait.seconds();
        }
        if let Some(waits) = self.waits.get_mut(class) {
            waits.record(wait);
        }
    }

    /// An attempt found no place; `last`: the customer is lost.
    pub fn blocked(&mut self, class: usize, arrived: Time, at: Time, last: bool) {
        if self.is_measured(arrived) && last {
            self.classes[class].blocked += 1;
            self.open -= 1;
            self.gone(class, arrived, at);
        }
    }

    /// A customer turned away on seeing the queue.
    pub fn balked(&mut self, class: usize, arrived: Time, at: Time) {
        if self.is_measured(arrived) {
            self.classes[class].balked += 1;
            self.open -= 1;
            self.gone(class, arrived, at);
        }
    }

    /// An arrival was not taken on: it is never answered, but its writer waits on.
    pub fn ignored(&mut self, class: usize, arrived: Time) {
        if self.is_measured(arrived) {
            self.classes[class].ignored += 1;
            self.open -= 1;
        }
    }

    /// A comment was scrolled past: it is never answered, but its writer waits on.
    pub fn scrolled_past(&mut self, class: usize, arrived: Time) {
        if self.is_measured(arrived) {
            self.classes[class].scrolled_past += 1;
            self.open -= 1;
        }
    }

    /// Somebody else was asked for the answer.
    pub fn consulted(&mut self, class: usize, arrived: Time) {
        self.classes[class].consulted += u64::from(self.is_measured(arrived));
    }

    /// A question to somebody else was forgotten: the comment is never answered, but its writer waits on.
    pub fn forgotten(&mut self, class: usize, arrived: Time) {
        if self.is_measured(arrived) {
            self.classes[class].forgotten += 1;
            self.open -= 1;
        }
    }

    /// A caller found the line closed: of those who could be served, it is none.
    pub fn closed(&mut self, class: usize, arrived: Time) {
        if self.is_measured(arrived) {
            let of = &mut self.classes[class];
            of.offered -= 1;
            of.attempts -= 1;
            of.closed += 1;
            self.open -= 1;
        }
    }

    /// Who waited was sent away at closing time, for good.
    pub fn dismissed(&mut self, class: usize, arrived: Time, at: Time) {
        if self.is_measured(arrived) {
            self.classes[class].dismissed += 1;
            self.open -= 1;
            self.gone(class, arrived, at);
        }
    }

    /// An agent of the team came on duty, or is gone.
    pub fn duty(&mut self, team: usize, at: Time, on: bool) {
        self.settle_duty(team, at);
        let of = &mut self.teams[team];
        if on {
            of.on_duty += 1;
        } else {
            of.on_duty -= 1;
        }
    }

    /// The replication ends: whoever is on duty stays until here, and its distributions can be read.
    pub fn finish(&mut self, at: Time) {
        self.lasted = self.window.min(at.since(self.spec.warm_up).0);
        for team in 0..self.teams.len() {
            self.settle_duty(team, at);
        }
        for (cell, served) in self.plain_cells.iter_mut().enumerate() {
            let Served {
                count,
                delayed,
                wait,
                work,
            } = std::mem::take(served);
            self.classes[cell / self.spec.teams].waiting += wait;
            let of = &mut self.cells[cell];
            of.taken_up += count;
            of.delayed += delayed;
            of.wait += wait;
            of.answered += count;
            of.response += wait + work;
            of.busy += work;
        }
        let n = self.spec.thresholds.len();
        for (class, plain) in self.plain_classes.iter_mut().enumerate() {
            let of = &mut self.classes[class];
            of.offered += plain.offered;
            of.left += plain.given_up;
            of.left_attempts += plain.given_up;
            of.left_untouched += plain.given_up;
            of.left_wait += plain.wait;
            of.waiting += plain.wait - plain.outside;
            for (i, limit) in plain.limits.iter().enumerate() {
                self.reached[class * n + i] += limit.reached;
                self.left_within[class * n + i] += limit.left;
            }
            plain.clear();
        }
        for sections in [&mut self.waits, &mut self.responses, &mut self.team_responses] {
            for of in sections {
                of.finish();
            }
        }
    }

    /// Where the measured window ends.
    pub fn horizon(&self) -> Time {
        self.spec.horizon
    }

    /// Is there nothing left to learn from this replication? True from the horizon on, once every measured comment's story
    /// is told.
    #[inline(always)]
    pub fn is_over(&self, now: Time) -> bool {
        now >= self.spec.horizon && self.open == 0
    }

    /// What this replication adds to a measure of these classes (each an arrival class, none twice).
    pub fn value(&self, measure: Measure, classes: &[usize]) -> Fraction {
        debug_assert!(
            self.spec.squares || !matches!(measure, Measure::WaitSquare | Measure::ResponseSquare),
            "squares were not asked for"
        );
        let of = |f: fn(&OfClass) -> u64| classes.iter().map(|&c| f(&self.classes[c])).sum::<u64>() as f64;
        let cells = || {
            let teams = self.spec.teams;
            classes
                .iter()
                .flat_map(move |&c| &self.cells[c * teams..(c + 1) * teams])
        };
        let count = |f: fn(&OfCell) -> u64| cells().map(f).sum::<u64>() as f64;
        let seconds = |ns: u128| ns as f64 * 1e-9;
        let window = self.lasted as f64 * 1e-9;
        let waiting = || seconds(classes.iter().map(|&c| self.classes[c].waiting).sum());
        let busy_in = |team: usize| {
            seconds(
                classes
                    .iter()
                    .map(|&c| self.cells[c * self.spec.teams + team].busy)
                    .sum(),
            )
        };
        let staffed = |team: usize| seconds(self.teams[team].staffed);
        let (numerator, denominator) = match measure {
            Measure::Offered => (of(|c| c.offered), 1.0),
            Measure::ResponseRate => (count(|c| c.answered), of(|c| c.offered)),
            Measure::ResponseMean => (seconds(cells().map(|c| c.response).sum()), count(|c| c.answered)),
            Measure::ResponseSquare => (cells().map(|c| c.response_square).sum(), count(|c| c.answered)),
            Measure::WaitMean => (
                seconds(cells().map(|c| c.wait).sum::<u128>())
                    + seconds(classes.iter().map(|&c| self.classes[c].left_wait).sum()),
                count(|c| c.taken_up) + of(|c| c.left_untouched),
            ),
            Measure::WaitSquare => (
                cells().map(|c| c.wait_square).sum::<f64>()
                    + classes
                        .iter()
                        .map(|&c| self.classes[c].left_wait_square)
                        .sum::<f64>(),
                count(|c| c.taken_up) + of(|c| c.left_untouched),
            ),
            Measure::Delayed => (
                count(|c| c.delayed) + of(|c| c.left_untouched),
                count(|c| c.taken_up) + of(|c| c.left_untouched),
            ),
            Measure::Within(i, level) => {
                let n = self.spec.thresholds.len();
                let sum = |counts: &[u64]| classes.iter().map(|&c| counts[c * n + i]).sum::<u64>() as f64;
                let (reached, left) = (sum(&self.reached), sum(&self.left_within));
                let done = if self.spec.thresholds[i].taken_up {
                    |c: &OfCell| c.taken_up
                } else {
                    |c: &OfCell| c.answered
                };
                match level {
                    Level::Offered => (reached, of(|c| c.offered)),
                    Level::Done => (reached, count(done)),
                    Level::LeftCounted => (reached + left, of(|c| c.offered)),
                    Level::LeftExcluded => (reached, of(|c| c.offered) - left),
                }
            }
            Measure::Left => (of(|c| c.left), of(|c| c.offered)),
            Measure::LeftWithin(i) => {
                let n = self.spec.thresholds.len();
                (
                    classes.iter().map(|&c| self.left_within[c * n + i]).sum::<u64>() as f64,
                    of(|c| c.offered),
                )
            }
            Measure::Blocked => (of(|c| c.blocked), of(|c| c.offered)),
            Measure::Balked => (of(|c| c.balked), of(|c| c.offered)),
            Measure::Ignored => (of(|c| c.ignored), of(|c| c.offered)),
            Measure::ScrolledPast => (of(|c| c.scrolled_past), of(|c| c.offered)),
            Measure::Consulted => (of(|c| c.consulted), of(|c| c.offered)),
            Measure::Forgotten => (of(|c| c.forgotten), of(|c| c.offered)),
            Measure::Dismissed => (of(|c| c.dismissed), of(|c| c.offered)),
            Measure::Closed => (of(|c| c.closed), 1.0),
            // Only the end of follow-up censors, and never before these ages; what is answered or gone competes, and who is
            // ignored, scrolled past or forgotten stays at risk. The Aalen-Johansen estimator (Aalen & Johansen 1978) then
            // is the plain share.
            Measure::AnsweredBy(age) => (self.up_to(age, classes, |bin| bin.0), of(|c| c.offered)),
            Measure::GoneBy(age) => (self.up_to(age, classes, |bin| bin.1), of(|c| c.offered)),
            Measure::BadgeDays => {
                let (shown, judged) = self.badge_days();
                (shown as f64, judged as f64)
            }
            Measure::Unanswered => {
                let gone = of(|c| c.left + c.blocked + c.balked + c.dismissed);
                (
                    of(|c| c.offered) - gone - count(|c| c.answered),
                    of(|c| c.offered),
                )
            }
            Measure::StillOpen => (self.still_open(classes), of(|c| c.offered)),
            Measure::NotTakenUp => {
                let taken_up = count(|c| c.taken_up);
                // Of those taken up these are not open any more.
                let done = count(|c| c.answered) + of(|c| c.left - c.left_untouched + c.forgotten);
                let open = self.still_open(classes) - (taken_up - done);
                (open.max(0.0), of(|c| c.offered))
            }
            Measure::LeftPerAttempt => (of(|c| c.left_attempts), of(|c| c.attempts)),
            Measure::Waiting => (waiting(), window),
            Measure::InHouse => (waiting() + seconds(cells().map(|c| c.busy).sum()), window),
            Measure::InOrbit => (
                seconds(classes.iter().map(|&c| self.classes[c].orbiting).sum()),
                window,
            ),
            Measure::Busy(team) => (busy_in(team), window),
            Measure::Occupancy(team) if self.spec.sharing.get(team) == Some(&true) => {
                (seconds(self.teams[team].occupied), staffed(team))
            }
            Measure::Occupancy(team) => (busy_in(team), staffed(team)),
            Measure::StaffHours(team) => (staffed(team) / 3600.0, 1.0),
            Measure::ShareOfTeam(team) => {
                let taken = classes
                    .iter()
                    .map(|&c| self.cells[c * self.spec.teams + team].taken_up)
                    .sum::<u64>();
                (taken as f64, count(|c| c.taken_up))
            }
            Measure::Days(i, share) => {
                let days = self.days.iter().filter(|(offered, _)| *offered > 0);
                let good = days
                    .clone()
                    .filter(|(offered, reached)| reached[i] as f64 / *offered as f64 >= share);
                (good.count() as f64, days.count() as f64)
            }
        };
        Fraction {
            numerator,
            denominator,
        }
    }

    /// How many of these classes may still be answered when the run ends.
    fn still_open(&self, classes: &[usize]) -> f64 {
        let teams = self.spec.teams;
        let open = |&class: &usize| {
            let of = &self.classes[class];
            let gone = of.left + of.blocked + of.balked + of.dismissed;
            let never = of.ignored + of.scrolled_past + of.forgotten;
            let cells = &self.cells[class * teams..(class + 1) * teams];
            let answered: u64 = cells.iter().map(|cell| cell.answered).sum();
            of.offered as f64 - (gone + never + answered) as f64
        };
        classes.iter().map(open).sum()
    }

    /// Every arrival class.
    pub fn all_classes(&self) -> Vec<usize> {
        (0..self.spec.classes).collect()
    }

    /// Waits of a class over all replications finished so far; left ones included.
    pub fn waits(&self, class: usize) -> Option<&Sections> {
        self.waits.get(class)
    }

    /// First responses of a class over all replications finished so far.
    pub fn responses(&self, class: usize) -> Option<&Sections> {
        self.responses.get(class)
    }

    /// First responses by a team to comments (calls left out) over all replications finished so far; `None` with a single team,
    /// whose they all are.
    pub fn team_responses(&self, team: usize) -> Option<&Sections> {
        self.team_responses.get(team)
    }

    /// Takes over the distributions of another recorder of the same recording. Counts add up, so order does not matter.
    pub fn take_distributions(&mut self, other: &mut Recorder) {
        let ours = [&mut self.waits, &mut self.responses, &mut self.team_responses];
        for (ours, theirs) in
            ours.into_iter()
                .zip([&mut other.waits, &mut other.responses, &mut other.team_responses])
        {
            for (a, b) in ours.iter_mut().zip(theirs) {
                a.take(b);
            }
        }
    }

    #[inline(always)]
    fn is_measured(&self, arrived: Time) -> bool {
        arrived.0.wrapping_sub(self.spec.warm_up.0) < self.window
    }

    /// Nanoseconds of `[from, to)` inside the window.
    #[inline(always)]
    fn clip(&self, from: Time, to: Time) -> u64 {
        to.min(self.spec.horizon).since(from.max(self.spec.warm_up)).0
    }

    /// Counts the thresholds that were reached at `at`: those on taking up, or those on the answer.
    #[inline(always)]
    fn reach(&mut self, taken_up: bool, class: usize, team: usize, arrived: Time, at: Time) {
        let n = self.spec.thresholds.len();
        let took = at - arrived;
        let of_class = self.reached[class * n..].iter_mut();
        for (i, (threshold, of)) in self.spec.thresholds.iter().zip(of_class).enumerate() {
            if threshold.taken_up != taken_up {
                continue;
            }
            // What is in time by the clock is so in opening hours as well.
            let reached = took <= threshold.within
                || threshold.business && self.spec.hours[team].between(arrived, at) <= threshold.within;
            *of += u64::from(reached);
            if threshold.daily && reached && Some(class) != self.spec.calls {
                self.days[self.spec.day_of(arrived)].1[i] += 1;
            }
        }
    }

    /// Where an event of a comment of this age is counted; `None` where it is too old, or nothing is.
    #[inline(always)]
    fn bin(&self, class: usize, age: Span) -> Option<usize> {
        let ages = &self.spec.incidence;
        let bin = ages.partition_point(|&upto| upto < age);
        (bin < ages.len()).then_some(class * ages.len() + bin)
    }

    /// Whoever was here first at `arrived` is gone for good.
    fn gone(&mut self, class: usize, arrived: Time, at: Time) {
        if let Some(bin) = self.bin(class, at - arrived) {
            self.by_age[bin].1 += 1;
        }
    }

    /// Events up to an age.
    fn up_to(&self, age: usize, classes: &[usize], of: fn(&(u64, u64)) -> u64) -> f64 {
        let ages = self.spec.incidence.len();
        let bins = |&class: &usize| &self.by_age[class * ages..=class * ages + age];
        classes.iter().flat_map(bins).map(of).sum::<u64>() as f64
    }

    /// An answer counts for the midnights after it, as long as the arrival is in their window.
    fn badge_answered(&mut self, arrived: Time, at: Time) {
        let behind = (self.spec.day_of(arrived) + BADGE_DAYS + 1).min(self.spec.days.len());
        let first = self.spec.day_of(at) + 1;
        let quick = i64::from(at - arrived <= BADGE_MEDIAN);
        if first < behind {
            self.badge[first].answered += 1;
            self.badge[first].quick += quick;
            if let Some(behind) = self.badge.get_mut(behind) {
                behind.answered -= 1;
                behind.quick -= quick;
            }
        }
    }

    /// Midnights at which the badge shows, and those that are judged: from [`BADGE_DAYS`] days after the measured start on, up
    /// to the horizon.
    fn badge_days(&self) -> (u64, u64) {
        let (mut shown, mut judged) = (0, 0);
        let (mut offered, mut answered, mut quick) = (0, 0, 0);
        let week = Span(BADGE_DAYS as u64 * 24 * Span::HOUR.0);
        for (day, midnight) in self.badge.iter().enumerate() {
            answered += midnight.answered;
            quick += midnight.quick;
            if let Some(from) = day.checked_sub(BADGE_DAYS) {
                let at = self.spec.days[day];
                let whole = at >= self.spec.warm_up + week && self.spec.days[from] >= self.spec.warm_up;
                if whole && at <= self.spec.horizon {
                    judged += 1;
                    let enough = answered as u64 * 100 >= BADGE_SHARE * offered;
                    shown += u64::from(offered > 0 && enough && 2 * quick >= answered);
                }
                offered -= self.badge[from].offered;
            }
            offered += midnight.offered;
        }
        (shown, judged)
    }

    fn settle_duty(&mut self, team: usize, at: Time) {
        let staffed = self.clip(self.teams[team].since, at);
        let of = &mut self.teams[team];
        of.staffed += u128::from(of.on_duty) * u128::from(staffed);
        of.since = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn recorder() -> Recorder {
        let threshold = |within: u64, taken_up| Threshold {
            within: Span(within * S),
            taken_up,
            business: false,
            daily: within == 10,
        };
        Recorder::new(Recording {
            classes: 2,
            teams: 2,
            warm_up: Time(100 * S),
            horizon: Time(200 * S),
            end: Time(250 * S),
            thresholds: vec![threshold(10, false), threshold(5, true)],
            days: vec![Time(0), Time(150 * S)].into(),
            hours: Arc::new([]),
            sharing: vec![],
            wait_distribution: true,
            response_distribution: true,
            incidence: Vec::new(),
            badge: false,
            squares: true,
            calls: None,
        })
    }

    fn at(seconds: u64) -> Time {
        Time(seconds * S)
    }

    fn value(recorder: &Recorder, measure: Measure) -> (f64, f64) {
        let Fraction {
            numerator,
            denominator,
        } = recorder.value(measure, &[0, 1]);
        (numerator, denominator)
    }

    #[test]
    fn only_the_window_counts() {
        let mut r = recorder();
        r.begin(0);
        for arrived in [99, 100, 199, 200] {
            r.offered(0, at(arrived));
            r.taken_up(0, 0, at(arrived), at(arrived + 1));
            r.answered(0, 0, at(arrived), at(arrived + 2));
        }
        assert_eq!(value(&r, Measure::Offered), (2.0, 1.0));
        assert_eq!(value(&r, Measure::ResponseMean), (4.0, 2.0));
        r.waited(0, at(90), at(110));
        r.worked(1, 1, at(190), at(260));
        assert_eq!(value(&r, Measure::Waiting), (10.0, 100.0));
        assert_eq!(value(&r, Measure::Busy(1)), (10.0, 100.0));
        assert_eq!(value(&r, Measure::InHouse), (20.0, 100.0));
    }

    #[test]
    fn the_four_service_levels() {
        let mut r = recorder();
        r.begin(0);
        for (wait, response) in [(1, 5), (6, 10), (2, 11), (20, 30)] {
            r.offered(1, at(120));
            r.taken_up(1, 0, at(120), at(120 + wait));
            r.answered(1, 0, at(120), at(120 + response));
        }
        for wait in [3, 40] {
            r.offered(1, at(120));
            r.left(1, at(120), at(120 + wait), false, true);
        }
        let within = |i, level| value(&r, Measure::Within(i, level));
        assert_eq!(within(0, Level::Offered), (2.0, 6.0));
        assert_eq!(within(0, Level::Done), (2.0, 4.0));
        assert_eq!(within(0, Level::LeftCounted), (3.0, 6.0));
        assert_eq!(within(0, Level::LeftExcluded), (2.0, 5.0));
        assert_eq!(within(1, Level::Offered), (2.0, 6.0));
        assert_eq!(value(&r, Measure::WaitMean), (29.0 + 43.0, 6.0));
        assert_eq!(value(&r, Measure::ResponseRate), (4.0, 6.0));
    }

    /// Taken up, handed on, and given up then: one wait, one miss.
    #[test]
    fn whoever_leaves_after_being_taken_up_waited_once() {
        let mut r = recorder();
        r.begin(0);
        r.offered(0, at(120));
        r.taken_up(0, 0, at(120), at(123));
        r.left(0, at(120), at(128), true, true);
        assert_eq!(value(&r, Measure::WaitMean), (3.0, 1.0));
        assert_eq!(value(&r, Measure::Delayed), (1.0, 1.0));
        assert_eq!(value(&r, Measure::Within(1, Level::LeftCounted)), (1.0, 1.0));
        assert_eq!(value(&r, Measure::Within(1, Level::LeftExcluded)), (1.0, 1.0));
        assert_eq!(value(&r, Measure::Within(0, Level::LeftCounted)), (1.0, 1.0));
        assert_eq!(value(&r, Measure::Left), (1.0, 1.0));
    }

    /// Stories told at once give the same sums as their parts do, in the window and across its edges.
    #[test]
    fn whole_stories_are_their_parts() {
        let mut spec = recorder().spec;
        spec.squares = false;
        for threshold in &mut spec.thresholds {
            threshold.daily = false;
        }
        let (mut whole, mut parts) = (Recorder::new(spec.clone()), Recorder::new(spec));
        whole.begin(0);
        parts.begin(0);
        for arrived in (80..220).map(at) {
            for (wait, work) in [(0, 3), (4, 0), (7, 20), (30, 60)] {
                let (taken, left) = (arrived + Span(wait * S), arrived + Span(work * S));
                let done = taken + Span(work * S);
                let (class, team) = ((wait % 2) as usize, (work % 3 % 2) as usize);
                for recorder in [&mut whole, &mut parts] {
                    recorder.offered(class, arrived);
                    recorder.offered(class, arrived);
                }
                whole.served(class, team, arrived, taken, done);
                whole.given_up(class, arrived, left);
                parts.served_in_part(class, team, arrived, taken, done);
                parts.given_up_in_part(class, arrived, left);
                assert_eq!(whole.open, parts.open);
            }
        }
        assert_eq!(whole.open, 0);
        let counted: u64 = whole.plain_cells.iter().map(|s| s.count).sum();
        assert!(counted > 100, "some stories lie whole within the window");
        whole.finish(at(250));
        parts.finish(at(250));
        let debug = |recorder: &Recorder| {
            format!(
                "{:?} {:?} {:?} {:?}",
                recorder.classes, recorder.cells, recorder.reached, recorder.left_within
            )
        };
        assert_eq!(debug(&whole), debug(&parts));
        assert_eq!(
            (whole.waits, whole.responses, whole.team_responses),
            (parts.waits, parts.responses, parts.team_responses)
        );
    }

    #[test]
    fn an_answer_after_the_end_is_no_answer() {
        let mut r = recorder();
        r.begin(0);
        r.offered(0, at(199));
        r.answered(0, 0, at(199), at(251));
        assert_eq!(value(&r, Measure::ResponseRate), (0.0, 1.0));
        assert_eq!(value(&r, Measure::Unanswered), (1.0, 1.0));
    }

    /// Whoever is ignored, scrolled past or forgotten stays unanswered; who is sent away is gone; asking ends nothing.
    #[test]
    fn the_never_answered_stay_unanswered() {
        let mut r = recorder();
        r.begin(0);
        for arrived in [99, 120, 121, 122, 123, 124, 200] {
            r.offered(0, at(arrived));
        }
        // Before and behind the window nothing counts.
        for outside in [99, 200] {
            r.ignored(0, at(outside));
            r.scrolled_past(0, at(outside));
            r.consulted(0, at(outside));
            r.forgotten(0, at(outside));
            r.dismissed(0, at(outside), at(outside));
        }
        r.ignored(0, at(120));
        r.scrolled_past(0, at(121));
        r.consulted(0, at(122));
        r.consulted(0, at(123));
        assert!(!r.is_over(at(200)));
        r.forgotten(0, at(122));
        r.dismissed(0, at(124), at(130));
        assert!(!r.is_over(at(200)), "the second question is still open");
        r.answered(0, 0, at(123), at(140));
        assert!(r.is_over(at(200)));
        for (measure, count) in [
            (Measure::Ignored, 1.0),
            (Measure::ScrolledPast, 1.0),
            (Measure::Consulted, 2.0),
            (Measure::Forgotten, 1.0),
            (Measure::Dismissed, 1.0),
            (Measure::Unanswered, 3.0),
            (Measure::ResponseRate, 1.0),
        ] {
            assert_eq!(value(&r, measure), (count, 5.0), "{measure:?}");
        }
    }

    /// Answered after 10, 20, 20, 45; left after 20 and 60; ignored; open. By hand, and by the estimator that can be censored.
    #[test]
    fn cumulative_incidence_of_ten_comments() {
        let mut spec = recorder().spec;
        let ages = [4, 10, 20, 50];
        spec.incidence = ages.iter().map(|&age| Span(age * S)).collect();
        let mut r = Recorder::new(spec.clone());
        let mut risks = crate::risks::Risks::<2>::new(spec.incidence);
        r.begin(0);
        let arrived = at(150);
        let answers = [10, 20, 20, 45];
        let departures = [20, 60];
        for _ in 0..10 {
            r.offered(0, arrived);
        }
        for after in answers {
            r.answered(0, 0, arrived, at(150 + after));
            risks.event(0, Span(after * S));
        }
        for after in departures {
            r.left(0, arrived, at(150 + after), false, true);
            risks.event(1, Span(after * S));
        }
        // Coming back is not leaving, but being turned down then is.
        r.left(0, arrived, at(155), false, false);
        r.balked(0, arrived, arrived);
        r.blocked(0, arrived, at(155), true);
        r.blocked(0, arrived, arrived, false);
        risks.event(1, Span::ZERO);
        risks.event(1, Span(5 * S));
        r.ignored(0, arrived);
        // The ignored one and the one that is open stay at risk to the end of follow-up.
        risks.censor(Span(100 * S));
        risks.censor(Span(100 * S));
        let answered = [0.0, 1.0, 3.0, 4.0];
        let gone = [1.0, 2.0, 3.0, 3.0];
        for (i, point) in risks.curves().iter().take(ages.len()).enumerate() {
            assert_eq!(value(&r, Measure::AnsweredBy(i)), (answered[i], 10.0), "{i}");
            assert_eq!(value(&r, Measure::GoneBy(i)), (gone[i], 10.0), "{i}");
            assert!((point.incidence[0] - answered[i] / 10.0).abs() < 1e-12, "{i}");
            assert!((point.incidence[1] - gone[i] / 10.0).abs() < 1e-12, "{i}");
        }
        // Another class has nothing of it, and a new replication neither.
        assert_eq!(r.value(Measure::AnsweredBy(3), &[1]).numerator, 0.0);
        r.begin(1);
        assert_eq!(value(&r, Measure::AnsweredBy(3)), (0.0, 0.0));
    }

    /// The badge by difference arrays is the badge by its definition, over random comments, days of unequal length included.
    #[test]
    fn the_badge_is_what_a_recount_gives() {
        const MINUTE: u64 = 60 * S;
        const DAY: u64 = 1440 * MINUTE;
        let mut seed = 1u64;
        let mut random = |below: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let (mut shown, mut judged) = (0.0, 0.0);
        for round in 0..200 {
            // Begins at 9 in the morning where `round` is odd; the clock goes forward on the sixth day, back on the twentieth.
            let first = if round % 2 == 1 { 15 * 60 * MINUTE } else { DAY };
            let mut days = vec![Time::ZERO];
            for day in 0..30 {
                let turn = if day >= 19 {
                    0
                } else if day >= 5 {
                    60 * MINUTE
                } else {
                    0
                };
                days.push(Time(first + day * DAY - turn));
            }
            let (warm_up, horizon, end) = (Time(random(3) * DAY), Time(25 * DAY), Time(28 * DAY));
            let mut r = Recorder::new(Recording {
                classes: 2,
                teams: 1,
                warm_up,
                horizon,
                end,
                days: days.clone().into(),
                badge: true,
                calls: Some(1),
                ..Recording::default()
            });
            r.begin(0);
            let mut comments = Vec::new();
            let misses = random(20);
            let slow = random(120);
            for _ in 0..random(300) {
                let arrived = Time(random(26 * DAY / MINUTE) * MINUTE);
                let answered = (random(100) >= misses).then(|| {
                    let after = if random(100) < slow {
                        random(4 * 1440)
                    } else {
                        random(16)
                    };
                    arrived + Span(after * MINUTE)
                });
                r.offered(0, arrived);
                r.offered(1, arrived);
                if let Some(at) = answered {
                    r.answered(0, 0, arrived, at);
                }
                comments.push((arrived, answered));
            }
            let mut expected = (0.0, 0.0);
            for (i, &midnight) in days.iter().enumerate().skip(7) {
                let from = days[i - 7];
                if from < warm_up || midnight < warm_up + Span(7 * DAY) || midnight > horizon {
                    continue;
                }
                let mut window = comments.clone();
                window.retain(|&(arrived, _)| from <= arrived && arrived < midnight);
                let mut responses: Vec<u64> = window
                    .iter()
                    .filter_map(|&(arrived, answered)| {
                        answered.filter(|&at| at < midnight).map(|at| (at - arrived).0)
                    })
                    .collect();
                responses.sort_unstable();
                // Half of them and more: the lower median.
                let median = responses.get(responses.len().saturating_sub(1) / 2);
                let shows = responses.len() as f64 / window.len() as f64 >= 0.9
                    && median.is_some_and(|&median| median <= 15 * MINUTE);
                expected.0 += f64::from(u8::from(shows));
                expected.1 += 1.0;
            }
            assert_eq!(value(&r, Measure::BadgeDays), expected, "{round}");
            shown += expected.0;
            judged += expected.1;
        }
        assert!(shown > 100.0 && judged - shown > 100.0, "{shown} of {judged}");
    }

    #[test]
    fn calls_are_left_out_of_days_and_of_the_responses_of_teams() {
        let mut spec = recorder().spec;
        spec.calls = Some(1);
        let mut r = Recorder::new(spec);
        r.begin(0);
        for (class, response) in [(0, 30), (1, 2)] {
            r.offered(class, at(120));
            r.answered(class, 0, at(120), at(120 + response));
        }
        r.finish(at(250));
        assert_eq!(value(&r, Measure::Days(0, 0.5)), (0.0, 1.0));
        assert_eq!(r.team_responses(0).map(|s| s.merged().count()), Some(1));
        assert_eq!(r.responses(1).map(|s| s.merged().count()), Some(1));
    }

    #[test]
    fn days_are_those_of_arrival() {
        let mut r = recorder();
        r.begin(0);
        // The first day reaches a half, the second nothing.
        for (arrived, response) in [(110, 3), (120, 30), (149, 2), (149, 50), (160, 11)] {
            r.offered(0, at(arrived));
            r.answered(0, 0, at(arrived), at(arrived + response));
        }
        assert_eq!(value(&r, Measure::Days(0, 0.5)), (1.0, 2.0));
        assert_eq!(value(&r, Measure::Days(0, 0.0)), (2.0, 2.0));
        assert_eq!(value(&r, Measure::Days(0, 0.6)), (0.0, 2.0));
    }

    #[test]
    fn duty_is_clipped_to_the_window() {
        let mut r = recorder();
        r.begin(0);
        r.duty(0, at(0), true);
        r.duty(0, at(50), true);
        r.duty(0, at(130), false);
        r.worked(0, 0, at(120), at(160));
        r.finish(at(250));
        assert_eq!(value(&r, Measure::StaffHours(0)), (130.0 / 3600.0, 1.0));
        assert_eq!(value(&r, Measure::Occupancy(0)), (40.0, 130.0));
    }

    #[test]
    fn a_new_replication_forgets_sums_but_keeps_distributions() {
        let mut r = recorder();
        for replication in 0..3 {
            r.begin(replication);
            r.offered(0, at(150));
            r.answered(0, 0, at(150), at(157));
            r.finish(at(250));
        }
        assert_eq!(value(&r, Measure::Offered), (1.0, 1.0));
        assert_eq!(r.responses(0).map(|s| s.merged().count()), Some(3));
    }
}
