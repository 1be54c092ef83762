#!/usr/bin/env bash
# Compiles the example modules that are committed beside their sources.
# Needs the Debian packages clang-19, lld-19, wasi-libc and libclang-rt-19-dev-wasm32.
set -euo pipefail
cd "$(dirname "$0")"
clang-19 --target=wasm32-wasi --sysroot=/usr -O2 -Wl,--strip-debug hello.c -o hello.wasm
clang-19 --target=wasm32 -O2 -nostdlib -Wl,--no-entry -Wl,--strip-debug greet.c -o greet.wasm
chmod -x ./*.wasm
