#!/usr/bin/env bash
# Tests the stack that FASTFUSION_URL names against docs/openapi.yaml: scripts/schemathesis.sh <schemathesis> <directory for what it writes>
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
mkdir -p "$2"
schemathesis=$(realpath -s "$1")
cd "$2"
export SCHEMATHESIS_HOOKS=$root/tests/openapi/hooks.py PYTHONDONTWRITEBYTECODE=1
exec "$schemathesis" --config-file "$root/tests/openapi/schemathesis.toml" run "$root/docs/openapi.yaml" \
	--url "$FASTFUSION_URL" --no-color
