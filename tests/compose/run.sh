#!/usr/bin/env bash
# Runs a command where it may make networks and mounts that nobody else sees, and that end with it. Some sandboxes let nobody do that:
# there WITHOUT_NAMESPACES is set, and what needs them is skipped.
# usage: run.sh COMMAND...
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "This makes network namespaces and mounts: run it as root." >&2; exit 1; }
if ! unshare --mount --net -- sh -c 'ip link add bridge0 type bridge && ip link add veth0 type veth peer name veth1' 2>/dev/null; then
  echo "This machine makes no network namespaces: docker-compose.yml is read and checked, its services are not run." >&2
  WITHOUT_NAMESPACES=1 exec "$@"
fi
exec unshare --mount --net -- sh -c 'mount -t tmpfs tmpfs /run && exec "$@"' sh "$@"
