//! What `verify` reports.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;

use super::group::Found;
use super::reference::Entry;

/// All entries and what became of them. Everything but `wall_clock` is the same for any number of threads.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Entries in the reference.
    pub entries: usize,
    /// Families in it.
    pub families: usize,
    /// Entries that were simulated to their bounds.
    pub covered: usize,
    /// Covered entries that agree.
    pub passed: usize,
    /// Entries that disagree, formulas included.
    pub failed: usize,
    /// Entries whose bounds take too long, with their cost in the rows.
    pub too_dear: usize,
    /// Entries of which a simulation could tell nothing.
    pub not_simulatable: usize,
    /// Entries not simulated for another reason; with those of which only the formula was evaluated.
    pub not_covered: usize,
    /// Entries of `not_covered` whose formula was evaluated and agrees.
    pub formula_only: usize,
    /// Families of which at least one entry was simulated.
    pub families_covered: usize,
    /// Full half-widths, rather than five times those.
    pub full: bool,
    /// Master seed.
    pub seed: u64,
    /// Whether every entry had its turn.
    pub complete: bool,
    /// One per entry, in the reference's order.
    pub rows: Vec<ReportRow>,
    /// What depends on the machine.
    pub wall_clock: WallClock,
}

/// How long it took.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WallClock {
    /// In all.
    pub seconds: f64,
    /// Of the simulation behind each row (entries that share one show the same).
    pub rows: Vec<f64>,
}

/// One entry.
#[derive(Clone, Debug, Serialize)]
pub struct ReportRow {
    /// Its name in the reference.
    pub id: String,
    /// Its family.
    pub model: String,
    /// What the value is of.
    pub quantity: String,
    /// Parameters.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// The exact value.
    pub value: f64,
    /// What the simulation (or the formula) gave.
    pub estimate: Option<f64>,
    /// Half the width of its 95 % interval; absent for counts and exact zeros.
    pub half_width: Option<f64>,
    /// Normal score of the difference; absent where infinite.
    pub z: Option<f64>,
    /// Replications.
    pub n: u64,
    /// What became of it.
    pub status: Status,
    /// Why, or a remark.
    pub reason: String,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Simulated, and agrees.
    Passed,
    /// Disagrees.
    Failed,
    /// Its bound takes too long.
    TooDear,
    /// A simulation could tell nothing.
    NotSimulatable,
    /// The formula was evaluated, and agrees; nothing to simulate.
    FormulaOnly,
    /// Not done.
    NotCovered,
    /// Stopped before its turn.
    NotRun,
}

impl ReportRow {
    /// A row without a result.
    pub(crate) fn new(entry: &Entry, status: Status, reason: impl Into<String>) -> ReportRow {
        ReportRow {
            id: entry.id.clone(),
            model: entry.model.clone(),
            quantity: entry.quantity.clone(),
            params: entry.params.clone(),
            value: entry.value,
            estimate: None,
            half_width: None,
            z: None,
            n: 0,
            status,
            reason: reason.into(),
        }
    }

    /// With what was found.
    pub(crate) fn with(mut self, found: &Found) -> ReportRow {
        self.estimate = Some(found.estimate).filter(|x| x.is_finite());
        self.half_width = found.half_width;
        self.z = Some(found.z).filter(|z| z.is_finite());
        self.n = found.n;
        self
    }
}

impl Report {
    /// Counts rows.
    pub(crate) fn new(rows: Vec<ReportRow>, full: bool, seed: u64, wall_clock: WallClock) -> Report {
        let count = |status: Status| rows.iter().filter(|row| row.status == status).count();
        // A failed row counts as covered if it was simulated.
        let covered =
            |row: &&ReportRow| row.status == Status::Passed || (row.status == Status::Failed && row.n > 0);
        let models = |rows: &mut dyn Iterator<Item = &ReportRow>| {
            rows.map(|row| row.model.clone()).collect::<BTreeSet<_>>().len()
        };
        Report {
            entries: rows.len(),
            families: models(&mut rows.iter()),
            covered: rows.iter().filter(covered).count(),
            passed: count(Status::Passed),
            failed: count(Status::Failed),
            too_dear: count(Status::TooDear),
            not_simulatable: count(Status::NotSimulatable),
            not_covered: count(Status::NotCovered) + count(Status::FormulaOnly),
            formula_only: count(Status::FormulaOnly),
            families_covered: models(&mut rows.iter().filter(covered)),
            full,
            seed,
            complete: count(Status::NotRun) == 0,
            rows,
            wall_clock,
        }
    }

    /// Whether nothing disagrees and every entry had its turn.
    pub fn all_passed(&self) -> bool {
        self.failed == 0 && self.complete
    }

    /// For the terminal: every simulated entry, then what was not simulated and why, failures, and a summary.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let simulated = |row: &&ReportRow| {
            matches!(row.status, Status::Passed | Status::Failed) && row.estimate.is_some()
        };
        let mut model = "";
        for row in self.rows.iter().filter(simulated) {
            if row.model != model {
                model = &row.model;
                let _ = writeln!(text, "\n{model}");
                let _ = writeln!(
                    text,
                    "  {:<8}{:<56}{:>13}{:>13}{:>11}{:>8}",
                    "", "", "exact", "estimate", "+-", "z"
                );
            }
            let _ = writeln!(text, "{}", line(row));
        }
        let others = |status: Status| self.rows.iter().filter(move |row| row.status == status);
        for (status, title) in [
            (Status::TooDear, "Too dear: not simulated to their bounds"),
            (Status::NotSimulatable, "Not simulatable"),
            (Status::FormulaOnly, "Formula only: nothing to simulate"),
            (Status::NotCovered, "Not covered"),
            (Status::NotRun, "Not run"),
            (Status::Failed, "FAILED"),
        ] {
            if others(status).next().is_some() {
                let _ = writeln!(text, "\n{title}");
            }
            for row in others(status) {
                let _ = writeln!(
                    text,
                    "  {:<8}{}: {} ({}): {}",
                    row.id,
                    row.model,
                    row.quantity,
                    row.params_line(),
                    row.reason
                );
            }
        }
        let _ = writeln!(
            text,
            "\n{} of {} families and {} of {} entries simulated: {} passed, {} failed.",
            self.families_covered, self.families, self.covered, self.entries, self.passed, self.failed
        );
        let _ = writeln!(
            text,
            "{} too dear, {} not simulatable, {} formula only, {} not covered{}. {:.0} s.",
            self.too_dear,
            self.not_simulatable,
            self.formula_only,
            self.not_covered - self.formula_only,
            if self.complete { "" } else { "; INCOMPLETE" },
            self.wall_clock.seconds
        );
        text
    }
}

impl ReportRow {
    fn params_line(&self) -> String {
        let words = self.params.iter().map(|(name, value)| match value {
            serde_json::Value::String(text) => format!("{name} = {text}"),
            _ => format!("{name} = {value}"),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

fn line(row: &ReportRow) -> String {
    let number = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), short);
    let z = row.z.map_or_else(|| "inf".to_owned(), |z| format!("{z:.2}"));
    // Numbers and short texts among the parameters tell the entries of a family apart.
    let mut what = row.quantity.clone();
    for (name, value) in &row.params {
        let word = match value {
            serde_json::Value::Number(number) => format!("{name}={number}"),
            serde_json::Value::String(text) if text.len() < 28 => text.clone(),
            _ => continue,
        };
        if what.len() + word.len() < 54 {
            what = format!("{what} {word}");
        }
    }
    let mark = if row.status == Status::Failed {
        "  FAILED"
    } else {
        ""
    };
    format!(
        "  {:<8}{:<56}{:>13}{:>13}{:>11}{:>8}{mark}",
        row.id,
        what.chars().take(55).collect::<String>(),
        short(row.value),
        number(row.estimate),
        row.half_width.map_or_else(
            || if row.value == 0.0 {
                "exact".to_owned()
            } else {
                "counted".to_owned()
            },
            short
        ),
        z
    )
}

/// Six digits.
fn short(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e7).contains(&size) {
        format!("{x:.4e}")
    } else if size >= 1000.0 {
        format!("{x:.1}")
    } else if size >= 1.0 {
        format!("{x:.4}")
    } else {
        format!("{x:.6}")
    }
}
