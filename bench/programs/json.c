// JSON: a generated document is parsed to a tree, printed, and the print is parsed and printed again: a recursive
// descent over bytes, many small allocations, numbers and escapes.
#include "guest.h"

typedef enum { json_null, json_boolean, json_number, json_string, json_array, json_object } json_kind;

typedef struct json {
    json_kind kind;
    uint32_t size; // bytes of a string, elements of an array or object
    char* key;     // of a member of an object, else null
    union {
        bool boolean;
        double number;
        char* string;       // ends with 0
        struct json* first; // element
    };
    struct json* next; // sibling
} json;

typedef struct {
    char* bytes;
    size_t size, capacity;
} buffer;

static void append_byte(buffer* out, char byte) {
    if (out->size == out->capacity) {
        out->capacity = out->capacity ? out->capacity * 2 : 256;
        out->bytes = (char*)realloc(out->bytes, out->capacity);
    }
    out->bytes[out->size++] = byte;
}

static void append(buffer* out, const char* text) {
    while (*text) {
        append_byte(out, *text++);
    }
}

static void destroy(json* value) {
    if (value->kind == json_string) {
        free(value->string);
    } else if (value->kind >= json_array) {
        for (json *element = value->first, *next; element; element = next) {
            next = element->next;
            destroy(element);
        }
    }
    free(value->key);
    free(value);
}

typedef struct {
    const char* at;
    const char* end;
    bool failed;
} parser;

static char peek(const parser* in) { return in->at < in->end ? *in->at : '\0'; }

static void skip_space(parser* in) {
    while (peek(in) == ' ' || peek(in) == '\n') {
        ++in->at;
    }
}

static bool accept(parser* in, char wanted) {
    skip_space(in);
    if (peek(in) != wanted) {
        return false;
    }
    ++in->at;
    return true;
}

static void expect(parser* in, const char* text) {
    for (; *text; ++text, ++in->at) {
        if (peek(in) != *text) {
            in->failed = true;
            return;
        }
    }
}

static int hexadecimal(char digit) {
    return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

// The escapes that the printer writes; \u below 0x100 only.
static char parse_escape(parser* in) {
    char escape = peek(in);
    ++in->at;
    switch (escape) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'u': {
        int code = 0;
        for (int i = 0; i < 4; ++i, ++in->at) {
            int digit = hexadecimal(peek(in));
            in->failed |= digit < 0;
            code = code * 16 + digit;
        }
        return (char)code;
    }
    default: in->failed |= escape != '"' && escape != '\\'; return escape;
    }
}

static char* parse_string(parser* in, uint32_t* size) {
    buffer text = {0};
    if (!accept(in, '"')) {
        in->failed = true;
    }
    while (!in->failed && peek(in) != '"') {
        in->failed = in->at >= in->end;
        char byte = *in->at++;
        append_byte(&text, byte == '\\' ? parse_escape(in) : byte);
    }
    ++in->at;
    *size = (uint32_t)text.size;
    append_byte(&text, '\0');
    return text.bytes;
}

static double parse_digits(parser* in, double value, int32_t* count) {
    for (*count = 0; peek(in) >= '0' && peek(in) <= '9'; ++*count) {
        value = value * 10 + (*in->at++ - '0');
    }
    return value;
}

static double parse_number(parser* in) {
    bool negative = accept(in, '-');
    int32_t digits, decimals = 0;
    double value = parse_digits(in, 0, &digits);
    in->failed |= digits == 0;
    if (peek(in) == '.') {
        ++in->at;
        value = parse_digits(in, value, &decimals);
    }
    double scale = 1;
    while (decimals-- > 0) {
        scale *= 10;
    }
    return negative ? -value / scale : value / scale;
}

static json* parse(parser* in);

static void parse_elements(parser* in, json* value, char close) {
    json** last = &value->first;
    value->first = NULL;
    if (accept(in, close)) {
        return;
    }
    do {
        char* key = NULL;
        if (value->kind == json_object) {
            uint32_t size;
            key = parse_string(in, &size);
            in->failed |= !accept(in, ':');
        }
        *last = parse(in);
        (*last)->key = key;
        last = &(*last)->next;
        ++value->size;
    } while (!in->failed && accept(in, ','));
    in->failed |= !accept(in, close);
}

static json* parse(parser* in) {
    json* value = (json*)calloc(1, sizeof *value);
    skip_space(in);
    switch (peek(in)) {
    case '{':
        ++in->at;
        value->kind = json_object;
        parse_elements(in, value, '}');
        break;
    case '[':
        ++in->at;
        value->kind = json_array;
        parse_elements(in, value, ']');
        break;
    case '"':
        value->kind = json_string;
        value->string = parse_string(in, &value->size);
        break;
    case 't':
    case 'f':
        value->kind = json_boolean;
        value->boolean = peek(in) == 't';
        expect(in, value->boolean ? "true" : "false");
        break;
    case 'n':
        value->kind = json_null;
        expect(in, "null");
        break;
    default: value->kind = json_number; value->number = parse_number(in);
    }
    return value;
}

static void print_string(buffer* out, const char* text, uint32_t size) {
    append_byte(out, '"');
    for (uint32_t i = 0; i < size; ++i) {
        char byte = text[i];
        if (byte == '"' || byte == '\\') {
            append_byte(out, '\\');
            append_byte(out, byte);
        } else if (byte == '\n') {
            append(out, "\\n");
        } else if (byte >= 0 && byte < ' ') {
            append(out, "\\u00");
            append_byte(out, "0123456789abcdef"[byte >> 4]);
            append_byte(out, "0123456789abcdef"[byte & 15]);
        } else {
            append_byte(out, byte);
        }
    }
    append_byte(out, '"');
}

// Thousandths, rounded: all that the generator makes.
static void print_number(buffer* out, double number) {
    char digits[24];
    int32_t count = 0;
    if (number < 0) {
        append_byte(out, '-');
        number = -number;
    }
    uint64_t thousandths = (uint64_t)(number * 1000 + 0.5);
    for (; thousandths > 0 || count < 4; thousandths /= 10) {
        digits[count++] = (char)('0' + thousandths % 10);
    }
    int32_t last = digits[0] != '0' ? 0 : digits[1] != '0' ? 1 : digits[2] != '0' ? 2 : 3;
    while (count > last) {
        append_byte(out, digits[--count]);
        if (count == 3 && last < 3) {
            append_byte(out, '.');
        }
    }
}

static void print(buffer* out, const json* value) {
    switch (value->kind) {
    case json_null: append(out, "null"); return;
    case json_boolean: append(out, value->boolean ? "true" : "false"); return;
    case json_number: print_number(out, value->number); return;
    case json_string: print_string(out, value->string, value->size); return;
    default: break;
    }
    append_byte(out, value->kind == json_array ? '[' : '{');
    for (const json* element = value->first; element; element = element->next) {
        if (element->key) {
            print_string(out, element->key, (uint32_t)strlen(element->key));
            append_byte(out, ':');
        }
        print(out, element);
        if (element->next) {
            append_byte(out, ',');
        }
    }
    append_byte(out, value->kind == json_array ? ']' : '}');
}

static void generate_string(buffer* out, uint64_t* random) {
    append_byte(out, '"');
    for (uint32_t i = random_below(random, 20); i > 0; --i) {
        switch (random_below(random, 40)) {
        case 0: append(out, "\\n"); break;
        case 1: append(out, "\\u001f"); break;
        case 2: append(out, "\\\""); break;
        default: append_byte(out, (char)('a' + random_below(random, 26)));
        }
    }
    append_byte(out, '"');
}

static void generate_number(buffer* out, uint64_t* random) {
    int32_t number = (int32_t)random_next(random);
    print_number(out, (number >> random_below(random, 28)) / 8.0);
}

static void generate(buffer* out, uint64_t* random, int32_t depth) {
    uint32_t kind = random_below(random, depth > 0 ? 4 : 9);
    if (depth == 0 || kind > 3) {
        switch (kind % 5) {
        case 0: append(out, "null"); return;
        case 1: append(out, random_below(random, 2) ? "true" : "false"); return;
        case 2: generate_string(out, random); return;
        default: generate_number(out, random); return;
        }
    }
    bool object = kind & 1;
    append(out, object ? "{ " : "[ ");
    for (uint32_t i = 0, count = 2 + random_below(random, 6); i < count; ++i) {
        append(out, i > 0 ? ",\n " : "");
        if (object) {
            generate_string(out, random);
            append(out, ": ");
        }
        generate(out, random, depth - 1);
    }
    append(out, object ? " }" : " ]");
}

static buffer reprint(buffer text, bool* failed) {
    parser in = {text.bytes, text.bytes + text.size, false};
    json* document = parse(&in);
    buffer printed = {0};
    print(&printed, document);
    destroy(document);
    skip_space(&in);
    *failed |= in.failed || in.at != in.end;
    return printed;
}

// n: how many documents; -1: one did not parse, or its second print differs from the first.
int64_t run(int32_t n) {
    uint64_t random = 9, sum = 0;
    for (int32_t i = 0; i < n; ++i) {
        bool failed = false;
        buffer source = {0};
        generate(&source, &random, 6);
        buffer once = reprint(source, &failed), twice = reprint(once, &failed);
        if (failed || once.size != twice.size || memcmp(once.bytes, twice.bytes, once.size) != 0) {
            return -1;
        }
        sum = checksum_add(sum, source.size);
        for (size_t at = 0; at < once.size; at += 7) {
            sum = checksum_add(sum, (uint8_t)once.bytes[at]);
        }
        free(source.bytes);
        free(once.bytes);
        free(twice.bytes);
    }
    return (int64_t)sum;
}
