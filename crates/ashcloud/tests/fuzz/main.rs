//! Whatever a file holds: files of the project mutated and files made up, by a seed. Each is checked, and run in small where it has no
//! fault. None may panic, take longer than five seconds, or give a number that is none or two rows of one key.
//!
//! `FUZZ_MUTATED`, `FUZZ_GENERATED` and `FUZZ_SEED` say how many and which; `scripts/fuzz` runs the long version. A failure names the
//! seed of its file, writes the file into the temporary folder, and `FUZZ_ONLY` runs that one alone.

mod generate;
mod judge;
mod mutate;

use std::path::Path;

/// Numbers of one file, by its seed (`SplitMix64`; Steele, Lea and Flood, 2014).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.word() % n.max(1) as u64) as usize
    }

    /// One of these.
    pub(crate) fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// True so often of `n`.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a whole number, found {text}")),
        Err(_) => default,
    }
}

#[test]
fn no_file_does_harm() {
    let seed = number("FUZZ_SEED", 1);
    let counts = [
        ("mutated", number("FUZZ_MUTATED", 600)),
        ("generated", number("FUZZ_GENERATED", 300)),
    ];
    let only = std::env::var("FUZZ_ONLY").ok();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let corpus = mutate::corpus(&scenarios);
    let (mut ran, mut failures) = (0, Vec::new());
    for (kind, count) in counts {
        for i in 0..count {
            let name = format!("{kind}-{seed}-{i}");
            if only.as_ref().is_some_and(|only| *only != name) {
                continue;
            }
            let salt = if kind == "mutated" { 0 } else { 1 << 60 };
            let mut dice = Dice::new(salt ^ (seed << 32) ^ i);
            let text = if kind == "mutated" {
                mutate::mutated(&mut dice, &corpus)
            } else {
                generate::scenario(&mut dice)
            };
            match judge::judge(&text, &scenarios) {
                Ok(whole) => ran += usize::from(whole),
                Err(why) => {
                    let kept = std::env::temp_dir().join(format!("{name}.toml"));
                    let place = std::fs::write(&kept, &text)
                        .map_or_else(|e| e.to_string(), |()| kept.display().to_string());
                    eprintln!("{name}: {why}\n  {place}");
                    failures.push(name);
                }
            }
        }
    }
    println!("{ran} files had no fault and were run");
    assert!(
        failures.is_empty(),
        "{} files did harm: {failures:?}",
        failures.len()
    );
}
