"""The references that consent stands for, on the disk: a sorted, mapped file for each group, and the changes since it was written.

`note.json` says what counts: which files, how much of the changes, up to which number of the exchange's, and when that was known
to be everything. It is replaced last, so that whatever was cut short was never there. One worker writes, the others follow.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tongqu.node.mapped import Mapped, among
from tongqu.node.state import Watched, write_durably
from tongqu.wire.consents import REFERENCE_BYTES, ConsentChanges, ConsentPart, ConsentSet, unpacked
from tongqu.wire.message import moment_of, moment_text

References = npt.NDArray[np.bytes_]
_TYPE = np.dtype(f"S{REFERENCE_BYTES}")
_CHANGE = np.dtype([("basis", "<u4"), ("given", "<u1"), ("reference", _TYPE)])
CHANGES_MAX = 20_000
"""So many changes stand beside the sorted files before these are written anew."""

NOTED_EVERY_SECONDS = 5
"""How often it is written down that nothing changed, for the other workers and for the next start."""


def _array(references: Iterable[bytes]) -> References:
    return np.array(list(references), dtype=_TYPE)


@dataclass
class _Group:
    """One group: what is sorted, and what came and went since."""

    told: ConsentSet
    sorted: References = field(default_factory=lambda: np.empty(0, dtype=_TYPE))
    """Mapped from its file: the system holds what is used, and several processes share it."""

    given: set[bytes] = field(default_factory=set)
    ended: set[bytes] = field(default_factory=set)
    ended_at: int = 0
    """The number of the last change by which a consent ended."""

    def has_many(self, asked: list[bytes]) -> npt.NDArray[np.bool_]:
        found = among(_array(asked), self.sorted)
        if self.given or self.ended:
            for place, reference in enumerate(asked):
                if reference in self.given:
                    found[place] = True
                elif reference in self.ended:
                    found[place] = False
        return found

    def has(self, reference: bytes) -> bool:
        if reference in self.given:
            return True
        return reference not in self.ended and self._stands(reference)

    def _stands(self, reference: bytes) -> bool:
        return bool(among(_array([reference]), self.sorted)[0])

    def change(self, reference: bytes, *, given: bool) -> None:
        self.given.discard(reference)
        self.ended.discard(reference)
        (self.given if given else self.ended).add(reference)

    def count(self) -> int:
        fresh = sum(not self._stands(one) for one in self.given)
        return len(self.sorted) + fresh - sum(self._stands(one) for one in self.ended)


class ConsentStore:
    """What this node knows of consents. Read by calls; `take` runs on another thread, one at a time, and swaps whole groups in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._note = folder / "note.json"
        self._watched = Watched(self._note)
        self.groups: dict[str, _Group] = {}
        self.cursor = 0
        self.known_at: datetime | None = None
        """When what stands here was everything that the exchange had; None while the first whole set is still coming."""
        self.fresh_seconds = 1
        self.ended_wholly: dict[tuple[str, str], int] = {}
        """Of a source and a receiver, the last number at which a whole group of theirs was gone, or the numbers began anew."""
        self._files: dict[str, str] = {}
        self._changes, self._changes_file, self._generation = 0, "", 0
        self._noted_at: datetime | None = None
        self._stale: set[str] = set()
        self.follow()

    # -- asking ------------------------------------------------------------------------------------------------------

    def standing(self, source: str, receiver: str, purpose: str, kinds: frozenset[str]) -> list[_Group]:
        """The groups in which a consent is one to such a call."""
        return [group for group in self.groups.values() if group.told.allows(source, receiver, purpose, kinds)]

    def is_fresh(self, now: datetime) -> bool:
        return self.known_at is not None and (now - self.known_at).total_seconds() <= self.fresh_seconds

    def ended_whole_since(self, source: str, receiver: str, number: int) -> bool:
        """Whether all consents to a notice about this ended at that change or after it: one that is over has no group any more."""
        return self.ended_wholly.get((source, receiver), -1) >= number

    def count(self) -> int:
        return sum(group.count() for group in self.groups.values())

    # -- taking ------------------------------------------------------------------------------------------------------

    def take(self, part: ConsentPart, at: datetime) -> bool:
        """What the exchange told at this moment. True when there is more to ask for; what does not follow changes nothing.

        A part that begins with nought is the beginning of the whole: what was here before is dropped with it.
        """
        if part.after not in {self.cursor, 0}:
            return False
        anew = part.after == 0 and self.cursor != 0
        standing = {told.basis for told in part.sets}
        over = [group.told for basis, group in self.groups.items() if anew or basis not in standing]
        groups = {} if anew else dict(self.groups)
        groups = {told.basis: _renewed(groups.get(told.basis), told) for told in part.sets}
        changed = [(each, unpacked(each.given), unpacked(each.ended)) for each in part.changes if each.basis in groups]
        count = sum(len(given) + len(ended) for _, given, ended in changed) // REFERENCE_BYTES
        gone = set(self._files) - set(groups)
        for each, given, ended in changed:
            group = groups[each.basis]
            for references, is_given in ((given, True), (ended, False)):
                for start in range(0, len(references), REFERENCE_BYTES):
                    group.change(references[start : start + REFERENCE_BYTES], given=is_given)
            if ended:
                group.ended_at = part.upto
        known_at = at if part.complete else (None if anew else self.known_at)
        still = not count and not gone and not over and not anew and part.upto == self.cursor and self._same_sets(part)
        noted = self._noted_at is not None and (at - self._noted_at).total_seconds() < NOTED_EVERY_SECONDS
        if still and noted and (known_at is None) == (self.known_at is None):
            self.known_at = known_at
            return not part.complete
        number = max(self.cursor, part.upto)
        self.ended_wholly = {**self.ended_wholly, **{(told.source, told.receiver): number for told in over}}
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if anew or gone or self._changes + count > CHANGES_MAX or not self._changes_file:
            self._write_all(groups)
        elif count:
            self._append(changed)
        self.cursor, self.known_at, self.fresh_seconds = part.upto, known_at, part.fresh_seconds
        self.groups = groups
        self._write_note()
        self._noted_at = at
        self._watched.changed()
        return not part.complete

    def _same_sets(self, part: ConsentPart) -> bool:
        return {each.basis: each for each in part.sets} == {name: group.told for name, group in self.groups.items()}

    def _write_all(self, groups: dict[str, _Group]) -> None:
        """Each group sorted into a file of its own that no change stands beside. No name comes twice: the one before is mapped."""
        self._generation += 1
        files: dict[str, str] = {}
        for basis, group in groups.items():
            if basis in self._files and not group.given and not group.ended:
                files[basis] = self._files[basis]
                continue
            kept = group.sorted
            if group.ended or group.given:
                out = _array(sorted(group.ended | group.given))
                kept = kept[~among(kept, out)]
            whole = np.sort(np.concatenate([kept, _array(group.given)]))
            name = f"set-{basis}-{self._generation}"
            _write(self._folder / name, whole.tobytes())
            groups[basis] = _Group(group.told, _mapped(self._folder / name), ended_at=group.ended_at)
            files[basis] = name
        before = {*self._files.values(), self._changes_file} - {*files.values(), ""}
        self._files, self._changes = files, 0
        self._changes_file = f"changes-{self._generation}"
        _write(self._folder / self._changes_file, b"")
        self._stale = before

    def _append(self, changed: list[tuple[ConsentChanges, bytes, bytes]]) -> None:
        rows = [
            (int(each.basis), given, references[start : start + REFERENCE_BYTES])
            for each, of_given, of_ended in changed
            for references, given in ((of_given, 1), (of_ended, 0))
            for start in range(0, len(references), REFERENCE_BYTES)
        ]
        written = np.array(rows, dtype=_CHANGE)
        file = self._folder / self._changes_file
        handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.ftruncate(handle, self._changes * _CHANGE.itemsize)  # what a write that was cut short left
            os.pwrite(handle, written.tobytes(), self._changes * _CHANGE.itemsize)
            os.fsync(handle)
        finally:
            os.close(handle)
        self._changes += len(rows)

    def _write_note(self) -> None:
        told = {
            "form": 1,
            "cursor": self.cursor,
            "known_at": None if self.known_at is None else moment_text(self.known_at),
            "fresh_seconds": self.fresh_seconds,
            "generation": self._generation,
            "changes": self._changes,
            "changes_file": self._changes_file,
            "ended_wholly": [[*key, number] for key, number in self.ended_wholly.items()],
            "sets": [
                {"told": group.told.to_json(), "file": self._files.get(basis), "ended_at": group.ended_at}
                for basis, group in self.groups.items()
            ],
        }
        write_durably(self._note, json.dumps(told).encode())
        for name in self._stale:
            (self._folder / name).unlink(missing_ok=True)
        self._stale = set()

    # -- following ---------------------------------------------------------------------------------------------------

    def follow(self) -> bool:
        """Takes up what is written, at the start and, in a worker that does not lead, whenever it changed."""
        try:
            if not self._watched.changed():
                return False
            told = json.loads(self._note.read_bytes())
            groups = {
                one["told"]["basis"]: _Group(
                    ConsentSet.from_json(one["told"]),
                    _mapped(self._folder / one["file"] if one["file"] else None),
                    ended_at=one["ended_at"],
                )
                for one in told["sets"]
            }
            file = self._folder / told["changes_file"]
            size = told["changes"] * _CHANGE.itemsize
            rows = np.frombuffer(file.read_bytes()[:size], dtype=_CHANGE) if size else np.empty(0, _CHANGE)
        except FileNotFoundError:  # nothing yet, or just being replaced: the next look finds what came of it
            return False
        for basis, given, reference in rows.tolist():
            if (group := groups.get(str(basis))) is not None:
                group.change(reference.ljust(REFERENCE_BYTES, b"\0"), given=bool(given))
        self.cursor, self.fresh_seconds = int(told["cursor"]), int(told["fresh_seconds"])
        self.known_at = None if told["known_at"] is None else moment_of(told["known_at"])
        self._files = {one["told"]["basis"]: one["file"] for one in told["sets"] if one["file"]}
        self._changes, self._changes_file = int(told["changes"]), told["changes_file"]
        self.ended_wholly = {(source, receiver): at for source, receiver, at in told.get("ended_wholly", ())}
        self._generation = int(told["generation"])
        self.groups = groups
        return True


def _renewed(group: _Group | None, told: ConsentSet) -> _Group:
    """The same group, not shared with who is reading the one before."""
    if group is None:
        return _Group(told)
    return _Group(told, group.sorted, set(group.given), set(group.ended), group.ended_at)


def _mapped(file: Path | None) -> References:
    if file is None:
        return np.empty(0, dtype=_TYPE)
    return np.frombuffer(Mapped(file).memory, dtype=_TYPE)


def _write(file: Path, content: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
