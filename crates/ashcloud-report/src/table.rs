//! Tables that fit the page: headings wrap, the first column wraps, and what is still too wide continues below.

use crate::document::Verdict;
use crate::page::{Page, wrap};

/// Space between columns.
const GAP: usize = 2;
/// The first column is not made narrower than this.
const FIRST: usize = 14;

/// A cell, and the verdict in whose colour it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) verdict: Option<Verdict>,
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell { text, verdict: None }
    }
}

/// Writes a table: the first column to the left, the others to the right. Every row is as long as the heading.
pub(crate) fn table(page: &mut Page, indent: usize, heading: &[String], rows: &[Vec<Cell>]) {
    let room = page.style.width - indent;
    let widths: Vec<usize> = (0..heading.len())
        .map(|column| natural(heading, rows, column))
        .collect();
    let widest = rows
        .iter()
        .map(|row| row[0].text.chars().count())
        .max()
        .unwrap_or(0)
        .max(widths[0]);
    let others: usize = widths[1..].iter().map(|w| w + GAP).sum();
    // Names are wrapped before columns move below.
    let first = widest.min(room.saturating_sub(others).max(FIRST));
    let mut from = 1;
    loop {
        let mut to = from;
        let mut used = first;
        while to < heading.len() && (to == from || used + GAP + widths[to] <= room) {
            used += GAP + widths[to];
            to += 1;
        }
        block(page, indent, heading, rows, first, &widths, from..to);
        if to >= heading.len() {
            return;
        }
        page.blank();
        from = to;
    }
}

fn block(
    page: &mut Page,
    indent: usize,
    heading: &[String],
    rows: &[Vec<Cell>],
    first: usize,
    widths: &[usize],
    columns: std::ops::Range<usize>,
) {
    let margin = " ".repeat(indent);
    let mut headings = vec![wrap(&heading[0], first, 0)];
    headings.extend(columns.clone().map(|c| wrap(&heading[c], widths[c], 0)));
    let height = headings.iter().map(Vec::len).max().unwrap_or(1);
    for line in 0..height {
        let mut text = margin.clone();
        for (i, lines) in headings.iter().enumerate() {
            // Headings stand on the line above the figures.
            let at = (line + lines.len())
                .checked_sub(height)
                .and_then(|at| lines.get(at))
                .map_or("", String::as_str);
            let cell = match i {
                0 => format!("{at:first$}"),
                _ => format!("{:GAP$}{at:>1$}", "", widths[columns.start + i - 1]),
            };
            text += &cell;
        }
        page.line(&text);
    }
    let used = first + columns.clone().map(|c| widths[c] + GAP).sum::<usize>();
    let rule = if page.style.unicode { "─" } else { "-" };
    page.line(&format!("{margin}{}", rule.repeat(used)));
    for row in rows {
        for (i, name) in wrap(&row[0].text, first, 2).iter().enumerate() {
            let mut text = format!("{margin}{name:first$}");
            for c in columns.clone().filter(|_| i == 0) {
                let cell = &row[c];
                let space = " ".repeat(GAP + widths[c].saturating_sub(cell.text.chars().count()));
                let painted = cell
                    .verdict
                    .map_or(cell.text.clone(), |v| page.paint(v, &cell.text));
                text += &space;
                text += &painted;
            }
            page.line(&text);
        }
    }
}

/// The widest cell, or the longest word of the heading. Headings may grow to three lines, not more.
fn natural(heading: &[String], rows: &[Vec<Cell>], column: usize) -> usize {
    let words = heading[column]
        .split_whitespace()
        .map(|w| w.chars().count())
        .max()
        .unwrap_or(0);
    let cells = rows
        .iter()
        .map(|row| row[column].text.chars().count())
        .max()
        .unwrap_or(0);
    let third = heading[column].chars().count().div_ceil(3);
    match column {
        0 => words,
        _ => cells.max(words).max(third),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Style;

    fn written(width: usize, columns: usize) -> String {
        let mut page = Page::new(Style {
            width,
            unicode: false,
            colour: false,
        });
        let heading: Vec<String> = (0..columns).map(|c| format!("heading number {c}")).collect();
        let row = |name: &str| {
            let mut row = vec![Cell::from(name.to_string())];
            row.extend((1..columns).map(|c| Cell::from(format!("{c}.00 %"))));
            row
        };
        table(
            &mut page,
            2,
            &heading,
            &[row("a"), row("a name of several words")],
        );
        page.finish()
    }

    #[test]
    fn no_line_is_wider_than_the_page() {
        for width in [40, 60, 80, 200] {
            for columns in 2..12 {
                let text = written(width, columns);
                assert!(
                    text.lines().all(|line| line.chars().count() <= width),
                    "{width} {columns}\n{text}"
                );
                for c in 1..columns {
                    assert_eq!(text.matches(&format!(" {c}.00 %")).count(), 2, "{text}");
                }
            }
        }
    }
}
