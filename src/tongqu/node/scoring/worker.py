"""The process that holds one model. It is given the model's bytes by a pipe, then rows, and gives back one number a row.

Before the model is read, the process shuts itself in: no further file or socket can be opened, nothing can be written,
memory and processor time are bounded. A model is data of the provider's; still its reader may have faults, so whatever it
does wrong ends this process and nothing else. There is no pickle: ONNX, or skops, whose types are looked at before one of
them is made.
"""

from __future__ import annotations

import importlib
import io
import json
import math
import os
import resource
import sys
import zipfile
from collections.abc import Callable, Collection
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tongqu.node.scoring.frames import LENGTH, READY, framed

Scores = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float32]

TYPES_FROM = ("sklearn.", "numpy.", "scipy.", "builtins", "collections")
"""Whatever the owner trusts besides, a type of another library is never made."""


def main() -> None:
    told = json.loads(sys.argv[1])
    inward = os.fdopen(0, "rb", buffering=0)
    outward = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # what a library prints is no answer
    os.close(nowhere)
    model = _next(inward)
    if model is None:
        return
    engine = _ENGINES[told["format"]]
    engine_of = engine(model, told["trusted"])
    _shut_in(told["memory_mb"])
    score = engine_of(told["kind_of_score"], told["classes"])
    _within(told["seconds"])
    score(np.zeros((1, told["features"]), dtype=np.float32))
    outward.write(framed(READY))
    while (content := _next(inward)) is not None:
        _within(told["seconds"])
        rows = np.frombuffer(content, dtype=np.float32).reshape(-1, told["features"])
        outward.write(framed(np.ascontiguousarray(score(rows), dtype=np.float64).tobytes()))


def _next(inward: BinaryIO) -> bytes | None:
    """The next frame; None when the node has gone."""
    head = _exactly(inward, LENGTH.size)
    return None if head is None else _exactly(inward, LENGTH.unpack(head)[0])


def _exactly(inward: BinaryIO, size: int) -> bytes | None:
    got = bytearray()
    while len(got) < size:
        chunk = inward.read(size - len(got))
        if not chunk:
            return None
        got += chunk
    return bytes(got)


def _shut_in(memory_mb: int) -> None:
    """No more files, sockets, processes or core dumps; so much memory beyond what the libraries took."""
    with open("/proc/self/statm", encoding="ascii") as sizes:
        taken = int(sizes.read().split()[0]) * resource.getpagesize()
    most = taken + memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    while (filler := os.dup(2)) < highest:  # every lower number is taken, so that none is left below the limit
        pass
    highest = max(highest, filler)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, highest + 1))


def _within(seconds: int) -> None:
    """So much processor time from now; then the kernel ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


Score = Callable[[Rows], Scores]
Engine = Callable[[str, int], Score]


def _onnx(model: bytes, _trusted: Collection[str]) -> Engine:
    import onnxruntime as ort

    ort.set_default_logger_severity(4)

    def engine(kind_of_score: str, classes: int) -> Score:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.use_deterministic_compute = True
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        (wanted,) = session.get_inputs()

        def score(rows: Rows) -> Scores:
            return _of_outputs(session.run(None, {wanted.name: rows}), kind_of_score)

        return score

    return engine


def _of_outputs(outputs: list[Any], kind_of_score: str) -> Scores:
    """A classifier gives labels and a column of probabilities a class; a regressor one number."""
    if kind_of_score == "probability":
        last = np.asarray(outputs[-1], dtype=np.float64)
        return last[:, 1] if last.ndim == 2 and last.shape[1] == 2 else last.reshape(-1)
    return np.asarray(outputs[0], dtype=np.float64).reshape(-1)


def _skops(model: bytes, trusted: Collection[str]) -> Engine:
    import skops.io
    from sklearn.preprocessing import StandardScaler

    _read_ahead(model)
    StandardScaler().fit_transform(np.eye(2))  # what the library looks up once, it has looked up

    def engine(kind_of_score: str, classes: int) -> Score:
        unknown = set(skops.io.get_untrusted_types(data=model)) - set(trusted)
        if unknown:
            raise ValueError("types that are not trusted")
        found = skops.io.loads(model, trusted=sorted(trusted))

        def score(rows: Rows) -> Scores:
            if kind_of_score == "probability":
                return np.asarray(found.predict_proba(rows), dtype=np.float64)[:, 1]
            predicted = found.predict(rows)
            if kind_of_score == "class":
                predicted = np.searchsorted(found.classes_, predicted)
            return np.asarray(predicted, dtype=np.float64).reshape(-1)

        return score

    return engine


def _read_ahead(model: bytes) -> None:
    """Imports what the model is made of, since no file can be opened later; and refuses what is of other libraries."""
    with zipfile.ZipFile(io.BytesIO(model)) as file:
        parts: list[Any] = [json.loads(file.read("schema.json"))]
    modules = set()
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            if isinstance(module := part.get("__module__"), str):
                modules.add(module)
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)
    for module in sorted(modules):
        if not f"{module}.".startswith(TYPES_FROM) and module not in TYPES_FROM:
            raise ValueError("types of another library")
        importlib.import_module(module)


_ENGINES: dict[str, Callable[[bytes, Collection[str]], Engine]] = {"onnx": _onnx, "skops": _skops}


if __name__ == "__main__":
    main()
