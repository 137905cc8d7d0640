//! The template, the function directories and the tests name the same functions; the template and the
//! OpenAPI document name the same routes.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::openapi;

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn names(dir: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(workspace().join(dir)).unwrap();
    let stem = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    entries.map(|entry| stem(&entry.unwrap().path())).collect()
}

fn binaries_of_the_template() -> BTreeSet<String> {
    let template = std::fs::read_to_string(workspace().join("template.yaml")).unwrap();
    let binaries = template
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Binary: "));
    binaries.map(str::to_owned).collect()
}

#[test]
fn every_function_is_in_the_template_and_has_a_directory() {
    assert_eq!(binaries_of_the_template(), names("functions"));
}

#[test]
fn every_service_is_a_container_of_the_template() {
    let template = std::fs::read_to_string(workspace().join("template.yaml")).unwrap();
    let (_, definitions) = template.split_once("ContainerDefinitions:").unwrap();
    let without_comments = definitions.lines().map(|line| line.split('#').next());
    let names_of_items: BTreeSet<String> = without_comments
        .filter_map(|line| line?.trim().strip_prefix("- Name: "))
        .map(str::to_owned)
        .collect();
    for service in names("services") {
        assert!(names_of_items.contains(&service), "{service}");
    }
}

#[test]
fn every_function_and_service_has_its_end_to_end_tests() {
    let tests = names("tests/e2e");
    for name in names("functions").union(&names("services")) {
        assert!(
            tests.contains(&name.replace('-', "_")),
            "tests/e2e has no file for {name}"
        );
    }
}

/// The REST routes of the template, as path and method.
fn routes_of_the_template() -> BTreeSet<(String, String)> {
    let template = openapi::read_yaml("template.yaml");
    let resources = template["Resources"].as_object().unwrap().values();
    let events = resources.filter_map(|resource| resource["Properties"]["Events"].as_object());
    let routes = events
        .flat_map(|events| events.values())
        .filter(|event| event["Type"] == "Api");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    routes
        .map(|event| &event["Properties"])
        .map(|route| (text(&route["Path"]), text(&route["Method"]).to_lowercase()))
        .collect()
}

#[test]
fn the_openapi_document_describes_every_rest_route() {
    let document = openapi::document();
    let paths = document["paths"].as_object().unwrap();
    let described = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys();
        methods.map(move |method| (path.clone(), method.clone()))
    });
    assert_eq!(described.collect::<BTreeSet<_>>(), routes_of_the_template());
}
