"""Generates modules that are all structure: blocks, loops and branches around and below values that wait for them.

Each module exports `run`, which calls every function several times and returns what they returned, with sums over the
memory. It ends, does not trap, and the bits of NaNs, which engines may choose, never show.
"""

import random

TYPES = ("i32", "i64", "f32", "f64")

INTEGER_BINARY = "add sub mul and or xor shl shr_s shr_u rotl rotr".split()
INTEGER_UNARY = "clz ctz popcnt extend8_s extend16_s".split()
INTEGER_COMPARISONS = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".split()
FLOAT_BINARY = "add sub mul div min max copysign".split()
FLOAT_UNARY = "abs neg ceil floor trunc nearest sqrt".split()
FLOAT_COMPARISONS = "eq ne lt gt le ge".split()

# Around what instructions treat apart.
INTEGERS = (0, 1, -1, 2, 3, 4, 7, 8, 16, 31, 32, 63, 64, 255, 256, 32767, -32768, 65535, 65536, 2**31 - 1, -(2**31))
LONG_INTEGERS = (*INTEGERS, 2**31, 2**32 - 1, 2**32, 2**63 - 1, -(2**63))
FLOATS = ("0", "-0", "1", "-1", "0.5", "1.5", "2", "-2.5", "inf", "-inf", "nan", "1e10", "-1e30", "2147483648",
          "-2147483649", "4294967296", "9223372036854775808", "1e-40")

# Where each type's values lie in memory 0, so that no float is read as something else: offset, bytes.
INTEGER_AREA = 0x4000
AREAS = {"f32": (0x8000, 0x2000), "f64": (0xC000, 0x2000)}

# A value's bits as an i64. Those of a float that may be a NaN are taken behind $canonical_f32 and the like.
BITS = {
    "i32": "(i64.extend_i32_u {})",
    "i64": "{}",
    "f32": "(i64.extend_i32_u (i32.reinterpret_f32 (call $canonical_f32 {})))",
    "f64": "(i64.reinterpret_f64 (call $canonical_f64 {}))",
}

MOST_LOOPS = 6  # of a function
MOST_ROUNDS = 5  # of a loop
CALL_LEVELS = 3  # functions call those of lower levels only


class Function:
    """Writes one function: text in which every instruction leaves the stack as its method says."""

    def __init__(self, random, name, level, callees):
        self.random = random
        self.name = name
        self.level = level
        self.callees = callees
        self.params = [random.choice(TYPES) for _ in range(random.randint(0, 4))]
        self.result = random.choice(TYPES)
        self.declared = []
        self.labels = self.loops = self.loop_depth = 0
        self.locals = {type: [f"$p{i}" for i, param in enumerate(self.params) if param == type] for type in TYPES}
        for type in TYPES:
            while len(self.locals[type]) < 2:
                self.locals[type].append(self.new_local(type))
        self.addresses = [self.new_local("i32") for _ in range(2)]  # always below 4096

    def text(self):
        depth = self.random.choice((2, 3, 3, 4))
        lines = [f"(local.set {each} {self.small(0)})" for each in self.addresses]
        lines += [self.statement(depth) for _ in range(self.random.randint(2, 8))]
        lines.append(self.value(self.result, depth))
        params = "".join(f" (param $p{i} {type})" for i, type in enumerate(self.params))
        declared = "".join(f" (local $x{i} {type})" for i, type in enumerate(self.declared))
        return "\n    ".join([f"(func ${self.name}{params} (result {self.result}){declared}", *lines]) + ")"

    # Parts.

    def new_local(self, type):
        self.declared.append(type)
        return f"$x{len(self.declared) - 1}"

    def new_label(self):
        self.labels += 1
        return f"$l{self.labels}"

    def local(self, type):
        return self.random.choice(self.locals[type])

    def pick(self, *methods):
        """Calls one of several, some of them given more than once."""
        return self.random.choice(methods)

    def constant(self, type):
        return constant(self.random, type)

    def take(self, *types):
        """Takes values from the stack, the topmost first."""
        return " ".join(f"(local.set {self.local(type)})" for type in types)

    # Values: each leaves one on the stack.

    def value(self, type, depth):
        if depth <= 0 or self.random.random() < 0.1:
            return self.leaf(type)
        if self.random.random() < 0.45:
            return self.operation(type, depth)
        return self.pick(
            self.tee, self.select, self.if_value, self.if_value, self.block_value, self.block_value, self.table_value,
            self.nested_tables, self.value_below, self.value_before_statements, self.value_before_statements,
            self.values_below_branch, self.several_results, self.loop_value, self.if_with_param, self.early_return,
            self.call, self.call, self.call_indirectly, self.call_reference, self.null_branch, self.load, self.load,
        )(type, depth - 1)

    def leaf(self, type):
        chance = self.random.random()
        if chance < 0.7:
            return f"(local.get {self.local(type)})"
        if chance < 0.9:
            return self.constant(type)
        return f"(global.get $g_{type}_{self.random.randint(0, 1)})"

    def tee(self, type, depth):
        return f"(local.tee {self.local(type)} {self.value(type, depth)})"

    def select(self, type, depth):
        return f"(select {self.value(type, depth)} {self.value(type, depth)} {self.condition(depth)})"

    def if_value(self, type, depth):
        arms = [f"{self.statements(depth)} {self.value(type, depth)}" for _ in range(2)]
        return f"(if (result {type}) {self.condition(depth)} (then {arms[0]}) (else {arms[1]}))"

    def block_value(self, type, depth):
        label = self.new_label()
        return (f"(block {label} (result {type}) {self.statements(depth)}"
                f" (br_if {label} {self.value(type, depth)} {self.condition(depth)}) (drop)"
                f" {self.statements(depth)} {self.value(type, depth)})")

    def table_value(self, type, depth):
        label = self.new_label()
        return (f"(block {label} (result {type})"
                f" (br_table {label} {label} {self.value(type, depth)} {self.value('i32', depth)}))")

    def nested_tables(self, type, depth):
        outer, middle, inner = labels = [self.new_label() for _ in range(3)]
        other, third = self.random.choices(TYPES, k=2)
        return (f"(block {outer} (result {type}) (block {middle} (result {type}) {self.value(other, depth)}"
                f" (block {inner} (result {type}) {self.value(third, depth)} {self.value(type, depth)}"
                f" {self.value('i32', depth)} (br_table {' '.join([*labels, self.random.choice(labels)])}))"
                f" {self.take(type, other)} {self.value(type, depth)})"
                f" (local.set {self.local(type)}) {self.statements(depth)} {self.value(type, depth)})")

    def value_below(self, type, depth):
        other = self.random.choice(TYPES)
        return f"{self.value(type, depth)} {self.value(other, depth)} (local.set {self.local(other)})"

    def value_before_statements(self, type, depth):
        return f"{self.value(type, min(depth, 1))} {self.statements(depth)}"

    def values_below_branch(self, type, depth):
        label = self.new_label()
        below = self.random.choices(TYPES, k=2)
        return (f"(block {label} (result {type}) {' '.join(self.value(each, depth) for each in below)}"
                f" {self.value(type, depth)} {self.condition(depth)} (br_if {label})"
                f" {self.take(type, below[1], below[0])} {self.value(type, depth)})")

    def several_results(self, type, depth):
        label = self.new_label()
        other, third = self.random.choices(TYPES, k=2)
        return (f"(block {label} (result {other} {type}) {self.value(third, depth)} {self.value(other, depth)}"
                f" {self.value(type, depth)} {self.condition(depth)} (br_if {label})"
                f" {self.take(type, other, third)} {self.statements(depth)}"
                f" {self.value(other, depth)} {self.value(type, depth)})"
                f" {self.take(type, other)} (local.get {self.local(type)})")

    def loop_value(self, type, depth):
        """A loop with a parameter, and something waiting below it."""
        if not self.may_loop():
            return self.value(type, depth)
        label, rounds, taken = self.new_label(), self.new_local("i32"), self.new_local(type)
        below, waiting = self.random.choices(TYPES, k=2)
        text = (f"(local.set {rounds} (i32.const 0)) {self.value(below, depth)} {self.value(type, depth)}"
                f" (loop {label} (param {type}) (result {type}) (local.set {taken}) {self.statements(depth)}"
                f" {self.value(waiting, depth)} {self.value(type, depth)} (br_if {label} (i32.lt_u"
                f" {self.count_up(rounds)} (i32.const {self.random.randint(1, MOST_ROUNDS)})))"
                f" (local.set {taken}) (local.set {self.local(waiting)}) (local.get {taken}))"
                f" {self.take(type, below)} (local.get {self.local(type)})")
        self.loop_depth -= 1
        return text

    def if_with_param(self, type, depth):
        other = self.random.choice(TYPES)
        return (f"{self.value(type, depth)} {self.value(other, depth)} (if (param {type} {other}) (result {type})"
                f" {self.condition(depth)} (then (local.set {self.local(other)}) {self.statements(depth)})"
                f" (else (drop) (local.set {self.local(type)}) {self.statements(depth)} {self.value(type, depth)}))")

    def early_return(self, type, depth):
        label = self.new_label()
        other, third = self.random.choices(TYPES, k=2)
        return (f"{self.value(other, depth)} {self.value(type, depth)} (block {label} {self.condition(depth)}"
                f" (i32.eqz) (br_if {label}) {self.value(third, depth)} {self.value(self.result, depth)} (return))"
                f" {self.take(type, other)} (local.get {self.local(type)})")

    def call(self, type, depth):
        fitting = [each for each in self.callees if each.result == type and each.level < self.level]
        if not fitting or self.loop_depth > 1:
            return self.value(type, depth)
        callee = self.random.choice(fitting)
        return f"(call ${callee.name} {' '.join(self.value(each, depth - 1) for each in callee.params)})"

    def call_indirectly(self, type, depth):
        first = 2 * TYPES.index(type)
        return (f"(call_indirect (type $helper_{type}) {self.value('i32', depth)} {self.value(type, depth)}"
                f" (i32.add (i32.and {self.value('i32', depth)} (i32.const 1)) (i32.const {first})))")

    def call_reference(self, type, depth):
        helper = f"$helper_{type}_{self.random.randint(0, 1)}"
        return (f"(call_ref $helper_{type} {self.value('i32', depth)} {self.value(type, depth)}"
                f" (ref.func {helper}))")

    def null_branch(self, type, depth):
        label = self.new_label()
        return (f"(block {label} (result {type}) {self.value(type, depth)}"
                f" (table.get $functions (i32.and {self.value('i32', depth)} (i32.const 15))) (br_on_null {label})"
                f" (drop) {self.statements(depth)} (local.set {self.local(type)}) {self.value(type, depth)})")

    # Operations of a type.

    def operation(self, type, depth):
        if type in ("f32", "f64"):
            return self.pick(self.float_binary, self.float_binary, self.float_unary, self.float_conversion)(
                type, depth - 1)
        only = (self.comparison, self.wrap) if type == "i32" else (self.extend, self.wide)
        return self.pick(self.integer_binary, self.integer_binary, self.integer_binary, self.division,
                         self.integer_unary, self.truncation, self.bits, *only)(type, depth - 1)

    def operands(self, type, depth):
        """Two, of which one may be constant."""
        chance = self.random.random()
        first = self.constant(type) if chance < 0.1 else self.value(type, depth)
        second = self.constant(type) if chance > 0.65 else self.value(type, depth)
        return f"{first} {second}"

    def integer_binary(self, type, depth):
        return f"({type}.{self.random.choice(INTEGER_BINARY)} {self.operands(type, depth)})"

    def division(self, type, depth):
        operator = self.random.choice(("div_u", "rem_u", "rem_s", "div_s"))
        divisor = f"({type}.const {self.random.choice((1, 2, 3, 7, 10, 16, -7, -2))})"
        if operator != "div_s" and self.random.random() < 0.5:
            divisor = f"({type}.or {self.value(type, depth)} ({type}.const 1))"
        return f"({type}.{operator} {self.value(type, depth)} {divisor})"

    def integer_unary(self, type, depth):
        operators = [*INTEGER_UNARY, "extend32_s"] if type == "i64" else INTEGER_UNARY
        return f"({type}.{self.random.choice(operators)} {self.value(type, depth)})"

    def truncation(self, type, depth):
        source = self.random.choice(("f32", "f64"))
        return f"({type}.trunc_sat_{source}_{self.random.choice('su')} {self.value(source, depth)})"

    def bits(self, type, depth):
        source = "f32" if type == "i32" else "f64"
        return f"({type}.reinterpret_{source} (call $canonical_{source} {self.value(source, depth)}))"

    def comparison(self, _, depth):
        return self.condition(depth)

    def wrap(self, _, depth):
        return f"(i32.wrap_i64 {self.value('i64', depth)})"

    def extend(self, _, depth):
        return f"(i64.extend_i32_{self.random.choice('su')} {self.value('i32', depth)})"

    def wide(self, _, depth):
        operator, count = self.random.choice((("add128", 4), ("sub128", 4), ("mul_wide_s", 2), ("mul_wide_u", 2)))
        operands = " ".join(self.value("i64", depth - 1) for _ in range(count))
        return f"{operands} (i64.{operator}) (local.set {self.local('i64')})"

    def float_binary(self, type, depth):
        operator = self.random.choice(FLOAT_BINARY)
        if operator == "copysign":  # the sign of a NaN would show
            source = self.value(type, depth)
            return f"({type}.copysign {self.value(type, depth)} (call $canonical_{type} {source}))"
        return f"({type}.{operator} {self.operands(type, depth)})"

    def float_unary(self, type, depth):
        return f"({type}.{self.random.choice(FLOAT_UNARY)} {self.value(type, depth)})"

    def float_conversion(self, type, depth):
        if self.random.random() < 0.3:
            return (f"(f32.demote_f64 {self.value('f64', depth)})" if type == "f32"
                    else f"(f64.promote_f32 {self.value('f32', depth)})")
        source = self.random.choice(("i32", "i64"))
        return f"({type}.convert_{source}_{self.random.choice('su')} {self.value(source, depth)})"

    def condition(self, depth):
        chance = self.random.random()
        if chance < 0.12:
            return f"(i32.eqz {self.condition(depth - 1) if depth > 0 else self.leaf('i32')})"
        if chance < 0.18:
            return f"(i64.eqz {self.value('i64', depth - 1)})"
        if chance < 0.25:
            return self.value("i32", depth - 1)
        if chance < 0.32:
            return f"(i32.and {self.value('i32', depth - 1)} {self.value('i32', depth - 1)})"
        if chance < 0.35:
            return f"(ref.is_null (table.get $functions (i32.and {self.value('i32', depth - 1)} (i32.const 15))))"
        type = self.random.choice(TYPES)
        return f"({type}.{self.random.choice(comparisons(type))} {self.operands(type, depth - 1)})"

    # Memory.

    def small(self, depth):
        """An i32 below 4096."""
        return f"(i32.and {self.value('i32', depth)} (i32.const 4095))"

    def integer_place(self, offset, depth):
        """A memory, with an address in it below 12,288."""
        memory = self.random.randrange(6)
        if memory == 0:
            return f"$second (i32.and {self.value('i32', depth)} (i32.const 8191))"
        if memory == 1:
            return f"$third offset={offset} (i64.and {self.value('i64', depth)} (i64.const 8191))"
        return self.integer_address(depth)

    def integer_address(self, depth):
        """An address below 12,288 in one of the shapes that compilers make, and an offset."""
        local = f"(local.get {self.random.choice(self.addresses)})"
        other = f"(local.get {self.random.choice(self.addresses)})"
        tee = f"(local.tee {self.random.choice(self.addresses)} {self.small(depth)})"
        address = self.random.choice((
            local,
            tee,
            f"(i32.const {self.random.randrange(8000)})",
            f"(i32.add {local} {other})",
            f"(i32.add {tee} {other})",
            f"(i32.add {local} (i32.const {self.random.choice((0, 1, 2, 4, 8, 1000))}))",
            f"(i32.sub {local} (i32.const -{self.random.choice((1, 4, 8))}))",
            f"(i32.add {local} (i32.shl {other} (i32.const {self.random.randint(0, 1)})))",
            f"(i32.add (i32.shl (i32.and {self.value('i32', depth)} (i32.const 255))"
            f" (i32.const {self.random.choice((1, 2, 3))})) {local})",
            f"(i32.and {self.value('i32', depth)} (i32.const 8191))",
        ))
        return f"offset={self.random.choice((0, 0, 1, 4, 8, 100, 1000, 4000))} {address}"

    def float_address(self, type, depth):
        offset, size = AREAS[type]
        mask = size - int(type[1:]) // 8
        half = mask // 2 & ~7
        address = self.random.choice((
            f"(i32.const {self.random.randrange(0, mask, 8)})",
            f"(i32.and {self.value('i32', depth)} (i32.const {mask}))",
            f"(i32.add (i32.and {self.value('i32', depth)} (i32.const {half}))"
            f" (i32.shl (i32.and {self.leaf('i32')} (i32.const 255)) (i32.const 3)))",
        ))
        return f"offset={offset} {address}"

    def load(self, type, depth):
        if type in AREAS:
            return f"({type}.load {self.float_address(type, depth)})"
        operators = ["load", "load8_s", "load8_u", "load16_s", "load16_u"]
        operators += ["load32_s", "load32_u"] if type == "i64" else []
        operator = self.random.choice(operators)
        return f"({type}.{operator} {self.integer_place(3, depth)})"

    def store(self, depth):
        type = self.random.choice(TYPES)
        value = self.constant(type) if self.random.random() < 0.35 else self.value(type, depth)
        if type in AREAS:
            return f"({type}.store {self.float_address(type, depth)} {value})"
        operator = self.random.choice(["store", "store8", "store16"] + (["store32"] if type == "i64" else []))
        return f"({type}.{operator} {self.integer_place(8, depth)} {value})"

    # Statements: each leaves the stack as it is.

    def statements(self, depth):
        return " ".join(self.statement(depth) for _ in range(self.random.choice((0, 1, 1, 2))))

    def statement(self, depth):
        if depth <= 0:
            return self.set_local(1)
        return self.pick(
            self.set_local, self.set_local, self.set_local, self.store, self.store, self.store, self.set_global,
            self.set_address, self.if_statement, self.if_statement, self.block_statement, self.table_statement,
            self.loop, self.loop, self.loop, self.swap, self.bulk, self.return_statement, self.drop,
        )(depth - 1)

    def set_local(self, depth):
        type = self.random.choice(TYPES)
        return f"(local.set {self.local(type)} {self.value(type, depth)})"

    def set_global(self, depth):
        type = self.random.choice(TYPES)
        return f"(global.set $g_{type}_{self.random.randint(0, 1)} {self.value(type, depth)})"

    def set_address(self, depth):
        return f"(local.set {self.random.choice(self.addresses)} {self.small(depth)})"

    def if_statement(self, depth):
        otherwise = f" (else {self.statements(depth)})" if self.random.random() < 0.5 else ""
        return f"(if {self.condition(depth)} (then {self.statements(depth)}){otherwise})"

    def block_statement(self, depth):
        label = self.new_label()
        return f"(block {label} {self.statements(depth)} (br_if {label} {self.condition(depth)}) {self.statements(depth)})"

    def table_statement(self, depth):
        outer, middle, inner = labels = [self.new_label() for _ in range(3)]
        targets = " ".join(self.random.choices(labels, k=4))
        return (f"(block {outer} (block {middle} (block {inner} (br_table {targets} {self.value('i32', depth)}))"
                f" {self.statements(depth)}) {self.statements(depth)})")

    def swap(self, _):
        type = self.random.choice(TYPES)
        first, second = self.local(type), self.local(type)
        return f"(local.get {first}) (local.get {second}) (local.set {first}) (local.set {second})"

    def bulk(self, _):
        return self.random.choice((
            f"(memory.fill {self.small(1)} {self.value('i32', 1)} (i32.and {self.value('i32', 1)} (i32.const 255)))",
            f"(memory.copy {self.small(1)} {self.small(1)} (i32.and {self.value('i32', 1)} (i32.const 255)))",
            "(drop (memory.grow (i32.const 0)))",
        ))

    def return_statement(self, depth):
        return f"(if {self.condition(1)} (then (return {self.value(self.result, depth)})))"

    def drop(self, depth):
        return f"(drop {self.value(self.random.choice(TYPES), depth)})"

    # Loops.

    def may_loop(self):
        if self.loops >= MOST_LOOPS or self.loop_depth >= 3:
            return False
        self.loops += 1
        self.loop_depth += 1
        return True

    @staticmethod
    def count_up(counter):
        return f"(local.tee {counter} (i32.add (local.get {counter}) (i32.const 1)))"

    def loop(self, depth):
        """A loop with a counter of any type that is stepped and compared in one of many ways, and a bound on its rounds."""
        if not self.may_loop():
            return self.set_local(depth)
        label, out, rounds = self.new_label(), self.new_label(), self.new_local("i32")
        type = self.random.choice(TYPES)
        counter = self.new_local(type)
        limit = self.constant(type) if self.random.random() < 0.5 else self.value(type, 1)
        if self.random.random() < 0.4:
            self.locals[type].append(counter)  # the body may change it
        body = f"{self.statements(depth)} {self.statements(depth)}"
        stepped = (f"({type}.{self.random.choice(('add', 'sub'))} (local.get {counter})"
                   f" ({type}.const {self.random.choice((1, 1, 2, -1))}))")
        compare = f"{type}.{self.random.choice(comparisons(type))}"
        goes_on = f"({compare} (local.tee {counter} {stepped}) {limit})"
        back = self.random.choice((
            f"(br_if {label} {goes_on})",
            f"(br_if {label} {goes_on})",
            f"(local.set {counter} {stepped}) (br_if {label} ({compare} (local.get {counter}) {limit}))",
            f"(br_if {label} (i32.eqz {goes_on}))",
            f"(if {goes_on} (then {self.statements(0)} (br {label})))",
            f"(br_if {out} {goes_on}) (br {label})",
        ))
        self.loop_depth -= 1
        begin = f"({type}.const {self.random.choice((0, 0, 1, -3))})"
        return (f"(local.set {rounds} (i32.const 0)) (local.set {counter} {begin})"
                f" (block {out} (loop {label} (br_if {out} (i32.ge_{self.random.choice('su')} {self.count_up(rounds)}"
                f" (i32.const {self.random.randint(1, MOST_ROUNDS) + 1}))) {body} {back}))")


def comparisons(type):
    return INTEGER_COMPARISONS if type in ("i32", "i64") else FLOAT_COMPARISONS


def constant(random, type):
    if type in ("f32", "f64"):
        chosen = random.choice((*FLOATS, repr(random.uniform(-10, 10)), repr(random.uniform(-1e6, 1e6))))
    else:
        bits = int(type[1:])
        near = INTEGERS if type == "i32" else LONG_INTEGERS
        chosen = random.choice((*near, random.randint(-9, 9), random.randint(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)))
    return f"({type}.const {chosen})"


# Sums over what the functions may have written, and of the bits of every float there.
ADDED = "(local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 6364136223846793005)) {}))"
CHECKSUM = f"""
  (func $checksum (result i64) (local $i i32) (local $sum i64)
    (loop $integers
      {ADDED.format("(i64.load (local.get $i))")}
      {ADDED.format("(i64.load $second (local.get $i))")}
      {ADDED.format("(i64.load $third (i64.extend_i32_u (local.get $i)))")}
      (br_if $integers (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const {INTEGER_AREA}))))
    {{floats}}
    (local.get $sum))"""
FLOAT_SUM = """(local.set $i (i32.const 0))
    (loop $floats_{type}
      {added}
      (br_if $floats_{type} (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const {width}))) (i32.const {size}))))"""

# For call_indirect, call_ref and return_call.
HELPERS = """
  (type $helper_{type} (func (param i32 {type}) (result {type})))
  (func $helper_{type}_0 (type $helper_{type}) (local.get 1))
  (func $helper_{type}_1 (type $helper_{type})
    (if (i32.eqz (local.tee 0 (i32.and (local.get 0) (i32.const 7)))) (then (return (local.get 1))))
    (return_call $helper_{type}_1 (i32.sub (local.get 0) (i32.const 1))
      (select (local.get 1) ({type}.const 2) (i32.and (local.get 0) (i32.const 2)))))"""
CANONICAL = """
  (func $canonical_{type} (param {type}) (result {type})
    (select (local.get 0) ({type}.const nan) ({type}.eq (local.get 0) (local.get 0))))"""


def module(seed, size=18):
    """The text of a module of `size` functions."""
    chosen = random.Random(seed)
    helpers = " ".join(f"$helper_{type}_{i}" for type in TYPES for i in (0, 1))
    parts = ["(module", "  (memory 1 2) (memory $second 1) (memory $third i64 1)",
             "  (table $functions 16 16 funcref)", f"  (elem (table $functions) (i32.const 0) func {helpers})"]
    parts += [f"  (global $g_{type}_{i} (mut {type}) {constant(chosen, type)})" for type in TYPES for i in (0, 1)]
    parts += [HELPERS.format(type=type) for type in TYPES]
    parts += [CANONICAL.format(type=type) for type in ("f32", "f64")]
    floats = "\n    ".join(
        FLOAT_SUM.format(type=type, width=int(type[1:]) // 8, size=size,
                         added=ADDED.format(BITS[type].format(f"({type}.load offset={offset} (local.get $i))")))
        for type, (offset, size) in AREAS.items())
    parts.append(CHECKSUM.format(floats=floats))
    functions = []
    for i in range(size):
        function = Function(chosen, f"f{i}", i * CALL_LEVELS // size, list(functions))
        parts.append("  " + function.text())
        functions.append(function)
    shown = []
    for function in functions:
        for _ in range(3):
            arguments = " ".join(constant(chosen, param) for param in function.params)
            shown.append(BITS[function.result].format(f"(call ${function.name} {arguments})"))
        shown.append("(call $checksum)")
        shown += [BITS[type].format(f"(global.get $g_{type}_0)") for type in TYPES]
    parts.append(f'  (func (export "run") (result {" ".join(["i64"] * len(shown))})')
    parts += ["    " + each for each in shown]
    return "\n".join(parts) + "))\n"
