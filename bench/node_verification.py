"""What does a governed verification cost beside a bare lookup: 10,000,000 keys, 16 connections, one key a call?

Ours: permit, policy, run, meter on the disk, signed receipt. The peer: the same server, index and answer, nothing else.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator

from bench import load, node_house
from bench.figures import Figure, Report, percentile, rates_compared

ROWS, CONNECTIONS, SECONDS, ROUNDS = 10_000_000, 16, 8.0, 5
WARM_SECONDS = 3.0
AIM = "Aimed at: 0.6 of the bare service's rate, and at most twice its slowest hundredth."


def measure(rows: int = ROWS, seconds: float = SECONDS, rounds: int = ROUNDS) -> Report:
    with node_house.house(rows) as house:

        def asked(connection: int) -> Iterator[bytes]:
            numbers = random.Random(connection)
            for _ in itertools.count():
                yield node_house.request(1, [node_house.key(numbers.randrange(rows))], node_house.call_key())

        def offered(port: int) -> load.Load:
            return load.offered(asked, host="127.0.0.1", port=port, connections=CONNECTIONS, seconds=seconds)

        for port in (house.bare_port, house.node.port):  # a process that has just begun is not yet one at work
            load.offered(asked, host="127.0.0.1", port=port, connections=CONNECTIONS, seconds=WARM_SECONDS)
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(offered(house.bare_port))
            ours.append(offered(house.node.port))
            for answer in (ours[-1], theirs[-1]):
                assert json.loads(answer.body)["answers"][0] in {"yes", "no"}, answer.body[:200]
        rate = rates_compared(
            "node_verification",
            [one.per_second for one in ours],
            "the bare service",
            [one.per_second for one in theirs],
        )
        slow = percentile([ms for one in ours for ms in one.latencies], 0.99)
        slow_bare = percentile([ms for one in theirs for ms in one.latencies], 0.99)
        table = [
            (str(n + 1), f"{a.per_second:,.0f}", f"{b.per_second:,.0f}", f"{a.per_second / b.per_second:.3f}")
            for n, (a, b) in enumerate(zip(ours, theirs, strict=True))
        ]
        return Report(
            "node_verification", f"{__doc__}".split("\n\n")[0], ("round", "calls/s", "bare/s", "ratio"), table,
            [rate, Figure("node_verification.p99", slow, "the bare service", slow_bare, slow_bare / slow, "ms", rounds)],
            [AIM],
        )  # fmt: skip


if __name__ == "__main__":
    measure().show()
