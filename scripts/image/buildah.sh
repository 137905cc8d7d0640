#!/usr/bin/env bash
# buildah with a storage of its own below target/, so that nothing of it is left on the machine.
# usage: buildah.sh ARGUMENT...
set -euo pipefail
storage=$(cd "$(dirname "$0")/../.." && pwd)/target/buildah
exec buildah --storage-driver vfs --root "$storage/root" --runroot "$storage/run" "$@"
