"""The process that holds Spark: runs the statements it is given over the node's Parquet files, and nothing else.

Started by `node.engines.spark.process`; its settings come first, over the pipe. Everything Spark writes stands in the
folder it is given; everything it listens on is the loopback address, behind a secret that only its own processes have. There is
no page, no log of events and no log at all: what Spark complains of may hold a value.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from tongqu.node.engines.spark.frames import framed, read_frame, value_of

THREADS = 8
LOOPBACK = "127.0.0.1"


class Worker:
    """One session. Requests are run side by side, each as a group of jobs of its own, which its time limit ends."""

    def __init__(self, settings: dict[str, Any], tell: Callable[[bytes], None]) -> None:
        self._spark = _session(settings)
        self._tell = tell
        self._turn = threading.Lock()

    def warm(self) -> None:
        """The first statement of a session takes seconds; it is not to be a buyer's."""
        self._spark.sql("SELECT sum(id) AS s FROM range(0, 100, 1, 2)").toArrow()

    def run(self, request: dict[str, Any]) -> None:
        head: dict[str, Any] = {"id": request["id"]}
        body, group, late = b"", f"request-{request['id']}", threading.Event()
        context = self._spark.sparkContext

        def stop() -> None:
            late.set()
            context.cancelJobGroup(group)

        context.setJobGroup(group, "", interruptOnCancel=True)
        alarm = threading.Timer(request["seconds"], stop)
        alarm.daemon = True
        alarm.start()
        try:
            for view in request["views"]:
                self._view(view)
            values = {name: value_of(said) for name, said in request["values"].items()}
            found = self._spark.sql(request["statement"], args=values)
            if "write" in request:
                _write(found, **request["write"])
            else:
                body = _as_bytes(found.toArrow())
            head["done"] = not late.is_set()
        except Exception as error:
            self._end_with_java()
            head |= {"done": False, "late": late.is_set(), "error": type(error).__name__}
        finally:
            alarm.cancel()
        head.setdefault("late", late.is_set())
        self._tell(framed(head, body if head["done"] else b""))

    def watch(self) -> None:
        """Ends with the Java process also while nothing is asked."""
        self._spark.sparkContext._gateway.proc.wait()
        os._exit(1)

    def _end_with_java(self) -> None:
        """Without its Java process this one is of no use: the node starts another when it ends."""
        with suppress(subprocess.TimeoutExpired):
            self._spark.sparkContext._gateway.proc.wait(0.5)
            os._exit(1)

    def _view(self, view: dict[str, Any]) -> None:
        """Files under a name for statements; the columns under numbers for names."""
        from pyspark.sql.types import StructType

        reader = self._spark.read.schema(StructType.fromJson(view["schema"]))
        rows = reader.parquet(*view["files"])
        fields = [f"f{at}" for at in range(len(rows.columns))]
        beside = ["_metadata.file_name", "_metadata.row_index"] if view["lined"] else []
        chosen = rows.select(*[rows[f"`{name}`"] for name in rows.columns], *beside)
        named = chosen.toDF(*fields, *(["part", "line"] if beside else []))
        with self._turn:
            named.selectExpr(*view["cells"]).createOrReplaceTempView(view["name"])


def _write(found: Any, *, path: str, place: str | None, lie: list[str]) -> None:
    """As Parquet files. With `place`, each row gets a number that rises with the order it comes in."""
    from pyspark.sql import functions

    if place is not None:
        found = found.withColumn(place, functions.monotonically_increasing_id() + 1)
        if lie:
            found = found.orderBy(*lie, place)
    found.write.mode("overwrite").parquet(path)


def _as_bytes(table: Any) -> bytes:
    import pyarrow as pa

    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return bytes(out.getvalue())


def _session(settings: dict[str, Any]) -> Any:
    from pyspark.sql import SparkSession

    folder, memory = settings["folder"], settings["memory_mb"]
    scratch, silent = os.path.join(folder, "tmp"), os.path.join(folder, "home", "conf", "log4j2.properties")
    options = (
        f"-XX:-UsePerfData -Djava.io.tmpdir={scratch} -Dlog4j2.configurationFile={silent} {settings['java']}".strip()
    )
    told = {
        "spark.master": settings["master"],
        "spark.app.name": "tongqu",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "false",
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.memory": f"{memory}m",
        "spark.executor.memory": f"{memory}m",
        "spark.driver.extraJavaOptions": options,
        "spark.executor.extraJavaOptions": options,
        "spark.local.dir": f"{folder}/local",
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.artifact.isolation.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.caseSensitive": "true",
        "spark.sql.legacy.parquet.nanosAsLong": "true",
        "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
        "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
        "spark.sql.shuffle.partitions": str(settings["partitions"]),
        "spark.sql.sources.default": "parquet",
        "spark.sql.runSQLOnFiles": "false",
        "spark.driver.maxResultSize": "256m",
        "spark.cleaner.referenceTracking.cleanCheckpoints": "true",
    }
    builder = SparkSession.builder
    for name, value in told.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    if session.sparkContext.getConf().get("spark.authenticate") != "true":
        os._exit(1)  # the secret was not read: its ports would be open to everybody on this machine
    return session


def _exactly(count: int) -> bytes:
    got = sys.stdin.buffer.read(count)
    if len(got) < count:
        raise EOFError
    return got


def main() -> None:
    # The pipe to the node is this process's alone: the Java process would inherit what stands at 1 and write to it.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    turn = threading.Lock()

    def tell(frame: bytes) -> None:
        with turn:
            left = memoryview(frame)
            while left:
                left = left[out.write(left) :]

    settings, _ = read_frame(_exactly)
    worker = Worker(settings, tell)
    worker.warm()
    threading.Thread(target=worker.watch, daemon=True).start()
    tell(framed({"ready": True}))
    with ThreadPoolExecutor(THREADS) as threads:
        while True:
            try:
                request, _ = read_frame(_exactly)
            except EOFError:
                os._exit(0)  # the node is gone; the Java process ends with its own pipe
            threads.submit(worker.run, request)


if __name__ == "__main__":
    main()
