#!/bin/sh
# Rebuilds the committed .wasm files and compares the results in ../program_sets.py with those of native code. It needs
# clang-19, lld-19, gcc, g++ and, for the programs in C++, libc++-19-dev-wasm32 and wasi-libc. The flags allow only features
# that every engine compared here runs.
set -eu
cd "$(dirname "$0")"
native=$(mktemp -d)
trap 'rm -r "$native"' EXIT
cat > "$native/main.c" <<END
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
int64_t run(int32_t n);
int main(int count, char** arguments) { return count == 2 ? printf("%lld\n", (long long)run(atoi(arguments[1]))) < 0 : 1; }
END
gcc -O2 -c -o "$native/main.o" "$native/main.c"

flags="-O2 -Wall -Wextra -Werror -ffp-contract=off"
c="-std=c11"
cpp="-std=c++20 -fno-exceptions -fno-rtti"
guest="-mcpu=mvp -msign-ext -mbulk-memory -mnontrapping-fptoint -Wl,--no-entry -Wl,--stack-first -Wl,--export=run -Wl,--strip-debug"
for source in *.c; do
    clang-19 --target=wasm32 -nostdlib $c $flags $guest -o "${source%.c}.wasm" "$source"
    gcc $c $flags -o "$native/${source%.c}" "$source" "$native/main.o" -lm
done
for source in *.cpp; do
    clang++-19 --target=wasm32-wasi --sysroot=/usr -stdlib=libc++ -nostartfiles $cpp $flags $guest -o "${source%.cpp}.wasm" "$source"
    g++ $cpp $flags -o "$native/${source%.cpp}" "$source" "$native/main.o" -lm
done
chmod -x ./*.wasm

python3 ../program_sets.py | while read -r name n expected; do
    result=$("$native/$name" "$n")
    if [ "$result" != "$expected" ]; then
        echo "$name($n): native code gives $result, the table says $expected"
        exit 1
    fi
done
