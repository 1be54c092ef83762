"""The programs whose speed is measured: the kernels, and the programs beside them.

Run as a script, it prints name, argument and result of those that are no kernels: programs/build.sh compares them with
native code.
"""

import dataclasses
import os
from dataclasses import dataclass


@dataclass
class Program:
    folder: str
    name: str
    n: int
    bits: int  # of the result
    result: int | None  # the same code compiled natively gives it, too; None: any

    @property
    def path(self):
        return os.path.join(os.path.dirname(os.path.abspath(__file__)), self.folder, self.name + ".wasm")

    def accepts(self, result):
        if result is None or self.result is None:
            return result is not None
        return result % 2**self.bits == self.result % 2**self.bits

    def idle(self):
        """The same program with nothing to do: what the process and compiling take."""
        return dataclasses.replace(self, n=0, result=None)


# Arguments are chosen so that wasm3 takes 0.5-1 s.
KERNELS = (
    Program("kernels", "fib", 35, 32, 9227465),
    Program("kernels", "sieve", 150, 32, 3450000),
    Program("kernels", "matmul", 90, 64, 4658411985839727405),
    Program("kernels", "crc32", 1000, 32, 2371648556),
    Program("kernels", "mandelbrot", 1000, 32, 37940851),
    Program("kernels", "quicksort", 32, 32, 1617486128),
)

# Arguments are chosen so that V8's baseline compiler takes 0.5-0.7 s.
PROGRAMS = (
    Program("programs", "a_star", 700, 64, 2078924891282926335),
    Program("programs", "b_tree", 2800, 64, -6775763148233906426),
    Program("programs", "big_integer", 120, 64, 244240418882533388),
    Program("programs", "chess", 5, 64, -7145857585334047706),
    Program("programs", "compression", 46, 64, 6389127718463465816),
    Program("programs", "edit_distance", 120, 64, 5692953654599882403),
    Program("programs", "event_simulation", 200, 64, -8671397739126499962),
    Program("programs", "fft", 500, 64, -7161673244299946792),
    Program("programs", "format", 1700, 64, 2455390700402643775),
    Program("programs", "hash_map", 4800, 64, -1526175280322749649),
    Program("programs", "introsort", 64, 64, 7984564385551396303),
    Program("programs", "json", 64, 64, -7157820244043379229),
    Program("programs", "life", 1700, 64, -8988776404307101307),
    Program("programs", "lu", 800, 64, -3348890746557713738),
    Program("programs", "merge_sort", 32, 64, 205924114117178006),
    Program("programs", "n_body", 960, 64, 7832945876649360869),
    Program("programs", "ray_tracer", 1500, 64, 8209219179164667974),
    Program("programs", "regex", 150, 64, 8202244579978178713),
    Program("programs", "script_vm", 2000, 64, -157053662188780534),
    Program("programs", "sha256", 1000, 64, -6868276059537680144),
    Program("programs", "symbolic", 1000, 64, -2953947182514243895),
)

if __name__ == "__main__":
    for program in PROGRAMS:
        print(program.name, program.n, program.result)
