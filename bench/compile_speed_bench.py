"""How fast large modules are compiled: riser beside V8's Liftoff and wasmtime's Winch, one thread."""

import os
import tempfile

import comparison
import engines
import measure

# A module with a _start that does nothing: what compiling it takes is the start of the process.
EMPTY_MODULE = bytes.fromhex("0061736d 01000000 010401600000 03020100 070a01065f73746172740000 0a040102000b")
CODE_SECTION = 10


def add_arguments(parser):
    engines.add_arguments(parser)
    parser.add_argument("--runs", type=int, default=5, help="runs of each, of which the fastest counts (default 5)")
    parser.add_argument("--core", type=int, help="the core to run on (default: the last one)")
    parser.add_argument("--json", metavar="OUT", help="write all samples here")
    parser.add_argument("module", nargs="+", help="a WASI program in the binary format, best of 1 MB or more")


def code_bytes(path):
    """The size of the code section's contents (section 5.5.13 of the standard)."""
    with open(path, "rb") as file:
        module = file.read()
    at = 8
    while at < len(module):
        section, at = module[at], at + 1
        size = shift = 0
        while True:
            byte, at = module[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if section == CODE_SECTION:
            return size
        at += size
    raise SystemExit(f"{path}: has no code section")


def sample_all(contestants, modules, runs):
    """CPU seconds by engine and module, and what went wrong."""
    samples = {engine.name: {module: [] for module in modules} for engine in contestants}
    failures = {}
    for _ in range(runs):
        for module in modules:
            for engine in contestants:
                if (engine.name, module) in failures:
                    continue
                sample = measure.run(engine.compile(module))
                if engine.has_compiled(sample):
                    samples[engine.name][module].append(sample.cpu)
                else:
                    said = measure.last_words(sample)
                    failures[engine.name, module] = f"exit code {sample.exit_code}; it said: {said}"
    return samples, [f"{engine}: {module}: {what}" for (engine, module), what in failures.items()]


def main(arguments):
    peers = engines.peers(arguments, ("node", "wasmtime"))
    contestants = engines.risers(arguments) + [peer.tiers()[0] for peer in peers]
    circumstances = measure.begin(arguments, contestants)
    megabytes = {module: code_bytes(module) / 1e6 for module in arguments.module}
    with tempfile.TemporaryDirectory(prefix="riser-compile-") as folder:
        empty = os.path.join(folder, "empty.wasm")
        with open(empty, "wb") as file:
            file.write(EMPTY_MODULE)
        samples, failures = sample_all(contestants, [empty, *arguments.module], arguments.runs)

    best = comparison.fastest(samples)
    seconds = {
        engine: {module: max(row[module] - row.get(empty, 0), 1e-6) for module in arguments.module if module in row}
        for engine, row in best.items()
    }
    names = {module: os.path.basename(module) for module in arguments.module}
    print(f"\nCPU time less that for an empty module, minimum of {arguments.runs}, core {circumstances['core']}")
    print_by_module("milliseconds", {e: {m: s * 1e3 for m, s in row.items()} for e, row in seconds.items()}, names, 1)
    speeds = {engine: {module: megabytes[module] / row[module] for module in row} for engine, row in seconds.items()}
    sized = {module: f"{name} ({megabytes[module]:.1f} MB)" for module, name in names.items()}
    print_by_module("MB of the code section a second", speeds, sized, 1)
    measured = {
        "code_megabytes": {names[module]: size for module, size in megabytes.items()},
        "cpu_seconds": {
            engine: {names.get(module, "empty"): times for module, times in row.items()}
            for engine, row in samples.items()
        },
    }
    return comparison.finish(arguments, circumstances, contestants, measured, failures)


def print_by_module(title, values, names, digits):
    rows = comparison.transposed(values, names)
    comparison.print_table(title, {names[module]: row for module, row in rows.items()}, list(values), digits)
