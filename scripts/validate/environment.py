"""The variables that a function reads: it starts with none, then with those that it missed, until it misses none."""

import functools
import re
import subprocess

from sam import ROOT

# Something that a variable may hold, as the end-to-end tests know it.
RIGHT = dict(re.findall(r'"([A-Z_]+)" => "([^"]*)"', (ROOT / "tests/e2e/configuration.rs").read_text()))

# Neither AWS nor Lambda is there, so every start ends with an error.
NOWHERE = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "eu-central-1"}


@functools.cache
def read_by(binary):
    given = {}
    while True:
        start = subprocess.run(
            [ROOT / "target/debug" / binary], env=NOWHERE | given, capture_output=True, text=True, timeout=30
        )
        missing = re.search(r"(\w+) is not set; it must be ", start.stderr)
        if not missing:
            return frozenset(given)
        name = missing.group(1)
        assert name not in given, start.stderr
        given[name] = RIGHT.get(name, "something")
