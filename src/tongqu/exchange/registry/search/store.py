"""Where the index lies: a folder of segments and one file that names those in force. Written by one, mapped by all.

A segment holds the entries of one block of ids. When entries of a block were changed, the block is built anew in a
folder of its own and the file is replaced; who searches at this moment goes on with what it has mapped.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tongqu.exchange.registry.search.index import Document, Index, Segment

BLOCK = 1 << 16
"""Ids in one segment."""

_NAMES = "segments-2.json"
"""Says by its number how segments are laid out: others are not read, and everything is built anew."""


class Store:
    """The index in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mapped: dict[str, Segment] = {}
        self._seen: tuple[int, int] | None = None
        self._index = Index([])
        self._one = threading.Lock()

    def index(self) -> Index:
        """What is in force now. Empty before anything was built."""
        try:
            told = (self.folder / _NAMES).stat()
        except FileNotFoundError:
            return Index([])
        seen = (told.st_mtime_ns, told.st_ino)
        with self._one:
            if seen != self._seen:
                names = self._names()
                self._mapped = {name: self._mapped.get(name) or Segment.open(self.folder / name) for name in names}
                self._index, self._seen = Index([self._mapped[name] for name in sorted(names)]), seen
            return self._index

    def refresh(
        self, blocks: Mapping[int, str], documents: Callable[[int, int], Iterable[Document]], facets: tuple[str, ...]
    ) -> int:
        """Builds the blocks whose mark is not the one they were built with. How many. One at a time, whoever asks."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone() as mine:
            if not mine:
                return 0
            names = {name: mark for name, mark in self._names().items() if (self.folder / name).is_dir()}
            standing = {name.split("-")[0]: name for name in names}
            made, built = {}, 0
            for block, mark in sorted(blocks.items()):
                name = standing.get(f"{block:08d}")
                if name is None or names[name] != mark:
                    name = self._build(f"{block:08d}", documents(block * BLOCK, (block + 1) * BLOCK), facets)
                    built += 1
                made[name] = mark
            if built or made.keys() != names.keys():
                draft = self.folder / f"{_NAMES}.new"
                draft.write_text(json.dumps(made), encoding="utf-8")
                draft.replace(self.folder / _NAMES)
                self._clear(set(made))
            return built

    def _build(self, name: str, documents: Iterable[Document], facets: tuple[str, ...]) -> str:
        made = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        made.chmod(0o755)
        Segment.build(documents, facets).save(made)
        return made.name

    def _names(self) -> dict[str, str]:
        with suppress(OSError, ValueError):
            told: dict[str, str] = json.loads((self.folder / _NAMES).read_text("utf-8"))
            return told
        return {}

    def _clear(self, kept: set[str]) -> None:
        """Mapped files stay readable to who has them mapped."""
        for path in self.folder.iterdir():
            if path.is_dir() and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        handle = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(handle)
