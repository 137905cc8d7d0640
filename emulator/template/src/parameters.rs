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

/// Types whose values are names of what there is in an account: CloudFormation looks them up before it creates anything, and here
/// they mean nothing.
const AWS_TYPES: [&str; 3] = [
    "AWS::EC2::VPC::Id",
    "List<AWS::EC2::Subnet::Id>",
    "List<AWS::EC2::SecurityGroup::Id>",
];

/// The value of a parameter that needs one on AWS, but not here.
const PLACEHOLDER: &str = "local";

/// Reads `Parameters` and applies the given values. Those that are `unneeded` have nothing to say here, and may be without one.
pub(crate) fn read(
    node: Option<&Node>,
    given: &IndexMap<String, String>,
    unneeded: &[String],
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
        let placeholder = unneeded.contains(name).then_some(PLACEHOLDER);
        if let Some(value) = read_one(name, node, given.get(name), placeholder, problems) {
            parameters.insert(name.clone(), value);
        }
    }
    parameters
}

fn read_one(
    name: &str,
    node: &Node,
    given: Option<&String>,
    placeholder: Option<&str>,
    problems: &Problems,
) -> Option<Parameter> {
    let section = Section::new(name, "a parameter", node, problems);
    let kind = section.need_string("Type")?;
    let default = section.string("Default");
    let allowed = section.get("AllowedValues").map(texts);
    let min = section.string("MinValue");
    let max = section.string("MaxValue");
    let pattern = section.string("AllowedPattern");
    let line = section.line();
    let report = |message: String| problems.add(line, name, message);
    section.finish(&["Description", "ConstraintDescription", "NoEcho"]);

    let placeholder = placeholder.or(AWS_TYPES.contains(&kind.as_str()).then_some(PLACEHOLDER));
    let named = given.cloned().or(default);
    let is_placeholder = named.is_none();
    let Some(value) = named.or(placeholder.map(str::to_owned)) else {
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
    if let Some(pattern) = pattern.filter(|_| !is_placeholder)
        && let Err(message) = check_pattern(&value, &pattern)
    {
        report(message);
        return None;
    }
    match kind.as_str() {
        "String" | "AWS::EC2::VPC::Id" => Some(Parameter::Text(value)),
        "Number" => match check_number(&value, min.as_deref(), max.as_deref()) {
            Ok(()) => Some(Parameter::Text(value)),
            Err(message) => {
                report(message);
                None
            }
        },
        "CommaDelimitedList"
        | "List<AWS::EC2::Subnet::Id>"
        | "List<AWS::EC2::SecurityGroup::Id>" => Some(Parameter::List(
            value
                .split(',')
                .map(|item| item.trim().to_owned())
                .collect(),
        )),
        other => {
            report(format!(
                "type {other} is not supported; supported: String, Number, CommaDelimitedList, {}",
                AWS_TYPES.join(", ")
            ));
            None
        }
    }
}

/// The pattern must match all of the value.
fn check_pattern(value: &str, pattern: &str) -> Result<(), String> {
    let whole = regex_lite::Regex::new(&format!("^(?:{pattern})$"))
        .map_err(|error| format!("its AllowedPattern {pattern} can't be read: {error}"))?;
    if whole.is_match(value) {
        return Ok(());
    }
    Err(format!("{value:?} does not match AllowedPattern {pattern}"))
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
