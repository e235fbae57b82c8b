//! The shape of the files: every table and every field, declared once. Readers, refusals and the JSON Schema follow.

use crate::law::{Amount, PlainLaw};
use crate::quantity::{ClockTime, Date, Days, Duration, Instant, LocalDateTime, Rate, Window};
use crate::shape::{
    Anything, At, Either, Flag, Named, Number, OneOrMany, Positive, Share, Signed, Text, Whole, table, words,
};

words!(
    /// No bound.
    Unlimited "the word \"unlimited\"" { Unlimited "unlimited" }
);
words!(
    /// Until precise.
    Auto "the word \"auto\"" { Auto "auto" }
);
words!(
    /// Open at every hour.
    Always "the word \"always\"" { Always "always" }
);
words!(
    /// Attention all the time on duty.
    Full "the word \"full\"" { Full "full" }
);
words!(
    /// Every comment is picked.
    Everything "the word \"everything\"" { Everything "everything" }
);
words!(
    /// Interest that does not fall.
    Never "the word \"never\"" { Never "never" }
);
words!(
    /// What who looks does when nothing waits.
    NothingWaitsWord "what to do when nothing waits" { Leave "leave", Stay "stay" }
);
words!(
    /// Which hours are paid for.
    ChargedWord "hours that are charged" { OnDuty "on duty", AtWork "at work" }
);
words!(
    /// What several comments of one agent share.
    EqualSharing "the words \"equal sharing\"" { EqualSharing "equal sharing" }
);
words!(
    /// Order within a class.
    OrderWord "an order" {
        OldestFirst "oldest-first",
        NewestFirst "newest-first",
        Random "random",
        EarliestDeadline "earliest-deadline",
        ShortestWork "shortest-work",
        ShortestRemaining "shortest-remaining",
        AccumulatingPriority "accumulating-priority",
        WeightedScore "weighted-score",
    }
);
words!(
    /// Choice across classes of equal rank.
    BetweenWord "a rule between classes" {
        Oldest "oldest", Newest "newest", SmallestKey "smallest-key", Accumulating "accumulating",
    }
);
words!(
    /// Who may interrupt.
    PreemptWord "a rule of interruption" {
        Never "never", BetterRank "better-rank", Newest "newest", ShorterRemaining "shorter-remaining",
    }
);
words!(
    /// Who of several idle agents.
    ChoiceWord "a choice of agent" {
        LongestIdle "longest-idle",
        LeastOccupied "least-occupied",
        FirstListed "first-listed",
        FillUp "fill-up",
        Random "random",
        MostSpecialised "most-specialised",
        Cheapest "cheapest",
    }
);
words!(
    /// Who goes when the number on duty falls.
    LeavesFirstWord "who goes first" { Idle "idle", LastListed "last-listed" }
);
words!(
    /// Work in hand when the shift ends.
    LateFinishWord "a rule for late work" { Finish "finish", HandBack "hand-back" }
);
words!(
    /// Tolerance after a hand-back.
    AfterHandBack "what becomes of tolerance" { Kept "kept", DrawnAnew "drawn-anew" }
);
words!(
    /// Which service level.
    OfWord "what the share is of" {
        Offered "offered",
        Answered "answered",
        LeavingCounted "offered, leaving counted",
        LeavingExcluded "offered, leaving excluded",
    }
);
words!(
    /// Whose time counts.
    ClockWord "a clock" { Wall "wall", Business "business" }
);
words!(
    /// In which time contagion's delays are counted.
    ContagionClock "a clock of contagion" { Wall "wall", Profile "profile" }
);
words!(
    /// Start of a contagion.
    StartWord "a start" { Empty "empty", Stationary "stationary" }
);
words!(
    /// Start of a modulated process.
    MmppStart "a start" { Stationary "stationary", First "first" }
);
words!(
    /// Bootstrap of a trace.
    BootstrapWord "a bootstrap" { Days "days" }
);

/// A number of agents or places, or no bound.
pub(crate) type Count = Either<Whole, Unlimited>;
/// A law: a constant, or a table.
pub(crate) type LawShape = Either<Amount, LawTable>;
/// A number for all, or one per class.
pub(crate) type PerClass = Either<Whole, Named<Whole>>;
/// A share for all, or one per class.
pub(crate) type SharePerClass = Either<Share, Named<Share>>;
/// Opening hours: windows by day, or always.
pub(crate) type HoursShape = Either<Named<OneOrMany<Window>>, Always>;
/// Weights of hours: a CSV file, a list, or a file with its columns named.
pub(crate) type ProfileShape = Either<Text, Either<Vec<At<Number>>, ProfileFile>>;
/// A staffing model: a path, or a table.
pub(crate) type ModelShape = Either<Text, ModelTable>;

table!(
    /// A scenario file: what arrives, who answers, what is asked of them.
    Scenario "the scenario file" {
        /// The question; the file's name where absent.
        title: Text,
        /// Local date-time at which the clock is 0; 2024-01-01T00:00:00, a Monday, where absent.
        start: LocalDateTime,
        /// IANA name of the time zone, from the bundled database; UTC where absent.
        timezone: Text,
        /// Dates on which nobody works unless a shift says so.
        holidays: Vec<At<Date>>,
        /// Arrivals up to here are measured.
        horizon: Duration = required,
        /// Arrivals before it are not measured; only where every source is stationary.
        warm_up: Duration,
        /// How long the run goes on after the horizon.
        follow_up: Duration,
        /// Comments waiting at time 0: a number (first class), or a number per class.
        backlog: PerClass,
        /// One queue in short form.
        queue: Queue,
        /// Streams of comments.
        arrivals: Vec<Stream>,
        /// The phone line.
        phone: Phone,
        /// What is known of the classes.
        classes: Named<Class>,
        /// What is asked of the staffing.
        targets: Vec<Target>,
        /// How much is run, and which staffing models.
        experiment: Experiment,
        /// Extra measures.
        observe: Observe,
        /// Name of the staffing model written in place.
        name: Text,
        /// Teams of a staffing model written in place.
        teams: Vec<Team>,
        /// Rules of a staffing model written in place.
        routing: Routing,
        /// Work that goes on to another team, of a staffing model written in place.
        hand_over: Vec<HandOverShape>,
        /// Departments that are asked, of a staffing model written in place.
        departments: Named<Department>,
    }
    later { "page", "plan", "crisis", "moderation" }
);

table!(
    /// A staffing file: who answers, in which hours, by which rules.
    Staffing "the staffing file" {
        /// Name of the staffing model; the file's name where absent.
        name: Text,
        /// Teams of agents.
        teams: Vec<Team> = required,
        /// Rules.
        routing: Routing,
        /// Work that goes on to another team.
        hand_over: Vec<HandOverShape>,
        /// Departments that are asked for answers and are not simulated.
        departments: Named<Department>,
    }
    later { "crisis", "moderation" }
);

table!(
    /// One class, one channel, one team: a classic queue.
    Queue "`queue`" {
        /// When comments come: one source.
        arrivals: Stream = required,
        /// Law of the time in hand.
        service: LawShape = required,
        /// Agents; 1 with `sharing`.
        agents: Count,
        /// Law of patience; waits for ever where absent.
        patience: LawShape,
        /// Places in all, in service included.
        capacity: Whole,
        /// Order of the queue; oldest-first where absent.
        order: OrderWord,
        /// Who may interrupt.
        preempt: PreemptWord,
        /// One agent serves all at once, equally.
        sharing: Flag,
        /// Law of the set-up before the first work after idling.
        set_up: LawShape,
        /// Probability that finished work comes back.
        feedback: Share,
        /// After leaving, some come back.
        retry: RetryTable,
        /// What a blocked customer does; lost where absent.
        when_blocked: RetryTable,
        /// Shifts of the agents.
        shifts: Vec<At<Shift>>,
        /// Who goes when the number on duty falls; the idle where absent.
        leaves_first: LeavesFirstWord,
        /// Work in hand when the shift ends.
        late_finish: LateFinishWord,
        /// Comments waiting at time 0.
        backlog: Whole,
    }
);

table!(
    /// A stream of comments: exactly one source, and what its comments are.
    Stream "a stream of arrivals" {
        /// Its name; required where there are several.
        name: Text,
        /// Poisson arrivals at a constant rate.
        poisson: Rate,
        /// Poisson arrivals at a rate that `profile`, `weekdays` and `busyness` modulate.
        rate: Rate,
        /// Weights of the 24 hours of the day or the 168 hours of the week from Monday.
        profile: ProfileShape,
        /// Weights of the days of the week.
        weekdays: Named<Number>,
        /// Random factors of mean 1.
        busyness: OneOrMany<BusynessShape>,
        /// Expected numbers by time, from a CSV file.
        counts: CountsFile,
        /// Independent gaps of this law.
        renewal: LawShape,
        /// Pieces of constant rate.
        pieces: Vec<At<PieceShape>>,
        /// Repeats the pieces to the end.
        repeat: Flag,
        /// A rate that dies away exponentially.
        decay: Decay,
        /// A rate that swings as a sine.
        sinusoidal: Sinusoidal,
        /// A Poisson process whose rate follows a Markov chain.
        mmpp: Mmpp,
        /// Batches at the points of a Poisson process.
        batch: Batch,
        /// A storm.
        storm: Storm,
        /// Fixed instants, ascending.
        instants as "at": Vec<At<Instant>>,
        /// A log, replayed.
        trace: Either<Text, TraceFile>,
        /// Shares of the classes; sum 1.
        classes: Named<Share>,
        /// Shares of the channels; sum 1.
        channels: Named<Share>,
        /// The page it comes to.
        page: Text,
        /// The topic of its comments.
        topic: Text,
        /// Comments that beget comments.
        contagion: ContagionShape,
        /// Share of angry comments.
        angry: Share,
        /// Law of the writer's followers, without unit.
        followers: PlainLaw,
        /// Law of the posts in the thread, without unit.
        thread: PlainLaw,
    }
    later { "meme" }
);

table!(
    /// The phone line: calls, which compete for the same people.
    Phone "`phone`" {
        /// Rate of calls.
        rate: Rate = required,
        /// Weights of the 24 hours of the day or the 168 hours of the week from Monday.
        profile: ProfileShape,
        /// Weights of the days of the week.
        weekdays: Named<Number>,
        /// Random factors of mean 1.
        busyness: OneOrMany<BusynessShape>,
        /// Law of the length of a call.
        handling: LawShape = required,
        /// Law of the caller's patience; waits for ever where absent.
        patience: LawShape,
        /// Lines: most calls at once, waiting and in work together; no limit where absent.
        trunks: Whole,
    }
);

table!(
    /// Hour weights in a CSV file.
    ProfileFile "a profile file" {
        /// The CSV file.
        file: Text = required,
        /// Column of the hour (0 to 23 or 0 to 167); rows in order where absent.
        hour: Text,
        /// Column of the weight; the last column where absent.
        weight: Text,
    }
);

table!(
    /// A random factor of mean 1, constant over blocks of time.
    BusynessShape "`busyness`" {
        /// Coefficient of variation.
        cv: Positive,
        /// Shape of the gamma law, instead of `cv`.
        shape: Positive,
        /// Length of the blocks: "day" (local days, where absent) or a duration.
        every: Text,
        /// Correlation of neighbouring blocks.
        correlation: Signed,
        /// The same, by another name.
        day_correlation: Signed,
    }
);

table!(
    /// Expected numbers by time.
    CountsFile "`counts`" {
        /// The CSV file.
        file: Text = required,
        /// Column of the time.
        time: Text = required,
        /// Column of the number.
        count: Text = required,
        /// Factor on all numbers; 1 where absent.
        scale: Number,
    }
);

table!(
    /// A stretch of constant rate.
    PieceShape "a piece" {
        /// How long it lasts.
        length as "for": Duration = required,
        /// Its rate.
        rate: Rate = required,
    }
);

table!(
    /// Rate initial x exp(-t/time).
    Decay "`decay`" {
        /// Rate at the start.
        initial: Rate = required,
        /// Time in which it falls to 1/e.
        time: Duration = required,
    }
);

table!(
    /// Rate mean x (1 + amplitude x sin(2 pi (t - phase)/period)).
    Sinusoidal "`sinusoidal`" {
        /// Mean rate.
        mean: Rate = required,
        /// Relative amplitude, at most 1.
        amplitude: Share = required,
        /// Period.
        period: Duration = required,
        /// Shift to the right; 0 where absent.
        phase: Duration,
    }
);

table!(
    /// A Poisson process whose rate follows a Markov chain.
    Mmpp "`mmpp`" {
        /// Rate of arrivals in each state.
        rates: Vec<At<Rate>> = required,
        /// Rate of leaving each of two states.
        leave: Vec<At<Rate>>,
        /// Rates from state to state, row by row.
        switching: Vec<At<Vec<At<Rate>>>>,
        /// Start in the long-run law (where absent), or in the first state.
        start: MmppStart,
    }
);

table!(
    /// Batches at the points of a Poisson process.
    Batch "`batch`" {
        /// Rate of batches.
        rate: Rate = required,
        /// Comments in each.
        size: BatchSizeShape = required,
    }
);

table!(
    /// Comments in a batch.
    BatchSizeShape "a batch size" {
        /// Always so many.
        fixed: Whole,
        /// Geometric on 1, 2, ... with this mean.
        geometric: Positive,
    }
);

table!(
    /// Each affected contact writes with a probability, at a time with density (1-exp(-u/rise))exp(-u/decay), later tail.
    Storm "`storm`" {
        /// When it breaks.
        at: Instant = required,
        /// Contacts that could be hit.
        affected: Whole = required,
        /// Probability that one writes; 0.02 where absent.
        contact: Share,
        /// How long the cause lasts.
        lasts: Duration = required,
        /// Time scale of the rise; 20 min where absent.
        rise: Duration,
        /// Time scale of the decay; 240 min where absent.
        decay: Duration,
        /// Time scale behind the end; 90 min where absent.
        tail: Duration,
    }
);

table!(
    /// A log, replayed.
    TraceFile "`trace`" {
        /// The CSV file.
        file: Text = required,
        /// Column of the time; where absent the one whose header says created, opened or submitted, else posted, arrived, received, time or date.
        time: Text,
        /// Column of the class.
        class: Text,
        /// Column of the channel.
        channel: Text,
        /// Events before this are left out.
        from: Instant,
        /// Probability that an event is kept; 1 where absent.
        keep: Share,
        /// Factor on the times since the start; 1 where absent.
        stretch: Positive,
        /// Sorts the rows by time; a file out of order is a fault where absent.
        sort: Flag,
        /// Whole days in random order, with replacement.
        bootstrap: BootstrapWord,
    }
);

table!(
    /// Comments that beget comments (Hawkes).
    ContagionShape "`contagion`" {
        /// Mean offspring of a comment, below 1.
        offspring: Number = required,
        /// Law of the delay from parent to child.
        kernel: KernelShape = required,
        /// From an empty history (where absent) or stationary.
        start: StartWord,
        /// Delays are counted on the wall clock (where absent) or in the stream's hour profile.
        clock: ContagionClock,
        /// Offspring are proportional to the writer's followers.
        by_followers: Flag,
    }
);

table!(
    /// Law of the delay from parent to child.
    KernelShape "a kernel" {
        /// Exponential with this mean.
        exponential: Duration,
        /// Falls as t to the minus this, behind `flat`.
        power: Positive,
        /// Constant density up to here, for `power`.
        flat: Duration,
        /// Nothing comes behind this, for `power`.
        cut: Duration,
        /// Lomax (Omori).
        lomax: Lomax,
    }
);

table!(
    /// theta c^theta / (t + c)^(1 + theta).
    Lomax "`lomax`" {
        /// Time scale.
        c: Duration = required,
        /// Exponent of the tail.
        theta: Positive = required,
    }
);

table!(
    /// A law: exactly one of these.
    LawTable "a law" such "{ exponential = \"5m\" }" {
        /// Exponential with this mean.
        exponential: Amount,
        /// Always this.
        deterministic: Amount,
        /// Sum of `shape` exponentials.
        erlang: MeanShape,
        /// One of several exponentials.
        hyperexponential: Vec<At<Branch>>,
        /// Between two values.
        uniform: Vec<At<Amount>>,
        /// From `minimum` over `mode` to `maximum`.
        triangular: TriangularTable,
        /// Lognormal: mean or median, cv or sigma.
        lognormal: LognormalTable,
        /// Gamma: mean, and cv or shape.
        gamma: GammaTable,
        /// Weibull: shape, and mean or scale.
        weibull: WeibullTable,
        /// Pareto: alpha, and minimum or mean.
        pareto: ParetoTable,
        /// One of these values, or of a column of a CSV file, each equally likely.
        empirical: Either<Vec<At<Amount>>, EmpiricalFile>,
        /// Points of the distribution function: value and probability of at most it.
        points: Named<Share>,
        /// Law of the values behind the last point, of which it takes only those.
        tail: Box<LawShape>,
        /// The tail takes only values up to here.
        cut: Amount,
        /// The least of independent values of these laws.
        least: Vec<At<LawShape>>,
    }
);

table!(
    /// A density in the shape of a triangle.
    TriangularTable "`triangular`" {
        /// Smallest value.
        minimum: Amount = required,
        /// Most likely value.
        mode: Amount = required,
        /// Largest value.
        maximum: Amount = required,
    }
);

table!(
    /// Mean and number of phases.
    MeanShape "`erlang`" {
        /// Mean of the sum.
        mean: Amount = required,
        /// Number of phases.
        shape: Whole = required,
    }
);

table!(
    /// One of several exponentials.
    Branch "a branch of `hyperexponential`" {
        /// Its probability.
        share: Share = required,
        /// Its mean.
        mean: Amount = required,
    }
);

table!(
    /// Lognormal by mean or median, and cv or sigma.
    LognormalTable "`lognormal`" {
        /// Mean.
        mean: Amount,
        /// Median, instead of the mean.
        median: Amount,
        /// Coefficient of variation.
        cv: Positive,
        /// Standard deviation of the logarithm, instead of `cv`.
        sigma: Positive,
    }
);

table!(
    /// Gamma by mean, and cv or shape.
    GammaTable "`gamma`" {
        /// Mean.
        mean: Amount = required,
        /// Coefficient of variation.
        cv: Positive,
        /// Shape, instead of `cv`.
        shape: Positive,
    }
);

table!(
    /// Weibull by shape, and mean or scale.
    WeibullTable "`weibull`" {
        /// Shape.
        shape: Positive = required,
        /// Mean.
        mean: Amount,
        /// Scale, instead of the mean.
        scale: Amount,
    }
);

table!(
    /// Pareto by alpha, and minimum or mean.
    ParetoTable "`pareto`" {
        /// Exponent of the tail.
        alpha: Positive = required,
        /// Smallest value.
        minimum: Amount,
        /// Mean, instead of the smallest value; alpha above 1.
        mean: Amount,
    }
);

table!(
    /// A column of a CSV file.
    EmpiricalFile "`empirical`" {
        /// The CSV file.
        file: Text = required,
        /// Its column.
        column: Text = required,
        /// Unit of the numbers where they are times.
        unit: Text,
    }
);

table!(
    /// What is known of a class.
    Class "a class" {
        /// Law of the time in hand.
        handling: LawShape,
        /// Law of patience; waits for ever where absent.
        tolerance: LawShape,
        /// What a customer does whose tolerance ends; shares sum to 1.
        when_tolerance_ends: ToleranceEnds,
        /// How long until a customer who left comes back.
        retry_after: LawShape,
        /// How often at most; without limit where absent.
        retries_at_most: Whole,
        /// Tolerance after a hand-back; kept where absent.
        tolerance_after_hand_back: AfterHandBack,
        /// What a blocked customer does; lost where absent.
        when_blocked: RetryTable,
        /// Probability of turning away on seeing 0, 1, 2, ... waiting; the last holds beyond.
        balks: Vec<At<Share>>,
        /// Deadline after arrival; the first `answered_within` target, else 1 h, where absent.
        due: Duration,
        /// Priority gained per second, 1 to 1,000,000; 1 where absent.
        weight: Whole,
    }
    later { "moderation" }
);

table!(
    /// What a customer does whose tolerance ends.
    ToleranceEnds "`when_tolerance_ends`" {
        /// Leaves for good.
        leave: Share,
        /// Comes back later.
        retry: Share,
    }
    later { "repost", "phone", "tell_others" }
);

table!(
    /// Coming back.
    RetryTable "a retry" {
        /// Probability.
        retry: Share = required,
        /// After how long.
        after: LawShape = required,
        /// At most so many times; without limit where absent.
        at_most: Whole,
    }
);

table!(
    /// What is asked of the staffing: one of several measures.
    Target "a target" {
        /// Its name; made from its terms where absent.
        name: Text,
        /// Answered within this, with `share` or `daily_share`.
        answered_within: Duration,
        /// Taken up within this, with `share`.
        taken_up_within: Duration,
        /// At least this share.
        share: Share,
        /// What the share is of; offered where absent.
        of: OfWord,
        /// At least this share on a day.
        daily_share: Share,
        /// On at least this share of days.
        days: Share,
        /// Mean first response of answered comments.
        mean_response_at_most: Duration,
        /// Mean wait until handling begins.
        mean_wait_at_most: Duration,
        /// Which quantile, with `response_at_most` or `wait_at_most`.
        quantile: Share,
        /// Quantile of the first response.
        response_at_most: Duration,
        /// Quantile of the wait.
        wait_at_most: Duration,
        /// Answered of those that needed it.
        response_rate: Share,
        /// On at least this share of days the platform's badge shows: 90 % of the comments of the last 7 days are answered,
        /// with a median response of at most 15 minutes.
        badge_days: Share,
        /// Wall or business time; wall where absent.
        clock: ClockWord,
        /// Only this class.
        class: Text,
    }
);

table!(
    /// How much is run, and which staffing models.
    Experiment "`experiment`" {
        /// Number of replications, or "auto".
        replications: Either<Whole, Auto>,
        /// Half-width asked for: relative for times, absolute for shares.
        half_width: Positive,
        /// Master seed.
        seed: Whole,
        /// Confidence of intervals and verdicts.
        confidence: Share,
        /// Staffing models: paths or tables.
        models: Vec<At<ModelShape>>,
    }
    later { "antithetic" }
);

table!(
    /// A staffing model in the list.
    ModelTable "a staffing model" {
        /// Its staffing file.
        staffing: Text = required,
        /// Its name, instead of the file's.
        name: Text,
        /// Fields of the staffing file and other values for them.
        set: Named<Anything>,
        /// Fields of the scenario and other values for them, for this model alone.
        world: Named<Anything>,
    }
);

table!(
    /// What is measured beside the targets.
    Observe "`observe`" {
        /// State at these times.
        at: Vec<At<Instant>>,
        /// State over time in bins of this length.
        every: Duration,
        /// Second moments of the state over time, and busy periods.
        moments: Flag,
        /// A replication ends when the house is first empty.
        until_clear: Flag,
        /// Keeps the distribution of waits; true where absent.
        waits: Flag,
        /// Keeps the distribution of first responses; true where absent.
        responses: Flag,
    }
);

table!(
    /// A team of agents.
    Team "a team" {
        /// Its name.
        name: Text = required,
        /// Agents on duty during `hours`; instead of `shifts`.
        agents: Count,
        /// Opening hours; always where absent.
        hours: HoursShape,
        /// Shifts.
        shifts: Vec<At<Shift>>,
        /// What it may take; every class where absent.
        skills: Vec<At<Either<Text, Skill>>>,
        /// Pay per agent and hour.
        cost_per_hour: Number,
        /// Comments an agent may hold; 1 where absent.
        at_once: Count,
        /// a in 1/(1 + a(k-1)); 0.35 where absent.
        slowdown: Either<Number, EqualSharing>,
        /// Who goes when the number on duty falls; the idle where absent.
        leaves_first: LeavesFirstWord,
        /// Work in hand when the shift ends; finish where absent.
        late_finish: LateFinishWord,
        /// Law of the set-up before the first work after idling.
        set_up: LawShape,
        /// Work done per unit of time; 1 where absent.
        speed: Positive,
        /// When its agents look at the page: "full" (all the time on duty, where absent), or in sessions.
        attention: Either<Full, AttentionShape>,
        /// Does it take calls, before anything else?
        takes_phone: Flag,
        /// Agents kept free for calls, with `takes_phone`; 0 where absent.
        reserve: Whole,
        /// Probability of knowing the answer, for all or per class; 1 where absent.
        knows_answer: SharePerClass,
        /// The department or team that is asked where the answer is not known.
        consults: Text,
        /// Law of the time in hand for the mail that asks; the comment's handling where absent.
        mail: LawShape,
        /// Law of the time in hand for the write-up of the reply; the comment's handling where absent.
        write_up: LawShape,
        /// Hours that are paid for; "at work" with part-time attention or `takes_phone`, else "on duty", where absent.
        charged: ChargedWord,
    }
    later { "crisis", "absence", "ramp", "fatigue" }
);

table!(
    /// People who look at the page now and then.
    AttentionShape "a table of attention" such "{ gap = \"40m\", session = \"20m\" }" {
        /// Law of the time away, from coming on duty or from the end of a session.
        gap: LawShape = required,
        /// Nothing new is begun once a session has lasted this long; until nothing waits where absent.
        session: Duration,
        /// What is answered on first sight; "everything" where absent.
        pick: Either<Everything, PickShape>,
        /// Probability of one look a day after hours, or a table.
        sofa_check: Either<Share, SofaShape>,
        /// Does who finds nothing leave (where absent) or stay until something comes?
        when_nothing_waits: NothingWaitsWord,
    }
);

table!(
    /// What is picked on first sight: with probability p exp(-age/fades), p at age 0; the rest is scrolled past for ever.
    PickShape "a table of picking" such "{ at_once = 0.9, fades = \"12h\" }" {
        /// Probability at age 0.
        at_once: Share = required,
        /// Time in which interest falls to 1/e; never where absent.
        fades: Either<Never, Duration>,
        /// Time that scrolling past takes; 18 s where absent.
        scan: Duration,
    }
);

table!(
    /// One look a day after hours, with some probability.
    SofaShape "a sofa check" such "{ share = 0.75, from = \"18:30\", to = \"22:30\" }" {
        /// Probability of a look on a day.
        share: Share = required,
        /// Nothing new is begun once the look has lasted this long; 20 min where absent.
        session: Duration,
        /// Earliest beginning; "18:30" where absent.
        from: ClockTime,
        /// Latest beginning; "22:30" where absent.
        to: ClockTime,
    }
);

table!(
    /// A department that is asked for answers and is not simulated.
    Department "a department" {
        /// Opening hours; always where absent.
        hours: HoursShape,
        /// Law of the time to a reply, in its opening hours; required where a team asks it.
        reply: LawShape,
        /// Probability that a mail is never answered; 0 where absent.
        forgets: Share,
    }
);

table!(
    /// A weekly shift, or one at a date.
    Shift "a shift" {
        /// Its name.
        name: Text,
        /// Days of the week on which it begins.
        days: Days,
        /// Begins.
        from: ClockTime,
        /// Ends; the next day where not after `from`.
        to: ClockTime,
        /// Number on duty.
        agents: Whole = required,
        /// Break of each agent, staggered over the shift.
        rest as "break": Duration,
        /// Is it worked on holidays?
        holidays: Flag,
        /// When a single shift begins.
        at: Instant,
        /// How long a single shift lasts.
        length as "for": Duration,
    }
);

table!(
    /// What a team may take.
    Skill "a skill" {
        /// Only this class.
        class: Text,
        /// Only this channel.
        channel: Text,
        /// Only this page.
        page: Text,
        /// How the class prefers this team; 1 is best.
        rank: Whole,
        /// The team may take it only once it has waited this long.
        after: Duration,
        /// Agents kept free.
        reserve: Whole,
        /// Speed at this work; 1 where absent.
        speed: Positive,
        /// How the team prefers the class; 1 is best.
        prefer: Whole,
    }
);

table!(
    /// Rules.
    Routing "`routing`" {
        /// Order within each class; oldest-first where absent.
        order: OrderWord,
        /// Order per class.
        orders: Named<OrderWord>,
        /// Across classes of equal rank; follows the order where absent.
        between: BetweenWord,
        /// Classes, most urgent first.
        priorities: Vec<At<Text>>,
        /// Who may interrupt.
        preempt: PreemptWord,
        /// Who of several idle agents; longest-idle where absent.
        agent_choice: ChoiceWord,
        /// Places in all.
        capacity: Whole,
        /// Waiting places per class.
        queue_capacity: PerClass,
        /// Points of the weighted score.
        score: Score,
        /// Share of the comments that are taken on, for all or per class; all where absent.
        answers: SharePerClass,
    }
    later { "triage", "merge_duplicates" }
);

table!(
    /// Points of the weighted score.
    Score "`score`" {
        /// Points per target's length of waiting.
        age: Number,
        /// Points for an angry comment.
        angry: Number,
        /// Points per log10(1 + followers).
        followers: Number,
        /// Points per unit of the topic's weight.
        topic: Number,
        /// Points per post in the thread.
        thread: Number,
        /// Weights of topics; 0 for topics not named.
        topics: Named<Number>,
        /// The time in which age gains its points; `due` of the class where absent.
        target: Duration,
    }
);

table!(
    /// Finished work of a class goes on to a team.
    HandOverShape "a hand-over" {
        /// The team that has finished.
        from: Text = required,
        /// The class; every class where absent.
        class: Text,
        /// Probability.
        share: Share = required,
        /// The team that goes on; the same team is feedback.
        to: Text = required,
        /// Law of its time in hand; the class's where absent.
        handling: LawShape,
    }
);
