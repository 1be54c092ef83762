// A WASI program that says what it was given, and does what its first argument says.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char** environ;

static int copy(FILE* from, FILE* to) {
    for (int c = getc(from); c != EOF; c = getc(from)) {
        putc(c, to);
    }
    return 0;
}

static int cat(const char* path) {
    FILE* const file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    return copy(file, stdout) | fclose(file);
}

static int write_file(const char* path, const char* text) {
    FILE* const file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    fputs(text, file);
    return fclose(file);
}

static int print_beside(const char* path) {
    FILE* const file = fopen(path, "w");
    puts("on stdout");
    fflush(stdout);
    fputs("on stderr\n", stderr);
    return fclose(file);
}

__attribute__((noinline)) static void fall(int depth) {
    if (depth == 0) {
        __builtin_trap();
    }
    fall(depth - 1);
    putchar('.');
}

int main(int count, char** arguments) {
    const char* const what = count > 1 ? arguments[1] : "";
    if (strcmp(what, "exit") == 0) {
        return atoi(arguments[2]);
    }
    if (strcmp(what, "cat") == 0) {
        return cat(arguments[2]);
    }
    if (strcmp(what, "write") == 0) {
        return write_file(arguments[2], arguments[3]);
    }
    if (strcmp(what, "print-beside") == 0) {
        return print_beside(arguments[2]);
    }
    if (strcmp(what, "copy") == 0) {
        return copy(stdin, stdout);
    }
    if (strcmp(what, "sleep") == 0) {
        puts("sleeping");
        fflush(stdout);
        sleep(1000000);
    }
    if (strcmp(what, "trap") == 0) {
        fall(2);
    }
    for (int i = 0; i < count; ++i) {
        printf("argument %d: %s\n", i, arguments[i]);
    }
    for (char** variable = environ; *variable != NULL; ++variable) {
        printf("variable %s\n", *variable);
    }
    fputs("on stderr\n", stderr);
    return 0;
}
