//! The figures as tables: for the terminal, and between two marks of a page.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use crate::measure::Document;
use crate::workloads::{Floor, named};

fn floor(floor: Floor) -> &'static str {
    match floor {
        Floor::Loop => "loop",
        Floor::Flat => "flat",
    }
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

/// A number of customers, as 1e6.
pub(crate) fn customers(n: u64) -> String {
    format!("{:e}", n as f64)
}

/// One of the figures that are asked beside the workloads.
struct Figure {
    what: String,
    asked: String,
    measured: String,
    met: bool,
}

/// What is asked beside the workloads, as far as it was measured.
fn besides(document: &Document) -> Vec<Figure> {
    let mut figures = Vec::new();
    for breadth in &document.breadth {
        let bound = if breadth.at_least { "at least" } else { "at most" };
        figures.push(Figure {
            what: breadth.what.clone(),
            asked: format!("{bound} {:.2}", breadth.asked),
            measured: format!("{:.3}", breadth.ratio),
            met: breadth.met,
        });
    }
    for peak in &document.memory {
        let (unit, measured) = match peak.bytes_per_waiting {
            Some(bytes) => ("bytes", format!("{bytes:.1} bytes per waiting comment")),
            None => ("MiB", format!("{:.1} MiB", peak.peak_mib)),
        };
        figures.push(Figure {
            what: format!("memory, {} at {} customers", peak.name, customers(peak.customers)),
            asked: format!("at most {} {unit}", peak.asked),
            measured,
            met: peak.met,
        });
    }
    if let Some(threads) = &document.threads {
        figures.push(Figure {
            what: format!(
                "two threads against one, {}, {} replications",
                threads.workload, threads.replications
            ),
            asked: format!("at least {}", threads.asked),
            measured: format!("{:.2} (floor {:.2})", threads.ratio, threads.floor),
            met: threads.met,
        });
    }
    if let Some(start) = &document.start_up {
        figures.push(Figure {
            what: "`ashcloud run` of a tiny scenario, exec to exit".into(),
            asked: format!("at most {} ms", start.asked),
            measured: format!("{:.1} ms (least {:.1})", start.median_ms, start.least_ms),
            met: start.met,
        });
    }
    figures
}

/// For the terminal, with speeds.
pub fn terminal(document: &Document, runs: u32) -> String {
    let mut text = String::new();
    if !document.workloads.is_empty() {
        let _ = writeln!(
            text,
            "Million customers per CPU-second, one thread, median of {runs} interleaved runs"
        );
        let _ = writeln!(
            text,
            "{:<9}{:>9}{:>11}{:>11}{:>7}{:>7} {:>7}{:>7} {:<7}{:>9}{:>11}{:>9}",
            "",
            "ashcloud",
            "floor loop",
            "floor flat",
            "/loop",
            "/flat",
            "against",
            "asked",
            "",
            "peak MiB",
            "mean wait",
            "exact"
        );
    }
    for row in &document.workloads {
        let peak = row.peak_mib.map_or("?".into(), |p| format!("{p:.1}"));
        let _ = writeln!(
            text,
            "{:<9}{:>9.2}{:>11.2}{:>11.2}{:>7.3}{:>7.3} {:>7}{:>7.2} {:<7}{:>9}{:>11.5}{:>9.5}",
            row.name,
            row.customers_per_cpu_s / 1e6,
            row.floor_loop / 1e6,
            row.floor_flat / 1e6,
            row.ratio_loop,
            row.ratio_flat,
            floor(row.against),
            row.asked,
            verdict(row.met),
            peak,
            row.mean_wait,
            row.exact,
        );
    }
    for figure in besides(document) {
        let Figure {
            what,
            asked,
            measured,
            met,
        } = figure;
        let _ = writeln!(text, "{what}: {measured}; {asked}: {}", verdict(met));
    }
    text
}

/// For a page: ratios, and what does not depend on the machine.
fn markdown(document: &Document, runs: u32) -> String {
    let mut text = format!(
        "\nMedian of {runs} interleaved runs; in brackets the smallest and largest ratio of a round.\n\n| workload | stresses | against | at least | \
         ratio | |\n|---|---|---|---|---|---|\n"
    );
    for row in &document.workloads {
        let stresses = named(row.name).map_or("", |w| w.stresses);
        let _ = writeln!(
            text,
            "| {} | {stresses} | floor {} | {:.2} | {:.2} ({:.2} to {:.2}) | {} |",
            row.name,
            floor(row.against),
            row.asked,
            row.ratio,
            row.spread[0],
            row.spread[1],
            verdict(row.met)
        );
    }
    text += "\n| besides | asked | measured | |\n|---|---|---|---|\n";
    for figure in besides(document) {
        let Figure {
            what,
            asked,
            measured,
            met,
        } = figure;
        let _ = writeln!(text, "| {what} | {asked} | {measured} | {} |", verdict(met));
    }
    text + "\n"
}

/// Puts the tables between the marks of the page.
///
/// # Errors
/// If the page cannot be read or written, or has no marks.
pub fn write(file: &Path, document: &Document, runs: u32) -> Result<()> {
    put(file, "workloads --write", &markdown(document, runs))
}

/// Puts a text between the marks of its writer.
///
/// # Errors
/// If the page cannot be read or written, or has no such marks.
pub(crate) fn put(file: &Path, writer: &str, text: &str) -> Result<()> {
    let name = || file.display().to_string();
    let page = std::fs::read_to_string(file).with_context(name)?;
    let page = between(&page, writer, text).with_context(|| format!("{}: no marks of {writer}", name()))?;
    std::fs::write(file, page).with_context(name)
}

fn between(page: &str, writer: &str, new: &str) -> Option<String> {
    let begin = format!("<!-- begin: written by {writer} -->\n");
    let end = format!("<!-- end: written by {writer} -->\n");
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{new}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_writers_marks_is_replaced() {
        let marked = |writer: &str, text: &str| {
            format!("<!-- begin: written by {writer} -->\n{text}<!-- end: written by {writer} -->\n")
        };
        let page = |mine: &str| format!("a\n{}b\n{}c\n", marked("other", "kept\n"), marked("me", mine));
        assert_eq!(between(&page("old\n"), "me", "new\n"), Some(page("new\n")));
        assert_eq!(between(&page("old\n"), "nobody", "new\n"), None);
    }
}
