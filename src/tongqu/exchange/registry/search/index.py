"""An exact substring index over short texts, with counts by facet. Pure: texts in, arrays out, on disk and mapped.

Every two neighbouring characters of a text are a pair; for each pair the index keeps where it stands. A word of one
character is a run of pairs, a longer word the places where its pairs follow each other: what is found is what a search
through all texts would find, in Chinese, Latin or both, with no dictionary. Texts are folded first (width and case),
one character for one, so that a place in the folded text is the place in the text.

A segment is immutable and stands alone; an index is several. Files are mapped, so that all processes share one copy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BREAK = "\n"
"""Stands between the parts of a text and between texts; no word has it, so none is found across it."""

WORD_MAX = 100
_BOTH = "\x1f"  # between the values of one document
NEAR_SHARE = 0.6
"""A title is near a word when it has this share of the word's pairs."""

_SORTED_AT_ONCE = 8_000_000  # places

_DAY_BITS, _CHANGE_BITS, _ID_BITS = 21, 27, 36
_RANK_AT = _DAY_BITS + _ID_BITS
_LAST_CHANGE = (1 << _CHANGE_BITS) - 1
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x00A0: 0x20}
_ARRAYS = ("ids", "days", "ranks", "changes", "starts", "title_ends", "pairs", "offsets", "places")
Numbers = NDArray[Any]


def fold(text: str) -> str:
    """Full-width Latin as half-width, capitals as small letters; as long as the text."""
    wide = text.translate(_WIDE)
    low = wide.lower()
    return low if len(low) == len(wide) else "".join(c if len(c.lower()) != 1 else c.lower() for c in wide)


@dataclass(frozen=True)
class Document:
    """`parts` after the title are searched as well. `id` is below 2^36, `day` below 2^21.

    Among those that have the words in the title, and among the others, those of `rank` 1 come before those of 0; then
    the newest by `day`. `facets`: by name, the values that the document has of it; none, one or several. `change`: when
    what is said of it was last changed, in any unit that counts up and stays below 2^27.
    """

    id: int
    title: str
    parts: Sequence[str]
    day: int
    facets: Mapping[str, Sequence[str]]
    rank: int = 0
    change: int = 0


@dataclass(frozen=True)
class Found:
    """`ids` of one page in order; `total` of all; how many of all have each value of each facet."""

    total: int
    ids: list[int]
    facets: dict[str, dict[str, int]] = field(default_factory=dict)


class Segment:
    """Some documents, built once. Equal to its files."""

    def __init__(self, arrays: Mapping[str, Numbers], facets: Mapping[str, Numbers], values: Mapping[str, list[str]]):
        self._arrays, self._facets, self.values = arrays, facets, values
        self.ids, self._days, self._ranks = arrays["ids"], arrays["days"], arrays["ranks"]
        self._changes = arrays["changes"]
        self._starts, self._title_ends = arrays["starts"], arrays["title_ends"]
        self._pairs, self._offsets, self._places = arrays["pairs"], arrays["offsets"], arrays["places"]

    def __len__(self) -> int:
        return len(self.ids)

    # --- making and keeping ---

    @classmethod
    def build(cls, documents: Iterable[Document], facets: Sequence[str]) -> Segment:
        """Documents in any order. Needs some 8 bytes of memory for each character, and 250 MB for sorting."""
        found: list[tuple[Document, bytes]] = []
        for one in documents:
            text = BREAK.join(fold(part.replace(BREAK, " ")) for part in (one.title, *one.parts)) + BREAK
            found.append((replace(one, parts=()), text.encode("utf-16-le")))  # what is indexed is not held twice
        found.sort(key=lambda pair: pair[0].id)
        known = [one for one, _ in found]
        sizes = [len(text) // 2 for _, text in found]
        titles = [_units(one.title) for one in known]
        units = np.frombuffer(b"".join(text for _, text in found), dtype="<u2")
        del found
        starts = np.zeros(len(known) + 1, dtype=np.uint32)
        np.cumsum(sizes, out=starts[1:])
        pairs, offsets, places = _postings(units)
        coded = {name: _coded([_BOTH.join(one.facets.get(name, ())) for one in known]) for name in facets}
        arrays: dict[str, Numbers] = {
            "ids": np.array([one.id for one in known], dtype=np.int64),
            "days": np.array([one.day for one in known], dtype=np.int64),
            "ranks": np.array([one.rank for one in known], dtype=np.int8),
            "changes": np.array([one.change for one in known], dtype=np.int64),
            "starts": starts,
            "title_ends": starts[:-1] + np.array(titles, dtype=np.uint32),
            "pairs": pairs,
            "offsets": offsets,
            "places": places,
        }
        return cls(arrays, {name: codes for name, (codes, _) in coded.items()}, {n: v for n, (_, v) in coded.items()})

    def save(self, folder: Path) -> None:
        """Writes the segment's files into an existing folder."""
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", self._arrays[name])
        for name, codes in self._facets.items():
            np.save(folder / f"facet-{name}.npy", codes)
        (folder / "values.json").write_text(json.dumps(self.values, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> Segment:
        """Maps the files of a segment. Raises OSError or ValueError when one is missing or damaged."""
        values: dict[str, list[str]] = json.loads((folder / "values.json").read_text("utf-8"))
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
        return cls(arrays, {name: np.load(folder / f"facet-{name}.npy", mmap_mode="r") for name in values}, values)

    # --- asking ---

    def matching(self, words: Sequence[str], wanted: Mapping[str, str]) -> tuple[Numbers, Numbers]:
        """Documents (by place in the segment) that have every word and every wanted value; whether in the title."""
        size = len(self)
        held, titled = np.ones(size, dtype=bool), np.ones(size, dtype=bool)
        for name, value in wanted.items():
            if name not in self.values:  # built by a version that did not count by it: nothing, until it is built anew
                held[:] = False
                continue
            codes = [code for code, values in enumerate(self.values[name]) if value in values.split(_BOTH)]
            held &= self._facets[name] == codes[0] if len(codes) == 1 else np.isin(self._facets[name], codes)
        for word in words:
            at = self._word(word)
            documents = np.searchsorted(self._starts, at, side="right") - 1
            there, in_title = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
            there[documents] = True
            in_title[documents[at < self._title_ends[documents]]] = True
            held &= there
            titled &= in_title
        documents = np.flatnonzero(held)
        return documents, titled[documents] if words else np.zeros(len(documents), dtype=bool)

    def holding(self, words: Sequence[str], wanted: Mapping[str, str]) -> dict[int, int]:
        """How many documents with every wanted value have which of the words: by the sum of 2 to the power of each one's place."""
        marks = np.zeros(len(self), dtype=np.int64)
        for place, word in enumerate(words):
            documents = np.searchsorted(self._starts, self._word(word), side="right") - 1
            marks[documents] |= 1 << place
        within, _ = self.matching((), wanted)
        values, counts = np.unique(marks[within], return_counts=True)
        return dict(zip(values.tolist(), counts.tolist(), strict=True))

    def runs(self, text: str) -> list[list[int]]:
        """From each character of the text on, how often its next 2, 3, 4 … characters stand anywhere; up to the last that do."""
        codes = _codes(text)
        lists = [self._of_pair(_pair(a, b)) for a, b in pairwise(codes)]
        found = []
        for start in range(len(lists)):
            at: Numbers = lists[start].astype(np.int64)
            counts = []
            for step, following in enumerate([*lists[start + 1 :], None], 1):
                if not len(at):
                    break
                counts.append(len(at))
                if following is not None:
                    at = _both(at + step, following) - step
            found.append(counts)
        return found

    def keys(self, documents: Numbers, titled: Numbers, order: str = "best") -> Numbers:
        """One number for each document, the greater the earlier it is shown: in the title, by rank, by day, by its id."""
        key: Numbers
        ids = np.asarray(self.ids[documents])
        if order != "best":
            changes = np.asarray(self._changes[documents])
            key = ((changes if order == "changed" else _LAST_CHANGE - changes) << _ID_BITS) | ids
            return key
        ranks = np.asarray(self._ranks[documents]).astype(np.int64)
        first = (titled.astype(np.int64) << (_RANK_AT + 1)) | (ranks << _RANK_AT)
        key = first | (np.asarray(self._days[documents]) << _ID_BITS) | ids
        return key

    def counts(self, documents: Numbers) -> dict[str, dict[str, int]]:
        """How many of the documents have each value of each facet; a document with several counts for each."""
        told: dict[str, dict[str, int]] = {}
        for name, codes in self._facets.items():
            values, into = self.values[name], told.setdefault(name, {})
            chosen = codes if len(documents) == len(self) else codes[documents]
            found = np.bincount(chosen, minlength=len(values))
            for code in np.flatnonzero(found):
                for value in values[code].split(_BOTH):
                    into[value] = into.get(value, 0) + int(found[code])
        return told

    def near(self, word: str) -> tuple[Numbers, Numbers]:
        """Documents whose titles share most pairs of a word, and how many they share."""
        wanted = {_pair(a, b) for a, b in zip(_codes(word), _codes(word)[1:], strict=False)}
        votes = np.zeros(len(self), dtype=np.int64)
        for pair in wanted:
            at = self._of_pair(pair)
            documents = np.searchsorted(self._starts, at, side="right") - 1
            votes[np.unique(documents[at < self._title_ends[documents]])] += 1
        least = max(1, -(-len(wanted) * NEAR_SHARE // 1))
        documents = np.flatnonzero(votes >= least) if wanted else np.zeros(0, dtype=np.int64)
        return documents, votes[documents]

    def _of_pair(self, pair: int) -> Numbers:
        at = int(np.searchsorted(self._pairs, pair))
        if at == len(self._pairs) or self._pairs[at] != pair:
            return np.zeros(0, dtype=np.uint32)
        places: Numbers = self._places[self._offsets[at] : self._offsets[at + 1]]
        return places

    def _word(self, word: str) -> Numbers:
        """Where the word stands. In order, unless it is a single character."""
        codes = _codes(word)
        if len(codes) == 1:
            first, last = np.searchsorted(self._pairs, [codes[0] << 16, (codes[0] + 1) << 16])
            run: Numbers = self._places[self._offsets[first] : self._offsets[last]]
            return run
        # Pairs that do not overlap say all, but for the last of an odd number.
        steps = [*range(0, len(codes) - 1, 2)]
        if steps[-1] != len(codes) - 2:
            steps.append(len(codes) - 2)
        lists = sorted(((self._of_pair(_pair(codes[s], codes[s + 1])), s) for s in steps), key=lambda one: len(one[0]))
        rarest, step = lists[0]
        if len(lists) == 1:
            return rarest
        at: Numbers = rarest.astype(np.int64) - step
        for places, step in lists[1:]:
            found = np.searchsorted(places, at + step)
            inside = found < len(places)
            at, found = at[inside], found[inside]
            at = at[places[found] == at + step]
        return at


class Index:
    """Several segments as one."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = segments

    def __len__(self) -> int:
        return sum(len(segment) for segment in self.segments)

    def search(
        self,
        text: str | Sequence[str],
        wanted: Mapping[str, str] | None = None,
        *,
        offset: int = 0,
        limit: int = 20,
        counted: bool = True,
        order: str = "best",
    ) -> Found:
        """Documents that have every word of the text, or every one of several phrases. An empty text finds all.

        `wanted`: facet to value. `order`: `best` first; or by when they were `changed`, the last first, or `unchanged`, the last last.
        """
        words = words_of(text) if isinstance(text, str) else phrases_of(text)
        keys, told = [], list[dict[str, dict[str, int]]]()
        for segment in self.segments:
            documents, titled = segment.matching(words, wanted or {})
            keys.append(segment.keys(documents, titled, order))
            if counted:
                told.append(segment.counts(documents))
        every = np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64)
        return Found(len(every), _page(every, offset, limit), _added(told))

    def holding(self, words: Sequence[str], wanted: Mapping[str, str] | None = None) -> dict[int, int]:
        """How many documents with every wanted value have which of the words (at most 40): see `Segment.holding`."""
        told: dict[int, int] = {}
        for segment in self.segments:
            for mark, count in segment.holding(words, wanted or {}).items():
                told[mark] = told.get(mark, 0) + count
        return told

    def runs(self, text: str) -> list[list[int]]:
        """From each character of a folded text on, how often its next 2, 3, 4 … characters stand anywhere."""
        told: list[list[int]] = [[] for _ in text[1:]]
        for segment in self.segments:
            for start, counts in enumerate(segment.runs(text)):
                told[start] = [a + b for a, b in zip_longest(told[start], counts, fillvalue=0)]
        return told

    def near(self, text: str, *, limit: int = 10) -> list[int]:
        """Documents whose titles look like the text, the nearest first: for when nothing has it as it was typed."""
        word = fold(text).strip().replace(BREAK, " ")[:WORD_MAX]
        keys = [np.zeros(0, dtype=np.int64)]
        for segment in self.segments:
            documents, votes = segment.near(word)
            keys.append((votes << _ID_BITS) | np.asarray(segment.ids[documents]))
        return _page(np.concatenate(keys), 0, limit)


def words_of(text: str) -> list[str]:
    """What is searched for, folded: the words of the text, each once."""
    return list(dict.fromkeys(word[:WORD_MAX] for word in fold(text).split()))


def phrases_of(phrases: Sequence[str]) -> list[str]:
    """Phrases as they are searched for, spaces and all: folded, each once."""
    folded = (fold(phrase).replace(BREAK, " ").strip()[:WORD_MAX] for phrase in phrases)
    return list(dict.fromkeys(filter(None, folded)))


def marks(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether a word stands there, to be shown as such."""
    folded, hit = fold(text), [False] * len(text)
    for word in words:
        at = folded.find(word)
        while at >= 0:
            hit[at : at + len(word)] = [True] * len(word)
            at = folded.find(word, at + 1)
    pieces: list[tuple[str, bool]] = []
    for character, marked in zip(text, hit, strict=True):
        if pieces and pieces[-1][1] == marked:
            pieces[-1] = (pieces[-1][0] + character, marked)
        else:
            pieces.append((character, marked))
    return pieces


def _both(one: Numbers, other: Numbers) -> Numbers:
    """What stands in both of two sorted lists: the shorter is looked up in the longer."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if not len(short):
        return np.zeros(0, dtype=np.int64)
    at = np.minimum(np.searchsorted(long, short), len(long) - 1)
    kept: Numbers = short[long[at] == short].astype(np.int64)
    return kept


def _units(text: str) -> int:
    return len(text) if text.isascii() or max(text) < "\U00010000" else len(text.encode("utf-16-le")) // 2


def _codes(word: str) -> list[int]:
    return list(np.frombuffer(word.encode("utf-16-le"), dtype="<u2").tolist())


def _pair(a: int, b: int) -> int:
    return a << 16 | b


def _postings(units: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Sorted by pair, then by place: two stable sorts of 16 bits, which numpy does by counting.

    One run of first characters after the other, so that no more is sorted at once than `_SORTED_AT_ONCE` or one character has.
    """
    first, second = units[:-1], units[1:]
    many = np.zeros(1 << 16, dtype=np.int64)
    for begin in range(0, len(first), _SORTED_AT_ONCE):
        many += np.bincount(first[begin : begin + _SORTED_AT_ONCE], minlength=1 << 16)
    many[ord(BREAK)] = 0
    places = np.empty(int(many.sum()), dtype=np.uint32)
    begins: list[Numbers] = [np.zeros(0, dtype=np.int64)]
    pairs: list[Numbers] = [np.zeros(0, dtype=np.uint32)]
    at = 0
    for low, high in _runs(many):
        run = _standing(first, low, high)
        run = run[np.argsort(second[run], kind="stable")]
        run = run[np.argsort(first[run], kind="stable")]
        told = first[run].astype(np.uint32) << 16 | second[run]
        new = np.flatnonzero(np.concatenate(([True], told[1:] != told[:-1])))
        begins.append(new + at)
        pairs.append(told[new])
        places[at : at + len(run)] = run
        at += len(run)
    return np.concatenate(pairs), np.append(np.concatenate(begins), at).astype(np.int64), places


def _runs(many: Numbers) -> Iterator[tuple[int, int]]:
    """Characters in runs, the last of each left out, that stand in few enough places together."""
    low, total = 0, 0
    for code in np.flatnonzero(many):
        if total and total + many[code] > _SORTED_AT_ONCE:
            yield low, int(code)
            low, total = int(code), 0
        total += int(many[code])
    if total:
        yield low, 1 << 16


def _standing(units: Numbers, low: int, high: int) -> Numbers:
    """Where characters of a run stand, in order."""
    found = []
    for begin in range(0, len(units), _SORTED_AT_ONCE):
        piece = units[begin : begin + _SORTED_AT_ONCE]
        here = np.flatnonzero((piece >= low) & (piece < high) & (piece != ord(BREAK)))
        found.append((here + begin).astype(np.uint32))
    return np.concatenate(found)


def _coded(values: Sequence[str]) -> tuple[Numbers, list[str]]:
    known = sorted(set(values))
    numbers = {value: number for number, value in enumerate(known)}
    return np.array([numbers[value] for value in values], dtype=np.int32), known


def _page(keys: Numbers, offset: int, limit: int) -> list[int]:
    """The ids of the greatest keys from `offset`. Only as much is sorted as is shown."""
    end = min(offset + limit, len(keys))
    if offset >= end:
        return []
    top = keys if end == len(keys) else np.partition(keys, len(keys) - end)[len(keys) - end :]
    shown = np.sort(top)[::-1][offset:end]
    return [int(key) & ((1 << _ID_BITS) - 1) for key in shown]


def _added(told: Sequence[dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    total: dict[str, dict[str, int]] = {}
    for one in told:
        for name, counts in one.items():
            into = total.setdefault(name, {})
            for value, count in counts.items():
                into[value] = into.get(value, 0) + count
    return total
