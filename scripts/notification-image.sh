#!/usr/bin/env bash
# Builds the notification service as its Dockerfile does, a static musl binary, checks that it is one, and puts it beside
# the other binaries in target/image/bin, where the end-to-end tests find it (E2E_BIN_DIR).
# usage: notification-image.sh [profile]
#   `service` (default) is what the image holds; `dev` compiles sooner and differs in optimisation only.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-service}
target=$(uname -m)-unknown-linux-musl
binary=target/$target/$([ "$profile" = dev ] && echo debug || echo "$profile")/notification

if command -v rustup >/dev/null; then rustup target add "$target" 2>/dev/null; fi
# For the C in aws-lc. Rust links with the musl of its own: musl-gcc would ask for an interpreter.
export "CC_${target//-/_}=musl-gcc"
cargo build --locked --target "$target" --profile "$profile" --package notification

if readelf --program-headers --dynamic "$binary" | grep -E 'INTERP|NEEDED'; then
  echo "$binary is not static: it asks for the interpreter or the libraries above." >&2
  exit 1
fi
echo "$binary: static, $(stat -c %s "$binary") bytes"

rm -rf target/image && mkdir -p target/image/bin
for other in target/debug/*; do
  if [ -f "$other" ] && [ -x "$other" ]; then ln -s "$PWD/$other" target/image/bin/; fi
done
ln -sf "$PWD/$binary" target/image/bin/notification
