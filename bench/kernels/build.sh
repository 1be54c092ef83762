#!/bin/sh
# Rebuilds the committed .wasm files; needs clang-19 and lld-19. Only features every engine compared here runs.
set -eu
cd "$(dirname "$0")"
for source in *.c; do
    clang-19 --target=wasm32 -mcpu=mvp -msign-ext -O2 -std=c11 -Wall -Wextra -Werror -ffreestanding -fno-builtin -nostdlib \
        -Wl,--no-entry -Wl,--export=run -Wl,-z,stack-size=4096 -o "${source%.c}.wasm" "$source"
done
