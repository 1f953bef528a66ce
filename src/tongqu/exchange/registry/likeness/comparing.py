"""The comparison of all entries of one province, done by the worker after an import has changed some of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

import numpy as np
from django.db import connection, transaction

from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import harvest
from tongqu.exchange.registry.likeness import signatures
from tongqu.exchange.registry.likeness.kinds import Kind, kind, places_pattern
from tongqu.exchange.registry.likeness.models import NearPair

LEAST = 0.9  # of the pairs of characters: below it, what differs is more than a word
_ROUGHLY = 0.75  # of the places of two signatures: an estimate may be too low by two or three of 32
_BLOCK, _PAIRS = 10_000, 2_000
_LOCK = 0x6E656172


def compare(province: str, *, on: date) -> int:
    """Finds the pairs of one province anew (`42`; blank: entries without a place) and returns how many there are.

    Entries of one catalogue that say just the same are marked already: each makes a pair with the first of them, which
    alone is compared with others. Memory: 128 bytes an entry.
    """
    numbers, rows = [], []
    pairs: list[tuple[int, int, int, str]] = []
    for every in _blocks(harvest.every_entry(province=province)):
        block = [one for one in every if one.same_as is None]
        pairs += [(one.same_as, one.id, 100, Kind.REPEATED.value) for one in every if one.same_as is not None]
        numbers += [one.id for one in block]
        rows.append(signatures.signatures([_text(one) for one in block]))
    found = signatures.candidates(np.concatenate(rows), least=_ROUGHLY) if rows else []
    pattern = places_pattern([one.name for one in _divisions(province, on)])
    for begin in range(0, len(found), _PAIRS):
        some = [(numbers[a], numbers[b]) for a, b in found[begin : begin + _PAIRS]]
        known = {one.id: one for one in harvest.entries({number for pair in some for number in pair})}
        pairs += [
            made
            for a, b in some
            if a in known and b in known and (made := _pair(known[a], known[b], pattern)) is not None
        ]
    _keep(province, pairs)
    return len(pairs)


def _blocks(entries: Iterator[harvest.EntryView]) -> Iterable[list[harvest.EntryView]]:
    while block := list(islice(entries, _BLOCK)):
        yield block


def _text(one: harvest.EntryView) -> str:
    return signatures.bare(one.title + one.text + one.department)


def _divisions(province: str, on: date) -> list[divisions.Division]:
    top = f"{province}0000"
    cities = list(divisions.children(top, on=on)) if province else []
    return cities + [county for city in cities for county in divisions.children(city.code, on=on)]


def _pair(
    one: harvest.EntryView, other: harvest.EntryView, places: re.Pattern[str] | None
) -> tuple[int, int, int, str] | None:
    first, second = min(one.id, other.id), max(one.id, other.id)
    a, b = _text(one), _text(other)
    if a == b:
        return first, second, 100, Kind.SAME.value
    shared = signatures.in_common(a, b)
    if shared < LEAST:
        return None
    # 100 is kept for what is the same.
    return first, second, min(99, int(shared * 100)), kind(one.title, other.title, places).value


def _keep(province: str, pairs: list[tuple[int, int, int, str]]) -> None:
    """In the place of those before. Two comparisons of one province wait for each other; an entry gone meanwhile is left out."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK, int(province or 0)])
        NearPair.objects.filter(province=province).delete()
        cursor.execute(
            "insert into registry_near_pair (province, one_id, other_id, percent, kind)"
            " select %s, p.one, p.other, p.percent, p.kind"
            " from unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::text[]) as p(one, other, percent, kind)"
            " where exists (select from registry_entry e where e.id = p.one)"
            " and exists (select from registry_entry e where e.id = p.other)"
            " on conflict (one_id, other_id) do update set province = excluded.province, percent = excluded.percent,"
            " kind = excluded.kind",
            [province, *([list(column) for column in zip(*pairs, strict=True)] or [[], [], [], []])],
        )
