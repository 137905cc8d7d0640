#!/usr/bin/env bash
# Builds functions as they ship, with cargo-lambda, and puts each into target/package/<arch>/<function>.zip, for
# Amazon Linux 2023 whatever this machine runs: zig links against its glibc.
# usage: build.sh arm64|x86_64 [function...]
#   without functions: all of them.
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=${1:?usage: build.sh arm64|x86_64 [function...]}
shift
case $arch in
  arm64) triple=aarch64-unknown-linux-gnu zig_triple=aarch64-linux-gnu ;;
  x86_64) triple=x86_64-unknown-linux-gnu zig_triple=x86_64-linux-gnu ;;
  *) echo "Functions run on arm64 or x86_64, not on $arch." >&2; exit 2 ;;
esac
# That of Amazon Linux 2023, which provided.al2023 is: https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
glibc=2.34
out=$PWD/target/package/$arch

for function in "$@"; do
  [ -f "functions/src/bin/$function.rs" ] || { echo "There is no function $function in functions/src/bin." >&2; exit 2; }
done

. scripts/zig.sh
install_zig
if command -v rustup >/dev/null; then rustup target add "$triple" 2>/dev/null; fi

zig_compiler "$tools/$arch" "$zig_triple.$glibc"

selection=(--bins)
if [ $# -gt 0 ]; then
  selection=()
  for function in "$@"; do selection+=(--bin "$function"); done
fi
PATH="$tools/bin:$PATH" with_compiler "$tools/$arch" \
  cargo-lambda lambda build --release --locked --target "$triple.$glibc" --output-format zip \
  --lambda-dir "$out/build" --package functions "${selection[@]}"

for built in "$out"/build/*/bootstrap.zip; do
  mv "$built" "$out/$(basename "$(dirname "$built")").zip"
done
rm -rf "$out/build"
