"""A file as chunks of rows, read, cleaned and understood, ready for PostgreSQL's COPY. Pure.

Lines are cleaned as soon as a few hundred are read: what a chunk holds is what will be kept, however long its lines were.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.rows import reading
from tongqu.exchange.registry.rows.cleaning import Clean, Fault, clean
from tongqu.exchange.registry.rows.regular import regular
from tongqu.exchange.registry.rows.understanding import Terms, Understood, copied, understood

CHARACTERS_MAX = 4_000_000
"""Of what a chunk holds, about: it ends there even when it has fewer lines than asked for."""
_OF_A_FAULT = 700
BATCH, BATCH_CHARACTERS = 500, 1_000_000
"""Lines that are looked at together, at most: of long ones fewer, for they are whole in memory until then."""


@dataclass
class Chunk:
    """Some lines: the number of the last, how many, the rows that are understood (a `block` for COPY, and how many they are),
    those with a wording that is `open`, what was wrong with which line (line, key, fault), and of each portal met its first row.
    `of`: how many lines the whole file has, about, for who shows how far the reading has come.

    Of rows with one number within it only the first is here; the others are told.
    """

    last: int = 0
    lines: int = 0
    of: int = 0
    block: bytes = b""
    rows: int = 0
    open: list[Understood] = field(default_factory=list)
    faults: list[tuple[int, str, Fault]] = field(default_factory=list)
    portals: dict[str, Clean] = field(default_factory=dict)


def chunks(
    content: bytes, position: int, terms: Terms, most: int, survey: reading.Survey | None = None
) -> Generator[Chunk]:
    """What comes after a line, in chunks of so many lines at most. Raises BadFile."""
    survey = survey or reading.surveyed(content)
    left = itertools.dropwhile(lambda line: line.number <= position, reading.rows(content, survey))
    while (chunk := _chunk(left, terms, most)).lines:
        chunk.of = survey.lines
        yield chunk


def _chunk(lines: Iterator[reading.Line], terms: Terms, most: int) -> Chunk:
    made, texts, held = Chunk(), list[str](), 0
    met: set[tuple[str, str]] = set()
    while made.lines < most and held < CHARACTERS_MAX:
        batch = _batch(lines, min(BATCH, most - made.lines), min(BATCH_CHARACTERS, CHARACTERS_MAX - held))
        if not batch:
            break
        made.last, made.lines = batch[-1].number, made.lines + len(batch)
        for line, known in zip(batch, regular(batch, terms), strict=True):
            if known is not None and known.portal in made.portals and known[:2] not in met:
                met.add(known[:2])
                texts.append(known.text)
                held += len(known.text)
            else:
                held += _one(line, terms, made, texts, met)
    made.block, made.rows = "".join(texts).encode(), len(texts)
    return made


def _batch(lines: Iterator[reading.Line], most: int, characters: int) -> list[reading.Line]:
    """Some lines: so many, or those that reach so many characters."""
    batch, size = list[reading.Line](), 0
    for line in lines:
        batch.append(line)
        size += line.size
        if len(batch) >= most or size >= characters:
            break
    return batch


def _one(line: reading.Line, terms: Terms, made: Chunk, texts: list[str], met: set[tuple[str, str]]) -> int:
    """A row by itself, into the chunk; how many characters of it are held."""
    held = 0
    one, faults = (None, []) if line.row is None else _understood(line.number, line.row, terms)
    if line.fault is not None:
        faults = [line.fault, *faults]
    if one is not None:
        portal, key = terms.portal(one.row), one.row.key
        if (portal, key) in met:
            faults = [*faults, repeated(one.row.title)]
        else:
            met.add((portal, key))
            made.portals.setdefault(portal, one.row)
            text = copied(one, portal)
            held += len(text)
            if one.unknown:
                made.open.append(one)
            else:
                texts.append(text)
    if faults:
        key = "" if one is None else one.row.key
        made.faults += [(line.number, fault.key or key, fault) for fault in faults]
        held += _OF_A_FAULT * len(faults)
    return held


def repeated(title: str) -> Fault:
    """Told of a row whose number the file had before."""
    words = Words(
        "这一编号（没有编号的，为同名、同部门、同地区）在文件中已出现过，未采用",
        "Its number, or where it has none its title, department and place, came before in the file; not taken",
    )
    return Fault("repeated", words, title, lost=True)


def _understood(number: int, told: Mapping[str, Any], terms: Terms) -> tuple[Understood | None, list[Fault]]:
    try:
        made, faults = clean(told, today=terms.today)
        if made is None:
            return None, faults
        if (stray := terms.strays(made)) is not None:
            faults.append(stray)
        return understood(number, made, terms), faults
    except Exception as error:  # whatever a row does, it is this row that is lost
        why = "nested too deep" if isinstance(error, RecursionError) else type(error).__name__
        return None, [reading.unread(why, "")]
