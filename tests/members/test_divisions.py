"""Regions are dated: a paper of 2021 means the code of 2021."""

from __future__ import annotations

from datetime import date

import pytest

from tongqu.exchange.members.parties import divisions

TODAY = date(2026, 3, 2)
THEN = date(2021, 6, 1)

HUBEI = {
    "420100", "420200", "420300", "420500", "420600", "420700", "420800", "420900", "421000", "421100", "421200",
    "421300", "422800", "429004", "429005", "429006", "429021",
}  # fmt: skip


@pytest.mark.parametrize("on", [THEN, TODAY])
def test_hubei_has_its_seventeen_divisions_and_no_container(on: date) -> None:
    assert {child.code for child in divisions.children("420000", on=on)} == HUBEI


def test_a_district_is_found_under_its_city() -> None:
    assert divisions.full_name("420106", on=TODAY) == "湖北省武汉市武昌区"
    assert [step.level for step in divisions.path("420106", on=TODAY)] == ["province", "city", "county"]


def test_a_district_of_a_municipality_stands_under_it() -> None:
    assert divisions.full_name("110101", on=TODAY) == "北京市东城区"


def test_a_county_that_became_a_city_has_one_code_then_and_another_now() -> None:
    old, new = divisions.division("421023", on=THEN), divisions.division("421088", on=TODAY)
    assert old is not None
    assert new is not None
    assert (old.name, new.name) == ("监利县", "监利市")
    assert divisions.division("421023", on=TODAY) is None
    assert divisions.division("421088", on=THEN) is None
    assert old.valid_until == new.valid_from


def test_what_does_not_exist_is_not_found() -> None:
    assert divisions.division("420400", on=TODAY) is None
    assert divisions.full_name("999999", on=TODAY) == "999999"
    assert divisions.ever("999999") == ()


def test_there_are_thirty_four_at_the_top_in_both_editions() -> None:
    assert len(divisions.children("", on=THEN)) == len(divisions.children("", on=TODAY)) == 34


@pytest.mark.parametrize("on", [THEN, TODAY])
def test_every_division_leads_up_to_a_province(on: date) -> None:
    for province in divisions.children("", on=on):
        for below in divisions.children(province.code, on=on):
            assert divisions.path(below.code, on=on)[0].code == province.code
            for last in divisions.children(below.code, on=on):
                steps = [step.code for step in divisions.path(last.code, on=on)]
                assert steps == [province.code, below.code, last.code]
