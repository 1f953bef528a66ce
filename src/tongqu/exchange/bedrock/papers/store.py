"""Where content lies: a folder, by hash. A store with the same three methods can take its place."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol


class Store(Protocol):
    def put(self, content: bytes) -> str: ...
    def get(self, sha256: str) -> bytes: ...
    def exists(self, sha256: str) -> bool: ...


class FolderStore:
    """`<root>/ab/cdef…`: written beside its place, flushed to disk, then renamed, so a crash leaves no half paper."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:]

    def put(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        place = self.place(sha256)
        if place.exists():
            return sha256
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=".half-", delete=False) as half:
            try:
                half.write(content)
                half.flush()
                os.fsync(half.fileno())
                os.replace(half.name, place)
            except BaseException:
                Path(half.name).unlink(missing_ok=True)
                raise
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return sha256

    def get(self, sha256: str) -> bytes:
        return self.place(sha256).read_bytes()

    def exists(self, sha256: str) -> bool:
        return self.place(sha256).exists()
