"""What in a table tells of a person: names of columns, and values that only persons have. Pure.

Careful on the side of the person: a column that is stopped here can be left out; what was opened cannot be called back. A
value is looked at however it is written: after Excel's apostrophe, within a sentence, in full width, with spaces or strokes,
as a number, as a floating number that lost its last digits. One look costs what the text is long: groups of digits are
found one after the other, and what is tried of them is bounded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

NAMES = re.compile(
    r"姓名|身份证|证件号|手机|家庭(住址|地址|电话)|个人(住址|地址|电话)|护照号|银行卡|社保(卡)?号|医保(卡)?号|病历号|住院号"
    r"|^(id_?card|identity_?card|id_?number|mobile|mobile_?phone|cell_?phone|passport(_?no)?|ssn|full_?name)$",
    re.IGNORECASE,
)
_IDENTITY = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", re.ASCII)
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9]\d{9}", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PROVINCES = frozenset(
    str(one) for one in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83)
)  # fmt: skip
MOBILE_SHARE = 0.2
"""From this share of the values on, a column holds mobile numbers; a few are numbers that look alike."""
LIKELY_SHARE = 0.1
"""The same of identity numbers without a check character; of numbers that mean something else one in fifty looks so."""

LOOKED_AT_CHARACTERS = 100_000
REMEMBERED_CHARACTERS_MAX = 64
_LEAST = 11  # digits of the shortest number that is looked for
_IDENTITY_LENGTH, _OLD_LENGTH = 18, 15
_BORN_LENGTH = 14  # place and day of birth: what is left of the eighteen
_SHAPES = {(3, 4, 4), (3, 8), (7, 4)}  # how a mobile number is parted

# What stands between the digits of one number: one space or stroke. What nobody sees is taken out before.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_OTHER_STROKES = re.compile("[\u2010-\u2015\u2212\u30fc]")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_DIGIT = re.compile(r"\d")
_NO_DIGITS = re.compile(r"\D+")
_GROUP = re.compile(r"[0-9]+")
_CHECK = re.compile(r"[ \t_-]?[Xx](?![0-9A-Za-z])")
_APART = frozenset(" -_\t")
_FLOATING = re.compile(r"\s*'?[+-]?\d(?:\.\d{1,40})?[eE]\+?\d{1,2}\s*", re.ASCII)


class Signs(NamedTuple):
    """What a value has in it. `likely`: an identity number of the old form, or of one whose last digits are lost."""

    identity: bool = False
    likely: bool = False
    mobile: bool = False


NONE = Signs()


def names_a_person(column: str) -> bool:
    return bool(NAMES.search(column))


def is_identity_number(text: str) -> bool:
    """A resident identity number whose check character (GB 11643) is right."""
    if not _IDENTITY.fullmatch(text):
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(text[:17], _WEIGHTS, strict=True)) % 11
    return text[17].upper() == "10X98765432"[rest]


def is_old_identity_number(text: str) -> bool:
    """Of fifteen digits, as it was until 1999: a province and a day of the last century. It has no check character."""
    return len(text) == _OLD_LENGTH and text[:2] in _PROVINCES and _is_day(1900 + int(text[6:8]), text[8:12])


def is_mobile_number(text: str) -> bool:
    return bool(_MOBILE.fullmatch(text))


def signs(text: str) -> Signs:
    """What a text has in it, at whatever place."""
    if len(text) < _LEAST or not _DIGIT.search(text, 0, LOOKED_AT_CHARACTERS):
        return NONE
    return _signs(text) if len(text) <= REMEMBERED_CHARACTERS_MAX else _signs_of_long(text)


def signs_of_number(value: int | float | Decimal) -> Signs:
    """The same of a number: a floating one beyond sixteen digits has its place and day of birth left."""
    if isinstance(value, float):
        if not value.is_integer() or not 10**10 <= value < 10**18:
            return NONE
        return _of_floating(Decimal(repr(value)))  # as it is written shortest: the digits that were there
    if not 10**10 <= value < 10**18 or value != int(value):
        return NONE
    return _of_digits(str(int(value)))


@lru_cache(maxsize=65_536)
def _signs(text: str) -> Signs:
    return _looked(text)


@lru_cache(maxsize=4)
def _signs_of_long(text: str) -> Signs:
    """One that stands in every row is looked at once; no more than a few are held."""
    return _looked(text)


def _looked(text: str) -> Signs:
    plain = _plain(text[:LOOKED_AT_CHARACTERS])
    if _FLOATING.fullmatch(plain):
        return _of_floating(Decimal(plain.strip().lstrip("'")))
    if len(_NO_DIGITS.sub("", plain)) < _LEAST:
        return NONE
    found = NONE
    for groups in _stretches(plain):
        for start in range(len(groups)):
            found = Signs(*map(max, found, _from(groups, start)))
    return found


def _plain(text: str) -> str:
    """Digits and strokes as ASCII has them, and nothing that nobody sees."""
    if text.isascii():
        return text
    plain = _OTHER_STROKES.sub("-", _UNSEEN.sub("", unicodedata.normalize("NFKC", text)))
    return _OTHER_DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), plain)


def _stretches(text: str) -> Iterator[list[str]]:
    """Groups of digits with one space or stroke between them; an X at the end of a group is its own."""
    groups: list[str] = []
    last = -2
    for found in _GROUP.finditer(text):
        start, end = found.span()
        if start >= 2 and text[start - 1] == "." and text[start - 2].isdigit():
            if groups:
                yield groups
            groups, last = [], -2  # the places behind a decimal point
            continue
        if groups and not (start == last + 1 and text[last] in _APART):
            yield groups
            groups = []
        check = _CHECK.match(text, end)
        groups.append(found[0] + "X" * bool(check))
        last = check.end() if check else end
    if groups:
        yield groups


def _from(groups: Sequence[str], start: int) -> Signs:
    """What the groups from here on make: of one number there are as many as it has digits at most."""
    found, whole = _of_digits(groups[start]), groups[start]
    for end in range(start + 1, min(len(groups), start + _IDENTITY_LENGTH)):
        whole += groups[end]
        if len(whole) > _IDENTITY_LENGTH:
            break
        if len(whole) >= _LEAST:
            one = _of_digits(whole)
            mobile = one.mobile and tuple(map(len, groups[start : end + 1])) in _SHAPES
            found = Signs(found.identity or one.identity, found.likely or one.likely, found.mobile or mobile)
    return found


def _of_digits(digits: str) -> Signs:
    if not _LEAST <= len(digits) <= _IDENTITY_LENGTH:
        return NONE
    return Signs(is_identity_number(digits), is_old_identity_number(digits), is_mobile_number(digits))


def _of_floating(value: Decimal) -> Signs:
    if not 10**10 <= value < 10**18 or value != int(value):
        return NONE
    digits = str(int(value))
    whole = _of_digits(digits)
    return whole if any(whole) else _cut_off(digits)


def _cut_off(digits: str) -> Signs:
    """An identity number whose last digits became zeros or others: a province, and a day on which people are born."""
    born = digits[6:_BORN_LENGTH]
    place = len(digits) == _IDENTITY_LENGTH and digits[:2] in _PROVINCES and born[:2] in {"19", "20"}
    return Signs(likely=place and _is_day(int(born[:4]), born[4:]))


def _is_day(year: int, month_and_day: str) -> bool:
    try:
        return bool(date(year, int(month_and_day[:2]), int(month_and_day[2:])))
    except ValueError:
        return False
