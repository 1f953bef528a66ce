"""The lineage page and the desks of grants: what anyone reads, what only the parties do, that nothing is silently left out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.market import NOW, Market
from tests.web.test_public_data import words_of
from tongqu.exchange.registry.grants import GRANT, MUTUAL_GRANT
from tongqu.exchange.registry.lineage import DERIVATION
from tongqu.exchange.registry.models import Derivation, DerivationEdge, Grant, Resource
from tongqu.exchange.trading.models import GroundLoss
from tongqu.exchange.web import ancestry, lineagegraph

pytestmark = pytest.mark.django_db


def copies(resource: int, count: int, holder: int) -> list[int]:
    """More catalogued entries like one, each of its own source."""
    row = Resource.objects.get(pk=resource)
    made = []
    for number in range(count):
        row.pk, row.holder_id = None, holder
        row.name, row.source, row.code = (
            f"示例衍生资源{number:02d}",
            f"derived-{number}",
            f"307012/{900_000 + number:06d}",
        )
        row.save(force_insert=True)
        made.append(row.pk)
    return made


def derived(resource: int, source: int, holder: int, kind: str = "resource", number: int = 0) -> None:
    made = Derivation.objects.create(
        state="confirmed", begun_at=NOW, changed_at=NOW, name="示例", holder_id=holder, resource_id=resource, contract_assigns=False,
        changed="有", valued="有", method="聚合", confirmed_at=NOW,
    )  # fmt: skip
    DerivationEdge.objects.create(
        derivation=made, resource_id=resource, source_id=source, kind=kind, number=number or source, since_at=NOW
    )


@pytest.fixture
def source(market: Market) -> int:
    return int(market.resource("seller", graded=False, personal=False))


def granted(market: Market, source: int, **changes: Any) -> int:
    form = {
        "grantee": market.parties["rival"], "ground": f"resource:{source}", "kind": "use", "purposes": ["research"], "derives": True,
        "starts_date": market.now.date(), "until_date": market.now.date() + timedelta(days=300), "fee": "免费", "notice_days": 30,
        "revocation": "连续两期未付费",
    }  # fmt: skip
    made = market.begin(GRANT, "seller", **(form | changes))
    market.act(GRANT, "accept", made, "rival")
    return made


def test_anyone_reads_the_lineage_of_what_is_public(market: Market, source: int, client: Client) -> None:
    (made,) = copies(source, 1, market.parties["rival"])
    derived(made, source, market.parties["rival"])
    page = client.get(f"/lineage/resource/{made}")
    text = words_of(page.text)
    assert page.status_code == 200
    assert "示例衍生资源00" in text
    assert Resource.objects.get(pk=source).name in text
    assert page.text.count("<svg") >= 2  # for wide pages and for phones
    told = client.get(f"/api/open/lineage/resource/{made}").json()
    assert {"above": f"resource:{source}", "below": f"resource:{made}"} in told["edges"]


def test_a_grant_in_between_is_shown_to_its_parties_and_counted_for_others(
    market: Market, source: int, client: Client
) -> None:
    grant = granted(market, source)
    (made,) = copies(source, 1, market.parties["rival"])
    derived(made, source, market.parties["rival"], "grant", grant)
    hidden = client.get(f"/api/open/lineage/resource/{made}").json()
    assert hidden["edges"] == []
    assert hidden["hidden"] == 1
    assert "不对您公开" in words_of(client.get(f"/lineage/resource/{made}").text)
    mine = market.client("rival").get(f"/lineage/resource/{made}")
    assert f"使用权第 {grant} 号" in words_of(mine.text)


def test_a_stranger_learns_nothing_of_a_grant(market: Market, source: int, client: Client) -> None:
    grant = granted(market, source)
    for path in (
        f"/lineage/grant/{grant}",
        "/lineage/grant/999999",
        "/lineage/paper/1",
        f"/api/open/lineage/grant/{grant}",
    ):
        assert client.get(path).status_code in {404, 422}
    assert market.client("rival").get(f"/lineage/grant/{grant}").status_code == 200
    for asked in ("0", "-1", "x", "99999", "1e9"):
        assert client.get(f"/lineage/resource/{source}?page={asked}").status_code == 200


def test_a_wide_lineage_is_paged_and_a_deep_one_leads_on(market: Market, source: int, client: Client) -> None:
    """Thirty from one source, then ten in a row: nothing is left out without a number."""
    holder = market.parties["rival"]
    made = copies(source, 40, holder)
    for one in made[:30]:
        derived(one, source, holder)
    for below, above in zip(made[30:], [made[0], *made[30:]], strict=False):
        derived(below, above, holder)
    seen: set[str] = set()
    for page in range(1, 5):
        found = client.get(f"/api/open/lineage/resource/{source}?page={page}").json()
        assert found["pages"] == 4
        focus = next(one for one in found["nodes"] if one["key"] == f"resource:{source}")
        drawn = {edge["below"] for edge in found["edges"] if edge["above"] == f"resource:{source}"}
        assert focus["more_below"] + len(drawn) >= 30
        seen |= drawn
    assert {f"resource:{one}" for one in made[:30]} <= seen
    first = client.get(f"/api/open/lineage/resource/{made[0]}").json()
    deepest = next(one for one in first["nodes"] if one["key"] == f"resource:{made[33]}")
    assert deepest["more_below"] == 1
    assert "+1" in words_of(client.get(f"/lineage/resource/{made[0]}").text)


def test_the_number_of_statements_does_not_grow_with_the_width(
    market: Market, source: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    holder = market.parties["rival"]
    made = copies(source, 8, holder)
    derived(made[0], source, holder)
    client.get(f"/lineage/resource/{source}")
    with django_assert_max_num_queries(45) as few:
        client.get(f"/lineage/resource/{source}")
    for one in made[1:]:
        derived(one, source, holder)
    with django_assert_max_num_queries(45) as many:
        client.get(f"/lineage/resource/{source}")
    assert len(many) == len(few)


def test_boxes_do_not_overlap_and_every_line_is_drawn() -> None:
    keys = [f"k{n}" for n in range(12)]
    edges = [(keys[a], keys[b]) for a in range(12) for b in range(a + 1, 12) if (a * 7 + b) % 4 == 0]
    for drawn in (lineagegraph.wide(keys, edges), lineagegraph.narrow(keys, edges)):
        assert len(drawn.lines) == len(edges)
        for n, one in enumerate(drawn.boxes):
            assert one.x + one.width <= drawn.width
            assert one.y + one.height <= drawn.height
            for other in drawn.boxes[n + 1 :]:
                apart = (
                    one.x + one.width <= other.x or other.x + other.width <= one.x
                    or one.y + one.height <= other.y or other.y + other.height <= one.y
                )  # fmt: skip
                assert apart
    chain = lineagegraph.wide(["a", "b", "c", "z"], [("a", "b"), ("b", "c"), ("z", "c"), ("a", "c")])
    late = next(box for box in chain.boxes if box.key == "z")
    assert late.layer == 1  # beside what it joins, not at the far left
    with pytest.raises(ValueError, match="circle"):
        lineagegraph.layers(["a", "b"], [("a", "b"), ("b", "a")])
    assert ancestry.WIDTH == 8


def test_desk_pages_of_grants_speak_in_words(market: Market, source: int) -> None:
    """Forms, sheets and stories: no code of a ground, no enumeration."""
    grant = granted(market, source)
    (made,) = copies(source, 1, market.parties["rival"])
    rival = market.client("rival")
    form = words_of(rival.get("/desk/derivation/new").text)
    assert "企业授权" in form or "使用权授权" in form
    derivation = market.begin(
        DERIVATION, "rival", resource=made, grounds=[{"ground": f"grant:{grant}"}], changed="聚合", valued="可授信", method="清洗聚合评分三步加工"
    )  # fmt: skip
    market.act(GRANT, "give_notice", grant, "seller", ground="breach", reason="连续两期未付费")
    raw = re.compile(r"\b(grant|resource|right):\d+|give_notice|research|in_force|noticed")
    for path in (f"/desk/grant/{grant}", f"/desk/derivation/{derivation}", "/desk/mutual_grant/new", "/desk/grant/new"):
        page = rival.get(path)
        assert page.status_code == 200, path
        assert raw.findall(words_of(page.text)) == [], path
    assert Grant.objects.get(pk=grant).state == "noticed"
    assert MUTUAL_GRANT.name == "mutual_grant"


def test_the_form_asks_to_whom_and_what_before_how_far(market: Market, source: int) -> None:
    client = market.client("seller")
    for name, heads in {
        "grant": ("被授权方", "授予的权利", "用途", "约定的收回情形", "可以再授权的层数"),
        "mutual_grant": ("本方授出：依据", "对方授出：依据", "用途", "约定的收回情形"),
    }.items():
        page = words_of(client.get(f"/desk/{name}/new", {"ground": f"resource:{source}"}).text)
        form = page[page.index("《湖北省数据要素市场建设实施方案》") :]
        places = [form.index(head) for head in heads]
        assert places == sorted(places), (name, places)


def test_elements_and_regions_of_a_grant_are_ticked(market: Market, source: int) -> None:
    """Chosen first is the ground; then what it has is ticked, and nobody types a code."""
    seller = market.client("seller")
    chosen = seller.get("/desk/grant/new").text
    assert f"ground=resource%3A{source}" in chosen
    assert 'name="regions"' not in chosen
    form = seller.get("/desk/grant/new", {"ground": f"resource:{source}"}).text
    assert re.search(r'type="checkbox" name="(begin-)?regions" value="420100"', form)
    assert re.search(r'type="checkbox" name="(begin-)?fields" value="[^"]+"', form)
    theirs = market.client("rival").get("/desk/grant/new", {"ground": f"resource:{source}"}).text
    assert 'name="fields"' not in theirs  # of another's data nothing is told


def test_to_take_a_notice_back_or_to_keep_a_grant_is_nothing_that_waits(market: Market, source: int) -> None:
    """One may; but neither the desk nor the page urges one to undo what one has just done."""
    grant = granted(market, source)
    seller, rival = market.client("seller"), market.client("rival")
    for act, undo, by, client in (
        ("give_notice", "take_back", "seller", seller),
        ("surrender", "keep", "rival", rival),
    ):
        form = {"reason": "连续两期未付费"} | ({"ground": "breach"} if act == "give_notice" else {})
        market.act(GRANT, act, grant, by, **form)
        assert f'href="/desk/grant/{grant}"' not in client.get("/desk").text
        page = client.get(f"/desk/grant/{grant}").text
        label = GRANT.label(undo).zh
        assert label in page
        assert "btn-zhu" not in page
        market.act(GRANT, undo, grant, by)


def test_whom_a_loss_does_not_reach_is_not_told_that_it_reaches_nobody(market: Market, source: int) -> None:
    grant = granted(market, source)
    (made,) = copies(source, 1, market.parties["rival"])
    derived(made, source, market.parties["rival"], "grant", grant)
    market.act(GRANT, "give_notice", grant, "seller", ground="breach", reason="连续两期未付费")
    market.settle()
    loss = GroundLoss.objects.get()
    english = market.client("seller", "en")
    for path in (f"/desk/grant/{grant}", f"/desk/ground_loss/{loss.pk}", "/desk/grant", "/desk/ground_loss"):
        page = words_of(english.get(path).text)
        assert "授权" not in page, path
        assert "rant of use" in page, path
    grantor = words_of(market.client("seller").get(f"/desk/ground_loss/{loss.pk}").text)
    assert "没有受影响的事项" not in grantor
    assert "与您有关的受影响事项（共 0 项）" in grantor
    reviewer = words_of(market.client("exchange").get(f"/desk/ground_loss/{loss.pk}").text)
    assert "示例衍生资源00" in reviewer
    assert "受影响的事项（共 1 项）" in reviewer


def test_a_name_is_cut_where_there_is_no_more_room_and_not_before(market: Market, source: int, client: Client) -> None:
    (made,) = copies(source, 1, market.parties["rival"])
    derived(made, source, market.parties["rival"])
    for name, drawn in {
        "YD4202026100002": "YD4202026100002",
        "2018年15分钟级用电量": "2018年15分钟级用电量",
        "示例市国有土地供应结果授权运营": "示例市国有土地供应结…",
    }.items():
        Resource.objects.filter(pk=source).update(name=name)
        page = client.get(f"/lineage/resource/{source}").text
        assert f">{drawn}</text>" in page, name
        assert "+n" not in page  # all is drawn
