#!/usr/bin/env python3
"""Runs generated modules in riser and in wasmtime, and compares what they return and how they trap.

Modules of two kinds take turns: structured ones (structured.py), and those that wasm-smith makes of random bytes. riser
compared with itself, in all its configurations, cannot see what the translator gets wrong in all of them. What differs is kept
in build/peers/differences. wasmtime and wasm-tools come from PyPI. Ends with the line "N passed, N failed".
"""

import argparse
import dataclasses
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import packages
import structured

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIFFERENCES = packages.PACKAGES / "differences"
TIMEOUT = 60  # seconds, of one run
CONFIGURATIONS = [
    ["--tier", "interpreter", "--memory", "signaling", "--compile-mode", "eager"],
    ["--tier", "interpreter", "--memory", "bounds-checking", "--compile-mode", "eager"],
    ["--memory", "signaling", "--compile-mode", "lazy-validation"],
    ["--memory", "bounds-checking"],
]
# Of a tool that has the baseline tier.
NATIVE_CONFIGURATIONS = [
    ["--memory", "signaling", "--tier", "baseline"],
    ["--memory", "bounds-checking", "--tier", "baseline"],
    ["--tier-up", "1"],
    ["--tier-up", "0", "--compile-mode", "lazy-validation"],
]
PROPOSALS = "wide-arithmetic=y,function-references=y,gc=y,memory64=y,multi-memory=y,tail-call=y,extended-const=y"
# riser's own limit of tables, and one of memories: else one grows to billions of elements or to tens of terabytes, and the other does not.
MEMORY_LIMIT = f"max-memory-size={1 << 32}"
LIMITS = f"max-table-elements={1 << 24},{MEMORY_LIMIT}"
# What riser cannot run yet is left out, and so are imports. Calls end, and NaNs have the same bits everywhere.
SMITH = """--ensure-termination --fuel 200 --canonicalize-nans true --simd-enabled false --relaxed-simd-enabled false
    --gc-enabled false --exceptions-enabled false --threads-enabled false --shared-everything-threads-enabled false
    --custom-page-sizes-enabled false --custom-descriptors-enabled false --compact-imports-enabled false --max-imports 0
    --max-tags 0 --export-everything true --min-funcs 5 --allow-start-export false --wide-arithmetic-enabled true
    --tail-call-enabled true --memory64-enabled true --max-memories 3 --max-memory32-bytes 1000000
    --max-memory64-bytes 1000000 --max-table-elements 1000""".split()

# In the words of either engine.
TRAPS = {
    "division by zero": ["divide by zero"],
    "overflow": ["integer overflow"],
    "conversion": ["invalid conversion to integer"],
    "memory": ["out of bounds memory access"],
    "table": ["undefined element", "out of bounds table access"],
    "uninitialized": ["uninitialized element"],
    "type": ["indirect call type mismatch"],
    "unreachable": ["unreachable"],
    "stack": ["call stack exhausted"],
    "null": ["null reference", "null function reference"],
}


@dataclasses.dataclass
class Call:
    """One call of an export."""

    module: pathlib.Path
    export: str
    arguments: list[str]


def run(command):
    """Exit code, words of the output, errors."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=TIMEOUT)
        return done.returncode, done.stdout.split(), done.stderr
    except subprocess.TimeoutExpired:
        return None, [], f"no end after {TIMEOUT} s"


def outcome(status, results, errors):
    """What was returned, or which trap it was; None where it is neither. Of a NaN wasmtime tells no more than that it is one."""
    if status == 0:
        return ["NaN" if "nan" in word.lower() else word for word in results]
    kinds = [kind for kind, texts in TRAPS.items() if any(text in errors for text in texts)]
    return kinds[0] if kinds and "trap" in errors else None


def expected(wasmtime, call):
    return outcome(*run([wasmtime, "run", "-C", "cache=n", "-O", "opt-level=0", "-W", f"{PROPOSALS},{LIMITS}",
                         "--invoke", call.export, call.module, *call.arguments]))


def compare(engines, call):
    """How riser differs from wasmtime; None where nothing can be compared."""
    wanted = expected(engines.wasmtime, call)
    if wanted is None:
        return None
    found = []
    for configuration in engines.configurations:
        status, results, errors = run([engines.riser, "run", "--wasi", "none", "-W", MEMORY_LIMIT, *configuration, "--invoke",
                                       call.export, call.module, *call.arguments])
        if outcome(status, results, errors) != wanted:
            what = errors.strip() if status != 0 else differing(results, wanted)
            found.append(f"{' '.join(configuration)}: {what}")
    return found


def differing(results, wanted):
    if isinstance(wanted, str):
        return f"returned, where wasmtime's trap is that of {wanted}"
    for i, (result, value) in enumerate(zip(results, wanted)):
        if result != value:
            return f"result {i} is {result}, wasmtime's {value}"
    return f"{len(results)} results, wasmtime's {len(wanted)}"


def structured_calls(seed, directory):
    module = directory / f"structured-{seed}.wat"
    module.write_text(structured.module(seed))
    return [Call(module, "run", [])]


def smith_calls(engines, seed, directory):
    """Calls of some exports of a module out of random bytes."""
    chosen = random.Random(seed)
    (directory / "bytes").write_bytes(chosen.randbytes(chosen.choice((1000, 4000, 12000))))
    module = directory / f"smith-{seed}.wasm"
    options = [*SMITH, "--disallow-traps", "true"] if seed % 2 else SMITH
    subprocess.run([engines.wasm_tools, "smith", directory / "bytes", "-o", module, *options], check=True)
    status, _, errors = run([engines.riser, "inspect", module])
    if status != 0:
        sys.exit(f"riser refuses {module}: {errors}")
    described = json.loads(subprocess.run([engines.riser, "inspect", "--json", "--exports", module], check=True,
                                          capture_output=True, text=True).stdout)
    calls = []
    for export in described["exports"]:
        name = export["name"]
        if export["kind"] != "function" or not name.isprintable() or not name or name.startswith("-"):
            continue
        if set(export["params"] + export["results"]) <= set(structured.TYPES):
            arguments = [str(chosen.choice((0, 1, 3, 7, 100, 65535, 2**31 - 1))) for _ in export["params"]]
            calls.append(Call(module, name, arguments))
    return chosen.sample(calls, min(4, len(calls)))


@dataclasses.dataclass
class Engines:
    riser: pathlib.Path
    wasmtime: pathlib.Path
    wasm_tools: pathlib.Path
    configurations: list[list[str]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--riser", type=pathlib.Path, default=ROOT / "build" / "examples" / "riser",
                        help="the tool (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=300, help="how long (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="of the first module, to see it again (default: from the clock)")
    options = parser.parse_args()
    riser = options.riser.resolve()
    configurations = CONFIGURATIONS + (NATIVE_CONFIGURATIONS if packages.has_baseline(riser) else [])
    engines = Engines(riser, packages.wasmtime(), packages.wasm_tools(), configurations)
    seed = options.seed if options.seed is not None else int(time.time()) * 1000
    end = time.monotonic() + options.seconds
    passed = failed = skipped = 0
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory(prefix="riser-generated-") as name:
            directory = pathlib.Path(name)
            for call in structured_calls(seed, directory) + smith_calls(engines, seed, directory):
                differences = compare(engines, call)
                if differences is None:
                    skipped += 1
                elif not differences:
                    passed += 1
                else:
                    failed += 1
                    DIFFERENCES.mkdir(parents=True, exist_ok=True)
                    kept = shutil.copy(call.module, DIFFERENCES)
                    print(f"FAILED {kept}: {call.export}({', '.join(call.arguments)})", *differences, sep="\n  ",
                          flush=True)
        seed += 1
    print(f"{skipped} calls in which wasmtime neither returned nor trapped")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
