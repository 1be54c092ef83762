// A small dynamic language: a script is compiled to bytecode, which a stack machine with tagged values and tables runs. Its
// core is one big switch, whose every step checks types, as interpreters of such languages have.
#include "guest.h"

typedef enum { tag_nil, tag_boolean, tag_number, tag_table, tag_function } value_tag;

typedef struct {
    value_tag tag;
    union {
        bool boolean;
        double number;
        struct table* table;
        int32_t function;
    };
} value;

// Keys are integers; small ones index the array, the others are hashed.
typedef struct table {
    value* array;
    int32_t array_size, array_capacity;
    int32_t* keys; // of the hash part
    value* values; // nil where a place is free
    int32_t hash_count, hash_capacity;
} table;

static value* find_hashed(const table* t, int32_t key) {
    for (uint32_t i = (uint32_t)key * 2654435761u >> 7;; ++i) {
        uint32_t place = i & (uint32_t)(t->hash_capacity - 1);
        if (t->values[place].tag == tag_nil || t->keys[place] == key) {
            t->keys[place] = key;
            return &t->values[place];
        }
    }
}

static void grow_hash(table* t) {
    table old = *t;
    t->hash_capacity = old.hash_capacity ? old.hash_capacity * 2 : 8;
    t->keys = (int32_t*)malloc((size_t)t->hash_capacity * sizeof *t->keys);
    t->values = (value*)calloc((size_t)t->hash_capacity, sizeof *t->values);
    for (int32_t i = 0; i < old.hash_capacity; ++i) {
        if (old.values[i].tag != tag_nil) {
            *find_hashed(t, old.keys[i]) = old.values[i];
        }
    }
    free(old.keys);
    free(old.values);
}

static value get(const table* t, int32_t key) {
    if (key >= 0 && key < t->array_size) {
        return t->array[key];
    }
    return t->hash_capacity ? *find_hashed(t, key) : (value){.tag = tag_nil};
}

static void set(table* t, int32_t key, value what) {
    if (key >= 0 && key < t->array_size) {
        t->array[key] = what;
    } else if (key == t->array_size) {
        if (t->array_size == t->array_capacity) {
            t->array_capacity = t->array_capacity ? t->array_capacity * 2 : 4;
            t->array = (value*)realloc(t->array, (size_t)t->array_capacity * sizeof *t->array);
        }
        t->array[t->array_size++] = what;
    } else {
        if (t->hash_count * 4 >= t->hash_capacity * 3) {
            grow_hash(t);
        }
        value* place = find_hashed(t, key);
        t->hash_count += place->tag == tag_nil;
        *place = what;
    }
}

typedef enum {
    op_nil,
    op_true,
    op_false,
    op_constant,
    op_function,
    op_get_local,
    op_set_local,
    op_pop,
    op_new_table,
    op_get_index,
    op_set_index,
    op_size,
    op_add,
    op_subtract,
    op_multiply,
    op_divide,
    op_modulo,
    op_less,
    op_less_equal,
    op_equal,
    op_not,
    op_negate,
    op_jump,
    op_jump_if_false,
    op_call,
    op_return,
} opcode;

typedef struct {
    uint8_t op;
    int32_t operand;
} instruction;

enum {
    code_limit = 1024,
    constant_limit = 64,
    function_limit = 16,
    local_limit = 24,
    stack_limit = 4096,
    call_limit = 512
};

static instruction code[code_limit];
static int32_t code_size;
static double constants[constant_limit];
static int32_t constant_count;

typedef struct {
    const char* name;
    int32_t name_size, entry, parameters, locals;
} function;

static function functions[function_limit];
static int32_t function_count;

// The compiler: one pass over the text; a local variable is visible from its declaration to the end of its function.
typedef struct {
    const char* name;
    int32_t size;
} word;

static const char* source;
static word token; // of size 0 at the end
static word locals[local_limit];
static int32_t local_count;

static _Noreturn void fail(void) { __builtin_trap(); }

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void advance(void) {
    while (*source == ' ' || *source == '\n') {
        ++source;
    }
    token.name = source;
    if (is_letter(*source)) {
        while (is_letter(*source) || is_digit(*source)) {
            ++source;
        }
    } else if (is_digit(*source)) {
        while (is_digit(*source)) {
            ++source;
        }
    } else if (*source) {
        bool two = source[1] == '=' && (*source == '<' || *source == '=');
        source += two ? 2 : 1;
    }
    token.size = (int32_t)(source - token.name);
}

static bool same(word a, word b) { return a.size == b.size && memcmp(a.name, b.name, (size_t)a.size) == 0; }
static bool at_token(const char* text) { return same(token, (word){text, (int32_t)strlen(text)}); }

static bool accept(const char* text) {
    if (!at_token(text)) {
        return false;
    }
    advance();
    return true;
}

static void expect(const char* text) {
    if (!accept(text)) {
        fail();
    }
}

static int32_t emit(opcode op, int32_t operand) {
    if (code_size == code_limit) {
        fail();
    }
    code[code_size] = (instruction){(uint8_t)op, operand};
    return code_size++;
}

static void land(int32_t jump) { code[jump].operand = code_size; }

static int32_t find_local(word name) {
    for (int32_t i = local_count; i-- > 0;) {
        if (same(locals[i], name)) {
            return i;
        }
    }
    return -1;
}

static int32_t declare(void) {
    if (local_count == local_limit) {
        fail();
    }
    locals[local_count] = token;
    advance();
    return local_count++;
}

static void compile_expression(int32_t precedence);

static void compile_arguments(void) {
    int32_t count = 0;
    for (; !accept(")"); ++count) {
        compile_expression(0);
        accept(",");
    }
    emit(op_call, count);
}

static void compile_name(void) {
    int32_t local = find_local(token);
    if (local >= 0) {
        emit(op_get_local, local);
        advance();
        return;
    }
    for (int32_t i = 0; i < function_count; ++i) {
        if (same((word){functions[i].name, functions[i].name_size}, token)) {
            emit(op_function, i);
            advance();
            return;
        }
    }
    fail();
}

static void compile_operand(void) {
    if (accept("-")) {
        compile_operand();
        emit(op_negate, 0);
    } else if (accept("not")) {
        compile_operand();
        emit(op_not, 0);
    } else if (accept("#")) {
        compile_operand();
        emit(op_size, 0);
    } else if (accept("(")) {
        compile_expression(0);
        expect(")");
    } else if (accept("{")) {
        expect("}");
        emit(op_new_table, 0);
    } else if (accept("nil")) {
        emit(op_nil, 0);
    } else if (accept("true")) {
        emit(op_true, 0);
    } else if (accept("false")) {
        emit(op_false, 0);
    } else if (is_digit(*token.name)) {
        double number = 0;
        for (int32_t i = 0; i < token.size; ++i) {
            number = number * 10 + (token.name[i] - '0');
        }
        if (constant_count == constant_limit) {
            fail();
        }
        constants[constant_count] = number;
        emit(op_constant, constant_count++);
        advance();
    } else {
        compile_name();
    }
    for (;;) {
        if (accept("(")) {
            compile_arguments();
        } else if (accept("[")) {
            compile_expression(0);
            expect("]");
            if (accept("=")) {
                compile_expression(0);
                emit(op_set_index, 0);
            } else {
                emit(op_get_index, 0);
            }
        } else {
            return;
        }
    }
}

static void compile_expression(int32_t precedence) {
    static const struct {
        const char* text;
        int32_t precedence;
        opcode op;
    } binary[] = {{"<", 1, op_less},     {"<=", 1, op_less_equal}, {"==", 1, op_equal}, {"+", 2, op_add},
                  {"-", 2, op_subtract}, {"*", 3, op_multiply},    {"/", 3, op_divide}, {"%", 3, op_modulo}};
    compile_operand();
    for (size_t i = 0; i < sizeof binary / sizeof *binary;) {
        if (binary[i].precedence > precedence && accept(binary[i].text)) {
            compile_expression(binary[i].precedence);
            emit(binary[i].op, 0);
            i = 0;
        } else {
            ++i;
        }
    }
}

static void compile_block(void);

static void compile_statement(void) {
    if (accept("local")) {
        int32_t local = declare();
        expect("=");
        compile_expression(0);
        emit(op_set_local, local);
    } else if (accept("return")) {
        compile_expression(0);
        emit(op_return, 0);
    } else if (accept("while")) {
        int32_t begin = code_size;
        compile_expression(0);
        int32_t leave = emit(op_jump_if_false, 0);
        compile_block();
        emit(op_jump, begin);
        land(leave);
    } else if (accept("if")) {
        compile_expression(0);
        int32_t otherwise = emit(op_jump_if_false, 0);
        compile_block();
        if (accept("else")) {
            int32_t end = emit(op_jump, 0);
            land(otherwise);
            compile_block();
            land(end);
        } else {
            land(otherwise);
        }
    } else {
        int32_t local = find_local(token);
        compile_expression(0);
        if (local >= 0 && accept("=")) {
            --code_size; // takes back the instruction that gets the variable's own value
            compile_expression(0);
            emit(op_set_local, local);
        } else {
            emit(op_pop, 0);
        }
    }
}

static void compile_block(void) {
    expect("{");
    while (!accept("}")) {
        compile_statement();
    }
}

static void compile_function(void) {
    expect("function");
    if (function_count == function_limit) {
        fail();
    }
    function* made = &functions[function_count++];
    *made = (function){token.name, token.size, code_size, 0, 0};
    advance();
    local_count = 0;
    expect("(");
    for (; !accept(")"); ++made->parameters) {
        declare();
        accept(",");
    }
    compile_block();
    emit(op_nil, 0);
    emit(op_return, 0);
    made->locals = local_count;
}

static void compile(const char* script) {
    source = script;
    code_size = constant_count = function_count = 0;
    advance();
    while (token.size > 0) {
        compile_function();
    }
}

typedef struct {
    int32_t return_to;
    value* locals;
} call;

static value stack[stack_limit];
static call calls[call_limit];

static double number_of(value v) {
    if (v.tag != tag_number) {
        fail();
    }
    return v.number;
}

static table* table_of(value v) {
    if (v.tag != tag_table) {
        fail();
    }
    return v.table;
}

static bool truth_of(value v) { return v.tag != tag_nil && (v.tag != tag_boolean || v.boolean); }
static value number(double n) { return (value){.tag = tag_number, .number = n}; }
static value boolean(bool b) { return (value){.tag = tag_boolean, .boolean = b}; }

static bool equal(value a, value b) {
    if (a.tag != b.tag) {
        return false;
    }
    switch (a.tag) {
    case tag_nil: return true;
    case tag_boolean: return a.boolean == b.boolean;
    case tag_number: return a.number == b.number;
    case tag_table: return a.table == b.table;
    default: return a.function == b.function;
    }
}

static double arithmetic(uint8_t op, double a, double b) {
    switch (op) {
    case op_add: return a + b;
    case op_subtract: return a - b;
    case op_multiply: return a * b;
    case op_divide: return a / b;
    default: return a - floor(a / b) * b;
    }
}

// Runs the last function, with one argument, and returns what it returns.
static value execute(value argument) {
    const function* entered = &functions[function_count - 1];
    int32_t depth = 0, pc = entered->entry;
    value* local = stack;
    value* top = stack + entered->locals; // the first free place
    local[0] = argument;
    for (;;) {
        instruction now = code[pc++];
        switch (now.op) {
        case op_nil: *top++ = (value){.tag = tag_nil}; break;
        case op_true: *top++ = boolean(true); break;
        case op_false: *top++ = boolean(false); break;
        case op_constant: *top++ = number(constants[now.operand]); break;
        case op_function: *top++ = (value){.tag = tag_function, .function = now.operand}; break;
        case op_get_local: *top++ = local[now.operand]; break;
        case op_set_local: local[now.operand] = *--top; break;
        case op_pop: --top; break;
        case op_new_table: *top++ = (value){.tag = tag_table, .table = (table*)calloc(1, sizeof(table))}; break;
        case op_get_index:
            --top;
            top[-1] = get(table_of(top[-1]), (int32_t)number_of(top[0]));
            break;
        case op_set_index:
            top -= 2;
            set(table_of(top[-1]), (int32_t)number_of(top[0]), top[1]);
            top[-1] = top[1];
            break;
        case op_size: top[-1] = number(table_of(top[-1])->array_size); break;
        case op_add:
        case op_subtract:
        case op_multiply:
        case op_divide:
        case op_modulo:
            --top;
            top[-1] = number(arithmetic(now.op, number_of(top[-1]), number_of(top[0])));
            break;
        case op_less:
            --top;
            top[-1] = boolean(number_of(top[-1]) < number_of(top[0]));
            break;
        case op_less_equal:
            --top;
            top[-1] = boolean(number_of(top[-1]) <= number_of(top[0]));
            break;
        case op_equal:
            --top;
            top[-1] = boolean(equal(top[-1], top[0]));
            break;
        case op_not: top[-1] = boolean(!truth_of(top[-1])); break;
        case op_negate: top[-1] = number(-number_of(top[-1])); break;
        case op_jump: pc = now.operand; break;
        case op_jump_if_false:
            if (!truth_of(*--top)) {
                pc = now.operand;
            }
            break;
        case op_call: {
            value callee = top[-now.operand - 1];
            if (callee.tag != tag_function || functions[callee.function].parameters != now.operand ||
                depth == call_limit || top + local_limit * 2 > stack + stack_limit) {
                fail();
            }
            entered = &functions[callee.function];
            calls[depth++] = (call){pc, local};
            local = top - now.operand;
            top = local + entered->locals;
            pc = entered->entry;
            break;
        }
        case op_return: {
            value result = top[-1];
            if (depth == 0) {
                return result;
            }
            top = local;
            top[-1] = result; // over the callee
            pc = calls[--depth].return_to;
            local = calls[depth].locals;
            break;
        }
        default: fail();
        }
    }
}

static const char script[] =
    "function fibonacci(n) { if n < 2 { return n } return fibonacci(n - 1) + fibonacci(n - 2) }\n"
    "function sieve(limit) {\n"
    "    local composite = {} local count = 0 local i = 0\n"
    "    while i < limit { composite[i] = false i = i + 1 }\n"
    "    i = 2\n"
    "    while i < limit {\n"
    "        if not composite[i] {\n"
    "            count = count + 1\n"
    "            local k = i * i\n"
    "            while k < limit { composite[k] = true k = k + i }\n"
    "        }\n"
    "        i = i + 1\n"
    "    }\n"
    "    return count\n"
    "}\n"
    "function collatz(memo, n) {\n"
    "    if n == 1 { return 0 }\n"
    "    local known = memo[n]\n"
    "    if known { return known }\n"
    "    local next = n / 2\n"
    "    if n % 2 == 1 { next = 3 * n + 1 }\n"
    "    local steps = 1 + collatz(memo, next)\n"
    "    if n < 1000000 { memo[n] = steps }\n"
    "    return steps\n"
    "}\n"
    "function fold(list, start, combine) {\n"
    "    local result = start local i = 0\n"
    "    while i < #list { result = combine(result, list[i]) i = i + 1 }\n"
    "    return result\n"
    "}\n"
    "function maximum(a, b) { if a < b { return b } return a }\n"
    "function sum(a, b) { return a + b }\n"
    "function main(n) {\n"
    "    local memo = {} local steps = {} local i = 1\n"
    "    while i <= n { steps[#steps] = collatz(memo, i) i = i + 1 }\n"
    "    local result = fold(steps, 0, maximum) * 1000 + fold(steps, 0, sum)\n"
    "    return result + fibonacci(n % 5 + 18) + sieve(n * 4)\n"
    "}\n";

// n: hundreds that the script gets as its argument.
int64_t run(int32_t n) {
    compile(script);
    return (int64_t)checksum_add(0, bits_of(number_of(execute(number(n * 100.0)))));
}
