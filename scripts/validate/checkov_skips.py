"""Prints the checks of checkov that a template leaves out for all of its resources, as `--skip-check` takes them."""

import sys

from sam import read

entries = read(sys.argv[1])["Metadata"]["checkov"]["skip"]
for entry in entries:
    if not entry.get("comment"):
        sys.exit(f"{entry['id']} is skipped without a reason")
print(",".join(entry["id"] for entry in entries))
