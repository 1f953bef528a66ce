"""What a wording means is decided once and holds for every entry, whoever writes at that moment and whatever dies."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.registry.harvests import NOON, codes, own_index, row, run, started, steward, taken
from tongqu.exchange.bedrock.procedures import Actor, perform
from tongqu.exchange.registry.harvest import SPELLING, running
from tongqu.exchange.registry.models import Entry, Harvest, Spelling

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["own_index", "steward"]

LATER = NOON + timedelta(hours=1)


def decide(steward: Actor, spelling: str, meaning: str, act: str = "decide") -> None:
    number = Spelling.objects.get(spelling=spelling).pk
    perform(SPELLING, act, number, by=steward, at=LATER, meaning=meaning)


def test_a_format_that_is_decided_or_corrected_leaves_the_others_as_they_are(steward: Actor) -> None:
    taken(steward, [row(1, data_formats=["甲式", "乙式"]), row(2, data_formats=["csv", "甲式"])])
    decide(steward, "甲式", "csv")
    assert (Entry.objects.get(key="c-1").formats, Entry.objects.get(key="c-2").formats) == (
        ["csv", "undecided"],
        ["csv"],
    )
    decide(steward, "甲式", "xml", "correct")
    assert (Entry.objects.get(key="c-1").formats, Entry.objects.get(key="c-2").formats) == (
        ["xml", "undecided"],
        ["csv", "xml"],
    )
    decide(steward, "乙式", "json")
    assert Entry.objects.get(key="c-1").formats == ["xml", "json"]


def test_a_decision_made_while_a_chunk_is_written_counts_for_its_entries_too(
    steward: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(steward, [row(1, is_open="某政策")])
    number = started(steward, [row(2, is_open="某政策")])
    keep, deciding = running.keeping.keep, []

    def work() -> None:
        try:
            decide(steward, "某政策", "open")
        finally:
            connection.close()

    def slowly(*args: Any) -> Any:
        """What was decided has been read; now somebody decides."""
        deciding.append(threading.Thread(target=work))
        deciding[0].start()
        deciding[0].join(1)
        return keep(*args)

    monkeypatch.setattr(running.keeping, "keep", slowly)
    assert run(number) == "finished"
    deciding[0].join(30)
    assert set(Entry.objects.values_list("opening", flat=True)) == {"open"}


def test_a_worker_killed_before_it_asked_loses_no_wording(steward: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    number = started(steward, [row(1, is_open="某政策")])

    def dies(*_: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(running, "_ask_about_wordings", dies)
        with pytest.raises(MemoryError):
            run(number)
    assert not Spelling.objects.exists()
    assert run(number) == "finished"
    assert Spelling.objects.get().spelling == "某政策"


def test_a_wording_cut_at_a_space_is_one_and_the_same_everywhere(steward: Actor) -> None:
    taken(steward, [row(1, is_open="开" * 199 + " 放" * 20)])
    decide(steward, Spelling.objects.get().spelling, "open")
    assert Entry.objects.get().opening == "open"


def test_more_wordings_than_anybody_could_decide_are_counted_and_the_most_frequent_asked(
    steward: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "WORDINGS_MAX", 3)
    rows = [row(n, is_open=f"写法{n}", update_frequency="常见写法") for n in range(1, 8)]
    number = started(steward, rows)
    assert run(number) == "finished"
    assert Spelling.objects.count() == 3
    assert Spelling.objects.filter(spelling="常见写法").exists()
    assert codes(number) == [(7, "too-many-wordings")]
    assert Harvest.objects.get(pk=number).remarks == 1
