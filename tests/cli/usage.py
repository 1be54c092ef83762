"""Command lines: what is wrong with them, and help."""

import shutil
import tempfile

from support import HELLO, expect, expect_in, test


@test
def bad_command_lines_are_told_apart(riser):
    for arguments in ([], ["run"], ["dance"], ["run", "--unknown", HELLO], ["run", "--memory", "none", HELLO],
                      ["run", "--tier", "none", HELLO], ["run", "--dir"], ["inspect"], ["inspect", HELLO, HELLO],
                      ["inspect", "--bytecode", "--json", HELLO], ["man", "x"], ["help", "dance"], ["help", "run", "man"],
                      ["run", "--fuel", "1", "--fuel", "2", HELLO], ["run", "--stats=false", HELLO], ["run", "--dir", "", HELLO],
                      ["run", "--env", "=x", HELLO], ["wast"], ["wat2wasm"], ["wasm2wat"], ["wasm2wat", HELLO, HELLO],
                      ["wasm2wat", "-o", "", HELLO], ["wasm2wat", "--no-check", HELLO],
                      ["wast", "--mode", "sometimes", HELLO], ["-x"], ["run", "-x", HELLO]):
        code, out, error = riser(*arguments)
        expect((code, out), (2, ""))
        expect_in("--help", error)


@test
def bad_command_lines_say_what_was_meant(riser):
    for arguments, message in [
        (["insepct", HELLO], "unknown command 'insepct'; did you mean 'inspect'?\nTry: riser --help\n"),
        ([], "COMMAND is missing: run, inspect, ...\nTry: riser --help\n"),
        (["dance"], "unknown command 'dance'\nTry: riser --help\n"),
        ([HELLO], f"unknown command '{HELLO}'; to run that file: riser run {HELLO}\nTry: riser --help\n"),
        (["--verson"], "unknown option '--verson'; did you mean '--version'?\nTry: riser --help\n"),
        (["run", "--dri", ".", HELLO], "unknown option '--dri'; did you mean '--dir'?\nTry: riser run --help\n"),
        (["run", "--ivnoke=f", HELLO], "unknown option '--ivnoke'; did you mean '--invoke'?\nTry: riser run --help\n"),
        (["run", "--unknown", HELLO], "unknown option '--unknown'\nTry: riser run --help\n"),
        (["inspect", HELLO, "--jsn"], "unknown option '--jsn'; did you mean '--json'?\nTry: riser inspect --help\n"),
        (["run"], "FILE is missing: the module to run\nTry: riser run --help\n"),
        (["inspect"], "FILE is missing: the module to look at\nTry: riser inspect --help\n"),
        (["wat2wasm"], "FILE is missing: the module to convert\nTry: riser wat2wasm --help\n"),
        (["wast"], "FILE is missing: the script to run\nTry: riser wast --help\n"),
        (["run", "--dir"], "HOST[::GUEST] missing\nTry: riser run --help\n"),
        (["run", "--memory", "signalling", HELLO],
         "--memory is to be adaptive|signaling|bounds-checking, which 'signalling' is not; did you mean 'signaling'?\n"),
        (["inspect", "--bytecode", "--json", HELLO], "--bytecode and --tier do not go together with --json"),
    ]:
        code, out, error = riser(*arguments)
        expect((code, out), (2, ""))
        expect_in(message, error)


@test
def help_teaches(riser):
    for arguments in (["--help"], ["-h"], ["help"]):
        code, out, error = riser(*arguments)
        expect((code, error), (0, ""))
        for part in ("Usage: riser COMMAND", "Commands:\n", "  inspect ", "Examples:\n  riser run hello.wasm you\n"):
            expect_in(part, out)
    for command in ("run", "inspect", "wast", "wat2wasm", "wasm2wat", "completion", "man", "help"):
        code, out, error = riser(command, "--help")
        expect((code, error), (0, ""))
        expect_in(f"Usage: riser {command}", out)
        expect(riser("help", command), (0, out, ""))
        expect([line for line in out.splitlines() if len(line) > 80], [])
    _, out, _ = riser("run", "--help")
    for part in ("Examples:\n", "Exit status:\n", "--timeout N[s|ms|us|ns]", "    fuel=N  "):
        expect_in(part, out)


@test
def options_may_follow_the_file_of_inspect_but_not_of_run(riser):
    code, out, _ = riser("inspect", HELLO, "--json")
    expect((code, out[0]), (0, "{"))
    expect(riser("run", HELLO, "--help"), (0, "Hello, --help!\n", ""))


@test
def a_file_may_be_called_like_a_command(riser):
    with tempfile.TemporaryDirectory() as box:
        shutil.copy(HELLO, f"{box}/inspect")
        expect(riser("run", "inspect", cwd=box)[0], 0)
        expect(riser("inspect", "inspect", cwd=box)[0], 0)


@test
def what_follows_two_dashes_is_no_option(riser):
    with tempfile.TemporaryDirectory() as box:
        shutil.copy(HELLO, f"{box}/-h.wasm")
        expect(riser("run", "--", "-h.wasm", "you", cwd=box), (0, "Hello, you!\n", ""))
        expect(riser("run", "--fuel", "1000000", "--", "-h.wasm", "--", cwd=box), (0, "Hello, --!\n", ""))
        expect(riser("run", "./-h.wasm", "--", cwd=box), (0, "Hello, --!\n", ""))
        code, out, _ = riser("inspect", "--exports", "--", "-h.wasm", cwd=box)
        expect((code, out.splitlines()[0]), (0, "exports: 2"))
    code, out, error = riser("run", "--")
    expect((code, out), (2, ""))
    expect_in("FILE is missing", error)
