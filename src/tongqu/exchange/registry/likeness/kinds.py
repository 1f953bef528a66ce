"""In what two entries differ that are nearly the same: only in their period, only in their place, or in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from tongqu.exchange.bedrock.inputs import Choice

# A number is a time only beside a word of time, or as a year: 第三类, 第二产业 and 第一医院 are no periods.
_NUMBER = r"(?:\d+|[一二三四五六七八九十〇零两]+)"
_PERIOD = re.compile(
    rf"(?:19|20)\d\d(?:[\-./—~－至到、]\d+)*(?:年度|年)?|[上下]半年"
    rf"|第?{_NUMBER}(?:[\-—~－至到、]{_NUMBER})*(?:年度|年|月份|月|日|季度|季|旬|周)"
)


class Kind(Choice):
    SAME = "same", "在两个目录中相同", "The same in two catalogues"
    WORDS = "words", "措辞略有不同", "A few words differ"
    PERIOD = "period", "只有时期不同", "Only the period differs"
    PLACE = "place", "只有地区不同", "Only the place differs"


def kind(one: str, other: str, places: re.Pattern[str] | None) -> Kind:
    """Of two titles whose entries are nearly the same. `places` knows the names of the province's divisions."""
    if _PERIOD.sub("", one) == _PERIOD.sub("", other) and one != other:
        return Kind.PERIOD
    if places is not None and one != other and places.sub("", one) == places.sub("", other):
        return Kind.PLACE
    return Kind.WORDS


def places_pattern(names: Collection[str]) -> re.Pattern[str] | None:
    """Any of the names, the longest first; 黄冈市 is also written 黄冈."""
    told = {name for full in names for name in (full, full[:-1] if len(full) > 2 else full) if len(name) > 1}
    longest_first = sorted(told, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, longest_first))) if told else None
