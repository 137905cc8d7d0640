"""Deploys template.yaml by CloudFormation to an emulator of AWS that knows nothing of it, ministack, with what AWS has and it lacks:
a Kafka cluster, the container of the notification service, and the triggers that poll Kafka.

What is deployed differs from the template in this alone:
- functions are zips of binaries for this machine;
- AWS::ApiGatewayV2::RouteResponse is left out, a type that ministack refuses;
- CreateTopics is off, since there is no MSK: the pollers create the topics;
- functions reach @connections where ministack has it.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, field

import boto3
import urllib3

from processes import Process, free_port, free_port_pair

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts" / "package"))
from template import packed  # noqa: E402

BUCKET = "code"
NAME = "fastfusion"
REGION = "eu-central-1"
UNKNOWN_TYPES = ["AWS::ApiGatewayV2::RouteResponse"]
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}


@dataclass
class Ports:
    """Where it listens on this machine; any free ones if nobody says."""

    aws: int = field(default_factory=free_port)
    kafka: int = field(default_factory=free_port_pair)
    notification: int = field(default_factory=free_port)


class Kafka:
    """Apache Kafka, one broker."""

    def __init__(self, work: pathlib.Path, port: int):
        self.dir, self.port = work / "kafka", port
        self.run("start")

    def run(self, action: str) -> None:
        env = {**os.environ, "KAFKA_JARS": str(ROOT / "target" / "kafka" / "jars")}
        subprocess.run([ROOT / "scripts" / "kafka" / "run.sh", action, self.dir, str(self.port)], env=env, check=True)

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"


class Deployment:
    """The deployed stack, and what runs for it."""

    def __init__(self, work: pathlib.Path, ports: Ports | None = None):
        self.ports = ports or Ports()
        self.logs = work
        self.unpacked = work / "unpacked"
        self.running: list[Process] = []
        self.starts = 0
        self.http = urllib3.PoolManager(timeout=60, retries=False)
        self.kafka = Kafka(work, self.ports.kafka)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        port, notification = self.ports.aws, self.ports.notification
        self.endpoint = f"http://127.0.0.1:{port}"
        self.aws = {**CREDENTIALS, "AWS_ENDPOINT_URL": self.endpoint}
        ministack = [str(pathlib.Path(sys.executable).with_name("ministack"))]
        self.unpacked.mkdir()
        # Functions find its services as it does. It leaves half a gigabyte of them behind in the directory for what is temporary.
        own = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "TMPDIR": str(self.unpacked)}
        emulator = self.spawn("ministack", ministack, {**self.aws, **own})
        emulator.wait_until(lambda: self.answers("/_ministack/health"))
        self.client("ses").verify_email_identity(EmailAddress="hello@fastfusion.example")
        self.upload()
        self.stack = self.create_stack(f"http://127.0.0.1:{notification}")
        self.point_functions_at_feed()
        self.start_notification(f"127.0.0.1:{notification}")
        self.start_pollers()

    def client(self, service: str):
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
        )

    def spawn(self, name: str, command: list[str], env: dict[str, str]) -> Process:
        process = Process(name, command, env, self.logs)
        self.running.append(process)
        return process

    def answers(self, path: str) -> bool:
        try:
            return self.http.request("GET", self.endpoint + path).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def upload(self) -> None:
        template = packed((ROOT / "template.yaml").read_text(encoding="utf-8"), "x86_64")
        self.binaries = sorted(re.findall(r"CodeUri: x86_64/(.*)\.zip", template))
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for binary in self.binaries:
            with tempfile.TemporaryDirectory() as work:
                s3.upload_file(str(zip_of(binary, pathlib.Path(work))), BUCKET, f"{binary}.zip")
        template = re.sub(r"CodeUri: x86_64/(.*)\.zip", rf"CodeUri: s3://{BUCKET}/\1.zip", template)
        # What all functions share: the zips are named one by one.
        template = template.replace("    CodeUri: .\n", "")
        s3.put_object(Bucket=BUCKET, Key="template.yaml", Body=without(UNKNOWN_TYPES, template).encode())

    def create_stack(self, notification: str) -> dict:
        parameters = {
            "KafkaClusterArn": f"arn:aws:kafka:{REGION}:123456789012:cluster/fastfusion/0-1",
            "KafkaBootstrapServers": self.kafka.bootstrap,
            "KafkaSecurity": "plaintext",
            "CreateTopics": "off",
            "PrivateSubnets": "subnet-1",
            "FunctionSecurityGroups": "sg-1",
            "VpcId": "vpc-1",
            "NotificationImage": "notification",
            "NotificationUrl": notification,
        }
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=NAME,
            TemplateURL=f"{self.endpoint}/{BUCKET}/template.yaml",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        deadline = time.monotonic() + 120
        while True:
            stack = cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                break
            assert time.monotonic() < deadline, "the stack is not created within two minutes"
            time.sleep(0.5)
        events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
        assert stack["StackStatus"] == "CREATE_COMPLETE" and not failed, failed
        return stack

    def api(self, output: str) -> str:
        """The id of an API, from the output that holds its URL."""
        outputs = {output["OutputKey"]: output["OutputValue"] for output in self.stack["Outputs"]}
        return re.fullmatch(r"\w+://(\w+)\..*", outputs[output])[1]

    def feed_url(self, scheme: str) -> str:
        """Where ministack has the WebSocket API (ws) and its @connections (http)."""
        return f"{scheme}{self.endpoint.removeprefix('http')}/_aws/execute-api/{self.api('FeedUrl')}/live"

    def point_functions_at_feed(self) -> None:
        functions = self.client("lambda")
        for page in functions.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                variables = function.get("Environment", {}).get("Variables", {})
                if "WEBSOCKET_URL" in variables:
                    variables["WEBSOCKET_URL"] = self.feed_url("http")
                    functions.update_function_configuration(FunctionName=function["FunctionName"], Environment={"Variables": variables})

    def resources(self) -> dict[str, dict]:
        """The stack's resources by logical id."""
        resources = self.client("cloudformation").describe_stack_resources(StackName=NAME)["StackResources"]
        return {resource["LogicalResourceId"]: resource for resource in resources}

    def start_notification(self, address: str) -> None:
        """The service's own binary, with the environment of its deployed task."""
        task = self.resources()["NotificationTask"]["PhysicalResourceId"]
        task = self.client("ecs").describe_task_definition(taskDefinition=task)["taskDefinition"]
        declared = {variable["name"]: variable["value"] for variable in task["containerDefinitions"][0]["environment"]}
        env = {**self.aws, **declared, "LISTEN_ADDRESS": address}
        binary = str(binary_path("notification"))

        def is_healthy() -> bool:
            return subprocess.run([binary, "--check"], env={**os.environ, **env}, capture_output=True).returncode == 0

        self.spawn("notification", [binary], env).wait_until(is_healthy)

    def start_pollers(self) -> None:
        command = [str(binary_path("emulator")), "triggers", "--template", str(ROOT / "template.yaml"), "--stack", NAME]
        command += ["--kafka", self.kafka.bootstrap, "--functions-endpoint", self.endpoint]
        self.starts += 1
        self.pollers = self.spawn(f"triggers-{self.starts}", command, CREDENTIALS)
        self.pollers.wait_until(lambda: "ready\n" in self.pollers.log.read_text())

    def stop_pollers(self) -> None:
        self.running.remove(self.pollers)
        assert self.pollers.stop() == 0, self.pollers.last_words()

    def rest_host(self) -> str:
        """The name by which ministack knows the REST API."""
        return f"{self.api('RestUrl')}.execute-api.localhost"

    def call(self, method: str, path: str, body=None, token: str | None = None) -> tuple[int, dict]:
        """Calls the REST API; the status and the body."""
        headers = {"Host": self.rest_host()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = self.http.request(method, f"{self.endpoint}/live{path}", json=body, headers=headers)
        return answer.status, answer.json() if answer.data else {}

    def mails_to(self, address: str) -> list[dict]:
        by_account = self.http.request("GET", f"{self.endpoint}/_ministack/ses/messages").json()["messages"]
        return [message for messages in by_account.values() for message in messages if address in message["To"]]

    def describe(self, file: pathlib.Path) -> None:
        """Writes what tests of a deployed stack have to know (`E2E_DEPLOYMENT`), with its secrets beside the file."""
        secrets = file.parent / "secrets"
        secrets.mkdir(mode=0o700)
        client = self.client("secretsmanager")
        names = {"notification": f"127.0.0.1:{self.ports.notification}"}
        for name, resource in self.resources().items():
            physical = resource["PhysicalResourceId"]
            if resource["ResourceType"] == "AWS::SecretsManager::Secret":
                secret = client.get_secret_value(SecretId=physical)["SecretString"]
                (secrets / name).write_text(secret, encoding="utf-8")
            elif resource["ResourceType"] == "AWS::DynamoDB::Table":
                names[name] = physical
        described = {
            "url": f"{self.endpoint}/live",
            "host": self.rest_host(),
            "websocket_url": self.feed_url("ws"),
            "kafka": self.kafka.bootstrap,
            "data_dir": str(file.parent),
            "aws": self.endpoint,
            "names": names,
        }
        file.write_text(json.dumps(described), encoding="utf-8")

    def stop(self) -> None:
        for process in reversed(self.running):
            process.stop()
        shutil.rmtree(self.unpacked, ignore_errors=True)
        self.kafka.run("stop")


def binary_path(name: str) -> pathlib.Path:
    return ROOT / "target" / "debug" / name


def zip_of(binary: str, work: pathlib.Path) -> pathlib.Path:
    """The zip of `make package ARCH=x86_64` if DEPLOY_ZIPS names where it is, or of what `make build` has built."""
    if "DEPLOY_ZIPS" in os.environ:
        return pathlib.Path(os.environ["DEPLOY_ZIPS"]) / f"{binary}.zip"
    stripped, packed_binary = work / binary, work / f"{binary}.zip"
    subprocess.run(["strip", "-o", stripped, binary_path(binary)], check=True)
    with zipfile.ZipFile(packed_binary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(stripped, "bootstrap")
    return packed_binary


def without(types: list[str], template: str) -> str:
    """The template without the resources of these types, to which nothing else refers."""
    blocks = re.split(r"(?m)^(?=  [A-Za-z]+:$)", template)
    return "".join(block for block in blocks if not any(f"    Type: {name}\n" in block for name in types))
