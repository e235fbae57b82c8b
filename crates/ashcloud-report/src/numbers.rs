//! Numbers as people read them.

/// A length of time in its two largest units: "350 ms", "12.3 s", "5 min 12 s", "1 h 12 min", "3 d 4 h".
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "unknown".into();
    }
    let size = seconds.abs();
    let text = if size < 0.5e-9 {
        return "0 s".into();
    } else if size < 0.999_5e-3 {
        format!("{} us", three(size * 1e6))
    } else if size < 0.999_5 {
        format!("{} ms", three(size * 1e3))
    } else if size < 59.95 {
        format!("{} s", three(size))
    } else if size < 3_599.5 {
        two(size.round() as u64, 60, "min", "s")
    } else if size < 172_770.0 {
        two((size / 60.0).round() as u64, 60, "h", "min")
    } else if size < 100.0 * 86_400.0 {
        two((size / 3_600.0).round() as u64, 24, "d", "h")
    } else {
        format!("{} d", grouped(size / 86_400.0, 0))
    };
    if seconds < 0.0 { format!("-{text}") } else { text }
}

/// A number of things: "1 replication", "1,200 replications".
pub fn counted(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{} {thing}s", grouped(number as f64, 0)),
    }
}

/// A length of time as a plan names it: "8 weeks", "30 days", "1 hour"; in two units where none of these fits.
pub fn period(seconds: f64) -> String {
    let units = [
        ("week", 604_800.0),
        ("day", 86_400.0),
        ("hour", 3_600.0),
        ("minute", 60.0),
    ];
    let fits = units
        .iter()
        .find(|(_, size)| seconds >= *size && seconds % size == 0.0);
    match fits {
        Some((unit, size)) if seconds == *size => format!("1 {unit}"),
        Some((unit, size)) => format!("{} {unit}s", grouped(seconds / size, 0)),
        None => duration(seconds),
    }
}

/// A share in percent with so many decimals: "83 %", "99.95 %". What is not 0 is never written as 0, and what is not 1
/// never as 100: "under 0.1 %", "over 99.9 %".
pub fn share(value: f64, decimals: usize) -> String {
    let percent = value * 100.0;
    let text = format!("{percent:.decimals$}");
    let smallest = || {
        if decimals == 0 {
            "1".to_string()
        } else {
            format!("0.{:0>decimals$}", 1)
        }
    };
    let largest = || {
        if decimals == 0 {
            "99".to_string()
        } else {
            format!("99.{}", "9".repeat(decimals))
        }
    };
    if value > 0.0 && text == format!("{:.decimals$}", 0.0) {
        format!("under {} %", smallest())
    } else if value < 1.0 && text == format!("{:.decimals$}", 100.0) {
        format!("over {} %", largest())
    } else {
        format!("{} %", plus_zero(&text))
    }
}

/// The same without the sign, for the ends of an interval.
pub fn bare_share(value: f64, decimals: usize) -> String {
    plus_zero(&format!("{:.decimals$}", value * 100.0)).to_string()
}

/// Decimals of a percentage with this half-width (of the share): as many as it bears, from 1 to 3; 1 where it is not known.
pub fn share_decimals(half_width: Option<f64>) -> usize {
    match half_width {
        Some(h) if h >= 0.001 => 1,
        Some(h) if h >= 0.000_1 => 2,
        Some(h) if h > 0.0 => 3,
        // Without spread there is nothing that the decimals could hide.
        Some(_) | None => 1,
    }
}

/// A number of things: "3.27", "42", "123,456", "12.3 million".
pub fn count(value: f64) -> String {
    let size = value.abs();
    if size >= 999_950_000.0 {
        format!("{} billion", three(value / 1e9))
    } else if size >= 999_999.5 {
        format!("{} million", three(value / 1e6))
    } else if size >= 99.5 || value == value.trunc() {
        grouped(value, 0)
    } else if value < 0.0 {
        format!("-{}", three(size))
    } else {
        three(size)
    }
}

/// An amount of money: "32.10", "13,184".
pub fn money(value: f64) -> String {
    grouped(value, if value.abs() < 999.995 { 2 } else { 0 })
}

/// Digits in groups of three with commas, rounded to so many decimals.
pub fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        out.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

/// Three digits that mean something, without zeros at the end: "1.5", "12.3", "123".
fn three(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    if decimals == 0 {
        text
    } else {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    }
}

/// `total` small units as large and small ones.
fn two(total: u64, per_large: u64, large: &str, small: &str) -> String {
    match (total / per_large, total % per_large) {
        (n, 0) => format!("{n} {large}"),
        (n, rest) => format!("{n} {large} {rest} {small}"),
    }
}

/// "-0" and "-0.0" are 0.
fn plus_zero(text: &str) -> &str {
    match text.strip_prefix('-') {
        Some(rest) if !rest.bytes().any(|b| (b'1'..=b'9').contains(&b)) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_roll_over_into_the_next_unit() {
        let cases = [
            (0.0, "0 s"),
            (2.5e-6, "2.5 us"),
            (0.999_4e-3, "999 us"),
            (0.35, "350 ms"),
            (0.999_6, "1 s"),
            (12.34, "12.3 s"),
            (59.94, "59.9 s"),
            (59.96, "1 min"),
            (312.0, "5 min 12 s"),
            (3_599.4, "59 min 59 s"),
            (3_599.6, "1 h"),
            (4_320.0, "1 h 12 min"),
            (24_780.0, "6 h 53 min"),
            (172_769.0, "47 h 59 min"),
            (172_771.0, "2 d"),
            (273_600.0, "3 d 4 h"),
            (20_000_000.0, "231 d"),
            (-90.0, "-1 min 30 s"),
            (f64::NAN, "unknown"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn periods_have_the_largest_unit_that_fits() {
        let cases = [
            (4_838_400.0, "8 weeks"),
            (604_800.0, "1 week"),
            (2_592_000.0, "30 days"),
            (3_600.0, "1 hour"),
            (90.0 * 60.0, "90 minutes"),
            (20_000.0 * 3_600.0, "20,000 hours"),
            (100.5, "1 min 41 s"),
        ];
        for (seconds, text) in cases {
            assert_eq!(period(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn shares_never_round_to_nothing_or_everything() {
        let cases = [
            (0.832, 0, "83 %"),
            (0.832, 1, "83.2 %"),
            (0.0, 0, "0 %"),
            (-0.0, 1, "0.0 %"),
            (1.0, 1, "100.0 %"),
            (0.999_9, 1, "over 99.9 %"),
            (0.999_9, 0, "over 99 %"),
            (0.000_2, 1, "under 0.1 %"),
            (0.000_2, 2, "0.02 %"),
            (0.002, 0, "under 1 %"),
        ];
        for (value, decimals, text) in cases {
            assert_eq!(share(value, decimals), text, "{value} {decimals}");
        }
        assert_eq!(bare_share(-0.000_01, 1), "0.0");
    }

    #[test]
    fn decimals_follow_the_half_width() {
        let decimals = [
            Some(0.02),
            Some(0.005),
            Some(0.000_3),
            Some(1e-9),
            Some(0.0),
            None,
        ]
        .map(share_decimals);
        assert_eq!(decimals, [1, 1, 2, 3, 1, 1]);
    }

    #[test]
    fn counts_and_money() {
        let counts = [
            0.0,
            3.271,
            42.0,
            99.6,
            123_456.0,
            12_345_678.0,
            999_999.7,
            2.5e9,
            -1_234.0,
            -0.5,
        ];
        let texts = counts.map(count);
        let expected = [
            "0",
            "3.27",
            "42",
            "100",
            "123,456",
            "12.3 million",
            "1 million",
            "2.5 billion",
            "-1,234",
            "-0.5",
        ];
        assert_eq!(texts, expected);
        assert_eq!(
            [32.1, 13_184.4, 999.996, -0.001].map(money),
            ["32.10", "13,184", "1,000", "0.00"]
        );
    }
}
