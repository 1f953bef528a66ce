"""What does reading through Delta Sharing cost beside reading the same Parquet file directly with pyarrow?

Ours: the official client's query (permit, meter, receipt), signed links and the reading of every part over HTTP into
Pandas. The peer: pyarrow on the file, into Pandas the same way.
"""

from __future__ import annotations

import re
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import delta_sharing
import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

from bench.figures import Report, rates_compared
from tests.node.processes import NodeProcess, exchange_over_http
from tests.node.world import TOKEN, FakeExchange, dataset_permit
from tongqu.client.calls import Node, Permit
from tongqu.client.receipts import ReceiptBook

ROWS, ROUNDS = 4_000_000, 3


def measure(rows: int = ROWS, rounds: int = ROUNDS) -> Report:
    with tempfile.TemporaryDirectory(prefix="tongqu-bench-delta-") as name:
        folder = Path(name)
        write_source(folder / "credit.parquet", rows)
        exchange = FakeExchange(lambda: datetime.now(UTC))
        with exchange_over_http(exchange) as url:
            node = NodeProcess(folder, url)
            text = re.sub(r"\[\[sources.questions\]\].*", "", node.config.read_text("utf-8"), flags=re.DOTALL)
            text = text.replace('modes = ["verification", "dataset"]', 'modes = ["dataset"]').replace(
                'key = "id"\n', ""
            )
            text = text.replace('kind = "csv"', 'kind = "parquet"').replace("credit.csv", "credit.parquet")
            node.config.write_text(text, "utf-8")
            node.enrol()
            node.start()
            try:
                return _measured(node, exchange, folder, rows, rounds)
            finally:
                node.kill()


def _measured(node: NodeProcess, exchange: FakeExchange, folder: Path, rows: int, rounds: int) -> Report:
    node.wait_until(lambda: "credit" in exchange.sources)
    version, now, heard = exchange.sources["credit"].source_version, datetime.now(UTC), len(exchange.requests)
    period: dict[str, Any] = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=1)}
    exchange.issue(dataset_permit(version, calls_max=10_000, **period))
    node.wait_until(lambda: len(exchange.requests) > heard + 2)
    held = Permit("permit-2", "contract-2", "node-1", node.url, b"", TOKEN, None, ("信贷审批",))
    Node(held, ReceiptBook(folder / "receipts.jsonl")).write_profile(folder / "buyer.share")
    ours, theirs = [], []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        direct = pa.dataset.dataset(folder / "credit.parquet").to_table().to_pandas(
            date_as_object=True, use_threads=False, split_blocks=False, self_destruct=True
        )  # fmt: skip
        theirs.append(rows / (time.perf_counter() - began))
        began = time.perf_counter()
        shared = delta_sharing.load_as_pandas(f"{folder / 'buyer.share'}#permit-2.data.credit")
        ours.append(rows / (time.perf_counter() - began))
        assert len(shared) == rows
        assert shared["amount"].sum() == direct["amount"].sum()
        del shared, direct
    ours, theirs = ours[1:], theirs[1:]  # the first round warms the disk's cache for both
    table = [
        (str(n + 1), f"{a / 1e6:,.2f}", f"{b / 1e6:,.2f}", f"{a / b:.3f}")
        for n, (a, b) in enumerate(zip(ours, theirs, strict=True))
    ]
    columns = ("round", "M rows/s", "pyarrow M rows/s", "ratio")
    rate = rates_compared("node_delta", ours, "pyarrow on the file", theirs)
    return Report("node_delta", f"{__doc__}".split("\n\n")[0], columns, table, [rate])


def write_source(file: Path, rows: int) -> None:
    drawn = np.random.default_rng(1)
    step = 500_000
    schema = pa.schema([("id", pa.string()), ("amount", pa.float64()), ("count", pa.int64()), ("kind", pa.string())])
    with pq.ParquetWriter(file, schema) as out:
        for first in range(0, rows, step):
            size = min(step, rows - first)
            out.write_table(
                pa.table(
                    {
                        "id": [f"{n:012d}" for n in range(first, first + size)],
                        "amount": drawn.integers(0, 10**7, size) / 100,
                        "count": drawn.integers(0, 1_000, size),
                        "kind": drawn.choice(["甲", "乙", "丙"], size),
                    },
                    schema=schema,
                )
            )


if __name__ == "__main__":
    measure().show()
