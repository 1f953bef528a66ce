"""Who keeps which contracts: of several workers each contract has exactly one, and its journal is that worker's own.

A contract goes to a worker by the hash of its name, so that nobody need be asked. When the number of workers changes, the
journals are closed as they are (`before`: which files, and how much of each), and every worker makes its index anew from
what concerns its contracts there; from then on its own files hold nothing else. One worker that never had others has no
such note, and reads its journal as it always did.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from tongqu.node.meters.journal import WRITER_FILES, Journal, JournalDamaged, Place, all_files
from tongqu.node.state import write_durably

NOTE = "layout.json"


def worker_of(contract: str, workers: int) -> int:
    """The worker that keeps this contract."""
    if workers == 1:
        return 0
    told = hashlib.blake2b(contract.encode(), digest_size=8, person=b"tongqu workers").digest()
    return int.from_bytes(told) % workers


@dataclass(frozen=True)
class Layout:
    """`number` rises with each change; 0 is the layout of a node that never had but one worker."""

    workers: int = 1
    number: int = 0
    before: tuple[tuple[int, int], ...] = ()
    """Files of the journal that were there when this layout began, and how many bytes of each."""


@dataclass(frozen=True)
class Share:
    """What one worker keeps."""

    worker: int = 0
    layout: Layout = Layout()

    def mine(self, contract: str) -> bool:
        return worker_of(contract, self.layout.workers) == self.worker

    def begins(self, journal: Journal) -> Place | None:
        """Where this worker's own files begin to be of this layout; None: with the first."""
        own = [(file, size) for file, size in self.layout.before if journal.owns(file)]
        return Place(*max(own)) if own else None


ALONE = Share()


def read_layout(folder: Path) -> Layout:
    """The layout of a journal's folder. Raises JournalDamaged when its note cannot be read."""
    note = folder / NOTE
    try:
        told = json.loads(note.read_bytes())
        before = tuple((int(file), int(size)) for file, size in told["before"])
        return Layout(int(told["workers"]), int(told["number"]), before)
    except FileNotFoundError:
        return Layout()
    except (OSError, ValueError, KeyError, TypeError):
        raise JournalDamaged(note, 0) from None


def arranged(folder: Path, workers: int) -> Layout:
    """The layout for so many workers, begun now if the last one was for others. Only while nobody writes: whoever calls
    holds the state folder's lock. Raises OSError or JournalDamaged."""
    layout = read_layout(folder)
    if layout.workers == workers:
        return layout
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for writer in sorted({0, *(file.writer for file in all_files(folder))}):
        Journal(folder, writer=writer).close()  # cuts off a torn end, which nobody was told of
    before = tuple((file.number, file.path.stat().st_size) for file in all_files(folder))
    for number, size in layout.before:  # what was there when they were shared out last must be there still
        if dict(before).get(number, -1) < size:
            writer, file = divmod(number, WRITER_FILES)
            raise JournalDamaged(folder / str(writer or "") / f"journal-{file:08d}.log", dict(before).get(number, 0))
    fresh = Layout(workers, layout.number + 1, before)
    told = {"workers": workers, "number": fresh.number, "before": before}
    write_durably(folder / NOTE, json.dumps(told).encode())
    return fresh
