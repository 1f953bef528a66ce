"""Which entry a row is, in whose catalogue, and that every row is new, changed, unchanged or not taken."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.registry.harvests import NOON, codes, counted, handed_in_file, own_index, row, run, started, steward, taken
from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.registry import harvest, search
from tongqu.exchange.registry.harvest import running
from tongqu.exchange.registry.models import Catalog, Entry

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["own_index", "steward"]

LATER = NOON + timedelta(days=1)


def test_rows_without_a_number_are_told_apart_by_department_and_place(steward: Actor) -> None:
    rows = [row(1, id="", title="办事指南", department=f"第{n}局") for n in range(40)]
    rows.append(row(1, id="", title="办事指南", department="第0局", city="黄石市"))
    told = taken(steward, rows)
    assert (told.fresh, told.same, told.lost) == (41, 0, 0)
    assert taken(steward, rows, LATER).same == 41


def test_long_numbers_and_names_that_differ_only_at_the_end_stay_apart(steward: Actor) -> None:
    told = taken(steward, [row(n, id="长" * 129 + str(n)) for n in range(5)])
    assert (told.fresh, Entry.objects.count()) == (5, 5)
    for end in "甲乙":
        taken(steward, [row(1)], catalog_name="名" * 70 + end)
    assert Catalog.objects.count() == 3


@pytest.mark.parametrize("chunk", [1, 100])
def test_a_number_that_comes_again_is_told_and_the_first_row_stands(
    steward: Actor, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(running, "CHUNK", chunk)
    rows = [row(1), row(2), row(1, title="后来的")]
    number = started(steward, rows)
    run(number)
    assert (counted(number).fresh, counted(number).lost, codes(number)) == (2, 1, [(3, "repeated")])
    assert harvest.faults(number)[0][0].key == "c-1"
    again = started(steward, rows, LATER)
    run(again, LATER)
    assert (counted(again).changed, counted(again).same, counted(again).lost) == (0, 2, 1)
    assert Entry.objects.get(key="c-1").title == "第1类企业名录"


def test_the_catalogue_that_the_import_names_holds_all_its_rows_and_writes_in_no_other(steward: Actor) -> None:
    taken(steward, [row(1, portal="hangzhou", portal_name="杭州市目录")], catalog_name="")
    number = started(steward, [row(1, portal="hangzhou", title="误改")], LATER, catalog_name="某县目录")
    run(number, LATER)
    assert Entry.objects.get(catalog__key="hangzhou").title == "第1类企业名录"
    assert codes(number) == [(1, "other-portal")]
    # Named as it is called here, it is the one that there is.
    named = started(steward, [row(1, portal="hangzhou", title="改名")], LATER, catalog_name="杭州市目录")
    run(named, LATER)
    assert (Entry.objects.get(catalog__key="hangzhou").title, codes(named)) == ("改名", [])


def test_no_two_catalogues_bear_one_name_and_each_is_counted_by_itself(steward: Actor) -> None:
    taken(steward, [row(n, portal=f"p{n}") for n in range(3)] + [row(9, portal="p0")], catalog_name="")
    assert len(set(Catalog.objects.values_list("name", flat=True))) == 3
    assert dict(search.find("").facets["catalog"]) == {"p0": 2, "p1": 1, "p2": 1}
    assert search.find("", {"catalog": "p0"}).total == 2


def test_the_same_file_again_mends_what_the_import_itself_says(steward: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(1, province="", city="", is_open="某新写法")]
    taken(steward, rows)
    assert (Entry.objects.get().region, Entry.objects.get().opening) == ("", "undecided")
    told = taken(steward, rows, LATER, region="420100")
    assert (told.changed, Entry.objects.get().region) == (1, "420100")
    table = harvest.spellings.reviewed()
    monkeypatch.setitem(table["opening"], "某新写法", "open")
    told = taken(steward, rows, LATER + timedelta(days=1), region="420100")
    assert (told.changed, Entry.objects.get().opening) == (1, "open")


@pytest.mark.parametrize(
    ("name", "content", "lines", "first"),
    [
        ("c.csv", 'title,description\n\n甲,"一\n二"\n\n乙,三\nx,y,z\n', 3, 7),
        ("c.txt", '{"title": "甲"}\n\n[1]\n{"title": "乙"}', 3, 3),
        ("c.json", json.dumps({"result": {"results": [{"title": "甲"}, {"title": "乙"}, 3]}}), 3, 3),
        ("c.json", json.dumps([{"title": "甲"}, {"title": "乙"}, 3], indent=2), 3, 3),
        ("c.txt", "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n"
         '<http://a/1> a dcat:Dataset ; dct:title "甲" .\n<http://a/2> a dcat:Dataset ; dct:title "乙" .\n'
         "<http://a/3> a dcat:Dataset .\n", 3, 3),
    ],
)  # fmt: skip
def test_every_row_is_accounted_for_in_every_form(
    steward: Actor, name: str, content: str, lines: int, first: int
) -> None:
    number = handed_in_file(steward, content.encode(), name)
    assert run(number) == "finished"
    told = counted(number)
    assert (told.lines, told.fresh, told.lost) == (lines, 2, 1)
    assert codes(number)[0][0] == first


def test_faults_are_read_on_from_the_last_one(steward: Actor) -> None:
    number = started(
        steward, [row(n, title="", update_time="x") for n in range(1, 6)] + [row(9, url="x", update_time="x")]
    )
    run(number)
    every, total = harvest.faults(number)
    assert total == len(every) == 7
    read = []
    while found := harvest.faults(number, limit=2, after=read[-1] if read else None)[0]:
        read += found
    assert read == every
