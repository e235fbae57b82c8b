//! Files of the project, changed by a few slips of the pen and worse.

use std::path::Path;

use crate::Dice;

const SNIPPETS: [&str; 44] = [
    "0",
    "-1",
    "1",
    "7",
    "1e308",
    "1e-300",
    "nan",
    "inf",
    "9223372036854775807",
    "\"\"",
    "\"0s\"",
    "\"1ns\"",
    "\"9999999d\"",
    "\"1us\"",
    "\"5m\"",
    "\"30d\"",
    "[]",
    "{}",
    "[[",
    "]",
    "}",
    "\n",
    "true",
    "\"daily\"",
    "\"00:00\"",
    "\"24:00\"",
    "9999-12-31T23:59:59",
    "0001-01-01",
    "2010-03-28T02:30:00",
    "\"9 per s\"",
    "\"1e9 per s\"",
    "\"0 per s\"",
    "\"1e-9 per d\"",
    "\"unlimited\"",
    "\"all\"",
    "\"\\u001b[2J\"",
    "\u{feff}",
    "\r",
    "\u{0}",
    "ä",
    "1.0",
    "0.999999",
    "{ exponential = \"1us\" }",
    "{ pareto = { alpha = 0.5, minimum = \"1s\" } }",
];

/// Texts of every scenario and staffing file.
pub(crate) fn corpus(folder: &Path) -> Vec<String> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    let texts: Vec<String> = paths
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect();
    assert!(!texts.is_empty(), "no scenarios in {}", folder.display());
    texts
}

/// One of them with one to eight changes.
pub(crate) fn mutated(dice: &mut Dice, corpus: &[String]) -> String {
    let mut text = corpus[dice.below(corpus.len())].clone();
    for _ in 0..=dice.below(8) {
        change(dice, &mut text, corpus);
    }
    text
}

fn place(dice: &mut Dice, text: &str) -> usize {
    text.floor_char_boundary(dice.below(text.len() + 1))
}

/// A value: from behind `=` to the end of its line, or to the next comma.
fn value(dice: &mut Dice, text: &str) -> Option<(usize, usize)> {
    let from = place(dice, text);
    let begins = from + text[from..].find('=')? + 1;
    let ends = begins + text[begins..].find([',', '\n', '}', ']'])?;
    Some((begins, ends))
}

fn change(dice: &mut Dice, text: &mut String, corpus: &[String]) {
    match dice.below(8) {
        0 | 1 => {
            if let Some((from, to)) = value(dice, text) {
                text.replace_range(from..to, &format!(" {}", dice.of(&SNIPPETS)));
            }
        }
        2 => {
            let at = place(dice, text);
            text.insert_str(at, dice.of(&SNIPPETS));
        }
        3 => {
            let (a, b) = (place(dice, text), place(dice, text));
            let length = dice.below(40);
            let to = text.floor_char_boundary((a.min(b) + length).min(text.len()));
            text.replace_range(a.min(b).min(to)..to, "");
        }
        // A line twice, a line gone, a line of another file.
        4..=6 => {
            let mut lines: Vec<&str> = text.lines().collect();
            if lines.is_empty() {
                return;
            }
            let (from, to) = (dice.below(lines.len()), dice.below(lines.len()));
            let other: Vec<&str> = corpus[dice.below(corpus.len())].lines().collect();
            match dice.below(3) {
                0 => lines.insert(to, lines[from]),
                1 => drop(lines.remove(from)),
                _ => lines.insert(to, other[dice.below(other.len())]),
            }
            *text = lines.join("\n");
        }
        _ => {
            // A digit more in a number.
            let from = place(dice, text);
            if let Some(at) = text[from..].find(|c: char| c.is_ascii_digit()) {
                let digits = ["9", "0", "000", ".", "e9", "-"];
                text.insert_str(from + at, dice.of(&digits));
            }
        }
    }
}
