//! `replay`: the same organisation in real time.

mod check;
mod document;
mod text;

use std::time::{Duration, Instant};

use ashcloud_house::Watch;
use ashcloud_live::{Clock, Options, Outcome, Overload, Sweep, Trace, echo, knee, replay};
use ashcloud_scenario::spec::Compiled;
use ashcloud_sim::{Pool, Setup, experiment};
use ashcloud_stats::latency::{LogEntry, write_hlog};

use crate::cli::{ClockKind, ReplayArgs, Speed};
use crate::interrupt;
use crate::out::{self, Folder, Stop};
use crate::progress::Progress;
use crate::run::{Loaded, choose, load, parsed};

use document::{Document, Measured, Race};

/// Real time for everything, unless it is said.
const DURATION: Duration = Duration::from_secs(30);

/// Replays, and prints what was measured.
pub(crate) fn execute(args: &ReplayArgs) -> Result<u8, Stop> {
    let mut texts = args.set.clone();
    if let Some(seed) = args.seed {
        texts.push(format!("experiment.seed={seed}"));
    }
    let Loaded {
        scenario,
        sha256,
        warnings,
    } = load(&args.file, &parsed(&texts)?)?;
    let models = choose(&scenario, &args.model)?;
    if args.check {
        return check::execute(args, &scenario, &models);
    }
    if args.clock == ClockKind::Virtual && (args.speed.is_some() || args.sweep.is_some()) {
        return Err(Stop::faulty(
            "a jumping clock has no speed and no rate; leave out --clock virtual, --speed or --sweep",
        ));
    }
    if args.sweep.is_some() && args.overload == Overload::Block {
        return Err(Stop::faulty(
            "a sweep needs a policy that refuses what the mailbox cannot take; `block` holds the generator up instead",
        ));
    }
    if args.speed == Some(Speed::Max) && args.fault.is_some() {
        return Err(Stop::faulty(
            "--speed max measures a sound run; leave out --fault",
        ));
    }
    let folder = args.out.as_deref().map(Folder::new).transpose()?;
    interrupt::listen()?;
    let progress = Progress::new(args.progress, "measurements");
    let mut measured = Vec::new();
    for (place, &model) in models.iter().enumerate() {
        let tell = |share: f64| {
            let done = (place as f64 + share) * 1000.0 / models.len() as f64;
            progress.tell(done as u64, 1000);
        };
        tell(0.0);
        measured.push(measure(args, &scenario, model, models.len() as u32, &tell)?);
        if interrupt::asked() {
            break;
        }
    }
    progress.finish();

    let document = Document::new(args, &scenario, sha256, warnings, &models, &measured);
    let json = serde_json::to_string_pretty(&document)
        .map_err(|why| Stop::io(format!("cannot write the result: {why}")))?
        + "\n";
    let text = text::report(&document, out::style());
    let kept = match folder {
        None => Ok(()),
        Some(folder) => {
            let hlog = hlog(&scenario, &models, &measured)
                .map_err(|why| Stop::io(format!("cannot write the interval log: {why}")))?;
            folder.write(&[
                ("replay.json", &json),
                (
                    "report.txt",
                    &text::report(&document, ashcloud_report::Style::FILE),
                ),
                ("latency.hlog", &hlog),
            ])
        }
    };
    if let Err(stop) = &kept {
        out::say(&format!("{}; the result is printed instead", stop.message));
    }
    out::print(if args.json { &json } else { &text })?;
    if let Err(stop) = kept {
        return Ok(stop.code);
    }
    if interrupt::asked() {
        return Ok(interrupt::exit_code());
    }
    let invalid = document.models.iter().any(document::Model::is_invalid);
    Ok(if invalid { out::GATE } else { out::DONE })
}

/// One model's measurements, in its share of the time.
fn measure(
    args: &ReplayArgs,
    scenario: &Compiled,
    model: usize,
    models: u32,
    tell: &dyn Fn(f64),
) -> Result<Measured, Stop> {
    let lost = |why: ashcloud_live::Lost| Stop {
        code: out::GATE,
        message: why.to_string(),
    };
    let setup = setup(scenario, model);
    let time = args.duration.unwrap_or(DURATION) / models;
    let mut options = Options {
        clock: Clock::Virtual,
        queue: args.queue as usize,
        overload: args.overload,
        seed: setup.seed,
        replication: 0,
        duration: args.duration.map_or(Duration::from_hours(24), |all| all / models),
        fault: args.fault,
        log: false,
    };
    let trace = whole_trace(&setup, 0)?;
    if let Some(rates) = args.sweep {
        options.duration = time;
        let mut steps = 0;
        let mut told = |_: &ashcloud_live::Step| {
            steps += 1;
            tell(1.0 - 1.0 / f64::from(steps + 1));
        };
        let sweep = Sweep {
            rates,
            deadline: args.deadline,
            repeats: args.repeats,
        };
        let knee = knee(setup.model, trace, &options, sweep, &mut told, interrupt::asked);
        return knee.map(|knee| Measured::Knee(Box::new(knee))).map_err(lost);
    }
    if args.speed == Some(Speed::Max) {
        return race(args, &setup, &options, time, tell).map_err(lost);
    }
    if args.clock == ClockKind::Virtual {
        let outcome = replay(setup.model, &trace, &options, interrupt::asked);
        return Ok(Measured::Runs(vec![outcome.map_err(lost)?], None));
    }
    let each = time / args.repeats;
    let speed = match args.speed {
        Some(Speed::Times(speed)) => speed,
        // A little less than the time, for everything to be decided in it.
        _ => trace.end.seconds() / (0.98 * each.as_secs_f64()),
    };
    options.clock = Clock::Paced(speed);
    options.duration = each;
    let mut runs = Vec::new();
    for repeat in 0..args.repeats {
        tell(f64::from(repeat) / f64::from(args.repeats));
        let outcome = replay(setup.model, &trace, &options, interrupt::asked).map_err(lost)?;
        runs.push(outcome);
        if interrupt::asked() {
            break;
        }
    }
    Ok(Measured::Runs(runs, Some(speed)))
}

/// All comments of a replication.
fn whole_trace(setup: &Setup<'_>, replication: u64) -> Result<Trace, Stop> {
    let trace = Trace::new(setup.model, setup.seed, replication);
    if trace.is_cut() {
        return Err(Stop::faulty(
            "a trace holds at most 50 million comments; shorten the horizon",
        ));
    }
    Ok(trace)
}

/// What a replay needs of a scenario: what is watched from outside is the simulator's affair.
fn setup(scenario: &Compiled, model: usize) -> Setup<'_> {
    Setup {
        watch: Watch::default(),
        until_clear: false,
        ..experiment::setup(scenario, model)
    }
}

/// A flood, a bare echo and the simulator on one thread, turn about, each for its share of the time and at least once.
fn race(
    args: &ReplayArgs,
    setup: &Setup<'_>,
    options: &Options,
    time: Duration,
    tell: &dyn Fn(f64),
) -> Result<Measured, ashcloud_live::Lost> {
    let each = time / args.repeats / 3;
    let agents = setup.model.plan.staff();
    let flood = Options {
        clock: Clock::Flood,
        overload: Overload::Block,
        duration: Duration::from_hours(1),
        ..options.clone()
    };
    let pool = Pool::new(setup.clone(), 1);
    let mut rounds = Vec::new();
    for repeat in 0..args.repeats {
        tell(f64::from(repeat) / f64::from(args.repeats));
        let mut round = Race::default();
        let mut number = 0;
        let begun = Instant::now();
        while number == 0 || begun.elapsed() < each {
            let trace = Trace::new(setup.model, setup.seed, number);
            let pass = Options {
                replication: number,
                ..flood.clone()
            };
            let one = replay(setup.model, &trace, &pass, interrupt::asked)?;
            round.live.add(one.decided, one.elapsed);
            round.turns += one.rounds;
            round.decisions += one.router_decisions;
            number += 1;
            if interrupt::asked() {
                break;
            }
        }
        for replication in 0..number {
            let trace = Trace::new(setup.model, setup.seed, replication);
            let batch = round.batch().round() as usize;
            let time = echo(&trace, options.queue, agents as usize, batch);
            round.echo.add(trace.comments.len() as u64, time);
            let begun = Instant::now();
            let at = replication as u32;
            let _: Vec<()> = pool.run(at, at + 1, &|| false, &|_| ());
            round.simulator.add(trace.comments.len() as u64, begun.elapsed());
        }
        rounds.push(round);
        if interrupt::asked() {
            break;
        }
    }
    Ok(Measured::Race(rounds))
}

/// All latencies as an interval log; a tag per model, repeat and kind.
fn hlog(scenario: &Compiled, models: &[usize], measured: &[Measured]) -> std::io::Result<String> {
    let mut entries = Vec::new();
    for (&model, measured) in models.iter().zip(measured) {
        let name = &scenario.models[model].name;
        let runs: Vec<(String, &Outcome)> = match measured {
            Measured::Runs(runs, _) => runs
                .iter()
                .enumerate()
                .map(|(i, run)| (format!("{name}-{}", i + 1), run))
                .collect(),
            Measured::Knee(knee) => {
                let steps = knee.steps.iter().chain(&knee.half);
                steps
                    .map(|step| (format!("{name}-at-{:.0}", step.rate), &step.outcome))
                    .collect()
            }
            Measured::Race(_) => Vec::new(),
        };
        for (name, run) in runs {
            for (kind, latencies) in [
                ("from-intended", &run.from_intended),
                ("from-send", &run.from_send),
                ("generator-lag", &run.lag),
            ] {
                entries.push((format!("{name}-{kind}"), run.elapsed, latencies));
            }
        }
    }
    let entries: Vec<LogEntry<'_>> = entries
        .iter()
        .map(|(tag, lasted, latencies)| LogEntry {
            tag,
            from: Duration::ZERO,
            lasted: *lasted,
            latencies,
        })
        .collect();
    let mut text = Vec::new();
    write_hlog(
        &mut text,
        "ashcloud replay: latencies of decisions, in nanoseconds",
        &entries,
    )?;
    String::from_utf8(text).map_err(std::io::Error::other)
}
