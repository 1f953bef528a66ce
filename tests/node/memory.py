"""Run as a process of its own by the test of memory: loads a source in every mode, and tells what each stage took at most.

`python -m tests.node.memory FOLDER` makes the source and prints one line of JSON: by stage, by how many bytes the highest
resident memory (anonymous and mapped files together) lay above what stood after the imports; and `decoded`, the size of the
source as a table.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.node.world import NOON, write_config
from tongqu.node.config import SourceConfig, read_config
from tongqu.node.engines import DuckEngine
from tongqu.node.sources.hashing import KeyedHash
from tongqu.node.sources.hiding import measure_hiding
from tongqu.node.sources.kept import Kept
from tongqu.node.sources.keys import index_of
from tongqu.node.sources.lookups import codes_by_key
from tongqu.node.sources.models import lookup
from tongqu.node.sources.profile import measure
from tongqu.node.sources.quality import check_quality
from tongqu.node.sources.queries import prepare
from tongqu.node.sources.questions import work_out
from tongqu.node.sources.reports import grouped
from tongqu.node.sources.taking_in import take_in
from tongqu.node.watermark.worker import make
from tongqu.wire.measures import DeidentificationOrder, QualityRule, QuasiIdentifier, Step
from tongqu.wire.message import dressed
from tongqu.wire.scoring import Scoring

ROWS, TEXT, PICTURE = 250_000, 400, 1_600
DECLARED = """
[[sources.queries]]
id = "of-a-city"
title = { zh = "按城市查", en = "Of a city" }
page_max = 100
rows_max = 1000
order = [{ column = "amount", descending = true }]
parameters = [{ name = "city", title = { zh = "城市", en = "City" }, column = "city", type = "text", compare = "eq", required = true }]
columns = [
  { column = "city", title = { zh = "城市", en = "City" } },
  { column = "amount", title = { zh = "数额", en = "Amount" } },
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


def write_source(file: Path, rows: int = ROWS) -> None:
    drawn, step = np.random.default_rng(1), 50_000
    schema = pa.schema([
        ("id", pa.string()), ("arrears", pa.int64()), ("limit", pa.float64()), ("city", pa.string()), ("day", pa.date32()),
        ("amount", pa.float64()), ("note", pa.string()), ("picture", pa.binary(PICTURE)),
    ])  # fmt: skip
    cities = np.array([f"示例{at}市" for at in range(300)])
    with pq.ParquetWriter(file, schema, compression="none") as out:
        for first in range(0, rows, step):
            letters = (np.frombuffer(drawn.bytes(step * TEXT), np.uint8) & 15) + 65
            content, pictures = pa.py_buffer(letters), pa.py_buffer(np.tile(letters, PICTURE // TEXT))
            ends = pa.py_buffer(np.arange(0, step * TEXT + 1, TEXT, dtype=np.int32))
            numbers = np.arange(first, first + step)
            columns = [
                pa.array(np.char.zfill(numbers.astype("U18"), 18)), pa.array(numbers % 7), pa.array(numbers * 1.0),
                pa.array(cities[drawn.integers(0, 300, step)]),
                pa.array(drawn.integers(19_000, 20_000, step), pa.int32()).cast(pa.date32()),
                pa.array(drawn.random(step)), pa.StringArray.from_buffers(step, ends, content),
                pa.FixedSizeBinaryArray.from_buffers(pa.binary(PICTURE), step, [None, pictures]),
            ]  # fmt: skip
            out.write_table(pa.table(columns, schema=schema))


def _source(folder: Path) -> SourceConfig:
    file = write_config(folder)
    text = file.read_text("utf-8").replace('kind = "csv"', 'kind = "parquet"').replace("credit.csv", "credit.parquet")
    file.write_text(text.replace('"dataset"]', '"api", "report"]') + DECLARED, "utf-8")
    (source,) = read_config(file).sources
    return source


def _scoring() -> Scoring:
    title = {"zh": "示例", "en": "Sample"}
    features = [
        {"name": name, "title": title, "type": "number", "minimum": "0", "maximum": "1000000", "required": True}
        for name in ("arrears", "limit", "amount")
    ]
    body = {
        "id": "s", "title": title, "format": "onnx", "model_sha256": "0" * 64, "card_sha256": "1" * 64,
        "features": features, "features_from": "source", "key_column": "id", "score": "p", "kind_of_score": "probability",
        "digits": 2,
    }  # fmt: skip
    return Scoring.from_json(dressed(Scoring, body))


def stages(folder: Path) -> dict[str, int]:
    file, state = folder / "credit.parquet", folder / "state"
    write_source(file)
    source = _source(folder)
    state.mkdir()
    version, size = hashlib.sha256(b"of the file").hexdigest(), file.stat().st_size
    found: dict[str, int] = {}
    base = _now("VmRSS")

    def stage(name: str, work: Callable[[], Any]) -> Any:
        Path("/proc/self/clear_refs").write_text("5")
        done = work()
        found[name] = _now("VmHWM") - base
        return done

    kept: Kept = stage("taking in", lambda: take_in(source, file, version, size, state / "kept"))
    hashing = KeyedHash(b"secret")
    keys = stage("key index", lambda: index_of("credit", kept, "id", state / "keys", hashing))
    stage("blinded index", lambda: keys.blinded(b"agreed"))
    engine = DuckEngine(state / "spill")
    worked_out = work_out(engine, kept, source.questions)
    for question in source.questions:
        stage(f"codes of {question.id}", lambda: codes_by_key(keys, question.id, worked_out(question)))  # noqa: B023
    stage("features", lambda: lookup("credit", _scoring(), kept, keys))
    stage("query", lambda: prepare(engine, kept, source.queries[0], state / "queries", 5))
    stage("report", lambda: grouped(engine, kept, source.reports[0]))
    rules = (
        QualityRule("u", "unique", ("id", "note")),
        QualityRule("e", "expression", ("note",), expression=".*[0-9].*"),
        QualityRule("r", "required", ("note",)),
        QualityRule("g", "range", ("amount",), low="0.5"),
        QualityRule("o", "order", ("amount", "limit")),
    )
    about = {"source_version": version, "small_counts": 5, "now": NOON, "folder": state}
    stage("quality", lambda: check_quality(kept, rules, source="credit", **about))
    stage("profile", lambda: measure(kept, source="credit", key="id", **about))
    steps = (QuasiIdentifier("city", (Step("keep"), Step("prefix", chars=3))), QuasiIdentifier("day", (Step("keep"),)))
    order = DeidentificationOrder("credit", "id", steps, ("amount",), 5, 10_000)
    stage("hiding", lambda: measure_hiding(kept, order, source_version=version, small_counts=5, now=NOON))
    (folder / "copy").mkdir()
    mark = {
        "kind": "watermark", "version": 1, "percent": 50,
        "columns": [{"kind": "marked-column", "version": 1, "name": "amount", "tolerance": "0.01", "seconds": None,
                     "pairs": []}],
    }  # fmt: skip
    job = {
        "file": str(file), "folder": str(folder / "copy"), "form": "file", "format": "parquet", "encoding": "utf-8", "delimiter": ",",
        "text_columns": ["id"], "mark": {"watermark": mark, "key": "11" * 32},
    }  # fmt: skip
    stage("marked copy", lambda: make(job))
    return {**found, "decoded": kept.bytes}


def _now(what: str) -> int:
    told = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert told is not None
    return int(told[1]) * 1024


if __name__ == "__main__":
    print(json.dumps(stages(Path(sys.argv[1]))))
