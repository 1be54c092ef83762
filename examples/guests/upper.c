// A WASI program: copies its input to its output in capitals, and exits with the number of lines.
#include <ctype.h>
#include <unistd.h>

int main(void) {
    char text[256];
    int lines = 0;
    ssize_t size;
    while ((size = read(STDIN_FILENO, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < size; ++i) {
            lines += text[i] == '\n';
            text[i] = (char)toupper((unsigned char)text[i]);
        }
        if (write(STDOUT_FILENO, text, (size_t)size) != size) {
            return 125;
        }
    }
    static const char done[] = "upper: done\n";
    write(STDERR_FILENO, done, sizeof done - 1);
    return lines;
}
