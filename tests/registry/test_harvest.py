"""A data authority takes in the catalogue of a city: once, again, half-way and on, and decides what its words mean."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tests.registry.conftest import World
from tests.registry.harvests import NOON, own_index, row, run, started, steward, taken
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, NotNow, NotYours, Refused, begin, perform
from tongqu.exchange.registry import harvest, search
from tongqu.exchange.registry.harvest import HARVEST, SPELLING, running
from tongqu.exchange.registry.models import Catalog, Entry, Harvest, Spelling

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["own_index", "steward"]


def test_what_was_taken_in_is_found_as_soon_as_the_import_is_called_finished(steward: Actor) -> None:
    told = taken(steward, [row(1), row(2, title="", id="x"), row(3, update_time="20223-01-01")])
    assert (told.fresh, told.lost) == (2, 1)
    page = search.find("企业名录", {"opening": "open"})
    assert [one.title for one in page.items] == ["第1类企业名录", "第3类企业名录"]
    assert (page.total, dict(page.facets["format"])) == (2, {"csv": 2, "api": 2})
    one = harvest.entry(page.items[0].id)
    assert (one.region, one.catalog_name, one.cycle, one.cycle_as_written) == (
        "420100",
        "武汉市公共数据目录",
        "month",
        "每月",
    )
    faults, total = harvest.faults(Harvest.objects.get().pk)
    assert [(fault.line, fault.code, fault.lost) for fault in faults] == [
        (2, "no-title", True),
        (3, "no-such-date", False),
    ]
    assert total == 2


def test_the_same_file_again_makes_no_second_entry_and_a_changed_row_changes_its_own(steward: Actor) -> None:
    taken(steward, [row(1), row(2)])
    again = taken(steward, [row(1), row(2)], NOON + timedelta(days=1))
    assert (again.fresh, again.changed, again.same) == (0, 0, 2)
    later = taken(steward, [row(1, title="新企业名录"), row(2), row(3)], NOON + timedelta(days=2))
    assert (later.fresh, later.changed, later.same) == (1, 1, 1)
    assert Entry.objects.count() == 3
    assert [one.title for one in search.find("新企业").items] == ["新企业名录"]
    assert Catalog.objects.count() == 1


def test_what_says_just_the_same_points_to_the_first(steward: Actor) -> None:
    taken(steward, [row(2), row(3, title="第2类企业名录")])
    first, second = Entry.objects.get(key="c-2"), Entry.objects.get(key="c-3")
    assert (first.same_as, second.same_as) == (None, first.pk)


def test_only_who_answers_for_catalogues_takes_them_in(world: World, steward: Actor) -> None:
    with pytest.raises(NotYours):
        started(world.supplier, [row(1)])
    with pytest.raises(Refused) as refused:
        begin(HARVEST, by=steward, at=NOON, file="ab" * 32, name="没有交来的文件")
    assert [finding.cite for finding in refused.value.findings if finding.blocks] == ["HOUSE:harvest"]


def test_an_abolished_county_names_no_place_today(steward: Actor) -> None:
    with pytest.raises(Refused) as refused:
        started(steward, [row(1)], region="330103")
    (said,) = [finding.words.zh for finding in refused.value.findings if finding.blocks]
    assert "下城区" in said
    started(steward, [row(1)], region="330105")


def test_stopped_half_way_it_goes_on_where_it_stopped(steward: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    number = started(steward, [row(n) for n in range(1, 8)])

    def stop_after(chunks: int) -> Callable[..., bool]:
        take, seen = running._take, [0]

        def counted(*args: Any) -> bool:
            seen[0] += 1
            if seen[0] > chunks:
                perform(HARVEST, "cancel", number, by=steward, at=NOON, reason="目录有误，待核实")
            return take(*args)

        return counted

    with monkeypatch.context() as patched:
        patched.setattr(running, "_take", stop_after(2))
        assert run(number) == "cancelled"
    assert (harvest.progress(number).position, Entry.objects.count()) == (4, 4)
    perform(HARVEST, "resume", number, by=steward, at=NOON)
    assert run(number) == "finished"
    assert (harvest.progress(number).fresh, Entry.objects.count()) == (7, 7)
    with pytest.raises(NotNow):
        perform(HARVEST, "cancel", number, by=steward, at=NOON, reason="太晚了")


def test_a_worker_that_dies_in_a_chunk_leaves_whole_chunks(steward: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    number = started(steward, [row(n) for n in range(1, 6)])
    keep = running.keeping.keep_faults

    def dies(harvest_id: int, found: Any) -> None:
        if Entry.objects.count() > 2:
            raise MemoryError
        keep(harvest_id, found)

    with monkeypatch.context() as patched:
        patched.setattr(running.keeping, "keep_faults", dies)
        with pytest.raises(MemoryError):
            run(number)
    assert (harvest.progress(number).position, Entry.objects.count(), harvest.left_running()) == (2, 2, [number])
    assert run(number) == "finished"
    assert (harvest.progress(number).fresh, Entry.objects.count()) == (5, 5)


def test_two_workers_at_one_import_take_each_row_once(steward: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 3)
    number = started(steward, [row(n) for n in range(1, 41)])
    ends: list[str] = []

    def work() -> None:
        try:
            ends.append(run(number))
        finally:
            connection.close()

    both = [threading.Thread(target=work) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert "finished" in ends
    assert (harvest.progress(number).fresh, harvest.progress(number).same, Entry.objects.count()) == (40, 0, 40)


def test_a_file_that_is_no_catalogue_is_returned_with_the_reason(steward: Actor) -> None:
    kept = papers.keep(b"a,b\n1,2\n", name="x.csv", at=NOON, by=steward.party)
    number = begin(HARVEST, by=steward, at=NOON, file=kept.sha256, name="不是目录").subject
    assert run(number) == "failed"
    assert "列名" in Harvest.objects.get(pk=number).reason
    assert run(number) == "failed"


def test_a_context_elsewhere_is_never_fetched(steward: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_: Any, **__: Any) -> None:
        raise AssertionError("a call to the outside")

    monkeypatch.setattr("socket.create_connection", called)
    dcat = {"@context": "https://elsewhere.example/context.jsonld", "@graph": [{"dct:title": "地铁站点"}]}
    kept = papers.keep(json.dumps(dcat).encode(), name="dcat.json", at=NOON, by=steward.party)
    number = begin(HARVEST, by=steward, at=NOON, file=kept.sha256, name="DCAT").subject
    assert run(number) == "finished"
    assert Entry.objects.get().title == "地铁站点"


def test_a_wording_nobody_knows_waits_for_a_person_whose_word_then_counts_for_all(steward: Actor, world: World) -> None:
    taken(steward, [row(1, is_open="某政策"), row(2, is_open="某政策", data_formats=["csv", "奇异格式"])])
    assert [one.opening for one in harvest.entries([Entry.objects.get(key="c-1").pk])] == ["undecided"]
    waits = Spelling.objects.get(question="opening")
    with pytest.raises(NotYours):
        perform(SPELLING, "decide", waits.pk, by=world.supplier, at=NOON, meaning="open")
    with pytest.raises(Refused):
        perform(SPELLING, "decide", waits.pk, by=steward, at=NOON, meaning="year")
    said = perform(SPELLING, "decide", waits.pk, by=steward, at=NOON + timedelta(hours=1), meaning="on_application")
    assert said.data["entries"] == 2
    search.refresh()
    assert search.find("", {"opening": "on_application"}).total == 2
    shape = Spelling.objects.get(question="format")
    perform(SPELLING, "decide", shape.pk, by=steward, at=NOON + timedelta(hours=2), meaning="other")
    assert Entry.objects.get(key="c-2").formats == ["csv", "other"]
    taken(steward, [row(3, is_open="某政策")], NOON + timedelta(days=1))
    assert Entry.objects.get(key="c-3").opening == "on_application"
    assert Spelling.objects.count() == 2


def test_a_catalogue_given_whole_marks_what_it_no_longer_has_and_unmarks_what_came_back(steward: Actor) -> None:
    def whole(rows: list[dict[str, Any]], at: datetime) -> Harvest:
        number = started(steward, rows, at, whole=True)
        assert run(number, at) == "finished"
        return Harvest.objects.get(pk=number)

    later = [NOON + timedelta(days=n) for n in range(1, 5)]
    taken(steward, [row(9)], catalog_name="另一目录")
    assert whole([row(1), row(2), row(3)], NOON).gone == 0
    assert whole([row(1), row(3)], later[0]).gone == 1
    gone = Entry.objects.get(key="c-2")
    assert gone.gone_at == later[0]
    assert search.find("第2类").total == 0
    assert harvest.entry(gone.pk).gone_at == later[0]  # its page stays
    assert Entry.objects.get(key="c-9").gone_at is None  # another catalogue's
    back = whole([row(1), row(2), row(3)], later[1])
    assert (back.gone, back.changed, Entry.objects.get(key="c-2").gone_at) == (0, 1, None)
    assert search.find("第2类").total == 1
    # A line that cannot be read may be any of them, so nothing is called gone.
    unsure = whole([row(1), row(2, title="")], later[2])
    assert (unsure.lost, unsure.gone) == (1, 0)
    # A file that does not claim to be the whole takes nothing down.
    taken(steward, [row(1)], later[3])
    assert Entry.objects.exclude(gone_at=None).count() == 0
