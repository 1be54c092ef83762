"""Completion scripts and the manual page: what is made of the description of the options."""

import re
import shutil
import subprocess
import tempfile

from support import ROOT, Skip, expect, expect_in, test

COMMANDS = ("run", "inspect", "wast", "wat2wasm", "wasm2wat", "completion", "man", "help")


def need(program):
    if shutil.which(program) is None:
        raise Skip(f"{program} is not installed")


def script_of(riser, shell):
    code, out, error = riser("completion", shell)
    expect((code, error), (0, ""))
    return out


def options_of(riser, command):
    """Long and short names, as --help has them."""
    _, out, _ = riser(command, "--help")
    return re.findall(r"^  (?:-(\w), )?--([\w-]+)", out, re.MULTILINE)


def check(program, *arguments, stdin):
    """Runs another program. Returns what it prints; it must succeed, and not complain."""
    done = subprocess.run([program, *arguments], input=stdin.encode(), capture_output=True, timeout=60, check=False)
    expect((done.returncode, done.stderr.decode()), (0, ""))
    return done.stdout.decode()


@test
def every_option_is_in_every_script_and_in_the_manual(riser):
    expect(len(options_of(riser, "run")) > 10 and len(options_of(riser, "inspect")) > 3 and
           len(options_of(riser, "wast")) > 3 and len(options_of(riser, "wat2wasm")) > 2, True)
    texts = {shell: script_of(riser, shell) for shell in ("bash", "zsh", "fish")}
    _, manual, _ = riser("man")
    for command in COMMANDS:
        for text in (*texts.values(), manual):
            expect_in(command, text)
        for letter, name in options_of(riser, command):
            expect_in(f"--{name}", texts["bash"])
            expect_in(f"--{name}[", texts["zsh"])
            expect_in(f"-l {name}" + (f" -s {letter}" if letter else ""), texts["fish"])
            expect_in("\\-\\-" + name.replace("-", "\\-"), manual)


def complete_in_bash(riser, *words, cwd):
    """What bash offers for the last word."""
    script = script_of(riser, "bash") + """
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_riser riser "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, timeout=60, cwd=cwd, check=False)
    expect(done.stderr.decode(), "")
    return done.stdout.decode().split()


@test
def bash_completes(riser):
    need("bash")
    check("bash", "-n", stdin=script_of(riser, "bash"))
    with tempfile.TemporaryDirectory() as box:
        open(f"{box}/module.wasm", "w", encoding="utf-8").close()
        for line, offered in [
            (["riser", ""], [*COMMANDS, "--help", "--version"]),
            (["riser", "ru"], ["run"]),
            (["riser", "run", "--max-m"], ["--max-memory"]),
            (["riser", "run", "--memory", ""], ["adaptive", "signaling", "bounds-checking"]),
            (["riser", "run", "--memory", "=", "sig"], ["signaling"]),
            (["riser", "run", "--memory", "="], ["adaptive", "signaling", "bounds-checking"]),
            (["riser", "run", "--wasi", "std"], ["stdio-only"]),
            (["riser", "run", "-W", "ti"], ["timeout="]),
            (["riser", "run", "-W", "fuel=1,ti"], ["fuel=1,timeout="]),
            (["riser", "run", "--dir", ""], []),
            (["riser", "run", "--fuel", ""], []),
            (["riser", "run", "mod"], ["module.wasm"]),
            (["riser", "run", "--fuel", "1", "mod"], ["module.wasm"]),
            (["riser", "run", "module.wasm", "--mem"], []),
            (["riser", "inspect", "--js"], ["--json"]),
            (["riser", "inspect", "module.wasm", "--js"], ["--json"]),
            (["riser", "wast", "--mode", ""], ["eager", "lazy"]),
            (["riser", "wast", "module.wasm", "mod"], ["module.wasm"]),
            (["riser", "wat2wasm", "mod"], ["module.wasm"]),
            (["riser", "wasm2wat", "module.wasm", "-o", "mod"], ["module.wasm"]),
            (["riser", "wasm2wat", "--out"], ["--output"]),
            (["riser", "completion", ""], ["bash", "zsh", "fish"]),
            (["riser", "help", "in"], ["inspect"]),
            (["riser", "man", ""], []),
        ]:
            expect((line, complete_in_bash(riser, *line, cwd=box)), (line, offered))


@test
def zsh_takes_its_script(riser):
    need("zsh")
    script = script_of(riser, "zsh")
    expect(script.splitlines()[0], "#compdef riser")
    check("zsh", "-n", stdin=script)


@test
def fish_completes(riser):
    need("fish")
    script = script_of(riser, "fish")
    check("fish", "--no-execute", stdin=script)

    def offered(line):
        return [each.split("\t")[0] for each in check("fish", "-c", script + f"\ncomplete -C '{line}'", stdin="").splitlines()]

    expect(sorted(offered("riser ")), sorted(COMMANDS))
    expect(offered("riser run --max-m"), ["--max-memory"])
    expect(sorted(offered("riser run --memory ")), ["adaptive", "bounds-checking", "signaling"])
    expect(sorted(offered("riser completion ")), ["bash", "fish", "zsh"])


@test
def an_unknown_shell_is_refused(riser):
    for arguments in ([], ["tcsh"], ["bash", "zsh"]):
        code, out, error = riser("completion", *arguments)
        expect((code, out), (2, ""))
        expect_in("riser completion --help", error)


@test
def the_manual_page_renders(riser):
    code, page, error = riser("man")
    expect((code, error), (0, ""))
    expect_in(".TH RISER 1 ", page)
    need("groff")
    text = check("groff", "-man", "-ww", "-Tutf8", "-P-cbou", stdin=page)
    for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "EXAMPLES"):
        expect_in(f"\n{heading}\n", text)
    expect_in("--dir HOST[::GUEST]", text)
    expect_in("riser inspect --json --imports app.wasm | jq -r '.imports[].name'", text)


@test
def the_version_is_the_projects(riser):
    header = ROOT / "include" / "riser" / "version.hpp"
    version = re.search(r'RISER_VERSION "([^"]+)"', header.read_text(encoding="utf-8")).group(1)
    for option in ("--version", "-V"):
        expect(riser(option), (0, f"riser {version}\n", ""))
    expect_in(f"riser {version}", riser("man")[1])
