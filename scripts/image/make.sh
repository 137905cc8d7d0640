#!/usr/bin/env bash
# Makes the images fastfusion/notification and fastfusion/local with docker, podman or buildah, whichever there is (or IMAGE_TOOL names).
# usage: make.sh amd64|arm64 [tag]      TAG is `latest` by default
#   PARTS=prebuilt    takes what scripts/image/build.sh and `make dashboard` have made, instead of building it in the image's stages
#   PROFILE=dev       as build.sh has it; only where the image's stages build
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=${1:?usage: make.sh amd64|arm64 [tag]} tag=${2:-latest}
version=$(git describe --tags --always --dirty 2>/dev/null || echo unknown)
arguments=(--platform "linux/$arch" --build-arg "PARTS=${PARTS:-build}" --build-arg "PROFILE=${PROFILE:-service}" --build-arg "VERSION=$version")

tool=${IMAGE_TOOL:-}
for known in docker podman buildah; do
  if [ -z "$tool" ] && command -v "$known" >/dev/null; then tool=$known; fi
done
case $tool in
  # Health checks are Docker's: OCI's format has none.
  docker) make=(docker build) ;;
  podman) make=(podman build --format docker) ;;
  # Without an engine, cgroups or a storage driver of the kernel's.
  buildah) make=(scripts/image/buildah.sh bud --isolation chroot --format docker) ;;
  *) echo "Images need docker, podman or buildah: install one of them (Debian: apt-get install buildah)." >&2; exit 1 ;;
esac

"${make[@]}" "${arguments[@]}" -f services/notification/Dockerfile -t "fastfusion/notification:$tag" .
"${make[@]}" "${arguments[@]}" -f Dockerfile -t "fastfusion/local:$tag" .
