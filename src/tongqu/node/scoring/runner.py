"""The node's end of a worker: starts it, sends rows, waits no longer than it may, and ends it when anything is amiss.

Blocking; called on a thread. A worker that died is started again with the next call, from the bytes that were checked
against the declared hash.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import numpy as np

from tongqu.node.scoring.frames import FRAME_BYTES_MAX, LENGTH, READY, framed
from tongqu.node.scoring.worker import Rows, Scores
from tongqu.wire.scoring import Scoring

START_SECONDS_MAX = 60
WAIT_SECONDS = 10
"""Beyond its processor time: on a busy machine a worker waits for its turn."""


class ModelFailed(Exception):
    """The worker died, was too slow or answered what cannot be. The call is not answered and not billed."""


@dataclass(frozen=True)
class ModelFile:
    """A model as its owner declares it at the node. `trusted` are types of skops beyond those it knows to be harmless."""

    content: bytes
    trusted: tuple[str, ...] = ()
    memory_mb: int = 512
    seconds: int = 10


def _wait(pipe: int, event: int, until: float) -> None:
    """Until the pipe is ready, or its other end is gone: then reading or writing says so. Raises ModelFailed."""
    ready = select.poll()  # `select` takes no descriptor above 1,023, and a node has as many connections
    ready.register(pipe, event)
    if not ready.poll(max(0.0, until - time.monotonic()) * 1_000):
        raise ModelFailed("too slow")


class Runner:
    """One model and, while it is used, the process that holds it. Calls wait for each other."""

    def __init__(self, scoring: Scoring, file: ModelFile) -> None:
        self.scoring = scoring
        self._file = file
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def score(self, rows: Rows) -> Scores:
        """One number for each row. Raises ModelFailed."""
        with self._turn:
            try:
                if self._process is None or self._process.poll() is not None:
                    self._start()
                until = time.monotonic() + self._file.seconds + WAIT_SECONDS
                self._write(framed(np.ascontiguousarray(rows, dtype=np.float32).tobytes()), until)
                scores = np.frombuffer(self._read(until), dtype=np.float64)
            except (OSError, ValueError) as error:
                self._end()
                raise ModelFailed(type(error).__name__) from None
            except ModelFailed:
                self._end()
                raise
            if len(scores) != len(rows) or not np.isfinite(scores).all():
                self._end()
                raise ModelFailed("not one number a row")
            return scores

    def close(self) -> None:
        with self._turn:
            self._end()

    def _start(self) -> None:
        self._end()
        told = {
            "format": self.scoring.format,
            "features": len(self.scoring.features),
            "kind_of_score": self.scoring.kind_of_score,
            "classes": len(self.scoring.classes),
            "trusted": self._file.trusted,
            "memory_mb": self._file.memory_mb,
            "seconds": self._file.seconds,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "tongqu.node.scoring.worker", json.dumps(told)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a library complains of may hold a value
            env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
            cwd="/",
            bufsize=0,
        )
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        until = time.monotonic() + START_SECONDS_MAX
        self._write(framed(self._file.content), until)
        if self._read(until) != READY:
            raise ModelFailed("not ready")

    def _write(self, content: bytes, until: float) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        pipe, left = self._process.stdin.fileno(), memoryview(content)
        while left:
            _wait(pipe, select.POLLOUT, until)
            left = left[os.write(pipe, left[: 1 << 16]) :]

    def _read(self, until: float) -> bytes:
        (size,) = LENGTH.unpack(self._exactly(LENGTH.size, until))
        if size > FRAME_BYTES_MAX:
            raise ModelFailed("too much")
        return self._exactly(size, until)

    def _exactly(self, size: int, until: float) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        pipe, got = self._process.stdout.fileno(), bytearray()
        while len(got) < size:
            _wait(pipe, select.POLLIN, until)
            chunk = os.read(pipe, min(size - len(got), 1 << 20))
            if not chunk:
                raise ModelFailed("ended")
            got += chunk
        return bytes(got)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()
