"""What people at a terminal see, and outputs that cannot be written."""

import os
import pathlib
import pty
import subprocess
import tempfile

from support import HELLO, LIBRARY, expect, expect_in, test


def start(riser, *arguments, **environment):
    """Runs the tool with stderr on a terminal. Returns the process, and the terminal's other side."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([riser.path, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
                               env={**os.environ, "TERM": "xterm", **environment})
    os.close(theirs)
    return process, ours


def read_rest(terminal):
    text = b""
    try:
        while part := os.read(terminal, 4096):
            text += part
    except OSError:  # nobody has the other side open
        pass
    os.close(terminal)
    return text.decode()


@test
def a_terminal_shows_what_takes_long(riser):
    with tempfile.TemporaryDirectory() as box:
        pipe = pathlib.Path(box) / "module"
        os.mkfifo(pipe)
        process, terminal = start(riser, "run", str(pipe), "you")
        shown = b""
        while b"..." not in shown:  # the module is not there yet
            shown += os.read(terminal, 4096)
        expect(shown.decode(), f"riser: reading and compiling {pipe} ...")
        pipe.write_bytes(pathlib.Path(HELLO).read_bytes())
        out, _ = process.communicate(timeout=60)
        expect((process.returncode, out), (0, b"Hello, you!\n"))
        expect(read_rest(terminal), "\r\x1b[K")


@test
def a_terminal_shows_errors_in_color(riser):
    for environment, prefix in [({}, "\x1b[1;31mriser:\x1b[0m "), ({"NO_COLOR": "1"}, "riser: "), ({"TERM": "dumb"}, "riser: ")]:
        process, terminal = start(riser, "run", "/none", **environment)
        expect(read_rest(terminal), prefix + "cannot open /none: No such file or directory\r\n")
        process.communicate(timeout=60)
        expect(process.returncode, 1)


@test
def output_that_cannot_be_written_is_a_failure(riser):
    for arguments in (["inspect", LIBRARY], ["inspect", "--json", LIBRARY], ["wasm2wat", LIBRARY], ["run", "--invoke", "add", LIBRARY, "1", "2"],
                      ["--help"], ["--version"], ["man"], ["completion", "bash"]):
        with open("/dev/full", "w", encoding="utf-8") as full:
            expect(riser(*arguments, stdout=full),
                   (1, "", "riser: cannot write to standard output: No space left on device\n"))
    with open("/dev/full", "w", encoding="utf-8") as full:
        code, _, error = riser("inspect", "/none", stdout=full)
        expect_in("cannot open /none", error)
        expect(code, 1)
