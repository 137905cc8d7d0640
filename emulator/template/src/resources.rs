//! The `Resources` section, type by type.

use indexmap::IndexMap;

use crate::apis::RouteResponse;
use crate::globals::Globals;
use crate::intrinsics::Resolver;
use crate::model::{Model, Secret, Topic};
use crate::node::{Map, Node, Value};
use crate::resource::Resource;
use crate::section::Section;
use crate::{apis, container, function, table};

const SUPPORTED: &str = "AWS::Serverless::Function, AWS::Serverless::Api, \
     AWS::Serverless::WebSocketApi, AWS::ApiGatewayV2::RouteResponse, AWS::DynamoDB::Table, AWS::ECS::TaskDefinition, AWS::MSK::Topic, \
     AWS::SecretsManager::Secret, AWS::SES::EmailIdentity";

/// Where a container runs, who reaches it and what it may do, and who is told how all of it fares: on one machine there is nothing
/// to it.
const WITHOUT_EFFECT: [&str; 14] = [
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudWatch::Alarm",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::Service",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
];

const DELETION_POLICIES: [&str; 4] = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];

/// The resources that are not created, each with the condition that keeps it from that.
pub(crate) fn absent(resources: &Map, resolver: &Resolver<'_>) -> IndexMap<String, String> {
    let conditional = resources
        .iter()
        .filter_map(|(id, node)| Some((id, node.entry("Condition")?)));
    conditional
        .filter(|(id, name)| resolver.condition(name, id) == Some(false))
        .filter_map(|(id, name)| Some((id.clone(), name.text()?)))
        .collect()
}

/// Reads every resource.
pub(crate) fn read(
    resources: &Map,
    globals: &Globals,
    resolver: &Resolver<'_>,
    concurrency: usize,
) -> Model {
    let mut reader = Reader {
        globals,
        resolver,
        concurrency,
        model: Model::default(),
        route_responses: Vec::new(),
    };
    for (id, raw) in resources {
        if WITHOUT_EFFECT.contains(&raw.type_name().as_str()) {
            continue;
        }
        if resolver.absent.contains_key(id) {
            resolver.check_unused(raw, id);
            continue;
        }
        reader.read(id, &resolver.resolve(raw, id));
    }
    for response in reader.route_responses {
        response.apply(&mut reader.model, resolver.problems);
    }
    reader.model
}

struct Reader<'a> {
    globals: &'a Globals,
    resolver: &'a Resolver<'a>,
    concurrency: usize,
    model: Model,
    /// They may stand before their API.
    route_responses: Vec<RouteResponse>,
}

impl Reader<'_> {
    fn read(&mut self, id: &str, node: &Node) {
        let resolver = self.resolver;
        let section = Section::new(id, "a resource", node, resolver.problems);
        let Some(kind) = section.need_string("Type") else {
            return;
        };
        let empty = Node {
            line: node.line,
            value: Value::Map(Map::new()),
        };
        let properties = section.get("Properties").unwrap_or(&empty);
        let metadata = section.get("Metadata");
        section.one_of("DeletionPolicy", &DELETION_POLICIES);
        section.one_of("UpdateReplacePolicy", &["Delete", "Retain", "Snapshot"]);
        check_dependencies(section.get("DependsOn"), id, resolver);
        section.finish(&["Condition"]);
        let resource = Resource {
            id,
            line: node.line,
            metadata,
            resolver,
        };
        self.read_properties(&kind, &resource, properties);
    }

    fn read_properties(&mut self, kind: &str, resource: &Resource<'_>, properties: &Node) {
        let (globals, model) = (self.globals, &mut self.model);
        match kind {
            "AWS::Serverless::Function" => {
                let globals = globals.function.as_ref();
                function::read(resource, properties, globals, self.concurrency, model);
            }
            "AWS::Serverless::Api" => {
                apis::read_rest(resource, properties, globals.api.as_ref(), model);
            }
            "AWS::Serverless::WebSocketApi" => apis::read_websocket(resource, properties, model),
            "AWS::ApiGatewayV2::RouteResponse" => {
                let response = apis::read_route_response(resource, properties);
                self.route_responses.extend(response);
            }
            "AWS::DynamoDB::Table" => table::read(resource, properties, model),
            "AWS::ECS::TaskDefinition" => container::read(resource, properties, model),
            "AWS::MSK::Topic" => read_topic(resource, properties, model),
            "AWS::SecretsManager::Secret" => read_secret(resource, properties, model),
            "AWS::SES::EmailIdentity" => read_email_identity(resource, properties, model),
            other => resource.problem(
                resource.line,
                format!(
                    "type {other} is not supported; supported: {SUPPORTED}; without effect here: {}",
                    WITHOUT_EFFECT.join(", ")
                ),
            ),
        }
    }
}

/// What a resource waits for must be created.
fn check_dependencies(node: Option<&Node>, id: &str, resolver: &Resolver<'_>) {
    let Some(node) = node else {
        return;
    };
    let alone = std::slice::from_ref(node);
    for dependency in node.items().unwrap_or(alone) {
        let name = dependency.text().unwrap_or_default();
        if let Err(message) = resolver.check_dependency(&name) {
            resolver.problems.add(node.line, id, message);
        }
    }
}

fn read_topic(resource: &Resource<'_>, properties: &Node, model: &mut Model) {
    let section = resource.section("AWS::MSK::Topic", properties);
    let name = section.need_string("TopicName");
    let partitions = section.number("PartitionCount", 1, 1000, 1);
    section.finish(&["ClusterArn", "ReplicationFactor", "Configs"]);
    if let Some(name) = name {
        model.topics.push(Topic {
            name,
            partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
        });
    }
}

fn read_email_identity(resource: &Resource<'_>, properties: &Node, model: &mut Model) {
    let section = resource.section("AWS::SES::EmailIdentity", properties);
    model
        .email_identities
        .extend(section.need_string("EmailIdentity"));
    section.finish(&["Tags"]);
}

fn read_secret(resource: &Resource<'_>, properties: &Node, model: &mut Model) {
    let section = resource.section("AWS::SecretsManager::Secret", properties);
    let generate = section.need("GenerateSecretString");
    section.finish(&["Description", "Tags"]);
    let Some(generate) = generate else {
        return;
    };
    let section = resource.section("GenerateSecretString", generate);
    let length = section.number("PasswordLength", 1, 4096, 32);
    let template = section.string("SecretStringTemplate");
    let key = section.string("GenerateStringKey");
    if let Some(node) = section.need("ExcludePunctuation")
        && !matches!(node.value, Value::Bool(true) | Value::Bad)
    {
        section.problem(
            node.line,
            "ExcludePunctuation must be true: generated text has none",
        );
    }
    let line = section.line();
    section.finish(&[]);
    let template = match (template, key) {
        (Some(template), Some(key)) => {
            if serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&template)
                .is_err()
            {
                resource.problem(line, "SecretStringTemplate must be a JSON object");
            }
            Some((template, key))
        }
        (None, None) => None,
        _ => {
            resource.problem(
                line,
                "SecretStringTemplate and GenerateStringKey need each other",
            );
            None
        }
    };
    model.secrets.push(Secret {
        id: resource.id.to_owned(),
        length: usize::try_from(length).unwrap_or(32),
        template,
    });
}
