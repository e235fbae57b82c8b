//! The exponential and the normal law by ziggurats of 256 layers (Marsaglia and Tsang, 2000): one table look-up and one
//! comparison in about 99 % of the draws. Tables and rare paths use `libm`.

use std::sync::LazyLock;

use crate::rng::Draw;

/// Right end of the lowest layer, behind which the tail begins (Marsaglia and Tsang, 2000): the value at which 256 layers
/// of equal area close at the top.
const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;

/// 2^-53.
const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;

static EXPONENTIAL: LazyLock<Exponential> = LazyLock::new(Exponential::new);
static NORMAL: LazyLock<Normal> = LazyLock::new(Normal::new);

/// Exponential numbers of mean 1.
#[derive(Debug)]
pub(crate) struct Exponential(Layers);

/// Standard normal numbers.
#[derive(Debug)]
pub(crate) struct Normal(Layers);

/// Horizontal layers of equal area below a falling density, the lowest first.
struct Layers {
    /// Widths of the layers, times 2^-53 to take a 53-bit integer.
    width: [f64; 256],
    /// The same; the lowest is as wide as its area with the tail demands. The last is 0.
    x: [f64; 257],
    /// Density at the right ends.
    f: [f64; 257],
}

impl Exponential {
    /// The tables, computed at first use.
    pub(crate) fn tables() -> &'static Exponential {
        &EXPONENTIAL
    }

    fn new() -> Exponential {
        let area = (EXPONENTIAL_TAIL + 1.0) * libm::exp(-EXPONENTIAL_TAIL);
        Exponential(Layers::new(
            EXPONENTIAL_TAIL,
            area,
            |x| libm::exp(-x),
            |f| -libm::log(f),
        ))
    }

    /// One number.
    #[inline(always)]
    pub(crate) fn sample(&self, draw: &mut Draw) -> f64 {
        let (layer, x, _) = self.0.point(draw.word());
        if x < self.0.x[layer + 1] {
            return x;
        }
        // By value, so that the draw can live in registers.
        let (x, after) = self.rare(layer, x, draw.clone());
        *draw = after;
        x
    }

    #[cold]
    #[inline(never)]
    fn rare(&self, mut layer: usize, mut x: f64, mut draw: Draw) -> (f64, Draw) {
        loop {
            if layer == 0 {
                let x = EXPONENTIAL_TAIL - libm::log(1.0 - draw.uniform());
                return (x, draw);
            }
            if self.is_under(layer, x, self.0.height(layer, &mut draw)) {
                return (x, draw);
            }
            (layer, x, _) = self.0.point(draw.word());
            if x < self.0.x[layer + 1] {
                return (x, draw);
            }
        }
    }

    /// Is this height, at a point of a layer's wedge, below the density? It is convex: above its chord no point is, below its
    /// tangents every point is. Only in between, or too near to tell, the density itself is asked.
    #[inline(always)]
    fn is_under(&self, layer: usize, x: f64, height: f64) -> bool {
        const NEAR: f64 = 1e-12;
        let Layers { x: ends, f, .. } = &self.0;
        let (low, high) = ((ends[layer], f[layer]), (ends[layer + 1], f[layer + 1]));
        let chord = low.1 + (high.1 - low.1) * ((low.0 - x) / (low.0 - high.0));
        if height > chord + NEAR {
            return false;
        }
        let tangent = |(at, density): (f64, f64)| density * (1.0 + at - x);
        if height < tangent(low) - NEAR || height < tangent(high) - NEAR {
            return true;
        }
        height < libm::exp(-x)
    }
}

impl Normal {
    /// The tables, computed at first use.
    pub(crate) fn tables() -> &'static Normal {
        &NORMAL
    }

    fn new() -> Normal {
        let f = |x: f64| libm::exp(-0.5 * x * x);
        let root = core::f64::consts::FRAC_1_SQRT_2;
        let tail = libm::sqrt(core::f64::consts::FRAC_PI_2) * libm::erfc(NORMAL_TAIL * root);
        let area = NORMAL_TAIL * f(NORMAL_TAIL) + tail;
        Normal(Layers::new(NORMAL_TAIL, area, f, |f| {
            libm::sqrt(-2.0 * libm::log(f))
        }))
    }

    /// One number.
    #[inline(always)]
    pub(crate) fn sample(&self, draw: &mut Draw) -> f64 {
        let (layer, x, sign) = self.0.point(draw.word());
        if x < self.0.x[layer + 1] {
            return sign * x;
        }
        let (x, after) = self.rare(layer, x, sign, draw.clone());
        *draw = after;
        x
    }

    #[cold]
    #[inline(never)]
    fn rare(&self, mut layer: usize, mut x: f64, mut sign: f64, mut draw: Draw) -> (f64, Draw) {
        loop {
            if layer == 0 {
                // The tail by a shifted exponential (Marsaglia, 1964).
                let beyond = -libm::log(draw.open()) / NORMAL_TAIL;
                if -2.0 * libm::log(draw.open()) >= beyond * beyond {
                    return (sign * (NORMAL_TAIL + beyond), draw);
                }
                continue;
            }
            if self.0.height(layer, &mut draw) < libm::exp(-0.5 * x * x) {
                return (sign * x, draw);
            }
            (layer, x, sign) = self.0.point(draw.word());
            if x < self.0.x[layer + 1] {
                return (sign * x, draw);
            }
        }
    }
}

impl Layers {
    fn new(tail: f64, area: f64, density: impl Fn(f64) -> f64, inverse: impl Fn(f64) -> f64) -> Layers {
        let mut x = [0.0; 257];
        x[0] = area / density(tail);
        x[1] = tail;
        for i in 2..256 {
            x[i] = inverse(density(x[i - 1]) + area / x[i - 1]);
        }
        Layers {
            width: core::array::from_fn(|i| x[i] * UNIT),
            x,
            f: x.map(density),
        }
    }

    /// A layer, a uniform point on it, and a sign: of the same word, from different bits.
    #[inline(always)]
    fn point(&self, word: u64) -> (usize, f64, f64) {
        let layer = (word & 0xff) as usize;
        let sign = if word & 0x100 == 0 { 1.0 } else { -1.0 };
        (layer, (word >> 11) as f64 * self.width[layer], sign)
    }

    /// A uniform height within a layer above the lowest.
    fn height(&self, layer: usize, draw: &mut Draw) -> f64 {
        self.f[layer + 1] + (self.f[layer] - self.f[layer + 1]) * draw.uniform()
    }
}

impl core::fmt::Debug for Layers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("..")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(layers: &Layers) {
        let area = layers.x[0] * layers.f[1];
        for i in 1..256 {
            let layer = layers.x[i] * (layers.f[i + 1] - layers.f[i]);
            assert!(
                (layer / area - 1.0).abs() < 1e-10,
                "layer {i}: {layer}, not {area}"
            );
        }
        assert_eq!((layers.x[256], layers.f[256]), (0.0, 1.0));
    }

    /// The bounds decide as the density does, on a grid through every wedge.
    #[test]
    fn the_bounds_are_bounds() {
        let tables = Exponential::tables();
        let Layers { x, f, .. } = &tables.0;
        let mut under = 0;
        for layer in 1..256 {
            for i in 0..=40 {
                for j in 0..=40 {
                    let part = |k: i32| f64::from(k) / 40.0;
                    let at = x[layer + 1] + (x[layer] - x[layer + 1]) * part(i);
                    let height = f[layer] + (f[layer + 1] - f[layer]) * part(j);
                    let is = height < libm::exp(-at);
                    assert_eq!(
                        tables.is_under(layer, at, height),
                        is,
                        "layer {layer}: {at}, {height}"
                    );
                    under += i32::from(is);
                }
            }
        }
        assert!((100_000..250_000).contains(&under), "{under} of 428,655");
    }

    #[test]
    fn layers_have_equal_areas_and_close_at_the_top() {
        check(&Exponential::tables().0);
        check(&Normal::tables().0);
    }
}
