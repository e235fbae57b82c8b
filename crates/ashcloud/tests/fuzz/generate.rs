//! Scenarios made up from the grammar of the file, mostly right and of every mechanism.

use crate::Dice;

const TIMES: [&str; 10] = ["0s", "1ns", "1s", "20s", "5m", "45m", "2h", "1d", "3d", "1w"];
const RATES: [&str; 8] = [
    "0 per s",
    "1 per h",
    "9 per h",
    "80 per day",
    "2 per s",
    "900 per h",
    "1e9 per s",
    "1e-9 per s",
];
const NAMES: [&str; 8] = [
    "a",
    "desk",
    "two words",
    "question",
    "call",
    "all",
    "ä\\u001b[2J",
    "phone",
];

fn time(dice: &mut Dice) -> String {
    format!("\"{}\"", dice.of(&TIMES))
}

fn share(dice: &mut Dice) -> &'static str {
    dice.of(&["0", "0.1", "0.5", "0.9", "0.999999999", "1", "1.0", "1e-9"])
}

fn law(dice: &mut Dice) -> String {
    let (a, b) = (time(dice), time(dice));
    let number = dice.of(&["0.2", "0.6", "1", "1.5", "2.5", "30", "1e-9", "1e9"]);
    match dice.below(11) {
        0 => a,
        1 => format!("{{ exponential = {a} }}"),
        2 => format!("{{ erlang = {{ mean = {a}, shape = {} }} }}", 1 + dice.below(5)),
        3 => format!("{{ lognormal = {{ mean = {a}, cv = {number} }} }}"),
        4 => format!("{{ gamma = {{ mean = {a}, cv = {number} }} }}"),
        5 => format!("{{ weibull = {{ shape = {number}, mean = {a} }} }}"),
        6 => format!("{{ pareto = {{ alpha = {number}, minimum = {a} }} }}"),
        7 => format!("{{ uniform = [{a}, {b}] }}"),
        8 => format!("{{ points = {{ {a} = {}, \"2w\" = 1.0 }} }}", share(dice)),
        9 => {
            format!("{{ hyperexponential = [{{ share = 0.5, mean = {a} }}, {{ share = 0.5, mean = {b} }}] }}")
        }
        _ => format!("{{ empirical = [{a}, {b}] }}"),
    }
}

fn source(dice: &mut Dice) -> String {
    let (rate, other) = (dice.of(&RATES), dice.of(&RATES));
    let number = 1 + dice.below(30);
    match dice.below(11) {
        0 => format!("poisson = \"{rate}\"\n"),
        1 => format!(
            "rate = \"{rate}\"\nbusyness = {{ cv = 0.{number}, every = {} }}\n",
            time(dice)
        ),
        2 => format!("renewal = {}\n", law(dice)),
        3 => format!(
            "pieces = [{{ for = {}, rate = \"{rate}\" }}, {{ for = {}, rate = \"{other}\" }}]\nrepeat = {}\n",
            time(dice),
            time(dice),
            dice.of(&["true", "false"])
        ),
        4 => format!("decay = {{ initial = \"{rate}\", time = {} }}\n", time(dice)),
        5 => format!(
            "sinusoidal = {{ mean = \"{rate}\", amplitude = {}, period = {} }}\n",
            share(dice),
            time(dice)
        ),
        6 => format!("mmpp = {{ rates = [\"{rate}\", \"{other}\"], leave = [\"{other}\", \"9 per h\"] }}\n"),
        7 => format!("batch = {{ rate = \"{rate}\", size = {{ geometric = {number} }} }}\n"),
        8 => format!(
            "storm = {{ at = {}, affected = {}, contact = {}, lasts = {} }}\n",
            time(dice),
            number * 300,
            share(dice),
            time(dice)
        ),
        9 => format!("at = [{}, {}, {}]\n", time(dice), time(dice), time(dice)),
        _ => format!(
            "poisson = \"{rate}\"\ncontagion = {{ offspring = {}, kernel = {{ exponential = {} }} }}\n",
            share(dice),
            time(dice)
        ),
    }
}

fn class(dice: &mut Dice, name: &str) -> String {
    let mut text = format!("[classes.{name}]\nhandling = {}\n", law(dice));
    if dice.once_in(2) {
        text += &format!("tolerance = {}\n", law(dice));
        if dice.once_in(2) {
            text += &format!(
                "when_tolerance_ends = {{ retry = 0.5, leave = 0.5 }}\nretry_after = {}\n",
                law(dice)
            );
        }
    }
    if dice.once_in(4) {
        text += &format!(
            "when_blocked = {{ retry = {}, after = {}, at_most = {} }}\n",
            share(dice),
            law(dice),
            dice.below(9)
        );
    }
    if dice.once_in(5) {
        text += &format!("balks = [0, {}]\n", share(dice));
    }
    text
}

fn team(dice: &mut Dice, name: &str) -> String {
    let mut text = format!("[[teams]]\nname = \"{name}\"\n");
    match dice.below(4) {
        0 => {
            text += &format!(
                "agents = {}\nhours = {{ mon-fri = \"09:00-17:00\", sat = \"22:00-06:00\" }}\n",
                dice.below(9)
            );
        }
        1 => {
            text += &format!(
                "shifts = [{{ days = \"daily\", from = \"{:02}:00\", to = \"{:02}:30\", agents = {}, break = {} }}]\n",
                dice.below(24),
                dice.below(24),
                dice.below(5),
                time(dice)
            );
        }
        2 => text += "agents = \"unlimited\"\n",
        _ => text += &format!("agents = {}\n", dice.below(7)),
    }
    for (field, values) in [
        ("at_once", &["1", "3", "\"unlimited\""][..]),
        ("late_finish", &["\"finish\"", "\"hand-back\""][..]),
        ("speed", &["0.5", "1", "3", "1e-9"][..]),
        ("cost_per_hour", &["0", "30", "1e15"][..]),
        ("takes_phone", &["true"][..]),
        ("knows_answer", &["0.5"][..]),
        (
            "attention",
            &[
                "{ gap = { exponential = \"40m\" }, session = \"20m\", pick = { at_once = 0.9, fades = \"12h\" }, sofa_check = 0.3 }",
            ][..],
        ),
        ("set_up", &["\"1m\""][..]),
    ] {
        if dice.once_in(6) {
            text += &format!("{field} = {}\n", dice.of(values));
        }
    }
    if text.contains("knows_answer") {
        text += "consults = \"office\"\n";
    }
    text
}

fn targets(dice: &mut Dice) -> String {
    let within = time(dice);
    let share = share(dice);
    let target = match dice.below(6) {
        0 => format!("answered_within = {within}\nshare = {share}\n"),
        1 => format!("taken_up_within = {within}\nshare = {share}\nof = \"offered, leaving counted\"\n"),
        2 => format!("mean_wait_at_most = {within}\n"),
        3 => format!("quantile = {share}\nresponse_at_most = {within}\n"),
        4 => format!("answered_within = {within}\nshare = {share}\nclock = \"business\"\n"),
        _ => format!("answered_within = {within}\ndaily_share = {share}\ndays = 0.9\n"),
    };
    format!("[[targets]]\n{target}")
}

/// A whole scenario.
pub(crate) fn scenario(dice: &mut Dice) -> String {
    let mut text = format!(
        "title = \"{}\"\nstart = 2025-03-{:02}T{:02}:30:00\ntimezone = \"{}\"\nhorizon = \"{}\"\n",
        dice.of(&NAMES),
        1 + dice.below(31),
        dice.below(24),
        dice.of(&[
            "UTC",
            "Europe/Stockholm",
            "America/New_York",
            "Australia/Lord_Howe",
            "Pacific/Apia"
        ]),
        dice.of(&["1h", "12h", "2d", "8d"])
    );
    if dice.once_in(3) {
        text += &format!("follow_up = {}\n", time(dice));
    }
    if dice.once_in(4) {
        text += &format!(
            "backlog = {}\n",
            dice.of(&["0", "7", "3000", "{ question = 50 }"])
        );
    }
    for i in 0..=dice.below(3) {
        text += &format!("[[arrivals]]\nname = \"s{i}\"\n{}", source(dice));
        if dice.once_in(3) {
            text += &format!(
                "classes = {{ question = 0.5, {} = 0.5 }}\n",
                dice.of(&["complaint", "own", "all", "call"])
            );
        }
        if dice.once_in(5) {
            text += "channels = { wall = 0.5, private = 0.5 }\n";
        }
    }
    if dice.once_in(4) {
        text += &format!(
            "[phone]\nrate = \"{}\"\nhandling = {}\npatience = {}\ntrunks = {}\n",
            dice.of(&RATES),
            law(dice),
            law(dice),
            1 + dice.below(9)
        );
    }
    text += &class(dice, "question");
    if text.contains("own =") {
        text += &class(dice, "own");
    }
    if text.contains("all =") {
        text += &class(dice, "all");
    }
    for _ in 0..dice.below(3) {
        text += &targets(dice);
    }
    let first = dice.of(&["desk", "all", "ä\\u001b[2J"]);
    text += &team(dice, first);
    if dice.once_in(3) {
        text += &team(dice, "second");
    }
    if text.contains("consults") {
        text += "[departments.office]\nhours = { mon-fri = \"09:00-17:00\" }\nreply = { exponential = \"75m\" }\n";
    }
    text += &format!(
        "[routing]\norder = \"{}\"\nagent_choice = \"{}\"\n",
        dice.of(&[
            "oldest-first",
            "newest-first",
            "random",
            "earliest-deadline",
            "shortest-work",
            "shortest-remaining",
            "accumulating-priority"
        ]),
        dice.of(&[
            "longest-idle",
            "least-occupied",
            "first-listed",
            "most-specialised",
            "cheapest",
            "fill-up",
            "random"
        ])
    );
    for (field, values) in [
        (
            "preempt",
            &["\"never\"", "\"newest\"", "\"shorter-remaining\""][..],
        ),
        ("capacity", &["1", "5", "1000"][..]),
        ("queue_capacity", &["0", "3"][..]),
        ("answers", &["0.5"][..]),
    ] {
        if dice.once_in(5) {
            text += &format!("{field} = {}\n", dice.of(values));
        }
    }
    if dice.once_in(5) {
        text += &format!(
            "[[hand_over]]\nfrom = \"{first}\"\nshare = {}\nto = \"{first}\"\n",
            share(dice)
        );
    }
    if dice.once_in(3) {
        text += &format!(
            "[observe]\nevery = {}\nmoments = {}\n",
            time(dice),
            dice.of(&["true", "false"])
        );
    }
    text
}
