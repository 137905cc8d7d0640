//! What answers are held against: the schemas of docs/openapi.yaml.

use std::path::Path;

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
    let reference = format!("#/components/schemas/{schema}");
    let errors = mismatches(&document(), &json!({"$ref": reference}), answer);
    assert!(errors.is_empty(), "{schema}: {errors:?}\n{answer:#}");
}

fn mismatches(document: &Value, schema: &Value, instance: &Value) -> Vec<String> {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    let validator = options.build(&schema).unwrap();
    let errors = validator.iter_errors(instance);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
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

/// Everything below a value that has both a schema and an example.
fn examples<'a>(value: &'a Value, found: &mut Vec<(&'a Value, &'a Value)>) {
    match value {
        Value::Object(members) => {
            if let (Some(schema), Some(example)) = (members.get("schema"), members.get("example")) {
                found.push((schema, example));
            }
            members.values().for_each(|member| examples(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| examples(item, found)),
        _ => {}
    }
}

#[test]
fn every_example_is_as_its_schema_says() {
    let document = document();
    let mut found = Vec::new();
    examples(&document, &mut found);
    assert!(found.len() > 20, "{}", found.len());
    for (schema, example) in found {
        let errors = mismatches(&document, schema, example);
        assert!(errors.is_empty(), "{errors:?}\n{example:#}");
    }
}

#[test]
fn an_answer_that_is_not_as_the_schema_says_is_noticed() {
    let schema = json!({"$ref": "#/components/schemas/Step"});
    let step = json!({"from": "1.00", "to": "1.1", "absolute": "0.10", "percent": "10.00"});
    let errors = mismatches(&document(), &schema, &step);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("/to: "), "{errors:?}");
}
