//! Texts that are no TOML: what they are instead, and what is wrong on a line, in the words of somebody who writes it.

use std::ops::Range;

use crate::tree::Syntax;

/// A fault of syntax, said plainly.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slip {
    /// Bytes at fault.
    pub(crate) at: Range<usize>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to write.
    pub(crate) help: Option<String>,
}

impl Slip {
    fn new(at: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Slip {
        Slip {
            at,
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

/// What a file is that is written in another language as a whole, and what to do: for texts with faults of syntax.
pub(crate) fn other_language(text: &str) -> Option<(&'static str, &'static str)> {
    const AS_TOML: &str = "write it as TOML: fields as horizon = \"5d\", tables as [queue] or [[arrivals]]";
    if text.contains('\0') {
        return Some(("this is UTF-16 text, or no text at all", "save it as UTF-8"));
    }
    let mut begins = text.trim_start().chars().filter(|c| !c.is_whitespace());
    match (begins.next(), begins.next()) {
        (Some('{'), _) | (Some('['), Some('{')) => return Some(("this is JSON, not TOML", AS_TOML)),
        (Some('<'), _) => return Some(("this is XML or HTML, not TOML", AS_TOML)),
        _ => {}
    }
    let lines = || {
        text.lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
    };
    let toml = |line: &str| line.starts_with('[') || name_before(line, '=').is_some();
    if lines().any(toml) {
        return None;
    }
    if lines().any(|l| l == "---" || l.starts_with("- ") || name_before(l, ':').is_some()) {
        return Some(("this is YAML, not TOML", AS_TOML));
    }
    Some(("no line of this file is TOML", AS_TOML))
}

/// The name at the beginning of a line, where this sign follows it.
fn name_before(line: &str, sign: char) -> Option<&str> {
    let (name, _) = line.split_once(sign)?;
    let name = name.trim();
    let plain = |c: char| c.is_alphanumeric() || "_-.\"' ".contains(c);
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// More slips than these are not looked at: a text with so many is read no further.
const MOST: usize = 1_100;

/// Every fault of syntax once, in the order of the file: one a line, and none that merely follows from an earlier one.
pub(crate) fn slips(text: &str, found: &[Syntax]) -> Vec<Slip> {
    let open = never_closed(text);
    let mut slips: Vec<Slip> = Vec::new();
    let mut last: Option<Range<usize>> = None;
    let mut table_twice = false;
    let mut found: Vec<&Syntax> = found.iter().collect();
    found.sort_by_key(|(span, _)| span.start);
    for (span, message) in found {
        // Behind a bracket that is never closed everything is taken for what stands in it.
        if let Some((place, bracket)) = open
            && span.start > place
        {
            slips.push(unclosed_bracket(place, bracket));
            break;
        }
        if slips.len() == MOST {
            break;
        }
        if last.as_ref().is_some_and(|line| span.start <= line.end) {
            continue;
        }
        let (start, line) = line_of(text, span.start);
        if message.starts_with("duplicate key") {
            let header = line.trim_start().starts_with('[');
            // A table that stands here twice repeats its fields, too.
            let since = last.as_ref().map_or(0, |line| line.start);
            if table_twice && !header && !headers_between(text, since, start) {
                continue;
            }
            table_twice = header;
        }
        last = Some(start..start + line.len());
        slips.push(explain(text, span, message, start, line));
    }
    slips
}

/// Is there a header of a table on a line between these two places?
fn headers_between(text: &str, from: usize, to: usize) -> bool {
    let between = text.get(from..to).unwrap_or("");
    between.lines().skip(1).any(|l| l.trim_start().starts_with('['))
}

/// Where the line begins on which a byte stands, and the line.
fn line_of(text: &str, at: usize) -> (usize, &str) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let start = text[..at].rfind('\n').map_or(0, |p| p + 1);
    let end = text[start..].find('\n').map_or(text.len(), |p| start + p);
    (start, text[start..end].trim_end_matches('\r'))
}

/// Is a list or table never closed, so that what follows stands in it and cannot be understood?
pub(crate) fn is_left_open(text: &str) -> bool {
    never_closed(text).is_some()
}

/// A place of an opening bracket of a value that is never closed, and the bracket.
fn never_closed(text: &str) -> Option<(usize, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quote: Option<&str> = None;
    let mut at = 0;
    let mut line_begins = true;
    while at < text.len() {
        let rest = &text[at..];
        let c = rest.chars().next()?;
        let mut step = c.len_utf8();
        match quote {
            Some(mark) if rest.starts_with(mark) => {
                quote = None;
                step = mark.len();
            }
            Some("\"" | "\"\"\"") if c == '\\' => step += rest[1..].chars().next().map_or(0, char::len_utf8),
            Some(mark) if mark.len() == 1 && c == '\n' => quote = None,
            Some(_) => {}
            None => match c {
                '#' => step = rest.find('\n').unwrap_or(rest.len()),
                '"' | '\'' => {
                    let marks = ["\"\"\"", "'''", "\"", "'"];
                    quote = marks.into_iter().find(|m| rest.starts_with(m));
                    step = quote.map_or(1, str::len);
                }
                // A header is not the list of a value.
                '[' if line_begins && open.is_empty() => step = rest.find('\n').unwrap_or(rest.len()),
                '[' | '{' => open.push((at, c)),
                ']' | '}' if open.last().is_some_and(|(_, o)| (*o == '[') == (c == ']')) => {
                    open.pop();
                }
                _ => {}
            },
        }
        line_begins = c == '\n' || line_begins && c.is_whitespace();
        at += step;
    }
    open.first().copied()
}

fn unclosed_bracket(place: usize, bracket: char) -> Slip {
    let (what, close) = if bracket == '[' {
        ("list", ']')
    } else {
        ("table", '}')
    };
    Slip::new(
        place..place + 1,
        format!("the {what} that begins here is never closed"),
        format!("close it with `{close}`"),
    )
}

/// Where the text begins on this line that has no closing quote.
fn opening_quote(text: &str, at: usize, message: &str) -> Slip {
    if message.contains("multi-line") {
        let mark = if message.contains("literal") {
            "'''"
        } else {
            "\"\"\""
        };
        let place = text[..at.min(text.len())].rfind(mark).unwrap_or(0);
        let message = "the text that begins here is never closed";
        return Slip::new(place..place + 3, message, format!("close it with {mark}"));
    }
    let (start, line) = line_of(text, at);
    let (mut place, mut quote) = (start, None);
    let mut escaped = false;
    for (i, c) in line.char_indices() {
        match quote {
            None if c == '#' => break,
            None if c == '"' || c == '\'' => (place, quote) = (start + i, Some(c)),
            Some('"') if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(mark) if c == mark => quote = None,
            _ => {}
        }
    }
    let mark = quote.unwrap_or('"');
    Slip::new(
        place..start + line.len(),
        "the text that begins here has no closing quote",
        format!("close it with {mark} on the same line"),
    )
}

/// One fault of syntax in plain words.
fn explain(text: &str, span: &Range<usize>, message: &str, start: usize, line: &str) -> Slip {
    if message.starts_with("invalid basic string")
        || message.starts_with("invalid literal string")
        || message.starts_with("invalid multi-line")
    {
        return opening_quote(text, span.start, message);
    }
    let whole = start + (line.len() - line.trim_start().len())..start + line.trim_end().len();
    let trimmed = line.trim();
    if message.starts_with("duplicate key") {
        return twice(text, span, trimmed);
    }
    if trimmed.starts_with('[') && (message.contains("unclosed") || message.contains("newline")) {
        let double = trimmed.starts_with("[[");
        let name = trimmed.trim_matches(['[', ']']).trim();
        let help = if double {
            format!("[[{name}]]")
        } else {
            format!("[{name}]")
        };
        return Slip::new(
            whole,
            "the brackets of this header do not match",
            format!("write {help}"),
        );
    }
    for sign in ["//", "--", ";", "/*", "%"] {
        if trimmed.starts_with(sign) {
            let rest = trimmed.trim_start_matches(sign).trim();
            return Slip::new(whole, "a remark begins with `#`", format!("write # {rest}"));
        }
    }
    if message.starts_with("missing escaped value") || message.contains("escape") {
        return Slip::new(
            span.clone(),
            "a backslash in double quotes begins a sign of its own",
            "write the text in single quotes, or \\\\ for a backslash",
        );
    }
    let Some((name, value)) = line.split_once('=') else {
        return no_field(message, whole, trimmed);
    };
    if name_before(line, ':').is_some() && !name.contains(['"', '\'']) && name.contains(':') {
        return colon(whole, line.split_once(':'));
    }
    if name.contains('{') || name.contains('[') {
        return Slip::new(
            span.clone(),
            plainly(message),
            "write { name = value, name = value }",
        );
    }
    if message.contains("key")
        && !message.starts_with("unexpected key or value")
        && !message.contains("pairs")
    {
        let name = name.trim();
        return Slip::new(
            whole,
            "a name of other signs than letters a to z, digits, - and _ is written in quotes",
            format!("write \"{name}\" = ..."),
        );
    }
    let value_at = start + name.len() + 1 + (value.len() - value.trim_start().len());
    of_value(span, message, name.trim(), value.trim(), value_at)
}

/// A table or a field that stands in the file twice.
fn twice(text: &str, span: &Range<usize>, line: &str) -> Slip {
    let name = text.get(span.clone()).unwrap_or("");
    let message = format!("`{name}` stands here a second time");
    let path = line.trim_matches(['[', ']']).trim();
    let help = match line.strip_prefix('[') {
        Some(_) if ["teams", "arrivals", "targets", "hand_over"].contains(&path) => {
            format!("where there are several, each is written [[{path}]]")
        }
        Some(_) => "write its fields under the first header".to_owned(),
        None => "leave out one of the two".to_owned(),
    };
    Slip::new(span.clone(), message, help)
}

/// A line without `=`.
fn no_field(message: &str, whole: Range<usize>, line: &str) -> Slip {
    if name_before(line, ':').is_some() {
        return colon(whole, line.split_once(':'));
    }
    if message.starts_with("key with no value") || message.contains("unquoted key") {
        return Slip::new(
            whole,
            "this line is neither a field nor the header of a table",
            "write name = value; a remark begins with `#`",
        );
    }
    Slip {
        at: whole,
        message: plainly(message),
        help: None,
    }
}

/// `name: value`.
fn colon(whole: Range<usize>, parts: Option<(&str, &str)>) -> Slip {
    let message = "a field is written with `=`, not with `:`";
    let help = match parts.map(|(name, value)| (name.trim(), value.trim_start_matches('=').trim())) {
        Some((name, value)) if !value.is_empty() && value.len() < 60 => {
            format!("write {name} = {}", in_quotes(value))
        }
        _ => "write name = value".into(),
    };
    Slip::new(whole, message, help)
}

/// A value, in quotes unless it is one as it stands.
fn in_quotes(value: &str) -> String {
    let value = value.trim_end_matches([',', ';']).trim();
    let stands = value.parse::<f64>().is_ok()
        || ["true", "false"].contains(&value)
        || value.starts_with(['"', '\'', '[', '{']);
    if stands {
        value.to_owned()
    } else {
        format!("\"{value}\"")
    }
}

/// Quotes of typesetters.
const TYPOGRAPHIC: [char; 8] = [
    '\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}', '\u{2033}',
];

/// What is wrong with a value.
fn of_value(span: &Range<usize>, message: &str, name: &str, value: &str, value_at: usize) -> Slip {
    let whole = value_at..value_at + value.len();
    let bare = value.split('#').next().unwrap_or(value).trim();
    let is_number =
        |text: &str| !text.is_empty() && text.parse::<f64>().is_ok() && !text.contains(['n', 'N', 'f', 'F']);
    if bare.is_empty() {
        return Slip::new(
            span.clone(),
            format!("`{name}` has no value"),
            format!("write {name} = ..., or leave the line out"),
        );
    }
    if value.contains(TYPOGRAPHIC) {
        let straight = value.replace(TYPOGRAPHIC, "\"");
        let message = "these are typographic quotes: text stands in straight ones";
        return Slip::new(whole, message, format!("write {name} = {straight}"));
    }
    if let Some(number) = bare.strip_suffix('%').map(str::trim)
        && let Ok(x) = number.parse::<f64>()
    {
        return Slip::new(
            whole,
            "a share is written as a number from 0 to 1",
            format!("write {name} = {}", x / 100.0),
        );
    }
    if bare.starts_with(['"', '\'', '[', '{']) {
        return of_text_or_list(span, message, name, bare);
    }
    if let Some(rest) = bare.strip_suffix(';') {
        return Slip::new(
            whole,
            "no `;` stands at the end of a line",
            format!("write {name} = {}", in_quotes(rest)),
        );
    }
    if let Some((before, _)) = bare
        .split_once("//")
        .filter(|(before, _)| is_number(before.trim()))
    {
        return Slip::new(
            whole,
            "a remark begins with `#`",
            format!("write {name} = {} # ...", before.trim()),
        );
    }
    if ["null", "none", "nil", "n/a", "na"].contains(&bare.to_lowercase().as_str()) {
        return Slip::new(
            whole,
            "a field without value is left out",
            format!("leave out `{name}`"),
        );
    }
    if let Some(word) = ["true", "false"]
        .into_iter()
        .find(|w| bare.eq_ignore_ascii_case(w))
    {
        return Slip::new(
            whole,
            "true and false are written in small letters",
            format!("write {name} = {word}"),
        );
    }
    if let Some(date) = date(bare) {
        return Slip::new(
            whole,
            "a date is written year first",
            format!("write {name} = {date}"),
        );
    }
    if let Some(number) = number(bare) {
        return Slip::new(
            whole,
            "a number has a point where the fraction begins, and no other signs",
            format!("write {name} = {number}"),
        );
    }
    if message.starts_with("extra `=`") {
        return Slip::new(
            whole,
            "one `=` is enough",
            format!(
                "write {name} = {}",
                in_quotes(bare.trim_start_matches('=').trim())
            ),
        );
    }
    if message.contains("must be quoted") {
        let help = format!("write {name} = {}", in_quotes(bare));
        return Slip::new(whole, "text, durations and rates are written in quotes", help);
    }
    Slip {
        at: span.clone(),
        message: plainly(message),
        help: None,
    }
}

/// A value that begins with a quote or a bracket.
fn of_text_or_list(span: &Range<usize>, message: &str, name: &str, value: &str) -> Slip {
    if message.starts_with("unexpected key or value") {
        let quotes = value.matches('"').count();
        let inner = value.strip_prefix('"').unwrap_or(value);
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        let help = if quotes > 2 && value.starts_with('"') {
            format!(
                "a quote within text is written \\\": {name} = \"{}\"",
                inner.replace('"', "\\\"")
            )
        } else {
            "write one field on a line".to_owned()
        };
        return Slip::new(span.clone(), "something stands behind the end of the value", help);
    }
    if message.starts_with("missing comma") {
        return Slip::new(
            span.clone(),
            "a comma is missing before this",
            "separate the entries by commas",
        );
    }
    if message.starts_with("missing assignment") {
        return Slip::new(
            span.clone(),
            "a field is written with `=`, not with `:`",
            "write { name = value }",
        );
    }
    if message.contains("must be quoted") {
        return Slip::new(
            span.clone(),
            "text, durations and rates are written in quotes",
            "write each in quotes",
        );
    }
    Slip {
        at: span.clone(),
        message: plainly(message),
        help: None,
    }
}

/// A date written in another order or without leading zeros, as it is written here.
pub(crate) fn date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['.', '/', '-']).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let digits = |s: &str, n: std::ops::RangeInclusive<usize>| {
        n.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())
    };
    let two = |s: &str| format!("{s:0>2}");
    if digits(a, 4..=4) && digits(b, 1..=2) && digits(c, 1..=2) {
        let (month, day): (u8, u8) = (b.parse().ok()?, c.parse().ok()?);
        return ((1..=12).contains(&month) && (1..=31).contains(&day))
            .then(|| format!("{a}-{}-{}", two(b), two(c)));
    }
    if !(digits(a, 1..=2) && digits(b, 1..=2) && digits(c, 4..=4)) {
        return None;
    }
    let (first, second): (u8, u8) = (a.parse().ok()?, b.parse().ok()?);
    let day_first = format!("{c}-{}-{}", two(b), two(a));
    let month_first = format!("{c}-{}-{}", two(a), two(b));
    if text.contains('.') || first > 12 {
        Some(day_first)
    } else if second > 12 {
        Some(month_first)
    } else {
        Some(format!("{month_first} or {day_first}"))
    }
}

/// A number written with a comma, with spaces, or without a digit on one side of the point, as it is written here.
pub(crate) fn number(text: &str) -> Option<String> {
    let signs = |c: char| c.is_ascii_digit() || ".,' _+-".contains(c);
    if !text.chars().all(signs) || !text.contains(|c: char| c.is_ascii_digit()) {
        let plain = text.trim_matches(|c: char| "€$£ ".contains(c));
        return (plain != text && plain.parse::<f64>().is_ok()).then(|| plain.to_owned());
    }
    let mut text = text.replace(['\'', ' '], "");
    if let Some((whole, part)) = text.rsplit_once(',') {
        // What stands behind the last sign is a fraction, unless it is a group of three.
        text = match (part.len(), text.matches([',', '.']).count()) {
            (3, _) if !whole.contains('.') => text.replace(',', ""),
            _ => format!("{}.{part}", whole.replace(['.', ','], "")),
        };
    }
    let value: f64 = text.parse().ok()?;
    Some(if text.contains('.') {
        format!("{value:?}")
    } else {
        format!("{value}")
    })
}

/// The parser's words, without what only it needs.
fn plainly(message: &str) -> String {
    message.replace(", expected literal string", "").replace(
        "unexpected key or value, expected newline, `#`",
        "something stands behind the end of the value",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::parse;

    fn said(text: &str) -> Vec<(usize, String)> {
        let (_, syntax) = parse(text, 0);
        let slips = slips(text, &syntax);
        slips
            .into_iter()
            .map(|s| {
                (
                    s.at.start,
                    format!("{}; {}", s.message, s.help.unwrap_or_default()),
                )
            })
            .collect()
    }

    /// One thing wrong, one thing said: where it begins, and what to write.
    #[test]
    fn a_slip_is_said_once_with_what_to_write() {
        for (text, at, part) in [
            ("x = 80%\n", 4, "write x = 0.8"),
            ("x = 5m\n", 4, "write x = \"5m\""),
            ("x = True\n", 4, "write x = true"),
            ("x = \"a\ny = 1\n", 4, "close it with \" on the same line"),
            ("x = [\"a\", \"b]\ny = 1\n", 4, "never closed"),
            ("x = [1, 2\ny = 3\nz = \"a\"\n", 4, "close it with `]`"),
            ("x = { a = 1\ny = 2\n", 4, "close it with `}`"),
            ("[teams\nx = 1\n", 0, "write [teams]"),
            ("[[teams]\nx = 1\n", 0, "write [[teams]]"),
            ("x = 1;\n", 4, "write x = 1"),
            ("x == 1\n", 3, "write x = 1"),
            ("x = 1.\n", 4, "write x = 1.0"),
            ("x = .5\n", 4, "write x = 0.5"),
            ("x = 08\n", 4, "write x = 8"),
            ("x = 1,5\n", 4, "write x = 1.5"),
            ("x = 10.000,50\n", 4, "write x = 10000.5"),
            ("x = 1 000\n", 4, "write x = 1000"),
            ("x = 31.12.2025\n", 4, "write x = 2025-12-31"),
            ("x = 2025-3-1\n", 4, "write x = 2025-03-01"),
            ("x = 12/31/2025\n", 4, "write x = 2025-12-31"),
            ("x = 3/4/2025\n", 4, "write x = 2025-03-04 or 2025-04-03"),
            ("x = \u{201e}5d\u{201c}\n", 4, "write x = \"5d\""),
            ("x = €32\n", 4, "write x = 32"),
            ("x = null\n", 4, "leave out `x`"),
            ("x = \n", 4, "`x` has no value"),
            ("x = 1 // all\n", 4, "a remark begins with `#`"),
            ("// all\nx = 1\n", 0, "write # all"),
            ("y = 1\nx : 5d\n", 6, "write x = \"5d\""),
            ("y = 1\na b\n", 6, "neither a field nor the header"),
            ("a b = 1\n", 0, "write \"a b\" = ..."),
            ("größe = 1\n", 0, "in quotes"),
            ("x = \"say \"hi\"\"\n", 10, "x = \"say \\\"hi\\\"\""),
            ("x = \"C:\\data\"\n", 8, "single quotes"),
            ("x = \"\"\"abc\ny = 2\n", 4, "close it with \"\"\""),
            ("x = 1\nx = 2\n", 6, "leave out one of the two"),
            (
                "[a]\nx = 1\n[a]\nx = 3\n[b]\nz = 1\n",
                11,
                "under the first header",
            ),
            ("[teams]\nx = 1\n[teams]\nx = 3\n", 15, "written [[teams]]"),
            ("x = { \"a\": 1 }\n", 9, "write { name = value }"),
        ] {
            let said = said(text);
            assert_eq!(said.len(), 1, "{text}: {said:?}");
            assert!(said[0].1.contains(part) && said[0].0 == at, "{text}: {said:?}");
        }
    }

    #[test]
    fn other_languages_are_recognised_as_a_whole() {
        let kind = |text: &str| other_language(text).map(|(what, _)| what);
        assert_eq!(kind("{\n \"a\": 1\n}"), Some("this is JSON, not TOML"));
        assert_eq!(kind("[\n {\"a\": 1}]"), Some("this is JSON, not TOML"));
        assert_eq!(kind("---\nhorizon: 5d\n"), Some("this is YAML, not TOML"));
        assert_eq!(kind("# mine\nteams:\n  - desk\n"), Some("this is YAML, not TOML"));
        assert_eq!(
            kind("<?xml version=\"1.0\"?>"),
            Some("this is XML or HTML, not TOML")
        );
        assert_eq!(
            kind("We have 3 agents.\nHow many do we need?"),
            Some("no line of this file is TOML")
        );
        assert_eq!(kind("horizon = 5d\nteams:\n"), None);
        assert_eq!(kind("[teams]\nhorizon: 5d\n"), None);
    }
}
