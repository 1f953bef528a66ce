"""Territories, likeness of names, findings against a standard, and what a description may tell; without a database."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.members.parties import divisions, industries
from tongqu.exchange.registry.catalogue.resource_code import BadResourceCode, ResourceCode, parse
from tongqu.exchange.registry.elements.findings import Measured, compare
from tongqu.exchange.registry.elements.likeness import suggestions
from tongqu.exchange.registry.elements.territories import (
    BY_TERRITORY,
    UNIFIED,
    allotted,
    lies_in,
    meets,
    span,
    territory,
    without,
)
from tongqu.exchange.registry.survey.rules import TextSeen, fit_for_the_list

ON = date(2026, 9, 1)
HUBEI = [one.code for top in divisions.children("420000", on=ON) for one in (top, *divisions.children(top.code, on=ON))]
codes = st.sampled_from(["420000", *HUBEI])


@given(codes, codes)
def test_two_places_meet_just_when_one_lies_in_the_other(one: str, other: str) -> None:
    paths = [[step.code for step in divisions.path(code, on=ON)] for code in (one, other)]
    assert meets(one, other, UNIFIED) == (one in paths[1] or other in paths[0])
    assert lies_in(one, other) == (other in paths[0])
    assert meets(one, other, BY_TERRITORY) == (one == other)


@given(st.integers(1, 10**6), st.integers(1, 10**6), codes, codes, st.sampled_from([UNIFIED, BY_TERRITORY]))
def test_territories_of_two_elements_never_meet(a: int, b: int, one: str, other: str, scope: str) -> None:
    (low, high), (least, most) = territory(a, one, scope), territory(b, other, scope)
    assert (low < most and least < high) == (a == b and meets(one, other, scope))


@given(codes, codes)
def test_a_place_and_what_is_left_of_the_whole_cover_it_once(whole: str, part: str) -> None:
    left = without(whole, part, on=ON)
    pieces = [*left, *([part] if lies_in(part, whole) else [])]
    assert not any(a != b and meets(a, b, UNIFIED) for a in pieces for b in pieces)
    if lies_in(whole, part):
        assert left == []
    else:
        below = [code for code in HUBEI if lies_in(code, whole) and not divisions.children(code, on=ON)]
        assert all(any(lies_in(code, piece) for piece in pieces) for code in below)


@given(
    codes, st.lists(codes, max_size=4), st.sampled_from(["incumbent", "challenger", "split", "neither"]),
    st.sampled_from([UNIFIED, BY_TERRITORY]),
)  # fmt: skip
def test_no_decision_gives_a_place_to_both(region: str, wanted: list[str], outcome: str, scope: str) -> None:
    parts = [one for one in wanted if lies_in(one, region)]
    parts = [one for i, one in enumerate(parts) if not any(meets(one, other, UNIFIED) for other in parts[:i])]
    kept, given_away = allotted([region], region, scope, outcome, parts, on=ON)
    everything = [*kept, *given_away]
    for i, one in enumerate(everything):
        assert not any(meets(one, other, scope) for other in everything[:i])
    assert bool(given_away) == (outcome == "challenger" or (outcome == "split" and bool(parts)))


def test_a_province_without_wuhan_is_its_other_cities() -> None:
    left = without("420000", "420100", on=ON)
    assert "420100" not in left
    assert {"420200", "422800", "429021"} <= set(left)
    assert len(left) == 16
    assert span("420000", BY_TERRITORY) == (420_000, 420_001)


def test_a_county_that_became_a_city_belongs_to_it_and_one_that_was_merged_to_what_is_above() -> None:
    known = {code: divisions.standing(code, on=ON) for code in ("421023", "330103", "420106", "999999")}
    assert {code: one.code if one else None for code, one in known.items()} == {
        "421023": "421088", "330103": "330100", "420106": "420106", "999999": None,
    }  # fmt: skip
    before = divisions.standing("421023", on=date(2021, 1, 1))
    assert before is not None
    assert before.name == "监利县"
    assert divisions.standing("421088", on=date(2021, 1, 1)) is None


@given(st.text(max_size=8))
def test_any_text_for_a_code_is_a_division_or_nothing(text: str) -> None:
    found = divisions.standing(text, on=ON)
    assert found is None or found.in_force(ON)


def test_every_abolished_code_of_the_first_edition_stands_somewhere() -> None:
    for code in divisions._table():
        if divisions.ever(code)[0].valid_from == divisions.FIRST:
            found = divisions.standing(code, on=ON)
            assert found is not None
            assert found.code[:2] == code[:2]


@given(st.from_regex(r"[1-9][0-9]{5}([0-9]{1,6})?", fullmatch=True), st.integers(1, 999_999))
def test_a_resource_code_reads_back_as_it_was_written(class_code: str, number: int) -> None:
    code = ResourceCode(class_code, number)
    assert parse(str(code)) == code
    assert "".join(code.parts) == class_code


@given(st.text(max_size=30))
def test_any_text_is_a_resource_code_or_is_refused(text: str) -> None:
    with suppress(BadResourceCode):
        assert str(parse(text)) == text


def test_industries_are_twenty_sections_and_ninety_seven_divisions() -> None:
    sections = industries.sections()
    assert "".join(one.code for one in sections) == "ABCDEFGHIJKLMNOPQRST"
    below = [one for section in sections for one in industries.divisions_of(section.code)]
    assert [one.number for one in below] == [f"{number:02d}" for number in range(1, 98)]
    assert industries.industry("31") == industries.industry("c31")
    assert industries.full_name("C31").zh == "制造业 · 黑色金属冶炼和压延加工业"
    assert (industries.industry("C99"), industries.industry("Z"), industries.full_name("Z9").zh) == (None, None, "Z9")


def test_names_alike_are_near_and_others_are_not() -> None:
    named = {1: ["公民身份号码", "身份证号"], 2: ["统一社会信用代码"], 3: ["企业名称", "单位名称"]}
    found = suggestions(["身份证号码", "统一社会信用 代码", "单位名称", "面积", "", "！"], named)
    assert found == {
        "身份证号码": [1], "统一社会信用 代码": [2], "单位名称": [3], "面积": [], "": [], "！": [],
    }  # fmt: skip


@given(
    st.lists(st.text(max_size=12), max_size=8, unique=True),
    st.dictionaries(st.integers(1, 9), st.lists(st.text(max_size=12), max_size=3)),
)
def test_a_name_of_its_own_is_always_suggested_first(items: list[str], named: dict[int, list[str]]) -> None:
    found = suggestions(items, named)
    assert set(found) == set(items)
    for near in found.values():
        assert len(near) <= 3
        assert len(set(near)) == len(near)
    exact = {name: number for number, names in named.items() for name in names if any(c.isalnum() for c in name)}
    for name in exact:
        assert suggestions([name], named)[name]


@pytest.mark.parametrize(
    ("declared", "measured", "told"),
    [
        ("text", Measured(type="text", distinct=2, length_max=1), []),
        ("whole", Measured(type="whole", distinct=3, minimum="0", maximum="2"), ["至少 1 种", "实测值 0 超出"]),
        ("date", Measured(), []),
        ("other", Measured(type="other"), ["目录登记的类型", "实测类型"]),
        ("text", Measured(length_max=5), ["最长 5 字"]),
        ("text", Measured(type="text", minimum="没有数"), []),
    ],
)
def test_an_item_is_held_against_its_standard(declared: str, measured: Measured, told: list[str]) -> None:
    found = compare(type="text", length_max=4, codes=["1", "2"], declared=declared, measured=measured)
    assert len(found) == len(told)
    for words, part in zip(found, told, strict=True):
        assert part in words.zh


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("每日进店人次", True), ("2026年1至6月，记录 13812345678901 条", True), ("电话13812345678", False), ("a.b@example.cn", False),
        ("证件 11010119900307123X", False), ("编号 110101199003071234567", True),
    ],
)  # fmt: skip
def test_a_description_tells_of_no_person(text: str, passes: bool) -> None:
    assert fit_for_the_list.check(TextSeen(text, False, "open")).complies is passes
    assert not fit_for_the_list.check(TextSeen("好", True, "open")).complies
