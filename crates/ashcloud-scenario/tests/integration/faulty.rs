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
        "nowhere/at/all.toml: cannot be read: there is no folder nowhere/at\n"
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

#[track_caller]
fn faults_of(text: &str, overrides: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faulty");
    let overrides: Vec<Override> = overrides
        .iter()
        .map(|o| Override::parse(o).expect("an override"))
        .collect();
    match load_str("scenario.toml", text, &folder, &overrides) {
        Ok((_, warnings)) => plain(&warnings),
        Err(faults) => faults.plain(),
    }
}

const HOTLINE: &str = r#"
    horizon = "1d"
    [[arrivals]]
    poisson = "10 per h"
    [phone]
    rate = "6 per h"
    handling = "5m"
    [experiment]
    models = ["data/desk.toml", "data/hotline.toml", { staffing = "data/hotline.toml", name = "the hotline of three", set = { "teams.hotline.agents" = 3 } }]
"#;

/// Fields of staffing files stand in no scenario.
#[test]
fn faulty_overrides_of_staffing_files() {
    let said = faults_of(
        HOTLINE,
        &[
            "teams.hotline.reserve=1",
            "departments.warehouse.reply=2h",
            "routing.order=newest-first",
            "name=x",
            "hand_over=[]",
            "experiment.models.the hotline.set.teams.hotline.reserve=1",
            "experiment.models.1.set.'teams.hotline.reserve'=1",
            "experiment.models.1.agents=1",
            "experiment.models.0.set={ \"teams.desk.agents\" = 2 }",
            "experiment.models.hotline.set.x=1",
            "experiment.models.the coldline.set.x=1",
            "models.hotline.teams.hotline.reserve=1",
            "models.the hot.teams.hotline.reserve=1",
        ],
    );
    insta::assert_snapshot!(said);
}

/// A table cannot be opened where a value stands: it is said how the table is written.
#[test]
fn faulty_overrides_of_short_forms() {
    let said = faults_of(
        HOTLINE,
        &[
            "models.the hotline.teams.marketer.attention.sofa_check.share=0.9",
            "models.the hotline.teams.marketer.attention.sofa_check.from=\"19:00\"",
            "models.the hotline.teams.marketer.attention.pick.fades=12h",
            "models.the hotline.teams.marketer.knows_answer.question=0.5",
            "models.the hotline.departments.warehouse.reply.lognormal.mean=2h",
            "models.the hotline.departments.warehouse.reply.mean=2h",
            "models.the hotline.teams.hotline.agents.most=2",
            "phone.handling.exponential=5m",
        ],
    );
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_set_beside_consults() {
    let said = faults_of(HOTLINE, &["models.the hotline.teams.marketer.knows_answer=1"]);
    assert!(
        said.contains("nobody is ever asked") && said.contains("`consults` has no effect now"),
        "{said}"
    );
}

/// The right forms say nothing.
#[test]
fn overrides_that_reach_staffing_files() {
    assert_eq!(
        faults_of(
            HOTLINE,
            &[
                "models.\"the hotline\".teams.hotline.reserve=1",
                "experiment.models.2.set.\"teams.hotline.agents\"=4",
                "experiment.models.the hotline of three.set.\"teams.hotline.reserve\"=1",
            ]
        ),
        ""
    );
}

/// A fault in the list hides no names.
#[test]
fn models_of_a_faulty_list_are_known_by_name() {
    let said = faults_of(
        HOTLINE,
        &[
            "experiment.models.2.nmae=\"x\"",
            "experiment.models.0=5",
            "models.the hotline.teams.hotline.reserve=1",
            "models.the hotlin.teams.hotline.reserve=1",
        ],
    );
    insta::assert_snapshot!(said);
}
