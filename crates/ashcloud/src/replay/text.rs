//! The result of a replay, as people read it.

use ashcloud_report::{Style, numbers, sparkline};

use super::document::{Document, Model, Percentiles, RaceRow, Run};

/// The whole report.
pub(super) fn report(document: &Document, style: Style) -> String {
    let mut text = format!(
        "{}\n{}: replayed in real time; the mailbox holds {}, overload: {}\n",
        document.scenario.title,
        document.scenario.file,
        whole(u64::from(document.queue)),
        document.overload
    );
    for model in &document.models {
        text += "\n";
        text += &match (&model.race, &model.knee) {
            (Some(race), _) => raced(model, race),
            (_, Some(_)) => swept(model, document.deadline_s),
            _ => replayed(model, document.deadline_s, style),
        };
    }
    text
}

/// Repeats of a replay.
fn replayed(model: &Model, deadline: f64, style: Style) -> String {
    let pace = match model.speed {
        Some(speed) => format!("{} times as fast as it happened", numbers::grouped(speed, 0)),
        None => "on a clock that jumps".into(),
    };
    let mut text = format!("{}: {pace}\n", model.model);
    for (i, run) in model.runs.iter().enumerate() {
        text += &counts(&format!("run {}", i + 1), run);
        if model.speed.is_none() {
            text += &format!("  {} in real time\n", numbers::duration(run.cpu_process_s));
            continue;
        }
        if run.offered == 0 {
            text += "  INVALID: no comment came in this time; raise --speed or --duration\n";
            continue;
        }
        text += &format!(
            "  {} comments a second offered, {} of them brought in time; {} decided within {}\n",
            numbers::count(run.offered as f64 / (run.interval_s * run.intervals.len() as f64).max(1e-9)),
            numbers::share(run.presented_of_offered, 1),
            numbers::share(run.within_deadline, 2),
            numbers::duration(deadline)
        );
        text += &latencies(run);
        let depth: Vec<f64> = run.intervals.iter().map(|i| i.mailbox_at_most as f64).collect();
        if run.mailbox_at_most > 0 {
            text += &format!(
                "  mailbox over time |{}| at most {}\n",
                sparkline(&depth, depth.len(), style.unicode),
                whole(run.mailbox_at_most)
            );
        }
        let behind = numbers::duration(run.behind_s);
        text += &match run.recovery_s {
            _ if run.behind_s == 0.0 => "  never behind".to_string(),
            None => format!("  behind for {behind} in all, and at the end"),
            Some(0.0) => format!("  behind for {behind} in all, and not after the busiest moment"),
            Some(time) => format!(
                "  behind for {behind} in all, the last time {} after the busiest moment",
                numbers::duration(time)
            ),
        };
        text += &format!("; CPU {} deciding", numbers::duration(run.cpu_s));
        if let Some(bytes) = run.resident_bytes {
            text += &format!(", {} MiB resident", whole(bytes >> 20));
        }
        text += "\n";
        if let Some(why) = &run.invalid_because {
            text += &format!("  INVALID: {why}; these latencies must not be used\n");
        }
    }
    if let Some(p99) = &model.p99 {
        text += &format!(
            "  99 % of decisions within {} of the intended arrival{}, over {}\n",
            numbers::duration(p99.value),
            match (p99.lower, p99.upper) {
                (Some(lower), Some(upper)) =>
                    format!(" ({} to {})", numbers::duration(lower), numbers::duration(upper)),
                _ => String::new(),
            },
            match model.runs.iter().filter(|run| run.valid).count() {
                1 => "1 run".into(),
                n => format!("{n} runs"),
            }
        );
    }
    if model.speed.is_some_and(|speed| speed != 1.0) {
        text += "  Arrivals are compressed, the work of deciding is not: these figures tell what this machine\n  \
                 bears at this rate. How soon customers are answered is what `compare` tells.\n";
    }
    text
}

/// The steps of a sweep.
fn swept(model: &Model, deadline: f64) -> String {
    let mut text = format!(
        "{}: comments at an even pace\n  offered/s  decided/s  {:>11}      p50      p99      max  refused\n",
        model.model,
        format!("within {}", numbers::duration(deadline))
    );
    let row = |run: &Run| {
        let at = |f: fn(&Percentiles) -> f64| {
            run.from_intended
                .as_ref()
                .map_or("-".into(), |p| numbers::duration(f(p)))
        };
        let refused = run.shed + run.deflected + run.expired;
        let verdict = match (run.kept, &run.invalid_because) {
            (_, Some(_)) => "not offered",
            (Some(true), None) => "kept",
            _ => "not kept",
        };
        format!(
            "  {:>9}  {:>9}  {:>11}  {:>7}  {:>7}  {:>7}  {:>7}  {verdict}\n",
            whole(run.offered_rate.unwrap_or(0.0).round() as u64),
            whole(run.decisions_per_s.round() as u64),
            numbers::share(run.within_deadline, 1),
            at(|p| p.p50),
            at(|p| p.p99),
            at(|p| p.max),
            whole(refused),
        )
    };
    for run in &model.runs {
        text += &row(run);
    }
    let Some(knee) = &model.knee else { return text };
    match knee.rate {
        None if knee.interrupted => text += "  Interrupted before the knee was found.\n",
        None if model.runs.iter().all(|run| !run.valid) => {
            text +=
                "  Not even the lowest rate could be offered: the generator was late, or nothing comes.\n";
        }
        None => text += "  Not even the lowest rate was borne.\n",
        Some(rate) => {
            let rate = whole(rate.round() as u64);
            text += &if knee.beyond {
                format!(
                    "  The knee lies beyond {rate} comments a second; nothing higher was offered, or could be.\n"
                )
            } else {
                format!("  The knee: {rate} comments a second.\n")
            };
        }
    }
    if let Some(half) = &knee.half {
        text += "  Half of it:\n";
        text += &row(half);
    }
    if let Some(most) = model.runs.iter().max_by_key(|run| run.passes)
        && most.passes > 1
    {
        text += &format!(
            "  At {} a second the scenario's comments last {}; they were offered {} times over,\n  \
             each time to an empty house. A longer horizon makes longer runs.\n",
            whole(most.offered_rate.unwrap_or(0.0).round() as u64),
            numbers::duration(most.elapsed_s / f64::from(most.passes)),
            most.passes
        );
    }
    text
}

/// The driver beside an echo and the simulator.
fn raced(model: &Model, race: &RaceRow) -> String {
    format!(
        "{}: comments a second, medians of {} rounds\n  \
         in real time, as fast as it goes  {:>12}\n  \
         a bare echo of the messages       {:>12}, of which that is {:.2}\n  \
         the simulator, on one thread      {:>12}, of which that is {:.2}\n  \
         Driver and echo pass on {} comments before everybody has a turn.\n",
        model.model,
        race.rounds,
        whole(race.live_per_s.round() as u64),
        whole(race.echo_per_s.round() as u64),
        race.live_to_echo,
        whole(race.simulator_per_s.round() as u64),
        race.live_to_simulator,
        numbers::count(race.batch),
    )
}

fn counts(name: &str, run: &Run) -> String {
    let mut text = format!(
        "  {name}: {} offered, {} sent, {} decided;\n  {} shed, {} deflected, {} expired, {} waiting\n",
        whole(run.offered),
        whole(run.sent),
        whole(run.decided),
        whole(run.shed),
        whole(run.deflected),
        whole(run.expired),
        whole(run.waiting)
    );
    if run.shut_down {
        text += "  shut down before its end\n";
    }
    if run.lost_agents > 0 {
        text += &format!("  {} agents lost, with what they had in hand\n", run.lost_agents);
    }
    text
}

/// The percentiles as a table.
fn latencies(run: &Run) -> String {
    let mut text = format!(
        "  {:<24}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}\n",
        "", "p50", "p90", "p99", "p99.9", "p99.99", "max"
    );
    for (name, percentiles) in [
        ("from intended arrival", &run.from_intended),
        ("from sending", &run.from_send),
        ("generator's own lag", &run.lag),
    ] {
        let Some(p) = percentiles else { continue };
        text += &format!("  {name:<24}");
        for value in [p.p50, p.p90, p.p99, p.p99_9, p.p99_99, p.max] {
            text += &format!("{:>9}", numbers::duration(value));
        }
        text += "\n";
    }
    if let Some(p) = &run.from_intended {
        text += &format!("  {:<24}", "decisions beyond");
        for count in p.beyond {
            text += &format!("{:>9}", whole(count));
        }
        text += "\n";
    }
    text
}

fn whole(number: u64) -> String {
    numbers::grouped(number as f64, 0)
}
