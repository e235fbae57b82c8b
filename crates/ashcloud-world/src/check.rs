//! Statistical checks for tests. Each rejects a true hypothesis with probability at most about one in a million; seeds
//! are fixed, so a test that passes once passes for ever.

use crate::special::gamma_tail;

/// Two-sided bound of a normal score at one in a million.
pub(crate) const Z: f64 = 4.9;

/// Two samples have one law: Kolmogorov-Smirnov, asymptotic bound 2 exp(-2 c^2) = 1e-6 (Smirnov, 1939).
pub(crate) fn same_law(name: &str, mut a: Vec<f64>, mut b: Vec<f64>) {
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        i += a[i..].iter().take_while(|&&v| v <= x).count();
        j += b[j..].iter().take_while(|&&v| v <= x).count();
        largest = largest.max((i as f64 / n - j as f64 / m).abs());
    }
    let scaled = largest * (n * m / (n + m)).sqrt();
    assert!(
        scaled < 2.694,
        "{name}: the laws differ (scaled distance {scaled})"
    );
}

/// A sample has this distribution function: Kolmogorov-Smirnov with the same bound.
pub(crate) fn has_law(name: &str, mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let mut largest = 0.0_f64;
    for (i, &x) in sample.iter().enumerate() {
        let p = cdf(x);
        largest = largest
            .max((p - i as f64 / n).abs())
            .max((p - (i + 1) as f64 / n).abs());
    }
    let scaled = largest * n.sqrt();
    assert!(scaled < 2.694, "{name}: not its law (scaled distance {scaled})");
}

/// Observed counts come from these expected ones: chi-square, cells of fewer than 8 expected are joined to the next.
pub(crate) fn chi_square(name: &str, observed: &[f64], expected: &[f64]) {
    let (mut x, mut cells) = (0.0, 0.0);
    let (mut o, mut e) = (0.0, 0.0);
    for (&oi, &ei) in observed.iter().zip(expected) {
        o += oi;
        e += ei;
        if e >= 8.0 {
            x += (o - e) * (o - e) / e;
            cells += 1.0;
            (o, e) = (0.0, 0.0);
        }
    }
    let p = gamma_tail((cells - 1.0) / 2.0, x / 2.0);
    assert!(
        cells > 1.0 && p > 1e-6,
        "{name}: chi-square {x} in {cells} cells, p {p}"
    );
}

/// Two samples of counts have one law: chi-square of the 2 x k table.
pub(crate) fn same_counts(name: &str, a: &[u64], b: &[u64]) {
    assert_eq!(a.len(), b.len());
    let top = a.iter().chain(b).max().map_or(0, |&m| m as usize);
    let mut table = vec![(0.0_f64, 0.0_f64); top + 1];
    for &x in a {
        table[x as usize].0 += 1.0;
    }
    for &x in b {
        table[x as usize].1 += 1.0;
    }
    let (mut x, mut cells, mut o) = (0.0, 0.0, (0.0, 0.0));
    for &(i, j) in &table {
        o = (o.0 + i, o.1 + j);
        if o.0 + o.1 >= 20.0 {
            x += (o.0 - o.1) * (o.0 - o.1) / (o.0 + o.1);
            cells += 1.0;
            o = (0.0, 0.0);
        }
    }
    let p = gamma_tail((cells - 1.0) / 2.0, x / 2.0);
    assert!(
        cells > 1.0 && p > 1e-6,
        "{name}: chi-square {x} in {cells} cells, p {p}"
    );
}

/// Mean and variance of a sample are these: normal scores, that of the variance from the fourth moment of the sample.
pub(crate) fn moments(name: &str, sample: &[f64], mean: f64, variance: f64) {
    let n = sample.len() as f64;
    let m = sample.iter().sum::<f64>() / n;
    let central = |k: i32| sample.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
    let z = (m - mean) / (variance / n).sqrt();
    assert!(z.abs() < Z, "{name}: mean {m}, not {mean} (z {z})");
    let v = central(2);
    let z = (v - variance) / ((central(4) - v * v) / n).sqrt();
    assert!(z.abs() < Z, "{name}: variance {v}, not {variance} (z {z})");
}
