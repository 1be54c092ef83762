"""How fast modules are printed as text and read back: whole processes, riser beside wasm-tools."""

import os
import tempfile

import engines
import measure

PEER = "wasm-tools"
ACCEPTED = 1.5  # times the peer's time
DIRECTIONS = ("print", "parse")


def add_arguments(parser):
    engines.add_arguments(parser)
    parser.add_argument("--runs", type=int, default=3, help="runs of each, of which the fastest counts (default 3)")
    parser.add_argument("--core", type=int, help="the core to run on (default: the last one)")
    parser.add_argument("--json", metavar="OUT", help="write all samples here")
    parser.add_argument("module", help="a module in the binary format, best of 10 MB or more")


def command(engine, direction, source, target):
    """Neither validates."""
    if engine.kind == PEER:
        return [engine.path, direction, source, "-o", target]
    words = ["wasm2wat"] if direction == "print" else ["wat2wasm", "--no-check"]
    return [engine.path, *words, source, "-o", target]


def sample_all(contestants, module, runs, folder):
    """All parse the text that the first of them prints, and must make the same binary of it."""
    samples = {(engine.name, direction): [] for engine in contestants for direction in DIRECTIONS}
    failures = {}
    text = os.path.join(folder, "0.wat")
    for _ in range(runs):
        for direction in DIRECTIONS:
            for number, engine in enumerate(contestants):
                if engine.name in failures:
                    continue
                sources = (module, os.path.join(folder, f"{number}.wat"))
                if direction == "parse":
                    sources = (text, os.path.join(folder, f"{number}.wasm"))
                sample = measure.run(command(engine, direction, *sources))
                samples[engine.name, direction].append(sample)
                if sample.exit_code != 0:
                    said = sample.stderr.strip().splitlines()[:1] or ["nothing"]
                    failures[engine.name] = f"{direction}: exit code {sample.exit_code}; it said: {said[0]}"
    binaries = {}
    for number, engine in enumerate(contestants):
        if engine.name not in failures:
            with open(os.path.join(folder, f"{number}.wasm"), "rb") as made:
                binaries[engine.name] = made.read()
    for name, made in binaries.items():
        if made != next(iter(binaries.values())):
            failures[name] = f"parse: made another binary than {next(iter(binaries))}"
    return samples, failures, os.path.getsize(text) if os.path.exists(text) else 0


def report(risers, peers, cpu, samples):
    width = max(len(f"{name} {direction}") for name, direction in samples)
    print(" " * width + f"{'CPU s':>10}{'user s':>10}{'peak MiB':>12}")
    for (name, direction), runs in samples.items():
        if (name, direction) in cpu:
            user = min(sample.user for sample in runs)
            peak = min(sample.peak_kib for sample in runs) / 1024
            print(f"{name + ' ' + direction:<{width}}{cpu[name, direction]:>10.2f}{user:>10.2f}{peak:>12.1f}")
    for riser in risers:
        for peer in peers:
            for direction in DIRECTIONS:
                pair = (riser.name, direction), (peer.name, direction)
                if all(each in cpu for each in pair):
                    print(f"{riser.name} / {peer.name} {direction}: {cpu[pair[0]] / cpu[pair[1]]:.2f} (accepted: {ACCEPTED:.1f})")


def main(arguments):
    risers = engines.risers(arguments)
    peers = engines.peers(arguments, (PEER,))
    contestants = [*risers, *peers]
    if not contestants:
        print("nothing to measure")
        return 1
    core = measure.pin(arguments.core)
    circumstances = measure.circumstances(core)
    with tempfile.TemporaryDirectory(prefix="riser-text-") as folder:
        samples, failures, text_bytes = sample_all(contestants, arguments.module, arguments.runs, folder)
    good = {key: runs for key, runs in samples.items() if key[0] not in failures}
    cpu = {key: min(sample.cpu for sample in runs) for key, runs in good.items()}
    print(f"\nstart to end of the process, minimum of {arguments.runs}, core {core}; a text of {text_bytes} bytes")
    report(risers, peers, cpu, samples)
    if arguments.json:
        measure.keep(
            arguments.json,
            {
                **circumstances,
                "versions": {engine.name: engine.version() for engine in contestants},
                "module": os.path.basename(arguments.module),
                "module_bytes": os.path.getsize(arguments.module),
                "text_bytes": text_bytes,
                "samples": {" ".join(key): measure.processes(runs) for key, runs in good.items()},
            },
        )
    for name, failure in failures.items():
        print(f"{name}: {failure}")
    return 1 if failures else 0
