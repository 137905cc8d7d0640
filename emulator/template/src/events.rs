//! The event sources of a function: REST routes, schedules and Kafka triggers.

use std::time::Duration;

use crate::arn::api_id;
use crate::model::{KafkaTrigger, Model, RestRoute, Schedule, StartingPosition};
use crate::node::{Node, Value};
use crate::resource::{Resource, seconds};
use crate::section::Section;

#[cfg(test)]
mod tests;

/// Lambda's own wait for a batch to fill where the template names none.
const DEFAULT_WINDOW: Duration = Duration::from_millis(500);

/// Reads one event of a function.
pub(crate) fn read(resource: &Resource<'_>, name: &str, node: &Node, model: &mut Model) {
    let section = resource.section("an event", node);
    let kind = section.need_string("Type");
    let properties = section.need("Properties");
    section.finish(&[]);
    let (Some(kind), Some(properties)) = (kind, properties) else {
        return;
    };
    let section = resource.section(&format!("event {name} ({kind})"), properties);
    match kind.as_str() {
        "Api" => read_route(resource, section, model),
        "ScheduleV2" => read_schedule(resource, name, section, model),
        "MSK" => read_kafka(resource, name, section, model),
        other => section.problem(
            node.line,
            format!("event type {other} is not supported; supported: Api, ScheduleV2, MSK"),
        ),
    }
}

fn read_route(resource: &Resource<'_>, section: Section<'_>, model: &mut Model) {
    let api = section.need("RestApiId");
    let path = section.need_string("Path");
    let method = section.need_string("Method");
    let line = section.line();
    section.finish(&[]);
    if let Some(api) = api {
        check_api(resource, api);
    }
    let (Some(path), Some(method)) = (path, method) else {
        return;
    };
    let method = method.to_ascii_uppercase();
    let routes = &mut model.rest.get_or_insert_default().routes;
    if routes.iter().any(|r| r.method == method && r.path == path) {
        resource.problem(line, format!("route {method} {path} is declared twice"));
    }
    routes.push(RestRoute {
        method,
        path,
        function: resource.id.to_owned(),
    });
}

fn check_api(resource: &Resource<'_>, node: &Node) {
    let Some(api) = node.text() else {
        return;
    };
    let known = resource
        .resolver
        .resources
        .iter()
        .any(|(id, kind)| kind == "AWS::Serverless::Api" && api_id(id) == api);
    if !known {
        resource.problem(
            node.line,
            "RestApiId must be !Ref of an AWS::Serverless::Api of this template",
        );
    }
}

fn read_schedule(resource: &Resource<'_>, name: &str, section: Section<'_>, model: &mut Model) {
    let expression = section.need("ScheduleExpression");
    let input = section.string("Input").unwrap_or_else(|| "{}".to_owned());
    if let Some(retry) = section.section("RetryPolicy") {
        // They are for handing the event to Lambda's queue, which doesn't fail here. What becomes of it there says the function's
        // EventInvokeConfig.
        retry.number("MaximumRetryAttempts", 0, 185, 185);
        retry.number("MaximumEventAgeInSeconds", 60, 86_400, 86_400);
        retry.finish(&[]);
    }
    section.finish(&["Name", "Description"]);
    let Some(node) = expression else {
        return;
    };
    let Some(every) = node.text().as_deref().and_then(parse_rate) else {
        if !matches!(node.value, Value::Bad) {
            resource.problem(
                node.line,
                "ScheduleExpression must be rate(N minutes), rate(N hours) or rate(N days)",
            );
        }
        return;
    };
    model.schedules.push(Schedule {
        id: name.to_owned(),
        function: resource.id.to_owned(),
        every,
        input,
    });
}

/// `rate(1 minute)`, `rate(5 minutes)` and so on.
fn parse_rate(expression: &str) -> Option<Duration> {
    let inner = expression.strip_prefix("rate(")?.strip_suffix(')')?;
    let (number, unit) = inner.split_once(' ')?;
    let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
    let unit = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(number.checked_mul(unit)?))
}

fn read_kafka(resource: &Resource<'_>, name: &str, section: Section<'_>, model: &mut Model) {
    let cluster_arn = section.need_string("Stream");
    let topics = section.need("Topics");
    let group = section
        .string("ConsumerGroupId")
        .unwrap_or_else(|| format!("{}-{name}", resource.id));
    let position = section.need("StartingPosition");
    let batch_size = section.number("BatchSize", 1, 10_000, 100);
    let window = match section.number("MaximumBatchingWindowInSeconds", 0, 300, -1) {
        -1 => DEFAULT_WINDOW,
        number => seconds(number),
    };
    // Without provisioned pollers a batch is retried until its records expire.
    let max_retries = u32::try_from(section.number("MaximumRetryAttempts", -1, 10_000, -1)).ok();
    let on_failure = section.section("DestinationConfig").and_then(|config| {
        let failure = config.section("OnFailure");
        config.finish(&[]);
        let failure = failure?;
        let destination = failure.need_string("Destination");
        failure.finish(&["Type"]);
        destination
    });
    section.finish(&["SourceAccessConfigurations", "ProvisionedPollerConfig"]);
    let topic = topics.and_then(|node| one_topic(resource, node));
    let position = position.and_then(|node| starting_position(resource, node));
    if let (Some(cluster_arn), Some(topic), Some(starting_position)) =
        (cluster_arn, topic, position)
    {
        model.kafka_triggers.push(KafkaTrigger {
            id: format!("{}{name}", resource.id),
            function: resource.id.to_owned(),
            topic,
            cluster_arn,
            group,
            starting_position,
            batch_size: usize::try_from(batch_size).unwrap_or(100),
            window,
            on_failure,
            max_retries,
        });
    }
}

fn one_topic(resource: &Resource<'_>, node: &Node) -> Option<String> {
    if let Some([topic]) = node.items() {
        return topic.text();
    }
    if !matches!(node.value, Value::Bad) {
        resource.problem(
            node.line,
            "Topics must be a list of one topic, as Lambda asks for",
        );
    }
    None
}

fn starting_position(resource: &Resource<'_>, node: &Node) -> Option<StartingPosition> {
    match node.text().as_deref() {
        Some("LATEST") => Some(StartingPosition::Latest),
        Some("TRIM_HORIZON") => Some(StartingPosition::TrimHorizon),
        Some(_) => {
            resource.problem(node.line, "StartingPosition must be LATEST or TRIM_HORIZON");
            None
        }
        None => None,
    }
}
