//! Small pictures in text: a histogram of times, a line over time.

use crate::numbers;
use crate::page::Style;

/// Where bars may end, in seconds: times people name.
const EDGES: [f64; 32] = [
    0.001,
    0.01,
    0.1,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    20.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    14_400.0,
    28_800.0,
    57_600.0,
    86_400.0,
    172_800.0,
    259_200.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
    7_776_000.0,
    31_536_000.0,
    94_608_000.0,
    315_360_000.0,
    3_153_600_000.0,
];
/// Most bars.
const BARS: usize = 10;

/// Bars of a distribution function given by points (seconds, share), one line each. Empty without points.
pub(crate) fn histogram(points: &[(f64, f64)], style: Style) -> Vec<String> {
    let Some(&(most, _)) = points.last() else {
        return Vec::new();
    };
    let edges = edges(points, most);
    let mut below = 0.0;
    let mut bars: Vec<(String, f64)> = Vec::new();
    for (i, &edge) in edges.iter().enumerate() {
        let upto = share_below(points, edge);
        let label = match i.checked_sub(1) {
            Some(before) => format!(
                "{} to {}",
                numbers::duration(edges[before]),
                numbers::duration(edge)
            ),
            None => format!("up to {}", numbers::duration(edge)),
        };
        bars.push((label, upto - below));
        below = upto;
    }
    let longest = bars.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    lines(&bars, longest, style)
}

/// A bar for each share of one whole, one line each: the whole is the full width.
pub(crate) fn shares(shares: &[(String, f64)], style: Style) -> Vec<String> {
    lines(shares, 1.0, style)
}

/// Labels, shares and bars; a share of `longest` fills the width.
fn lines(bars: &[(String, f64)], longest: f64, style: Style) -> Vec<String> {
    let labels = bars
        .iter()
        .map(|(label, _)| label.chars().count())
        .max()
        .unwrap_or(0);
    let room = style.width.saturating_sub(labels + 16).clamp(10, 50);
    let line = |(label, share): &(String, f64)| {
        let length = if longest > 0.0 {
            share / longest * room as f64
        } else {
            0.0
        };
        let share = if *share > 0.0 {
            numbers::share(*share, 0)
        } else {
            "0 %".into()
        };
        format!("  {label:<labels$}  {share:>10}  {}", bar(length, style.unicode))
            .trim_end()
            .to_string()
    };
    bars.iter().map(line).collect()
}

/// The edges that tell something of this distribution: from the last under the first percent to the first above the last.
fn edges(points: &[(f64, f64)], most: f64) -> Vec<f64> {
    let inner = |edge: f64| (0.01..0.995).contains(&share_below(points, edge));
    let mut chosen: Vec<f64> = EDGES
        .into_iter()
        .filter(|&edge| edge < most && inner(edge))
        .collect();
    while chosen.len() >= BARS {
        // Every second one, the later of each pair.
        chosen = chosen.chunks(2).map(|pair| pair[pair.len() - 1]).collect();
    }
    chosen.push(most);
    chosen
}

/// The distribution function at a time, straight between its points.
fn share_below(points: &[(f64, f64)], seconds: f64) -> f64 {
    let after = points.partition_point(|&(at, _)| at <= seconds);
    match (after.checked_sub(1).map(|i| points[i]), points.get(after)) {
        (None, _) => 0.0,
        (Some((x0, y0)), Some(&(x1, y1))) if x1 > x0 => y0 + (y1 - y0) * (seconds - x0) / (x1 - x0),
        (Some((_, share)), _) => share,
    }
}

/// A bar of this many characters, in eighths where there are such characters.
fn bar(length: f64, unicode: bool) -> String {
    if !unicode {
        return "#".repeat(length.round() as usize);
    }
    let eighths = (length * 8.0).round() as usize;
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    format!("{}{rest}", "█".repeat(eighths / 8))
}

/// Levels over time as one line of at most `columns` characters; where several fall together the highest shows.
pub fn sparkline(levels: &[f64], columns: usize, unicode: bool) -> String {
    let ladder: &[char] = if unicode {
        &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
    } else {
        &['_', '.', ':', '-', '=', '+', '*', '#']
    };
    let columns = columns.min(levels.len());
    let highest = levels.iter().copied().fold(0.0, f64::max);
    let mut line = String::new();
    for column in 0..columns {
        let (from, to) = (
            column * levels.len() / columns,
            (column + 1) * levels.len() / columns,
        );
        let level = levels[from..to].iter().copied().fold(0.0, f64::max);
        let step = if highest > 0.0 {
            (level / highest * 8.0).ceil() as usize
        } else {
            0
        };
        line.push(ladder[step.clamp(1, 8) - 1]);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style {
        width: 60,
        unicode: true,
        colour: false,
    };

    #[test]
    fn bars_add_up_to_all() {
        // Uniform on 0..2 h.
        let lines = histogram(&[(0.0, 0.0), (7_200.0, 1.0)], STYLE);
        let percents: Vec<f64> = lines
            .iter()
            .map(|line| {
                line.split('%')
                    .next()
                    .unwrap()
                    .split_whitespace()
                    .next_back()
                    .unwrap()
                    .parse()
                    .unwrap()
            })
            .collect();
        assert!((percents.iter().sum::<f64>() - 100.0).abs() <= 3.0, "{lines:?}");
        assert!(lines.last().unwrap().contains("1 h to 2 h"));
        assert!(lines.iter().all(|line| line.chars().count() <= 60), "{lines:?}");
    }

    #[test]
    fn shares_of_a_whole_are_drawn_to_one_scale() {
        let lines = shares(&[("all".into(), 1.0), ("half of it".into(), 0.5)], STYLE);
        let blocks = |line: &str| line.matches('█').count();
        assert_eq!(blocks(&lines[0]), 2 * blocks(&lines[1]), "{lines:?}");
        assert_eq!(shares(&[("half".into(), 0.5)], STYLE)[0].matches('█').count(), 20);
    }

    #[test]
    fn a_constant_is_one_bar_and_nothing_is_none() {
        let lines = histogram(&[(60.0, 0.0), (60.0, 1.0)], STYLE);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].contains("up to 1 min") && lines[0].contains("100 %"),
            "{lines:?}"
        );
        assert!(histogram(&[], STYLE).is_empty());
    }

    /// Half at 10 minutes, half at 57 hours: no bar between says anything else than 0.
    #[test]
    fn no_bar_where_no_value_lies() {
        let points = [(600.0, 0.0), (600.5, 0.5), (205_600.0, 0.5), (205_800.0, 1.0)];
        let lines = histogram(&points, STYLE);
        let shares: Vec<bool> = lines.iter().map(|line| line.contains("50 %")).collect();
        assert!(lines[0].contains("up to 15 min") && shares[0], "{lines:#?}");
        assert!(
            lines[lines.len() - 1].contains("2 d to 2 d 9 h") && shares[lines.len() - 1],
            "{lines:#?}"
        );
        assert!(
            lines[1..lines.len() - 1].iter().all(|line| line.contains(" 0 %")),
            "{lines:#?}"
        );
    }

    #[test]
    fn ascii_where_asked() {
        let style = Style {
            unicode: false,
            ..STYLE
        };
        assert!(
            histogram(&[(0.0, 0.0), (7_200.0, 1.0)], style)
                .concat()
                .is_ascii()
        );
        assert!(sparkline(&[0.0, 1.0, 2.0], 10, false).is_ascii());
    }

    #[test]
    fn the_highest_level_shows_however_narrow() {
        let mut levels = vec![0.0; 1_000];
        levels[777] = 5.0;
        assert_eq!(sparkline(&levels, 20, true).matches('█').count(), 1);
        assert_eq!(sparkline(&[0.0, 0.0], 20, true), "▁▁");
        assert_eq!(sparkline(&[1.0, 4.0, 8.0], 20, true), "▁▄█");
        assert_eq!(sparkline(&[], 20, true), "");
    }
}
