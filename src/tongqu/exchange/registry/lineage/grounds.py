"""What a derived resource may stand on, and how a ground is named: `grant:5`, `agreement:3:17`. No Django."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tongqu.exchange.bedrock.values import Words

PATTERN = r"^(resource|open|right|grant|public|agreement):[1-9][0-9]{0,17}(:[1-9][0-9]{0,17})?$"
_FORM = re.compile(PATTERN)
KINDS = {
    "resource": Words("自有数据资源", "own resource"),
    "open": Words("已开放的公共数据", "open data"),
    "right": Words("产权登记", "registered right"),
    "grant": Words("企业授权", "grant"),
    "public": Words("公共数据资源登记", "registration of public data"),
    "agreement": Words("授权运营协议", "agreement of operation"),
}
OF_MANY = frozenset({"agreement"})
"""Grounds that cover several resources: which of them is meant is named behind a second colon."""


@dataclass(frozen=True, order=True)
class Ground:
    """A ground by its kind and number; `source` is the resource meant, where the ground alone does not say it."""

    kind: str
    number: int
    source: int | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.number}"

    def __str__(self) -> str:
        return self.key if self.source is None else f"{self.key}:{self.source}"


def ground(text: str) -> Ground:
    """Raises ValueError for what is not the name of a ground."""
    if not _FORM.fullmatch(text):
        raise ValueError(f"not a ground: {text[:40]}")
    kind, number, *source = text.split(":")
    if bool(source) != (kind in OF_MANY):
        raise ValueError(f"a ground of this kind is named otherwise: {text[:40]}")
    return Ground(kind, int(number), int(source[0]) if source else None)
