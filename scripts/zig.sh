# Sourced by scripts that compile C for another machine or another libc: zig, which PyPI has, as the C compiler.
# shellcheck shell=bash

# Installs zig and what packs functions below target/, once; sets `tools` to where they are.
install_zig() {
  tools=$PWD/target/package/tools
  if ! cmp -s scripts/package/requirements.txt "$tools/requirements.txt"; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q -r scripts/package/requirements.txt
    cp scripts/package/requirements.txt "$tools/"
  fi
}

# zig_compiler DIR TARGET [FLAG...]   puts cc, c++, ar and ranlib for a target of zig into DIR.
# The crate cc passes --target in LLVM's spelling, which zig doesn't take.
zig_compiler() {
  local dir=$1 target=$2 zig language tool
  shift 2
  zig=$("$tools/bin/python" -c 'import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).parent / "zig")')
  mkdir -p "$dir"
  for language in cc c++; do
    cat > "$dir/$language" <<WRAPPER
#!/usr/bin/env bash
arguments=()
for argument in "\$@"; do [[ \$argument == --target=* ]] || arguments+=("\$argument"); done
exec "$zig" $language -target $target $* "\${arguments[@]}"
WRAPPER
  done
  for tool in ar ranlib; do printf '#!/bin/sh\nexec "%s" %s "$@"\n' "$zig" "$tool" > "$dir/$tool"; done
  chmod +x "$dir"/*
}

# with_compiler DIR COMMAND...   runs a build with the compiler in DIR. librdkafka's configure knows nothing of Cargo's targets: it takes
# CC, CXX, AR and RANLIB, and the host's where they are not set. What build scripts run on this machine is compiled for it. Zig's linker
# refuses version scripts that name symbols it doesn't have, as librdkafka's shared library, which nothing uses, does.
with_compiler() {
  local dir=$1
  shift
  env CC="$dir/cc" CXX="$dir/c++" AR="$dir/ar" RANLIB="$dir/ranlib" \
    HOST_CC=cc HOST_CXX=c++ HOST_AR=ar LDFLAGS=-Wl,--undefined-version "$@"
}
