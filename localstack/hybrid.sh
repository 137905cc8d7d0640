#!/usr/bin/env bash
# Runs Fastfusion with its data and mail in LocalStack, or in another emulator of AWS at that URL, and everything else by our own emulator.
# usage: hybrid.sh URL [option of the emulator...]     for example: hybrid.sh http://localhost:4566 --kafka localhost:9092
set -euo pipefail
cd "$(dirname "$0")/.."
endpoint=${1:?usage: hybrid.sh URL [option of the emulator...]}
shift
target/debug/emulator provision --aws-endpoint "$endpoint" --parameter CreateSenderIdentity=on
exec target/debug/emulator --dynamodb "$endpoint" --aws-endpoint "$endpoint" \
  --site dashboard/dist --site-missing "Run: make dashboard" --parameter SecureCookies=off "$@"
