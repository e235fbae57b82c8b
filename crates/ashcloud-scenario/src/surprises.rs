//! What arrives otherwise than a reader of the file may think: rates by day, storms that the run does not hold.

use ashcloud_core::Time;

use crate::quantity::Days;
use crate::reader::Reader;
use crate::tree::Origin;

/// Weekday weights of another mean than 1 do not multiply the rate: it is the mean over the week.
pub(crate) fn warn_of_weekdays(
    reader: &mut Reader,
    at: Origin,
    rate: f64,
    factors: &[f64; 7],
    weights: &[f64; 168],
) {
    let mean = factors.iter().sum::<f64>() / 7.0;
    if (mean - 1.0).abs() < 0.005 || rate <= 0.0 {
        return;
    }
    let of_day = |day: usize| rate * 3600.0 * weights[day * 24..(day + 1) * 24].iter().sum::<f64>();
    let mut days: Vec<(String, u8)> = Vec::new();
    for day in 0..7 {
        let number = plainly(of_day(day));
        match days.iter_mut().find(|known| known.0 == number) {
            Some(known) => known.1 |= 1 << day,
            None => days.push((number, 1 << day)),
        }
    }
    let by_day: Vec<String> = days
        .into_iter()
        .map(|(number, days)| format!("{number} on {}", Days(days).names()))
        .collect();
    let rate = rate * 86_400.0;
    let message = format!(
        "the rate is the mean over the week, and the mean of these weights is {}: {} per day are {}",
        plainly(mean),
        plainly(rate),
        by_day.join(" and ")
    );
    let help = format!(
        "if {} per day was meant for a day of weight 1, write a rate of \"{} per day\"",
        plainly(rate),
        plainly(rate * mean)
    );
    reader.warning(at, message).code("rate-by-day").help(help);
}

/// A number in at most four figures, without an exponent.
fn plainly(x: f64) -> String {
    let figures = if x >= 1000.0 {
        0
    } else if x >= 100.0 {
        1
    } else {
        3
    };
    let text = format!("{x:.figures$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A storm: seconds as in the source.
pub(crate) struct StormFacts {
    pub(crate) at: Time,
    pub(crate) affected: u64,
    pub(crate) contact: f64,
    pub(crate) rise: f64,
    pub(crate) decay: f64,
    pub(crate) lasts: f64,
    pub(crate) tail: f64,
}

impl StormFacts {
    /// Share of those who write that has written so many seconds after the storm broke.
    fn written(&self, seconds: f64) -> f64 {
        let both = 1.0 / (1.0 / self.rise + 1.0 / self.decay);
        let below = |u: f64| both * libm::expm1(-u / both) - self.decay * libm::expm1(-u / self.decay);
        let body = below(self.lasts);
        let height = -libm::expm1(-self.lasts / self.rise) * libm::exp(-self.lasts / self.decay);
        let beyond = height * self.tail;
        if seconds <= self.lasts {
            below(seconds.max(0.0)) / (body + beyond)
        } else {
            let late = -libm::expm1(-(seconds - self.lasts) / self.tail);
            (body + beyond * late) / (body + beyond)
        }
    }

    /// Says how many of the affected the run measures, where that is not nearly all who write.
    pub(crate) fn warn(&self, reader: &mut Reader, at: Origin, horizon: Time) {
        let measured = if self.at < horizon {
            self.written(horizon.since(self.at).seconds())
        } else {
            0.0
        };
        if measured >= 0.99 {
            return;
        }
        let writers = self.affected as f64 * self.contact;
        let when = if self.at < horizon {
            "this storm goes on beyond the horizon"
        } else {
            "this storm breaks after the horizon"
        };
        let message = format!(
            "{when}: of {} affected about {} write, {} of them before the horizon, where they are measured",
            self.affected,
            plainly(writers),
            plainly(writers * measured)
        );
        reader
            .warning(at, message)
            .code("storm-outside")
            .help("a longer `horizon`, or another `at`");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the midpoint rule on a fine grid.
    #[test]
    fn those_who_have_written_are_the_integral_of_the_density() {
        let storm = StormFacts {
            at: Time::ZERO,
            affected: 1,
            contact: 1.0,
            rise: 20.0,
            decay: 240.0,
            lasts: 500.0,
            tail: 90.0,
        };
        let density = |u: f64| {
            let body = |u: f64| (1.0 - (-u / 20.0_f64).exp()) * (-u / 240.0_f64).exp();
            if u <= 500.0 {
                body(u)
            } else {
                body(500.0) * (-(u - 500.0) / 90.0_f64).exp()
            }
        };
        let integral = |to: f64| -> f64 {
            let n = 100_000;
            let step = to / f64::from(n);
            (0..n).map(|i| density((f64::from(i) + 0.5) * step) * step).sum()
        };
        let all = integral(5000.0);
        for u in [30.0, 400.0, 700.0] {
            let expected = integral(u) / all;
            let found = storm.written(u);
            assert!((found - expected).abs() < 1e-6, "{u}: {found} {expected}");
        }
    }
}
