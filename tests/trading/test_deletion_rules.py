"""What an attestation of deletion must say, judged without a database: what passes, what is refused, and the day between."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tongqu.exchange.bedrock.rules import judge
from tongqu.exchange.trading.deletions import rules
from tongqu.exchange.trading.deletions.inputs import Attestation

TODAY, FIRST = date(2026, 11, 23), date(2026, 9, 7)
GOOD = rules.Attesting(today=TODAY, first_date=FIRST, deleted_date=date(2026, 11, 20))


def refused(which: tuple[Any, ...], seen: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in judge(which, seen, on=TODAY) if one.blocks]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, []),
        ({"deleted_date": TODAY}, []),
        ({"deleted_date": TODAY + timedelta(days=1)}, ["what_is_attested_is_done"]),
        ({"deleted_date": FIRST}, []),
        ({"deleted_date": FIRST - timedelta(days=1)}, ["what_is_attested_is_done"]),
        ({"complete": False}, ["every_copy_is_named"]),
        ({"nothing_kept": True, "methods": 1}, []),
        ({"nothing_kept": True, "methods": 2}, ["the_methods_agree"]),
        ({"methods": 4}, []),
        ({"papers_unknown": ("0123abcd",)}, ["the_evidence_is_ones_own"]),
        (
            {"complete": False, "deleted_date": TODAY + timedelta(days=1)},
            ["what_is_attested_is_done", "every_copy_is_named"],
        ),
    ],
)
def test_an_attestation_is_of_what_was_done_and_names_every_copy(changes: dict[str, Any], named: list[str]) -> None:
    assert refused(rules.ATTEST_RULES, replace(GOOD, **changes)) == named


def test_every_refusal_says_in_both_languages_what_mends_it() -> None:
    bad = replace(
        GOOD,
        complete=False,
        deleted_date=TODAY + timedelta(days=1),
        nothing_kept=True,
        methods=2,
        papers_unknown=("0123",),
    )
    found = [one for one in judge(rules.ATTEST_RULES, bad, on=TODAY) if one.blocks]
    assert len(found) == 4
    assert all(one.mend is not None and one.mend.zh and one.mend.en and one.words.zh != one.words.en for one in found)


def test_the_house_opens_nothing_before_the_use_is_over_and_counts_nothing_anew_without_a_change() -> None:
    assert refused((rules.the_use_is_over,), rules.Ending(use_is_over=False)) == ["the_use_is_over"]
    assert refused((rules.the_use_is_over,), rules.Ending(use_is_over=True)) == []
    assert refused((rules.the_use_ends_otherwise,), rules.Reckoning(changed=False)) == ["the_use_ends_otherwise"]
    assert refused((rules.the_use_ends_otherwise,), rules.Reckoning(changed=True)) == []


def test_a_party_that_reviews_decides_for_others_only() -> None:
    assert refused((rules.nobody_decides_on_its_own_deletion,), rules.Deciding(True)) != []
    assert refused((rules.nobody_decides_on_its_own_deletion,), rules.Deciding(False)) == []


def test_an_attestation_is_bounded_in_every_field() -> None:
    said = {
        "deleted_date": "2026-11-20", "methods": ["deleted"], "systems": "无", "person": "示例经办人", "complete": True,
    }  # fmt: skip
    assert Attestation.model_validate(said).kept == ""
    for changes in (
        {"methods": []}, {"methods": ["shredded"]}, {"systems": ""}, {"person": "示"}, {"paper": "no hash"},
        {"systems": "库" * 501}, {"media": "盘" * 501}, {"backups": "带" * 501}, {"recipients": "某" * 501}, {"kept": "留" * 501},
        {"person": "人" * 61}, {"whole": True},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"validation error"):
            Attestation.model_validate(said | changes)
