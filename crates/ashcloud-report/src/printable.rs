//! Names as a terminal may be sent them: files may hold characters that move its cursor or change its colours.

use crate::document::Document;

/// Characters of a name, a title or a sentence that are shown.
const SHOWN: usize = 300;

/// A character that moves the cursor, colours what follows or turns the direction of writing.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A text as one line: line breaks and tabs are spaces, other control characters are escaped, what is too long is cut.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (place, c) in text.chars().enumerate() {
        match c {
            _ if place >= SHOWN => {
                out.push_str("...");
                break;
            }
            '\n' | '\t' => out.push(' '),
            c if is_control(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

impl Document {
    /// The same with every name on one line and without control characters, for reports: the JSON document keeps them as they
    /// were written.
    #[must_use]
    pub fn printable(&self) -> Document {
        let mut document = self.clone();
        for text in names(&mut document) {
            if text.len() > SHOWN || text.contains(is_control) {
                *text = one_line(text);
            }
        }
        document
    }
}

/// Everything in a document that comes from a file.
fn names(document: &mut Document) -> Vec<&mut String> {
    let mut all = vec![&mut document.scenario.title, &mut document.scenario.file];
    for warning in &mut document.warnings {
        all.push(&mut warning.message);
        all.extend(&mut warning.help);
        all.extend(&mut warning.model);
        all.extend(warning.place.as_mut().map(|place| &mut place.file));
    }
    for model in &mut document.models {
        all.push(&mut model.name);
        all.extend(model.teams.iter_mut().map(|team| &mut team.name));
    }
    for target in &mut document.targets {
        all.extend([&mut target.name, &mut target.class, &mut target.words]);
    }
    for row in &mut document.estimates {
        all.extend([&mut row.model, &mut row.class, &mut row.team, &mut row.channel]);
    }
    for row in &mut document.differences {
        all.extend([&mut row.a, &mut row.b, &mut row.class]);
    }
    for row in &mut document.verdicts {
        all.extend([&mut row.model, &mut row.target]);
        all.extend(row.reason.as_mut().map(|reason| &mut reason.words));
    }
    all.extend(document.distributions.iter_mut().map(|curve| &mut curve.model));
    all.extend(document.timeline.iter_mut().map(|timeline| &mut timeline.model));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_that_a_terminal_may_be_sent() {
        assert_eq!(one_line("plain, ä"), "plain, ä");
        assert_eq!(one_line("a\nb\tc"), "a b c");
        assert_eq!(
            one_line("\u{1b}[2J\u{9b}1m\u{202e}"),
            "\\u{1b}[2J\\u{9b}1m\\u{202e}"
        );
        let long = one_line(&"x".repeat(1_000));
        assert!(long.len() == SHOWN + 3 && long.ends_with("..."));
    }
}
