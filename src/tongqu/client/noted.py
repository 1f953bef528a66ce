"""The key under which a call was begun, noted on the disk until its answer is where it belongs.

Where no answer came, or a crash came first, the same request takes the call up again: it is answered once and billed once.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class CallNotes:
    """The notes of one trade, beside its book of receipts. `is_over`: whether this error ends the call for good."""

    def __init__(self, folder: Path, is_over: Callable[[Exception], bool]) -> None:
        self._folder = folder
        self._is_over = is_over
        self._answered: list[Path] | None = None

    @contextmanager
    def of(self, request: str) -> Iterator[str]:
        """The call key of the request of that digest."""
        note = self._folder / f"call-{request[:32]}.json"
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            yield begun_call(note)
        except Exception as error:
            if self._is_over(error):
                note.unlink(missing_ok=True)
            raise
        if self._answered is None:
            note.unlink(missing_ok=True)
        else:
            self._answered.append(note)

    @contextmanager
    def until_written(self) -> Iterator[Callable[[], None]]:
        """Inside, a call that was answered stays noted until the caller says, by what is yielded, that its answer is written.
        Asked again after an error or a crash before that, the node gives the same answer and bills nothing."""
        answered: list[Path] = []

        def written() -> None:
            for note in answered:
                note.unlink(missing_ok=True)
            answered.clear()

        before, self._answered = self._answered, answered
        try:
            yield written
        except Exception as error:
            if self._is_over(error):
                written()  # an answer that is no good would come again
            raise
        else:
            written()
        finally:
            self._answered = before


def noted(note: Path, name: str) -> str | None:
    with suppress(OSError, ValueError, KeyError):
        return str(json.loads(note.read_text("utf-8"))[name]) or None
    return None


def begun_call(note: Path) -> str:
    """The key of a call that was begun before, or a fresh one, written down before the first byte."""
    with suppress(OSError, ValueError, KeyError):
        return str(uuid.UUID(json.loads(note.read_text("utf-8"))["call"]))
    call = str(uuid.uuid4())
    note.write_text(json.dumps({"call": call}), "utf-8")
    return call
