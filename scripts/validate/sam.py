"""Reads templates, and translates them as the SAM transform does when a stack is deployed."""

import os
from pathlib import Path

# boto3 wants a region, although nothing is called.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]

# The managed policies that functions name, which SAM would ask IAM for.
MANAGED_POLICIES = {
    name: f"arn:aws:iam::aws:policy/service-role/{name}"
    for name in ("AWSLambdaMSKExecutionRole", "AWSLambdaVPCAccessExecutionRole")
}


class ManagedPolicies:
    """What `transform` asks for the ARNs of managed policies."""

    @staticmethod
    def load():
        return MANAGED_POLICIES


def read(path="template.yaml"):
    return yaml_parse((ROOT / path).read_text())


def translate(template):
    """What CloudFormation gets of a template. `sam package` would have put the code into a bucket."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"
    return transform(template, {}, ManagedPolicies())
