"""What a translated template must be like beyond what linters know. Each rule yields what is wrong, in words."""

import re
from collections import Counter

from environment import read_by
from names import physical_names
from sam import ROOT

# Managed policies, whose actions and resources are AWS's choice.
MANAGED_POLICIES = {
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AmazonECSTaskExecutionRolePolicy",
}

# Actions that can't be restricted to resources, each with the reason.
WITHOUT_RESOURCE = {
    "sns:Publish": "a telephone number has no ARN; topics and endpoints, which have one, are excluded by NotResource",
}

# What the documentation of MSK triggers asks for with IAM authentication, by the kind of ARN.
TRIGGER_RIGHTS = {
    "cluster": {"kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration"},
    "topic": {"kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"},
    "group": {"kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"},
}

# The longest that an event of a schedule that runs each minute may wait.
MAX_EVENT_AGE_SECONDS = 60


def of_type(translated, kind):
    """Logical ids and properties of the resources of a type."""
    for logical_id, resource in translated["Resources"].items():
        if resource["Type"] == kind:
            yield logical_id, resource.get("Properties", {})


def referred(value):
    """The logical id that `Ref` or `Fn::GetAtt` names."""
    if isinstance(value, dict):
        if "Ref" in value:
            return value["Ref"]
        if "Fn::GetAtt" in value:
            return value["Fn::GetAtt"][0]
    return None


def sources(binary):
    """The source of a function's `main`."""
    single = ROOT / "functions/src/bin" / f"{binary}.rs"
    return (single if single.exists() else single.with_suffix("") / "main.rs").read_text()


def replies(translated, function):
    """Whether a function of the WebSocket API returns frames for the client."""
    binary = translated["Resources"][function]["Metadata"]["BuildProperties"]["Binary"]
    return "websocket::run_answering" in sources(binary)


def routes_that_reply_have_route_responses(translated):
    answered = {
        referred(response["RouteId"]): response
        for _, response in of_type(translated, "AWS::ApiGatewayV2::RouteResponse")
    }
    integrations = dict(of_type(translated, "AWS::ApiGatewayV2::Integration"))
    for logical_id, route in of_type(translated, "AWS::ApiGatewayV2::Route"):
        target = next(name for name in integrations if f"'{name}'" in str(route["Target"]))
        function = referred(integrations[target]["IntegrationUri"]["Fn::Sub"][1]["FunctionArn"])
        if not replies(translated, function):
            continue
        if logical_id not in answered:
            yield f"{function} replies to {route['RouteKey']}, which has no AWS::ApiGatewayV2::RouteResponse"
        elif route.get("RouteResponseSelectionExpression") != "$default":
            yield f"{route['RouteKey']} never selects its route response"


def apis_have_one_stage(translated):
    for api_type, stage_type, deployment_type, key in (
        ("AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage", "AWS::ApiGateway::Deployment", "RestApiId"),
        ("AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage", "AWS::ApiGatewayV2::Deployment", "ApiId"),
    ):
        stages = Counter(referred(stage[key]) for _, stage in of_type(translated, stage_type))
        # A deployment that names a stage makes one.
        stages.update(
            referred(deployment[key])
            for _, deployment in of_type(translated, deployment_type)
            if "StageName" in deployment
        )
        for logical_id, _ in of_type(translated, api_type):
            if stages[logical_id] != 1:
                yield f"{logical_id} has {stages[logical_id]} stages"


def logs_are_kept_for_a_time(translated):
    groups = dict(of_type(translated, "AWS::Logs::LogGroup"))
    for logical_id, group in groups.items():
        if "RetentionInDays" not in group:
            yield f"{logical_id} keeps its logs for ever"
    for logical_id, function in of_type(translated, "AWS::Lambda::Function"):
        if referred(function.get("LoggingConfig", {}).get("LogGroup")) not in groups:
            yield f"{logical_id} logs to a group that Lambda makes, which keeps everything for ever"
    for logical_id, task in of_type(translated, "AWS::ECS::TaskDefinition"):
        for container in task["ContainerDefinitions"]:
            options = container.get("LogConfiguration", {}).get("Options", {})
            if referred(options.get("awslogs-group")) not in groups:
                yield f"container {container['Name']} of {logical_id} logs to no group of the template"


def asynchronous_invocations_are_bounded(translated):
    bounded = {
        referred(config["FunctionName"]): config
        for _, config in of_type(translated, "AWS::Lambda::EventInvokeConfig")
    }
    for logical_id, schedule in of_type(translated, "AWS::Scheduler::Schedule"):
        function = referred(schedule["Target"]["Arn"])
        config = bounded.get(function, {})
        if config.get("MaximumRetryAttempts") != 0:
            yield f"{logical_id}: Lambda retries {function}, since its EventInvokeConfig does not forbid it"
        if config.get("MaximumEventAgeInSeconds", 21600) > MAX_EVENT_AGE_SECONDS:
            yield f"{logical_id}: an event for {function} may be older than {MAX_EVENT_AGE_SECONDS} s"


def a_failed_creation_leaves_nothing_behind(translated):
    for logical_id, resource in translated["Resources"].items():
        policy = resource.get("DeletionPolicy")
        if policy == "Retain":
            yield f"{logical_id} stays if the stack's creation fails, and the next one can't adopt it: RetainExceptOnCreate"
        if resource["Type"] in ("AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"):
            if policy != "RetainExceptOnCreate" or resource.get("UpdateReplacePolicy") != "Retain":
                yield f"{logical_id} is deleted with the stack, or when it is replaced"
        if resource.get("Properties", {}).get("DeletionProtectionEnabled") is True:
            yield f"{logical_id} is protected from the deletion with which a failed creation ends"


def tables_can_be_restored(translated):
    for logical_id, table in of_type(translated, "AWS::DynamoDB::Table"):
        recovery = table.get("PointInTimeRecoverySpecification", {})
        if recovery.get("PointInTimeRecoveryEnabled") is not True:
            yield f"{logical_id} has no point-in-time recovery"


def statements(translated):
    """Logical id and statement of every policy of every role."""
    for logical_id, role in of_type(translated, "AWS::IAM::Role"):
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield logical_id, statement


def listed(value):
    return value if isinstance(value, list) else [value]


def rights_are_named(translated):
    for logical_id, statement in statements(translated):
        actions = listed(statement.get("Action", "NotAction"))
        for action in actions:
            if "*" in action or action == "NotAction":
                yield f"{logical_id} may do {action}"
        if "*" in listed(statement.get("Resource", "*")):
            for action in sorted(set(actions) - set(WITHOUT_RESOURCE)):
                yield f"{logical_id} may do {action} to everything"
    for logical_id, role in of_type(translated, "AWS::IAM::Role"):
        for policy in role.get("ManagedPolicyArns", []):
            name = str(policy).rstrip("'}").rsplit("/", 1)[-1]
            if name not in MANAGED_POLICIES:
                yield f"{logical_id} has the managed policy {name}"


def text(value):
    """A constant, or what `Fn::Sub` is given."""
    return value.get("Fn::Sub", value) if isinstance(value, dict) else value


def triggers(translated):
    """Every Kafka trigger: its logical id, properties and the function's logical id."""
    for logical_id, mapping in of_type(translated, "AWS::Lambda::EventSourceMapping"):
        yield logical_id, mapping, referred(mapping["FunctionName"])


def triggers_may_read_their_topics(translated):
    for logical_id, mapping, function in triggers(translated):
        group = text(mapping["AmazonManagedKafkaEventSourceConfig"]["ConsumerGroupId"])
        places = {
            "cluster": lambda resource: resource == mapping["EventSourceArn"],
            "topic": lambda resource: str(text(resource)).endswith(f"/{text(mapping['Topics'][0])}"),
            "group": lambda resource: str(text(resource)).endswith(f"/{group}"),
        }
        for kind, is_there in places.items():
            granted = {
                action
                for role, statement in statements(translated)
                if role == f"{function}Role"
                for action in listed(statement["Action"])
                if any(is_there(resource) for resource in listed(statement.get("Resource")))
            }
            for missing in sorted(TRIGGER_RIGHTS[kind] - granted):
                yield f"{logical_id}: {function} lacks {missing} on the {kind}"


def triggers_come_after_their_topics(translated):
    for logical_id, _, function in triggers(translated):
        if "TopicsReady" not in listed(translated["Resources"][function].get("DependsOn", [])):
            yield f"{logical_id} may come before its topic: {function} does not depend on TopicsReady"
    waiting = str(translated["Resources"]["TopicsReady"].get("Metadata"))
    for logical_id, _ in of_type(translated, "AWS::MSK::Topic"):
        if f"'{logical_id}'" not in waiting:
            yield f"TopicsReady does not wait for {logical_id}"


def stacks_share_no_name(translated):
    blue = physical_names(translated, stack="blue", TopicPrefix="blue.")
    green = physical_names(translated, stack="green", TopicPrefix="green.")
    for name in sorted(blue & green):
        yield f"two stacks would both have {name}"


def metrics_are_logged(translated):
    rust = "\n".join(path.read_text() for path in (ROOT / "crates").rglob("src/**/*.rs"))
    for logical_id, metric in of_type(translated, "AWS::Logs::MetricFilter"):
        pattern = metric["FilterPattern"]
        for message in re.findall(r'"([^"]+)"', pattern):
            if f'"{message}"' not in rust:
                yield f"{logical_id}: nothing logs {message!r}"
        for field in re.findall(r"\$\.(\w+)", pattern):
            if field != "message" and not re.search(rf"^\s*{field} = ", rust, re.MULTILINE):
                yield f"{logical_id}: nothing logs a field {field}"


def alarms_reach_somebody(translated):
    topic = {"Fn::If": ["WithAlarmEmail", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
    for logical_id, alarm in of_type(translated, "AWS::CloudWatch::Alarm"):
        if alarm.get("AlarmActions") != topic:
            yield f"{logical_id} tells nobody"


def variables_are_those_that_functions_read(translated):
    functions = dict(of_type(translated, "AWS::Lambda::Function"))
    given = {name: set(function["Environment"]["Variables"]) for name, function in functions.items()}
    # What all have is given by Globals, whoever reads it.
    to_all = set.intersection(*given.values())
    for logical_id, variables in given.items():
        binary = translated["Resources"][logical_id]["Metadata"]["BuildProperties"]["Binary"]
        for name in sorted(read_by(binary) - variables):
            yield f"{logical_id} is not given {name}"
        for name in sorted(variables - read_by(binary) - to_all):
            yield f"{logical_id} does not read {name}"


RULES = [
    routes_that_reply_have_route_responses,
    apis_have_one_stage,
    logs_are_kept_for_a_time,
    asynchronous_invocations_are_bounded,
    a_failed_creation_leaves_nothing_behind,
    tables_can_be_restored,
    rights_are_named,
    triggers_may_read_their_topics,
    triggers_come_after_their_topics,
    stacks_share_no_name,
    metrics_are_logged,
    alarms_reach_somebody,
    variables_are_those_that_functions_read,
]
