"""The words of the ledger, after TigerBeetle's: moves, and two-phase holds that are posted, voided or expired. Pure.

Amounts are whole fen, always positive. An account is named by a path; `KINDS` says what its first part allows.
"""

from __future__ import annotations

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
)


class UnknownAccount(ValueError):
    """The path begins with no known kind of account. Add the kind to `KINDS`, or correct the path."""

    code = "unknown-account"


def kind_of(path: str) -> Kind:
    """Raises UnknownAccount."""
    for kind in KINDS:
        if path.startswith(kind.prefix) and len(path) > len(kind.prefix):
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
        _positive(self.fen)
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
        _positive(self.fen)

    def plain(self) -> dict[str, Any]:
        return {"kind": "hold", **vars(self), "until": self.until.isoformat() if self.until else None}


@dataclass(frozen=True)
class Post:
    """Phase two: the hold ends, `moves` out of its source take at most what it reserved, the rest is free again."""

    hold: str
    moves: tuple[Move, ...] = field(default_factory=tuple)
    memo: str = ""

    def plain(self) -> dict[str, Any]:
        return {"kind": "post", "hold": self.hold, "memo": self.memo, "moves": [m.plain() for m in self.moves]}


@dataclass(frozen=True)
class Void:
    """The hold ends and nothing moves."""

    hold: str
    memo: str = ""

    def plain(self) -> dict[str, Any]:
        return {"kind": "void", **vars(self)}


@dataclass(frozen=True)
class Expire:
    """The hold's time has come: like `Void`, for the clock."""

    hold: str
    memo: str = ""

    def plain(self) -> dict[str, Any]:
        return {"kind": "expire", **vars(self)}


@dataclass(frozen=True)
class Reverse:
    """Corrects a move by its opposite. A move is reversed once."""

    move: int
    memo: str = ""

    def plain(self) -> dict[str, Any]:
        return {"kind": "reverse", **vars(self)}


Entry = Move | Hold | Post | Void | Expire | Reverse


def paths(entry: Entry) -> set[str]:
    """The accounts an entry names itself."""
    if isinstance(entry, Move | Hold):
        return {entry.source, entry.target}
    if isinstance(entry, Post):
        return {path for move in entry.moves for path in (move.source, move.target)}
    return set()


def _positive(fen: int) -> None:
    if isinstance(fen, bool) or not isinstance(fen, int) or fen <= 0:
        raise ValueError(f"an amount is a positive whole number of fen, not {fen!r}")
