//! `!Ref`, `!Sub` and `!GetAtt`, in their short and long forms.

use indexmap::IndexMap;

use crate::arn::{ACCOUNT, REGION, api_id, function_arn, secret_arn, topic_arn};
use crate::node::{Node, Value};
use crate::parameters::Parameter;
use crate::problems::Problems;

const SUPPORTED: &str = "supported intrinsics: !Ref, !Sub, !GetAtt";

/// Resolves intrinsics against the parameters and the resources of one template.
pub(crate) struct Resolver<'a> {
    pub(crate) parameters: IndexMap<String, Parameter>,
    /// Type of each resource by logical id.
    pub(crate) resources: IndexMap<String, String>,
    /// Parameters that were declared, with a value or without: no second report for the latter.
    pub(crate) declared: Vec<String>,
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
                Value::List(items.iter().map(|item| self.resolve(item, place)).collect())
            }
            Value::Map(map) => {
                if let Some((key, inner)) = map.first().filter(|_| map.len() == 1)
                    && let Some(tag) = long_form(key)
                {
                    self.intrinsic(tag, inner, line, place)
                } else {
                    Value::Map(
                        map.iter()
                            .map(|(key, node)| (key.clone(), self.resolve(node, place)))
                            .collect(),
                    )
                }
            }
            other => other.clone(),
        };
        Node { line, value }
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
            other => Err(format!("!{other} is not supported; {SUPPORTED}")),
        };
        result.unwrap_or_else(|message| {
            if !message.is_empty() {
                self.problems.add(line, place, message);
            }
            Value::Bad
        })
    }

    fn reference(&self, name: &str) -> Result<Value, String> {
        if let Some(parameter) = self.parameters.get(name) {
            return Ok(match parameter {
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
            });
        }
        if self.declared.iter().any(|declared| declared == name) {
            // What is wrong with the parameter has been said where it stands.
            return Err(String::new());
        }
        if let Some(value) = pseudo_parameter(name) {
            return Ok(Value::String(value.to_owned()));
        }
        let Some(kind) = self.resources.get(name) else {
            return Err(format!(
                "{name} is neither a parameter, nor a resource, nor a pseudo parameter \
                 (AWS::AccountId, AWS::Partition, AWS::Region, AWS::StackName, AWS::URLSuffix)"
            ));
        };
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

fn long_form(key: &str) -> Option<&str> {
    if key == "Ref" {
        Some(key)
    } else {
        key.strip_prefix("Fn::")
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
