#!/usr/bin/env bash
# Checks that the named tools are here; installs what Debian has where root allows it; says what to do otherwise.
# usage: need.sh cargo cc make perl java17 mvn node20 chromium
#        need.sh --present node20   (only tells by its code whether they are here)
set -euo pipefail

package_of() {
  case $1 in
    cc) echo gcc libc6-dev ;;
    make) echo make ;;
    perl) echo perl ;;
    musl-gcc) echo musl-tools ;;
    readelf) echo binutils ;;
    curl) echo curl ;;
    java17) echo openjdk-17-jre-headless ;;
    mvn) echo maven ;;
    node20) echo nodejs npm ;;
    python3) echo python3 python3-venv ;;
    chromium) echo chromium ;;
    aws) echo awscli ;;
    buildah) echo buildah ;;
    ip) echo iproute2 ;;
    pgrep) echo procps ;;
    unshare) echo util-linux mount ;;
  esac
}

major() { "$@" 2>&1 | grep -oE '[0-9]+' | head -n 1; }

present() {
  case $1 in
    java17) command -v java >/dev/null && [ "$(major java -version)" -ge 17 ] ;;
    node20) command -v node >/dev/null && command -v npm >/dev/null && [ "$(major node --version)" -ge 20 ] ;;
    python3) python3 -c 'import venv, ensurepip' 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

if [ "${1:-}" = --present ]; then
  shift
  for tool in "$@"; do present "$tool" || exit 1; done
  exit 0
fi

missing=()
for tool in "$@"; do present "$tool" || missing+=("$tool"); done
[ ${#missing[@]} -eq 0 ] && exit 0

packages=()
for tool in "${missing[@]}"; do
  # shellcheck disable=SC2207 # package names hold no spaces
  packages+=($(package_of "$tool"))
done

if [ ${#packages[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing ${packages[*]} with apt-get, which this needs and the machine lacks." >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}"; } >&2 || true
fi

failed=0
for tool in "${missing[@]}"; do
  present "$tool" && continue
  failed=1
  case $tool in
    cargo) echo "Missing: Rust. Install it from https://rustup.rs, then run this again." >&2 ;;
    java17) echo "Missing: Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless)." >&2 ;;
    node20) echo "Missing: Node.js 20 or newer with npm (Debian 13: apt-get install nodejs npm; else https://nodejs.org)." >&2 ;;
    sam) echo "Missing: the SAM CLI (pipx install aws-sam-cli; else https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html)." >&2 ;;
    *) echo "Missing: $tool (Debian: apt-get install $(package_of "$tool"))." >&2 ;;
  esac
done
exit $failed
