//! YAML as the readers see it: values with the line on which they (or their key) stand.

use indexmap::IndexMap;
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

use crate::problems::Problems;

/// A value and the line of its key, or its own line where it has no key.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// A YAML value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(String),
    List(Vec<Node>),
    Map(Map),
    /// `!Tag value`, before intrinsics are resolved.
    Tagged(String, Box<Node>),
    /// `!Ref AWS::NoValue`: the key or item that has it is left out.
    Absent,
    /// A problem has been reported here already: readers take it for any type and stay silent.
    Bad,
}

/// A mapping, in the order of the file.
pub(crate) type Map = IndexMap<String, Node>;

impl Node {
    /// Reads one YAML document.
    pub(crate) fn parse(text: &str, problems: &Problems) -> Option<Self> {
        match MarkedYaml::load_from_str(text) {
            Ok(documents) => match documents.as_slice() {
                [document] => Some(convert(document, problems)),
                others => {
                    let count = others.len();
                    problems.add(
                        1,
                        "template",
                        format!("has {count} YAML documents, one is supported"),
                    );
                    None
                }
            },
            Err(error) => {
                let line = error.marker().line();
                problems.add(
                    line,
                    "template",
                    format!("is not valid YAML: {}", error.info()),
                );
                None
            }
        }
    }

    /// The scalar as text, as CloudFormation turns numbers and booleans into strings.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.value {
            Value::String(text) => Some(text.clone()),
            Value::Int(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null
            | Value::List(_)
            | Value::Map(_)
            | Value::Tagged(..)
            | Value::Absent
            | Value::Bad => None,
        }
    }

    /// Whether it is anything but `!Ref AWS::NoValue`.
    pub(crate) fn is_present(&self) -> bool {
        !matches!(self.value, Value::Absent)
    }

    /// The value under a key of a mapping.
    pub(crate) fn entry(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// The node as JSON, for services whose API takes the CloudFormation shape.
    pub(crate) fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null | Value::Absent | Value::Bad | Value::Tagged(..) => serde_json::Value::Null,
            Value::Bool(flag) => (*flag).into(),
            Value::Int(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::String(text) => text.clone().into(),
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Map(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), value.json()))
                .collect(),
        }
    }

    /// The `Type` of a resource, or nothing.
    pub(crate) fn type_name(&self) -> String {
        self.entry("Type").and_then(Self::text).unwrap_or_default()
    }

    /// The items of a list. What has been reported already is an empty one.
    pub(crate) fn items(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            Value::Bad => Some(&[]),
            _ => None,
        }
    }

    /// What the value is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null | Value::Absent => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Tagged(..) | Value::Bad => "an intrinsic",
        }
    }
}

fn convert(node: &MarkedYaml<'_>, problems: &Problems) -> Node {
    let line = node.span.start.line();
    let value = match &node.data {
        YamlData::Value(scalar) => convert_scalar(scalar),
        YamlData::Sequence(items) => {
            Value::List(items.iter().map(|item| convert(item, problems)).collect())
        }
        YamlData::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key_node = convert(key, problems);
                let Some(name) = key_node.text() else {
                    problems.add(
                        key_node.line,
                        "template",
                        format!("a key is {}, strings are supported", key_node.kind()),
                    );
                    continue;
                };
                let mut child = convert(value, problems);
                child.line = key_node.line;
                map.insert(name, child);
            }
            Value::Map(map)
        }
        YamlData::Tagged(tag, inner) => {
            Value::Tagged(tag.suffix.clone(), Box::new(convert(inner, problems)))
        }
        YamlData::Alias(_) | YamlData::BadValue | YamlData::Representation(..) => {
            problems.add(line, "template", "a value can't be read");
            Value::Bad
        }
    };
    Node { line, value }
}

fn convert_scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(flag) => Value::Bool(*flag),
        Scalar::Integer(number) => Value::Int(*number),
        Scalar::FloatingPoint(number) => Value::Float(number.into_inner()),
        Scalar::String(text) => Value::String(text.clone().into_owned()),
    }
}
