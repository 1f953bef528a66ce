"""A catalogue given whole takes down what it lacks: only what is sure, in one moment, and never what is newer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.registry.harvests import NOON, codes, handed_in_file, own_index, row, run, started, steward, taken
from tongqu.exchange.bedrock.procedures import Actor, Refused, perform
from tongqu.exchange.registry import search
from tongqu.exchange.registry.harvest import HARVEST, running
from tongqu.exchange.registry.models import Entry, Harvest, HarvestSeen

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["own_index", "steward"]

DAYS = [NOON + timedelta(days=n) for n in range(8)]


def whole(steward: Actor, rows: list[dict[str, Any]], at: datetime, **changes: Any) -> Harvest:
    number = started(steward, rows, at, whole=True, **changes)
    assert run(number, at) == "finished"
    return Harvest.objects.get(pk=number)


def gone() -> set[str]:
    return set(Entry.objects.exclude(gone_at=None).values_list("key", flat=True))


def cancelled_after(number: int, chunks: int, steward: Actor, monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    take: Callable[..., bool] = running._take
    seen = [0]

    def counted(*args: Any) -> bool:
        seen[0] += 1
        if seen[0] > chunks:
            perform(HARVEST, "cancel", number, by=steward, at=at, reason="待核实")
        return take(*args)

    with monkeypatch.context() as patched:
        patched.setattr(running, "_take", counted)
        assert run(number, at) == "cancelled"


def test_an_older_whole_import_does_not_go_on_after_a_newer_one(
    steward: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 1)
    old = started(steward, [row(1), row(2, title="旧名录")], DAYS[0], whole=True)
    cancelled_after(old, 1, steward, monkeypatch, DAYS[0])
    whole(steward, [row(1), row(2, title="新名录"), row(3)], DAYS[1])
    with pytest.raises(Refused) as refused:
        perform(HARVEST, "resume", old, by=steward, at=DAYS[2])
    assert "整份" in next(one.words.zh for one in refused.value.findings if one.blocks)
    assert Entry.objects.get(key="c-2").title == "新名录"
    assert gone() == set()


def test_a_whole_import_that_nothing_overtook_goes_on(steward: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 1)
    whole(steward, [row(1), row(2), row(3)], DAYS[0])
    number = started(steward, [row(1), row(3)], DAYS[1], whole=True)
    cancelled_after(number, 1, steward, monkeypatch, DAYS[1])
    perform(HARVEST, "resume", number, by=steward, at=DAYS[2])
    assert run(number, DAYS[2]) == "finished"
    assert gone() == {"c-2"}
    assert not HarvestSeen.objects.exists()


def test_what_another_import_adds_meanwhile_stays(steward: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    whole(steward, [row(1), row(2)], DAYS[0])
    number = started(steward, [row(1)], DAYS[1], whole=True)
    mark = running.ending.mark_gone

    def meanwhile(*args: Any) -> Any:
        monkeypatch.setattr(running.ending, "mark_gone", mark)
        return mark(*args)

    taken(steward, [row(9)], DAYS[2])
    monkeypatch.setattr(running.ending, "mark_gone", meanwhile)
    assert run(number, DAYS[3]) == "finished"
    assert gone() == {"c-2"}


def test_a_stray_row_of_another_portal_takes_none_of_its_entries_down(steward: Actor) -> None:
    others = [row(100 + n, portal="hangzhou") for n in range(20)]
    taken(steward, others, DAYS[0], catalog_name="")
    # With the catalogue named, the row goes there, and is told.
    named = whole(steward, [row(1), row(2), row(100, portal="hangzhou", title="误入")], DAYS[1])
    assert (named.gone, codes(named.pk)) == (0, [(3, "other-portal")])
    assert Entry.objects.get(key="c-100", catalog__key="hangzhou").title == "第100类企业名录"
    # Without, one row does not stand for a catalogue, nor do a few that lack most of it.
    rows = [row(n, portal="wuhan") for n in range(5)] + [row(100 + n, portal="hangzhou") for n in range(3)]
    some = whole(steward, rows, DAYS[2], catalog_name="")
    assert (some.gone, some.unmarked, codes(some.pk)) == (0, 1, [(8, "not-marked")])
    most = whole(steward, [row(100 + n, portal="hangzhou") for n in range(18)], DAYS[3], catalog_name="")
    assert (most.gone, most.unmarked, gone()) == (2, 0, {"c-118", "c-119"})


def test_a_stray_quotation_mark_that_swallows_rows_is_told_and_nothing_is_called_gone(steward: Actor) -> None:
    def handed(rows: list[str], at: datetime) -> Harvest:
        text = "id,title,description\n" + "".join(one + "\n" for one in rows)
        number = handed_in_file(steward, text.encode(), "c.csv", at, catalog_name="甲", whole=True)
        assert run(number, at) == "finished"
        return Harvest.objects.get(pk=number)

    handed(["1,甲,一", "2,乙,二", "3,丙,三", "4,丁,四"], DAYS[0])
    swallowed = handed(['1,甲,"一', "2,乙,二", '3,丙,三"', "4,丁,四"], DAYS[1])
    assert (swallowed.lost, swallowed.gone, swallowed.unmarked) == (0, 0, 1)
    assert codes(swallowed.pk) == [(2, "stray-quote"), (5, "not-marked")]
    honest = handed(['1,甲,"一\n二"', "2,乙,二", "3,丙,三"], DAYS[2])
    assert (honest.gone, gone()) == (1, {"4"})


def test_killed_or_stopped_at_the_last_moment_either_all_is_marked_or_nothing(
    steward: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(steward, [row(1), row(2)], DAYS[0])
    number = started(steward, [row(1)], DAYS[1], whole=True)
    alike, calls = running.ending.mark_alike, []

    def dies(at: datetime) -> int:
        calls.append(at)
        if len(calls) == 2:
            raise MemoryError
        return alike(at)

    with monkeypatch.context() as patched:
        patched.setattr(running.ending, "mark_alike", dies)
        with pytest.raises(MemoryError):
            run(number, DAYS[1])
    assert gone() == set()
    perform(HARVEST, "cancel", number, by=steward, at=DAYS[1], reason="待核实")
    assert run(number, DAYS[1]) == "cancelled"
    assert gone() == set()
    perform(HARVEST, "resume", number, by=steward, at=DAYS[2])
    stop = lambda provinces: perform(HARVEST, "cancel", number, by=steward, at=DAYS[2], reason="再核实")  # noqa: E731
    assert running.run(number, ready=stop, now=lambda: DAYS[2]) == "cancelled"
    assert gone() == set()
    perform(HARVEST, "resume", number, by=steward, at=DAYS[3])
    assert run(number, DAYS[3]) == "finished"
    assert (Harvest.objects.get(pk=number).gone, gone()) == (1, {"c-2"})
    assert search.find("第2类").total == 0


def test_what_an_import_brought_is_forgotten_when_it_has_ended(steward: Actor) -> None:
    unsure = whole(steward, [row(1), row(2, title="")], DAYS[0])
    assert unsure.lost == 1
    number = handed_in_file(steward, json.dumps({"x": 1}).encode(), "c.json", DAYS[1], whole=True)
    assert run(number, DAYS[1]) == "failed"
    assert not HarvestSeen.objects.exists()


def test_what_has_gone_points_to_nothing_and_nothing_to_it(steward: Actor) -> None:
    same = {"title": "同名", "description": "同文"}
    whole(steward, [row(1, **same), row(2, **same), row(3, **same)], DAYS[0])
    first, second, third = (Entry.objects.get(key=f"c-{n}") for n in (1, 2, 3))
    assert (second.same_as, third.same_as) == (first.pk, first.pk)
    whole(steward, [row(2, **same)], DAYS[1])
    told = dict(Entry.objects.values_list("key", "same_as"))
    assert told == {"c-1": None, "c-2": None, "c-3": None}
