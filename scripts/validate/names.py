"""The names that a stack's resources have in the account, the VPC or the Kafka cluster."""

import re

# Where each type has the name under which it must be alone. Where it has none, CloudFormation makes one of the stack's.
NAMES = {
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::ApiGatewayV2::Api": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ECS::Service": "ServiceName",
    "AWS::ECS::TaskDefinition": "Family",
    "AWS::EC2::SecurityGroup": "GroupName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::MSK::Topic": "TopicName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::ServiceDiscovery::PrivateDnsNamespace": "Name",
}


def resolve(value, parameters):
    """The text of a constant, a `Ref` of a parameter or a `Fn::Sub` of parameters."""
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return parameters[value["Ref"]]
    return re.sub(r"\$\{([\w:]+)\}", lambda match: parameters[match.group(1)], value["Fn::Sub"])


def physical_names(translated, stack, **given):
    """Type and name of everything that two stacks can't both have."""
    declared = translated.get("Parameters", {})
    parameters = {name: parameter.get("Default", "") for name, parameter in declared.items()}
    parameters |= {"AWS::StackName": stack} | given
    names = set()
    for resource in translated["Resources"].values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if name := properties.get(NAMES.get(kind)):
            names.add(f"{kind} {resolve(name, parameters)}")
        if group := properties.get("AmazonManagedKafkaEventSourceConfig", {}).get("ConsumerGroupId"):
            names.add(f"consumer group {resolve(group, parameters)}")
        for metric in properties.get("MetricTransformations", []):
            names.add(f"metric {resolve(metric['MetricNamespace'], parameters)}/{metric['MetricName']}")
    return names
