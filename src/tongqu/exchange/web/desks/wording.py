"""Stored values in words: what a form kept as a code is shown as the form asked it. Nothing raw reaches a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django.utils import timezone

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.inputs import Inputs, extra_of
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Pair
from tongqu.exchange.web.fields import UNITS, choices_of

YES, NO = Words("是", "Yes"), Words("否", "No")
DASH = Words("—", "—")
BYTES = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "KB"))


def joined(parts: Iterable[Words]) -> Words:
    listed = list(parts)
    return Words("、".join(w.zh for w in listed), ", ".join(w.en for w in listed)) if listed else DASH


def plain(text: object) -> Words:
    return Words(str(text), str(text))


def words_of(model: type[Inputs], name: str, value: Any) -> Words:
    """A value in the words of the question it answers: choices by their words, money in yuan, days as days."""
    info = model.model_fields[name]
    if value is None or value in ("", []):
        return DASH
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list | tuple | set | frozenset):
        return joined(words_of(model, name, one) for one in value)
    known = _choices(model, name).get(str(value))
    if known is not None:
        return known
    unit = extra_of(info).get("unit", "")
    if isinstance(value, int):
        return _number(value, unit)
    return plain(_day(value))


@cache
def _choices(model: type[Inputs], name: str) -> dict[str, Words]:
    return {
        key: label if isinstance(label, Words) else plain(label) for key, label in choices_of(model.model_fields[name])
    }


def _number(value: int, unit: str) -> Words:
    if unit == "fen":
        return plain(yuan(value))
    if unit == "micro_yuan":
        return plain(said.micro_yuan(value))
    if unit == "byte":
        return plain(octets(value))
    words = UNITS.get(unit)
    return plain(f"{value:,}") if words is None else Words(f"{value:,} {words.zh}", f"{value:,} {words.en}")


def octets(value: int) -> str:
    """2700000 → 2.7 MB"""
    for size, name in BYTES:
        if value >= size:
            return f"{value / size:.1f} {name}"
    return f"{value:,} B"


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        return said.moment(timezone.localtime(value))
    if isinstance(value, date):
        return said.day(value)
    return str(value)


def label_of(model: type[Inputs], name: str) -> Words:
    zh, en = extra_of(model.model_fields[name]).get("words", (name, name))
    return Words(zh, en)


def pairs_of(
    model: type[Inputs], values: Mapping[str, Any], names: Sequence[str], *, no_is_silence: bool = False
) -> list[Pair]:
    """Questions and their answers, in words; those without an answer are left out, and on request those answered no."""
    shown = []
    for name in names:
        value = values.get(name)
        if value not in (None, "", []) and not (value is False and no_is_silence):
            shown.append(Pair(label_of(model, name), words_of(model, name, value)))
    return shown


@cache
def _cited(key: str) -> Words:
    try:
        return law.cite(key).full
    except (law.UnknownInstrument, law.BadCitation):
        return plain(key)


@cache
def short_citation(key: str | None) -> Words:
    """`PROP35:17` as a desk has room for it: the place alone, behind the text's first words."""
    if not key:
        return Words("", "")
    try:
        cited = law.cite(key)
    except (law.UnknownInstrument, law.BadCitation):
        return plain(key)
    place = cited.zh.removeprefix(cited.instrument.name.zh)
    return Words(f"{short_title(cited.instrument.title.zh)}{place}", cited.en)


def short_title(title: str) -> str:
    """《数据产权登记工作指引（试行）》 → 指引. The last word of the title names its kind."""
    bare = title.split("（", maxsplit=1)[0]
    for kind in ("指引", "办法", "条例", "规定", "方案", "意见", "细则", "规范", "合同", "法"):
        if bare.endswith(kind):
            return kind
    return bare[:10]


def citation(key: str | None) -> Words:
    """A citation in full, with its mark when the text was not read; empty for none."""
    return _cited(key) if key else Words("", "")
