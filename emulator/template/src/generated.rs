//! The resources that SAM makes of those in the template. Others may name them by the ids that SAM gives them.

use indexmap::IndexMap;

use crate::node::{Map, Node, Value};

/// Logical id and type of every resource that SAM makes and a template may want to refer to.
pub(crate) fn resources(declared: &Map) -> IndexMap<String, String> {
    let mut generated = IndexMap::new();
    let mut add = |id: String, kind: &str| {
        generated.insert(id, kind.to_owned());
    };
    for (id, node) in declared {
        match node.type_name().as_str() {
            "AWS::Serverless::WebSocketApi" => {
                for key in keys(node, "Routes") {
                    add(route_id(id, key), "AWS::ApiGatewayV2::Route");
                    let integration = format!("{id}{}Integration", suffix(key));
                    add(integration, "AWS::ApiGatewayV2::Integration");
                }
                add(stage_id(id, node), "AWS::ApiGatewayV2::Stage");
            }
            "AWS::Serverless::Api" => add(stage_id(id, node), "AWS::ApiGateway::Stage"),
            "AWS::Serverless::Function" => {
                add(format!("{id}Role"), "AWS::IAM::Role");
                for event in keys(node, "Events") {
                    let kind = match event_type(node, event).as_deref() {
                        Some("MSK") => "AWS::Lambda::EventSourceMapping",
                        Some("ScheduleV2") => "AWS::Scheduler::Schedule",
                        _ => continue,
                    };
                    add(format!("{id}{event}"), kind);
                }
            }
            _ => {}
        }
    }
    generated
}

/// The id of a WebSocket API's route.
pub(crate) fn route_id(api: &str, key: &str) -> String {
    format!("{api}{}Route", suffix(key))
}

/// As Python's `capitalize`, which SAM applies: the first letter upper case, all others lower case.
fn suffix(key: &str) -> String {
    let mut letters = key.trim_start_matches('$').chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let rest = letters.map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(rest).collect()
}

/// A stage's name is part of its id, unless it is an intrinsic.
fn stage_id(api: &str, node: &Node) -> String {
    let name = property(node, "StageName").and_then(Node::text);
    format!("{api}{}Stage", name.unwrap_or_default())
}

fn keys<'a>(node: &'a Node, name: &str) -> impl Iterator<Item = &'a str> {
    let map = match property(node, name).map(|node| &node.value) {
        Some(Value::Map(map)) => Some(map),
        _ => None,
    };
    map.into_iter()
        .flat_map(|map| map.keys().map(String::as_str))
}

fn event_type(node: &Node, event: &str) -> Option<String> {
    property(node, "Events")?
        .entry(event)?
        .entry("Type")?
        .text()
}

fn property<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    node.entry("Properties")?.entry(name)
}
