"""What is asked in batches is written as it comes: answers were billed, and must not be lost with what is refused after them."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import FileIO, StringIO
from pathlib import Path
from typing import Any

import typer

from tongqu.client.calls import Node
from tongqu.client.terminal import advise, spoken, tell_of_old
from tongqu.wire.words import Words

Write = Callable[[Iterable[Sequence[Any]]], None]


@contextmanager
def rows_to(out: Path | None, *, goes_on: bool) -> Iterator[Write]:
    """Writes rows to the terminal, or to a CSV: behind what it holds, or in its place once there is something to put there.

    The file is opened before anything is asked, so that no answer is billed that cannot be written. Rows that do not go in whole do
    not go in at all.
    """
    if out is None:
        yield _show
        return
    with out.open("ab", buffering=0) as file:
        holds_older = not goes_on

        def write(rows: Iterable[Sequence[Any]]) -> None:
            nonlocal holds_older
            text = StringIO(newline="")
            csv.writer(text).writerows(rows)
            try:
                if holds_older:
                    file.truncate(0)
                    holds_older = False
                _whole(file, text.getvalue().encode())
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(out)) from error

        yield write


def _whole(file: FileIO, content: bytes) -> None:
    before = os.fstat(file.fileno()).st_size
    left = memoryview(content)
    try:
        while left:
            left = left[file.write(left) :]
        with suppress(OSError):  # what is no file, a pipe say, has no disk to wait for
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            file.truncate(before)
        raise


def _show(rows: Iterable[Sequence[Any]]) -> None:
    for row in rows:
        print("\t".join("" if cell is None else str(cell) for cell in row), flush=True)  # noqa: T201


@contextmanager
def gone_on_with(reached: Callable[[], Words | None]) -> Iterator[None]:
    """After what went wrong, says how far it came and how to go on."""
    try:
        with spoken():
            yield
    except (typer.Exit, KeyboardInterrupt):
        if (words := reached()) is not None:
            advise(words.zh, words.en)
        raise


def ask_in_batches(
    node: Node, asked: Sequence[Any], ask: Callable[[list[Any]], list[str]], write: Callable[[int, list[str]], None],
    *, after: int, batch: int,
) -> None:  # fmt: skip
    """Asks the node for all but the first `after`. Each batch is written, with where it begins, before the next is asked."""
    reached = after

    def where() -> Words | None:
        if reached == 0:
            return None
        return Words(
            f"共 {len(asked)} 个，已答 {reached} 个，停在第 {reached + 1} 个；已得的回答有效，不必再问。其余的用同一命令加 --after {reached} 接着问。",
            f"{reached} of {len(asked)} are answered, and stay so; it stopped before number {reached + 1}. Go on with the rest "
            f"by the same command with --after {reached}.",
        )

    with gone_on_with(where), node.until_written() as written:
        for start in range(after, len(asked), batch):
            some = list(asked[start : start + batch])
            write(start, ask(some))
            written()
            reached = start + len(some)
    tell_of_old(node)
