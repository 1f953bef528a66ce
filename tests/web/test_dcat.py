"""Other portals read the catalogue in DCAT-AP's words: it keeps to the official shapes, once in each form, each data set once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyshacl
import pytest
import rdflib
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rdflib.compare import to_isomorphic

from tests.web.doors import HOSTILE, ROWS, opened, released, take_in
from tests.web.market import Market
from tongqu.exchange.registry import catalogue, harvest, search
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.models import Catalog, Entry
from tongqu.exchange.registry.releases import RELEASE
from tongqu.exchange.registry.search import queries
from tongqu.exchange.registry.search.store import Store
from tongqu.exchange.web.dcat import graph

SHAPES = Path(__file__).parent / "dcat-ap-3.0.0"
DCAT, DCT, HYDRA, RDF = (
    rdflib.Namespace(graph.PREFIXES["dcat"]), rdflib.Namespace(graph.PREFIXES["dct"]), rdflib.Namespace(graph.PREFIXES["hydra"]),
    rdflib.RDF,
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "search")
    monkeypatch.setattr(queries, "_store", lambda: store)


@pytest.fixture
def full(market: Market) -> int:
    """A resource with two versions, one with nothing but its entry, and entries of others."""
    resource = opened(market, abstract=HOSTILE)
    released(market, resource, note=HOSTILE, period_from_date="2026-01-01", period_to_date="2026-03-31")
    released(market, resource, "ID,late\nA1,0\n", licence="own-terms", terms=HOSTILE)
    market.resource("rival", opening="on_application", opening_condition="提出申请", cycle="on_demand")
    take_in()
    return resource


def text(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.status_code)
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def parsed(client: Client, path: str) -> rdflib.Graph:
    form = "turtle" if urlsplit(path).path.endswith(".ttl") else "json-ld"
    return rdflib.Graph().parse(data=text(client, path), format=form)


def faults(found: rdflib.Graph, shapes: str) -> list[str]:
    """Violations, as path, subject and value."""
    _, report, _ = pyshacl.validate(
        found, shacl_graph=str(SHAPES / f"{shapes}.ttl"), do_owl_imports=False, meta_shacl=False
    )
    sh = rdflib.SH
    return sorted(
        f"{report.value(one, sh.resultPath)} {report.value(one, sh.focusNode)} {report.value(one, sh.value)}"
        for one in report.objects(report.value(predicate=RDF.type, object=sh.ValidationReport), sh.result)
        if (one, sh.resultSeverity, sh.Violation) in report
    )


def pages(client: Client, first: str) -> Iterator[tuple[str, rdflib.Graph]]:
    path: str | None = first
    while path:
        found = parsed(client, path)
        yield path, found
        (view,) = found.subjects(RDF.type, HYDRA.PartialCollectionView)
        following = [urlsplit(str(one)) for one in found.objects(view, HYDRA.next)]
        path = f"{following[0].path}?{following[0].query}" if following else None


def described(found: rdflib.Graph) -> list[str]:
    """What the catalogues of a page list."""
    return [str(one) for one in found.objects(None, DCAT.dataset)]


def addresses(resource: int) -> list[str]:
    entries = [f"/entries/{pk}" for pk in Entry.objects.values_list("pk", flat=True)]
    return ["/catalog", *(f"/resources/{one.id}" for one in catalogue.in_force(range(1, 1 << 40))), *entries]


def test_every_page_keeps_to_the_official_shapes(full: int, client: Client) -> None:
    for path in addresses(full):
        found = parsed(client, f"{path}.ttl")
        assert len(found) > 20
        for shapes in ("shapes", "range", "deprecateduris"):
            assert faults(found, shapes) == [], (path, shapes)


def test_the_shapes_would_find_a_page_that_breaks_them(full: int, client: Client) -> None:
    found = parsed(client, "/catalog.ttl")
    found.remove((None, DCT.title, None))
    assert faults(found, "shapes")
    found = parsed(client, "/catalog.ttl")
    found.remove((None, RDF.type, DCT.RightsStatement))
    assert faults(found, "range")


def test_of_european_vocabularies_only_the_hash_algorithm_is_named_otherwise(full: int, client: Client) -> None:
    """SPDX's own address of SHA-256 begins with http; the shape looks for https."""
    paths = {one.split()[0] for one in faults(parsed(client, "/catalog.ttl"), "mdr-vocabularies.shape")}
    assert paths == {graph.PREFIXES["spdx"] + "algorithm"}


def test_turtle_and_json_ld_say_the_same(full: int, client: Client) -> None:
    for path in addresses(full):
        one, other = (to_isomorphic(_without_view(parsed(client, f"{path}.{form}"))) for form in ("ttl", "jsonld"))
        assert one == other, path


def _without_view(found: rdflib.Graph) -> rdflib.Graph:
    """The page's own address and its neighbours' end in the name of the form."""
    for prop in ("view", "first", "last", "next", "previous"):
        found.remove((None, HYDRA[prop], None))
    found.remove((None, RDF.type, HYDRA.PartialCollectionView))
    return found


def test_hostile_texts_come_out_as_they_went_in(full: int, client: Client) -> None:
    entry = Entry.objects.get(key='b"\\<>')
    for form in ("ttl", "jsonld"):
        found = parsed(client, f"/entries/{entry.pk}.{form}")
        (subject,) = found.subjects(RDF.type, DCAT.Dataset)
        assert str(found.value(subject, DCT.title)) == entry.title
        assert str(found.value(subject, DCT.description)) == entry.text
        assert {str(one) for one in found.objects(subject, DCAT.keyword)} == set(entry.tags)


@pytest.mark.parametrize("form", ["ttl", "jsonld"])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_walk_meets_each_data_set_once_and_knows_how_many_there_are(
    full: int, client: Client, form: str, size: int
) -> None:
    walk = list(pages(client, f"/catalog.{form}?size={size}"))
    found = [one for _, page in walk for one in described(page)]
    assert len(found) == len(set(found)) == 2 + len(ROWS)
    for _, page in walk:
        assert [int(one) for one in page.objects(None, HYDRA.totalItems)] == [len(found)]
        assert set(described(page)) <= {str(one) for one in page.subjects(RDF.type, DCAT.Dataset)}
    back, path = list[str](), f"/catalog.{form}?before=end&size={size}"
    while path:
        page = parsed(client, path)
        back += described(page)
        previous = [urlsplit(str(one)) for one in page.objects(None, HYDRA.previous)]
        path = f"{previous[0].path}?{previous[0].query}" if previous else ""
    assert sorted(back) == sorted(found)


def test_what_is_added_during_a_walk_makes_nothing_come_twice(full: int, client: Client) -> None:
    walk = pages(client, "/catalog.ttl?size=2")
    found = described(next(walk)[1])
    take_in([{"id": "new", "title": "新来的"}, {"id": "e", "title": "改了名的"}])
    found += [one for _, page in walk for one in described(page)]
    assert len(found) == len(set(found)) == 2 + len(ROWS) + 1


def test_entries_stand_in_catalogues_of_their_own_within_ours(full: int, client: Client) -> None:
    found = parsed(client, "/catalog.ttl")
    (main,) = set(found.subjects(DCAT.catalog, None))
    inner = list(found.objects(main, DCAT.catalog))
    assert len(inner) == Catalog.objects.count() == 3
    titles = {str(found.value(one, DCT.title)) for one in inner}
    assert "示例目录" in titles
    own = {str(one) for one in found.objects(main, DCAT.dataset)}
    assert all("/resources/" in one for one in own)
    assert len(own) == 2


def test_a_released_resource_has_its_file_hash_licence_and_older_versions(full: int, client: Client) -> None:
    found = parsed(client, f"/resources/{full}.ttl")
    hashes = {str(one) for one in found.objects(None, rdflib.URIRef(graph.PREFIXES["spdx"] + "checksumValue"))}
    assert len(hashes) == 2
    assert len(list(found.subjects(DCAT.isVersionOf, None))) == 1
    for address in found.objects(None, DCAT.downloadURL):
        assert client.get(urlsplit(str(address)).path).status_code == 200


def test_people_and_programs_get_what_they_ask_for(full: int, client: Client) -> None:
    for accept, end in [
        ("text/turtle", "/catalog.ttl"), ("application/ld+json", "/catalog.jsonld"), ("application/json", "/catalog.jsonld"),
        ("text/html,*/*;q=0.8", "/entries"), ("text/html;q=0.5,text/turtle", "/catalog.ttl"),
    ]:  # fmt: skip
        answer = client.get("/catalog?size=2", headers={"accept": accept})
        assert (answer.status_code, answer["Location"].split("?")[0]) == (303, end)
        assert "Accept" in answer["Vary"]
    assert client.get("/catalog", headers={"accept": "image/png"}).status_code == 406
    answer = client.get("/catalog.ttl")
    assert (answer["Content-Type"], answer["Access-Control-Allow-Origin"]) == ("text/turtle; charset=utf-8", "*")
    assert 'rel="first"' in answer["Link"]


@pytest.mark.parametrize(
    "asked", ["after=x", "after=e-1", "size=0", "size=1001", "size=ab", "after=r1&before=end", "before=r" + "9" * 40]
)
def test_a_page_that_cannot_be_is_refused(full: int, client: Client, asked: str) -> None:
    answer = client.get(f"/catalog.ttl?{asked}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-page")


@pytest.mark.parametrize("asked", ["after=e999999999999999", "before=r0", "after=end"])
def test_a_page_beyond_the_ends_is_empty_and_leads_back(full: int, client: Client, asked: str) -> None:
    found = parsed(client, f"/catalog.ttl?{asked}")
    assert described(found) == []
    assert list(found.objects(None, HYDRA.first))


def test_what_is_not_in_force_is_in_no_page(full: int, market: Market, client: Client) -> None:
    node = market.node("buyer") if "supplier" in market.actor("buyer").roles else market.node("seller")
    draft = market.begin(RESOURCE, "seller", **_draft(node))
    market.act(RESOURCE, "withdraw", full, "seller", reason="不再提供")
    whole = text(client, "/catalog.ttl")
    for pk in (draft, full):
        assert f"/resources/{pk}#" not in whole
        for form in ("ttl", "jsonld"):
            assert client.get(f"/resources/{pk}.{form}").status_code == 404
    assert client.get("/entries/999999.ttl").status_code == 404
    assert client.get("/catalog.jsonld?size=1000").status_code == 200


def _draft(node: int) -> dict[str, Any]:
    return {
        "name": "还在起草的", "kind": "enterprise", "class_code": "305021", "class_name": "主题", "group_name": "金融",
        "heading_name": "信用", "abstract": "草稿不公开", "format": "spreadsheet", "items": [{"name": "ID", "type": "text"}],
        "sharing": "none", "opening": "open", "cycle": "month", "node": node, "source": "credit",
    }  # fmt: skip


def test_a_page_takes_few_statements_however_many_it_lists(
    full: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    text(client, "/catalog.ttl")
    with django_assert_max_num_queries(14):
        text(client, "/catalog.ttl")
    with django_assert_max_num_queries(3):
        text(client, f"/entries/{Entry.objects.order_by('pk')[0].pk}.ttl")


KEPT = (
    "key", "title", "text", "department", "region", "category", "industry", "tags", "opening", "opening_as_written", "cycle",
    "cycle_as_written", "formats", "formats_as_written", "published_date", "updated_date", "catalog", "catalog_name",
)  # fmt: skip


def every() -> dict[str, dict[str, Any]]:
    return {one.title: {name: getattr(one, name) for name in KEPT} for one in harvest.every_entry(0, 1 << 40)}


@pytest.mark.parametrize("form", ["ttl", "jsonld"])
def test_what_this_house_gives_out_another_takes_in_as_it_is(
    full: int, market: Market, client: Client, form: str
) -> None:
    before = every()
    files = [text(client, path) for path, _ in pages(client, f"/catalog.{form}?size=3")]
    Entry.objects.all().delete()
    Catalog.objects.all().delete()
    for file in files:
        take_in(file.encode(), name="")
    after = every()
    assert {title: after[title] for title in before} == before
    own = [one for one in after.values() if one["title"] not in before]
    assert sorted(one["opening"] for one in own) == ["on_application", "open"]
    assert search.find("公交线路").total == 1
    assert RELEASE.name == "release"
