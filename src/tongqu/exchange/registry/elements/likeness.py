"""Which elements an item may be, by its name: the same name or one nearly the same; a person decides. Pure."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

ALIKE = 0.6
MOST = 3


def plain(name: str) -> str:
    """Without case, width, spaces and punctuation: 身份证号码 and “身份证 号码” are one."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c.isalnum())


def pairs(name: str) -> frozenset[str]:
    return frozenset(name[i : i + 2] for i in range(len(name) - 1)) or frozenset({name})


def suggestions(items: Iterable[str], named: Mapping[int, Sequence[str]]) -> dict[str, list[int]]:
    """For each item the elements whose names are its own or share most of their pairs of characters, the nearest first."""
    exact: dict[str, set[int]] = {}
    having: dict[str, set[tuple[int, str]]] = {}
    for number, names in named.items():
        for name in filter(None, map(plain, names)):
            exact.setdefault(name, set()).add(number)
            for pair in pairs(name):
                having.setdefault(pair, set()).add((number, name))
    return {item: _near(plain(item), exact, having) for item in items}


def _near(item: str, exact: Mapping[str, set[int]], having: Mapping[str, set[tuple[int, str]]]) -> list[int]:
    if not item:
        return []
    scores: dict[int, float] = dict.fromkeys(exact.get(item, ()), 2.0)
    own = pairs(item)
    shared: Counter[tuple[int, str]] = Counter(at for pair in own for at in having.get(pair, ()))
    for (number, name), count in shared.items():
        score = 2 * count / (len(own) + len(pairs(name)))
        if score >= ALIKE:
            scores[number] = max(score, scores.get(number, 0.0))
    return sorted(scores, key=lambda number: (-scores[number], number))[:MOST]
