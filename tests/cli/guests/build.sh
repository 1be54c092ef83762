#!/usr/bin/env bash
# Compiles the modules that are committed beside their sources.
# Needs the Debian packages clang-19, lld-19, wasi-libc and libclang-rt-19-dev-wasm32.
set -euo pipefail
cd "$(dirname "$0")"
clang-19 --target=wasm32-wasi --sysroot=/usr -O1 -Wl,--strip-debug program.c -o program.wasm
clang-19 --target=wasm32 -O1 -nostdlib -Wl,--no-entry -Wl,--strip-debug library.c -o library.wasm
for version in 2 3 4 5; do
    clang-19 --target=wasm32 -O1 "-gdwarf-$version" -ffile-compilation-dir=/source -nostdlib -Wl,--no-entry lines.c \
        -o "lines-dwarf$version.wasm"
done
chmod -x ./*.wasm
