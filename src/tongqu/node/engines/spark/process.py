"""The node's end of the process that holds Spark: starts it, asks it, and starts another when it is gone.

Several threads may ask at once. Who asks while no process is ready waits for one, as long as its own time lasts.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, TimeoutError
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import IO, Any

from tongqu.node.engines.engine import Unfit
from tongqu.node.engines.spark.frames import framed, read_frame, told
from tongqu.node.faults import NodeFault
from tongqu.node.modes.filtered import EngineLost, TooHeavy
from tongqu.wire.words import Words

START_SECONDS_MAX = 300
GRACE_SECONDS = 5
"""After a request's time: planning is not cancelled. A process that is silent for longer is ended."""

AGAIN_SECONDS = 2
"""Between two starts that both came to nothing."""

LOGGING = """status = off
appender.none.type = Null
appender.none.name = none
rootLogger.level = off
rootLogger.appenderRef.none.ref = none
"""


class SparkProcess:
    """Blocking; `ask` may be called by several threads at once."""

    def __init__(self, folder: Path, *, master: str, memory_mb: int, partitions: int, java: str = "") -> None:
        self._options = java
        self._folder, self._master, self._memory_mb, self._partitions = folder, master, memory_mb, partitions
        self._numbers = count(1)
        self._turn = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = self._closed = False
        self._waiting: dict[int, Future[tuple[dict[str, Any], bytes]]] = {}
        self._java = java_home()
        if find_spec("pyspark") is None:
            raise _no_spark("没有安装 pyspark", "pyspark is not installed")
        self._keeper = threading.Thread(target=self._keep, name="spark", daemon=True)
        self._keeper.start()

    def ask(
        self,
        statement: str,
        values: Mapping[str, Any],
        views: Sequence[Mapping[str, Any]],
        *,
        seconds: float,
        write: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The rows as an Arrow stream; nothing when they are written. Raises TooHeavy, EngineLost, Unfit."""
        ends = time.monotonic() + seconds
        number, answer = next(self._numbers), Future[tuple[dict[str, Any], bytes]]()
        with self._turn:
            while not self._ready:
                if self._closed or not self._turn.wait(max(0.0, ends - time.monotonic())):
                    raise EngineLost
            process = self._process
            self._waiting[number] = answer
        request = {
            "id": number, "statement": statement, "views": list(views), "seconds": max(0.01, ends - time.monotonic()),
            "values": {name: told(value) for name, value in values.items()}, **({"write": write} if write else {}),
        }  # fmt: skip
        try:
            self._send(process, framed(request))
            head, body = answer.result(max(0.0, ends - time.monotonic()) + GRACE_SECONDS)
        except TimeoutError:
            self._end(process)
            raise TooHeavy from None
        finally:
            with self._turn:
                self._waiting.pop(number, None)
        if head["late"]:
            raise TooHeavy
        if not head["done"]:
            raise Unfit(head["error"])
        return body

    def close(self) -> None:
        with self._turn:
            self._closed = True
            process = self._process
            self._turn.notify_all()
        self._end(process)
        self._keeper.join(10)
        shutil.rmtree(self._folder / "local", ignore_errors=True)

    def _send(self, process: subprocess.Popen[bytes] | None, frame: bytes) -> None:
        assert process is not None
        assert process.stdin is not None
        try:
            with self._turn:
                process.stdin.write(frame)
                process.stdin.flush()
        except (OSError, ValueError):
            raise EngineLost from None

    # -- the process -----------------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Starts a process, hands out its answers until it ends, and begins again."""
        while not self._closed:
            try:
                process = self._start()
            except OSError:
                time.sleep(AGAIN_SECONDS)
                continue
            was_ready = self._listen(process)
            self._end(process)
            with self._turn:
                self._ready, self._process = False, None
                lost, self._waiting = self._waiting, {}
            for answer in lost.values():
                answer.set_exception(EngineLost())
            if not was_ready and not self._closed:
                time.sleep(AGAIN_SECONDS)

    def _listen(self, process: subprocess.Popen[bytes]) -> bool:
        """Until the process is gone. Whether it was ever ready."""
        assert process.stdout is not None
        pipe, was_ready = process.stdout, False
        alarm = threading.Timer(START_SECONDS_MAX, self._end, [process])
        alarm.daemon = True
        alarm.start()
        try:
            while True:
                head, body = read_frame(lambda size: _exactly(pipe, size))
                with self._turn:
                    if "ready" in head:
                        alarm.cancel()
                        self._ready = was_ready = True
                        self._turn.notify_all()
                        continue
                    answer = self._waiting.pop(head["id"], None)
                if answer is not None:
                    answer.set_result((head, body))
        except (EOFError, OSError, ValueError):
            return was_ready
        finally:
            alarm.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        home = self._prepare()
        settings = {
            "folder": str(self._folder), "master": self._master, "memory_mb": self._memory_mb,
            "partitions": self._partitions,
            "java": self._options,
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "tongqu.node.engines.spark.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a library complains of may hold a value
            env={
                "PATH": os.defpath,
                "JAVA_HOME": str(self._java),
                "SPARK_HOME": str(home),
                "SPARK_CONF_DIR": str(home / "conf"),
                "SPARK_LOCAL_IP": "127.0.0.1",
                "TMPDIR": str(self._folder / "tmp"),
                "HOME": str(self._folder),
                "LC_ALL": "C.UTF-8",
            },
            cwd=self._folder,
            start_new_session=True,  # it is ended with all it started
        )
        with self._turn:
            self._process = process
        with suppress(OSError):
            assert process.stdin is not None
            process.stdin.write(framed(settings))
            process.stdin.flush()
        return process

    def _prepare(self) -> Path:
        """A home whose work folder, settings and temporary files are ours; libraries and scripts are those installed."""
        for name in ("local", "tmp", "home", "warehouse"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
            (self._folder / name).mkdir(mode=0o700, parents=True)
        home = self._folder / "home"
        found = find_spec("pyspark")
        assert found is not None
        assert found.origin is not None
        for name in ("jars", "bin"):
            (home / name).symlink_to(Path(found.origin).parent / name)
        (home / "conf").mkdir()
        (home / "conf" / "log4j2.properties").write_text(LOGGING, encoding="ascii")
        # In a file of its owner's, which Spark reads by itself: as a setting it would stand in the command, for all to see.
        with os.fdopen(
            os.open(home / "conf" / "spark-defaults.conf", os.O_WRONLY | os.O_CREAT, 0o600), "w"
        ) as defaults:
            defaults.write(f"spark.authenticate true\nspark.authenticate.secret {secrets.token_hex(32)}\n")
        return home

    def _end(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def java_home() -> Path:
    """The home of a Java 17 or later. Raises NodeFault."""
    told_home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{told_home}/bin" if told_home else None)
    if found is None:
        raise _no_spark("没有 Java", "there is no Java")
    return Path(found).resolve().parents[1]


def _no_spark(zh: str, en: str) -> NodeFault:
    return NodeFault(
        "no-spark",
        Words(f"[engine] 设为 spark, 但{zh}。", f"[engine] says spark, but {en}."),
        Words(
            "请安装 tongqu[spark] 与 Java 17 (Debian: apt-get install openjdk-17-jre-headless), 或改用 duckdb。",
            "Install tongqu[spark] and Java 17 (Debian: apt-get install openjdk-17-jre-headless), or use duckdb.",
        ),
    )


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    got = pipe.read(size) if size else b""
    if len(got) < size:
        raise EOFError
    return got
