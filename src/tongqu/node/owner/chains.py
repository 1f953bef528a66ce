"""Walks the journal and says whether it holds: numbers without a gap, each receipt after the one before it, seals, statements."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from tongqu.node.faults import NodeFault
from tongqu.node.meters.journal import HEADER, JournalDamaged, all_files, payload_at
from tongqu.node.owner.papers import indexes
from tongqu.wire.canonical import digest
from tongqu.wire.seals import BadSeal, KeyRing, check
from tongqu.wire.words import Words

SEALS_LOOKED_AT = 2_000
"""Each costs a tenth of a millisecond; without `whole` the last so many are looked at (of several workers each one's part), with
it all."""


@dataclass
class Walk:
    """What was walked. `faults` name contract and number, at most `FAULTS_NAMED`."""

    receipts: int = 0
    statements: int = 0
    seals: int = 0
    files: int = 0
    files_all: int = 0
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return self.files == self.files_all


FAULTS_NAMED = 20


@dataclass
class _Run:
    """Receipts and marks of a contract that stand in one worker's journal and follow each other."""

    begins: int
    follows: tuple[int, str | None]
    end: tuple[int, str | None]


def walk(state: Path, keys: KeyRing, *, whole: bool) -> Walk:
    """Walks the last file of each worker's journal, or all of them. The running node may be writing: what is not whole yet at
    the end of a last file is left out. Raises JournalDamaged."""
    found = Walk()
    runs: dict[str, list[_Run]] = {}
    writers = [list(files) for _, files in groupby(all_files(state / "journal"), key=lambda file: file.writer)]
    for files in writers:
        chosen = files if whole else files[-1:]
        found.files, found.files_all = found.files + len(chosen), found.files_all + len(files)
        _walk_one(found, runs, [file.path for file in chosen], keys, None if whole else SEALS_LOOKED_AT // len(writers))
    for contract in sorted(runs):
        _join(found, contract, runs[contract], is_alone=len(writers) == 1)
    return found


def _walk_one(found: Walk, runs: dict[str, list[_Run]], files: list[Path], keys: KeyRing, last: int | None) -> None:
    """One worker's journal. `last`: how many seals are looked at, the last ones; None: all."""
    ends: dict[str, _Run] = {}
    sealed: list[dict[str, Any]] = []
    for file in files:
        for entry in _entries(file, is_last=file == files[-1]):
            envelope = json.loads(entry)
            if (receipt := envelope.get("receipt")) is not None:
                body = receipt["body"]
                _link(runs, ends, body, body["sequence"], (body["sequence"] - 1, body["previous"]))
                found.receipts += 1
                sealed.append(receipt)
            elif (mark := envelope.get("restored")) is not None:
                body = mark["body"]
                _link(runs, ends, body, body["resumes_after"], (body["held_to"], body["held"]))
                sealed.append(mark)
            elif (statement := envelope.get("statement")) is not None:
                found.statements += 1
                sealed.append(statement)
            if last is not None and len(sealed) > 2 * SEALS_LOOKED_AT:
                del sealed[:-SEALS_LOOKED_AT]
            elif last is None and len(sealed) > SEALS_LOOKED_AT:
                _seals(found, sealed, keys)
                sealed.clear()
    _seals(found, sealed if last is None else sealed[-last:], keys)


def _link(
    runs: dict[str, list[_Run]], ends: dict[str, _Run], body: dict[str, Any], number: int, follows: tuple[int, str | None]
) -> None:  # fmt: skip
    run = ends.get(body["contract"])
    if run is None or run.end != follows:
        run = ends[body["contract"]] = _Run(number, follows, follows)
        runs.setdefault(body["contract"], []).append(run)
    run.end = (number, digest(body))


def _join(found: Walk, contract: str, runs: list[_Run], *, is_alone: bool) -> None:
    """Whether the runs of all workers are one chain: a contract may have gone from one to another and back."""
    end: tuple[int, str | None] | None = (0, None) if found.whole else None
    for run in sorted(runs, key=lambda run: run.begins):
        is_elsewhere = not found.whole and not is_alone and end is not None and run.follows[0] > end[0]
        if end is not None and run.follows != end and not is_elsewhere:  # between them may be files that are not walked
            _note(found, f"{contract} #{run.begins}")
        end = run.end
    assert end is not None
    found.heads[contract] = (end[0], str(end[1]))


def _entries(file: Path, *, is_last: bool) -> Iterator[bytes]:
    data, offset = file.read_bytes(), 0
    while offset < len(data):
        payload = payload_at(data, offset)
        if payload is None:
            if is_last:
                return
            raise JournalDamaged(file, offset)
        yield from payload.split(b"\n")
        offset += HEADER.size + len(payload)


def _seals(found: Walk, sealed: list[dict[str, Any]], keys: KeyRing) -> None:
    for each in sealed:
        try:
            check(each["body"], each["seal"], keys)
        except BadSeal:
            _note(
                found, f"{each['body'].get('contract')} #{each['body'].get('sequence') or each['body'].get('number')}"
            )
        found.seals += 1


def _note(found: Walk, what: str) -> None:
    if len(found.faults) < FAULTS_NAMED:
        found.faults.append(what)


def index_differs(state: Path, heads: dict[str, tuple[int, str]]) -> list[str]:
    """Contracts whose chain ends elsewhere in the index than in the journal. A contract whose last receipt the running
    node has not put into the index yet is none of them."""
    told: dict[str, tuple[int, str]] = {}
    for file in filter(Path.exists, indexes(state)):
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
                for name, sequence, end in db.execute("SELECT contract, sequence, digest FROM heads_now"):
                    told[name] = (sequence, end)
        except sqlite3.Error as error:
            raise NodeFault("index-unreadable", *_UNREADABLE) from error
    return sorted(
        name for name, end in told.items() if name in heads and end[0] >= heads[name][0] and end != heads[name]
    )


_UNREADABLE = (
    Words("索引 (index.db、index-1.db 等) 读不出来。", "An index (index.db, index-1.db …) cannot be read."),
    Words(
        "停止节点后删除 index*.db; 启动时会由计量日志重建。",
        "Stop the node and delete index*.db; they are made anew from the journal.",
    ),
)
