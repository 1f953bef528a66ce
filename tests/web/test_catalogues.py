"""Who looks for data finds an entry by any piece of its name; who took a catalogue in sees what became of every line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.market import NOW, Market, form_key
from tongqu.exchange.bedrock import papers
from tongqu.exchange.registry import harvest, likeness, search
from tongqu.exchange.registry.models import Catalog, Entry, Harvest
from tongqu.exchange.registry.search import queries
from tongqu.exchange.registry.search.store import Store


@pytest.fixture(autouse=True)
def own_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "search")
    monkeypatch.setattr(queries, "_store", lambda: store)


ROWS = [
    {"id": "a", "title": "武汉市公交线路", "description": "线路、站点、首末班时间", "department": "市交通运输局",
     "province": "湖北省", "city": "武汉市", "is_open": "无条件开放", "data_formats": ["csv", "接口"], "update_time": "2026-05-01",
     "url": "https://data.example/a", "tags": "公交,出行"},
    {"id": "b", "title": "企业名录", "description": "<img src=x onerror=alert(1)>名称 & 地址", "department": "市市场监管局",
     "province": "湖北省", "city": "武汉市", "is_open": "登录开放", "update_time": "2026-06-01"},
    {"id": "c", "title": "公交站点客流", "province": "浙江省", "city": "杭州市", "is_open": "某政策", "update_time": "20223-01-01"},
    {"id": "d", "description": "没有名称"},
]  # fmt: skip


@pytest.fixture
def taken(market: Market) -> int:
    """Four lines taken in by the exchange."""
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
    kept = papers.keep(content.encode(), name="catalogue.txt", at=NOW, by=None)
    number = Harvest.objects.create(
        state="running", begun_at=NOW, changed_at=NOW, file=kept.sha256, name="示例目录", catalog_name="示例目录"
    ).pk
    assert harvest.run(number, ready=lambda provinces: search.refresh(), now=lambda: NOW) == "finished"
    return int(number)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_piece_of_a_name_finds_it_with_counts_beside(taken: int, client: Client) -> None:
    page = client.get("/entries?q=公交").text
    assert "共 2 条" in text_of(page)
    assert "武汉市<mark>公交</mark>线路" in page
    assert "湖北省 1" in text_of(page)
    chosen = client.get("/entries?q=公交&province=420000").text
    assert "共 1 条" in text_of(chosen)
    assert "杭州" not in text_of(chosen)


def test_one_character_will_do_and_a_slip_of_the_pen_still_leads_there(taken: int, client: Client) -> None:
    assert "共 1 条" in text_of(client.get("/entries?q=线").text)
    near = text_of(client.get("/entries?q=武汉市公文线路").text)
    assert "没有一条同时含有全部文字" in near
    assert "名称相近" in near
    assert "武汉市公交线路" in near


@pytest.mark.parametrize(
    "asked",
    [
        "q=" + "数" * 500,
        "page=0",
        "page=-3",
        "page=99999999",
        "page=x",
        "opening=nothing",
        "province=<script>x",
        "q=%00",
    ],
)
def test_whatever_is_asked_is_answered(taken: int, client: Client, asked: str) -> None:
    answer = client.get(f"/entries?{asked}")
    assert answer.status_code in {200, 400}
    assert "<script>x" not in answer.text


def test_an_entry_says_who_answers_and_how_to_get_it_in_our_words_and_its_own(taken: int, client: Client) -> None:
    page = client.get(f"/entries/{Entry.objects.get(key='b').pk}").text
    assert "有条件开放（原文：登录开放）" in text_of(page)
    assert "onerror" not in page
    assert "名称 &amp; 地址" in page
    first = client.get(f"/entries/{Entry.objects.get(key='a').pk}").text
    assert 'href="https://data.example/a" rel="noopener noreferrer external"' in first
    assert "湖北省武汉市（420100）" in text_of(first)
    assert client.get("/entries/999999").status_code == 404


def test_in_english_the_words_are_english_and_names_stay_as_they_are(taken: int, client: Client) -> None:
    client.cookies["language"] = "en"
    page = text_of(client.get("/entries?q=公交").text)
    assert "2 entries" in page
    assert "武汉市 公交 线路" in page
    assert "Wording to be decided" in page


def test_a_page_of_entries_takes_few_statements_however_many_there_are(
    taken: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/entries")
    with django_assert_max_num_queries(4):
        client.get("/entries?q=公交")
    with django_assert_max_num_queries(5):
        client.get(f"/entries/{Entry.objects.get(key='a').pk}")


def test_before_anything_was_taken_in_the_page_says_so(market: Market, client: Client) -> None:
    assert "目录里还没有数据" in text_of(client.get("/entries").text)


def test_every_line_that_was_not_taken_as_it_stood_is_on_the_page_and_in_the_file(taken: int, market: Market) -> None:
    steward = market.client("exchange")
    page = text_of(steward.get(f"/desk/harvest/{taken}").text)
    assert "没有名称，未采用" in page
    assert "日期 20223-01-01 不可信" in page
    answer = steward.get(f"/desk/harvest/{taken}/faults.csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 1 + 3
    assert any(line.startswith("4,") and line.endswith(",1") for line in lines)
    for stranger in ("seller", "buyer"):
        assert market.client(stranger).get(f"/desk/harvest/{taken}").status_code == 404
        assert market.client(stranger).get(f"/desk/harvest/{taken}/faults.csv").status_code == 404


def test_a_steward_says_on_a_page_what_a_wording_means(taken: int, market: Market, client: Client) -> None:
    steward = market.client("exchange")
    listed = steward.get("/desk/spelling").text
    number = re.search(r"/desk/spelling/(\d+)", listed)
    assert number is not None
    page = steward.get(f"/desk/spelling/{number[1]}").text
    assert "某政策" in page
    sent: dict[str, Any] = {"_act": "decide", "_key": form_key(page, "decide"), "meaning": "on_application"}
    assert steward.post(f"/desk/spelling/{number[1]}", sent).status_code in {200, 302, 303}
    assert search.refresh() == 1
    assert search.refresh() == 0
    assert "有条件开放 2" in text_of(client.get("/entries").text)


def test_a_steward_decides_many_wordings_on_one_page(taken: int, market: Market, client: Client) -> None:
    steward = market.client("exchange")
    page = steward.get("/desk/data").text
    assert "某政策" in page
    assert "示例目录" in page
    waiting = {one.spelling: one.id for one in harvest.open_spellings()[0]}
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    sent = {"key": key[1], f"meaning-{waiting['某政策']}": "open"}
    told = steward.post("/desk/data/spellings", sent | {"meaning-999999": "open", "meaning-x": "open"}, follow=True)
    assert "已认定 1 种写法" in told.text
    assert Entry.objects.get(key="c").opening == "open"
    assert harvest.open_spellings()[1] == len(waiting) - 1
    # Sent twice, it is done once; a meaning of another question is refused with its reason; nothing chosen is said so.
    assert "已认定 1 种写法" in steward.post("/desk/data/spellings", sent, follow=True).text
    other = next(number for spelling, number in waiting.items() if spelling != "某政策") if len(waiting) > 1 else 0
    refused = steward.post("/desk/data/spellings", {"key": "k", f"meaning-{other}": "csv"}, follow=True)
    assert "已认定" not in refused.text
    assert "没有选择含义" in steward.post("/desk/data/spellings", {"key": "k2"}, follow=True).text
    still = {one.spelling: one.id for one in harvest.open_spellings()[0]}
    for stranger in ("seller", "buyer"):
        assert market.client(stranger).get("/desk/data").status_code == 404
        tried = {f"meaning-{number}": "closed" for number in (*still.values(), waiting["某政策"])}
        assert market.client(stranger).post("/desk/data/spellings", {"key": "s", **tried}).status_code == 404
    assert {one.spelling: one.id for one in harvest.open_spellings()[0]} == still
    assert Entry.objects.get(key="c").opening == "open"
    assert steward.post("/desk/data/spellings", {"key": "k3", "meaning-999999999999999999": "open"}).status_code == 302
    assert client.get("/desk/data").status_code == 302


def test_wordings_do_not_crowd_the_desk(taken: int, market: Market) -> None:
    assert "某政策" not in market.client("exchange").get("/desk").text


def test_the_api_tells_the_same_with_totals_and_facets(taken: int, client: Client) -> None:
    told = client.get("/api/entries?words=公交&limit=1").json()
    assert (told["total"], len(told["items"])) == (2, 1)
    assert {"value": "420000", "count": 1} in told["facets"]["province"]
    narrowed = client.get("/api/entries?words=公交&province=420000&format=api").json()
    assert [one["title"] for one in narrowed["items"]] == ["武汉市公交线路"]
    assert client.get(f"/api/entries/{narrowed['items'][0]['id']}").json()["opening_as_written"] == "无条件开放"
    assert client.get("/api/entries?province=湖北").status_code == 422
    assert client.get("/api/entries?region=420100").json()["total"] == 2
    assert client.get("/api/entries?words=武汉市公交线路满意度").json()["total"] == 0  # programs get what they ask for
    assert client.get("/api/entries/99999999").status_code == 404


def test_the_page_of_a_running_import_follows_it_and_turns_when_it_has_ended(taken: int, market: Market) -> None:
    steward = market.client("exchange")
    ended = steward.get(f"/desk/harvest/{taken}?live=1")
    assert (ended.headers["HX-Refresh"], ended.text) == ("true", "")
    Harvest.objects.filter(pk=taken).update(state="running", position=2)
    page = steward.get(f"/desk/harvest/{taken}?live=1").text
    assert 'id="progress" hx-get="?live=1"' in page
    assert '<progress value="2"' in page
    assert page.count('id="facts"') == page.count('id="progress"') == 1


def test_two_entries_that_are_nearly_the_same_stand_side_by_side_with_what_differs_marked(
    taken: int, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert "没有近似的条目" in text_of(client.get("/entries/near").text)
    first = Entry.objects.get(key="a")
    Entry.objects.create(
        catalog=first.catalog, key="a2", title="武汉市公交线网", text=first.text, department=first.department,
        region="420100", opening="open", cycle="month", digest="x", likeness="y", harvest_id=taken, changed_at=NOW,
    )  # fmt: skip
    Entry.objects.filter(text=first.text).update(
        text="线路、站点、首末班时间、票价、车型、车辆数、经过道路、起讫区县、运营企业、客流、正点率、投诉电话"
    )
    assert likeness.compare("42", on=NOW.date()) == 1
    with django_assert_num_queries(4):
        page = client.get("/entries/near?kind=words&province=42").text
    assert "武汉市公交线<mark>路</mark>" in page
    assert "武汉市公交线<mark>网</mark>" in page
    assert "只差几个字 1" in text_of(page)
    assert "湖北省 1" in text_of(page)
    assert client.get("/entries/near?kind=<x>&province=zz&page=99").text.count("pair") == 1
    assert "内容近似 武汉市公交线网" in text_of(client.get(f"/entries/{first.pk}").text)


def test_an_entry_that_its_catalogue_took_down_says_since_when(taken: int, client: Client) -> None:
    one = Entry.objects.get(key="a")
    Entry.objects.filter(pk=one.pk).update(gone_at=NOW)
    assert f"原目录 {NOW:%Y-%m-%d} 起已不再列出这一条" in text_of(client.get(f"/entries/{one.pk}").text)


def test_a_catalogue_is_chosen_by_its_key_and_shown_by_its_name(taken: int, client: Client) -> None:
    Catalog.objects.update(name="改了名的目录")
    assert "改了名的目录 3" in text_of(client.get("/entries").text)
    chosen = text_of(client.get("/entries?catalog=示例目录").text)
    assert "共 3 条" in chosen
    assert "改了名的目录" in chosen


def test_a_catalogue_given_whole_of_which_nothing_was_marked_says_why(taken: int, market: Market) -> None:
    Harvest.objects.filter(pk=taken).update(whole=True, unmarked=1)
    page = text_of(market.client("exchange").get(f"/desk/harvest/{taken}").text)
    assert "0；另有 1 个目录没有标，原因见逐行情况" in page


def test_a_long_search_shows_what_has_most_of_it_and_says_what_was_left_out(taken: int, client: Client) -> None:
    page = client.get("/entries?q=武汉市公交线路满意度").text
    told = text_of(page)
    assert "没有一条同时含有全部文字" in told
    assert "共 1 条" in told
    assert "没有用上： 满意度" in told
    # The place is a filter that can be taken off, and the words that are left stay.
    assert re.search(r'class="chosen" href="/entries\?q=[^"&]+"><span class="sub">地区</span> 湖北省武汉市', page)
    href = re.search(r'class="chosen" href="(/entries\?q=[^"&]+)"', page)
    assert href is not None
    assert "没有一条同时含有全部文字" not in client.get(href[1]).text


def test_what_is_counted_beside_what_was_found_with_fewer_words_is_what_a_click_finds(
    taken: int, client: Client
) -> None:
    page = client.get("/entries?q=公交的运行评价").text
    assert "共 2 条" in text_of(page)
    links = re.findall(r'<li><a href="(/entries\?[^"]+)"><span>[^<]+</span><span class="num">(\d+)</span>', page)
    assert len(links) > 4
    for href, count in links:
        assert f"共 {count} 条" in text_of(client.get(href.replace("&amp;", "&")).text)


def test_a_place_that_is_found_as_words_is_offered_as_a_filter_too(taken: int, client: Client) -> None:
    page = client.get("/entries?q=武汉公交").text
    assert "没有用上" not in text_of(page)
    Entry.objects.filter(key="b").update(text="武汉公交")
    search.refresh()
    assert "也可以按地区找： 湖北省武汉市 · 公交 2" in text_of(client.get("/entries?q=武汉公交").text)


def test_regions_are_offered_step_by_step(taken: int, client: Client) -> None:
    assert "武汉市 2" not in text_of(client.get("/entries").text)
    assert "武汉市 2" in text_of(client.get("/entries?province=420000").text)
    chosen = text_of(client.get("/entries?region=420100").text)
    assert "共 2 条" in chosen
    assert "地区 湖北省武汉市" in chosen


def test_a_number_leads_to_its_entry(taken: int, client: Client) -> None:
    Entry.objects.filter(key="a").update(key="XKZ-2026/0042")
    page = text_of(client.get("/entries?q=XKZ-2026/0042").text)
    assert "编号相符 武汉市公交线路" in page
    assert "编号相符" not in text_of(client.get("/entries?q=XKZ-2026/0043").text)


def test_each_theme_of_an_entry_leads_to_what_else_has_it(taken: int, client: Client) -> None:
    Entry.objects.filter(key="a").update(category="交通运输,生活服务")
    search.refresh()
    page = client.get(f"/entries/{Entry.objects.get(key='a').pk}").text
    assert page.count("/entries?category=") == 2
    assert "共 1 条" in text_of(client.get("/entries?category=生活服务").text)


def test_one_search_finds_everything_and_says_where_it_found_nothing(
    taken: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    home = client.get("/").text
    assert 'action="/search"' in home
    page = text_of(client.get("/search?q=公交").text)
    assert "数据 2" in page
    assert "这些里没有找到：在售产品" in page
    assert "全部 2 条" in page
    assert "武汉市（420100）" in text_of(client.get("/search?q=武汉市").text)
    assert "没有用上： 满意度" in text_of(client.get("/search?q=公交满意度").text)
    whole = text_of(client.get("/search?q=湖北省公交").text)  # nothing was left out: the place is the region
    assert "把地名作为地区，找到 1 条" in whole
    assert "较少的条件" not in whole
    assert "例如" in text_of(client.get("/search").text)
    with django_assert_max_num_queries(14):
        client.get("/search?q=公交")


@pytest.mark.parametrize(
    "asked", ["q=" + "数" * 500, "q=%00", "q=<script>x", "q=%F0%A0%80%80", "q=%20", "q=" + "武汉" * 60]
)
def test_whatever_is_searched_everywhere_is_answered(taken: int, client: Client, asked: str) -> None:
    answer = client.get(f"/search?{asked}")
    assert answer.status_code in {200, 400}
    assert "<script>x" not in answer.text


def test_every_figure_of_the_home_page_leads_somewhere(taken: int, client: Client) -> None:
    page = client.get("/").text
    figures = re.findall(r'<(a|div)(?: href="([^"]+)")? class="card tq-figure', page)
    assert len(figures) == 5
    for tag, href in figures:
        assert tag == "a"
        assert client.get(href).status_code == 200


def test_divisions_without_data_are_folded(taken: int, client: Client) -> None:
    page = client.get("/catalogues?region=000000").text
    shown, folded = page.split("个地区还没有数据")
    assert "湖北省" in shown
    assert "浙江省" in shown
    assert ">青海省<" not in shown
    assert ">青海省<" in folded
    assert 'href="/entries?source=others&amp;region=420000"' in shown
