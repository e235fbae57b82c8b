//! The queue on simrs: one component, an event per arrival, end of service and end of patience. The crate cannot cancel.

use ashcloud_peers::{Fate, Queue, Station, report};
use simrs::{Component, ComponentId, Executor, Key, Scheduler, Simulation, State};

#[derive(Debug)]
enum Event {
    Arrival,
    Departure,
    GivesUp(u64),
}

struct Centre(Key<Station>);

impl Component for Centre {
    type Event = Event;

    fn process_event(
        &self,
        me: ComponentId<Event>,
        event: &Event,
        scheduler: &mut Scheduler,
        state: &mut State,
    ) {
        let now = scheduler.time().as_nanos() as u64;
        let station = state.get_mut(self.0).expect("the station stays");
        match event {
            Event::Arrival => {
                match station.arrive(now) {
                    Fate::Served(service) => scheduler.schedule(service, me, Event::Departure),
                    Fate::Waits(number, Some(patience)) => {
                        scheduler.schedule(patience, me, Event::GivesUp(number));
                    }
                    Fate::Waits(_, None) => {}
                }
                if let Some(gap) = station.gap() {
                    scheduler.schedule(gap, me, Event::Arrival);
                }
            }
            Event::Departure => {
                if let Some(service) = station.depart(now) {
                    scheduler.schedule(service, me, Event::Departure);
                }
            }
            Event::GivesUp(number) => station.give_up(*number, now),
        }
    }
}

fn main() {
    let queue = Queue::from_arguments();
    report("simrs", queue, || {
        let mut simulation = Simulation::default();
        let mut station = Station::new(queue);
        let gap = station.gap();
        let station = simulation.state.insert(station);
        let centre = simulation.add_component(Centre(station));
        if let Some(gap) = gap {
            simulation.schedule(gap, centre, Event::Arrival);
        }
        simulation.execute(Executor::unbound());
        simulation
            .state
            .get(station)
            .expect("the station stays")
            .mean_wait()
    });
}
