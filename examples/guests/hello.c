// A WASI program that greets whom it is told to.
#include <stdio.h>
#include <stdlib.h>

int main(int count, char** arguments) {
    for (int i = 1; i < count; ++i) {
        printf("Hello, %s!\n", arguments[i]);
    }
    if (count <= 1) {
        printf("Hello, world! (Name somebody: riser run hello.wasm NAME...)\n");
    }
    return ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
