"""Programs that know CKAN read this catalogue as they read others: the same answers, the same errors, and nothing left out in silence."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tests.web.doors import HOSTILE, ROWS, opened, released, take_in
from tests.web.market import Market
from tongqu.exchange.registry import search
from tongqu.exchange.registry.models import Entry
from tongqu.exchange.registry.search import queries
from tongqu.exchange.registry.search.store import Store
from tongqu.exchange.web.ckan import asking
from tongqu.exchange.web.ckan.refusals import BadQuery


@pytest.fixture(autouse=True)
def own_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "search")
    monkeypatch.setattr(queries, "_store", lambda: store)


@pytest.fixture
def full(market: Market) -> int:
    resource = opened(market)
    released(market, resource)
    market.resource("rival", name="充电站分布", opening="closed")
    take_in()
    return resource


class Asking:
    """An action by its name, over Django's client: the result, or the status and the error."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, action: str, **params: Any) -> Any:
        told = self.client.post(f"/api/3/action/{action}", json.dumps(params), content_type="application/json").json()
        assert told["success"], told
        assert told["help"].endswith(f"/api/3/action/help_show?name={action}")
        return told["result"]

    def refused(self, action: str, **params: Any) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(f"/api/3/action/{action}", json.dumps(params), content_type="application/json")
        told = answer.json()
        assert told["success"] is False
        return answer.status_code, told["error"]


@pytest.fixture
def ask(client: Client) -> Asking:
    return Asking(client)


def titles(result: Any) -> list[str]:
    return [one["title"] for one in result["results"]]


def test_everything_is_found_own_first_and_pages_follow_each_other(full: int, ask: Asking) -> None:
    whole = ask("package_search", rows=1000)
    assert whole["count"] == len(whole["results"]) == 2 + len(ROWS)
    assert [one["name"].split("-")[0] for one in whole["results"]] == ["resource"] * 2 + ["entry"] * len(ROWS)
    paged = [one for start in range(0, 8, 2) for one in ask("package_search", rows=2, start=start)["results"]]
    assert paged == whole["results"]
    assert ask("package_search", q="*:*", rows=0)["count"] == whole["count"]
    assert sorted(ask("package_list")) == sorted(one["name"] for one in whole["results"])
    assert ask("package_list", limit=3, offset=2) == ask("package_list")[2:5]


def test_words_phrases_and_filters_narrow(full: int, ask: Asking) -> None:
    assert titles(ask("package_search", q="公交")) == ["武汉市公交线路"]
    assert titles(ask("package_search", q="公交 AND 首末班")) == ["武汉市公交线路"]
    assert titles(ask("package_search", q='"站点、首末"')) == ["武汉市公交线路"]
    assert ask("package_search", q='"<b>@zh ."')["count"] == 1
    assert titles(ask("package_search", fq="res_format:CSV license_id:cc-by-4.0")) == ["seller违约记录"]
    assert titles(ask("package_search", fq="res_format:CSV", fq_list=["source:others"])) == ["武汉市公交线路"]
    assert titles(ask("package_search", fq='groups:"交通出行"')) == ["武汉市公交线路"]
    assert titles(ask("package_search", fq="+opening:closed +source:own")) == ["充电站分布"]
    assert ask("package_search", fq="res_format:exe")["count"] == 0
    assert ask("package_search", fq="groups:theme-000000000000")["count"] == 0
    assert ask("package_search", fq="state:deleted")["count"] == 0
    assert ask("package_search", fq="state:active dataset_type:dataset private:false")["count"] == 2 + len(ROWS)


def test_facets_count_exactly_what_a_filter_then_finds(full: int, ask: Asking) -> None:
    fields = list(asking.FACETS)
    found = ask("package_search", rows=0, **{"facet.field": fields, "facet.limit": -1})
    assert set(found["search_facets"]) == set(fields)
    for field, told in found["search_facets"].items():
        assert told["title"] == field
        for item in told["items"]:
            assert (
                ask("package_search", rows=0, fq=f'{field}:"{item["name"]}"')["count"]
                == item["count"]
                == found["facets"][field][item["name"]]
            )
    assert sum(found["facets"]["source"].values()) == found["count"]
    limited = ask("package_search", rows=0, **{"facet.field": '["organization"]', "facet.limit": 1})
    assert len(limited["search_facets"]["organization"]["items"]) == 1


def test_a_data_set_is_shown_in_full(full: int, ask: Asking) -> None:
    shown = ask("package_show", id=f"resource-{full}")
    (file,) = shown["resources"]
    assert (shown["license_id"], shown["isopen"], file["format"], file["mimetype"], file["size"]) == (
        "cc-by-4.0",
        True,
        "CSV",
        "text/csv",
        18,
    )
    assert ask("resource_show", id=file["id"]) == file
    entry = Entry.objects.get(title="武汉市公交线路")
    shown = ask("package_show", id=f"entry-{entry.pk}")
    assert [one["format"] for one in shown["resources"]] == ["csv", "接口"]
    assert {one["name"] for one in shown["tags"]} == {"公交", "出行"}
    assert {one["key"]: one["value"] for one in shown["extras"]}["opening_as_written"] == "无条件开放"
    hostile = ask("package_show", id=f"entry-{Entry.objects.get(key__startswith='b').pk}")
    assert hostile["title"] == " ".join(Entry.objects.get(key__startswith="b").title.split())
    assert "<b>" not in hostile["title"]
    assert HOSTILE not in json.dumps(hostile)


def test_what_was_changed_last_comes_first_when_asked(full: int, ask: Asking) -> None:
    newest = ask("package_search", sort="metadata_modified desc", rows=100)["results"]
    stamps = [one["metadata_modified"][:16] for one in newest]
    assert stamps == sorted(stamps, reverse=True)
    oldest = ask("package_search", sort="metadata_modified asc", rows=100)["results"]
    assert {one["name"] for one in oldest} == {one["name"] for one in newest}
    assert [one["metadata_modified"][:16] for one in oldest] == sorted(stamps)


def test_organizations_and_groups_are_listed_with_their_counts(full: int, ask: Asking) -> None:
    listed = ask("organization_list", all_fields=True, sort="package_count desc")
    assert sum(one["package_count"] for one in listed) == 2 + len(ROWS)
    assert [one["name"] for one in listed[:2]] == ask("organization_list", sort="package_count desc", limit=2)
    for one in listed:
        shown = ask("organization_show", id=one["name"], include_datasets=True)
        assert len(shown["packages"]) == shown["package_count"] == one["package_count"]
        assert shown["is_organization"]
        assert ask("package_search", fq=f"organization:{one['name']}")["count"] == one["package_count"]
    themes = ask("group_list", all_fields=True)
    assert {one["title"] for one in themes} >= {"交通出行", "金融"}
    for one in themes:
        assert ask("group_show", id=one["name"], include_datasets=True)["packages"]
    assert ask("organization_list", organizations=[listed[0]["name"]]) == [listed[0]["name"]]


@pytest.mark.parametrize(
    ("action", "params", "status", "kind"),
    [
        ("package_show", {"id": "entry-999999"}, 404, "Not Found Error"),
        ("package_show", {"id": "../../etc"}, 404, "Not Found Error"),
        ("package_show", {}, 409, "Validation Error"),
        ("package_show", {"id": ["a"]}, 409, "Validation Error"),
        ("package_show", {"id": "entry-1", "include_tracking": True}, 409, "Validation Error"),
        ("resource_show", {"id": "resource-1-99"}, 404, "Not Found Error"),
        ("organization_show", {"id": "catalog-999"}, 404, "Not Found Error"),
        ("group_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("package_search", {"rows": 1001}, 409, "Validation Error"),
        ("package_search", {"rows": -1}, 409, "Validation Error"),
        ("package_search", {"rows": "ten"}, 409, "Validation Error"),
        ("package_search", {"start": 10**9}, 409, "Validation Error"),
        ("package_search", {"q": "a" * 500}, 409, "Validation Error"),
        ("package_search", {"q": 5}, 409, "Validation Error"),
        ("package_search", {"facet.field": "[broken"}, 409, "Validation Error"),
        ("package_search", {"facet.field": ["tags"]}, 400, "Search Query Error"),
        ("package_search", {"bogus": 1}, 400, "Search Query Error"),
        ("package_search", {"q": "公交 OR 地铁"}, 400, "Search Query Error"),
        ("package_search", {"q": "公*"}, 400, "Search Query Error"),
        ("package_search", {"q": "-公交"}, 400, "Search Query Error"),
        ("package_search", {"q": '"没有结束'}, 400, "Search Query Error"),
        ("package_search", {"fq": "tags:公交"}, 400, "Search Query Error"),
        ("package_search", {"fq": "metadata_modified:[2020-01-01 TO *]"}, 400, "Search Query Error"),
        ("package_search", {"fq": "organization:(a OR b)"}, 400, "Search Query Error"),
        ("package_search", {"fq": "res_format:csv res_format:json"}, 400, "Search Query Error"),
        ("package_search", {"sort": "title_string asc"}, 400, "Search Query Error"),
        ("organization_list", {"sort": "created"}, 409, "Validation Error"),
        ("organization_list", {"type": "x"}, 409, "Validation Error"),
        ("help_show", {"name": "tag_list"}, 404, "Not Found Error"),
        ("package_create", {"name": "x"}, 403, "Authorization Error"),
        ("datastore_upsert", {}, 403, "Authorization Error"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said_in_ckans_own_way(
    full: int, ask: Asking, action: str, params: dict[str, Any], status: int, kind: str
) -> None:
    told = ask.refused(action, **params)
    assert (told[0], told[1]["__type"]) == (status, kind)


def test_an_action_that_there_is_not_and_a_body_that_is_none_are_answered_with_a_sentence(
    full: int, client: Client
) -> None:
    answer = client.get("/api/3/action/tag_list")
    assert (answer.status_code, answer.json()) == (400, "Bad request - Action name not known: tag_list")
    for body in ("{", "[1]", "5", "[" * 100_000):
        wrong = client.post("/api/3/action/package_search", body, content_type="application/json")
        assert wrong.status_code == 400
        assert wrong.json().startswith("Bad request - ")
    assert client.put("/api/3/action/package_search").status_code == 405


def test_drafts_and_private_ones_are_in_no_answer_whatever_is_asked(full: int, market: Market, ask: Asking) -> None:
    search.refresh()
    before = ask("package_search", include_private=True, include_drafts=True)["count"]
    assert before == 2 + len(ROWS)


def test_an_answer_takes_few_statements_however_many_it_lists(
    full: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(8):
        client.get("/api/3/action/package_search?rows=1000")


@settings(deadline=None)
@given(st.text(max_size=40))
def test_whatever_is_asked_is_read_or_refused(query: str) -> None:
    with suppress(BadQuery):
        assert all(isinstance(word, str) for word in asking.search(query, [query]).words)
