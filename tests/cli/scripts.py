"""`riser wast`: the scripts in tests/wat/scripts, each of which says on top what its last line of output is to be.

Those in the folder `wrong` have commands that fail; behind `;;!` is what must be told about the command in that line. Where the
file cannot be read as a script, that begins with the column.
"""

import pathlib
import re
import tempfile

from support import ROOT, expect, expect_in, has_baseline, test

SCRIPTS = ROOT / "tests" / "wat" / "scripts"
CONFIGURATIONS = [["--memory", memory, "--mode", mode]
                  for memory in ("adaptive", "signaling", "bounds-checking") for mode in ("eager", "lazy")]
NATIVE = [[*configuration, "--tier", "baseline"] for configuration in CONFIGURATIONS]


def failures(failed, run):
    return f"riser: {failed} of {run} commands failed; standard output says which, and why\n"


def last_line(script):
    return script.read_text(encoding="utf-8", errors="replace").split("\n")[0].removeprefix(";; ")


@test
def scripts_go_as_they_say(riser):
    scripts = sorted(SCRIPTS.glob("*.wast"))
    expect(len(scripts) > 12, True)
    for script in scripts:
        code, out, error = riser("wast", str(script))
        told = [line for line in out.splitlines() if not line.startswith("skipped: ")]
        expect((script.name, code, told, error), (script.name, 0, [last_line(script)], ""))


@test
def scripts_go_the_same_in_every_configuration(riser):
    scripts = [str(each) for each in sorted(SCRIPTS.glob("*.wast")) if ", 0 skipped" in last_line(each)]
    configurations = CONFIGURATIONS + (NATIVE if has_baseline(riser) else [])
    outputs = {riser("wast", *configuration, *scripts) for configuration in configurations}
    expect(len(outputs), 1)
    code, out, _ = outputs.pop()
    expect((code, out.count("\n")), (0, 1))


def claims(script):
    """What must be told, line by line."""
    told = []
    for number, line in enumerate(script.read_text(encoding="utf-8").split("\n"), 1):
        if ";;!" in line:
            told.append(f"{script}:{number}:{line.split(';;!')[1]}")
    return told


@test
def wrong_expectations_are_found_and_explained(riser):
    scripts = sorted((SCRIPTS / "wrong").glob("*.wast"))
    expect(len(scripts) > 3, True)
    for script in scripts:
        code, out, error = riser("wast", str(script))
        lines = out.splitlines()
        expect((script.name, code, lines[-1]), (script.name, 1, last_line(script)))
        passed, failed = map(int, re.match(r"(\d+) passed, (\d+) failed", lines[-1]).groups())
        expect((script.name, error), (script.name, failures(failed, passed + failed)))
        expected = claims(script)
        expect((script.name, len(lines) - 1), (script.name, len(expected)))
        for line, claim in zip(lines, expected):
            expect(line[:len(claim)], claim)


@test
def one_bad_script_does_not_hide_the_others(riser):
    good = str(SCRIPTS / "bare.wast")
    with tempfile.TemporaryDirectory() as box:
        missing = f"{box}/missing.wast"
        code, out, error = riser("wast", good, missing, box, good)
        unread = f"riser: cannot read {missing}: No such file or directory\nriser: cannot read {box}: Is a directory\n"
        expect((code, out, error), (1, "2 passed, 2 failed, 0 skipped\n", unread))
        bad = pathlib.Path(box) / "bad.wast"
        bad.write_text('(invoke "f")', encoding="utf-8")
        code, _, error = riser("wast", missing, str(bad))
        expect((code, error), (1, unread.splitlines()[0] + "\n" + failures(1, 1)))


@test
def a_script_may_come_from_standard_input(riser):
    expect(riser("wast", "-", stdin='(module) (assert_return (invoke "f"))'),
           (1, '-:1: assert_return: no exported function "f"\n1 passed, 1 failed, 0 skipped\n', failures(1, 2)))
    expect(riser("wast", "-", stdin=""), (0, "0 passed, 0 failed, 0 skipped\n", ""))


@test
def a_script_that_ends_its_process_is_told(riser):
    """A crash costs one script: here the process is ended by its own limit of processor time."""
    loop = '(module (func (export "f") (loop (br 0))))\n(invoke "f")'
    with tempfile.TemporaryDirectory() as box:
        file = pathlib.Path(box) / "loop.wast"
        file.write_text(loop, encoding="utf-8")
        code, out, _ = riser("wast", str(file), str(SCRIPTS / "bare.wast"), preexec_fn=limit_processor_time)
        expect(code, 1)
        expect_in(f"{file}:2: ended by signal: ", out)
        expect(out.splitlines()[-1], "1 passed, 1 failed, 0 skipped")


def limit_processor_time():
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@test
def skipped_commands_are_counted_by_reason_and_listed(riser):
    script = '(module (func (export "f") (result v128) (v128.const i64x2 0 0)))\n(invoke "f")\n(invoke "f")\n'
    summary = "skipped: 2 commands: unsupported instruction: v128.const\n1 passed, 0 failed, 2 skipped\n"
    expect(riser("wast", "-", stdin=script), (0, summary, ""))
    listed = "-:2: skipped: unsupported instruction: v128.const\n-:3: skipped: unsupported instruction: v128.const\n"
    expect(riser("wast", "--list-skips", "-", stdin=script), (0, listed + summary, ""))


@test
def names_in_reports_have_no_control_characters(riser):
    code, out, _ = riser("wast", "-", stdin='(module) (invoke "\\1b[31m")')
    expect((code, out.splitlines()[0]), (1, '-:1: action: no exported function "\\1b[31m"'))
