//! Reads a mapping key by key and reports every key that nobody asked for.

use std::cell::RefCell;

use crate::node::{Map, Node, Value};
use crate::problems::Problems;

/// A mapping that is being read. `finish` must be called, or unknown keys would be ignored.
pub(crate) struct Section<'a> {
    /// Logical id of the resource, for messages.
    place: &'a str,
    /// What the mapping is, for example `AWS::Serverless::Function`.
    what: String,
    line: usize,
    map: Option<&'a Map>,
    asked: RefCell<Vec<&'static str>>,
    problems: &'a Problems,
}

impl<'a> Section<'a> {
    pub(crate) fn new(
        place: &'a str,
        what: impl Into<String>,
        node: &'a Node,
        problems: &'a Problems,
    ) -> Self {
        let what = what.into();
        let map = match &node.value {
            Value::Map(map) => Some(map),
            Value::Bad => None,
            _ => {
                let kind = node.kind();
                problems.add(
                    node.line,
                    place,
                    format!("{what} must be a mapping, not {kind}"),
                );
                None
            }
        };
        Self {
            place,
            what,
            line: node.line,
            map,
            asked: RefCell::default(),
            problems,
        }
    }

    pub(crate) fn line(&self) -> usize {
        self.line
    }

    pub(crate) fn problem(&self, line: usize, message: impl Into<String>) {
        self.problems.add(line, self.place, message);
    }

    /// The value under a key, if there is one.
    pub(crate) fn get(&self, key: &'static str) -> Option<&'a Node> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        self.map?.get(key)
    }

    /// The same, reported where it is missing. Silent where the section itself could not be read.
    pub(crate) fn need(&self, key: &'static str) -> Option<&'a Node> {
        let found = self.get(key);
        if found.is_none() && self.map.is_some() {
            self.problem(self.line, format!("{} needs {key}", self.what));
        }
        found
    }

    pub(crate) fn string(&self, key: &'static str) -> Option<String> {
        self.text_of(key, self.get(key)?)
    }

    pub(crate) fn need_string(&self, key: &'static str) -> Option<String> {
        self.text_of(key, self.need(key)?)
    }

    /// Reports a string that is none of those allowed.
    pub(crate) fn one_of(&self, key: &'static str, allowed: &[&str]) {
        if let Some(node) = self.get(key)
            && let Some(value) = self.text_of(key, node)
            && !allowed.contains(&value.as_str())
        {
            let allowed = allowed.join(", ");
            self.problem(node.line, format!("{key} is {value}; allowed: {allowed}"));
        }
    }

    /// A whole number within bounds, or the default.
    pub(crate) fn number(&self, key: &'static str, min: i64, max: i64, default: i64) -> i64 {
        let Some(node) = self.get(key) else {
            return default;
        };
        let number = match &node.value {
            Value::Int(number) => Some(*number),
            Value::String(text) => text.parse().ok(),
            Value::Bad => return default,
            _ => None,
        };
        match number {
            Some(number) if (min..=max).contains(&number) => number,
            _ => {
                self.problem(
                    node.line,
                    format!("{key} must be a whole number from {min} to {max}"),
                );
                default
            }
        }
    }

    /// A section below this one.
    pub(crate) fn section(&self, key: &'static str) -> Option<Section<'a>> {
        let node = self.get(key)?;
        Some(Section::new(self.place, key, node, self.problems))
    }

    /// The entries of a mapping whose keys are free.
    pub(crate) fn entries(&self, key: &'static str) -> Vec<(&'a str, &'a Node)> {
        let Some(node) = self.get(key) else {
            return Vec::new();
        };
        match &node.value {
            Value::Map(map) => map.iter().map(|(k, v)| (k.as_str(), v)).collect(),
            Value::Bad => Vec::new(),
            _ => {
                self.problem(
                    node.line,
                    format!("{key} must be a mapping, not {}", node.kind()),
                );
                Vec::new()
            }
        }
    }

    /// The entries of a mapping of strings.
    pub(crate) fn strings(&self, key: &'static str) -> Vec<(String, String)> {
        self.entries(key)
            .into_iter()
            .filter_map(|(name, node)| match (node.text(), &node.value) {
                (Some(text), _) => Some((name.to_owned(), text)),
                (None, Value::Bad) => None,
                (None, _) => {
                    self.problem(
                        node.line,
                        format!("{name} must be a string, not {}", node.kind()),
                    );
                    None
                }
            })
            .collect()
    }

    /// The strings of a list.
    pub(crate) fn list(&self, key: &'static str) -> Vec<String> {
        let Some(node) = self.get(key) else {
            return Vec::new();
        };
        let texts = node
            .items()
            .and_then(|items| items.iter().map(Node::text).collect::<Option<Vec<_>>>());
        texts.unwrap_or_else(|| {
            self.problem(node.line, format!("{key} must be a list of strings"));
            Vec::new()
        })
    }

    /// Reports every key that was not asked for and is not known to mean nothing here.
    pub(crate) fn finish(self, without_effect: &[&str]) {
        let Some(map) = self.map else {
            return;
        };
        let asked = self.asked.borrow();
        for (key, node) in map {
            if asked.iter().any(|a| a == key) || without_effect.contains(&key.as_str()) {
                continue;
            }
            let mut message = format!("{key} of {} is not supported; supported: ", self.what);
            message.push_str(&asked.join(", "));
            if !without_effect.is_empty() {
                message.push_str("; without effect here: ");
                message.push_str(&without_effect.join(", "));
            }
            self.problem(node.line, message);
        }
    }

    fn text_of(&self, key: &str, node: &Node) -> Option<String> {
        let text = node.text();
        if text.is_none() && !matches!(node.value, Value::Bad) {
            self.problem(
                node.line,
                format!("{key} must be a string, not {}", node.kind()),
            );
        }
        text
    }
}
