"""What including riser costs a translation unit."""

import os
import shutil
import tempfile

import engines
import measure

SEPARATE = "-DRISER_SEPARATE_COMPILATION"
BASELINE = "-DRISER_JIT_BASELINE"
# Source, macros, and the seconds that are accepted with GCC 12.
UNITS = (
    ("holds_instances.cpp", (), 1.5),
    ("constructs_engine.cpp", (), 10.0),
    ("constructs_engine.cpp", (BASELINE,), 25.0),
    ("holds_instances.cpp", (SEPARATE,), 1.0),
    ("constructs_engine.cpp", (SEPARATE,), 1.0),
    ("constructs_engine.cpp", (SEPARATE, BASELINE), 1.0),
    ("runs_wasi.cpp", (SEPARATE,), 1.0),
    ("reads_text.cpp", (SEPARATE,), 1.0),
)


def add_arguments(parser):
    parser.add_argument("--cxx", action="append", help="a compiler (repeatable; default: g++ and clang++-19)")
    parser.add_argument("--include", default=os.path.join(engines.ROOT, "include"), help="where riser's headers are")
    parser.add_argument("--backends", default=os.path.join(engines.ROOT, "backends"), help="and those of its backends")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, of which the fastest counts (default 3)")
    parser.add_argument("--core", type=int, help="the core to run on (default: the last one)")
    parser.add_argument("--json", metavar="OUT", help="write the seconds of each here")


def main(arguments):
    compilers = []
    for compiler in arguments.cxx or ["g++", "clang++-19"]:
        if shutil.which(compiler):
            compilers.append(compiler)
        else:
            print(f"{compiler}: not found, left out")
    core = measure.pin(arguments.core)
    kept = {**measure.circumstances(core), "seconds": []}
    failed = not compilers
    print(f"seconds of CPU time to compile at -O2 -std=c++20, minimum of {arguments.runs}, core {core}")
    with tempfile.TemporaryDirectory() as directory:
        output = os.path.join(directory, "unit.o")
        for compiler in compilers:
            for source, macros, accepted in UNITS:
                path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compile_time", source)
                includes = ["-I", arguments.include, "-I", arguments.backends]
                command = [compiler, "-std=c++20", "-O2", *includes, *macros, "-c", path, "-o", output]
                how = "separate" if SEPARATE in macros else "header-only"
                title = f"{compiler:<14}{source:<24}{how:<14}{'baseline' if BASELINE in macros else '':<10}"
                samples = []
                for _ in range(arguments.runs):
                    samples.append(measure.run(command, timeout=600))
                    if samples[-1].exit_code != 0:
                        break
                if samples[-1].exit_code == 0:
                    seconds = min(sample.cpu for sample in samples)
                    print(f"{title}{seconds:8.2f}   (accepted with GCC 12: {accepted:.1f})", flush=True)
                    kept["seconds"].append(
                        {
                            "compiler": compiler,
                            "source": source,
                            "separate": SEPARATE in macros,
                            "baseline": BASELINE in macros,
                            "seconds": seconds,
                        }
                    )
                else:
                    failed = True
                    error = next(
                        (line for line in samples[-1].stderr.splitlines() if "error" in line),
                        f"exit code {samples[-1].exit_code}",
                    )
                    print(f"{title}  failed: {error}", flush=True)
    if arguments.json:
        measure.keep(arguments.json, kept)
    return 1 if failed else 0
