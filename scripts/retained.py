#!/usr/bin/env python3
"""Writes what is retained of template.yaml as a template of its own, and the list of imports that CloudFormation asks for with it.

usage: retained.py TEMPLATE IMPORTS   with the packages that scripts/validate/requirements.txt names
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "validate"))

from sam import read  # noqa: E402

# By what CloudFormation knows a resource of a type.
IDENTIFIERS = {"AWS::DynamoDB::Table": "TableName", "AWS::SecretsManager::Secret": "Id"}


def names(value, key):
    """Everything that stands under a key, or first in a list under it, anywhere in a value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner[0] if isinstance(inner, list) else inner
            yield from names(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner, key)


def retained(template):
    """A template of nothing but the resources that outlive a stack, and what they refer to."""
    resources = {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource.get("DeletionPolicy", "").startswith("Retain")
    }
    used = set(names(resources, "Fn::If")) | set(names(resources, "Condition"))
    conditions = {name: template["Conditions"][name] for name in sorted(used)}
    referred = sorted(set(names([resources, conditions], "Ref")) & set(template["Parameters"]))
    return {
        "AWSTemplateFormatVersion": template["AWSTemplateFormatVersion"],
        "Description": "What is retained of a Fastfusion stack.",
        "Parameters": {name: template["Parameters"][name] for name in referred},
        "Conditions": conditions,
        "Resources": resources,
    }


def imports(resources):
    """What to import, with the names to be filled in."""
    return [
        {
            "ResourceType": resource["Type"],
            "LogicalResourceId": logical_id,
            "ResourceIdentifier": {IDENTIFIERS[resource["Type"]]: f"<{logical_id}>"},
        }
        for logical_id, resource in resources.items()
    ]


def main():
    template_path, imports_path = sys.argv[1:]
    template = retained(read())
    Path(template_path).write_text(json.dumps(template, indent=2) + "\n")
    Path(imports_path).write_text(json.dumps(imports(template["Resources"]), indent=2) + "\n")


if __name__ == "__main__":
    main()
