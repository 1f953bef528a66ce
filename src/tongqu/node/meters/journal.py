"""An append-only journal with group commit: many calls share one synchronisation of the disk.

A file is a run of frames. A frame is what was synchronised at once: magic, length, CRC-32, then entries, one JSON text
a line. A frame becomes visible to callers only after the disk has it, so at a crash only the last frame of the last
file can be torn, and nobody was told of its entries: it is cut off. A bad frame with a good one after it is another
matter: something changed a byte that was safe. Then the journal refuses to open and says where.

While a file is being written it ends with zeros, laid out before a frame comes: a file that grows makes the disk write down
its new length with each synchronisation, one that is written over does not.
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from tongqu.node.faults import NodeFault
from tongqu.node.logs import log
from tongqu.wire.words import Words

MAGIC = b"TQJ1"
HEADER = struct.Struct(">4sII")
FRAME_BYTES_MAX = 8 * 1024 * 1024
FILE_BYTES_MAX = 64 * 1024 * 1024
LAID_OUT = bytes(256 * 1024)
READ_BYTES = 64 * 1024
QUICK_SECONDS, QUICK_OF, SLOW_FOR_SECONDS = 0.001, 9, 1.0
"""A disk is quick when the middle one of its last nine synchronisations was. One that is not is tried again a second later."""

STALLED_SECONDS, STALLED_SHARE = 0.02, 50
"""A single one that takes so long makes it slow for fifty times as long: no more of the time is then waited for the disk on the spot."""

WRITER_FILES = 10**8
"""Of several workers each writes files of its own, in a folder of its own below; this many numbers are each one's."""


class Place(NamedTuple):
    """Where a frame begins (`file`, `offset`) and which line of it an entry is."""

    file: int
    offset: int
    line: int = 0


@dataclass(frozen=True, order=True)
class JournalFile:
    """A file of the journal: its number in a `Place`, whose it is, and where."""

    number: int
    writer: int
    path: Path


def all_files(folder: Path) -> list[JournalFile]:
    """Every file of every writer, in order."""
    found = []
    for path in [*folder.glob("journal-*.log"), *folder.glob("[0-9]*/journal-*.log")]:
        writer = 0 if path.parent == folder else int(path.parent.name)
        found.append(JournalFile(writer * WRITER_FILES + int(path.stem.split("-")[1]), writer, path))
    return sorted(found)


class JournalBroken(Exception):
    """The disk refused a write. Nothing was acknowledged; the node must stop answering until it can write again."""


class JournalDamaged(NodeFault):
    """A frame that was safely on disk has changed."""

    def __init__(self, file: Path, offset: int) -> None:
        super().__init__(
            "journal-damaged",
            Words(
                f"计量日志 {file.name} 在第 {offset} 字节处损坏。",
                f"The journal {file.name} is damaged at byte {offset}.",
            ),
            Words("请从备份恢复该文件; 不要删除。", "Restore this file from backup; do not delete it."),
        )


# Told once for each frame, on the thread that wrote it: the tickets with their places, or why nothing was written.
Committed = Callable[[list[tuple[Any, "Place"]], "JournalBroken | None"], None]


class _Handed(NamedTuple):
    """What was handed over together: a ticket for each entry, what makes the entries, and who hears of them."""

    tickets: Sequence[Any]
    entries: Callable[[], Sequence[bytes]]
    committed: Committed


def _frame_end(entries: Sequence[bytes]) -> int:
    """So many of the entries fit into one frame; at least one does."""
    size = 0
    for at, entry in enumerate(entries):
        size += len(entry) + 1
        if size > FRAME_BYTES_MAX and at:
            return at
    return len(entries)


def _tell(told: list[tuple[Any, Place, Committed]], broken: JournalBroken | None) -> None:
    for committed, theirs in groupby(told, key=itemgetter(2)):
        try:
            committed([(ticket, place) for ticket, place, _ in theirs], broken)
        except Exception as error:  # whoever cannot hear of it makes nothing untrue that stands on the disk
            log.error("not told of a frame", error=type(error).__name__)


def frame_of(entries: Sequence[bytes]) -> bytes:
    payload = b"\n".join(entries)
    return HEADER.pack(MAGIC, len(payload), zlib.crc32(payload)) + payload


def payload_at(data: bytes, offset: int) -> bytes | None:
    """The payload of the frame that begins here, or None when there is no whole, right frame."""
    if len(data) - offset < HEADER.size:
        return None
    magic, length, crc = HEADER.unpack_from(data, offset)
    payload = data[offset + HEADER.size : offset + HEADER.size + length]
    if magic != MAGIC or not 0 < length <= FRAME_BYTES_MAX or len(payload) != length or zlib.crc32(payload) != crc:
        return None
    return payload


def _frame_after(data: bytes, offset: int) -> bool:
    """Whether any right frame stands after `offset`."""
    at = data.find(MAGIC, offset + 1)
    while at != -1:
        if payload_at(data, at) is not None:
            return True
        at = data.find(MAGIC, at + 1)
    return False


class _Frames:
    """Frames of one file, asked for in their order. Small ones that stand close together are read from the disk together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begins, self._read = 0, b""

    def __enter__(self) -> _Frames:
        self._handle = os.open(self._path, os.O_RDONLY)
        return self

    def __exit__(self, *_ended: object) -> None:
        os.close(self._handle)

    def payload(self, offset: int) -> bytes:
        """Raises JournalDamaged when no whole frame stands here."""
        self._have(offset, HEADER.size)
        if len(self._read) - (offset - self._begins) >= HEADER.size:
            length = HEADER.unpack_from(self._read, offset - self._begins)[1]
            self._have(offset, HEADER.size + min(length, FRAME_BYTES_MAX))
        payload = payload_at(self._read, offset - self._begins)
        if payload is None:
            raise JournalDamaged(self._path, offset)
        return payload

    def _have(self, offset: int, size: int) -> None:
        if offset + size > self._begins + len(self._read):
            self._begins, self._read = offset, os.pread(self._handle, max(size, READ_BYTES), offset)


class Journal:
    """Opens the folder, cuts off a torn end, then takes entries, from any thread: `submit` leaves them to a thread of its own,
    `write` waits for the disk itself. On a quick disk that is over sooner than the journal's thread has Python's lock."""

    def __init__(self, folder: Path, *, writer: int = 0, synchronise: Callable[[int], None] = os.fdatasync) -> None:
        self._root = folder
        self._writer = writer
        self.folder = folder / str(writer) if writer else folder
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._synchronise = synchronise
        self._handed: list[_Handed] = []
        self._wake = threading.Condition()
        self._in_hand = 0
        """So many times the journal's thread was given something that it is not done with."""

        self._writing = threading.Lock()
        self._took: deque[float] = deque(maxlen=QUICK_OF)
        self._last_took = self._slow_until = 0.0
        self._uncut = False
        """Whether what nobody was told of may still stand at the end of the file."""
        self._closing = False
        self.broken: str | None = None
        self.frames = 0
        self.cut_bytes = 0
        self._file = max(self._files(), default=writer * WRITER_FILES + 1)
        self._mend_end()
        self._handle = self._open(self._file)
        self._size = self._laid_to = os.fstat(self._handle).st_size
        self._thread = threading.Thread(target=self._commit_forever, name="journal", daemon=True)
        self._thread.start()

    def owns(self, file: int) -> bool:
        """Whether this is the one who writes the file of this number."""
        return file // WRITER_FILES == self._writer

    def _path(self, file: int) -> Path:
        writer, number = divmod(file, WRITER_FILES)
        return (self._root / str(writer) if writer else self._root) / f"journal-{number:08d}.log"

    def _files(self) -> list[int]:
        first = self._writer * WRITER_FILES
        return sorted(first + int(path.stem.split("-")[1]) for path in self.folder.glob("journal-*.log"))

    def _open(self, file: int) -> int:
        """A handle to the file, whose name is surely in the folder. Raises OSError, and then leaves no handle behind."""
        handle = os.open(self._path(file), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Each time, not only for a new file: it may be here from a time when the folder could not be synchronised.
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def _mend_end(self) -> None:
        path = self._path(self._file)
        if not path.exists():
            return
        data = path.read_bytes()
        offset = 0
        while (payload := payload_at(data, offset)) is not None:
            offset += HEADER.size + len(payload)
        if offset == len(data):
            return
        if _frame_after(data, offset):
            raise JournalDamaged(path, offset)
        self.cut_bytes = len(data.rstrip(b"\0")[offset:])  # what was laid out is no loss
        handle = os.open(path, os.O_RDWR)
        try:
            os.ftruncate(handle, offset)
            os.fsync(handle)
        finally:
            os.close(handle)

    # -- writing -------------------------------------------------------------------------------------------------

    def submit(self, tickets: Sequence[Any], entries: Callable[[], Sequence[bytes]], committed: Committed) -> None:
        """Queues an entry for each ticket; `committed` hears of each when the disk has it. `entries` is called on the
        journal's own thread, and what it makes holds no line break. Raises JournalBroken when nothing can be written."""
        with self._wake:
            if self.broken or self._closing:
                raise JournalBroken(self.broken or "closed")
            self._handed.append(_Handed(tickets, entries, committed))
            self._in_hand += 1
            self._wake.notify()

    @property
    def is_quick(self) -> bool:
        """Whether `write` is done soon: the disk is quick, as far as is known, and nothing is before it."""
        return not self._in_hand and time.monotonic() >= self._slow_until

    def _judge(self, took: float) -> None:
        """Of a synchronisation that was waited for on the spot: on the other thread Python's lock is waited for, too, and nothing
        is learnt of the disk."""
        self._took.append(took)
        if took >= STALLED_SECONDS:
            self._slow_until = time.monotonic() + STALLED_SHARE * took
        elif sorted(self._took)[(len(self._took) - 1) // 2] >= QUICK_SECONDS:
            self._slow_until = time.monotonic() + SLOW_FOR_SECONDS

    def write(self, tickets: Sequence[Any], entries: Callable[[], Sequence[bytes]], committed: Committed) -> None:
        """As `submit`, but all of it on this thread, and done when it returns. Nothing may be with the other thread: entries
        stand in the order in which they were given."""
        with self._wake:
            if self.broken or self._closing:
                raise JournalBroken(self.broken or "closed")
            if self._in_hand:
                raise RuntimeError("what was submitted before is not written yet")
        self._commit([_Handed(tickets, entries, committed)])
        self._judge(self._last_took)

    def _commit_forever(self) -> None:
        while True:
            with self._wake:
                while not self._handed and not self._closing:
                    self._wake.wait()
                handed, self._handed = self._handed, []
            if not handed:
                return
            self._commit(handed)
            with self._wake:
                self._in_hand -= len(handed)

    def _commit(self, handed: list[_Handed]) -> None:
        waiting = [(ticket, each.committed) for each in handed for ticket in each.tickets]
        with self._writing:  # to the end, also of a failure: nobody writes where another one is being cut off
            try:
                entries = [entry for each in handed for entry in each.entries()]
                while entries:
                    last = _frame_end(entries)
                    file, offset, _ = self._write(frame_of(entries[:last]))
                    self.frames += 1
                    written, waiting, entries = waiting[:last], waiting[last:], entries[last:]
                    _tell([(one, Place(file, offset, line), told) for line, (one, told) in enumerate(written)], None)
            except Exception as error:  # whatever it is: nobody who waits may wait for ever
                self._break(error, waiting)

    def _write(self, frame: bytes) -> Place:
        if self._size + len(frame) > FILE_BYTES_MAX and self._size:
            self._begin_next_file()
        began = time.perf_counter()
        written = 0
        while written < len(frame):
            written += os.pwrite(self._handle, frame[written:], self._size + written)
        if self._size + written > self._laid_to:
            self._lay_out(self._size + written)
        self._synchronise(self._handle)
        self._last_took = time.perf_counter() - began
        place = Place(self._file, self._size)
        self._size += len(frame)
        return place

    def _lay_out(self, end: int) -> None:
        """Behind the frame that reached the end of what was laid out. Where there is no room for it, the room is left to frames."""
        try:
            laid = os.pwrite(self._handle, LAID_OUT, end)
        except OSError:
            laid = 0
        if laid < len(LAID_OUT):
            os.ftruncate(self._handle, end)
            laid = 0
        self._laid_to = end + laid

    def _begin_next_file(self) -> None:
        """The full file is let go only when the next one is open: at every moment there is one to write to or to cut. Only the
        last file ever ends with what was laid out."""
        self._cut()
        handle = self._open(self._file + 1)
        full, self._handle = self._handle, handle
        self._file, self._size, self._laid_to = self._file + 1, 0, 0
        os.close(full)

    def _break(self, error: Exception, waiting: list[tuple[Any, Committed]]) -> None:
        self._uncut = True
        with contextlib.suppress(OSError):
            self._cut()
        with self._wake:  # from now on another journal may be opened on the same files, once this one is rewound
            self.broken = (isinstance(error, OSError) and error.strerror) or type(error).__name__
            waiting += [(ticket, each.committed) for each in self._handed for ticket in each.tickets]
            self._in_hand -= len(self._handed)
            self._handed = []
        _tell([(ticket, Place(0, 0), told) for ticket, told in waiting], JournalBroken(self.broken))

    # -- reading -------------------------------------------------------------------------------------------------

    def entry(self, place: Place) -> bytes:
        """One entry by its place. Raises JournalDamaged when the frame no longer holds."""
        return self.entries_at([place])[0]

    def entries_at(self, places: Sequence[Place]) -> list[bytes]:
        """Entries by their places, in the order of these. Each frame is read and checked once, and one at a time is held: it may
        be of ten thousand calls. Raises JournalDamaged when one no longer holds."""
        wanted: dict[tuple[int, int], list[int]] = {}
        for at, (file, offset, _) in enumerate(places):
            wanted.setdefault((file, offset), []).append(at)
        found = [b""] * len(places)
        for file, frames in groupby(sorted(wanted), key=itemgetter(0)):
            with _Frames(self._path(file)) as read:
                for _, offset in frames:
                    of_frame = wanted[file, offset]
                    lines = read.payload(offset).split(b"\n", max(places[at].line for at in of_frame) + 1)
                    for at in of_frame:
                        found[at] = lines[places[at].line]
        return found

    def holds(self, place: Place) -> bool:
        """Whether a whole frame stands at this place."""
        try:
            self.entry(place)
        except (OSError, IndexError, JournalDamaged):
            return False
        return True

    def entries(self, after: Place | None = None, begins: Place | None = None) -> Iterator[tuple[Place, bytes]]:
        """Every own entry on disk in order: all, those after the entry at `after`, or those from the frame at `begins`."""
        start = after or begins
        for file in self._files():
            if start is not None and file < start.file:
                continue
            offset = start.offset if start is not None and file == start.file else 0
            for place, entry in self._entries_of(file, offset, None):
                if after is None or place > after:
                    yield place, entry

    def entries_of(self, files: Sequence[tuple[int, int]]) -> Iterator[tuple[Place, bytes]]:
        """Every entry of these files of any writer, of each so many bytes. Raises JournalDamaged when less is there."""
        for file, size in files:
            yield from self._entries_of(file, 0, size)

    def _entries_of(self, file: int, offset: int, size: int | None) -> Iterator[tuple[Place, bytes]]:
        path = self._path(file)
        try:
            data = path.read_bytes()[:size]
        except FileNotFoundError:
            raise JournalDamaged(path, 0) from None
        if size is not None and len(data) < size:
            raise JournalDamaged(path, len(data))
        if file == self._file:
            data = data.rstrip(b"\0")  # an entry ends with a brace
        while offset < len(data):
            payload = payload_at(data, offset)
            if payload is None:
                raise JournalDamaged(path, offset)
            for line, entry in enumerate(payload.split(b"\n")):
                yield Place(file, offset, line), entry
            offset += HEADER.size + len(payload)

    def rewind(self) -> None:
        """Cuts the file back to what is surely on disk after a failed write, so that what nobody was told of does not come back
        as a receipt. Raises OSError while the disk refuses."""
        with self._writing:
            self._cut()

    def _cut(self) -> None:
        """Ends the file with its last whole frame."""
        os.ftruncate(self._handle, self._size)
        self._laid_to = self._size
        os.fsync(self._handle)
        self._uncut = False

    def close(self) -> None:
        """Writes what waits, then stops."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        # Whoever writes on its own thread is let finish, and who comes after it finds no number of a file. The files of one that
        # was rewound may be another's already, who has written on.
        with self._writing:
            if not self.broken or self._uncut:
                with contextlib.suppress(OSError):  # the next to open it cuts off what was laid out
                    os.ftruncate(self._handle, self._size)
            if self._handle >= 0:
                os.close(self._handle)
            self._handle = -1
