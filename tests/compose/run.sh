#!/usr/bin/env bash
# Runs a command where it may make networks and mounts that nobody else sees, and that end with it.
# usage: run.sh COMMAND...
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "This makes network namespaces and mounts: run it as root." >&2; exit 1; }
exec unshare --mount --net -- sh -c 'mount -t tmpfs tmpfs /run && exec "$@"' sh "$@"
