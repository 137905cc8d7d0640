//! `!Ref`, `!Sub`, `!GetAtt` and `!If`, in their short and long forms.

use std::cell::Cell;

use indexmap::IndexMap;

use crate::arn::{ACCOUNT, REGION, api_id, function_arn, secret_arn, topic_arn};
use crate::node::{Node, Value};
use crate::parameters::Parameter;
use crate::problems::Problems;

const SUPPORTED: &str = "supported intrinsics: !Ref, !Sub, !GetAtt, !If";

const IF_FORM: &str =
    "!If takes a list of three: a condition's name, the value if it holds, and the value if not";

/// Resolves intrinsics against the parameters and the resources of one template.
pub(crate) struct Resolver<'a> {
    pub(crate) parameters: IndexMap<String, Parameter>,
    /// Type of each resource by logical id.
    pub(crate) resources: IndexMap<String, String>,
    /// Parameters that were declared, with a value or without: no second report for the latter.
    pub(crate) declared: Vec<String>,
    /// Whether each condition holds; `None` where something is wrong with it, which has been reported.
    pub(crate) conditions: IndexMap<String, Option<bool>>,
    /// The condition that keeps a resource from being created, by the resource's logical id.
    pub(crate) absent: IndexMap<String, String>,
    /// Whether what is resolved is not used: the other branch of an `!If`, or what is not created. Names must be right there, too,
    /// but may be those of resources that are not created.
    pub(crate) unused: Cell<bool>,
    pub(crate) secrets_by_name: bool,
    pub(crate) problems: &'a Problems,
}

impl Resolver<'_> {
    /// The node with every intrinsic in it replaced by its value.
    pub(crate) fn resolve(&self, node: &Node, place: &str) -> Node {
        let line = node.line;
        let value = match &node.value {
            Value::Tagged(tag, inner) => self.intrinsic(tag, inner, line, place),
            Value::List(items) => {
                let items = items.iter().map(|item| self.resolve(item, place));
                Value::List(items.filter(Node::is_present).collect())
            }
            Value::Map(map) => {
                if let Some((tag, inner)) = intrinsic_of(node) {
                    self.intrinsic(tag, inner, line, place)
                } else {
                    let entries = map.iter();
                    let entries =
                        entries.map(|(key, node)| (key.clone(), self.resolve(node, place)));
                    Value::Map(entries.filter(|(_, node)| node.is_present()).collect())
                }
            }
            other => other.clone(),
        };
        Node { line, value }
    }

    /// Only reports what is wrong with a node that is not used.
    pub(crate) fn check_unused(&self, node: &Node, place: &str) {
        let before = self.unused.replace(true);
        self.resolve(node, place);
        self.unused.set(before);
    }

    /// Whether the condition of this name holds, reported if there is none.
    pub(crate) fn condition(&self, name: &Node, place: &str) -> Option<bool> {
        let text = name.text().unwrap_or_default();
        if let Some(known) = self.conditions.get(&text) {
            return *known;
        }
        let message = format!("there is no condition {text:?} in Conditions");
        self.problems.add(name.line, place, message);
        None
    }

    fn intrinsic(&self, tag: &str, inner: &Node, line: usize, place: &str) -> Value {
        let result = match tag {
            "Ref" => inner
                .text()
                .ok_or_else(|| "!Ref takes a name".to_owned())
                .and_then(|name| self.reference(&name)),
            "GetAtt" => attribute_path(inner)
                .and_then(|(name, attribute)| self.attribute(&name, &attribute))
                .map(Value::String),
            "Sub" => self.substitute(inner, place).map(Value::String),
            "If" => self.choose(inner, place),
            other => Err(format!("!{other} is not supported; {SUPPORTED}")),
        };
        result.unwrap_or_else(|message| {
            if !message.is_empty() {
                self.problems.add(line, place, message);
            }
            Value::Bad
        })
    }

    /// `!If [condition, value if it holds, value if not]`.
    fn choose(&self, inner: &Node, place: &str) -> Result<Value, String> {
        let Value::List(items) = &inner.value else {
            return Err(IF_FORM.to_owned());
        };
        let [name, yes, no] = items.as_slice() else {
            return Err(IF_FORM.to_owned());
        };
        let Some(holds) = self.condition(name, place) else {
            return Ok(Value::Bad);
        };
        let (used, unused) = if holds { (yes, no) } else { (no, yes) };
        self.check_unused(unused, place);
        Ok(self.resolve(used, place).value)
    }

    /// What a parameter or pseudo parameter holds; `None` if there is none of this name. What is wrong with one has been reported.
    pub(crate) fn parameter(&self, name: &str) -> Option<Result<Value, String>> {
        if let Some(parameter) = self.parameters.get(name) {
            return Some(Ok(match parameter {
                Parameter::Text(text) => Value::String(text.clone()),
                Parameter::List(items) => Value::List(
                    items
                        .iter()
                        .map(|item| Node {
                            line: 0,
                            value: Value::String(item.clone()),
                        })
                        .collect(),
                ),
            }));
        }
        if self.declared.iter().any(|declared| declared == name) {
            return Some(Err(String::new()));
        }
        pseudo_parameter(name).map(|value| Ok(Value::String(value.to_owned())))
    }

    fn reference(&self, name: &str) -> Result<Value, String> {
        if let Some(parameter) = self.parameter(name) {
            return parameter;
        }
        if name == "AWS::NoValue" {
            return Ok(Value::Absent);
        }
        let Some(kind) = self.resources.get(name) else {
            return Err(format!(
                "{name} is neither a parameter, nor a resource, nor a pseudo parameter (AWS::AccountId, AWS::NoValue, \
                 AWS::Partition, AWS::Region, AWS::StackName, AWS::URLSuffix)"
            ));
        };
        self.check_created(name)?;
        let id = match kind.as_str() {
            "AWS::Serverless::Api" | "AWS::Serverless::WebSocketApi" => api_id(name),
            "AWS::SecretsManager::Secret" if !self.secrets_by_name => secret_arn(name),
            "AWS::MSK::Topic" => topic_arn(name),
            _ => name.to_owned(),
        };
        Ok(Value::String(id))
    }

    fn attribute(&self, name: &str, attribute: &str) -> Result<String, String> {
        let kind = self
            .resources
            .get(name)
            .ok_or_else(|| format!("!GetAtt {name}.{attribute}: there is no resource {name}"))?;
        self.check_created(name)?;
        match (kind.as_str(), attribute) {
            ("AWS::Serverless::Function", "Arn") => Ok(function_arn(name)),
            ("AWS::DynamoDB::Table", "Arn") => {
                Ok(format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"))
            }
            ("AWS::IAM::Role", "Arn") => Ok(format!("arn:aws:iam::{ACCOUNT}:role/{name}")),
            ("AWS::SecretsManager::Secret", "Id") => Ok(secret_arn(name)),
            ("AWS::MSK::Topic", "TopicArn") => Ok(topic_arn(name)),
            _ => Err(format!(
                "!GetAtt {name}.{attribute} is not supported; supported: Arn of functions, \
                 roles and tables, Id of secrets, TopicArn of topics"
            )),
        }
    }

    /// What `DependsOn` names must be there. No `!If` can make it depend on a condition.
    pub(crate) fn check_dependency(&self, name: &str) -> Result<(), String> {
        if !self.resources.contains_key(name) {
            return Err(format!("DependsOn {name:?}: there is no such resource"));
        }
        match self.absent.get(name) {
            Some(condition) => Err(format!(
                "DependsOn {name}, which is not created, since its condition {condition} does not hold"
            )),
            None => Ok(()),
        }
    }

    /// CloudFormation refuses to refer to what it doesn't create.
    fn check_created(&self, name: &str) -> Result<(), String> {
        match self.absent.get(name) {
            Some(condition) if !self.unused.get() => Err(format!(
                "{name} is not created, since its condition {condition} does not hold: refer to it within an !If"
            )),
            _ => Ok(()),
        }
    }

    fn substitute(&self, inner: &Node, place: &str) -> Result<String, String> {
        let bad_form = || "!Sub takes a string, or a list of a string and a mapping".to_owned();
        let (template, variables) = match &inner.value {
            Value::List(items) => match items.as_slice() {
                [template, variables] => (template, Some(self.resolve(variables, place))),
                _ => return Err(bad_form()),
            },
            _ => (inner, None),
        };
        let template = template.text().ok_or_else(bad_form)?;
        let lookup = |name: &str| match variables.as_ref().map(|node| &node.value) {
            Some(Value::Map(map)) => map.get(name).and_then(Node::text),
            _ => None,
        };
        let mut result = String::new();
        let mut rest = template.as_str();
        while let Some(start) = rest.find("${") {
            result.push_str(&rest[..start]);
            let after = &rest[start + 2..];
            let end = after
                .find('}')
                .ok_or_else(|| format!("!Sub {template:?}: a ${{ is not closed"))?;
            let name = &after[..end];
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
            } else if let Some(text) = lookup(name) {
                result.push_str(&text);
            } else if let Some((resource, attribute)) = name.split_once('.') {
                result.push_str(&self.attribute(resource, attribute)?);
            } else {
                match self.reference(name)? {
                    Value::String(text) => result.push_str(&text),
                    _ => return Err(format!("!Sub {template:?}: {name} is a list")),
                }
            }
            rest = &after[end + 1..];
        }
        result.push_str(rest);
        Ok(result)
    }
}

/// The name of an intrinsic function and what it is given, in the short form `!Name` or the long one.
pub(crate) fn intrinsic_of(node: &Node) -> Option<(&str, &Node)> {
    match &node.value {
        Value::Tagged(tag, inner) => Some((tag, inner)),
        Value::Map(map) => {
            let (key, inner) = map.first().filter(|_| map.len() == 1)?;
            // A mapping that has nothing but this key.
            let name = match key.as_str() {
                "Ref" => key,
                "Condition" if matches!(inner.value, Value::String(_)) => key,
                _ => key.strip_prefix("Fn::")?,
            };
            Some((name, inner))
        }
        _ => None,
    }
}

fn attribute_path(inner: &Node) -> Result<(String, String), String> {
    let parts = match &inner.value {
        Value::List(items) => items.iter().filter_map(Node::text).collect(),
        _ => inner
            .text()
            .unwrap_or_default()
            .splitn(2, '.')
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    };
    match parts.as_slice() {
        [name, attribute] => Ok((name.clone(), attribute.clone())),
        _ => Err("!GetAtt takes Resource.Attribute".to_owned()),
    }
}

fn pseudo_parameter(name: &str) -> Option<&'static str> {
    Some(match name {
        "AWS::AccountId" => ACCOUNT,
        "AWS::Partition" => "aws",
        "AWS::Region" => REGION,
        "AWS::StackName" => "local",
        "AWS::URLSuffix" => "amazonaws.com",
        _ => return None,
    })
}
