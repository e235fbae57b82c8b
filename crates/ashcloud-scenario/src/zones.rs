//! Names of time zones that the database does not have, and which are meant.

use crate::calendar::Calendar;
use crate::fault::nearest;

/// Abbreviations, names in other systems and large cities after which no zone is named, with the zones that may be meant.
const MEANT: [(&[&str], &[&str]); 19] = [
    (&["ist"], &["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"]),
    (
        &["cst", "cdt", "central standard time"],
        &["America/Chicago", "Asia/Shanghai"],
    ),
    (
        &["edt", "et", "eastern", "eastern standard time"],
        &["America/New_York"],
    ),
    (&["mdt", "mt", "mountain standard time"], &["America/Denver"]),
    (
        &[
            "pst",
            "pdt",
            "pt",
            "pacific",
            "pacific standard time",
            "san francisco",
            "seattle",
        ],
        &["America/Los_Angeles"],
    ),
    (&["bst", "uk", "england", "gmt standard time"], &["Europe/London"]),
    (
        &[
            "cest",
            "mez",
            "mesz",
            "germany",
            "deutschland",
            "munich",
            "frankfurt",
            "hamburg",
            "cologne",
            "w. europe standard time",
        ],
        &["Europe/Berlin"],
    ),
    (&["eest", "oez"], &["Europe/Helsinki", "Europe/Athens"]),
    (&["msk"], &["Europe/Moscow"]),
    (&["jst", "japan", "tokyo standard time"], &["Asia/Tokyo"]),
    (&["kst"], &["Asia/Seoul"]),
    (&["sgt"], &["Asia/Singapore"]),
    (&["hkt"], &["Asia/Hong_Kong"]),
    (&["aest", "aedt", "australia"], &["Australia/Sydney"]),
    (&["awst"], &["Australia/Perth"]),
    (&["nzst", "nzdt"], &["Pacific/Auckland"]),
    (
        &[
            "india",
            "delhi",
            "new delhi",
            "mumbai",
            "bangalore",
            "india standard time",
        ],
        &["Asia/Kolkata"],
    ),
    (&["brt", "brazil"], &["America/Sao_Paulo"]),
    (
        &["local", "system", "default"],
        &["Europe/Berlin", "America/New_York"],
    ),
];

/// What to write instead of a name that is no zone.
pub(crate) fn suggestion(name: &str) -> String {
    let word = name.trim().to_lowercase();
    if let Some((_, zones)) = MEANT.iter().find(|(words, _)| words.contains(&word.as_str())) {
        let quoted: Vec<String> = zones.iter().map(|z| format!("\"{z}\"")).collect();
        return format!("write the place: {}", quoted.join(" or "));
    }
    if let Some(hours) = offset(&word) {
        let sign = if hours > 0 { '-' } else { '+' };
        let behind = if hours > 0 { "ahead of" } else { "behind" };
        return format!(
            "write \"Etc/GMT{sign}{}\" for {} h {behind} UTC all year (its sign is turned round), or a place such as \"Europe/Berlin\" for daylight saving time",
            hours.abs(),
            hours.abs()
        );
    }
    let known = Calendar::zone_names();
    let city = |zone: &str| zone.rsplit('/').next().unwrap_or(zone).to_lowercase();
    let spelled = word.replace(' ', "_");
    // The city alone, exactly or nearly.
    let named: Vec<&str> = known
        .iter()
        .map(String::as_str)
        .filter(|z| city(z) == spelled)
        .collect();
    if let Some(zone) = named.iter().min_by_key(|z| z.matches('/').count()) {
        return format!("did you mean \"{zone}\"?");
    }
    let cities: Vec<String> = known.iter().map(|z| city(z)).collect();
    let near = nearest(name, known.iter().map(String::as_str)).or_else(|| {
        let near = nearest(&spelled, cities.iter().map(String::as_str))?;
        let place = cities.iter().position(|c| c == near)?;
        Some(known[place].as_str())
    });
    near.map_or("IANA names such as \"Europe/Stockholm\"".into(), |n| {
        format!("did you mean \"{n}\"?")
    })
}

/// Whole hours ahead of UTC: `GMT+1`, `UTC-05:00`, `+02`.
fn offset(word: &str) -> Option<i32> {
    let bare = word
        .strip_prefix("utc")
        .or_else(|| word.strip_prefix("gmt"))
        .unwrap_or(word)
        .trim();
    if !bare.starts_with(['+', '-']) {
        return None;
    }
    let (hours, minutes) = bare.split_once(':').unwrap_or((bare, "00"));
    let hours: i32 = hours.parse().ok()?;
    (minutes == "00" && hours != 0 && hours.abs() <= 12).then_some(hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_guessed_by_city_abbreviation_and_offset() {
        for (name, part) in [
            ("Berlin", "\"Europe/Berlin\""),
            ("new york", "\"America/New_York\""),
            ("Stokholm", "\"Europe/Stockholm\""),
            ("Europe/Berln", "\"Europe/Berlin\""),
            (
                "IST",
                "\"Asia/Kolkata\" or \"Europe/Dublin\" or \"Asia/Jerusalem\"",
            ),
            ("PST", "\"America/Los_Angeles\""),
            ("MESZ", "\"Europe/Berlin\""),
            ("GMT+1", "\"Etc/GMT-1\" for 1 h ahead of UTC"),
            ("UTC-05:00", "\"Etc/GMT+5\" for 5 h behind UTC"),
            ("Atlantis on Mars", "IANA names"),
        ] {
            let said = suggestion(name);
            assert!(said.contains(part), "{name}: {said}");
            // What is suggested exists.
            for zone in said.split('"').filter(|z| z.contains('/')) {
                assert!(Calendar::zone(zone).is_some(), "{zone}");
            }
        }
    }

    #[test]
    fn every_zone_that_is_suggested_exists() {
        for zone in MEANT.iter().flat_map(|(_, zones)| *zones) {
            assert!(Calendar::zone(zone).is_some(), "{zone}");
        }
    }
}
