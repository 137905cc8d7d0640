//! `Globals`: what SAM gives all functions and APIs.

use crate::intrinsics::Resolver;
use crate::node::{Node, Value};
use crate::section::Section;

/// The properties that resources of a type have, unless they have their own.
#[derive(Debug, Default)]
pub(crate) struct Globals {
    pub(crate) function: Option<Node>,
    pub(crate) api: Option<Node>,
}

/// Reads the section. What stands in it is checked where it is used.
pub(crate) fn read(node: Option<&Node>, resolver: &Resolver<'_>) -> Globals {
    let Some(node) = node else {
        return Globals::default();
    };
    let resolved = resolver.resolve(node, "Globals");
    let section = Section::new("Globals", "Globals", &resolved, resolver.problems);
    let globals = Globals {
        function: section.get("Function").cloned(),
        api: section.get("Api").cloned(),
    };
    section.finish(&[]);
    globals
}

/// A resource's properties with what all of its type have.
pub(crate) fn merged(globals: Option<&Node>, own: &Node) -> Node {
    match globals {
        Some(globals) => merge(globals, own),
        None => own.clone(),
    }
}

/// Merges as SAM does: mappings key by key, lists one after the other, and for the rest the resource's
/// own value wins.
fn merge(global: &Node, own: &Node) -> Node {
    let value = match (&global.value, &own.value) {
        (Value::Map(global), Value::Map(own)) => {
            let mut merged = global.clone();
            for (key, node) in own {
                let node = match global.get(key) {
                    Some(base) => merge(base, node),
                    None => node.clone(),
                };
                merged.insert(key.clone(), node);
            }
            Value::Map(merged)
        }
        (Value::List(global), Value::List(own)) => {
            Value::List(global.iter().chain(own).cloned().collect())
        }
        (_, own) => own.clone(),
    };
    Node {
        line: own.line,
        value,
    }
}
