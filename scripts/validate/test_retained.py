"""What docs/deploying.md imports into a new stack."""

import json
import subprocess
import sys
from pathlib import Path

from sam import ROOT


def test_what_is_retained_is_a_template_of_its_own(tmp_path):
    template, imports = tmp_path / "retained.json", tmp_path / "imports.json"
    subprocess.run([sys.executable, ROOT / "scripts/retained.py", template, imports], check=True)
    linted = subprocess.run([Path(sys.executable).with_name("cfn-lint"), template], capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout
    resources = json.loads(template.read_text())["Resources"]
    assert {resource["Type"] for resource in resources.values()} == {
        "AWS::DynamoDB::Table",
        "AWS::SecretsManager::Secret",
    }
    wanted = json.loads(imports.read_text())
    assert [one["LogicalResourceId"] for one in wanted] == list(resources)
    assert wanted[0]["ResourceIdentifier"] == {"TableName": "<UsersTable>"}
