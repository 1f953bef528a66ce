"""What the house suggests for each element: by its name, and by what a node found in its values. Pure.

Shown beside the element and kept with the proposal, so that it can be seen where a person decided otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.fieldnames import CLEAR, OF_PATTERN, Kind, guess

MANY = 2
"""Of so many rows one that looks like something outweighs the name."""

PATTERNS: dict[str, Words] = {
    "id_card": Words("身份证号", "identity card numbers"),
    "credit_code": Words("统一社会信用代码", "credit codes"),
    "mobile": Words("手机号", "mobile numbers"),
    "phone": Words("固定电话", "telephone numbers"),
    "bank_card": Words("银行卡号", "bank card numbers"),
    "plate": Words("车牌号", "number plates"),
    "email": Words("电子邮箱", "e-mail addresses"),
    "address": Words("地址", "addresses"),
    "person_name": Words("人名", "names of persons"),
    "passport": Words("护照号", "passport numbers"),
    "ip": Words("IP 地址", "IP addresses"),
}


@dataclass(frozen=True)
class Suggestion:
    """`kind` sums up: the name's, unless it says nothing or half of the rows say otherwise. `sure` is basis points.

    `by_values`: so many rows look like something; None for a few, whose number the node withholds. `clear`: the name
    says it surely enough and no value says otherwise, or half of the rows do. What is not clear is no suggestion.
    """

    kind: Kind
    by_name: Kind
    sure: int
    by_values: tuple[tuple[str, int | None], ...]
    clear: bool = True

    def plain(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value, "by_name": self.by_name.value, "sure": self.sure,
            "by_values": [list(one) for one in self.by_values], "clear": self.clear,
        }  # fmt: skip

    @staticmethod
    def of(plain: Mapping[str, Any]) -> Suggestion:
        values = tuple((str(name), rows) for name, rows in plain["by_values"])
        sure = int(plain["sure"])
        return Suggestion(
            Kind(plain["kind"]), Kind(plain["by_name"]), sure, values, bool(plain.get("clear", sure >= CLEAR))
        )


def names_of(items: Iterable[Mapping[str, Any]], profile: Mapping[str, Any] | None) -> list[str]:
    """What is to be marked: the elements of the entry, and every measured column that none of them names."""
    named = [str(item["name"]) for item in items]
    columns = [str(column["name"]) for column in (profile or {}).get("columns", ())]
    return list(dict.fromkeys([*named, *columns]))


def suggest(names: Sequence[str], profile: Mapping[str, Any] | None) -> dict[str, Suggestion]:
    columns = {str(column["name"]): column for column in (profile or {}).get("columns", ())}
    rows = int((profile or {}).get("rows") or 0)
    return {name: _suggest(name, found_in(columns.get(name, {})), rows) for name in names}


def found_in(column: Mapping[str, Any]) -> tuple[tuple[str, int | None], ...]:
    """What a node found in the values of a column, the most frequent first; nothing where it did not look."""
    found = [(str(one["pattern"]), one["rows"]) for one in column.get("patterns") or ()]
    known = [(name, rows) for name, rows in found if name in OF_PATTERN and rows != 0]
    return tuple(sorted(known, key=lambda one: (-(one[1] or 0), one[0])))


def _suggest(name: str, values: tuple[tuple[str, int | None], ...], rows: int) -> Suggestion:
    said = guess(name)
    kind, half = said.kind, bool(values) and (values[0][1] or 0) * MANY >= rows > 0
    if values and (kind is Kind.NONE or half):
        found = OF_PATTERN[values[0][0]]
        kind = kind if kind.sensitive and found.personal else found
    return Suggestion(kind, said.kind, said.sure, values, half or (said.clear and kind is said.kind))
