//! Comments that beget comments, compiled.

use std::sync::Arc;

use crate::file::{ContagionClock, ContagionShape, KernelShape, StartWord, Stream as Shape};
use crate::law::exactly_one;
use crate::spec::{Contagion, Kernel, Start};
use crate::traffic::{TrafficCompiler, is_stationary};

impl TrafficCompiler<'_> {
    /// A stream's contagion; faults are noted.
    pub(crate) fn contagion(
        &mut self,
        shape: &ContagionShape,
        stream: &Shape,
        form: Option<&str>,
        weights: Option<&[f64; 168]>,
    ) -> Option<Contagion> {
        let kernel = shape.kernel.get().and_then(|kernel| self.kernel(kernel));
        let (offspring, at) = shape.offspring.at()?;
        if offspring.0 >= 1.0 {
            let message = "mean offspring must lie below 1: at 1 a storm never ends";
            self.reader.error(at, message).found(offspring.0.to_string());
        } else if offspring.0 >= 0.95 {
            self.reader
                .warning(at, "mean offspring this near to 1 makes storms that hardly end")
                .code("storms-hardly-end");
        }
        let by_followers = shape.by_followers.get().is_some_and(|b| b.0);
        if by_followers && !stream.followers.given() {
            let at = shape.by_followers.place_or(shape.here);
            self.reader
                .error(at, "`by_followers` needs the stream's `followers`");
        }
        let start = match shape.start.get() {
            Some(StartWord::Stationary) => Start::Stationary,
            _ => Start::Empty,
        };
        if start == Start::Stationary && form.is_some_and(|form| !is_stationary(form, stream)) {
            let message = "only a stationary source has a stationary contagion";
            self.reader
                .error(shape.start.place_or(shape.here), message)
                .help("start = \"empty\"");
        }
        let clock = match shape.clock.get() {
            Some(ContagionClock::Profile) => {
                if !stream.profile.given() && !stream.weekdays.given() {
                    let at = shape.clock.place_or(shape.here);
                    self.reader.error(
                        at,
                        "`clock = \"profile\"` needs the stream's `profile` or `weekdays`",
                    );
                    return None;
                }
                self.spend_hours(shape.here)?;
                Some(Arc::from(self.calendar.hourly(weights?, 1.0, self.end)))
            }
            _ => None,
        };
        Some(Contagion {
            offspring: offspring.0,
            kernel: kernel?,
            start,
            clock,
            by_followers,
        })
    }

    fn kernel(&mut self, shape: &KernelShape) -> Option<Kernel> {
        let forms = [
            ("exponential", shape.exponential.given()),
            ("power", shape.power.given()),
            ("lomax", shape.lomax.given()),
        ];
        let form = exactly_one(self.reader, shape.here, "a kernel", &forms)?;
        for (name, field) in [("flat", &shape.flat), ("cut", &shape.cut)] {
            if form != "power" && field.given() {
                self.reader.error(
                    field.place_or(shape.here),
                    format!("`{name}` belongs to a `power` kernel"),
                );
            } else if form == "power" && !field.given() && !self.reader.broken_syntax {
                self.reader
                    .error(shape.here, format!("a `power` kernel needs `{name}`, a duration"));
            }
        }
        match form {
            "exponential" => Some(Kernel::Exponential {
                mean: self.positive(&shape.exponential)?,
            }),
            "lomax" => {
                let lomax = shape.lomax.get()?;
                let c = self.positive(&lomax.c);
                Some(Kernel::Lomax {
                    theta: lomax.theta.get()?.0,
                    c: c?,
                })
            }
            _ => {
                let (exponent, at) = shape.power.at()?;
                if exponent.0 <= 1.0 {
                    self.reader
                        .error(at, "the exponent of a power law lies above 1")
                        .found(exponent.0.to_string());
                    return None;
                }
                let (flat, cut) = (self.positive(&shape.flat)?, self.positive(&shape.cut)?);
                if cut <= flat {
                    self.reader
                        .error(shape.cut.place_or(shape.here), "`cut` must lie behind `flat`");
                    return None;
                }
                Some(Kernel::Power {
                    flat,
                    exponent: exponent.0,
                    cut,
                })
            }
        }
    }
}
