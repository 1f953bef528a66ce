"""Who may ask for what, and what an answer must say: plain values, no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.bedrock.rules import judge
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.provision import rules
from tongqu.exchange.registry.provision.rules import DecisionSeen, ProvidedSeen, RenewalSeen, Seen, Standing

TODAY = date(2026, 10, 12)
GOOD = Seen(
    on=TODAY, kind="department", sharing="conditional", elements=frozenset({"name", "date"}), items=("name", "date"),
    ground_items=("name", "date"), until_date=date(2027, 1, 1), latest_date=date(2028, 10, 12),
)  # fmt: skip


def refused(seen: Seen) -> list[str]:
    return [found.rule.rpartition(":")[2] for found in judge(rules.REQUEST_RULES, seen, on=TODAY) if found.blocks]


def test_a_department_asks_for_elements_that_its_ground_names() -> None:
    assert refused(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({"sharing": ""}, "the_resource_is_anothers"),
        ({"own": True}, "the_resource_is_anothers"),
        ({"sharing": "none"}, "what_is_not_shared_is_not_provided"),
        ({"kind": "private"}, "the_applicant_does_public_work"),
        ({"kind": "state_owned"}, "the_applicant_does_public_work"),
        ({"items": ("name", "income")}, "the_items_are_elements"),
        ({"ground_items": ("salary",)}, "the_items_are_elements"),
        ({"same_open": True}, "the_same_is_not_asked_twice"),
        ({"until_date": TODAY}, "the_term_is_bounded"),
        ({"until_date": date(2028, 10, 13)}, "the_term_is_bounded"),
        ({"papers_unknown": ("0123abcd",)}, "papers_are_ones_own"),
    ],
)
def test_each_fault_is_refused_by_its_own_rule_and_says_what_would_mend_it(changes: dict[str, object], by: str) -> None:
    seen = replace(GOOD, **changes)  # type: ignore[arg-type]
    assert refused(seen) == [by]
    found = [one for one in judge(rules.REQUEST_RULES, seen, on=TODAY) if one.blocks]
    assert all(one.mend is not None for one in found)


def test_the_last_day_of_the_term_is_inside() -> None:
    assert refused(replace(GOOD, until_date=date(2028, 10, 12))) == []
    assert refused(replace(GOOD, until_date=date(2026, 10, 13))) == []


def test_asking_for_more_than_the_ground_names_is_no_refusal_but_needs_somebody_to_look() -> None:
    seen = replace(GOOD, sharing="unconditional", ground_items=("name",))
    assert refused(seen) == []
    (said,) = [one for one in judge(rules.REQUEST_RULES, seen, on=TODAY) if one.refuses]
    assert "date" in said.words.zh
    assert not rules.agreed_at_once(seen)
    assert rules.agreed_at_once(replace(seen, ground_items=("date", "name")))


@given(
    kind=st.sampled_from(["department", "public_institution", "private", "state_owned", "service_body", "foreign"]),
    sharing=st.sampled_from(["unconditional", "conditional", "none"]),
    named=st.sets(st.sampled_from(["name", "date"])),
)
def test_only_a_department_within_its_ground_is_agreed_to_at_once(kind: str, sharing: str, named: set[str]) -> None:
    seen = replace(GOOD, kind=kind, sharing=sharing, ground_items=tuple(named))
    expected = kind == "department" and sharing == "unconditional" and named == {"name", "date"}
    assert rules.agreed_at_once(seen) is expected


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdef"), unique=True))
def test_what_is_over_asked_is_what_is_asked_and_not_named(items: list[str], named: list[str]) -> None:
    assert set(rules.over_asked(tuple(items), tuple(named))) == set(items) - set(named)


def provision_refused(**changes: object) -> list[str]:
    seen = ProvidedSeen(**({"resource_stands": True, "way": "file", "wanted": "file"} | changes))  # type: ignore[arg-type]
    return [one.rule.rpartition(":")[2] for one in judge(rules.PROVIDED_RULES, seen, on=TODAY) if one.blocks]


def test_what_is_provided_is_the_resource_and_no_more() -> None:
    assert provision_refused() == []
    assert provision_refused(resource_stands=False) == ["what_is_provided_is_the_resource"]
    assert provision_refused(file_unknown=True) == ["what_is_provided_is_the_resource"]
    assert provision_refused(way="node", source="a", resource_source="b") == ["what_is_provided_is_the_resource"]
    assert provision_refused(way="node", source="b", resource_source="b") == []
    assert provision_refused(columns_beyond=("id",)) == ["no_more_is_provided_than_was_asked_for"]


def test_a_party_to_the_request_does_not_decide_it() -> None:
    assert rules.nobody_decides_in_its_own_matter.check(DecisionSeen(True)).blocks
    assert rules.nobody_decides_in_its_own_matter.check(DecisionSeen(False)).complies


def test_a_renewal_ends_later_than_the_term_and_within_the_limit() -> None:
    def renewed(until: date) -> bool:
        seen = RenewalSeen(TODAY, until, ends_date=date(2027, 1, 1), latest_date=date(2028, 10, 12))
        return rules.a_renewal_is_later.check(seen).complies

    assert [renewed(day) for day in (date(2027, 1, 1), date(2027, 1, 2), date(2028, 10, 12), date(2028, 10, 13))] == [
        False,
        True,
        True,
        False,
    ]


def test_what_was_shared_is_registered_or_sold_only_with_consent() -> None:
    words = Words("救助核对", "relief")
    assert rules.lacking_consent(()).complies
    assert rules.lacking_consent((Standing(7, True, True, words),)).complies
    said = rules.lacking_consent((Standing(7, True, False, words), Standing(8, False, False)))
    assert said.refuses
    assert "申请 8 不是本单位的共享申请" in said.words.zh
    assert "申请 7（救助核对）的提供方没有同意" in said.words.zh
