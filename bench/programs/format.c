// Formatted printing with variable arguments: integers, hexadecimal, fixed-point numbers and strings with widths: byte
// stores, divisions by constants, arguments in memory, a callback.
#include "guest.h"
#include <stdarg.h>

typedef void sink(void* to, char byte);

typedef struct {
    sink* put;
    void* to;
    int32_t count;
} writer;

typedef struct {
    bool left, zeros, plus;
    int32_t width, precision; // -1: not given
} format;

static void put(writer* out, char byte) {
    out->put(out->to, byte);
    ++out->count;
}

static void repeat(writer* out, char byte, int32_t count) {
    while (count-- > 0) {
        put(out, byte);
    }
}

// A sign or nothing, digits that are given in reverse, and what fills up to the width.
static void put_number(writer* out, const format* how, char sign, const char* reversed, int32_t count) {
    int32_t filling = how->width - count - (sign != 0);
    if (!how->left && !how->zeros) {
        repeat(out, ' ', filling);
    }
    if (sign) {
        put(out, sign);
    }
    if (how->zeros && !how->left) {
        repeat(out, '0', filling);
    }
    while (count > 0) {
        put(out, reversed[--count]);
    }
    if (how->left) {
        repeat(out, ' ', filling);
    }
}

static int32_t decimal(char* reversed, uint64_t value) {
    int32_t count = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return count;
}

static char sign_of(bool negative, const format* how) { return negative ? '-' : how->plus ? '+' : '\0'; }

static void put_integer(writer* out, const format* how, int64_t value) {
    char reversed[20];
    int32_t count = decimal(reversed, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    put_number(out, how, sign_of(value < 0, how), reversed, count);
}

static void put_hexadecimal(writer* out, const format* how, uint32_t value) {
    char reversed[8];
    int32_t count = 0;
    do {
        reversed[count++] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value > 0);
    put_number(out, how, '\0', reversed, count);
}

// For values whose digits fit 64 bits.
static void put_fixed(writer* out, const format* how, double value) {
    char digits[20], reversed[24];
    int32_t precision = how->precision < 0 ? 6 : how->precision, count = 0;
    double scale = 1;
    for (int32_t i = 0; i < precision; ++i) {
        scale *= 10;
    }
    int32_t size = decimal(digits, (uint64_t)(fabs(value) * scale + 0.5));
    while (size <= precision) {
        digits[size++] = '0';
    }
    for (int32_t i = 0; i < size; ++i) {
        if (i == precision && i > 0) {
            reversed[count++] = '.';
        }
        reversed[count++] = digits[i];
    }
    put_number(out, how, sign_of(value < 0, how), reversed, count);
}

static void put_string(writer* out, const format* how, const char* text) {
    int32_t size = (int32_t)strlen(text);
    if (how->precision >= 0 && how->precision < size) {
        size = how->precision;
    }
    repeat(out, ' ', how->left ? 0 : how->width - size);
    for (int32_t i = 0; i < size; ++i) {
        put(out, text[i]);
    }
    repeat(out, ' ', how->left ? how->width - size : 0);
}

static const char* parse_digits(const char* text, int32_t* value) {
    for (*value = 0; *text >= '0' && *text <= '9'; ++text) {
        *value = *value * 10 + (*text - '0');
    }
    return text;
}

static const char* parse_format(const char* text, format* how) {
    *how = (format){.precision = -1};
    for (;; ++text) {
        if (*text == '-') {
            how->left = true;
        } else if (*text == '0') {
            how->zeros = true;
        } else if (*text == '+') {
            how->plus = true;
        } else {
            break;
        }
    }
    text = parse_digits(text, &how->width);
    if (*text == '.') {
        text = parse_digits(text + 1, &how->precision);
    }
    return text;
}

// %d int32_t, %l int64_t, %x uint32_t, %f double, %s, %c, %%; flags - 0 +, a width and a precision before them.
static int32_t print(sink* sink, void* to, const char* text, ...) {
    writer out = {sink, to, 0};
    va_list arguments;
    va_start(arguments, text);
    for (; *text; ++text) {
        if (*text != '%') {
            put(&out, *text);
            continue;
        }
        format how;
        text = parse_format(text + 1, &how);
        switch (*text) {
        case 'd': put_integer(&out, &how, va_arg(arguments, int32_t)); break;
        case 'l': put_integer(&out, &how, va_arg(arguments, int64_t)); break;
        case 'x': put_hexadecimal(&out, &how, va_arg(arguments, uint32_t)); break;
        case 'f': put_fixed(&out, &how, va_arg(arguments, double)); break;
        case 's': put_string(&out, &how, va_arg(arguments, const char*)); break;
        case 'c': put(&out, (char)va_arg(arguments, int)); break;
        default: put(&out, *text);
        }
    }
    va_end(arguments);
    return out.count;
}

typedef struct {
    char bytes[256];
    int32_t size;
} line;

static void append(void* to, char byte) {
    line* out = (line*)to;
    if (out->size < (int32_t)sizeof out->bytes) {
        out->bytes[out->size++] = byte;
    }
}

static void add_to_checksum(void* to, char byte) {
    uint64_t* sum = (uint64_t*)to;
    *sum = *sum * 31 + (uint8_t)byte;
}

// n: hundreds of lines.
int64_t run(int32_t n) {
    static const char* const names[] = {"anna", "bob", "christopher", "di", ""};
    uint64_t random = 41, sum = 0, plain = 0;
    for (int32_t i = 0; i < n * 100; ++i) {
        line out = {.size = 0};
        uint32_t number = random_next(&random);
        const char* name = names[random_below(&random, 5)];
        double offset = (random_unit(&random) - 0.5) * 1e5, unit = random_unit(&random);
        int32_t count = print(append, &out, "%5d: %-12s|%8.3s| %+d %x %08x", i, name, name,
                              (int32_t)number >> (number & 31), number >> (number & 15), number);
        int64_t large = (int64_t)number * (1000003 - (int64_t)number % 2000003);
        count += print(append, &out, " %l %012.4f %f%%%c\n", large, offset, unit, (char)('a' + number % 26));
        print(add_to_checksum, &plain, "%s/%d/%.2f\n", name, i, i / 8.0);
        for (int32_t at = 0; at < out.size; at += 5) {
            sum = checksum_add(sum, (uint8_t)out.bytes[at]);
        }
        sum += (uint32_t)count;
    }
    return (int64_t)checksum_add(sum, plain);
}
