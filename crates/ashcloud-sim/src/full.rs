//! The driver for everything: a house, its traffic and a list of finishes, in the order of their times.

use ashcloud_core::{Output, Rank, Time};
use ashcloud_house::finishes::Finishes;
use ashcloud_house::{House, Observer, Watch};
use ashcloud_scenario::spec::Model;
use ashcloud_stats::Recorder;

use crate::replicate::{Driver, Patience};

/// One replication after another through a house.
pub(crate) struct Full {
    house: House<Finishes>,
    until_clear: bool,
}

impl Driver for Full {
    fn run(&mut self, seed: u64, replication: u64, mut patience: Patience<'_>) -> bool {
        let house = &mut self.house;
        house.agents().clear();
        house.begin(seed, replication);
        let mut now = Time::ZERO;
        loop {
            if patience.ends() {
                return false;
            }
            let (done, agent) = house.agents().first();
            let (own, own_rank) = house.next(now);
            // Who comes back goes before who comes for the first time.
            let mut first = (done, Rank::Finish, false);
            if (own, own_rank) < (first.0, first.1) {
                first = (own, own_rank, true);
            }
            for (at, rank) in [
                (house.next_arrival(), Rank::Arrive),
                (house.observer().next_look(), Rank::Observe),
            ] {
                if (at, rank) < (first.0, first.1) {
                    first = (at, rank, false);
                }
            }
            let (at, rank, is_own) = first;
            if house.is_over(at) {
                break;
            }
            house.advance(at);
            now = at;
            match rank {
                rank if is_own => house.settle(now, rank),
                Rank::Finish => {
                    house.agents().take(agent);
                    house.finish(now, agent);
                    house.agents().settle();
                }
                Rank::Observe => {
                    house.look_on(now);
                    continue;
                }
                _ => {
                    let arrived = house.take_arrival();
                    house.arrive(now, arrived.class, arrived.id, None);
                }
            }
            house.after(now);
            if self.until_clear && house.observer().cleared.is_some() {
                house.close(now);
                return true;
            }
        }
        house.close(house.end());
        true
    }

    fn recorder(&self) -> &Recorder {
        self.house.recorder()
    }

    fn recorder_mut(&mut self) -> &mut Recorder {
        self.house.recorder_mut()
    }

    fn observer(&self) -> Option<&Observer> {
        Some(self.house.observer())
    }
}

impl Full {
    pub(crate) fn new(model: &Model, recorder: Recorder, watch: Watch, until_clear: bool) -> Full {
        Full {
            house: House::new(model, recorder, watch, until_clear, Finishes::new(model)),
            until_clear,
        }
    }

    /// Runs a replication and returns every output of the router; `None` where patience ends first.
    pub(crate) fn log(
        &mut self,
        seed: u64,
        replication: u64,
        patience: Patience<'_>,
    ) -> Option<Vec<(Time, Output)>> {
        self.house.keep_log();
        let whole = self.run(seed, replication, patience);
        whole.then(|| self.house.take_log())
    }
}
