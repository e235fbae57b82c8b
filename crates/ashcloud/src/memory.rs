//! How much memory a run may take: an estimate before it, and a look at the process while it goes on.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use ashcloud_report::numbers;
use ashcloud_scenario::spec::Compiled;
use ashcloud_sim::memory::{Need, need};

use crate::out::{self, Stop};

/// Taken for granted where the machine does not tell how much memory it has.
const UNKNOWN: u64 = 4 << 30;
/// The least limit that makes sense: what any run takes.
const LEAST: u64 = 64 << 20;
/// Address space that a thread takes for itself: its stack, and the 64 MiB that an allocator sets aside for it.
const THREAD: u64 = 72 << 20;
/// The process is looked at once in so many times that a run asks whether to stop.
const SELDOM: u32 = 32;

/// "8G", "512MiB", "2.5 GB": bytes. Units of 1,000 and 1,024 are told apart.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_')
        .unwrap_or(text.len());
    let number: Option<f64> = text[..digits].replace('_', "").parse().ok();
    let unit = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "k" | "kib" => 1024.0,
        "kb" => 1e3,
        "m" | "mib" => 1024.0 * 1024.0,
        "mb" => 1e6,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        "gb" => 1e9,
        "t" | "tib" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "tb" => 1e12,
        _ => f64::NAN,
    };
    let bytes = number.unwrap_or(f64::NAN) * unit;
    if bytes.is_nan() || bytes > 1e18 {
        return Err("expected a size with its unit, such as 512M, 8G or 1.5TB".into());
    }
    if bytes < LEAST as f64 {
        return Err("at least 64M are needed".into());
    }
    Ok(bytes as u64)
}

/// A limit to what the process may take.
pub(crate) struct Memory {
    limit: u64,
    asked: AtomicU32,
    over: AtomicBool,
}

impl Memory {
    /// The limit that was asked for, or half of what there is.
    pub(crate) fn new(asked: Option<u64>) -> Memory {
        let limit = asked.unwrap_or_else(|| (there_is().unwrap_or(UNKNOWN) / 2).max(LEAST));
        Memory {
            limit,
            asked: AtomicU32::new(0),
            over: AtomicBool::new(false),
        }
    }

    /// How many threads there is room for, with a word where that is fewer than asked for.
    ///
    /// # Errors
    /// A sentence that names the model and what is the matter, where there is no room for one thread.
    pub(crate) fn threads(
        &self,
        scenario: &Compiled,
        models: &[usize],
        threads: usize,
    ) -> Result<usize, Stop> {
        let replications = scenario.experiment.replications.unwrap_or(u32::MAX) as usize;
        let threads = threads.min(replications).max(1);
        let needs: Vec<(usize, Need)> = models
            .iter()
            .map(|&model| (model, need(scenario, &scenario.models[model])))
            .collect();
        // Every model keeps the memory of its engines.
        let each: f64 = needs.iter().map(|(_, need)| need.bytes).sum();
        let room = self.limit as f64 / each;
        if room < 1.0 {
            let largest = needs.iter().max_by(|a, b| a.1.bytes.total_cmp(&b.1.bytes));
            let said = largest.map(|(model, need)| self.refusal(&scenario.models[*model].name, need, each));
            return Err(Stop::io(said.unwrap_or_default()));
        }
        let by_address = address_space().map_or(usize::MAX, |limit| {
            let left = limit.saturating_sub(field_of_process("VmSize:").unwrap_or(0));
            ((left as f64 / (each + THREAD as f64)) as usize).max(1)
        });
        if by_address < threads.min(room as usize) {
            out::say(&format!(
                "Runs on {by_address} of {threads} threads: this process may use no more address space (ulimit -v)."
            ));
            return Ok(by_address);
        }
        let fitting = threads.min(room as usize);
        if fitting < threads {
            out::say(&format!(
                "Runs on {fitting} of {threads} threads: each is expected to take {}, and all together may take {} (--memory).",
                bytes(each),
                bytes(self.limit as f64)
            ));
        }
        Ok(fitting)
    }

    fn refusal(&self, model: &str, need: &Need, each: f64) -> String {
        let crowd = numbers::grouped(need.waiting.round(), 0);
        let cause = if need.behind_a_day >= 1.0 {
            format!(
                "\"{model}\" falls behind by {} comments a day: {crowd} would wait at last",
                numbers::grouped(rounded(need.behind_a_day), 0)
            )
        } else {
            format!("in \"{model}\" up to {crowd} comments would wait at once")
        };
        format!(
            "{cause}, and a run would take {}; it may take {} (--memory).\n\
             Is a rate too high (\"per s\" for \"per day\"), or are agents missing? Else give more --memory, or shorten the run.",
            bytes(each),
            bytes(self.limit as f64)
        )
    }

    /// Has the process taken more than it may? Cheap enough to be asked all the time; it looks now and then.
    pub(crate) fn is_over(&self) -> bool {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(SELDOM)
            && taken().is_some_and(|taken| taken > self.limit)
        {
            self.over.store(true, Ordering::Relaxed);
        }
        self.over.load(Ordering::Relaxed)
    }

    /// What is said where it has.
    pub(crate) fn stop(&self, replications: u32) -> Option<Stop> {
        self.over.load(Ordering::Relaxed).then(|| {
            Stop::io(format!(
                "The run took more than the {} it may take (--memory), after {} of each model: more comments wait, come back or \
                 breed than there is room for.\nGive more --memory or fewer --threads, shorten the run, or let fewer come back.",
                bytes(self.limit as f64),
                if replications == 1 {
                    "1 replication".into()
                } else {
                    format!("{replications} replications")
                }
            ))
        })
    }
}

/// Two digits: more would pretend to know.
fn rounded(number: f64) -> f64 {
    let mut unit = 1.0;
    while number / unit >= 100.0 {
        unit *= 10.0;
    }
    (number / unit).round() * unit
}

/// A number of bytes for people.
fn bytes(number: f64) -> String {
    if number >= 1e9 {
        format!("{:.1} GB", number / 1e9)
    } else {
        format!("{:.0} MB", number / 1e6)
    }
}

/// Bytes of memory of this machine, or of the container where that is less; `None` where neither tells (only Linux does).
fn there_is() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| field(&text, "MemTotal:"));
    let container = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ]
    .into_iter()
    .filter_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok());
    machine.into_iter().chain(container).chain(address_space()).min()
}

/// Bytes of address space that this process may use, where that is limited (`ulimit -v`).
fn address_space() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Bytes that this process has in memory; `None` where the system does not tell.
fn taken() -> Option<u64> {
    field_of_process("VmRSS:")
}

/// A field of what the system tells of this process, in bytes.
fn field_of_process(name: &str) -> Option<u64> {
    field(&fs::read_to_string("/proc/self/status").ok()?, name)
}

/// A field of a file of /proc in kB, as bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.split_whitespace().next()?.parse().ok()?;
    number.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("8G"), Ok(8 << 30));
        assert_eq!(size("512MiB"), Ok(512 << 20));
        assert_eq!(size("2.5 GB"), Ok(2_500_000_000));
        for text in ["", "8", "G", "-8G", "8X", "1K", "63M", "1e400G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn fields_of_proc() {
        let text = "MemTotal:       24567 kB\nMemFree:  1 kB\n";
        assert_eq!(field(text, "MemTotal:"), Some(24_567 * 1024));
        assert_eq!(field(text, "MemAvailable:"), None);
    }

    #[test]
    fn what_is_over_once_stays_over() {
        let memory = Memory::new(Some(LEAST));
        assert!(!memory.over.load(Ordering::Relaxed));
        memory.over.store(true, Ordering::Relaxed);
        assert!(memory.is_over() && memory.stop(1).is_some());
    }

    #[test]
    fn numbers_of_a_sentence_have_two_digits() {
        assert_eq!(rounded(768_913.0), 770_000.0);
        assert_eq!(rounded(77.4), 77.0);
        assert_eq!(rounded(7.0), 7.0);
    }
}
