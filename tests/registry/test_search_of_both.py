"""One search finds this market's resources and the entries of others: one numbering, one order, exact totals for both."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.registry.conftest import World, day
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import begin, perform
from tongqu.exchange.registry import catalogue, harvest, releases, search
from tongqu.exchange.registry.catalogue import RESOURCE, ResourceView
from tongqu.exchange.registry.harvest import EntryView
from tongqu.exchange.registry.models import Catalog, Entry, Harvest
from tongqu.exchange.registry.releases import RELEASE
from tongqu.exchange.registry.search import numbering, queries
from tongqu.exchange.registry.search.index import Document, Index, Segment
from tongqu.exchange.registry.search.store import Store

NOON = day(2026, 11, 3)


@pytest.fixture(autouse=True)
def own_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "search")
    monkeypatch.setattr(queries, "_store", lambda: store)


def entry(number: int, **changes: Any) -> int:
    catalog, _ = Catalog.objects.get_or_create(key="c", defaults={"name": "示例目录"})
    job, _ = Harvest.objects.get_or_create(
        name="示例", defaults={"state": "finished", "begun_at": NOON, "changed_at": NOON, "file": ""}
    )
    told = {
        "title": f"第{number}号用电", "text": "", "opening": "open", "cycle": "year", "digest": "", "likeness": "",
        "changed_at": NOON + timedelta(minutes=number),
    } | changes  # fmt: skip
    return int(Entry.objects.create(catalog=catalog, key=str(number), harvest=job, **told).pk)


def kinds(page: search.Page) -> list[str]:
    return ["own" if isinstance(one, ResourceView) else "others" for one in page.items]


@pytest.mark.django_db
def test_own_resources_come_first_among_those_that_match_as_well(world: World) -> None:
    resource = world.catalogued(day(2026, 10, 8))
    entry(1, updated_date="2026-10-30")
    entry(2, title="电力", text="逐刻用电量与价格", updated_date="2026-10-30")
    assert search.refresh() == 2
    page = search.find("用电")
    assert kinds(page) == ["own", "others", "others"]
    assert [one.title for one in page.items if isinstance(one, EntryView)] == ["第1号用电", "电力"]
    # What has the word in its title stands before what has it elsewhere, whosever it is.
    assert kinds(search.find("逐刻")) == ["own", "others"]
    assert kinds(search.find("价格")) == ["others"]
    entry(3, title="逐刻数据")
    search.refresh()
    assert kinds(search.find("逐刻")) == ["others", "own", "others"]
    assert dict(search.find("").facets["source"]) == {"own": 1, "others": 3}
    assert kinds(search.find("", {"source": search.OWN})) == ["own"]
    assert sorted(search.numbers())[-1] == (True, resource)


@pytest.mark.django_db
def test_a_resource_and_an_entry_of_one_number_are_two(world: World) -> None:
    resource = world.catalogued(day(2026, 10, 8))
    entry(1)
    Entry.objects.update(id=resource)
    search.refresh()
    page = search.find("")
    assert (page.total, kinds(page), {one.id for one in page.items}) == (2, ["own", "others"], {resource})


@pytest.mark.django_db
def test_what_happens_to_a_resource_is_found_after_the_next_refresh_and_only_its_block_is_built(world: World) -> None:
    entry(1)
    assert search.refresh() == 1
    resource = world.catalogued(day(2026, 10, 8), opening="open")
    assert search.find("示例钢铁").total == 0
    assert (search.refresh(), search.refresh()) == (1, 0)
    assert search.find("示例钢铁").total == 1
    perform(
        RESOURCE, "update", resource, by=world.supplier, at=NOON, **world.entry(opening="open", abstract="改了的摘要")
    )
    assert search.refresh() == 1
    assert search.find("改了的摘要").total == 1
    made = begin(
        RELEASE, by=world.supplier, at=NOON, resource=resource, note="首次", licence="cc0-1.0",
        file=papers.keep(b"usage\n1\n", name="a.csv", at=NOON, by=world.supplier.party).sha256,
    ).subject  # fmt: skip
    releases.run(made, now=lambda: NOON)
    perform(RELEASE, "publish", made, by=world.supplier, at=NOON)
    assert search.refresh() == 1
    assert search.find("", {"format": "csv", "licence": "cc0-1.0"}).total == 1
    perform(RESOURCE, "withdraw", resource, by=world.supplier, at=NOON, reason="不再提供")
    assert search.find("改了的摘要").items == ()  # at once, though still counted
    search.refresh()
    assert search.find("改了的摘要").total == 0
    assert search.find("").total == 1


@pytest.mark.django_db
def test_a_draft_is_not_found(world: World) -> None:
    begin(RESOURCE, by=world.supplier, at=NOON, **world.entry(name="还在起草的用电"))
    search.refresh()
    assert search.find("起草").total == 0
    assert search.numbers() == []


@pytest.mark.django_db
def test_ranges_of_entries_and_resources_may_be_walked_from_both_ends(world: World) -> None:
    ids = [entry(number) for number in range(5)]
    assert [one.id for one in harvest.every_entry(ids[1], 1 << 40, most=2)] == ids[1:3]
    assert [one.id for one in harvest.every_entry(0, ids[4], most=-2)] == ids[2:4]
    resource = world.catalogued(day(2026, 10, 8))
    assert [one.id for one in catalogue.in_force(range(1, 1 << 40), most=-3)] == [resource]
    assert catalogue.in_force([resource + 1]) == []


@settings(deadline=None)
@given(st.integers(1, numbering.OWN_FROM - 1), st.integers(1, numbering.OWN_FROM - 1))
def test_numbers_of_the_two_kinds_never_meet(entry_id: int, resource_id: int) -> None:
    number = numbering.of_resource(resource_id)
    assert numbering.is_own(number)
    assert not numbering.is_own(entry_id)
    assert numbering.resource_of(number) == resource_id
    assert number < numbering.END


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 3)), max_size=10), st.integers(0, 10))
def test_the_order_is_title_then_rank_then_day_and_by_change_when_asked(
    told: list[tuple[int, int, int]], cut: int
) -> None:
    known = [
        Document(n + 1, "数" if n % 2 else "据", ("数",), day_, {}, rank, change)
        for n, (day_, rank, change) in enumerate(told)
    ]
    index = Index([Segment.build(known[:cut], ()), Segment.build(known[cut:], ())])
    best = sorted(known, key=lambda one: (one.title == "数", one.rank, one.day, one.id), reverse=True)
    assert index.search("数", limit=20).ids == [one.id for one in best]
    changed = sorted(known, key=lambda one: (one.change, one.id), reverse=True)
    assert index.search("数", limit=20, order="changed").ids == [one.id for one in changed]
    oldest = sorted(known, key=lambda one: (-one.change, one.id), reverse=True)
    assert index.search(["数"], limit=20, order="unchanged").ids == [one.id for one in oldest]


@pytest.mark.django_db
def test_what_is_found_with_fewer_words_has_totals_and_pages_of_its_own(world: World) -> None:
    for number in range(5):
        entry(number, title=f"空气质量第{number}站", region="420106")
    entry(9, title="空气质量", region="330100")
    search.refresh()
    whole = search.look("湖北省武汉市空气质量报告书", limit=50)
    assert whole.fewer == search.Fewer(("空气质量",), ("报告书",), "420100")
    assert (whole.page.total, len(whole.page.items)) == (5, 5)
    pieces = [search.look("湖北省武汉市空气质量报告书", offset=at, limit=2).page for at in (0, 2, 4)]
    assert [one for page in pieces for one in page.items] == list(whole.page.items)
    assert {page.total for page in pieces} == {5}
    narrowed = search.find("空气质量", {"region": "420100"})
    assert (narrowed.total, narrowed.items) == (5, whole.page.items)


@pytest.mark.django_db
def test_a_place_in_words_that_are_found_is_offered_and_not_imposed(world: World) -> None:
    entry(1, title="武汉空气质量", region="330100")
    entry(2, title="空气质量", region="420106")
    search.refresh()
    found = search.look("武汉空气质量")
    assert (found.page.total, found.fewer) == (1, None)
    assert found.places == (search.Narrower("420100", "空气质量", 1),)
    assert search.look("武汉空气质量", {"region": "330100"}).places == ()
    assert search.find("", {"region": "420000"}).total == 1


@pytest.mark.django_db
def test_themes_and_industries_written_in_one_field_are_counted_apart(world: World) -> None:
    entry(1, category="生活服务,教育文化", industry="农、林、牧、渔业；工业")
    entry(2, category="生活服务、社保就业")
    search.refresh()
    facets = search.find("").facets
    assert dict(facets["category"]) == {"生活服务": 2, "教育文化": 1, "社保就业": 1}
    assert dict(facets["industry"]) == {"农、林、牧、渔业": 1, "工业": 1}
    assert search.find("", {"category": "教育文化"}).total == 1


@pytest.mark.django_db
def test_a_number_finds_what_bears_it_in_whichever_catalogue(world: World) -> None:
    first = entry(7, title="甲")
    other = Catalog.objects.create(key="d", name="另一目录")
    second = Entry.objects.get(pk=first)
    second.pk, second.catalog = None, other
    second.save()
    assert [one.id for one in harvest.entries(key="7")] == [second.pk, first]
    Entry.objects.filter(pk=first).update(gone_at=NOON)
    assert [one.id for one in harvest.entries(key="7")] == [second.pk]
    assert harvest.entries(key="77") == []
