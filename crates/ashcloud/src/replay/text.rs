//! The result of a replay, as people read it.

use ashcloud_report::{Style, numbers, one_line, sparkline, table_of, wrapped};

use super::document::{Document, Model, OverRuns, Percentiles, RaceRow, Ratio, Run, Spread};

/// The whole report.
pub(super) fn report(document: &Document, style: Style) -> String {
    let mut text = format!(
        "{}\n{}: replayed in real time; the mailbox holds {}, overload: {}\n",
        one_line(&document.scenario.title),
        one_line(&document.scenario.file),
        whole(u64::from(document.queue)),
        document.overload
    );
    for model in &document.models {
        text += "\n";
        text += &match (&model.race, &model.knee) {
            (Some(race), _) => raced(model, race),
            (_, Some(_)) => swept(model, document.deadline_s, style),
            _ => replayed(model, document.deadline_s, style),
        };
    }
    if !document.warnings.is_empty() {
        text += "\nWarnings:\n";
    }
    for warning in &document.warnings {
        text += &format!("  - {}\n", one_line(&warning.to_string()));
    }
    wrapped(&text, style)
}

/// Repeats of a replay.
fn replayed(model: &Model, deadline: f64, style: Style) -> String {
    let pace = match model.speed {
        Some(speed) => format!("{} times as fast as it happened", numbers::grouped(speed, 0)),
        None => "on a clock that jumps".into(),
    };
    let mut text = format!("{}: {pace}\n", one_line(&model.model));
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
        text += &latencies(run, style);
        let depth: Vec<f64> = run.intervals.iter().map(|i| i.mailbox_at_most as f64).collect();
        if run.mailbox_at_most > 0 {
            text += &format!(
                "  mailbox over time |{}| at most {}\n",
                // Beside the words.
                sparkline(&depth, style.width.saturating_sub(40), style.unicode),
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
        if let Some(stolen) = run.stolen_s.filter(|&time| time > 0.0) {
            text += &format!(
                "  the host took {} away from this machine's processors: the longest latencies may be the host's\n",
                numbers::duration(stolen)
            );
        }
        if let Some(why) = &run.invalid_because {
            text += &format!("  INVALID: {why}; these latencies must not be used\n");
        }
    }
    if let Some(over) = model.over_runs.as_ref().filter(|_| model.runs.len() > 1) {
        text += &over_runs(over, deadline);
    }
    if model.speed.is_some_and(|speed| speed != 1.0) {
        text += "  Arrivals are compressed, the work of deciding is not: these figures tell what this machine\n  \
                 bears at this rate. How soon customers are answered is what `compare` tells.\n";
    }
    text
}

/// What is told of, and how.
type Row<'a> = (&'a str, &'a Option<Spread>, &'a dyn Fn(f64) -> String);

/// What several runs have in common.
fn over_runs(over: &OverRuns, deadline: f64) -> String {
    let mut text = format!(
        "  {:<42}{:>10}   95 % interval\n",
        match over.runs {
            1 => "over the valid run".into(),
            n => format!("over {n} valid runs"),
        },
        "mean"
    );
    let in_time = format!("decided within {}", numbers::duration(deadline));
    let number = |value: f64| whole(value.round() as u64);
    let share = |value: f64| numbers::share(value, 2);
    let rows: [Row; 5] = [
        (
            "99 % decided, from intended arrival",
            &over.p99,
            &numbers::duration,
        ),
        ("comments decided a second", &over.comments_per_s, &number),
        (&in_time, &over.within_deadline, &share),
        ("behind", &over.behind_s, &numbers::duration),
        (
            "from the busiest moment to recovery",
            &over.recovery_s,
            &numbers::duration,
        ),
    ];
    for (name, spread, show) in rows {
        let Some(Spread { value, lower, upper }) = spread else {
            continue;
        };
        text += &format!("    {name:<40}{:>10}", show(*value));
        if let (Some(lower), Some(upper)) = (lower, upper) {
            text += &format!("   {} to {}", show(*lower), show(*upper));
        }
        text += "\n";
    }
    if over.recovery_s.is_none() {
        text += "    not every run recovered\n";
    }
    text
}

/// The steps of a sweep.
fn swept(model: &Model, deadline: f64, style: Style) -> String {
    let within = format!("within {}", numbers::duration(deadline));
    let heading = [
        "offered/s",
        "decided/s",
        &within,
        "p50",
        "p99",
        "p99 of passes, 95 %",
        "max",
        "refused",
        "deadline",
    ];
    let row = |run: &Run| -> Vec<String> {
        let at = |f: fn(&Percentiles) -> f64| {
            run.from_intended
                .as_ref()
                .map_or("-".into(), |p| numbers::duration(f(p)))
        };
        let between = match run.p99_over_passes {
            Some(Spread {
                lower: Some(lower),
                upper: Some(upper),
                ..
            }) => format!("{} to {}", numbers::duration(lower), numbers::duration(upper)),
            _ => "-".into(),
        };
        let verdict = match (run.kept, &run.invalid_because) {
            (_, Some(_)) => "invalid",
            (Some(true), None) => "kept",
            _ => "not kept",
        };
        vec![
            whole(run.offered_rate.unwrap_or(0.0).round() as u64),
            whole(run.comments_per_s.round() as u64),
            numbers::share(run.within_deadline, 1),
            at(|p| p.p50),
            at(|p| p.p99),
            between,
            at(|p| p.max),
            whole(run.shed + run.deflected + run.expired),
            verdict.into(),
        ]
    };
    let table = |runs: Vec<Vec<String>>| table_of(&heading, &runs, 2, style);
    let mut text = format!("{}: comments at an even pace\n", one_line(&model.model));
    text += &table(model.runs.iter().map(row).collect());
    let half = model.knee.iter().filter_map(|knee| knee.half.as_ref());
    let stolen: f64 = model.runs.iter().chain(half).filter_map(|run| run.stolen_s).sum();
    if stolen > 0.0 {
        text += &format!(
            "  The host took {} away from this machine's processors: the longest latencies may be the host's.\n",
            numbers::duration(stolen)
        );
    }
    let Some(knee) = &model.knee else { return text };
    match knee.rate {
        None if knee.interrupted => text += "  Interrupted before the knee was found.\n",
        None if model.runs.iter().all(|run| !run.valid) => {
            text += "  Not even the lowest rate could be tried: the generator was late, the host took time away, or nothing comes.\n";
        }
        None => text += "  Not even the lowest rate was borne.\n",
        Some(rate) => {
            let rate = whole(rate.round() as u64);
            text += &if knee.beyond {
                format!(
                    "  The knee lies beyond {rate} comments a second; nothing higher was tried, or could be judged.\n"
                )
            } else {
                format!("  The knee: {rate} comments a second.\n")
            };
        }
    }
    if let Some(half) = &knee.half {
        text += "  Half of it:\n";
        text += &table(vec![row(half)]);
    }
    if let Some(first) = model.runs.iter().find(|run| run.whole == Some(true)) {
        text += &format!(
            "  From {} a second on, each pass offers all comments of the scenario; a longer horizon makes longer passes.\n",
            whole(first.offered_rate.unwrap_or(0.0).round() as u64),
        );
    }
    text
}

/// The driver beside an echo and the simulator.
fn raced(model: &Model, race: &RaceRow) -> String {
    if race.live_per_s == 0.0 {
        return format!(
            "{}: INVALID: no comment comes, so there is nothing to measure; look at `horizon` and the arrivals\n",
            one_line(&model.model)
        );
    }
    let ratio = |ratio: &Ratio| format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.least, ratio.most);
    format!(
        "{}: comments a second, medians of {} rounds; in brackets the smallest and largest ratio of a round\n  \
         in real time, as fast as it goes  {:>12}\n  \
         a bare echo of the messages       {:>12}, of which that is {}\n  \
         the simulator, on one thread      {:>12}, of which that is {}\n  \
         In real time that is {} decisions of the router a second, {:.2} a comment.\n  \
         Driver and echo pass on {} comments before everybody has a turn.\n",
        one_line(&model.model),
        race.rounds,
        whole(race.live_per_s.round() as u64),
        whole(race.echo_per_s.round() as u64),
        ratio(&race.live_to_echo),
        whole(race.simulator_per_s.round() as u64),
        ratio(&race.live_to_simulator),
        whole(race.router_decisions_per_s.round() as u64),
        race.router_decisions_per_s / race.live_per_s,
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
    if run.spared {
        text += "  it ended before anything went wrong: what --fault asks for comes halfway through the comments\n";
    }
    if run.lost_agents > 0 {
        text += &format!("  {} agents lost, with what they had in hand\n", run.lost_agents);
    }
    text
}

/// The percentiles as a table.
fn latencies(run: &Run, style: Style) -> String {
    let heading = ["latency", "p50", "p90", "p99", "p99.9", "p99.99", "max"];
    let mut rows = Vec::new();
    for (name, percentiles) in [
        ("from intended arrival", &run.from_intended),
        ("from sending", &run.from_send),
        ("generator's own lag", &run.lag),
    ] {
        let Some(p) = percentiles else { continue };
        let values = [p.p50, p.p90, p.p99, p.p99_9, p.p99_99, p.max].map(numbers::duration);
        rows.push([vec![name.to_string()], values.to_vec()].concat());
    }
    if let Some(p) = &run.from_intended {
        let mut row = vec!["decisions beyond".to_string()];
        row.extend(p.beyond.iter().map(|&count| whole(count)));
        row.resize(heading.len(), String::new());
        rows.push(row);
    }
    table_of(&heading, &rows, 2, style)
}

fn whole(number: u64) -> String {
    numbers::grouped(number as f64, 0)
}
