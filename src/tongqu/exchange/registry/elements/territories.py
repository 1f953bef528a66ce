"""Which places a source stands over, by GB/T 2260 code, and what is left of a place when a part is given away. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tongqu.exchange.members.parties import divisions

UNIFIED, BY_TERRITORY = "unified", "by_territory"
_CODES = 1_000_000


def span(region: str, scope: str) -> tuple[int, int]:
    """The codes that a source in a region covers, half-open: with all below it, or it alone where it goes by territory."""
    code = int(region)
    if scope == BY_TERRITORY:
        return code, code + 1
    width = 10_000 if code % 10_000 == 0 else 100 if code % 100 == 0 else 1
    return code, code + width


def territory(element_number: int, region: str, scope: str) -> tuple[int, int]:
    """The span within the element's own stretch of numbers: spans of two elements never meet."""
    low, high = span(region, scope)
    return element_number * _CODES + low, element_number * _CODES + high


def meets(one: str, other: str, scope: str) -> bool:
    (a, b), (c, d) = span(one, scope), span(other, scope)
    return a < d and c < b


def lies_in(part: str, whole: str) -> bool:
    """Whether a division is another or lies below it, whatever the standard says."""
    (a, b), (c, d) = span(part, UNIFIED), span(whole, UNIFIED)
    return c <= a and b <= d


def without(whole: str, part: str, *, on: date) -> list[str]:
    """The divisions that make up the whole when a part is taken out: 湖北 without 武汉 is its other cities."""
    if lies_in(whole, part):
        return []
    if not lies_in(part, whole):
        return [whole]
    left: list[str] = []
    here = whole
    while here != part:
        below = [one.code for one in divisions.children(here, on=on)]
        onward = next((code for code in below if lies_in(part, code)), "")
        left += [code for code in below if code != onward]
        if not onward:
            break
        here = onward
    return left


def allotted(
    held: Iterable[str], region: str, scope: str, outcome: str, regions: Iterable[str], *, on: date
) -> tuple[list[str], list[str]]:
    """What a decision gives the incumbent and the challenger, of what the one held and the other claimed."""
    kept, given = list(held), {"challenger": [region], "split": list(regions)}.get(outcome, [])
    for part in [region] if outcome == "neither" else given:
        kept = [left for one in kept for left in _without(one, part, scope, on)]
    return kept, given


def _without(one: str, part: str, scope: str, on: date) -> list[str]:
    if scope == BY_TERRITORY:
        return [] if one == part else [one]
    return without(one, part, on=on)
