//! `AWS::Serverless::Function`, with what `Globals.Function` gives it.

use indexmap::IndexMap;

use crate::events;
use crate::globals::merged;
use crate::model::{AsyncPolicy, Function, Model};
use crate::node::Node;
use crate::resource::{Resource, seconds};
use crate::section::Section;

/// Reads one function and its events.
pub(crate) fn read(
    resource: &Resource<'_>,
    properties: &Node,
    globals: Option<&Node>,
    concurrency: usize,
    model: &mut Model,
) {
    let properties = merged(globals, properties);
    let section = resource.section("AWS::Serverless::Function", &properties);
    let memory = section.number("MemorySize", 128, 10_240, 128);
    let timeout = section.number("Timeout", 1, 900, 3);
    let default = i64::try_from(concurrency).unwrap_or(i64::MAX);
    let reserved = section.number("ReservedConcurrentExecutions", 1, 1000, default);
    if let Some(node) = section.need("Runtime")
        && node.text().as_deref() != Some("provided.al2023")
    {
        section.problem(node.line, "Runtime must be provided.al2023");
    }
    let environment = read_environment(&section);
    let asynchronous = section
        .section("EventInvokeConfig")
        .map_or_else(AsyncPolicy::default, read_async_policy);
    let declared_events = section.entries("Events");
    section.finish(&[
        "CodeUri",
        "Handler",
        "Architectures",
        "Description",
        "Policies",
        "LoggingConfig",
        "VpcConfig",
        "Tags",
        "Tracing",
    ]);
    for (name, node) in declared_events {
        events::read(resource, name, node, model);
    }
    let Some(binary) = read_binary(resource) else {
        return;
    };
    let id = resource.id.to_owned();
    if let Some(other) = model
        .functions
        .values()
        .find(|other| other.binary == binary)
    {
        resource.problem(
            resource.line,
            format!("binary {binary} is that of {} already", other.id),
        );
    }
    model.functions.insert(
        id.clone(),
        Function {
            id,
            binary,
            memory_mb: u32::try_from(memory).unwrap_or(128),
            timeout: seconds(timeout),
            concurrency: usize::try_from(reserved).unwrap_or(1),
            environment,
            asynchronous,
        },
    );
}

/// `EventInvokeConfig`: what becomes of asynchronous invocations that fail.
fn read_async_policy(section: Section<'_>) -> AsyncPolicy {
    let lambda = AsyncPolicy::default();
    let retries = section.number("MaximumRetryAttempts", 0, 2, lambda.max_retries.into());
    let default = i64::try_from(lambda.max_age.as_secs()).unwrap_or(i64::MAX);
    let age = section.number("MaximumEventAgeInSeconds", 60, 21_600, default);
    section.finish(&[]);
    AsyncPolicy {
        max_retries: u8::try_from(retries).unwrap_or(lambda.max_retries),
        max_age: seconds(age),
    }
}

fn read_environment(section: &Section<'_>) -> IndexMap<String, String> {
    let Some(environment) = section.section("Environment") else {
        return IndexMap::new();
    };
    let variables = environment.strings("Variables");
    environment.finish(&[]);
    variables.into_iter().collect()
}

fn read_binary(resource: &Resource<'_>) -> Option<String> {
    let Some(metadata) = resource.metadata else {
        resource.problem(
            resource.line,
            "needs Metadata with BuildProperties.Binary, the name of its binary",
        );
        return None;
    };
    let section = resource.section("Metadata", metadata);
    let build = section.need("BuildProperties");
    section.finish(&["BuildMethod", "checkov", "cfn-lint"]);
    let section = resource.section("BuildProperties", build?);
    let binary = section.need_string("Binary");
    section.finish(&[]);
    binary
}
