use std::time::Duration;

use super::*;
use crate::arn::secret_arn;
use crate::model::{AsyncPolicy, StartingPosition};

mod conditions;
mod parameters;
mod websocket;

fn options() -> LoadOptions {
    LoadOptions {
        concurrency: 10,
        ..LoadOptions::default()
    }
}

fn errors(text: &str) -> String {
    match load("t.yaml", text, &options()) {
        Ok(model) => panic!("loaded: {model:#?}"),
        Err(errors) => errors.to_string(),
    }
}

/// A template with one function with these properties, whose indentation is 6.
fn with_function(properties: &str) -> String {
    format!(
        "Resources:
  F:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildProperties: {{ Binary: f }} }}
    Properties:
      Runtime: provided.al2023
{properties}"
    )
}

fn shop() -> Model {
    let offered = [
        ("KafkaBootstrapServers", "127.0.0.1:1"),
        ("KafkaSecurity", "plaintext"),
        ("Undeclared", "ignored"),
    ];
    let options = LoadOptions {
        offered: offered.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        ..options()
    };
    load("shop.yaml", include_str!("tests/shop.yaml"), &options)
        .unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn functions_and_services_of_a_template_are_read() {
    let model = shop();
    let stock = &model.functions["StockFunction"];
    assert_eq!(stock.binary, "stock");
    assert_eq!(stock.timeout, Duration::from_secs(120));
    assert_eq!(stock.concurrency, 2);
    assert_eq!(stock.environment["BROKERS"], "127.0.0.1:1");
    assert_eq!(stock.environment["SECURITY"], "plaintext");
    assert_eq!(stock.environment["TABLE"], "OrdersTable");
    assert_eq!(stock.environment["SECRET"], secret_arn("SigningSecret"));
    assert_eq!(
        stock.environment["PUSH_URL"],
        "https://feedapi.execute-api.eu-central-1.amazonaws.com/live"
    );
    assert_eq!(model.functions["OrderFunction"].concurrency, 10);

    let [service] = model.services.as_slice() else {
        panic!("one service: {:?}", model.services)
    };
    let name_and_port = (service.name.as_str(), service.port);
    assert_eq!(name_and_port, ("mail", 8002));
    assert_eq!(service.health_check, ["--check"]);
    assert_eq!(service.environment["LISTEN_ADDRESS"], "0.0.0.0:8002");
    assert_eq!(service.environment["SECRET"], secret_arn("SigningSecret"));
}

#[test]
fn apis_triggers_and_tables_of_a_template_are_read() {
    let model = shop();
    let rest = model.rest.expect("a REST API");
    let [order] = rest.routes.as_slice() else {
        panic!("one route: {:?}", rest.routes)
    };
    assert_eq!(
        (order.method.as_str(), order.path.as_str()),
        ("POST", "/orders")
    );
    assert_eq!(rest.cors.expect("CORS").allow_origin, "*");
    let missing = &rest.gateway_responses["MISSING_AUTHENTICATION_TOKEN"];
    assert_eq!(missing.status, Some(404));
    assert_eq!(missing.headers["Content-Type"], "application/problem+json");

    let websocket = model.websocket.expect("a WebSocket API");
    assert_eq!(websocket.route_selection_expression, "$request.body.type");
    assert_eq!(websocket.routes["$default"].function, "StockFunction");
    assert!(websocket.routes["$default"].has_response);
    assert!(!websocket.routes["$connect"].has_response);

    let orders = &model.kafka_triggers[0];
    assert_eq!(orders.topic, "orders");
    assert_eq!(orders.group, "stock");
    assert_eq!(orders.starting_position, StartingPosition::Latest);
    assert_eq!((orders.batch_size, orders.window), (10_000, Duration::ZERO));
    assert_eq!(model.schedules[0].every, Duration::from_secs(60));
    let topic = model.topics.iter().find(|topic| topic.name == orders.topic);
    assert_eq!(topic.map(|topic| topic.partitions), Some(8));
    assert_eq!(model.email_identities, ["orders@example.com"]);
    let key = &model.tables[0].properties["KeySchema"];
    assert_eq!(
        (model.tables[0].name.as_str(), &key[0]["AttributeName"]),
        ("OrdersTable", &"pk".into())
    );
}

#[test]
fn globals_are_merged_and_the_function_wins() {
    let text = "
Globals:
  Function:
    Runtime: provided.al2023
    Timeout: 7
    MemorySize: 256
    Environment: { Variables: { A: global, B: global } }
Resources:
  F:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: f } }
    Properties:
      MemorySize: 512
      Environment: { Variables: { B: own, C: 3 } }
";
    let model = load("t.yaml", text, &options()).unwrap();
    let function = &model.functions["F"];
    assert_eq!(function.memory_mb, 512);
    assert_eq!(function.timeout, Duration::from_secs(7));
    let environment: Vec<_> = function.environment.iter().collect();
    insta::assert_compact_debug_snapshot!(environment, @r#"[("A", "global"), ("B", "own"), ("C", "3")]"#);
}

#[test]
fn globals_of_apis_are_merged_too() {
    let text = "
Globals: { Api: { OpenApiVersion: 3.0.1, StageName: live } }
Resources: { Api: { Type: AWS::Serverless::Api } }
";
    let model = load("t.yaml", text, &options()).unwrap();
    assert_eq!(model.rest.unwrap().stage, "live");
    let wrong = text.replace("3.0.1", "3.1.0");
    insta::assert_snapshot!(errors(&wrong), @"t.yaml:2: Api: OpenApiVersion is 3.1.0; allowed: 2.0, 3.0.0, 3.0.1, 3.0.2, 3.0.3");
}

#[test]
fn asynchronous_invocations_are_retried_as_declared_or_as_lambda_does() {
    let policy = |properties: &str| {
        let model = load("t.yaml", &with_function(properties), &options()).unwrap();
        model.functions["F"].asynchronous
    };
    let lambda = AsyncPolicy {
        max_retries: 2,
        max_age: Duration::from_secs(21_600),
    };
    assert_eq!(policy(""), lambda);
    let bounded =
        "      EventInvokeConfig: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }\n";
    let once = AsyncPolicy {
        max_retries: 0,
        max_age: Duration::from_secs(60),
    };
    assert_eq!(policy(bounded), once);
    let wrong = "      EventInvokeConfig: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 59, DestinationConfig: {} }\n";
    insta::assert_snapshot!(errors(&with_function(wrong)), @"
    t.yaml:7: F: DestinationConfig of EventInvokeConfig is not supported; supported: MaximumRetryAttempts, MaximumEventAgeInSeconds
    t.yaml:7: F: MaximumEventAgeInSeconds must be a whole number from 60 to 21600
    t.yaml:7: F: MaximumRetryAttempts must be a whole number from 0 to 2
    ");
}

#[test]
fn intrinsics_resolve_in_all_their_forms() {
    let text = with_function(
        "      Environment:
        Variables:
          A: !Ref Table
          B: { Ref: AWS::Region }
          C: !Sub '${Table}-${AWS::AccountId}-${!Literal}'
          D: { 'Fn::Sub': ['${x}/${Table.Arn}', { x: !Ref AWS::StackName }] }
          E: !GetAtt Table.Arn
          F: { 'Fn::GetAtt': [F, Arn] }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
",
    );
    let model = load("t.yaml", &text, &options()).unwrap();
    let values: Vec<&str> = model.functions["F"]
        .environment
        .values()
        .map(String::as_str)
        .collect();
    insta::assert_snapshot!(values.join("\n"), @"
    Table
    eu-central-1
    Table-123456789012-${Literal}
    local/arn:aws:dynamodb:eu-central-1:123456789012:table/Table
    arn:aws:dynamodb:eu-central-1:123456789012:table/Table
    arn:aws:lambda:eu-central-1:123456789012:function:F
    ");
}

#[test]
fn everything_unsupported_is_reported_with_line_and_resource() {
    let text = "
Conditions: { C: !Equals [a, a] }
Rules: {}
Resources:
  F:
    Type: AWS::Serverless::Function
    Condition: C
    Metadata: { BuildProperties: { Binary: f } }
    Properties:
      Runtime: python3.13
      SnapStart: { ApplyOn: PublishedVersions }
      Timeout: 901
      Policies:
        - !If [C, !Join ['', []], b]
      Environment: { Variables: { A: !Ref Nothing, B: !GetAtt F.Url } }
      Events:
        E: { Type: SQS, Properties: { Queue: q } }
        S: { Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 1 * * ? *) } }
  Q:
    Type: AWS::SQS::Queue
";
    insta::assert_snapshot!(errors(text), @"
    t.yaml:3: template: Rules of the template is not supported; supported: Parameters, Conditions, Globals, Resources, Outputs; without effect here: AWSTemplateFormatVersion, Transform, Description, Metadata
    t.yaml:10: F: Runtime must be provided.al2023
    t.yaml:11: F: SnapStart of AWS::Serverless::Function is not supported; supported: MemorySize, Timeout, ReservedConcurrentExecutions, Runtime, Environment, EventInvokeConfig, Events; without effect here: CodeUri, Handler, Architectures, Description, Policies, LoggingConfig, VpcConfig, Tags, Tracing
    t.yaml:12: F: Timeout must be a whole number from 1 to 900
    t.yaml:14: F: !Join is not supported; supported intrinsics: !Ref, !Sub, !GetAtt, !If
    t.yaml:15: F: !GetAtt F.Url is not supported; supported: Arn of functions, roles and tables, Id of secrets, TopicArn of topics
    t.yaml:15: F: Nothing is neither a parameter, nor a resource, nor a pseudo parameter (AWS::AccountId, AWS::NoValue, AWS::Partition, AWS::Region, AWS::StackName, AWS::URLSuffix)
    t.yaml:17: F: event type SQS is not supported; supported: Api, ScheduleV2, MSK
    t.yaml:18: F: ScheduleExpression must be rate(N minutes), rate(N hours) or rate(N days)
    t.yaml:19: Q: type AWS::SQS::Queue is not supported; supported: AWS::Serverless::Function, AWS::Serverless::Api, AWS::Serverless::WebSocketApi, AWS::ApiGatewayV2::RouteResponse, AWS::DynamoDB::Table, AWS::ECS::TaskDefinition, AWS::MSK::Topic, AWS::SecretsManager::Secret, AWS::SES::EmailIdentity; without effect here: AWS::CloudFormation::WaitConditionHandle, AWS::CloudWatch::Alarm, AWS::EC2::SecurityGroup, AWS::EC2::SecurityGroupIngress, AWS::ECS::Cluster, AWS::ECS::Service, AWS::IAM::Role, AWS::Logs::LogGroup, AWS::Logs::MetricFilter, AWS::ServiceDiscovery::PrivateDnsNamespace, AWS::ServiceDiscovery::Service, AWS::SNS::Subscription, AWS::SNS::Topic, AWS::SNS::TopicPolicy
    ");
}

#[test]
fn a_function_without_binary_is_reported() {
    let text = "
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: { Runtime: provided.al2023 }
";
    insta::assert_snapshot!(errors(text), @"t.yaml:3: F: needs Metadata with BuildProperties.Binary, the name of its binary");
}

#[test]
fn broken_yaml_is_reported_with_its_line() {
    insta::assert_snapshot!(errors("Resources:\n  F: [\n"), @r#"t.yaml:3: template: is not valid YAML: while parsing a node, did not find expected node content"#);
    insta::assert_snapshot!(errors("Resources:\n  F: {}\n  F: {}\n"), @r#"t.yaml:3: template: is not valid YAML: duplicated key in mapping"#);
}

#[test]
fn policies_for_deletion_are_known() {
    let text = "
Resources:
  S:
    Type: AWS::SecretsManager::Secret
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: RetainExceptOnCreate
    Properties: { GenerateSecretString: { ExcludePunctuation: true } }
";
    insta::assert_snapshot!(errors(text), @"t.yaml:6: S: UpdateReplacePolicy is RetainExceptOnCreate; allowed: Delete, Retain, Snapshot");
}

#[test]
fn kafka_triggers_have_lambdas_defaults() {
    let text = with_function(
        "      Events:
        K:
          Type: MSK
          Properties: { Stream: arn, Topics: [t], StartingPosition: TRIM_HORIZON }
",
    );
    let model = load("t.yaml", &text, &options()).unwrap();
    let trigger = &model.kafka_triggers[0];
    assert_eq!(trigger.batch_size, 100);
    assert_eq!(trigger.window, Duration::from_millis(500));
    assert_eq!((trigger.id.as_str(), trigger.group.as_str()), ("FK", "F-K"));
    assert_eq!(trigger.max_retries, None);
}

#[test]
fn every_part_of_a_table_is_known_or_reported() {
    let text = "
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PROVISIONED
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: X }]
      KeySchema: { AttributeName: pk }
      GlobalSecondaryIndexes:
        - IndexName: i
          KeySchema: [{ AttributeName: pk, KeyType: HASH }]
          Projection: { ProjectionType: SOME }
          ProvisionedThroughput: { ReadCapacityUnits: 1 }
";
    insta::assert_snapshot!(errors(text), @r#"
    t.yaml:6: T: BillingMode must be PAY_PER_REQUEST
    t.yaml:7: T: AttributeType is X; allowed: S, N, B
    t.yaml:8: T: KeySchema must be a list, not a mapping
    t.yaml:12: T: ProjectionType is SOME; allowed: ALL, INCLUDE, KEYS_ONLY
    t.yaml:13: T: ProvisionedThroughput of an index is not supported; supported: IndexName, KeySchema, Projection
    "#);
}

#[test]
fn a_container_needs_what_the_emulator_runs_it_by() {
    let text = "
Resources:
  T:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Volumes: []
      ContainerDefinitions:
        - Name: mail
          Secrets: [{ Name: A, ValueFrom: !GetAtt Role.Arn }]
          Environment: [{ Name: A, Value: { Ref: Role } }, { Value: b }]
          PortMappings: [{ ContainerPort: 70000 }]
          HealthCheck: { Command: [CMD-SHELL, curl] }
  Role:
    Type: AWS::IAM::Role
    Properties: { AnythingAtAll: true }
";
    insta::assert_snapshot!(errors(text), @"
    t.yaml:6: T: Volumes of AWS::ECS::TaskDefinition is not supported; supported: ContainerDefinitions; without effect here: Family, Cpu, Memory, NetworkMode, RequiresCompatibilities, RuntimePlatform, ExecutionRoleArn, TaskRoleArn, Tags
    t.yaml:8: T: a container's Environment needs LISTEN_ADDRESS: there it is told where to listen here
    t.yaml:9: T: Secrets of a container definition is not supported; supported: Name, PortMappings, HealthCheck, Environment; without effect here: Image, Essential, User, ReadonlyRootFilesystem, StopTimeout, LinuxParameters, LogConfiguration
    t.yaml:10: T: an environment variable needs Name
    t.yaml:11: T: ContainerPort must be a whole number from 1 to 65535
    t.yaml:12: T: Command must be [CMD, the container's own binary, an argument that makes it check itself]
    ");
}
