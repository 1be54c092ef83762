"""Some seconds of plain Python: numbers, objects, dictionaries, strings, JSON, regular expressions."""
import collections
import json
import random
import re


def mandelbrot(size):
    steps = 0
    for y in range(size):
        for x in range(size):
            point, at, n = complex(3 * x / size - 2, 2 * y / size - 1), 0, 0
            while abs(at) < 2 and n < 50:
                at, n = at * at + point, n + 1
            steps += n
    return steps


class Tree:
    def __init__(self, key):
        self.key = key
        self.left = self.right = None

    def insert(self, key):
        at = self
        while True:
            side = "left" if key < at.key else "right"
            following = getattr(at, side)
            if following is None:
                setattr(at, side, Tree(key))
                return
            at = following

    def height(self):
        return 1 + max(side.height() if side else 0 for side in (self.left, self.right))


def primes(limit):
    flags = bytearray([1]) * limit
    for number in range(2, int(limit**0.5) + 1):
        if flags[number]:
            flags[number * number :: number] = bytes(len(flags[number * number :: number]))
    return sum(flags) - 2


generator = random.Random(7)
tree = Tree(0.5)
for _ in range(30_000):
    tree.insert(generator.random())
words = [f"w{generator.randrange(3_000)}" for _ in range(100_000)]
documents = [{"id": i, "name": f"n{i}", "values": [generator.random() for _ in range(5)]} for i in range(5_000)]
print(mandelbrot(90), tree.height(), collections.Counter(words).most_common(2))
print(len(json.dumps(json.loads(json.dumps(documents)), indent=1)))
print(len(re.findall(r"(\w)(\d+)\s\1", " ".join(words))))
print(primes(2_000_000), sum(pow(i, 3, 1009) for i in range(300_000)))
