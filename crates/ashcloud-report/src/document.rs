//! The result document: the shape of `--json` and of `result.json`.

use serde::{Deserialize, Serialize};

use crate::{lines, numbers};

/// Name and version of the document's shape.
pub const SCHEMA: &str = "ashcloud.result/1";

/// The class that calls are counted as, where the scenario has a phone line.
pub(crate) const CALLS: &str = "call";

/// How many calls found the line closed; the other measures of calls leave them out.
pub(crate) const CALLS_CLOSED: &str = "calls_closed";

/// Everything a run found. Numbers are finite; what is not known is `null`. Everything outside `wall_clock` is the same
/// byte for byte for the same file, overrides and version of the command, however many threads ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of the command that made it.
    pub version: String,
    /// What was run.
    pub scenario: Scenario,
    /// Master seed.
    pub seed: u64,
    /// Replications of each model.
    pub replications: u32,
    /// False where a time budget or an interruption came first.
    pub complete: bool,
    /// What may not be as it was meant, and what the figures do not bear: of the files first, then of the run.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// Confidence of every interval that does not name its own, 0 to 1.
    pub confidence: f64,
    /// How sharp the answer is.
    pub precision: Precision,
    /// Arrivals up to here are measured, in seconds.
    pub horizon_s: f64,
    /// What may differ between equal runs.
    pub wall_clock: WallClock,
    /// The staffing models that were run, in their order.
    pub models: Vec<Model>,
    /// What was asked of each.
    pub targets: Vec<Target>,
    /// Every measure of every model.
    pub estimates: Vec<Estimate>,
    /// Differences between models that met the same world.
    pub differences: Vec<Difference>,
    /// Every target of every model, judged; without a row where the target does not apply (calls, where nobody takes any).
    pub verdicts: Vec<VerdictRow>,
    /// Distribution functions of waits and first responses.
    pub distributions: Vec<Curve>,
    /// State over time, where it was watched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Timeline>,
    /// The whole configuration as it was understood, overrides applied: TOML.
    pub configuration: String,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// The question.
    pub title: String,
    /// The file as it was named.
    pub file: String,
    /// SHA-256 of the file's bytes, 64 hexadecimal digits.
    pub sha256: String,
}

/// Something that its reader must know, though the scenario runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What kind it is, in kebab-case: stable, for tools.
    pub code: String,
    /// What is so: a sentence without full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where in a file; `None` for what was found at run time.
    pub place: Option<Place>,
    /// The staffing model it is about; `None` where it is about all, or about a file.
    pub model: Option<String>,
}

/// "desk.toml, line 12: what is so (what to do)."
impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Some(Place { file, line: 0, .. }) => write!(f, "{file}: ")?,
            Some(Place { file, line, .. }) => write!(f, "{file}, line {line}: ")?,
            None => {}
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})."),
            None => f.write_str("."),
        }
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file as it was named, or `--set path=value`.
    pub file: String,
    /// From 1; 0 where it is about the file as a whole.
    pub line: usize,
    /// In characters, from 1; 0 where it is about the file as a whole.
    pub column: usize,
}

/// Half-widths of the targets' measures (of the mean first response where there is no target): absolute for shares,
/// relative for times and money.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// What was asked; `None` where the number of replications was fixed.
    pub asked: Option<f64>,
    /// The widest, over all targets and models; `None` where some interval is not known.
    pub reached: Option<f64>,
}

/// What may differ between equal runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WallClock {
    /// How long the simulation took.
    pub seconds: f64,
    /// Comments that arrived, over all models and replications.
    pub comments: u64,
}

/// A staffing model that was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Equal for models that met the same world.
    pub world: u32,
    /// Nothing random can change its results: one replication is exact.
    #[serde(default)]
    pub exact: bool,
    /// How long its comments and hours are counted, in seconds: from the end of the warm-up to the horizon; 0 where each
    /// replication ends when the house is first empty.
    #[serde(default)]
    pub measured_s: f64,
    /// Its teams.
    pub teams: Vec<Team>,
    /// What the work asks of them, where the same comes and the same are on duty all the time: one entry for teams that share
    /// classes, directly or through others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offered_load: Vec<OfferedLoad>,
}

/// Offered load of teams that share classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferedLoad {
    /// Names of the teams.
    pub teams: Vec<String>,
    /// Rate of the comments times mean time in hand, every visit counted (Erlang).
    pub erlangs: f64,
    /// Agents.
    pub agents: u32,
    /// How many agents who hold one comment at a time could do as much.
    pub capacity: f64,
}

/// A team of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// Most agents on duty at once; `None` is as many as are needed.
    pub agents: Option<u32>,
    /// Whether always as many are on duty.
    pub constant: bool,
    /// Which of its hours the page pays for.
    #[serde(default)]
    pub charged: Charged,
}

/// Which hours of a team the page pays for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Charged {
    /// All hours on duty: the team does nothing else.
    #[default]
    #[serde(rename = "on duty")]
    OnDuty,
    /// The hours its people work on comments.
    #[serde(rename = "at work")]
    AtWork,
}

/// What is asked of each model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// The measure it is on.
    pub measure: String,
    /// A class, or "all".
    pub class: String,
    /// "wall" or "business".
    pub clock: String,
    /// Unit of the threshold.
    pub unit: String,
    /// Which side is good.
    pub asks: Asks,
    /// Where that side begins.
    pub threshold: f64,
    /// The measure in words: "answered within 1 h", "mean first response".
    pub words: String,
}

/// Which side of a threshold is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// The threshold or more.
    AtLeast,
    /// The threshold or less.
    AtMost,
}

/// One measure of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Name of the model.
    pub model: String,
    /// Its name, the statistic last.
    pub measure: String,
    /// A class, or "all".
    pub class: String,
    /// A team, or "all".
    pub team: String,
    /// A channel, or "all".
    pub channel: String,
    /// "wall" or "business".
    pub clock: String,
    /// "s", "share", "count", "h" or "money".
    pub unit: String,
    /// The point estimate.
    pub value: f64,
    /// Lower end of its interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// Confidence of the interval, 0 to 1.
    pub confidence: f64,
    /// Independent units behind it: replications, or sections of them for quantiles.
    pub n: usize,
    /// How the interval is made.
    #[serde(default)]
    pub basis: Basis,
}

/// How an interval is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Nothing random can change the value: it is its own interval.
    Exact,
    /// From the spread between replications (Student's t).
    T,
    /// By bets, without any assumption on the distribution, because an outcome was seen in too few replications. A quantile then
    /// has no upper end where even the largest value seen may lie below it.
    Betting,
    /// There is no interval: the value is the same in every replication, which says nothing about others.
    Same,
    /// There is no interval: too few replications.
    #[default]
    None,
}

/// One difference between two models: a less b.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Name of the first model.
    pub a: String,
    /// Name of the second.
    pub b: String,
    /// The measure.
    pub measure: String,
    /// A class, or "all".
    pub class: String,
    /// "wall" or "business".
    pub clock: String,
    /// Its unit.
    pub unit: String,
    /// a less b.
    pub value: f64,
    /// Lower end.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// How the interval is made.
    #[serde(default)]
    pub basis: Basis,
    /// Both models came out the same in every replication: a fact about these replications, no certainty.
    #[serde(default)]
    pub same: bool,
    /// Over the same comments, replication by replication.
    pub paired: bool,
    /// "bonferroni": all intervals of the document's differences hold together with its confidence.
    pub correction: String,
}

/// How a target came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval is on the good side.
    Met,
    /// The whole interval is on the bad side.
    Missed,
    /// The threshold lies in the interval, there is none, or what was still open decides: [`VerdictRow::reason`].
    #[default]
    Undecided,
}

/// One target of one model, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictRow {
    /// Name of the model.
    pub model: String,
    /// Name of the target.
    pub target: String,
    /// How it came out, at the document's confidence.
    pub verdict: Verdict,
    /// The same at the confidence each model needs for all of them to hold together: what a choice among them rests on.
    #[serde(default)]
    pub jointly: Verdict,
    /// The measure; `None` where nothing was measured.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// How the interval is made.
    #[serde(default)]
    pub basis: Basis,
    /// Share of the comments still open at the end of follow-up that might change the measure.
    #[serde(default)]
    pub open: f64,
    /// Replications, those that were run included, that would settle it, were they all alike; `None` where that is not
    /// known, or nothing is to be settled.
    #[serde(default)]
    pub replications_needed: Option<u64>,
    /// Why it is undecided; `None` where it is decided.
    #[serde(default)]
    pub reason: Option<Reason>,
}

/// Why a target is undecided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// For tools.
    pub kind: ReasonKind,
    /// For people: a sentence, without the capital and the full stop.
    pub words: String,
}

/// Kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// Nothing was measured.
    Nothing,
    /// Too few replications for an interval.
    NoInterval,
    /// Comments that were still open at the end of follow-up decide.
    Open,
    /// The rarer outcome was seen in too few replications.
    Seldom,
    /// Even the largest value seen may lie below the quantile.
    BeyondLargest,
    /// The threshold lies in the interval.
    Near,
}

/// A distribution function, over all replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Name of the model.
    pub model: String,
    /// `first_response` or `wait`.
    pub measure: String,
    /// Values behind it.
    pub count: u64,
    /// Seconds, and the share of values up to there: neither falling, straight between.
    pub points: Vec<(f64, f64)>,
}

/// State over time of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// Name of the model.
    pub model: String,
    /// Ascending.
    pub moments: Vec<Moment>,
}

/// State at one moment, over replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Seconds from the scenario's start.
    pub at_s: f64,
    /// The local date and time; `None` where the scenario names no start.
    #[serde(default)]
    pub local: Option<String>,
    /// First contacts since the moment before.
    pub arrived: Band,
    /// Waiting.
    pub waiting: Band,
    /// In work.
    pub in_work: Band,
    /// Agents on duty.
    pub on_duty: Band,
    /// Age in seconds of the comment that waits longest.
    pub oldest_s: Band,
}

/// Mean and quantiles over replications.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Mean.
    pub mean: f64,
    /// 10 % of replications are below.
    pub p10: f64,
    /// 90 % are below.
    pub p90: f64,
}

impl Document {
    /// The document as JSON: a line for every field and for every entry of a list, a newline at the end.
    ///
    /// # Errors
    /// Never for a document made of finite numbers.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        lines::to_string(self)
    }

    /// A measure of a model over all classes, teams and channels, by the wall clock.
    pub(crate) fn whole(&self, model: &str, measure: &str) -> Option<&Estimate> {
        self.find(model, measure, "all", "all", "all")
    }

    /// How long comments and hours are counted, in words: "8 weeks"; `None` where it differs between the models.
    pub(crate) fn period(&self) -> Option<String> {
        let mut lengths = self.models.iter().map(|model| model.measured_s);
        let first = lengths.next().filter(|&length| length > 0.0)?;
        lengths
            .all(|length| length == first)
            .then(|| numbers::period(first))
    }

    /// The same behind a word: ", 8 weeks" in a heading, " in 8 weeks" in a sentence.
    pub(crate) fn period_after(&self, joint: &str) -> String {
        self.period()
            .map_or(String::new(), |period| format!("{joint}{period}"))
    }

    /// A measure of a model in one place, by the wall clock.
    pub(crate) fn find(
        &self,
        model: &str,
        measure: &str,
        class: &str,
        team: &str,
        channel: &str,
    ) -> Option<&Estimate> {
        self.estimates.iter().find(|e| {
            e.model == model
                && e.measure == measure
                && e.class == class
                && e.team == team
                && e.channel == channel
                && e.clock == "wall"
        })
    }

    /// A measure of the calls that the model takes; `None` where it takes none.
    pub(crate) fn of_calls(&self, model: &str, measure: &str) -> Option<&Estimate> {
        // Only comments are answered later than they are taken up: with that row it is a class of theirs.
        let comments = self.find(model, "first_response_mean", CALLS, "all", "all");
        self.find(model, measure, CALLS, "all", "all")
            .filter(|_| comments.is_none())
    }

    /// Whether nothing but calls comes.
    pub(crate) fn is_calls_only(&self) -> bool {
        let offered = |model: &Model| self.whole(&model.name, "offered").map_or(0.0, |e| e.value);
        let calls = |model: &Model| {
            self.of_calls(&model.name, "offered")
                .is_some_and(|e| e.value > 0.0)
        };
        self.models.iter().any(calls) && self.models.iter().all(|model| offered(model) == 0.0)
    }

    /// Whether the page pays for other hours than those on duty.
    pub(crate) fn is_charged_apart(&self, model: &str) -> bool {
        let hours = |measure| self.whole(model, measure).map(|e| e.value);
        hours("page_hours").is_some() && hours("page_hours") != hours("staff_hours")
    }

    /// What stands in it twice under one name: two estimates, differences, verdicts, targets or models that nothing tells
    /// apart. `None` in every document.
    pub fn colliding(&self) -> Option<String> {
        let estimates = self.estimates.iter().map(|e| {
            [
                "estimate", &e.model, &e.measure, &e.class, &e.team, &e.channel, &e.clock,
            ]
            .join(" / ")
        });
        let differences = self
            .differences
            .iter()
            .map(|d| ["difference", &d.a, &d.b, &d.measure, &d.class, &d.clock].join(" / "));
        let verdicts = self
            .verdicts
            .iter()
            .map(|v| ["verdict", &v.model, &v.target].join(" / "));
        let targets = self.targets.iter().map(|t| ["target", &t.name].join(" / "));
        let models = self.models.iter().map(|m| ["model", &m.name].join(" / "));
        let mut seen = std::collections::BTreeSet::new();
        let all = estimates
            .chain(differences)
            .chain(verdicts)
            .chain(targets)
            .chain(models);
        all.into_iter().find(|key| !seen.insert(key.clone()))
    }

    /// Whether nothing random can change the results of any of its models.
    pub fn is_exact(&self) -> bool {
        !self.models.is_empty() && self.models.iter().all(|model| model.exact)
    }

    /// Whether it can decide anything: one replication does only where nothing is left to chance.
    pub(crate) fn decides(&self) -> bool {
        self.replications > 1 || self.is_exact()
    }

    /// How a model came out on a target.
    pub(crate) fn verdict(&self, model: &str, target: &str) -> Option<&VerdictRow> {
        self.verdicts
            .iter()
            .find(|v| v.model == model && v.target == target)
    }
}

impl Verdict {
    /// As it is read aloud.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::Undecided => "undecided",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn what_is_written_is_read_back() {
        let document = sample::two_models();
        let text = document.to_json().unwrap();
        assert!(
            serde_json::from_str::<Document>(&text).unwrap() == document,
            "{text}"
        );
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn fields_stand_in_their_order() {
        let text = sample::two_models().to_json().unwrap();
        let place = |key: &str| {
            text.find(&format!("\n  \"{key}\":"))
                .unwrap_or_else(|| panic!("no {key}"))
        };
        let keys = [
            "schema",
            "version",
            "scenario",
            "seed",
            "replications",
            "horizon_s",
            "wall_clock",
            "estimates",
            "differences",
            "verdicts",
            "configuration",
        ];
        for pair in keys.windows(2) {
            assert!(place(pair[0]) < place(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn what_stands_twice_under_one_name_is_found() {
        let mut document = sample::two_models();
        assert_eq!(document.colliding(), None);
        let twice = document.estimates[3].clone();
        document.estimates.push(twice);
        assert!(document.colliding().unwrap().starts_with("estimate / "));
    }

    #[test]
    fn what_is_not_known_is_null() {
        let mut document = sample::two_models();
        document.verdicts[0].lower = None;
        let json: serde_json::Value = serde_json::from_str(&document.to_json().unwrap()).unwrap();
        assert!(json["verdicts"][0]["lower"].is_null());
        assert_eq!(json["verdicts"][0]["verdict"], "missed");
    }
}
