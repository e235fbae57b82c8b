//! Queues in steady state.

use ashcloud_stats::Measure;

use super::{Pace, Task, Way, no_quantity, one, relaxation, usual};
use crate::verify::law::{Law, span};
use crate::verify::reading::{Kind, Reading};
use crate::verify::reference::Entry;
use crate::verify::scene::{Length, Scene, poisson, queue};

/// What is done about an entry of these families; `None` for another family.
pub(super) fn way(entry: &Entry, pace: Pace) -> Option<Result<Way, String>> {
    Some(match entry.model.as_str() {
        "M/M/1" => mm1(entry, pace),
        "M/M/c" => markov(entry, pace, ""),
        "M/M/c LCFS (non-preemptive)" => markov(entry, pace, "order = \"newest-first\"\n"),
        "M/M/c/K" => bounded(entry, pace),
        "M/G/c/c (Erlang B, insensitive)" => insensitive(entry, pace),
        "Overflow of M/M/c/c to infinite group" => overflow(entry, pace),
        "Sequential hunting, secondary group s=5" => hunting(entry, pace),
        "M/M/c+M (Erlang A)" => entry
            .number("theta")
            .and_then(|theta| impatient(entry, pace, &Law::exponential(1.0 / theta))),
        "M/M/c+H2 (hyperexponential patience)" => {
            let law = (|| {
                let [p, theta1, theta2] = [
                    entry.number("p")?,
                    entry.number("theta1")?,
                    entry.number("theta2")?,
                ];
                Ok(Law::hyperexponential(p, theta1, theta2))
            })();
            law.and_then(|law| impatient(entry, pace, &law))
        }
        "M/M/c+E2 (Erlang-2 patience, mean 1)" => impatient(entry, pace, &Law::erlang(1.0, 2)),
        "M/G/1" => service(entry).and_then(|law| single(entry, pace, &law, "", false)),
        "M/G/1-PS" => service(entry).and_then(|law| single(entry, pace, &law, "sharing = true\n", true)),
        "M/G/1 LCFS-PR" => service(entry).and_then(|law| single(entry, pace, &law, LCFS_PR, true)),
        "M/D/1" => entry
            .number("D")
            .and_then(|d| single(entry, pace, &Law::constant(d), "", false)),
        "M/M/1-PS" => markov_1(entry, pace, "sharing = true\n"),
        "M/M/1 SJF (non-preemptive, known sizes)" => markov_1(entry, pace, "order = \"shortest-work\"\n"),
        "M/M/1 SRPT" => markov_1(entry, pace, "order = \"shortest-remaining\"\n"),
        "M/D/c" => several(entry, pace, "D", Law::constant),
        "M/E2/c" => several(entry, pace, "mean_service", |mean| Law::erlang(mean, 2)),
        "GI/M/1" => renewal(entry, pace, false),
        "GI/M/c/c" => renewal(entry, pace, true),
        "M/G/1 non-preemptive priority" => {
            classes(entry).and_then(|all| priority(entry, pace, &all, 1, false))
        }
        "M/G/1 preemptive-resume priority" => {
            classes(entry).and_then(|all| priority(entry, pace, &all, 1, true))
        }
        "M/M/c non-preemptive priority" => markov_priority(entry, pace, false),
        "M/M/c preemptive priority" => markov_priority(entry, pace, true),
        "M/G/1 with setup time" => set_up(entry, pace),
        "M/G/1 multiple vacations" => vacations(entry, pace, "leave"),
        "M/G/1 single vacation" => vacations(entry, pace, "stay"),
        "M^X/M/1" => batches(entry, pace),
        "M/M/1 Bernoulli feedback" => feedback(entry, pace),
        "Tandem M/M/1 -> M/M/1" => tandem(entry, pace),
        "Open Jackson network (3 nodes)" => jackson(entry, pace),
        "Staffing Erlang C" => staffed(entry, pace, None),
        "Staffing Erlang A (patience mean 120 s)" => staffed(entry, pace, Some(120.0)),
        "M/M/1 retrial" => retrial(entry, pace),
        "M/M/c+M with retrials of abandoners" => come_back(entry, pace),
        "N-model with abandonment" => n_model(entry, pace),
        _ => return None,
    })
}

const LCFS_PR: &str = "order = \"newest-first\"\npreempt = \"newest\"\n";

fn service(entry: &Entry) -> Result<Law, String> {
    Law::read(entry.text("service")?)
}

fn ask(entry: &Entry, scene: Scene) -> Result<Way, String> {
    one(usual(entry, scene).ok_or_else(|| no_quantity(entry))?)
}

fn mm1(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (lam, mu) = (entry.number("lam")?, entry.number("mu")?);
    let backlog = match entry.quantity.as_str() {
        "mean_time_to_empty_from_n0" => entry.count("n0")?,
        // A busy period is the time to empty from one.
        "busy_period_mean" | "busy_period_var" => 1,
        _ => return markov_1(entry, pace, ""),
    };
    let (reading, kind) = match entry.quantity.as_str() {
        "busy_period_var" => (Reading::ClearedVariance, Kind::Second),
        _ => (Reading::Cleared, Kind::Mean),
    };
    let base = queue(
        &poisson(lam),
        &Law::exponential(1.0 / mu).toml,
        "1",
        &format!("backlog = {backlog}\n"),
    );
    // The tail of the time to empty falls like exp(-t/relaxation) (Takacs 1962).
    let limit = (1000.0 * relaxation(1.0, lam / mu, 1.0) + 100.0 * f64::from(backlog)) / mu;
    let scene = Scene::new(base, Length::UntilClear { limit });
    one(Ok(Task {
        scene,
        reading,
        kind,
        note: "",
    }))
}

fn markov_1(entry: &Entry, pace: Pace, more: &str) -> Result<Way, String> {
    let law = Law::exponential(1.0 / entry.number("mu")?);
    single(entry, pace, &law, more, !more.is_empty())
}

/// One agent, any service; `long`: responses may last as long as busy periods.
fn single(entry: &Entry, pace: Pace, law: &Law, more: &str, long: bool) -> Result<Way, String> {
    let lam = entry.number("lam")?;
    let relaxation = law.mean * relaxation(1.0, lam * law.mean, 0.5 * (1.0 + law.scv));
    let after = if long { 10.0 * relaxation } else { relaxation } + 50.0 * law.mean;
    let base = queue(&poisson(lam), &law.toml, "1", more);
    ask(entry, Scene::new(base, pace.steady(relaxation, after)))
}

fn markov(entry: &Entry, pace: Pace, more: &str) -> Result<Way, String> {
    let (lam, mu, c) = (entry.number("lam")?, entry.number("mu")?, entry.count("c")?);
    let relaxation = relaxation(f64::from(c), lam / (f64::from(c) * mu), 1.0) / mu;
    let after = if more.is_empty() {
        relaxation
    } else {
        10.0 * relaxation
    } + 50.0 / mu;
    let base = queue(
        &poisson(lam),
        &Law::exponential(1.0 / mu).toml,
        &c.to_string(),
        more,
    );
    ask(entry, Scene::new(base, pace.steady(relaxation, after)))
}

fn several(entry: &Entry, pace: Pace, mean: &str, law: fn(f64) -> Law) -> Result<Way, String> {
    let (lam, c) = (entry.number("lam")?, entry.count("c")?);
    let law = law(entry.number(mean)?);
    let rho = lam * law.mean / f64::from(c);
    let relaxation = law.mean * relaxation(f64::from(c), rho, 0.5 * (1.0 + law.scv));
    let base = queue(&poisson(lam), &law.toml, &c.to_string(), "");
    ask(
        entry,
        Scene::new(base, pace.steady(relaxation, relaxation + 50.0 * law.mean)),
    )
}

fn bounded(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (lam, mu, c, k) = (
        entry.number("lam")?,
        entry.number("mu")?,
        entry.count("c")?,
        entry.count("K")?,
    );
    let law = Law::exponential(1.0 / mu);
    let base = queue(
        &poisson(lam),
        &law.toml,
        &c.to_string(),
        &format!("capacity = {k}\n"),
    );
    ask(
        entry,
        Scene::new(base, pace.steady(10.0 / mu, (20.0 + f64::from(k)) * 5.0 / mu)),
    )
}

fn insensitive(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (c, load) = (entry.count("c")?, entry.number("a")?);
    let laws = [
        Law::exponential(1.0),
        Law::constant(1.0),
        Law::lognormal(1.0, 1.0),
        Law::hyperexponential(0.9, 2.0, 2.0 / 11.0),
        Law::pareto(3.5, 5.0 / 7.0),
    ];
    let tasks = laws.map(|law| {
        let base = queue(
            &poisson(load),
            &law.toml,
            &c.to_string(),
            &format!("capacity = {c}\n"),
        );
        // Heavy tails forget slowly: beyond 50 service times the residual of this Pareto law has 2e-5 left.
        let scene = Scene::new(base, pace.steady_after(50.0, 2.0, 0.0));
        let reading = Reading::Ratio(Measure::Blocked);
        Task {
            scene,
            reading,
            kind: Kind::Probability,
            note: "exponential, constant, lognormal, H2 and Pareto service",
        }
    });
    if entry.quantity == "P_block" {
        Ok(Way::Simulate(tasks.into()))
    } else {
        Err(no_quantity(entry))
    }
}

/// A first team, and a second for what it cannot take.
fn two_groups(load: f64, first: u32, second: &str, capacity: Option<u32>) -> String {
    let capacity = capacity.map(|k| format!("capacity = {k}\n")).unwrap_or_default();
    format!(
        "[[arrivals]]\npoisson = \"{load} per s\"\nclasses = {{ comment = 1 }}\n\n\
         [classes.comment]\nhandling = {{ exponential = \"1s\" }}\n\n\
         [[teams]]\nname = \"first\"\nagents = {first}\nskills = [{{ class = \"comment\", rank = 1 }}]\n\n\
         [[teams]]\nname = \"second\"\nagents = {second}\nskills = [{{ class = \"comment\", rank = 2 }}]\n\n\
         [routing]\norder = \"oldest-first\"\n{capacity}"
    )
}

fn overflow(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (c, load) = (entry.count("c")?, entry.number("a")?);
    let base = two_groups(load, c, "\"unlimited\"", None);
    let mut scene = Scene::new(base, pace.steady(2.0, 0.0));
    scene.moments = true;
    let (reading, kind) = match entry.quantity.as_str() {
        "overflow_mean_busy" => (Reading::TeamMean(1), Kind::Mean),
        "overflow_variance_busy" => (Reading::TeamVariance(1), Kind::Second),
        "overflow_peakedness" => (Reading::TeamPeakedness(1), Kind::Second),
        _ => return Err(no_quantity(entry)),
    };
    one(Ok(Task {
        scene,
        reading,
        kind,
        note: "",
    }))
}

fn hunting(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (c, load, s) = (entry.count("c")?, entry.number("a")?, entry.count("s")?);
    if entry.quantity != "P(block secondary | overflow)" {
        return Err(no_quantity(entry));
    }
    let scene = Scene::new(
        two_groups(load, c, &s.to_string(), Some(c + s)),
        pace.steady(4.0, 0.0),
    );
    one(Ok(Task {
        scene,
        reading: Reading::BlockedOfOverflow,
        kind: Kind::Probability,
        note: "",
    }))
}

fn impatient(entry: &Entry, pace: Pace, patience: &Law) -> Result<Way, String> {
    let (lam, mu, c) = (entry.number("lam")?, entry.number("mu")?, entry.count("c")?);
    let more = format!("patience = {}\n", patience.toml);
    let base = queue(
        &poisson(lam),
        &Law::exponential(1.0 / mu).toml,
        &c.to_string(),
        &more,
    );
    let relaxation = 2.0 * patience.mean.max(1.0 / mu);
    ask(
        entry,
        Scene::new(base, pace.steady(relaxation, 40.0 * relaxation)),
    )
}

fn renewal(entry: &Entry, pace: Pace, lost: bool) -> Result<Way, String> {
    let (lam, mu) = (entry.number("lam")?, entry.number("mu")?);
    let gaps = Law::gaps(entry.text("arrivals")?, lam)?;
    let arrivals = format!("{{ renewal = {} }}", gaps.toml);
    let law = Law::exponential(1.0 / mu);
    let scene = if lost {
        let c = entry.count("c")?;
        let base = queue(&arrivals, &law.toml, &c.to_string(), &format!("capacity = {c}\n"));
        Scene::new(base, pace.steady(10.0 / mu, 0.0))
    } else {
        let relaxation = relaxation(1.0, lam / mu, 0.5 * (1.0 + gaps.scv)) / mu;
        Scene::new(
            queue(&arrivals, &law.toml, "1", ""),
            pace.steady(relaxation, 2.0 * relaxation + 50.0 / mu),
        )
    };
    ask(entry, scene)
}

/// Arrival rate and service of each class, most urgent first.
fn classes(entry: &Entry) -> Result<Vec<(f64, Law)>, String> {
    let text = entry.text("classes")?;
    let unknown = || format!("unknown classes `{text}`");
    let rate = |word: &str| {
        word.trim()
            .strip_prefix("lam=")
            .and_then(|x| x.parse::<f64>().ok())
    };
    let (_, rest) = text.split_once(' ').ok_or_else(unknown)?;
    if let Some(rest) = rest.strip_prefix("classes: ") {
        // 2 classes: lam=.3 exp(mean .5); lam=.3 det(2)
        let class = |words: &str| {
            let (lam, law) = words.trim().split_once(' ')?;
            Some((rate(lam)?, Law::read(law).ok()?))
        };
        return rest
            .split(';')
            .map(class)
            .collect::<Option<_>>()
            .ok_or_else(unknown);
    }
    // 3 exp(1) classes lam=.2,.3,.3
    let (law, rates) = rest.split_once(" classes lam=").ok_or_else(unknown)?;
    let law = Law::read(law)?;
    let rates: Option<Vec<f64>> = rates.split(',').map(|x| x.trim().parse().ok()).collect();
    Ok(rates
        .ok_or_else(unknown)?
        .into_iter()
        .map(|lam| (lam, law.clone()))
        .collect())
}

fn markov_priority(entry: &Entry, pace: Pace, preemptive: bool) -> Result<Way, String> {
    let law = Law::exponential(1.0 / entry.number("mu")?);
    let classes: Vec<_> = entry
        .numbers("lams")?
        .into_iter()
        .map(|lam| (lam, law.clone()))
        .collect();
    priority(entry, pace, &classes, entry.count("c")?, preemptive)
}

fn priority(
    entry: &Entry,
    pace: Pace,
    classes: &[(f64, Law)],
    c: u32,
    preemptive: bool,
) -> Result<Way, String> {
    let k = entry.count("k")?;
    let reading = match entry.quantity.as_str() {
        "Wq_k" => Measure::WaitMean,
        "T_k" => Measure::ResponseMean,
        _ => return Err(no_quantity(entry)),
    };
    if k as usize > classes.len() {
        return Err(format!("no class {k}"));
    }
    let mut base = String::new();
    for (i, (lam, law)) in classes.iter().enumerate() {
        let name = i + 1;
        base += &format!(
            "\n[[arrivals]]\nname = \"stream {name}\"\npoisson = \"{lam} per s\"\nclasses = {{ k{name} = 1 }}\n\n\
             [classes.k{name}]\nhandling = {}\n",
            law.toml
        );
    }
    let names: Vec<_> = (1..=classes.len()).map(|i| format!("\"k{i}\"")).collect();
    let preempt = if preemptive { "better-rank" } else { "never" };
    base += &format!(
        "\n[[teams]]\nname = \"agents\"\nagents = {c}\n\n[routing]\norder = \"oldest-first\"\npriorities = [{}]\n\
         preempt = \"{preempt}\"\n",
        names.join(", ")
    );
    let lam: f64 = classes.iter().map(|(lam, _)| lam).sum();
    let mean = classes.iter().map(|(lam, law)| lam * law.mean).sum::<f64>() / lam;
    let scv = classes
        .iter()
        .map(|(lam, law)| lam * law.mean * law.mean * (1.0 + law.scv))
        .sum::<f64>()
        / (lam * mean * mean);
    let relaxation = mean * relaxation(f64::from(c), lam * mean / f64::from(c), 0.5 * scv);
    let scene = Scene::new(base, pace.steady(relaxation, 10.0 * relaxation + 50.0 * mean));
    one(Ok(Task {
        scene,
        reading: Reading::OfClass(reading, format!("k{k}")),
        kind: Kind::Mean,
        note: "",
    }))
}

fn set_up(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let set_up = Law::read(entry.text("setup")?)?;
    let law = service(entry)?;
    let lam = entry.number("lam")?;
    let relaxation = relaxation(1.0, lam * law.mean, 0.5 * (1.0 + law.scv)) * law.mean + 2.0 * set_up.mean;
    let more = format!("set_up = {}\n", set_up.toml);
    let base = queue(&poisson(lam), &law.toml, "1", &more);
    ask(
        entry,
        Scene::new(base, pace.steady(relaxation, relaxation + 100.0 * law.mean)),
    )
}

/// Part-time attention that answers everything, without a limit to its sessions.
fn vacations(entry: &Entry, pace: Pace, when_nothing_waits: &str) -> Result<Way, String> {
    let vacation = Law::read(entry.text("vacation")?)?;
    let law = service(entry)?;
    let lam = entry.number("lam")?;
    let relaxation = relaxation(1.0, lam * law.mean, 0.5 * (1.0 + law.scv)) * law.mean + 2.0 * vacation.mean;
    let base = format!(
        "[[arrivals]]\npoisson = \"{lam} per s\"\nclasses = {{ comment = 1 }}\n\
         [classes.comment]\nhandling = {}\n\
         [[teams]]\nname = \"agent\"\nagents = 1\n\
         attention = {{ gap = {}, when_nothing_waits = \"{when_nothing_waits}\" }}\n",
        law.toml, vacation.toml
    );
    ask(
        entry,
        Scene::new(base, pace.steady(relaxation, relaxation + 100.0 * law.mean)),
    )
}

fn batches(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (rate, mu) = (entry.number("batch_rate")?, entry.number("mu")?);
    let text = entry.text("batch")?;
    let number = |after: &str| {
        text.strip_prefix(after)?
            .split_whitespace()
            .next()?
            .parse::<f64>()
            .ok()
    };
    // Mean size, and the squared coefficient of variation of a batch's work.
    let (size, mean, scv) = if let Some(mean) = number("geometric mean ") {
        (format!("{{ geometric = {mean} }}"), mean, 2.0 * mean)
    } else if let Some(n) = number("fixed ") {
        (format!("{{ fixed = {n} }}"), n, n + 1.0)
    } else {
        return Err(format!("unknown batches `{text}`"));
    };
    let arrivals = format!("{{ batch = {{ rate = \"{rate} per s\", size = {size} }} }}");
    let relaxation = relaxation(1.0, rate * mean / mu, 0.5 * scv) / mu;
    let base = queue(&arrivals, &Law::exponential(1.0 / mu).toml, "1", "");
    ask(
        entry,
        Scene::new(base, pace.steady(relaxation, 2.0 * relaxation + 100.0 / mu)),
    )
}

fn feedback(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (lam, mu, p) = (entry.number("lam")?, entry.number("mu")?, entry.number("p")?);
    let relaxation = relaxation(1.0, lam / (mu * (1.0 - p)), 1.0) / (mu * (1.0 - p));
    let base = queue(
        &poisson(lam),
        &Law::exponential(1.0 / mu).toml,
        "1",
        &format!("feedback = {p}\n"),
    );
    ask(
        entry,
        Scene::new(base, pace.steady(relaxation, 4.0 * relaxation + 50.0 / mu)),
    )
}

fn tandem(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (lam, mu1, mu2) = (entry.number("lam")?, entry.number("mu1")?, entry.number("mu2")?);
    let base = network(
        &[lam, 0.0],
        &[vec![0.0, 1.0], vec![0.0, 0.0]],
        &[mu1, mu2],
        &[1, 1],
    );
    let slowest = mu1.min(mu2);
    let relaxation = relaxation(1.0, lam / slowest, 1.0) / slowest;
    ask(
        entry,
        Scene::new(base, pace.steady(relaxation, 4.0 * relaxation + 50.0 / slowest)),
    )
}

fn jackson(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (gamma, routes, mu) = (entry.numbers("gamma")?, entry.table("R")?, entry.numbers("mu")?);
    let agents: Vec<u32> = entry.numbers("c")?.into_iter().map(|c| c as u32).collect();
    let n = gamma.len();
    if routes.len() != n || mu.len() != n || agents.len() != n {
        return Err("nodes of `gamma`, `R`, `mu` and `c` differ in number".to_owned());
    }
    let base = network(&gamma, &routes, &mu, &agents);
    // The nodes of the reference entries are at most .86 busy; 40 service times cover the longest walk through them.
    let mut scene = Scene::new(base, pace.steady(60.0, 200.0));
    if entry.quantity != "L_node" {
        return ask(entry, scene);
    }
    let node = entry.count("node")? as usize;
    if node > n {
        return Err(format!("no node {node}"));
    }
    scene.moments = true;
    one(Ok(Task {
        scene,
        reading: Reading::AtTeam(node - 1),
        kind: Kind::Mean,
        note: "",
    }))
}

/// Nodes with Poisson arrivals from outside, exponential service and routing at random: a class per node of entry.
fn network(gamma: &[f64], routes: &[Vec<f64>], mu: &[f64], agents: &[u32]) -> String {
    let mut text = String::new();
    let entries: Vec<usize> = (0..gamma.len()).filter(|&i| gamma[i] > 0.0).collect();
    for &i in &entries {
        text += &format!(
            "\n[[arrivals]]\nname = \"to {i}\"\npoisson = \"{} per s\"\nclasses = {{ from{i} = 1 }}\n\n\
             [classes.from{i}]\nhandling = {}\n",
            gamma[i],
            Law::exponential(1.0 / mu[i]).toml
        );
    }
    for (i, c) in agents.iter().enumerate() {
        let skills = if entries.contains(&i) {
            format!("\"from{i}\"")
        } else {
            String::new()
        };
        text += &format!("\n[[teams]]\nname = \"node {i}\"\nagents = {c}\nskills = [{skills}]\n");
    }
    for &class in &entries {
        for (i, row) in routes.iter().enumerate() {
            for (j, &share) in row.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                let handling = Law::exponential(1.0 / mu[j]).toml;
                text += &format!(
                    "\n[[hand_over]]\nfrom = \"node {i}\"\nclass = \"from{class}\"\nshare = {share}\nto = \"node {j}\"\n\
                     handling = {handling}\n"
                );
            }
        }
    }
    text + "\n[routing]\norder = \"oldest-first\"\n"
}

fn staffed(entry: &Entry, pace: Pace, patience: Option<f64>) -> Result<Way, String> {
    if entry.quantity == "min_agents" {
        return Err(
            "the least number of agents is for the staffing search; the level it reaches is simulated"
                .to_owned(),
        );
    }
    let (lam, mean, c) = (
        entry.number("calls_per_hour")? / 3600.0,
        entry.number("aht_s")?,
        entry.count("c")?,
    );
    let more = patience
        .map(|p| format!("patience = {}\n", Law::exponential(p).toml))
        .unwrap_or_default();
    let base = queue(&poisson(lam), &Law::exponential(mean).toml, &c.to_string(), &more);
    let relaxation = match patience {
        Some(patience) => 2.0 * mean.max(patience),
        None => mean * relaxation(f64::from(c), lam * mean / f64::from(c), 1.0),
    };
    ask(
        entry,
        Scene::new(base, pace.steady(relaxation, relaxation + 50.0 * mean)),
    )
}

fn retrial(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (lam, mu, nu) = (entry.number("lam")?, entry.number("mu")?, entry.number("nu")?);
    let again = Law::exponential(1.0 / nu);
    let more = format!(
        "capacity = 1\nwhen_blocked = {{ retry = 1.0, after = {} }}\n",
        again.toml
    );
    let base = queue(&poisson(lam), &Law::exponential(1.0 / mu).toml, "1", &more);
    let relaxation = 2.0 * relaxation(1.0, lam / mu, 1.0) * (1.0 / mu + 1.0 / nu);
    ask(entry, Scene::new(base, pace.steady(relaxation, 0.0)))
}

fn come_back(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let (lam, mu, c) = (entry.number("lam_fresh")?, entry.number("mu")?, entry.count("c")?);
    let (theta, p, delta) = (
        entry.number("theta")?,
        entry.number("p_retry")?,
        entry.number("delta")?,
    );
    let more = format!(
        "patience = {}\nretry = {{ retry = {p}, after = {} }}\n",
        Law::exponential(1.0 / theta).toml,
        Law::exponential(1.0 / delta).toml
    );
    let base = queue(
        &poisson(lam),
        &Law::exponential(1.0 / mu).toml,
        &c.to_string(),
        &more,
    );
    let relaxation = (1.0 / theta + 1.0 / delta + 1.0 / mu) / (1.0 - p);
    ask(
        entry,
        Scene::new(base, pace.steady(relaxation, 10.0 * relaxation)),
    )
}

fn n_model(entry: &Entry, pace: Pace) -> Result<Way, String> {
    let number = |name: &str| entry.number(name);
    let rule = "class1: pool1 else pool2; pool2 serves class1 first, non-preemptive, work-conserving";
    if entry.text("rule")? != rule {
        return Err("unknown rule".to_owned());
    }
    let (theta1, theta2) = (number("theta1")?, number("theta2")?);
    let patience = |theta: f64| span(1.0 / theta);
    let base = format!(
        "[[arrivals]]\nname = \"1\"\npoisson = \"{} per s\"\nclasses = {{ k1 = 1 }}\n\n\
         [[arrivals]]\nname = \"2\"\npoisson = \"{} per s\"\nclasses = {{ k2 = 1 }}\n\n\
         [classes.k1]\nhandling = {{ exponential = \"1s\" }}\ntolerance = {{ exponential = {} }}\n\n\
         [classes.k2]\nhandling = {{ exponential = \"1s\" }}\ntolerance = {{ exponential = {} }}\n\n\
         [[teams]]\nname = \"pool 1\"\nagents = {}\nspeed = {}\nskills = [{{ class = \"k1\", rank = 1 }}]\n\n\
         [[teams]]\nname = \"pool 2\"\nagents = {}\nspeed = {}\n\
         skills = [{{ class = \"k1\", rank = 2, prefer = 1 }}, {{ class = \"k2\", rank = 1, prefer = 2 }}]\n\n\
         [routing]\norder = \"oldest-first\"\n",
        number("l1")?,
        number("l2")?,
        patience(theta1),
        patience(theta2),
        entry.count("n1")?,
        number("mu_pool1")?,
        entry.count("n2")?,
        number("mu_pool2")?,
    );
    let (reading, kind) = match entry.quantity.as_str() {
        "P_abandon_class1" => (Reading::OfClass(Measure::Left, "k1".into()), Kind::Probability),
        "P_abandon_class2" => (Reading::OfClass(Measure::Left, "k2".into()), Kind::Probability),
        "E[busy pool1]" => (Reading::Ratio(Measure::Busy(0)), Kind::Mean),
        _ => return Err(no_quantity(entry)),
    };
    let relaxation = 2.0 * (1.0 / theta1).max(1.0 / theta2).max(1.0 / number("mu_pool2")?);
    let scene = Scene::new(base, pace.steady(relaxation, 30.0 * relaxation));
    one(Ok(Task {
        scene,
        reading,
        kind,
        note: "",
    }))
}
