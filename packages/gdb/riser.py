"""For gdb: `source riser.py`, then `riser-backtrace` shows where the WebAssembly of a stopped thread is.

Handlers of the interpreter are tail calls, so that the native backtrace has one frame of them at most, whatever the depth of wasm; native code
of wasm has frames, which gdb can name only where the program tells it. This reads the links that the execution context keeps. The engine has to be compiled with -g; nothing of the program is called or changed.
"""

import itertools
import re

import gdb

NAMESPACE = "riser::v0_1::core::runtime::"
CODE_GRANULE_BITS = 10
TABLE_BITS = 12
MOST_FRAMES = 10_000
# Functions in assembly: what gdb takes for their parameters is in no place that the compiler knows.
NAKED = re.compile(r"::(enter_activation|\w+_(beside|from|to)_native|enter_native|call_on_host_stack)\b")


def lookup(name):
    try:
        return gdb.lookup_type(NAMESPACE + name)
    except gdb.error:
        raise gdb.GdbError(f"riser-backtrace: there is no {NAMESPACE}{name}: compile the engine with -g") from None


def pointer_at(address):
    """What lies there, whatever std::atomic looks like."""
    void_pointer = gdb.lookup_type("void").pointer()
    return int(gdb.Value(address).cast(void_pointer.pointer()).dereference())


def string_of(view):
    """A std::string_view of libstdc++ or libc++."""
    fields = {field.name for field in view.type.strip_typedefs().fields()}
    text, size = ("_M_str", "_M_len") if "_M_str" in fields else ("__data_", "__size_")
    return view[text].string("utf-8", "replace", int(view[size])) if int(view[size]) else ""


def items(vector):
    """The items of a core::vector."""
    for i in range(int(vector["size_"])):
        yield vector["data_"][i]


def contexts():
    """The execution contexts of the thread's activations, the newest first, and the newest native frame that has each."""
    wanted = lookup("execution_context")
    seen = set()
    thread = gdb.selected_thread()
    frame = gdb.newest_frame() if thread is not None and thread.is_valid() else None
    while frame is not None:
        value = None if NAKED.search(frame.name() or "") else variable(frame, "context")
        kind = None if value is None else value.type.strip_typedefs()
        if kind is not None and kind.code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_REF) and kind.target().unqualified().name == wanted.name:
            address = int(value if kind.code == gdb.TYPE_CODE_PTR else value.referenced_value().address)
            if address not in seen:
                seen.add(address)
                yield gdb.Value(address).cast(wanted.pointer()).dereference(), frame
        frame = frame.older()


def variable(frame, name):
    """A variable of a native frame; None where it has none, or the compiler has dropped it."""
    try:
        value = frame.read_var(name)
        return None if value.is_optimized_out else value
    except (ValueError, RuntimeError, gdb.error):
        return None


def word_at(address):
    return int(gdb.Value(address).cast(gdb.lookup_type("unsigned int").pointer()).dereference())


def chunk_of(context, pc, kind):
    """The chunk of code of that kind that has `pc`, by the engine's radix tree; None where none has it."""
    granule = pc >> CODE_GRANULE_BITS
    node = pointer_at(int(context["store"]["engine"]["object_"]["code"]["root_"].address))
    for index in (granule >> 2 * TABLE_BITS, (granule >> TABLE_BITS) % (1 << TABLE_BITS), granule % (1 << TABLE_BITS)):
        if node == 0:
            return None
        node = pointer_at(node + 8 * index)
    chunk = None if node == 0 else gdb.Value(node).cast(lookup(kind).pointer()).dereference()
    is_native = chunk is not None and str(chunk["kind"]).endswith("native")
    return chunk if chunk is not None and is_native == (kind == "native_chunk") else None


def name_of(module, function):
    """`module!function`, as symbols of native code have it."""
    info = module["info"]
    name = ""
    names = info["function_names"]
    if function < int(names["size_"]):
        name = string_of(names["data_"][function])
    if not name:
        exports = (entry for entry in items(info["exports"]) if int(entry["index"]) == function and int(entry["kind"]) == 0)
        name = next((string_of(entry["name"]) for entry in exports), "")
    return f"{string_of(info['name']) or 'module'}!{name or f'function {function}'}"


def describe(context, pc):
    """What a word of bytecode belongs to; None where that is no function of a module."""
    chunk = chunk_of(context, pc, "code_chunk")
    if chunk is None:
        return None
    at = int(chunk.address)
    notes = gdb.Value(at + int(chunk["bytes_"])).cast(gdb.lookup_type("unsigned int").pointer())
    begins = [int(notes[-1 - i]) for i in range(word_at(int(chunk["count_"].address)))]
    first = max((at + begin for begin in begins if at + begin <= pc), default=None)
    if first is None:
        return None
    function = int(gdb.Value(first).cast(lookup("code_word").pointer()).dereference()) & 0xFFFFFFFF
    return f"{name_of(chunk['owner_']['module'], function)} (function {function}, word {(pc - first) // 8})"


def native_frames(context, pc, stack):
    """The frames of native code from a return address on, where the stack pointer is behind it, as far as handlers that entered them."""
    while pc != int(context["native"]["after_native"]):
        chunk = chunk_of(context, pc - 1, "native_chunk")
        if chunk is None:
            return
        ranges = gdb.Value(pointer_at(int(chunk["ranges_"].address))).cast(lookup("native_range").pointer())
        offset = pc - 1 - int(chunk["begin_"])
        function = max((ranges[i] for i in range(word_at(int(chunk["count_"].address))) if int(ranges[i]["begin"]) <= offset),
                       key=lambda each: int(each["begin"]))
        kind = lookup("native_site")
        sites = function["sites"].cast(kind.pointer())
        site = next((sites[i] for i in range(int(function["site_bytes"]) // kind.sizeof)
                     if int(sites[i]["offset"]) == offset + 1 - int(function["begin"])), None)
        if site is None:
            return
        index = int(function["function"])
        yield f"{name_of(chunk['module_'], index)} (function {index}, offset {int(site['wasm_offset']):#x})"
        stack += int(site["frame_bytes"])
        pc = pointer_at(stack)
        stack += 8


def frames(context, native):
    """The wasm frames of a context, the innermost first."""
    word = lookup("code_word").sizeof
    name = native.name() or ""
    # Of a handler that calls the host, the link says all.
    pc = variable(native, "pc") if "interpreter" in name and "call_host" not in name else None
    if pc is not None and pc.type.strip_typedefs().code == gdb.TYPE_CODE_PTR and (text := describe(context, int(pc))):
        yield text
    values = context["stack"]["values"]
    end = int(values["begin_"]) + int(values["bytes_"])
    link = values["at_"]["links"]
    while int(values["begin_"]) != 0 and int(link) < end:
        if int(context["native"]) != 0 and int(link["pc"]) == int(context["native"]["return_to_native"]):
            stack = int(link["frame"])
            yield from native_frames(context, pointer_at(stack + 8), stack + 16)
        else:
            yield describe(context, int(link["pc"]) - word)  # a link says where to go on
        link += 1


class RiserBacktrace(gdb.Command):
    """Show the WebAssembly frames of this thread, the innermost first. `(host)` is where the host has called wasm."""

    def __init__(self):
        super().__init__("riser-backtrace", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        number = 0
        for context, native in contexts():
            try:
                found = list(itertools.islice(frames(context, native), MOST_FRAMES))
            except gdb.MemoryError:
                continue  # gdb does not know the registers of a caller behind a change of stacks, which are where a variable is
            for text in found:
                gdb.write(f"#{number:<3} {text or '(host)'}\n")
                number += 1
                if number == MOST_FRAMES:
                    gdb.write("and more\n")
                    return
        if number == 0:
            gdb.write("no WebAssembly runs in this thread\n")


RiserBacktrace()
