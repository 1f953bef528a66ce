"""When a catalogue may be imported and a spelling decided. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import MUST, Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class FileSeen:
    """The file as it was handed in, and the division it is for."""

    own_paper: bool
    region_stands: bool
    region_was: str = ""


@dataclass(frozen=True)
class LaterSeen:
    """`superseded`: a catalogue that the import gives whole was given whole by one that began later and was finished."""

    superseded: bool


@dataclass(frozen=True)
class MeaningSeen:
    fits: bool


@rule(
    "HOUSE:harvest",
    strength=MUST,
    since=SINCE,
    title=Words("导入的文件由本单位提交", "The file was handed in by who imports it"),
    asks=("file",),
)
def file_is_ones_own(seen: FileSeen) -> Finding:
    if not seen.own_paper:
        return refuses(
            Words("没有收到这份文件", "This file was not handed in"),
            mend=Words("请先上传文件。", "Upload the file first."),
        )
    return complies(Words("文件已收到", "The file is here"))


@rule(
    "HOUSE:harvest",
    strength=MUST,
    since=SINCE,
    title=Words("区划代码现行有效", "The division is one of today"),
    asks=("region",),
)
def division_stands(seen: FileSeen) -> Finding:
    """GB/T 2260 changes: a code that was abolished names no place that could answer for the data."""
    if not seen.region_stands:
        was = f"（曾为{seen.region_was}）" if seen.region_was else ""
        before = f" (it was {seen.region_was})" if seen.region_was else ""
        return refuses(
            Words(f"没有这个现行区划代码{was}", f"There is no such division today{before}"),
            mend=Words("请填写现行的六位区划代码。", "Give a division code of today, six digits."),
        )
    return complies(Words("区划代码有效", "The division stands"))


@rule("HOUSE:harvest", strength=MUST, since=SINCE, title=Words("没有更晚的整份导入", "No later whole import stands"))
def nothing_later_stands(seen: LaterSeen) -> Finding:
    """What is older would take down what is newer, and bring old texts back."""
    if seen.superseded:
        return refuses(
            Words("这一目录后来又整份导入过", "This catalogue was given whole again since"),
            mend=Words("请提交目录的最新文件，重新导入。", "Hand in the newest file and import that."),
        )
    return complies(Words("没有更晚的整份导入", "No later whole import stands"))


@rule("HOUSE:harvest", strength=MUST, since=SINCE, title=Words("含义与问题相符", "The meaning answers the question"))
def meaning_fits(seen: MeaningSeen) -> Finding:
    if not seen.fits:
        return refuses(
            Words("这不是该问题的答案", "That is no answer to this question"),
            mend=Words("请选择列出的含义。", "Choose one of the meanings listed."),
        )
    return complies(Words("含义相符", "It fits"))
