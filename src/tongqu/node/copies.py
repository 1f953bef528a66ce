"""Copies of pinned versions that must be made first: marked for one contract, or as Parquet parts for sharing.

A copy is made once for each contract, version and form, by a process of its own and one at a time, and stands whole or not
at all. It can be made again, byte for byte; so when the disk is to hold no more, the one unused longest goes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongqu.node.alone import alone_or_not
from tongqu.node.config import SourceConfig
from tongqu.node.watermark.signs import contract_key
from tongqu.node.watermark.writing import FILE, PARQUET

COPY_SECONDS_MAX = 6 * 3_600
WAITING_MAX = 1_000
RETRY_SECONDS = 60
_NEW = ".new"
_GONE = ".gone"
_LEFT = (_NEW, _GONE)
"""Endings of what is no copy yet, or none any more."""


@dataclass(frozen=True)
class CopyKey:
    """Which copy: of which version, for which contract (None: unmarked), in which form."""

    source: str
    version: str
    contract: str | None
    form: str

    @property
    def place(self) -> str:
        owner = "plain" if self.contract is None else hashlib.sha256(self.contract.encode()).hexdigest()[:40]
        return f"{self.source}/{self.version}/{self.form}-{owner}"


@dataclass(frozen=True)
class Part:
    """One file of a copy."""

    file: Path
    bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class Copy:
    parts: tuple[Part, ...]

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)


class CopyRoom:
    """`get` and `want` are asked by calls; `make_next` runs in the background."""

    def __init__(self, configs: Collection[SourceConfig], state: Path, *, secret: bytes, bytes_max: int) -> None:
        self._configs = {config.id: config for config in configs}
        self._folder = state / "copies"
        self._blobs = state / "blobs"
        self._snapshots = state / "snapshots"
        self._secret = secret
        self._bytes_max = bytes_max
        self._known: dict[CopyKey, Copy] = {}
        self._wanted: dict[CopyKey, None] = {}
        self.failed: dict[CopyKey, tuple[str, float]] = {}
        """What went wrong with a copy, and when by the loop's clock it is tried again."""
        self._making = state / "lock-copies"
        """Of several workers one makes copies at a time."""
        if self._folder.exists():
            with alone_or_not(self._making) as free:
                for left in self._folder.glob("*/*/*") if free else ():
                    if left.name.endswith(_LEFT):
                        shutil.rmtree(left, ignore_errors=True)

    def get(self, key: CopyKey) -> Copy | None:
        """The copy, if it stands whole."""
        found = self._known.get(key) or self._read(key)
        if found is None or not all(is_regular(part.file, part.bytes) for part in found.parts):
            self._known.pop(key, None)
            return None
        self._known[key] = found
        return found

    def want(self, key: CopyKey) -> None:
        if key not in self._wanted and len(self._wanted) < WAITING_MAX:
            self._wanted[key] = None

    def used(self, key: CopyKey) -> None:
        """Notes that the copy was handed out, so that it is not the first to go."""
        with suppress(OSError):
            os.utime(self._folder / key.place)

    def _read(self, key: CopyKey) -> Copy | None:
        folder = self._folder / key.place
        try:
            rows = json.loads((folder / "copy.json").read_bytes())["parts"]
        except (OSError, ValueError, KeyError):
            return None
        return Copy(tuple(Part(folder / r["name"], r["bytes"], r["sha256"], r["rows"]) for r in rows))

    # -- making --------------------------------------------------------------------------------------------------------

    async def make_next(self) -> bool:
        """Makes one copy that is wanted. True when there is more to do."""
        now = asyncio.get_running_loop().time()
        key = next((each for each in self._wanted if self.failed.get(each, ("", 0.0))[1] <= now), None)
        if key is None:
            return False
        with alone_or_not(self._making) as free:
            if not free:
                return False
            del self._wanted[key]
            if self.get(key) is None:
                fault = await self._make(key)
                if fault is None:
                    self.failed.pop(key, None)
                else:
                    self.failed[key] = (fault, now + RETRY_SECONDS)
        return bool(self._wanted)

    async def _make(self, key: CopyKey) -> str | None:
        """Why it failed, or None. The text of a library's error may hold a row, so only codes are told."""
        config, file = self._configs.get(key.source), self._blobs / key.source / key.version
        if config is None or not file.exists():
            return "version-not-held"
        if key.contract is not None and config.watermark is None:
            return "not-declared"
        try:
            await self._make_room(2 * file.stat().st_size)
        except OSError:
            return "disk-full"
        folder = self._folder / key.place
        # A name of its own: whoever made it for a node that was killed may still be writing where that one told it to.
        fresh = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}{_NEW}")
        await asyncio.to_thread(_remove, list(folder.parent.glob(f"{folder.name}.*{_NEW}")))
        for each in (self._folder, fresh.parent.parent, fresh.parent, fresh):
            each.mkdir(mode=0o700, exist_ok=True)
        try:
            fault = await self._run(self._job(config, key, file, fresh))
            if fault is None:
                left = _set_aside(folder)  # what was not whole: a node that was killed may have been removing it
                os.replace(fresh, folder)
                await asyncio.to_thread(_remove, left)
        finally:
            await asyncio.to_thread(_remove, [fresh])
        return fault

    def _job(self, config: SourceConfig, key: CopyKey, file: Path, folder: Path) -> dict[str, Any]:
        mark = None
        if key.contract is not None and config.watermark is not None:
            made = contract_key(self._secret, contract=key.contract, source=key.source, version=key.version)
            mark = {"watermark": config.watermark.to_json(), "key": made.hex()}
        return {
            "file": str(file), "folder": str(folder), "form": key.form, "mark": mark,
            "format": PARQUET if config.parquet else "csv", "encoding": config.encoding,
            "delimiter": config.delimiter,
            "text_columns": [*([config.key] if config.key else []), *self._texts(config)],
        }  # fmt: skip

    def _texts(self, config: SourceConfig) -> list[str]:
        """The columns that a database says are text: whatever their values look like, they stay so."""
        try:
            told = json.loads((self._snapshots / config.id / "snapshot.json").read_bytes())["columns"]
        except (OSError, ValueError, KeyError):
            return []
        return [name for name, kind in told if kind == "string"]

    async def _run(self, job: dict[str, Any]) -> str | None:
        """In a process of its own, at low priority; the key goes by its standard input, where no other process sees it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-m", "tongqu.node.watermark.worker",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            told, _ = await asyncio.wait_for(process.communicate(json.dumps(job).encode()), COPY_SECONDS_MAX)
        except TimeoutError:
            return "too-slow"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == 0:
            return None
        return told.decode("ascii", "replace").strip()[:40] or "failed"

    async def _make_room(self, size: int) -> None:
        """Removes what was unused longest until so much more may be written. Raises OSError where that is not enough.

        Looking through the copies and giving up their blocks takes long, and is done beside the calls. Which of them go is
        settled at once, where calls take them, so that a call finds a copy whole or not at all; a download that has its
        file open reads on.
        """
        if size > self._bytes_max:
            raise OSError("a copy larger than all of them may be")
        sizes = await asyncio.to_thread(self._sizes)
        over = sum(sizes.values()) + size - self._bytes_max
        gone: list[Path] = []
        for folder in sorted(sizes, key=lambda each: each.stat().st_mtime_ns):
            if over <= 0:
                break
            gone += _set_aside(folder)
            over -= sizes[folder]
        await asyncio.to_thread(_remove, gone)
        if size > shutil.disk_usage(self._folder if self._folder.exists() else self._folder.parent).free:
            raise OSError("no room for a copy")

    def _sizes(self) -> dict[Path, int]:
        copies = [folder for folder in self._folder.glob("*/*/*") if not folder.name.endswith(_LEFT)]
        return {folder: _size(folder) for folder in copies}

    def drop(self, keep: Collection[tuple[str, str]]) -> int:
        """Removes the copies of versions that no permit names any more. Returns how many.

        Not while one is being made, nor what is wanted: its permit may have come since it was looked which there are.
        """
        named = {f"{source}/{version}" for source, version in keep}
        dropped = 0
        with alone_or_not(self._making) as free:
            for folder in self._folder.glob("*/*") if free else ():
                wanted = {f"{key.source}/{key.version}" for key in tuple(self._wanted)}
                if f"{folder.parent.name}/{folder.name}" not in named | wanted:
                    shutil.rmtree(folder, ignore_errors=True)
                    dropped += 1
        return dropped


def is_regular(file: Path, size: int | None = None) -> bool:
    """Whether a plain file stands there, of that size; a link in its place is not one."""
    try:
        seen = os.lstat(file)
    except OSError:
        return False
    return stat.S_ISREG(seen.st_mode) and (size is None or seen.st_size == size)


def _set_aside(folder: Path) -> list[Path]:
    """Takes a copy out of its place, whole and at once, if one stands there; where it is now."""
    gone = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}{_GONE}")
    try:
        os.replace(folder, gone)
    except FileNotFoundError:
        return []
    return [gone]


def _remove(folders: Collection[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir() if is_regular(file))


__all__ = ["FILE", "PARQUET", "Copy", "CopyKey", "CopyRoom", "Part", "is_regular"]
