"""Hands out one pinned file. Metered once, before its first byte; the same call key goes on with it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tongqu.node.modes.mode import Ran, Room
from tongqu.wire.permit import Permit
from tongqu.wire.receipt import dataset_answer, dataset_request
from tongqu.wire.source import DATASET


@dataclass(frozen=True)
class Download:
    """A metered download: the pinned file and the sealed receipt."""

    file: Path
    version: str
    size: int
    receipt: dict[str, Any]
    salt: str


class Dataset:
    """Mode `dataset`. Nothing is asked but the permit's own file."""

    name: ClassVar[str] = DATASET

    def use(self, asked: None) -> None:
        return None

    def calls(self, asked: None) -> int:
        return 1

    def request(self, permit: Permit, purpose: str, asked: None) -> dict[str, Any]:
        return dataset_request(permit.id, purpose)

    def run(self, permit: Permit, room: Room, asked: None) -> Ran:
        version, size = pinned(permit, room)
        return Ran(version, dataset_answer(version, size), "", calls=1, units=1)

    def again(
        self, permit: Permit, room: Room, body: Mapping[str, Any], kept: str, apart: bytes | None
    ) -> dict[str, Any] | None:
        file = room.blob(permit.source, body["source_version"])
        return dataset_answer(body["source_version"], file.stat().st_size) if file.exists() else None

    def told(self, call: str, asked: None, answer: dict[str, Any], salt: str, receipt: bytes, room: Room) -> Download:
        sealed = json.loads(receipt)
        version = answer["source_version"]
        return Download(room.blob(sealed["body"]["source"], version), version, answer["bytes"], sealed, salt)


def pinned(permit: Permit, room: Room) -> tuple[str, int]:
    """Version and size of the file that the permit pins."""
    assert permit.source_version is not None
    return permit.source_version, room.blob(permit.source, permit.source_version).stat().st_size
