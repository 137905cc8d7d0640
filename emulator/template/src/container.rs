//! `AWS::ECS::TaskDefinition`: a service of one container, whose binary has the container's name.

use indexmap::IndexMap;

use crate::model::{LISTEN_ADDRESS, Model, Service};
use crate::node::{Node, Value};
use crate::resource::Resource;
use crate::section::Section;

/// Reads one task definition.
pub(crate) fn read(resource: &Resource<'_>, properties: &Node, model: &mut Model) {
    let section = resource.section("AWS::ECS::TaskDefinition", properties);
    let containers = section.need("ContainerDefinitions");
    section.finish(&[
        "Family",
        "Cpu",
        "Memory",
        "NetworkMode",
        "RequiresCompatibilities",
        "RuntimePlatform",
        "ExecutionRoleArn",
        "TaskRoleArn",
        "Tags",
    ]);
    let Some(container) = containers.and_then(|node| only(resource, "ContainerDefinitions", node))
    else {
        return;
    };
    let Some(service) = read_container(resource, container) else {
        return;
    };
    let functions = model.functions.values().map(|function| &function.binary);
    let services = model.services.iter().map(|service| &service.name);
    if functions
        .chain(services)
        .any(|known| *known == service.name)
    {
        let message = format!(
            "binary {} is that of another resource already",
            service.name
        );
        resource.problem(resource.line, message);
    }
    model.services.push(service);
}

/// The images of a task definition's containers. Nobody fetches them here.
pub(crate) fn images(node: &Node) -> Vec<&Node> {
    if node.type_name() != "AWS::ECS::TaskDefinition" {
        return Vec::new();
    }
    let properties = node.entry("Properties");
    let containers = properties.and_then(|node| node.entry("ContainerDefinitions"));
    let containers = containers.and_then(Node::items).unwrap_or_default();
    let images = containers.iter().map(|container| container.entry("Image"));
    images.flatten().collect()
}

fn read_container(resource: &Resource<'_>, node: &Node) -> Option<Service> {
    let section = resource.section("a container definition", node);
    let name = section.need_string("Name");
    let port = section
        .need("PortMappings")
        .and_then(|node| read_port(resource, node));
    section.need("HealthCheck");
    let health_check = section.section("HealthCheck").and_then(read_health_check);
    let environment = read_environment(resource, &section);
    if !environment.contains_key(LISTEN_ADDRESS) {
        section.problem(
            section.line(),
            format!("a container's Environment needs {LISTEN_ADDRESS}: there it is told where to listen here"),
        );
    }
    section.finish(&[
        "Image",
        "Essential",
        "User",
        "ReadonlyRootFilesystem",
        "StopTimeout",
        "LinuxParameters",
        "LogConfiguration",
    ]);
    Some(Service {
        name: name?,
        port: port?,
        environment,
        health_check: health_check?,
    })
}

/// The one item of a list.
fn only<'a>(resource: &Resource<'_>, what: &str, node: &'a Node) -> Option<&'a Node> {
    match node.items() {
        Some([item]) => Some(item),
        _ => {
            if !matches!(node.value, Value::Bad) {
                resource.problem(node.line, format!("{what} must be a list of one"));
            }
            None
        }
    }
}

fn read_port(resource: &Resource<'_>, node: &Node) -> Option<u16> {
    let section = resource.section("a port mapping", only(resource, "PortMappings", node)?);
    section.need("ContainerPort");
    let port = section.number("ContainerPort", 1, 65_535, 1);
    section.finish(&["Protocol", "AppProtocol", "Name", "HostPort"]);
    u16::try_from(port).ok()
}

fn read_environment(resource: &Resource<'_>, section: &Section<'_>) -> IndexMap<String, String> {
    let Some(node) = section.get("Environment") else {
        return IndexMap::new();
    };
    let Some(items) = node.items() else {
        resource.problem(node.line, "Environment must be a list");
        return IndexMap::new();
    };
    let variable = |item: &Node| {
        let section = resource.section("an environment variable", item);
        let pair = section
            .need_string("Name")
            .zip(section.need_string("Value"));
        section.finish(&[]);
        pair
    };
    items.iter().filter_map(variable).collect()
}

/// `[CMD, /binary, argument, …]`: the arguments.
fn read_health_check(section: Section<'_>) -> Option<Vec<String>> {
    let line = section.line();
    let command = section.list("Command");
    if let [kind, _binary, arguments @ ..] = command.as_slice()
        && kind == "CMD"
        && !arguments.is_empty()
    {
        let arguments = arguments.to_vec();
        section.finish(&["Interval", "Timeout", "Retries", "StartPeriod"]);
        return Some(arguments);
    }
    section.problem(
        line,
        "Command must be [CMD, the container's own binary, an argument that makes it check itself]",
    );
    None
}
