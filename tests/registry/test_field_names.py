"""What names suggest: learnt from those that were read, measured on those held out, and stated in the guide as measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.registry.fieldnames import OF_PATTERN, Kind, guess
from tongqu.exchange.registry.fieldnames.learning import labels, learn, measure, personal, report
from tongqu.exchange.registry.fieldnames.names import KINDS, features, learnt, weights

GUIDE = Path("docs/guides/grading.md")
ENOUGH = 10
"""Held-out names of a kind from which a share says something."""


def test_the_guide_states_what_the_shipped_weights_measure() -> None:
    assert report().strip() in GUIDE.read_text("utf-8")


def test_what_is_shipped_was_learnt_from_the_names_not_held_out() -> None:
    """Learnt anew, the weights suggest the same for nearly every name: sums of floats differ a little by machine."""
    anew = learn([one for one in labels() if not one.held_out])
    held = [one.name for one in labels() if one.held_out]
    same = sum(learnt(name).kind is learnt(name, anew).kind for name in held)
    assert same >= 0.99 * len(held)


def test_most_personal_information_is_seen_and_most_of_what_is_suggested_is_right() -> None:
    held = [one for one in labels() if one.held_out and one.source == "catalogue"]
    found = personal(held)
    assert found.recall > 0.85
    assert found.precision > 0.7
    weak = [one.kind for one in measure(held) if one.there >= ENOUGH and one.recall < 0.75]
    assert weak == []


def test_a_third_of_the_names_is_held_out_and_none_twice() -> None:
    every = labels()
    assert len({one.name for one in every}) == len(every) >= 4_000
    assert 0.25 < sum(one.held_out for one in every) / len(every) < 0.35


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("姓名", Kind.NAME), ("身份证号码", Kind.ID_NUMBER), ("联系电话", Kind.PHONE), ("统一社会信用代码", Kind.ORGANISATION),
        ("家庭住址", Kind.ADDRESS), ("残疾等级", Kind.SPECIFIC), ("银行账号", Kind.ACCOUNT), ("序号", Kind.NONE), ("投诉电话", Kind.NONE),
    ],
)  # fmt: skip
def test_a_name_that_was_read_means_what_was_said_of_it(name: str, kind: Kind) -> None:
    found = guess(name)
    assert (found.kind, found.sure) == (kind, 10_000)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("申请人身份证号码", Kind.ID_NUMBER),
        ("业主联系电话", Kind.PHONE),
        ("施工企业统一社会信用代码", Kind.ORGANISATION),
        ("代理人姓名", Kind.NAME),
    ],
)
def test_a_name_nobody_read_is_judged_by_its_like(name: str, kind: Kind) -> None:
    assert name not in {one.name for one in labels()}
    assert guess(name).kind is kind


@pytest.mark.parametrize("name", ["default_next_month", "xqzkw", "zzz9"])
def test_a_latin_name_unlike_any_says_nothing(name: str) -> None:
    assert (guess(name).kind, guess(name).sure) == (Kind.NONE, 0)


def test_spaces_capitals_and_full_width_are_one() -> None:
    assert features("Ｐｈｏｎｅ  No") == features("phoneno")


@given(st.text(max_size=300))
def test_whatever_the_name_there_is_one_answer(name: str) -> None:
    found = guess(name)
    assert found == guess(name)
    assert 0 <= found.sure <= 10_000


def test_weights_are_whole_and_have_one_for_each_kind() -> None:
    assert all(len(row) == len(KINDS) and all(isinstance(one, int) for one in row) for row in weights().values())


def test_only_kinds_that_the_law_names_are_sensitive_by_themselves() -> None:
    """Personal Information Protection Law art. 28; identity numbers are not in its list."""
    assert {kind.value for kind in Kind if kind.sensitive} == {
        "account",
        "health",
        "biometric",
        "specific",
        "whereabouts",
        "child",
    }
    assert all(kind is Kind.ORGANISATION or kind.personal for kind in OF_PATTERN.values())


def test_the_names_carry_no_values() -> None:
    """Names only: no number that could be somebody's."""
    assert [one.name for one in labels() if re.search(r"[0-9]{7,}", one.name)] == []


@pytest.mark.parametrize(
    "name", ["province_code", "city_code", "cityCode", "prov_cd", "county_no", "town_name", "towncode"]
)
def test_codes_and_names_of_places_are_no_number_plates(name: str) -> None:
    assert guess(name).kind is Kind.NONE


def test_plates_are_still_seen() -> None:
    assert guess("car_plate").kind is guess("plate_no").kind is guess("cphm").kind is Kind.PLATE


def test_what_is_suggested_surely_is_right_more_often_than_what_is_not() -> None:
    held = [one for one in labels() if one.held_out and one.source == "catalogue"]
    sure, rest = [one for one in held if learnt(one.name).clear], [one for one in held if not learnt(one.name).clear]
    right = [sum(learnt(one.name).kind is one.kind for one in some) / len(some) for some in (sure, rest)]
    assert right[0] > 0.95 > right[1]
    assert len(sure) > 0.7 * len(held)
