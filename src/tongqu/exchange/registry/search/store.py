"""Where the index lies: a folder of segments and one file that names those in force. Written by one, mapped by all.

A segment holds the entries of one block of ids. When entries of a block were changed, the block is built anew in a
folder of its own and the file is replaced; who searches at this moment goes on with what it has mapped. A segment that is
not whole any more (a file gone, cut or changed in size) is left out and built anew by the next refresh.
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
_SIZES = "sizes.json"
"""In each segment, written last: its files and their sizes."""


class Store:
    """The index in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mapped: dict[str, Segment] = {}
        self._seen: tuple[int, int] | None = None
        self._index = Index([])
        self._one = threading.Lock()

    def index(self) -> Index:
        """What is in force now. Empty before anything was built; the last there was when the folder is gone."""
        try:
            told = (self.folder / _NAMES).stat()
        except FileNotFoundError:
            return self._index
        seen = (told.st_mtime_ns, told.st_ino)
        with self._one:
            if seen != self._seen:
                mapped = self._open(self._names())
                if mapped is None:  # cleared between reading its name and opening it: the names are others now
                    mapped = self._open(self._names())
                if mapped is not None:
                    self._mapped, self._seen = mapped, seen
                    self._index = Index([mapped[name] for name in sorted(mapped)])
            return self._index

    def _open(self, names: Iterable[str]) -> dict[str, Segment] | None:
        """Those of the names that are whole; None when one of them is gone altogether."""
        mapped = {}
        for name in names:
            segment = self._mapped.get(name)
            if segment is None:
                if not (self.folder / name).is_dir():
                    return None
                if not _whole(self.folder / name):
                    continue
                segment = Segment.open(self.folder / name)
            mapped[name] = segment
        return mapped

    def refresh(
        self, blocks: Mapping[int, str], documents: Callable[[int, int], Iterable[Document]], facets: tuple[str, ...]
    ) -> int:
        """Builds the blocks whose mark is not the one they were built with. How many. One at a time: others wait, so that
        what was written before the call is found after it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            names = {name: mark for name, mark in self._names().items() if _whole(self.folder / name)}
            standing = {name.split("-")[0]: name for name in names}
            made, built = {}, 0
            for block, plain in sorted(blocks.items()):
                mark = f"{plain} {'/'.join(facets)}"  # counted by other facets, it is another index
                name = standing.get(f"{block:08d}")
                if name is None or names[name] != mark:
                    name = self._build(f"{block:08d}", documents(block * BLOCK, (block + 1) * BLOCK), facets)
                    built += 1
                made[name] = mark
            if built or made.keys() != names.keys():
                draft = self.folder / f"{_NAMES}.new"
                draft.write_text(json.dumps(made), encoding="utf-8")
                _synchronise(draft)
                draft.replace(self.folder / _NAMES)
                _synchronise(self.folder)
                self._clear(set(made))
            return built

    def _build(self, name: str, documents: Iterable[Document], facets: tuple[str, ...]) -> str:
        made = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        try:
            made.chmod(0o755)
            Segment.build(documents, facets).save(made)
            sizes = {file.name: file.stat().st_size for file in made.iterdir()}
            for file in made.iterdir():
                _synchronise(file)
            (made / _SIZES).write_text(json.dumps(sizes), encoding="utf-8")
            _synchronise(made / _SIZES)
        except BaseException:  # a full disk is not filled further with every try
            shutil.rmtree(made, ignore_errors=True)
            raise
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
    def _alone(self) -> Iterator[None]:
        """The lock of a process that died is nobody's."""
        handle = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _whole(folder: Path) -> bool:
    """Whether all files of a segment stand there in the size they were written in."""
    try:
        sizes: dict[str, int] = json.loads((folder / _SIZES).read_text("utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _synchronise(path: Path) -> None:
    """What is named as in force is on the disk before it is named."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
