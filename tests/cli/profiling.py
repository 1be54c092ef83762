"""Profilers and debuggers: what they are told of native code, and what they make of it."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from support import Skip, expect, expect_in, test
from tiers import need_baseline

# Functions that are compiled one after the other, the first of which runs on.
LOOPS = """(module $guest
  (func $work (param $n i32) (result i32) (local $s i32)
    (loop $again
      (local.set $s (i32.add (local.get $s) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func $later (param $n i32) (result i32) (local $s i32)
    (loop $again
      (local.set $s (i32.xor (local.get $s) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func (export "both") (param i32)
    (drop (call $work (local.get 0)))
    (drop (call $later (local.get 0)))
    (drop (call $work (local.get 0)))))"""
FUNCTIONS = ["guest!both", "guest!later", "guest!work"]


class Profiled:
    """A run of LOOPS in a folder of its own: by the tool, or by what is told to start it."""

    def __init__(self, riser, *options, before=(), turns=1000):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        (self.path / "loops.wat").write_text(LOOPS)
        command = [*before, os.path.abspath(riser.path), "run", "--tier", "baseline", *options, "--invoke", "both", "loops.wat", str(turns)]
        process = subprocess.Popen(command, cwd=self.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.out, self.error = process.communicate(timeout=120)
        self.code = process.returncode
        self.map = pathlib.Path(f"/tmp/perf-{process.pid}.map")
        self.dump = self.path / f"jit-{process.pid}.dump"

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.map.unlink(missing_ok=True)
        self.folder.cleanup()

    def names_in_map(self):
        return sorted(re.findall(r"^[0-9a-f]+ [0-9a-f]+ (.*)$", self.map.read_text(), re.MULTILINE)) if self.map.exists() else None

    def perf(self, *arguments):
        return subprocess.run(["perf", *arguments], cwd=self.path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=120)

    def reported(self, data):
        """The functions of wasm that `perf report` shows of a file; without `both`, which hardly runs, but may be where a sample is taken."""
        return sorted(set(re.findall(r"guest!\w+", self.perf("report", "--stdio", "-i", data).stdout)) - {"guest!both"})


def need_perf():
    if not shutil.which("perf"):
        raise Skip("perf is not installed")
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["perf", "record", "-q", "-o", f"{folder}/data", "true"], capture_output=True).returncode != 0:
            raise Skip("perf may not record here")


@test
def files_are_written_for_perf(riser):
    need_baseline(riser)
    for choice, has_map, has_dump in (("perf", True, True), ("perfmap", True, False), ("jitdump", False, True)):
        with Profiled(riser, "--profile", choice) as run:
            expect((run.code, run.out, run.error), (0, "", ""))
            expect(run.names_in_map(), FUNCTIONS if has_map else None)
            expect(run.dump.exists(), has_dump)
            if has_dump:
                dump = run.dump.read_bytes()
                expect((dump[:4], [name in dump for name in (b"guest!both\0", b"guest!later\0", b"guest!work\0")]), (b"DTiJ", [True] * 3))
    with Profiled(riser) as run:
        expect((run.code, run.names_in_map(), run.dump.exists()), (0, None, False))


@test
def what_cannot_be_written_is_a_warning(riser):
    need_baseline(riser)
    limited = ("bash", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$@"', "bash")
    with Profiled(riser, "--profile", "perf", before=limited) as run:
        expect((run.code, run.out), (0, ""))
        expect(sorted(run.error.splitlines()), [f"riser: warning: {path} is not written: File too large" for path in (f"./{run.dump.name}", run.map)])


@test
def perf_report_shows_functions_of_wasm(riser):
    need_baseline(riser)
    need_perf()
    record = ("perf", "record", "-q", "-k", "mono", "-o", "data")
    # By the map; the process that perf starts has the number of the map.
    with Profiled(riser, "--profile", "perf", before=record, turns=100_000_000) as run:
        expect(run.code, 0)
        dump = next(run.path.glob("jit-*.dump"))
        run.map = pathlib.Path(f"/tmp/perf-{dump.stem.removeprefix('jit-')}.map")
        expect(run.reported("data"), ["guest!later", "guest!work"])
        expect(run.perf("inject", "--jit", "-i", "data", "-o", "injected").returncode, 0)
        expect(run.reported("injected"), ["guest!later", "guest!work"])
    # By the dump alone, where code lies as it does without a profiler.
    with Profiled(riser, "--profile", "jitdump", before=record, turns=100_000_000) as run:
        expect(run.reported("data"), [])
        expect(run.perf("inject", "--jit", "-i", "data", "-o", "injected").returncode, 0)
        expect(run.reported("injected"), ["guest!later", "guest!work"])
        expect_in("sub    $0x1", run.perf("annotate", "--stdio", "-i", "injected", "-s", "guest!later").stdout)


@test
def gdb_is_told_of_functions_of_wasm(riser):
    need_baseline(riser)
    if not shutil.which("gdb"):
        raise Skip("gdb is not installed")
    gdb = ("gdb", "-batch", "-nx", "-ex", "set breakpoint pending on", "-ex", "break 'guest!later'", "-ex", "run", "-ex", "bt", "--args")
    with Profiled(riser, "--gdb", before=gdb) as run:
        expect(re.findall(r"^#\d+ .* (guest!\w+) \(", run.out, re.MULTILINE), ["guest!later", "guest!both"])
        expect(re.search(r" main \(", run.out) is not None, True)


@test
def profiles_of_what_is_interpreted_are_refused(riser):
    need_baseline(riser)
    for option in (("--profile", "perf"), ("--gdb",)):
        code, out, error = riser("run", "--tier", "interpreter", *option, "loops.wat")
        expect((code, out), (2, ""))
        expect_in("--profile and --gdb are about native code, which --tier interpreter does not make", error)
    code, _, error = riser("run", "--profile", "vtune", "loops.wat")
    expect(code, 2)
    expect_in("--profile is to be perf|perfmap|jitdump, which 'vtune' is not", error)
