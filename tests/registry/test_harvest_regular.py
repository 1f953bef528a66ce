"""Rows in which there is nothing to mend are made many at a time: the same as one by one, and whatever is odd is left to that."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongqu.exchange.registry.rows import Places, Terms, chunks
from tongqu.exchange.registry.rows.cleaning import clean
from tongqu.exchange.registry.rows.reading import Line
from tongqu.exchange.registry.rows.regular import FEWEST, regular
from tongqu.exchange.registry.rows.understanding import copied, understood

TERMS = Terms(
    date(2026, 11, 3), "", "", "import-1", "420000",
    Places.of([("420000", "湖北省", ""), ("420100", "武汉市", "420000"), ("420102", "江岸区", "420100")]),
    {"opening": {"": "undecided", "无条件开放": "open"}, "cycle": {"": "undecided", "每月": "monthly"}, "format": {"csv": "csv"}},
)  # fmt: skip
PLAIN: dict[str, Any] = {
    "id": "c-1", "title": "企业名录", "description": "名称、地址", "department": "示例局", "province": "湖北省", "city": "武汉市",
    "district": "江岸区", "category": "经济", "industry": "制造业", "tags": "企业,名录", "is_open": "无条件开放",
    "update_frequency": "每月", "data_formats": ["csv"], "publish_time": "2026-01-02", "update_time": "2026-10-01",
    "url": "https://data.example/1", "portal": "示例平台", "division": "420102", "portal_name": "示例", "portal_division": "420100",
}  # fmt: skip
ODD: list[Any] = [
    None, "", " ", "暂无", 0, 1, True, 1.0, "1", [], ["csv"], ["csv", 1], ["csv", "csv"], [["csv"]], {"name": "甲"}, "甲\n乙", "a\\b",
    "a\tb", "<b>甲</b>", "甲&amp;乙", "甲  乙", "\u200b甲", "\x00", "\ud800", "长" * 210, "长" * 5_000, "2026-10-01", "2027-01-01",
    "20261001", "1790000000", "2025-01-01", "1800-01-01", "https://a.example/x", "http://", "420100", "4201", "每月", "每年", "CSV、XLS",
]  # fmt: skip


def alone(line: Line, terms: Terms) -> str | None:
    assert line.row is not None
    made, faults = clean(line.row, today=terms.today)
    if made is None or faults or terms.strays(made):
        return None
    one = understood(line.number, made, terms)
    return None if one.unknown else copied(one, terms.portal(made))


rows = st.lists(
    st.dictionaries(st.sampled_from(sorted(PLAIN)), st.sampled_from(ODD) | st.text(max_size=5), max_size=3),
    min_size=FEWEST,
    max_size=2 * FEWEST,
)


@settings(max_examples=150)
@given(rows, st.sampled_from(["", "示例平台", "另一平台"]))
@example([{}] * FEWEST, "")
@example([{"title": odd} for odd in ODD], "")
@example([{"description": odd} for odd in ODD], "")
@example([{"data_formats": odd} for odd in ODD], "")
@example([{"update_time": odd} for odd in ODD], "")
@example([{"tags": odd} for odd in ODD], "")
@example([{"portal": odd} for odd in ODD], "示例平台")
@example([{"id": odd} for odd in ODD], "")
def test_what_is_made_together_is_what_is_made_alone(changes: list[dict[str, Any]], stated: str) -> None:
    lines = [Line(number, PLAIN | changed) for number, changed in enumerate(changes, 1)]
    terms = replace(TERMS, stated=stated, catalog_name=stated)
    for line, told in zip(lines, regular(lines, terms), strict=True):
        assert told is None or told.text == alone(line, terms)


def test_the_usual_row_is_made_together_and_few_alike_or_with_two_columns_for_one_field_are_not() -> None:
    lines = [Line(number, PLAIN) for number in range(1, FEWEST + 1)]
    assert None not in regular(lines, TERMS)
    assert regular(lines[1:], TERMS) == [None] * (FEWEST - 1)
    both = [line._replace(row=PLAIN | {"name": "又名"}) for line in lines]
    assert regular(both, TERMS) == [None] * FEWEST


def test_long_lines_are_not_gathered() -> None:
    lines = iter([Line(number, PLAIN, None, chunks.BATCH_CHARACTERS) for number in range(1, 4)])
    assert [len(chunks._batch(lines, 500, chunks.BATCH_CHARACTERS)) for _ in range(4)] == [1, 1, 1, 0]
