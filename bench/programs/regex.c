// Regular expressions: a pattern becomes a program for a machine that follows all alternatives at once (Thompson), which
// searches generated text: lists of small numbers, bit sets, recursion where a state is entered.
#include "guest.h"

typedef enum { node_byte, node_any, node_class, node_split, node_jump, node_match } node_kind;

typedef struct {
    node_kind kind;
    int32_t next, other; // where it goes on, as an index
    uint32_t members[8]; // of a class: a bit a byte
    uint8_t byte;
} node;

enum { program_limit = 256, text_size = 1 << 14 };
static node program[program_limit];
static int32_t program_size;
static const char* pattern;
static char text[text_size];

static int32_t emit(node_kind kind) {
    program[program_size] = (node){.kind = kind, .next = program_size + 1, .other = -1};
    return program_size++;
}

// Makes room for an instruction before what begins at `begin`, and moves the targets with it.
static int32_t insert(int32_t begin, node_kind kind) {
    for (int32_t i = program_size++; i > begin; --i) {
        program[i] = program[i - 1];
        program[i].next += program[i].next >= begin;
        program[i].other += program[i].other >= begin;
    }
    program[begin] = (node){.kind = kind, .next = begin + 1, .other = -1};
    return begin;
}

static void parse_alternatives(void);

static void add_range(node* to, uint8_t first, uint8_t last) {
    for (int32_t byte = first; byte <= last; ++byte) {
        to->members[byte >> 5] |= 1u << (byte & 31);
    }
}

static void parse_class(void) {
    node* made = &program[emit(node_class)];
    bool inverted = *pattern == '^';
    pattern += inverted;
    while (*pattern != ']') {
        uint8_t first = (uint8_t)*pattern++, last = first;
        if (*pattern == '-') {
            last = (uint8_t)pattern[1];
            pattern += 2;
        }
        add_range(made, first, last);
    }
    ++pattern;
    for (int32_t i = 0; i < 8; ++i) {
        made->members[i] ^= inverted ? ~0u : 0;
    }
}

static void parse_atom(void) {
    char byte = *pattern++;
    if (byte == '(') {
        parse_alternatives();
        ++pattern;
    } else if (byte == '[') {
        parse_class();
    } else if (byte == '.') {
        emit(node_any);
    } else {
        program[emit(node_byte)].byte = (uint8_t)byte;
    }
}

static void parse_repetition(void) {
    int32_t begin = program_size;
    parse_atom();
    for (;; ++pattern) {
        if (*pattern == '+') {
            program[emit(node_split)].other = begin;
        } else if (*pattern == '*') {
            int32_t split = insert(begin, node_split);
            program[emit(node_jump)].next = split;
            program[split].other = program_size;
        } else if (*pattern == '?') {
            int32_t split = insert(begin, node_split);
            program[split].other = program_size;
        } else {
            return;
        }
    }
}

static void parse_alternatives(void) {
    int32_t begin = program_size;
    while (*pattern && *pattern != '|' && *pattern != ')') {
        parse_repetition();
    }
    if (*pattern == '|') {
        ++pattern;
        int32_t split = insert(begin, node_split);
        int32_t jump = emit(node_jump);
        program[split].other = program_size;
        parse_alternatives();
        program[jump].next = program_size;
    }
}

static void compile(const char* expression) {
    pattern = expression;
    program_size = 0;
    parse_alternatives();
    emit(node_match);
}

// The states of the machine, each with where its match began; the leftmost beginning wins.
typedef struct {
    int32_t count;
    int32_t nodes[program_limit], begins[program_limit];
} state_list;

static int32_t marks[program_limit]; // when a state was last entered
static int32_t now;

static void enter(state_list* list, int32_t index, int32_t begin) {
    if (marks[index] == now) {
        return;
    }
    marks[index] = now;
    const node* each = &program[index];
    switch (each->kind) {
    case node_jump: enter(list, each->next, begin); break;
    case node_split:
        enter(list, each->next, begin);
        enter(list, each->other, begin);
        break;
    default: list->nodes[list->count] = index; list->begins[list->count++] = begin;
    }
}

static bool accepts(const node* each, uint8_t byte) {
    switch (each->kind) {
    case node_byte: return each->byte == byte;
    case node_class: return each->members[byte >> 5] >> (byte & 31) & 1;
    case node_any: return byte != '\n';
    default: return false;
    }
}

// Looks for the leftmost match from `from` on, and of those for the longest; returns its end, or -1.
static int32_t search(int32_t from, int32_t* begin) {
    static state_list lists[2];
    state_list *current = &lists[0], *following = &lists[1];
    int32_t end = -1;
    current->count = 0;
    ++now;
    for (int32_t at = from;; ++at) {
        if (end < 0) {
            enter(current, 0, at); // last, so that earlier beginnings keep the states they reached
        }
        for (int32_t i = 0; i < current->count; ++i) {
            bool better = end < 0 || current->begins[i] < *begin || (current->begins[i] == *begin && at > end);
            if (program[current->nodes[i]].kind == node_match && better) {
                *begin = current->begins[i];
                end = at;
            }
        }
        if (at == text_size) {
            return end;
        }
        ++now;
        following->count = 0;
        for (int32_t i = 0; i < current->count; ++i) {
            const node* each = &program[current->nodes[i]];
            if ((end < 0 || current->begins[i] == *begin) && accepts(each, (uint8_t)text[at])) {
                enter(following, each->next, current->begins[i]);
            }
        }
        if (end >= 0 && following->count == 0) {
            return end;
        }
        state_list* t = current;
        current = following;
        following = t;
    }
}

// Lines with words, numbers, times and addresses.
static void write_text(uint64_t* random) {
    for (int32_t at = 0; at < text_size;) {
        uint32_t kind = random_below(random, 10), length = 1 + random_below(random, 8);
        for (uint32_t i = 0; i < length && at < text_size; ++i) {
            text[at++] = (char)(kind < 3 ? '0' + random_below(random, 10) : 'a' + random_below(random, 26));
        }
        if (at < text_size) {
            text[at++] = "  \n@.:-ee "[random_below(random, 10)];
        }
    }
}

// n: how many texts are searched for all matches of each pattern.
int64_t run(int32_t n) {
    static const char* const patterns[] = {
        "[a-z]+@[a-z]+.[a-z]+", "[0-9]+:[0-9][0-9]?", "(a|e|i|o|u)[^aeiou ]*(ing|ed|e)", "((x|y)z?)+[0-9]*-", "q.*z",
    };
    uint64_t random = 23, sum = 0;
    for (int32_t round = 0; round < n; ++round) {
        write_text(&random);
        for (size_t i = 0; i < sizeof patterns / sizeof *patterns; ++i) {
            compile(patterns[i]);
            int32_t begin = 0;
            for (int32_t end = 0; end < text_size && (end = search(end, &begin)) >= 0;) {
                sum = checksum_add(sum, (uint64_t)begin << 32 | (uint32_t)end);
            }
        }
    }
    return (int64_t)sum;
}
