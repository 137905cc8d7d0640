#!/usr/bin/env bash
# Checks what is deployed, and how: the template and infra/ as they stand and as SAM translates them, the OpenAPI document, the shell
# scripts, the Dockerfile, the workflows, and what `make deploy` does to an account that is none.
# usage: run.sh VENV   with what requirements.txt names
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=$1/bin
ACTIONLINT_VERSION=v1.7.12

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

"$bin/zizmor" --offline --no-progress --quiet .github
echo "zizmor: no findings"
# It is written in Go, and what PyPI has of it comes from GitHub, which not every machine reaches.
if command -v go >/dev/null; then
  [ -x "$bin/actionlint" ] || GOBIN=$(realpath "$bin") go install "github.com/rhysd/actionlint/cmd/actionlint@$ACTIONLINT_VERSION"
  "$bin/actionlint" -shellcheck "$bin/shellcheck"
  echo "actionlint: no findings"
else
  echo "actionlint: not run, since it needs Go (https://go.dev/dl)"
fi

"$bin/pytest" --quiet -p no:cacheprovider scripts/validate
# By themselves: the AWS CLI, against which they hold its calls, has a botocore of its own in the place of the other's.
"$bin/pytest" --quiet -p no:cacheprovider scripts/deploy
