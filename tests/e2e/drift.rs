//! The template, the functions' files and the tests name the same functions; the template and the OpenAPI document
//! name the same routes; and no function holds a library that it doesn't need.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

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

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The resources of this type in the template.
fn resources(kind: &str) -> Vec<Value> {
    let template = openapi::read_yaml("template.yaml");
    let resources = template["Resources"].as_object().unwrap().values();
    let of_kind = resources.filter(|resource| resource["Type"] == kind);
    of_kind.cloned().collect()
}

pub(crate) fn functions() -> Vec<Value> {
    resources("AWS::Serverless::Function")
}

pub(crate) fn binary(function: &Value) -> String {
    text(&function["Metadata"]["BuildProperties"]["Binary"])
}

/// Where a function's binary is built.
pub(crate) fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join(name)
}

#[test]
fn every_function_is_in_the_template_and_has_a_file() {
    let binaries: BTreeSet<_> = functions().iter().map(binary).collect();
    assert_eq!(binaries, names("functions/src/bin"));
}

#[test]
fn every_service_is_a_container_of_the_template() {
    let tasks = resources("AWS::ECS::TaskDefinition");
    let containers = tasks.iter().flat_map(|task| {
        task["Properties"]["ContainerDefinitions"]
            .as_array()
            .unwrap()
    });
    let containers: BTreeSet<_> = containers
        .map(|container| text(&container["Name"]))
        .collect();
    assert_eq!(containers, names("services"));
}

#[test]
fn every_function_and_service_has_its_end_to_end_tests() {
    let tests = names("tests/e2e");
    for name in names("functions/src/bin").union(&names("services")) {
        assert!(
            tests.contains(&name.replace('-', "_")),
            "tests/e2e has no file for {name}"
        );
    }
}

/// The REST routes of the template, as path and method.
pub(crate) fn routes_of_the_template() -> BTreeSet<(String, String)> {
    let functions = functions();
    let events = functions
        .iter()
        .filter_map(|function| function["Properties"]["Events"].as_object());
    let routes = events
        .flat_map(|events| events.values())
        .filter(|event| event["Type"] == "Api");
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

/// Checklists name files by their paths.
#[test]
fn the_checklists_name_files_that_there_are() {
    let text = std::fs::read_to_string(workspace().join("docs/adding-a-function.md")).unwrap();
    let code = text.split('`').skip(1).step_by(2);
    let paths = code.filter(|code| code.contains('/') && !code.contains([' ', '<', '…']));
    let gone: Vec<_> = paths
        .filter(|path| !workspace().join(path).exists())
        .collect();
    assert!(gone.is_empty(), "docs/adding-a-function.md names {gone:?}");
}

/// The first symbol of a binary that begins like this.
fn symbol(symbols: &str, prefix: &str) -> Option<String> {
    let mut names = symbols
        .lines()
        .filter_map(|line| line.split(' ').next_back());
    names
        .find(|name| name.starts_with(prefix))
        .map(str::to_owned)
}

/// All functions are one crate that links librdkafka and, with it, OpenSSL. What a function doesn't call the linker leaves
/// out.
#[test]
fn only_functions_that_talk_to_kafka_hold_its_client() {
    let mut wrong = Vec::new();
    for function in functions() {
        let variables = &function["Properties"]["Environment"]["Variables"];
        let talks = variables.get("KAFKA_BOOTSTRAP_SERVERS").is_some();
        let name = binary(&function);
        let output = Command::new("nm").arg(built(&name)).output().unwrap();
        assert!(output.status.success(), "nm can't read {name}");
        let symbols = String::from_utf8(output.stdout).unwrap();
        for prefix in ["rd_kafka_", "SSL_"] {
            match (talks, symbol(&symbols, prefix)) {
                (true, None) => wrong.push(format!("{name} lacks {prefix}*")),
                (false, Some(symbol)) => wrong.push(format!("{name} holds {symbol}")),
                (true, Some(_)) | (false, None) => {}
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "functions hold the Kafka client if the template gives them KAFKA_BOOTSTRAP_SERVERS: {wrong:#?}"
    );
}
