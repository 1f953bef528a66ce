"""What is looked for when nothing has all words: a place taken as a filter, long words in pieces, as few left out as can be. Pure.

Pieces are found in the index itself, without a dictionary: the fewest that each stand somewhere, and of equally few those that
stand most often. Which are kept is counted in one pass over all documents, so that what is shown keeps the most characters
that any document has together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongqu.exchange.registry.search.index import WORD_MAX, Index, fold

PIECES_MAX = 16
SHORT = 4
KEPT_SHARE = 1 / 3
"""Of the characters looked for: what keeps less has little to do with what was asked."""

_ASIDE = re.compile(
    r"请问|帮我找|我想找|我想|我要|查找|查询|搜索|想找|哪里有|哪里|有没有|有哪些|怎么|如何|是否|关于|相关的?|所有|[的吗呢]|"
    r"(?<=[^\x00-\x7f]{2})[和与及或](?=[^\x00-\x7f]{2})|[^\w.\-/%+#]|_"
)
_TOKEN = re.compile(r"[0-9]+(?:年度|[年月日号路期])|[0-9a-z.\-/%+#]+|[^\x00-\x7f]+")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Fewer:
    """What is looked for instead: `words` and, where `region` is a code, within it. `left_out`: as it was typed."""

    words: tuple[str, ...]
    left_out: tuple[str, ...]
    region: str = ""


@dataclass(frozen=True)
class Place:
    """A place that is named: the words beside it, and the regions that may be filtered by instead of what was typed.

    Each way: a code, what of the name is still looked for as a word, and how many characters of it the filter stands for.
    """

    named: str
    rest: str
    ways: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Cut:
    """A text in pieces, and the single characters that are left between them: these say nothing by themselves."""

    pieces: tuple[str, ...]
    scraps: tuple[str, ...]


Score = tuple[float, int, int]
_NOTHING: Score = (0, 0, 0)


def fewer(index: Index, text: str, wanted: Mapping[str, str], place: Place | None = None) -> Fewer | None:
    """The most of a text that something has; None where that is too little of it."""
    asked, tries = 0, list[tuple[Score, Fewer | None]]([(_NOTHING, None)])
    for beside in _cuts(index, place.rest if place else text):
        asked = max(asked, sum(map(len, {*beside.pieces, *beside.scraps})) + (len(place.named) if place else 0))
        tries.append(_tried(index, text, beside, wanted, place.named if place else ""))
        for region, name, stands_for in place.ways if place else ():
            tries.append(_tried(index, text, beside, {**wanted, "region": region}, name, stands_for))
    score, best = max(tries, key=lambda one: one[0][:2])  # of equals the first: the fewest pieces, and no filter
    return best if best is not None and score[0] >= KEPT_SHARE * asked else None


def _tried(
    index: Index, text: str, beside: Cut, wanted: Mapping[str, str], name: str = "", stands_for: int = 0
) -> tuple[Score, Fewer | None]:
    """The best of the pieces, by characters, then by how few documents have them: what is rarer says more.

    The name of a place counts half as a word: what is asked for says more than where.
    """
    pieces = [*beside.pieces[: PIECES_MAX - 1], *([fold(name)] if name else [])]
    best = _NOTHING
    for mark, count in index.holding(pieces, wanted).items():
        kept = [len(piece) / (2 if piece == name else 1) for at, piece in enumerate(pieces) if mark >> at & 1]
        if kept or (wanted.get("region") and not beside.pieces and not beside.scraps):
            best = max(best, (sum(kept) + stands_for, -count, mark))
    if best == _NOTHING:
        return _NOTHING, None
    words = {piece for at, piece in enumerate(pieces) if best[2] >> at & 1}
    told = sorted({*beside.pieces, *beside.scraps, *pieces}, key=fold(text).find)
    kept_words = tuple(one for one in told if one in words)
    left_out = _joined(fold(text), [one for one in told if one not in words])
    return best, Fewer(kept_words, left_out, wanted.get("region", ""))


def _joined(text: str, pieces: Sequence[str]) -> tuple[str, ...]:
    """Neighbours that were left out are one word again: 满意度, not 满, 意, 度."""
    told: list[str] = []
    for piece in pieces:
        if told and told[-1] + piece in text:
            told[-1] += piece
        else:
            told.append(piece)
    return tuple(told)


def _cuts(index: Index, text: str) -> list[Cut]:
    """The words of a text in pieces that each stand somewhere, or nowhere at all; the longest first, each once.

    In the fewest pieces; and, where that is another, in words as short as most are: what stands in one title alone is cut too.
    """
    plain = _ASIDE.sub(" ", _BEYOND.sub(" ", fold(text)))
    cuts: dict[int, list[str]] = {WORD_MAX: [], SHORT: []}
    words: set[str] = set()
    for token in (token for word in plain.split() for token in _TOKEN.findall(word)):
        whole = token[0].isascii() or len(token) < 3  # 2023年度 too is one
        words |= {token} if whole else set()
        runs = [] if whole else index.runs(token)
        for longest in cuts:
            cuts[longest] += [token] if whole else _pieces(token, runs, longest)
    told = [_cut(found, words) for found in cuts.values()]
    return told[:1] if told[0] == told[1] else told


def _cut(found: Sequence[str], words: set[str]) -> Cut:
    distinct = sorted(dict.fromkeys(found), key=lambda piece: -len(piece))
    pieces = tuple(piece for piece in distinct if len(piece) > 1 or piece in words)
    return Cut(pieces, tuple(piece for piece in distinct if piece not in pieces))


def _pieces(token: str, runs: Sequence[Sequence[int]], longest: int) -> list[str]:
    """The token cut where as few pieces as possible each stand somewhere. A character that no piece reaches is one of its own."""
    best: list[tuple[float, float, int]] = [
        (0.0, 0.0, 0)
    ]  # up to each character: pieces, how seldom they stand, the last's begin
    for end in range(1, len(token) + 1):
        ways = [(best[end - 1][0] + 1.5, best[end - 1][1], end - 1)]
        for begin in range(max(0, end - longest), end - 1):
            size = end - begin
            if size - 2 < len(runs[begin]):
                often = runs[begin][size - 2]
                ways.append((best[begin][0] + 1, best[begin][1] - math.log(often), begin))
        best.append(min(ways))
    pieces, end = [], len(token)
    while end:
        pieces.append(token[best[end][2] : end])
        end = best[end][2]
    return pieces[::-1]
