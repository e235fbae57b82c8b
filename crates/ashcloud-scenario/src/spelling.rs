//! Times as people write them elsewhere, and how they are written here: suggestions, never readings.

use crate::quantity::{is_day, is_duration, unit_ns};
use crate::syntax::date;

/// Words for units of time in other spellings and languages.
const UNITS: [(&[&str], &str); 7] = [
    (&["sek", "sekunde", "sekunden", "segundos", "secondes"], "s"),
    (&["minuten", "minutos"], "min"),
    (
        &[
            "std", "stunde", "stunden", "hs", "heure", "heures", "hora", "horas",
        ],
        "h",
    ),
    (
        &["t", "tag", "tage", "tagen", "jour", "jours", "dia", "dias"],
        "d",
    ),
    (&["wk", "wks", "woche", "wochen", "wo"], "w"),
    (
        &[
            "workday",
            "workdays",
            "working day",
            "business day",
            "arbeitstag",
            "werktag",
        ],
        "day",
    ),
    (&["msec", "msecs", "millis"], "ms"),
];
/// Words for days, and their names here.
const DAYS: [(&[&str], &str); 10] = [
    (&["mo", "mon", "montag", "lundi"], "mon"),
    (&["tu", "tue", "tues", "di", "die", "dienstag"], "tue"),
    (&["we", "wed", "weds", "mi", "mit", "mittwoch"], "wed"),
    (&["th", "thu", "thur", "thurs", "do", "don", "donnerstag"], "thu"),
    (&["fr", "fri", "fre", "freitag"], "fri"),
    (&["sa", "sat", "sam", "samstag", "sonnabend"], "sat"),
    (&["su", "sun", "so", "son", "sonntag"], "sun"),
    (
        &[
            "weekday",
            "weekdays",
            "workday",
            "workdays",
            "working days",
            "business days",
            "werktags",
            "wochentags",
        ],
        "mon-fri",
    ),
    (&["weekend", "weekends", "wochenende"], "sat-sun"),
    (
        &[
            "every day",
            "everyday",
            "all",
            "all days",
            "every",
            "each day",
            "täglich",
            "24/7",
            "7 days",
        ],
        "daily",
    ),
];
/// Signs and words between the ends of a range.
const TO: [&str; 6] = ["\u{2013}", "\u{2014}", " bis ", " to ", " until ", ".."];

/// A unit as it is written here.
fn unit(word: &str) -> Option<&str> {
    let found = UNITS.iter().find(|(words, _)| words.contains(&word));
    found
        .map(|(_, unit)| *unit)
        .or_else(|| unit_ns(word).map(|_| word))
}

/// A duration in another spelling: `00:05:00`, `PT5M`, `5 Std`, `1,5 h`.
pub(crate) fn duration(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    if let Some(clock) = of_clock(&text) {
        return Some(clock);
    }
    let text = text.replace(',', ".");
    // ISO 8601: minutes stand behind the T, months before it.
    let iso = text
        .strip_prefix('p')
        .filter(|rest| rest.contains(|c: char| c.is_ascii_digit()));
    if let Some(rest) = iso {
        let (days, times) = rest.split_once('t').unwrap_or((rest, ""));
        let whole = format!("{days}{times}");
        return (!days.contains(['m', 'y']) && is_duration(&whole)).then_some(whole);
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(digits);
        let behind = behind.trim_start();
        let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        out += &format!(
            "{number}{}",
            unit(behind[..end].trim_matches([' ', '.', '+', ':']))?
        );
        rest = &behind[end..];
    }
    is_duration(&out).then_some(out)
}

/// `00:05:00`: hours, minutes, seconds. Of two parts it is not known which they are.
fn of_clock(text: &str) -> Option<String> {
    let parts: Vec<u32> = text.split(':').map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let [h, m, s] = parts.as_slice() else { return None };
    let named = [(*h, "h"), (*m, "m"), (*s, "s")];
    let mut out = String::new();
    for (n, unit) in named.into_iter().filter(|(n, _)| *n > 0) {
        out += &format!("{n}{unit}");
    }
    Some(if out.is_empty() { "0s".into() } else { out })
}

/// A rate in another spelling: `80 calls per hour`, `80 a day`, `80 pro Tag`, `80 daily`.
pub(crate) fn rate(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase().replace('/', " per ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = words.first()?.replace(',', ".");
    number.parse::<f64>().ok().filter(|x| *x >= 0.0)?;
    let last = *words.last()?;
    let by = words
        .iter()
        .rposition(|w| ["per", "a", "an", "pro", "each", "every", "je"].contains(w));
    let word = match last {
        "daily" => "day",
        "hourly" => "h",
        "weekly" => "week",
        _ => words.get(by? + 1..)?.first().copied()?,
    };
    Some(format!("{number} per {}", unit(word)?))
}

/// Days in another spelling: `Mo-Fr`, `Montag bis Freitag`, `Mon, Tue & Wed`, `weekend`.
pub(crate) fn days(text: &str) -> Option<String> {
    let mut text = text.trim().to_lowercase();
    for sign in TO {
        text = text.replace(sign, "-");
    }
    for sign in ["&", ";", "+", "/", " and ", " und "] {
        text = text.replace(sign, ",");
    }
    let name = |word: &str| {
        let word = word.trim().trim_end_matches('.');
        let long = is_day(word).then(|| word.to_owned());
        let found = DAYS.iter().find(|(words, _)| words.contains(&word));
        found.map(|(_, name)| (*name).to_owned()).or(long)
    };
    let parts: Option<Vec<String>> = text
        .split(',')
        .map(|part| {
            name(part).or_else(|| {
                let (from, to) = part.split_once('-')?;
                Some(format!("{}-{}", name(from)?, name(to)?))
            })
        })
        .collect();
    Some(parts?.join(","))
}

/// A time of day in another spelling: `8`, `8.30`, `0830`, `5pm`, `17 Uhr`, `08:00:00`.
pub(crate) fn clock_time(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (text, half) = match (text.strip_suffix("pm"), text.strip_suffix("am")) {
        (Some(rest), _) => (rest.trim(), Some(12)),
        (_, Some(rest)) => (rest.trim(), Some(0)),
        _ => (text.trim_end_matches("uhr").trim_end_matches('h').trim(), None),
    };
    let text = text.replace(['.', 'h'], ":");
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let (hours, minutes) = match text.split_once(':') {
        Some((hours, rest)) => (hours.to_owned(), rest.split(':').next().unwrap_or("0").to_owned()),
        None if digits && text.len() == 4 => (text[..2].to_owned(), text[2..].to_owned()),
        None => (text.clone(), "0".to_owned()),
    };
    let (mut hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if let Some(half) = half {
        (1..=12).contains(&hours).then_some(())?;
        hours = hours % 12 + half;
    }
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then(|| format!("{hours:02}:{minutes:02}"))
}

/// Opening hours in another spelling: `9-17`, `9am to 5pm`, `09:00 bis 17:00 Uhr`, with a typographic dash.
pub(crate) fn window(text: &str) -> Option<String> {
    let mut text = text.trim().to_lowercase();
    for sign in TO {
        text = text.replace(sign, "-");
    }
    let (from, to) = text.split_once('-')?;
    // "9-5pm": the morning is meant, for it comes before.
    let from = clock_time(from)?;
    Some(format!("{from}-{}", clock_time(to)?))
}

/// How a date in quotes is written: without them, year first.
pub(crate) fn without_quotes(text: &str) -> String {
    let (day, time) = text.trim().split_once(['T', ' ']).unwrap_or((text.trim(), ""));
    let day = date(day).or_else(|| day.parse::<jiff::civil::Date>().ok().map(|d| d.to_string()));
    match day {
        Some(day) if time.parse::<jiff::civil::Time>().is_ok() && !day.contains(' ') => {
            format!("dates are written without quotes: {day}T{time}")
        }
        Some(day) => format!("dates are written without quotes: {day}"),
        None => "dates are written without quotes, year first".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_of_times_are_known() {
        for (text, written) in [
            ("00:05:00", Some("5m")),
            ("01:30:00", Some("1h30m")),
            ("PT5M", Some("5m")),
            ("P5D", Some("5d")),
            ("P1M", None),
            ("5 Std", Some("5h")),
            ("1,5 h", Some("1.5h")),
            ("5 Tage", Some("5d")),
            ("2 Hours 30 Min.", Some("2hours30min")),
            ("5 parsecs", None),
            ("soon", None),
        ] {
            assert_eq!(duration(text).as_deref(), written, "{text}");
        }
        for (text, written) in [
            ("80 calls per hour", Some("80 per hour")),
            ("80 pro Tag", Some("80 per d")),
            ("80 a day", Some("80 per day")),
            ("80 daily", Some("80 per day")),
            ("80 tickets/working day", None),
            ("many per day", None),
        ] {
            assert_eq!(rate(text).as_deref(), written, "{text}");
        }
        for (text, written) in [
            ("9-17", Some("09:00-17:00")),
            ("9am-5pm", Some("09:00-17:00")),
            ("09:00 bis 17:00", Some("09:00-17:00")),
            ("09:00\u{2013}17:00", Some("09:00-17:00")),
            ("0830-1700", Some("08:30-17:00")),
            ("8.30 Uhr - 17 Uhr", Some("08:30-17:00")),
            ("9-25", None),
            ("closed", None),
        ] {
            assert_eq!(window(text).as_deref(), written, "{text}");
        }
    }

    #[test]
    fn other_spellings_of_days_and_dates_are_known() {
        for (text, written) in [
            ("Mo-Fr", Some("mon-fri")),
            ("Di, Do", Some("tue,thu")),
            ("Montag bis Freitag", Some("mon-fri")),
            ("Mon & Wed", Some("mon,wed")),
            ("Sa/So", Some("sat,sun")),
            ("weekend", Some("sat-sun")),
            ("Monday\u{2013}Friday", Some("monday-friday")),
            ("mon-fry", None),
        ] {
            assert_eq!(days(text).as_deref(), written, "{text}");
        }
        assert_eq!(
            without_quotes("2025-12-25"),
            "dates are written without quotes: 2025-12-25"
        );
        assert_eq!(
            without_quotes("01.03.2025 08:00:00"),
            "dates are written without quotes: 2025-03-01T08:00:00"
        );
    }
}
