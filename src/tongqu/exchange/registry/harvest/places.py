"""Which division a portal's own words mean: 浙江省, 杭州市, 拱墅区 are names, and names are of their day. Pure."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from tongqu.exchange.members.parties import divisions


@lru_cache(maxsize=65_536)
def region_of(province: str, city: str, district: str, *, on: date) -> str:
    """The GB/T 2260 code of the narrowest of these that stands on that day; empty when not even the province does."""
    code = ""
    for name in (province, city, district):
        code = _under(code, name, on) or code
    return code


@lru_cache(maxsize=8_192)
def standing(code: str, *, on: date) -> str:
    """The code itself when such a division stands on that day; else empty."""
    return code if code and divisions.division(code, on=on) is not None else ""


def _under(code: str, name: str, on: date) -> str:
    if not name:
        return ""
    return next((one.code for one in _children(code, on) if one.name == name), "")


@lru_cache(maxsize=512)
def _children(code: str, on: date) -> tuple[divisions.Division, ...]:
    return divisions.children(code, on=on)
