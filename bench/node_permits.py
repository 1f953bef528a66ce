"""Does a call cost more as contracts grow: 10 active permits beside 10,000 (100,000 in full)?

Two nodes with the same source and the same load, in turn; each call is of a contract drawn at random.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from bench import load, node_house
from bench.figures import Figure, Report, percentile, rates_compared

ROWS, CONNECTIONS, SECONDS, ROUNDS = 100_000, 16, 6.0, 5
FEW, MANY = 10, 10_000
FULL = {"many": 100_000}


def measure(many: int = MANY, seconds: float = SECONDS, rounds: int = ROUNDS) -> Report:
    with (
        node_house.house(ROWS, permits=FEW, bare=False) as small,
        node_house.house(ROWS, permits=many, bare=False) as large,
    ):
        with_few, with_many = [], []
        for _ in range(rounds):
            with_few.append(_offered(small, FEW, seconds))
            with_many.append(_offered(large, many, seconds))
        rate = rates_compared(
            "node_permits", [each.per_second for each in with_many], f"{FEW} permits", [each.per_second for each in with_few]
        )  # fmt: skip
        middle, middle_few = (
            percentile([ms for each in found for ms in each.latencies], 0.5) for found in (with_many, with_few)
        )
        lines = [
            (str(n + 1), f"{a.per_second:,.0f}", f"{b.per_second:,.0f}", f"{a.per_second / b.per_second:.3f}")
            for n, (a, b) in enumerate(zip(with_many, with_few, strict=True))
        ]
        return Report(
            "node_permits", f"{__doc__}".split("\n\n")[0], ("round", f"{many:,} permits/s", f"{FEW} permits/s", "ratio"), lines,
            [rate, Figure("node_permits.p50", middle, f"{FEW} permits", middle_few, middle_few / middle, "ms", rounds)],
        )  # fmt: skip


def _offered(house: node_house.House, permits: int, seconds: float) -> load.Load:
    def asked(connection: int) -> Iterator[bytes]:
        numbers = random.Random(connection)
        while True:
            keys = [node_house.key(numbers.randrange(house.rows))]
            yield node_house.request(numbers.randrange(permits) + 1, keys, node_house.call_key())

    return load.offered(asked, host="127.0.0.1", port=house.node.port, connections=CONNECTIONS, seconds=seconds)


if __name__ == "__main__":
    measure().show()
