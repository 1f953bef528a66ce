"""A node with Spark for its engine, in local-cluster mode (executors in processes of their own): the same answers as with DuckDB,
byte for byte, and a call that loses its engine costs nothing.

Spark starts once for the module, by the setting of node.toml. Where it is not installed the tests are skipped, except in
`.ci/run`, which installs it.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import tongqu.demo
from tests.node.answers import Case, answers, cases, every_value, expected
from tests.node.parts import parted
from tests.node.world import NOON, TOKEN, World, codes, verification_permit
from tongqu.node import keeper
from tongqu.node.config import read_config
from tongqu.node.engines import DuckEngine, Engine, Unfit, columns_of
from tongqu.node.engines.spark import SparkEngine
from tongqu.node.modes.filtered import EngineLost, TooHeavy
from tongqu.wire.permit import Permit, token_digest
from tongqu.wire.receipt import answer_digest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("pyspark") is None and "CI" not in os.environ, reason="Spark is not installed: make spark"
    ),
]

SETTING = '[engine]\nkind = "spark"\nmaster = "local-cluster[2,1,1024]"\nmemory_mb = 1024\nseconds = 30\n'
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For a session of a minute: half of its work would be Java's compiler."""

DATA = Path(tongqu.demo.__file__).parent / "data"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    folder = tmp_path_factory.mktemp("spark")
    (folder / "node.toml").write_text(f'[node]\nname = "n"\nexchange = "http://x.test"\n{SETTING}', encoding="utf-8")
    setting = read_config(folder / "node.toml").engine
    engine = SparkEngine(folder / "spark", master=setting.master, memory_mb=setting.memory_mb, java=QUICK)
    yield engine
    engine.close()
    assert ours(folder) == []


def ours(folder: Path) -> list[str]:
    """The processes that were started for this folder."""
    found = subprocess.run(["ps", "-eo", "pid,args", "-ww"], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if str(folder) in line]


def java_of(engine: SparkEngine, word: str) -> list[int]:
    """The Java processes of the engine in whose command the word stands."""
    lines = [line for line in ours(engine._folder) if word in line and "java" in line]
    return [int(line.split()[0]) for line in lines]


# -- the same answers ------------------------------------------------------------------------------------------------------


def test_every_nasty_value_is_answered_as_python_and_duckdb_answer_it(spark: SparkEngine, tmp_path: Path) -> None:
    case = every_value()
    found = answers(spark, case, tmp_path / "spark")
    assert found == expected(case)
    assert found == answers(DuckEngine(tmp_path / "spill"), case, tmp_path / "duckdb")
    assert len(java_of(spark, "CoarseGrainedExecutorBackend")) == 2  # two executors, in processes of their own


@settings(
    max_examples=3, deadline=None, phases=[Phase.generate], derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(case=cases())
def test_any_table_is_answered_as_python_answers_it(spark: SparkEngine, tmp_path: Path, case: Case) -> None:
    assert answers(spark, case, tmp_path / uuid.uuid4().hex) == expected(case)


# -- the same products -------------------------------------------------------------------------------------------------------


class Market(World):
    """The demo's bank (verification), steel works (api) and air stations (report), asked at one engine."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._engine = engine
        super().__init__(folder)

    def _register(self) -> None:
        text = (DATA.parent / "node.toml").read_text("utf-8")
        blocks = re.split(r"(?m)^(?=\[\[sources\]\])", text)[1:]
        wanted = [block for block in blocks if re.search(r'^id = "(steel-power|.*air.*)"', block, re.MULTILINE)]
        bank = next(block for block in blocks if 'id = "bank-credit"' in block).split("[[sources.scorings]]")[0]
        declared = "\n".join([*wanted, bank.replace('"verification", "model"', '"verification"')])
        declared = re.sub(r'holder = "@\w+@"\n', "", declared).replace("@DATA@", str(DATA))
        with self.config.open("a", encoding="utf-8") as config:
            config.write(f"\n{declared}")
        super()._register()
        self.sources = {source.id: source for source in read_config(self.config).sources}

    def _open(self) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keeper, "engine_of", lambda *_: Lent(self._engine))
            return super()._open()

    def permits(self) -> list[Permit]:
        report = next(source for source in self.sources.values() if source.reports)
        purposes = ("信贷审批", self.sources["steel-power"].queries[0].rows[0].purpose)
        common: dict[str, Any] = {"not_before": NOON, "purposes": purposes}
        return [
            verification_permit(source="bank-credit", question=self.sources["bank-credit"].questions[1], **common),
            verification_permit(id="permit-2", contract="contract-2", source="steel-power", mode="api", question=None,
                                query=self.sources["steel-power"].queries[0], **common),
            verification_permit(id="permit-3", contract="contract-3", source=report.id, mode="report", question=None,
                                report=report.reports[0], batch_max=1, **common),
        ]  # fmt: skip

    async def call(self, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "Tongqu-Call": str(uuid.uuid4())}
        async with self.buyer as buyer:
            return await buyer.post(path, json={"purpose": "信贷审批", **body}, headers=headers)

    async def query(self) -> Any:
        values = {"weekday": "Monday", "load": ["Light_Load", "Medium_Load"], "usage_least": "3.5"}
        purpose = self.sources["steel-power"].queries[0].rows[0].purpose
        return await self.call(
            "/v1/query", permit="permit-2", query="load-by-weekday", values=values, rows=100, purpose=purpose
        )


class Lent:
    """An engine that outlives the node it is lent to."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def close(self) -> None:
        pass


async def told(world: Market) -> dict[str, Any]:
    """What the three products answer and what the receipts say, without what is drawn by lot for each call."""
    async with world:
        for at, permit in enumerate(world.permits(), start=1):
            await world.issue(replace(permit, id=f"permit-{at}", token_sha256=token_digest(TOKEN)))
        assert world.keeper.room.faults == {}
        keys = [str(at) for at in range(1, 400)] + ["not there"]
        verified, queried = (
            await world.call("/v1/verify", permit="permit-1", question="limit-band", keys=keys),
            await world.query(),
        )
        assert (verified.status_code, queried.status_code) == (200, 200), verified.text + queried.text
        verified, queried = verified.json(), queried.json()
        period = next(iter(world.keeper.room.held[world.permits()[2].source].ready["report", "air-monthly"]))
        report = await world.call("/v1/reports", permit="permit-3", report="air-monthly", period=period)
        assert report.status_code == 200, report.text
        receipts = []
        for permit in ("permit-1", "permit-2", "permit-3"):
            (sealed,) = await world.receipts(permit)
            receipts.append({name: value for name, value in sealed["body"].items() if name not in LOTS})
        assert queried["next"]
        queried["next"] = bool(queried["next"])
        digests = [answer_digest({name: value for name, value in told.items() if name not in LOTS}, "0" * 32)
                   for told in (verified, queried)]  # fmt: skip
        return {
            "verified": verified["answers"], "rows": queried["rows"], "digests": digests, "pdf": report.content,
            "receipts": receipts, "held": {name: held.declaration for name, held in world.keeper.room.held.items()},
        }  # fmt: skip


LOTS = ("salt", "call", "receipt", "request_digest", "answer_digest", "previous", "digest", "token", "at")


def test_the_products_of_the_demo_answer_byte_for_byte_alike(spark: SparkEngine, tmp_path: Path) -> None:
    found = []
    for name, engine in (("duckdb", DuckEngine(tmp_path / "spill")), ("spark", spark)):
        (tmp_path / name).mkdir()
        found.append(asyncio.run(told(Market(tmp_path / name, engine))))
    assert len(found[0]["rows"]) == 100
    assert len({*found[0]["verified"]}) > 3
    assert found[0] == found[1]


# -- what must not happen ------------------------------------------------------------------------------------------------------


def test_a_call_that_loses_its_engine_is_refused_and_costs_nothing_and_the_next_is_answered(
    spark: SparkEngine, tmp_path: Path
) -> None:
    async def story() -> None:
        async with Market(tmp_path, spark) as world:
            await world.issue(*world.permits())
            pages = world.keeper.room.held["steel-power"].ready["api", "load-by-weekday"]._pages
            begun, write = threading.Event(), pages._statement
            # The buyer's own statement, over so many rows that it does not end while it is looked for.
            many = "(SELECT h.* FROM {held} AS h CROSS JOIN range(0, 2000000000))"
            held = pages._held

            def heavy(tests: Any) -> str:
                begun.set()
                return str(write(tests)).replace(f"`{held}`", many.format(held=held))

            pages._statement = heavy
            call = asyncio.create_task(world.query())
            assert await asyncio.to_thread(begun.wait, 30)
            await asyncio.sleep(2)
            (driver,) = java_of(spark, "SparkSubmit")
            os.kill(driver, signal.SIGKILL)
            refused = await call
            assert codes(refused) == ["engine-lost"]
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) > 0
            assert await world.receipts("permit-2") == []
            pages._statement = write
            answer = await again(world)
            assert answer.status_code == 200, answer.text
            assert len(await world.receipts("permit-2")) == 1
            assert java_of(spark, "SparkSubmit") != [driver]

    asyncio.run(story())


async def again(world: Market) -> Any:
    """The call once more, as its refusal says, until another engine stands."""
    ends = time.monotonic() + 300
    while True:
        answer = await world.query()
        if answer.status_code == 200 or time.monotonic() > ends:
            return answer
        assert codes(answer) in (["engine-lost"], ["query-too-heavy"])


def test_a_statement_that_takes_too_long_is_ended_with_its_jobs(spark: SparkEngine) -> None:
    endless = "SELECT sum(a.id * b.id) AS s FROM range(0, 3000000) AS a CROSS JOIN range(0, 3000000) AS b"
    ready(spark)
    began = time.monotonic()
    with pytest.raises(TooHeavy):
        spark._process.ask(endless, {}, [], seconds=2)
    assert time.monotonic() - began < 2 + 5 + 1
    ready(spark)  # the same process goes on
    assert len(java_of(spark, "SparkSubmit")) == 1


def ready(spark: SparkEngine) -> None:
    ends = time.monotonic() + 300
    while time.monotonic() < ends:
        try:
            spark._process.ask("SELECT 1 AS one", {}, [], seconds=60)
        except (EngineLost, TooHeavy):
            continue
        return


def test_it_listens_on_the_loopback_alone_writes_into_its_folder_alone_and_says_nothing(
    spark: SparkEngine, tmp_path: Path
) -> None:
    canary = "420106199001010011"
    kept = parted(tmp_path / "kept", pa.table({"t": [canary, "b", canary]}))

    def build(seen: Any, bound: Any) -> Any:
        found = seen.filter(seen.c0 == bound(canary, "string"))
        return found.aggregate(n=found.count())

    assert spark.gathered(kept, columns_of(kept.schema, ["t"]), build, 10).to_pylist() == [{"n": 2}]
    with pytest.raises(Unfit):  # what Spark complains of, and would write to its log
        spark._process.ask("SELECT CAST(:p0 AS INT) AS x", {"p0": f"x{canary}"}, [], seconds=60)
    pids = java_of(spark, "java")
    assert len(pids) >= 3
    for protocol in ("tcp", "tcp6"):
        for line in listening(pids, protocol):
            assert line in ("0100007F", "0000000000000000FFFF00000100007F"), line
    assert not any("authenticate.secret=" in line or "AUTH_SECRET" in line for line in ours(spark._folder))
    for file in spark._folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            assert canary.encode() not in file.read_bytes(), file
    assert not list(spark._folder.rglob("*.jsonl"))
    for pid in pids:  # every file that is open to be written lies in its folder
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target, flags = os.readlink(handle), Path(f"/proc/{pid}/fdinfo/{handle.name}").read_text()
            except OSError:
                continue
            written = int(re.search(r"flags:\s*([0-7]+)", flags)[1], 8) & 3  # type: ignore[index]
            if target.startswith("/") and not target.startswith(("/dev/", "/proc/")) and written:
                assert target.startswith(str(spark._folder)), target


def listening(pids: list[int], protocol: str) -> list[str]:
    """The addresses, as the kernel writes them, that these processes listen on."""
    sockets = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            try:
                sockets.add(os.readlink(handle))
            except OSError:
                continue
    found = []
    for line in Path(f"/proc/net/{protocol}").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
            found.append(fields[1].split(":")[0])
    return found
