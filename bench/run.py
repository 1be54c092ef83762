#!/usr/bin/env python3
"""Measures riser, beside its peers where they are on this machine. README.md says what and how."""

import argparse
import sys

import compile_speed_bench
import compile_time_bench
import hostile_bench
import kernel_bench
import program_bench
import real_bench
import start_bench
import template_bench
import text_bench
import thread_bench


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, bench in (
        ("kernels", kernel_bench),
        ("programs", program_bench),
        ("compile-speed", compile_speed_bench),
        ("real", real_bench),
        ("start", start_bench),
        ("text", text_bench),
        ("compile-time", compile_time_bench),
        ("hostile", hostile_bench),
        ("templates", template_bench),
        ("calls", thread_bench.CALLS),
        ("instances", thread_bench.INSTANCES),
    ):
        command = commands.add_parser(name, help=bench.__doc__, description=bench.__doc__)
        bench.add_arguments(command)
        command.set_defaults(main=bench.main)
    arguments = parser.parse_args()
    return arguments.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
