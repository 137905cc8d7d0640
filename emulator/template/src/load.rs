//! From the template's text to the model: the sections one after the other.

use std::cell::Cell;

use indexmap::IndexMap;

use crate::container;
use crate::intrinsics::{Resolver, intrinsic_of};
use crate::model::Model;
use crate::node::{Map, Node, Value};
use crate::problems::{Problems, TemplateErrors};
use crate::section::Section;
use crate::{conditions, generated, globals, parameters, resources};

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
    let conditions = section.get("Conditions");
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
    let resources = map_of(resources);
    let kinds = resources.iter();
    let mut kinds: IndexMap<_, _> = kinds
        .map(|(id, node)| (id.clone(), node.type_name()))
        .collect();
    for (id, kind) in generated::resources(&resources) {
        kinds.entry(id).or_insert(kind);
    }
    let unneeded = resources.values().flat_map(container::images);
    let unneeded: Vec<String> = unneeded.filter_map(referenced_parameter).collect();
    let mut resolver = Resolver {
        parameters: parameters::read(declared, &given, &unneeded, problems),
        resources: kinds,
        declared: names,
        conditions: IndexMap::new(),
        absent: IndexMap::new(),
        unused: Cell::new(false),
        secrets_by_name: options.secrets_by_name,
        problems,
    };
    resolver.conditions = conditions::read(conditions, &resolver);
    resolver.absent = resources::absent(&resources, &resolver);
    check_outputs(&map_of(outputs), &resolver);
    let globals = globals::read(globals, &resolver);
    resources::read(&resources, &globals, &resolver, options.concurrency)
}

/// The parameter that a node is a `!Ref` of.
fn referenced_parameter(node: &Node) -> Option<String> {
    match intrinsic_of(node)? {
        ("Ref", name) => name.text(),
        _ => None,
    }
}

/// Outputs tell nobody anything here, but what they refer to must be there.
fn check_outputs(outputs: &Map, resolver: &Resolver<'_>) {
    for output in outputs.values() {
        let condition = output.entry("Condition");
        match condition.map(|name| resolver.condition(name, "Outputs")) {
            None | Some(Some(true)) => drop(resolver.resolve(output, "Outputs")),
            Some(Some(false)) => resolver.check_unused(output, "Outputs"),
            Some(None) => {}
        }
    }
}

fn map_of(node: Option<&Node>) -> Map {
    match node.map(|node| &node.value) {
        Some(Value::Map(map)) => map.clone(),
        _ => Map::new(),
    }
}
