//! Words of the field, and how this program calls the same thing.

/// Fields: words that people write, and the fields that are meant, the likeliest first.
const FIELDS: [(&[&str], &[&str]); 19] = [
    (
        &[
            "servers",
            "server",
            "staff",
            "staffing",
            "headcount",
            "fte",
            "ftes",
            "people",
            "c",
            "s",
            "number",
            "operators",
        ],
        &["agents", "teams"],
    ),
    (
        &["agent", "team", "groups", "group", "pool", "pools"],
        &["teams", "agents"],
    ),
    (
        &[
            "patience",
            "abandonment",
            "abandon",
            "abandons",
            "reneging",
            "renege",
            "hang_up",
            "time_to_abandon",
        ],
        &["tolerance", "patience"],
    ),
    (&["tolerance"], &["patience"]),
    (
        &[
            "service",
            "service_time",
            "aht",
            "average_handle_time",
            "average_handling_time",
            "handle_time",
            "handling_time",
            "talk_time",
            "work",
            "duration",
            "mu",
            "service_rate",
        ],
        &["handling", "service", "reply", "for"],
    ),
    (&["handling"], &["service"]),
    (
        &[
            "lambda",
            "arrival_rate",
            "volume",
            "arrivals_per_hour",
            "arrivals_per_day",
            "interarrival",
            "inter_arrival",
            "calls",
            "demand",
            "arrivals",
            "traffic",
            "load",
        ],
        &["rate", "arrivals"],
    ),
    (
        &[
            "sla",
            "slo",
            "slas",
            "service_level",
            "service_levels",
            "goal",
            "goals",
            "kpi",
            "kpis",
        ],
        &["targets"],
    ),
    (
        &[
            "within",
            "threshold",
            "time_limit",
            "response_within",
            "first_response_within",
            "in_time",
        ],
        &["answered_within"],
    ),
    (
        &["percent", "percentage", "probability", "p", "weight", "fraction"],
        &["share", "retry"],
    ),
    (
        &["runs", "reps", "repetitions", "iterations", "trials", "n"],
        &["replications"],
    ),
    (
        &[
            "discipline",
            "queue_discipline",
            "queueing_discipline",
            "policy",
            "strategy",
            "scheduling",
        ],
        &["order"],
    ),
    (
        &[
            "length",
            "until",
            "end",
            "stop",
            "sim_time",
            "simulation_time",
            "run_length",
            "duration",
            "days",
            "period",
        ],
        &["horizon"],
    ),
    (&["tz", "zone", "time_zone"], &["timezone"]),
    (
        &[
            "std",
            "sd",
            "stddev",
            "std_dev",
            "stdev",
            "standard_deviation",
            "variance",
            "var",
        ],
        &["cv"],
    ),
    (&["wage", "salary", "hourly_rate", "price"], &["cost_per_hour"]),
    (
        &[
            "parallel",
            "concurrency",
            "concurrent",
            "chats",
            "multitasking",
            "slots",
        ],
        &["at_once"],
    ),
    (
        &[
            "opening_hours",
            "open",
            "working_hours",
            "schedule",
            "roster",
            "rota",
        ],
        &["hours", "shifts"],
    ),
    (
        &["priority", "priorities"],
        &["prefer", "rank", "weight", "priorities"],
    ),
];

/// Rules: words that people write, and the rule that is meant.
const RULES: [(&[&str], &str); 12] = [
    (
        &[
            "fifo",
            "fcfs",
            "first-in-first-out",
            "first-come-first-served",
            "oldest",
        ],
        "oldest-first",
    ),
    (
        &[
            "lifo",
            "lcfs",
            "last-in-first-out",
            "last-come-first-served",
            "newest",
        ],
        "newest-first",
    ),
    (&["siro", "random-order", "shuffle"], "random"),
    (&["edf", "edd", "deadline", "due", "sla"], "earliest-deadline"),
    (
        &["sjf", "sjn", "spt", "shortest-job-first", "shortest", "sept"],
        "shortest-work",
    ),
    (
        &["srpt", "srtf", "srt", "shortest-remaining-time"],
        "shortest-remaining",
    ),
    (&["round-robin", "lais", "longest-available"], "longest-idle"),
    (
        &[
            "least-busy",
            "least-loaded",
            "occupancy",
            "balanced",
            "load-balanced",
        ],
        "least-occupied",
    ),
    (
        &["in-order", "sequential", "linear", "hunt", "top-down"],
        "first-listed",
    ),
    (
        &["true", "yes", "preemptive", "priority", "preemptive-resume"],
        "better-rank",
    ),
    (&["false", "no", "none", "non-preemptive"], "never"),
    (
        &["infinite", "infinity", "inf", "none", "no-limit", "no limit"],
        "unlimited",
    ),
];

/// Laws: words that people write, and what to write here.
const LAWS: [(&[&str], &str); 9] = [
    (
        &[
            "normal",
            "gaussian",
            "gauss",
            "norm",
            "truncnorm",
            "truncated_normal",
        ],
        "a normal law would give negative times: write { lognormal = { mean = \"5m\", cv = 0.2 } }; cv is the standard deviation over the mean",
    ),
    (
        &["constant", "const", "fixed", "det", "value"],
        "a constant is written as it is, such as \"5m\"",
    ),
    (
        &["exp", "expon", "mean", "negexp", "poisson", "markov", "m"],
        "write { exponential = \"5m\" }, with the mean",
    ),
    (
        &["triang", "tri", "pert", "beta"],
        "write { triangular = { minimum = \"2m\", mode = \"4m\", maximum = \"12m\" } }",
    ),
    (&["min", "minimum", "smallest"], "write { least = [LAW, LAW] }"),
    (
        &[
            "histogram",
            "discrete",
            "cdf",
            "quantiles",
            "percentiles",
            "table",
        ],
        "write { points = { \"5m\" = 0.5, \"1h\" = 1.0 } }: values with the probability of at most that",
    ),
    (
        &["choice", "values", "data", "samples", "file", "csv"],
        "write { empirical = [\"1m\", \"2m\"] }, or with a column of a file: { empirical = { file = \"x.csv\", column = \"served_s\", unit = \"s\" } }",
    ),
    (
        &["hyperexp", "h2"],
        "write { hyperexponential = [{ share = 0.9, mean = \"1m\" }, { share = 0.1, mean = \"9m\" }] }",
    ),
    (
        &["erlang_k", "phase", "phase_type", "k"],
        "write { erlang = { mean = \"5m\", shape = 3 } }",
    ),
];

fn plain(word: &str) -> String {
    word.trim().to_lowercase()
}

/// The field of a table that a word of the field stands for.
pub(crate) fn field<'k>(word: &str, keys: &[&'k str]) -> Option<&'k str> {
    let word = plain(word).replace([' ', '-'], "_");
    let meant = FIELDS.iter().filter(|(words, _)| words.contains(&word.as_str()));
    meant
        .flat_map(|(_, fields)| fields.iter())
        .find_map(|field| keys.iter().copied().find(|key| key == field))
}

/// How a field is written, where its name alone says little; begins with a separator.
pub(crate) fn example(field: &str, table: &str) -> &'static str {
    match field {
        "arrivals" if table == "`queue`" => ", such as arrivals = { poisson = \"18 per h\" }",
        "arrivals" => ": write [[arrivals]] with rate = \"18 per h\"",
        "rate" => ", such as rate = \"18 per h\"",
        "service" => ", such as service = { exponential = \"3m\" }, with the mean time",
        "handling" => ", such as handling = { exponential = \"3m\" }, with the mean time",
        "targets" => ": write [[targets]] with answered_within = \"1h\" and share = 0.8",
        "teams" => ": write [[teams]] with name and agents",
        "cv" => ": the standard deviation divided by the mean",
        _ => "",
    }
}

/// The rule, of those that may stand here, that a word of the field stands for.
pub(crate) fn rule<'k>(word: &str, rules: &[&'k str]) -> Option<&'k str> {
    let word = plain(word).replace([' ', '_'], "-");
    let meant = RULES.iter().filter(|(words, _)| words.contains(&word.as_str()));
    meant
        .map(|(_, rule)| rule)
        .find_map(|rule| rules.iter().copied().find(|known| known == rule))
}

/// How a law is written here that goes by another name elsewhere.
pub(crate) fn law(word: &str) -> Option<&'static str> {
    let word = plain(word).replace([' ', '-'], "_");
    let meant = LAWS.iter().find(|(words, _)| words.contains(&word.as_str()));
    meant.map(|(_, how)| *how)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_field_are_understood_where_they_can_be_meant() {
        let class = ["handling", "tolerance", "weight"];
        assert_eq!(field("patience", &class), Some("tolerance"));
        assert_eq!(field("AHT", &class), Some("handling"));
        assert_eq!(field("servers", &class), None);
        assert_eq!(field("servers", &["arrivals", "agents"]), Some("agents"));
        assert_eq!(rule("FIFO", &["oldest-first", "random"]), Some("oldest-first"));
        assert_eq!(
            rule("first come first served", &["oldest-first"]),
            Some("oldest-first")
        );
        assert_eq!(rule("fifo", &["never"]), None);
        assert!(law("Normal").is_some_and(|how| how.contains("lognormal")));
        assert_eq!(law("lognormal"), None);
    }
}
