"""How far a right reaches, and where a grant goes beyond it: elements, purposes, regions, term, passing on. No Django.

Everything here says of two extents whether one lies within the other, or whether they meet. Nothing knows where they come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tongqu.exchange.bedrock.values import Words


class Dimension(StrEnum):
    """In which respect one right may go beyond another."""

    FIELDS = "fields"
    PURPOSES = "purposes"
    REGIONS = "regions"
    TERM = "term"
    DEPTH = "depth"
    DERIVATION = "derivation"
    EXCLUSIVE = "exclusive"


@dataclass(frozen=True)
class Extent:
    """How far a right reaches. None is no limit; `depth` is how many times it may still be passed on.

    `last_date` is the last day on which it holds. `derives`: data made with it may be another's product.
    `sole`: whoever has it may promise that nobody else gets the same from the same hand.
    """

    fields: frozenset[str] | None = None
    purposes: frozenset[str] | None = None
    regions: frozenset[str] | None = None
    first_date: date = date.min
    last_date: date = date.max
    depth: int | None = None
    derives: bool = True
    sole: bool = True


@dataclass(frozen=True)
class Link:
    """One right of a chain: what people call it, what kind it is, and how far it reaches."""

    words: Words
    kind: str
    extent: Extent
    stands: bool = True
    grantor: int = 0


def division(code: str) -> str:
    """What all divisions within have in common: 420000 → 42, 420100 → 4201, 420111 → 420111."""
    while code.endswith("00"):
        code = code[:-2]
    return code


def within(inner: str, outer: str) -> bool:
    """Whether one division lies in the other, or is it."""
    return division(inner).startswith(division(outer))


def outside(regions: Iterable[str], limits: Iterable[str]) -> list[str]:
    """The regions that lie in none of the limits."""
    bounds = list(limits)
    return sorted(one for one in regions if not any(within(one, bound) for bound in bounds))


def beyond(asked: Extent, right: Extent) -> dict[Dimension, tuple[str, ...]]:
    """In which respects the one goes beyond the other, each with what is too much. Empty: it lies within."""
    found: dict[Dimension, tuple[str, ...]] = {
        Dimension.FIELDS: _more(asked.fields, right.fields),
        Dimension.PURPOSES: _more(asked.purposes, right.purposes),
        Dimension.REGIONS: _regions(asked.regions, right.regions),
        Dimension.TERM: _term(asked, right),
        Dimension.DEPTH: _depth(asked.depth, right.depth),
        Dimension.DERIVATION: ("",) if asked.derives and not right.derives else (),
        Dimension.EXCLUSIVE: ("",) if asked.sole and not right.sole else (),
    }
    return {one: told for one, told in found.items() if told}


def _more(asked: frozenset[str] | None, right: frozenset[str] | None) -> tuple[str, ...]:
    if right is None:
        return ()
    return ("*",) if asked is None else tuple(sorted(asked - right))


def _regions(asked: frozenset[str] | None, right: frozenset[str] | None) -> tuple[str, ...]:
    if right is None:
        return ()
    return ("*",) if asked is None else tuple(outside(asked, right))


def _term(asked: Extent, right: Extent) -> tuple[str, ...]:
    early = () if asked.first_date >= right.first_date else (asked.first_date.isoformat(),)
    late = () if asked.last_date <= right.last_date else (asked.last_date.isoformat(),)
    return early + late


def _depth(asked: int | None, right: int | None) -> tuple[str, ...]:
    """What is passed on may be passed on one time less; what may not be passed on at all is passed on no time."""
    if right is None:
        return ()
    return () if asked is not None and asked < right else (str(right),)


def meet(one: Extent, other: Extent) -> bool:
    """Whether the same use, of the same element, for the same purpose, in the same place, on the same day, lies in both."""
    return (
        one.first_date <= other.last_date
        and other.first_date <= one.last_date
        and _share(one.fields, other.fields)
        and _share(one.purposes, other.purposes)
        and _regions_share(one.regions, other.regions)
    )


def _share(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return one is None or other is None or bool(one & other)


def _regions_share(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    if one is None or other is None:
        return True
    return any(within(a, b) or within(b, a) for a in one for b in other)


def admits(chain: Sequence[Extent], *, field: str, purpose: str, region: str, on: date) -> bool:
    """Whether one use lies within every right of a chain."""
    use = Extent(
        frozenset({field}), frozenset({purpose}), frozenset({region}), on, on, depth=-1, derives=False, sole=False
    )
    return all(not beyond(use, right) for right in chain)
