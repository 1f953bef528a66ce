"""Instruments and how they are cited: `PROP35:15(1)` is 《数据产权登记工作指引（试行）》第十五条第一项."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import Field

from tongqu.exchange.bedrock.law.certainty import Certainty
from tongqu.exchange.bedrock.law.files import Entry, Said, in_force
from tongqu.exchange.bedrock.values import Words

Kind = Literal[
    "law", "regulation", "rule", "local-law", "policy", "standard", "template", "draft", "guide", "news", "house"
]
Division = Literal["article", "part", "item", "work", "task", "clause", "name"]


class UnknownInstrument(LookupError):
    """No instrument has that key. Add it to law/texts with its source first."""


class BadCitation(ValueError):
    """The place does not fit the way its instrument is divided. Write KEY:article(item); see docs/guides/law.md."""


class Article(Entry):
    """What is known of one article beyond its number: a name, or that it is known less well than the rest."""

    zh: str = ""
    en: str = ""
    certainty: Certainty | None = Field(default=None, strict=False)


class Instrument(Entry):
    """A text that rules cite. `in_force` and `until` are days, half-open; `dates` says how well they are known."""

    key: str = Field(pattern=r"^[A-Z][A-Z0-9-]*$")
    kind: Kind
    title: Said
    issuer: Said
    number: str = ""
    in_force: date
    until: date | None = None
    dates: Literal["confirmed", "year-only", "to-be-verified"] = "confirmed"
    cited_by: Division = "article"
    certainty: Certainty = Field(strict=False)
    source: Said
    articles: dict[str, Article] = Field(default_factory=dict)
    approved_by: str = ""

    @property
    def name(self) -> Words:
        zh = self.title.zh if self.kind in {"house", "news", "standard"} else f"《{self.title.zh}》"
        return Words(zh, self.title.en)

    def is_in_force(self, on: date) -> bool:
        return in_force(self.in_force, self.until, on)


@dataclass(frozen=True)
class Citation:
    """A place in an instrument, in words, with how sure the house is of it."""

    key: str
    instrument: Instrument
    article: str
    words: Words
    certainty: Certainty

    @property
    def zh(self) -> str:
        return self.words.zh

    @property
    def en(self) -> str:
        return self.words.en

    @property
    def label(self) -> Words | None:
        """What must stand beside the words: a draft is called a draft, a second-hand text second-hand. None for law."""
        marks = [mark for mark in (_DRAFT if self.instrument.kind == "draft" else None, self.certainty.label) if mark]
        return Words("；".join(m.zh for m in marks), "; ".join(m.en for m in marks)) if marks else None

    @property
    def full(self) -> Words:
        """Words and label in one, for a line of text."""
        label = self.label
        return self.words if label is None else Words(f"{self.zh}（{label.zh}）", f"{self.en} ({label.en})")

    def is_in_force(self, on: date) -> bool:
        """Whether the instrument is in force that day; a dead text may be cited only for the days it lived."""
        return self.instrument.is_in_force(on)


_DRAFT = Words("征求意见稿，未施行", "draft for comment, not in force")
_PLACE = re.compile(r"^(?P<head>annex\d+|[1-9]\d*(?:\.\d+)*|[a-z][a-z0-9_-]*)(?P<inner>(?:\((?:[1-9]\d*|last)\))*)$")
_DIGITS = "零一二三四五六七八九"


def chinese(n: int) -> str:
    """1..999 as Chinese numerals: 15 -> 十五, 20 -> 二十, 105 -> 一百零五."""
    if not 1 <= n <= 999:
        raise BadCitation(f"{n} is not an article number")
    hundreds, tens, ones = n // 100, n // 10 % 10, n % 10
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def _article(n: str) -> Words:
    return Words(f"第{chinese(int(n))}条", f"art. {n}")


def _part(n: str) -> Words:
    return Words(f"第{chinese(int(n))}部分", f"part {n}")


def _item(n: str) -> Words:
    return Words(f"第（{chinese(int(n))}）项", f"item ({n})")


def _work(n: str) -> Words:
    return Words(f"第{chinese(int(n))}项工作", f"work {n}")


def _task(n: str) -> Words:
    return Words(f"任务{chinese(int(n))}", f"task {n}")


_HEADS = {"article": _article, "part": _part, "item": _item, "work": _work, "task": _task}


def _head(instrument: Instrument, head: str) -> Words:
    if head.startswith("annex") and head[5:].isdigit():
        return Words(f"附件{head[5:]}", f"annex {head[5:]}")
    if instrument.cited_by == "clause":
        return Words(f"第{head}条", f"clause {head}")
    if instrument.cited_by == "name":
        known = instrument.articles.get(head)
        return Words("·" + (known.zh if known and known.zh else head), (known.en if known and known.en else head))
    return _HEADS[instrument.cited_by](head)


def _inner(instrument: Instrument, part: str) -> Words:
    if part == "last":
        return Words("最后一款", ", last paragraph")
    numeral = chinese(int(part))
    return Words(f"第（{numeral}）项" if instrument.cited_by == "part" else f"第{numeral}项", f"({part})")


def place(instrument: Instrument, article: str) -> Citation:
    """The citation of one place in an instrument; an empty place cites the whole. Raises BadCitation."""
    key = f"{instrument.key}:{article}" if article else instrument.key
    if not article:
        return Citation(key, instrument, "", instrument.name, instrument.certainty)
    found = _PLACE.match(article)
    numbered = instrument.cited_by not in {"name", "clause"}
    if found is None or (numbered and not found["head"].isdigit() and not found["head"].startswith("annex")):
        raise BadCitation(f"{key}: {instrument.key} is cited by {instrument.cited_by}")
    words = _words(instrument, found)
    return Citation(key, instrument, article, words, _certainty(instrument, article, found["head"]))


def _words(instrument: Instrument, found: re.Match[str]) -> Words:
    head = _head(instrument, found["head"])
    inner = [_inner(instrument, part) for part in re.findall(r"\(([^)]*)\)", found["inner"])]
    zh = instrument.name.zh + head.zh + "".join(part.zh for part in inner)
    return Words(zh, f"{instrument.name.en}, {head.en}" + "".join(part.en for part in inner))


def _certainty(instrument: Instrument, article: str, head: str) -> Certainty:
    for place_of in (article, head):
        known = instrument.articles.get(place_of)
        if known is not None and known.certainty is not None:
            return known.certainty
    return instrument.certainty


def order(key: str) -> tuple[str, tuple[tuple[int, Any], ...]]:
    """Sorts citations as a reader expects: by instrument, then 3 before 15, then items."""
    instrument, _, article = key.partition(":")
    parts = re.findall(r"\d+|[a-z_-]+", article)
    return instrument, tuple((0, int(p)) if p.isdigit() else (1, p) for p in parts)
