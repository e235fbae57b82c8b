//! Numerical integration of smooth functions.

/// Integral of `f` from `a` to `b` (finite; 0 unless b > a): 12-point Gauss-Legendre on panels that are halved until the two halves
/// agree with the whole to about 1e-12 of the integral.
pub(crate) fn integrate(a: f64, b: f64, f: &impl Fn(f64) -> f64) -> f64 {
    if b.is_nan() || b <= a || (b - a).is_infinite() {
        return 0.0;
    }
    // Eight panels to begin with: no narrow peak in the middle goes unseen.
    let step = (b - a) / 8.0;
    let panels: [(f64, f64); 8] = core::array::from_fn(|i| {
        let from = a + step * i as f64;
        (from, if i == 7 { b } else { from + step })
    });
    let first = panels.map(|(from, to)| panel(from, to, f));
    let tolerance = 1e-13 * first.iter().map(|v| v.abs()).sum::<f64>();
    panels
        .iter()
        .zip(first)
        .map(|(&(from, to), whole)| halve(from, to, whole, tolerance, 30, f))
        .sum()
}

fn halve(a: f64, b: f64, whole: f64, tolerance: f64, depth: u32, f: &impl Fn(f64) -> f64) -> f64 {
    let middle = 0.5 * (a + b);
    let (left, right) = (panel(a, middle, f), panel(middle, b, f));
    // Not a number ends it too.
    if depth > 0 && (left + right - whole).abs() > tolerance {
        halve(a, middle, left, tolerance, depth - 1, f) + halve(middle, b, right, tolerance, depth - 1, f)
    } else {
        left + right
    }
}

/// One panel of the 12-point Gauss-Legendre rule (Abramowitz & Stegun 1964, table 25.4).
fn panel(a: f64, b: f64, f: &impl Fn(f64) -> f64) -> f64 {
    let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
    let mut sum = 0.0;
    for (x, weight) in RULE {
        sum += weight * (f(middle - half * x) + f(middle + half * x));
    }
    sum * half
}

/// Nodes and weights; each node also stands for its mirror image.
const RULE: [(f64, f64); 6] = [
    (0.125_233_408_511_468_9, 0.249_147_045_813_402_8),
    (0.367_831_498_998_180_2, 0.233_492_536_538_354_8),
    (0.587_317_954_286_617_4, 0.203_167_426_723_065_93),
    (0.769_902_674_194_304_7, 0.160_078_328_543_346_22),
    (0.904_117_256_370_474_9, 0.106_939_325_995_318_43),
    (0.981_560_634_246_719_3, 0.047_175_336_386_511_83),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn known_integrals() {
        close(integrate(0.0, 1.0, &|x| x * x * x), 0.25, 1e-14);
        close(integrate(0.0, 40.0, &|x| libm::exp(-x)), 1.0, 1e-13);
        close(
            integrate(-3.0, 30.0, &|x| libm::exp(-x * x * 50.0)),
            0.250_662_827_463_100_05,
            1e-12,
        );
        close(integrate(0.0, 1.0, &f64::sqrt), 2.0 / 3.0, 1e-11);
        assert_eq!(integrate(1.0, 1.0, &|x| x), 0.0);
        assert!(integrate(0.0, 1.0, &|_| f64::NAN).is_nan());
    }
}
