"""What a node tells of data whose columns are no longer those that its products were declared with.

Names and types of columns only, as a declaration has them; never a value. The version that is declared beside it is the
one before, which goes on serving unless the owner wants calls refused (`refuses`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from tongqu.wire.message import Message, Shape, flag, list_of, message, moment, one_of, optional, text
from tongqu.wire.words import Words

GONE, ADDED, RETYPED, REPEATED = "gone", "added", "retyped", "repeated"
CHANGES = (GONE, ADDED, RETYPED, REPEATED)
TYPES = ("text", "whole", "number", "date", "moment", "flag", "other")
TYPE_WORDS = {
    "text": Words("文本", "text"),
    "whole": Words("整数", "whole numbers"),
    "number": Words("数值", "numbers"),
    "date": Words("日期", "dates"),
    "moment": Words("时刻", "moments"),
    "flag": Words("是非", "yes or no"),
    "other": Words("其他", "something else"),
}
FINGERPRINT = r"[0-9a-f]{12}"


@dataclass(frozen=True)
class ColumnChange(Message):
    """One column: gone, added, of another type, or a key whose values repeat. `uses` are the declared uses that stand on it,
    as `mode/id`; none where a data set is delivered as it is."""

    KIND: ClassVar[str] = "column-change"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "column": text(most=200),
        "change": one_of(*CHANGES),
        "was": optional(one_of(*TYPES)),
        "now": optional(one_of(*TYPES)),
        "uses": list_of(text(most=300), most=1_000, distinct=True),
    }

    column: str
    change: str
    was: str | None = None
    now: str | None = None
    uses: tuple[str, ...] = ()

    def contradictions(self) -> list[str]:
        told = {GONE: (True, False), ADDED: (False, True), RETYPED: (True, True)}.get(self.change, (False, False))
        found = [
            field
            for field, wanted in zip(("was", "now"), told, strict=True)
            if (getattr(self, field) is None) == wanted
        ]
        return found or (["now"] if self.change == RETYPED and self.was == self.now else [])

    @property
    def words(self) -> Words:
        was, now = (TYPE_WORDS[kind] if kind else Words("", "") for kind in (self.was, self.now))
        return {
            GONE: Words(f"列“{self.column}”没有了", f"column “{self.column}” has gone"),
            ADDED: Words(f"新增列“{self.column}”（{now.zh}）", f"column “{self.column}” ({now.en}) was added"),
            RETYPED: Words(
                f"列“{self.column}”由{was.zh}变为{now.zh}",
                f"column “{self.column}” held {was.en} and holds {now.en} now",
            ),
            REPEATED: Words(f"键列“{self.column}”有重复值", f"values of the key “{self.column}” repeat"),
        }[self.change]


@dataclass(frozen=True)
class Drift(Message):
    """Since when the newest data does not fit, what changed, and whether calls are refused meanwhile.

    `columns` names the columns and types that came, in twelve hexadecimal characters: the owner who means them says so by it.
    """

    KIND: ClassVar[str] = "drift"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "since": moment(),
        "changes": list_of(message(ColumnChange), least=1, most=4_000),
        "columns": text(least=12, most=12, pattern=FINGERPRINT),
        "refuses": flag(),
    }

    since: datetime
    changes: tuple[ColumnChange, ...]
    columns: str
    refuses: bool

    def told(self, most: int = 5) -> Words:
        """The first changes in one sentence, and how many there are beyond them."""
        said, more = [change.words for change in self.changes[:most]], len(self.changes) - most
        tail = Words(f"；另有 {more} 处", f"; and {more} more") if more > 0 else Words("", "")
        return Words("；".join(words.zh for words in said) + tail.zh, "; ".join(words.en for words in said) + tail.en)
