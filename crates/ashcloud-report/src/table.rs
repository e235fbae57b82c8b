//! Tables that fit the page: headings wrap, the first column wraps, and what is still too wide continues below.

use crate::document::Verdict;
use crate::page::{Page, Style, pieces, wrap};

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

/// A table of its own, as wide as the page at most: the first column to the left, the others to the right. Every row is as
/// long as the heading.
pub fn table_of(heading: &[&str], rows: &[Vec<String>], indent: usize, style: Style) -> String {
    let mut page = Page::new(style);
    let heading: Vec<String> = heading.iter().map(|&text| text.into()).collect();
    let cells = |row: &Vec<String>| row.iter().cloned().map(Cell::from).collect();
    let rows: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
    table(&mut page, indent, &heading, &rows);
    page.finish()
}

/// Writes a table: the first column to the left, the others to the right. Every row is as long as the heading.
pub(crate) fn table(page: &mut Page, indent: usize, heading: &[String], rows: &[Vec<Cell>]) {
    let room = page.style.width - indent;
    let widths: Vec<usize> = (0..heading.len())
        .map(|column| narrowest(heading, rows, column, 3))
        .collect();
    let widest = rows
        .iter()
        .map(|row| row[0].text.chars().count())
        .max()
        .unwrap_or(0)
        .max(widths[0]);
    // Names are wrapped before columns move below, but have all the room that the columns leave, if they need it.
    let least = FIRST.min(widest);
    let fewest = blocks(room, least, &widths).len();
    let most = (least..=widest)
        .rev()
        .find(|&first| blocks(room, first, &widths).len() == fewest)
        .unwrap_or(least);
    let lines = |first: usize| -> usize { rows.iter().map(|row| wrap(&row[0].text, first, 2).len()).sum() };
    let first = (least..most)
        .find(|&first| lines(first) == lines(most))
        .unwrap_or(most);
    for (i, columns) in blocks(room, first, &widths).into_iter().enumerate() {
        if i > 0 {
            page.blank();
        }
        // Headings of two lines, where there is room.
        let mut widths = widths.clone();
        let two: Vec<usize> = (0..heading.len())
            .map(|column| narrowest(heading, rows, column, 2))
            .collect();
        if first + columns.clone().map(|c| two[c] + GAP).sum::<usize>() <= room {
            widths = two;
        }
        block(page, indent, heading, rows, first, &widths, columns);
    }
}

/// The columns after the first that stand side by side, block by block.
fn blocks(room: usize, first: usize, widths: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut blocks = Vec::new();
    let mut from = 1;
    while from < widths.len() {
        let mut to = from;
        let mut used = first;
        while to < widths.len() && (to == from || used + GAP + widths[to] <= room) {
            used += GAP + widths[to];
            to += 1;
        }
        blocks.push(from..to);
        from = to;
    }
    blocks
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

/// The widest cell, and as much as keeps the heading within so many lines; of the first column, the longest word of its
/// heading.
fn narrowest(heading: &[String], rows: &[Vec<Cell>], column: usize, lines: usize) -> usize {
    let words = pieces(&heading[column])
        .iter()
        .map(|w| w.chars().count())
        .max()
        .unwrap_or(0);
    if column == 0 {
        return words;
    }
    let cells = rows
        .iter()
        .map(|row| row[column].text.chars().count())
        .max()
        .unwrap_or(0);
    let mut width = cells.max(words);
    while wrap(&heading[column], width, 0).len() > lines {
        width += 1;
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn names_take_the_room_that_the_columns_leave() {
        let mut page = Page::new(Style {
            width: 60,
            ..Style::FILE
        });
        let heading = ["staffing model", "a", "b", "c", "d"].map(String::from);
        let name = "a name of twenty-nine letters";
        let mut row = vec![Cell::from(name.to_string())];
        row.extend((0..4).map(|_| Cell::from("12.0 %, missed".to_string())));
        table(&mut page, 0, &heading, &[row]);
        let text = page.finish();
        // Two blocks it must be, and in two blocks nothing need be wrapped but the name by a little.
        assert_eq!(text.matches("missed").count(), 4, "{text}");
        assert_eq!(text.lines().count(), 9, "{text}");
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
