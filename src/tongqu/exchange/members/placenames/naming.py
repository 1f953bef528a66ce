"""Places that people name in a sentence: 湖北省武汉市, 武汉, 江岸区, 恩施, 420100. Pure.

Names are those of GB/T 2260 in both packaged editions, whole or as they are said, without 省, 市 or 自治州. Counties and words
of every day (日照, 安康) count without their last character only where nothing else stands beside them, or behind the place
that they lie in: 资源 is a county too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tongqu.exchange.members.parties import divisions

_PEOPLES = (
    "土家族|苗族|侗族|瑶族|壮族|回族|藏族|羌族|彝族|白族|傣族|景颇族|傈僳族|哈尼族|布依族|蒙古族|朝鲜族|满族|锡伯族|达斡尔族|鄂伦春族|"
    "鄂温克族|畲族|黎族|水族|仡佬族|仫佬族|毛南族|拉祜族|佤族|布朗族|纳西族|普米族|怒族|独龙族|土族|撒拉族|东乡族|保安族|裕固族|"
    "哈萨克族|柯尔克孜族|塔吉克|哈萨克|柯尔克孜|蒙古|维吾尔|各族"
)
_SELF_GOVERNED = re.compile(r"自治[区州县旗]$")
_END = re.compile(rf"(?:省|特别行政区|(?:{_PEOPLES})*自治[区州县旗]|地区|林区|[市区县盟旗])$")
_WORDS_OF_EVERY_DAY = frozenset({"日照", "来宾", "安康", "普洱", "阿里", "和田", "中山", "东方"})
_GLUED = {"市": "场民政容级属", "区": "域块间划", "省": "级份", "县": "级"}
"""What must not follow: 武汉市场监管 is 武汉 and 市场监管."""
_RANK = {"province": 0, "city": 1, "county": 2}
_CODE = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?![0-9A-Za-z])")


@dataclass(frozen=True)
class PlaceName:
    """Where in the text a place is named, and the codes of today that it may mean: the likeliest first.

    `last`: where its narrowest part begins, 江岸区 of 武汉市江岸区.
    """

    start: int
    last: int
    end: int
    codes: tuple[str, ...]


def named_in(text: str, *, on: date) -> PlaceName | None:
    """The first place that a text names, as narrow as it says: 湖北省武汉市江岸区 is one. None where there is none."""
    if (code := _CODE.search(text)) and (here := divisions.standing(code[0], on=on)):
        return PlaceName(code.start(), code.start(), code.end(), (here.code,))
    for word in re.finditer(r"\S+", text):
        for at in range(word.start(), word.end()):
            if found := _at(text, at, word.span(), on):
                return found
    return None


def _at(text: str, start: int, word: tuple[int, int], on: date) -> PlaceName | None:
    """What is named from here on: a place, and places within it that follow at once, with or without a space."""
    last, end, codes = start, start, tuple[str, ...]()
    while True:
        at = end + len(text[end:]) - len(text[end:].lstrip()) if codes else end
        for stop in range(min(len(text), at + _longest(on)), at + 1, -1):
            if text[stop : stop + 1] and text[stop] in _GLUED.get(text[stop - 1], ""):
                continue
            meant, careful = _meant(text[at:stop], on)
            if codes:
                meant = tuple(one for one in meant if any(_within(one, above) for above in codes))
            elif careful and (at, stop) != word:
                meant = ()
            if meant:
                last, end, codes = at, stop, meant
                break
        else:
            return PlaceName(start, last, end, codes) if codes else None


def _meant(name: str, on: date) -> tuple[tuple[str, ...], bool]:
    return _names(on).get(name, ((), False))


def _within(code: str, above: str) -> bool:
    return code != above and code.startswith(above.removesuffix("0000").removesuffix("00"))


@lru_cache(maxsize=4)
def _longest(on: date) -> int:
    return max(map(len, _names(on)))


@lru_cache(maxsize=4)
def _names(on: date) -> dict[str, tuple[tuple[str, ...], bool]]:
    """By name the codes that it may mean, the highest level first, and whether it must stand alone."""
    bold: dict[str, list[divisions.Division]] = {}
    careful: dict[str, list[divisions.Division]] = {}
    for entry in divisions.entries():
        here = divisions.standing(entry.code, on=on)
        if here is None or (here.level != entry.level):
            continue  # what was merged into another is not that other
        for name in _said(entry.name):
            alone = len(name) < len(entry.name) or len(name) == 2
            small = (
                entry.level == "county" and entry.code[2:4] != "90"
            )  # those directly below a province are as known as cities
            must_stand_alone = alone and (small or name in _WORDS_OF_EVERY_DAY)
            (careful if must_stand_alone else bold).setdefault(name, []).append(here)
    told = {name: (_codes(found), True) for name, found in careful.items()}
    for name, found in bold.items():
        told[name] = (_codes([*found, *careful.get(name, ())]), False)
    return told


def _codes(found: Sequence[divisions.Division]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.code for one in sorted(found, key=lambda one: (_RANK[one.level], one.code))))


def _said(name: str) -> Iterator[str]:
    """The name, without its level, and without the peoples in it: 内蒙古, 恩施."""
    for said in dict.fromkeys((name, _SELF_GOVERNED.sub("", name), _END.sub("", name))):
        if len(said) > 1:
            yield said
