//! Special functions and the distributions of tests: normal, Student, chi-square, beta, binomial.
//!
//! Arguments outside a function's domain give NaN here (and only here); estimates check before they ask.

use core::f64::consts::{LN_2, PI, SQRT_2};

/// Both tails of a distribution function at one point. Each is computed so that it keeps its relative precision where
/// it is the small one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tails {
    /// P(X <= x).
    pub lower: f64,
    /// P(X > x).
    pub upper: f64,
}

const UNDEFINED: Tails = Tails {
    lower: f64::NAN,
    upper: f64::NAN,
};

/// ln(sqrt(2 pi)).
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// Density of the standard normal law.
pub fn normal_pdf(x: f64) -> f64 {
    libm::exp(-0.5 * x * x - LN_SQRT_2PI)
}

/// Distribution function of the standard normal law, precise in the lower tail.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// Quantile of the standard normal law for 0 < p < 1 (algorithm AS 241, routine PPND16: Wichura 1988); about 16
/// digits. 0 and 1 give the infinities, anything else outside gives NaN.
pub fn normal_quantile(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&AS241_A, r) / polynomial(&AS241_B, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return f64::INFINITY.copysign(q);
    }
    let r = (-libm::log(tail)).sqrt();
    let x = if r <= 5.0 {
        polynomial(&AS241_C, r - 1.6) / polynomial(&AS241_D, r - 1.6)
    } else {
        polynomial(&AS241_E, r - 5.0) / polynomial(&AS241_F, r - 5.0)
    };
    x.copysign(q)
}

/// Natural logarithm of the gamma function for x > 0.
pub fn ln_gamma(x: f64) -> f64 {
    if x > 0.0 { libm::lgamma(x) } else { f64::NAN }
}

/// Natural logarithm of the beta function for a, b > 0. Large arguments go through the remainder of Stirling's series,
/// so that nothing large cancels.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (p, q) = if a < b { (a, b) } else { (b, a) };
    if p.is_nan() || q.is_nan() || p <= 0.0 {
        f64::NAN
    } else if p >= 10.0 {
        let remainder = stirling_remainder(p) + stirling_remainder(q) - stirling_remainder(p + q);
        -0.5 * libm::log(q)
            + LN_SQRT_2PI
            + remainder
            + (p - 0.5) * libm::log(p / (p + q))
            + q * libm::log1p(-p / (p + q))
    } else if q >= 10.0 {
        let remainder = stirling_remainder(q) - stirling_remainder(p + q);
        libm::lgamma(p) + remainder + p - p * libm::log(p + q) + (q - 0.5) * libm::log1p(-p / (p + q))
    } else {
        libm::lgamma(p) + libm::lgamma(q) - libm::lgamma(p + q)
    }
}

/// Regularised incomplete beta function `I_x(a, b)` and its complement, for a, b > 0 and 0 <= x <= 1.
pub fn beta_tails(a: f64, b: f64, x: f64) -> Tails {
    beta_tails_at(a, b, x, 1.0 - x)
}

/// Quantile of the beta law for a, b > 0 and 0 <= p <= 1.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 || p == 1.0 {
        return p;
    }
    let scale = ln_beta(a, b);
    solve(0.0, 1.0, a / (a + b), |x| {
        let tails = beta_tails(a, b, x);
        let density = libm::exp((a - 1.0) * libm::log(x) + (b - 1.0) * libm::log1p(-x) - scale);
        (
            if p < 0.5 {
                tails.lower - p
            } else {
                (1.0 - p) - tails.upper
            },
            density,
        )
    })
}

/// Regularised incomplete gamma functions P(a, x) (lower) and Q(a, x) (upper), for a > 0 and x >= 0: series and
/// continued fraction (Abramowitz & Stegun 1964, 6.5.29 and 6.5.31).
pub fn gamma_tails(a: f64, x: f64) -> Tails {
    if a.is_nan() || x.is_nan() || a <= 0.0 || x < 0.0 || a.is_infinite() {
        return UNDEFINED;
    }
    if x == 0.0 {
        return Tails {
            lower: 0.0,
            upper: 1.0,
        };
    }
    if x.is_infinite() {
        return Tails {
            lower: 1.0,
            upper: 0.0,
        };
    }
    // x^a exp(-x) / gamma(a + 1)
    let leading = if a < 10.0 {
        libm::exp(a * libm::log(x) - x - libm::lgamma(a + 1.0))
    } else {
        let d = (x - a) / a;
        libm::exp(a * (libm::log1p(d) - d) - stirling_remainder(a)) / (2.0 * PI * a).sqrt()
    };
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0, 1.0, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        let lower = leading * sum;
        Tails {
            lower,
            upper: 1.0 - lower,
        }
    } else {
        let mut fraction = Lentz::start(x + 1.0 - a);
        for i in 1..ITERATIONS {
            let n = f64::from(i);
            let change = fraction.step(n * (a - n), x + 2.0 * n + 1.0 - a);
            if (change - 1.0).abs() < 1e-16 {
                break;
            }
        }
        let upper = leading * a / fraction.value;
        Tails {
            lower: 1.0 - upper,
            upper,
        }
    }
}

/// Distribution function of chi-square with `df` > 0 degrees of freedom, x >= 0.
pub fn chi_square_tails(x: f64, df: f64) -> Tails {
    gamma_tails(0.5 * df, 0.5 * x)
}

/// Quantile of chi-square with `df` > 0 degrees of freedom, 0 <= p < 1.
pub fn chi_square_quantile(p: f64, df: f64) -> f64 {
    if p.is_nan() || df.is_nan() || !(0.0..1.0).contains(&p) || df <= 0.0 || df.is_infinite() {
        return f64::NAN;
    }
    if p == 0.0 {
        return 0.0;
    }
    let mut top = df + 10.0;
    while chi_square_tails(top, df).upper > 1.0 - p {
        top *= 2.0;
    }
    let half = 0.5 * df;
    let scale = LN_2 * half + libm::lgamma(half);
    solve(0.0, top, df.min(0.5 * top), |x| {
        let tails = chi_square_tails(x, df);
        let density = libm::exp((half - 1.0) * libm::log(x) - 0.5 * x - scale);
        (
            if p < 0.5 {
                tails.lower - p
            } else {
                (1.0 - p) - tails.upper
            },
            density,
        )
    })
}

/// Distribution function of Student's t with `df` > 0 degrees of freedom (not necessarily whole).
pub fn student_tails(t: f64, df: f64) -> Tails {
    let small = libm::exp(student_ln_upper(t.abs(), df));
    if t < 0.0 {
        Tails {
            lower: small,
            upper: 1.0 - small,
        }
    } else {
        Tails {
            lower: 1.0 - small,
            upper: small,
        }
    }
}

/// Quantile of Student's t with `df` > 0 degrees of freedom for 0 < p < 1, to at least 12 digits. 0 and 1 give the
/// infinities.
pub fn student_quantile(p: f64, df: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    let tail = if p < 0.5 { p } else { 1.0 - p };
    if tail == 0.0 {
        return f64::INFINITY.copysign(p - 0.5);
    }
    if p == 0.5 {
        return 0.0;
    }
    // On the logarithm of the tail Newton's step is safe far out, where a density is all but 0.
    let goal = libm::log(tail);
    let start = -normal_quantile(tail);
    let mut top = 2.0 * start + 1.0;
    while student_ln_upper(top, df) > goal {
        top *= 2.0;
    }
    let scale = ln_beta(0.5 * df, 0.5) + 0.5 * libm::log(df);
    let t = solve(0.0, top, start, |t| {
        let ln_upper = student_ln_upper(t, df);
        let ln_density = -0.5 * (df + 1.0) * libm::log1p(t * t / df) - scale;
        (goal - ln_upper, libm::exp(ln_density - ln_upper))
    });
    t.copysign(p - 0.5)
}

/// The normal score of a t statistic: z with `Phi(z) = F_t(t; df)`. Works on the logarithms of the tails, hence stable
/// where the tails themselves underflow.
pub fn normal_score(t: f64, df: f64) -> f64 {
    if t == 0.0 || t.is_infinite() {
        return t;
    }
    let goal = student_ln_upper(t.abs(), df);
    if goal.is_nan() {
        return f64::NAN;
    }
    let mut z = if goal > -600.0 {
        -normal_quantile(libm::exp(goal))
    } else {
        (-2.0 * goal).sqrt()
    };
    // Newton on ln Q, which is concave: it converges from either side.
    for _ in 0..50 {
        let (ln_upper, hazard) = normal_ln_upper(z);
        let step = (ln_upper - goal) / hazard;
        z += step;
        if step.abs() <= 1e-15 * z.abs() {
            break;
        }
    }
    z.copysign(t)
}

/// Tails of the binomial count of successes in `n` trials with probability `p`: (P(X <= k), P(X >= k)). Exact: the
/// incomplete beta function (Abramowitz & Stegun 1964, 26.5.24).
pub fn binomial_tails(k: u64, n: u64, p: f64) -> (f64, f64) {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return (f64::NAN, f64::NAN);
    }
    let (kf, nf) = (k as f64, n as f64);
    let at_most = if k >= n {
        1.0
    } else {
        beta_tails_at(kf + 1.0, nf - kf, p, 1.0 - p).upper
    };
    let at_least = if k == 0 {
        1.0
    } else if k > n {
        0.0
    } else {
        beta_tails_at(kf, nf - kf + 1.0, p, 1.0 - p).lower
    };
    (at_most, at_least)
}

/// Two-sided p-value of `k` successes in `n` trials under probability `p`: twice the smaller tail, at most 1.
pub fn binomial_p_value(k: u64, n: u64, p: f64) -> f64 {
    let (at_most, at_least) = binomial_tails(k, n, p);
    (2.0 * at_most.min(at_least)).min(1.0)
}

/// Exact interval of a probability from `k` successes in `n` trials (Clopper & Pearson 1934): it covers with at least
/// `confidence`. `None` where k > n, n = 0 or the confidence is not between 0 and 1.
pub fn clopper_pearson(k: u64, n: u64, confidence: f64) -> Option<(f64, f64)> {
    if k > n || n == 0 || confidence.is_nan() || confidence <= 0.0 || confidence >= 1.0 {
        return None;
    }
    let alpha = 0.5 * (1.0 - confidence);
    let (kf, nf) = (k as f64, n as f64);
    let lower = if k == 0 {
        0.0
    } else {
        beta_quantile(alpha, kf, nf - kf + 1.0)
    };
    let upper = if k == n {
        1.0
    } else {
        1.0 - beta_quantile(alpha, nf - kf, kf + 1.0)
    };
    Some((lower, upper))
}

/// ln P(T > t) for t >= 0.
fn student_ln_upper(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if df > 1e7 {
        // A normal of a transform of t (Wallace 1959); its error is of order 1/df^2.
        let z = if df.is_infinite() {
            t
        } else {
            (8.0 * df + 1.0) / (8.0 * df + 3.0) * (df * libm::log1p(t * t / df)).sqrt()
        };
        return normal_ln_upper(z).0;
    }
    // P(T > t) = I_x(df/2, 1/2) / 2 with x = df/(df + t^2) (Abramowitz & Stegun 1964, 26.7.1).
    let ratio = t * t / df;
    if ratio.is_infinite() {
        return f64::NEG_INFINITY;
    }
    let (x, y) = (1.0 / (1.0 + ratio), ratio / (1.0 + ratio));
    let a = 0.5 * df;
    if y == 0.0 {
        -LN_2
    } else if x < (a + 1.0) / (a + 2.5) {
        beta_ln_lower(a, 0.5, x, y) - LN_2
    } else {
        libm::log1p(-libm::exp(beta_ln_lower(0.5, a, y, x))) - LN_2
    }
}

/// ln P(Z > z) and the hazard (density over tail) of the standard normal law.
fn normal_ln_upper(z: f64) -> (f64, f64) {
    if z < 30.0 {
        let upper = normal_cdf(-z);
        return (libm::log(upper), normal_pdf(z) / upper);
    }
    // Asymptotic series of Mills' ratio (Abramowitz & Stegun 1964, 26.2.12); the first term left out is below 1e-12.
    let s = 1.0 / (z * z);
    let series = 1.0 - s * (1.0 - 3.0 * s * (1.0 - 5.0 * s * (1.0 - 7.0 * s)));
    (
        -0.5 * z * z - LN_SQRT_2PI - libm::log(z) + libm::log(series),
        z / series,
    )
}

/// Incomplete beta with x and y = 1 - x both given, so that neither is rounded.
fn beta_tails_at(a: f64, b: f64, x: f64, y: f64) -> Tails {
    if a.is_nan() || b.is_nan() || x.is_nan() || a <= 0.0 || b <= 0.0 || !(0.0..=1.0).contains(&x) {
        return UNDEFINED;
    }
    if x == 0.0 {
        Tails {
            lower: 0.0,
            upper: 1.0,
        }
    } else if y == 0.0 {
        Tails {
            lower: 1.0,
            upper: 0.0,
        }
    } else if x < (a + 1.0) / (a + b + 2.0) {
        let lower = libm::exp(beta_ln_lower(a, b, x, y));
        Tails {
            lower,
            upper: 1.0 - lower,
        }
    } else {
        let upper = libm::exp(beta_ln_lower(b, a, y, x));
        Tails {
            lower: 1.0 - upper,
            upper,
        }
    }
}

/// ln `I_x(a, b)` for x below (a + 1)/(a + b + 2), where the continued fraction converges fast (Abramowitz & Stegun
/// 1964, 26.5.8).
fn beta_ln_lower(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let mut fraction = Lentz::start(1.0);
    for i in 0..ITERATIONS {
        let m = f64::from(i);
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let first = fraction.step(odd, 1.0);
        let m = m + 1.0;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let second = fraction.step(even, 1.0);
        if (first - 1.0).abs() < 1e-16 && (second - 1.0).abs() < 1e-16 {
            break;
        }
    }
    let ln_y = if x < 0.5 { libm::log1p(-x) } else { libm::log(y) };
    let ln_x = if y < 0.5 { libm::log1p(-y) } else { libm::log(x) };
    a * ln_x + b * ln_y - ln_beta(a, b) - libm::log(a * fraction.value)
}

/// More than any continued fraction here needs within its documented range.
const ITERATIONS: u32 = 200_000;

/// A continued fraction b0 + a1/(b1 + a2/(b2 + ...)) evaluated forwards (Lentz 1976, as modified by Thompson & Barnett
/// 1986).
#[derive(Clone, Copy)]
struct Lentz {
    value: f64,
    c: f64,
    d: f64,
}

impl Lentz {
    fn start(b0: f64) -> Lentz {
        let b0 = if b0 == 0.0 { 1e-300 } else { b0 };
        Lentz {
            value: b0,
            c: b0,
            d: 0.0,
        }
    }

    /// Adds one term and returns the factor by which it changed the value.
    fn step(&mut self, a: f64, b: f64) -> f64 {
        let d = b + a * self.d;
        let c = b + a / self.c;
        self.d = 1.0 / if d == 0.0 { 1e-300 } else { d };
        self.c = if c == 0.0 { 1e-300 } else { c };
        let change = self.c * self.d;
        self.value *= change;
        change
    }
}

/// ln gamma(x) - ((x - 1/2) ln x - x + ln sqrt(2 pi)) for x >= 10 (Abramowitz & Stegun 1964, 6.1.41).
fn stirling_remainder(x: f64) -> f64 {
    let s = 1.0 / (x * x);
    polynomial(&STIRLING, s) / x
}

/// Root of an increasing function between `low` and `high` (which it brackets), by Newton's method kept inside the
/// bracket by bisection. `f` gives the value and the derivative.
fn solve(mut low: f64, mut high: f64, start: f64, f: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut x = start;
    let mut last_step = high - low;
    for _ in 0..300 {
        if !(low < x && x < high) {
            x = 0.5 * (low + high);
        }
        let (value, slope) = f(x);
        if value == 0.0 {
            return x;
        }
        if value < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let newton = x - value / slope;
        let next = if newton > low && newton < high && (newton - x).abs() < 0.5 * last_step {
            newton
        } else {
            0.5 * (low + high)
        };
        last_step = (next - x).abs();
        x = next;
        if last_step <= 1e-16 * x.abs() {
            break;
        }
    }
    x
}

/// Coefficients from the constant upwards.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
];

// The coefficients of AS 241 (Wichura 1988).
const AS241_A: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const AS241_B: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const AS241_C: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const AS241_D: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const AS241_E: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const AS241_F: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;
    use proptest::prelude::*;

    // Expected values: mpmath 1.3 with 40 digits, unless said otherwise.

    #[test]
    fn normal_matches_published_values() {
        close(normal_cdf(-1.0), 0.158_655_253_931_457_05, 1e-15);
        close(normal_cdf(1.5), 0.933_192_798_731_141_9, 1e-15);
        close(normal_cdf(-5.0), 2.866_515_718_791_939e-7, 1e-14);
        close(normal_cdf(-37.0), 5.725_571_222_524_577e-300, 1e-12);
        for (p, z) in [
            (0.975, 1.959_963_984_540_054),
            (0.999, 3.090_232_306_167_813_5),
            (1e-10, -6.361_340_902_404_056),
            (1e-300, -37.047_096_299_361_2),
            (0.5001, 2.506_628_300_880_351e-4),
        ] {
            close(normal_quantile(p), z, 1e-12);
        }
        // The published check values of AS 241.
        close(normal_quantile(0.25), -0.674_489_750_196_081_7, 1e-15);
        close(normal_quantile(0.001), -3.090_232_306_167_813_5, 1e-15);
        close(normal_quantile(1e-20), -9.262_340_089_798_408, 1e-15);
        assert_eq!(normal_quantile(0.5), 0.0);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
    }

    #[test]
    fn beta_and_gamma_match_published_values() {
        let beta = |a, b, x, lower, upper| {
            let tails = beta_tails(a, b, x);
            close(tails.lower, lower, 1e-11);
            close(tails.upper, upper, 1e-11);
        };
        beta(2.0, 3.0, 0.4, 0.5248, 0.4752);
        beta(0.5, 4.5, 0.01, 0.230_125_000_107_863_37, 0.769_874_999_892_136_6);
        beta(
            50.0,
            60.0,
            0.3,
            0.000_343_411_518_766_289,
            0.999_656_588_481_233_7,
        );
        beta(
            1000.0,
            1500.0,
            0.41,
            0.846_259_684_745_059_5,
            0.153_740_315_254_940_5,
        );
        let gamma = |a, x, lower, upper| {
            let tails = gamma_tails(a, x);
            close(tails.lower, lower, 1e-12);
            close(tails.upper, upper, 1e-12);
        };
        gamma(0.5, 0.2, 0.472_910_743_134_461_9, 0.527_089_256_865_538_1);
        gamma(3.0, 7.0, 0.970_363_836_119_478_2, 0.029_636_163_880_521_777);
        gamma(10.0, 1.0, 1.114_254_783_387_206_8e-7, 0.999_999_888_574_521_7);
        gamma(100.0, 130.0, 0.997_249_591_632_693_5, 0.002_750_408_367_306_526);
        gamma(
            10_000.0,
            9_900.0,
            0.158_651_192_193_564_66,
            0.841_348_807_806_435_3,
        );
    }

    #[test]
    fn chi_square_quantiles_match_tables() {
        close(chi_square_quantile(0.95, 1.0), 3.841_458_820_694_126, 1e-12);
        close(chi_square_quantile(0.95, 10.0), 18.307_038_053_275_15, 1e-12);
        close(chi_square_quantile(0.01, 30.0), 14.953_456_528_455_44, 1e-12);
        close(chi_square_quantile(0.999, 100.0), 149.449_252_779_038_7, 1e-12);
    }

    #[test]
    fn student_matches_the_reference_file() {
        close(student_quantile(0.975, 9.0), 2.262_157_162_80, 1e-10); // R0663
        close(student_quantile(0.975, 19.0), 2.093_024_054_41, 1e-10); // R0664
        close(student_quantile(0.9975, 99.0), 2.871_307_661_21, 1e-10); // R0666
        close(student_quantile(0.95, 3.7), 2.182_493_803_914_602, 1e-12);
        close(student_quantile(0.995, 1.0), 63.656_741_162_871_58, 1e-12);
        close(student_quantile(0.999, 2.0), 22.327_124_770_119_875, 1e-12);
        close(student_quantile(0.025, 2e6), -1.959_965_170_676_375, 1e-10);
        assert_eq!(student_quantile(0.5, 3.0), 0.0);
    }

    #[test]
    fn large_degrees_of_freedom_join_smoothly() {
        // The switch of formula at 1e7 degrees of freedom must not show.
        for t in [0.01, 1.0, 4.0, 40.0] {
            let (below, above) = (normal_score(t, 0.999_999e7), normal_score(t, 1.000_001e7));
            close(below, above, 1e-9);
        }
        close(
            student_quantile(0.975, f64::INFINITY),
            1.959_963_984_540_054,
            1e-12,
        );
    }

    #[test]
    fn normal_scores_are_stable_in_the_tails() {
        for (t, df, z) in [
            (2.5, 9.0, 2.121_713_221_270_878_3),
            (40.0, 9.0, 6.713_638_714_312_895),
            (40.0, 99.0, 16.742_855_015_514_34),
            (40.0, 999.0, 30.898_721_453_668_37),
            (40.0, 9999.0, 38.524_229_571_428_4),
            (4.3, 99.0, 4.107_058_046_663_018),
            (0.001, 5.0, 9.515_328_152_302_312e-4),
            (-12.0, 30.0, -7.210_365_589_323_59),
        ] {
            close(normal_score(t, df), z, 1e-11);
        }
        assert_eq!(normal_score(0.0, 5.0), 0.0);
    }

    #[test]
    fn binomial_tails_are_exact() {
        let (at_most, at_least) = binomial_tails(3, 20, 0.3);
        close(at_most, 0.107_086_804_503_731, 1e-13);
        close(at_least, 0.964_516_867_701_531_3, 1e-13);
        close(binomial_tails(0, 1000, 0.001).0, 0.367_695_424_770_964_04, 1e-12);
        assert_eq!(binomial_tails(5, 5, 0.2).0, 1.0);
        close(binomial_tails(5, 5, 0.2).1, 0.00032, 1e-13);
        assert_eq!(binomial_tails(0, 5, 0.0), (1.0, 1.0));
        assert_eq!(binomial_tails(1, 5, 0.0), (1.0, 0.0));
    }

    #[test]
    fn clopper_pearson_matches_published_values() {
        let (lower, upper) = clopper_pearson(7, 20, 0.95).unwrap();
        close(lower, 0.153_909_204_784_541_16, 1e-12);
        close(upper, 0.592_188_534_532_828, 1e-12);
        let (lower, upper) = clopper_pearson(0, 10, 0.95).unwrap();
        assert_eq!(lower, 0.0);
        close(upper, 0.308_497_107_818_760_8, 1e-12);
        assert_eq!(clopper_pearson(0, 0, 0.95), None);
        assert_eq!(clopper_pearson(2, 1, 0.95), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn student_quantile_inverts_its_tails(p in 1e-9..0.5f64, df in 0.5..5000.0f64) {
            let t = student_quantile(p, df);
            let back = student_tails(t, df).lower;
            prop_assert!((back - p).abs() <= 1e-9 * p, "{p} {df} {t} {back}");
        }

        #[test]
        fn beta_quantile_inverts_its_tails(p in 1e-6..0.5f64, a in 0.5..500.0f64, b in 0.5..500.0f64) {
            let back = beta_tails(a, b, beta_quantile(p, a, b)).lower;
            prop_assert!((back - p).abs() <= 1e-9 * p, "{p} {back}");
        }

        #[test]
        fn tails_are_monotone_and_sum_to_one(a in 0.1..200.0f64, b in 0.1..200.0f64, x in 0.0..1.0f64, d in 0.0..0.1f64) {
            let (low, high) = (beta_tails(a, b, x), beta_tails(a, b, (x + d).min(1.0)));
            prop_assert!((low.lower + low.upper - 1.0).abs() < 1e-12);
            prop_assert!(low.lower <= high.lower + 1e-13);
        }

        #[test]
        fn the_normal_score_is_between_zero_and_t(t in 0.01..40.0f64, df in 1.0..1e4f64) {
            let z = normal_score(t, df);
            prop_assert!(z > 0.0 && z < t);
        }
    }
}
