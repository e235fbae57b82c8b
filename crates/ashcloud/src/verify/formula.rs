//! Entries that no simulation can reach: the formula itself is evaluated.

use ashcloud_stats::{Direction, selection, special, theory};

use super::families::Way;
use super::law::Law;
use super::reference::Entry;

/// What is done about an entry of these families; `None` for another family.
pub(crate) fn way(entry: &Entry) -> Option<Result<Way, String>> {
    let pareto = || entry.text("service").is_ok_and(|law| law.starts_with("pareto("));
    Some(match entry.model.as_str() {
        "Rinott constant h" => rinott(entry),
        "KN constants (c=1)" => kim_nelson(entry),
        "Student t quantile" => student(entry),
        "OCBA allocation (means 1..5, sd equal, min is best)" => ocba(entry),
        "M/G/1" if pareto() => pareto_wait(entry),
        _ => return None,
    })
}

const CONSTANT: &str = "a constant of a procedure: evaluated, not simulated";

/// How far a value with so many trusted digits may be off.
fn trust(entry: &Entry) -> f64 {
    let mut unit = 1.0;
    for _ in 0..entry.digits.min(15) {
        unit *= 0.1;
    }
    2.0 * unit * entry.value.abs().max(1.0)
}

fn rinott(entry: &Entry) -> Result<Way, String> {
    let h = selection::rinott_h(entry.count("k")?, entry.count("n0")?, entry.number("PCS")?);
    let h = h.ok_or("no such constant")?;
    // Two independent quadratures put the reference values of R0652 and R0654 off by 3e-6 of themselves and R0656 by
    // 1.7e-5.
    Ok(Way::Formula(
        h,
        2e-5 * h,
        "a constant of a procedure: evaluated, not simulated; agreement asked to 2e-5",
    ))
}

fn kim_nelson(entry: &Entry) -> Result<Way, String> {
    let found = selection::kim_nelson(entry.count("k")?, entry.count("n0")?, entry.number("alpha")?);
    let found = found.ok_or("no such constants")?;
    let value = match entry.quantity.as_str() {
        "eta" => found.eta,
        "h^2" => found.h_squared,
        other => return Err(format!("no quantity `{other}` in this family")),
    };
    Ok(Way::Formula(value, trust(entry), CONSTANT))
}

fn student(entry: &Entry) -> Result<Way, String> {
    let t = special::student_quantile(entry.number("p")?, entry.number("df")?);
    Ok(Way::Formula(t, trust(entry), CONSTANT))
}

fn ocba(entry: &Entry) -> Result<Way, String> {
    let systems: Vec<_> = (1..=5).map(|mean| (f64::from(mean), 1.0)).collect();
    let shares = selection::ocba_shares(&systems, Direction::AtMost).ok_or("no such allocation")?;
    let i = entry.count("i")? as usize;
    let share = shares.get(i - 1).ok_or_else(|| format!("no system {i}"))?;
    Ok(Way::Formula(*share, trust(entry), CONSTANT))
}

/// Pollaczek, Khinchine and Takacs with the moments of Pareto's law.
fn pareto_wait(entry: &Entry) -> Result<Way, String> {
    let law = Law::read(entry.text("service")?)?;
    // alpha from scv = 1/(alpha (alpha - 2)); E[X^k] = alpha m^k/(alpha - k).
    let alpha = 1.0 + (1.0 + 1.0 / law.scv).sqrt();
    if alpha <= 3.0 {
        return Err("the variance of the wait is infinite".to_owned());
    }
    let minimum = law.mean * (alpha - 1.0) / alpha;
    let square = minimum * minimum;
    let moments = [
        law.mean,
        alpha * square / (alpha - 2.0),
        alpha * square * minimum / (alpha - 3.0),
    ];
    let wait = theory::pollaczek_khinchine(entry.number("lam")?, moments).ok_or("no steady state")?;
    let value = match entry.quantity.as_str() {
        "Wq" => wait.mean,
        "Var_Wq" => wait.variance,
        other => return Err(format!("no quantity `{other}` in this family")),
    };
    let reason = "service has an infinite fourth moment, so estimates have no useful error: formula only";
    Ok(Way::NotSimulatable(value, trust(entry).max(1e-9), reason))
}
