"""Holds the template against every rule, and every rule against templates that break it."""

import copy

import pytest
import rules
from sam import read, translate


@pytest.fixture(scope="module")
def template():
    return read()


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_template_keeps_the_rule(rule, template):
    translated = translate(copy.deepcopy(template))
    assert list(rule(translated)) == []


def remove(*path):
    def change(template):
        *parents, last = path
        for key in parents:
            template = template[key]
        del template[last]

    return change


def replace(*path):
    *keys, value = path

    def change(template):
        *parents, last = keys
        for key in parents:
            template = template[key]
        assert template[last] != value
        template[last] = value

    return change


def add(*path):
    *keys, value = path

    def change(template):
        *parents, last = keys
        for key in parents:
            template = template[key]
        assert last not in template
        template[last] = value

    return change


def grant(function, statement):
    def change(template):
        template["Resources"][function]["Properties"]["Policies"][-1]["Statement"].append(statement)

    return change


def withdraw(function, action):
    def change(template):
        (policy,) = (p for p in template["Resources"][function]["Properties"]["Policies"] if isinstance(p, dict))
        holding = [statement for statement in policy["Statement"] if action in statement["Action"]]
        assert holding
        for statement in holding:
            statement["Action"].remove(action)

    return change


def resource(name, *path):
    return ("Resources", name, *path)


def of(name, *path):
    return resource(name, "Properties", *path)


BROKEN = [
    (
        rules.routes_that_reply_have_route_responses,
        remove(*resource("FeedApiDefaultRouteResponse")),
        "WsMessageFunction replies to $default, which has no AWS::ApiGatewayV2::RouteResponse",
    ),
    (
        rules.routes_that_reply_have_route_responses,
        remove(*of("FeedApi", "Routes", "subscribe", "RouteResponseSelectionExpression")),
        "subscribe never selects its route response",
    ),
    (rules.apis_have_one_stage, remove("Globals", "Api"), "RestApi has 2 stages"),
    (rules.logs_are_kept_for_a_time, remove(*of("LoginLogs", "RetentionInDays")), "LoginLogs keeps its logs for ever"),
    (
        rules.logs_are_kept_for_a_time,
        remove(*of("LoginFunction", "LoggingConfig")),
        "LoginFunction logs to a group that Lambda makes, which keeps everything for ever",
    ),
    (
        rules.logs_are_kept_for_a_time,
        remove(*of("NotificationTask", "ContainerDefinitions", 0, "LogConfiguration")),
        "container notification of NotificationTask logs to no group of the template",
    ),
    (
        rules.asynchronous_invocations_are_bounded,
        remove(*of("PriceTickFunction", "EventInvokeConfig")),
        "PriceTickFunctionEveryMinute: an event for PriceTickFunction may be older than 60 s",
    ),
    (
        rules.asynchronous_invocations_are_bounded,
        replace(*of("EraseUsersFunction", "EventInvokeConfig", "MaximumRetryAttempts"), 1),
        "EraseUsersFunctionEveryMinute: Lambda retries EraseUsersFunction, since its EventInvokeConfig does not forbid it",
    ),
    (
        rules.a_failed_creation_leaves_nothing_behind,
        replace(*resource("UsersTable", "DeletionPolicy"), "Retain"),
        "UsersTable stays if the stack's creation fails, and the next one can't adopt it: RetainExceptOnCreate",
    ),
    (
        rules.a_failed_creation_leaves_nothing_behind,
        remove(*resource("TokenSecret", "DeletionPolicy")),
        "TokenSecret is deleted with the stack, or when it is replaced",
    ),
    (
        rules.a_failed_creation_leaves_nothing_behind,
        replace(*of("UsersTable", "DeletionProtectionEnabled"), True),
        "UsersTable is protected from the deletion with which a failed creation ends",
    ),
    (
        rules.tables_can_be_restored,
        remove(*of("NotificationsTable", "PointInTimeRecoverySpecification")),
        "NotificationsTable has no point-in-time recovery",
    ),
    (
        rules.rights_are_named,
        grant("MeFunction", {"Effect": "Allow", "Action": ["dynamodb:*"], "Resource": "arn:aws:dynamodb:::table/t"}),
        "MeFunctionRole may do dynamodb:*",
    ),
    (
        rules.rights_are_named,
        grant("MeFunction", {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": "*"}),
        "MeFunctionRole may do dynamodb:GetItem to everything",
    ),
    (
        rules.rights_are_named,
        replace(*of("MeFunction", "Policies", 0), "arn:aws:iam::aws:policy/AdministratorAccess"),
        "MeFunctionRole has the managed policy AdministratorAccess",
    ),
    (
        rules.triggers_may_read_their_topics,
        withdraw("SnapshotWriterFunction", "kafka-cluster:DescribeClusterDynamicConfiguration"),
        "SnapshotWriterFunctionRequests: SnapshotWriterFunction lacks kafka-cluster:DescribeClusterDynamicConfiguration on the cluster",
    ),
    (
        rules.triggers_may_read_their_topics,
        replace(*of("SnapshotWriterFunction", "Events", "Requests", "Properties", "Topics"), ["other"]),
        "SnapshotWriterFunctionRequests: SnapshotWriterFunction lacks kafka-cluster:ReadData on the topic",
    ),
    (
        rules.triggers_come_after_their_topics,
        remove(*resource("PriceFanoutFunction", "DependsOn")),
        "PriceFanoutFunctionPrices may come before its topic: PriceFanoutFunction does not depend on TopicsReady",
    ),
    (
        rules.triggers_come_after_their_topics,
        remove(*resource("TopicsReady", "Metadata")),
        "TopicsReady does not wait for PriceUpdateTopic",
    ),
    (
        rules.stacks_share_no_name,
        remove(*of("PriceTickFunction", "Events", "EveryMinute", "Properties", "Name")),
        "two stacks would both have AWS::Scheduler::Schedule PriceTickFunctionEveryMinute",
    ),
    (
        rules.stacks_share_no_name,
        replace(*of("NotificationNamespace", "Name"), "fastfusion.internal"),
        "two stacks would both have AWS::ServiceDiscovery::PrivateDnsNamespace fastfusion.internal",
    ),
    (
        rules.stacks_share_no_name,
        replace(*of("DeadLetterTopic", "TopicName"), "dead.letter"),
        "two stacks would both have AWS::MSK::Topic dead.letter",
    ),
    (
        rules.metrics_are_logged,
        replace(*of("TicksMetric", "FilterPattern"), '{ $.message = "tick was published" }'),
        "TicksMetric: nothing logs 'tick was published'",
    ),
    (
        rules.metrics_are_logged,
        replace(*of("PriceFanoutDeadLettersMetric", "FilterPattern"), "{ $.deadletters > 0 }"),
        "PriceFanoutDeadLettersMetric: nothing logs a field deadletters",
    ),
    (
        rules.alarms_reach_somebody,
        remove(*of("TicksMissingAlarm", "AlarmActions")),
        "TicksMissingAlarm tells nobody",
    ),
    (
        rules.variables_are_those_that_functions_read,
        remove(*of("LoginFunction", "Environment", "Variables", "SESSION_SECRET")),
        "LoginFunction is not given SESSION_SECRET",
    ),
    (
        rules.variables_are_those_that_functions_read,
        add(*of("LoginFunction", "Environment", "Variables", "PRICE_SECRET"), "secret"),
        "LoginFunction does not read PRICE_SECRET",
    ),
]


@pytest.mark.parametrize(("rule", "change", "finding"), BROKEN, ids=[finding for _, _, finding in BROKEN])
def test_a_template_that_breaks_the_rule_is_found(rule, change, finding, template):
    broken = copy.deepcopy(template)
    change(broken)
    assert finding in list(rule(translate(broken)))


def test_every_rule_is_seen_to_fail():
    assert {rule for rule, _, _ in BROKEN} == set(rules.RULES)
