"""What a node tells of changed columns is exact, in both languages, and leaves older messages as they were."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.wire.test_messages import NOON, SOURCE
from tongqu.wire.drift import ADDED, CHANGES, GONE, REPEATED, RETYPED, TYPES, ColumnChange, Drift
from tongqu.wire.message import BadMessage
from tongqu.wire.source import SourceDeclaration

CHANGED = (
    ColumnChange("额度", GONE, was="number", uses=("verification/limit",)),
    ColumnChange("phone", ADDED, now="text"),
    ColumnChange("day", RETYPED, was="date", now="text"),
    ColumnChange("id", REPEATED),
)
DRIFT = Drift(NOON, CHANGED, "0123456789ab", refuses=True)


def test_a_declaration_tells_of_a_drift_and_reads_it_back() -> None:
    told = replace(SOURCE, drift=DRIFT)
    assert SourceDeclaration.from_json(told.to_json()) == told
    assert told.digest != SOURCE.digest


def test_a_declaration_without_one_is_what_it_always_was() -> None:
    assert "drift" not in SOURCE.to_json()
    assert SourceDeclaration.from_json(SOURCE.to_json()).drift is None


@pytest.mark.parametrize(
    "bad",
    [
        {"change": "moved"},
        {"was": None},
        {"now": "text"},
        {"was": "money"},
        {"column": ""},
        {"uses": ["a", "a"]},
    ],
)
def test_a_change_that_makes_no_sense_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(BadMessage):
        ColumnChange.from_json({**CHANGED[0].to_json(), **bad})


def test_a_type_that_changed_to_itself_is_no_change() -> None:
    with pytest.raises(BadMessage):
        ColumnChange.from_json({**CHANGED[2].to_json(), "now": "date"})


@pytest.mark.parametrize(
    "bad", [{"changes": []}, {"columns": "0123456789AB"}, {"columns": "1"}, {"refuses": "yes"}, {"since": "now"}]
)
def test_a_drift_that_makes_no_sense_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(BadMessage):
        Drift.from_json({**DRIFT.to_json(), **bad})


def test_every_change_of_every_type_is_said_in_both_languages() -> None:
    for change in CHANGES:
        for kind in TYPES:
            words = ColumnChange("列", change, was=kind, now=kind).words
            assert "列" in words.zh
            assert "列" in words.en
            assert words.zh != words.en


def test_many_changes_are_told_by_the_first_and_their_number() -> None:
    many = Drift(NOON, tuple(ColumnChange(f"c{n}", ADDED, now="text") for n in range(8)), "0" * 12, refuses=False)
    assert "另有 3 处" in many.told(5).zh
    assert "and 3 more" in many.told(5).en
    assert "more" not in many.told(8).en
