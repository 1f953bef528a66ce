"""The buyer's own book of receipts, and its comparison with what the node told the exchange. No network."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tongqu.client.access import write_private
from tongqu.wire.canonical import digest
from tongqu.wire.seals import KeyRing
from tongqu.wire.statement import Disagreement, check_receipts


class ReceiptBook:
    """One JSON object a line: `{"receipt": sealed, "salt": …}`. Only its owner can read it.

    The salt comes with the answer alone: a receipt that was fetched later has none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, sealed: Mapping[str, Any], *, salt: str) -> None:
        """Written and flushed to disk before the answer is used."""
        self._add([{"receipt": sealed, "salt": salt}])

    def keep_fetched(self, sealed: Sequence[Mapping[str, Any]]) -> None:
        """Receipts of calls whose answers came elsewhere, or never."""
        self._add([{"receipt": one} for one in sealed])

    def _add(self, told: Sequence[Mapping[str, Any]]) -> None:
        if not self.path.exists():
            write_private(self.path, b"")
        lines = (json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for one in told)
        with self.path.open("ab+") as file:
            # What a crash cut short must not swallow the receipt that follows it.
            file.write((b"" if _ends_a_line(file) else b"\n") + b"".join(lines))
            file.flush()
            os.fsync(file.fileno())

    def receipts(self) -> Iterator[dict[str, Any]]:
        """The sealed receipts, each once: a call that was taken up again after a crash has brought its receipt twice. A line that
        a crash cut short, even within a character, is passed over."""
        if not self.path.exists():
            return
        had = set[str]()
        with self.path.open("rb") as file:
            for line in file:
                try:
                    receipt = json.loads(line)["receipt"]
                    told = digest(receipt)
                except (ValueError, KeyError):
                    continue
                if told not in had:
                    had.add(told)
                    yield receipt


def _ends_a_line(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


@dataclass(frozen=True)
class Checked:
    """What came of the comparison: `disagreements` by the statement's number; receipts no statement covers yet; and receipts
    that none will cover, since the node lost them and said so when it was restored: they are not billed."""

    statements: int
    receipts: int
    unstated: int
    disagreements: Sequence[tuple[int, Disagreement]]
    lost: tuple[int, ...] = ()

    @property
    def agrees(self) -> bool:
        return not self.disagreements


def compare(
    statements: Sequence[Mapping[str, Any]], receipts: Sequence[Mapping[str, Any]], node_public_key: bytes | KeyRing
) -> Checked:
    """Each sealed statement against the receipts in its range; `statements` as the API gives them."""
    held = [dict(receipt) for receipt in receipts]
    found: list[tuple[int, Disagreement]] = []
    stated, covered_all = 0, set[int]()
    for statement in statements:
        first, last = int(statement["from_sequence"]), int(statement["to_sequence"])
        covered = [r for r in held if first <= _sequence(r) <= last]
        covered_all.update(map(_sequence, covered))
        stated = max(stated, last)
        found += [
            (int(statement["number"]), one) for one in check_receipts(statement["sealed"], covered, node_public_key)
        ]
    unstated = sum(_sequence(r) > stated for r in held)
    lost = sorted({n for n in map(_sequence, held) if n <= stated} - covered_all)
    return Checked(len(statements), len(held), unstated, found, tuple(lost))


def _sequence(receipt: Mapping[str, Any]) -> int:
    value = receipt.get("body", {}).get("sequence", 0)
    return value if isinstance(value, int) else 0
