"""Anyone finds open data, fetches a version whole or in pieces, checks its hash, and loads it into a program."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import absl.logging
import mlcroissant
import openpyxl
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.registry.test_releases_checking import as_csv, as_parquet
from tests.web.doors import CSV, handed_in, opened, released
from tests.web.market import Market, form_key
from tongqu.exchange.bedrock.procedures import place_hold
from tongqu.exchange.registry import releases, search
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.models import Release
from tongqu.exchange.registry.releases import RELEASE
from tongqu.exchange.registry.search import queries
from tongqu.exchange.registry.search.store import Store

# mlcroissant brings a handler of logs that holds pytest's own capture of the moment, and closes it whenever logging is set up anew.
absl.logging.get_absl_handler().python_handler.stream = sys.__stderr__


@pytest.fixture(autouse=True)
def own_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "search")
    monkeypatch.setattr(queries, "_store", lambda: store)


@pytest.fixture
def resource(market: Market) -> int:
    return opened(market)


@pytest.fixture
def file(market: Market, resource: int) -> str:
    """Where the first version of it stands."""
    released(market, resource)
    return f"/open/{resource}/1/{releases.version(resource, 1).file_name}"


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_version_is_fetched_whole_with_its_hash_and_nothing_in_it_can_run(file: str, client: Client) -> None:
    answer = client.get(file)
    content = body(answer)
    digest = hashlib.sha256(CSV.encode())
    assert (content, answer.status_code) == (CSV.encode(), 200)
    assert answer["ETag"] == f'"{digest.hexdigest()}"'
    assert answer["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert answer["Content-Length"] == str(len(content))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == 'attachment; filename="305021-000001-v1.csv"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "Set-Cookie" not in answer
    assert client.head(file)["Content-Length"] == str(len(content))


@pytest.mark.parametrize(
    ("asked", "status", "piece"),
    [
        ("bytes=0-3", 206, CSV[:4]), ("bytes=4-", 206, CSV[4:]), ("bytes=-5", 206, CSV[-5:]), ("bytes=-9999", 206, CSV),
        ("bytes=5-99999", 206, CSV[5:]), ("bytes=99999-", 416, ""), ("bytes=-0", 416, ""), ("bytes=5-2", 200, CSV),
        ("bytes=0-1,3-4", 200, CSV), ("lines=1-2", 200, CSV), ("bytes=", 200, CSV), ("bytes=-", 200, CSV), ("bytes=" + "9" * 40 + "-", 200, CSV),
    ],
)  # fmt: skip
def test_pieces_are_given_as_asked(file: str, client: Client, asked: str, status: int, piece: str) -> None:
    answer = client.get(file, headers={"range": asked})
    assert answer.status_code == status
    if status == 416:
        assert answer["Content-Range"] == f"bytes */{len(CSV)}"
        return
    assert body(answer).decode() == piece
    assert ("Content-Range" in answer) == (status == 206)


def test_a_fetch_that_broke_off_goes_on_unless_the_file_is_another(file: str, client: Client) -> None:
    tag = client.head(file)["ETag"]
    first = body(client.get(file, headers={"range": "bytes=0-9"}))
    rest = body(client.get(file, headers={"range": "bytes=10-", "if-range": tag}))
    assert hashlib.sha256(first + rest).hexdigest() == tag.strip('"')
    assert client.get(file, headers={"range": "bytes=10-", "if-range": '"another"'}).status_code == 200
    unchanged = client.get(file, headers={"if-none-match": f'"x", {tag}'})
    assert (unchanged.status_code, unchanged["ETag"]) == (304, tag)


def test_whole_fetches_are_counted_once_each(file: str, resource: int, client: Client) -> None:
    client.get(file)
    client.get(file, headers={"range": "bytes=0-3"})
    client.get(file, headers={"range": "bytes=4-"})
    client.head(file)
    client.get(file, headers={"if-none-match": client.head(file)["ETag"]})
    client.get(file, headers={"range": "bytes=99999-"})
    assert releases.version(resource, 1).fetched == 2
    assert "下载 2 次" in text_of(client.get("/open").text)


def test_only_the_very_address_of_what_is_published_opens(
    market: Market, file: str, resource: int, client: Client
) -> None:
    waiting = handed_in(market, resource, "ID,late\nB,1\n")
    name = file.rpartition("/")[2]
    for address in (
        f"/open/{resource}/2/{name}", f"/open/{resource}/2/{name.replace('v1', 'v2')}", f"/open/{resource}/1/other.csv",
        f"/open/{resource}/0/{name}", f"/open/{resource + 1}/1/{name}", f"/open/{resource}/1/..%2f..%2fetc%2fpasswd",
        f"/open/{resource}/99999999999999999999/{name}",
    ):  # fmt: skip
        assert client.get(address).status_code in {404, 400}, address
    assert Release.objects.get(pk=waiting).state == "checked"
    assert client.post(file).status_code == 405


def test_nothing_unpublished_is_in_any_door(market: Market, client: Client) -> None:
    """A draft entry, an entry that is not open, a release in each state before publication, for strangers and for its holder."""
    secret = "机密的说明"
    open_one = opened(market, name="开放资源")
    closed = market.resource("rival", name="不开放的资源", opening="closed")
    handed_in(market, open_one, note=secret)
    handed_in(market, open_one, "ID,late,姓名\nA,1,甲\n", note=secret)
    search.refresh()
    doors = [
        "/open", "/entries", "/resources", f"/resources/{open_one}", "/catalog.ttl", "/catalog.jsonld", f"/resources/{open_one}.ttl",
        f"/resources/{open_one}.jsonld", f"/resources/{open_one}/croissant.json", "/api/entries", "/api/3/action/package_search",
        f"/api/3/action/package_show?id=resource-{open_one}", f"/api/3/action/resource_show?id=resource-{open_one}-1",
    ]  # fmt: skip
    for who in (client, market.client("rival"), market.client("seller")):
        for door in doors:
            answer = who.get(door)
            page = body(answer).decode() if answer.streaming else answer.text
            assert secret not in page, door
            assert "305021-000001-v" not in page, door
    assert client.get(f"/resources/{open_one}/croissant.json").status_code == 404
    assert client.get(f"/resources/{closed}/croissant.json").status_code == 404


def test_a_withdrawn_version_says_why_and_is_gone_everywhere(
    market: Market, file: str, resource: int, client: Client
) -> None:
    released(market, resource, "ID,late\nC,0\n")
    market.act(RELEASE, "withdraw", Release.objects.get(version=1).pk, "seller", reason="第三列单位有误")
    search.refresh()
    answer = client.get(file)
    assert (answer.status_code, answer.json()["code"]) == (410, "withdrawn")
    assert "第三列单位有误" in answer.json()["title_zh"]
    page = text_of(client.get(f"/resources/{resource}").text)
    assert "撤回理由：第三列单位有误" in page
    assert "第 2 版" in page
    shown = client.get(f"/api/3/action/package_show?id=resource-{resource}").json()["result"]
    assert [one["name"] for one in shown["resources"]] == ["305021-000001-v2.csv"]
    assert "v1.csv" not in body(client.get(f"/resources/{resource}.ttl")).decode()


def test_an_entry_that_is_withdrawn_or_closed_takes_its_files_along_at_once(
    market: Market, file: str, resource: int, client: Client
) -> None:
    assert client.get(file).status_code == 200
    market.act(RESOURCE, "withdraw", resource, "seller", reason="不再提供")
    for door in (file, f"/resources/{resource}/croissant.json", f"/resources/{resource}.ttl"):
        assert client.get(door).status_code == 404, door
    assert client.get(f"/api/3/action/package_show?id=resource-{resource}").status_code == 404
    assert client.get("/api/3/action/package_search").json()["result"]["results"] == []


def test_what_the_regulator_froze_is_not_given_out(market: Market, file: str, client: Client) -> None:
    place_hold(RELEASE, Release.objects.get().pk, by=market.actor("authority"), at=market.now, ground="核查中")
    answer = client.get(file)
    assert (answer.status_code, answer.json()["code"]) == (403, "held")


def test_the_page_lists_the_newest_with_facets_totals_and_search(
    market: Market, file: str, resource: int, client: Client
) -> None:
    other = opened(market, "rival", name="轨道站点", abstract="站名与坐标")
    released(market, other, "ID,late\nX,1\n", by="rival", licence="mit")
    page = text_of(client.get("/open").text)
    assert "共 2 项，3 行" in page
    assert "示例轨道 1" in page
    narrowed = text_of(client.get(f"/open?licence=mit&holder={market.parties['rival']}").text)
    assert "共 1 项" in narrowed
    assert "轨道站点" in narrowed
    assert "没有找到" in text_of(client.get("/open?q=没有这样的").text)
    for asked in (
        "page=x",
        "page=-1",
        "page=99999999",
        "holder=x",
        "holder=" + "9" * 99,
        "format=%3Cscript%3E",
        "q=" + "数" * 500,
    ):
        answer = client.get(f"/open?{asked}")
        assert answer.status_code == 200
        assert "<script>" not in answer.text.replace("<script src", "")


def test_the_page_of_the_resource_shows_versions_and_how_to_check_them(
    market: Market, file: str, resource: int, client: Client
) -> None:
    page = client.get(f"/resources/{resource}").text
    digest = hashlib.sha256(CSV.encode()).hexdigest()
    assert f'data-copy="echo &#x27;{digest}  305021-000001-v1.csv&#x27; | sha256sum -c"' in page
    assert f'href="{file}"' in page
    client.cookies["language"] = "en"
    english = text_of(client.get(f"/resources/{resource}").text)
    assert "Version 1" in english
    assert "Versions of the open data" in english


def test_pages_take_few_statements(
    market: Market, file: str, resource: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/open")
    with django_assert_max_num_queries(11):
        client.get("/open")
    with django_assert_max_num_queries(4):
        client.get(file)


def test_a_holder_hands_in_and_publishes_on_the_desk(market: Market, resource: int) -> None:
    seller = market.client("seller")
    made = handed_in(market, resource, note="请看")
    page = seller.get(f"/desk/release/{made}").text
    assert "可以发布" in text_of(page)
    sent = {"_act": "publish", "_key": form_key(page, "publish")}
    assert seller.post(f"/desk/release/{made}", sent).status_code in {200, 302, 303}
    assert releases.version(resource, 1).note == "请看"
    shown = text_of(seller.get(f"/desk/release/{made}").text)
    assert "cc-by" not in shown
    assert "知识共享 署名 4.0" in shown
    assert market.client("rival").get(f"/desk/release/{made}").status_code == 404
    assert "第 1 版" in text_of(market.client("authority").get(f"/desk/release/{made}").text)


def test_the_way_from_an_open_entry_to_its_first_version_is_on_the_desk(market: Market, resource: int) -> None:
    seller = market.client("seller")
    address = f"/desk/release/new?resource={resource}"
    assert address in seller.get(f"/desk/resource/{resource}").text
    page = seller.get(address).text
    assert f'value="{resource}" selected' in page
    assert "CC BY 4.0" in page
    assert address not in market.client("authority").get(f"/desk/resource/{resource}").text


def test_robots_are_led_to_the_catalogue_and_away_from_desks(client: Client) -> None:
    told = client.get("/robots.txt").text
    assert "Disallow: /desk" in told
    assert "/catalog.ttl" in told


def test_faults_stand_on_the_desk_with_what_mends_them(market: Market, resource: int) -> None:
    made = handed_in(market, resource, "ID,姓名\nA,甲\n")
    page = text_of(market.client("seller").get(f"/desk/release/{made}").text)
    assert "缺少目录写明的信息项：late" in page
    assert "请使列名与目录的信息项一致" in page
    assert "像是个人信息" in page


ELEMENTS = [
    {"name": "站名", "type": "text"}, {"name": "客流", "type": "whole"}, {"name": "经度", "type": "number"},
    {"name": "日期", "type": "date"}, {"name": "换乘", "type": "flag"},
]  # fmt: skip
TABLE = [
    {"站名": "徐家棚", "客流": 1200, "经度": 114.35, "日期": "2026-01-01", "换乘": True},
    {"站名": "中南路", "客流": 7, "经度": 114.5, "日期": "2026-01-02", "换乘": False},
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", as_csv(TABLE)), ("a.json", json.dumps(TABLE, ensure_ascii=False).encode()), ("a.parquet", as_parquet(TABLE)),
    ],
)  # fmt: skip
def test_a_program_loads_the_records_by_croissant_alone(
    market: Market, client: Client, tmp_path: Path, name: str, content: bytes
) -> None:
    resource = opened(market, items=ELEMENTS)
    released(market, resource, content, name)
    told = client.get(f"/resources/{resource}/croissant.json").json()
    described = tmp_path / "croissant.json"
    described.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    (distribution,) = told["distribution"]
    local = tmp_path / distribution["name"]
    local.write_bytes(body(client.get(distribution["contentUrl"].removeprefix("http://127.0.0.1:8600"))))
    assert hashlib.sha256(local.read_bytes()).hexdigest() == distribution["sha256"]
    dataset = mlcroissant.Dataset(jsonld=str(described), mapping={distribution["@id"]: str(local)})
    assert not dataset.metadata.ctx.issues.errors
    records = list(dataset.records(record_set="records"))
    assert [_text(record["records/站名"]) for record in records] == ["徐家棚", "中南路"]
    assert [int(record["records/客流"]) for record in records] == [1200, 7]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_a_workbook_is_described_as_a_file(market: Market, client: Client, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in csv.reader(io.StringIO(CSV)):
        book.active.append([int(value) if value.isdigit() else value for value in row])
    out = io.BytesIO()
    book.save(out)
    resource = opened(market)
    released(market, resource, out.getvalue(), "a.xlsx", licence="own-terms", terms="注明出处即可使用")
    told = client.get(f"/resources/{resource}/croissant.json").json()
    assert "recordSet" not in told
    (tmp_path / "c.json").write_text(json.dumps(told))
    assert not mlcroissant.Dataset(jsonld=str(tmp_path / "c.json")).metadata.ctx.issues.errors


@pytest.mark.parametrize("content", [as_csv(TABLE).decode().encode("gb18030"), as_csv(TABLE).replace(b",", b";")])
def test_a_csv_that_croissant_cannot_describe_is_described_as_a_file(
    market: Market, client: Client, content: bytes
) -> None:
    """Its table of records would name columns that a program then does not find."""
    resource = opened(market, items=ELEMENTS)
    released(market, resource, content, "a.csv")
    told = client.get(f"/resources/{resource}/croissant.json").json()
    assert "recordSet" not in told
    assert told["distribution"][0]["sha256"] == hashlib.sha256(content).hexdigest()
