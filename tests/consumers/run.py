#!/usr/bin/env python3
"""Builds and runs small projects that use riser as a user's would: one for each way to get it.

Two consumers are built at a time on two processors. Ends with the line "N passed, N failed, N skipped".
"""

import argparse
import concurrent.futures
import filecmp
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VERSION = subprocess.run([ROOT / "packages" / "version.py", ROOT / "include" / "riser" / "version.hpp"], check=True,
                         stdout=subprocess.PIPE, text=True).stdout.strip()
GUESTS = ROOT / "examples" / "guests"
OUTPUT = "Hello from wasm! fib(20) = 6765\nHello, consumer!\n\nanswer = 42\n"
NATIVE_OUTPUT = "fib(20) = 6765\nbaseline: 1 functions\n"
XBYAK = pathlib.Path("/usr/include/xbyak/xbyak.h")
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
# Unoptimised: what is tested is how riser gets into a program.
PLAIN = ["-std=c++20", "-O0"]

CONSUMERS = []


def consumer(function):
    CONSUMERS.append(function)
    return function


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


class Workshop:
    """The folder of one consumer, and the log of what is done in it."""

    def __init__(self, options, name):
        self.options = options
        self.folder = options.work / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.log = []

    def run(self, *command, env=None, cwd=None):
        """Runs a command in the folder; it must succeed. Returns its standard output."""
        code, out = self.attempt(*command, env=env, cwd=cwd)
        if code != 0:
            raise Failed(f"exit code {code}")
        return out

    def attempt(self, *command, env=None, cwd=None):
        command = [str(part) for part in command]
        if "/" not in command[0] and not shutil.which(command[0]):
            raise Skipped(f"there is no {command[0]}")
        self.log.append("$ " + " ".join(command))
        done = subprocess.run(command, cwd=cwd or self.folder, env={**os.environ, "CXX": self.options.compiler, **(env or {})},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
        self.log += [done.stdout, done.stderr]
        return done.returncode, done.stdout

    def report(self, failure):
        log = "\n".join(text.rstrip() for text in self.log if text)
        return f"FAILED: {failure}\n{log}\nIts folder: {self.folder}"

    def add_sources(self, project=None):
        """Puts the sources that all share, and a project's own files, into the folder."""
        for file in [*HERE.glob("*.[ch]pp"), *((HERE / project).iterdir() if project else [])]:
            shutil.copy(file, self.folder)

    def compile(self, *flags, sources=("app.cpp", "program.cpp")):
        """Compiles the program by hand."""
        self.run(self.options.compiler, *PLAIN, *WARNINGS, *sources, *flags, "-o", "app")

    def expect_output(self, program="app", expected=OUTPUT):
        out = self.run(self.folder / program, GUESTS)
        if out != expected:
            raise Failed(f"{out!r} is not {expected!r}")


def install(work):
    """Installs riser with meson, without the tool. Returns where."""
    prefix = work.folder / "prefix"
    work.run("meson", "setup", "build", ROOT, f"--prefix={prefix}", "-Dtool=false", "-Dtests=false")
    work.run("meson", "install", "-C", "build")
    return prefix


def files_below(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


@consumer
def meson_with_the_installed_package(work):
    work.add_sources("meson")
    work.run("meson", "setup", "build", "-Doptimization=0",
             env={"PKG_CONFIG_PATH": str(work.options.installed / "share" / "pkgconfig")})
    work.run("meson", "compile", "-C", "build")
    work.expect_output("build/app")


def add_subproject(work):
    """The wrap clones a repository that has nothing but what a subproject needs."""
    repository = work.folder / "riser.git"
    for name in ("include", "backends", "packages"):
        shutil.copytree(ROOT / name, repository / name)
    for name in ("meson.build", "meson_options.txt"):
        shutil.copy(ROOT / name, repository)
    work.run("git", "init", "-q", cwd=repository)
    work.run("git", "add", ".", cwd=repository)
    work.run("git", "-c", "user.name=test", "-c", "user.email=test", "commit", "-q", "-m", "riser", cwd=repository)

    lines = (ROOT / "packages" / "riser.wrap").read_text().splitlines()
    (work.folder / "subprojects").mkdir()
    (work.folder / "subprojects" / "riser.wrap").write_text(
        "\n".join(f"url = {repository}" if line.startswith("url") else line for line in lines))


@consumer
def meson_with_a_subproject(work):
    work.add_sources("meson")
    add_subproject(work)
    work.run("meson", "setup", "build", "-Doptimization=0", env={"PKG_CONFIG_LIBDIR": "/nowhere"})
    work.run("meson", "compile", "-C", "build")
    work.expect_output("build/app")


@consumer
def pkg_config(work):
    work.add_sources()
    env = {"PKG_CONFIG_PATH": str(work.options.installed / "share" / "pkgconfig")}
    if (version := work.run("pkg-config", "--modversion", "riser", env=env).strip()) != VERSION:
        raise Failed(f"riser.pc says version {version}, the header {VERSION}")
    flags = work.run("pkg-config", "--cflags", "--libs", "riser", env=env)
    work.compile(*flags.split())
    work.expect_output()


@consumer
def cmake_with_the_installed_package(work):
    """The installation was moved since: the package finds its headers from where it is."""
    work.add_sources("cmake")
    shutil.copytree(work.options.installed, work.folder / "moved")
    work.run("cmake", "-S", ".", "-B", "build", "-DCMAKE_PREFIX_PATH=" + str(work.folder / "moved"), f"-DRISER_WANTED={VERSION}")
    if "/moved/include" not in (work.folder / "build" / "CMakeFiles" / "app.dir" / "flags.make").read_text():
        raise Failed("the headers were not found where the installation is now")
    work.run("cmake", "--build", "build")
    work.expect_output("build/app")


@consumer
def cmake_refuses_an_incompatible_version(work):
    work.add_sources("cmake")
    major, minor, patch = map(int, VERSION.split("."))
    cases = {VERSION: True, f"{major}.{minor}": True, f"{major}.{minor}.{patch + 1}": False, f"{major}.{minor + 1}": False,
             f"{major + 1}": False, f"{major}.{max(minor - 1, 0)}": major > 0}
    for wanted, is_compatible in cases.items():
        code, _ = work.attempt("cmake", "-S", ".", "-B", "build-" + wanted, f"-DRISER_WANTED={wanted}",
                               f"-DCMAKE_PREFIX_PATH={work.options.installed}")
        if (code == 0) != is_compatible:
            raise Failed(f"asked for version {wanted}: exit code {code}")


@consumer
def cmake_installs_what_meson_installs(work):
    """All but riser.pc, to the same places, so that the other consumers test this installation, too."""
    by_meson = work.options.installed
    by_cmake = work.folder / "prefix"
    work.run("cmake", "-S", ROOT, "-B", "build", f"-DCMAKE_INSTALL_PREFIX={by_cmake}")
    work.run("cmake", "--install", "build")
    expected = {path for path in files_below(by_meson) if path.suffix != ".pc"}
    actual = files_below(by_cmake)
    different = sorted(map(str, expected ^ actual))
    different += filecmp.cmpfiles(by_meson, by_cmake, map(str, expected & actual), shallow=False)[1]
    missing = {pathlib.Path("include") / path for path in files_below(ROOT / "include")} - actual
    work.log += different
    if different or missing:
        raise Failed(f"{len(different)} files are different, {len(missing)} are missing")


@consumer
def fetch_content(work):
    work.add_sources("fetch_content")
    work.run("cmake", "-S", ".", "-B", "build", f"-DRISER_FOLDER={ROOT}")
    work.run("cmake", "--build", "build")
    work.expect_output("build/app")


@consumer
def include_path_alone(work):
    work.add_sources()
    work.compile("-I", ROOT / "include")
    work.expect_output()


@consumer
def separate_compilation(work):
    work.add_sources()
    work.run(work.options.compiler, *PLAIN, *WARNINGS, "-I", ROOT / "include", "-c", "engine.cpp")
    work.compile("engine.o", "-DRISER_SEPARATE_COMPILATION", "-I", ROOT / "include")
    work.expect_output()


@consumer
def separate_compilation_of_one_policy(work):
    """An engine without guard pages is all that is compiled: nothing of it handles signals."""
    work.run(work.options.compiler, *PLAIN, *WARNINGS, "-I", ROOT / "include", "-DRISER_BOUNDS_CHECKING",
             "-include", "riser/source.hpp", "-x", "c++", "-c", "/dev/null", "-o", "engine.o")
    if "sigaction" in work.run("nm", "-u", "engine.o"):
        raise Failed("an engine that checks bounds refers to sigaction")
    (work.folder / "checked.cpp").write_text("""\
#include <riser/riser.hpp>
#include <cstdio>
int main() {
    const riser::basic_engine<riser::memory_policy::bounds_checking> engine;
    riser::store store(engine);
    const auto memory = riser::memory::create(store, {.limits = {.min = 1, .max = 1}});
    std::puts(memory.is_guarded() ? "guarded" : "checked");
}
""")
    work.compile("engine.o", "-DRISER_SEPARATE_COMPILATION", "-I", ROOT / "include", sources=["checked.cpp"])
    if (out := work.run("./app")) != "checked\n":
        raise Failed(f"it printed {out!r}")


@consumer
def without_exceptions_and_rtti(work):
    work.add_sources()
    work.compile("-fno-exceptions", "-fno-rtti", "-I", ROOT / "include")
    work.expect_output()


def amalgamate(work):
    """Writes the header as riser/riser.hpp. Nothing else of riser is in the folder."""
    header = work.folder / "riser" / "riser.hpp"
    work.run(ROOT / "dev", "amalgamate", header)
    return header


@consumer
def amalgamated(work):
    """Two translation units, each of which includes the header more than once."""
    header = amalgamate(work)
    again = work.folder / "again.hpp"
    work.run(ROOT / "dev", "amalgamate", "again.hpp", env={"PYTHONHASHSEED": "1"})
    if header.read_bytes() != again.read_bytes():
        raise Failed("the amalgamation is not the same each time")
    text = header.read_text(encoding="utf-8")
    if not text.startswith(f"// riser {VERSION},") or "// MIT License" not in text.partition("#")[0]:
        raise Failed("the amalgamation does not begin with version and license")
    if found := re.search(r'^\s*#\s*include\s*".*', text, re.MULTILINE):
        raise Failed(f"the amalgamation includes {found[0]}")
    work.add_sources()
    work.compile("-I.")
    work.expect_output()


@consumer
def amalgamated_and_compiled_separately(work):
    amalgamate(work)
    work.add_sources()
    work.run(work.options.compiler, *PLAIN, *WARNINGS, "-I.", "-DRISER_SOURCE", "-DRISER_WASI", "-DRISER_WAT",
             "-x", "c++", "-c", "riser/riser.hpp", "-o", "engine.o")
    work.compile("engine.o", "-I.", "-DRISER_SEPARATE_COMPILATION")
    work.expect_output()


@consumer
def amalgamation_refuses_what_it_cannot_put_in_place(work):
    for name in ("include", "backends", "packages"):
        shutil.copytree(ROOT / name, work.folder / name)
    shutil.copy(ROOT / "LICENSE", work.folder)
    header = work.folder / "include" / "riser" / "limits.hpp"
    text = header.read_text()
    for line, named in {
        '#include "fwd.hpp"': 'riser/limits.hpp: the amalgamation cannot follow #include "fwd.hpp"',
        '#if defined(A)\n#include "riser/memory_policy/signaling.hpp"\n#endif':
            "riser/memory_policy/adaptive.hpp: the amalgamation has no place for riser/memory_policy/signaling.hpp",
    }.items():
        header.write_text(f"{text}\n{line}\n")
        code, _ = work.attempt(sys.executable, "packages/amalgamate.py", "out.hpp")
        if code != 1 or named not in work.log[-1] or (work.folder / "out.hpp").exists():
            raise Failed(f"{line}: exit code {code}")


def need_xbyak():
    if not XBYAK.exists():
        raise Skipped(f"there is no {XBYAK}")


@consumer
def backend_by_a_meson_option(work):
    need_xbyak()
    work.add_sources("meson")
    add_subproject(work)
    work.run("meson", "setup", "build", "-Doptimization=0", "-Dnative=true", "-Driser:jit=baseline",
             env={"PKG_CONFIG_LIBDIR": "/nowhere"})
    work.run("meson", "compile", "-C", "build")
    work.expect_output("build/app", NATIVE_OUTPUT)


@consumer
def backend_by_pkg_config(work):
    need_xbyak()
    work.add_sources()
    system = work.run("pkg-config", "--variable=pc_path", "pkg-config").strip()
    env = {"PKG_CONFIG_PATH": f"{work.options.installed / 'share' / 'pkgconfig'}:{system}"}
    flags = work.run("pkg-config", "--cflags", "--libs", "riser-baseline", env=env)
    work.compile(*flags.split(), sources=["native.cpp"])
    work.expect_output(expected=NATIVE_OUTPUT)


@consumer
def backend_as_a_cmake_component(work):
    need_xbyak()
    work.add_sources("cmake")
    prefix = f"-DCMAKE_PREFIX_PATH={work.options.installed}"
    work.run("cmake", "-S", ".", "-B", "build", prefix, "-DCOMPONENT=baseline", "-DSOURCES=native.cpp")
    work.run("cmake", "--build", "build")
    work.expect_output("build/app", NATIVE_OUTPUT)
    for refused, reason in {("-DCOMPONENT=optimal",): "riser has no component optimal",
                            ("-DCOMPONENT=baseline", "-DCMAKE_DISABLE_FIND_PACKAGE_xbyak=TRUE"): "needs xbyak"}.items():
        code, _ = work.attempt("cmake", "-S", ".", "-B", "refused", prefix, *refused)
        if code == 0 or reason not in work.log[-1]:
            raise Failed(f"{refused}: exit code {code}")
        shutil.rmtree(work.folder / "refused")


@consumer
def backend_by_a_cmake_option(work):
    need_xbyak()
    work.add_sources("fetch_content")
    work.run("cmake", "-S", ".", "-B", "build", f"-DRISER_FOLDER={ROOT}", "-DRISER_JIT=baseline", "-DSOURCES=native.cpp")
    work.run("cmake", "--build", "build")
    work.expect_output("build/app", NATIVE_OUTPUT)
    code, _ = work.attempt("cmake", "-S", ".", "-B", "refused", f"-DRISER_FOLDER={ROOT}", "-DRISER_JIT=fast")
    if code == 0 or "it can be none or baseline" not in work.log[-1]:
        raise Failed(f"RISER_JIT=fast: exit code {code}")


@consumer
def backend_compiled_separately(work):
    """Whoever uses it needs the macro, no include directory of the backend, and does not link without the macro."""
    need_xbyak()
    work.add_sources()
    separate = ["-DRISER_SEPARATE_COMPILATION", "-I", ROOT / "include"]
    work.run(work.options.compiler, *PLAIN, *WARNINGS, "-I", ROOT / "include", "-I", ROOT / "backends", "-DRISER_JIT_BASELINE",
             "-c", "engine.cpp")
    work.compile("engine.o", "-DRISER_JIT_BASELINE", *separate, sources=["native.cpp"])
    work.expect_output(expected=NATIVE_OUTPUT)
    code, _ = work.attempt(work.options.compiler, *PLAIN, "native.cpp", "engine.o", *separate, "-o", "mixed")
    if code == 0:
        raise Failed("a translation unit without the macro links with an engine of another type")


@consumer
def backend_amalgamated(work):
    """It brings the backend, and the macro alone asks for it; xbyak stays outside."""
    need_xbyak()
    header = amalgamate(work)
    if "#include <xbyak/xbyak.h>" not in header.read_text(encoding="utf-8"):
        raise Failed("the amalgamation has no backend")
    work.add_sources()
    work.compile("-I.", "-DRISER_JIT_BASELINE", sources=["native.cpp"])
    work.expect_output(expected=NATIVE_OUTPUT)


def hello_from_the_amalgamation(work, compiler):
    amalgamate(work)
    shutil.copy(ROOT / "examples" / "hello.cpp", work.folder)
    (work.folder / "examples").mkdir()
    shutil.copytree(GUESTS, work.folder / "examples" / "guests")
    # clang compiles an engine that keeps constant stack only where it optimises.
    work.run(compiler, "-std=c++20", "-O1", *WARNINGS, "-I.", "hello.cpp", "-o", "hello")
    out = work.run("./hello")
    if out != "Hello from wasm!\nfib(30) = 832040\n":
        raise Failed(f"it printed {out!r}")


@consumer
def hello_amalgamated(work):
    hello_from_the_amalgamation(work, work.options.compiler)


@consumer
def hello_amalgamated_with_clang(work):
    clang = shutil.which("clang++-19") or shutil.which("clang++")
    if not clang:
        raise Skipped("there is no clang++-19 and no clang++")
    hello_from_the_amalgamation(work, clang)


@consumer
def conan(work):
    program = shutil.which(work.options.conan)
    if not program:
        raise Skipped("there is no conan: `./dev test` installs it into build/conan")
    program = os.path.abspath(program)
    work.add_sources("cmake")
    work.add_sources("conan")
    env = {"CONAN_HOME": str(work.folder / "home")}
    work.run(program, "profile", "detect", env=env)
    create = [program, "create", ROOT, "--test-folder", work.folder, "--no-remote", "-s", "compiler.cppstd=20",
              "-s", "build_type=Debug", "-c", f"user.riser:guests={GUESTS}"]
    work.run(*create, env=env)
    need_xbyak()
    shutil.copytree(HERE / "conan_xbyak", work.folder / "xbyak")
    shutil.copytree(XBYAK.parent, work.folder / "xbyak" / "xbyak")
    work.run(program, "create", work.folder / "xbyak", "--no-remote", env=env)  # in place of ConanCenter's
    work.run(*create, "-o", "riser/*:jit=baseline", env=env)


@consumer
def installed_tool(work):
    """What is installed from a build folder that is compiled: the tool, and the rest beside it."""
    build = work.options.build
    if not build:
        raise Skipped("no --build FOLDER was given, of a build that has the tool")
    work.run("meson", "install", "-C", build, "--no-rebuild", "--destdir", work.folder)
    programs = [path for path in work.folder.rglob("bin/*")]
    if [path.name for path in programs] != ["riser"]:
        raise Failed(f"installed programs: {programs}")
    if work.run(programs[0], "run", GUESTS / "hello.wasm", "consumer") != "Hello, consumer!\n":
        raise Failed("the tool does not run a program")
    prefix = programs[0].parents[1]
    missing = files_below(work.options.installed) - files_below(prefix)
    if missing:
        raise Failed(f"not installed beside the tool: {sorted(map(str, missing))}")


def attempt(function, options):
    """Returns what happened, and the lines to print."""
    name = function.__name__.replace("_", " ")
    work = Workshop(options, function.__name__)
    start = time.monotonic()
    try:
        function(work)
    except Skipped as reason:
        return "skipped", f"skipped: {name}: {reason}"
    except Exception as failure:  # whatever it is, the others run
        return "failed", work.report(f"{name}: {type(failure).__name__}: {failure}")
    shutil.rmtree(work.folder)
    return "passed", f"passed: {name} ({time.monotonic() - start:.0f} s)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("consumers", nargs="*", metavar="CONSUMER", help="what to try (default: all)")
    parser.add_argument("--compiler", default="g++", help="the C++ compiler (default: %(default)s)")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "consumers",
                        help="a folder to work in (default: %(default)s)")
    parser.add_argument("--build", type=pathlib.Path, help="a compiled build folder, for the installed tool")
    parser.add_argument("--conan", default="conan", help="Conan 2 (default: the one on the path)")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.build = options.build and options.build.resolve()
    known = {function.__name__: function for function in CONSUMERS}
    if unknown := [name for name in options.consumers if name not in known]:
        parser.error(f"no consumer is called {', '.join(unknown)}; there are {', '.join(known)}")
    installation = Workshop(options, "installation")
    try:
        options.installed = install(installation)
    except Exception as failure:  # the consumers have nothing to use
        print(installation.report(f"installing riser: {failure}"), "0 passed, 1 failed", sep="\n")
        return 1

    counts = {"passed": 0, "failed": 0, "skipped": 0}
    chosen = [known[name] for name in options.consumers] or CONSUMERS
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in concurrent.futures.as_completed([pool.submit(attempt, function, options) for function in chosen]):
            result, text = done.result()
            counts[result] += 1
            print(text, flush=True)
    print(", ".join(f"{count} {result}" for result, count in counts.items()))
    return counts["failed"] != 0


if __name__ == "__main__":
    sys.exit(main())
