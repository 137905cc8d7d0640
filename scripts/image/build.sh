#!/usr/bin/env bash
# Builds what the containers hold, static musl binaries that need nothing else, into target/image/<arch>: the notification service, the
# emulator, the functions, the demo shareholders; and the root certificates.
# usage: build.sh amd64|arm64 [profile] [package...]
#   profile: `service` (default) is what images hold; `dev` compiles sooner and differs in optimisation only.
#   packages: of those named above; without any, all.
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=${1:?usage: build.sh amd64|arm64 [profile] [package...]} profile=${2:-service}
packages=("${@:3}")
[ ${#packages[@]} -gt 0 ] || packages=(notification emulator demo functions)
case $arch in
  amd64) triple=x86_64-unknown-linux-musl zig_target=x86_64-linux-musl ;;
  arm64) triple=aarch64-unknown-linux-musl zig_target=aarch64-linux-musl ;;
  *) echo "Images are for amd64 or arm64, not for $arch." >&2; exit 2 ;;
esac
certificates=/etc/ssl/certs/ca-certificates.crt
[ -f "$certificates" ] || { echo "$certificates is missing: install the package ca-certificates." >&2; exit 1; }

. scripts/zig.sh
install_zig
if command -v rustup >/dev/null; then rustup target add "$triple" 2>/dev/null; fi
# The C alone is zig's: Rust links with the musl and the linker of its own, whatever machine it is for. Undefined behaviour would trap
# in what zig compiles, and calls a library of its own for that.
zig_compiler "$tools/$triple" "$zig_target" -fno-sanitize=all
linker=CARGO_TARGET_$(tr a-z- A-Z_ <<< "$triple")_LINKER
export "$linker=rust-lld" CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=true
with_compiler "$tools/$triple" cargo build --locked --target "$triple" --profile "$profile" --bins \
  "${packages[@]/#/--package=}"

built=target/$triple/$([ "$profile" = dev ] && echo debug || echo "$profile")
out=target/image/$arch
rm -rf "$out" && mkdir -p "$out/bin"
find "$built" -maxdepth 1 -type f -executable -exec cp --link --target-directory "$out/bin" {} +
for binary in "$out"/bin/*; do
  if readelf --program-headers --dynamic "$binary" | grep -E 'INTERP|NEEDED'; then
    echo "$binary is not static: it asks for the interpreter or the libraries above." >&2
    exit 1
  fi
done
cp "$certificates" "$out/"
sbom() { "$tools/bin/python" scripts/image/sbom.py "$1" "$out/$2.cdx.json" "${@:3}"; }
sbom crates notification "$triple" notification
if [ ${#packages[@]} -gt 1 ]; then
  sbom crates local "$triple" "${packages[@]}"
  sbom npm dashboard dashboard/package-lock.json
fi
echo "$out: $(find "$out/bin" -type f | wc -l) static binaries, $(du -sh "$out" | cut -f 1)"
