"""What may be registered, judged without a database: each rule allowed, refused and at the edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.bedrock.rules import Finding, judge
from tongqu.exchange.registry.ownership import rules
from tongqu.exchange.registry.ownership.certificate_code import parse
from tongqu.exchange.registry.ownership.content import Party, Registered, content, content_digest
from tongqu.exchange.registry.ownership.data_name import DataName
from tongqu.exchange.registry.ownership.inputs import EvidenceKind, Relation, Right, SourceKind

ON = date(2026, 11, 23)
EVERYTHING = frozenset(kind.value for kind in EvidenceKind)
PLAIN = rules.Seen(
    on=ON, holder_kind="private", origin="own", source_kind="collected", relation="self",
    rights=("holding", "use", "operation"), evidence=EVERYTHING,
)  # fmt: skip


def findings(**changes: Any) -> tuple[Finding, ...]:
    return judge(rules.APPLICATION_RULES, replace(PLAIN, **changes), on=ON)


def blocked(**changes: Any) -> list[str]:
    return [finding.cite for finding in findings(**changes) if finding.blocks]


def for_a_person(**changes: Any) -> list[str]:
    return [finding.cite for finding in findings(**changes) if finding.needs_person]


def test_plain_data_of_its_own_passes_every_rule() -> None:
    assert all(finding.complies for finding in findings())


def test_every_refusal_says_what_would_mend_it() -> None:
    told = [
        *findings(holder_kind="department", origin="duty"), *findings(origin="public_product"),
        *findings(relation="entrusted"), *findings(source_kind="derived"), *findings(source_kind="scraped"),
        *findings(relation="fused"), *findings(name_length=41, overview_length=401, evidence=frozenset()),
        *findings(registrar_is_applicant=True, registrar_is_one=False, resource_is_own=False),
        *findings(right_until_date=ON, papers_unknown=("00000000",), resource_kind="government"),
    ]  # fmt: skip
    refusals = [finding for finding in told if finding.blocks]
    assert len(refusals) > 14
    assert all(finding.mend is not None and finding.words.zh and finding.words.en for finding in refusals)


def test_rules_are_not_in_force_before_the_guideline() -> None:
    assert judge(rules.APPLICATION_RULES, replace(PLAIN, name_length=41), on=date(2026, 7, 2)) == ()


@pytest.mark.parametrize(
    ("holder", "origin", "utility", "expected"),
    [
        ("department", "duty", False, ["PROP35:15(1)"]),
        ("private", "duty", False, ["PROP35:15(1)"]),
        ("private", "public_product", False, ["PROP35:15(2)"]),
        ("department", "public_product", False, ["PROP35:15(2)"]),
        ("state_owned", "public_service", True, []),
        ("private", "own", False, []),
    ],
)
def test_whose_data_can_be_registered(holder: str, origin: str, utility: bool, expected: list[str]) -> None:
    assert blocked(holder_kind=holder, origin=origin, is_utility=utility) == expected


def test_a_person_looks_where_the_text_does_not_decide() -> None:
    assert for_a_person(holder_kind="department", origin="own") == ["PROP35:15"]
    assert for_a_person(origin="public_service") == ["PROP35:15"]
    assert for_a_person(source_kind="agreement") == ["PROP35:21"]
    assert for_a_person(source_kind="agreement", contract_assigns=True) == []


def test_scraped_data_is_held_and_used_but_operated_only_as_a_product_that_substitutes_nothing() -> None:
    assert blocked(source_kind="scraped", rights=("holding", "use")) == []
    assert blocked(source_kind="scraped", rights=("use", "operation")) == ["PROP35:21(4)"]
    assert blocked(source_kind="scraped", is_product=True, substitutes_source=True) == ["PROP35:21(4)"]
    assert blocked(source_kind="scraped", is_product=True) == []


def test_fused_data_is_operated_with_the_others_consent() -> None:
    assert blocked(relation="fused", rights=("holding", "use")) == []
    assert blocked(relation="fused") == ["PROP35:21(5)"]
    assert blocked(relation="fused", others_consent=True) == []
    assert blocked(relation="fused", contract_assigns=True) == []


def test_an_entrusted_processor_registers_nothing_unless_it_was_agreed() -> None:
    assert blocked(relation="entrusted", rights=("use",)) == ["PROP35:21(7)"]
    assert blocked(relation="entrusted", contract_assigns=True) == ["PROP35:21(7)"]
    assert blocked(relation="entrusted", entrustment_allows=True) == []


def test_derived_data_stands_on_a_right_and_on_two_changes_or_a_contract() -> None:
    new = {"changed_in_substance": True, "much_more_valuable": True}
    derived = {"source_kind": "derived", "may_use_source": True}
    assert blocked(source_kind="derived", **new) == ["PROP35:21(6)"]
    assert blocked(**derived, changed_in_substance=True) == ["PROP35:21(6)"]
    assert blocked(**derived, much_more_valuable=True) == ["PROP35:21(6)"]
    assert blocked(**derived, **new) == []
    assert blocked(**derived, contract_assigns=True) == []


def test_a_refusal_names_the_rights_it_is_about() -> None:
    told = next(f for f in findings(source_kind="scraped") if f.blocks)
    assert told.words.zh.startswith("数据经营权：")


@pytest.mark.parametrize(("length", "passes"), [(40, True), (41, False)])
def test_forty_characters_include_the_fortieth(length: int, passes: bool) -> None:
    assert ("PROP35:19" not in blocked(name_length=length)) is passes


def test_the_right_ends_after_today() -> None:
    assert blocked(right_until_date=date(2026, 11, 24)) == []
    assert blocked(right_until_date=ON) == ["HOUSE:ownership"]


@given(
    st.sets(st.sampled_from([r.value for r in Right]), min_size=1), st.sampled_from([s.value for s in SourceKind]),
    st.sampled_from([r.value for r in Relation]), *[st.booleans()] * 7,
)  # fmt: skip
def test_others_with_the_same_right_never_change_what_is_refused(
    held: set[str], source: str, relation: str, a: bool, b: bool, c: bool, d: bool, e: bool, f: bool, g: bool
) -> None:
    """Non-exclusive: whatever the application, somebody else's right adds a notice and nothing more."""
    case: dict[str, Any] = {
        "rights": tuple(sorted(held)), "source_kind": source, "relation": relation, "is_product": a,
        "substitutes_source": b, "may_use_source": c, "contract_assigns": d, "changed_in_substance": e,
        "much_more_valuable": f, "others_consent": g,
    }  # fmt: skip
    alone, beside = findings(**case), findings(**case, same_rights=(("示例", tuple(sorted(held))),))
    assert [one.blocks for one in alone] == [one.blocks for one in beside]
    assert [one.needs_person for one in alone] == [one.needs_person for one in beside]
    assert [one.cite for one in beside if one.refuses and not one.blocks] == ["PROP35:21(last)"]


def test_the_three_heads() -> None:
    heads = {"description": True, "source": True, "ownership": True}
    assert rules.three_heads_pass(rules.ReviewSeen(ON, heads)).complies
    for head in heads:
        assert rules.three_heads_pass(rules.ReviewSeen(ON, heads | {head: False})).blocks
        assert rules.three_heads_pass(rules.ReviewSeen(ON, {k: v for k, v in heads.items() if k != head})).blocks


def test_a_name_is_its_five_parts_counted_in_characters() -> None:
    name = DataName("2018年", "示例市", "钢铁", "用电负荷", "表格")
    assert name.text == "2018年示例市钢铁用电负荷表格"
    assert len(name) == 16


def test_content_has_no_contact_and_one_digest() -> None:
    from tongqu.exchange.registry.ownership.content import _DATA

    at = __import__("datetime").datetime.fromisoformat("2026-11-10T00:00:00+08:00")
    form: dict[str, Any] = dict.fromkeys(_DATA, "") | {
        "applicant_type": "legal_person", "right_until_date": None, "right_limits": "", "right_papers": [],
        "evidence": [], "identity_paper": "0" * 64, "contact_phone": "027-12345678",
    }  # fmt: skip
    of = Registered(
        registration=1, national=False, holder=Party(1, "甲", "A"), registrar=Party(2, "乙", "B"), resource={"id": 1},
        name="名称", form=form, rights=["use"], heads=[], objections=[], notes=[], accepted_date=ON,
        accepted_by_silence=False, published_at=None, publicity_waived="", evidenced_at=at, valid_to_at=at,
        keep_until_date=ON,
    )  # fmt: skip
    assert "027-12345678" not in str(content(of))
    assert content_digest(content(of)) == content_digest(content(of))
    assert content_digest(content(of)) != content_digest(content(replace(of, rights=["holding"])))


def test_parse_is_the_inverse_of_str() -> None:
    assert str(parse("YD4202026120002")) == "YD4202026120002"
