"""What in a table tells of a person: names of columns, and values that only persons have. Pure.

Careful on the side of the person: a column that is stopped here can be left out; what was opened cannot be called back.
"""

from __future__ import annotations

import re

NAMES = re.compile(
    r"姓名|身份证|证件号|手机|家庭(住址|地址|电话)|个人(住址|地址|电话)|护照号|银行卡|社保(卡)?号|医保(卡)?号|病历号|住院号"
    r"|^(id_?card|identity_?card|id_?number|mobile|mobile_?phone|cell_?phone|passport(_?no)?|ssn|full_?name)$",
    re.IGNORECASE,
)
_IDENTITY = re.compile(r"^[1-9]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]$")
_MOBILE = re.compile(r"^(\+?86[- ]?)?1[3-9]\d{9}$")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
MOBILE_SHARE = 0.2
"""From this share of the values on, a column holds mobile numbers; a few are numbers that look alike."""


def names_a_person(column: str) -> bool:
    return bool(NAMES.search(column))


def is_identity_number(text: str) -> bool:
    """A resident identity number whose check character (GB 11643) is right."""
    if not _IDENTITY.match(text):
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(text[:17], _WEIGHTS, strict=True)) % 11
    return text[17].upper() == "10X98765432"[rest]


def is_mobile_number(text: str) -> bool:
    return bool(_MOBILE.match(text))
