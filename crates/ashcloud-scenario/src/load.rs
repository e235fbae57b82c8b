//! From a file and overrides to everything a run needs, or every fault.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;

use ashcloud_core::ClassPlan;

use crate::budget::Cost;
use crate::calendar::LocalClock;
use crate::classes::ArrivalClasses;
use crate::crowds::fits;
use crate::data::CsvCache;
use crate::fault::{Fault, Faults, did_you_mean};
use crate::file::{ModelTable, Scenario, Staffing, Target};
use crate::follow_up::Asked;
use crate::overrides::{Override, Segment, path_of_key, set};
use crate::queue::in_full;
use crate::reachable::{MetModel, Question, warn_of_empty_desks, warn_of_targets};
use crate::reader::{Reader, read_scenario, scenario_of};
use crate::shape::{Anything, Either, Named, Read};
use crate::spec::{Compiled, Model, World};
use crate::staffing::{Setting, StaffingDraft, compile_staffing};
use crate::targets;
use crate::tree::{Entry, Node, Origin, Value};
use crate::unread::Unread;
use crate::work::{check_model, check_retries};
use crate::world::{WorldDraft, compile_world};

/// Most staffing models of a scenario.
const MODEL_LIMIT: usize = 1_000;
/// Fields of a staffing model written in place.
const IN_PLACE: [&str; 5] = ["name", "teams", "routing", "hand_over", "departments"];

/// Fields of a scenario that `world` may give another value for one model.
const WORLD_FIELDS: [&str; 11] = [
    "start",
    "timezone",
    "holidays",
    "horizon",
    "warm_up",
    "follow_up",
    "backlog",
    "queue",
    "arrivals",
    "phone",
    "classes",
];

/// Reads and compiles a scenario file. Overrides are applied first; relative paths in them start at the working
/// directory, paths in files at the file.
///
/// # Errors
/// Every fault of the scenario, its staffing files, its CSV files and the overrides; without faults the warnings come
/// with the scenario.
pub fn load(path: &Path, overrides: &[Override]) -> Result<(Compiled, Vec<Fault>), Faults> {
    load_read(path, read_scenario(path), overrides)
}

/// As [`load`], from the bytes of the file: a pipe can be read only once.
///
/// # Errors
/// As [`load`].
pub fn load_bytes(
    path: &Path,
    bytes: Vec<u8>,
    overrides: &[Override],
) -> Result<(Compiled, Vec<Fault>), Faults> {
    load_read(path, scenario_of(bytes), overrides)
}

fn load_read(
    path: &Path,
    text: Result<String, Unread>,
    overrides: &[Override],
) -> Result<(Compiled, Vec<Fault>), Faults> {
    let name = path.display().to_string();
    // What a pipe names lies where the command was called, not where pipes are.
    let is_pipe = std::fs::metadata(path).is_ok_and(|file| !file.is_file() && !file.is_dir());
    let base = path.parent().filter(|_| !is_pipe).unwrap_or(Path::new(""));
    match text {
        Ok(text) => load_str(&name, &text, base, overrides),
        Err(why) => {
            let mut reader = Reader::default();
            reader.unreadable = true;
            reader.whole_file_error(&name, format!("cannot be read: {}", why.message), why.help);
            Err(reader.finish().err().unwrap_or(Faults {
                faults: Vec::new(),
                unreadable: true,
            }))
        }
    }
}

/// As [`load`], from a text: `name` stands for the file in faults and reports, `base` is where relative paths start.
///
/// # Errors
/// As [`load`].
pub fn load_str(
    name: &str,
    text: &str,
    base: &Path,
    overrides: &[Override],
) -> Result<(Compiled, Vec<Fault>), Faults> {
    let mut loader = Loader::default();
    let compiled = loader.scenario(name, text, base, overrides);
    let warnings = loader.reader.finish()?;
    if let Some(compiled) = compiled {
        return Ok((compiled, warnings));
    }
    // Whatever stops a scenario is noted as a fault; should one ever be forgotten, this is said instead.
    let mut reader = Reader::default();
    reader.whole_file_error(name, "the scenario could not be compiled".into(), None);
    Err(reader.finish().err().unwrap_or(Faults {
        faults: warnings,
        unreadable: false,
    }))
}

#[derive(Default)]
struct Loader {
    reader: Reader,
    csv: CsvCache,
}

/// A staffing model before it is compiled.
struct ModelDraft {
    name: String,
    name_at: Origin,
    /// The tree it is read from, for the configuration.
    tree: Node,
    /// Where the tree comes from.
    file: String,
    staffing: Option<Staffing>,
    /// Fields of the scenario that are other for this model.
    world: Vec<(Vec<Segment>, Origin, Node)>,
}

/// A staffing model in the list, read only as far as a suggestion needs it.
struct ListedModel {
    name: String,
    path: String,
    /// It is a path, not a table.
    alone: bool,
    tree: Option<Node>,
}

/// One world, with the file's shape it came from.
struct WorldEntry {
    tree: Node,
    scenario: Scenario,
    short: bool,
}

impl WorldEntry {
    /// The targets that stand beside this world.
    fn asked(&self) -> &[Target] {
        self.scenario.targets.get().map_or(&[][..], |t| t.as_slice())
    }
}

impl Loader {
    fn scenario(&mut self, name: &str, text: &str, base: &Path, overrides: &[Override]) -> Option<Compiled> {
        let file = self.reader.add(name, base, text.into());
        let mut tree = self.reader.tree(file);
        if matches!(&tree.value, Value::Table(entries) if entries.is_empty())
            && overrides.is_empty()
            && !self.reader.broken_syntax
        {
            let fault = self.reader.error(tree.origin, "this file is empty");
            fault.help("a scenario has a horizon, arrivals and teams, or a [queue]: see docs/SCENARIO.md");
            return None;
        }
        let mut of_models: Vec<(&Override, u32, Node)> = Vec::new();
        let teams_given = overrides
            .iter()
            .any(|o| o.first() == "teams" && o.path().len() == 1);
        for wanted in overrides {
            let (source, value) = wanted.source(&mut self.reader, Path::new(""));
            if wanted.first() == "models" {
                of_models.push((wanted, source, value));
            } else if !self.misdirected(wanted, source, &tree, teams_given) {
                set(&mut self.reader, &mut tree, wanted.path(), value, &|s| {
                    Override::place(source, s)
                });
            }
        }
        if is_staffing_file(&tree) && !self.reader.broken_syntax {
            let message = "this is a staffing file: it answers no question by itself";
            self.reader
                .error(tree.origin, message)
                .help("check the scenario that names it under experiment.models");
            return None;
        }
        // The model in place shares the scenario's tree: its overrides go there before anything is read.
        let stem = Path::new(name)
            .file_stem()
            .map_or_else(|| name.to_owned(), |s| s.to_string_lossy().into_owned());
        let in_place = in_place_name(&tree, &stem);
        of_models.retain(|(wanted, source, value)| match (wanted.model(), &in_place) {
            (Some((model, path)), Some(name)) if model == name => {
                set(&mut self.reader, &mut tree, path, value.clone(), &|s| {
                    Override::place(*source, s)
                });
                false
            }
            _ => true,
        });
        let (first, models) = {
            let entry = self.world_entry(&tree)?;
            let models = self.models(&tree, &entry, in_place, &of_models);
            (entry, models)
        };
        if self.reader.broken_syntax {
            return None;
        }
        self.compile(name, &stem, &tree, first, models)
    }

    /// Notes an override that addresses a staffing file through the scenario, which does not contain it.
    fn misdirected(&mut self, wanted: &Override, source: u32, tree: &Node, teams_given: bool) -> bool {
        let path = wanted.path();
        let listed = listed(tree);
        if listed.is_empty() {
            return false;
        }
        if wanted.first() == "experiment" && path.len() > 3 && path[1].key == "models" {
            let key = &path[2];
            let by_name = |n: &&Node| n.get("name").and_then(Node::as_text) == Some(&key.key);
            let by_index = || listed.get(key.key.parse::<usize>().ok()?);
            if let Some(Value::Table(_)) = listed.iter().find(by_name).or_else(by_index).map(|n| &n.value) {
                return false;
            }
            let rest = if path[3].key == "set" { 4 } else { 3 };
            let models = self.names_of(listed);
            let alone = || models.iter().filter(|m| m.alone);
            let meant = alone()
                .find(|m| m.name == key.key)
                .or_else(|| models.get(key.key.parse::<usize>().ok()?))
                .or_else(|| alone().find(|m| own_name(&m.path, None) == key.key));
            let Some(ListedModel { name, .. }) = meant else {
                let known: Vec<&str> = models.iter().map(|m| m.name.as_str()).collect();
                let help = did_you_mean(&key.key, &known);
                let message = format!("no staffing model is named `{}`", key.key);
                self.reader
                    .error(Override::place(source, key), message)
                    .suggestion = help;
                return true;
            };
            let help = model_path(name, wanted.text_from(rest));
            self.reader
                .error(
                    Override::place(source, &path[3]),
                    format!(
                        "the model `{name}` is listed by its path alone and has no field `{}`",
                        path[3].key
                    ),
                )
                .help(help);
            return true;
        }
        let in_place = in_place_name(tree, "").is_some();
        if in_place || teams_given || !IN_PLACE.contains(&wanted.first()) {
            return false;
        }
        let models = self.names_of(listed);
        let help = if wanted.first() == "name" {
            "name a model in the list: { staffing = \"...\", name = \"...\" }".to_owned()
        } else {
            // The model that has the team or department, where one has.
            let has = |staffing: &Node| match (staffing.get(wanted.first()).map(|n| &n.value), path.get(1)) {
                (Some(Value::List(nodes)), Some(key)) => nodes
                    .iter()
                    .any(|n| n.get("name").and_then(Node::as_text) == Some(&key.key)),
                (Some(Value::Table(entries)), Some(key)) => entries.iter().any(|e| e.key == key.key),
                _ => false,
            };
            let meant = models
                .iter()
                .find(|m| m.tree.as_ref().is_some_and(has))
                .or(models.first());
            let name = meant.map_or("NAME", |m| m.name.as_str());
            model_path(name, wanted.text_from(0))
        };
        self.reader
            .error(
                Override::place(source, &path[0]),
                "this scenario has no staffing of its own: its models come from files",
            )
            .help(help);
        true
    }

    /// The listed staffing models with their names and files.
    fn names_of(&mut self, listed: &[Node]) -> Vec<ListedModel> {
        let mut out = Vec::new();
        for node in listed {
            let Some(path) = node
                .as_text()
                .or_else(|| node.get("staffing").and_then(Node::as_text))
            else {
                continue;
            };
            let at = node.get("staffing").map_or(node.origin, |n| n.origin);
            let tree = self.reader.toml_file(path, at);
            let given = node.get("name").and_then(Node::as_text).map(str::to_owned);
            let name = given.unwrap_or_else(|| own_name(path, tree.as_ref()));
            out.push(ListedModel {
                name,
                path: path.to_owned(),
                alone: node.as_text().is_some(),
                tree,
            });
        }
        out
    }

    /// Reads the scenario's shape from a tree; the short form is written out first.
    fn world_entry(&mut self, tree: &Node) -> Option<WorldEntry> {
        if !fits(&mut self.reader, tree) {
            return None;
        }
        let scenario = Scenario::read(tree, &mut self.reader)?;
        let Some(queue) = scenario.queue.get() else {
            let short = scenario.queue.given();
            return Some(WorldEntry {
                tree: tree.clone(),
                scenario,
                short,
            });
        };
        let full = in_full(&mut self.reader, tree, queue);
        let scenario = Scenario::read(&full, &mut self.reader)?;
        Some(WorldEntry {
            tree: full,
            scenario,
            short: true,
        })
    }

    /// Every staffing model, the one in place first.
    fn models(
        &mut self,
        tree: &Node,
        entry: &WorldEntry,
        in_place: Option<String>,
        overrides: &[(&Override, u32, Node)],
    ) -> Vec<ModelDraft> {
        let mut out: Vec<ModelDraft> = Vec::new();
        if let Some(name) = in_place {
            out.push(self.model_in_place(entry, name));
        }
        let experiment = entry.scenario.experiment.get();
        let shapes = experiment
            .and_then(|e| e.models.get())
            .map_or(&[][..], |m| m.as_slice());
        if shapes.len() > MODEL_LIMIT {
            let at = experiment.map_or(tree.origin, |e| e.models.place_or(e.here));
            self.reader
                .error(at, "at most 1,000 staffing models")
                .found(shapes.len().to_string());
            return out;
        }
        let mut used = vec![false; overrides.len()];
        for shape in shapes {
            match &shape.value {
                Either::A(path) => {
                    out.extend(self.model_file(&path.0, shape.at, None, tree, overrides, &mut used));
                }
                Either::B(table) => {
                    if let Some((path, at)) = table.staffing.at() {
                        out.extend(self.model_file(&path.0, at, Some(table), tree, overrides, &mut used));
                    }
                }
            }
        }
        if used.contains(&false) {
            // As the list is written: what is faulty in it does not hide the other names.
            let mut known = self.names_of(listed(tree));
            known.extend(out.first().filter(|m| m.file.is_empty()).map(|m| ListedModel {
                name: m.name.clone(),
                path: String::new(),
                alone: false,
                tree: None,
            }));
            for ((wanted, source, _), used) in overrides.iter().zip(used) {
                if !used {
                    self.unknown_model(wanted, *source, &known);
                }
            }
        }
        if out.is_empty() && shapes.is_empty() && !self.reader.broken_syntax {
            let given = experiment.is_some_and(|e| e.models.given());
            let faulty =
                entry.scenario.teams.given() || entry.scenario.experiment.given() && experiment.is_none();
            let empty = experiment.is_some_and(|e| e.models.get().is_some());
            let mistaken = ["teams", "queue", "experiment"]
                .iter()
                .any(|key| self.reader.mistaken(tree.origin, key));
            if !faulty && !mistaken && (!given || empty) {
                let fault = self
                    .reader
                    .error(tree.origin, "nobody answers: the scenario has no staffing model");
                fault.help("write `[[teams]]`, `[queue]`, or experiment.models = [\"staffing/....toml\"]");
            }
        }
        let mut seen: BTreeMap<&str, Origin> = BTreeMap::new();
        for model in &out {
            if seen.insert(&model.name, model.name_at).is_some() {
                let fault = self.reader.error(
                    model.name_at,
                    format!("two staffing models are named `{}`", model.name),
                );
                fault.help("give one of them a `name`: { staffing = \"...\", name = \"...\" }");
            }
        }
        out
    }

    fn unknown_model(&mut self, wanted: &Override, source: u32, models: &[ListedModel]) {
        let place = &wanted.path()[wanted.path().len().min(2) - 1];
        let at = Override::place(source, place);
        if wanted.model().is_none() {
            let fault = self.reader.error(at, "expected models.NAME.FIELD=value");
            fault.help("such as models.\"call centre\".teams.agents.agents=7");
            return;
        }
        // A model that could not be read is named all the same.
        if models.iter().any(|m| m.name == place.key) {
            return;
        }
        let known: Vec<&str> = models.iter().map(|m| m.name.as_str()).collect();
        // By the name in its file, or by the file.
        let is_meant = |m: &&ListedModel| {
            let own = [own_name(&m.path, m.tree.as_ref()), own_name(&m.path, None)];
            !m.path.is_empty() && own.contains(&place.key)
        };
        let help = match models.iter().find(is_meant) {
            Some(model) => Some(format!("did you mean `{}`?", model.name)),
            None => did_you_mean(&place.key, &known),
        };
        self.reader
            .error(at, format!("no staffing model is named `{}`", place.key))
            .suggestion = help;
    }

    fn model_in_place(&mut self, entry: &WorldEntry, name: String) -> ModelDraft {
        let entries: Vec<Entry> = match &entry.tree.value {
            Value::Table(entries) => entries
                .iter()
                .filter(|e| IN_PLACE.contains(&e.key.as_str()))
                .cloned()
                .collect(),
            _ => Vec::new(),
        };
        let tree = Node {
            origin: entry.tree.origin,
            value: Value::Table(entries),
        };
        // A `[queue]` that could not be read brings no team.
        if !entry.scenario.teams.given() && !entry.scenario.queue.given() {
            self.reader.missing(
                tree.origin,
                "teams",
                "a staffing model in place",
                "a list of teams",
            );
        }
        let staffing = entry
            .scenario
            .teams
            .given()
            .then(|| Staffing::read(&tree, &mut self.reader))
            .flatten();
        let name_at = tree.get("name").map_or(tree.origin, |n| n.origin);
        ModelDraft {
            name,
            name_at,
            tree,
            file: String::new(),
            staffing,
            world: Vec::new(),
        }
    }

    fn model_file(
        &mut self,
        path: &str,
        at: Origin,
        table: Option<&ModelTable>,
        scenario: &Node,
        overrides: &[(&Override, u32, Node)],
        used: &mut [bool],
    ) -> Option<ModelDraft> {
        let mut tree = self.reader.toml_file(path, at)?;
        let (name, name_at) = match table.and_then(|t| t.name.at()) {
            Some((name, at)) => (name.0.clone(), at),
            None => (own_name(path, Some(&tree)), at),
        };
        let mut world = Vec::new();
        if let Some(table) = table {
            for (path, at, value) in self.paths(table.set.get(), &tree) {
                set(&mut self.reader, &mut tree, &path, value, &|_| at);
            }
            world = self.paths(table.world.get(), scenario);
            for (path, at, _) in &world {
                let first = path.first().map_or("", |s| s.key.as_str());
                if Scenario::KEYS.contains(&first) && !WORLD_FIELDS.contains(&first) {
                    let fault = self
                        .reader
                        .error(*at, format!("`{first}` is not of the world: it cannot differ so"));
                    fault.help(format!("of the world are {}", WORLD_FIELDS.join(", ")));
                }
            }
        }
        for ((wanted, source, value), used) in overrides.iter().zip(used) {
            if let Some((model, path)) = wanted.model()
                && model == name
            {
                *used = true;
                set(&mut self.reader, &mut tree, path, value.clone(), &|s| {
                    Override::place(*source, s)
                });
            }
        }
        let staffing = fits(&mut self.reader, &tree)
            .then(|| Staffing::read(&tree, &mut self.reader))
            .flatten();
        Some(ModelDraft {
            name,
            name_at,
            file: path.to_owned(),
            tree,
            staffing,
            world,
        })
    }

    /// Paths and values of `set` or `world`, for this tree. A whole table may be given only where the tree has none: else
    /// it could mean the table or the fields in it.
    fn paths(&mut self, table: Option<&Named<Anything>>, tree: &Node) -> Vec<(Vec<Segment>, Origin, Node)> {
        let mut out = Vec::new();
        for entry in table.map_or(&[][..], |t| t.0.as_slice()) {
            let Some(value) = &entry.value else { continue };
            if !self.reader.spend(entry.key_at, Cost::Text, 1_000) {
                break;
            }
            match path_of_key(&entry.key) {
                Some(path)
                    if path.len() == 1
                        && matches!(value.0.value, Value::Table(_))
                        && tree.get(&path[0].key).is_some() =>
                {
                    let fault = self
                        .reader
                        .error(entry.key_at, "a path of fields is written in quotes");
                    fault.found(format!("`{}` and a table", entry.key));
                    fault.help(format!("such as {{ \"{}.name.field\" = 7 }}", entry.key));
                }
                Some(path) => out.push((path, entry.key_at, value.0.clone())),
                None => {
                    let fault = self.reader.error(entry.key_at, "expected a path of fields");
                    fault
                        .found(format!("`{}`", entry.key))
                        .help("such as \"teams.agents.at_once\"");
                }
            }
        }
        out
    }

    fn compile(
        &mut self,
        name: &str,
        stem: &str,
        tree: &Node,
        first: WorldEntry,
        models: Vec<ModelDraft>,
    ) -> Option<Compiled> {
        // Worlds: the scenario's own, and one for every other set of fields.
        let mut worlds = vec![first];
        let mut world_of: Vec<usize> = Vec::new();
        let mut known: BTreeMap<[u64; 2], usize> = BTreeMap::new();
        let length = self.reader.text(tree.origin.source).len() as u64;
        for model in &models {
            let Some((_, at, _)) = model.world.first() else {
                world_of.push(0);
                continue;
            };
            if !self.reader.spend(*at, Cost::Text, length) {
                return None;
            }
            let mut world_tree = tree.clone();
            for (path, at, value) in &model.world {
                set(&mut self.reader, &mut world_tree, path, value.clone(), &|_| *at);
            }
            let text = fingerprint(&world_tree.to_toml());
            let place = if let Some(place) = known.get(&text) {
                *place
            } else {
                worlds.push(self.world_entry(&world_tree)?);
                known.insert(text, worlds.len() - 1);
                worlds.len() - 1
            };
            world_of.push(place);
        }
        let mut classes = ArrivalClasses::default();
        for world in &worlds {
            classes.collect(&mut self.reader, &mut self.csv, &world.scenario);
        }
        let scenarios: Vec<&Scenario> = worlds.iter().map(|w| &w.scenario).collect();
        classes.refuse_all(&mut self.reader, &scenarios);
        classes.collect_calls(&mut self.reader, &scenarios);
        let drafts = self.drafts(&worlds, &models, &world_of, &classes);
        let staffed = self.staffed(&worlds, &drafts, &models, &world_of, &classes);
        self.check_loops(&models, &worlds, &drafts, &staffed, &world_of);
        let asked = worlds[0].asked();
        let scenario = &worlds[0].scenario;
        // A model with faults might take the phone, too.
        let calls_taken = staffed
            .iter()
            .any(|draft| draft.as_ref().is_none_or(|d| d.service.takes_calls));
        let targets = targets::targets(&mut self.reader, asked, &classes, &drafts, calls_taken);
        let experiment = targets::experiment(&mut self.reader, scenario.experiment.get());
        let observe = targets::observe(
            &mut self.reader,
            scenario.observe.get(),
            &drafts[0].calendar,
            drafts.iter().all(|d| d.clock_known).then_some(&drafts),
        );
        if self.reader.failed() {
            return None;
        }
        let met = staffed.iter().zip(&models).zip(&world_of);
        let met = met.filter_map(|((draft, model), &world)| {
            let staffing = model.staffing.as_ref()?;
            Some(MetModel {
                name: &model.name,
                at: staffing.teams.place_or(staffing.here),
                world: &drafts[world].world,
                staffing: draft.as_ref()?,
            })
        });
        let question = Question {
            models: met.collect(),
            classes: &classes,
            targets: asked.iter().zip(&targets).collect(),
        };
        warn_of_empty_desks(&mut self.reader, &question);
        warn_of_targets(&mut self.reader, &question);
        let configuration = configuration(tree, &models);
        let mut shared = SharedWorlds::default();
        let mut compiled = Vec::new();
        for ((draft, model), world) in staffed.into_iter().zip(models).zip(world_of) {
            let draft = draft?;
            compiled.push(Model {
                name: model.name,
                world: shared.world(&drafts[world], world as u32, &draft),
                world_id: world as u32,
                plan: draft.plan,
                service: draft.service,
                team_names: draft.team_names,
                team_hours: draft.team_hours,
                charged: draft.charged,
                cost_per_hour: draft.cost_per_hour,
                base_class: draft.base_class,
            });
        }
        Some(Compiled {
            title: scenario
                .title
                .get()
                .map_or_else(|| stem.to_owned(), |t| t.0.clone()),
            file: name.to_owned(),
            models: compiled,
            targets,
            experiment,
            observe,
            names: classes.names(),
            clocks: worlds
                .iter()
                .zip(&drafts)
                .map(|(world, draft)| {
                    let starts = world.scenario.start.given();
                    starts.then(|| LocalClock::new(&draft.calendar))
                })
                .collect(),
            configuration,
        })
    }

    /// Every world compiled, followed as long as the models that meet it are asked to be.
    fn drafts(
        &mut self,
        worlds: &[WorldEntry],
        models: &[ModelDraft],
        world_of: &[usize],
        classes: &ArrivalClasses,
    ) -> Vec<WorldDraft> {
        let compile = |(place, world): (usize, &WorldEntry)| {
            let meets = models.iter().zip(world_of).filter(|m| *m.1 == place);
            let asked = Asked {
                targets: worlds[0].asked(),
                staffings: meets.filter_map(|(model, _)| model.staffing.as_ref()).collect(),
                short: world.short,
            };
            compile_world(&mut self.reader, &mut self.csv, &world.scenario, classes, &asked)
        };
        worlds.iter().enumerate().map(compile).collect()
    }

    /// Every staffing model compiled against its world.
    fn staffed(
        &mut self,
        worlds: &[WorldEntry],
        drafts: &[WorldDraft],
        models: &[ModelDraft],
        world_of: &[usize],
        classes: &ArrivalClasses,
    ) -> Vec<Option<StaffingDraft>> {
        let compile = |(model, &world): (&ModelDraft, &usize)| {
            let scenario = &worlds[world].scenario;
            let described = scenario
                .classes
                .get()
                .map_or(Vec::new(), |c| c.0.iter().map(|e| e.key.as_str()).collect());
            let setting = Setting {
                world: &drafts[world],
                classes,
                described,
                observe: worlds[0].scenario.observe.get(),
                phone: scenario.phone.given(),
            };
            let staffing = model.staffing.as_ref()?;
            compile_staffing(&mut self.reader, &mut self.csv, staffing, &setting)
        };
        models.iter().zip(world_of).map(compile).collect()
    }
}

impl Loader {
    /// What comes back is counted: customers, finished work, looks at the page.
    fn check_loops(
        &mut self,
        models: &[ModelDraft],
        worlds: &[WorldEntry],
        drafts: &[WorldDraft],
        staffed: &[Option<StaffingDraft>],
        world_of: &[usize],
    ) {
        let mut limited = vec![false; worlds.len()];
        for ((model, staffing), &world) in models.iter().zip(staffed).zip(world_of) {
            let (Some(shape), Some(staffing)) = (&model.staffing, staffing) else {
                continue;
            };
            let plan = &staffing.plan;
            let of_class = |c: &ClassPlan| c.queue_capacity.is_some() || c.lines.is_some();
            limited[world] |= plan.capacity.is_some() || plan.classes.iter().any(of_class);
            check_model(&mut self.reader, shape, staffing, &drafts[world]);
        }
        for ((entry, draft), limited) in worlds.iter().zip(drafts).zip(limited) {
            check_retries(&mut self.reader, &entry.scenario, draft, limited);
        }
    }
}

/// Two hashes of a text: equal texts have equal ones, and different ones by a chance of 2^-128 do.
fn fingerprint(text: &str) -> [u64; 2] {
    [0_u8, 1].map(|salt| {
        let mut hasher = DefaultHasher::new();
        (salt, text).hash(&mut hasher);
        hasher.finish()
    })
}

/// Worlds already filled in: models that weigh topics alike share one.
#[derive(Default)]
struct SharedWorlds {
    made: Vec<(u32, Arc<World>)>,
}

impl SharedWorlds {
    /// The world of a draft with the topic weights of a staffing model's score.
    fn world(&mut self, draft: &WorldDraft, id: u32, staffing: &StaffingDraft) -> Arc<World> {
        let fits = |world: &World| {
            world
                .streams
                .iter()
                .map(|s| s.topic_weight)
                .eq(staffing.topic_weights.iter().copied())
        };
        if let Some((_, known)) = self
            .made
            .iter()
            .find(|(known, world)| *known == id && fits(world))
        {
            return known.clone();
        }
        let mut world = draft.world.clone();
        for (stream, weight) in world.streams.iter_mut().zip(&staffing.topic_weights) {
            stream.topic_weight = *weight;
        }
        let world = Arc::new(world);
        self.made.push((id, world.clone()));
        world
    }
}

/// Staffing models in the list, as they are written.
fn listed(tree: &Node) -> &[Node] {
    match tree
        .get("experiment")
        .and_then(|e| e.get("models"))
        .map(|m| &m.value)
    {
        Some(Value::List(nodes)) => nodes,
        _ => &[],
    }
}

/// The name of a staffing model by itself: its file's `name`, else the file's.
fn own_name(path: &str, tree: Option<&Node>) -> String {
    let name = tree.and_then(|t| t.get("name")).and_then(Node::as_text);
    name.map_or_else(
        || {
            Path::new(path)
                .file_stem()
                .map_or_else(|| path.to_owned(), |s| s.to_string_lossy().into_owned())
        },
        str::to_owned,
    )
}

/// How an override addresses a field of one staffing model.
fn model_path(name: &str, rest: Option<String>) -> String {
    let rest = rest.filter(|r| !r.starts_with("set="));
    let rest = rest.unwrap_or_else(|| "FIELD=value".into());
    format!("--set 'models.\"{name}\".{rest}'")
}

/// Teams, and nothing that asks a question.
fn is_staffing_file(tree: &Node) -> bool {
    let asks = |key: &&str| !Staffing::KEYS.contains(key) && *key != "title";
    let is_list = tree
        .get("teams")
        .is_some_and(|t| matches!(t.value, Value::List(_)));
    is_list
        && !Scenario::KEYS
            .iter()
            .filter(|k| asks(k))
            .any(|k| tree.get(k).is_some())
}

/// The name of the staffing model written in place, if there is one.
fn in_place_name(tree: &Node, stem: &str) -> Option<String> {
    let here = ["teams", "routing", "hand_over", "departments", "queue"]
        .iter()
        .any(|key| tree.get(key).is_some());
    here.then(|| {
        tree.get("name")
            .and_then(Node::as_text)
            .unwrap_or(stem)
            .to_owned()
    })
}

/// The scenario and each staffing file as they were understood.
fn configuration(tree: &Node, models: &[ModelDraft]) -> String {
    let mut out = tree.to_toml();
    for model in models.iter().filter(|m| !m.file.is_empty()) {
        out.push_str(&format!(
            "\n# {} ({})\n",
            model.name.escape_debug(),
            model.file.escape_debug()
        ));
        out.push_str(&model.tree.to_toml());
    }
    out
}
