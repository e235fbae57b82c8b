//! Every faulty file and all that is said of it, as snapshots: these are texts that people read.

use std::path::Path;

use ashcloud_scenario::{Override, load, load_str, plain};

#[track_caller]
fn said(path: &Path, overrides: &[Override]) -> String {
    match load(path, overrides) {
        Ok((_, warnings)) => plain(&warnings),
        Err(faults) => faults.plain(),
    }
}

#[test]
fn faulty_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faulty");
    let mut seen = 0;
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for entry in std::fs::read_dir(&folder).expect("the folder of faulty files") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        seen += 1;
        let text = said(&path, &[]).replace(&format!("{}/", folder.display()), "");
        assert!(!text.is_empty(), "{} has no fault", path.display());
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        settings.bind(|| insta::assert_snapshot!(name, text));
    }
    assert!(seen >= 75, "{seen}");
}

#[test]
fn faulty_overrides() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faulty");
    let overrides = [
        "experimnt.seed=5",
        "experiment.sed=5",
        "experiment.seed=five",
        "arrivals.pots.poisson=\"9 per h\"",
        "arrivals.posts.poisson=9",
        "arrivals.posts.poisson.rate=9",
        "arrivals.7.poisson=\"9 per h\"",
        "models.dsk.teams.desk.agents=7",
        "models.desk.teams.back.agents=7",
        "models.desk.teams.desk.agents=many",
        "models.desk=7",
        "horizon=7d 12",
    ];
    let overrides: Vec<Override> = overrides
        .iter()
        .map(|o| Override::parse(o).expect("an override"))
        .collect();
    let text = "horizon = \"1d\"\n[[arrivals]]\nname = \"posts\"\npoisson = \"10 per h\"\n[experiment]\nmodels = [\"data/desk.toml\"]\n";
    let faults = load_str("scenario.toml", text, &folder, &overrides).expect_err("faults");
    insta::assert_snapshot!(faults.plain());
}

#[test]
fn faulty_overrides_of_attention_and_departments() {
    let overrides = [
        "teams.desk.attention.pick.fades=16h",
        "teams.desk.attention.sofa_check.from=\"19:00\"",
        "teams.other.attention.sofa_check=0.5",
        "teams.third.attention.pick.fades=16h",
        "teams.third.attention.gap=full",
        "departments.office.reply=soon",
        "departments.cellar.forgets=0.5",
        "teams.other.consults=cellar",
        "teams.other.knows_answer=0.5",
    ];
    let overrides: Vec<Override> = overrides
        .iter()
        .map(|o| Override::parse(o).expect("an override"))
        .collect();
    let text = r#"
        horizon = "1d"
        [[arrivals]]
        poisson = "10 per h"
        [[teams]]
        name = "desk"
        agents = 1
        attention = { gap = "1h", pick = "everything", sofa_check = 0.5 }
        knows_answer = 0.5
        consults = "office"
        [[teams]]
        name = "other"
        agents = 1
        [[teams]]
        name = "third"
        agents = 1
        attention = { gap = "1h" }
        [departments.office]
        reply = "1h"
    "#;
    let faults = load_str("scenario.toml", text, Path::new(""), &overrides).expect_err("faults");
    insta::assert_snapshot!(faults.plain());
}

#[test]
fn a_file_that_is_not_there() {
    let faults = load(Path::new("nowhere/at/all.toml"), &[]).expect_err("no file");
    assert!(faults.unreadable);
    assert_eq!(
        faults.plain(),
        "nowhere/at/all.toml: cannot be read: there is no such file\n"
    );
}

/// A device without end is cut at the limit.
#[cfg(target_os = "linux")]
#[test]
fn a_file_without_end() {
    let faults = load(Path::new("/dev/zero"), &[]).expect_err("too large");
    assert_eq!(
        faults.plain(),
        "/dev/zero: cannot be read: it is larger than 16 MiB\n"
    );
}

#[test]
fn the_picture_names_file_line_and_help() {
    let faults = load_str("storm.toml", "horizon = 7\n", Path::new(""), &[]).expect_err("faults");
    let picture = faults.graphical();
    for part in ["storm.toml:1:11", "horizon = 7", "number and unit", "\"7s\""] {
        assert!(picture.contains(part), "{part}: {picture}");
    }
}
