#!/usr/bin/env bash
# Installs a cargo subcommand of an exact version below target/tools, unless it is there.
# usage: cargo-tool.sh cargo-deny 0.20.2
set -euo pipefail
[ $# -eq 2 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
cd "$(dirname "$0")/.."
root=target/tools
grep -qs "\"$1 $2 " "$root/.crates.toml" && [ -x "$root/bin/$1" ] && exit 0
echo "Building $1 $2 (once)"
cargo install --quiet --locked --root "$root" --version "$2" "$1"
