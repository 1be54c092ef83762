"""Runs one command at a time on one core and says what it cost."""

import os
import subprocess
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


def run(command, timeout=120):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
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
