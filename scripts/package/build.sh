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
tools=$PWD/target/package/tools
out=$PWD/target/package/$arch

for function in "$@"; do
  [ -f "functions/src/bin/$function.rs" ] || { echo "There is no function $function in functions/src/bin." >&2; exit 2; }
done

if ! cmp -s scripts/package/requirements.txt "$tools/requirements.txt"; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install -q -r scripts/package/requirements.txt
  cp scripts/package/requirements.txt "$tools/"
fi
if command -v rustup >/dev/null; then rustup target add "$triple" 2>/dev/null; fi

# librdkafka's configure knows nothing of Cargo's targets: it takes CC, CXX, AR and RANLIB, and the host's where they are not
# set. The crate cc passes --target in LLVM's spelling, which zig doesn't take.
zig=$("$tools/bin/python" -c 'import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).parent / "zig")')
wrappers=$tools/$arch
mkdir -p "$wrappers"
for language in cc c++; do
  cat > "$wrappers/$language" <<WRAPPER
#!/usr/bin/env bash
arguments=()
for argument in "\$@"; do [[ \$argument == --target=* ]] || arguments+=("\$argument"); done
exec "$zig" $language -target $zig_triple.$glibc "\${arguments[@]}"
WRAPPER
done
for tool in ar ranlib; do printf '#!/bin/sh\nexec "%s" %s "$@"\n' "$zig" "$tool" > "$wrappers/$tool"; done
chmod +x "$wrappers"/*

selection=(--bins)
if [ $# -gt 0 ]; then
  selection=()
  for function in "$@"; do selection+=(--bin "$function"); done
fi
# What build scripts run on this machine is compiled for it. Zig's linker refuses version scripts that name symbols it doesn't
# have, as librdkafka's shared library, which nothing uses, does.
env PATH="$tools/bin:$PATH" CC="$wrappers/cc" CXX="$wrappers/c++" AR="$wrappers/ar" RANLIB="$wrappers/ranlib" \
  HOST_CC=cc HOST_CXX=c++ HOST_AR=ar LDFLAGS=-Wl,--undefined-version \
  cargo-lambda lambda build --release --locked --target "$triple.$glibc" --output-format zip \
    --lambda-dir "$out/build" --package functions "${selection[@]}"

for built in "$out"/build/*/bootstrap.zip; do
  mv "$built" "$out/$(basename "$(dirname "$built")").zip"
done
rm -rf "$out/build"
