//! What answers are held against: the schemas of docs/openapi.yaml.

use std::path::Path;

use boon::{Compiler, Draft, Schemas};
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Value, json};

/// A YAML file of the workspace as JSON, without its tags.
pub fn read_yaml(path: &str) -> Value {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path);
    let text = std::fs::read_to_string(path).unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    to_json(&documents[0])
}

/// The OpenAPI document.
pub fn document() -> Value {
    read_yaml("docs/openapi.yaml")
}

/// Fails unless the answer is as the schema of this name says.
pub fn assert_matches(schema: &str, answer: &Value) {
    if let Err(mismatch) = check(&format!("/components/schemas/{schema}"), answer) {
        panic!("{mismatch}\n{answer:#}");
    }
}

/// Holds a value against the schema at this place of the document.
fn check(schema: &str, value: &Value) -> Result<(), String> {
    const NAME: &str = "http://localhost/openapi.json";
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.set_default_draft(Draft::V2020_12);
    compiler.enable_format_assertions();
    compiler.add_resource(NAME, document()).unwrap();
    let schema = compiler.compile(&format!("{NAME}#{schema}"), &mut schemas);
    let valid = schemas.validate(value, schema.unwrap());
    valid.map_err(|mismatch| format!("{mismatch:#}"))
}

fn to_json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(boolean)) => json!(boolean),
        Yaml::Value(Scalar::Integer(integer)) => json!(integer),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Sequence(items) => items.iter().map(to_json).collect(),
        Yaml::Mapping(members) => {
            let member = |(name, value): (&Yaml<'_>, &Yaml<'_>)| {
                (name.as_str().unwrap().to_owned(), to_json(value))
            };
            Value::Object(members.iter().map(member).collect())
        }
        Yaml::Tagged(_, inner) => to_json(inner),
        other => panic!("not expected here: {other:?}"),
    }
}

/// Every example below a value, with the place of the schema beside it.
fn examples(value: &Value, place: &str, found: &mut Vec<(String, Value)>) {
    let mut look = |name: &str, value| {
        let name = name.replace('~', "~0").replace('/', "~1");
        let name = name.replace('{', "%7B").replace('}', "%7D");
        examples(value, &format!("{place}/{name}"), found);
    };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| look(name, value));
            if members.contains_key("schema")
                && let Some(example) = members.get("example")
            {
                found.push((format!("{place}/schema"), example.clone()));
            }
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, item)| look(&index.to_string(), item));
        }
        _ => {}
    }
}

#[test]
fn every_example_is_as_its_schema_says() {
    let mut found = Vec::new();
    examples(&document(), "", &mut found);
    assert!(found.len() > 20, "{}", found.len());
    for (schema, example) in found {
        let checked = check(&schema, &example);
        assert_eq!(checked, Ok(()), "{schema}\n{example:#}");
    }
}

#[test]
fn an_answer_that_is_not_as_the_schema_says_is_noticed() {
    let step = json!({"from": "1.00", "to": "1.1", "absolute": "0.10", "percent": "10.00"});
    let mismatch = check("/components/schemas/Step", &step).unwrap_err();
    assert!(mismatch.contains("'/to'"), "{mismatch}");
}
