"""Hands out one pinned version: as its file, or shared as Parquet parts. Metered once, before the first byte. Pure.

Where the permit says so, what is handed out is the copy marked for the contract; then the receipt is over that copy.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tongqu.node.consents.asking import Consent
from tongqu.node.copies import FILE, PARQUET, Copy, CopyKey, Part
from tongqu.node.modes.mode import Ran, Room
from tongqu.node.refusals import COPY_BEING_MADE, COPY_FAILED, Refusal
from tongqu.wire.constraints import consent_not_checkable
from tongqu.wire.permit import Permit
from tongqu.wire.receipt import dataset_answer, dataset_request, marked_answer, shared_answer, shared_request
from tongqu.wire.source import DATASET


@dataclass(frozen=True)
class Shared:
    """A query of a share: all rows, or at least so many."""

    limit: int | None = None


@dataclass(frozen=True)
class Download:
    """A metered download: the files, the sealed receipt and what it is over. A file of a single part is the data set."""

    parts: tuple[Part, ...]
    version: str
    receipt: dict[str, Any]
    salt: str

    @property
    def size(self) -> int:
        return sum(part.bytes for part in self.parts)


class Dataset:
    """Mode `dataset`. Asked for the permit's own file (None), or by a share's query."""

    name: ClassVar[str] = DATASET

    def use(self, asked: Shared | None) -> None:
        return None

    def calls(self, asked: Shared | None) -> int:
        return 1

    def request(self, permit: Permit, purpose: str, asked: Shared | None) -> dict[str, Any]:
        if asked is None:
            return dataset_request(permit.id, purpose)
        return shared_request(permit.id, purpose, asked.limit)

    def run(self, permit: Permit, room: Room, asked: Shared | None, consent: Consent | None = None) -> Ran:
        if consent is not None:  # the policy has refused it already: all stand in one file
            raise Refusal((consent_not_checkable(),))
        assert permit.source_version is not None
        copy = ready(permit, room, FILE if asked is None else PARQUET)
        answer = _answer(permit, copy, asked)
        plain = asked is None and not permit.marked
        return Ran(permit.source_version, answer, "" if plain else _kept(answer), calls=1, units=1)

    def again(
        self, permit: Permit, room: Room, body: Mapping[str, Any], kept: str, apart: bytes | None
    ) -> dict[str, Any] | None:
        version = body["source_version"]
        if not room.blob(body["source"], version).exists():
            return None
        if not kept:
            return dataset_answer(version, room.blob(body["source"], version).stat().st_size)
        answer: dict[str, Any] = json.loads(base64.b64decode(kept))
        return answer

    def told(
        self, call: str, asked: Shared | None, answer: dict[str, Any], salt: str, receipt: bytes, room: Room
    ) -> Download:
        sealed = json.loads(receipt)
        body, version = sealed["body"], answer["source_version"]
        contract = body["contract"] if answer.get("marked") else None
        copy = found(room, CopyKey(body["source"], version, contract, FILE if asked is None else PARQUET))
        hashes = [file["sha256"] for file in answer["files"]] if "files" in answer else [answer.get("sha256", version)]
        by_hash = {part.sha256: part for part in copy.parts}
        if not set(hashes) <= set(by_hash):  # made again by another release of a library: not what was receipted
            raise Refusal((COPY_FAILED,))
        return Download(tuple(by_hash[each] for each in hashes), version, sealed, salt)


def _answer(permit: Permit, copy: Copy, asked: Shared | None) -> dict[str, Any]:
    assert permit.source_version is not None
    if asked is not None:
        files = [(part.sha256, part.bytes) for part in enough(copy, asked.limit)]
        return shared_answer(permit.source_version, files, marked=permit.marked)
    part = copy.parts[0]
    if permit.marked:
        return marked_answer(permit.source_version, part.bytes, part.sha256)
    return dataset_answer(permit.source_version, part.bytes)


def _kept(answer: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(answer, separators=(",", ":")).encode()).decode()


def enough(copy: Copy, limit: int | None) -> tuple[Part, ...]:
    """The first parts that hold so many rows together; all of them without a limit."""
    if limit is None:
        return copy.parts
    chosen: list[Part] = []
    while sum(part.rows for part in chosen) < limit and len(chosen) < len(copy.parts):
        chosen.append(copy.parts[len(chosen)])
    return tuple(chosen)


def ready(permit: Permit, room: Room, form: str) -> Copy:
    """What the permit's holder gets, in this form. Raises Refusal while it is being made, and when it cannot be."""
    assert permit.source_version is not None
    contract = permit.contract if permit.marked else None
    return found(room, CopyKey(permit.source, permit.source_version, contract, form))


def found(room: Room, key: CopyKey) -> Copy:
    """The copy; where there is none yet it is asked for. Raises Refusal."""
    copy = room.copy(key)
    if copy is None:
        raise Refusal((COPY_FAILED if room.copy_failed(key) else COPY_BEING_MADE,))
    return copy
