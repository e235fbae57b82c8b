//! Distribution functions and their inverses, on `libm` alone so that every platform gives the same bits.

use core::f64::consts::{LN_2, SQRT_2};
use std::sync::LazyLock;

/// 2^(j/64).
static POWERS: LazyLock<[f64; 64]> = LazyLock::new(|| core::array::from_fn(|j| libm::exp2(j as f64 / 64.0)));

/// The exponential function to within one unit in the last place: a table and a short series (Tang, 1989). Some five times
/// as fast as `libm::exp`, which does the arguments whose result leaves the normal range.
#[inline]
pub fn exp(x: f64) -> f64 {
    // Adding and subtracting it rounds to a whole number, kept in the lowest bits.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    // ln 2 with 32 bits, so that multiples are exact, and the rest.
    const HIGH: f64 = 0.693_147_180_369_123_8;
    const LOW: f64 = 1.908_214_929_270_587_7e-10;
    if x.is_nan() || x.abs() > 700.0 {
        return libm::exp(x);
    }
    let shifted = x * (64.0 / LN_2) + SHIFT;
    let k = shifted - SHIFT;
    let r = (x - k * (HIGH / 64.0)) - k * (LOW / 64.0);
    let rest = r + r * r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0))));
    let k = k as i64;
    let power = POWERS[(k & 63) as usize];
    let power = f64::from_bits(power.to_bits().wrapping_add(((k >> 6) as u64) << 52));
    power + power * rest
}

/// P(Z <= x) of the standard normal law.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// The x with P(Z <= x) = `p`, for `p` in (0, 1); infinite at the ends. Relative error about 1e-16: algorithm AS 241,
/// routine PPND16 (Wichura, 1988).
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&A, r) / polynomial(&B, r);
    }
    let smaller = if q < 0.0 { p } else { 1.0 - p };
    if smaller <= 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = libm::sqrt(-libm::log(smaller));
    let x = if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    };
    if q < 0.0 { -x } else { x }
}

/// Lower regularised incomplete gamma function P(a, x): the distribution function of Gamma(`a`, 1), `a > 0`.
pub fn gamma_cdf(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x < a + 1.0 {
        gamma_series(a, x)
    } else {
        1.0 - gamma_fraction(a, x)
    }
}

/// Upper regularised incomplete gamma function Q(a, x) = 1 - P(a, x), accurate in the far tail.
pub fn gamma_tail(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x < a + 1.0 {
        1.0 - gamma_series(a, x)
    } else {
        gamma_fraction(a, x)
    }
}

/// The x with P(`a`, x) = `lower` and Q(`a`, x) = `upper`, where `lower + upper = 1`; both are asked for because the
/// smaller one carries the information in its tail.
pub fn gamma_quantile(a: f64, lower: f64, upper: f64) -> f64 {
    if lower <= 0.0 {
        return 0.0;
    }
    if upper <= 0.0 {
        return f64::INFINITY;
    }
    // Start at the cube approximation (Wilson and Hilferty, 1931), or at the leading term of P near 0.
    let z = if lower < upper {
        normal_quantile(lower)
    } else {
        -normal_quantile(upper)
    };
    let cube = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * libm::sqrt(a));
    let mut x = a * cube * cube * cube;
    if cube < 0.2 {
        x = libm::exp((libm::log(lower) + libm::lgamma(a + 1.0)) / a);
    }
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    for _ in 0..200 {
        // Above zero where x is too large.
        let miss = if lower < upper {
            gamma_cdf(a, x) - lower
        } else {
            upper - gamma_tail(a, x)
        };
        if miss > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let density = libm::exp((a - 1.0) * libm::log(x) - x - libm::lgamma(a));
        let mut next = x - miss / density;
        if !(next > low && next < high) {
            next = if high.is_finite() {
                0.5 * (low + high)
            } else {
                2.0 * x + 1.0
            };
        }
        let moved = (next - x).abs();
        x = next;
        if moved <= 1e-14 * x {
            break;
        }
    }
    x
}

/// P(a, x) by its power series, for x < a + 1 (Abramowitz and Stegun, 1964, 6.5.29).
fn gamma_series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut n = a;
    for _ in 0..100_000 {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum * libm::exp(a * libm::log(x) - x - libm::lgamma(a))
}

/// Q(a, x) by its continued fraction, for x >= a + 1 (Abramowitz and Stegun, 1964, 6.5.31), evaluated forwards (Lentz,
/// 1976).
fn gamma_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..100_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        if d.abs() < TINY {
            d = TINY;
        }
        c = b + an / c;
        if c.abs() < TINY {
            c = TINY;
        }
        d = 1.0 / d;
        let factor = d * c;
        h *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h * libm::exp(a * libm::log(x) - x - libm::lgamma(a))
}

/// Value at `x` of the polynomial with these coefficients, constant first (Horner).
#[inline]
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    let mut value = 0.0;
    for &c in coefficients.iter().rev() {
        value = value * x + c;
    }
    value
}

// Coefficients of AS 241 (Wichura, 1988), as published: centre, near tail, far tail.
const A: [f64; 8] = [
    3.387_132_872_796_366_5e0,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const B: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_5e0,
    4.630_337_846_156_546e0,
    5.769_497_221_460_691e0,
    3.647_848_324_763_204_5e0,
    1.270_458_252_452_368_4e0,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_759e0,
    1.676_384_830_183_803_8e0,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const E: [f64; 8] = [
    6.657_904_643_501_104e0,
    5.463_784_911_164_114e0,
    1.784_826_539_917_291_3e0,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const F: [f64; 8] = [
    1.0,
    5.998_322_065_558_879e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: f64, expected: f64, relative: f64) {
        assert!(
            (value - expected).abs() <= relative * expected.abs(),
            "{value} is not {expected}"
        );
    }

    #[test]
    fn exp_is_the_exponential_function() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) * 0.010_123_456_789;
            check(exp(x), libm::exp(x), 3e-16);
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f64::INFINITY), f64::INFINITY);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn normal_quantiles_are_the_published_ones() {
        // Tables of the normal law.
        check(normal_quantile(0.975), 1.959_963_984_540_054, 1e-15);
        check(normal_quantile(0.995), 2.575_829_303_548_900_4, 1e-14);
        check(normal_quantile(1e-10), -6.361_340_902_404_056, 1e-14);
        check(normal_quantile(0.25), -0.674_489_750_196_081_7, 1e-15);
        assert_eq!(normal_quantile(0.5), 0.0);
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
    }

    #[test]
    fn normal_quantile_inverts_the_distribution_function() {
        for i in 1..2000 {
            let x = -8.0 + 0.004 * f64::from(i);
            check(normal_quantile(normal_cdf(x)), x, 1e-12);
        }
        for i in 0..400 {
            let p = libm::exp(-0.1 - 1.7 * f64::from(i));
            check(normal_cdf(normal_quantile(p)), p, 3e-12);
        }
    }

    #[test]
    fn incomplete_gamma_has_its_closed_forms() {
        for i in 1..200 {
            let x = 0.1 * f64::from(i);
            // a = 1: exponential; a = 1/2: erf(sqrt x); a = 3: Poisson sum.
            check(gamma_tail(1.0, x), libm::exp(-x), 1e-13);
            check(gamma_cdf(1.0, x), -libm::expm1(-x), 1e-13);
            check(gamma_cdf(0.5, x), libm::erf(libm::sqrt(x)), 1e-13);
            check(gamma_tail(0.5, x), libm::erfc(libm::sqrt(x)), 1e-12);
            check(gamma_tail(3.0, x), libm::exp(-x) * (1.0 + x + x * x / 2.0), 1e-12);
        }
    }

    #[test]
    fn gamma_quantile_inverts_the_distribution_function() {
        for a in [0.04, 0.3, 1.0, 2.5, 25.0, 400.0, 1e5] {
            for i in -60..=60 {
                let z = f64::from(i) * 0.1;
                let (lower, upper) = (normal_cdf(z), normal_cdf(-z));
                let x = gamma_quantile(a, lower, upper);
                if x < 1e-290 {
                    continue;
                }
                if lower < upper {
                    check(gamma_cdf(a, x), lower, 1e-9);
                } else {
                    check(gamma_tail(a, x), upper, 1e-9);
                }
            }
        }
        assert_eq!(gamma_quantile(2.0, 0.0, 1.0), 0.0);
        assert_eq!(gamma_quantile(2.0, 1.0, 0.0), f64::INFINITY);
    }
}
