//! Parameters: their defaults, the values given for them, and what those may be.

use indexmap::IndexMap;

use crate::node::{Node, Value};
use crate::problems::Problems;
use crate::section::Section;

/// What `!Ref` of a parameter gives.
#[derive(Debug, Clone)]
pub(crate) enum Parameter {
    Text(String),
    List(Vec<String>),
}

/// Reads `Parameters` and applies the given values.
pub(crate) fn read(
    node: Option<&Node>,
    given: &IndexMap<String, String>,
    problems: &Problems,
) -> IndexMap<String, Parameter> {
    let mut parameters = IndexMap::new();
    let declared = match node.map(|node| &node.value) {
        Some(Value::Map(map)) => map.clone(),
        None => IndexMap::new(),
        Some(_) => {
            let line = node.map_or(1, |node| node.line);
            problems.add(line, "Parameters", "must be a mapping");
            return parameters;
        }
    };
    for name in given.keys().filter(|name| !declared.contains_key(*name)) {
        let known: Vec<&str> = declared.keys().map(String::as_str).collect();
        let line = node.map_or(1, |node| node.line);
        problems.add(
            line,
            "Parameters",
            format!(
                "a value was given for {name}, which is not declared; declared: {}",
                known.join(", ")
            ),
        );
    }
    for (name, node) in &declared {
        if let Some(value) = read_one(name, node, given.get(name), problems) {
            parameters.insert(name.clone(), value);
        }
    }
    parameters
}

fn read_one(
    name: &str,
    node: &Node,
    given: Option<&String>,
    problems: &Problems,
) -> Option<Parameter> {
    let section = Section::new(name, "a parameter", node, problems);
    let kind = section.need_string("Type")?;
    let default = section.string("Default");
    let allowed = section.get("AllowedValues").map(texts);
    let min = section.string("MinValue");
    let max = section.string("MaxValue");
    let line = section.line();
    let report = |message: String| problems.add(line, name, message);
    section.finish(&["Description", "ConstraintDescription", "NoEcho"]);

    let Some(value) = given.cloned().or(default) else {
        report(format!(
            "has no Default, so it needs a value: --parameter {name}=..."
        ));
        return None;
    };
    if let Some(allowed) = allowed
        && !allowed.contains(&value)
    {
        report(format!(
            "{value:?} is not allowed; allowed: {}",
            allowed.join(", ")
        ));
        return None;
    }
    match kind.as_str() {
        "String" => Some(Parameter::Text(value)),
        "Number" => match check_number(&value, min.as_deref(), max.as_deref()) {
            Ok(()) => Some(Parameter::Text(value)),
            Err(message) => {
                report(message);
                None
            }
        },
        "CommaDelimitedList" => Some(Parameter::List(
            value
                .split(',')
                .map(|item| item.trim().to_owned())
                .collect(),
        )),
        other => {
            report(format!(
                "type {other} is not supported; supported: String, Number, CommaDelimitedList"
            ));
            None
        }
    }
}

fn check_number(value: &str, min: Option<&str>, max: Option<&str>) -> Result<(), String> {
    let number: f64 = value
        .parse()
        .map_err(|_| format!("{value:?} is not a number"))?;
    let bound = |text: &str| {
        text.parse::<f64>()
            .map_err(|_| format!("its bound {text:?} is not a number"))
    };
    if let Some(min) = min
        && number < bound(min)?
    {
        return Err(format!("{value} is below MinValue {min}"));
    }
    if let Some(max) = max
        && number > bound(max)?
    {
        return Err(format!("{value} is above MaxValue {max}"));
    }
    Ok(())
}

fn texts(node: &Node) -> Vec<String> {
    match &node.value {
        Value::List(items) => items.iter().filter_map(Node::text).collect(),
        _ => Vec::new(),
    }
}
