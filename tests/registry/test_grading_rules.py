"""How a level follows from harm, what a class permits, what a change is. Without a database."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.grading import proposal
from tongqu.exchange.bedrock.inputs import BadInput, read
from tongqu.exchange.registry.fieldnames import Kind
from tongqu.exchange.registry.grading import OBJECTS, Degree, Level, Personal, permission
from tongqu.exchange.registry.grading.inputs import Ground, Mark, Proposal
from tongqu.exchange.registry.grading.rules import about, changes, data_class, level_of, personal_of
from tongqu.exchange.registry.grading.suggesting import Suggestion, names_of, suggest

ON = date(2026, 12, 1)
ORDER = ("general", "important", "core")
MODES = ("verification", "model", "sandbox", "report", "api", "dataset", "joint")
HARMS = st.fixed_dictionaries({name: st.sampled_from(Degree) for name in OBJECTS})


def alone(name: str, degree: Degree) -> Level:
    return level_of(dict.fromkeys(OBJECTS, Degree.NONE) | {name: degree}, on=ON)


# The level.


@given(HARMS)
def test_the_level_is_the_highest_that_any_object_alone_gives(harms: dict[str, Degree]) -> None:
    assert level_of(harms, on=ON) == max(
        (alone(name, degree) for name, degree in harms.items()), key=lambda one: ORDER.index(one)
    )


@given(HARMS, st.sampled_from(list(OBJECTS)))
def test_more_harm_never_gives_a_lower_level(harms: dict[str, Degree], name: str) -> None:
    degrees = list(Degree)
    worse = harms | {name: degrees[min(degrees.index(harms[name]) + 1, len(degrees) - 1)]}
    assert ORDER.index(level_of(worse, on=ON)) >= ORDER.index(level_of(harms, on=ON))


def test_fact_14_what_harms_nobody_is_general_and_so_is_what_harms_only_persons_or_organisations() -> None:
    assert level_of(dict.fromkeys(OBJECTS, Degree.NONE), on=ON) == "general"
    private = dict.fromkeys(OBJECTS, Degree.NONE) | dict.fromkeys(("organisation", "person"), Degree.ESPECIALLY_SERIOUS)
    assert level_of(private, on=ON) == "general"


def test_nobody_types_a_level() -> None:
    with pytest.raises(BadInput):
        read(Proposal, proposal(["usage"]) | {"level": "general"})


# The class and ways of delivery.


def test_critical_business_information_is_a_class_within_general_data_only() -> None:
    assert data_class("general", business_critical=True) == "business_critical"
    assert data_class("important", business_critical=True) == "important"


@pytest.mark.parametrize(("of", "mode"), [*product(("general", "business_critical", "important", "core"), MODES)])
def test_fact_14_core_goes_nowhere_and_important_data_stays_in_its_domain(of: str, mode: str) -> None:
    found = permission(of, mode, on=ON)
    assert found.allowed == (of != "core" and not (of == "important" and mode in {"api", "dataset"}))
    assert found.infrastructure == (found.allowed and of in {"business_critical", "important"})


# Marks.


@pytest.mark.parametrize(
    ("marks", "anonymised", "personal"),
    [
        ([("usage", "none", False)], False, Personal.NONE),
        ([("credit", "organisation", False)], False, Personal.NONE),
        ([("name", "name", False)], False, Personal.GENERAL),
        ([("name", "name", True)], False, Personal.SENSITIVE),
        ([("name", "name", False), ("card", "account", False)], False, Personal.SENSITIVE),
        ([("card", "account", False)], True, Personal.ANONYMISED),
    ],
)
def test_marks_come_to_one_word(marks: list[tuple[str, str, bool]], anonymised: bool, personal: Personal) -> None:
    given_marks = [Mark(name=name, kind=Kind(kind), sensitive=sensitive) for name, kind, sensitive in marks]
    assert personal_of(given_marks, anonymised=anonymised) is personal


@pytest.mark.parametrize(
    "changed",
    [
        {"industry": "J99"}, {"industry": "66"}, {"industry": "A66"}, {"business": "x" * 61}, {"economy": "enormous"},
        {"economy_reason": ""}, {"elements": []}, {"elements": [{"name": "a", "kind": "none"}] * 2},
        {"elements": [{"name": "a", "kind": "none", "sensitive": True}]}, {"elements": [{"name": "a", "kind": "secret"}]},
        {"elements": [{"name": f"e{i}", "kind": "none"} for i in range(2_501)]}, {"anonymisation": "not-a-digest"},
    ],
)  # fmt: skip
def test_a_proposal_that_makes_no_sense_is_refused_with_its_field(changed: dict[str, Any]) -> None:
    read(Proposal, proposal(["usage"]))
    with pytest.raises(BadInput) as bad:
        read(Proposal, proposal(["usage"]) | changed)
    assert bad.value.faults[0][0].split(".")[0] == next(iter(changed))


def test_the_classification_of_2017_has_twenty_sections_and_ninety_seven_divisions() -> None:
    offered = Proposal.model_fields["industry"].json_schema_extra["choices"]
    assert sorted({code[0] for code in offered}) == list("ABCDEFGHIJKLMNOPQRST")
    assert sorted(code[1:] for code in offered) == [f"{n:02d}" for n in range(1, 98)]
    assert offered["J66"][0] == "J66 金融业 · 货币金融服务"


# What is suggested.


def column(name: str, **patterns: int | None) -> dict[str, Any]:
    return {
        "name": name,
        "type": "text",
        "patterns": [{"pattern": key, "rows": rows} for key, rows in patterns.items()],
    }


def test_values_speak_where_the_name_says_nothing_or_half_of_the_rows_do() -> None:
    profile = {
        "rows": 100,
        "columns": [column("备注", mobile=3), column("姓名", id_card=49), column("性别", id_card=50), column("说明")],
    }
    found = suggest(["备注", "姓名", "性别", "说明"], profile)
    assert {name: one.kind for name, one in found.items()} == {
        "备注": Kind.PHONE, "姓名": Kind.NAME, "性别": Kind.ID_NUMBER, "说明": Kind.NONE,
    }  # fmt: skip
    assert found["姓名"].by_values == (("id_card", 49),)


def test_a_few_rows_whose_number_is_withheld_speak_where_the_name_says_nothing_and_come_last() -> None:
    profile = {"rows": 100, "columns": [column("备注", id_card=None, mobile=9), column("姓名", id_card=None), column("说明", email=None)]}  # fmt: skip
    found = suggest(["备注", "姓名", "说明"], profile)
    assert found["备注"].by_values == (("mobile", 9), ("id_card", None))
    assert (found["姓名"].kind, found["说明"].kind) == (Kind.NAME, Kind.EMAIL)
    assert Suggestion.of(found["备注"].plain()) == found["备注"]
    few = about([], profile)
    assert few["columns"]["姓名"] == ["id_card"]
    counted = [column("备注", id_card=3, mobile=9), column("姓名"), column("说明", email=2)]
    ((ground, words),) = changes(about([], {"columns": counted}), few)
    assert (ground, words.zh) == (Ground.MEASUREMENT, "“姓名”中发现身份证号")


def test_a_sensitive_name_is_not_made_less_by_its_values() -> None:
    assert (
        suggest(["银行卡号"], {"rows": 10, "columns": [column("银行卡号", mobile=10)]})["银行卡号"].kind is Kind.ACCOUNT
    )


def test_a_node_that_does_not_look_finds_nothing_and_a_sign_unknown_here_is_passed_over() -> None:
    old = {"rows": 10, "columns": [{"name": "备注", "type": "text"}]}
    new = {"rows": 10, "columns": [column("备注", retina=10)]}
    assert suggest(["备注"], old)["备注"].by_values == suggest(["备注"], new)["备注"].by_values == ()


def test_columns_that_no_element_names_are_marked_too() -> None:
    assert names_of([{"name": "usage"}], {"rows": 1, "columns": [column("usage"), column("hidden")]}) == [
        "usage",
        "hidden",
    ]
    assert names_of([{"name": "usage"}], None) == ["usage"]


# What is a change.


ITEMS = [{"name": "usage", "type": "number"}, {"name": "备注", "type": "text"}]
BEFORE = about(ITEMS, {"rows": 9, "columns": [column("usage"), column("备注", phone=2)]})


@pytest.mark.parametrize(
    ("items", "columns", "ground"),
    [
        (ITEMS, [column("usage"), column("备注", phone=2)], None),
        (ITEMS, [column("usage"), column("备注", phone=900)], None),
        (ITEMS, [column("usage"), column("备注")], None),
        (ITEMS[:1], [column("usage"), column("备注")], Ground.ELEMENTS),
        ([*ITEMS, {"name": "new", "type": "text"}], [column("usage"), column("备注")], Ground.ELEMENTS),
        ([{"name": "usage", "type": "text"}, ITEMS[1]], [column("usage"), column("备注")], Ground.ELEMENTS),
        (ITEMS, [column("usage"), column("备注"), column("new")], Ground.MEASUREMENT),
        (ITEMS, [column("usage")], Ground.MEASUREMENT),
        (ITEMS, [column("usage"), column("备注", phone=2, id_card=1)], Ground.MEASUREMENT),
        (ITEMS, [column("usage", mobile=1), column("备注")], Ground.MEASUREMENT),
    ],
)
def test_other_elements_columns_or_new_signs_are_changes_and_nothing_else(
    items: list[dict[str, str]], columns: list[dict[str, Any]], ground: Ground | None
) -> None:
    found = changes(BEFORE, about(items, {"rows": 99, "columns": columns}))
    assert (found[0][0] if found else None) is ground


def test_a_change_names_what_was_found_where() -> None:
    ((_, words),) = changes(BEFORE, about(ITEMS, {"rows": 9, "columns": [column("usage"), column("备注", id_card=1)]}))
    assert (words.zh, words.en) == ("“备注”中发现身份证号", "identity card numbers found in “备注”")


@pytest.mark.parametrize(
    ("name", "rows", "clear"),
    [
        ("姓名", {}, True),  # read and labelled
        ("xqzkw", {}, False),  # a name unlike any
        ("cured", {}, False),  # guessed, at less than eighty of a hundred
        ("说明", {"mobile": 3}, False),  # the name says nobody, a few values somebody
        ("说明", {"mobile": None}, False),
        ("说明", {"mobile": 50}, True),  # half of the rows
        ("xqzkw", {"mobile": 50}, True),
    ],
)
def test_what_is_not_clear_is_no_suggestion(name: str, rows: dict[str, int | None], clear: bool) -> None:
    found = suggest([name], {"rows": 100, "columns": [column(name, **rows)]})[name]
    assert found.clear is clear
    assert Suggestion.of(found.plain()) == found


def test_a_suggestion_kept_before_clearness_was_told_is_read_by_how_sure_it_was() -> None:
    kept = {"kind": "plate", "by_name": "plate", "by_values": []}
    assert not Suggestion.of(kept | {"sure": 5_674}).clear
    assert Suggestion.of(kept | {"sure": 9_000}).clear
