//! The JSON Schema of both kinds of file, from the declarations that read them.

use serde_json::{Value as Json, json};

use crate::file::{Scenario, Staffing};
use crate::shape::{Defs, Read};

/// One JSON Schema (2020-12) for scenario and staffing files: `$defs/Scenario` and `$defs/Staffing`, either of which a
/// document may be.
pub fn schema() -> Json {
    let mut defs = Defs::new();
    let scenario = Scenario::schema(&mut defs);
    let staffing = Staffing::schema(&mut defs);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ashcloud scenario and staffing files",
        "anyOf": [scenario, staffing],
        "$defs": defs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references<'a>(value: &'a Json, out: &mut Vec<&'a str>) {
        match value {
            Json::Object(map) => {
                out.extend(map.get("$ref").and_then(Json::as_str));
                map.values().for_each(|v| references(v, out));
            }
            Json::Array(list) => list.iter().for_each(|v| references(v, out)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_is_defined_and_every_definition_said() {
        let schema = schema();
        let mut found = Vec::new();
        references(&schema, &mut found);
        assert!(found.len() > 50);
        for reference in found {
            let name = reference.strip_prefix("#/$defs/").unwrap();
            let definition = &schema["$defs"][name];
            assert!(
                definition["description"].as_str().is_some_and(|d| !d.is_empty()),
                "{name}: {definition}"
            );
        }
    }

    #[test]
    fn every_field_is_explained() {
        let schema = schema();
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            for (key, field) in definition["properties"].as_object().into_iter().flatten() {
                assert!(
                    field["description"].as_str().is_some_and(|d| !d.is_empty()),
                    "{name}.{key}"
                );
            }
        }
    }

    #[test]
    fn fields_not_built_yet_admit_nothing() {
        let schema = schema();
        assert_eq!(
            schema["$defs"]["Scenario"]["properties"]["page"]["not"],
            json!({})
        );
        assert_eq!(schema["$defs"]["Scenario"]["required"], json!(["horizon"]));
    }

    /// Key lists of the tables by name.
    macro_rules! keys {
        ($($name:ident)*) => {
            vec![$( (stringify!($name), crate::file::$name::KEYS, crate::file::$name::LATER) ),*]
        };
    }

    #[test]
    fn every_field_that_is_read_is_in_the_schema() {
        let tables = keys!(
            Scenario Staffing Queue Stream ProfileFile BusynessShape CountsFile PieceShape Decay Sinusoidal Mmpp Batch
            BatchSizeShape Storm TraceFile ContagionShape KernelShape Lomax LawTable MeanShape Branch LognormalTable
            GammaTable WeibullTable ParetoTable TriangularTable EmpiricalFile Class ToleranceEnds RetryTable Target Experiment
            ModelTable Observe Team Shift Skill Routing Score HandOverShape Phone AttentionShape PickShape SofaShape
            Department
        );
        let schema = schema();
        for (name, keys, later) in &tables {
            let properties = schema["$defs"][*name]["properties"].as_object().unwrap();
            for key in keys.iter().chain(*later) {
                assert!(properties.contains_key(*key), "{name}.{key}");
            }
            assert_eq!(properties.len(), keys.len() + later.len(), "{name}");
        }
        let closed = schema["$defs"]
            .as_object()
            .unwrap()
            .values()
            .filter(|d| d["additionalProperties"] == false);
        assert_eq!(closed.count(), tables.len());
    }
}
