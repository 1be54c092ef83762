"""Loops, generators, closures, classes and exceptions."""
import functools
import heapq
import itertools
import random
import sys


def primes():
    composites = {}
    for number in itertools.count(2):
        factors = composites.pop(number, None)
        if factors is None:
            yield number
            composites[number * number] = [number]
        else:
            for factor in factors:
                composites.setdefault(number + factor, []).append(factor)


def partitions(total):
    ways = [1] + [0] * total
    for part in range(1, total + 1):
        for rest in range(part, total + 1):
            ways[rest] += ways[rest - part]
    return ways[total]


@functools.lru_cache(maxsize=None)
def collatz(number):
    return 0 if number == 1 else 1 + collatz(number // 2 if number % 2 == 0 else 3 * number + 1)


def queens(size):
    def place(row, columns, rising, falling):
        if row == size:
            return 1
        return sum(
            place(row + 1, columns | {column}, rising | {row + column}, falling | {row - column})
            for column in range(size)
            if column not in columns and row + column not in rising and row - column not in falling
        )

    return place(0, frozenset(), frozenset(), frozenset())


class Matrix:
    def __init__(self, rows):
        self.rows = [list(row) for row in rows]

    def __matmul__(self, other):
        return Matrix([[sum(a * b for a, b in zip(row, column)) for column in zip(*other.rows)] for row in self.rows])

    def __repr__(self):
        return f"Matrix({self.rows})"


print(list(itertools.islice(primes(), 20)), next(itertools.dropwhile(lambda prime: prime < 20_000, primes())))
print(partitions(200), [collatz(number) for number in range(1, 9)], queens(6))
print(functools.reduce(lambda a, b: a @ b, [Matrix([[1, 1], [1, 0]])] * 90))
generator = random.Random(12345)
heap = [generator.randrange(10**6) for _ in range(2000)]
heapq.heapify(heap)
print([heapq.heappop(heap) for _ in range(5)], generator.random(), generator.gauss(0, 1))


def recurse(depth):
    return 1 + recurse(depth + 1)


try:
    recurse(0)
except RecursionError as error:
    print(type(error).__name__)
try:
    try:
        {}["missing"]
    except KeyError as error:
        raise ValueError("wrapped") from error
except* ValueError as group:
    print(repr(group.exceptions), repr(group.exceptions[0].__cause__))
match {"kind": "point", "at": [3, 4]}:
    case {"kind": "point", "at": [x, y]}:
        print("point", (x * x + y * y) ** 0.5)
sys.exit(3)
