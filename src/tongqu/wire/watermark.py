"""How a source's copies are marked, so that a leaked one tells whose it was: declared by the owner, told to the buyer.

Only declared columns are touched, and each by no more than is declared; everything else stays exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from tongqu.wire.message import Message, Shape, list_of, message, optional, text, whole

TOLERANCE = r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,9})?"


@dataclass(frozen=True)
class Pair(Message):
    """Two writings of one thing that the owner declares equal, as `男` and `M`."""

    KIND: ClassVar[str] = "pair"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"one": text(most=200), "other": text(most=200)}

    one: str
    other: str

    def contradictions(self) -> list[str]:
        return ["other"] if self.one == self.other else []


@dataclass(frozen=True)
class MarkedColumn(Message):
    """One column and how far its cells may move: a number by `tolerance`, a moment by `seconds`, a text within `pairs`.

    Exactly one of the three. A number never changes its sign and a zero stays zero.
    """

    KIND: ClassVar[str] = "marked-column"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "name": text(most=200),
        "tolerance": optional(text(most=24, pattern=TOLERANCE)),
        "seconds": optional(whole(1, 86_400)),
        "pairs": list_of(message(Pair), most=50),
    }

    name: str
    tolerance: str | None = None
    seconds: int | None = None
    pairs: tuple[Pair, ...] = ()

    def contradictions(self) -> list[str]:
        found = [field for field in ("tolerance", "seconds", "pairs") if getattr(self, field)]
        words = [word for pair in self.pairs for word in (pair.one, pair.other)]
        if self.tolerance is not None and not Decimal(self.tolerance):
            return ["tolerance"]
        if len(set(words)) != len(words):
            return ["pairs"]
        return [] if len(found) == 1 else found[1:] or ["tolerance"]


@dataclass(frozen=True)
class Watermark(Message):
    """The columns, and how many in a hundred cells of each are moved; which ones hangs on the contract."""

    KIND: ClassVar[str] = "watermark"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "columns": list_of(message(MarkedColumn), least=1, most=50),
        "percent": whole(1, 100),
    }

    columns: tuple[MarkedColumn, ...]
    percent: int = 50

    def contradictions(self) -> list[str]:
        names = [column.name for column in self.columns]
        return ["columns"] if len(set(names)) != len(names) else []
