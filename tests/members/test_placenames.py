"""A sentence that names a place is understood; a word that only looks like one is left alone."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.members import placenames
from tongqu.exchange.members.parties import divisions

TODAY = date(2026, 11, 28)


def named(text: str) -> tuple[str, tuple[str, ...]] | None:
    found = placenames.named_in(text, on=TODAY)
    return (text[found.start : found.end], found.codes) if found else None


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("武汉市公交站点客流", "武汉市", "420100"),
        ("哪里有武汉的空气质量", "武汉", "420100"),
        ("湖北省武汉市江岸区 学校", "湖北省武汉市江岸区", "420102"),
        ("湖北 武汉 江岸 学校", "湖北 武汉 江岸", "420102"),
        ("恩施土家族苗族自治州茶叶", "恩施土家族苗族自治州", "422800"),
        ("内蒙古草原", "内蒙古", "150000"),
        ("伊犁气象", "伊犁", "654000"),
        ("仙桃黄鳝", "仙桃", "429004"),
        ("420100 公交", "420100", "420100"),
    ],
)
def test_a_place_is_found_with_and_without_its_level(text: str, name: str, code: str) -> None:
    assert named(text) == (name, (code,))


@pytest.mark.parametrize("text", ["人力资源统计", "日照时数", "江岸区域", "数据", "999999", "1420100", ""])
def test_a_word_that_only_looks_like_a_place_is_none(text: str) -> None:
    assert named(text) is None


def test_a_level_that_belongs_to_the_next_word_is_left_to_it() -> None:
    assert named("武汉市场监管局") == ("武汉", ("420100",))
    assert named("湖北省级文件") == ("湖北", ("420000",))


def test_a_small_place_counts_by_its_short_name_alone_or_behind_what_it_lies_in() -> None:
    assert named("资源") == ("资源", ("450329",))
    assert named("桂林资源") == ("桂林资源", ("450329",))
    assert named("日照 港口") == ("日照", ("371100",))


def test_a_name_of_several_places_says_all_the_highest_first() -> None:
    found = named("鼓楼区学校")
    assert found is not None
    assert found[0] == "鼓楼区"
    assert found[1] == ("320106", "320302", "350102", "410204")
    assert named("福州鼓楼学校") == ("福州鼓楼", ("350102",))
    assert named("吉林") == ("吉林", ("220000", "220200"))


def test_a_place_of_an_earlier_day_is_where_it_stands_now() -> None:
    assert named("监利县水稻") == ("监利县", ("421088",))
    assert named("421023") == ("421023", ("421088",))


def test_the_narrowest_part_is_told_apart() -> None:
    found = placenames.named_in("杭州市西湖区学校", on=TODAY)
    assert found is not None
    assert "杭州市西湖区学校"[found.last : found.end] == "西湖区"


@given(st.text(alphabet="武汉市江岸区湖北省县州 数据420100\n", max_size=20))
def test_whatever_is_named_stands_in_the_text_and_is_a_division_of_today(text: str) -> None:
    found = placenames.named_in(text, on=TODAY)
    if found is not None:
        assert 0 <= found.start <= found.last < found.end <= len(text)
        assert found.codes
        assert all(divisions.division(code, on=TODAY) for code in found.codes)
