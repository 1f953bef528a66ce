"""The chunks of a file made in a process of its own: beside the database's work, and with nothing of ours in reach.

The process knows no Django and starts in a tenth of a second. It is given the file and the terms, has no secrets in its
environment, and ends with whoever asked: its answers have nowhere to go then.
"""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

import tongqu
from tongqu.exchange.registry.rows.chunks import Chunk, chunks
from tongqu.exchange.registry.rows.reading import BadFile, surveyed
from tongqu.exchange.registry.rows.understanding import Terms

FROM_BYTES = 300_000
"""Of a smaller file the rows are made where they are asked for, sooner than a process starts."""
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "PYTHONHOME", "LD_LIBRARY_PATH")
_PIPE_BYTES = 1 << 20  # a chunk has some megabytes: the usual pipe would wake both sides a hundred times for each
_SIZE = struct.Struct(">Q")


class Unexpected(Exception):
    """Something went wrong that would go wrong again; `name` is what, the text says where."""

    def __init__(self, name: str, where: str) -> None:
        self.name = name
        super().__init__(where)


def made(content: bytes, position: int, terms: Terms, most: int) -> Generator[Chunk]:
    """As `chunks` makes them; those of a large file apart. Raises BadFile, Unexpected, and OSError when the process died."""
    return (chunks if len(content) < FROM_BYTES else chunks_apart)(content, position, terms, most)


def chunks_apart(content: bytes, position: int, terms: Terms, most: int) -> Generator[Chunk]:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = str(Path(tongqu.__path__[0]).parent)
    command = [sys.executable, "-P", "-m", __package__]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, pipesize=_PIPE_BYTES
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            _send(process.stdin, (position, terms, most, len(content)))
            process.stdin.write(content)
            _send(process.stdin, surveyed(content))  # while the process starts
            process.stdin.flush()
            while (chunk := _answer(process.stdout)) is not None:
                yield chunk
        finally:
            process.kill()


def _answer(told: IO[bytes]) -> Chunk | None:
    match _received(told):
        case ("chunk", chunk):
            return chunk  # type: ignore[no-any-return]
        case ("end",):
            return None
        case ("bad", words, mend):
            raise BadFile(words, mend)
        case ("passing", where):
            raise ChildProcessError(where)
        case (_, name, where):
            raise Unexpected(name, where)
        case _:
            raise ChildProcessError("the process that cleans rows died")


def _send(to: IO[bytes], what: object) -> None:
    told = pickle.dumps(what, protocol=5)
    to.write(_SIZE.pack(len(told)))
    to.write(told)


def _received(told: IO[bytes]) -> Any:
    """None at the end of what was told. Both sides are one program, so what comes is its own."""
    head = told.read(_SIZE.size)
    if len(head) < _SIZE.size:
        return None
    (size,) = _SIZE.unpack(head)
    body = told.read(size)
    return pickle.loads(body) if len(body) == size else None  # noqa: S301 -- see above


def answer(asked: IO[bytes], to: IO[bytes]) -> None:
    """What the process does: reads what is asked, tells chunk after chunk, then the end or what went wrong."""
    position, terms, most, size = _received(asked)
    content, survey = asked.read(size), _received(asked)
    if survey is None:  # the file is none: who asked knows, and has gone
        return
    try:
        for chunk in chunks(content, position, terms, most, survey):
            _tell(to, "chunk", chunk)
        _tell(to, "end")
    except BrokenPipeError:  # nobody listens any more
        return
    except BadFile as bad:
        _tell(to, "bad", bad.words, bad.mend)
    except (OSError, MemoryError):
        _tell(to, "passing", traceback.format_exc())
    except Exception as error:
        _tell(to, "unexpected", type(error).__name__, traceback.format_exc())


def _tell(to: IO[bytes], *what: object) -> None:
    _send(to, what)
    to.flush()
