"""Counts the rows of a column that look like an identity number, a telephone number and the like. Only counts come out.

Arrow's RE2 finds candidates, in time that grows with the text alone; check digits and days are computed with numpy on the
candidates. A column is worked through in slices, so memory is bounded by the slice whatever the column's length; of a cell
only its beginning is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.sources.tables import type_word
from tongqu.wire.source import PATTERNS

SLICE_ROWS = 200_000
CELL_CHARS = 400
NAME_SHARE = 0.6
"""A name of two or three characters says nothing alone: a column holds names when so many of its filled cells look it."""

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

_PROVINCES = frozenset(
    [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83]
)
_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_ID_CHECKS = np.frombuffer(b"10X98765432", np.uint8)
_CREDIT_ALPHABET = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = np.array([pow(3, at, 31) for at in range(17)])
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季"
    "俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位"
    "覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸"
)
_COMPOUND = "欧阳|太史|端木|上官|司马|东方|独孤|南宫|夏侯|诸葛|尉迟|皇甫|公孙|慕容|长孙|宇文|司徒|轩辕|令狐|钟离|申屠"
_PLACE_ENDS = "省市县区镇乡村州路街站湖河江山桥门口岛"

_EXPRESSIONS = {
    "id_card": r"(?:^|[^0-9])(?P<found>[1-8](?:[ -]?[0-9]){16}[ -]?[0-9X])(?:$|[^0-9X])",
    "id_card_old": r"^(?P<found>[1-8](?:[ -]?[0-9]){14})$",
    "credit_code": r"(?:^|[^0-9A-Z])(?P<found>[0-9A-HJ-NPQRTUWXY]{2}"
    r"(?:1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])[0-9]{4}[0-9A-HJ-NPQRTUWXY]{10})(?:$|[^0-9A-Z])",
    "mobile": r"(?:^|[^0-9])(?:(?:\+|00)?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}(?:$|[^0-9])",
    "phone": r"(?:^|[^0-9])(?:(?:\+|00)?86[- ]?)?(?:\(0[0-9]{2,3}\)|（0[0-9]{2,3}）|0[1-9][0-9]{1,2}[- ]?)[2-9][0-9]{6,7}"
    r"(?:[-转][0-9]{1,6})?(?:$|[^0-9])|^[48]00[- ]?[0-9]{3}[- ]?[0-9]{4}$",
    "bank_card": r"^(?P<found>62[0-9]{14,17}|4[0-9]{15}|5[1-5][0-9]{14}|2[2-7][0-9]{14}|35[0-9]{14})$",
    "plate": r"^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·\s]?"
    r"(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK])$",
    "email": r"(?i)(?:^|[^a-z0-9._%+-])[a-z0-9._%+-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,62}\.)+[a-z]{2,18}(?:$|[^a-z0-9])",
    "address": r"^.*(?:省|自治区|市|区|县|旗|镇|乡|街道).*"
    r"(?:(?:路|街|大道|道|巷|弄|里|胡同|村|社区|小区|工业园|园区)(?:[^公校院行局]*)|[0-9一二三四五六七八九十甲乙]+\s*(?:号|栋|幢|单元|室))[^司]*$",
    "person_name": rf"^(?:(?:{_COMPOUND})\p{{Han}}{{1,2}}|[{_SURNAMES}]\p{{Han}}{{1,2}}|\p{{Han}}{{2,6}}·\p{{Han}}{{2,8}})$",
    "passport": r"^(?:E[0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|G[0-9]{8}|[DSP][0-9]{8}|[DSP]E[0-9]{7})$",
    "ip": r"^(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})$"
    r"|^(?i:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6})$",
}
_NO_ADDRESS = r"(?:公司|学校|小学|中学|大学|医院|银行|委员会|集团|政府)$"
_NO_NAME = rf"[{_PLACE_ENDS}]$"


def count_patterns(column: Iterable[pa.Array], today: date) -> tuple[dict[str, int], int]:
    """How many rows have each pattern, where any has, in the order of their names; and how many cells are filled."""
    counts = dict.fromkeys(PATTERNS, 0)
    filled = 0
    for cells in _slices(column):
        filled += len(cells)
        for pattern in PATTERNS:
            counts[pattern] += int(np.count_nonzero(matches(cells, pattern, today)))
    if counts["person_name"] < NAME_SHARE * filled:
        counts["person_name"] = 0
    return {pattern: count for pattern, count in counts.items() if count}, filled


def matches(cells: pa.Array, pattern: str, today: date) -> Flags:
    """Which of the cells, text without nulls as `as_text` makes it, have the pattern."""
    return _MATCHES[pattern](cells, today)


def as_text(cells: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The beginning of each cell in capitals and of common width, without spaces around it; numbers as they are written."""
    text = pc.utf8_slice_codeunits(_written(cells), 0, CELL_CHARS)
    if not pc.all(pc.string_is_ascii(text)).as_py():
        text = pc.utf8_normalize(text, "NFKC")
    return pc.utf8_upper(pc.utf8_trim_whitespace(text))


def _written(cells: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """A whole number kept as a floating or decimal one without its point, as long as no digit is lost."""
    text = cells.cast(pa.large_string())
    if pa.types.is_decimal(cells.type):
        return pc.replace_substring_regex(text, r"\.0+$", "")
    if not pa.types.is_floating(cells.type):
        return text
    numbers = cells.cast(pa.float64())
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), float(2**53)))
    return pc.if_else(whole, pc.if_else(whole, numbers, 0.0).cast(pa.int64()).cast(pa.large_string()), text)


def can_have_patterns(kind: pa.DataType) -> bool:
    """Days and flags have none."""
    return type_word(kind) in ("text", "whole", "number")


def _slices(column: Iterable[pa.Array]) -> Iterator[pa.Array]:
    for chunk in column:
        for start in range(0, len(chunk), SLICE_ROWS):
            text = as_text(chunk.slice(start, SLICE_ROWS).drop_null())
            yield text.filter(pc.not_equal(text, ""))


def _fits(cells: pa.Array, expression: str) -> Flags:
    return np.asarray(pc.match_substring_regex(cells, expression).to_numpy(zero_copy_only=False), dtype=bool)


def _checked(cells: pa.Array, expression: str, width: int, right: Callable[[Bytes], Flags]) -> Flags:
    """The cells in which the expression finds something of this width that is right by its check characters."""
    flags = np.zeros(len(cells), dtype=bool)
    candidates = np.flatnonzero(_fits(cells, expression))
    if candidates.size:
        taken = pc.struct_field(pc.extract_regex(cells.take(pa.array(candidates)), expression), "found")
        letters = pc.replace_substring_regex(taken, "[ -]", "").to_numpy(zero_copy_only=False).astype(f"S{width}")
        flags[candidates] = right(letters.view(np.uint8).reshape(-1, width))
    return flags


def _only(expression: str) -> Callable[[pa.Array, date], Flags]:
    return lambda cells, today: _fits(cells, expression)


def _id_card(cells: pa.Array, today: date) -> Flags:
    """GB 11643: eighteen places with a check character, or fifteen of the old form; both with a day that can be."""
    now = _checked(cells, _EXPRESSIONS["id_card"], 18, lambda letters: _id_right(letters, today))
    return now | _checked(cells, _EXPRESSIONS["id_card_old"], 15, _old_id_right)


def _id_right(letters: Bytes, today: date) -> Flags:
    digits = letters[:, :17].astype(np.int64) - 48
    check = _ID_CHECKS[digits @ _ID_WEIGHTS % 11] == letters[:, 17]
    year, month, day = _number(digits[:, 6:10]), _number(digits[:, 10:12]), _number(digits[:, 12:14])
    number = year * 10_000 + month * 100 + day
    born = (year >= 1900) & (number <= today.year * 10_000 + today.month * 100 + today.day)
    return np.asarray(check & _in_province(digits) & _is_day(year, month, day) & born, dtype=bool)


def _old_id_right(letters: Bytes) -> Flags:
    digits = letters.astype(np.int64) - 48
    return _in_province(digits) & _is_day(
        1900 + _number(digits[:, 6:8]), _number(digits[:, 8:10]), _number(digits[:, 10:12])
    )


def _in_province(digits: npt.NDArray[np.int64]) -> Flags:
    return np.isin(_number(digits[:, :2]), list(_PROVINCES))


def _number(digits: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    powers = 10 ** np.arange(digits.shape[1] - 1, -1, -1)
    return np.asarray(digits @ powers, dtype=np.int64)


def _is_day(year: npt.NDArray[np.int64], month: npt.NDArray[np.int64], day: npt.NDArray[np.int64]) -> Flags:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    known = (month >= 1) & (month <= 12)
    last = _DAYS[np.where(known, month, 0)] + (leap & (month == 2))
    return np.asarray(known & (day >= 1) & (day <= last), dtype=bool)


@cache
def _credit_values() -> npt.NDArray[np.int64]:
    values = np.zeros(256, dtype=np.int64)
    values[np.frombuffer(_CREDIT_ALPHABET, np.uint8)] = np.arange(31)
    return values


def _credit_code(cells: pa.Array, today: date) -> Flags:
    """GB 32100: eighteen places, the last a check over the first seventeen, a division within; an identity number is none:
    one in thirty-one would pass the check by chance."""

    def right(letters: Bytes) -> Flags:
        values = _credit_values()[letters]
        return np.asarray((31 - values[:, :17] @ _CREDIT_WEIGHTS % 31) % 31 == values[:, 17], dtype=bool)

    return _checked(cells, _EXPRESSIONS["credit_code"], 18, right) & ~_id_card(cells, today)


def _bank_card(cells: pa.Array, today: date) -> Flags:
    """Luhn's sum over 16 to 19 digits of an issuer's range, spaces and strokes aside; what is an identity number is none."""
    bare = pc.replace_substring_regex(cells, r"[ -]", "")

    def right(letters: Bytes) -> Flags:
        there = letters != 0
        digits = np.where(there, letters.astype(np.int64) - 48, 0)
        from_right = there.sum(axis=1, keepdims=True) - 1 - np.arange(letters.shape[1])
        twice = digits * 2 - 9 * (digits > 4)
        return np.asarray(np.where(from_right % 2 == 1, twice, digits).sum(axis=1) % 10 == 0, dtype=bool)

    return _checked(bare, _EXPRESSIONS["bank_card"], 19, right) & ~_id_card(cells, today)


def _address(cells: pa.Array, today: date) -> Flags:
    """A division and, behind it, a road, a village or a number; names of offices and companies are none."""
    long_enough = np.asarray(pc.greater_equal(pc.utf8_length(cells), 6).to_numpy(zero_copy_only=False), dtype=bool)
    return long_enough & _fits(cells, _EXPRESSIONS["address"]) & ~_fits(cells, _NO_ADDRESS)


def _person_name(cells: pa.Array, today: date) -> Flags:
    return _fits(cells, _EXPRESSIONS["person_name"]) & ~_fits(cells, _NO_NAME)


_MATCHES: dict[str, Callable[[pa.Array, date], Flags]] = {
    **{pattern: _only(_EXPRESSIONS[pattern]) for pattern in ("mobile", "phone", "plate", "email", "passport", "ip")},
    "id_card": _id_card,
    "credit_code": _credit_code,
    "bank_card": _bank_card,
    "address": _address,
    "person_name": _person_name,
}
