//! Selecting the best of several models: the constants of published procedures.

use crate::compare::Direction;
use crate::quadrature::integrate;
use crate::special::{chi_square_quantile, ln_gamma, normal_cdf};

/// Rinott's constant h (Rinott 1978): with n0 first replications of each of `k` systems, ceil((h s/delta)^2) replications
/// of each select the best with probability `confidence` where it leads by delta. About 8 digits. `None` unless k >= 2,
/// n0 >= 3 and 1/k < confidence < 1.
pub fn rinott_h(k: u32, n0: u32, confidence: f64) -> Option<f64> {
    if k < 2 || n0 < 3 || confidence.is_nan() || confidence <= 1.0 / f64::from(k) || confidence >= 1.0 {
        return None;
    }
    let (mut low, mut high) = (0.0, 4.0);
    while rinott_probability(k, n0, high) < confidence {
        high *= 2.0;
        if high > 1e6 {
            return None;
        }
    }
    while high - low > 1e-9 * high {
        let middle = 0.5 * (low + high);
        if rinott_probability(k, n0, middle) < confidence {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(0.5 * (low + high))
}

/// Probability of correct selection (Rinott 1978): the integral over y of the (k-1)-th power of the integral over x of
/// Phi(h / sqrt((n0-1)(1/x + 1/y))), x and y chi-square with n0 - 1 degrees of freedom.
fn rinott_probability(k: u32, n0: u32, h: f64) -> f64 {
    let df = f64::from(n0 - 1);
    let (from, to) = (
        chi_square_quantile(1e-13, df),
        chi_square_quantile(1.0 - 1e-13, df),
    );
    let scale = 0.5 * df * core::f64::consts::LN_2 + ln_gamma(0.5 * df);
    let density = |x: f64| libm::exp((0.5 * df - 1.0) * libm::log(x) - 0.5 * x - scale);
    integrate(from, to, &|y| {
        let inner = integrate(from, to, &|x| {
            normal_cdf(h / (df * (1.0 / x + 1.0 / y)).sqrt()) * density(x)
        });
        libm::pow(inner, f64::from(k - 1)) * density(y)
    })
}

/// The constants of Kim & Nelson's sequential procedure (2001) with c = 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KimNelson {
    /// eta = ((2 alpha/(k-1))^(-2/(n0-1)) - 1) / 2.
    pub eta: f64,
    /// h^2 = 2 eta (n0 - 1).
    pub h_squared: f64,
}

/// Constants for `k` systems, `n0` first replications and a probability `alpha` of a wrong selection. `None` unless
/// k >= 2, n0 >= 2 and 0 < alpha < 1 - 1/k.
pub fn kim_nelson(k: u32, n0: u32, alpha: f64) -> Option<KimNelson> {
    if k < 2 || n0 < 2 || alpha.is_nan() || alpha <= 0.0 || alpha >= 1.0 - 1.0 / f64::from(k) {
        return None;
    }
    let df = f64::from(n0 - 1);
    let eta = 0.5 * (libm::pow(2.0 * alpha / f64::from(k - 1), -2.0 / df) - 1.0);
    Some(KimNelson {
        eta,
        h_squared: 2.0 * eta * df,
    })
}

/// Shares of the computing budget that OCBA gives each system, (mean, standard deviation) each (Chen, Lin, Yucesan & Chick
/// 2000): `N_i ~ (s_i/d_i)^2` with `d_i` the distance to the best, `N_b = s_b sqrt(sum N_i^2/s_i^2)`. They sum to 1. `None` below
/// two systems, where another is as good as the best, or where no system that is not the best varies.
pub fn ocba_shares(systems: &[(f64, f64)], direction: Direction) -> Option<Vec<f64>> {
    let better = |a: f64, b: f64| match direction {
        Direction::AtMost => a < b,
        Direction::AtLeast => a > b,
    };
    let best = (0..systems.len()).reduce(|b, i| if better(systems[i].0, systems[b].0) { i } else { b })?;
    let (best_mean, best_sd) = systems[best];
    let mut shares = vec![0.0; systems.len()];
    let mut squares = 0.0;
    for (i, &(mean, sd)) in systems.iter().enumerate() {
        if i != best {
            let ratio = sd / (mean - best_mean);
            shares[i] = ratio * ratio;
            // N_i^2 / s_i^2 = s_i^2 / d_i^4
            squares += ratio * ratio / ((mean - best_mean) * (mean - best_mean));
        }
    }
    shares[best] = best_sd * f64::sqrt(squares);
    let total: f64 = shares.iter().sum();
    (total.is_finite() && total > 0.0).then(|| shares.iter().map(|share| share / total).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn rinott_matches_the_reference_file() {
        close(rinott_h(5, 20, 0.95).unwrap(), 3.385_407_461_46, 1e-5); // R0652
        close(rinott_h(10, 20, 0.95).unwrap(), 3.875_257_337_37, 1e-5); // R0653
        close(rinott_h(10, 50, 0.99).unwrap(), 4.490_379_481_98, 1e-5); // R0654
        close(rinott_h(2, 20, 0.90).unwrap(), 1.895_745_182_29, 1e-5); // R0655
        close(rinott_h(100, 20, 0.95).unwrap(), 5.183_923_731_21, 2e-5); // R0656
        // The file trusts about five digits; fixed Gauss-Legendre rules of 120 and 160 points give more.
        close(rinott_h(5, 20, 0.95).unwrap(), 3.385_418_731_53, 1e-8);
        close(rinott_h(10, 50, 0.99).unwrap(), 4.490_393_567_92, 1e-8);
        close(rinott_h(100, 20, 0.95).unwrap(), 5.184_012_349_92, 1e-8);
        assert_eq!(rinott_h(1, 20, 0.95), None);
        assert_eq!(rinott_h(2, 20, 0.5), None);
    }

    #[test]
    fn kim_nelson_matches_the_reference_file() {
        for (k, n0, eta, h_squared) in [
            (2, 10, 0.334_050_268_600, 6.012_904_834_80),  // R0657, R0658
            (5, 20, 0.237_238_315_535, 9.015_055_990_34),  // R0659, R0660
            (100, 10, 1.815_616_919_95, 32.681_104_559_1), // R0661, R0662
        ] {
            let constants = kim_nelson(k, n0, 0.05).unwrap();
            close(constants.eta, eta, 1e-10);
            close(constants.h_squared, h_squared, 1e-10);
        }
        assert_eq!(kim_nelson(2, 10, 0.5), None);
    }

    #[test]
    fn ocba_matches_the_reference_file() {
        let systems = [1.0, 2.0, 3.0, 4.0, 5.0].map(|mean| (mean, 1.0));
        let expected = // R0667 to R0671
            [0.421_822_988_205, 0.406_134_096_090, 0.101_533_524_023, 0.045_126_010_676_7, 0.025_383_381_005_6];
        for (share, expected) in ocba_shares(&systems, Direction::AtMost)
            .unwrap()
            .iter()
            .zip(expected)
        {
            close(*share, expected, 1e-10);
        }
        let mirrored = systems.map(|(mean, sd)| (-mean, sd));
        assert_eq!(
            ocba_shares(&mirrored, Direction::AtLeast),
            ocba_shares(&systems, Direction::AtMost)
        );
        assert_eq!(ocba_shares(&systems[..1], Direction::AtMost), None);
        assert_eq!(ocba_shares(&[(1.0, 1.0), (1.0, 1.0)], Direction::AtMost), None);
    }
}
