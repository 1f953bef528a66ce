"""How much memory does a node take, of 1 GB, while a large Parquet source is taken in and asked in every mode?

`python -m bench.node_memory 10` makes a source of 10 GB (1 GB without a number); `10 measurements` has it profiled, checked and
searched besides. First verification, counts, API, model and report, over real HTTP; then, so that the disk need not hold
all at once, the data set, Delta Sharing and a marked copy. Counted is what stands in memory of the node and of all the processes
it starts, at its highest within each stage: mapped files as far as they are there, and what several of them share once (`Pss` of
`/proc/…/smaps_rollup`). Beside it stand what they hold of their own, and what it comes to where shared pages count for each (`Rss`).
"""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.figures import Figure, Report
from tests.node.model_world import HISTORY, sources
from tests.node.processes import NodeProcess, exchange_over_http
from tests.node.world import TOKEN, FakeExchange, dataset_permit, verification_permit
from tongqu.node.config import read_config
from tongqu.wire.blinding import BlindingKey, agreed_key, blind, private_key, public_hex
from tongqu.wire.measures import DeidentificationOrder, QualityOrder, QualityRule, QuasiIdentifier, Step
from tongqu.wire.message import open_sealed
from tongqu.wire.sync import DEIDENTIFICATION, PROFILE, QUALITY, Task

GIGABYTES, ALLOWED = 1.0, 1_000
ASKED = ("verification", "api", "model", "report")
_WATERMARK = '\nwatermark = { percent = 50, columns = [{ name = "amount", tolerance = 0.01 }] }'
FULL = {"gigabytes": 10.0}
PURPOSE = "信贷审批"
CITIES = np.array([f"示例{at}市" for at in range(300)])
_GROUP, HOURS = 250_000, 24
_TENS = 10 ** np.arange(17, -1, -1)

_DECLARED = """
[[sources.questions]]
id = "arrears"
column = "PAY_0"
answer = "yes_no"
operator = "gt"
values = ["0"]
blinded = "allowed"
title = { zh = "是否逾期", en = "In arrears" }

[[sources.questions]]
id = "how-many"
column = "PAY_0"
answer = "yes_no"
operator = "gt"
values = ["0"]
least = 10
misses_max = 10000
title = { zh = "逾期人数", en = "How many in arrears" }

[[sources.queries]]
id = "of-a-city"
title = { zh = "按城市查", en = "Of a city" }
page_max = 1000
rows_max = 100000
order = [{ column = "day", descending = true }]
parameters = [{ name = "city", title = { zh = "城市", en = "City" }, column = "city", type = "text", compare = "eq", required = true }]
columns = [
  { column = "ID", title = { zh = "号", en = "Number" }, mask = "last", chars = 4 },
  { column = "city", title = { zh = "城市", en = "City" } },
  { column = "day", title = { zh = "日期", en = "Day" } },
  { column = "note", title = { zh = "说明", en = "Note" } },
]

[[sources.reports]]
id = "monthly"
title = { zh = "月报", en = "Monthly" }
about = { zh = "按城市统计。", en = "By city." }
period = "month"
period_column = "day"
group_min = 3

[[sources.reports.sections]]
title = { zh = "各城市", en = "By city" }
text = { zh = "均值。", en = "Means." }
by = "city"
by_title = { zh = "城市", en = "City" }
rows_max = 50
figures = [{ title = { zh = "平均", en = "Mean" }, figure = "mean", column = "amount", digits = 1 }]
"""


def write_source(file: Path, size: int) -> int:
    """Rows until the file is about so large, some 230 bytes each: what is asked for, and a day of readings that nobody asks
    for. Returns how many."""
    drawn, rows = np.random.default_rng(1), 0
    names = HISTORY[0].split(",")[1:]
    schema = pa.schema([
        ("ID", pa.string()), *((name, pa.int32()) for name in names), ("city", pa.string()), ("day", pa.date32()),
        ("amount", pa.float64()), ("note", pa.string()), *((f"kwh_{hour:02}", pa.float64()) for hour in range(HOURS)),
    ])  # fmt: skip
    with pq.ParquetWriter(file, schema) as out:
        while file.stat().st_size < size:
            load = drawn.integers(0, 4_000, _GROUP)
            columns = {
                "ID": _texts((np.arange(rows, rows + _GROUP)[:, None] // _TENS % 10 + 48).astype(np.uint8)),
                **{name: pa.array(drawn.integers(-2, 9 if name.startswith("PAY_") else 100_000, _GROUP), pa.int32())
                   for name in names},
                "city": pa.array(CITIES[drawn.integers(0, len(CITIES), _GROUP)]),
                "day": pa.array(drawn.integers(19_000, 20_000, _GROUP), pa.int32()).cast(pa.date32()),
                "amount": drawn.integers(0, 10**9, _GROUP) / 100,
                "note": _texts((np.frombuffer(drawn.bytes(_GROUP * 32), np.uint8) & 63).reshape(_GROUP, 32) + 48),
                **{f"kwh_{hour:02}": (load + drawn.integers(0, 50_000, _GROUP)) / 1000 for hour in range(HOURS)},
            }  # fmt: skip
            out.write_table(pa.table(columns, schema=schema))
            rows += _GROUP
    return rows


def _texts(letters: np.ndarray[Any, Any]) -> pa.Array:
    """A text of each row of a matrix of letters."""
    many, size = letters.shape
    ends = np.arange(0, many * size + 1, size, dtype=np.int32)
    return pa.StringArray.from_buffers(many, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(letters)))


class Watch:
    """The highest resident memory of a process and all that it has started, sampled."""

    def __init__(self, node: NodeProcess) -> None:
        self._node = node
        self._ended = threading.Event()
        self.peak = self.anonymous = self.each = 0

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(0.05):
            if self._node.process is not None:
                told = [_resident(pid) for pid in _family(self._node.process.pid)]
                self.peak = max(self.peak, sum(each[0] for each in told))
                self.anonymous = max(self.anonymous, sum(each[1] for each in told))
                self.each = max(self.each, sum(each[2] for each in told))

    def restart(self) -> None:
        self.peak = self.anonymous = self.each = 0


def _family(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _resident(pid: int) -> tuple[int, int, int]:
    """Bytes in memory with shared pages by share, of these its own, and with shared pages whole."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        told = {name: int(size.split()[0]) * 1024 for name, size in (line.split(":", 1) for line in lines)}
        if "Pss" in told:
            return told["Pss"], told["Anonymous"], told["Rss"]
    return 0, 0, 0


class _Buyer:
    """Asks the node, and asks again with the same call while something is still being made."""

    def __init__(self, node: NodeProcess) -> None:
        self._http = httpx.Client(base_url=node.url, timeout=120)

    def ask(self, path: str, permit: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "Tongqu-Call": str(uuid.uuid4())}
        body = {"permit": permit, "purpose": PURPOSE, **body}
        ends = time.monotonic() + 3_600
        while True:
            answer = self._http.post(path, json=body, headers=headers)
            if answer.status_code in (503, 408) and time.monotonic() < ends:
                time.sleep(0.5)
                continue
            assert answer.status_code == 200, answer.text
            return answer

    def get(self, path: str, **params: str) -> int:
        """Streams what comes and keeps nothing. Returns how many bytes."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Tongqu-Call": str(uuid.uuid4())}
        ends = time.monotonic() + 3_600
        while True:
            with self._http.stream("GET", path, params=params, headers=headers) as answer:
                if answer.status_code == 503 and time.monotonic() < ends:
                    time.sleep(0.5)
                    continue
                assert answer.status_code == 200, answer.read()
                return sum(len(piece) for piece in answer.iter_bytes())

    def shared(self, permit: str) -> int:
        """All files of a Delta Sharing query, by their links. Returns how many bytes."""
        table = f"/delta-sharing/0/shares/{permit}/schemas/data/tables/history/query"
        answer = self._http.post(table, json={}, headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200, answer.text
        links = [told["file"]["url"] for line in answer.text.splitlines() if "file" in (told := json.loads(line))]
        size = 0
        for link in links:
            with self._http.stream("GET", link) as file:
                assert file.status_code == 200, file.read()
                size += sum(len(piece) for piece in file.iter_bytes())
        return size


def measure(gigabytes: float = GIGABYTES, *, measurements: bool = False) -> Report:
    with tempfile.TemporaryDirectory(prefix="tongqu-bench-memory-") as name:
        folder = Path(name)
        rows = write_source(folder / "history.parquet", int(gigabytes * 1e9))
        exchange = FakeExchange(lambda: datetime.now(UTC))
        with exchange_over_http(exchange) as url:
            node = NodeProcess(folder, url)
            house = _House(folder, node, exchange, rows)
            house.declare(*ASKED)
            node.enrol()
            try:
                with Watch(node) as watch:
                    table = [
                        (stage, *(f"{size / 1e6:,.0f}" for size in sizes), f"{seconds:,.1f}")
                        for stage, sizes, seconds in _stages(house, watch, measurements=measurements)
                    ]
            finally:
                node.kill()
        size = (folder / "history.parquet").stat().st_size / 1e9
    most = max(float(row[1].replace(",", "")) for row in table)
    columns = ("stage", "peak MB", "of their own", "shared counted for each", "seconds")
    notes = [f"{size:.1f} GB of Parquet, {rows:,} rows; the node and the processes it starts, added up"]
    figure = Figure("node_memory", most, "1 GB allowed", ALLOWED, ALLOWED / most, "MB", len(table))
    return Report("node_memory", f"{__doc__}".split("\n\n")[0], columns, table, [figure], notes)


@dataclass
class _House:
    folder: Path
    node: NodeProcess
    exchange: FakeExchange
    rows: int

    def declare(self, *modes: str, marked: bool = False) -> None:
        """The sample market's source with a model by key, and the other modes beside it."""
        head = self.node.config.read_text("utf-8").partition("[[sources]]")[0]
        (source, scoring, _) = sources(self.folder).split("\n[[sources.scorings]]", 2)
        source = source.replace('kind = "csv"', 'kind = "parquet"').replace("history.csv", "history.parquet")
        source = source.replace('modes = ["model"]', f"modes = {json.dumps(modes)}" + (_WATERMARK if marked else ""))
        declared = f"{source}\n[[sources.scorings]]{scoring}\n{_DECLARED}" if "model" in modes else source
        self.node.config.write_text(f"{head}{declared}", "utf-8")

    def permit_what_is_asked(self) -> None:
        (source,) = read_config(self.node.config).sources
        uses: dict[str, dict[str, Any]] = {
            "verification": {"question": source.questions[0]},
            "counts": {"question": source.questions[1], "mode": "verification"},
            "api": {"question": None, "query": source.queries[0]},
            "model": {"question": None, "scoring": source.scorings[0]},
            "report": {"question": None, "report": source.reports[0], "batch_max": 1},
        }
        for name, use in uses.items():
            permit = {"id": name, "contract": f"contract-{name}", "mode": name, "source": "history", **_period(), **use}
            self.exchange.issue(verification_permit(**permit))
        self.heard()

    def permit_the_data(self, name: str, *, marked: bool) -> None:
        """A marked copy is made as soon as the node hears of it, so not before its own stage."""
        version = self.exchange.sources["history"].source_version
        permit = {"id": name, "contract": f"contract-{name}", "source": "history", **_period()}
        self.exchange.issue(dataset_permit(version, marked=marked, **permit))
        self.heard()

    def heard(self) -> None:
        heard = len(self.exchange.requests)
        self.node.wait_until(lambda: len(self.exchange.requests) > heard + 2)

    def forget(self, *names: str) -> None:
        """Makes room on the disk for what comes; the node is stopped."""
        for name in names:
            shutil.rmtree(self.folder / "state" / name, ignore_errors=True)


def _period() -> dict[str, datetime]:
    now = datetime.now(UTC)
    return {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=30), "issued_at": now}


def _stages(house: _House, watch: Watch, *, measurements: bool) -> Iterator[tuple[str, tuple[int, int, int], float]]:
    node, exchange, rows = house.node, house.exchange, house.rows
    began = time.perf_counter()

    def told(stage: str) -> tuple[str, tuple[int, int, int], float]:
        nonlocal began
        time.sleep(0.2)
        found = stage, (watch.peak, watch.anonymous, watch.each), time.perf_counter() - began
        print(f"  {stage}: {watch.peak / 1e6:,.0f} MB, {found[2]:,.1f} s", file=sys.stderr, flush=True)
        began = time.perf_counter()
        watch.restart()
        return found

    _started(node)
    yield told("taken in: verification, API, model, report")
    node.stop()
    _started(node)
    yield told("started again")
    node.wait_until(lambda: "history" in exchange.sources)
    house.permit_what_is_asked()
    buyer, drawn = _Buyer(node), random.Random(1)

    def keys(many: int) -> list[str]:
        return [f"{number:018d}" for number in drawn.sample(range(rows), many)]

    for key in keys(2_000):
        buyer.ask("/v1/verify", "verification", question="arrears", key=key)
    yield told("verification: 2,000 keys")
    for _ in range(50):
        buyer.ask("/v1/verify", "verification", question="arrears", keys=keys(10_000))
    yield told("verification: 50 batches of 10,000")
    for _ in range(5):
        assert buyer.ask("/v1/verify", "counts", question="how-many", keys=keys(10_000)).json()["counts"]["yes"] > 0
    yield told("counts: 5 batches of 10,000")
    own = private_key(b"bench buyer")
    sealed = httpx.get(f"{node.url}/v1/blinding", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert exchange.node_key is not None
    agreed = agreed_key(own, open_sealed(BlindingKey, sealed, exchange.node_key).public_key, "contract-verification")
    sent = [blind(key, agreed) for key in keys(10_000)]
    answers = buyer.ask("/v1/verify", "verification", question="arrears", keys=sent, blinding=public_hex(own)).json()
    assert set(answers["answers"]) == {"yes", "no"}
    yield told("verification: a blinded batch")
    for city in CITIES[:100]:
        found = buyer.ask("/v1/query", "api", query="of-a-city", values={"city": str(city)}).json()
        assert found["rows"]
    yield told("API: 100 queries")
    for _ in range(10):
        buyer.ask("/v1/score", "model", scoring="credit-default", keys=keys(2_000))
    yield told("model by key: 10 batches of 2,000")
    for month in range(1, 7):
        buyer.ask("/v1/reports", "report", report="monthly", period=f"2023-{month:02d}")
    yield told("report: 6 periods")
    for work in _measurements() if measurements else ():
        exchange.tasks = [work]
        node.wait_until(lambda: not exchange.tasks, seconds=3 * 3_600)
        answer = next(each for each in exchange.answers if each.task == work.id)
        assert answer.done or answer.code in ("too-many-records", "search-too-large"), answer.code
        yield told(f"{work.id}{'' if answer.done else f' ({answer.code})'}")
    for marked in (False, True):
        node.stop()
        house.forget("keys", "queries")
        house.declare("dataset", marked=marked)
        _started(node)
        yield told(f"started again: data set{', marked' if marked else ''}")
        name = "marked" if marked else "data"
        house.permit_the_data(name, marked=marked)
        assert buyer.get(f"/v1/datasets/{name}", purpose=PURPOSE) > 1e6
        yield told(f"data set: {'the marked copy made and fetched' if marked else 'fetched'}")
        if not marked:  # the parts of a marked copy would be the fifth time that the disk holds the source
            assert buyer.shared(name) > 1e6
            yield told("Delta Sharing: a query and its files")


def _started(node: NodeProcess) -> None:
    node.start_without_waiting()
    ends = time.monotonic() + 3 * 3_600
    while time.monotonic() < ends:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{node.url}/health", timeout=5).status_code == 200:
                return
        assert node.process is not None
        assert node.process.poll() is None, node.log.read_text()[-2000:]
        time.sleep(0.2)
    raise AssertionError("the source was not loaded")


def _measurements() -> list[Task]:
    rules = (
        QualityRule("filled", "required", ("note",)),
        QualityRule("unique", "unique", ("ID", "note")),
        QualityRule("cards", "form", ("note",), form="id_card"),
        QualityRule("amounts", "range", ("amount",), low="0"),
        QualityRule("days", "gapless", ("day",), cycle="day"),
    )
    hidden = (
        QuasiIdentifier("city", (Step("keep"), Step("prefix", chars=3))),
        QuasiIdentifier("day", (Step("period", cycle="month"),)),
    )
    return [
        Task("quality", QUALITY, quality=QualityOrder("history", rules)),
        Task("deidentification", DEIDENTIFICATION,
             deidentification=DeidentificationOrder("history", "ID", hidden, ("amount",), 5, 100)),
        Task("profile", PROFILE, source="history"),
    ]  # fmt: skip


if __name__ == "__main__":
    size, *more = sys.argv[1:] or [str(GIGABYTES)]
    measure(float(size), measurements=more == ["measurements"]).show()
