//! The laws that reference entries name, as a scenario file writes them.

/// A law of service, set-up or of gaps between arrivals.
#[derive(Clone, Debug)]
pub(crate) struct Law {
    /// As a scenario writes it.
    pub(crate) toml: String,
    /// Its mean in seconds.
    pub(crate) mean: f64,
    /// Its squared coefficient of variation.
    pub(crate) scv: f64,
}

impl Law {
    /// Exponential with this mean.
    pub(crate) fn exponential(mean: f64) -> Law {
        Law {
            toml: format!("{{ exponential = {} }}", span(mean)),
            mean,
            scv: 1.0,
        }
    }

    /// Always this.
    pub(crate) fn constant(mean: f64) -> Law {
        Law {
            toml: span(mean),
            mean,
            scv: 0.0,
        }
    }

    /// Sum of `shape` exponentials.
    pub(crate) fn erlang(mean: f64, shape: u32) -> Law {
        let toml = format!("{{ erlang = {{ mean = {}, shape = {shape} }} }}", span(mean));
        Law {
            toml,
            mean,
            scv: 1.0 / f64::from(shape),
        }
    }

    /// Exponential with rate `r1` with probability `p`, else `r2`.
    pub(crate) fn hyperexponential(p: f64, r1: f64, r2: f64) -> Law {
        let phase = |share: f64, rate: f64| format!("{{ share = {share}, mean = {} }}", span(1.0 / rate));
        // The second share as the complement in full digits, so that they sum to 1.
        let toml = format!(
            "{{ hyperexponential = [{}, {}] }}",
            phase(p, r1),
            phase(1.0 - p, r2)
        );
        let mean = p / r1 + (1.0 - p) / r2;
        let square = 2.0 * (p / (r1 * r1) + (1.0 - p) / (r2 * r2));
        Law {
            toml,
            mean,
            scv: square / (mean * mean) - 1.0,
        }
    }

    /// Between two values.
    pub(crate) fn uniform(low: f64, high: f64) -> Law {
        let mean = 0.5 * (low + high);
        let toml = format!("{{ uniform = [{}, {}] }}", span(low), span(high));
        Law {
            toml,
            mean,
            scv: (high - low) * (high - low) / (12.0 * mean * mean),
        }
    }

    /// Lognormal with this mean; `sigma` on the log scale.
    pub(crate) fn lognormal(mean: f64, sigma: f64) -> Law {
        let toml = format!("{{ lognormal = {{ mean = {}, sigma = {sigma} }} }}", span(mean));
        Law {
            toml,
            mean,
            scv: libm::expm1(sigma * sigma),
        }
    }

    /// Pareto; `alpha` above 2.
    pub(crate) fn pareto(alpha: f64, minimum: f64) -> Law {
        let toml = format!(
            "{{ pareto = {{ alpha = {alpha}, minimum = {} }} }}",
            span(minimum)
        );
        Law {
            toml,
            mean: minimum * alpha / (alpha - 1.0),
            scv: 1.0 / (alpha * (alpha - 2.0)),
        }
    }

    /// A law of service as entries write it: `exp(1)`, `exp(mean 2)`, `det(1)`, `erlang2(mean1)`, `uniform(0,2)`,
    /// `lognormal(mean1,sigma=1)`, `hyperexp(p=.9,r1=2,r2=2/11)`, `pareto(alpha=3.5,xm=5/7)`.
    ///
    /// # Errors
    /// Says what it does not understand.
    pub(crate) fn read(text: &str) -> Result<Law, String> {
        let unknown = || format!("unknown law `{text}`");
        let (name, arguments) = split(text).ok_or_else(unknown)?;
        let named = |name: &str| arguments.iter().find(|(n, _)| n == name).map(|(_, x)| *x);
        let all: Vec<f64> = arguments.iter().map(|(_, x)| *x).collect();
        let law = match (name, all.as_slice()) {
            ("exp", &[mean]) => Law::exponential(mean),
            ("det", &[mean]) => Law::constant(mean),
            ("erlang2" | "E2", &[mean]) => Law::erlang(mean, 2),
            ("uniform", &[low, high]) => Law::uniform(low, high),
            ("lognormal", &[mean, sigma]) => Law::lognormal(mean, sigma),
            ("hyperexp" | "H2", &[p, r1, r2]) => Law::hyperexponential(p, r1, r2),
            ("pareto", _) => match (named("alpha"), named("xm")) {
                (Some(alpha), Some(minimum)) if alpha > 2.0 => Law::pareto(alpha, minimum),
                _ => return Err(unknown()),
            },
            _ => return Err(unknown()),
        };
        (law.mean > 0.0 && law.scv >= 0.0 && law.scv.is_finite())
            .then_some(law)
            .ok_or_else(unknown)
    }

    /// A law of gaps as entries write it, with arrival rate `lam`: `D`, `E2`, `U(0,2/lam)`, `H2(p=.9,r1=1.8lam,r2=.2lam)`.
    ///
    /// # Errors
    /// Says what it does not understand.
    pub(crate) fn gaps(text: &str, lam: f64) -> Result<Law, String> {
        match text {
            "D" => Ok(Law::constant(1.0 / lam)),
            "E2" => Ok(Law::erlang(1.0 / lam, 2)),
            "U(0,2/lam)" => Ok(Law::uniform(0.0, 2.0 / lam)),
            _ => match split(&text.replace("lam", "")) {
                Some(("H2", arguments)) if arguments.len() == 3 => {
                    let [p, r1, r2] = [0, 1, 2].map(|i: usize| arguments[i].1);
                    Ok(Law::hyperexponential(p, r1 * lam, r2 * lam))
                }
                _ => Err(format!("unknown law of gaps `{text}`")),
            },
        }
    }
}

/// A length of time in seconds, as a scenario writes it: to the nanosecond.
pub(crate) fn span(seconds: f64) -> String {
    format!("\"{}ns\"", (seconds * 1e9).round() as u64)
}

/// `name(a, b=1, mean 2, c3)`: the name, and each argument's name (or none) and number.
fn split(text: &str) -> Option<(&str, Vec<(String, f64)>)> {
    let (name, rest) = text.split_once('(')?;
    let arguments = rest.strip_suffix(')')?;
    let argument = |word: &str| {
        let word = word.trim();
        let digits = word.find(|c: char| c.is_ascii_digit() || c == '.')?;
        // `r1=2`: what stands before the sign belongs to the name.
        let (name, number) = word.split_once('=').unwrap_or_else(|| word.split_at(digits));
        Some((name.trim().to_owned(), fraction(number.trim())?))
    };
    let arguments: Option<Vec<_>> = arguments.split(',').map(argument).collect();
    Some((name.trim(), arguments?))
}

/// `2`, `.9` or `2/11`.
fn fraction(text: &str) -> Option<f64> {
    match text.split_once('/') {
        Some((above, below)) => Some(above.parse::<f64>().ok()? / below.parse::<f64>().ok()?),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, mean: f64, scv: f64) {
        let law = Law::read(text).unwrap();
        assert!(
            (law.mean - mean).abs() < 1e-12 && (law.scv - scv).abs() < 1e-12,
            "{law:?}"
        );
    }

    #[test]
    fn laws_have_the_moments_they_say() {
        check("exp(1)", 1.0, 1.0);
        check("exp(mean .5)", 0.5, 1.0);
        check("det(2)", 2.0, 0.0);
        check("erlang2(mean1)", 1.0, 0.5);
        check("uniform(0,2)", 1.0, 1.0 / 3.0);
        check("lognormal(mean1,sigma=1)", 1.0, core::f64::consts::E - 1.0);
        // E[X^2] = 2 (.9/4 + .1 * 30.25) = 6.5
        check("hyperexp(p=.9,r1=2,r2=2/11)", 1.0, 5.5);
        // E[X^2] = 3.5/1.5 (5/7)^2 = 1.190476...
        check("pareto(alpha=3.5,xm=5/7)", 1.0, 3.5 / 1.5 * 25.0 / 49.0 - 1.0);
    }

    #[test]
    fn gaps_have_mean_one_over_the_rate() {
        for text in ["D", "E2", "U(0,2/lam)", "H2(p=.9,r1=1.8lam,r2=.2lam)"] {
            assert!(
                (Law::gaps(text, 4.0).unwrap().mean - 0.25).abs() < 1e-12,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for text in ["exp", "exp()", "weird(1)", "pareto(alpha=1.5,xm=1)", "det(-)", ""] {
            assert_eq!(Law::read(text).unwrap_err(), format!("unknown law `{text}`"));
        }
        assert!(Law::gaps("Z", 1.0).is_err());
    }
}
