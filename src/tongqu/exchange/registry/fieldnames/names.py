"""What the name of a data element suggests. No Django.

A name that was read for the labelled set means what was said there; of any other, whole weights of its characters, pairs
and triples are summed up. The weights are learnt by `learning.py`. A suggestion is shown and never decides.
"""

from __future__ import annotations

import csv
import json
import math
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tongqu.exchange.registry.fieldnames.kinds import Kind

DATA = Path(__file__).parent / "data"
LABELS = DATA / "field_names.csv"
WEIGHTS = DATA / "field_name_weights.json"
SCALE = 100
"""Weights are hundredths: sums of whole numbers come out alike on every machine."""
KINDS = tuple(Kind)
LENGTH_MAX = 60
WHOLE = 10_000
CLEAR = 8_000
"""A guess that is less sure than this is no suggestion: a person looks at the name without one."""


@dataclass(frozen=True)
class Guess:
    """`sure`: basis points of the shares of all kinds that this one has; all of them for a name that was read,
    nothing for one that says nothing.
    """

    kind: Kind
    sure: int

    @property
    def clear(self) -> bool:
        return self.sure >= CLEAR


def features(name: str) -> frozenset[str]:
    """The name's characters, pairs and triples, with its beginning and its end; full width, capitals and spaces aside."""
    plain = "".join(unicodedata.normalize("NFKC", name).lower().split())[:LENGTH_MAX]
    edged = f"^{plain}$"
    return frozenset(edged[i : i + n] for n in (1, 2, 3) for i in range(len(edged) - n + 1)) - {"^", "$"}


@cache
def weights() -> dict[str, list[int]]:
    """By feature: one weight a kind, in the order of `KINDS`; the feature "" is each kind's own."""
    return json.loads(WEIGHTS.read_text("utf-8"))  # type: ignore[no-any-return]


@cache
def read_names() -> dict[str, Kind]:
    """The names of the labelled set and what was said of each."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        return {row["name"]: Kind(row["kind"]) for row in csv.DictReader(file)}


def guess(name: str) -> Guess:
    """What was said of the name, or what was learnt of its like."""
    said = read_names().get(name.strip())
    return learnt(name) if said is None else Guess(said, WHOLE)


def learnt(name: str, known: dict[str, list[int]] | None = None) -> Guess:
    """The kind with the largest sum; the first of `KINDS` where two are equal.

    A Latin name of which most was never met says nothing: few such names were learnt from.
    """
    table, found = weights() if known is None else known, features(name)
    parts = [one for one in found if len(one) > 1]
    if name.isascii() and sum(one in table for one in parts) * 2 < len(parts):
        return Guess(Kind.NONE, 0)
    sums = list(table[""])
    for one in found:
        for i, weight in enumerate(table.get(one, ())):
            sums[i] += weight
    best = max(range(len(KINDS)), key=lambda i: sums[i])
    share = 1 / sum(math.exp((each - sums[best]) / SCALE) for each in sums)
    return Guess(KINDS[best], round(share * WHOLE))
