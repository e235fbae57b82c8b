//! The same decisions as the simulator, and nobody lost whatever goes wrong.

mod faults;
mod same;

use std::path::Path;

use ashcloud_scenario::spec::Compiled;

fn compile(text: &str) -> Compiled {
    match ashcloud_scenario::load_str("test.toml", text, Path::new("."), &[]) {
        Ok((compiled, _)) => compiled,
        Err(faults) => panic!("{faults}\n{text}"),
    }
}
