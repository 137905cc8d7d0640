#!/usr/bin/env bash
# Checks what is deployed, and how: the template and infra/ as they stand and as SAM translates them, the OpenAPI document, the shell
# scripts and the Dockerfile.
# usage: run.sh VENV   with what requirements.txt names
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=$1/bin

"$bin/cfn-lint" template.yaml infra/*.yaml
echo "cfn-lint: no findings"

# What is left out for all resources stands in the template's Metadata, what is left out for one in that one's.
skipped=$("$bin/python" scripts/validate/checkov_skips.py template.yaml)
"$bin/checkov" --quiet --compact --skip-download --framework cloudformation --skip-check "$skipped" --file template.yaml infra/*.yaml
echo "checkov: no findings"

"$bin/openapi-spec-validator" docs/openapi.yaml
mapfile -t scripts < <(git ls-files '*.sh' .ci/run)
"$bin/shellcheck" "${scripts[@]}"
echo "shellcheck: no findings"
"$bin/hadolint" Dockerfile services/notification/Dockerfile
echo "hadolint: no findings"

"$bin/pytest" --quiet -p no:cacheprovider scripts/validate
