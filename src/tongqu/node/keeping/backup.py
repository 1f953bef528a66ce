"""A back-up of a node while it runs, in one file: its key, who it is, permits, probes, and every receipt that is on the disk.

The journal, of several workers each one's, is copied first and ends with its last whole frame; what else is copied is as old or newer, so that no call in the
back-up lacks what it had used up. At the end it is made sure that the journal still holds what was copied. What can be made
again, copies of data above all, is left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from tongqu.node.faults import NodeFault
from tongqu.node.meters.journal import HEADER, payload_at
from tongqu.node.meters.layout import NOTE
from tongqu.node.owner.papers import identity
from tongqu.node.state import write_durably
from tongqu.wire.message import moment_text
from tongqu.wire.words import Words

FORMAT = "tongqu-node-backup/1"
MANIFEST = "manifest.json"
TAKEN = "journal"
"""The one folder that is taken. All others hold data, answers, or what is made of data again: nobody's to copy."""

LEFT_OUT = ("index", "lock", "owner.sock", "backup.json", "laid-by")
"""Files at the top whose names begin so: made again, or of this one run."""

TRIES = 5


@dataclass(frozen=True)
class BackedUp:
    file: Path
    bytes: int
    node: str


def back_up(state: Path, to: Path, *, now: datetime, between: Callable[[], None] = lambda: None) -> BackedUp:
    """Writes the back-up, readable by its owner only; a folder gets a file named after node and moment. Raises NodeFault.

    `between` is called once the journal is copied (tests let time pass there)."""
    who = identity(state)
    if who is None:
        raise NodeFault(
            "not-enrolled",
            Words("节点尚未登记, 没有可备份的。", "The node is not enrolled: there is nothing to back up."),
            Words("请先登记。", "Enrol it first."),
        )
    if to.is_dir():
        to = to / f"tongqu-node-{who.node}-{now.strftime('%Y%m%dT%H%M%SZ')}.tar"
    if to.exists():
        raise NodeFault(
            "backup-exists",
            Words(f"{to} 已存在。", f"{to} is there already."),
            Words("请换一个文件名。", "Give another name."),
        )
    folder = (
        to.parent if to.suffix == ".tar" else to
    )  # `2026.11` is a folder: else the second back-up would find a file there
    if not folder.is_dir():
        raise NodeFault(
            "backup-folder-missing",
            Words(f"没有目录 {folder}。", f"There is no folder {folder}."),
            Words("请先建立目录, 或给出以 .tar 结尾的文件名。", "Make it first, or name a file that ends with .tar."),
        )
    fresh = to.with_name(to.name + ".new")
    try:
        for _ in range(TRIES):
            if _written(state, fresh, who.node, now, between):
                break
        else:
            raise OSError("the journal was another one again and again")
        os.replace(fresh, to)
    except (OSError, sqlite3.Error) as error:
        raise NodeFault(
            "backup-failed",
            Words(f"备份没有写成 ({type(error).__name__})。", f"The back-up was not written ({type(error).__name__})."),
            Words("请检查目标的空间与权限。", "Check room and rights where it is to go."),
        ) from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
    told = {"at": moment_text(now), "file": str(to)}
    write_durably(state / "backup.json", json.dumps(told).encode())
    return BackedUp(to, to.stat().st_size, who.node)


def _written(state: Path, fresh: Path, node: str, now: datetime, between: Callable[[], None]) -> bool:
    """False when the journal was cut back meanwhile: then what was copied may never have been acknowledged; or when the node
    was started with another number of workers, and its note names more of the files than was copied."""
    hashes: dict[str, str] = {}
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)  # never into another's file
    with os.fdopen(handle, "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:

        def put(name: str, content: bytes) -> None:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(content), 0o600, int(now.timestamp())
            tar.addfile(entry, io.BytesIO(content))
            hashes[name] = hashlib.sha256(content).hexdigest()

        shared_out = _shared_out(state)
        journals: dict[Path, int] = {}
        for file in sorted((state / TAKEN).rglob("journal-*.log")):
            content = whole_frames(file.read_bytes())
            put(str(file.relative_to(state)), content)
            journals[file] = len(content)
        between()
        with TemporaryDirectory(dir=state, prefix="backup-") as folder:
            for file in _others(state):
                put(str(file.relative_to(state)), _content(file, Path(folder)))
        told: dict[str, Any] = {"format": FORMAT, "node": node, "at": moment_text(now), "files": hashes}
        put(MANIFEST, json.dumps(told, ensure_ascii=False).encode())
        tar.close()
        out.flush()
        os.fsync(out.fileno())
    return shared_out == _shared_out(state) and all(
        _still_holds(file, size, hashes[str(file.relative_to(state))]) for file, size in journals.items()
    )


def _shared_out(state: Path) -> bytes | None:
    """The note of how contracts are shared out among workers; None for a node that never had but one."""
    try:
        return (state / TAKEN / NOTE).read_bytes()
    except FileNotFoundError:
        return None


def whole_frames(data: bytes) -> bytes:
    """As much of a journal file as is whole frames from its beginning."""
    offset = 0
    while (payload := payload_at(data, offset)) is not None:
        offset += HEADER.size + len(payload)
    return data[:offset]


def _still_holds(file: Path, size: int, sha256: str) -> bool:
    with file.open("rb") as opened:
        os.fdatasync(opened.fileno())
        return hashlib.sha256(opened.read(size)).hexdigest() == sha256


def _others(state: Path) -> Iterator[Path]:
    for file in sorted(state.rglob("*")):
        parts = file.relative_to(state).parts
        is_left_out = parts[0] != TAKEN if len(parts) > 1 else file.name.startswith(LEFT_OUT)
        if is_left_out or not file.is_file() or file.is_symlink() or file.name.endswith((".new", "-wal", "-shm")):
            continue
        if not (file.name.startswith("journal-") and file.suffix == ".log"):
            yield file


def _content(file: Path, folder: Path) -> bytes:
    """A database is copied by its own means, whole at one moment; another file as it is."""
    if file.suffix != ".db":
        return file.read_bytes()
    copy = folder / "copy.db"
    copy.unlink(missing_ok=True)
    with (
        contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as one,
        contextlib.closing(sqlite3.connect(copy)) as other,
    ):
        one.backup(other)
        other.execute("PRAGMA journal_mode=DELETE")
    return copy.read_bytes()


@dataclass(frozen=True)
class Opened:
    """A back-up that was read through and found whole; `files` reads it again, one file after another."""

    file: Path
    node: str
    at: datetime

    def files(self) -> Iterator[tuple[str, bytes]]:
        with tarfile.open(self.file, "r:") as tar:
            for entry in tar:
                if entry.name != MANIFEST:
                    yield entry.name, _member(tar, entry)


def open_backup(file: Path) -> Opened:
    """Reads a back-up and checks every file in it. Raises NodeFault."""
    hashes: dict[str, str] = {}
    try:
        with tarfile.open(file, "r:") as tar:
            for entry in tar:
                content = _member(tar, entry)
                hashes[entry.name] = hashlib.sha256(content).hexdigest()
                if entry.name == MANIFEST:
                    told = json.loads(content)
        del hashes[MANIFEST]
        if told["format"] != FORMAT or hashes != told["files"]:
            raise ValueError("not as its manifest says")
        return Opened(file, str(told["node"]), datetime.fromisoformat(told["at"]))
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise NodeFault(
            "backup-unreadable",
            Words(f"{file} 不是完整的节点备份。", f"{file} is not a whole back-up of a node."),
            Words("请用另一份备份。", "Use another back-up."),
        ) from error


def _member(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    path = PurePosixPath(entry.name)
    if not entry.isreg() or path.is_absolute() or ".." in path.parts:
        raise ValueError("a name that leads elsewhere")
    opened = tar.extractfile(entry)
    assert opened is not None
    return opened.read()
