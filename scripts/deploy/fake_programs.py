"""Answers as aws, sam, docker or make would, from the state of an account in a file: fake_programs.py PROGRAM ARGUMENT..."""

import fcntl
import json
import os
import pathlib
import sys

HOME = pathlib.Path(os.environ["FAKE_ACCOUNT"])
OUTPUTS = {
    "network": {"VpcId": "vpc-1", "PrivateSubnets": "subnet-1,subnet-2", "FunctionSecurityGroups": "sg-1", "KafkaSecurityGroup": "sg-2"},
    "secrets": {"PriceSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:price"},
    "kafka": {"KafkaClusterArn": "arn:aws:kafka:eu-central-1:123456789012:cluster/c/1", "KafkaClusterName": "c"},
    "site": {"FilesBucket": "files", "DistributionId": "E1", "Url": "https://d1.cloudfront.net", "FeedUrl": "wss://d1.cloudfront.net/api/v1/users/ws"},
    "": {
        "RestUrl": "https://rest1.execute-api.eu-central-1.amazonaws.com/live",
        "FeedUrl": "wss://feed1.execute-api.eu-central-1.amazonaws.com/live",
        "OriginSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:origin",
    },
}


class Refused(Exception):
    pass


def option(arguments, name):
    """The values of an option."""
    if name not in arguments:
        return []
    values = arguments[arguments.index(name) + 1 :]
    return values[: next((i for i, value in enumerate(values) if value.startswith("--")), None)]


class Account:
    def __init__(self):
        self.path = HOME / "state.json"
        self.state = json.loads(self.path.read_text())

    def save(self):
        self.path.write_text(json.dumps(self.state))

    def stack(self, arguments):
        (name,) = option(arguments, "--stack-name")
        if name not in self.state["stacks"]:
            raise Refused(f"An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id {name} does not exist")
        return name, self.state["stacks"][name]

    def put(self, name, parameters):
        before = self.state["stacks"].get(name, {})
        if name in self.state["failing"]:
            self.state["stacks"][name] = before | {"status": "UPDATE_ROLLBACK_COMPLETE" if before else "ROLLBACK_COMPLETE", "parameters": {}}
            raise Refused("Failed to create/update the stack")
        if self.state["stacks"].get(name, {}).get("parameters") != parameters:
            self.state.setdefault("changed", []).append(name)
        self.state["stacks"][name] = before | {"status": "CREATE_COMPLETE", "parameters": parameters}

    def cloudformation(self, operation, arguments):
        if operation == "deploy":
            (name,) = option(arguments, "--stack-name")
            return self.put(name, dict(pair.split("=", 1) for pair in option(arguments, "--parameter-overrides")))
        if operation == "wait":
            return None
        if operation == "update-stack":
            _, stack = self.stack(arguments)
            changed = next(one for one in option(arguments, "--parameters") if "ProtectTables" in one)
            stack["parameters"]["ProtectTables"] = changed.rpartition("=")[2]
            stack["rollback"] = option(arguments, "--rollback-configuration")
            return {"StackId": "arn"}
        if operation == "delete-stack":
            (name,) = option(arguments, "--stack-name")
            self.state["stacks"].pop(name, None)
            return None
        name, stack = self.stack(arguments)
        if operation == "describe-stacks":
            part = name.removeprefix("fastfusion-dev").removeprefix("fastfusion-prod").removeprefix("-")
            outputs = [{"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS[part].items()]
            parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in stack["parameters"].items()]
            return {"Stacks": [{"StackName": name, "StackStatus": stack["status"], "Outputs": outputs, "Parameters": parameters}]}
        if operation == "describe-stack-resources":
            kinds = {"Cluster": "AWS::MSK::Cluster", "UsersTable": "AWS::DynamoDB::Table", "TokenSecret": "AWS::SecretsManager::Secret"}
            return {
                "StackResources": [
                    {"LogicalResourceId": key, "ResourceType": kind, "PhysicalResourceId": f"{name}-{key}-1", "ResourceStatus": "CREATE_IN_PROGRESS"}
                    for key, kind in kinds.items()
                ]
            }
        event = {"StackId": "arn", "PhysicalResourceId": "x", "LogicalResourceId": "Cluster", "ResourceStatus": "CREATE_FAILED"}
        return {"StackEvents": [event | {"ResourceStatusReason": "no subnet has room"}]}

    def aws(self, service, operation, *arguments):
        state = self.state
        if service == "cloudformation":
            return self.cloudformation(operation, list(arguments))
        if operation in state.get("forbidden", []):
            raise Refused(f"An error occurred (AccessDeniedException): not allowed to call {operation}")
        match service, operation:
            case "sts", "get-caller-identity":
                if state.get("logged out"):
                    raise Refused("Unable to locate credentials")
                return {"Account": "123456789012"}
            case "sesv2", "get-email-identity":
                (identity,) = option(list(arguments), "--email-identity")
                if identity not in state["verified"]:
                    raise Refused("An error occurred (NotFoundException) when calling the GetEmailIdentity operation")
                return {"VerifiedForSendingStatus": True}
            case "sesv2", "get-account":
                return {"ProductionAccessEnabled": False}
            case "lambda", "get-account-settings":
                return {"AccountLimit": {"UnreservedConcurrentExecutions": state["concurrency"]}}
            case "kafka", "list-clusters-v2":
                return {"ClusterInfoList": [{"Provisioned": {"NumberOfBrokerNodes": 3}}]}
            case "kafka", "get-bootstrap-brokers":
                return {"BootstrapBrokerStringSaslIam": "b-1:9098,b-2:9098"}
            case "service-quotas", "list-service-quotas":
                return {"Quotas": []}
            case "service-quotas", "list-aws-default-service-quotas":
                return {"Quotas": [{"QuotaName": name, "Value": value} for name, value in state["quotas"].items()]}
            case "cloudwatch", "describe-alarms":
                # Each is over after it was told so often.
                raised = [name for name, times in state["alarms"].items() if times > 0]
                state["alarms"] = {name: times - 1 for name, times in state["alarms"].items()}
                return {"MetricAlarms": [{"AlarmName": name, "StateValue": "ALARM"} for name in raised]}
            case "ecr", _:
                return self.ecr(operation, list(arguments))
            case "s3", "sync":
                return self.sync(list(arguments))
            case _:
                return {}

    def ecr(self, operation, arguments):
        if operation == "get-login-password":
            return "secret"
        if operation == "create-repository":
            self.state["images"] = []
        if self.state["images"] is None:
            raise Refused("An error occurred (RepositoryNotFoundException)")
        if operation == "describe-images" and option(arguments, "--image-ids")[0] not in self.state["images"]:
            raise Refused("An error occurred (ImageNotFoundException)")
        return {}

    def sync(self, arguments):
        source, to = arguments[:2]
        files = [] if source.endswith("/assets") else self.state["files"]
        self.state["files"] = self.state["files"] if source.endswith("/assets") else []
        return "".join(f"upload: {source}/{name} to {to}/{name}\n" for name in files)

    def sam(self, *arguments):
        (name,) = option(list(arguments), "--config-env")
        return self.put(f"fastfusion-{name}", dict(pair.split("=", 1) for pair in option(list(arguments), "--parameter-overrides")))

    def docker(self, operation, *arguments):
        if operation == "push":
            self.state["images"].append(f"imageTag={arguments[0].rpartition(':')[2]}")


def main():
    program, *arguments = sys.argv[1:]
    if program in ("node", "npm", "cargo", "cc", "perl"):
        print("v20.0.0")
        return
    with (HOME / "calls").open("a") as calls:
        # Somebody may ask how far a stack is while another deploys it.
        fcntl.flock(calls, fcntl.LOCK_EX)
        calls.write(json.dumps([program, *arguments]) + "\n")
        calls.flush()
        if program != "make":
            answer(Account(), program, arguments)


def answer(account, program, arguments):
    try:
        answered = getattr(account, program)(*arguments)
    except Refused as refused:
        sys.exit(str(refused))
    finally:
        account.save()
    if answered is not None:
        print(answered if isinstance(answered, str) else json.dumps(answered))


if __name__ == "__main__":
    main()
