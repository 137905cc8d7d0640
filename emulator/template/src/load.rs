//! From the template's text to the model: the sections one after the other.

use indexmap::IndexMap;

use crate::intrinsics::Resolver;
use crate::model::Model;
use crate::node::{Map, Node, Value};
use crate::problems::{Problems, TemplateErrors};
use crate::section::Section;
use crate::{parameters, resources};

#[cfg(test)]
mod tests;

/// What the template does not say but the emulator decides.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Values for parameters. One that the template doesn't declare is an error.
    pub parameters: IndexMap<String, String>,
    /// The emulator's own values, used where the template declares such a parameter and `parameters`
    /// does not give it one.
    pub offered: IndexMap<String, String>,
    /// Processes a function may have where it reserves no concurrency.
    pub concurrency: usize,
    /// `!Ref` of a secret gives its name instead of its ARN: another Secrets Manager has ARNs of its own.
    pub secrets_by_name: bool,
}

/// Reads a template.
///
/// # Errors
/// Everything that the emulator can't run as it stands.
pub fn load(file: &str, text: &str, options: &LoadOptions) -> Result<Model, TemplateErrors> {
    let problems = Problems::default();
    let mut model = Model::default();
    if let Some(root) = Node::parse(text, &problems) {
        model = read_root(&root, options, &problems);
    }
    problems.into_result(file)?;
    Ok(model)
}

fn read_root(root: &Node, options: &LoadOptions, problems: &Problems) -> Model {
    let section = Section::new("template", "the template", root, problems);
    let declared = section.get("Parameters");
    let globals = section.get("Globals");
    let resources = section.need("Resources");
    let outputs = section.get("Outputs");
    section.finish(&[
        "AWSTemplateFormatVersion",
        "Transform",
        "Description",
        "Metadata",
    ]);

    let names: Vec<String> = map_of(declared).keys().cloned().collect();
    let mut given = options.parameters.clone();
    for (name, value) in &options.offered {
        if names.contains(name) {
            given.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    let kinds = map_of(resources)
        .iter()
        .map(|(id, node)| (id.clone(), node.type_name()))
        .collect();
    let resolver = Resolver {
        parameters: parameters::read(declared, &given, problems),
        resources: kinds,
        declared: names,
        secrets_by_name: options.secrets_by_name,
        problems,
    };
    if let Some(outputs) = outputs {
        resolver.resolve(outputs, "Outputs");
    }
    let globals = read_globals(globals, &resolver);
    resources::read(
        &map_of(resources),
        globals.as_ref(),
        &resolver,
        options.concurrency,
    )
}

fn read_globals(node: Option<&Node>, resolver: &Resolver<'_>) -> Option<Node> {
    let resolved = resolver.resolve(node?, "Globals");
    let section = Section::new("Globals", "Globals", &resolved, resolver.problems);
    let function = section.get("Function").cloned();
    section.finish(&[]);
    function
}

fn map_of(node: Option<&Node>) -> Map {
    match node.map(|node| &node.value) {
        Some(Value::Map(map)) => map.clone(),
        _ => Map::new(),
    }
}
