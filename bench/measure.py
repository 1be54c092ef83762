"""Runs one command at a time on one core and says what it cost."""

import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass


@dataclass
class Sample:
    exit_code: int
    stdout: str
    stderr: str
    user: float  # seconds of CPU time, of the process and what it waited for
    system: float
    wall: float
    peak_kib: int  # resident; never less than this Python's

    @property
    def cpu(self):
        return self.user + self.system


def pin(core=None):
    """Pins this process, and so every command it starts, to one core (the last one it may use); returns its number."""
    core = max(os.sched_getaffinity(0)) if core is None else core
    os.sched_setaffinity(0, {core})
    return core


def circumstances(core):
    """Where and when something was measured, for the JSON that is kept of it."""
    processor = platform.processor() or platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{processor}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "core": core,
        "load_average": round(os.getloadavg()[0], 2),
    }


def begin(arguments, contestants):
    """Pins this process as the arguments say, where there is something to measure; returns the circumstances."""
    if not contestants:
        print("no engine to measure")
        sys.exit(1)
    return circumstances(pin(arguments.core))


def keep(path, measured):
    """Writes what was measured as JSON."""
    with open(path, "w", encoding="utf-8") as out:
        json.dump(measured, out, indent=1)
        out.write("\n")


def processes(runs):
    """Samples of whole processes, for the JSON that is kept of them."""
    return [{"wall": sample.wall, "cpu": sample.cpu, "peak_kib": sample.peak_kib} for sample in runs]


def last_words(sample):
    """The last line of what a process wrote, to say why it failed."""
    return ((sample.stderr or sample.stdout).strip().splitlines() or ["nothing"])[-1]


def run(command, timeout=120, cwd=None):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd)
        killer = threading.Timer(timeout, process.kill)
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        killer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)  # it is reaped: Popen must not wait for it again
        out.seek(0)
        err.seek(0)
        return Sample(
            process.returncode,
            out.read().decode(errors="replace"),
            err.read().decode(errors="replace"),
            usage.ru_utime,
            usage.ru_stime,
            wall,
            usage.ru_maxrss,
        )
