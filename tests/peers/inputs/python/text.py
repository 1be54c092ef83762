"""Words, records and numbers: what scripts do most."""
import collections
import dataclasses
import decimal
import fractions
import hashlib
import json
import re
import statistics
import struct
import textwrap
import zlib

TEXT = """A module starts at once, interpreted; where it is hot, it rises. Größe, naïveté, 漢字 and 🎉 are text too.
What is interpreted at first is compiled at last, and nobody notices but the profiler."""


@dataclasses.dataclass(order=True, frozen=True)
class Word:
    count: int
    text: str


counted = collections.Counter(re.findall(r"\w+", TEXT.lower()))
words = sorted((Word(count, text) for text, count in counted.items()), reverse=True)
print(words[:5])
print(textwrap.fill(TEXT, 40))
print(json.dumps({"words": [dataclasses.asdict(word) for word in words[:3]], "pi": 3.141592653589793}, ensure_ascii=False))
print(hashlib.sha256(TEXT.encode()).hexdigest(), hashlib.md5(TEXT.encode()).hexdigest())
packed = zlib.compress(TEXT.encode() * 100, 9)
print(len(packed), zlib.crc32(packed), zlib.decompress(packed) == TEXT.encode() * 100)
print(struct.pack("<idq", -5, 2.5, 1 << 40).hex(), struct.unpack(">HhI", bytes(range(250, 258 - 2)) + b"\x01\x02"))
decimal.getcontext().prec = 50
print(decimal.Decimal(2).sqrt(), sum(fractions.Fraction(1, n) for n in range(1, 30)))
print(statistics.mean([1.5, 2.25, 9.0]), statistics.stdev([1.5, 2.25, 9.0]), 2**200 % 1_000_003, divmod(-7, 3))
print([1e300 * 1e10, -0.0, 0.1 + 0.2, float("nan"), round(2.675, 2), 7 // -2], f"{1234567.891:,.2f}|{255:#x}|{'right':>8}")
