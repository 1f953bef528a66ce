"""Nearly the same texts among very many, without comparing each with each. Pure.

A text is the set of its pairs of characters. Its signature is the least of each of 32 hashes of that set (MinHash, Broder
1997): the share of places in which two signatures agree estimates the share of pairs that the two sets have in common
(Jaccard). Texts that agree in any of 8 bands of 4 are candidates; who asks then compares the sets themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

HASHES, BAND = 32, 4
ALL_PAIRS_MAX = 40
_MARK = re.compile(r"[^\w]+")
_FACTORS = np.random.default_rng(20231225).integers(1, 2**63, HASHES, dtype=np.uint64) | np.uint64(1)

Signatures = NDArray[np.uint32]


def bare(text: str) -> str:
    """Without spaces, marks and capitals."""
    return _MARK.sub("", text.lower())


def signatures(texts: Sequence[str]) -> Signatures:
    """One row a text (as `bare` makes it); texts of less than two characters get a row like no other's."""
    found = np.empty((len(texts), HASHES), np.uint32)
    long = [n for n, text in enumerate(texts) if len(text) > 1]
    short = [n for n, text in enumerate(texts) if len(text) <= 1]
    for n in short:
        found[n] = np.random.default_rng(n).integers(0, 2**32, HASHES, dtype=np.uint32)
    if not long:
        return found
    kept = [texts[n] for n in long]
    characters = np.frombuffer("".join(kept).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    starts = np.concatenate([[0], np.cumsum([len(text) for text in kept])[:-1]]).astype(np.int64)
    pairs = (characters[:-1].astype(np.uint64) << np.uint64(21)) | characters[1:]
    between = starts[1:] - 1  # the pair of one text's last character and the next one's first
    for n, factor in enumerate(_FACTORS):
        hashed = ((pairs * factor) >> np.uint64(32)).astype(np.uint32)
        hashed[between] = np.iinfo(np.uint32).max
        found[long, n] = np.minimum.reduceat(hashed, starts)
    return found


def candidates(found: Signatures, *, least: float) -> list[tuple[int, int]]:
    """Pairs of rows (the lower first) that may be alike by `least` or more.

    Of those that agree in a band all pairs; of more than `ALL_PAIRS_MAX` each with the first and with its neighbour, for
    who is like the one will be like the other.
    """
    pairs: set[tuple[int, int]] = set()
    for begin in range(0, HASHES, BAND):
        band = np.ascontiguousarray(found[:, begin : begin + BAND]).view(f"V{BAND * 4}").ravel()
        order = np.argsort(band, kind="stable")
        ends = np.flatnonzero(np.append(band[order][1:] != band[order][:-1], True)) + 1
        first = 0
        for end in ends.tolist():
            if end - first > 1:
                pairs.update(_within(sorted(order[first:end].tolist())))
            first = end
    return sorted(pair for pair in pairs if float((found[pair[0]] == found[pair[1]]).mean()) >= least)


def _within(group: Sequence[int]) -> Iterable[tuple[int, int]]:
    if len(group) <= ALL_PAIRS_MAX:
        return combinations(group, 2)
    return [*pairwise(group), *((group[0], other) for other in group[2:])]


def in_common(one: str, other: str) -> float:
    """Jaccard of the two texts' pairs of characters, 0 to 1."""
    of_one = {one[n : n + 2] for n in range(len(one) - 1)}
    of_other = {other[n : n + 2] for n in range(len(other) - 1)}
    return len(of_one & of_other) / len(of_one | of_other) if of_one or of_other else float(one == other)
