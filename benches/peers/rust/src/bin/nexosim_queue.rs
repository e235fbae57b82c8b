//! The queue on `NeXosim`: one model that schedules its own events, an event per arrival, end of service and end of patience.

#![allow(
    clippy::unused_self,
    clippy::unused_async,
    reason = "the form of a method is the engine's"
)]

use ashcloud_peers::{Fate, Queue, Station, report};
use nexosim::model::{BuildContext, Context, Model, ProtoModel, schedulable};
use nexosim::ports::{EventSinkReader, Output, SinkState, event_slot};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

/// The model; what cannot be saved of it, the station, is its environment.
#[derive(Serialize, Deserialize)]
struct Centre {
    mean_wait: Output<f64>,
}

/// What the model is built of.
struct Plan {
    station: Station,
    mean_wait: Output<f64>,
}

impl ProtoModel for Plan {
    type Model = Centre;

    fn build(self, _: &mut BuildContext<Self>) -> (Centre, Station) {
        let centre = Centre {
            mean_wait: self.mean_wait,
        };
        (centre, self.station)
    }
}

fn now(context: &Context<Centre>) -> u64 {
    let time = context.time();
    time.as_secs() as u64 * 1_000_000_000 + u64::from(time.subsec_nanos())
}

#[Model(type Env = Station)]
impl Centre {
    #[nexosim(init)]
    async fn start(&mut self, context: &Context<Self>, station: &mut Station) {
        Self::expect_arrival(context, station);
    }

    fn expect_arrival(context: &Context<Self>, station: &mut Station) {
        if let Some(gap) = station.gap() {
            let done = context.schedule_event(gap, schedulable!(Self::arrival), ());
            done.expect("a gap is not zero");
        }
    }

    #[nexosim(schedulable)]
    fn arrival(&mut self, (): (), context: &Context<Self>, station: &mut Station) {
        let done = match station.arrive(now(context)) {
            Fate::Served(service) => context.schedule_event(service, schedulable!(Self::departure), ()),
            Fate::Waits(number, Some(patience)) => {
                context.schedule_event(patience, schedulable!(Self::gives_up), number)
            }
            Fate::Waits(_, None) => Ok(()),
        };
        done.expect("a time is not zero");
        Self::expect_arrival(context, station);
    }

    #[nexosim(schedulable)]
    async fn departure(&mut self, (): (), context: &Context<Self>, station: &mut Station) {
        if let Some(service) = station.depart(now(context)) {
            let done = context.schedule_event(service, schedulable!(Self::departure), ());
            done.expect("a service is not zero");
        } else if station.is_over() {
            self.mean_wait.send(station.mean_wait()).await;
        }
    }

    #[nexosim(schedulable)]
    fn gives_up(&mut self, number: u64, context: &Context<Self>, station: &mut Station) {
        station.give_up(number, now(context));
    }
}

fn main() {
    let queue = Queue::from_arguments();
    report("nexosim", queue, || {
        let (sink, mut result) = event_slot(SinkState::Enabled);
        let mut plan = Plan {
            station: Station::new(queue),
            mean_wait: Output::default(),
        };
        plan.mean_wait.connect_sink(sink);
        let bench = SimInit::with_num_threads(1).add_model(plan, Mailbox::new(), "centre");
        let mut simulation = bench.init(MonotonicTime::EPOCH).expect("one model");
        simulation.run().expect("nothing blocks");
        result.try_read().expect("the last departure tells")
    });
}
