"""What does a governed batch of 10,000 keys cost beside a raw join of the same keys in Arrow and in DuckDB?

Ours: one HTTP call of 10,000 keys, read, judged, looked up among 10,000,000, metered on the disk, receipted, written as JSON.
The peers: the same keys as a table in memory, joined with the source in memory; nothing is read, judged, kept or written.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from bench import load, node_house
from bench.figures import Figure, Report, rates_compared

ROWS, KEYS, SECONDS, ROUNDS = 10_000_000, 10_000, 6.0, 3
KEYS_PER_SECOND = 200_000


def measure(rows: int = ROWS, seconds: float = SECONDS, rounds: int = ROUNDS) -> Report:
    with node_house.house(rows, bare=False) as house:
        table = pq.read_table(house.source)
        ours, arrow, duck = [], [], []
        for _ in range(rounds):
            arrow.append(KEYS * _per_second(lambda: _joined_by_arrow(table, rows), seconds))
            duck.append(KEYS * _per_second(lambda: _joined_by_duckdb(table, rows), seconds))
            answered = load.offered(
                lambda connection: _batches(connection, rows), host="127.0.0.1", port=house.node.port, connections=2, seconds=seconds
            )  # fmt: skip
            assert len(json.loads(answered.body)["answers"]) == KEYS
            ours.append(KEYS * answered.per_second)
        lines = [
            (str(n + 1), *(f"{rate:,.0f}" for rate in rates), f"{rates[0] / max(rates[1:]):.3f}")
            for n, rates in enumerate(zip(ours, arrow, duck, strict=True))
        ]
        quicker = [max(pair) for pair in zip(arrow, duck, strict=True)]
        rate = rates_compared("node_batch", ours, "Arrow or DuckDB join, the quicker", quicker, "keys/s")
        reach = Figure("node_batch.reach", rate.ours, "200,000 keys a second", KEYS_PER_SECOND, rate.ours / KEYS_PER_SECOND, "keys/s", rounds)  # fmt: skip
        return Report(
            "node_batch", f"{__doc__}".split("\n\n")[0], ("round", "keys/s", "Arrow", "DuckDB", "ratio"), lines, [rate, reach]
        )  # fmt: skip


def _keys(numbers: random.Random, rows: int) -> list[str]:
    return [node_house.key(numbers.randrange(rows)) for _ in range(KEYS)]


def _batches(connection: int, rows: int) -> Iterator[bytes]:
    numbers = random.Random(connection)
    while True:
        yield node_house.request(1, _keys(numbers, rows), node_house.call_key(), batch=True)


def _per_second(work: object, seconds: float) -> float:
    took, count = 0.0, 0
    while took < seconds:
        took += work()  # type: ignore[operator]
        count += 1
    return count / took


def _joined_by_arrow(table: pa.Table, rows: int) -> float:
    asked = pa.table({"id": _keys(random.Random(), rows)})
    began = time.perf_counter()
    assert asked.join(table, "id", join_type="left outer").num_rows == KEYS
    return time.perf_counter() - began


def _joined_by_duckdb(table: pa.Table, rows: int) -> float:
    asked = pa.table({"id": _keys(random.Random(), rows)})
    with duckdb.connect() as connection:
        connection.register("asked", asked)
        connection.register("source", table)
        began = time.perf_counter()
        found = connection.execute("SELECT id, arrears FROM asked LEFT JOIN source USING (id)").fetch_arrow_table()
        assert found.num_rows == KEYS
        return time.perf_counter() - began


if __name__ == "__main__":
    measure().show()
