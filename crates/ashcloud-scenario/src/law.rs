//! Laws: from the forms people write to the parameters that are drawn from.

use serde_json::{Value as Json, json};

use crate::data::CsvCache;
use crate::file::{
    EmpiricalFile, GammaTable, LawShape, LawTable, LognormalTable, ParetoTable, TriangularTable, WeibullTable,
};
use crate::jargon;
use crate::quantity::{DURATION, Duration, parse_duration, unit_ns};
use crate::reader::Reader;
use crate::shape::{At, Defs, Either, Field, Named, Number, Read, Share};
use crate::spec::{Law, Points};
use crate::tree::{Node, Origin};

/// A quantity in a law: in seconds where times are drawn, a bare number where they are not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Amount(f64);

/// What a law of bare numbers takes.
pub(crate) const PLAIN: &str = "a number of at least 0, without unit";

impl Read for Amount {
    fn what() -> String {
        DURATION.into()
    }
    fn fits(node: &Node) -> bool {
        Duration::fits(node) || Number::fits(node)
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if !reader.unitless {
            let duration = Duration::read(node, reader);
            if let (None, Some(help)) = (duration, law_for_time(node)) {
                reader.amend(node.origin, help);
            }
            return duration.map(|duration| Amount(duration.seconds));
        }
        if Number::fits(node) {
            return Number::read(node, reader).map(|number| Amount(number.0));
        }
        let fault = reader.error(node.origin, format!("expected {PLAIN}"));
        fault.found(node.describe()).suggestion = Number::hint(node);
        None
    }
    fn schema(defs: &mut Defs) -> Json {
        json!({ "anyOf": [Duration::schema(defs), Number::schema(defs)] })
    }
}

/// How to write what was given for a time and is a law: `"exponential(5m)"`, `{ mean = "5m" }`.
fn law_for_time(node: &Node) -> Option<String> {
    if let Some(mean) = node.get("mean").or_else(|| node.get("scale")) {
        return Some(format!("write the mean alone: {}", mean.describe()));
    }
    let text = node.as_text()?;
    let word: String = text
        .chars()
        .take_while(|c| c.is_alphabetic() || *c == '_')
        .collect();
    let known = LawTable::KEYS.contains(&word.to_lowercase().as_str());
    jargon::law(&word).map(str::to_owned).or_else(|| {
        known.then(|| {
            format!(
                "a law is written as a table without quotes, such as {{ {} }}",
                law_example(&word)
            )
        })
    })
}

/// A law with its parameters.
fn law_example(name: &str) -> &'static str {
    match name.to_lowercase().as_str() {
        "deterministic" => "deterministic = \"5m\"",
        "erlang" => "erlang = { mean = \"5m\", shape = 3 }",
        "hyperexponential" => {
            "hyperexponential = [{ share = 0.9, mean = \"1m\" }, { share = 0.1, mean = \"9m\" }]"
        }
        "uniform" => "uniform = [\"1m\", \"2m\"]",
        "triangular" => "triangular = { minimum = \"2m\", mode = \"4m\", maximum = \"12m\" }",
        "lognormal" => "lognormal = { mean = \"5m\", cv = 0.6 }",
        "gamma" => "gamma = { mean = \"5m\", cv = 0.5 }",
        "weibull" => "weibull = { shape = 1.5, mean = \"5m\" }",
        "pareto" => "pareto = { alpha = 2.5, mean = \"5m\" }",
        "empirical" => "empirical = [\"1m\", \"2m\"]",
        "points" | "tail" | "cut" => "points = { \"5m\" = 0.5, \"1h\" = 1.0 }",
        "least" => "least = [{ exponential = \"5m\" }, \"10m\"]",
        _ => "exponential = \"5m\"",
    }
}

/// A law of bare numbers.
#[derive(Clone, Debug)]
pub(crate) struct PlainLaw(LawShape);

impl Read for PlainLaw {
    fn what() -> String {
        format!("{PLAIN}, or a law, such as {{ lognormal = {{ median = 300, cv = 2 }} }}")
    }
    fn fits(node: &Node) -> bool {
        LawShape::fits(node)
    }
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if !Self::fits(node) {
            reader
                .error(node.origin, format!("expected {}", Self::what()))
                .found(node.describe());
            return None;
        }
        reader.unitless = true;
        let law = LawShape::read(node, reader);
        reader.unitless = false;
        law.map(PlainLaw)
    }
    fn schema(defs: &mut Defs) -> Json {
        LawShape::schema(defs)
    }
}

/// What a law's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Times: durations with units.
    Seconds,
    /// Counts of something: bare numbers.
    Plain,
}

/// Compiles laws of one unit; holds what that needs.
pub(crate) struct LawCompiler<'a> {
    pub(crate) reader: &'a mut Reader,
    pub(crate) csv: &'a mut CsvCache,
    pub(crate) unit: Unit,
}

/// The law of a field of times, if there is one and it is right.
pub(crate) fn time_law(reader: &mut Reader, csv: &mut CsvCache, field: &Field<LawShape>) -> Option<Law> {
    let shape = field.get()?;
    LawCompiler {
        reader,
        csv,
        unit: Unit::Seconds,
    }
    .sound_law(shape, field)
}

/// The law of a field of bare numbers, if there is one and it is right.
pub(crate) fn plain_law(reader: &mut Reader, csv: &mut CsvCache, field: &Field<PlainLaw>) -> Option<Law> {
    let shape = field.get()?;
    LawCompiler {
        reader,
        csv,
        unit: Unit::Plain,
    }
    .sound_law(&shape.0, field)
}

/// Do the numbers of a law leave something to draw from?
fn is_sound(law: &Law) -> bool {
    // A shape below a thousandth gives 0 nearly always, and nearly everything else is beyond all times.
    let shaped = |shape: f64| (1e-3..=1e12).contains(&shape);
    let value = |x: f64| (0.0..=1e18).contains(&x);
    let scale = |x: f64| (1e-18..=1e18).contains(&x);
    match law {
        Law::Constant(x) | Law::Exponential(x) => value(*x),
        Law::Erlang { mean, .. } => value(*mean),
        Law::Hyperexponential(branches) => branches.iter().all(|b| value(b.1)),
        Law::Uniform { high, .. } | Law::Triangular { high, .. } => value(*high),
        Law::Lognormal { mu, sigma } => mu.abs() <= 500.0 && *sigma <= 30.0,
        Law::Gamma { shape, scale: by } | Law::Weibull { shape, scale: by } => shaped(*shape) && scale(*by),
        Law::Pareto { alpha, minimum } => (1e-3..=1e6).contains(alpha) && scale(*minimum),
        Law::Empirical(values) => values.iter().all(|x| value(*x)),
        Law::Points(points) => {
            points.knots.iter().all(|k| value(k.0)) && points.tail.as_ref().is_none_or(is_sound)
        }
        Law::Least(laws) => laws.iter().all(is_sound),
    }
}

impl LawCompiler<'_> {
    /// The law, unless its numbers are so large or small that nothing is left of it.
    fn sound_law<T>(&mut self, shape: &LawShape, field: &Field<T>) -> Option<Law> {
        let law = self.law(shape)?;
        if is_sound(&law) {
            return Some(law);
        }
        if let Some((_, at)) = field.at() {
            let message = "the numbers of this law are too large or too small: nothing is left to draw from";
            self.reader
                .error(at, message)
                .help("a cv of at most about 30, shapes from 0.001 to 1e12, times within 292 years");
        }
        None
    }

    fn law(&mut self, shape: &LawShape) -> Option<Law> {
        match shape {
            Either::A(amount) => Some(Law::Constant(amount.0)),
            Either::B(table) => self.table(table),
        }
    }

    /// Faults of laws are noted where they arise; `None` says that some were.
    fn table(&mut self, t: &LawTable) -> Option<Law> {
        let forms = [
            ("exponential", t.exponential.given()),
            ("deterministic", t.deterministic.given()),
            ("erlang", t.erlang.given()),
            ("hyperexponential", t.hyperexponential.given()),
            ("uniform", t.uniform.given()),
            ("triangular", t.triangular.given()),
            ("lognormal", t.lognormal.given()),
            ("gamma", t.gamma.given()),
            ("weibull", t.weibull.given()),
            ("pareto", t.pareto.given()),
            ("empirical", t.empirical.given()),
            ("points", t.points.given()),
            ("least", t.least.given()),
        ];
        exactly_one(self.reader, t.here, "a law", &forms)?;
        for (name, field) in [("tail", t.tail.given()), ("cut", t.cut.given())] {
            if field && !t.points.given() {
                self.reader
                    .error(t.here, format!("`{name}` belongs to a law of `points`"));
            }
        }
        if t.exponential.given() {
            return self.positive(&t.exponential).map(Law::Exponential);
        }
        if t.deterministic.given() {
            return t.deterministic.get().map(|amount| Law::Constant(amount.0));
        }
        if let Some(erlang) = t.erlang.get() {
            let mean = self.positive(&erlang.mean);
            let (shape, at) = erlang.shape.at()?;
            if !(1..=1_000_000).contains(&shape.0) {
                let message = "the number of phases lies between 1 and 1,000,000";
                self.reader.error(at, message).found(shape.0.to_string());
                return None;
            }
            return Some(Law::Erlang {
                shape: shape.0 as u32,
                mean: mean?,
            });
        }
        if let Some(branches) = t.hyperexponential.get() {
            let mut out = Vec::new();
            for branch in branches {
                let mean = self.positive(&branch.value.mean);
                out.push((branch.value.share.get()?.0, mean?));
            }
            sums_to_one(
                self.reader,
                t.hyperexponential.place_or(t.here),
                "shares",
                out.iter().map(|b| b.0),
            )?;
            return Some(Law::Hyperexponential(out));
        }
        if let Some((ends, at)) = t.uniform.at() {
            let [low, high] = ends.as_slice() else {
                let message = "a uniform law has two ends, such as [\"0s\", \"2s\"]";
                self.reader
                    .error(at, message)
                    .found(format!("{} values", ends.len()));
                return None;
            };
            let (low, high) = (low.value.0, high.value.0);
            if low >= high {
                self.reader
                    .error(at, "the first end of a uniform law must lie below the second");
                return None;
            }
            return Some(Law::Uniform { low, high });
        }
        if let Some(triangular) = t.triangular.get() {
            return self.triangular(triangular);
        }
        if let Some(lognormal) = t.lognormal.get() {
            return self.lognormal(lognormal);
        }
        if let Some(gamma) = t.gamma.get() {
            return self.gamma(gamma);
        }
        if let Some(weibull) = t.weibull.get() {
            return self.weibull(weibull);
        }
        if let Some(pareto) = t.pareto.get() {
            return self.pareto(pareto);
        }
        if let Some((empirical, at)) = t.empirical.at() {
            let values = match empirical {
                Either::A(list) => list.iter().map(|x| x.value.0).collect(),
                Either::B(file) => self.column(file)?,
            };
            if values.is_empty() {
                self.reader.error(at, "an empirical law needs at least one value");
                return None;
            }
            return Some(Law::Empirical(values.into()));
        }
        if let Some((laws, at)) = t.least.at() {
            return self.least(laws, at);
        }
        self.points(t)
    }

    fn triangular(&mut self, t: &TriangularTable) -> Option<Law> {
        let (low, _) = t.minimum.at()?;
        let (mode, mode_at) = t.mode.at()?;
        let (high, high_at) = t.maximum.at()?;
        let (low, mode, high) = (low.0, mode.0, high.0);
        if low >= high {
            self.reader.error(
                high_at,
                "`maximum` of a triangular law must lie above its `minimum`",
            );
            return None;
        }
        if mode < low || mode > high {
            let message = "`mode` of a triangular law lies between its `minimum` and its `maximum`";
            self.reader.error(mode_at, message);
            return None;
        }
        Some(Law::Triangular { low, mode, high })
    }

    fn least(&mut self, laws: &[At<LawShape>], at: Origin) -> Option<Law> {
        if laws.is_empty() {
            let fault = self.reader.error(at, "the least of no laws at all is nothing");
            fault.help("least = [{ exponential = \"5m\" }, \"10m\"]");
            return None;
        }
        // The faults of all of them are noted.
        let laws: Vec<Option<Law>> = laws.iter().map(|law| self.law(&law.value)).collect();
        Some(Law::Least(laws.into_iter().collect::<Option<_>>()?))
    }

    fn lognormal(&mut self, t: &LognormalTable) -> Option<Law> {
        let middle = [("mean", t.mean.given()), ("median", t.median.given())];
        let spread = [("cv", t.cv.given()), ("sigma", t.sigma.given())];
        let one = exactly_one(self.reader, t.here, "`lognormal`", &middle);
        exactly_one(self.reader, t.here, "`lognormal`", &spread)?;
        one?;
        // sigma^2 = ln(1 + cv^2), mean = exp(mu + sigma^2/2), median = exp(mu) (Johnson, Kotz and Balakrishnan, 1994).
        let sigma = match (t.cv.get(), t.sigma.get()) {
            (Some(cv), _) => libm::sqrt(libm::log1p(cv.0 * cv.0)),
            (None, sigma) => sigma?.0,
        };
        let mu = if t.mean.given() {
            libm::log(self.positive(&t.mean)?) - sigma * sigma / 2.0
        } else {
            libm::log(self.positive(&t.median)?)
        };
        Some(Law::Lognormal { mu, sigma })
    }

    fn gamma(&mut self, t: &GammaTable) -> Option<Law> {
        exactly_one(
            self.reader,
            t.here,
            "`gamma`",
            &[("cv", t.cv.given()), ("shape", t.shape.given())],
        )?;
        let mean = self.positive(&t.mean)?;
        // mean = shape x scale, cv = 1/sqrt(shape) (Johnson, Kotz and Balakrishnan, 1994).
        let shape = match (t.cv.get(), t.shape.get()) {
            (Some(cv), _) => 1.0 / (cv.0 * cv.0),
            (None, shape) => shape?.0,
        };
        Some(Law::Gamma {
            shape,
            scale: mean / shape,
        })
    }

    fn weibull(&mut self, t: &WeibullTable) -> Option<Law> {
        exactly_one(
            self.reader,
            t.here,
            "`weibull`",
            &[("mean", t.mean.given()), ("scale", t.scale.given())],
        )?;
        let (shape, at) = t.shape.at()?;
        let shape = shape.0;
        // mean = scale x Gamma(1 + 1/shape) (Johnson, Kotz and Balakrishnan, 1994).
        let scale = if t.scale.given() {
            self.positive(&t.scale)?
        } else {
            self.positive(&t.mean)? / libm::tgamma(1.0 + 1.0 / shape)
        };
        if !(scale > 0.0 && scale.is_finite()) {
            self.reader
                .error(at, "this shape is too small for a mean")
                .found(shape.to_string());
            return None;
        }
        Some(Law::Weibull { shape, scale })
    }

    fn pareto(&mut self, t: &ParetoTable) -> Option<Law> {
        exactly_one(
            self.reader,
            t.here,
            "`pareto`",
            &[("minimum", t.minimum.given()), ("mean", t.mean.given())],
        )?;
        let (alpha, at) = t.alpha.at()?;
        let alpha = alpha.0;
        if t.minimum.given() {
            return Some(Law::Pareto {
                alpha,
                minimum: self.positive(&t.minimum)?,
            });
        }
        if alpha <= 1.0 {
            let fault = self
                .reader
                .error(at, "a Pareto law has a mean only with alpha above 1");
            fault
                .found(alpha.to_string())
                .help("give `minimum` instead of `mean`");
            return None;
        }
        // mean = alpha x minimum/(alpha - 1) (Johnson, Kotz and Balakrishnan, 1994).
        Some(Law::Pareto {
            alpha,
            minimum: self.positive(&t.mean)? * (alpha - 1.0) / alpha,
        })
    }

    fn points(&mut self, t: &LawTable) -> Option<Law> {
        let (points, at) = t.points.at()?;
        let knots = self.knots(points, at);
        let tail = t.tail.at().map(|(shape, at)| (self.law(shape), at));
        let cut = match t.cut.at() {
            Some(_) => self.positive(&t.cut)?,
            None => f64::INFINITY,
        };
        let knots = knots?;
        let &(last, reached) = knots.last()?;
        let tail = match tail {
            None => None,
            Some((law, at)) => Some((law?, at)),
        };
        if reached < 1.0 && tail.is_none() && !t.tail.given() {
            let message = format!("the points reach only {reached}: a `tail` is needed for the rest");
            self.reader
                .error(at, message)
                .help("add a point with 1.0, or tail = a law");
            return None;
        }
        for (name, field) in [
            ("tail", t.tail.given().then(|| t.tail.place_or(at))),
            ("cut", t.cut.given().then(|| t.cut.place_or(at))),
        ] {
            if let Some(at) = field
                && reached >= 1.0
            {
                let message = format!(
                    "this `{name}` is of no use: the points reach 1, so no value lies behind the last"
                );
                self.reader.warning(at, message);
            }
        }
        if cut <= last {
            self.reader
                .error(t.cut.place_or(at), "`cut` must lie behind the last point");
            return None;
        }
        if let Some((law, at)) = &tail {
            let (low, high) = support(law);
            if high <= last || low >= cut {
                self.reader
                    .error(*at, "this tail has nothing between the last point and the cut");
                return None;
            }
        }
        Some(Law::Points(std::sync::Arc::new(Points {
            knots,
            tail: tail.map(|t| t.0),
            cut,
        })))
    }

    /// Points in ascending order, checked.
    fn knots(&mut self, points: &Named<Share>, at: Origin) -> Option<Vec<(f64, f64)>> {
        let mut knots = Vec::new();
        for entry in &points.0 {
            let value = match self.unit {
                Unit::Seconds => parse_duration(&entry.key).map(|d| d.seconds),
                Unit::Plain => match entry.key.parse::<f64>() {
                    Ok(x) if x >= 0.0 && x.is_finite() => Ok(x),
                    _ => Err("expected a number of at least 0".into()),
                },
            };
            match value {
                Ok(value) => knots.push((value, entry.value?.0, entry.key_at)),
                Err(why) => {
                    let fault = self.reader.error(entry.key_at, why.message);
                    fault.found(format!("`{}`", entry.key)).suggestion = why.help;
                    return None;
                }
            }
        }
        if knots.is_empty() {
            self.reader.error(at, "a law of points needs at least one point");
            return None;
        }
        knots.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in knots.windows(2) {
            if pair[0].0 == pair[1].0 {
                self.reader.error(pair[1].2, "this point stands here twice");
                return None;
            }
            if pair[0].1 > pair[1].1 {
                let message = "the probabilities of a law of points must rise with the values";
                self.reader
                    .error(pair[1].2, message)
                    .found(format!("{} after {}", pair[1].1, pair[0].1));
                return None;
            }
        }
        Some(
            knots
                .into_iter()
                .map(|(value, share, _)| (value, share))
                .collect(),
        )
    }

    fn column(&mut self, file: &EmpiricalFile) -> Option<Vec<f64>> {
        let (path, at) = file.file.at()?;
        let (name, name_at) = file.column.at()?;
        let factor = match (self.unit, file.unit.at()) {
            (Unit::Plain, None) => 1.0,
            (Unit::Plain, Some((_, at))) => {
                self.reader.error(at, "these numbers have no unit");
                return None;
            }
            (Unit::Seconds, Some((unit, at))) => {
                let Some(ns) = unit_ns(&unit.0) else {
                    let fault = self.reader.error(at, "expected a unit of time");
                    fault
                        .found(format!("\"{}\"", unit.0))
                        .help("units are ns us ms s m h d w");
                    return None;
                };
                ns as f64 / 1e9
            }
            (Unit::Seconds, None) => {
                if !file.unit.given() {
                    let fault = self
                        .reader
                        .error(file.here, "the numbers of the column need a `unit`");
                    fault.help("such as unit = \"s\"");
                }
                return None;
            }
        };
        let csv = self.csv.open(self.reader, &path.0, at)?;
        let column = csv.column(self.reader, &name.0, name_at)?;
        let mut values = Vec::with_capacity(csv.len());
        let mut whole = true;
        let mut rows = csv.rows(self.reader, at)?;
        while let Some(row) = rows.next() {
            match csv.number(self.reader, row, column) {
                Some(x) => values.push(x * factor),
                None => whole = false,
            }
        }
        whole.then_some(values)
    }

    /// A value above 0.
    fn positive(&mut self, field: &Field<Amount>) -> Option<f64> {
        let (amount, at) = field.at()?;
        let value = amount.0;
        if value > 0.0 {
            return Some(value);
        }
        self.reader.error(at, "this must be above 0").found("0");
        None
    }
}

/// The value that half of a law is below; of few phases or points, about that.
pub(crate) fn median(law: &Law) -> f64 {
    const LN_2: f64 = std::f64::consts::LN_2;
    match law {
        Law::Constant(x) => *x,
        // The median of a sum of exponentials lies between that of one and the mean.
        Law::Exponential(mean) | Law::Erlang { mean, .. } => mean * LN_2,
        // The branch that the middle falls into, by mean.
        Law::Hyperexponential(branches) => {
            let mut by_mean = branches.clone();
            by_mean.sort_by(|a, b| a.1.total_cmp(&b.1));
            let mut below = 0.0;
            for (share, mean) in by_mean {
                below += share;
                if below >= 0.5 {
                    return mean * LN_2;
                }
            }
            0.0
        }
        Law::Uniform { low, high } => f64::midpoint(*low, *high),
        Law::Triangular { low, mode, high } => (low + mode + high) / 3.0,
        // Of n exponentials alike, the median of the least is the n-th part.
        Law::Least(laws) => laws.iter().map(median).fold(f64::INFINITY, f64::min) / laws.len() as f64,
        Law::Lognormal { mu, .. } => libm::exp(*mu),
        // Near 0 the distribution function is x^shape / Gamma(1 + shape); above shape 1 the median is near the mean.
        Law::Gamma { shape, scale } if *shape < 1.0 => {
            scale * libm::pow(0.5 * libm::tgamma(1.0 + shape), 1.0 / shape)
        }
        Law::Gamma { shape, scale } => shape * scale * LN_2,
        Law::Weibull { shape, scale } => scale * libm::pow(LN_2, 1.0 / shape),
        Law::Pareto { alpha, minimum } => minimum * libm::pow(2.0, 1.0 / alpha),
        Law::Empirical(values) => {
            let mut sorted = values.to_vec();
            sorted.sort_by(f64::total_cmp);
            sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
        }
        Law::Points(points) => {
            let mut before = (0.0, 0.0);
            for &(value, below) in &points.knots {
                if below >= 0.5 {
                    let step = (0.5 - before.1) / (below - before.1).max(f64::MIN_POSITIVE);
                    return before.0 + (value - before.0) * step.clamp(0.0, 1.0);
                }
                before = (value, below);
            }
            before.0
        }
    }
}

/// Values between which a law lies, roughly: wide enough never to exclude anything.
pub(crate) fn support(law: &Law) -> (f64, f64) {
    match law {
        Law::Constant(x) => (*x, *x),
        Law::Uniform { low, high } | Law::Triangular { low, high, .. } => (*low, *high),
        Law::Least(laws) => laws
            .iter()
            .map(support)
            .fold((f64::INFINITY, f64::INFINITY), |(l, h), (low, high)| {
                (l.min(low), h.min(high))
            }),
        Law::Pareto { minimum, .. } => (*minimum, f64::INFINITY),
        Law::Empirical(values) => values
            .iter()
            .fold((f64::INFINITY, 0.0), |(l, h), &x| (l.min(x), h.max(x))),
        Law::Points(points) => match points.knots.last() {
            Some(&(last, reached)) if reached >= 1.0 => (0.0, last),
            _ => (0.0, points.cut),
        },
        _ => (0.0, f64::INFINITY),
    }
}

/// The `cut` of a law: of several by which a least is bounded, the first.
pub(crate) fn cut(law: &Law) -> Option<f64> {
    match law {
        Law::Points(points) => points.cut.is_finite().then_some(points.cut),
        Law::Least(laws) => laws.iter().filter_map(cut).reduce(f64::min),
        _ => None,
    }
}

/// Notes a fault unless exactly one of the named fields is given.
pub(crate) fn exactly_one(
    reader: &mut Reader,
    here: Origin,
    label: &str,
    forms: &[(&'static str, bool)],
) -> Option<&'static str> {
    let given: Vec<&'static str> = forms.iter().filter(|f| f.1).map(|f| f.0).collect();
    if let [one] = given.as_slice() {
        return Some(one);
    }
    let names: Vec<String> = forms.iter().map(|f| format!("`{}`", f.0)).collect();
    let message = format!("{label} takes exactly one of {}", names.join(", "));
    if given.is_empty() {
        // One that was written under another name may be meant.
        let meant = |key: &str| reader.mistaken(here, key);
        if !reader.broken_syntax && !meant("") && !forms.iter().any(|f| meant(f.0)) {
            reader.error(here, message).found("none");
        }
    } else {
        let found: Vec<String> = given.iter().map(|g| format!("`{g}`")).collect();
        reader.error(here, message).found(found.join(" and "));
    }
    None
}

/// Notes a fault unless these sum to 1 within 1e-9.
pub(crate) fn sums_to_one(
    reader: &mut Reader,
    at: Origin,
    what: &str,
    shares: impl Iterator<Item = f64>,
) -> Option<()> {
    let sum: f64 = shares.sum();
    if (sum - 1.0).abs() <= 1e-9 {
        return Some(());
    }
    // Ten digits hide the rounding of a sum of decimals and show what is missing.
    reader
        .error(at, format!("these {what} must sum to 1"))
        .found(format!("a sum of {}", (sum * 1e10).round() / 1e10));
    None
}
