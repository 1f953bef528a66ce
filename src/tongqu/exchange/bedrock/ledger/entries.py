"""The words of the ledger, after TigerBeetle's: moves, and two-phase holds that are posted, voided or expired. Pure.

Amounts are whole fen, always positive. An account is named by a path; `KINDS` says what its first part allows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Kind:
    """What accounts under a prefix may do. `may_overdraw`: stands for the outside world, so it goes below zero.
    `popular`: credited by everyone, so its balance is kept in stripes and credits do not wait for each other."""

    prefix: str
    may_overdraw: bool = False
    popular: bool = False


KINDS = (
    Kind("bank/", may_overdraw=True, popular=True),
    Kind("exchange/", popular=True),
    Kind("party/"),
    Kind("trust/"),
)


FEN_MAX = 10**15  # ten trillion yuan: whatever is more is a mistake, and sums of it stay within eight bytes
NAME_CHARACTERS_MAX, MEMO_CHARACTERS_MAX = 120, 200
_PATH = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)+")


class UnknownAccount(ValueError):
    """The path begins with no known kind of account, or is not one. Add the kind to `KINDS`, or correct the path."""

    code = "unknown-account"


def kind_of(path: str) -> Kind:
    """Raises UnknownAccount."""
    if len(path) <= NAME_CHARACTERS_MAX and _PATH.fullmatch(path):
        for kind in KINDS:
            if path.startswith(kind.prefix):
                return kind
    raise UnknownAccount(path)


@dataclass(frozen=True)
class Move:
    """Money from one account to another, at once."""

    source: str
    target: str
    fen: int
    memo: str = ""

    def __post_init__(self) -> None:
        _check_amount(self.fen)
        _check_memo(self.memo)
        if self.source == self.target:
            raise ValueError("a move needs two accounts")

    def plain(self) -> dict[str, Any]:
        return {"kind": "move", **vars(self)}


@dataclass(frozen=True)
class Hold:
    """Phase one: reserves money on the source until it is posted, voided or `until` has come. `name` is unique."""

    name: str
    source: str
    target: str
    fen: int
    until: datetime | None = None
    memo: str = ""

    def __post_init__(self) -> None:
        _check_amount(self.fen)
        _check_memo(self.memo)
        if not 0 < len(self.name) <= NAME_CHARACTERS_MAX or "\x00" in self.name:
            raise ValueError(f"a hold has a name of at most {NAME_CHARACTERS_MAX} characters")
        if self.source == self.target:
            raise ValueError("a hold needs two accounts")
        if self.until is not None and self.until.tzinfo is None:
            raise ValueError("the end of a hold is aware of its zone")

    def plain(self) -> dict[str, Any]:
        return {"kind": "hold", **vars(self), "until": self.until.isoformat() if self.until else None}


@dataclass(frozen=True)
class Post:
    """Phase two: the hold ends, `moves` out of its source take at most what it reserved, the rest is free again."""

    hold: str
    moves: tuple[Move, ...] = field(default_factory=tuple)
    memo: str = ""

    def __post_init__(self) -> None:
        _check_memo(self.memo)

    def plain(self) -> dict[str, Any]:
        return {"kind": "post", "hold": self.hold, "memo": self.memo, "moves": [m.plain() for m in self.moves]}


@dataclass(frozen=True)
class Void:
    """The hold ends and nothing moves."""

    hold: str
    memo: str = ""

    def __post_init__(self) -> None:
        _check_memo(self.memo)

    def plain(self) -> dict[str, Any]:
        return {"kind": "void", **vars(self)}


@dataclass(frozen=True)
class Expire:
    """The hold's time has come: like `Void`, for the clock."""

    hold: str
    memo: str = ""

    def __post_init__(self) -> None:
        _check_memo(self.memo)

    def plain(self) -> dict[str, Any]:
        return {"kind": "expire", **vars(self)}


@dataclass(frozen=True)
class Reverse:
    """Corrects a move by its opposite. A move is reversed once."""

    move: int
    memo: str = ""

    def __post_init__(self) -> None:
        _check_memo(self.memo)

    def plain(self) -> dict[str, Any]:
        return {"kind": "reverse", **vars(self)}


Entry = Move | Hold | Post | Void | Expire | Reverse


@dataclass(frozen=True)
class Touched:
    """The accounts that entries name themselves, by what happens to them; sorted, each possibly in several."""

    paying: list[str]
    reserving: list[str]
    receiving: list[str]

    @property
    def all(self) -> list[str]:
        return sorted({*self.paying, *self.reserving, *self.receiving})


def touched(entries: Sequence[Entry]) -> Touched:
    parts = [part for entry in entries for part in (entry.moves if isinstance(entry, Post) else (entry,))]
    named = [part for part in parts if isinstance(part, Move | Hold)]
    return Touched(
        paying=sorted({part.source for part in named if isinstance(part, Move)}),
        reserving=sorted({part.source for part in named if isinstance(part, Hold)}),
        receiving=sorted({part.target for part in named}),
    )


def _check_amount(fen: int) -> None:
    if isinstance(fen, bool) or not isinstance(fen, int) or not 0 < fen <= FEN_MAX:
        raise ValueError(f"an amount is a positive whole number of fen, not {fen!r}")


def _check_memo(memo: str) -> None:
    if len(memo) > MEMO_CHARACTERS_MAX or "\x00" in memo:
        raise ValueError(f"a memo is a text of at most {MEMO_CHARACTERS_MAX} characters")
