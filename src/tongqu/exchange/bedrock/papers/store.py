"""Where content lies: a folder, by hash. A store with the same methods can take its place."""

from __future__ import annotations

import hashlib
import os
import re
import time
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import BinaryIO, Protocol, cast

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LEFT_OVER_SECONDS = 24 * 3600


class Draft(Protocol):
    """Content on its way in. Leaving the `with` without `keep` leaves nothing."""

    @property
    def file(self) -> BinaryIO: ...
    @property
    def sha256(self) -> str: ...
    def write(self, chunk: bytes) -> None: ...
    def keep(self) -> str: ...
    def __enter__(self) -> Draft: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Store(Protocol):
    def draft(self) -> Draft: ...
    def put(self, content: bytes) -> str: ...
    def get(self, sha256: str) -> bytes: ...
    def open(self, sha256: str) -> BinaryIO: ...
    def exists(self, sha256: str) -> bool: ...
    def remove(self, sha256: str) -> None: ...


class FolderStore:
    """`<root>/ab/cdef…`: written under another name, flushed to disk, then renamed, so a crash leaves no half paper."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def halves(self) -> Path:
        """On the same disk as the papers, since a rename does not cross disks."""
        return self.root / ".half"

    def place(self, sha256: str) -> Path:
        """Raises FileNotFoundError for what is no hash: a hash from outside must not lead out of the folder."""
        if not _SHA256.fullmatch(sha256):
            raise FileNotFoundError(sha256)
        return self.root / sha256[:2] / sha256[2:]

    def draft(self) -> FolderDraft:
        self.halves.mkdir(parents=True, exist_ok=True)
        self._clear_left_over()
        return FolderDraft(self)

    def put(self, content: bytes) -> str:
        with self.draft() as draft:
            draft.write(content)
            return draft.keep()

    def get(self, sha256: str) -> bytes:
        return self.place(sha256).read_bytes()

    def open(self, sha256: str) -> BinaryIO:
        return self.place(sha256).open("rb")

    def remove(self, sha256: str) -> None:
        """What is not there needs no removing."""
        self.place(sha256).unlink(missing_ok=True)

    def exists(self, sha256: str) -> bool:
        with suppress(FileNotFoundError):
            return self.place(sha256).exists()
        return False

    def _clear_left_over(self) -> None:
        """A process that was killed could not take its half paper away. There is seldom anything here."""
        for half in self.halves.iterdir():
            with suppress(FileNotFoundError):
                if half.stat().st_mtime < time.time() - _LEFT_OVER_SECONDS:
                    half.unlink()


class FolderDraft:
    """One paper being written. Its hash is taken while it comes."""

    def __init__(self, store: FolderStore) -> None:
        self._store = store
        self._half = NamedTemporaryFile(dir=store.halves, delete=False)  # noqa: SIM115 - `__exit__` closes it
        self._hash = hashlib.sha256()

    @property
    def file(self) -> BinaryIO:
        return cast(BinaryIO, self._half)

    @property
    def sha256(self) -> str:
        """Of what has come so far."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        self._half.write(chunk)
        self._hash.update(chunk)

    def keep(self) -> str:
        """Puts the paper in its place; its hash. A known paper is written anew, which mends it if it was damaged."""
        sha256 = self.sha256
        self._half.flush()
        os.fsync(self._half.fileno())
        place = self._store.place(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(self._half.name, place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return sha256

    def __enter__(self) -> FolderDraft:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._half.close()
        Path(self._half.name).unlink(missing_ok=True)
