"""Which division a portal's own words mean: 浙江省, 杭州市, 拱墅区 are names, and names are of their day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    """The divisions of one day: the codes that stand, and under each the names of those directly below ("" for provinces)."""

    standing: frozenset[str]
    under: dict[str, dict[str, str]]

    @classmethod
    def of(cls, divisions: Iterable[tuple[str, str, str]]) -> Places:
        """Of code, name and parent of each, by code: of two with one name under one parent the first is meant."""
        codes, under = set(), dict[str, dict[str, str]]()
        for code, name, parent in divisions:
            codes.add(code)
            under.setdefault(parent, {}).setdefault(name, code)
        return cls(frozenset(codes), under)

    def region_of(self, province: str, city: str, district: str) -> str:
        """The GB/T 2260 code of the narrowest of these; empty when not even the province stands."""
        code = ""
        for name in (province, city, district):
            if name:
                code = self.under.get(code, {}).get(name) or code
        return code
