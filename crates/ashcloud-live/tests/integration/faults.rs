//! Nobody is lost under any overload policy, whatever goes wrong.

use std::time::Duration;

use ashcloud_live::{Clock, Fault, Options, Outcome, Overload, Trace, replay};
use ashcloud_sim::experiment::setup;

use crate::compile;

const DESK: &str = r#"
    horizon = "100s"
    [queue]
    arrivals = { pieces = [{ for = "50s", rate = "400 per s" }] }
    service = { exponential = "1s" }
    agents = 360
    patience = { exponential = "5s" }
"#;

/// A sound run that blocks where the mailbox is full.
fn options(clock: Clock, duration: Duration) -> Options {
    Options {
        clock,
        queue: 64,
        overload: Overload::Block,
        seed: 1,
        replication: 0,
        duration,
        fault: None,
        log: false,
    }
}

/// 20,000 comments in half a second at most.
fn run(clock: Clock, queue: usize, overload: Overload, fault: Option<Fault>) -> Outcome {
    let scenario = compile(DESK);
    let setup = setup(&scenario, 0);
    let duration = if clock == Clock::Virtual {
        Duration::from_mins(1)
    } else {
        Duration::from_millis(500)
    };
    let options = Options {
        queue,
        overload,
        fault,
        ..options(clock, duration)
    };
    let trace = Trace::new(setup.model, 1, 0);
    // That nobody is lost is asserted in there: the mailbox's books by `conserve`, the house's by the census.
    let outcome = replay(setup.model, &trace, &options, || false).expect("nobody is lost");
    assert!(!outcome.spared, "what was to go wrong did");
    let c = outcome.census;
    assert!(c.arrived >= outcome.decided);
    assert_eq!(
        c.arrived,
        c.waiting + c.in_work + c.answered + c.left,
        "one queue has no other ends"
    );
    assert_eq!(
        outcome.sent,
        outcome.decided + outcome.expired + outcome.in_mailbox
    );
    outcome
}

const CLOCKS: [Clock; 3] = [Clock::Virtual, Clock::Paced(250.0), Clock::Flood];
const OVERLOADS: [Overload; 4] = [
    Overload::Block,
    Overload::Shed,
    Overload::Expire(Duration::from_millis(20)),
    Overload::Deflect,
];

#[test]
fn nobody_is_lost() {
    for clock in CLOCKS {
        for overload in OVERLOADS {
            for queue in [1, 64] {
                let outcome = run(clock, queue, overload, None);
                assert!(outcome.decided > 0 && !outcome.shut_down);
                assert_eq!(outcome.lost_agents, 0);
                if clock == Clock::Virtual || overload == Overload::Block {
                    assert_eq!(outcome.shed + outcome.deflected + outcome.expired, 0);
                }
                if let Clock::Paced(_) = clock {
                    assert_eq!(outcome.from_intended.count(), outcome.decided);
                }
            }
        }
    }
}

#[test]
fn agents_who_never_return_and_agents_who_panic() {
    for clock in CLOCKS {
        for overload in OVERLOADS {
            let outcome = run(clock, 64, overload, Some(Fault::Hangs));
            // Everybody else is done long before the scenario's end, up to which the clocks but the paced one run.
            let stuck = |outcome: &Outcome| match clock {
                Clock::Paced(_) => outcome.census.in_work >= 1,
                Clock::Virtual | Clock::Flood => outcome.census.in_work == 1,
            };
            assert!(stuck(&outcome), "what the agent had in hand stays in hand");
            let outcome = run(clock, 64, overload, Some(Fault::Panics));
            assert!(stuck(&outcome) && outcome.lost_agents == 1);
        }
    }
}

#[test]
fn a_consumer_that_stands_still() {
    let stall = Some(Fault::Stalls(Duration::from_millis(100)));
    let paced = Clock::Paced(250.0);
    let blocked = run(paced, 64, Overload::Block, stall);
    // The generator was held up, which its own lag does not show but the latency from the intended arrival does.
    assert_eq!(blocked.shed, 0);
    assert!(blocked.from_intended.max() > Some(90_000_000));
    assert!(run(paced, 64, Overload::Shed, stall).shed > 0);
    assert!(run(paced, 64, Overload::Deflect, stall).deflected > 0);
    let expired = run(paced, 1 << 20, Overload::Expire(Duration::from_millis(20)), stall);
    assert!(expired.expired > 0 && expired.shed == 0);
}

#[test]
fn a_shut_down_in_mid_storm() {
    for clock in CLOCKS {
        for overload in OVERLOADS {
            let outcome = run(clock, 64, overload, Some(Fault::ShutsDown));
            assert!(outcome.shut_down && outcome.decided < 20_000);
        }
    }
}

#[test]
fn a_fault_that_never_came_is_told() {
    let scenario = compile(DESK);
    let setup = setup(&scenario, 0);
    // The middle comment comes later.
    let options = Options {
        fault: Some(Fault::Hangs),
        ..options(Clock::Paced(250.0), Duration::from_millis(10))
    };
    let trace = Trace::new(setup.model, 1, 0);
    let outcome = replay(setup.model, &trace, &options, || false).expect("nobody is lost");
    assert!(outcome.spared);
}

#[test]
fn whoever_asks_to_stop_is_heard() {
    let scenario = compile(DESK);
    let setup = setup(&scenario, 0);
    let options = options(Clock::Paced(0.001), Duration::from_hours(1));
    let trace = Trace::new(setup.model, 1, 0);
    let outcome = replay(setup.model, &trace, &options, || true).expect("nobody is lost");
    assert!(outcome.shut_down);
}
